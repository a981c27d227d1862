/* An empty virtio-mmio slot. Virtio 1.2, 4.2.2: MagicValue, Version 2, and DeviceID 0, which tells the driver that no
 * device is there and that nothing else may be touched. */
#include "devices/device.h"

enum { MagicValue = 0x000, Version = 0x004, DeviceID = 0x008, VendorID = 0x00c };

static uint64_t virtio_read(struct device *dev, uint64_t offset, unsigned size)
{
    switch (offset) {
    case MagicValue: return 0x74726976; /* "virt" */
    case Version: return 2;
    case DeviceID: return 0;
    case VendorID: return 0x554d4553; /* "SEMU" */
    }
    return device_no_register(dev, offset, size);
}

static void virtio_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    (void)value;
    device_no_register(dev, offset, size);
}

static void virtio_fdt(struct device *dev, void *fdt, int node)
{
    /* QEMU describes these lines as edge-triggered, and images for that board expect nothing else. */
    fdt_interrupts(fdt, node, 1, dev->row->irq, 1);
    fdt_cells(fdt, node, "dma-coherent", 0, NULL);
}

const struct device_type virtio_mmio = {
    .name = "virtio_mmio",
    .compatible = DT_LIST("virtio,mmio"),
    .mmio_size = 0x200,
    .widths = WIDTH_32 | WIDTH_LANES | WIDTH_SPLIT,
    .irqs = 1,
    .read = virtio_read,
    .write = virtio_write,
    .fdt = virtio_fdt,
};
