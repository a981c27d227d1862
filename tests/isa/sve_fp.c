/* SVE floating point. More cases, computed from Arm's specification, are in vectors.c. */
#include "isa/fpu.h"
#include "tests/isa/sve.h"

/* Single and double precision as the tests write them. */
static uint32_t s(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}
static int64_t d(double x)
{
    int64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}
enum { H_1 = 0x3c00, H_2 = 0x4000, H_3 = 0x4200, H_NAN = 0x7e00, BF_1 = 0x3f80, BF_2 = 0x4000 };

TEST_ALL_VL(add_a_constant_to_active_elements)
{
    set_z(t, 0, 32, s(1.25f)), set_p_even(t, 0, 32);
    run1(t, "fadd z0.s, p0/m, z0.s, #0.5", 0x65988000);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e % 2 ? s(1.25f) : s(1.75f));
}
TEST(no_byte_elements) { EXPECT(!run1_word(run1_cpu(), 0x65188000)); }

/* The square of 1 + 2^-52 without 1 + 2^-51 is the bit that a rounded product loses. */
TEST_ALL_VL(fmla_rounds_once)
{
    set_z(t, 0, 64, d(-1) + 2), set_z(t, 1, 64, d(1) + 1), set_z(t, 2, 64, d(1) + 1), set_p_all(t, 0);
    run1(t, "fmla z0.d, p0/m, z1.d, z2.d", 0x65e20020);
    EXPECT_Z_ALL(t, 0, 64, d(0x1p-104));
    EXPECT_EQ(t->fp.fpsr, 0);
}
TEST_ALL_VL(fmla_by_an_element_of_each_quadword)
{
    set_z(t, 0, 32, 0), set_z(t, 1, 32, s(2));
    for (unsigned e = 0; e < elements(t, 32); e++)
        SetElem(ZForWrite(t, 2), e, 32, s((float)e));
    run1(t, "fmla z0.s, z1.s, z2.s[3]", 0x64ba0020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, s(2 * (float)(e | 3)));
}

TEST_ALL_VL(sums)
{
    set_z(t, 1, 32, s(0.5f)), set_z(t, 0, 64, -1), set_p_all(t, 0);
    run1(t, "faddv s0, p0, z1.s", 0x65802020);
    EXPECT_Z(t, 0, 0, 32, s(0.5f * (float)elements(t, 32)));
    for (unsigned e = 1; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, 0);
    SetV(t, 0, 32, s(100)), set_p_first(t, 0, 32, 3);
    run1(t, "fadda s0, p0, s0, z1.s", 0x65982020);
    EXPECT_Z(t, 0, 0, 32, s(101.5f));
}

TEST_ALL_VL(comparisons_with_nan)
{
    set_z(t, 0, 16, H_1), set_z(t, 1, 16, H_1), set_p_all(t, 0);
    SetElem(ZForWrite(t, 0), 0, 16, H_NAN);
    run1(t, "fcmge p1.h, p0/z, z0.h, z1.h", 0x65414001);
    struct pbits want = pred_bic(pred_first(elements(t, 16), 16), pred_first(1, 16));
    for (unsigned w = 0; w < PWORDS; w++)
        EXPECT_EQ(GetP(t, 1).w[w], want.w[w]);
    EXPECT_EQ(t->fp.fpsr, FPSR_IOC);
    set_z(t, 0, 32, s(-1)), SetP(t, 1, pred_bits(0));
    run1(t, "fcmlt p1.s, p0/z, z0.s, #0.0", 0x65912001);
    EXPECT_P_FIRST(t, 1, 32, elements(t, 32));
}

/* Both formats in elements of the wider one. */
TEST_ALL_VL(conversions)
{
    set_p_all(t, 0), set_z(t, 1, 64, (int64_t)(UINT64_C(0xdeadbeef) << 32 | s(-2.5f)));
    run1(t, "fcvtzs z0.d, p0/m, z1.s", 0x65dca020);
    EXPECT_Z_ALL(t, 0, 64, -2);
    set_z(t, 1, 64, -3);
    run1(t, "scvtf z0.s, p0/m, z1.d", 0x65d4a020);
    EXPECT_Z_ALL(t, 0, 64, s(-3));
    set_z(t, 1, 32, s(2)), set_z(t, 0, 32, 0x11112222);
    run1(t, "fcvtnt z0.h, p0/m, z1.s", 0x6488a020);
    EXPECT_Z_ALL(t, 0, 32, H_2 << 16 | 0x2222);
    set_z(t, 1, 32, H_3 << 16 | H_1);
    run1(t, "fcvtlt z0.s, p0/m, z1.h", 0x6489a020);
    EXPECT_Z_ALL(t, 0, 32, s(3));
}

/* (1 + 2i) turned by 90 degrees: the even part loses 2 * 4, the odd part gains 2 * 3. */
TEST_ALL_VL(complex_multiply_add)
{
    set_p_all(t, 0), set_z(t, 0, 32, s(10));
    set_z(t, 1, 64, (int64_t)((uint64_t)s(2) << 32 | s(1))), set_z(t, 2, 64, (int64_t)((uint64_t)s(4) << 32 | s(3)));
    run1(t, "fcmla z0.s, p0/m, z1.s, z2.s, #90", 0x64822020);
    EXPECT_Z_ALL(t, 0, 64, (uint64_t)s(16) << 32 | s(2));
}

TEST_ALL_VL(bfloat16_dot_product)
{
    set_z(t, 0, 32, s(1)), set_z(t, 1, 16, BF_2), set_z(t, 2, 32, BF_1 << 16 | BF_2);
    run1(t, "bfdot z0.s, z1.h, z2.h", 0x64628020);
    EXPECT_Z_ALL(t, 0, 32, s(7));
}

/* Each 256 bits: a 2 by 2 matrix; what is beyond the last is zero. */
TEST_ALL_VL(matrix_product_of_doubles)
{
    set_z(t, 0, 64, d(1)), set_z(t, 1, 64, d(2)), set_z(t, 2, 64, d(3));
    if (CurrentVL(t) < 256) {
        EXPECT(!run1(t, "fmmla z0.d, z1.d, z2.d", 0x64e2e420));
        return;
    }
    run1(t, "fmmla z0.d, z1.d, z2.d", 0x64e2e420);
    for (unsigned e = 0; e < elements(t, 64); e++)
        EXPECT_Z(t, 0, e, 64, e < elements(t, 64) / 4 * 4 ? d(13) : 0);
}

/* ---- Whole vectors on the host's FPU (FPSR.IXC already set) against one element at a time ---- */
static uint64_t random_state = 1;
static uint64_t random_bits(void)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return random_state >> 32 ^ random_state << 29;
}
/* Numbers of similar size, few of them special: most vectors are done as a whole, and sums cancel now and then. */
static void set_random_numbers(struct cpu *t, unsigned n, unsigned esize)
{
    unsigned special = random_bits() % 4 == 0;
    for (unsigned e = 0; e < elements(t, esize); e++) {
        uint64_t x = random_bits() << 32 ^ random_bits(), r = random_bits() % 64;
        if (esize == 32)
            x = (x & 0x807fffff) | (120 + random_bits() % 16) << 23;
        else
            x = (x & UINT64_C(0x800fffffffffffff)) | (1016 + random_bits() % 16) << 52;
        if (r < 8)
            x = 0;
        else if (r < 24)
            x &= ~Ones(esize / 2); /* few bits: exact results, and halves */
        else if (special && r < 28)
            x = random_bits() << 32 ^ random_bits();
        else if (special && r < 32)
            x &= ~(esize == 32 ? UINT64_C(0x7f800000) : UINT64_C(0x7ff0000000000000));
        SetElem(ZForWrite(t, n), e, esize, x);
    }
}
static void compare_fast(const char *text, uint32_t word, unsigned esize)
{
    static uint8_t before[32][MAX_VL_BYTES], fast[MAX_VL_BYTES];
    struct cpu *t = run1_cpu();

    for (unsigned i = 0; i < 400; i++) {
        run1_reset(t, 128 << i % 5);
        set_p_all(t, 0);
        for (unsigned n = 0; n < 3; n++)
            set_random_numbers(t, n, esize);
        memcpy(before, t->z, sizeof(before));
        t->fp.fpsr = FPSR_IXC;
        run1(t, text, word);
        uint32_t flags = t->fp.fpsr;
        memcpy(fast, Z(t, 0), CurrentVL(t) / 8);
        memcpy(t->z, before, sizeof(before));
        t->fp.fpsr = 0;
        run1(t, text, word);
        EXPECT(!memcmp(Z(t, 0), fast, CurrentVL(t) / 8));
        EXPECT_EQ(flags, t->fp.fpsr | FPSR_IXC);
    }
}
TEST(whole_vectors_agree_with_elements)
{
    compare_fast("fadd z0.s, z1.s, z2.s", 0x65820020, 32);
    compare_fast("fadd z0.d, z1.d, z2.d", 0x65c20020, 64);
    compare_fast("fsub z0.s, z1.s, z2.s", 0x65820420, 32);
    compare_fast("fsub z0.d, z1.d, z2.d", 0x65c20420, 64);
    compare_fast("fmul z0.s, z1.s, z2.s", 0x65820820, 32);
    compare_fast("fmul z0.d, z1.d, z2.d", 0x65c20820, 64);
    compare_fast("fmla z0.s, p0/m, z1.s, z2.s", 0x65a20020, 32);
    compare_fast("fmla z0.d, p0/m, z1.d, z2.d", 0x65e20020, 64);
    compare_fast("fmls z0.s, p0/m, z1.s, z2.s", 0x65a22020, 32);
    compare_fast("fnmla z0.d, p0/m, z1.d, z2.d", 0x65e24020, 64);
    compare_fast("fnmls z0.s, p0/m, z1.s, z2.s", 0x65a26020, 32);
    compare_fast("fmad z0.d, p0/m, z1.d, z2.d", 0x65e28020, 64);
    compare_fast("fmla z0.s, z1.s, z2.s[3]", 0x64ba0020, 32);
}

TEST_MAIN
