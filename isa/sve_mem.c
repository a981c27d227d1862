/* SVE loads and stores, element by element. Arm ARM C8.2, B2.2.
 *
 * Elements are accessed from the lowest, inactive ones not at all. A load writes no register before its last access has
 * succeeded; a store is checked for all elements before the first is written, so a fault leaves memory as it was.
 * First-fault and non-fault loads: where the architecture leaves a choice, an element that was not accessed becomes
 * zero, and nothing is accessed after the first that faults; accesses that may not be speculated (Device memory) count
 * as faulting. */
#include "isa/sve_ldst.h"

struct loaded {
    struct zcopy z[4];
};
/* Whether accesses are watched or not: fast_host() is not there while they are. */
static bool has_fast_entry(struct cpu *cpu, uint64_t va, unsigned size, bool write)
{
    const struct tlb_entry *e = tlb_first(cpu, va);
    return tlb_hit(cpu, write ? e->write_tag : e->read_tag, va, size);
}
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

    for (unsigned e = 0; e < elements; e++) {
        uint64_t x = 0;
        if (ActiveElem(P(cpu, g), e, a.esize)) {
            uint64_t va = element_address(&w, e);
            if (first || has_fast_entry(cpu, va, a.msize, false)) {
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
            if (!has_fast_entry(cpu, va, a->msize, true) && !mem_probe(cpu, va, a->msize, ACC_WRITE | ACC_SVE | a->acc))
                return false;
        }
    }
    return true;
}

void sve_store(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a)
{
    if (!probe(cpu, g, &w, &a))
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
