/* Where time goes: instructions and nanoseconds by EL and virtual CPU, and how long it takes from a guest's exit to the
 * next entry. Everything is worked out where the EL changes. */
#include "core/stats.h"

#include "core/exception.h"
#include "mmu/mmu.h"

/* The virtual CPU that runs, NULL: none. */
static struct vcpu_stats *current(struct run_stats *r)
{
    return r->now && r->now <= STAT_VCPUS ? &r->vcpu[r->now - 1] : NULL;
}

void stats_settle(struct cpu *cpu)
{
    struct run_stats *r = &cpu->stats->run;
    struct stat_time now = { cpu_icount(cpu), cpu_time(cpu) };
    struct vcpu_stats *v = current(r);
    struct stat_time *at = v && cpu->pstate.EL < EL2 ? &v->at[cpu->pstate.EL] : &r->at[cpu->pstate.EL];

    at->instructions += now.instructions - r->since.instructions;
    at->ns += now.ns - r->since.ns;
    r->since = now;
}

/* Elements of run_stats.vcpu, from 1 on; of more than there is room for the last one stands for all. */
static unsigned find_vcpu(struct cpu *cpu, struct run_stats *r)
{
    uint64_t id = mmu_vmid(cpu), mpidr = cpu->sysreg[SR_VMPIDR_EL2] & UINT64_C(0xff00ffffff);

    for (unsigned i = 0; i < STAT_VCPUS; i++) {
        struct vcpu_stats *v = &r->vcpu[i];
        if (i >= r->vcpus) {
            bool last = i == STAT_VCPUS - 1;
            v->vmid = last ? UINT64_MAX : id, v->mpidr = last ? 0 : mpidr;
            r->vcpus = i + 1;
            return i + 1;
        }
        if (v->vmid == id && v->mpidr == mpidr)
            return i + 1;
    }
    return STAT_VCPUS;
}

static unsigned length(uint64_t n) { return n ? 63 - (unsigned)__builtin_clzll(n) : 0; }

static void end_switch(struct run_stats *r)
{
    struct switch_stats *s = &r->switches;
    uint64_t instructions = r->since.instructions - r->exit.instructions, ns = r->since.ns - r->exit.ns;

    s->count++;
    s->instructions += instructions, s->ns += ns;
    s->by_instructions[length(instructions)]++, s->by_ns[length(ns)]++;
    r->exit.ns = UINT64_MAX;
}

void stats_exception(struct cpu *cpu, unsigned target, unsigned ec)
{
    struct run_stats *r = &cpu->stats->run;
    struct vcpu_stats *v = current(r);

    if (cpu->pstate.EL != target)
        stats_settle(cpu);
    if (!v)
        return;
    (target == EL2 ? v->exits : v->kernel)[stat_class(ec)]++;
    if (target == EL2)
        r->now = 0, r->exit = r->since;
}

void stats_returned(struct cpu *cpu, unsigned from)
{
    struct run_stats *r = &cpu->stats->run;

    if (from != EL2 || !cpu_is_guest(cpu, cpu->pstate.EL))
        return;
    r->now = find_vcpu(cpu, r);
    r->vcpu[r->now - 1].entries++;
    if (r->exit.ns != UINT64_MAX)
        end_switch(r);
}

void stats_restart(struct cpu *cpu)
{
    struct run_stats *r = &cpu->stats->run;

    r->now = 0;
    r->exit.ns = UINT64_MAX;
    r->since.ns = cpu_time(cpu);
    stats_settle(cpu);
}
