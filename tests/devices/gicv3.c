/* Distributor, redistributors and ITS through their registers and the CPU interface. */
#include "devices/gicv3.h"

#include <libfdt.h>

#include "tests/sysregs/pe.h"

static struct device dist, redist, its;

static struct machine *setup(unsigned cpus)
{
    struct machine *m = test_machine(cpus);
    EXPECT(gicv3_create(m) != NULL);
    dist = (struct device){ .type = &gicv3_dist, .machine = m };
    redist = (struct device){ .type = &gicv3_redist, .machine = m };
    its = (struct device){ .type = &gicv3_its, .machine = m };
    dist.type->reset(&dist);
    redist.type->reset(&redist);
    its.type->reset(&its);
    return m;
}
static uint32_t rd(struct device *d, uint64_t offset) { return (uint32_t)d->type->read(d, offset, 4); }
static void wr(struct device *d, uint64_t offset, uint64_t v) { d->type->write(d, offset, 4, v); }
static uint64_t rd64(struct device *d, uint64_t offset) { return d->type->read(d, offset, 8); }
static void wr64(struct device *d, uint64_t offset, uint64_t v) { d->type->write(d, offset, 8, v); }

/* As Linux does it: wake the redistributor, all Group 1, priority 0xa0, CPU interface on. */
static void bring_up(struct machine *m)
{
    wr(&dist, 0, 0x12);
    for (unsigned w = 1; w < 9; w++)
        wr(&dist, 0x80 + 4 * w, UINT32_MAX);
    for (unsigned i = 32; i < 288; i += 4)
        wr(&dist, 0x400 + i, 0xa0a0a0a0);
    for (unsigned c = 0; c < m->cpu_count; c++) {
        struct cpu *cpu = m->cpus[c];
        wr(&redist, c * 0x20000 + 0x14, 0);
        wr(&redist, c * 0x20000 + 0x10080, UINT32_MAX);
        for (unsigned i = 0; i < 32; i += 4)
            wr(&redist, c * 0x20000 + 0x10400 + i, 0xa0a0a0a0);
        wr(&redist, c * 0x20000 + 0x10100, UINT32_MAX);
        WRITE(gic, cpu, SR_ICC_PMR_EL1, 0xf0);
        WRITE(gic, cpu, SR_ICC_IGRPEN1_EL1, 1);
    }
}
static unsigned iar(struct cpu *cpu) { return (unsigned)gic_read(cpu, SR_ICC_IAR1_EL1); }
static void eoi(struct cpu *cpu, unsigned intid) { WRITE(gic, cpu, SR_ICC_EOIR1_EL1, intid); }

TEST(identification)
{
    struct machine *m = setup(3);
    EXPECT_EQ(rd(&dist, 4) & 31, 8);
    EXPECT_EQ(rd(&dist, 0), 0x50);
    EXPECT_EQ(rd(&dist, 0xffe8) >> 4 & 15, 3);
    EXPECT_EQ(rd64(&redist, 0x20000 + 8), UINT64_C(1) << 32 | 1 << 8 | 1);
    EXPECT_EQ(rd64(&redist, 0x40000 + 8), UINT64_C(2) << 32 | 2 << 8 | 0x11);
    EXPECT_EQ(rd(&redist, 0xffe8) >> 4 & 15, 3);
    EXPECT_EQ(rd(&redist, 3 * 0x20000 + 8), 0); /* no such CPU */
    test_machine_free(m);
}

TEST(level_spi)
{
    struct machine *m = setup(2);
    struct cpu *cpu = m->cpus[1];
    bring_up(m);
    wr64(&dist, 0x6000 + 8 * 33, 1); /* INTID 33 to Aff0 = 1 */
    EXPECT_EQ(rd64(&dist, 0x6000 + 8 * 33), 1);
    gic_set_spi(m->gic, 33, true);
    EXPECT_EQ(cpu->irq_lines, 0);
    wr(&dist, 0x104, 2);
    EXPECT_EQ(cpu->irq_lines, LINE_IRQ);
    EXPECT_EQ(m->cpus[0]->irq_lines, 0);
    EXPECT_EQ(rd(&dist, 0x204), 2);
    EXPECT_EQ(iar(cpu), 33);
    EXPECT_EQ(rd(&dist, 0x304), 2);
    EXPECT_EQ(rd(&dist, 0x204), 2); /* still asserted: active and pending */
    EXPECT_EQ(cpu->irq_lines, 0);
    eoi(cpu, 33);
    EXPECT_EQ(cpu->irq_lines, LINE_IRQ); /* again, as long as the level is there */
    EXPECT_EQ(iar(cpu), 33);
    gic_set_spi(m->gic, 33, false);
    eoi(cpu, 33);
    EXPECT_EQ(cpu->irq_lines, 0);
    EXPECT_EQ(iar(cpu), 1023);
    test_machine_free(m);
}

TEST(edge_spi)
{
    struct machine *m = setup(1);
    struct cpu *cpu = m->cpus[0];
    bring_up(m);
    wr(&dist, 0xc00 + 8, 2 << 2); /* INTID 33 edge */
    EXPECT_EQ(rd(&dist, 0xc08), 2 << 2);
    wr(&dist, 0x104, 2);
    gic_set_spi(m->gic, 33, true);
    gic_set_spi(m->gic, 33, false);
    EXPECT_EQ(iar(cpu), 33);
    EXPECT_EQ(rd(&dist, 0x204), 0);
    gic_set_spi(m->gic, 33, true); /* a second edge while active */
    EXPECT_EQ(cpu->irq_lines, 0);
    eoi(cpu, 33);
    EXPECT_EQ(iar(cpu), 33);
    eoi(cpu, 33);
    EXPECT_EQ(cpu->irq_lines, 0);
    wr(&dist, 0x40, 40); /* SETSPI */
    wr(&dist, 0x104, 1 << 8);
    EXPECT_EQ(iar(cpu), 40);
    test_machine_free(m);
}

TEST(highest_priority_first)
{
    struct machine *m = setup(1);
    struct cpu *cpu = m->cpus[0];
    bring_up(m);
    wr(&dist, 0x104, UINT32_MAX);
    dist.type->write(&dist, 0x400 + 50, 1, 0x20);
    EXPECT_EQ(dist.type->read(&dist, 0x400 + 50, 1), 0x20);
    gic_set_spi(m->gic, 40, true);
    gic_set_spi(m->gic, 50, true);
    gic_set_spi(m->gic, 35, true);
    EXPECT_EQ(iar(cpu), 50);
    EXPECT_EQ(cpu->irq_lines, 0); /* 0xa0 does not preempt 0x20 */
    gic_set_spi(m->gic, 50, false);
    eoi(cpu, 50);
    EXPECT_EQ(iar(cpu), 35);
    test_machine_free(m);
}

TEST(sgi_targets)
{
    struct machine *m = setup(20);
    bring_up(m);
    WRITE(gic, m->cpus[0], SR_ICC_SGI1R_EL1, UINT64_C(5) << 24 | 1 << 16 | 0x5); /* cluster 1: CPUs 16 and 18 */
    for (unsigned i = 0; i < 20; i++)
        EXPECT_EQ(m->cpus[i]->irq_lines, i == 16 || i == 18 ? LINE_IRQ : 0);
    EXPECT_EQ(iar(m->cpus[16]), 5);
    eoi(m->cpus[16], 5);
    EXPECT_EQ(m->cpus[16]->irq_lines, 0);
    WRITE(gic, m->cpus[3], SR_ICC_SGI1R_EL1, BIT(40)); /* all but self */
    EXPECT_EQ(m->cpus[3]->irq_lines, 0);
    EXPECT_EQ(iar(m->cpus[19]), 0);
    WRITE(gic, m->cpus[0], SR_ICC_SGI0R_EL1, 8); /* configured as Group 1: not sent */
    EXPECT_EQ(m->cpus[3]->irq_lines, 0);
    test_machine_free(m);
}

TEST(ppi_and_sleep)
{
    struct machine *m = setup(2);
    bring_up(m);
    gic_set_ppi(m->cpus[1], 27, true);
    EXPECT_EQ(m->cpus[0]->irq_lines, 0);
    EXPECT_EQ(m->cpus[1]->irq_lines, LINE_IRQ);
    wr(&redist, 0x20014, 2);
    EXPECT_EQ(rd(&redist, 0x20014), 6);
    EXPECT_EQ(m->cpus[1]->irq_lines, 0);
    wr(&redist, 0x20014, 0);
    EXPECT_EQ(iar(m->cpus[1]), 27);
    test_machine_free(m);
}

TEST(one_of_n)
{
    struct machine *m = setup(2);
    bring_up(m);
    wr(&dist, 0x104, UINT32_MAX);
    wr64(&dist, 0x6000 + 8 * 40, BIT(31));
    gic_set_spi(m->gic, 40, true);
    EXPECT_EQ(m->cpus[0]->irq_lines, LINE_IRQ);
    wr(&redist, 0x14, 2); /* CPU 0 sleeps: the other one gets it */
    EXPECT_EQ(m->cpus[0]->irq_lines, 0);
    EXPECT_EQ(m->cpus[1]->irq_lines, LINE_IRQ);
    wr64(&dist, 0x6000 + 8 * 40, 0x123456); /* no such CPU */
    EXPECT_EQ(m->cpus[1]->irq_lines, 0);
    test_machine_free(m);
}

TEST(timer_reaches_the_pe)
{
    struct machine *m = setup(1);
    struct cpu *cpu = m->cpus[0];
    bring_up(m);
    WRITE(timer, cpu, SR_CNTP_CVAL_EL0, 1000);
    WRITE(timer, cpu, SR_CNTP_CTL_EL0, 1);
    test_time(m, 999);
    EXPECT_EQ(cpu->irq_lines, 0);
    test_time(m, 1000);
    EXPECT_EQ(iar(cpu), 30);
    test_machine_free(m);
}

TEST(device_tree)
{
    struct machine *m = setup(1);
    static uint8_t blob[8192];
    EXPECT_EQ(fdt_create_empty_tree(blob, sizeof blob), 0);
    EXPECT_EQ(gicv3_fdt(m, blob), GIC_PHANDLE);
    int node = fdt_path_offset(blob, "/intc@8000000/its@8080000"), len;
    EXPECT(node > 0);
    EXPECT(fdt_getprop(blob, node, "msi-controller", &len) != NULL);
    EXPECT_EQ(fdt_node_offset_by_phandle(blob, 0x8002), fdt_path_offset(blob, "/intc@8000000"));
    test_machine_free(m);
}

/* ---- LPIs and the ITS. Memory map of the tests, offsets in RAM ---- */
enum {
    QUEUE = 0x10000,
    DEVICE_TABLE = 0x20000,
    DEVICE_PAGE = 0x28000,
    COLLECTION_TABLE = 0x30000,
    ITT = 0x40000,
    PROPERTIES = 0x50000,
    PENDING = 0x60000, /* one of 64 KiB per CPU */
};
static unsigned queued;

static void command(struct machine *m, uint64_t c0, uint64_t c1, uint64_t c2, uint64_t c3)
{
    uint64_t c[4] = { c0, c1, c2, c3 };
    memcpy(m->mem.ram + QUEUE + queued, c, sizeof c);
    queued = (queued + 32) % 0x1000;
    wr64(&its, 0x88, queued);
    EXPECT_EQ(rd64(&its, 0x90), queued);
}

static void its_up(struct machine *m, bool two_level)
{
    queued = 0;
    bring_up(m);
    for (unsigned c = 0; c < m->cpu_count; c++) {
        wr64(&redist, c * 0x20000 + 0x70, (TEST_RAM_BASE + PROPERTIES) | 15);
        wr64(&redist, c * 0x20000 + 0x78, (TEST_RAM_BASE + PENDING + c * 0x10000) | BIT(62));
        wr(&redist, c * 0x20000, 1);
        EXPECT_EQ(rd(&redist, c * 0x20000) & 1, 1);
    }
    EXPECT_EQ(rd64(&its, 0x100) >> 48 & 0x1f, 7);
    EXPECT_EQ(rd64(&its, 0x108) >> 56 & 7, 4);
    wr64(&its, 0x100, BIT(63) | (two_level ? BIT(62) : 0) | (TEST_RAM_BASE + DEVICE_TABLE));
    wr64(&its, 0x108, BIT(63) | (TEST_RAM_BASE + COLLECTION_TABLE));
    wr64(&its, 0x80, BIT(63) | (TEST_RAM_BASE + QUEUE));
    wr(&its, 0, 1);
}

static void map_event(struct machine *m, uint64_t device, uint64_t event, uint64_t intid, uint64_t collection)
{
    command(m, device << 32 | 0x08, 4, BIT(63) | (TEST_RAM_BASE + ITT), 0);
    command(m, device << 32 | 0x0a, intid << 32 | event, collection, 0);
}

TEST(its_translation)
{
    struct machine *m = setup(2);
    struct cpu *cpu = m->cpus[1];
    its_up(m, false);
    command(m, 0x09, 0, BIT(63) | 1 << 16 | 3, 0); /* collection 3 on CPU 1 */
    map_event(m, 7, 2, 8200, 3);
    m->mem.ram[PROPERTIES + 8] = 0x81;
    gicv3_its_msi(m->gic, 7, 2);
    EXPECT_EQ(cpu->irq_lines, LINE_IRQ);
    EXPECT_EQ(iar(cpu), 8200);
    EXPECT_EQ(gic_read(cpu, SR_ICC_RPR_EL1), 0x80);
    eoi(cpu, 8200);
    EXPECT_EQ(cpu->irq_lines, 0);
    gicv3_its_msi(m->gic, 7, 32); /* beyond the ITT */
    gicv3_its_msi(m->gic, 8, 2);
    gicv3_its_msi(m->gic, 0xffffffff, 2);
    EXPECT_EQ(cpu->irq_lines, 0);
    /* Disabled: pending until enabled, which INV makes seen. */
    m->mem.ram[PROPERTIES + 8] = 0x80;
    command(m, UINT64_C(7) << 32 | 0x03, 2, 0, 0);
    EXPECT_EQ(cpu->irq_lines, 0);
    m->mem.ram[PROPERTIES + 8] = 0x81;
    command(m, UINT64_C(7) << 32 | 0x0c, 2, 0, 0);
    EXPECT_EQ(cpu->irq_lines, LINE_IRQ);
    /* MOVI takes the pending state along. */
    command(m, 0x09, 0, BIT(63) | 0, 0);
    command(m, UINT64_C(7) << 32 | 0x01, 2, 0, 0);
    EXPECT_EQ(cpu->irq_lines, 0);
    EXPECT_EQ(m->cpus[0]->irq_lines, LINE_IRQ);
    command(m, 0x0e, 0, 0, 1 << 16); /* MOVALL from 0 to 1 */
    EXPECT_EQ(cpu->irq_lines, LINE_IRQ);
    command(m, 0x0e, 0, 1 << 16, 0);
    command(m, UINT64_C(7) << 32 | 0x0f, 2, 0, 0); /* DISCARD clears it and unmaps */
    EXPECT_EQ(m->cpus[0]->irq_lines, 0);
    gicv3_its_msi(m->gic, 7, 2);
    EXPECT_EQ(m->cpus[0]->irq_lines, 0);
    test_machine_free(m);
}

TEST(its_two_level_table)
{
    struct machine *m = setup(1);
    uint64_t level1 = BIT(63) | (TEST_RAM_BASE + DEVICE_PAGE);
    memcpy(m->mem.ram + DEVICE_TABLE + 8, &level1, 8); /* devices 512 to 1023 */
    its_up(m, true);
    command(m, 0x09, 0, BIT(63) | 0, 0);
    m->mem.ram[PROPERTIES] = 1;
    map_event(m, 600, 0, 8192, 0);
    map_event(m, 5, 0, 8192, 0); /* no page: ignored */
    gicv3_its_msi(m->gic, 5, 0);
    EXPECT_EQ(m->cpus[0]->irq_lines, 0);
    gicv3_its_msi(m->gic, 600, 0);
    EXPECT_EQ(iar(m->cpus[0]), 8192);
    test_machine_free(m);
}

TEST(its_hostile_tables)
{
    struct machine *m = setup(1);
    its_up(m, false);
    uint64_t state = 1;
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t c[4];
        for (unsigned k = 0; k < 4; k++)
            c[k] = (state = state * UINT64_C(6364136223846793005) + 1442695040888963407) >> (k == 1 ? 30 : 0);
        c[0] = (c[0] & UINT64_C(0xf00000000)) | (c[0] >> 20 & 15);
        c[1] &= UINT64_C(0xffff0000001f);
        command(m, c[0], c[1], c[2], c[3]);
        gicv3_its_msi(m->gic, c[0] >> 32, c[1] & 31);
        iar(m->cpus[0]);
    }
    uint64_t forged = BIT(63) | (TEST_RAM_BASE + ITT) | 31; /* all 32 bits of EventID */
    memcpy(m->mem.ram + DEVICE_TABLE + 9 * 8, &forged, 8);
    gicv3_its_msi(m->gic, 9, 0x80000000);
    wr(&its, 0, 0);
    wr64(&its, 0x80, BIT(63) | 0x1000 | 0xff); /* a queue outside RAM stalls */
    wr(&its, 0, 1);
    wr64(&its, 0x88, 64);
    EXPECT_EQ(rd64(&its, 0x90), 1);
    test_machine_free(m);
}

TEST(pending_table_survives_disabling)
{
    struct machine *m = setup(1);
    its_up(m, false);
    command(m, 0x09, 0, BIT(63) | 0, 0);
    map_event(m, 1, 0, 9000, 0);
    m->mem.ram[PROPERTIES + 9000 - 8192] = 1;
    gicv3_its_msi(m->gic, 1, 0);
    EXPECT_EQ(m->cpus[0]->irq_lines, LINE_IRQ);
    wr(&redist, 0, 0);
    EXPECT_EQ(m->cpus[0]->irq_lines, 0);
    EXPECT_EQ(m->mem.ram[PENDING + 9000 / 8], 1 << 9000 % 8);
    wr64(&redist, 0x78, TEST_RAM_BASE + PENDING);
    wr(&redist, 0, 1);
    EXPECT_EQ(iar(m->cpus[0]), 9000);
    test_machine_free(m);
}

TEST_MAIN
