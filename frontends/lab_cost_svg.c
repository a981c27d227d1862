/* Plots of `svemu lab cost`: cycles against the vector length, a panel for each measurement, a line for each kernel and
 * mode. Nothing is loaded from elsewhere; a point says its numbers when it is pointed at. */
#include "frontends/lab_cost.h"

#include <inttypes.h>

/* Pixels. */
enum {
    COLUMNS = 3,
    PANEL_WIDTH = 420,
    PANEL_HEIGHT = 250,
    LEFT = 72, /* of a panel's axes */
    RIGHT = 18,
    TOP = 34,
    BOTTOM = 48,
    HEAD = 58,        /* above the panels, */
    LEGEND_LINE = 18, /* and for each kernel */
    TICKS = 5,
};

/* Modes differ by colour and shape, kernels by the dashes of their lines. */
static const char *const colour[3] = { "#0072b2", "#d55e00", "#009e73" };
static const char *const dashes[] = { "none", "7 4", "2 3", "9 3 2 3" };

static void put_text(FILE *f, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '&': fputs("&amp;", f); break;
        case '<': fputs("&lt;", f); break;
        case '>': fputs("&gt;", f); break;
        case '"': fputs("&quot;", f); break;
        default: fputc((unsigned char)*text < ' ' || (unsigned char)*text > '~' ? '?' : *text, f);
        }
}

static void label(FILE *f, double x, double y, const char *more, const char *text)
{
    fprintf(f, "<text x=\"%.1f\" y=\"%.1f\"%s%s>", x, y, *more ? " " : "", more);
    put_text(f, text);
    fputs("</text>\n", f);
}

/* ---- Scales ---- */

/* 1, 2 or 5 times a power of ten, so that at most TICKS of them reach max. */
static uint64_t tick_step(uint64_t max)
{
    uint64_t step = 1;
    for (unsigned i = 0; step * TICKS < max; i++)
        step = i % 3 == 1 ? step / 2 * 5 : step * 2;
    return step;
}

static uint64_t largest(const struct cost *c, unsigned row)
{
    uint64_t max = 0;
    for (unsigned i = 0; i < c->jobs; i++)
        if (c->job[i].value[row].median > max)
            max = c->job[i].value[row].median;
    return max;
}

/* Lengths stand at equal distances: powers of two, as they usually are, make this a logarithmic scale. */
static double x_of(const struct cost *c, unsigned bits)
{
    unsigned place = (unsigned)__builtin_popcount(c->vq_set & ((1u << (bits / 128 - 1)) - 1));
    unsigned count = (unsigned)__builtin_popcount(c->vq_set);
    double width = PANEL_WIDTH - LEFT - RIGHT;
    return LEFT + width * (place + 0.5) / count;
}

static double y_of(uint64_t cycles, uint64_t top)
{
    double height = PANEL_HEIGHT - TOP - BOTTOM;
    return TOP + height * (1 - (double)cycles / (double)top);
}

/* ---- A panel ---- */

static void axes(const struct cost *c, uint64_t step, uint64_t top, FILE *f)
{
    char text[32];
    for (uint64_t at = 0; at <= top; at += step) {
        double y = y_of(at, top);
        fprintf(f, "<path d=\"M%d %.1fH%d\" class=\"%s\"/>\n", LEFT, y, PANEL_WIDTH - RIGHT, at ? "grid" : "axis");
        snprintf(text, sizeof text, "%" PRIu64, at);
        label(f, LEFT - 6, y + 4, "text-anchor=\"end\"", text);
    }
    unsigned every = __builtin_popcount(c->vq_set) > 8 ? 2 : 1, n = 0;
    for (unsigned bits = 128; bits <= 2048; bits += 128)
        if (c->vq_set >> (bits / 128 - 1) & 1 && n++ % every == 0) {
            snprintf(text, sizeof text, "%u", bits);
            label(f, x_of(c, bits), PANEL_HEIGHT - BOTTOM + 16, "text-anchor=\"middle\"", text);
        }
    label(f, (LEFT + PANEL_WIDTH - RIGHT) / 2.0, PANEL_HEIGHT - BOTTOM + 34, "text-anchor=\"middle\" class=\"name\"",
          "vector length (bits)");
    fprintf(f, "<text transform=\"translate(14 %d) rotate(-90)\" text-anchor=\"middle\" class=\"name\">cycles</text>\n",
            (TOP + PANEL_HEIGHT - BOTTOM) / 2);
}

/* A circle, a square, a triangle. */
static void mark(enum lab_mode mode, double x, double y, FILE *f)
{
    switch (mode) {
    case LAB_VHE: fprintf(f, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\" ", x, y); break;
    case LAB_NVHE: fprintf(f, "<rect x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\" ", x - 3.5, y - 3.5); break;
    case LAB_PROTECTED: fprintf(f, "<path d=\"M%.1f %.1fl4.5 8h-9z\" ", x, y - 5); break;
    }
    fprintf(f, "fill=\"%s\"", colour[mode]);
}

static void line(const struct cost *c, unsigned row, unsigned kernel, enum lab_mode mode, uint64_t top, FILE *f)
{
    char name[512], text[900];
    fprintf(f, "<polyline fill=\"none\" stroke-width=\"1.6\" stroke=\"%s\" stroke-dasharray=\"%s\" points=\"",
            colour[mode], dashes[kernel % 4]);
    for (unsigned i = 0; i < c->jobs; i++)
        if (c->job[i].kernel == kernel && c->job[i].mode == mode && c->job[i].value[row].count)
            fprintf(f, " %.1f,%.1f", x_of(c, c->job[i].bits), y_of(c->job[i].value[row].median, top));
    fputs("\"/>\n", f);
    for (unsigned i = 0; i < c->jobs; i++) {
        const struct cost_job *j = &c->job[i];
        if (j->kernel != kernel || j->mode != mode || !j->value[row].count)
            continue;
        mark(mode, x_of(c, j->bits), y_of(j->value[row].median, top), f);
        snprintf(text, sizeof text, "Linux %s, %s, %u bits: %" PRIu64 " cycles",
                 cost_kernel_text(c, kernel, name, sizeof name), lab_mode_name(mode), j->bits, j->value[row].median);
        fputs("><title>", f);
        put_text(f, text);
        fputs(mode == LAB_VHE    ? "</title></circle>\n"
              : mode == LAB_NVHE ? "</title></rect>\n"
                                 : "</title></path>\n",
              f);
    }
}

static void panel(const struct cost *c, unsigned row, double x, double y, FILE *f)
{
    char title[128];
    uint64_t max = largest(c, row), step = tick_step(max ? max : 1), top = (max + step - 1) / step * step;
    fprintf(f, "<g transform=\"translate(%.1f %.1f)\">\n", x, y);
    label(f, LEFT, TOP - 14, "class=\"title\"", cost_title(row, title, sizeof title));
    axes(c, step, top ? top : step, f);
    for (unsigned k = 0; k < c->kernels; k++)
        for (enum lab_mode mode = LAB_VHE; mode <= LAB_PROTECTED; mode++)
            if (c->mode[mode])
                line(c, row, k, mode, top ? top : step, f);
    fputs("</g>\n", f);
}

/* ---- The picture ---- */

static void legend(const struct cost *c, FILE *f)
{
    char name[512];
    for (unsigned k = 0; k < c->kernels; k++) {
        double x = 16, y = HEAD - 14 + LEGEND_LINE * k;
        for (enum lab_mode mode = LAB_VHE; mode <= LAB_PROTECTED; mode++) {
            if (!c->mode[mode])
                continue;
            fprintf(f, "<path d=\"M%.1f %.1fh34\" stroke=\"%s\" stroke-width=\"1.6\" stroke-dasharray=\"%s\"/>\n", x,
                    y - 4, colour[mode], dashes[k % 4]);
            mark(mode, x + 17, y - 4, f);
            fputs("/>\n", f);
            label(f, x + 40, y, "", lab_mode_name(mode));
            x += 120;
        }
        snprintf(name, sizeof name, "Linux ");
        cost_kernel_text(c, k, name + 6, sizeof name - 6);
        label(f, x, y, "", name);
    }
}

static void begin(const struct cost *c, int width, int height, FILE *f)
{
    char text[256];
    fprintf(f,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n"
            "<style>text{font:12px sans-serif;fill:#222}.title{font-weight:bold}.name{fill:#555}"
            ".head{font-size:16px;font-weight:bold}.grid{stroke:#ddd}.axis{stroke:#555}</style>\n"
            "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n",
            width, height, width, height, width, height);
    snprintf(text, sizeof text, "What KVM costs a guest: timing %s, median of %u", c->what, c->rounds);
    label(f, 16, 26, "class=\"head\"", text);
    legend(c, f);
}

static int head(const struct cost *c) { return HEAD + LEGEND_LINE * (int)(c->kernels - 1); }

void cost_svg(const struct cost *c, FILE *f)
{
    int rows = (COSTS + COLUMNS - 1) / COLUMNS;
    begin(c, COLUMNS * PANEL_WIDTH, head(c) + rows * PANEL_HEIGHT, f);
    for (unsigned row = 0; row < COSTS; row++)
        panel(c, row, row % COLUMNS * PANEL_WIDTH, head(c) + (int)(row / COLUMNS) * PANEL_HEIGHT, f);
    fputs("</svg>\n", f);
}

void cost_svg_one(const struct cost *c, unsigned row, FILE *f)
{
    begin(c, PANEL_WIDTH + 160, head(c) + PANEL_HEIGHT, f);
    panel(c, row, 0, head(c), f);
    fputs("</svg>\n", f);
}
