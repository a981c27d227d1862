/* One trace: groups of events come in, what passes its filters between its triggers goes to its format, at once or,
 * when only the last are wanted, through a ring. */
#include <stdlib.h>

#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "frontends/trace_codec.h"

/* A kept event; what it points to is copied. */
struct kept {
    struct trace_event e;
    uint8_t small[32];
    void *large;
};

/* What a CPU's registers are, where the trace has not told it: changed by instructions that were left out. */
struct unsaid {
    uint64_t delta; /* bit i: value[i], codec_delta_of() */
    uint32_t z, p;
    uint64_t value[DELTA_REGS];
    uint16_t z_size[32], p_size[17];
    uint8_t z_reg[32]; /* TRACE_REG_V or TRACE_REG_Z */
    uint8_t z_data[32][MAX_VL_BYTES], p_data[17][MAX_PL_BYTES];
};

struct trace_pipe {
    struct trace_spec *spec;
    unsigned cpus;
    void *state; /* of the format */
    bool active; /* between start and stop */
    bool *lost;  /* of each CPU: instructions were left out since its last event */
    struct unsaid **unsaid;
    struct kept *ring;
    uint64_t ring_size, ring_count, ring_first;
    bool overwritten;                       /* something was kept once and is not in the ring now */
    uint64_t events, instructions, windows; /* windows: that have been opened */
};

struct trace_spec *trace_pipe_spec(const struct trace_pipe *p) { return p->spec; }

/* ---- Out ---- */

static void write_event(struct trace_pipe *p, const struct trace_event *e)
{
    p->events++;
    p->instructions += e->kind == TRACE_EV_INSN;
    p->spec->format->event(p->state, e);
}

/* Longer until it is as long as was asked for, or as the host has memory. It has not wrapped yet. */
static void grow_ring(struct trace_pipe *p)
{
    uint64_t want = p->ring_size ? 2 * p->ring_size : 1024;
    want = want < p->spec->last ? want : p->spec->last;
    struct kept *bigger = realloc(p->ring, want * sizeof *bigger);
    if (!bigger) {
        p->spec->last = p->ring_size;
        return;
    }
    memset(bigger + p->ring_size, 0, (want - p->ring_size) * sizeof *bigger);
    p->ring = bigger, p->ring_size = want;
}

/* Where the next event is kept; NULL: no memory. */
static struct kept *ring_slot(struct trace_pipe *p)
{
    if (p->ring_count == p->ring_size && p->ring_size < p->spec->last)
        grow_ring(p);
    if (!p->ring_size)
        return NULL;
    struct kept *k = &p->ring[(p->ring_first + p->ring_count) % p->ring_size];
    if (p->ring_count < p->ring_size)
        p->ring_count++;
    else
        p->ring_first = (p->ring_first + 1) % p->ring_size, p->overwritten = true;
    free(k->large);
    k->large = NULL;
    return k;
}

static const void *copy(struct kept *k, const void *data, size_t n)
{
    if (n <= sizeof k->small)
        return memcpy(k->small, data, n);
    k->large = malloc(n);
    return k->large ? memcpy(k->large, data, n) : NULL;
}

static void keep(struct trace_pipe *p, const struct trace_event *e)
{
    struct kept *k = ring_slot(p);
    bool there = true;
    if (!k)
        return;
    k->e = *e;
    if (e->kind == TRACE_EV_REG)
        there = (k->e.reg.data = copy(k, e->reg.data, e->reg.size));
    else if (e->kind == TRACE_EV_MEM)
        there = (k->e.mem.data = copy(k, e->mem.data, e->mem.size));
    else if (e->kind == TRACE_EV_EXCEPTION)
        there = (k->e.exception.reason = copy(k, e->exception.reason, strlen(e->exception.reason) + 1));
    else if (e->kind == TRACE_EV_LINE || e->kind == TRACE_EV_TASK)
        there = (k->e.text = copy(k, e->text, strlen(e->text) + 1));
    if (!there) /* no memory */
        k->e.kind = TRACE_EV_LOST;
}

/* What each CPU's first event of the ring has lost. */
static void tell_lost(struct trace_pipe *p, const struct trace_event *e, bool *told)
{
    if (!p->overwritten || !told || e->cpu >= p->cpus || told[e->cpu])
        return;
    struct trace_event lost = *e;
    lost.kind = TRACE_EV_LOST;
    told[e->cpu] = true;
    write_event(p, &lost);
}

/* Write and empty the ring. */
static void dump(struct trace_pipe *p)
{
    bool *told = calloc(p->cpus, sizeof *told);
    for (uint64_t i = 0; i < p->ring_count; i++) {
        const struct trace_event *e = &p->ring[(p->ring_first + i) % p->ring_size].e;
        tell_lost(p, e, told);
        write_event(p, e);
    }
    free(told);
    p->ring_count = p->ring_first = 0;
    p->overwritten = true; /* the next one does not go on from the start */
}

static void pass(struct trace_pipe *p, const struct trace_event *e)
{
    if (p->spec->last)
        keep(p, e);
    else
        write_event(p, e);
}

/* ---- Registers that were left out ---- */

static void remember(struct trace_pipe *p, const struct trace_event *e)
{
    struct unsaid *u = p->unsaid[e->cpu];
    unsigned delta = codec_delta_of(e->reg.reg, e->reg.n), n = e->reg.n & 31;
    if (!u && !(u = p->unsaid[e->cpu] = calloc(1, sizeof *u)))
        return;
    if (delta < DELTA_REGS && e->reg.size == 8) {
        u->delta |= BIT(delta);
        memcpy(&u->value[delta], e->reg.data, 8);
    } else if ((e->reg.reg == TRACE_REG_V || e->reg.reg == TRACE_REG_Z) && e->reg.size <= MAX_VL_BYTES) {
        bool wider = u->z >> n & 1 && u->z_size[n] > e->reg.size; /* a V register behind a Z register: the rest stays */
        u->z |= 1u << n;
        memcpy(u->z_data[n], e->reg.data, e->reg.size);
        if (!wider)
            u->z_size[n] = e->reg.size, u->z_reg[n] = e->reg.reg;
    } else if (e->reg.size <= MAX_PL_BYTES) {
        n = e->reg.reg == TRACE_REG_FFR ? 16 : n & 15;
        u->p |= 1u << n;
        u->p_size[n] = e->reg.size;
        memcpy(u->p_data[n], e->reg.data, e->reg.size);
    }
}

static void say(struct trace_pipe *p, struct trace_event *e, unsigned reg, unsigned n, unsigned size, const void *data)
{
    e->reg.reg = (uint8_t)reg, e->reg.n = (uint8_t)n, e->reg.size = (uint16_t)size, e->reg.data = data;
    pass(p, e);
}

static void say_unsaid(struct trace_pipe *p, const struct trace_event *place)
{
    static const uint8_t reg[] = { TRACE_REG_SP, TRACE_REG_PSTATE, TRACE_REG_FPCR, TRACE_REG_FPSR };
    struct unsaid *u = p->unsaid[place->cpu];
    struct trace_event e = *place;
    e.kind = TRACE_EV_REG, e.category = TRACE_REGS;
    for (unsigned i = 0; u && i < DELTA_REGS; i++)
        if (u->delta >> i & 1)
            say(p, &e, i < DELTA_SP ? TRACE_REG_X : reg[i - DELTA_SP], i < DELTA_SP ? i : 0, 8, &u->value[i]);
    for (unsigned i = 0; u && i < 32; i++)
        if (u->z >> i & 1)
            say(p, &e, u->z_reg[i], i, u->z_size[i], u->z_data[i]);
    for (unsigned i = 0; u && i < 17; i++)
        if (u->p >> i & 1)
            say(p, &e, i < 16 ? TRACE_REG_P : TRACE_REG_FFR, i < 16 ? i : 0, u->p_size[i], u->p_data[i]);
    if (u)
        u->delta = u->z = u->p = 0;
}

/* ---- Groups ---- */

static bool wanted_device(const struct trace_spec *s, const char *text)
{
    for (unsigned i = 0; i < s->devices; i++) {
        size_t n = strlen(s->device[i]);
        if (!strncmp(text, s->device[i], n) && text[n] == ' ')
            return true;
    }
    return !s->devices;
}

static bool wanted(const struct trace_pipe *p, const struct trace_event *e)
{
    const struct trace_spec *s = p->spec;
    if (!(s->categories >> e->category & 1))
        return false;
    if (e->kind == TRACE_EV_LINE && e->category == TRACE_DEVICE)
        return wanted_device(s, e->text);
    return !(s->filter.regs && (e->kind == TRACE_EV_REG || e->kind == TRACE_EV_SYSREG)) ||
           trace_filter_register(&s->filter, e);
}

/* An exception or a return between two ELs belongs to both. */
static bool group_place(struct trace_filter *f, const struct trace_event *e, unsigned n)
{
    if (trace_filter_place(f, e))
        return true;
    for (unsigned i = 0; i < n; i++) {
        if (e[i].kind != TRACE_EV_EXCEPTION && e[i].kind != TRACE_EV_RETURN)
            continue;
        struct trace_event other = e[i];
        other.space.el = (uint8_t)(e[i].kind == TRACE_EV_EXCEPTION ? e[i].exception.e.target : e[i].ret.to);
        if (trace_filter_place(f, &other))
            return true;
    }
    return false;
}

static bool group_cause(const struct trace_filter *f, const struct trace_event *e, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (trace_filter_cause(f, &e[i]))
            return true;
    return !f->regs && !f->ecs;
}

/* nVHE's hyp_panic has the kernel's prefix. */
struct trace_name trace_panic[TRACE_PANICS] = { { .pattern = "panic" },
                                                { .pattern = "nmi_panic" },
                                                { .pattern = "hyp_panic" },
                                                { .pattern = "__kvm_nvhe_hyp_panic" } };

static bool is_panic(const struct trace_event *e)
{
    for (unsigned i = 0; i < TRACE_PANICS; i++)
        if (trace_name_fits(&trace_panic[i], e))
            return true;
    return false;
}

static bool triggers(struct trace_trigger *t, const struct trace_event *e, unsigned n)
{
    switch (t->kind) {
    case TRIGGER_SYMBOL: return e->kind == TRACE_EV_INSN && !e->offset && trace_name_fits(&t->name, e);
    case TRIGGER_PANIC: return e->kind == TRACE_EV_INSN && !e->offset && is_panic(e);
    case TRIGGER_COUNT: return e->count >= t->count;
    case TRIGGER_EC:
        for (unsigned i = 0; i < n; i++)
            if (e[i].kind == TRACE_EV_EXCEPTION && (e[i].exception.e.ec == t->ec[0] || e[i].exception.e.ec == t->ec[1]))
                return true;
        return false;
    default: return false;
    }
}

/* Function names with * or ? cannot be waited for at their address. */
static bool is_pattern(const struct trace_trigger *t)
{
    return t->kind == TRIGGER_SYMBOL && strpbrk(t->name.pattern, "*?[");
}

bool trace_pipe_needs_instructions(const struct trace_pipe *p, uint64_t count)
{
    const struct trace_spec *s = p->spec;
    const uint32_t of_instructions = 1u << TRACE_INSN | 1u << TRACE_REGS | 1u << TRACE_MEM;
    uint64_t first = s->filter.counts ? UINT64_MAX : 0;
    bool patterns = is_pattern(&s->start) || is_pattern(&s->stop);
    for (unsigned i = 0; i < s->dumps; i++)
        patterns |= is_pattern(&s->dump[i]);
    for (unsigned i = 0; i < s->filter.counts; i++)
        first = s->filter.count[i].from < first ? s->filter.count[i].from : first;
    if (s->windows && p->windows == s->windows && !p->active && !s->dumps)
        return false;
    return patterns || (p->active && count >= first && s->categories & of_instructions);
}

void trace_pipe_lost(struct trace_pipe *p)
{
    for (unsigned i = 0; i < p->cpus; i++)
        p->lost[i] = true;
}

static void dump_if_triggered(struct trace_pipe *p, const struct trace_event *e, unsigned n)
{
    for (unsigned i = 0; i < p->spec->dumps; i++)
        if (triggers(&p->spec->dump[i], e, n)) {
            dump(p);
            return;
        }
}

static void start_if_triggered(struct trace_pipe *p, const struct trace_event *e, unsigned n)
{
    struct trace_spec *s = p->spec;
    if (p->active || !s->start.kind || (s->windows && p->windows == s->windows) || !triggers(&s->start, e, n))
        return;
    p->active = true;
    p->windows++;
}

static void stop_if_triggered(struct trace_pipe *p, const struct trace_event *e, unsigned n)
{
    if (p->active && p->spec->stop.kind && triggers(&p->spec->stop, e, n))
        p->active = false;
}

void trace_pipe_at(struct trace_pipe *p, const struct trace_event *place)
{
    stop_if_triggered(p, place, 1);
    start_if_triggered(p, place, 1);
    dump_if_triggered(p, place, 1);
}

static void leave_out(struct trace_pipe *p, const struct trace_event *e, unsigned n)
{
    if (e->cpu >= p->cpus)
        return;
    p->lost[e->cpu] |= e->kind == TRACE_EV_INSN;
    bool regs = p->spec->categories >> TRACE_REGS & 1 && !p->spec->filter.regs;
    for (unsigned i = 0; regs && i < n; i++)
        if (e[i].kind == TRACE_EV_REG)
            remember(p, &e[i]);
}

static void let_in(struct trace_pipe *p, const struct trace_event *e, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        if (e[i].kind == TRACE_EV_END || !wanted(p, &e[i]))
            continue;
        if (e[i].cpu < p->cpus && p->lost[e[i].cpu]) {
            struct trace_event lost = e[i];
            lost.kind = TRACE_EV_LOST;
            pass(p, &lost);
            p->lost[e[i].cpu] = false;
            say_unsaid(p, &e[i]);
        }
        pass(p, &e[i]);
    }
}

void trace_pipe_group(struct trace_pipe *p, const struct trace_event *e, unsigned n)
{
    struct trace_spec *s = p->spec;
    start_if_triggered(p, e, n);
    if (p->active && group_place(&s->filter, e, n) && group_cause(&s->filter, e, n))
        let_in(p, e, n);
    else
        leave_out(p, e, n);
    stop_if_triggered(p, e, n);
    dump_if_triggered(p, e, n);
}

bool trace_pipe_wants(struct trace_pipe *p, const struct trace_event *place)
{
    const struct trace_spec *s = p->spec;
    bool always = s->start.kind || s->stop.kind || s->last;
    if (always || (p->active && trace_filter_place(&p->spec->filter, place)))
        return true;
    if (place->cpu < p->cpus)
        p->lost[place->cpu] |= place->kind == TRACE_EV_INSN;
    return false;
}

/* ---- Opening and closing ---- */

static void free_pipe(struct trace_pipe *p)
{
    for (uint64_t i = 0; i < p->ring_size; i++)
        free(p->ring[i].large);
    for (unsigned i = 0; p->unsaid && i < p->cpus; i++)
        free(p->unsaid[i]);
    free(p->unsaid);
    free(p->ring);
    free(p->lost);
    trace_spec_free(p->spec);
    free(p);
}

struct trace_pipe *trace_pipe_open(struct trace_spec *s, unsigned cpus)
{
    struct trace_pipe *p = calloc(1, sizeof *p);
    if (!p) {
        user_error("%s %s: the host has no memory for it", s->option, s->text);
        trace_spec_free(s);
        return NULL;
    }
    p->spec = s, p->cpus = cpus, p->active = !s->start.kind;
    p->lost = calloc(cpus, sizeof *p->lost);
    p->unsaid = calloc(cpus, sizeof *p->unsaid);
    trace_file_level(s->level);
    if (p->lost && p->unsaid && (p->state = s->format->open(s->file, cpus)))
        return p;
    char why[sizeof user_error_text];
    snprintf(why, sizeof why, "%s", user_error_text);
    user_error("%s %s: %s", s->option, s->text, why);
    free_pipe(p);
    return NULL;
}

static void write_end(struct trace_pipe *p)
{
    struct trace_event e = { .kind = TRACE_EV_END, .cpu = UINT16_MAX };
    e.end.events = p->events, e.end.instructions = p->instructions;
    p->spec->format->event(p->state, &e);
}

/* At the end a ring is written unless it waits for something that has not come. */
static bool dump_at(const struct trace_pipe *p, unsigned kind)
{
    for (unsigned i = 0; i < p->spec->dumps; i++)
        if (p->spec->dump[i].kind == kind)
            return true;
    return kind == TRIGGER_DEFECT || !p->spec->dumps;
}

static bool finish(struct trace_pipe *p, unsigned why)
{
    if (dump_at(p, why))
        dump(p);
    write_end(p);
    bool ok = p->spec->format->close(p->state);
    free_pipe(p);
    return ok;
}

void trace_pipe_keep(struct trace_pipe *p, const struct trace_event *e) { keep(p, e); }

void trace_pipe_drop(struct trace_pipe *p)
{
    (void)p->spec->format->close(p->state);
    free_pipe(p);
}

void trace_pipe_defect(struct trace_pipe *p) { (void)finish(p, TRIGGER_DEFECT); }
bool trace_pipe_close(struct trace_pipe *p) { return finish(p, TRIGGER_END); }
