/* The model of EL3: the table of its controls, and exceptions that are taken to it. */
#include "core/el3.h"

#include "core/exception.h"
#include "core/machine.h"
#include "core/stats.h"
#include "core/trace.h"
#include "isa/isa.h"

const struct el3_row el3_table[EL3_CONTROLS] = {
#define EL3_CONTROL(REG, FIELD, BIT, TRAPS, FEAT, REQUIREMENT) \
    [EL3_##REG##_##FIELD] = { #REG "." #FIELD, #REG "." #FIELD " = " #TRAPS, REQUIREMENT, FEAT, BIT, TRAPS },
#include "core/el3.def"
    [EL3_ZCR_EL3_LEN] = { "ZCR_EL3.LEN", NULL, "asks for the same ZCR_EL3.LEN on all CPUs with FEAT_SVE and EL3",
                          FEAT_SVE, 0, 0 },
    [EL3_PSCI] = { "psci", NULL, "has the kernel bring each CPU of the device tree up by a PSCI CPU_ON call", FEAT_BASE,
                   0, 0 },
};

uint64_t el3_controls(const uint64_t features[(FEAT_COUNT + 63) / 64])
{
    uint64_t controls = 0;

    for (unsigned c = EL3_NONE + 1; c < EL3_CONTROLS; c++)
        controls |= (features[el3_table[c].feat / 64] >> (el3_table[c].feat % 64) & 1) << c;
    return controls;
}

static struct el3_event event(const struct cpu *by, enum el3_control control, int what)
{
    return (struct el3_event){
        .what = what, .control = control, .word = isa_current_word(by), .el = by->pstate.EL, .pc = PC(by)
    };
}

static void tell(struct cpu *cpu, const struct el3_event *e)
{
    if (cpu->machine->el3_event)
        cpu->machine->el3_event(cpu, e);
}

static void tell_once(struct cpu *cpu, const struct el3_event *e)
{
    if (!(cpu->stats->el3_told >> e->control & 1))
        tell(cpu, e);
    cpu->stats->el3_told |= UINT64_C(1) << e->control;
}

void el3_tell(struct cpu *cpu, const struct cpu *by, enum el3_control control, int what)
{
    struct el3_event e = event(by, control, what);
    tell_once(cpu, &e);
}

/* Nobody is left who could do anything: the run is over. */
static void stop_without_cpus(struct machine *m)
{
    unsigned stopped = 0;

    for (unsigned i = 0; i < m->cpu_count; i++) {
        if (m->cpus[i]->power == POWER_ON)
            return;
        stopped += m->cpus[i]->power == POWER_AT_EL3;
    }
    if (stopped == m->cpu_count)
        machine_stop(m, STOP_EL3, m->cpu_count > 1 ? "every CPU is stopped at EL3" : "the CPU is stopped at EL3");
    else
        machine_stop(m, STOP_EL3, "every CPU that was on is stopped at EL3");
}

void AArch64_TakeExceptionToEL3(struct cpu *cpu, enum el3_control control, unsigned ec, uint32_t iss)
{
    struct el3_event e = event(cpu, control, cpu->el3.trap == EL3_UNDEF ? EL3_INJECTED : EL3_STOPPED);

    e.ec = ec;
    e.esr = (uint64_t)ec << 26 | 1u << 25 | iss;
    cpu->stats->el3_traps[control]++;
    TRACE(TRACE_EXCEPTIONS, cpu, "EL%u -> EL3 %s EC=%#x ISS=%#x ELR=%#llx why: %s", e.el, exception_class_name(ec), ec,
          iss, (unsigned long long)e.pc, el3_table[control].why);
    if (e.what == EL3_INJECTED) {
        tell_once(cpu, &e);
        cpu_why(cpu, el3_table[control].why, 0, 0, 0, 0);
        AArch64_Undefined(cpu);
        return;
    }
    tell(cpu, &e);
    why_end(cpu);
    cpu_set_power(cpu, POWER_AT_EL3);
    cpu->pc = e.pc;
    cpu->redirect |= REDIRECT_PC;
    stop_without_cpus(cpu->machine);
}
