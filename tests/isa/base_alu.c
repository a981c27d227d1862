/* isa/base_alu.c: what the vectors do not reach well (edges), one case per shape. tests/isa/vectors.c has the rest. */
#include "tests/isa/run1.h"

static void set_nzcv(struct cpu *cpu, unsigned nzcv) { SetNZCV(cpu, nzcv); }
static unsigned nzcv(const struct cpu *cpu)
{
    return (unsigned)(cpu->pstate.N << 3 | cpu->pstate.Z << 2 | cpu->pstate.C << 1 | cpu->pstate.V);
}

TEST(add_sub_immediate_uses_sp)
{
    struct cpu *cpu = run1_cpu();
    cpu->gpr[SP_SLOT] = 0x1000;
    EXPECT(run1(cpu, "sub sp, sp, #32", 0xd10083ff));
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0xfe0);
    EXPECT(run1(cpu, "add x3, sp, #1, lsl #12", 0x914007e3));
    EXPECT_EQ(cpu->gpr[3], 0x1fe0);
    EXPECT(run1(cpu, "subs xzr, sp, #0xfe0", 0xf13f83ff));
    EXPECT_EQ(nzcv(cpu), 6);
    EXPECT_EQ(cpu->gpr[ZR_SLOT], 0);
}

TEST(extended_register_takes_sp_and_shift)
{
    struct cpu *cpu = run1_cpu();
    cpu->gpr[SP_SLOT] = 0x1000, cpu->gpr[1] = 0xffffffff80000001;
    EXPECT(run1(cpu, "add sp, sp, w1, uxtb #4", 0x8b2113ff));
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0x1010);
    EXPECT(run1(cpu, "sub x0, sp, w1, sxtw", 0xcb21c3e0));
    EXPECT_EQ(cpu->gpr[0], 0x1010 - (uint64_t)(int64_t)(int32_t)0x80000001);
}

TEST(flags_of_32_bit_subtraction_look_at_32_bits)
{
    struct cpu *cpu = run1_cpu();
    cpu->gpr[1] = 0xdead000080000000, cpu->gpr[2] = 0xbeef000000000001;
    EXPECT(run1(cpu, "subs w0, w1, w2", 0x6b020020));
    EXPECT_EQ(cpu->gpr[0], 0x7fffffff);
    EXPECT_EQ(nzcv(cpu), 3);
}

TEST(logical_immediate_of_every_element_size)
{
    struct cpu *cpu = run1_cpu();
    EXPECT(run1(cpu, "orr x0, xzr, #0x5555555555555555", 0xb200f3e0));
    EXPECT_EQ(cpu->gpr[0], 0x5555555555555555);
    EXPECT(run1(cpu, "orr x0, xzr, #0x8000000000000001", 0xb24107e0));
    EXPECT_EQ(cpu->gpr[0], 0x8000000000000001);
    EXPECT(run1(cpu, "orr w0, wzr, #0x80018001", 0x320187e0));
    EXPECT_EQ(cpu->gpr[0], 0x80018001);
    EXPECT(run1(cpu, "orr sp, xzr, #0xfffffffffffffff0", 0xb27cefff));
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0xfffffffffffffff0);
    EXPECT(run1(cpu, "and x0, x0, #0xff0000000000", 0x92581c00));
    EXPECT_EQ(cpu->gpr[0], 0);
}

TEST(bit_field_moves)
{
    struct cpu *cpu = run1_cpu();
    cpu->gpr[1] = 0xfedcba9876543210;
    EXPECT(run1(cpu, "ubfm x0, x1, #60, #7", 0xd37c1c20)); /* ubfiz x0, x1, #4, #8 */
    EXPECT_EQ(cpu->gpr[0], 0x100);
    EXPECT(run1(cpu, "sbfm x0, x1, #8, #15", 0x93483c20)); /* sbfx x0, x1, #8, #8 */
    EXPECT_EQ(cpu->gpr[0], 0x32);
    EXPECT(run1(cpu, "sbfm w0, w1, #16, #31", 0x13107c20)); /* asr w0, w1, #16 */
    EXPECT_EQ(cpu->gpr[0], 0x7654);
    cpu->gpr[0] = 0xaaaaaaaaaaaaaaaa;
    EXPECT(run1(cpu, "bfm x0, x1, #56, #3", 0xb3780c20)); /* bfi x0, x1, #8, #4 */
    EXPECT_EQ(cpu->gpr[0], 0xaaaaaaaaaaaaa0aa);
    EXPECT(run1(cpu, "extr w0, w1, w1, #4", 0x13811020));
    EXPECT_EQ(cpu->gpr[0], 0x07654321);
}

TEST(division_edges)
{
    struct cpu *cpu = run1_cpu();
    cpu->gpr[1] = 0x8000000000000000, cpu->gpr[2] = UINT64_MAX;
    EXPECT(run1(cpu, "sdiv x0, x1, x2", 0x9ac20c20));
    EXPECT_EQ(cpu->gpr[0], 0x8000000000000000);
    EXPECT(run1(cpu, "sdiv x0, x1, xzr", 0x9adf0c20));
    EXPECT_EQ(cpu->gpr[0], 0);
    cpu->gpr[1] = 0x80000000;
    EXPECT(run1(cpu, "sdiv w0, w1, w2", 0x1ac20c20));
    EXPECT_EQ(cpu->gpr[0], 0x80000000);
}

TEST(crc32_check_value)
{
    struct cpu *cpu = run1_cpu();
    static const char text[] = "123456789";
    uint64_t eight;
    memcpy(&eight, text, 8);
    cpu->gpr[0] = 0xffffffff, cpu->gpr[1] = eight, cpu->gpr[2] = '9';
    EXPECT(run1(cpu, "crc32x w0, w0, x1", 0x9ac14c00));
    EXPECT(run1(cpu, "crc32b w0, w0, w2", 0x1ac24000));
    EXPECT_EQ((uint32_t)~cpu->gpr[0], 0xcbf43926);
    cpu->gpr[0] = 0xffffffff;
    EXPECT(run1(cpu, "crc32cx w0, w0, x1", 0x9ac15c00));
    EXPECT(run1(cpu, "crc32cb w0, w0, w2", 0x1ac25000));
    EXPECT_EQ((uint32_t)~cpu->gpr[0], 0xe3069283);
}

TEST(flag_manipulation)
{
    struct cpu *cpu = run1_cpu();
    set_nzcv(cpu, 0);
    EXPECT(run1(cpu, "cfinv", 0xd500401f));
    EXPECT_EQ(nzcv(cpu), 2);
    set_nzcv(cpu, 3);
    EXPECT(run1(cpu, "axflag", 0xd500405f));
    EXPECT_EQ(nzcv(cpu), 4);
    set_nzcv(cpu, 0);
    EXPECT(run1(cpu, "xaflag", 0xd500403f));
    EXPECT_EQ(nzcv(cpu), 8);
    set_nzcv(cpu, 4);
    EXPECT(run1(cpu, "xaflag", 0xd500403f));
    EXPECT_EQ(nzcv(cpu), 3);
    cpu->gpr[1] = 0x50, set_nzcv(cpu, 0xf);
    EXPECT(run1(cpu, "rmif x1, #4, #7", 0xba020427));
    EXPECT_EQ(nzcv(cpu), 0xd);
}

TEST(decode_time_undefined)
{
    struct cpu *cpu = run1_cpu();
    EXPECT(!run1_word(cpu, 0x0b018020)); /* add w0, w1, w1, lsl #32 */
    EXPECT(!run1_word(cpu, 0x8bc20020)); /* add with shift 3 */
    EXPECT(!run1_word(cpu, 0x8b221420)); /* extended by 5 */
    EXPECT(!run1_word(cpu, 0x12400020)); /* 32-bit logical immediate with N */
    EXPECT(!run1_word(cpu, 0x9200fc20)); /* reserved bit mask */
    EXPECT(!run1_word(cpu, 0x52c00000)); /* movz w0, #0, lsl #32 */
    EXPECT(!run1_word(cpu, 0x5ac00c20)); /* rev of a doubleword in a word */
    EXPECT(!run1_word(cpu, 0x1ac24c20)); /* crc32x with W register */
    EXPECT(!run1_word(cpu, 0x53407c20)); /* ubfm w with N */
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], 0x2000000);
}

TEST(absent_feature_is_undefined)
{
    struct cpu *cpu = run1_cpu();
    run1_set_feature(FEAT_CSSC, false), run1_set_feature(FEAT_FlagM, false);
    EXPECT(!run1(cpu, "cnt x0, x1", 0xdac01c20));
    EXPECT(!run1(cpu, "cfinv", 0xd500401f));
    run1_all_features();
    cpu->gpr[1] = 0x8001;
    EXPECT(run1(cpu, "cnt x0, x1", 0xdac01c20));
    EXPECT_EQ(cpu->gpr[0], 2);
}

TEST(mte_address_arithmetic)
{
    struct cpu *cpu = run1_cpu();
    cpu->gpr[1] = 0x0f00000000001000;
    cpu->sysreg[SR_SCTLR_EL1] |= BIT(43); /* ATA */
    EXPECT(run1(cpu, "addg x0, x1, #32, #1", 0x91820420));
    EXPECT_EQ(cpu->gpr[0], 0x0000000000001020);
    cpu->sysreg[SR_GCR_EL1] = 3; /* tags 0 and 1 excluded */
    EXPECT(run1(cpu, "subg x0, x1, #16, #1", 0xd1810420));
    EXPECT_EQ(cpu->gpr[0], 0x0200000000000ff0);
    EXPECT(run1(cpu, "gmi x0, x1, xzr", 0x9adf1420));
    EXPECT_EQ(cpu->gpr[0], 0x8000);
    cpu->gpr[2] = 0xff00000000000ff0;
    EXPECT(run1(cpu, "subps x0, x1, x2", 0xbac20020));
    EXPECT_EQ(cpu->gpr[0], 0x10);
    EXPECT_EQ(nzcv(cpu), 2);
    cpu->gpr[3] = 0xfffb;
    EXPECT(run1(cpu, "irg x0, x1, x3", 0x9ac31020));
    EXPECT_EQ(cpu->gpr[0], 0x0200000000001000);
    cpu->sysreg[SR_SCTLR_EL1] &= ~BIT(43);
    EXPECT(run1(cpu, "irg x0, x1, x3", 0x9ac31020));
    EXPECT_EQ(cpu->gpr[0], 0x1000);
}

TEST_MAIN
