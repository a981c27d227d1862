/* The window's contents without the window: a bar, the console or the framebuffer, the panels, the keys. */
#include "frontends/window.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { PANEL_COLS = 57, MARGIN = 1, MIN_CONSOLE = 40, SAY_SECONDS = 6, WHEEL_LINES = 3 };

/* Cells of the window. */
struct area {
    unsigned col, row, cols, rows;
};

/* A place in text: a line of the console by its number, or a row of the window. */
struct mark {
    uint64_t line;
    unsigned col;
};

struct ui {
    struct grid grid;
    struct terminal *terminal;
    struct panels *panels;
    struct window_view view; /* without its CPUs */
    struct area console, panel;
    uint64_t back, drawn; /* lines that the console is scrolled back; where its screen was when it was drawn */
    unsigned first, shown;
    const uint32_t *framebuffer;
    unsigned fb_width, fb_height;
    bool show_framebuffer, selected, in_console;
    struct mark anchor, head;
    char said[160];
    time_t said_at;
};

/* ---- Making it ---- */

static void lay_out(struct ui *u)
{
    const struct grid *g = &u->grid;
    bool panels = g->cols >= MIN_CONSOLE + PANEL_COLS + 3 * MARGIN;
    u->console = (struct area){ MARGIN, 1, g->cols - (panels ? PANEL_COLS + 3 * MARGIN : 2 * MARGIN), g->rows - 2 };
    u->panel = (struct area){ g->cols - PANEL_COLS - MARGIN, 1, panels ? PANEL_COLS : 0, g->rows - 2 };
}

struct ui *ui_create(unsigned cols, unsigned rows, unsigned cpus,
                     void (*reply)(void *context, const char *bytes, size_t n), void *context)
{
    struct ui *u = calloc(1, sizeof *u);
    if (!u || !grid_resize(&u->grid, cols, rows) || !(u->panels = panels_create(cpus)))
        goto failed;
    lay_out(u);
    u->shown = cpus;
    u->terminal = terminal_create(u->console.rows, u->console.cols, reply, context);
    if (u->terminal)
        return u;
failed:
    ui_free(u);
    return NULL;
}

void ui_free(struct ui *u)
{
    if (!u)
        return;
    terminal_free(u->terminal);
    panels_free(u->panels);
    grid_free(&u->grid);
    free(u);
}

struct grid *ui_grid(struct ui *u) { return &u->grid; }
struct terminal *ui_terminal(struct ui *u) { return u->terminal; }

void ui_resize(struct ui *u, unsigned cols, unsigned rows)
{
    if ((cols == u->grid.cols && rows == u->grid.rows) || !grid_resize(&u->grid, cols, rows))
        return;
    lay_out(u);
    terminal_resize(u->terminal, u->console.rows, u->console.cols);
}

void ui_view(struct ui *u, const struct window_view *v)
{
    if (v->says != u->view.says)
        ui_say(u, "%s", v->said);
    u->view = *v;
    u->view.cpu = NULL;
    panels_update(u->panels, v);
}

void ui_shown(const struct ui *u, unsigned *first, unsigned *count) { *first = u->first, *count = u->shown; }

void ui_framebuffer(struct ui *u, const uint32_t *pixel, unsigned width, unsigned height)
{
    u->framebuffer = pixel, u->fb_width = width, u->fb_height = height;
}

void ui_say(struct ui *u, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(u->said, sizeof u->said, format, args);
    va_end(args);
    u->said_at = time(NULL);
}

/* ---- Drawing ---- */

/* The console's line that is shown at the top. */
static uint64_t top_line(const struct ui *u)
{
    uint64_t screen = terminal_screen(u->terminal), kept = screen - terminal_first(u->terminal);
    return screen - (u->back < kept ? u->back : kept);
}

static void draw_cursor(struct ui *u, uint64_t top)
{
    unsigned row, col;
    if (!terminal_cursor(u->terminal, &row, &col) || top != terminal_screen(u->terminal) || row >= u->console.rows ||
        col >= u->console.cols)
        return;
    struct cell *c = &u->grid.cell[(u->console.row + row) * u->grid.cols + u->console.col + col];
    c->fg = INK_BACK, c->bg = INK_ACCENT;
}

static void draw_console(struct ui *u)
{
    uint64_t top = top_line(u);
    const struct area *a = &u->console;
    for (unsigned row = 0; row < a->rows; row++)
        terminal_line(u->terminal, top + row, &u->grid.cell[(a->row + row) * u->grid.cols + a->col], a->cols);
    draw_cursor(u, top);
    if (u->back)
        grid_printf(&u->grid, a->col + a->cols - 32, a->row, 32, INK_WARN, true, " %8llu lines back, of %8llu ",
                    (unsigned long long)(terminal_screen(u->terminal) - top),
                    (unsigned long long)(terminal_screen(u->terminal) - terminal_first(u->terminal)));
}

/* The framebuffer in the middle of the console's place; a larger one than that is shown in half its size, or a third.
 */
static void draw_framebuffer(struct ui *u)
{
    const struct area *a = &u->console;
    unsigned width = a->cols * FONT_WIDTH, height = a->rows * FONT_HEIGHT, by = 1;
    uint32_t *to = grid_pixels(&u->grid, a->col, a->row, a->cols, a->rows);
    while (u->fb_width / by > width || u->fb_height / by > height)
        by++;
    unsigned w = u->fb_width / by, h = u->fb_height / by, left = (width - w) / 2, above = (height - h) / 2;
    for (unsigned y = 0; y < height; y++) {
        uint32_t *line = to + (size_t)y * u->grid.cols * FONT_WIDTH;
        for (unsigned x = 0; x < width; x++)
            line[x] = 0;
        if (y - above >= h)
            continue;
        const uint32_t *from = u->framebuffer + (size_t)(y - above) * by * u->fb_width;
        for (unsigned x = 0; x < w; x++)
            line[left + x] = from[x * by];
    }
}

/* "svemu  running    1.234 s    56.7 M instructions   123 MIPS        message" */
static void draw_bar(struct ui *u)
{
    struct grid *g = &u->grid;
    const struct window_view *v = &u->view;
    char number[32];
    grid_fill(g, 0, 0, g->cols, INK_BAR);
    unsigned at = grid_text(g, 1, 0, 8, INK_BRIGHT, true, "svemu");
    at = grid_text(g, at + 2, 0, 10, v->paused ? INK_WARN : INK_GOOD, true, v->paused ? "paused " : "running");
    at = grid_printf(g, at + 2, 0, 24, INK_TEXT, false, "%.6f s", (double)v->guest_ns / 1e9);
    at = grid_printf(g, at + 2, 0, 40, INK_TEXT, false, "%s instructions", full_number(v->instructions, number));
    at = grid_printf(g, at + 2, 0, 16, INK_TEXT, false, "%.1f MIPS", panels_rate(u->panels) / 1e6);
    if (v->tracing)
        at = grid_text(g, at + 2, 0, 8, INK_WARN, true, "tracing");
    bool said = time(NULL) - u->said_at < SAY_SECONDS;
    grid_text(g, at + 3, 0, g->cols - at - 4, INK_ACCENT, false, said ? u->said : v->paused ? v->next : "");
}

static const struct {
    unsigned number;
    const char *key, *does;
    enum ui_wish wish;
} keys[] = {
    { 5, "F5", "pause, go on", UI_PAUSE },
    { 6, "F6", "one instruction", UI_STEP },
    { 7, "F7", "trace", UI_TRACE },
    { 8, "F8", "framebuffer", UI_NOTHING },
    { 9, "F9", "text to a file", UI_NOTHING },
    { 12, "F12", "screenshot", UI_NOTHING },
    { 0, "Shift+PgUp/PgDn", "scroll", UI_NOTHING },
    { 0, "mouse", "select and copy", UI_NOTHING },
    { 0, "Ctrl+Shift+V", "paste", UI_NOTHING },
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static void draw_keys(struct ui *u)
{
    struct grid *g = &u->grid;
    unsigned row = g->rows - 1, at = 1;
    grid_fill(g, 0, row, g->cols, INK_BAR);
    for (unsigned i = 0; i < KEYS; i++) {
        if (at + strlen(keys[i].key) + strlen(keys[i].does) + 2 > g->cols)
            break;
        if (keys[i].number == 8 && !u->framebuffer)
            continue;
        at = grid_text(g, at, row, g->cols, INK_ACCENT, true, keys[i].key);
        at = grid_text(g, at + 1, row, g->cols, INK_DIM, false, keys[i].does) + 3;
    }
}

/* ---- Selecting ---- */

static bool before(struct mark a, struct mark b) { return a.line != b.line ? a.line < b.line : a.col < b.col; }

/* Columns [*from, *to) of a line of the chosen area that are selected. */
static bool selected_of(const struct ui *u, uint64_t line, unsigned cols, unsigned *from, unsigned *to)
{
    struct mark low = u->anchor, high = u->head;
    if (before(high, low))
        low = u->head, high = u->anchor;
    if (!u->selected || line < low.line || line > high.line)
        return false;
    *from = line == low.line ? low.col : 0;
    *to = line == high.line && high.col + 1 < cols ? high.col + 1 : cols;
    return *from < *to;
}

static void draw_selection(struct ui *u)
{
    const struct area *a = u->in_console ? &u->console : &u->panel;
    unsigned from, to;
    for (unsigned row = 0; row < a->rows; row++)
        if (selected_of(u, u->in_console ? top_line(u) + row : row, a->cols, &from, &to))
            for (unsigned col = from; col < to; col++)
                u->grid.cell[(a->row + row) * u->grid.cols + a->col + col].bg = INK_SELECTION;
}

void ui_draw(struct ui *u)
{
    uint64_t screen = terminal_screen(u->terminal);
    u->back += u->back ? screen - u->drawn : 0; /* what is being read stays where it is */
    u->drawn = screen;
    grid_clear(&u->grid, INK_BACK);
    draw_bar(u);
    if (u->show_framebuffer)
        draw_framebuffer(u);
    else
        draw_console(u);
    if (u->panel.cols)
        panels_draw(u->panels, &u->grid, u->panel.col, u->panel.row, u->panel.cols, u->panel.rows, &u->first,
                    &u->shown);
    draw_keys(u);
    if (u->selected)
        draw_selection(u);
}

static unsigned in(int pixel, unsigned size, unsigned first, unsigned count)
{
    int cell = pixel / (int)size - (int)first;
    return cell < 0 ? 0 : (unsigned)cell < count ? (unsigned)cell : count - 1;
}

void ui_mouse(struct ui *u, int x, int y, bool begins)
{
    if (begins) {
        u->in_console = !u->panel.cols || x < (int)(u->panel.col * FONT_WIDTH);
        if (u->in_console && u->show_framebuffer)
            return;
    }
    const struct area *a = u->in_console ? &u->console : &u->panel;
    struct mark m = { in(y, FONT_HEIGHT, a->row, a->rows), in(x, FONT_WIDTH, a->col, a->cols) };
    m.line += u->in_console ? top_line(u) : 0;
    u->selected = !begins && (u->selected || m.line != u->anchor.line || m.col != u->anchor.col);
    if (begins)
        u->anchor = m;
    u->head = m;
}

static void selected_text(const struct ui *u, FILE *f)
{
    const struct area *a = u->in_console ? &u->console : &u->panel;
    uint64_t low = u->anchor.line < u->head.line ? u->anchor.line : u->head.line,
             high = u->anchor.line < u->head.line ? u->head.line : u->anchor.line;
    struct cell *line = calloc(a->cols, sizeof *line);
    for (uint64_t n = low; line && n <= high; n++) {
        unsigned from, to;
        if (n > low)
            putc('\n', f);
        if (!selected_of(u, n, a->cols, &from, &to))
            continue;
        if (u->in_console)
            terminal_line(u->terminal, n, line, a->cols);
        else
            memcpy(line, &u->grid.cell[(a->row + n) * u->grid.cols + a->col], a->cols * sizeof *line);
        cells_text(line + from, to - from, f);
    }
    free(line);
}

char *ui_selection(const struct ui *u)
{
    char *text = NULL;
    size_t size;
    if (!u->selected)
        return NULL;
    FILE *f = open_memstream(&text, &size);
    if (f) {
        selected_text(u, f);
        fclose(f);
    }
    return text;
}

/* ---- Files ---- */

void ui_text(struct ui *u, FILE *f)
{
    grid_row_text(&u->grid, 0, 1, u->grid.cols, f);
    fprintf(f, "\n\n---- console ----\n");
    terminal_text(u->terminal, f);
    fprintf(f, "\n---- CPUs %u to %u of %u ----\n", u->first, u->first + u->shown - 1, u->view.cpu_count);
    for (unsigned row = 0; row < u->panel.rows && u->panel.cols; row++) {
        grid_row_text(&u->grid, u->panel.row + row, u->panel.col, u->panel.col + u->panel.cols, f);
        putc('\n', f);
    }
}

bool window_file_name(char name[64], const char *extension)
{
    for (unsigned n = 1; n < 10000; n++) {
        snprintf(name, 64, "svemu-window-%u.%s", n, extension);
        if (access(name, F_OK))
            return true;
    }
    return false;
}

static void write_text(struct ui *u)
{
    char name[64];
    FILE *f = window_file_name(name, "txt") ? fopen(name, "w") : NULL;
    if (f)
        ui_text(u, f);
    if (!f || fclose(f))
        ui_say(u, "%s cannot be written: %s", name, strerror(errno));
    else
        ui_say(u, "text written to %s", name);
}

static void write_screenshot(struct ui *u)
{
    char name[64];
    const struct grid *g = &u->grid;
    if (!window_file_name(name, "png") || !png_write(name, g->pixel, g->cols * FONT_WIDTH, g->rows * FONT_HEIGHT))
        ui_say(u, "%s cannot be written: %s", name, strerror(errno));
    else
        ui_say(u, "screenshot written to %s", name);
}

/* ---- Keys ---- */

enum ui_wish ui_function_key(struct ui *u, unsigned number)
{
    if (number == 8 && u->framebuffer)
        u->show_framebuffer = !u->show_framebuffer;
    else if (number == 9)
        write_text(u);
    else if (number == 12)
        write_screenshot(u);
    for (unsigned i = 0; i < KEYS; i++)
        if (keys[i].number == number)
            return keys[i].wish;
    return UI_NOTHING;
}

void ui_scroll(struct ui *u, int lines)
{
    u->drawn = terminal_screen(u->terminal);
    uint64_t kept = terminal_screen(u->terminal) - terminal_first(u->terminal);
    if (lines < 0)
        u->back = u->back > (uint64_t)-lines ? u->back + (uint64_t)(int64_t)lines : 0;
    else
        u->back = u->back + (uint64_t)lines < kept ? u->back + (uint64_t)lines : kept;
}

void ui_scroll_page(struct ui *u, int pages) { ui_scroll(u, pages * (int)(u->console.rows - 1)); }

void ui_wheel(struct ui *u, int x, int y, int steps)
{
    (void)y;
    if (u->panel.cols && x >= (int)(u->panel.col * FONT_WIDTH))
        u->first = steps > 0 ? u->first - (u->first > 0) : u->first + 1; /* the end is looked for when drawing */
    else
        ui_scroll(u, steps * WHEEL_LINES);
}

void ui_typed(struct ui *u) { u->back = 0; }
