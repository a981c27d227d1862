/* Reliability registers of a PE without error records, deferred SErrors, ISR_EL1, and an unconnected Debug
 * Communications Channel. Arm ARM D19.2, RAS extension. */
#include "core/exception.h"
#include "sysregs/rows.h"

/* ERRIDR_EL1.NUM is 0, so ERRSELR_EL1 selects nothing and every ERX register is RAZ/WI, one of the permitted choices.
 */
uint64_t erx_read(struct cpu *cpu, enum sysreg_index r)
{
    (void)cpu, (void)r;
    return 0;
}
void erx_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    (void)old;
    cpu->sysreg[r] = 0;
}

/* DISR_EL1 at EL1 is VDISR_EL2 where virtual SErrors are enabled. */
static bool virtual_disr(const struct cpu *cpu)
{
    return cpu->pstate.EL == EL1 && (cpu->sysreg[SR_HCR_EL2] & (HCR_AMO | HCR_TGE)) == HCR_AMO;
}
uint64_t disr_read(struct cpu *cpu, enum sysreg_index r) { return cpu->sysreg[virtual_disr(cpu) ? SR_VDISR_EL2 : r]; }
void disr_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    if (!virtual_disr(cpu))
        return;
    cpu->sysreg[SR_VDISR_EL2] = cpu->sysreg[r];
    cpu->sysreg[r] = old;
}

/* Pending interrupts, masked or not: the virtual ones where HCR_EL2 gives EL1 virtual ones. */
uint64_t isr_read(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t hcr = cpu->sysreg[SR_HCR_EL2], guest = cpu->pstate.EL == EL1 && !(hcr & HCR_TGE) ? hcr : 0;
    uint32_t lines = cpu->irq_lines;
    bool i = guest & HCR_IMO ? lines & LINE_VIRQ || hcr & HCR_VI : lines & LINE_IRQ;
    bool f = guest & HCR_FMO ? lines & LINE_VFIQ || hcr & HCR_VF : lines & LINE_FIQ;
    bool a = guest & HCR_AMO ? hcr & HCR_VSE : cpu->serror_pending;

    (void)r;
    return (uint64_t)a << 8 | (uint64_t)i << 7 | (uint64_t)f << 6;
}

/* No debugger: nothing arrives, what is sent is lost, and the flags say empty. */
uint64_t dcc_read(struct cpu *cpu, enum sysreg_index r)
{
    (void)cpu, (void)r;
    return 0;
}
void dcc_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    (void)old;
    cpu->sysreg[r] = 0;
}
