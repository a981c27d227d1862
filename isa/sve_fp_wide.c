/* SVE floating point with results wider than the factors: FMLALB and its kin, dot products, matrix products, BFloat16.
 * Arm ARM C8. */
#include "isa/elem_sve_fp.h"

/* ---- Multiply-add long: half precision or BFloat16 from the even (bottom) or odd (top) elements to single ---- */
typedef uint64_t long_fn(uint64_t a, uint64_t n, uint64_t m, struct fp_status *fp);

static uint64_t e_fmlal(uint64_t a, uint64_t n, uint64_t m, struct fp_status *fp) { return FPMulAddH(a, n, m, fp); }
static uint64_t e_fmlsl(uint64_t a, uint64_t n, uint64_t m, struct fp_status *fp)
{
    return FPMulAddH(a, e_fneg(n, 16, fp), m, fp);
}
static uint64_t e_bfmlal(uint64_t a, uint64_t n, uint64_t m, struct fp_status *fp) { return BFMulAddH(a, n, m, fp); }
static uint64_t e_bfmlsl(uint64_t a, uint64_t n, uint64_t m, struct fp_status *fp)
{
    return BFMulAddH(a, BFNeg(n, fp), m, fp);
}

static ALWAYS_INLINE void mla_long(struct cpu *cpu, const struct op *op, unsigned top, long_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / 32; e++)
        SetElem(l.d, e, 32, f(Elem(l.a, e, 32), Elem(l.n, 2 * e + top, 16), Elem(l.m, 2 * e + top, 16), &cpu->fp));
}
void exec_FMLALB_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 0, e_fmlal); }
void exec_FMLALT_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 1, e_fmlal); }
void exec_FMLSLB_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 0, e_fmlsl); }
void exec_FMLSLT_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 1, e_fmlsl); }
void exec_BFMLALB_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 0, e_bfmlal); }
void exec_BFMLALT_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 1, e_bfmlal); }
void exec_BFMLSLB_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 0, e_bfmlsl); }
void exec_BFMLSLT_z_zzz(struct cpu *cpu, const struct op *op) { mla_long(cpu, op, 1, e_bfmlsl); }

/* The second factor is one element of each 128 bits, i3h:i3l. */
static ALWAYS_INLINE void mla_long_index(struct cpu *cpu, const struct op *op, unsigned top, long_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    unsigned index = (unsigned)op->i3h << 1 | op->i3l;

    for (unsigned s = 0; s < l.bits / 32; s += 4) {
        uint64_t m = Elem(l.m, 2 * s + index, 16);
        for (unsigned e = s; e < s + 4; e++)
            SetElem(l.d, e, 32, f(Elem(l.a, e, 32), Elem(l.n, 2 * e + top, 16), m, &cpu->fp));
    }
}
void exec_FMLALB_z_zzzi_s(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 0, e_fmlal); }
void exec_FMLALT_z_zzzi_s(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 1, e_fmlal); }
void exec_FMLSLB_z_zzzi_s(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 0, e_fmlsl); }
void exec_FMLSLT_z_zzzi_s(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 1, e_fmlsl); }
void exec_BFMLALB_z_zzzi(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 0, e_bfmlal); }
void exec_BFMLALT_z_zzzi(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 1, e_bfmlal); }
void exec_BFMLSLB_z_zzzi(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 0, e_bfmlsl); }
void exec_BFMLSLT_z_zzzi(struct cpu *cpu, const struct op *op) { mla_long_index(cpu, op, 1, e_bfmlsl); }

/* ---- Dot products of pairs: FPDotAdd or BFDotAdd ---- */
typedef uint64_t dot_fn(uint64_t addend, uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b,
                        struct fp_status *fp);

static ALWAYS_INLINE void dot_pair(struct lanes l, unsigned e, uint64_t m0, uint64_t m1, dot_fn *f,
                                   struct fp_status *fp)
{
    SetElem(l.d, e, 32, f(Elem(l.a, e, 32), Elem(l.n, 2 * e, 16), Elem(l.n, 2 * e + 1, 16), m0, m1, fp));
}
static void dot(struct cpu *cpu, const struct op *op, dot_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / 32; e++)
        dot_pair(l, e, Elem(l.m, 2 * e, 16), Elem(l.m, 2 * e + 1, 16), f, &cpu->fp);
}
static void dot_index(struct cpu *cpu, const struct op *op, dot_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned s = 0; s < l.bits / 32; s += 4) {
        uint64_t m0 = Elem(l.m, 2 * (s + op->i2), 16), m1 = Elem(l.m, 2 * (s + op->i2) + 1, 16);
        for (unsigned e = s; e < s + 4; e++)
            dot_pair(l, e, m0, m1, f, &cpu->fp);
    }
}
void exec_FDOT_z_zzz(struct cpu *cpu, const struct op *op) { dot(cpu, op, FPDotAdd); }
void exec_FDOT_z_zzzi(struct cpu *cpu, const struct op *op) { dot_index(cpu, op, FPDotAdd); }
void exec_BFDOT_z_zzz(struct cpu *cpu, const struct op *op) { dot(cpu, op, BFDotAdd); }
void exec_BFDOT_z_zzzi(struct cpu *cpu, const struct op *op) { dot_index(cpu, op, BFDotAdd); }

/* ---- Matrices of 2 by 2 in each segment; the second factor is given transposed ---- */
static ALWAYS_INLINE void fmmla(struct cpu *cpu, const struct op *op, unsigned esize)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned s = 0; s + 4 <= l.bits / esize; s += 4) {
        uint64_t sum[4];
        for (unsigned i = 0; i < 4; i++) {
            unsigned n = s + (i & 2), m = s + (i & 1) * 2;
            uint64_t first = FPMul(Elem(l.n, n, esize), Elem(l.m, m, esize), esize, &cpu->fp);
            uint64_t second = FPMul(Elem(l.n, n + 1, esize), Elem(l.m, m + 1, esize), esize, &cpu->fp);
            sum[i] = FPAdd(Elem(l.a, s + i, esize), FPAdd(first, second, esize, &cpu->fp), esize, &cpu->fp);
        }
        for (unsigned i = 0; i < 4; i++)
            SetElem(l.d, s + i, esize, sum[i]);
    }
}
void exec_FMMLA_z_zzz_s(struct cpu *cpu, const struct op *op) { fmmla(cpu, op, 32); }
/* A segment is 256 bits: there must be one, and what is left of the vector beyond the last is zero. */
void exec_FMMLA_z_zzz_d(struct cpu *cpu, const struct op *op)
{
    if (CurrentVL(cpu) < 256) {
        UNDEFINED(cpu, "vectors are shorter than 256 bits");
        return;
    }
    fmmla(cpu, op, 64);
    if (CurrentVL(cpu) % 256)
        memset(ZForWrite(cpu, op->d) + CurrentVL(cpu) / 8 - 16, 0, 16);
}
/* BFloat16: 2 by 4 times 4 by 2. */
void exec_BFMMLA_z_zzz(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned s = 0; s < l.bits / 32; s += 4) {
        uint64_t sum[4];
        for (unsigned i = 0; i < 4; i++) {
            unsigned n = 2 * s + (i & 2) * 2, m = 2 * s + (i & 1) * 4;
            sum[i] = Elem(l.a, s + i, 32);
            for (unsigned k = 0; k < 4; k += 2)
                sum[i] = BFDotAdd(sum[i], Elem(l.n, n + k, 16), Elem(l.n, n + k + 1, 16), Elem(l.m, m + k, 16),
                                  Elem(l.m, m + k + 1, 16), &cpu->fp);
        }
        for (unsigned i = 0; i < 4; i++)
            SetElem(l.d, s + i, 32, sum[i]);
    }
}
