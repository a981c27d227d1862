/* A CPU's timing as the rest of svemu sees it: making, switching, synchronising, counting, saving. core/timing.h */
#include "core/timing.h"

#include <stdlib.h>

#include "core/exception.h"
#include "core/ledger.h"
#include "core/machine.h"
#include "core/state.h"
#include "core/timing_pipe.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

/* ---- The pipeline's rarer ways ---- */

/* Bookings of cycles that dispatch has passed are cleared for those that come round to their place. */
void pipe_sweep(struct timing_state *s)
{
    uint64_t cycle = pipe_cycle(s);

    if (cycle - s->swept >= AHEAD) {
        memset(s->booked, 0, sizeof(s->booked));
        s->swept = cycle / SWEEP * SWEEP;
        return;
    }
    for (; cycle - s->swept >= SWEEP; s->swept += SWEEP)
        memset(&s->booked[s->swept % AHEAD], 0, SWEEP * sizeof(s->booked[0]));
}

/* All that is booked is too far ahead of dispatch: so many wait that no more can. Makes room in the table for cycles
 * from at on. */
static void hold_dispatch(struct timing_state *s, unsigned cycles, uint64_t at)
{
    const uint64_t needed = 2 * SWEEP + cycles; /* and what is not swept yet */

    pipe_stall(s, at + needed - AHEAD, TE_STALL_BACKEND);
    pipe_sweep_due(s);
}

/* One of ports for one cycle. Where many wait for few ports the cycles until the last booking are full: they are
 * remembered. */
uint64_t pipe_book_search(struct timing_state *s, uint32_t ports, uint64_t at)
{
    struct timing_full *f = &s->full[ports * UINT32_C(0x9e3779b1) >> 28];
    uint64_t from = at;
    uint32_t free;

    if (f->ports == ports && at >= f->from && at < f->to)
        at = f->to, from = f->from;
    for (;; at++) {
        if (at + 1 - s->swept > AHEAD)
            hold_dispatch(s, 1, at);
        free = ports & ~s->booked[at % AHEAD];
        if (free)
            break;
    }
    s->booked[at % AHEAD] |= free & -free;
    *f = (struct timing_full){ ports, from, at };
    return at;
}

/* One port for several cycles on end. */
uint64_t pipe_book_long(struct timing_state *s, uint32_t ports, unsigned cycles, uint64_t at)
{
    for (;; at++) {
        uint32_t free = ports;
        if (at + cycles - s->swept > AHEAD)
            hold_dispatch(s, cycles, at);
        for (unsigned i = 0; i < cycles && free; i++)
            free &= ~s->booked[(at + i) % AHEAD];
        if (!free)
            continue;
        free &= -free;
        for (unsigned i = 0; i < cycles; i++)
            s->booked[(at + i) % AHEAD] |= free;
        return at;
    }
}

/* The second micro-operation and further ones; returns by how much the latest is late. */
uint64_t pipe_book_rest(struct timing *t, const struct timing_cost *c, uint64_t at)
{
    uint64_t late = 0;

    for (unsigned i = 0; i + 1 < c->uses; i++) {
        const struct timing_use *u = &t->model->use[c->first + i];
        uint64_t begins = pipe_book(&t->s, *u, at + u->after);
        late = timing_max(late, begins - (at + u->after));
    }
    return late;
}

/* ---- Time ---- */

uint64_t timing_cycles(const struct cpu *cpu) { return cpu->timing->s.commit; }

uint64_t timing_run_until(struct cpu *cpu, uint64_t cycle)
{
    cpu->timing->s.until = cycle;
    return cpu->timing->s.commit >= cycle ? 0 : UINT64_MAX;
}

void timing_look(struct cpu *cpu)
{
    if (cpu->timing->s.commit >= cpu->timing->s.until)
        cpu->deadline = cpu->slice_deadline = 0;
}

void timing_stall(struct cpu *cpu, uint64_t until)
{
    struct timing_state *s = &cpu->timing->s;

    pipe_stall(s, timing_max(until, s->commit), TE_STALL_BACKEND);
    s->commit = timing_max(s->commit, pipe_cycle(s));
}

static const enum timing_param sync_cost[SYNC_COUNT] = {
    [SYNC_EXCEPTION] = TP_EXCEPTION, [SYNC_ERET] = TP_ERET, [SYNC_VL] = TP_VL_CHANGE, [SYNC_WAKE] = TP_WAKE
};

/* At least a cycle, so that a CPU whose vectors fault does not stand still. */
void timing_sync_slow(struct cpu *cpu, enum timing_sync what)
{
    struct timing *t = cpu->timing;
    uint64_t cost = timing_param(t, sync_cost[what]);

    timing_stall(cpu, t->s.commit + (cost ? cost : 1));
    if (what == SYNC_EXCEPTION || what == SYNC_ERET) {
        timing_branch_redirect(t->branch);
        t->s.line = NO_LINE;
    }
}

/* Before the first reset a CPU has no vector length yet. */
void timing_vl_changed(struct cpu *cpu)
{
    cpu->timing->cost = cpu->timing->model->cost[cpu->vl_bits ? cpu->vl_bits / 128 : 1];
}

/* ---- Counts ---- */

_Static_assert((int)TIMING_EVENT_ROWS == TIMING_EVENTS, "one place for each in struct cpu");

/* Since the last switch. */
static uint64_t model_event(const struct timing *t, enum timing_event e)
{
    if (e == TE_BR_PRED)
        return t->s.count[TE_BR_RETIRED];
    if (e == TE_OP_RETIRED)
        return t->s.uops;
    if (e == TE_STALL)
        return t->s.count[TE_STALL_FRONTEND] + t->s.count[TE_STALL_BACKEND];
    return t->s.count[e] + timing_memory_counts(t->memory)[e];
}

uint64_t timing_event(const struct cpu *cpu, enum timing_event e)
{
    switch (e) {
    case TE_INST_RETIRED:
    case TE_INST_SPEC: return cpu_icount(cpu);
    case TE_CPU_CYCLES: return cpu_cycles(cpu);
    case TE_EXC_TAKEN: return cpu->exceptions_taken;
    case TE_EXC_RETURN: return cpu->exceptions_returned;
    default: return cpu->timing_past[e] + (cpu->timing ? model_event(cpu->timing, e) : 0);
    }
}

void timing_set_branch_hook(struct cpu *cpu, timing_branch_hook *hook)
{
    if (cpu->timing)
        cpu->timing->hook = hook;
}

/* ---- Making and switching ---- */

enum timing_mode timing_mode(const struct cpu *cpu) { return cpu->timing ? cpu->timing->mode : TIMING_FAST; }

static uint32_t at_most(uint64_t value, uint32_t most) { return value && value < most ? (uint32_t)value : most; }

static void set_parameters(struct timing *t)
{
    enum { NO_LIMIT = 1 << 30, INORDER_WIDTH = 2 };

    t->in_order = t->mode == TIMING_INORDER || t->model->in_order;
    t->ordered = t->model->in_order;
    t->width = at_most(timing_param(t, TP_DISPATCH), t->mode == TIMING_INORDER ? INORDER_WIDTH : NO_LIMIT);
    t->slot_step = ((UINT64_C(1) << SLOT_BITS) + t->width - 1) / t->width;
    t->commit_width = at_most(timing_param(t, TP_COMMIT), UINT32_MAX);
    if (t->commit_width >= t->width)
        t->commit_width = UINT32_MAX;
    t->simple = !t->in_order && t->commit_width == UINT32_MAX;
    t->rob = at_most(timing_param(t, TP_ROB), MAX_ROB);
    t->load_queue = (uint32_t)timing_param(t, TP_LOAD_QUEUE);
    if (t->load_queue >= t->rob) /* loads leave it as they commit: it is never full */
        t->load_queue = 0;
    t->store_queue = (uint32_t)timing_param(t, TP_STORE_QUEUE);
    t->taken_step = timing_param(t, TP_TAKEN) ? (UINT64_C(1) << SLOT_BITS) / timing_param(t, TP_TAKEN) : 0;
    t->line_shift = (uint32_t)__builtin_ctzll(timing_param(t, TP_LINE));
}

static struct timing *timing_create(struct cpu *cpu, enum timing_mode mode, struct timing_model *m)
{
    struct timing *t = calloc(1, sizeof(*t));

    assert(t);
    t->mode = mode;
    t->model = m;
    set_parameters(t);
    t->branch = timing_branch_create(m);
    t->memory = timing_memory_create(cpu, m);
    assert(t->branch && t->memory);
    return t;
}

static void timing_destroy(struct timing *t)
{
    timing_branch_free(t->branch);
    timing_memory_free(t->memory);
    free(t);
}

void timing_free(struct cpu *cpu)
{
    struct timing *t = cpu->timing;

    if (!t)
        return;
    timing_destroy(t);
    cpu->timing = NULL;
}

/* What has been before is forgotten. */
static void new_timing(struct cpu *cpu, enum timing_mode mode, struct timing_model *m)
{
    timing_free(cpu);
    if (mode != TIMING_FAST) {
        cpu->timing = timing_create(cpu, mode, m);
        timing_vl_changed(cpu);
    }
    isa_forget_pages(cpu->machine);
}

static void change_mode(struct cpu *cpu, enum timing_mode mode, struct timing_model *m)
{
    uint64_t ns = cpu_time(cpu), cycles = cpu_cycles(cpu);

    for (unsigned e = 0; cpu->timing && e < TIMING_EVENTS; e++)
        cpu->timing_past[e] += model_event(cpu->timing, e);
    new_timing(cpu, mode, m);
    cpu->cycles_ahead = cycles - cpu_icount(cpu);
    if (cpu->timing) {
        struct timing_state *s = &cpu->timing->s;
        s->commit = cycles;
        s->slot = cycles << SLOT_BITS;
        s->swept = cycles / SWEEP * SWEEP;
    }
    cpu->time_ns = ns;
    cpu->time_cycles = cycles;
    /* A quantum that is under way ends at its time, unless it has been ended. */
    cpu->slice_deadline = cpu->slice_deadline <= cpu_icount(cpu) ? 0 : UINT64_MAX;
}

/* Cycles need not be what the PMU has taken them for, and a world switch that is under way has two kinds of them. */
void timing_switch(struct cpu *cpu, enum timing_mode mode, struct timing_model *m)
{
    if (cpu->stats)
        ledger_drop(cpu);
    if (cpu->pmu)
        pmu_el_changed(cpu);
    change_mode(cpu, mode, m);
    if (cpu->pmu)
        pmu_el_entered(cpu);
}

void timing_switch_all(struct machine *m, bool on)
{
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct cpu_config *c = &m->config[i];
        enum timing_mode mode = on && c->timing_model ? (enum timing_mode)c->timing : TIMING_FAST;
        if (mode != timing_mode(m->cpus[i]))
            timing_switch(m->cpus[i], mode, c->timing_model);
    }
}

/* ---- Snapshots ---- */

static void check_state(struct state_pass *s, const struct timing_state *saved, uint64_t time_cycles)
{
    if (saved->commit < time_cycles || saved->swept % SWEEP || saved->swept > pipe_cycle(saved) ||
        saved->slot > TIME_END || saved->commit > TIME_END)
        state_refuse(s, "a pipeline's times do not fit one another");
}

static const struct state_field state_fields[] = {
    { "all", 0, sizeof(struct timing_state), _Alignof(struct timing_state), 1, STATE_CACHE, UINT64_MAX },
};
STATE_LAYOUT_OF(pipeline_layout, struct timing_state, state_fields);

static void visit_parts(struct state_pass *s, struct timing *t, uint64_t time_cycles)
{
    if (s->mode == STATE_CHECK) {
        struct timing_state *saved = calloc(1, sizeof(*saved));
        assert(saved);
        state_walk_copy(s, &pipeline_layout, saved);
        check_state(s, saved, time_cycles);
        free(saved);
    } else {
        state_walk(s, &pipeline_layout, &t->s);
    }
    timing_branch_visit(s, t->branch);
    timing_memory_visit(s, t->memory);
}

/* Not part of the state hash: what it has done to time is. The CPU may be in another mode than the one that was saved,
 * of those that its options allow. */
enum timing_mode timing_visit_mode(struct state_pass *s, struct cpu *cpu)
{
    const struct cpu_config *config = cpu_config_of(cpu);
    struct timing_model *m = config ? config->timing_model : NULL;
    uint64_t mode = timing_mode(cpu), most = m ? TIMING_OOO : TIMING_FAST;

    if (s->mode == STATE_HASH)
        return (enum timing_mode)mode;
    state_cache_value(s, "timing mode", &mode, most);
    if (s->mode == STATE_LAYOUT || mode > most) /* what is wrong has been said */
        mode = most;
    if (state_loading(s) && mode != timing_mode(cpu))
        new_timing(cpu, (enum timing_mode)mode, m); /* the rest is loaded */
    return (enum timing_mode)mode;
}

void timing_visit(struct state_pass *s, struct cpu *cpu, enum timing_mode mode, uint64_t time_cycles)
{
    if (s->mode == STATE_HASH || mode == TIMING_FAST)
        return;
    state_same(s, "timing model", cpu_config_of(cpu)->timing_model->digest); /* costs are made again */
    if (cpu->timing) { /* checking what another mode has saved: its parts are of the same sizes */
        visit_parts(s, cpu->timing, time_cycles);
        return;
    }
    struct timing *t = timing_create(cpu, mode, cpu_config_of(cpu)->timing_model);
    visit_parts(s, t, time_cycles);
    timing_destroy(t);
}
