/* GICv3 redistributors: SGIs, PPIs and LPIs of each CPU. Arm IHI 0069 chapter 12 (GICR_). Each CPU has two 64 KiB
 * frames: RD_base and SGI_base. LPI configuration stays in guest memory and is read when an LPI is pending, so that it
 * is never stale; the pending state is ours while EnableLPIs is set and goes to guest memory when it is cleared. */
#include "devices/gicv3.h"

enum {
    GICR_CTLR = 0x0,
    GICR_IIDR = 0x4,
    GICR_TYPER = 0x8,
    GICR_STATUSR = 0x10,
    GICR_WAKER = 0x14,
    GICR_PROPBASER = 0x70,
    GICR_PENDBASER = 0x78,
    GICR_INVLPIR = 0xa0,
    GICR_INVALLR = 0xb0,
    GICR_SYNCR = 0xc0,
    SGI_BASE = 0x10000,
    GICR_IGROUPR0 = SGI_BASE + 0x80,
    GICR_IPRIORITYR = SGI_BASE + 0x400,
    GICR_ICFGR0 = SGI_BASE + 0xc00,
    GICR_ICFGR1 = SGI_BASE + 0xc04,
    GICR_IGRPMODR0 = SGI_BASE + 0xd00,
    GICR_NSACR = SGI_BASE + 0xe00,
    CTLR_ENABLE_LPIS = 1,
    CTLR_FIXED = 1 << 1 | 1 << 2, /* CES: EnableLPIs can be cleared; IR: INVLPIR and INVALLR exist */
    WAKER_PROCESSOR_SLEEP = 1 << 1,
    WAKER_CHILDREN_ASLEEP = 1 << 2,
};
#define BASER_ADDRESS  UINT64_C(0x000ffffffffff000)
#define PENDBASER_PTZ  BIT(62)
#define PENDBASER_MASK (UINT64_C(0x000fffffffff0000) | UINT64_C(0x0700000000000f80))
#define PROPBASER_MASK (BASER_ADDRESS | UINT64_C(0x0700000000000f9f))

/* ---- Choosing the interrupt to present ---- */

struct best {
    unsigned intid, priority, group;
};

static void consider(struct best *best, unsigned intid, unsigned priority, bool group)
{
    if (priority < best->priority)
        *best = (struct best){ intid, priority, group };
}

/* Number of INTIDs that GICR_PROPBASER.IDbits allows. */
static unsigned lpi_limit(const struct gic_redist *r)
{
    unsigned bits = (unsigned)(r->propbaser & 31) + 1;
    return 1u << (bits < GIC_LPI_BITS ? bits : GIC_LPI_BITS);
}

/* The configuration byte of an LPI: priority in [7:2], enable in bit 0. Outside RAM reads as disabled. */
static uint8_t lpi_config(struct gicv3 *gic, const struct gic_redist *r, unsigned intid)
{
    const uint8_t *p = phys_ram(&gic->machine->mem, (r->propbaser & BASER_ADDRESS) + intid - INTID_FIRST_LPI, 1);
    return p && intid < lpi_limit(r) ? *p : 0;
}

static void consider_lpis(struct gicv3 *gic, const struct gic_redist *r, struct best *best)
{
    for (unsigned s = 0; s < GIC_LPI_WORDS / 64; s++)
        for (uint64_t words = r->lpi_summary[s]; words; words &= words - 1) {
            unsigned word = s * 64 + (unsigned)__builtin_ctzll(words);
            for (uint64_t bits = r->lpi_pending[word]; bits; bits &= bits - 1) {
                unsigned intid = word * 64 + (unsigned)__builtin_ctzll(bits);
                uint8_t config = lpi_config(gic, r, intid);
                if (config & 1)
                    consider(best, intid, config & GIC_PRIORITY_MASK, true);
            }
        }
}

void gic_redist_update(struct gicv3 *gic, unsigned cpu)
{
    struct gic_redist *r = &gic->redist[cpu];
    struct best best = { INTID_NONE, 0x100, 0 };
    if (gic->deferred)
        return;
    if (!r->asleep) {
        for (uint32_t set = gic_candidates(&r->w, gic->ctlr); set; set &= set - 1) {
            unsigned i = (unsigned)__builtin_ctz(set);
            consider(&best, i, r->priority[i], r->w.group >> i & 1);
        }
        for (unsigned word = 1; word < GIC_WORDS; word++)
            for (uint32_t set = gic_candidates(&gic->spi[word], gic->ctlr); set; set &= set - 1) {
                unsigned i = (unsigned)__builtin_ctz(set);
                if (gic->target[word * 32 + i] == cpu)
                    consider(&best, word * 32 + i, gic->priority[word * 32 + i], gic->spi[word].group >> i & 1);
            }
        if (r->lpis_enabled && (gic->ctlr & 2))
            consider_lpis(gic, r, &best);
    }
    gic_set_hppi(gic->machine->cpus[cpu], best.intid, best.priority & 0xff, best.group);
}

void gic_set_ppi(struct cpu *cpu, unsigned intid, bool level)
{
    struct gicv3 *gic = cpu->gic->owner;
    assert(intid >= 16 && intid < INTID_FIRST_SPI);
    if (gic && gic_word_line(&gic->redist[cpu->index].w, intid, level))
        gic_redist_update(gic, cpu->index);
}

/* ---- LPIs ---- */

static void set_lpi_bit(struct gic_redist *r, unsigned intid, bool pending)
{
    unsigned word = intid / 64;
    uint64_t bit = BIT(intid % 64);
    r->lpi_pending[word] = pending ? r->lpi_pending[word] | bit : r->lpi_pending[word] & ~bit;
    bit = BIT(word % 64);
    r->lpi_summary[word / 64] =
        r->lpi_pending[word] ? r->lpi_summary[word / 64] | bit : r->lpi_summary[word / 64] & ~bit;
}

void gic_set_lpi(struct gicv3 *gic, unsigned cpu, unsigned intid, bool pending)
{
    if (cpu >= gic->cpu_count || intid < INTID_FIRST_LPI || intid >= 1u << GIC_LPI_BITS)
        return;
    struct gic_redist *r = &gic->redist[cpu];
    if (!r->lpis_enabled || intid >= lpi_limit(r))
        return;
    set_lpi_bit(r, intid, pending);
    gic_redist_update(gic, cpu);
}

void gic_move_lpis(struct gicv3 *gic, unsigned from, unsigned to)
{
    if (from == to || from >= gic->cpu_count || to >= gic->cpu_count || !gic->redist[to].lpis_enabled)
        return;
    struct gic_redist *a = &gic->redist[from], *b = &gic->redist[to];
    for (unsigned word = 0; word < GIC_LPI_WORDS; word++)
        b->lpi_pending[word] |= a->lpi_pending[word];
    for (unsigned s = 0; s < GIC_LPI_WORDS / 64; s++)
        b->lpi_summary[s] |= a->lpi_summary[s];
    memset(a->lpi_pending, 0, sizeof a->lpi_pending);
    memset(a->lpi_summary, 0, sizeof a->lpi_summary);
    gic_redist_update(gic, from);
    gic_redist_update(gic, to);
}

/* The pending table: one bit per INTID from GICR_PENDBASER on. */
static void load_pending_table(struct gicv3 *gic, struct gic_redist *r)
{
    memset(r->lpi_pending, 0, sizeof r->lpi_pending);
    memset(r->lpi_summary, 0, sizeof r->lpi_summary);
    uint64_t base = r->pendbaser & BASER_ADDRESS & ~UINT64_C(0xffff);
    const uint8_t *table = phys_ram(&gic->machine->mem, base, lpi_limit(r) / 8);
    if ((r->pendbaser & PENDBASER_PTZ) || !table)
        return;
    for (unsigned intid = INTID_FIRST_LPI; intid < lpi_limit(r); intid++)
        if (table[intid / 8] >> intid % 8 & 1)
            set_lpi_bit(r, intid, true);
}

static void store_pending_table(struct gicv3 *gic, struct gic_redist *r)
{
    unsigned first = INTID_FIRST_LPI / 8, end = lpi_limit(r) / 8;
    uint64_t base = r->pendbaser & BASER_ADDRESS & ~UINT64_C(0xffff);
    if (end > first) /* not RAM: the guest's loss */
        phys_copy_in(&gic->machine->mem, base + first, (const uint8_t *)r->lpi_pending + first, end - first);
    memset(r->lpi_pending, 0, sizeof r->lpi_pending);
    memset(r->lpi_summary, 0, sizeof r->lpi_summary);
}

static void enable_lpis(struct gicv3 *gic, unsigned cpu, bool enable)
{
    struct gic_redist *r = &gic->redist[cpu];
    if (enable == r->lpis_enabled)
        return;
    r->lpis_enabled = enable;
    if (enable)
        load_pending_table(gic, r);
    else
        store_pending_table(gic, r);
    gic_redist_update(gic, cpu);
}

/* ---- Registers ---- */

/* Last: the highest redistributor of its contiguous region. */
static uint64_t typer(const struct gicv3 *gic, unsigned cpu)
{
    bool last = cpu == gic->cpu_count - 1 || cpu == GICR_LOW_CPUS - 1;
    return (uint64_t)gic->redist[cpu].affinity << 32 | (uint64_t)cpu << 8 | (uint64_t)last << 4 | 1 /* PLPIS */;
}

static uint32_t read32(struct device *dev, unsigned cpu, uint64_t offset)
{
    struct gicv3 *gic = dev->machine->gic;
    struct gic_redist *r = &gic->redist[cpu];
    uint32_t value = 0;
    if (offset >= GICR_IGROUPR0 && offset < GICR_IPRIORITYR) {
        if (offset % 0x80 == 0)
            gic_word_read(&r->w, (unsigned)(offset - SGI_BASE) / 0x80, &value);
        return value;
    }
    if (offset >= GICR_IPRIORITYR && offset < GICR_IPRIORITYR + 32) {
        memcpy(&value, &r->priority[offset - GICR_IPRIORITYR], 4);
        return value;
    }
    if (offset >= GIC_ID_FIRST && offset < SGI_BASE)
        return gic_id_register(offset);
    switch (offset) {
    case GICR_CTLR: return r->lpis_enabled | CTLR_FIXED;
    case GICR_IIDR: return GIC_IIDR;
    case GICR_TYPER: return (uint32_t)typer(gic, cpu);
    case GICR_TYPER + 4: return (uint32_t)(typer(gic, cpu) >> 32);
    case GICR_WAKER: return r->asleep ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
    case GICR_PROPBASER: return (uint32_t)r->propbaser;
    case GICR_PROPBASER + 4: return (uint32_t)(r->propbaser >> 32);
    case GICR_PENDBASER: return (uint32_t)r->pendbaser;
    case GICR_PENDBASER + 4: return (uint32_t)((r->pendbaser & ~PENDBASER_PTZ) >> 32); /* PTZ reads as 0 */
    case GICR_ICFGR0: return 0xaaaaaaaa;
    case GICR_ICFGR1: return gic_icfgr_read(r->w.edge, true);
    case GICR_STATUSR:
    case GICR_SYNCR:
    case GICR_IGRPMODR0:
    case GICR_NSACR: return 0;
    default: return (uint32_t)device_no_register(dev, offset, 4);
    }
}

static uint64_t merge(uint64_t old, uint64_t offset, uint32_t value)
{
    return offset & 4 ? (old & UINT32_MAX) | (uint64_t)value << 32 : (old & ~(uint64_t)UINT32_MAX) | value;
}

/* PROPBASER and PENDBASER may be changed only while LPIs are off (else UNPREDICTABLE: ignored). */
static void write_base(struct gic_redist *r, uint64_t offset, uint64_t propbaser, uint64_t pendbaser)
{
    if (r->lpis_enabled)
        return;
    if (offset < GICR_PENDBASER)
        r->propbaser = propbaser & PROPBASER_MASK;
    else
        r->pendbaser = pendbaser & (PENDBASER_MASK | PENDBASER_PTZ);
}

static void write32(struct device *dev, unsigned cpu, uint64_t offset, uint32_t value)
{
    struct gicv3 *gic = dev->machine->gic;
    struct gic_redist *r = &gic->redist[cpu];
    if (offset >= GICR_IGROUPR0 && offset < GICR_IPRIORITYR) {
        if (offset % 0x80 == 0)
            gic_word_write(&r->w, (unsigned)(offset - SGI_BASE) / 0x80, value, UINT32_MAX);
        gic_redist_update(gic, cpu);
        return;
    }
    if (offset >= GICR_IPRIORITYR && offset < GICR_IPRIORITYR + 32) {
        value &= GIC_PRIORITY_MASK * 0x01010101u;
        memcpy(&r->priority[offset - GICR_IPRIORITYR], &value, 4);
        gic_redist_update(gic, cpu);
        return;
    }
    switch (offset) {
    case GICR_CTLR: enable_lpis(gic, cpu, value & CTLR_ENABLE_LPIS); return;
    case GICR_WAKER:
        r->asleep = value & WAKER_PROCESSOR_SLEEP;
        gic_update_all(gic); /* 1 of N interrupts may move */
        return;
    case GICR_PROPBASER:
    case GICR_PROPBASER + 4:
    case GICR_PENDBASER:
    case GICR_PENDBASER + 4:
        write_base(r, offset, merge(r->propbaser, offset, value), merge(r->pendbaser, offset, value));
        return;
    case GICR_INVLPIR:
    case GICR_INVALLR:
        gic_redist_update(gic, cpu);
        return; /* nothing is cached: the table in memory may have changed */
    case GICR_ICFGR1:
        r->w.edge = gic_icfgr_write(r->w.edge, true, value);
        gic_redist_update(gic, cpu);
        return;
    case GICR_INVLPIR + 4:
    case GICR_INVALLR + 4:
    case GICR_IIDR:
    case GICR_TYPER:
    case GICR_TYPER + 4:
    case GICR_STATUSR:
    case GICR_ICFGR0: /* SGIs are always edge-triggered */
    case GICR_IGRPMODR0:
    case GICR_NSACR: return;
    default: device_no_register(dev, offset, 4);
    }
}

static uint64_t frames_read(struct device *dev, unsigned cpu, uint64_t offset, unsigned size)
{
    if (cpu >= ((struct gicv3 *)dev->machine->gic)->cpu_count)
        return device_no_register(dev, offset, size);
    if (size == 8)
        return read32(dev, cpu, offset) | (uint64_t)read32(dev, cpu, offset + 4) << 32;
    return (read32(dev, cpu, offset & ~UINT64_C(3)) >> 8 * (offset & 3)) & (BIT(size * 8) - 1);
}

static void frames_write(struct device *dev, unsigned cpu, uint64_t offset, unsigned size, uint64_t value)
{
    struct gicv3 *gic = dev->machine->gic;
    if (cpu >= gic->cpu_count) {
        device_no_register(dev, offset, size);
    } else if (size == 8 && (offset == GICR_PROPBASER || offset == GICR_PENDBASER)) {
        write_base(&gic->redist[cpu], offset, value, value);
    } else if (size == 8) {
        write32(dev, cpu, offset, (uint32_t)value);
        write32(dev, cpu, offset + 4, (uint32_t)(value >> 32));
    } else if (size == 4) {
        write32(dev, cpu, offset, (uint32_t)value);
    } else if (offset >= GICR_IPRIORITYR && offset < GICR_IPRIORITYR + 32) {
        gic->redist[cpu].priority[offset - GICR_IPRIORITYR] = value & GIC_PRIORITY_MASK;
        gic_redist_update(gic, cpu);
    } else {
        device_no_register(dev, offset, size);
    }
}

static uint64_t low_read(struct device *dev, uint64_t offset, unsigned size)
{
    return frames_read(dev, (unsigned)(offset / GICR_FRAME), offset % GICR_FRAME, size);
}
static void low_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    frames_write(dev, (unsigned)(offset / GICR_FRAME), offset % GICR_FRAME, size, value);
}
static uint64_t high_read(struct device *dev, uint64_t offset, unsigned size)
{
    return frames_read(dev, (unsigned)(offset / GICR_FRAME) + GICR_LOW_CPUS, offset % GICR_FRAME, size);
}
static void high_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    frames_write(dev, (unsigned)(offset / GICR_FRAME) + GICR_LOW_CPUS, offset % GICR_FRAME, size, value);
}

static bool redist_create(struct device *dev) { return gicv3_create(dev->machine) != NULL; }

/* Both regions are one array: the device of the low one resets it. */
static void redist_reset(struct device *dev)
{
    struct gicv3 *gic = dev->machine->gic;
    for (unsigned i = 0; i < gic->cpu_count; i++) {
        struct gic_redist *r = &gic->redist[i];
        uint32_t level = r->w.level, affinity = r->affinity; /* inputs keep their level */
        memset(r, 0, sizeof *r);
        r->w.level = level;
        r->w.edge = 0xffff; /* SGIs */
        r->affinity = affinity;
        r->asleep = true;
        gic_redist_update(gic, i);
    }
}

const struct device_type gicv3_redist = {
    .name = "gicv3_redist",
    .mmio_size = GICR_LOW_CPUS * GICR_FRAME,
    .widths = WIDTH_8 | WIDTH_32 | WIDTH_64,
    .create = redist_create,
    .reset = redist_reset,
    .read = low_read,
    .write = low_write,
};

const struct device_type gicv3_redist_high = {
    .name = "gicv3_redist_high",
    .mmio_size = (MAX_CPUS - GICR_LOW_CPUS) * GICR_FRAME,
    .widths = WIDTH_8 | WIDTH_32 | WIDTH_64,
    .create = redist_create,
    .read = high_read,
    .write = high_write,
};
