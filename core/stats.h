/* Counters that --stats and the monitor show. */
#ifndef SVEMU_CORE_STATS_H
#define SVEMU_CORE_STATS_H

#include <stdint.h>

struct cpu_stats {
    uint64_t exceptions[3][64 + 4]; /* by target EL and ESR_ELx.EC; 64 + n: IRQ, FIQ, virtual IRQ, virtual FIQ */
};

#endif
