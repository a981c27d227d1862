/* AdvSIMD integer arithmetic, logic and comparison: vectors ("simd") and one element ("sisd"). Arm ARM C7.2. */
#include "isa/simd.h"

/* The scalar forms with size = 3 only. */
static ALWAYS_INLINE struct lanes doubleword(struct cpu *cpu, const struct op *op) { return one_lane(cpu, op, 64); }

/* ---- One operand ---- */
void exec_ABS_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_abs); }
void exec_ABS_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, doubleword(cpu, op), e_abs); }
void exec_NEG_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_neg); }
void exec_NEG_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, doubleword(cpu, op), e_neg); }
void exec_CLS_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cls); }
void exec_CLZ_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_clz); }
void exec_CNT_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lanes_v(cpu, op, 8), e_cnt); }
void exec_RBIT_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lanes_v(cpu, op, 8), e_rbit); }
void exec_NOT_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lanes_v(cpu, op, 64), e_not); }

/* ---- Logic ---- */
void exec_AND_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_and); }
void exec_BIC_advsimd_reg(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_bic); }
void exec_ORR_advsimd_reg(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_orr); }
void exec_ORN_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_orn); }
void exec_EOR_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_eor); }
void exec_BSL_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 64), e_bsl); }
void exec_BIT_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 64), e_bit); }
void exec_BIF_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 64), e_bif); }

/* ---- Comparison ---- */
void exec_CMEQ_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmeq); }
void exec_CMEQ_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_cmeq); }
void exec_CMGE_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmge); }
void exec_CMGE_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_cmge); }
void exec_CMGT_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmgt); }
void exec_CMGT_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_cmgt); }
void exec_CMHI_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmhi); }
void exec_CMHI_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_cmhi); }
void exec_CMHS_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmhs); }
void exec_CMHS_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_cmhs); }
void exec_CMTST_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmtst); }
void exec_CMTST_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_cmtst); }
void exec_CMEQ_advsimd_zero_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmeq0); }
void exec_CMEQ_advsimd_zero_sisd(struct cpu *cpu, const struct op *op)
{
    apply1(cpu, op, doubleword(cpu, op), e_cmeq0);
}
void exec_CMGE_advsimd_zero_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmge0); }
void exec_CMGE_advsimd_zero_sisd(struct cpu *cpu, const struct op *op)
{
    apply1(cpu, op, doubleword(cpu, op), e_cmge0);
}
void exec_CMGT_advsimd_zero_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmgt0); }
void exec_CMGT_advsimd_zero_sisd(struct cpu *cpu, const struct op *op)
{
    apply1(cpu, op, doubleword(cpu, op), e_cmgt0);
}
void exec_CMLE_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmle0); }
void exec_CMLE_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, doubleword(cpu, op), e_cmle0); }
void exec_CMLT_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmlt0); }
void exec_CMLT_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, doubleword(cpu, op), e_cmlt0); }

/* ---- Arithmetic ---- */
void exec_ADD_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_add); }
void exec_ADD_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_add); }
void exec_SUB_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_sub); }
void exec_SUB_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, doubleword(cpu, op), e_sub); }
void exec_SHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_shadd); }
void exec_UHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_uhadd); }
void exec_SRHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_srhadd); }
void exec_URHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_urhadd); }
void exec_SHSUB_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_shsub); }
void exec_UHSUB_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_uhsub); }
void exec_SMAX_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_smax); }
void exec_SMIN_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_smin); }
void exec_UMAX_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_umax); }
void exec_UMIN_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_umin); }
void exec_SABD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_sabd); }
void exec_UABD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_uabd); }
void exec_SABA_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_saba); }
void exec_UABA_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_uaba); }

/* ---- Multiplication ---- */
void exec_MUL_advsimd_vec(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_mul); }
void exec_MUL_advsimd_elt(struct cpu *cpu, const struct op *op) { apply2_elt(cpu, op, simd(cpu, op), e_mul); }
void exec_PMUL_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 8), e_pmul); }
void exec_MLA_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_mla); }
void exec_MLA_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, simd(cpu, op), e_mla); }
void exec_MLS_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_mls); }
void exec_MLS_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, simd(cpu, op), e_mls); }

/* Dot products of groups of four bytes, and matrices of 2 by 8 bytes. */
void exec_SDOT_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 32), e_sdot); }
void exec_UDOT_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 32), e_udot); }
void exec_USDOT_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 32), e_usdot); }
void exec_SDOT_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_sdot); }
void exec_UDOT_advsimd_elt(struct cpu *cpu, const struct op *op) { apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_udot); }
void exec_USDOT_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_usdot);
}
void exec_SUDOT_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    apply3_elt(cpu, op, lanes_v(cpu, op, 32), e_sudot);
}
/* MatMulAdd(): d[i][j] += row i of n times row j of m, in two dot products. */
static ALWAYS_INLINE void matrix(struct cpu *cpu, const struct op *op, elem3_fn *dot)
{
    const uint8_t *n = cpu->z[op->Rn], *m = cpu->z[op->Rm];
    uint8_t r[16];
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 2; j++) {
            uint64_t sum = Elem(cpu->z[op->Rd], 2 * i + j, 32);
            for (unsigned k = 0; k < 2; k++)
                sum = dot(sum, Elem(n, 2 * i + k, 32), Elem(m, 2 * j + k, 32), 32);
            SetElem(r, 2 * i + j, 32, sum);
        }
    SetVBytes(cpu, op->Rd, 128, r);
}
void exec_SMMLA_advsimd_vec(struct cpu *cpu, const struct op *op) { matrix(cpu, op, e_sdot); }
void exec_UMMLA_advsimd_vec(struct cpu *cpu, const struct op *op) { matrix(cpu, op, e_udot); }
void exec_USMMLA_advsimd_vec(struct cpu *cpu, const struct op *op) { matrix(cpu, op, e_usdot); }

/* ---- Pairwise: adjacent elements of Vm:Vn ---- */
static ALWAYS_INLINE void pairwise_at(struct lanes l, unsigned esize, elem2_fn *f, uint8_t *r)
{
    unsigned pairs = l.bits / esize / 2;
    for (unsigned e = 0; e < pairs; e++) {
        SetElem(r, e, esize, f(Elem(l.n, 2 * e, esize), Elem(l.n, 2 * e + 1, esize), esize));
        SetElem(r, pairs + e, esize, f(Elem(l.m, 2 * e, esize), Elem(l.m, 2 * e + 1, esize), esize));
    }
}
static ALWAYS_INLINE void pairwise(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint8_t r[16];
    FOR_ESIZE(l, pairwise_at, f, r)
    SetVBytes(cpu, op->Rd, l.bits, r);
}
void exec_ADDP_advsimd_vec(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_add); }
void exec_SMAXP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_smax); }
void exec_SMINP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_smin); }
void exec_UMAXP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_umax); }
void exec_UMINP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_umin); }
void exec_ADDP_advsimd_pair(struct cpu *cpu, const struct op *op)
{
    const uint8_t *n = cpu->z[op->Rn];
    SetV(cpu, op->Rd, 64, Elem(n, 0, 64) + Elem(n, 1, 64));
}

/* ---- Across the vector ---- */
static ALWAYS_INLINE void across_at(struct lanes l, unsigned esize, elem2_fn *f, uint64_t *r)
{
    *r = Elem(l.n, 0, esize);
    for (unsigned e = 1; e < l.bits / esize; e++)
        *r = f(*r, Elem(l.n, e, esize), esize);
}
static ALWAYS_INLINE void across(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint64_t r = 0;
    FOR_ESIZE(l, across_at, f, &r)
    SetV(cpu, op->Rd, l.esize, r);
}
void exec_ADDV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_add); }
void exec_SMAXV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_smax); }
void exec_SMINV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_smin); }
void exec_UMAXV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_umax); }
void exec_UMINV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_umin); }
/* Into an element of twice the size. */
static ALWAYS_INLINE void add_long_across(struct cpu *cpu, const struct op *op, bool is_signed)
{
    unsigned esize = 8u << op->size;
    uint64_t sum = 0;
    for (unsigned e = 0; e < (op->Q ? 128 : 64) / esize; e++)
        sum += extended(cpu->z[op->Rn], e, esize, is_signed);
    SetV(cpu, op->Rd, 2 * esize, sum);
}
void exec_SADDLV_advsimd(struct cpu *cpu, const struct op *op) { add_long_across(cpu, op, true); }
void exec_UADDLV_advsimd(struct cpu *cpu, const struct op *op) { add_long_across(cpu, op, false); }
