/* What one integer element does, once for every element size: the e_ functions of AdvSIMD, fit for SVE too. Operands
 * come zero-extended from esize bits; whoever stores a result truncates it. */
#ifndef SVEMU_ISA_ELEM_SIMD_H
#define SVEMU_ISA_ELEM_SIMD_H

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
/* The low 64 bits of a carry-less product: all of it for factors of up to 32 bits. */
static inline uint64_t e_pmul(uint64_t n, uint64_t m, unsigned esize)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < esize; i++)
        r ^= mask_if(m >> i & 1) & n << i;
    return r;
}
/* The whole carry-less product of doublewords. */
static inline void PolynomialMult64(uint64_t n, uint64_t m, uint64_t r[2])
{
    r[0] = r[1] = 0;
    for (unsigned i = 0; i < 64; i++) {
        uint64_t x = n & mask_if(m >> i & 1);
        r[0] ^= x << i;
        r[1] ^= i ? x >> (64 - i) : 0;
    }
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

#endif
