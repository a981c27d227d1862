/* SVE2.1 loads and stores of 128-bit elements: words and doublewords extended to quadwords, structures of quadwords,
 * and their gather and scatter. Arm ARM C8.2. The rules on faults are those of sve_mem.c. */
#include "isa/sve_ldst.h"

enum { QUAD = 16 };

/* Element e is at base + e * stride, or at base + the even doubleword 2 * e of addresses. */
struct quads {
    uint64_t base;
    unsigned stride;
    const uint8_t *addresses;
    unsigned regs, msize;
};

static uint64_t quad_address(const struct quads *q, unsigned e)
{
    return q->base + (q->addresses ? Elem(q->addresses, 2 * e, 64) : (uint64_t)e * q->stride);
}

static void load_quads(struct cpu *cpu, const struct op *op, struct quads q)
{
    struct zcopy result[4];

    memset(result, 0, sizeof(result));
    for (unsigned e = 0; e < CurrentVL(cpu) / 128; e++) {
        if (!ActiveElem(P(cpu, op->Pg), e, 128))
            continue;
        for (unsigned r = 0; r < q.regs; r++)
            if (!Mem_read_block(cpu, quad_address(&q, e) + r * q.msize, q.msize, q.msize, ACC_SVE,
                                result[r].b + e * QUAD))
                return;
    }
    for (unsigned r = 0; r < q.regs; r++)
        memcpy(ZForWrite(cpu, (op->Zt + r) % 32), result[r].b, CurrentVL(cpu) / 8);
}

static void store_quads(struct cpu *cpu, const struct op *op, struct quads q)
{
    for (unsigned pass = 0; pass < 2; pass++) /* all are checked before the first is written */
        for (unsigned e = 0; e < CurrentVL(cpu) / 128; e++) {
            if (!ActiveElem(P(cpu, op->Pg), e, 128))
                continue;
            for (unsigned r = 0; r < q.regs; r++) {
                const uint8_t *s = Z(cpu, (op->Zt + r) % 32) + e * QUAD;
                uint64_t va = quad_address(&q, e) + r * q.msize;
                if (pass == 0 ? !mem_probe(cpu, va, q.msize, ACC_WRITE | ACC_SVE)
                              : !Mem_write_block(cpu, va, q.msize, q.msize, ACC_WRITE | ACC_SVE, s))
                    return;
            }
        }
}

/* [Xn|SP, Xm, LSL] and [Xn|SP, #imm, MUL VL] */
static MUST_CHECK bool quads_br(struct cpu *cpu, const struct op *op, struct quads *q, unsigned regs, unsigned msize)
{
    *q = (struct quads){ .stride = regs * msize, .regs = regs, .msize = msize };
    if (!sve_base(cpu, op, 128, &q->base))
        return false;
    q->base += X(cpu, op->Rm) * msize;
    return true;
}
static MUST_CHECK bool quads_bi(struct cpu *cpu, const struct op *op, struct quads *q, unsigned regs, unsigned msize)
{
    *q = (struct quads){ .stride = regs * msize, .regs = regs, .msize = msize };
    if (!sve_base(cpu, op, 128, &q->base))
        return false;
    q->base += op->imm * (elements_of(cpu, 128) * q->stride);
    return true;
}
static void load_br(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize)
{
    struct quads q;
    if (quads_br(cpu, op, &q, regs, msize))
        load_quads(cpu, op, q);
}
static void load_bi(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize)
{
    struct quads q;
    if (quads_bi(cpu, op, &q, regs, msize))
        load_quads(cpu, op, q);
}
static void store_br(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize)
{
    struct quads q;
    if (quads_br(cpu, op, &q, regs, msize))
        store_quads(cpu, op, q);
}
static void store_bi(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize)
{
    struct quads q;
    if (quads_bi(cpu, op, &q, regs, msize))
        store_quads(cpu, op, q);
}
void exec_LD1W_z_p_br_u128(struct cpu *cpu, const struct op *op) { load_br(cpu, op, 1, 4); }
void exec_LD1D_z_p_br_u128(struct cpu *cpu, const struct op *op) { load_br(cpu, op, 1, 8); }
void exec_LD1W_z_p_bi_u128(struct cpu *cpu, const struct op *op) { load_bi(cpu, op, 1, 4); }
void exec_LD1D_z_p_bi_u128(struct cpu *cpu, const struct op *op) { load_bi(cpu, op, 1, 8); }
void exec_ST1W_z_p_br_u128(struct cpu *cpu, const struct op *op) { store_br(cpu, op, 1, 4); }
void exec_ST1D_z_p_br_u128(struct cpu *cpu, const struct op *op) { store_br(cpu, op, 1, 8); }
void exec_ST1W_z_p_bi_u128(struct cpu *cpu, const struct op *op) { store_bi(cpu, op, 1, 4); }
void exec_ST1D_z_p_bi_u128(struct cpu *cpu, const struct op *op) { store_bi(cpu, op, 1, 8); }
void exec_LD2Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { load_br(cpu, op, 2, QUAD); }
void exec_LD3Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { load_br(cpu, op, 3, QUAD); }
void exec_LD4Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { load_br(cpu, op, 4, QUAD); }
void exec_LD2Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { load_bi(cpu, op, 2, QUAD); }
void exec_LD3Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { load_bi(cpu, op, 3, QUAD); }
void exec_LD4Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { load_bi(cpu, op, 4, QUAD); }
void exec_ST2Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { store_br(cpu, op, 2, QUAD); }
void exec_ST3Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { store_br(cpu, op, 3, QUAD); }
void exec_ST4Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { store_br(cpu, op, 4, QUAD); }
void exec_ST2Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { store_bi(cpu, op, 2, QUAD); }
void exec_ST3Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { store_bi(cpu, op, 3, QUAD); }
void exec_ST4Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { store_bi(cpu, op, 4, QUAD); }

/* [Zn.D, Xm] */
static struct quads quads_ar(const struct cpu *cpu, const struct op *op)
{
    return (struct quads){ .base = X(cpu, op->Rm), .addresses = Z(cpu, op->Zn), .regs = 1, .msize = QUAD };
}
void exec_LD1Q_z_p_ar_d_64_unscaled(struct cpu *cpu, const struct op *op) { load_quads(cpu, op, quads_ar(cpu, op)); }
void exec_ST1Q_z_p_ar_d_64_unscaled(struct cpu *cpu, const struct op *op) { store_quads(cpu, op, quads_ar(cpu, op)); }
