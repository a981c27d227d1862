/* SVE2.1 predicates: pairs of predicates, predicates as counters, PSEL, PMOV. Arm ARM C8, B1.3.3
 * (predicate-as-counter).
 *
 * A counter holds, from bit 0 up, the element size as the lowest bit set of bits 3:0, above that bit a count, and in
 * bit 15 whether the elements below the count are false and the others true. It governs up to four vectors. */
#include "isa/elem_sve2.h"
#include "isa/pred.h"
#include "isa/sve2p1.h"

/* ---- Counters ---- */
/* EncodePredCount() with as many elements true as count, the first or (invert) the last. */
static uint64_t EncodePredCount(unsigned esize, unsigned elements, unsigned count, bool invert)
{
    unsigned log2 = (unsigned)__builtin_ctz(esize / 8), width = 14 - log2;
    if (!count)
        return 0;
    if (invert)
        count = elements - count;
    else if (count == elements)
        count = 0, invert = true;
    return (uint64_t)invert << 15 | UInt(count, width) << (log2 + 1) | UINT64_C(1) << log2;
}
struct counter DecodeCounter(const struct cpu *cpu, unsigned n)
{
    unsigned word = (unsigned)Elem(P(cpu, n), 0, 16), top = 6;

    if (!(word & 15))
        return (struct counter){ .esize = 8 };
    while (1u << top < CurrentVL(cpu) / 2) /* bytes in four vectors */
        top++;
    unsigned log2 = (unsigned)__builtin_ctz(word);
    return (struct counter){
        .count = (word & ((2u << top) - 1)) >> (log2 + 1),
        .esize = 8u << log2,
        .invert = word >> 15,
    };
}
void exec_PTRUE_pn_i(struct cpu *cpu, const struct op *op)
{
    set_counter(cpu, 8 + op->PNd, EncodePredCount(8u << op->size, 1, 1, false));
}
void exec_CNTP_r_pn(struct cpu *cpu, const struct op *op)
{
    struct counter c = DecodeCounter(cpu, op->PNn);
    unsigned esize = 8u << op->size, elements = CurrentVL(cpu) / esize * (op->vl ? 4 : 2), count = 0;

    for (unsigned e = 0; e < elements; e++)
        count += counter_active(c, e, esize);
    SetX(cpu, op->Rd, count);
}
/* Part of the counter's predicate: as many elements as one vector has, from first on. */
static void extract(struct cpu *cpu, const struct op *op, struct counter c, unsigned d, unsigned part)
{
    unsigned esize = 8u << op->size, elements = CurrentVL(cpu) / esize;
    struct pbits result = { { 0 } };

    for (unsigned e = 0; e < elements; e++)
        if (counter_active(c, part * elements + e, esize))
            pred_set(&result, e * esize / 8);
    SetP(cpu, d, result);
}
void exec_PEXT_pn_rr(struct cpu *cpu, const struct op *op)
{
    extract(cpu, op, DecodeCounter(cpu, 8 + op->PNn), op->Pd, op->imm2);
}
void exec_PEXT_pp_rr(struct cpu *cpu, const struct op *op)
{
    struct counter c = DecodeCounter(cpu, 8 + op->PNn);
    extract(cpu, op, c, op->Pd, 2 * op->i1);
    extract(cpu, op, c, (op->Pd + 1) % 16, 2 * op->i1 + 1);
}

/* ---- WHILE: for how many steps the comparison holds, UINT64_MAX for ever ---- */
static uint64_t while_count_up(uint64_t n, uint64_t m, bool sign, bool or_equal)
{
    n ^= (uint64_t)sign << 63, m ^= (uint64_t)sign << 63; /* makes signed values compare as unsigned ones */
    if (or_equal && m == UINT64_MAX)
        return UINT64_MAX;
    return (or_equal ? n <= m : n < m) ? m - n + or_equal : 0;
}
static uint64_t while_count_down(uint64_t n, uint64_t m, bool sign, bool or_equal)
{
    return while_count_up(~n, ~m, sign, or_equal);
}
/* Flags of PredTest() and PredCountTest(): count of elements true, from the first or (down) from the last. */
static void set_flags(struct cpu *cpu, unsigned count, unsigned elements, bool down)
{
    cpu->pstate.N = down ? count == elements : count > 0;
    cpu->pstate.Z = count == 0;
    cpu->pstate.C = down ? count == 0 : count != elements;
    cpu->pstate.V = 0;
}
/* To a pair of predicates. */
static void while_pair(struct cpu *cpu, const struct op *op, uint64_t steps, bool down)
{
    unsigned esize = 8u << op->size, elements = CurrentVL(cpu) / esize;
    unsigned count = steps < 2 * elements ? (unsigned)steps : 2 * elements;
    unsigned less = count < elements ? count : elements, more = count - less; /* of the predicate that fills first */
    struct pbits all = pred_first(elements, esize);

    if (down) {
        SetP(cpu, 2 * op->Pd, pred_bic(all, pred_first(elements - more, esize)));
        SetP(cpu, 2 * op->Pd + 1, pred_bic(all, pred_first(elements - less, esize)));
    } else {
        SetP(cpu, 2 * op->Pd, pred_first(less, esize));
        SetP(cpu, 2 * op->Pd + 1, pred_first(more, esize));
    }
    set_flags(cpu, count, 2 * elements, down);
}
static void up_pair(struct cpu *cpu, const struct op *op, bool sign, bool or_equal)
{
    while_pair(cpu, op, while_count_up(X(cpu, op->Rn), X(cpu, op->Rm), sign, or_equal), false);
}
static void down_pair(struct cpu *cpu, const struct op *op, bool sign, bool or_equal)
{
    while_pair(cpu, op, while_count_down(X(cpu, op->Rn), X(cpu, op->Rm), sign, or_equal), true);
}
void exec_WHILELT_pp_rr(struct cpu *cpu, const struct op *op) { up_pair(cpu, op, true, false); }
void exec_WHILELE_pp_rr(struct cpu *cpu, const struct op *op) { up_pair(cpu, op, true, true); }
void exec_WHILELO_pp_rr(struct cpu *cpu, const struct op *op) { up_pair(cpu, op, false, false); }
void exec_WHILELS_pp_rr(struct cpu *cpu, const struct op *op) { up_pair(cpu, op, false, true); }
void exec_WHILEGT_pp_rr(struct cpu *cpu, const struct op *op) { down_pair(cpu, op, true, false); }
void exec_WHILEGE_pp_rr(struct cpu *cpu, const struct op *op) { down_pair(cpu, op, true, true); }
void exec_WHILEHI_pp_rr(struct cpu *cpu, const struct op *op) { down_pair(cpu, op, false, false); }
void exec_WHILEHS_pp_rr(struct cpu *cpu, const struct op *op) { down_pair(cpu, op, false, true); }

/* To a counter of two or four vectors. */
static void while_counter(struct cpu *cpu, const struct op *op, uint64_t steps, bool down)
{
    unsigned esize = 8u << op->size, elements = CurrentVL(cpu) / esize * (op->vl ? 4 : 2);
    unsigned count = steps < elements ? (unsigned)steps : elements;

    set_counter(cpu, 8 + op->PNd, EncodePredCount(esize, elements, count, down));
    set_flags(cpu, count, elements, down);
}
static void up_counter(struct cpu *cpu, const struct op *op, bool sign, bool or_equal)
{
    while_counter(cpu, op, while_count_up(X(cpu, op->Rn), X(cpu, op->Rm), sign, or_equal), false);
}
static void down_counter(struct cpu *cpu, const struct op *op, bool sign, bool or_equal)
{
    while_counter(cpu, op, while_count_down(X(cpu, op->Rn), X(cpu, op->Rm), sign, or_equal), true);
}
void exec_WHILELT_pn_rr(struct cpu *cpu, const struct op *op) { up_counter(cpu, op, true, false); }
void exec_WHILELE_pn_rr(struct cpu *cpu, const struct op *op) { up_counter(cpu, op, true, true); }
void exec_WHILELO_pn_rr(struct cpu *cpu, const struct op *op) { up_counter(cpu, op, false, false); }
void exec_WHILELS_pn_rr(struct cpu *cpu, const struct op *op) { up_counter(cpu, op, false, true); }
void exec_WHILEGT_pn_rr(struct cpu *cpu, const struct op *op) { down_counter(cpu, op, true, false); }
void exec_WHILEGE_pn_rr(struct cpu *cpu, const struct op *op) { down_counter(cpu, op, true, true); }
void exec_WHILEHI_pn_rr(struct cpu *cpu, const struct op *op) { down_counter(cpu, op, false, false); }
void exec_WHILEHS_pn_rr(struct cpu *cpu, const struct op *op) { down_counter(cpu, op, false, true); }

/* ---- PSEL: Pn, or nothing where an element of Pm that a register names is false ----
 * tszh:tszl holds the element size as its lowest bit set, and i1:tszh:tszl above that bit the offset. */
void exec_PSEL_p_ppi(struct cpu *cpu, const struct op *op)
{
    unsigned tsize = (unsigned)op->tszh << 3 | op->tszl, log2 = (unsigned)__builtin_ctz(tsize), esize = 8u << log2;
    unsigned offset = ((unsigned)op->i1 << 4 | tsize) >> (log2 + 1);
    unsigned e = (unsigned)(((uint64_t)(uint32_t)X(cpu, 12 + op->Rv) + offset) % (CurrentVL(cpu) / esize));
    struct pbits n = GetP(cpu, op->Pn), none = { { 0 } };

    SetP(cpu, op->Pd, ActiveElem(P(cpu, op->Pm), e, esize) ? n : none);
}

/* ---- PMOV: one bit an element, portion of them in a vector ---- */
static void pmov_to_p(struct cpu *cpu, const struct op *op, unsigned esize, unsigned portion)
{
    unsigned elements = CurrentVL(cpu) / esize;
    const uint8_t *n = Z(cpu, op->Zn);
    struct pbits result = { { 0 } };

    for (unsigned e = 0; e < elements; e++) {
        unsigned bit = portion * elements + e;
        if (n[bit / 8] >> bit % 8 & 1)
            pred_set(&result, e * esize / 8);
    }
    SetP(cpu, op->Pd, result);
}
/* Portion 0 clears the rest of the vector, the others leave it. */
static void pmov_to_z(struct cpu *cpu, const struct op *op, unsigned esize, unsigned portion)
{
    unsigned elements = CurrentVL(cpu) / esize;
    uint8_t *d = ZForWrite(cpu, op->Zd);

    if (!portion)
        memset(d, 0, CurrentVL(cpu) / 8);
    for (unsigned e = 0; e < elements; e++) {
        unsigned bit = portion * elements + e, mask = 1u << bit % 8;
        d[bit / 8] = (uint8_t)((d[bit / 8] & ~mask) | (ActiveElem(P(cpu, op->Pn), e, esize) ? mask : 0));
    }
}
static unsigned i3(const struct op *op) { return (unsigned)op->i3h << 2 | op->i3l; }
void exec_PMOV_p_zi_b(struct cpu *cpu, const struct op *op) { pmov_to_p(cpu, op, 8, 0); }
void exec_PMOV_p_zi_h(struct cpu *cpu, const struct op *op) { pmov_to_p(cpu, op, 16, op->i1); }
void exec_PMOV_p_zi_s(struct cpu *cpu, const struct op *op) { pmov_to_p(cpu, op, 32, op->i2); }
void exec_PMOV_p_zi_d(struct cpu *cpu, const struct op *op) { pmov_to_p(cpu, op, 64, i3(op)); }
void exec_PMOV_z_pi_b(struct cpu *cpu, const struct op *op) { pmov_to_z(cpu, op, 8, 0); }
void exec_PMOV_z_pi_h(struct cpu *cpu, const struct op *op) { pmov_to_z(cpu, op, 16, op->i1); }
void exec_PMOV_z_pi_s(struct cpu *cpu, const struct op *op) { pmov_to_z(cpu, op, 32, op->i2); }
void exec_PMOV_z_pi_d(struct cpu *cpu, const struct op *op) { pmov_to_z(cpu, op, 64, i3(op)); }
