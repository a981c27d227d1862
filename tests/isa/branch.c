/* isa/branch.c, system.c. */
#include "tests/isa/run1.h"

enum { HERE = RUN1_RAM };

TEST(direct_branches)
{
    struct cpu *cpu = run1_cpu();
    EXPECT(run1(cpu, "b #-8", 0x17fffffe));
    EXPECT_EQ(cpu->pc, HERE - 8);
    EXPECT(run1(cpu, "bl #0x7fffffc", 0x95ffffff));
    EXPECT_EQ(cpu->pc, HERE + 0x7fffffc);
    EXPECT_EQ(cpu->gpr[30], HERE + 4);
    cpu->pstate.Z = 1;
    EXPECT(run1(cpu, "b.ne #16", 0x54000081));
    EXPECT(!(cpu->redirect & REDIRECT_PC));
    EXPECT(run1(cpu, "b.eq #16", 0x54000080));
    EXPECT_EQ(cpu->pc, HERE + 16);
    cpu->gpr[0] = UINT64_C(1) << 32;
    EXPECT(run1(cpu, "cbz w0, #8", 0x34000040));
    EXPECT_EQ(cpu->pc, HERE + 8);
    EXPECT(run1(cpu, "cbz x0, #8", 0xb4000040));
    EXPECT(!(cpu->redirect & REDIRECT_PC));
    EXPECT(run1(cpu, "tbnz x0, #32, #-32768", 0xb7040000));
    EXPECT_EQ(cpu->pc, HERE - 32768);
    EXPECT(run1(cpu, "adrp x3, #-4096", 0xf0ffffe3));
    EXPECT_EQ(cpu->gpr[3], HERE - 4096);
    EXPECT(run1(cpu, "adr x3, #-1", 0x70ffffe3));
    EXPECT_EQ(cpu->gpr[3], HERE - 1);
}

TEST(indirect_branches)
{
    struct cpu *cpu = run1_cpu();
    cpu->gpr[30] = HERE + 0x100;
    EXPECT(run1(cpu, "blr x30", 0xd63f03c0));
    EXPECT_EQ(cpu->pc, HERE + 0x100);
    EXPECT_EQ(cpu->gpr[30], HERE + 4);
    EXPECT_EQ(cpu->pstate.BTYPE, 2);
    cpu->pstate.BTYPE = 0;
    EXPECT(run1(cpu, "ret", 0xd65f03c0));
    EXPECT_EQ(cpu->pc, HERE + 4);
    EXPECT_EQ(cpu->pstate.BTYPE, 0);
    EXPECT(run1(cpu, "br x30", 0xd61f03c0));
    EXPECT_EQ(cpu->pstate.BTYPE, 1);
    cpu->fetch_tlb[HERE >> 12 & (FETCH_TLB_ENTRIES - 1)].guarded = 1;
    EXPECT(run1(cpu, "br x30", 0xd61f03c0));
    EXPECT_EQ(cpu->pstate.BTYPE, 3);
    EXPECT(run1(cpu, "br x16", 0xd61f0200));
    EXPECT_EQ(cpu->pstate.BTYPE, 1);
    cpu->fetch_tlb[HERE >> 12 & (FETCH_TLB_ENTRIES - 1)].guarded = 0;
}

TEST(branch_targets)
{
    struct cpu *cpu = run1_cpu();
    static const struct {
        uint32_t word;
        bool ok[4]; /* by BTYPE */
    } cases[] = {
        { 0xd503241f, { 1, 0, 0, 0 } }, /* bti */
        { 0xd503245f, { 1, 1, 1, 0 } }, /* bti c */
        { 0xd503249f, { 1, 1, 0, 1 } }, /* bti j */
        { 0xd50324df, { 1, 1, 1, 1 } }, /* bti jc */
        { 0xd503233f, { 1, 1, 1, 1 } }, /* paciasp */
        { 0xd503237f, { 1, 1, 1, 1 } }, /* pacibsp */
        { 0xd50323bf, { 1, 0, 0, 0 } }, /* autiasp */
        { 0xd4200000, { 1, 1, 1, 1 } }, /* brk #0 */
        { 0xd503201f, { 1, 0, 0, 0 } }, /* nop */
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (unsigned t = 0; t < 4; t++) {
            cpu->pstate.BTYPE = (uint8_t)t;
            if (branch_target_ok(cpu, cases[i].word) != cases[i].ok[t])
                FAIL("%08x with BTYPE %u", cases[i].word, t);
        }
    cpu->sysreg[SR_SCTLR_EL1] |= BIT(36); /* BT1: paciasp is no landing pad for BTYPE 3 */
    EXPECT(!branch_target_ok(cpu, 0xd503233f));
    cpu->pstate.BTYPE = 2;
    EXPECT(branch_target_ok(cpu, 0xd503233f));
}

TEST(exception_generation)
{
    struct cpu *cpu = run1_cpu();
    EXPECT(!run1(cpu, "svc #7", 0xd40000e1));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x56000007));
    EXPECT_EQ(cpu->sysreg[SR_ELR_EL1], HERE + 4);
    EXPECT(!run1(cpu, "brk #0x800", 0xd4210000));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0xf2000800));
    EXPECT_EQ(cpu->sysreg[SR_ELR_EL1], HERE);
    EXPECT(!run1(cpu, "hlt #1", 0xd4400020));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x2000000));
    EXPECT(!run1(cpu, "udf #1", 0x00000001));
    EXPECT(!run1(cpu, "dcps1", 0xd4a00001));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x2000000));
}

TEST(exception_return)
{
    struct cpu *cpu = run1_cpu();
    cpu->sysreg[SR_ELR_EL1] = HERE + 0x40, cpu->sysreg[SR_SPSR_EL1] = 0x600003c0; /* EL0t, ZC */
    EXPECT(run1(cpu, "eret", 0xd69f03e0));
    EXPECT_EQ(cpu->pc, HERE + 0x40);
    EXPECT_EQ(cpu->pstate.EL, EL0);
    EXPECT_EQ(cpu->pstate.Z, 1);
    EXPECT(!run1(cpu, "eret", 0xd69f03e0)); /* UNDEFINED at EL0 */
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x2000000));
}

TEST(waiting)
{
    struct cpu *cpu = run1_cpu();
    EXPECT(run1(cpu, "wfi", 0xd503207f));
    EXPECT_EQ(cpu->halted, HALT_WFI);
    EXPECT_EQ(cpu->wfx_timeout, UINT64_MAX);
    cpu->halted = RUNNING;
    EXPECT(run1(cpu, "sevl", 0xd50320bf));
    EXPECT(run1(cpu, "wfe", 0xd503205f));
    EXPECT_EQ(cpu->halted, RUNNING);
    EXPECT(run1(cpu, "wfe", 0xd503205f));
    EXPECT_EQ(cpu->halted, HALT_WFE);
    EXPECT(run1(cpu, "sev", 0xd503209f));
    EXPECT_EQ(cpu->halted, RUNNING);
    cpu->gpr[3] = 12345;
    EXPECT(run1(cpu, "wfit x3", 0xd5031023));
    EXPECT_EQ(cpu->halted, HALT_WFI);
    EXPECT_EQ(cpu->wfx_timeout, 12345);
}

TEST(hints_without_their_feature_do_nothing)
{
    struct cpu *cpu = run1_cpu();
    memset(&run1_class, 0, sizeof(run1_class));
    for (unsigned hint = 0; hint < 128; hint++) {
        if (hint >= 1 && hint <= 5)
            continue; /* yield, wfe, wfi, sev, sevl act everywhere */
        struct cpu before = *cpu;
        EXPECT(run1_word(cpu, 0xd503201f | hint << 5));
        EXPECT(!memcmp(before.gpr, cpu->gpr, sizeof(before.gpr)));
    }
    EXPECT(!run1(cpu, "sb", 0xd50330ff));
    EXPECT(!run1(cpu, "wfit x3", 0xd5031023));
    run1_all_features();
    EXPECT(run1(cpu, "sb", 0xd50330ff));
    EXPECT(run1(cpu, "dsb sy", 0xd5033f9f));
    EXPECT(run1(cpu, "isb", 0xd5033fdf));
    EXPECT(cpu->redirect & REDIRECT_RESYNC);
}

TEST_MAIN
