/* Conversions and rounding to integral values: Arm ARM, shared/functions/float. */
#include "isa/fpu_real.h"

uint64_t fpu_convert(uint64_t op, unsigned N, enum FPRounding rounding, unsigned M, struct fp_status *fp)
{
    bool ahp = fp->fpcr & FPCR_AHP, alt_hp = M == 16 && ahp;
    struct fp_status cv = fp_quiet(fp);
    struct fpval v;
    uint64_t result;

    cv.fpcr &= ~(uint32_t)FPCR_FZ16; /* conversions do not flush half precision */
    v = N == 16 ? fpu_unpack_raw(op, 16, ahp) : FPUnpack(op, N, &cv);
    if (fpu_is_nan(v)) {
        if (alt_hp)
            result = FPZero(v.sign, M);
        else if (cv.fpcr & FPCR_DN)
            result = FPDefaultNaN(M, &cv);
        else
            result = FPConvertNaN(op, N, M);
        if (v.type == FPType_SNaN || alt_hp)
            cv.fpsr |= FPSR_IOC;
    } else if (v.type == FPType_Infinity) {
        result = FPInfinity(v.sign, M);
        if (alt_hp) {
            result = (uint64_t)v.sign << 15 | 0x7fff;
            cv.fpsr |= FPSR_IOC;
        }
    } else if (v.type == FPType_Zero) {
        result = FPZero(v.sign, M);
    } else {
        result = fpu_round(fpu_real(v), rounding, alt_hp ? FPU_ALT_HALF : M, &cv);
        FPProcessDenorms(v, v, N, &cv);
    }
    fp->fpsr |= cv.fpsr;
    return result;
}

/* v * 2^fbits rounded to an integer: its magnitude, saturated well beyond 64 bits' reach. */
struct integer {
    u128 magnitude;
    bool inexact;
};

static struct integer round_to_integer(struct fpval v, unsigned fbits, enum FPRounding rounding)
{
    int shift = 63 - v.exp - (int)fbits; /* bits of mant below the point */
    struct fpu_rounded r;

    if (v.mant == 0)
        return (struct integer){ 0, false };
    if (shift <= 0)
        return (struct integer){ (u128)v.mant << (shift < -2 ? 2 : -shift), false };
    if (shift > 64) /* less than a half: all that counts is "not zero" */
        r = fpu_round_shift(1, 128, v.sign, rounding);
    else
        r = fpu_round_shift((u128)v.mant << 64, (unsigned)shift + 64, v.sign, rounding);
    return (struct integer){ r.mant, r.inexact };
}

uint64_t fpu_to_fixed(uint64_t op, unsigned N, unsigned fbits, bool is_unsigned, enum FPRounding rounding, unsigned M,
                      struct fp_status *fp)
{
    struct fpval v = FPUnpack(op, N, fp);
    struct integer i = round_to_integer(v, fbits, rounding);
    uint64_t mask = M == 64 ? ~(uint64_t)0 : ((uint64_t)1 << M) - 1;
    u128 limit = is_unsigned ? (v.sign ? 0 : mask) : (mask >> 1) + v.sign;

    if (fpu_is_nan(v)) {
        fp->fpsr |= FPSR_IOC;
        return 0;
    }
    if (v.type == FPType_Infinity || i.magnitude > limit) {
        fp->fpsr |= FPSR_IOC;
        i.magnitude = limit;
    } else if (i.inexact) {
        fp->fpsr |= FPSR_IXC;
    }
    return (v.sign ? 0 - (uint64_t)i.magnitude : (uint64_t)i.magnitude) & mask;
}

uint64_t fpu_from_fixed(uint64_t op, unsigned M, unsigned fbits, bool is_unsigned, enum FPRounding rounding, unsigned N,
                        struct fp_status *fp)
{
    bool sign = !is_unsigned && (op >> (M - 1) & 1);
    uint64_t mask = M == 64 ? ~(uint64_t)0 : ((uint64_t)1 << M) - 1;
    uint64_t magnitude = (sign ? 0 - op : op) & mask;

    if (magnitude == 0)
        return FPZero(false, N);
    return fpu_round((struct fpreal){ sign, 127 - (int)fbits, magnitude }, rounding, N, fp);
}

uint32_t FPToFixedJS(uint64_t op, bool *z, struct fp_status *fp)
{
    struct fpval v = FPUnpack(op, 64, fp);
    struct integer i = round_to_integer(v, 0, FPRounding_ZERO);
    uint32_t result;

    *z = false;
    if (fpu_is_nan(v) || v.type == FPType_Infinity) {
        fp->fpsr |= FPSR_IOC;
        return 0;
    }
    if (i.magnitude > 0x7fffffff + (u128)v.sign)
        fp->fpsr |= FPSR_IOC;
    else if (i.inexact)
        fp->fpsr |= FPSR_IXC;
    else
        *z = op != (uint64_t)1 << 63 && !(v.type == FPType_Zero && op << 1); /* not -0, nothing flushed */
    /* Modulo 2^32, of a magnitude that may be far beyond 64 bits. */
    result = v.exp >= 63 ? (v.exp - 63 >= 32 ? 0 : (uint32_t)v.mant << (v.exp - 63)) : (uint32_t)i.magnitude;
    return v.sign ? 0 - result : result;
}

uint64_t FPRoundInt(uint64_t op, unsigned N, enum FPRounding rounding, bool exact, struct fp_status *fp)
{
    struct fpval v = FPUnpack(op, N, fp);
    struct integer i;

    if (fpu_is_nan(v))
        return FPProcessNaN(v.type, op, N, fp);
    if (v.type == FPType_Infinity)
        return FPInfinity(v.sign, N);
    if (v.type == FPType_Zero)
        return FPZero(v.sign, N);
    if (v.exp >= (int)fpu_frac_bits(N))
        return op;
    i = round_to_integer(v, 0, rounding);
    if (i.inexact && exact)
        fp->fpsr |= FPSR_IXC;
    if (i.magnitude == 0)
        return FPZero(v.sign, N);
    return fpu_round((struct fpreal){ v.sign, 127, i.magnitude }, FPRounding_ZERO, N, fp);
}

uint64_t FPRoundIntN(uint64_t op, unsigned N, enum FPRounding rounding, unsigned intsize, struct fp_status *fp)
{
    struct fpval v = FPUnpack(op, N, fp);
    struct integer i = round_to_integer(v, 0, rounding);
    u128 limit = ((u128)1 << (intsize - 1)) - !v.sign;
    struct fpreal lowest = { true, 127, (u128)1 << (intsize - 1) };

    if (fpu_is_nan(v) || v.type == FPType_Infinity || i.magnitude > limit) {
        fp->fpsr |= FPSR_IOC;
        return fpu_round(lowest, FPRounding_ZERO, N, fp);
    }
    if (i.inexact)
        fp->fpsr |= FPSR_IXC;
    if (i.magnitude == 0)
        return FPZero(v.sign, N);
    return fpu_round((struct fpreal){ v.sign, 127, i.magnitude }, FPRounding_ZERO, N, fp);
}
