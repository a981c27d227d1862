/* Memory accesses of SVE registers: which elements are where, and how faults are taken. */
#ifndef SVEMU_ISA_SVE_LDST_H
#define SVEMU_ISA_SVE_LDST_H

#include "isa/ldst.h"
#include "isa/pred.h"

/* What one access of one register is: msize bytes of memory, an element of esize bits in the register. */
struct element_access {
    unsigned msize, esize;
    bool sign;     /* loads: extend with the sign */
    unsigned regs; /* structures of 1 to 4: this many registers from Zt on, wrapping at 31 */
    unsigned acc;  /* further ACC_ flags: ACC_NONTEMPORAL */
};

/* Where the elements are: element e at base + e * stride, or, with offsets, at base + (the low bits of element e of
 * offsets, extended, shifted left by scale). */
struct where {
    uint64_t base;
    unsigned stride;
    const uint8_t *offsets;
    unsigned esize, bits, scale;
    bool sign;
};

/* VL / esize, without a division. */
static ALWAYS_INLINE unsigned elements_of(const struct cpu *cpu, unsigned esize)
{
    return CurrentVL(cpu) >> __builtin_ctz(esize);
}

enum faulting { ALL_FAULT, FIRST_FAULT, NO_FAULT };

static ALWAYS_INLINE uint64_t element_address(const struct where *w, unsigned e)
{
    if (!w->offsets)
        return w->base + (uint64_t)e * w->stride;
    uint64_t offset = UInt(Elem(w->offsets, e, w->esize), w->bits);
    return w->base + ((w->sign ? (uint64_t)SInt(offset, w->bits) : offset) << w->scale);
}

/* Host address of [va, va + size) if one fast entry covers it, else NULL. */
static ALWAYS_INLINE uint8_t *fast_host(struct cpu *cpu, uint64_t va, unsigned size, bool write)
{
    const struct tlb_entry *e = tlb_slot(cpu, va);
    return tlb_hit(cpu, write ? e->write_tag : e->read_tag, va, size) ? tlb_host(e, va) : NULL;
}

/* ---- What the fast path reaches, at its host address ----
 * Inlined where the sizes are constants, so that the loops become vector operations. false: nothing was done. */

/* Contiguous, wholly in one page. Register r of a structure has the elements r, r + regs, r + 2 regs, ... */
static ALWAYS_INLINE void load_host(uint8_t *d, const uint8_t *s, const uint8_t *g, unsigned length,
                                    const struct element_access *a)
{
    for (unsigned at = 0; at < length; at += CHUNK_BYTES) {
        const uint8_t *from = s + at / (a->esize / 8) * a->regs * a->msize;
        uint8_t r[CHUNK_BYTES];
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / a->esize; e++) {
            uint64_t x = Elem(from + e * a->regs * a->msize, 0, 8 * a->msize);
            SetElem(r, e, a->esize, a->sign ? (uint64_t)SInt(x, 8 * a->msize) : x);
        }
        chunk_mask x = load_chunk(r) & ActiveBytes(g + at / 8, a->esize);
        memcpy(d + at, &x, CHUNK_BYTES);
    }
}
static ALWAYS_INLINE bool load_contiguous(struct cpu *cpu, unsigned t, unsigned g, const struct where *w,
                                          const struct element_access *a)
{
    unsigned length = CurrentVL(cpu) / 8, size = length / (a->esize / 8) * a->regs * a->msize;
    const uint8_t *host = fast_host(cpu, w->base, size, false);

    if (!host)
        return false;
    for (unsigned r = 0; r < a->regs; r++)
        load_host(ZForWrite(cpu, (t + r) % 32), host + r * a->msize, P(cpu, g), length, a);
    return true;
}
/* Inactive elements of whole chunks are written back as they were: nobody else can write at the same time. */
static ALWAYS_INLINE bool store_contiguous(struct cpu *cpu, unsigned t, unsigned g, const struct where *w,
                                           const struct element_access *a)
{
    unsigned length = CurrentVL(cpu) / 8, size = length / (a->esize / 8) * a->regs * a->msize;
    uint8_t *host = fast_host(cpu, w->base, size, true);

    if (!host)
        return false;
    if (a->regs == 1 && 8 * a->msize == a->esize) {
        for (unsigned at = 0; at < length; at += CHUNK_BYTES) {
            chunk_mask x =
                blend(ActiveBytes(P(cpu, g) + at / 8, a->esize), load_chunk(Z(cpu, t) + at), load_chunk(host + at));
            memcpy(host + at, &x, CHUNK_BYTES);
        }
        return true;
    }
    for (unsigned e = 0; e < length / (a->esize / 8); e++)
        for (unsigned r = 0; ActiveElem(P(cpu, g), e, a->esize) && r < a->regs; r++)
            SetElem(host + (e * a->regs + r) * a->msize, 0, 8 * a->msize, Elem(Z(cpu, (t + r) % 32), e, a->esize));
    return true;
}
/* Each element in some page. */
static ALWAYS_INLINE bool load_gather(struct cpu *cpu, unsigned t, unsigned g, const struct where *w,
                                      const struct element_access *a)
{
    unsigned length = CurrentVL(cpu) / 8;
    struct zcopy r;

    for (unsigned e = 0; e < length / (a->esize / 8); e++) {
        uint64_t x = 0;
        if (ActiveElem(P(cpu, g), e, a->esize)) {
            const uint8_t *host = fast_host(cpu, element_address(w, e), a->msize, false);
            if (!host)
                return false;
            x = Elem(host, 0, 8 * a->msize);
        }
        SetElem(r.b, e, a->esize, a->sign ? (uint64_t)SInt(x, 8 * a->msize) : x);
    }
    memcpy(ZForWrite(cpu, t), r.b, length);
    return true;
}
static ALWAYS_INLINE bool store_scatter(struct cpu *cpu, unsigned t, unsigned g, const struct where *w,
                                        const struct element_access *a)
{
    unsigned elements = CurrentVL(cpu) / a->esize;
    uint8_t *host[MAX_VL_BITS / 32];

    for (unsigned e = 0; e < elements; e++)
        if (ActiveElem(P(cpu, g), e, a->esize) && !(host[e] = fast_host(cpu, element_address(w, e), a->msize, true)))
            return false;
    for (unsigned e = 0; e < elements; e++)
        if (ActiveElem(P(cpu, g), e, a->esize))
            SetElem(host[e], 0, 8 * a->msize, Elem(Z(cpu, t), e, a->esize));
    return true;
}
static ALWAYS_INLINE bool load_fast(struct cpu *cpu, unsigned t, unsigned g, const struct where *w,
                                    const struct element_access *a)
{
    return w->offsets ? load_gather(cpu, t, g, w, a) : load_contiguous(cpu, t, g, w, a);
}
static ALWAYS_INLINE bool store_fast(struct cpu *cpu, unsigned t, unsigned g, const struct where *w,
                                     const struct element_access *a)
{
    return w->offsets ? store_scatter(cpu, t, g, w, a) : store_contiguous(cpu, t, g, w, a);
}

/* ---- Element by element, after load_fast() or store_fast() failed ---- */
/* Load into Zt and following, active elements by P[g]; the others become zero. */
void sve_load(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a);
/* LDFF1 and LDNF1: faults but that of the first active element only clear FFR from the element on. */
void sve_load_ff(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a,
                 enum faulting faulting);
void sve_store(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a);

/* ---- Either way, for Zt and Pg ---- */
static ALWAYS_INLINE void load(struct cpu *cpu, const struct op *op, const struct where *w,
                               const struct element_access *a)
{
    if (!load_fast(cpu, op->Zt, op->Pg, w, a))
        sve_load(cpu, op->Zt, op->Pg, *w, *a);
}
static ALWAYS_INLINE void load_ff(struct cpu *cpu, const struct op *op, const struct where *w,
                                  const struct element_access *a, enum faulting faulting)
{
    if (!load_fast(cpu, op->Zt, op->Pg, w, a))
        sve_load_ff(cpu, op->Zt, op->Pg, *w, *a, faulting);
}
static ALWAYS_INLINE void store(struct cpu *cpu, const struct op *op, const struct where *w,
                                const struct element_access *a)
{
    if (!store_fast(cpu, op->Zt, op->Pg, w, a))
        sve_store(cpu, op->Zt, op->Pg, *w, *a);
}

/* Base register Xn|SP. SP's alignment is checked when there is an active element (else CONSTRAINED UNPREDICTABLE; here
 * it is not). false: the fault was taken. */
static inline MUST_CHECK bool sve_base(struct cpu *cpu, const struct op *op, unsigned esize, uint64_t *base)
{
    if (op->Rn == SP_SLOT && AnyActiveElement(cpu, op->Pg, esize))
        return base_address(cpu, op->Rn, base);
    *base = X(cpu, op->Rn);
    return true;
}

#endif
