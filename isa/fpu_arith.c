/* Addition to square root, fused operations: Arm ARM, shared/functions/float. Infinities and zeros are decided first,
 * then the exact result is formed and rounded once. */
#include "isa/fpu_real.h"

static uint64_t invalid_operation(unsigned N, struct fp_status *fp)
{
    fp->fpsr |= FPSR_IOC;
    return FPDefaultNaN(N, fp);
}

/* negate: subtract op2, but propagate it unchanged where it is a NaN. */
static uint64_t add_or_sub(uint64_t op1, uint64_t op2, bool negate, unsigned N, struct fp_status *fp)
{
    struct fpval v1 = FPUnpack(op1, N, fp), v2 = FPUnpack(op2, N, fp);
    enum FPRounding rounding = FPRoundingMode(fp);
    uint64_t result;

    if (FPProcessNaNs(v1, v2, op1, op2, N, fp, &result))
        return result;
    v2.sign ^= negate;
    if (v1.type == FPType_Infinity || v2.type == FPType_Infinity) {
        if (v1.type == v2.type && v1.sign != v2.sign)
            return invalid_operation(N, fp);
        result = FPInfinity(v1.type == FPType_Infinity ? v1.sign : v2.sign, N);
    } else if (v1.type == FPType_Zero && v2.type == FPType_Zero && v1.sign == v2.sign) {
        result = FPZero(v1.sign, N);
    } else {
        result = fpu_round_sum(fpu_real_add(fpu_real(v1), fpu_real(v2)), rounding, N, fp);
    }
    FPProcessDenorms(v1, v2, N, fp);
    return result;
}

uint64_t fpu_add(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return add_or_sub(op1, op2, false, N, fp);
}

uint64_t fpu_sub(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return add_or_sub(op1, op2, true, N, fp);
}

static bool inf_times_zero(struct fpval v1, struct fpval v2)
{
    return (v1.type == FPType_Infinity && v2.type == FPType_Zero) ||
           (v1.type == FPType_Zero && v2.type == FPType_Infinity);
}

static uint64_t mul(uint64_t op1, uint64_t op2, bool extended, unsigned N, struct fp_status *fp)
{
    struct fpval v1 = FPUnpack(op1, N, fp), v2 = FPUnpack(op2, N, fp);
    bool sign = v1.sign ^ v2.sign;
    uint64_t result;

    if (FPProcessNaNs(v1, v2, op1, op2, N, fp, &result))
        return result;
    if (inf_times_zero(v1, v2))
        return extended ? FPTwo(sign, N) : invalid_operation(N, fp);
    if (v1.type == FPType_Infinity || v2.type == FPType_Infinity)
        result = FPInfinity(sign, N);
    else if (v1.type == FPType_Zero || v2.type == FPType_Zero)
        result = FPZero(sign, N);
    else
        result = fpu_round(fpu_real_mul(v1, v2), FPRoundingMode(fp), N, fp);
    FPProcessDenorms(v1, v2, N, fp);
    return result;
}

uint64_t fpu_mul(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp) { return mul(op1, op2, false, N, fp); }

uint64_t FPMulX(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp) { return mul(op1, op2, true, N, fp); }

static struct fpreal quotient(struct fpval v1, struct fpval v2)
{
    u128 dividend = (u128)v1.mant << 63; /* the quotient has 63 or 64 bits */
    u128 q = dividend / v2.mant;

    q = q << 1 | (dividend % v2.mant != 0);
    return (struct fpreal){ v1.sign ^ v2.sign, v1.exp - v2.exp + 63, q };
}

uint64_t fpu_div(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    struct fpval v1 = FPUnpack(op1, N, fp), v2 = FPUnpack(op2, N, fp);
    bool sign = v1.sign ^ v2.sign;
    uint64_t result;

    if (FPProcessNaNs(v1, v2, op1, op2, N, fp, &result))
        return result;
    if (v1.type == v2.type && (v1.type == FPType_Infinity || v1.type == FPType_Zero))
        return invalid_operation(N, fp);
    if (v2.type == FPType_Zero) {
        if (v1.type != FPType_Infinity)
            fp->fpsr |= FPSR_DZC;
        return FPInfinity(sign, N); /* and no Input Denormal beside it */
    }
    if (v1.type == FPType_Infinity)
        result = FPInfinity(sign, N);
    else if (v1.type == FPType_Zero || v2.type == FPType_Infinity)
        result = FPZero(sign, N);
    else
        result = fpu_round(quotient(v1, v2), FPRoundingMode(fp), N, fp);
    FPProcessDenorms(v1, v2, N, fp);
    return result;
}

/* The integer square root of v, bit by bit; *exact: v is a square. */
static uint64_t isqrt(u128 v, bool *exact)
{
    u128 root = 0, bit = (u128)1 << 126;

    while (bit > v)
        bit >>= 2;
    for (; bit; bit >>= 2) {
        if (v >= root + bit) {
            v -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    *exact = v == 0;
    return (uint64_t)root;
}

static struct fpreal square_root(struct fpval v, unsigned N)
{
    unsigned root_bits = fpu_frac_bits(N) + 3, width = 2 * root_bits; /* enough to round, with the jam */
    bool exact, odd = v.exp & 1;
    u128 radicand = (u128)v.mant << 63 << odd; /* value = radicand * 2^(exp - odd - 126), an even power */
    u128 low = radicand & (((u128)1 << (128 - width)) - 1);
    uint64_t root = isqrt(radicand >> (128 - width), &exact);

    return (struct fpreal){ false, (v.exp - odd) / 2 + 127 - (int)root_bits, (u128)root << 1 | (!exact || low) };
}

uint64_t fpu_sqrt(uint64_t op, unsigned N, struct fp_status *fp)
{
    struct fpval v = FPUnpack(op, N, fp);
    uint64_t result;

    if (fpu_is_nan(v))
        return FPProcessNaN(v.type, op, N, fp);
    if (v.type == FPType_Zero)
        return FPZero(v.sign, N);
    if (v.sign)
        return invalid_operation(N, fp);
    if (v.type == FPType_Infinity)
        return FPInfinity(false, N);
    result = fpu_round(square_root(v, N), FPRoundingMode(fp), N, fp);
    FPProcessDenorms(v, v, N, fp);
    return result;
}

bool fpu_fused(struct fpval a, struct fpval v1, struct fpval v2, unsigned N, struct fp_status *fp, uint64_t *result)
{
    unsigned width = N == FPU_BF16 ? 32 : N; /* infinities and zeros of BFloat16 are those of single */
    unsigned shift = N == FPU_BF16 ? 16 : 0;
    bool sign = v1.sign ^ v2.sign;
    bool inf_product = v1.type == FPType_Infinity || v2.type == FPType_Infinity;
    bool zero_product = v1.type == FPType_Zero || v2.type == FPType_Zero;

    if (inf_times_zero(v1, v2) || (a.type == FPType_Infinity && inf_product && a.sign != sign)) {
        *result = invalid_operation(width, fp) >> shift;
        return false;
    }
    if (a.type == FPType_Infinity || inf_product)
        *result = FPInfinity(inf_product ? sign : a.sign, width) >> shift;
    else if (a.type == FPType_Zero && zero_product && a.sign == sign)
        *result = FPZero(sign, width) >> shift;
    else
        *result = fpu_round_sum(fpu_real_add(fpu_real(a), fpu_real_mul(v1, v2)), FPRoundingMode(fp), N, fp);
    return true;
}

uint64_t fpu_mul_add(uint64_t addend, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    struct fpval a = FPUnpack(addend, N, fp), v1 = FPUnpack(op1, N, fp), v2 = FPUnpack(op2, N, fp);
    const uint64_t ops[3] = { addend, op1, op2 };
    enum FPType type;
    int nan = fpu_choose_nan3(a, v1, v2, fp, &type);
    uint64_t result;

    if (nan >= 0) {
        result = FPProcessNaN(type, ops[nan], N, fp);
        if (!fpu_ah(fp) && a.type == FPType_QNaN && inf_times_zero(v1, v2))
            return invalid_operation(N, fp);
        return result;
    }
    if (fpu_fused(a, v1, v2, N, fp, &result)) {
        FPProcessDenorms(a, v1, N, fp);
        FPProcessDenorms(v2, v2, N, fp);
    }
    return result;
}

uint64_t FPMulAddH(uint64_t addend, uint64_t op1, uint64_t op2, struct fp_status *fp)
{
    struct fpval a = FPUnpack(addend, 32, fp), v1 = FPUnpack(op1, 16, fp), v2 = FPUnpack(op2, 16, fp);
    const uint64_t ops[3] = { addend, op1, op2 };
    enum FPType type;
    int nan = fpu_choose_nan3(a, v1, v2, fp, &type);
    uint64_t result;

    if (nan >= 0) {
        result = FPProcessNaN(type, ops[nan], nan == 0 ? 32 : 16, fp);
        if (!fpu_ah(fp) && a.type == FPType_QNaN && inf_times_zero(v1, v2))
            return invalid_operation(32, fp);
        return nan == 0 ? result : FPConvertNaN(result, 16, 32);
    }
    if (fpu_fused(a, v1, v2, 32, fp, &result))
        FPProcessDenorms(a, a, 32, fp);
    return result;
}

/* The first signaling NaN, or else the first quiet one, of the four operands of a dot product: its index, or -1. */
static int choose_nan4(const struct fpval v[4])
{
    for (int i = 0; i < 4; i++)
        if (v[i].type == FPType_SNaN)
            return i;
    for (int i = 0; i < 4; i++)
        if (v[i].type == FPType_QNaN)
            return i;
    return -1;
}

uint64_t fpu_dot(const struct fpval v[4], struct fp_status *fp)
{
    bool sign_a = v[0].sign ^ v[2].sign, sign_b = v[1].sign ^ v[3].sign;
    bool inf_a = v[0].type == FPType_Infinity || v[2].type == FPType_Infinity;
    bool inf_b = v[1].type == FPType_Infinity || v[3].type == FPType_Infinity;
    struct fpreal a, b;

    if (inf_times_zero(v[0], v[2]) || inf_times_zero(v[1], v[3]) || (inf_a && inf_b && sign_a != sign_b))
        return invalid_operation(32, fp);
    if (inf_a || inf_b)
        return FPInfinity(inf_a ? sign_a : sign_b, 32);
    a = fpu_real_mul(v[0], v[2]);
    b = fpu_real_mul(v[1], v[3]);
    if (a.mant == 0 && b.mant == 0 && sign_a == sign_b)
        return FPZero(sign_a, 32);
    return fpu_round_sum(fpu_real_add(a, b), FPRoundingMode(fp), 32, fp);
}

uint64_t FPDot(uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b, struct fp_status *fp)
{
    const uint64_t ops[4] = { op1_a, op1_b, op2_a, op2_b };
    struct fpval v[4];
    int nan;

    for (int i = 0; i < 4; i++)
        v[i] = FPUnpack(ops[i], 16, fp);
    nan = choose_nan4(v);
    if (nan >= 0)
        return FPConvertNaN(FPProcessNaN(v[nan].type, ops[nan], 16, fp), 16, 32);
    return fpu_dot(v, fp);
}

uint64_t FPDotAdd(uint64_t addend, uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b, struct fp_status *fp)
{
    return FPAdd(addend, FPDot(op1_a, op1_b, op2_a, op2_b, fp), 32, fp);
}

/* 2 + op1 * op2, or (3 + op1 * op2) / 2, where op1 has been negated. */
static uint64_t step_fused(uint64_t op1, uint64_t op2, bool sqrt, unsigned N, struct fp_status *fp)
{
    struct fp_status alt;
    struct fpval v1, v2;
    struct fpreal sum;
    uint64_t result;

    op1 = FPNeg(op1, N, fp);
    if (fpu_ah(fp)) {
        alt = fpu_alternate(fp);
        fp = &alt;
    }
    v1 = FPUnpack(op1, N, fp);
    v2 = FPUnpack(op2, N, fp);
    if (FPProcessNaNs(v1, v2, op1, op2, N, fp, &result))
        return result;
    if (inf_times_zero(v1, v2))
        return sqrt ? FPOnePointFive(false, N) : FPTwo(false, N);
    if (v1.type == FPType_Infinity || v2.type == FPType_Infinity)
        return FPInfinity(v1.sign ^ v2.sign, N);
    sum = fpu_real(fpu_unpack_raw(sqrt ? FPThree(false, N) : FPTwo(false, N), N, false));
    sum = fpu_real_add(sum, fpu_real_mul(v1, v2));
    sum.exp -= sqrt;
    return fpu_round_sum(sum, FPRoundingMode(fp), N, fp);
}

uint64_t FPRecipStepFused(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return step_fused(op1, op2, false, N, fp);
}

uint64_t FPRSqrtStepFused(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp)
{
    return step_fused(op1, op2, true, N, fp);
}
