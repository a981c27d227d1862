/* The memory system of the timing models: private first-level caches, second level (private or of a cluster), system
 * cache, DRAM; misses in flight, a stride prefetcher, coherence between CPUs; two levels of TLBs, walk caches, and
 * walks of both stages that go through the caches. It holds tags and times, no data: what is read is what physmem has.
 *
 * Times are cycles of the CPU that asks (cpu_cycles()); levels that CPUs share convert by their clocks. Latencies come
 * back as cycles beyond the load-to-use latency of a hit in L1D, which the class of the instruction has, so 0 is a hit
 * in cache and TLB. Physical addresses are those of RAM. Everything but pointers fixed at creation is plain data. */
#ifndef SVEMU_CORE_TIMING_MEMORY_H
#define SVEMU_CORE_TIMING_MEMORY_H

#include "core/timing.h"

struct timing_memory; /* of one CPU: cpu->timing_memory */
struct tlbi;          /* mmu/mmu.h */

/* Caches and TLBs as cpu's model says, empty; cpu->timing_memory is what is returned. CPUs of one cluster (the same
 * MPIDR_EL1 above Aff0, or Aff1 with MT) and the same model share L2 where the model says so; all share the system
 * cache and DRAM of the first CPU whose configuration has a model. NULL: no memory on the host. */
struct timing_memory *timing_memory_create(struct cpu *cpu, struct timing_model *m);
/* t may be NULL. */
void timing_memory_free(struct timing_memory *t);
/* Shared levels are visited with the first CPU (by index) that has them when they are saved. */
void timing_memory_visit(struct state_pass *s, struct timing_memory *t);
/* [TIMING_EVENTS] by enum timing_event: those that happen here. Valid until the next access. */
const uint64_t *timing_memory_counts(struct timing_memory *t);

/* ---- Lines that are known to hit ----
 * What is certain to be in the first-level cache and TLB, by virtual address and context. An entry is a shortcut and
 * nothing else: it goes when its line or its TLB entry does, and a hit by it has every effect that one without it has,
 * so that what is in here never decides about a cycle. */
enum { TIMING_KNOWN = 256, TIMING_L1_TLB = 256, TIMING_DATA = 0, TIMING_FETCH = 1 };
#define TIMING_NO_TAG UINT64_MAX
struct timing_known {
    uint64_t read, write; /* tags: timing_known_tag(); write: the line is owned and dirty */
    uint64_t ready;       /* cycle in which line and translation have arrived, in terms of an access's own */
    uint32_t line, tlb;   /* where they are */
};
struct timing_front {
    uint64_t accesses;   /* how many lines have been asked for; the clock of replacement */
    uint64_t mask;       /* of tags: a line's address, shifted */
    uint64_t shift;      /* log2 of a line's bytes */
    uint64_t *line_used; /* by number of line in the cache: accesses when it was used last */
    uint64_t tlb_used[TIMING_L1_TLB];
    struct timing_known known[TIMING_KNOWN];
};

/* The address's bits 55:0 and the context's number beside one another. */
static ALWAYS_INLINE uint64_t timing_known_tag(const struct cpu *cpu, const struct timing_front *f, uint64_t va)
{
    return (va << 8 & f->mask) | cpu->tlb_ctx;
}
static ALWAYS_INLINE struct timing_known *timing_known_slot(struct timing_front *f, uint64_t va)
{
    return &f->known[va >> f->shift & (TIMING_KNOWN - 1)];
}
static ALWAYS_INLINE struct timing_front *timing_front(const struct cpu *cpu, unsigned which)
{
    return (struct timing_front *)cpu->timing_memory + which; /* its first members */
}
/* No access waits longer than that, in cycles: latencies are below it, and what a snapshot says is not believed. */
enum { LONGEST_WAIT = 1 << 20 };
static inline unsigned timing_wait(uint64_t cycles)
{
    return (unsigned)(cycles < LONGEST_WAIT ? cycles : LONGEST_WAIT);
}

static ALWAYS_INLINE unsigned timing_known_hit(struct timing_front *f, const struct timing_known *k, uint64_t now)
{
    uint64_t n = ++f->accesses;

    f->line_used[k->line] = n;
    f->tlb_used[k->tlb] = n;
    return unlikely(k->ready > now) ? timing_wait(k->ready - now) : 0;
}

unsigned timing_access(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now, uint64_t pc, bool store);
unsigned timing_fetch_line(struct cpu *cpu, uint64_t va, uint64_t pa, uint64_t now);

/* The first part of timing_load() and timing_store() by itself, for who would have to look for the physical address:
 * true if the access is over and *cycles says what it takes. */
static ALWAYS_INLINE MUST_CHECK bool timing_load_known(struct cpu *cpu, uint64_t va, unsigned size, uint64_t now,
                                                       unsigned *cycles)
{
    struct timing_front *f = timing_front(cpu, TIMING_DATA);
    struct timing_known *k = timing_known_slot(f, va);

    if (unlikely(k->read != timing_known_tag(cpu, f, va + size - 1)))
        return false;
    *cycles = timing_known_hit(f, k, now);
    return true;
}
static ALWAYS_INLINE MUST_CHECK bool timing_store_known(struct cpu *cpu, uint64_t va, unsigned size, uint64_t now,
                                                        unsigned *cycles)
{
    struct timing_front *f = timing_front(cpu, TIMING_DATA);
    struct timing_known *k = timing_known_slot(f, va);

    if (unlikely(k->write != timing_known_tag(cpu, f, va + size - 1)))
        return false;
    *cycles = timing_known_hit(f, k, now);
    return true;
}

/* ---- Accesses ---- */

/* An access of size bytes (1 to 2048, maybe over lines and one page boundary; pa is that of its first byte and the rest
 * is contiguous) at va whose address is known in cycle now. pc trains the prefetcher. Returns the cycles beyond a hit;
 * for a load until the data is there, for a store until its line is owned, which occupies the store buffer. */
static ALWAYS_INLINE unsigned timing_load(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now,
                                          uint64_t pc)
{
    unsigned cycles;

    return likely(timing_load_known(cpu, va, size, now, &cycles)) ? cycles
                                                                  : timing_access(cpu, va, pa, size, now, pc, false);
}
static ALWAYS_INLINE unsigned timing_store(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now,
                                           uint64_t pc)
{
    unsigned cycles;

    return likely(timing_store_known(cpu, va, size, now, &cycles)) ? cycles
                                                                   : timing_access(cpu, va, pa, size, now, pc, true);
}
/* Fetch of the line that va (pa) is in. Returns the cycles that the front end waits; 0 is a hit. */
static ALWAYS_INLINE unsigned timing_fetch(struct cpu *cpu, uint64_t va, uint64_t pa, uint64_t now)
{
    struct timing_front *f = timing_front(cpu, TIMING_FETCH);
    struct timing_known *k = timing_known_slot(f, va);

    return likely(k->read == timing_known_tag(cpu, f, va)) ? timing_known_hit(f, k, now)
                                                           : timing_fetch_line(cpu, va, pa, now);
}
/* DC ZVA: a store of whole lines, which are not read first. */
unsigned timing_zero(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now, uint64_t pc);
/* PRFM of kinds that fetch data: no latency for the instruction. */
void timing_prefetch(struct cpu *cpu, uint64_t va, uint64_t pa, uint64_t now);
/* An access of what is not RAM: cycles beyond a hit. */
unsigned timing_device(struct cpu *cpu, uint64_t pa, unsigned size, uint64_t now);

/* ---- Maintenance ---- */

/* DC by address on the size bytes from pa on (data: clean, and invalidate), IC IVAU (instruction), IC IALLU and IALLUIS
 * (instruction, size 0). Cycles until it is complete, for the DSB that waits. */
unsigned timing_cache_op(struct cpu *cpu, uint64_t pa, unsigned size, bool invalidate, bool instruction, uint64_t now);
/* TLBI has removed what it has from the TLBs of target: so do the modelled TLBs and walk caches (mmu/tlb.c calls it,
 * for each CPU that a TLBI reaches). */
void timing_tlbi_slow(struct cpu *target, const struct tlbi *t);
static inline void timing_tlbi(struct cpu *target, const struct tlbi *t)
{
    if (unlikely(target->timing_memory != NULL))
        timing_tlbi_slow(target, t);
}
/* Contexts (cpu->tlb_ctx) have been numbered anew: entries by number are meaningless. */
void timing_contexts_renumbered_slow(struct cpu *cpu);
static inline void timing_contexts_renumbered(struct cpu *cpu)
{
    if (unlikely(cpu->timing_memory != NULL))
        timing_contexts_renumbered_slow(cpu);
}

#endif
