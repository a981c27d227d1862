/* A small machine whose CPUs count, for the tests of snapshots and checkpoints. */
#ifndef SVEMU_TESTS_CORE_TWO_CPUS_H
#define SVEMU_TESTS_CORE_TWO_CPUS_H

#include "core/state.h"
#include "devices/device.h"
#include "tests/harness.h"

enum { RAM = 0x40000000, RAM_SIZE = 4 << 20 };

/* What each CPU does: counts in a page of its own. */
static const uint32_t loop[] = {
    0xd2a80201, /* mov x1, #0x40100000 */
    0xd53800a0, /* mrs x0, mpidr_el1 */
    0x92401c00, /* and x0, x0, #0xff */
    0x8b003021, /* add x1, x1, x0, lsl #12 */
    0xf9400022, /* 1: ldr x2, [x1] */
    0x91000442, /* add x2, x2, #1 */
    0xf9000022, /* str x2, [x1] */
    0x8b020063, /* add x3, x3, x2 */
    0xb4000042, /* cbz x2, 2f */
    0x17fffffb, /* b 1b */
    0xd503207f, /* 2: wfi */
};

static inline struct machine *new_machine(unsigned smp, uint64_t memory)
{
    struct machine_options opt = {
        .smp = smp, .memory = memory, .quantum_ns = 1000, .code_cache = 1 << 20, .max_insns = 20000
    };
    struct cpu_config config[4];
    memset(config, 0, sizeof config);
    for (unsigned i = 0; i < smp; i++) {
        feature_defaults("lab", &config[i]);
        config[i].mpidr = BIT(31) | i;
        config[i].clock_hz = 1000000000;
        config[i].vq_set = i ? 3 : 1;
    }
    struct machine *m = machine_create(&opt, config);
    if (!m || !board_create(m))
        exit(1);
    board_reset(m);
    if (!phys_copy_in(&m->mem, RAM, loop, sizeof loop))
        exit(1);
    m->entry = RAM;
    machine_reset(m);
    for (unsigned i = 0; i < smp; i++)
        cpu_set_power(m->cpus[i], POWER_ON);
    return m;
}

static inline void drop_machine(void *arg)
{
    struct machine *m = arg;
    board_free(m);
    machine_free(m);
}

static inline struct machine *machine(void)
{
    struct machine *m = new_machine(2, RAM_SIZE);
    free_after_test(drop_machine, m);
    return m;
}

/* Run on for so many instructions. */
static inline void run(struct machine *m, uint64_t insns)
{
    m->opt.max_insns = m->insns_left = insns;
    EXPECT_EQ(machine_run(m), STOP_MAX_INSNS);
}

#endif
