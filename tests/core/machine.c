/* The run loop: what ends a run that gets nowhere. */
#include "tests/isa/run1.h"

enum { WFI = 0xd503207f, WFIT_X3 = 0xd5031023, NOP = 0xd503201f, B_SELF = 0x14000000 };

/* A reset machine of one CPU at EL2, MMU off, about to execute word at the start of RAM. */
static struct cpu *about_to_run(uint32_t word)
{
    static struct machine *m;

    if (!m)
        m = run1_new_cpu()->machine;
    m->entry = RUN1_RAM;
    m->opt.max_insns = m->insns_left = 500;
    machine_reset(m);
    EXPECT(phys_write(&m->mem, NULL, RUN1_RAM, 4, word));
    return m->cpus[0];
}

TEST(vectors_that_fault_take_time)
{
    struct cpu *cpu = about_to_run(0); /* UDF */

    cpu->sysreg[SR_VBAR_EL2] = 0; /* where no memory is */
    uint64_t before = cpu_time(cpu);
    EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
    EXPECT_EQ(cpu_time(cpu) - before, 500);
}

TEST(waiting_for_nothing)
{
    struct cpu *cpu = about_to_run(WFI);
    EXPECT_EQ(machine_run(cpu->machine), STOP_DEADLOCK);

    /* A counter that would overflow if it went on. */
    cpu = about_to_run(WFI);
    cpu->op = cpu->ops = &(struct op){ 0 };
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 3, 9, 12, 1), 0, BIT(31)));  /* PMCNTENSET_EL0 */
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 3, 14, 15, 7), 0, BIT(27))); /* PMCCFILTR_EL0: EL2 counts */
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 0, 9, 14, 1), 0, BIT(31)));  /* PMINTENSET_EL1 */
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 3, 9, 12, 0), 0, 1));        /* PMCR_EL0.E */
    cpu->redirect = 0;
    EXPECT_EQ(machine_run(cpu->machine), STOP_DEADLOCK);

    cpu = about_to_run(WFIT_X3);
    cpu->gpr[3] = UINT64_MAX - 5;
    EXPECT_EQ(machine_run(cpu->machine), STOP_DEADLOCK);
}

TEST(wfit_ends_at_its_count)
{
    struct cpu *cpu = about_to_run(WFIT_X3);

    EXPECT(phys_write(cpu->mem, NULL, RUN1_RAM + 4, 4, B_SELF));
    cpu->sysreg[SR_CNTVOFF_EL2] = 1000000; /* not applied in the host */
    cpu->sysreg[SR_HCR_EL2] |= HCR_E2H;
    uint64_t until = cpu->gpr[3] = cpu_time(cpu) + 40000;
    EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
    EXPECT(cpu_time(cpu) >= until && cpu_time(cpu) < until + 1000);

    cpu = about_to_run(WFIT_X3);
    uint64_t before = cpu_time(cpu);
    cpu->sysreg[SR_CNTVOFF_EL2] = 0;
    cpu->gpr[3] = before - 1; /* in the past: goes on at once */
    EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
    EXPECT_EQ(cpu_time(cpu) - before, 500);
}

TEST_MAIN
