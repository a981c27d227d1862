/* AdvSIMD permutes and table lookups. Arm ARM C7. Results go through a buffer, as the destination may be a source. */
#include "isa/simd.h"

/* ---- ZIP, UZP, TRN: which is 0 for the first of the two instructions, 1 for the second ---- */
static ALWAYS_INLINE void zip_at(struct lanes l, unsigned esize, unsigned which)
{
    unsigned pairs = l.bits / esize / 2;
    uint8_t r[16];
    for (unsigned e = 0; e < pairs; e++) {
        SetElem(r, 2 * e, esize, Elem(l.n, which * pairs + e, esize));
        SetElem(r, 2 * e + 1, esize, Elem(l.m, which * pairs + e, esize));
    }
    memcpy(l.d, r, l.bits / 8);
}
static ALWAYS_INLINE void uzp_at(struct lanes l, unsigned esize, unsigned which)
{
    unsigned pairs = l.bits / esize / 2;
    uint8_t r[16];
    for (unsigned e = 0; e < pairs; e++) {
        SetElem(r, e, esize, Elem(l.n, 2 * e + which, esize));
        SetElem(r, pairs + e, esize, Elem(l.m, 2 * e + which, esize));
    }
    memcpy(l.d, r, l.bits / 8);
}
static ALWAYS_INLINE void trn_at(struct lanes l, unsigned esize, unsigned which)
{
    for (unsigned e = 0; e < l.bits / esize; e += 2) {
        uint64_t n = Elem(l.n, e + which, esize), m = Elem(l.m, e + which, esize);
        SetElem(l.d, e, esize, n);
        SetElem(l.d, e + 1, esize, m);
    }
}
static ALWAYS_INLINE void zip(struct cpu *cpu, const struct op *op, unsigned which)
{
    struct lanes l = simd(cpu, op);
    FOR_ESIZE(l, zip_at, which)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void uzp(struct cpu *cpu, const struct op *op, unsigned which)
{
    struct lanes l = simd(cpu, op);
    FOR_ESIZE(l, uzp_at, which)
    vd_done(cpu, op, l.bits);
}
static ALWAYS_INLINE void trn(struct cpu *cpu, const struct op *op, unsigned which)
{
    struct lanes l = simd(cpu, op);
    FOR_ESIZE(l, trn_at, which)
    vd_done(cpu, op, l.bits);
}
void exec_ZIP1_advsimd(struct cpu *cpu, const struct op *op) { zip(cpu, op, 0); }
void exec_ZIP2_advsimd(struct cpu *cpu, const struct op *op) { zip(cpu, op, 1); }
void exec_UZP1_advsimd(struct cpu *cpu, const struct op *op) { uzp(cpu, op, 0); }
void exec_UZP2_advsimd(struct cpu *cpu, const struct op *op) { uzp(cpu, op, 1); }
void exec_TRN1_advsimd(struct cpu *cpu, const struct op *op) { trn(cpu, op, 0); }
void exec_TRN2_advsimd(struct cpu *cpu, const struct op *op) { trn(cpu, op, 1); }

/* ---- Bytes from the middle of Vm:Vn ---- */
void exec_EXT_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned bytes = op->Q ? 16 : 8;
    uint8_t pair[32];
    memcpy(pair, cpu->z[op->Rn], bytes);
    memcpy(pair + bytes, cpu->z[op->Rm], bytes);
    SetVBytes(cpu, op->Rd, 8 * bytes, pair + op->imm4);
}

/* ---- Table lookups: the table is 1 to 4 registers, after V31 comes V0; an index beyond it leaves what r holds ---- */
static ALWAYS_INLINE void lookup(struct cpu *cpu, const struct op *op, uint8_t r[16])
{
    unsigned registers = op->len + 1u, bytes = op->Q ? 16 : 8;
    const uint8_t *index = cpu->z[op->Rm];
    uint8_t table[64];
    for (unsigned i = 0; i < registers; i++)
        memcpy(table + 16 * i, cpu->z[(op->Rn + i) % 32], 16);
    for (unsigned e = 0; e < bytes; e++)
        if (index[e] < 16 * registers)
            r[e] = table[index[e]];
    SetVBytes(cpu, op->Rd, 8 * bytes, r);
}
void exec_TBL_advsimd(struct cpu *cpu, const struct op *op)
{
    uint8_t r[16] = { 0 };
    lookup(cpu, op, r);
}
void exec_TBX_advsimd(struct cpu *cpu, const struct op *op)
{
    uint8_t r[16];
    memcpy(r, cpu->z[op->Rd], 16);
    lookup(cpu, op, r);
}
