/* BFloat16: Arm ARM, shared/functions/float (BFAdd and kin, FPConvertBF, BFDotAdd). A BFloat16 number is the upper half
 * of a single, so operands are unpacked as singles and NaNs processed as singles. */
#include "isa/fpu_real.h"

uint64_t FPConvertBF(uint64_t op, enum FPRounding rounding, struct fp_status *fp)
{
    struct fp_status alt;
    struct fpval v;

    if (fpu_ah(fp)) {
        alt = fpu_alternate(fp);
        fp = &alt;
        rounding = FPRounding_TIEEVEN;
    }
    v = FPUnpack(op, 32, fp);
    if (fpu_is_nan(v)) {
        if (v.type == FPType_SNaN)
            fp->fpsr |= FPSR_IOC;
        return (fp->fpcr & FPCR_DN ? FPDefaultNaN(32, fp) : FPConvertNaN(op, 32, 32)) >> 16;
    }
    if (v.type == FPType_Infinity)
        return FPInfinity(v.sign, 32) >> 16;
    if (v.type == FPType_Zero)
        return FPZero(v.sign, 32) >> 16;
    return fpu_round(fpu_real(v), rounding, FPU_BF16, fp);
}

uint64_t BFNeg(uint64_t op, const struct fp_status *fp) { return FPNeg(op << 16, 32, fp) >> 16; }

static uint64_t invalid_operation(struct fp_status *fp)
{
    fp->fpsr |= FPSR_IOC;
    return FPDefaultNaN(32, fp) >> 16;
}

static uint64_t add_or_sub(uint64_t op1, uint64_t op2, bool negate, struct fp_status *fp)
{
    struct fpval v1 = fpu_unpack_bf16(op1, fp), v2 = fpu_unpack_bf16(op2, fp);
    uint64_t result;

    if (FPProcessNaNs(v1, v2, op1 << 16, op2 << 16, 32, fp, &result))
        return result >> 16;
    v2.sign ^= negate;
    if (v1.type == FPType_Infinity || v2.type == FPType_Infinity) {
        if (v1.type == v2.type && v1.sign != v2.sign)
            return invalid_operation(fp);
        result = FPInfinity(v1.type == FPType_Infinity ? v1.sign : v2.sign, 32) >> 16;
    } else if (v1.type == FPType_Zero && v2.type == FPType_Zero && v1.sign == v2.sign) {
        result = FPZero(v1.sign, 32) >> 16;
    } else {
        result = fpu_round_sum(fpu_real_add(fpu_real(v1), fpu_real(v2)), FPRoundingMode(fp), FPU_BF16, fp);
    }
    FPProcessDenorms(v1, v2, 32, fp);
    return result;
}

uint64_t BFAdd(uint64_t op1, uint64_t op2, struct fp_status *fp) { return add_or_sub(op1, op2, false, fp); }

uint64_t BFSub(uint64_t op1, uint64_t op2, struct fp_status *fp) { return add_or_sub(op1, op2, true, fp); }

uint64_t BFMul(uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    struct fpval v1 = fpu_unpack_bf16(op1, fp), v2 = fpu_unpack_bf16(op2, fp);
    bool zero = v1.type == FPType_Zero || v2.type == FPType_Zero;
    bool sign = v1.sign ^ v2.sign;
    uint64_t result;

    if (FPProcessNaNs(v1, v2, op1 << 16, op2 << 16, 32, fp, &result))
        return result >> 16;
    if (v1.type == FPType_Infinity || v2.type == FPType_Infinity) {
        if (zero)
            return invalid_operation(fp);
        result = FPInfinity(sign, 32) >> 16;
    } else if (zero) {
        result = FPZero(sign, 32) >> 16;
    } else {
        result = fpu_round(fpu_real_mul(v1, v2), FPRoundingMode(fp), FPU_BF16, fp);
    }
    FPProcessDenorms(v1, v2, 32, fp);
    return result;
}

uint64_t BFMulAdd(uint64_t addend, uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    struct fpval a = fpu_unpack_bf16(addend, fp), v1 = fpu_unpack_bf16(op1, fp), v2 = fpu_unpack_bf16(op2, fp);
    const uint64_t ops[3] = { addend, op1, op2 };
    enum FPType type;
    int nan = fpu_choose_nan3(a, v1, v2, fp, &type);
    uint64_t result;

    if (nan >= 0) {
        bool invalid = (v1.type == FPType_Infinity && v2.type == FPType_Zero) ||
                       (v1.type == FPType_Zero && v2.type == FPType_Infinity);
        result = FPProcessNaN(type, ops[nan] << 16, 32, fp) >> 16;
        return invalid && !fpu_ah(fp) && a.type == FPType_QNaN ? invalid_operation(fp) : result;
    }
    if (fpu_fused(a, v1, v2, FPU_BF16, fp, &result)) {
        FPProcessDenorms(a, v1, 32, fp);
        FPProcessDenorms(v2, v2, 32, fp);
    }
    return result;
}

uint64_t BFMax(uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    return fpu_min_max(op1, op2, true, FPU_BF16, fp, fpu_ah(fp));
}

uint64_t BFMin(uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    return fpu_min_max(op1, op2, false, FPU_BF16, fp, fpu_ah(fp));
}

uint64_t BFMaxNum(uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    return fpu_min_max_num(op1, op2, true, FPU_BF16, fp);
}

uint64_t BFMinNum(uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    return fpu_min_max_num(op1, op2, false, FPU_BF16, fp);
}

uint64_t BFMulAddH(uint64_t addend, uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    struct fp_status alt;

    if (fpu_ah(fp)) {
        alt = fpu_alternate(fp);
        fp = &alt;
    }
    return FPMulAdd(addend, op1 << 16, op2 << 16, 32, fp);
}

/* The unfused dot product knows no denormals, on either side, and rounds to odd, but overflows to infinity. */
static struct fpval unpack_flushed(uint64_t op)
{
    struct fpval v = fpu_unpack_raw(op, 32, false);

    return v.type == FPType_Denormal ? (struct fpval){ .type = FPType_Zero, .sign = v.sign } : v;
}

static uint64_t BFRound(struct fpreal r)
{
    struct fp_status scratch = { .fpcr = FPCR_FZ };
    uint64_t result = fpu_round(r, FPRounding_ODD, 32, &scratch);

    return scratch.fpsr & FPSR_OFC ? FPInfinity(r.sign, 32) : result;
}

uint64_t BFMulH(uint64_t op1, uint64_t op2, const struct fp_status *fp)
{
    struct fpval v1 = unpack_flushed(op1 << 16), v2 = unpack_flushed(op2 << 16);
    bool inf = v1.type == FPType_Infinity || v2.type == FPType_Infinity;
    bool zero = v1.type == FPType_Zero || v2.type == FPType_Zero;

    if (fpu_is_nan(v1) || fpu_is_nan(v2) || (inf && zero))
        return FPDefaultNaN(32, fp);
    if (inf)
        return FPInfinity(v1.sign ^ v2.sign, 32);
    if (zero)
        return FPZero(v1.sign ^ v2.sign, 32);
    return BFRound(fpu_real_mul(v1, v2));
}

uint64_t FPAdd_BF16(uint64_t op1, uint64_t op2, const struct fp_status *fp)
{
    struct fpval v1 = unpack_flushed(op1), v2 = unpack_flushed(op2);
    bool inf1 = v1.type == FPType_Infinity, inf2 = v2.type == FPType_Infinity;
    struct fpreal sum;

    if (fpu_is_nan(v1) || fpu_is_nan(v2) || (inf1 && inf2 && v1.sign != v2.sign))
        return FPDefaultNaN(32, fp);
    if (inf1 || inf2)
        return FPInfinity(inf1 ? v1.sign : v2.sign, 32);
    if (v1.type == FPType_Zero && v2.type == FPType_Zero && v1.sign == v2.sign)
        return FPZero(v1.sign, 32);
    sum = fpu_real_add(fpu_real(v1), fpu_real(v2));
    return sum.mant == 0 ? FPZero(false, 32) : BFRound(sum);
}

/* The fused form: both products and their sum exact, then rounded; every NaN is the default one. */
static uint64_t dot_fused(uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b, struct fp_status *fp)
{
    const uint64_t ops[4] = { op1_a, op1_b, op2_a, op2_b };
    struct fpval v[4];
    bool nan = false;

    for (int i = 0; i < 4; i++) {
        v[i] = fpu_unpack_bf16(ops[i], fp);
        nan |= fpu_is_nan(v[i]);
    }
    return nan ? FPDefaultNaN(32, fp) : fpu_dot(v, fp);
}

uint64_t BFDotAdd(uint64_t addend, uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b, struct fp_status *fp)
{
    struct fp_status quiet = fp_quiet(fp);

    if (!(fp->fpcr & FPCR_EBF))
        return FPAdd_BF16(addend, FPAdd_BF16(BFMulH(op1_a, op2_a, fp), BFMulH(op1_b, op2_b, fp), fp), fp);
    quiet.fpcr |= FPCR_DN;
    return FPAdd(addend, dot_fused(op1_a, op1_b, op2_a, op2_b, &quiet), 32, &quiet);
}
