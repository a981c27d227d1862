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

struct timing_memory; /* of one CPU */

/* Caches and TLBs as cpu's model says, empty. CPUs of one cluster (the same MPIDR_EL1 above Aff0, or Aff1 with MT) and
 * the same model share L2 where the model says so; all share the system cache and DRAM of the first CPU that has a
 * model. NULL: no memory. */
struct timing_memory *timing_memory_create(struct cpu *cpu, const struct timing_model *m);
void timing_memory_free(struct timing_memory *t);
void timing_memory_visit(struct state_pass *s, struct timing_memory *t);

/* An access of size bytes (1 to 2048, maybe over lines and one page boundary; pa is that of its first byte and the rest
 * is contiguous) at va whose address is known in cycle now. pc trains the prefetcher. Returns the cycles beyond a hit;
 * for a load until the data is there, for a store until its line is owned, which occupies the store buffer. */
unsigned timing_load(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now, uint64_t pc);
unsigned timing_store(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now, uint64_t pc);
/* Fetch of the line that va (pa) is in. Returns the cycles that the front end waits; 0 is a hit. */
unsigned timing_fetch(struct cpu *cpu, uint64_t va, uint64_t pa, uint64_t now);
/* PRFM of kinds that fetch data: no latency for the instruction. */
void timing_prefetch(struct cpu *cpu, uint64_t va, uint64_t pa, uint64_t now);
/* An access of what is not RAM: cycles beyond a hit. */
unsigned timing_device(struct cpu *cpu, uint64_t pa, unsigned size, uint64_t now);

/* Maintenance. Cycles until it is complete, for the DSB that waits. */
unsigned timing_cache_op(struct cpu *cpu, uint64_t pa, unsigned size, bool invalidate, bool instruction, uint64_t now);
/* TLBI has removed what it has from the TLBs of target (sysregs/tlbi.c, for each CPU that it reaches): so do the
 * modelled TLBs and walk caches. by: the CPU that executes it. */
struct tlbi;
void timing_tlbi(struct cpu *target, const struct tlbi *t, struct cpu *by);
/* Contexts (cpu->tlb_ctx) have been numbered anew: entries by number are meaningless. */
void timing_contexts_renumbered(struct cpu *cpu);

#endif
