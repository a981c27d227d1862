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
    uint32_t target, e2h;
};
struct why_count {
    struct why_key key;
    uint64_t count; /* 0: free */
};

struct cpu_stats {
    uint64_t exceptions[3][64 + 4]; /* by target EL and ESR_ELx.EC; 64 + n: IRQ, FIQ, virtual IRQ, virtual FIQ */
    uint64_t taken;
    struct why_record record[WHY_RECORDS]; /* a ring: exception number n is at n % WHY_RECORDS */
    struct why_count reason[WHY_REASONS];
    uint64_t other_reasons[3];
    uint64_t el3_traps[EL3_CONTROLS]; /* exceptions taken to EL3, by the control that decided */
    uint64_t el3_told;                /* bit c: enum el3_control c has been reported */
};

/* Count a reason so many times more; where there is no place for it, among the other reasons of its target. */
void why_count(struct cpu_stats *s, const struct why_key *k, uint64_t times);

#endif
