/* The software TLBs of one CPU. Arm ARM D8.16 (translation lookaside buffers).
 *
 * First level: cpu->tlb, direct-mapped fast entries that handlers compare inline (core/cpu.h). Their tag holds a
 * context number that stands for everything that changes what an address means without a TLBI: regime, EL0 or not, PAN,
 * MMU enables, ASID, VMID. Switching between contexts costs one look-up of that number. Second level: here,
 * set-associative, the combined result of both stages for 4 KiB pages and for 2 MiB chunks of larger blocks, with ASID,
 * VMID and the permissions of all ELs; it refills the first level without a walk. Entries whose access flag or dirty
 * state is not set yet do not permit the access that would set it, so that it walks.
 *
 * TLBI by VA drops one slot and one set, unless an entry there may come from a stage 1 mapping larger than 4 KiB, all
 * of which must go: regions with such entries are remembered in two small bitmaps. */
#include "mmu/tlb.h"

#include <stdlib.h>

#include "core/machine.h"
#include "core/stats.h"
#include "core/timing_memory.h"
#include "core/trace.h"

/* ---- Contexts ---- */

static bool big_endian(uint64_t sctlr, unsigned el) { return bit(sctlr, el == EL0 ? SCTLR_E0E : SCTLR_EE); }

static uint16_t asid_of(uint64_t tcr, uint64_t ttbr0, uint64_t ttbr1)
{
    uint64_t ttbr = bit(tcr, 22) ? ttbr1 : ttbr0;                     /* A1 */
    return (uint16_t)(bit(tcr, 36) ? ttbr >> 48 : ttbr >> 48 & 0xff); /* AS */
}

uint16_t mmu_vmid(const struct cpu *cpu)
{
    uint64_t vttbr = cpu->sysreg[SR_VTTBR_EL2];
    bool vs = HaveFeat(cpu, FEAT_VMID16) && bit(cpu->sysreg[SR_VTCR_EL2], 19);
    return (uint16_t)(vs ? vttbr >> 48 : vttbr >> 48 & 0xff);
}

/* FEAT_MTE2: the ranges whose Tagged memory is Tag Checked by accesses at el, and TCR_ELx.TCMA. Where a mismatch has no
 * effect (SCTLR_ELx.TCF) nothing need be checked. */
static uint64_t tag_check_key(const struct cpu *cpu, unsigned el, enum regime regime, uint64_t tcr)
{
    bool both = HasUnprivileged(regime);
    uint64_t tbi = both ? tcr >> 37 & 3 : bit(tcr, 20) * 3u, tcma = both ? tcr >> 57 & 3 : bit(tcr, 30) * 3u;

    if (cpu->pstate.TCO || !AArch64_EffectiveTCF(cpu, el) || !AArch64_AllocationTagAccessIsEnabled(cpu, el))
        return 0;
    return tbi << KEY_TAG_CHECKS | tcma << KEY_TCMA;
}

/* Everything that changes what an address means at once: the fields of struct context packed. Never 0. */
static uint64_t context_key(const struct cpu *cpu, unsigned el, enum regime regime, bool pan)
{
    const uint64_t *r = cpu->sysreg;
    bool el1 = regime == REGIME_EL10;
    uint64_t sctlr = r[el1 ? SR_SCTLR_EL1 : SR_SCTLR_EL2], tcr = r[el1 ? SR_TCR_EL1 : SR_TCR_EL2];
    bool s1 = bit(sctlr, SCTLR_M);
    uint64_t key = KEY_VALID | (uint64_t)regime << KEY_REGIME | bit_to(sctlr, SCTLR_WXN, KEY_WXN);

    if (bit(sctlr, SCTLR_A) || big_endian(sctlr, el))
        key |= BIT(KEY_NOFAST);
    if (el == EL0)
        key |= BIT(KEY_EL0);
    if (unlikely(HaveFeat(cpu, FEAT_MTE2)))
        key |= tag_check_key(cpu, el, regime, tcr);
    if (regime == REGIME_EL2) {
        key |= (tcr >> 20 & 1) * (BIT(KEY_TBI) | BIT(KEY_TBI + 1));
        return key | (uint64_t)s1 << KEY_S1;
    }
    key |= (tcr >> 37 & 3) << KEY_TBI;
    if (HaveFeat(cpu, FEAT_PAN3))
        key |= bit_to(sctlr, SCTLR_EPAN, KEY_EPAN);
    if (el1) {
        uint64_t hcr = effective_hcr(cpu);
        s1 = s1 && !(hcr & (HCR_DC | HCR_TGE));
        key |= bit_to(hcr, 12, KEY_DC) | bit_to(hcr, HCR_BIT_DCT, KEY_DCT) |
               (uint64_t) !!(hcr & (HCR_VM | HCR_DC)) << KEY_S2;
        key |= (uint64_t)mmu_vmid(cpu) << (KEY_ID + 16) | (uint64_t)asid_of(tcr, r[SR_TTBR0_EL1], r[SR_TTBR1_EL1])
                                                              << KEY_ID;
    } else {
        key |= (uint64_t)asid_of(tcr, r[SR_TTBR0_EL2], r[SR_TTBR1_EL2]) << KEY_ID;
    }
    return key | (uint64_t)s1 << KEY_S1 | (uint64_t)(pan && s1 && el != EL0) << KEY_PAN;
}

static struct context unpack(uint64_t key)
{
    return (struct context){ .regime = (enum regime)(key >> KEY_REGIME & 3),
                             .el0 = bit(key, KEY_EL0),
                             .s1 = bit(key, KEY_S1),
                             .s2 = bit(key, KEY_S2),
                             .dc = bit(key, KEY_DC),
                             .dct = bit(key, KEY_DCT),
                             .wxn = bit(key, KEY_WXN),
                             .epan = bit(key, KEY_EPAN),
                             .pan = bit(key, KEY_PAN),
                             .nofast = bit(key, KEY_NOFAST),
                             .tbi = { bit(key, KEY_TBI), bit(key, KEY_TBI + 1) },
                             .tag_checks = { bit(key, KEY_TAG_CHECKS), bit(key, KEY_TAG_CHECKS + 1) },
                             .tcma = { bit(key, KEY_TCMA), bit(key, KEY_TCMA + 1) },
                             .asid = (uint16_t)(key >> KEY_ID),
                             .vmid = (uint16_t)(key >> (KEY_ID + 16)),
                             .id = (uint32_t)(key >> KEY_ID),
                             .flags = key & (BIT(KEY_ENTRY_BITS) - 1) };
}

struct context context_for_at(const struct cpu *cpu, unsigned el, enum regime regime, bool pan)
{
    return unpack(context_key(cpu, el, regime, pan && cpu->pstate.PAN));
}

struct context context_for(const struct cpu *cpu, unsigned el)
{
    return context_for_at(cpu, el, TranslationRegime(cpu, el), true);
}

static void drop_all(struct cpu *cpu);

/* Start numbering afresh: nothing of the old contexts may be left in either level. */
static void forget_contexts(struct cpu *cpu)
{
    struct mmu_state *s = cpu->mmu;

    drop_all(cpu);
    memset(s->contexts, 0, sizeof(s->contexts));
    memset(s->asids, 0, sizeof(s->asids));
    s->context_count = 0;
    s->context_generation++;
    s->unpriv_for = 0;
    timing_contexts_renumbered(cpu);
}

/* Where a key's slot is looked for first: 13 bits. */
static unsigned first_slot(uint64_t key) { return (unsigned)(key * UINT64_C(0x9e3779b97f4a7c15) >> 51); }

/* Give the next number to key, in a free slot. */
static void put_context(struct mmu_state *s, unsigned slot, uint64_t key)
{
    s->contexts[slot] = (struct context_slot){ .key = key, .number = ++s->context_count };
    struct context *c = &s->context[s->context_count];
    *c = unpack(key);
    s->asids[c->asid / 64] |= BIT(c->asid % 64);
}

void tlb_add_context(struct mmu_state *s, uint64_t key)
{
    unsigned slot = first_slot(key);

    while (s->contexts[slot].key)
        slot = (slot + 1) & (CONTEXT_HASH - 1);
    put_context(s, slot, key);
}

static uint64_t context_number(struct cpu *cpu, uint64_t key)
{
    struct mmu_state *s = cpu->mmu;
    unsigned i = first_slot(key);

    for (;; i = (i + 1) & (CONTEXT_HASH - 1)) {
        if (s->contexts[i].key == key)
            return s->contexts[i].number;
        if (!s->contexts[i].key)
            break;
    }
    if (s->context_count == CONTEXTS - 1) {
        forget_contexts(cpu);
        return context_number(cpu, key);
    }
    put_context(s, i, key);
    return s->context_count;
}

void mmu_context_changed(struct cpu *cpu)
{
    struct mmu_state *s = cpu->mmu;
    unsigned el = cpu->pstate.EL;
    uint64_t key = context_key(cpu, el, TranslationRegime(cpu, el), cpu->pstate.PAN);

    s->unpriv_for = 0;
    if (key == s->ctx_key)
        return;
    s->ctx_key = key;
    cpu->tlb_ctx = context_number(cpu, key);
}

unsigned access_el(const struct cpu *cpu, unsigned acc)
{
    unsigned el = cpu->pstate.EL;

    if (!(acc & ACC_UNPRIV) || el == EL0 || (HaveFeat(cpu, FEAT_UAO) && cpu->pstate.UAO))
        return el;
    return el == EL1 || ELIsInHost(cpu, EL0) ? EL0 : el;
}

static void prepare_unpriv(struct cpu *cpu)
{
    struct mmu_state *s = cpu->mmu;
    unsigned generation = s->context_generation;

    if (s->unpriv_for == s->ctx_key)
        return;
    s->unpriv_number = context_number(cpu, context_key(cpu, EL0, TranslationRegime(cpu, EL0), false));
    if (generation != s->context_generation)
        cpu->tlb_ctx = context_number(cpu, s->ctx_key);
    /* Data endianness is that of the current EL, so both must be without checks. */
    s->unpriv_nofast = s->context[s->unpriv_number].nofast || s->context[cpu->tlb_ctx].nofast;
    s->unpriv_for = s->ctx_key;
}

uint64_t tlb_unpriv_ctx(struct cpu *cpu)
{
    struct mmu_state *s = cpu->mmu;

    prepare_unpriv(cpu);
    return s->unpriv_nofast ? UINT64_MAX : s->unpriv_number;
}

const struct context *mmu_context(struct cpu *cpu, unsigned el)
{
    if (el == cpu->pstate.EL)
        return &cpu->mmu->context[cpu->tlb_ctx];
    prepare_unpriv(cpu);
    return &cpu->mmu->context[cpu->mmu->unpriv_number];
}

/* ---- Second level ---- */

static unsigned set_of(const struct tlb2 *t, uint64_t va, enum regime regime, unsigned vmid)
{
    uint64_t n = va >> t->log2;
    return (unsigned)(n ^ n >> 10 ^ n >> 20 ^ regime * 0x55 ^ vmid * 0x2b) & (t->sets - 1);
}

static struct mapping *find(const struct tlb2 *t, uint64_t va, const struct context *c)
{
    uint64_t key = (va & ~(BIT(t->log2) - 1)) | c->flags;
    unsigned first = set_of(t, va, c->regime, c->vmid) * WAYS;

    for (unsigned i = first; i < first + WAYS; i++)
        if (t->key[i] == key && (t->id[i] == c->id || (t->id[i] >> 16 == c->vmid && t->map[i].global)))
            return &t->map[i];
    return NULL;
}

/* A set of regions: exact but for collisions, which make a slot mean any region that falls on it. */
static unsigned region_slot(uint64_t n) { return (unsigned)(n * UINT64_C(0x9e3779b97f4a7c15) >> 54) & (REGIONS - 1); }
static void region_add(uint64_t *set, uint64_t n)
{
    uint64_t *slot = &set[region_slot(n)];
    *slot = *slot == REGION_NONE || *slot == n ? n : REGION_ANY;
}
static bool region_has(const uint64_t *set, uint64_t n)
{
    uint64_t slot = set[region_slot(n)];
    return slot == n || slot == REGION_ANY;
}

static void mark_large(struct mmu_state *s, const struct mapping *m)
{
    if (m->s1_log2 > CHUNK)
        region_add(s->large_1g, m->va >> GIGA);
    else if (m->s1_log2 > 12)
        region_add(s->large_2m, m->va >> CHUNK);
}

static struct mapping *insert(struct mmu_state *s, uint64_t va, const struct context *c, const struct mapping *m)
{
    struct tlb2 *t = m->log2 >= CHUNK ? &s->blocks : &s->pages;
    uint64_t base = va & ~(BIT(t->log2) - 1), key = base | c->flags;
    unsigned first = set_of(t, va, c->regime, c->vmid) * WAYS, way = WAYS;

    for (unsigned i = 0; i < WAYS && way == WAYS; i++)
        if (t->key[first + i] == key && (t->map[first + i].global || t->id[first + i] == c->id) &&
            t->id[first + i] >> 16 == c->vmid)
            way = i;
    for (unsigned i = 0; i < WAYS && way == WAYS; i++)
        if (!t->key[first + i])
            way = i;
    if (way == WAYS)
        way = t->victim[first / WAYS]++ & (WAYS - 1);
    t->key[first + way] = key;
    t->id[first + way] = c->id;
    struct mapping *e = &t->map[first + way];
    *e = *m;
    e->log2 = (uint8_t)t->log2;
    e->va = base;
    e->pa = m->pa + (base - m->va);
    mark_large(s, e);
    return e;
}

enum { MAY_READ = 1, MAY_WRITE = 2 };

/* What data accesses of a context a mapping permits: s1_allows and s2_allows for plain loads and stores. */
static unsigned data_permissions(const struct context *c, const struct mapping *m)
{
    unsigned may = c->el0 ? m->s1 / P_UR & 3 : m->s1 & 3;

    if (c->pan && (m->s1 & (P_UR | P_UW) || (c->epan && m->s1 & P_UX)))
        return 0;
    return may & m->s2;
}
_Static_assert((int)P_PR == MAY_READ && (int)P_PW == MAY_WRITE && P_UW == P_UR << 1 && (int)S2_R == MAY_READ &&
                   (int)S2_W == MAY_WRITE,
               "permissions are combined by masks");

static bool permits(const struct context *c, const struct mapping *m, unsigned acc)
{
    struct s2_access a = { .fetch = acc & ACC_FETCH, .cache_op = true, .write = acc & ACC_WRITE, .el0 = c->el0 };
    bool write;

    if (likely(!(acc & (ACC_FETCH | ACC_CACHE_OP | ACC_DEBUG)))) {
        unsigned need = !(acc & ACC_WRITE) ? MAY_READ : acc & ACC_ATOMIC ? MAY_READ | MAY_WRITE : MAY_WRITE;
        return (data_permissions(c, m) & need) == need;
    }
    return acc & ACC_DEBUG || (s1_allows(m->s1, c->el0, c->pan, c->epan, acc, &write) && s2_allows(m->s2, &a, &write));
}

const struct mapping *mmu_translate(struct cpu *cpu, uint64_t va, unsigned el, unsigned acc, bool aligned,
                                    struct fault *fault)
{
    struct mmu_state *s = cpu->mmu;
    const struct context *c = mmu_context(cpu, el);
    uint64_t page = strip_tag(cpu, c, va, acc & ACC_FETCH);
    struct mapping *m = find(&s->pages, page, c);

    if (!m)
        m = find(&s->blocks, page, c);
    if (likely(m && permits(c, m, acc) && (aligned || !m->device))) {
        if (likely(!(acc & ACC_DEBUG)))
            count_event(cpu, COUNT_L2_HIT);
        return m;
    }
    if (!(acc & ACC_DEBUG))
        count_event(cpu, COUNT_L2_MISS);
    struct walk w = { .cpu = cpu, .va = va, .acc = acc, .ctx = *c, .aligned = aligned };
    if (!AArch64_FullTranslate(&w)) {
        *fault = w.fault;
        return NULL;
    }
    if (acc & ACC_DEBUG) {
        s->scratch = w.map;
        return &s->scratch;
    }
    TRACE(TRACE_TLB, cpu, "va %#llx -> pa %#llx, %u bits (stage 1: %u), permissions %#x/%#x, attributes %#x%s",
          (unsigned long long)w.map.va, (unsigned long long)w.map.pa, w.map.log2, w.map.s1_log2, w.map.s1, w.map.s2,
          w.map.attrs.attr, w.map.global ? ", global" : "");
    return insert(s, page, c, &w.map);
}

bool mmu_peek(struct cpu *cpu, const struct context *c, uint64_t va, struct mapping *m, struct fault *fault)
{
    uint64_t page = strip_tag(cpu, c, va, false);
    const struct mapping *known = find(&cpu->mmu->pages, page, c);
    struct walk w = { .cpu = cpu, .va = va, .acc = ACC_DEBUG, .ctx = *c, .aligned = true };

    if (!known)
        known = find(&cpu->mmu->blocks, page, c);
    if (!known && AArch64_FullTranslate(&w))
        known = &w.map;
    if (known)
        *m = *known;
    else
        *fault = w.fault;
    return known;
}

/* ---- First level ---- */

void tlb_fill_fast(struct cpu *cpu, uint64_t va, unsigned el, const struct mapping *m)
{
    const struct context *c = mmu_context(cpu, el);
    struct physmem *mem = cpu->mem;

    if (c->nofast || (el != cpu->pstate.EL && cpu->mmu->unpriv_nofast) || m->device || cpu->wp_active ||
        (m->attrs.tagged && tag_checked(c, va)))
        return;
    uint64_t pa = (m->pa | (va & (BIT(m->log2) - 1))) & ~UINT64_C(0xfff);
    uint8_t *host = phys_ram(mem, pa, 0x1000);
    if (!host)
        return;
    uint64_t page = va & ~UINT64_C(0xfff);
    uint64_t tag = page | (el == cpu->pstate.EL ? cpu->tlb_ctx : cpu->mmu->unpriv_number);
    uint8_t *flags = &mem->page_flags[(pa - mem->base) >> 12];
    struct tlb_entry *e = tlb_first(cpu, va);
    unsigned may = data_permissions(c, m);

    e->read_tag = may & MAY_READ ? tag : TLB_NO_TAG;
    e->write_tag = TLB_NO_TAG;
    if (may == (MAY_READ | MAY_WRITE) && !(*flags & PAGE_HAS_CODE)) { /* atomics look at this tag alone */
        e->write_tag = tag;
        *flags |= PAGE_FAST_WRITE;
    }
    e->addend = (uintptr_t)host - page;
}

void tlb_flush_fast(struct cpu *cpu)
{
    memset(tlb_first(cpu, 0), 0xff, TLB_ENTRIES * sizeof(*cpu->tlb));
    for (unsigned i = 0; i < FETCH_TLB_ENTRIES; i++)
        cpu->fetch_tlb[i].tag = cpu->fetch_tlb[i].translated = TLB_NO_TAG;
}

void tlb_write_protect(struct machine *m, uint64_t pa)
{
    struct physmem *mem = &m->mem;
    uint8_t *host = phys_ram(mem, pa & ~UINT64_C(0xfff), 0x1000);

    if (!host)
        return;
    uint8_t *flags = &mem->page_flags[(pa - mem->base) >> 12];
    if (!(*flags & PAGE_FAST_WRITE))
        return;
    *flags &= (uint8_t)~PAGE_FAST_WRITE;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct tlb_entry *e = tlb_first(m->cpus[i], 0);
        for (unsigned n = 0; n < TLB_ENTRIES; n++)
            if (e[n].write_tag != TLB_NO_TAG && e[n].addend + (e[n].write_tag & ~UINT64_C(0xfff)) == (uintptr_t)host)
                e[n].write_tag = TLB_NO_TAG;
    }
}

/* ---- Maintenance ---- */

bool tlbi_names(const struct tlbi_match *q, uint64_t context_key, bool global)
{
    if (!(q->regimes >> (context_key >> (32 + KEY_REGIME) & 3) & 1) ||
        (!q->any_vmid && (uint16_t)(context_key >> 16) != q->vmid))
        return false;
    if (!q->any_asid && !(global ? q->globals : (uint16_t)context_key == q->asid))
        return false;
    return !q->s2_only || bit(context_key, 32 + KEY_S2);
}

uint64_t mmu_context_key(const struct cpu *cpu, uint64_t ctx)
{
    const struct context *c = &cpu->mmu->context[ctx];
    return c->flags << 32 | c->id | (c->s1 || c->s2 ? 0 : CONTEXT_UNTRANSLATED);
}

static bool matches(const struct tlbi_match *q, uint64_t key, uint32_t id, const struct mapping *m)
{
    uint64_t mask = BIT(m->s1_log2) - 1;

    if (!tlbi_names(q, key << 32 | id, m->global))
        return false;
    return !q->range || ((m->va | mask) >= q->first && (m->va & ~mask) <= q->last);
}

/* Drop what matches from one class; remember regions of what stays large if the sets are to be rebuilt. */
static void scan_class(struct mmu_state *s, struct tlb2 *t, const struct tlbi_match *q, bool rebuild)
{
    for (unsigned i = 0; i < t->sets * WAYS; i++) {
        if (!t->key[i])
            continue;
        if (matches(q, t->key[i], t->id[i], &t->map[i]))
            t->key[i] = 0;
        else if (rebuild)
            mark_large(s, &t->map[i]);
    }
}

/* Drop what matches from the second level and everything from the first; then the sets can start afresh. */
static void scan(struct cpu *cpu, const struct tlbi_match *q)
{
    struct mmu_state *s = cpu->mmu;
    bool rebuild = q->any_asid || q->range; /* not for every process that ends: it reads all of the mappings */

    if (rebuild) {
        memset(s->large_2m, 0xff, sizeof(s->large_2m));
        memset(s->large_1g, 0xff, sizeof(s->large_1g));
    }
    scan_class(s, &s->pages, q, rebuild);
    scan_class(s, &s->blocks, q, rebuild);
    tlb_flush_fast(cpu);
}

static void drop_all(struct cpu *cpu)
{
    struct mmu_state *s = cpu->mmu;

    memset(s->pages.key, 0, s->pages.sets * WAYS * sizeof(*s->pages.key));
    memset(s->blocks.key, 0, s->blocks.sets * WAYS * sizeof(*s->blocks.key));
    memset(s->large_2m, 0xff, sizeof(s->large_2m));
    memset(s->large_1g, 0xff, sizeof(s->large_1g));
    tlb_flush_fast(cpu);
}

static void drop_page(struct cpu *cpu, const struct tlbi_match *of, uint64_t va)
{
    struct mmu_state *s = cpu->mmu;
    struct tlb2 *t = &s->pages;
    struct tlb_entry *e = tlb_first(cpu, va);
    struct fetch_entry *f = &cpu->fetch_tlb[va >> 12 & (FETCH_TLB_ENTRIES - 1)];
    struct tlbi_match page = *of, *q = &page;

    q->first = va & ~UINT64_C(0xfff);
    q->last = va | 0xfff;
    if (region_has(s->large_2m, va >> CHUNK) || region_has(s->large_1g, va >> GIGA)) {
        scan(cpu, q);
        return;
    }
    e->read_tag = e->write_tag = TLB_NO_TAG;
    f->tag = f->translated = TLB_NO_TAG;
    for (unsigned r = REGIME_EL10; r <= REGIME_EL2; r++) {
        if (!(q->regimes >> r & 1))
            continue;
        unsigned first = set_of(t, va, r, r == REGIME_EL10 ? q->vmid : 0) * WAYS;
        for (unsigned i = first; i < first + WAYS; i++)
            if (t->key[i] && matches(q, t->key[i], t->id[i], &t->map[i]))
                t->key[i] = 0;
    }
}

static void drop_range(struct cpu *cpu, const struct tlbi_match *q)
{
    uint64_t length = q->last - q->first; /* less one */

    if (length >= MAX_PAGEWISE_TLBI * 0x1000 || q->any_vmid) {
        scan(cpu, q);
        return;
    }
    for (uint64_t n = 0; n <= length; n += 0x1000)
        drop_page(cpu, q, q->first + n);
}

static void drop_asid(struct cpu *cpu, const struct tlbi_match *q)
{
    const struct mmu_state *s = cpu->mmu;

    /* Only an ASID used since the numbering started can have entries. */
    if (s->asids[q->asid / 64] >> (q->asid % 64) & 1)
        scan(cpu, q);
}

static void set_range(struct tlbi_match *q, const struct tlbi *t)
{
    uint64_t length = t->length ? t->length : 0x1000;

    q->range = true;
    q->first = (uint64_t)((int64_t)(t->start << 8) >> 8) & ~UINT64_C(0xfff);
    q->last = q->first + length - 1 < q->first ? UINT64_MAX : q->first + length - 1;
}

struct tlbi_match tlbi_match(const struct cpu *cpu, const struct tlbi *t)
{
    bool el1 = t->regime == EL1;
    struct tlbi_match q = { .regimes = 1u << (el1        ? REGIME_EL10
                                              : E2H(cpu) ? REGIME_EL20
                                                         : REGIME_EL2),
                            .vmid = el1 ? t->vmid : 0,
                            .any_vmid = el1 && t->all_vmids,
                            .any_asid = true,
                            .globals = true,
                            .asid = t->asid };

    switch ((enum tlbi_scope)t->scope) {
    case TLBI_ALL:
        q.regimes = el1 ? 1u << REGIME_EL10 : 1u << REGIME_EL20 | 1u << REGIME_EL2;
        q.any_vmid = true;
        break;
    case TLBI_VMALL:
    case TLBI_VMALLS12: break;
    case TLBI_ASID: q.any_asid = q.globals = false; break;
    case TLBI_VA:
        q.any_asid = q.regimes == 1u << REGIME_EL2; /* no ASIDs there */
        set_range(&q, t);
        break;
    case TLBI_VAA: set_range(&q, t); break;
    case TLBI_IPAS2: q.s2_only = true; break; /* entries do not remember their IPA: all of this VMID go */
    }
    return q;
}

void tlb_invalidate(struct cpu *cpu, const struct tlbi *t)
{
    struct tlbi_match q = tlbi_match(cpu, t);

    TRACE(TRACE_TLB, cpu, "TLBI scope %u regime EL%u vmid %u asid %u start %#llx length %#llx", t->scope, t->regime,
          t->vmid, t->asid, (unsigned long long)t->start, (unsigned long long)t->length);
    timing_tlbi(cpu, t);
    if (q.range)
        drop_range(cpu, &q);
    else if (t->scope == TLBI_ASID)
        drop_asid(cpu, &q);
    else
        scan(cpu, &q);
}

/* ---- For people ---- */

/* s1: three bits from P_PR or P_UR on, s2 the same of S2_x. */
static void permission_text(unsigned s1, unsigned s2, bool x, char text[4])
{
    text[0] = s1 & 1 && s2 & S2_R ? 'r' : '-';
    text[1] = s1 & 2 && s2 & S2_W ? 'w' : '-';
    text[2] = s1 & 4 && x ? 'x' : '-';
    text[3] = 0;
}

static struct tlb_entry_view view(const struct tlb2 *t, unsigned i)
{
    static const char *const regimes[] = { "EL1&0", "EL2&0", "EL2" };
    const struct mapping *m = &t->map[i];
    struct tlb_entry_view e = { .va = m->va,
                                .pa = m->pa,
                                .size = BIT(m->log2),
                                .regime = regimes[t->key[i] >> KEY_REGIME & 3],
                                .vmid = (uint16_t)(t->id[i] >> 16),
                                .asid = (uint16_t)t->id[i],
                                .global = m->global,
                                .stage2 = bit(t->key[i], KEY_S2),
                                .guarded = m->guarded,
                                .device = m->device };
    permission_text(m->s1, m->s2, m->s2 & S2_PX, e.privileged);
    permission_text(m->s1 / P_UR, m->s2, m->s2 & S2_UX, e.unprivileged);
    return e;
}

void tlb_each(const struct cpu *cpu, void (*each)(void *arg, const struct tlb_entry_view *e), void *arg)
{
    const struct tlb2 *levels[] = { &cpu->mmu->pages, &cpu->mmu->blocks };

    for (unsigned n = 0; n < 2; n++)
        for (unsigned i = 0; i < levels[n]->sets * WAYS; i++)
            if (levels[n]->key[i]) {
                struct tlb_entry_view e = view(levels[n], i);
                each(arg, &e);
            }
}

/* ---- Exclusives ---- */

void mmu_remember_exclusive(struct cpu *cpu, const void *data, unsigned size)
{
    memcpy(cpu->mmu->exclusive, data, size <= 16 ? size : 16);
}

bool mmu_exclusive_unchanged(const struct cpu *cpu, const void *host, unsigned size)
{
    return !memcmp(cpu->mmu->exclusive, host, size <= 16 ? size : 16);
}

/* ---- Life ---- */

static bool tlb2_create(struct tlb2 *t, unsigned sets, unsigned log2)
{
    t->sets = sets;
    t->log2 = log2;
    t->key = calloc(sets * WAYS, sizeof(*t->key));
    t->id = calloc(sets * WAYS, sizeof(*t->id));
    t->map = calloc(sets * WAYS, sizeof(*t->map));
    t->victim = calloc(sets, sizeof(*t->victim));
    return t->key && t->id && t->map && t->victim;
}

bool mmu_create(struct cpu *cpu)
{
    cpu->tlb = aligned_alloc(64, TLB_ENTRIES * sizeof(*cpu->tlb));
    cpu->fetch_tlb = aligned_alloc(64, FETCH_TLB_ENTRIES * sizeof(*cpu->fetch_tlb));
    cpu->mmu = calloc(1, sizeof(*cpu->mmu));
    if (!cpu->tlb || !cpu->fetch_tlb || !cpu->mmu || !tlb2_create(&cpu->mmu->pages, PAGE_SETS, 12) ||
        !tlb2_create(&cpu->mmu->blocks, BLOCK_SETS, CHUNK))
        return false;
    memset(cpu->fetch_tlb, 0, FETCH_TLB_ENTRIES * sizeof(*cpu->fetch_tlb));
    mmu_reset(cpu);
    return true;
}

static void tlb2_free(struct tlb2 *t)
{
    free(t->key);
    free(t->id);
    free(t->map);
    free(t->victim);
}

void mmu_free(struct cpu *cpu)
{
    mem_watch(cpu, false);
    if (cpu->mmu) {
        tlb2_free(&cpu->mmu->pages);
        tlb2_free(&cpu->mmu->blocks);
    }
    free(cpu->mmu);
    free(cpu->tlb);
    free(cpu->fetch_tlb);
}

void mmu_reset(struct cpu *cpu)
{
    struct mmu_state *s = cpu->mmu;

    forget_contexts(cpu);
    s->ctx_key = 0;
    mmu_context_changed(cpu);
}
