/* Cache maintenance, DC ZVA and kin, prediction restriction and address translation instructions. Arm ARM C5.3 to C5.6.
 * Caches hold no data here (timing models keep tags: isa/timed_maintenance.c): every access reaches memory at once and
 * stores reach decoded instructions, which is what CTR_EL0.{IDC,DIC} = {1,1} promises. What remains visible are the
 * faults of operations by address. */
#include "core/exception.h"
#include "sysregs/rows.h"

bool exec_nop(struct cpu *cpu, const struct sysreg_row *row, uint64_t x)
{
    (void)cpu, (void)row, (void)x;
    return true;
}

/* IC IVAU and DC by VA: need a translation that permits a read (DC IVAC: a write, unless stage 2 or the default
 * cacheability makes it the clean and invalidate of DC CIVAC at EL1). */
bool exec_cache_va(struct cpu *cpu, const struct sysreg_row *row, uint64_t x)
{
    bool as_clean = cpu->pstate.EL == EL1 && cpu->sysreg[SR_HCR_EL2] & (HCR_VM | HCR_DC);
    return mem_probe(cpu, x, 1, ACC_CACHE_OP | (as_clean ? 0 : row->arg));
}

unsigned zva_block(const struct cpu *cpu)
{
    unsigned bs = cpu->sysreg[SR_DCZID_EL0] & 15;
    return 4u << (bs < 9 ? bs : 9);
}

bool exec_dc_zva(struct cpu *cpu, const struct sysreg_row *row, uint64_t x)
{
    unsigned size = zva_block(cpu);
    uint64_t block = x & ~(uint64_t)(size - 1);
    struct tlb_entry *e = tlb_slot(cpu, block);

    (void)row;
    if (tlb_hit(cpu, e->write_tag, block, size)) {
        memset(tlb_host(e, block), 0, size);
        return true;
    }
    return AArch64_MemZero(cpu, x, size, true, false);
}

bool exec_dc_gva(struct cpu *cpu, const struct sysreg_row *row, uint64_t x)
{
    (void)row;
    return AArch64_MemZero(cpu, x, zva_block(cpu), false, true);
}

bool exec_dc_gzva(struct cpu *cpu, const struct sysreg_row *row, uint64_t x)
{
    (void)row;
    return AArch64_MemZero(cpu, x, zva_block(cpu), true, true);
}

bool exec_at(struct cpu *cpu, const struct sysreg_row *row, uint64_t x)
{
    AArch64_AT(cpu, x, (enum at_op)row->arg);
    return true;
}
