/* SVE loads and stores, element by element. Arm ARM C8.2, B2.2.
 *
 * Elements are accessed from the lowest, inactive ones not at all. A load writes no register before its last access has
 * succeeded; a store is checked for all elements before the first is written, so a fault leaves memory as it was.
 * Vectors wholly in a page that the fast path reaches are done at its host address. First-fault and non-fault loads:
 * where the architecture leaves a choice, an element that was not accessed becomes zero, and nothing is accessed after
 * the first that faults; accesses that may not be speculated (Device memory) count as faulting. */
#include "isa/sve_ldst.h"

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

/* ---- Contiguous, from and to host memory ---- */

static ALWAYS_INLINE void load_host_at(uint8_t *d, const uint8_t *s, const uint8_t *g, unsigned elements, unsigned step,
                                       unsigned msize, unsigned esize, bool sign)
{
    for (unsigned e = 0; e < elements; e++) {
        uint64_t x = Elem(s + e * step, 0, 8 * msize);
        x = sign ? (uint64_t)SInt(x, 8 * msize) : x;
        SetElem(d, e, esize, ActiveElem(g, e, esize) ? x : 0);
    }
}
static void load_host(uint8_t *d, const uint8_t *s, const uint8_t *g, unsigned elements, unsigned step,
                      const struct element_access *a)
{
    switch (a->msize * 256 + a->esize) {
    case 0x108: load_host_at(d, s, g, elements, step, 1, 8, false); break;
    case 0x110: load_host_at(d, s, g, elements, step, 1, 16, a->sign); break;
    case 0x120: load_host_at(d, s, g, elements, step, 1, 32, a->sign); break;
    case 0x140: load_host_at(d, s, g, elements, step, 1, 64, a->sign); break;
    case 0x210: load_host_at(d, s, g, elements, step, 2, 16, false); break;
    case 0x220: load_host_at(d, s, g, elements, step, 2, 32, a->sign); break;
    case 0x240: load_host_at(d, s, g, elements, step, 2, 64, a->sign); break;
    case 0x420: load_host_at(d, s, g, elements, step, 4, 32, false); break;
    case 0x440: load_host_at(d, s, g, elements, step, 4, 64, a->sign); break;
    default: load_host_at(d, s, g, elements, step, 8, 64, false); break;
    }
}

static ALWAYS_INLINE void store_host_at(uint8_t *d, const uint8_t *s, const uint8_t *g, unsigned elements,
                                        unsigned step, unsigned msize, unsigned esize)
{
    for (unsigned e = 0; e < elements; e++)
        if (ActiveElem(g, e, esize))
            SetElem(d + e * step, 0, 8 * msize, Elem(s, e, esize));
}
static void store_host(uint8_t *d, const uint8_t *s, const uint8_t *g, unsigned elements, unsigned step,
                       const struct element_access *a)
{
    switch (a->msize * 256 + a->esize) {
    case 0x108: store_host_at(d, s, g, elements, step, 1, 8); break;
    case 0x110: store_host_at(d, s, g, elements, step, 1, 16); break;
    case 0x120: store_host_at(d, s, g, elements, step, 1, 32); break;
    case 0x140: store_host_at(d, s, g, elements, step, 1, 64); break;
    case 0x210: store_host_at(d, s, g, elements, step, 2, 16); break;
    case 0x220: store_host_at(d, s, g, elements, step, 2, 32); break;
    case 0x240: store_host_at(d, s, g, elements, step, 2, 64); break;
    case 0x420: store_host_at(d, s, g, elements, step, 4, 32); break;
    case 0x440: store_host_at(d, s, g, elements, step, 4, 64); break;
    default: store_host_at(d, s, g, elements, step, 8, 64); break;
    }
}

/* All of a contiguous access at host addresses. false: it is not wholly in one fast page, and nothing was done. */
static bool load_fast(struct cpu *cpu, unsigned t, unsigned g, const struct where *w, const struct element_access *a)
{
    unsigned elements = elements_of(cpu, a->esize), size = elements * w->stride;
    const uint8_t *host = w->offsets ? NULL : fast_host(cpu, w->base, size, false);

    if (!host)
        return false;
    if (a->regs == 1 && a->msize * 8 == a->esize && AllActiveElements(cpu, g, a->esize)) {
        memcpy(ZForWrite(cpu, t), host, size);
        return true;
    }
    for (unsigned r = 0; r < a->regs; r++)
        load_host(ZForWrite(cpu, (t + r) % 32), host + r * a->msize, P(cpu, g), elements, w->stride, a);
    return true;
}
static bool store_fast(struct cpu *cpu, unsigned t, unsigned g, const struct where *w, const struct element_access *a)
{
    unsigned elements = elements_of(cpu, a->esize), size = elements * w->stride;
    uint8_t *host = w->offsets ? NULL : fast_host(cpu, w->base, size, true);

    if (!host)
        return false;
    if (a->regs == 1 && a->msize * 8 == a->esize && AllActiveElements(cpu, g, a->esize)) {
        memcpy(host, Z(cpu, t), size);
        return true;
    }
    for (unsigned r = 0; r < a->regs; r++)
        store_host(host + r * a->msize, Z(cpu, (t + r) % 32), P(cpu, g), elements, w->stride, a);
    return true;
}

/* ---- Element by element ---- */

struct loaded {
    struct zcopy z[4];
};
static void commit(struct cpu *cpu, unsigned t, const struct loaded *result, unsigned regs)
{
    for (unsigned r = 0; r < regs; r++)
        memcpy(ZForWrite(cpu, (t + r) % 32), result->z[r].b, CurrentVL(cpu) / 8);
}
static uint64_t extend(uint64_t x, const struct element_access *a)
{
    return a->sign ? (uint64_t)SInt(x, 8 * a->msize) : x;
}

void sve_load(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a)
{
    struct loaded result;

    if (load_fast(cpu, t, g, &w, &a))
        return;
    for (unsigned e = 0; e < elements_of(cpu, a.esize); e++) {
        bool active = ActiveElem(P(cpu, g), e, a.esize);
        uint64_t va = active ? element_address(&w, e) : 0;
        for (unsigned r = 0; r < a.regs; r++) {
            uint64_t x = 0;
            if (active && !Mem_read(cpu, va + r * a.msize, a.msize, ACC_SVE | a.acc, &x))
                return;
            SetElem(result.z[r].b, e, a.esize, extend(x, &a));
        }
    }
    commit(cpu, t, &result, a.regs);
}

void sve_load_ff(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a,
                 enum faulting faulting)
{
    unsigned elements = elements_of(cpu, a.esize);
    bool first = faulting == FIRST_FAULT;
    struct loaded result;

    if (load_fast(cpu, t, g, &w, &a))
        return;
    for (unsigned e = 0; e < elements; e++) {
        uint64_t x = 0;
        if (ActiveElem(P(cpu, g), e, a.esize)) {
            uint64_t va = element_address(&w, e);
            if (first || fast_host(cpu, va, a.msize, false)) {
                if (!Mem_read(cpu, va, a.msize, ACC_SVE, &x))
                    return;
                first = false;
            } else if (!mem_read_slow(cpu, va, a.msize, ACC_SVE | ACC_NOFAULT, &x)) {
                memset(result.z[0].b + e * (a.esize / 8), 0, (elements - e) * (a.esize / 8));
                SetP(cpu, FFR, pred_and(GetP(cpu, FFR), pred_bits(e * (a.esize / 8))));
                break;
            }
        }
        SetElem(result.z[0].b, e, a.esize, extend(x, &a));
    }
    commit(cpu, t, &result, 1);
}

/* Would all active elements be written? Takes the fault if not. */
static bool probe(struct cpu *cpu, unsigned g, const struct where *w, const struct element_access *a)
{
    for (unsigned e = 0; e < elements_of(cpu, a->esize); e++) {
        if (!ActiveElem(P(cpu, g), e, a->esize))
            continue;
        for (unsigned r = 0; r < a->regs; r++) {
            uint64_t va = element_address(w, e) + r * a->msize;
            if (!fast_host(cpu, va, a->msize, true) && !mem_probe(cpu, va, a->msize, ACC_WRITE | ACC_SVE | a->acc))
                return false;
        }
    }
    return true;
}

void sve_store(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a)
{
    if (store_fast(cpu, t, g, &w, &a) || !probe(cpu, g, &w, &a))
        return;
    for (unsigned e = 0; e < elements_of(cpu, a.esize); e++) {
        if (!ActiveElem(P(cpu, g), e, a.esize))
            continue;
        uint64_t va = element_address(&w, e);
        for (unsigned r = 0; r < a.regs; r++) {
            uint64_t x = UInt(Elem(Z(cpu, (t + r) % 32), e, a.esize), 8 * a.msize);
            if (!Mem_write(cpu, va + r * a.msize, a.msize, ACC_WRITE | ACC_SVE | a.acc, x))
                return; /* only a device's external abort */
        }
    }
}
