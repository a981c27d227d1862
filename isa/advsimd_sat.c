/* AdvSIMD saturating arithmetic, which sets FPSR.QC. Arm ARM C7.2. */
#include "isa/simd.h"

/* ---- Elements of one size ---- */
void exec_SQADD_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqadd); }
void exec_SQADD_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqadd); }
void exec_UQADD_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqadd); }
void exec_UQADD_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqadd); }
void exec_SQSUB_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_sqsub); }
void exec_SQSUB_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_sqsub); }
void exec_UQSUB_advsimd_simd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, simd(cpu, op), e_uqsub); }
void exec_UQSUB_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply2_sat(cpu, op, sisd(cpu, op), e_uqsub); }
void exec_SQABS_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, simd(cpu, op), e_sqabs); }
void exec_SQABS_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, sisd(cpu, op), e_sqabs); }
void exec_SQNEG_advsimd_simd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, simd(cpu, op), e_sqneg); }
void exec_SQNEG_advsimd_sisd(struct cpu *cpu, const struct op *op) { apply1_sat(cpu, op, sisd(cpu, op), e_sqneg); }
/* Vd is the first operand, Vn the second. */
static ALWAYS_INLINE struct lanes d_and_n(struct lanes l)
{
    l.m = l.n, l.n = l.d;
    return l;
}
void exec_SUQADD_advsimd_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, d_and_n(simd(cpu, op)), e_suqadd);
}
void exec_SUQADD_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, d_and_n(sisd(cpu, op)), e_suqadd);
}
void exec_USQADD_advsimd_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, d_and_n(simd(cpu, op)), e_usqadd);
}
void exec_USQADD_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, d_and_n(sisd(cpu, op)), e_usqadd);
}

/* Doubling multiplies that return the high half. */
void exec_SQDMULH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, simd(cpu, op), e_sqdmulh);
}
void exec_SQDMULH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, simd(cpu, op), e_sqdmulh);
}
void exec_SQDMULH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, sisd(cpu, op), e_sqdmulh);
}
void exec_SQDMULH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, sisd(cpu, op), e_sqdmulh);
}
void exec_SQRDMULH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, simd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMULH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, simd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMULH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat(cpu, op, sisd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMULH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply2_sat_elt(cpu, op, sisd(cpu, op), e_sqrdmulh);
}
void exec_SQRDMLAH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, simd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLAH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, simd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLAH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, sisd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLAH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, sisd(cpu, op), e_sqrdmlah);
}
void exec_SQRDMLSH_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, simd(cpu, op), e_sqrdmlsh);
}
void exec_SQRDMLSH_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, simd(cpu, op), e_sqrdmlsh);
}
void exec_SQRDMLSH_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat(cpu, op, sisd(cpu, op), e_sqrdmlsh);
}
void exec_SQRDMLSH_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    apply3_sat_elt(cpu, op, sisd(cpu, op), e_sqrdmlsh);
}

/* ---- Long: elements of 16 or 32 bits, results of twice that; count of them, from the upper half if Q ---- */
static ALWAYS_INLINE void long_sat(struct cpu *cpu, const struct op *op, struct lanes l, elem3sat_fn *f)
{
    unsigned esize = l.esize;
    bool sat = false;
    uint8_t r[16];
    for (unsigned e = 0; e < l.bits / esize; e++) {
        uint64_t n = (uint64_t)SInt(Elem(l.n, e, esize), esize), m = (uint64_t)SInt(Elem(l.m, e, esize), esize);
        SetElem(r, e, 2 * esize, f(Elem(l.d, e, 2 * esize), n, m, 2 * esize, &sat));
    }
    memcpy(l.d, r, 2 * l.bits / 8);
    sat_done(cpu, op, 2 * l.bits, sat);
}
static ALWAYS_INLINE struct lanes halves(struct cpu *cpu, const struct op *op)
{
    struct lanes l = simd(cpu, op);
    l.n = half(l.n, op->Q), l.m = half(l.m, op->Q), l.bits = 64;
    return l;
}
static ALWAYS_INLINE void long_sat_elt(struct cpu *cpu, const struct op *op, bool scalar, elem3sat_fn *f)
{
    uint8_t all[16];
    struct lanes l = by_element(cpu, op, sisd(cpu, op), all);
    if (!scalar)
        l.n = half(l.n, op->Q), l.bits = 64;
    long_sat(cpu, op, l, f);
}
static inline uint64_t e_sqdmull_no_a(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    (void)a;
    return e_sqdmull(n, m, esize, sat);
}
void exec_SQDMULL_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    long_sat(cpu, op, halves(cpu, op), e_sqdmull_no_a);
}
void exec_SQDMULL_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    long_sat(cpu, op, sisd(cpu, op), e_sqdmull_no_a);
}
void exec_SQDMULL_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    long_sat_elt(cpu, op, false, e_sqdmull_no_a);
}
void exec_SQDMULL_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    long_sat_elt(cpu, op, true, e_sqdmull_no_a);
}
void exec_SQDMLAL_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    long_sat(cpu, op, halves(cpu, op), e_sqdmlal);
}
void exec_SQDMLAL_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    long_sat(cpu, op, sisd(cpu, op), e_sqdmlal);
}
void exec_SQDMLAL_advsimd_elt_simd(struct cpu *cpu, const struct op *op) { long_sat_elt(cpu, op, false, e_sqdmlal); }
void exec_SQDMLAL_advsimd_elt_sisd(struct cpu *cpu, const struct op *op) { long_sat_elt(cpu, op, true, e_sqdmlal); }
void exec_SQDMLSL_advsimd_vec_simd(struct cpu *cpu, const struct op *op)
{
    long_sat(cpu, op, halves(cpu, op), e_sqdmlsl);
}
void exec_SQDMLSL_advsimd_vec_sisd(struct cpu *cpu, const struct op *op)
{
    long_sat(cpu, op, sisd(cpu, op), e_sqdmlsl);
}
void exec_SQDMLSL_advsimd_elt_simd(struct cpu *cpu, const struct op *op) { long_sat_elt(cpu, op, false, e_sqdmlsl); }
void exec_SQDMLSL_advsimd_elt_sisd(struct cpu *cpu, const struct op *op) { long_sat_elt(cpu, op, true, e_sqdmlsl); }

/* ---- Narrow: elements of esize bits from those of twice that; imm is a shift or unused ---- */
static ALWAYS_INLINE void narrow_sat_at(struct lanes l, unsigned esize, uint64_t imm, elem2sat_fn *f, uint8_t *r,
                                        bool *sat)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(r, e, esize, f(Elem(l.n, e, 2 * esize), imm, esize, sat));
}
static ALWAYS_INLINE void narrow_sat(struct cpu *cpu, const struct op *op, bool scalar, elem2sat_fn *f)
{
    struct lanes l = sisd(cpu, op);
    uint8_t r[8] = { 0 };
    bool sat = false;
    if (!scalar)
        l.bits = 64;
    switch (l.esize) {
    case 8: narrow_sat_at(l, 8, op->imm, f, r, &sat); break;
    case 16: narrow_sat_at(l, 16, op->imm, f, r, &sat); break;
    default: narrow_sat_at(l, 32, op->imm, f, r, &sat); break;
    }
    SetVpart(cpu, op->Rd, !scalar && op->Q, r);
    if (sat)
        cpu->fp.fpsr |= FPSR_QC;
}
static inline uint64_t e_sqxtn_imm(uint64_t n, uint64_t imm, unsigned esize, bool *sat)
{
    return (void)imm, e_sqxtn(n, esize, sat);
}
static inline uint64_t e_uqxtn_imm(uint64_t n, uint64_t imm, unsigned esize, bool *sat)
{
    return (void)imm, e_uqxtn(n, esize, sat);
}
static inline uint64_t e_sqxtun_imm(uint64_t n, uint64_t imm, unsigned esize, bool *sat)
{
    return (void)imm, e_sqxtun(n, esize, sat);
}
void exec_SQXTN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_sqxtn_imm); }
void exec_SQXTN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_sqxtn_imm); }
void exec_UQXTN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_uqxtn_imm); }
void exec_UQXTN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_uqxtn_imm); }
void exec_SQXTUN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_sqxtun_imm); }
void exec_SQXTUN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_sqxtun_imm); }
void exec_SQSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_sqshrn); }
void exec_SQSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_sqshrn); }
void exec_SQRSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_sqrshrn); }
void exec_SQRSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_sqrshrn); }
void exec_UQSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_uqshrn); }
void exec_UQSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_uqshrn); }
void exec_UQRSHRN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_uqrshrn); }
void exec_UQRSHRN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_uqrshrn); }
void exec_SQSHRUN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_sqshrun); }
void exec_SQSHRUN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_sqshrun); }
void exec_SQRSHRUN_advsimd_simd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, false, e_sqrshrun); }
void exec_SQRSHRUN_advsimd_sisd(struct cpu *cpu, const struct op *op) { narrow_sat(cpu, op, true, e_sqrshrun); }
