/* Reciprocal and square-root estimates, and SVE's accelerators: Arm ARM, shared/functions/float. */
#include "isa/fpu_real.h"

/* An estimate of 1/a. a = 256 to 511 as a fraction of 512 gives 256 to 511; increasedprecision: 2048 to 4095 gives 4096
 * to 8191. */
static unsigned RecipEstimate(unsigned a, bool increasedprecision)
{
    unsigned numerator = 1u << (increasedprecision ? 26 : 19);

    a = a * 2 + 1; /* the middle of the interval */
    return (numerator / a + 1) / 2;
}

/* An estimate of 1/sqrt(a): a = 128 to 511 gives 256 to 511; increasedprecision: 1024 to 4095 gives 4096 to 8191. */
static unsigned RecipSqrtEstimate(unsigned a, bool increasedprecision)
{
    unsigned below = increasedprecision ? 2048 : 256;
    uint64_t target = (uint64_t)1 << (increasedprecision ? 39 : 28);
    uint64_t low = increasedprecision ? 8192 : 512, high = 2 * low, middle;

    a = a < below ? a * 2 + 1 : (a | 1) * 2; /* the middle of the interval */
    /* The largest b for which a * b * b is below the target. */
    while (high - low > 1) {
        middle = (low + high) / 2;
        if (a * middle * middle < target)
            low = middle;
        else
            high = middle;
    }
    return (unsigned)(low + 1) / 2;
}

/* Assemble an estimate: bits is its leading one and fraction, at precision 8 or 12. */
static uint64_t pack_estimate(bool sign, int exp, unsigned bits, bool increasedprecision, unsigned N)
{
    unsigned F = fpu_frac_bits(N), precision = increasedprecision ? 12 : 8;
    uint64_t frac = (uint64_t)bits << (64 - precision); /* left-justified, the leading one dropped */

    if (exp <= 0) { /* denormal: 0 or -1 */
        frac = frac >> 1 | (uint64_t)1 << 63;
        frac >>= -exp;
        exp = 0;
    }
    return (uint64_t)sign << (N - 1) | (uint64_t)exp << F | frac >> (64 - F);
}

static int exponent_bias(unsigned N) { return N == 16 ? 15 : N == 32 ? 127 : 1023; }

/* The result of FPRecipEstimate for a number too small to have a finite reciprocal. */
static uint64_t recip_overflow(bool sign, unsigned N, struct fp_status *fp)
{
    enum FPRounding rounding = FPRoundingMode(fp);
    bool to_inf = rounding == FPRounding_TIEEVEN || rounding == (sign ? FPRounding_NEGINF : FPRounding_POSINF);

    fp->fpsr |= FPSR_OFC | FPSR_IXC;
    return to_inf ? FPInfinity(sign, N) : FPMaxNormal(sign, N);
}

uint64_t FPRecipEstimate(uint64_t op, unsigned N, struct fp_status *fp)
{
    bool increasedprecision = N == 32 && fp->rpres && fpu_ah(fp);
    int bias = exponent_bias(N);
    struct fp_status alt;
    struct fpval v;
    unsigned scaled;

    if (fpu_ah(fp)) {
        alt = fpu_alternate(fp);
        fp = &alt;
    }
    v = FPUnpack(op, N, fp);
    if (fpu_is_nan(v))
        return FPProcessNaN(v.type, op, N, fp);
    if (v.type == FPType_Infinity)
        return FPZero(v.sign, N);
    if (v.type == FPType_Zero) {
        fp->fpsr |= FPSR_DZC;
        return FPInfinity(v.sign, N);
    }
    if (v.exp < -bias - 1)
        return recip_overflow(v.sign, N, fp);
    if (v.exp >= bias - 1 && (fp->fpcr & (N == 16 ? FPCR_FZ16 : FPCR_FZ))) {
        fp->fpsr |= FPSR_UFC;
        return FPZero(v.sign, N);
    }
    scaled = (unsigned)(v.mant >> (increasedprecision ? 52 : 55));
    return pack_estimate(v.sign, bias - 1 - v.exp, RecipEstimate(scaled, increasedprecision), increasedprecision, N);
}

uint64_t FPRSqrtEstimate(uint64_t op, unsigned N, struct fp_status *fp)
{
    bool increasedprecision = N == 32 && fp->rpres && fpu_ah(fp);
    struct fp_status alt;
    struct fpval v;
    unsigned scaled;

    if (fpu_ah(fp)) {
        alt = fpu_alternate(fp);
        fp = &alt;
    }
    v = FPUnpack(op, N, fp);
    if (fpu_is_nan(v))
        return FPProcessNaN(v.type, op, N, fp);
    if (v.type == FPType_Zero) {
        fp->fpsr |= FPSR_DZC;
        return FPInfinity(v.sign, N);
    }
    if (v.sign) {
        fp->fpsr |= FPSR_IOC;
        return FPDefaultNaN(N, fp);
    }
    if (v.type == FPType_Infinity)
        return FPZero(false, N);
    /* Scaled to 0.25 <= x < 1 by an even power of two. */
    scaled = (unsigned)(v.mant >> (increasedprecision ? 52 : 55)) >> !(v.exp & 1);
    int exp = (v.exp & 1) ? (v.exp + 1) / 2 : v.exp / 2 + 1;
    return pack_estimate(false, exponent_bias(N) - exp, RecipSqrtEstimate(scaled, increasedprecision),
                         increasedprecision, N);
}

uint32_t UnsignedRecipEstimate(uint32_t op) { return op >> 31 ? RecipEstimate(op >> 23, false) << 23 : 0xffffffff; }

uint32_t UnsignedRSqrtEstimate(uint32_t op) { return op >> 30 ? RecipSqrtEstimate(op >> 23, false) << 23 : 0xffffffff; }

uint64_t FPRecpX(uint64_t op, unsigned N, struct fp_status *fp)
{
    unsigned F = fpu_frac_bits(N);
    uint64_t field = FPInfinity(false, N), exp = op & field, sign = op & fpu_sign_bit(N);
    struct fp_status alt;
    struct fpval v;

    if (fpu_ah(fp)) {
        alt = fpu_alternate(fp);
        fp = &alt;
    }
    v = FPUnpack(op, N, fp);
    if (fpu_is_nan(v))
        return FPProcessNaN(v.type, op, N, fp);
    return sign | (exp == 0 ? field - ((uint64_t)1 << F) : exp ^ field);
}

static const uint64_t trig_16[16] = { 0x3c00, 0xb155, 0x2030, [8] = 0x3c00, 0xb800, 0x293a };
static const uint64_t trig_32[16] = {
    0x3f800000,       0xbe2aaaab, 0x3c088886, 0xb95008b9, 0x36369d6d,
    [8] = 0x3f800000, 0xbf000000, 0x3d2aaaa6, 0xbab60705, 0x37cd37cc,
};
static const uint64_t trig_64[16] = {
    0x3ff0000000000000, 0xbfc5555555555543, 0x3f8111111110f30c, 0xbf2a01a019b92fc6,
    0x3ec71de351f3d22b, 0xbe5ae5e2b60f7b91, 0x3de5d8408868552f, 0,
    0x3ff0000000000000, 0xbfe0000000000000, 0x3fa5555555555536, 0xbf56c16c16c13a0b,
    0x3efa01a019b1e8d8, 0xbe927e4f7282f468, 0x3e21ee96d2641b13, 0xbda8f76380fbb401,
};

uint64_t FPTrigMAdd(unsigned x, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    const uint64_t *coefficients = N == 16 ? trig_16 : N == 32 ? trig_32 : trig_64;

    x += op2 & fpu_sign_bit(N) ? 8 : 0; /* the sign chooses between sine and cosine */
    return FPMulAdd(coefficients[x], op1, FPAbs(op2, N, fp), N, fp);
}

uint64_t FPTrigSMul(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    uint64_t result = FPMul(op1, op1, N, fp);

    if (fpu_is_nan(fpu_unpack_raw(result, N, false)))
        return result;
    return (result & ~fpu_sign_bit(N)) | (op2 & 1) << (N - 1);
}

uint64_t FPTrigSSel(uint64_t op1, uint64_t op2, unsigned N, const struct fp_status *fp)
{
    if (op2 & 1)
        return FPOne(op2 >> 1 & 1, N);
    return op2 & 2 ? FPNeg(op1, N, fp) : op1;
}

/* The fraction of 2^(i / 64) to 52 bits. The shorter tables of the manual are this one, rounded. */
static const uint64_t exp_fraction[64] = {
    0x0000000000000, 0x02c9a3e778061, 0x059b0d3158574, 0x0874518759bc8, 0x0b5586cf9890f, 0x0e3ec32d3d1a2,
    0x11301d0125b51, 0x1429aaea92de0, 0x172b83c7d517b, 0x1a35beb6fcb75, 0x1d4873168b9aa, 0x2063b88628cd6,
    0x2387a6e756238, 0x26b4565e27cdd, 0x29e9df51fdee1, 0x2d285a6e4030b, 0x306fe0a31b715, 0x33c08b26416ff,
    0x371a7373aa9cb, 0x3a7db34e59ff7, 0x3dea64c123422, 0x4160a21f72e2a, 0x44e086061892d, 0x486a2b5c13cd0,
    0x4bfdad5362a27, 0x4f9b2769d2ca7, 0x5342b569d4f82, 0x56f4736b527da, 0x5ab07dd485429, 0x5e76f15ad2148,
    0x6247eb03a5585, 0x6623882552225, 0x6a09e667f3bcd, 0x6dfb23c651a2f, 0x71f75e8ec5f74, 0x75feb564267c9,
    0x7a11473eb0187, 0x7e2f336cf4e62, 0x82589994cce13, 0x868d99b4492ed, 0x8ace5422aa0db, 0x8f1ae99157736,
    0x93737b0cdc5e5, 0x97d829fde4e50, 0x9c49182a3f090, 0xa0c667b5de565, 0xa5503b23e255d, 0xa9e6b5579fdbf,
    0xae89f995ad3ad, 0xb33a2b84f15fb, 0xb7f76f2fb5e47, 0xbcc1e904bc1d2, 0xc199bdd85529c, 0xc67f12e57d14b,
    0xcb720dcef9069, 0xd072d4a07897c, 0xd5818dcfba487, 0xda9e603db3285, 0xdfc97337b9b5f, 0xe502ee78b3ff6,
    0xea4afa2a490da, 0xefa1bee615a27, 0xf50765b6e4540, 0xfa7c1819e90d8,
};

uint64_t FPExpA(uint64_t op, unsigned N)
{
    unsigned F = fpu_frac_bits(N), drop = 52 - F;
    unsigned index_bits = N == 16 ? 5 : 6;
    unsigned index = (unsigned)(op & ((1u << index_bits) - 1)) << (6 - index_bits);
    uint64_t exp_mask = FPInfinity(false, N);
    uint64_t half = drop ? (uint64_t)1 << (drop - 1) : 0;

    return (op >> index_bits << F & exp_mask) | (exp_fraction[index] + half) >> drop;
}

uint64_t FPLogB(uint64_t op, unsigned N, struct fp_status *fp)
{
    struct fpval v = FPUnpack(op, N, fp);
    uint64_t mask = fpu_sign_bit(N) * 2 - 1;

    if (fpu_is_nan(v) || v.type == FPType_Zero) {
        fp->fpsr |= FPSR_IOC;
        return fpu_sign_bit(N);
    }
    if (v.type == FPType_Infinity)
        return fpu_sign_bit(N) - 1;
    FPProcessDenorms(v, v, N, fp);
    return (uint64_t)(int64_t)v.exp & mask;
}

uint64_t FPScale(uint64_t op, int64_t scale, unsigned N, struct fp_status *fp)
{
    struct fpval v = FPUnpack(op, N, fp);
    struct fpreal r = fpu_real(v);
    uint64_t result;

    if (fpu_is_nan(v))
        return FPProcessNaN(v.type, op, N, fp);
    if (v.type == FPType_Zero)
        return FPZero(v.sign, N);
    if (v.type == FPType_Infinity)
        return FPInfinity(v.sign, N);
    /* 5000 takes the smallest double past the largest, and the reverse: more cannot change the result. */
    r.exp += scale > 5000 ? 5000 : scale < -5000 ? -5000 : (int)scale;
    result = fpu_round(r, FPRoundingMode(fp), N, fp);
    FPProcessDenorms(v, v, N, fp);
    return result;
}
