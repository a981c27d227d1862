/* AdvSIMD floating point: vectors ("simd") and one element ("sisd"); halves, and singles or doubles by sz. Which
 * register gives the elements above the first to a scalar result under FPCR.NEP: Vn of two operands, Vm of comparisons,
 * Vd otherwise. Arm ARM C7.2. */
#include "isa/simd.h"

/* One element: a half, or a single or double by sz. */
static ALWAYS_INLINE void half1(struct cpu *cpu, const struct op *op, elem1fp_fn *f)
{
    scalar1_fp(cpu, op, 16, op->Rd, f);
}
static ALWAYS_INLINE void scalar1(struct cpu *cpu, const struct op *op, elem1fp_fn *f)
{
    if (op->sz)
        scalar1_fp(cpu, op, 64, op->Rd, f);
    else
        scalar1_fp(cpu, op, 32, op->Rd, f);
}
static ALWAYS_INLINE void half2(struct cpu *cpu, const struct op *op, unsigned from, elem2fp_fn *f)
{
    scalar2_fp(cpu, op, 16, from, f);
}
static ALWAYS_INLINE void scalar2(struct cpu *cpu, const struct op *op, unsigned from, elem2fp_fn *f)
{
    if (op->sz)
        scalar2_fp(cpu, op, 64, from, f);
    else
        scalar2_fp(cpu, op, 32, from, f);
}

/* ---- One operand ---- */
static inline uint64_t e_fsqrt(uint64_t n, unsigned esize, struct fp_status *fp) { return FPSqrt(n, esize, fp); }
void exec_FABS_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, half_simd(cpu, op), e_fabs); }
void exec_FABS_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_fabs); }
void exec_FNEG_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, half_simd(cpu, op), e_fneg); }
void exec_FNEG_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_fneg); }
void exec_FSQRT_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, half_simd(cpu, op), e_fsqrt); }
void exec_FSQRT_advsimd(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_fsqrt); }
void exec_FRINTN_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_frintn);
}
void exec_FRINTN_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frintn); }
void exec_FRINTP_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_frintp);
}
void exec_FRINTP_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frintp); }
void exec_FRINTM_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_frintm);
}
void exec_FRINTM_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frintm); }
void exec_FRINTZ_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_frintz);
}
void exec_FRINTZ_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frintz); }
void exec_FRINTA_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_frinta);
}
void exec_FRINTA_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frinta); }
void exec_FRINTX_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_frintx);
}
void exec_FRINTX_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frintx); }
void exec_FRINTI_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_frinti);
}
void exec_FRINTI_advsimd_float(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frinti); }
void exec_FRINT32Z_advsimd(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frint32z); }
void exec_FRINT32X_advsimd(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frint32x); }
void exec_FRINT64Z_advsimd(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frint64z); }
void exec_FRINT64X_advsimd(struct cpu *cpu, const struct op *op) { apply1_fp(cpu, op, fp_simd(cpu, op), e_frint64x); }
void exec_FRECPE_advsimd_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), FPRecipEstimate);
}
void exec_FRECPE_advsimd_float_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, fp_simd(cpu, op), FPRecipEstimate);
}
void exec_FRECPE_advsimd_fp16_sisd(struct cpu *cpu, const struct op *op) { half1(cpu, op, FPRecipEstimate); }
void exec_FRECPE_advsimd_float_sisd(struct cpu *cpu, const struct op *op) { scalar1(cpu, op, FPRecipEstimate); }
void exec_FRSQRTE_advsimd_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), FPRSqrtEstimate);
}
void exec_FRSQRTE_advsimd_float_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, fp_simd(cpu, op), FPRSqrtEstimate);
}
void exec_FRSQRTE_advsimd_fp16_sisd(struct cpu *cpu, const struct op *op) { half1(cpu, op, FPRSqrtEstimate); }
void exec_FRSQRTE_advsimd_float_sisd(struct cpu *cpu, const struct op *op) { scalar1(cpu, op, FPRSqrtEstimate); }
void exec_FRECPX_advsimd_fp16(struct cpu *cpu, const struct op *op) { half1(cpu, op, FPRecpX); }
void exec_FRECPX_advsimd(struct cpu *cpu, const struct op *op) { scalar1(cpu, op, FPRecpX); }
static inline uint64_t e_urecpe(uint64_t n, unsigned esize) { return (void)esize, UnsignedRecipEstimate((uint32_t)n); }
static inline uint64_t e_ursqrte(uint64_t n, unsigned esize) { return (void)esize, UnsignedRSqrtEstimate((uint32_t)n); }
void exec_URECPE_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lanes_v(cpu, op, 32), e_urecpe); }
void exec_URSQRTE_advsimd(struct cpu *cpu, const struct op *op) { apply1(cpu, op, lanes_v(cpu, op, 32), e_ursqrte); }

/* ---- Comparison with zero: here FPCR.NEP has no effect ---- */
static ALWAYS_INLINE void with_zero(struct cpu *cpu, const struct op *op, unsigned N, elem1fp_fn *f)
{
    SetV(cpu, op->Rd, N, f(V(cpu, op->Rn, N), N, &cpu->fp));
}
void exec_FCMEQ_advsimd_zero_fp16_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_fcmeq0);
}
void exec_FCMEQ_advsimd_zero_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, fp_simd(cpu, op), e_fcmeq0);
}
void exec_FCMEQ_advsimd_zero_fp16_bulk_sisd(struct cpu *cpu, const struct op *op) { with_zero(cpu, op, 16, e_fcmeq0); }
void exec_FCMEQ_advsimd_zero_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    with_zero(cpu, op, fp_esize(op), e_fcmeq0);
}
void exec_FCMGE_advsimd_zero_fp16_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_fcmge0);
}
void exec_FCMGE_advsimd_zero_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, fp_simd(cpu, op), e_fcmge0);
}
void exec_FCMGE_advsimd_zero_fp16_bulk_sisd(struct cpu *cpu, const struct op *op) { with_zero(cpu, op, 16, e_fcmge0); }
void exec_FCMGE_advsimd_zero_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    with_zero(cpu, op, fp_esize(op), e_fcmge0);
}
void exec_FCMGT_advsimd_zero_fp16_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_fcmgt0);
}
void exec_FCMGT_advsimd_zero_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, fp_simd(cpu, op), e_fcmgt0);
}
void exec_FCMGT_advsimd_zero_fp16_bulk_sisd(struct cpu *cpu, const struct op *op) { with_zero(cpu, op, 16, e_fcmgt0); }
void exec_FCMGT_advsimd_zero_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    with_zero(cpu, op, fp_esize(op), e_fcmgt0);
}
void exec_FCMLE_advsimd_fp16_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_fcmle0);
}
void exec_FCMLE_advsimd_float_bulk_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, fp_simd(cpu, op), e_fcmle0);
}
void exec_FCMLE_advsimd_fp16_bulk_sisd(struct cpu *cpu, const struct op *op) { with_zero(cpu, op, 16, e_fcmle0); }
void exec_FCMLE_advsimd_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    with_zero(cpu, op, fp_esize(op), e_fcmle0);
}
void exec_FCMLT_advsimd_fp16_lessthan_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, half_simd(cpu, op), e_fcmlt0);
}
void exec_FCMLT_advsimd_float_lessthan_simd(struct cpu *cpu, const struct op *op)
{
    apply1_fp(cpu, op, fp_simd(cpu, op), e_fcmlt0);
}
void exec_FCMLT_advsimd_fp16_lessthan_sisd(struct cpu *cpu, const struct op *op) { with_zero(cpu, op, 16, e_fcmlt0); }
void exec_FCMLT_advsimd_float_lessthan_sisd(struct cpu *cpu, const struct op *op)
{
    with_zero(cpu, op, fp_esize(op), e_fcmlt0);
}

/* ---- Two operands ---- */
void exec_FADD_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, half_simd(cpu, op), FPAdd); }
void exec_FADD_advsimd_fp(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPAdd); }
void exec_FSUB_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, half_simd(cpu, op), FPSub); }
void exec_FSUB_advsimd_fp(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPSub); }
void exec_FDIV_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, half_simd(cpu, op), FPDiv); }
void exec_FDIV_advsimd(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPDiv); }
void exec_FMAX_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, half_simd(cpu, op), FPMax); }
void exec_FMAX_advsimd_fp(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPMax); }
void exec_FMIN_advsimd_fp16(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, half_simd(cpu, op), FPMin); }
void exec_FMIN_advsimd_fp(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPMin); }
void exec_FMAXNM_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), FPMaxNum);
}
void exec_FMAXNM_advsimd_fp(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPMaxNum); }
void exec_FMINNM_advsimd_fp16(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), FPMinNum);
}
void exec_FMINNM_advsimd_fp(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPMinNum); }
void exec_FMUL_advsimd_vec_fp16(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, half_simd(cpu, op), FPMul); }
void exec_FMUL_advsimd_vec_fp(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), FPMul); }
void exec_FABD_advsimd_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), e_fabd);
}
void exec_FABD_advsimd_fp_simd(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), e_fabd); }
void exec_FABD_advsimd_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rn, e_fabd); }
void exec_FABD_advsimd_fp_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rn, e_fabd); }
void exec_FMULX_advsimd_vec_fp16_extended_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), FPMulX);
}
void exec_FMULX_advsimd_vec_fp_extended_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, fp_simd(cpu, op), FPMulX);
}
void exec_FMULX_advsimd_vec_fp16_extended_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rn, FPMulX); }
void exec_FMULX_advsimd_vec_fp_extended_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rn, FPMulX); }
void exec_FRECPS_advsimd_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), FPRecipStepFused);
}
void exec_FRECPS_advsimd_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, fp_simd(cpu, op), FPRecipStepFused);
}
void exec_FRECPS_advsimd_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rn, FPRecipStepFused); }
void exec_FRECPS_advsimd_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rn, FPRecipStepFused); }
void exec_FRSQRTS_advsimd_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), FPRSqrtStepFused);
}
void exec_FRSQRTS_advsimd_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, fp_simd(cpu, op), FPRSqrtStepFused);
}
void exec_FRSQRTS_advsimd_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rn, FPRSqrtStepFused); }
void exec_FRSQRTS_advsimd_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rn, FPRSqrtStepFused); }

/* ---- Comparison ---- */
void exec_FCMEQ_advsimd_reg_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), e_fcmeq);
}
void exec_FCMEQ_advsimd_reg_fp_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, fp_simd(cpu, op), e_fcmeq);
}
void exec_FCMEQ_advsimd_reg_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rm, e_fcmeq); }
void exec_FCMEQ_advsimd_reg_fp_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rm, e_fcmeq); }
void exec_FCMGE_advsimd_reg_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), e_fcmge);
}
void exec_FCMGE_advsimd_reg_fp_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, fp_simd(cpu, op), e_fcmge);
}
void exec_FCMGE_advsimd_reg_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rm, e_fcmge); }
void exec_FCMGE_advsimd_reg_fp_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rm, e_fcmge); }
void exec_FCMGT_advsimd_reg_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), e_fcmgt);
}
void exec_FCMGT_advsimd_reg_fp_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, fp_simd(cpu, op), e_fcmgt);
}
void exec_FCMGT_advsimd_reg_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rm, e_fcmgt); }
void exec_FCMGT_advsimd_reg_fp_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rm, e_fcmgt); }
void exec_FACGE_advsimd_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), e_facge);
}
void exec_FACGE_advsimd_fp_simd(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), e_facge); }
void exec_FACGE_advsimd_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rm, e_facge); }
void exec_FACGE_advsimd_fp_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rm, e_facge); }
void exec_FACGT_advsimd_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp(cpu, op, half_simd(cpu, op), e_facgt);
}
void exec_FACGT_advsimd_fp_simd(struct cpu *cpu, const struct op *op) { apply2_fp(cpu, op, fp_simd(cpu, op), e_facgt); }
void exec_FACGT_advsimd_fp16_sisd(struct cpu *cpu, const struct op *op) { half2(cpu, op, op->Rm, e_facgt); }
void exec_FACGT_advsimd_fp_sisd(struct cpu *cpu, const struct op *op) { scalar2(cpu, op, op->Rm, e_facgt); }

/* ---- Fused multiply-add ---- */
static inline uint64_t e_fmla(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPMulAdd(a, n, m, esize, fp);
}
void exec_FMLA_advsimd_vec_fp16(struct cpu *cpu, const struct op *op)
{
    apply3_fp(cpu, op, half_simd(cpu, op), e_fmla);
}
void exec_FMLA_advsimd_vec_fp(struct cpu *cpu, const struct op *op) { apply3_fp(cpu, op, fp_simd(cpu, op), e_fmla); }
void exec_FMLS_advsimd_vec_fp16(struct cpu *cpu, const struct op *op)
{
    apply3_fp(cpu, op, half_simd(cpu, op), e_fmls);
}
void exec_FMLS_advsimd_vec_fp(struct cpu *cpu, const struct op *op) { apply3_fp(cpu, op, fp_simd(cpu, op), e_fmls); }

/* ---- By element ---- */
static ALWAYS_INLINE void scalar_elt2(struct cpu *cpu, const struct op *op, unsigned N, elem2fp_fn *f)
{
    uint64_t n = V(cpu, op->Rn, N), m = Elem(cpu->z[op->Rm], (unsigned)op->imm, N);
    SetVScalar(cpu, op->Rd, op->Rn, N, f(n, m, N, &cpu->fp));
}
static ALWAYS_INLINE void scalar_elt3(struct cpu *cpu, const struct op *op, unsigned N, elem3fp_fn *f)
{
    uint64_t a = V(cpu, op->Rd, N), n = V(cpu, op->Rn, N), m = Elem(cpu->z[op->Rm], (unsigned)op->imm, N);
    SetVScalar(cpu, op->Rd, op->Rd, N, f(a, n, m, N, &cpu->fp));
}
void exec_FMUL_advsimd_elt_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp_elt(cpu, op, half_simd(cpu, op), FPMul);
}
void exec_FMUL_advsimd_elt_fp_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp_elt(cpu, op, fp_simd(cpu, op), FPMul);
}
void exec_FMUL_advsimd_elt_fp16_sisd(struct cpu *cpu, const struct op *op) { scalar_elt2(cpu, op, 16, FPMul); }
void exec_FMUL_advsimd_elt_fp_sisd(struct cpu *cpu, const struct op *op) { scalar_elt2(cpu, op, fp_esize(op), FPMul); }
void exec_FMULX_advsimd_elt_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp_elt(cpu, op, half_simd(cpu, op), FPMulX);
}
void exec_FMULX_advsimd_elt_fp_simd(struct cpu *cpu, const struct op *op)
{
    apply2_fp_elt(cpu, op, fp_simd(cpu, op), FPMulX);
}
void exec_FMULX_advsimd_elt_fp16_sisd(struct cpu *cpu, const struct op *op) { scalar_elt2(cpu, op, 16, FPMulX); }
void exec_FMULX_advsimd_elt_fp_sisd(struct cpu *cpu, const struct op *op)
{
    scalar_elt2(cpu, op, fp_esize(op), FPMulX);
}
void exec_FMLA_advsimd_elt_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply3_fp_elt(cpu, op, half_simd(cpu, op), e_fmla);
}
void exec_FMLA_advsimd_elt_fp_simd(struct cpu *cpu, const struct op *op)
{
    apply3_fp_elt(cpu, op, fp_simd(cpu, op), e_fmla);
}
void exec_FMLA_advsimd_elt_fp16_sisd(struct cpu *cpu, const struct op *op) { scalar_elt3(cpu, op, 16, e_fmla); }
void exec_FMLA_advsimd_elt_fp_sisd(struct cpu *cpu, const struct op *op) { scalar_elt3(cpu, op, fp_esize(op), e_fmla); }
void exec_FMLS_advsimd_elt_fp16_simd(struct cpu *cpu, const struct op *op)
{
    apply3_fp_elt(cpu, op, half_simd(cpu, op), e_fmls);
}
void exec_FMLS_advsimd_elt_fp_simd(struct cpu *cpu, const struct op *op)
{
    apply3_fp_elt(cpu, op, fp_simd(cpu, op), e_fmls);
}
void exec_FMLS_advsimd_elt_fp16_sisd(struct cpu *cpu, const struct op *op) { scalar_elt3(cpu, op, 16, e_fmls); }
void exec_FMLS_advsimd_elt_fp_sisd(struct cpu *cpu, const struct op *op) { scalar_elt3(cpu, op, fp_esize(op), e_fmls); }
