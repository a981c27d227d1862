/* Address spaces of the debugger: whose addresses are meant, and memory through them. What a CPU's TLB holds is
 * what it sees, stale or not, and so does the user. */
#include "frontends/debugger.h"

#include <stdlib.h>

#include "frontends/frontends.h"
#include "mmu/mmu.h"

static const char *const names[] = { "current", "el1", "el2", "physical", "guest" };
enum { SPACES = sizeof names / sizeof names[0] };

bool space_parse(const struct debugger *d, const char *text, struct debug_space *space)
{
    char name[16], number[32] = "";
    uint64_t vmid = 0;
    int n = sscanf(text, " %15s %31s", name, number);
    unsigned i = 0;
    while (n > 0 && i < SPACES && strcmp(name, names[i]) != 0)
        i++;
    if (n < 1 || i == SPACES)
        return user_error("space %s: expected current, el1, el2, physical or guest VMID", text);
    if (i != SPACE_GUEST && n > 1)
        return user_error("space %s: only guest takes a number, the VMID", text);
    if (i == SPACE_GUEST && (n < 2 || !parse_number(number, UINT16_MAX, &vmid)))
        return user_error("space %s: expected a VMID from 0 to 65535 after guest", text);
    if (i == SPACE_GUEST && !vcpu_of_vmid(d, (uint16_t)vmid))
        return user_error("space %s: no guest with this VMID has run yet; vcpus lists those that have", text);
    *space = (struct debug_space){ (enum space_kind)i, (uint16_t)vmid };
    return true;
}

const char *space_text(const struct debug_space *space, char text[SPACE_TEXT])
{
    if (space->kind == SPACE_GUEST)
        snprintf(text, SPACE_TEXT, "guest %u", space->vmid);
    else
        snprintf(text, SPACE_TEXT, "%s", names[space->kind]);
    return text;
}

/* A CPU of which only registers count. */
static struct cpu *scratch(void)
{
    static struct cpu *copy;
    if (!copy)
        copy = aligned_alloc(64, (sizeof(*copy) + 63) & ~(size_t)63);
    return copy;
}

/* The CPU that runs the guest now, or a copy of the one that ran it last, with the registers that it had there. */
static struct cpu *guest_cpu(const struct debugger *d, struct cpu *cpu)
{
    const struct vcpu_seen *v = vcpu_of_vmid(d, d->space.vmid);
    if (cpu_is_guest(cpu, cpu->pstate.EL) && mmu_vmid(cpu) == d->space.vmid)
        return cpu;
    if (!v || v->running)
        return v ? d->m->cpus[v->cpu] : NULL;
    struct cpu *copy = scratch();
    if (!copy)
        return NULL;
    memcpy(copy, d->m->cpus[v->cpu], sizeof(*copy));
    vcpu_apply(v, copy);
    return copy;
}

struct cpu *debugger_cpu(struct debugger *d, struct cpu *cpu, enum debug_regime *regime)
{
    switch (d->space.kind) {
    case SPACE_EL1: *regime = DEBUG_EL10; return cpu;
    case SPACE_EL2: *regime = E2H(cpu) ? DEBUG_EL20 : DEBUG_EL2; return cpu;
    case SPACE_PHYSICAL: *regime = DEBUG_PHYSICAL; return cpu;
    case SPACE_GUEST: *regime = DEBUG_EL10; return guest_cpu(d, cpu);
    default: *regime = DEBUG_CURRENT; return cpu;
    }
}

uint64_t space_read(struct debugger *d, struct cpu *cpu, uint64_t address, void *data, uint64_t len)
{
    enum debug_regime regime;
    struct cpu *from = debugger_cpu(d, cpu, &regime);
    return from ? mem_debug_read_in(from, regime, address, data, len) : 0;
}

uint64_t space_write(struct debugger *d, struct cpu *cpu, uint64_t address, const void *data, uint64_t len)
{
    enum debug_regime regime;
    struct cpu *from = debugger_cpu(d, cpu, &regime);
    return from ? mem_debug_write_in(from, regime, address, data, len) : 0;
}

void space_restrict(const struct debugger *d, struct stop_point *p)
{
    switch (d->space.kind) {
    case SPACE_EL1: p->els = 1 << EL0 | 1 << EL1; break;
    case SPACE_EL2: p->els = 1 << EL2; break;
    case SPACE_PHYSICAL: p->physical = true; break;
    case SPACE_GUEST: p->has_vmid = true, p->vmid = d->space.vmid; break;
    default: break;
    }
}

struct symbol_space space_symbols(struct debugger *d, const struct cpu *cpu)
{
    struct symbol_space s = symbol_space_of(cpu);
    switch (d->space.kind) {
    case SPACE_EL1: return s.el == EL2 ? (struct symbol_space){ .el = EL1, .e2h = s.e2h } : s;
    case SPACE_EL2: return (struct symbol_space){ .el = EL2, .e2h = s.e2h, .tge = s.tge };
    case SPACE_GUEST: return (struct symbol_space){ .el = EL1, .e2h = s.e2h, .stage2 = true, .vmid = d->space.vmid };
    default: return s;
    }
}
