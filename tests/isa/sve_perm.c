/* SVE moves and permutes. More cases, computed from Arm's specification, are in vectors.c. */
#include "tests/isa/sve.h"

TEST_ALL_VL(dup_of_an_element_beyond_the_vector_is_zero)
{
    set_z_index(t, 1, 64, 7, 1);
    run1(t, "dup z0.d, z1.d[3]", 0x05782020);
    EXPECT_Z_ALL(t, 0, 64, elements(t, 64) > 3 ? 10 : 0);
}
TEST_ALL_VL(fdup_expands_its_immediate)
{
    run1(t, "fdup z0.d, #-1.5", 0x25f9df00);
    EXPECT_Z_ALL(t, 0, 64, 0xbff8000000000000);
}
TEST_ALL_VL(movprfx_with_zeroing)
{
    set_z(t, 0, 32, 5), set_z(t, 1, 32, 6), set_p_even(t, 0, 32);
    run1(t, "movprfx z0.s, p0/z, z1.s", 0x04902020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e % 2 ? 0 : 6);
}

TEST_ALL_VL(ext_takes_bytes_across_both)
{
    unsigned length = CurrentVL(t) / 8, from = length > 17 ? 17 : 0; /* 17 is beyond the end of 16 bytes */

    set_z_index(t, 0, 8, 0, 1), set_z(t, 1, 8, 0xee);
    run1(t, "ext z0.b, z0.b, z1.b, #17", 0x05220420);
    for (unsigned e = 0; e < length; e++)
        EXPECT_Z(t, 0, e, 8, e + from < length ? e + from : 0xee);
}
TEST_ALL_VL(splice_moves_the_active_segment_down)
{
    struct pbits p = pred_bits(0);

    pred_set(&p, 2), pred_set(&p, 8); /* halfwords 1 to 4, inactive ones between them included */
    SetP(t, 0, p);
    set_z_index(t, 0, 16, 100, 1), set_z_index(t, 1, 16, 200, 1);
    run1(t, "splice z0.h, p0, z0.h, z1.h", 0x056c8020);
    for (unsigned e = 0; e < elements(t, 16); e++)
        EXPECT_Z(t, 0, e, 16, e < 4 ? 101 + e : 196 + e);
}
TEST_ALL_VL(compact_leaves_zeros_behind)
{
    set_z_index(t, 1, 32, 1, 1), set_p_even(t, 0, 32);
    run1(t, "compact z0.s, p0, z1.s", 0x05a18020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e < elements(t, 32) / 2 ? 2 * e + 1 : 0);
}
TEST_ALL_VL(tbl_with_an_index_out_of_range)
{
    set_z_index(t, 1, 8, 0x80, 1), set_z_index(t, 2, 8, elements(t, 8) - 2, 1);
    run1(t, "tbl z0.b, { z1.b }, z2.b", 0x05223020);
    for (unsigned e = 0; e < elements(t, 8); e++) {
        uint8_t index = (uint8_t)(elements(t, 8) - 2 + e);
        EXPECT_Z(t, 0, e, 8, index < elements(t, 8) ? 0x80 + index : 0);
    }
}
TEST_ALL_VL(lasta_wraps_around)
{
    set_z_index(t, 1, 16, 300, 1), set_p_first(t, 0, 16, elements(t, 16));
    run1(t, "lasta w0, p0, z1.h", 0x0560a020);
    EXPECT_EQ(t->gpr[0], 300);
    set_p_first(t, 0, 16, 2);
    run1(t, "lasta w0, p0, z1.h", 0x0560a020);
    EXPECT_EQ(t->gpr[0], 302);
}
TEST_ALL_VL(clastb_without_active_elements)
{
    t->gpr[0] = 0x1234567890;
    run1(t, "clastb x0, p0, x0, z1.d", 0x05f1a020);
    EXPECT_EQ(t->gpr[0], 0x1234567890);
}
TEST_ALL_VL(insr_shifts_in)
{
    set_z_index(t, 0, 32, 10, 1), t->gpr[1] = 9;
    run1(t, "insr z0.s, w1", 0x05a43820);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, 9 + e);
}
TEST_ALL_VL(zip2_interleaves_the_high_halves)
{
    unsigned half = elements(t, 8) / 2;

    set_z_index(t, 1, 8, 0, 1), set_z_index(t, 2, 8, 1, 1);
    run1(t, "zip2 z0.b, z1.b, z2.b", 0x05226420);
    for (unsigned e = 0; e < elements(t, 8); e++)
        EXPECT_Z(t, 0, e, 8, half + e / 2 + e % 2);
}

TEST_MAIN
