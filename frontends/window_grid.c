/* The window as cells of text, like a terminal's, with areas of pixels in between; what has not changed is not drawn
 * again. */
#include "frontends/window.h"

#include <stdarg.h>
#include <stdlib.h>

enum { MIN_COLS = 40, MAX_COLS = 1000, MIN_ROWS = 12, MAX_ROWS = 500 };

static unsigned clamp(unsigned v, unsigned low, unsigned high) { return v < low ? low : v > high ? high : v; }

bool grid_resize(struct grid *g, unsigned cols, unsigned rows)
{
    struct grid n = { .cols = clamp(cols, MIN_COLS, MAX_COLS), .rows = clamp(rows, MIN_ROWS, MAX_ROWS) };
    size_t cells = (size_t)n.cols * n.rows;
    n.cell = calloc(cells, sizeof *n.cell);
    n.shown = calloc(cells, sizeof *n.shown);
    n.pixel = calloc(cells * FONT_WIDTH * FONT_HEIGHT, sizeof *n.pixel);
    if (!n.cell || !n.shown || !n.pixel) {
        grid_free(&n);
        return false;
    }
    for (size_t i = 0; i < cells; i++)
        n.shown[i].flags = CELL_PIXELS; /* unlike anything: everything is drawn */
    grid_free(g);
    *g = n;
    return true;
}

void grid_free(struct grid *g)
{
    free(g->cell);
    free(g->shown);
    free(g->pixel);
    *g = (struct grid){ 0 };
}

void grid_clear(struct grid *g, uint32_t bg)
{
    for (unsigned row = 0; row < g->rows; row++)
        grid_fill(g, 0, row, g->cols, bg);
}

void grid_fill(struct grid *g, unsigned col, unsigned row, unsigned cols, uint32_t bg)
{
    for (unsigned i = 0; i < cols; i++)
        grid_put(g, col + i, row, (struct cell){ ' ', bg, bg, 0 });
}

void grid_put(struct grid *g, unsigned col, unsigned row, struct cell c)
{
    if (col < g->cols && row < g->rows)
        g->cell[row * g->cols + col] = c;
}

/* The next character of valid UTF-8: all text of the program itself is. */
static uint32_t next_character(const char **text)
{
    const uint8_t *p = (const uint8_t *)*text;
    unsigned more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
    uint32_t c = more ? *p & (0x3f >> more) : *p;
    p++;
    for (; more && *p >> 6 == 2; more--)
        c = c << 6 | (*p++ & 0x3f);
    *text = (const char *)p;
    return c;
}

unsigned grid_text(struct grid *g, unsigned col, unsigned row, unsigned max, uint32_t fg, bool bold, const char *text)
{
    for (; *text && max && col < g->cols && row < g->rows; max--, col++) {
        struct cell *c = &g->cell[row * g->cols + col];
        *c = (struct cell){ next_character(&text), fg, c->bg, bold ? CELL_BOLD : 0 };
    }
    return col;
}

unsigned grid_printf(struct grid *g, unsigned col, unsigned row, unsigned max, uint32_t fg, bool bold,
                     const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return grid_text(g, col, row, max, fg, bold, text);
}

uint32_t *grid_pixels(struct grid *g, unsigned col, unsigned row, unsigned cols, unsigned rows)
{
    if (col + cols > g->cols || row + rows > g->rows)
        return NULL;
    for (unsigned y = row; y < row + rows; y++)
        for (unsigned x = col; x < col + cols; x++)
            g->cell[y * g->cols + x].flags |= CELL_PIXELS;
    return g->pixel + (size_t)row * FONT_HEIGHT * g->cols * FONT_WIDTH + col * FONT_WIDTH;
}

static void draw_cell(struct grid *g, unsigned col, unsigned row, const struct cell *c)
{
    size_t stride = (size_t)g->cols * FONT_WIDTH;
    uint32_t *to = g->pixel + row * FONT_HEIGHT * stride + col * FONT_WIDTH;
    const uint8_t *glyph = font_glyph(c->ch ? c->ch : ' ', c->flags & CELL_BOLD);
    for (unsigned y = 0; y < FONT_HEIGHT; y++, to += stride) {
        unsigned bits = c->flags & CELL_UNDERLINE && y == FONT_HEIGHT - 2 ? 0xff : glyph[y];
        for (unsigned x = 0; x < FONT_WIDTH; x++)
            to[x] = bits >> (FONT_WIDTH - 1 - x) & 1 ? c->fg : c->bg;
    }
}

void grid_draw(struct grid *g, void (*each)(void *context, int x, int y, int width, int height), void *context)
{
    for (unsigned row = 0; row < g->rows; row++) {
        unsigned from = g->cols, to = 0;
        for (unsigned col = 0; col < g->cols; col++) {
            struct cell *c = &g->cell[row * g->cols + col], *shown = &g->shown[row * g->cols + col];
            if (!(c->flags & CELL_PIXELS) && !memcmp(c, shown, sizeof *c))
                continue;
            if (!(c->flags & CELL_PIXELS))
                draw_cell(g, col, row, c);
            *shown = *c;
            from = col < from ? col : from;
            to = col + 1;
        }
        if (from < to)
            each(context, (int)(from * FONT_WIDTH), (int)(row * FONT_HEIGHT), (int)((to - from) * FONT_WIDTH),
                 FONT_HEIGHT);
    }
}

static void put_utf8(uint32_t c, FILE *f)
{
    if (c < 0x80) {
        putc((int)c, f);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    putc((int)((0xff00u >> (more + 1) & 0xff) | c >> 6 * more), f);
    while (more--)
        putc((int)(0x80 | (c >> 6 * more & 0x3f)), f);
}

void cells_text(const struct cell *line, unsigned count, FILE *f)
{
    while (count && (!line[count - 1].ch || line[count - 1].ch == ' '))
        count--;
    for (unsigned i = 0; i < count; i++)
        put_utf8(line[i].ch ? line[i].ch : ' ', f);
}

void grid_row_text(const struct grid *g, unsigned row, unsigned from, unsigned to, FILE *f)
{
    to = to < g->cols ? to : g->cols;
    if (row < g->rows && from < to)
        cells_text(g->cell + row * g->cols + from, to - from, f);
}
