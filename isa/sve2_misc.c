/* SVE2 bits and permutes: three-way logic, bit permutes, table lookups, constructive EXT and SPLICE. Arm ARM C8. */
#include "isa/elem_sve2.h"
#include "isa/pred.h"

/* ---- Three-way logic: n is Zdn, m is Zm, k is Zk; any element size does ---- */
typedef uint64_t logic3_fn(uint64_t n, uint64_t m, uint64_t k);

static uint64_t e_eor3(uint64_t n, uint64_t m, uint64_t k) { return n ^ m ^ k; }
static uint64_t e_bcax(uint64_t n, uint64_t m, uint64_t k) { return n ^ (m & ~k); }
static uint64_t e_bsl_k(uint64_t n, uint64_t m, uint64_t k) { return (n & k) | (m & ~k); }
static uint64_t e_bsl1n(uint64_t n, uint64_t m, uint64_t k) { return (~n & k) | (m & ~k); }
static uint64_t e_bsl2n(uint64_t n, uint64_t m, uint64_t k) { return (n & k) | (~m & ~k); }
static uint64_t e_nbsl(uint64_t n, uint64_t m, uint64_t k) { return ~e_bsl_k(n, m, k); }

static ALWAYS_INLINE void logic3(struct cpu *cpu, const struct op *op, logic3_fn *f)
{
    uint8_t *d = ZForWrite(cpu, op->Zdn);
    for (unsigned e = 0; e < CurrentVL(cpu) / 64; e++)
        SetElem(d, e, 64, f(Elem(d, e, 64), Elem(Z(cpu, op->Zm), e, 64), Elem(Z(cpu, op->Zk), e, 64)));
}
void exec_EOR3_z_zzz(struct cpu *cpu, const struct op *op) { logic3(cpu, op, e_eor3); }
void exec_BCAX_z_zzz(struct cpu *cpu, const struct op *op) { logic3(cpu, op, e_bcax); }
void exec_BSL_z_zzz(struct cpu *cpu, const struct op *op) { logic3(cpu, op, e_bsl_k); }
void exec_BSL1N_z_zzz(struct cpu *cpu, const struct op *op) { logic3(cpu, op, e_bsl1n); }
void exec_BSL2N_z_zzz(struct cpu *cpu, const struct op *op) { logic3(cpu, op, e_bsl2n); }
void exec_NBSL_z_zzz(struct cpu *cpu, const struct op *op) { logic3(cpu, op, e_nbsl); }

/* Exclusive or of one half of the elements of Zn with the other half of Zm's, interleaved into Zd. */
static ALWAYS_INLINE void eor_halves(struct cpu *cpu, const struct op *op, unsigned n_half, unsigned m_half)
{
    struct lanes l = lanes_z_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / l.esize; e += 2)
        SetElem(l.d, e + n_half, l.esize, Elem(l.n, e + n_half, l.esize) ^ Elem(l.m, e + m_half, l.esize));
}
void exec_EORBT_z_zz(struct cpu *cpu, const struct op *op) { eor_halves(cpu, op, BOTTOM, TOP); }
void exec_EORTB_z_zz(struct cpu *cpu, const struct op *op) { eor_halves(cpu, op, TOP, BOTTOM); }

/* ---- FEAT_SVE_BitPerm: m selects bits ---- */
static uint64_t e_bext(uint64_t n, uint64_t m, unsigned esize)
{
    uint64_t r = 0;
    (void)esize;
    for (unsigned to = 0; m; m &= m - 1)
        r |= (n >> __builtin_ctzll(m) & 1) << to++;
    return r;
}
static uint64_t e_bdep(uint64_t n, uint64_t m, unsigned esize)
{
    uint64_t r = 0;
    (void)esize;
    for (unsigned from = 0; m; m &= m - 1)
        r |= (n >> from++ & 1) << __builtin_ctzll(m);
    return r;
}
/* The selected bits below, the others above them. */
static uint64_t e_bgrp(uint64_t n, uint64_t m, unsigned esize)
{
    unsigned selected = (unsigned)__builtin_popcountll(m);
    uint64_t others = e_bext(n, ~m & Ones(esize), esize);
    return e_bext(n, m, esize) | (selected == 64 ? 0 : others << selected);
}
void exec_BEXT_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_bext); }
void exec_BDEP_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_bdep); }
void exec_BGRP_z_zz(struct cpu *cpu, const struct op *op) { map2(lanes_z_zz(cpu, op), e_bgrp); }

/* ---- Table lookups ---- */
/* TBL of two registers: an index beyond both gives 0. */
void exec_TBL_z_zz_2(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    unsigned elements = l.bits / l.esize;
    struct zcopy table[2], indices;

    z_copy(&table[0], cpu, op->Zn), z_copy(&table[1], cpu, (op->Zn + 1) % 32), z_copy(&indices, cpu, op->Zm);
    for (unsigned e = 0; e < elements; e++) {
        uint64_t i = Elem(indices.b, e, l.esize);
        SetElem(l.d, e, l.esize,
                i < 2 * elements ? Elem(table[i >= elements].b, (unsigned)(i % elements), l.esize) : 0);
    }
}
/* TBX: an index beyond the table leaves the element. */
void exec_TBX_z_zz(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    unsigned elements = l.bits / l.esize;
    struct zcopy table;

    z_copy(&table, cpu, op->Zn);
    for (unsigned e = 0; e < elements; e++) {
        uint64_t i = Elem(l.m, e, l.esize);
        if (i < elements)
            SetElem(l.d, e, l.esize, Elem(table.b, (unsigned)i, l.esize));
    }
}

/* ---- Constructive forms: the sources are Zn and the register after it ---- */
void exec_EXT_z_zi_con(struct cpu *cpu, const struct op *op)
{
    unsigned length = CurrentVL(cpu) / 8, position = (unsigned)op->imm8h << 3 | op->imm8l;
    uint8_t *d = ZForWrite(cpu, op->Zd);
    struct zcopy n, m;

    z_copy(&n, cpu, op->Zn), z_copy(&m, cpu, (op->Zn + 1) % 32);
    if (position >= length)
        position = 0;
    memcpy(d, n.b + position, length - position);
    memcpy(d + length - position, m.b, position);
}
/* From the first to the last active element of the first, then the second from its first element. */
void exec_SPLICE_z_p_zz_con(struct cpu *cpu, const struct op *op)
{
    unsigned length = CurrentVL(cpu) / 8, bytes = 1u << op->size, taken = 0;
    struct pbits active = pred_active(cpu, op->Pv, 8 * bytes);
    int first = pred_lowest(active), last = pred_highest(active);
    uint8_t *d = ZForWrite(cpu, op->Zd);
    struct zcopy n, m;

    z_copy(&n, cpu, op->Zn), z_copy(&m, cpu, (op->Zn + 1) % 32);
    if (last >= 0) {
        taken = (unsigned)(last - first) + bytes;
        memcpy(d, n.b + first, taken);
    }
    memcpy(d + taken, m.b, length - taken);
}
