/* Accounting: instructions and time by EL and virtual CPU, world switches, what is counted for whom. */
#include "core/stats.h"

#include "tests/isa/run1.h"

static struct cpu *cpu;
static struct run_stats *run;

/* At EL2, nothing counted yet, as if it came from reset. */
static void start(void)
{
    static struct op nop;
    cpu = run1_cpu();
    run = &cpu->stats->run;
    cpu_set_el_sp(cpu, EL2, 1);
    cpu->op = cpu->ops = &nop;
    cpu->page_va = cpu->pc = 0x5000;
    cpu->clock_hz = 1000000000;
    memset(run, 0, sizeof *run);
    stats_restart(cpu);
    memset(run->at, 0, sizeof run->at);
}

static void pass(uint64_t instructions) { cpu->icount += instructions; }

static void enter(unsigned vmid, uint64_t mpidr, unsigned el)
{
    cpu->sysreg[SR_HCR_EL2] |= HCR_VM;
    cpu->sysreg[SR_VTTBR_EL2] = (uint64_t)vmid << 48;
    cpu->sysreg[SR_VMPIDR_EL2] = mpidr;
    AArch64_ExceptionReturn(cpu, 0x5000, el == EL1 ? 5 : 0);
    EXPECT_EQ(cpu->pstate.EL, el);
}

TEST(time_is_that_of_the_el)
{
    start();
    pass(10);
    AArch64_ExceptionReturn(cpu, 0x5000, 5);
    pass(20);
    AArch64_Trap(cpu, EL1, EC_SYS64, 0);
    pass(5);
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    pass(40);
    AArch64_Trap(cpu, EL2, EC_SYS64, 0);
    pass(80);
    stats_settle(cpu);
    EXPECT_EQ(run->at[EL2].instructions, 90);
    EXPECT_EQ(run->at[EL1].instructions, 25);
    EXPECT_EQ(run->at[EL0].instructions, 40);
    EXPECT_EQ(run->at[EL0].ns, 40);
    EXPECT_EQ(run->vcpus, 0);
    EXPECT_EQ(run->switches.count, 0);
    cpu_set_time(cpu, cpu_time(cpu) + 1000); /* waiting is time, and no instruction */
    stats_settle(cpu);
    EXPECT_EQ(run->at[EL2].instructions, 90);
    EXPECT_EQ(run->at[EL2].ns, 1090);
}

TEST(guests_have_their_own)
{
    start();
    enter(3, 0x80000001, EL1);
    pass(100);
    AArch64_Trap(cpu, EL1, EC_SVC64, 0); /* within the guest */
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    pass(7);
    AArch64_Trap(cpu, EL2, EC_HVC64, 0);
    pass(33);
    enter(3, 0x80000002, EL1);
    pass(1);
    AArch64_Trap(cpu, EL2, EC_WFX, 0);
    enter(3, 0x80000001, EL0);
    EXPECT_EQ(run->vcpus, 2);
    EXPECT_EQ(run->vcpu[0].vmid, 3);
    EXPECT_EQ(run->vcpu[0].mpidr, 1);
    EXPECT_EQ(run->vcpu[0].entries, 2);
    EXPECT_EQ(run->vcpu[0].at[EL1].instructions, 100);
    EXPECT_EQ(run->vcpu[0].at[EL0].instructions, 7);
    EXPECT_EQ(run->vcpu[0].kernel[EC_SVC64], 1);
    EXPECT_EQ(run->vcpu[0].exits[EC_HVC64], 1);
    EXPECT_EQ(run->vcpu[0].exits[EC_SVC64], 0);
    EXPECT_EQ(run->vcpu[1].exits[EC_WFX], 1);
    EXPECT_EQ(run->at[EL2].instructions, 33);
    EXPECT_EQ(run->switches.count, 2);
    EXPECT_EQ(run->switches.instructions, 33);
    EXPECT_EQ(run->switches.by_instructions[5], 1);
    EXPECT_EQ(run->switches.by_instructions[0], 1);
    EXPECT_EQ(run->switches.by_ns[5], 1);
}

/* Without VHE the host runs at EL1 between exit and entry: it is no guest, and its time belongs to the switch. */
TEST(a_host_at_el1)
{
    start();
    enter(1, 0, EL1);
    AArch64_Trap(cpu, EL2, EC_HVC64, 0);
    cpu->sysreg[SR_HCR_EL2] &= ~HCR_VM;
    AArch64_ExceptionReturn(cpu, 0x5000, 5);
    pass(300);
    AArch64_Trap(cpu, EL2, EC_HVC64, 0);
    enter(1, 0, EL1);
    EXPECT_EQ(run->at[EL1].instructions, 300);
    EXPECT_EQ(run->vcpu[0].exits[EC_HVC64], 1);
    EXPECT_EQ(run->switches.count, 1);
    EXPECT_EQ(run->switches.by_instructions[8], 1);
}

/* HCR_EL2.TGE: EL0 is the host's, whatever VM is. */
TEST(programs_of_a_host_are_no_guest)
{
    start();
    cpu->sysreg[SR_HCR_EL2] |= HCR_VM | HCR_TGE | HCR_E2H;
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    pass(9);
    AArch64_Trap(cpu, EL2, EC_SVC64, 0);
    EXPECT_EQ(run->at[EL0].instructions, 9);
    EXPECT_EQ(run->vcpus, 0);
}

/* HCR_EL2 of every kind: VM and DC put EL1 and EL0 under stage 2, TGE takes EL0 for the software at EL2. */
TEST(what_a_guest_is)
{
    start();
    static const struct {
        uint64_t hcr;
        bool guest;
    } kinds[] = {
        { 0, false },
        { HCR_VM, true },
        { HCR_DC, true },
        { HCR_TGE, false },
        { HCR_VM | HCR_TGE, false },
        { HCR_DC | HCR_TGE, false },
    };
    for (unsigned i = 0; i < 2 * sizeof kinds / sizeof kinds[0]; i++) {
        cpu->sysreg[SR_HCR_EL2] = kinds[i / 2].hcr | (i & 1 ? HCR_E2H : 0);
        EXPECT_EQ(cpu_is_guest(cpu, EL0), kinds[i / 2].guest);
        EXPECT_EQ(cpu_is_guest(cpu, EL1), kinds[i / 2].guest);
        EXPECT(!cpu_is_guest(cpu, EL2));
    }
}

TEST(more_vcpus_than_there_is_room_for)
{
    start();
    for (unsigned i = 0; i < 100; i++) {
        enter(i, 0, EL1);
        pass(1);
        AArch64_Trap(cpu, EL2, EC_HVC64, 0);
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < STAT_VCPUS; i++)
        sum += run->vcpu[i].at[EL1].instructions;
    EXPECT_EQ(sum, 100);
    EXPECT_EQ(run->vcpus, STAT_VCPUS);
    EXPECT_EQ(run->vcpu[STAT_VCPUS - 1].vmid, UINT64_MAX);
    EXPECT_EQ(run->vcpu[STAT_VCPUS - 1].entries, 100 - STAT_VCPUS + 1);
}

static void add_reason(void *sum, const char *reason, uint64_t count)
{
    if (!strcmp(reason, "HVC instruction"))
        *(uint64_t *)sum += count;
}

TEST(reasons_of_one_vcpu)
{
    uint64_t one = 0, all = 0, before = 0;
    start();
    why_counts(cpu, EL2, add_reason, &before);
    enter(1, 0, EL1);
    AArch64_CallHypervisor(cpu, 0);
    enter(2, 0, EL1);
    AArch64_CallHypervisor(cpu, 0);
    enter(2, 0, EL1);
    AArch64_CallHypervisor(cpu, 0);
    why_counts_of_vcpu(cpu, EL2, 2, add_reason, &one);
    why_counts(cpu, EL2, add_reason, &all);
    EXPECT_EQ(one, 2);
    EXPECT_EQ(all - before, 3);
}

TEST(vector_length_changes_are_counted)
{
    start();
    cpu->vq_set = 7;
    cpu_update_traps(cpu);
    uint64_t before = run->count[COUNT_VL_CHANGE];
    cpu->sysreg[SR_ZCR_EL2] = 0;
    cpu_update_traps(cpu);
    cpu_update_traps(cpu);
    EXPECT_EQ(run->count[COUNT_VL_CHANGE] - before, 1);
}

TEST_MAIN
