/* GICv3 Interrupt Translation Service: from (DeviceID, EventID) to an LPI on a CPU. Arm IHI 0069 chapters 5 and 12
 * (GITS_). Physical LPIs only. Devices, collections and translations live in the memory the guest gives, in our own
 * 8-byte formats, so that there is no other state than registers; every access to it is bounds-checked, and an entry
 * the guest forged can only name an LPI and a CPU that exist.
 *
 * A command that cannot be carried out is ignored and logged, as GITS_TYPER.SEIS = 0 allows; a queue outside RAM
 * stalls. */
#include "devices/gicv3.h"

enum {
    GITS_CTLR = 0x0,
    GITS_IIDR = 0x4,
    GITS_TYPER = 0x8,
    GITS_CBASER = 0x80,
    GITS_CWRITER = 0x88,
    GITS_CREADR = 0x90,
    GITS_BASER = 0x100,
    GITS_TRANSLATER = 0x10040,
    CTLR_ENABLED = 1,
    ENTRY_BYTES = 8,
    ID_BITS = 16, /* DeviceID, EventID, collection */
    COMMAND_BYTES = 32,
};
enum { DEVICES, COLLECTIONS };

#define QUIESCENT      BIT(31)
#define VALID          BIT(63)
#define CBASER_ADDRESS UINT64_C(0x000ffffffffff000)
#define CBASER_MASK    (VALID | CBASER_ADDRESS | UINT64_C(0x38e0000000000cff))
#define QUEUE_OFFSET   UINT64_C(0xfffe0)
#define STALLED        BIT(0)
#define BASER_INDIRECT BIT(62)
/* Writable fields of GITS_BASERn: Valid, Indirect, cacheability, address, shareability, page size, size. */
#define BASER_MASK (VALID | BASER_INDIRECT | UINT64_C(0x38e0ffffffffffff))

/* Table entries. A device: VALID, ITT address [51:8], EventID bits minus 1 [4:0]. A collection: VALID, CPU [15:0]. A
 * translation: VALID, collection [31:16], INTID [15:0]. */
#define DEVICE_ITT UINT64_C(0x000fffffffffff00)

static uint64_t typer(void)
{
    return 1 /* physical */ | (ENTRY_BYTES - 1) << 4 | (ID_BITS - 1) << 8 | (ID_BITS - 1) << 13 |
           (uint64_t)(ID_BITS - 1) << 32 | BIT(36) /* CIDbits, CIL */;
}

/* ---- Tables in guest memory ---- */

static bool read_entry(struct gicv3 *gic, uint64_t pa, uint64_t *entry)
{
    const uint8_t *p = phys_ram(&gic->machine->mem, pa, ENTRY_BYTES);
    if (p)
        memcpy(entry, p, ENTRY_BYTES);
    return p;
}

static bool write_entry(struct gicv3 *gic, uint64_t pa, uint64_t entry)
{
    return phys_copy_in(&gic->machine->mem, pa, &entry, ENTRY_BYTES);
}

static uint64_t page_size(uint64_t baser)
{
    static const uint32_t size[4] = { 0x1000, 0x4000, 0x10000, 0x10000 };
    return size[baser >> 8 & 3];
}

static uint64_t table_address(uint64_t baser)
{
    uint64_t pa = baser & UINT64_C(0x0000fffffffff000);
    if (page_size(baser) == 0x10000) /* address bits [51:48] are in [15:12] */
        pa = (pa & ~UINT64_C(0xffff)) | (baser >> 12 & 15) << 48;
    return pa;
}

/* Physical address of entry id of a table, flat or two-level. false: beyond the table or no second-level page. */
static bool entry_address(struct gicv3 *gic, unsigned table, uint64_t id, uint64_t *pa)
{
    uint64_t baser = gic->its.baser[table], page = page_size(baser), per_page = page / ENTRY_BYTES, level1;
    uint64_t bytes = ((baser & 0xff) + 1) * page;
    if (!(baser & VALID) || id >= 1u << ID_BITS)
        return false;
    if (!(baser & BASER_INDIRECT)) {
        *pa = table_address(baser) + id * ENTRY_BYTES;
        return id * ENTRY_BYTES < bytes;
    }
    if (id / per_page * 8 >= bytes || !read_entry(gic, table_address(baser) + id / per_page * 8, &level1) ||
        !(level1 & VALID))
        return false;
    *pa = (level1 & CBASER_ADDRESS & ~(page - 1)) + id % per_page * ENTRY_BYTES;
    return true;
}

static bool read_table(struct gicv3 *gic, unsigned table, uint64_t id, uint64_t *entry)
{
    uint64_t pa;
    return entry_address(gic, table, id, &pa) && read_entry(gic, pa, entry) && (*entry & VALID);
}

/* Where the translation of an event is: false without a mapped device that has such an event. */
static bool translation_address(struct gicv3 *gic, uint32_t device, uint32_t event, uint64_t *pa)
{
    uint64_t dte;
    if (!read_table(gic, DEVICES, device, &dte) || (uint64_t)event >> ((dte & 31) + 1))
        return false;
    *pa = (dte & DEVICE_ITT) + (uint64_t)event * ENTRY_BYTES;
    return true;
}

struct translation_entry {
    uint64_t pa, entry;
    unsigned intid, collection, cpu;
    bool has_cpu;
};

/* Look up a mapped event; has_cpu tells whether its collection is mapped too. */
static bool translate(struct gicv3 *gic, uint32_t device, uint32_t event, struct translation_entry *t)
{
    uint64_t cte;
    if (!translation_address(gic, device, event, &t->pa) || !read_entry(gic, t->pa, &t->entry) || !(t->entry & VALID))
        return false;
    t->intid = t->entry & 0xffff;
    t->collection = t->entry >> 16 & 0xffff;
    t->has_cpu = read_table(gic, COLLECTIONS, t->collection, &cte);
    t->cpu = t->has_cpu ? cte & 0xffff : GIC_NO_CPU;
    return true;
}

void gicv3_its_msi(struct gicv3 *gic, uint32_t device, uint32_t event)
{
    struct translation_entry t;
    if (!(gic->its.ctlr & CTLR_ENABLED))
        return;
    if (translate(gic, device, event, &t) && t.has_cpu) {
        TRACE(TRACE_IRQ, NULL, "MSI device %u event %u: LPI %u on CPU %u", device, event, t.intid, t.cpu);
        gic_set_lpi(gic, t.cpu, t.intid, true);
    } else {
        TRACE(TRACE_GUEST, NULL, "MSI of device %u event %u, which is not mapped: dropped", device, event);
    }
}

/* ---- Commands ---- */

enum command {
    CMD_MOVI = 0x01,
    CMD_INT = 0x03,
    CMD_CLEAR = 0x04,
    CMD_SYNC = 0x05,
    CMD_MAPD = 0x08,
    CMD_MAPC = 0x09,
    CMD_MAPTI = 0x0a,
    CMD_MAPI = 0x0b,
    CMD_INV = 0x0c,
    CMD_INVALL = 0x0d,
    CMD_MOVALL = 0x0e,
    CMD_DISCARD = 0x0f,
};

static bool cmd_mapd(struct gicv3 *gic, const uint64_t *c)
{
    uint64_t pa, bits = (c[1] & 31) + 1;
    if (!entry_address(gic, DEVICES, c[0] >> 32, &pa) || ((c[2] & VALID) && bits > ID_BITS))
        return false;
    return write_entry(gic, pa, c[2] & VALID ? VALID | (c[2] & DEVICE_ITT) | (c[1] & 31) : 0);
}

static bool cmd_mapc(struct gicv3 *gic, const uint64_t *c)
{
    uint64_t pa, cpu = c[2] >> 16 & 0xffff; /* GITS_TYPER.PTA = 0: processor number */
    if (!entry_address(gic, COLLECTIONS, c[2] & 0xffff, &pa) || ((c[2] & VALID) && cpu >= gic->cpu_count))
        return false;
    return write_entry(gic, pa, c[2] & VALID ? VALID | cpu : 0);
}

static bool cmd_map(struct gicv3 *gic, const uint64_t *c, uint64_t intid)
{
    uint64_t pa;
    if (intid < INTID_FIRST_LPI || intid >= 1u << GIC_LPI_BITS ||
        !translation_address(gic, (uint32_t)(c[0] >> 32), (uint32_t)c[1], &pa))
        return false;
    return write_entry(gic, pa, VALID | (c[2] & 0xffff) << 16 | intid);
}

/* The pending state moves with the interrupt. */
static void move_pending(struct gicv3 *gic, unsigned intid, unsigned from, unsigned to)
{
    if (from >= gic->cpu_count || !(gic->redist[from].lpi_pending[intid / 64] >> intid % 64 & 1))
        return;
    gic_set_lpi(gic, from, intid, false);
    gic_set_lpi(gic, to, intid, true);
}

static bool cmd_movi(struct gicv3 *gic, const uint64_t *c)
{
    struct translation_entry t;
    uint64_t collection = c[2] & 0xffff, cte;
    if (!translate(gic, (uint32_t)(c[0] >> 32), (uint32_t)c[1], &t) || !t.has_cpu ||
        !read_table(gic, COLLECTIONS, collection, &cte))
        return false;
    move_pending(gic, t.intid, t.cpu, cte & 0xffff);
    return write_entry(gic, t.pa, (t.entry & ~(UINT64_C(0xffff) << 16)) | collection << 16);
}

/* INT, CLEAR, INV and DISCARD: all act on one mapped event. INV has nothing to drop, the configuration is not cached.
 */
static bool cmd_event(struct gicv3 *gic, const uint64_t *c, enum command command)
{
    struct translation_entry t;
    if (!translate(gic, (uint32_t)(c[0] >> 32), (uint32_t)c[1], &t) || !t.has_cpu || t.cpu >= gic->cpu_count)
        return false;
    if (command == CMD_INV)
        gic_redist_update(gic, t.cpu);
    else if (t.intid >= INTID_FIRST_LPI)
        gic_set_lpi(gic, t.cpu, t.intid, command == CMD_INT);
    return command != CMD_DISCARD || write_entry(gic, t.pa, 0);
}

static bool cmd_invall(struct gicv3 *gic, const uint64_t *c)
{
    uint64_t cte;
    if (!read_table(gic, COLLECTIONS, c[2] & 0xffff, &cte) || (cte & 0xffff) >= gic->cpu_count)
        return false;
    gic_redist_update(gic, cte & 0xffff);
    return true;
}

static bool run_command(struct gicv3 *gic, const uint64_t *c)
{
    switch (c[0] & 0xff) {
    case CMD_MAPD: return cmd_mapd(gic, c);
    case CMD_MAPC: return cmd_mapc(gic, c);
    case CMD_MAPTI: return cmd_map(gic, c, c[1] >> 32);
    case CMD_MAPI: return cmd_map(gic, c, c[1] & UINT32_MAX);
    case CMD_MOVI: return cmd_movi(gic, c);
    case CMD_MOVALL: gic_move_lpis(gic, c[2] >> 16 & 0xffff, c[3] >> 16 & 0xffff); return true;
    case CMD_INT:
    case CMD_CLEAR:
    case CMD_INV:
    case CMD_DISCARD: return cmd_event(gic, c, (enum command)(c[0] & 0xff));
    case CMD_INVALL: return cmd_invall(gic, c);
    case CMD_SYNC: return true; /* everything is done in order, at once */
    default: return false;
    }
}

static uint64_t queue_bytes(const struct gic_its *its) { return ((its->cbaser & 0xff) + 1) * 0x1000; }

/* Carry out what is queued. At most one round of the queue: CWRITER does not move meanwhile. What all of it means for
 * the CPUs is worked out once, since it takes a look at every pending LPI. */
static void run_queue(struct gicv3 *gic)
{
    struct gic_its *its = &gic->its;
    uint64_t bytes = queue_bytes(its), writer = its->cwriter & QUEUE_OFFSET;
    if (!(its->ctlr & CTLR_ENABLED) || !(its->cbaser & VALID) || (its->creadr & STALLED) || writer >= bytes)
        return;
    gic->deferred = true;
    while ((its->creadr & QUEUE_OFFSET) != writer) {
        uint64_t c[COMMAND_BYTES / 8];
        if (!phys_copy_out(&gic->machine->mem, (its->cbaser & CBASER_ADDRESS) + its->creadr, c, sizeof c)) {
            TRACE(TRACE_GUEST, NULL, "ITS command queue at %#llx is not RAM: stalled",
                  (unsigned long long)(its->cbaser & CBASER_ADDRESS));
            its->creadr |= STALLED;
            break;
        }
        if (!run_command(gic, c))
            TRACE(TRACE_GUEST, NULL, "ITS command %#llx %#llx %#llx ignored", (unsigned long long)c[0],
                  (unsigned long long)c[1], (unsigned long long)c[2]);
        its->creadr = (its->creadr + COMMAND_BYTES) % bytes;
    }
    gic->deferred = false;
    gic_update_all(gic);
}

/* ---- Registers ---- */

/* Types of tables: devices (1) and collections (4), with 8-byte entries. */
static uint64_t baser_value(const struct gic_its *its, unsigned n)
{
    return n > COLLECTIONS ? 0
                           : its->baser[n] | (uint64_t)(n == DEVICES ? 1 : 4) << 56 | (uint64_t)(ENTRY_BYTES - 1) << 48;
}

static uint64_t read64(struct device *dev, uint64_t offset)
{
    struct gicv3 *gic = dev->machine->gic;
    struct gic_its *its = &gic->its;
    if (offset >= GIC_ID_FIRST && offset < 0x10000)
        return gic_id_register(offset) | (uint64_t)gic_id_register(offset + 4) << 32;
    if (offset >= GITS_BASER && offset < GITS_BASER + 64)
        return baser_value(its, (unsigned)(offset - GITS_BASER) / 8);
    switch (offset) {
    case GITS_CTLR: return its->ctlr | QUIESCENT | (uint64_t)GIC_IIDR << 32;
    case GITS_TYPER: return typer();
    case GITS_CBASER: return its->cbaser;
    case GITS_CWRITER: return its->cwriter;
    case GITS_CREADR: return its->creadr;
    default: return device_no_register(dev, offset, 8);
    }
}

static uint64_t its_read(struct device *dev, uint64_t offset, unsigned size)
{
    uint64_t value = read64(dev, offset & ~UINT64_C(7)) >> 8 * (offset & 7);
    return size == 8 ? value : value & (BIT(size * 8) - 1);
}

static void write64(struct device *dev, uint64_t offset, uint64_t value)
{
    struct gicv3 *gic = dev->machine->gic;
    struct gic_its *its = &gic->its;
    bool enabled = its->ctlr & CTLR_ENABLED;
    if (offset >= GITS_BASER && offset < GITS_BASER + 64) {
        unsigned n = (unsigned)(offset - GITS_BASER) / 8;
        if (n <= COLLECTIONS && !enabled) /* while enabled UNPREDICTABLE: ignored */
            its->baser[n] = value & BASER_MASK;
        return;
    }
    switch (offset) {
    case GITS_CTLR:
        its->ctlr = value & CTLR_ENABLED;
        run_queue(gic);
        return;
    case GITS_CBASER:
        if (!enabled) {
            its->cbaser = value & CBASER_MASK;
            its->creadr = 0;
        }
        return;
    case GITS_CWRITER:
        its->cwriter = value & QUEUE_OFFSET;
        if (value & 1) /* Retry */
            its->creadr &= ~STALLED;
        run_queue(gic);
        return;
    case GITS_TYPER:
    case GITS_CREADR: return;
    default: device_no_register(dev, offset, 8);
    }
}

static void its_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    if (offset == GITS_TRANSLATER) { /* a CPU has no DeviceID of its own: 0 */
        gicv3_its_msi(dev->machine->gic, 0, (uint32_t)value);
        return;
    }
    if (size == 8) {
        write64(dev, offset, value);
    } else if (offset == GITS_CTLR) {
        write64(dev, offset, value);
    } else if (size == 4) {
        /* Half of a 64-bit register: read, replace, write. The types of BASER are masked away again. */
        unsigned shift = offset & 4 ? 32 : 0;
        uint64_t old = read64(dev, offset & ~UINT64_C(7));
        write64(dev, offset & ~UINT64_C(7), (old & ~((uint64_t)UINT32_MAX << shift)) | (value & UINT32_MAX) << shift);
    } else {
        device_no_register(dev, offset, size);
    }
}

static bool its_create(struct device *dev) { return gicv3_create(dev->machine) != NULL; }

static void its_reset(struct device *dev)
{
    struct gicv3 *gic = dev->machine->gic;
    memset(&gic->its, 0, sizeof gic->its);
}

const struct device_type gicv3_its = {
    .name = "gicv3_its",
    .mmio_size = 0x20000,
    .widths = WIDTH_32 | WIDTH_64,
    .create = its_create,
    .reset = its_reset,
    .read = its_read,
    .write = its_write,
};
