/* Address spaces of the debugger: whose addresses are meant, and memory through them. Walks are made with registers of
 * copies of a CPU, so that no TLB is asked or filled but for the current space, which shows what the CPU itself would
 * see, stale translations included. */
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

static bool guest_translate(const struct debugger *d, const struct cpu *cpu, uint64_t address, uint64_t *pa)
{
    const struct vcpu_seen *v = vcpu_of_vmid(d, d->space.vmid);
    struct cpu *copy = scratch();
    if (!v || !copy)
        return false;
    bool here = cpu->pstate.EL < EL2 && cpu->sysreg[SR_HCR_EL2] & HCR_VM && mmu_vmid(cpu) == d->space.vmid;
    memcpy(copy, here ? cpu : d->m->cpus[v->cpu], sizeof(*copy));
    if (!here && !v->running)
        vcpu_apply(v, copy);
    return mem_debug_walk(copy, address, EL1, pa);
}

bool space_translate(struct debugger *d, struct cpu *cpu, uint64_t address, uint64_t *pa)
{
    switch (d->space.kind) {
    case SPACE_EL1: return mem_debug_walk(cpu, address, EL1, pa);
    case SPACE_EL2: return mem_debug_walk(cpu, address, EL2, pa);
    case SPACE_PHYSICAL: return *pa = address, phys_ram(cpu->mem, address, 1);
    case SPACE_GUEST: return guest_translate(d, cpu, address, pa);
    default: return mem_debug_translate(cpu, address, pa);
    }
}

/* The next piece within one page: its host address, NULL: there is none. */
static uint8_t *piece(struct debugger *d, struct cpu *cpu, uint64_t address, uint64_t len, uint64_t *n, uint64_t *pa)
{
    uint64_t left = 0x1000 - (address & 0xfff);
    *n = len < left ? len : left;
    return space_translate(d, cpu, address, pa) ? phys_ram(cpu->mem, *pa, *n) : NULL;
}

uint64_t space_read(struct debugger *d, struct cpu *cpu, uint64_t address, void *data, uint64_t len)
{
    uint64_t done = 0, n, pa;
    while (done < len) {
        const uint8_t *p = piece(d, cpu, address + done, len - done, &n, &pa);
        if (!p)
            break;
        memcpy((uint8_t *)data + done, p, n);
        done += n;
    }
    return done;
}

uint64_t space_write(struct debugger *d, struct cpu *cpu, uint64_t address, const void *data, uint64_t len)
{
    uint64_t done = 0, n, pa;
    while (done < len) {
        uint8_t *p = piece(d, cpu, address + done, len - done, &n, &pa);
        if (!p)
            break;
        phys_about_to_write(cpu->mem, pa);
        memcpy(p, (const uint8_t *)data + done, n);
        done += n;
    }
    return done;
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
