/* What one element does in saturating operations. *sat becomes true if the result had to be saturated: AdvSIMD sets
 * FPSR.QC then, SVE does not look. */
#ifndef SVEMU_ISA_ELEM_SAT_H
#define SVEMU_ISA_ELEM_SAT_H

#include "isa/elem_int.h"

typedef uint64_t elem1sat_fn(uint64_t n, unsigned esize, bool *sat);
typedef uint64_t elem2sat_fn(uint64_t n, uint64_t m, unsigned esize, bool *sat);
typedef uint64_t elem3sat_fn(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat);

/* The smallest and largest signed value of bits bits. */
static ALWAYS_INLINE int64_t smallest(unsigned bits) { return -(int64_t)(Ones(bits) >> 1) - 1; }
static ALWAYS_INLINE int64_t largest(unsigned bits) { return (int64_t)(Ones(bits) >> 1); }

/* SignedSatQ() and UnsignedSatQ() of a number that fits 64 bits; the last is for one that is not negative. */
static ALWAYS_INLINE uint64_t SignedSatQ(int64_t x, unsigned esize, bool *sat)
{
    int64_t r = x > largest(esize) ? largest(esize) : x < smallest(esize) ? smallest(esize) : x;
    *sat |= r != x;
    return (uint64_t)r;
}
static ALWAYS_INLINE uint64_t UnsignedSat(uint64_t x, unsigned esize, bool *sat)
{
    uint64_t r = x > Ones(esize) ? Ones(esize) : x;
    *sat |= r != x;
    return r;
}
static ALWAYS_INLINE uint64_t UnsignedSatQ(int64_t x, unsigned esize, bool *sat)
{
    *sat |= x < 0;
    return x < 0 ? 0 : UnsignedSat((uint64_t)x, esize, sat);
}
/* The end of the range on x's side of zero. */
static ALWAYS_INLINE uint64_t saturated(int64_t x, unsigned esize, bool *sat)
{
    *sat = true;
    return (uint64_t)(x < 0 ? smallest(esize) : largest(esize));
}
static ALWAYS_INLINE uint64_t SignedSat128(int128 x, bool *sat)
{
    return x == (int64_t)x ? (uint64_t)x : saturated(x < 0 ? -1 : 0, 64, sat);
}

/* ---- Add, subtract, absolute value ---- */
static inline uint64_t e_sqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    int64_t sum;
    if (__builtin_add_overflow(SInt(n, esize), SInt(m, esize), &sum)) /* with 64 bits only */
        return saturated((int64_t)n, 64, sat);
    return SignedSatQ(sum, esize, sat);
}
static inline uint64_t e_uqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    uint64_t sum = n + m;
    *sat |= sum < n;
    return sum < n ? UINT64_MAX : UnsignedSat(sum, esize, sat);
}
static inline uint64_t e_sqsub(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    int64_t difference;
    if (__builtin_sub_overflow(SInt(n, esize), SInt(m, esize), &difference))
        return saturated((int64_t)n, 64, sat);
    return SignedSatQ(difference, esize, sat);
}
static inline uint64_t e_uqsub(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    (void)esize;
    *sat |= n < m;
    return n < m ? 0 : n - m;
}
static inline uint64_t e_sqneg(uint64_t n, unsigned esize, bool *sat) { return e_sqsub(0, n, esize, sat); }
static inline uint64_t e_sqabs(uint64_t n, unsigned esize, bool *sat)
{
    return SInt(n, esize) < 0 ? e_sqneg(n, esize, sat) : n;
}
/* A signed number plus, or minus, an unsigned one m, saturated as signed; an unsigned one plus a signed one. */
static inline uint64_t e_suqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    bool over = m > (uint64_t)largest(esize) - (uint64_t)SInt(n, esize);
    *sat |= over;
    return over ? (uint64_t)largest(esize) : n + m;
}
static inline uint64_t e_suqsub(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    bool under = m > (uint64_t)SInt(n, esize) - (uint64_t)smallest(esize);
    *sat |= under;
    return under ? (uint64_t)smallest(esize) : n - m;
}
static inline uint64_t e_usqadd(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    int64_t x = SInt(m, esize);
    return x < 0 ? e_uqsub(n, 0 - (uint64_t)x, esize, sat) : e_uqadd(n, (uint64_t)x, esize, sat);
}

/* ---- Shifts ---- */
/* Left by more than the element: saturates whatever is not zero. */
static ALWAYS_INLINE uint64_t sat_shift_signed(uint64_t n, uint64_t m, unsigned esize, bool round, bool *sat)
{
    int shift = (int8_t)m;
    int64_t x = SInt(n, esize);
    if (shift < 0)
        return (uint64_t)RShr_signed(x, (unsigned)-shift, round);
    if (shift >= (int)esize)
        return x ? saturated(x, esize, sat) : 0;
    int64_t r = (int64_t)((uint64_t)x << shift);
    return r >> shift == x ? SignedSatQ(r, esize, sat) : saturated(x, esize, sat);
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
    if (SInt(n, esize) >= 0)
        return sat_shift_unsigned(n, shift, esize, false, sat);
    *sat = true;
    return 0;
}

/* ---- Narrowing: n has 2 * esize bits, the result esize ---- */
static inline uint64_t e_sqxtn(uint64_t n, unsigned esize, bool *sat)
{
    return SignedSatQ(SInt(n, 2 * esize), esize, sat);
}
static inline uint64_t e_uqxtn(uint64_t n, unsigned esize, bool *sat) { return UnsignedSat(n, esize, sat); }
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
    return UnsignedSat(RShr_unsigned(n, (unsigned)shift, false), esize, sat);
}
static inline uint64_t e_uqrshrn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return UnsignedSat(RShr_unsigned(n, (unsigned)shift, true), esize, sat);
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
/* Of up to 32 bits a product fits 64, and halved, so do its double and what is added to it. */
static ALWAYS_INLINE int64_t product_of(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) * SInt(m, esize);
}
static ALWAYS_INLINE int128 product_of_64(uint64_t n, uint64_t m) { return (int128)(int64_t)n * (int64_t)m; }
static inline uint64_t e_sqdmulh(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    if (esize == 64)
        return SignedSat128(product_of_64(n, m) >> 63, sat);
    return SignedSatQ(product_of(n, m, esize) >> (esize - 1), esize, sat);
}
static inline uint64_t e_sqrdmulh(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    if (esize == 64)
        return SignedSat128(((product_of_64(n, m) >> 62) + 1) >> 1, sat);
    return SignedSatQ((product_of(n, m, esize) + ((int64_t)1 << (esize - 2))) >> (esize - 1), esize, sat);
}
/* (a << esize) +- 2 n m + rounding, all halved. */
static inline uint64_t e_sqrdmlah(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    if (esize == 64)
        return SignedSat128(((int128)(int64_t)a * ((int128)1 << 63) + ((int128)1 << 62) + product_of_64(n, m)) >> 63,
                            sat);
    int64_t sum = SInt(a, esize) * ((int64_t)1 << (esize - 1)) + ((int64_t)1 << (esize - 2));
    return SignedSatQ((sum + product_of(n, m, esize)) >> (esize - 1), esize, sat);
}
static inline uint64_t e_sqrdmlsh(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    if (esize == 64)
        return SignedSat128(((int128)(int64_t)a * ((int128)1 << 63) + ((int128)1 << 62) - product_of_64(n, m)) >> 63,
                            sat);
    int64_t sum = SInt(a, esize) * ((int64_t)1 << (esize - 1)) + ((int64_t)1 << (esize - 2));
    return SignedSatQ((sum - product_of(n, m, esize)) >> (esize - 1), esize, sat);
}
/* Long: n and m sign-extended, esize that of the result; product and sum saturate separately. */
static inline uint64_t e_sqdmull(uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    int64_t doubled, product = (int64_t)n * (int64_t)m;
    if (__builtin_add_overflow(product, product, &doubled))
        return saturated(product, 64, sat);
    return SignedSatQ(doubled, esize, sat);
}
static inline uint64_t e_sqdmlal(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_sqadd(a, e_sqdmull(n, m, esize, sat), esize, sat);
}
static inline uint64_t e_sqdmlsl(uint64_t a, uint64_t n, uint64_t m, unsigned esize, bool *sat)
{
    return e_sqsub(a, e_sqdmull(n, m, esize, sat), esize, sat);
}

/* ---- As SVE's instructions have them: FPSR.QC stays alone ---- */
static inline uint64_t e_sqadd_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_sqadd(n, m, esize, &(bool){ false });
}
static inline uint64_t e_uqadd_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_uqadd(n, m, esize, &(bool){ false });
}
static inline uint64_t e_sqsub_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_sqsub(n, m, esize, &(bool){ false });
}
static inline uint64_t e_uqsub_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_uqsub(n, m, esize, &(bool){ false });
}
static inline uint64_t e_suqadd_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_suqadd(n, m, esize, &(bool){ false });
}
static inline uint64_t e_suqsub_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_suqsub(n, m, esize, &(bool){ false });
}
static inline uint64_t e_sqdmulh_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_sqdmulh(n, m, esize, &(bool){ false });
}
static inline uint64_t e_sqrdmulh_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return e_sqrdmulh(n, m, esize, &(bool){ false });
}
static inline uint64_t e_sqrdmlah_sve(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    return e_sqrdmlah(a, n, m, esize, &(bool){ false });
}
static inline uint64_t e_sqrdmlsh_sve(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    return e_sqrdmlsh(a, n, m, esize, &(bool){ false });
}

#endif
