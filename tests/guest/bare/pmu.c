// PMUv3: cycles and instructions are counted, counters overflow with an interrupt, and stop when told.
#include "bare.h"

const char bare_name[] = "pmu";

#define PMU_PPI            23
#define PMCR_E             BIT(0)
#define PMCR_P             BIT(1)
#define PMCR_C             BIT(2)
#define PMCR_LC            BIT(6)
#define CYCLES             BIT(31)
#define FILTER_NSH         BIT(27) // count at EL2 as well
#define EVENT_SW_INCR      0x00
#define EVENT_INST_RETIRED 0x08
#define LOOPS              10000

static volatile unsigned taken, last_intid;
static uint64_t overflowed;

static void acknowledge(struct exception *exception)
{
    unsigned intid = (unsigned)READ(icc_iar1_el1);

    (void)exception;
    taken++;
    last_intid = intid;
    overflowed = READ(pmovsset_el0);
    WRITE(pmovsclr_el0, overflowed);
    WRITE(icc_eoir1_el1, intid);
    ISB();
}

// Two instructions a turn.
static void loop(uint64_t turns) { asm volatile("1: subs %0, %0, #1\n b.ne 1b" : "+r"(turns)::"cc"); }

static void start(uint64_t counters)
{
    WRITE(pmcr_el0, PMCR_E | PMCR_P | PMCR_C | PMCR_LC);
    WRITE(pmccfiltr_el0, FILTER_NSH);
    WRITE(pmovsclr_el0, 0xffffffff);
    WRITE(pmcntenset_el0, counters);
    ISB();
}

static void check_cycles(void)
{
    uint64_t before, after;

    start(CYCLES);
    check("PMCR.C clears the cycle counter", READ(pmccntr_el0) < 1000000);
    before = READ(pmccntr_el0);
    loop(LOOPS);
    ISB();
    after = READ(pmccntr_el0);
    check("cycles pass", after > before);
    WRITE(pmcntenclr_el0, CYCLES);
    ISB();
    before = READ(pmccntr_el0);
    loop(LOOPS);
    ISB();
    check_equal("cycle counter after it was stopped", READ(pmccntr_el0), before);
    print("pmu: ");
    print_number(after);
    print(" cycles for ");
    print_number(2 * LOOPS);
    print(" instructions\n");
}

static void check_instructions(void)
{
    uint64_t counted;

    if (!(READ(pmceid0_el0) >> EVENT_INST_RETIRED & 1)) {
        print("pmu: no INST_RETIRED\n");
        return;
    }
    WRITE(pmevtyper0_el0, EVENT_INST_RETIRED | FILTER_NSH);
    start(BIT(0));
    loop(LOOPS);
    ISB();
    counted = READ(pmevcntr0_el0);
    print("pmu: ");
    print_number(counted);
    print(" instructions retired\n");
    check("INST_RETIRED counts a loop's instructions", counted >= 2 * LOOPS && counted < 2 * LOOPS + 50);
}

static void check_interrupt(const char *what, uint64_t counter)
{
    DAIF_UNMASK_IRQ();
    for (unsigned i = 0; i < 1000 && !taken; i++)
        loop(LOOPS);
    DAIF_MASK_IRQ();
    check_equal(what, taken, 1);
    check_equal("INTID", last_intid, PMU_PPI);
    check_equal("PMOVSSET", overflowed, counter);
    check("the line falls with the overflow bit", !gic_pending(PMU_PPI));
    taken = 0;
    WRITE(pmintenclr_el1, 0xffffffff);
    WRITE(pmcntenclr_el0, 0xffffffff);
}

static void check_overflow(void)
{
    gic_init();
    this_cpu()->irq = acknowledge;
    gic_enable(PMU_PPI, 0x80);
    start(CYCLES);
    WRITE(pmintenset_el1, CYCLES);
    WRITE(pmccntr_el0, -(uint64_t)5000);
    ISB();
    check_interrupt("interrupts of the cycle counter", CYCLES);

    if (!FIELD(READ(pmcr_el0), 15, 11))
        return;
    WRITE(pmevtyper0_el0, EVENT_SW_INCR | FILTER_NSH);
    start(BIT(0));
    WRITE(pmevcntr0_el0, 0xfffffffe);
    WRITE(pmintenset_el1, BIT(0));
    ISB();
    WRITE(pmswinc_el0, 1);
    ISB();
    check_equal("counter after one software increment", READ(pmevcntr0_el0), 0xffffffff);
    check_equal("no overflow yet", READ(pmovsset_el0), 0);
    WRITE(pmswinc_el0, 1);
    ISB();
    check_interrupt("interrupts of an event counter", BIT(0));
}

void bare_main(void)
{
    uint64_t version = FIELD(READ(id_aa64dfr0_el1), 11, 8);

    check("ID_AA64DFR0_EL1.PMUVer", version && version != 15);
    if (!version || version == 15)
        return;
    check_cycles();
    check_instructions();
    check_overflow();
}
