/* What one integer element does, once for every element size, for AdvSIMD and SVE. Operands come zero-extended from
 * esize bits; whoever stores a result truncates it. None has effects, and all are defined for all operands: they are
 * worked out for inactive elements too. Saturating operations are in elem_sat.h. */
#ifndef SVEMU_ISA_ELEM_INT_H
#define SVEMU_ISA_ELEM_INT_H

#include "isa/elem.h"

typedef __int128 int128;
typedef unsigned __int128 uint128;

static inline uint64_t mask_if(bool c) { return 0 - (uint64_t)c; }

/* ---- One operand ---- */
static inline uint64_t e_abs(uint64_t n, unsigned esize) { return SInt(n, esize) < 0 ? 0 - n : n; }
static inline uint64_t e_neg(uint64_t n, unsigned esize) { return (void)esize, 0 - n; }
static inline uint64_t e_not(uint64_t n, unsigned esize) { return (void)esize, ~n; }
static inline uint64_t e_clz(uint64_t n, unsigned esize)
{
    return n ? (unsigned)__builtin_clzll(n) - (64 - esize) : esize;
}
/* Leading bits equal to the sign, the sign itself not counted. */
static inline uint64_t e_cls(uint64_t n, unsigned esize)
{
    return e_clz(UInt((uint64_t)(SInt(n, esize) ^ SInt(n, esize) >> 1), esize), esize) - 1;
}
static inline uint64_t e_cnt(uint64_t n, unsigned esize) { return (void)esize, (unsigned)__builtin_popcountll(n); }
static inline uint64_t e_rbit(uint64_t n, unsigned esize)
{
    uint64_t r = __builtin_bswap64(n);
    r = (r & 0x5555555555555555) << 1 | (r >> 1 & 0x5555555555555555);
    r = (r & 0x3333333333333333) << 2 | (r >> 2 & 0x3333333333333333);
    r = (r & 0x0f0f0f0f0f0f0f0f) << 4 | (r >> 4 & 0x0f0f0f0f0f0f0f0f);
    return r >> (64 - esize);
}

/* ---- Comparisons, all ones for true ---- */
static inline uint64_t e_cmeq(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, mask_if(n == m); }
static inline uint64_t e_cmhi(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, mask_if(n > m); }
static inline uint64_t e_cmhs(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, mask_if(n >= m); }
static inline uint64_t e_cmtst(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, mask_if(n & m); }
static inline uint64_t e_cmgt(uint64_t n, uint64_t m, unsigned esize)
{
    return mask_if(SInt(n, esize) > SInt(m, esize));
}
static inline uint64_t e_cmge(uint64_t n, uint64_t m, unsigned esize)
{
    return mask_if(SInt(n, esize) >= SInt(m, esize));
}
static inline uint64_t e_cmeq0(uint64_t n, unsigned esize) { return (void)esize, mask_if(n == 0); }
static inline uint64_t e_cmge0(uint64_t n, unsigned esize) { return mask_if(SInt(n, esize) >= 0); }
static inline uint64_t e_cmgt0(uint64_t n, unsigned esize) { return mask_if(SInt(n, esize) > 0); }
static inline uint64_t e_cmle0(uint64_t n, unsigned esize) { return mask_if(SInt(n, esize) <= 0); }
static inline uint64_t e_cmlt0(uint64_t n, unsigned esize) { return mask_if(SInt(n, esize) < 0); }

/* ---- Two operands ---- */
static inline uint64_t e_add(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n + m; }
static inline uint64_t e_sub(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n - m; }
static inline uint64_t e_mul(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n * m; }
static inline uint64_t e_and(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n & m; }
static inline uint64_t e_bic(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n & ~m; }
static inline uint64_t e_orr(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n | m; }
static inline uint64_t e_orn(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n | ~m; }
static inline uint64_t e_eor(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n ^ m; }
static inline uint64_t e_umax(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n > m ? n : m; }
static inline uint64_t e_umin(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n < m ? n : m; }
static inline uint64_t e_smax(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) > SInt(m, esize) ? n : m;
}
static inline uint64_t e_smin(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) < SInt(m, esize) ? n : m;
}
static inline uint64_t e_uabd(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n > m ? n - m : m - n; }
static inline uint64_t e_sabd(uint64_t n, uint64_t m, unsigned esize)
{
    return SInt(n, esize) > SInt(m, esize) ? n - m : m - n;
}
/* Halving, without the bit that the sum or difference would need above. */
static inline uint64_t e_uhadd(uint64_t n, uint64_t m, unsigned esize)
{
    return (void)esize, (n >> 1) + (m >> 1) + (n & m & 1);
}
static inline uint64_t e_shadd(uint64_t n, uint64_t m, unsigned esize)
{
    return (uint64_t)(SInt(n, esize) >> 1) + (uint64_t)(SInt(m, esize) >> 1) + (n & m & 1);
}
static inline uint64_t e_urhadd(uint64_t n, uint64_t m, unsigned esize)
{
    return (void)esize, (n >> 1) + (m >> 1) + ((n | m) & 1);
}
static inline uint64_t e_srhadd(uint64_t n, uint64_t m, unsigned esize)
{
    return (uint64_t)(SInt(n, esize) >> 1) + (uint64_t)(SInt(m, esize) >> 1) + ((n | m) & 1);
}
static inline uint64_t e_uhsub(uint64_t n, uint64_t m, unsigned esize)
{
    return (void)esize, (n >> 1) - (m >> 1) - (~n & m & 1);
}
static inline uint64_t e_shsub(uint64_t n, uint64_t m, unsigned esize)
{
    return (uint64_t)(SInt(n, esize) >> 1) - (uint64_t)(SInt(m, esize) >> 1) - (~n & m & 1);
}
/* Carry-less products: of bytes, in a form that the compiler makes vectors of, and of up to 64 bits, four at a time. */
static inline uint64_t e_pmul(uint64_t n, uint64_t m, unsigned esize)
{
    uint64_t r = 0;
    (void)esize;
    for (unsigned i = 0; i < 8; i++)
        r ^= mask_if(m >> i & 1) & n << i;
    return r;
}
static inline uint128 PolynomialMult(uint64_t n, uint64_t m, unsigned bits)
{
    uint128 multiple[16] = { 0, n }, r = 0;
    for (unsigned i = 2; i < 16; i += 2)
        multiple[i] = multiple[i / 2] << 1, multiple[i + 1] = multiple[i] ^ n;
    for (unsigned i = bits; i > 0; i -= 4)
        r = r << 4 ^ multiple[m >> (i - 4) & 15];
    return r;
}

/* ---- Three operands: a is the old destination ---- */
static inline uint64_t e_mla(uint64_t a, uint64_t n, uint64_t m, unsigned esize) { return (void)esize, a + n * m; }
static inline uint64_t e_mls(uint64_t a, uint64_t n, uint64_t m, unsigned esize) { return (void)esize, a - n * m; }
static inline uint64_t e_saba(uint64_t a, uint64_t n, uint64_t m, unsigned esize) { return a + e_sabd(n, m, esize); }
static inline uint64_t e_uaba(uint64_t a, uint64_t n, uint64_t m, unsigned esize) { return a + e_uabd(n, m, esize); }
static inline uint64_t e_bsl(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    return (void)esize, (n & a) | (m & ~a);
}
static inline uint64_t e_bit(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    return (void)esize, (n & m) | (a & ~m);
}
static inline uint64_t e_bif(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    return (void)esize, (n & ~m) | (a & m);
}
/* Dot product of four bytes each with a 32-bit accumulator (of four halfwords with 64 bits). */
static inline uint64_t e_sdot(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    for (unsigned i = 0, w = esize / 4; i < 4; i++)
        a += (uint64_t)SInt(n >> i * w, w) * (uint64_t)SInt(m >> i * w, w);
    return a;
}
static inline uint64_t e_udot(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    for (unsigned i = 0, w = esize / 4; i < 4; i++)
        a += UInt(n >> i * w, w) * UInt(m >> i * w, w);
    return a;
}
static inline uint64_t e_usdot(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    for (unsigned i = 0, w = esize / 4; i < 4; i++)
        a += UInt(n >> i * w, w) * (uint64_t)SInt(m >> i * w, w);
    return a;
}
static inline uint64_t e_sudot(uint64_t a, uint64_t n, uint64_t m, unsigned esize) { return e_usdot(a, m, n, esize); }

/* ---- Shifts ----
 * RShr of the pseudocode: an arithmetic or logical right shift by 1 or more, with or without rounding. */
static inline int64_t RShr_signed(int64_t x, unsigned shift, bool round)
{
    if (shift > 64)
        return round ? 0 : x >> 63;
    return (shift == 64 ? x >> 63 : x >> shift) + (round ? x >> (shift - 1) & 1 : 0);
}
static inline uint64_t RShr_unsigned(uint64_t x, unsigned shift, bool round)
{
    if (shift > 64)
        return 0;
    return (shift == 64 ? 0 : x >> shift) + (round ? x >> (shift - 1) & 1 : 0);
}
/* By an immediate: right by 1 to esize, left by 0 to esize - 1. */
static inline uint64_t e_sshr(uint64_t n, uint64_t shift, unsigned esize)
{
    return (uint64_t)RShr_signed(SInt(n, esize), (unsigned)shift, false);
}
static inline uint64_t e_ushr(uint64_t n, uint64_t shift, unsigned esize)
{
    return (void)esize, RShr_unsigned(n, (unsigned)shift, false);
}
static inline uint64_t e_srshr(uint64_t n, uint64_t shift, unsigned esize)
{
    return (uint64_t)RShr_signed(SInt(n, esize), (unsigned)shift, true);
}
static inline uint64_t e_urshr(uint64_t n, uint64_t shift, unsigned esize)
{
    return (void)esize, RShr_unsigned(n, (unsigned)shift, true);
}
static inline uint64_t e_shl(uint64_t n, uint64_t shift, unsigned esize) { return (void)esize, n << shift; }
static inline uint64_t e_ssra(uint64_t a, uint64_t n, uint64_t shift, unsigned esize)
{
    return a + e_sshr(n, shift, esize);
}
static inline uint64_t e_usra(uint64_t a, uint64_t n, uint64_t shift, unsigned esize)
{
    return a + e_ushr(n, shift, esize);
}
static inline uint64_t e_srsra(uint64_t a, uint64_t n, uint64_t shift, unsigned esize)
{
    return a + e_srshr(n, shift, esize);
}
static inline uint64_t e_ursra(uint64_t a, uint64_t n, uint64_t shift, unsigned esize)
{
    return a + e_urshr(n, shift, esize);
}
static inline uint64_t e_sli(uint64_t a, uint64_t n, uint64_t shift, unsigned esize)
{
    uint64_t mask = Ones(esize) << shift;
    return (a & ~mask) | (n << shift & mask);
}
static inline uint64_t e_sri(uint64_t a, uint64_t n, uint64_t shift, unsigned esize)
{
    uint64_t mask = RShr_unsigned(Ones(esize), (unsigned)shift, false);
    return (a & ~mask) | (RShr_unsigned(n, (unsigned)shift, false) & mask);
}
/* By the signed low byte of a register: left if positive. */
static inline uint64_t shift_signed(uint64_t n, uint64_t m, unsigned esize, bool round)
{
    int shift = (int8_t)m;
    if (shift < 0)
        return (uint64_t)RShr_signed(SInt(n, esize), (unsigned)-shift, round);
    return shift < (int)esize ? n << shift : 0;
}
static inline uint64_t shift_unsigned(uint64_t n, uint64_t m, unsigned esize, bool round)
{
    int shift = (int8_t)m;
    if (shift < 0)
        return RShr_unsigned(n, (unsigned)-shift, round);
    return shift < (int)esize ? n << shift : 0;
}
static inline uint64_t e_sshl(uint64_t n, uint64_t m, unsigned esize) { return shift_signed(n, m, esize, false); }
static inline uint64_t e_srshl(uint64_t n, uint64_t m, unsigned esize) { return shift_signed(n, m, esize, true); }
static inline uint64_t e_ushl(uint64_t n, uint64_t m, unsigned esize) { return shift_unsigned(n, m, esize, false); }
static inline uint64_t e_urshl(uint64_t n, uint64_t m, unsigned esize) { return shift_unsigned(n, m, esize, true); }

/* ---- What only SVE has: arithmetic ---- */
/* The high half of a 64 x 64 bit product. */
static ALWAYS_INLINE uint64_t high_product(uint64_t n, uint64_t m)
{
    return (uint64_t)((unsigned __int128)n * m >> 64);
}
static ALWAYS_INLINE uint64_t high_product_signed(int64_t n, int64_t m) { return (uint64_t)((__int128)n * m >> 64); }

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
