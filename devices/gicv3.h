/* The GICv3 of the board: one struct for distributor, redistributors and ITS, because interrupts move between them.
 * Arm IHI 0069. The three device types are views of it. */
#ifndef SVEMU_DEVICES_GICV3_H
#define SVEMU_DEVICES_GICV3_H

#include "devices/device.h"
#include "sysregs/gic.h"

enum {
    GIC_INTIDS = 288, /* SGIs, PPIs and 256 SPIs, as QEMU's virt board has */
    GIC_WORDS = GIC_INTIDS / 32,
    GIC_LPI_BITS = 16, /* INTIDs are 16 bits: LPIs 8192 to 65535 */
    GIC_LPI_WORDS = (1 << GIC_LPI_BITS) / 64,
    GIC_PHANDLE = 0x8002,
    ITS_PHANDLE = 0x8003,
    GICR_FRAME = 0x20000, /* RD_base and SGI_base, 64 KiB each */
    GICR_LOW_CPUS = 123,  /* redistributors below the high region */
    GIC_NO_CPU = 0xffff,
};

/* Register state of up to 32 interrupts, one bit each. pending is the latch; level the input line. */
struct gic_word {
    uint32_t group, enabled, pending, level, active, edge;
};

struct gic_redist {
    struct gic_word w; /* SGIs and PPIs */
    uint8_t priority[32];
    uint32_t affinity; /* Aff3.Aff2.Aff1.Aff0 */
    bool asleep;       /* GICR_WAKER.ProcessorSleep and ChildrenAsleep */
    bool lpis_enabled; /* GICR_CTLR.EnableLPIs */
    uint64_t propbaser, pendbaser;
    /* Pending LPIs by INTID, and which words of that are not zero. */
    uint64_t lpi_pending[GIC_LPI_WORDS], lpi_summary[GIC_LPI_WORDS / 64];
};

struct gic_its {
    uint32_t ctlr;
    uint64_t cbaser, cwriter, creadr, baser[2]; /* baser: devices, collections */
};

struct gicv3 {
    struct machine *machine;
    uint32_t ctlr;                  /* GICD_CTLR: EnableGrp0, EnableGrp1, E1NWF */
    struct gic_word spi[GIC_WORDS]; /* [0] unused: banked in the redistributors */
    uint8_t priority[GIC_INTIDS];
    uint64_t irouter[GIC_INTIDS];
    uint16_t target[GIC_INTIDS]; /* CPU index that irouter means, GIC_NO_CPU if none */
    struct gic_its its;
    bool deferred; /* gic_redist_update() waits for the end of a command queue */
    unsigned cpu_count;
    struct gic_redist redist[]; /* by CPU index */
};

/* The machine's GIC: created on the first call, which connects every CPU's interface and ppi_set. m->cpus must exist.
 * NULL: no memory. */
struct gicv3 *gicv3_create(struct machine *m);
/* Its state, for snapshots (devices/gicv3_visit.c). */
void gicv3_visit(struct state_pass *s, struct gicv3 *gic);
/* Drive SPI intid (32 to 287) or, for any CPU, PPI and maintenance lines. Level as the device sees it. */
void gic_set_spi(struct gicv3 *gic, unsigned intid, bool level);
void gic_set_ppi(struct cpu *cpu, unsigned intid, bool level);
/* An MSI from a device: what a write of event to GITS_TRANSLATER with this DeviceID does. */
void gicv3_its_msi(struct gicv3 *gic, uint32_t device, uint32_t event);
/* Add the nodes of the interrupt controller and its ITS under the root of a libfdt tree open for reading and
 * writing. Returns the phandle of the GIC, or a negative libfdt error. */
int gicv3_fdt(struct machine *m, void *fdt);

/* ---- Between the files of the GIC ---- */
/* Present the highest priority pending interrupt of this CPU's redistributor to its CPU interface. */
void gic_redist_update(struct gicv3 *gic, unsigned cpu);
void gic_update_all(struct gicv3 *gic);
/* Set or clear the pending state of an LPI and present the consequence. */
void gic_set_lpi(struct gicv3 *gic, unsigned cpu, unsigned intid, bool pending);
void gic_move_lpis(struct gicv3 *gic, unsigned from, unsigned to);
/* Interrupts of w that are pending, enabled, inactive and of a group the distributor forwards. */
static inline uint32_t gic_candidates(const struct gic_word *w, uint32_t gicd_ctlr)
{
    uint32_t groups = (gicd_ctlr & 2 ? w->group : 0) | (gicd_ctlr & 1 ? ~w->group : 0);
    return (w->pending | (w->level & ~w->edge)) & w->enabled & ~w->active & groups;
}
static inline uint32_t gic_pending(const struct gic_word *w) { return w->pending | (w->level & ~w->edge); }
/* The line of interrupt bit changes: an edge-triggered one latches the rise. true: its pending state may have changed.
 */
bool gic_word_line(struct gic_word *w, unsigned bit, bool level);
/* Register banks that the distributor (word n) and the SGI frame (word 0) share: GICx_IGROUPR to GICx_ICACTIVER at
 * offset 0x80 * kind. read and write of one 32-bit word; false: not such a register. */
bool gic_word_read(const struct gic_word *w, unsigned kind, uint32_t *value);
bool gic_word_write(struct gic_word *w, unsigned kind, uint32_t value, uint32_t mask);
uint32_t gic_icfgr_read(uint32_t edge, bool high_half);
uint32_t gic_icfgr_write(uint32_t edge, bool high_half, uint32_t value);
/* CoreSight-style identification registers at 0xffd0. */
uint32_t gic_id_register(uint64_t offset);
enum { GIC_ID_FIRST = 0xffd0, GIC_IIDR = 0x43b };

extern const struct device_type gicv3_redist_high;

#endif
