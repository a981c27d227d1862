/* Table walks of the timing models. Which descriptors are read says the MMU itself; each is a load that looks up L1D,
 * as on Arm's cores from Cortex-A76 on, one after the other. The walker remembers table descriptors of stage 1 (and
 * then needs nothing above them, nor stage 2 for it), those of stage 2, and what IPAs were translated to. */
#include <stdlib.h>

#include "core/state.h"
#include "core/timing_parts.h"
#include "mmu/mmu.h"

/* Beside a VMID, in keys of stage 2. */
#define KEY_LEAF BIT(63)

bool walk_cache_create(struct timing_walk_cache *w, uint64_t entries)
{
    w->entries = (unsigned)entries;
    w->entry = calloc(entries ? entries : 1, sizeof(*w->entry));
    return w->entry;
}

static struct timing_walk_entry *remembered(struct timing_walk_cache *w, uint64_t input, uint64_t log2, uint64_t key)
{
    for (unsigned i = 0; i < w->entries; i++)
        if (w->entry[i].log2 == log2 && w->entry[i].key == key && (w->entry[i].input ^ input) >> log2 == 0)
            return &w->entry[i];
    return NULL;
}

static void remember(struct timing_walk_cache *w, uint64_t input, uint64_t log2, uint64_t key)
{
    struct timing_walk_entry *e = remembered(w, input, log2, key);

    if (!w->entries)
        return;
    for (unsigned i = 0; !e && i < w->entries; i++)
        if (!w->entry[i].log2)
            e = &w->entry[i];
    if (!e) {
        e = w->entry;
        for (unsigned i = 1; i < w->entries; i++)
            if (w->entry[i].used < e->used)
                e = &w->entry[i];
    }
    *e = (struct timing_walk_entry){ .input = input >> log2 << log2, .key = key, .log2 = log2, .used = ++w->clock };
}

/* Is it remembered? Then it has been used. */
static bool recall(struct timing_walk_cache *w, uint64_t input, uint64_t log2, uint64_t key)
{
    struct timing_walk_entry *e = remembered(w, input, log2, key);

    if (e)
        e->used = ++w->clock;
    return e;
}

/* ---- Walks ---- */

/* A walk under way. */
struct walking {
    struct timing_memory *t;
    const struct walk_description *d;
    uint64_t key, vmid, started, cycles;
    unsigned leaf; /* the last step of stage 1 */
    bool found;
};

static void read_descriptor(struct walking *w, const struct walk_step *step)
{
    struct timing_memory *t = w->t;
    uint64_t cycles;

    t->count[TE_WALK_ACCESS]++;
    t->walk_lines++;
    t->front[TIMING_DATA].accesses++;
    w->cycles += timing_parameter(t, TP_WALK_STEP);
    l1_data(t, step->pa, L1_WALK, w->started + w->cycles, &cycles);
    w->cycles += t->hit + cycles;
}

/* The translation of an IPA by stage 2: steps [first, end). */
static void stage2_steps(struct walking *w, unsigned first, unsigned end)
{
    struct timing_walk_cache *cache = &w->t->walk[WALK_STAGE2];
    const struct walk_step *step = w->d->step;
    bool whole = end < w->d->steps || w->found; /* the last one is a leaf, and not invalid */
    unsigned from = first;

    for (unsigned i = end; i-- > first;) {
        bool leaf = i == end - 1;
        if ((!leaf || whole) && recall(cache, step[i].input, step[i].log2, w->vmid | (leaf ? KEY_LEAF : 0))) {
            from = i + 1;
            break;
        }
    }
    for (unsigned i = from; i < end; i++) {
        bool leaf = i == end - 1;
        read_descriptor(w, &step[i]);
        if (!leaf || whole)
            remember(cache, step[i].input, step[i].log2, w->vmid | (leaf ? KEY_LEAF : 0));
    }
}

/* Behind the lowest table descriptor of stage 1 that is remembered. */
static unsigned first_step(struct walking *w)
{
    const struct walk_step *step = w->d->step;

    for (unsigned i = w->d->steps; i-- > 0;)
        if (step[i].stage == 1 && i != w->leaf && recall(&w->t->walk[WALK_STAGE1], step[i].input, step[i].log2, w->key))
            return i + 1;
    return 0;
}

static void walk_steps(struct walking *w)
{
    const struct walk_step *step = w->d->step;

    for (unsigned i = w->d->steps; i-- > 0 && w->leaf == MAX_WALK_STEPS;)
        if (step[i].stage == 1)
            w->leaf = i;
    for (unsigned i = first_step(w), end; i < w->d->steps; i = end) {
        end = i + 1;
        if (step[i].stage == 1) {
            read_descriptor(w, &step[i]);
            if (i != w->leaf)
                remember(&w->t->walk[WALK_STAGE1], step[i].input, step[i].log2, w->key);
            continue;
        }
        while (end < w->d->steps && step[end].stage == 2 && step[end].for_descriptor == step[i].for_descriptor)
            end++;
        stage2_steps(w, i, end);
    }
}

uint64_t timing_walk(struct timing_memory *t, uint64_t va, uint64_t key, bool fetch, uint64_t now, uint32_t *log2,
                     uint32_t *global)
{
    struct walk_description d;
    struct walking w = {
        .t = t, .d = &d, .key = key, .vmid = key & 0xffff0000, .started = now, .leaf = MAX_WALK_STEPS
    };

    w.found = mem_debug_walk(t->cpu, va, fetch, &d);
    *log2 = 12;
    *global = 0;
    if (w.found) {
        unsigned size = (unsigned)__builtin_ctzll(d.result.block_size);
        *log2 = size < 12 ? 12 : size;
        *global = d.result.global;
    }
    walk_steps(&w);
    return w.cycles;
}

/* ---- Maintenance and state ---- */

static void forget(struct timing_walk_entry *e) { *e = (struct timing_walk_entry){ 0 }; }

static bool overlaps(const struct timing_walk_entry *e, uint64_t first, uint64_t last)
{
    return (e->input | (BIT(e->log2) - 1)) >= first && e->input <= last;
}

/* Table descriptors of stage 1 go unless only the last level is meant; by address those of every ASID. */
static void forget_stage1(struct timing_walk_cache *w, const struct tlbi_match *q)
{
    struct tlbi_match any = *q;

    any.any_asid = q->any_asid || q->range;
    for (unsigned i = 0; i < w->entries; i++) {
        struct timing_walk_entry *e = &w->entry[i];
        if (e->log2 && tlbi_names(&any, e->key, false) && (!q->range || overlaps(e, q->first, q->last)))
            forget(e);
    }
}

static void forget_stage2(struct timing_walk_cache *w, const struct tlbi *i, const struct tlbi_match *q)
{
    uint64_t length = i->length ? i->length : 0x1000;
    bool by_ipa = i->scope == TLBI_IPAS2;

    for (unsigned n = 0; n < w->entries; n++) {
        struct timing_walk_entry *e = &w->entry[n];
        if (!e->log2 || (!q->any_vmid && (uint16_t)(e->key >> 16) != q->vmid))
            continue;
        if (!by_ipa || (overlaps(e, i->start, i->start + length - 1) && (!i->last_level || e->key & KEY_LEAF)))
            forget(e);
    }
}

void walk_cache_tlbi(struct timing_memory *t, const struct tlbi *i, const struct tlbi_match *q)
{
    if (!i->last_level || i->scope == TLBI_IPAS2)
        forget_stage1(&t->walk[WALK_STAGE1], q);
    if (i->regime == EL1 && (i->scope == TLBI_ALL || i->scope == TLBI_VMALLS12 || i->scope == TLBI_IPAS2))
        forget_stage2(&t->walk[WALK_STAGE2], i, q);
}

void walk_cache_visit(struct state_pass *s, struct timing_walk_cache *w)
{
    state_bytes(s, "walk.entry", w->entry, w->entries * sizeof(*w->entry));
    state_member(s, "walk.clock", &w->clock, STATE_CACHE, UINT64_MAX);
    for (unsigned i = 0; state_loading(s) && i < w->entries; i++)
        if (w->entry[i].log2 < 12 || w->entry[i].log2 > 56)
            forget(&w->entry[i]);
}
