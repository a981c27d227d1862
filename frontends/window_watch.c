/* What the window shows of the machine, kept while it runs: whose instructions are executed. An instruction belongs to
 * the EL and VMID at which it is, which change where exceptions are taken and returned from: between two of them a
 * CPU's count says how many there were. Everything else is looked at when a view is made. */
#include "frontends/window.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/exception.h"
#include "core/stats.h"
#include "core/stops.h"
#include "frontends/symbols.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

struct watched {
    unsigned share;  /* whose instructions are executed now */
    uint64_t icount; /* up to which they are counted */
    uint64_t count[SHARES];
};

struct window_watch {
    struct machine *m;
    struct machine_observer observer;
    struct watched *cpu;
    uint16_t vmid[WINDOW_VMS];
    unsigned vms;
};

/* ---- While it runs ---- */

/* VMID 0 is nobody's guest for KVM: pKVM's host runs under it. */
static bool in_guest(const struct cpu *cpu) { return cpu_is_guest(cpu, cpu->pstate.EL) && mmu_vmid(cpu); }

/* The place of a VMID, in the order in which they appear. */
static unsigned vm_place(struct window_watch *w, unsigned vmid)
{
    for (unsigned i = 0; i < w->vms; i++)
        if (w->vmid[i] == vmid)
            return i;
    if (w->vms == WINDOW_VMS)
        return WINDOW_VMS - 1;
    w->vmid[w->vms] = (uint16_t)vmid;
    return w->vms++;
}

static void changed(void *context, struct cpu *cpu)
{
    struct window_watch *w = context;
    struct watched *c = &w->cpu[cpu->index];
    uint64_t now = cpu_icount(cpu);
    c->count[c->share] += now > c->icount ? now - c->icount : 0;
    c->icount = now;
    c->share = in_guest(cpu) ? SHARE_VM + 2 * vm_place(w, mmu_vmid(cpu)) + (cpu->pstate.EL == EL1)
                             : SHARE_HOST + cpu->pstate.EL;
}

static void taken(void *context, struct cpu *cpu, const struct exception_taken *e)
{
    (void)e;
    changed(context, cpu);
}

static void returned(void *context, struct cpu *cpu, unsigned from)
{
    (void)from;
    changed(context, cpu);
}

struct window_watch *window_watch(struct machine *m)
{
    struct window_watch *w = calloc(1, sizeof *w);
    if (!w || !(w->cpu = calloc(m->cpu_count, sizeof *w->cpu))) {
        free(w);
        return NULL;
    }
    w->m = m;
    w->observer = (struct machine_observer){
        .context = w, .exception_taken = taken, .exception_returned = returned, .power_changed = changed
    };
    for (unsigned i = 0; i < m->cpu_count; i++) {
        w->cpu[i].icount = cpu_icount(m->cpus[i]);
        changed(w, m->cpus[i]);
    }
    machine_observe(m, &w->observer);
    return w;
}

void window_unwatch(struct window_watch *w)
{
    if (!w)
        return;
    machine_unobserve(w->m, &w->observer);
    free(w->cpu);
    free(w);
}

/* ---- Now and then ---- */

static bool same_kind(const struct window_recent *a, const struct window_recent *b)
{
    return a->ec == b->ec && a->from == b->from && a->target == b->target && !strcmp(a->reason, b->reason);
}

/* The exceptions that the CPU remembers by kind, the kind of the last one first. */
static void look_at_recent(const struct cpu *cpu, struct window_cpu *c)
{
    const struct why_record *r;
    c->recents = 0;
    for (unsigned n = 0; n < WHY_RECORDS && (r = why_record(cpu, n)); n++) {
        struct window_recent kind = { r->ec, r->why.from, r->target, 1, "" };
        unsigned i = 0;
        why_text(&r->why, kind.reason, sizeof kind.reason);
        kind.reason[strcspn(kind.reason, ";")] = 0; /* what was checked before and passed has no place here */
        while (i < c->recents && !same_kind(&c->recent[i], &kind))
            i++;
        if (i < c->recents)
            c->recent[i].count++;
        else if (i < WINDOW_RECENT)
            c->recent[c->recents++] = kind;
    }
}

static void look_at_cpu(const struct cpu *cpu, const struct watched *w, struct window_cpu *c)
{
    const struct cpu_config *config = cpu_config_of(cpu);
    memcpy(c->model, config->model, sizeof c->model);
    c->power = cpu->power;
    c->halted = cpu->halted;
    c->el = cpu->pstate.EL;
    c->sve = cpu->vq_set;
    c->guest = in_guest(cpu);
    c->vmid = mmu_vmid(cpu);
    c->runs = (uint8_t)w->share;
    for (unsigned el = EL0; el <= EL2; el++)
        c->vl[el] = (uint16_t)vl_at(cpu, el);
    c->pc = cpu->pc;
    c->instructions = cpu_icount(cpu);
    c->clock_hz = cpu->clock_hz;
    memcpy(c->share, w->count, sizeof c->share);
    memcpy(c->exceptions, cpu->stats->exceptions, sizeof c->exceptions);
}

/* Which code, of whom. */
static void look_at_names(struct symbols *symbols, const struct cpu *cpu, struct window_cpu *c)
{
    struct symbol_space space = symbol_space_of(cpu);
    symbols_text(symbols, &space, cpu->pc, c->where, sizeof c->where);
    symbols_task(symbols, cpu, c->task, sizeof c->task);
}

void window_next(const struct machine *m, char *text, size_t size)
{
    struct cpu *cpu = machine_next(m);
    char insn[96] = "?", where[96];
    uint32_t word;
    if (!cpu) {
        snprintf(text, size, "all CPUs wait");
        return;
    }
    struct symbol_space space = symbol_space_of(cpu);
    if (mem_debug_read(cpu, cpu->pc, &word, sizeof word) == sizeof word)
        disasm(word, cpu->pc, insn, sizeof insn);
    symbols_text(symbols_of(cpu->machine), &space, cpu->pc, where, sizeof where);
    snprintf(text, size, "CPU %u EL%u %016" PRIx64 " %s%s%s", cpu->index, cpu->pstate.EL, cpu->pc, where,
             *where ? "  " : "", insn);
}

void window_look(struct window_watch *w, struct window_view *v, unsigned first, unsigned count)
{
    struct machine *m = w->m;
    v->guest_ns = m->now;
    v->instructions = 0;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        changed(w, m->cpus[i]); /* a reset changes the EL as well */
        look_at_cpu(m->cpus[i], &w->cpu[i], &v->cpu[i]);
        v->instructions += v->cpu[i].instructions;
        if (i - first < count) {
            look_at_recent(m->cpus[i], &v->cpu[i]);
            look_at_names(symbols_of(m), m->cpus[i], &v->cpu[i]);
        }
    }
    v->vms = w->vms;
    memcpy(v->vmid, w->vmid, sizeof v->vmid);
}

bool window_view_create(struct window_view *v, unsigned cpus)
{
    *v = (struct window_view){ .cpu_count = cpus, .cpu = calloc(cpus, sizeof *v->cpu) };
    return v->cpu;
}

void window_view_free(struct window_view *v)
{
    free(v->cpu);
    v->cpu = NULL;
}

void window_view_copy(struct window_view *to, const struct window_view *from)
{
    struct window_cpu *cpu = to->cpu;
    memcpy(cpu, from->cpu, from->cpu_count * sizeof *cpu);
    *to = *from;
    to->cpu = cpu;
}
