/* SVE2.1 loads and stores: quadword elements, and two or four vectors governed by a predicate as counter. Arm ARM C8.
 * As in sve_mem.c, a load writes no register before its last access has succeeded, and a store is checked for all
 * elements before the first is written. */
#include "isa/sve2p1.h"
#include "isa/sve_ldst.h"

struct loaded {
    struct zcopy z[4];
};
static void commit(struct cpu *cpu, unsigned t, const struct loaded *result, unsigned regs)
{
    for (unsigned r = 0; r < regs; r++)
        memcpy(ZForWrite(cpu, (t + r) % 32), result->z[r].b, CurrentVL(cpu) / 8);
}

/* ---- Quadword elements ---- */
/* One access of each of regs registers: msize bytes (4, 8, 16) of a quadword, at base + e * stride, or at base + the
 * low doubleword of element e of offsets. */
struct quads {
    unsigned msize, regs;
    uint64_t base, stride;
    const uint8_t *offsets;
};
static bool quad_active(const struct cpu *cpu, const struct op *op, unsigned e)
{
    return ActiveElem(P(cpu, op->Pg), 2 * e, 64);
}
static uint64_t quad_address(const struct quads *q, unsigned e)
{
    return q->base + (q->offsets ? Elem(q->offsets, 2 * e, 64) : e * q->stride);
}
static void load_quads(struct cpu *cpu, const struct op *op, struct quads q)
{
    struct loaded result;

    for (unsigned e = 0; e < CurrentVL(cpu) / 128; e++)
        for (unsigned r = 0; r < q.regs; r++) {
            uint8_t *d = result.z[r].b + 16 * e;
            memset(d, 0, 16);
            if (quad_active(cpu, op, e) &&
                !Mem_read_block(cpu, quad_address(&q, e) + r * q.msize, q.msize, q.msize, q.msize, ACC_SVE, d))
                return;
        }
    commit(cpu, op->Zt, &result, q.regs);
}
static void store_quads(struct cpu *cpu, const struct op *op, struct quads q)
{
    unsigned elements = CurrentVL(cpu) / 128, acc = ACC_WRITE | ACC_SVE;

    for (unsigned e = 0; e < elements; e++)
        for (unsigned r = 0; r < q.regs; r++)
            if (quad_active(cpu, op, e) && !mem_probe(cpu, quad_address(&q, e) + r * q.msize, q.msize, acc))
                return;
    for (unsigned e = 0; e < elements; e++)
        for (unsigned r = 0; r < q.regs; r++)
            if (quad_active(cpu, op, e) && !Mem_write_block(cpu, quad_address(&q, e) + r * q.msize, q.msize, q.msize,
                                                            q.msize, acc, Z(cpu, (op->Zt + r) % 32) + 16 * e))
                return; /* only a device's external abort */
}
/* Any quadword active: SP's alignment matters. */
static MUST_CHECK bool quad_base(struct cpu *cpu, const struct op *op, uint64_t *base)
{
    bool any = false;
    for (unsigned e = 0; e < CurrentVL(cpu) / 128; e++)
        any |= quad_active(cpu, op, e);
    if (op->Rn == SP_SLOT && any)
        return base_address(cpu, op->Rn, base);
    *base = X(cpu, op->Rn);
    return true;
}
/* [Xn|SP, Xm] in units of one access, [Xn|SP, #imm, MUL VL] in units of all registers. */
static void quads_br(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, bool store)
{
    struct quads q = { .msize = msize, .regs = regs, .stride = regs * msize };
    if (!quad_base(cpu, op, &q.base))
        return;
    q.base += X(cpu, op->Rm) * msize;
    (store ? store_quads : load_quads)(cpu, op, q);
}
static void quads_bi(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, bool store)
{
    struct quads q = { .msize = msize, .regs = regs, .stride = regs * msize };
    if (!quad_base(cpu, op, &q.base))
        return;
    q.base += op->imm * (CurrentVL(cpu) / 128 * regs * msize);
    (store ? store_quads : load_quads)(cpu, op, q);
}
void exec_LD1W_z_p_br_u128(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 1, 4, false); }
void exec_ST1W_z_p_br_u128(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 1, 4, true); }
void exec_LD1D_z_p_br_u128(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 1, 8, false); }
void exec_ST1D_z_p_br_u128(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 1, 8, true); }
void exec_LD2Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 2, 16, false); }
void exec_ST2Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 2, 16, true); }
void exec_LD3Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 3, 16, false); }
void exec_ST3Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 3, 16, true); }
void exec_LD4Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 4, 16, false); }
void exec_ST4Q_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { quads_br(cpu, op, 4, 16, true); }
void exec_LD1W_z_p_bi_u128(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 1, 4, false); }
void exec_ST1W_z_p_bi_u128(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 1, 4, true); }
void exec_LD1D_z_p_bi_u128(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 1, 8, false); }
void exec_ST1D_z_p_bi_u128(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 1, 8, true); }
void exec_LD2Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 2, 16, false); }
void exec_ST2Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 2, 16, true); }
void exec_LD3Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 3, 16, false); }
void exec_ST3Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 3, 16, true); }
void exec_LD4Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 4, 16, false); }
void exec_ST4Q_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { quads_bi(cpu, op, 4, 16, true); }
/* [Zn.D, Xm] */
static struct quads quads_ar(const struct cpu *cpu, const struct op *op)
{
    return (struct quads){ .msize = 16, .regs = 1, .base = X(cpu, op->Rm), .offsets = Z(cpu, op->Zn) };
}
void exec_LD1Q_z_p_ar_d_64_unscaled(struct cpu *cpu, const struct op *op) { load_quads(cpu, op, quads_ar(cpu, op)); }
void exec_ST1Q_z_p_ar_d_64_unscaled(struct cpu *cpu, const struct op *op) { store_quads(cpu, op, quads_ar(cpu, op)); }

/* ---- Two or four vectors, consecutive in registers and in memory ---- */
struct group {
    unsigned t, regs, msize, acc; /* first register, count, bytes of an element */
    unsigned elements;            /* of one vector */
    struct counter counter;
    uint64_t base;
};
static MUST_CHECK bool group_of(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, unsigned acc,
                                struct group *group)
{
    bool any = false;

    *group = (struct group){ .t = op->Zt * regs,
                             .regs = regs,
                             .msize = msize,
                             .acc = acc | ACC_SVE,
                             .elements = CurrentVL(cpu) / (8 * msize),
                             .counter = DecodeCounter(cpu, 8 + op->Pg),
                             .base = X(cpu, op->Rn) };
    for (unsigned e = 0; e < regs * group->elements; e++)
        any |= counter_active(group->counter, e, 8 * msize);
    return op->Rn != SP_SLOT || !any || base_address(cpu, op->Rn, &group->base);
}
static void load_group(struct cpu *cpu, const struct group *s)
{
    struct loaded result;

    for (unsigned e = 0; e < s->regs * s->elements; e++) {
        uint64_t x = 0;
        if (counter_active(s->counter, e, 8 * s->msize) &&
            !Mem_read(cpu, s->base + (uint64_t)e * s->msize, s->msize, s->acc, &x))
            return;
        SetElem(result.z[e / s->elements].b, e % s->elements, 8 * s->msize, x);
    }
    commit(cpu, s->t, &result, s->regs);
}
static void store_group(struct cpu *cpu, const struct group *s)
{
    unsigned acc = s->acc | ACC_WRITE, esize = 8 * s->msize;

    for (unsigned e = 0; e < s->regs * s->elements; e++)
        if (counter_active(s->counter, e, esize) && !mem_probe(cpu, s->base + (uint64_t)e * s->msize, s->msize, acc))
            return;
    for (unsigned e = 0; e < s->regs * s->elements; e++)
        if (counter_active(s->counter, e, esize) &&
            !Mem_write(cpu, s->base + (uint64_t)e * s->msize, s->msize, acc,
                       Elem(Z(cpu, s->t + e / s->elements), e % s->elements, esize)))
            return; /* only a device's external abort */
}
static void group_br(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, unsigned acc)
{
    struct group group;
    if (!group_of(cpu, op, regs, msize, acc & ~ACC_WRITE, &group))
        return;
    group.base += X(cpu, op->Rm) * msize;
    (acc & ACC_WRITE ? store_group : load_group)(cpu, &group);
}
static void group_bi(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, unsigned acc)
{
    struct group group;
    if (!group_of(cpu, op, regs, msize, acc & ~ACC_WRITE, &group))
        return;
    group.base += op->imm * (regs * CurrentVL(cpu) / 8);
    (acc & ACC_WRITE ? store_group : load_group)(cpu, &group);
}
void exec_LD1B_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 1, ACC_NORMAL); }
void exec_LD1H_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 2, ACC_NORMAL); }
void exec_LD1W_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 4, ACC_NORMAL); }
void exec_LD1D_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 8, ACC_NORMAL); }
void exec_LD1B_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 1, ACC_NORMAL); }
void exec_LD1H_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 2, ACC_NORMAL); }
void exec_LD1W_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 4, ACC_NORMAL); }
void exec_LD1D_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 8, ACC_NORMAL); }
void exec_LDNT1B_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 1, ACC_NONTEMPORAL); }
void exec_LDNT1H_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 2, ACC_NONTEMPORAL); }
void exec_LDNT1W_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 4, ACC_NONTEMPORAL); }
void exec_LDNT1D_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 8, ACC_NONTEMPORAL); }
void exec_LDNT1B_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 1, ACC_NONTEMPORAL); }
void exec_LDNT1H_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 2, ACC_NONTEMPORAL); }
void exec_LDNT1W_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 4, ACC_NONTEMPORAL); }
void exec_LDNT1D_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 8, ACC_NONTEMPORAL); }
void exec_ST1B_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 1, ACC_WRITE); }
void exec_ST1H_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 2, ACC_WRITE); }
void exec_ST1W_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 4, ACC_WRITE); }
void exec_ST1D_mz_p_br_2(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 2, 8, ACC_WRITE); }
void exec_ST1B_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 1, ACC_WRITE); }
void exec_ST1H_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 2, ACC_WRITE); }
void exec_ST1W_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 4, ACC_WRITE); }
void exec_ST1D_mz_p_br_4(struct cpu *cpu, const struct op *op) { group_br(cpu, op, 4, 8, ACC_WRITE); }
void exec_STNT1B_mz_p_br_2(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 2, 1, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1H_mz_p_br_2(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 2, 2, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1W_mz_p_br_2(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 2, 4, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1D_mz_p_br_2(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 2, 8, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1B_mz_p_br_4(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 4, 1, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1H_mz_p_br_4(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 4, 2, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1W_mz_p_br_4(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 4, 4, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1D_mz_p_br_4(struct cpu *cpu, const struct op *op)
{
    group_br(cpu, op, 4, 8, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_LD1B_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 1, ACC_NORMAL); }
void exec_LD1H_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 2, ACC_NORMAL); }
void exec_LD1W_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 4, ACC_NORMAL); }
void exec_LD1D_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 8, ACC_NORMAL); }
void exec_LD1B_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 1, ACC_NORMAL); }
void exec_LD1H_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 2, ACC_NORMAL); }
void exec_LD1W_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 4, ACC_NORMAL); }
void exec_LD1D_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 8, ACC_NORMAL); }
void exec_LDNT1B_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 1, ACC_NONTEMPORAL); }
void exec_LDNT1H_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 2, ACC_NONTEMPORAL); }
void exec_LDNT1W_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 4, ACC_NONTEMPORAL); }
void exec_LDNT1D_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 8, ACC_NONTEMPORAL); }
void exec_LDNT1B_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 1, ACC_NONTEMPORAL); }
void exec_LDNT1H_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 2, ACC_NONTEMPORAL); }
void exec_LDNT1W_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 4, ACC_NONTEMPORAL); }
void exec_LDNT1D_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 8, ACC_NONTEMPORAL); }
void exec_ST1B_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 1, ACC_WRITE); }
void exec_ST1H_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 2, ACC_WRITE); }
void exec_ST1W_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 4, ACC_WRITE); }
void exec_ST1D_mz_p_bi_2(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 2, 8, ACC_WRITE); }
void exec_ST1B_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 1, ACC_WRITE); }
void exec_ST1H_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 2, ACC_WRITE); }
void exec_ST1W_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 4, ACC_WRITE); }
void exec_ST1D_mz_p_bi_4(struct cpu *cpu, const struct op *op) { group_bi(cpu, op, 4, 8, ACC_WRITE); }
void exec_STNT1B_mz_p_bi_2(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 2, 1, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1H_mz_p_bi_2(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 2, 2, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1W_mz_p_bi_2(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 2, 4, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1D_mz_p_bi_2(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 2, 8, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1B_mz_p_bi_4(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 4, 1, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1H_mz_p_bi_4(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 4, 2, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1W_mz_p_bi_4(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 4, 4, ACC_WRITE | ACC_NONTEMPORAL);
}
void exec_STNT1D_mz_p_bi_4(struct cpu *cpu, const struct op *op)
{
    group_bi(cpu, op, 4, 8, ACC_WRITE | ACC_NONTEMPORAL);
}
