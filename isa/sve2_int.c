/* SVE2 integer arithmetic whose elements keep their size. Arm ARM C8; the e_ functions are AdvSIMD's. */
#include "isa/elem_sve2.h"
#include "isa/fpu.h"

/* ---- Shifts by a vector: SVE looks at all of the signed element, AdvSIMD at its low byte ---- */
static uint64_t ShiftSat(uint64_t m, unsigned esize)
{
    int64_t shift = SInt(m, esize), most = esize + 1;
    return (uint64_t)(shift > most ? most : shift < -most ? -most : shift);
}
static uint64_t e_srshl_sve(uint64_t n, uint64_t m, unsigned esize) { return e_srshl(n, ShiftSat(m, esize), esize); }
static uint64_t e_urshl_sve(uint64_t n, uint64_t m, unsigned esize) { return e_urshl(n, ShiftSat(m, esize), esize); }
static uint64_t e_sqshl_sve(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_sqshl(n, ShiftSat(m, esize), esize, sat);
}
static uint64_t e_uqshl_sve(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_uqshl(n, ShiftSat(m, esize), esize, sat);
}
static uint64_t e_sqrshl_sve(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_sqrshl(n, ShiftSat(m, esize), esize, sat);
}
static uint64_t e_uqrshl_sve(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_uqrshl(n, ShiftSat(m, esize), esize, sat);
}

/* ---- Predicated, two vectors ---- */
void exec_SHADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_shadd); }
void exec_UHADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_uhadd); }
void exec_SRHADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_srhadd); }
void exec_URHADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_urhadd); }
void exec_SHSUB_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_shsub); }
void exec_UHSUB_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_uhsub); }
void exec_SRSHL_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_srshl_sve); }
void exec_URSHL_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz(cpu, op), e_urshl_sve); }
void exec_SHSUBR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz_reversed(cpu, op), e_shsub); }
void exec_UHSUBR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz_reversed(cpu, op), e_uhsub); }
void exec_SRSHLR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz_reversed(cpu, op), e_srshl_sve); }
void exec_URSHLR_z_p_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_p_zz_reversed(cpu, op), e_urshl_sve); }
void exec_SQADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_sqadd); }
void exec_UQADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_uqadd); }
void exec_SQSUB_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_sqsub); }
void exec_UQSUB_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_uqsub); }
void exec_SUQADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_suqadd); }
void exec_USQADD_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_usqadd); }
void exec_SQSHL_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_sqshl_sve); }
void exec_UQSHL_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_uqshl_sve); }
void exec_SQRSHL_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_sqrshl_sve); }
void exec_UQRSHL_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz(cpu, op), e_uqrshl_sve); }
void exec_SQSUBR_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz_reversed(cpu, op), e_sqsub); }
void exec_UQSUBR_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz_reversed(cpu, op), e_uqsub); }
void exec_SQSHLR_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz_reversed(cpu, op), e_sqshl_sve); }
void exec_UQSHLR_z_p_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_p_zz_reversed(cpu, op), e_uqshl_sve); }
void exec_SQRSHLR_z_p_zz(struct cpu *cpu, const struct op *op)
{
    map2sat(lanes_z_p_zz_reversed(cpu, op), e_sqrshl_sve);
}
void exec_UQRSHLR_z_p_zz(struct cpu *cpu, const struct op *op)
{
    map2sat(lanes_z_p_zz_reversed(cpu, op), e_uqrshl_sve);
}

/* ---- Pairs ---- */
void exec_ADDP_z_p_zz(struct cpu *cpu, const struct op *op) { map_pair(lanes_z_p_zz(cpu, op), e_add); }
void exec_SMAXP_z_p_zz(struct cpu *cpu, const struct op *op) { map_pair(lanes_z_p_zz(cpu, op), e_smax); }
void exec_SMINP_z_p_zz(struct cpu *cpu, const struct op *op) { map_pair(lanes_z_p_zz(cpu, op), e_smin); }
void exec_UMAXP_z_p_zz(struct cpu *cpu, const struct op *op) { map_pair(lanes_z_p_zz(cpu, op), e_umax); }
void exec_UMINP_z_p_zz(struct cpu *cpu, const struct op *op) { map_pair(lanes_z_p_zz(cpu, op), e_umin); }

/* Pairs of elements of half the size added to Zda. */
static ALWAYS_INLINE void adalp_at(struct lanes l, unsigned esize, bool is_unsigned)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize,
                    Elem(l.d, e, esize) + HalfElem(l.n, e, esize, BOTTOM, is_unsigned) +
                        HalfElem(l.n, e, esize, TOP, is_unsigned));
}
static void adalp(struct cpu *cpu, const struct op *op, bool is_unsigned)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    FOR_ESIZE_FROM_16(l, adalp_at, is_unsigned)
}
void exec_SADALP_z_p_z(struct cpu *cpu, const struct op *op) { adalp(cpu, op, false); }
void exec_UADALP_z_p_z(struct cpu *cpu, const struct op *op) { adalp(cpu, op, true); }

/* ---- One vector ---- */
static uint64_t e_urecpe(uint64_t n, unsigned esize) { return (void)esize, UnsignedRecipEstimate((uint32_t)n); }
static uint64_t e_ursqrte(uint64_t n, unsigned esize) { return (void)esize, UnsignedRSqrtEstimate((uint32_t)n); }
void exec_SQABS_z_p_z(struct cpu *cpu, const struct op *op) { map1sat(lanes_z_p_z(cpu, op), e_sqabs); }
void exec_SQNEG_z_p_z(struct cpu *cpu, const struct op *op) { map1sat(lanes_z_p_z(cpu, op), e_sqneg); }
void exec_URECPE_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_urecpe); }
void exec_URSQRTE_z_p_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_p_z(cpu, op), e_ursqrte); }

/* ---- Unpredicated ---- */
void exec_MUL_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_mul); }
void exec_SMULH_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_smulh); }
void exec_UMULH_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_umulh); }
void exec_PMUL_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz_sized(cpu, op, 8), e_pmul); }
void exec_SQDMULH_z_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_zz(cpu, op), e_sqdmulh); }
void exec_SQRDMULH_z_zz(struct cpu *cpu, const struct op *op) { map2sat(lanes_z_zz(cpu, op), e_sqrdmulh); }
void exec_SABA_z_zzz(struct cpu *cpu, const struct op *op) { map3(lanes_z_zz(cpu, op), e_saba); }
void exec_UABA_z_zzz(struct cpu *cpu, const struct op *op) { map3(lanes_z_zz(cpu, op), e_uaba); }
void exec_SQRDMLAH_z_zzz(struct cpu *cpu, const struct op *op) { map3sat(lanes_z_zz(cpu, op), e_sqrdmlah); }
void exec_SQRDMLSH_z_zzz(struct cpu *cpu, const struct op *op) { map3sat(lanes_z_zz(cpu, op), e_sqrdmlsh); }

/* ---- By an indexed element ---- */
static ALWAYS_INLINE void by_index2(struct cpu *cpu, const struct op *op, unsigned esize, elem2_fn *f)
{
    map2_index_at(lanes_z_zz_sized(cpu, op, esize), esize, index_of(op, esize), f);
}
static ALWAYS_INLINE void by_index3(struct cpu *cpu, const struct op *op, unsigned esize, elem3_fn *f)
{
    map3_index_at(lanes_z_zz_sized(cpu, op, esize), esize, index_of(op, esize), f);
}
void exec_MUL_z_zzi_h(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 16, e_mul); }
void exec_MUL_z_zzi_s(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 32, e_mul); }
void exec_MUL_z_zzi_d(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 64, e_mul); }
void exec_SQDMULH_z_zzi_h(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 16, e_sqdmulh_sve); }
void exec_SQDMULH_z_zzi_s(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 32, e_sqdmulh_sve); }
void exec_SQDMULH_z_zzi_d(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 64, e_sqdmulh_sve); }
void exec_SQRDMULH_z_zzi_h(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 16, e_sqrdmulh_sve); }
void exec_SQRDMULH_z_zzi_s(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 32, e_sqrdmulh_sve); }
void exec_SQRDMULH_z_zzi_d(struct cpu *cpu, const struct op *op) { by_index2(cpu, op, 64, e_sqrdmulh_sve); }
void exec_MLA_z_zzzi_h(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 16, e_mla); }
void exec_MLA_z_zzzi_s(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 32, e_mla); }
void exec_MLA_z_zzzi_d(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 64, e_mla); }
void exec_MLS_z_zzzi_h(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 16, e_mls); }
void exec_MLS_z_zzzi_s(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 32, e_mls); }
void exec_MLS_z_zzzi_d(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 64, e_mls); }
void exec_SQRDMLAH_z_zzzi_h(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 16, e_sqrdmlah_sve); }
void exec_SQRDMLAH_z_zzzi_s(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 32, e_sqrdmlah_sve); }
void exec_SQRDMLAH_z_zzzi_d(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 64, e_sqrdmlah_sve); }
void exec_SQRDMLSH_z_zzzi_h(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 16, e_sqrdmlsh_sve); }
void exec_SQRDMLSH_z_zzzi_s(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 32, e_sqrdmlsh_sve); }
void exec_SQRDMLSH_z_zzzi_d(struct cpu *cpu, const struct op *op) { by_index3(cpu, op, 64, e_sqrdmlsh_sve); }

/* ---- Complex numbers: real parts in even elements ---- */
/* rot: the second operand turned by 90 (0) or 270 (1) degrees. */
static ALWAYS_INLINE void cadd_at(struct lanes l, unsigned esize, unsigned rot, elem2_fn *add, elem2_fn *sub)
{
    for (unsigned e = 0; e < l.bits / esize; e += 2) {
        uint64_t real = Elem(l.m, e, esize), imaginary = Elem(l.m, e + 1, esize);
        SetElem(l.d, e, esize, (rot ? add : sub)(Elem(l.n, e, esize), imaginary, esize));
        SetElem(l.d, e + 1, esize, (rot ? sub : add)(Elem(l.n, e + 1, esize), real, esize));
    }
}
static ALWAYS_INLINE void cadd(struct cpu *cpu, const struct op *op, elem2_fn *add, elem2_fn *sub)
{
    struct lanes l = lanes_z_p_zz(cpu, op);
    FOR_ESIZE(l, cadd_at, op->rot, add, sub)
}
void exec_CADD_z_zz(struct cpu *cpu, const struct op *op) { cadd(cpu, op, e_add, e_sub); }
void exec_SQCADD_z_zz(struct cpu *cpu, const struct op *op) { cadd(cpu, op, e_sqadd_sve, e_sqsub_sve); }

/* One pair. rot: the second operand turned by multiples of 90 degrees; mla and mls add and subtract a product. */
static ALWAYS_INLINE void cmla_pair(struct lanes l, unsigned esize, unsigned e, const uint64_t m[2], unsigned rot,
                                    elem3_fn *mla, elem3_fn *mls)
{
    uint64_t n = Elem(l.n, e + (rot & 1), esize), m_real = m[rot & 1], m_imaginary = m[~rot & 1];
    uint64_t real = Elem(l.a, e, esize), imaginary = Elem(l.a, e + 1, esize);

    SetElem(l.d, e, esize, ((rot & 1) != rot >> 1 ? mls : mla)(real, n, m_real, esize));
    SetElem(l.d, e + 1, esize, (rot >> 1 ? mls : mla)(imaginary, n, m_imaginary, esize));
}
static ALWAYS_INLINE void cmla_at(struct lanes l, unsigned esize, unsigned rot, elem3_fn *mla, elem3_fn *mls)
{
    for (unsigned e = 0; e < l.bits / esize; e += 2) {
        const uint64_t m[2] = { Elem(l.m, e, esize), Elem(l.m, e + 1, esize) };
        cmla_pair(l, esize, e, m, rot, mla, mls);
    }
}
static ALWAYS_INLINE void cmla(struct cpu *cpu, const struct op *op, elem3_fn *mla, elem3_fn *mls)
{
    struct lanes l = lanes_z_zz(cpu, op);
    FOR_ESIZE(l, cmla_at, op->rot, mla, mls)
}
/* By pair op->i of each 128 bits. */
static ALWAYS_INLINE void cmla_index(struct cpu *cpu, const struct op *op, unsigned esize, elem3_fn *mla, elem3_fn *mls)
{
    struct lanes l = lanes_z_zz_sized(cpu, op, esize);
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        const uint64_t m[2] = { Elem(l.m, s + 2 * op->i, esize), Elem(l.m, s + 2 * op->i + 1, esize) };
        for (unsigned e = s; e < s + 128 / esize; e += 2)
            cmla_pair(l, esize, e, m, op->rot, mla, mls);
    }
}
void exec_CMLA_z_zzz(struct cpu *cpu, const struct op *op) { cmla(cpu, op, e_mla, e_mls); }
void exec_CMLA_z_zzzi_h(struct cpu *cpu, const struct op *op) { cmla_index(cpu, op, 16, e_mla, e_mls); }
void exec_CMLA_z_zzzi_s(struct cpu *cpu, const struct op *op) { cmla_index(cpu, op, 32, e_mla, e_mls); }
void exec_SQRDCMLAH_z_zzz(struct cpu *cpu, const struct op *op) { cmla(cpu, op, e_sqrdmlah_sve, e_sqrdmlsh_sve); }
void exec_SQRDCMLAH_z_zzzi_h(struct cpu *cpu, const struct op *op)
{
    cmla_index(cpu, op, 16, e_sqrdmlah_sve, e_sqrdmlsh_sve);
}
void exec_SQRDCMLAH_z_zzzi_s(struct cpu *cpu, const struct op *op)
{
    cmla_index(cpu, op, 32, e_sqrdmlah_sve, e_sqrdmlsh_sve);
}

/* Two pairs of quarter elements give one part of their product's sum, which rot chooses. */
static uint64_t e_cdot(uint64_t a, uint64_t n, uint64_t m, unsigned rot, unsigned esize)
{
    unsigned quarter = esize / 4;
    bool subtract = (rot & 1) == rot >> 1;

    for (unsigned i = 0; i < 4; i += 2) {
        uint64_t n_real = (uint64_t)SInt(n >> i * quarter, quarter);
        uint64_t n_imaginary = (uint64_t)SInt(n >> (i + 1) * quarter, quarter);
        uint64_t m_a = (uint64_t)SInt(m >> (i + (rot & 1)) * quarter, quarter);
        uint64_t m_b = (uint64_t)SInt(m >> (i + (~rot & 1)) * quarter, quarter);
        a += n_real * m_a + (subtract ? 0 - n_imaginary * m_b : n_imaginary * m_b);
    }
    return a;
}
void exec_CDOT_z_zzz(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / l.esize; e++)
        SetElem(l.d, e, l.esize,
                e_cdot(Elem(l.a, e, l.esize), Elem(l.n, e, l.esize), Elem(l.m, e, l.esize), op->rot, l.esize));
}
static void cdot_index(struct cpu *cpu, const struct op *op, unsigned esize)
{
    struct lanes l = lanes_z_zz_sized(cpu, op, esize);
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t m = Elem(l.m, s + op->i, esize);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(l.d, e, esize, e_cdot(Elem(l.a, e, esize), Elem(l.n, e, esize), m, op->rot, esize));
    }
}
void exec_CDOT_z_zzzi_s(struct cpu *cpu, const struct op *op) { cdot_index(cpu, op, 32); }
void exec_CDOT_z_zzzi_d(struct cpu *cpu, const struct op *op) { cdot_index(cpu, op, 64); }
