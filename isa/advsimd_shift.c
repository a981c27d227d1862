/* AdvSIMD shifts, by immediate and by register. op->imm and size come from immh:immb. Arm ARM C7.2. */
#include "isa/simd.h"

static ALWAYS_INLINE struct lanes doubleword(struct cpu *cpu, const struct op *op) { return one_lane(cpu, op, 64); }

/* ---- By immediate ---- */
void exec_SHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_shl); }
void exec_SHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, doubleword(cpu, op), e_shl); }
void exec_SSHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_sshr); }
void exec_SSHR_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, doubleword(cpu, op), e_sshr); }
void exec_USHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_ushr); }
void exec_USHR_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, doubleword(cpu, op), e_ushr); }
void exec_SRSHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_srshr); }
void exec_SRSHR_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_imm(cpu, op, doubleword(cpu, op), e_srshr);
}
void exec_URSHR_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_imm(cpu, op, simd(cpu, op), e_urshr); }
void exec_URSHR_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_imm(cpu, op, doubleword(cpu, op), e_urshr);
}

/* Accumulating and inserting. */
void exec_SSRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_ssra); }
void exec_SSRA_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, doubleword(cpu, op), e_ssra); }
void exec_USRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_usra); }
void exec_USRA_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, doubleword(cpu, op), e_usra); }
void exec_SRSRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_srsra); }
void exec_SRSRA_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_imm(cpu, op, doubleword(cpu, op), e_srsra);
}
void exec_URSRA_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_ursra); }
void exec_URSRA_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_imm(cpu, op, doubleword(cpu, op), e_ursra);
}
void exec_SLI_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_sli); }
void exec_SLI_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, doubleword(cpu, op), e_sli); }
void exec_SRI_advsimd_simd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, simd(cpu, op), e_sri); }
void exec_SRI_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply3_imm(cpu, op, doubleword(cpu, op), e_sri); }

/* Saturating; the scalar forms have every size. */
void exec_SQSHL_advsimd_imm_simd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, simd(cpu, op), e_sqshl);
}
void exec_SQSHL_advsimd_imm_sisd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, sisd(cpu, op), e_sqshl);
}
void exec_UQSHL_advsimd_imm_simd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, simd(cpu, op), e_uqshl);
}
void exec_UQSHL_advsimd_imm_sisd(struct cpu *cpu, const struct op *op)
{
    apply_sat_imm(cpu, op, sisd(cpu, op), e_uqshl);
}
void exec_SQSHLU_advsimd_simd(struct cpu *cpu, const struct op *op) { apply_sat_imm(cpu, op, simd(cpu, op), e_sqshlu); }
void exec_SQSHLU_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply_sat_imm(cpu, op, sisd(cpu, op), e_sqshlu); }

/* ---- By register ---- */
void exec_SSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_sshl); }
void exec_SSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_sshl); }
void exec_USHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_ushl); }
void exec_USHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_ushl); }
void exec_SRSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_srshl); }
void exec_SRSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_srshl); }
void exec_URSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_urshl); }
void exec_URSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_urshl); }
void exec_SQSHL_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqshl); }
void exec_SQSHL_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqshl); }
void exec_UQSHL_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqshl); }
void exec_UQSHL_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqshl); }
void exec_SQRSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqrshl); }
void exec_SQRSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqrshl); }
void exec_UQRSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqrshl); }
void exec_UQRSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqrshl); }
