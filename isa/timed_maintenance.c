/* Cache maintenance with a timing model: which instruction does what to the modelled caches. Arm ARM C5.3. */
#include "core/timing_memory.h"
#include "isa/timed.h"
#include "mmu/mmu.h"

/* op1, CRm and op2 of SYS with CRn = 7. */
enum {
    IC_IALLUIS = 0x010,
    IC_IALLU = 0x050,
    IC_IVAU = 0x351,
    DC_IVAC = 0x061,
    DC_CVAC = 0x3a1,
    DC_CVAU = 0x3b1,
    DC_CVAP = 0x3c1,
    DC_CVADP = 0x3d1,
    DC_CIVAC = 0x3e1,
    DC_ZVA = 0x341,
    DC_GZVA = 0x344,
};

static unsigned name_of(const struct op *op)
{
    uint32_t word = op->word;
    return (word >> 16 & 7) << 8 | (word >> 8 & 15) << 4 | (word >> 5 & 7);
}

bool timed_zeroes(const struct op *op)
{
    unsigned name = name_of(op);
    return op->row == INSN_SYS && (name == DC_ZVA || name == DC_GZVA);
}

/* The line of the address in Xt, where there is one in RAM. */
static unsigned by_address(struct cpu *cpu, const struct op *op, bool invalidate, bool instruction, uint64_t now)
{
    uint64_t pa;

    if (!mem_debug_address(cpu, DEBUG_CURRENT, X(cpu, op->Rt), &pa) || !phys_ram(cpu->mem, pa, 1))
        return 0;
    return timing_cache_op(cpu, pa, 1, invalidate, instruction, now);
}

unsigned timed_maintenance(struct cpu *cpu, const struct op *op, uint64_t now)
{
    switch (name_of(op)) {
    case IC_IALLUIS:
    case IC_IALLU: return timing_cache_op(cpu, 0, 0, true, true, now);
    case IC_IVAU: return by_address(cpu, op, true, true, now);
    case DC_CVAC:
    case DC_CVAU:
    case DC_CVAP:
    case DC_CVADP: return by_address(cpu, op, false, false, now);
    case DC_IVAC:
    case DC_CIVAC: return by_address(cpu, op, true, false, now);
    default: return 0;
    }
}
