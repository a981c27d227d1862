/* AdvSIMD integer instructions and cryptography. More cases, computed from Arm's specification, are in vectors.c. */
#include "tests/isa/sve.h"

enum { QC = 1 << 27 };

/* The whole register from two doublewords, the low one first. */
static void set_v(struct cpu *t, unsigned n, uint64_t low, uint64_t high)
{
    SetElem(t->z[n], 0, 64, low), SetElem(t->z[n], 1, 64, high);
}
#define EXPECT_V(T, N, LOW, HIGH)                \
    do {                                         \
        EXPECT_EQ(Elem(Z(T, N), 0, 64), (LOW));  \
        EXPECT_EQ(Elem(Z(T, N), 1, 64), (HIGH)); \
    } while (0)
/* The 16 bytes from their hexadecimal digits, the first byte first. */
static void set_bytes(struct cpu *t, unsigned n, const char *digits)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned byte;
        sscanf(digits + 2 * i, "%2x", &byte);
        t->z[n][i] = (uint8_t)byte;
    }
}
#define EXPECT_BYTES(T, N, DIGITS)                                  \
    do {                                                            \
        char hex_[33];                                              \
        for (unsigned i_ = 0; i_ < 16; i_++)                        \
            snprintf(hex_ + 2 * i_, 3, "%02x", Z(T, N)[i_]);        \
        if (strcmp(hex_, (DIGITS)))                                 \
            FAIL("v%u is %s, not %s", (unsigned)(N), hex_, DIGITS); \
    } while (0)

/* ---- What is written, and what is cleared ---- */
TEST_ALL_VL(a_write_of_128_bits_clears_the_rest_of_z)
{
    set_z(t, 0, 8, -1), set_z(t, 1, 8, 40), set_z(t, 2, 8, 2);
    run1(t, "add v0.16b, v1.16b, v2.16b", 0x4e228420);
    for (unsigned e = 0; e < elements(t, 8); e++)
        EXPECT_Z(t, 0, e, 8, e < 16 ? 42 : 0);
}
TEST_ALL_VL(a_write_of_64_bits_clears_the_rest_of_z)
{
    set_z(t, 0, 16, -1), set_z(t, 1, 16, -1), set_z(t, 2, 16, 2);
    run1(t, "add v0.4h, v1.4h, v2.4h", 0x0e628420);
    for (unsigned e = 0; e < elements(t, 16); e++)
        EXPECT_Z(t, 0, e, 16, e < 4 ? 1 : 0);
}
TEST_ALL_VL(the_second_part_of_a_narrowing_keeps_the_first)
{
    set_z(t, 0, 8, 7), set_z_index(t, 1, 16, 0x1200, 1);
    run1(t, "xtn2 v0.16b, v1.8h", 0x4e212820);
    for (unsigned e = 0; e < elements(t, 8); e++)
        EXPECT_Z(t, 0, e, 8, e < 8 ? 7 : e < 16 ? e - 8 : 0);
}
TEST(reserved_arrangements_are_undefined_even_if_fp_is_trapped)
{
    struct cpu *t = run1_cpu();
    t->sysreg[SR_CPACR_EL1] = 0;
    cpu_update_traps(t);
    EXPECT(!run1_word(t, 0x0ee28420)); /* add v0.1d, v1.1d, v2.1d */
    EXPECT_EQ(t->sysreg[SR_ESR_EL1] >> 26, 0);
    t = run1_cpu();
    t->sysreg[SR_CPACR_EL1] = 0;
    cpu_update_traps(t);
    EXPECT(!run1_word(t, 0x4ee28420)); /* add v0.2d, v1.2d, v2.2d */
    EXPECT_EQ(t->sysreg[SR_ESR_EL1] >> 26, 7);
}

/* ---- Moves ---- */
TEST(immediates)
{
    struct cpu *t = run1_cpu();
    run1(t, "movi v0.2d, #0xff00ff0000ff00ff", 0x6f05e4a0);
    EXPECT_V(t, 0, 0xff00ff0000ff00ff, 0xff00ff0000ff00ff);
    run1(t, "mvni v0.4s, #1, msl #8", 0x6f00c420);
    EXPECT_V(t, 0, 0xfffffe00fffffe00, 0xfffffe00fffffe00);
    run1(t, "fmov v0.2d, #-1.5", 0x6f07f700);
    EXPECT_V(t, 0, 0xbff8000000000000, 0xbff8000000000000);
}
TEST(smov_to_w_clears_the_upper_half)
{
    struct cpu *t = run1_cpu();
    set_v(t, 1, 0, 0x8001000000000000);
    run1(t, "smov w0, v1.h[7]", 0x0e1e2c20);
    EXPECT_EQ(X(t, 0), 0xffff8001);
}
TEST(ins_from_the_same_register)
{
    struct cpu *t = run1_cpu();
    set_v(t, 0, 5, 6);
    run1(t, "ins v0.d[1], v0.d[0]", 0x6e180400);
    EXPECT_V(t, 0, 5, 5);
}

/* ---- Arithmetic ---- */
TEST(saturation_sets_qc)
{
    struct cpu *t = run1_cpu();
    set_z(t, 1, 16, 0x7ffe), set_z(t, 2, 16, 1);
    run1(t, "sqadd v0.8h, v1.8h, v2.8h", 0x4e620c20);
    EXPECT_EQ(t->fp.fpsr, 0);
    set_z(t, 2, 16, 2);
    run1(t, "sqadd v0.8h, v1.8h, v2.8h", 0x4e620c20);
    EXPECT_EQ(t->fp.fpsr, QC);
    EXPECT_V(t, 0, 0x7fff7fff7fff7fff, 0x7fff7fff7fff7fff);
}
TEST(the_doubled_product_of_two_minima_saturates)
{
    struct cpu *t = run1_cpu();
    set_z(t, 1, 32, INT32_MIN), set_z(t, 2, 32, INT32_MIN);
    run1(t, "sqdmulh v0.4s, v1.4s, v2.4s", 0x4ea2b420);
    EXPECT_V(t, 0, 0x7fffffff7fffffff, 0x7fffffff7fffffff);
    EXPECT_EQ(t->fp.fpsr, QC);
}
TEST(accumulating_unsigned_into_signed)
{
    struct cpu *t = run1_cpu();
    set_z(t, 0, 8, -100), set_z(t, 1, 8, 200);
    run1(t, "suqadd v0.16b, v1.16b", 0x4e203820);
    EXPECT_Z(t, 0, 0, 8, 100);
    EXPECT_EQ(t->fp.fpsr, 0);
    run1(t, "suqadd v0.16b, v1.16b", 0x4e203820);
    EXPECT_Z(t, 0, 0, 8, 127);
    EXPECT_EQ(t->fp.fpsr, QC);
}
TEST(shifts_by_a_register_look_at_its_low_byte)
{
    static const struct {
        uint16_t by, want;
    } cases[8] = { { 1, 2 },         { 0xff01, 2 },    { 15, 0x8000 },   { 16, 0 },
                   { 0xff, 0xc000 }, { 0xf0, 0xffff }, { 0x80, 0xffff }, { 0x100, 0x8001 } };
    struct cpu *t = run1_cpu();
    for (unsigned e = 0; e < 8; e++)
        SetElem(t->z[1], e, 16, 0x8001), SetElem(t->z[2], e, 16, cases[e].by);
    run1(t, "sshl v0.8h, v1.8h, v2.8h", 0x4e624420);
    for (unsigned e = 0; e < 8; e++)
        EXPECT_Z(t, 0, e, 16, cases[e].want);
}
TEST(shifts_by_the_whole_element)
{
    struct cpu *t = run1_cpu();
    set_z(t, 0, 64, 3), set_z(t, 1, 64, -1);
    run1(t, "usra v0.2d, v1.2d, #64", 0x6f401420);
    EXPECT_V(t, 0, 3, 3);
    run1(t, "sri v0.4s, v1.4s, #32", 0x6f204420);
    EXPECT_V(t, 0, 3, 3);
}
TEST(pairs_are_read_before_they_are_written)
{
    struct cpu *t = run1_cpu();
    set_z_index(t, 0, 32, 1, 1); /* 1 2 3 4 */
    run1(t, "addp v0.4s, v0.4s, v0.4s", 0x4ea0bc00);
    EXPECT_V(t, 0, 0x0000000700000003, 0x0000000700000003);
}
TEST(long_and_across)
{
    struct cpu *t = run1_cpu();
    set_z(t, 1, 8, 0xff);
    run1(t, "uaddlv h0, v1.16b", 0x6e303820);
    EXPECT_V(t, 0, 16 * 0xff, 0);
    run1(t, "addv b0, v1.8b", 0x0e31b820);
    EXPECT_V(t, 0, 0xf8, 0);
    set_v(t, 0, 1, 2), set_z(t, 1, 32, -1), set_z(t, 2, 32, -1);
    run1(t, "umlal2 v0.2d, v1.4s, v2.4s", 0x6ea28020);
    EXPECT_V(t, 0, 0xfffffffe00000002, 0xfffffffe00000003);
}
TEST(by_element)
{
    struct cpu *t = run1_cpu();
    set_z_index(t, 1, 16, 1, 1), set_v(t, 15, 0, (uint64_t)1000 << 48);
    run1(t, "mul v0.8h, v1.8h, v15.h[7]", 0x4f7f8820);
    for (unsigned e = 0; e < 8; e++)
        EXPECT_Z(t, 0, e, 16, 1000 * (e + 1));
    set_z(t, 0, 32, 1), set_z(t, 1, 8, -1), set_v(t, 2, 0, (uint64_t)0x80040302 << 32);
    run1(t, "sdot v0.4s, v1.16b, v2.4b[3]", 0x4fa2e820);
    for (unsigned e = 0; e < 4; e++)
        EXPECT_Z(t, 0, e, 32, 1 - (2 + 3 + 4 - 128));
}
/* In GF(2)[x] a square has the bits of its root at even places. */
TEST(polynomial_product_of_doublewords)
{
    struct cpu *t = run1_cpu();
    set_v(t, 1, 0, UINT64_MAX), set_v(t, 2, 0, UINT64_MAX);
    run1(t, "pmull2 v0.1q, v1.2d, v2.2d", 0x4ee2e020);
    EXPECT_V(t, 0, 0x5555555555555555, 0x5555555555555555);
}

/* ---- Permutes ---- */
TEST(the_table_after_v31_continues_with_v0)
{
    struct cpu *t = run1_cpu();
    set_z_index(t, 31, 8, 0, 1), set_z_index(t, 0, 8, 100, 1), set_z_index(t, 1, 8, 12, 2);
    run1(t, "tbl v0.16b, {v31.16b, v0.16b}, v1.16b", 0x4e0123e0);
    for (unsigned e = 0; e < 16; e++) {
        unsigned i = 12 + 2 * e;
        EXPECT_Z(t, 0, e, 8, i < 16 ? i : i < 32 ? 100 + i - 16 : 0);
    }
}
TEST(tbx_keeps_what_is_beyond_its_table)
{
    struct cpu *t = run1_cpu();
    set_z(t, 0, 8, 0xee), set_z_index(t, 1, 8, 0, 1), set_z_index(t, 2, 8, 12, 1);
    run1(t, "tbx v0.8b, {v1.16b}, v2.8b", 0x0e021020);
    EXPECT_V(t, 0, 0xeeeeeeee0f0e0d0c, 0);
}
TEST(permutes_into_a_source)
{
    struct cpu *t = run1_cpu();
    set_z_index(t, 0, 8, 0, 1), set_z_index(t, 1, 8, 16, 1);
    run1(t, "ext v0.16b, v0.16b, v1.16b, #3", 0x6e011800);
    for (unsigned e = 0; e < 16; e++)
        EXPECT_Z(t, 0, e, 8, e + 3);
    set_z_index(t, 1, 16, 0, 1), set_z_index(t, 2, 16, 100, 1);
    run1(t, "zip2 v1.8h, v1.8h, v2.8h", 0x4e427821);
    for (unsigned e = 0; e < 8; e++)
        EXPECT_Z(t, 1, e, 16, 4 + e / 2 + (e % 2 ? 100 : 0));
}

/* ---- Cryptography ---- */
/* The first round of FIPS 197, appendix B, and back. */
TEST(aes_round)
{
    struct cpu *t = run1_cpu();
    set_bytes(t, 0, "3243f6a8885a308d313198a2e0370734"); /* input */
    set_bytes(t, 1, "2b7e151628aed2a6abf7158809cf4f3c"); /* key */
    run1(t, "aese v0.16b, v1.16b", 0x4e284820);
    EXPECT_BYTES(t, 0, "d4bf5d30e0b452aeb84111f11e2798e5");
    run1(t, "aesmc v0.16b, v0.16b", 0x4e286800);
    EXPECT_BYTES(t, 0, "046681e5e0cb199a48f8d37a2806264c");
    set_z(t, 1, 8, 0);
    run1(t, "aesimc v0.16b, v0.16b", 0x4e287800);
    run1(t, "aesd v0.16b, v1.16b", 0x4e285820);
    EXPECT_BYTES(t, 0, "193de3bea0f4e22b9ac68d2ae9f84808");
}
/* SHA-256 of "abc", FIPS 180-4: the block is in V4 to V7, which move on by one register every four rounds. */
TEST(sha256)
{
    static const uint32_t start[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                       0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 };
    static const uint32_t k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
                                    0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
                                    0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
                                    0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
                                    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
                                    0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
                                    0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
                                    0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
                                    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
                                    0xc67178f2 };
    static const uint32_t want[8] = { 0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                      0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad };
    struct cpu *t = run1_cpu();

    memcpy(t->z[0], start, 16), memcpy(t->z[1], start + 4, 16);
    SetElem(t->z[4], 0, 32, 0x61626380), SetElem(t->z[7], 3, 32, 24);
    for (unsigned round = 0; round < 64; round += 4) {
        for (unsigned e = 0; e < 4; e++)
            SetElem(t->z[2], e, 32, Elem(t->z[4], e, 32) + k[round + e]);
        memcpy(t->z[3], t->z[0], 16);
        run1(t, "sha256h q0, q1, v2.4s", 0x5e024020);
        run1(t, "sha256h2 q1, q3, v2.4s", 0x5e025061);
        run1(t, "sha256su0 v4.4s, v5.4s", 0x5e2828a4);
        run1(t, "sha256su1 v4.4s, v6.4s, v7.4s", 0x5e0760c4);
        memcpy(t->z[8], t->z[4], 16);
        for (unsigned n = 4; n < 8; n++)
            memcpy(t->z[n], t->z[n + 1], 16);
    }
    for (unsigned i = 0; i < 8; i++)
        EXPECT_EQ((uint32_t)(start[i] + Elem(t->z[i / 4], i % 4, 32)), want[i]);
}

TEST_MAIN
