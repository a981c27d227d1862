/* FEAT_B16B16: BFloat16 arithmetic that stays BFloat16, elements of 16 bits. Arm ARM C8. */
#include "isa/elem_sve_fp.h"

static uint64_t e_bfadd(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFAdd(n, m, fp);
}
static uint64_t e_bfsub(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFSub(n, m, fp);
}
static uint64_t e_bfmul(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMul(n, m, fp);
}
static uint64_t e_bfmax(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMax(n, m, fp);
}
static uint64_t e_bfmin(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMin(n, m, fp);
}
static uint64_t e_bfmaxnm(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMaxNum(n, m, fp);
}
static uint64_t e_bfminnm(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMinNum(n, m, fp);
}
static uint64_t e_bfmla(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMulAdd(a, n, m, fp);
}
static uint64_t e_bfmls(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMulAdd(a, BFNeg(n, fp), m, fp);
}
/* Zd between Zn and Zm. */
static uint64_t e_bfclamp(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)esize, BFMinNum(BFMaxNum(n, a, fp), m, fp);
}

static ALWAYS_INLINE void predicated(struct cpu *cpu, const struct op *op, elem2fp_fn *f)
{
    map2fp_at(lanes_z_p_zz(cpu, op), 16, f, &cpu->fp);
}
static ALWAYS_INLINE void unpredicated(struct cpu *cpu, const struct op *op, elem2fp_fn *f)
{
    map2fp_at(lanes_z_zz(cpu, op), 16, f, &cpu->fp);
}
void exec_BFADD_z_p_zz(struct cpu *cpu, const struct op *op) { predicated(cpu, op, e_bfadd); }
void exec_BFSUB_z_p_zz(struct cpu *cpu, const struct op *op) { predicated(cpu, op, e_bfsub); }
void exec_BFMUL_z_p_zz(struct cpu *cpu, const struct op *op) { predicated(cpu, op, e_bfmul); }
void exec_BFMAX_z_p_zz(struct cpu *cpu, const struct op *op) { predicated(cpu, op, e_bfmax); }
void exec_BFMIN_z_p_zz(struct cpu *cpu, const struct op *op) { predicated(cpu, op, e_bfmin); }
void exec_BFMAXNM_z_p_zz(struct cpu *cpu, const struct op *op) { predicated(cpu, op, e_bfmaxnm); }
void exec_BFMINNM_z_p_zz(struct cpu *cpu, const struct op *op) { predicated(cpu, op, e_bfminnm); }
void exec_BFADD_z_zz(struct cpu *cpu, const struct op *op) { unpredicated(cpu, op, e_bfadd); }
void exec_BFSUB_z_zz(struct cpu *cpu, const struct op *op) { unpredicated(cpu, op, e_bfsub); }
void exec_BFMUL_z_zz(struct cpu *cpu, const struct op *op) { unpredicated(cpu, op, e_bfmul); }

static ALWAYS_INLINE void mla(struct cpu *cpu, const struct op *op, elem3fp_fn *f)
{
    map3fp_at(lanes_z_p_zzz(cpu, op), 16, f, &cpu->fp);
}
static ALWAYS_INLINE void mla_index(struct cpu *cpu, const struct op *op, elem3fp_fn *f)
{
    map3fp_index_at(lanes_z_zz(cpu, op), 16, (unsigned)op->i3h << 2 | op->i3l, f, &cpu->fp);
}
void exec_BFMLA_z_p_zzz(struct cpu *cpu, const struct op *op) { mla(cpu, op, e_bfmla); }
void exec_BFMLS_z_p_zzz(struct cpu *cpu, const struct op *op) { mla(cpu, op, e_bfmls); }
void exec_BFMLA_z_zzzi_h(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, e_bfmla); }
void exec_BFMLS_z_zzzi_h(struct cpu *cpu, const struct op *op) { mla_index(cpu, op, e_bfmls); }
void exec_BFMUL_z_zzi_h(struct cpu *cpu, const struct op *op)
{
    map2fp_index_at(lanes_z_zz(cpu, op), 16, (unsigned)op->i3h << 2 | op->i3l, e_bfmul, &cpu->fp);
}
void exec_BFCLAMP_z_zz(struct cpu *cpu, const struct op *op)
{
    map3fp_at(lanes_z_zz(cpu, op), 16, e_bfclamp, &cpu->fp);
}
