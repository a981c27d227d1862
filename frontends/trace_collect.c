/* --trace: what happens to a machine as events. An observer (core/observe.h) that gathers what belongs to one
 * instruction and hands it to every trace when it is over. It looks and changes nothing. */
#include <stdlib.h>

#include "core/stops.h"
#include "core/timing.h"
#include "core/why.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "frontends/trace_collect.h"
#include "isa/isa.h"
#include "mmu/mmu.h"

enum { GROUP = 1024, GROUP_DATA = 1 << 18, LONGEST_TEXT = 1024, COUNTS_EVERY = 1000 };

static struct {
    struct machine *m;
    struct symbols *symbols;
    struct machine_observer observer;
    struct trace_spec *added[MAX_TRACES]; /* by trace_add, not open yet */
    struct trace_pipe *pipe[MAX_TRACES];
    unsigned adds, pipes;
    uint32_t categories;
    bool insns; /* each instruction is watched */
    bool regs;  /* and its registers */
    bool waits; /* somebody has a trigger */
    struct trace_names *names;
    struct trace_registers **registers; /* of each CPU, if regs */
    char (*task)[64];                   /* of each CPU, as last told */
    uint64_t *counted;                  /* cycle of each CPU at which counts were last told */
    /* The instruction being executed: event[0], and what happens meanwhile. */
    bool inside, wanted;
    struct cpu *cpu;
    unsigned events;
    size_t data_used;
    struct trace_event event[GROUP];
    uint8_t data[GROUP_DATA];
} t;

/* ---- Places ---- */

static void set_place(struct trace_event *e, const struct cpu *cpu, unsigned el, uint64_t pc)
{
    e->cpu = (uint16_t)cpu->index;
    e->space = symbol_space_at(cpu, el);
    e->time = cpu_time(cpu), e->count = cpu_icount(cpu), e->cycles = cpu_cycles(cpu), e->pc = pc;
    trace_name(t.names, e);
}

/* ---- Groups ---- */

static uint64_t largest_count(void)
{
    uint64_t largest = 0;
    for (unsigned i = 0; i < t.m->cpu_count; i++)
        if (cpu_icount(t.m->cpus[i]) > largest)
            largest = cpu_icount(t.m->cpus[i]);
    return largest;
}

static bool need_instructions(void)
{
    bool any = false;
    for (unsigned i = 0; i < t.pipes; i++)
        any |= trace_pipe_needs_instructions(t.pipe[i], largest_count());
    return any;
}

static void deliver(const struct trace_event *e, unsigned n)
{
    for (unsigned i = 0; i < t.pipes; i++)
        trace_pipe_group(t.pipe[i], e, n);
    if (unlikely(t.waits) && need_instructions() != t.insns)
        machine_pause_internal(t.m);
}

static void deliver_group(void)
{
    if (t.events)
        deliver(t.event, t.events);
    t.events = 0, t.data_used = 0;
}

/* The next event of the group, at its place. A group that is too long goes in parts. */
static struct trace_event *next_event(unsigned kind, enum trace_category category)
{
    if (t.events == GROUP) {
        struct trace_event place = t.event[0];
        deliver_group();
        t.event[0] = place;
    }
    struct trace_event *e = &t.event[t.events++];
    if (t.events > 1)
        memcpy(e, &t.event[0], offsetof(struct trace_event, insn));
    e->kind = (uint8_t)kind, e->category = (uint8_t)category;
    return e;
}

static void *keep(const void *data, size_t n)
{
    if (t.data_used + n > GROUP_DATA)
        return NULL;
    void *copy = memcpy(t.data + t.data_used, data, n);
    t.data_used += (n + 7) & ~(size_t)7;
    return copy;
}

/* An event of its own or in the group of the instruction that cpu executes; NULL: nobody wants that one. Its own must
 * be delivered: done(). */
static struct trace_event *begin_event(struct trace_event *own, const struct cpu *cpu, unsigned kind,
                                       enum trace_category category)
{
    if (t.inside && cpu == t.cpu)
        return t.wanted ? next_event(kind, category) : NULL;
    memset(own, 0, offsetof(struct trace_event, insn));
    own->kind = (uint8_t)kind, own->category = (uint8_t)category;
    if (cpu)
        set_place(own, cpu, cpu->pstate.EL, cpu->run_start ? PC(cpu) : cpu->pc);
    else
        own->cpu = UINT16_MAX;
    return own;
}

static void done(const struct trace_event *e, const struct trace_event *own)
{
    if (e == own)
        deliver(e, 1);
}

/* ---- Registers ---- */

static void tell_registers(struct cpu *cpu, unsigned row)
{
    struct trace_change change[TRACE_CHANGES];
    unsigned n = trace_registers_compare(t.registers[cpu->index], cpu, row, change);
    for (unsigned i = 0; i < n; i++) {
        struct trace_event *e = next_event(TRACE_EV_REG, TRACE_REGS);
        e->reg.reg = change[i].reg, e->reg.n = change[i].n, e->reg.size = change[i].size, e->reg.data = change[i].data;
    }
}

/* Before an instruction that is told, behind others that were not: a group that has only registers. */
static void catch_up(struct cpu *cpu)
{
    struct trace_event insn = t.event[0];
    struct trace_registers *r = t.registers[cpu->index];
    t.events = 0;
    tell_registers(cpu, INSN_COUNT);
    r->stale = false;
    deliver_group();
    t.event[0] = insn;
    t.events = 1;
}

/* ---- Instructions ---- */

static bool anybody_wants(const struct trace_event *place)
{
    bool any = false;
    for (unsigned i = 0; i < t.pipes; i++)
        any |= trace_pipe_wants(t.pipe[i], place);
    return any;
}

static void insn_begins(void *context, struct cpu *cpu, uint64_t pc, uint32_t word, unsigned row)
{
    struct trace_event *e = &t.event[0];
    (void)context;
    e->kind = TRACE_EV_INSN, e->category = TRACE_INSN;
    set_place(e, cpu, cpu->pstate.EL, pc);
    e->insn.word = word, e->insn.row = (uint16_t)row, e->insn.taken = true;
    e->insn.vl = row < INSN_COUNT && insn_table[row].check == CheckSVEEnabled ? (uint16_t)CurrentVL(cpu) : 0;
    t.inside = true, t.cpu = cpu;
    t.wanted = anybody_wants(e);
    t.events = 1, t.data_used = 0;
    if (!t.regs)
        return;
    struct trace_registers *r = t.registers[cpu->index];
    if (!t.wanted)
        r->stale = true;
    else if (r->stale || r->pc != pc)
        catch_up(cpu);
}

static void insn_ended(void *context, struct cpu *cpu)
{
    (void)context;
    if (!t.inside)
        return;
    if (t.wanted && t.regs)
        tell_registers(cpu, t.event[0].insn.row);
    if (t.wanted)
        deliver_group();
    t.inside = false, t.events = 0;
}

static void memory(void *context, struct cpu *cpu, const struct mem_access *access)
{
    (void)context;
    if (!t.inside || !t.wanted || cpu != t.cpu)
        return;
    void *data = keep(access->data, access->size);
    if (!data) { /* a long copy: what there is goes out */
        struct trace_event place = t.event[0];
        deliver_group();
        t.event[0] = place;
        data = keep(access->data, access->size);
    }
    struct trace_event *e = next_event(TRACE_EV_MEM, TRACE_MEM);
    e->mem = *access;
    e->mem.data = data;
}

/* ---- Timing ---- */

static void tell_timing(struct cpu *cpu, unsigned part)
{
    static const enum timing_event which[TRACE_COUNTS] = {
        [TRACE_L1D_REFILLS] = TE_L1D_CACHE_REFILL,     [TRACE_L2_REFILLS] = TE_L2D_CACHE_REFILL,
        [TRACE_L1I_REFILLS] = TE_L1I_CACHE_REFILL,     [TRACE_TLB_WALKS] = TE_DTLB_WALK,
        [TRACE_MISPREDICTED] = TE_BR_MIS_PRED_RETIRED,
    };
    struct trace_event own, *e = begin_event(&own, cpu, TRACE_EV_TIMING, TRACE_TIMING);
    if (!e)
        return;
    memset(&e->timing, 0, sizeof e->timing);
    e->timing.part = (uint8_t)part;
    e->timing.time = cpu_time(cpu), e->timing.instructions = cpu_icount(cpu), e->timing.cycles = cpu_cycles(cpu);
    for (unsigned i = 0; i < TRACE_COUNTS && part == TRACE_NO_PART; i++)
        e->timing.count[i] = timing_event(cpu, which[i]);
    if (part == TRACE_NO_PART)
        e->timing.count[TRACE_TLB_WALKS] += timing_event(cpu, TE_ITLB_WALK);
    done(e, &own);
}

static void switch_part(void *context, struct cpu *cpu, unsigned part)
{
    (void)context;
    tell_timing(cpu, part);
}

/* Where the EL changes, but not too often. */
static void tell_counts(struct cpu *cpu)
{
    if (likely(!cpu->timing) || !(t.categories >> TRACE_TIMING & 1) ||
        cpu_cycles(cpu) - t.counted[cpu->index] < COUNTS_EVERY)
        return;
    t.counted[cpu->index] = cpu_cycles(cpu);
    tell_timing(cpu, TRACE_NO_PART);
}

/* ---- Exceptions and what else happens ---- */

static void exception_taken(void *context, struct cpu *cpu, const struct exception_taken *x)
{
    struct trace_event own, *e;
    char reason[LONGEST_TEXT];
    (void)context;
    trace_stops_exception(cpu, x->vector);
    tell_counts(cpu);
    if (t.inside && cpu == t.cpu && t.wanted)
        t.event[0].insn.taken = false;
    if (!(e = begin_event(&own, cpu, TRACE_EV_EXCEPTION, TRACE_EXCEPTIONS)))
        return;
    if (e == &own) /* in place of an instruction: where the CPU was */
        set_place(e, cpu, x->from, x->pc);
    why_text(x->why, reason, sizeof reason);
    e->exception.e = *x;
    e->exception.e.why = NULL;
    e->exception.reason = e == &own ? reason : keep(reason, strlen(reason) + 1);
    if (!e->exception.reason)
        e->exception.reason = "";
    done(e, &own);
    if (e == &own && t.regs)
        t.registers[cpu->index]->stale = true; /* PSTATE and SP: told before the next instruction */
}

static void tell_task(const struct cpu *cpu)
{
    struct trace_event own, *e;
    char text[sizeof t.task[0]];
    if (!t.symbols)
        return;
    symbols_task(t.symbols, cpu, text, sizeof text);
    if (!strcmp(text, t.task[cpu->index]) || !*text)
        return;
    if (!(e = begin_event(&own, cpu, TRACE_EV_TASK, TRACE_EXCEPTIONS)))
        return;
    memcpy(t.task[cpu->index], text, sizeof text);
    e->text = t.task[cpu->index];
    done(e, &own);
}

static void exception_returned(void *context, struct cpu *cpu, unsigned from)
{
    struct trace_event own, *e;
    (void)context;
    tell_counts(cpu);
    if ((e = begin_event(&own, cpu, TRACE_EV_RETURN, TRACE_EXCEPTIONS))) {
        if (e == &own)
            set_place(e, cpu, from, PC(cpu));
        if ((e->space.stage2 = cpu_is_guest(cpu, cpu->pstate.EL))) /* whom it returns to: at EL2 nothing says so */
            e->space.vmid = mmu_vmid(cpu);
        e->ret.from = (uint8_t)from, e->ret.to = cpu->pstate.EL, e->ret.target = cpu->pc;
        done(e, &own);
    }
    trace_stops_return(cpu);
    tell_task(cpu);
}

static void sysreg_written(void *context, struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    struct trace_event own, *e;
    (void)context;
    trace_stops_sysreg(cpu, r);
    if (t.categories >> TRACE_SYSREG & 1 && (e = begin_event(&own, cpu, TRACE_EV_SYSREG, TRACE_SYSREG))) {
        e->sysreg.reg = (uint16_t)r, e->sysreg.old = old, e->sysreg.value = cpu->sysreg[r];
        done(e, &own);
    }
    if (r == SR_SP_EL0 || r == SR_TTBR0_EL1 || r == SR_TTBR0_EL2) /* Linux switches tasks */
        tell_task(cpu);
}

static void vl_changed(void *context, struct cpu *cpu, unsigned old_bits)
{
    struct trace_event own, *e = begin_event(&own, cpu, TRACE_EV_VL, TRACE_VL);
    (void)context;
    if (!e)
        return;
    e->vl.old_bits = (uint16_t)old_bits, e->vl.bits = (uint16_t)CurrentVL(cpu);
    done(e, &own);
}

static void power_changed(void *context, struct cpu *cpu)
{
    struct trace_event own, *e = begin_event(&own, cpu, TRACE_EV_POWER, TRACE_EXCEPTIONS);
    (void)context;
    if (t.regs)
        t.registers[cpu->index]->stale = true;
    if (!e)
        return;
    e->power = cpu->power;
    done(e, &own);
}

static void line(void *context, enum trace_category category, const struct cpu *cpu, const char *text)
{
    struct trace_event own, *e = begin_event(&own, cpu, TRACE_EV_LINE, category);
    (void)context;
    if (!e)
        return;
    e->text = e == &own ? text : keep(text, strlen(text) + 1);
    if (!e->text)
        e->text = "";
    done(e, &own);
}

/* ---- Starting and stopping ---- */

bool trace_add(const char *option, const char *text, bool qemu)
{
    struct trace_spec *s = trace_spec_parse(option, text, qemu);
    if (!s)
        return false;
    if (t.adds + t.pipes == MAX_TRACES) {
        trace_spec_free(s);
        return user_error("%s %s: at most %d of these can be given", option, text, MAX_TRACES);
    }
    t.added[t.adds++] = s;
    return true;
}

/* Wait for what a trigger names; panic is several functions. */
static void wait_for(struct trace_trigger *trigger)
{
    if (trigger->kind == TRIGGER_SYMBOL)
        trace_stops_at_name(WAITER_TRACES, &trigger->name);
    if (trigger->kind == TRIGGER_COUNT)
        trace_stops_at_count(WAITER_TRACES, trigger->count);
    for (unsigned i = 0; trigger->kind == TRIGGER_PANIC && i < TRACE_PANICS; i++)
        trace_stops_at_name(WAITER_TRACES, &trace_panic[i]);
}

static void wait_for_triggers(struct trace_spec *s)
{
    wait_for(&s->start);
    wait_for(&s->stop);
    for (unsigned i = 0; i < s->dumps; i++)
        wait_for(&s->dump[i]);
    for (unsigned i = 0; i < s->filter.counts; i++)
        trace_stops_at_count(WAITER_TRACES, s->filter.count[i].from);
}

static bool same_file(const struct trace_spec *a, const struct trace_spec *b)
{
    return a->file && b->file && !strcmp(a->file, b->file);
}

bool trace_name_known(struct symbols *symbols, const char *option, const char *text, const struct trace_name *n)
{
    char nvhe[128];
    if (!n->pattern || n->where == IN_GUEST || n->where == IN_GUEST_VMID || strpbrk(n->pattern, "*?["))
        return true;
    snprintf(nvhe, sizeof nvhe, "__kvm_nvhe_%s", n->pattern);
    if (symbols_known(symbols, nvhe) || symbols_known(symbols, n->pattern))
        return true;
    char why[sizeof user_error_text];
    snprintf(why, sizeof why, "%s", user_error_text);
    return user_error("%s %s: %s; a guest's is guest:%s", option, text, why, n->pattern);
}

static bool name_known(const struct trace_spec *s, const struct trace_name *n)
{
    return trace_name_known(t.symbols, s->option, s->text, n);
}

static bool names_known(const struct trace_spec *s)
{
    bool ok = name_known(s, &s->start.name) && name_known(s, &s->stop.name);
    for (unsigned i = 0; ok && i < s->filter.symbols; i++)
        ok = name_known(s, &s->filter.symbol[i]);
    for (unsigned i = 0; ok && i < s->dumps; i++)
        ok = name_known(s, &s->dump[i].name);
    return ok;
}

/* Open what was added; what cannot be opened, and what is left, is dropped. */
static bool open_added(unsigned cpus)
{
    bool ok = true;
    for (unsigned i = 0; i < t.adds; i++) {
        struct trace_spec *s = t.added[i];
        for (unsigned k = 0; ok && k < t.pipes; k++)
            if (same_file(s, trace_pipe_spec(t.pipe[k])))
                ok = user_error("%s %s: another trace is written to %s already", s->option, s->text, s->file);
        ok = ok && names_known(s);
        struct trace_pipe *p = ok ? trace_pipe_open(s, cpus) : NULL;
        if (!ok)
            trace_spec_free(s);
        else if (p)
            t.pipe[t.pipes++] = p;
        ok = ok && p;
    }
    t.adds = 0;
    return ok;
}

static bool make_tables(void)
{
    unsigned cpus = t.m->cpu_count;
    bool ok = (t.names = trace_names_new(t.symbols)) && (t.task = calloc(cpus, sizeof *t.task)) &&
              (t.counted = calloc(cpus, sizeof *t.counted));
    if (ok && t.regs)
        ok = (t.registers = calloc(cpus, sizeof *t.registers));
    for (unsigned i = 0; ok && t.regs && i < cpus; i++)
        ok = (t.registers[i] = trace_registers_new(t.m->cpus[i]));
    return ok;
}

static void free_tables(void)
{
    for (unsigned i = 0; t.registers && i < t.m->cpu_count; i++)
        free(t.registers[i]);
    free(t.registers);
    free(t.task);
    free(t.counted);
    trace_names_free(t.names);
    t.registers = NULL, t.task = NULL, t.counted = NULL, t.names = NULL;
}

static void unwatch(void)
{
    if (!t.m)
        return;
    machine_unobserve(t.m, &t.observer);
    trace_stops_end(WAITER_TRACES);
    trace_to(0, NULL, NULL);
    free_tables();
    t.m = NULL;
}

/* Only what somebody asked for is watched. */
static void watch(void)
{
    uint32_t c = t.categories;
    bool exceptions = (c >> TRACE_EXCEPTIONS | c >> TRACE_TIMING) & 1 || t.insns || t.waits;
    t.observer = (struct machine_observer){
        .insn_begins = t.insns ? insn_begins : NULL,
        .insn_ended = t.insns ? insn_ended : NULL,
        .memory = t.insns && c >> TRACE_MEM & 1 ? memory : NULL,
        .exception_taken = exceptions ? exception_taken : NULL,
        .exception_returned = exceptions ? exception_returned : NULL,
        .sysreg_written = c >> TRACE_SYSREG & 1 || exceptions ? sysreg_written : NULL,
        .vl_changed = c >> TRACE_VL & 1 ? vl_changed : NULL,
        .power_changed = exceptions ? power_changed : NULL,
        .switch_part = c >> TRACE_TIMING & 1 ? switch_part : NULL,
    };
    machine_observe(t.m, &t.observer);
    trace_to(c & ~(1u << TRACE_INSN | 1u << TRACE_REGS | 1u << TRACE_MEM | 1u << TRACE_TIMING), line, NULL);
}

bool trace_start(struct machine *m)
{
    if (!t.adds)
        return true;
    unwatch();
    t.symbols = symbols_of(m);
    bool ok = open_added(m->cpu_count);
    if (!t.pipes)
        return ok;
    t.m = m;
    t.categories = 0, t.waits = false;
    for (unsigned i = 0; i < t.pipes; i++) {
        const struct trace_spec *s = trace_pipe_spec(t.pipe[i]);
        t.categories |= s->categories;
        t.waits |= s->start.kind || s->stop.kind || s->dumps;
    }
    t.regs = t.categories >> TRACE_REGS & 1;
    t.insns = need_instructions();
    if (!make_tables()) {
        free_tables();
        t.m = NULL;
        return user_error("--trace: the host has no memory for it");
    }
    watch();
    trace_stops_begin(m, WAITER_TRACES);
    for (unsigned i = 0; i < t.pipes; i++)
        wait_for_triggers(trace_pipe_spec(t.pipe[i]));
    return ok;
}

/* Watch instructions, or no longer. */
static void watch_again(void)
{
    if (need_instructions() == t.insns)
        return;
    machine_unobserve(t.m, &t.observer);
    t.insns = !t.insns;
    for (unsigned i = 0; t.regs && i < t.m->cpu_count; i++)
        t.registers[i]->stale = true;
    for (unsigned i = 0; i < t.pipes; i++)
        trace_pipe_lost(t.pipe[i]);
    watch();
}

/* The traces are told of it. */
static void traces_stopped(struct cpu *cpu, bool at_name)
{
    if (at_name && cpu && !t.insns) {
        struct trace_event place = { .kind = TRACE_EV_INSN };
        set_place(&place, cpu, cpu->pstate.EL, cpu->pc);
        for (unsigned i = 0; i < t.pipes; i++)
            trace_pipe_at(t.pipe[i], &place);
    }
    watch_again();
}

bool trace_stopped(struct machine *m)
{
    struct cpu *cpu = stop_last(m)->cpu;
    bool at_name = trace_stops_stopped(m);
    timing_when_stopped(m, cpu);
    if (m == t.m)
        traces_stopped(cpu, at_name);
    ledger_stopped(m);
    return !stop_last(m)->external;
}

unsigned trace_step(struct machine *m, struct cpu *cpu)
{
    uint64_t before = machine_progress(m, cpu);
    unsigned why;
    do
        why = machine_step(m, cpu);
    while (why == STOP_DEBUG && trace_stopped(m) && machine_progress(m, cpu) == before);
    return why;
}

enum stop_reason trace_run(struct machine *m)
{
    enum stop_reason why;
    while ((why = machine_run(m)) == STOP_DEBUG && trace_stopped(m))
        ;
    return why;
}

bool trace_stop(void)
{
    bool ok = true;
    while (t.adds)
        trace_spec_free(t.added[--t.adds]);
    while (t.pipes)
        ok &= trace_pipe_close(t.pipe[--t.pipes]);
    unwatch();
    return ok;
}

void trace_defect(void)
{
    unsigned n = t.pipes;
    t.pipes = 0; /* a defect in here comes back here */
    while (n)
        trace_pipe_defect(t.pipe[--n]);
}
