/* What the guest's bytes do to the terminal: UTF-8, control characters and the escape sequences of ECMA-48, DEC's VT102
 * and xterm that programs use. What is not known is read to its end and has no effect. Nothing here takes longer than
 * the screen is large. */
#include "frontends/window_terminal.h"

/* The sixteen colours of a terminal, to suit the window's background. */
static const uint32_t palette[16] = { 0x1a1f27, 0xe06c75, 0x86c98a, 0xe8b76a, 0x6fa5ea, 0xc58ad6, 0x5fb8c2, 0xcdd3dc,
                                      0x5f6878, 0xf08a92, 0xa5dba8, 0xf2cf94, 0x92bdf5, 0xd9a9e6, 0x86d3dc, 0xf2f4f8 };

/* DEC's special graphics, from ` to ~. */
static const uint16_t line_drawing[31] = { 0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1,
                                           0x2424, 0x240b, 0x2518, 0x2510, 0x250c, 0x2514, 0x253c, 0x23ba,
                                           0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534, 0x252c,
                                           0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7 };

/* ---- Parameters ---- */

static unsigned parameter(const struct terminal *t, unsigned n) { return n < t->parameters ? t->parameter[n] : 0; }

/* A count: 0 and none are 1; never more than there is. */
static unsigned count(const struct terminal *t, unsigned n, unsigned most)
{
    unsigned v = parameter(t, n);
    v = v ? v : 1;
    return v < most ? v : most;
}

/* ---- The cursor ---- */

/* Row and column from 0, as they come; with DECOM rows are those of the scrolling region. */
static void go_to(struct terminal *t, unsigned row, unsigned col)
{
    unsigned top = t->cursor.origin ? t->top : 0, bottom = t->cursor.origin ? t->bottom : t->rows;
    t->cursor.row = row < bottom - top ? top + row : bottom - 1;
    t->cursor.col = col < t->cols ? col : t->cols - 1;
}

static void go_up(struct terminal *t, unsigned n)
{
    unsigned stop = t->cursor.row >= t->top ? t->top : 0;
    t->cursor.row = t->cursor.row - stop > n ? t->cursor.row - n : stop;
}

static void go_down(struct terminal *t, unsigned n)
{
    unsigned stop = t->cursor.row < t->bottom ? t->bottom - 1 : t->rows - 1;
    t->cursor.row = stop - t->cursor.row > n ? t->cursor.row + n : stop;
}

static void go_col(struct terminal *t, unsigned col) { t->cursor.col = col < t->cols ? col : t->cols - 1; }

static void go_left(struct terminal *t, unsigned n)
{
    go_col(t, t->cursor.col);
    t->cursor.col -= n < t->cursor.col ? n : t->cursor.col;
}

static void tab(struct terminal *t, unsigned n)
{
    while (n-- && t->cursor.col + 1 < t->cols)
        do
            t->cursor.col++;
        while (t->cursor.col + 1 < t->cols && !t->tab[t->cursor.col]);
}

static void back_tab(struct terminal *t, unsigned n)
{
    go_col(t, t->cursor.col);
    while (n-- && t->cursor.col)
        do
            t->cursor.col--;
        while (t->cursor.col && !t->tab[t->cursor.col]);
}

static void save(struct terminal *t) { t->saved = t->cursor; }
static void restore(struct terminal *t) { t->cursor = t->saved; }

/* ---- Erasing, inserting, deleting ---- */

static void erase_rows(struct terminal *t, unsigned from, unsigned to)
{
    for (unsigned row = from; row < to; row++)
        terminal_erase(t, row, 0, t->cols);
}

/* ED */
static void erase_display(struct terminal *t)
{
    unsigned row = t->cursor.row;
    switch (parameter(t, 0)) {
    case 0: terminal_erase(t, row, t->cursor.col, t->cols), erase_rows(t, row + 1, t->rows); break;
    case 1: erase_rows(t, 0, row), terminal_erase(t, row, 0, t->cursor.col + 1); break;
    case 2: erase_rows(t, 0, t->rows); break;
    }
}

/* EL */
static void erase_line(struct terminal *t)
{
    unsigned kind = parameter(t, 0);
    if (kind <= 2)
        terminal_erase(t, t->cursor.row, kind ? 0 : t->cursor.col, kind == 1 ? t->cursor.col + 1 : t->cols);
}

/* ICH (insert), DCH */
static void shift_line(struct terminal *t, bool insert)
{
    go_col(t, t->cursor.col);
    unsigned left = t->cols - t->cursor.col, n = count(t, 0, left);
    struct cell *at = &t->screen[(size_t)t->cursor.row * t->cols + t->cursor.col];
    memmove(insert ? at + n : at, insert ? at : at + n, (left - n) * sizeof *at);
    unsigned from = insert ? t->cursor.col : t->cols - n;
    terminal_erase(t, t->cursor.row, from, from + n);
}

/* IL, DL */
static void shift_rows(struct terminal *t, bool insert)
{
    unsigned row = t->cursor.row;
    if (row < t->top || row >= t->bottom)
        return;
    int n = (int)count(t, 0, t->bottom - row);
    bool alternate = t->alternate;
    t->alternate = true; /* deleted lines have not scrolled away */
    terminal_scroll_rows(t, row, t->bottom, insert ? -n : n);
    t->alternate = alternate;
    t->cursor.col = 0;
}

/* ---- SGR ---- */

/* The colour of 38 or 48, whose parameters begin at *n; moves *n to the last one. */
static uint32_t extended_colour(const struct terminal *t, unsigned *n, uint32_t otherwise)
{
    unsigned kind = parameter(t, *n + 1), v = parameter(t, *n + 2);
    if (kind == 2) {
        uint32_t rgb = (v & 0xff) << 16 | (parameter(t, *n + 3) & 0xff) << 8 | (parameter(t, *n + 4) & 0xff);
        *n += 4;
        return rgb;
    }
    if (kind != 5)
        return otherwise;
    *n += 2;
    if (v < 16)
        return palette[v];
    if (v >= 232)
        return v < 256 ? (8 + 10 * (v - 232)) * 0x010101u : otherwise;
    uint32_t rgb = 0; /* a cube of 6 x 6 x 6 */
    for (unsigned c = 0, i = v - 16, by = 36; c < 3; c++, i %= by, by /= 6)
        rgb = rgb << 8 | (i / by ? 55 + 40 * (i / by) : 0);
    return rgb;
}

static void rendition(struct terminal *t)
{
    struct pen *p = &t->cursor.pen;
    const struct pen plain = terminal_plain_pen();
    for (unsigned n = 0; n < (t->parameters ? t->parameters : 1); n++) {
        unsigned v = parameter(t, n);
        switch (v) {
        case 0:
            p->fg = plain.fg, p->bg = plain.bg;
            p->bold = p->underline = p->reverse = p->hidden = false;
            break;
        case 1: p->bold = true; break;
        case 4: p->underline = true; break;
        case 7: p->reverse = true; break;
        case 8: p->hidden = true; break;
        case 22: p->bold = false; break;
        case 24: p->underline = false; break;
        case 27: p->reverse = false; break;
        case 28: p->hidden = false; break;
        case 38: p->fg = extended_colour(t, &n, p->fg); break;
        case 39: p->fg = plain.fg; break;
        case 48: p->bg = extended_colour(t, &n, p->bg); break;
        case 49: p->bg = plain.bg; break;
        default:
            if (v - 30 < 8)
                p->fg = palette[v - 30];
            else if (v - 40 < 8)
                p->bg = palette[v - 40];
            else if (v - 90 < 8)
                p->fg = palette[v - 90 + 8];
            else if (v - 100 < 8)
                p->bg = palette[v - 100 + 8];
        }
    }
}

/* ---- Modes ---- */

static void alternate_screen(struct terminal *t, bool on, bool cursor_too)
{
    if (cursor_too && on && !t->alternate)
        t->main_saved = t->cursor;
    bool back = cursor_too && !on && t->alternate;
    terminal_alternate(t, on);
    if (back)
        t->cursor = t->main_saved;
}

/* SM, RM; with ? DECSET, DECRST. */
static void set_modes(struct terminal *t, bool on)
{
    for (unsigned n = 0; n < t->parameters; n++)
        switch (t->prefix == '?' ? 0x10000 | t->parameter[n] : t->parameter[n]) {
        case 4: t->insert = on; break;
        case 20: t->newline = on; break;
        case 0x10000 | 1: t->keys_application = on; break;
        case 0x10000 | 6:
            t->cursor.origin = on;
            go_to(t, 0, 0);
            break;
        case 0x10000 | 7: t->no_wrap = !on; break;
        case 0x10000 | 25: t->cursor_hidden = !on; break;
        case 0x10000 | 47:
        case 0x10000 | 1047: alternate_screen(t, on, false); break;
        case 0x10000 | 1048: on ? save(t) : restore(t); break;
        case 0x10000 | 1049: alternate_screen(t, on, true); break;
        case 0x10000 | 2004: t->paste_brackets = on; break;
        }
}

/* DECSTBM */
static void scrolling_region(struct terminal *t)
{
    unsigned top = count(t, 0, t->rows) - 1, bottom = parameter(t, 1);
    bottom = bottom && bottom < t->rows ? bottom : t->rows;
    if (top + 1 >= bottom)
        return;
    t->top = top, t->bottom = bottom;
    go_to(t, 0, 0);
}

/* DSR */
static void report(struct terminal *t)
{
    char text[32];
    unsigned top = t->cursor.origin ? t->top : 0, col = t->cursor.col < t->cols ? t->cursor.col : t->cols - 1;
    if (parameter(t, 0) == 5)
        terminal_answer(t, "\033[0n");
    snprintf(text, sizeof text, "\033[%u;%uR", t->cursor.row - top + 1, col + 1);
    if (parameter(t, 0) == 6)
        terminal_answer(t, text);
}

/* ---- Sequences ---- */

static void repeat(struct terminal *t)
{
    uint32_t last = t->last;
    for (unsigned n = last ? count(t, 0, t->rows * t->cols) : 0; n--;)
        terminal_put(t, last);
}

static void clear_tabs(struct terminal *t)
{
    if (parameter(t, 0) == 3)
        memset(t->tab, 0, sizeof t->tab);
    else if (!parameter(t, 0) && t->cursor.col < MAX_TERMINAL)
        t->tab[t->cursor.col] = false;
}

/* CSI with parameters, but no ? and no intermediate. */
static void control_sequence(struct terminal *t, uint8_t final)
{
    switch (final) {
    case '@': shift_line(t, true); break;
    case 'A': go_up(t, count(t, 0, t->rows)); break;
    case 'B':
    case 'e': go_down(t, count(t, 0, t->rows)); break;
    case 'C':
    case 'a': go_col(t, t->cursor.col + count(t, 0, t->cols)); break;
    case 'D': go_left(t, count(t, 0, t->cols)); break;
    case 'E': go_down(t, count(t, 0, t->rows)), t->cursor.col = 0; break;
    case 'F': go_up(t, count(t, 0, t->rows)), t->cursor.col = 0; break;
    case 'G':
    case '`': go_col(t, count(t, 0, t->cols) - 1); break;
    case 'H':
    case 'f': go_to(t, count(t, 0, t->rows) - 1, count(t, 1, t->cols) - 1); break;
    case 'I': tab(t, count(t, 0, t->cols)); break;
    case 'J': erase_display(t); break;
    case 'K': erase_line(t); break;
    case 'L': shift_rows(t, true); break;
    case 'M': shift_rows(t, false); break;
    case 'P': shift_line(t, false); break;
    case 'S': terminal_scroll_rows(t, t->top, t->bottom, (int)count(t, 0, t->rows)); break;
    case 'T': terminal_scroll_rows(t, t->top, t->bottom, -(int)count(t, 0, t->rows)); break;
    case 'X': terminal_erase(t, t->cursor.row, t->cursor.col, t->cursor.col + count(t, 0, t->cols)); break;
    case 'Z': back_tab(t, count(t, 0, t->cols)); break;
    case 'b': repeat(t); break;
    case 'c': terminal_answer(t, "\033[?6c"); break; /* DA: a VT102 */
    case 'd': go_to(t, count(t, 0, t->rows) - 1, t->cursor.col); break;
    case 'g': clear_tabs(t); break;
    case 'h': set_modes(t, true); break;
    case 'l': set_modes(t, false); break;
    case 'm': rendition(t); break;
    case 'n': report(t); break;
    case 'r': scrolling_region(t); break;
    case 's': save(t); break;
    case 'u': restore(t); break;
    }
}

static void csi_ends(struct terminal *t, uint8_t final)
{
    if (!t->prefix && !t->intermediate)
        control_sequence(t, final);
    else if (t->prefix == '?' && !t->intermediate && (final == 'h' || final == 'l'))
        set_modes(t, final == 'h');
    else if (!t->prefix && t->intermediate == '!' && final == 'p') /* DECSTR */
        t->cursor.pen = terminal_plain_pen(), t->insert = t->no_wrap = t->cursor_hidden = false;
}

/* ESC and one byte. */
static void escape(struct terminal *t, uint8_t final)
{
    switch (final) {
    case '7': save(t); break;
    case '8': restore(t); break;
    case 'D': terminal_down(t); break;
    case 'E': terminal_down(t), t->cursor.col = 0; break;
    case 'H': t->tab[t->cursor.col < MAX_TERMINAL ? t->cursor.col : 0] = true; break;
    case 'M': terminal_up(t); break;
    case 'Z': terminal_answer(t, "\033[?6c"); break;
    case 'c': terminal_reset(t); break;
    }
}

/* ESC, an intermediate and a byte: G0 and G1. */
static void designate(struct terminal *t, uint8_t final)
{
    if (t->intermediate == '(' || t->intermediate == ')')
        t->cursor.pen.line_drawing[t->intermediate == ')'] = final == '0';
}

/* ---- Bytes ---- */

static void control(struct terminal *t, uint8_t c)
{
    switch (c) {
    case '\b': go_left(t, 1); break;
    case '\t': tab(t, 1); break;
    case '\n':
    case '\v':
    case '\f':
        terminal_down(t);
        t->cursor.col = t->newline ? 0 : t->cursor.col;
        break;
    case '\r': t->cursor.col = 0; break;
    case 0x0e: t->cursor.pen.charset = 1; break; /* SO */
    case 0x0f: t->cursor.pen.charset = 0; break; /* SI */
    case 0x18:                                   /* CAN, SUB */
    case 0x1a: t->state = VT_GROUND; break;
    case 0x1b: t->state = t->state == VT_STRING ? VT_STRING_ESCAPE : VT_ESCAPE; break;
    }
}

/* Marks that go onto the character before them, and those of no width. */
static bool no_cell(uint32_t c)
{
    return (c >= 0x80 && c < 0xa0) || (c >= 0x300 && c < 0x370) || (c >= 0x200b && c < 0x2010) ||
           (c >= 0xfe00 && c < 0xfe10) || c == 0xfeff;
}

static void character(struct terminal *t, uint32_t c)
{
    const struct pen *p = &t->cursor.pen;
    if (c >= '`' && c <= '~' && p->line_drawing[p->charset])
        c = line_drawing[c - '`'];
    if (c != 0x7f && !no_cell(c))
        terminal_put(t, c);
}

/* UTF-8; what is none is U+FFFD, and the byte that shows it begins anew. */
static void ground(struct terminal *t, uint8_t c)
{
    if (t->more && c >> 6 == 2) {
        t->character = t->character << 6 | (c & 0x3f);
        if (!--t->more)
            character(t, t->character <= 0x10ffff && t->character >= 0x80 ? t->character : 0xfffd);
        return;
    }
    if (t->more)
        character(t, 0xfffd);
    t->more = c >= 0xf8 || c < 0xc0 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    if (t->more)
        t->character = c & (0x3fu >> t->more);
    else
        character(t, c < 0x80 ? c : 0xfffd);
}

static void escape_byte(struct terminal *t, uint8_t c)
{
    if (c < 0x30) {
        t->intermediate = c;
        t->state = VT_ESCAPE_MORE;
        return;
    }
    bool more = t->state == VT_ESCAPE_MORE;
    t->state = VT_GROUND;
    if (more)
        designate(t, c);
    else if (c == '[')
        t->state = VT_CSI, t->parameters = 0, t->prefix = 0, t->intermediate = 0;
    else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') /* OSC, DCS, SOS, PM, APC */
        t->state = VT_STRING;
    else
        escape(t, c);
}

static void csi_byte(struct terminal *t, uint8_t c)
{
    enum { MOST = 65535 };
    if (c >= '0' && c <= '9') {
        if (!t->parameters)
            t->parameter[t->parameters++] = 0;
        uint32_t *p = &t->parameter[t->parameters - 1];
        *p = *p * 10 + (c - '0') < MOST ? *p * 10 + (c - '0') : MOST;
    } else if (c == ';' || c == ':') {
        if (!t->parameters)
            t->parameter[t->parameters++] = 0;
        if (t->parameters == MAX_PARAMETERS)
            t->state = VT_CSI_IGNORE;
        else
            t->parameter[t->parameters++] = 0;
    } else if (c >= '<' && c <= '?') {
        t->prefix = c;
    } else if (c < 0x30) {
        t->intermediate = c;
    } else if (c < 0x7f) {
        t->state = VT_GROUND;
        csi_ends(t, c);
    }
}

static void byte(struct terminal *t, uint8_t c)
{
    if (t->state == VT_STRING) {
        if (c == 7)
            t->state = VT_GROUND;
        else if (c == 0x1b || c == 0x18 || c == 0x1a)
            control(t, c);
        return;
    }
    if (t->state == VT_STRING_ESCAPE) { /* ST; anything else begins an escape sequence */
        t->state = c == '\\' ? VT_GROUND : VT_ESCAPE;
        if (c == '\\')
            return;
    }
    if (c < 0x20) {
        control(t, c);
        t->more = 0;
        return;
    }
    switch (t->state) {
    case VT_ESCAPE:
    case VT_ESCAPE_MORE: escape_byte(t, c); break;
    case VT_CSI: csi_byte(t, c); break;
    case VT_CSI_IGNORE: t->state = c >= 0x40 && c < 0x7f ? VT_GROUND : VT_CSI_IGNORE; break;
    default: ground(t, c);
    }
}

void terminal_write(struct terminal *t, const uint8_t *bytes, size_t n)
{
    while (n--)
        byte(t, *bytes++);
}
