/* Inside the terminal: its screen (window_terminal.c), what the guest's bytes do to it (window_vt.c). Every row and
 * column that comes from the guest is clamped where it is read; the functions here may rely on it. */
#ifndef SVEMU_FRONTENDS_WINDOW_TERMINAL_H
#define SVEMU_FRONTENDS_WINDOW_TERMINAL_H

#include "frontends/window.h"

enum { MAX_TERMINAL = 1000, MAX_PARAMETERS = 16 };

struct pen {
    uint32_t fg, bg;
    bool bold, underline, reverse, hidden;
    bool line_drawing[2]; /* G0 and G1 are DEC's special graphics */
    unsigned charset;     /* which of them is used: SI, SO */
};

struct cursor {
    unsigned row, col; /* col may be cols: the next character goes to the next line */
    bool origin;       /* DECOM */
    struct pen pen;
};

struct screen_line {
    unsigned cols;
    struct cell *cell;
};

/* What of an escape sequence has come so far (the states of DEC's parsers). */
enum vt_state { VT_GROUND, VT_ESCAPE, VT_ESCAPE_MORE, VT_CSI, VT_CSI_IGNORE, VT_STRING, VT_STRING_ESCAPE };

struct terminal {
    unsigned rows, cols;
    struct cell *screen, *other; /* [rows * cols]; other: of the alternate screen, while that is not shown */
    struct screen_line *kept;    /* a ring of SCROLLBACK */
    uint64_t scrolled;           /* lines so far; the last SCROLLBACK of them are kept */
    struct cursor cursor, saved, main_saved;
    unsigned top, bottom; /* scrolling region, bottom not in it */
    bool tab[MAX_TERMINAL];
    bool alternate, cursor_hidden, no_wrap, insert, newline, keys_application, paste_brackets;
    bool typed;
    /* The parser. */
    enum vt_state state;
    uint32_t parameter[MAX_PARAMETERS];
    unsigned parameters;
    uint8_t prefix, intermediate; /* '?' or the like; the last of ' ' to '/' */
    uint32_t character, last;     /* UTF-8 under way; the last character written, for REP */
    unsigned more;                /* bytes that are missing of it */
    void (*reply)(void *context, const char *bytes, size_t n);
    void *context;
};

struct pen terminal_plain_pen(void);
/* Power-on state but for the lines that have scrolled away. */
void terminal_reset(struct terminal *t);
/* Cells [from, to) of a row become blank in the pen's background. */
void terminal_erase(struct terminal *t, unsigned row, unsigned from, unsigned to);
/* Rows [top, bottom) move up (n > 0) or down by so many; blank ones come. Those that leave the main screen at its very
 * top are kept. */
void terminal_scroll_rows(struct terminal *t, unsigned top, unsigned bottom, int n);
/* One character at the cursor. */
void terminal_put(struct terminal *t, uint32_t c);
/* Line feed: down, or scroll. */
void terminal_down(struct terminal *t);
void terminal_up(struct terminal *t);
/* Show the alternate screen, or the main one again. */
void terminal_alternate(struct terminal *t, bool on);
/* What the terminal sends, if anybody has typed. */
void terminal_answer(struct terminal *t, const char *bytes);

#endif
