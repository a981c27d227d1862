// The state before a case, made from its seed as vectors/README.md of the shared folder says, and the hash of the state
// after. For programs with and without an operating system, and for the host.
#ifndef CASE_STATE_H
#define CASE_STATE_H

#include "case.h"

static inline uint64_t case_next(uint64_t *s)
{
    uint64_t z = *s += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static const uint64_t case_corner[4][16] = {
    { 0x00, 0x80, 0x01, 0xff, 0x7f, 0x81, 0x02, 0xfe, 0x40, 0xc0, 0x55, 0xaa, 0x07, 0x08, 0x10, 0xf0 },
    { 0x0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0x7d01, 0xfe00, 0xfd01, 0x1, 0x8001, 0x03ff, 0x0400, 0x7bff,
      0x3800 },
    { 0x0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc00001, 0xffa00000,
      0x1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3f000000 },
    { 0x0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
      0x7ff8000000000000, 0x7ff0000000000001, 0xfff8000000000001, 0xfff4000000000000, 0x1, 0x8000000000000001,
      0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x3fe0000000000000 },
};

static inline uint64_t case_general_register(uint64_t *s)
{
    uint64_t r = case_next(s);

    switch (case_next(s) & 7) {
    case 0: return r & 0xff;
    case 1: return 0 - (r & 0xff);
    case 2: return UINT64_C(1) << (r & 63);
    case 3: return (UINT64_C(1) << (r & 63)) - 1;
    case 4: return r & 0xffffffff;
    default: return r;
    }
}

// bytes (a multiple of 8) of elements of 1 << mode bytes, as the Z registers have them.
static inline void case_elements(uint64_t *s, uint64_t *to, unsigned bytes, unsigned mode)
{
    unsigned bits = 8u << mode;
    uint64_t mask = ~UINT64_C(0) >> (64 - bits);

    for (unsigned i = 0; i < bytes / 8; i++) {
        uint64_t v = 0;
        for (unsigned at = 0; at < 64; at += bits) {
            uint64_t sel = case_next(s) & 7, r = case_next(s);
            r = sel == 0 ? case_corner[mode][r & 15] : sel == 1 ? r & 7 : r;
            v |= (r & mask) << at;
        }
        to[i] = v;
    }
}

static inline void case_predicate(uint64_t *s, uint64_t *to, unsigned vl)
{
    uint64_t sel = case_next(s) & 3;

    for (unsigned i = 0; i < CASE_P_STRIDE / 8; i++)
        to[i] = 0;
    for (unsigned i = 0; i < vl / 128; i++) {
        uint64_t r = case_next(s);
        r = sel == 0 ? 0xffff : sel == 1 ? r & 0xffff : sel == 2 ? r & 0x1111 : (UINT64_C(1) << r % 17) - 1;
        to[i / 4] |= r << i % 4 * 16;
    }
}

static inline void case_steer(struct case_state *state, const struct case_record *c)
{
    uint64_t s = c->seed ^ 0x5851f42d4c957f2d, element = ~UINT64_C(0) >> (64 - (8u << c->z_size));

    for (unsigned i = 0; i < 4; i++)
        if (c->x_reg[i] != CASE_NO_REG)
            *(c->x_reg[i] == CASE_REG_SP ? &state->sp : &state->x[c->x_reg[i]]) = c->x_value[i];
    if (c->z_reg == CASE_NO_REG)
        return;
    uint64_t *z = (uint64_t *)state->z[c->z_reg];
    for (unsigned i = 0; i < c->vl / 64u; i++)
        for (unsigned at = 0; at < 64; at += 8u << c->z_size) {
            uint64_t r = case_next(&s);
            if (r >> 60) // one in sixteen stays wild
                z[i] = (z[i] & ~(element << at)) | ((c->z_base + (r & c->z_mask)) & element) << at;
        }
}

// What reduction made zero.
static inline void case_reduce(struct case_state *state, const struct case_record *c)
{
    for (unsigned n = 0; n < 31; n++)
        state->x[n] = c->keep_x >> n & 1 ? state->x[n] : 0;
    state->sp = c->keep_x >> 31 ? state->sp : 0;
    for (unsigned n = 0; n < 32; n++)
        for (unsigned i = 0; !(c->keep_z >> n & 1) && i < c->vl / 64u; i++)
            ((uint64_t *)state->z[n])[i] = 0;
    for (unsigned n = 0; n < 17; n++)
        for (unsigned i = 0; !(c->keep_p >> n & 1) && i < CASE_P_STRIDE / 8; i++)
            ((uint64_t *)state->p[n])[i] = 0;
    state->nzcv = c->keep_p & CASE_KEEP_NZCV ? state->nzcv : 0;
    state->fpcr = c->keep_p & CASE_KEEP_FPCR ? state->fpcr : 0;
}

static inline void case_prepare(struct case_state *state, const struct case_record *c)
{
    uint64_t s = c->seed;
    unsigned mode = case_next(&s) & 3, vl = c->vl;
    uint64_t k = case_next(&s);

    state->fpcr = state->fpsr = 0;
    if (c->flags & CASE_EVERY_FPCR || !(k & 7))
        state->fpcr = (k >> 8 & 3) << 22 | (k >> 10 & 1) << 25 | (k >> 11 & 1) << 24 | (k >> 12 & 1) << 19;
    if (c->flags & CASE_EVERY_FPCR)
        state->fpcr |= (k >> 13 & 1) | (k >> 14 & 1) << 1 | (k >> 15 & 1) << 2;
    for (unsigned n = 0; n < 31; n++)
        state->x[n] = case_general_register(&s);
    state->sp = case_next(&s) & ~UINT64_C(15);
    for (unsigned n = 0; n < 32; n++)
        case_elements(&s, (uint64_t *)state->z[n], vl / 8, mode);
    for (unsigned n = 0; n < 16; n++)
        case_predicate(&s, (uint64_t *)state->p[n], vl);
    uint64_t *ffr = (uint64_t *)state->p[16], count = case_next(&s) % (vl / 8 + 1);
    for (unsigned i = 0; i < CASE_P_STRIDE / 8; i++)
        ffr[i] = count >= 64 * (i + 1) ? ~UINT64_C(0) : count <= 64 * i ? 0 : (UINT64_C(1) << count % 64) - 1;
    state->nzcv = (case_next(&s) & 15) << 28;
    case_steer(state, c);
    if (~c->keep_x || ~c->keep_z || (c->keep_p & 0x7ffff) != 0x7ffff)
        case_reduce(state, c);
}

// ---- The state after, as one number ----
static inline uint64_t case_mix(uint64_t hash, uint64_t v)
{
    hash = (hash ^ v) * 0x9e3779b97f4a7c15;
    return hash ^ hash >> 29;
}

static inline uint64_t case_hash_state(const struct case_state *state, unsigned vl)
{
    uint64_t hash = vl;

    for (unsigned n = 0; n < 31; n++)
        hash = case_mix(hash, state->x[n]);
    hash = case_mix(case_mix(case_mix(hash, state->sp), state->nzcv), state->fpsr);
    for (unsigned n = 0; n < 32; n++)
        for (unsigned i = 0; i < vl / 64; i++)
            hash = case_mix(hash, ((const uint64_t *)state->z[n])[i]);
    for (unsigned n = 0; n < 17; n++)
        for (unsigned i = 0; i < (vl + 511) / 512; i++)
            hash = case_mix(hash, ((const uint64_t *)state->p[n])[i]);
    return hash;
}

// What the vectors tell of the outcome: the state after, or the exception's EL, vector and syndrome.
static inline uint64_t case_hash(const struct case_frame *f, unsigned vl)
{
    if (f->el)
        return case_mix(case_mix(case_mix(1, f->el), f->vector), f->esr);
    return case_hash_state(&f->state, vl);
}

#endif
