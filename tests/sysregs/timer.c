/* Generic timers: counters, comparators, interrupts, controls. */
#include "tests/sysregs/pe.h"

static bool line[32];
static void record(struct cpu *cpu, unsigned intid, bool level) { (void)cpu, line[intid] = level; }

static struct machine *setup(struct cpu **cpu)
{
    struct machine *m = test_machine(1);
    memset(line, 0, sizeof line);
    ppi_set = record;
    *cpu = m->cpus[0];
    return m;
}
static void write_reg(struct cpu *cpu, enum sysreg_index r, uint64_t v) { WRITE(timer, cpu, r, v); }

TEST(compare_and_mask)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    test_time(m, 100);
    write_reg(cpu, SR_CNTP_TVAL_EL0, 50);
    EXPECT_EQ(timer_read(cpu, SR_CNTP_CVAL_EL0), 150);
    write_reg(cpu, SR_CNTP_CTL_EL0, 0xff);
    EXPECT_EQ(timer_read(cpu, SR_CNTP_CTL_EL0), 3);
    test_time(m, 200);
    EXPECT(!line[30]);
    EXPECT_EQ(timer_read(cpu, SR_CNTP_CTL_EL0), 7);
    EXPECT_EQ(timer_read(cpu, SR_CNTP_TVAL_EL0), (uint32_t)-50);
    write_reg(cpu, SR_CNTP_CTL_EL0, 1);
    EXPECT(line[30]);
    write_reg(cpu, SR_CNTP_TVAL_EL0, 10);
    EXPECT(!line[30]);
    test_time(m, 209);
    EXPECT(!line[30]);
    test_time(m, 210);
    EXPECT(line[30]);
    write_reg(cpu, SR_CNTP_TVAL_EL0, 0xffffffff); /* signed: in the past */
    EXPECT_EQ(timer_read(cpu, SR_CNTP_CVAL_EL0), 209);
    EXPECT(line[30]);
    write_reg(cpu, SR_CNTP_CTL_EL0, 0);
    EXPECT(!line[30]);
    EXPECT_EQ(timer_read(cpu, SR_CNTP_CTL_EL0), 0);
    test_machine_free(m);
}

TEST(virtual_offset)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    test_time(m, 1000);
    write_reg(cpu, SR_CNTVOFF_EL2, 600);
    EXPECT_EQ(timer_read(cpu, SR_CNTVCT_EL0), 400);
    write_reg(cpu, SR_CNTV_CVAL_EL0, 500);
    write_reg(cpu, SR_CNTV_CTL_EL0, 1);
    test_time(m, 1099);
    EXPECT(!line[27]);
    test_time(m, 1100);
    EXPECT(line[27]);
    write_reg(cpu, SR_CNTVOFF_EL2, 700);
    EXPECT(!line[27]);
    cpu->sysreg[SR_HCR_EL2] = HCR_E2H;
    EXPECT_EQ(timer_read(cpu, SR_CNTVCT_EL0), 1100); /* no offset at EL2 with E2H */
    cpu->pstate.EL = EL1;
    EXPECT_EQ(timer_read(cpu, SR_CNTVCT_EL0), 400);
    /* An offset beyond the time: the count is huge until it passes zero. */
    write_reg(cpu, SR_CNTVOFF_EL2, 2000);
    EXPECT(line[27]);
    test_time(m, 2000);
    EXPECT(!line[27]);
    test_time(m, 2500);
    EXPECT(line[27]);
    test_machine_free(m);
}

TEST(physical_offset_needs_ecv_and_no_host)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    test_time(m, 1000);
    write_reg(cpu, SR_CNTPOFF_EL2, 300);
    cpu->pstate.EL = EL1;
    EXPECT_EQ(timer_read(cpu, SR_CNTPCT_EL0), 1000);
    write_reg(cpu, SR_CNTHCTL_EL2, BIT(12));
    EXPECT_EQ(timer_read(cpu, SR_CNTPCT_EL0), 700);
    write_reg(cpu, SR_CNTP_CVAL_EL0, 900);
    write_reg(cpu, SR_CNTP_CTL_EL0, 1);
    EXPECT(!line[30]);
    cpu->pstate.EL = EL2;
    WRITE(gic, cpu, SR_HCR_EL2, HCR_E2H | HCR_TGE);
    EXPECT(line[30]);
    WRITE(gic, cpu, SR_HCR_EL2, HCR_E2H);
    EXPECT(!line[30]);
    EXPECT_EQ(timer_read(cpu, SR_CNTPCT_EL0), 1000);
    test_machine_free(m);
}

TEST(el0_redirection_in_a_host)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    cpu->sysreg[SR_HCR_EL2] = HCR_E2H | HCR_TGE;
    cpu->pstate.EL = EL0;
    write_reg(cpu, SR_CNTV_CVAL_EL0, 10);
    write_reg(cpu, SR_CNTV_CTL_EL0, 1);
    EXPECT_EQ(cpu->sysreg[SR_CNTHV_CVAL_EL2], 10);
    EXPECT_EQ(cpu->sysreg[SR_CNTV_CTL_EL0], 0);
    test_time(m, 10);
    EXPECT(line[28]);
    EXPECT_EQ(timer_read(cpu, SR_CNTV_CTL_EL0), 5);
    test_machine_free(m);
}

TEST(controls)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    cpu->sysreg[SR_CNTKCTL_EL1] = 0;
    cpu->sysreg[SR_CNTHCTL_EL2] = 3;
    cpu->pstate.EL = EL0;
    EXPECT_EQ(timer_check(cpu, SR_CNTVCT_EL0, false), ACCESS_TRAP(EL1));
    EXPECT_EQ(timer_check(cpu, SR_CNTFRQ_EL0, false), ACCESS_TRAP(EL1));
    cpu->sysreg[SR_CNTKCTL_EL1] = 2;
    EXPECT_EQ(timer_check(cpu, SR_CNTVCT_EL0, false), ACCESS_OK);
    EXPECT_EQ(timer_check(cpu, SR_CNTFRQ_EL0, false), ACCESS_OK);
    EXPECT_EQ(timer_check(cpu, SR_CNTPCT_EL0, false), ACCESS_TRAP(EL1));
    cpu->sysreg[SR_HCR_EL2] = HCR_TGE;
    EXPECT_EQ(timer_check(cpu, SR_CNTP_CTL_EL0, true), ACCESS_TRAP(EL2));
    cpu->sysreg[SR_HCR_EL2] = HCR_TGE | HCR_E2H; /* now CNTHCTL_EL2 decides */
    EXPECT_EQ(timer_check(cpu, SR_CNTPCT_EL0, false), ACCESS_OK);
    EXPECT_EQ(timer_check(cpu, SR_CNTV_CTL_EL0, false), ACCESS_TRAP(EL2));
    cpu->pstate.EL = EL1;
    cpu->sysreg[SR_HCR_EL2] = HCR_E2H;
    EXPECT_EQ(timer_check(cpu, SR_CNTPCT_EL0, false), ACCESS_TRAP(EL2)); /* EL1PCTEN moved to bit 10 */
    EXPECT_EQ(timer_check(cpu, SR_CNTVCT_EL0, false), ACCESS_OK);
    cpu->sysreg[SR_CNTHCTL_EL2] = BIT(10) | BIT(13);
    EXPECT_EQ(timer_check(cpu, SR_CNTPCT_EL0, false), ACCESS_OK);
    EXPECT_EQ(timer_check(cpu, SR_CNTP_TVAL_EL0, false), ACCESS_TRAP(EL2));
    EXPECT_EQ(timer_check(cpu, SR_CNTV_TVAL_EL0, false), ACCESS_TRAP(EL2));
    EXPECT_EQ(timer_check(cpu, SR_CNTVCT_EL0, false), ACCESS_OK);
    cpu->sysreg[SR_HCR_EL2] = 0;
    EXPECT_EQ(timer_check(cpu, SR_CNTPCT_EL0, false), ACCESS_TRAP(EL2));
    cpu->pstate.EL = EL2;
    EXPECT_EQ(timer_check(cpu, SR_CNTP_TVAL_EL0, false), ACCESS_OK);
    test_machine_free(m);
}

TEST(event_stream)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    test_time(m, 100);
    EXPECT_EQ(timer_next_event_stream(cpu), UINT64_MAX);
    cpu->sysreg[SR_CNTKCTL_EL1] = 4 | 4 << 4; /* bit 4 rises at 16, 48, 80, 112 */
    EXPECT_EQ(timer_next_event_stream(cpu), 112);
    cpu->sysreg[SR_CNTKCTL_EL1] |= 8; /* falls at 128 */
    EXPECT_EQ(timer_next_event_stream(cpu), 128);
    cpu->sysreg[SR_CNTKCTL_EL1] = 4 | BIT(17); /* bit 8 */
    EXPECT_EQ(timer_next_event_stream(cpu), 256);
    test_machine_free(m);
}

TEST_MAIN
