/* The host FPU where it provably gives Arm's bits and flags; everything else goes to isa/fpu_*.c. Included by fpu.h.
 *
 * The argument, once for all of them. The host rounds to nearest even and never flushes (nobody changes its modes), so
 * under a plain FPCR (RMode = RN; FZ, AH, FIZ = 0) its finite results are the ones Arm asks for. DN, AHP and FZ16 do
 * not matter to single and double numbers. NaNs and infinities as results, where operands or exceptions need a closer
 * look, are left to the complete functions, and so are results near or below the smallest normal number, unless they
 * are exact: what remains can raise Inexact and nothing else. If FPSR.IXC is already set nothing more is to be known;
 * else exactness is decided from the operands and the result, by integer or by error-free arithmetic, never from the
 * host's flags.
 *
 * Contraction into fused operations cannot change anything here: every product that meets a sum is exact. */
#ifndef ISA_FPU_FAST_H
#define ISA_FPU_FAST_H

#include <math.h>
#include <string.h>

#include "isa/fpu.h"

static inline double fpu_d(uint64_t bits)
{
    double d;

    memcpy(&d, &bits, sizeof d);
    return d;
}

static inline uint64_t fpu_d_bits(double d)
{
    uint64_t bits;

    memcpy(&bits, &d, sizeof bits);
    return bits;
}

static inline float fpu_s(uint64_t bits)
{
    uint32_t low = (uint32_t)bits;
    float s;

    memcpy(&s, &low, sizeof s);
    return s;
}

static inline uint64_t fpu_s_bits(float s)
{
    uint32_t bits;

    memcpy(&bits, &s, sizeof bits);
    return bits;
}

static inline unsigned fpu_d_exp(uint64_t bits) { return (unsigned)(bits >> 52) & 0x7ff; }

static inline unsigned fpu_s_exp(uint64_t bits) { return (unsigned)(bits >> 23) & 0xff; }

/* Finite and not near the denormals: biased exponent 2 to the last. */
static inline bool fpu_d_safe(uint64_t bits) { return fpu_d_exp(bits) - 2 < 0x7fd; }

static inline bool fpu_s_safe(uint64_t bits) { return fpu_s_exp(bits) - 2 < 0xfd; }

static inline bool fpu_is_zero(uint64_t bits, unsigned N) { return bits << (65 - N) == 0; }

/* ---- Half precision, in double ----
 * Sums and products of two halves are exact there. A quotient, a root, or a product plus a half may be rounded to 53
 * bits first: that far from 11 it cannot fall on the middle between two halves, unless it was there. */
static inline bool fpu_h_finite(uint64_t bits) { return (bits & 0x7c00) != 0x7c00; }

/* The value of a finite half. */
static inline double fpu_h(uint64_t bits) { return fpu_d((bits & 0x7fff) << 42 | (bits & 0x8000) << 48) * 0x1p1008; }

/* Rounds to nearest even what is zero or in the middle of the range; false: it is not. */
static inline bool fpu_h_round(double d, uint64_t *half)
{
    uint64_t bits = fpu_d_bits(d), magnitude = bits & INT64_MAX, sign = bits >> 63 << 15;

    *half = sign | (d == 0 ? 0 : ((magnitude + 0x1ffffffffff + (magnitude >> 42 & 1)) >> 42) - (1008 << 10));
    return d == 0 || (fabs(d) >= 0x1p-13 && fabs(d) <= 65504);
}

static inline bool fpu_plain(const struct fp_status *fp)
{
    return !(fp->fpcr & (FPCR_RMode | FPCR_FZ | FPCR_AH | FPCR_FIZ));
}

static inline bool fpu_h_plain(const struct fp_status *fp)
{
    return !(fp->fpcr & (FPCR_RMode | FPCR_FZ | FPCR_AH | FPCR_FIZ | FPCR_FZ16));
}

/* d, worked out of finite halves, as a half. exact: is d itself the result before rounding? false: not for us. */
static inline bool fpu_h_result(double d, bool exact, uint64_t *half, struct fp_status *fp)
{
    if (!fpu_h_round(d, half))
        return false;
    if (!exact || fpu_h(*half) != d)
        fp->fpsr |= FPSR_IXC;
    return true;
}

/* Whether flags beyond those already raised are still to be found out. */
static inline bool fpu_wants_ixc(const struct fp_status *fp) { return !(fp->fpsr & FPSR_IXC); }

/* The mantissa of a normal double, as an integer of 53 bits. */
static inline uint64_t fpu_d_mant(uint64_t bits) { return (bits & 0xfffffffffffff) | 0x10000000000000; }

/* x * y == z << (52 or 53) for mantissas, where the difference is known to be less than 2^54: so modulo 2^64 is enough.
 * shift is 52 or 53 by the exponents. */
static inline bool fpu_mant_product(uint64_t x, uint64_t y, uint64_t z, unsigned shift)
{
    return fpu_d_mant(x) * fpu_d_mant(y) == fpu_d_mant(z) << (shift & 63);
}

/* a + b == s exactly, for finite s well below overflow (Knuth's TwoSum). */
static inline bool fpu_d_sum_exact(double a, double b, double s)
{
    double bb = s - a;

    return (a - (s - bb)) + (b - bb) == 0;
}

static inline bool fpu_s_sum_exact(float a, float b, float s)
{
    float bb = s - a;

    return (a - (s - bb)) + (b - bb) == 0;
}

static inline uint64_t FPAdd(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (N == 64 && fpu_plain(fp)) {
        double a = fpu_d(op1), b = fpu_d(op2), s = a + b;

        if (fpu_d_exp(fpu_d_bits(s)) < 0x7fd) { /* a denormal sum is exact, so it raises nothing */
            if (fpu_wants_ixc(fp) && !fpu_d_sum_exact(a, b, s))
                fp->fpsr |= FPSR_IXC;
            return fpu_d_bits(s);
        }
    } else if (N == 32 && fpu_plain(fp)) {
        float a = fpu_s(op1), b = fpu_s(op2), s = a + b;

        if (fpu_s_exp(fpu_s_bits(s)) < 0xfd) {
            if (fpu_wants_ixc(fp) && !fpu_s_sum_exact(a, b, s))
                fp->fpsr |= FPSR_IXC;
            return fpu_s_bits(s);
        }
    } else if (N == 16 && fpu_h_plain(fp) && fpu_h_finite(op1) && fpu_h_finite(op2)) {
        uint64_t r;

        if (fpu_h_result(fpu_h(op1) + fpu_h(op2), true, &r, fp))
            return r;
    }
    return fpu_add(op1, op2, N, fp);
}

static inline uint64_t FPSub(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (N == 64 && fpu_plain(fp)) {
        double a = fpu_d(op1), b = -fpu_d(op2), s = a + b;

        if (fpu_d_exp(fpu_d_bits(s)) < 0x7fd) {
            if (fpu_wants_ixc(fp) && !fpu_d_sum_exact(a, b, s))
                fp->fpsr |= FPSR_IXC;
            return fpu_d_bits(s);
        }
    } else if (N == 32 && fpu_plain(fp)) {
        float a = fpu_s(op1), b = -fpu_s(op2), s = a + b;

        if (fpu_s_exp(fpu_s_bits(s)) < 0xfd) {
            if (fpu_wants_ixc(fp) && !fpu_s_sum_exact(a, b, s))
                fp->fpsr |= FPSR_IXC;
            return fpu_s_bits(s);
        }
    } else if (N == 16 && fpu_h_plain(fp) && fpu_h_finite(op1) && fpu_h_finite(op2)) {
        uint64_t r;

        if (fpu_h_result(fpu_h(op1) - fpu_h(op2), true, &r, fp))
            return r;
    }
    return fpu_sub(op1, op2, N, fp);
}

/* op1 * op2 == r exactly; all normal. */
static inline bool fpu_d_product_exact(uint64_t op1, uint64_t op2, uint64_t r)
{
    return fpu_mant_product(op1, op2, r, fpu_d_exp(r) + 1075 - fpu_d_exp(op1) - fpu_d_exp(op2));
}

static inline uint64_t FPMul(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (N == 64 && fpu_plain(fp)) {
        uint64_t r = fpu_d_bits(fpu_d(op1) * fpu_d(op2));

        if (fpu_d_safe(r) && !(fpu_wants_ixc(fp) && (fpu_d_exp(op1) == 0 || fpu_d_exp(op2) == 0))) {
            if (fpu_wants_ixc(fp) && !fpu_d_product_exact(op1, op2, r))
                fp->fpsr |= FPSR_IXC;
            return r;
        }
        if (fpu_is_zero(r, 64) && (fpu_is_zero(op1, 64) || fpu_is_zero(op2, 64)))
            return r;
    } else if (N == 32 && fpu_plain(fp)) {
        double product = (double)fpu_s(op1) * fpu_s(op2); /* exact */
        uint64_t r = fpu_s_bits((float)product);

        if (fpu_s_safe(r) || (double)fpu_s(r) == product) {
            if (fpu_s_exp(r) == 0xff)
                return fpu_mul(op1, op2, 32, fp);
            if ((double)fpu_s(r) != product)
                fp->fpsr |= FPSR_IXC;
            return r;
        }
    } else if (N == 16 && fpu_h_plain(fp) && fpu_h_finite(op1) && fpu_h_finite(op2)) {
        uint64_t r;

        if (fpu_h_result(fpu_h(op1) * fpu_h(op2), true, &r, fp))
            return r;
    }
    return fpu_mul(op1, op2, N, fp);
}

static inline uint64_t FPDiv(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (N == 64 && fpu_plain(fp)) {
        uint64_t r = fpu_d_bits(fpu_d(op1) / fpu_d(op2));

        if (fpu_d_safe(r) && !(fpu_wants_ixc(fp) && (fpu_d_exp(op1) == 0 || fpu_d_exp(op2) == 0))) {
            if (fpu_wants_ixc(fp) && !fpu_d_product_exact(r, op2, op1))
                fp->fpsr |= FPSR_IXC;
            return r;
        }
        if (fpu_is_zero(r, 64) && fpu_is_zero(op1, 64))
            return r;
    } else if (N == 32 && fpu_plain(fp)) {
        float q = fpu_s(op1) / fpu_s(op2);

        if (fpu_s_safe(fpu_s_bits(q))) {
            if ((double)q * fpu_s(op2) != (double)fpu_s(op1)) /* an exact product */
                fp->fpsr |= FPSR_IXC;
            return fpu_s_bits(q);
        }
        if (q == 0 && fpu_is_zero(op1, 32))
            return fpu_s_bits(q);
    } else if (N == 16 && fpu_h_plain(fp) && fpu_h_finite(op1) && fpu_h_finite(op2) && !fpu_is_zero(op2, 16)) {
        double q = fpu_h(op1) / fpu_h(op2);
        uint64_t r;

        if (fpu_h_result(q, q * fpu_h(op2) == fpu_h(op1), &r, fp)) /* where q is a half that product is exact */
            return r;
    }
    return fpu_div(op1, op2, N, fp);
}

static inline uint64_t FPSqrt(uint64_t op, unsigned N, struct fp_status *fp)
{
    /* A positive normal operand: the root is normal too. */
    if (N == 64 && fpu_plain(fp) && op >> 52 != 0 && op >> 52 < 0x7ff) {
        uint64_t r = fpu_d_bits(__builtin_sqrt(fpu_d(op)));

        if (fpu_wants_ixc(fp) && !fpu_d_product_exact(r, r, op))
            fp->fpsr |= FPSR_IXC;
        return r;
    }
    if (N == 32 && fpu_plain(fp) && op >> 23 != 0 && op >> 23 < 0xff) {
        float r = __builtin_sqrtf(fpu_s(op));

        if ((double)r * r != (double)fpu_s(op))
            fp->fpsr |= FPSR_IXC;
        return fpu_s_bits(r);
    }
    return fpu_sqrt(op, N, fp);
}

static inline uint64_t fpu_d_mul_add(uint64_t addend, uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    double a = fpu_d(addend), p = fpu_d(op1) * fpu_d(op2);
    uint64_t r;

    if (fpu_wants_ixc(fp)) {
        /* Only an exact product makes it easy to tell. */
        if (!(fpu_d_safe(fpu_d_bits(p)) && fpu_d_exp(op1) && fpu_d_exp(op2) &&
              fpu_d_product_exact(op1, op2, fpu_d_bits(p))))
            return fpu_mul_add(addend, op1, op2, 64, fp);
        r = fpu_d_bits(p + a);
        if (fpu_d_exp(r) >= 0x7fd)
            return fpu_mul_add(addend, op1, op2, 64, fp);
        if (!fpu_d_sum_exact(p, a, fpu_d(r)))
            fp->fpsr |= FPSR_IXC;
        return r;
    }
    r = fpu_d_bits(fma(fpu_d(op1), fpu_d(op2), a));
    return fpu_d_safe(r) ? r : fpu_mul_add(addend, op1, op2, 64, fp);
}

static inline uint64_t FPMulAdd(uint64_t addend, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (N == 64 && fpu_plain(fp))
        return fpu_d_mul_add(addend, op1, op2, fp);
    if (N == 32 && fpu_plain(fp)) {
        double a = fpu_s(addend), p = (double)fpu_s(op1) * fpu_s(op2), s = p + a;
        uint64_t r = fpu_s_bits((float)s);

        /* The product is exact, the sum rounded to 53 bits. Rounding it again to 24 can only go wrong if it sits just
         * between two singles. */
        if (fpu_s_safe(r) && (fpu_d_bits(s) & 0x1fffffff) != 0x10000000) {
            if (fpu_wants_ixc(fp) && !((double)fpu_s(r) == s && fpu_d_sum_exact(p, a, s)))
                fp->fpsr |= FPSR_IXC;
            return r;
        }
    }
    if (N == 16 && fpu_h_plain(fp) && fpu_h_finite(addend) && fpu_h_finite(op1) && fpu_h_finite(op2)) {
        double a = fpu_h(addend), p = fpu_h(op1) * fpu_h(op2), s = p + a;
        uint64_t r;

        if (fpu_h_result(s, fpu_d_sum_exact(p, a, s), &r, fp))
            return r;
    }
    return fpu_mul_add(addend, op1, op2, N, fp);
}

/* Neither operand is a NaN or, unless FPCR leaves them alone, a denormal. */
static inline bool fpu_comparable(uint64_t op1, uint64_t op2, unsigned N, const struct fp_status *fp)
{
    if (N == 16 || (fp->fpcr & (FPCR_FZ | FPCR_AH | FPCR_FIZ)))
        return false;
    return N == 64 ? op1 << 1 <= 0xffe0000000000000 && op2 << 1 <= 0xffe0000000000000
                   : op1 << 33 <= 0xff00000000000000 && op2 << 33 <= 0xff00000000000000;
}

static inline bool fpu_less(uint64_t op1, uint64_t op2, unsigned N)
{
    return N == 64 ? fpu_d(op1) < fpu_d(op2) : fpu_s(op1) < fpu_s(op2);
}

static inline bool fpu_equal(uint64_t op1, uint64_t op2, unsigned N)
{
    return N == 64 ? fpu_d(op1) == fpu_d(op2) : fpu_s(op1) == fpu_s(op2);
}

static inline unsigned FPCompare(uint64_t op1, uint64_t op2, bool signal_nans, unsigned N, struct fp_status *fp)
{
    if (!fpu_comparable(op1, op2, N, fp))
        return fpu_compare(op1, op2, signal_nans, N, fp);
    return fpu_equal(op1, op2, N) ? 0x6 : fpu_less(op1, op2, N) ? 0x8 : 0x2;
}

static inline bool FPCompareEQ(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return fpu_comparable(op1, op2, N, fp) ? fpu_equal(op1, op2, N) : fpu_compare_eq(op1, op2, N, fp);
}

static inline bool FPCompareGE(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return fpu_comparable(op1, op2, N, fp) ? !fpu_less(op1, op2, N) : fpu_compare_ge(op1, op2, N, fp);
}

static inline bool FPCompareGT(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return fpu_comparable(op1, op2, N, fp) ? fpu_less(op2, op1, N) : fpu_compare_gt(op1, op2, N, fp);
}

/* Of comparable operands that differ, one is the answer; of equal ones too, unless they are zeros. */
static inline bool fpu_min_max_plain(uint64_t op1, uint64_t op2, unsigned N, const struct fp_status *fp)
{
    return fpu_comparable(op1, op2, N, fp) && !(fpu_is_zero(op1, N) && fpu_is_zero(op2, N));
}

static inline uint64_t FPMax(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (fpu_min_max_plain(op1, op2, N, fp))
        return fpu_less(op2, op1, N) ? op1 : op2;
    return fpu_max(op1, op2, N, fp);
}

static inline uint64_t FPMin(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (fpu_min_max_plain(op1, op2, N, fp))
        return fpu_less(op1, op2, N) ? op1 : op2;
    return fpu_min(op1, op2, N, fp);
}

static inline uint64_t FPMaxNum(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (fpu_min_max_plain(op1, op2, N, fp))
        return fpu_less(op2, op1, N) ? op1 : op2;
    return fpu_max_num(op1, op2, N, fp);
}

static inline uint64_t FPMinNum(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    if (fpu_min_max_plain(op1, op2, N, fp))
        return fpu_less(op1, op2, N) ? op1 : op2;
    return fpu_min_num(op1, op2, N, fp);
}

static inline uint64_t FPConvert(uint64_t op, unsigned N, enum FPRounding rounding, unsigned M, struct fp_status *fp)
{
    if (N == 32 && M == 64 && fpu_s_exp(op) - 1 < 0xfe)
        return fpu_d_bits(fpu_s(op)); /* exact */
    if (N == 64 && M == 32 && rounding == FPRounding_TIEEVEN && fpu_d_exp(op) < 0x7ff) {
        float s = (float)fpu_d(op);

        if (fpu_s_safe(fpu_s_bits(s))) {
            if ((double)s != fpu_d(op))
                fp->fpsr |= FPSR_IXC;
            return fpu_s_bits(s);
        }
    }
    if (N == 16 && M != 16 && (op >> 10 & 0x1f) - 1 < 0x1e) /* exact */
        return M == 32 ? fpu_s_bits((float)fpu_h(op)) : fpu_d_bits(fpu_h(op));
    if (N == 32 && M == 16 && rounding == FPRounding_TIEEVEN) {
        uint64_t r;

        if (fpu_h_result((double)fpu_s(op), true, &r, fp))
            return r;
    }
    return fpu_convert(op, N, rounding, M, fp);
}

static inline uint64_t FPConvertSVE(uint64_t op, unsigned N, enum FPRounding rounding, unsigned M, struct fp_status *fp)
{
    uint32_t ahp = fp->fpcr & FPCR_AHP;
    uint64_t result;

    fp->fpcr &= ~(uint32_t)FPCR_AHP;
    result = FPConvert(op, N, rounding, M, fp);
    fp->fpcr |= ahp;
    return result;
}

static inline uint64_t FPToFixed(uint64_t op, unsigned N, unsigned fbits, bool is_unsigned, enum FPRounding rounding,
                                 unsigned M, struct fp_status *fp)
{
    if (N != 16 && M >= 32 && fbits == 0 && rounding == FPRounding_ZERO) {
        double d = N == 64 ? fpu_d(op) : (double)fpu_s(op);
        double limit = M == 32 ? 0x1p31 : 0x1p63;

        /* In range for a signed result whichever is asked for; a number of 1 or more is no denormal. */
        if (d >= 1 && d < limit) {
            int64_t i = (int64_t)d;

            if ((double)i != d)
                fp->fpsr |= FPSR_IXC;
            return (uint64_t)i;
        }
        if (!is_unsigned && d <= -1 && d > -limit) {
            int64_t i = (int64_t)d;

            if ((double)i != d)
                fp->fpsr |= FPSR_IXC;
            return M == 32 ? (uint32_t)i : (uint64_t)i;
        }
    }
    if (N != 16 && fbits == 0 && rounding == FPRounding_ZERO) {
        double d = fabs(N == 64 ? fpu_d(op) : (double)fpu_s(op));

        if (d < 1 && (d == 0 || d >= (N == 64 ? 0x1p-1022 : 0x1p-126))) {
            if (d != 0)
                fp->fpsr |= FPSR_IXC;
            return 0;
        }
    }
    return fpu_to_fixed(op, N, fbits, is_unsigned, rounding, M, fp);
}

static inline uint64_t FixedToFP(uint64_t op, unsigned M, unsigned fbits, bool is_unsigned, enum FPRounding rounding,
                                 unsigned N, struct fp_status *fp)
{
    if (N == 64 && fbits == 0) {
        int64_t i = M == 32 && !is_unsigned ? (int32_t)op : (int64_t)op;

        /* Exact up to 53 bits; an unsigned 64-bit number above them looks negative or too large here. */
        if ((M == 32 || M == 64) && i >= -((int64_t)1 << 53) && i <= (int64_t)1 << 53 && (!is_unsigned || i >= 0))
            return fpu_d_bits((double)i);
    }
    if (N == 32 && fbits == 0 && rounding == FPRounding_TIEEVEN) {
        int64_t i = M == 32 && !is_unsigned ? (int32_t)op : (int64_t)op;

        if ((M == 32 || M == 64) && i >= -((int64_t)1 << 53) && i <= (int64_t)1 << 53 && (!is_unsigned || i >= 0)) {
            float s = (float)i;

            if ((double)s != (double)i)
                fp->fpsr |= FPSR_IXC;
            return fpu_s_bits(s);
        }
    }
    return fpu_from_fixed(op, M, fbits, is_unsigned, rounding, N, fp);
}

#endif
