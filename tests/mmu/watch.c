/* Accesses that are watched: told once each with their data, and the TLB as if nobody looked. */
#include "core/observe.h"
#include "tests/mmu/fixture.h"

static struct mem_access told[64];
static uint8_t told_data[64][32];
static unsigned tellings;

static void memory(void *context, struct cpu *cpu, const struct mem_access *a)
{
    (void)context, (void)cpu;
    told[tellings] = *a;
    memcpy(told_data[tellings++], a->data, a->size < 32 ? a->size : 32);
}
static const struct machine_observer observer = { .memory = memory };

static uint64_t told_value(unsigned i)
{
    uint64_t v = 0;
    memcpy(&v, told_data[i], told[i].size < 8 ? told[i].size : 8);
    return v;
}

static void watch(bool on)
{
    tellings = 0;
    machine.observer[0] = &observer;
    machine.observers = 1;
    mem_watch(c, on);
}

static uint64_t page(uint64_t va)
{
    uint64_t pa = alloc(4096);
    map1(va, pa, D_NORMAL | D_NG | D_EL0);
    return pa;
}

static void begin(void)
{
    if (c)
        watch(false);
    setup();
    stage1_on(true);
    watch(true);
}

TEST(reads_and_writes)
{
    uint64_t v;
    begin();
    uint64_t pa = page(0x400000);
    ram_write(pa + 8, 0x1122334455667788);
    EXPECT(Mem_read(c, 0x400008, 4, 0, &v)); /* a walk */
    EXPECT(Mem_read(c, 0x400009, 2, 0, &v)); /* a hit, not aligned */
    EXPECT(Mem_write(c, 0x400010, 8, ACC_WRITE, 42));
    mem_watch_end(c);
    EXPECT_EQ(tellings, 3);
    EXPECT(told[0].va == 0x400008 && told[0].pa == pa + 8 && told[0].size == 4 && !told[0].write && told[0].translated);
    EXPECT_EQ(told_value(0), 0x55667788);
    EXPECT_EQ(told_value(1), 0x6677);
    EXPECT(told[2].write && told_value(2) == 42 && ram_read(pa + 16) == 42);
    EXPECT(!told[2].device && !told[2].tags);
}

TEST(pages_that_are_not_neighbours)
{
    uint8_t data[32] = { 0 };
    begin();
    uint64_t a = page(0x400000);
    (void)alloc(4096);
    uint64_t b = page(0x401000);
    EXPECT(Mem_write_block(c, 0x400ff0, 32, 8, 8, ACC_WRITE, data));
    mem_watch_end(c);
    EXPECT_EQ(tellings, 2);
    EXPECT(told[0].pa == a + 0xff0 && told[0].size == 16 && told[1].pa == b && told[1].va == 0x401000);
}

TEST(atomics_are_a_read_and_a_write)
{
    begin();
    uint64_t pa = page(0x400000), *host;
    ram_write(pa, 7);
    for (unsigned i = 0; i < 2; i++) { /* with and without a fast entry */
        tellings = 0;
        host = mem_atomic(c, 0x400000, 8, ACC_ATOMIC | ACC_WRITE);
        *host += 5;
        mem_watch_end(c);
        EXPECT_EQ(tellings, 2);
        EXPECT(!told[0].write && told_value(0) == 7 + 5 * i && told[1].write && told_value(1) == 12 + 5 * i);
    }
    mem_watch_end(c);
    EXPECT_EQ(tellings, 2);
}

TEST(exclusives)
{
    uint64_t v;
    bool failed;
    begin();
    ram_write(page(0x400000), 9);
    EXPECT(mem_read_exclusive(c, 0x400000, 8, 8, ACC_EXCLUSIVE, &v));
    v = 10;
    EXPECT(mem_write_exclusive(c, 0x400000, 8, 8, ACC_EXCLUSIVE | ACC_WRITE, &v, &failed) && !failed);
    EXPECT(mem_write_exclusive(c, 0x400000, 8, 8, ACC_EXCLUSIVE | ACC_WRITE, &v, &failed) && failed);
    mem_watch_end(c);
    EXPECT_EQ(tellings, 2); /* the second store has not been performed */
    EXPECT(told_value(0) == 9 && told[1].write && told_value(1) == 10);
}

TEST(elements_of_a_vector_are_one_range)
{
    uint64_t v;
    begin();
    page(0x400000);
    for (unsigned i = 0; i < 8; i++)
        if (i != 5)
            EXPECT(Mem_read(c, 0x400000 + 4 * i, 4, ACC_SVE, &v));
    mem_watch_end(c);
    EXPECT_EQ(tellings, 2);
    EXPECT(told[0].size == 20 && told[1].va == 0x400018 && told[1].size == 8);
}

TEST(zeroing)
{
    begin();
    uint64_t pa = page(0x400000), v;
    ram_write(pa + 64, 3);
    EXPECT(Mem_read(c, 0x400000, 8, 0, &v));
    mem_watch_end(c);
    tellings = 0;
    EXPECT(AArch64_MemZero(c, 0x400048, 64, true, false));
    mem_watch_end(c);
    EXPECT_EQ(tellings, 1);
    EXPECT(told[0].va == 0x400040 && told[0].size == 64 && told[0].write && ram_read(pa + 64) == 0);
}

/* A stale translation, which only the first level has, is used and ended as without watching. */
TEST(the_tlb_is_the_same)
{
    uint64_t v;
    begin();
    uint64_t a = page(0x400000), b = alloc(4096);
    ram_write(a, 1), ram_write(b, 2);
    EXPECT(Mem_read(c, 0x400000, 8, 0, &v) && v == 1);
    EXPECT(!tlb_hit(c, tlb_slot(c, 0x400000)->read_tag, 0x400000, 8)); /* handlers do not hit */
    map1(0x400000, b, D_NORMAL | D_NG | D_EL0);
    EXPECT(Mem_read(c, 0x400000, 8, 0, &v) && v == 1);
    watch(false);
    EXPECT(tlb_hit(c, tlb_slot(c, 0x400000)->read_tag, 0x400000, 8));
    watch(true);
    tlbi(EL2, TLBI_VMALL, 0, 0, 0, 0);
    EXPECT(Mem_read(c, 0x400000, 8, 0, &v) && v == 2);
    watch(false);
    EXPECT(tlb_hit(c, tlb_slot(c, 0x400000)->read_tag, 0x400000, 8));
}

TEST_MAIN
