/* TLBs of the timing models: a fully associative one for data, one for instructions, and a set-associative second level
 * for both. An entry is what both stages together map, of whatever size, for one context or, if it is global, for all
 * ASIDs of its VMID. */
#include <stdlib.h>

#include "core/state.h"
#include "core/timing_parts.h"
#include "mmu/mmu.h"

/* As the TLB names addresses: what the tag is does not matter. */
static uint64_t untagged(uint64_t va) { return (uint64_t)((int64_t)(va << 8) >> 8); }

static bool same_context(const struct timing_translation *e, uint64_t key, bool global)
{
    return e->key == key || (global && (e->key ^ key) >> 16 == 0);
}
static bool translates(const struct timing_translation *e, uint64_t va, uint64_t key)
{
    return e->log2 && (va ^ e->va) >> e->log2 == 0 && same_context(e, key, e->global);
}
static uint64_t last_of(const struct timing_translation *e) { return e->va | (BIT(e->log2) - 1); }

static uint64_t current_key(struct timing_memory *t)
{
    uint64_t *key = &t->context[t->cpu->tlb_ctx & (TIMING_CONTEXTS - 1)];

    if (unlikely(!*key))
        *key = mmu_context_key(t->cpu, t->cpu->tlb_ctx);
    return *key;
}

void timing_contexts_renumbered_slow(struct cpu *cpu)
{
    struct timing_memory *t = cpu->timing_memory;

    memset(t->context, 0, sizeof(t->context));
    l1_forget_all(t);
}

/* ---- Second level ---- */

bool translations_create(struct timing_l2_tlb *tlb, uint64_t entries, uint64_t ways)
{
    tlb->ways = (uint32_t)(!ways ? 1 : ways < entries ? ways : entries);
    tlb->sets = (uint32_t)(entries / tlb->ways);
    tlb->entry = calloc(tlb->sets * tlb->ways, sizeof(*tlb->entry));
    tlb->used = calloc(tlb->sets * tlb->ways, sizeof(*tlb->used));
    return tlb->entry && tlb->used;
}

static uint32_t set_of(const struct timing_l2_tlb *tlb, uint64_t va, unsigned log2)
{
    uint64_t n = va >> log2;
    return (uint32_t)((n ^ n >> 16) % tlb->sets) * tlb->ways;
}

static struct timing_translation *tlb2_find(struct timing_l2_tlb *tlb, uint64_t va, uint64_t key)
{
    for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
        unsigned log2 = (unsigned)__builtin_ctzll(sizes);
        uint32_t first = set_of(tlb, va, log2);
        for (uint32_t i = first; i < first + tlb->ways; i++)
            if (tlb->entry[i].log2 == log2 && translates(&tlb->entry[i], va, key)) {
                tlb->used[i] = ++tlb->clock;
                return &tlb->entry[i];
            }
    }
    return NULL;
}

static void tlb2_insert(struct timing_l2_tlb *tlb, const struct timing_translation *e)
{
    uint32_t first = set_of(tlb, e->va, e->log2), oldest = first;

    for (uint32_t i = first; i < first + tlb->ways; i++) {
        if (!tlb->entry[i].log2) {
            oldest = i;
            break;
        }
        if (tlb->used[i] < tlb->used[oldest])
            oldest = i;
    }
    tlb->entry[oldest] = *e;
    tlb->used[oldest] = ++tlb->clock;
    tlb->sizes |= BIT(e->log2);
}

/* ---- First level ---- */

static unsigned hint_of(uint64_t va, uint64_t key)
{
    return (unsigned)(((va >> 12) * UINT64_C(0x9e3779b97f4a7c15) ^ key >> 32) >> 40) & (TLB_HINTS - 1);
}

static uint32_t tlb1_find(struct timing_l1_tlb *tlb, uint64_t va, uint64_t key)
{
    uint8_t *hint = &tlb->hint[hint_of(va, key)];

    if (likely(translates(&tlb->entry[*hint], va, key)))
        return *hint;
    for (uint32_t i = 0; i < tlb->entries; i++)
        if (translates(&tlb->entry[i], va, key)) {
            *hint = (uint8_t)i;
            return i;
        }
    return ABSENT;
}

static void tlb1_drop(struct timing_memory *t, unsigned which, uint32_t i)
{
    if (t->tlb[which].lines[i])
        l1_forget_translation(t, which, i);
    t->tlb[which].entry[i].log2 = 0;
    t->front[which].tlb_used[i] = 0; /* the first to be taken */
}

/* Whatever overlaps the new entry goes, so that an address never has two. */
static void drop_overlapping(struct timing_memory *t, unsigned which, const struct timing_translation *e)
{
    struct timing_l1_tlb *tlb = &t->tlb[which];

    for (uint32_t i = 0; i < tlb->entries; i++) {
        const struct timing_translation *old = &tlb->entry[i];
        uint64_t log2 = old->log2 > e->log2 ? old->log2 : e->log2;
        if (unlikely((old->va ^ e->va) >> log2 == 0) && old->log2 &&
            same_context(old, e->key, old->global || e->global))
            tlb1_drop(t, which, i);
    }
}

static uint32_t tlb1_insert(struct timing_memory *t, unsigned which, const struct timing_translation *e)
{
    struct timing_l1_tlb *tlb = &t->tlb[which];
    uint64_t *used = t->front[which].tlb_used, oldest = UINT64_MAX;
    uint32_t to = 0;

    drop_overlapping(t, which, e);
    for (uint32_t i = 0; i < tlb->entries; i++) {
        bool older = used[i] < oldest;
        oldest = older ? used[i] : oldest;
        to = older ? i : to;
    }
    tlb1_drop(t, which, to);
    tlb->entry[to] = *e;
    tlb->hint[hint_of(e->va, e->key)] = (uint8_t)to;
    return to;
}

/* What a miss of the first level finds behind it: cycles. */
static uint64_t refill(struct timing_memory *t, bool fetch, uint64_t now, struct timing_translation *e)
{
    const struct timing_translation *known = tlb2_find(&t->tlb2, e->va, e->key);
    uint64_t va = e->va, cycles = timing_parameter(t, TP_L2TLB_LATENCY);

    t->count[fetch ? TE_L1I_TLB_REFILL : TE_L1D_TLB_REFILL]++;
    t->count[fetch ? TE_L2I_TLB : TE_L2D_TLB]++;
    if (known) {
        *e = *known;
        return cycles + wait_until(e->ready, now + cycles);
    }
    t->count[fetch ? TE_L2I_TLB_REFILL : TE_L2D_TLB_REFILL]++;
    t->count[fetch ? TE_ITLB_WALK : TE_DTLB_WALK]++;
    cycles += timing_walk(t, va, e->key, fetch, now + cycles, &e->log2, &e->global);
    e->va = va & ~(BIT(e->log2) - 1);
    e->ready = now + cycles;
    tlb2_insert(&t->tlb2, e);
    return cycles;
}

uint32_t tlb_translate(struct timing_memory *t, unsigned which, uint64_t va, uint64_t now, uint64_t *cycles)
{
    struct timing_l1_tlb *tlb = &t->tlb[which];
    struct timing_translation e = { .va = untagged(va), .key = current_key(t), .ready = now };
    uint32_t i = tlb1_find(tlb, e.va, e.key);

    if (likely(i != ABSENT)) {
        *cycles = wait_until(tlb->entry[i].ready, now);
    } else {
        *cycles = 0;
        if (e.key & CONTEXT_UNTRANSLATED)
            e.va &= ~UINT64_C(0xfff), e.log2 = 12;
        else
            *cycles = refill(t, which == TIMING_FETCH, now, &e);
        e.ready = now + *cycles;
        i = tlb1_insert(t, which, &e);
    }
    t->front[which].tlb_used[i] = t->front[which].accesses;
    return i;
}

/* ---- Maintenance ---- */

static bool named(const struct tlbi_match *q, const struct timing_translation *e)
{
    return e->log2 && tlbi_names(q, e->key, e->global) && (!q->range || (last_of(e) >= q->first && e->va <= q->last));
}

/* More pages than that, and everything is looked at. */
enum { PAGEWISE = 32 };

static void tlb2_drop(struct timing_l2_tlb *tlb, const struct tlbi_match *q)
{
    if (!q->range || (q->last - q->first) >> 12 >= PAGEWISE) {
        for (uint32_t i = 0; i < tlb->sets * tlb->ways; i++)
            if (named(q, &tlb->entry[i]))
                tlb->entry[i].log2 = 0;
        return;
    }
    for (uint64_t n = 0; n <= q->last - q->first; n += 0x1000)
        for (uint64_t sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
            uint32_t first = set_of(tlb, q->first + n, (unsigned)__builtin_ctzll(sizes));
            for (uint32_t i = first; i < first + tlb->ways; i++)
                if (named(q, &tlb->entry[i]))
                    tlb->entry[i].log2 = 0;
        }
}

void timing_tlbi_slow(struct cpu *target, const struct tlbi *i)
{
    struct timing_memory *t = target->timing_memory;
    struct tlbi_match q = tlbi_match(target, i);

    for (unsigned which = 0; which < 2; which++)
        for (uint32_t n = 0; n < t->tlb[which].entries; n++)
            if (named(&q, &t->tlb[which].entry[n]))
                tlb1_drop(t, which, n);
    tlb2_drop(&t->tlb2, &q);
    walk_cache_tlbi(t, i, &q);
}

/* ---- State ---- */

/* A size that no translation has would shift by too much. */
static void sane(struct timing_translation *e)
{
    if (e->log2 < 12 || e->log2 > 56)
        e->log2 = 0;
}

void translations_visit(struct state_pass *s, struct timing_memory *t)
{
    struct timing_l2_tlb *tlb2 = &t->tlb2;
    uint32_t n = tlb2->sets * tlb2->ways;

    for (unsigned which = 0; which < 2; which++) {
        struct timing_l1_tlb *tlb = &t->tlb[which];
        state_bytes(s, "tlb1.entry", tlb->entry, tlb->entries * sizeof(*tlb->entry));
        state_bytes(s, "tlb1.used", t->front[which].tlb_used, tlb->entries * sizeof(uint64_t));
        for (uint32_t i = 0; state_loading(s) && i < tlb->entries; i++)
            sane(&tlb->entry[i]);
    }
    state_bytes(s, "tlb2.entry", tlb2->entry, n * sizeof(*tlb2->entry));
    state_bytes(s, "tlb2.used", tlb2->used, n * sizeof(*tlb2->used));
    state_member(s, "tlb2.clock", &tlb2->clock, STATE_CACHE, UINT64_MAX);
    if (!state_loading(s))
        return;
    tlb2->sizes = 0;
    for (uint32_t i = 0; i < n; i++) {
        sane(&tlb2->entry[i]);
        tlb2->sizes |= tlb2->entry[i].log2 ? BIT(tlb2->entry[i].log2) : 0;
    }
}
