/* Walks over SVE2's integer vectors that isa/elem.h does not have: saturating without a flag, in pairs, by an indexed
 * element, from and to halves of the elements. Each reads a group's sources before it writes the group, as the
 * destination may be a source. */
#ifndef SVEMU_ISA_ELEM_SVE2_H
#define SVEMU_ISA_ELEM_SVE2_H

#include "isa/elem_sat.h"

/* ---- Saturating element functions: SVE sets no FPSR.QC ---- */
static ALWAYS_INLINE void map1sat_at(struct lanes l, unsigned esize, elem1sat_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        bool sat = false;
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.n + at, e, esize), esize, &sat));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map1sat(struct lanes l, elem1sat_fn *f) { FOR_ESIZE(l, map1sat_at, f) }

static ALWAYS_INLINE void map2sat_at(struct lanes l, unsigned esize, elem2sat_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        bool sat = false;
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.n + at, e, esize), Elem(l.m + at, e, esize), esize, &sat));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map2sat(struct lanes l, elem2sat_fn *f) { FOR_ESIZE(l, map2sat_at, f) }

static ALWAYS_INLINE void map3sat_at(struct lanes l, unsigned esize, elem3sat_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        bool sat = false;
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize,
                    f(Elem(l.a + at, e, esize), Elem(l.n + at, e, esize), Elem(l.m + at, e, esize), esize, &sat));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map3sat(struct lanes l, elem3sat_fn *f) { FOR_ESIZE(l, map3sat_at, f) }

/* ---- The second operand a scalar: shifts by an immediate ---- */
static ALWAYS_INLINE void map2_scalar_at(struct lanes l, unsigned esize, uint64_t m, elem2_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.n + at, e, esize), m, esize));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map2_scalar(struct lanes l, uint64_t m, elem2_fn *f) { FOR_ESIZE(l, map2_scalar_at, m, f) }

static ALWAYS_INLINE void map2sat_scalar_at(struct lanes l, unsigned esize, uint64_t m, elem2sat_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        bool sat = false;
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.n + at, e, esize), m, esize, &sat));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map2sat_scalar(struct lanes l, uint64_t m, elem2sat_fn *f)
{
    FOR_ESIZE(l, map2sat_scalar_at, m, f)
}
static ALWAYS_INLINE void map3_scalar_at(struct lanes l, unsigned esize, uint64_t m, elem3_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.a + at, e, esize), Elem(l.n + at, e, esize), m, esize));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map3_scalar(struct lanes l, uint64_t m, elem3_fn *f) { FOR_ESIZE(l, map3_scalar_at, m, f) }

/* ---- Pairs of the first operand give the even elements, pairs of the second the odd ones ---- */
static ALWAYS_INLINE void map_pair_at(struct lanes l, unsigned esize, elem2_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e += 2) {
        uint64_t n0 = Elem(l.n, e, esize), n1 = Elem(l.n, e + 1, esize);
        uint64_t m0 = Elem(l.m, e, esize), m1 = Elem(l.m, e + 1, esize);
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, f(n0, n1, esize));
        if (ActiveElem(l.g, e + 1, esize))
            SetElem(l.d, e + 1, esize, f(m0, m1, esize));
    }
}
static ALWAYS_INLINE void map_pair(struct lanes l, elem2_fn *f) { FOR_ESIZE(l, map_pair_at, f) }

/* ---- Wide: l.esize is that of the result; sources have half of it, from the even (bottom) or odd (top) elements ----
 */
enum { BOTTOM = 0, TOP = 1 };

/* Half an element, extended to 64 bits. */
static ALWAYS_INLINE uint64_t HalfElem(const uint8_t *v, unsigned e, unsigned esize, unsigned half, bool is_unsigned)
{
    uint64_t x = Elem(v, 2 * e + half, esize / 2);
    return is_unsigned ? x : (uint64_t)SInt(x, esize / 2);
}

/* Zd = op(Zn half, Zm half) */
static ALWAYS_INLINE void map2long_at(struct lanes l, unsigned esize, unsigned n_half, unsigned m_half,
                                      bool is_unsigned, elem2_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize,
                f(HalfElem(l.n, e, esize, n_half, is_unsigned), HalfElem(l.m, e, esize, m_half, is_unsigned), esize));
}
/* Zda = op(Zda, Zn half, Zm half) */
static ALWAYS_INLINE void map3long_at(struct lanes l, unsigned esize, unsigned n_half, unsigned m_half,
                                      bool is_unsigned, elem3_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize,
                f(Elem(l.a, e, esize), HalfElem(l.n, e, esize, n_half, is_unsigned),
                  HalfElem(l.m, e, esize, m_half, is_unsigned), esize));
}
/* Zd = op(Zn, Zm half) */
static ALWAYS_INLINE void map2wide_at(struct lanes l, unsigned esize, unsigned m_half, bool is_unsigned, elem2_fn *f)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, f(Elem(l.n, e, esize), HalfElem(l.m, e, esize, m_half, is_unsigned), esize));
}
/* The second factor is element index, of half the size, of each 128 bits. */
static ALWAYS_INLINE void map2long_index_at(struct lanes l, unsigned esize, unsigned n_half, unsigned index,
                                            bool is_unsigned, elem2_fn *f)
{
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t m = HalfElem(l.m, s, esize, index, is_unsigned);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(l.d, e, esize, f(HalfElem(l.n, e, esize, n_half, is_unsigned), m, esize));
    }
}
static ALWAYS_INLINE void map3long_index_at(struct lanes l, unsigned esize, unsigned n_half, unsigned index,
                                            bool is_unsigned, elem3_fn *f)
{
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t m = HalfElem(l.m, s, esize, index, is_unsigned);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(l.d, e, esize, f(Elem(l.a, e, esize), HalfElem(l.n, e, esize, n_half, is_unsigned), m, esize));
    }
}

/* ---- By element index of each 128 bits ---- */
static ALWAYS_INLINE void map2_index_at(struct lanes l, unsigned esize, unsigned index, elem2_fn *f)
{
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t m = Elem(l.m, s + index, esize);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(l.d, e, esize, f(Elem(l.n, e, esize), m, esize));
    }
}
static ALWAYS_INLINE void map3_index_at(struct lanes l, unsigned esize, unsigned index, elem3_fn *f)
{
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t m = Elem(l.m, s + index, esize);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(l.d, e, esize, f(Elem(l.a, e, esize), Elem(l.n, e, esize), m, esize));
    }
}
/* The number of the indexed element: i3h:i3l with halfwords, i2 with words, i1 with doublewords. */
static ALWAYS_INLINE unsigned index_of(const struct op *op, unsigned esize)
{
    return esize == 16 ? (unsigned)op->i3h << 2 | op->i3l : op->i;
}

/* ---- Where the lanes are ---- */
/* Predicated, destructive, the operands exchanged: Zdn = op(Zm, Zdn). */
static inline struct lanes lanes_z_p_zz_reversed(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_zz(cpu, op);
    l.n = l.m, l.m = l.d;
    return l;
}
/* Predicated, destructive, without a second vector. */
static inline struct lanes lanes_z_p_zi(struct cpu *cpu, const struct op *op) { return lanes_z_p_zz(cpu, op); }
/* Unpredicated, the element size given, as the row has no size field. */
static inline struct lanes lanes_z_zz_sized(struct cpu *cpu, const struct op *op, unsigned esize)
{
    struct lanes l = lanes_z_zz(cpu, op);
    l.esize = esize;
    return l;
}

#endif
