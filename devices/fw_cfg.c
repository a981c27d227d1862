/* fw_cfg, through which firmware and Linux's qemu_fw_cfg driver ask the machine about itself. QEMU's specification
 * docs/specs/fw_cfg: data register at 0, selector at 8, DMA address at 16; all big-endian but for data, which is a
 * string of bytes. No files: kernels and initrds are placed in RAM by the loader. */
#include "devices/device.h"

#include <endian.h>

enum { REG_DATA = 0x00, REG_SELECTOR = 0x08, REG_DMA_HIGH = 0x10, REG_DMA_LOW = 0x14, REGS_END = 0x18 };
enum {
    KEY_SIGNATURE = 0x00,
    KEY_ID = 0x01,
    KEY_RAM_SIZE = 0x03,
    KEY_NOGRAPHIC = 0x04,
    KEY_NB_CPUS = 0x05,
    KEY_MAX_CPUS = 0x0f,
    KEY_FILE_DIR = 0x19
};
enum { ID_TRADITIONAL = 1, ID_DMA = 2 };
enum { DMA_ERROR = 1, DMA_READ = 2, DMA_SKIP = 4, DMA_SELECT = 8, DMA_WRITE = 16 };

struct fw_cfg {
    uint16_t key;
    uint32_t offset; /* of the next byte that the data register gives */
    uint64_t dma;
};

/* The bytes of an item, little-endian where it is a number; its size, 0 for a key nobody made. */
static unsigned item(struct device *dev, uint16_t key, uint8_t out[8])
{
    uint64_t value = 0;
    unsigned size = 0;
    switch (key) {
    case KEY_SIGNATURE: memcpy(out, "QEMU", 4); return 4;
    case KEY_ID: value = ID_TRADITIONAL | ID_DMA, size = 4; break;
    case KEY_RAM_SIZE: value = dev->machine->mem.size, size = 8; break;
    case KEY_NOGRAPHIC: value = 1, size = 2; break;
    case KEY_NB_CPUS:
    case KEY_MAX_CPUS: value = dev->machine->opt.smp, size = 2; break;
    case KEY_FILE_DIR: size = 4; break; /* a count of 0 files */
    }
    value = htole64(value);
    memcpy(out, &value, 8);
    return size;
}

/* The next byte of the selected item; zeros follow its end. */
static uint8_t next_byte(struct device *dev)
{
    struct fw_cfg *s = dev->state;
    uint8_t bytes[8];
    unsigned size = item(dev, s->key, bytes);
    return s->offset < size ? bytes[s->offset++] : 0;
}

static void select_item(struct fw_cfg *s, uint16_t key)
{
    s->key = key & 0x7fff; /* bit 15 asks for write access, which was never a thing on this board */
    s->offset = 0;
}

static void skip(struct fw_cfg *s, uint32_t length)
{
    s->offset = length > UINT32_MAX - s->offset ? UINT32_MAX : s->offset + length;
}

static bool dma_read(struct device *dev, uint64_t address, uint64_t length)
{
    static const uint8_t zeros[4096];
    struct physmem *mem = &dev->machine->mem;
    uint8_t first[8];
    uint64_t done = length < sizeof first ? length : sizeof first;
    if (length && !phys_ram(mem, address, length))
        return false;
    for (unsigned i = 0; i < done; i++)
        first[i] = next_byte(dev);
    bool ok = !done || phys_copy_in(mem, address, first, done);
    while (ok && done < length) { /* no item is longer than 8 bytes */
        uint64_t n = length - done < sizeof zeros ? length - done : sizeof zeros;
        ok = phys_copy_in(mem, address + done, zeros, n);
        done += n;
    }
    return ok;
}

/* The guest wrote the address of a request { control, length, address }: do it, and answer in its control word. */
static void dma(struct device *dev)
{
    struct fw_cfg *s = dev->state;
    struct {
        uint32_t control, length;
        uint64_t address;
    } request;
    if (!phys_copy_out(&dev->machine->mem, s->dma, &request, sizeof request)) {
        TRACE(TRACE_GUEST, dev->accessor, "fw_cfg: DMA request at %#lx is not in RAM", (unsigned long)s->dma);
        return;
    }
    uint32_t control = be32toh(request.control), length = be32toh(request.length);
    bool ok = true;
    if (control & DMA_SELECT)
        select_item(s, control >> 16);
    if (control & DMA_READ)
        ok = dma_read(dev, be64toh(request.address), length);
    else if (control & DMA_WRITE)
        ok = false; /* no item is writable */
    else if (control & DMA_SKIP)
        skip(s, length);
    uint32_t answer = htobe32(ok ? 0 : DMA_ERROR);
    phys_copy_in(&dev->machine->mem, s->dma, &answer, sizeof answer);
}

/* Size bytes of a register whose value is big-endian, as a little-endian bus sees them. */
static uint64_t swap(uint64_t value, unsigned size) { return be64toh(value) >> (64 - 8 * size); }

static uint64_t fw_cfg_read(struct device *dev, uint64_t offset, unsigned size)
{
    uint64_t value = 0;
    if (offset < REG_SELECTOR) {
        for (unsigned i = 0; i < size; i++)
            value |= (uint64_t)next_byte(dev) << 8 * i;
        return value;
    }
    if (offset == REG_DMA_HIGH && size >= 4)
        return size == 8 ? swap(UINT64_C(0x51454d5520434647), 8) : swap(0x51454d55, 4); /* "QEMU CFG" */
    if (offset == REG_DMA_LOW && size == 4)
        return swap(0x20434647, 4);
    return device_no_register(dev, offset, size);
}

static void fw_cfg_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct fw_cfg *s = dev->state;
    if (offset < REG_SELECTOR)
        return; /* writing items through the data register is not supported since QEMU 2.4, and is ignored */
    if (offset == REG_SELECTOR && size == 2)
        select_item(s, (uint16_t)swap(value, 2));
    else if (offset == REG_DMA_HIGH && size == 4)
        s->dma = swap(value, 4) << 32;
    else if (offset == REG_DMA_LOW && size == 4)
        s->dma |= swap(value, 4), dma(dev), s->dma = 0;
    else if (offset == REG_DMA_HIGH && size == 8)
        s->dma = swap(value, 8), dma(dev), s->dma = 0;
    else
        device_no_register(dev, offset, size);
}

static void fw_cfg_fdt(struct device *dev, void *fdt, int node)
{
    (void)dev;
    fdt_cells(fdt, node, "dma-coherent", 0, NULL);
}

static const struct state_field fields[] = {
    STATE_ANY(struct fw_cfg, key, STATE_GUEST),
    STATE_ANY(struct fw_cfg, offset, STATE_GUEST),
    STATE_ANY(struct fw_cfg, dma, STATE_GUEST),
};
STATE_LAYOUT_OF(state, struct fw_cfg, fields);

const struct device_type fw_cfg = {
    .name = "fw_cfg",
    .node = "fw-cfg",
    .compatible = DT_LIST("qemu,fw-cfg-mmio"),
    .mmio_size = REGS_END,
    .widths = WIDTH_8 | WIDTH_16 | WIDTH_32 | WIDTH_64,
    .state_size = sizeof(struct fw_cfg),
    .state = &state,
    .read = fw_cfg_read,
    .write = fw_cfg_write,
    .fdt = fw_cfg_fdt,
};
