/* The scalar FP instructions that busybox and glibc need, so that user space runs while the rest is written. isa/fp*.c
 * takes these over row by row. */
#include "isa/elem.h"
#include "isa/fpu.h"
static uint64_t tofix(struct cpu *cpu, uint64_t v, unsigned s, bool u, unsigned isz)
{
    return FPToFixed(v, s, 0, u, FPRounding_ZERO, isz, &cpu->fp);
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
void exec_SCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofp(cpu, V(cpu, op->Rn, SZ), SZ, false, SZ));
}
void exec_UCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofp(cpu, V(cpu, op->Rn, SZ), SZ, true, SZ));
}
