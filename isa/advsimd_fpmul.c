/* AdvSIMD floating point beyond elementwise: pairs, reductions, complex numbers, half-precision and BFloat16 products
 * accumulated in single precision. Arm ARM C7.2. */
#include "isa/simd.h"

/* ---- Pairwise: adjacent elements of Vm:Vn ---- */
static ALWAYS_INLINE void pairwise_at(struct lanes l, unsigned esize, elem2fp_fn *f, struct fp_status *fp, uint8_t *r)
{
    unsigned pairs = l.bits / esize / 2;
    for (unsigned e = 0; e < pairs; e++)
        SetElem(r, e, esize, f(Elem(l.n, 2 * e, esize), Elem(l.n, 2 * e + 1, esize), esize, fp));
    for (unsigned e = 0; e < pairs; e++)
        SetElem(r, pairs + e, esize, f(Elem(l.m, 2 * e, esize), Elem(l.m, 2 * e + 1, esize), esize, fp));
}
static ALWAYS_INLINE void pairwise(struct cpu *cpu, const struct op *op, struct lanes l, elem2fp_fn *f)
{
    uint8_t r[16];
    FOR_FP_ESIZE(l, pairwise_at, f, &cpu->fp, r)
    SetVBytes(cpu, op->Rd, l.bits, r);
}
/* The two lowest elements into one; the rest is cleared whatever FPCR.NEP says. */
static ALWAYS_INLINE void pair(struct cpu *cpu, const struct op *op, unsigned N, elem2fp_fn *f)
{
    const uint8_t *n = cpu->z[op->Rn];
    SetV(cpu, op->Rd, N, f(Elem(n, 0, N), Elem(n, 1, N), N, &cpu->fp));
}
void exec_FADDP_advsimd_vec_fp16(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, half_simd(cpu, op), FPAdd); }
void exec_FADDP_advsimd_vec_fp(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, fp_simd(cpu, op), FPAdd); }
void exec_FADDP_advsimd_pair_fp16(struct cpu *cpu, const struct op *op) { pair(cpu, op, 16, FPAdd); }
void exec_FADDP_advsimd_pair_fp(struct cpu *cpu, const struct op *op) { pair(cpu, op, fp_esize(op), FPAdd); }
void exec_FMAXP_advsimd_vec_fp16(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, half_simd(cpu, op), FPMax); }
void exec_FMAXP_advsimd_vec_fp(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, fp_simd(cpu, op), FPMax); }
void exec_FMAXP_advsimd_pair_fp16(struct cpu *cpu, const struct op *op) { pair(cpu, op, 16, FPMax); }
void exec_FMAXP_advsimd_pair_fp(struct cpu *cpu, const struct op *op) { pair(cpu, op, fp_esize(op), FPMax); }
void exec_FMINP_advsimd_vec_fp16(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, half_simd(cpu, op), FPMin); }
void exec_FMINP_advsimd_vec_fp(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, fp_simd(cpu, op), FPMin); }
void exec_FMINP_advsimd_pair_fp16(struct cpu *cpu, const struct op *op) { pair(cpu, op, 16, FPMin); }
void exec_FMINP_advsimd_pair_fp(struct cpu *cpu, const struct op *op) { pair(cpu, op, fp_esize(op), FPMin); }
void exec_FMAXNMP_advsimd_vec_fp16(struct cpu *cpu, const struct op *op)
{
    pairwise(cpu, op, half_simd(cpu, op), FPMaxNum);
}
void exec_FMAXNMP_advsimd_vec_fp(struct cpu *cpu, const struct op *op)
{
    pairwise(cpu, op, fp_simd(cpu, op), FPMaxNum);
}
void exec_FMAXNMP_advsimd_pair_fp16(struct cpu *cpu, const struct op *op) { pair(cpu, op, 16, FPMaxNum); }
void exec_FMAXNMP_advsimd_pair_fp(struct cpu *cpu, const struct op *op) { pair(cpu, op, fp_esize(op), FPMaxNum); }
void exec_FMINNMP_advsimd_vec_fp16(struct cpu *cpu, const struct op *op)
{
    pairwise(cpu, op, half_simd(cpu, op), FPMinNum);
}
void exec_FMINNMP_advsimd_vec_fp(struct cpu *cpu, const struct op *op)
{
    pairwise(cpu, op, fp_simd(cpu, op), FPMinNum);
}
void exec_FMINNMP_advsimd_pair_fp16(struct cpu *cpu, const struct op *op) { pair(cpu, op, 16, FPMinNum); }
void exec_FMINNMP_advsimd_pair_fp(struct cpu *cpu, const struct op *op) { pair(cpu, op, fp_esize(op), FPMinNum); }

/* ---- Across the vector: halves against each other, down to one element (Reduce) ---- */
static ALWAYS_INLINE void reduce(struct cpu *cpu, const struct op *op, struct lanes l, elem2fp_fn *f)
{
    uint64_t x[8];
    unsigned elements = l.bits / l.esize;
    for (unsigned e = 0; e < elements; e++)
        x[e] = Elem(l.n, e, l.esize);
    /* Adjacent pairs first is the order of a reduction that splits in halves. */
    for (; elements > 1; elements /= 2)
        for (unsigned e = 0; e < elements / 2; e++)
            x[e] = f(x[2 * e], x[2 * e + 1], l.esize, &cpu->fp);
    SetV(cpu, op->Rd, l.esize, x[0]);
}
void exec_FMAXV_advsimd_fp16(struct cpu *cpu, const struct op *op) { reduce(cpu, op, half_simd(cpu, op), FPMax); }
void exec_FMAXV_advsimd_fp(struct cpu *cpu, const struct op *op) { reduce(cpu, op, lanes_v(cpu, op, 32), FPMax); }
void exec_FMINV_advsimd_fp16(struct cpu *cpu, const struct op *op) { reduce(cpu, op, half_simd(cpu, op), FPMin); }
void exec_FMINV_advsimd_fp(struct cpu *cpu, const struct op *op) { reduce(cpu, op, lanes_v(cpu, op, 32), FPMin); }
void exec_FMAXNMV_advsimd_fp16(struct cpu *cpu, const struct op *op) { reduce(cpu, op, half_simd(cpu, op), FPMaxNum); }
void exec_FMAXNMV_advsimd_fp(struct cpu *cpu, const struct op *op) { reduce(cpu, op, lanes_v(cpu, op, 32), FPMaxNum); }
void exec_FMINNMV_advsimd_fp16(struct cpu *cpu, const struct op *op) { reduce(cpu, op, half_simd(cpu, op), FPMinNum); }
void exec_FMINNMV_advsimd_fp(struct cpu *cpu, const struct op *op) { reduce(cpu, op, lanes_v(cpu, op, 32), FPMinNum); }

/* ---- Complex numbers: pairs of real (even) and imaginary (odd) elements ---- */
/* Vm rotated by 90 (rot = 0) or 270 degrees, and added. */
void exec_FCADD_advsimd_vec(struct cpu *cpu, const struct op *op)
{
    struct lanes l = simd(cpu, op);
    unsigned N = l.esize;
    uint8_t r[16];
    for (unsigned e = 0; e < l.bits / N; e += 2) {
        uint64_t re = Elem(l.m, e + 1, N), im = Elem(l.m, e, N);
        if (op->rot)
            im = FPNeg(im, N, &cpu->fp);
        else
            re = FPNeg(re, N, &cpu->fp);
        SetElem(r, e, N, FPAdd(Elem(l.n, e, N), re, N, &cpu->fp));
        SetElem(r, e + 1, N, FPAdd(Elem(l.n, e + 1, N), im, N, &cpu->fp));
    }
    SetVBytes(cpu, op->Rd, l.bits, r);
}
/* d += n * m, one of the two steps: rot is the rotation in quarter turns. fixed_pair: the pair of Vm,
 * or negative for each its own. */
static ALWAYS_INLINE void complex_multiply(struct cpu *cpu, const struct op *op, int fixed_pair)
{
    struct lanes l = simd(cpu, op);
    unsigned N = l.esize, rot = op->rot;
    uint8_t r[16];
    for (unsigned e = 0; e < l.bits / N; e += 2) {
        unsigned m = fixed_pair < 0 ? e : 2 * (unsigned)fixed_pair;
        uint64_t n = Elem(l.n, e + (rot & 1), N);
        uint64_t re = Elem(l.m, m + (rot & 1), N), im = Elem(l.m, m + 1 - (rot & 1), N);
        re = rot == 1 || rot == 2 ? FPNeg(re, N, &cpu->fp) : re;
        im = rot >= 2 ? FPNeg(im, N, &cpu->fp) : im;
        SetElem(r, e, N, FPMulAdd(Elem(l.d, e, N), n, re, N, &cpu->fp));
        SetElem(r, e + 1, N, FPMulAdd(Elem(l.d, e + 1, N), n, im, N, &cpu->fp));
    }
    SetVBytes(cpu, op->Rd, l.bits, r);
}
void exec_FCMLA_advsimd_vec(struct cpu *cpu, const struct op *op) { complex_multiply(cpu, op, -1); }
void exec_FCMLA_advsimd_elt(struct cpu *cpu, const struct op *op) { complex_multiply(cpu, op, (int)op->imm); }

/* ---- FMLAL, FMLSL: products of halves added to singles; upper: from the upper half of the sources ---- */
static ALWAYS_INLINE void half_products(struct cpu *cpu, const struct op *op, bool indexed, bool upper, bool subtract)
{
    struct lanes l = lanes_v(cpu, op, 32);
    unsigned first = upper ? l.bits / 32 : 0;
    uint8_t r[16];
    for (unsigned e = 0; e < l.bits / 32; e++) {
        uint64_t n = Elem(l.n, first + e, 16), m = Elem(l.m, indexed ? (unsigned)op->imm : first + e, 16);
        n = subtract ? FPNeg(n, 16, &cpu->fp) : n;
        SetElem(r, e, 32, FPMulAddH(Elem(l.d, e, 32), n, m, &cpu->fp));
    }
    SetVBytes(cpu, op->Rd, l.bits, r);
}
void exec_FMLAL_advsimd_vec_lower(struct cpu *cpu, const struct op *op) { half_products(cpu, op, false, false, false); }
void exec_FMLAL_advsimd_vec_upper(struct cpu *cpu, const struct op *op) { half_products(cpu, op, false, true, false); }
void exec_FMLAL_advsimd_elt_lower(struct cpu *cpu, const struct op *op) { half_products(cpu, op, true, false, false); }
void exec_FMLAL_advsimd_elt_upper(struct cpu *cpu, const struct op *op) { half_products(cpu, op, true, true, false); }
void exec_FMLSL_advsimd_vec_lower(struct cpu *cpu, const struct op *op) { half_products(cpu, op, false, false, true); }
void exec_FMLSL_advsimd_vec_upper(struct cpu *cpu, const struct op *op) { half_products(cpu, op, false, true, true); }
void exec_FMLSL_advsimd_elt_lower(struct cpu *cpu, const struct op *op) { half_products(cpu, op, true, false, true); }
void exec_FMLSL_advsimd_elt_upper(struct cpu *cpu, const struct op *op) { half_products(cpu, op, true, true, true); }

/* ---- BFloat16 ---- */
/* BFDotAdd of the two pairs in n and m. */
static uint64_t bf_dot(struct cpu *cpu, uint64_t a, uint64_t n, uint64_t m)
{
    return BFDotAdd(a, n & 0xffff, n >> 16, m & 0xffff, m >> 16, &cpu->fp);
}
static ALWAYS_INLINE void bf_dots(struct cpu *cpu, const struct op *op, struct lanes l)
{
    for (unsigned e = 0; e < l.bits / 32; e++)
        SetElem(l.d, e, 32, bf_dot(cpu, Elem(l.d, e, 32), Elem(l.n, e, 32), Elem(l.m, e, 32)));
    vd_done(cpu, op, l.bits);
}
void exec_BFDOT_advsimd_vec(struct cpu *cpu, const struct op *op) { bf_dots(cpu, op, lanes_v(cpu, op, 32)); }
void exec_BFDOT_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    uint8_t all[16];
    bf_dots(cpu, op, by_element(cpu, op, lanes_v(cpu, op, 32), all));
}
/* BFMatMulAdd(): matrices of 2 by 4. */
void exec_BFMMLA_advsimd(struct cpu *cpu, const struct op *op)
{
    const uint8_t *n = cpu->z[op->Rn], *m = cpu->z[op->Rm];
    uint8_t r[16];
    for (unsigned i = 0; i < 2; i++)
        for (unsigned j = 0; j < 2; j++) {
            uint64_t sum = Elem(cpu->z[op->Rd], 2 * i + j, 32);
            for (unsigned k = 0; k < 2; k++)
                sum = bf_dot(cpu, sum, Elem(n, 2 * i + k, 32), Elem(m, 2 * j + k, 32));
            SetElem(r, 2 * i + j, 32, sum);
        }
    SetVBytes(cpu, op->Rd, 128, r);
}
/* BFMLALB, BFMLALT: Q selects the even or the odd elements. */
static ALWAYS_INLINE void bf_products(struct cpu *cpu, const struct op *op, bool indexed)
{
    const uint8_t *n = cpu->z[op->Rn], *m = cpu->z[op->Rm], *d = cpu->z[op->Rd];
    uint8_t r[16];
    for (unsigned e = 0; e < 4; e++) {
        unsigned i = 2 * e + op->Q;
        SetElem(r, e, 32,
                BFMulAddH(Elem(d, e, 32), Elem(n, i, 16), Elem(m, indexed ? (unsigned)op->imm : i, 16), &cpu->fp));
    }
    SetVBytes(cpu, op->Rd, 128, r);
}
void exec_BFMLAL_advsimd_vec(struct cpu *cpu, const struct op *op) { bf_products(cpu, op, false); }
void exec_BFMLAL_advsimd_elt(struct cpu *cpu, const struct op *op) { bf_products(cpu, op, true); }
