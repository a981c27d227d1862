/* Counters that --stats and the monitor show. */
#ifndef SVEMU_CORE_STATS_H
#define SVEMU_CORE_STATS_H

#include <stdint.h>

#include "core/el3.h"

struct cpu_stats {
    uint64_t exceptions[3][64 + 4];   /* by target EL and ESR_ELx.EC; 64 + n: IRQ, FIQ, virtual IRQ, virtual FIQ */
    uint64_t el3_traps[EL3_CONTROLS]; /* exceptions taken to EL3, by the control that decided */
    uint64_t el3_told;                /* bit c: enum el3_control c has been reported */
};

#endif
