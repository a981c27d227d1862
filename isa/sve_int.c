/* SVE integer arithmetic, logic, shifts, comparisons and reductions. Arm ARM C8.2. What one element does is in
 * elem_int.h, which AdvSIMD uses too. */
#include "isa/elem_sat.h"
#include "isa/pred.h"

/* ---- Zd = op(Zn, Zm), all elements ---- */
void exec_ADD_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_add); }
void exec_SUB_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_sub); }
void exec_SQADD_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_sqadd_sve); }
void exec_UQADD_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_uqadd_sve); }
void exec_SQSUB_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_sqsub_sve); }
void exec_UQSUB_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_uqsub_sve); }
void exec_AND_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_and); }
void exec_BIC_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_bic); }
void exec_EOR_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_eor); }
void exec_ORR_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_orr); }

/* ---- Zdn = op(Zdn, Zm), active elements ---- */
void exec_ADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_add); }
void exec_SUB_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_sub); }
void exec_SUBR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_subr); }
void exec_MUL_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_mul); }
void exec_SMULH_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_smulh); }
void exec_UMULH_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_umulh); }
void exec_SDIV_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_sdiv); }
void exec_UDIV_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_udiv); }
void exec_SDIVR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_sdivr); }
void exec_UDIVR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_udivr); }
void exec_SMAX_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_smax); }
void exec_UMAX_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_umax); }
void exec_SMIN_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_smin); }
void exec_UMIN_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_umin); }
void exec_SABD_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_sabd); }
void exec_UABD_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_uabd); }
void exec_AND_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_and); }
void exec_BIC_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_bic); }
void exec_EOR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_eor); }
void exec_ORR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_orr); }
void exec_LSL_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_lsl); }
void exec_LSR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_lsr); }
void exec_ASR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_asr); }
void exec_LSLR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_lslr); }
void exec_LSRR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_lsrr); }
void exec_ASRR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_asrr); }

/* ---- Zdn = op(Zdn, immediate), which is unsigned but for MUL, SMAX and SMIN ---- */
void exec_ADD_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_add); }
void exec_SUB_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_sub); }
void exec_SUBR_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_subr); }
void exec_SQADD_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_suqadd_sve); }
void exec_UQADD_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_uqadd_sve); }
void exec_SQSUB_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_suqsub_sve); }
void exec_UQSUB_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_uqsub_sve); }
void exec_MUL_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_mul); }
void exec_SMAX_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_smax); }
void exec_UMAX_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_umax); }
void exec_SMIN_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_smin); }
void exec_UMIN_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_umin); }
void exec_AND_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_and); }
void exec_EOR_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_eor); }
void exec_ORR_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zi(cpu, op), op->imm, e_orr); }

/* ---- Zd = op(Zn), active elements ---- */
void exec_ABS_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_abs); }
void exec_NEG_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_neg); }
void exec_NOT_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_not); }
void exec_CNOT_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_cnot); }
void exec_CLS_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_cls); }
void exec_CLZ_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_clz); }
void exec_CNT_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_cnt); }
void exec_SXTB_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_sxtb); }
void exec_SXTH_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_sxth); }
void exec_SXTW_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_sxtw); }
void exec_UXTB_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_uxtb); }
void exec_UXTH_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_uxth); }
void exec_UXTW_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_uxtw); }
void exec_RBIT_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_rbit); }
void exec_REVB_z_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_revb); }
void exec_REVH_z_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_revh); }
void exec_REVW_z_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_revw); }

/* ---- Multiply-add ---- */
void exec_MLA_z_p_zzz(struct cpu *cpu, const struct op *op) { map3(lanes_z_p_zzz(cpu, op), e_mla); }
void exec_MLS_z_p_zzz(struct cpu *cpu, const struct op *op) { map3(lanes_z_p_zzz(cpu, op), e_mls); }
/* The multiplicand is destroyed, the addend kept. */
static struct lanes lanes_mad(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_zz(cpu, op);
    l.a = Z(cpu, op->Za);
    return l;
}
void exec_MAD_z_p_zzz(struct cpu *cpu, const struct op *op) { map3(lanes_mad(cpu, op), e_mla); }
void exec_MSB_z_p_zzz(struct cpu *cpu, const struct op *op) { map3(lanes_mad(cpu, op), e_mls); }

/* ---- Shifts: by an immediate, by doublewords ---- */
void exec_LSL_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zz(cpu, op), op->imm, e_lsl); }
void exec_LSR_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zz(cpu, op), op->imm, e_lsr); }
void exec_ASR_z_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_zz(cpu, op), op->imm, e_asr); }
static struct lanes lanes_z_p_zi(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zi(cpu, op);
    l.g = P(cpu, op->Pg);
    return l;
}
void exec_LSL_z_p_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_p_zi(cpu, op), op->imm, e_lsl); }
void exec_LSR_z_p_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_p_zi(cpu, op), op->imm, e_lsr); }
void exec_ASR_z_p_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_p_zi(cpu, op), op->imm, e_asr); }
void exec_ASRD_z_p_zi(struct cpu *cpu, const struct op *op) { map2i(lanes_z_p_zi(cpu, op), op->imm, e_asrd); }

/* The second operand is the doubleword that holds the element. */
static ALWAYS_INLINE void map2w_at(struct lanes l, unsigned esize, elem2_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, f(Elem(l.n, e, esize), Elem(l.m, e * esize / 64, 64), esize));
}
static ALWAYS_INLINE void map2w(const struct cpu *cpu, struct lanes l, unsigned m, elem2_fn *f)
{
    struct zcopy wide;
    z_copy(&wide, cpu, m);
    l.m = wide.b;
    FOR_ESIZE(l, map2w_at, f)
}
void exec_LSL_z_zw(struct cpu *cpu, const struct op *op) { map2w(cpu, lanes_z_zz(cpu, op), op->Zm, e_lsl); }
void exec_LSR_z_zw(struct cpu *cpu, const struct op *op) { map2w(cpu, lanes_z_zz(cpu, op), op->Zm, e_lsr); }
void exec_ASR_z_zw(struct cpu *cpu, const struct op *op) { map2w(cpu, lanes_z_zz(cpu, op), op->Zm, e_asr); }
void exec_LSL_z_p_zw(struct cpu *cpu, const struct op *op) { map2w(cpu, lanes_z_p_zz(cpu, op), op->Zm, e_lsl); }
void exec_LSR_z_p_zw(struct cpu *cpu, const struct op *op) { map2w(cpu, lanes_z_p_zz(cpu, op), op->Zm, e_lsr); }
void exec_ASR_z_p_zw(struct cpu *cpu, const struct op *op) { map2w(cpu, lanes_z_p_zz(cpu, op), op->Zm, e_asr); }

/* ---- Comparisons: a predicate and flags ---- */
enum second { VECTOR, IMMEDIATE };

/* Results, 0 or 1, are written as elements first: a loop that vectorises, and leaves a byte for each predicate bit. */
static ALWAYS_INLINE void compare_at(struct lanes l, unsigned esize, enum second second, uint64_t imm, elem2_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++) {
        uint64_t m = second == VECTOR ? Elem(l.m, e, esize) : UInt(imm, esize);
        SetElem(l.d, e, esize, f(Elem(l.n, e, esize), m, esize));
    }
}
/* Against doublewords both sides are extended to 64 bits, as the comparison is signed or not. */
static ALWAYS_INLINE void compare_wide_at(struct lanes l, unsigned esize, bool sign, elem2_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++) {
        uint64_t n = Elem(l.n, e, esize), m = Elem(l.m, e * esize / 64, 64);
        SetElem(l.d, e, esize, f(sign ? (uint64_t)SInt(n, esize) : n, m, 64));
    }
}
/* Each eight bytes of 0 or 1 to eight bits: the product gathers them, in order, in its highest byte. */
static struct pbits pack(const uint8_t *bytes, unsigned count)
{
    struct pbits p = { { 0 } };
    for (unsigned at = 0; at < count; at += 8) {
        uint64_t eight = Elem(bytes + at, 0, 64) * UINT64_C(0x0102040810204080) >> 56;
        p.w[at / 64] |= eight << (at % 64);
    }
    return p;
}
static ALWAYS_INLINE void compare_done(struct cpu *cpu, const struct op *op, const struct zcopy *bytes)
{
    struct pbits mask = GetP(cpu, op->Pg), result = pred_and(pack(bytes->b, CurrentVL(cpu) / 8), mask);
    SetP(cpu, op->Pd, result);
    PredTest(cpu, mask, result, 8u << op->size);
}
static struct lanes lanes_p_p_zz(struct cpu *cpu, const struct op *op, struct zcopy *bytes)
{
    return (struct lanes){
        .d = bytes->b, .n = Z(cpu, op->Zn), .m = Z(cpu, op->Zm), .bits = CurrentVL(cpu), .esize = 8u << op->size
    };
}
static ALWAYS_INLINE void compare(struct cpu *cpu, const struct op *op, enum second second, elem2_fn *f)
{
    struct zcopy bytes;
    struct lanes l = lanes_p_p_zz(cpu, op, &bytes);
    FOR_ESIZE(l, compare_at, second, op->imm, f)
    compare_done(cpu, op, &bytes);
}
static ALWAYS_INLINE void compare_wide(struct cpu *cpu, const struct op *op, bool sign, elem2_fn *f)
{
    struct zcopy bytes;
    struct lanes l = lanes_p_p_zz(cpu, op, &bytes);
    FOR_ESIZE(l, compare_wide_at, sign, f)
    compare_done(cpu, op, &bytes);
}
void exec_CMPEQ_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, VECTOR, e_cmpeq); }
void exec_CMPNE_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, VECTOR, e_cmpne); }
void exec_CMPGE_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, VECTOR, e_cmpge); }
void exec_CMPGT_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, VECTOR, e_cmpgt); }
void exec_CMPHS_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, VECTOR, e_cmphs); }
void exec_CMPHI_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, VECTOR, e_cmphi); }
void exec_CMPEQ_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmpeq); }
void exec_CMPNE_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmpne); }
void exec_CMPGE_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmpge); }
void exec_CMPGT_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmpgt); }
void exec_CMPLE_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmple); }
void exec_CMPLT_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmplt); }
void exec_CMPHS_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmphs); }
void exec_CMPHI_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmphi); }
void exec_CMPLO_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmplo); }
void exec_CMPLS_p_p_zi(struct cpu *cpu, const struct op *op) { compare(cpu, op, IMMEDIATE, e_cmpls); }
void exec_CMPEQ_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, true, e_cmpeq); }
void exec_CMPNE_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, true, e_cmpne); }
void exec_CMPGE_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, true, e_cmpge); }
void exec_CMPGT_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, true, e_cmpgt); }
void exec_CMPLE_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, true, e_cmple); }
void exec_CMPLT_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, true, e_cmplt); }
void exec_CMPHS_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, false, e_cmphs); }
void exec_CMPHI_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, false, e_cmphi); }
void exec_CMPLO_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, false, e_cmplo); }
void exec_CMPLS_p_p_zw(struct cpu *cpu, const struct op *op) { compare_wide(cpu, op, false, e_cmpls); }

/* ---- Reductions to a SIMD&FP scalar ---- */
static ALWAYS_INLINE void reduce_at(struct lanes l, unsigned esize, elem2_fn *f, uint64_t *result)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            *result = UInt(f(*result, Elem(l.n, e, esize), esize), esize);
}
/* start is the operation's neutral element, the result when no element is active. */
static ALWAYS_INLINE void reduce(struct cpu *cpu, const struct op *op, uint64_t start, elem2_fn *f)
{
    struct lanes l = { .n = Z(cpu, op->Zn), .g = P(cpu, op->Pg), .bits = CurrentVL(cpu), .esize = 8u << op->size };
    uint64_t result = UInt(start, l.esize);
    FOR_ESIZE(l, reduce_at, f, &result)
    SetV(cpu, op->Vd, l.esize, result);
}
void exec_ANDV_r_p_z(struct cpu *cpu, const struct op *op) { reduce(cpu, op, UINT64_MAX, e_and); }
void exec_EORV_r_p_z(struct cpu *cpu, const struct op *op) { reduce(cpu, op, 0, e_eor); }
void exec_ORV_r_p_z(struct cpu *cpu, const struct op *op) { reduce(cpu, op, 0, e_orr); }
void exec_UMAXV_r_p_z(struct cpu *cpu, const struct op *op) { reduce(cpu, op, 0, e_umax); }
void exec_UMINV_r_p_z(struct cpu *cpu, const struct op *op) { reduce(cpu, op, UINT64_MAX, e_umin); }
void exec_SMAXV_r_p_z(struct cpu *cpu, const struct op *op)
{
    reduce(cpu, op, (uint64_t)smallest(8u << op->size), e_smax);
}
void exec_SMINV_r_p_z(struct cpu *cpu, const struct op *op)
{
    reduce(cpu, op, (uint64_t)largest(8u << op->size), e_smin);
}
/* Sums are 64 bits wide for every element size. */
static ALWAYS_INLINE void sum_at(struct lanes l, unsigned esize, bool sign, uint64_t *sum)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        chunk_mask x = load_chunk(l.n + at) & ActiveBytes(l.g + at / 8, esize);
        uint8_t b[CHUNK_BYTES];
        memcpy(b, &x, CHUNK_BYTES);
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            *sum += sign ? (uint64_t)SInt(Elem(b, e, esize), esize) : Elem(b, e, esize);
    }
}
static ALWAYS_INLINE void addv(struct cpu *cpu, const struct op *op, bool sign)
{
    struct lanes l = { .n = Z(cpu, op->Zn), .g = P(cpu, op->Pg), .bits = CurrentVL(cpu), .esize = 8u << op->size };
    uint64_t sum = 0;
    FOR_ESIZE(l, sum_at, sign, &sum)
    SetV(cpu, op->Vd, 64, sum);
}
void exec_SADDV_r_p_z(struct cpu *cpu, const struct op *op) { addv(cpu, op, true); }
void exec_UADDV_r_p_z(struct cpu *cpu, const struct op *op) { addv(cpu, op, false); }

/* ---- Dot products: four elements of a quarter of the size ---- */
static ALWAYS_INLINE uint64_t extended(uint64_t x, unsigned esize, bool sign)
{
    return sign ? (uint64_t)SInt(x, esize) : x;
}
/* index < 0: element by element; else that element of each 128 bits of Zm. */
static ALWAYS_INLINE void dot_at(struct lanes l, unsigned esize, bool n_signed, bool m_signed, int index)
{
    unsigned part = esize / 4, per_segment = 128 / esize;
    for (unsigned e = 0; e < l.bits / esize; e++) {
        unsigned s = index < 0 ? e : e - e % per_segment + (unsigned)index;
        uint64_t sum = Elem(l.a, e, esize);
        for (unsigned i = 0; i < 4; i++)
            sum += extended(Elem(l.n, 4 * e + i, part), part, n_signed) *
                   extended(Elem(l.m, 4 * s + i, part), part, m_signed);
        SetElem(l.d, e, esize, sum);
    }
}
static ALWAYS_INLINE void dot(struct cpu *cpu, const struct op *op, bool n_signed, bool m_signed, int index)
{
    struct lanes l = lanes_z_zz(cpu, op);
    struct zcopy m;
    if (index >= 0) {
        z_copy(&m, cpu, op->Zm);
        l.m = m.b;
    }
    if (l.esize == 32)
        dot_at(l, 32, n_signed, m_signed, index);
    else
        dot_at(l, 64, n_signed, m_signed, index);
}
void exec_SDOT_z_zzz(struct cpu *cpu, const struct op *op) { dot(cpu, op, true, true, -1); }
void exec_UDOT_z_zzz(struct cpu *cpu, const struct op *op) { dot(cpu, op, false, false, -1); }
void exec_USDOT_z_zzz_s(struct cpu *cpu, const struct op *op) { dot(cpu, op, false, true, -1); }
void exec_SDOT_z_zzzi_s(struct cpu *cpu, const struct op *op) { dot(cpu, op, true, true, op->i2); }
void exec_UDOT_z_zzzi_s(struct cpu *cpu, const struct op *op) { dot(cpu, op, false, false, op->i2); }
void exec_SDOT_z_zzzi_d(struct cpu *cpu, const struct op *op) { dot(cpu, op, true, true, op->i1); }
void exec_UDOT_z_zzzi_d(struct cpu *cpu, const struct op *op) { dot(cpu, op, false, false, op->i1); }
void exec_USDOT_z_zzzi_s(struct cpu *cpu, const struct op *op) { dot(cpu, op, false, true, op->i2); }
void exec_SUDOT_z_zzzi_s(struct cpu *cpu, const struct op *op) { dot(cpu, op, true, false, op->i2); }

/* Each 128 bits: the 2 x 2 words of Zda plus the 2 x 8 bytes of Zn times the transposed 2 x 8 of Zm. */
static void MatMulAdd(uint8_t *a, const uint8_t *n, const uint8_t *m, bool n_signed, bool m_signed)
{
    uint8_t result[16];
    for (unsigned i = 0; i < 4; i++) {
        uint64_t sum = Elem(a, i, 32);
        for (unsigned k = 0; k < 8; k++)
            sum +=
                extended(Elem(n, 8 * (i / 2) + k, 8), 8, n_signed) * extended(Elem(m, 8 * (i % 2) + k, 8), 8, m_signed);
        SetElem(result, i, 32, sum);
    }
    memcpy(a, result, 16);
}
static void mmla(struct cpu *cpu, const struct op *op, bool n_signed, bool m_signed)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned at = 0; at < l.bits / 8; at += 16)
        MatMulAdd(l.d + at, l.n + at, l.m + at, n_signed, m_signed);
}
void exec_SMMLA_z_zzz(struct cpu *cpu, const struct op *op) { mmla(cpu, op, true, true); }
void exec_UMMLA_z_zzz(struct cpu *cpu, const struct op *op) { mmla(cpu, op, false, false); }
void exec_USMMLA_z_zzz(struct cpu *cpu, const struct op *op) { mmla(cpu, op, false, true); }

/* ---- Vectors of numbers and addresses ---- */
static ALWAYS_INLINE void index_at(struct lanes l, unsigned esize, uint64_t base, uint64_t step)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, base + e * step);
}
static void index_z(struct cpu *cpu, const struct op *op, uint64_t base, uint64_t step)
{
    struct lanes l = lanes_z_zz(cpu, op);
    FOR_ESIZE(l, index_at, base, step)
}
static uint64_t imm5(const struct op *op) { return (uint64_t)SignExtend(op->imm5, 5); }
void exec_INDEX_z_ii(struct cpu *cpu, const struct op *op)
{
    index_z(cpu, op, imm5(op), (uint64_t)SignExtend(op->imm5b, 5));
}
void exec_INDEX_z_ir(struct cpu *cpu, const struct op *op) { index_z(cpu, op, imm5(op), X(cpu, op->Rm)); }
void exec_INDEX_z_ri(struct cpu *cpu, const struct op *op) { index_z(cpu, op, X(cpu, op->Rn), imm5(op)); }
void exec_INDEX_z_rr(struct cpu *cpu, const struct op *op) { index_z(cpu, op, X(cpu, op->Rn), X(cpu, op->Rm)); }

static void adr(struct cpu *cpu, const struct op *op, unsigned esize, unsigned offset_bits, bool sign)
{
    const uint8_t *n = Z(cpu, op->Zn), *m = Z(cpu, op->Zm);
    uint8_t *d = ZForWrite(cpu, op->Zd);
    for (unsigned e = 0; e < CurrentVL(cpu) / esize; e++) {
        uint64_t offset = UInt(Elem(m, e, esize), offset_bits);
        SetElem(d, e, esize, Elem(n, e, esize) + (extended(offset, offset_bits, sign) << op->msz));
    }
}
void exec_ADR_z_az_d_s32_scaled(struct cpu *cpu, const struct op *op) { adr(cpu, op, 64, 32, true); }
void exec_ADR_z_az_d_u32_scaled(struct cpu *cpu, const struct op *op) { adr(cpu, op, 64, 32, false); }
void exec_ADR_z_az_sd_same_scaled(struct cpu *cpu, const struct op *op)
{
    unsigned esize = op->sz ? 64 : 32;
    adr(cpu, op, esize, esize, false);
}
