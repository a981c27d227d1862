/* The guest's console as a terminal: the screen, and the lines that have scrolled away. As xterm has it, in substance;
 * every character is one cell wide. */
#include "frontends/window_terminal.h"

#include <stdlib.h>

struct pen terminal_plain_pen(void) { return (struct pen){ .fg = INK_TEXT, .bg = INK_BACK }; }

static struct cell *row_of(const struct terminal *t, unsigned row) { return &t->screen[(size_t)row * t->cols]; }

static unsigned used_cells(const struct cell *line, unsigned cols)
{
    while (cols && (!line[cols - 1].ch || line[cols - 1].ch == ' '))
        cols--;
    return cols;
}

/* ---- Changing the screen ---- */

void terminal_erase(struct terminal *t, unsigned row, unsigned from, unsigned to)
{
    const struct pen *p = &t->cursor.pen;
    for (unsigned i = from; i < to && i < t->cols; i++)
        row_of(t, row)[i] = (struct cell){ 0, p->fg, p->bg, 0 };
}

/* The top line of the main screen goes to those that are kept. */
static void keep_line(struct terminal *t, const struct cell *line)
{
    struct screen_line *l = &t->kept[t->scrolled++ % SCROLLBACK];
    unsigned used = used_cells(line, t->cols);
    struct cell *cell = realloc(l->cell, (used + 1) * sizeof *cell);
    l->cols = cell ? used : 0; /* without memory the line is lost */
    l->cell = cell ? cell : l->cell;
    if (l->cols)
        memcpy(l->cell, line, used * sizeof *line);
}

void terminal_scroll_rows(struct terminal *t, unsigned top, unsigned bottom, int n)
{
    unsigned rows = bottom - top, by = (unsigned)(n < 0 ? -n : n);
    by = by < rows ? by : rows;
    size_t moved = (size_t)(rows - by) * t->cols * sizeof *t->screen;
    if (n > 0 && !top && !t->alternate)
        for (unsigned i = 0; i < by; i++)
            keep_line(t, row_of(t, i));
    if (n > 0)
        memmove(row_of(t, top), row_of(t, top + by), moved);
    else
        memmove(row_of(t, top + by), row_of(t, top), moved);
    for (unsigned i = 0; i < by; i++)
        terminal_erase(t, n > 0 ? bottom - 1 - i : top + i, 0, t->cols);
}

void terminal_down(struct terminal *t)
{
    if (t->cursor.row + 1 == t->bottom)
        terminal_scroll_rows(t, t->top, t->bottom, 1);
    else if (t->cursor.row + 1 < t->rows)
        t->cursor.row++;
}

void terminal_up(struct terminal *t)
{
    if (t->cursor.row == t->top)
        terminal_scroll_rows(t, t->top, t->bottom, -1);
    else if (t->cursor.row)
        t->cursor.row--;
}

void terminal_put(struct terminal *t, uint32_t c)
{
    const struct pen *p = &t->cursor.pen;
    if (t->cursor.col >= t->cols) {
        t->cursor.col = t->no_wrap ? t->cols - 1 : 0;
        if (!t->no_wrap)
            terminal_down(t);
    }
    struct cell *at = &row_of(t, t->cursor.row)[t->cursor.col];
    if (t->insert)
        memmove(at + 1, at, (t->cols - t->cursor.col - 1) * sizeof *at);
    *at = (struct cell){ p->hidden ? ' ' : c, p->reverse ? p->bg : p->fg, p->reverse ? p->fg : p->bg,
                         (p->bold ? CELL_BOLD : 0) | (p->underline ? CELL_UNDERLINE : 0) };
    t->cursor.col++;
    t->last = c;
}

void terminal_alternate(struct terminal *t, bool on)
{
    if (t->alternate == on)
        return;
    struct cell *shown = t->screen;
    t->screen = t->other;
    t->other = shown;
    t->alternate = on;
    for (unsigned row = 0; on && row < t->rows; row++)
        terminal_erase(t, row, 0, t->cols);
}

void terminal_reset(struct terminal *t)
{
    terminal_alternate(t, false);
    t->cursor = t->saved = t->main_saved = (struct cursor){ .pen = terminal_plain_pen() };
    t->top = 0, t->bottom = t->rows;
    t->cursor_hidden = t->no_wrap = t->insert = t->newline = t->keys_application = t->paste_brackets = false;
    for (unsigned i = 0; i < MAX_TERMINAL; i++)
        t->tab[i] = i % 8 == 0;
    for (unsigned row = 0; row < t->rows; row++)
        terminal_erase(t, row, 0, t->cols);
}

/* ---- Making it ---- */

static unsigned within(unsigned v) { return v < 1 ? 1 : v > MAX_TERMINAL ? MAX_TERMINAL : v; }

struct terminal *terminal_create(unsigned rows, unsigned cols,
                                 void (*reply)(void *context, const char *bytes, size_t n), void *context)
{
    struct terminal *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->rows = within(rows), t->cols = within(cols);
    t->reply = reply, t->context = context;
    t->kept = calloc(SCROLLBACK, sizeof *t->kept);
    t->screen = calloc((size_t)t->rows * t->cols, sizeof *t->screen);
    t->other = calloc((size_t)t->rows * t->cols, sizeof *t->other);
    if (!t->kept || !t->screen || !t->other) {
        terminal_free(t);
        return NULL;
    }
    terminal_reset(t);
    return t;
}

void terminal_free(struct terminal *t)
{
    if (!t)
        return;
    for (unsigned i = 0; t->kept && i < SCROLLBACK; i++)
        free(t->kept[i].cell);
    free(t->kept);
    free(t->screen);
    free(t->other);
    free(t);
}

/* The rows from first on as a screen of another size. */
static struct cell *resized(const struct terminal *t, const struct cell *from, unsigned first, unsigned rows,
                            unsigned cols)
{
    struct cell *to = calloc((size_t)rows * cols, sizeof *to);
    for (size_t i = 0; to && i < (size_t)rows * cols; i++)
        to[i] = (struct cell){ 0, INK_TEXT, INK_BACK, 0 };
    for (unsigned row = 0; to && row < rows && first + row < t->rows; row++)
        memcpy(to + (size_t)row * cols, from + (size_t)(first + row) * t->cols,
               (cols < t->cols ? cols : t->cols) * sizeof *to);
    return to;
}

static void clamp_cursor(const struct terminal *t, struct cursor *c)
{
    c->row = c->row < t->rows ? c->row : t->rows - 1;
    c->col = c->col <= t->cols ? c->col : t->cols;
}

/* Fewer rows: those above the cursor scroll away. Columns that are cut off are gone. */
void terminal_resize(struct terminal *t, unsigned rows, unsigned cols)
{
    rows = within(rows), cols = within(cols);
    if (rows == t->rows && cols == t->cols)
        return;
    unsigned first = t->cursor.row >= rows ? t->cursor.row + 1 - rows : 0;
    struct cell *screen = resized(t, t->screen, first, rows, cols), *other = resized(t, t->other, 0, rows, cols);
    if (!screen || !other) {
        free(screen);
        free(other);
        return;
    }
    for (unsigned i = 0; i < first && !t->alternate; i++)
        keep_line(t, row_of(t, i));
    free(t->screen);
    free(t->other);
    t->screen = screen, t->other = other;
    t->rows = rows, t->cols = cols;
    t->cursor.row -= first;
    clamp_cursor(t, &t->cursor);
    clamp_cursor(t, &t->saved);
    clamp_cursor(t, &t->main_saved);
    t->top = 0, t->bottom = rows;
}

/* ---- Reading ---- */

uint64_t terminal_first(const struct terminal *t) { return t->scrolled > SCROLLBACK ? t->scrolled - SCROLLBACK : 0; }
uint64_t terminal_screen(const struct terminal *t) { return t->scrolled; }

void terminal_line(const struct terminal *t, uint64_t line, struct cell *out, unsigned cols)
{
    for (unsigned i = 0; i < cols; i++)
        out[i] = (struct cell){ 0, INK_TEXT, INK_BACK, 0 };
    if (line < terminal_first(t) || line >= t->scrolled + t->rows)
        return;
    struct screen_line l = { t->cols, NULL };
    if (line < t->scrolled)
        l = t->kept[line % SCROLLBACK];
    else
        l.cell = row_of(t, (unsigned)(line - t->scrolled));
    if (l.cols)
        memcpy(out, l.cell, (l.cols < cols ? l.cols : cols) * sizeof *out);
}

bool terminal_cursor(const struct terminal *t, unsigned *row, unsigned *col)
{
    *row = t->cursor.row;
    *col = t->cursor.col < t->cols ? t->cursor.col : t->cols - 1;
    return !t->cursor_hidden;
}

void terminal_text(const struct terminal *t, FILE *f)
{
    struct cell line[MAX_TERMINAL];
    unsigned empty = 0;
    for (uint64_t n = terminal_first(t); n < t->scrolled + t->rows; n++) {
        terminal_line(t, n, line, MAX_TERMINAL);
        unsigned used = used_cells(line, MAX_TERMINAL);
        empty = used ? empty : empty + 1;
        if (!used) /* those at the end are no text */
            continue;
        for (; empty; empty--)
            putc('\n', f);
        cells_text(line, used, f);
        putc('\n', f);
    }
}

/* ---- Typing ---- */

void terminal_answer(struct terminal *t, const char *bytes)
{
    if (t->typed)
        t->reply(t->context, bytes, strlen(bytes));
}

static void put_utf8(char text[8], uint32_t c)
{
    unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    *text++ = (char)(more ? (0xff00u >> (more + 1) & 0xff) | c >> 6 * more : c);
    while (more--)
        *text++ = (char)(0x80 | (c >> 6 * more & 0x3f));
    *text = 0;
}

void terminal_character(struct terminal *t, uint32_t c, unsigned modifiers)
{
    char text[10] = "\033";
    t->typed = true;
    if (modifiers & TERMINAL_CTRL && c == ' ')
        c = 0;
    else if (modifiers & TERMINAL_CTRL && c >= '?')
        c = c == '?' ? 0x7f : c & 0x1f;
    put_utf8(text + 1, c);
    size_t n = c ? strlen(text + 1) : 1;
    t->reply(t->context, modifiers & TERMINAL_ALT ? text : text + 1, n + (modifiers & TERMINAL_ALT ? 1 : 0));
}

/* As xterm codes them: a letter behind CSI, or SS3 in application mode and for F1 to F4, or a number and ~; with
 * modifiers 1;2A or 5;2~. */
void terminal_key(struct terminal *t, unsigned key, unsigned modifiers)
{
    static const struct {
        const char *text; /* as it is, or NULL */
        char letter;
        uint8_t number;
        bool ss3; /* always */
    } keys[] = {
        [TERMINAL_ENTER] = { "\r", 0, 0, false },
        [TERMINAL_TAB] = { "\t", 0, 0, false },
        [TERMINAL_BACKSPACE] = { "\177", 0, 0, false },
        [TERMINAL_ESCAPE] = { "\033", 0, 0, false },
        [TERMINAL_UP] = { NULL, 'A', 1, false },
        [TERMINAL_DOWN] = { NULL, 'B', 1, false },
        [TERMINAL_RIGHT] = { NULL, 'C', 1, false },
        [TERMINAL_LEFT] = { NULL, 'D', 1, false },
        [TERMINAL_HOME] = { NULL, 'H', 1, false },
        [TERMINAL_END] = { NULL, 'F', 1, false },
        [TERMINAL_INSERT] = { NULL, '~', 2, false },
        [TERMINAL_DELETE] = { NULL, '~', 3, false },
        [TERMINAL_PAGE_UP] = { NULL, '~', 5, false },
        [TERMINAL_PAGE_DOWN] = { NULL, '~', 6, false },
        [TERMINAL_F1] = { NULL, 'P', 1, true },
        { NULL, 'Q', 1, true },
        { NULL, 'R', 1, true },
        { NULL, 'S', 1, true },
        { NULL, '~', 15, false },
        { NULL, '~', 17, false },
        { NULL, '~', 18, false },
        { NULL, '~', 19, false },
        { NULL, '~', 20, false },
        { NULL, '~', 21, false },
        { NULL, '~', 23, false },
        { NULL, '~', 24, false },
    };
    char text[16];
    unsigned with = 1 + (modifiers & TERMINAL_SHIFT ? 1 : 0) + (modifiers & TERMINAL_ALT ? 2 : 0) +
                    (modifiers & TERMINAL_CTRL ? 4 : 0);
    if (key >= sizeof keys / sizeof keys[0])
        return;
    t->typed = true;
    if (keys[key].text)
        snprintf(text, sizeof text, "%s%s", modifiers & TERMINAL_ALT ? "\033" : "", keys[key].text);
    else if (with > 1)
        snprintf(text, sizeof text, "\033[%u;%u%c", keys[key].number, with, keys[key].letter);
    else if (keys[key].letter == '~')
        snprintf(text, sizeof text, "\033[%u~", keys[key].number);
    else
        snprintf(text, sizeof text, "\033%c%c", keys[key].ss3 || t->keys_application ? 'O' : '[', keys[key].letter);
    t->reply(t->context, text, strlen(text));
}

void terminal_paste(struct terminal *t, const char *text)
{
    t->typed = true;
    if (t->paste_brackets)
        terminal_answer(t, "\033[200~");
    for (; *text; text++) /* a newline is what the Enter key sends; an escape could end the paste */
        if (*text != '\033')
            t->reply(t->context, *text == '\n' ? "\r" : text, 1);
    if (t->paste_brackets)
        terminal_answer(t, "\033[201~");
}
