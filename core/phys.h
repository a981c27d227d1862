/* Physical memory as the CPU and DMA see it: one block of RAM, everything else is MMIO behind two function pointers
 * that the board sets. */
#ifndef SVEMU_CORE_PHYS_H
#define SVEMU_CORE_PHYS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct cpu;

/* Per 4 KiB page of RAM. */
enum {
    PAGE_HAS_CODE = 1,   /* decoded ops exist: no fast write entry, writes go through phys_about_to_write */
    PAGE_FAST_WRITE = 2, /* some CPU may have a fast write entry (mmu/tlb.c) */
};

struct physmem {
    uint8_t *ram;        /* host address of guest RAM; mmap'ed NORESERVE and zero */
    uint64_t base, size; /* guest physical range, 64 KiB aligned */
    uint8_t *page_flags; /* one byte per 4 KiB page of RAM */
    uint8_t *tags;       /* FEAT_MTE2: an Allocation Tag per 16 bytes of RAM, two to a byte, the lower address in bits
                            3:0; NULL when no CPU has the feature */
    void *bus;           /* argument of the two functions below: the board */
    /* Device access of 1, 2, 4 or 8 bytes, naturally aligned; cpu may be NULL for the debugger. false: nothing there
     * (external abort). */
    bool (*mmio_read)(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t *value);
    bool (*mmio_write)(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t value);
    void *code; /* argument of code_written: the machine */
    /* Called before a write to a page with PAGE_HAS_CODE set, by every writer (CPU stores, DMA, table walks,
     * debugger): drops its decoded ops, clears the flag. */
    void (*code_written)(void *code, uint64_t pa);
};

/* Host address of size bytes at pa if they are wholly in RAM, else NULL. For reading only. */
static inline uint8_t *phys_ram(const struct physmem *m, uint64_t pa, uint64_t size)
{
    uint64_t off = pa - m->base;
    return off < m->size && size <= m->size - off ? m->ram + off : NULL;
}
/* The physical address of a host address within RAM. */
static inline uint64_t phys_of(const struct physmem *m, const void *host)
{
    return (uint64_t)((const uint8_t *)host - m->ram) + m->base;
}

/* Tell the engine that RAM at pa (within one 4 KiB page) is about to be written. */
static inline void phys_about_to_write(struct physmem *m, uint64_t pa)
{
    if (m->page_flags[(pa - m->base) >> 12] & PAGE_HAS_CODE)
        m->code_written(m->code, pa);
}

/* The Allocation Tag of the 16 bytes at pa, which is in RAM; mem->tags is not NULL. */
static inline unsigned phys_tag(const struct physmem *m, uint64_t pa)
{
    uint64_t granule = (pa - m->base) >> 4;
    return m->tags[granule >> 1] >> (granule & 1) * 4 & 15;
}
static inline void phys_set_tag(struct physmem *m, uint64_t pa, unsigned tag)
{
    uint64_t granule = (pa - m->base) >> 4;
    unsigned shift = (granule & 1) * 4;
    m->tags[granule >> 1] = (uint8_t)((m->tags[granule >> 1] & ~(15u << shift)) | tag << shift);
}

/* Little-endian read and write of 1, 2, 4 or 8 naturally aligned bytes at a physical address, RAM or device. false:
 * external abort. */
static inline bool phys_read(struct physmem *m, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    const uint8_t *p = phys_ram(m, pa, size);
    if (!p)
        return m->mmio_read(m->bus, cpu, pa, size, value);
    *value = 0;
    memcpy(value, p, size);
    return true;
}
static inline bool phys_write(struct physmem *m, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t value)
{
    uint8_t *p = phys_ram(m, pa, size);
    if (!p)
        return m->mmio_write(m->bus, cpu, pa, size, value);
    phys_about_to_write(m, pa);
    memcpy(p, &value, size);
    return true;
}

/* DMA and loader: copy len bytes, possibly over many pages, RAM only. false: part of it is not RAM; nothing copied. */
bool phys_copy_in(struct physmem *m, uint64_t pa, const void *src, uint64_t len);
bool phys_copy_out(const struct physmem *m, uint64_t pa, void *dst, uint64_t len);

#endif
