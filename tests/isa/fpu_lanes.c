/* Floating-point instructions whose elements meet (fpu_lanes.def: pairs, reductions, complex numbers, indexed elements,
 * matrices, SVE's immediates) against tests/isa/fpu_oracle.h, at several vector lengths, with cumulative flags. N and
 * SEED as in tests/isa/fpu_insn.c. */
#include <mpfr.h>

#include "tests/isa/fpu_oracle.h"
#include "tests/isa/run1.h"

/* ---- The shapes, as the Operation sections of the Arm ARM have them ---- */
struct whole {
    const struct format *f;
    oracle_fn *op;
    unsigned elements, parameter;
    uint64_t d[128], n[128], m[128]; /* registers 0, 1, 2 */
    bool g[128];
    uint64_t out[128]; /* register 0 after; zero at first */
};

static uint64_t apply(const struct whole *w, uint64_t a, uint64_t b)
{
    return w->op((const uint64_t[]){ a, b, 0 }, w->f);
}
static void pairs(struct whole *w)
{
    for (unsigned e = 0; e < w->elements; e++) {
        const uint64_t *from = 2 * e < w->elements ? &w->n[2 * e] : &w->m[2 * e - w->elements];
        w->out[e] = apply(w, from[0], from[1]);
    }
}
static void pairs_sve(struct whole *w)
{
    for (unsigned e = 0; e < w->elements; e++)
        w->out[e] = !w->g[e] ? w->d[e] : e % 2 ? apply(w, w->n[e - 1], w->n[e]) : apply(w, w->d[e], w->d[e + 1]);
}
/* Reduce() */
static uint64_t halves(const struct whole *w, const uint64_t *v, unsigned elements)
{
    return elements == 1 ? v[0] : apply(w, halves(w, v, elements / 2), halves(w, v + elements / 2, elements / 2));
}
static uint64_t identity(const struct whole *w)
{
    return w->op == o_add   ? 0
           : w->op == o_max ? o_infinity(w->f, true)
           : w->op == o_min ? o_infinity(w->f, false)
                            : o_default_nan(w->f);
}
/* ReducePredicated() of every step-th element from the first on. */
static uint64_t reduce_active(const struct whole *w, unsigned first, unsigned step)
{
    uint64_t v[128];
    unsigned elements = w->elements / step, n = 1;

    while (n < elements)
        n *= 2;
    for (unsigned e = 0; e < n; e++)
        v[e] = e < elements && w->g[first + e * step] ? w->n[first + e * step] : identity(w);
    return halves(w, v, n);
}
static void across(struct whole *w) { w->out[0] = halves(w, w->n, w->elements); }
static void across_sve(struct whole *w) { w->out[0] = reduce_active(w, 0, 1); }
static void across_segments(struct whole *w)
{
    for (unsigned i = 0; i < 128 / w->f->width; i++)
        w->out[i] = reduce_active(w, i, 128 / w->f->width);
}
static void ordered(struct whole *w)
{
    w->out[0] = w->d[0];
    for (unsigned e = 0; e < w->elements; e++)
        if (w->g[e])
            w->out[0] = apply(w, w->out[0], w->n[e]);
}
static uint64_t negated(const struct whole *w, uint64_t v, bool negate) { return negate ? o_neg_bits(v, w->f) : v; }
static void add_rotated(struct whole *w, const uint64_t *a, const uint64_t *b, bool merge)
{
    for (unsigned e = 0; e < w->elements; e += 2) {
        uint64_t re = negated(w, b[e + 1], w->parameter == 90), im = negated(w, b[e], w->parameter == 270);
        w->out[e] = !merge || w->g[e] ? apply(w, a[e], re) : a[e];
        w->out[e + 1] = !merge || w->g[e + 1] ? apply(w, a[e + 1], im) : a[e + 1];
    }
}
static void complex_add(struct whole *w) { add_rotated(w, w->n, w->m, false); }
static void complex_add_sve(struct whole *w) { add_rotated(w, w->d, w->n, true); }
/* pair: which pair of m, counted from the start of each segment of 128 bits; negative: its own. */
static void multiply_rotated(struct whole *w, int pair, bool merge)
{
    bool swap = w->parameter == 90 || w->parameter == 270;
    unsigned segment = 128 / w->f->width;

    for (unsigned e = 0; e < w->elements; e += 2) {
        const uint64_t *m = pair < 0 ? &w->m[e] : &w->m[e / segment * segment + 2 * (unsigned)pair];
        uint64_t factor = w->n[e + swap];
        uint64_t re = negated(w, m[swap], w->parameter == 90 || w->parameter == 180);
        uint64_t im = negated(w, m[!swap], w->parameter == 180 || w->parameter == 270);
        w->out[e] = !merge || w->g[e] ? w->op((const uint64_t[]){ factor, re, w->d[e] }, w->f) : w->d[e];
        w->out[e + 1] =
            !merge || w->g[e + 1] ? w->op((const uint64_t[]){ factor, im, w->d[e + 1] }, w->f) : w->d[e + 1];
    }
}
static void complex_multiply(struct whole *w) { multiply_rotated(w, -1, false); }
static void complex_multiply_sve(struct whole *w) { multiply_rotated(w, -1, true); }
static void complex_indexed(struct whole *w) { multiply_rotated(w, 1, false); }
/* parameter: which element of m, in each segment */
static void indexed(struct whole *w)
{
    unsigned segment = 128 / w->f->width;

    for (unsigned e = 0; e < w->elements; e++)
        w->out[e] = w->op((const uint64_t[]){ w->n[e], w->m[e / segment * segment + w->parameter], w->d[e] }, w->f);
}
static void indexed_scalar(struct whole *w)
{
    w->out[0] = w->op((const uint64_t[]){ w->n[0], w->m[w->parameter], w->d[0] }, w->f);
}
/* parameter: the immediate in halves */
static void immediate(struct whole *w)
{
    uint64_t v = w->parameter ? o_constant(w->f, false, w->parameter, -1) : 0;

    for (unsigned e = 0; e < w->elements; e++)
        w->out[e] = w->g[e] ? apply(w, w->d[e], v) : w->d[e];
}
static void clamp(struct whole *w)
{
    for (unsigned e = 0; e < w->elements; e++)
        w->out[e] = o_minnm((const uint64_t[]){ apply(w, w->n[e], w->d[e]), w->m[e] }, w->f);
}
/* FPMatMulAdd() */
static void matrix(struct whole *w)
{
    for (unsigned s = 0; s + 4 <= w->elements; s += 4)
        for (unsigned i = 0; i < 2; i++)
            for (unsigned j = 0; j < 2; j++) {
                const uint64_t *n = &w->n[s + 2 * i], *m = &w->m[s + 2 * j];
                uint64_t sum[2] = { apply(w, n[0], m[0]), apply(w, n[1], m[1]) };
                w->out[s + 2 * i + j] = o_add((const uint64_t[]){ w->d[s + 2 * i + j], o_add(sum, w->f) }, w->f);
            }
}

static const struct row {
    const char *text;
    uint32_t word;
    void (*shape)(struct whole *w);
    oracle_fn *op;
    const struct format *format;
    unsigned bits, parameter;
} rows[] = {
#define FP(SHAPE, OP, FORMAT, BITS, PARAMETER, WORD, TEXT) { TEXT, WORD, SHAPE, o_##OP, &FORMAT, BITS, PARAMETER },
#include "tests/isa/fpu_lanes.def"
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* ---- Running ---- */
static const unsigned lengths[] = { 128, 256, 384, 512, 1024, 2048 };

/* Elements into register reg and v, which also has those above the vector. Some registers are tame, so that sums do not
 * all end as NaNs. */
static void draw(struct cpu *cpu, unsigned reg, uint64_t *v, const struct format *f, unsigned elements)
{
    bool tame = random64() & 3;

    for (unsigned e = 0; e < elements; e++) {
        v[e] = random_fp(f);
        for (unsigned again = 0; tame && again < 4 && (v[e] & o_infinity(f, false)) == o_infinity(f, false); again++)
            v[e] = random_fp(f);
        memcpy(cpu->z[reg] + e * f->width / 8, &v[e], f->width / 8);
    }
}

static void run_row(struct cpu *cpu, const struct row *row, unsigned vl)
{
    static struct whole w;
    const struct format *f = row->format;
    uint32_t before = random64() & 1 ? FPSR_IXC : 0;
    uint8_t want[256] = { 0 };
    bool all = random64() & 1;

    w = (struct whole){ .f = f, .op = row->op, .parameter = row->parameter };
    w.elements = (row->bits ? row->bits : vl) / f->width;
    cpu->fp.fpcr = oracle.fpcr = random_fpcr();
    cpu->fp.fpsr = before;
    oracle.flags = 0;
    draw(cpu, 0, w.d, f, vl / f->width), draw(cpu, 1, w.n, f, vl / f->width), draw(cpu, 2, w.m, f, vl / f->width);
    cpu->z_high = UINT32_MAX;
    memset(cpu->p[0], 0, sizeof(cpu->p[0]));
    for (unsigned e = 0; e < vl / f->width; e++) {
        unsigned bit = e * f->width / 8;
        w.g[e] = all || random64() & 3;
        cpu->p[0][bit / 8] |= (uint8_t)(w.g[e] << bit % 8);
    }
    row->shape(&w);
    for (unsigned e = 0; e < vl / f->width; e++)
        memcpy(want + e * f->width / 8, &w.out[e], f->width / 8);
    if (!run1_word(cpu, row->word)) {
        FAIL("%s is UNDEFINED at %u bits", row->text, vl);
        return;
    }
    if (cpu->fp.fpsr != (before | oracle.flags))
        FAIL("%s at %u bits, fpcr %08x: fpsr %02x, expected %02x", row->text, vl, oracle.fpcr, cpu->fp.fpsr,
             before | oracle.flags);
    for (unsigned e = 0; e < vl / f->width; e++) {
        uint64_t got = 0;
        memcpy(&got, cpu->z[0] + e * f->width / 8, f->width / 8);
        if (got != w.out[e]) {
            FAIL("%s at %u bits, fpcr %08x, element %u: %" PRIx64 ", expected %" PRIx64 " (%" PRIx64 " %" PRIx64
                 " %" PRIx64 ")",
                 row->text, vl, oracle.fpcr, e, got, w.out[e], w.d[e], w.n[e], w.m[e]);
            return;
        }
    }
}

static void run_format(const struct format *f)
{
    unsigned long count = (count_of(1800) + 19) / 20;
    struct cpu *cpu = run1_cpu();

    oracle_init();
    oracle.rpres = true;
    for (unsigned i = 0; i < 6; i++) {
        run1_reset(cpu, lengths[i]);
        for (unsigned row = 0; row < ROWS; row++) {
            if (rows[row].format != f || (rows[row].shape == matrix && f == &DOUBLE && lengths[i] < 256))
                continue;
            for (unsigned long k = 0; k < (count + 5) / 6; k++)
                run_row(cpu, &rows[row], lengths[i]);
        }
    }
}
TEST(half) { run_format(&HALF); }
TEST(single) { run_format(&SINGLE); }
TEST(double_precision) { run_format(&DOUBLE); }
TEST(bfloat) { run_format(&BFLOAT); }

TEST_MAIN
