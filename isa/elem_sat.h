/* What one element does in saturating operations. *sat becomes true if the result had to be saturated: AdvSIMD sets
 * FPSR.QC then, SVE does not look. */
#ifndef SVEMU_ISA_ELEM_SAT_H
#define SVEMU_ISA_ELEM_SAT_H

#include "isa/elem_simd.h"

typedef uint64_t elem1sat_fn(uint64_t n, unsigned esize, bool *sat);
typedef uint64_t elem2sat_fn(uint64_t n, uint64_t m, unsigned esize, bool *sat);
typedef uint64_t elem3sat_fn(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat);

static ALWAYS_INLINE uint64_t SignedSatQ(int128 x, unsigned esize, bool *sat)
{
    int64_t max = (int64_t)Ones(esize - 1), min = -max - 1;
    if (x >= min && x <= max)
        return (uint64_t)x;
    *sat = true;
    return (uint64_t)(x > max ? max : min);
}
static ALWAYS_INLINE uint64_t UnsignedSatQ(int128 x, unsigned esize, bool *sat)
{
    if (x >= 0 && x <= Ones(esize))
        return (uint64_t)x;
    *sat = true;
    return x < 0 ? 0 : Ones(esize);
}

/* ---- Add, subtract, absolute value ---- */
static inline uint64_t e_sqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return SignedSatQ((int128)SInt(n, esize) + SInt(m, esize), esize, sat);
}
static inline uint64_t e_uqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return UnsignedSatQ((int128)n + m, esize, sat);
}
static inline uint64_t e_sqsub(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return SignedSatQ((int128)SInt(n, esize) - SInt(m, esize), esize, sat);
}
static inline uint64_t e_uqsub(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return UnsignedSatQ((int128)n - m, esize, sat);
}
static inline uint64_t e_sqabs(uint64_t n, unsigned esize, bool *sat)
{
    int128 x = SInt(n, esize);
    return SignedSatQ(x < 0 ? -x : x, esize, sat);
}
static inline uint64_t e_sqneg(uint64_t n, unsigned esize, bool *sat)
{
    return SignedSatQ(-(int128)SInt(n, esize), esize, sat);
}
/* A signed number plus an unsigned one m, saturated as signed; and the other way round. */
static inline uint64_t e_suqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return SignedSatQ((int128)SInt(n, esize) + m, esize, sat);
}
static inline uint64_t e_usqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return UnsignedSatQ((int128)n + SInt(m, esize), esize, sat);
}

/* ---- Shifts ---- */
/* Left by more than the element: saturates whatever is not zero. */
static ALWAYS_INLINE int128 shift_left(int128 x, unsigned shift, unsigned esize)
{
    return shift >= esize ? x * ((int128)1 << esize) : x * ((int128)1 << shift);
}
static ALWAYS_INLINE uint64_t sat_shift_signed(uint64_t n, uint64_t m, unsigned esize, bool round, bool *sat)
{
    int shift = (int8_t)m;
    int64_t x = SInt(n, esize);
    if (shift < 0)
        return (uint64_t)RShr_signed(x, (unsigned)-shift, round);
    return SignedSatQ(shift_left(x, (unsigned)shift, esize), esize, sat);
}
static ALWAYS_INLINE uint64_t sat_shift_unsigned(uint64_t n, uint64_t m, unsigned esize, bool round, bool *sat)
{
    int shift = (int8_t)m;
    if (shift < 0)
        return RShr_unsigned(n, (unsigned)-shift, round);
    if (shift >= (int)esize ? n != 0 : n >> (esize - 1 - (unsigned)shift) > 1) {
        *sat = true;
        return Ones(esize);
    }
    return shift >= (int)esize ? 0 : n << shift;
}
static inline uint64_t e_sqshl(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return sat_shift_signed(n, m, esize, false, sat);
}
static inline uint64_t e_sqrshl(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return sat_shift_signed(n, m, esize, true, sat);
}
static inline uint64_t e_uqshl(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return sat_shift_unsigned(n, m, esize, false, sat);
}
static inline uint64_t e_uqrshl(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return sat_shift_unsigned(n, m, esize, true, sat);
}
/* A signed number shifted left, saturated as unsigned. */
static inline uint64_t e_sqshlu(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return UnsignedSatQ((int128)SInt(n, esize) * ((int128)1 << shift), esize, sat);
}

/* ---- Narrowing: n has 2 * esize bits, the result esize ---- */
static inline uint64_t e_sqxtn(uint64_t n, unsigned esize, bool *sat)
{
    return SignedSatQ(SInt(n, 2 * esize), esize, sat);
}
static inline uint64_t e_uqxtn(uint64_t n, unsigned esize, bool *sat) { return UnsignedSatQ(n, esize, sat); }
static inline uint64_t e_sqxtun(uint64_t n, unsigned esize, bool *sat)
{
    return UnsignedSatQ(SInt(n, 2 * esize), esize, sat);
}
static inline uint64_t e_sqshrn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return SignedSatQ(RShr_signed(SInt(n, 2 * esize), (unsigned)shift, false), esize, sat);
}
static inline uint64_t e_sqrshrn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return SignedSatQ(RShr_signed(SInt(n, 2 * esize), (unsigned)shift, true), esize, sat);
}
static inline uint64_t e_uqshrn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return UnsignedSatQ(RShr_unsigned(n, (unsigned)shift, false), esize, sat);
}
static inline uint64_t e_uqrshrn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return UnsignedSatQ(RShr_unsigned(n, (unsigned)shift, true), esize, sat);
}
static inline uint64_t e_sqshrun(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return UnsignedSatQ(RShr_signed(SInt(n, 2 * esize), (unsigned)shift, false), esize, sat);
}
static inline uint64_t e_sqrshrun(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return UnsignedSatQ(RShr_signed(SInt(n, 2 * esize), (unsigned)shift, true), esize, sat);
}

/* ---- Doubling multiplies ---- */
static ALWAYS_INLINE int128 doubled_product(uint64_t n, uint64_t m, unsigned esize)
{
    return (int128)SInt(n, esize) * SInt(m, esize) * 2;
}
static inline uint64_t e_sqdmulh(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    if (esize == 64) /* the doubled product of two minima is the one that does not fit */
        return n == m && n == UINT64_C(1) << 63 ? (*sat = true, (uint64_t)INT64_MAX)
                                                : (uint64_t)((int128)SInt(n, 64) * SInt(m, 64) >> 63);
    return SignedSatQ(doubled_product(n, m, esize) >> esize, esize, sat);
}
static inline uint64_t e_sqrdmulh(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    if (esize == 64)
        return SignedSatQ((((int128)SInt(n, 64) * SInt(m, 64) >> 62) + 1) >> 1, 64, sat);
    return SignedSatQ((doubled_product(n, m, esize) + ((int128)1 << (esize - 1))) >> esize, esize, sat);
}
/* (a << esize) +- 2 n m + rounding, all halved so that 64-bit elements fit. */
static ALWAYS_INLINE uint64_t rounding_doubling(uint64_t a, int128 product, unsigned esize, bool *sat)
{
    int128 sum = (int128)SInt(a, esize) * ((int128)1 << (esize - 1)) + ((int128)1 << (esize - 2));
    return SignedSatQ((sum + product) >> (esize - 1), esize, sat);
}
static inline uint64_t e_sqrdmlah(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return rounding_doubling(a, (int128)SInt(n, esize) * SInt(m, esize), esize, sat);
}
static inline uint64_t e_sqrdmlsh(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return rounding_doubling(a, -((int128)SInt(n, esize) * SInt(m, esize)), esize, sat);
}
/* Long: n and m sign-extended, esize that of the result; product and sum saturate separately. */
static inline uint64_t e_sqdmull(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return SignedSatQ((int128)SInt(n, esize) * SInt(m, esize) * 2, esize, sat);
}
static inline uint64_t e_sqdmlal(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_sqadd(a, e_sqdmull(n, m, esize, sat), esize, sat);
}
static inline uint64_t e_sqdmlsl(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_sqsub(a, e_sqdmull(n, m, esize, sat), esize, sat);
}

#endif
