/* The table walkers against tables built by hand: granules, blocks, concatenation, permissions, hardware update. */
#include "tests/mmu/fixture.h"

TEST(mmu_off_is_identity_with_size_check)
{
    uint64_t pa;
    setup();
    EXPECT_EQ(try_access(RAM + 0x123, 0, &pa), FAULT_NONE);
    EXPECT_EQ(pa, RAM + 0x123);
    EXPECT_EQ(try_access(BIT(48), 0, &pa), FAULT_ADDRESS_SIZE);
    c->sysreg[SR_TCR_EL2] = BIT(20); /* TBI: the tag is ignored */
    EXPECT_EQ(try_access(UINT64_C(0xff) << 56 | RAM, 0, &pa), FAULT_NONE);
    EXPECT_EQ(pa, RAM);
    struct translation t = AArch64_TranslateAddress(c, RAM + 1, EL2, 0, 4);
    EXPECT_EQ(t.fault.status, FAULT_ALIGNMENT); /* Device-nGnRnE */
}

static void granule(unsigned g, unsigned tg0, unsigned tg1, unsigned top, unsigned block)
{
    uint64_t pa, root, va = UINT64_C(0x123456789000) & ~(BIT(g) - 1), leaf = alloc(BIT(g));
    setup();
    root = alloc(65536);
    leaf = alloc(65536);
    c->sysreg[SR_TCR_EL2] = 16 | tg0 << 14 | UINT64_C(5) << 16; /* E2H = 0 */
    (void)tg1;
    c->sysreg[SR_TTBR0_EL2] = root;
    c->sysreg[SR_MAIR_EL2] = MAIR_TEST;
    c->sysreg[SR_SCTLR_EL2] = BIT(SCTLR_M) | BIT(SCTLR_C);
    mmu_context_changed(c);
    map_at(root, top, g, va, 3, leaf | D_NORMAL);
    EXPECT_EQ(try_access(va + 0x234, 0, &pa), FAULT_NONE);
    EXPECT_EQ(pa, leaf + 0x234);
    EXPECT_EQ(try_access(va + BIT(g), 0, &pa), FAULT_TRANSLATION | 3);
    /* A block, and a block where none is allowed. */
    uint64_t size = BIT((3 - block) * (g - 3) + g), bva = UINT64_C(0x7f0000000000) & ~(size - 1);
    map_at(root, top, g, bva, block, size | D_NORMAL);
    struct translation t = AArch64_TranslateAddress(c, bva + 0x5678, EL2, 0, 4);
    EXPECT_EQ(t.fault.status, FAULT_NONE);
    EXPECT_EQ(t.pa, size + 0x5678);
    EXPECT_EQ(t.block_size, size);
    if (top < block) {
        map_at(root, top, g, UINT64_C(0x600000000000), top, D_NORMAL);
        EXPECT_EQ(try_access(UINT64_C(0x600000000000), 0, &pa), FAULT_TRANSLATION | top);
    }
    EXPECT_EQ(try_access(BIT(48), 0, &pa), FAULT_TRANSLATION);
    EXPECT_EQ(try_access(BIT(63), 0, &pa), FAULT_TRANSLATION);
}
TEST(granule_4k_level_2) { granule(12, 0, 2, 0, 2); }
TEST(granule_4k_level_1) { granule(12, 0, 2, 0, 1); }
TEST(granule_16k) { granule(14, 2, 1, 0, 2); }
TEST(granule_64k) { granule(16, 1, 3, 1, 2); }

TEST(small_tables_start_lower)
{
    uint64_t pa, root;
    setup();
    root = alloc(4096);
    c->sysreg[SR_TCR_EL2] = 40 | UINT64_C(5) << 16; /* 24-bit VA: level 2, eight entries; needs FEAT_TTST */
    c->sysreg[SR_TTBR0_EL2] = root;
    c->sysreg[SR_SCTLR_EL2] = BIT(SCTLR_M);
    mmu_context_changed(c);
    map_at(root, 2, 12, 0x201000, 3, RAM | D_NORMAL);
    EXPECT_EQ(try_access(0x201004, 0, &pa), FAULT_NONE);
    EXPECT_EQ(pa, RAM + 4);
    EXPECT_EQ(try_access(0x1201004, 0, &pa), FAULT_TRANSLATION);
    set_feature(FEAT_TTST, false); /* clamped to 39: level 2 still, 25-bit VA */
    EXPECT_EQ(try_access(0x201004, 0, &pa), FAULT_NONE);
    set_feature(FEAT_TTST, true);
}

TEST(two_ranges_and_their_controls)
{
    uint64_t pa, lo = 0x400000, hi = UINT64_C(0xffff800000001000);
    setup();
    stage1_on(true);
    uint64_t a = alloc(4096), b = alloc(4096);
    map1(lo, a, D_NORMAL | D_NG | D_EL0);
    map1(hi, b, D_NORMAL);
    EXPECT_EQ(try_access(lo, 0, &pa), FAULT_NONE);
    EXPECT_EQ(pa, a);
    EXPECT_EQ(try_access(hi + 8, 0, &pa), FAULT_NONE);
    EXPECT_EQ(pa, b + 8);
    EXPECT_EQ(try_access(UINT64_C(0x00ff800000001000), 0, &pa), FAULT_TRANSLATION);
    EXPECT_EQ(try_access(lo | UINT64_C(0x12) << 56, 0, &pa), FAULT_TRANSLATION);
    c->sysreg[SR_TCR_EL2] |= BIT(37); /* TBI0 */
    EXPECT_EQ(try_access(lo | UINT64_C(0x12) << 56, 0, &pa), FAULT_NONE);
    EXPECT_EQ(try_access(lo | UINT64_C(0x12) << 56, ACC_FETCH, &pa), FAULT_PERMISSION | 3); /* PXN by EL0 write */
    c->sysreg[SR_TCR_EL2] |= BIT(51);                                                       /* TBID0 */
    EXPECT_EQ(try_access(lo | UINT64_C(0x12) << 56, ACC_FETCH, &pa), FAULT_TRANSLATION);
    c->sysreg[SR_TCR_EL2] |= BIT(7); /* EPD0 */
    EXPECT_EQ(try_access(lo, 0, &pa), FAULT_TRANSLATION);
    EXPECT_EQ(try_access(hi, 0, &pa), FAULT_NONE);
    c->sysreg[SR_TCR_EL2] &= ~BIT(7);
    c->sysreg[SR_TCR_EL2] |= BIT(56); /* E0PD1 */
    at_el(EL0);
    EXPECT_EQ(try_access(hi, 0, &pa), FAULT_TRANSLATION);
    c->sysreg[SR_TCR_EL2] &= ~BIT(56);
    EXPECT_EQ(try_access(hi, 0, &pa), FAULT_PERMISSION | 3);
}

TEST(output_address_size)
{
    uint64_t pa;
    setup();
    stage1_on(true);
    c->sysreg[SR_TCR_EL2] &= ~(UINT64_C(7) << 32); /* IPS: 32 bits */
    map1(0x1000, UINT64_C(0x100000000), D_NORMAL);
    EXPECT_EQ(try_access(0x1000, 0, &pa), FAULT_ADDRESS_SIZE | 3);
    ram_write(ttbr0 + 8, UINT64_C(0x100000000) | 3); /* table at level 0 */
    EXPECT_EQ(try_access(UINT64_C(0x8000000000), 0, &pa), FAULT_ADDRESS_SIZE | 0);
    c->sysreg[SR_TTBR0_EL2] = UINT64_C(0x100000000);
    EXPECT_EQ(try_access(0x1000, 0, &pa), FAULT_ADDRESS_SIZE | 0);
    c->sysreg[SR_TTBR0_EL2] = 0x1000; /* no RAM there */
    EXPECT_EQ(try_access(0x1000, 0, &pa), FAULT_EXTERNAL_WALK | 0);
}

/* Every AP, UXN, PXN, table attribute and privilege against the definition. */
TEST(permission_matrix)
{
    setup();
    stage1_on(true);
    for (unsigned n = 0; n < 1 << 10; n++) {
        unsigned ap = n & 3, uxn = n >> 2 & 1, pxn = n >> 3 & 1, apt = n >> 4 & 3, uxnt = n >> 6 & 1, pxnt = n >> 7 & 1;
        bool wxn = n >> 8 & 1, pan = n >> 9 & 1;
        uint64_t va = 0x10000000;
        map1(va, RAM, D_NORMAL | (uint64_t)ap << 6 | (uxn ? D_UXN : 0) | (pxn ? D_PXN : 0));
        uint64_t l1 = ram_read(ttbr0) & ~UINT64_C(0xfff) & (BIT(48) - 1); /* the level 1 table's entry carries them */
        ram_write(l1,
                  (ram_read(l1) & (BIT(48) - 1)) | (uint64_t)apt << 61 | (uint64_t)uxnt << 60 | (uint64_t)pxnt << 59);
        c->sysreg[SR_SCTLR_EL2] = (c->sysreg[SR_SCTLR_EL2] & ~BIT(SCTLR_WXN)) | (uint64_t)wxn << SCTLR_WXN;
        c->pstate.PAN = pan;
        bool pw = !(ap & 2) && !(apt & 2), ur = ap & 1 && !(apt & 1), uw = ur && pw, pr = true;
        bool px = !pxn && !pxnt && !uw, ux = !uxn && !uxnt;
        if (wxn)
            px &= !pw, ux &= !uw;
        if (pan && ur)
            pr = pw = false;
        at_el(EL2);
        EXPECT_EQ(try_access(va, 0, NULL), pr ? FAULT_NONE : FAULT_PERMISSION | 3);
        EXPECT_EQ(try_access(va, ACC_WRITE, NULL), pw ? FAULT_NONE : FAULT_PERMISSION | 3);
        EXPECT_EQ(try_access(va, ACC_FETCH, NULL), px ? FAULT_NONE : FAULT_PERMISSION | 3);
        EXPECT_EQ(try_access(va, ACC_UNPRIV, NULL), ur ? FAULT_NONE : FAULT_PERMISSION | 3);
        at_el(EL0);
        EXPECT_EQ(try_access(va, 0, NULL), ur ? FAULT_NONE : FAULT_PERMISSION | 3);
        EXPECT_EQ(try_access(va, ACC_WRITE, NULL), uw ? FAULT_NONE : FAULT_PERMISSION | 3);
        EXPECT_EQ(try_access(va, ACC_FETCH, NULL), ux ? FAULT_NONE : FAULT_PERMISSION | 3);
    }
    /* HPD: table attributes do not count. */
    c->sysreg[SR_TCR_EL2] |= BIT(41);
    c->sysreg[SR_SCTLR_EL2] &= ~BIT(SCTLR_WXN);
    c->pstate.PAN = 0;
    map1(0x10000000, RAM, D_NORMAL | D_EL0);
    at_el(EL0);
    EXPECT_EQ(try_access(0x10000000, ACC_WRITE, NULL), FAULT_NONE);
}

TEST(epan_and_uao)
{
    setup();
    stage1_on(true);
    map1(0x1000, RAM, D_NORMAL); /* EL0 may only execute */
    c->pstate.PAN = 1;
    mmu_context_changed(c);
    EXPECT_EQ(try_access(0x1000, 0, NULL), FAULT_NONE);
    c->sysreg[SR_SCTLR_EL2] |= BIT(SCTLR_EPAN);
    mmu_context_changed(c);
    EXPECT_EQ(try_access(0x1000, 0, NULL), FAULT_PERMISSION | 3);
    c->pstate.PAN = 0;
    mmu_context_changed(c);
    EXPECT_EQ(try_access(0x1000, ACC_UNPRIV, NULL), FAULT_PERMISSION | 3);
    c->pstate.UAO = 1;
    mmu_context_changed(c);
    EXPECT_EQ(try_access(0x1000, ACC_UNPRIV, NULL), FAULT_NONE);
}

TEST(access_flag_and_dirty_state)
{
    setup();
    stage1_on(true);
    uint64_t d = map1(0x1000, RAM, D_ISH | D_DBM | D_RO | D_NG);
    EXPECT_EQ(try_access(0x1000, 0, NULL), FAULT_ACCESS_FLAG | 3);
    c->sysreg[SR_TCR_EL2] |= BIT(39); /* HA */
    EXPECT_EQ(try_access(0x1000, ACC_WRITE, NULL), FAULT_PERMISSION | 3);
    EXPECT_EQ(ram_read(d) & D_AF, 0); /* not by an access that faults */
    EXPECT_EQ(try_access(0x1000, 0, NULL), FAULT_NONE);
    EXPECT_EQ(ram_read(d) & (D_AF | D_RO), D_AF | D_RO);
    c->sysreg[SR_TCR_EL2] |= BIT(40); /* HD */
    uint64_t v;
    EXPECT(Mem_read(c, 0x1000, 8, 0, &v));
    EXPECT_EQ(ram_read(d) & D_RO, D_RO);
    EXPECT(tlb_slot(c, 0x1000)->read_tag != TLB_NO_TAG);
    EXPECT_EQ(tlb_slot(c, 0x1000)->write_tag, TLB_NO_TAG); /* clean: the first write must walk */
    EXPECT(Mem_write(c, 0x1000, 8, 0, 42));
    EXPECT_EQ(ram_read(d) & D_RO, 0);
    EXPECT(tlb_slot(c, 0x1000)->write_tag != TLB_NO_TAG);
    EXPECT_EQ(ram_read(RAM), 42);
}

TEST(guarded_pages)
{
    uint64_t pa;
    bool guarded;
    setup();
    stage1_on(true);
    map1(0x1000, RAM, D_NORMAL | D_GP);
    map1(0x2000, RAM, D_NORMAL);
    EXPECT(mem_fetch_page(c, 0x1008, &pa, &guarded));
    EXPECT(guarded);
    EXPECT_EQ(pa, RAM);
    EXPECT(mem_fetch_page(c, 0x2008, &pa, &guarded));
    EXPECT(!guarded);
}

/* ---- Stage 2 ---- */

TEST(stage2_alone)
{
    uint64_t pa, a;
    setup();
    c->sysreg[SR_HCR_EL2] = HCR_RW;
    stage2_on();
    at_el(EL1);
    a = alloc(4096);
    map2(0x5000, a, S2_NORMAL | S2_RW);
    EXPECT_EQ(try_access(0x5010, 0, &pa), FAULT_NONE);
    EXPECT_EQ(pa, a + 0x10);
    map2(UINT64_C(0x8000005000), a, S2_NORMAL | S2_RW); /* the second of the concatenated tables */
    EXPECT_EQ(try_access(UINT64_C(0x8000005008), 0, &pa), FAULT_NONE);
    struct translation t = AArch64_TranslateAddress(c, UINT64_C(0x10000000000), EL1, 0, 8);
    EXPECT_EQ(t.fault.status, FAULT_TRANSLATION);
    EXPECT(t.fault.secondstage);
    t = AArch64_TranslateAddress(c, 0x6000, EL1, 0, 8);
    EXPECT_EQ(t.fault.status, FAULT_TRANSLATION | 3);
    EXPECT_EQ(t.fault.ipa, 0x6000);
    map2(0x7000, a, S2_NORMAL | S2_RO);
    EXPECT_EQ(try_access(0x7000, ACC_WRITE, &pa), FAULT_PERMISSION | 3);
    map2(0x8000, a, S2_NORMAL | S2_WO);
    EXPECT_EQ(try_access(0x8000, 0, &pa), FAULT_PERMISSION | 3);
    EXPECT_EQ(try_access(0x8000, ACC_WRITE, &pa), FAULT_NONE);
    map2(0x9000, a, (S2_NORMAL | S2_RW) & ~D_AF);
    EXPECT_EQ(try_access(0x9000, 0, &pa), FAULT_ACCESS_FLAG | 3);
    c->sysreg[SR_HCR_EL2] = HCR_RW | HCR_DC; /* DC implies VM */
    mmu_context_changed(c);
    t = AArch64_TranslateAddress(c, 0x5001, EL1, 0, 4);
    EXPECT_EQ(t.fault.status, FAULT_NONE);
    EXPECT_EQ(t.attr, 0xff);
    c->sysreg[SR_VTCR_EL2] |= 3 << 6; /* SL0 = 3 with T0SZ = 24: inconsistent */
    EXPECT_EQ(try_access(0x5000, 0, &pa), FAULT_TRANSLATION);
}

TEST(stage2_granules)
{
    static const struct {
        unsigned g, tg0, sl0, top, txsz, tables;
    } rows[] = { { 12, 0, 2, 0, 20, 1 }, { 12, 0, 1, 1, 25, 1 }, { 12, 0, 0, 2, 33, 2 }, { 14, 2, 1, 2, 24, 16 },
                 { 14, 2, 2, 1, 20, 1 }, { 16, 1, 1, 2, 24, 1 }, { 16, 1, 0, 3, 33, 4 } };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        uint64_t pa, ipa = BIT(64 - rows[i].txsz - 1) | BIT(rows[i].g), root, leaf;
        setup();
        root = alloc(BIT(rows[i].g) * 16);
        leaf = alloc(BIT(rows[i].g));
        c->sysreg[SR_VTCR_EL2] = rows[i].txsz | rows[i].sl0 << 6 | rows[i].tg0 << 14 | UINT64_C(5) << 16;
        c->sysreg[SR_VTTBR_EL2] = root;
        c->sysreg[SR_HCR_EL2] = HCR_RW | HCR_VM;
        at_el(EL1);
        map_at(root, rows[i].top, rows[i].g, ipa, 3, leaf | S2_NORMAL | S2_RW);
        EXPECT_EQ(try_access(ipa + 0x18, 0, &pa), FAULT_NONE);
        EXPECT_EQ(pa, leaf + 0x18);
    }
}

TEST(stage2_execute_never)
{
    static const bool el1_x[] = { true, false, false, true }, el0_x[] = { true, true, false, false };
    setup();
    c->sysreg[SR_HCR_EL2] = HCR_RW;
    stage2_on();
    for (unsigned xn = 0; xn < 4; xn++) {
        map2(0x5000, RAM, S2_NORMAL | S2_RW | (uint64_t)xn << 53);
        at_el(EL1);
        EXPECT_EQ(try_access(0x5000, ACC_FETCH, NULL), el1_x[xn] ? FAULT_NONE : FAULT_PERMISSION | 3);
        at_el(EL0);
        EXPECT_EQ(try_access(0x5000, ACC_FETCH, NULL), el0_x[xn] ? FAULT_NONE : FAULT_PERMISSION | 3);
    }
}

TEST(both_stages)
{
    uint64_t a;
    struct translation t;
    setup();
    stage1_on(false);
    stage2_on();
    a = alloc(4096);
    map1(0x1000, 0x5000, D_NORMAL);
    t = AArch64_TranslateAddress(c, 0x1000, EL1, 0, 8); /* the tables are not mapped at stage 2 */
    EXPECT_EQ(t.fault.status, FAULT_TRANSLATION | 1);
    EXPECT(t.fault.secondstage && t.fault.s2fs1walk);
    EXPECT_EQ(t.fault.ipa, ttbr0);
    map2_ram();
    t = AArch64_TranslateAddress(c, 0x1008, EL1, 0, 8);
    EXPECT(t.fault.secondstage && !t.fault.s2fs1walk);
    EXPECT_EQ(t.fault.ipa, 0x5008);
    map2(0x5000, a, S2_NORMAL | S2_RW);
    t = AArch64_TranslateAddress(c, 0x1008, EL1, 0, 8);
    EXPECT_EQ(t.fault.status, FAULT_NONE);
    EXPECT_EQ(t.pa, a + 8);
    EXPECT_EQ(t.block_size, 4096);
    EXPECT_EQ(t.attr, 0xff);
    /* Device at either stage makes Device; a misaligned access faults at the stage that did. */
    map2(0x5000, a, (S2_NORMAL & ~(0xf << 2)) | S2_RW | 1 << 2);
    t = AArch64_TranslateAddress(c, 0x1008, EL1, 0, 8);
    EXPECT_EQ(t.attr, 0x04);
    t = AArch64_TranslateAddress(c, 0x1009, EL1, 0, 8);
    EXPECT_EQ(t.fault.status, FAULT_ALIGNMENT);
    EXPECT(t.fault.secondstage);
    /* Forced write-back overrides stage 1's type. */
    map1(0x2000, 0x6000, D_NORMAL | D_DEVICE);
    map2(0x6000, a, (S2_NORMAL & ~(0xf << 2)) | S2_RW | 6 << 2);
    c->sysreg[SR_HCR_EL2] |= HCR_FWB;
    EXPECT_EQ(AArch64_TranslateAddress(c, 0x2000, EL1, 0, 8).attr, 0xff);
}

TEST(protected_table_walk)
{
    struct translation t;
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    map1(0x1000, RAM, D_NORMAL);
    map_at(vttbr, 1, 12, RAM, 2, RAM | D_AF | S2_RW); /* tables in Device memory at stage 2 */
    EXPECT_EQ(try_access(0x1000, 0, NULL), FAULT_NONE);
    c->sysreg[SR_HCR_EL2] |= HCR_PTW;
    t = AArch64_TranslateAddress(c, 0x1000, EL1, 0, 8);
    EXPECT_EQ(t.fault.status, FAULT_PERMISSION | 2);
    EXPECT(t.fault.s2fs1walk);
}

TEST(stage2_dirty_for_stage1_update)
{
    uint64_t d1, d2;
    struct translation t;
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    c->sysreg[SR_TCR_EL1] |= BIT(39);
    d1 = map1(0x1000, RAM + (16 << 20), D_ISH);
    /* The level 3 table's page: own stage 2 page, writable-clean. */
    uint64_t page = d1 & ~UINT64_C(0xfff), block = page & ~UINT64_C(0x1fffff);
    uint64_t l2 = map_at(vttbr, 1, 12, block, 2, 0);
    ram_write(l2, 0);
    for (uint64_t p = block; p < block + (2 << 20); p += 4096)
        map2(p, p, S2_NORMAL | S2_RW);
    d2 = map2(page, page, S2_NORMAL | S2_RO | D_DBM);
    t = AArch64_TranslateAddress(c, 0x1000, EL1, 0, 8);
    EXPECT_EQ(t.fault.status, FAULT_PERMISSION | 3); /* not writable: HD is off */
    EXPECT(t.fault.s2fs1walk);
    EXPECT_EQ(ram_read(d1) & D_AF, 0);
    c->sysreg[SR_VTCR_EL2] |= BIT(21) | BIT(22);
    t = AArch64_TranslateAddress(c, 0x1000, EL1, 0, 8);
    EXPECT_EQ(t.fault.status, FAULT_NONE);
    EXPECT_EQ(ram_read(d1) & D_AF, D_AF);
    EXPECT_EQ(ram_read(d2) & S2_RW, S2_RW);
}

/* Stage 1 tables that lie in the stage 2 tables: the updates fight each other; it ends. */
TEST(self_modifying_tables_end)
{
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    c->sysreg[SR_TCR_EL1] |= BIT(39) | BIT(40);
    c->sysreg[SR_VTCR_EL2] |= BIT(21) | BIT(22);
    c->sysreg[SR_TTBR0_EL1] = vttbr;
    c->sysreg[SR_TCR_EL1] = (c->sysreg[SR_TCR_EL1] & ~UINT64_C(0x3f)) | 25; /* level 1, as stage 2 */
    for (uint64_t pa = RAM; pa < RAM + RAM_SIZE; pa += 2 << 20)
        map_at(vttbr, 1, 12, pa, 2, pa | S2_NORMAL | S2_RO | D_DBM);
    for (unsigned i = 0; i < 8; i++)
        try_access(RAM + 0x1000 + i * 4, ACC_WRITE, NULL);
    EXPECT(true);
}

/* Random registers and tables: no crash and an answer for each. */
TEST(hostile_registers)
{
    uint64_t x = 1, answers = 0;
    setup();
    for (unsigned i = 0; i < RAM_SIZE / 8; i += 3) {
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        ram_write(RAM + i * 8, (x >> 20 & 0xff) < 200 ? RAM | (x & 0x1ffffff) | (x & UINT64_C(0x007f) << 48) | 3 : x);
    }
    for (unsigned n = 0; n < 20000; n++) {
        static const enum sysreg_index regs[] = { SR_TCR_EL1,         SR_TCR_EL2,   SR_VTCR_EL2,  SR_SCTLR_EL1,
                                                  SR_SCTLR_EL2,       SR_HCR_EL2,   SR_TTBR0_EL1, SR_TTBR1_EL1,
                                                  SR_VTTBR_EL2,       SR_TTBR0_EL2, SR_MAIR_EL1,  SR_TTBR1_EL2,
                                                  SR_ID_AA64MMFR0_EL1 };
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        enum sysreg_index r = regs[(x >> 40) % 13];
        bool base =
            r == SR_TTBR0_EL1 || r == SR_TTBR1_EL1 || r == SR_VTTBR_EL2 || r == SR_TTBR0_EL2 || r == SR_TTBR1_EL2;
        x = x * UINT64_C(6364136223846793005) + 1442695040888963407;
        c->sysreg[r] = base ? RAM + (x >> 40 & 0x1fff000) : x;
        c->sysreg[SR_SCTLR_EL1] |= 1, c->sysreg[SR_SCTLR_EL2] |= 1;
        at_el((x >> 33) % 3);
        uint64_t va = (x >> 30 & 1 ? UINT64_C(0xffff) << 48 : 0) | (x >> 9 & UINT64_C(0x7fffffffff));
        answers += try_access(va, x >> 60 & 3, NULL) == FAULT_NONE;
        uint8_t data[256];
        mem_debug_read(c, va, data, sizeof(data));
    }
    EXPECT(answers > 0);
}

/* By the registers alone: what the TLB still has, and which EL the CPU is at, do not count; nothing is kept. */
TEST(debugger_walks)
{
    uint64_t pa, v, va = 0x400000;
    setup();
    stage1_on(true);
    uint64_t a = alloc(4096), b = alloc(4096);
    map1(va, a, D_NORMAL | D_NG | D_EL0);
    EXPECT(Mem_read(c, va, 8, 0, &v));
    map1(va, b, D_NORMAL | D_NG | D_EL0);
    EXPECT(mem_debug_translate(c, va + 8, &pa));
    EXPECT_EQ(pa, a + 8);
    unsigned el = c->pstate.EL;
    EXPECT(mem_debug_stage1(c, va + 8, el, &pa));
    EXPECT_EQ(pa, b + 8);
    EXPECT(!mem_debug_stage1(c, va + 4096, el, &pa));
    static struct cpu copy;
    copy = *c;
    copy.mmu = NULL;
    copy.tlb = NULL;
    EXPECT(mem_debug_stage1(&copy, va, el, &pa));
    EXPECT_EQ(pa, b);
    EXPECT(mem_debug_translate(c, va, &pa));
    EXPECT_EQ(pa, a);
}

TEST_MAIN
