/* Vector elements: once for every element size, vector length, AdvSIMD and SVE (STYLE: three parts in plain C: where
 * the lanes are, how to walk them, what one element does). Elements travel as uint64_t. */
#ifndef SVEMU_ISA_ELEM_H
#define SVEMU_ISA_ELEM_H

#include "isa/isa.h"

/* ---- Elements of a register image (little-endian, as in memory) ---- */
static ALWAYS_INLINE uint64_t Elem(const uint8_t *v, unsigned e, unsigned esize)
{
    uint64_t x = 0;
    memcpy(&x, v + e * (esize / 8), esize / 8);
    return x;
}
static ALWAYS_INLINE void SetElem(uint8_t *v, unsigned e, unsigned esize, uint64_t x)
{
    memcpy(v + e * (esize / 8), &x, esize / 8);
}
/* The signed and unsigned value of the low esize bits. */
static ALWAYS_INLINE int64_t SInt(uint64_t x, unsigned esize) { return (int64_t)(x << (64 - esize)) >> (64 - esize); }
static ALWAYS_INLINE uint64_t UInt(uint64_t x, unsigned esize) { return x << (64 - esize) >> (64 - esize); }
static ALWAYS_INLINE uint64_t Ones(unsigned bits) { return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1; }

/* Is element e active? g holds one bit per byte of the vector; NULL: all active. */
static ALWAYS_INLINE bool ActiveElem(const uint8_t *g, unsigned e, unsigned esize)
{
    unsigned bit = e * (esize / 8);
    return !g || (g[bit / 8] >> (bit % 8) & 1);
}
static ALWAYS_INLINE void SetPElem(uint8_t *p, unsigned e, unsigned esize, bool value)
{
    unsigned bit = e * (esize / 8), mask = esize == 64 ? 0xff : ((1u << (esize / 8)) - 1) << (bit % 8);
    p[bit / 8] = (uint8_t)((p[bit / 8] & ~mask) | (value ? 1u << (bit % 8) : 0));
}

/* ---- Registers ----
 * cpu->z_high has a bit for each Z register that may hold something above bit 127, so that an AdvSIMD write, which
 * clears all of it, need not touch 240 bytes each time. */
static ALWAYS_INLINE const uint8_t *Z(const struct cpu *cpu, unsigned n) { return cpu->z[n]; }
static ALWAYS_INLINE uint8_t *ZForWrite(struct cpu *cpu, unsigned n)
{
    cpu->z_high |= UINT32_C(1) << n;
    return cpu->z[n];
}
static ALWAYS_INLINE const uint8_t *P(const struct cpu *cpu, unsigned n) { return cpu->p[n]; }
static ALWAYS_INLINE uint8_t *PForWrite(struct cpu *cpu, unsigned n) { return cpu->p[n]; }
enum { FFR = 16 }; /* index of FFR in cpu->p */

/* Clear what an AdvSIMD or scalar FP write of bits (8 to 128) leaves above it. */
static ALWAYS_INLINE void ClearAbove(struct cpu *cpu, unsigned n, unsigned bits)
{
    memset(cpu->z[n] + bits / 8, 0, 16 - bits / 8);
    if (unlikely(cpu->z_high >> n & 1)) {
        memset(cpu->z[n] + 16, 0, MAX_VL_BYTES - 16);
        cpu->z_high &= ~(UINT32_C(1) << n);
    }
}
/* V[n] of up to 64 bits as a number; SetV clears the rest of the register. */
static ALWAYS_INLINE uint64_t V(const struct cpu *cpu, unsigned n, unsigned bits) { return Elem(cpu->z[n], 0, bits); }
static ALWAYS_INLINE void SetV(struct cpu *cpu, unsigned n, unsigned bits, uint64_t x)
{
    ClearAbove(cpu, n, bits);
    SetElem(cpu->z[n], 0, bits, x);
}
/* Write a whole AdvSIMD result of bits (64 or 128) from bytes that may be a source register's. */
static ALWAYS_INLINE void SetVBytes(struct cpu *cpu, unsigned n, unsigned bits, const void *bytes)
{
    memmove(cpu->z[n], bytes, bits / 8);
    ClearAbove(cpu, n, bits);
}

/* ---- Lanes ---- */
struct lanes {
    uint8_t *d;
    const uint8_t *n, *m, *a, *g; /* g NULL: all elements active */
    unsigned bits, esize;
};
typedef uint64_t elem1_fn(uint64_t n, unsigned esize);
typedef uint64_t elem2_fn(uint64_t n, uint64_t m, unsigned esize);
typedef uint64_t elem3_fn(uint64_t a, uint64_t n, uint64_t m, unsigned esize);
typedef uint64_t elem1fp_fn(uint64_t n, unsigned esize, struct fp_status *fp);
typedef uint64_t elem2fp_fn(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp);
typedef uint64_t elem3fp_fn(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp);

/* esize becomes a constant in each arm. AT is a function of (lanes, esize, ...). */
#define FOR_ESIZE(L, AT, ...)               \
    switch ((L).esize) {                    \
    case 8: AT(L, 8, __VA_ARGS__); break;   \
    case 16: AT(L, 16, __VA_ARGS__); break; \
    case 32: AT(L, 32, __VA_ARGS__); break; \
    case 64: AT(L, 64, __VA_ARGS__); break; \
    }

/* The same without elements of 8 bits: floating point, and results wider than their sources. */
#define FOR_ESIZE_FROM_16(L, AT, ...)       \
    switch ((L).esize) {                    \
    case 16: AT(L, 16, __VA_ARGS__); break; \
    case 32: AT(L, 32, __VA_ARGS__); break; \
    case 64: AT(L, 64, __VA_ARGS__); break; \
    }

/* And without elements of 64 bits: results of half the size of their sources. */
#define FOR_ESIZE_TO_32(L, AT, ...)         \
    switch ((L).esize) {                    \
    case 8: AT(L, 8, __VA_ARGS__); break;   \
    case 16: AT(L, 16, __VA_ARGS__); break; \
    case 32: AT(L, 32, __VA_ARGS__); break; \
    }

/* ---- Sixteen bytes at a time ----
 * Every vector is a whole number of them, so that the loop over the elements of one has a constant length: the compiler
 * makes a few vector operations of it, at any vector length and without a branch. Results are worked out for inactive
 * elements too and dropped (an element function has no effects and is defined for all operands), and 16 bytes are read
 * and written where AdvSIMD uses 8 or fewer; ClearAbove() comes after it. */
enum { CHUNK_BYTES = 16 };
typedef uint8_t chunk_mask __attribute__((vector_size(CHUNK_BYTES)));
typedef uint64_t chunk_words __attribute__((vector_size(CHUNK_BYTES)));

/* The bit of each predicate byte that governs the byte of the vector. */
static ALWAYS_INLINE uint64_t chunk_bit(unsigned esize)
{
    return esize == 8    ? UINT64_C(0x8040201008040201)
           : esize == 16 ? UINT64_C(0x4040101004040101)
           : esize == 32 ? UINT64_C(0x1010101001010101)
                         : UINT64_C(0x0101010101010101);
}
/* All ones in the active elements of the chunk that the two bytes at g govern. */
static ALWAYS_INLINE chunk_mask ActiveBytes(const uint8_t *g, unsigned esize)
{
    const chunk_mask bits = (chunk_mask)(chunk_words){ chunk_bit(esize), chunk_bit(esize) };
    chunk_mask two = { g[0], g[1] };
    chunk_mask all = __builtin_shufflevector(two, two, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    return (chunk_mask)((all & bits) == bits);
}
/* The same for four chunks, which takes half as long as four times for one. */
static ALWAYS_INLINE void ActiveBytes4(const uint8_t *g, unsigned esize, chunk_mask mask[4])
{
    const chunk_mask bits = (chunk_mask)(chunk_words){ chunk_bit(esize), chunk_bit(esize) };
    chunk_mask x = (chunk_mask)(chunk_words){ Elem(g, 0, 64), 0 };

    mask[0] = __builtin_shufflevector(x, x, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
    mask[1] = __builtin_shufflevector(x, x, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    mask[2] = __builtin_shufflevector(x, x, 4, 4, 4, 4, 4, 4, 4, 4, 5, 5, 5, 5, 5, 5, 5, 5);
    mask[3] = __builtin_shufflevector(x, x, 6, 6, 6, 6, 6, 6, 6, 6, 7, 7, 7, 7, 7, 7, 7, 7);
    for (unsigned i = 0; i < 4; i++)
        mask[i] = (chunk_mask)((mask[i] & bits) == bits);
}
static ALWAYS_INLINE chunk_mask load_chunk(const uint8_t *v)
{
    chunk_mask x;
    memcpy(&x, v, CHUNK_BYTES);
    return x;
}
/* Where the mask is set n, else m. */
static ALWAYS_INLINE chunk_mask blend(chunk_mask mask, chunk_mask n, chunk_mask m) { return (n & mask) | (m & ~mask); }

/* The results r of the elements from byte at on: those of active elements go to the destination. */
static ALWAYS_INLINE void SetChunk(const struct lanes *l, unsigned at, unsigned esize, const uint8_t r[CHUNK_BYTES])
{
    chunk_mask x = load_chunk(r);
    if (l->g)
        x = blend(ActiveBytes(l->g + at / 8, esize), x, load_chunk(l->d + at));
    memcpy(l->d + at, &x, CHUNK_BYTES);
}

/* Active elements from n, the others from m. */
static ALWAYS_INLINE void sel_at(struct lanes l, unsigned esize, const uint8_t *g)
{
    unsigned at = 0;
    for (; at + 4 * CHUNK_BYTES <= l.bits / 8; at += 4 * CHUNK_BYTES) {
        chunk_mask mask[4];
        ActiveBytes4(g + at / 8, esize, mask);
        for (unsigned i = 0; i < 4; i++) {
            mask[i] = blend(mask[i], load_chunk(l.n + at + i * CHUNK_BYTES), load_chunk(l.m + at + i * CHUNK_BYTES));
            memcpy(l.d + at + i * CHUNK_BYTES, &mask[i], CHUNK_BYTES);
        }
    }
    for (; at < l.bits / 8; at += CHUNK_BYTES) {
        chunk_mask x = blend(ActiveBytes(g + at / 8, esize), load_chunk(l.n + at), load_chunk(l.m + at));
        memcpy(l.d + at, &x, CHUNK_BYTES);
    }
}

static ALWAYS_INLINE void map1_at(struct lanes l, unsigned esize, elem1_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.n + at, e, esize), esize));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map1(struct lanes l, elem1_fn *f) { FOR_ESIZE(l, map1_at, f) }

static ALWAYS_INLINE void map2_at(struct lanes l, unsigned esize, elem2_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.n + at, e, esize), Elem(l.m + at, e, esize), esize));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map2(struct lanes l, elem2_fn *f) { FOR_ESIZE(l, map2_at, f) }

/* The second operand is the same number for all elements. */
static ALWAYS_INLINE void map2i_at(struct lanes l, unsigned esize, uint64_t m, elem2_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize, f(Elem(l.n + at, e, esize), UInt(m, esize), esize));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map2i(struct lanes l, uint64_t m, elem2_fn *f) { FOR_ESIZE(l, map2i_at, m, f) }

static ALWAYS_INLINE void map3_at(struct lanes l, unsigned esize, elem3_fn *f)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        uint8_t r[CHUNK_BYTES];
        for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
            SetElem(r, e, esize,
                    f(Elem(l.a + at, e, esize), Elem(l.n + at, e, esize), Elem(l.m + at, e, esize), esize));
        SetChunk(&l, at, esize, r);
    }
}
static ALWAYS_INLINE void map3(struct lanes l, elem3_fn *f) { FOR_ESIZE(l, map3_at, f) }

static ALWAYS_INLINE void map1fp_at(struct lanes l, unsigned esize, elem1fp_fn *f, struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, f(Elem(l.n, e, esize), esize, fp));
}
static ALWAYS_INLINE void map1fp(struct lanes l, elem1fp_fn *f, struct fp_status *fp)
{
    FOR_ESIZE_FROM_16(l, map1fp_at, f, fp)
}

static ALWAYS_INLINE void map2fp_at(struct lanes l, unsigned esize, elem2fp_fn *f, struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, f(Elem(l.n, e, esize), Elem(l.m, e, esize), esize, fp));
}
static ALWAYS_INLINE void map2fp(struct lanes l, elem2fp_fn *f, struct fp_status *fp)
{
    FOR_ESIZE_FROM_16(l, map2fp_at, f, fp)
}

static ALWAYS_INLINE void map3fp_at(struct lanes l, unsigned esize, elem3fp_fn *f, struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, f(Elem(l.a, e, esize), Elem(l.n, e, esize), Elem(l.m, e, esize), esize, fp));
}
static ALWAYS_INLINE void map3fp(struct lanes l, elem3fp_fn *f, struct fp_status *fp)
{
    FOR_ESIZE_FROM_16(l, map3fp_at, f, fp)
}

/* ---- Where the lanes are ---- */

/* AdvSIMD three-register: Q chooses 64 or 128 bits, size the element; finish with vd_done. */
static inline struct lanes lanes_v(struct cpu *cpu, const struct op *op, unsigned esize)
{
    return (struct lanes){ .d = cpu->z[op->d],
                           .n = cpu->z[op->n],
                           .m = cpu->z[op->m],
                           .a = cpu->z[op->d],
                           .bits = op->Q ? 128 : 64,
                           .esize = esize };
}
/* The rest of an AdvSIMD destination. */
static inline void vd_done(struct cpu *cpu, const struct op *op, unsigned bits) { ClearAbove(cpu, op->d, bits); }

/* SVE predicated, destructive: Zdn = op(Zdn, Zm); the second operand is in slot m. */
static inline struct lanes lanes_z_p_zz(struct cpu *cpu, const struct op *op)
{
    uint8_t *d = ZForWrite(cpu, op->d);
    return (struct lanes){
        .d = d, .n = d, .m = Z(cpu, op->m), .a = d, .g = P(cpu, op->g), .bits = CurrentVL(cpu), .esize = 8u << op->size
    };
}
/* SVE predicated, one source: Zd = op(Zn), merging. */
static inline struct lanes lanes_z_p_z(struct cpu *cpu, const struct op *op)
{
    return (struct lanes){ .d = ZForWrite(cpu, op->d),
                           .n = Z(cpu, op->n),
                           .g = P(cpu, op->g),
                           .bits = CurrentVL(cpu),
                           .esize = 8u << op->size };
}
/* SVE unpredicated: Zd = op(Zn, Zm). */
static inline struct lanes lanes_z_zz(struct cpu *cpu, const struct op *op)
{
    uint8_t *d = ZForWrite(cpu, op->d);
    return (struct lanes){
        .d = d, .n = Z(cpu, op->n), .m = Z(cpu, op->m), .a = d, .bits = CurrentVL(cpu), .esize = 8u << op->size
    };
}
/* SVE predicated multiply-add: Zda = op(Zda, Zn, Zm). */
static inline struct lanes lanes_z_p_zzz(struct cpu *cpu, const struct op *op)
{
    uint8_t *d = ZForWrite(cpu, op->d);
    return (struct lanes){ .d = d,
                           .n = Z(cpu, op->n),
                           .m = Z(cpu, op->m),
                           .a = d,
                           .g = P(cpu, op->g),
                           .bits = CurrentVL(cpu),
                           .esize = 8u << op->size };
}
/* SVE unpredicated with an immediate: Zdn = op(Zdn, imm). */
static inline struct lanes lanes_z_zi(struct cpu *cpu, const struct op *op)
{
    uint8_t *d = ZForWrite(cpu, op->d);
    return (struct lanes){ .d = d, .n = d, .bits = CurrentVL(cpu), .esize = 8u << op->size };
}
/* A copy of a source, for operations that read other elements than those they have yet to write. */
struct zcopy {
    uint8_t b[MAX_VL_BYTES] __attribute__((aligned(64)));
};
static ALWAYS_INLINE void z_copy(struct zcopy *copy, const struct cpu *cpu, unsigned n)
{
    memcpy(copy->b, Z(cpu, n), CurrentVL(cpu) / 8);
}

#endif
