/* Counters that --stats and the monitor show, and the last exceptions with their reasons (core/why.h). */
#ifndef SVEMU_CORE_STATS_H
#define SVEMU_CORE_STATS_H

#include "core/cpu.h"
#include "core/ledger.h"

/* Modelled. Cycles are those in which the CPU was on and did not wait (cpu_cycles()), ns has the waiting in it. */
struct stat_time {
    uint64_t instructions, cycles, ns;
};
static inline void stat_add(struct stat_time *sum, struct stat_time t)
{
    sum->instructions += t.instructions, sum->cycles += t.cycles, sum->ns += t.ns;
}
static inline struct stat_time stat_less(struct stat_time a, struct stat_time b)
{
    return (struct stat_time){ a.instructions - b.instructions, a.cycles - b.cycles, a.ns - b.ns };
}

enum {
    WHY_RECORDS = 64,  /* exceptions remembered for each CPU */
    WHY_REASONS = 512, /* different reasons counted for each CPU; the rest is counted as one */
    WHY_PROBES = 16,
    WHY_DECIDERS = 2, /* checks that tell one reason from another */
};

/* One exception as it was taken. */
struct why_record {
    struct why why;
    uint64_t pc;     /* preferred return address */
    uint64_t icount; /* of this CPU, when it was taken */
    uint16_t ec;     /* enum exception_class */
    uint8_t target;  /* EL1 or EL2 */
};

/* What makes one reason: the cause up to its |, and what decided. */
struct why_key {
    const char *format;
    unsigned long arg[2];
    struct why_check decides[WHY_DECIDERS];
    uint16_t target, e2h, vcpu, class; /* vcpu: struct run_stats.now when it was taken; class: stat_class() */
};
/* How often, and what it took. self: at the target EL while it was the last exception there that had not been returned
 * from. total: from the exception to its return, with everything that the same world (the host; one guest) did
 * meanwhile, at other ELs too; of the last `returned` ones alone, as a task may go on elsewhere. */
struct why_cost {
    uint64_t count, returned;
    struct stat_time self, total;
    uint64_t longest; /* cycles, of total */
};
struct why_count {
    struct why_key key;
    struct why_cost cost; /* count 0: free */
};

/* ---- Exceptions that have not been returned from ---- */

enum came_from { CAME_SAME, CAME_EL0, CAME_EL1, CAME_GUEST }; /* the target EL; a guest that is not of VMID 0 */
struct open_exception {
    uint16_t reason; /* cpu_stats.reason[], WHY_REASONS: the others of its target */
    uint8_t target, from;
    uint64_t pc;            /* preferred return address */
    struct stat_time start; /* by the clock of its world */
};
/* Of one EL of one world, the last one last. From each lower EL at most one can be open; of more than there is room for
 * the oldest is forgotten. */
enum { OPEN_DEPTH = 8 };
struct open_stack {
    uint32_t count;
    struct open_exception e[OPEN_DEPTH];
};

/* ---- Counters ---- */

enum counter {
#define COUNTER(NAME, GROUP, KEY, TEXT) COUNT_##NAME,
#include "core/counters.def"
    COUNTERS
};

enum { STAT_CLASSES = 64 + 4, STAT_VCPUS = 32, LENGTHS = 64 };
/* EC to index of exceptions[], 64 + n: IRQ, FIQ, virtual IRQ, virtual FIQ. */
static inline unsigned stat_class(unsigned ec) { return ec < 64 ? ec : 64 + (ec & 3); }

/* A virtual CPU, as far as it ran on this CPU: below EL2 under stage 2 with this VMID and VMPIDR_EL2. */
struct vcpu_stats {
    uint64_t vmid, mpidr; /* vmid UINT64_MAX: all that find no place */
    uint64_t entries;
    struct stat_time at[2];                             /* EL0, EL1 */
    struct stat_time outside;                           /* at EL1, of no exception */
    uint64_t exits[STAT_CLASSES], kernel[STAT_CLASSES]; /* exceptions to EL2, to EL1 */
};

/* From a guest's exit, the exception to EL2, to the next entry of a guest on this CPU; what runs under VMID 0 meanwhile
 * is a protected KVM's host. Lengths: element n counts those from 2^n to 2^(n+1) - 1, element 0 those of 0 and 1. */
struct switch_stats {
    uint64_t count;
    struct stat_time sum;
    uint64_t by_instructions[LENGTHS], by_cycles[LENGTHS], by_ns[LENGTHS];
    /* Of `split` of them it is known what they consisted of (core/ledger.h); by_part: cycles, of those with this part.
     */
    uint64_t split;
    struct stat_time part[LEDGER_PARTS];
    uint64_t by_part[LEDGER_PARTS][LENGTHS];
};
static inline unsigned stat_length(uint64_t n) { return n ? 63 - (unsigned)__builtin_clzll(n) : 0; }

/* Numbers and nothing else, so that a snapshot has them as they are. */
struct run_stats {
    uint64_t count[COUNTERS];
    struct stat_time at[3]; /* by EL, not of guests */
    struct stat_time
        outside[3];          /* of those at EL1 and EL2 what belongs to no exception: before the first, and between */
    struct stat_time guests; /* of all guests but those of VMID 0 */
    struct vcpu_stats vcpu[STAT_VCPUS];
    uint64_t vcpus;
    struct switch_stats switches;
    uint64_t now;                 /* vcpu[now - 1] runs; 0: none */
    struct stat_time since, exit; /* what was accounted up to, when the last guest was left; exit.ns UINT64_MAX: none */
    uint64_t exit_host;           /* that was of VMID 0 */
    /* The switch under way, if it is split: what it consisted of so far, what it is at. */
    struct stat_time part[LEDGER_PARTS], part_since;
    uint64_t split, part_now;
};
enum { OPEN_EL1, OPEN_EL2, OPEN_VCPU, OPEN_STACKS = OPEN_VCPU + STAT_VCPUS }; /* the host's, each vCPU's EL1 */

struct cpu_stats {
    struct run_stats run;
    uint64_t exceptions[3][STAT_CLASSES]; /* by target EL and stat_class() */
    uint64_t taken;
    struct why_record record[WHY_RECORDS]; /* a ring: exception number n is at n % WHY_RECORDS */
    struct why_count reason[WHY_REASONS];
    struct why_cost other_reasons[3];
    struct open_stack open[OPEN_STACKS];
    uint64_t place, place_size;       /* code that is of the part that the switch is at; size 0: not known */
    uint64_t el3_traps[EL3_CONTROLS]; /* exceptions taken to EL3, by the control that decided */
    uint64_t el3_told;                /* bit c: enum el3_control c has been reported */
};

/* One more of a kind; CPUs of unit tests may have no counters. */
static inline void count_event(struct cpu *cpu, enum counter c)
{
    if (likely(cpu->stats))
        cpu->stats->run.count[c]++;
}

/* The PE is about to take an exception of class ec to target, reason as why_taken() returned it; it has taken it. */
void stats_exception(struct cpu *cpu, unsigned target, unsigned ec, unsigned reason);
void stats_taken(struct cpu *cpu);
/* It has returned from one at from; stats_settle() came before its EL changed. */
void stats_returned(struct cpu *cpu, unsigned from);
/* The PE starts at EL2 from reset, or goes on at another time: nothing is accounted to the time between. */
void stats_restart(struct cpu *cpu);
/* Account instructions and time up to now: before they are looked at, and before the EL changes. */
void stats_settle(struct cpu *cpu);
/* The place of a reason in cpu_stats.reason[], a new one if need be; WHY_REASONS: it finds none, and is one of the
 * other reasons of its target. Whoever makes it new counts it. */
unsigned why_place(struct cpu_stats *s, const struct why_key *k);
struct why_cost *why_cost_of(struct cpu_stats *s, unsigned place, unsigned target);

#endif
