/* Scalar floating point: registers, flags and FPCR around the arithmetic, which tests/isa/fpu.c has. */
#include "isa/elem.h"
#include "isa/fpu.h"
#include "tests/isa/run1.h"

/* The bits of V[n] below and above 64. */
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
static void set_d(struct cpu *t, unsigned n, double x) { SetV(t, n, 64, fpu_d_bits(x)); }
static unsigned nzcv(const struct cpu *t)
{
    return (unsigned)(t->pstate.N << 3 | t->pstate.Z << 2 | t->pstate.C << 1 | t->pstate.V);
}

TEST(a_scalar_result_clears_the_rest_of_z)
{
    struct cpu *t = start();
    memset(ZForWrite(t, 0), 0xff, MAX_VL_BYTES);
    set_d(t, 1, 1.5), set_d(t, 2, 2.25);
    EXPECT(run1(t, "fadd d0, d1, d2", 0x1e622820));
    EXPECT_EQ(V(t, 0, 64), fpu_d_bits(3.75));
    for (unsigned e = 1; e < MAX_VL_BITS / 64; e++)
        EXPECT_EQ(Elem(t->z[0], e, 64), 0);
}
TEST(nep_keeps_what_is_above)
{
    struct cpu *t = start();
    SetElem(t->z[1], 1, 64, 0x1111111111111111);
    SetElem(t->z[1], 0, 64, fpu_d_bits(1.5));
    SetElem(t->z[0], 1, 64, 0x2222222222222222);
    t->fp.fpcr = FPCR_NEP;
    EXPECT(run1(t, "fadd d0, d1, d2", 0x1e622820)); /* two operands: from Vn */
    EXPECT_V(t, 0, 0x1111111111111111, fpu_d_bits(1.5));
    SetElem(t->z[0], 1, 64, 0x2222222222222222);
    EXPECT(run1(t, "fsqrt d0, d1", 0x1e61c020)); /* one: from Vd */
    EXPECT_EQ(Elem(t->z[0], 1, 64), 0x2222222222222222);
}
TEST(fmadd_rounds_once)
{
    struct cpu *t = start();
    set_d(t, 1, 0x1.0000000000001p0), set_d(t, 2, 0x1.0000000000001p0), set_d(t, 3, -0x1.0000000000002p0);
    EXPECT(run1(t, "fmadd d0, d1, d2, d3", 0x1f420c20));
    EXPECT_EQ(V(t, 0, 64), fpu_d_bits(0x1p-104));
}
TEST(fcmp_sets_flags)
{
    struct cpu *t = start();
    set_d(t, 0, 1), set_d(t, 1, 2);
    EXPECT(run1(t, "fcmp d0, d1", 0x1e612000));
    EXPECT_EQ(nzcv(t), 8);
    SetV(t, 1, 64, 0x7ff8000000000000);
    EXPECT(run1(t, "fcmp d0, d1", 0x1e612000));
    EXPECT_EQ(nzcv(t), 3);
    EXPECT_EQ(t->fp.fpsr, 0); /* a quiet NaN: only FCMPE signals it */
}
TEST(fcvtzs_saturates)
{
    struct cpu *t = start();
    set_d(t, 1, -1e10);
    EXPECT(run1(t, "fcvtzs w0, d1", 0x1e780020));
    EXPECT_EQ(t->gpr[0], 0x80000000);
    EXPECT_EQ(t->fp.fpsr, FPSR_IOC);
}
TEST(fjcvtzs_wraps)
{
    struct cpu *t = start();
    set_d(t, 1, 4294967297.0);
    EXPECT(run1(t, "fjcvtzs w0, d1", 0x1e7e0020));
    EXPECT_EQ(t->gpr[0], 1);
    EXPECT_EQ(nzcv(t), 0);
    set_d(t, 1, -7);
    EXPECT(run1(t, "fjcvtzs w0, d1", 0x1e7e0020));
    EXPECT_EQ(t->gpr[0], 0xfffffff9);
    EXPECT_EQ(nzcv(t), 4); /* exact */
}
TEST(fmov_between_register_files)
{
    struct cpu *t = start();
    SetV(t, 1, 64, 0x1234);
    t->gpr[2] = 0xabcd;
    EXPECT(run1(t, "fmov v1.d[1], x2", 0x9eaf0041));
    EXPECT_V(t, 1, 0xabcd, 0x1234);
    EXPECT(run1(t, "fmov d0, #-1.5", 0x1e7f1000));
    EXPECT_EQ(V(t, 0, 64), fpu_d_bits(-1.5));
}
TEST(half_precision_needs_fp16)
{
    struct cpu *t = start();
    SetV(t, 1, 16, 0x3c00), SetV(t, 2, 16, 0x4000);
    EXPECT(run1(t, "fadd h0, h1, h2", 0x1ee22820));
    EXPECT_EQ(V(t, 0, 16), 0x4200);
    run1_set_feature(FEAT_FP16, false);
    EXPECT(!run1(t, "fadd h0, h1, h2", 0x1ee22820));
    run1_all_features();
    EXPECT(!run1_word(t, 0x1ea22820)); /* ftype 2 */
}

TEST_MAIN
