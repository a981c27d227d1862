/* Waiting for a function to be entered or for an instruction count: traces (start=, stop=, dump=) and --timing-from. As
 * long as nobody has to see each instruction the machine runs at its full speed to stop points there (core/stops.h).
 * Where a function is becomes known when its kernel runs: kernels write VBAR_ELx soon after they have come to their
 * addresses, and their first exception comes to vectors that have not been seen before. */
#include <stdlib.h>

#include "core/stops.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "frontends/trace_collect.h"

enum { MOST_POINTS = 256, SEEN = 1024 };

static struct {
    struct machine *m;
    struct {
        struct trace_name *name;
        enum trace_waiter who;
    } name[4 * TRACE_MOST]; /* that are waited for */
    unsigned names;
    struct armed {
        unsigned point;
        enum trace_waiter who;
        uint64_t va;
        struct symbol_space space;
        bool counts;
    } armed[MOST_POINTS];
    unsigned points;
    /* Values that VBAR_ELx had: KVM writes the same ones at every world switch. */
    uint64_t seen[SEEN]; /* an open hash table; full: nothing new is looked at, as a hostile guest could have it */
    unsigned seens;
    const struct cpu *look; /* a CPU that has a new one */
} w;

/* What the others wait for stays. */
void trace_stops_end(enum trace_waiter who)
{
    unsigned points = 0, names = 0;
    for (unsigned i = 0; i < w.points; i++)
        if (w.armed[i].who == who)
            stop_remove(w.m, w.armed[i].point);
        else
            w.armed[points++] = w.armed[i];
    for (unsigned i = 0; i < w.names; i++)
        if (w.name[i].who != who)
            w.name[names++] = w.name[i];
    w.points = points, w.names = names;
    if (!points && !names)
        memset(&w, 0, sizeof w);
}

/* Kernels that others have seen are new to this one. */
void trace_stops_begin(struct machine *m, enum trace_waiter who)
{
    trace_stops_end(who);
    assert(!w.m || w.m == m);
    w.m = m;
    memset(w.seen, 0, sizeof w.seen);
    w.seens = 0;
}

static bool same_space(const struct symbol_space *a, const struct symbol_space *b)
{
    return a->el == b->el && a->stage2 == b->stage2 && a->vmid == b->vmid;
}

static void arm(enum trace_waiter who, const struct stop_point *p, const struct symbol_space *space)
{
    for (unsigned i = 0; i < w.points; i++)
        if (w.armed[i].who == who && w.armed[i].va == p->address && same_space(&w.armed[i].space, space) &&
            !w.armed[i].counts)
            return;
    unsigned point = w.points < MOST_POINTS ? stop_add(w.m, p) : 0;
    if (point)
        w.armed[w.points++] = (struct armed){ point, who, p->address, *space, p->kind == STOP_AT_INSTRUCTION };
}

void trace_stops_at_count(enum trace_waiter who, uint64_t count)
{
    struct symbol_space none = { 0 };
    for (unsigned i = 0; i < w.m->cpu_count; i++)
        if (cpu_icount(w.m->cpus[i]) < count)
            arm(who,
                &(struct stop_point){ .kind = STOP_AT_INSTRUCTION, .cpu = (int)i, .internal = true, .count = count },
                &none);
}

/* The name in this space, if it is about it and known there. */
static void arm_name(enum trace_waiter who, struct trace_name *n, const struct symbol_space *space, uint64_t hyp_offset)
{
    uint64_t va;
    bool guest = trace_is_guest(space);
    if ((n->where == IN_GUEST && !guest) || (n->where == IN_GUEST_VMID && !(guest && space->vmid == n->vmid)) ||
        ((n->where == IN_HOST || n->where == IN_NVHE) && guest))
        return;
    char nvhe[160];
    bool hyp = space->el == EL2 && !space->e2h;
    snprintf(nvhe, sizeof nvhe, "__kvm_nvhe_%s", n->pattern);
    if (!(hyp && symbols_address(symbols_of(w.m), space, nvhe, &va, NULL)) &&
        !symbols_address(symbols_of(w.m), space, n->pattern, &va, NULL))
        return;
    va += hyp_offset;
    arm(who,
        &(struct stop_point){ .kind = STOP_AT_PC,
                              .cpu = -1,
                              .els = (uint8_t)BIT(space->el),
                              .internal = true,
                              .has_vmid = guest,
                              .vmid = space->vmid,
                              .address = va },
        space);
}

static void arm_names(const struct symbol_space *space, uint64_t pc)
{
    struct symbol found;
    uint64_t image, hyp_offset = 0;
    bool known = symbols_at(symbols_of(w.m), space, pc, &found); /* makes the kernel known that is met here */
    if (known && space->el == EL2 && !space->e2h && symbols_address(symbols_of(w.m), space, found.name, &image, NULL))
        hyp_offset = pc - found.offset - image; /* nVHE's names have their addresses in the kernel's image */
    for (unsigned i = 0; i < w.names; i++)
        arm_name(w.name[i].who, w.name[i].name, space, hyp_offset);
}

void trace_stops_at_name(enum trace_waiter who, struct trace_name *n)
{
    if (w.names == sizeof w.name / sizeof w.name[0])
        return;
    w.name[w.names].who = who;
    w.name[w.names++].name = n;
    for (unsigned i = 0; i < w.m->cpu_count; i++) {
        const struct cpu *cpu = w.m->cpus[i];
        struct symbol_space space = symbol_space_of(cpu);
        if (cpu->power == POWER_ON)
            arm_names(&space, cpu->pc);
    }
}

/* Is it a kernel that has come? vectors: its VBAR_ELx, which it has written, or taken an exception by: nVHE writes it
 * before it is where it will run. A machine that is loaded may have a kernel that has done both, and is returned to. */
enum seen_how { SEEN_WRITTEN, SEEN_TAKEN, SEEN_RETURN };
static void kernel_seen(const struct cpu *cpu, uint64_t vectors, enum seen_how how)
{
    if (!w.names)
        return;
    struct symbol_space space = symbol_space_of(cpu);
    uint64_t key = (vectors ^ (uint64_t)how << 1 ^ (uint64_t)space.vmid << 50 ^ (uint64_t)space.el << 48 ^
                    (uint64_t)space.stage2 << 47) |
                   1;
    unsigned i = key * UINT64_C(0x9e3779b97f4a7c15) >> 54;
    while (w.seen[i] && w.seen[i] != key)
        i = (i + 1) % SEEN;
    if (w.seen[i] || w.seens == SEEN / 2)
        return;
    w.seen[i] = key;
    w.seens++;
    w.look = cpu;
    machine_pause_internal(w.m);
}

void trace_stops_sysreg(const struct cpu *cpu, enum sysreg_index r)
{
    if (r == SR_VBAR_EL1 || r == SR_VBAR_EL2)
        kernel_seen(cpu, cpu->sysreg[r], SEEN_WRITTEN);
}

void trace_stops_exception(const struct cpu *cpu, uint64_t vector)
{
    kernel_seen(cpu, vector & ~UINT64_C(0x7ff), SEEN_TAKEN);
}

void trace_stops_return(const struct cpu *cpu)
{
    if (cpu->pstate.EL == EL1)
        kernel_seen(cpu, cpu->sysreg[SR_VBAR_EL1], SEEN_RETURN);
}

bool trace_stops_stopped(struct machine *m)
{
    const struct stop_hit *hit = stop_last(m);
    if (m != w.m)
        return false;
    if (w.look) {
        struct symbol_space space = symbol_space_of(w.look);
        arm_names(&space, w.look->pc);
        w.look = NULL;
    }
    for (unsigned i = 0; hit->internal && i < w.points; i++)
        if (w.armed[i].point == hit->internal)
            return !w.armed[i].counts;
    return false;
}
