/* Performance monitors: counting by EL, overflow, chains, access controls. */
#include "tests/sysregs/pe.h"

static bool line;
static void record(struct cpu *cpu, unsigned intid, bool level)
{
    (void)cpu;
    if (intid == 23)
        line = level;
}

static struct machine *setup(struct cpu **cpu)
{
    struct machine *m = test_machine(1);
    line = false;
    ppi_set = record;
    *cpu = m->cpus[0];
    (*cpu)->pstate.EL = EL1;
    return m;
}
static void write_reg(struct cpu *cpu, enum sysreg_index r, uint64_t v) { WRITE(pmu, cpu, r, v); }
static uint64_t read_reg(struct cpu *cpu, enum sysreg_index r) { return pmu_read(cpu, r); }

/* The PE executes n instructions of 1 ns each; events that fall due run where the engine would stop for them. */
static void run(struct machine *m, struct cpu *cpu, uint64_t n)
{
    while (n) {
        uint64_t step = n;
        if (m->heap_count && m->heap[1]->when - cpu_time(cpu) < step)
            step = m->heap[1]->when - cpu_time(cpu);
        cpu->icount += step;
        n -= step;
        m->now = cpu_time(cpu);
        while (m->heap_count && m->heap[1]->when <= m->now) {
            struct event *e = m->heap[1];
            event_cancel(m, e);
            e->fn(e->arg, m->now);
        }
    }
}

static void set_el(struct cpu *cpu, unsigned el)
{
    pmu_el_changed(cpu);
    cpu->pstate.EL = (uint8_t)el;
    pmu_el_entered(cpu);
}

TEST(cycle_counter)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_PMCNTENSET_EL0, BIT(31));
    run(m, cpu, 100);
    EXPECT_EQ(read_reg(cpu, SR_PMCCNTR_EL0), 0); /* PMCR.E is 0 */
    write_reg(cpu, SR_PMCR_EL0, 1);
    run(m, cpu, 100);
    EXPECT_EQ(read_reg(cpu, SR_PMCCNTR_EL0), 100);
    write_reg(cpu, SR_PMCR_EL0, 5);
    EXPECT_EQ(read_reg(cpu, SR_PMCCNTR_EL0), 0);
    EXPECT_EQ(Bits(read_reg(cpu, SR_PMCR_EL0), 15, 11), 6);
    EXPECT_EQ(read_reg(cpu, SR_PMCR_EL0) & 0xff, 0x41); /* E, LC */
    test_machine_free(m);
}

TEST(filters_by_el)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_PMEVTYPER0_EL0, 8 | BIT(31));           /* not EL1, not EL2 */
    write_reg(cpu, SR_PMEVTYPER1_EL0, 8 | BIT(30) | BIT(27)); /* not EL0, but EL2 */
    write_reg(cpu, SR_PMCNTENSET_EL0, 3);
    write_reg(cpu, SR_PMCR_EL0, 1);
    run(m, cpu, 10);
    set_el(cpu, EL0);
    run(m, cpu, 20);
    set_el(cpu, EL2);
    run(m, cpu, 40);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 20);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR1_EL0), 50);
    test_machine_free(m);
}

TEST(overflow_interrupt_at_the_instruction)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_PMEVTYPER2_EL0, 8);
    write_reg(cpu, SR_PMEVCNTR2_EL0, 0xffffff00);
    write_reg(cpu, SR_PMINTENSET_EL1, 4);
    write_reg(cpu, SR_PMCNTENSET_EL0, 4);
    write_reg(cpu, SR_PMCR_EL0, 1);
    run(m, cpu, 100);
    set_el(cpu, EL2); /* filtered there: the overflow waits */
    run(m, cpu, 1000);
    set_el(cpu, EL1);
    run(m, cpu, 155);
    EXPECT(!line);
    run(m, cpu, 1);
    EXPECT(line);
    EXPECT_EQ(read_reg(cpu, SR_PMOVSCLR_EL0), 4);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR2_EL0), UINT64_C(0x100000000)); /* FEAT_PMUv3p5: 64 bits */
    write_reg(cpu, SR_PMOVSCLR_EL0, 4);
    EXPECT(!line);
    /* With LP only 64 bits overflow. */
    write_reg(cpu, SR_PMCR_EL0, 0x81);
    write_reg(cpu, SR_PMEVCNTR2_EL0, 0xfffffffe);
    run(m, cpu, 10);
    EXPECT(!line);
    write_reg(cpu, SR_PMEVCNTR2_EL0, UINT64_MAX - 1);
    run(m, cpu, 2);
    EXPECT(line);
    test_machine_free(m);
}

TEST(chain_and_software_increment)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_PMEVTYPER0_EL0, 0);
    write_reg(cpu, SR_PMEVTYPER1_EL0, 0x1e);
    write_reg(cpu, SR_PMEVCNTR0_EL0, 0xffffffff);
    write_reg(cpu, SR_PMSWINC_EL0, 1); /* disabled */
    write_reg(cpu, SR_PMCNTENSET_EL0, 3);
    write_reg(cpu, SR_PMCR_EL0, 1);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 0xffffffff);
    write_reg(cpu, SR_PMSWINC_EL0, 1);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR1_EL0), 1);
    EXPECT_EQ(read_reg(cpu, SR_PMOVSSET_EL0), 1);
    test_machine_free(m);
}

TEST(exceptions_are_counted)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_PMSELR_EL0, 3);
    write_reg(cpu, SR_PMXEVTYPER_EL0, 9);
    EXPECT_EQ(cpu->sysreg[SR_PMEVTYPER3_EL0], 9);
    write_reg(cpu, SR_PMCNTENSET_EL0, 8);
    write_reg(cpu, SR_PMCR_EL0, 1);
    cpu->exceptions_taken += 3;
    EXPECT_EQ(read_reg(cpu, SR_PMXEVCNTR_EL0), 3);
    EXPECT_EQ(read_reg(cpu, SR_PMCEID0_EL0) >> 9 & 1, 1);
    test_machine_free(m);
}

TEST(counters_of_the_hypervisor)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    cpu->sysreg[SR_MDCR_EL2] = 4 | BIT(7); /* HPMN 4, HPME */
    EXPECT_EQ(Bits(read_reg(cpu, SR_PMCR_EL0), 15, 11), 4);
    EXPECT_EQ(pmu_check(cpu, SR_PMEVCNTR3_EL0, false), ACCESS_OK);
    EXPECT_EQ(pmu_check(cpu, SR_PMEVCNTR4_EL0, false), ACCESS_TRAP(EL2));
    EXPECT_EQ(pmu_check(cpu, SR_PMEVCNTR6_EL0, false), ACCESS_UNDEFINED);
    write_reg(cpu, SR_PMCNTENSET_EL0, UINT32_MAX);
    EXPECT_EQ(cpu->sysreg[SR_PMCNTENSET_EL0], BIT(31) | 15);
    cpu->pstate.EL = EL2;
    write_reg(cpu, SR_PMCNTENSET_EL0, UINT32_MAX);
    EXPECT_EQ(read_reg(cpu, SR_PMCNTENSET_EL0), BIT(31) | 63);
    write_reg(cpu, SR_PMEVTYPER5_EL0, 8 | BIT(27));
    run(m, cpu, 7); /* PMCR.E is 0, HPME counts */
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR5_EL0), 7);
    cpu->pstate.EL = EL1;
    cpu->sysreg[SR_MDCR_EL2] = BIT(6) | 6;
    EXPECT_EQ(pmu_check(cpu, SR_PMCCNTR_EL0, false), ACCESS_TRAP(EL2));
    test_machine_free(m);
}

TEST(user_access)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    cpu->pstate.EL = EL0;
    EXPECT_EQ(pmu_check(cpu, SR_PMCCNTR_EL0, false), ACCESS_TRAP(EL1));
    EXPECT_EQ(pmu_check(cpu, SR_PMUSERENR_EL0, false), ACCESS_OK);
    cpu->sysreg[SR_PMUSERENR_EL0] = 4; /* CR: reads of the cycle counter */
    EXPECT_EQ(pmu_check(cpu, SR_PMCCNTR_EL0, false), ACCESS_OK);
    EXPECT_EQ(pmu_check(cpu, SR_PMCCNTR_EL0, true), ACCESS_TRAP(EL1));
    EXPECT_EQ(pmu_check(cpu, SR_PMEVCNTR0_EL0, false), ACCESS_TRAP(EL1));
    cpu->sysreg[SR_HCR_EL2] = HCR_TGE;
    EXPECT_EQ(pmu_check(cpu, SR_PMSWINC_EL0, true), ACCESS_TRAP(EL2));
    cpu->sysreg[SR_PMUSERENR_EL0] = 2;
    EXPECT_EQ(pmu_check(cpu, SR_PMSWINC_EL0, true), ACCESS_OK);
    test_machine_free(m);
}

TEST(freeze_on_overflow)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_PMEVTYPER0_EL0, 8);
    write_reg(cpu, SR_PMEVTYPER1_EL0, 8);
    write_reg(cpu, SR_PMEVCNTR0_EL0, 0xfffffff0);
    write_reg(cpu, SR_PMCNTENSET_EL0, 3);
    write_reg(cpu, SR_PMCR_EL0, 1 | BIT(9));
    run(m, cpu, 100);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR1_EL0), 16);
    test_machine_free(m);
}

TEST_MAIN
