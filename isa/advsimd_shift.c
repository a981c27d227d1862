/* AdvSIMD shifts by an immediate. Arm ARM C7. prepare_simd_shift_right and _left have put the size of the element
 * (of narrow and long ones the smaller) into op->size and the amount into op->imm. */
#include "isa/simd_wide.h"

/* The "sisd" form of operations that have it for doublewords only. */
static ALWAYS_INLINE struct lanes lane_d(struct cpu *cpu, const struct op *op) { return one_lane(cpu, op, 64); }

void exec_SHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, lane_d(cpu, op), e_shl); }
void exec_SHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_shl); }
void exec_SSHR_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, lane_d(cpu, op), e_sshr); }
void exec_SSHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_sshr); }
void exec_USHR_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, lane_d(cpu, op), e_ushr); }
void exec_USHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_ushr); }
void exec_SRSHR_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, lane_d(cpu, op), e_srshr); }
void exec_SRSHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_srshr); }
void exec_URSHR_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, lane_d(cpu, op), e_urshr); }
void exec_URSHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_urshr); }
void exec_SSRA_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, lane_d(cpu, op), e_ssra); }
void exec_SSRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_ssra); }
void exec_USRA_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, lane_d(cpu, op), e_usra); }
void exec_USRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_usra); }
void exec_SRSRA_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, lane_d(cpu, op), e_srsra); }
void exec_SRSRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_srsra); }
void exec_URSRA_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, lane_d(cpu, op), e_ursra); }
void exec_URSRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_ursra); }
void exec_SLI_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, lane_d(cpu, op), e_sli); }
void exec_SLI_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_sli); }
void exec_SRI_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, lane_d(cpu, op), e_sri); }
void exec_SRI_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_sri); }

/* ---- Saturating ---- */
void exec_SQSHL_advsimd_imm_sisd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, sisd(cpu, op), e_sqshl);
}
void exec_SQSHL_advsimd_imm_simd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, simd(cpu, op), e_sqshl);
}
void exec_UQSHL_advsimd_imm_sisd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, sisd(cpu, op), e_uqshl);
}
void exec_UQSHL_advsimd_imm_simd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, simd(cpu, op), e_uqshl);
}
void exec_SQSHLU_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply_sat_imm(cpu, op, sisd(cpu, op), e_sqshlu); }
void exec_SQSHLU_advsimd_simd(struct cpu *cpu, const struct op *op) { apply_sat_imm(cpu, op, simd(cpu, op), e_sqshlu); }

/* ---- Narrow ---- */
void exec_SHRN_advsimd(struct cpu *cpu, const struct op *op) { narrow_imm(cpu, op, e_ushr); }
void exec_RSHRN_advsimd(struct cpu *cpu, const struct op *op) { narrow_imm(cpu, op, e_urshr); }
void exec_SQSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow_imm_sat(cpu, op, e_sqshrn); }
void exec_SQSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_imm_sat(cpu, op, e_sqshrn); }
void exec_SQRSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow_imm_sat(cpu, op, e_sqrshrn); }
void exec_SQRSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_imm_sat(cpu, op, e_sqrshrn); }
void exec_UQSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow_imm_sat(cpu, op, e_uqshrn); }
void exec_UQSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_imm_sat(cpu, op, e_uqshrn); }
void exec_UQRSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow_imm_sat(cpu, op, e_uqrshrn); }
void exec_UQRSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_imm_sat(cpu, op, e_uqrshrn); }
void exec_SQSHRUN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow_imm_sat(cpu, op, e_sqshrun); }
void exec_SQSHRUN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_imm_sat(cpu, op, e_sqshrun); }
void exec_SQRSHRUN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow_imm_sat(cpu, op, e_sqrshrun); }
void exec_SQRSHRUN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_imm_sat(cpu, op, e_sqrshrun); }

/* ---- Long ---- */
static ALWAYS_INLINE void shift_long_at(struct lanes l, unsigned esize, bool is_signed, unsigned shift)
{
    uint8_t r[16];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, extended(l.n, e, esize, is_signed) << shift);
    memcpy(l.d, r, 16);
}
static ALWAYS_INLINE void shift_long(struct cpu *cpu, const struct op *op, bool is_signed, unsigned shift)
{
    struct lanes l = lanes_long(cpu, op);
    FOR_ESIZE_TO_32(l, shift_long_at, is_signed, shift)
    vd_done(cpu, op, 128);
}
void exec_SSHLL_advsimd(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, true, (unsigned)op->imm); }
void exec_USHLL_advsimd(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, false, (unsigned)op->imm); }
/* By the size of the element. */
void exec_SHLL_advsimd(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, false, 8u << op->size); }
