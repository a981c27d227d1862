/* Counters that --stats and the monitor show, and the last exceptions with their reasons (core/why.h). */
#ifndef SVEMU_CORE_STATS_H
#define SVEMU_CORE_STATS_H

#include "core/cpu.h"

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
    uint16_t target, e2h, vcpu, zero; /* vcpu: struct run_stats.now when it was taken */
};
struct why_count {
    struct why_key key;
    uint64_t count; /* 0: free */
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

struct stat_time {
    uint64_t instructions, ns; /* modelled, with the waiting in it */
};

/* A virtual CPU, as far as it ran on this CPU: below EL2 under stage 2 with this VMID and VMPIDR_EL2. */
struct vcpu_stats {
    uint64_t vmid, mpidr; /* vmid UINT64_MAX: all that find no place */
    uint64_t entries;
    struct stat_time at[2];                             /* EL0, EL1 */
    uint64_t exits[STAT_CLASSES], kernel[STAT_CLASSES]; /* exceptions to EL2, to EL1 */
};

/* From a guest's exit, the exception to EL2, to the next entry of a guest on this CPU. Lengths: element n counts those
 * from 2^n to 2^(n+1) - 1, element 0 those of 0 and 1. */
struct switch_stats {
    uint64_t count, instructions, ns;
    uint64_t by_instructions[LENGTHS], by_ns[LENGTHS];
};

/* Numbers and nothing else, so that a snapshot has them as they are. */
struct run_stats {
    uint64_t count[COUNTERS];
    struct stat_time at[3]; /* by EL, not of guests */
    struct vcpu_stats vcpu[STAT_VCPUS];
    uint64_t vcpus;
    struct switch_stats switches;
    uint64_t now;                 /* vcpu[now - 1] runs; 0: none */
    struct stat_time since, exit; /* what was accounted up to, when the last guest was left; exit.ns UINT64_MAX: none */
};

struct cpu_stats {
    struct run_stats run;
    uint64_t exceptions[3][STAT_CLASSES]; /* by target EL and stat_class() */
    uint64_t taken;
    struct why_record record[WHY_RECORDS]; /* a ring: exception number n is at n % WHY_RECORDS */
    struct why_count reason[WHY_REASONS];
    uint64_t other_reasons[3];
    uint64_t el3_traps[EL3_CONTROLS]; /* exceptions taken to EL3, by the control that decided */
    uint64_t el3_told;                /* bit c: enum el3_control c has been reported */
};

/* One more of a kind; CPUs of unit tests may have no counters. */
static inline void count_event(struct cpu *cpu, enum counter c)
{
    if (likely(cpu->stats))
        cpu->stats->run.count[c]++;
}

/* The PE is about to take an exception of class ec to target. */
void stats_exception(struct cpu *cpu, unsigned target, unsigned ec);
/* It has returned from one at from; stats_settle() came before its EL changed. */
void stats_returned(struct cpu *cpu, unsigned from);
/* The PE starts at EL2 from reset, or goes on at another time: nothing is accounted to the time between. */
void stats_restart(struct cpu *cpu);
/* Account instructions and time up to now: before they are looked at, and before the EL changes. */
void stats_settle(struct cpu *cpu);
/* Count a reason so many times more; where there is no place for it, among the other reasons of its target. */
void why_count(struct cpu_stats *s, const struct why_key *k, uint64_t times);

#endif
