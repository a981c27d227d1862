/* What the load and store files share: base addresses, and the accesses that go past Mem_read and Mem_write. */
#ifndef SVEMU_ISA_LDST_H
#define SVEMU_ISA_LDST_H

#include "isa/isa.h"
#include "mmu/mmu.h"

/* SCTLR_ELx.SA (SA0 at EL0): a misaligned SP as base faults. */
static inline bool SPAlignmentCheckEnabled(const struct cpu *cpu)
{
    return SCTLR(cpu) & BIT(cpu->pstate.EL == EL0 ? 4 : 3);
}
/* The value of base register n (Xn|SP). false: the SP alignment fault was taken. */
static ALWAYS_INLINE MUST_CHECK bool base_address(struct cpu *cpu, unsigned n, uint64_t *address)
{
    *address = X(cpu, n);
    if (n == SP_SLOT && unlikely(*address & 15) && SPAlignmentCheckEnabled(cpu)) {
        AArch64_SPAlignmentFault(cpu);
        return false;
    }
    return true;
}

/* SCTLR_ELx.EE, or E0E at EL0: data accesses are big-endian. */
static inline bool BigEndian(const struct cpu *cpu) { return SCTLR(cpu) & BIT(cpu->pstate.EL == EL0 ? 24 : 25); }

/* ACC_UNPRIV for LDTR and friends: at EL0 they are plain accesses, which may go the fast way. */
static ALWAYS_INLINE unsigned unprivileged(const struct cpu *cpu)
{
    return cpu->pstate.EL == EL0 ? ACC_NORMAL : ACC_UNPRIV;
}

/* Acquire and release accesses. Order is given, as every access completes at once; what they add is alignment rules,
 * which an aligned access satisfies, so that only others need the slow path. */
static ALWAYS_INLINE MUST_CHECK bool read_ordered(struct cpu *cpu, uint64_t address, unsigned size, uint64_t *data)
{
    const struct tlb_entry *e = tlb_slot(cpu, address);
    if (!(address & (size - 1)) && tlb_hit(cpu, e->read_tag, address, size)) {
        *data = 0;
        memcpy(data, tlb_host(e, address), size);
        return true;
    }
    return mem_read_slow(cpu, address, size, ACC_ORDERED, data);
}
static ALWAYS_INLINE MUST_CHECK bool write_ordered(struct cpu *cpu, uint64_t address, unsigned size, uint64_t data)
{
    const struct tlb_entry *e = tlb_slot(cpu, address);
    if (!(address & (size - 1)) && tlb_hit(cpu, e->write_tag, address, size)) {
        memcpy(tlb_host(e, address), &data, size);
        return true;
    }
    return mem_write_slow(cpu, address, size, ACC_ORDERED | ACC_WRITE, data);
}

/* size bytes as elements of esize bytes. */
static ALWAYS_INLINE MUST_CHECK bool read_block(struct cpu *cpu, uint64_t address, unsigned size, unsigned esize,
                                                unsigned acc, void *data)
{
    const struct tlb_entry *e = tlb_slot(cpu, address);
    if (!(acc & ~(ACC_NONTEMPORAL | ACC_SVE)) && tlb_hit(cpu, e->read_tag, address, size)) {
        memcpy(data, tlb_host(e, address), size);
        return true;
    }
    return Mem_read_block(cpu, address, size, esize, esize, acc, data);
}
static ALWAYS_INLINE MUST_CHECK bool write_block(struct cpu *cpu, uint64_t address, unsigned size, unsigned esize,
                                                 unsigned acc, const void *data)
{
    const struct tlb_entry *e = tlb_slot(cpu, address);
    if (!(acc & ~(ACC_NONTEMPORAL | ACC_SVE | ACC_WRITE)) && tlb_hit(cpu, e->write_tag, address, size)) {
        memcpy(tlb_host(e, address), data, size);
        return true;
    }
    return Mem_write_block(cpu, address, size, esize, esize, acc | ACC_WRITE, data);
}

/* Offset of the register-offset forms: ExtendReg(m, option, shift), option<1> = 1. */
static ALWAYS_INLINE uint64_t extended_offset(const struct cpu *cpu, const struct op *op, unsigned scale)
{
    uint64_t v = X(cpu, op->Rm);
    if (op->option_name == 2)
        v = (uint32_t)v;
    else if (op->option_name == 6)
        v = (uint64_t)(int32_t)v;
    return v << (op->S ? scale : 0);
}

/* Bytes of memory whose tags LDGM and STGM access (GMID_EL1.BS). */
unsigned mte_block_size(const struct cpu *cpu);

#endif
