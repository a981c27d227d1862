/* Unpacking, rounding and NaNs: Arm ARM, shared/functions/float (FPUnpack, FPRound, FPProcessNaNs and kin). */
#include "isa/fpu_real.h"

static uint64_t fpu_pack(bool sign, uint64_t biased_exp, uint64_t frac, unsigned N)
{
    return (uint64_t)sign << (N - 1) | biased_exp << fpu_frac_bits(N) | frac;
}

static uint64_t fpu_max_biased(unsigned N) { return ((uint64_t)1 << (N - 1 - fpu_frac_bits(N))) - 1; }

uint64_t FPZero(bool sign, unsigned N) { return fpu_pack(sign, 0, 0, N); }

uint64_t FPOne(bool sign, unsigned N) { return fpu_pack(sign, fpu_max_biased(N) >> 1, 0, N); }

uint64_t FPTwo(bool sign, unsigned N) { return fpu_pack(sign, (fpu_max_biased(N) >> 1) + 1, 0, N); }

uint64_t FPThree(bool sign, unsigned N)
{
    return fpu_pack(sign, (fpu_max_biased(N) >> 1) + 1, (uint64_t)1 << (fpu_frac_bits(N) - 1), N);
}

uint64_t FPPointFive(bool sign, unsigned N) { return fpu_pack(sign, (fpu_max_biased(N) >> 1) - 1, 0, N); }

uint64_t FPOnePointFive(bool sign, unsigned N)
{
    return fpu_pack(sign, fpu_max_biased(N) >> 1, (uint64_t)1 << (fpu_frac_bits(N) - 1), N);
}

uint64_t FPInfinity(bool sign, unsigned N) { return fpu_pack(sign, fpu_max_biased(N), 0, N); }

uint64_t FPMaxNormal(bool sign, unsigned N)
{
    return fpu_pack(sign, fpu_max_biased(N) - 1, ((uint64_t)1 << fpu_frac_bits(N)) - 1, N);
}

uint64_t FPDefaultNaN(unsigned N, const struct fp_status *fp)
{
    return fpu_pack(fpu_ah(fp), fpu_max_biased(N), (uint64_t)1 << (fpu_frac_bits(N) - 1), N);
}

static bool is_nan_bits(uint64_t op, unsigned N) { return (op & (fpu_sign_bit(N) - 1)) > FPInfinity(false, N); }

uint64_t FPNeg(uint64_t op, unsigned N, const struct fp_status *fp)
{
    return fpu_ah(fp) && is_nan_bits(op, N) ? op : op ^ fpu_sign_bit(N);
}

uint64_t FPAbs(uint64_t op, unsigned N, const struct fp_status *fp)
{
    return fpu_ah(fp) && is_nan_bits(op, N) ? op : op & ~fpu_sign_bit(N);
}

struct fpval fpu_unpack_raw(uint64_t op, unsigned N, bool alt_half)
{
    unsigned F = fpu_frac_bits(N);
    int max_biased = (int)fpu_max_biased(N), bias = max_biased >> 1;
    int biased = (int)(op >> F) & max_biased;
    uint64_t frac = op << (64 - F); /* left-justified below the hidden bit */
    struct fpval v = { .sign = op >> (N - 1) & 1 };

    if (biased == 0) {
        if (frac == 0)
            return v;
        int lead = __builtin_clzll(frac);
        v.type = FPType_Denormal;
        v.exp = -bias - lead;
        v.mant = frac << lead;
    } else if (biased == max_biased && !alt_half) {
        v.type = frac == 0 ? FPType_Infinity : frac >> 63 ? FPType_QNaN : FPType_SNaN;
    } else {
        v.type = FPType_Nonzero;
        v.exp = biased - bias;
        v.mant = frac >> 1 | (uint64_t)1 << 63;
    }
    return v;
}

/* Flushing of inputs for single, double and BFloat16. FPCR.FZ says so only with AH = 0, and then raises Input Denormal;
 * FPCR.FIZ does it silently. */
static struct fpval flush_input(struct fpval v, struct fp_status *fp)
{
    bool fz = (fp->fpcr & (FPCR_FZ | FPCR_AH)) == FPCR_FZ;

    if (v.type != FPType_Denormal || !(fz || (fp->fpcr & FPCR_FIZ)))
        return v;
    if (fz)
        fp->fpsr |= FPSR_IDC;
    return (struct fpval){ .type = FPType_Zero, .sign = v.sign };
}

struct fpval FPUnpack(uint64_t op, unsigned N, struct fp_status *fp)
{
    struct fpval v = fpu_unpack_raw(op, N, false);

    if (N != 16)
        return flush_input(v, fp);
    if (v.type == FPType_Denormal && (fp->fpcr & FPCR_FZ16))
        return (struct fpval){ .type = FPType_Zero, .sign = v.sign };
    return v;
}

struct fpval fpu_unpack_bf16(uint64_t op, struct fp_status *fp) { return FPUnpack(op << 16, 32, fp); }

/* The shape of a result format: fraction bits, smallest normal exponent, width of the exponent field. */
struct format {
    unsigned width, F, E;
    int minimum_exp;
    bool half; /* flushed by FZ16, not FZ */
};

static struct format format_of(unsigned N)
{
    switch (N) {
    case FPU_BF16: return (struct format){ 16, 7, 8, -126, false };
    case FPU_ALT_HALF:
    case 16: return (struct format){ 16, 10, 5, -14, true };
    case 32: return (struct format){ 32, 23, 8, -126, false };
    default: return (struct format){ 64, 52, 11, -1022, false };
    }
}

struct fpu_rounded fpu_round_shift(u128 mant, unsigned shift, bool sign, enum FPRounding rounding)
{
    u128 half = (u128)1 << 127, rem;
    struct fpu_rounded r;
    bool up = false;

    /* The remainder, left-justified: its top bit is worth one half. */
    r.mant = shift >= 128 ? 0 : (uint64_t)(mant >> shift);
    rem = shift >= 128 ? mant : mant << (128 - shift);
    r.inexact = rem != 0;
    switch (rounding) {
    case FPRounding_TIEEVEN: up = rem > half || (rem == half && (r.mant & 1)); break;
    case FPRounding_TIEAWAY: up = rem >= half; break;
    case FPRounding_POSINF: up = r.inexact && !sign; break;
    case FPRounding_NEGINF: up = r.inexact && sign; break;
    case FPRounding_ZERO: break;
    case FPRounding_ODD: r.mant |= r.inexact; break;
    }
    r.mant += up;
    return r;
}

static bool overflow_to_inf(enum FPRounding rounding, bool sign)
{
    switch (rounding) {
    case FPRounding_POSINF: return !sign;
    case FPRounding_NEGINF: return sign;
    case FPRounding_ZERO:
    case FPRounding_ODD: return false;
    default: return true;
    }
}

static uint64_t overflowed(struct format f, unsigned N, bool sign, enum FPRounding rounding, struct fp_status *fp)
{
    uint64_t s = (uint64_t)sign << (f.width - 1), infinity = (((uint64_t)1 << f.E) - 1) << f.F;

    if (N == FPU_ALT_HALF) {
        fp->fpsr |= FPSR_IOC;
        return s | 0x7fff;
    }
    fp->fpsr |= FPSR_OFC | FPSR_IXC;
    return s | (infinity - !overflow_to_inf(rounding, sign));
}

/* Below the normal range: denormals are seen before rounding, or with FPCR.AH = 1 after rounding with an unbounded
 * exponent. True: the result is flushed to zero. */
static bool underflowed(struct format f, struct fpreal r, enum FPRounding rounding, bool inexact, struct fp_status *fp)
{
    bool fz = fp->fpcr & (f.half ? FPCR_FZ16 : FPCR_FZ);

    if (fpu_ah(fp)) {
        if (r.exp == f.minimum_exp - 1 && fpu_round_shift(r.mant, 127 - f.F, r.sign, rounding).mant >> (f.F + 1))
            return false;
        if (fz)
            fp->fpsr |= FPSR_IXC;
    }
    if (fz || inexact)
        fp->fpsr |= FPSR_UFC;
    return fz;
}

uint64_t fpu_round(struct fpreal r, enum FPRounding rounding, unsigned N, struct fp_status *fp)
{
    struct format f = format_of(N);
    unsigned lead = r.mant >> 64 ? (unsigned)__builtin_clzll((uint64_t)(r.mant >> 64))
                                 : 64 + (unsigned)__builtin_clzll((uint64_t)r.mant);
    unsigned shift = 127 - f.F;
    uint64_t sign = (uint64_t)r.sign << (f.width - 1);
    int biased;
    struct fpu_rounded q;

    r.mant <<= lead;
    r.exp -= (int)lead;
    biased = r.exp - f.minimum_exp + 1;
    if (biased > 0) {
        q = fpu_round_shift(r.mant, shift, r.sign, rounding);
    } else {
        /* Denormal. Far below the smallest one only "not zero" counts. */
        int extra = 1 - biased;
        u128 mant = extra > (int)f.F + 1 ? 1 : r.mant;

        q = fpu_round_shift(mant, extra > (int)f.F + 1 ? 128 : shift + (unsigned)extra, r.sign, rounding);
        biased = 0;
        if (underflowed(f, r, rounding, q.inexact, fp))
            return sign;
        if (q.mant >> f.F)
            biased = 1;
    }
    if (q.mant >> (f.F + 1)) {
        q.mant >>= 1;
        biased++;
    }
    if (biased >= (1 << f.E) - (N != FPU_ALT_HALF))
        return overflowed(f, N, r.sign, rounding, fp);
    if (q.inexact)
        fp->fpsr |= FPSR_IXC;
    return sign | (uint64_t)biased << f.F | (q.mant & (((uint64_t)1 << f.F) - 1));
}

uint64_t fpu_round_sum(struct fpreal r, enum FPRounding rounding, unsigned N, struct fp_status *fp)
{
    if (r.mant == 0)
        return (uint64_t)(rounding == FPRounding_NEGINF) << (format_of(N).width - 1);
    return fpu_round(r, rounding, N, fp);
}

struct fpreal fpu_real(struct fpval v) { return (struct fpreal){ v.sign, v.exp, (u128)v.mant << 64 }; }

struct fpreal fpu_real_mul(struct fpval a, struct fpval b)
{
    return (struct fpreal){ a.sign ^ b.sign, a.exp + b.exp + 1, (u128)a.mant * b.mant };
}

struct fpreal fpu_real_add(struct fpreal a, struct fpreal b)
{
    if (a.mant == 0)
        return b;
    if (b.mant == 0)
        return a;
    /* Two spare bits on top: one for the carry, one because a product may have its top bit clear. Operands have at most
     * 106 significant bits, so nothing falls off at the bottom. */
    a.mant >>= 2;
    b.mant >>= 2;
    a.exp += 2;
    b.exp += 2;
    if (a.exp < b.exp) {
        struct fpreal t = a;
        a = b;
        b = t;
    }
    b.mant = fpu_jam_right(b.mant, (unsigned)(a.exp - b.exp));
    if (a.sign == b.sign) {
        a.mant += b.mant;
    } else if (a.mant >= b.mant) {
        a.mant -= b.mant;
    } else {
        a.mant = b.mant - a.mant;
        a.sign = b.sign;
    }
    return a;
}

uint64_t FPProcessNaN(enum FPType type, uint64_t op, unsigned N, struct fp_status *fp)
{
    if (type == FPType_SNaN) {
        fp->fpsr |= FPSR_IOC;
        op |= (uint64_t)1 << (fpu_frac_bits(N) - 1);
    }
    return fp->fpcr & FPCR_DN ? FPDefaultNaN(N, fp) : op;
}

bool FPProcessNaNs(struct fpval v1, struct fpval v2, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp,
                   uint64_t *result)
{
    if (!fpu_is_nan(v1) && !fpu_is_nan(v2))
        return false;

    bool any_snan = v1.type == FPType_SNaN || v2.type == FPType_SNaN, first;
    if (fpu_ah(fp))
        first = fpu_is_nan(v1);
    else
        first = any_snan ? v1.type == FPType_SNaN : v1.type == FPType_QNaN;
    *result = FPProcessNaN(any_snan ? FPType_SNaN : FPType_QNaN, first ? op1 : op2, N, fp);
    return true;
}

int fpu_choose_nan3(struct fpval a, struct fpval v1, struct fpval v2, const struct fp_status *fp, enum FPType *type)
{
    const enum FPType types[3] = { a.type, v1.type, v2.type };
    bool any_snan = a.type == FPType_SNaN || v1.type == FPType_SNaN || v2.type == FPType_SNaN;

    *type = any_snan ? FPType_SNaN : FPType_QNaN;
    if (fpu_ah(fp)) /* the factors before the addend, whatever their kind */
        return fpu_is_nan(v1) ? 1 : fpu_is_nan(v2) ? 2 : fpu_is_nan(a) ? 0 : -1;
    for (int i = 0; i < 3; i++)
        if (types[i] == *type)
            return i;
    return -1;
}

uint64_t FPConvertNaN(uint64_t op, unsigned N, unsigned M)
{
    uint64_t frac = op << (64 - fpu_frac_bits(N)) | (uint64_t)1 << 63;

    return fpu_pack(op >> (N - 1) & 1, fpu_max_biased(M), frac >> (64 - fpu_frac_bits(M)), M);
}

void FPProcessDenorms(struct fpval v1, struct fpval v2, unsigned N, struct fp_status *fp)
{
    if (fpu_ah(fp) && N != 16 && (v1.type == FPType_Denormal || v2.type == FPType_Denormal))
        fp->fpsr |= FPSR_IDC;
}
