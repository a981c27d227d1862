/* LINK: -lmpfr -lgmp */
/* isa/fpu.h against MPFR: every rounding mode, flushing and flag, in random and (for one operand of half precision) all
 * values; and the fast paths against the complete functions. NaN operands are the business of tests/isa/vectors.c,
 * but for the comparison of the two paths. */
#include "isa/fpu.h"

#include <inttypes.h>
#include <mpfr.h>
#include <stdio.h>
#include <string.h>

static unsigned passed, failed, errors;

#define TEST(name)                                                          \
    static void name(void);                                                 \
    static void run_##name(void)                                            \
    {                                                                       \
        errors = 0;                                                         \
        name();                                                             \
        printf(errors ? "FAIL %s: %u errors\n" : "ok %s\n", #name, errors); \
        errors ? failed++ : passed++;                                       \
    }                                                                       \
    static void name(void)

static uint64_t random64(void)
{
    static uint64_t s = 1;
    uint64_t z = s += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static unsigned frac_bits(unsigned N) { return N == 16 ? 10 : N == 32 ? 23 : 52; }

static uint64_t exp_mask(unsigned N) { return FPInfinity(false, N); }

static bool is_nan(uint64_t v, unsigned N) { return v << (65 - N) > exp_mask(N) << (65 - N); }

static bool is_denormal(uint64_t v, unsigned N) { return !(v & exp_mask(N)) && v << (65 - N); }

/* Numbers where things happen: zeros, infinities, the ends of the ranges, few significant bits, exponents close
 * together. */
static uint64_t random_fp(unsigned N)
{
    unsigned F = frac_bits(N);
    uint64_t r = random64(), mask = N == 64 ? ~(uint64_t)0 : ((uint64_t)1 << N) - 1, sign = (r >> 60 & 1) << (N - 1);
    uint64_t frac = random64() & (((uint64_t)1 << F) - 1), bias = exp_mask(N) >> F >> 1;

    if (r & 256)
        frac &= ~(uint64_t)0 << (random64() % (F + 1));
    switch (r & 15) {
    case 0: return sign | FPZero(false, N);
    case 1: return sign | (r & 512 ? FPOne(false, N) : FPInfinity(false, N));
    case 2: return sign | FPMaxNormal(false, N);
    case 3: return sign | (((uint64_t)1 << F) + 1 - (r >> 10 & 3)); /* around the smallest normal number */
    case 4: return sign | frac >> (r >> 10) % F;                    /* denormal */
    case 5: return sign | (r >> 10 & 3) << F | frac;
    case 6: return sign | (bias * 2 - (r >> 10 & 3)) << F | frac;
    case 7:
    case 8:
    case 9:
    case 10: return sign | (bias - 2 + (r >> 10 & 3)) << F | frac;
    case 11: return sign | (bias / 2 + (r >> 10 & 31) % bias) << F | frac;
    case 12: return sign | (bias + F - 2 + (r >> 10 & 7)) << F | frac; /* where integers end */
    default: return random64() & mask;
    }
}

static uint64_t random_number(unsigned N)
{
    uint64_t v;

    do
        v = random_fp(N);
    while (is_nan(v, N));
    return v;
}

static struct fp_status random_status(void)
{
    uint64_t r = random64();
    struct fp_status fp = { .fpsr = r & 1 ? FPSR_IXC : 0 };

    if (r & 14)
        fp.fpcr = (uint32_t)random64() & (FPCR_RMode | FPCR_FZ | FPCR_FZ16 | FPCR_AH | FPCR_FIZ | FPCR_DN);
    if ((r & 14) == 2)
        fp.fpcr = (uint32_t)random64() & FPCR_RMode;
    return fp;
}

/* What the oracle says: the result and the flags raised. */
struct answer {
    uint64_t bits;
    uint32_t flags;
};

static void expect(const char *what, struct answer want, uint64_t got, struct fp_status before, struct fp_status after,
                   const uint64_t *ops, unsigned n)
{
    if (want.bits == got && (want.flags | before.fpsr) == after.fpsr)
        return;
    if (errors++ < 5) {
        printf("# %s fpcr=%08x fpsr=%02x", what, before.fpcr, before.fpsr);
        for (unsigned i = 0; i < n; i++)
            printf(" %" PRIx64, ops[i]);
        printf(": got %" PRIx64 " %02x, want %" PRIx64 " %02x\n", got, after.fpsr, want.bits, want.flags | before.fpsr);
    }
}

static mpfr_t x, y, z, result, scaled;

/* Bits to MPFR, flushed as FPCR says; a flushed operand may raise Input Denormal at once. */
static void load(mpfr_t to, uint64_t v, unsigned N, const struct fp_status *fp, bool cv, uint32_t *flags)
{
    unsigned F = frac_bits(N);
    long biased = (long)((v & exp_mask(N)) >> F), bias = (long)(exp_mask(N) >> F >> 1);
    uint64_t frac = v & (((uint64_t)1 << F) - 1);

    if (is_denormal(v, N)) {
        bool fz = N != 16 && (fp->fpcr & FPCR_FZ) && !(fp->fpcr & FPCR_AH);
        bool fiz = N == 16 ? (fp->fpcr & FPCR_FZ16) && !cv : (fp->fpcr & FPCR_FIZ) != 0;
        if (fz)
            *flags |= FPSR_IDC;
        if (fz || fiz)
            frac = 0;
    }
    if (biased == (long)(exp_mask(N) >> F))
        mpfr_set_inf(to, 1);
    else if (biased)
        mpfr_set_ui_2exp(to, frac | (uint64_t)1 << F, biased - bias - (long)F, MPFR_RNDN);
    else
        mpfr_set_ui_2exp(to, frac, 1 - bias - (long)F, MPFR_RNDN);
    mpfr_setsign(to, to, v >> (N - 1) & 1, MPFR_RNDN);
}

/* FPCR.AH = 1 raises Input Denormal for denormals it keeps. */
static uint32_t kept_denormal(uint64_t v, unsigned N, const struct fp_status *fp)
{
    return N != 16 && is_denormal(v, N) && (fp->fpcr & FPCR_AH) && !(fp->fpcr & FPCR_FIZ) ? FPSR_IDC : 0;
}

static mpfr_rnd_t mpfr_mode(enum FPRounding rounding)
{
    static const mpfr_rnd_t modes[] = { MPFR_RNDN, MPFR_RNDU, MPFR_RNDD, MPFR_RNDZ };

    return modes[rounding];
}

static void to_integer(mpfr_t v, enum FPRounding rounding)
{
    if (rounding == FPRounding_TIEAWAY)
        mpfr_round(v, v);
    else
        mpfr_rint(v, v, mpfr_mode(rounding));
}

/* Round the finite nonzero r to format N. */
static struct answer round_to(const mpfr_t r, unsigned N, enum FPRounding rounding, const struct fp_status *fp, bool cv)
{
    unsigned F = frac_bits(N);
    long emin = N == 16 ? -14 : N == 32 ? -126 : -1022, e = mpfr_get_exp(r) - 1, from = e < emin ? emin : e;
    bool fz = N == 16 ? (fp->fpcr & FPCR_FZ16) && !cv : (fp->fpcr & FPCR_FZ) != 0, tiny = e < emin, inexact;
    uint64_t sign = (uint64_t)(mpfr_signbit(r) != 0) << (N - 1);
    struct answer a = { 0, 0 };

    mpfr_mul_2si(scaled, r, (long)F - from, MPFR_RNDN);
    if (fp->fpcr & FPCR_AH) {
        mpfr_t unbounded;
        mpfr_init2(unbounded, F + 1);
        mpfr_set(unbounded, r, mpfr_mode(rounding));
        tiny = mpfr_get_exp(unbounded) - 1 < emin;
        mpfr_clear(unbounded);
    }
    if (tiny && fz)
        return (struct answer){ sign, FPSR_UFC | (fp->fpcr & FPCR_AH ? FPSR_IXC : 0) };
    mpfr_set(result, scaled, MPFR_RNDN);
    to_integer(scaled, rounding);
    inexact = !mpfr_equal_p(scaled, result);
    mpfr_abs(scaled, scaled, MPFR_RNDN);
    a.bits = ((uint64_t)(from - emin) << F) + mpfr_get_ui(scaled, MPFR_RNDN);
    if (a.bits >= exp_mask(N)) {
        bool to_max = rounding == FPRounding_ZERO || rounding == (sign ? FPRounding_POSINF : FPRounding_NEGINF);
        return (struct answer){ sign | (exp_mask(N) - to_max), FPSR_OFC | FPSR_IXC };
    }
    a.bits |= sign;
    a.flags = (inexact ? FPSR_IXC : 0) | (inexact && tiny ? FPSR_UFC : 0);
    return a;
}

/* r is a result in MPFR, exact but for inexact: then it was rounded towards zero, far below the last place. */
static struct answer conclude(mpfr_t r, bool inexact, unsigned N, const struct fp_status *fp)
{
    if (mpfr_nan_p(r))
        return (struct answer){ FPDefaultNaN(N, fp), FPSR_IOC };
    if (mpfr_inf_p(r))
        return (struct answer){ FPInfinity(mpfr_signbit(r) != 0, N), 0 };
    if (mpfr_zero_p(r))
        return (struct answer){ FPZero(mpfr_signbit(r) != 0, N), 0 };
    if (inexact) {
        if (mpfr_signbit(r))
            mpfr_nextbelow(r);
        else
            mpfr_nextabove(r);
    }
    return round_to(r, N, FPRoundingMode(fp), fp, false);
}

enum operation { ADD, SUB, MUL, DIV, SQRT, FMA };

static struct answer oracle(enum operation op, const uint64_t *ops, unsigned N, struct fp_status fp)
{
    static mpfr_t exact, quotient;
    static bool ready;
    mpfr_rnd_t mode = mpfr_mode(FPRoundingMode(&fp));
    uint32_t idc = 0, late = 0;
    struct answer a;
    bool inexact = false, invalid;

    if (!ready) {
        mpfr_init2(exact, 7000);
        mpfr_init2(quotient, 300);
        ready = true;
    }
    load(x, ops[0], N, &fp, false, &idc);
    late |= kept_denormal(ops[0], N, &fp);
    if (op != SQRT) {
        load(y, ops[1], N, &fp, false, &idc);
        late |= kept_denormal(ops[1], N, &fp);
    }
    if (op == FMA) {
        load(z, ops[2], N, &fp, false, &idc);
        late |= kept_denormal(ops[2], N, &fp);
    }
    mpfr_clear_divby0();
    switch (op) { /* the mode decides the sign of an exact zero */
    case ADD: mpfr_add(exact, x, y, mode); break;
    case SUB: mpfr_sub(exact, x, y, mode); break;
    case MUL: mpfr_mul(exact, x, y, mode); break;
    case FMA: mpfr_fma(exact, x, y, z, mode); break;
    case DIV: inexact = mpfr_div(quotient, x, y, MPFR_RNDZ) != 0; break;
    case SQRT: inexact = mpfr_sqrt(quotient, x, MPFR_RNDZ) != 0; break;
    }
    a = op == DIV || op == SQRT ? conclude(quotient, inexact, N, &fp) : conclude(exact, false, N, &fp);
    invalid = a.flags & FPSR_IOC;
    if (mpfr_divby0_p()) {
        a.flags |= FPSR_DZC;
        late = 0;
    }
    if (op == DIV && mpfr_zero_p(y))
        late = 0;
    a.flags |= idc | (invalid ? 0 : late);
    return a;
}

static uint64_t run(enum operation op, const uint64_t *ops, unsigned N, struct fp_status *fp, bool fast)
{
    switch (op) {
    case ADD: return fast ? FPAdd(ops[0], ops[1], N, fp) : fpu_add(ops[0], ops[1], N, fp);
    case SUB: return fast ? FPSub(ops[0], ops[1], N, fp) : fpu_sub(ops[0], ops[1], N, fp);
    case MUL: return fast ? FPMul(ops[0], ops[1], N, fp) : fpu_mul(ops[0], ops[1], N, fp);
    case DIV: return fast ? FPDiv(ops[0], ops[1], N, fp) : fpu_div(ops[0], ops[1], N, fp);
    case SQRT: return fast ? FPSqrt(ops[0], N, fp) : fpu_sqrt(ops[0], N, fp);
    default: return fast ? FPMulAdd(ops[2], ops[0], ops[1], N, fp) : fpu_mul_add(ops[2], ops[0], ops[1], N, fp);
    }
}

static const char *const names[] = { "add", "sub", "mul", "div", "sqrt", "fma" };

static void check(enum operation op, const uint64_t *ops, unsigned N)
{
    struct fp_status before = random_status(), after = before;
    uint64_t got = run(op, ops, N, &after, true);

    expect(names[op], oracle(op, ops, N, before), got, before, after, ops, op == FMA ? 3 : 2);
}

/* In a sum that cancels, or a product that is a square, more happens. */
static void draw(enum operation op, uint64_t *ops, unsigned N)
{
    for (int i = 0; i < 3; i++)
        ops[i] = random_number(N);
    if (random64() % 16 == 0)
        ops[1] = ops[0] ^ (random64() & 1) << (N - 1);
    if (op == FMA && random64() % 4 == 0) {
        struct fp_status scratch = { 0 };
        uint64_t product = fpu_mul(ops[0], ops[1], N, &scratch) ^ (random64() & 1) << (N - 1);
        if (!is_nan(product, N))
            ops[2] = product;
    }
    if (op == SQRT && random64() % 4)
        ops[0] &= ~((uint64_t)1 << (N - 1));
}

static void arithmetic(unsigned N, int count)
{
    uint64_t ops[3];

    for (enum operation op = ADD; op <= FMA; op++)
        for (int i = 0; i < count; i++) {
            draw(op, ops, N);
            check(op, ops, N);
        }
}

TEST(half_arithmetic) { arithmetic(16, 60000); }
TEST(single_arithmetic) { arithmetic(32, 60000); }
TEST(double_arithmetic) { arithmetic(64, 60000); }

TEST(half_sqrt_all)
{
    for (uint64_t v = 0; v < 0x10000; v++)
        if (!is_nan(v, 16))
            check(SQRT, (uint64_t[3]){ v }, 16);
}

static void check_round_int(uint64_t v, unsigned N, enum FPRounding rounding)
{
    struct fp_status before = random_status(), after = before;
    bool exact = random64() & 1;
    uint64_t got = FPRoundInt(v, N, rounding, exact, &after);
    struct answer want = { 0, 0 };

    load(x, v, N, &before, false, &want.flags);
    mpfr_set(y, x, MPFR_RNDN);
    if (!mpfr_inf_p(x))
        to_integer(x, rounding);
    if (exact && !mpfr_equal_p(x, y))
        want.flags |= FPSR_IXC;
    if (mpfr_inf_p(x))
        want.bits = FPInfinity(false, N);
    else if (!mpfr_zero_p(x))
        want.bits = round_to(x, N, FPRounding_ZERO, &(struct fp_status){ 0 }, false).bits;
    want.bits = (want.bits & ~((uint64_t)1 << (N - 1))) | (v & (uint64_t)1 << (N - 1));
    expect("round to integral", want, got, before, after, (uint64_t[]){ v, rounding }, 2);
}

TEST(round_int)
{
    for (uint64_t v = 0; v < 0x10000; v++)
        if (!is_nan(v, 16))
            for (enum FPRounding r = FPRounding_TIEEVEN; r <= FPRounding_TIEAWAY; r++)
                check_round_int(v, 16, r);
    for (int i = 0; i < 100000; i++) {
        unsigned N = i & 1 ? 32 : 64;
        check_round_int(random_number(N), N, (enum FPRounding)(random64() % 5));
    }
}

static void check_convert(uint64_t v, unsigned N, unsigned M)
{
    struct fp_status before = random_status(), after = before;
    enum FPRounding rounding = (enum FPRounding)(random64() & 3);
    uint64_t got = FPConvert(v, N, rounding, M, &after);
    struct answer want = { 0, 0 };
    uint32_t idc = 0;

    load(x, v, N, &before, true, &idc);
    if (mpfr_inf_p(x))
        want.bits = FPInfinity(mpfr_signbit(x) != 0, M);
    else if (mpfr_zero_p(x))
        want.bits = FPZero(mpfr_signbit(x) != 0, M);
    else
        want = round_to(x, M, rounding, &before, true);
    want.flags |= idc | kept_denormal(v, N, &before);
    expect("convert", want, got, before, after, (uint64_t[]){ v, N, M, rounding }, 4);
}

TEST(convert)
{
    static const unsigned widths[3] = { 16, 32, 64 };

    for (uint64_t v = 0; v < 0x10000; v++)
        if (!is_nan(v, 16)) {
            check_convert(v, 16, 32);
            check_convert(v, 16, 64);
        }
    for (int i = 0; i < 200000; i++) {
        unsigned n = i % 3, m = (n + 1 + (random64() & 1)) % 3;
        check_convert(random_number(widths[n]), widths[n], widths[m]);
    }
    /* Singles on either side of a half-precision number, or half-way. */
    for (int i = 0; i < 100000; i++) {
        struct fp_status scratch = { 0 };
        uint64_t single = FPConvert(random_number(16), 16, FPRounding_ZERO, 32, &scratch);
        single = (single + (random64() & 1) * 0x1000 + random64() % 3 - 1) & 0xffffffff;
        if (!is_nan(single, 32))
            check_convert(single, 32, 16);
    }
}

static void check_to_fixed(uint64_t v, unsigned N, unsigned fbits, bool is_unsigned, enum FPRounding rounding,
                           unsigned M)
{
    struct fp_status before = random_status(), after = before;
    uint64_t got = FPToFixed(v, N, fbits, is_unsigned, rounding, M, &after), mask = ~(uint64_t)0 >> (64 - M);
    struct answer want = { 0, 0 };

    load(x, v, N, &before, false, &want.flags);
    mpfr_mul_2si(x, x, fbits, MPFR_RNDN);
    mpfr_set(y, x, MPFR_RNDN);
    if (!mpfr_inf_p(x))
        to_integer(x, rounding);
    mpfr_set_si_2exp(z, is_unsigned ? 0 : -1, (long)M - 1, MPFR_RNDN);
    mpfr_set_ui_2exp(result, 1, (long)M - !is_unsigned, MPFR_RNDN);
    if (mpfr_less_p(x, z) || mpfr_greaterequal_p(x, result)) {
        want.flags |= FPSR_IOC;
        want.bits = (mpfr_signbit(x) ? is_unsigned ? 0 : (uint64_t)1 << (M - 1) : mask >> !is_unsigned) & mask;
    } else {
        if (!mpfr_equal_p(x, y))
            want.flags |= FPSR_IXC;
        want.bits = (mpfr_signbit(x) ? (uint64_t)mpfr_get_si(x, MPFR_RNDZ) : mpfr_get_ui(x, MPFR_RNDZ)) & mask;
    }
    expect("to fixed", want, got, before, after, (uint64_t[]){ v, N, fbits, is_unsigned, rounding, M }, 6);
}

TEST(to_fixed)
{
    static const unsigned widths[3] = { 16, 32, 64 };

    for (uint64_t v = 0; v < 0x10000; v++)
        if (!is_nan(v, 16))
            for (unsigned m = 0; m < 3; m++)
                check_to_fixed(v, 16, 0, v >> 3 & 1, (enum FPRounding)(random64() % 5), widths[m]);
    for (int i = 0; i < 300000; i++) {
        unsigned N = widths[i % 3], M = widths[random64() % 3];
        enum FPRounding rounding = random64() & 1 ? FPRounding_ZERO : (enum FPRounding)(random64() % 5);
        check_to_fixed(random_number(N), N, random64() & 1 ? random64() % (M + 1) : 0, random64() & 1, rounding, M);
    }
}

TEST(from_fixed)
{
    static const unsigned widths[3] = { 16, 32, 64 };

    for (int i = 0; i < 300000; i++) {
        struct fp_status before = random_status(), after = before;
        unsigned M = widths[i % 3], N = widths[random64() % 3], fbits = random64() & 1 ? random64() % (M + 1) : 0;
        bool is_unsigned = random64() & 1;
        uint64_t v = (random64() >> random64() % 64) & ~(uint64_t)0 >> (64 - M), got;
        enum FPRounding rounding = FPRoundingMode(&before);
        struct answer want = { 0, 0 };

        if (random64() & 1)
            v = (0 - v) & ~(uint64_t)0 >> (64 - M);
        if (is_unsigned)
            mpfr_set_ui(x, v, MPFR_RNDN);
        else
            mpfr_set_si(x, (int64_t)(v << (64 - M)) >> (64 - M), MPFR_RNDN);
        mpfr_div_2ui(x, x, fbits, MPFR_RNDN);
        got = FixedToFP(v, M, fbits, is_unsigned, rounding, N, &after);
        if (!mpfr_zero_p(x))
            want = round_to(x, N, rounding, &before, false);
        expect("from fixed", want, got, before, after, (uint64_t[]){ v, M, fbits, is_unsigned, N }, 5);
    }
}

/* Everything that has a fast path against what has none; NaNs, too. */
static void same(const char *what, uint64_t fast, uint64_t slow, struct fp_status before, struct fp_status fp_fast,
                 struct fp_status fp_slow, const uint64_t *ops)
{
    expect(what, (struct answer){ slow, fp_slow.fpsr & ~before.fpsr }, fast, before, fp_fast, ops, 3);
}

#define SAME(fast, slow)                                      \
    do {                                                      \
        struct fp_status f1 = before, f2 = before, *fp = &f1; \
        uint64_t r1 = fast, r2;                               \
        fp = &f2;                                             \
        r2 = slow;                                            \
        same(#fast, r1, r2, before, f1, f2, ops);             \
    } while (0)

static void two_paths(unsigned N)
{
    unsigned M = N == 32 ? 64 : 32;

    for (int i = 0; i < 200000; i++) {
        struct fp_status before = random_status();
        uint64_t ops[3];

        draw((enum operation)(random64() % 6), ops, N);
        if (random64() % 8 == 0)
            ops[random64() % 3] = random_fp(N);
        for (enum operation op = ADD; op <= FMA; op++)
            SAME(run(op, ops, N, fp, true), run(op, ops, N, fp, false));
        SAME(FPCompare(ops[0], ops[1], i & 1, N, fp), fpu_compare(ops[0], ops[1], i & 1, N, fp));
        SAME(FPCompareEQ(ops[0], ops[1], N, fp), fpu_compare_eq(ops[0], ops[1], N, fp));
        SAME(FPCompareGE(ops[0], ops[1], N, fp), fpu_compare_ge(ops[0], ops[1], N, fp));
        SAME(FPCompareGT(ops[0], ops[1], N, fp), fpu_compare_gt(ops[0], ops[1], N, fp));
        SAME(FPMax(ops[0], ops[1], N, fp), fpu_max(ops[0], ops[1], N, fp));
        SAME(FPMin(ops[0], ops[1], N, fp), fpu_min(ops[0], ops[1], N, fp));
        SAME(FPMaxNum(ops[0], ops[1], N, fp), fpu_max_num(ops[0], ops[1], N, fp));
        SAME(FPMinNum(ops[0], ops[1], N, fp), fpu_min_num(ops[0], ops[1], N, fp));
        SAME(FPConvert(ops[0], N, FPRounding_TIEEVEN, M, fp), fpu_convert(ops[0], N, FPRounding_TIEEVEN, M, fp));
        SAME(FPToFixed(ops[0], N, 0, i & 1, FPRounding_ZERO, 32, fp),
             fpu_to_fixed(ops[0], N, 0, i & 1, FPRounding_ZERO, 32, fp));
        SAME(FPToFixed(ops[0], N, 0, i & 1, FPRounding_ZERO, 64, fp),
             fpu_to_fixed(ops[0], N, 0, i & 1, FPRounding_ZERO, 64, fp));
    }
}

TEST(single_fast_paths) { two_paths(32); }
TEST(double_fast_paths) { two_paths(64); }

TEST(order_of_numbers)
{
    static const unsigned widths[3] = { 16, 32, 64 };

    for (int i = 0; i < 200000; i++) {
        struct fp_status fp = { 0 };
        unsigned N = widths[i % 3];
        uint64_t ops[2] = { random_number(N), random_number(N) };
        int c;

        load(x, ops[0], N, &fp, false, &fp.fpsr);
        load(y, ops[1], N, &fp, false, &fp.fpsr);
        c = mpfr_cmp(x, y);
        expect("compare",
               (struct answer){ c < 0    ? 8
                                : c == 0 ? 6
                                         : 2,
                                0 },
               FPCompare(ops[0], ops[1], false, N, &fp), (struct fp_status){ 0 }, fp, ops, 2);
        if (c)
            expect("maximum", (struct answer){ c > 0 ? ops[0] : ops[1], 0 }, FPMax(ops[0], ops[1], N, &fp),
                   (struct fp_status){ 0 }, fp, ops, 2);
    }
}

/* BFDOT with FPCR.EBF = 1: an exact sum of two products, rounded, then added to a single. */
TEST(bf16_fused_dot)
{
    mpfr_t sum;

    mpfr_init2(sum, 2000);
    for (int i = 0; i < 100000; i++) {
        struct fp_status fp = { .fpcr = FPCR_EBF | ((uint32_t)random64() & FPCR_RMode) };
        uint64_t ops[5], got;
        uint32_t flags = 0;
        struct answer want;

        for (int k = 0; k < 5; k++)
            ops[k] = random_number(32) >> (k == 4 ? 0 : 16);
        load(x, ops[0] << 16, 32, &fp, false, &flags);
        load(y, ops[2] << 16, 32, &fp, false, &flags);
        mpfr_mul(z, x, y, MPFR_RNDN);
        load(x, ops[1] << 16, 32, &fp, false, &flags);
        load(y, ops[3] << 16, 32, &fp, false, &flags);
        mpfr_fma(sum, x, y, z, mpfr_mode(FPRoundingMode(&fp)));
        want = conclude(sum, false, 32, &fp);
        want.bits = is_nan(want.bits, 32) ? FPDefaultNaN(32, &fp) : FPAdd(ops[4], want.bits, 32, &fp);
        want.flags = fp.fpsr = 0;
        got = BFDotAdd(ops[4], ops[0], ops[1], ops[2], ops[3], &fp);
        expect("BFDotAdd", want, got, (struct fp_status){ .fpcr = fp.fpcr }, fp, ops, 5);
    }
    mpfr_clear(sum);
}

/* A few results that anyone can check by hand. */
TEST(by_hand)
{
    struct fp_status fp = { 0 };
    bool zero;

#define IS(value, expected)                                                                              \
    do {                                                                                                 \
        uint64_t got = value;                                                                            \
        expect(#value, (struct answer){ expected, fp.fpsr }, got, (struct fp_status){ 0 }, fp, NULL, 0); \
    } while (0)
    IS(FPAdd(0x3ff0000000000000, 0x4000000000000000, 64, &fp), 0x4008000000000000);
    IS(FPMulX(0, 0xff800000, 32, &fp), 0xc0000000);
    IS(FPTrigSSel(0x40400000, 3, 32, &fp), 0xbf800000);
    IS(FPLogB(0x3c00, 16, &fp), 0);
    IS(FPLogB(1, 16, &fp), 0xffe8);
    IS(FPScale(0x3c00, -24, 16, &fp), 1);
    IS(FPToFixedJS(0x41f0000000000000, &zero, &fp), 0);
    IS(UnsignedRecipEstimate(0x80000000), 0xff800000);
    IS(BFAdd(0x3f80, 0x3f80, &fp), 0x4000);
    fp.fpcr = FPCR_AH;
    IS(FPNeg(0x7fc00000, 32, &fp), 0x7fc00000);
    IS(FPMax(0x7fc00000, 0x3f800000, 32, &fp), 0x3f800000);
    IS(FPDefaultNaN(16, &fp), 0xfe00);
    /* FEAT_RPRES: 12 bits instead of 8. */
    IS(FPRecipEstimate(0x3f800000, 32, &fp), 0x3f7f8000);
    fp.rpres = true;
    IS(FPRecipEstimate(0x3f800000, 32, &fp), 0x3f7ff000);
}

int main(void)
{
    mpfr_inits2(2500, x, y, z, result, scaled, (mpfr_ptr)0);
    mpfr_set_prec(result, 7000);
    mpfr_set_prec(scaled, 7000);
    run_half_arithmetic();
    run_single_arithmetic();
    run_double_arithmetic();
    run_half_sqrt_all();
    run_round_int();
    run_convert();
    run_to_fixed();
    run_from_fixed();
    run_order_of_numbers();
    run_single_fast_paths();
    run_double_fast_paths();
    run_bf16_fused_dot();
    run_by_hand();
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
