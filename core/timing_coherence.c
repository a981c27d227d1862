/* Coherence of the CPUs' caches. A line that another CPU has dirty is provided by it and goes to the system cache; both
 * have it clean then. A store takes the line away from all others, instruction caches included. The system knows which
 * CPU may have a line, so that lines of one CPU cost nobody anything. */
#include <sys/mman.h>

#include "core/timing_parts.h"

enum { MANY = 0xffff }; /* of holders */

/* ---- One other CPU ---- */

enum { PEER_HAS = 1, PEER_DIRTY = 2 };

/* What becomes of the copies of [pa, pa + bytes) in a cache of a peer's first level. */
static unsigned peer_l1(struct timing_memory *p, unsigned which, uint64_t pa, uint64_t bytes, bool take)
{
    const struct timing_cache *c = &p->l1[which].c;
    unsigned found = 0;

    for (uint64_t a = cache_line_of(c, pa); a < pa + bytes; a += UINT64_C(1) << c->line_log2) {
        uint32_t i = cache_find(c, a);
        if (i == ABSENT)
            continue;
        found |= PEER_HAS | (c->tag[i] & LINE_DIRTY ? PEER_DIRTY : 0);
        if (take) {
            l1_drop(p, which, i);
        } else if (which == TIMING_DATA) {
            c->tag[i] &= ~(uint64_t)LINE_DIRTY;
            l1_unown(p, i);
        }
    }
    return found;
}

static unsigned peer_l2(const struct timing_l2 *l2, uint64_t pa, uint64_t bytes, bool take)
{
    const struct timing_cache *c = &l2->c;
    unsigned found = 0;

    for (uint64_t a = cache_line_of(c, pa); a < pa + bytes; a += UINT64_C(1) << c->line_log2) {
        uint32_t i = cache_find(c, a);
        if (i == ABSENT)
            continue;
        found |= PEER_HAS | (c->tag[i] & LINE_DIRTY ? PEER_DIRTY : 0);
        c->tag[i] = take ? 0 : c->tag[i] & ~(uint64_t)LINE_DIRTY;
    }
    return found;
}

/* A CPU shares nothing of the line with t any more, or (take is false) has it clean. What it had; an L2 that both use
 * stays, but is no more dirty if the line is going to be in the first level of both. */
static unsigned ask_peer(struct timing_memory *t, struct timing_memory *p, uint64_t pa, uint64_t bytes, bool take,
                         uint64_t now)
{
    unsigned first = peer_l1(p, TIMING_DATA, pa, bytes, take), found;

    first |= peer_l1(p, TIMING_FETCH, pa, bytes, take) & PEER_HAS;
    found = first;
    if (p->l2 && p->l2 != t->l2)
        found |= peer_l2(p->l2, pa, bytes, take);
    bool dirty = found & PEER_DIRTY;
    if (!take && p->l2 && p->l2 == t->l2 && first)
        dirty |= peer_l2(p->l2, pa, bytes, false) & PEER_DIRTY;
    if (!take && dirty)
        system_write(t, pa, now);
    return found;
}

static struct timing_memory *memory_of(const struct timing_memory *t, unsigned index)
{
    struct timing_memory *p = timing_memory_of(t->cpu->machine, index);
    return p && p != t && p->system == t->system ? p : NULL;
}

/* All that holder names but t. */
static unsigned ask_holder(struct timing_memory *t, unsigned holder, uint64_t pa, uint64_t bytes, bool take,
                           uint64_t now)
{
    const struct machine *m = t->cpu->machine;
    unsigned found = 0, first = holder == MANY ? 0 : holder - 1, last = holder == MANY ? m->cpu_count : holder;

    for (unsigned i = first; i < last && i < m->cpu_count; i++) {
        struct timing_memory *p = memory_of(t, i);
        if (p)
            found |= ask_peer(t, p, pa, bytes, take, now);
    }
    return found;
}

/* ---- Who holds what ---- */

static uint16_t *holder_of(const struct timing_system *sys, uint64_t pa)
{
    uint64_t n = (pa - sys->base) >> sys->holder_log2;
    return sys->holder && n < sys->holders ? &sys->holder[n] : NULL;
}

static void add_l1(const struct timing_system *sys, const struct timing_cache *c, unsigned index)
{
    for (uint32_t i = 0; i < cache_lines(c); i++) {
        if (!c->tag[i])
            continue;
        uint64_t line = cache_line_of(c, c->tag[i]), part = UINT64_C(1) << sys->holder_log2;
        for (uint64_t a = line; a < line + (UINT64_C(1) << c->line_log2); a += part) {
            uint16_t *holder = holder_of(sys, a);
            if (holder && *holder != index + 1)
                *holder = *holder ? MANY : (uint16_t)(index + 1);
        }
    }
}

/* Lines of an L2: one that CPUs of its cluster have is theirs already. */
static void add_l2(const struct timing_system *sys, struct machine *m, unsigned index)
{
    const struct timing_memory *t = timing_memory_of(m, index);
    const struct timing_cache *c = &t->l2->c;

    for (uint32_t i = 0; i < cache_lines(c); i++) {
        if (!c->tag[i])
            continue;
        uint64_t line = cache_line_of(c, c->tag[i]), part = UINT64_C(1) << sys->holder_log2;
        for (uint64_t a = line; a < line + (UINT64_C(1) << c->line_log2); a += part) {
            uint16_t *holder = holder_of(sys, a);
            if (!holder)
                continue;
            if (!*holder)
                *holder = (uint16_t)(index + 1);
            else if (*holder != MANY && m->cpus[*holder - 1]->timing_memory->l2 != t->l2)
                *holder = MANY;
        }
    }
}

void coherence_rebuild(struct timing_system *sys, struct machine *m)
{
    if (!sys->holder || madvise(sys->holder, sys->holders * sizeof(*sys->holder), MADV_DONTNEED))
        return;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct timing_memory *t = timing_memory_of(m, i);
        for (unsigned which = 0; t && t->system == sys && which < 2; which++)
            add_l1(sys, &t->l1[which].c, i);
    }
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct timing_memory *t = timing_memory_of(m, i);
        if (t && t->system == sys && t->l2)
            add_l2(sys, m, i);
    }
}

void coherence_free(struct timing_system *sys)
{
    if (sys->holder)
        munmap(sys->holder, sys->holders * sizeof(*sys->holder));
    sys->holder = NULL;
}

void coherence_add(struct timing_memory *t)
{
    struct timing_system *sys = t->system;
    unsigned line_log2 = t->l1[TIMING_DATA].c.line_log2;

    if (sys->holder_log2 && line_log2 >= sys->holder_log2)
        return;
    coherence_free(sys);
    sys->holder_log2 = line_log2;
}

/* The directory, from what the caches hold. Made when it is first asked for, as a machine's CPUs come before its RAM. A
 * machine with one CPU needs none. */
static bool have_directory(struct timing_memory *t)
{
    struct timing_system *sys = t->system;
    const struct physmem *mem = t->cpu->mem;

    if (likely(sys->holder != NULL))
        return true;
    if (t->cpu->machine->cpu_count < 2)
        return false;
    sys->base = mem->base;
    sys->holders = mem->size >> sys->holder_log2;
    sys->holder = mmap(NULL, sys->holders * sizeof(*sys->holder), PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert(sys->holder != MAP_FAILED);
    coherence_rebuild(sys, t->cpu->machine);
    return true;
}

/* ---- Lines ---- */

bool coherence_read(struct timing_memory *t, uint64_t pa, uint64_t now, bool *shared)
{
    uint64_t line = UINT64_C(1) << t->l1[TIMING_DATA].c.line_log2, part = UINT64_C(1) << t->system->holder_log2;
    unsigned me = t->cpu->index + 1, found = 0;
    bool directory = have_directory(t);

    *shared = false;
    for (uint64_t a = pa; directory && a < pa + line; a += part) {
        uint16_t *holder = holder_of(t->system, a);
        if (!holder || *holder == me)
            continue;
        unsigned had = *holder && *holder != MANY ? ask_holder(t, *holder, a, part, false, now) : 0;
        found |= had;
        if (*holder == MANY || had) {
            *holder = MANY;
            *shared = true;
        } else {
            *holder = (uint16_t)me;
        }
    }
    return found & PEER_DIRTY;
}

bool coherence_write(struct timing_memory *t, uint64_t pa)
{
    uint64_t line = UINT64_C(1) << t->l1[TIMING_DATA].c.line_log2, part = UINT64_C(1) << t->system->holder_log2;
    unsigned me = t->cpu->index + 1, found = 0;
    bool directory = have_directory(t);

    for (uint64_t a = pa; directory && a < pa + line; a += part) {
        uint16_t *holder = holder_of(t->system, a);
        if (!holder || *holder == me)
            continue;
        if (*holder)
            found |= ask_holder(t, *holder, a, part, true, 0);
        *holder = (uint16_t)me;
    }
    return found;
}

/* ---- Maintenance by address ---- */

/* All instruction caches of the machine lose [pa, pa + size), or with size 0 everything. */
static void invalidate_instructions(struct timing_memory *t, uint64_t pa, unsigned size)
{
    const struct machine *m = t->cpu->machine;

    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct timing_memory *p = timing_memory_of(m, i);
        if (!p || p->system != t->system)
            continue;
        if (size)
            peer_l1(p, TIMING_FETCH, pa, size, true);
        for (uint32_t n = 0; !size && n < cache_lines(&p->l1[TIMING_FETCH].c); n++)
            l1_drop(p, TIMING_FETCH, n);
    }
}

/* Clean, and maybe invalidate, one line wherever it is: cycles. What is dirty goes to the system cache, which is behind
 * the point of coherency. */
static uint64_t clean_line(struct timing_memory *t, uint64_t pa, uint64_t line, bool invalidate, uint64_t now)
{
    uint64_t part = have_directory(t) ? UINT64_C(1) << t->system->holder_log2 : line;
    unsigned own = peer_l1(t, TIMING_DATA, pa, line, invalidate), others = 0;

    if (t->l2)
        own |= peer_l2(t->l2, pa, line, invalidate);
    for (uint64_t a = pa; a < pa + line; a += part) {
        const uint16_t *holder = holder_of(t->system, a);
        if (holder && *holder && *holder != t->cpu->index + 1)
            others |= ask_holder(t, *holder, a, part, invalidate, now);
    }
    bool dirty = own & PEER_DIRTY || (invalidate && others & PEER_DIRTY);
    if (dirty)
        system_write(t, pa, now);
    uint64_t cycles = others ? timing_parameter(t, TP_SNOOP) : 0;
    if (dirty || others & PEER_DIRTY)
        return cycles + timing_parameter(t, t->system->slc.sets ? TP_SLC_LATENCY : TP_DRAM_LATENCY);
    return cycles + (t->l2 ? timing_parameter(t, TP_L2_LATENCY) : 0);
}

unsigned timing_cache_op(struct cpu *cpu, uint64_t pa, unsigned size, bool invalidate, bool instruction, uint64_t now)
{
    struct timing_memory *t = cpu->timing_memory;
    uint64_t line = UINT64_C(1) << t->front[TIMING_DATA].shift, longest = 0;

    if (instruction) {
        invalidate_instructions(t, pa, size);
        return t->system->users > 1 ? (unsigned)timing_parameter(t, TP_SNOOP) : 0;
    }
    for (uint64_t a = pa & ~(line - 1); a < pa + size; a += line) {
        uint64_t cycles = clean_line(t, a, line, invalidate, now);
        if (cycles > longest)
            longest = cycles;
    }
    return (unsigned)longest;
}
