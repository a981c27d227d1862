/* The window (--display sdl): the guest's console as a terminal, a panel for each CPU, a framebuffer.
 *
 * Two threads of the host. The emulator's own (window.c) watches the machine through core/observe.h, and some thirty
 * times a second, between two instructions, publishes what it has seen: a struct window_view, console output, changed
 * lines of the framebuffer. The window's thread (window_sdl.c) takes that over under a lock, draws, and leaves keys
 * and wishes for the other one. No other state is shared, and the guest's course does not depend on any of it.
 *
 * What is between the machine and SDL knows neither of them (window_ui.c, _panel.c, _terminal.c, _grid.c). */
#ifndef SVEMU_FRONTENDS_WINDOW_H
#define SVEMU_FRONTENDS_WINDOW_H

#include <stdio.h>

#include "core/machine.h"

/* ---- Letters (window_font.c) ---- */
enum { FONT_WIDTH = 8, FONT_HEIGHT = 16 }; /* pixels of a cell */
/* Unpack the two fonts that are compiled in. false: the memory is not there. */
bool font_open(void) MUST_CHECK;
void font_close(void);
/* The rows of a character from the top, the left pixel in the highest bit; a box if the font has none. */
const uint8_t *font_glyph(uint32_t character, bool bold);

/* ---- Cells and pixels (window_grid.c) ---- */
enum cell_flag {
    CELL_BOLD = 1,
    CELL_UNDERLINE = 2,
    CELL_PIXELS = 4, /* drawn pixel by pixel; the character is for text files */
};
struct cell {
    uint32_t ch;     /* Unicode; 0: nothing was written here */
    uint32_t fg, bg; /* 0xRRGGBB */
    uint32_t flags;
};
struct grid {
    unsigned cols, rows;
    struct cell *cell, *shown; /* [rows * cols]: to be drawn, and as drawn */
    uint32_t *pixel;           /* [rows * FONT_HEIGHT][cols * FONT_WIDTH], 0x00RRGGBB */
};
/* The size is clamped to what makes sense. false: the memory is not there; the grid is as it was. */
bool grid_resize(struct grid *g, unsigned cols, unsigned rows) MUST_CHECK;
void grid_free(struct grid *g);
/* All cells blank, in one background. */
void grid_clear(struct grid *g, uint32_t bg);
void grid_fill(struct grid *g, unsigned col, unsigned row, unsigned cols, uint32_t bg);
void grid_put(struct grid *g, unsigned col, unsigned row, struct cell c);
/* Write UTF-8 text in at most max columns over the background that is there; returns the column behind it. */
unsigned grid_text(struct grid *g, unsigned col, unsigned row, unsigned max, uint32_t fg, bool bold, const char *text);
unsigned grid_printf(struct grid *g, unsigned col, unsigned row, unsigned max, uint32_t fg, bool bold,
                     const char *format, ...) __attribute__((format(printf, 7, 8)));
/* Cells to be drawn by the caller, at every grid_draw() anew: the first pixel, or NULL if they are not in the grid. */
uint32_t *grid_pixels(struct grid *g, unsigned col, unsigned row, unsigned cols, unsigned rows);
/* Draw the cells that have changed; calls each() with the rectangles of pixels that did. */
void grid_draw(struct grid *g, void (*each)(void *context, int x, int y, int width, int height), void *context);
/* Columns [from, to) of a row as UTF-8, blanks at the end left out. */
void grid_row_text(const struct grid *g, unsigned row, unsigned from, unsigned to, FILE *f);
/* The same of a line of cells. */
void cells_text(const struct cell *line, unsigned count, FILE *f);
/* Write pixels as a PNG file (window_png.c). false: errno says why not. */
bool png_write(const char *path, const uint32_t *pixel, unsigned width, unsigned height) MUST_CHECK;

/* ---- The console (window_terminal.c) ---- */
enum { SCROLLBACK = 20000 }; /* lines */
struct terminal;
/* reply takes what the terminal sends: keys, and answers to the guest's questions. NULL: no memory. */
struct terminal *terminal_create(unsigned rows, unsigned cols,
                                 void (*reply)(void *context, const char *bytes, size_t n), void *context) MUST_CHECK;
void terminal_free(struct terminal *t);
void terminal_resize(struct terminal *t, unsigned rows, unsigned cols);
/* What the guest writes. Any bytes whatsoever. */
void terminal_write(struct terminal *t, const uint8_t *bytes, size_t n);
/* Typed: a character, or a key that has none. From the first one on the terminal answers questions; a guest that
 * nobody types to sees nobody. */
enum terminal_key {
    TERMINAL_ENTER,
    TERMINAL_TAB,
    TERMINAL_BACKSPACE,
    TERMINAL_ESCAPE,
    TERMINAL_UP,
    TERMINAL_DOWN,
    TERMINAL_LEFT,
    TERMINAL_RIGHT,
    TERMINAL_INSERT,
    TERMINAL_DELETE,
    TERMINAL_HOME,
    TERMINAL_END,
    TERMINAL_PAGE_UP,
    TERMINAL_PAGE_DOWN,
    TERMINAL_F1, /* to F12 */
};
enum { TERMINAL_SHIFT = 1, TERMINAL_ALT = 2, TERMINAL_CTRL = 4 };
void terminal_character(struct terminal *t, uint32_t c, unsigned modifiers);
void terminal_key(struct terminal *t, unsigned key, unsigned modifiers);
void terminal_paste(struct terminal *t, const char *text);
/* Lines are numbered from the first the guest wrote: [first, screen) have scrolled away, screen is the top one. */
uint64_t terminal_first(const struct terminal *t);
uint64_t terminal_screen(const struct terminal *t);
/* One line to out[cols], blanks filled up. */
void terminal_line(const struct terminal *t, uint64_t line, struct cell *out, unsigned cols);
/* Row and column on the screen; false: it is hidden. */
bool terminal_cursor(const struct terminal *t, unsigned *row, unsigned *col);
/* Everything that is kept, scrolled away or not. */
void terminal_text(const struct terminal *t, FILE *f);

/* ---- What is shown of the machine ---- */
/* Whose instructions: the host's by EL, and those of up to WINDOW_VMS guests, EL0 and EL1. */
enum { WINDOW_VMS = 6, SHARE_HOST = 0, SHARE_VM = 3, SHARES = SHARE_VM + 2 * WINDOW_VMS };
enum { WINDOW_CLASSES = 64 + 4, WINDOW_RECENT = 8 };
struct window_recent { /* exceptions of one kind among the last ones */
    uint16_t ec;
    uint8_t from, target;
    unsigned count;
    char reason[96];
};
struct window_cpu {
    char model[32];
    uint8_t power, halted, el; /* enum cpu_power, enum cpu_halt */
    bool sve, guest;           /* guest: EL0 or EL1 under stage 2 of vmid */
    uint8_t runs;              /* whose instructions: its share */
    uint16_t vmid, vl[3];      /* CurrentVL at EL0 to EL2 with the registers as they are, bits */
    uint64_t pc, instructions, clock_hz;
    uint64_t share[SHARES];                 /* of the instructions */
    uint64_t exceptions[3][WINDOW_CLASSES]; /* as in struct cpu_stats */
    struct window_recent recent[WINDOW_RECENT];
    unsigned recents;
    char where[64], task[40]; /* symbol+offset, and what runs there; empty where nothing is known */
};
struct window_view {
    uint64_t host_ns; /* for how long the machine has run, in the host's time */
    uint64_t guest_ns, instructions;
    bool paused, tracing;
    uint16_t vmid[WINDOW_VMS]; /* in the order in which they were first seen; then they share the last place */
    unsigned vms;
    unsigned cpu_count;
    struct window_cpu *cpu; /* [cpu_count] */
    char next[160];         /* of a machine that stands: the next instruction */
    char said[160];         /* a word to the user; says: how many there have been */
    unsigned says;
};
bool window_view_create(struct window_view *v, unsigned cpus) MUST_CHECK;
void window_view_free(struct window_view *v);
void window_view_copy(struct window_view *to, const struct window_view *from);

/* ---- The machine's side (window_watch.c) ---- */
struct window_watch;
/* Watch the machine from now on. NULL: no memory. */
struct window_watch *window_watch(struct machine *m) MUST_CHECK;
void window_unwatch(struct window_watch *w);
/* Fill a view; reasons of exceptions and names only for the CPUs [first, first + count). Between instructions. */
void window_look(struct window_watch *w, struct window_view *v, unsigned first, unsigned count);
/* The instruction that the machine would execute next, and whose it is. */
void window_next(const struct machine *m, char *text, size_t size);

/* ---- Panels (window_panel.c) ---- */
struct panels;
struct panels *panels_create(unsigned cpus) MUST_CHECK;
void panels_free(struct panels *p);
/* A new view: rates and timelines go on. */
void panels_update(struct panels *p, const struct window_view *v);
/* Draw panels of CPUs from *first on (clamped) into these cells; *count is how many. */
void panels_draw(struct panels *p, struct grid *g, unsigned col, unsigned row, unsigned cols, unsigned rows,
                 unsigned *first, unsigned *count);
/* 1,234,567; returns text. */
const char *full_number(uint64_t v, char text[32]);
/* Instructions a second of all CPUs, in host time. */
double panels_rate(const struct panels *p);

/* ---- Colours: 0xRRGGBB ---- */
enum {
    INK_BACK = 0x12151a,
    INK_PANEL = 0x1a1f27,
    INK_BAR = 0x222934,
    INK_TEXT = 0xcdd3dc,
    INK_DIM = 0x8089a0,
    INK_BRIGHT = 0xf2f4f8,
    INK_ACCENT = 0x7fb2f0,
    INK_GOOD = 0x86c98a,
    INK_WARN = 0xe8b76a,
    INK_SELECTION = 0x34507a,
};
/* Colour of instructions of this share. */
uint32_t share_colour(unsigned share);

/* ---- All of it (window_ui.c) ---- */
enum ui_wish { UI_NOTHING, UI_PAUSE, UI_STEP, UI_TRACE, UI_QUIT };
struct ui;
struct ui *ui_create(unsigned cols, unsigned rows, unsigned cpus,
                     void (*reply)(void *context, const char *bytes, size_t n), void *context) MUST_CHECK;
void ui_free(struct ui *u);
struct grid *ui_grid(struct ui *u);
struct terminal *ui_terminal(struct ui *u);
/* Another size in cells. */
void ui_resize(struct ui *u, unsigned cols, unsigned rows);
void ui_view(struct ui *u, const struct window_view *v);
/* Which CPUs' panels are shown. */
void ui_shown(const struct ui *u, unsigned *first, unsigned *count);
/* The framebuffer's pixels, 0x00RRGGBB; they must stay. */
void ui_framebuffer(struct ui *u, const uint32_t *pixel, unsigned width, unsigned height);
void ui_draw(struct ui *u);
/* Function keys of the window itself. Files are written to the working folder. */
enum ui_wish ui_function_key(struct ui *u, unsigned number);
void ui_scroll(struct ui *u, int lines);                /* up is positive */
void ui_scroll_page(struct ui *u, int pages);           /* of the console */
void ui_wheel(struct ui *u, int x, int y, int steps);   /* over these pixels */
void ui_typed(struct ui *u);                            /* the console shows its end again */
void ui_mouse(struct ui *u, int x, int y, bool begins); /* select from where it began to this pixel */
/* The selected text (malloc'ed), NULL: nothing is selected. */
char *ui_selection(const struct ui *u);
/* All text: console and panels. */
void ui_text(struct ui *u, FILE *f);
/* The first of svemu-window-1.EXTENSION, -2, ... that is not there yet. */
bool window_file_name(char name[64], const char *extension);
/* A word to the user, for some seconds. */
void ui_say(struct ui *u, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- The window's thread (window_sdl.c) ---- */
/* Load SDL2. false: *error says why not. */
bool window_sdl_load(const char **error) MUST_CHECK;
/* The thread: opens the window (argument: struct window_size), says so by window_opened(), and shows it until
 * window_take() says that it is to end. */
struct window_size {
    unsigned width, height; /* pixels */
    unsigned cpus;
    unsigned fb_width, fb_height; /* of the machine's framebuffer, 0: it has none */
};
void *window_sdl_thread(void *size);

/* ---- Between the threads (window.c), for the window's ---- */
/* error NULL: it is open. */
void window_opened(const char *error);
/* What is new: a view (true in *viewed), console output (*n bytes, which stay until the next call), lines of the
 * framebuffer. false: the window is to be closed. */
struct window_news {
    struct window_view *view; /* to be filled */
    bool viewed;
    const uint8_t *output;
    size_t n;
    uint32_t *framebuffer; /* to be filled */
};
bool window_take(struct window_news *news) MUST_CHECK;
void window_wish(enum ui_wish wish);
void window_type(void *context, const char *bytes, size_t n);
void window_showing(unsigned first, unsigned count);

#endif
