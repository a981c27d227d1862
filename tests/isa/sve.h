/* Vectors and predicates for the tests of SVE rows, at every vector length. */
#ifndef SVEMU_TESTS_ISA_SVE_H
#define SVEMU_TESTS_ISA_SVE_H

#include "isa/pred.h"
#include "tests/isa/run1.h"

/* A test that runs once for each vector length, with t the CPU after run1_reset. */
#define TEST_ALL_VL(NAME)                                          \
    static void all_vl_##NAME(struct cpu *t);                      \
    TEST(NAME)                                                     \
    {                                                              \
        for (unsigned vl_ = 128; vl_ <= MAX_VL_BITS; vl_ += 128) { \
            struct cpu *t_ = run1_cpu();                           \
            run1_reset(t_, vl_);                                   \
            all_vl_##NAME(t_);                                     \
        }                                                          \
    }                                                              \
    static void all_vl_##NAME(struct cpu *t)

static inline unsigned elements(const struct cpu *t, unsigned esize) { return CurrentVL(t) / esize; }

static inline void set_z(struct cpu *t, unsigned n, unsigned esize, int64_t x)
{
    for (unsigned e = 0; e < elements(t, esize); e++)
        SetElem(ZForWrite(t, n), e, esize, (uint64_t)x);
}
/* Element e holds first + e * step. */
static inline void set_z_index(struct cpu *t, unsigned n, unsigned esize, uint64_t first, uint64_t step)
{
    for (unsigned e = 0; e < elements(t, esize); e++)
        SetElem(ZForWrite(t, n), e, esize, first + e * step);
}
static inline void set_p_all(struct cpu *t, unsigned n) { SetP(t, n, pred_bits(CurrentVL(t) / 8)); }
/* Only the first count elements. */
static inline void set_p_first(struct cpu *t, unsigned n, unsigned esize, unsigned count)
{
    SetP(t, n, pred_first(count, esize));
}
/* Only every second element: those with an even number. */
static inline void set_p_even(struct cpu *t, unsigned n, unsigned esize)
{
    struct pbits p = pred_bits(0);
    for (unsigned e = 0; e < elements(t, esize); e += 2)
        pred_set(&p, e * (esize / 8));
    SetP(t, n, p);
}

#define EXPECT_Z(T, N, E, ESIZE, WANT) EXPECT_EQ(Elem(Z(T, N), (E), (ESIZE)), UInt((uint64_t)(WANT), (ESIZE)))
#define EXPECT_Z_ALL(T, N, ESIZE, WANT)                  \
    for (unsigned e_ = 0; e_ < elements(T, ESIZE); e_++) \
    EXPECT_Z(T, N, e_, ESIZE, WANT)
/* P[n] is exactly the first COUNT elements. */
#define EXPECT_P_FIRST(T, N, ESIZE, COUNT)   \
    for (unsigned w_ = 0; w_ < PWORDS; w_++) \
    EXPECT_EQ(GetP(T, N).w[w_], pred_first((COUNT), (ESIZE)).w[w_])

static inline unsigned nzcv(const struct cpu *t)
{
    return (unsigned)(t->pstate.N << 3 | t->pstate.Z << 2 | t->pstate.C << 1 | t->pstate.V);
}

#endif
