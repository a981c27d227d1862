/* The shapes of scalar FP and AdvSIMD instructions: which registers and elements an operation is applied to, and what
 * becomes of the rest of the destination. */
#ifndef SVEMU_ISA_SIMD_H
#define SVEMU_ISA_SIMD_H

#include "isa/elem.h"
#include "isa/elem_sat.h"
#include "isa/fpu.h"

/* ---- Where the lanes are ---- */
/* Elements by size:2, of a whole vector or one of them ("simd" and "sisd" of the row's name). */
static ALWAYS_INLINE struct lanes simd(struct cpu *cpu, const struct op *op)
{
    return lanes_v(cpu, op, 8u << op->size);
}
static ALWAYS_INLINE struct lanes one_lane(struct cpu *cpu, const struct op *op, unsigned esize)
{
    struct lanes l = lanes_v(cpu, op, esize);
    l.bits = esize;
    return l;
}
static ALWAYS_INLINE struct lanes sisd(struct cpu *cpu, const struct op *op)
{
    return one_lane(cpu, op, 8u << op->size);
}

/* By element: the second operand is element op->imm of Vm (prepare_elt_...), in every lane. all holds it. */
static ALWAYS_INLINE struct lanes by_element(struct cpu *cpu, const struct op *op, struct lanes l, uint8_t all[16])
{
    uint64_t m = Elem(cpu->z[op->m], (unsigned)op->imm, l.esize);
    for (unsigned e = 0; e < 128 / l.esize; e++)
        SetElem(all, e, l.esize, m);
    l.m = all;
    return l;
}

/* ---- The same operation on each element, in place ---- */
static ALWAYS_INLINE void apply1(struct cpu *cpu, const struct op *op, struct lanes l, elem1_fn *f)
{
    map1(l, f);
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void apply2(struct cpu *cpu, const struct op *op, struct lanes l, elem2_fn *f)
{
    map2(l, f);
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void apply3(struct cpu *cpu, const struct op *op, struct lanes l, elem3_fn *f)
{
    map3(l, f);
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void apply2_elt(struct cpu *cpu, const struct op *op, struct lanes l, elem2_fn *f)
{
    uint8_t all[16];
    apply2(cpu, op, by_element(cpu, op, l, all), f);
}
static ALWAYS_INLINE void apply3_elt(struct cpu *cpu, const struct op *op, struct lanes l, elem3_fn *f)
{
    uint8_t all[16];
    apply3(cpu, op, by_element(cpu, op, l, all), f);
}

/* The last operand is op->imm, a shift. */
static ALWAYS_INLINE void imm2_at(struct lanes l, unsigned esize, uint64_t imm, elem2_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, f(Elem(l.n, e, esize), imm, esize));
}
static ALWAYS_INLINE void imm3_at(struct lanes l, unsigned esize, uint64_t imm, elem3_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, f(Elem(l.d, e, esize), Elem(l.n, e, esize), imm, esize));
}
static ALWAYS_INLINE void apply2_imm(struct cpu *cpu, const struct op *op, struct lanes l, elem2_fn *f)
{
    FOR_ESIZE(l, imm2_at, op->imm, f)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void apply3_imm(struct cpu *cpu, const struct op *op, struct lanes l, elem3_fn *f)
{
    FOR_ESIZE(l, imm3_at, op->imm, f)
    vd_done(cpu, op, l.bits);
}

/* ---- Saturating: the same, and FPSR.QC ---- */
static ALWAYS_INLINE void sat_done(struct cpu *cpu, const struct op *op, unsigned bits, bool sat)
{
    if (sat)
        cpu->fp.fpsr |= FPSR_QC;
    vd_done(cpu, op, bits);
}
static ALWAYS_INLINE void sat1_at(struct lanes l, unsigned esize, elem1sat_fn *f, bool *sat)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, f(Elem(l.n, e, esize), esize, sat));
}
static ALWAYS_INLINE void sat2_at(struct lanes l, unsigned esize, elem2sat_fn *f, bool *sat)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, f(Elem(l.n, e, esize), Elem(l.m, e, esize), esize, sat));
}
static ALWAYS_INLINE void sat3_at(struct lanes l, unsigned esize, elem3sat_fn *f, bool *sat)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, f(Elem(l.a, e, esize), Elem(l.n, e, esize), Elem(l.m, e, esize), esize, sat));
}
static ALWAYS_INLINE void sat_imm_at(struct lanes l, unsigned esize, uint64_t imm, elem2sat_fn *f, bool *sat)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, f(Elem(l.n, e, esize), imm, esize, sat));
}
static ALWAYS_INLINE void apply1_sat(struct cpu *cpu, const struct op *op, struct lanes l, elem1sat_fn *f)
{
    bool sat = false;
    FOR_ESIZE(l, sat1_at, f, &sat)
    sat_done(cpu, op, l.bits, sat);
}
static ALWAYS_INLINE void apply2_sat(struct cpu *cpu, const struct op *op, struct lanes l, elem2sat_fn *f)
{
    bool sat = false;
    FOR_ESIZE(l, sat2_at, f, &sat)
    sat_done(cpu, op, l.bits, sat);
}
static ALWAYS_INLINE void apply3_sat(struct cpu *cpu, const struct op *op, struct lanes l, elem3sat_fn *f)
{
    bool sat = false;
    FOR_ESIZE(l, sat3_at, f, &sat)
    sat_done(cpu, op, l.bits, sat);
}
static ALWAYS_INLINE void apply2_sat_elt(struct cpu *cpu, const struct op *op, struct lanes l, elem2sat_fn *f)
{
    uint8_t all[16];
    apply2_sat(cpu, op, by_element(cpu, op, l, all), f);
}
static ALWAYS_INLINE void apply3_sat_elt(struct cpu *cpu, const struct op *op, struct lanes l, elem3sat_fn *f)
{
    uint8_t all[16];
    apply3_sat(cpu, op, by_element(cpu, op, l, all), f);
}
static ALWAYS_INLINE void apply_sat_imm(struct cpu *cpu, const struct op *op, struct lanes l, elem2sat_fn *f)
{
    bool sat = false;
    FOR_ESIZE(l, sat_imm_at, op->imm, f, &sat)
    sat_done(cpu, op, l.bits, sat);
}

/* ---- Long, wide and narrow ----
 * size names the narrow elements. Q chooses the half of a source or, narrowing, of the destination (Vpart). */
static ALWAYS_INLINE uint64_t extended(const uint8_t *v, unsigned e, unsigned esize, bool is_signed)
{
    return is_signed ? (uint64_t)SInt(Elem(v, e, esize), esize) : Elem(v, e, esize);
}
static ALWAYS_INLINE const uint8_t *half(const uint8_t *v, bool upper) { return v + (upper ? 8 : 0); }

/* Write 64 bits to the lower half, clearing the rest, or to the upper half, keeping the lower one. */
static ALWAYS_INLINE void SetVpart(struct cpu *cpu, unsigned n, bool upper, const uint8_t bytes[8])
{
    if (upper) {
        memcpy(cpu->z[n] + 8, bytes, 8);
        ClearAbove(cpu, n, 128);
    } else {
        SetVBytes(cpu, n, 64, bytes);
    }
}

/* ---- Scalar floating point ----
 * FPCR.NEP, which is RES0 without FEAT_AFP, takes the elements above the first from register from instead of clearing
 * them (IsMerging). */
static ALWAYS_INLINE void SetVScalar(struct cpu *cpu, unsigned d, unsigned from, unsigned N, uint64_t x)
{
    if (unlikely(cpu->fp.fpcr & FPCR_NEP)) {
        memmove(cpu->z[d], cpu->z[from], 16);
        SetElem(cpu->z[d], 0, N, x);
        ClearAbove(cpu, d, 128);
    } else {
        SetV(cpu, d, N, x);
    }
}

/* ---- Vectors of floating point: esize 16, or 32 or 64 by sz ---- */
/* esize becomes a constant in each arm. */
#define FOR_FP_ESIZE(L, AT, ...)            \
    switch ((L).esize) {                    \
    case 16: AT(L, 16, __VA_ARGS__); break; \
    case 32: AT(L, 32, __VA_ARGS__); break; \
    case 64: AT(L, 64, __VA_ARGS__); break; \
    }
static ALWAYS_INLINE unsigned fp_esize(const struct op *op) { return op->sz & 1 ? 64 : 32; }
static ALWAYS_INLINE struct lanes fp_simd(struct cpu *cpu, const struct op *op)
{
    return lanes_v(cpu, op, fp_esize(op));
}
static ALWAYS_INLINE struct lanes half_simd(struct cpu *cpu, const struct op *op) { return lanes_v(cpu, op, 16); }
static ALWAYS_INLINE void apply1_fp(struct cpu *cpu, const struct op *op, struct lanes l, elem1fp_fn *f)
{
    FOR_FP_ESIZE(l, map1fp_at, f, &cpu->fp)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void apply2_fp(struct cpu *cpu, const struct op *op, struct lanes l, elem2fp_fn *f)
{
    FOR_FP_ESIZE(l, map2fp_at, f, &cpu->fp)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void apply3_fp(struct cpu *cpu, const struct op *op, struct lanes l, elem3fp_fn *f)
{
    FOR_FP_ESIZE(l, map3fp_at, f, &cpu->fp)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void apply2_fp_elt(struct cpu *cpu, const struct op *op, struct lanes l, elem2fp_fn *f)
{
    uint8_t all[16];
    apply2_fp(cpu, op, by_element(cpu, op, l, all), f);
}
static ALWAYS_INLINE void apply3_fp_elt(struct cpu *cpu, const struct op *op, struct lanes l, elem3fp_fn *f)
{
    uint8_t all[16];
    apply3_fp(cpu, op, by_element(cpu, op, l, all), f);
}

/* One element of the same kinds ("sisd"); from: SetVScalar. */
static ALWAYS_INLINE void scalar1_fp(struct cpu *cpu, const struct op *op, unsigned N, unsigned from, elem1fp_fn *f)
{
    uint64_t n = V(cpu, op->n, N);
    SetVScalar(cpu, op->d, from, N, f(n, N, &cpu->fp));
}
static ALWAYS_INLINE void scalar2_fp(struct cpu *cpu, const struct op *op, unsigned N, unsigned from, elem2fp_fn *f)
{
    uint64_t n = V(cpu, op->n, N), m = V(cpu, op->m, N);
    SetVScalar(cpu, op->d, from, N, f(n, m, N, &cpu->fp));
}

/* Element functions that need wrapping. */
static inline uint64_t e_fneg(uint64_t n, unsigned esize, struct fp_status *fp) { return FPNeg(n, esize, fp); }
static inline uint64_t e_fabs(uint64_t n, unsigned esize, struct fp_status *fp) { return FPAbs(n, esize, fp); }
static inline uint64_t e_fabd(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPAbs(FPSub(n, m, esize, fp), esize, fp);
}
static inline uint64_t e_fmls(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPMulAdd(a, FPNeg(n, esize, fp), m, esize, fp);
}

/* Rounding to an integral value: FRINTN and its kin. */
static inline uint64_t e_frintn(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundInt(n, esize, FPRounding_TIEEVEN, false, fp);
}
static inline uint64_t e_frintp(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundInt(n, esize, FPRounding_POSINF, false, fp);
}
static inline uint64_t e_frintm(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundInt(n, esize, FPRounding_NEGINF, false, fp);
}
static inline uint64_t e_frintz(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundInt(n, esize, FPRounding_ZERO, false, fp);
}
static inline uint64_t e_frinta(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundInt(n, esize, FPRounding_TIEAWAY, false, fp);
}
static inline uint64_t e_frinti(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundInt(n, esize, FPRoundingMode(fp), false, fp);
}
static inline uint64_t e_frintx(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundInt(n, esize, FPRoundingMode(fp), true, fp);
}
static inline uint64_t e_frint32z(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundIntN(n, esize, FPRounding_ZERO, 32, fp);
}
static inline uint64_t e_frint32x(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundIntN(n, esize, FPRoundingMode(fp), 32, fp);
}
static inline uint64_t e_frint64z(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundIntN(n, esize, FPRounding_ZERO, 64, fp);
}
static inline uint64_t e_frint64x(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return FPRoundIntN(n, esize, FPRoundingMode(fp), 64, fp);
}

/* Comparisons, all ones for true. */
static inline uint64_t e_fcmeq(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return UInt(mask_if(FPCompareEQ(n, m, esize, fp)), esize);
}
static inline uint64_t e_fcmge(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return UInt(mask_if(FPCompareGE(n, m, esize, fp)), esize);
}
static inline uint64_t e_fcmgt(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return UInt(mask_if(FPCompareGT(n, m, esize, fp)), esize);
}
static inline uint64_t e_facge(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return e_fcmge(FPAbs(n, esize, fp), FPAbs(m, esize, fp), esize, fp);
}
static inline uint64_t e_facgt(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return e_fcmgt(FPAbs(n, esize, fp), FPAbs(m, esize, fp), esize, fp);
}
static inline uint64_t e_fcmeq0(uint64_t n, unsigned esize, struct fp_status *fp) { return e_fcmeq(n, 0, esize, fp); }
static inline uint64_t e_fcmge0(uint64_t n, unsigned esize, struct fp_status *fp) { return e_fcmge(n, 0, esize, fp); }
static inline uint64_t e_fcmgt0(uint64_t n, unsigned esize, struct fp_status *fp) { return e_fcmgt(n, 0, esize, fp); }
static inline uint64_t e_fcmle0(uint64_t n, unsigned esize, struct fp_status *fp) { return e_fcmge(0, n, esize, fp); }
static inline uint64_t e_fcmlt0(uint64_t n, unsigned esize, struct fp_status *fp) { return e_fcmgt(0, n, esize, fp); }

#endif
