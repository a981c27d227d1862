/* A CPU's timing as the rest of svemu sees it. core/timing.h */
#include "core/timing.h"

#include "core/exception.h"
#include "core/timing_model.h"

uint64_t timing_run_until(struct cpu *cpu, uint64_t cycle)
{
    (void)cpu;
    return cycle;
}

uint64_t timing_cycles(const struct cpu *cpu) { return cpu_icount(cpu) + cpu->cycles_ahead; }

uint64_t timing_event(const struct cpu *cpu, enum timing_event e)
{
    switch (e) {
    case TE_INST_RETIRED:
    case TE_INST_SPEC: return cpu_icount(cpu);
    case TE_CPU_CYCLES: return cpu_cycles(cpu);
    case TE_EXC_TAKEN: return cpu->exceptions_taken;
    case TE_EXC_RETURN: return cpu->exceptions_returned;
    default: return 0;
    }
}

void timing_sync_slow(struct cpu *cpu, enum timing_sync what) { (void)cpu, (void)what; }

enum timing_mode timing_mode(const struct cpu *cpu) { return cpu->timing ? TIMING_OOO : TIMING_FAST; }
