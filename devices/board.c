/* The board: QEMU's `virt` memory map as one row per device, and the bus that carries accesses to them. */
#include "core/timing.h"
#include "devices/device.h"
#include "devices/gicv3.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RAM_BASE = 0x40000000, VIRTIO_SLOTS = 32, VIRTIO_STRIDE = 0x200 };
/* The redistributors that have no place below the PL011. */
#define HIGH_REDIST (UINT64_C(256) << 30)

static const struct device_row rows[] = {
    { &gicv3_dist, .base = 0x08000000 },
    { &gicv3_its, .base = 0x08080000 },
    { &gicv3_redist, .base = 0x080a0000 },
    { &pl011, .base = 0x09000000, .irq = { SPI(1) } },
    { &pl031, .base = 0x09010000, .irq = { SPI(2) } },
    { &fw_cfg, .base = 0x09020000 },
    /* 32 rows of virtio_mmio follow, and the second redistributor region: board_create makes them. */
};

enum { ROWS = sizeof rows / sizeof rows[0], MAX_DEVICES = ROWS + VIRTIO_SLOTS + 1 };

struct board {
    struct machine *machine;
    unsigned count;
    struct device *last;                /* accesses come in runs to one device */
    struct device devices[MAX_DEVICES]; /* sorted by base */
    struct device_row made_rows[VIRTIO_SLOTS + 1];
};

/* ---- The bus ---- */

static struct device *device_at(struct board *b, uint64_t pa, unsigned size)
{
    struct device *d = b->last;
    if (pa - d->base >= d->size) {
        unsigned low = 0, high = b->count;
        while (high - low > 1) {
            unsigned middle = (low + high) / 2;
            if (b->devices[middle].base <= pa)
                low = middle;
            else
                high = middle;
        }
        d = &b->devices[low];
        if (pa - d->base >= d->size)
            return NULL;
        b->last = d;
    }
    return size <= d->size - (pa - d->base) ? d : NULL;
}

static unsigned widest(const struct device_type *t)
{
    return t->widths & WIDTH_64 ? 8 : t->widths & WIDTH_32 ? 4 : t->widths & WIDTH_16 ? 2 : 1;
}

/* What the bus makes of an access of this size: the size of the accesses that reach the device, 0 for an abort. */
static unsigned bus_size(const struct device_type *t, unsigned size)
{
    if (t->widths & size)
        return size;
    if (size < 4 && t->widths & WIDTH_LANES)
        return 4;
    return size > widest(t) && t->widths & WIDTH_SPLIT ? widest(t) : 0;
}

static uint64_t low_bytes(uint64_t v, unsigned size) { return size == 8 ? v : v & (BIT(8 * size) - 1); }

static uint32_t primecell_byte(const struct device *d, uint64_t offset)
{
    uint64_t id = UINT64_C(0xb105f00d) << 32 | d->type->primecell_id;
    return id >> (offset - (d->size - 0x20)) / 4 * 8 & 0xff;
}

static uint64_t device_read(struct device *d, uint64_t offset, unsigned size)
{
    if (d->type->primecell_id && offset >= d->size - 0x20)
        return primecell_byte(d, offset);
    return low_bytes(d->type->read(d, offset, size), size);
}

static void trace_access(const struct device *d, const char *what, uint64_t offset, unsigned size, uint64_t value)
{
    if (trace_on(TRACE_DEVICE))
        trace_line(TRACE_DEVICE, d->accessor, "%s %s +%#" PRIx64 " %u = %#" PRIx64, d->type->name, what, offset, size,
                   value);
}

static bool board_read(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    struct device *d = device_at(bus, pa, size);
    unsigned unit = d ? bus_size(d->type, size) : 0;
    *value = 0;
    if (!unit) {
        TRACE(TRACE_GUEST, cpu, "read of %u bytes at %#" PRIx64 ": %s", size, pa, d ? d->type->name : "nothing there");
        return false;
    }
    d->accessor = cpu;
    uint64_t offset = pa - d->base;
    if (unit > size)
        *value = low_bytes(device_read(d, offset & ~UINT64_C(3), 4) >> (offset & 3) * 8, size);
    else
        for (unsigned i = 0; i < size; i += unit)
            *value |= device_read(d, offset + i, unit) << 8 * i;
    trace_access(d, "read", offset, size, *value);
    d->accessor = NULL;
    return true;
}

static bool board_write(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t value)
{
    struct device *d = device_at(bus, pa, size);
    unsigned unit = d ? bus_size(d->type, size) : 0;
    if (!unit) {
        TRACE(TRACE_GUEST, cpu, "write of %u bytes at %#" PRIx64 ": %s", size, pa, d ? d->type->name : "nothing there");
        return false;
    }
    d->accessor = cpu;
    uint64_t offset = pa - d->base;
    trace_access(d, "write", offset, size, value);
    if (unit > size)
        d->type->write(d, offset & ~UINT64_C(3), 4, low_bytes(value, size) << (offset & 3) * 8);
    else
        for (unsigned i = 0; i < size; i += unit)
            d->type->write(d, offset + i, unit, low_bytes(value >> 8 * i, unit));
    d->accessor = NULL;
    return true;
}

/* ---- Making and resetting ---- */

static void run_timer(void *arg, uint64_t now)
{
    struct device *d = arg;
    d->type->timer(d, now);
}

static bool add(struct board *b, const struct device_row *row)
{
    struct device *d = &b->devices[b->count];
    *d = (struct device){
        .type = row->type, .row = row, .base = row->base, .size = row->type->mmio_size, .machine = b->machine
    };
    for (unsigned i = 0; i < b->count; i++)
        d->index += b->devices[i].type == row->type;
    assert(!b->count || d[-1].base + d[-1].size <= d->base);
    if (row->type->state_size && !(d->state = calloc(1, row->type->state_size)))
        return false;
    event_init(&d->event, run_timer, d);
    b->count++;
    return !row->type->create || row->type->create(d);
}

/* The rows that there are many of, or that depend on the options; in the order of their addresses. */
static bool add_made_rows(struct board *b)
{
    struct machine *m = b->machine;
    for (unsigned i = 0; i < VIRTIO_SLOTS; i++) {
        b->made_rows[i] = (struct device_row){ &virtio_mmio, 0x0a000000 + VIRTIO_STRIDE * i, { SPI(16 + i) } };
        if (!add(b, &b->made_rows[i]))
            return false;
    }
    if (m->opt.smp <= GICR_LOW_CPUS)
        return true;
    if (m->mem.base + m->mem.size > HIGH_REDIST) {
        snprintf(m->error, sizeof m->error, "--smp %u: more than %d CPUs leave place for 255G of RAM at the most",
                 m->opt.smp, GICR_LOW_CPUS);
        return false;
    }
    b->made_rows[VIRTIO_SLOTS] = (struct device_row){ &gicv3_redist_high, HIGH_REDIST, { 0 } };
    return add(b, &b->made_rows[VIRTIO_SLOTS]);
}

bool board_create(struct machine *m)
{
    if (!ram_create(m, RAM_BASE, m->opt.memory) || !framebuffer_place(m))
        return false;
    struct board *b = m->board = calloc(1, sizeof *b);
    bool ok = b;
    if (ok) {
        b->machine = m;
        b->last = b->devices;
        m->mem.bus = b;
        m->mem.mmio_read = board_read;
        m->mem.mmio_write = board_write;
        ok = gicv3_create(m);
    }
    for (unsigned i = 0; ok && i < ROWS; i++)
        ok = add(b, &rows[i]);
    ok = ok && add_made_rows(b);
    if (ok)
        timing_switch_all(m, true); /* models know how much RAM there is, and each CPU's neighbours */
    if (!ok && !m->error[0])
        snprintf(m->error, sizeof m->error, "the host has no memory for the board's devices");
    return ok;
}

/* Power-on or system reset of every device: state to zero, then what the device itself says. */
void board_reset(struct machine *m)
{
    for (unsigned i = 0; i < m->board->count; i++) {
        struct device *d = &m->board->devices[i];
        event_cancel(m, &d->event);
        if (d->state)
            memset(d->state, 0, d->type->state_size);
        if (d->type->reset)
            d->type->reset(d);
    }
    /* The GIC's own reset comes first in the table, so the lines lowered here reach a GIC that is itself reset. */
    for (unsigned i = 0; i < m->board->count; i++)
        for (unsigned n = 0; n < m->board->devices[i].type->irqs; n++)
            set_irq(&m->board->devices[i], n, false);
}

void board_free(struct machine *m)
{
    for (unsigned i = 0; m->board && i < m->board->count; i++)
        free(m->board->devices[i].state);
    free(m->board);
    free(m->gic);
    m->board = NULL;
    m->gic = NULL;
    ram_free(m);
}

void board_visit(struct state_pass *s, struct machine *m)
{
    for (unsigned i = 0; m->board && i < m->board->count; i++) {
        struct device *d = &m->board->devices[i];
        if (d->type->state)
            state_walk(s, d->type->state, d->state);
        state_event(s, m, &d->event);
    }
    if (m->gic)
        gicv3_visit(s, m->gic);
}

struct device *board_device_at(struct machine *m, unsigned n)
{
    return n < m->board->count ? &m->board->devices[n] : NULL;
}

struct device *board_device(struct machine *m, const struct device_type *type, unsigned index)
{
    struct device *d;
    for (unsigned n = 0; (d = board_device_at(m, n)); n++)
        if (d->type == type && d->index == index)
            return d;
    return NULL;
}

bool board_input(struct machine *m)
{
    struct device *d;
    for (unsigned n = 0; (d = board_device_at(m, n)); n++)
        if (d->type->input)
            return d->type->input(d);
    return false;
}
