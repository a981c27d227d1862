/* The memory system of one CPU's timing model: what an access takes. core/timing_memory.h */
#include "core/timing_memory.h"

#include <stdlib.h>

#include "core/state.h"
#include "core/timing_parts.h"
#include "isa/isa.h"

/* ---- Accesses ---- */

static uint64_t one_line(struct timing_memory *t, uint64_t va, uint64_t pa, unsigned how, uint64_t now, uint64_t pc)
{
    uint64_t translation, data;
    uint32_t tlb = tlb_translate(t, TIMING_DATA, va, now, &translation);
    uint64_t refills = t->count[TE_L1D_CACHE_REFILL];
    uint32_t line = l1_data(t, pa, how, now + translation, &data);
    uint64_t *tag = &t->l1[TIMING_DATA].c.tag[line];
    bool train = how != L1_ZERO && (t->count[TE_L1D_CACHE_REFILL] != refills || *tag & LINE_PREFETCHED);

    *tag &= ~(uint64_t)LINE_PREFETCHED;
    l1_know(t, TIMING_DATA, va, line, tlb);
    if (train)
        prefetch_train(t, pc, va, pa, now + translation);
    return translation + data;
}

static NOINLINE unsigned all_lines(struct timing_memory *t, uint64_t va, uint64_t pa, unsigned size, unsigned how,
                                   uint64_t now, uint64_t pc)
{
    uint64_t bytes = UINT64_C(1) << t->front[TIMING_DATA].shift, longest = 0, n = 0;

    for (bool first = true; n < size; first = false) {
        t->front[TIMING_DATA].accesses++;
        t->splits += !first;
        uint64_t cycles = one_line(t, va + n, pa + n, how, now, pc);
        if (cycles > longest)
            longest = cycles;
        n += bytes - ((va + n) & (bytes - 1));
    }
    return timing_wait(longest);
}

unsigned timing_access(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now, uint64_t pc, bool store)
{
    return all_lines(cpu->timing_memory, va, pa, size, store ? L1_STORE : L1_LOAD, now, pc);
}

unsigned timing_zero(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, uint64_t now, uint64_t pc)
{
    struct timing_memory *t = cpu->timing_memory;
    uint64_t mask = (UINT64_C(1) << t->front[TIMING_DATA].shift) - 1;

    return all_lines(t, va, pa, size, (va | size) & mask ? L1_STORE : L1_ZERO, now, pc);
}

void timing_prefetch(struct cpu *cpu, uint64_t va, uint64_t pa, uint64_t now)
{
    struct timing_memory *t = cpu->timing_memory;
    uint64_t cycles;

    tlb_translate(t, TIMING_DATA, va, now, &cycles);
    l1_data(t, pa, L1_PREFETCH, now + cycles, &cycles);
}

unsigned timing_device(struct cpu *cpu, uint64_t pa, unsigned size, uint64_t now)
{
    struct timing_memory *t = cpu->timing_memory;

    (void)pa, (void)size, (void)now;
    t->devices++;
    t->count[TE_BUS_ACCESS]++;
    return timing_wait(timing_parameter(t, TP_DEVICE));
}

/* The next line, unless it is another page's. */
static void fetch_ahead(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    uint64_t next = pa + (UINT64_C(1) << t->front[TIMING_FETCH].shift), cycles;

    if (!timing_parameter(t, TP_PREFETCH_DEGREE) || (next ^ pa) >> 12 ||
        cache_find(&t->l1[TIMING_FETCH].c, next) != ABSENT)
        return;
    t->count[TE_PREFETCH]++;
    l1_instruction(t, next, true, now, &cycles);
}

unsigned timing_fetch_line(struct cpu *cpu, uint64_t va, uint64_t pa, uint64_t now)
{
    struct timing_memory *t = cpu->timing_memory;
    uint64_t translation, data, refills = t->count[TE_L1I_CACHE_REFILL];

    t->front[TIMING_FETCH].accesses++;
    uint32_t tlb = tlb_translate(t, TIMING_FETCH, va, now, &translation);
    uint32_t line = l1_instruction(t, pa, false, now + translation, &data);
    uint64_t *tag = &t->l1[TIMING_FETCH].c.tag[line];

    l1_know(t, TIMING_FETCH, va, line, tlb);
    if (t->count[TE_L1I_CACHE_REFILL] != refills || *tag & LINE_PREFETCHED) {
        *tag &= ~(uint64_t)LINE_PREFETCHED;
        fetch_ahead(t, pa, now + translation);
    }
    return timing_wait(translation + data);
}

const uint64_t *timing_memory_counts(struct timing_memory *t)
{
    uint64_t data = t->front[TIMING_DATA].accesses, fetches = t->front[TIMING_FETCH].accesses;
    uint64_t *n = t->count;

    n[TE_L1D_CACHE] = data;
    n[TE_L1D_TLB] = data - t->walk_lines;
    n[TE_MEM_ACCESS] = data - t->walk_lines - t->splits + t->devices;
    n[TE_L1I_CACHE] = n[TE_L1I_TLB] = fetches;
    return n;
}

/* ---- Creation ---- */

/* A power of two, whatever the file says. */
static unsigned line_log2_of(const struct timing_model *m)
{
    unsigned log2 = 5;

    while (log2 < 8 && m->param[TP_LINE] >> (log2 + 1))
        log2++;
    return log2;
}

static bool front_create(struct timing_memory *t, unsigned which, enum timing_param bytes, enum timing_param ways)
{
    struct timing_l1 *l1 = &t->l1[which];
    struct timing_front *f = &t->front[which];
    unsigned line_log2 = line_log2_of(t->model);

    if (!cache_create(&l1->c, timing_parameter(t, bytes), timing_parameter(t, ways), line_log2))
        return false;
    l1->ready = calloc(cache_lines(&l1->c), sizeof(*l1->ready));
    l1->known = malloc(cache_lines(&l1->c) * sizeof(*l1->known));
    if (!l1->ready || !l1->known)
        return false;
    memset(l1->known, 0xff, cache_lines(&l1->c) * sizeof(*l1->known));
    f->shift = line_log2;
    f->mask = ~((UINT64_C(1) << (line_log2 + 8)) - 1);
    f->line_used = l1->c.used;
    memset(f->known, 0xff, sizeof(f->known));
    return true;
}

static void clocks(struct timing_memory *t)
{
    uint64_t hz = t->cpu->clock_hz;

    t->ps_per_cycle = (uint64_t)(((unsigned __int128)1000000000000 << 32) / hz);
    t->cycles_per_ps = (uint64_t)(((unsigned __int128)hz << 48) / 1000000000000);
}

static uint64_t cluster(const struct cpu *cpu)
{
    return cpu->mpidr & (cpu->mpidr & BIT(24) ? 0xff00ff0000 : 0xff00ffff00);
}

/* Another CPU whose L2 is this one's, too. */
static struct timing_l2 *shared_l2(const struct timing_memory *t)
{
    const struct machine *m = t->cpu->machine;

    for (unsigned i = 0; timing_parameter(t, TP_L2_SHARED) && i < m->cpu_count; i++) {
        const struct timing_memory *p = timing_memory_of(m, i);
        if (p && p != t && p->model == t->model && cluster(p->cpu) == cluster(t->cpu))
            return p->l2;
    }
    return NULL;
}

static bool l2_create(struct timing_memory *t)
{
    unsigned line_log2 = (unsigned)t->front[TIMING_DATA].shift;

    if (timing_parameter(t, TP_L2) >> line_log2 == 0)
        return true;
    t->l2 = shared_l2(t);
    if (t->l2) {
        t->l2->users++;
        return true;
    }
    t->l2 = calloc(1, sizeof(*t->l2));
    if (!t->l2)
        return false;
    t->l2->users = 1;
    bandwidth_init(&t->l2->bandwidth, timing_parameter(t, TP_L2_BANDWIDTH), t->cpu->clock_hz, UINT64_C(1) << line_log2);
    return cache_create(&t->l2->c, timing_parameter(t, TP_L2), timing_parameter(t, TP_L2_WAYS), line_log2);
}

/* The CPU whose model and clock the system has: the first that may have one, whichever is made first. */
static void system_model(const struct timing_memory *t, const struct timing_model **m, uint64_t *hz)
{
    const struct machine *machine = t->cpu->machine;

    *m = t->model;
    *hz = t->cpu->clock_hz;
    for (unsigned i = 0; machine->config && i < machine->cpu_count; i++)
        if (machine->config[i].timing_model) {
            *m = machine->config[i].timing_model;
            *hz = machine->config[i].clock_hz;
            return;
        }
}

static struct timing_system *others_system(const struct timing_memory *t)
{
    const struct machine *m = t->cpu->machine;

    for (unsigned i = 0; i < m->cpu_count; i++)
        if (timing_memory_of(m, i) && timing_memory_of(m, i) != t)
            return timing_memory_of(m, i)->system;
    return NULL;
}

static bool system_create(struct timing_memory *t)
{
    const struct timing_model *m;
    uint64_t hz;
    unsigned line_log2;

    t->system = others_system(t);
    if (t->system) {
        t->system->users++;
        coherence_add(t);
        return true;
    }
    t->system = calloc(1, sizeof(*t->system));
    if (!t->system)
        return false;
    t->system->users = 1;
    system_model(t, &m, &hz);
    line_log2 = line_log2_of(m);
    bandwidth_init(&t->system->slc_bandwidth, m->param[TP_SLC_BANDWIDTH], hz, UINT64_C(1) << line_log2);
    bandwidth_init(&t->system->dram_bandwidth, m->param[TP_DRAM_BANDWIDTH], hz, UINT64_C(1) << line_log2);
    coherence_add(t);
    return cache_create(&t->system->slc, m->param[TP_SLC], m->param[TP_SLC_WAYS], line_log2);
}

static unsigned at_most(uint64_t n, unsigned most) { return n < most ? (unsigned)n : most; }

/* What the model says about LDR X0, [X1]. One that was not read from a file has no costs, and a hit takes no time. */
static unsigned hit_latency(const struct cpu *cpu, struct timing_model *m)
{
    enum { LDR_X0_X1 = 0xf9400020, SHORTEST_VQ = 1 };
    struct op op;

    if (!m->file)
        return 0;
    isa_decode(cpu->cls, LDR_X0_X1, &op);
    unsigned n = timing_cost_of(m, &op);
    return m->cost[SHORTEST_VQ][n].latency;
}

static bool create_parts(struct timing_memory *t)
{
    clocks(t);
    t->mshrs = at_most(timing_parameter(t, TP_L1D_MSHR), MAX_L1_MSHR);
    t->l2_mshrs = at_most(timing_parameter(t, TP_L2_MSHR), MAX_L2_MSHR);
    t->streams = at_most(timing_parameter(t, TP_PREFETCH_STREAMS), MAX_STREAMS);
    t->tlb[TIMING_DATA].entries = at_most(timing_parameter(t, TP_L1DTLB), TIMING_L1_TLB);
    t->tlb[TIMING_FETCH].entries = at_most(timing_parameter(t, TP_L1ITLB), TIMING_L1_TLB);
    return front_create(t, TIMING_DATA, TP_L1D, TP_L1D_WAYS) && front_create(t, TIMING_FETCH, TP_L1I, TP_L1I_WAYS) &&
           translations_create(&t->tlb2, timing_parameter(t, TP_L2TLB), timing_parameter(t, TP_L2TLB_WAYS)) &&
           walk_cache_create(&t->walk[WALK_STAGE1], timing_parameter(t, TP_WALK_CACHE_S1)) &&
           walk_cache_create(&t->walk[WALK_STAGE2], timing_parameter(t, TP_WALK_CACHE_S2)) && l2_create(t) &&
           system_create(t);
}

struct timing_memory *timing_memory_create(struct cpu *cpu, struct timing_model *m)
{
    struct timing_memory *t = aligned_alloc(64, (sizeof(*t) + 63) & ~(size_t)63);

    if (!t)
        return NULL;
    memset(t, 0, sizeof(*t));
    t->cpu = cpu;
    t->model = m;
    t->hit = hit_latency(cpu, m);
    if (!create_parts(t)) {
        timing_memory_free(t);
        return NULL;
    }
    return cpu->timing_memory = t;
}

static void system_free(struct timing_system *sys)
{
    if (!sys || --sys->users)
        return;
    coherence_free(sys);
    cache_free(&sys->slc);
    free(sys);
}

static void l2_free(struct timing_l2 *l2)
{
    if (!l2 || --l2->users)
        return;
    cache_free(&l2->c);
    free(l2);
}

void timing_memory_free(struct timing_memory *t)
{
    if (!t)
        return;
    if (t->cpu->timing_memory == t)
        t->cpu->timing_memory = NULL;
    for (unsigned which = 0; which < 2; which++) {
        cache_free(&t->l1[which].c);
        free(t->l1[which].ready);
        free(t->l1[which].known);
        free(t->walk[which].entry);
    }
    free(t->tlb2.entry);
    free(t->tlb2.used);
    l2_free(t->l2);
    system_free(t->system);
    free(t);
}

/* ---- State ---- */

/* Is no CPU before this one, or (after) none behind it, a user of the same L2, or of the same system? */
static bool only_user(const struct timing_memory *t, bool l2, bool after)
{
    const struct machine *m = t->cpu->machine;
    unsigned first = after ? t->cpu->index + 1 : 0, end = after ? m->cpu_count : t->cpu->index;

    for (unsigned i = first; i < end; i++) {
        const struct timing_memory *p = timing_memory_of(m, i);
        if (p && (l2 ? p->l2 == t->l2 : p->system == t->system))
            return false;
    }
    return true;
}

/* What CPUs share is with the first of them that has a model when it is saved. Who that was is saved, too: when it is
 * read, others may have one. A layout has it with every CPU. */
static bool visited_here(struct state_pass *s, const struct timing_memory *t, bool l2)
{
    uint64_t here = s->mode == STATE_LAYOUT || only_user(t, l2, false);

    state_cache_value(s, l2 ? "l2 is here" : "system is here", &here, 1);
    return here;
}

static void visit_shared(struct state_pass *s, struct timing_memory *t)
{
    if (t->l2 && visited_here(s, t, true)) {
        cache_visit(s, &t->l2->c);
        state_member(s, "l2.clock", &t->l2->clock, STATE_CACHE, UINT64_MAX);
        bandwidth_visit(s, &t->l2->bandwidth);
    }
    if (visited_here(s, t, false)) {
        cache_visit(s, &t->system->slc);
        state_member(s, "slc.clock", &t->system->clock, STATE_CACHE, UINT64_MAX);
        bandwidth_visit(s, &t->system->slc_bandwidth);
        bandwidth_visit(s, &t->system->dram_bandwidth);
    }
}

void timing_memory_visit(struct state_pass *s, struct timing_memory *t)
{
    if (s->mode == STATE_HASH) /* caches of the host's memory: what they decide is time */
        return;
    if (state_loading(s)) /* shortcuts, which point to what is going to be replaced */
        timing_contexts_renumbered_slow(t->cpu);
    for (unsigned which = 0; which < 2; which++) {
        struct timing_l1 *l1 = &t->l1[which];
        cache_visit(s, &l1->c);
        state_bytes(s, "l1.ready", l1->ready, cache_lines(&l1->c) * sizeof(*l1->ready));
        state_member(s, "l1.accesses", &t->front[which].accesses, STATE_CACHE, UINT64_MAX);
        walk_cache_visit(s, &t->walk[which]);
    }
    translations_visit(s, t);
    state_bytes(s, "mshr", t->mshr, sizeof(t->mshr));
    state_bytes(s, "l2_mshr", t->l2_mshr, sizeof(t->l2_mshr));
    state_bytes(s, "stream", t->stream, sizeof(t->stream));
    state_member(s, "stream_clock", &t->stream_clock, STATE_CACHE, UINT64_MAX);
    state_member(s, "splits", &t->splits, STATE_CACHE, UINT64_MAX);
    state_member(s, "walk_lines", &t->walk_lines, STATE_CACHE, UINT64_MAX);
    state_member(s, "devices", &t->devices, STATE_CACHE, UINT64_MAX);
    state_bytes(s, "count", t->count, sizeof(t->count));
    visit_shared(s, t);
    if (state_loading(s) && only_user(t, false, true))
        coherence_rebuild(t->system, t->cpu->machine);
}
