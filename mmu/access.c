/* Memory accesses behind the fast path. Arm ARM B2.2 (atomicity), B2.5 (alignment), B2.12 (exclusives); pseudocode
 * AArch64.MemSingle, AArch64.UnalignedAccessFaults.
 *
 * An access is translated wholly, page by page, before anything is read or written. Choices where the architecture
 * leaves one: exclusives and atomics to what is not RAM give the fault for unsupported ones (0x35); the exclusive
 * monitors pass only for the address and size of the load, and only if memory still holds what was loaded; the order of
 * a Store-Exclusive's checks is faults first. */
#include "mmu/internal.h"

bool (*mmu_watchpoint)(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc);

enum { MAX_BLOCK = 2048 };

static uint64_t current_sctlr(const struct cpu *cpu) { return SCTLR(cpu); }

static bool BigEndian(const struct cpu *cpu)
{
    return bit(current_sctlr(cpu), cpu->pstate.EL == EL0 ? SCTLR_E0E : SCTLR_EE);
}

static bool all_in_16(uint64_t va, unsigned size) { return (va & 15) + size <= 16; }

/* AArch64.UnalignedAccessFaults() for an access that is not aligned. */
static bool UnalignedAccessFaults(const struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    uint64_t sctlr = current_sctlr(cpu);
    bool lse2 = HaveFeat(cpu, FEAT_LSE2);

    if (bit(sctlr, SCTLR_A))
        return true;
    if (acc & (ACC_EXCLUSIVE | ACC_ATOMIC))
        return !lse2 || !all_in_16(va, size);
    if (acc & ACC_ORDERED)
        return !lse2 || (!bit(sctlr, SCTLR_nAA) && !all_in_16(va, size));
    return false;
}

static void take(struct cpu *cpu, uint64_t va, const struct fault *f, unsigned acc)
{
    if (!(acc & (ACC_NOFAULT | ACC_DEBUG)))
        AArch64_Abort(cpu, va, f, acc);
}

static bool external_abort(struct cpu *cpu, uint64_t va, unsigned acc)
{
    struct fault f = simple_fault(va, FAULT_EXTERNAL, acc);
    take(cpu, va, &f, acc);
    return false;
}

/* Translate [va, va + size), which lies in one page. */
static bool resolve(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, bool aligned, struct piece *p)
{
    unsigned el = access_el(cpu, acc);
    struct fault f;
    const struct mapping *m = mmu_translate(cpu, va, el, acc, aligned && !(acc & ACC_ZERO), &f);

    if (!m) {
        take(cpu, va, &f, acc);
        return false;
    }
    if (acc & ACC_NOFAULT && m->device)
        return false; /* MemSingleNF: never speculate into a device */
    p->pa = m->pa | (va & (BIT(m->log2) - 1));
    p->size = size;
    p->host = phys_ram(cpu->mem, p->pa, size);
    p->tagged = m->attrs.tagged && p->host && cpu->mem->tags;
    p->checked = unlikely(p->tagged) && !(acc & (ACC_CACHE_OP | ACC_DEBUG | ACC_ZERO | ACC_UNTAGGED)) &&
                 tag_checked(mmu_context(cpu, el), va);
    if (p->host && !(acc & (ACC_CACHE_OP | ACC_DEBUG)))
        tlb_fill_fast(cpu, va, el, m);
    return true;
}

bool mmu_resolve(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, bool aligned, struct piece p[2])
{
    unsigned first = 0x1000 - (unsigned)(va & 0xfff);

    p[1].size = 0;
    p[1].checked = false;
    if (size <= first) {
        if (!resolve(cpu, va, size, acc, aligned, &p[0]))
            return false;
    } else if (!resolve(cpu, va, first, acc, aligned, &p[0]) ||
               !resolve(cpu, va + first, size - first, acc, aligned, &p[1])) {
        return false;
    }
    /* Watchpoints come after all MMU faults, and Tag Checks after watchpoints. */
    if (cpu->wp_active && mmu_watchpoint && !(acc & (ACC_CACHE_OP | ACC_DEBUG)) && mmu_watchpoint(cpu, va, size, acc))
        return false;
    return likely(!(p[0].checked | p[1].checked)) || tags_match(cpu, va, acc, p);
}

/* Alignment check, then translation. */
static bool prepare(struct cpu *cpu, uint64_t va, unsigned size, unsigned align, unsigned acc, struct piece p[2])
{
    bool aligned = !(va & (align - 1));

    if (!aligned && UnalignedAccessFaults(cpu, va, size, acc)) {
        struct fault f = simple_fault(va, FAULT_ALIGNMENT, acc);
        take(cpu, va, &f, acc);
        return false;
    }
    return mmu_resolve(cpu, va, size, acc, aligned, p);
}

/* ---- Moving the bytes ---- */

/* The largest naturally aligned power of two, up to esize and 8, at pa within what is left. */
static unsigned device_step(uint64_t pa, unsigned left, unsigned esize)
{
    unsigned step = esize < 8 ? esize : 8;
    while (step > left || pa & (step - 1))
        step >>= 1;
    return step;
}

static bool piece_read(struct cpu *cpu, const struct piece *p, unsigned esize, uint8_t *data)
{
    uint64_t v;

    if (p->host) {
        memcpy(data, p->host, p->size);
        return true;
    }
    for (unsigned i = 0, n; i < p->size; i += n) {
        n = device_step(p->pa + i, p->size - i, esize);
        if (!phys_read(cpu->mem, cpu, p->pa + i, n, &v))
            return false;
        memcpy(data + i, &v, n);
    }
    return true;
}

static bool piece_write(struct cpu *cpu, const struct piece *p, unsigned esize, const uint8_t *data)
{
    if (p->host) {
        phys_about_to_write(cpu->mem, p->pa);
        memcpy(p->host, data, p->size);
        return true;
    }
    for (unsigned i = 0, n; i < p->size; i += n) {
        uint64_t v = 0;
        n = device_step(p->pa + i, p->size - i, esize);
        memcpy(&v, data + i, n);
        if (!phys_write(cpu->mem, cpu, p->pa + i, n, v))
            return false;
    }
    return true;
}

static bool pieces_read(struct cpu *cpu, uint64_t va, const struct piece p[2], unsigned esize, unsigned acc, void *data)
{
    uint8_t *d = data;

    if (!piece_read(cpu, &p[0], esize, d))
        return external_abort(cpu, va, acc);
    if (p[1].size && !piece_read(cpu, &p[1], esize, d + p[0].size))
        return external_abort(cpu, va + p[0].size, acc);
    return true;
}

static bool pieces_write(struct cpu *cpu, uint64_t va, const struct piece p[2], unsigned esize, unsigned acc,
                         const void *data)
{
    const uint8_t *d = data;

    if (!piece_write(cpu, &p[0], esize, d))
        return external_abort(cpu, va, acc);
    if (p[1].size && !piece_write(cpu, &p[1], esize, d + p[0].size))
        return external_abort(cpu, va + p[0].size, acc);
    return true;
}

static uint64_t swap_value(uint64_t v, unsigned size) { return __builtin_bswap64(v) >> (64 - 8 * size); }

static void swap_elements(uint8_t *d, unsigned size, unsigned esize)
{
    for (unsigned e = 0; e + esize <= size; e += esize)
        for (unsigned i = 0; i < esize / 2; i++) {
            uint8_t b = d[e + i];
            d[e + i] = d[e + esize - 1 - i];
            d[e + esize - 1 - i] = b;
        }
}

/* ---- Single accesses ---- */

/* What the inline test would have found if accesses were not watched. */
static uint8_t *inline_hit(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    const struct tlb_entry *e = tlb_first(cpu, va);
    return tlb_hit(cpu, acc & ACC_WRITE ? e->write_tag : e->read_tag, va, size) ? tlb_host(e, va) : NULL;
}

/* A fast entry that the inline test did not look at: LDTR's and STTR's, ordered and other flagged accesses that are
 * aligned. Contexts that need a check on each access have no fast entries. */
static uint8_t *fast(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    const struct tlb_entry *e = tlb_first(cpu, va);
    uint64_t ctx = cpu->tlb_ctx;

    if (unlikely(cpu->tlb_hidden) && !(acc & ~(ACC_WRITE | ACC_NONTEMPORAL | ACC_SVE)))
        return inline_hit(cpu, va, size, acc);
    if (acc & (ACC_CACHE_OP | ACC_ZERO) || va & (size - 1))
        return NULL;
    if (acc & ACC_UNPRIV && access_el(cpu, acc) != cpu->pstate.EL) {
        ctx = tlb_unpriv_ctx(cpu);
        if (ctx == UINT64_MAX)
            return NULL;
    }
    uint64_t tag = (va & ~UINT64_C(0xfff)) | ctx;
    return (acc & ACC_WRITE ? e->write_tag : e->read_tag) == tag ? tlb_host(e, va) : NULL;
}

bool mem_read_slow(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, uint64_t *data)
{
    struct piece p[2];
    uint8_t *host = fast(cpu, va, size, acc);
    uint64_t v = 0;

    if (host) {
        memcpy(&v, host, size);
        *data = v;
        if (unlikely(cpu->tlb_hidden))
            watch_host(cpu, va, host, size, acc, &v);
        return true;
    }
    if (!prepare(cpu, va, size, size, acc, p) || !pieces_read(cpu, va, p, size, acc, &v))
        return false;
    if (unlikely(cpu->tlb_hidden))
        watch_pieces(cpu, va, p, acc, &v);
    *data = BigEndian(cpu) ? swap_value(v, size) : v;
    return true;
}

bool mem_write_slow(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, uint64_t data)
{
    struct piece p[2];
    uint8_t *host;

    acc |= ACC_WRITE;
    host = fast(cpu, va, size, acc);
    if (host) {
        memcpy(host, &data, size);
        if (unlikely(cpu->tlb_hidden))
            watch_host(cpu, va, host, size, acc, &data);
        return true;
    }
    if (!prepare(cpu, va, size, size, acc, p))
        return false;
    if (BigEndian(cpu))
        data = swap_value(data, size);
    if (unlikely(cpu->tlb_hidden))
        watch_pieces(cpu, va, p, acc, &data);
    return pieces_write(cpu, va, p, size, acc, &data);
}

/* ---- Blocks ---- */

/* With a fast entry, and nothing to check or swap, for a block within a page. */
static uint8_t *fast_block(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    if (acc & ~(ACC_WRITE | ACC_NONTEMPORAL | ACC_SVE | ACC_STACK | ACC_NOFAULT))
        return NULL;
    return inline_hit(cpu, va, size, acc);
}

bool Mem_read_block(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned align, unsigned acc,
                    void *data)
{
    struct piece p[2];
    const uint8_t *host = fast_block(cpu, va, size, acc);

    assert(size <= MAX_BLOCK);
    if (host) {
        memcpy(data, host, size);
        if (unlikely(cpu->tlb_hidden))
            watch_host(cpu, va, host, size, acc, data);
        return true;
    }
    if (!prepare(cpu, va, size, align, acc, p) || !pieces_read(cpu, va, p, esize, acc, data))
        return false;
    if (unlikely(cpu->tlb_hidden))
        watch_pieces(cpu, va, p, acc, data);
    if (BigEndian(cpu))
        swap_elements(data, size, esize);
    return true;
}

bool Mem_write_block(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned align, unsigned acc,
                     const void *data)
{
    struct piece p[2];
    uint8_t swapped[MAX_BLOCK], *host;

    assert(size <= MAX_BLOCK);
    acc |= ACC_WRITE;
    host = fast_block(cpu, va, size, acc);
    if (host) {
        memcpy(host, data, size);
        if (unlikely(cpu->tlb_hidden))
            watch_host(cpu, va, host, size, acc, data);
        return true;
    }
    if (!prepare(cpu, va, size, align, acc, p))
        return false;
    if (BigEndian(cpu)) {
        memcpy(swapped, data, size);
        swap_elements(swapped, size, esize);
        data = swapped;
    }
    if (unlikely(cpu->tlb_hidden))
        watch_pieces(cpu, va, p, acc, data);
    return pieces_write(cpu, va, p, esize, acc, data);
}

bool mem_probe(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    struct piece p[2];
    /* An SVE element is aligned or not; maintenance operations never are. */
    return acc & ACC_SVE ? prepare(cpu, va, size, size, acc, p) : mmu_resolve(cpu, va, size, acc, true, p);
}

/* ---- Atomics and exclusives ---- */

/* Host address of an access that must be single-copy atomic: RAM, in one page. */
static uint8_t *atomic_host(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    struct piece p[2];
    uint8_t *host = fast(cpu, va, size, acc);

    if (host)
        return host;
    if (!prepare(cpu, va, size, size, acc, p))
        return NULL;
    if (!p[0].host || p[1].size) {
        struct fault f = simple_fault(va, FAULT_EXCLUSIVE, acc);
        take(cpu, va, &f, acc);
        return NULL;
    }
    if (acc & ACC_WRITE)
        phys_about_to_write(cpu->mem, p[0].pa);
    return p[0].host;
}

void *mem_atomic(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    uint8_t *host = atomic_host(cpu, va, size, acc | ACC_WRITE | ACC_ATOMIC);

    if (host && unlikely(cpu->tlb_hidden))
        watch_atomic(cpu, va, host, size, acc);
    return host;
}

bool mem_read_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned acc, void *data)
{
    uint8_t *host = atomic_host(cpu, va, size, acc | ACC_EXCLUSIVE);

    cpu->excl.valid = false;
    if (!host)
        return false;
    memcpy(data, host, size);
    cpu->excl.valid = true;
    cpu->excl.pa = (uint64_t)(host - cpu->mem->ram) + cpu->mem->base;
    cpu->excl.size = size;
    cpu->excl.va = va;
    mmu_remember_exclusive(cpu, data, size);
    if (unlikely(cpu->tlb_hidden))
        watch_host(cpu, va, host, size, acc, data);
    if (BigEndian(cpu))
        swap_elements(data, size, esize);
    return true;
}

bool mem_write_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned acc, const void *data,
                         bool *failed)
{
    uint8_t *host = atomic_host(cpu, va, size, acc | ACC_EXCLUSIVE | ACC_WRITE);

    if (!host)
        return false;
    uint64_t pa = (uint64_t)(host - cpu->mem->ram) + cpu->mem->base;
    *failed =
        !cpu->excl.valid || cpu->excl.pa != pa || cpu->excl.size != size || !mmu_exclusive_unchanged(cpu, host, size);
    cpu->excl.valid = false;
    if (*failed)
        return true;
    memcpy(host, data, size);
    if (BigEndian(cpu))
        swap_elements(host, size, esize);
    if (unlikely(cpu->tlb_hidden))
        watch_host(cpu, va, host, size, acc | ACC_WRITE, host);
    return true;
}

/* ---- Fetch ---- */

bool mem_fetch_page(struct cpu *cpu, uint64_t va, uint64_t *pa, bool *guarded)
{
    struct fault f;
    const struct mapping *m = mmu_translate(cpu, va, cpu->pstate.EL, ACC_FETCH, true, &f);

    if (!m) {
        AArch64_Abort(cpu, va, &f, ACC_FETCH);
        return false;
    }
    *pa = (m->pa | (va & (BIT(m->log2) - 1))) & ~UINT64_C(0xfff);
    *guarded = m->guarded;
    return phys_ram(cpu->mem, *pa, 0x1000) ? true : external_abort(cpu, va, ACC_FETCH);
}

void translation_of(const struct walk *w, struct translation *t)
{
    const struct mapping *m = &w->map;

    t->pa = m->pa | (w->va & (BIT(m->log2) - 1));
    t->block_size = BIT(m->log2);
    t->attr = m->attrs.attr;
    t->sh = m->attrs.sh;
    t->guarded = m->guarded;
    t->global = m->global;
    t->device = m->device;
}

struct translation AArch64_TranslateAddress(struct cpu *cpu, uint64_t va, unsigned el, unsigned acc, unsigned size)
{
    struct walk w = {
        .cpu = cpu, .va = va, .acc = acc, .ctx = context_for(cpu, el), .aligned = !size || !(va & (size - 1))
    };
    struct translation t = { 0 };
    bool ok = AArch64_FullTranslate(&w);

    t.fault = w.fault;
    if (ok)
        translation_of(&w, &t);
    return t;
}
