/* Guest RAM: one anonymous mapping that the host fills with zero pages as the guest touches them. */
#include "devices/device.h"

#include "core/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>

static void *map(uint64_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    /* NORESERVE: the guest may be given more than the host has, as long as it does not touch it. */
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Allocation Tags are memory only where software can reach them. */
static bool have_tags(const struct machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++)
        if (HaveFeat(m->cpus[i], FEAT_MTE2))
            return true;
    return false;
}

bool ram_create(struct machine *m, uint64_t base, uint64_t size)
{
    struct physmem *mem = &m->mem;
    mem->ram = map(size);
    mem->page_flags = mem->ram ? map((size >> 12) + 1) : NULL;
    if (mem->page_flags && have_tags(m))
        mem->tags = map((size >> 5) + 1);
    if (!mem->page_flags || (have_tags(m) && !mem->tags)) {
        snprintf(m->error, sizeof m->error, "the host has no memory for --memory %" PRIu64 "M", size >> 20);
        if (mem->page_flags)
            munmap(mem->page_flags, (size >> 12) + 1);
        if (mem->ram)
            munmap(mem->ram, size);
        mem->ram = mem->page_flags = NULL;
        return false;
    }
    mem->base = base;
    mem->size = size;
    return true;
}

void ram_free(struct machine *m)
{
    if (!m->mem.ram)
        return;
    checkpoints_stop(m);
    munmap(m->mem.ram, m->mem.size);
    munmap(m->mem.page_flags, (m->mem.size >> 12) + 1);
    if (m->mem.tags)
        munmap(m->mem.tags, (m->mem.size >> 5) + 1);
    m->mem.ram = m->mem.page_flags = m->mem.tags = NULL;
}

bool phys_copy_in(struct physmem *m, uint64_t pa, const void *src, uint64_t len)
{
    uint8_t *to = phys_ram(m, pa, len);
    if (!to)
        return false;
    for (uint64_t page = pa & ~UINT64_C(0xfff); len && page <= pa + len - 1; page += 0x1000)
        phys_about_to_write(m, page);
    memcpy(to, src, len);
    return true;
}

bool phys_copy_out(const struct physmem *m, uint64_t pa, void *dst, uint64_t len)
{
    const uint8_t *from = phys_ram(m, pa, len);
    if (from)
        memcpy(dst, from, len);
    return from;
}
