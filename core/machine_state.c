/* What a machine's state is: the fields of struct cpu and struct machine, and the order of all folders' parts. RAM,
 * tags and page flags are pages and have their own ways (state_hash below, core/snapshot.c, core/checkpoint.c). */
#include "core/machine.h"
#include "core/state.h"

#include <stdlib.h>

#include "core/pages.h"
#include "core/stats.h"
#include "core/timing.h"
#include "core/why.h"
#include "devices/device.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

/* ---- CPUs ---- */

#define GUEST(FIELD)       STATE_ANY(struct cpu, FIELD, STATE_GUEST)
#define GUEST_TO(FIELD, N) STATE_TO(struct cpu, FIELD, STATE_GUEST, N)
#define CACHE(FIELD)       STATE_ANY(struct cpu, FIELD, STATE_CACHE)
#define HOST(FIELD)        STATE_ANY(struct cpu, FIELD, STATE_HOST)

static const struct state_field cpu_fields[] = {
    { "gpr", offsetof(struct cpu, gpr), 8 * (SP_SLOT + 1), 8, 8, STATE_GUEST, UINT64_MAX },
    CACHE(gpr[SP_SLOT + 1]), /* the sink */
    GUEST_TO(pstate.N, 1),
    GUEST_TO(pstate.Z, 1),
    GUEST_TO(pstate.C, 1),
    GUEST_TO(pstate.V, 1),
    GUEST_TO(pstate.D, 1),
    GUEST_TO(pstate.A, 1),
    GUEST_TO(pstate.I, 1),
    GUEST_TO(pstate.F, 1),
    GUEST_TO(pstate.EL, EL2),
    GUEST_TO(pstate.SP, 1),
    GUEST_TO(pstate.PAN, 1),
    GUEST_TO(pstate.UAO, 1),
    GUEST_TO(pstate.DIT, 1),
    GUEST_TO(pstate.SSBS, 1),
    GUEST_TO(pstate.TCO, 1),
    GUEST_TO(pstate.BTYPE, 3),
    GUEST_TO(pstate.SS, 1),
    GUEST_TO(pstate.IL, 1),
    GUEST_TO(pstate.ALLINT, 1),
    GUEST_TO(pstate.PM, 1),
    HOST(fp_trap), /* cpu_update_traps() */
    HOST(sve_trap),
    HOST(redirect),
    GUEST_TO(halted, HALT_WFE),
    HOST(vl_bits),
    CACHE(z_high),
    HOST(tlb_ctx), /* mmu_visit() */
    HOST(page_va), /* isa_visit() */
    HOST(ops),
    HOST(run_start),
    HOST(op),
    GUEST_TO(icount, TIME_END),
    HOST(deadline), /* slice_deadline, or nearer for a stop */
    HOST(fetch_tlb),
    HOST(tlb),
    GUEST(pc),
    GUEST(fp.fpcr),
    GUEST(fp.fpsr),
    HOST(fp.rpres),
    GUEST(z),
    GUEST(p),
    HOST(sysreg), /* sysreg_visit() */
    GUEST(excl.valid),
    CACHE(excl.pa), /* means something only with valid */
    CACHE(excl.size),
    CACHE(excl.va),
    GUEST(event_register),
    HOST(machine), /* configuration */
    HOST(mem),
    HOST(cls),
    HOST(index),
    HOST(mpidr),
    HOST(vq_set),
    HOST(pauth_algo),
    HOST(clock_hz),
    HOST(el3),
    CACHE(time_ns), /* what they make is hashed */
    CACHE(time_cycles),
    CACHE(cycles_ahead),
    GUEST(wfx_timeout),
    GUEST_TO(power, POWER_AT_EL3),
    GUEST_TO(irq_lines, LINE_IRQ | LINE_FIQ | LINE_VIRQ | LINE_VFIQ),
    GUEST(serror_pending),
    CACHE(slice_deadline),
    HOST(mmu), /* their folders' */
    HOST(tlb_hidden),
    HOST(gic),
    HOST(timer),
    HOST(pmu),
    HOST(debug),
    HOST(stats),
    HOST(timing), /* timing_visit() */
    HOST(timing_memory),
    CACHE(timing_past),
    HOST(why),     /* nothing is being worked out between instructions */
    HOST(illegal), /* why_visit() */
    GUEST(exceptions_taken),
    GUEST(exceptions_returned),
    CACHE(debug_active),
    CACHE(wp_active),
};
STATE_LAYOUT_OF(cpu_layout, struct cpu, cpu_fields);

/* Fields that must fit one another. */
static void check_cpu(struct state_pass *s, const struct cpu *saved, bool fast)
{
    uint64_t cycles = saved->icount + saved->cycles_ahead;

    if (saved->time_ns > TIME_END || saved->time_cycles > TIME_END ||
        (fast && (saved->time_cycles > cycles || cycles > TIME_END)))
        state_refuse(s, "a CPU's time does not fit its instruction count");
}

/* fast: how the CPU is timed that is saved or read. Returns its time_cycles. */
static uint64_t visit_registers(struct state_pass *s, struct cpu *cpu, bool fast)
{
    uint64_t cycles;

    if (s->mode == STATE_CHECK) {
        struct cpu *saved = aligned_alloc(64, (sizeof *saved + 63) & ~(size_t)63);
        assert(saved);
        memset(saved, 0, sizeof *saved);
        state_walk_copy(s, &cpu_layout, saved);
        check_cpu(s, saved, fast);
        cycles = saved->time_cycles;
        free(saved);
        return cycles;
    }
    state_walk(s, &cpu_layout, cpu);
    if (s->mode == STATE_HASH)
        s->hash = hash_value(hash_value(s->hash, cpu_time(cpu)), cpu->excl.valid ? cpu->excl.pa : 0);
    return cpu->time_cycles;
}

/* Everything that decides what the CPU is, so that no other CPU takes its state. */
static void visit_configuration(struct state_pass *s, const struct cpu *cpu)
{
    state_same(s, "set of vector lengths", cpu->vq_set);
    state_same(s, "set of features", hash_bytes(0, cpu->cls->features, sizeof cpu->cls->features));
    state_same(s, "MPIDR_EL1", cpu->mpidr);
    state_same(s, "clock frequency", cpu->clock_hz);
    state_same(s, "pointer authentication algorithm", cpu->pauth_algo);
    state_same(s, "EL3 firmware",
               hash_value(hash_value(cpu->el3.denied, cpu->el3.zcr_len),
                          cpu->el3.trap | (uint64_t)cpu->el3.psci << 8 | (uint64_t)cpu->el3.have << 16));
}

static void visit_cpu(struct state_pass *s, struct cpu *cpu)
{
    visit_configuration(s, cpu);
    enum timing_mode mode = timing_visit_mode(s, cpu);
    sysreg_visit(s, cpu);
    uint64_t since = visit_registers(s, cpu, mode == TIMING_FAST);
    if (cpu->mmu)
        mmu_visit(s, cpu);
    if (cpu->gic)
        gic_visit(s, cpu);
    if (cpu->timer)
        timer_visit(s, cpu);
    if (cpu->pmu)
        pmu_visit(s, cpu);
    if (cpu->debug)
        debug_visit(s, cpu);
    timing_visit(s, cpu, mode, since);
    if (state_loading(s)) {
        cpu->deadline = cpu->slice_deadline;
        cpu->redirect = 0;
        cpu->why.count = 0;
        cpu->why.recording = false;
        cpu_update_traps(cpu);
    }
    if (cpu->stats && s->mode != STATE_HASH)
        why_visit(s, cpu); /* last: the new vector length has been counted as a change */
}

/* ---- The machine ---- */

static uint64_t cpu_number(const struct cpu *cpu) { return cpu ? cpu->index + 1 : 0; }
static struct cpu *cpu_by_number(struct machine *m, uint64_t n) { return n ? m->cpus[n - 1] : NULL; }

static void visit_schedule(struct state_pass *s, struct machine *m)
{
    uint64_t last = cpu_number(m->last), polls = m->polls, resume = cpu_number(m->resume), look = m->resume_look;

    state_member(s, "event_order", &m->event_order, STATE_GUEST, TIME_END);
    state_member(s, "now", &m->now, STATE_GUEST, TIME_END);
    state_member(s, "time_told", &m->time_told, STATE_GUEST, TIME_END);
    state_member(s, "entropy", &m->entropy, STATE_GUEST, UINT64_MAX);
    state_member(s, "slice_end", &m->slice_end, STATE_CACHE, UINT64_MAX);
    state_member(s, "turn", &m->turn, STATE_CACHE, UINT64_MAX);
    state_member(s, "input_asked", &m->input_asked, STATE_CACHE, UINT64_MAX);
    state_member(s, "output_count", &m->output_count, STATE_CACHE, UINT64_MAX);
    state_cache_value(s, "last", &last, m->cpu_count);
    state_cache_value(s, "polls", &polls, UINT32_MAX);
    state_cache_value(s, "resume", &resume, m->cpu_count); /* a quantum that is under way */
    state_cache_value(s, "resume_look", &look, 1);
    if (state_reading(s) && resume && resume != last)
        state_refuse(s, "the CPU whose quantum goes on is not the one that ran last");
    if (s->memory) { /* --max-insns is the run's, not the machine's */
        state_member(s, "insns_left", &m->insns_left, STATE_CACHE, UINT64_MAX);
        state_member(s, "slice_icount", &m->slice_icount, STATE_CACHE, UINT64_MAX);
    }
    if (state_loading(s)) {
        m->last = cpu_by_number(m, last);
        m->polls = (unsigned)polls;
        m->resume = cpu_by_number(m, resume);
        m->resume_look = look;
    }
}

/* In memory the log of the serial line has it. */
static void visit_pending_input(struct state_pass *s)
{
    static uint8_t bytes[MAX_CONSOLE_PENDING];
    uint64_t n = s->mode == STATE_SAVE ? console_pending(bytes, sizeof bytes) : 0;

    if (s->memory || s->mode == STATE_HASH)
        return;
    state_cache_value(s, "pending input", &n, sizeof bytes);
    state_bytes(s, "pending bytes", bytes, n);
    if (state_loading(s) && n)
        console_put_back(bytes, n);
}

void machine_state(struct state_pass *s, struct machine *m)
{
    state_same(s, "number of CPUs", m->cpu_count);
    state_same(s, "size of memory", m->mem.size);
    state_same(s, "memory base", m->mem.base);
    state_same(s, "kind of memory (with or without tags)", m->mem.tags != NULL);
    state_same(s, "quantum", m->opt.quantum_ns);
    state_same(s, "seed", m->opt.seed);
    state_same(s, "start of the clock", (uint64_t)m->opt.rtc_start);
    visit_schedule(s, m);
    if (m->mem.ram && m->cpu_count)
        isa_visit(s, m);
    for (unsigned i = 0; i < state_times(s, m->cpu_count) && m->cpus && !s->failed; i++)
        visit_cpu(s, m->cpus[i]);
    if (state_loading(s) && !s->memory && m->resume)
        m->slice_icount = cpu_icount(m->resume); /* --max-insns counts from here */
    board_visit(s, m);
    visit_pending_input(s);
    if (s->mode == STATE_SAVE && s->events != m->heap_count)
        state_refuse(s, "an event is queued whose owner does not save it");
}

uint64_t state_layout_hash(struct machine *m, struct state_pass *s)
{
    *s = (struct state_pass){ .mode = STATE_LAYOUT };
    machine_state(s, m);
    return s->failed ? 0 : s->hash;
}

/* ---- Pages ---- */

static uint64_t pages_of(uint64_t size) { return (size + 4095) / 4096; }

/* devices/ram.c maps a byte more than flags and tags need. */
void machine_areas(struct machine *m, struct machine_area area[MACHINE_AREAS])
{
    struct physmem *mem = &m->mem;
    area[0] = (struct machine_area){ "ram", &mem->ram, pages_of(mem->size) };
    area[1] = (struct machine_area){ "flags", &mem->page_flags, pages_of(mem->size >> 12) };
    area[2] = (struct machine_area){ "tags", &mem->tags, mem->tags ? pages_of(mem->size >> 5) : 0 };
}

/* ---- The hash ---- */

/* Only pages that are not zero, so that it does not matter which ones the host has had to provide. */
static uint64_t hash_pages(uint64_t h, const uint8_t *start, uint64_t size, uint64_t salt)
{
    struct page_scan scan = page_scan(start, size);
    for (uint64_t i; page_scan_next(&scan, &i);)
        h = hash_bytes(hash_value(h, i ^ salt), start + (i << 12), 4096);
    page_scan_end(&scan);
    uint64_t rest = size >> 12 << 12;
    return size > rest ? hash_bytes(h, start + rest, size - rest) : h;
}

uint64_t state_hash(struct machine *m)
{
    struct state_pass s = { .mode = STATE_HASH, .hash = UINT64_C(0x737665656d75) };
    s.hash = hash_pages(s.hash, m->mem.ram, m->mem.size, 0);
    if (m->mem.tags)
        s.hash = hash_pages(s.hash, m->mem.tags, m->mem.size >> 5, UINT64_MAX);
    machine_state(&s, m);
    return s.hash;
}
