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
    EXPECT_EQ(run->switches.sum.instructions, 33);
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

/* ---- What exceptions took ---- */

struct asked {
    const char *reason;
    struct why_cost cost;
};
static void find_cost(void *arg, unsigned class, const char *reason, const struct why_cost *c)
{
    struct asked *a = arg;
    (void)class;
    if (!strcmp(reason, a->reason))
        why_cost_add(&a->cost, c);
}
static struct why_cost cost(unsigned target, unsigned vcpu, const char *reason)
{
    struct asked a = { .reason = reason };
    why_costs(cpu, target, vcpu, find_cost, &a);
    return a.cost;
}

static void start_ledger(void)
{
    start();
    memset(cpu->stats->reason, 0, sizeof cpu->stats->reason);
    memset(cpu->stats->open, 0, sizeof cpu->stats->open);
    memset(run->outside, 0, sizeof run->outside);
}

static void host_vhe(void) { cpu->sysreg[SR_HCR_EL2] = (cpu->sysreg[SR_HCR_EL2] & ~HCR_VM) | HCR_TGE | HCR_E2H; }
static void to_guest(unsigned vmid)
{
    cpu->sysreg[SR_HCR_EL2] &= ~HCR_TGE;
    enter(vmid, 0, EL1);
}

static void add_self(void *arg, unsigned class, const char *reason, const struct why_cost *c)
{
    (void)class, (void)reason;
    stat_add(arg, c->self);
}

/* Every cycle at EL1 and EL2 is of one exception, or of none. */
static void expect_complete(void)
{
    struct stat_time el2 = run->outside[EL2], el1 = run->outside[EL1];
    stats_settle(cpu);
    el2 = run->outside[EL2], el1 = run->outside[EL1];
    for (unsigned n = 0; n <= run->vcpus; n++)
        why_costs(cpu, EL2, n, add_self, &el2);
    why_costs(cpu, EL1, 0, add_self, &el1);
    EXPECT_EQ(el2.cycles, run->at[EL2].cycles);
    EXPECT_EQ(el2.instructions, run->at[EL2].instructions);
    EXPECT_EQ(el2.ns, run->at[EL2].ns);
    EXPECT_EQ(el1.cycles, run->at[EL1].cycles);
    for (unsigned n = 1; n <= run->vcpus; n++) {
        struct stat_time own = run->vcpu[n - 1].outside;
        why_costs(cpu, EL1, n, add_self, &own);
        EXPECT_EQ(own.cycles, run->vcpu[n - 1].at[EL1].cycles);
    }
}

TEST(an_exception_takes_what_its_handler_does)
{
    start_ledger();
    host_vhe();
    pass(5); /* before the first exception */
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    for (unsigned i = 1; i <= 3; i++) {
        pass(1000);
        AArch64_CallSupervisor(cpu, 0);
        pass(10 * i);
        AArch64_ExceptionReturn(cpu, 0x5000, 0);
    }
    struct why_cost c = cost(EL2, 0, "SVC instruction");
    EXPECT_EQ(c.count, 3);
    EXPECT_EQ(c.returned, 3);
    EXPECT_EQ(c.self.cycles, 60);
    EXPECT_EQ(c.total.cycles, 60);
    EXPECT_EQ(c.longest, 30);
    EXPECT_EQ(run->outside[EL2].cycles, 5);
    expect_complete();
}

TEST(an_exception_within_an_exception)
{
    start_ledger();
    host_vhe();
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    AArch64_CallSupervisor(cpu, 0);
    pass(10);
    AArch64_SoftwareBreakpoint(cpu, 0); /* EL2 to EL2 */
    pass(7);
    AArch64_ExceptionReturn(cpu, 0x5000, 9);
    pass(3);
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    struct why_cost outer = cost(EL2, 0, "SVC instruction"), inner = cost(EL2, 0, "BRK instruction");
    EXPECT_EQ(outer.self.cycles, 13);
    EXPECT_EQ(outer.total.cycles, 20);
    EXPECT_EQ(inner.self.cycles, 7);
    EXPECT_EQ(inner.total.cycles, 7);
    expect_complete();
}

/* In the handler of an interrupt another task is chosen: who returns was never interrupted here. */
TEST(a_task_that_goes_on_elsewhere)
{
    start_ledger();
    host_vhe();
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    AArch64_CallSupervisor(cpu, 0);
    pass(10);
    AArch64_SoftwareBreakpoint(cpu, 0);
    pass(7);
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    EXPECT_EQ(cost(EL2, 0, "SVC instruction").total.cycles, 17);
    EXPECT_EQ(cost(EL2, 0, "BRK instruction").returned, 0);
    EXPECT_EQ(cost(EL2, 0, "BRK instruction").self.cycles, 7);
    AArch64_CallSupervisor(cpu, 0);
    AArch64_ExceptionReturn(cpu, 0x7000, 9); /* the other task's interrupt: taken elsewhere */
    pass(2);
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    EXPECT_EQ(cost(EL2, 0, "SVC instruction").self.cycles, 12);
    expect_complete();
}

/* Linux begins at EL1, and its stub at EL2 returns to the caller at EL2. */
TEST(the_call_that_stays_at_el2)
{
    start_ledger();
    AArch64_ExceptionReturn(cpu, 0x5000, 5);
    pass(3);
    AArch64_CallHypervisor(cpu, 0);
    uint64_t back = cpu->sysreg[SR_ELR_EL2];
    pass(8);
    host_vhe();
    AArch64_ExceptionReturn(cpu, back, 9);
    pass(1000);
    EXPECT_EQ(cost(EL2, 0, "HVC instruction").total.cycles, 8);
    stats_settle(cpu);
    EXPECT_EQ(run->outside[EL2].cycles, 1000);
    expect_complete();
}

/* A VMM: KVM_RUN, an exit that the kernel handles, one that user space handles. What the guest does belongs to neither,
 * what user space does belongs to the exit and not to the system call that is over. */
TEST(exits_and_system_calls_interleave)
{
    start_ledger();
    host_vhe();
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    AArch64_CallSupervisor(cpu, 0); /* KVM_RUN */
    pass(1);
    to_guest(3);
    pass(1000);
    AArch64_CallHypervisor(cpu, 0);
    pass(20);
    to_guest(3);
    pass(1000);
    AArch64_CallHypervisor(cpu, 0);
    pass(30);
    host_vhe();
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    pass(400);
    AArch64_CallSupervisor(cpu, 0);
    pass(2);
    to_guest(3);
    struct why_cost exits = cost(EL2, 1, "HVC instruction"), calls = cost(EL2, 0, "SVC instruction");
    EXPECT_EQ(exits.count, 2);
    EXPECT_EQ(exits.returned, 2);
    EXPECT_EQ(exits.self.cycles, 50);
    EXPECT_EQ(exits.total.cycles, 20 + 30 + 400 + 2);
    EXPECT_EQ(exits.longest, 432);
    EXPECT_EQ(exits.total.cycles, run->switches.sum.cycles);
    EXPECT_EQ(calls.returned, 1);
    EXPECT_EQ(calls.self.cycles, 3);
    EXPECT_EQ(calls.total.cycles, 1 + 20 + 30);
    expect_complete();
}

/* An exception within a guest: exits meanwhile are not its own. */
TEST(a_guests_exceptions)
{
    start_ledger();
    to_guest(3);
    pass(4);
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    AArch64_CallSupervisor(cpu, 0);
    pass(10);
    AArch64_CallHypervisor(cpu, 0);
    pass(500);
    to_guest(3);
    pass(10);
    AArch64_ExceptionReturn(cpu, 0x5000, 0);
    EXPECT_EQ(cost(EL1, 1, "SVC instruction").self.cycles, 20);
    EXPECT_EQ(cost(EL1, 1, "SVC instruction").total.cycles, 20);
    EXPECT_EQ(cost(EL1, 0, "SVC instruction").count, 0);
    EXPECT_EQ(run->vcpu[0].outside.cycles, 4);
    expect_complete();
}

/* Whatever a guest does, all is accounted and nothing overflows. */
TEST(arbitrary_exceptions_and_returns)
{
    start_ledger();
    host_vhe();
    uint64_t x = 1;
    for (unsigned i = 0; i < 20000; i++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        pass(x >> 60);
        unsigned what = x >> 33 & 7;
        if (cpu->pstate.EL == EL2 && what < 2)
            to_guest(x >> 40 & 3);
        else if (cpu->pstate.EL == EL2 && what < 4)
            host_vhe(), AArch64_ExceptionReturn(cpu, 0x5000, what == 3 ? 9 : 0);
        else if (cpu->pstate.EL == EL1 && what < 4)
            AArch64_ExceptionReturn(cpu, 0x5000, what < 2 ? 0 : 5);
        else if (cpu->pstate.EL == EL0 || what < 6)
            AArch64_CallSupervisor(cpu, 0);
        else
            AArch64_CallHypervisor(cpu, 0);
    }
    expect_complete();
    EXPECT(run->switches.count > 100);
    uint64_t longest = 0;
    for (unsigned n = 0; n <= run->vcpus; n++)
        longest = cost(EL2, n, "HVC instruction").longest > longest ? cost(EL2, n, "HVC instruction").longest : longest;
    EXPECT(longest < 100000);
}

/* A protected KVM's host is under stage 2 with VMID 0: between a guest's exit and the next entry it is part of the
 * switch. */
TEST(a_protected_host)
{
    start_ledger();
    to_guest(0);
    pass(11);
    AArch64_CallHypervisor(cpu, 0); /* run the guest */
    pass(3);
    to_guest(2);
    EXPECT_EQ(run->switches.count, 1); /* of a guest of VMID 0, as hypervisors without user space have */
    pass(100);
    AArch64_CallHypervisor(cpu, 0);
    pass(5);
    to_guest(0);
    pass(50);
    AArch64_CallHypervisor(cpu, 0);
    pass(6);
    to_guest(2);
    EXPECT_EQ(run->switches.count, 2);
    EXPECT_EQ(run->switches.sum.cycles, 3 + 61);
    EXPECT_EQ(cost(EL2, 2, "HVC instruction").total.cycles, 61);
    EXPECT_EQ(cost(EL2, 2, "HVC instruction").self.cycles, 5);
    expect_complete();
}

/* ---- What world switches consist of ---- */

static unsigned fills, told[64], tolds;
static void fill(struct machine *m, struct cpu *c, uint64_t address, bool first)
{
    static const struct ledger_range ranges[] = {
        { 0x1000, 0x1800, LEDGER_HOST },
        { 0x1800, 0x1900, LEDGER_FP },
        { 0x2000, 0x2100, LEDGER_ENTRY },
    };
    (void)c, (void)address;
    EXPECT_EQ(first, !fills);
    fills++;
    EXPECT(ledger_set(m, ranges, sizeof ranges / sizeof ranges[0]));
}
static void tell(void *context, struct cpu *c, unsigned part)
{
    (void)context, (void)c;
    if (tolds < 64)
        told[tolds++] = part;
}

TEST(parts_of_a_switch)
{
    static const struct machine_observer observer = { .switch_part = tell };
    start_ledger();
    fills = tolds = 0;
    EXPECT(ledger_open(cpu->machine, fill));
    ledger_fast(cpu->machine);
    machine_observe(cpu->machine, &observer);
    to_guest(3);
    ledger_branch(cpu, 0x1000); /* means nothing within a guest */
    pass(100);
    AArch64_CallHypervisor(cpu, 0); /* to an address that has no name */
    EXPECT_EQ(run->split, 1);
    pass(5);
    ledger_branch(cpu, 0x1000);
    pass(6);
    ledger_branch(cpu, 0x1700);
    pass(7);
    ledger_branch(cpu, 0x1800);
    pass(8);
    ledger_branch(cpu, 0x1900); /* no name either */
    pass(9);
    host_vhe();
    AArch64_ExceptionReturn(cpu, 0x1800, 0);
    pass(10);
    ledger_branch(cpu, 0x1000); /* addresses say nothing about user space */
    pass(11);
    cpu->sysreg[SR_VBAR_EL2] = 0x1000;
    AArch64_CallSupervisor(cpu, 0);
    cpu->sysreg[SR_VBAR_EL2] = 0;
    pass(12);
    ledger_branch(cpu, 0x2004);
    pass(13);
    to_guest(3);
    EXPECT_EQ(fills, 2); /* for the vectors, and what has no name */
    AArch64_CallHypervisor(cpu, 0);
    ledger_branch(cpu, 0x1000);
    ledger_branch(cpu, 0x1980);
    EXPECT_EQ(fills, 2); /* once for a page */
    ledger_drop(cpu);
    const struct switch_stats *s = &run->switches;
    EXPECT_EQ(s->count, 1);
    EXPECT_EQ(s->split, 1);
    EXPECT_EQ(s->part[LEDGER_EXIT].cycles, 5);
    EXPECT_EQ(s->part[LEDGER_HOST].cycles, 6 + 7 + 12);
    EXPECT_EQ(s->part[LEDGER_FP].instructions, 8);
    EXPECT_EQ(s->part[LEDGER_OTHER].cycles, 9);
    EXPECT_EQ(s->part[LEDGER_USER].ns, 21);
    EXPECT_EQ(s->part[LEDGER_ENTRY].cycles, 13);
    EXPECT_EQ(s->by_part[LEDGER_HOST][4], 1);
    EXPECT_EQ(s->by_part[LEDGER_VGIC][0], 0);
    uint64_t sum = 0;
    for (unsigned i = 0; i < LEDGER_PARTS; i++)
        sum += s->part[i].cycles;
    EXPECT_EQ(sum, s->sum.cycles);
    static const unsigned order[] = {
        LEDGER_EXIT,  LEDGER_HOST,  LEDGER_FP,   LEDGER_OTHER, LEDGER_USER,  LEDGER_HOST,
        LEDGER_ENTRY, LEDGER_PARTS, LEDGER_EXIT, LEDGER_HOST,  LEDGER_OTHER, LEDGER_PARTS
    };
    EXPECT_EQ(tolds, sizeof order / sizeof order[0]);
    for (unsigned i = 0; i < tolds; i++)
        EXPECT_EQ(told[i], order[i]);
    machine_unobserve(cpu->machine, &observer);
    ledger_free(cpu->machine);
}

/* Without a timing model, and nobody who tells of branches, there is nothing to say. */
TEST(no_parts_unless_asked_for)
{
    start_ledger();
    EXPECT(ledger_open(cpu->machine, fill));
    fills = 0;
    for (unsigned i = 0; i < 2; i++) {
        to_guest(3);
        AArch64_CallHypervisor(cpu, 0);
        pass(5);
    }
    EXPECT_EQ(fills, 0);
    EXPECT_EQ(run->split, 0);
    EXPECT_EQ(run->switches.split, 0);
    ledger_free(cpu->machine);
}

TEST_MAIN
