/* SVE integer arithmetic. More cases, computed from Arm's specification, are in vectors.c. */
#include "tests/isa/sve.h"

TEST_ALL_VL(sdiv_by_zero_gives_zero)
{
    set_z(t, 0, 32, -5), set_z(t, 1, 32, 0), set_p_all(t, 0);
    EXPECT(run1(t, "sdiv z0.s, p0/m, z0.s, z1.s", 0x04940020));
    EXPECT_Z_ALL(t, 0, 32, 0);
}
TEST_ALL_VL(sdiv_of_the_smallest_by_minus_one)
{
    set_z(t, 0, 32, INT32_MIN), set_z(t, 1, 32, -1), set_p_all(t, 0);
    run1(t, "sdiv z0.s, p0/m, z0.s, z1.s", 0x04940020);
    EXPECT_Z_ALL(t, 0, 32, INT32_MIN);
}
TEST(sdiv_of_bytes_is_undefined) { EXPECT(!run1_word(run1_cpu(), 0x04140020)); }

TEST_ALL_VL(inactive_elements_keep_their_value)
{
    set_z(t, 0, 16, 100), set_z(t, 1, 16, 3), set_z(t, 2, 16, -4), set_p_even(t, 0, 16);
    run1(t, "mla z0.h, p0/m, z1.h, z2.h", 0x04424020);
    for (unsigned e = 0; e < elements(t, 16); e++)
        EXPECT_Z(t, 0, e, 16, e % 2 ? 100 : 88);
}

TEST_ALL_VL(asrd_rounds_towards_zero)
{
    set_z(t, 0, 8, -3), set_p_all(t, 0);
    run1(t, "asrd z0.b, p0/m, z0.b, #1", 0x040481e0);
    EXPECT_Z_ALL(t, 0, 8, -1);
}

TEST_ALL_VL(compare_with_doublewords)
{
    set_z(t, 0, 8, -1), set_z(t, 1, 64, -2), set_p_all(t, 0);
    run1(t, "cmpgt p1.b, p0/z, z0.b, z1.d", 0x24014011);
    EXPECT_P_FIRST(t, 1, 8, elements(t, 8));
    EXPECT_EQ(nzcv(t), 8);
}
TEST_ALL_VL(compare_writes_only_active_elements)
{
    set_z_index(t, 0, 32, 99, 1), set_p_all(t, 0);
    run1(t, "cmplo p1.s, p0/z, z0.s, #100", 0x24b92001);
    EXPECT_P_FIRST(t, 1, 32, 1);
    EXPECT_EQ(nzcv(t), 0xa);
}

TEST_ALL_VL(reductions)
{
    set_z(t, 1, 8, 255), set_p_all(t, 0);
    run1(t, "uaddv d0, p0, z1.b", 0x04012020);
    EXPECT_Z(t, 0, 0, 64, 255 * elements(t, 8));
    EXPECT_Z(t, 0, 1, 64, 0);
    run1(t, "sminv b0, p0, z1.b", 0x040a2020);
    EXPECT_Z(t, 0, 0, 64, 0xff);
    SetP(t, 0, pred_bits(0));
    run1(t, "sminv b0, p0, z1.b", 0x040a2020);
    EXPECT_Z(t, 0, 0, 64, 0x7f);
}

TEST_ALL_VL(dot_product_by_element)
{
    set_z(t, 0, 32, 1000), set_z(t, 1, 8, -2), set_z_index(t, 2, 32, 0, 0x01010101);
    run1(t, "sdot z0.s, z1.b, z2.b[1]", 0x44aa0020);
    for (unsigned e = 0; e < elements(t, 32); e++) /* element 1 of each 128 bits of z2: all bytes 4 * segment + 1 */
        EXPECT_Z(t, 0, e, 32, 1000 - 8 * (int)(e / 4 * 4 + 1));
}

TEST_ALL_VL(index_counts)
{
    run1(t, "index z0.s, #-3, #2", 0x04a243a0);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, -3 + 2 * (int)e);
}

/* The immediate is unsigned, the element signed. */
TEST_ALL_VL(sqadd_immediate)
{
    set_z(t, 0, 8, -128);
    run1(t, "sqadd z0.b, z0.b, #200", 0x2524d900);
    EXPECT_Z_ALL(t, 0, 8, 72);
    run1(t, "sqadd z0.b, z0.b, #200", 0x2524d900);
    EXPECT_Z_ALL(t, 0, 8, 127);
}

TEST_MAIN
