/* AdvSIMD instructions whose elements change size: long, wide, narrow, and long pairwise. Arm ARM C7.2. */
#include "isa/simd.h"

/* ---- Long: both operands extended to the size of the result, then as for elements of that size ---- */
static ALWAYS_INLINE void long2_at(struct lanes l, unsigned esize, bool is_signed, elem2_fn *f, uint8_t *r)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, f(extended(l.n, e, esize, is_signed), extended(l.m, e, esize, is_signed), 2 * esize));
}
static ALWAYS_INLINE void long3_at(struct lanes l, unsigned esize, bool is_signed, elem3_fn *f, uint8_t *r)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize,
                f(Elem(l.a, e, 2 * esize), extended(l.n, e, esize, is_signed), extended(l.m, e, esize, is_signed),
                  2 * esize));
}
/* The narrow elements have 8 to 32 bits. */
#define FOR_NARROW(L, AT, ...)              \
    switch ((L).esize) {                    \
    case 8: AT(L, 8, __VA_ARGS__); break;   \
    case 16: AT(L, 16, __VA_ARGS__); break; \
    case 32: AT(L, 32, __VA_ARGS__); break; \
    }
static ALWAYS_INLINE void long2_lanes(struct cpu *cpu, const struct op *op, struct lanes l, bool is_signed, elem2_fn *f)
{
    uint8_t r[16];
    FOR_NARROW(l, long2_at, is_signed, f, r)
    SetVBytes(cpu, op->Rd, 128, r);
}
static ALWAYS_INLINE void long3_lanes(struct cpu *cpu, const struct op *op, struct lanes l, bool is_signed, elem3_fn *f)
{
    uint8_t r[16];
    FOR_NARROW(l, long3_at, is_signed, f, r)
    SetVBytes(cpu, op->Rd, 128, r);
}
/* Q: the upper halves of Vn and Vm. */
static ALWAYS_INLINE struct lanes halves(struct cpu *cpu, const struct op *op)
{
    struct lanes l = simd(cpu, op);
    l.n = half(l.n, op->Q), l.m = half(l.m, op->Q);
    return l;
}
static ALWAYS_INLINE struct lanes half_by_element(struct cpu *cpu, const struct op *op, uint8_t all[16])
{
    struct lanes l = by_element(cpu, op, simd(cpu, op), all);
    l.n = half(l.n, op->Q);
    return l;
}
static ALWAYS_INLINE void long2(struct cpu *cpu, const struct op *op, bool is_signed, elem2_fn *f)
{
    long2_lanes(cpu, op, halves(cpu, op), is_signed, f);
}
static ALWAYS_INLINE void long3(struct cpu *cpu, const struct op *op, bool is_signed, elem3_fn *f)
{
    long3_lanes(cpu, op, halves(cpu, op), is_signed, f);
}
static ALWAYS_INLINE void long2_elt(struct cpu *cpu, const struct op *op, bool is_signed, elem2_fn *f)
{
    uint8_t all[16];
    long2_lanes(cpu, op, half_by_element(cpu, op, all), is_signed, f);
}
static ALWAYS_INLINE void long3_elt(struct cpu *cpu, const struct op *op, bool is_signed, elem3_fn *f)
{
    uint8_t all[16];
    long3_lanes(cpu, op, half_by_element(cpu, op, all), is_signed, f);
}
void exec_SADDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, true, e_add); }
void exec_UADDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, false, e_add); }
void exec_SSUBL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, true, e_sub); }
void exec_USUBL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, false, e_sub); }
void exec_SABDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, true, e_sabd); }
void exec_SABAL_advsimd(struct cpu *cpu, const struct op *op) { long3(cpu, op, true, e_saba); }
void exec_SMULL_advsimd_vec(struct cpu *cpu, const struct op *op) { long2(cpu, op, true, e_mul); }
void exec_SMLAL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, true, e_mla); }
void exec_SMLSL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, true, e_mls); }
void exec_SMULL_advsimd_elt(struct cpu *cpu, const struct op *op) { long2_elt(cpu, op, true, e_mul); }
void exec_SMLAL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, true, e_mla); }
void exec_SMLSL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, true, e_mls); }
void exec_UABDL_advsimd(struct cpu *cpu, const struct op *op) { long2(cpu, op, false, e_sabd); }
void exec_UABAL_advsimd(struct cpu *cpu, const struct op *op) { long3(cpu, op, false, e_saba); }
void exec_UMULL_advsimd_vec(struct cpu *cpu, const struct op *op) { long2(cpu, op, false, e_mul); }
void exec_UMLAL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, false, e_mla); }
void exec_UMLSL_advsimd_vec(struct cpu *cpu, const struct op *op) { long3(cpu, op, false, e_mls); }
void exec_UMULL_advsimd_elt(struct cpu *cpu, const struct op *op) { long2_elt(cpu, op, false, e_mul); }
void exec_UMLAL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, false, e_mla); }
void exec_UMLSL_advsimd_elt(struct cpu *cpu, const struct op *op) { long3_elt(cpu, op, false, e_mls); }

/* PMULL of bytes, and of doublewords into 128 bits. */
void exec_PMULL_advsimd(struct cpu *cpu, const struct op *op)
{
    if (op->size == 0) {
        struct lanes l = halves(cpu, op);
        uint8_t r[16];
        long2_at(l, 8, false, e_pmul, r);
        SetVBytes(cpu, op->Rd, 128, r);
    } else {
        uint64_t n = Elem(cpu->z[op->Rn], op->Q, 64), m = Elem(cpu->z[op->Rm], op->Q, 64), r[2];
        PolynomialMult64(n, m, r);
        SetVBytes(cpu, op->Rd, 128, r);
    }
}

/* ---- Wide: the first operand has the size of the result ---- */
static ALWAYS_INLINE void wide2_at(struct lanes l, unsigned esize, bool is_signed, elem2_fn *f, uint8_t *r)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, f(Elem(l.n, e, 2 * esize), extended(l.m, e, esize, is_signed), 2 * esize));
}
static ALWAYS_INLINE void wide2(struct cpu *cpu, const struct op *op, bool is_signed, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint8_t r[16];
    l.m = half(l.m, op->Q);
    FOR_NARROW(l, wide2_at, is_signed, f, r)
    SetVBytes(cpu, op->Rd, 128, r);
}
void exec_SADDW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, true, e_add); }
void exec_UADDW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, false, e_add); }
void exec_SSUBW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, true, e_sub); }
void exec_USUBW_advsimd(struct cpu *cpu, const struct op *op) { wide2(cpu, op, false, e_sub); }

/* Shift left long: op->imm; SHLL by the size of the element. */
static ALWAYS_INLINE void shift_long_at(struct lanes l, unsigned esize, uint64_t shift, bool is_signed, uint8_t *r)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, extended(l.n, e, esize, is_signed) << shift);
}
static ALWAYS_INLINE void shift_long(struct cpu *cpu, const struct op *op, uint64_t shift, bool is_signed)
{
    struct lanes l = halves(cpu, op);
    uint8_t r[16];
    FOR_NARROW(l, shift_long_at, shift, is_signed, r)
    SetVBytes(cpu, op->Rd, 128, r);
}
void exec_SSHLL_advsimd(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, op->imm, true); }
void exec_USHLL_advsimd(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, op->imm, false); }
void exec_SHLL_advsimd(struct cpu *cpu, const struct op *op) { shift_long(cpu, op, 8u << op->size, false); }

/* ---- Narrow: f makes elements of esize bits from those of twice that ---- */
static ALWAYS_INLINE void narrow1_at(struct lanes l, unsigned esize, uint64_t imm, elem2_fn *f, uint8_t *r)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, esize, f(Elem(l.n, e, 2 * esize), imm, esize));
}
static ALWAYS_INLINE void narrow1(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint8_t r[8];
    FOR_NARROW(l, narrow1_at, op->imm, f, r)
    SetVpart(cpu, op->Rd, op->Q, r);
}
static ALWAYS_INLINE void narrow2_at(struct lanes l, unsigned esize, elem2_fn *f, uint8_t *r)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, esize, f(Elem(l.n, e, 2 * esize), Elem(l.m, e, 2 * esize), esize));
}
static ALWAYS_INLINE void narrow2(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint8_t r[8];
    FOR_NARROW(l, narrow2_at, f, r)
    SetVpart(cpu, op->Rd, op->Q, r);
}
static inline uint64_t e_xtn(uint64_t n, uint64_t imm, unsigned esize) { return (void)imm, (void)esize, n; }
static inline uint64_t e_addhn(uint64_t n, uint64_t m, unsigned esize) { return (n + m) >> esize; }
static inline uint64_t e_subhn(uint64_t n, uint64_t m, unsigned esize) { return (n - m) >> esize; }
static inline uint64_t e_raddhn(uint64_t n, uint64_t m, unsigned esize) { return (n + m + BIT(esize - 1)) >> esize; }
static inline uint64_t e_rsubhn(uint64_t n, uint64_t m, unsigned esize) { return (n - m + BIT(esize - 1)) >> esize; }
void exec_XTN_advsimd(struct cpu *cpu, const struct op *op) { narrow1(cpu, op, e_xtn); }
void exec_SHRN_advsimd(struct cpu *cpu, const struct op *op) { narrow1(cpu, op, e_ushr); }
void exec_RSHRN_advsimd(struct cpu *cpu, const struct op *op) { narrow1(cpu, op, e_urshr); }
void exec_ADDHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_addhn); }
void exec_SUBHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_subhn); }
void exec_RADDHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_raddhn); }
void exec_RSUBHN_advsimd(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_rsubhn); }

/* ---- Pairs of elements added into one of twice the size ---- */
static ALWAYS_INLINE void pairs_at(struct lanes l, unsigned esize, bool is_signed, bool accumulate)
{
    for (unsigned e = 0; e < l.bits / esize / 2; e++) {
        uint64_t sum = extended(l.n, 2 * e, esize, is_signed) + extended(l.n, 2 * e + 1, esize, is_signed);
        SetElem(l.d, e, 2 * esize, sum + (accumulate ? Elem(l.d, e, 2 * esize) : 0));
    }
}
static ALWAYS_INLINE void add_pairs(struct cpu *cpu, const struct op *op, bool is_signed, bool accumulate)
{
    struct lanes l = simd(cpu, op);
    FOR_NARROW(l, pairs_at, is_signed, accumulate)
    vd_done(cpu, op, l.bits);
}
void exec_SADDLP_advsimd(struct cpu *cpu, const struct op *op) { add_pairs(cpu, op, true, false); }
void exec_SADALP_advsimd(struct cpu *cpu, const struct op *op) { add_pairs(cpu, op, true, true); }
void exec_UADDLP_advsimd(struct cpu *cpu, const struct op *op) { add_pairs(cpu, op, false, false); }
void exec_UADALP_advsimd(struct cpu *cpu, const struct op *op) { add_pairs(cpu, op, false, true); }
