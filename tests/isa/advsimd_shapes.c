/* AdvSIMD: one or two cases of each shape of operation. The vectors (tests/isa/vectors.c) have every row. */
#include "isa/elem.h"
#include "isa/fpu.h"
#include "tests/isa/run1.h"

#define EXPECT_V(T, N, UPPER, LOWER)              \
    do {                                          \
        EXPECT_EQ(Elem((T)->z[N], 0, 64), LOWER); \
        EXPECT_EQ(Elem((T)->z[N], 1, 64), UPPER); \
    } while (0)

static struct cpu *start(void)
{
    struct cpu *t = run1_cpu();
    run1_reset(t, 512);
    return t;
}
static void set_v(struct cpu *t, unsigned n, uint64_t upper, uint64_t lower)
{
    SetElem(t->z[n], 0, 64, lower);
    SetElem(t->z[n], 1, 64, upper);
}
static void set_4s(struct cpu *t, unsigned n, float a, float b, float c, float d)
{
    float v[4] = { a, b, c, d };
    memcpy(t->z[n], v, 16);
}
static void expect_4s(const struct cpu *t, unsigned n, float a, float b, float c, float d)
{
    float v[4] = { a, b, c, d };
    EXPECT(!memcmp(t->z[n], v, 16));
}

/* ---- Integer ---- */
TEST(bytes_do_not_carry)
{
    struct cpu *t = start();
    memset(ZForWrite(t, 0), 0xff, MAX_VL_BYTES);
    set_v(t, 1, UINT64_MAX, 0x00000000000000ff), set_v(t, 2, 0x0101010101010101, 1);
    EXPECT(run1(t, "add v0.16b, v1.16b, v2.16b", 0x4e228420));
    EXPECT_V(t, 0, 0, 0);
    EXPECT_EQ(Elem(t->z[0], 2, 64), 0); /* and nothing is left above */
}
TEST(saturation_sets_qc)
{
    struct cpu *t = start();
    set_v(t, 1, 0, 0x7fffffff), set_v(t, 2, 0, 1);
    EXPECT(run1(t, "sqadd s0, s1, s2", 0x5ea20c20));
    EXPECT_V(t, 0, 0, 0x7fffffff);
    EXPECT_EQ(t->fp.fpsr, FPSR_QC);
}
TEST(narrowing_2_keeps_the_lower_half)
{
    struct cpu *t = start();
    set_v(t, 0, 0, 0x1111111111111111), set_v(t, 1, 0x0008000700060005, 0x0004000300020001);
    EXPECT(run1(t, "xtn2 v0.16b, v1.8h", 0x4e212820));
    EXPECT_V(t, 0, 0x0807060504030201, 0x1111111111111111);
}
TEST(long_2_takes_the_upper_halves)
{
    struct cpu *t = start();
    set_v(t, 1, 0xffff000300020001, UINT64_MAX), set_v(t, 2, 0xffff000200020002, UINT64_MAX);
    EXPECT(run1(t, "umull2 v0.4s, v1.8h, v2.8h", 0x6e62c020));
    EXPECT_V(t, 0, 0xfffe000100000006, 0x0000000400000002);
}
TEST(by_element_uses_one_lane_of_vm)
{
    struct cpu *t = start();
    set_v(t, 1, 0x0000000300000002, 0), set_v(t, 2, 0x0000000a00000000, 0), set_v(t, 0, 100, 200);
    EXPECT(run1(t, "umlal2 v0.2d, v1.4s, v2.s[3]", 0x6fa22820));
    EXPECT_V(t, 0, 130, 220);
}
TEST(sshr_by_all_bits_leaves_the_sign)
{
    struct cpu *t = start();
    set_v(t, 1, 0, 0x8000000000000000);
    EXPECT(run1(t, "sshr d0, d1, #64", 0x5f400420));
    EXPECT_V(t, 0, 0, UINT64_MAX);
}
TEST(umaxv_is_one_byte)
{
    struct cpu *t = start();
    set_v(t, 0, 1, 1), set_v(t, 1, 0x00f0000000000000, 0x7f);
    EXPECT(run1(t, "umaxv b0, v1.16b", 0x6e30a820));
    EXPECT_V(t, 0, 0, 0xf0);
}

/* ---- Moves ---- */
TEST(movi_expands_bits_to_bytes)
{
    struct cpu *t = start();
    EXPECT(run1(t, "movi v0.2d, #0xff00ff00ff00ff00", 0x6f05e540));
    EXPECT_V(t, 0, 0xff00ff00ff00ff00, 0xff00ff00ff00ff00);
}
TEST(ins_keeps_the_other_elements)
{
    struct cpu *t = start();
    set_v(t, 0, 0x4444444433333333, 0x2222222211111111), set_v(t, 1, 0, 0xabcdef01);
    EXPECT(run1(t, "ins v0.s[3], v1.s[0]", 0x6e1c0420));
    EXPECT_V(t, 0, 0xabcdef0133333333, 0x2222222211111111);
}
TEST(smov_extends_and_umov_does_not)
{
    struct cpu *t = start();
    set_v(t, 1, 0x8000000000000000, 0x80000000);
    EXPECT(run1(t, "smov x0, v1.h[1]", 0x4e062c20));
    EXPECT_EQ(t->gpr[0], 0xffffffffffff8000);
    EXPECT(run1(t, "umov w0, v1.b[15]", 0x0e1f3c20));
    EXPECT_EQ(t->gpr[0], 0x80);
}
TEST(zip1_with_its_source_as_destination)
{
    struct cpu *t = start();
    set_v(t, 0, 0, 0x0000000200000001), set_v(t, 1, 0, 0x0000000b0000000a);
    EXPECT(run1(t, "zip1 v0.4s, v0.4s, v1.4s", 0x4e813800));
    EXPECT_V(t, 0, 0x0000000b00000002, 0x0000000a00000001);
}
TEST(tbl_wraps_from_v31_to_v0)
{
    struct cpu *t = start();
    set_v(t, 31, 0, 0x31), set_v(t, 0, 0, 0xa0), set_v(t, 1, 0, 0xff2010);
    EXPECT(run1(t, "tbl v0.16b, {v31.16b, v0.16b}, v1.16b", 0x4e0123e0));
    EXPECT_V(t, 0, 0x3131313131313131, 0x31313131310000a0); /* 0x20 and 0xff are beyond the table */
}
TEST(ext_of_64_bits)
{
    struct cpu *t = start();
    set_v(t, 1, 99, 0x0706050403020100), set_v(t, 2, 99, 0x0f0e0d0c0b0a0908);
    EXPECT(run1(t, "ext v0.8b, v1.8b, v2.8b, #3", 0x2e021820));
    EXPECT_V(t, 0, 0, 0x0a09080706050403);
}

/* ---- Floating point ---- */
TEST(faddp_adds_neighbours)
{
    struct cpu *t = start();
    set_4s(t, 1, 1, 2, 3, 4), set_4s(t, 2, 10, 20, 30, 40);
    EXPECT(run1(t, "faddp v0.4s, v1.4s, v2.4s", 0x6e22d420));
    expect_4s(t, 0, 3, 7, 30, 70);
}
TEST(fcadd_rotates_vm)
{
    struct cpu *t = start();
    set_4s(t, 1, 1, 2, 3, 4), set_4s(t, 2, 10, 20, 30, 40);
    EXPECT(run1(t, "fcadd v0.4s, v1.4s, v2.4s, #90", 0x6e82e420));
    expect_4s(t, 0, 1 - 20, 2 + 10, 3 - 40, 4 + 30);
}
TEST(estimates_have_8_bits_or_12)
{
    struct cpu *t = start();
    SetV(t, 1, 32, fpu_s_bits(3));
    EXPECT(run1(t, "frecpe s0, s1", 0x5ea1d820));
    EXPECT_EQ(V(t, 0, 32), 0x3eaa8000);
    t->fp.fpcr = FPCR_AH;
    EXPECT(run1(t, "frecpe s0, s1", 0x5ea1d820)); /* FEAT_RPRES */
    EXPECT_EQ(V(t, 0, 32) & 0x7ff, 0);
    EXPECT(V(t, 0, 32) != 0x3eaa8000);
}

/* ---- Cryptography ---- */
TEST(pmull_of_doublewords)
{
    struct cpu *t = start();
    set_v(t, 1, 0, 0x8000000000000001), set_v(t, 2, 0, 6);
    EXPECT(run1(t, "pmull v0.1q, v1.1d, v2.1d", 0x0ee2e020));
    EXPECT_V(t, 0, 3, 6);
}
TEST(aes_round_of_fips_197)
{
    /* FIPS 197, appendix B: round 1 from the state after the first AddRoundKey to before the next. */
    static const uint8_t input[16] = { 0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d,
                                       0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34 };
    static const uint8_t key[16] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                     0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
    static const uint8_t mixed[16] = { 0x04, 0x66, 0x81, 0xe5, 0xe0, 0xcb, 0x19, 0x9a,
                                       0x48, 0xf8, 0xd3, 0x7a, 0x28, 0x06, 0x26, 0x4c };
    struct cpu *t = start();
    memcpy(t->z[0], input, 16), memcpy(t->z[1], key, 16);
    EXPECT(run1(t, "aese v0.16b, v1.16b", 0x4e284820));
    EXPECT(run1(t, "aesmc v0.16b, v0.16b", 0x4e286800));
    EXPECT(!memcmp(t->z[0], mixed, 16));
}

/* ---- What is not there ---- */
TEST(reserved_encodings_are_undefined)
{
    struct cpu *t = start();
    EXPECT(!run1_word(t, 0x0ee28420)); /* add v0.1d */
    EXPECT(!run1_word(t, 0x5e228420)); /* add b0 */
    EXPECT(!run1_word(t, 0x0e62d420)); /* fadd v0.1d */
    EXPECT(!run1_word(t, 0x4e000420)); /* dup, imm5 = 0 */
}
TEST(features_gate_rows)
{
    static const struct {
        enum feature feature;
        uint32_t word;
    } gated[] = {
        { FEAT_AES, 0x4e284820 },     /* aese */
        { FEAT_PMULL, 0x0ee2e020 },   /* pmull v0.1q */
        { FEAT_SHA256, 0x5e024020 },  /* sha256h */
        { FEAT_DotProd, 0x4fa2e820 }, /* sdot v0.4s, v1.16b, v2.4b[3] */
        { FEAT_FCMA, 0x6e82e420 },    /* fcadd v0.4s */
    };
    struct cpu *t = start();
    for (size_t i = 0; i < sizeof(gated) / sizeof(gated[0]); i++) {
        EXPECT(run1_word(t, gated[i].word));
        run1_set_feature(gated[i].feature, false);
        EXPECT(!run1_word(t, gated[i].word));
        run1_all_features();
        run1_reset(t, 512);
    }
}

TEST_MAIN
