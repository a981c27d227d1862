/* The scalar FP instructions that busybox and glibc need, so that user space runs while the rest is written. isa/fp*.c
 * takes these over row by row. */
#include "isa/elem.h"
#include "isa/fpu.h"
#define FN (op->ftype == 0 ? 32u : op->ftype == 1 ? 64u : 16u)
#define F2(N, F)                                                                    \
    void exec_##N(struct cpu *cpu, const struct op *op)                             \
    {                                                                               \
        unsigned s = FN;                                                            \
        SetV(cpu, op->Rd, s, F(V(cpu, op->Rn, s), V(cpu, op->Rm, s), s, &cpu->fp)); \
    }
F2(FADD_float, FPAdd)
F2(FSUB_float, FPSub) F2(FMUL_float, FPMul)
    F2(FDIV_float, FPDiv) void exec_FABS_float(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN;
    SetV(cpu, op->Rd, s, V(cpu, op->Rn, s) & ~(1ull << (s - 1)));
}
void exec_FNEG_float(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN;
    SetV(cpu, op->Rd, s, V(cpu, op->Rn, s) ^ (1ull << (s - 1)));
}
void exec_FMOV_float(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN;
    SetV(cpu, op->Rd, s, V(cpu, op->Rn, s));
}
void exec_FMOV_float_imm(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN;
    uint64_t i8 = op->imm8, b = i8 >> 6 & 1, sg = i8 >> 7;
    uint64_t r = s == 64 ? sg << 63 | (b ? 0xffull << 54 : 1ull << 62) | (i8 & 0x3f) << 48
                         : sg << 31 | (b ? 0x1full << 25 : 1ull << 30) | (i8 & 0x3f) << 19;
    SetV(cpu, op->Rd, s, r);
}
void exec_FMOV_float_gen(struct cpu *cpu, const struct op *op)
{
    bool to_v = op->opcode & 1;
    unsigned s = op->sf ? 64 : 32;
    if (op->ftype == 3)
        s = 16;
    if (op->rmode & 1) {
        if (to_v) {
            SetElem(ZForWrite(cpu, op->Rd), 1, 64, X(cpu, op->Rn));
            ClearAbove(cpu, op->Rd, 128);
        } else
            SetX(cpu, op->Rd, Elem(cpu->z[op->Rn], 1, 64));
        return;
    }
    if (to_v)
        SetV(cpu, op->Rd, s, UInt(X(cpu, op->Rn), s));
    else
        SetX(cpu, op->Rd, V(cpu, op->Rn, s));
}
static void cmp(struct cpu *cpu, const struct op *op, bool sig)
{
    unsigned s = FN;
    SetNZCV(cpu, FPCompare(V(cpu, op->Rn, s), op->word >> 3 & 1 ? 0 : V(cpu, op->Rm, s), sig, s, &cpu->fp));
}
void exec_FCMP_float(struct cpu *cpu, const struct op *op) { cmp(cpu, op, false); }
void exec_FCMPE_float(struct cpu *cpu, const struct op *op) { cmp(cpu, op, true); }
void exec_FCSEL_float(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN;
    SetV(cpu, op->Rd, s, V(cpu, ConditionHolds(cpu, op->cond) ? op->Rn : op->Rm, s));
}
static uint64_t tofix(struct cpu *cpu, uint64_t v, unsigned s, bool u, unsigned isz)
{
    return FPToFixed(v, s, 0, u, FPRounding_ZERO, isz, &cpu->fp);
}
void exec_FCVTZS_float_int(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, tofix(cpu, V(cpu, op->Rn, FN), FN, false, op->sf ? 64 : 32));
}
void exec_FCVTZU_float_int(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, tofix(cpu, V(cpu, op->Rn, FN), FN, true, op->sf ? 64 : 32));
}
#define SZ (op->sz ? 64u : 32u)
void exec_FCVTZS_advsimd_int_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofix(cpu, V(cpu, op->Rn, SZ), SZ, false, SZ));
}
void exec_FCVTZU_advsimd_int_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofix(cpu, V(cpu, op->Rn, SZ), SZ, true, SZ));
}
static uint64_t tofp(struct cpu *cpu, uint64_t v, unsigned isz, bool u, unsigned s)
{
    return FixedToFP(v, isz, 0, u, FPRoundingMode(&cpu->fp), s, &cpu->fp);
}
void exec_SCVTF_float_int(struct cpu *cpu, const struct op *op)
{
    unsigned i = op->sf ? 64 : 32;
    SetV(cpu, op->Rd, FN, tofp(cpu, UInt(X(cpu, op->Rn), i), i, false, FN));
}
void exec_UCVTF_float_int(struct cpu *cpu, const struct op *op)
{
    unsigned i = op->sf ? 64 : 32;
    SetV(cpu, op->Rd, FN, tofp(cpu, UInt(X(cpu, op->Rn), i), i, true, FN));
}
void exec_SCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofp(cpu, V(cpu, op->Rn, SZ), SZ, false, SZ));
}
void exec_UCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofp(cpu, V(cpu, op->Rn, SZ), SZ, true, SZ));
}
void exec_FMADD_float(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN;
    SetV(cpu, op->Rd, s, FPMulAdd(V(cpu, op->Ra, s), V(cpu, op->Rn, s), V(cpu, op->Rm, s), s, &cpu->fp));
}
void exec_FMSUB_float(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN;
    SetV(cpu, op->Rd, s,
         FPMulAdd(V(cpu, op->Ra, s), V(cpu, op->Rn, s) ^ (1ull << (s - 1)), V(cpu, op->Rm, s), s, &cpu->fp));
}
void exec_FCVT_float(struct cpu *cpu, const struct op *op)
{
    unsigned s = FN, d = op->opc == 0 ? 32 : op->opc == 1 ? 64 : 16;
    SetV(cpu, op->Rd, d, FPConvert(V(cpu, op->Rn, s), s, FPRoundingMode(&cpu->fp), d, &cpu->fp));
}
