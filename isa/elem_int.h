/* What one integer element does in operations that only SVE has; those that AdvSIMD has too are in elem_simd.h.
 * Operands come zero-extended from esize bits; whoever stores a result truncates it. */
#ifndef SVEMU_ISA_ELEM_INT_H
#define SVEMU_ISA_ELEM_INT_H

#include "isa/elem_simd.h"

/* ---- Helpers ---- */
/* The smallest and largest signed value of bits bits. */
static ALWAYS_INLINE int64_t smallest(unsigned bits) { return -(int64_t)(Ones(bits) >> 1) - 1; }
static ALWAYS_INLINE int64_t largest(unsigned bits) { return (int64_t)(Ones(bits) >> 1); }
/* SignedSat() of a value that fits 64 bits. */
static ALWAYS_INLINE uint64_t SignedSat(int64_t v, unsigned bits)
{
    return (uint64_t)(v > largest(bits) ? largest(bits) : v < smallest(bits) ? smallest(bits) : v);
}
/* The high half of a 64 x 64 bit product. */
static ALWAYS_INLINE uint64_t high_product(uint64_t n, uint64_t m)
{
    return (uint64_t)((unsigned __int128)n * m >> 64);
}
static ALWAYS_INLINE uint64_t high_product_signed(int64_t n, int64_t m) { return (uint64_t)((__int128)n * m >> 64); }

/* ---- Arithmetic ---- */
static ALWAYS_INLINE uint64_t e_subr(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, m - n; }
static ALWAYS_INLINE uint64_t e_smulh(uint64_t n, uint64_t m, unsigned esize)
{
    return esize == 64 ? high_product_signed((int64_t)n, (int64_t)m)
                       : (uint64_t)(SInt(n, esize) * SInt(m, esize) >> esize % 64);
}
static ALWAYS_INLINE uint64_t e_umulh(uint64_t n, uint64_t m, unsigned esize)
{
    return esize == 64 ? high_product(n, m) : n * m >> esize % 64;
}
/* Division by zero gives 0, and the most negative value by -1 itself. */
static ALWAYS_INLINE uint64_t e_sdiv(uint64_t n, uint64_t m, unsigned esize)
{
    int64_t x = SInt(n, esize), y = SInt(m, esize);
    return y == 0 ? 0 : y == -1 ? 0 - (uint64_t)x : (uint64_t)(x / y);
}
static ALWAYS_INLINE uint64_t e_udiv(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, m ? n / m : 0; }
static ALWAYS_INLINE uint64_t e_sdivr(uint64_t n, uint64_t m, unsigned esize) { return e_sdiv(m, n, esize); }
static ALWAYS_INLINE uint64_t e_udivr(uint64_t n, uint64_t m, unsigned esize) { return e_udiv(m, n, esize); }
/* Saturation that leaves FPSR.QC alone, as all of SVE's does (with the flag: elem_sat.h). */
static ALWAYS_INLINE uint64_t e_sqadd_sve(uint64_t n, uint64_t m, unsigned esize)
{
    int64_t sum;
    if (__builtin_add_overflow(SInt(n, esize), SInt(m, esize), &sum))
        return (uint64_t)((int64_t)n < 0 ? INT64_MIN : INT64_MAX);
    return SignedSat(sum, esize);
}
static ALWAYS_INLINE uint64_t e_sqsub_sve(uint64_t n, uint64_t m, unsigned esize)
{
    int64_t difference;
    if (__builtin_sub_overflow(SInt(n, esize), SInt(m, esize), &difference))
        return (uint64_t)((int64_t)n < 0 ? INT64_MIN : INT64_MAX);
    return SignedSat(difference, esize);
}
/* A signed number plus, or minus, an unsigned one. */
static ALWAYS_INLINE uint64_t e_suqadd_sve(uint64_t n, uint64_t m, unsigned esize)
{
    uint64_t room = (uint64_t)largest(esize) - (uint64_t)SInt(n, esize);
    return m > room ? (uint64_t)largest(esize) : n + m;
}
static ALWAYS_INLINE uint64_t e_suqsub_sve(uint64_t n, uint64_t m, unsigned esize)
{
    uint64_t room = (uint64_t)SInt(n, esize) - (uint64_t)smallest(esize);
    return m > room ? (uint64_t)smallest(esize) : n - m;
}
static ALWAYS_INLINE uint64_t e_uqadd_sve(uint64_t n, uint64_t m, unsigned esize)
{
    uint64_t sum = n + m;
    return sum < n || sum > Ones(esize) ? Ones(esize) : sum;
}
static ALWAYS_INLINE uint64_t e_uqsub_sve(uint64_t n, uint64_t m, unsigned esize)
{
    return (void)esize, n > m ? n - m : 0;
}

/* ---- Shifts by the unsigned value of m; esize and more shifts everything out ---- */
static ALWAYS_INLINE uint64_t e_lsl(uint64_t n, uint64_t m, unsigned esize) { return m >= esize ? 0 : n << m; }
static ALWAYS_INLINE uint64_t e_lsr(uint64_t n, uint64_t m, unsigned esize) { return m >= esize ? 0 : n >> m; }
static ALWAYS_INLINE uint64_t e_asr(uint64_t n, uint64_t m, unsigned esize)
{
    return (uint64_t)(SInt(n, esize) >> (m >= esize ? esize - 1 : m));
}
static ALWAYS_INLINE uint64_t e_lslr(uint64_t n, uint64_t m, unsigned esize) { return e_lsl(m, n, esize); }
static ALWAYS_INLINE uint64_t e_lsrr(uint64_t n, uint64_t m, unsigned esize) { return e_lsr(m, n, esize); }
static ALWAYS_INLINE uint64_t e_asrr(uint64_t n, uint64_t m, unsigned esize) { return e_asr(m, n, esize); }
/* Divide by 2 to the m (1 to esize), rounding towards zero. */
static ALWAYS_INLINE uint64_t e_asrd(uint64_t n, uint64_t m, unsigned esize)
{
    int64_t x = SInt(n, esize);
    if (m >= 64)
        return 0; /* the quotient is -1 < q < 1, or INT64_MIN / 2^64 */
    return (uint64_t)((x < 0 ? (int64_t)((uint64_t)x + Ones((unsigned)m)) : x) >> m);
}

/* ---- One operand ---- */
static ALWAYS_INLINE uint64_t e_cnot(uint64_t n, unsigned esize) { return (void)esize, !n; }
/* The order of bytes, halfwords or words within the element. */
static ALWAYS_INLINE uint64_t swap_pairs(uint64_t n, unsigned bits)
{
    uint64_t low = UINT64_MAX / (Ones(bits) + 2); /* alternate groups of bits */
    return (n & low) << bits | (n >> bits & low);
}
static ALWAYS_INLINE uint64_t e_revw(uint64_t n, unsigned esize) { return (void)esize, n << 32 | n >> 32; }
static ALWAYS_INLINE uint64_t e_revh(uint64_t n, unsigned esize)
{
    n = swap_pairs(n, 16);
    return esize == 64 ? e_revw(n, 64) : n;
}
static ALWAYS_INLINE uint64_t e_revb(uint64_t n, unsigned esize) { return __builtin_bswap64(n) >> (64 - esize); }
/* Extensions of the low byte, halfword or word. */
static ALWAYS_INLINE uint64_t e_sxtb(uint64_t n, unsigned esize) { return (void)esize, (uint64_t)SInt(n, 8); }
static ALWAYS_INLINE uint64_t e_sxth(uint64_t n, unsigned esize) { return (void)esize, (uint64_t)SInt(n, 16); }
static ALWAYS_INLINE uint64_t e_sxtw(uint64_t n, unsigned esize) { return (void)esize, (uint64_t)SInt(n, 32); }
static ALWAYS_INLINE uint64_t e_uxtb(uint64_t n, unsigned esize) { return (void)esize, n & 0xff; }
static ALWAYS_INLINE uint64_t e_uxth(uint64_t n, unsigned esize) { return (void)esize, n & 0xffff; }
static ALWAYS_INLINE uint64_t e_uxtw(uint64_t n, unsigned esize) { return (void)esize, n & 0xffffffff; }

/* ---- Comparisons: 0 or 1 ---- */
static ALWAYS_INLINE uint64_t e_cmpeq(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n == m; }
static ALWAYS_INLINE uint64_t e_cmpne(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n != m; }
static ALWAYS_INLINE uint64_t e_cmphi(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n > m; }
static ALWAYS_INLINE uint64_t e_cmphs(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n >= m; }
static ALWAYS_INLINE uint64_t e_cmplo(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n < m; }
static ALWAYS_INLINE uint64_t e_cmpls(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n <= m; }
static ALWAYS_INLINE uint64_t e_cmpgt(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) > SInt(m, esize);
}
static ALWAYS_INLINE uint64_t e_cmpge(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) >= SInt(m, esize);
}
static ALWAYS_INLINE uint64_t e_cmplt(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) < SInt(m, esize);
}
static ALWAYS_INLINE uint64_t e_cmple(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) <= SInt(m, esize);
}

#endif
