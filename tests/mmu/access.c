/* Accesses: alignment, endianness, devices, blocks, atomics, exclusives, watchpoints. */
#include "tests/mmu/fixture.h"

static uint64_t page;
static unsigned status(void) { return c->sysreg[SR_ESR_EL2] & 0x3f; }
static void host(void)
{
    setup();
    stage1_on(true);
    page = alloc(8192);
    map1(0x1000, page, D_NORMAL);
    map1(0x2000, page + 4096, D_NORMAL);
    map1(0x4000, DEVICE, D_NORMAL | D_DEVICE);
    map1(0x5000, DEVICE, D_NORMAL); /* a device mapped as Normal */
}

TEST(alignment)
{
    uint64_t v;
    host();
    EXPECT(Mem_read(c, 0x1001, 8, 0, &v));
    EXPECT(Mem_read(c, 0x1001, 8, ACC_ORDERED, &v)); /* within 16 bytes: LSE2 */
    EXPECT(!Mem_read(c, 0x100c, 8, ACC_ORDERED, &v));
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    c->sysreg[SR_SCTLR_EL2] |= BIT(SCTLR_nAA);
    mmu_context_changed(c);
    EXPECT(Mem_read(c, 0x100c, 8, ACC_ORDERED, &v));
    EXPECT(mem_atomic(c, 0x1004, 8, 0) != NULL);
    EXPECT(!mem_atomic(c, 0x100c, 8, 0));
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    set_feature(FEAT_LSE2, false);
    EXPECT(!mem_atomic(c, 0x1004, 8, 0));
    EXPECT(!Mem_read(c, 0x1001, 8, ACC_ORDERED, &v));
    set_feature(FEAT_LSE2, true);
    c->sysreg[SR_SCTLR_EL2] |= BIT(SCTLR_A);
    mmu_context_changed(c);
    EXPECT(!Mem_read(c, 0x1001, 8, 0, &v));
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    EXPECT_EQ(c->sysreg[SR_FAR_EL2], 0x1001);
    uint8_t d[32];
    EXPECT(Mem_read_block(c, 0x1008, 16, 8, 8, 0, d)); /* a pair: aligned to its elements */
    EXPECT(!Mem_read_block(c, 0x1008, 16, 16, 16, 0, d));
}

TEST(device_memory)
{
    uint64_t v;
    uint8_t d[16];
    host();
    EXPECT(Mem_read(c, 0x4004, 4, 0, &v));
    EXPECT_EQ(dev.last_pa, DEVICE + 4);
    EXPECT_EQ(dev.last_size, 4);
    EXPECT(!Mem_read(c, 0x4002, 4, 0, &v));
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    EXPECT_EQ(dev.reads, 1);
    EXPECT(Mem_read_block(c, 0x4000, 16, 16, 16, 0, d)); /* in pieces that a bus carries */
    EXPECT_EQ(dev.reads, 3);
    EXPECT(Mem_write_block(c, 0x4000, 8, 4, 4, 0, d));
    EXPECT_EQ(dev.writes, 2);
    EXPECT(Mem_read(c, 0x5001, 4, 0, &v)); /* Normal: 1, 2, 1 */
    EXPECT_EQ(dev.reads, 6);
    EXPECT(!Mem_read(c, 0x4000, 4, ACC_NOFAULT, &v));
    EXPECT_EQ(dev.reads, 6);
    EXPECT(!mem_atomic(c, 0x4000, 4, 0));
    EXPECT_EQ(status(), FAULT_EXCLUSIVE);
    uint8_t zeros[64] = { 0 };
    EXPECT(!Mem_write_block(c, 0x4000, 64, 8, 8, ACC_ZERO, zeros)); /* DC ZVA on Device memory */
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    EXPECT(Mem_write_block(c, 0x1000, 64, 8, 8, ACC_ZERO, zeros));
    map1(0x6000, DEVICE + 0x1000, D_NORMAL | D_DEVICE);
    EXPECT(!Mem_read(c, 0x6000, 4, 0, &v));
    EXPECT_EQ(status(), FAULT_EXTERNAL);
    EXPECT(!Mem_write(c, 0x6000, 4, 0, v));
    EXPECT_EQ(status(), FAULT_EXTERNAL);
}

TEST(big_endian)
{
    uint64_t v;
    uint8_t d[16], want[16];
    host();
    c->sysreg[SR_SCTLR_EL2] |= BIT(SCTLR_E0E);
    map1(0x1000, page, D_NORMAL | D_EL0);
    at_el(EL0);
    EXPECT(Mem_write(c, 0x1000, 4, 0, 0x11223344));
    EXPECT_EQ(ram_read(page), 0x44332211);
    EXPECT(Mem_read(c, 0x1000, 2, 0, &v));
    EXPECT_EQ(v, 0x1122);
    for (unsigned i = 0; i < 16; i++)
        d[i] = (uint8_t)i, want[i] = (uint8_t)(i ^ 3);
    EXPECT(Mem_write_block(c, 0x1010, 16, 4, 4, 0, d));
    EXPECT(!memcmp(phys_ram(&machine.mem, page + 16, 16), want, 16));
    EXPECT(Mem_read_block(c, 0x1010, 16, 4, 4, 0, want));
    EXPECT(!memcmp(d, want, 16));
    at_el(EL2); /* EE is 0 */
    EXPECT(Mem_read(c, 0x1000, 4, ACC_UNPRIV, &v));
    EXPECT_EQ(v, 0x44332211);
}

TEST(blocks_cross_pages_or_write_nothing)
{
    static uint8_t d[2048], r[2048];
    host();
    for (unsigned i = 0; i < sizeof(d); i++)
        d[i] = (uint8_t)(i * 7);
    EXPECT(Mem_write_block(c, 0x1c00, 2048, 1, 1, 0, d));
    EXPECT(Mem_read_block(c, 0x1c00, 2048, 1, 1, 0, r));
    EXPECT(!memcmp(d, r, sizeof(d)));
    memset(d, 0xff, sizeof(d));
    EXPECT(!Mem_write_block(c, 0x2f00, 512, 8, 8, 0, d)); /* 0x3000 is not mapped */
    EXPECT_EQ(c->sysreg[SR_FAR_EL2], 0x3000);
    EXPECT_EQ(ram_read(page + 0x1f00), 0);
    EXPECT(mem_probe(c, 0x1000, 2048, ACC_WRITE));
    EXPECT(!mem_probe(c, 0x2ff0, 32, ACC_WRITE | ACC_NOFAULT));
    EXPECT_EQ(dev.writes, 0);
}

TEST(exclusives)
{
    uint64_t v = 0;
    bool failed;
    host();
    ram_write(page, 5);
    EXPECT(mem_read_exclusive(c, 0x1000, 8, 8, 0, &v));
    EXPECT_EQ(v, 5);
    v = 6;
    EXPECT(mem_write_exclusive(c, 0x1000, 8, 8, 0, &v, &failed));
    EXPECT(!failed);
    EXPECT_EQ(ram_read(page), 6);
    EXPECT(mem_write_exclusive(c, 0x1000, 8, 8, 0, &v, &failed));
    EXPECT(failed); /* the monitor is open again */
    EXPECT(mem_read_exclusive(c, 0x1000, 8, 8, 0, &v));
    EXPECT(mem_write_exclusive(c, 0x1008, 8, 8, 0, &v, &failed));
    EXPECT(failed);
    EXPECT(mem_read_exclusive(c, 0x1000, 8, 8, 0, &v));
    ram_write(page, 9); /* somebody else */
    EXPECT(mem_write_exclusive(c, 0x1000, 8, 8, 0, &v, &failed));
    EXPECT(failed);
    EXPECT_EQ(ram_read(page), 9);
    /* The same memory through another VA. */
    map1(0x7000, page, D_NORMAL);
    EXPECT(mem_read_exclusive(c, 0x1000, 4, 4, 0, &v));
    v = 1;
    EXPECT(mem_write_exclusive(c, 0x7000, 4, 4, 0, &v, &failed));
    EXPECT(!failed);
    EXPECT(!mem_read_exclusive(c, 0x1009, 8, 8, 0, &v));
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    EXPECT(!mem_read_exclusive(c, 0x4000, 4, 4, 0, &v));
    EXPECT_EQ(status(), FAULT_EXCLUSIVE);
    uint64_t pair[2];
    EXPECT(mem_read_exclusive(c, 0x1010, 16, 8, 0, pair));
    pair[0] = 1, pair[1] = 2;
    EXPECT(mem_write_exclusive(c, 0x1010, 16, 8, 0, pair, &failed));
    EXPECT(!failed);
    EXPECT_EQ(ram_read(page + 0x18), 2);
    map1(0x1000, page, D_NORMAL | D_RO); /* a fault although the monitor is open */
    tlbi(EL2, TLBI_VA, 0x1000, 0x1000, 0, 0);
    EXPECT(!mem_write_exclusive(c, 0x1000, 8, 8, 0, &v, &failed));
    EXPECT_EQ(status(), FAULT_PERMISSION | 3);
}

static unsigned watch_hits;
static bool watch(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    (void)cpu;
    bool hit = va <= 0x1020 && va + size > 0x1020 && acc & ACC_WRITE;
    watch_hits += hit;
    return hit;
}

TEST(watchpoints)
{
    uint64_t v;
    host();
    EXPECT(Mem_write(c, 0x1020, 8, 0, 1));
    c->wp_active = 1;
    tlb_flush_fast(c);
    mmu_watchpoint = watch;
    EXPECT(!Mem_write(c, 0x101c, 8, 0, 2));
    EXPECT_EQ(watch_hits, 1);
    EXPECT_EQ(ram_read(page + 0x20), 1);
    EXPECT(Mem_read(c, 0x1020, 8, 0, &v));
    EXPECT(Mem_write(c, 0x1028, 8, 0, 2));
    mmu_watchpoint = NULL;
}

/* Nothing that a guest maps lets it write outside its RAM. */
TEST(stays_inside_ram)
{
    uint64_t v;
    host();
    map1(0x6000, RAM + RAM_SIZE - 4096, D_NORMAL);
    map1(0x7000, RAM + RAM_SIZE, D_NORMAL);
    map1(0x8000, RAM - 4096, D_NORMAL);
    EXPECT(Mem_write(c, 0x6ff8, 8, 0, 1));
    EXPECT(!Mem_write(c, 0x6ffc, 8, 0, 1));
    EXPECT(!Mem_write(c, 0x7000, 8, 0, 1));
    EXPECT(!Mem_write(c, 0x8ff8, 8, 0, 1));
    EXPECT(!Mem_read(c, 0x8ff8, 8, 0, &v));
    EXPECT(!mem_atomic(c, 0x7000, 8, 0));
    EXPECT_EQ(mem_debug_read(c, 0x6ff8, (uint8_t[64]){ 0 }, 64), 8);
}

TEST_MAIN
