/* What a Linux kernel has in its memory: variables, members of structures by its BTF. Read through the kernel's own
 * tables, so that it does not matter where its CPUs are: in user mode with the kernel unmapped, in a guest. */
#include "frontends/symbols_internal.h"

#include <stdlib.h>

#include "mmu/mmu.h"

enum { MAX_BTF = 64 << 20, BTF_WAIT = 50000000 /* ns of the machine before a second attempt */ };

/* ---- Tables ---- */

/* Arm ARM D8.3, stage 1 with 48-bit descriptors. */
bool tables_walk(struct kernels *ks, struct cpu *cpu, const struct kernel *k, const struct page_tables *t, uint64_t va,
                 uint64_t *to)
{
    unsigned bits = t->granule - 3u, levels = (t->va_bits - t->granule + bits - 1) / bits;
    uint64_t table = t->root, d;
    for (unsigned left = levels; left--;) {
        unsigned shift = t->granule + left * bits, top = shift + bits < t->va_bits ? shift + bits : t->va_bits;
        uint64_t index = Bits(va, top - 1, shift);
        if (kernel_read(ks, cpu, k, table + index * 8, &d, 8) != 8 || !(d & 1) || (!left && !(d & 2)))
            return false;
        table = d & (BIT(48) - BIT(t->granule));
        if (!left || !(d & 2)) {
            *to = (d & (BIT(48) - BIT(shift))) | (va & (BIT(shift) - 1));
            return true;
        }
    }
    return false;
}

static uint64_t offset_of(const struct kernel *k, const char *name)
{
    const struct table_entry *e = k->own ? table_find(k->own, name) : NULL;
    return e ? e->address - k->own->start : 0;
}

/* kimage_voffset is how far the kernel's addresses are above the physical ones of its image. */
bool kernel_first_byte(struct kernels *ks, struct cpu *cpu, const struct kernel *k, uint64_t *va)
{
    uint64_t at = offset_of(k, "kimage_voffset"), distance;
    if (!at || kernel_read(ks, cpu, k, k->base + at, &distance, 8) != 8 || !distance)
        return false;
    *va = k->base + distance;
    return *va >> 55 & 1;
}

bool kernel_symbol(struct kernels *ks, struct cpu *cpu, const struct kernel *k, const char *name, uint64_t *va)
{
    uint64_t at = offset_of(k, name);
    if (!at || !kernel_first_byte(ks, cpu, k, va))
        return false;
    *va += at;
    return true;
}

/* The configuration of the kernel is not written down anywhere: the one is right with which _stext leads to itself. */
static bool find_tables(struct kernels *ks, struct cpu *cpu, struct kernel *k, struct page_tables *t)
{
    static const uint8_t layouts[][2] = { { 12, 48 }, { 12, 39 }, { 12, 52 }, { 14, 48 }, { 14, 47 },
                                          { 14, 36 }, { 14, 52 }, { 16, 48 }, { 16, 52 }, { 16, 42 } };
    uint64_t at = offset_of(k, "swapper_pg_dir"), va, to, text = offset_of(k, "_stext");
    *t = (struct page_tables){ k->base + at, k->va_bits, k->granule };
    if (k->va_bits)
        return true;
    if (!at || !text || !kernel_first_byte(ks, cpu, k, &va))
        return false;
    for (unsigned i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        t->granule = layouts[i][0], t->va_bits = layouts[i][1];
        if (tables_walk(ks, cpu, k, t, va + text, &to) && to == k->base + text) {
            k->granule = t->granule, k->va_bits = t->va_bits;
            return true;
        }
    }
    return false;
}

bool kernel_translate(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, uint64_t va, uint64_t *to)
{
    struct page_tables t;
    if (!(va >> 55 & 1))
        return false;
    if (find_tables(ks, cpu, k, &t))
        return tables_walk(ks, cpu, k, &t, va, to);
    return el != EL0 && mem_debug_stage1(cpu, va, el, to);
}

bool kernel_load(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, uint64_t va, void *data,
                 size_t size)
{
    uint64_t to;
    for (size_t done = 0, n; done < size; done += n) {
        n = 0x1000 - (size_t)((va + done) & 0xfff);
        n = n < size - done ? n : size - done;
        if (!kernel_translate(ks, cpu, k, el, va + done, &to) ||
            kernel_read(ks, cpu, k, to, (uint8_t *)data + done, n) != n)
            return false;
    }
    return true;
}

/* ---- Types ---- */

/* Between its symbols, or in a kernel without CONFIG_KALLSYMS_ALL where its header is: magic, version 1, no flags, a
 * header of 24 bytes, types at once behind it, and the strings behind them. */
static uint64_t find_btf(struct kernels *ks, struct cpu *cpu, const struct kernel *k, uint64_t *size)
{
    static const uint8_t magic[12] = { 0x9f, 0xeb, 1, 0, 24 };
    uint64_t start = offset_of(k, "__start_BTF"), end = offset_of(k, "__stop_BTF");
    uint8_t page[0x1000 + 24];
    uint32_t h[6];
    *size = end - start;
    if (start && end > start)
        return start;
    for (uint64_t at = 0; at < k->size; at += 0x1000) {
        if (kernel_read(ks, cpu, k, k->base + at, page, sizeof page) < 24)
            continue;
        for (unsigned i = 0; i < 0x1000; i += 4) {
            memcpy(h, page + i, sizeof h);
            if (!memcmp(page + i, magic, sizeof magic) && h[3] && h[4] == h[3] && h[5]) {
                *size = 24 + (uint64_t)h[4] + h[5];
                return at + i;
            }
        }
    }
    return 0;
}

/* NULL: it has none, or that is not in memory yet. */
static const struct btf *kernel_btf(struct kernels *ks, struct cpu *cpu, struct kernel *k)
{
    struct kernel_marks *m = k->own ? k->own->marks : NULL;
    uint64_t size;
    if (!m || m->btf || (m->btf_next && ks->m->now < m->btf_next))
        return m ? m->btf : NULL;
    m->btf_next = ks->m->now + BTF_WAIT;
    uint64_t at = find_btf(ks, cpu, k, &size);
    uint8_t *data = at && size <= MAX_BTF && size <= k->size ? malloc(size) : NULL;
    if (data && kernel_read(ks, cpu, k, k->base + at, data, size) == size)
        m->btf = btf_open(data, size);
    else
        free(data);
    return m->btf;
}

bool kernel_member(struct kernels *ks, struct cpu *cpu, struct kernel *k, const char *structure, const char *member,
                   uint32_t *offset, uint32_t *size)
{
    const struct btf *btf = kernel_btf(ks, cpu, k);
    if (!btf)
        return false;
    unsigned i = 0;
    struct btf_answer *asked = k->own->marks->asked;
    while (i < MEMBERS && asked[i].structure && (asked[i].structure != structure || asked[i].member != member))
        i++;
    if (i < MEMBERS && asked[i].structure) {
        *offset = asked[i].offset, *size = asked[i].size;
        return *size;
    }
    bool known = btf_member(btf, structure, member, offset, size);
    if (i < MEMBERS)
        asked[i] = (struct btf_answer){ structure, member, *offset, known ? *size : 0 };
    return known && *size;
}

bool kernel_load_member(struct kernels *ks, struct cpu *cpu, struct kernel *k, unsigned el, uint64_t va,
                        const char *structure, const char *member, uint64_t *value)
{
    uint32_t offset, size;
    *value = 0;
    return kernel_member(ks, cpu, k, structure, member, &offset, &size) && (size == 4 || size == 8) &&
           kernel_load(ks, cpu, k, el, va + offset, value, size);
}

/* ---- Per-CPU variables ---- */

enum { MAX_LOGICAL = 4096 };

/* The kernel numbers CPUs as it has found them: __cpu_logical_map has their affinities. */
bool kernel_per_cpu(struct kernels *ks, struct cpu *cpu, struct kernel *k, const char *name, uint64_t *va)
{
    const uint64_t affinity = UINT64_C(0xff00ffffff);
    uint64_t map = offset_of(k, "__cpu_logical_map"), offsets = offset_of(k, "__per_cpu_offset"), id, offset;
    if (!map || !offsets || k->guest || !kernel_symbol(ks, cpu, k, name, va))
        return false;
    for (unsigned i = 0; i < MAX_LOGICAL; i++) {
        if (kernel_read(ks, cpu, k, k->base + map + i * 8, &id, 8) != 8 || id == UINT64_MAX)
            return false;
        if (id != (cpu->mpidr & affinity))
            continue;
        if (kernel_read(ks, cpu, k, k->base + offsets + i * 8, &offset, 8) != 8)
            return false;
        *va += offset;
        return true;
    }
    return false;
}
