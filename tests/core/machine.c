/* The run loop: what ends a run that gets nowhere. */
#include "core/stats.h"
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

/* D1.3.5: what happens to an instruction that several exceptions wait for. */
TEST(priority_of_fetch_and_illegal_state)
{
    struct cpu *cpu = about_to_run(NOP);

    cpu->machine->opt.max_insns = cpu->machine->insns_left = 1;
    cpu->pstate.IL = 1;
    EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] >> 26, EC_ILLEGAL);
    EXPECT_EQ(cpu->sysreg[SR_SPSR_EL2] >> 20 & 1, 1);

    cpu = about_to_run(NOP);
    cpu->machine->opt.max_insns = cpu->machine->insns_left = 1;
    cpu->pstate.IL = 1;
    cpu->pc += 2;
    EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] >> 26, EC_PC_ALIGN);
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL2], RUN1_RAM + 2);

    /* A breakpoint where nothing can be fetched does not hit. */
    cpu = about_to_run(NOP);
    cpu->machine->opt.max_insns = cpu->machine->insns_left = 1;
    cpu->sysreg[SR_OSLSR_EL1] = 0;
    cpu->sysreg[SR_MDCR_EL2] = BIT(8);             /* TDE: debug exceptions go to EL2 */
    cpu->sysreg[SR_MDSCR_EL1] = BIT(15) | BIT(13); /* MDE, KDE */
    cpu->sysreg[SR_DBGBVR0_EL1] = cpu->pc = 0x1000;
    cpu->sysreg[SR_DBGBCR0_EL1] = 0x1e1 | BIT(13) | 3 << 1; /* every EL */
    cpu->pstate.D = 0;
    debug_update(cpu);
    EXPECT(cpu->debug_active);
    EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] >> 26, EC_IABT_SAME);
}

static void nothing(void *arg, uint64_t when) { (void)arg, (void)when; }

/* A limit on instructions does not put off an event whose time has come already. */
TEST(an_event_in_the_past_with_max_insns)
{
    struct cpu *cpu = about_to_run(B_SELF);
    struct machine *m = cpu->machine;
    struct event e;

    m->current = cpu;
    m->slice_end = cpu_time(cpu) + 10000;
    m->slice_icount = cpu_icount(cpu);
    machine_deadline_changed(m);
    EXPECT_EQ(cpu->slice_deadline, cpu_icount(cpu) + 500);
    event_init(&e, nothing, NULL);
    event_schedule(m, &e, 0);
    EXPECT(cpu->slice_deadline <= cpu_icount(cpu));
    event_cancel(m, &e);
    m->current = NULL;
}

/* BTYPE of an indirect branch, where an exception on its target saves it: also where the handlers chain past it. The
 * program goes round once first, so that every op is decoded. */
TEST(btype_of_branches_in_an_unguarded_page)
{
    enum { BR_X1 = 0xd61f0020, BLR_X1 = 0xd63f0020, BRK = 0xd4200000, BR_X9 = 0xd61f0120 };
    static const struct {
        uint32_t branch;
        uint64_t offset; /* of the target: misaligned, BRK, UDF */
        unsigned ec, btype;
    } cases[] = {
        { BR_X1, 0x102, EC_PC_ALIGN, 1 }, { BLR_X1, 0x101, EC_PC_ALIGN, 2 }, { BR_X1, 0x200, EC_BRK64, 1 },
        { BLR_X1, 0x200, EC_BRK64, 2 },   { BR_X1, 0x300, EC_UNKNOWN, 0 },
    };

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cpu *cpu = about_to_run(cases[i].branch);
        EXPECT(phys_write(cpu->mem, NULL, RUN1_RAM + 0x200, 4, BRK));
        EXPECT(phys_write(cpu->mem, NULL, RUN1_RAM + 0x300, 4, 0));
        EXPECT(phys_write(cpu->mem, NULL, RUN1_RAM + 0xa00, 4, BR_X9)); /* the vector of EL2h */
        cpu->sysreg[SR_VBAR_EL2] = RUN1_RAM + 0x800;
        cpu->gpr[1] = RUN1_RAM + cases[i].offset;
        cpu->gpr[9] = RUN1_RAM;
        EXPECT_EQ(machine_run(cpu->machine), STOP_MAX_INSNS);
        EXPECT_EQ(why_record(cpu, 0)->ec, cases[i].ec);
        EXPECT_EQ(Bits(cpu->sysreg[SR_SPSR_EL2], 11, 10), cases[i].btype);
    }
}

TEST_MAIN
