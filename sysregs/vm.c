/* Registers whose writes change translation, routing and traps: SCTLR, TCR, TTBR, MAIR, VTTBR, VTCR, HCR_EL2, MDCR_EL2.
 */
#include "mmu/mmu.h"
#include "sysregs/rows.h"

/* The new value is in force from the next instruction on, which is within what software may rely on: the change is
 * guaranteed after a Context synchronization event, and allowed before. */
void vm_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    if (cpu->sysreg[r] == old)
        return;
    mmu_context_changed(cpu);
    cpu_resync(cpu);
}

void hcr_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    gic_written(cpu, r, old);
    mmu_context_changed(cpu);
    cpu_update_traps(cpu);
    debug_update(cpu);
    cpu_resync(cpu); /* HCR_EL2.{VI,VF,VSE,IMO,FMO,AMO,TGE} */
}

void mdcr_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    pmu_written(cpu, r, old); /* first: it counts up to here under the old value */
    debug_written(cpu, r, old);
    cpu_resync(cpu);
}
