/* SVE2.1: predicates as counters, and what works within or across quadwords. */
#include "tests/isa/sve.h"

TEST_ALL_VL(counter_counts_to_four_vectors)
{
    unsigned bytes = elements(t, 8);
    SetX(t, 0, 0), SetX(t, 1, 2 * bytes + 5);
    run1(t, "whilelt pn8.b, x0, x1, vlx4", 0x25216410);
    EXPECT_EQ(nzcv(t), 0xa);
    run1(t, "cntp x3, pn8.b, vlx4", 0x25208703);
    EXPECT_EQ(X(t, 3), 2 * bytes + 5);
    run1(t, "pext p1.b, pn8[2]", 0x25207211);
    EXPECT_P_FIRST(t, 1, 8, 5);
}
TEST_ALL_VL(counter_of_all)
{
    run1(t, "ptrue pn9.d", 0x25e07811);
    EXPECT_EQ(Elem(P(t, 9), 0, 16), 0x8008);
}

TEST_ALL_VL(load_of_four_vectors)
{
    unsigned words = elements(t, 32);
    uint32_t *ram = (uint32_t *)run1_ram(t, RUN1_RAM + 0x2000);
    for (unsigned i = 0; i < 4 * words; i++)
        ram[i] = i + 1;
    SetX(t, 0, 0), SetX(t, 1, 12 * words); /* bytes: three of the four vectors */
    run1(t, "whilelt pn8.b, x0, x1, vlx4", 0x25216410);
    SetX(t, 0, RUN1_RAM + 0x1ff0), SetX(t, 1, 4);
    EXPECT(run1(t, "ld1w {z0.s-z3.s}, pn8/z, [x0, x1, lsl #2]", 0xa001c000));
    for (unsigned e = 0; e < words; e++) {
        EXPECT_Z(t, 0, e, 32, e + 1);
        EXPECT_Z(t, 2, e, 32, 2 * words + e + 1);
        EXPECT_Z(t, 3, e, 32, 0);
    }
}
TEST_ALL_VL(store_of_two_vectors)
{
    unsigned bytes = elements(t, 8);
    uint8_t *ram = run1_ram(t, RUN1_RAM + 0x3000) + 4 * bytes;
    memset(ram, 0, 2 * bytes);
    set_z(t, 4, 8, 0x44), set_z(t, 5, 8, 0x55);
    SetX(t, 0, 0), SetX(t, 1, bytes + 1);
    run1(t, "whilelt pn8.b, x0, x1, vlx4", 0x25216410);
    SetX(t, 0, RUN1_RAM + 0x3000);
    EXPECT(run1(t, "st1b {z4.b-z5.b}, pn8, [x0, #4, mul vl]", 0xa0620004));
    for (unsigned i = 0; i < 2 * bytes; i++)
        EXPECT_EQ(ram[i], i < bytes ? 0x44 : i == bytes ? 0x55 : 0);
}
TEST_ALL_VL(quadword_structures)
{
    uint8_t *ram = run1_ram(t, RUN1_RAM + 0x2000);
    for (unsigned i = 0; i < CurrentVL(t) / 4; i++)
        ram[i] = (uint8_t)(i / 16);
    set_p_all(t, 0), SetX(t, 0, RUN1_RAM + 0x2000);
    EXPECT(run1(t, "ld2q {z0.q, z1.q}, p0/z, [x0]", 0xa490e000));
    for (unsigned e = 0; e < elements(t, 8); e++) {
        EXPECT_Z(t, 0, e, 8, e / 16 * 2);
        EXPECT_Z(t, 1, e, 8, e / 16 * 2 + 1);
    }
    SetX(t, 1, 0);
    EXPECT(run1(t, "ld1d {z0.q}, p0/z, [x0, x1, lsl #3]", 0xa5818000));
    for (unsigned e = 0; e < elements(t, 64); e++)
        EXPECT_Z(t, 0, e, 64, e % 2 ? 0 : UINT64_C(0x0101010101010101) * (e / 4));
}
TEST_ALL_VL(a_fault_in_the_last_element_changes_nothing)
{
    uint64_t end = RUN1_RAM + RUN1_RAM_SIZE;
    set_z(t, 0, 8, 0x33), set_z(t, 1, 8, 0x33), set_p_all(t, 0);
    SetX(t, 0, end - CurrentVL(t) / 4 + 16);
    EXPECT(!run1(t, "ld2q {z0.q, z1.q}, p0/z, [x0]", 0xa490e000));
    EXPECT_Z_ALL(t, 0, 8, 0x33);
}

TEST_ALL_VL(predicate_to_part_of_a_vector)
{
    unsigned n = elements(t, 16);
    set_z(t, 0, 8, 0), set_p_first(t, 1, 16, n);
    run1(t, "pmov z0[1], p1.h", 0x052f3820);
    for (unsigned i = 0; i < CurrentVL(t) / 8; i++)
        EXPECT_EQ(Z(t, 0)[i], i >= n / 8 && i < n / 4 ? 0xff : 0);
}
TEST_ALL_VL(psel_by_register_and_offset)
{
    unsigned n = elements(t, 32);
    set_p_all(t, 2), set_p_first(t, 3, 32, 1), set_p_first(t, 1, 8, 3);
    SetX(t, 12, n - 1); /* and 1 more is element 0 */
    run1(t, "psel p1, p2, p3.s[w12, 1]", 0x25704861);
    EXPECT_P_FIRST(t, 1, 8, elements(t, 8));
    SetX(t, 12, 0);
    run1(t, "psel p1, p2, p3.s[w12, 1]", 0x25704861);
    EXPECT_P_FIRST(t, 1, 8, 0);
}

TEST_ALL_VL(within_and_across_quadwords)
{
    set_z_index(t, 1, 32, 0, 1);
    run1(t, "dupq z0.s, z1.s[2]", 0x05342420);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e / 4 * 4 + 2);
    set_p_all(t, 0), set_z(t, 1, 32, 3);
    run1(t, "addqv v0.4s, p0, z1.s", 0x04852020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e < 4 ? 3 * (CurrentVL(t) / 128) : 0);
    set_z_index(t, 1, 64, 0, 1);
    run1(t, "revd z0.q, p0/m, z1.q", 0x052e8020);
    for (unsigned e = 0; e < elements(t, 64); e++)
        EXPECT_Z(t, 0, e, 64, e ^ 1);
}
TEST_ALL_VL(clamp)
{
    set_z(t, 0, 8, 100), set_z(t, 1, 8, -5), set_z(t, 2, 8, 10);
    run1(t, "sclamp z0.b, z1.b, z2.b", 0x4402c020);
    EXPECT_Z_ALL(t, 0, 8, 10);
}

TEST_MAIN
