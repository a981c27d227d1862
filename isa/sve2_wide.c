/* SVE2 integer operations whose results are wider than their sources, from bottom (even) or top (odd) elements. Arm ARM
 * C8. op->size is that of the result. */
#include "isa/elem_sve2.h"

/* ---- Long: both sources have half the size ---- */
static ALWAYS_INLINE void map2long(struct cpu *cpu, const struct op *op, unsigned n_half, unsigned m_half,
                                   bool is_unsigned, elem2_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    FOR_ESIZE_FROM_16(l, map2long_at, n_half, m_half, is_unsigned, f)
}
static ALWAYS_INLINE void map3long(struct cpu *cpu, const struct op *op, unsigned n_half, unsigned m_half,
                                   bool is_unsigned, elem3_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    FOR_ESIZE_FROM_16(l, map3long_at, n_half, m_half, is_unsigned, f)
}
static ALWAYS_INLINE void map2wide(struct cpu *cpu, const struct op *op, unsigned m_half, bool is_unsigned, elem2_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    FOR_ESIZE_FROM_16(l, map2wide_at, m_half, is_unsigned, f)
}
/* Doubling products saturate, and so does what adds them. */
static uint64_t e_sqdmull_sve(uint64_t n, uint64_t m, unsigned esize)
{
    bool sat = false;
    return e_sqdmull(n, m, esize, &sat);
}
static uint64_t e_sqdmlal_sve(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    bool sat = false;
    return e_sqdmlal(a, n, m, esize, &sat);
}
static uint64_t e_sqdmlsl_sve(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    bool sat = false;
    return e_sqdmlsl(a, n, m, esize, &sat);
}

void exec_SADDLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, false, e_add); }
void exec_SADDLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, false, e_add); }
void exec_UADDLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, true, e_add); }
void exec_UADDLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, true, e_add); }
void exec_SSUBLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, false, e_sub); }
void exec_SSUBLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, false, e_sub); }
void exec_USUBLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, true, e_sub); }
void exec_USUBLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, true, e_sub); }
void exec_SMULLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, false, e_mul); }
void exec_SMULLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, false, e_mul); }
void exec_UMULLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, true, e_mul); }
void exec_UMULLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, true, e_mul); }
void exec_SABDLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, false, e_sabd); }
void exec_SABDLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, false, e_sabd); }
void exec_UABDLB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, BOTTOM, true, e_uabd); }
void exec_UABDLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, true, e_uabd); }
void exec_SQDMULLB_z_zz(struct cpu *cpu, const struct op *op)
{
    map2long(cpu, op, BOTTOM, BOTTOM, false, e_sqdmull_sve);
}
void exec_SQDMULLT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, TOP, false, e_sqdmull_sve); }
void exec_SADDLBT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, TOP, false, e_add); }
void exec_SSUBLBT_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, BOTTOM, TOP, false, e_sub); }
void exec_SSUBLTB_z_zz(struct cpu *cpu, const struct op *op) { map2long(cpu, op, TOP, BOTTOM, false, e_sub); }

/* ---- Long, added to or subtracted from Zda ---- */
void exec_SMLALB_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, BOTTOM, BOTTOM, false, e_mla); }
void exec_SMLALT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, false, e_mla); }
void exec_UMLALB_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, BOTTOM, BOTTOM, true, e_mla); }
void exec_UMLALT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, true, e_mla); }
void exec_SMLSLB_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, BOTTOM, BOTTOM, false, e_mls); }
void exec_SMLSLT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, false, e_mls); }
void exec_UMLSLB_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, BOTTOM, BOTTOM, true, e_mls); }
void exec_UMLSLT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, true, e_mls); }
void exec_SABALB_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, BOTTOM, BOTTOM, false, e_saba); }
void exec_SABALT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, false, e_saba); }
void exec_UABALB_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, BOTTOM, BOTTOM, true, e_uaba); }
void exec_UABALT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, true, e_uaba); }
void exec_SQDMLALB_z_zzz(struct cpu *cpu, const struct op *op)
{
    map3long(cpu, op, BOTTOM, BOTTOM, false, e_sqdmlal_sve);
}
void exec_SQDMLALT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, false, e_sqdmlal_sve); }
void exec_SQDMLALBT_z_zzz(struct cpu *cpu, const struct op *op)
{
    map3long(cpu, op, BOTTOM, TOP, false, e_sqdmlal_sve);
}
void exec_SQDMLSLB_z_zzz(struct cpu *cpu, const struct op *op)
{
    map3long(cpu, op, BOTTOM, BOTTOM, false, e_sqdmlsl_sve);
}
void exec_SQDMLSLT_z_zzz(struct cpu *cpu, const struct op *op) { map3long(cpu, op, TOP, TOP, false, e_sqdmlsl_sve); }
void exec_SQDMLSLBT_z_zzz(struct cpu *cpu, const struct op *op)
{
    map3long(cpu, op, BOTTOM, TOP, false, e_sqdmlsl_sve);
}

/* ---- Wide: the first source has the size of the result ---- */
void exec_SADDWB_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, BOTTOM, false, e_add); }
void exec_SADDWT_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, TOP, false, e_add); }
void exec_UADDWB_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, BOTTOM, true, e_add); }
void exec_UADDWT_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, TOP, true, e_add); }
void exec_SSUBWB_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, BOTTOM, false, e_sub); }
void exec_SSUBWT_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, TOP, false, e_sub); }
void exec_USUBWB_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, BOTTOM, true, e_sub); }
void exec_USUBWT_z_zz(struct cpu *cpu, const struct op *op) { map2wide(cpu, op, TOP, true, e_sub); }

/* ---- Long, by an indexed element: i3h:i3l of halfwords, i2h:i2l of words ---- */
static ALWAYS_INLINE unsigned long_index(const struct op *op, unsigned esize)
{
    return esize == 32 ? (unsigned)op->i3h << 1 | op->i3l : (unsigned)op->i2h << 1 | op->i2l;
}
static ALWAYS_INLINE void map2long_index(struct cpu *cpu, const struct op *op, unsigned esize, unsigned n_half,
                                         bool is_unsigned, elem2_fn *f)
{
    map2long_index_at(lanes_z_zz_sized(cpu, op, esize), esize, n_half, long_index(op, esize), is_unsigned, f);
}
static ALWAYS_INLINE void map3long_index(struct cpu *cpu, const struct op *op, unsigned esize, unsigned n_half,
                                         bool is_unsigned, elem3_fn *f)
{
    map3long_index_at(lanes_z_zz_sized(cpu, op, esize), esize, n_half, long_index(op, esize), is_unsigned, f);
}
void exec_SMULLB_z_zzi_s(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 32, BOTTOM, false, e_mul); }
void exec_SMULLB_z_zzi_d(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 64, BOTTOM, false, e_mul); }
void exec_SMULLT_z_zzi_s(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 32, TOP, false, e_mul); }
void exec_SMULLT_z_zzi_d(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 64, TOP, false, e_mul); }
void exec_UMULLB_z_zzi_s(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 32, BOTTOM, true, e_mul); }
void exec_UMULLB_z_zzi_d(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 64, BOTTOM, true, e_mul); }
void exec_UMULLT_z_zzi_s(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 32, TOP, true, e_mul); }
void exec_UMULLT_z_zzi_d(struct cpu *cpu, const struct op *op) { map2long_index(cpu, op, 64, TOP, true, e_mul); }
void exec_SQDMULLB_z_zzi_s(struct cpu *cpu, const struct op *op)
{
    map2long_index(cpu, op, 32, BOTTOM, false, e_sqdmull_sve);
}
void exec_SQDMULLB_z_zzi_d(struct cpu *cpu, const struct op *op)
{
    map2long_index(cpu, op, 64, BOTTOM, false, e_sqdmull_sve);
}
void exec_SQDMULLT_z_zzi_s(struct cpu *cpu, const struct op *op)
{
    map2long_index(cpu, op, 32, TOP, false, e_sqdmull_sve);
}
void exec_SQDMULLT_z_zzi_d(struct cpu *cpu, const struct op *op)
{
    map2long_index(cpu, op, 64, TOP, false, e_sqdmull_sve);
}
void exec_SMLALB_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, BOTTOM, false, e_mla); }
void exec_SMLALB_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, BOTTOM, false, e_mla); }
void exec_SMLALT_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, TOP, false, e_mla); }
void exec_SMLALT_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, TOP, false, e_mla); }
void exec_UMLALB_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, BOTTOM, true, e_mla); }
void exec_UMLALB_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, BOTTOM, true, e_mla); }
void exec_UMLALT_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, TOP, true, e_mla); }
void exec_UMLALT_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, TOP, true, e_mla); }
void exec_SMLSLB_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, BOTTOM, false, e_mls); }
void exec_SMLSLB_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, BOTTOM, false, e_mls); }
void exec_SMLSLT_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, TOP, false, e_mls); }
void exec_SMLSLT_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, TOP, false, e_mls); }
void exec_UMLSLB_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, BOTTOM, true, e_mls); }
void exec_UMLSLB_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, BOTTOM, true, e_mls); }
void exec_UMLSLT_z_zzzi_s(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 32, TOP, true, e_mls); }
void exec_UMLSLT_z_zzzi_d(struct cpu *cpu, const struct op *op) { map3long_index(cpu, op, 64, TOP, true, e_mls); }
void exec_SQDMLALB_z_zzzi_s(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 32, BOTTOM, false, e_sqdmlal_sve);
}
void exec_SQDMLALB_z_zzzi_d(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 64, BOTTOM, false, e_sqdmlal_sve);
}
void exec_SQDMLALT_z_zzzi_s(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 32, TOP, false, e_sqdmlal_sve);
}
void exec_SQDMLALT_z_zzzi_d(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 64, TOP, false, e_sqdmlal_sve);
}
void exec_SQDMLSLB_z_zzzi_s(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 32, BOTTOM, false, e_sqdmlsl_sve);
}
void exec_SQDMLSLB_z_zzzi_d(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 64, BOTTOM, false, e_sqdmlsl_sve);
}
void exec_SQDMLSLT_z_zzzi_s(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 32, TOP, false, e_sqdmlsl_sve);
}
void exec_SQDMLSLT_z_zzzi_d(struct cpu *cpu, const struct op *op)
{
    map3long_index(cpu, op, 64, TOP, false, e_sqdmlsl_sve);
}

/* ---- Shift left long ---- */
static ALWAYS_INLINE void shift_long_at(struct lanes l, unsigned esize, unsigned half, bool is_unsigned, uint64_t shift)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, HalfElem(l.n, e, esize, half, is_unsigned) << shift);
}
static void shift_long(struct cpu *cpu, const struct op *op, unsigned half, bool is_unsigned)
{
    struct lanes l = lanes_z_zz_sized(cpu, op, 16u << op->size); /* tsize gives the size of the source */
    FOR_ESIZE_FROM_16(l, shift_long_at, half, is_unsigned, op->imm)
}
void exec_SSHLLB_z_zi(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, BOTTOM, false); }
void exec_SSHLLT_z_zi(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, TOP, false); }
void exec_USHLLB_z_zi(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, BOTTOM, true); }
void exec_USHLLT_z_zi(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, TOP, true); }

/* ---- Long addition with carry: the carry is bit 0 of the odd elements of Zm in, and of the result out ---- */
static ALWAYS_INLINE void add_carry(struct cpu *cpu, const struct op *op, unsigned half, bool subtract)
{
    unsigned esize = op->sz ? 64 : 32;
    struct lanes l = lanes_z_zz_sized(cpu, op, esize);

    for (unsigned e = 0; e < l.bits / esize; e += 2) {
        uint64_t n = Elem(l.n, e + half, esize);
        uint128 sum = (uint128)Elem(l.a, e, esize) + (subtract ? ~n & Ones(esize) : n) + (Elem(l.m, e + 1, esize) & 1);
        SetElem(l.d, e, esize, (uint64_t)sum);
        SetElem(l.d, e + 1, esize, (uint64_t)(sum >> esize));
    }
}
void exec_ADCLB_z_zzz(struct cpu *cpu, const struct op *op) { add_carry(cpu, op, BOTTOM, false); }
void exec_ADCLT_z_zzz(struct cpu *cpu, const struct op *op) { add_carry(cpu, op, TOP, false); }
void exec_SBCLB_z_zzz(struct cpu *cpu, const struct op *op) { add_carry(cpu, op, BOTTOM, true); }
void exec_SBCLT_z_zzz(struct cpu *cpu, const struct op *op) { add_carry(cpu, op, TOP, true); }

/* ---- Polynomial products ---- */
static void pmull(struct cpu *cpu, const struct op *op, unsigned half)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / l.esize; e++)
        SetElem(l.d, e, l.esize,
                (uint64_t)PolynomialMult(HalfElem(l.n, e, l.esize, half, true), HalfElem(l.m, e, l.esize, half, true),
                                         l.esize / 2));
}
static void pmull_q(struct cpu *cpu, const struct op *op, unsigned half)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / 64; e += 2) {
        uint128 product = PolynomialMult(Elem(l.n, e + half, 64), Elem(l.m, e + half, 64), 64);
        SetElem(l.d, e, 64, (uint64_t)product);
        SetElem(l.d, e + 1, 64, (uint64_t)(product >> 64));
    }
}
void exec_PMULLB_z_zz(struct cpu *cpu, const struct op *op) { pmull(cpu, op, BOTTOM); }
void exec_PMULLT_z_zz(struct cpu *cpu, const struct op *op) { pmull(cpu, op, TOP); }
void exec_PMULLB_z_zz_q(struct cpu *cpu, const struct op *op) { pmull_q(cpu, op, BOTTOM); }
void exec_PMULLT_z_zz_q(struct cpu *cpu, const struct op *op) { pmull_q(cpu, op, TOP); }
