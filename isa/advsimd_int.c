/* AdvSIMD integer operations that go element by element, or pair by pair: three registers of the same kind, two
 * registers, logical operations, dot products; and reductions across lanes. Arm ARM C7. */
#include "isa/elem_int.h"
#include "isa/simd.h"

/* The "sisd" form of operations that have it for doublewords only. */
static ALWAYS_INLINE struct lanes lane_d(struct cpu *cpu, const struct op *op) { return one_lane(cpu, op, 64); }

/* ---- Add, subtract, multiply, compare ---- */
void exec_ADD_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_add); }
void exec_ADD_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_add); }
void exec_SUB_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_sub); }
void exec_SUB_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_sub); }
void exec_CMEQ_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_cmeq); }
void exec_CMEQ_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmeq); }
void exec_CMGE_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_cmge); }
void exec_CMGE_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmge); }
void exec_CMGT_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_cmgt); }
void exec_CMGT_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmgt); }
void exec_CMHI_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_cmhi); }
void exec_CMHI_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmhi); }
void exec_CMHS_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_cmhs); }
void exec_CMHS_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmhs); }
void exec_CMTST_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_cmtst); }
void exec_CMTST_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_cmtst); }
void exec_CMEQ_advsimd_zero_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lane_d(cpu, op), e_cmeq0); }
void exec_CMEQ_advsimd_zero_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmeq0); }
void exec_CMGE_advsimd_zero_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lane_d(cpu, op), e_cmge0); }
void exec_CMGE_advsimd_zero_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmge0); }
void exec_CMGT_advsimd_zero_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lane_d(cpu, op), e_cmgt0); }
void exec_CMGT_advsimd_zero_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmgt0); }
void exec_CMLE_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lane_d(cpu, op), e_cmle0); }
void exec_CMLE_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmle0); }
void exec_CMLT_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lane_d(cpu, op), e_cmlt0); }
void exec_CMLT_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cmlt0); }
void exec_ABS_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lane_d(cpu, op), e_abs); }
void exec_ABS_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_abs); }
void exec_NEG_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lane_d(cpu, op), e_neg); }
void exec_NEG_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_neg); }
void exec_SHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_shadd); }
void exec_UHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_uhadd); }
void exec_SHSUB_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_shsub); }
void exec_UHSUB_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_uhsub); }
void exec_SRHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_srhadd); }
void exec_URHADD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_urhadd); }
void exec_SMAX_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_smax); }
void exec_SMIN_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_smin); }
void exec_UMAX_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_umax); }
void exec_UMIN_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_umin); }
void exec_SABD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_sabd); }
void exec_UABD_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_uabd); }
void exec_PMUL_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_pmul); }
void exec_MUL_advsimd_vec(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_mul); }
void exec_MLA_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_mla); }
void exec_MLS_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_mls); }
void exec_SABA_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_saba); }
void exec_UABA_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, simd(cpu, op), e_uaba); }

/* ---- Saturating ---- */
void exec_SQADD_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqadd); }
void exec_SQADD_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqadd); }
void exec_UQADD_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqadd); }
void exec_UQADD_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqadd); }
void exec_SQSUB_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqsub); }
void exec_SQSUB_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqsub); }
void exec_UQSUB_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqsub); }
void exec_UQSUB_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqsub); }
void exec_SQDMULH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, sisd(cpu, op), e_sqdmulh);
}
void exec_SQDMULH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, simd(cpu, op), e_sqdmulh);
}
void exec_SQRDMULH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, sisd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMULH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, simd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMLAH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, sisd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLAH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, simd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLSH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, sisd(cpu, op), e_sqrdmlsh);
}
void exec_SQRDMLSH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, simd(cpu, op), e_sqrdmlsh);
}
void exec_SQABS_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, sisd(cpu, op), e_sqabs); }
void exec_SQABS_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, simd(cpu, op), e_sqabs); }
void exec_SQNEG_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, sisd(cpu, op), e_sqneg); }
void exec_SQNEG_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, simd(cpu, op), e_sqneg); }
/* Vd accumulates Vn. */
static ALWAYS_INLINE struct lanes accumulating(struct lanes l)
{
    l.m = l.n, l.n = l.d;
    return l;
}
void exec_SUQADD_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, accumulating(sisd(cpu, op)), e_suqadd);
}
void exec_SUQADD_advsimd_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, accumulating(simd(cpu, op)), e_suqadd);
}
void exec_USQADD_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, accumulating(sisd(cpu, op)), e_usqadd);
}
void exec_USQADD_advsimd_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, accumulating(simd(cpu, op)), e_usqadd);
}

/* ---- Shifts by a register ---- */
void exec_SSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_sshl); }
void exec_SSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_sshl); }
void exec_USHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_ushl); }
void exec_USHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_ushl); }
void exec_SRSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_srshl); }
void exec_SRSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_srshl); }
void exec_URSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lane_d(cpu, op), e_urshl); }
void exec_URSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, simd(cpu, op), e_urshl); }
void exec_SQSHL_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqshl); }
void exec_SQSHL_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqshl); }
void exec_UQSHL_advsimd_reg_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqshl); }
void exec_UQSHL_advsimd_reg_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqshl); }
void exec_SQRSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqrshl); }
void exec_SQRSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqrshl); }
void exec_UQRSHL_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqrshl); }
void exec_UQRSHL_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqrshl); }

/* ---- Logical: doublewords do ---- */
void exec_AND_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_and); }
void exec_BIC_advsimd_reg(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_bic); }
void exec_ORR_advsimd_reg(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_orr); }
void exec_ORN_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_orn); }
void exec_EOR_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_v(cpu, op, 64), e_eor); }
void exec_BSL_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 64), e_bsl); }
void exec_BIT_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 64), e_bit); }
void exec_BIF_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 64), e_bif); }
void exec_NOT_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lanes_v(cpu, op, 64), e_not); }

/* ---- Bits and the order of bytes ---- */
void exec_CLS_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cls); }
void exec_CLZ_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_clz); }
void exec_CNT_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, simd(cpu, op), e_cnt); }
void exec_RBIT_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lanes_v(cpu, op, 8), e_rbit); }
/* Reverse the elements within containers. */
static ALWAYS_INLINE void reverse(struct cpu *cpu, const struct op *op, unsigned container)
{
    struct lanes l = lanes_v(cpu, op, container);
    switch (op->size) {
    case 0: apply1(cpu, op, l, e_revb); break;
    case 1: apply1(cpu, op, l, e_revh); break;
    default: apply1(cpu, op, l, e_revw); break;
    }
}
void exec_REV16_advsimd(struct cpu *cpu, const struct op *op) { reverse(cpu, op, 16); }
void exec_REV32_advsimd(struct cpu *cpu, const struct op *op) { reverse(cpu, op, 32); }
void exec_REV64_advsimd(struct cpu *cpu, const struct op *op) { reverse(cpu, op, 64); }

/* ---- Pairs ---- */
/* Pairs of Vn give the lower half of the result, pairs of Vm the upper one. */
static ALWAYS_INLINE void pairwise_at(struct lanes l, unsigned esize, elem2_fn *f)
{
    uint8_t r[16];
    unsigned pairs = l.bits / esize / 2;
    for (unsigned e = 0; e < pairs; e++) {
        SetElem(r, e, esize, f(Elem(l.n, 2 * e, esize), Elem(l.n, 2 * e + 1, esize), esize));
        SetElem(r, pairs + e, esize, f(Elem(l.m, 2 * e, esize), Elem(l.m, 2 * e + 1, esize), esize));
    }
    memcpy(l.d, r, l.bits / 8);
}
static ALWAYS_INLINE void pairwise(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    FOR_ESIZE(l, pairwise_at, f)
    vd_done(cpu, op, l.bits);
}
void exec_ADDP_advsimd_vec(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_add); }
void exec_SMAXP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_smax); }
void exec_SMINP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_smin); }
void exec_UMAXP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_umax); }
void exec_UMINP_advsimd(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, e_umin); }
void exec_ADDP_advsimd_pair(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, 64, Elem(cpu->z[op->Rn], 0, 64) + Elem(cpu->z[op->Rn], 1, 64));
}

/* Sums of neighbours, twice as wide: n is the pair. */
static uint64_t e_saddlp(uint64_t n, unsigned esize)
{
    return (uint64_t)SInt(n, esize / 2) + (uint64_t)(SInt(n, esize) >> esize / 2);
}
static uint64_t e_uaddlp(uint64_t n, unsigned esize) { return UInt(n, esize / 2) + (n >> esize / 2); }
static uint64_t e_sadalp(uint64_t d, uint64_t n, unsigned esize) { return d + e_saddlp(n, esize); }
static uint64_t e_uadalp(uint64_t d, uint64_t n, unsigned esize) { return d + e_uaddlp(n, esize); }
static ALWAYS_INLINE struct lanes pairs(struct cpu *cpu, const struct op *op)
{
    return lanes_v(cpu, op, 16u << op->size);
}

void exec_SADDLP_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, pairs(cpu, op), e_saddlp); }
void exec_UADDLP_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, pairs(cpu, op), e_uaddlp); }
void exec_SADALP_advsimd(struct cpu *cpu, const struct op *op)
{
    apply2(cpu, op, accumulating(pairs(cpu, op)), e_sadalp);
}
void exec_UADALP_advsimd(struct cpu *cpu, const struct op *op)
{
    apply2(cpu, op, accumulating(pairs(cpu, op)), e_uadalp);
}

/* ---- Across lanes ---- */
static ALWAYS_INLINE void across_at(struct lanes l, unsigned esize, elem2_fn *f, uint64_t *total)
{
    *total = Elem(l.n, 0, esize);
    for (unsigned e = 1; e < l.bits / esize; e++)
        *total = f(*total, Elem(l.n, e, esize), esize);
}
static ALWAYS_INLINE void across(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint64_t total = 0;
    FOR_ESIZE_TO_32(l, across_at, f, &total)
    SetV(cpu, op->Rd, l.esize, total);
}
static ALWAYS_INLINE void across_long(struct cpu *cpu, const struct op *op, bool is_signed)
{
    struct lanes l = simd(cpu, op);
    uint64_t total = 0;
    for (unsigned e = 0; e < l.bits / l.esize; e++)
        total += extended(l.n, e, l.esize, is_signed);
    SetV(cpu, op->Rd, 2 * l.esize, total);
}
void exec_ADDV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_add); }
void exec_SMAXV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_smax); }
void exec_SMINV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_smin); }
void exec_UMAXV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_umax); }
void exec_UMINV_advsimd(struct cpu *cpu, const struct op *op) { across(cpu, op, e_umin); }
void exec_SADDLV_advsimd(struct cpu *cpu, const struct op *op) { across_long(cpu, op, true); }
void exec_UADDLV_advsimd(struct cpu *cpu, const struct op *op) { across_long(cpu, op, false); }

/* ---- Dot products (FEAT_DotProd) and matrix products of bytes (FEAT_I8MM) ---- */
void exec_SDOT_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 32), e_sdot); }
void exec_UDOT_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 32), e_udot); }
void exec_USDOT_advsimd_vec(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_v(cpu, op, 32), e_usdot); }
/* Two rows of eight bytes of Vn times two of Vm, added to the 2 x 2 words of Vd. */
static ALWAYS_INLINE void mmla(struct cpu *cpu, const struct op *op, elem3_fn *dot)
{
    const uint8_t *n = cpu->z[op->Rn], *m = cpu->z[op->Rm];
    uint8_t r[16];
    for (unsigned e = 0; e < 4; e++) {
        uint64_t sum = Elem(cpu->z[op->Rd], e, 32);
        for (unsigned k = 0; k < 2; k++)
            sum = dot(sum, Elem(n, e / 2 * 2 + k, 32), Elem(m, e % 2 * 2 + k, 32), 32);
        SetElem(r, e, 32, sum);
    }
    SetVBytes(cpu, op->Rd, 128, r);
}
void exec_SMMLA_advsimd_vec(struct cpu *cpu, const struct op *op) { mmla(cpu, op, e_sdot); }
void exec_UMMLA_advsimd_vec(struct cpu *cpu, const struct op *op) { mmla(cpu, op, e_udot); }
void exec_USMMLA_advsimd_vec(struct cpu *cpu, const struct op *op) { mmla(cpu, op, e_usdot); }
