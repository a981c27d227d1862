/* Who a CPU runs: the kernel's current task, the vCPU. */
#include "frontends/symbols_internal.h"

#include <inttypes.h>

enum { COMM = 16, MAX_PID = 1 << 22 };

/* SP_EL0, wherever it is kept: arm64 Linux has its current task there while it is in the kernel. */
static uint64_t sp_el0(const struct cpu *cpu) { return cpu->pstate.SP ? cpu->sysreg[SR_SP_EL0] : cpu->gpr[SP_SLOT]; }

/* The EL of the kernel that this CPU runs, or runs a program of; EL0: none that has tasks. */
static unsigned kernel_el(const struct cpu *cpu)
{
    unsigned el = cpu->pstate.EL == EL0 ? S1TranslationRegime(cpu, EL0) : cpu->pstate.EL;
    return el == EL2 && !E2H(cpu) ? EL0 : el;
}

static struct kernel *kernel_of(struct kernels *ks, const struct symbol_space *space)
{
    struct kernel *host = NULL;
    for (unsigned i = 0; i < ks->kernels; i++) {
        struct kernel *k = &ks->kernel[i];
        if (!k->size || !kernel_table(ks, k) || !k->own)
            continue;
        if (space->stage2 && k->guest && k->vmid == space->vmid)
            return k;
        if (!k->guest && (!space->stage2 || !space->vmid)) /* VMID 0: the host under protected KVM */
            host = k;
    }
    return host;
}

/* The kernel of the CPU's space, looked for where its vectors and its PC are if it is not known yet. */
static struct kernel *find_kernel(struct kernels *ks, const struct cpu *cpu, const struct symbol_space *space)
{
    struct kernel *k = kernel_of(ks, space);
    struct place p;
    if (k && (k->checked == ks->m->now ||
              kernels_locate(ks, space, cpu->sysreg[space->el == EL2 ? SR_VBAR_EL2 : SR_VBAR_EL1], &p)))
        return kernel_of(ks, space);
    if (!k && cpu->pstate.EL == space->el && kernels_locate(ks, space, cpu->pc, &p))
        return kernel_of(ks, space);
    return k;
}

static bool current_task(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, uint64_t *task)
{
    uint64_t at;
    if (cpu->pstate.EL != EL0) {
        *task = sp_el0(cpu);
        return true;
    }
    return kernel_symbol(ks, cpu, k, "__entry_task", &at) &&
           kernel_load(ks, cpu, k, el, at + cpu->sysreg[el == EL2 ? SR_TPIDR_EL2 : SR_TPIDR_EL1], task, sizeof *task);
}

static bool read_task(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, char comm[COMM],
                      uint64_t *pid)
{
    uint64_t task;
    uint32_t offset, size;
    if (!current_task(ks, cpu, k, el, &task) || !kernel_member(ks, cpu, k, "task_struct", "comm", &offset, &size) ||
        size < COMM || !kernel_load(ks, cpu, k, el, task + offset, comm, COMM) || !memchr(comm, 0, COMM) ||
        !kernel_load_member(ks, cpu, k, el, task, "task_struct", "pid", pid) || *pid > MAX_PID)
        return false;
    for (char *c = comm; *c; c++) /* the guest's own text */
        if (*c < ' ' || *c > '~')
            *c = '?';
    return true;
}

/* The affinity that KVM gives vCPU n, unless the process says otherwise: 4, 8 and 8 bits of it. */
static uint64_t vcpu_of_affinity(uint64_t mpidr)
{
    return Bits(mpidr, 3, 0) | Bits(mpidr, 15, 8) << 4 | Bits(mpidr, 23, 16) << 12;
}

void kernels_task(struct kernels *ks, struct cpu *cpu, char *text, size_t size)
{
    struct symbol_space space = symbol_space_of(cpu);
    char comm[COMM];
    uint64_t id, pid;
    unsigned el = kernel_el(cpu);
    if (el == EL0)
        return;
    space.el = (uint8_t)el;
    struct kernel *k = find_kernel(ks, cpu, &space);
    size_t used = 0;
    if (space.stage2 && !(k && !k->guest)) {
        if (!kvm_vcpu_id(ks, cpu, &id))
            id = vcpu_of_affinity(cpu->sysreg[SR_VMPIDR_EL2]);
        used = (size_t)snprintf(text, size, "vm %u vcpu %" PRIu64, space.vmid, id);
    }
    if (used < size && k && read_task(ks, cpu, k, el, comm, &pid))
        snprintf(text + used, size - used, "%s%s/%" PRIu64, used ? " " : "", comm, pid);
}
