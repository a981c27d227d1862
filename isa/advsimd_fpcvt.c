/* AdvSIMD floating point: conversions to and from integers and fixed-point numbers, and between precisions. Scalar
 * results take the elements above the first from Vd under FPCR.NEP. Arm ARM C7.2. */
#include "isa/simd.h"

/* ---- To and from integers: fbits fraction bits ---- */
static ALWAYS_INLINE void to_fixed_at(struct lanes l, unsigned esize, unsigned fbits, bool is_unsigned,
                                      enum FPRounding rounding, struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, FPToFixed(Elem(l.n, e, esize), esize, fbits, is_unsigned, rounding, esize, fp));
}
static ALWAYS_INLINE void to_fixed(struct cpu *cpu, const struct op *op, struct lanes l, unsigned fbits,
                                   bool is_unsigned, enum FPRounding rounding)
{
    FOR_FP_ESIZE(l, to_fixed_at, fbits, is_unsigned, rounding, &cpu->fp)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void to_fixed_scalar(struct cpu *cpu, const struct op *op, unsigned N, unsigned fbits,
                                          bool is_unsigned, enum FPRounding rounding)
{
    uint64_t r = FPToFixed(V(cpu, op->Rn, N), N, fbits, is_unsigned, rounding, N, &cpu->fp);
    SetVScalar(cpu, op->Rd, op->Rd, N, r);
}
static ALWAYS_INLINE void from_fixed_at(struct lanes l, unsigned esize, unsigned fbits, bool is_unsigned,
                                        struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize,
                FixedToFP(Elem(l.n, e, esize), esize, fbits, is_unsigned, FPRoundingMode(fp), esize, fp));
}
static ALWAYS_INLINE void from_fixed(struct cpu *cpu, const struct op *op, struct lanes l, unsigned fbits,
                                     bool is_unsigned)
{
    FOR_FP_ESIZE(l, from_fixed_at, fbits, is_unsigned, &cpu->fp)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void from_fixed_scalar(struct cpu *cpu, const struct op *op, unsigned N, unsigned fbits,
                                            bool is_unsigned)
{
    uint64_t r = FixedToFP(V(cpu, op->Rn, N), N, fbits, is_unsigned, FPRoundingMode(&cpu->fp), N, &cpu->fp);
    SetVScalar(cpu, op->Rd, op->Rd, N, r);
}

void exec_FCVTNS_advsimd_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, false, FPRounding_TIEEVEN);
}
void exec_FCVTNS_advsimd_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, false, FPRounding_TIEEVEN);
}
void exec_FCVTNS_advsimd_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, false, FPRounding_TIEEVEN);
}
void exec_FCVTNS_advsimd_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, false, FPRounding_TIEEVEN);
}
void exec_FCVTNU_advsimd_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, true, FPRounding_TIEEVEN);
}
void exec_FCVTNU_advsimd_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, true, FPRounding_TIEEVEN);
}
void exec_FCVTNU_advsimd_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, true, FPRounding_TIEEVEN);
}
void exec_FCVTNU_advsimd_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, true, FPRounding_TIEEVEN);
}
void exec_FCVTPS_advsimd_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, false, FPRounding_POSINF);
}
void exec_FCVTPS_advsimd_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, false, FPRounding_POSINF);
}
void exec_FCVTPS_advsimd_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, false, FPRounding_POSINF);
}
void exec_FCVTPS_advsimd_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, false, FPRounding_POSINF);
}
void exec_FCVTPU_advsimd_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, true, FPRounding_POSINF);
}
void exec_FCVTPU_advsimd_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, true, FPRounding_POSINF);
}
void exec_FCVTPU_advsimd_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, true, FPRounding_POSINF);
}
void exec_FCVTPU_advsimd_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, true, FPRounding_POSINF);
}
void exec_FCVTMS_advsimd_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, false, FPRounding_NEGINF);
}
void exec_FCVTMS_advsimd_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, false, FPRounding_NEGINF);
}
void exec_FCVTMS_advsimd_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, false, FPRounding_NEGINF);
}
void exec_FCVTMS_advsimd_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, false, FPRounding_NEGINF);
}
void exec_FCVTMU_advsimd_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, true, FPRounding_NEGINF);
}
void exec_FCVTMU_advsimd_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, true, FPRounding_NEGINF);
}
void exec_FCVTMU_advsimd_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, true, FPRounding_NEGINF);
}
void exec_FCVTMU_advsimd_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, true, FPRounding_NEGINF);
}
void exec_FCVTZS_advsimd_int_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, false, FPRounding_ZERO);
}
void exec_FCVTZS_advsimd_int_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, false, FPRounding_ZERO);
}
void exec_FCVTZS_advsimd_int_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, false, FPRounding_ZERO);
}
void exec_FCVTZS_advsimd_int_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, false, FPRounding_ZERO);
}
void exec_FCVTZU_advsimd_int_fp16_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, true, FPRounding_ZERO);
}
void exec_FCVTZU_advsimd_int_fp16_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, true, FPRounding_ZERO);
}
void exec_FCVTZU_advsimd_int_float_conv_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, true, FPRounding_ZERO);
}
void exec_FCVTZU_advsimd_int_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, true, FPRounding_ZERO);
}
void exec_FCVTAS_advsimd_fp16_conv_float_tieaway_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, false, FPRounding_TIEAWAY);
}
void exec_FCVTAS_advsimd_fp16_conv_float_tieaway_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, false, FPRounding_TIEAWAY);
}
void exec_FCVTAS_advsimd_float_conv_float_tieaway_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, false, FPRounding_TIEAWAY);
}
void exec_FCVTAS_advsimd_float_conv_float_tieaway_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, false, FPRounding_TIEAWAY);
}
void exec_FCVTAU_advsimd_fp16_conv_float_tieaway_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, half_simd(cpu, op), 0, true, FPRounding_TIEAWAY);
}
void exec_FCVTAU_advsimd_fp16_conv_float_tieaway_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 16, 0, true, FPRounding_TIEAWAY);
}
void exec_FCVTAU_advsimd_float_conv_float_tieaway_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, fp_simd(cpu, op), 0, true, FPRounding_TIEAWAY);
}
void exec_FCVTAU_advsimd_float_conv_float_tieaway_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, fp_esize(op), 0, true, FPRounding_TIEAWAY);
}
void exec_SCVTF_advsimd_int_fp16_conv_int_simd(struct cpu *cpu, const struct op *op)
{
    from_fixed(cpu, op, half_simd(cpu, op), 0, false);
}
void exec_SCVTF_advsimd_int_fp16_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    from_fixed_scalar(cpu, op, 16, 0, false);
}
void exec_SCVTF_advsimd_int_float_conv_int_simd(struct cpu *cpu, const struct op *op)
{
    from_fixed(cpu, op, fp_simd(cpu, op), 0, false);
}
void exec_SCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    from_fixed_scalar(cpu, op, fp_esize(op), 0, false);
}
void exec_UCVTF_advsimd_int_fp16_conv_int_simd(struct cpu *cpu, const struct op *op)
{
    from_fixed(cpu, op, half_simd(cpu, op), 0, true);
}
void exec_UCVTF_advsimd_int_fp16_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    from_fixed_scalar(cpu, op, 16, 0, true);
}
void exec_UCVTF_advsimd_int_float_conv_int_simd(struct cpu *cpu, const struct op *op)
{
    from_fixed(cpu, op, fp_simd(cpu, op), 0, true);
}
void exec_UCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    from_fixed_scalar(cpu, op, fp_esize(op), 0, true);
}

/* op->imm fraction bits; size from immh. */
void exec_FCVTZS_advsimd_fix_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, simd(cpu, op), (unsigned)op->imm, false, FPRounding_ZERO);
}
void exec_FCVTZS_advsimd_fix_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 8u << op->size, (unsigned)op->imm, false, FPRounding_ZERO);
}
void exec_SCVTF_advsimd_fix_simd(struct cpu *cpu, const struct op *op)
{
    from_fixed(cpu, op, simd(cpu, op), (unsigned)op->imm, false);
}
void exec_SCVTF_advsimd_fix_sisd(struct cpu *cpu, const struct op *op)
{
    from_fixed_scalar(cpu, op, 8u << op->size, (unsigned)op->imm, false);
}
void exec_FCVTZU_advsimd_fix_simd(struct cpu *cpu, const struct op *op)
{
    to_fixed(cpu, op, simd(cpu, op), (unsigned)op->imm, true, FPRounding_ZERO);
}
void exec_FCVTZU_advsimd_fix_sisd(struct cpu *cpu, const struct op *op)
{
    to_fixed_scalar(cpu, op, 8u << op->size, (unsigned)op->imm, true, FPRounding_ZERO);
}
void exec_UCVTF_advsimd_fix_simd(struct cpu *cpu, const struct op *op)
{
    from_fixed(cpu, op, simd(cpu, op), (unsigned)op->imm, true);
}
void exec_UCVTF_advsimd_fix_sisd(struct cpu *cpu, const struct op *op)
{
    from_fixed_scalar(cpu, op, 8u << op->size, (unsigned)op->imm, true);
}

/* ---- Between precisions: sz = 0 halves and singles, 1 singles and doubles ---- */
void exec_FCVTL_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned esize = 16u << op->sz;
    const uint8_t *n = half(cpu->z[op->Rn], op->Q);
    uint8_t r[16];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, FPConvert(Elem(n, e, esize), esize, FPRoundingMode(&cpu->fp), 2 * esize, &cpu->fp));
    SetVBytes(cpu, op->Rd, 128, r);
}
static ALWAYS_INLINE void narrow(struct cpu *cpu, const struct op *op, enum FPRounding rounding)
{
    unsigned esize = 16u << op->sz;
    const uint8_t *n = cpu->z[op->Rn];
    uint8_t r[8];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, esize, FPConvert(Elem(n, e, 2 * esize), 2 * esize, rounding, esize, &cpu->fp));
    SetVpart(cpu, op->Rd, op->Q, r);
}
void exec_FCVTN_advsimd(struct cpu *cpu, const struct op *op) { narrow(cpu, op, FPRoundingMode(&cpu->fp)); }
/* Doubles to singles, rounded to odd. */
void exec_FCVTXN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow(cpu, op, FPRounding_ODD); }
void exec_FCVTXN_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    SetVScalar(cpu, op->Rd, op->Rd, 32, FPConvert(V(cpu, op->Rn, 64), 64, FPRounding_ODD, 32, &cpu->fp));
}
void exec_BFCVTN_advsimd(struct cpu *cpu, const struct op *op)
{
    uint8_t r[8];
    for (unsigned e = 0; e < 4; e++)
        SetElem(r, e, 16, FPConvertBF(Elem(cpu->z[op->Rn], e, 32), FPRoundingMode(&cpu->fp), &cpu->fp));
    SetVpart(cpu, op->Rd, op->Q, r);
}
