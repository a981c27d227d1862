/* Load-exclusive and store-exclusive, single and pair. Arm ARM B2.12, C6.2. The monitors are mem_read_exclusive() and
 * mem_write_exclusive() of mmu/. Acquire and release add no alignment rule to those of exclusives. */
#include "isa/ldst.h"

static ALWAYS_INLINE void load_exclusive(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    uint64_t address, data = 0;
    if (base_address(cpu, op->Rn, &address) && mem_read_exclusive(cpu, address, bytes, bytes, ACC_EXCLUSIVE, &data))
        SetX(cpu, op->Rt, data);
}
/* The status register may be the base or data register only CONSTRAINED UNPREDICTABLY: it is written last. */
static ALWAYS_INLINE void store_exclusive(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    uint64_t address, data = X(cpu, op->Rt);
    bool failed;
    if (base_address(cpu, op->Rn, &address) &&
        mem_write_exclusive(cpu, address, bytes, bytes, ACC_EXCLUSIVE | ACC_WRITE, &data, &failed))
        SetX(cpu, op->Rs, failed);
}
void exec_LDXR(struct cpu *cpu, const struct op *op) { load_exclusive(cpu, op, 1u << op->size); }
void exec_LDXRB(struct cpu *cpu, const struct op *op) { load_exclusive(cpu, op, 1); }
void exec_LDXRH(struct cpu *cpu, const struct op *op) { load_exclusive(cpu, op, 2); }
void exec_LDAXR(struct cpu *cpu, const struct op *op) { load_exclusive(cpu, op, 1u << op->size); }
void exec_LDAXRB(struct cpu *cpu, const struct op *op) { load_exclusive(cpu, op, 1); }
void exec_LDAXRH(struct cpu *cpu, const struct op *op) { load_exclusive(cpu, op, 2); }
void exec_STXR(struct cpu *cpu, const struct op *op) { store_exclusive(cpu, op, 1u << op->size); }
void exec_STXRB(struct cpu *cpu, const struct op *op) { store_exclusive(cpu, op, 1); }
void exec_STXRH(struct cpu *cpu, const struct op *op) { store_exclusive(cpu, op, 2); }
void exec_STLXR(struct cpu *cpu, const struct op *op) { store_exclusive(cpu, op, 1u << op->size); }
void exec_STLXRB(struct cpu *cpu, const struct op *op) { store_exclusive(cpu, op, 1); }
void exec_STLXRH(struct cpu *cpu, const struct op *op) { store_exclusive(cpu, op, 2); }

/* Pairs of words are one access of 8 bytes, pairs of doublewords one of 16. */
void exec_LDXP(struct cpu *cpu, const struct op *op)
{
    uint64_t address, pair[2] = { 0 };
    uint32_t word[2] = { 0 };
    bool wide = op->sz;
    if (!base_address(cpu, op->Rn, &address) ||
        !mem_read_exclusive(cpu, address, wide ? 16 : 8, wide ? 8 : 4, ACC_EXCLUSIVE, wide ? (void *)pair : word))
        return;
    SetX(cpu, op->Rt, wide ? pair[0] : word[0]);
    SetX(cpu, op->Rt2, wide ? pair[1] : word[1]);
}
void exec_LDAXP(struct cpu *cpu, const struct op *op) { exec_LDXP(cpu, op); }
void exec_STXP(struct cpu *cpu, const struct op *op)
{
    uint64_t address, pair[2] = { X(cpu, op->Rt), X(cpu, op->Rt2) };
    uint32_t word[2] = { (uint32_t)pair[0], (uint32_t)pair[1] };
    bool wide = op->sz, failed;
    if (base_address(cpu, op->Rn, &address) &&
        mem_write_exclusive(cpu, address, wide ? 16 : 8, wide ? 8 : 4, ACC_EXCLUSIVE | ACC_WRITE,
                            wide ? (const void *)pair : word, &failed))
        SetX(cpu, op->Rs, failed);
}
void exec_STLXP(struct cpu *cpu, const struct op *op) { exec_STXP(cpu, op); }
