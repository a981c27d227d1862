/* Reasons of exceptions: what engine, memory and interrupts record, the last ones kept, the table that counts them. */
#include "core/why.h"

#include "core/exception.h"
#include "core/stats.h"
#include "tests/isa/run1.h"
#include "tests/why.h"

TEST(undefined_instructions)
{
    struct cpu *cpu = run1_cpu();

    EXPECT(!run1(cpu, "udf #0", 0x00000000));
    EXPECT_WHY(cpu, "UDF instruction");
    cpu = run1_cpu();
    isa_why_undefined(cpu, 0x03000000);
    AArch64_Undefined(cpu);
    EXPECT_WHY(cpu, "no such encoding, word 0x3000000");
    cpu = run1_cpu();
    run1_set_feature(FEAT_LSE, false);
    isa_why_undefined(cpu, 0xf8200041);
    AArch64_Undefined(cpu);
    run1_set_feature(FEAT_LSE, true);
    EXPECT(strstr(last_text(cpu), "FEAT_LSE not implemented, LDADD"));
}

TEST(illegal_state_says_how_it_came)
{
    struct cpu *cpu = run1_cpu();

    cpu_set_el_sp(cpu, EL2, 1);
    cpu->sysreg[SR_HCR_EL2] |= HCR_TGE;
    AArch64_ExceptionReturn(cpu, RUN1_RAM, 5);
    EXPECT(cpu->pstate.IL);
    AArch64_IllegalExecution(cpu);
    EXPECT_WHY(cpu, "PSTATE.IL=1, set by an exception return to EL1 with HCR_EL2.TGE=1");
    cpu->sysreg[SR_HCR_EL2] &= ~HCR_TGE;
    AArch64_ExceptionReturn(cpu, RUN1_RAM, 9 | BIT(20));
    EXPECT(cpu->pstate.IL);
    AArch64_IllegalExecution(cpu);
    EXPECT_WHY(cpu, "PSTATE.IL=1, set by SPSR_ELx.IL=1");
}

TEST(interrupts_name_their_route)
{
    struct cpu *cpu = run1_cpu();

    cpu_set_el_sp(cpu, EL1, 1);
    cpu->sysreg[SR_HCR_EL2] |= HCR_IMO;
    cpu->pstate.I = 1;
    cpu->irq_lines = LINE_IRQ;
    EXPECT(cpu_take_interrupt(cpu));
    EXPECT_WHY(cpu, "interrupt line asserted, HCR_EL2.IMO=1; checked before: PSTATE.I=1, HCR_EL2.TGE=0 passed");
    cpu = run1_cpu();
    cpu_set_el_sp(cpu, EL1, 1);
    cpu->sysreg[SR_HCR_EL2] &= ~(HCR_IMO | HCR_TGE);
    cpu->pstate.I = 0;
    cpu->irq_lines = LINE_IRQ;
    EXPECT(cpu_take_interrupt(cpu));
    EXPECT_WHY(cpu, "interrupt line asserted, HCR_EL2.IMO=0; checked before: PSTATE.I=0, HCR_EL2.TGE=0 passed");
    cpu->irq_lines = 0;
    cpu->sysreg[SR_HCR_EL2] |= HCR_AMO | HCR_VSE;
    cpu->pstate.A = 0;
    EXPECT(cpu_take_interrupt(cpu));
    EXPECT_WHY(cpu, "virtual SError pending, HCR_EL2.VSE=1, HCR_EL2.AMO=1; checked before: PSTATE.A=0, HCR_EL2.TGE=0 "
                    "passed");
}

/* A check that passed leaves nothing behind for the next exception. */
TEST(nothing_stale)
{
    struct cpu *cpu = run1_cpu();

    cpu_set_el_sp(cpu, EL1, 1);
    cpu->sysreg[SR_HCR_EL2] &= ~(HCR_TWI | HCR_TWE);
    EXPECT(run1(cpu, "wfi", 0xd503207f));
    EXPECT(!cpu->why.recording && !cpu->why.count);
    AArch64_CallHypervisor(cpu, 1);
    EXPECT_WHY(cpu, "HVC instruction, imm16 0x1");
}

TEST(the_last_ones_are_kept)
{
    struct cpu *cpu = run1_cpu();
    uint64_t before = cpu->stats->taken;

    cpu_set_el_sp(cpu, EL1, 1);
    for (unsigned i = 0; i < WHY_RECORDS + 3; i++) {
        cpu_set_el_sp(cpu, EL1, 1);
        AArch64_CallSupervisor(cpu, i);
    }
    EXPECT_EQ(cpu->stats->taken - before, WHY_RECORDS + 3);
    for (unsigned n = 0; n < WHY_RECORDS; n++)
        EXPECT_EQ(why_record(cpu, n)->why.arg[2], WHY_RECORDS + 2 - n);
    EXPECT(!why_record(cpu, WHY_RECORDS));
}

struct sum {
    unsigned reasons;
    uint64_t count, other;
};
static void add_up(void *arg, const char *reason, uint64_t count)
{
    struct sum *s = arg;
    s->reasons++, s->count += count;
    if (!strcmp(reason, "other reasons"))
        s->other = count;
}

/* However many reasons a guest makes, the table does not grow, and no exception is lost. */
TEST(counting_is_bounded)
{
    struct cpu *cpu = run1_cpu();
    struct sum before = { 0 }, after = { 0 };

    why_counts(cpu, EL1, add_up, &before);
    cpu->sysreg[SR_HCR_EL2] &= ~HCR_TGE;
    for (unsigned i = 0; i < 5000; i++) {
        cpu_set_el_sp(cpu, EL1, 1);
        cpu_why(cpu, "test reason %lu", i, 0, 0, 0);
        AArch64_Trap(cpu, EL1, EC_UNKNOWN, 0);
    }
    why_counts(cpu, EL1, add_up, &after);
    EXPECT_EQ(after.count - before.count, 5000);
    EXPECT(after.reasons <= WHY_REASONS + 1);
    EXPECT(after.other > 4000);
}

TEST_MAIN
