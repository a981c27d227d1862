/* What `svemu lab cost` has measured, as text and as CSV. */
#include "frontends/lab_cost.h"

#include <inttypes.h>
#include <stdlib.h>

const struct cost_row cost_row[COSTS] = {
#define COST(NAME, PAIRED, TITLE) { NAME, TITLE, PAIRED },
#include "frontends/lab_cost.def"
};

const struct cost_job *cost_job_of(const struct cost *c, unsigned kernel, enum lab_mode mode, unsigned bits)
{
    for (unsigned i = 0; i < c->jobs; i++)
        if (c->job[i].kernel == kernel && c->job[i].mode == mode && c->job[i].bits == bits)
            return &c->job[i];
    return NULL;
}

static const char *version_of(const struct cost *c, unsigned kernel)
{
    for (unsigned i = 0; i < c->jobs; i++)
        if (c->job[i].kernel == kernel)
            return c->job[i].version;
    return "";
}

char *cost_kernel_text(const struct cost *c, unsigned kernel, char *buffer, size_t size)
{
    const char *version = version_of(c, kernel);
    bool alone = *version;
    for (unsigned i = 0; i < c->kernels; i++)
        alone &= i == kernel || strcmp(version, version_of(c, i)) != 0;
    if (alone)
        snprintf(buffer, size, "%s", version);
    else
        snprintf(buffer, size, "%s%s%s", c->kernel[kernel], *version ? " " : "", version);
    return buffer;
}

char *cost_title(unsigned row, char *buffer, size_t size)
{
    unsigned whole = row;
    while (whole && !strncmp(cost_row[whole].title, "... ", 4))
        whole--;
    const char *title = cost_row[whole].title, *comma = strrchr(title, ',');
    if (whole == row)
        snprintf(buffer, size, "%s", title);
    else
        snprintf(buffer, size, "%.*s %s", (int)(comma ? comma + 1 - title : 0), title, cost_row[row].title + 4);
    return buffer;
}

/* ---- Tables ---- */

static void put_value(const struct cost_value *v, FILE *f)
{
    if (v->count)
        fprintf(f, " %8" PRIu64, v->median);
    else
        fprintf(f, " %8s", "-");
}

static void one_table(const struct cost *c, unsigned kernel, enum lab_mode mode, FILE *f)
{
    char name[512];
    fprintf(f, "Linux %s, %s, timing %s: cycles, median of %u\n", cost_kernel_text(c, kernel, name, sizeof name),
            lab_mode_name(mode), c->what, c->rounds);
    fprintf(f, "%-56s", "  vector length");
    for (unsigned vq = 1; vq <= 16; vq++)
        if (c->vq_set >> (vq - 1) & 1)
            fprintf(f, " %8u", 128 * vq);
    fputc('\n', f);
    for (unsigned row = 0; row < COSTS; row++) {
        fprintf(f, "  %-54s", cost_row[row].title);
        for (unsigned vq = 1; vq <= 16; vq++)
            if (c->vq_set >> (vq - 1) & 1)
                put_value(&cost_job_of(c, kernel, mode, 128 * vq)->value[row], f);
        fputc('\n', f);
    }
}

void cost_text(const struct cost *c, FILE *f)
{
    const char *between = "";
    for (unsigned k = 0; k < c->kernels; k++)
        for (enum lab_mode mode = LAB_VHE; mode <= LAB_PROTECTED; mode++)
            if (c->mode[mode]) {
                fputs(between, f);
                one_table(c, k, mode, f);
                between = "\n";
            }
}

/* RFC 4180 */
static void quoted(const char *text, FILE *f)
{
    fputc('"', f);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', f);
        fputc(*text, f);
    }
    fputs("\",", f);
}

void cost_csv(const struct cost *c, FILE *f)
{
    fputs("kernel,version,mode,timing,vl_bits,measurement,min_cycles,median_cycles,max_cycles,samples\n", f);
    for (unsigned i = 0; i < c->jobs; i++)
        for (unsigned row = 0; row < COSTS; row++) {
            const struct cost_job *j = &c->job[i];
            const struct cost_value *v = &j->value[row];
            if (!v->count)
                continue;
            quoted(c->kernel[j->kernel], f);
            quoted(j->version, f);
            fprintf(f, "%s,", lab_mode_name(j->mode));
            quoted(c->what, f);
            fprintf(f, "%u,%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%u\n", j->bits, cost_row[row].name, v->min, v->median,
                    v->max, v->count);
        }
}

/* ---- --ab ---- */

struct difference {
    const struct cost_job *a, *b;
    unsigned row;
    int64_t cycles;
};

static uint64_t size_of(int64_t n) { return n < 0 ? (uint64_t)-n : (uint64_t)n; }

/* Largest first; of equal ones, as in the tables. */
static int larger(const void *x, const void *y)
{
    const struct difference *a = x, *b = y;
    if (size_of(a->cycles) != size_of(b->cycles))
        return size_of(a->cycles) > size_of(b->cycles) ? -1 : 1;
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return a->a < b->a ? -1 : a->a > b->a;
}

static unsigned differences(const struct cost *c, struct difference *d)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->jobs; i++)
        for (unsigned row = 0; c->job[i].kernel == 0 && row < COSTS; row++) {
            const struct cost_job *a = &c->job[i], *b = cost_job_of(c, 1, a->mode, a->bits);
            if (a->value[row].count && b->value[row].count)
                d[n++] = (struct difference){ a, b, row, (int64_t)(b->value[row].median - a->value[row].median) };
        }
    qsort(d, n, sizeof *d, larger);
    return n;
}

void cost_compare_text(const struct cost *c, FILE *f)
{
    char a[512], b[512], title[128];
    struct difference *d = calloc((size_t)c->jobs * COSTS, sizeof *d);
    if (!d)
        abort();
    unsigned n = differences(c, d), same = 0;
    fprintf(f, "A: Linux %s\nB: Linux %s\n", cost_kernel_text(c, 0, a, sizeof a), cost_kernel_text(c, 1, b, sizeof b));
    fprintf(f, "timing %s: cycles, median of %u; largest difference first\n", c->what, c->rounds);
    fprintf(f, "  %-58s %-9s %5s %9s %9s %9s %8s\n", "", "mode", "VL", "A", "B", "B - A", "");
    for (unsigned i = 0; i < n; i++) {
        uint64_t before = d[i].a->value[d[i].row].median;
        same += !d[i].cycles;
        if (!d[i].cycles)
            continue;
        fprintf(f, "  %-58s %-9s %5u %9" PRIu64 " %9" PRIu64 " %+9" PRId64, cost_title(d[i].row, title, sizeof title),
                lab_mode_name(d[i].a->mode), d[i].a->bits, before, d[i].b->value[d[i].row].median, d[i].cycles);
        if (before)
            fprintf(f, " %+7.1f%%", 100.0 * (double)d[i].cycles / (double)before);
        fputc('\n', f);
    }
    fprintf(f, "%u of %u are equal\n", same, n);
    free(d);
}
