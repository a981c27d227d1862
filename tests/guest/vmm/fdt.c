// The guest's device tree, written as a flattened tree (Devicetree Specification v0.4, chapter 5) without libfdt,
// which a statically cross-compiled program would have to bring along.
#include "vmm.h"

#include <endian.h>
#include <stdio.h>
#include <string.h>

#define FDT_MAGIC      0xd00dfeedu
#define FDT_BEGIN_NODE 1u
#define FDT_END_NODE   2u
#define FDT_PROP       3u
#define FDT_END        9u

#define PHANDLE_GIC   1u
#define PHANDLE_CLOCK 2u

#define GIC_SPI    0u
#define GIC_PPI    1u
#define LEVEL_HIGH 4u

struct fdt_header {
    uint32_t magic, totalsize, off_dt_struct, off_dt_strings, off_mem_rsvmap, version, last_comp_version;
    uint32_t boot_cpuid_phys, size_dt_strings, size_dt_struct;
};

// The structure block grows in place; the names of properties are collected beside it.
struct writer {
    uint8_t *structure;
    size_t used, room;
    char strings[1024];
    size_t strings_used;
};

static void put(struct writer *w, const void *data, size_t size)
{
    size_t padded = (size + 3) & ~(size_t)3;

    if (w->used + padded > w->room)
        die("the device tree does not fit into %zu bytes", w->room);
    memset(w->structure + w->used, 0, padded);
    memcpy(w->structure + w->used, data, size);
    w->used += padded;
}

static void put_cell(struct writer *w, uint32_t value)
{
    uint32_t cell = htobe32(value);

    put(w, &cell, sizeof(cell));
}

static uint32_t string_offset(struct writer *w, const char *name)
{
    size_t length = strlen(name) + 1;

    for (size_t at = 0; at < w->strings_used; at += strlen(w->strings + at) + 1)
        if (!strcmp(w->strings + at, name))
            return (uint32_t)at;
    if (w->strings_used + length > sizeof(w->strings))
        die("too many property names in the device tree");
    memcpy(w->strings + w->strings_used, name, length);
    w->strings_used += length;
    return (uint32_t)(w->strings_used - length);
}

static void begin(struct writer *w, const char *name)
{
    put_cell(w, FDT_BEGIN_NODE);
    put(w, name, strlen(name) + 1);
}

static void begin_at(struct writer *w, const char *name, uint64_t address)
{
    char full[64];

    snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
    begin(w, full);
}

static void end(struct writer *w) { put_cell(w, FDT_END_NODE); }

static void property(struct writer *w, const char *name, const void *data, size_t size)
{
    put_cell(w, FDT_PROP);
    put_cell(w, (uint32_t)size);
    put_cell(w, string_offset(w, name));
    put(w, data, size);
}

static void property_string(struct writer *w, const char *name, const char *value)
{
    property(w, name, value, strlen(value) + 1);
}

static void property_cells(struct writer *w, const char *name, const uint32_t *cells, size_t count)
{
    uint32_t big[32];

    for (size_t i = 0; i < count; i++)
        big[i] = htobe32(cells[i]);
    property(w, name, big, count * sizeof(big[0]));
}

static void property_cell(struct writer *w, const char *name, uint32_t value) { property_cells(w, name, &value, 1); }

static void property_u64(struct writer *w, const char *name, uint64_t value)
{
    uint32_t cells[] = { (uint32_t)(value >> 32), (uint32_t)value };

    property_cells(w, name, cells, 2);
}

// `reg` with two cells each for address and size: one or two ranges.
static void property_reg(struct writer *w, const uint64_t *ranges, size_t count)
{
    uint32_t cells[8];

    for (size_t i = 0; i < count; i++) {
        cells[2 * i] = (uint32_t)(ranges[i] >> 32);
        cells[2 * i + 1] = (uint32_t)ranges[i];
    }
    property_cells(w, "reg", cells, 2 * count);
}

static void write_chosen(struct writer *w, const struct vm *vm)
{
    // The seed is fixed: a guest run is to be repeatable.
    static const uint8_t seed[64] = "svemu vmm: the same seed for every guest, not a secret";
    const struct layout *layout = &vm->layout;
    char arguments[2048];
    const char *append = vm->options->append ? vm->options->append : "", *command = vm->options->command;
    int length = command ? snprintf(arguments, sizeof(arguments), "%s svemu.cmd=\"%s\"", append, command)
                         : snprintf(arguments, sizeof(arguments), "%s", append);

    if (length >= (int)sizeof(arguments))
        die("--append: longer than the 2048 bytes that an arm64 kernel takes");
    begin(w, "chosen");
    property_string(w, "bootargs", arguments);
    property_string(w, "stdout-path", "/pl011@9000000");
    property(w, "rng-seed", seed, sizeof(seed));
    if (layout->initrd_size) {
        property_u64(w, "linux,initrd-start", layout->initrd);
        property_u64(w, "linux,initrd-end", layout->initrd + layout->initrd_size);
    }
    end(w);
}

static void write_cpus(struct writer *w, unsigned vcpus)
{
    begin(w, "cpus");
    property_cell(w, "#address-cells", 1);
    property_cell(w, "#size-cells", 0);
    for (unsigned i = 0; i < vcpus; i++) {
        uint32_t affinity = (i / 16) << 8 | i % 16; // KVM's MPIDR_EL1: 16 vCPUs to each Aff0

        begin_at(w, "cpu", affinity);
        property_string(w, "device_type", "cpu");
        property_string(w, "compatible", "arm,arm-v8");
        property_string(w, "enable-method", "psci");
        property_cell(w, "reg", affinity);
        end(w);
    }
    end(w);
}

static void write_gic(struct writer *w, unsigned vcpus)
{
    begin_at(w, "intc", GICD_BASE);
    property_string(w, "compatible", "arm,gic-v3");
    property_cell(w, "#interrupt-cells", 3);
    property(w, "interrupt-controller", "", 0);
    property_reg(w, (uint64_t[]){ GICD_BASE, GICD_SIZE, GICR_BASE, GICR_STRIDE * vcpus }, 4);
    property_cell(w, "phandle", PHANDLE_GIC);
    end(w);
}

static void write_timer(struct writer *w)
{
    // Secure, non-secure, virtual and EL2 timers, at QEMU virt's and KVM's PPI numbers.
    static const uint32_t ppis[] = { 13, 14, 11, 10 };
    uint32_t cells[12];

    for (unsigned i = 0; i < 4; i++) {
        cells[3 * i] = GIC_PPI;
        cells[3 * i + 1] = ppis[i];
        cells[3 * i + 2] = LEVEL_HIGH;
    }
    begin(w, "timer");
    property_string(w, "compatible", "arm,armv8-timer");
    property_cells(w, "interrupts", cells, 12);
    property(w, "always-on", "", 0);
    end(w);
}

static void write_pmu(struct writer *w)
{
    begin(w, "pmu");
    property_string(w, "compatible", "arm,armv8-pmuv3");
    property_cells(w, "interrupts", (uint32_t[]){ GIC_PPI, PMU_PPI, LEVEL_HIGH }, 3);
    end(w);
}

static void write_uart(struct writer *w)
{
    begin(w, "apb-pclk");
    property_string(w, "compatible", "fixed-clock");
    property_cell(w, "#clock-cells", 0);
    property_cell(w, "clock-frequency", 24000000);
    property_string(w, "clock-output-names", "clk24mhz");
    property_cell(w, "phandle", PHANDLE_CLOCK);
    end(w);
    begin_at(w, "pl011", PL011_BASE);
    property(w, "compatible", "arm,pl011\0arm,primecell", sizeof("arm,pl011\0arm,primecell"));
    property_reg(w, (uint64_t[]){ PL011_BASE, PL011_SIZE }, 2);
    property_cells(w, "interrupts", (uint32_t[]){ GIC_SPI, PL011_SPI, LEVEL_HIGH }, 3);
    property_cells(w, "clocks", (uint32_t[]){ PHANDLE_CLOCK, PHANDLE_CLOCK }, 2);
    property(w, "clock-names", "uartclk\0apb_pclk", sizeof("uartclk\0apb_pclk"));
    end(w);
}

static void write_tree(struct writer *w, const struct vm *vm)
{
    begin(w, "");
    property_string(w, "compatible", "linux,dummy-virt");
    property_string(w, "model", "svemu-vmm");
    property_cell(w, "#address-cells", 2);
    property_cell(w, "#size-cells", 2);
    property_cell(w, "interrupt-parent", PHANDLE_GIC);
    write_chosen(w, vm);
    begin_at(w, "memory", RAM_BASE);
    property_string(w, "device_type", "memory");
    property_reg(w, (uint64_t[]){ RAM_BASE, vm->options->memory }, 2);
    end(w);
    write_cpus(w, vm->options->vcpus);
    begin(w, "psci");
    property(w, "compatible", "arm,psci-1.0\0arm,psci-0.2", sizeof("arm,psci-1.0\0arm,psci-0.2"));
    property_string(w, "method", "hvc");
    end(w);
    write_gic(w, vm->options->vcpus);
    write_timer(w);
    if (vm->options->pmu)
        write_pmu(w);
    write_uart(w);
    end(w);
    put_cell(w, FDT_END);
}

size_t fdt_build(const struct vm *vm, uint8_t *to, size_t room)
{
    const size_t reservations = sizeof(struct fdt_header), structure = reservations + 16;
    struct writer w = { .structure = to + structure, .room = room - structure - sizeof(w.strings) };
    size_t total;

    write_tree(&w, vm);
    total = structure + w.used + w.strings_used;
    struct fdt_header header = {
        .magic = htobe32(FDT_MAGIC),
        .totalsize = htobe32((uint32_t)total),
        .off_dt_struct = htobe32((uint32_t)structure),
        .off_dt_strings = htobe32((uint32_t)(structure + w.used)),
        .off_mem_rsvmap = htobe32((uint32_t)reservations),
        .version = htobe32(17),
        .last_comp_version = htobe32(16),
        .size_dt_strings = htobe32((uint32_t)w.strings_used),
        .size_dt_struct = htobe32((uint32_t)w.used),
    };
    memcpy(to, &header, sizeof(header));
    memset(to + reservations, 0, 16); // the end of an empty list of reservations
    memcpy(to + structure + w.used, w.strings, w.strings_used);
    return total;
}
