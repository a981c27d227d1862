/* --timing-from, --timing-to: the machine runs in fast until something happens, with its timing models until something
 * else does, and so on. What can happen is what starts and stops a trace; so is how it is waited for (trace_stops.c).
 */
#include <stdlib.h>

#include "core/snapshot.h"
#include "core/stops.h"
#include "core/timing.h"
#include "frontends/frontends.h"
#include "frontends/symbols.h"
#include "frontends/trace.h"
#include "frontends/trace_collect.h"

static struct {
    struct machine *m; /* NULL: nothing is waited for */
    struct trace_trigger from, to;
    struct trace_names *names;
    struct machine_observer observer;
    bool due; /* an exception that was waited for has been taken */
    /* The last switch: at one moment there is one. */
    bool switched;
    uint64_t progress;
} when;

static bool is_on(const struct machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++)
        if (timing_mode(m->cpus[i]) != TIMING_FAST)
            return true;
    return false;
}

/* What is waited for now. */
static struct trace_trigger *awaited(void) { return is_on(when.m) ? &when.to : &when.from; }

/* ---- Watching ---- */

static void exception_taken(void *context, struct cpu *cpu, const struct exception_taken *e)
{
    const struct trace_trigger *t = awaited();
    (void)context;
    trace_stops_exception(cpu, e->vector);
    if (t->kind != TRIGGER_EC || when.due || (e->ec != t->ec[0] && e->ec != t->ec[1]))
        return;
    when.due = true;
    machine_pause_internal(when.m);
}

static void exception_returned(void *context, struct cpu *cpu, unsigned from)
{
    (void)context, (void)from;
    trace_stops_return(cpu);
}

static void sysreg_written(void *context, struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    (void)context, (void)old;
    trace_stops_sysreg(cpu, r);
}

/* ---- Stops ---- */

static bool at_function(struct trace_trigger *t, const struct cpu *cpu)
{
    struct trace_event e = {
        .kind = TRACE_EV_INSN, .cpu = (uint16_t)cpu->index, .space = symbol_space_of(cpu), .pc = cpu->pc
    };
    trace_name(when.names, &e);
    return !e.offset && trace_name_fits(&t->name, &e);
}

/* The first CPU to come there counts. */
static bool at_count(const struct trace_trigger *t, const struct cpu *cpu)
{
    for (unsigned i = 0; i < when.m->cpu_count; i++)
        if (when.m->cpus[i] != cpu && cpu_icount(when.m->cpus[i]) >= t->count)
            return false;
    return cpu_icount(cpu) == t->count;
}

static bool happens(struct trace_trigger *t, const struct cpu *cpu)
{
    bool due = when.due;
    when.due = false;
    switch (t->kind) {
    case TRIGGER_SYMBOL: return cpu && at_function(t, cpu);
    case TRIGGER_COUNT: return cpu && at_count(t, cpu);
    case TRIGGER_EC: return due;
    default: return false;
    }
}

void timing_when_stopped(struct machine *m, struct cpu *cpu)
{
    if (m != when.m || !happens(awaited(), cpu) || (when.switched && when.progress == machine_progress(m, NULL)))
        return;
    timing_switch_all(m, !is_on(m));
    when.switched = true;
    when.progress = machine_progress(m, NULL);
    checkpoints_restart(m); /* running on from an earlier one would not come by here */
}

/* ---- Beginning and ending ---- */

static bool any_model(const struct machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++)
        if (m->config[i].timing != TIMING_FAST)
            return true;
    return false;
}

/* The option's text to t, NULL: it was not given. false with user_error. */
static bool parse(const struct machine *m, const char *option, const char *where, struct trace_trigger *t)
{
    if (!where)
        return true;
    if (!trace_trigger_parse(option, where, t))
        return false;
    if (!any_model(m))
        return user_error("%s %s: no CPU has a timing model that could be switched to; add --timing inorder or ooo",
                          option, where);
    return t->kind != TRIGGER_SYMBOL || trace_name_known(symbols_of((struct machine *)m), option, where, &t->name);
}

static void wait_for(struct trace_trigger *t)
{
    if (t->kind == TRIGGER_SYMBOL)
        trace_stops_at_name(WAITER_TIMING, &t->name);
    if (t->kind == TRIGGER_COUNT)
        trace_stops_at_count(WAITER_TIMING, t->count);
}

bool timing_when_start(struct machine *m, const struct options *o)
{
    if (!o->timing_from && !o->timing_to)
        return true;
    if (!parse(m, "--timing-from", o->timing_from, &when.from) || !parse(m, "--timing-to", o->timing_to, &when.to))
        return false;
    if (!(when.names = trace_names_new(symbols_of(m))))
        return user_error("--timing-from: the host has no memory for it");
    if (o->timing_from && (!o->from || o->timing_from_again))
        timing_switch_all(m, false);
    when.m = m;
    when.observer = (struct machine_observer){ .exception_taken = exception_taken,
                                               .exception_returned = exception_returned,
                                               .sysreg_written = sysreg_written };
    machine_observe(m, &when.observer);
    trace_stops_begin(m, WAITER_TIMING);
    wait_for(&when.from);
    wait_for(&when.to);
    return true;
}

void timing_when_end(void)
{
    if (!when.m)
        return;
    trace_stops_end(WAITER_TIMING);
    machine_unobserve(when.m, &when.observer);
    trace_names_free(when.names);
    free(when.from.name.pattern);
    free(when.to.name.pattern);
    memset(&when, 0, sizeof when);
}
