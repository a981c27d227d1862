/* Scalar floating point: moves, arithmetic, comparison and selection. Arm ARM C4.1 (Data Processing -- Scalar
 * Floating-Point and Advanced SIMD), C7.2. */
#include "isa/simd.h"

/* Width by ftype; 2 is refused by .undef. */
static ALWAYS_INLINE unsigned ftype_bits(const struct op *op) { return op->ftype == 0 ? 32 : op->ftype == 1 ? 64 : 16; }

/* N becomes a constant in each arm. */
static ALWAYS_INLINE void unary(struct cpu *cpu, const struct op *op, elem1fp_fn *f)
{
    switch (op->ftype) {
    case 0: scalar1_fp(cpu, op, 32, op->d, f); break;
    case 1: scalar1_fp(cpu, op, 64, op->d, f); break;
    default: scalar1_fp(cpu, op, 16, op->d, f); break;
    }
}
static ALWAYS_INLINE void binary(struct cpu *cpu, const struct op *op, elem2fp_fn *f)
{
    switch (op->ftype) {
    case 0: scalar2_fp(cpu, op, 32, op->n, f); break;
    case 1: scalar2_fp(cpu, op, 64, op->n, f); break;
    default: scalar2_fp(cpu, op, 16, op->n, f); break;
    }
}

/* ---- Moves ---- */
void exec_FMOV_float(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->d, ftype_bits(op), V(cpu, op->n, ftype_bits(op)));
}
/* op->imm: VFPExpandImm of imm8. */
void exec_FMOV_float_imm(struct cpu *cpu, const struct op *op) { SetV(cpu, op->d, ftype_bits(op), op->imm); }

/* Between general and SIMD&FP registers: opcode<0> is the direction, ftype 2 the upper half of a vector. */
void exec_FMOV_float_gen(struct cpu *cpu, const struct op *op)
{
    bool to_vector = op->opcode & 1;
    if (op->ftype == 2 && to_vector) {
        uint64_t x = X(cpu, op->Rn);
        SetVpart(cpu, op->Rd, true, (const uint8_t *)&x);
    } else if (op->ftype == 2) {
        SetX(cpu, op->Rd, Elem(cpu->z[op->Rn], 1, 64));
    } else if (to_vector) {
        SetV(cpu, op->Rd, ftype_bits(op), X(cpu, op->Rn));
    } else {
        SetX(cpu, op->Rd, V(cpu, op->Rn, ftype_bits(op)));
    }
}

void exec_FCSEL_float(struct cpu *cpu, const struct op *op)
{
    unsigned N = ftype_bits(op);
    SetV(cpu, op->d, N, V(cpu, ConditionHolds(cpu, op->cond) ? op->n : op->m, N));
}

/* ---- One operand ---- */
static inline uint64_t e_fsqrt(uint64_t n, unsigned esize, struct fp_status *fp) { return FPSqrt(n, esize, fp); }
void exec_FABS_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_fabs); }
void exec_FNEG_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_fneg); }
void exec_FSQRT_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_fsqrt); }
void exec_FRINTN_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frintn); }
void exec_FRINTP_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frintp); }
void exec_FRINTM_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frintm); }
void exec_FRINTZ_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frintz); }
void exec_FRINTA_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frinta); }
void exec_FRINTX_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frintx); }
void exec_FRINTI_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frinti); }
void exec_FRINT32Z_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frint32z); }
void exec_FRINT32X_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frint32x); }
void exec_FRINT64Z_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frint64z); }
void exec_FRINT64X_float(struct cpu *cpu, const struct op *op) { unary(cpu, op, e_frint64x); }

/* ---- Two operands ---- */
static inline uint64_t e_fnmul(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPNeg(FPMul(n, m, esize, fp), esize, fp);
}
void exec_FADD_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPAdd); }
void exec_FSUB_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPSub); }
void exec_FMUL_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPMul); }
void exec_FNMUL_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, e_fnmul); }
void exec_FDIV_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPDiv); }
void exec_FMAX_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPMax); }
void exec_FMIN_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPMin); }
void exec_FMAXNM_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPMaxNum); }
void exec_FMINNM_float(struct cpu *cpu, const struct op *op) { binary(cpu, op, FPMinNum); }

/* ---- Three operands: +-Ra +- Rn * Rm, rounded once ---- */
static ALWAYS_INLINE void fused_at(struct cpu *cpu, const struct op *op, unsigned N, bool opa_neg, bool op1_neg)
{
    uint64_t a = V(cpu, op->a, N), n = V(cpu, op->n, N), m = V(cpu, op->m, N);
    a = opa_neg ? FPNeg(a, N, &cpu->fp) : a;
    n = op1_neg ? FPNeg(n, N, &cpu->fp) : n;
    SetVScalar(cpu, op->d, op->a, N, FPMulAdd(a, n, m, N, &cpu->fp));
}
static ALWAYS_INLINE void fused(struct cpu *cpu, const struct op *op, bool opa_neg, bool op1_neg)
{
    switch (op->ftype) {
    case 0: fused_at(cpu, op, 32, opa_neg, op1_neg); break;
    case 1: fused_at(cpu, op, 64, opa_neg, op1_neg); break;
    default: fused_at(cpu, op, 16, opa_neg, op1_neg); break;
    }
}
void exec_FMADD_float(struct cpu *cpu, const struct op *op) { fused(cpu, op, false, false); }
void exec_FMSUB_float(struct cpu *cpu, const struct op *op) { fused(cpu, op, false, true); }
void exec_FNMADD_float(struct cpu *cpu, const struct op *op) { fused(cpu, op, true, true); }
void exec_FNMSUB_float(struct cpu *cpu, const struct op *op) { fused(cpu, op, true, false); }

/* ---- Comparisons ---- */
static ALWAYS_INLINE unsigned compare(struct cpu *cpu, const struct op *op, bool with_zero, bool signal_nans)
{
    unsigned N = ftype_bits(op);
    uint64_t n = V(cpu, op->n, N), m = with_zero ? 0 : V(cpu, op->m, N);
    switch (N) {
    case 32: return FPCompare(n, m, signal_nans, 32, &cpu->fp);
    case 64: return FPCompare(n, m, signal_nans, 64, &cpu->fp);
    default: return FPCompare(n, m, signal_nans, 16, &cpu->fp);
    }
}
void exec_FCMP_float(struct cpu *cpu, const struct op *op) { SetNZCV(cpu, compare(cpu, op, op->word & 8, false)); }
void exec_FCMPE_float(struct cpu *cpu, const struct op *op) { SetNZCV(cpu, compare(cpu, op, op->word & 8, true)); }
void exec_FCCMP_float(struct cpu *cpu, const struct op *op)
{
    SetNZCV(cpu, ConditionHolds(cpu, op->cond) ? compare(cpu, op, false, false) : op->nzcv);
}
void exec_FCCMPE_float(struct cpu *cpu, const struct op *op)
{
    SetNZCV(cpu, ConditionHolds(cpu, op->cond) ? compare(cpu, op, false, true) : op->nzcv);
}
