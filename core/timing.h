/* Cycle-level timing of a CPU: what everything else sees of it. docs/timing.md has the models.
 *
 * Timing may delay an instruction and never changes what it does. A CPU with `fast` has no struct timing: a cycle is an
 * instruction. The others account each instruction before its handler runs (isa/timed.c, over decoded pages of their
 * own) with the parts that are here:
 *   core/timing_model.*   what a model's file says: parameters, and micro-operations, latency and ports by class
 *   core/timing_memory.*  caches, TLBs, walks, DRAM
 *   core/timing_branch.*  the branch predictors
 *   isa/operands.*        what an instruction reads and writes, and which memory
 * Whether accounting is done by chained handlers or one instruction at a time (a trace, a debugger) makes no
 * difference to the cycles. */
#ifndef SVEMU_CORE_TIMING_H
#define SVEMU_CORE_TIMING_H

#include "core/cpu.h"

struct timing;       /* of a CPU: cpu->timing, NULL for fast */
struct timing_model; /* core/timing_model.h */
struct state_pass;

/* ooo: the pipeline that the model's file describes, which for an in-order core is in-order. inorder: a scoreboard that
 * issues at most two instructions a cycle in program order with the file's latencies, ports and memory. */
enum timing_mode { TIMING_FAST, TIMING_INORDER, TIMING_OOO };

/* ---- Counts ----
 * Events of a CPU since it was created, for the PMU and statistics; core/timing_event.def has a row for each, with
 * Arm's number. Those that fast has no notion of stay 0 there. */
enum timing_event {
#define TIMING_EVENT(NAME, NUMBER, TEXT) TE_##NAME,
#include "core/timing_event.def"
    TIMING_EVENTS
};
/* Valid anywhere, also while an instruction is being executed: what has been accounted up to and with it. */
uint64_t timing_event(const struct cpu *cpu, enum timing_event e);
/* cpu_cycles() of core/cpu.h: without those in which it was off or waited (WFI, WFE). With a model the cycle in which
 * the last instruction has committed. fast: instructions. */

/* ---- Switching ----
 * Between instructions of this CPU only. The new pipeline begins empty, caches and predictors cold; modelled time goes
 * on from where it is. m: the model, which must live as long as the machine; NULL only with TIMING_FAST. */
void timing_switch(struct cpu *cpu, enum timing_mode mode, struct timing_model *m);
enum timing_mode timing_mode(const struct cpu *cpu);
/* Every CPU to the mode that its configuration says (on), or to fast; does nothing with those that are in it. Between
 * instructions of the machine. */
void timing_switch_all(struct machine *m, bool on);
void timing_free(struct cpu *cpu);
/* For snapshots: the mode that is saved, or (reading) was, and after the CPU's registers, of which time_cycles is
 * wanted, everything that decides about cycles to come. */
enum timing_mode timing_visit_mode(struct state_pass *s, struct cpu *cpu);
void timing_visit(struct state_pass *s, struct cpu *cpu, enum timing_mode mode, uint64_t time_cycles);

/* ---- What happens beside instructions' own row ----
 * Each is called after the instruction itself was accounted, and costs what the model's parameter says. Nothing happens
 * with fast. */
enum timing_sync {
    SYNC_ISB,       /* and other context synchronization events that are no exception */
    SYNC_EXCEPTION, /* taking one: from its cause to the vector's first instruction */
    SYNC_ERET,
    SYNC_VL,   /* CurrentVL has changed by a write of ZCR_ELx, which synchronises itself */
    SYNC_WAKE, /* out of WFI or WFE */
    SYNC_COUNT
};
void timing_sync_slow(struct cpu *cpu, enum timing_sync what);
static inline void timing_sync(struct cpu *cpu, enum timing_sync what)
{
    if (unlikely(cpu->timing != NULL))
        timing_sync_slow(cpu, what);
}
/* Nothing is dispatched before the cycle (of cpu_cycles()) until, and nothing is in flight: barriers, TLB maintenance
 * that waits for others, accesses of devices. */
void timing_stall(struct cpu *cpu, uint64_t until);

/* ---- Where cycles go (the ledger, core/ledger.c) ----
 * Called at each taken branch, with the address branched to, while not NULL; the cycles up to and with the branch are
 * those of cpu_cycles(). Only with a model. Set it between instructions or from within it. */
typedef void timing_branch_hook(struct cpu *cpu, uint64_t target);
void timing_set_branch_hook(struct cpu *cpu, timing_branch_hook *hook);

/* For core/cpu.c, with a model: the cycle at which the handlers must be left; returns the instruction count that is not
 * to be passed until then. And cpu_cycles(). */
uint64_t timing_run_until(struct cpu *cpu, uint64_t cycle);
uint64_t timing_cycles(const struct cpu *cpu);
/* For the engine, with a model, before the deadline is compared: has that cycle come? */
void timing_look(struct cpu *cpu);
/* For sysregs/sve.c, with a model: the vector length is another one. */
void timing_vl_changed(struct cpu *cpu);

#endif
