/* Points and who looks when the machine stops: gdb if it is attached, else the console's monitor. */
#include "frontends/debugger.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/exception.h"
#include "core/snapshot.h"
#include "frontends/frontends.h"
#include "frontends/gdb.h"
#include "frontends/monitor.h"
#include "sysregs/sysregs.h"

struct debugger *debugger_create(struct machine *m)
{
    struct debugger *d = calloc(1, sizeof(*d));
    if (!d)
        return NULL;
    d->m = m;
    vcpus_watch(d);
    return d;
}

void debugger_free(struct debugger *d)
{
    if (!d)
        return;
    gdb_close(d->gdb);
    machine_unobserve(d->m, &d->observer);
    free(d);
}

/* ---- Points ---- */

struct debug_point *point_add(struct debugger *d, const struct stop_point *at, bool numbered)
{
    unsigned stop = d->points < MAX_POINTS ? stop_add(d->m, at) : 0;
    if (!stop)
        return NULL;
    struct debug_point *p = &d->point[d->points++];
    *p = (struct debug_point){ .number = numbered ? ++d->last_number : 0, .stop = stop, .at = *at };
    return p;
}

void point_delete(struct debugger *d, struct debug_point *p)
{
    stop_remove(d->m, p->stop);
    *p = d->point[--d->points];
}

struct debug_point *point_of_stop(struct debugger *d, unsigned stop)
{
    for (unsigned i = 0; stop && i < d->points; i++)
        if (d->point[i].stop == stop)
            return &d->point[i];
    return NULL;
}

void points_of_gdb_delete(struct debugger *d)
{
    for (unsigned i = d->points; i-- > 0;)
        if (!d->point[i].number)
            point_delete(d, &d->point[i]);
}

static void where_text(const struct stop_point *at, char *text, size_t size)
{
    int n = 0;
    text[0] = 0;
    for (unsigned el = 0; el < 3; el++)
        if (at->els && at->els >> el & 1)
            n += snprintf(text + n, size - (size_t)n, " el=%u", el);
    if (at->has_vmid)
        n += snprintf(text + n, size - (size_t)n, " vmid=%u", at->vmid);
    if (at->cpu >= 0)
        n += snprintf(text + n, size - (size_t)n, " cpu=%d", at->cpu);
    if (at->physical)
        snprintf(text + n, size - (size_t)n, " physical");
}

void address_text(struct debugger *d, const struct cpu *cpu, const struct stop_point *at, char *text, size_t size)
{
    struct symbol_space space = space_symbols(d, cpu);
    char name[128] = "";
    if (at->has_vmid)
        space.stage2 = true, space.vmid = at->vmid, space.el = EL1;
    if (at->els == 1 << EL2)
        space.el = EL2;
    if (!at->physical)
        symbols_text(symbols_of(d->m), &space, at->address, name, sizeof(name));
    snprintf(text, size, "%#" PRIx64 "%s%s%s", at->address, *name ? " (" : "", name, *name ? ")" : "");
}

void point_text(struct debugger *d, const struct stop_point *at, char *text, size_t size)
{
    char where[64], address[192];
    where_text(at, where, sizeof(where));
    address_text(d, d->m->cpus[d->cpu], at, address, sizeof(address));
    switch (at->kind) {
    case STOP_AT_PC: snprintf(text, size, "break %s%s", address, where); break;
    case STOP_AT_ACCESS:
        snprintf(text, size, "watch %s size=%" PRIu64 " %s%s", address, at->size,
                 at->read && at->write ? "rw"
                 : at->read            ? "r"
                                       : "w",
                 where);
        break;
    case STOP_AT_SYSREG: snprintf(text, size, "break sysreg %s%s", sysreg_name(at->reg), where); break;
    case STOP_AT_EXCEPTION:
        if (at->ec < 0)
            snprintf(text, size, "break exception any%s", where);
        else
            snprintf(text, size, "break exception %#x (%s)%s", (unsigned)at->ec, exception_class_name((unsigned)at->ec),
                     where);
        break;
    case STOP_AT_INSTRUCTION: snprintf(text, size, "break instruction %" PRIu64 "%s", at->count, where); break;
    case STOP_AT_POSITION: snprintf(text, size, "break position %" PRIu64, at->count); break;
    }
}

/* ---- Running ---- */

void debugger_rebooted(struct debugger *d) { gdb_rebooted(d->gdb); }

void debugger_changed(struct debugger *d) { d->changed = true; }

enum { CHECKPOINT_INSNS = 20000000 }; /* a step back takes about as long as this many instructions */
#define CHECKPOINT_BYTES (UINT64_C(1) << 30)

bool debugger_checkpoints(struct debugger *d, bool on)
{
    if (on)
        return checkpoints_on(d->m) || checkpoints_start(d->m, CHECKPOINT_INSNS, CHECKPOINT_BYTES);
    checkpoints_stop(d->m);
    return true;
}

/* A client that was looked for on the way would stop what must come to its end. */
static void attend(struct debugger *d, bool on, void (**was)(void *context))
{
    if (!on)
        *was = d->m->between_turns;
    d->m->between_turns = on ? *was : NULL;
}

enum reverse_result debugger_step_back(struct debugger *d, struct cpu *cpu)
{
    void (*was)(void *context);
    debugger_resumes(d);
    attend(d, false, &was);
    enum reverse_result result = reverse_step(d->m, cpu);
    attend(d, true, &was);
    return result;
}

enum reverse_result debugger_continue_back(struct debugger *d)
{
    void (*was)(void *context);
    debugger_resumes(d);
    attend(d, false, &was);
    enum reverse_result result = reverse_continue(d->m);
    attend(d, true, &was);
    return result;
}

enum reverse_result debugger_goto(struct debugger *d, uint64_t position)
{
    void (*was)(void *context);
    debugger_resumes(d);
    attend(d, false, &was);
    enum reverse_result result = reverse_goto(d->m, position);
    attend(d, true, &was);
    return result;
}

void debugger_resumes(struct debugger *d)
{
    if (d->changed)
        checkpoints_restart(d->m); /* what was before is not what led to here */
    d->changed = false;
}

enum stop_reason debugger_serve(struct debugger *d, enum stop_reason why)
{
    if (gdb_attached(d->gdb))
        why = gdb_serve(d->gdb, why);
    if (d->monitor_wanted || (why == STOP_DEBUG && point_of_stop(d, stop_last(d->m)->point))) {
        d->monitor_wanted = false;
        return why == STOP_DEBUG || why == STOP_NONE ? monitor_run(d) : why;
    }
    return why == STOP_DEBUG ? STOP_NONE : why;
}
