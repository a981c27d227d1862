/* Which vCPUs there are: seen where the hypervisor's ERET goes to a lower EL under stage 2, and where it is left again.
 * Kept by VMID and VMPIDR_EL2, with the registers that translate its addresses, which the hypervisor may have taken
 * away from the CPU since. */
#include "frontends/debugger.h"

#include <inttypes.h>

#include "mmu/mmu.h"

static const uint16_t kept[VCPU_REGISTERS] = {
    SR_SCTLR_EL1, SR_TCR_EL1,   SR_TTBR0_EL1, SR_TTBR1_EL1,      SR_MAIR_EL1,
    SR_HCR_EL2,   SR_VTTBR_EL2, SR_VTCR_EL2,  SR_CONTEXTIDR_EL1, SR_SCTLR_EL2
};

static struct vcpu_seen *seen(struct debugger *d, const struct cpu *cpu)
{
    uint16_t vmid = mmu_vmid(cpu);
    uint64_t vmpidr = cpu->sysreg[SR_VMPIDR_EL2];
    for (unsigned i = 0; i < d->vcpus; i++)
        if (d->vcpu[i].vmid == vmid && d->vcpu[i].vmpidr == vmpidr)
            return &d->vcpu[i];
    if (d->vcpus == MAX_VCPUS_SEEN) {
        d->vcpus_lost = true;
        return NULL;
    }
    d->vcpu[d->vcpus] = (struct vcpu_seen){ .vmid = vmid, .vmpidr = vmpidr };
    return &d->vcpu[d->vcpus++];
}

static void keep(struct vcpu_seen *v, const struct cpu *cpu, uint64_t pc, bool running)
{
    if (!v)
        return;
    v->cpu = cpu->index;
    v->running = running;
    v->pc = pc;
    v->time = cpu_time(cpu);
    for (unsigned i = 0; i < VCPU_REGISTERS; i++)
        v->reg[i] = cpu->sysreg[kept[i]];
}

static void entered(void *context, struct cpu *cpu, unsigned from)
{
    struct debugger *d = context;
    if (from != EL2 || !cpu_is_guest(cpu, cpu->pstate.EL))
        return;
    struct vcpu_seen *v = seen(d, cpu);
    keep(v, cpu, cpu->pc, true);
    if (v)
        v->entries++;
}

static void left(void *context, struct cpu *cpu, const struct exception_taken *e)
{
    struct debugger *d = context;
    if (e->target != EL2 || !cpu_is_guest(cpu, e->from))
        return;
    struct vcpu_seen *v = seen(d, cpu);
    keep(v, cpu, e->pc, false);
    if (v)
        v->exits++;
}

void vcpus_watch(struct debugger *d)
{
    d->observer = (struct machine_observer){ .context = d, .exception_taken = left, .exception_returned = entered };
    machine_observe(d->m, &d->observer);
}

const struct vcpu_seen *vcpu_of_vmid(const struct debugger *d, uint16_t vmid)
{
    const struct vcpu_seen *best = NULL;
    for (unsigned i = 0; i < d->vcpus; i++) {
        const struct vcpu_seen *v = &d->vcpu[i];
        if (v->vmid == vmid &&
            (!best || v->running > best->running || (v->running == best->running && v->time > best->time)))
            best = v;
    }
    return best;
}

void vcpu_apply(const struct vcpu_seen *v, struct cpu *cpu)
{
    for (unsigned i = 0; i < VCPU_REGISTERS; i++)
        cpu->sysreg[kept[i]] = v->reg[i];
    cpu->pstate.EL = EL1;
}

void vcpus_print(const struct debugger *d, FILE *f)
{
    if (!d->vcpus)
        fprintf(f, "no vCPU has run yet\n");
    for (unsigned i = 0; i < d->vcpus; i++) {
        const struct vcpu_seen *v = &d->vcpu[i];
        fprintf(f,
                "VMID %u VMPIDR %#" PRIx64 ": %s CPU %u PC=%016" PRIx64 " VTTBR=%016" PRIx64 " entries %" PRIu64
                " exits %" PRIu64 "\n",
                v->vmid, v->vmpidr, v->running ? "runs on" : "last on", v->cpu, v->pc, v->reg[6], v->entries, v->exits);
    }
    if (d->vcpus_lost)
        fprintf(f, "there were more than %d; the others are not kept\n", MAX_VCPUS_SEEN);
}
