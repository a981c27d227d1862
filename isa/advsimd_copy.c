/* AdvSIMD copies between elements and general registers, and modified immediates. Arm ARM C7.
 * prepare_imm5 has put the element's size in op->size and its number in op->imm, prepare_modified_imm and its kin 64
 * bits of the immediate. */
#include "isa/simd.h"

static ALWAYS_INLINE unsigned esize_of(const struct op *op) { return 8u << op->size; }

/* ---- Copies ---- */
static ALWAYS_INLINE void dup_at(struct lanes l, unsigned esize, uint64_t x)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetElem(l.d, e, esize, x);
}
static ALWAYS_INLINE void dup(struct cpu *cpu, const struct op *op, uint64_t x)
{
    struct lanes l = simd(cpu, op);
    FOR_ESIZE(l, dup_at, x)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE uint64_t indexed(const struct cpu *cpu, const struct op *op)
{
    return Elem(cpu->z[op->Rn], (unsigned)op->imm, esize_of(op));
}
static ALWAYS_INLINE void ins(struct cpu *cpu, const struct op *op, uint64_t x)
{
    SetElem(cpu->z[op->Rd], (unsigned)op->imm, esize_of(op), x);
    ClearAbove(cpu, op->Rd, 128);
}
void exec_DUP_advsimd_gen(struct cpu *cpu, const struct op *op) { dup(cpu, op, X(cpu, op->Rn)); }
void exec_DUP_advsimd_elt_simd(struct cpu *cpu, const struct op *op) { dup(cpu, op, indexed(cpu, op)); }
void exec_DUP_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, esize_of(op), indexed(cpu, op));
}
void exec_INS_advsimd_gen(struct cpu *cpu, const struct op *op) { ins(cpu, op, X(cpu, op->Rn)); }
/* The source's number is imm4, of which the lowest bits are ignored with larger elements. */
void exec_INS_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    ins(cpu, op, Elem(cpu->z[op->Rn], op->imm4 >> op->size, esize_of(op)));
}
void exec_UMOV_advsimd(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, indexed(cpu, op)); }
void exec_SMOV_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t x = (uint64_t)SInt(indexed(cpu, op), esize_of(op));
    SetX(cpu, op->Rd, op->Q ? x : (uint32_t)x);
}

/* ---- Modified immediates ---- */
static ALWAYS_INLINE void with_immediate(struct cpu *cpu, const struct op *op, elem2_fn *f)
{
    struct lanes l = lanes_v(cpu, op, 64);
    for (unsigned e = 0; e < l.bits / 64; e++)
        SetElem(l.d, e, 64, f(Elem(l.d, e, 64), op->imm, 64));
    vd_done(cpu, op, l.bits);
}
static uint64_t e_mov(uint64_t d, uint64_t imm, unsigned esize) { return (void)d, (void)esize, imm; }

void exec_MOVI_advsimd(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_mov); }
void exec_FMOV_advsimd_logical(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_mov); }
void exec_FMOV_advsimd_fp16_movi(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_mov); }
/* prepare_inverted_imm has inverted what MVNI moves and BIC ands. */
void exec_MVNI_advsimd_s(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_mov); }
void exec_MVNI_advsimd_h(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_mov); }
void exec_MVNI_advsimd_m(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_mov); }
void exec_BIC_advsimd_imm_s(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_and); }
void exec_BIC_advsimd_imm_h(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_and); }
void exec_ORR_advsimd_imm_s(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_orr); }
void exec_ORR_advsimd_imm_h(struct cpu *cpu, const struct op *op) { with_immediate(cpu, op, e_orr); }
