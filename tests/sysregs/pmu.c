/* Performance monitors: counting by EL, overflow, chains, access controls; with a model, whose counts are the test's.
 */
#include "core/timing.h"

static uint64_t test_event(const struct cpu *cpu, enum timing_event e);
static enum timing_mode test_mode(const struct cpu *cpu);
#define timing_event(CPU, E) test_event(CPU, E)
#define timing_mode(CPU)     test_mode(CPU)
#include "sysregs/pmu.c"
#undef timing_event
#undef timing_mode

#include "tests/sysregs/pe.h"

/* With a model: a count for each event, of which `rate` of 256 come with each cycle. */
static bool with_model;
static uint64_t occurred_before[TIMING_EVENTS], rate[TIMING_EVENTS], cycles_before;

static uint64_t test_event(const struct cpu *cpu, enum timing_event e)
{
    if (!with_model)
        return timing_event(cpu, e);
    return e == TE_CPU_CYCLES ? cpu_cycles(cpu)
                              : occurred_before[e] + (cpu_cycles(cpu) - cycles_before) * rate[e] / 256;
}
static enum timing_mode test_mode(const struct cpu *cpu) { return with_model ? TIMING_OOO : timing_mode(cpu); }

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
    with_model = false;
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

/* What counts in 10 instructions at EL2 of: the cycle counter, counter 0 of EL1, counter 5 of EL2. */
static unsigned counting_at_el2(uint64_t mdcr, uint64_t pmcr)
{
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    unsigned what = 0;
    cpu->pstate.EL = EL2;
    WRITE(pmu, cpu, SR_MDCR_EL2, mdcr | 4); /* HPMN 4 */
    write_reg(cpu, SR_PMEVTYPER0_EL0, 8 | BIT(27));
    write_reg(cpu, SR_PMEVTYPER5_EL0, 8 | BIT(27));
    write_reg(cpu, SR_PMCCFILTR_EL0, BIT(27));
    write_reg(cpu, SR_PMCNTENSET_EL0, BIT(31) | BIT(5) | BIT(0));
    write_reg(cpu, SR_PMCR_EL0, pmcr);
    run(m, cpu, 10);
    what = (read_reg(cpu, SR_PMCCNTR_EL0) == 10) | (read_reg(cpu, SR_PMEVCNTR0_EL0) == 10) << 1 |
           (read_reg(cpu, SR_PMEVCNTR5_EL0) == 10) << 2;
    /* Below EL2 nothing is prohibited. */
    write_reg(cpu, SR_PMCR_EL0, 0);
    write_reg(cpu, SR_PMCCNTR_EL0, 0);
    write_reg(cpu, SR_PMCR_EL0, pmcr);
    set_el(cpu, EL1);
    run(m, cpu, 10);
    EXPECT_EQ(read_reg(cpu, SR_PMCCNTR_EL0), pmcr & 1 ? 10 : 0);
    test_machine_free(m);
    return what;
}
TEST(counting_prohibited_at_el2)
{
    enum { E = 1, DP = BIT(5), HPME = BIT(7), HPMD = BIT(17), HCCD = BIT(23), CYCLES = 1, EL1S = 2, EL2S = 4 };
    EXPECT_EQ(counting_at_el2(0, E), CYCLES | EL1S);
    EXPECT_EQ(counting_at_el2(HPME, E), CYCLES | EL1S | EL2S);
    EXPECT_EQ(counting_at_el2(HPME, 0), EL2S);
    EXPECT_EQ(counting_at_el2(HPME | HPMD, E), CYCLES | EL2S);
    EXPECT_EQ(counting_at_el2(HPME | HPMD, E | DP), EL2S);
    EXPECT_EQ(counting_at_el2(HPME | HCCD, E), EL1S | EL2S);
    EXPECT_EQ(counting_at_el2(HPME, E | DP), CYCLES | EL1S | EL2S);
}

/* MDCR_EL2.HLP is for EL2's counters what PMCR_EL0.LP is for the others. */
TEST(long_counters_by_range)
{
    static const struct {
        uint64_t hlp, lp, overflowed;
    } row[] = { { 0, 0, 0x21 }, { BIT(26), 0, 0x01 }, { 0, BIT(7), 0x20 }, { BIT(26), BIT(7), 0 } };
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        struct cpu *cpu;
        struct machine *m = setup(&cpu);
        cpu->pstate.EL = EL2;
        WRITE(pmu, cpu, SR_MDCR_EL2, 4 | BIT(7) | row[i].hlp);
        for (unsigned n = 0; n <= 5; n += 5) {
            write_reg(cpu, SR_PMEVTYPER0_EL0 + n, 8 | BIT(27));
            write_reg(cpu, SR_PMEVCNTR0_EL0 + n, UINT32_MAX - 3);
        }
        write_reg(cpu, SR_PMCNTENSET_EL0, 0x21);
        write_reg(cpu, SR_PMCR_EL0, 1 | row[i].lp);
        run(m, cpu, 10);
        EXPECT_EQ(read_reg(cpu, SR_PMOVSSET_EL0), row[i].overflowed);
        test_machine_free(m);
    }
}

/* ---- With a model ---- */

static struct machine *setup_model(struct cpu **cpu)
{
    struct machine *m = setup(cpu);
    with_model = true;
    memset(rate, 0, sizeof rate);
    memset(occurred_before, 0, sizeof occurred_before);
    cycles_before = 0;
    return m;
}
static void set_rate(struct cpu *cpu, enum timing_event e, uint64_t r)
{
    for (unsigned i = 0; i < TIMING_EVENTS; i++)
        occurred_before[i] = test_event(cpu, i);
    cycles_before = cpu_cycles(cpu);
    rate[e] = r;
}

static bool said(struct cpu *cpu, unsigned number)
{
    uint64_t id = read_reg(cpu, number & 0x20 ? SR_PMCEID1_EL0 : SR_PMCEID0_EL0);
    return id >> ((number & 31) + (number & 0x4000 ? 32 : 0)) & 1;
}

TEST(events_that_the_mode_counts)
{
    static const int number[] = {
#define TIMING_EVENT(NAME, NUMBER, TEXT) NUMBER,
#include "core/timing_event.def"
    };
    static const unsigned always[] = { 0, 8, 9, 0xa, 0x11, 0x1b, 0x1e, 0x23, 0x24 };
    struct cpu *cpu;
    struct machine *m = setup_model(&cpu);
    uint64_t expected[2] = { BIT(0) | BIT(0x1e), 0 };
    for (unsigned i = 0; i < sizeof number / sizeof *number; i++)
        if (number[i] >= 0 && number[i] < 0x40)
            expected[number[i] / 32] |= BIT(number[i] % 32);
    EXPECT_EQ(read_reg(cpu, SR_PMCEID0_EL0), expected[0]);
    EXPECT_EQ(read_reg(cpu, SR_PMCEID1_EL0), expected[1]);
    EXPECT(said(cpu, 0x03) && said(cpu, 0x22) && said(cpu, 0x34) && !said(cpu, 0x06));
    with_model = false;
    unsigned n = 0;
    for (unsigned i = 0; i < 0x40; i++)
        n += said(cpu, i);
    EXPECT_EQ(n, sizeof always / sizeof *always);
    for (unsigned i = 0; i < sizeof always / sizeof *always; i++)
        EXPECT(said(cpu, always[i]));
    test_machine_free(m);
}

/* docs/pmu.md has a row of each, and says of fast what it counts. */
TEST(events_in_the_documentation)
{
    static const struct {
        const char *name;
        int number;
        enum timing_event e;
    } row[] = {
#define TIMING_EVENT(NAME, NUMBER, TEXT) { #NAME, NUMBER, TE_##NAME },
#include "core/timing_event.def"
    };
    static char text[1 << 16];
    struct cpu *cpu;
    struct machine *m = setup(&cpu);
    FILE *f = fopen("docs/pmu.md", "r");
    size_t size = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[size] = 0;
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        char start[80];
        snprintf(start, sizeof start, "\n| 0x%0*x | `%s` |", row[i].number < 0x100 ? 2 : 4, (unsigned)row[i].number,
                 row[i].name);
        const char *found = row[i].number < 0 ? NULL : strstr(text, start),
                   *end = found ? strchr(found + 1, '\n') : NULL;
        if (row[i].number >= 0 && (!end || (memcmp(end - 7, "| yes |", 7) == 0) != counts(cpu, row[i].e)))
            FAIL("%s: no row, or a wrong one", row[i].name);
    }
    test_machine_free(m);
}

/* Each event by its number, and no other of the 65536. */
TEST(numbers_of_events)
{
    static const struct {
        int number;
        enum timing_event e;
    } row[] = {
#define TIMING_EVENT(NAME, NUMBER, TEXT) { NUMBER, TE_##NAME },
#include "core/timing_event.def"
    };
    struct cpu *cpu;
    struct machine *m = setup_model(&cpu);
    unsigned found = 0, expected = 0;
    write_reg(cpu, SR_PMCR_EL0, 1);
    for (unsigned i = 0; i < sizeof row / sizeof *row; i++) {
        set_rate(cpu, row[i].e, 0);
        rate[row[i].e] = 256 * (i + 2);
        expected += row[i].number >= 0;
    }
    for (unsigned number = 0; number < 0x10000; number++) {
        write_reg(cpu, SR_PMEVTYPER0_EL0, number);
        write_reg(cpu, SR_PMEVCNTR0_EL0, 0);
        write_reg(cpu, SR_PMCNTENSET_EL0, 1);
        cpu->icount += 10;
        uint64_t count = read_reg(cpu, SR_PMEVCNTR0_EL0), want = 0;
        write_reg(cpu, SR_PMCNTENCLR_EL0, 1);
        for (unsigned i = 0; i < sizeof row / sizeof *row; i++)
            if (row[i].number == (int)number)
                want = row[i].e == TE_CPU_CYCLES ? 10 : 10 * (i + 2), found++;
        if (count != want)
            FAIL("event %#x counts %" PRIu64 ", expected %" PRIu64, number, count, want);
    }
    EXPECT_EQ(found, expected);
    test_machine_free(m);
}

/* A change of the event, and of what is enabled, forgets nothing and counts nothing that was before. */
TEST(cycles_and_instructions_differ)
{
    struct cpu *cpu;
    struct machine *m = setup_model(&cpu);
    set_rate(cpu, TE_INST_RETIRED, 512);
    set_rate(cpu, TE_L1D_CACHE_REFILL, 64);
    run(m, cpu, 1000);
    write_reg(cpu, SR_PMEVTYPER0_EL0, 0x08);
    write_reg(cpu, SR_PMEVTYPER1_EL0, 0x03);
    write_reg(cpu, SR_PMCNTENSET_EL0, BIT(31) | 3);
    write_reg(cpu, SR_PMCR_EL0, 1);
    run(m, cpu, 1000);
    EXPECT_EQ(read_reg(cpu, SR_PMCCNTR_EL0), 1000);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 2000);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR1_EL0), 250);
    write_reg(cpu, SR_PMEVTYPER1_EL0, 0x11); /* goes on from 250 */
    run(m, cpu, 100);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR1_EL0), 350);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 2200);
    write_reg(cpu, SR_PMCNTENCLR_EL0, 1);
    run(m, cpu, 100);
    write_reg(cpu, SR_PMCNTENSET_EL0, 1);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 2200);
    write_reg(cpu, SR_PMCR_EL0, 0);
    run(m, cpu, 100);
    write_reg(cpu, SR_PMCR_EL0, 1);
    run(m, cpu, 1);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 2202);
    test_machine_free(m);
}

/* Overflow of an event at any rate, also one that changes: never early, and by at most LATE_CYCLES late. */
TEST(overflow_interrupt_of_what_a_model_counts)
{
    static const unsigned rates[] = { 1, 7, 100, 256, 700, 1024, 16 * 256 };
    for (unsigned i = 0; i < sizeof rates / sizeof *rates; i++)
        for (uint64_t period = 1; period < 1000000; period *= 11) {
            struct cpu *cpu;
            struct machine *m = setup_model(&cpu);
            uint64_t looked = 0, cycles = 0, before;
            set_rate(cpu, TE_L1D_CACHE, rates[i]);
            write_reg(cpu, SR_PMEVTYPER2_EL0, 0x04);
            write_reg(cpu, SR_PMEVCNTR2_EL0, BIT(32) - period);
            write_reg(cpu, SR_PMINTENSET_EL1, 4);
            write_reg(cpu, SR_PMCNTENSET_EL0, 4);
            write_reg(cpu, SR_PMCR_EL0, 1);
            before = cpu->icount;
            while (!line && looked++ < 100000) {
                run(m, cpu, m->heap[1]->when - cpu_time(cpu));
                if (looked == 5)
                    set_rate(cpu, TE_L1D_CACHE, rates[i] * 3 / 4 + 1);
            }
            uint64_t over = read_reg(cpu, SR_PMEVCNTR2_EL0) - BIT(32);
            cycles = cpu->icount - before;
            EXPECT(line);
            if (over > (uint64_t)LATE_CYCLES * rates[i] / 256 + 1)
                FAIL("rate %u period %" PRIu64 ": %" PRIu64 " too late", rates[i], period, over);
            if (looked > 40 + cycles / LATE_CYCLES)
                FAIL("rate %u period %" PRIu64 ": looked %" PRIu64 " times", rates[i], period, looked);
            test_machine_free(m);
        }
}

/* That of the cycle counter is at its cycle. */
TEST(overflow_interrupt_of_cycles_is_exact)
{
    struct cpu *cpu;
    struct machine *m = setup_model(&cpu);
    cpu->clock_hz = 3000000000;
    write_reg(cpu, SR_PMCCNTR_EL0, 0 - UINT64_C(3000));
    write_reg(cpu, SR_PMINTENSET_EL1, BIT(31));
    write_reg(cpu, SR_PMCNTENSET_EL0, BIT(31));
    write_reg(cpu, SR_PMCR_EL0, 1);
    EXPECT_EQ(m->heap[1]->when, 1000);
    test_machine_free(m);
}

/* A mode that has no number of an event must not make its counter jump. */
TEST(back_to_fast)
{
    struct cpu *cpu;
    struct machine *m = setup_model(&cpu);
    set_rate(cpu, TE_L1D_CACHE, 256);
    run(m, cpu, 1000);
    write_reg(cpu, SR_PMEVTYPER0_EL0, 0x04);
    write_reg(cpu, SR_PMCNTENSET_EL0, 1);
    write_reg(cpu, SR_PMCR_EL0, 1);
    run(m, cpu, 10);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 10);
    with_model = false;
    run(m, cpu, 10);
    EXPECT_EQ(read_reg(cpu, SR_PMEVCNTR0_EL0), 10);
    EXPECT_EQ(read_reg(cpu, SR_PMOVSSET_EL0), 0);
    test_machine_free(m);
}

/* Before FEAT_PMUv3p1 event numbers have ten bits, and PMCEIDn_EL0 32. */
TEST(the_first_version)
{
    struct cpu *cpu;
    struct machine *m = setup_model(&cpu);
    struct cpu_class old = *cpu->cls;
    write_reg(cpu, SR_PMEVTYPER0_EL0, 0xffff);
    EXPECT_EQ(read_reg(cpu, SR_PMEVTYPER0_EL0), 0xffff);
    old.features[FEAT_PMUv3p1 / 64] &= ~BIT(FEAT_PMUv3p1 % 64);
    cpu->cls = &old;
    write_reg(cpu, SR_PMEVTYPER0_EL0, 0xffff);
    EXPECT_EQ(read_reg(cpu, SR_PMEVTYPER0_EL0), 0x3ff);
    EXPECT_EQ(read_reg(cpu, SR_PMCEID0_EL0) >> 32, 0);
    test_machine_free(m);
}

TEST_MAIN
