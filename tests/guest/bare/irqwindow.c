// A pending interrupt is taken by `msr daifclr, #2; isb; msr daifset, #2`, as KVM does between guests; without the ISB
// it may be taken there, and never is while DAIF.I is set.
#include "bare.h"

const char bare_name[] = "irqwindow";

#define SGI       5
#define TIMER_PPI 27
#define REPEATS   100

static unsigned taken, last_intid;
static uint64_t last_elr;
extern char window_start[], window_end[];

static void acknowledge(struct exception *exception)
{
    uint64_t intid = READ(icc_iar1_el1);

    taken++;
    last_intid = (unsigned)intid;
    last_elr = exception->elr;
    if (intid == TIMER_PPI)
        WRITE(cntv_ctl_el0, 0);
    WRITE(icc_eoir1_el1, intid);
    ISB();
}

__attribute__((noinline)) static void window(void)
{
    asm volatile(".global window_start, window_end\n"
                 "window_start:\n"
                 "msr daifclr, #2\n"
                 "isb\n"
                 "msr daifset, #2\n"
                 "window_end:\n" ::
                     : "memory");
}

static void check_window(unsigned intid)
{
    ISB();
    check("an interrupt is taken while masked", !taken);
    window();
    check_equal("interrupts taken in the window", taken, 1);
    check_equal("INTID", last_intid, intid);
    check("the interrupt's return address is inside the window",
          last_elr > (uintptr_t)window_start && last_elr < (uintptr_t)window_end);
    taken = 0;
}

void bare_main(void)
{
    gic_init();
    this_cpu()->irq = acknowledge;
    gic_enable(SGI, 0x80);
    gic_enable(TIMER_PPI, 0x80);
    for (unsigned i = 0; i < REPEATS; i++) {
        gic_send_sgi(SGI, 0);
        while (!gic_pending(SGI))
            ;
        check_window(SGI);
    }
    for (unsigned i = 0; i < REPEATS; i++) {
        WRITE(cntv_cval_el0, READ(cntvct_el0) + i * 10);
        WRITE(cntv_ctl_el0, 1);
        ISB();
        while (!(READ(cntv_ctl_el0) & 4))
            ;
        while (!gic_pending(TIMER_PPI))
            ;
        check_window(TIMER_PPI);
    }
    window();
    check_equal("interrupts taken with none pending", taken, 0);
}
