/* The first level of caches: misses in flight, replacement, ownership, and which lines are known to hit. */
#include "core/timing_parts.h"

/* ---- Known lines ---- */

static void drop_known(struct timing_memory *t, unsigned which, unsigned slot)
{
    struct timing_known *k = &t->front[which].known[slot];

    if (k->read == TIMING_NO_TAG)
        return;
    t->l1[which].known[k->line] = NO_KNOWN;
    t->tlb[which].lines[k->tlb]--;
    k->read = k->write = TIMING_NO_TAG;
}

void l1_know(struct timing_memory *t, unsigned which, uint64_t va, uint32_t line, uint32_t tlb)
{
    struct timing_front *f = &t->front[which];
    struct timing_l1 *l1 = &t->l1[which];
    struct timing_known *k = timing_known_slot(f, va);
    uint64_t tag = timing_known_tag(t->cpu, f, va), translated = t->tlb[which].entry[tlb].ready;

    drop_known(t, which, (unsigned)(k - f->known));
    if (l1->known[line] != NO_KNOWN) /* by another address */
        drop_known(t, which, l1->known[line]);
    l1->known[line] = (uint16_t)(k - f->known);
    t->tlb[which].lines[tlb]++;
    k->read = tag;
    k->write = (l1->c.tag[line] & (LINE_OWNED | LINE_DIRTY)) == (LINE_OWNED | LINE_DIRTY) ? tag : TIMING_NO_TAG;
    k->ready = l1->ready[line] > translated ? l1->ready[line] : translated;
    k->line = line;
    k->tlb = tlb;
}

void l1_forget_translation(struct timing_memory *t, unsigned which, uint32_t tlb)
{
    const struct timing_front *f = &t->front[which];

    for (unsigned i = 0; i < TIMING_KNOWN && t->tlb[which].lines[tlb]; i++)
        if (f->known[i].tlb == tlb && f->known[i].read != TIMING_NO_TAG)
            drop_known(t, which, i);
}

void l1_forget_all(struct timing_memory *t)
{
    for (unsigned which = 0; which < 2; which++)
        for (unsigned i = 0; i < TIMING_KNOWN; i++)
            drop_known(t, which, i);
}

void l1_unown(struct timing_memory *t, uint32_t line)
{
    struct timing_l1 *l1 = &t->l1[TIMING_DATA];

    l1->c.tag[line] &= ~(uint64_t)LINE_OWNED;
    if (l1->known[line] != NO_KNOWN)
        t->front[TIMING_DATA].known[l1->known[line]].write = TIMING_NO_TAG;
}

void l1_drop(struct timing_memory *t, unsigned which, uint32_t line)
{
    struct timing_l1 *l1 = &t->l1[which];

    if (l1->known[line] != NO_KNOWN)
        drop_known(t, which, l1->known[line]);
    l1->c.tag[line] = 0;
}

/* ---- Misses ---- */

uint64_t mshr_start(const uint64_t *mshr, unsigned n, uint64_t now, unsigned *which)
{
    unsigned first = 0;

    for (unsigned i = 0; i < n && mshr[first] > now; i++)
        if (mshr[i] < mshr[first])
            first = i;
    *which = first;
    return now + wait_until(mshr[first], now);
}

bool l1_mshr_free(const struct timing_memory *t, uint64_t now)
{
    for (unsigned i = 0; i < t->mshrs; i++)
        if (t->mshr[i] <= now)
            return true;
    return false;
}

/* Make room for the line of pa. */
static uint32_t make_room(struct timing_memory *t, unsigned which, uint64_t pa, uint64_t now)
{
    struct timing_l1 *l1 = &t->l1[which];
    uint32_t i = cache_victim(&l1->c, pa);
    uint64_t tag = l1->c.tag[i];

    if (tag)
        l1_drop(t, which, i);
    if (tag & LINE_DIRTY) {
        t->count[TE_L1D_CACHE_WB]++;
        level_write(t, cache_line_of(&l1->c, tag), now);
    }
    return i;
}

/* What a line takes from where it is, beyond a hit. *flags: LINE_x that it comes with. */
static uint64_t get_line(struct timing_memory *t, uint64_t pa, unsigned how, uint64_t now, uint64_t *flags)
{
    bool elsewhere, shared = false;
    uint64_t cycles;

    if (how == L1_STORE || how == L1_ZERO)
        elsewhere = coherence_write(t, pa);
    else
        elsewhere = coherence_read(t, pa, now, &shared);
    *flags = LINE_VALID | (shared ? 0 : LINE_OWNED);
    if (elsewhere) {
        t->count[TE_BUS_ACCESS]++;
        cycles = timing_parameter(t, TP_SNOOP);
        level_allocate(t, pa, now);
    } else if (how == L1_ZERO) {
        return 0;
    } else {
        cycles = level_read(t, pa, now);
    }
    return cycles > t->hit ? cycles - t->hit : 0;
}

static uint32_t fill(struct timing_memory *t, unsigned which, uint64_t pa, unsigned how, uint64_t now)
{
    struct timing_l1 *l1 = &t->l1[which];
    uint64_t line = cache_line_of(&l1->c, pa), start = now, flags;
    unsigned mshr = 0;

    if (which == TIMING_DATA)
        start = mshr_start(t->mshr, t->mshrs, now, &mshr);
    uint32_t i = make_room(t, which, pa, start);
    l1->ready[i] = start + get_line(t, line, how, start, &flags);
    l1->c.tag[i] = line | flags | (how == L1_PREFETCH ? LINE_PREFETCHED : 0);
    l1->c.used[i] = t->front[which].accesses;
    if (which == TIMING_DATA)
        t->mshr[mshr] = l1->ready[i];
    return i;
}

/* A store to a line that is here, and maybe in our own instruction cache or in those of others. */
static void own(struct timing_memory *t, uint32_t i, uint64_t now)
{
    struct timing_l1 *l1 = &t->l1[TIMING_DATA];
    uint64_t line = cache_line_of(&l1->c, l1->c.tag[i]), snoop = timing_parameter(t, TP_SNOOP);

    if ((l1->c.tag[i] & (LINE_OWNED | LINE_DIRTY)) == (LINE_OWNED | LINE_DIRTY))
        return;
    if (!(l1->c.tag[i] & LINE_OWNED) && coherence_write(t, line)) {
        uint64_t owned = now + (snoop > t->hit ? snoop - t->hit : 0);
        t->count[TE_BUS_ACCESS]++;
        if (l1->ready[i] < owned)
            l1->ready[i] = owned;
    }
    uint32_t code = cache_find(&t->l1[TIMING_FETCH].c, line);
    if (code != ABSENT)
        l1_drop(t, TIMING_FETCH, code);
    l1->c.tag[i] |= LINE_OWNED | LINE_DIRTY;
}

uint32_t l1_data(struct timing_memory *t, uint64_t pa, unsigned how, uint64_t now, uint64_t *cycles)
{
    struct timing_l1 *l1 = &t->l1[TIMING_DATA];
    uint32_t i = cache_find(&l1->c, pa);

    if (i == ABSENT) {
        if (how != L1_PREFETCH && how != L1_ZERO)
            t->count[TE_L1D_CACHE_REFILL]++;
        i = fill(t, TIMING_DATA, pa, how, now);
    }
    if (how == L1_STORE || how == L1_ZERO)
        own(t, i, now);
    l1->c.used[i] = t->front[TIMING_DATA].accesses;
    *cycles = wait_until(l1->ready[i], now);
    return i;
}

uint32_t l1_instruction(struct timing_memory *t, uint64_t pa, bool prefetch, uint64_t now, uint64_t *cycles)
{
    struct timing_l1 *l1 = &t->l1[TIMING_FETCH];
    uint32_t i = cache_find(&l1->c, pa), data;

    if (i == ABSENT) {
        if (!prefetch)
            t->count[TE_L1I_CACHE_REFILL]++;
        data = cache_find(&t->l1[TIMING_DATA].c, pa);
        if (data != ABSENT) /* the next store to it has to take it away from here */
            l1_unown(t, data);
        i = fill(t, TIMING_FETCH, pa, prefetch ? L1_PREFETCH : L1_LOAD, now);
    }
    l1->c.used[i] = t->front[TIMING_FETCH].accesses;
    *cycles = wait_until(l1->ready[i], now);
    return i;
}
