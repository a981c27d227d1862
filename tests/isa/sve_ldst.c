/* SVE loads and stores: addresses, extension, predication, and what is left after a fault. */
#include "tests/isa/sve.h"

/* Eight 4 KiB pages from RUN1_RAM on: the last of them may not be accessed, the one before only read. Page tables
 * follow in the same RAM. */
enum { PAGES = 8, NO_PAGE = RUN1_RAM + (PAGES - 1) * 4096, READ_ONLY = NO_PAGE - 4096, TABLES = RUN1_RAM + 0x8000 };
enum { TABLE = 3, PAGE = 3 | 1 << 10 | 3 << 8, AP_READ_ONLY = 1 << 7 };

static void put64(struct cpu *t, uint64_t va, uint64_t x) { memcpy(run1_ram(t, va), &x, 8); }
static void mmu_on(struct cpu *t)
{
    put64(t, TABLES + 8, (TABLES + 0x1000) | TABLE); /* level 1, VA 1 GiB */
    put64(t, TABLES + 0x1000, (TABLES + 0x2000) | TABLE);
    for (unsigned i = 0; i < PAGES; i++) {
        uint64_t va = RUN1_RAM + i * UINT64_C(4096);
        put64(t, TABLES + 0x2000 + i * 8, va == NO_PAGE ? 0 : va | PAGE | (va == READ_ONLY ? AP_READ_ONLY : 0));
    }
    t->sysreg[SR_TTBR0_EL1] = TABLES;
    t->sysreg[SR_TCR_EL1] = 25 | 1 << 23; /* 39 bits, 4 KiB, no TTBR1 */
    t->sysreg[SR_MAIR_EL1] = 0xff;
    t->sysreg[SR_SCTLR_EL1] |= 1;
    mmu_reset(t);
    mmu_context_changed(t);
}
/* Bytes 0, 1, 2, ... at va. */
static void fill_bytes(struct cpu *t, uint64_t va, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        *run1_ram(t, va + i) = (uint8_t)i;
}
static unsigned fault_status(const struct cpu *t) { return t->sysreg[SR_ESR_EL1] & 0x3f; }

TEST_ALL_VL(whole_registers)
{
    unsigned length = CurrentVL(t) / 8;

    fill_bytes(t, RUN1_RAM + 0x100, length);
    t->gpr[1] = RUN1_RAM + 0x100 + length;
    run1(t, "ldr z0, [x1, #-1, mul vl]", 0x85bf5c20);
    for (unsigned e = 0; e < length; e++)
        EXPECT_Z(t, 0, e, 8, e);
    set_p_even(t, 0, 8);
    run1(t, "str p0, [x1, #3, mul vl]", 0xe5800c20);
    EXPECT_EQ(*run1_ram(t, t->gpr[1] + 3 * length / 8), 0x55);
}

TEST_ALL_VL(contiguous_extended)
{
    fill_bytes(t, RUN1_RAM + 0x80, 256);
    t->gpr[1] = RUN1_RAM, t->gpr[2] = 0x80;
    set_p_even(t, 0, 32);
    run1(t, "ld1b { z0.s }, p0/z, [x1, x2]", 0xa4424020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e % 2 ? 0 : e);
    memset(run1_ram(t, RUN1_RAM), 0xfe, 0x100);
    set_p_all(t, 0);
    run1(t, "ld1sh { z0.d }, p0/z, [x1, #1, mul vl]", 0xa501a020); /* one vector of halfwords further */
    EXPECT_Z_ALL(t, 0, 64, (int16_t)0xfefe);
}

TEST_ALL_VL(structures_wrap_after_z31)
{
    uint64_t base = RUN1_RAM + 0x400;

    for (unsigned i = 0; i < 2 * elements(t, 32); i++)
        put64(t, base + 4 * i, i);
    t->gpr[1] = base - 2 * (CurrentVL(t) / 8), set_p_all(t, 0);
    run1(t, "ld2w { z31.s, z0.s }, p0/z, [x1, #2, mul vl]", 0xa521e03f);
    for (unsigned e = 0; e < elements(t, 32); e++) {
        EXPECT_Z(t, 31, e, 32, 2 * e);
        EXPECT_Z(t, 0, e, 32, 2 * e + 1);
    }
}

TEST_ALL_VL(store_structures_of_active_elements)
{
    t->gpr[1] = RUN1_RAM, t->gpr[2] = 5;
    set_z(t, 0, 8, 1), set_z(t, 1, 8, 2), set_z(t, 2, 8, 3);
    memset(run1_ram(t, RUN1_RAM), 0xaa, 1024);
    set_p_even(t, 0, 8);
    run1(t, "st3b { z0.b, z1.b, z2.b }, p0, [x1, x2]", 0xe4426020);
    for (unsigned e = 0; e < elements(t, 8); e++)
        for (unsigned r = 0; r < 3; r++)
            EXPECT_EQ(*run1_ram(t, RUN1_RAM + 5 + 3 * e + r), e % 2 ? 0xaa : r + 1);
}

TEST_ALL_VL(a_faulting_load_changes_nothing)
{
    mmu_on(t);
    set_z(t, 0, 32, 77), set_p_all(t, 0);
    t->gpr[1] = NO_PAGE - 4 * (elements(t, 32) - 1), t->gpr[2] = 0;
    EXPECT(!run1(t, "ld1w { z0.s }, p0/z, [x1]", 0xa540a020));
    EXPECT_EQ(t->sysreg[SR_FAR_EL1], NO_PAGE);
    EXPECT_EQ(t->sysreg[SR_ESR_EL1] >> 24 & 1, 0); /* ISV */
    EXPECT_EQ(fault_status(t), FAULT_TRANSLATION | 3);
    EXPECT_Z_ALL(t, 0, 32, 77);
}
TEST_ALL_VL(inactive_elements_are_not_accessed)
{
    mmu_on(t);
    set_p_first(t, 0, 32, elements(t, 32) - 1);
    t->gpr[1] = NO_PAGE - 4 * (elements(t, 32) - 1);
    EXPECT(run1(t, "ld1w { z0.s }, p0/z, [x1]", 0xa540a020));
    SetP(t, 0, pred_bits(0));
    t->gpr[1] = NO_PAGE;
    EXPECT(run1(t, "st1w { z0.s }, p0, [x1]", 0xe540e020));
}
TEST_ALL_VL(a_faulting_store_writes_nothing)
{
    uint64_t base = READ_ONLY - 4 * (elements(t, 32) - 1);

    mmu_on(t);
    memset(run1_ram(t, READ_ONLY - 256), 0xaa, 512);
    set_z(t, 0, 32, 0), set_p_all(t, 0);
    t->gpr[1] = base;
    EXPECT(!run1(t, "st1w { z0.s }, p0, [x1]", 0xe540e020));
    EXPECT_EQ(t->sysreg[SR_FAR_EL1], READ_ONLY);
    EXPECT_EQ(t->sysreg[SR_ESR_EL1] >> 6 & 1, 1); /* WnR */
    EXPECT_EQ(fault_status(t), FAULT_PERMISSION | 3);
    for (unsigned i = 0; i < 512; i++)
        EXPECT_EQ(*run1_ram(t, READ_ONLY - 256 + i), 0xaa);
}

TEST_ALL_VL(first_fault_load_stops_at_the_page)
{
    mmu_on(t);
    memset(run1_ram(t, NO_PAGE - 256), 1, 256);
    set_p_all(t, 0), set_p_all(t, FFR);
    t->gpr[1] = NO_PAGE - 8, t->gpr[2] = 0;
    EXPECT(run1(t, "ldff1w { z0.s }, p0/z, [x1, x2, lsl #2]", 0xa5426020));
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e < 2 ? 0x01010101 : 0);
    EXPECT_EQ(pred_lowest(pred_bic(pred_bits(CurrentVL(t) / 8), GetP(t, FFR))), 8);
    EXPECT_EQ(pred_count(GetP(t, FFR)), 8);
}
TEST_ALL_VL(the_first_active_element_faults)
{
    struct pbits p = pred_bits(CurrentVL(t) / 8);

    mmu_on(t);
    p.w[0] &= ~UINT64_C(0xf); /* element 0 would not fault, but is inactive */
    SetP(t, 0, p), set_p_all(t, FFR);
    t->gpr[1] = NO_PAGE - 4, t->gpr[2] = 0;
    EXPECT(!run1(t, "ldff1w { z0.s }, p0/z, [x1, x2, lsl #2]", 0xa5426020));
    EXPECT_EQ(t->sysreg[SR_FAR_EL1], NO_PAGE);
    EXPECT_EQ(pred_count(GetP(t, FFR)), CurrentVL(t) / 8);
}
TEST_ALL_VL(a_non_fault_load_never_faults)
{
    mmu_on(t);
    set_z(t, 0, 8, 9), set_p_all(t, 0), set_p_all(t, FFR);
    t->gpr[1] = NO_PAGE;
    EXPECT(run1(t, "ldnf1b { z0.b }, p0/z, [x1]", 0xa410a020));
    EXPECT_Z_ALL(t, 0, 8, 0);
    EXPECT_EQ(pred_count(GetP(t, FFR)), 0);
}
TEST_ALL_VL(first_fault_gather)
{
    mmu_on(t);
    put64(t, RUN1_RAM + 0x40, 0x1122334455667788);
    set_z(t, 1, 64, RUN1_RAM + 0x40), SetElem(ZForWrite(t, 1), elements(t, 64) - 1, 64, NO_PAGE);
    set_p_all(t, 0), set_p_all(t, FFR);
    EXPECT(run1(t, "ldff1d { z0.d }, p0/z, [z1.d]", 0xc5a0e020));
    for (unsigned e = 0; e < elements(t, 64); e++)
        EXPECT_Z(t, 0, e, 64, e + 1 < elements(t, 64) ? 0x1122334455667788 : 0);
    EXPECT_EQ(pred_count(GetP(t, FFR)), CurrentVL(t) / 8 - 8);
}

TEST_ALL_VL(gather_with_signed_offsets)
{
    for (unsigned i = 0; i < 1024; i++)
        put64(t, RUN1_RAM + 4 * i, i);
    t->gpr[1] = RUN1_RAM + 2048, set_p_all(t, 0);
    set_z_index(t, 1, 32, (uint64_t)-3, 1);
    run1(t, "ld1w { z0.s }, p0/z, [x1, z1.s, sxtw #2]", 0x85614020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, 512 - 3 + e);
}
TEST_ALL_VL(scatter_is_in_element_order)
{
    t->gpr[1] = RUN1_RAM, set_p_all(t, 0);
    set_z(t, 1, 64, 2), set_z_index(t, 0, 64, 1, 1);
    run1(t, "st1d { z0.d }, p0, [x1, z1.d, lsl #3]", 0xe5a1a020);
    EXPECT_EQ(*run1_ram(t, RUN1_RAM + 16), elements(t, 64));
}

TEST_ALL_VL(broadcasts)
{
    fill_bytes(t, RUN1_RAM, 64);
    t->gpr[1] = RUN1_RAM, set_p_first(t, 0, 32, 3);
    run1(t, "ld1rqw { z0.s }, p0/z, [x1, #16]", 0xa5012020);
    for (unsigned e = 0; e < elements(t, 32); e++) /* the first bits of the predicate count for every quadword */
        EXPECT_Z(t, 0, e, 32, e % 4 == 3 ? 0 : 0x13121110 + (e % 4) * 0x04040404);
    run1(t, "ld1rh { z0.s }, p0/z, [x1, #2]", 0x84c1c020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e < 3 ? 0x0302 : 0);
}

TEST_ALL_VL(misaligned_stack_pointer)
{
    t->sysreg[SR_SCTLR_EL1] |= BIT(3); /* SA */
    t->gpr[SP_SLOT] = RUN1_RAM + 8;
    EXPECT(run1(t, "ld1w { z0.s }, p0/z, [sp]", 0xa540a3e0)); /* nothing active */
    set_p_all(t, 0);
    EXPECT(!run1(t, "ld1w { z0.s }, p0/z, [sp]", 0xa540a3e0));
    EXPECT_EQ(t->sysreg[SR_ESR_EL1] >> 26, EC_SP_ALIGN);
}
TEST_ALL_VL(alignment_checks)
{
    mmu_on(t);
    t->sysreg[SR_SCTLR_EL1] |= BIT(1); /* A */
    mmu_context_changed(t);
    set_p_all(t, 0);
    t->gpr[1] = RUN1_RAM + 2;
    EXPECT(!run1(t, "st1w { z0.s }, p0, [x1]", 0xe540e020));
    EXPECT_EQ(fault_status(t), FAULT_ALIGNMENT);
    t->gpr[1] = RUN1_RAM + 4 + CurrentVL(t) / 8;
    t->pstate.EL = EL1;
    EXPECT(!run1(t, "ldr z0, [x1, #-1, mul vl]", 0x85bf5c20)); /* of 16 bytes, though it moves bytes */
    EXPECT_EQ(fault_status(t), FAULT_ALIGNMENT);
}

TEST_ALL_VL(quadwords)
{
    unsigned quads = elements(t, 128);

    for (unsigned i = 0; i < 4 * quads + 4; i++)
        put64(t, RUN1_RAM + 8 * i, 100 + i);
    t->gpr[1] = RUN1_RAM, t->gpr[2] = RUN1_RAM + 8, set_p_all(t, 0);
    run1(t, "ld1w { z0.q }, p0/z, [x1]", 0xa5102020);
    for (unsigned e = 0; e < quads; e++) {
        EXPECT_Z(t, 0, 2 * e, 64, e % 2 ? 0 : 100 + e / 2);
        EXPECT_Z(t, 0, 2 * e + 1, 64, 0);
    }
    run1(t, "ld2q { z0.q, z1.q }, p0/z, [x1]", 0xa490e020);
    for (unsigned e = 0; e < quads; e++) {
        EXPECT_Z(t, 0, 2 * e, 64, 100 + 4 * e);
        EXPECT_Z(t, 0, 2 * e + 1, 64, 101 + 4 * e);
        EXPECT_Z(t, 1, 2 * e, 64, 102 + 4 * e);
    }
    set_z(t, 1, 64, 16);
    run1(t, "ld1q { z0.q }, p0/z, [z1.d, x2]", 0xc402a020);
    for (unsigned e = 0; e < quads; e++)
        EXPECT_Z(t, 0, 2 * e, 64, 103);
    SetP(t, 0, pred_bits(1)); /* the first quadword */
    EXPECT(run1(t, "st2q { z0.q, z1.q }, p0, [x1]", 0xe4400020));
    EXPECT_EQ(*run1_ram(t, RUN1_RAM), 103);
    EXPECT_EQ(*run1_ram(t, RUN1_RAM + 24), 16);
    EXPECT_EQ(*run1_ram(t, RUN1_RAM + 32), 104);
}

TEST(ld1ro_needs_256_bits)
{
    struct cpu *t = run1_cpu();
    run1_reset(t, 128);
    EXPECT(!run1(t, "ld1row { z0.s }, p0/z, [x1]", 0xa5212020));
}

/* With the MMU off memory is Device, where what is not aligned faults: whole registers to 16 and to 2 bytes, though
 * they are accessed byte by byte; elements and pairs to their own size. */
TEST(alignment_in_device_memory)
{
    static const struct {
        const char *text;
        uint32_t word;
        unsigned align, bytes;
        bool write;
    } row[] = {
        { "ldr z3, [x0]", 0x85804003, 16, 32, false },
        { "str z3, [x0]", 0xe5804003, 16, 32, true },
        { "ldr p3, [x0]", 0x85800003, 2, 4, false },
        { "str p3, [x0]", 0xe5800003, 2, 4, true },
        { "ldr q3, [x0]", 0x3dc00003, 16, 16, false },
        { "ldp q3, q4, [x0]", 0xad401003, 16, 32, false },
        { "stp x3, x4, [x0]", 0xa9001003, 8, 16, true },
        { "ldp w3, w4, [x0]", 0x29401003, 4, 8, false },
        { "ld1 {v3.4s-v6.4s}, [x0]", 0x4c402803, 4, 64, false },
        { "st4 {v3.8h-v6.8h}, [x0]", 0x4c000403, 2, 64, true },
        { "ld1d {z3.d}, p0/z, [x0]", 0xa5e0a003, 8, 32, false },
        { "st1h {z3.s}, p0, [x0]", 0xe4c0e003, 2, 16, true },
        { "ld1rqw {z3.s}, p0/z, [x0]", 0xa5002003, 4, 16, false },
    };
    for (unsigned i = 0; i < sizeof(row) / sizeof(*row); i++)
        for (unsigned offset = 1; offset <= 16; offset *= 2) {
            struct cpu *cpu = run1_cpu();
            bool aligned = offset % row[i].align == 0;
            mmu_reset(cpu); /* the fast entries of run1_reset say Normal */
            memset(cpu->p[0], 0xff, sizeof(cpu->p[0]));
            memset(cpu->p[3], 0x55, sizeof(cpu->p[3])), memset(cpu->z[3], 0x55, sizeof(cpu->z[3]));
            cpu->gpr[0] = RUN1_RAM + 0x1000 + offset;
            memset(run1_ram(cpu, RUN1_RAM + 0x1000), 0xaa, 128);
            cpu->sysreg[SR_ID_AA64MMFR0_EL1] = 5;
            if (run1(cpu, row[i].text, row[i].word) != aligned)
                FAIL("%s at offset %u %s", row[i].text, offset, aligned ? "faults" : "does not fault");
            if (aligned)
                continue;
            EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] & 0x1ffffff, FAULT_ALIGNMENT | (uint32_t)row[i].write << 6);
            EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], RUN1_RAM + 0x1000 + offset);
            EXPECT_EQ(*run1_ram(cpu, RUN1_RAM + 0x1000 + offset), 0xaa);
            EXPECT_EQ(cpu->z[3][0] << 8 | cpu->p[3][0], 0x5555);
        }
}

TEST_MAIN
