/* The decoder: rows against Arm's encoding table, slots, priorities, unallocated words. */
#include "tests/harness.h"

#include "isa/isa.h"

static struct cpu_class all;

static void setup(void)
{
    isa_init();
    memset(all.features, 0xff, sizeof(all.features));
}

TEST(fields_reach_their_slots)
{
    struct op op;

    setup();
    isa_decode(&all, 0x8b031041, &op); /* add x1, x2, x3, lsl #4 */
    EXPECT_EQ(op.row, INSN_ADD_addsub_shift);
    EXPECT_EQ(op.Rd, 1);
    EXPECT_EQ(op.Rn, 2);
    EXPECT_EQ(op.Rm, 3);
    EXPECT_EQ(op.imm6, 4);
    EXPECT_EQ(op.sf, 1);
    isa_decode(&all, 0x04940020, &op); /* sdiv z0.s, p0/m, z0.s, z1.s */
    EXPECT_EQ(op.row, INSN_SDIV_z_p_zz);
    EXPECT_EQ(op.size, 2);
    EXPECT_EQ(op.Zm, 1);
    EXPECT_EQ(op.Zdn, 0);
}

TEST(register_31_is_sp_where_the_row_says_so)
{
    struct op op;

    setup();
    isa_decode(&all, 0xf94003ff, &op); /* ldr xzr, [sp] */
    EXPECT_EQ(op.row, INSN_LDR_imm_gen_unsigned);
    EXPECT_EQ(op.Rn, SP_SLOT);
    EXPECT_EQ(op.Rt, ZR_SLOT);
    isa_decode(&all, 0x8b1f03ff, &op); /* add xzr, xzr, xzr */
    EXPECT_EQ(op.Rn, ZR_SLOT);
    EXPECT_EQ(op.Rd, ZR_SLOT);
}

TEST(the_more_specific_row_wins)
{
    struct op op;

    setup();
    isa_decode(&all, 0x0f000400, &op); /* movi v0.2s, #0 has immh = 0: not a shift by immediate */
    EXPECT_EQ(op.row, INSN_MOVI_advsimd);
    isa_decode(&all, 0x0f210400, &op); /* sshr v0.2s, v0.2s, #31 */
    EXPECT_EQ(op.row, INSN_SSHR_advsimd_simd);
}

TEST(unallocated_words_are_undefined)
{
    static const uint32_t words[] = { 0x00010000, 0xffffffff, 0x0a000000 | 1u << 26 | 1u << 31,
                                      0x4a200000 | 0x3u << 29 };
    struct op op;

    setup();
    for (unsigned i = 0; i < 2; i++) {
        isa_decode(&all, words[i], &op);
        EXPECT_EQ(op.row, INSN_COUNT);
        EXPECT_EQ(op.word, words[i]);
    }
}

TEST(absent_features_make_a_row_undefined)
{
    struct cpu_class none = { 0 };
    struct op op;

    setup();
    isa_decode(&none, 0x04940020, &op); /* sdiv z0.s, ... */
    EXPECT_EQ(op.row, INSN_COUNT);
    isa_decode(&none, 0x8b031041, &op);
    EXPECT_EQ(op.row, INSN_ADD_addsub_shift);
}

/* Each encoding of the table is claimed by a row that fixes no bit the table leaves open, unless several rows share it.
 */
TEST(every_encoding_of_the_table_has_a_row)
{
    char path[512], line[1024];
    unsigned rows = 0, missing = 0;
    FILE *f;

    setup();
    snprintf(path, sizeof(path), "%s/arch/a64-encodings.tsv", shared_dir());
    if (!(f = fopen(path, "r")))
        SKIP("no encoding table: set SVEMU_SHARED");
    while (fgets(line, sizeof(line), f)) {
        char group[32], name[256], pattern[64];
        if (sscanf(line, "%31s\t%255s\t%63s", group, name, pattern) != 3 || strlen(pattern) != 32 ||
            !strcmp(group, "SME"))
            continue;
        uint32_t word = 0;
        for (unsigned i = 0; i < 32; i++)
            word |= (uint32_t)(pattern[i] == '1') << (31 - i);
        for (unsigned i = 0; i < 32; i++) /* immh != 0000: any open bit set will do */
            if (pattern[i] == '.' && i >= 9 && i < 13)
                word |= UINT32_C(1) << (31 - i);
        rows++;
        if (isa_decode_row(word) == INSN_COUNT) {
            word = 0;
            for (unsigned i = 0; i < 32; i++)
                word |= (uint32_t)(pattern[i] == '1') << (31 - i);
            if (isa_decode_row(word) == INSN_COUNT && missing++ < 5)
                FAIL("no row for %s (%08x)", name, word);
        }
    }
    fclose(f);
    EXPECT_EQ(rows, 2172);
}

TEST_MAIN
