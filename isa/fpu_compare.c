/* Comparison, maximum and minimum: Arm ARM, shared/functions/float. */
#include "isa/fpu_real.h"

/* -1, 0 or 1 as v1 is less than, equal to or greater than v2; neither is a NaN. */
static int order(struct fpval v1, struct fpval v2)
{
    bool zero1 = v1.type == FPType_Zero, zero2 = v2.type == FPType_Zero;
    int magnitude;

    if (zero1 && zero2)
        return 0;
    if (zero1 || zero2)
        return (zero1 ? !v2.sign : v1.sign) ? -1 : 1;
    if (v1.sign != v2.sign)
        return v1.sign ? -1 : 1;
    if (v1.type == FPType_Infinity || v2.type == FPType_Infinity)
        magnitude = (v1.type == FPType_Infinity) - (v2.type == FPType_Infinity);
    else if (v1.exp != v2.exp)
        magnitude = v1.exp < v2.exp ? -1 : 1;
    else
        magnitude = (v1.mant > v2.mant) - (v1.mant < v2.mant);
    return v1.sign ? -magnitude : magnitude;
}

enum { UNORDERED = 2 };

/* The order of the operands, or UNORDERED; flags are raised. */
static int compare(uint64_t op1, uint64_t op2, bool signal_nans, unsigned N, struct fp_status *fp)
{
    struct fpval v1 = FPUnpack(op1, N, fp), v2 = FPUnpack(op2, N, fp);

    if (fpu_is_nan(v1) || fpu_is_nan(v2)) {
        if (signal_nans || v1.type == FPType_SNaN || v2.type == FPType_SNaN)
            fp->fpsr |= FPSR_IOC;
        return UNORDERED;
    }
    FPProcessDenorms(v1, v2, N, fp);
    return order(v1, v2);
}

unsigned fpu_compare(uint64_t op1, uint64_t op2, bool signal_nans, unsigned N, struct fp_status *fp)
{
    switch (compare(op1, op2, signal_nans, N, fp)) {
    case -1: return 0x8;
    case 0: return 0x6;
    case 1: return 0x2;
    default: return 0x3;
    }
}

bool fpu_compare_eq(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return compare(op1, op2, false, N, fp) == 0;
}

bool fpu_compare_ge(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    int c = compare(op1, op2, true, N, fp);

    return c == 0 || c == 1;
}

bool fpu_compare_gt(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return compare(op1, op2, true, N, fp) == 1;
}

bool FPCompareNE(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return compare(op1, op2, false, N, fp) != 0;
}

bool FPCompareUN(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return compare(op1, op2, false, N, fp) == UNORDERED;
}

uint64_t fpu_min_max(uint64_t op1, uint64_t op2, bool max, unsigned N, struct fp_status *fp, bool altfp)
{
    unsigned width = N == FPU_BF16 ? 32 : N, shift = N == FPU_BF16 ? 16 : 0;
    struct fpval v1 = FPUnpack(op1 << shift, width, fp), v2 = FPUnpack(op2 << shift, width, fp);
    enum FPRounding rounding = FPRoundingMode(fp);
    bool nan = fpu_is_nan(v1) || fpu_is_nan(v2);
    struct fp_status unflushed;
    struct fpval chosen;
    uint64_t result;

    if (altfp && v1.type == FPType_Zero && v2.type == FPType_Zero && v1.sign != v2.sign)
        return FPZero(v2.sign, width) >> shift;
    if (altfp && nan) {
        fp->fpsr |= FPSR_IOC;
        return v2.type == FPType_Zero ? FPZero(v2.sign, width) >> shift : op2;
    }
    if (FPProcessNaNs(v1, v2, op1 << shift, op2 << shift, width, fp, &result))
        return result >> shift;
    chosen = order(v1, v2) == (max ? 1 : -1) ? v1 : v2;
    if (chosen.type == FPType_Infinity) {
        result = FPInfinity(chosen.sign, width) >> shift;
    } else if (chosen.type == FPType_Zero) {
        /* Of two zeros the maximum is positive if either is, the minimum negative if either is. */
        result = FPZero(max ? v1.sign & v2.sign : v1.sign | v2.sign, width) >> shift;
    } else {
        unflushed = *fp;
        if (altfp)
            unflushed.fpcr &= ~(uint32_t)(FPCR_FZ | FPCR_FZ16);
        result = fpu_round(fpu_real(chosen), rounding, N, &unflushed);
        fp->fpsr |= unflushed.fpsr;
    }
    FPProcessDenorms(v1, v2, width, fp);
    return result;
}

uint64_t fpu_min_max_num(uint64_t op1, uint64_t op2, bool max, unsigned N, struct fp_status *fp)
{
    unsigned width = N == FPU_BF16 ? 32 : N, shift = N == FPU_BF16 ? 16 : 0;
    struct fpval v1 = FPUnpack(op1 << shift, width, fp), v2 = FPUnpack(op2 << shift, width, fp);

    /* One quiet NaN yields to the number beside it. With FPCR.AH = 1 two NaNs of any kind are both kept. */
    if (!(fpu_ah(fp) && fpu_is_nan(v1) && fpu_is_nan(v2))) {
        if (v1.type == FPType_QNaN && v2.type != FPType_QNaN)
            op1 = FPInfinity(max, width) >> shift;
        else if (v1.type != FPType_QNaN && v2.type == FPType_QNaN)
            op2 = FPInfinity(max, width) >> shift;
    }
    return fpu_min_max(op1, op2, max, N, fp, false);
}

uint64_t FPMaxAlt(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp, bool altfp)
{
    return fpu_min_max(op1, op2, true, N, fp, altfp);
}

uint64_t FPMinAlt(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp, bool altfp)
{
    return fpu_min_max(op1, op2, false, N, fp, altfp);
}

uint64_t fpu_max(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return fpu_min_max(op1, op2, true, N, fp, fpu_ah(fp));
}

uint64_t fpu_min(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return fpu_min_max(op1, op2, false, N, fp, fpu_ah(fp));
}

uint64_t fpu_max_num(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return fpu_min_max_num(op1, op2, true, N, fp);
}

uint64_t fpu_min_num(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return fpu_min_max_num(op1, op2, false, N, fp);
}
