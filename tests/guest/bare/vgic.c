// The virtual CPU interface as a hypervisor uses it (IHI 0069 chapter 6): list registers in order of priority, both
// groups, deactivation of a physical interrupt from the guest, EOIcount, maintenance interrupts, and the traps.
#include "bare.h"

const char bare_name[] = "vgic";

#define HCR_FMO         BIT(3)
#define ICH_EN          BIT(0)
#define ICH_LRENPIE     BIT(2)
#define ICH_TC          BIT(10)
#define ICH_TALL1       BIT(12)
#define ICH_TDIR        BIT(14)
#define VMCR            (UINT64_C(0xf0) << 24 | 3) // VPMR, both groups enabled
#define PENDING         UINT64_C(1)
#define TIMER_PPI       27
#define MAINTENANCE_PPI 25
#define TAKEN_MAX       8

static struct taken {
    unsigned intid, el;
    bool fiq;
    uint64_t rpr;
} taken[TAKEN_MAX];
static unsigned taken_count;
static uint64_t maintenance;

static uint64_t list_register(uint64_t state, bool hw, bool group1, uint64_t priority, uint64_t pintid, uint64_t vintid)
{
    return state << 62 | (uint64_t)hw << 61 | (uint64_t)group1 << 60 | priority << 48 | pintid << 32 | vintid;
}

static void interrupt(struct exception *exception)
{
    bool fiq = exception->vector % 4 == 2;
    uint64_t intid = fiq ? READ(icc_iar0_el1) : READ(icc_iar1_el1);

    if (taken_count < TAKEN_MAX)
        taken[taken_count++] = (struct taken){ (unsigned)intid, (unsigned)exception->el, fiq, READ(icc_rpr_el1) };
    if (exception->el == 2 && intid == MAINTENANCE_PPI) {
        maintenance = READ(ich_misr_el2);
        WRITE(ich_hcr_el2, READ(ich_hcr_el2) & ~ICH_LRENPIE);
    }
    if (exception->el == 2 && intid == TIMER_PPI) { // as a hypervisor does: give it to the guest, still active
        WRITE(icc_eoir1_el1, intid);
        WRITE(ich_lr0_el2, list_register(PENDING, true, true, 0xa0, TIMER_PPI, TIMER_PPI));
        ISB();
        return;
    }
    if (exception->el == 1 && intid == TIMER_PPI)
        WRITE(cntv_ctl_el0, 0);
    if (fiq)
        WRITE(icc_eoir0_el1, intid);
    else
        WRITE(icc_eoir1_el1, intid);
    if (exception->el == 2) // EOImode is 1 there
        WRITE(icc_dir_el1, intid);
    ISB();
}

static uint64_t guest_takes_all(uint64_t unused)
{
    (void)unused;
    asm volatile("msr daifclr, #3; isb; nop; isb; nop; msr daifset, #3" ::: "memory");
    return READ(icc_hppir1_el1);
}

static uint64_t guest_waits_for_timer(uint64_t unused)
{
    (void)unused;
    WRITE(cntv_cval_el0, READ(cntvct_el0) + 2000);
    WRITE(cntv_ctl_el0, 1);
    asm volatile("msr daifclr, #2" ::: "memory");
    while (READ(cntv_ctl_el0) & 1)
        WFI();
    asm volatile("msr daifset, #2" ::: "memory");
    return 0;
}

static uint64_t guest_ends(uint64_t intid)
{
    WRITE(icc_eoir1_el1, intid);
    return READ(icc_rpr_el1);
}
static uint64_t guest_masks(uint64_t mask)
{
    WRITE(icc_pmr_el1, mask);
    return READ(isr_el1);
}
static uint64_t guest_reads_pmr(uint64_t unused) { return READ(icc_pmr_el1) + unused; }
static uint64_t guest_reads_iar(uint64_t unused) { return READ(icc_iar1_el1) + unused; }
static uint64_t guest_writes_dir(uint64_t intid)
{
    WRITE(icc_dir_el1, intid);
    return 0;
}
static uint64_t guest_sends_sgi(uint64_t value)
{
    WRITE(icc_sgi1r_el1, value);
    return 0;
}

static void set_lrs(uint64_t lr0, uint64_t lr1, uint64_t lr2)
{
    WRITE(ich_lr0_el2, lr0);
    WRITE(ich_lr1_el2, lr1);
    WRITE(ich_lr2_el2, lr2);
    ISB();
}

static void test_order_and_groups(void)
{
    set_lrs(list_register(PENDING, false, true, 0xa0, 0, 40), list_register(PENDING, false, false, 0x80, 0, 50),
            list_register(PENDING, false, true, 0xf0, 0, 60)); // the last one is masked by VPMR
    check_equal("the first three list registers are in use", READ(ich_elrsr_el2) & 15, 8);
    taken_count = 0;
    check_equal("HPPIR1 names the masked one", call_el(1, guest_takes_all, 0), 60);
    check_equal("interrupts taken", taken_count, 2);
    check_equal("first INTID", taken[0].intid, 50);
    check("group 0 is a FIQ at EL1", taken[0].fiq && taken[0].el == 1);
    check_equal("its running priority", taken[0].rpr, 0x80);
    check_equal("second INTID", taken[1].intid, 40);
    check("group 1 is an IRQ", !taken[1].fiq);
    check_equal("both are done", READ(ich_elrsr_el2) & 15, 11);
    check_equal("no priority stays active", READ(ich_ap1r0_el2) | READ(ich_ap0r0_el2), 0);
    check_equal("a virtual IRQ is pending once unmasked", call_el(1, guest_masks, 0xf8), BIT(7));
    check_equal("the virtual mask is in ICH_VMCR_EL2", READ(ich_vmcr_el2) >> 24, 0xf8);
    check_equal("and not in the physical one", READ(icc_pmr_el1), 0xf8);
    check_equal("masked again", call_el(1, guest_masks, 0xf0), 0);
    set_lrs(0, 0, 0);
}

static void test_physical_deactivation(void)
{
    gic_enable(TIMER_PPI, 0xa0);
    taken_count = 0;
    call_el(1, guest_waits_for_timer, 0);
    check_equal("taken at EL2, then at EL1", taken_count, 2);
    check("EL2 first", taken[0].el == 2 && taken[0].intid == TIMER_PPI);
    check("then the guest", taken[1].el == 1 && taken[1].intid == TIMER_PPI);
    check("the guest's EOI deactivated the physical interrupt", !gic_active(TIMER_PPI));
    check_equal("the list register is invalid", READ(ich_lr0_el2) >> 62, 0);
    gic_disable(TIMER_PPI);
}

static void test_eoicount(void)
{
    gic_enable(MAINTENANCE_PPI, 0xa0);
    WRITE(ich_ap1r0_el2, BIT(20));
    WRITE(ich_hcr_el2, ICH_EN | ICH_LRENPIE);
    ISB();
    taken_count = 0;
    check_equal("the priority dropped", call_el(1, guest_ends, 99), 0xff);
    check_equal("EOIcount", READ(ich_hcr_el2) >> 27, 1);
    check_equal("one maintenance interrupt", taken_count, 1);
    check_equal("its INTID", taken[0].intid, MAINTENANCE_PPI);
    check_equal("ICH_MISR_EL2 had LRENP", maintenance, 4);
    WRITE(ich_lr0_el2, list_register(0, false, true, 0, BIT(9), 40)); // EOI asked for, invalid
    WRITE(ich_hcr_el2, ICH_EN);
    ISB();
    check_equal("ICH_EISR_EL2", READ(ich_eisr_el2), 1);
    check_equal("ICH_MISR_EL2 has EOI", READ(ich_misr_el2), 1);
    check_equal("the register is not empty", READ(ich_elrsr_el2) & 15, 14);
    set_lrs(0, 0, 0);
    gic_disable(MAINTENANCE_PPI);
}

static void trapped(const char *what, uint64_t (*f)(uint64_t), uint64_t argument, uint64_t hcr, bool expected)
{
    struct exception e;

    WRITE(ich_hcr_el2, ICH_EN | hcr);
    ISB();
    catch_begin();
    call_el(1, f, argument);
    e = catch_end();
    check_equal(what, e.el, expected ? 2 : 0);
    if (expected)
        check_equal("its class", ESR_EC(e.esr), EC_SYSREG);
}

static void test_traps(void)
{
    trapped("ICC_PMR_EL1 goes through", guest_reads_pmr, 0, 0, false);
    trapped("TC traps ICC_PMR_EL1", guest_reads_pmr, 0, ICH_TC, true);
    trapped("TC leaves ICC_IAR1_EL1", guest_reads_iar, 0, ICH_TC, false);
    trapped("TALL1 traps ICC_IAR1_EL1", guest_reads_iar, 0, ICH_TALL1, true);
    trapped("TDIR traps ICC_DIR_EL1", guest_writes_dir, 40, ICH_TDIR, true);
    trapped("ICC_DIR_EL1 goes through", guest_writes_dir, 40, 0, false);
    trapped("IMO traps ICC_SGI1R_EL1", guest_sends_sgi, 1, 0, true);
}

void bare_main(void)
{
    if (current_el() != 2) {
        check("this program needs EL2", false);
        return;
    }
    this_cpu()->irq = interrupt;
    gic_init();
    WRITE(icc_ctlr_el1, 2); // EOImode 1: a hypervisor drops the priority and leaves the deactivation to the guest
    WRITE(hcr_el2, READ(hcr_el2) | HCR_IMO | HCR_FMO);
    WRITE(ich_vmcr_el2, VMCR);
    WRITE(ich_ap0r0_el2, 0);
    WRITE(ich_ap1r0_el2, 0);
    set_lrs(0, 0, 0);
    WRITE(ich_hcr_el2, ICH_EN);
    ISB();
    test_order_and_groups();
    test_physical_deactivation();
    test_eoicount();
    test_traps();
    WRITE(ich_hcr_el2, 0);
}
