/* AdvSIMD integer operations between elements of one size and of twice the size: three different registers, and
 * extraction of narrower elements. Arm ARM C7. */
#include "isa/simd_wide.h"

/* ---- Long and wide ---- */
void exec_SADDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), true, e_add); }
void exec_SSUBL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), true, e_sub); }
void exec_SABDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), true, e_sabd); }
void exec_SMULL_advsimd_vec(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), true, e_mul); }
void exec_SABAL_advsimd(struct cpu *cpu, const struct op *op) { long3(cpu, op, lanes_long(cpu, op), true, e_saba); }
void exec_SMLAL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, lanes_long(cpu, op), true, e_mla); }
void exec_SMLSL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, lanes_long(cpu, op), true, e_mls); }
void exec_SADDW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, true, e_add); }
void exec_SSUBW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, true, e_sub); }
void exec_UADDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), false, e_add); }
void exec_USUBL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), false, e_sub); }
void exec_UABDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), false, e_uabd); }
void exec_UMULL_advsimd_vec(struct cpu *cpu, const struct op *op) { long2(cpu, op, lanes_long(cpu, op), false, e_mul); }
void exec_UABAL_advsimd(struct cpu *cpu, const struct op *op) { long3(cpu, op, lanes_long(cpu, op), false, e_uaba); }
void exec_UMLAL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, lanes_long(cpu, op), false, e_mla); }
void exec_UMLSL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, lanes_long(cpu, op), false, e_mls); }
void exec_UADDW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, false, e_add); }
void exec_USUBW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, false, e_sub); }
/* Bytes give halfwords, doublewords a quadword. */
void exec_PMULL_advsimd(struct cpu *cpu, const struct op *op)
{
    if (op->size == 0) {
        long2(cpu, op, lanes_long(cpu, op), false, e_pmul);
        return;
    }
    uint128 product = PolynomialMult(Elem(cpu->z[op->Rn], op->Q, 64), Elem(cpu->z[op->Rm], op->Q, 64), 64);
    SetElem(cpu->z[op->Rd], 0, 64, (uint64_t)product);
    SetElem(cpu->z[op->Rd], 1, 64, (uint64_t)(product >> 64));
    vd_done(cpu, op, 128);
}

/* ---- Saturating doubling products ---- */
static ALWAYS_INLINE uint64_t second(const struct cpu *cpu, const struct op *op)
{
    return V(cpu, op->Rm, 8u << op->size);
}

void exec_SQDMULL_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    one_long2_sat(cpu, op, second(cpu, op), e_sqdmull);
}
void exec_SQDMULL_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    long2_sat(cpu, op, lanes_long(cpu, op), e_sqdmull);
}
void exec_SQDMLAL_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    one_long3_sat(cpu, op, second(cpu, op), e_sqdmlal);
}
void exec_SQDMLAL_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    long3_sat(cpu, op, lanes_long(cpu, op), e_sqdmlal);
}
void exec_SQDMLSL_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    one_long3_sat(cpu, op, second(cpu, op), e_sqdmlsl);
}
void exec_SQDMLSL_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    long3_sat(cpu, op, lanes_long(cpu, op), e_sqdmlsl);
}

/* ---- Narrow: the high half of a sum or difference; or the low half ---- */
static uint64_t e_addhn(uint64_t n, uint64_t m, unsigned esize) { return (n + m) >> esize; }
static uint64_t e_subhn(uint64_t n, uint64_t m, unsigned esize) { return (n - m) >> esize; }
static uint64_t e_raddhn(uint64_t n, uint64_t m, unsigned esize) { return (n + m + BIT(esize - 1)) >> esize; }
static uint64_t e_rsubhn(uint64_t n, uint64_t m, unsigned esize) { return (n - m + BIT(esize - 1)) >> esize; }
static uint64_t e_xtn(uint64_t n, unsigned esize, bool *sat) { return (void)esize, (void)sat, n; }

void exec_ADDHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_addhn); }
void exec_SUBHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_subhn); }
void exec_RADDHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_raddhn); }
void exec_RSUBHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_rsubhn); }
void exec_XTN_advsimd(struct cpu *cpu, const struct op *op) { narrow1_sat(cpu, op, e_xtn); }
void exec_SQXTN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow1_sat(cpu, op, e_sqxtn); }
void exec_SQXTN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow1_sat(cpu, op, e_sqxtn); }
void exec_UQXTN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow1_sat(cpu, op, e_uqxtn); }
void exec_UQXTN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow1_sat(cpu, op, e_uqxtn); }
void exec_SQXTUN_advsimd_sisd(struct cpu *cpu, const struct op *op) { one_narrow1_sat(cpu, op, e_sqxtun); }
void exec_SQXTUN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow1_sat(cpu, op, e_sqxtun); }
