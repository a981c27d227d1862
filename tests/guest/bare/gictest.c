// GICv3: SGIs, PPIs and SPIs with priorities and both EOI modes, then the virtual CPU interface: list registers, their
// end of interrupt, maintenance interrupts, and a list register that stands for a hardware interrupt.
#include "bare.h"

const char bare_name[] = "gictest";

#define UART_SPI     33
#define RTC_SPI      34
#define SOFT_SPI     40
#define TIMER_PPI    27
#define MAINTENANCE  25
#define SPURIOUS     1023
#define CTLR_EOIMODE BIT(1)
#define ISR_I        BIT(7)
#define LR_PENDING   BIT(62)
#define LR_STATE     (3ull << 62)
#define LR_HW        BIT(61)
#define LR_GROUP1    BIT(60)
#define LR_EOI       BIT(41)
#define ICH_HCR_EN   BIT(0)
#define ICH_HCR_UIE  BIT(1)
#define ICH_HCR_NPIE BIT(3)
#define MISR_EOI     BIT(0)
#define MISR_U       BIT(1)
#define VMCR_VENG1   BIT(1)
#define VMCR_VEOIM   BIT(9)
#define VMCR_VPMR(p) ((uint64_t)(p) << 24)

#define PRIORITY_OF_LR 0x50ull

static volatile unsigned taken, intids[16];
static void (*at_interrupt)(unsigned intid); // silences the source
static volatile unsigned cpu1_ready, cpu1_intid;

static void wait_until(const char *what, const volatile unsigned *counter, unsigned wanted)
{
    uint64_t end = READ(cntpct_el0) + 3 * READ(cntfrq_el0);

    while (*counter < wanted && READ(cntpct_el0) < end)
        asm volatile("yield");
    check(what, *counter >= wanted);
}

static void acknowledge(struct exception *exception)
{
    unsigned intid = (unsigned)READ(icc_iar1_el1);

    (void)exception;
    intids[taken % 16] = intid;
    taken++;
    if (at_interrupt)
        at_interrupt(intid);
    WRITE(icc_eoir1_el1, intid);
    ISB();
}

static void check_taken(const char *what, unsigned intid)
{
    while (!taken) {
        WFI(); // wakes for a masked interrupt too, so none is missed between the test and here
        DAIF_UNMASK_IRQ();
        ISB();
        DAIF_MASK_IRQ();
    }
    check_equal(what, taken << 16 | intids[0], 1 << 16 | intid);
    check("it is active after EOI", !gic_active(intid));
    taken = 0;
}

static void stop_timer(unsigned intid)
{
    if (intid == TIMER_PPI)
        WRITE(cntv_ctl_el0, 2);
    ISB();
}

static void stop_uart(unsigned intid)
{
    if (intid == UART_SPI)
        write32(UART_BASE + 0x38, 0);
    DSB();
}

static void stop_rtc(unsigned intid)
{
    if (intid == RTC_SPI)
        write32(RTC_BASE + 0x1c, 1);
    DSB();
}

static void check_sources(void)
{
    gic_enable(3, 0x80);
    gic_send_sgi(3, 0);
    check_taken("SGI to oneself", 3);

    gic_enable(TIMER_PPI, 0x80);
    at_interrupt = stop_timer;
    WRITE(cntv_tval_el0, 1000);
    WRITE(cntv_ctl_el0, 1);
    check_taken("PPI of the virtual timer", TIMER_PPI);

    gic_enable(SOFT_SPI, 0x80);
    gic_set_pending(SOFT_SPI);
    check_taken("SPI set pending by software", SOFT_SPI);
    gic_set_pending(SOFT_SPI);
    check("GICD_ISPENDR reads back", gic_pending(SOFT_SPI));
    gic_clear_pending(SOFT_SPI);
    check("GICD_ICPENDR clears", !gic_pending(SOFT_SPI));
}

static void check_devices(void)
{
    gic_enable(UART_SPI, 0x80);
    at_interrupt = stop_uart;
    write32(UART_BASE + 0x30, 0x301); // UART, transmitter and receiver on
    write32(UART_BASE + 0x44, 0x7ff);
    write32(UART_BASE + 0x38, BIT(5));
    print("gictest: a line for the transmit interrupt\n");
    check_taken("SPI of the PL011", UART_SPI);

    gic_enable(RTC_SPI, 0x80);
    at_interrupt = stop_rtc;
    write32(RTC_BASE + 0x1c, 1);
    write32(RTC_BASE + 0x10, 1);
    write32(RTC_BASE + 0x04, read32(RTC_BASE) + 1);
    check_taken("SPI of the PL031", RTC_SPI);
    at_interrupt = NULL;
}

static void check_priorities(void)
{
    gic_enable(4, 0x80);
    gic_enable(5, 0x40);
    check_equal("running priority when idle", READ(icc_rpr_el1), 0xff);
    gic_send_sgi(4, 0);
    gic_send_sgi(5, 0);
    check_equal("highest pending", READ(icc_hppir1_el1), 5);
    check_equal("first acknowledged", READ(icc_iar1_el1), 5);
    check_equal("its running priority", READ(icc_rpr_el1), 0x40);
    DSB();
    check("a lower priority does not signal", !(READ(isr_el1) & ISR_I));
    check_equal("nor is acknowledged", READ(icc_iar1_el1), SPURIOUS);
    WRITE(icc_eoir1_el1, 5);
    ISB();
    check("it signals after EOI", READ(isr_el1) & ISR_I);
    WRITE(icc_pmr_el1, 0x80);
    ISB();
    check("a priority that equals PMR is masked", !(READ(isr_el1) & ISR_I));
    WRITE(icc_pmr_el1, 0x88);
    ISB();
    check("one below PMR is not", READ(isr_el1) & ISR_I);
    check_equal("second acknowledged", READ(icc_iar1_el1), 4);
    gic_send_sgi(5, 0);
    DSB();
    check("a higher priority preempts", READ(isr_el1) & ISR_I);
    check_equal("preempting one acknowledged", READ(icc_iar1_el1), 5);
    WRITE(icc_eoir1_el1, 5);
    ISB();
    check_equal("running priority after the inner EOI", READ(icc_rpr_el1), 0x80);
    WRITE(icc_eoir1_el1, 4);
    WRITE(icc_pmr_el1, 0xff);
    ISB();
    check_equal("nothing is left", READ(icc_iar1_el1), SPURIOUS);
}

static void check_split_eoi(void)
{
    WRITE(icc_ctlr_el1, CTLR_EOIMODE);
    ISB();
    gic_send_sgi(4, 0);
    check_equal("acknowledged in EOImode 1", READ(icc_iar1_el1), 4);
    check("active after IAR", gic_active(4));
    WRITE(icc_eoir1_el1, 4);
    ISB();
    check_equal("EOIR drops the priority", READ(icc_rpr_el1), 0xff);
    check("and leaves it active", gic_active(4));
    gic_send_sgi(4, 0);
    DSB();
    check("pending and active does not signal", !(READ(isr_el1) & ISR_I));
    WRITE(icc_dir_el1, 4);
    ISB();
    check("DIR deactivates", !gic_active(4));
    check_equal("so it is acknowledged again", READ(icc_iar1_el1), 4);
    WRITE(icc_eoir1_el1, 4);
    WRITE(icc_dir_el1, 4);
    WRITE(icc_ctlr_el1, 0);
    ISB();
}

static void cpu1_interrupt(struct exception *exception)
{
    unsigned intid = (unsigned)READ(icc_iar1_el1);

    (void)exception;
    WRITE(icc_eoir1_el1, intid);
    ISB();
    __atomic_store_n(&cpu1_intid, intid, __ATOMIC_RELEASE);
}

static void run_cpu1(unsigned index)
{
    this_cpu()->irq = cpu1_interrupt;
    gic_init_cpu();
    gic_enable(7, 0x80);
    DAIF_UNMASK_IRQ();
    __atomic_store_n(&cpu1_ready, index, __ATOMIC_RELEASE);
    for (;;)
        WFI();
}

static void check_other_cpu(void)
{
    if (start_cpus(2, run_cpu1) < 2)
        return;
    wait_until("CPU 1 is ready", &cpu1_ready, 1);
    gic_send_sgi(7, 1);
    wait_until("SGI to CPU 1", &cpu1_intid, 7);
    check_equal("its INTID", cpu1_intid, 7);
    write64(GICD_BASE + 0x6000 + 8 * SOFT_SPI, 1);
    gic_set_pending(SOFT_SPI);
    wait_until("SPI routed to CPU 1", &cpu1_intid, SOFT_SPI);
}

// Virtual interrupts: what the guest at EL1 and the hypervisor at EL2 see.
static volatile unsigned guest_taken, guest_intid, maintenance_taken;
static volatile uint64_t maintenance_misr, maintenance_eisr;

static void virtual_or_physical(struct exception *exception)
{
    unsigned intid = (unsigned)READ(icc_iar1_el1);

    if (exception->el == 1) {
        guest_taken++;
        guest_intid = intid;
    } else {
        maintenance_taken += intid == MAINTENANCE;
        maintenance_misr = READ(ich_misr_el2);
        maintenance_eisr = READ(ich_eisr_el2);
        WRITE(ich_hcr_el2, ICH_HCR_EN);
        if (maintenance_misr & MISR_EOI)
            WRITE(ich_lr0_el2, 0);
    }
    WRITE(icc_eoir1_el1, intid);
    ISB();
}

static uint64_t guest_window(uint64_t unused)
{
    DAIF_UNMASK_IRQ();
    ISB();
    for (unsigned i = 0; i < 100; i++)
        asm volatile("yield");
    DAIF_MASK_IRQ();
    return unused;
}

static uint64_t guest_read_isr(uint64_t unused)
{
    (void)unused;
    return READ(isr_el1);
}

// With a spurious IAR where nothing is pending, an EOI and a DIR as the guest's EOImode asks for.
static uint64_t guest_acknowledge(uint64_t split)
{
    uint64_t intid = READ(icc_iar1_el1), again = READ(icc_iar1_el1), priority = READ(icc_rpr_el1);

    WRITE(icc_eoir1_el1, intid);
    ISB();
    if (split)
        WRITE(icc_dir_el1, intid);
    ISB();
    return intid | again << 16 | priority << 32;
}

static void set_lr0(uint64_t extra, unsigned intid)
{
    guest_taken = maintenance_taken = 0;
    maintenance_misr = maintenance_eisr = 0;
    WRITE(ich_lr0_el2, extra | LR_GROUP1 | PRIORITY_OF_LR << 48 | intid);
    ISB();
}

static void check_virtual(void)
{
    unsigned lrs = (unsigned)FIELD(READ(ich_vtr_el2), 4, 0) + 1;

    print("gictest: ");
    print_number(lrs);
    print(" list registers\n");
    for (unsigned i = 0; i < lrs; i++)
        check("ICH_ELRSR_EL2 of an empty list register", READ(ich_elrsr_el2) >> i & 1);
    this_cpu()->irq = virtual_or_physical;
    gic_enable(MAINTENANCE, 0x20);
    WRITE(ich_vmcr_el2, VMCR_VENG1 | VMCR_VPMR(0xf8));
    WRITE(ich_hcr_el2, ICH_HCR_EN);
    ISB();

    set_lr0(LR_PENDING, 77);
    check("the guest sees it pending", call_el(1, guest_read_isr, 0) & ISR_I);
    check("EL2 does not", !(READ(isr_el1) & ISR_I));
    call_el(1, guest_window, 0);
    check_equal("virtual interrupts taken at EL1", guest_taken << 16 | guest_intid, 1 << 16 | 77);
    check_equal("the list register's state after EOI", READ(ich_lr0_el2) & LR_STATE, 0);
    check("ICH_ELRSR_EL2 after EOI", READ(ich_elrsr_el2) & 1);

    set_lr0(LR_PENDING, 78);
    WRITE(ich_vmcr_el2, VMCR_VENG1 | VMCR_VPMR(0x50));
    ISB();
    check("masked by the virtual PMR", !(call_el(1, guest_read_isr, 0) & ISR_I));
    WRITE(ich_vmcr_el2, VMCR_VENG1 | VMCR_VPMR(0xf8) | VMCR_VEOIM);
    ISB();
    check_equal("IAR, IAR again, RPR", call_el(1, guest_acknowledge, 1), 78 | SPURIOUS << 16 | PRIORITY_OF_LR << 32);
    check_equal("the state after EOI and DIR", READ(ich_lr0_el2) & LR_STATE, 0);
    WRITE(ich_vmcr_el2, VMCR_VENG1 | VMCR_VPMR(0xf8));
}

static void check_maintenance(void)
{
    set_lr0(LR_PENDING | LR_EOI, 79);
    call_el(1, guest_window, 0);
    check_equal("virtual interrupt with EOI request", guest_intid, 79);
    DAIF_UNMASK_IRQ();
    ISB();
    DAIF_MASK_IRQ();
    check_equal("maintenance interrupts after its EOI", maintenance_taken, 1);
    check_equal("ICH_MISR_EL2", maintenance_misr, MISR_EOI);
    check_equal("ICH_EISR_EL2", maintenance_eisr, 1);
    check("the maintenance line falls with its cause", !gic_pending(MAINTENANCE));

    set_lr0(0, 0);
    WRITE(ich_hcr_el2, ICH_HCR_EN | ICH_HCR_UIE);
    ISB();
    check_equal("ICH_MISR_EL2 at underflow", READ(ich_misr_el2) & MISR_U, MISR_U);
    check("its interrupt", gic_pending(MAINTENANCE));
    WRITE(ich_hcr_el2, ICH_HCR_EN | ICH_HCR_NPIE);
    ISB();
    check("interrupt that nothing is pending", gic_pending(MAINTENANCE));
    set_lr0(LR_PENDING, 80);
    check("falls when something is", !gic_pending(MAINTENANCE));
    WRITE(ich_lr0_el2, 0);
    WRITE(ich_hcr_el2, ICH_HCR_EN);
    ISB();
}

// The guest's deactivation of a list register with HW = 1 is that of the physical interrupt.
static void check_hardware(void)
{
    WRITE(icc_ctlr_el1, CTLR_EOIMODE);
    WRITE(cntv_cval_el0, 0);
    WRITE(cntv_ctl_el0, 1);
    ISB();
    check_equal("the timer's interrupt at EL2", READ(icc_iar1_el1), TIMER_PPI);
    WRITE(icc_eoir1_el1, TIMER_PPI);
    WRITE(cntv_ctl_el0, 0);
    ISB();
    check("is active", gic_active(TIMER_PPI));
    set_lr0(LR_PENDING | LR_HW | (uint64_t)TIMER_PPI << 32, TIMER_PPI);
    call_el(1, guest_window, 0);
    check_equal("the guest took it", guest_taken << 16 | guest_intid, 1 << 16 | TIMER_PPI);
    check("the guest's EOI deactivates it", !gic_active(TIMER_PPI));
    check_equal("the state after that", READ(ich_lr0_el2) & LR_STATE, 0);
    WRITE(icc_ctlr_el1, 0);
    WRITE(ich_hcr_el2, 0);
    ISB();
}

void bare_main(void)
{
    check("starts at EL2", current_el() == 2);
    if (current_el() != 2)
        return;
    gic_init();
    this_cpu()->irq = acknowledge;
    check_sources();
    check_devices();
    check_priorities();
    check_split_eoi();
    check_virtual();
    check_maintenance();
    check_hardware();
    check_other_cpu();
}
