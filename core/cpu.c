/* What a PE is apart from its instructions: reset, time, interrupt inputs, dumps. */
#include "core/cpu.h"

#include <stdio.h>

#include "core/exception.h"
#include "core/machine.h"
#include "core/timing.h"
#include "core/trace.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

uint64_t PC(const struct cpu *cpu) { return cpu->page_va + (uint64_t)(cpu->op - cpu->ops) * 4; }

/* AArch64.BranchAddr(): what the address means in the current regime (TBI for instruction addresses). */
static uint64_t AArch64_BranchAddr(const struct cpu *cpu, uint64_t target)
{
    unsigned el = cpu->pstate.EL, regime = S1TranslationRegime(cpu, el);
    uint64_t tcr = cpu->sysreg[regime == EL2 ? SR_TCR_EL2 : SR_TCR_EL1];
    bool two_ranges = regime == EL1 || E2H(cpu), high = target >> 55 & 1, tbi, tbid;

    if (two_ranges) {
        tbi = tcr >> (high ? 38 : 37) & 1;
        tbid = tcr >> (high ? 52 : 51) & 1;
    } else {
        tbi = tcr >> 20 & 1;
        tbid = tcr >> 29 & 1;
    }
    if (!tbi || (tbid && HaveFeat(cpu, FEAT_PAuth)))
        return target;
    return two_ranges ? (uint64_t)SignExtend(target, 56) : target & (BIT(56) - 1);
}

void BranchTo(struct cpu *cpu, uint64_t target)
{
    cpu->pc = AArch64_BranchAddr(cpu, target);
    cpu->redirect |= REDIRECT_PC;
}

/* Cycles to nanoseconds at this CPU's clock, and back (rounding up, so that a deadline is never early). */
static uint64_t cycles_to_ns(const struct cpu *cpu, uint64_t cycles)
{
    if (likely(cpu->clock_hz == 1000000000))
        return cycles;
    return (uint64_t)((unsigned __int128)cycles * 1000000000 / cpu->clock_hz);
}
static uint64_t ns_to_cycles(const struct cpu *cpu, uint64_t ns)
{
    if (likely(cpu->clock_hz == 1000000000))
        return ns;
    return (uint64_t)(((unsigned __int128)ns * cpu->clock_hz + 999999999) / 1000000000);
}

uint64_t cpu_icount(const struct cpu *cpu)
{
    return cpu->icount + (cpu->run_start ? (uint64_t)(cpu->op - cpu->run_start) : 0);
}

uint64_t cpu_cycles(const struct cpu *cpu)
{
    return unlikely(cpu->timing != NULL) ? timing_cycles(cpu) : cpu_icount(cpu) + cpu->cycles_ahead;
}

uint64_t cpu_time(const struct cpu *cpu)
{
    return cpu->time_ns + cycles_to_ns(cpu, cpu_cycles(cpu) - cpu->time_cycles);
}

void cpu_set_time(struct cpu *cpu, uint64_t ns)
{
    cpu->time_ns = ns;
    cpu->time_cycles = cpu_cycles(cpu);
}

/* With a model nobody knows how many instructions that will be: its accounting leaves the handlers in time. */
void cpu_run_until(struct cpu *cpu, uint64_t ns)
{
    uint64_t cycle = cpu->time_cycles;

    if (ns > cpu->time_ns)
        cycle += ns_to_cycles(cpu, ns - cpu->time_ns);
    if (unlikely(cpu->timing != NULL))
        cpu->slice_deadline = timing_run_until(cpu, cycle);
    else
        cpu->slice_deadline = ns > cpu->time_ns ? cycle - cpu->cycles_ahead : 0;
}

void cpu_set_line(struct cpu *cpu, unsigned line, bool level)
{
    uint32_t lines = level ? cpu->irq_lines | line : cpu->irq_lines & ~line;

    if (lines == cpu->irq_lines)
        return;
    cpu->irq_lines = lines;
    TRACE(TRACE_IRQ, cpu, "lines IRQ=%d FIQ=%d vIRQ=%d vFIQ=%d", !!(lines & LINE_IRQ), !!(lines & LINE_FIQ),
          !!(lines & LINE_VIRQ), !!(lines & LINE_VFIQ));
    cpu_resync(cpu);
    if (level && cpu->halted)
        cpu_wake(cpu);
}

void cpu_end_wait(struct cpu *cpu)
{
    cpu->halted = RUNNING;
    cpu->wfx_timeout = UINT64_MAX;
    timing_sync(cpu, SYNC_WAKE);
    pmu_el_entered(cpu);
}

void cpu_wake(struct cpu *cpu)
{
    struct machine *m = cpu->machine;

    if (!cpu->halted || (cpu->halted == HALT_WFI && !cpu_wakeup_pending(cpu)))
        return;
    uint64_t now = m->current ? cpu_time(m->current) : m->now;
    if (now > cpu_time(cpu))
        cpu_set_time(cpu, now);
    cpu_end_wait(cpu);
    machine_deadline_changed(m);
}

void cpu_reset(struct cpu *cpu, uint64_t entry, uint64_t context_id)
{
    memset(cpu->gpr, 0, sizeof(cpu->gpr));
    memset(cpu->z, 0, sizeof(cpu->z));
    memset(cpu->p, 0, sizeof(cpu->p));
    cpu->z_high = 0;
    cpu->fp = (struct fp_status){ .rpres = HaveFeat(cpu, FEAT_RPRES) };
    cpu->excl.valid = false;
    cpu->event_register = false;
    cpu->serror_pending = false;
    cpu->halted = RUNNING;
    cpu->wfx_timeout = UINT64_MAX;
    cpu->pstate = (struct pstate){ .EL = EL2, .SP = 1, .D = 1, .A = 1, .I = 1, .F = 1 };
    sysreg_reset(cpu);
    gic_reset(cpu);
    timer_reset(cpu);
    pmu_reset(cpu);
    debug_reset(cpu);
    mmu_reset(cpu);
    cpu->gpr[0] = context_id;
    cpu->pc = entry;
    cpu->redirect = REDIRECT_PC;
    cpu_update_traps(cpu);
    mmu_context_changed(cpu);
    debug_update(cpu);
}

void cpu_stop_unimplemented(struct cpu *cpu, const char *what, const char *detail)
{
    uint64_t pc = cpu->run_start ? PC(cpu) : cpu->pc;

    machine_stop(cpu->machine, STOP_UNIMPLEMENTED, "not implemented: %s %s at PC %#llx, EL%u, CPU %u", what, detail,
                 (unsigned long long)pc, cpu->pstate.EL, cpu->index);
    cpu->pc = pc;
    cpu->redirect |= REDIRECT_PC;
}

void cpu_dump(const struct cpu *cpu)
{
    const struct pstate *p = &cpu->pstate;

    fprintf(stderr, "cpu%u PC=%016llx EL%u%c NZCV=%u%u%u%u DAIF=%u%u%u%u icount=%llu\n", cpu->index,
            (unsigned long long)(cpu->run_start ? PC(cpu) : cpu->pc), p->EL, p->SP ? 'h' : 't', p->N, p->Z, p->C, p->V,
            p->D, p->A, p->I, p->F, (unsigned long long)cpu_icount(cpu));
    for (unsigned i = 0; i < 32; i++)
        fprintf(stderr, "%s%-2u=%016llx%c", i < 31 ? "X" : "SP", i < 31 ? i : 0,
                (unsigned long long)cpu->gpr[i < 31 ? i : SP_SLOT], i % 4 == 3 ? '\n' : ' ');
}
