/* PEs for the tests of the interrupt controller, timers, PMU and debug registers: enough of a machine that register
 * hooks can be called directly, without an engine. */
#ifndef SVEMU_TESTS_SYSREGS_PE_H
#define SVEMU_TESTS_SYSREGS_PE_H

#include "core/exception.h"
#include "core/machine.h"
#include "sysregs/sysregs.h"
#include "tests/harness.h"

enum { TEST_RAM_BASE = 0x40000000, TEST_RAM_SIZE = 0x1000000 };

static bool no_mmio_read(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    (void)bus, (void)cpu, (void)pa, (void)size, (void)value;
    return false;
}
static bool no_mmio_write(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t value)
{
    (void)bus, (void)cpu, (void)pa, (void)size, (void)value;
    return false;
}

/* count PEs at EL2 with every feature, MPIDR as the board gives them (16 to a cluster), reset. */
static inline struct machine *test_machine(unsigned count)
{
    static struct cpu_class cls;
    struct machine *m = calloc(1, sizeof *m);
    memset(cls.features, 0xff, sizeof cls.features);
    m->cpu_count = count;
    m->cpus = calloc(count, sizeof *m->cpus);
    m->mem = (struct physmem){ .ram = calloc(1, TEST_RAM_SIZE),
                               .base = TEST_RAM_BASE,
                               .size = TEST_RAM_SIZE,
                               .page_flags = calloc(1, TEST_RAM_SIZE >> 12),
                               .mmio_read = no_mmio_read,
                               .mmio_write = no_mmio_write };
    for (unsigned i = 0; i < count; i++) {
        struct cpu *cpu = aligned_alloc(64, (sizeof *cpu + 63) & ~(size_t)63);
        memset(cpu, 0, sizeof *cpu);
        m->cpus[i] = cpu;
        cpu->machine = m;
        cpu->mem = &m->mem;
        cpu->cls = &cls;
        cpu->index = i;
        cpu->mpidr = (i / 16) << 8 | i % 16;
        cpu->clock_hz = 1000000000;
        cpu->power = POWER_ON;
        cpu->pstate = (struct pstate){ .EL = EL2, .SP = 1 };
        EXPECT(gic_create(cpu) && generic_timer_create(cpu) && pmu_create(cpu) && debug_create(cpu));
        gic_reset(cpu);
        timer_reset(cpu);
        pmu_reset(cpu);
        debug_reset(cpu);
    }
    return m;
}

static inline void test_machine_free(struct machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct cpu *cpu = m->cpus[i];
        free(cpu->gic), free(cpu->timer), free(cpu->pmu), free(cpu->debug), free(cpu);
    }
    free(m->gic), free(m->mem.ram), free(m->mem.page_flags), free(m->heap), free(m->cpus), free(m);
}

/* A write as access.c does it, without traps and masks. */
#define WRITE(FILE, CPU, R, VALUE)        \
    do {                                  \
        uint64_t old_ = (CPU)->sysreg[R]; \
        (CPU)->sysreg[R] = (VALUE);       \
        FILE##_written(CPU, R, old_);     \
    } while (0)

/* Time passes: run the events up to and including ns. */
static inline void test_time(struct machine *m, uint64_t ns)
{
    while (m->heap_count && m->heap[1]->when <= ns) {
        struct event *e = m->heap[1];
        event_cancel(m, e);
        m->now = e->when > m->now ? e->when : m->now;
        e->fn(e->arg, m->now);
    }
    m->now = ns;
    for (unsigned i = 0; i < m->cpu_count; i++)
        m->cpus[i]->time_ns = ns, m->cpus[i]->time_cycles = m->cpus[i]->icount;
}

#endif
