/* The GIC CPU interface, physical and virtual, against Arm IHI 0069. */
#include "sysregs/gic.h"

#include "tests/sysregs/pe.h"

/* A redistributor of one interrupt at a time, and a record of what it was asked. */
static struct {
    unsigned acknowledged, deactivated, sgi_group, next_intid, next_priority;
    uint64_t sgi;
    bool maintenance;
} fake;

static void fake_acknowledge(struct cpu *cpu, unsigned intid)
{
    fake.acknowledged = intid;
    gic_set_hppi(cpu, fake.next_intid, fake.next_priority, 1);
}
static void fake_deactivate(struct cpu *cpu, unsigned intid) { (void)cpu, fake.deactivated = intid; }
static void fake_sgi(struct cpu *cpu, uint64_t value, unsigned group)
{
    (void)cpu, fake.sgi = value, fake.sgi_group = group;
}
static const struct gic_ops fake_ops = { fake_acknowledge, fake_deactivate, fake_sgi };
static void fake_ppi(struct cpu *cpu, unsigned intid, bool level)
{
    (void)cpu;
    if (intid == 25)
        fake.maintenance = level;
}

static struct machine *setup(struct cpu **cpu)
{
    struct machine *m = test_machine(1);
    memset(&fake, 0, sizeof fake);
    fake.next_intid = INTID_NONE;
    ppi_set = fake_ppi;
    *cpu = m->cpus[0];
    (*cpu)->gic->ops = &fake_ops;
    return m;
}
static void write_reg(struct cpu *cpu, enum sysreg_index r, uint64_t v) { WRITE(gic, cpu, r, v); }

static void enable_physical(struct cpu *cpu)
{
    write_reg(cpu, SR_ICC_PMR_EL1, 0xff);
    write_reg(cpu, SR_ICC_IGRPEN0_EL1, 1);
    write_reg(cpu, SR_ICC_IGRPEN1_EL1, 1);
}

TEST(fixed_fields)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_ICC_PMR_EL1, 0xff);
    EXPECT_EQ(gic_read(cpu, SR_ICC_PMR_EL1), 0xf8);
    write_reg(cpu, SR_ICC_BPR1_EL1, 0);
    EXPECT_EQ(gic_read(cpu, SR_ICC_BPR1_EL1), 3);
    write_reg(cpu, SR_ICC_BPR0_EL1, 0);
    EXPECT_EQ(gic_read(cpu, SR_ICC_BPR0_EL1), 2);
    EXPECT_EQ(Bits(gic_read(cpu, SR_ICC_CTLR_EL1), 10, 8), 4);
    EXPECT_EQ(gic_read(cpu, SR_ICH_VTR_EL2) & 0x1f, 15);
    EXPECT_EQ(gic_read(cpu, SR_ICH_VTR_EL2) >> 26 & 0x3f, 4 << 3 | 4);
    write_reg(cpu, SR_ICC_SRE_EL1, 0);
    EXPECT_EQ(gic_read(cpu, SR_ICC_SRE_EL1), 7);
    EXPECT_EQ(gic_check(cpu, SR_ICC_AP1R1_EL1, false), ACCESS_UNDEFINED);
    test_machine_free(m);
}

TEST(acknowledge_and_end)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    enable_physical(cpu);
    gic_set_hppi(cpu, 40, 0xa0, 1);
    EXPECT_EQ(cpu->irq_lines, LINE_IRQ);
    EXPECT_EQ(gic_read(cpu, SR_ICC_HPPIR1_EL1), 40);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR0_EL1), 1023);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR1_EL1), 40);
    EXPECT_EQ(fake.acknowledged, 40);
    EXPECT_EQ(cpu->irq_lines, 0);
    EXPECT_EQ(gic_read(cpu, SR_ICC_RPR_EL1), 0xa0);
    EXPECT_EQ(gic_read(cpu, SR_ICC_AP1R0_EL1), 1 << (0xa0 >> 3));
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR1_EL1), 1023);
    write_reg(cpu, SR_ICC_EOIR1_EL1, 40);
    EXPECT_EQ(fake.deactivated, 40);
    EXPECT_EQ(gic_read(cpu, SR_ICC_RPR_EL1), 0xff);
    test_machine_free(m);
}

TEST(preemption_by_group_priority)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    enable_physical(cpu);
    write_reg(cpu, SR_ICC_BPR1_EL1, 5); /* group priority is [7:5] */
    fake.next_intid = 41, fake.next_priority = 0x88;
    gic_set_hppi(cpu, 40, 0x90, 1);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR1_EL1), 40);
    EXPECT_EQ(cpu->irq_lines, 0); /* 0x88 is in the same group priority as 0x90 */
    gic_set_hppi(cpu, 41, 0x78, 1);
    EXPECT_EQ(cpu->irq_lines, LINE_IRQ);
    gic_set_hppi(cpu, 41, 0x78, 0);
    EXPECT_EQ(cpu->irq_lines, LINE_FIQ);
    write_reg(cpu, SR_ICC_PMR_EL1, 0x78); /* masked: not higher than PMR */
    EXPECT_EQ(cpu->irq_lines, 0);
    test_machine_free(m);
}

TEST(split_end_of_interrupt)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    enable_physical(cpu);
    write_reg(cpu, SR_ICC_CTLR_EL1, 2);
    gic_set_hppi(cpu, 27, 0x80, 1);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR1_EL1), 27);
    write_reg(cpu, SR_ICC_EOIR0_EL1, 27); /* wrong group: nothing happens */
    EXPECT_EQ(gic_read(cpu, SR_ICC_RPR_EL1), 0x80);
    write_reg(cpu, SR_ICC_EOIR1_EL1, 27);
    EXPECT_EQ(gic_read(cpu, SR_ICC_RPR_EL1), 0xff);
    EXPECT_EQ(fake.deactivated, 0);
    write_reg(cpu, SR_ICC_DIR_EL1, 27);
    EXPECT_EQ(fake.deactivated, 27);
    test_machine_free(m);
}

TEST(sgi_registers)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_ICC_SGI1R_EL1, 0x0100000f);
    EXPECT_EQ(fake.sgi, 0x0100000f);
    EXPECT_EQ(fake.sgi_group, 1);
    cpu->pstate.EL = EL1;
    cpu->sysreg[SR_HCR_EL2] = HCR_IMO;
    EXPECT_EQ(gic_check(cpu, SR_ICC_SGI1R_EL1, true), ACCESS_TRAP(EL2));
    test_machine_free(m);
}

#define LR(STATE, HW, GROUP, PRIORITY, PINTID, VINTID)                                                       \
    ((uint64_t)(STATE) << 62 | (uint64_t)(HW) << 61 | (uint64_t)(GROUP) << 60 | (uint64_t)(PRIORITY) << 48 | \
     (uint64_t)(PINTID) << 32 | (VINTID))

static void enter_guest(struct cpu *cpu)
{
    write_reg(cpu, SR_ICH_VMCR_EL2, UINT64_C(0xf8) << 24 | 3);
    write_reg(cpu, SR_ICH_HCR_EL2, 1);
    cpu->sysreg[SR_HCR_EL2] = HCR_IMO | HCR_FMO;
    cpu->pstate.EL = EL1;
}

TEST(virtual_acknowledge_and_end)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    enable_physical(cpu);
    write_reg(cpu, SR_ICH_LR0_EL2, LR(1, 0, 1, 0xa0, 0, 100));
    write_reg(cpu, SR_ICH_LR3_EL2, LR(1, 1, 1, 0x80, 27, 27));
    EXPECT_EQ(gic_read(cpu, SR_ICH_ELRSR_EL2), 0xfff6);
    enter_guest(cpu);
    EXPECT_EQ(cpu->irq_lines, LINE_VIRQ);
    EXPECT_EQ(gic_read(cpu, SR_ICC_HPPIR1_EL1), 27);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR1_EL1), 27);
    EXPECT_EQ(cpu->sysreg[SR_ICH_LR3_EL2] >> 62, 2);
    EXPECT_EQ(cpu->irq_lines, 0);
    EXPECT_EQ(gic_read(cpu, SR_ICC_RPR_EL1), 0x80);
    EXPECT_EQ(cpu->sysreg[SR_ICC_AP1R0_EL1], 0);
    write_reg(cpu, SR_ICC_EOIR1_EL1, 27);
    EXPECT_EQ(fake.deactivated, 27); /* HW: the physical interrupt goes too */
    EXPECT_EQ(cpu->sysreg[SR_ICH_LR3_EL2] >> 62, 0);
    EXPECT_EQ(cpu->irq_lines, LINE_VIRQ);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR1_EL1), 100);
    /* EOImode 1: the priority drops, DIR deactivates. */
    write_reg(cpu, SR_ICC_CTLR_EL1, 2);
    EXPECT_EQ(cpu->sysreg[SR_ICC_CTLR_EL1], 0);
    write_reg(cpu, SR_ICC_EOIR1_EL1, 100);
    EXPECT_EQ(cpu->sysreg[SR_ICH_LR0_EL2] >> 62, 2);
    write_reg(cpu, SR_ICC_DIR_EL1, 100);
    EXPECT_EQ(cpu->sysreg[SR_ICH_LR0_EL2] >> 62, 0);
    test_machine_free(m);
}

TEST(virtual_groups_and_masks)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_ICH_LR0_EL2, LR(1, 0, 0, 0x80, 0, 50));
    enter_guest(cpu);
    EXPECT_EQ(cpu->irq_lines, LINE_VFIQ);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR1_EL1), 1023);
    write_reg(cpu, SR_ICC_PMR_EL1, 0x80);
    EXPECT_EQ(cpu->irq_lines, 0);
    EXPECT_EQ(cpu->sysreg[SR_ICH_VMCR_EL2] >> 24, 0x80);
    write_reg(cpu, SR_ICC_PMR_EL1, 0x88);
    EXPECT_EQ(cpu->irq_lines, LINE_VFIQ);
    write_reg(cpu, SR_ICC_IGRPEN0_EL1, 0);
    EXPECT_EQ(cpu->irq_lines, 0);
    write_reg(cpu, SR_ICC_IGRPEN0_EL1, 1);
    EXPECT_EQ(gic_read(cpu, SR_ICC_IAR0_EL1), 50);
    EXPECT_EQ(cpu->sysreg[SR_ICH_AP0R0_EL2], 1 << 16);
    test_machine_free(m);
}

TEST(eoi_without_list_register_is_counted)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_ICH_AP1R0_EL2, 1 << 20);
    enter_guest(cpu);
    write_reg(cpu, SR_ICH_HCR_EL2, 1 | 1 << 2); /* LRENPIE */
    EXPECT(!fake.maintenance);
    write_reg(cpu, SR_ICC_EOIR1_EL1, 77);
    EXPECT_EQ(gic_read(cpu, SR_ICH_HCR_EL2) >> 27, 1);
    EXPECT_EQ(gic_read(cpu, SR_ICH_MISR_EL2), 4);
    EXPECT(fake.maintenance);
    write_reg(cpu, SR_ICC_EOIR1_EL1, 77); /* no priority is active: not counted */
    EXPECT_EQ(gic_read(cpu, SR_ICH_HCR_EL2) >> 27, 1);
    test_machine_free(m);
}

TEST(maintenance_conditions)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    write_reg(cpu, SR_ICH_VMCR_EL2, 1);
    write_reg(cpu, SR_ICH_HCR_EL2, 1 | 1 << 1); /* UIE: none valid */
    EXPECT(fake.maintenance);
    EXPECT_EQ(gic_read(cpu, SR_ICH_MISR_EL2), 2);
    write_reg(cpu, SR_ICH_LR0_EL2, LR(2, 0, 1, 0, 0, 40));
    EXPECT(fake.maintenance); /* one valid still is underflow */
    write_reg(cpu, SR_ICH_LR1_EL2, LR(3, 0, 1, 0, 0, 41));
    EXPECT(!fake.maintenance);
    write_reg(cpu, SR_ICH_HCR_EL2, 1 | 1 << 3); /* NPIE: active and pending is not pending */
    EXPECT_EQ(gic_read(cpu, SR_ICH_MISR_EL2), 8);
    write_reg(cpu, SR_ICH_HCR_EL2, 1 | 0xf0);
    EXPECT_EQ(gic_read(cpu, SR_ICH_MISR_EL2), 0x90); /* VGrp0E and VGrp1D */
    write_reg(cpu, SR_ICH_HCR_EL2, 1);
    write_reg(cpu, SR_ICH_LR2_EL2, LR(0, 0, 1, 0, 1 << 9, 42)); /* EOI request in an invalid register */
    EXPECT_EQ(gic_read(cpu, SR_ICH_EISR_EL2), 4);
    EXPECT_EQ(gic_read(cpu, SR_ICH_ELRSR_EL2), 0xfff8);
    EXPECT(fake.maintenance);
    write_reg(cpu, SR_ICH_HCR_EL2, 0);
    EXPECT(!fake.maintenance);
    test_machine_free(m);
}

TEST(hypervisor_traps)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    cpu->pstate.EL = EL1;
    EXPECT_EQ(gic_check(cpu, SR_ICC_IAR1_EL1, false), ACCESS_OK);
    cpu->sysreg[SR_ICH_HCR_EL2] = BIT(12);
    EXPECT_EQ(gic_check(cpu, SR_ICC_IAR1_EL1, false), ACCESS_TRAP(EL2));
    EXPECT_EQ(gic_check(cpu, SR_ICC_IAR0_EL1, false), ACCESS_OK);
    cpu->sysreg[SR_ICH_HCR_EL2] = BIT(11);
    EXPECT_EQ(gic_check(cpu, SR_ICC_BPR0_EL1, false), ACCESS_TRAP(EL2));
    cpu->sysreg[SR_ICH_HCR_EL2] = BIT(14);
    EXPECT_EQ(gic_check(cpu, SR_ICC_DIR_EL1, true), ACCESS_TRAP(EL2));
    EXPECT_EQ(gic_check(cpu, SR_ICC_PMR_EL1, true), ACCESS_OK);
    cpu->sysreg[SR_ICH_HCR_EL2] = BIT(10);
    EXPECT_EQ(gic_check(cpu, SR_ICC_PMR_EL1, true), ACCESS_TRAP(EL2));
    EXPECT_EQ(gic_check(cpu, SR_ICC_SRE_EL1, false), ACCESS_TRAP(EL2));
    write_reg(cpu, SR_ICC_SRE_EL2, 8);
    EXPECT_EQ(gic_check(cpu, SR_ICC_SRE_EL1, false), ACCESS_OK);
    test_machine_free(m);
}

TEST_MAIN
