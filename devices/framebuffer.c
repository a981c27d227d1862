/* A framebuffer: pixels at the top of RAM, which the device tree names as a simple-framebuffer (Linux's binding of that
 * name) and takes out of the memory that the guest may use otherwise (reserved-memory, no-map). There is no device:
 * whoever shows the pixels reads RAM. */
#include "devices/device.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>

/* As large as a block of the guest's page tables: Linux leaves whole pages out of its map, and is lost where a region
 * that it is to leave out ends within one. */
enum { PHANDLE_FRAMEBUFFER = 0x8300, ALIGNMENT = 0x200000 };

static uint64_t bytes(const struct framebuffer *fb) { return UINT64_C(4) * fb->width * fb->height; }
static uint64_t reserved_bytes(const struct framebuffer *fb)
{
    return (bytes(fb) + ALIGNMENT - 1) & ~(uint64_t)(ALIGNMENT - 1);
}

bool framebuffer_place(struct machine *m)
{
    struct framebuffer *fb = &m->opt.framebuffer;
    uint64_t size = reserved_bytes(fb);
    if (!fb->width)
        return true;
    if (size > m->mem.size / 2) {
        snprintf(m->error, sizeof m->error,
                 "a framebuffer of %ux%u pixels needs %" PRIu64 " MiB of RAM, which is more than half of --memory",
                 fb->width, fb->height, size >> 20);
        return false;
    }
    fb->addr = (m->mem.base + m->mem.size - size) & ~(uint64_t)(ALIGNMENT - 1);
    return true;
}

static int node_of(void *fdt, int parent, const char *name)
{
    int node = fdt_subnode_offset(fdt, parent, name);
    return node < 0 ? fdt_add_subnode(fdt, parent, name) : node;
}

/* A folder of nodes with addresses as the CPU has them. */
static int addressed(void *fdt, const char *name)
{
    int node = node_of(fdt, 0, name);
    if (node < 0)
        return node;
    FDT_CELLS(fdt, node, "#address-cells", 2);
    FDT_CELLS(fdt, node, "#size-cells", 2);
    fdt_cells(fdt, node, "ranges", 0, NULL);
    return node;
}

static void set_reg(void *fdt, int node, uint64_t addr, uint64_t size)
{
    FDT_CELLS(fdt, node, "reg", addr >> 32, (uint32_t)addr, size >> 32, (uint32_t)size);
}

int framebuffer_fdt(void *fdt, const struct framebuffer *fb)
{
    char name[40];
    if (!fb->width)
        return 0;
    snprintf(name, sizeof name, "framebuffer@%" PRIx64, fb->addr);
    int reserved = addressed(fdt, "reserved-memory");
    int node = reserved < 0 ? reserved : node_of(fdt, reserved, name);
    if (node < 0)
        return node;
    set_reg(fdt, node, fb->addr, reserved_bytes(fb));
    fdt_cells(fdt, node, "no-map", 0, NULL);
    FDT_CELLS(fdt, node, "phandle", PHANDLE_FRAMEBUFFER);
    int chosen = addressed(fdt, "chosen");
    node = chosen < 0 ? chosen : node_of(fdt, chosen, name);
    if (node < 0)
        return node;
    fdt_setprop_string(fdt, node, "compatible", "simple-framebuffer");
    set_reg(fdt, node, fb->addr, bytes(fb));
    FDT_CELLS(fdt, node, "width", fb->width);
    FDT_CELLS(fdt, node, "height", fb->height);
    FDT_CELLS(fdt, node, "stride", 4 * fb->width);
    FDT_CELLS(fdt, node, "memory-region", PHANDLE_FRAMEBUFFER);
    return fdt_setprop_string(fdt, node, "format", "x8r8g8b8");
}
