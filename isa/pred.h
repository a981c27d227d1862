/* Predicates as a value, and Arm's functions on them (pseudocode shared/functions/sve). */
#ifndef SVEMU_ISA_PRED_H
#define SVEMU_ISA_PRED_H

#include "isa/elem.h"

/* A predicate: one bit per byte of the vector, from the lowest. Bits beyond VL/8 are zero, so that any word operation
 * but NOT works on all of it. */
struct pbits {
    uint64_t w[MAX_PL_BYTES / 8];
};
enum { PWORDS = MAX_PL_BYTES / 8 };

/* The lowest n bits set. */
static ALWAYS_INLINE struct pbits pred_bits(unsigned n)
{
    struct pbits p;
    for (unsigned i = 0; i < PWORDS; i++)
        p.w[i] = n >= 64 * (i + 1) ? UINT64_MAX : n > 64 * i ? Ones(n - 64 * i) : 0;
    return p;
}
/* What a register holds above VL/8 is neither read nor changed. Up to 512 bits, the usual case, is one word. */
static ALWAYS_INLINE struct pbits GetP(const struct cpu *cpu, unsigned n)
{
    unsigned bits = CurrentVL(cpu) / 8;
    struct pbits p = { { 0 } };
    if (likely(bits <= 64)) {
        memcpy(&p, P(cpu, n), 8);
        p.w[0] &= Ones(bits);
    } else {
        memcpy(&p, P(cpu, n), bits / 8);
    }
    return p;
}
static ALWAYS_INLINE void SetP(struct cpu *cpu, unsigned n, struct pbits p)
{
    unsigned bits = CurrentVL(cpu) / 8;
    if (likely(bits <= 64)) {
        uint64_t old;
        memcpy(&old, P(cpu, n), 8);
        old = (old & ~Ones(bits)) | p.w[0];
        memcpy(PForWrite(cpu, n), &old, 8);
    } else {
        memcpy(PForWrite(cpu, n), &p, bits / 8);
    }
}

/* The lowest bit of every element of esize, which alone says whether the element is active. */
static ALWAYS_INLINE uint64_t element_bits(unsigned esize)
{
    return UINT64_MAX / (esize == 64 ? 0xff : Ones(esize / 8));
}
/* The first count elements of esize true, as PTRUE and WHILE have them. */
static ALWAYS_INLINE struct pbits pred_first(unsigned count, unsigned esize)
{
    struct pbits p = pred_bits(count * (esize / 8));
    for (unsigned i = 0; i < PWORDS; i++)
        p.w[i] &= element_bits(esize);
    return p;
}
static ALWAYS_INLINE struct pbits pred_and(struct pbits a, struct pbits b)
{
    for (unsigned i = 0; i < PWORDS; i++)
        a.w[i] &= b.w[i];
    return a;
}
static ALWAYS_INLINE struct pbits pred_bic(struct pbits a, struct pbits b)
{
    for (unsigned i = 0; i < PWORDS; i++)
        a.w[i] &= ~b.w[i];
    return a;
}
static ALWAYS_INLINE struct pbits pred_or(struct pbits a, struct pbits b)
{
    for (unsigned i = 0; i < PWORDS; i++)
        a.w[i] |= b.w[i];
    return a;
}
static ALWAYS_INLINE struct pbits pred_eor(struct pbits a, struct pbits b)
{
    for (unsigned i = 0; i < PWORDS; i++)
        a.w[i] ^= b.w[i];
    return a;
}
static ALWAYS_INLINE bool pred_bit(struct pbits p, unsigned bit) { return p.w[bit / 64] >> (bit % 64) & 1; }
static ALWAYS_INLINE void pred_set(struct pbits *p, unsigned bit) { p->w[bit / 64] |= UINT64_C(1) << (bit % 64); }
/* Position of the lowest or highest bit set; -1 if none is. */
static ALWAYS_INLINE int pred_lowest(struct pbits p)
{
    for (unsigned i = 0; i < PWORDS; i++)
        if (p.w[i])
            return (int)(64 * i) + __builtin_ctzll(p.w[i]);
    return -1;
}
static ALWAYS_INLINE int pred_highest(struct pbits p)
{
    for (unsigned i = PWORDS; i-- > 0;)
        if (p.w[i])
            return (int)(64 * i) + 63 - __builtin_clzll(p.w[i]);
    return -1;
}
static ALWAYS_INLINE unsigned pred_count(struct pbits p)
{
    unsigned n = 0;
    for (unsigned i = 0; i < PWORDS; i++)
        n += (unsigned)__builtin_popcountll(p.w[i]);
    return n;
}
/* The low bits of all elements that are active in P[n]. */
static ALWAYS_INLINE struct pbits pred_active(const struct cpu *cpu, unsigned n, unsigned esize)
{
    struct pbits p = GetP(cpu, n);
    for (unsigned i = 0; i < PWORDS; i++)
        p.w[i] &= element_bits(esize);
    return p;
}
static ALWAYS_INLINE bool AnyActiveElement(const struct cpu *cpu, unsigned n, unsigned esize)
{
    return pred_lowest(pred_active(cpu, n, esize)) >= 0;
}
static ALWAYS_INLINE bool AllActiveElements(const struct cpu *cpu, unsigned n, unsigned esize)
{
    unsigned bits = CurrentVL(cpu) / 8;
    struct pbits p = GetP(cpu, n), all = pred_bits(bits);
    uint64_t missing = Ones(bits < 64 ? bits : 64) & ~p.w[0];
    for (unsigned i = 1; bits > 64 && i < PWORDS; i++)
        missing |= all.w[i] & ~p.w[i];
    return !(missing & element_bits(esize));
}
/* LastActiveElement(): its number, -1 if none is active. */
static ALWAYS_INLINE int LastActiveElement(const struct cpu *cpu, unsigned n, unsigned esize)
{
    int bit = pred_highest(pred_active(cpu, n, esize));
    return bit < 0 ? -1 : bit / (int)(esize / 8);
}

/* PredTest(): N the first active element of result, Z none, C not the last, V 0. */
static ALWAYS_INLINE void PredTest(struct cpu *cpu, struct pbits mask, struct pbits result, unsigned esize)
{
    int first, last;
    if (likely(CurrentVL(cpu) <= 512)) {
        uint64_t active = mask.w[0] & element_bits(esize);
        uint64_t highest = active ? UINT64_C(1) << (63 - __builtin_clzll(active)) : 0;
        cpu->pstate.N = (result.w[0] & active & (0 - active)) != 0;
        cpu->pstate.Z = !(result.w[0] & active);
        cpu->pstate.C = !(result.w[0] & highest);
        cpu->pstate.V = 0;
        return;
    }
    for (unsigned i = 0; i < PWORDS; i++)
        mask.w[i] &= element_bits(esize);
    first = pred_lowest(mask), last = pred_highest(mask);
    cpu->pstate.N = first >= 0 && pred_bit(result, (unsigned)first);
    cpu->pstate.Z = pred_lowest(pred_and(mask, result)) < 0;
    cpu->pstate.C = last < 0 || !pred_bit(result, (unsigned)last);
    cpu->pstate.V = 0;
}

/* DecodePredCount(): how many elements of esize a pattern names at this VL. */
static inline unsigned DecodePredCount(const struct cpu *cpu, unsigned pattern, unsigned esize)
{
    unsigned elements = CurrentVL(cpu) / esize, n = 0;
    switch (pattern) {
    case 0x00: return 1u << (31 - __builtin_clz(elements));
    case 0x1d: return elements - elements % 4;
    case 0x1e: return elements - elements % 3;
    case 0x1f: return elements;
    default:
        if (pattern <= 8)
            n = pattern;
        else if (pattern <= 13)
            n = 16u << (pattern - 9);
        return n <= elements ? n : 0;
    }
}

#endif
