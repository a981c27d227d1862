/* The device tree, parsed back with libfdt. */
#include "tests/devices/bus.h"

#include <libfdt.h>

static uint32_t cell(const void *fdt, const char *path, const char *name, unsigned n)
{
    int len = 0;
    const fdt32_t *p = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, &len);
    if (!p || len < (int)(4 * (n + 1))) {
        FAIL("%s has no cell %u of %s", path, n, name);
        return 0;
    }
    return fdt32_ld(p + n);
}

static const char *string(const void *fdt, const char *path, const char *name)
{
    const char *s = fdt_getprop(fdt, fdt_path_offset(fdt, path), name, NULL);
    return s ? s : "";
}

static void *make(unsigned smp, const char *append)
{
    size_t size;
    bus_start(smp);
    bus->opt.append = append;
    bus->opt.initrd_start = 0x44000000, bus->opt.initrd_end = 0x44000123;
    void *fdt = board_fdt(bus, &size);
    if (!fdt) {
        printf("FAIL %s\n", bus->error);
        exit(1);
    }
    EXPECT_EQ(fdt_check_full(fdt, size), 0);
    return fdt;
}

TEST(what_linux_looks_for)
{
    void *fdt = make(2, "console=ttyAMA0 quiet");
    EXPECT(!strcmp(string(fdt, "/", "compatible"), "linux,dummy-virt"));
    EXPECT_EQ(cell(fdt, "/", "interrupt-parent", 0), cell(fdt, "/intc@8000000", "phandle", 0));
    EXPECT(!strcmp(string(fdt, "/chosen", "bootargs"), "console=ttyAMA0 quiet"));
    EXPECT(!strcmp(string(fdt, "/chosen", "stdout-path"), "/pl011@9000000"));
    EXPECT_EQ(cell(fdt, "/chosen", "linux,initrd-start", 1), 0x44000000);
    EXPECT_EQ(cell(fdt, "/chosen", "linux,initrd-end", 1), 0x44000123);
    EXPECT(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "kaslr-seed", NULL) != NULL);
    EXPECT(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "rng-seed", NULL) != NULL);
    EXPECT(!strcmp(string(fdt, "/memory@40000000", "device_type"), "memory"));
    EXPECT_EQ(cell(fdt, "/memory@40000000", "reg", 1), 0x40000000);
    EXPECT_EQ(cell(fdt, "/memory@40000000", "reg", 3), 16 << 20);
    EXPECT(!strcmp(string(fdt, "/psci", "method"), "smc"));
    EXPECT(!strcmp(string(fdt, "/psci", "compatible"), "arm,psci-1.0"));
    free(fdt);
}

TEST(devices_and_their_interrupts)
{
    void *fdt = make(1, NULL);
    static const char list[] = "arm,pl011\0arm,primecell";
    int len;
    const char *compatible = fdt_getprop(fdt, fdt_path_offset(fdt, "/pl011@9000000"), "compatible", &len);
    EXPECT_EQ(len, sizeof list);
    EXPECT(compatible && !memcmp(compatible, list, sizeof list));
    EXPECT_EQ(cell(fdt, "/pl011@9000000", "interrupts", 0), 0);
    EXPECT_EQ(cell(fdt, "/pl011@9000000", "interrupts", 1), 1);
    EXPECT_EQ(cell(fdt, "/pl011@9000000", "interrupts", 2), 4);
    EXPECT_EQ(cell(fdt, "/pl011@9000000", "clocks", 1), cell(fdt, "/apb-pclk", "phandle", 0));
    EXPECT_EQ(cell(fdt, "/pl031@9010000", "interrupts", 1), 2);
    EXPECT_EQ(cell(fdt, "/virtio_mmio@a003e00", "interrupts", 1), 16 + 31);
    EXPECT_EQ(cell(fdt, "/fw-cfg@9020000", "reg", 3), 0x18);
    static const unsigned ppi[5] = { 13, 14, 11, 10, 12 };
    for (unsigned i = 0; i < 5; i++) {
        EXPECT_EQ(cell(fdt, "/timer", "interrupts", 3 * i), 1);
        EXPECT_EQ(cell(fdt, "/timer", "interrupts", 3 * i + 1), ppi[i]);
        EXPECT_EQ(cell(fdt, "/timer", "interrupts", 3 * i + 2), 4);
    }
    EXPECT_EQ(cell(fdt, "/pmu", "interrupts", 1), 7);
    EXPECT(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", NULL) == NULL);
    free(fdt);
}

TEST(cpus_by_affinity)
{
    void *fdt = make(20, NULL);
    EXPECT(!strcmp(string(fdt, "/cpus/cpu@0", "enable-method"), "psci"));
    EXPECT_EQ(cell(fdt, "/cpus/cpu@f", "reg", 1), 15);
    EXPECT_EQ(cell(fdt, "/cpus/cpu@103", "reg", 1), 0x103); /* CPU 19 */
    EXPECT_EQ(cell(fdt, "/cpus/cpu-map/socket0/cluster1/core3", "cpu", 0), cell(fdt, "/cpus/cpu@103", "phandle", 0));
    EXPECT_EQ(cell(fdt, "/cpus/cpu-map/socket0/cluster0/core0", "cpu", 0), cell(fdt, "/cpus/cpu@0", "phandle", 0));
    /* in the order of their numbers: Linux numbers CPUs by it */
    int cpu = fdt_first_subnode(fdt, fdt_path_offset(fdt, "/cpus"));
    unsigned n = 0;
    for (; cpu >= 0; cpu = fdt_next_subnode(fdt, cpu))
        if (!strncmp(fdt_get_name(fdt, cpu, NULL), "cpu@", 4)) {
            EXPECT_EQ(fdt32_ld((const fdt32_t *)fdt_getprop(fdt, cpu, "reg", NULL) + 1), n / 16 << 8 | n % 16);
            n++;
        }
    EXPECT_EQ(n, 20);
    free(fdt);
}

/* The same with configurations that change says. */
static void *make_with(unsigned smp, void (*change)(struct cpu_config *c))
{
    size_t size;
    bus_start(smp);
    change(bus->config);
    void *fdt = board_fdt(bus, &size);
    if (!fdt) {
        printf("FAIL %s\n", bus->error);
        exit(1);
    }
    EXPECT_EQ(fdt_check_full(fdt, size), 0);
    return fdt;
}

static void sparse(struct cpu_config *c)
{
    static const uint64_t mpidr[] = {
        UINT64_C(0x8100000000), 0x80000007, 0x81050100, 0x81050101, 0x81050300, 0x80000003
    };
    for (unsigned i = 0; i < 6; i++)
        c[i].mpidr = mpidr[i];
}

TEST(cpu_map_counts_from_zero)
{
    void *fdt = make_with(6, sparse);
    static const char *const path[] = { "cluster0/core0",         "cluster1/core0",         "cluster2/core0/thread0",
                                        "cluster2/core0/thread1", "cluster2/core1/thread0", "cluster1/core1" };
    for (unsigned i = 0; i < 6; i++) {
        char full[64];
        snprintf(full, sizeof full, "/cpus/cpu-map/socket0/%s", path[i]);
        EXPECT_EQ(cell(fdt, full, "cpu", 0), PHANDLE_CPU + i);
    }
    EXPECT_EQ(cell(fdt, "/cpus/cpu@8100000000", "reg", 0), 0x81);
    EXPECT_EQ(cell(fdt, "/cpus/cpu@50101", "reg", 1), 0x50101); /* without MT */
    free(fdt);
}

static void big_little(struct cpu_config *c)
{
    for (unsigned i = 0; i < 4; i++) {
        EXPECT(feature_defaults(i < 2 ? "cortex-a510" : "cortex-a710", &c[i]));
        c[i].mpidr = 0x80000000 | i << 8;
    }
}

TEST(unlike_pmus_have_partitions)
{
    void *fdt = make_with(4, big_little);
    EXPECT(!strcmp(string(fdt, "/cpus/cpu@100", "compatible"), "arm,cortex-a510"));
    EXPECT(!strcmp(string(fdt, "/cpus/cpu@300", "compatible"), "arm,cortex-a710"));
    EXPECT_EQ(cell(fdt, "/intc@8000000", "#interrupt-cells", 0), 4);
    EXPECT(!strcmp(string(fdt, "/pmu-0", "compatible"), "arm,cortex-a510-pmu"));
    EXPECT(!strcmp(string(fdt, "/pmu-2", "compatible"), "arm,cortex-a710-pmu"));
    EXPECT_EQ(cell(fdt, "/pmu-2", "interrupts", 1), 7);
    EXPECT_EQ(cell(fdt, "/pmu-2", "interrupts", 3),
              cell(fdt, "/intc@8000000/ppi-partitions/interrupt-partition-2", "phandle", 0));
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(cell(fdt, "/intc@8000000/ppi-partitions/interrupt-partition-0", "affinity", i), PHANDLE_CPU + i);
        EXPECT_EQ(cell(fdt, "/intc@8000000/ppi-partitions/interrupt-partition-2", "affinity", i), PHANDLE_CPU + 2 + i);
    }
    EXPECT_EQ(cell(fdt, "/timer", "interrupts", 5), 14); /* the second timer: four cells each */
    EXPECT_EQ(cell(fdt, "/timer", "interrupts", 7), 0);
    EXPECT_EQ(cell(fdt, "/pl011@9000000", "interrupts", 3), 0);
    free(fdt);
}

TEST(as_many_as_can_be)
{
    size_t size;
    char append[2048];
    memset(append, 'x', sizeof append);
    append[sizeof append - 1] = 0;
    void *fdt = make(512, append);
    size = fdt_totalsize(fdt);
    EXPECT_EQ(fdt_check_full(fdt, size), 0);
    EXPECT_EQ(cell(fdt, "/cpus/cpu@1f0f", "reg", 1), 0x1f0f);
    EXPECT(size < 2 << 20);
    free(fdt);
}

TEST(seeds_come_from_the_seed)
{
    void *a = make(1, NULL), *b = make(1, NULL), *c;
    EXPECT(!memcmp(a, b, fdt_totalsize(a)));
    bus_start(1);
    bus->entropy = 1;
    size_t size;
    c = board_fdt(bus, &size);
    EXPECT_EQ(cell(a, "/chosen", "kaslr-seed", 0) == cell(c, "/chosen", "kaslr-seed", 0), 0);
    free(a), free(b), free(c);
}

TEST(patching_a_users_tree)
{
    char blob[4096];
    bus_start(1);
    EXPECT_EQ(fdt_create_empty_tree(blob, sizeof blob), 0);
    bus->opt.append = "one";
    EXPECT_EQ(fdt_patch_chosen(bus, blob), 0);
    EXPECT(!strcmp(string(blob, "/chosen", "bootargs"), "one"));
    bus->opt.append = "two";
    EXPECT_EQ(fdt_patch_chosen(bus, blob), 0);
    EXPECT(!strcmp(string(blob, "/chosen", "bootargs"), "two"));
}

TEST(framebuffer)
{
    size_t size;
    bus_start(1);
    bus->opt.framebuffer = (struct framebuffer){ 800, 600, 0 };
    EXPECT(framebuffer_place(bus));
    uint64_t end = bus->mem.base + bus->mem.size, addr = bus->opt.framebuffer.addr;
    EXPECT_EQ(addr, end - 0x200000); /* 1.92 MB of 16 MiB */
    void *fdt = board_fdt(bus, &size);
    EXPECT_EQ(fdt_check_full(fdt, size), 0);
    char chosen[64], reserved[64];
    snprintf(chosen, sizeof chosen, "/chosen/framebuffer@%" PRIx64, addr);
    snprintf(reserved, sizeof reserved, "/reserved-memory/framebuffer@%" PRIx64, addr);
    EXPECT(!strcmp(string(fdt, chosen, "compatible"), "simple-framebuffer"));
    EXPECT(!strcmp(string(fdt, chosen, "format"), "x8r8g8b8"));
    EXPECT_EQ(cell(fdt, chosen, "width", 0), 800);
    EXPECT_EQ(cell(fdt, chosen, "height", 0), 600);
    EXPECT_EQ(cell(fdt, chosen, "stride", 0), 3200);
    EXPECT_EQ(cell(fdt, chosen, "memory-region", 0), cell(fdt, reserved, "phandle", 0));
    EXPECT_EQ(cell(fdt, chosen, "reg", 1), addr);
    EXPECT_EQ(cell(fdt, chosen, "reg", 3), 800 * 600 * 4);
    EXPECT_EQ(cell(fdt, reserved, "reg", 1), addr);
    EXPECT_EQ(cell(fdt, reserved, "reg", 3), 0x200000); /* whole pages */
    EXPECT(fdt_getprop(fdt, fdt_path_offset(fdt, reserved), "no-map", NULL));
    EXPECT_EQ(cell(fdt, "/chosen", "#address-cells", 0), 2);
    EXPECT_EQ(cell(fdt, "/reserved-memory", "#size-cells", 0), 2);
    free(fdt);
    bus->opt.framebuffer = (struct framebuffer){ 4096, 4096, 0 };
    EXPECT(!framebuffer_place(bus) && strstr(bus->error, "4096x4096") && strstr(bus->error, "--memory"));
}

TEST_MAIN
