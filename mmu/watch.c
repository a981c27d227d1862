/* Accesses as those who watch a machine are told of them (core/observe.h).
 *
 * What an instruction accesses is gathered here and told when the next access does not continue it, or when the
 * instruction is over: elements of an SVE vector come one by one, and what an atomic writes is known only afterwards.
 */
#include "mmu/internal.h"

#include "core/machine.h"

enum { MAX_TOLD = 2048 };

/* Of the instruction being executed; CPUs run one at a time. */
static struct {
    struct mem_access access; /* size 0: none */
    bool extends;             /* it is an SVE element's, and the next may continue it */
    uint8_t data[MAX_TOLD];
    struct {
        struct mem_access access; /* size 0: none */
        const uint8_t *host;
    } atomic; /* a write that is told when the instruction is over */
} told;

void mem_watch(struct cpu *cpu, bool on)
{
    static struct tlb_entry empty[TLB_ENTRIES];

    if (on == (cpu->tlb_hidden != NULL))
        return;
    memset(empty, 0xff, sizeof(empty)); /* TLB_NO_TAG */
    if (on)
        cpu->tlb_hidden = cpu->tlb;
    cpu->tlb = on ? empty : cpu->tlb_hidden;
    if (!on)
        cpu->tlb_hidden = NULL;
}

static void tell(struct cpu *cpu, struct mem_access *a, const void *data)
{
    a->data = data;
    OBSERVE(cpu->machine, memory, cpu, a);
    a->size = 0;
}

static void tell_gathered(struct cpu *cpu)
{
    if (told.access.size)
        tell(cpu, &told.access, told.data);
}

void mem_watch_end(struct cpu *cpu)
{
    tell_gathered(cpu);
    if (told.atomic.access.size)
        tell(cpu, &told.atomic.access, told.atomic.host);
}

static struct mem_access describe(struct cpu *cpu, uint64_t va, uint64_t pa, unsigned size, unsigned acc)
{
    return (struct mem_access){ .va = va,
                                .pa = pa,
                                .size = size,
                                .write = acc & ACC_WRITE,
                                .device = !phys_ram(cpu->mem, pa, 1),
                                .translated = mmu_context(cpu, access_el(cpu, acc))->s1 };
}

static bool continues(const struct mem_access *a)
{
    const struct mem_access *b = &told.access;
    return told.extends && b->size && a->va == b->va + b->size && a->pa == b->pa + b->size && a->write == b->write &&
           a->device == b->device && b->size + a->size <= MAX_TOLD;
}

static void gather(struct cpu *cpu, const struct mem_access *a, unsigned acc, const void *data)
{
    if (acc & ACC_SVE && continues(a)) {
        memcpy(told.data + told.access.size, data, a->size);
        told.access.size += a->size;
        return;
    }
    tell_gathered(cpu);
    told.access = *a;
    told.extends = acc & ACC_SVE;
    memcpy(told.data, data, a->size);
}

void watch_pieces(struct cpu *cpu, uint64_t va, const struct piece p[2], unsigned acc, const void *data)
{
    bool neighbours = p[1].size && p[1].pa == p[0].pa + p[0].size && !p[0].host == !p[1].host;
    struct mem_access a = describe(cpu, va, p[0].pa, p[0].size + (neighbours ? p[1].size : 0), acc);

    gather(cpu, &a, acc, data);
    if (p[1].size && !neighbours) {
        a = describe(cpu, va + p[0].size, p[1].pa, p[1].size, acc);
        gather(cpu, &a, acc, (const uint8_t *)data + p[0].size);
    }
}

static uint64_t pa_of(const struct cpu *cpu, const uint8_t *host)
{
    return (uint64_t)(host - cpu->mem->ram) + cpu->mem->base;
}

void watch_host(struct cpu *cpu, uint64_t va, const uint8_t *host, unsigned size, unsigned acc, const void *data)
{
    struct mem_access a = describe(cpu, va, pa_of(cpu, host), size, acc);
    gather(cpu, &a, acc, data);
}

void watch_atomic(struct cpu *cpu, uint64_t va, const uint8_t *host, unsigned size, unsigned acc)
{
    struct mem_access a = describe(cpu, va, pa_of(cpu, host), size, acc & ~(unsigned)ACC_WRITE);

    gather(cpu, &a, 0, host);
    a.write = true;
    told.atomic.access = a;
    told.atomic.host = host;
}

void watch_tags(struct cpu *cpu, uint64_t va, const struct piece p[2], unsigned acc, unsigned tag)
{
    uint8_t tags[MAX_TOLD] = { 0 };

    for (unsigned i = 0; i < 2 && p[i].size; i++) {
        struct mem_access a = describe(cpu, va, p[i].pa, p[i].size, acc);
        a.tags = true;
        memset(tags, (int)tag, p[i].size / 16);
        if (p[i].tagged)
            gather(cpu, &a, 0, tags);
        va += p[i].size;
    }
}
