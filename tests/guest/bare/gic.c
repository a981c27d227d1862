// GICv3 with affinity routing and one security state (IHI 0069): what the tests need of it.
#include "bare.h"

#define GICD_CTLR      (GICD_BASE + 0x0000)
#define GICD_IGROUPR   (GICD_BASE + 0x0080)
#define GICD_IROUTER   (GICD_BASE + 0x6000)
#define GICD_CTLR_RUN  (BIT(4) | BIT(1)) // ARE, EnableGrp1
#define GICR_STRIDE    0x20000ull
#define GICR_SGI       0x10000ull
#define GICR_WAKER     0x14ull
#define OFF_IGROUPR    0x080ull
#define OFF_ISENABLER  0x100ull
#define OFF_ICENABLER  0x180ull
#define OFF_ISPENDR    0x200ull
#define OFF_ICPENDR    0x280ull
#define OFF_ISACTIVER  0x300ull
#define OFF_IPRIORITYR 0x400ull

static uint64_t redistributor(void) { return GICR_BASE + GICR_STRIDE * this_cpu()->index; }

// The frame that holds an INTID's registers: SGIs and PPIs are in this CPU's redistributor.
static uint64_t frame(unsigned intid) { return intid < 32 ? redistributor() + GICR_SGI : GICD_BASE; }

static uint64_t word(unsigned intid, uint64_t offset) { return frame(intid) + offset + intid / 32 * 4; }

void gic_init_cpu(void)
{
    if (current_el() == 2) {
        WRITE(icc_sre_el2, 0xf);
        WRITE(hcr_el2, READ(hcr_el2) | HCR_IMO);
        ISB();
    }
    WRITE(icc_sre_el1, 7);
    ISB();
    write32(redistributor() + GICR_WAKER, 0);
    while (read32(redistributor() + GICR_WAKER) & BIT(2))
        ;
    write32(redistributor() + GICR_SGI + OFF_IGROUPR, 0xffffffff);
    WRITE(icc_pmr_el1, 0xff);
    WRITE(icc_bpr1_el1, 0);
    WRITE(icc_ctlr_el1, 0);
    WRITE(icc_igrpen1_el1, 1);
    ISB();
}

void gic_init(void)
{
    write32(GICD_CTLR, GICD_CTLR_RUN);
    gic_init_cpu();
}

void gic_enable(unsigned intid, unsigned priority)
{
    *(volatile uint8_t *)(frame(intid) + OFF_IPRIORITYR + intid) = (uint8_t)priority;
    if (intid >= 32) {
        write32(GICD_IGROUPR + intid / 32 * 4, 0xffffffff);
        write64(GICD_IROUTER + 8 * intid, READ(mpidr_el1) & 0xffffff);
    }
    write32(word(intid, OFF_ISENABLER), BIT(intid % 32));
    DSB();
}

void gic_disable(unsigned intid)
{
    write32(word(intid, OFF_ICENABLER), BIT(intid % 32));
    DSB();
}

bool gic_pending(unsigned intid) { return read32(word(intid, OFF_ISPENDR)) >> intid % 32 & 1; }

bool gic_active(unsigned intid) { return read32(word(intid, OFF_ISACTIVER)) >> intid % 32 & 1; }

void gic_set_pending(unsigned intid) { write32(word(intid, OFF_ISPENDR), BIT(intid % 32)); }

void gic_clear_pending(unsigned intid) { write32(word(intid, OFF_ICPENDR), BIT(intid % 32)); }

void gic_send_sgi(unsigned intid, unsigned cpu)
{
    DSB();
    WRITE(icc_sgi1r_el1, (uint64_t)intid << 24 | BIT(cpu));
    ISB();
}
