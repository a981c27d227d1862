/* GICv3 distributor: SPIs, their routing, and what the CPU interfaces call back. Arm IHI 0069 chapters 4 and 12
 * (GICD_). One security state (DS = 1) and affinity routing, both fixed, so GICv2 compatibility registers are RAZ/WI.
 */
#include "devices/gicv3.h"

#include <libfdt.h>
#include <stdlib.h>

#include "sysregs/sysregs.h"

enum {
    GICD_CTLR = 0x0,
    GICD_TYPER = 0x4,
    GICD_IIDR = 0x8,
    GICD_TYPER2 = 0xc,
    GICD_STATUSR = 0x10,
    GICD_SETSPI_NSR = 0x40,
    GICD_CLRSPI_NSR = 0x48,
    GICD_SETSPI_SR = 0x50,
    GICD_CLRSPI_SR = 0x58,
    GICD_IGROUPR = 0x80, /* to 0x3ff: seven banks of 0x80 bytes */
    GICD_IPRIORITYR = 0x400,
    GICD_ITARGETSR = 0x800,
    GICD_ICFGR = 0xc00,
    GICD_IGRPMODR = 0xd00,
    GICD_NSACR = 0xe00,
    GICD_SGIR = 0xf00,
    GICD_IROUTER = 0x6000,
    CTLR_ENABLES = 3,
    CTLR_E1NWF = 1 << 7,
    CTLR_FIXED = 1 << 4 | 1 << 6, /* ARE, DS */
};
#define IROUTER_IRM  BIT(31)
#define IROUTER_MASK (UINT64_C(0xff00ffffff) | IROUTER_IRM)

/* ---- Interrupt state ---- */

bool gic_word_line(struct gic_word *w, unsigned bit, bool level)
{
    uint32_t m = UINT32_C(1) << bit;
    if (!!(w->level & m) == level)
        return false;
    w->level ^= m;
    if (w->edge & m) {
        if (level)
            w->pending |= m;
        return level;
    }
    return true;
}

/* Can this CPU take part in 1 of N? */
static bool participates(const struct gicv3 *gic, unsigned i)
{
    return !gic->redist[i].asleep && gic->machine->cpus[i]->power == POWER_ON;
}

/* The CPU an IROUTER value means. 1 of N: the first that is on and awake. */
static unsigned resolve_route(const struct gicv3 *gic, uint64_t irouter)
{
    uint32_t affinity = (uint32_t)(irouter >> 8 & 0xff000000) | (irouter & 0xffffff);
    for (unsigned i = 0; i < gic->cpu_count; i++)
        if (irouter & IROUTER_IRM ? participates(gic, i) : gic->redist[i].affinity == affinity)
            return i;
    return GIC_NO_CPU;
}

/* The CPU to which SPI intid is sent now. */
static unsigned spi_target(struct gicv3 *gic, unsigned intid)
{
    if (gic->irouter[intid] & IROUTER_IRM)
        gic->target[intid] = (uint16_t)resolve_route(gic, gic->irouter[intid]);
    return gic->target[intid];
}

static void update_targets(struct gicv3 *gic, unsigned word, uint32_t changed)
{
    unsigned last = GIC_NO_CPU;
    for (; changed; changed &= changed - 1) {
        unsigned cpu = spi_target(gic, word * 32 + (unsigned)__builtin_ctz(changed));
        if (cpu != last && cpu != GIC_NO_CPU)
            gic_redist_update(gic, cpu);
        last = cpu;
    }
}

void gic_update_all(struct gicv3 *gic)
{
    for (unsigned i = GIC_WORDS > 1 ? INTID_FIRST_SPI : 0; i < GIC_INTIDS; i++)
        if (gic->irouter[i] & IROUTER_IRM)
            spi_target(gic, i);
    for (unsigned i = 0; i < gic->cpu_count; i++)
        gic_redist_update(gic, i);
}

void gic_set_spi(struct gicv3 *gic, unsigned intid, bool level)
{
    assert(intid >= INTID_FIRST_SPI && intid < GIC_INTIDS);
    if (gic_word_line(&gic->spi[intid / 32], intid % 32, level))
        update_targets(gic, intid / 32, UINT32_C(1) << intid % 32);
}

/* ---- Called by the CPU interfaces ---- */

static void acknowledge(struct cpu *cpu, unsigned intid)
{
    struct gicv3 *gic = cpu->gic->owner;
    struct gic_redist *r = &gic->redist[cpu->index];
    uint32_t bit = UINT32_C(1) << intid % 32;
    if (intid >= GIC_INTIDS) { /* an LPI */
        gic_set_lpi(gic, cpu->index, intid, false);
        return;
    }
    struct gic_word *w = intid < INTID_FIRST_SPI ? &r->w : &gic->spi[intid / 32];
    w->pending &= ~bit;
    w->active |= bit;
    gic_redist_update(gic, cpu->index);
}

static void deactivate(struct cpu *cpu, unsigned intid)
{
    struct gicv3 *gic = cpu->gic->owner;
    uint32_t bit = UINT32_C(1) << intid % 32;
    if (intid < INTID_FIRST_SPI) {
        gic->redist[cpu->index].w.active &= ~bit;
        gic_redist_update(gic, cpu->index);
    } else if (intid < GIC_INTIDS && (gic->spi[intid / 32].active & bit)) {
        gic->spi[intid / 32].active &= ~bit;
        update_targets(gic, intid / 32, bit);
    }
}

/* Does an SGI register value name this redistributor? */
static bool sgi_names(uint64_t v, const struct gic_redist *r)
{
    uint32_t cluster = (uint32_t)(v >> 48 & 0xff) << 16 | (uint32_t)(v >> 32 & 0xff) << 8 | (v >> 16 & 0xff);
    unsigned aff0 = r->affinity & 0xff;
    return r->affinity >> 8 == cluster && aff0 >> 4 == (v >> 44 & 15) && (v >> (aff0 & 15) & 1);
}

static void send_sgi(struct cpu *cpu, uint64_t value, unsigned group)
{
    struct gicv3 *gic = cpu->gic->owner;
    uint32_t bit = UINT32_C(1) << (value >> 24 & 15);
    bool all_others = value & BIT(40);
    for (unsigned i = 0; i < gic->cpu_count; i++) {
        struct gic_redist *r = &gic->redist[i];
        if (all_others ? i == cpu->index : !sgi_names(value, r))
            continue;
        if (!!(r->w.group & bit) != group || (r->w.pending & bit))
            continue;
        r->w.pending |= bit;
        gic_redist_update(gic, i);
    }
}

static const struct gic_ops ops = { acknowledge, deactivate, send_sgi };

/* ---- Registers shared with the SGI frame ---- */

enum { K_IGROUPR = 1, K_ISENABLER, K_ICENABLER, K_ISPENDR, K_ICPENDR, K_ISACTIVER, K_ICACTIVER };

bool gic_word_read(const struct gic_word *w, unsigned kind, uint32_t *value)
{
    switch (kind) {
    case K_IGROUPR: *value = w->group; return true;
    case K_ISENABLER:
    case K_ICENABLER: *value = w->enabled; return true;
    case K_ISPENDR:
    case K_ICPENDR: *value = gic_pending(w); return true;
    case K_ISACTIVER:
    case K_ICACTIVER: *value = w->active; return true;
    default: return false;
    }
}

bool gic_word_write(struct gic_word *w, unsigned kind, uint32_t value, uint32_t mask)
{
    value &= mask;
    switch (kind) {
    case K_IGROUPR: w->group = (w->group & ~mask) | value; return true;
    case K_ISENABLER: w->enabled |= value; return true;
    case K_ICENABLER: w->enabled &= ~value; return true;
    case K_ISPENDR: w->pending |= value; return true;
    case K_ICPENDR: w->pending &= ~value; return true;
    case K_ISACTIVER: w->active |= value; return true;
    case K_ICACTIVER: w->active &= ~value; return true;
    default: return false;
    }
}

/* Two bits for each of 16 interrupts, of which bit 1 is the edge configuration. */
uint32_t gic_icfgr_read(uint32_t edge, bool high_half)
{
    uint32_t bits = edge >> (high_half ? 16 : 0), value = 0;
    for (unsigned i = 0; i < 16; i++)
        value |= (bits >> i & 1) << (2 * i + 1);
    return value;
}

uint32_t gic_icfgr_write(uint32_t edge, bool high_half, uint32_t value)
{
    uint32_t bits = 0;
    for (unsigned i = 0; i < 16; i++)
        bits |= (value >> (2 * i + 1) & 1) << i;
    return high_half ? (edge & 0xffff) | bits << 16 : (edge & 0xffff0000) | bits;
}

uint32_t gic_id_register(uint64_t offset)
{
    /* PIDR4-7, PIDR0-3, CIDR0-3; PIDR2.ArchRev = 3. */
    static const uint8_t id[12] = { 0x44, 0, 0, 0, 0x92, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1 };
    return id[(offset - GIC_ID_FIRST) / 4];
}

/* ---- Distributor registers ---- */

static uint32_t typer(void)
{
    return (GIC_WORDS - 1) | 1u << 16 /* MBIS */ | 1u << 17 /* LPIS */ | (GIC_LPI_BITS - 1u) << 19 |
           1u << 24 /* A3V */ | 1u << 26 /* RSS */;
}

static uint32_t read32(struct device *dev, uint64_t offset)
{
    struct gicv3 *gic = dev->machine->gic;
    uint32_t value = 0;
    if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR) {
        unsigned word = offset % 0x80 / 4;
        if (word && word < GIC_WORDS)
            gic_word_read(&gic->spi[word], (unsigned)(offset / 0x80), &value);
        return value;
    }
    if (offset >= GICD_IPRIORITYR && offset < GICD_IPRIORITYR + GIC_INTIDS) {
        memcpy(&value, &gic->priority[offset - GICD_IPRIORITYR], 4);
        return value;
    }
    if (offset >= GICD_ICFGR && offset < GICD_ICFGR + GIC_INTIDS / 4) {
        unsigned word = (unsigned)(offset - GICD_ICFGR) / 8;
        return word ? gic_icfgr_read(gic->spi[word].edge, offset & 4) : 0;
    }
    if (offset >= GICD_IROUTER + 8 * INTID_FIRST_SPI && offset < GICD_IROUTER + 8 * GIC_INTIDS)
        return (uint32_t)(gic->irouter[(offset - GICD_IROUTER) / 8] >> (offset & 4 ? 32 : 0));
    if (offset >= GIC_ID_FIRST)
        return gic_id_register(offset);
    if (offset >= GICD_IPRIORITYR && offset < GICD_IROUTER)
        return 0; /* beyond the implemented INTIDs, and GICv2's registers */
    switch (offset) {
    case GICD_CTLR: return gic->ctlr | CTLR_FIXED;
    case GICD_TYPER: return typer();
    case GICD_IIDR: return GIC_IIDR;
    case GICD_TYPER2:
    case GICD_STATUSR: return 0;
    default: return (uint32_t)device_no_register(dev, offset, 4);
    }
}

static uint64_t dist_read(struct device *dev, uint64_t offset, unsigned size)
{
    if (size == 8)
        return read32(dev, offset) | (uint64_t)read32(dev, offset + 4) << 32;
    return (read32(dev, offset & ~UINT64_C(3)) >> 8 * (offset & 3)) & (BIT(size * 8) - 1);
}

static void write_router(struct gicv3 *gic, unsigned intid, uint64_t value)
{
    unsigned before = spi_target(gic, intid);
    gic->irouter[intid] = value & IROUTER_MASK;
    gic->target[intid] = (uint16_t)resolve_route(gic, gic->irouter[intid]);
    if (before == gic->target[intid])
        return;
    if (before != GIC_NO_CPU)
        gic_redist_update(gic, before);
    if (gic->target[intid] != GIC_NO_CPU)
        gic_redist_update(gic, gic->target[intid]);
}

static void message_spi(struct gicv3 *gic, unsigned intid, bool set)
{
    if (intid < INTID_FIRST_SPI || intid >= GIC_INTIDS)
        return;
    struct gic_word *w = &gic->spi[intid / 32];
    uint32_t bit = UINT32_C(1) << intid % 32;
    w->pending = set ? w->pending | bit : w->pending & ~bit;
    update_targets(gic, intid / 32, bit);
}

static void write32(struct device *dev, uint64_t offset, uint32_t value)
{
    struct gicv3 *gic = dev->machine->gic;
    if (offset >= GICD_IGROUPR && offset < GICD_IPRIORITYR) {
        unsigned word = offset % 0x80 / 4;
        if (word && word < GIC_WORDS && gic_word_write(&gic->spi[word], (unsigned)(offset / 0x80), value, UINT32_MAX))
            update_targets(gic, word, offset < GICD_IGROUPR + 0x80 ? UINT32_MAX : value);
        return;
    }
    if (offset >= GICD_IPRIORITYR + INTID_FIRST_SPI && offset < GICD_IPRIORITYR + GIC_INTIDS) {
        unsigned intid = (unsigned)(offset - GICD_IPRIORITYR);
        value &= GIC_PRIORITY_MASK * 0x01010101u;
        memcpy(&gic->priority[intid], &value, 4);
        update_targets(gic, intid / 32, 0xfu << intid % 32);
        return;
    }
    if (offset >= GICD_ICFGR + 8 && offset < GICD_ICFGR + GIC_INTIDS / 4) {
        unsigned word = (unsigned)(offset - GICD_ICFGR) / 8;
        gic->spi[word].edge = gic_icfgr_write(gic->spi[word].edge, offset & 4, value);
        update_targets(gic, word, UINT32_MAX);
        return;
    }
    if (offset >= GICD_IROUTER + 8 * INTID_FIRST_SPI && offset < GICD_IROUTER + 8 * GIC_INTIDS) {
        unsigned intid = (unsigned)(offset - GICD_IROUTER) / 8;
        uint64_t old = gic->irouter[intid];
        write_router(gic, intid,
                     offset & 4 ? (old & UINT32_MAX) | (uint64_t)value << 32 : (old & ~UINT64_C(0xffffffff)) | value);
        return;
    }
    if (offset >= GICD_IPRIORITYR && offset < GICD_IROUTER)
        return;
    switch (offset) {
    case GICD_CTLR:
        gic->ctlr = value & (CTLR_ENABLES | CTLR_E1NWF);
        gic_update_all(gic);
        return;
    case GICD_SETSPI_NSR:
    case GICD_SETSPI_SR: message_spi(gic, value & 0x3ff, true); return;
    case GICD_CLRSPI_NSR:
    case GICD_CLRSPI_SR: message_spi(gic, value & 0x3ff, false); return;
    case GICD_TYPER:
    case GICD_IIDR:
    case GICD_TYPER2:
    case GICD_STATUSR: return;
    default: device_no_register(dev, offset, 4);
    }
}

static void dist_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct gicv3 *gic = dev->machine->gic;
    if (size == 8 && offset >= GICD_IROUTER + 8 * INTID_FIRST_SPI && offset < GICD_IROUTER + 8 * GIC_INTIDS) {
        write_router(gic, (unsigned)(offset - GICD_IROUTER) / 8, value);
    } else if (size == 8) {
        write32(dev, offset, (uint32_t)value);
        write32(dev, offset + 4, (uint32_t)(value >> 32));
    } else if (size == 4) {
        write32(dev, offset, (uint32_t)value);
    } else if (offset >= GICD_IPRIORITYR + INTID_FIRST_SPI && offset < GICD_IPRIORITYR + GIC_INTIDS) {
        unsigned intid = (unsigned)(offset - GICD_IPRIORITYR); /* the one bank that is byte-accessible */
        gic->priority[intid] = value & GIC_PRIORITY_MASK;
        update_targets(gic, intid / 32, UINT32_C(1) << intid % 32);
    } else if (offset < GICD_ITARGETSR || offset >= GICD_ICFGR) {
        device_no_register(dev, offset, size);
    }
}

/* ---- Life ---- */

struct gicv3 *gicv3_create(struct machine *m)
{
    if (m->gic)
        return m->gic;
    struct gicv3 *gic = calloc(1, sizeof *gic + m->cpu_count * sizeof *gic->redist);
    if (!gic)
        return NULL;
    gic->machine = m;
    gic->cpu_count = m->cpu_count;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        struct cpu *cpu = m->cpus[i];
        gic->redist[i].affinity = (uint32_t)(cpu->mpidr >> 8 & 0xff000000) | (cpu->mpidr & 0xffffff);
        if (!cpu->gic && !gic_create(cpu)) {
            free(gic);
            return NULL;
        }
        cpu->gic->ops = &ops;
        cpu->gic->owner = gic;
    }
    ppi_set = gic_set_ppi;
    m->gic = gic;
    return gic;
}

static bool dist_create(struct device *dev) { return gicv3_create(dev->machine) != NULL; }

/* Input lines are the devices' and keep their level. */
static void dist_reset(struct device *dev)
{
    struct gicv3 *gic = dev->machine->gic;
    gic->ctlr = 0;
    for (unsigned i = 0; i < GIC_WORDS; i++)
        gic->spi[i] = (struct gic_word){ .level = gic->spi[i].level };
    memset(gic->priority, 0, sizeof gic->priority);
    memset(gic->irouter, 0, sizeof gic->irouter);
    for (unsigned i = 0; i < GIC_INTIDS; i++)
        gic->target[i] = (uint16_t)resolve_route(gic, 0);
    gic_update_all(gic);
}

const struct device_type gicv3_dist = {
    .name = "gicv3_dist",
    .mmio_size = 0x10000,
    .widths = WIDTH_8 | WIDTH_32 | WIDTH_64,
    .create = dist_create,
    .reset = dist_reset,
    .read = dist_read,
    .write = dist_write,
};

/* ---- Device tree: Documentation/devicetree/bindings/interrupt-controller/arm,gic-v3.yaml ---- */

static int reg_pairs(void *fdt, int node, const uint64_t *cells, unsigned n)
{
    int err = 0;
    for (unsigned i = 0; i < n && !err; i++)
        err = fdt_appendprop_u64(fdt, node, "reg", cells[i]);
    return err;
}

int gicv3_fdt(struct machine *m, void *fdt)
{
    const uint64_t its_reg[] = { 0x08080000, 0x20000 };
    uint64_t reg[] = { 0x08000000, 0x10000, 0x080a0000, 0xf60000, UINT64_C(0x4000000000), 0 };
    bool high = m->cpu_count > GICR_LOW_CPUS;
    int node = fdt_add_subnode(fdt, 0, "intc@8000000"), its, err;

    if (high)
        reg[5] = (uint64_t)(m->cpu_count - GICR_LOW_CPUS) * GICR_FRAME;
    if (node < 0)
        return node;
    err = fdt_setprop_string(fdt, node, "compatible", "arm,gic-v3");
    err = err ? err : fdt_setprop_u32(fdt, node, "#interrupt-cells", 3);
    err = err ? err : fdt_setprop_empty(fdt, node, "interrupt-controller");
    err = err ? err : fdt_setprop_u32(fdt, node, "#address-cells", 2);
    err = err ? err : fdt_setprop_u32(fdt, node, "#size-cells", 2);
    err = err ? err : fdt_setprop_empty(fdt, node, "ranges");
    err = err ? err : fdt_setprop_u32(fdt, node, "#redistributor-regions", high ? 2 : 1);
    err = err ? err : reg_pairs(fdt, node, reg, high ? 6 : 4);
    /* The maintenance interrupt: PPI 9, level high. */
    err = err ? err : fdt_appendprop_u32(fdt, node, "interrupts", 1);
    err = err ? err : fdt_appendprop_u32(fdt, node, "interrupts", 9);
    err = err ? err : fdt_appendprop_u32(fdt, node, "interrupts", 4);
    err = err ? err : fdt_setprop_u32(fdt, node, "phandle", GIC_PHANDLE);
    if (err)
        return err;
    its = fdt_add_subnode(fdt, node, "its@8080000");
    if (its < 0)
        return its;
    err = fdt_setprop_string(fdt, its, "compatible", "arm,gic-v3-its");
    err = err ? err : fdt_setprop_empty(fdt, its, "msi-controller");
    err = err ? err : fdt_setprop_u32(fdt, its, "#msi-cells", 1);
    err = err ? err : reg_pairs(fdt, its, its_reg, 2);
    err = err ? err : fdt_setprop_u32(fdt, its, "phandle", ITS_PHANDLE);
    return err ? err : GIC_PHANDLE;
}
