/* The device tree that the loader gives to the guest: in substance what QEMU's `virt` gives, from the board's rows.
 * Devicetree Specification 0.4 and Linux's bindings. */
#include "devices/device.h"
#include "devices/gicv3.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

enum { GIC_SPI = 0, GIC_PPI = 1, LEVEL_HIGH = 4 };
/* Generic-timer interrupts, as PPI numbers, in the binding's order: EL3 or Secure EL1, EL1 physical, EL1
 * virtual, EL2 physical, EL2 virtual. */
static const unsigned timer_ppis[] = { 13, 14, 11, 10, 12 };

void fdt_cells(void *fdt, int node, const char *name, unsigned count, const uint32_t *cells)
{
    void *to = NULL;
    if (fdt_setprop_placeholder(fdt, node, name, (int)(4 * count), &to))
        return;
    for (unsigned i = 0; i < count; i++)
        fdt32_st((uint8_t *)to + 4 * i, cells[i]);
}

void fdt_strings(void *fdt, int node, const char *name, const char *list)
{
    const char *end = list;
    while (*end)
        end += strlen(end) + 1;
    fdt_setprop(fdt, node, name, list, (int)(end - list));
}

void fdt_interrupts(void *fdt, int node, unsigned count, const unsigned *intid, unsigned flags)
{
    uint32_t cells[3 * 8];
    assert(count <= 8);
    for (unsigned i = 0; i < count; i++) {
        bool spi = intid[i] >= SPI(0);
        cells[3 * i] = spi ? GIC_SPI : GIC_PPI;
        cells[3 * i + 1] = intid[i] - (spi ? SPI(0) : PPI(0));
        cells[3 * i + 2] = flags;
    }
    fdt_cells(fdt, node, "interrupts", 3 * count, cells);
}

static void set_reg(void *fdt, int node, uint64_t base, uint64_t size)
{
    FDT_CELLS(fdt, node, "reg", base >> 32, (uint32_t)base, size >> 32, (uint32_t)size);
}

static void add_root(void *fdt)
{
    FDT_CELLS(fdt, 0, "interrupt-parent", GIC_PHANDLE);
    FDT_CELLS(fdt, 0, "#size-cells", 2);
    FDT_CELLS(fdt, 0, "#address-cells", 2);
    fdt_cells(fdt, 0, "dma-coherent", 0, NULL);
    fdt_setprop_string(fdt, 0, "compatible", "linux,dummy-virt");
    fdt_setprop_string(fdt, 0, "model", "linux,dummy-virt");
}

static void add_memory(void *fdt, const struct machine *m)
{
    char name[32];
    snprintf(name, sizeof name, "memory@%" PRIx64, m->mem.base);
    int node = fdt_add_subnode(fdt, 0, name);
    fdt_setprop_string(fdt, node, "device_type", "memory");
    set_reg(fdt, node, m->mem.base, m->mem.size);
}

static void add_psci(void *fdt)
{
    int node = fdt_add_subnode(fdt, 0, "psci");
    fdt_strings(fdt, node, "compatible", DT_LIST("arm,psci-1.0", "arm,psci-0.2", "arm,psci"));
    fdt_setprop_string(fdt, node, "method", "smc");
    /* Function numbers for those who know only PSCI 0.1: the ones of 0.2. */
    FDT_CELLS(fdt, node, "cpu_suspend", 0xc4000001);
    FDT_CELLS(fdt, node, "cpu_off", 0x84000002);
    FDT_CELLS(fdt, node, "cpu_on", 0xc4000003);
}

static void add_timer(void *fdt)
{
    enum { TIMERS = sizeof timer_ppis / sizeof timer_ppis[0] };
    unsigned intid[TIMERS];
    for (unsigned i = 0; i < TIMERS; i++)
        intid[i] = PPI(timer_ppis[i]);
    int node = fdt_add_subnode(fdt, 0, "timer");
    fdt_strings(fdt, node, "compatible", DT_LIST("arm,armv8-timer", "arm,armv7-timer"));
    fdt_interrupts(fdt, node, TIMERS, intid, LEVEL_HIGH);
    fdt_cells(fdt, node, "always-on", 0, NULL);
}

static void add_clock(void *fdt)
{
    int node = fdt_add_subnode(fdt, 0, "apb-pclk");
    fdt_setprop_string(fdt, node, "compatible", "fixed-clock");
    FDT_CELLS(fdt, node, "#clock-cells", 0);
    FDT_CELLS(fdt, node, "clock-frequency", 24000000);
    fdt_setprop_string(fdt, node, "clock-output-names", "clk24mhz");
    FDT_CELLS(fdt, node, "phandle", PHANDLE_CLOCK);
}

/* One node per device that has a compatible string, from its type and row; the GIC writes its own. */
static void add_device(void *fdt, struct device *dev)
{
    char name[64];
    const struct device_type *t = dev->type;
    if (!t->compatible)
        return;
    snprintf(name, sizeof name, "%s@%" PRIx64, t->node ? t->node : t->name, dev->base);
    int node = fdt_add_subnode(fdt, 0, name);
    fdt_strings(fdt, node, "compatible", t->compatible);
    set_reg(fdt, node, dev->base, dev->size);
    if (t->irqs)
        fdt_interrupts(fdt, node, t->irqs, dev->row->irq, LEVEL_HIGH);
    if (t->fdt)
        t->fdt(dev, fdt, node);
}

/* Errors show in fdt_pack and fdt_check_full. */
static int add_modules(void *fdt, const struct machine_options *o)
{
    int chosen = fdt_path_offset(fdt, "/chosen"), error = 0;
    if (o->modules) {
        FDT_CELLS(fdt, chosen, "#address-cells", 2);
        FDT_CELLS(fdt, chosen, "#size-cells", 2);
    }
    for (unsigned i = o->modules; i-- && !error;) {
        const struct boot_module *module = &o->module[i];
        char name[32];
        snprintf(name, sizeof name, "module@%" PRIx64, module->addr);
        int node = fdt_add_subnode(fdt, fdt_path_offset(fdt, "/chosen"), name);
        if (node < 0)
            return node;
        fdt_strings(fdt, node, "compatible",
                    module->kernel ? DT_LIST("multiboot,kernel", "multiboot,module")
                                   : DT_LIST("multiboot,ramdisk", "multiboot,module"));
        set_reg(fdt, node, module->addr, module->size);
        if (module->bootargs)
            error = fdt_setprop_string(fdt, node, "bootargs", module->bootargs);
    }
    return error;
}

size_t fdt_chosen_room(const struct machine *m)
{
    size_t room = 0x1000 + (m->opt.append ? strlen(m->opt.append) : 0);
    for (unsigned i = 0; i < m->opt.modules; i++)
        room += 0x100 + (m->opt.module[i].bootargs ? strlen(m->opt.module[i].bootargs) : 0);
    return room;
}

int fdt_patch_chosen(struct machine *m, void *fdt)
{
    const struct machine_options *o = &m->opt;
    int node = fdt_path_offset(fdt, "/chosen"), error = 0;
    if (node < 0)
        node = fdt_add_subnode(fdt, 0, "chosen");
    if (node < 0)
        return node;
    if (o->append && *o->append)
        error = fdt_setprop_string(fdt, node, "bootargs", o->append);
    if (!error && o->initrd_end > o->initrd_start)
        error = fdt_setprop_u64(fdt, node, "linux,initrd-start", o->initrd_start);
    if (!error && o->initrd_end > o->initrd_start)
        error = fdt_setprop_u64(fdt, node, "linux,initrd-end", o->initrd_end);
    error = error ? error : add_modules(fdt, o);
    return error ? error : framebuffer_fdt(fdt, &o->framebuffer);
}

static void add_chosen(void *fdt, struct machine *m)
{
    char path[64];
    uint64_t seed[4];
    struct device *uart = board_device(m, &pl011, 0);
    snprintf(path, sizeof path, "/%s@%" PRIx64, uart->type->name, uart->base);
    fdt_setprop_string(fdt, fdt_add_subnode(fdt, 0, "aliases"), "serial0", path);
    int node = fdt_add_subnode(fdt, 0, "chosen");
    fdt_setprop_string(fdt, node, "stdout-path", path);
    for (unsigned i = 0; i < 4; i++)
        seed[i] = machine_random(m);
    fdt_setprop(fdt, node, "rng-seed", seed, sizeof seed);
    fdt_setprop_u64(fdt, node, "kaslr-seed", machine_random(m));
    fdt_patch_chosen(m, fdt);
}

/* Individual errors are not looked at: the blob has room for everything that the options can make, and fdt_check_full
 * at the end sees what is broken. */
void *board_fdt(struct machine *m, size_t *size)
{
    int room = (int)(0x3000 + 0x280 * m->opt.smp + fdt_chosen_room(m));
    void *fdt = malloc((size_t)room);
    struct device *dev;
    int error = fdt ? fdt_create_empty_tree(fdt, room) : -FDT_ERR_NOSPACE;
    if (!error) {
        add_root(fdt);
        add_chosen(fdt, m);
        for (unsigned i = 0; (dev = board_device_at(m, i)); i++)
            add_device(fdt, dev);
        add_clock(fdt);
        gicv3_fdt(m, fdt);
        add_timer(fdt);
        fdt_cpus(fdt, m);
        add_psci(fdt);
        add_memory(fdt, m);
        fdt_pmus(fdt, m);
        error = fdt_pack(fdt);
    }
    if (!error)
        error = fdt_check_full(fdt, (size_t)room);
    if (error) {
        snprintf(m->error, sizeof m->error, "the device tree could not be made: %s", fdt_strerror(error));
        free(fdt);
        return NULL;
    }
    *size = fdt_totalsize(fdt);
    return fdt;
}
