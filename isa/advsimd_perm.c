/* AdvSIMD: moving elements: immediates, duplicates, inserts, permutations, table lookup. Arm ARM C7.2. */
#include "isa/simd.h"

/* ---- Immediates: op->imm is 64 bits of it, inverted for MVNI and BIC ---- */
static ALWAYS_INLINE void set_both_halves(struct cpu *cpu, const struct op *op, uint64_t lower, uint64_t upper)
{
    uint64_t r[2] = { lower, upper };
    SetVBytes(cpu, op->Rd, op->Q ? 128 : 64, r);
}
static ALWAYS_INLINE void orr_imm(struct cpu *cpu, const struct op *op)
{
    const uint8_t *d = cpu->z[op->Rd];
    set_both_halves(cpu, op, Elem(d, 0, 64) | op->imm, Elem(d, 1, 64) | op->imm);
}
static ALWAYS_INLINE void and_imm(struct cpu *cpu, const struct op *op)
{
    const uint8_t *d = cpu->z[op->Rd];
    set_both_halves(cpu, op, Elem(d, 0, 64) & op->imm, Elem(d, 1, 64) & op->imm);
}
void exec_MOVI_advsimd(struct cpu *cpu, const struct op *op) { set_both_halves(cpu, op, op->imm, op->imm); }
void exec_MVNI_advsimd_s(struct cpu *cpu, const struct op *op) { set_both_halves(cpu, op, op->imm, op->imm); }
void exec_MVNI_advsimd_h(struct cpu *cpu, const struct op *op) { set_both_halves(cpu, op, op->imm, op->imm); }
void exec_MVNI_advsimd_m(struct cpu *cpu, const struct op *op) { set_both_halves(cpu, op, op->imm, op->imm); }
void exec_FMOV_advsimd_fp16_movi(struct cpu *cpu, const struct op *op) { set_both_halves(cpu, op, op->imm, op->imm); }
void exec_FMOV_advsimd_logical(struct cpu *cpu, const struct op *op) { set_both_halves(cpu, op, op->imm, op->imm); }
void exec_ORR_advsimd_imm_s(struct cpu *cpu, const struct op *op) { orr_imm(cpu, op); }
void exec_ORR_advsimd_imm_h(struct cpu *cpu, const struct op *op) { orr_imm(cpu, op); }
void exec_BIC_advsimd_imm_s(struct cpu *cpu, const struct op *op) { and_imm(cpu, op); }
void exec_BIC_advsimd_imm_h(struct cpu *cpu, const struct op *op) { and_imm(cpu, op); }

/* ---- Elements to and from registers: size and op->imm, the index, come from imm5 ---- */
static ALWAYS_INLINE void duplicate(struct cpu *cpu, const struct op *op, uint64_t x)
{
    uint64_t all = x;
    switch (op->size) {
    case 0: all = (x & 0xff) * 0x0101010101010101; break;
    case 1: all = (x & 0xffff) * 0x0001000100010001; break;
    case 2: all = (x & 0xffffffff) * 0x0000000100000001; break;
    }
    set_both_halves(cpu, op, all, all);
}
static ALWAYS_INLINE uint64_t element_n(const struct cpu *cpu, const struct op *op, unsigned index)
{
    const uint8_t *n = cpu->z[op->Rn];
    switch (op->size) {
    case 0: return Elem(n, index, 8);
    case 1: return Elem(n, index, 16);
    case 2: return Elem(n, index, 32);
    default: return Elem(n, index, 64);
    }
}
void exec_DUP_advsimd_gen(struct cpu *cpu, const struct op *op) { duplicate(cpu, op, X(cpu, op->Rn)); }
void exec_DUP_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    duplicate(cpu, op, element_n(cpu, op, (unsigned)op->imm));
}
void exec_DUP_advsimd_elt_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, 64, element_n(cpu, op, (unsigned)op->imm));
}
void exec_UMOV_advsimd(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, element_n(cpu, op, (unsigned)op->imm));
}
void exec_SMOV_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t x = (uint64_t)SInt(element_n(cpu, op, (unsigned)op->imm), 8u << op->size);
    SetX(cpu, op->Rd, op->Q ? x : (uint32_t)x);
}
static ALWAYS_INLINE void insert(struct cpu *cpu, const struct op *op, uint64_t x)
{
    SetElem(cpu->z[op->Rd], (unsigned)op->imm, 8u << op->size, x);
    ClearAbove(cpu, op->Rd, 128);
}
void exec_INS_advsimd_gen(struct cpu *cpu, const struct op *op) { insert(cpu, op, X(cpu, op->Rn)); }
void exec_INS_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    insert(cpu, op, element_n(cpu, op, op->imm4 >> op->size));
}

/* ---- Permutations: the sources are read before the result is written ---- */
void exec_EXT_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned bytes = op->Q ? 16 : 8;
    uint8_t both[32];
    memcpy(both, cpu->z[op->Rn], bytes);
    memcpy(both + bytes, cpu->z[op->Rm], bytes);
    SetVBytes(cpu, op->Rd, bytes * 8, both + op->imm4);
}

/* Element e of the result is element from(e) of Vm:Vn, counted from the lowest of Vn. */
typedef unsigned permute_fn(unsigned e, unsigned elements, unsigned part);
static ALWAYS_INLINE void permute_at(struct lanes l, unsigned esize, unsigned part, permute_fn *from, uint8_t *r)
{
    unsigned elements = l.bits / esize;
    for (unsigned e = 0; e < elements; e++) {
        unsigned i = from(e, elements, part);
        SetElem(r, e, esize, i < elements ? Elem(l.n, i, esize) : Elem(l.m, i - elements, esize));
    }
}
static ALWAYS_INLINE void permute(struct cpu *cpu, const struct op *op, unsigned part, permute_fn *from)
{
    struct lanes l = simd(cpu, op);
    uint8_t r[16];
    FOR_ESIZE(l, permute_at, part, from, r)
    SetVBytes(cpu, op->Rd, l.bits, r);
}
static inline unsigned from_zip(unsigned e, unsigned elements, unsigned part)
{
    return part * elements / 2 + e / 2 + (e & 1) * elements;
}
static inline unsigned from_uzp(unsigned e, unsigned elements, unsigned part) { return (void)elements, 2 * e + part; }
static inline unsigned from_trn(unsigned e, unsigned elements, unsigned part)
{
    return (e & ~1u) + part + (e & 1) * elements;
}
void exec_ZIP1_advsimd(struct cpu *cpu, const struct op *op) { permute(cpu, op, 0, from_zip); }
void exec_ZIP2_advsimd(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1, from_zip); }
void exec_UZP1_advsimd(struct cpu *cpu, const struct op *op) { permute(cpu, op, 0, from_uzp); }
void exec_UZP2_advsimd(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1, from_uzp); }
void exec_TRN1_advsimd(struct cpu *cpu, const struct op *op) { permute(cpu, op, 0, from_trn); }
void exec_TRN2_advsimd(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1, from_trn); }

/* ---- Reversal of elements in containers of 16, 32 or 64 bits ---- */
static ALWAYS_INLINE void reverse(struct cpu *cpu, const struct op *op, unsigned container)
{
    unsigned bits = op->Q ? 128 : 64, bytes = 1u << op->size, last = container / 8 - bytes;
    const uint8_t *n = cpu->z[op->Rn];
    uint8_t r[16];
    /* XOR with the last element's offset reverses the elements and keeps the bytes of each in order. */
    for (unsigned i = 0; i < bits / 8; i++)
        r[i] = n[i ^ last];
    SetVBytes(cpu, op->Rd, bits, r);
}
void exec_REV16_advsimd(struct cpu *cpu, const struct op *op) { reverse(cpu, op, 16); }
void exec_REV32_advsimd(struct cpu *cpu, const struct op *op) { reverse(cpu, op, 32); }
void exec_REV64_advsimd(struct cpu *cpu, const struct op *op) { reverse(cpu, op, 64); }

/* ---- Table lookup: len + 1 registers from Vn, wrapping at V31 ---- */
static ALWAYS_INLINE void table(struct cpu *cpu, const struct op *op, bool keep)
{
    unsigned bits = op->Q ? 128 : 64, limit = 16 * (op->len + 1u);
    uint8_t bytes[64], r[16];
    for (unsigned i = 0; i <= op->len; i++)
        memcpy(bytes + 16 * i, cpu->z[(op->Rn + i) % 32], 16);
    for (unsigned i = 0; i < bits / 8; i++) {
        unsigned index = cpu->z[op->Rm][i];
        r[i] = index < limit ? bytes[index] : keep ? cpu->z[op->Rd][i] : 0;
    }
    SetVBytes(cpu, op->Rd, bits, r);
}
void exec_TBL_advsimd(struct cpu *cpu, const struct op *op) { table(cpu, op, false); }
void exec_TBX_advsimd(struct cpu *cpu, const struct op *op) { table(cpu, op, true); }
