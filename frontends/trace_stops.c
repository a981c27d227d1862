/* Traces that wait: for a function to be entered (start=, stop=, dump=) or for an instruction count. As long as nobody
 * has to see each instruction the machine runs at its full speed to stop points there (core/stops.h). Where a function
 * is becomes known when its kernel runs: kernels write VBAR_ELx soon after they have come to their addresses, and their
 * first exception comes to vectors that have not been seen before. */
#include <stdlib.h>

#include "core/stops.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "frontends/trace_collect.h"

enum { MOST_POINTS = 256, SEEN = 1024 };

static struct {
    struct machine *m;
    struct trace_name *name[4 * TRACE_MOST]; /* that are waited for */
    unsigned names;
    struct armed {
        unsigned point;
        uint64_t va;
        struct symbol_space space;
        bool counts;
    } armed[MOST_POINTS];
    unsigned points;
    /* Values that VBAR_ELx had: KVM writes the same ones at every world switch. */
    uint64_t seen[SEEN]; /* an open hash table; full: nothing new is looked at, as a hostile guest could have it */
    unsigned seens;
    const struct cpu *look; /* a CPU that has written a new one */
    bool asked;             /* machine_pause() by us */
} w;

void trace_stops_begin(struct machine *m)
{
    trace_stops_end();
    w.m = m;
}

void trace_stops_end(void)
{
    for (unsigned i = 0; i < w.points; i++)
        stop_remove(w.m, w.armed[i].point);
    memset(&w, 0, sizeof w);
}

static bool same_space(const struct symbol_space *a, const struct symbol_space *b)
{
    return a->el == b->el && a->stage2 == b->stage2 && a->vmid == b->vmid;
}

static void arm(const struct stop_point *p, const struct symbol_space *space)
{
    for (unsigned i = 0; i < w.points; i++)
        if (w.armed[i].va == p->address && same_space(&w.armed[i].space, space) && !w.armed[i].counts)
            return;
    unsigned point = w.points < MOST_POINTS ? stop_add(w.m, p) : 0;
    if (point)
        w.armed[w.points++] = (struct armed){ point, p->address, *space, p->kind == STOP_AT_INSTRUCTION };
}

void trace_stops_at_count(uint64_t count)
{
    struct symbol_space none = { 0 };
    for (unsigned i = 0; i < w.m->cpu_count; i++)
        if (cpu_icount(w.m->cpus[i]) < count)
            arm(&(struct stop_point){ .kind = STOP_AT_INSTRUCTION, .cpu = (int)i, .count = count }, &none);
}

/* The name in this space, if it is about it and known there. */
static void arm_name(struct trace_name *n, const struct symbol_space *space, uint64_t hyp_offset)
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
    arm(&(struct stop_point){ .kind = STOP_AT_PC,
                              .cpu = -1,
                              .els = (uint8_t)BIT(space->el),
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
        arm_name(w.name[i], space, hyp_offset);
}

void trace_stops_at_name(struct trace_name *n)
{
    if (w.names == sizeof w.name / sizeof w.name[0])
        return;
    w.name[w.names++] = n;
    for (unsigned i = 0; i < w.m->cpu_count; i++) {
        const struct cpu *cpu = w.m->cpus[i];
        struct symbol_space space = symbol_space_of(cpu);
        if (cpu->power == POWER_ON)
            arm_names(&space, cpu->pc);
    }
}

/* Is it a kernel that has come? vectors: its VBAR_ELx, which it has written, or taken an exception by: nVHE writes it
 * before it is where it will run. */
static void kernel_seen(const struct cpu *cpu, uint64_t vectors, bool taken)
{
    if (!w.names)
        return;
    struct symbol_space space = symbol_space_of(cpu);
    uint64_t key = (vectors ^ (uint64_t)taken << 1 ^ (uint64_t)space.vmid << 50 ^ (uint64_t)space.el << 48 ^
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
    trace_stops_ask();
}

void trace_stops_sysreg(const struct cpu *cpu, enum sysreg_index r)
{
    if (r == SR_VBAR_EL1 || r == SR_VBAR_EL2)
        kernel_seen(cpu, cpu->sysreg[r], false);
}

void trace_stops_exception(const struct cpu *cpu, uint64_t vector)
{
    kernel_seen(cpu, vector & ~UINT64_C(0x7ff), true);
}

void trace_stops_ask(void)
{
    w.asked = true;
    machine_pause(w.m);
}

enum trace_stop trace_stops_stopped(struct cpu **cpu)
{
    const struct stop_hit *hit = stop_last(w.m);
    if (w.look) {
        struct symbol_space space = symbol_space_of(w.look);
        arm_names(&space, w.look->pc);
        w.look = NULL;
    }
    *cpu = hit->cpu;
    if (!hit->point) {
        bool ours = w.asked;
        w.asked = false;
        return ours ? TRACE_STOP_ASKED : TRACE_STOP_OTHER;
    }
    for (unsigned i = 0; i < w.points; i++)
        if (w.armed[i].point == hit->point)
            return w.armed[i].counts ? TRACE_STOP_ASKED : TRACE_STOP_NAME;
    return TRACE_STOP_OTHER;
}
