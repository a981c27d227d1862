/* The floating-point instructions (fpu_insn.def: scalar, AdvSIMD and SVE) against tests/isa/fpu_oracle.h: half
 * precision with every value of one operand, random and corner-heavy operands otherwise, any rounding mode and FZ,
 * FZ16, FIZ, DN, AH and AHP, result and cumulative flags. With FPCR.AH = 1 the architecture is x86's SSE (flushing,
 * NaNs, underflow after rounding, Input Denormal and all), so there the host's own FPU is a second oracle.
 *
 * N=count: operand sets for each operation (`make fp`; 1 in 1,000 of them is also the number of FPCR values under which
 * half precision runs through all operands). SEED=n: others. */
#include <mpfr.h>

#include "tests/isa/fpu_oracle.h"
#include "tests/isa/run1.h"

/* ---- Rows ---- */
enum kind {
    SCALAR,   /* 0 = f(1, 2, 3) */
    TO_X,     /* X0 = f(1) */
    FROM_X,   /* 0 = f(X1) */
    TO_NZCV,  /* NZCV = f(1, 2) */
    ADVSIMD,  /* V0 = f(V1, V2, V0), 128 bits of the wider side */
    SVE,      /* Z0 = f(Z1, Z2, Z0), P0 true */
    SVE_DN,   /* Z0 = f(Z0, Z1, Z2): destructive */
    SVE_PRED, /* P1 = f(Z1, Z2) */
};
static const struct row {
    const char *text;
    uint32_t word;
    enum kind kind;
    oracle_fn *f;
    const struct format *format;
    unsigned src, dst, operands; /* widths in bits, of the addend: dst */
} rows[] = {
#define FP(KIND, OP, FORMAT, SRC, DST, OPERANDS, WORD, TEXT) { TEXT, WORD, KIND, o_##OP, &FORMAT, SRC, DST, OPERANDS },
#include "tests/isa/fpu_insn.def"
};
enum { ROWS = sizeof rows / sizeof rows[0], LANES = 128, VL = 2048 };

/* Neighbouring rows of one operation share what the oracle says. */
static bool same_operation(const struct row *a, const struct row *b)
{
    return a->f == b->f && a->format == b->format && a->src == b->src && a->dst == b->dst;
}

/* ---- Numbers ---- */
static uint64_t random_integer(unsigned bits)
{
    uint64_t v = random64() >> (random64() & 63);

    v = random64() & 1 ? v : 0 - v;
    return (random64() & 7 ? v : v & 3 ? v & ~(uint64_t)0xff : (uint64_t)1 << (v & 63)) & ~(uint64_t)0 >> (64 - bits);
}
static bool takes_integers(const struct row *row) { return strstr(row->text, "cvtf ") != NULL; }
static void draw(const struct row *row, uint64_t *in)
{
    const struct format *f = row->operands == 3 && row->dst != row->src ? &HALF : row->format;

    for (unsigned i = 0; i < 3; i++)
        in[i] = takes_integers(row) ? random_integer(row->src) : random_fp(f);
    if (row->f == o_fdot || row->f == o_bfdot) {
        f = row->f == o_fdot ? &HALF : &BFLOAT;
        for (unsigned i = 0; i < 2; i++)
            in[i] = random_fp(f) | random_fp(f) << 16;
        in[2] = random_fp(&SINGLE);
        return;
    }
    if (random64() % 8 == 0)
        in[1] = (in[0] ^ o_sign(f, random64() & 1)) + (random64() & 1);
    if (row->operands == 3 && row->dst != row->src)
        in[2] = random_fp(&SINGLE);
    if (row->f == o_scale && random64() & 3)
        in[1] = (uint64_t)((int64_t)(random64() % 4200) - 2100) >> (random64() % 12);
    in[1] &= o_mask(f);
    if (row->operands == 3 && random64() % 4 == 0) { /* cancelled, or nearly */
        uint64_t ops[3] = { in[0], in[1], 0 };
        in[2] = (row->f(ops, row->format) ^ o_sign(row->format, random64() & 3)) & o_mask(row->format);
        in[2] = random64() & 1 ? in[2] : in[2] ^ 1;
    }
}

/* ---- Running ---- */
static struct {
    uint64_t in[LANES][3], bits[LANES];
    uint32_t flags[LANES], fpcr, before;
    unsigned count;
} batch;
static struct op decoded[ROWS];
static struct cpu *cpu;
static uint64_t compared;

static void setup(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    cpu = run1_cpu();
    run1_reset(cpu, VL);
    oracle_init();
    oracle.rpres = true;
    memset(cpu->p[0], 0xff, sizeof(cpu->p[0]));
    cpu->pc = cpu->page_va;
    for (unsigned i = 0; i < ROWS; i++) {
        isa_decode(cpu->cls, rows[i].word, &decoded[i]);
        if (decoded[i].row == INSN_COUNT) {
            FAIL("%s is UNDEFINED", rows[i].text);
            exit(1);
        }
    }
}

static void put(unsigned reg, unsigned lane, unsigned stride, uint64_t v)
{
    memcpy(cpu->z[reg] + lane * (stride / 8), &v, stride / 8);
}
static uint64_t get(unsigned reg, unsigned lane, unsigned stride, unsigned bits)
{
    uint64_t v = 0;

    memcpy(&v, cpu->z[reg] + lane * (stride / 8), bits / 8);
    return v;
}

static void wrong(const struct row *row, unsigned lane, uint64_t got, uint64_t want, uint32_t got_flags,
                  uint32_t want_flags)
{
    FAIL("%s of %" PRIx64 " %" PRIx64 " %" PRIx64 ", fpcr %08x fpsr %02x: %" PRIx64 " fpsr %02x, expected %" PRIx64
         " fpsr %02x",
         row->text, batch.in[lane][0], batch.in[lane][1], batch.in[lane][2], batch.fpcr, batch.before, got, got_flags,
         want, want_flags);
}

static void execute(unsigned row)
{
    cpu->op = cpu->ops = &decoded[row];
    cpu->fp.fpcr = batch.fpcr, cpu->fp.fpsr = batch.before;
    insn_table[decoded[row].row].exec(cpu, &decoded[row]);
}

static void run_scalar(unsigned index)
{
    const struct row *row = &rows[index];

    for (unsigned i = 0; i < batch.count; i++) {
        uint64_t got;
        for (unsigned k = 0; k < 3; k++)
            put(k + 1, 0, 64, batch.in[i][k]);
        cpu->gpr[1] = batch.in[i][0];
        execute(index);
        got = row->kind == TO_X ? cpu->gpr[0] : row->kind == TO_NZCV ? NZCV(cpu) : get(0, 0, 64, row->dst);
        if (got != batch.bits[i] || cpu->fp.fpsr != (batch.before | batch.flags[i]))
            wrong(row, i, got, batch.bits[i], cpu->fp.fpsr, batch.before | batch.flags[i]);
    }
    compared += batch.count;
}

/* Lanes at once; their flags come together. The lanes of a group that is not full hold what was there before. */
static void run_lanes(unsigned index)
{
    const struct row *row = &rows[index];
    bool sve = row->kind != ADVSIMD;
    unsigned wide = row->src > row->dst ? row->src : row->dst, lanes = (sve ? VL : 128) / wide;
    unsigned src = sve ? wide : row->src, dst = sve ? wide : row->dst, first = row->kind == SVE_DN ? 0 : 1;

    for (unsigned start = 0; start + lanes <= batch.count; start += lanes) {
        uint32_t flags = batch.before;
        for (unsigned e = 0; e < lanes; e++) {
            const uint64_t *in = batch.in[start + e];
            flags |= batch.flags[start + e];
            put(first, e, src, in[0]);
            put(first + 1, e, src, in[1]);
            if (row->operands == 3)
                put(first ? 0 : 2, e, dst, in[2]);
        }
        cpu->z_high = UINT32_MAX;
        execute(index);
        if (cpu->fp.fpsr != flags)
            wrong(row, start, 0, 0, cpu->fp.fpsr, flags);
        for (unsigned e = 0; e < lanes; e++) {
            unsigned bit = e * wide / 8;
            uint64_t got = row->kind == SVE_PRED ? o_truth(cpu->p[1][bit / 8] >> bit % 8 & 1, row->format)
                                                 : get(0, e, dst, row->dst);
            if (got != batch.bits[start + e])
                wrong(row, start + e, got, batch.bits[start + e], cpu->fp.fpsr, flags);
        }
        compared += lanes;
    }
}

/* The filled batch through the oracle and all rows of its operation; the row after them. */
static unsigned run_batch(unsigned row)
{
    unsigned i = row;

    oracle.fpcr = batch.fpcr;
    for (unsigned e = 0; e < batch.count; e++) {
        oracle.flags = 0;
        batch.bits[e] = rows[row].f(batch.in[e], rows[row].format);
        batch.flags[e] = oracle.flags;
    }
    for (; i < ROWS && same_operation(&rows[i], &rows[row]); i++) {
        if (rows[i].kind >= ADVSIMD)
            run_lanes(i);
        else
            run_scalar(i);
    }
    return i;
}
static unsigned next_operation(unsigned row)
{
    unsigned i = row;
    while (i < ROWS && same_operation(&rows[i], &rows[row]))
        i++;
    return i;
}

static void random_operands(unsigned row, unsigned long count)
{
    for (unsigned long done = 0; done < count; done += LANES) {
        batch.fpcr = oracle.fpcr = random_fpcr();
        /* Inexact set already is what lets the fast paths run. */
        batch.before = random64() & 1 ? FPSR_IXC : random64() & 1 ? 0 : (uint32_t)random64() & 0x9f;
        for (batch.count = 0; batch.count < LANES; batch.count++)
            draw(&rows[row], batch.in[batch.count]);
        run_batch(row);
    }
}

static void all_operands(unsigned row, uint32_t fpcr)
{
    batch.fpcr = fpcr;
    batch.before = random64() & 1 ? FPSR_IXC : 0;
    for (unsigned v = 0; v < 0x10000; v += LANES) {
        for (batch.count = 0; batch.count < LANES; batch.count++) {
            batch.in[batch.count][0] = v + batch.count;
            batch.in[batch.count][1] = batch.in[batch.count][2] = 0;
        }
        run_batch(row);
    }
}

/* ---- Tests ---- */
TEST(half_all_values)
{
    unsigned long settings = (count_of(1000) + 999) / 1000;

    setup();
    for (unsigned row = 0; row < ROWS; row = next_operation(row)) {
        if (rows[row].operands != 1 || rows[row].src != 16)
            continue;
        for (unsigned long i = 0; i < settings; i++)
            all_operands(row, i ? random_fpcr() : (uint32_t)(random64() & FPCR_RMode));
    }
}

/* One operand runs through all values, the other is one of those that matter. */
TEST(half_pairs)
{
    static const uint16_t partners[] = { 0,      1,      0x3ff,  0x400,  0x401,  0x3bff, 0x3c00, 0x3c01,
                                         0x4200, 0x6400, 0x7bff, 0x7c00, 0x7e01, 0x7d01, 0x1400, 0x3555 };
    unsigned long settings = (count_of(1000) + 999) / 1000, last;

    setup();
    for (unsigned row = 0; row < ROWS; row = next_operation(row)) {
        if (rows[row].operands != 2 || rows[row].src != 16)
            continue;
        last = settings < 16 ? settings : 16;
        for (unsigned long i = 0; i < last; i++) {
            uint64_t partner = partners[random64() % 16] | (random64() & 0x8000), order = random64() & 1;
            batch.fpcr = random_fpcr(), batch.before = FPSR_IXC;
            for (unsigned v = 0; v < 0x10000; v += LANES) {
                for (batch.count = 0; batch.count < LANES; batch.count++) {
                    batch.in[batch.count][order] = v + batch.count;
                    batch.in[batch.count][!order] = partner;
                    batch.in[batch.count][2] = 0;
                }
                run_batch(row);
            }
        }
    }
}

TEST(half_random)
{
    setup();
    for (unsigned row = 0; row < ROWS; row = next_operation(row))
        if (rows[row].src == 16)
            random_operands(row, count_of(1500));
}
TEST(single_random)
{
    setup();
    for (unsigned row = 0; row < ROWS; row = next_operation(row))
        if (rows[row].src == 32)
            random_operands(row, count_of(1500));
}
TEST(double_random)
{
    setup();
    for (unsigned row = 0; row < ROWS; row = next_operation(row))
        if (rows[row].src == 64)
            random_operands(row, count_of(1500));
    if (getenv("N"))
        printf("%" PRIu64 " results compared, of %d instructions\n", compared, ROWS);
}

/* ---- The host's FPU ---- */
#ifdef __x86_64__
#include <immintrin.h>

enum host_op { H_ADD, H_SUB, H_MUL, H_DIV, H_SQRT, H_MIN, H_MAX, H_FMA };

static uint64_t f32(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, 4);
    return bits;
}
static uint64_t f64(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, 8);
    return bits;
}
/* One SSE instruction each, between two accesses to MXCSR; the fused one looks for a NaN
 * in a, b, c in this order. */
#define SSE(NAME, TYPE, SUFFIX)                                                             \
    static TYPE NAME(enum host_op op, TYPE a, TYPE b, TYPE c, uint32_t *mxcsr)              \
    {                                                                                       \
        uint32_t old;                                                                       \
        __asm__ volatile("stmxcsr %0" : "=m"(old));                                         \
        __asm__ volatile("ldmxcsr %0" : : "m"(*mxcsr));                                     \
        switch (op) {                                                                       \
        case H_ADD: __asm__ volatile("adds" SUFFIX " %1, %0" : "+x"(a) : "x"(b)); break;    \
        case H_SUB: __asm__ volatile("subs" SUFFIX " %1, %0" : "+x"(a) : "x"(b)); break;    \
        case H_MUL: __asm__ volatile("muls" SUFFIX " %1, %0" : "+x"(a) : "x"(b)); break;    \
        case H_DIV: __asm__ volatile("divs" SUFFIX " %1, %0" : "+x"(a) : "x"(b)); break;    \
        case H_MIN: __asm__ volatile("mins" SUFFIX " %1, %0" : "+x"(a) : "x"(b)); break;    \
        case H_MAX: __asm__ volatile("maxs" SUFFIX " %1, %0" : "+x"(a) : "x"(b)); break;    \
        case H_SQRT: __asm__ volatile("sqrts" SUFFIX " %0, %0" : "+x"(a)); break;           \
        case H_FMA:                                                                         \
            __asm__ volatile("vfmadd213s" SUFFIX " %2, %1, %0" : "+x"(b) : "x"(a), "x"(c)); \
            a = b;                                                                          \
            break;                                                                          \
        }                                                                                   \
        __asm__ volatile("stmxcsr %0" : "=m"(*mxcsr));                                      \
        __asm__ volatile("ldmxcsr %0" : : "m"(old));                                        \
        return a;                                                                           \
    }
SSE(sse_single, float, "s")
SSE(sse_double, double, "d")

/* Interrupts masked; RC, FZ, DAZ from FPCR's RMode, FZ, FIZ. */
static uint32_t mxcsr_of(uint32_t fpcr)
{
    static const uint32_t rc[4] = { 0, 2, 1, 3 };
    return 0x1f80 | rc[fpcr >> 22 & 3] << 13 | (fpcr & FPCR_FZ ? 0x8000 : 0) | (fpcr & FPCR_FIZ ? 0x40 : 0);
}
/* IE, DE, ZE, OE, UE, PE */
static uint32_t fpsr_of(uint32_t mxcsr)
{
    return (mxcsr & 1 ? FPSR_IOC : 0) | (mxcsr & 2 ? FPSR_IDC : 0) | (mxcsr & 4 ? FPSR_DZC : 0) |
           (mxcsr & 8 ? FPSR_OFC : 0) | (mxcsr & 16 ? FPSR_UFC : 0) | (mxcsr & 32 ? FPSR_IXC : 0);
}

TEST(host_fpu)
{
    static const struct {
        enum host_op op;
        const char *text;
        uint32_t word; /* of single precision */
        unsigned operands;
    } ops[] = { { H_ADD, "fadd", 0x1e222820, 2 },   { H_SUB, "fsub", 0x1e223820, 2 }, { H_MUL, "fmul", 0x1e220820, 2 },
                { H_DIV, "fdiv", 0x1e221820, 2 },   { H_MAX, "fmax", 0x1e224820, 2 }, { H_MIN, "fmin", 0x1e225820, 2 },
                { H_SQRT, "fsqrt", 0x1e21c020, 1 }, { H_FMA, "fmadd", 0x1f020c20, 3 } };
    unsigned long count = count_of(30000);

    setup();
    for (unsigned o = 0; o < sizeof ops / sizeof ops[0]; o++) {
        if (ops[o].op == H_FMA && !__builtin_cpu_supports("fma"))
            continue;
        for (unsigned wide = 0; wide < 2; wide++) {
            const struct format *f = wide ? &DOUBLE : &SINGLE;
            struct row row = { .text = ops[o].text,
                               .f = o_fma,
                               .format = f,
                               .src = f->width,
                               .dst = f->width,
                               .operands = ops[o].operands };
            struct op op;
            isa_decode(cpu->cls, ops[o].word | wide << 22, &op);
            cpu->op = cpu->ops = &op;
            for (unsigned long i = 0; i < count; i++) {
                uint64_t *in = batch.in[0], got, want;
                uint32_t mxcsr;
                batch.fpcr = oracle.fpcr = FPCR_AH | ((uint32_t)random64() & (FPCR_RMode | FPCR_FZ | FPCR_FIZ));
                draw(&row, in);
                mxcsr = mxcsr_of(batch.fpcr);
                if (wide) {
                    double v[3];
                    memcpy(v, in, sizeof(v));
                    want = f64(sse_double(ops[o].op, v[0], v[1], v[2], &mxcsr));
                } else {
                    float v[3];
                    for (unsigned k = 0; k < 3; k++)
                        memcpy(&v[k], &in[k], 4);
                    want = f32(sse_single(ops[o].op, v[0], v[1], v[2], &mxcsr));
                }
                for (unsigned k = 0; k < 3; k++)
                    put(k + 1, 0, 64, in[k]);
                batch.before = random64() & 1 ? FPSR_IXC : 0;
                cpu->fp.fpcr = batch.fpcr, cpu->fp.fpsr = batch.before;
                insn_table[op.row].exec(cpu, &op);
                got = get(0, 0, 64, f->width);
                if (got != want || cpu->fp.fpsr != (batch.before | fpsr_of(mxcsr)))
                    wrong(&row, 0, got, want, cpu->fp.fpsr, batch.before | fpsr_of(mxcsr));
            }
        }
    }
}
#endif

TEST_MAIN
