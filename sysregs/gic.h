/* The GIC CPU interface (ICC_, ICV_, ICH_ registers) as the rest of svemu sees it. Arm IHI 0069, GICv3 with one
 * security state: Group 0 interrupts are FIQs, Group 1 interrupts IRQs. The redistributor of each CPU presents its
 * highest priority pending interrupt here; acknowledging, deactivating and sending SGIs go back to it through
 * struct gic_ops, so that sysregs/ does not depend on devices/. */
#ifndef SVEMU_SYSREGS_GIC_H
#define SVEMU_SYSREGS_GIC_H

#include "core/cpu.h"

enum {
    INTID_NONE = 1023, /* no pending interrupt of sufficient priority */
    INTID_FIRST_SPECIAL = 1020,
    INTID_FIRST_SPI = 32,
    INTID_FIRST_LPI = 8192,
    GIC_PRIORITY_MASK = 0xf8, /* 5 implemented priority bits */
    GIC_LIST_REGISTERS = 16,
};

/* What the CPU interface asks of the rest of the GIC. cpu is the one whose interface acts. */
struct gic_ops {
    /* Pending to active (an LPI: to inactive). Presents the next interrupt before it returns. */
    void (*acknowledge)(struct cpu *cpu, unsigned intid);
    /* Active to inactive; an INTID that is not active or does not exist is ignored. */
    void (*deactivate)(struct cpu *cpu, unsigned intid);
    /* ICC_SGI0R, SGI1R and ASGI1R: value as written; it reaches CPUs that have this SGI in group. */
    void (*sgi)(struct cpu *cpu, uint64_t value, unsigned group);
};

/* Plain data beside cpu->sysreg[], which holds every register value. */
struct gic_cpu {
    const struct gic_ops *ops; /* NULL: nothing is behind this interface (no interrupts) */
    void *owner;               /* for ops: the interrupt controller */
    /* Highest priority pending interrupt of the redistributor; INTID_NONE when there is none. */
    uint32_t hppi;
    uint8_t hppi_priority, hppi_group;
    /* Summaries of the list registers, one bit each, so that a world switch costs no scan. */
    uint16_t lr_pending; /* State = pending (not active and pending) */
    uint16_t lr_valid;   /* State != invalid */
    uint16_t lr_eoi;     /* ICH_EISR_EL2 */
    bool maintenance;    /* level of PPI 9 as last driven */
};

/* The redistributor's highest priority pending interrupt is now intid (INTID_NONE: none). Drives LINE_IRQ, LINE_FIQ. */
void gic_set_hppi(struct cpu *cpu, unsigned intid, unsigned priority, unsigned group);
/* Recompute all interrupt outputs of the CPU interface from the registers, after a reset or restored state. */
void gic_update(struct cpu *cpu);

#endif
