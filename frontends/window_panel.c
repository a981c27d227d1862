/* A panel for each CPU: where it is, its vector lengths, what it executes and which exceptions it takes. */
#include "frontends/window.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/exception.h"

enum {
    HISTORY = 512,    /* columns of a timeline, one for each view with new instructions or time */
    COLUMN_WIDTH = 2, /* pixels of one */
    MIN_PANEL = 3,    /* rows */
    MAX_PANEL = 18,
    RATE_NS = 500000000 /* numbers change so often that they can be read */
};

/* Of one CPU. A column's parts are 255ths of what the CPU could have executed in the guest's time that has passed. */
struct history {
    uint8_t column[HISTORY][SHARES];
    uint64_t share[SHARES];                               /* when the last column was made */
    uint64_t instructions, exceptions[3][WINDOW_CLASSES]; /* when the rates were worked out */
    double rate, exception_rate[3][WINDOW_CLASSES];       /* a second of the host's time */
};

struct panels {
    struct window_view now;
    struct history *cpu;
    unsigned column;        /* the next one */
    uint64_t when[HISTORY]; /* host time of each column */
    uint64_t column_ns, guest_ns, rate_ns;
};

static const uint32_t colours[SHARES] = { 0xb9c4d6, 0x55b5b0, 0x4c86d6, 0xf2c48a, 0xe2913c,
                                          0xb5e0a2, 0x6db85f, 0xecb1dd, 0xc66bb4, 0xefe39a,
                                          0xcdb93c, 0xf2aaa5, 0xd9605a, 0xc9b8f2, 0x8f74d8 };

uint32_t share_colour(unsigned share) { return colours[share]; }

struct panels *panels_create(unsigned cpus)
{
    struct panels *p = calloc(1, sizeof *p);
    if (p && window_view_create(&p->now, cpus) && (p->cpu = calloc(cpus, sizeof *p->cpu)))
        return p;
    panels_free(p);
    return NULL;
}

void panels_free(struct panels *p)
{
    if (!p)
        return;
    window_view_free(&p->now);
    free(p->cpu);
    free(p);
}

double panels_rate(const struct panels *p)
{
    double sum = 0;
    for (unsigned i = 0; i < p->now.cpu_count; i++)
        sum += p->cpu[i].rate;
    return sum;
}

/* ---- Over time ---- */

/* Can be less than before after a snapshot was loaded or a step back. */
static uint64_t grown(uint64_t now, uint64_t before) { return now > before ? now - before : 0; }

static void add_column(struct history *h, const struct window_cpu *c, unsigned column, uint64_t guest_ns)
{
    double capacity = (double)guest_ns * (double)c->clock_hz / 1e9, executed = 0;
    for (unsigned s = 0; s < SHARES; s++)
        executed += (double)grown(c->share[s], h->share[s]);
    if (capacity < executed) /* CPUs run a quantum ahead of one another */
        capacity = executed;
    for (unsigned s = 0; s < SHARES; s++) {
        double part = capacity ? (double)grown(c->share[s], h->share[s]) / capacity : 0;
        h->column[column][s] = (uint8_t)(part * 255 + 0.5);
        if (!h->column[column][s] && c->share[s] > h->share[s])
            h->column[column][s] = 1; /* whatever ran is seen */
        h->share[s] = c->share[s];
    }
}

static void work_out_rates(struct history *h, const struct window_cpu *c, double seconds)
{
    h->rate = (double)grown(c->instructions, h->instructions) / seconds;
    h->instructions = c->instructions;
    for (unsigned el = EL1; el <= EL2; el++)
        for (unsigned i = 0; i < WINDOW_CLASSES; i++) {
            h->exception_rate[el][i] = (double)grown(c->exceptions[el][i], h->exceptions[el][i]) / seconds;
            h->exceptions[el][i] = c->exceptions[el][i];
        }
}

void panels_update(struct panels *p, const struct window_view *v)
{
    window_view_copy(&p->now, v);
    if (v->host_ns == p->column_ns) /* paused */
        return;
    for (unsigned i = 0; i < v->cpu_count; i++)
        add_column(&p->cpu[i], &v->cpu[i], p->column, grown(v->guest_ns, p->guest_ns));
    p->when[p->column] = v->host_ns;
    p->column = (p->column + 1) % HISTORY;
    p->column_ns = v->host_ns;
    p->guest_ns = v->guest_ns;
    if (v->host_ns - p->rate_ns < RATE_NS)
        return;
    for (unsigned i = 0; i < v->cpu_count; i++)
        work_out_rates(&p->cpu[i], &v->cpu[i], (double)(v->host_ns - p->rate_ns) / 1e9);
    p->rate_ns = v->host_ns;
}

/* ---- Numbers for people ---- */

/* Five characters at most: 950, 9.5k, 950k, 9.5M. */
static const char *short_number(double v, char text[16])
{
    static const char units[] = " kMGT";
    unsigned unit = 0;
    for (; v >= 999.5 && unit < 4; unit++)
        v /= 1000;
    snprintf(text, 16, unit && v < 9.95 ? "%.1f%.1s" : "%.0f%.1s", v, unit ? &units[unit] : "");
    return text;
}

const char *full_number(uint64_t v, char text[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, v), to = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            text[to++] = ',';
        text[to++] = digits[i];
    }
    text[to] = 0;
    return text;
}

/* ---- One panel ---- */

struct place {
    struct grid *g;
    unsigned col, row, cols, rows;
};

static const char *state_of(const struct window_cpu *c)
{
    static const char *const power[] = { "off", "", "starting", "stopped at EL3" };
    if (c->power != POWER_ON)
        return power[c->power];
    return c->halted == HALT_WFI ? "WFI" : c->halted == HALT_WFE ? "WFE" : "running";
}

static void right_text(struct place *p, unsigned row, uint32_t fg, bool bold, const char *text)
{
    unsigned n = (unsigned)strlen(text);
    if (n < p->cols)
        grid_text(p->g, p->col + p->cols - n, row, n, fg, bold, text);
}

/* "CPU 0  neoverse-v1                  EL1 VMID 3     running" */
static void draw_title(struct place *p, unsigned index, const struct window_cpu *c)
{
    char text[24];
    bool on = c->power == POWER_ON;
    grid_fill(p->g, p->col, p->row, p->cols, INK_BAR);
    unsigned at = grid_printf(p->g, p->col + 1, p->row, 8, INK_BRIGHT, true, "CPU %u", index);
    grid_text(p->g, at + 2, p->row, 22, INK_DIM, false, c->model);
    snprintf(text, sizeof text, "%s ", state_of(c));
    right_text(p, p->row, on && !c->halted ? INK_GOOD : INK_DIM, false, text);
    if (!on)
        return;
    snprintf(text, sizeof text, c->guest ? "EL%u VMID %u" : "EL%u", c->el, c->vmid);
    grid_text(p->g, p->col + p->cols - 26, p->row, 15,
              share_colour(c->guest ? SHARE_VM + ((c->runs - SHARE_VM) | 1) : SHARE_HOST + c->el), true, text);
}

/* "VL EL0 256 EL1 256 EL2 512      12.3M/s     123,456,789" */
static void draw_lengths(struct place *p, const struct window_cpu *c, double rate)
{
    char number[32], text[64], per_second[16];
    unsigned row = p->row + 1, at = grid_text(p->g, p->col + 1, row, 3, INK_DIM, false, "VL ");
    for (unsigned el = EL0; el <= EL2; el++) {
        bool now = c->power == POWER_ON && c->el == el;
        at = grid_printf(p->g, at, row, 4, INK_DIM, false, "EL%u ", el);
        at = grid_printf(p->g, at, row, 6, c->sve ? now ? INK_BRIGHT : INK_TEXT : INK_DIM, now, c->sve ? "%u  " : "-  ",
                         c->vl[el]);
    }
    snprintf(text, sizeof text, "%s/s %15s ", short_number(rate, per_second), full_number(c->instructions, number));
    right_text(p, row, INK_TEXT, false, text);
}

/* "vcpu_enter_guest+0x1a4                              vmm/57" */
static void draw_names(struct place *p, unsigned row, const struct window_cpu *c)
{
    unsigned task = (unsigned)strlen(c->task);
    grid_text(p->g, p->col + 1, row, p->cols - 3 - task, INK_TEXT, false, c->where);
    if (task)
        grid_text(p->g, p->col + p->cols - 1 - task, row, task, INK_DIM, false, c->task);
}

/* One column of pixels, from the bottom: EL2, then the host's EL1 and EL0, then guests. */
static void draw_column(uint32_t *pixel, size_t stride, unsigned height, const uint8_t share[SHARES])
{
    static const uint8_t order[3] = { SHARE_HOST + EL2, SHARE_HOST + EL1, SHARE_HOST + EL0 };
    unsigned sum = 0, top = 0;
    for (unsigned y = 0; y < height; y++)
        for (unsigned x = 0; x < COLUMN_WIDTH; x++)
            pixel[y * stride + x] = INK_BACK;
    for (unsigned i = 0; i < SHARES; i++) {
        unsigned s = i < 3 ? order[i] : i;
        sum += share[s];
        unsigned to = (sum * height + 127) / 255;
        if (share[s] && to == top)
            to++;
        for (; top < to && top < height; top++)
            for (unsigned x = 0; x < COLUMN_WIDTH; x++)
                pixel[(height - 1 - top) * stride + x] = colours[s];
    }
}

/* For text files: whose most instructions were in the columns of a cell, '.' nobody's. back: of the last one. */
static char cell_letter(const struct panels *all, const struct history *h, unsigned back)
{
    static const char letters[SHARES + 1] = "012aAbBcCdDeEfF";
    unsigned sum[SHARES] = { 0 }, best = 0;
    for (unsigned i = back; i < back + FONT_WIDTH / COLUMN_WIDTH && i < HISTORY; i++)
        for (unsigned s = 0; s < SHARES; s++)
            sum[s] += h->column[(all->column + HISTORY - 1 - i) % HISTORY][s];
    for (unsigned s = 1; s < SHARES; s++)
        if (sum[s] > sum[best])
            best = s;
    return sum[best] > 8 ? letters[best] : '.';
}

static void draw_timeline(struct place *p, const struct panels *all, const struct history *h, unsigned row,
                          unsigned rows)
{
    unsigned cols = p->cols - 2, columns = cols * FONT_WIDTH / COLUMN_WIDTH;
    columns = columns < HISTORY ? columns : HISTORY;
    for (unsigned i = 0; i < cols; i++) { /* the text is in the lowest row */
        char c = cell_letter(all, h, (cols - 1 - i) * (FONT_WIDTH / COLUMN_WIDTH));
        grid_put(p->g, p->col + 1 + i, row + rows - 1, (struct cell){ (uint8_t)c, INK_DIM, INK_BACK, 0 });
    }
    uint32_t *pixel = grid_pixels(p->g, p->col + 1, row, cols, rows);
    if (!pixel)
        return;
    size_t stride = (size_t)p->g->cols * FONT_WIDTH;
    for (unsigned i = 0; i < columns; i++)
        draw_column(pixel + (columns - 1 - i) * COLUMN_WIDTH, stride, rows * FONT_HEIGHT,
                    h->column[(all->column + HISTORY - 1 - i) % HISTORY]);
}

/* ---- Exceptions ---- */

static unsigned class_of(unsigned index) { return index < 64 ? index : EC_IRQ + (index - 64); }

struct class_line {
    unsigned el, index;
    double rate;
    uint64_t count;
};

static int by_rate(const void *a, const void *b)
{
    const struct class_line *x = a, *y = b;
    if (x->rate != y->rate)
        return x->rate < y->rate ? 1 : -1;
    return x->count < y->count ? 1 : x->count > y->count ? -1 : (int)x->index - (int)y->index;
}

static unsigned class_lines(const struct window_cpu *c, const struct history *h,
                            struct class_line line[2 * WINDOW_CLASSES])
{
    unsigned n = 0;
    for (unsigned el = EL1; el <= EL2; el++)
        for (unsigned i = 0; i < WINDOW_CLASSES; i++)
            if (c->exceptions[el][i])
                line[n++] = (struct class_line){ el, i, h->exception_rate[el][i], c->exceptions[el][i] };
    qsort(line, n, sizeof *line, by_rate);
    return n;
}

/* "EL2 Data Abort, lower EL              950/s      123,456" */
static void draw_class(struct place *p, unsigned row, const struct class_line *l)
{
    char text[64], rate[16], count[32];
    grid_printf(p->g, p->col + 1, row, 4, INK_DIM, false, "EL%u", l->el);
    grid_printf(p->g, p->col + 5, row, 27, INK_TEXT, false, "%s", exception_class_name(class_of(l->index)));
    snprintf(text, sizeof text, "%s%s %15s ", l->rate ? short_number(l->rate, rate) : "", l->rate ? "/s" : "",
             full_number(l->count, count));
    right_text(p, row, INK_TEXT, false, text);
}

/* "  37 EL1>EL2 MSR/MRS/SYS  HCR_EL2.TID3=1" */
static void draw_recent(struct place *p, unsigned row, const struct window_recent *r)
{
    unsigned at = grid_printf(p->g, p->col + 1, row, 5, INK_ACCENT, false, "%3u\u00d7 ", r->count);
    at = grid_printf(p->g, at, row, 8, INK_DIM, false, "EL%u\u2192%u ", r->from, r->target);
    at = grid_printf(p->g, at, row, 27, INK_TEXT, false, "%s ", exception_class_name(r->ec));
    unsigned room = p->col + p->cols - 1 - at, n = (unsigned)strlen(r->reason);
    if (n <= room)
        grid_text(p->g, at, row, room, INK_DIM, false, r->reason);
    else
        grid_printf(p->g, at, row, room, INK_DIM, false, "%.*s\u2026", (int)room - 1, r->reason);
}

static void draw_exceptions(struct place *p, unsigned row, const struct window_cpu *c, const struct history *h)
{
    struct class_line line[2 * WINDOW_CLASSES];
    unsigned left = p->row + p->rows - row, n = class_lines(c, h, line);
    unsigned recent = left / 2 < c->recents ? left / 2 : c->recents;
    unsigned classes = left - recent < n ? left - recent : n;
    for (unsigned i = 0; i < classes; i++)
        draw_class(p, row++, &line[i]);
    for (unsigned i = 0; i < recent; i++)
        draw_recent(p, row++, &c->recent[i]);
}

static void draw_panel(struct place *p, const struct panels *all, unsigned index)
{
    const struct window_cpu *c = &all->now.cpu[index];
    const struct history *h = &all->cpu[index];
    for (unsigned row = 0; row < p->rows; row++)
        grid_fill(p->g, p->col, p->row + row, p->cols, INK_PANEL);
    draw_title(p, index, c);
    draw_lengths(p, c, h->rate);
    unsigned timeline = p->rows >= 14 ? 3 : p->rows >= 7 ? 2 : 1, row = p->row + 2;
    if (p->rows >= 9)
        draw_names(p, row++, c);
    draw_timeline(p, all, h, row, timeline);
    draw_exceptions(p, row + timeline, c, h);
}

/* ---- All of them ---- */

static unsigned legend_entry(struct place *p, unsigned at, uint32_t ink, const char *text)
{
    at = grid_text(p->g, at, p->row, 2, ink, false, "\u25a0 ");
    return grid_text(p->g, at, p->row, p->col + p->cols - at, INK_DIM, false, text) + 2;
}

/* Whose colour is what, and how long ago the timelines begin. */
static void draw_legend(struct place *p, const struct window_view *v, double seconds)
{
    char text[32];
    snprintf(text, sizeof text, "last %.1f s ", seconds);
    right_text(p, p->row, INK_DIM, false, text);
    unsigned at = p->col + 1;
    for (unsigned el = EL2 + 1; el-- > EL0;) {
        snprintf(text, sizeof text, "EL%u", el);
        at = legend_entry(p, at, share_colour(SHARE_HOST + el), text);
    }
    for (unsigned i = 0; i < v->vms && at + sizeof "VMID 1  last 10.0 s " < p->col + p->cols; i++) {
        unsigned dark = SHARE_VM + 2 * i + 1;
        snprintf(text, sizeof text, "VMID %u", v->vmid[i]);
        grid_text(p->g, at, p->row, 1, share_colour(dark), false, "\u25a0");
        at = legend_entry(p, at + 1, share_colour(dark - 1), text) - 1;
    }
}

void panels_draw(struct panels *p, struct grid *g, unsigned col, unsigned row, unsigned cols, unsigned rows,
                 unsigned *first, unsigned *count)
{
    unsigned cpus = p->now.cpu_count, space = rows - 1, each = (space + 1) / cpus;
    struct place legend = { g, col, row, cols, 1 };
    unsigned columns = (cols - 2) * (FONT_WIDTH / COLUMN_WIDTH);
    uint64_t from = p->when[(p->column + HISTORY - (columns < HISTORY ? columns : HISTORY)) % HISTORY];
    draw_legend(&legend, &p->now, (double)(p->column_ns - from) / 1e9);
    /* with a row between two of them */
    each = each > MAX_PANEL + 1 ? MAX_PANEL + 1 : each < MIN_PANEL + 1 ? MIN_PANEL + 1 : each;
    *count = (space + 1) / each;
    *count = *count < cpus ? *count : cpus;
    if (*first > cpus - *count)
        *first = cpus - *count;
    for (unsigned i = 0; i < *count; i++) {
        struct place place = { g, col, row + 1 + i * each, cols, each - 1 };
        draw_panel(&place, p, *first + i);
    }
}
