/* Scalar floating point: conversions between precisions, and to and from integers and fixed-point numbers in general
 * registers. Arm ARM C4.1, C7.2. */
#include "isa/simd.h"

static ALWAYS_INLINE unsigned ftype_bits(unsigned ftype) { return ftype == 0 ? 32 : ftype == 1 ? 64 : 16; }

/* ---- Precision: opc is the ftype of the result ---- */
void exec_FCVT_float(struct cpu *cpu, const struct op *op)
{
    unsigned N = ftype_bits(op->ftype), M = ftype_bits(op->opc);
    uint64_t r = FPConvert(V(cpu, op->n, N), N, FPRoundingMode(&cpu->fp), M, &cpu->fp);
    SetVScalar(cpu, op->d, op->d, M, r);
}
void exec_BFCVT_float(struct cpu *cpu, const struct op *op)
{
    SetVScalar(cpu, op->d, op->d, 16, FPConvertBF(V(cpu, op->n, 32), FPRoundingMode(&cpu->fp), &cpu->fp));
}

/* ---- To integers ---- */
static ALWAYS_INLINE void to_int(struct cpu *cpu, const struct op *op, unsigned fbits, bool is_unsigned,
                                 enum FPRounding rounding)
{
    unsigned N = ftype_bits(op->ftype), M = op->sf ? 64 : 32;
    uint64_t n = V(cpu, op->Rn, N), x;
    if (N == 64)
        x = FPToFixed(n, 64, fbits, is_unsigned, rounding, M, &cpu->fp);
    else
        x = FPToFixed(n, N, fbits, is_unsigned, rounding, M, &cpu->fp);
    SetX(cpu, op->Rd, x);
}
void exec_FCVTNS_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, false, FPRounding_TIEEVEN); }
void exec_FCVTNU_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, true, FPRounding_TIEEVEN); }
void exec_FCVTPS_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, false, FPRounding_POSINF); }
void exec_FCVTPU_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, true, FPRounding_POSINF); }
void exec_FCVTMS_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, false, FPRounding_NEGINF); }
void exec_FCVTMU_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, true, FPRounding_NEGINF); }
void exec_FCVTAS_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, false, FPRounding_TIEAWAY); }
void exec_FCVTAU_float(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, true, FPRounding_TIEAWAY); }
void exec_FCVTZS_float_int(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, false, FPRounding_ZERO); }
void exec_FCVTZU_float_int(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 0, true, FPRounding_ZERO); }
void exec_FCVTZS_float_fix(struct cpu *cpu, const struct op *op)
{
    to_int(cpu, op, 64u - op->scale, false, FPRounding_ZERO);
}
void exec_FCVTZU_float_fix(struct cpu *cpu, const struct op *op)
{
    to_int(cpu, op, 64u - op->scale, true, FPRounding_ZERO);
}
void exec_FJCVTZS(struct cpu *cpu, const struct op *op)
{
    bool z;
    SetX(cpu, op->Rd, FPToFixedJS(V(cpu, op->Rn, 64), &z, &cpu->fp));
    SetNZCV(cpu, z ? 4 : 0);
}

/* ---- From integers ---- */
static ALWAYS_INLINE void from_int(struct cpu *cpu, const struct op *op, unsigned fbits, bool is_unsigned)
{
    unsigned N = ftype_bits(op->ftype), M = op->sf ? 64 : 32;
    uint64_t x = op->sf ? X(cpu, op->Rn) : (uint32_t)X(cpu, op->Rn), r;
    if (N == 64)
        r = FixedToFP(x, M, fbits, is_unsigned, FPRoundingMode(&cpu->fp), 64, &cpu->fp);
    else
        r = FixedToFP(x, M, fbits, is_unsigned, FPRoundingMode(&cpu->fp), N, &cpu->fp);
    SetVScalar(cpu, op->Rd, op->Rd, N, r);
}
void exec_SCVTF_float_int(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 0, false); }
void exec_UCVTF_float_int(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 0, true); }
void exec_SCVTF_float_fix(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64u - op->scale, false); }
void exec_UCVTF_float_fix(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64u - op->scale, true); }
