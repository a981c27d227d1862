/* Exception entry, return and interrupts. Arm ARM D1.3; pseudocode aarch64/exceptions, aarch64/functions. */
#include "core/exception.h"

#include <stdio.h>

#include "core/machine.h"
#include "core/stats.h"
#include "core/timing.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

enum { SCTLR_IESB = 21, SCTLR_SPAN = 23, SCTLR_DSSBS = 44, SCTLR_SPINTMASK = 62, SCTLR_NMI = 61 };

uint64_t GetPSRFromPSTATE(const struct cpu *cpu)
{
    const struct pstate *p = &cpu->pstate;
    return (uint64_t)p->N << 31 | (uint64_t)p->Z << 30 | (uint64_t)p->C << 29 | (uint64_t)p->V << 28 |
           (uint64_t)p->TCO << 25 | (uint64_t)p->DIT << 24 | (uint64_t)p->UAO << 23 | (uint64_t)p->PAN << 22 |
           (uint64_t)p->SS << 21 | (uint64_t)p->IL << 20 | (uint64_t)p->ALLINT << 13 | (uint64_t)p->SSBS << 12 |
           (uint64_t)p->BTYPE << 10 | (uint64_t)p->D << 9 | (uint64_t)p->A << 8 | (uint64_t)p->I << 7 |
           (uint64_t)p->F << 6 | (uint64_t)p->EL << 2 | p->SP | (uint64_t)p->PM << 32;
}

static uint64_t *sp_bank(struct cpu *cpu, unsigned el, unsigned sp)
{
    static const uint16_t bank[] = { SR_SP_EL0, SR_SP_EL1, SR_SP_EL2 };
    return &cpu->sysreg[sp ? bank[el] : SR_SP_EL0];
}

void cpu_set_el_sp(struct cpu *cpu, unsigned el, unsigned sp)
{
    struct pstate *p = &cpu->pstate;

    *sp_bank(cpu, p->EL, p->SP) = cpu->gpr[SP_SLOT];
    if (el != p->EL) {
        pmu_el_changed(cpu);
        p->EL = (uint8_t)el;
        cpu_update_traps(cpu);
    }
    p->SP = (uint8_t)sp;
    cpu->gpr[SP_SLOT] = *sp_bank(cpu, el, sp);
}

/* After PSTATE changed as a whole. */
static void pstate_changed(struct cpu *cpu)
{
    mmu_context_changed(cpu);
    debug_update(cpu);
}

unsigned exception_default_target(const struct cpu *cpu)
{
    return cpu->pstate.EL == EL0 ? (TGE(cpu) ? EL2 : EL1) : cpu->pstate.EL;
}

/* Classes that come in a pair: from a lower EL, and (plus 1) from the same EL. */
static bool has_same_el_form(unsigned ec)
{
    return ec == EC_IABT_LOWER || ec == EC_DABT_LOWER || ec == EC_BREAKPOINT_LOWER || ec == EC_STEP_LOWER ||
           ec == EC_WATCHPOINT_LOWER;
}

/* AArch64.ReportException(). */
static void report_exception(struct cpu *cpu, unsigned target, const struct exception *e, unsigned ec)
{
    uint64_t esr = (uint64_t)e->iss2 << 32 | (uint64_t)ec << 26 | (uint64_t)!e->il16 << 25 | e->iss;

    cpu->sysreg[target == EL2 ? SR_ESR_EL2 : SR_ESR_EL1] = esr;
    if (e->vaddr_valid)
        cpu->sysreg[target == EL2 ? SR_FAR_EL2 : SR_FAR_EL1] = e->vaddr;
    if (target == EL2 && e->ipa_valid)
        cpu->sysreg[SR_HPFAR_EL2] = Bits(e->ipa, 51, 12) << 4;
}

const char *exception_class_name(unsigned ec)
{
    switch (ec) {
    case EC_UNKNOWN: return "Unknown";
    case EC_WFX: return "WFx";
    case EC_FP_SVE_ACCESS: return "FP/SVE access";
    case EC_PAC: return "PAC";
    case EC_LS64: return "LS64";
    case EC_BTI: return "Branch Target";
    case EC_ILLEGAL: return "Illegal Execution";
    case EC_SVC64: return "SVC";
    case EC_HVC64: return "HVC";
    case EC_SMC64: return "SMC";
    case EC_SYS64: return "MSR/MRS/SYS";
    case EC_SVE: return "SVE";
    case EC_ERET: return "ERET";
    case EC_FPAC: return "PAC Fail";
    case EC_IABT_LOWER: return "Instruction Abort, lower EL";
    case EC_IABT_SAME: return "Instruction Abort";
    case EC_PC_ALIGN: return "PC alignment";
    case EC_DABT_LOWER: return "Data Abort, lower EL";
    case EC_DABT_SAME: return "Data Abort";
    case EC_SP_ALIGN: return "SP alignment";
    case EC_MOPS: return "MOPS";
    case EC_FP_EXC: return "FP exception";
    case EC_SERROR: return "SError";
    case EC_BREAKPOINT_LOWER: return "Breakpoint, lower EL";
    case EC_BREAKPOINT_SAME: return "Breakpoint";
    case EC_STEP_LOWER: return "Software Step, lower EL";
    case EC_STEP_SAME: return "Software Step";
    case EC_WATCHPOINT_LOWER: return "Watchpoint, lower EL";
    case EC_WATCHPOINT_SAME: return "Watchpoint";
    case EC_BRK64: return "BRK";
    case EC_IRQ: return "IRQ";
    case EC_FIQ: return "FIQ";
    case EC_VIRQ: return "vIRQ";
    case EC_VFIQ: return "vFIQ";
    }
    return "reserved";
}

/* SPSR.BTYPE is kept for the exceptions that are taken on the instruction at the branch target; for the others, where
 * the architecture leaves the choice (ZEROBTYPE), it is 0. */
static bool keeps_btype(unsigned ec)
{
    switch (ec) {
    case EC_SERROR:
    case EC_IRQ:
    case EC_FIQ:
    case EC_VIRQ:
    case EC_VFIQ:
    case EC_STEP_LOWER:
    case EC_PC_ALIGN:
    case EC_IABT_LOWER:
    case EC_BREAKPOINT_LOWER:
    case EC_BRK64:
    case EC_ILLEGAL:
    case EC_BTI: return true;
    }
    return false;
}

static unsigned vector_quarter(const struct cpu *cpu, unsigned target)
{
    return target > cpu->pstate.EL ? 0x400 : cpu->pstate.SP ? 0x200 : 0;
}

/* Behind an exception, for those who watch; from: the EL before it. */
static void tell_taken(struct cpu *cpu, unsigned target, const struct exception *e, unsigned ec, unsigned from)
{
    struct exception_taken t = {
        .ec = ec,
        .from = from,
        .target = target,
        .pc = cpu->sysreg[target == EL2 ? SR_ELR_EL2 : SR_ELR_EL1],
        .vector = cpu->pc,
        .spsr = cpu->sysreg[target == EL2 ? SR_SPSR_EL2 : SR_SPSR_EL1],
        .esr = e->ec < 64 ? cpu->sysreg[target == EL2 ? SR_ESR_EL2 : SR_ESR_EL1] : 0,
        .far = e->vaddr_valid ? e->vaddr : 0,
        .hpfar = target == EL2 && e->ipa_valid ? cpu->sysreg[SR_HPFAR_EL2] : 0,
        .why = why_last(cpu),
    };
    OBSERVE(cpu->machine, exception_taken, cpu, &t);
}

void AArch64_TakeException(struct cpu *cpu, unsigned target, const struct exception *e, uint64_t preferred_return,
                           unsigned vect)
{
    struct pstate *p = &cpu->pstate;
    unsigned ec = e->ec + (has_same_el_form(e->ec) && p->EL == target), from = p->EL;

    assert(target >= p->EL && (target == EL1 || target == EL2));
    unsigned reason = why_taken(cpu, target, ec, preferred_return);
    cpu->exceptions_taken++;
    cpu->stats->exceptions[target][stat_class(ec)]++;
    stats_exception(cpu, target, ec, reason);

    vect += vector_quarter(cpu, target);
    if (!keeps_btype(e->ec))
        p->BTYPE = 0;
    uint64_t spsr = GetPSRFromPSTATE(cpu);
    if (e->ec < 64)
        report_exception(cpu, target, e, ec);

    bool tge_host = ELIsInHost(cpu, EL0);
    cpu_set_el_sp(cpu, target, 1);
    cpu->sysreg[target == EL2 ? SR_SPSR_EL2 : SR_SPSR_EL1] = spsr;
    cpu->sysreg[target == EL2 ? SR_ELR_EL2 : SR_ELR_EL1] = preferred_return;
    uint64_t sctlr = cpu->sysreg[target == EL2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1];
    p->SS = 0, p->IL = 0, p->BTYPE = 0, p->UAO = 0;
    p->D = p->A = p->I = p->F = 1;
    if (HaveFeat(cpu, FEAT_NMI))
        p->ALLINT = !(sctlr >> SCTLR_SPINTMASK & 1);
    if (HaveFeat(cpu, FEAT_EBEP))
        p->PM = 1;
    if (HaveFeat(cpu, FEAT_MTE))
        p->TCO = 1;
    if (HaveFeat(cpu, FEAT_PAN) && (target == EL1 || tge_host) && !(sctlr >> SCTLR_SPAN & 1))
        p->PAN = 1;
    if (HaveFeat(cpu, FEAT_SSBS))
        p->SSBS = sctlr >> SCTLR_DSSBS & 1;
    pstate_changed(cpu);
    BranchTo(cpu, (cpu->sysreg[target == EL2 ? SR_VBAR_EL2 : SR_VBAR_EL1] & ~UINT64_C(0x7ff)) + vect);
    stats_taken(cpu);
    if (OBSERVED(cpu->machine, exception_taken))
        tell_taken(cpu, target, e, ec, from);
    timing_sync(cpu, SYNC_EXCEPTION); /* part of the time behind it */
}

void AArch64_Trap(struct cpu *cpu, unsigned target, unsigned ec, uint32_t iss)
{
    AArch64_TakeException(cpu, target, &(struct exception){ .ec = ec, .iss = iss }, PC(cpu), VECT_SYNC);
}

void AArch64_Undefined(struct cpu *cpu) { AArch64_Trap(cpu, exception_default_target(cpu), EC_UNKNOWN, 0); }

static void call(struct cpu *cpu, unsigned target, unsigned ec, unsigned imm16)
{
    if (cpu->debug_active)
        debug_after_insn(cpu); /* SSAdvance: the call counts as stepped */
    AArch64_TakeException(cpu, target, &(struct exception){ .ec = ec, .iss = imm16 }, PC(cpu) + 4, VECT_SYNC);
}
void AArch64_CallSupervisor(struct cpu *cpu, unsigned imm16)
{
    cpu_why(cpu, "SVC instruction|imm16 %#lx", 0, 0, imm16, 0);
    call(cpu, exception_default_target(cpu), EC_SVC64, imm16);
}
void AArch64_CallHypervisor(struct cpu *cpu, unsigned imm16)
{
    cpu_why(cpu, "HVC instruction|imm16 %#lx", 0, 0, imm16, 0);
    call(cpu, EL2, EC_HVC64, imm16);
}

/* Where debug exceptions go (DebugTarget). */
static unsigned debug_target(struct cpu *cpu)
{
    bool el2 = control_any(cpu, SR_HCR_EL2, HCR_TGE) || control_any(cpu, SR_MDCR_EL2, BIT(8));
    return el2 ? EL2 : EL1;
}

void AArch64_SoftwareBreakpoint(struct cpu *cpu, unsigned imm16)
{
    unsigned el = cpu->pstate.EL;
    why_begin(cpu);
    unsigned target = el == EL2 ? EL2 : debug_target(cpu);
    why_decides(cpu, 1);
    cpu_why(cpu, "BRK instruction|imm16 %#lx", 0, 0, imm16, 0);
    AArch64_Trap(cpu, target, EC_BRK64, imm16);
}

void AArch64_PCAlignmentFault(struct cpu *cpu, uint64_t pc)
{
    struct exception e = { .ec = EC_PC_ALIGN, .vaddr = pc, .vaddr_valid = true };
    cpu_why(cpu, "PC is not aligned to 4 bytes|PC %#lx", 0, 0, pc, 0);
    AArch64_TakeException(cpu, exception_default_target(cpu), &e, pc, VECT_SYNC);
}

void AArch64_SPAlignmentFault(struct cpu *cpu)
{
    unsigned el = cpu->pstate.EL;
    bool el2 = S1TranslationRegime(cpu, el) == EL2;

    why_begin(cpu);
    (void)control(cpu, el2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1, el == EL0 ? 4 : 3, 1); /* SA0, SA */
    why_decides(cpu, 1);
    cpu_why(cpu, "SP is not aligned to 16 bytes|SP %#lx", 0, 0, cpu->gpr[SP_SLOT], 0);
    AArch64_Trap(cpu, exception_default_target(cpu), EC_SP_ALIGN, 0);
}

void AArch64_BranchTargetException(struct cpu *cpu, unsigned btype)
{
    struct exception e = { .ec = EC_BTI, .iss = btype };
    cpu_why(cpu, "guarded page (GP=1), PSTATE.BTYPE=%lu and no landing pad for it", btype, 0, 0, 0);
    AArch64_TakeException(cpu, exception_default_target(cpu), &e, cpu->pc, VECT_SYNC);
}

void AArch64_PACFailException(struct cpu *cpu, uint32_t iss)
{
    static const char *const key[] = { "IA", "IB", "DA", "DB" };
    cpu_why_text(cpu, "pointer authentication failed, key %s (FEAT_FPAC)", key[iss & 3]);
    AArch64_Trap(cpu, exception_default_target(cpu), EC_FPAC, iss);
}

/* ---- Exception return ---- */

/* AArch64.GenerateDebugExceptionsFrom(). */
static bool debug_exceptions_from(struct cpu *cpu, unsigned from, bool mask)
{
    unsigned target = debug_target(cpu);
    if (cpu->sysreg[SR_OSLSR_EL1] & BIT(1))
        return false;
    if (from == target)
        return cpu->sysreg[SR_MDSCR_EL1] & BIT(13) && !mask;
    return target > from;
}

/* IllegalExceptionReturn(): which of its conditions holds; NULL: the return is legal. */
static const char *IllegalExceptionReturn(const struct cpu *cpu, uint64_t spsr)
{
    unsigned el = Bits(spsr, 3, 2);

    if (spsr & BIT(4))
        return "an exception return to AArch32 (SPSR_ELx.M[4]=1)";
    if (spsr & BIT(1) || (el == EL0 && spsr & 1))
        return "an exception return with a reserved SPSR_ELx.M";
    if (el == EL3)
        return "an exception return to EL3";
    if (el > cpu->pstate.EL)
        return "an exception return to a higher EL";
    return el == EL1 && TGE(cpu) ? "an exception return to EL1 with HCR_EL2.TGE=1" : NULL;
}

/* Illegal Execution state: PSTATE.IL is 1. */
void AArch64_IllegalExecution(struct cpu *cpu)
{
    cpu_why_text(cpu, "PSTATE.IL=1, set by %s", cpu->illegal ? cpu->illegal : "SPSR_ELx.IL=1");
    AArch64_TakeException(cpu, exception_default_target(cpu), &(struct exception){ .ec = EC_ILLEGAL }, cpu->pc,
                          VECT_SYNC);
}

/* What an exception return takes from SPSR_ELx whether it is illegal or not, and what only a legal one does. */
static void set_pstate_flags(struct cpu *cpu, uint64_t spsr)
{
    struct pstate *p = &cpu->pstate;

    p->N = spsr >> 31 & 1, p->Z = spsr >> 30 & 1, p->C = spsr >> 29 & 1, p->V = spsr >> 28 & 1;
    p->PAN = HaveFeat(cpu, FEAT_PAN) && (spsr >> 22 & 1);
    p->D = spsr >> 9 & 1, p->A = spsr >> 8 & 1, p->I = spsr >> 7 & 1, p->F = spsr >> 6 & 1;
    p->ALLINT = HaveFeat(cpu, FEAT_NMI) && (spsr >> 13 & 1);
    p->PM = HaveFeat(cpu, FEAT_EBEP) && (spsr >> 32 & 1);
}
static void set_pstate_rest(struct cpu *cpu, uint64_t spsr)
{
    struct pstate *p = &cpu->pstate;

    p->SSBS = HaveFeat(cpu, FEAT_SSBS) && (spsr >> 12 & 1);
    p->BTYPE = HaveFeat(cpu, FEAT_BTI) ? Bits(spsr, 11, 10) : 0;
    p->UAO = HaveFeat(cpu, FEAT_UAO) && (spsr >> 23 & 1);
    p->DIT = HaveFeat(cpu, FEAT_DIT) && (spsr >> 24 & 1);
    p->TCO = HaveFeat(cpu, FEAT_MTE) && (spsr >> 25 & 1);
}

bool cpu_set_pstate(struct cpu *cpu, uint64_t spsr)
{
    struct pstate *p = &cpu->pstate;
    unsigned sp = spsr & 1;

    if (Bits(spsr, 4, 1) != (unsigned)p->EL << 1 || (p->EL == EL0 && sp))
        return false;
    if (sp != p->SP)
        cpu_set_el_sp(cpu, p->EL, sp);
    p->SS = spsr >> 21 & 1;
    p->IL = spsr >> 20 & 1;
    set_pstate_flags(cpu, spsr);
    set_pstate_rest(cpu, spsr);
    pstate_changed(cpu);
    cpu_resync(cpu);
    return true;
}

void AArch64_ExceptionReturn(struct cpu *cpu, uint64_t new_pc, uint64_t spsr)
{
    struct pstate *p = &cpu->pstate;
    unsigned from = p->EL;
    const char *illegal = cpu->illegal = IllegalExceptionReturn(cpu, spsr);
    unsigned el = illegal ? p->EL : Bits(spsr, 3, 2), sp = illegal ? p->SP : (unsigned)(spsr & 1);
    bool ss = false;

    if (unlikely(cpu->sysreg[SR_MDSCR_EL1] & 1))
        ss =
            !debug_exceptions_from(cpu, p->EL, p->D) && debug_exceptions_from(cpu, el, spsr >> 9 & 1) && spsr & BIT(21);

    cpu->exceptions_returned++;
    timing_sync(cpu, SYNC_ERET); /* part of the time at the EL that returns */
    stats_settle(cpu);
    p->IL = illegal || (spsr >> 20 & 1);
    if (!illegal) {
        cpu_set_el_sp(cpu, el, sp);
        set_pstate_rest(cpu, spsr);
    }
    p->SS = ss;
    set_pstate_flags(cpu, spsr);
    cpu->excl.valid = false;
    cpu->event_register = true; /* SendEventLocal */
    pstate_changed(cpu);
    BranchTo(cpu, new_pc);
    stats_returned(cpu, from);
    OBSERVE(cpu->machine, exception_returned, cpu, from);
}

/* ---- Interrupts ---- */

struct pending {
    unsigned ec, target, vect;
    uint64_t route;   /* HCR_EL2.{IMO, FMO, AMO} */
    const char *mask; /* PSTATE's bit, which is clear or does not count */
};

/* Where a physical interrupt goes: D1.3.6 "Asynchronous exception routing"; -1u: stays pending at this EL. route is
 * HCR_EL2.{IMO, FMO, AMO}. mask is PSTATE's bit. */
static unsigned physical_target(struct cpu *cpu, uint64_t route, bool mask)
{
    unsigned el = cpu->pstate.EL;
    bool to_el2 = control_any(cpu, SR_HCR_EL2, HCR_TGE) || control_any(cpu, SR_HCR_EL2, route);
    unsigned target = to_el2 ? EL2 : EL1;

    if (target < el)
        return -1u;
    bool masked = mask && (el == target || (el == EL0 && (target == EL1 || ELIsInHost(cpu, EL0))));
    return masked ? -1u : target;
}

static bool virtual_enabled(struct cpu *cpu, uint64_t route)
{
    return cpu->pstate.EL < EL2 && !control_any(cpu, SR_HCR_EL2, HCR_TGE) && control_any(cpu, SR_HCR_EL2, route);
}

static bool find_pending(struct cpu *cpu, struct pending *out)
{
    const struct pstate *p = &cpu->pstate;
    uint64_t hcr = cpu->sysreg[SR_HCR_EL2];
    unsigned t;

    if (!cpu->irq_lines && !cpu->serror_pending && !(hcr & (HCR_VI | HCR_VF | HCR_VSE)))
        return false;
    if (cpu->serror_pending && (t = physical_target(cpu, HCR_AMO, p->A)) != -1u)
        return *out = (struct pending){ EC_SERROR, t, VECT_SERROR, HCR_AMO, "PSTATE.A" }, true;
    if (cpu->irq_lines & LINE_FIQ && (t = physical_target(cpu, HCR_FMO, p->F)) != -1u)
        return *out = (struct pending){ EC_FIQ, t, VECT_FIQ, HCR_FMO, "PSTATE.F" }, true;
    if (cpu->irq_lines & LINE_IRQ && (t = physical_target(cpu, HCR_IMO, p->I)) != -1u)
        return *out = (struct pending){ EC_IRQ, t, VECT_IRQ, HCR_IMO, "PSTATE.I" }, true;
    if (hcr & HCR_VSE && !p->A && virtual_enabled(cpu, HCR_AMO))
        return *out = (struct pending){ EC_SERROR + 0x200, EL1, VECT_SERROR, HCR_AMO, "PSTATE.A" }, true;
    if ((cpu->irq_lines & LINE_VFIQ || hcr & HCR_VF) && !p->F && virtual_enabled(cpu, HCR_FMO))
        return *out = (struct pending){ EC_VFIQ, EL1, VECT_FIQ, HCR_FMO, "PSTATE.F" }, true;
    if ((cpu->irq_lines & LINE_VIRQ || hcr & HCR_VI) && !p->I && virtual_enabled(cpu, HCR_IMO))
        return *out = (struct pending){ EC_VIRQ, EL1, VECT_IRQ, HCR_IMO, "PSTATE.I" }, true;
    return false;
}

/* The same route again, recorded: the bit that chose the EL has decided, beside what is pending. */
static void explain(struct cpu *cpu, const struct pending *p)
{
    const struct pstate *s = &cpu->pstate;
    uint8_t mask = p->route == HCR_AMO ? s->A : p->route == HCR_FMO ? s->F : s->I;
    bool is_virtual = p->ec == EC_VIRQ || p->ec == EC_VFIQ || p->ec == EC_SERROR + 0x200;

    why_begin(cpu);
    control_state(cpu, p->mask, mask);
    if (is_virtual)
        (void)virtual_enabled(cpu, p->route);
    else
        (void)physical_target(cpu, p->route, false);
    why_decides(cpu, 1);
    if (p->ec == EC_SERROR)
        cpu_why(cpu, "physical SError pending", 0, 0, 0, 0);
    else if (p->ec == EC_SERROR + 0x200)
        cpu_why(cpu, "virtual SError pending, HCR_EL2.VSE=1", 0, 0, 0, 0);
    else if (is_virtual && cpu->sysreg[SR_HCR_EL2] & (p->ec == EC_VIRQ ? HCR_VI : HCR_VF))
        cpu_why_text(cpu, "virtual interrupt pending, HCR_EL2.%s=1", p->ec == EC_VIRQ ? "VI" : "VF");
    else if (is_virtual)
        gic_why_virtual(cpu);
    else
        gic_why_physical(cpu);
}

bool cpu_take_interrupt(struct cpu *cpu)
{
    struct pending p;

    if (likely(!find_pending(cpu, &p)))
        return false;
    struct exception e = { .ec = p.ec };
    explain(cpu, &p);
    if (p.ec == EC_SERROR) {
        cpu->serror_pending = false;
    } else if (p.ec == EC_SERROR + 0x200) {
        e.ec = EC_SERROR;
        e.iss = HaveFeat(cpu, FEAT_RAS) ? (uint32_t)Bits(cpu->sysreg[SR_VSESR_EL2], 24, 0) : 0;
        cpu->sysreg[SR_HCR_EL2] &= ~HCR_VSE;
    }
    AArch64_TakeException(cpu, p.target, &e, cpu->pc, p.vect);
    return true;
}

bool cpu_serror_masked(struct cpu *cpu) { return physical_target(cpu, HCR_AMO, cpu->pstate.A) == -1u; }

bool cpu_wakeup_pending(struct cpu *cpu)
{
    uint64_t hcr = cpu->sysreg[SR_HCR_EL2];
    uint32_t lines = cpu->irq_lines;

    if (lines & (LINE_IRQ | LINE_FIQ) || cpu->serror_pending)
        return true;
    return ((lines & LINE_VIRQ || hcr & HCR_VI) && virtual_enabled(cpu, HCR_IMO)) ||
           ((lines & LINE_VFIQ || hcr & HCR_VF) && virtual_enabled(cpu, HCR_FMO)) ||
           (hcr & HCR_VSE && virtual_enabled(cpu, HCR_AMO));
}
