/* The TLBs: what a TLBI drops and what it must leave, contexts, fast entries. */
#include "tests/mmu/fixture.h"

static uint64_t rd(uint64_t va)
{
    uint64_t v = 0;
    return Mem_read(c, va, 8, 0, &v) ? v : 0xbad;
}
static bool fast_read(uint64_t va) { return tlb_hit(c, tlb_slot(c, va)->read_tag, va, 8); }
static bool fast_write(uint64_t va) { return tlb_hit(c, tlb_slot(c, va)->write_tag, va, 8); }

/* Two data pages with distinct contents. */
static uint64_t p1, p2;
static void pages(void)
{
    p1 = alloc(4096), p2 = alloc(4096);
    ram_write(p1, 0x111), ram_write(p2, 0x222);
}

TEST(entries_stay_until_invalidated)
{
    setup();
    stage1_on(true);
    pages();
    map1(0x1000, p1, D_NORMAL | D_NG);
    map1(0x2000, p1, D_NORMAL | D_NG);
    EXPECT_EQ(rd(0x1000), 0x111);
    EXPECT_EQ(rd(0x2000), 0x111);
    map1(0x1000, p2, D_NORMAL | D_NG);
    map1(0x2000, p2, D_NORMAL | D_NG);
    EXPECT_EQ(rd(0x1000), 0x111);
    tlb_flush_fast(c);
    EXPECT_EQ(rd(0x1000), 0x111); /* the second level still has it */
    EXPECT(fast_read(0x1000));
    tlbi(EL2, TLBI_VA, 0x1000, 0x1000, 0, 0);
    EXPECT(!fast_read(0x1000));
    EXPECT_EQ(rd(0x1000), 0x222);
    EXPECT_EQ(rd(0x2000), 0x111);
    tlbi(EL2, TLBI_VA, 0x2000, 0x1000, 7, 0); /* another ASID */
    tlb_flush_fast(c);
    EXPECT_EQ(rd(0x2000), 0x111);
    tlbi(EL2, TLBI_VAA, 0x2000, 0x1000, 7, 0);
    EXPECT_EQ(rd(0x2000), 0x222);
}

TEST(asid_and_global)
{
    uint64_t hi = UINT64_C(0xffff800000001000);
    setup();
    stage1_on(true);
    pages();
    c->sysreg[SR_TTBR0_EL2] = ttbr0 | UINT64_C(1) << 48;
    mmu_context_changed(c);
    map1(0x1000, p1, D_NORMAL | D_NG);
    map1(hi, p1, D_NORMAL);
    EXPECT_EQ(rd(0x1000), 0x111);
    EXPECT_EQ(rd(hi), 0x111);
    map1(0x1000, p2, D_NORMAL | D_NG);
    map1(hi, p2, D_NORMAL);
    c->sysreg[SR_TTBR0_EL2] = ttbr0 | UINT64_C(2) << 48;
    mmu_context_changed(c);
    EXPECT(!fast_read(0x1000));
    EXPECT_EQ(rd(0x1000), 0x222); /* ASID 2 has its own */
    EXPECT_EQ(rd(hi), 0x111);     /* global: still there */
    c->sysreg[SR_TTBR0_EL2] = ttbr0 | UINT64_C(1) << 48;
    mmu_context_changed(c);
    EXPECT_EQ(rd(0x1000), 0x111); /* switching back finds it */
    tlbi(EL2, TLBI_ASID, 0, 0, 2, 0);
    EXPECT_EQ(rd(0x1000), 0x111);
    tlbi(EL2, TLBI_ASID, 0, 0, 1, 0);
    EXPECT_EQ(rd(0x1000), 0x222);
    EXPECT_EQ(rd(hi), 0x111);
    tlbi(EL2, TLBI_VA, hi, 0x1000, 9, 0); /* by VA any ASID takes a global entry */
    EXPECT_EQ(rd(hi), 0x222);
}

TEST(tcr_a1_selects_asid)
{
    setup();
    stage1_on(true);
    c->sysreg[SR_TTBR1_EL2] = ttbr1 | UINT64_C(0x1234) << 48;
    EXPECT_EQ(context_for(c, EL2).asid, 0);
    c->sysreg[SR_TCR_EL2] |= BIT(22);
    EXPECT_EQ(context_for(c, EL2).asid, 0x1234);
    c->sysreg[SR_TCR_EL2] &= ~BIT(36); /* AS: 8 bits */
    EXPECT_EQ(context_for(c, EL2).asid, 0x34);
}

TEST(blocks_go_whole)
{
    uint64_t va = 0x40000000, pa = RAM + (4 << 20);
    setup();
    stage1_on(true);
    map_at(ttbr0, 0, 12, va, 2, pa | D_NORMAL);
    ram_write(pa, 1), ram_write(pa + 0x5000, 2), ram_write(pa + 0x1ff000, 3);
    EXPECT_EQ(rd(va), 1);
    EXPECT_EQ(rd(va + 0x5000), 2);
    EXPECT_EQ(rd(va + 0x1ff000), 3);
    map_at(ttbr0, 0, 12, va, 2, (pa + (2 << 20)) | D_NORMAL);
    tlbi(EL2, TLBI_VA, va + 0x7000, 0x1000, 0, 0);
    EXPECT_EQ(rd(va), 0);
    EXPECT_EQ(rd(va + 0x5000), 0);
    EXPECT_EQ(rd(va + 0x1ff000), 0);
}

/* A stage 1 block over stage 2 pages is cached as pages; a TLBI by any of its VAs drops them all. */
TEST(fragmented_blocks_go_whole)
{
    uint64_t va = 0x40000000;
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    pages();
    map2(0x200000, p1, S2_NORMAL | S2_RW);
    map2(0x209000, p1, S2_NORMAL | S2_RW);
    map2(0x400000, p2, S2_NORMAL | S2_RW);
    map2(0x409000, p2, S2_NORMAL | S2_RW);
    map_at(ttbr0, 0, 12, va, 2, 0x200000 | D_NORMAL);
    EXPECT_EQ(rd(va), 0x111);
    EXPECT_EQ(rd(va + 0x9000), 0x111);
    map_at(ttbr0, 0, 12, va, 2, 0x400000 | D_NORMAL);
    tlbi(EL1, TLBI_VA, va + 0x9000, 0x1000, 0, 5);
    EXPECT_EQ(rd(va), 0x222);
    EXPECT_EQ(rd(va + 0x9000), 0x222);
}

TEST(vmids)
{
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    pages();
    map1(0x1000, p1, D_NORMAL);
    EXPECT_EQ(rd(0x1000), 0x111);
    map1(0x1000, p2, D_NORMAL);
    tlbi(EL1, TLBI_VMALL, 0, 0, 0, 6);
    tlbi(EL1, TLBI_VA, 0x1000, 0x1000, 0, 6);
    EXPECT_EQ(rd(0x1000), 0x111);
    c->sysreg[SR_VTTBR_EL2] = vttbr | UINT64_C(6) << 48;
    mmu_context_changed(c);
    EXPECT_EQ(rd(0x1000), 0x222);
    c->sysreg[SR_VTTBR_EL2] = vttbr | UINT64_C(5) << 48;
    mmu_context_changed(c);
    EXPECT_EQ(rd(0x1000), 0x111);
    tlbi(EL1, TLBI_VMALL, 0, 0, 0, 5);
    EXPECT_EQ(rd(0x1000), 0x222);
    map1(0x1000, p1, D_NORMAL);
    tlbi(EL1, TLBI_IPAS2, p2, 0x1000, 0, 5);
    EXPECT_EQ(rd(0x1000), 0x111);
    map1(0x1000, p2, D_NORMAL);
    tlbi(EL1, TLBI_ALL, 0, 0, 0, 0);
    EXPECT_EQ(rd(0x1000), 0x222);
}

TEST(ranges)
{
    setup();
    stage1_on(true);
    pages();
    for (unsigned i = 0; i < 100; i++)
        map1(0x100000 + i * 0x1000, p1, D_NORMAL);
    for (unsigned i = 0; i < 100; i++)
        EXPECT_EQ(rd(0x100000 + i * 0x1000), 0x111);
    for (unsigned i = 0; i < 100; i++)
        map1(0x100000 + i * 0x1000, p2, D_NORMAL);
    tlbi(EL2, TLBI_VA, 0x102000, 0x4000, 0, 0);
    for (unsigned i = 0; i < 100; i++)
        EXPECT_EQ(rd(0x100000 + i * 0x1000), i >= 2 && i < 6 ? 0x222 : 0x111);
    tlbi(EL2, TLBI_VAA, 0x10a000, 50 * 0x1000, 0, 0);
    for (unsigned i = 0; i < 100; i++)
        EXPECT_EQ(rd(0x100000 + i * 0x1000), (i >= 2 && i < 6) || (i >= 10 && i < 60) ? 0x222 : 0x111);
}

/* Many pages, many TLBIs, against a model that knows what the architecture still permits. */
TEST(exactness_at_random)
{
    enum { N = 512 };
    static uint64_t current[N], cached[N];
    uint64_t x = 7, page[4];
    setup();
    stage1_on(true);
    for (unsigned i = 0; i < 4; i++)
        page[i] = alloc(4096), ram_write(page[i], i);
    for (unsigned i = 0; i < N; i++) {
        map1(0x10000000 + (uint64_t)i * 0x1000, page[0], D_NORMAL | (i & 1 ? D_NG : 0));
        current[i] = 0, cached[i] = 4; /* 4: not cached */
    }
    for (unsigned n = 0; n < 20000; n++) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        unsigned i = x >> 33 & (N - 1), what = x >> 50 & 7;
        uint64_t va = 0x10000000 + (uint64_t)i * 0x1000;
        if (what < 4) {
            uint64_t v = rd(va);
            if (v != current[i] && v != cached[i])
                FAIL("page %u reads %u", i, (unsigned)v);
            cached[i] = v;
        } else if (what < 6) {
            current[i] = x >> 60 & 3;
            map1(va, page[current[i]], D_NORMAL | (i & 1 ? D_NG : 0));
        } else {
            tlbi(EL2, TLBI_VA, va, 0x1000, 0, 0);
            cached[i] = current[i];
            if (rd(va) != current[i])
                FAIL("page %u stale after TLBI", i);
        }
    }
}

TEST(pan_switches_context)
{
    setup();
    stage1_on(true);
    pages();
    map1(0x1000, p1, D_NORMAL | D_EL0 | D_NG);
    EXPECT_EQ(rd(0x1000), 0x111);
    EXPECT(fast_read(0x1000));
    uint64_t ctx = c->tlb_ctx;
    c->pstate.PAN = 1;
    mmu_context_changed(c);
    EXPECT(!fast_read(0x1000));
    EXPECT_EQ(rd(0x1000), 0xbad);
    EXPECT_EQ(c->sysreg[SR_ESR_EL2] >> 26, EC_DABT_SAME);
    c->pstate.PAN = 0;
    mmu_context_changed(c);
    EXPECT_EQ(c->tlb_ctx, ctx);
    EXPECT(fast_read(0x1000));
}

TEST(unprivileged_uses_el0_entries)
{
    uint64_t v;
    setup();
    stage1_on(true);
    pages();
    map1(0x1000, p1, D_NORMAL | D_EL0 | D_NG);
    c->pstate.PAN = 1;
    mmu_context_changed(c);
    EXPECT(Mem_read(c, 0x1000, 8, ACC_UNPRIV, &v));
    EXPECT_EQ(v, 0x111);
    EXPECT(Mem_write(c, 0x1000, 8, ACC_UNPRIV, 0x333));
    EXPECT(!fast_read(0x1000));
    at_el(EL0);
    EXPECT(fast_read(0x1000)); /* its entry serves EL0, and back */
    EXPECT_EQ(rd(0x1000), 0x333);
    at_el(EL2);
    EXPECT(Mem_read(c, 0x1000, 8, ACC_UNPRIV, &v));
    EXPECT(!Mem_read(c, 0x1000, 8, 0, &v)); /* PAN */
}

TEST(context_numbers_run_out)
{
    uint64_t v;
    setup();
    stage1_on(true);
    pages();
    for (unsigned n = 0; n < 10000; n++) {
        uint64_t asid = n * 7919u & 0xffff;
        c->sysreg[SR_TTBR0_EL2] = ttbr0 | asid << 48;
        mmu_context_changed(c);
        uint64_t p = n & 1 ? p1 : p2;
        map1(0x1000, p, D_NORMAL | D_NG | D_EL0);
        if (rd(0x1000) != ram_read(p))
            FAIL("ASID %u", (unsigned)asid);
        if (!Mem_read(c, 0x1000, 8, ACC_UNPRIV, &v) || v != ram_read(p))
            FAIL("unprivileged, ASID %u", (unsigned)asid);
        if (c->tlb_ctx == 0 || c->tlb_ctx > 4094)
            FAIL("context number %u", (unsigned)c->tlb_ctx);
        tlbi(EL2, TLBI_ASID, 0, 0, (unsigned)asid, 0);
        map1(0x1000, n & 1 ? p2 : p1, D_NORMAL | D_NG | D_EL0);
        if (rd(0x1000) != ram_read(n & 1 ? p2 : p1))
            FAIL("stale after TLBI ASIDE1, ASID %u", (unsigned)asid);
    }
}

TEST(what_never_gets_fast_entries)
{
    uint64_t v;
    setup();
    stage1_on(true);
    pages();
    map1(0x1000, p1, D_NORMAL);
    map1(0x2000, p1, D_NORMAL | D_DEVICE);
    map1(0x3000, DEVICE, D_NORMAL);
    EXPECT(Mem_read(c, 0x2000, 8, 0, &v));
    EXPECT(!fast_read(0x2000));
    EXPECT(Mem_read(c, 0x3000, 4, 0, &v));
    EXPECT_EQ(v, 0x55667788);
    EXPECT(!fast_read(0x3000));
    c->sysreg[SR_SCTLR_EL2] |= BIT(SCTLR_A);
    mmu_context_changed(c);
    EXPECT_EQ(rd(0x1000), 0x111);
    EXPECT(!fast_read(0x1000));
    c->sysreg[SR_SCTLR_EL2] &= ~BIT(SCTLR_A);
    mmu_context_changed(c);
    c->wp_active = 1;
    EXPECT_EQ(rd(0x1000), 0x111);
    EXPECT(!fast_read(0x1000));
    c->wp_active = 0;
    EXPECT_EQ(rd(0x1000), 0x111);
    EXPECT(fast_read(0x1000));
    c->sysreg[SR_SCTLR_EL2] |= BIT(SCTLR_EE); /* tables become big-endian too: from the TLB */
    mmu_context_changed(c);
    EXPECT_EQ(rd(0x1000), UINT64_C(0x1101000000000000));
    EXPECT(!fast_read(0x1000));
}

TEST(pages_with_code)
{
    uint8_t *flags;
    setup();
    stage1_on(true);
    pages();
    map1(0x1000, p1, D_NORMAL);
    flags = &machine.mem.page_flags[(p1 - RAM) >> 12];
    EXPECT(Mem_write(c, 0x1000, 8, 0, 1));
    EXPECT(fast_write(0x1000));
    *flags |= PAGE_HAS_CODE;
    tlb_write_protect(&machine, p1);
    EXPECT(!fast_write(0x1000));
    EXPECT(fast_read(0x1000));
    EXPECT_EQ(rd(0x1000), 1);
    EXPECT(!fast_write(0x1000));
    EXPECT_EQ(code_writes, 0);
    EXPECT(Mem_write(c, 0x1000, 8, 0, 2));
    EXPECT_EQ(code_writes, 1);
    EXPECT(Mem_write(c, 0x1000, 8, 0, 3));
    EXPECT_EQ(code_writes, 1);
    EXPECT(fast_write(0x1000));
    EXPECT_EQ(ram_read(p1), 3);
    *flags |= PAGE_HAS_CODE;
    tlb_write_protect(&machine, p1);
    EXPECT(mem_atomic(c, 0x1000, 8, 0) != NULL);
    EXPECT_EQ(code_writes, 2);
}

TEST_MAIN
