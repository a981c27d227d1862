/* PSTATE, FPCR and FPSR as system registers, MSR (immediate), and RNDR. Arm ARM C5.2 (special-purpose registers), C6.2
 * MSR (immediate). */
#include "core/exception.h"
#include "core/machine.h"
#include "sysregs/rows.h"

uint64_t pstate_read(struct cpu *cpu, enum sysreg_index r)
{
    const struct pstate *p = &cpu->pstate;

    switch (r) {
    case SR_NZCV: return (uint64_t)p->N << 31 | (uint64_t)p->Z << 30 | (uint64_t)p->C << 29 | (uint64_t)p->V << 28;
    case SR_DAIF: return (uint64_t)(p->D << 9 | p->A << 8 | p->I << 7 | p->F << 6);
    case SR_CURRENTEL: return (uint64_t)p->EL << 2;
    case SR_SPSEL: return p->SP;
    case SR_PAN: return (uint64_t)p->PAN << 22;
    case SR_UAO: return (uint64_t)p->UAO << 23;
    case SR_DIT: return (uint64_t)p->DIT << 24;
    case SR_SSBS: return (uint64_t)p->SSBS << 12;
    case SR_TCO: return (uint64_t)p->TCO << 25;
    default: return 0;
    }
}

static void set_nzcv(struct cpu *cpu, unsigned nzcv)
{
    struct pstate *p = &cpu->pstate;
    p->N = nzcv >> 3 & 1, p->Z = nzcv >> 2 & 1, p->C = nzcv >> 1 & 1, p->V = nzcv & 1;
}

/* PSTATE.{D,A,I,F} from bits 3 to 0. What becomes deliverable is taken before the next instruction. */
static void set_daif(struct cpu *cpu, unsigned daif)
{
    struct pstate *p = &cpu->pstate;
    bool debug = p->D != (daif >> 3 & 1);

    p->D = daif >> 3 & 1, p->A = daif >> 2 & 1, p->I = daif >> 1 & 1, p->F = daif & 1;
    if (debug)
        debug_update(cpu);
    cpu_resync(cpu);
}

static void set_access_state(struct cpu *cpu, uint8_t *field, unsigned value)
{
    if (*field == value)
        return;
    *field = (uint8_t)value;
    mmu_context_changed(cpu);
    cpu_resync(cpu);
}

void pstate_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    struct pstate *p = &cpu->pstate;
    uint64_t v = cpu->sysreg[r];

    (void)old;
    switch (r) {
    case SR_NZCV: set_nzcv(cpu, v >> 28 & 15); break;
    case SR_DAIF: set_daif(cpu, v >> 6 & 15); break;
    case SR_SPSEL: cpu_set_el_sp(cpu, p->EL, v & 1); break;
    case SR_PAN: set_access_state(cpu, &p->PAN, v >> 22 & 1); break;
    case SR_UAO: set_access_state(cpu, &p->UAO, v >> 23 & 1); break;
    case SR_DIT: p->DIT = v >> 24 & 1; break;
    case SR_SSBS: p->SSBS = v >> 12 & 1; break;
    case SR_TCO: set_access_state(cpu, &p->TCO, v >> 25 & 1); break;
    default: break;
    }
}

uint64_t fp_status_read(struct cpu *cpu, enum sysreg_index r) { return r == SR_FPCR ? cpu->fp.fpcr : cpu->fp.fpsr; }

void fp_status_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    (void)old;
    if (r == SR_FPCR)
        cpu->fp.fpcr = (uint32_t)cpu->sysreg[r];
    else
        cpu->fp.fpsr = (uint32_t)cpu->sysreg[r];
}

unsigned check_fp(struct cpu *cpu, enum sysreg_index r, bool write)
{
    (void)r, (void)write;
    return cpu->fp_trap ? fp_verdict(cpu) : ACCESS_OK;
}

/* DAIF from EL0: always a trap in the host, else SCTLR_EL1.UMA decides. */
unsigned check_daif(struct cpu *cpu, enum sysreg_index r, bool write)
{
    (void)r, (void)write;
    if (cpu->pstate.EL != EL0)
        return ACCESS_OK;
    if (ELIsInHost(cpu, EL0))
        cpu_why(cpu, "DAIF at EL0 in a host (HCR_EL2.{E2H,TGE} = {1,1})", 0, 0, 0, 0);
    else if (control_any(cpu, SR_SCTLR_EL1, SCTLR_UMA))
        return ACCESS_OK;
    return ACCESS_TRAP(exception_default_target(cpu));
}

/* SP_EL0 is UNDEFINED as a register while it is the stack pointer. */
unsigned check_sp_el0(struct cpu *cpu, enum sysreg_index r, bool write)
{
    (void)r, (void)write;
    if (cpu->pstate.SP)
        return ACCESS_OK;
    cpu_why(cpu, "SP_EL0 is the stack pointer in use (PSTATE.SP=0)", 0, 0, 0, 0);
    return ACCESS_UNDEFINED;
}

/* RNDR and RNDRRS: the seed's generator never runs dry, so NZCV is 0000. */
uint64_t rndr_read(struct cpu *cpu, enum sysreg_index r)
{
    (void)r;
    set_nzcv(cpu, 0);
    return machine_random(cpu->machine);
}

/* ---- MSR (immediate) ---- */
static bool undefined(struct cpu *cpu, const char *why)
{
    cpu_why_text(cpu, "MSR (immediate): %s", why);
    AArch64_Undefined(cpu);
    return false;
}

bool AArch64_MSR_imm(struct cpu *cpu, unsigned op1, unsigned op2, unsigned CRm)
{
    struct pstate *p = &cpu->pstate;
    unsigned daif = (unsigned)(p->D << 3 | p->A << 2 | p->I << 1 | p->F), el = p->EL;

    switch (op1 << 3 | op2) {
    case 0 << 3 | 3:
        if (el == EL0 || !HaveFeat(cpu, FEAT_UAO))
            return undefined(cpu, el == EL0 ? "PSTATE.UAO at EL0" : "FEAT_UAO not implemented");
        set_access_state(cpu, &p->UAO, CRm & 1);
        return true;
    case 0 << 3 | 4:
        if (el == EL0 || !HaveFeat(cpu, FEAT_PAN))
            return undefined(cpu, el == EL0 ? "PSTATE.PAN at EL0" : "FEAT_PAN not implemented");
        set_access_state(cpu, &p->PAN, CRm & 1);
        return true;
    case 0 << 3 | 5:
        if (el == EL0)
            return undefined(cpu, "PSTATE.SP at EL0");
        cpu_set_el_sp(cpu, el, CRm & 1);
        return true;
    case 3 << 3 | 1:
        if (!HaveFeat(cpu, FEAT_SSBS2))
            return undefined(cpu, "FEAT_SSBS2 not implemented");
        p->SSBS = CRm & 1;
        return true;
    case 3 << 3 | 2:
        if (!HaveFeat(cpu, FEAT_DIT))
            return undefined(cpu, "FEAT_DIT not implemented");
        p->DIT = CRm & 1;
        return true;
    case 3 << 3 | 4:
        if (!HaveFeat(cpu, FEAT_MTE))
            return undefined(cpu, "FEAT_MTE not implemented");
        set_access_state(cpu, &p->TCO, CRm & 1);
        return true;
    case 3 << 3 | 6:
    case 3 << 3 | 7:
        why_begin(cpu);
        if (check_daif(cpu, SR_DAIF, true) != ACCESS_OK) {
            /* The syndrome holds the encoding as executed: op0 = 0, CRn = 4, Rt = 31. */
            AArch64_Trap(cpu, exception_default_target(cpu), EC_SYS64,
                         op2 << 17 | op1 << 14 | 4u << 10 | 31u << 5 | CRm << 1);
            return false;
        }
        why_end(cpu);
        set_daif(cpu, op2 == 6 ? daif | CRm : daif & ~CRm);
        return true;
    }
    return undefined(cpu, "no such field of PSTATE");
}
