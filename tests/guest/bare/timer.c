// The generic timers: each raises its interrupt at its time and not before, CVAL against TVAL, CNTVOFF, the E2H views
// and the traps of CNTHCTL_EL2 and CNTKCTL_EL1. In a guest, the two EL1 timers alone.
#include "bare.h"

const char bare_name[] = "timer";

#define CTL_ENABLE  BIT(0)
#define CTL_IMASK   BIT(1)
#define CTL_ISTATUS BIT(2)
#define DELAY       100000u // ticks; 0.1 ms where the counter runs at 1 GHz

struct timer {
    const char *name;
    unsigned intid;
    void (*set_ctl)(uint64_t value);
    uint64_t (*ctl)(void);
    void (*set_cval)(uint64_t value);
    uint64_t (*cval)(void);
    void (*set_tval)(uint64_t value);
    uint64_t (*tval)(void);
    uint64_t (*count)(void);
};

static uint64_t physical_count(void) { return READ(cntpct_el0); }
static uint64_t virtual_count(void) { return READ(cntvct_el0); }

#define TIMER_FUNCTIONS(id, ctl_reg, cval_reg, tval_reg)                  \
    static void id##_set_ctl(uint64_t value)                              \
    {                                                                     \
        WRITE(ctl_reg, value);                                            \
        ISB();                                                            \
    }                                                                     \
    static uint64_t id##_ctl(void) { return READ(ctl_reg); }              \
    static void id##_set_cval(uint64_t value) { WRITE(cval_reg, value); } \
    static uint64_t id##_cval(void) { return READ(cval_reg); }            \
    static void id##_set_tval(uint64_t value) { WRITE(tval_reg, value); } \
    static uint64_t id##_tval(void) { return READ(tval_reg); }

#define TIMER(id, text, intid, count)                                                                  \
    {                                                                                                  \
        text, intid, id##_set_ctl, id##_ctl, id##_set_cval, id##_cval, id##_set_tval, id##_tval, count \
    }

TIMER_FUNCTIONS(cntv, cntv_ctl_el0, cntv_cval_el0, cntv_tval_el0)
TIMER_FUNCTIONS(cntp, cntp_ctl_el0, cntp_cval_el0, cntp_tval_el0)
TIMER_FUNCTIONS(cnthp, cnthp_ctl_el2, cnthp_cval_el2, cnthp_tval_el2)
TIMER_FUNCTIONS(cnthv, s3_4_c14_c3_1, s3_4_c14_c3_2, s3_4_c14_c3_0)

static const struct timer timers[] = {
    TIMER(cntv, "CNTV", 27, virtual_count),
    TIMER(cntp, "CNTP", 30, physical_count),
    TIMER(cnthp, "CNTHP", 26, physical_count),
    TIMER(cnthv, "CNTHV", 28, physical_count),
};

static volatile unsigned taken, last_intid;
static const struct timer *current;
static uint64_t taken_at;

static void acknowledge(struct exception *exception)
{
    uint64_t intid = READ(icc_iar1_el1);

    (void)exception;
    taken_at = current->count();
    taken++;
    last_intid = (unsigned)intid;
    current->set_ctl(CTL_ENABLE | CTL_IMASK); // the line is level-sensitive
    WRITE(icc_eoir1_el1, intid);
    ISB();
}

static void wait_for_interrupt(void)
{
    while (!taken) {
        WFI();
        DAIF_UNMASK_IRQ();
        ISB();
        DAIF_MASK_IRQ();
    }
}

static void check_fires(const struct timer *timer, bool by_tval)
{
    uint64_t start = timer->count(), due = start + DELAY;

    taken = 0;
    if (by_tval)
        timer->set_tval(DELAY);
    else
        timer->set_cval(due);
    timer->set_ctl(CTL_ENABLE);
    check("CVAL is about what TVAL asked for", timer->cval() - due < 100 * DELAY);
    check("TVAL counts down from it", (int32_t)timer->tval() <= (int32_t)DELAY);
    wait_for_interrupt();
    check_equal("interrupts", taken, 1);
    check_equal("INTID", last_intid, timer->intid);
    check("not before its time", taken_at >= due);
    check_equal("CTL", timer->ctl(), CTL_ENABLE | CTL_IMASK | CTL_ISTATUS);
    check("TVAL is negative after its time", (int32_t)timer->tval() < 0);
}

static void check_line(const struct timer *timer)
{
    timer->set_ctl(0);
    timer->set_cval(0);
    check("no interrupt of a disabled timer", !gic_pending(timer->intid));
    timer->set_ctl(CTL_ENABLE | CTL_IMASK);
    check("no interrupt of a masked timer", !gic_pending(timer->intid));
    timer->set_ctl(CTL_ENABLE);
    check("interrupt of a timer whose time is past", gic_pending(timer->intid));
    check("and ISR_EL1.I shows it", READ(isr_el1) & BIT(7));
    timer->set_ctl(0);
    check("the line falls when it is disabled", !gic_pending(timer->intid));
    timer->set_cval(~0ull);
    timer->set_ctl(CTL_ENABLE);
    check("no interrupt before the end of time", !gic_pending(timer->intid));
    timer->set_ctl(0);
}

static void check_timer(const struct timer *timer)
{
    print("timer: ");
    print(timer->name);
    print("\n");
    current = timer;
    gic_enable(timer->intid, 0x80);
    check_fires(timer, true);
    check_fires(timer, false);
    check_line(timer);
    gic_disable(timer->intid);
}

static void check_offset(void)
{
    const uint64_t offset = 1000000000000ull;
    uint64_t physical, virtual;

    WRITE(cntvoff_el2, offset);
    ISB();
    physical = READ(cntpct_el0);
    ISB();
    virtual = READ(cntvct_el0);
    check("CNTVCT is CNTPCT less CNTVOFF", virtual + offset - physical < 100 * DELAY);
    WRITE(cntv_tval_el0, 0);
    check("CNTV compares with the offset counter", READ(cntv_cval_el0) + offset - physical < 100 * DELAY);
    WRITE(cntvoff_el2, 0);
    ISB();
}

// With E2H, CNTP_*_EL0 and CNTV_*_EL0 name the EL2 timers, the _EL02 names the EL1 ones, and CNTVOFF is not applied.
static void check_host_views(void)
{
    if (!FIELD(READ(id_aa64mmfr1_el1), 11, 8))
        return;
    print("timer: E2H\n");
    WRITE(cnthp_cval_el2, 111);
    WRITE(cntp_cval_el0, 222);
    WRITE(cntv_cval_el0, 333);
    WRITE(s3_4_c14_c3_2, 444);
    mmu_disable();
    WRITE(cntvoff_el2, 1ull << 50);
    WRITE(hcr_el2, HCR_RW | HCR_E2H | HCR_IMO);
    ISB();
    check_equal("CNTP_CVAL_EL0 with E2H", READ(cntp_cval_el0), 111);
    check_equal("CNTP_CVAL_EL02", READ(s3_5_c14_c2_2), 222);
    check_equal("CNTV_CVAL_EL02", READ(s3_5_c14_c3_2), 333);
    check_equal("CNTV_CVAL_EL0 with E2H", READ(cntv_cval_el0), 444);
    check("CNTVCT at EL2 has no offset", READ(cntvct_el0) < 1ull << 49);
    WRITE(hcr_el2, HCR_RW | HCR_IMO);
    WRITE(cntvoff_el2, 0);
    ISB();
    mmu_enable();
}

static uint64_t read_physical(uint64_t unused)
{
    (void)unused;
    return READ(cntpct_el0);
}

static uint64_t read_physical_ctl(uint64_t unused)
{
    (void)unused;
    return READ(cntp_ctl_el0);
}

static void check_trap(const char *what, unsigned el, uint64_t (*f)(uint64_t), uint64_t want_el)
{
    struct exception exception;

    catch_begin();
    call_el(el, f, 0);
    exception = catch_end();
    check_equal(what, exception.el << 8 | ESR_EC(exception.esr), want_el ? want_el << 8 | EC_SYSREG : 0);
}

static void check_traps(void)
{
    print("timer: traps\n");
    check_trap("CNTPCT_EL0 at EL1", 1, read_physical, 0);
    WRITE(cnthctl_el2, 2);
    ISB();
    check_trap("CNTPCT_EL0 at EL1, EL1PCTEN 0", 1, read_physical, 2);
    check_trap("CNTP_CTL_EL0 at EL1, EL1PCEN 1", 1, read_physical_ctl, 0);
    WRITE(cnthctl_el2, 1);
    ISB();
    check_trap("CNTP_CTL_EL0 at EL1, EL1PCEN 0", 1, read_physical_ctl, 2);
    WRITE(cnthctl_el2, 3);
    WRITE(cntkctl_el1, 0);
    ISB();
    check_trap("CNTPCT_EL0 at EL0, EL0PCTEN 0", 0, read_physical, 1);
    WRITE(cntkctl_el1, 1);
    ISB();
    check_trap("CNTPCT_EL0 at EL0, EL0PCTEN 1", 0, read_physical, 0);
}

void bare_main(void)
{
    unsigned count = current_el() == 2 ? FIELD(READ(id_aa64mmfr1_el1), 11, 8) ? 4 : 3 : 2;

    gic_init();
    this_cpu()->irq = acknowledge;
    for (unsigned i = 0; i < count; i++)
        check_timer(&timers[i]);
    if (current_el() != 2)
        return;
    check_offset();
    check_host_views();
    check_traps();
}
