/* SVE floating-point arithmetic. Arm ARM C8 (SVE instructions); the arithmetic is isa/fpu.h's. */
#include "isa/sve_fp_fast.h"

/* By address, since a copy of the structure would take longer than the operation. */
static ALWAYS_INLINE void add(struct cpu *cpu, struct lanes l) { fp_add(&l, &cpu->fp); }
static ALWAYS_INLINE void sub(struct cpu *cpu, struct lanes l) { fp_sub(&l, &cpu->fp); }
static ALWAYS_INLINE void mul(struct cpu *cpu, struct lanes l) { fp_mul(&l, &cpu->fp); }
static ALWAYS_INLINE void mul_add(struct cpu *cpu, struct lanes l, bool negate_a, bool negate_n)
{
    fp_mul_add(&l, negate_a, negate_n, &cpu->fp);
}

/* ---- Predicated, two vectors ---- */
void exec_FADD_z_p_zz(struct cpu *cpu, const struct op *op) { add(cpu, lanes_z_p_zz(cpu, op)); }
void exec_FSUB_z_p_zz(struct cpu *cpu, const struct op *op) { sub(cpu, lanes_z_p_zz(cpu, op)); }
void exec_FSUBR_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), e_fsubr, &cpu->fp); }
void exec_FMUL_z_p_zz(struct cpu *cpu, const struct op *op) { mul(cpu, lanes_z_p_zz(cpu, op)); }
void exec_FMULX_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), FPMulX, &cpu->fp); }
void exec_FDIV_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), FPDiv, &cpu->fp); }
void exec_FDIVR_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), e_fdivr, &cpu->fp); }
void exec_FMAX_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), FPMax, &cpu->fp); }
void exec_FMIN_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), FPMin, &cpu->fp); }
void exec_FMAXNM_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), FPMaxNum, &cpu->fp); }
void exec_FMINNM_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), FPMinNum, &cpu->fp); }
void exec_FABD_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), e_fabd, &cpu->fp); }
void exec_FSCALE_z_p_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_p_zz(cpu, op), e_fscale, &cpu->fp); }

/* ---- Predicated, by one of two constants ---- */
static ALWAYS_INLINE void by_constant(struct cpu *cpu, const struct op *op, uint64_t constant, elem2fp_fn *f)
{
    map2fp_scalar(lanes_z_p_zz(cpu, op), constant, f, &cpu->fp);
}
/* 0.5 or 1.0; 0.5 or 2.0; 0.0 or 1.0. */
static uint64_t half_or_one(const struct op *op)
{
    unsigned esize = 8u << op->size;
    return op->i1 ? FPOne(false, esize) : FPPointFive(false, esize);
}
static uint64_t half_or_two(const struct op *op)
{
    unsigned esize = 8u << op->size;
    return op->i1 ? FPTwo(false, esize) : FPPointFive(false, esize);
}
static uint64_t zero_or_one(const struct op *op)
{
    unsigned esize = 8u << op->size;
    return op->i1 ? FPOne(false, esize) : FPZero(false, esize);
}
void exec_FADD_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, half_or_one(op), FPAdd); }
void exec_FSUB_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, half_or_one(op), FPSub); }
void exec_FSUBR_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, half_or_one(op), e_fsubr); }
void exec_FMUL_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, half_or_two(op), FPMul); }
void exec_FMAX_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, zero_or_one(op), FPMax); }
void exec_FMIN_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, zero_or_one(op), FPMin); }
void exec_FMAXNM_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, zero_or_one(op), FPMaxNum); }
void exec_FMINNM_z_p_zs(struct cpu *cpu, const struct op *op) { by_constant(cpu, op, zero_or_one(op), FPMinNum); }

/* ---- Unpredicated ---- */
void exec_FADD_z_zz(struct cpu *cpu, const struct op *op) { add(cpu, lanes_z_zz(cpu, op)); }
void exec_FSUB_z_zz(struct cpu *cpu, const struct op *op) { sub(cpu, lanes_z_zz(cpu, op)); }
void exec_FMUL_z_zz(struct cpu *cpu, const struct op *op) { mul(cpu, lanes_z_zz(cpu, op)); }
void exec_FTSMUL_z_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_zz(cpu, op), FPTrigSMul, &cpu->fp); }
void exec_FRECPS_z_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_zz(cpu, op), FPRecipStepFused, &cpu->fp); }
void exec_FRSQRTS_z_zz(struct cpu *cpu, const struct op *op)
{
    map2fp(lanes_z_zz(cpu, op), FPRSqrtStepFused, &cpu->fp);
}
static uint64_t e_ftssel(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPTrigSSel(n, m, esize, fp);
}
void exec_FTSSEL_z_zz(struct cpu *cpu, const struct op *op) { map2fp(lanes_z_zz(cpu, op), e_ftssel, &cpu->fp); }
void exec_FTMAD_z_zzi(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / l.esize; e++)
        SetElem(l.d, e, l.esize, FPTrigMAdd(op->imm3, Elem(l.n, e, l.esize), Elem(l.m, e, l.esize), l.esize, &cpu->fp));
}

/* ---- One vector ---- */
static uint64_t e_fexpa(uint64_t n, unsigned esize) { return FPExpA(n, esize); }
void exec_FEXPA_z_z(struct cpu *cpu, const struct op *op) { map1(lanes_z_zz(cpu, op), e_fexpa); }
void exec_FRECPE_z_z(struct cpu *cpu, const struct op *op) { map1fp(lanes_z_zz(cpu, op), FPRecipEstimate, &cpu->fp); }
void exec_FRSQRTE_z_z(struct cpu *cpu, const struct op *op) { map1fp(lanes_z_zz(cpu, op), FPRSqrtEstimate, &cpu->fp); }
void exec_FABS_z_p_z(struct cpu *cpu, const struct op *op) { map1fp(lanes_z_p_z(cpu, op), e_fabs, &cpu->fp); }
void exec_FNEG_z_p_z(struct cpu *cpu, const struct op *op) { map1fp(lanes_z_p_z(cpu, op), e_fneg, &cpu->fp); }
void exec_FSQRT_z_p_z(struct cpu *cpu, const struct op *op) { map1fp(lanes_z_p_z(cpu, op), FPSqrt, &cpu->fp); }
void exec_FRECPX_z_p_z(struct cpu *cpu, const struct op *op) { map1fp(lanes_z_p_z(cpu, op), FPRecpX, &cpu->fp); }
/* FLOGB has its size field elsewhere in the word, but it reads alike. */
void exec_FLOGB_z_p_z(struct cpu *cpu, const struct op *op) { map1fp(lanes_z_p_z(cpu, op), FPLogB, &cpu->fp); }

/* ---- Multiply and add: the addend is Zda, or Za and the destination a factor ---- */
void exec_FMLA_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz(cpu, op), false, false); }
void exec_FMLS_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz(cpu, op), false, true); }
void exec_FNMLA_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz(cpu, op), true, true); }
void exec_FNMLS_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz(cpu, op), true, false); }
void exec_FMAD_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz_mad(cpu, op), false, false); }
void exec_FMSB_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz_mad(cpu, op), false, true); }
void exec_FNMAD_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz_mad(cpu, op), true, true); }
void exec_FNMSB_z_p_zzz(struct cpu *cpu, const struct op *op) { mul_add(cpu, lanes_z_p_zzz_mad(cpu, op), true, false); }

/* ---- By an indexed element: the index and the register share bits 20:16 ---- */
static unsigned index_h(const struct op *op) { return (unsigned)op->i3h << 2 | op->i3l; }

static ALWAYS_INLINE void mul_index(struct cpu *cpu, const struct op *op, unsigned esize, unsigned index)
{
    struct lanes l = lanes_z_zz_of(cpu, op, esize);
    uint8_t m[MAX_VL_BYTES] __attribute__((aligned(64)));

    splat_index(&l, index, m);
    mul(cpu, l);
}
static ALWAYS_INLINE void mla_index(struct cpu *cpu, const struct op *op, unsigned esize, unsigned index, bool negate_n)
{
    struct lanes l = lanes_z_zz_of(cpu, op, esize);
    uint8_t m[MAX_VL_BYTES] __attribute__((aligned(64)));

    splat_index(&l, index, m);
    mul_add(cpu, l, false, negate_n);
}
void exec_FMUL_z_zzi_h(struct cpu *cpu, const struct op *op) { mul_index(cpu, op, 16, index_h(op)); }
void exec_FMUL_z_zzi_s(struct cpu *cpu, const struct op *op) { mul_index(cpu, op, 32, op->i2); }
void exec_FMUL_z_zzi_d(struct cpu *cpu, const struct op *op) { mul_index(cpu, op, 64, op->i1); }
void exec_FMLA_z_zzzi_h(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, 16, index_h(op), false); }
void exec_FMLA_z_zzzi_s(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, 32, op->i2, false); }
void exec_FMLA_z_zzzi_d(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, 64, op->i1, false); }
void exec_FMLS_z_zzzi_h(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, 16, index_h(op), true); }
void exec_FMLS_z_zzzi_s(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, 32, op->i2, true); }
void exec_FMLS_z_zzzi_d(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, 64, op->i1, true); }

/* ---- Pairs ---- */
static ALWAYS_INLINE void pairwise(struct cpu *cpu, const struct op *op, elem2fp_fn *f)
{
    map_pair_fp(lanes_z_p_zz(cpu, op), f, &cpu->fp);
}
void exec_FADDP_z_p_zz(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, FPAdd); }
void exec_FMAXP_z_p_zz(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, FPMax); }
void exec_FMINP_z_p_zz(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, FPMin); }
void exec_FMAXNMP_z_p_zz(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, FPMaxNum); }
void exec_FMINNMP_z_p_zz(struct cpu *cpu, const struct op *op) { pairwise(cpu, op, FPMinNum); }

/* ---- Reductions ---- */
static ALWAYS_INLINE void reduce_at(struct lanes l, unsigned esize, struct cpu *cpu, unsigned d, uint64_t identity,
                                    elem2fp_fn *f)
{
    uint64_t v[MAX_VL_BITS / 16];
    unsigned elements = l.bits / esize;

    for (unsigned e = 0; e < elements; e++)
        v[e] = ActiveElem(l.g, e, esize) ? Elem(l.n, e, esize) : identity;
    SetV(cpu, d, esize, Reduce(v, elements, esize, identity, f, &cpu->fp));
}
static ALWAYS_INLINE void reduce_to_v(struct cpu *cpu, const struct op *op, uint64_t identity, elem2fp_fn *f)
{
    struct lanes l = { .n = Z(cpu, op->n), .g = P(cpu, op->g), .bits = CurrentVL(cpu), .esize = 8u << op->size };
    FOR_ESIZE_FROM_16(l, reduce_at, cpu, op->d, identity, f)
}
void exec_FADDV_v_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_to_v(cpu, op, FPZero(false, 8u << op->size), FPAdd);
}
void exec_FMAXV_v_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_to_v(cpu, op, FPInfinity(true, 8u << op->size), FPMax);
}
void exec_FMINV_v_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_to_v(cpu, op, FPInfinity(false, 8u << op->size), FPMin);
}
void exec_FMAXNMV_v_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_to_v(cpu, op, FPDefaultNaN(8u << op->size, &cpu->fp), FPMaxNum);
}
void exec_FMINNMV_v_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_to_v(cpu, op, FPDefaultNaN(8u << op->size, &cpu->fp), FPMinNum);
}
/* Strictly in order. */
static ALWAYS_INLINE void fadda_at(struct lanes l, unsigned esize, struct cpu *cpu, unsigned d)
{
    struct fp_status fp = cpu->fp;
    uint64_t sum = V(cpu, d, esize);

    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            sum = FPAdd(sum, Elem(l.m, e, esize), esize, &fp);
    cpu->fp = fp;
    SetV(cpu, d, esize, sum);
}
void exec_FADDA_v_p_z(struct cpu *cpu, const struct op *op)
{
    struct lanes l = { .m = Z(cpu, op->m), .g = P(cpu, op->g), .bits = CurrentVL(cpu), .esize = 8u << op->size };
    FOR_ESIZE_FROM_16(l, fadda_at, cpu, op->d)
}

/* ---- Complex numbers: real parts in even elements ---- */
void exec_FCADD_z_p_zz(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_zz(cpu, op);
    unsigned esize = l.esize;

    for (unsigned e = 0; e < l.bits / esize; e += 2) {
        uint64_t real = Elem(l.m, e, esize), imaginary = Elem(l.m, e + 1, esize);
        if (ActiveElem(l.g, e, esize))
            SetElem(
                l.d, e, esize,
                FPAdd(Elem(l.n, e, esize), op->rot ? imaginary : e_fneg(imaginary, esize, &cpu->fp), esize, &cpu->fp));
        if (ActiveElem(l.g, e + 1, esize))
            SetElem(l.d, e + 1, esize,
                    FPAdd(Elem(l.n, e + 1, esize), op->rot ? e_fneg(real, esize, &cpu->fp) : real, esize, &cpu->fp));
    }
}
/* One pair: rot rotates the second operand by multiples of 90 degrees. */
static void cmla(struct lanes l, unsigned e, uint64_t m_real, uint64_t m_imaginary, unsigned rot, struct fp_status *fp)
{
    unsigned esize = l.esize;
    uint64_t n = Elem(l.n, e + (rot & 1), esize);
    uint64_t by_real = rot & 1 ? m_imaginary : m_real, by_imaginary = rot & 1 ? m_real : m_imaginary;

    if ((rot & 1) != rot >> 1)
        by_real = e_fneg(by_real, esize, fp);
    if (rot >> 1)
        by_imaginary = e_fneg(by_imaginary, esize, fp);
    if (ActiveElem(l.g, e, esize))
        SetElem(l.d, e, esize, FPMulAdd(Elem(l.a, e, esize), n, by_real, esize, fp));
    if (ActiveElem(l.g, e + 1, esize))
        SetElem(l.d, e + 1, esize, FPMulAdd(Elem(l.a, e + 1, esize), n, by_imaginary, esize, fp));
}
void exec_FCMLA_z_p_zzz(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_zzz(cpu, op);
    for (unsigned e = 0; e < l.bits / l.esize; e += 2)
        cmla(l, e, Elem(l.m, e, l.esize), Elem(l.m, e + 1, l.esize), op->rot, &cpu->fp);
}
static void cmla_index(struct cpu *cpu, const struct op *op, unsigned esize, unsigned index)
{
    struct lanes l = lanes_z_zz_of(cpu, op, esize);
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t real = Elem(l.m, s + 2 * index, esize), imaginary = Elem(l.m, s + 2 * index + 1, esize);
        for (unsigned e = s; e < s + 128 / esize; e += 2)
            cmla(l, e, real, imaginary, op->rot, &cpu->fp);
    }
}
void exec_FCMLA_z_zzzi_h(struct cpu *cpu, const struct op *op) { cmla_index(cpu, op, 16, op->i2); }
void exec_FCMLA_z_zzzi_s(struct cpu *cpu, const struct op *op) { cmla_index(cpu, op, 32, op->i1); }
