/* FEAT_MTE2 and FEAT_MTE3: loads and stores of tags, which accesses are Tag Checked, and what a mismatch does. */
#include "isa/pred.h"
#include "tests/isa/run1.h"

enum {
    TABLE = RUN1_RAM + 0xf000,      /* stage 1, level 1: 1 GiB blocks */
    TAGGED = RUN1_RAM + 0x1000,     /* all of RAM is Tagged; */
    UNTAGGED = 0x80000000 + 0x1000, /* and can be reached Untagged here */
    NONE = 0,
    SYNC = 1,
    ASYNC = 2,
    ASYMM = 3,
};
#define A(TAG, ADDRESS) ((uint64_t)(TAG) << 56 | (ADDRESS))

static void put_table(unsigned index, uint64_t descriptor)
{
    memcpy(run1_ram(run1_cpu(), TABLE) + 8 * index, &descriptor, 8);
}

/* EL1, MMU on, TBI on, tags accessible, mismatches handled as tcf says; RAM is zero, its tags too. */
static struct cpu *tagged(unsigned tcf)
{
    struct cpu *cpu = run1_cpu();

    memset(cpu->mem->ram, 0, RUN1_RAM_SIZE);
    memset(cpu->mem->tags, 0, RUN1_RAM_SIZE >> 5);
    put_table(1, 0x40000000 | 0x741);          /* block, AF, inner shareable, EL0 too, attribute 0 */
    put_table(2, 0x40000000 | 0x701 | 1 << 2); /* not EL0, attribute 1 */
    run1_reset(cpu, 256);
    cpu->sysreg[SR_MAIR_EL1] = 0xfff0;
    cpu->sysreg[SR_TTBR0_EL1] = TABLE;
    cpu->sysreg[SR_TCR_EL1] = 25 | BIT(23) | BIT(37) | UINT64_C(2) << 32; /* 39 bits, EPD1, TBI0, 40-bit PA */
    cpu->sysreg[SR_SCTLR_EL1] |= BIT(0) | BIT(2) | BIT(43) | BIT(42) | (uint64_t)tcf << 40 | (uint64_t)tcf << 38;
    cpu->sysreg[SR_ID_AA64MMFR0_EL1] = 5;
    cpu->sysreg[SR_GMID_EL1] = cpu->sysreg[SR_DCZID_EL0] = 4;
    mmu_reset(cpu);
    return cpu;
}
static unsigned tag_at(struct cpu *cpu, uint64_t pa) { return phys_tag(cpu->mem, pa); }
static uint64_t data_at(struct cpu *cpu, uint64_t va)
{
    uint64_t v;
    memcpy(&v, run1_ram(cpu, va), 8);
    return v;
}
static unsigned status(const struct cpu *cpu) { return cpu->sysreg[SR_ESR_EL1] & 0x3f; }

/* ---- Words ---- */
static uint32_t tag_word(uint32_t base, int imm, unsigned n, unsigned t)
{
    return base | ((uint32_t)imm & 0x1ff) << 12 | n << 5 | t;
}
enum {
    LDG = (int)0xd9600000,
    STG = (int)0xd9200800,
    STZG = (int)0xd9600800,
    ST2G = (int)0xd9a00800,
    STZ2G = (int)0xd9e00800,
    POST = 0x400 ^ 0x800, /* xor with the offset form */
    PRE = 0xc00 ^ 0x800,
};
#define LDR(T, N)  (0xf9400000 | (N) << 5 | (T))
#define STR(T, N)  (0xf9000000 | (N) << 5 | (T))
#define LDRB(T, N) (0x39400000 | (N) << 5 | (T))
#define SP         31u

TEST(ldg_and_stg)
{
    struct cpu *cpu = tagged(SYNC);

    cpu->gpr[0] = A(5, TAGGED + 0x20), cpu->gpr[1] = A(9, 0x1234);
    EXPECT(run1(cpu, "stg x1, [x0, #-16]", tag_word((uint32_t)STG, -1, 0, 1)));
    EXPECT_EQ(tag_at(cpu, TAGGED + 0x10), 9);
    EXPECT_EQ(tag_at(cpu, TAGGED + 0x20), 0);
    EXPECT_EQ(tag_at(cpu, TAGGED), 0);
    cpu->gpr[2] = UINT64_C(0xffffffffffffffff);
    cpu->gpr[0] += 7; /* LDG aligns */
    EXPECT(run1(cpu, "ldg x2, [x0, #-16]", tag_word((uint32_t)LDG, -1, 0, 2)));
    EXPECT_EQ(cpu->gpr[2], UINT64_C(0xf9ffffffffffffff));
    EXPECT(!run1(cpu, "stg x1, [x0]", tag_word((uint32_t)STG, 0, 0, 1))); /* STG does not */
    EXPECT_EQ(status(cpu), FAULT_ALIGNMENT);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 6 & 1, 1); /* WnR */
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], A(5, TAGGED + 0x27));
}

TEST(tag_stores_write_back)
{
    struct cpu *cpu = tagged(SYNC);

    cpu->gpr[0] = TAGGED, cpu->gpr[1] = A(3, 0);
    EXPECT(run1(cpu, "stg x1, [x0], #32", tag_word((uint32_t)STG ^ POST, 2, 0, 1)));
    EXPECT_EQ(cpu->gpr[0], TAGGED + 32);
    EXPECT_EQ(tag_at(cpu, TAGGED), 3);
    EXPECT(run1(cpu, "st2g x1, [x0, #32]!", tag_word((uint32_t)ST2G ^ PRE, 2, 0, 1)));
    EXPECT_EQ(cpu->gpr[0], TAGGED + 64);
    EXPECT_EQ(tag_at(cpu, TAGGED + 48), 0);
    EXPECT_EQ(tag_at(cpu, TAGGED + 64), 3);
    EXPECT_EQ(tag_at(cpu, TAGGED + 80), 3);
    EXPECT_EQ(tag_at(cpu, TAGGED + 96), 0);
    cpu->gpr[SP_SLOT] = A(4, TAGGED);
    EXPECT(run1(cpu, "stg sp, [sp], #16", tag_word((uint32_t)STG ^ POST, 1, SP, SP)));
    EXPECT_EQ(cpu->gpr[SP_SLOT], A(4, TAGGED + 16));
    EXPECT_EQ(tag_at(cpu, TAGGED), 4);
}

TEST(tag_stores_zero_data)
{
    struct cpu *cpu = tagged(SYNC);

    memset(run1_ram(cpu, TAGGED), 0x55, 256);
    cpu->gpr[0] = A(8, TAGGED + 16), cpu->gpr[1] = A(3, 0); /* no Tag Check: tag 8 against 0 */
    EXPECT(run1(cpu, "stzg x1, [x0]", tag_word((uint32_t)STZG, 0, 0, 1)));
    EXPECT_EQ(data_at(cpu, TAGGED + 16) | data_at(cpu, TAGGED + 24), 0);
    EXPECT_EQ(data_at(cpu, TAGGED + 32), UINT64_C(0x5555555555555555));
    EXPECT_EQ(tag_at(cpu, TAGGED + 16), 3);
    EXPECT(run1(cpu, "stz2g x1, [x0, #32]", tag_word((uint32_t)STZ2G, 2, 0, 1)));
    EXPECT_EQ(data_at(cpu, TAGGED + 48) | data_at(cpu, TAGGED + 72), 0);
    EXPECT_EQ(data_at(cpu, TAGGED + 80), UINT64_C(0x5555555555555555));
    EXPECT_EQ(tag_at(cpu, TAGGED + 48) << 4 | tag_at(cpu, TAGGED + 64), 0x33);
    cpu->gpr[0] += 8;
    EXPECT(!run1(cpu, "stzg x1, [x0]", tag_word((uint32_t)STZG, 0, 0, 1)));
    EXPECT_EQ(status(cpu), FAULT_ALIGNMENT);
    EXPECT_EQ(data_at(cpu, TAGGED + 32), UINT64_C(0x5555555555555555));
}

TEST(stgp)
{
    struct cpu *cpu = tagged(SYNC);

    cpu->gpr[0] = A(6, TAGGED + 64), cpu->gpr[1] = 11, cpu->gpr[2] = 12;
    EXPECT(run1(cpu, "stgp x1, x2, [x0, #-16]!", 0x69800000 | 0x7fu << 15 | 2 << 10 | 0 << 5 | 1));
    EXPECT_EQ(cpu->gpr[0], A(6, TAGGED + 48));
    EXPECT_EQ(data_at(cpu, TAGGED + 48), 11);
    EXPECT_EQ(data_at(cpu, TAGGED + 56), 12);
    EXPECT_EQ(tag_at(cpu, TAGGED + 48), 6);
    EXPECT(run1(cpu, "stgp x2, x1, [x0], #32", 0x68800000 | 2 << 15 | 1 << 10 | 0 << 5 | 2));
    EXPECT_EQ(data_at(cpu, TAGGED + 48), 12);
    EXPECT_EQ(cpu->gpr[0], A(6, TAGGED + 80));
    cpu->gpr[0] += 8;
    EXPECT(!run1(cpu, "stgp x2, x1, [x0]", 0x69000000 | 1 << 10 | 0 << 5 | 2));
    EXPECT_EQ(status(cpu), FAULT_ALIGNMENT);
}

TEST(blocks_of_tags)
{
    struct cpu *cpu = tagged(SYNC);

    cpu->gpr[0] = TAGGED + 0x48, cpu->gpr[1] = UINT64_C(0xfedcba9876543210);
    EXPECT(run1(cpu, "stgm x1, [x0]", 0xd9a00000 | 0 << 5 | 1)); /* 64 bytes: tags 4 to 7 of their 256 bytes */
    EXPECT_EQ(tag_at(cpu, TAGGED + 0x30), 0);
    for (unsigned i = 4; i < 8; i++)
        EXPECT_EQ(tag_at(cpu, TAGGED + 16 * i), i);
    EXPECT_EQ(tag_at(cpu, TAGGED + 0x80), 0);
    EXPECT(run1(cpu, "ldgm x2, [x0]", 0xd9e00000 | 0 << 5 | 2));
    EXPECT_EQ(cpu->gpr[2], 0x76540000);
    memset(run1_ram(cpu, TAGGED), 0x55, 256);
    cpu->gpr[1] = 0x1d;
    EXPECT(run1(cpu, "stzgm x1, [x0]", 0xd9200000 | 0 << 5 | 1));
    for (unsigned i = 4; i < 8; i++)
        EXPECT_EQ(tag_at(cpu, TAGGED + 16 * i), 13);
    EXPECT_EQ(tag_at(cpu, TAGGED + 0x80), 0);
    EXPECT_EQ(data_at(cpu, TAGGED + 0x40) | data_at(cpu, TAGGED + 0x78), 0);
    EXPECT_EQ(data_at(cpu, TAGGED + 0x80), UINT64_C(0x5555555555555555));
    cpu->pstate.EL = EL0;
    mmu_context_changed(cpu);
    EXPECT(!run1(cpu, "ldgm x2, [x0]", 0xd9e00000 | 0 << 5 | 2));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 26, EC_UNKNOWN);
}

TEST(dc_gva_and_gzva)
{
    struct cpu *cpu = tagged(SYNC);

    memset(run1_ram(cpu, TAGGED), 0x55, 256);
    cpu->gpr[0] = A(7, TAGGED + 0x48);
    EXPECT(run1(cpu, "sys dc gva", 0xd50b7460));
    EXPECT_EQ(data_at(cpu, TAGGED + 0x40), UINT64_C(0x5555555555555555));
    for (unsigned i = 0; i < 12; i++)
        EXPECT_EQ(tag_at(cpu, TAGGED + 16 * i), i / 4 == 1 ? 7 : 0);
    cpu->gpr[0] = A(2, TAGGED + 0x8f);
    EXPECT(run1(cpu, "sys dc gzva", 0xd50b7480));
    EXPECT_EQ(tag_at(cpu, TAGGED + 0xb0), 2);
    EXPECT_EQ(data_at(cpu, TAGGED + 0x80) | data_at(cpu, TAGGED + 0xb8), 0);
    cpu->gpr[0] = A(7, TAGGED + 0x48); /* matches */
    EXPECT(run1(cpu, "sys dc zva", 0xd50b7420));
    EXPECT_EQ(data_at(cpu, TAGGED + 0x40), 0);
    cpu->gpr[0] = A(7, TAGGED + 0x88); /* does not */
    memset(run1_ram(cpu, TAGGED + 0x80), 0x55, 64);
    EXPECT(!run1(cpu, "sys dc zva", 0xd50b7420));
    EXPECT_EQ(status(cpu), FAULT_TAG);
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], A(7, TAGGED + 0x88));
    EXPECT_EQ(data_at(cpu, TAGGED + 0x80), UINT64_C(0x5555555555555555));
    EXPECT_EQ(tag_at(cpu, TAGGED + 0x80), 2);
}

TEST(without_access_tags_are_zero_and_stay)
{
    struct cpu *cpu = tagged(SYNC);

    phys_set_tag(cpu->mem, TAGGED, 5);
    cpu->sysreg[SR_SCTLR_EL1] &= ~BIT(43); /* ATA */
    mmu_context_changed(cpu);
    cpu->gpr[0] = A(5, TAGGED), cpu->gpr[1] = A(9, 0), cpu->gpr[2] = A(15, 0);
    EXPECT(run1(cpu, "ldg x2, [x0]", tag_word((uint32_t)LDG, 0, 0, 2)));
    EXPECT_EQ(cpu->gpr[2], 0);
    EXPECT(run1(cpu, "stg x1, [x0]", tag_word((uint32_t)STG, 0, 0, 1)));
    EXPECT_EQ(tag_at(cpu, TAGGED), 5);
    cpu->gpr[0] = A(4, TAGGED); /* nor are there checks */
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    cpu->sysreg[SR_SCTLR_EL1] |= BIT(43);
    cpu->sysreg[SR_HCR_EL2] &= ~BIT(56);
    mmu_context_changed(cpu);
    EXPECT(run1(cpu, "stg x1, [x0]", tag_word((uint32_t)STG, 0, 0, 1)));
    EXPECT_EQ(tag_at(cpu, TAGGED), 5);
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    cpu->gpr[1] = A(9, 0);
    EXPECT(run1(cpu, "stzg x1, [x0]", tag_word((uint32_t)STZG, 0, 0, 1)));
    EXPECT_EQ(tag_at(cpu, TAGGED), 5);
    cpu->gpr[0] = 0x1000; /* not mapped: faults all the same */
    EXPECT(!run1(cpu, "stg x1, [x0]", tag_word((uint32_t)STG, 0, 0, 1)));
    EXPECT_EQ(status(cpu), FAULT_TRANSLATION | 1);
    EXPECT(!run1(cpu, "ldg x2, [x0]", tag_word((uint32_t)LDG, 0, 0, 2)));
    EXPECT_EQ(status(cpu), FAULT_TRANSLATION | 1);
}

TEST(untagged_memory_has_no_tags)
{
    struct cpu *cpu = tagged(SYNC);

    phys_set_tag(cpu->mem, TAGGED, 5);
    cpu->gpr[0] = A(9, UNTAGGED), cpu->gpr[1] = A(8, 0), cpu->gpr[2] = UINT64_MAX;
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT(run1(cpu, "stg x1, [x0]", tag_word((uint32_t)STG, 0, 0, 1)));
    EXPECT_EQ(tag_at(cpu, TAGGED), 5);
    EXPECT(run1(cpu, "ldg x2, [x0]", tag_word((uint32_t)LDG, 0, 0, 2)));
    EXPECT_EQ(cpu->gpr[2], UINT64_C(0xf0ffffffffffffff));
}

/* ---- Tag Checks ---- */
TEST(synchronous)
{
    struct cpu *cpu = tagged(SYNC);

    phys_set_tag(cpu->mem, TAGGED + 16, 5);
    cpu->gpr[0] = A(5, TAGGED + 16), cpu->gpr[1] = 77;
    EXPECT(run1(cpu, "str x1, [x0]", STR(1, 0)));
    EXPECT(run1(cpu, "ldr x2, [x0]", LDR(2, 0)));
    EXPECT_EQ(cpu->gpr[2], 77);
    cpu->gpr[0] = A(4, TAGGED + 16);
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x25) << 26 | BIT(25) | FAULT_TAG);
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], A(4, TAGGED + 16));
    EXPECT_EQ(cpu->pstate.TCO, 1); /* by the exception */
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT(run1(cpu, "msr tco, #0", 0xd503409f));
    cpu->gpr[1] = 78;
    EXPECT(!run1(cpu, "str x1, [x0]", STR(1, 0)));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x25) << 26 | BIT(25) | BIT(6) | FAULT_TAG);
    EXPECT_EQ(data_at(cpu, TAGGED + 16), 77);
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1] | cpu->sysreg[SR_TFSRE0_EL1], 0);
}

static void clear_tco(struct cpu *cpu)
{
    cpu->pstate.TCO = 0;
    mmu_context_changed(cpu);
}

TEST(far_is_the_first_byte_of_the_granule_that_differs)
{
    struct cpu *cpu = tagged(SYNC);

    phys_set_tag(cpu->mem, TAGGED + 16, 1); /* between granules of tag 0 */
    cpu->gpr[0] = TAGGED + 12;
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], TAGGED + 16);
    clear_tco(cpu);
    cpu->gpr[0] = A(1, TAGGED + 12);
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], A(1, TAGGED + 12));
    clear_tco(cpu);
    cpu->gpr[0] = TAGGED - 8; /* pages */
    phys_set_tag(cpu->mem, TAGGED, 1);
    EXPECT(!run1(cpu, "ldp x3, x4, [x0]", 0xa9400000 | 4 << 10 | 0 << 5 | 3));
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], TAGGED);
    clear_tco(cpu);
    cpu->gpr[0] = TAGGED - 16;
    EXPECT(run1(cpu, "ldp x3, x4, [x0]", 0xa9400000 | 4 << 10 | 0 << 5 | 3));
}

TEST(asynchronous)
{
    struct cpu *cpu = tagged(ASYNC);

    cpu->gpr[0] = A(4, TAGGED), cpu->gpr[1] = 78;
    EXPECT(run1(cpu, "str x1, [x0]", STR(1, 0)));
    EXPECT_EQ(data_at(cpu, TAGGED), 78);
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 1);
    EXPECT_EQ(cpu->sysreg[SR_TFSRE0_EL1], 0);
    cpu->sysreg[SR_TFSR_EL1] = 0;
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(cpu->gpr[3], 78);
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 1);
    cpu->sysreg[SR_TFSR_EL1] = 0;
    EXPECT(run1(cpu, "ldtr x3, [x0]", 0xf8400800 | 0 << 5 | 3)); /* as EL0: its TCF0, its register */
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 0);
    EXPECT_EQ(cpu->sysreg[SR_TFSRE0_EL1], 1);
    cpu->sysreg[SR_TFSRE0_EL1] = 0;
    cpu->pstate.EL = EL0;
    mmu_context_changed(cpu);
    EXPECT(run1(cpu, "ldrb w3, [x0]", LDRB(3, 0)));
    EXPECT_EQ(cpu->sysreg[SR_TFSRE0_EL1], 1);
}

TEST(asymmetric)
{
    struct cpu *cpu = tagged(ASYMM);

    cpu->gpr[0] = A(4, TAGGED), cpu->gpr[1] = 78;
    EXPECT(run1(cpu, "str x1, [x0]", STR(1, 0)));
    EXPECT_EQ(data_at(cpu, TAGGED), 78);
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 1);
    cpu->sysreg[SR_TFSR_EL1] = 0;
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(status(cpu), FAULT_TAG);
    clear_tco(cpu);
    EXPECT(!run1(cpu, "ldadd x1, x3, [x0]", 0xf8200000 | 1 << 16 | 0 << 5 | 3)); /* reads too */
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] & 0x7f, FAULT_TAG);
    EXPECT_EQ(data_at(cpu, TAGGED), 78);
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 0);
    run1_set_feature(FEAT_MTE3, false);
    clear_tco(cpu);
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 0);
    run1_set_feature(FEAT_MTE3, true);
}

TEST(no_effect)
{
    struct cpu *cpu = tagged(NONE);

    cpu->gpr[0] = A(4, TAGGED);
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 0);
    EXPECT(tlb_hit(cpu, tlb_slot(cpu, cpu->gpr[0])->read_tag, cpu->gpr[0], 8)); /* at no cost */
    cpu->sysreg[SR_SCTLR_EL1] |= UINT64_C(1) << 40;
    mmu_context_changed(cpu);
    EXPECT(!tlb_hit(cpu, tlb_slot(cpu, cpu->gpr[0])->read_tag, cpu->gpr[0], 8));
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
}

TEST(tcma_and_tbi)
{
    struct cpu *cpu = tagged(SYNC);

    phys_set_tag(cpu->mem, TAGGED, 3);
    cpu->gpr[0] = TAGGED;
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    clear_tco(cpu);
    cpu->sysreg[SR_TCR_EL1] |= BIT(57); /* TCMA0: tag 0 is Unchecked */
    mmu_context_changed(cpu);
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    cpu->gpr[0] = A(4, TAGGED);
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    cpu->gpr[0] = TAGGED;
    cpu->sysreg[SR_TCR_EL1] &= ~(BIT(57) | BIT(37));
    clear_tco(cpu);
    EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0))); /* without TBI nothing is checked */
}

TEST(el2_and_its_hosts)
{
    struct cpu *cpu = tagged(SYNC);

    for (unsigned i = 0; i < 2; i++) { /* not host, host */
        cpu->pstate.EL = EL2;
        cpu->sysreg[SR_HCR_EL2] = HCR_RW | (i ? HCR_E2H | HCR_TGE : 0);
        cpu->sysreg[SR_TTBR0_EL2] = cpu->sysreg[SR_TTBR0_EL1];
        cpu->sysreg[SR_MAIR_EL2] = cpu->sysreg[SR_MAIR_EL1];
        cpu->sysreg[SR_TCR_EL2] = i ? cpu->sysreg[SR_TCR_EL1] : 25 | 2 << 16 | BIT(20) | BIT(31) | BIT(23);
        cpu->sysreg[SR_SCTLR_EL2] = BIT(0) | BIT(2) | BIT(43) | (uint64_t)ASYNC << 40;
        cpu->sysreg[SR_TFSR_EL2] = 0;
        mmu_context_changed(cpu);
        cpu->gpr[0] = A(4, TAGGED);
        EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
        EXPECT_EQ(cpu->sysreg[SR_TFSR_EL2], 1);
        cpu->sysreg[SR_SCTLR_EL2] ^= (uint64_t)(ASYNC ^ SYNC) << 40;
        mmu_context_changed(cpu);
        EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
        EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] & 0x3f, FAULT_TAG);
        clear_tco(cpu);
        if (!i) {
            cpu->gpr[0] = TAGGED;
            phys_set_tag(cpu->mem, TAGGED, 9);
            cpu->sysreg[SR_TCR_EL2] |= BIT(30); /* TCMA */
            mmu_context_changed(cpu);
            EXPECT(run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
        }
        phys_set_tag(cpu->mem, TAGGED, 0);
    }
    cpu->pstate.EL = EL0; /* of the host: TCF0 of SCTLR_EL2, taken to EL2 */
    cpu->sysreg[SR_SCTLR_EL2] |= BIT(42) | (uint64_t)SYNC << 38;
    mmu_context_changed(cpu);
    EXPECT(!run1(cpu, "ldr x3, [x0]", LDR(3, 0)));
    EXPECT_EQ(cpu->pstate.EL, EL2);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] & 0x3f, FAULT_TAG);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] >> 26, EC_DABT_LOWER);
}

/* A base of SP with an immediate offset and no write-back is Tag Unchecked, and so are literals. */
TEST(unchecked_instructions)
{
    static const struct {
        const char *text;
        uint32_t word;
        bool checked;
    } row[] = {
        { "ldr x3, [sp]", LDR(3, SP), false },
        { "ldr x3, [x0]", LDR(3, 0), true },
        { "str x3, [sp, #8]", STR(3, SP) | 1 << 10, false },
        { "ldur x3, [sp, #8]", 0xf8408000 | SP << 5 | 3, false },
        { "ldr x3, [sp], #8", 0xf8408400 | SP << 5 | 3, true },
        { "ldr x3, [sp, #8]!", 0xf8408c00 | SP << 5 | 3, true },
        { "ldr x3, [sp, x9]", 0xf8606800 | 9 << 16 | SP << 5 | 3, true },
        { "ldr x3, literal", 0x58000043, false },
        { "ldr q3, literal", 0x9c000043, false },
        { "ldp x3, x4, [sp]", 0xa9400000 | 4 << 10 | SP << 5 | 3, false },
        { "ldp x3, x4, [sp], #16", 0xa8c10000 | 4 << 10 | SP << 5 | 3, true },
        { "ldp x3, x4, [sp, #16]!", 0xa9c10000 | 4 << 10 | SP << 5 | 3, true },
        { "ldnp x3, x4, [sp]", 0xa8400000 | 4 << 10 | SP << 5 | 3, false },
        { "ldr q3, [sp]", 0x3dc00000 | SP << 5 | 3, false },
        { "ldr q3, [sp, x9]", 0x3ce06800 | 9 << 16 | SP << 5 | 3, true },
        { "ldar x3, [sp]", 0xc8dffc00 | SP << 5 | 3, false },
        { "ldapur x3, [sp]", 0xd9400000 | SP << 5 | 3, false },
        { "ldxr x3, [sp]", 0xc85f7c00 | SP << 5 | 3, false },
        { "ldxr x3, [x0]", 0xc85f7c00 | 3, true },
        { "ldadd x3, x4, [sp]", 0xf8200000 | 3 << 16 | SP << 5 | 4, false },
        { "ldadd x3, x4, [x0]", 0xf8200000 | 3 << 16 | 4, true },
        { "cas x3, x4, [sp]", 0xc8a07c00 | 3 << 16 | SP << 5 | 4, false },
        { "ldraa x3, [sp]", 0xf8200400 | SP << 5 | 3, false },
        { "ldraa x3, [sp]!", 0xf8200c00 | SP << 5 | 3, true },
        { "ld1 {v3.16b}, [sp]", 0x4c407000 | SP << 5 | 3, false },
        { "ld1 {v3.16b}, [sp], #16", 0x4cdf7000 | SP << 5 | 3, true },
        { "ld1 {v3.b}[0], [sp]", 0x0d400000 | SP << 5 | 3, false },
        { "ldiapp x3, x4, [sp]", 0xd9401800 | 4 << 16 | SP << 5 | 3, false },
        { "ldiapp x3, x4, [sp], #16", 0xd9400800 | 4 << 16 | SP << 5 | 3, true },
        { "ldapr x3, [sp], #8", 0xd9c00800 | SP << 5 | 3, true },
        { "ldr z3, [sp]", 0x85804000 | SP << 5 | 3, false },
        { "ldr z3, [x0]", 0x85804000 | 3, true },
        { "ld1d {z3.d}, p0/z, [sp]", 0xa5e0a000 | SP << 5 | 3, false },
        { "ld1d {z3.d}, p0/z, [x0]", 0xa5e0a000 | 3, true },
        { "ld1d {z3.d}, p0/z, [sp, x9, lsl #3]", 0xa5e04000 | 9 << 16 | SP << 5 | 3, true },
        { "ld1d {z3.d}, p0/z, [sp, z31.d]", 0xc5c0c000 | 31 << 16 | SP << 5 | 3, true },
        { "ld1rd {z3.d}, p0/z, [sp]", 0x85c0e000 | SP << 5 | 3, false },
        { "ld1rqd {z3.d}, p0/z, [sp]", 0xa5802000 | SP << 5 | 3, false },
        { "ld2d {z3.d, z4.d}, p0/z, [sp]", 0xa5a0e000 | SP << 5 | 3, false },
        { "st1d {z3.d}, p0, [sp]", 0xe5e0e000 | SP << 5 | 3, false },
        { "st1d {z3.d}, p0, [sp, x9, lsl #3]", 0xe5e04000 | 9 << 16 | SP << 5 | 3, true },
        { "ldnt1d {z2.d-z3.d}, pn8/z, [sp]", 0xa0406001 | SP << 5 | 2, false },
    };
    for (unsigned i = 0; i < sizeof(row) / sizeof(*row); i++) {
        struct cpu *cpu = tagged(SYNC);
        cpu->gpr[0] = cpu->gpr[SP_SLOT] = A(4, TAGGED);
        cpu->page_va = TAGGED; /* literals */
        phys_set_tag(cpu->mem, TAGGED, 2), phys_set_tag(cpu->mem, TAGGED + 16, 2);
        memset(cpu->p[0], 0xff, sizeof(cpu->p[0]));
        SetP(cpu, 8, pred_bits(0));
        cpu->p[8][0] = 1 << 3, cpu->p[8][1] = 1; /* a counter of one doubleword */
        if (run1(cpu, row[i].text, row[i].word) == row[i].checked)
            FAIL("%s is %s", row[i].text, row[i].checked ? "not checked" : "checked");
        else if (row[i].checked)
            EXPECT_EQ(status(cpu), FAULT_TAG);
    }
}

/* An instruction that is executed by itself need not be decoded in its page. */
TEST(unchecked_instructions_stepped)
{
    for (unsigned checked = 0; checked < 2; checked++) {
        struct cpu *cpu = tagged(SYNC);
        uint32_t words[] = { LDR(2, checked ? 0 : SP), 0x14000000 }; /* B . */
        memcpy(run1_ram(cpu, RUN1_RAM), words, 8);
        cpu->gpr[0] = cpu->gpr[SP_SLOT] = A(4, TAGGED);
        cpu->pc = 0x80000000; /* RAM, executable at EL1 */
        cpu->ops = cpu->op = NULL;
        cpu->power = POWER_ON;
        cpu->debug_active = 1;
        cpu->deadline = cpu->icount + 1;
        uint64_t before = cpu->exceptions_taken;
        isa_run(cpu, true);
        cpu->debug_active = 0;
        EXPECT_EQ(cpu->exceptions_taken - before, checked);
        if (checked)
            EXPECT_EQ(status(cpu), FAULT_TAG);
    }
}

/* Other instructions at addresses that match and that do not. */
TEST(kinds_of_accesses)
{
    static const struct {
        const char *text;
        uint32_t word;
    } row[] = {
        { "ldtrb w3, [x0]", 0x38400800 | 3 },
        { "stlr x3, [x0]", 0xc89ffc00 | 3 },
        { "ldaxp x3, x4, [x0]", 0xc87f8000 | 4 << 10 | 3 },
        { "swp x3, x4, [x0]", 0xf8208000 | 3 << 16 | 4 },
        { "casp x4, x5, x6, x7, [x0]", 0x48207c00 | 4 << 16 | 6 },
        { "st4 {v3.16b-v6.16b}, [x0]", 0x4c000000 | 3 },
        { "ld4r {v3.b-v6.b}, [x0]", 0x4d60e000 | 3 },
        { "stp q3, q4, [x0]", 0xad000000 | 4 << 10 | 3 },
        { "str p3, [x0]", 0xe5800000 | 3 },
        { "ld1d {z3.d}, p0/z, [z1.d]", 0xc5a0c000 | 1 << 5 | 3 },
        { "st1b {z3.d}, p0, [z1.d]", 0xe440a000 | 1 << 5 | 3 },
        { "ldff1d {z3.d}, p0/z, [x0, xzr, lsl #3]", 0xa5e06000 | 31 << 16 | 3 },
    };
    for (unsigned i = 0; i < sizeof(row) / sizeof(*row); i++)
        for (unsigned tag = 4; tag < 6; tag++) {
            struct cpu *cpu = tagged(SYNC);
            for (unsigned n = 0; n < 16; n++)
                phys_set_tag(cpu->mem, TAGGED + 16 * n, 5);
            cpu->gpr[0] = A(tag, TAGGED);
            for (unsigned n = 0; n < 4; n++)
                memcpy(cpu->z[1] + 8 * n, &cpu->gpr[0], 8);
            memset(cpu->p[0], 0xff, sizeof(cpu->p[0]));
            if (run1(cpu, row[i].text, row[i].word) != (tag == 5))
                FAIL("%s, tag %u of 5", row[i].text, tag);
            if (tag != 5)
                EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] & 0x3f, FAULT_TAG);
        }
}

TEST(first_fault_and_non_fault)
{
    struct cpu *cpu = tagged(SYNC);

    memset(run1_ram(cpu, TAGGED), 1, 32);
    phys_set_tag(cpu->mem, TAGGED, 5);
    cpu->gpr[0] = A(5, TAGGED);
    memset(cpu->p[0], 0xff, sizeof(cpu->p[0]));
    SetP(cpu, FFR, pred_bits(32));
    EXPECT(run1(cpu, "ldff1d {z3.d}, p0/z, [x0, xzr, lsl #3]", 0xa5e06000 | 31 << 16 | 3));
    EXPECT_EQ(cpu->p[FFR][0] | cpu->p[FFR][1] << 8, 0xffff); /* two of four doublewords */
    EXPECT_EQ(cpu->p[FFR][2] | cpu->p[FFR][3], 0);
    cpu->gpr[0] = A(4, TAGGED);
    SetP(cpu, FFR, pred_bits(32));
    EXPECT(run1(cpu, "ldnf1d {z3.d}, p0/z, [x0]", 0xa5f0a000 | 3));
    EXPECT_EQ(cpu->p[FFR][0], 0);
    cpu->sysreg[SR_SCTLR_EL1] ^= (uint64_t)(SYNC ^ ASYNC) << 40;
    mmu_context_changed(cpu);
    EXPECT(run1(cpu, "ldnf1d {z3.d}, p0/z, [x0]", 0xa5f0a000 | 3));
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 0);
    EXPECT(run1(cpu, "ldff1d {z3.d}, p0/z, [x0, xzr, lsl #3]", 0xa5e06000 | 31 << 16 | 3));
    EXPECT_EQ(cpu->sysreg[SR_TFSR_EL1], 1); /* by the first element */
}

/* ---- Memory copy and set ---- */
TEST(mops_check_tags)
{
    struct cpu *cpu = tagged(SYNC);

    cpu->sysreg[SR_HCRX_EL2] = BIT(11);
    phys_set_tag(cpu->mem, TAGGED + 0x20, 1);
    cpu->gpr[0] = TAGGED, cpu->gpr[1] = 0x40, cpu->gpr[2] = 7;
    EXPECT(run1(cpu, "setp [x0]!, x1!, x2", 0x19c00400 | 2 << 16 | 1 << 5));
    EXPECT(!run1(cpu, "setm [x0]!, x1!, x2", 0x19c04400 | 2 << 16 | 1 << 5));
    EXPECT_EQ(status(cpu), FAULT_TAG);
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], TAGGED + 0x20);
    EXPECT_EQ(cpu->gpr[1], 0 - UINT64_C(0x40)); /* to be done again from there */
}

TEST(setg)
{
    struct cpu *cpu = tagged(SYNC);
    const uint32_t setgp = 0x1dc00400 | 2 << 16 | 1 << 5, setgm = setgp | 4 << 12, setge = setgp | 8 << 12;

    cpu->sysreg[SR_HCRX_EL2] = BIT(11);
    cpu->gpr[0] = A(9, TAGGED + 0xff0), cpu->gpr[1] = 0x60, cpu->gpr[2] = 0x77; /* over a page's end */
    EXPECT(run1(cpu, "setgp [x0]!, x1!, x2", setgp));
    while (cpu->gpr[1])
        if (!run1(cpu, "setgm [x0]!, x1!, x2", setgm)) {
            FAIL("SETGM faulted");
            break;
        }
    EXPECT(run1(cpu, "setge [x0]!, x1!, x2", setge));
    EXPECT_EQ(cpu->gpr[0], A(9, TAGGED + 0x1050));
    for (uint64_t a = TAGGED + 0xfe0; a < TAGGED + 0x1060; a += 16) {
        bool in = a >= TAGGED + 0xff0 && a < TAGGED + 0x1050;
        EXPECT_EQ(tag_at(cpu, a), in ? 9 : 0);
        EXPECT_EQ(data_at(cpu, a), in ? UINT64_C(0x7777777777777777) : 0);
    }
    cpu->gpr[0] = TAGGED, cpu->gpr[1] = 8;
    EXPECT(!run1(cpu, "setgp [x0]!, x1!, x2", setgp));
    EXPECT_EQ(status(cpu), FAULT_ALIGNMENT);
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], TAGGED);
    cpu->gpr[0] = TAGGED + 8, cpu->gpr[1] = 16;
    EXPECT(!run1(cpu, "setgp [x0]!, x1!, x2", setgp));
    cpu->gpr[1] = 0;
    EXPECT(run1(cpu, "setgp [x0]!, x1!, x2", setgp));
    cpu->gpr[0] = TAGGED, cpu->gpr[1] = UINT64_MAX & ~UINT64_C(15); /* saturates */
    EXPECT(run1(cpu, "setgp [x0]!, x1!, x2", setgp));
    EXPECT_EQ(cpu->gpr[1], 0 - UINT64_C(0x7ffffffffffffff0));
    cpu->gpr[0] = TAGGED + 8, cpu->gpr[1] = 0 - UINT64_C(16);
    EXPECT(!run1(cpu, "setgm [x0]!, x1!, x2", setgm));
    EXPECT_EQ(status(cpu), FAULT_ALIGNMENT);
    EXPECT_EQ(cpu->sysreg[SR_FAR_EL1], TAGGED - 8);
    cpu->pstate.C = 1;
    EXPECT(!run1(cpu, "setgm [x0]!, x1!, x2", setgm));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] & 0x1ffffff, BIT(24) | BIT(23) | BIT(17) | BIT(16) | 2 << 5 | 1);
}

/* ---- Registers ---- */
TEST(registers)
{
    static const uint32_t mrs[] = { 0xd53810a0, 0xd53810c0, 0xd5385600, 0xd5385620 }; /* RGSR, GCR, TFSR, TFSRE0 */
    struct cpu *cpu = tagged(SYNC);

    for (unsigned i = 0; i < 4; i++) {
        EXPECT(run1_word(cpu, mrs[i]));
        EXPECT(run1_word(cpu, mrs[i] & ~(1u << 21)));
        cpu->sysreg[SR_HCR_EL2] &= ~BIT(56); /* ATA */
        EXPECT(!run1_word(cpu, mrs[i]));
        EXPECT_EQ(cpu->pstate.EL, EL2);
        EXPECT_EQ(cpu->sysreg[SR_ESR_EL2] >> 26, EC_SYS64);
        cpu->pstate.EL = EL1;
        cpu->sysreg[SR_HCR_EL2] |= BIT(56);
        mmu_context_changed(cpu);
    }
    EXPECT(run1_word(cpu, 0xd5390080 | 5)); /* GMID_EL1 */
    EXPECT_EQ(cpu->gpr[5], 4);
    cpu->sysreg[SR_HCR_EL2] |= BIT(58); /* TID5 */
    EXPECT(!run1_word(cpu, 0xd5390080 | 5));
    EXPECT_EQ(cpu->pstate.EL, EL2);
    cpu->pstate.EL = EL0;
    mmu_context_changed(cpu);
    EXPECT(run1_word(cpu, 0xd503419f)); /* MSR TCO, #1 at EL0 */
    EXPECT_EQ(cpu->pstate.TCO, 1);
    EXPECT(!run1_word(cpu, mrs[3]));
}

/* AArch64.ChooseNonExcludedTag(): an excluded tag is stepped over where one arrives, and left at once without an
 * offset. */
TEST(excluded_tags)
{
    static const struct {
        unsigned tag, offset, exclude, chosen;
    } cases[] = {
        { 3, 0, 0, 3 },    { 3, 0, 0x18, 5 }, { 3, 1, 0x08, 4 },    { 3, 1, 0x18, 5 },   { 3, 2, 0x08, 5 },
        { 3, 2, 0x10, 6 }, { 14, 3, 0, 1 },   { 15, 1, 0x8001, 1 }, { 3, 1, 0xffff, 0 }, { 9, 15, 0xfffe, 0 }
    };
    struct cpu *cpu = tagged(SYNC);

    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cpu->sysreg[SR_GCR_EL1] = cases[i].exclude;
        cpu->gpr[1] = A(cases[i].tag, 0x1230);
        EXPECT(run1(cpu, "addg x0, x1, #32, #offset", 0x91820020 | cases[i].offset << 10));
        EXPECT_EQ(cpu->gpr[0], A(cases[i].chosen, 0x1250));
    }
}

TEST_MAIN
