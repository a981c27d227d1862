/* Exception entry and return, interrupt routing and masking. */
#include "tests/isa/run1.h"

#include "core/stats.h"

enum { SPSR_EL1H = 5, SPSR_EL1T = 4, SPSR_EL2H = 9 };

static struct cpu *at(unsigned el, unsigned sp)
{
    struct cpu *cpu = run1_cpu();
    static struct op nop;

    cpu->sysreg[SR_VBAR_EL1] = 0x10000;
    cpu->sysreg[SR_VBAR_EL2] = 0x20000;
    cpu->irq_lines = 0;
    cpu->serror_pending = false;
    cpu_set_el_sp(cpu, el, sp);
    cpu->op = cpu->ops = &nop;
    cpu->page_va = cpu->pc = 0x5000;
    return cpu;
}

TEST(vector_offsets_by_origin)
{
    static const struct {
        unsigned el, sp, target;
        uint64_t pc;
    } cases[] = { { EL0, 0, EL1, 0x10400 }, { EL1, 0, EL1, 0x10000 }, { EL1, 1, EL1, 0x10200 },
                  { EL0, 0, EL2, 0x20400 }, { EL1, 1, EL2, 0x20400 }, { EL2, 0, EL2, 0x20000 },
                  { EL2, 1, EL2, 0x20200 } };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cpu *cpu = at(cases[i].el, cases[i].sp);
        AArch64_Trap(cpu, cases[i].target, EC_SYS64, 0x1234);
        EXPECT_EQ(cpu->pc, cases[i].pc);
        EXPECT_EQ(cpu->pstate.EL, cases[i].target);
        EXPECT_EQ(cpu->pstate.SP, 1);
        bool el2 = cases[i].target == EL2;
        EXPECT_EQ(cpu->sysreg[el2 ? SR_ESR_EL2 : SR_ESR_EL1], 0x18u << 26 | 1u << 25 | 0x1234);
        EXPECT_EQ(cpu->sysreg[el2 ? SR_ELR_EL2 : SR_ELR_EL1], 0x5000);
        EXPECT_EQ(cpu->sysreg[el2 ? SR_SPSR_EL2 : SR_SPSR_EL1] & 0xf, cases[i].el << 2 | cases[i].sp);
    }
}

TEST(entry_masks_and_clears)
{
    struct cpu *cpu = at(EL0, 0);

    cpu->pstate.D = cpu->pstate.A = cpu->pstate.I = cpu->pstate.F = 0;
    cpu->pstate.UAO = cpu->pstate.SS = 1;
    cpu->pstate.PAN = 0;
    cpu->sysreg[SR_SCTLR_EL1] &= ~BIT(23); /* SPAN = 0: PAN is set on entry */
    AArch64_CallSupervisor(cpu, 7);
    EXPECT(cpu->pstate.D && cpu->pstate.A && cpu->pstate.I && cpu->pstate.F);
    EXPECT_EQ(cpu->pstate.PAN, 1);
    EXPECT_EQ(cpu->pstate.UAO, 0);
    EXPECT_EQ(cpu->pstate.SS, 0);
    EXPECT_EQ(cpu->sysreg[SR_ELR_EL1], 0x5004); /* SVC: the next instruction */
    EXPECT_EQ(cpu->sysreg[SR_SPSR_EL1] & (BIT(23) | BIT(22) | 0x3c0), BIT(23));
}

TEST(stack_pointers_are_banked)
{
    struct cpu *cpu = at(EL1, 1);

    cpu->gpr[SP_SLOT] = 0x1111;
    cpu_set_el_sp(cpu, EL1, 0);
    cpu->gpr[SP_SLOT] = 0x2222;
    cpu_set_el_sp(cpu, EL2, 1);
    cpu->gpr[SP_SLOT] = 0x3333;
    cpu_set_el_sp(cpu, EL0, 0);
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0x2222);
    cpu_set_el_sp(cpu, EL1, 1);
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0x1111);
    EXPECT_EQ(cpu->sysreg[SR_SP_EL2], 0x3333);
}

TEST(eret_restores_pstate)
{
    struct cpu *cpu = at(EL2, 1);

    AArch64_ExceptionReturn(cpu, 0x7000, SPSR_EL1H | 0xa0000000 | BIT(22) | BIT(7));
    EXPECT_EQ(cpu->pc, 0x7000);
    EXPECT_EQ(cpu->pstate.EL, EL1);
    EXPECT_EQ(cpu->pstate.SP, 1);
    EXPECT(cpu->pstate.N && !cpu->pstate.Z && cpu->pstate.C && !cpu->pstate.V);
    EXPECT(cpu->pstate.PAN && cpu->pstate.I && !cpu->pstate.F && !cpu->pstate.IL);
}

/* R_VWJHB and its neighbours: what makes a return illegal leaves the EL and sets PSTATE.IL. */
TEST(illegal_returns)
{
    static const struct {
        unsigned el;
        uint64_t spsr, hcr;
    } cases[] = { { EL1, SPSR_EL2H, 0 },    { EL2, 0xd, 0 }, { EL2, 0x1, 0 },
                  { EL2, 0x10, 0 },         { EL2, 0x6, 0 }, { EL2, SPSR_EL1H, HCR_TGE },
                  { EL1, SPSR_EL1T + 2, 0 } };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cpu *cpu = at(cases[i].el, 1);
        cpu->sysreg[SR_HCR_EL2] |= cases[i].hcr;
        AArch64_ExceptionReturn(cpu, 0x7000, cases[i].spsr | 0x40000000);
        EXPECT_EQ(cpu->pstate.EL, cases[i].el);
        EXPECT_EQ(cpu->pstate.IL, 1);
        EXPECT_EQ(cpu->pstate.Z, 1);
        EXPECT_EQ(cpu->pc, 0x7000);
    }
}

/* D1.3.6: the EL a physical IRQ goes to, 0 when it stays pending. mask is PSTATE.I. */
TEST(physical_irq_routing)
{
    static const struct {
        unsigned el;
        uint64_t hcr;
        bool mask;
        unsigned target;
    } cases[] = {
        { EL0, 0, false, EL1 },
        { EL0, 0, true, 0 },
        { EL1, 0, false, EL1 },
        { EL1, 0, true, 0 },
        { EL2, 0, false, 0 }, /* for EL1: not taken at EL2 */
        { EL0, HCR_IMO, true, EL2 },
        { EL1, HCR_IMO, true, EL2 }, /* a higher EL: the mask does not count */
        { EL2, HCR_IMO, false, EL2 },
        { EL2, HCR_IMO, true, 0 },
        { EL0, HCR_TGE, true, EL2 },
        { EL0, HCR_TGE | HCR_E2H, true, 0 },
        { EL0, HCR_TGE | HCR_E2H, false, EL2 },
        { EL2, HCR_TGE | HCR_E2H, false, EL2 },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cpu *cpu = at(cases[i].el, cases[i].el != EL0);
        cpu->sysreg[SR_HCR_EL2] |= cases[i].hcr;
        cpu->pstate.I = cases[i].mask;
        cpu->irq_lines = LINE_IRQ;
        bool taken = cpu_take_interrupt(cpu);
        if (taken != (cases[i].target != 0) || (taken && cpu->pstate.EL != cases[i].target))
            FAIL("case %u: taken %d to EL%u", i, taken, cpu->pstate.EL);
    }
}

TEST(virtual_interrupts)
{
    static const struct {
        unsigned el;
        uint64_t hcr;
        unsigned lines;
        bool mask, taken;
    } cases[] = {
        { EL1, HCR_IMO, LINE_VIRQ, false, true },  { EL1, HCR_IMO, LINE_VIRQ, true, false },
        { EL1, 0, LINE_VIRQ, false, false },       { EL2, HCR_IMO, LINE_VIRQ, false, false },
        { EL1, HCR_IMO | HCR_VI, 0, false, true }, { EL0, HCR_IMO | HCR_VI | HCR_TGE, 0, false, false },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cpu *cpu = at(cases[i].el, cases[i].el != EL0);
        cpu->sysreg[SR_HCR_EL2] |= cases[i].hcr;
        cpu->pstate.I = cases[i].mask;
        cpu->irq_lines = cases[i].lines;
        bool taken = cpu_take_interrupt(cpu);
        if (taken != cases[i].taken)
            FAIL("case %u: taken %d", i, taken);
        if (taken)
            EXPECT_EQ(cpu->pc & 0xfff, cases[i].el == EL0 ? 0x480 : 0x280);
    }
}

TEST(virtual_serror_carries_its_syndrome)
{
    struct cpu *cpu = at(EL1, 1);

    cpu->pstate.A = 0;
    cpu->sysreg[SR_HCR_EL2] |= HCR_AMO | HCR_VSE;
    cpu->sysreg[SR_VSESR_EL2] = 0x1000042;
    EXPECT(cpu_take_interrupt(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], 0x2fu << 26 | 1u << 25 | 0x1000042);
    EXPECT_EQ(cpu->sysreg[SR_HCR_EL2] & HCR_VSE, 0);
    cpu = at(EL1, 1); /* VSESR_EL2 comes with FEAT_RAS */
    run1_set_feature(FEAT_RAS, false);
    cpu->pstate.A = 0;
    cpu->sysreg[SR_HCR_EL2] |= HCR_AMO | HCR_VSE;
    cpu->sysreg[SR_VSESR_EL2] = 0x1000042;
    EXPECT(cpu_take_interrupt(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], 0x2fu << 26 | 1u << 25);
    run1_set_feature(FEAT_RAS, true);
}

TEST(masked_interrupts_end_wfi)
{
    struct cpu *cpu = at(EL1, 1);

    cpu->pstate.I = 1;
    cpu->irq_lines = LINE_IRQ;
    EXPECT(cpu_wakeup_pending(cpu));
    EXPECT(!cpu_take_interrupt(cpu));
    cpu->irq_lines = LINE_VIRQ; /* but not one that is not enabled at all */
    EXPECT(!cpu_wakeup_pending(cpu));

    cpu = at(EL2, 1); /* nor does a physical one need to be for this EL */
    cpu->irq_lines = LINE_IRQ;
    EXPECT(!cpu_take_interrupt(cpu));
    EXPECT(cpu_wakeup_pending(cpu));
}

TEST(vectors_may_be_tagged)
{
    struct cpu *cpu = at(EL1, 1);

    cpu->sysreg[SR_TCR_EL1] = BIT(37) | BIT(38); /* TBI0, TBI1 */
    cpu->sysreg[SR_VBAR_EL1] = UINT64_C(0x5a00000000010000);
    AArch64_CallSupervisor(cpu, 0);
    EXPECT_EQ(cpu->pc, 0x10200);
    cpu = at(EL1, 1);
    cpu->sysreg[SR_TCR_EL1] = BIT(37) | BIT(38);
    cpu->sysreg[SR_VBAR_EL1] = UINT64_C(0x5affff8000010000);
    AArch64_CallSupervisor(cpu, 0);
    EXPECT_EQ(cpu->pc, UINT64_C(0xffffff8000010200));
}

/* ESB defers the SErrors that cannot be taken here, and only those. */
TEST(esb_defers_what_is_masked)
{
    static const struct {
        unsigned el;
        uint64_t hcr;
        bool mask, deferred;
    } cases[] = {
        { EL1, 0, true, true },         { EL1, 0, false, false },
        { EL1, HCR_AMO, true, false },  { EL2, HCR_AMO, true, true },
        { EL2, HCR_AMO, false, false }, { EL2, 0, false, true }, /* for EL1 */
        { EL0, HCR_TGE, true, false },  { EL0, HCR_TGE | HCR_E2H, true, true },
    };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct cpu *cpu = at(cases[i].el, cases[i].el != EL0);
        cpu->sysreg[SR_HCR_EL2] |= cases[i].hcr;
        cpu->pstate.A = cases[i].mask;
        cpu->serror_pending = true;
        EXPECT(run1(cpu, "esb", 0xd503221f));
        if (!cpu->serror_pending != cases[i].deferred || (cpu->sysreg[SR_DISR_EL1] == BIT(31)) != cases[i].deferred)
            FAIL("case %u: pending %d, DISR_EL1 %#" PRIx64, i, cpu->serror_pending, cpu->sysreg[SR_DISR_EL1]);
    }
}

TEST(debugger_writes_pstate)
{
    struct cpu *cpu = at(EL1, 1);

    cpu->gpr[SP_SLOT] = 0x1000;
    cpu->sysreg[SR_SP_EL0] = 0x2000;
    EXPECT(cpu_set_pstate(cpu, BIT(30) | BIT(22) | 0x80 | SPSR_EL1T));
    EXPECT_EQ(GetPSRFromPSTATE(cpu), BIT(30) | BIT(22) | 0x80 | SPSR_EL1T);
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0x2000);
    EXPECT_EQ(cpu->sysreg[SR_SP_EL1], 0x1000);
    EXPECT(!cpu_set_pstate(cpu, SPSR_EL2H));
    EXPECT(!cpu_set_pstate(cpu, 0x10 | SPSR_EL1H)); /* AArch32 */
    EXPECT(!cpu_set_pstate(cpu, SPSR_EL1H | 2));
    EXPECT_EQ(GetPSRFromPSTATE(cpu) & 15, SPSR_EL1T);
}

TEST_MAIN
