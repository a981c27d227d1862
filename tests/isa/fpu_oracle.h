/* What the Arm ARM says a floating-point operation gives (shared/functions/float): exact values and their comparison
 * are MPFR's, rounding is done here on MPFR's significand, and NaNs, flushing and flags follow the pseudocode. It
 * shares nothing with isa/fpu*.c but the names of the bits of FPCR and FPSR.
 *
 * An operation takes its operands as bits and reads FPCR from oracle.fpcr; flags it raises are added to oracle.flags.
 */
#ifndef SVEMU_TESTS_ISA_FPU_ORACLE_H
#define SVEMU_TESTS_ISA_FPU_ORACLE_H

#include <math.h>
#include <mpfr.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "isa/fpu.h"

__extension__ typedef unsigned __int128 oracle_u128;

struct format {
    unsigned width, F; /* bits, fraction bits */
    int emin, emax;    /* exponents of the smallest and the largest binade of normal numbers */
};
static const struct format HALF = { 16, 10, -14, 15 }, SINGLE = { 32, 23, -126, 127 }, DOUBLE = { 64, 52, -1022, 1023 },
                           BFLOAT = { 16, 7, -126, 127 };

enum oracle_type { ZERO, DENORMAL, NORMAL, INFINITE, QNAN, SNAN };
struct operand {
    enum oracle_type type;
    bool sign;
    uint64_t bits;
};

static struct {
    uint32_t fpcr, flags;
    bool rpres;
} oracle;

/* Every value has 128 bits: exact for operands, and enough for a result rounded towards zero of which MPFR says whether
 * it is exact. */
enum { ORACLE_PRECISION = 128 };
static mpfr_t oracle_v[4], oracle_r;

static inline void oracle_init(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    for (int i = 0; i < 4; i++)
        mpfr_init2(oracle_v[i], ORACLE_PRECISION);
    mpfr_init2(oracle_r, ORACLE_PRECISION);
}

/* ---- Formats ---- */
static inline uint64_t o_mask(const struct format *f) { return ~(uint64_t)0 >> (64 - f->width); }
static inline uint64_t o_sign(const struct format *f, bool sign) { return (uint64_t)sign << (f->width - 1); }
static inline uint64_t o_infinity(const struct format *f, bool sign)
{
    return o_sign(f, sign) | (uint64_t)(f->emax - f->emin + 2) << f->F;
}
static inline uint64_t o_max_normal(const struct format *f, bool sign) { return o_infinity(f, sign) - 1; }
/* c * 2^e of few bits, which must be a normal number. */
static inline uint64_t o_constant(const struct format *f, bool sign, unsigned c, int e)
{
    int top = 31 - __builtin_clz(c);
    return o_sign(f, sign) | (uint64_t)(top + e - f->emin + 1) << f->F |
           ((uint64_t)c << (f->F - (unsigned)top) & (((uint64_t)1 << f->F) - 1));
}
static inline bool o_ah(void) { return oracle.fpcr & FPCR_AH; }
static inline bool o_is_nan(enum oracle_type t) { return t >= QNAN; }
static inline bool o_nan_bits(uint64_t v, const struct format *f)
{
    return (v & (o_mask(f) >> 1)) > o_infinity(f, false);
}
static inline uint64_t o_default_nan(const struct format *f)
{
    return o_infinity(f, o_ah()) | (uint64_t)1 << (f->F - 1);
}
static inline uint64_t o_invalid(const struct format *f)
{
    oracle.flags |= FPSR_IOC;
    return o_default_nan(f);
}
static inline enum FPRounding o_mode(void) { return (enum FPRounding)(oracle.fpcr >> 22 & 3); }

static inline uint64_t o_neg_bits(uint64_t v, const struct format *f)
{
    return o_ah() && o_nan_bits(v, f) ? v : v ^ o_sign(f, true);
}
static inline uint64_t o_abs_bits(uint64_t v, const struct format *f)
{
    return o_ah() && o_nan_bits(v, f) ? v : v & ~o_sign(f, true);
}

/* FPUnpack; the value goes to oracle_v[slot]. conversion: half precision is neither flushed, nor, with FPCR.AHP = 1,
 * has it infinities and NaNs. */
static struct operand o_unpack(uint64_t bits, const struct format *f, int slot, bool conversion)
{
    uint64_t frac = bits & (((uint64_t)1 << f->F) - 1), exp = (bits & (o_mask(f) >> 1)) >> f->F;
    struct operand x = { .sign = bits >> (f->width - 1) & 1, .bits = bits };
    bool half = f->width == 16 && f->F == 10, fz = !half && !o_ah() && (oracle.fpcr & FPCR_FZ);

    if (exp == 0) {
        x.type = frac ? DENORMAL : ZERO;
        if (frac && (half ? !conversion && (oracle.fpcr & FPCR_FZ16) : fz || (oracle.fpcr & FPCR_FIZ))) {
            x.type = ZERO, frac = 0;
            oracle.flags |= fz ? FPSR_IDC : 0;
        }
        mpfr_set_ui_2exp(oracle_v[slot], frac, f->emin - (int)f->F, MPFR_RNDZ);
    } else if (exp == (uint64_t)(f->emax - f->emin + 2) && !(half && conversion && (oracle.fpcr & FPCR_AHP))) {
        x.type = !frac ? INFINITE : frac >> (f->F - 1) ? QNAN : SNAN;
        mpfr_set_inf(oracle_v[slot], 1);
    } else {
        x.type = NORMAL;
        mpfr_set_ui_2exp(oracle_v[slot], frac | (uint64_t)1 << f->F, (int)exp - 1 + f->emin - (int)f->F, MPFR_RNDZ);
    }
    mpfr_setsign(oracle_v[slot], oracle_v[slot], x.sign, MPFR_RNDZ);
    return x;
}

/* FPProcessDenorms */
static inline void o_denormals(const struct operand *x, int n, const struct format *f)
{
    for (int i = 0; i < n; i++)
        if (o_ah() && f != &HALF && x[i].type == DENORMAL)
            oracle.flags |= FPSR_IDC;
}

/* ---- NaNs ---- */
static inline uint64_t o_quiet(uint64_t bits, bool invalid, const struct format *f)
{
    oracle.flags |= invalid ? FPSR_IOC : 0;
    return oracle.fpcr & FPCR_DN ? o_default_nan(f) : bits | (uint64_t)1 << (f->F - 1);
}
/* Which operand gives the NaN: with FPCR.AH = 1 the first that is one; else the first signaling one, or the first. The
 * operands come in the order that the rule looks at them. -1: none is a NaN. */
static inline int o_choose_nan(const struct operand *x, int n, bool *any_signals)
{
    int nan = -1, signals = -1;

    for (int i = n; i-- > 0;) {
        nan = o_is_nan(x[i].type) ? i : nan;
        signals = x[i].type == SNAN ? i : signals;
    }
    *any_signals = signals >= 0;
    return *any_signals && !o_ah() ? signals : nan;
}
static inline bool o_nans(const struct operand *x, int n, const struct format *f, uint64_t *result)
{
    bool signals;
    int i = o_choose_nan(x, n, &signals);

    if (i >= 0)
        *result = o_quiet(x[i].bits, signals, f);
    return i >= 0;
}

/* ---- Rounding ---- */
/* One more in the last place? beyond is the remainder's order to a half: -1, 0, 1. */
static inline bool o_up(enum FPRounding mode, bool sign, bool odd, bool inexact, int beyond)
{
    switch (mode) {
    case FPRounding_TIEEVEN: return beyond > 0 || (beyond == 0 && odd);
    case FPRounding_TIEAWAY: return beyond >= 0;
    case FPRounding_POSINF: return inexact && !sign;
    case FPRounding_NEGINF: return inexact && sign;
    case FPRounding_ZERO: return false;
    case FPRounding_ODD: return inexact && !odd;
    }
    return false;
}
/* The significand sig, a leading one and 127 bits of fraction with more below if sticky, kept to its first bits (which
 * may be none or fewer), as an integer. */
static inline uint64_t o_keep(oracle_u128 sig, bool sticky, int keep, enum FPRounding mode, bool sign, bool *inexact)
{
    oracle_u128 whole = keep > 0 ? sig >> (128 - keep) : 0, rest = keep > 0 ? sig << keep : keep == 0 ? sig : 1;
    oracle_u128 half = (oracle_u128)1 << 127;
    int beyond = rest > half || (rest == half && sticky) ? 1 : rest == half ? 0 : -1;

    *inexact = rest || sticky;
    return (uint64_t)whole + o_up(mode, sign, whole & 1, *inexact, *inexact ? beyond : -1);
}

/* FPRound of the nonzero finite v, which is the truncated value if sticky. conversion: see o_unpack. */
static inline uint64_t o_round_to(const mpfr_t v, bool sticky, const struct format *f, enum FPRounding mode,
                                  bool conversion)
{
    const mp_limb_t *limb = (const mp_limb_t *)mpfr_custom_get_significand(v);
    oracle_u128 sig = (oracle_u128)limb[1] << 64 | limb[0];
    bool half = f == &HALF, sign = mpfr_signbit(v) != 0, alt_half = half && conversion && (oracle.fpcr & FPCR_AHP);
    bool fz = half ? !conversion && (oracle.fpcr & FPCR_FZ16) : (oracle.fpcr & FPCR_FZ) != 0, inexact;
    int e = (int)mpfr_custom_get_exp(v) - 1, from = e < f->emin ? f->emin : e;
    uint64_t whole, magnitude;
    bool tiny = e < f->emin;

    if (tiny && o_ah()) /* with an unbounded exponent, after rounding */
        tiny = e < f->emin - 1 || !(o_keep(sig, sticky, (int)f->F + 1, mode, sign, &inexact) >> (f->F + 1));
    if (tiny && fz) {
        oracle.flags |= FPSR_UFC | (o_ah() ? FPSR_IXC : 0);
        return o_sign(f, sign);
    }
    whole = o_keep(sig, sticky, (int)f->F + 1 - (from - e), mode, sign, &inexact);
    from = from > f->emax + 2 ? f->emax + 2 : from; /* too large in any case */
    magnitude = ((uint64_t)(from - f->emin) << f->F) + whole;
    if (alt_half && magnitude > 0x7fff) {
        oracle.flags |= FPSR_IOC;
        return o_sign(f, sign) | 0x7fff;
    }
    if (!alt_half && magnitude >= o_infinity(f, false)) {
        bool down =
            mode == FPRounding_ZERO || mode == FPRounding_ODD || mode == (sign ? FPRounding_POSINF : FPRounding_NEGINF);
        oracle.flags |= FPSR_OFC | FPSR_IXC;
        return down ? o_max_normal(f, sign) : o_infinity(f, sign);
    }
    oracle.flags |= inexact ? FPSR_IXC | (tiny ? FPSR_UFC : 0) : 0;
    return o_sign(f, sign) | magnitude;
}
/* A result in oracle_r, computed towards zero with MPFR's ternary value; an exact zero is that of a sum. */
static inline uint64_t o_result(int ternary, const struct format *f)
{
    if (mpfr_zero_p(oracle_r))
        return o_sign(f, o_mode() == FPRounding_NEGINF);
    return o_round_to(oracle_r, ternary != 0, f, o_mode(), false);
}

/* ---- Two operands ---- */
typedef uint64_t oracle_fn(const uint64_t *in, const struct format *f);

static inline uint64_t o_sum(const uint64_t *in, const struct format *f, bool subtract)
{
    struct operand x[2] = { o_unpack(in[0], f, 0, false), o_unpack(in[1], f, 1, false) };
    uint64_t r;

    if (o_nans(x, 2, f, &r))
        return r;
    x[1].sign ^= subtract;
    if (x[0].type == INFINITE && x[1].type == INFINITE && x[0].sign != x[1].sign)
        return o_invalid(f);
    if (x[0].type == INFINITE || x[1].type == INFINITE)
        r = o_infinity(f, x[x[0].type != INFINITE].sign);
    else if (x[0].type == ZERO && x[1].type == ZERO && x[0].sign == x[1].sign)
        r = o_sign(f, x[0].sign);
    else
        r = o_result((subtract ? mpfr_sub : mpfr_add)(oracle_r, oracle_v[0], oracle_v[1], MPFR_RNDZ), f);
    o_denormals(x, 2, f);
    return r;
}
static inline uint64_t o_add(const uint64_t *in, const struct format *f) { return o_sum(in, f, false); }
static inline uint64_t o_sub(const uint64_t *in, const struct format *f) { return o_sum(in, f, true); }
static inline uint64_t o_subr(const uint64_t *in, const struct format *f)
{
    return o_sum((const uint64_t[]){ in[1], in[0] }, f, true);
}
static inline uint64_t o_abd(const uint64_t *in, const struct format *f) { return o_abs_bits(o_sub(in, f), f); }

static inline bool o_inf_times_zero(struct operand a, struct operand b)
{
    return (a.type == INFINITE && b.type == ZERO) || (a.type == ZERO && b.type == INFINITE);
}
static inline uint64_t o_product(const uint64_t *in, const struct format *f, bool extended)
{
    struct operand x[2] = { o_unpack(in[0], f, 0, false), o_unpack(in[1], f, 1, false) };
    bool sign = x[0].sign ^ x[1].sign;
    uint64_t r;

    if (o_nans(x, 2, f, &r))
        return r;
    if (o_inf_times_zero(x[0], x[1]))
        return extended ? o_constant(f, sign, 1, 1) : o_invalid(f);
    if (x[0].type == INFINITE || x[1].type == INFINITE)
        r = o_infinity(f, sign);
    else if (x[0].type == ZERO || x[1].type == ZERO)
        r = o_sign(f, sign);
    else
        r = o_result(mpfr_mul(oracle_r, oracle_v[0], oracle_v[1], MPFR_RNDZ), f);
    o_denormals(x, 2, f);
    return r;
}
static inline uint64_t o_mul(const uint64_t *in, const struct format *f) { return o_product(in, f, false); }
static inline uint64_t o_mulx(const uint64_t *in, const struct format *f) { return o_product(in, f, true); }
static inline uint64_t o_nmul(const uint64_t *in, const struct format *f) { return o_neg_bits(o_mul(in, f), f); }

static inline uint64_t o_div(const uint64_t *in, const struct format *f)
{
    struct operand x[2] = { o_unpack(in[0], f, 0, false), o_unpack(in[1], f, 1, false) };
    bool sign = x[0].sign ^ x[1].sign;
    uint64_t r;

    if (o_nans(x, 2, f, &r))
        return r;
    if (x[0].type == x[1].type && (x[0].type == INFINITE || x[0].type == ZERO))
        return o_invalid(f);
    if (x[0].type == INFINITE || x[1].type == ZERO) {
        if (x[0].type == INFINITE)
            o_denormals(x, x[1].type == ZERO ? 0 : 2, f);
        else
            oracle.flags |= FPSR_DZC;
        return o_infinity(f, sign);
    }
    if (x[0].type == ZERO || x[1].type == INFINITE)
        r = o_sign(f, sign);
    else
        r = o_result(mpfr_div(oracle_r, oracle_v[0], oracle_v[1], MPFR_RNDZ), f);
    o_denormals(x, 2, f);
    return r;
}
static inline uint64_t o_divr(const uint64_t *in, const struct format *f)
{
    return o_div((const uint64_t[]){ in[1], in[0] }, f);
}

static inline uint64_t o_extreme(const uint64_t *in, const struct format *f, bool max, bool alt)
{
    struct operand x[2] = { o_unpack(in[0], f, 0, false), o_unpack(in[1], f, 1, false) };
    uint32_t fpcr = oracle.fpcr;
    uint64_t r;
    int chosen;

    if (alt && x[0].type == ZERO && x[1].type == ZERO && x[0].sign != x[1].sign)
        return o_sign(f, x[1].sign);
    if (alt && (o_is_nan(x[0].type) || o_is_nan(x[1].type))) {
        oracle.flags |= FPSR_IOC;
        return x[1].type == ZERO ? o_sign(f, x[1].sign) : in[1];
    }
    if (o_nans(x, 2, f, &r))
        return r;
    chosen = max ? !(mpfr_cmp(oracle_v[0], oracle_v[1]) > 0) : !(mpfr_cmp(oracle_v[0], oracle_v[1]) < 0);
    if (x[chosen].type == INFINITE) {
        r = o_infinity(f, x[chosen].sign);
    } else if (x[chosen].type == ZERO) {
        r = o_sign(f, max ? x[0].sign && x[1].sign : x[0].sign || x[1].sign);
        if (x[!chosen].type != ZERO) /* of a zero and a number only one sign counts */
            r = o_sign(f, max ? x[0].sign && x[1].sign : x[0].sign || x[1].sign);
    } else {
        if (alt)
            oracle.fpcr &= ~(uint32_t)(FPCR_FZ | FPCR_FZ16);
        r = o_round_to(oracle_v[chosen], false, f, o_mode(), false);
        oracle.fpcr = fpcr;
    }
    o_denormals(x, 2, f);
    return r;
}
static inline uint64_t o_max(const uint64_t *in, const struct format *f) { return o_extreme(in, f, true, o_ah()); }
static inline uint64_t o_min(const uint64_t *in, const struct format *f) { return o_extreme(in, f, false, o_ah()); }
static inline uint64_t o_extreme_num(const uint64_t *in, const struct format *f, bool max)
{
    uint64_t ops[2] = { in[0], in[1] };
    bool nan[2] = { o_nan_bits(in[0], f), o_nan_bits(in[1], f) };

    for (int i = 0; i < 2; i++) {
        bool quiet = nan[i] && (in[i] >> (f->F - 1) & 1), other_quiet = nan[!i] && (in[!i] >> (f->F - 1) & 1);
        if (quiet && !other_quiet && !(o_ah() && nan[!i]))
            ops[i] = o_infinity(f, max);
    }
    return o_extreme(ops, f, max, false);
}
static inline uint64_t o_maxnm(const uint64_t *in, const struct format *f) { return o_extreme_num(in, f, true); }
static inline uint64_t o_minnm(const uint64_t *in, const struct format *f) { return o_extreme_num(in, f, false); }

/* ---- Fused ---- */
/* in: factors, addend. The NaN rule looks at the addend first, but with FPCR.AH = 1 last. */
static inline uint64_t o_fused(uint64_t n, uint64_t m, uint64_t a, const struct format *factors, const struct format *f)
{
    struct operand xa = o_unpack(a, f, 2, false), xn = o_unpack(n, factors, 0, false),
                   xm = o_unpack(m, factors, 1, false);
    struct operand x[3] = { xa, xn, xm };
    bool sign = xn.sign ^ xm.sign, inf = xn.type == INFINITE || xm.type == INFINITE, signals;
    bool zero = xn.type == ZERO || xm.type == ZERO;
    uint64_t r;
    int nan;

    if (o_ah())
        x[0] = xn, x[1] = xm, x[2] = xa;
    nan = o_choose_nan(x, 3, &signals);
    if (nan >= 0) {
        const struct format *from = nan == (o_ah() ? 2 : 0) ? f : factors;
        r = o_quiet(x[nan].bits, signals, from);
        if (from != f) /* a half precision NaN in single precision */
            r = (r >> 15 & 1) << 31 | 0x7f800000 | (r & 0x3ff) << 13;
        return !o_ah() && xa.type == QNAN && o_inf_times_zero(xn, xm) ? o_invalid(f) : r;
    }
    if (o_inf_times_zero(xn, xm) || (xa.type == INFINITE && inf && xa.sign != sign))
        return o_invalid(f);
    if (xa.type == INFINITE || inf)
        r = o_infinity(f, inf ? sign : xa.sign);
    else if (xa.type == ZERO && zero && xa.sign == sign)
        r = o_sign(f, sign);
    else
        r = o_result(mpfr_fma(oracle_r, oracle_v[0], oracle_v[1], oracle_v[2], MPFR_RNDZ), f);
    o_denormals(&xa, 1, f);
    o_denormals(&xn, 1, factors);
    o_denormals(&xm, 1, factors);
    return r;
}
static inline uint64_t o_fma(const uint64_t *in, const struct format *f) { return o_fused(in[0], in[1], in[2], f, f); }
static inline uint64_t o_fms(const uint64_t *in, const struct format *f)
{
    return o_fused(o_neg_bits(in[0], f), in[1], in[2], f, f);
}
static inline uint64_t o_fnma(const uint64_t *in, const struct format *f)
{
    return o_fused(o_neg_bits(in[0], f), in[1], o_neg_bits(in[2], f), f, f);
}
static inline uint64_t o_fnms(const uint64_t *in, const struct format *f)
{
    return o_fused(in[0], in[1], o_neg_bits(in[2], f), f, f);
}
/* FMLAL, FMLSL: factors of half precision, f is SINGLE. */
static inline uint64_t o_fmlal(const uint64_t *in, const struct format *f)
{
    return o_fused(in[0], in[1], in[2], &HALF, f);
}
static inline uint64_t o_fmlsl(const uint64_t *in, const struct format *f)
{
    return o_fused(o_neg_bits(in[0], &HALF), in[1], in[2], &HALF, f);
}

/* FPCR.AH = 1: the estimates and steps round to nearest, flush, and raise nothing. begin gives what end restores. */
static inline struct saved {
    uint32_t fpcr, flags;
} o_begin_alternate(void)
{
    struct saved s = { oracle.fpcr, oracle.flags };
    if (o_ah())
        oracle.fpcr = (oracle.fpcr & ~(uint32_t)FPCR_RMode) | FPCR_FZ | FPCR_FIZ;
    return s;
}
static inline uint64_t o_end_alternate(struct saved s, uint64_t r)
{
    if (o_ah())
        oracle.flags = s.flags;
    oracle.fpcr = s.fpcr;
    return r;
}
static inline uint64_t o_step(const uint64_t *in, const struct format *f, bool sqrt)
{
    uint64_t op1 = o_neg_bits(in[0], f), r;
    struct saved s = o_begin_alternate();
    struct operand x[2] = { o_unpack(op1, f, 0, false), o_unpack(in[1], f, 1, false) };

    if (o_nans(x, 2, f, &r)) {
    } else if (o_inf_times_zero(x[0], x[1])) {
        r = sqrt ? o_constant(f, false, 3, -1) : o_constant(f, false, 1, 1);
    } else if (x[0].type == INFINITE || x[1].type == INFINITE) {
        r = o_infinity(f, x[0].sign ^ x[1].sign);
    } else {
        mpfr_set_ui(oracle_v[2], sqrt ? 3 : 2, MPFR_RNDZ);
        int t = mpfr_fma(oracle_r, oracle_v[0], oracle_v[1], oracle_v[2], MPFR_RNDZ);
        mpfr_div_2ui(oracle_r, oracle_r, sqrt, MPFR_RNDZ);
        r = o_result(t, f);
    }
    return o_end_alternate(s, r);
}
static inline uint64_t o_recps(const uint64_t *in, const struct format *f) { return o_step(in, f, false); }
static inline uint64_t o_rsqrts(const uint64_t *in, const struct format *f) { return o_step(in, f, true); }

/* ---- Comparisons ---- */
enum { LESS = 8, EQUAL = 6, GREATER = 2, UNORDERED = 3 }; /* NZCV */
static inline unsigned o_order(uint64_t n, uint64_t m, const struct format *f, bool signal_nans)
{
    struct operand x[2] = { o_unpack(n, f, 0, false), o_unpack(m, f, 1, false) };
    int c;

    if (o_is_nan(x[0].type) || o_is_nan(x[1].type)) {
        oracle.flags |= signal_nans || x[0].type == SNAN || x[1].type == SNAN ? FPSR_IOC : 0;
        return UNORDERED;
    }
    o_denormals(x, 2, f);
    c = mpfr_cmp(oracle_v[0], oracle_v[1]);
    return c < 0 ? LESS : c ? GREATER : EQUAL;
}
static inline uint64_t o_cmp(const uint64_t *in, const struct format *f) { return o_order(in[0], in[1], f, false); }
static inline uint64_t o_cmpe(const uint64_t *in, const struct format *f) { return o_order(in[0], in[1], f, true); }
static inline uint64_t o_cmp0(const uint64_t *in, const struct format *f) { return o_order(in[0], 0, f, false); }
static inline uint64_t o_cmpe0(const uint64_t *in, const struct format *f) { return o_order(in[0], 0, f, true); }
static inline uint64_t o_truth(bool b, const struct format *f) { return b ? o_mask(f) : 0; }
static inline uint64_t o_eq(const uint64_t *in, const struct format *f)
{
    return o_truth(o_order(in[0], in[1], f, false) == EQUAL, f);
}
static inline uint64_t o_ne(const uint64_t *in, const struct format *f)
{
    return o_truth(o_order(in[0], in[1], f, false) != EQUAL, f);
}
static inline uint64_t o_uo(const uint64_t *in, const struct format *f)
{
    return o_truth(o_order(in[0], in[1], f, false) == UNORDERED, f);
}
static inline uint64_t o_gt(const uint64_t *in, const struct format *f)
{
    return o_truth(o_order(in[0], in[1], f, true) == GREATER, f);
}
static inline uint64_t o_ge(const uint64_t *in, const struct format *f)
{
    unsigned c = o_order(in[0], in[1], f, true);
    return o_truth(c == GREATER || c == EQUAL, f);
}
static inline uint64_t o_acgt(const uint64_t *in, const struct format *f)
{
    return o_gt((const uint64_t[]){ o_abs_bits(in[0], f), o_abs_bits(in[1], f) }, f);
}
static inline uint64_t o_acge(const uint64_t *in, const struct format *f)
{
    return o_ge((const uint64_t[]){ o_abs_bits(in[0], f), o_abs_bits(in[1], f) }, f);
}
static inline uint64_t o_eq0(const uint64_t *in, const struct format *f)
{
    return o_eq((const uint64_t[]){ in[0], 0 }, f);
}
static inline uint64_t o_ne0(const uint64_t *in, const struct format *f)
{
    return o_ne((const uint64_t[]){ in[0], 0 }, f);
}
static inline uint64_t o_gt0(const uint64_t *in, const struct format *f)
{
    return o_gt((const uint64_t[]){ in[0], 0 }, f);
}
static inline uint64_t o_ge0(const uint64_t *in, const struct format *f)
{
    return o_ge((const uint64_t[]){ in[0], 0 }, f);
}
static inline uint64_t o_lt0(const uint64_t *in, const struct format *f)
{
    return o_gt((const uint64_t[]){ 0, in[0] }, f);
}
static inline uint64_t o_le0(const uint64_t *in, const struct format *f)
{
    return o_ge((const uint64_t[]){ 0, in[0] }, f);
}

/* ---- One operand ---- */
static inline uint64_t o_neg(const uint64_t *in, const struct format *f) { return o_neg_bits(in[0], f); }
static inline uint64_t o_abs(const uint64_t *in, const struct format *f) { return o_abs_bits(in[0], f); }

static inline uint64_t o_sqrt(const uint64_t *in, const struct format *f)
{
    struct operand x = o_unpack(in[0], f, 0, false);
    uint64_t r;

    if (o_nans(&x, 1, f, &r))
        return r;
    if (x.type == ZERO)
        return o_sign(f, x.sign);
    if (x.sign)
        return o_invalid(f);
    if (x.type == INFINITE)
        return o_infinity(f, false);
    r = o_result(mpfr_sqrt(oracle_r, oracle_v[0], MPFR_RNDZ), f);
    o_denormals(&x, 1, f);
    return r;
}

/* A number between 1 and 2 and its exponent. */
static inline double o_significand(long *e)
{
    double m = mpfr_get_d_2exp(e, oracle_v[0], MPFR_RNDZ);
    *e -= 1;
    return fabs(m) * 2;
}
static inline bool o_twelve_bits(const struct format *f) { return oracle.rpres && o_ah() && f == &SINGLE; }

static inline uint64_t o_recpe(const uint64_t *in, const struct format *f)
{
    unsigned bits = o_twelve_bits(f) ? 12 : 8,
             seen = o_twelve_bits(f) ? 11 : 8; /* of the result's and operand's fraction */
    struct saved s = o_begin_alternate();
    struct operand x = o_unpack(in[0], f, 0, false);
    uint64_t r;

    if (o_nans(&x, 1, f, &r)) {
    } else if (x.type == INFINITE) {
        r = o_sign(f, x.sign);
    } else if (x.type == ZERO) {
        oracle.flags |= FPSR_DZC;
        r = o_infinity(f, x.sign);
    } else {
        long e;
        double m = o_significand(&e);
        if (e < f->emin - 2) {
            bool up = o_mode() == FPRounding_TIEEVEN || o_mode() == (x.sign ? FPRounding_NEGINF : FPRounding_POSINF);
            oracle.flags |= FPSR_OFC | FPSR_IXC;
            r = up ? o_infinity(f, x.sign) : o_max_normal(f, x.sign);
        } else if (e >= -f->emin && (oracle.fpcr & (f == &HALF ? FPCR_FZ16 : FPCR_FZ))) {
            oracle.flags |= FPSR_UFC;
            r = o_sign(f, x.sign);
        } else {
            /* The reciprocal of the middle of the interval, to the nearest, ties up; exact in the result's format. */
            double middle = (floor(ldexp(m, (int)seen)) + 0.5) / ldexp(1, (int)seen);
            double estimate = floor(ldexp(2 / middle, (int)bits) + 0.5);
            struct saved now = { oracle.fpcr, oracle.flags };
            mpfr_set_d(oracle_r, estimate, MPFR_RNDZ);
            mpfr_mul_2si(oracle_r, oracle_r, -e - 1 - (long)bits, MPFR_RNDZ);
            mpfr_setsign(oracle_r, oracle_r, x.sign, MPFR_RNDZ);
            oracle.fpcr &= ~(uint32_t)(FPCR_FZ | FPCR_FZ16);
            r = o_round_to(oracle_r, false, f, FPRounding_TIEEVEN, false);
            oracle.fpcr = now.fpcr, oracle.flags = now.flags;
        }
    }
    return o_end_alternate(s, r);
}

static inline uint64_t o_rsqrte(const uint64_t *in, const struct format *f)
{
    unsigned bits = o_twelve_bits(f) ? 12 : 8,
             seen = o_twelve_bits(f) ? 11 : 8; /* of the result's and operand's fraction */
    struct saved s = o_begin_alternate();
    struct operand x = o_unpack(in[0], f, 0, false);
    uint64_t r;

    if (o_nans(&x, 1, f, &r)) {
    } else if (x.type == ZERO) {
        oracle.flags |= FPSR_DZC;
        r = o_infinity(f, x.sign);
    } else if (x.sign) {
        r = o_invalid(f);
    } else if (x.type == INFINITE) {
        r = 0;
    } else {
        /* To 0.25 <= a < 1 by an even power of two; then the middle of the interval as in FRECPE. */
        long e;
        double a = o_significand(&e), middle, unit;
        bool odd = e & 1;
        a = odd ? a / 2 : a / 4, e += odd ? 1 : 2;
        unit = ldexp(1, -(int)seen - 1); /* of 0.5 to 1; below 0.5 the same, of which the middle is taken */
        middle = odd ? (floor(a / unit / 2) * 2 + 1) * unit : (floor(a / unit) + 0.5) * unit;
        double b = floor(ldexp(1 / sqrt(middle), (int)bits + 1));
        mpfr_set_d(oracle_r, floor((b + 1) / 2), MPFR_RNDZ);
        mpfr_mul_2si(oracle_r, oracle_r, -e / 2 - (long)bits, MPFR_RNDZ);
        r = o_round_to(oracle_r, false, f, FPRounding_TIEEVEN, false);
    }
    return o_end_alternate(s, r);
}

static inline uint64_t o_recpx(const uint64_t *in, const struct format *f)
{
    struct saved s = o_begin_alternate();
    struct operand x = o_unpack(in[0], f, 0, false);
    uint64_t field = o_infinity(f, false), r;

    if (!o_nans(&x, 1, f, &r))
        r = (in[0] & o_sign(f, true)) | (in[0] & field ? ~in[0] & field : field - ((uint64_t)1 << f->F));
    return o_end_alternate(s, r);
}

/* To an integer in oracle_r; true: it differs. */
static inline bool o_to_integer(enum FPRounding mode)
{
    static const mpfr_rnd_t modes[] = { MPFR_RNDN, MPFR_RNDU, MPFR_RNDD, MPFR_RNDZ, MPFR_RNDNA };

    if (mode == FPRounding_TIEAWAY)
        mpfr_round(oracle_r, oracle_v[0]);
    else
        mpfr_rint(oracle_r, oracle_v[0], modes[mode]);
    return !mpfr_equal_p(oracle_r, oracle_v[0]);
}
static inline uint64_t o_rint(uint64_t in, const struct format *f, enum FPRounding mode, bool exact)
{
    struct operand x = o_unpack(in, f, 0, false);
    bool inexact;
    uint64_t r;

    if (o_nans(&x, 1, f, &r))
        return r;
    if (x.type == INFINITE)
        return o_infinity(f, x.sign);
    inexact = o_to_integer(mode);
    oracle.flags |= inexact && exact ? FPSR_IXC : 0;
    return mpfr_zero_p(oracle_r) ? o_sign(f, x.sign) : o_round_to(oracle_r, false, f, FPRounding_ZERO, false);
}
static inline uint64_t o_rintn(const uint64_t *in, const struct format *f)
{
    return o_rint(in[0], f, FPRounding_TIEEVEN, false);
}
static inline uint64_t o_rinta(const uint64_t *in, const struct format *f)
{
    return o_rint(in[0], f, FPRounding_TIEAWAY, false);
}
static inline uint64_t o_rintp(const uint64_t *in, const struct format *f)
{
    return o_rint(in[0], f, FPRounding_POSINF, false);
}
static inline uint64_t o_rintm(const uint64_t *in, const struct format *f)
{
    return o_rint(in[0], f, FPRounding_NEGINF, false);
}
static inline uint64_t o_rintz(const uint64_t *in, const struct format *f)
{
    return o_rint(in[0], f, FPRounding_ZERO, false);
}
static inline uint64_t o_rinti(const uint64_t *in, const struct format *f) { return o_rint(in[0], f, o_mode(), false); }
static inline uint64_t o_rintx(const uint64_t *in, const struct format *f) { return o_rint(in[0], f, o_mode(), true); }

/* FRINT32, FRINT64 */
static inline uint64_t o_rint_n(uint64_t in, const struct format *f, enum FPRounding mode, int size)
{
    struct operand x = o_unpack(in, f, 0, false);
    bool inexact = !o_is_nan(x.type) && x.type != INFINITE && o_to_integer(mode);

    mpfr_set_ui_2exp(oracle_v[1], 1, size - 1, MPFR_RNDZ);
    mpfr_neg(oracle_v[2], oracle_v[1], MPFR_RNDZ);
    if (o_is_nan(x.type) || x.type == INFINITE || mpfr_cmp(oracle_r, oracle_v[1]) >= 0 ||
        mpfr_cmp(oracle_r, oracle_v[2]) < 0) {
        oracle.flags |= FPSR_IOC;
        return o_round_to(oracle_v[2], false, f, FPRounding_ZERO, false);
    }
    oracle.flags |= inexact ? FPSR_IXC : 0;
    return mpfr_zero_p(oracle_r) ? o_sign(f, x.sign) : o_round_to(oracle_r, false, f, FPRounding_ZERO, false);
}
static inline uint64_t o_rint32z(const uint64_t *in, const struct format *f)
{
    return o_rint_n(in[0], f, FPRounding_ZERO, 32);
}
static inline uint64_t o_rint32x(const uint64_t *in, const struct format *f)
{
    return o_rint_n(in[0], f, o_mode(), 32);
}
static inline uint64_t o_rint64z(const uint64_t *in, const struct format *f)
{
    return o_rint_n(in[0], f, FPRounding_ZERO, 64);
}
static inline uint64_t o_rint64x(const uint64_t *in, const struct format *f)
{
    return o_rint_n(in[0], f, o_mode(), 64);
}

/* ---- Integers ---- */
/* FPToFixed, to M bits with fbits of fraction */
static inline uint64_t o_to_fixed(uint64_t in, const struct format *f, enum FPRounding mode, unsigned M,
                                  bool is_unsigned, int fbits)
{
    struct operand x = o_unpack(in, f, 0, false);
    uint64_t mask = ~(uint64_t)0 >> (64 - M), low = is_unsigned ? 0 : (uint64_t)1 << (M - 1);
    bool inexact;

    if (o_is_nan(x.type)) {
        oracle.flags |= FPSR_IOC;
        return 0;
    }
    if (x.type == INFINITE) {
        oracle.flags |= FPSR_IOC;
        return x.sign ? low : mask >> !is_unsigned;
    }
    mpfr_mul_2si(oracle_v[0], oracle_v[0], fbits, MPFR_RNDZ);
    inexact = o_to_integer(mode);
    if (is_unsigned ? !mpfr_fits_ulong_p(oracle_r, MPFR_RNDZ) || mpfr_cmp_ui_2exp(oracle_r, 1, M) >= 0
                    : mpfr_cmp_si_2exp(oracle_r, 1, M - 1) >= 0 || mpfr_cmp_si_2exp(oracle_r, -1, M - 1) < 0) {
        oracle.flags |= FPSR_IOC;
        return x.sign ? low : mask >> !is_unsigned;
    }
    oracle.flags |= inexact ? FPSR_IXC : 0;
    return (is_unsigned ? mpfr_get_ui(oracle_r, MPFR_RNDZ) : (uint64_t)mpfr_get_si(oracle_r, MPFR_RNDZ)) & mask;
}
#define TO_INTEGER(NAME, MODE)                                                       \
    static inline uint64_t o_##NAME##s16(const uint64_t *in, const struct format *f) \
    {                                                                                \
        return o_to_fixed(in[0], f, MODE, 16, false, 0);                             \
    }                                                                                \
    static inline uint64_t o_##NAME##u16(const uint64_t *in, const struct format *f) \
    {                                                                                \
        return o_to_fixed(in[0], f, MODE, 16, true, 0);                              \
    }                                                                                \
    static inline uint64_t o_##NAME##s32(const uint64_t *in, const struct format *f) \
    {                                                                                \
        return o_to_fixed(in[0], f, MODE, 32, false, 0);                             \
    }                                                                                \
    static inline uint64_t o_##NAME##u32(const uint64_t *in, const struct format *f) \
    {                                                                                \
        return o_to_fixed(in[0], f, MODE, 32, true, 0);                              \
    }                                                                                \
    static inline uint64_t o_##NAME##s64(const uint64_t *in, const struct format *f) \
    {                                                                                \
        return o_to_fixed(in[0], f, MODE, 64, false, 0);                             \
    }                                                                                \
    static inline uint64_t o_##NAME##u64(const uint64_t *in, const struct format *f) \
    {                                                                                \
        return o_to_fixed(in[0], f, MODE, 64, true, 0);                              \
    }
TO_INTEGER(cvtn, FPRounding_TIEEVEN)
TO_INTEGER(cvta, FPRounding_TIEAWAY)
TO_INTEGER(cvtp, FPRounding_POSINF)
TO_INTEGER(cvtm, FPRounding_NEGINF)
TO_INTEGER(cvtz, FPRounding_ZERO)

static inline uint64_t o_from_fixed(uint64_t in, const struct format *f, unsigned M, bool is_unsigned, int fbits)
{
    uint64_t v = in & ~(uint64_t)0 >> (64 - M);

    if (is_unsigned)
        mpfr_set_ui(oracle_r, v, MPFR_RNDZ);
    else
        mpfr_set_si(oracle_r, (int64_t)(v << (64 - M)) >> (64 - M), MPFR_RNDZ);
    if (!v)
        return 0;
    mpfr_div_2si(oracle_r, oracle_r, fbits, MPFR_RNDZ);
    return o_round_to(oracle_r, false, f, o_mode(), false);
}
#define FROM_FIXED(M, FBITS)                                                                   \
    static inline uint64_t o_fromfixs##M##_##FBITS(const uint64_t *in, const struct format *f) \
    {                                                                                          \
        return o_from_fixed(in[0], f, M, false, FBITS);                                        \
    }                                                                                          \
    static inline uint64_t o_fromfixu##M##_##FBITS(const uint64_t *in, const struct format *f) \
    {                                                                                          \
        return o_from_fixed(in[0], f, M, true, FBITS);                                         \
    }
#define FIXED(M, FBITS)                                                                      \
    static inline uint64_t o_tofixs##M##_##FBITS(const uint64_t *in, const struct format *f) \
    {                                                                                        \
        return o_to_fixed(in[0], f, FPRounding_ZERO, M, false, FBITS);                       \
    }                                                                                        \
    static inline uint64_t o_tofixu##M##_##FBITS(const uint64_t *in, const struct format *f) \
    {                                                                                        \
        return o_to_fixed(in[0], f, FPRounding_ZERO, M, true, FBITS);                        \
    }                                                                                        \
    FROM_FIXED(M, FBITS)
FROM_FIXED(16, 0)
FROM_FIXED(32, 0)
FROM_FIXED(64, 0)
FIXED(16, 7)
FIXED(16, 16)
FIXED(32, 13)
FIXED(32, 32)
FIXED(64, 29)
FIXED(64, 64)

/* FJCVTZS: modulo 2^32. */
static inline uint64_t o_jcvt(const uint64_t *in, const struct format *f)
{
    struct operand x = o_unpack(in[0], f, 0, false);
    bool inexact;

    if (o_is_nan(x.type) || x.type == INFINITE) {
        oracle.flags |= FPSR_IOC;
        return 0;
    }
    inexact = o_to_integer(FPRounding_ZERO);
    if (mpfr_cmp_si_2exp(oracle_r, 1, 31) >= 0 || mpfr_cmp_si_2exp(oracle_r, -1, 31) < 0)
        oracle.flags |= FPSR_IOC;
    else if (inexact)
        oracle.flags |= FPSR_IXC;
    mpfr_set_ui_2exp(oracle_v[1], 1, 32, MPFR_RNDZ);
    mpfr_fmod(oracle_r, oracle_r, oracle_v[1], MPFR_RNDZ);
    return (uint32_t)mpfr_get_si(oracle_r, MPFR_RNDZ);
}

/* ---- Between formats ---- */
static inline uint64_t o_convert(uint64_t in, const struct format *from, const struct format *f, enum FPRounding mode,
                                 bool sve)
{
    uint32_t fpcr = oracle.fpcr;
    bool alt_half;
    struct operand x;
    uint64_t r;

    if (sve)
        oracle.fpcr &= ~(uint32_t)FPCR_AHP;
    alt_half = f == &HALF && (oracle.fpcr & FPCR_AHP);
    x = o_unpack(in, from, 0, true);
    if (o_is_nan(x.type)) {
        uint64_t frac = in << (64 - from->F) | (uint64_t)1 << 63;
        r = alt_half                ? o_sign(f, x.sign)
            : oracle.fpcr & FPCR_DN ? o_default_nan(f)
                                    : o_infinity(f, x.sign) | frac >> (64 - f->F);
        oracle.flags |= x.type == SNAN || alt_half ? FPSR_IOC : 0;
    } else if (x.type == INFINITE) {
        r = alt_half ? o_sign(f, x.sign) | 0x7fff : o_infinity(f, x.sign);
        oracle.flags |= alt_half ? FPSR_IOC : 0;
    } else if (x.type == ZERO) {
        r = o_sign(f, x.sign);
    } else {
        r = o_round_to(oracle_v[0], false, f, mode, true);
        o_denormals(&x, 1, from);
    }
    oracle.fpcr = fpcr;
    return r;
}
/* f is the operand's format. */
static inline uint64_t o_to_half(const uint64_t *in, const struct format *f)
{
    return o_convert(in[0], f, &HALF, o_mode(), false);
}
static inline uint64_t o_to_single(const uint64_t *in, const struct format *f)
{
    return o_convert(in[0], f, &SINGLE, o_mode(), false);
}
static inline uint64_t o_to_double(const uint64_t *in, const struct format *f)
{
    return o_convert(in[0], f, &DOUBLE, o_mode(), false);
}
static inline uint64_t o_to_half_sve(const uint64_t *in, const struct format *f)
{
    return o_convert(in[0], f, &HALF, o_mode(), true);
}
static inline uint64_t o_to_single_sve(const uint64_t *in, const struct format *f)
{
    return o_convert(in[0], f, &SINGLE, o_mode(), true);
}
static inline uint64_t o_to_double_sve(const uint64_t *in, const struct format *f)
{
    return o_convert(in[0], f, &DOUBLE, o_mode(), true);
}
static inline uint64_t o_to_single_odd(const uint64_t *in, const struct format *f)
{
    return o_convert(in[0], f, &SINGLE, FPRounding_ODD, false);
}

/* FPConvertBF: with FPCR.AH = 1 as the estimates. */
static inline uint64_t o_to_bfloat(const uint64_t *in, const struct format *f)
{
    struct saved s = o_begin_alternate();
    struct operand x = o_unpack(in[0], f, 0, false);
    uint64_t r;

    if (o_is_nan(x.type)) {
        oracle.flags |= x.type == SNAN ? FPSR_IOC : 0;
        r = oracle.fpcr & FPCR_DN ? o_default_nan(&BFLOAT) : in[0] >> 16 | 0x40;
    } else if (x.type == INFINITE || x.type == ZERO) {
        r = x.type == ZERO ? o_sign(&BFLOAT, x.sign) : o_infinity(&BFLOAT, x.sign);
    } else {
        r = o_round_to(oracle_v[0], false, &BFLOAT, o_mode(), false);
    }
    return o_end_alternate(s, r);
}

/* ---- Products of pairs: operands of 32 bits hold two of 16 ---- */
/* BFMulAddH() of the upper ones: with FPCR.AH = 1 as the estimates. */
static inline uint64_t o_bfmlalt(const uint64_t *in, const struct format *f)
{
    struct saved s = o_begin_alternate();
    return o_end_alternate(s, o_fused(in[0] & 0xffff0000, in[1] & 0xffff0000, in[2], f, f));
}
/* BFRound() of oracle_r, and of an exact zero: to odd, without denormals, to infinity; FPCR and flags play no part. */
static inline uint64_t o_round_bf_dot(int ternary)
{
    struct saved s = { oracle.fpcr, oracle.flags };
    uint64_t r = 0;

    oracle.fpcr = FPCR_FZ, oracle.flags = 0;
    if (!mpfr_zero_p(oracle_r))
        r = o_round_to(oracle_r, ternary != 0, &SINGLE, FPRounding_ODD, false);
    if (oracle.flags & FPSR_OFC)
        r = o_infinity(&SINGLE, r >> 31);
    oracle.fpcr = s.fpcr, oracle.flags = s.flags;
    return r;
}
/* BFMulH() or FPAdd_BF16(): denormals are zeros, NaNs the default one. */
static inline uint64_t o_bf_dot_step(uint64_t n, uint64_t m, bool multiply)
{
    struct saved s = { oracle.fpcr, oracle.flags };
    struct operand x[2];
    bool sign, inf, zero;

    oracle.fpcr = FPCR_FIZ;
    x[0] = o_unpack(n, &SINGLE, 0, false), x[1] = o_unpack(m, &SINGLE, 1, false);
    oracle.fpcr = s.fpcr, oracle.flags = s.flags;
    sign = multiply ? x[0].sign ^ x[1].sign : x[x[0].type != INFINITE].sign;
    inf = x[0].type == INFINITE || x[1].type == INFINITE, zero = x[0].type == ZERO || x[1].type == ZERO;
    if (o_is_nan(x[0].type) || o_is_nan(x[1].type) || (multiply && inf && zero) ||
        (!multiply && x[0].type == INFINITE && x[1].type == INFINITE && x[0].sign != x[1].sign))
        return o_default_nan(&SINGLE);
    if (inf)
        return o_infinity(&SINGLE, sign);
    if (multiply)
        return zero ? o_sign(&SINGLE, sign) : o_round_bf_dot(mpfr_mul(oracle_r, oracle_v[0], oracle_v[1], MPFR_RNDZ));
    if (x[0].type == ZERO && x[1].type == ZERO)
        return o_sign(&SINGLE, x[0].sign && x[1].sign);
    return o_round_bf_dot(mpfr_add(oracle_r, oracle_v[0], oracle_v[1], MPFR_RNDZ));
}
/* BFDotAdd() with FPCR.EBF = 0 */
static inline uint64_t o_bfdot(const uint64_t *in, const struct format *f)
{
    uint64_t low = o_bf_dot_step(in[0] << 16 & 0xffff0000, in[1] << 16 & 0xffff0000, true);
    uint64_t high = o_bf_dot_step(in[0] & 0xffff0000, in[1] & 0xffff0000, true);

    (void)f;
    return o_bf_dot_step(in[2], o_bf_dot_step(low, high, false), false);
}
/* FPDotAdd(): products of half precision and their sum exact, rounded to single, then added. */
static inline uint64_t o_fdot(const uint64_t *in, const struct format *f)
{
    const uint64_t bits[4] = { in[0] & 0xffff, in[0] >> 16, in[1] & 0xffff, in[1] >> 16 };
    struct operand x[4];
    bool sign[2], inf[2], zero[2];
    uint64_t r;

    for (int i = 0; i < 4; i++)
        x[i] = o_unpack(bits[i], &HALF, i, false);
    for (int i = 0; i < 2; i++) {
        sign[i] = x[i].sign ^ x[i + 2].sign;
        inf[i] = x[i].type == INFINITE || x[i + 2].type == INFINITE;
        zero[i] = x[i].type == ZERO || x[i + 2].type == ZERO;
    }
    uint32_t ah = oracle.fpcr & FPCR_AH;
    bool signals;
    oracle.fpcr &= ~(uint32_t)FPCR_AH; /* plays no part in the choice of a NaN */
    int nan = o_choose_nan(x, 4, &signals);
    oracle.fpcr |= ah;
    if (nan >= 0) {
        r = o_quiet(x[nan].bits, signals, &HALF);
        r = (r >> 15 & 1) << 31 | 0x7f800000 | (r & 0x3ff) << 13;
    } else if ((inf[0] && zero[0]) || (inf[1] && zero[1]) || (inf[0] && inf[1] && sign[0] != sign[1])) {
        r = o_invalid(f);
    } else if (inf[0] || inf[1]) {
        r = o_infinity(f, sign[inf[1] && !inf[0]]);
    } else if (zero[0] && zero[1] && sign[0] == sign[1]) {
        r = o_sign(f, sign[0]);
    } else { /* products of 22 bits are exact; their sum may need 82 */
        mpfr_mul(oracle_v[0], oracle_v[0], oracle_v[2], MPFR_RNDZ);
        r = o_result(mpfr_fma(oracle_r, oracle_v[1], oracle_v[3], oracle_v[0], MPFR_RNDZ), f);
    }
    return o_add((const uint64_t[]){ in[2], r }, f);
}

/* ---- SVE ---- */
/* 2^(i / 2^n) rounded to the nearest of the format, and an exponent field. */
static inline uint64_t o_expa(const uint64_t *in, const struct format *f)
{
    unsigned index_bits = f == &HALF ? 5 : 6;
    uint64_t index = in[0] & ((1u << index_bits) - 1), field = o_infinity(f, false), flags = oracle.flags;

    mpfr_set_ui_2exp(oracle_v[0], index, -(int)index_bits, MPFR_RNDZ);
    int t = mpfr_exp2(oracle_r, oracle_v[0], MPFR_RNDZ);
    uint64_t r = o_round_to(oracle_r, t != 0, f, FPRounding_TIEEVEN, false);
    oracle.flags = (uint32_t)flags;
    return (r & (((uint64_t)1 << f->F) - 1)) | (in[0] >> index_bits << f->F & field);
}
static inline uint64_t o_logb(const uint64_t *in, const struct format *f)
{
    struct operand x = o_unpack(in[0], f, 0, false);

    if (o_is_nan(x.type) || x.type == ZERO) {
        oracle.flags |= FPSR_IOC;
        return o_sign(f, true);
    }
    if (x.type == INFINITE)
        return o_mask(f) >> 1;
    o_denormals(&x, 1, f);
    return (uint64_t)(int64_t)(mpfr_get_exp(oracle_v[0]) - 1) & o_mask(f);
}
static inline uint64_t o_scale(const uint64_t *in, const struct format *f)
{
    struct operand x = o_unpack(in[0], f, 0, false);
    int64_t scale = (int64_t)(in[1] << (64 - f->width)) >> (64 - f->width);
    uint64_t r;

    if (o_nans(&x, 1, f, &r))
        return r;
    if (x.type == ZERO)
        return o_sign(f, x.sign);
    if (x.type == INFINITE)
        return o_infinity(f, x.sign);
    scale = scale > 100000 ? 100000 : scale < -100000 ? -100000 : scale;
    mpfr_mul_2si(oracle_r, oracle_v[0], (long)scale, MPFR_RNDZ);
    r = o_round_to(oracle_r, false, f, o_mode(), false);
    o_denormals(&x, 1, f);
    return r;
}
static inline uint64_t o_tsmul(const uint64_t *in, const struct format *f)
{
    uint64_t r = o_mul((const uint64_t[]){ in[0], in[0] }, f);

    return o_nan_bits(r, f) ? r : (r & ~o_sign(f, true)) | o_sign(f, in[1] & 1);
}
static inline uint64_t o_tssel(const uint64_t *in, const struct format *f)
{
    uint64_t v = in[1] & 1 ? o_constant(f, false, 1, 0) : in[0];
    return in[1] & 2 ? (in[1] & 1 ? v | o_sign(f, true) : o_neg_bits(v, f)) : v;
}

/* ---- Operands and FPCR ---- */
static inline uint64_t random64(void)
{
    static uint64_t s;
    uint64_t z;

    if (!s) {
        const char *seed = getenv("SEED");
        s = (seed ? strtoull(seed, NULL, 0) << 32 : 0) + 1;
    }
    z = s += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Bits of a format: anything, and more of what is special or close to an edge or to 1 or to where integers end. */
static inline uint64_t random_fp(const struct format *f)
{
    uint64_t r = random64(), ones = ((uint64_t)1 << f->F) - 1, frac = random64() & ones, sign = o_sign(f, r >> 63);
    uint64_t bias = (uint64_t)(1 - f->emin), exp;

    if (r & 64)
        frac &= ones << (r >> 8) % (f->F + 1) & ones;
    else if (r & 128)
        frac |= ones >> (r >> 8) % (f->F + 1);
    switch (r & 31) {
    case 0: return sign;
    case 1: return o_infinity(f, r >> 63);
    case 2: return o_max_normal(f, r >> 63) - (r >> 20 & 1);
    case 3: return sign | (((uint64_t)1 << f->F) + 1 - (r >> 20 & 3)); /* round the smallest normal number */
    case 4: return sign | frac >> (r >> 20) % f->F;                    /* denormal */
    case 5: return sign | 1;
    case 6: return o_infinity(f, r >> 63) | frac | 1; /* NaN */
    case 7: return o_default_nan(f) ^ (r >> 20 & 1 ? o_sign(f, true) : 0);
    case 8: return sign | bias << f->F;
    case 9:
    case 10: exp = r >> 20 & 3; break;
    case 11:
    case 12: exp = 2 * bias - (r >> 20 & 3); break;
    case 13:
    case 14:
    case 15:
    case 16: exp = bias - 3 + (r >> 20 & 7); break;
    case 17:
    case 18: exp = bias + (r >> 20) % (f->F + 3); break;
    case 19: exp = bias / 2 + (r >> 20 & 7); break;
    case 20: exp = bias + (15 << (r >> 20) % 3) - 2 + (r >> 22 & 3); break; /* where 16, 32, 64-bit integers end */
    default: return random64() & o_mask(f);
    }
    return sign | (exp << f->F & o_infinity(f, false)) | frac;
}
static inline uint32_t random_fpcr(void)
{
    uint64_t r = random64();
    uint32_t fpcr = (uint32_t)(r >> 32) & FPCR_RMode;

    switch (r & 7) {
    case 0: return 0;
    case 1:
    case 2: return fpcr;
    case 3: return fpcr | FPCR_AH;
    default: return fpcr | ((uint32_t)(r >> 8) & (FPCR_FZ | FPCR_FZ16 | FPCR_FIZ | FPCR_DN | FPCR_AH | FPCR_AHP));
    }
}
/* How many operand sets for each operation; check: what `make check` has. */
static inline unsigned long count_of(unsigned long check)
{
    const char *n = getenv("N");
    char *end;
    unsigned long count = n ? strtoul(n, &end, 10) : check;

    if (n && (*end || !count || *n == '-')) {
        fprintf(stderr, "svemu: N=%s is not a count of operand sets\n", n);
        exit(2);
    }
    return count;
}

#endif
