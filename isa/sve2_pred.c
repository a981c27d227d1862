/* SVE2 searches and predicates: MATCH, HISTCNT, HISTSEG, WHILE counting down or comparing pointers. Arm ARM C8. */
#include "isa/elem_sve2.h"
#include "isa/pred.h"

/* ---- Is the element among those of the same 128 bits of Zm? ---- */
static void match(struct cpu *cpu, const struct op *op, bool wanted)
{
    unsigned esize = 8u << op->size, per_segment = 128 / esize;
    const uint8_t *n = Z(cpu, op->Zn), *m = Z(cpu, op->Zm);
    struct pbits mask = GetP(cpu, op->Pg), result = { { 0 } };

    for (unsigned e = 0; e < CurrentVL(cpu) / esize; e++) {
        bool found = false;
        if (!ActiveElem(P(cpu, op->Pg), e, esize))
            continue;
        for (unsigned i = 0, s = e - e % per_segment; i < per_segment; i++)
            found |= Elem(n, e, esize) == Elem(m, s + i, esize);
        if (found == wanted)
            pred_set(&result, e * esize / 8);
    }
    SetP(cpu, op->Pd, result);
    PredTest(cpu, mask, result, esize);
}
void exec_MATCH_p_p_zz(struct cpu *cpu, const struct op *op) { match(cpu, op, true); }
void exec_NMATCH_p_p_zz(struct cpu *cpu, const struct op *op) { match(cpu, op, false); }

/* ---- Histograms ---- */
/* How many active elements of Zm up to and with this one equal it; 0 where inactive. */
void exec_HISTCNT_z_p_zz(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    const uint8_t *g = P(cpu, op->Pg);
    struct zcopy n, m;

    z_copy(&n, cpu, op->Zn), z_copy(&m, cpu, op->Zm);
    for (unsigned e = 0; e < l.bits / l.esize; e++) {
        uint64_t count = 0, x = Elem(n.b, e, l.esize);
        if (ActiveElem(g, e, l.esize))
            for (unsigned i = 0; i <= e; i++)
                count += ActiveElem(g, i, l.esize) && Elem(m.b, i, l.esize) == x;
        SetElem(l.d, e, l.esize, count);
    }
}
/* How many of the 16 bytes of Zm equal this byte of Zn. */
void exec_HISTSEG_z_zz(struct cpu *cpu, const struct op *op)
{
    uint8_t *d = ZForWrite(cpu, op->Zd);
    struct zcopy n, m;

    z_copy(&n, cpu, op->Zn), z_copy(&m, cpu, op->Zm);
    for (unsigned i = 0; i < CurrentVL(cpu) / 8; i++) {
        uint8_t count = 0;
        for (unsigned s = i & ~15u, j = 0; j < 16; j++)
            count += n.b[i] == m.b[s + j];
        d[i] = count;
    }
}

/* ---- WHILE downwards: the highest elements are true, as long as the counter, going down, compares ---- */
static uint64_t while_count_down(uint64_t n, uint64_t m, bool sign, bool or_equal, unsigned rsize)
{
    uint64_t bias = sign ? UINT64_C(1) << (rsize - 1) : 0; /* makes signed values compare as unsigned ones */
    n = UInt(n + bias, rsize), m = UInt(m + bias, rsize);
    if (or_equal && m == 0) /* everything is that large */
        return UINT64_MAX;
    return (or_equal ? n >= m : n > m) ? n - m + or_equal : 0;
}
static void while_greater(struct cpu *cpu, const struct op *op, bool sign, bool or_equal)
{
    unsigned esize = 8u << op->size, elements = CurrentVL(cpu) / esize;
    uint64_t count = while_count_down(X(cpu, op->Rn), X(cpu, op->Rm), sign, or_equal, op->sf ? 64 : 32);
    unsigned taken = count < elements ? (unsigned)count : elements;
    struct pbits result = pred_bic(pred_first(elements, esize), pred_first(elements - taken, esize));

    SetP(cpu, op->Pd, result);
    PredTest(cpu, pred_bits(CurrentVL(cpu) / 8), result, esize);
}
void exec_WHILEGT_p_p_rr(struct cpu *cpu, const struct op *op) { while_greater(cpu, op, true, false); }
void exec_WHILEGE_p_p_rr(struct cpu *cpu, const struct op *op) { while_greater(cpu, op, true, true); }
void exec_WHILEHI_p_p_rr(struct cpu *cpu, const struct op *op) { while_greater(cpu, op, false, false); }
void exec_WHILEHS_p_p_rr(struct cpu *cpu, const struct op *op) { while_greater(cpu, op, false, true); }

/* ---- Pointer conflicts: elements up to the distance between two addresses; all if there is no conflict ---- */
static void while_distance(struct cpu *cpu, const struct op *op, uint64_t distance)
{
    unsigned esize = 8u << op->size, elements = CurrentVL(cpu) / esize;
    uint64_t count = distance / (esize / 8);
    struct pbits result = pred_first(count == 0 || count > elements ? elements : (unsigned)count, esize);

    SetP(cpu, op->Pd, result);
    PredTest(cpu, pred_bits(CurrentVL(cpu) / 8), result, esize);
}
/* Write after read: only a write ahead of the reads conflicts. */
void exec_WHILEWR_p_rr(struct cpu *cpu, const struct op *op)
{
    uint64_t n = X(cpu, op->Rn), m = X(cpu, op->Rm);
    while_distance(cpu, op, m > n ? m - n : 0);
}
void exec_WHILERW_p_rr(struct cpu *cpu, const struct op *op)
{
    uint64_t n = X(cpu, op->Rn), m = X(cpu, op->Rm);
    while_distance(cpu, op, m > n ? m - n : n - m);
}
