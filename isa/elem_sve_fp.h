/* Walks over SVE floating-point vectors that isa/elem.h does not have: by a scalar, by an indexed element, in pairs, in
 * matrices, from and to halves of the elements. Each reads a group's sources before it writes the group, as the
 * destination may be a source. */
#ifndef SVEMU_ISA_ELEM_SVE_FP_H
#define SVEMU_ISA_ELEM_SVE_FP_H

#include "isa/elem.h"
#include "isa/fpu.h"

/* ---- What one element does ---- */
static ALWAYS_INLINE uint64_t e_fneg(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return likely(!(fp->fpcr & FPCR_AH)) ? n ^ UINT64_C(1) << (esize - 1) : FPNeg(n, esize, fp);
}
static ALWAYS_INLINE uint64_t e_fabs(uint64_t n, unsigned esize, struct fp_status *fp)
{
    return likely(!(fp->fpcr & FPCR_AH)) ? n & Ones(esize - 1) : FPAbs(n, esize, fp);
}
static ALWAYS_INLINE uint64_t e_fabd(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return e_fabs(FPSub(n, m, esize, fp), esize, fp);
}
static ALWAYS_INLINE uint64_t e_fsubr(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPSub(m, n, esize, fp);
}
static ALWAYS_INLINE uint64_t e_fdivr(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPDiv(m, n, esize, fp);
}
static ALWAYS_INLINE uint64_t e_fscale(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPScale(n, SInt(m, esize), esize, fp);
}
/* a + n m, a - n m and their negatives; the factor's sign changes before the product, as NaNs show. */
static ALWAYS_INLINE uint64_t e_fmla(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPMulAdd(a, n, m, esize, fp);
}
static ALWAYS_INLINE uint64_t e_fmls(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPMulAdd(a, e_fneg(n, esize, fp), m, esize, fp);
}
static ALWAYS_INLINE uint64_t e_fnmla(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPMulAdd(e_fneg(a, esize, fp), e_fneg(n, esize, fp), m, esize, fp);
}
static ALWAYS_INLINE uint64_t e_fnmls(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPMulAdd(e_fneg(a, esize, fp), n, m, esize, fp);
}

/* ---- Walks ---- */
/* Zdn = op(Zdn, scalar). */
static ALWAYS_INLINE void map2fp_scalar_at(struct lanes l, unsigned esize, uint64_t m, elem2fp_fn *f,
                                           struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, f(Elem(l.n, e, esize), m, esize, fp));
}
static ALWAYS_INLINE void map2fp_scalar(struct lanes l, uint64_t m, elem2fp_fn *f, struct fp_status *fp)
{
    FOR_ESIZE_FROM_16(l, map2fp_scalar_at, m, f, fp)
}

/* Zd = op(Zn, Zm[index]) and Zda = op(Zda, Zn, Zm[index]): the index counts within each 128 bits. */
static ALWAYS_INLINE void map2fp_index_at(struct lanes l, unsigned esize, unsigned index, elem2fp_fn *f,
                                          struct fp_status *fp)
{
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t m = Elem(l.m, s + index, esize);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(l.d, e, esize, f(Elem(l.n, e, esize), m, esize, fp));
    }
}
static ALWAYS_INLINE void map3fp_index_at(struct lanes l, unsigned esize, unsigned index, elem3fp_fn *f,
                                          struct fp_status *fp)
{
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t m = Elem(l.m, s + index, esize);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(l.d, e, esize, f(Elem(l.a, e, esize), Elem(l.n, e, esize), m, esize, fp));
    }
}

/* Pairs of the first operand give the even elements, pairs of the second the odd ones. */
static ALWAYS_INLINE void map_pair_fp_at(struct lanes l, unsigned esize, elem2fp_fn *f, struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e += 2) {
        uint64_t n0 = Elem(l.n, e, esize), n1 = Elem(l.n, e + 1, esize);
        uint64_t m0 = Elem(l.m, e, esize), m1 = Elem(l.m, e + 1, esize);
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, f(n0, n1, esize, fp));
        if (ActiveElem(l.g, e + 1, esize))
            SetElem(l.d, e + 1, esize, f(m0, m1, esize, fp));
    }
}
static ALWAYS_INLINE void map_pair_fp(struct lanes l, elem2fp_fn *f, struct fp_status *fp)
{
    FOR_ESIZE_FROM_16(l, map_pair_fp_at, f, fp)
}

/* Reduce() of the elements in v, of which there are MAX_VL_BITS / 16 at the most and v has room for: neighbours first,
 * as the vector is halved down to pairs. Beyond the last element, up to a power of two, is the identity. */
static ALWAYS_INLINE uint64_t Reduce(uint64_t *v, unsigned elements, unsigned esize, uint64_t identity, elem2fp_fn *f,
                                     struct fp_status *fp)
{
    unsigned n = 1;
    while (n < elements)
        n *= 2;
    for (unsigned e = elements; e < n; e++)
        v[e] = identity;
    for (; n > 1; n /= 2)
        for (unsigned e = 0; e < n; e += 2)
            v[e / 2] = f(v[e], v[e + 1], esize, fp);
    return v[0];
}

/* ---- Where the lanes are ---- */
/* Zdn, Zm (factors), Za (addend) under Pg. */
static inline struct lanes lanes_z_p_zzz_mad(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_zz(cpu, op);
    l.a = Z(cpu, op->a);
    return l;
}
/* Unpredicated with the element size given, as the row has no size field. */
static inline struct lanes lanes_z_zz_of(struct cpu *cpu, const struct op *op, unsigned esize)
{
    struct lanes l = lanes_z_zz(cpu, op);
    l.esize = esize;
    return l;
}

#endif
