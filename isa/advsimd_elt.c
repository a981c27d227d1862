/* AdvSIMD integer operations with one element of Vm for all lanes. Arm ARM C7. prepare_elt_... has put the element's
 * number into op->imm and completed op->Rm. */
#include "isa/simd_wide.h"

static ALWAYS_INLINE uint64_t element(const struct cpu *cpu, const struct op *op)
{
    return Elem(cpu->z[op->Rm], (unsigned)op->imm, 8u << op->size);
}

/* ---- The same size ---- */
void exec_MUL_advsimd_elt(struct cpu *cpu, const struct op *op) { apply2_elt(cpu, op, simd(cpu, op), e_mul); }
void exec_MLA_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, simd(cpu, op), e_mla); }
void exec_MLS_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, simd(cpu, op), e_mls); }
void exec_SQDMULH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, sisd(cpu, op), e_sqdmulh);
}
void exec_SQDMULH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, simd(cpu, op), e_sqdmulh);
}
void exec_SQRDMULH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, sisd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMULH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, simd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMLAH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, sisd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLAH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, simd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLSH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, sisd(cpu, op), e_sqrdmlsh);
}
void exec_SQRDMLSH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, simd(cpu, op), e_sqrdmlsh);
}

/* ---- Dot products: the element is four bytes ---- */
void exec_SDOT_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_sdot); }
void exec_UDOT_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_udot); }
void exec_SUDOT_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_sudot);
}
void exec_USDOT_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_usdot);
}

/* ---- Long ---- */
static ALWAYS_INLINE void long2_elt(struct cpu *cpu, const struct op *op, bool is_signed, elem2_fn *f)
{
    uint8_t all[16];
    long2(cpu, op, by_element(cpu, op, lanes_long(cpu, op), all), is_signed, f);
}
static ALWAYS_INLINE void long3_elt(struct cpu *cpu, const struct op *op, bool is_signed, elem3_fn *f)
{
    uint8_t all[16];
    long3(cpu, op, by_element(cpu, op, lanes_long(cpu, op), all), is_signed, f);
}
static ALWAYS_INLINE void long2_sat_elt(struct cpu *cpu, const struct op *op, elem2sat_fn *f)
{
    uint8_t all[16];
    long2_sat(cpu, op, by_element(cpu, op, lanes_long(cpu, op), all), f);
}
static ALWAYS_INLINE void long3_sat_elt(struct cpu *cpu, const struct op *op, elem3sat_fn *f)
{
    uint8_t all[16];
    long3_sat(cpu, op, by_element(cpu, op, lanes_long(cpu, op), all), f);
}
void exec_SMULL_advsimd_elt(struct cpu *cpu, const struct op *op) { long2_elt(cpu, op, true, e_mul); }
void exec_SMLAL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, true, e_mla); }
void exec_SMLSL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, true, e_mls); }
void exec_UMULL_advsimd_elt(struct cpu *cpu, const struct op *op) { long2_elt(cpu, op, false, e_mul); }
void exec_UMLAL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, false, e_mla); }
void exec_UMLSL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, false, e_mls); }
void exec_SQDMULL_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    one_long2_sat(cpu, op, element(cpu, op), e_sqdmull);
}
void exec_SQDMULL_advsimd_elt_simd(struct cpu *cpu, const struct op *op) { long2_sat_elt(cpu, op, e_sqdmull); }
void exec_SQDMLAL_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    one_long3_sat(cpu, op, element(cpu, op), e_sqdmlal);
}
void exec_SQDMLAL_advsimd_elt_simd(struct cpu *cpu, const struct op *op) { long3_sat_elt(cpu, op, e_sqdmlal); }
void exec_SQDMLSL_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    one_long3_sat(cpu, op, element(cpu, op), e_sqdmlsl);
}
void exec_SQDMLSL_advsimd_elt_simd(struct cpu *cpu, const struct op *op) { long3_sat_elt(cpu, op, e_sqdmlsl); }
