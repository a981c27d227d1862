/* The run loop: CPUs round robin on one host thread, smallest modelled time first; idle time jumps to the next event.
 * DESIGN.md, Time. */
#include "core/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/console_line.h"
#include "core/exception.h"
#include "core/snapshot.h"
#include "core/stats.h"
#include "core/stops.h"
#include "core/timing.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

void machine_stop(struct machine *m, enum stop_reason why, const char *format, ...)
{
    va_list args;

    if (m->stop)
        return;
    m->stop = why;
    va_start(args, format);
    vsnprintf(m->stop_text, sizeof(m->stop_text), format, args);
    va_end(args);
    if (m->current)
        cpu_resync(m->current);
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t machine_random(struct machine *m)
{
    uint64_t z = m->entropy += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct cpu *machine_cpu_by_mpidr(struct machine *m, uint64_t affinity)
{
    const uint64_t aff = UINT64_C(0xff00ffffff);
    for (unsigned i = 0; i < m->cpu_count; i++)
        if ((m->cpus[i]->mpidr & aff) == (affinity & aff))
            return m->cpus[i];
    return NULL;
}

/* CPUs with the same features share decoded pages. */
static const struct cpu_class *class_for(struct machine *m, unsigned index)
{
    const struct cpu_config *c = &m->config[index];
    unsigned classes = 0;

    for (unsigned i = 0; i < index; i++) {
        const struct cpu_class *k = m->cpus[i]->cls;
        if (!memcmp(k->features, c->features, sizeof(k->features)))
            return k;
        classes = k->index + 1 > classes ? k->index + 1 : classes;
    }
    struct cpu_class *k = calloc(1, sizeof(*k));
    if (k) {
        k->index = classes;
        memcpy(k->features, c->features, sizeof(k->features));
    }
    return k;
}

static struct cpu *cpu_create(struct machine *m, unsigned index)
{
    struct cpu *cpu = aligned_alloc(64, (sizeof(*cpu) + 63) & ~(size_t)63);
    const struct cpu_config *c = &m->config[index];

    if (!cpu)
        return NULL;
    memset(cpu, 0, sizeof(*cpu));
    m->cpus[index] = cpu;
    cpu->machine = m;
    cpu->mem = &m->mem;
    cpu->index = index;
    cpu->mpidr = c->mpidr;
    cpu->vq_set = c->vq_set;
    cpu->pauth_algo = c->pauth_algo;
    cpu->clock_hz = c->clock_hz;
    cpu->el3 = c->el3;
    cpu->el3.denied &= c->el3.have ? el3_controls(c->features) : 0;
    cpu->cls = class_for(m, index);
    cpu->stats = calloc(1, sizeof(*cpu->stats));
    if (!cpu->cls || !cpu->stats || !mmu_create(cpu) || !generic_timer_create(cpu) || !pmu_create(cpu) ||
        !debug_create(cpu) || !gic_create(cpu))
        return NULL;
    id_registers_compute(cpu);
    return cpu;
}

static void code_written(void *machine, uint64_t pa) { isa_code_written(machine, pa); }

struct machine *machine_create(const struct machine_options *opt, const struct cpu_config *config)
{
    struct machine *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->opt = *opt;
    m->entropy = opt->seed;
    m->cpu_count = opt->smp;
    m->config = calloc(opt->smp, sizeof(*m->config));
    m->cpus = calloc(opt->smp, sizeof(*m->cpus));
    if (!m->config || !m->cpus)
        return NULL;
    memcpy(m->config, config, opt->smp * sizeof(*config));
    for (unsigned i = 0; i < opt->smp; i++)
        feature_normalise(&m->config[i]);
    isa_init();
    sysreg_init();
    m->firmware_call = psci_call;
    m->mem.code = m;
    m->mem.code_written = code_written;
    for (unsigned i = 0; i < opt->smp; i++)
        if (!cpu_create(m, i))
            return NULL;
    return m;
}

static void cpu_free(struct cpu *cpu)
{
    timing_free(cpu);
    mmu_free(cpu);
    free(cpu->gic);
    free(cpu->timer);
    free(cpu->pmu);
    free(cpu->debug);
    free(cpu->stats);
    free(cpu);
}

/* The first of the CPUs that share a class owns it. */
static bool owns_class(const struct machine *m, unsigned index)
{
    for (unsigned i = 0; i < index; i++)
        if (m->cpus[i]->cls == m->cpus[index]->cls)
            return false;
    return true;
}

void machine_free(struct machine *m)
{
    stops_free(m);
    ledger_free(m);
    isa_free(m);
    for (unsigned i = m->cpu_count; i-- > 0;) {
        if (owns_class(m, i))
            free((void *)m->cpus[i]->cls);
        cpu_free(m->cpus[i]);
    }
    free(m->cpus);
    free(m->config);
    free(m->heap);
    free(m->options);
    line_log_free(m);
    free(m);
}

/* Swap the engine's and the TLB's ways in or out as somebody watches instructions or accesses. Who watches accesses has
 * them told at the end of each instruction, so that both go together. */
static void watch_changed(struct machine *m)
{
    bool memory = OBSERVED(m, memory);
    bool insns = memory || OBSERVED(m, insn_begins) || OBSERVED(m, insn_ended);

    for (unsigned i = 0; i < m->cpu_count; i++)
        mem_watch(m->cpus[i], memory);
    if (insns != m->watched) {
        m->watched = insns;
        isa_forget_pages(m);
    }
}

void machine_observe(struct machine *m, const struct machine_observer *o)
{
    assert(m->observers < MAX_OBSERVERS && !m->current);
    m->observer[m->observers++] = o;
    watch_changed(m);
}

void machine_unobserve(struct machine *m, const struct machine_observer *o)
{
    for (unsigned i = 0; i < m->observers; i++)
        if (m->observer[i] == o) {
            memmove(&m->observer[i], &m->observer[i + 1], (m->observers - i - 1) * sizeof(m->observer[0]));
            m->observers--;
            watch_changed(m);
            return;
        }
}

void cpu_set_power(struct cpu *cpu, enum cpu_power power)
{
    bool changed = cpu->power != power;

    if (cpu->power == POWER_ON && cpu->stats)
        stats_settle(cpu);
    cpu->power = power;
    if (changed)
        OBSERVE(cpu->machine, power_changed, cpu);
}

void machine_reset(struct machine *m)
{
    m->resume = NULL;
    ledger_forget(m);
    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct cpu *cpu = m->cpus[i];
        stats_settle(cpu);
        cpu_reset(cpu, m->entry, i ? 0 : m->fdt_addr);
        cpu_set_power(cpu, i ? POWER_OFF : POWER_ON);
        cpu->irq_lines = 0;
        if (cpu_time(cpu) < m->now)
            cpu_set_time(cpu, m->now);
        stats_restart(cpu);
    }
}

/* ---- Scheduling ---- */

static bool runnable(const struct cpu *cpu) { return cpu->power == POWER_ON && cpu->halted != HALT_WFI; }

/* A CPU waiting in WFE is run again at the latest after one quantum: an early wake-up is permitted (B2.10.17), so that
 * the clearing of its exclusive monitor by others needs no watching. */
static uint64_t ready_at(const struct cpu *cpu)
{
    return cpu_time(cpu) + (cpu->halted == HALT_WFE ? cpu->machine->opt.quantum_ns : 0);
}

bool machine_other_cpu_due(const struct cpu *cpu)
{
    const struct machine *m = cpu->machine;
    uint64_t now = cpu_time(cpu);

    for (unsigned i = 0; i < m->cpu_count; i++)
        if (m->cpus[i] != cpu && runnable(m->cpus[i]) && ready_at(m->cpus[i]) <= now)
            return true;
    return false;
}

static struct cpu *next_cpu(const struct machine *m)
{
    struct cpu *best = NULL;
    uint64_t best_time = UINT64_MAX;

    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct cpu *cpu = m->cpus[i];
        if (!runnable(cpu))
            continue;
        uint64_t t = ready_at(cpu);
        if (t < best_time)
            best = cpu, best_time = t;
    }
    return best;
}

static uint64_t next_event(const struct machine *m) { return m->heap_count ? m->heap[1]->when : EVENT_NEVER; }

static void run_events(struct machine *m, uint64_t until)
{
    while (m->heap_count && m->heap[1]->when <= until && !m->stop) {
        struct event *e = m->heap[1];
        event_cancel(m, e);
        if (e->when > m->now)
            m->now = e->when;
        e->fn(e->arg, m->now);
    }
}

/* WFIT and WFET: an ordinary event would do, but the wait is the CPU's own. */
static uint64_t earliest_wfx_timeout(struct machine *m, struct cpu **which)
{
    uint64_t best = EVENT_NEVER;

    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct cpu *cpu = m->cpus[i];
        if (cpu->power == POWER_ON && cpu->halted && cpu->wfx_timeout < TIME_END && cpu->wfx_timeout < best)
            best = cpu->wfx_timeout, *which = cpu;
    }
    return best;
}

static void end_wfx(struct machine *m, struct cpu *cpu, uint64_t when)
{
    if (when > cpu_time(cpu))
        cpu_set_time(cpu, when);
    cpu_end_wait(cpu);
    if (when > m->now)
        m->now = when;
}

void machine_deadline_changed(struct machine *m)
{
    struct cpu *cpu = m->current;

    if (!cpu)
        return;
    uint64_t until = m->slice_end, event = next_event(m);
    if (event < until)
        until = event;
    cpu_run_until(cpu, until);
    uint64_t last = m->slice_icount + m->insns_left;
    if (m->opt.max_insns && last >= m->slice_icount && last < cpu->slice_deadline)
        cpu->slice_deadline = last;
    cpu->deadline = stops_deadline(cpu);
}

/* What is left of the quantum of m->current. */
static void run_slice(struct machine *m, struct cpu *cpu, bool look)
{
    isa_run(cpu, look);
    m->current = NULL;
    if (m->resume)
        return;
    if (cpu_time(cpu) > m->now)
        m->now = cpu_time(cpu);
    if (m->opt.max_insns) {
        uint64_t ran = cpu_icount(cpu) - m->slice_icount;
        m->insns_left -= ran < m->insns_left ? ran : m->insns_left;
        if (!m->insns_left)
            machine_stop(m, STOP_MAX_INSNS, "stopped after --max-insns %llu instructions",
                         (unsigned long long)m->opt.max_insns);
    }
}

static void run_cpu(struct machine *m, struct cpu *cpu)
{
    if (cpu != m->last && m->last)
        m->last->excl.valid = false; /* others may store now: losing the reservation is always permitted (B2.12.3) */
    m->last = m->current = cpu;
    if (cpu->halted == HALT_WFE) {
        cpu_set_time(cpu, ready_at(cpu));
        cpu_end_wait(cpu);
    }
    m->slice_end = cpu_time(cpu) + m->opt.quantum_ns;
    m->slice_icount = cpu_icount(cpu);
    machine_deadline_changed(m);
    run_slice(m, cpu, true);
}

/* Go on with the quantum in which the machine has stopped. What has ended it early (YIELD) still does; what somebody
 * has done to the event queue meanwhile counts. */
static void resume_cpu(struct machine *m)
{
    struct cpu *cpu = m->current = m->resume;
    uint64_t before = cpu->slice_deadline;

    m->resume = NULL;
    machine_deadline_changed(m);
    if (before < cpu->slice_deadline) {
        cpu->slice_deadline = before;
        cpu->deadline = stops_deadline(cpu);
    }
    run_slice(m, cpu, m->resume_look);
}
enum stop_reason machine_run(struct machine *m)
{
    m->stop = STOP_NONE;
    watch_changed(m);
    if (!m->insns_left)
        m->insns_left = m->opt.max_insns;
    m->running = true;
    stops_run_begins(m);
    if (m->resume && !m->stop)
        resume_cpu(m);
    while (!m->stop) {
        if (unlikely(m->checkpoints != NULL))
            checkpoint_turn(m);
        if (unlikely(m->line != NULL))
            line_turn(m);
        if (unlikely(m->between_turns != NULL))
            m->between_turns(m->between_turns_context);
        if (m->poll_input && (m->polls++ & 63) == 0)
            m->poll_input(m); /* first, since the user may do anything to the machine meanwhile */
        if (m->stop)
            break;
        struct cpu *cpu = next_cpu(m), *waiting = NULL;
        uint64_t event = next_event(m), wfx = earliest_wfx_timeout(m, &waiting);
        uint64_t at = cpu ? ready_at(cpu) : EVENT_NEVER;

        if (wfx != EVENT_NEVER && wfx <= at && wfx <= event) {
            m->turn++, end_wfx(m, waiting, wfx);
        } else if (event != EVENT_NEVER && event <= at) {
            if (cpu || !m->idle || !m->idle(m, event))
                m->turn++, run_events(m, event);
        } else if (cpu) {
            m->turn++, run_cpu(m, cpu);
        } else if (!m->wait_input || !m->wait_input(m)) {
            machine_stop(m, STOP_DEADLOCK, "every CPU is off or waiting, and no event can come");
        }
    }
    m->running = false;
    stops_run_ended(m);
    return m->stop;
}

struct cpu *machine_next(const struct machine *m)
{
    struct cpu *cpu = m->resume;

    if (cpu && cpu->power == POWER_ON && !cpu->halted && !(m->resume_look && cpu->icount >= cpu->slice_deadline))
        return cpu;
    return next_cpu(m);
}
