/* The window without SDL: letters, cells, the terminal, panels, what is selected and written to files. */
#include "frontends/window.h"

#include <unistd.h>
#include <zlib.h>

#include "core/exception.h"
#include "tests/harness.h"

/* ---- Letters and cells ---- */

static void close_font(void *unused) { (void)unused, font_close(); }

static void with_font(void)
{
    if (!font_open())
        exit(1);
    free_after_test(close_font, NULL);
}

static unsigned ink(const uint8_t *glyph)
{
    unsigned n = 0;
    for (unsigned y = 0; y < FONT_HEIGHT; y++)
        n += (unsigned)__builtin_popcount(glyph[y]);
    return n;
}

TEST(letters)
{
    with_font();
    EXPECT_EQ(ink(font_glyph(' ', false)), 0);
    for (uint32_t c = '!'; c <= '~'; c++)
        for (unsigned bold = 0; bold < 2; bold++)
            if (!ink(font_glyph(c, bold)) || font_glyph(c, bold) == font_glyph(0xfffe, bold))
                FAIL("the font has no %c", (int)c);
    EXPECT(ink(font_glyph('W', true)) > ink(font_glyph('W', false)));
    EXPECT_EQ(ink(font_glyph(0x2588, false)), FONT_WIDTH * FONT_HEIGHT); /* full block */
    EXPECT_EQ(ink(font_glyph(0x2500, false)), FONT_WIDTH);               /* horizontal line, one pixel high */
    EXPECT_EQ(font_glyph(0x2502, false)[0], font_glyph(0x2502, false)[15]);
    EXPECT(font_glyph(0x10ffff, false) == font_glyph(0xfffe, true) && ink(font_glyph(0x10ffff, false)));
}

static unsigned rectangles, drawn_pixels;
static void count_rectangle(void *context, int x, int y, int width, int height)
{
    (void)context, (void)x, (void)y;
    rectangles++;
    drawn_pixels += (unsigned)(width * height);
}

static void draw(struct grid *g)
{
    rectangles = drawn_pixels = 0;
    grid_draw(g, count_rectangle, NULL);
}

static void free_grid(void *g) { grid_free(g); }

TEST(cells_are_drawn_when_they_change)
{
    static struct grid g;
    with_font();
    EXPECT(grid_resize(&g, 80, 25));
    free_after_test(free_grid, &g);
    grid_clear(&g, 0x102030);
    draw(&g);
    EXPECT_EQ(drawn_pixels, 80 * 25 * FONT_WIDTH * FONT_HEIGHT);
    EXPECT_EQ(g.pixel[0], 0x102030);
    draw(&g);
    EXPECT_EQ(drawn_pixels, 0);
    EXPECT_EQ(grid_text(&g, 78, 3, 10, 0xffffff, false, "\u2588\u2588\u2588"), 80);
    draw(&g);
    EXPECT_EQ(rectangles, 1);
    EXPECT_EQ(drawn_pixels, 2 * FONT_WIDTH * FONT_HEIGHT);
    EXPECT_EQ(g.pixel[3 * FONT_HEIGHT * 640 + 639], 0xffffff);
    EXPECT_EQ(g.pixel[3 * FONT_HEIGHT * 640 + 78 * FONT_WIDTH - 1], 0x102030);
    uint32_t *p = grid_pixels(&g, 10, 10, 2, 1);
    *p = 0x345678;
    draw(&g);
    EXPECT_EQ(drawn_pixels, 2 * FONT_WIDTH * FONT_HEIGHT);
    EXPECT_EQ(g.pixel[10 * FONT_HEIGHT * 640 + 10 * FONT_WIDTH], 0x345678);
    EXPECT(!grid_pixels(&g, 79, 0, 2, 1) && !grid_pixels(&g, 0, 24, 1, 2));
    EXPECT(grid_resize(&g, 1, 100000) && g.cols >= 40 && g.rows <= 1000);
}

static char *text_of(void (*write)(const void *of, FILE *f), const void *of)
{
    static char *text;
    static size_t size;
    FILE *f = open_memstream(&text, &size);
    write(of, f);
    fclose(f);
    free_after_test(free, text);
    return text;
}

static void write_row(const void *g, FILE *f) { grid_row_text(g, 0, 0, 80, f); }

TEST(cells_as_text)
{
    static struct grid g;
    EXPECT(grid_resize(&g, 80, 25));
    free_after_test(free_grid, &g);
    grid_clear(&g, 0);
    grid_text(&g, 2, 0, 80, 0, false, "a\u00d7\u2192\U0001f600 b");
    EXPECT(!strcmp(text_of(write_row, &g), "  a\u00d7\u2192\U0001f600 b"));
}

/* ---- Screenshots ---- */

static uint32_t big32(const uint8_t *p) { return (uint32_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3]; }

TEST(screenshots)
{
    char name[] = "/tmp/svemu-png-XXXXXX";
    static uint32_t pixel[3 * 2] = { 0x010203, 0xfffefd, 0x000000, 0x808080, 0x7f0080, 0x123456 };
    uint8_t file[512], lines[64], previous[3];
    close(mkstemp(name));
    EXPECT(png_write(name, pixel, 3, 2));
    FILE *f = fopen(name, "rb");
    size_t size = fread(file, 1, sizeof file, f);
    fclose(f);
    unlink(name);
    EXPECT(size > 57 && !memcmp(file, "\x89PNG\r\n\x1a\n", 8) && !memcmp(file + 12, "IHDR", 4));
    EXPECT_EQ(big32(file + 16), 3);
    EXPECT_EQ(big32(file + 20), 2);
    EXPECT_EQ(big32(file + 29), crc32(0, file + 12, 17));
    uLongf length = sizeof lines;
    EXPECT(!memcmp(file + 37, "IDAT", 4) && !uncompress(lines, &length, file + 41, big32(file + 33)));
    EXPECT_EQ(length, 2 * (1 + 9));
    for (unsigned i = 0; i < 18; i++) { /* each line: filter 1, then differences from the left */
        const uint8_t *line = lines + i / 9 * 10;
        unsigned c = i % 3;
        uint8_t v = (uint8_t)(line[1 + i % 9] + (i % 9 < 3 ? 0 : previous[c]));
        previous[c] = v;
        EXPECT_EQ(line[0], 1);
        EXPECT_EQ(v, pixel[i / 3] >> (16 - 8 * c) & 0xff);
    }
    EXPECT(!png_write("/nonexistent/x.png", pixel, 3, 2));
}

/* ---- The terminal ---- */

static char replied[256];
static unsigned replies;
static void take_reply(void *context, const char *bytes, size_t n)
{
    (void)context;
    for (size_t i = 0; i < n && replies + 1 < sizeof replied; i++)
        replied[replies++] = bytes[i];
    replied[replies] = 0;
}

static void free_terminal(void *t) { terminal_free(t); }
static struct terminal *terminal(unsigned rows, unsigned cols)
{
    struct terminal *t = terminal_create(rows, cols, take_reply, NULL);
    if (!t)
        exit(1);
    free_after_test(free_terminal, t);
    replies = 0;
    *replied = 0;
    return t;
}

static void say(struct terminal *t, const char *text) { terminal_write(t, (const uint8_t *)text, strlen(text)); }
static void write_terminal(const void *t, FILE *f) { terminal_text(t, f); }

TEST(terminal_keeps_what_scrolls_away)
{
    struct terminal *t = terminal(5, 20);
    char line[32];
    for (unsigned i = 0; i < 100; i++) {
        snprintf(line, sizeof line, "line %u\r\n", i);
        say(t, line);
    }
    say(t, "\r\n\033[1;31mred\033[0m");
    char *text = text_of(write_terminal, t);
    EXPECT(!strncmp(text, "line 0\nline 1\n", 14) && strstr(text, "line 98\nline 99\n\nred\n"));
    EXPECT_EQ(terminal_first(t), 0);
    EXPECT_EQ(terminal_screen(t), 97);
    struct cell cells[20];
    terminal_line(t, 101, cells, 20);
    EXPECT_EQ(cells[0].ch, 'r');
    EXPECT(cells[0].flags & CELL_BOLD && (cells[0].fg >> 16) > (cells[0].fg & 0xff) && !(cells[3].flags & CELL_BOLD));
    terminal_line(t, 7, cells, 20);
    EXPECT_EQ(cells[5].ch, '7');
    EXPECT_EQ(cells[19].ch, 0);
    unsigned row, col;
    EXPECT(terminal_cursor(t, &row, &col) && row == 4 && col == 3);
    say(t, "\033[?25l");
    EXPECT(!terminal_cursor(t, &row, &col));
    for (unsigned i = 0; i < SCROLLBACK + 50; i++)
        say(t, "\r\nx");
    EXPECT_EQ(terminal_screen(t) - terminal_first(t), SCROLLBACK);
    terminal_line(t, 7, cells, 20); /* no longer there */
    EXPECT_EQ(cells[0].ch, 0);
}

TEST(terminal_answers_those_who_type)
{
    struct terminal *t = terminal(25, 80);
    say(t, "\033[6n\033[c");
    EXPECT(!*replied);
    terminal_character(t, 'c', TERMINAL_CTRL);
    terminal_key(t, TERMINAL_UP, 0);
    terminal_key(t, TERMINAL_F1 + 4, 0);
    terminal_character(t, 0xe9, 0);
    EXPECT(!strcmp(replied, "\003\033[A\033[15~\u00e9"));
    replies = 0;
    say(t, "\033[3;4H\033[6n");
    EXPECT(!strcmp(replied, "\033[3;4R"));
    replies = 0;
    terminal_paste(t, "a\nb");
    EXPECT(!strcmp(replied, "a\rb"));
}

/* A guest may write anything. */
TEST(terminal_takes_any_bytes)
{
    static const char *const starts[] = { "\033[", "\033]",      "\033P", "\033", "\033[?",
                                          "\x9b",  "\033[38;2;", "\033#", "\033(" };
    uint64_t seed = 1;
    struct terminal *t = terminal(24, 80);
    char *number = getenv("N");
    for (unsigned n = number ? (unsigned)atoi(number) : 60000; n--;) {
        uint8_t bytes[24];
        unsigned count = 0;
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t r = seed >> 20;
        if (r & 7) {
            const char *start = starts[(r >> 3) % (sizeof starts / sizeof starts[0])];
            memcpy(bytes, start, count = (unsigned)strlen(start));
            for (unsigned i = 0; i < (r >> 8) % 10; i++)
                bytes[count++] = (uint8_t) "0123456789;:999"[(r >> (10 + 3 * i)) % 15];
            bytes[count++] = (uint8_t)(0x20 + (r >> 33) % 0x5f);
        } else {
            while (count < 16)
                bytes[count] = (uint8_t)(seed >> (count * 3)), count++;
        }
        terminal_write(t, bytes, count);
        if (n % 1000 == 0)
            terminal_resize(t, 2 + (unsigned)(r % 60), 2 + (unsigned)(r >> 7) % 200);
    }
    struct cell cells[200];
    for (uint64_t line = terminal_first(t); line < terminal_screen(t) + 60; line++) {
        terminal_line(t, line, cells, 200);
        for (unsigned i = 0; i < 200; i++)
            if (cells[i].ch > 0x10ffff || cells[i].fg > 0xffffff || cells[i].bg > 0xffffff)
                FAIL("line %llu has a cell %#x", (unsigned long long)line, cells[i].ch);
    }
}

/* ---- All of it ---- */

static struct window_view view;
static struct ui *ui;

static void free_ui(void *unused)
{
    (void)unused;
    ui_free(ui);
    window_view_free(&view);
}

static void open_ui(unsigned cols, unsigned rows, unsigned cpus)
{
    with_font();
    ui = ui_create(cols, rows, cpus, take_reply, NULL);
    if (!ui || !window_view_create(&view, cpus))
        exit(1);
    free_after_test(free_ui, NULL);
    for (unsigned i = 0; i < cpus; i++) {
        struct window_cpu *c = &view.cpu[i];
        strcpy(c->model, "lab");
        c->power = POWER_ON;
        c->el = EL2;
        c->sve = true;
        c->vl[0] = 128, c->vl[1] = 256, c->vl[2] = 512;
        c->clock_hz = 1000000000;
    }
}

/* The machine runs for so many seconds, guest and host. */
static void pass(double seconds)
{
    view.host_ns += (uint64_t)(seconds * 1e9);
    view.guest_ns += (uint64_t)(seconds * 1e9);
    ui_view(ui, &view);
    ui_draw(ui);
    draw(ui_grid(ui));
}

static void write_ui(const void *of, FILE *f)
{
    (void)of;
    ui_text(ui, f);
}
static bool shows(const char *text) { return strstr(text_of(write_ui, NULL), text); }

TEST(panels)
{
    open_ui(160, 52, 4);
    struct window_cpu *c = &view.cpu[1];
    pass(1);
    c->guest = true, c->vmid = 7, c->el = EL1, c->runs = SHARE_VM;
    c->instructions = c->share[SHARE_VM + 1] = 750000000;
    c->exceptions[EL2][EC_WFX] = 1000;
    c->exceptions[EL1][64] = 20;
    c->recents = 1;
    c->recent[0] = (struct window_recent){ EC_WFX, EL1, EL2, 40, "HCR_EL2.TWI=1" };
    view.vms = 1, view.vmid[0] = 7;
    view.cpu[3].power = POWER_OFF;
    pass(1);
    EXPECT(shows("CPU 0  lab                    EL2"));
    EXPECT(shows("CPU 1  lab                    EL1 VMID 7        running"));
    EXPECT(shows("VL EL0 128  EL1 256  EL2 512     750M/s     750,000,000"));
    EXPECT(shows("EL2 WFx                          1.0k/s           1,000"));
    EXPECT(shows("EL1 IRQ                            20/s              20"));
    EXPECT(shows("40\u00d7 EL1\u21922 WFx HCR_EL2.TWI=1"));
    EXPECT(shows("CPU 3  lab                                          off"));
    EXPECT(shows("\u25a0\u25a0 VMID 7"));
    EXPECT(shows("A\n")); /* the guest has the last column of the timeline */
    /* three quarters of that column are the guest's colour, the rest is empty: it waited */
    const struct grid *g = ui_grid(ui);
    unsigned guest = 0, stride = g->cols * FONT_WIDTH;
    for (unsigned y = 0; y < g->rows * FONT_HEIGHT; y++)
        guest += g->pixel[y * stride + 158 * FONT_WIDTH - 1] == share_colour(SHARE_VM + 1);
    EXPECT_EQ(guest, 24); /* of two rows */
    strcpy(c->recent[0].reason, "a reason that is much longer than what is left of the line beside the class");
    pass(0.1);
    EXPECT(shows("WFx a reason that is much longer than what \u2026\n"));
}

TEST(many_cpus_scroll)
{
    unsigned first, count;
    open_ui(160, 52, 100);
    pass(1);
    ui_shown(ui, &first, &count);
    EXPECT(first == 0 && count >= 12 && count < 100);
    EXPECT(shows("CPU 0 ") && !shows("CPU 99"));
    for (unsigned i = 0; i < 200; i++)
        ui_wheel(ui, 1200, 100, -1);
    pass(1);
    ui_shown(ui, &first, &count);
    EXPECT_EQ(first + count, 100);
    EXPECT(shows("CPU 99") && !shows("CPU 0 "));
}

TEST(any_size)
{
    open_ui(160, 52, 8);
    for (unsigned cols = 1; cols < 300; cols += 7)
        for (unsigned rows = 1; rows < 120; rows += 11) {
            ui_resize(ui, cols, rows);
            say(ui_terminal(ui), "some words\r\n");
            pass(0.1);
        }
    EXPECT(shows("some words"));
}

TEST(pausing_stops_the_timeline)
{
    open_ui(160, 52, 1);
    pass(0.1);
    char *before = text_of(write_ui, NULL);
    view.paused = true;
    pass(0);
    EXPECT(shows("svemu  paused"));
    EXPECT(!strcmp(strstr(before, "----"), strstr(text_of(write_ui, NULL), "----")));
}

TEST(selecting)
{
    open_ui(160, 52, 2);
    for (unsigned i = 0; i < 100; i++)
        say(ui_terminal(ui), i % 2 ? "odd line\r\n" : "even line\r\n");
    pass(1);
    EXPECT(!ui_selection(ui));
    ui_mouse(ui, 3 * 8, 2 * 16 + 5, true);  /* column 2 of the second line that is shown: even */
    ui_mouse(ui, 5 * 8, 4 * 16 + 5, false); /* to column 4 of the fourth */
    char *text = ui_selection(ui);
    EXPECT(text && !strcmp(text, "en line\nodd line\neven"));
    free(text);
    pass(1);
    EXPECT_EQ(ui_grid(ui)->cell[2 * 160 + 3].bg, INK_SELECTION);
    say(ui_terminal(ui), "more\r\n");
    text = ui_selection(ui); /* it stays with its text */
    EXPECT(text && !strcmp(text, "en line\nodd line\neven"));
    free(text);
    ui_mouse(ui, 103 * 8, 2 * 16, true);
    ui_mouse(ui, 108 * 8, 2 * 16, false);
    text = ui_selection(ui);
    EXPECT(text && !strcmp(text, "CPU 0"));
    free(text);
}

TEST(scrolling_back)
{
    char line[32];
    open_ui(160, 52, 1);
    for (unsigned i = 0; i < 500; i++) {
        snprintf(line, sizeof line, "line %u\r\n", i);
        say(ui_terminal(ui), line);
    }
    ui_scroll(ui, 100);
    pass(1);
    const struct cell *c = &ui_grid(ui)->cell[160 + 1 + 5];
    uint32_t there[3] = { c[0].ch, c[1].ch, c[2].ch };
    EXPECT_EQ(there[0], '3'); /* 451 is at the top of the screen */
    say(ui_terminal(ui), "\r\nmore\r\nand more");
    pass(1);
    EXPECT(c[0].ch == there[0] && c[1].ch == there[1] && c[2].ch == there[2]);
    ui_scroll(ui, 100000);
    pass(1);
    EXPECT(c[0].ch == '0' && !c[1].ch);
    ui_typed(ui);
    pass(1);
    EXPECT(c[0].ch == '4');
}

TEST(framebuffers)
{
    static uint32_t pixel[1024 * 768];
    open_ui(160, 52, 1);
    pixel[0] = 0xff0000;
    pixel[1024 * 768 - 1] = 0x0000ff;
    ui_framebuffer(ui, pixel, 64, 64);
    pass(1);
    EXPECT(ui_grid(ui)->pixel[16 * 1280 + 8] != 0);
    ui_function_key(ui, 8);
    pass(1);
    EXPECT_EQ(ui_grid(ui)->pixel[16 * 1280 + 8], 0);
    unsigned left = 8 + (100 * 8 - 64) / 2, top = 16 + (50 * 16 - 64) / 2;
    EXPECT_EQ(ui_grid(ui)->pixel[top * 1280 + left], 0xff0000);
    ui_framebuffer(ui, pixel, 1024, 768); /* does not fit: half its size */
    pass(1);
    left = 8 + (100 * 8 - 512) / 2, top = 16 + (50 * 16 - 384) / 2;
    EXPECT_EQ(ui_grid(ui)->pixel[top * 1280 + left], 0xff0000);
    ui_function_key(ui, 8);
    pass(1);
    EXPECT(ui_grid(ui)->pixel[16 * 1280 + 8] != 0);
}

TEST_MAIN
