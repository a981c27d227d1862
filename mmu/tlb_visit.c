/* The TLBs for snapshots: a stale translation is guest-visible, so that all entries are saved, with their places. */
#include "mmu/tlb.h"

#include <stdlib.h>

#include "core/state.h"

/* Numbers of contexts are part of the tags of fast entries. The hash table and the set of ASIDs follow from the keys in
 * the order of their numbers. */
static uint64_t visit_contexts(struct state_pass *s, struct mmu_state *t)
{
    uint64_t *keys = calloc(CONTEXTS, sizeof(*keys)), count = t->context_count;

    assert(keys);
    for (unsigned i = 0; i < CONTEXT_HASH && !state_reading(s); i++)
        if (t->contexts[i].key)
            keys[t->contexts[i].number] = t->contexts[i].key;
    state_cache_value(s, "contexts", &count, CONTEXTS - 1);
    if (state_loading(s)) {
        memset(t->contexts, 0, sizeof(t->contexts));
        memset(t->asids, 0, sizeof(t->asids));
        t->context_count = 0;
    }
    for (unsigned i = 1; i <= state_times(s, (unsigned)count) && !s->failed; i++) {
        state_cache_value(s, "context", &keys[i], UINT64_MAX);
        if (state_reading(s) && (!(keys[i] & KEY_VALID) || (keys[i] >> KEY_REGIME & 3) > REGIME_EL2))
            state_refuse(s, "a translation context has no regime");
        if (state_loading(s))
            tlb_add_context(t, keys[i]);
    }
    free(keys);
    return count;
}

/* The number of a context, which must be one of them; none: 0 may be, too. */
static void visit_context_number(struct state_pass *s, const char *name, uint64_t *number, uint64_t count, bool none)
{
    state_cache_value(s, name, number, count);
    if (state_reading(s) && !*number && !none)
        state_refuse(s, "%s: there is no such translation context", name);
}

static void visit_mapping(struct state_pass *s, struct mapping *m)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct mapping, va, STATE_CACHE),           STATE_ANY(struct mapping, pa, STATE_CACHE),
        STATE_TO(struct mapping, log2, STATE_CACHE, 63),      STATE_TO(struct mapping, s1_log2, STATE_CACHE, 63),
        STATE_ANY(struct mapping, s1, STATE_CACHE),           STATE_ANY(struct mapping, s2, STATE_CACHE),
        STATE_ANY(struct mapping, attrs.attr, STATE_CACHE),   STATE_ANY(struct mapping, attrs.sh, STATE_CACHE),
        STATE_ANY(struct mapping, attrs.tagged, STATE_CACHE), STATE_ANY(struct mapping, device, STATE_CACHE),
        STATE_ANY(struct mapping, guarded, STATE_CACHE),      STATE_ANY(struct mapping, global, STATE_CACHE),
    };
    STATE_LAYOUT_OF(layout, struct mapping, fields);
    state_walk(s, &layout, m);
}

static void visit_tlb2(struct state_pass *s, struct tlb2 *t)
{
    unsigned n = t->sets * WAYS;

    if (s->mode == STATE_HASH)
        return;
    state_bytes(s, "tlb2.key", t->key, n * sizeof(*t->key));
    state_bytes(s, "tlb2.id", t->id, n * sizeof(*t->id));
    state_bytes(s, "tlb2.victim", t->victim, t->sets * sizeof(*t->victim));
    for (unsigned i = 0; i < state_times(s, n); i++)
        visit_mapping(s, &t->map[i]);
}

/* A fast entry's addend is where the host has the page: saved is the page's offset in RAM. */
static void visit_fast(struct state_pass *s, const struct cpu *cpu, struct tlb_entry *e)
{
    const struct physmem *mem = cpu->mem;
    bool used = e->read_tag != TLB_NO_TAG || e->write_tag != TLB_NO_TAG;
    uint64_t page = (used && e->read_tag != TLB_NO_TAG ? e->read_tag : e->write_tag) & ~UINT64_C(0xfff), read, write;
    uint64_t offset = used ? e->addend + page - (uintptr_t)mem->ram : 0;

    read = e->read_tag, write = e->write_tag;
    state_cache_value(s, "tlb.read_tag", &read, UINT64_MAX);
    state_cache_value(s, "tlb.write_tag", &write, UINT64_MAX);
    state_cache_value(s, "tlb.page", &offset, UINT64_MAX);
    if (!state_reading(s))
        return;
    used = read != TLB_NO_TAG || write != TLB_NO_TAG;
    if (used && (offset & 0xfff || offset >= mem->size ||
                 (read != TLB_NO_TAG && write != TLB_NO_TAG && (read ^ write) & ~UINT64_C(0xfff))))
        state_refuse(s, "a TLB entry is for no page of RAM");
    if (!state_loading(s))
        return;
    page = (read != TLB_NO_TAG ? read : write) & ~UINT64_C(0xfff);
    *e = (struct tlb_entry){ .read_tag = read, .write_tag = write };
    e->addend = used ? (uintptr_t)mem->ram + offset - page : 0;
}

void mmu_visit(struct state_pass *s, struct cpu *cpu)
{
    struct mmu_state *t = cpu->mmu;
    uint64_t current = cpu->tlb_ctx, unpriv = t->unpriv_number, generation = t->context_generation, count;

    state_bytes(s, "exclusive", t->exclusive, sizeof(t->exclusive));
    if (s->mode == STATE_HASH) /* the rest are caches */
        return;
    count = visit_contexts(s, t);
    state_cache_value(s, "context_generation", &generation, UINT32_MAX);
    visit_context_number(s, "tlb_ctx", &current, count, false);
    visit_context_number(s, "unpriv_number", &unpriv, count, true);
    uint64_t key = t->ctx_key, unpriv_for = t->unpriv_for, nofast = t->unpriv_nofast;
    state_cache_value(s, "ctx_key", &key, UINT64_MAX);
    state_cache_value(s, "unpriv_for", &unpriv_for, UINT64_MAX);
    state_cache_value(s, "unpriv_nofast", &nofast, 1);
    state_bytes(s, "large_2m", t->large_2m, sizeof(t->large_2m));
    state_bytes(s, "large_1g", t->large_1g, sizeof(t->large_1g));
    visit_tlb2(s, &t->pages);
    visit_tlb2(s, &t->blocks);
    for (unsigned i = 0; i < state_times(s, TLB_ENTRIES); i++)
        visit_fast(s, cpu, cpu->tlb_hidden ? &cpu->tlb_hidden[i] : &cpu->tlb[i]);
    if (!state_loading(s))
        return;
    cpu->tlb_ctx = current;
    t->unpriv_number = unpriv, t->unpriv_for = unpriv_for, t->unpriv_nofast = nofast;
    t->ctx_key = key;
    t->context_generation = (unsigned)generation;
}
