/* Tagged memory through both stages, the order of faults, and which contexts have fast entries. FEAT_MTE2. */
#include "tests/mmu/fixture.h"

static uint64_t page;

enum { D_TAGGED = 3 << 2, SYNC = 1 };
#define TAGGED_MAIR (MAIR_TEST | UINT64_C(0xf0) << 24)
#define A(TAG, VA)  ((uint64_t)(TAG) << 56 | (VA))

/* EL1, stage 1 on, Tagged page at 0x1000, synchronous Tag Checks. */
static void guest(void)
{
    setup();
    set_feature(FEAT_MTE, true), set_feature(FEAT_MTE2, true);
    if (!machine.mem.tags)
        machine.mem.tags = malloc(RAM_SIZE >> 5);
    memset(machine.mem.tags, 0, RAM_SIZE >> 5);
    stage1_on(false);
    page = alloc(8192);
    c->sysreg[SR_MAIR_EL1] = TAGGED_MAIR;
    c->sysreg[SR_TCR_EL1] |= BIT(37);
    c->sysreg[SR_SCTLR_EL1] |= BIT(SCTLR_ATA) | BIT(SCTLR_ATA0) | (uint64_t)SYNC << SCTLR_TCF;
    c->sysreg[SR_HCR_EL2] |= BIT(HCR_BIT_ATA);
    map1(0x1000, page, D_NORMAL | D_TAGGED);
    mmu_context_changed(c);
}
static bool reads(uint64_t va)
{
    uint64_t v;
    c->pstate.EL = EL1, c->pstate.TCO = 0;
    mmu_context_changed(c);
    return Mem_read(c, va, 8, 0, &v);
}
static unsigned status(void) { return c->sysreg[c->pstate.EL == EL2 ? SR_ESR_EL2 : SR_ESR_EL1] & 0x3f; }
static unsigned par_attr(uint64_t va, enum at_op op)
{
    c->pstate.EL = EL1;
    mmu_context_changed(c);
    AArch64_AT(c, va, op);
    return c->sysreg[SR_PAR_EL1] & 1 ? 0x100 : c->sysreg[SR_PAR_EL1] >> 56;
}

TEST(tagged_by_stage_1)
{
    guest();
    EXPECT(reads(0x1000));
    EXPECT(!reads(A(1, 0x1000)));
    EXPECT_EQ(status(), FAULT_TAG);
    EXPECT_EQ(par_attr(0x1000, AT_S1E1R), 0xf0);
    map1(0x2000, page, D_NORMAL);
    EXPECT(reads(A(1, 0x2000)));
    EXPECT_EQ(par_attr(0x2000, AT_S1E1R), 0xff);
    set_feature(FEAT_MTE2, false);
    mmu_reset(c);
    EXPECT(reads(A(1, 0x1000)));
    EXPECT_EQ(par_attr(0x1000, AT_S1E1R), 0xff);
    set_feature(FEAT_MTE2, true);
    mmu_reset(c);
    c->sysreg[SR_SCTLR_EL1] &= ~BIT(SCTLR_C); /* then memory is Non-cacheable */
    EXPECT(reads(A(1, 0x1000)));
}

TEST(stage_2_keeps_or_takes_tags)
{
    static const struct {
        unsigned attr;
        bool fwb, tagged;
    } row[] = {
        { 0xf, false, true }, { 0xa, false, false }, { 0x5, false, false }, { 0xb, false, false },
        { 6, true, true },    { 7, true, true },     { 5, true, false },
    };
    for (unsigned i = 0; i < sizeof(row) / sizeof(*row); i++) {
        guest();
        stage2_on();
        if (row[i].fwb)
            c->sysreg[SR_HCR_EL2] |= HCR_FWB;
        map2_ram();
        map1(0x1000, 0x80000000, D_NORMAL | D_TAGGED);
        map2(0x80000000, page, D_AF | D_ISH | S2_RW | row[i].attr << 2);
        mmu_context_changed(c);
        EXPECT(reads(0x1000));
        if (reads(A(1, 0x1000)) == row[i].tagged)
            FAIL("stage 2 attribute %#x, FWB %u", row[i].attr, row[i].fwb);
        EXPECT_EQ(par_attr(0x1000, AT_S12E1R) == 0xf0, row[i].tagged);
        if (row[i].fwb && row[i].attr == 6) { /* force write-back does not make Tagged what stage 1 does not */
            map1(0x1000, 0x80000000, D_NORMAL | D_NC);
            mmu_reset(c);
            EXPECT(reads(A(1, 0x1000)));
        }
    }
}

/* With stage 1 off and HCR_EL2.DC, DCT says whether memory is Tagged. */
TEST(default_cacheable)
{
    guest();
    stage2_on();
    map2_ram();
    c->sysreg[SR_SCTLR_EL1] &= ~BIT(SCTLR_M);
    c->sysreg[SR_HCR_EL2] |= HCR_DC;
    EXPECT(reads(A(1, page)));
    c->sysreg[SR_HCR_EL2] |= BIT(HCR_BIT_DCT);
    EXPECT(!reads(A(1, page)));
    EXPECT(reads(page));
    c->sysreg[SR_HCR_EL2] &= ~BIT(HCR_BIT_DCT);
    EXPECT(reads(A(1, page)));
}

static bool watching;
static bool watch(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    (void)va, (void)size, (void)acc;
    if (watching)
        AArch64_TakeException(cpu, EL1, &(struct exception){ .ec = EC_WATCHPOINT_LOWER, .iss = FAULT_DEBUG }, 0, 0);
    return watching;
}

TEST(tag_checks_come_last)
{
    uint64_t v;

    guest();
    map1(0x2000, page, D_NORMAL | D_TAGGED | D_RO);
    c->pstate.EL = EL1;
    EXPECT(!Mem_write(c, A(1, 0x2000), 8, 0, 0));
    EXPECT_EQ(status(), FAULT_PERMISSION | 3);
    EXPECT(!reads(A(1, 0x2000)));
    EXPECT_EQ(status(), FAULT_TAG);
    c->pstate.TCO = 0;
    mmu_context_changed(c);
    EXPECT(!mem_atomic(c, A(1, 0x100c), 8, 0)); /* alignment */
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    mmu_watchpoint = watch, watching = true, c->wp_active = 1;
    EXPECT(!reads(A(1, 0x1000)));
    EXPECT_EQ(status(), FAULT_DEBUG);
    watching = false;
    EXPECT(!reads(A(1, 0x1000)));
    EXPECT_EQ(status(), FAULT_TAG);
    c->wp_active = 0, mmu_watchpoint = NULL;
    /* An access into an unmapped page faults there even if its first half does not match: all is translated first. */
    c->pstate.TCO = 0;
    mmu_context_changed(c);
    EXPECT(!Mem_read(c, A(1, 0x2ffc), 8, 0, &v));
    EXPECT_EQ(c->sysreg[SR_ESR_EL1] & 0x3c, 0x4);
}

/* Only what is checked costs anything. */
TEST(fast_entries)
{
    uint64_t v;

    guest();
    EXPECT(reads(0x1000));
    EXPECT(!tlb_hit(c, tlb_slot(c, 0x1000)->read_tag, 0x1000, 8));
    c->pstate.TCO = 1;
    mmu_context_changed(c);
    EXPECT(Mem_read(c, A(1, 0x1000), 8, 0, &v));
    EXPECT(tlb_hit(c, tlb_slot(c, 0x1000)->read_tag, A(1, 0x1000), 8));
    c->pstate.TCO = 0;
    mmu_context_changed(c);
    EXPECT(!tlb_hit(c, tlb_slot(c, 0x1000)->read_tag, A(1, 0x1000), 8));
    /* LDTR: checked as EL0, whose TCF0 is 0. */
    map1(0x3000, page, D_NORMAL | D_TAGGED | D_EL0);
    EXPECT(Mem_read(c, A(1, 0x3000), 8, ACC_UNPRIV, &v));
    c->sysreg[SR_SCTLR_EL1] |= (uint64_t)SYNC << SCTLR_TCF0;
    mmu_context_changed(c);
    EXPECT(!Mem_read(c, A(1, 0x3000), 8, ACC_UNPRIV, &v));
    EXPECT_EQ(status(), FAULT_TAG);
}

TEST(tags_are_read_and_written_through_translation)
{
    unsigned tag;

    guest();
    map1(0x2000, page + 4096, D_NORMAL | D_TAGGED | D_RO);
    EXPECT(AArch64_MemTag_write(c, 0x1fe0, 32, 0, 7));
    EXPECT_EQ(phys_tag(&machine.mem, page + 0xff0), 7);
    EXPECT(AArch64_MemTag_read(c, A(3, 0x1fff), 0, &tag));
    EXPECT_EQ(tag, 7);
    EXPECT(!AArch64_MemTag_write(c, 0x1ff0, 32, 0, 8)); /* the second page is read-only: nothing changes */
    EXPECT_EQ(status(), FAULT_PERMISSION | 3);
    EXPECT_EQ(c->sysreg[SR_FAR_EL1], 0x2000);
    EXPECT_EQ(phys_tag(&machine.mem, page + 0xff0), 7);
    map1(0x4000, DEVICE, D_NORMAL | D_DEVICE);
    EXPECT(AArch64_MemTag_write(c, 0x4000, 16, 0, 8));
    EXPECT(AArch64_MemTag_read(c, 0x4000, 0, &tag));
    EXPECT_EQ(tag, 0);
    EXPECT(!AArch64_MemZero(c, 0x4010, 64, false, true)); /* DC GVA on Device memory */
    EXPECT_EQ(status(), FAULT_ALIGNMENT);
    EXPECT_EQ(c->sysreg[SR_FAR_EL1], 0x4010);
    map1(0x5000, DEVICE, D_NORMAL | D_TAGGED); /* no tags there */
    EXPECT(AArch64_MemTag_write(c, 0x5000, 16, 0, 8));
    EXPECT(AArch64_MemTag_read(c, 0x5000, 0, &tag));
    EXPECT_EQ(tag, 0);
    EXPECT_EQ(dev.reads + dev.writes, 0);
}

TEST_MAIN
