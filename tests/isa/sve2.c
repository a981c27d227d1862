/* SVE2. More cases, computed from Arm's specification, are in vectors.c. */
#include "tests/isa/sve.h"

TEST_ALL_VL(long_additions_take_even_or_odd_elements)
{
    set_z(t, 1, 16, 0x7fff), set_z(t, 2, 8, -1); /* bytes -1 (even) and 127 (odd) */
    run1(t, "saddlb z0.h, z1.b, z2.b", 0x45420020);
    EXPECT_Z_ALL(t, 0, 16, -2);
    run1(t, "saddlt z0.h, z1.b, z2.b", 0x45420420);
    EXPECT_Z_ALL(t, 0, 16, 126);
}
TEST_ALL_VL(doubling_product_and_sum_saturate)
{
    set_z(t, 0, 64, 0), set_z(t, 1, 32, INT32_MIN), set_z(t, 2, 32, INT32_MIN);
    run1(t, "sqdmlalb z0.d, z1.s, z2.s", 0x44c26020);
    EXPECT_Z_ALL(t, 0, 64, INT64_MAX);
    EXPECT_EQ(t->fp.fpsr, 0); /* SVE does not set QC */
    run1(t, "sqdmlalb z0.d, z1.s, z2.s", 0x44c26020);
    EXPECT_Z_ALL(t, 0, 64, INT64_MAX);
}
TEST_ALL_VL(narrowing_to_bottom_clears_the_top)
{
    set_z(t, 0, 16, 0x5555), set_z(t, 1, 16, 300);
    run1(t, "sqxtnt z0.b, z1.h", 0x45284420);
    EXPECT_Z_ALL(t, 0, 16, 0x7f55);
    run1(t, "sqxtnb z0.b, z1.h", 0x45284020);
    EXPECT_Z_ALL(t, 0, 16, 0x007f);
}
TEST_ALL_VL(add_long_with_carry)
{
    set_z(t, 0, 64, -1), set_z(t, 1, 64, 1), set_z_index(t, 2, 64, 0, 1); /* carries in: odd elements' lowest bit, 1 */
    run1(t, "adclb z0.d, z1.d, z2.d", 0x4542d020);
    for (unsigned e = 0; e < elements(t, 64); e++)
        EXPECT_Z(t, 0, e, 64, 1);
}
TEST_ALL_VL(complex_addition)
{
    set_z(t, 0, 16, 10), set_z(t, 1, 32, 7 << 16 | 3); /* real 3, imaginary 7 */
    run1(t, "cadd z0.h, z0.h, z1.h, #270", 0x4540dc20);
    EXPECT_Z_ALL(t, 0, 32, 7 << 16 | 17);
}
TEST_ALL_VL(add_pairs_to_accumulator)
{
    set_z(t, 0, 32, 5), set_z(t, 1, 16, -2), set_p_all(t, 0);
    run1(t, "sadalp z0.s, p0/m, z1.h", 0x4484a020);
    EXPECT_Z_ALL(t, 0, 32, 1);
}

/* The whole element is the shift, not its low byte as in AdvSIMD. */
TEST_ALL_VL(shift_by_more_than_a_byte_says)
{
    set_z(t, 0, 32, -5), set_z(t, 1, 32, 0x100), set_p_all(t, 0);
    run1(t, "sqshl z0.s, p0/m, z0.s, z1.s", 0x44888020);
    EXPECT_Z_ALL(t, 0, 32, INT32_MIN);
    set_z(t, 0, 8, 5), set_z(t, 1, 8, -1);
    run1(t, "srshl z0.b, p0/m, z0.b, z1.b", 0x44028020);
    EXPECT_Z_ALL(t, 0, 8, 3);
}

TEST_ALL_VL(bits)
{
    set_z(t, 0, 32, 0x12345678), set_z(t, 1, 32, 0);
    run1(t, "xar z0.s, z0.s, z1.s, #8", 0x04783420);
    EXPECT_Z_ALL(t, 0, 32, 0x78123456);
    set_z(t, 1, 32, -1), set_z(t, 2, 32, 0xffff);
    run1(t, "bsl z0.d, z0.d, z1.d, z2.d", 0x04213c40);
    EXPECT_Z_ALL(t, 0, 32, 0xffff3456);
    set_z(t, 1, 8, 0xb5), set_z(t, 2, 8, 0xf0);
    run1(t, "bext z0.b, z1.b, z2.b", 0x4502b020);
    EXPECT_Z_ALL(t, 0, 8, 0x0b);
    run1(t, "bdep z0.b, z1.b, z2.b", 0x4502b420);
    EXPECT_Z_ALL(t, 0, 8, 0x50);
    run1(t, "bgrp z0.b, z1.b, z2.b", 0x4502b820);
    EXPECT_Z_ALL(t, 0, 8, 0x5b);
}

TEST_ALL_VL(table_of_two_registers_wraps_at_31)
{
    unsigned bytes = elements(t, 8);
    set_z(t, 31, 8, 0x31), set_z(t, 0, 8, 0x42), set_z_index(t, 1, 8, bytes - 1, 1);
    run1(t, "tbl z0.b, {z31.b, z0.b}, z1.b", 0x05212be0);
    EXPECT_Z(t, 0, 0, 8, 0x31);
    EXPECT_Z(t, 0, 1, 8, (bytes & 0xff) == 0 ? 0x31 : 0x42); /* an index of 256 is none in a byte */
}
TEST_ALL_VL(tbx_leaves_what_has_no_entry)
{
    set_z(t, 0, 16, 7), set_z(t, 1, 16, 9), set_z_index(t, 2, 16, elements(t, 16) - 1, 1);
    run1(t, "tbx z0.h, z1.h, z2.h", 0x05622c20);
    for (unsigned e = 0; e < elements(t, 16); e++)
        EXPECT_Z(t, 0, e, 16, e ? 7 : 9);
}
TEST_ALL_VL(constructive_ext_and_splice)
{
    unsigned bytes = elements(t, 8);
    set_z_index(t, 1, 8, 0, 1), set_z(t, 2, 8, 0xee);
    run1(t, "ext z0.b, {z1.b, z2.b}, #3", 0x05600c20);
    for (unsigned e = 0; e < bytes; e++)
        EXPECT_Z(t, 0, e, 8, e + 3 < bytes ? e + 3 : 0xee);
    set_p_first(t, 0, 8, 2);
    run1(t, "splice z0.b, p0, {z1.b, z2.b}", 0x052d8020);
    for (unsigned e = 0; e < bytes; e++)
        EXPECT_Z(t, 0, e, 8, e < 2 ? e : 0xee);
}

TEST_ALL_VL(match_looks_at_its_quadword)
{
    set_z(t, 0, 8, 5), set_p_all(t, 0), set_z(t, 1, 8, 0);
    SetElem(ZForWrite(t, 1), 9, 8, 5);
    run1(t, "match p1.b, p0/z, z0.b, z1.b", 0x45218001);
    EXPECT_P_FIRST(t, 1, 8, 16);
    EXPECT_EQ(nzcv(t), CurrentVL(t) == 128 ? 8 : 0xa);
}
TEST_ALL_VL(histograms)
{
    set_p_all(t, 0), set_z(t, 1, 32, 4), set_z(t, 2, 32, 4);
    run1(t, "histcnt z0.s, p0/z, z1.s, z2.s", 0x45a2c020);
    for (unsigned e = 0; e < elements(t, 32); e++)
        EXPECT_Z(t, 0, e, 32, e + 1);
    set_z_index(t, 2, 8, 0, 1), set_z(t, 1, 8, 3);
    run1(t, "histseg z0.b, z1.b, z2.b", 0x4522a020);
    for (unsigned e = 0; e < elements(t, 8); e++)
        EXPECT_Z(t, 0, e, 8, e < 16);
}

TEST_ALL_VL(while_counts_down_from_the_last_element)
{
    unsigned n = elements(t, 32);
    SetX(t, 0, 3), SetX(t, 1, 1);
    run1(t, "whilegt p0.s, x0, x1", 0x25a11010);
    struct pbits want = pred_bic(pred_first(n, 32), pred_first(n - 2, 32));
    for (unsigned w = 0; w < PWORDS; w++)
        EXPECT_EQ(GetP(t, 0).w[w], want.w[w]);
    EXPECT_EQ(nzcv(t), 0);
}
TEST_ALL_VL(while_pointers_do_not_conflict)
{
    SetX(t, 0, 0x1000), SetX(t, 1, 0x1006);
    run1(t, "whilewr p0.h, x0, x1", 0x25613000);
    EXPECT_P_FIRST(t, 0, 16, 3);
    run1(t, "whilerw p0.h, x0, x1", 0x25613010);
    EXPECT_P_FIRST(t, 0, 16, 3);
    SetX(t, 0, 0x1006), SetX(t, 1, 0x1000);
    run1(t, "whilewr p0.h, x0, x1", 0x25613000);
    EXPECT_P_FIRST(t, 0, 16, elements(t, 16));
    run1(t, "whilerw p0.h, x0, x1", 0x25613010);
    EXPECT_P_FIRST(t, 0, 16, 3);
}

/* FIPS 197, appendix B: the first round's state before the key is added, and after SubBytes, ShiftRows, MixColumns. */
TEST_ALL_VL(aes_round)
{
    static const uint8_t input[16] = { 0x32, 0x43, 0xf6, 0xa8, 0x88, 0x5a, 0x30, 0x8d,
                                       0x31, 0x31, 0x98, 0xa2, 0xe0, 0x37, 0x07, 0x34 };
    static const uint8_t key[16] = { 0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6,
                                     0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c };
    static const uint8_t mixed[16] = { 0x04, 0x66, 0x81, 0xe5, 0xe0, 0xcb, 0x19, 0x9a,
                                       0x48, 0xf8, 0xd3, 0x7a, 0x28, 0x06, 0x26, 0x4c };
    for (unsigned i = 0; i < CurrentVL(t) / 8; i += 16)
        memcpy(ZForWrite(t, 0) + i, input, 16), memcpy(ZForWrite(t, 1) + i, key, 16);
    run1(t, "aese z0.b, z0.b, z1.b", 0x4522e020);
    run1(t, "aesmc z0.b, z0.b", 0x4520e000);
    for (unsigned i = 0; i < CurrentVL(t) / 8; i += 16)
        EXPECT(!memcmp(Z(t, 0) + i, mixed, 16));
}

TEST_MAIN
