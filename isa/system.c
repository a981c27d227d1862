/* Hints, barriers, and access to system registers and system instructions. Arm ARM C4.1.91 (Hints, Barriers, PSTATE,
 * System instructions, System register move). */
#include "isa/isa.h"

#include "core/machine.h"
#include "sysregs/sysregs.h"

/* ---- System registers: op->imm is the handle (prepare_sysreg) ---- */
void exec_MRS(struct cpu *cpu, const struct op *op)
{
    uint64_t value;
    if (AArch64_SysRegRead(cpu, (unsigned)op->imm, op->Rt, &value))
        SetX(cpu, op->Rt, value);
}
void exec_MSR_reg(struct cpu *cpu, const struct op *op)
{
    (void)!AArch64_SysRegWrite(cpu, (unsigned)op->imm, op->Rt, X(cpu, op->Rt));
}
void exec_SYS(struct cpu *cpu, const struct op *op)
{
    (void)!AArch64_SysInstr(cpu, (unsigned)op->imm, op->Rt, X(cpu, op->Rt));
}
void exec_SYSL(struct cpu *cpu, const struct op *op)
{
    uint64_t value;
    if (AArch64_SysInstrWithResult(cpu, (unsigned)op->imm, op->Rt, &value))
        SetX(cpu, op->Rt, value);
}
void exec_MSR_imm(struct cpu *cpu, const struct op *op) { (void)!AArch64_MSR_imm(cpu, op->op1, op->op2, op->CRm); }

/* ---- Waiting ---- */
enum { TI_WFI, TI_WFE, TI_WFIT, TI_WFET }; /* ESR_ELx.ISS.TI of EC_WFX */

static void halt(struct cpu *cpu, enum cpu_halt how, uint64_t timeout)
{
    cpu->wfx_timeout = timeout;
    cpu->halted = how;
    cpu_resync(cpu);
}
/* Where CNTVCT_EL0, as this EL reads it, is at least count: the time at which it will be. false: it is already. */
static bool local_timeout(struct cpu *cpu, uint64_t count, uint64_t *when)
{
    uint64_t now = timer_virtual_count(cpu), left = count - now, time = time_read(cpu->machine, cpu);

    *when = left < UINT64_MAX - time ? time + left : UINT64_MAX;
    return now < count;
}
/* With a wake-up event pending the instruction completes, untrapped: it would not have entered the low-power state. */
static void wait_for_interrupt(struct cpu *cpu, unsigned ti, unsigned rt, uint64_t timeout)
{
    if (!cpu_wakeup_pending(cpu) && AArch64_CheckForWFxTrap(cpu, ti, rt))
        halt(cpu, HALT_WFI, timeout);
}
static void wait_for_event(struct cpu *cpu, unsigned ti, unsigned rt, uint64_t timeout)
{
    if (cpu->event_register)
        cpu->event_register = false;
    else if (AArch64_CheckForWFxTrap(cpu, ti, rt) && !cpu_wakeup_pending(cpu))
        halt(cpu, HALT_WFE, timeout);
}
void exec_WFI(struct cpu *cpu, const struct op *op)
{
    (void)op;
    wait_for_interrupt(cpu, TI_WFI, 31, UINT64_MAX);
}
void exec_WFE(struct cpu *cpu, const struct op *op)
{
    (void)op;
    wait_for_event(cpu, TI_WFE, 31, UINT64_MAX);
}
void exec_WFIT(struct cpu *cpu, const struct op *op)
{
    uint64_t when;
    if (local_timeout(cpu, X(cpu, op->Rd), &when))
        wait_for_interrupt(cpu, TI_WFIT, op->Rd, when);
}
void exec_WFET(struct cpu *cpu, const struct op *op)
{
    uint64_t when;
    if (local_timeout(cpu, X(cpu, op->Rd), &when))
        wait_for_event(cpu, TI_WFET, op->Rd, when);
    else
        cpu->event_register = false;
}

/* SendEvent(): every PE's event register is set; one that waits consumes it by waking. */
void exec_SEV(struct cpu *cpu, const struct op *op)
{
    (void)op;
    for (unsigned i = 0; i < cpu->machine->cpu_count; i++) {
        struct cpu *other = cpu->machine->cpus[i];
        other->event_register = other->halted != HALT_WFE;
        if (other->halted == HALT_WFE)
            cpu_wake(other);
    }
}
void exec_SEVL(struct cpu *cpu, const struct op *op)
{
    (void)op;
    cpu->event_register = true;
}
/* The quantum ends here: another CPU may run. */
void exec_YIELD(struct cpu *cpu, const struct op *op)
{
    (void)op;
    if (machine_other_cpu_due(cpu)) {
        cpu->deadline = cpu->slice_deadline = 0;
        cpu_resync(cpu);
    }
}

/* ---- Other hints. Where the feature of a hint is absent it is a NOP, which is why these rows have no .feat. ---- */
void exec_HINT(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_DGH(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PSB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_TSB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_GCSB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_CSDB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_CLRBHB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
/* The landing pad itself; the compatibility check is branch_target_ok(). */
void exec_BTI(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
/* X16's bits are cleared for the features that are enabled; of those that CHKFEAT can ask about (GCS) there is none. */
void exec_CHKFEAT(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }

/* Error synchronization barrier. A pending SError that is masked is moved to DISR_EL1; in a guest
 * with HCR_EL2.AMO a pending virtual one to VDISR_EL2, with the syndrome that the hypervisor left in VSESR_EL2. One
 * that is not masked is taken at the resynchronization. Arm DDI 0487 D1.3.6 and RAS S3. */
void exec_ESB(struct cpu *cpu, const struct op *op)
{
    uint64_t hcr = cpu->sysreg[SR_HCR_EL2];
    bool guest = cpu->pstate.EL < EL2 && (hcr & (HCR_TGE | HCR_AMO)) == HCR_AMO;

    (void)op;
    if (!HaveFeat(cpu, FEAT_RAS))
        return;
    if (cpu->serror_pending && cpu_serror_masked(cpu)) {
        cpu->sysreg[SR_DISR_EL1] = BIT(31);
        cpu->serror_pending = false;
    }
    if (guest && hcr & HCR_VSE && cpu->pstate.A) {
        cpu->sysreg[SR_VDISR_EL2] = BIT(31) | (cpu->sysreg[SR_VSESR_EL2] & 0x1ffffff);
        cpu->sysreg[SR_HCR_EL2] = hcr & ~HCR_VSE;
    }
    cpu_resync(cpu);
}

/* ---- Barriers. One CPU runs at a time and every access completes in order, so only context synchronization acts. ----
 */
void exec_DMB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_DSB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_DSB_nxs(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_SB(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_ISB(struct cpu *cpu, const struct op *op)
{
    (void)op;
    cpu_resync(cpu);
}
void exec_CLREX(struct cpu *cpu, const struct op *op)
{
    (void)op;
    cpu->excl.valid = false;
}
