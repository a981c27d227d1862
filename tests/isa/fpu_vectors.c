/* The arithmetic of isa/fpu.h against the single-instruction vectors of ${SVEMU_SHARED:-../shared}/vectors: just enough
 * decoding to reach each function, scalar floating-point and the SVE and BFloat16 forms that the scalar ones lack. The
 * state before an instruction is drawn from its seed as the vectors' README says. */
#include "isa/fpu.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct state {
    struct fp_status fp;
    unsigned vl, nzcv;
    uint64_t x[32];
    uint8_t z[32][256], p[16][32];
};

static uint64_t seed;

static uint64_t next(void)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static const uint64_t corner[4][16] = {
    { 0x00, 0x80, 0x01, 0xff, 0x7f, 0x81, 0x02, 0xfe, 0x40, 0xc0, 0x55, 0xaa, 0x07, 0x08, 0x10, 0xf0 },
    { 0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0x7d01, 0xfe00, 0xfd01, 1, 0x8001, 0x03ff, 0x0400, 0x7bff,
      0x3800 },
    { 0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc00001, 0xffa00000, 1,
      0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3f000000 },
    { 0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
      0x7ff8000000000000, 0x7ff0000000000001, 0xfff8000000000001, 0xfff4000000000000, 1, 0x8000000000000001,
      0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x3fe0000000000000 },
};

static void draw_x(struct state *s)
{
    for (int i = 0; i < 31; i++) {
        uint64_t r = next();
        switch (next() & 7) {
        case 0: s->x[i] = r & 0xff; break;
        case 1: s->x[i] = 0 - (r & 0xff); break;
        case 2: s->x[i] = (uint64_t)1 << (r & 63); break;
        case 3: s->x[i] = ((uint64_t)1 << (r & 63)) - 1; break;
        case 4: s->x[i] = r & 0xffffffff; break;
        default: s->x[i] = r;
        }
    }
    next(); /* SP */
}

static void draw_state(struct state *s, bool fpcr_always)
{
    unsigned mode = next() & 3, bytes = 1u << mode;
    uint64_t k = next();

    memset(s->p, 0, sizeof s->p);
    memset(s->z, 0, sizeof s->z);
    s->fp = (struct fp_status){ .rpres = true };
    if (fpcr_always || (k & 7) == 0)
        s->fp.fpcr = (uint32_t)((k >> 8 & 3) << 22 | (k >> 10 & 1) << 25 | (k >> 11 & 1) << 24 | (k >> 12 & 1) << 19);
    if (fpcr_always)
        s->fp.fpcr |= (uint32_t)(k >> 13 & 7);
    s->x[31] = 0;
    draw_x(s);
    for (int i = 0; i < 32; i++)
        for (unsigned e = 0; e < s->vl / 8; e += bytes) {
            uint64_t sel = next() & 7, r = next();
            uint64_t v = sel == 0 ? corner[mode][r & 15] : sel == 1 ? r & 7 : r;
            memcpy(s->z[i] + e, &v, bytes);
        }
    for (int i = 0; i < 16; i++) {
        uint64_t sel = next() & 3;
        for (unsigned e = 0; e < s->vl / 128; e++) {
            uint64_t r = next();
            uint64_t v = sel == 0 ? 0xffff : sel == 1 ? r : sel == 2 ? r & 0x1111 : (1u << (r % 17)) - 1;
            memcpy(s->p[i] + 2 * e, &v, 2);
        }
    }
    next(); /* FFR */
    s->nzcv = next() & 15;
}

static uint64_t elem(const struct state *s, unsigned reg, unsigned e, unsigned N)
{
    uint64_t v = 0;

    memcpy(&v, s->z[reg] + e * (N / 8), N / 8);
    return v;
}

static void set_elem(struct state *s, unsigned reg, unsigned e, unsigned N, uint64_t v)
{
    memcpy(s->z[reg] + e * (N / 8), &v, N / 8);
}

static unsigned field(uint32_t word, unsigned low, unsigned width) { return word >> low & ((1u << width) - 1); }

static unsigned ptype_width(uint32_t word)
{
    static const uint8_t widths[4] = { 32, 64, 0, 16 };

    return widths[field(word, 22, 2)];
}

/* Each exec function changes the state; *bits is how much of Zd it computed (0: not known here). Only that is compared,
 * for what happens above it is FPCR.NEP's or the instruction's business. */
typedef bool exec_function(struct state *s, uint32_t word, unsigned *bits);

#define Rd field(word, 0, 5)
#define Rn field(word, 5, 5)
#define Ra field(word, 10, 5)
#define Rm field(word, 16, 5)

static bool one_source(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = ptype_width(word), M = N, opcode = field(word, 15, 6);
    struct fp_status *fp = &s->fp;
    enum FPRounding mode = FPRoundingMode(fp);
    uint64_t n = elem(s, Rn, 0, N ? N : 16), r;

    switch (opcode) {
    case 1: r = FPAbs(n, N, fp); break;
    case 2: r = FPNeg(n, N, fp); break;
    case 3: r = FPSqrt(n, N, fp); break;
    case 4: r = FPConvert(n, N, mode, M = 32, fp); break;
    case 5: r = FPConvert(n, N, mode, M = 64, fp); break;
    case 6: r = FPConvertBF(elem(s, Rn, 0, 32), mode, fp), M = 16; break;
    case 7: r = FPConvert(n, N, mode, M = 16, fp); break;
    case 8: r = FPRoundInt(n, N, FPRounding_TIEEVEN, false, fp); break;
    case 9: r = FPRoundInt(n, N, FPRounding_POSINF, false, fp); break;
    case 10: r = FPRoundInt(n, N, FPRounding_NEGINF, false, fp); break;
    case 11: r = FPRoundInt(n, N, FPRounding_ZERO, false, fp); break;
    case 12: r = FPRoundInt(n, N, FPRounding_TIEAWAY, false, fp); break;
    case 14: r = FPRoundInt(n, N, mode, true, fp); break;
    case 15: r = FPRoundInt(n, N, mode, false, fp); break;
    case 16: r = FPRoundIntN(n, N, FPRounding_ZERO, 32, fp); break;
    case 17: r = FPRoundIntN(n, N, mode, 32, fp); break;
    case 18: r = FPRoundIntN(n, N, FPRounding_ZERO, 64, fp); break;
    case 19: r = FPRoundIntN(n, N, mode, 64, fp); break;
    default: return false;
    }
    set_elem(s, Rd, 0, M, r);
    *bits = M;
    return true;
}

static bool two_source(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = ptype_width(word);
    struct fp_status *fp = &s->fp;
    uint64_t n = elem(s, Rn, 0, N), m = elem(s, Rm, 0, N), r;

    switch (field(word, 12, 4)) {
    case 0: r = FPMul(n, m, N, fp); break;
    case 1: r = FPDiv(n, m, N, fp); break;
    case 2: r = FPAdd(n, m, N, fp); break;
    case 3: r = FPSub(n, m, N, fp); break;
    case 4: r = FPMax(n, m, N, fp); break;
    case 5: r = FPMin(n, m, N, fp); break;
    case 6: r = FPMaxNum(n, m, N, fp); break;
    case 7: r = FPMinNum(n, m, N, fp); break;
    case 8: r = FPNeg(FPMul(n, m, N, fp), N, fp); break;
    default: return false;
    }
    set_elem(s, Rd, 0, N, r);
    *bits = N;
    return true;
}

static bool three_source(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = ptype_width(word), o1 = field(word, 21, 1), o0 = field(word, 15, 1);
    uint64_t n = elem(s, Rn, 0, N), m = elem(s, Rm, 0, N), a = elem(s, Ra, 0, N);

    if (o1)
        a = FPNeg(a, N, &s->fp);
    if (o1 != o0)
        n = FPNeg(n, N, &s->fp);
    set_elem(s, Rd, 0, N, FPMulAdd(a, n, m, N, &s->fp));
    *bits = N;
    return true;
}

static bool compare(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = ptype_width(word);
    uint64_t m = field(word, 3, 1) ? 0 : elem(s, Rm, 0, N);

    s->nzcv = FPCompare(elem(s, Rn, 0, N), m, field(word, 4, 1), N, &s->fp);
    *bits = 0;
    return true;
}

static bool convert_int(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = ptype_width(word), X = field(word, 31, 1) ? 64 : 32, opcode = field(word, 16, 3);
    unsigned rmode = field(word, 19, 2), fbits = field(word, 21, 1) ? 0 : 64 - field(word, 10, 6);
    static const enum FPRounding modes[4] = { FPRounding_TIEEVEN, FPRounding_POSINF, FPRounding_NEGINF,
                                              FPRounding_ZERO };
    uint64_t x = X == 64 ? s->x[Rn] : (uint32_t)s->x[Rn];
    enum FPRounding mode = FPRoundingMode(&s->fp);
    bool z;

    *bits = 0;
    switch (opcode) {
    case 0:
    case 1: s->x[Rd] = FPToFixed(elem(s, Rn, 0, N), N, fbits, opcode & 1, modes[rmode], X, &s->fp); break;
    case 2:
    case 3:
        set_elem(s, Rd, 0, N, FixedToFP(x, X, fbits, opcode & 1, mode, N, &s->fp));
        *bits = N;
        break;
    case 4:
    case 5: s->x[Rd] = FPToFixed(elem(s, Rn, 0, N), N, fbits, opcode & 1, FPRounding_TIEAWAY, X, &s->fp); break;
    default:
        if ((word & 0xfffffc00) != 0x1e7e0000)
            return false;
        s->x[Rd] = FPToFixedJS(elem(s, Rn, 0, 64), &z, &s->fp);
        s->nzcv = z ? 4 : 0;
    }
    s->x[31] = 0;
    return true;
}

/* Scalar AdvSIMD, by the fields that tell the operations apart. */
static bool simd_scalar(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = field(word, 22, 1) ? 64 : 32;
    struct fp_status *fp = &s->fp;
    uint32_t key = word & 0xffbffc00;
    uint64_t n, m, r;

    if (field(word, 10, 1) ? !field(word, 21, 1) : field(word, 16, 7) == 0x79)
        N = 16;
    n = elem(s, Rn, 0, N), m = elem(s, Rm, 0, N);
    if ((word & 0xffe0fc00) == 0x5e403c00 || (word & 0xffa0fc00) == 0x5e20fc00)
        r = FPRecipStepFused(n, m, N, fp);
    else if ((word & 0xffe0fc00) == 0x5ec03c00 || (word & 0xffa0fc00) == 0x5ea0fc00)
        r = FPRSqrtStepFused(n, m, N, fp);
    else if ((word & 0xffe0fc00) == 0x5e401c00 || (word & 0xffa0fc00) == 0x5e20dc00)
        r = FPMulX(n, m, N, fp);
    else if ((word & 0xffe0fc00) == 0x7ec01400 || (word & 0xffa0fc00) == 0x7ea0d400)
        r = FPAbs(FPSub(n, m, N, fp), N, fp);
    else if ((word & 0xffe0fc00) == 0x5e402400 || (word & 0xffa0fc00) == 0x5e20e400)
        r = FPCompareEQ(n, m, N, fp) ? ~(uint64_t)0 : 0;
    else if ((word & 0xffe0fc00) == 0x7e402400 || (word & 0xffa0fc00) == 0x7e20e400)
        r = FPCompareGE(n, m, N, fp) ? ~(uint64_t)0 : 0;
    else if ((word & 0xffe0fc00) == 0x7ec02400 || (word & 0xffa0fc00) == 0x7ea0e400)
        r = FPCompareGT(n, m, N, fp) ? ~(uint64_t)0 : 0;
    else if (key == 0x5ea1d800 || word >> 10 == 0x5ef9d800 >> 10)
        r = FPRecipEstimate(n, N, fp);
    else if (key == 0x7ea1d800 || word >> 10 == 0x7ef9d800 >> 10)
        r = FPRSqrtEstimate(n, N, fp);
    else if (key == 0x5ea1f800 || word >> 10 == 0x5ef9f800 >> 10)
        r = FPRecpX(n, N, fp);
    else if (word >> 10 == 0x7e616800 >> 10)
        r = FPConvert(elem(s, Rn, 0, 64), 64, FPRounding_ODD, N = 32, fp);
    else
        return false;
    set_elem(s, Rd, 0, N, r);
    *bits = N;
    return true;
}

/* The two estimates on unsigned integers, and the BFloat16 instructions of AdvSIMD. */
static bool simd_vector(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned Q = field(word, 30, 1);
    struct state before = *s;

    *bits = Q ? 128 : 64;
    for (unsigned e = 0; e < *bits / 32; e++) {
        uint64_t n = elem(&before, Rn, e, 32), m = elem(&before, Rm, e, 32), d = elem(&before, Rd, e, 32), r;

        if ((word & 0xbffffc00) == 0x0ea1c800)
            r = UnsignedRecipEstimate((uint32_t)n);
        else if ((word & 0xbffffc00) == 0x2ea1c800)
            r = UnsignedRSqrtEstimate((uint32_t)n);
        else if ((word & 0xbfe0fc00) == 0x2e40fc00)
            r = BFDotAdd(d, n & 0xffff, n >> 16, m & 0xffff, m >> 16, &s->fp);
        else if ((word & 0xbfe0fc00) == 0x2ec0fc00 && Q)
            r = BFMulAddH(d, n >> 16, m >> 16, &s->fp);
        else
            return false;
        set_elem(s, Rd, e, 32, r);
    }
    return true;
}

static bool active(const struct state *s, unsigned pg, unsigned e, unsigned N)
{
    unsigned bit = e * N / 8;

    return s->p[pg][bit / 8] >> bit % 8 & 1;
}

static bool sve_binary(struct state *s, uint32_t word, unsigned opcode, unsigned N, uint64_t n, uint64_t m, uint64_t *r)
{
    struct fp_status *fp = &s->fp;

    (void)word;
    if (N == 8) {
        switch (opcode) {
        case 0: *r = BFAdd(n, m, fp); return true;
        case 1: *r = BFSub(n, m, fp); return true;
        case 2: *r = BFMul(n, m, fp); return true;
        case 4: *r = BFMaxNum(n, m, fp); return true;
        case 5: *r = BFMinNum(n, m, fp); return true;
        case 6: *r = BFMax(n, m, fp); return true;
        case 7: *r = BFMin(n, m, fp); return true;
        }
        return false;
    }
    switch (opcode) {
    case 0: *r = FPAdd(n, m, N, fp); return true;
    case 1: *r = FPSub(n, m, N, fp); return true;
    case 2: *r = FPMul(n, m, N, fp); return true;
    case 3: *r = FPSub(m, n, N, fp); return true;
    case 4: *r = FPMaxNum(n, m, N, fp); return true;
    case 5: *r = FPMinNum(n, m, N, fp); return true;
    case 6: *r = FPMax(n, m, N, fp); return true;
    case 7: *r = FPMin(n, m, N, fp); return true;
    case 8: *r = FPAbs(FPSub(n, m, N, fp), N, fp); return true;
    case 9: *r = FPScale(n, N == 16 ? (int16_t)m : N == 32 ? (int32_t)m : (int64_t)m, N, fp); return true;
    case 10: *r = FPMulX(n, m, N, fp); return true;
    case 12: *r = FPDiv(m, n, N, fp); return true;
    case 13: *r = FPDiv(n, m, N, fp); return true;
    }
    return false;
}

static bool sve_predicated(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = 8u << field(word, 22, 2), W = N == 8 ? 16 : N;
    struct state before = *s;

    for (unsigned e = 0; e < s->vl / W; e++) {
        uint64_t r;
        if (!active(s, field(word, 10, 3), e, W))
            continue;
        if (!sve_binary(s, word, field(word, 16, 4), N, elem(&before, Rd, e, W), elem(&before, Rn, e, W), &r))
            return false;
        set_elem(s, Rd, e, W, r);
    }
    *bits = s->vl;
    return true;
}

static bool sve_unpredicated(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = 8u << field(word, 22, 2), W = N == 8 ? 16 : N, opcode = field(word, 10, 3);
    struct state before = *s;

    for (unsigned e = 0; e < s->vl / W; e++) {
        uint64_t n = elem(&before, Rn, e, W), m = elem(&before, Rm, e, W), r;
        if (opcode == 3 && N != 8)
            r = FPTrigSMul(n, m, N, &s->fp);
        else if (opcode == 6 && N != 8)
            r = FPRecipStepFused(n, m, N, &s->fp);
        else if (opcode == 7 && N != 8)
            r = FPRSqrtStepFused(n, m, N, &s->fp);
        else if (opcode > 2 || !sve_binary(s, word, opcode, N, n, m, &r))
            return false;
        set_elem(s, Rd, e, W, r);
    }
    *bits = s->vl;
    return true;
}

static bool sve_mul_add(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = 8u << field(word, 22, 2), W = N == 8 ? 16 : N, opcode = field(word, 13, 3);
    struct fp_status *fp = &s->fp;
    struct state before = *s;

    for (unsigned e = 0; e < s->vl / W; e++) {
        /* FMLA: Zda + Zn * Zm. FMAD: Za (bits 20 to 16) + Zdn * Zm (bits 9 to 5). */
        uint64_t a = elem(&before, opcode & 4 ? Rm : Rd, e, W), n = elem(&before, opcode & 4 ? Rd : Rn, e, W);
        uint64_t m = elem(&before, opcode & 4 ? Rn : Rm, e, W);

        if (!active(s, field(word, 10, 3), e, W))
            continue;
        if (N == 8) {
            set_elem(s, Rd, e, W, BFMulAdd(a, opcode & 1 ? BFNeg(n, fp) : n, m, fp));
            continue;
        }
        if (opcode & 2)
            a = FPNeg(a, N, fp);
        if ((opcode & 1) != (opcode >> 1 & 1))
            n = FPNeg(n, N, fp);
        set_elem(s, Rd, e, W, FPMulAdd(a, n, m, N, fp));
    }
    *bits = s->vl;
    return true;
}

static bool sve_other(struct state *s, uint32_t word, unsigned *bits)
{
    unsigned N = 8u << field(word, 22, 2), size2 = field(word, 17, 2);
    struct fp_status *fp = &s->fp;
    struct state before = *s;

    if ((word & 0xfff9e000) == 0x6518a000)
        N = 8u << size2;
    if (N == 8)
        return false;
    for (unsigned e = 0; e < s->vl / N; e++) {
        uint64_t n = elem(&before, Rn, e, N), m = elem(&before, Rm, e, N), d = elem(&before, Rd, e, N), r;

        if ((word & 0xff3ffc00) == 0x0420b800)
            r = FPExpA(n, N);
        else if ((word & 0xff20fc00) == 0x0420b000)
            r = FPTrigSSel(n, m, N, fp);
        else if ((word & 0xff38fc00) == 0x65108000)
            r = FPTrigMAdd(field(word, 16, 3), d, n, N, fp);
        else if ((word & 0xff3ffc00) == 0x650e3000)
            r = FPRecipEstimate(n, N, fp);
        else if ((word & 0xff3ffc00) == 0x650f3000)
            r = FPRSqrtEstimate(n, N, fp);
        else if ((word & 0xfff9e000) == 0x6518a000)
            r = active(s, field(word, 10, 3), e, N) ? FPLogB(n, N, fp) : d;
        else
            return false;
        set_elem(s, Rd, e, N, r);
    }
    *bits = s->vl;
    return true;
}

/* Widening to single: dot products and FMLAL, BFMLAL of SVE. */
static bool sve_widening(struct state *s, uint32_t word, unsigned *bits)
{
    struct fp_status *fp = &s->fp;
    struct state before = *s;
    unsigned top = field(word, 10, 1) ? 16 : 0;

    for (unsigned e = 0; e < s->vl / 32; e++) {
        uint64_t n = elem(&before, Rn, e, 32), m = elem(&before, Rm, e, 32), d = elem(&before, Rd, e, 32), r;
        uint64_t nh = n >> top & 0xffff, mh = m >> top & 0xffff;

        switch (word & 0xffe0fc00) {
        case 0x64608000: r = BFDotAdd(d, n & 0xffff, n >> 16, m & 0xffff, m >> 16, fp); break;
        case 0x64208000: r = FPDotAdd(d, n & 0xffff, n >> 16, m & 0xffff, m >> 16, fp); break;
        case 0x64a08000:
        case 0x64a08400: r = FPMulAddH(d, nh, mh, fp); break;
        case 0x64a0a000:
        case 0x64a0a400: r = FPMulAddH(d, FPNeg(nh, 16, fp), mh, fp); break;
        case 0x64e08000:
        case 0x64e08400: r = BFMulAddH(d, nh, mh, fp); break;
        case 0x64e0a000:
        case 0x64e0a400: r = BFMulAddH(d, BFNeg(nh, fp), mh, fp); break;
        default: return false;
        }
        set_elem(s, Rd, e, 32, r);
    }
    *bits = s->vl;
    return true;
}

static const struct group {
    const char *name;
    uint32_t mask, value;
    exec_function *exec;
} groups[] = {
    { "one source", 0xff207c00, 0x1e204000, one_source },
    { "two sources", 0xff200c00, 0x1e200800, two_source },
    { "three sources", 0xff000000, 0x1f000000, three_source },
    { "compare", 0xff20fc07, 0x1e202000, compare },
    { "integer conversion", 0x7f20fc00, 0x1e200000, convert_int },
    { "fixed-point conversion", 0x7f200000, 0x1e000000, convert_int },
    { "scalar AdvSIMD", 0xdf000400, 0x5e000400, simd_scalar },
    { "scalar AdvSIMD, one source", 0xdf000c00, 0x5e000800, simd_scalar },
    { "vector AdvSIMD", 0x9f000000, 0x0e000000, simd_vector },
    { "SVE predicated", 0xff30e000, 0x65008000, sve_predicated },
    { "SVE unpredicated", 0xff20e000, 0x65000000, sve_unpredicated },
    { "SVE multiply-add", 0xff200000, 0x65200000, sve_mul_add },
    { "SVE widening", 0xff200000, 0x64200000, sve_widening },
    { "SVE others", 0xff000000, 0x65000000, sve_other },
    { "SVE FEXPA, FTSSEL", 0xff20f000, 0x0420b000, sve_other },
};
enum { GROUPS = sizeof groups / sizeof groups[0] };

static unsigned tested[GROUPS], failed[GROUPS];

/* The outcome's text for a register, or NULL: unchanged. */
static const char *outcome_of(const char *line, const char *name)
{
    char key[16];
    const char *at;

    snprintf(key, sizeof key, " %s=", name);
    at = strstr(line, key);
    return at ? at + strlen(key) : NULL;
}

static void apply_z(struct state *s, unsigned reg, const char *line)
{
    char name[8];
    const char *hex;

    snprintf(name, sizeof name, "z%u", reg);
    hex = outcome_of(line, name);
    for (unsigned i = 0; hex && i < s->vl / 8; i++) {
        unsigned byte = 0;
        sscanf(hex + 2 * i, "%2x", &byte);
        s->z[reg][s->vl / 8 - 1 - i] = (uint8_t)byte;
    }
}

static void apply_x(struct state *s, unsigned reg, const char *line)
{
    char name[8];
    const char *hex;

    snprintf(name, sizeof name, "x%u", reg);
    hex = outcome_of(line, name);
    if (hex)
        s->x[reg] = strtoull(hex, NULL, 16);
}

static bool same(const struct state *got, const char *line, const struct state *before, uint32_t word, unsigned bits)
{
    struct state want = *before;
    const char *fpsr = outcome_of(line, "fpsr"), *nzcv = outcome_of(line, "nzcv");

    apply_z(&want, Rd, line);
    apply_x(&want, Rd, line);
    want.fp.fpsr = fpsr ? (uint32_t)strtoul(fpsr, NULL, 16) : 0;
    if (nzcv)
        want.nzcv = (unsigned)strtoul(nzcv, NULL, 16);
    return want.fp.fpsr == got->fp.fpsr && want.nzcv == got->nzcv && (Rd == 31 || want.x[Rd] == got->x[Rd]) &&
           memcmp(want.z[Rd], got->z[Rd], bits / 8) == 0;
}

static void run_line(const char *line, bool fpcr_always)
{
    static struct state before, s;
    uint32_t word;
    unsigned vl, bits;
    char outcome[8];

    if (sscanf(line, "%" SCNx32 " %" SCNx64 " %u %7s", &word, &seed, &vl, outcome) != 4 || strcmp(outcome, "ok") != 0)
        return;
    for (unsigned g = 0; g < GROUPS; g++) {
        if ((word & groups[g].mask) != groups[g].value)
            continue;
        before.vl = vl;
        draw_state(&before, fpcr_always);
        s = before;
        if (!groups[g].exec(&s, word, &bits))
            continue;
        tested[g]++;
        if (!same(&s, line, &before, word, bits)) {
            if (failed[g]++ < 5)
                printf("# %s fpcr=%x: got fpsr=%x nzcv=%x x=%" PRIx64 " z=%016" PRIx64 "%016" PRIx64 ", want %.120s\n",
                       groups[g].name, s.fp.fpcr, s.fp.fpsr, s.nzcv, s.x[Rd], elem(&s, Rd, 1, 64), elem(&s, Rd, 0, 64),
                       line);
        }
        return;
    }
}

static bool run_file(const char *dir, const char *file, bool fpcr_always)
{
    static char line[16384];
    FILE *f;

    snprintf(line, sizeof line, "zstd -qdc '%s/vectors/%s' 2>/dev/null", dir, file);
    f = popen(line, "r");
    if (!f)
        return false;
    while (fgets(line, sizeof line, f))
        run_line(line, fpcr_always);
    return pclose(f) == 0;
}

int main(void)
{
    const char *dir = getenv("SVEMU_SHARED");
    unsigned failures = 0;

    if (!dir)
        dir = "../shared";
    if (!run_file(dir, "a64-vectors.txt.zst", false) || !run_file(dir, "a64-vectors-fpcr.txt.zst", true)) {
        printf("# no vectors in %s (or no zstd): nothing tested\n0 passed, 0 failed\n", dir);
        return 0;
    }
    for (unsigned g = 0; g < GROUPS; g++) {
        printf("%s %s: %u of %u cases\n", failed[g] ? "FAIL" : "ok", groups[g].name, tested[g] - failed[g], tested[g]);
        failures += failed[g] != 0;
    }
    printf("%u passed, %u failed\n", GROUPS - failures, failures);
    return failures != 0;
}
