/* Syndromes, routing, FAR and HPFAR of aborts; AT and PAR_EL1. */
#include "tests/mmu/fixture.h"

static uint64_t esr(unsigned el) { return c->sysreg[el == EL2 ? SR_ESR_EL2 : SR_ESR_EL1]; }
static unsigned ec(unsigned el) { return (unsigned)(esr(el) >> 26); }
static uint32_t iss(unsigned el) { return (uint32_t)esr(el) & 0x1ffffff; }

TEST(data_abort_to_the_same_el)
{
    uint64_t v;
    setup();
    stage1_on(true);
    at_pc(0xdeadbe0);
    EXPECT(!Mem_read(c, 0x1234, 4, 0, &v));
    EXPECT_EQ(ec(EL2), EC_DABT_SAME);
    EXPECT_EQ(iss(EL2), FAULT_TRANSLATION | 0);
    EXPECT_EQ(c->sysreg[SR_FAR_EL2], 0x1234);
    EXPECT_EQ(c->sysreg[SR_ELR_EL2], 0xdeadbe0);
    EXPECT(!Mem_write(c, 0x1234, 4, 0, 1));
    EXPECT_EQ(iss(EL2), FAULT_TRANSLATION | 0 | 0x40);
}

TEST(routing)
{
    uint64_t v;
    setup();
    stage1_on(false);
    at_el(EL0);
    EXPECT(!Mem_read(c, 0x1234, 4, 0, &v));
    EXPECT_EQ(c->pstate.EL, EL1);
    EXPECT_EQ(ec(EL1), EC_DABT_LOWER);
    stage1_on(true); /* TGE: EL0 to EL2 */
    at_el(EL0);
    EXPECT(!Mem_read(c, 0x1234, 4, 0, &v));
    EXPECT_EQ(c->pstate.EL, EL2);
    EXPECT_EQ(ec(EL2), EC_DABT_LOWER);
    /* External aborts at EL1 go to EL2 with TEA only. */
    stage1_on(false);
    map1(0x1000, 0x1000, D_NORMAL);
    EXPECT(!Mem_read(c, 0x1000, 4, 0, &v));
    EXPECT_EQ(iss(EL1), FAULT_EXTERNAL);
    EXPECT_EQ(c->pstate.EL, EL1);
    c->sysreg[SR_HCR_EL2] |= BIT(37);
    at_el(EL1);
    EXPECT(!Mem_read(c, 0x1000, 4, 0, &v));
    EXPECT_EQ(c->pstate.EL, EL2);
    EXPECT_EQ(iss(EL2), FAULT_EXTERNAL);
}

TEST(instruction_aborts)
{
    uint64_t pa;
    bool guarded;
    setup();
    stage1_on(true);
    map1(0x1000, RAM, D_NORMAL | D_PXN);
    map1(0x3000, DEVICE, D_NORMAL);
    c->pc = 0x1004;
    EXPECT(!mem_fetch_page(c, 0x1004, &pa, &guarded));
    EXPECT_EQ(ec(EL2), EC_IABT_SAME);
    EXPECT_EQ(iss(EL2), FAULT_PERMISSION | 3);
    EXPECT_EQ(c->sysreg[SR_FAR_EL2], 0x1004);
    EXPECT_EQ(c->sysreg[SR_ELR_EL2], 0x1004);
    c->pc = 0x3000;
    EXPECT(!mem_fetch_page(c, 0x3000, &pa, &guarded));
    EXPECT_EQ(iss(EL2), FAULT_EXTERNAL);
}

TEST(second_page_of_an_access)
{
    uint64_t v, p;
    setup();
    stage1_on(true);
    p = alloc(4096);
    map1(0x1000, p, D_NORMAL);
    ram_write(p + 0xff8, UINT64_C(0x0102030405060708));
    EXPECT(!Mem_write(c, 0x1ffc, 8, 0, ~UINT64_C(0)));
    EXPECT_EQ(c->sysreg[SR_FAR_EL2], 0x2000);
    EXPECT_EQ(ram_read(p + 0xff8), UINT64_C(0x0102030405060708)); /* nothing written */
    map1(0x2000, alloc(4096), D_NORMAL);
    EXPECT(Mem_write(c, 0x1ffc, 8, 0, UINT64_C(0x1122334455667788)));
    EXPECT(Mem_read(c, 0x1ffc, 8, 0, &v));
    EXPECT_EQ(v, UINT64_C(0x1122334455667788));
}

/* A guest at EL1 with everything mapped but one IPA. */
static uint64_t code;
static void guest(void)
{
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    code = alloc(4096);
    map1(0x8000, code, D_NORMAL);
    map1(0x9000, 0x09001000, D_NORMAL);
    at_pc(0x8000);
}
static uint32_t stage2_abort(uint32_t word, unsigned acc)
{
    uint64_t v;
    at_el(EL1);
    at_pc(0x8000);
    memcpy(phys_ram(&machine.mem, code, 4), &word, 4);
    EXPECT(acc & ACC_WRITE ? !Mem_write(c, 0x9018, 4, acc, 0) : !Mem_read(c, 0x9018, 4, acc, &v));
    EXPECT_EQ(c->pstate.EL, EL2);
    EXPECT_EQ(ec(EL2), EC_DABT_LOWER);
    return iss(EL2);
}

TEST(stage2_abort_registers)
{
    guest();
    uint32_t got = stage2_abort(0xb9401822, 0); /* ldr w2, [x1, #24] */
    EXPECT_EQ(got, 0x01000000 | 2 << 22 | 2 << 16 | FAULT_TRANSLATION | 1);
    EXPECT_EQ(c->sysreg[SR_FAR_EL2], 0x9018);
    EXPECT_EQ(c->sysreg[SR_HPFAR_EL2], 0x09001000 >> 12 << 4);
    EXPECT_EQ(c->sysreg[SR_ELR_EL2], 0x8000);
    EXPECT_EQ(stage2_abort(0xb9001822, ACC_WRITE), 0x01000040 | 2 << 22 | 2 << 16 | FAULT_TRANSLATION | 1);
    /* A permission fault leaves HPFAR_EL2 alone. */
    map2(0x09001000, RAM, S2_NORMAL | S2_RO);
    c->sysreg[SR_HPFAR_EL2] = 0x77;
    EXPECT_EQ(stage2_abort(0xb9001822, ACC_WRITE) & 0x3f, FAULT_PERMISSION | 3);
    EXPECT_EQ(c->sysreg[SR_HPFAR_EL2], 0x77);
}

TEST(fault_on_stage1_walk)
{
    uint64_t v, l1;
    guest();
    l1 = ram_read(ttbr0) & UINT64_C(0xfffffffff000);
    ram_write(ttbr0, UINT64_C(0x70000000) | 3); /* level 1 table at an IPA that stage 2 does not map */
    tlbi(EL1, TLBI_ALL, 0, 0, 0, 0);
    EXPECT(!Mem_read(c, 0x9018, 4, 0, &v));
    EXPECT_EQ(iss(EL2), 0x80 | FAULT_TRANSLATION | 2);
    EXPECT_EQ(c->sysreg[SR_HPFAR_EL2], UINT64_C(0x70000000) >> 12 << 4);
    EXPECT_EQ(c->sysreg[SR_FAR_EL2], 0x9018);
    (void)l1;
}

TEST(load_store_syndromes)
{
    static const struct {
        uint32_t word, want;
        const char *text;
    } rows[] = {
#define S(SAS, SSE, SRT, SF, AR) (1u << 24 | (SAS) << 22 | (SSE) << 21 | (SRT) << 16 | (SF) << 15 | (AR) << 14)
        { 0x39400020, S(0, 0, 0, 0, 0), "ldrb w0, [x1]" },
        { 0x79400023, S(1, 0, 3, 0, 0), "ldrh w3, [x1]" },
        { 0xb9400024, S(2, 0, 4, 0, 0), "ldr w4, [x1]" },
        { 0xf9400025, S(3, 0, 5, 1, 0), "ldr x5, [x1]" },
        { 0x39800026, S(0, 1, 6, 1, 0), "ldrsb x6, [x1]" },
        { 0x39c00027, S(0, 1, 7, 0, 0), "ldrsb w7, [x1]" },
        { 0x79800028, S(1, 1, 8, 1, 0), "ldrsh x8, [x1]" },
        { 0x79c00029, S(1, 1, 9, 0, 0), "ldrsh w9, [x1]" },
        { 0xb980002a, S(2, 1, 10, 1, 0), "ldrsw x10, [x1]" },
        { 0x3900002b, S(0, 0, 11, 0, 0), "strb w11, [x1]" },
        { 0xf900003f, S(3, 0, 31, 1, 0), "str xzr, [x1]" },
        { 0xb85fc02c, S(2, 0, 12, 0, 0), "ldur w12, [x1, #-4]" },
        { 0xb862682d, S(2, 0, 13, 0, 0), "ldr w13, [x1, x2]" },
        { 0xf8227822, S(3, 0, 2, 1, 0), "str x2, [x1, x2, lsl #3]" },
        { 0xb840082e, S(2, 0, 14, 0, 0), "ldtr w14, [x1]" },
        { 0xf800082e, S(3, 0, 14, 1, 0), "sttr x14, [x1]" },
        { 0x88dffc2f, S(2, 0, 15, 0, 1), "ldar w15, [x1]" },
        { 0xc89ffc2f, S(3, 0, 15, 1, 1), "stlr x15, [x1]" },
        { 0x089ffc30, S(0, 0, 16, 0, 1), "stlrb w16, [x1]" },
        { 0xb8bfc031, S(2, 0, 17, 0, 1), "ldapr w17, [x1]" },
        { 0xd9400032, S(3, 0, 18, 1, 1), "ldapur x18, [x1]" },
        { 0x19800033, S(0, 1, 19, 1, 1), "ldapursb x19, [x1]" },
        { 0x99000034, S(2, 0, 20, 0, 1), "stlur w20, [x1]" },
        { 0x58000021, S(3, 0, 1, 1, 0), "ldr x1, . + 4" },
        { 0x98000021, S(2, 1, 1, 1, 0), "ldrsw x1, . + 4" },
        { 0xf8200435, S(3, 0, 21, 1, 0), "ldraa x21, [x1]" },
        { 0xf8200c35, 0, "ldraa x21, [x1]!" },
        { 0xd9600020, 0, "ldg x0, [x1]" },
        { 0xd9200820, 0, "stg x0, [x1]" },
        { 0xb8404420, 0, "ldr w0, [x1], #4" },
        { 0xb8004c20, 0, "str w0, [x1, #4]!" },
        { 0xa9400420, 0, "ldp x0, x1, [x1]" },
        { 0x29000420, 0, "stp w0, w1, [x1]" },
        { 0xc85f7c20, 0, "ldxr x0, [x1]" },
        { 0xc8007c22, 0, "stxr w0, x2, [x1]" },
        { 0xc85ffc20, 0, "ldaxr x0, [x1]" },
        { 0xb8200020, 0, "ldadd w0, w0, [x1]" },
        { 0x88a07c22, 0, "cas w0, w2, [x1]" },
        { 0xb8208020, 0, "swp w0, w0, [x1]" },
        { 0x3dc00020, 0, "ldr q0, [x1]" },
        { 0xbd400020, 0, "ldr s0, [x1]" },
        { 0x5c000020, 0, "ldr d0, . + 4" },
        { 0xf9800020, 0, "prfm pldl1keep, [x1]" },
        { 0xd50b7421, 0, "dc zva, x1" },
        { 0x4c407020, 0, "ld1 {v0.16b}, [x1]" },
        { 0xa5404020, 0, "ld1w {z0.s}, p0/z, [x1]" },
#undef S
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (LSInstructionSyndrome(rows[i].word) != rows[i].want)
            FAIL("%s: %#x, expected %#x", rows[i].text, LSInstructionSyndrome(rows[i].word), rows[i].want);
}

TEST(atomics_fault_as_reads_first)
{
    setup();
    stage1_on(true);
    EXPECT(!mem_atomic(c, 0x1000, 8, 0));
    EXPECT_EQ(iss(EL2), FAULT_TRANSLATION | 0); /* WnR = 0: a read would have faulted too */
    map1(0x1000, RAM, D_NORMAL | D_RO);
    EXPECT(!mem_atomic(c, 0x1000, 8, 0));
    EXPECT_EQ(iss(EL2), FAULT_PERMISSION | 3 | 0x40);
}

TEST(cache_maintenance)
{
    setup();
    stage1_on(true);
    EXPECT(!mem_probe(c, 0x1000, 1, ACC_CACHE_OP));
    EXPECT_EQ(iss(EL2), FAULT_TRANSLATION | 0 | 0x140); /* CM, WnR */
    map1(0x1000, RAM, D_NORMAL | D_RO);
    EXPECT(mem_probe(c, 0x1000, 1, ACC_CACHE_OP));
    EXPECT(!mem_probe(c, 0x1000, 1, ACC_CACHE_OP | ACC_WRITE));
    at_el(EL0);
    EXPECT(!mem_probe(c, 0x1000, 1, ACC_CACHE_OP));
    EXPECT_EQ(iss(EL2), FAULT_PERMISSION | 3 | 0x140);
}

TEST(why_is_explained)
{
    uint64_t v;
    setup();
    stage1_on(true);
    EXPECT(!Mem_read(c, 0x1234, 4, 0, &v));
    char why[512];
    why_text(why_last(c), why, sizeof(why));
    EXPECT(strstr(why, "translation fault stage 1 level"));
    EXPECT(strstr(why, "VA 0x1234"));
}

/* ---- AT ---- */

TEST(at_stage1)
{
    uint64_t p;
    setup();
    stage1_on(true);
    p = alloc(4096);
    map1(0x1000, p, D_NORMAL | D_RO);
    AArch64_AT(c, 0x1234, AT_S1E1R); /* E2H and TGE: the EL2&0 regime */
    EXPECT_EQ(c->sysreg[SR_PAR_EL1], UINT64_C(0xff) << 56 | p | 0x800 | 3 << 7);
    AArch64_AT(c, 0x1234, AT_S1E1W);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1], 0x801 | (FAULT_PERMISSION | 3) << 1);
    AArch64_AT(c, 0x1234, AT_S1E0R);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1], 0x801 | (FAULT_PERMISSION | 3) << 1);
    AArch64_AT(c, 0x2000, AT_S1E2R);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1], 0x801 | (FAULT_TRANSLATION | 3) << 1);
    map1(0x3000, DEVICE, D_NORMAL | D_DEVICE);
    AArch64_AT(c, 0x3000, AT_S1E2W);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1], UINT64_C(4) << 56 | DEVICE | 0x800 | 2 << 7);
}

TEST(at_from_a_hypervisor)
{
    uint64_t p;
    setup();
    stage1_on(false);
    stage2_on();
    map2_ram();
    p = alloc(4096);
    map1(0x1000, 0x5000, D_NORMAL);
    map2(0x5000, p, S2_NORMAL | S2_RW);
    at_el(EL2);
    c->sysreg[SR_HCR_EL2] |= HCR_E2H; /* KVM: TGE = 0 while it looks at a guest */
    mmu_context_changed(c);
    AArch64_AT(c, 0x1008, AT_S1E1R);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1] & UINT64_C(0xfffffffff000), 0x5000);
    AArch64_AT(c, 0x1008, AT_S12E1R);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1] & UINT64_C(0xfffffffff000), p);
    map1(0x2000, 0x6000, D_NORMAL);
    AArch64_AT(c, 0x2000, AT_S1E1R);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1] & 1, 0);
    AArch64_AT(c, 0x2000, AT_S12E1R); /* stage 2 fault, reported */
    EXPECT_EQ(c->sysreg[SR_PAR_EL1], 0xa01 | (FAULT_TRANSLATION | 3) << 1);
    ram_write(ttbr0, UINT64_C(0x70000000) | 3);
    AArch64_AT(c, 0x2000, AT_S1E1R); /* on the walk: reported at EL2 */
    EXPECT_EQ(c->sysreg[SR_PAR_EL1], 0xb01 | (FAULT_TRANSLATION | 2) << 1);
    EXPECT_EQ(c->pstate.EL, EL2);
    at_el(EL1);
    AArch64_AT(c, 0x2000, AT_S1E1R); /* at EL1: taken to EL2 */
    EXPECT_EQ(c->pstate.EL, EL2);
    EXPECT_EQ(iss(EL2), 0x1c0 | FAULT_TRANSLATION | 2);
    EXPECT_EQ(c->sysreg[SR_HPFAR_EL2], UINT64_C(0x70000000) >> 12 << 4);
}

TEST(at_and_pan)
{
    setup();
    stage1_on(true);
    map1(0x1000, RAM, D_NORMAL | D_EL0);
    c->pstate.PAN = 1;
    mmu_context_changed(c);
    AArch64_AT(c, 0x1000, AT_S1E1R);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1] & 1, 0);
    AArch64_AT(c, 0x1000, AT_S1E1RP);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1] & 1, 1);
    c->pstate.PAN = 0;
    AArch64_AT(c, 0x1000, AT_S1E1WP);
    EXPECT_EQ(c->sysreg[SR_PAR_EL1] & 1, 0);
}

TEST_MAIN
