/* SVE predicates and counts. More cases, computed from Arm's specification, are in vectors.c. */
#include "tests/isa/sve.h"

TEST_ALL_VL(ptrue_patterns)
{
    run1(t, "ptrue p0.b", 0x2518e3e0);
    EXPECT_P_FIRST(t, 0, 8, elements(t, 8));
    run1(t, "ptrues p1.s, vl3", 0x2599e061);
    EXPECT_P_FIRST(t, 1, 32, 3);
    EXPECT_EQ(nzcv(t), 8); /* first active, and the last of those that the pattern names */
}

TEST_ALL_VL(whilelt_counts_up_to_the_limit)
{
    unsigned all = elements(t, 32);

    t->gpr[0] = 10, t->gpr[1] = 10 + all - 1;
    run1(t, "whilelt p0.s, x0, x1", 0x25a11400);
    EXPECT_P_FIRST(t, 0, 32, all - 1);
    EXPECT_EQ(nzcv(t), 0xa);
    t->gpr[1] = 10;
    run1(t, "whilelt p0.s, x0, x1", 0x25a11400);
    EXPECT_P_FIRST(t, 0, 32, 0);
    EXPECT_EQ(nzcv(t), 6);
    t->gpr[0] = (uint64_t)INT64_MIN, t->gpr[1] = INT64_MAX;
    run1(t, "whilelt p0.s, x0, x1", 0x25a11400);
    EXPECT_P_FIRST(t, 0, 32, all);
    EXPECT_EQ(nzcv(t), 8);
}

TEST_ALL_VL(whilels_to_the_largest_number_never_ends)
{
    t->gpr[0] = UINT64_MAX, t->gpr[1] = UINT64_MAX;
    run1(t, "whilels p0.b, x0, x1", 0x25211c10);
    EXPECT_P_FIRST(t, 0, 8, elements(t, 8));
}

TEST_ALL_VL(brka_keeps_up_to_the_first_true)
{
    struct pbits p = pred_bits(0);

    set_p_all(t, 0);
    pred_set(&p, 3), pred_set(&p, 9);
    SetP(t, 2, p);
    run1(t, "brka p1.b, p0/z, p2.b", 0x25104041);
    EXPECT_P_FIRST(t, 1, 8, 4);
}

TEST_ALL_VL(brkn_needs_the_last_active_element)
{
    set_p_first(t, 0, 8, 5), set_p_first(t, 1, 8, 7), set_p_first(t, 2, 8, 5);
    run1(t, "brkn p1.b, p0/z, p2.b, p1.b", 0x25184041);
    EXPECT_P_FIRST(t, 1, 8, 7);
    set_p_first(t, 2, 8, 4);
    run1(t, "brkn p1.b, p0/z, p2.b, p1.b", 0x25184041);
    EXPECT_P_FIRST(t, 1, 8, 0);
}

TEST_ALL_VL(pnext_visits_every_active_element)
{
    unsigned visits = 0;

    set_p_even(t, 0, 16);
    for (;;) {
        run1(t, "pnext p1.h, p0, p1.h", 0x2559c401);
        if (t->pstate.Z)
            break;
        EXPECT_EQ(pred_lowest(GetP(t, 1)), 4 * visits++);
        EXPECT_EQ(pred_count(GetP(t, 1)), 1);
    }
    EXPECT_EQ(visits, elements(t, 16) / 2);
}

TEST_ALL_VL(vector_length_in_general_registers)
{
    unsigned bytes = CurrentVL(t) / 8;

    run1(t, "rdvl x0, #-1", 0x04bf57e0);
    EXPECT_EQ(t->gpr[0], -(uint64_t)bytes);
    t->gpr[SP_SLOT] = 0x10000;
    run1(t, "addvl sp, sp, #-2", 0x043f57df);
    EXPECT_EQ(t->gpr[SP_SLOT], 0x10000 - 2 * bytes);
    run1(t, "cntw x0, vl4, mul #3", 0x04a2e080);
    EXPECT_EQ(t->gpr[0], 12);
}

TEST_ALL_VL(saturating_counts)
{
    t->gpr[0] = 0x7ffffffe;
    run1(t, "sqincd x0, w0, all, mul #16", 0x04eff3e0);
    EXPECT_EQ(t->gpr[0], 0x7fffffff);
    t->gpr[0] = 1, set_p_first(t, 1, 8, 5);
    run1(t, "uqdecp x0, p1.b", 0x252b8c20);
    EXPECT_EQ(t->gpr[0], 0);
}

TEST_ALL_VL(cterm)
{
    t->gpr[0] = t->gpr[1] = 5;
    run1(t, "ctermeq x0, x1", 0x25e12000);
    EXPECT_EQ(nzcv(t), 8);
    t->gpr[1] = 6;
    run1(t, "ctermeq x0, x1", 0x25e12000); /* V is NOT C, so LT holds while the loop goes on */
    EXPECT_EQ(nzcv(t), 1);
}

TEST_ALL_VL(first_fault_register)
{
    run1(t, "setffr", 0x252c9000);
    EXPECT_EQ(pred_count(GetP(t, FFR)), CurrentVL(t) / 8);
    set_p_first(t, 1, 8, 3);
    run1(t, "wrffr p1.b", 0x25289020);
    EXPECT_P_FIRST(t, FFR, 8, 3);
}

TEST_MAIN
