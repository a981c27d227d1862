/* The shapes of AdvSIMD integer instructions whose result has elements of twice (long, wide) or half (narrow) the size
 * of a source. lanes.esize is the narrow size, as size:2 of the encodings; Q chooses the half of the narrow register
 * (Vpart). Results go through a buffer, as the destination may be a source. */
#ifndef SVEMU_ISA_SIMD_WIDE_H
#define SVEMU_ISA_SIMD_WIDE_H

#include "isa/simd.h"

/* ---- Where the lanes are ---- */
/* Long: both sources are halves. Wide: only Vm. Narrow: neither, the destination is. */
static ALWAYS_INLINE struct lanes lanes_long(struct cpu *cpu, const struct op *op)
{
    struct lanes l = simd(cpu, op);
    l.n = half(l.n, op->Q), l.m = half(l.m, op->Q), l.bits = 128;
    return l;
}
static ALWAYS_INLINE struct lanes lanes_wide(struct cpu *cpu, const struct op *op)
{
    struct lanes l = simd(cpu, op);
    l.m = half(l.m, op->Q), l.bits = 128;
    return l;
}

/* ---- Long: f is given the operands extended, and the size of the result ---- */
static ALWAYS_INLINE void long2_at(struct lanes l, unsigned esize, bool is_signed, elem2_fn *f)
{
    uint8_t r[16];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, f(extended(l.n, e, esize, is_signed), extended(l.m, e, esize, is_signed), 2 * esize));
    memcpy(l.d, r, 16);
}
static ALWAYS_INLINE void long3_at(struct lanes l, unsigned esize, bool is_signed, elem3_fn *f)
{
    uint8_t r[16];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize,
                f(Elem(l.a, e, 2 * esize), extended(l.n, e, esize, is_signed), extended(l.m, e, esize, is_signed),
                  2 * esize));
    memcpy(l.d, r, 16);
}
static ALWAYS_INLINE void long2(struct cpu *cpu, const struct op *op, struct lanes l, bool is_signed, elem2_fn *f)
{
    FOR_ESIZE_TO_32(l, long2_at, is_signed, f)
    vd_done(cpu, op, 128);
}
static ALWAYS_INLINE void long3(struct cpu *cpu, const struct op *op, struct lanes l, bool is_signed, elem3_fn *f)
{
    FOR_ESIZE_TO_32(l, long3_at, is_signed, f)
    vd_done(cpu, op, 128);
}

/* ---- Long, saturating, signed ---- */
static ALWAYS_INLINE void long2sat_at(struct lanes l, unsigned esize, elem2sat_fn *f, bool *sat)
{
    uint8_t r[16];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, f(extended(l.n, e, esize, true), extended(l.m, e, esize, true), 2 * esize, sat));
    memcpy(l.d, r, 16);
}
static ALWAYS_INLINE void long3sat_at(struct lanes l, unsigned esize, elem3sat_fn *f, bool *sat)
{
    uint8_t r[16];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(
            r, e, 2 * esize,
            f(Elem(l.a, e, 2 * esize), extended(l.n, e, esize, true), extended(l.m, e, esize, true), 2 * esize, sat));
    memcpy(l.d, r, 16);
}
static ALWAYS_INLINE void long2_sat(struct cpu *cpu, const struct op *op, struct lanes l, elem2sat_fn *f)
{
    bool sat = false;
    FOR_ESIZE_TO_32(l, long2sat_at, f, &sat)
    sat_done(cpu, op, 128, sat);
}
static ALWAYS_INLINE void long3_sat(struct cpu *cpu, const struct op *op, struct lanes l, elem3sat_fn *f)
{
    bool sat = false;
    FOR_ESIZE_TO_32(l, long3sat_at, f, &sat)
    sat_done(cpu, op, 128, sat);
}
/* One element ("sisd"): m is the second operand, not extended yet. */
static ALWAYS_INLINE void one_long2_sat(struct cpu *cpu, const struct op *op, uint64_t m, elem2sat_fn *f)
{
    unsigned esize = 8u << op->size;
    bool sat = false;
    uint64_t r = f((uint64_t)SInt(V(cpu, op->n, esize), esize), (uint64_t)SInt(m, esize), 2 * esize, &sat);
    SetV(cpu, op->d, 2 * esize, r);
    sat_done(cpu, op, 2 * esize, sat);
}
static ALWAYS_INLINE void one_long3_sat(struct cpu *cpu, const struct op *op, uint64_t m, elem3sat_fn *f)
{
    unsigned esize = 8u << op->size;
    bool sat = false;
    uint64_t r = f(V(cpu, op->d, 2 * esize), (uint64_t)SInt(V(cpu, op->n, esize), esize), (uint64_t)SInt(m, esize),
                   2 * esize, &sat);
    SetV(cpu, op->d, 2 * esize, r);
    sat_done(cpu, op, 2 * esize, sat);
}

/* ---- Wide: n has the size of the result, m is extended to it ---- */
static ALWAYS_INLINE void wide2_at(struct lanes l, unsigned esize, bool is_signed, elem2_fn *f)
{
    uint8_t r[16];
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, 2 * esize, f(Elem(l.n, e, 2 * esize), extended(l.m, e, esize, is_signed), 2 * esize));
    memcpy(l.d, r, 16);
}
static ALWAYS_INLINE void wide2(struct cpu *cpu, const struct op *op, bool is_signed, elem2_fn *f)
{
    struct lanes l = lanes_wide(cpu, op);
    FOR_ESIZE_TO_32(l, wide2_at, is_signed, f)
    vd_done(cpu, op, 128);
}

/* ---- Narrow: f is given operands of 2 * esize bits, and esize ---- */
static ALWAYS_INLINE void narrow1sat_at(struct lanes l, unsigned esize, uint8_t r[8], elem1sat_fn *f, bool *sat)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, esize, f(Elem(l.n, e, 2 * esize), esize, sat));
}
static ALWAYS_INLINE void narrow2_at(struct lanes l, unsigned esize, uint8_t r[8], elem2_fn *f)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, esize, f(Elem(l.n, e, 2 * esize), Elem(l.m, e, 2 * esize), esize));
}
/* The second operand is op->imm, a shift. */
static ALWAYS_INLINE void narrow_imm_at(struct lanes l, unsigned esize, uint8_t r[8], uint64_t imm, elem2_fn *f)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, esize, f(Elem(l.n, e, 2 * esize), imm, esize));
}
static ALWAYS_INLINE void narrow_immsat_at(struct lanes l, unsigned esize, uint8_t r[8], uint64_t imm, elem2sat_fn *f,
                                           bool *sat)
{
    for (unsigned e = 0; e < 64 / esize; e++)
        SetElem(r, e, esize, f(Elem(l.n, e, 2 * esize), imm, esize, sat));
}
static ALWAYS_INLINE void narrow2(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint8_t r[8];
    FOR_ESIZE_TO_32(l, narrow2_at, r, f)
    SetVpart(cpu, op->d, op->Q, r);
}
static ALWAYS_INLINE void narrow1_sat(struct cpu *cpu, const struct op *op, elem1sat_fn *f)
{
    struct lanes l = simd(cpu, op);
    bool sat = false;
    uint8_t r[8];
    FOR_ESIZE_TO_32(l, narrow1sat_at, r, f, &sat)
    SetVpart(cpu, op->d, op->Q, r);
    if (sat)
        cpu->fp.fpsr |= FPSR_QC;
}
static ALWAYS_INLINE void narrow_imm(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = simd(cpu, op);
    uint8_t r[8];
    FOR_ESIZE_TO_32(l, narrow_imm_at, r, op->imm, f)
    SetVpart(cpu, op->d, op->Q, r);
}
static ALWAYS_INLINE void narrow_imm_sat(struct cpu *cpu, const struct op *op, elem2sat_fn *f)
{
    struct lanes l = simd(cpu, op);
    bool sat = false;
    uint8_t r[8];
    FOR_ESIZE_TO_32(l, narrow_immsat_at, r, op->imm, f, &sat)
    SetVpart(cpu, op->d, op->Q, r);
    if (sat)
        cpu->fp.fpsr |= FPSR_QC;
}
/* One element ("sisd"). */
static ALWAYS_INLINE void one_narrow1_sat(struct cpu *cpu, const struct op *op, elem1sat_fn *f)
{
    unsigned esize = 8u << op->size;
    bool sat = false;
    SetV(cpu, op->d, esize, f(V(cpu, op->n, 2 * esize), esize, &sat));
    sat_done(cpu, op, esize, sat);
}
static ALWAYS_INLINE void one_narrow_imm_sat(struct cpu *cpu, const struct op *op, elem2sat_fn *f)
{
    unsigned esize = 8u << op->size;
    bool sat = false;
    SetV(cpu, op->d, esize, f(V(cpu, op->n, 2 * esize), op->imm, esize, &sat));
    sat_done(cpu, op, esize, sat);
}

#endif
