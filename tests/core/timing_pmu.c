/* Performance monitors on CPUs with a timing model: counts across changes of the mode, and when overflows are noticed.
 */
#include "core/timing.h"

#include "core/timing_model.h"
#include "tests/isa/run1.h"

/* A loop of five instructions: x2 counts it in memory. */
static const uint32_t loop[] = {
    0xf9400022, /* ldr x2, [x1] */
    0x91000442, /* add x2, x2, #1 */
    0xf9000022, /* str x2, [x1] */
    0x8b020063, /* add x3, x3, x2 */
    0x17fffffc, /* b loop */
};

static struct machine *m;

/* A machine of one CPU at EL2 that is about to run the loop. */
static struct cpu *start(enum timing_mode mode)
{
    if (!m)
        m = run1_new_cpu()->machine;
    m->entry = RUN1_RAM;
    machine_reset(m);
    for (unsigned i = 0; i < sizeof loop / sizeof *loop; i++)
        EXPECT(phys_write(&m->mem, NULL, RUN1_RAM + 4 * i, 4, loop[i]));
    struct cpu *cpu = m->cpus[0];
    timing_switch(cpu, mode, mode == TIMING_FAST ? NULL : timing_model_builtin("lab"));
    cpu->gpr[1] = RUN1_RAM + 0x1000;
    return cpu;
}
static void run(struct cpu *cpu, uint64_t insns)
{
    cpu->machine->opt.max_insns = cpu->machine->insns_left = insns;
    cpu->machine->stop = STOP_NONE;
    EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
}

static void write_reg(struct cpu *cpu, enum sysreg_index r, uint64_t value)
{
    uint64_t old = cpu->sysreg[r];
    cpu->sysreg[r] = value;
    pmu_written(cpu, r, old);
}
/* Counter n counts event at EL2, from value on. */
static void count(struct cpu *cpu, unsigned n, unsigned event, uint64_t value)
{
    write_reg(cpu, SR_PMEVTYPER0_EL0 + n, event | BIT(27));
    write_reg(cpu, SR_PMEVCNTR0_EL0 + n, value);
    write_reg(cpu, SR_PMCNTENSET_EL0, BIT(n));
    write_reg(cpu, SR_PMCR_EL0, 1);
}
static uint64_t counted(struct cpu *cpu, unsigned n) { return pmu_read(cpu, SR_PMEVCNTR0_EL0 + n); }

enum { L1D_CACHE = 0x04, INST_RETIRED = 0x08, CPU_CYCLES = 0x11, BR_RETIRED = 0x21 };

TEST(counters_go_on_when_the_mode_changes)
{
    struct cpu *cpu = start(TIMING_FAST);
    uint64_t cycles = cpu_cycles(cpu), last = 0;
    count(cpu, 0, INST_RETIRED, 0);
    count(cpu, 1, CPU_CYCLES, 0);
    count(cpu, 2, L1D_CACHE, 0);
    for (unsigned turn = 0; turn <= 6; turn++) {
        static const enum timing_mode modes[] = { TIMING_FAST, TIMING_OOO, TIMING_INORDER };
        enum timing_mode before = timing_mode(cpu), mode = modes[turn % 3];
        timing_switch(cpu, mode, mode == TIMING_FAST ? NULL : timing_model_builtin("lab"));
        EXPECT_EQ(counted(cpu, 0), turn * 5000);
        EXPECT_EQ(counted(cpu, 1), cpu_cycles(cpu) - cycles);
        uint64_t accesses = counted(cpu, 2) - last, wanted = before == TIMING_FAST ? 0 : 2000;
        last += accesses;
        EXPECT(accesses >= wanted - !!wanted * 2 && accesses <= wanted + !!wanted * 2);
        run(cpu, 5000); /* and nobody looks before the mode changes */
    }
    EXPECT_EQ(cpu->sysreg[SR_PMOVSSET_EL0], 0);
}

/* So many more than an overflow needs have been counted when it is noticed: no more than 16 cycles have room for, and
 * the instructions up to the next taken branch. */
TEST(overflows_are_noticed_soon)
{
    static const enum timing_mode modes[] = { TIMING_FAST, TIMING_OOO, TIMING_INORDER };
    static const unsigned events[] = { INST_RETIRED, CPU_CYCLES, L1D_CACHE, BR_RETIRED };
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < (i == TIMING_FAST ? 2 : 4); k++)
            for (uint64_t period = 1; period < 20000; period = period * 7 + 3) {
                struct cpu *cpu = start(modes[i]);
                run(cpu, 1000);
                count(cpu, 3, events[k], BIT(32) - period);
                write_reg(cpu, SR_PMINTENSET_EL1, BIT(3));
                unsigned looks = 0;
                while (!(cpu->sysreg[SR_PMOVSSET_EL0] & BIT(3)) && looks++ < 400000)
                    run(cpu, 1);
                uint64_t late = counted(cpu, 3) - BIT(32);
                if (looks >= 400000 || late > 80)
                    FAIL("mode %u event %#x period %" PRIu64 ": %" PRIu64 " too late", modes[i], events[k], period,
                         late);
                write_reg(cpu, SR_PMOVSCLR_EL0, BIT(3));
            }
}

/* What is counted does not depend on how often somebody looks. */
TEST(looking_changes_nothing)
{
    uint64_t count_of[2][2];
    for (unsigned often = 0; often < 2; often++) {
        struct cpu *cpu = start(TIMING_OOO);
        count(cpu, 0, CPU_CYCLES, 0);
        count(cpu, 1, L1D_CACHE, 0);
        for (unsigned i = 0; i < 1000; i++) {
            run(cpu, 7);
            if (often)
                counted(cpu, 0), counted(cpu, 1);
        }
        count_of[often][0] = counted(cpu, 0);
        count_of[often][1] = counted(cpu, 1);
    }
    EXPECT_EQ(count_of[0][0], count_of[1][0]);
    EXPECT_EQ(count_of[0][1], count_of[1][1]);
    EXPECT(count_of[0][0] > 1000);
}

TEST_MAIN
