/* The debugger's view of memory: every regime, walks step by step, and no effect on the machine. */
#include "tests/mmu/fixture.h"

static unsigned dropped;
static void count_code_written(void *arg, uint64_t pa)
{
    (void)arg, (void)pa;
    dropped++;
}

/* A guest's page VA -> IPA -> PA. Returns the PA. */
static uint64_t guest_page(uint64_t va, uint64_t ipa)
{
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    uint64_t pa = alloc(4096);
    map1(va, ipa, (D_NORMAL | D_NG) & ~(uint64_t)D_AF);
    map2(ipa, pa, (S2_NORMAL | S2_RO) & ~(uint64_t)D_AF);
    return pa;
}

TEST(describe_both_stages)
{
    struct walk_description d;
    uint64_t pa = guest_page(0x400000, 0x80005000);

    EXPECT(mem_debug_describe(c, DEBUG_CURRENT, 0x400123, &d));
    EXPECT_EQ(d.result.pa, pa + 0x123);
    EXPECT_EQ(d.ipa, 0x80005123);
    EXPECT(d.stage1 && d.stage2);
    EXPECT_EQ(d.s2_perms & (S2_R | S2_W), S2_R);
    /* Four levels, each behind two of stage 2 (blocks), then three for the page. */
    EXPECT_EQ(d.steps, 4 * 3 + 3);
    for (unsigned i = 0; i < 12; i++)
        EXPECT(d.step[i].stage == (i % 3 == 2 ? 1 : 2) && d.step[i].for_descriptor == (i % 3 != 2));
    EXPECT(d.step[2].level == 0 && d.step[2].input == 0x400123 && d.step[2].address == ttbr0);
    EXPECT(d.step[14].stage == 2 && d.step[14].level == 3 && d.step[14].input == 0x80005123);
    EXPECT_EQ(d.step[14].descriptor & ~UINT64_C(0xfff), pa);
    EXPECT(!(ram_read(d.step[14].address) & D_AF)); /* looking has not set it */

    EXPECT(mem_debug_describe_stage2(c, 0x80005010, &d));
    EXPECT(d.steps == 3 && d.result.pa == pa + 0x10);
    EXPECT(!mem_debug_describe_stage2(c, 0x90000000, &d));
    EXPECT_EQ(d.result.fault.status & 0x3c, FAULT_TRANSLATION);
    EXPECT(d.steps >= 1);
    EXPECT(!mem_debug_describe(c, DEBUG_EL10, 0x999000, &d) && d.result.fault.status != FAULT_NONE);
}

TEST(regimes)
{
    uint64_t pa, guest = guest_page(0x400000, 0x80005000);

    at_el(EL2); /* E2H = 0, stage 1 of EL2 off */
    EXPECT(mem_debug_address(c, DEBUG_EL10, 0x400008, &pa));
    EXPECT_EQ(pa, guest + 8);
    EXPECT(mem_debug_address(c, DEBUG_CURRENT, 0x400008, &pa));
    EXPECT_EQ(pa, 0x400008);
    EXPECT(mem_debug_address(c, DEBUG_EL2, 0x400008, &pa) && pa == 0x400008);
    EXPECT(mem_debug_address(c, DEBUG_PHYSICAL, 5, &pa) && pa == 5);
    EXPECT(!mem_debug_address(c, DEBUG_EL10, UINT64_C(0x123456789abcdef0), &pa));
}

TEST(copies_end_where_memory_does)
{
    uint8_t data[0x3000], back[0x3000];
    uint64_t guest = guest_page(0x400000, 0x80005000);

    memset(data, 0x5a, sizeof data);
    c->mem->code_written = count_code_written;
    c->mem->page_flags[(guest - RAM) >> 12] |= PAGE_HAS_CODE;
    EXPECT_EQ(mem_debug_write_in(c, DEBUG_CURRENT, 0x400800, data, sizeof data), 0x800); /* read-only or not */
    EXPECT_EQ(dropped, 1);
    EXPECT_EQ(mem_debug_read_in(c, DEBUG_CURRENT, 0x400800, back, sizeof back), 0x800);
    EXPECT(!memcmp(data, back, 0x800));
    EXPECT_EQ(ram_read(guest + 0xff8), UINT64_C(0x5a5a5a5a5a5a5a5a));
    EXPECT_EQ(mem_debug_write_in(c, DEBUG_PHYSICAL, RAM + RAM_SIZE - 16, data, 64), 16);
    EXPECT_EQ(mem_debug_write_in(c, DEBUG_PHYSICAL, RAM + RAM_SIZE, data, 16), 0);
    EXPECT_EQ(mem_debug_read_in(c, DEBUG_PHYSICAL, UINT64_MAX - 7, back, 64), 0);
}

TEST_MAIN
