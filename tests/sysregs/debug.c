/* Breakpoints, watchpoints and software step, through the engine's hooks. */
#include "core/stats.h"
#include "mmu/mmu.h"
#include "tests/sysregs/pe.h"

/* A PE at EL0 under EL1, OS Lock off, debug exceptions to EL1. One machine serves all tests. */
static struct machine *setup(struct cpu **cpu)
{
    static struct machine *m;
    if (!m) {
        m = test_machine(1);
        m->cpus[0]->stats = calloc(1, sizeof *m->cpus[0]->stats);
        EXPECT(mmu_create(m->cpus[0]));
    }
    *cpu = m->cpus[0];
    memset((*cpu)->sysreg, 0, sizeof(*cpu)->sysreg);
    (*cpu)->pstate = (struct pstate){ .EL = EL0 };
    debug_reset(*cpu);
    WRITE(debug, *cpu, SR_OSLAR_EL1, 0);
    (*cpu)->sysreg[SR_VBAR_EL1] = 0x8000;
    (*cpu)->sysreg[SR_VBAR_EL2] = 0x9000;
    return m;
}
/* As the engine asks, with a fetch in between. */
static bool debug_before_insn(struct cpu *cpu) { return debug_software_step(cpu) || debug_breakpoint(cpu); }
static void write_reg(struct cpu *cpu, enum sysreg_index r, uint64_t v) { WRITE(debug, cpu, r, v); }

enum { MDE = 1 << 15, KDE = 1 << 13, SS = 1 };
#define BCR(BT, LBN, SSC, HMC, PMC) ((BT) << 20 | (LBN) << 16 | (SSC) << 14 | (HMC) << 13 | 0x1e0 | (PMC) << 1 | 1)

TEST(breakpoint_at_el0)
{
    struct cpu *cpu;
    setup(&cpu);
    write_reg(cpu, SR_DBGBVR0_EL1, 0x1000);
    write_reg(cpu, SR_DBGBCR0_EL1, BCR(0, 0, 0, 0, 2));
    EXPECT(!cpu->debug_active);
    write_reg(cpu, SR_MDSCR_EL1, MDE);
    EXPECT(cpu->debug_active);
    cpu->pc = 0x1004;
    EXPECT(!debug_before_insn(cpu));
    cpu->pc = 0x1000;
    EXPECT(debug_before_insn(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x30) << 26 | 1 << 25 | 0x22);
    EXPECT_EQ(cpu->sysreg[SR_ELR_EL1], 0x1000);
    EXPECT_EQ(cpu->pstate.EL, EL1);
    EXPECT(!cpu->debug_active); /* KDE is 0 */
}

TEST(breakpoint_privileges)
{
    struct cpu *cpu;
    setup(&cpu);
    write_reg(cpu, SR_MDSCR_EL1, MDE | KDE);
    write_reg(cpu, SR_DBGBVR5_EL1, 0x1000);
    cpu->pc = 0x1000;
    write_reg(cpu, SR_DBGBCR5_EL1, BCR(0, 0, 0, 0, 1)); /* EL1 only */
    EXPECT(!debug_before_insn(cpu));
    cpu->pstate.EL = EL1;
    cpu->pstate.D = 1;
    debug_update(cpu);
    EXPECT(!cpu->debug_active);
    cpu->pstate.D = 0;
    debug_update(cpu);
    EXPECT(cpu->debug_active);
    EXPECT(debug_before_insn(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 26, 0x31);
    /* A host at EL2, as Linux programs it: HMC 1, SSC 3, PMC 0. */
    cpu->pstate = (struct pstate){ .EL = EL2, .SP = 1 };
    cpu->sysreg[SR_HCR_EL2] = HCR_E2H | HCR_TGE;
    write_reg(cpu, SR_DBGBCR5_EL1, BCR(0, 0, 3, 1, 0));
    cpu->pc = 0x1000;
    EXPECT(debug_before_insn(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] >> 26, 0x31);
    write_reg(cpu, SR_DBGBCR5_EL1, BCR(0, 0, 1, 0, 3)); /* reserved SSC: disabled */
    cpu->pstate = (struct pstate){ .EL = EL0 };
    cpu->pc = 0x1000;
    EXPECT(!debug_before_insn(cpu));
}

TEST(linked_and_context_breakpoints)
{
    struct cpu *cpu;
    setup(&cpu);
    write_reg(cpu, SR_MDSCR_EL1, MDE);
    write_reg(cpu, SR_DBGBVR1_EL1, 0x1000);
    write_reg(cpu, SR_DBGBCR1_EL1, BCR(1, 4, 0, 0, 2));
    write_reg(cpu, SR_DBGBVR4_EL1, 77);
    write_reg(cpu, SR_DBGBCR4_EL1, BCR(3, 0, 0, 0, 2));
    cpu->pc = 0x1000;
    EXPECT(!debug_before_insn(cpu));
    cpu->sysreg[SR_CONTEXTIDR_EL1] = 77;
    EXPECT(debug_before_insn(cpu));
    cpu->pstate.EL = EL0;
    cpu->pc = 0x2000;
    EXPECT(!debug_before_insn(cpu)); /* the linked one does nothing by itself */
    write_reg(cpu, SR_DBGBCR4_EL1, BCR(2, 0, 0, 0, 2));
    EXPECT(debug_before_insn(cpu));
    cpu->pstate.EL = EL0;
    write_reg(cpu, SR_DBGBVR4_EL1, UINT64_C(9) << 32);
    write_reg(cpu, SR_DBGBCR4_EL1, BCR(8, 0, 0, 0, 2));
    EXPECT(!debug_before_insn(cpu));
    cpu->sysreg[SR_VTTBR_EL2] = UINT64_C(9) << 48;
    EXPECT(debug_before_insn(cpu));
}

TEST(routing_to_el2)
{
    struct cpu *cpu;
    setup(&cpu);
    write_reg(cpu, SR_MDSCR_EL1, MDE);
    write_reg(cpu, SR_DBGBVR0_EL1, 0x1000);
    write_reg(cpu, SR_DBGBCR0_EL1, BCR(0, 0, 0, 0, 3));
    cpu->pstate.EL = EL1;
    cpu->pstate.D = 1; /* no matter when it goes to a higher EL */
    WRITE(debug, cpu, SR_MDCR_EL2, BIT(8));
    EXPECT(cpu->debug_active);
    cpu->pc = 0x1000;
    EXPECT(debug_before_insn(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] >> 26, 0x30);
    cpu->pstate.EL = EL1;
    EXPECT_EQ(debug_check(cpu, SR_MDSCR_EL1, true), ACCESS_TRAP(EL2));
}

TEST(software_step)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    uint32_t ldxr = 0xc85f7c20;
    write_reg(cpu, SR_MDSCR_EL1, SS);
    cpu->pstate.SS = 1;
    cpu->pc = 0x1000;
    EXPECT(cpu->debug_active);
    EXPECT(!debug_before_insn(cpu)); /* active-not-pending */
    debug_after_insn(cpu);
    EXPECT_EQ(cpu->pstate.SS, 0);
    cpu->pc = 0x1004;
    EXPECT(debug_before_insn(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x32) << 26 | 1 << 25 | 1 << 24 | 0x22);
    EXPECT_EQ(cpu->sysreg[SR_ELR_EL1], 0x1004);
    EXPECT_EQ(cpu->sysreg[SR_SPSR_EL1] & BIT(21), 0);
    /* A return with SPSR.SS = 1 steps once, one with 0 traps at once, with ISV = 0. */
    AArch64_ExceptionReturn(cpu, 0x1004, BIT(21));
    EXPECT_EQ(cpu->pstate.SS, 1);
    AArch64_ExceptionReturn(cpu, 0x1004, 0);
    EXPECT(debug_before_insn(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x32) << 26 | 1 << 25 | 0x22);
    /* A stepped Load-Exclusive. */
    memcpy(m->mem.ram, &ldxr, 4);
    AArch64_ExceptionReturn(cpu, TEST_RAM_BASE, BIT(21));
    EXPECT(!debug_before_insn(cpu));
    debug_after_insn(cpu);
    cpu->pc = TEST_RAM_BASE + 4;
    EXPECT(debug_before_insn(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] & 0x1ffffff, 1 << 24 | 1 << 6 | 0x22);
    /* SVC is complete when its exception is taken. */
    AArch64_ExceptionReturn(cpu, 0x1000, BIT(21));
    EXPECT(!debug_before_insn(cpu));
    AArch64_CallSupervisor(cpu, 0);
    EXPECT_EQ(cpu->sysreg[SR_SPSR_EL1] & BIT(21), 0);
}

#define WCR(MASK, WT, LBN, BAS, LSC, PAC) \
    ((MASK) << 24 | (WT) << 20 | (LBN) << 16 | (BAS) << 5 | (LSC) << 3 | (PAC) << 1 | 1)

TEST(watchpoints)
{
    struct cpu *cpu;
    setup(&cpu);
    write_reg(cpu, SR_MDSCR_EL1, MDE);
    EXPECT(!cpu->wp_active);
    write_reg(cpu, SR_DBGWVR0_EL1, 0x2000);
    write_reg(cpu, SR_DBGWCR0_EL1, WCR(0, 0, 0, 0x0c, 2, 2)); /* stores to 0x2002 and 0x2003 from EL0 */
    EXPECT(cpu->wp_active);
    EXPECT(!debug_watchpoint(cpu, 0x2000, 8, ACC_NORMAL));
    EXPECT(!debug_watchpoint(cpu, 0x2000, 2, ACC_WRITE));
    EXPECT(!debug_watchpoint(cpu, 0x2004, 8, ACC_WRITE));
    EXPECT(debug_watchpoint(cpu, 0x1ff8, 16, ACC_WRITE | ACC_NOFAULT));
    EXPECT_EQ(cpu->pstate.EL, EL0);
    EXPECT(debug_watchpoint(cpu, 0x1ffc, 8, ACC_WRITE));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x34) << 26 | 1 << 25 | 1 << 6 | 0x22);
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], 0x2002);
    /* At EL1, KDE is 0: nothing, not even for an unprivileged access. */
    EXPECT(!debug_watchpoint(cpu, 0x2000, 8, ACC_WRITE | ACC_UNPRIV));
    write_reg(cpu, SR_MDSCR_EL1, MDE | KDE);
    cpu->pstate.D = 0;
    EXPECT(!debug_watchpoint(cpu, 0x2000, 8, ACC_WRITE));
    EXPECT(debug_watchpoint(cpu, 0x2000, 8, ACC_WRITE | ACC_UNPRIV));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 26, 0x35);
}

TEST(watchpoint_mask_and_atomics)
{
    struct cpu *cpu;
    setup(&cpu);
    write_reg(cpu, SR_MDSCR_EL1, MDE);
    write_reg(cpu, SR_DBGWVR3_EL1, 0x3000);
    write_reg(cpu, SR_DBGWCR3_EL1, WCR(8, 0, 0, 0xff, 1, 2)); /* loads from 256 bytes */
    EXPECT(!debug_watchpoint(cpu, 0x3100, 8, ACC_NORMAL));
    EXPECT(!debug_watchpoint(cpu, 0x2ff8, 8, ACC_NORMAL));
    EXPECT(debug_watchpoint(cpu, 0x2fff, 2, ACC_NOFAULT));
    EXPECT(debug_watchpoint(cpu, 0x30f8, 64, ACC_NOFAULT));
    EXPECT(!debug_watchpoint(cpu, 0x3000, 8, ACC_WRITE));
    EXPECT(debug_watchpoint(cpu, 0x3000, 8, ACC_WRITE | ACC_ATOMIC | ACC_NOFAULT));
    EXPECT(debug_watchpoint(cpu, UINT64_C(0x5a00000000003010), 1, ACC_NORMAL)); /* a tagged address */
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], UINT64_C(0x5a00000000003010));
}

TEST(registers)
{
    struct cpu *cpu;
    setup(&cpu);
    EXPECT_EQ(debug_read(cpu, SR_OSLSR_EL1), 8);
    write_reg(cpu, SR_OSLAR_EL1, 1);
    EXPECT_EQ(debug_read(cpu, SR_OSLSR_EL1), 10);
    write_reg(cpu, SR_DBGCLAIMSET_EL1, 5);
    EXPECT_EQ(debug_read(cpu, SR_DBGCLAIMSET_EL1), 0xff);
    write_reg(cpu, SR_DBGCLAIMCLR_EL1, 4);
    EXPECT_EQ(debug_read(cpu, SR_DBGCLAIMCLR_EL1), 1);
    cpu->pstate.EL = EL1;
    EXPECT_EQ(debug_check(cpu, SR_DBGBVR6_EL1, true), ACCESS_UNDEFINED);
    EXPECT_EQ(debug_check(cpu, SR_DBGWCR4_EL1, true), ACCESS_UNDEFINED);
    EXPECT_EQ(debug_check(cpu, SR_DBGBVR5_EL1, true), ACCESS_OK);
    cpu->sysreg[SR_MDCR_EL2] = BIT(10);
    EXPECT_EQ(debug_check(cpu, SR_OSLAR_EL1, true), ACCESS_TRAP(EL2));
    EXPECT_EQ(debug_check(cpu, SR_MDSCR_EL1, true), ACCESS_OK);
}

TEST_MAIN
