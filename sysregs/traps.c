/* Which accesses trap, to which EL, and why. Arm ARM D1.3.8 (configurable instruction controls), D19.2 (HCR_EL2,
 * MDCR_EL2, HFGxTR_EL2, ...). Each coarse control is stated once here; rows name it. */
#include "core/exception.h"
#include "core/machine.h"
#include "sysregs/rows.h"

/* One control of EL2 over a group of accesses. Nothing of HCR_EL2 applies to EL0 in the host (E2H and TGE). */
struct coarse {
    uint16_t reg;
    bool in_host;         /* applies to EL0 in the host as well */
    bool negative;        /* traps where the bit is 0 */
    uint64_t read, write; /* bits */
    uint8_t el3;          /* enum el3_control over the same accesses, EL2's included */
};
#define BOTH(REG, B) .reg = SR_##REG, .read = B, .write = B
#define MDCR_TDE     BIT(8)

static const struct coarse coarse_table[CGT_COUNT] = {
    [CGT_TVM] = { .reg = SR_HCR_EL2, .read = HCR_TRVM, .write = HCR_TVM },
    [CGT_TID1] = { BOTH(HCR_EL2, BIT(16)) },
    [CGT_TID2] = { BOTH(HCR_EL2, BIT(17)) },
    [CGT_TID3] = { BOTH(HCR_EL2, BIT(18)) },
    [CGT_TID4] = { BOTH(HCR_EL2, BIT(49)) },
    [CGT_TID5] = { BOTH(HCR_EL2, BIT(58)) },
    [CGT_TACR] = { BOTH(HCR_EL2, BIT(21)) },
    [CGT_TLOR] = { BOTH(HCR_EL2, BIT(35)), .el3 = EL3_SCR_EL3_TLOR },
    [CGT_TERR] = { BOTH(HCR_EL2, BIT(36)), .el3 = EL3_SCR_EL3_TERR },
    [CGT_FIEN] = { BOTH(HCR_EL2, BIT(47)), .negative = true, .el3 = EL3_SCR_EL3_FIEN },
    [CGT_APK] = { BOTH(HCR_EL2, HCR_APK), .negative = true, .el3 = EL3_SCR_EL3_APK },
    [CGT_ATA] = { BOTH(HCR_EL2, BIT(56)), .negative = true, .el3 = EL3_SCR_EL3_ATA },
    [CGT_TSW] = { BOTH(HCR_EL2, BIT(22)) },
    [CGT_TPCP] = { BOTH(HCR_EL2, BIT(23)) },
    [CGT_TPU] = { BOTH(HCR_EL2, BIT(24)) },
    [CGT_TOCU] = { BOTH(HCR_EL2, BIT(52)) },
    [CGT_TICAB] = { BOTH(HCR_EL2, BIT(50)) },
    [CGT_TTLB] = { BOTH(HCR_EL2, BIT(25)) },
    [CGT_TTLBIS] = { BOTH(HCR_EL2, BIT(54)) },
    [CGT_TTLBOS] = { BOTH(HCR_EL2, BIT(55)) },
    [CGT_TDZ] = { BOTH(HCR_EL2, BIT(28)) },
    [CGT_TCPAC] = { BOTH(CPTR_EL2, BIT(31)), .el3 = EL3_CPTR_EL3_TCPAC },
    [CGT_TDA] = { BOTH(MDCR_EL2, BIT(9) | MDCR_TDE), .in_host = true, .el3 = EL3_MDCR_EL3_TDA },
    [CGT_TDCC] = { BOTH(MDCR_EL2, BIT(27)), .in_host = true, .el3 = EL3_MDCR_EL3_TDCC },
    [CGT_TDOSA] = { BOTH(MDCR_EL2, BIT(10) | MDCR_TDE), .in_host = true, .el3 = EL3_MDCR_EL3_TDOSA },
    [CGT_TDRA] = { BOTH(MDCR_EL2, BIT(11) | MDCR_TDE), .in_host = true, .el3 = EL3_MDCR_EL3_TDA },
    [CGT_TPM] = { BOTH(MDCR_EL2, BIT(6)), .in_host = true, .el3 = EL3_MDCR_EL3_TPM },
    [CGT_TPMCR] = { BOTH(MDCR_EL2, BIT(5)), .in_host = true },
};

unsigned traps_coarse(struct cpu *cpu, unsigned group, bool write)
{
    const struct coarse *c = &coarse_table[group];

    if (cpu->pstate.EL == EL2 || (cpu->pstate.EL == EL0 && !c->in_host && ELIsInHost(cpu, EL0)))
        return ACCESS_OK;
    return control_any(cpu, c->reg, write ? c->write : c->read) == c->negative ? ACCESS_OK : ACCESS_TRAP(EL2);
}

static bool fgt_enabled(const struct cpu *cpu) { return HaveFeat(cpu, FEAT_FGT) && !el3_traps(cpu, EL3_SCR_EL3_FGTEn); }

static unsigned fgt_check(struct cpu *cpu, const struct fgt *f, bool write)
{
    unsigned reg = write ? f->write_reg : f->read_reg, bit = write ? f->write_bit : f->read_bit;

    if (!reg || !fgt_enabled(cpu) || (cpu->pstate.EL == EL0 && ELIsInHost(cpu, EL0)))
        return ACCESS_OK;
    if (f->nXS && control(cpu, SR_HCRX_EL2, F_HCRX_EL2_FGTnXS, 1))
        return ACCESS_OK;
    return control(cpu, reg, bit, 1) == f->negative ? ACCESS_OK : ACCESS_TRAP(EL2);
}

/* SCTLR_ELx of the regime that EL0 runs in. */
static enum sysreg_index sctlr_of_el0(const struct cpu *cpu)
{
    return S1TranslationRegime(cpu, EL0) == EL2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1;
}

/* Arm's order for a register that several controls cover: the kernel's own control over EL0 first, then those of the
 * hypervisor: coarse, then fine-grained. */
static unsigned traps_below_el3(struct cpu *cpu, const struct sysreg_row *row, enum sysreg_index r, bool write)
{
    unsigned el = cpu->pstate.EL, verdict;

    if (row->el0_sctlr && el == EL0 && !control_any(cpu, sctlr_of_el0(cpu), row->el0_sctlr))
        return ACCESS_TRAP(exception_default_target(cpu));
    if (row->check && (verdict = row->check(cpu, r, write)) != ACCESS_OK)
        return verdict;
    if (el == EL2)
        return ACCESS_OK;
    for (unsigned i = 0; i < 3 && row->coarse[i]; i++)
        if ((verdict = traps_coarse(cpu, row->coarse[i], write)) != ACCESS_OK)
            return verdict;
    return fgt_check(cpu, &row->fgt, write);
}

/* EL3 comes last: the forms that come first (EL3SDDUndefPriority) are those of Debug state. */
static unsigned el3_check(const struct cpu *cpu, const struct sysreg_row *row)
{
    if (el3_traps(cpu, row->el3))
        return ACCESS_TRAP_EL3(row->el3, EC_SYS64);
    for (unsigned i = 0; i < 3 && row->coarse[i]; i++) {
        enum el3_control c = coarse_table[row->coarse[i]].el3;
        if (el3_traps(cpu, c))
            return ACCESS_TRAP_EL3(c, EC_SYS64);
    }
    return ACCESS_OK;
}

unsigned traps_check(struct cpu *cpu, const struct sysreg_row *row, enum sysreg_index r, bool write)
{
    unsigned verdict = traps_below_el3(cpu, row, r, write);
    return likely(!cpu->el3.denied) || verdict ? verdict : el3_check(cpu, row);
}

/* ---- Checks that rows name ---- */

/* SCXTNUM_EL0 and SCXTNUM_EL1: SCTLR_ELx.TSCXT over EL0, HCR_EL2.EnSCXT over EL0 and EL1. */
unsigned check_scxtnum(struct cpu *cpu, enum sysreg_index r, bool write)
{
    unsigned el = cpu->pstate.EL;

    (void)r, (void)write;
    if (el == EL0 && control_any(cpu, sctlr_of_el0(cpu), SCTLR_TSCXT))
        return ACCESS_TRAP(exception_default_target(cpu));
    if (el < EL2 && !(el == EL0 && ELIsInHost(cpu, EL0)) && !control(cpu, SR_HCR_EL2, F_HCR_EL2_EnSCXT, 1))
        return ACCESS_TRAP(EL2);
    return ACCESS_OK;
}

/* The Debug Communications Channel: MDSCR_EL1.TDCC over EL0, and HCR_EL2.TGE, with which MDCR_EL2.TDA counts as 1. */
unsigned check_dcc(struct cpu *cpu, enum sysreg_index r, bool write)
{
    (void)r, (void)write;
    if (cpu->pstate.EL != EL0)
        return ACCESS_OK;
    bool trapped = control(cpu, SR_MDSCR_EL1, F_MDSCR_EL1_TDCC, 1) || control_any(cpu, SR_HCR_EL2, HCR_TGE);
    return trapped ? ACCESS_TRAP(exception_default_target(cpu)) : ACCESS_OK;
}

/* ---- Instructions outside the register space ---- */

/* AArch64.WFxTrap(): CV = 1, COND = AL; RN and RV for the forms with a timeout register. */
static uint32_t wfx_iss(unsigned ti, unsigned rt)
{
    uint32_t iss = 1u << 24 | 0xeu << 20 | ti;
    return ti >= 2 ? iss | rt << 5 | 1u << 2 : iss;
}

static bool wfx_trap(struct cpu *cpu, unsigned target, unsigned ti, unsigned rt)
{
    AArch64_Trap(cpu, target, EC_WFX, wfx_iss(ti, rt));
    return false;
}

bool AArch64_CheckForWFxTrap(struct cpu *cpu, unsigned ti, unsigned rt)
{
    bool wfe = ti & 1;
    unsigned el = cpu->pstate.EL;

    if (el == EL2 && !cpu->el3.denied)
        return true;
    why_begin(cpu);
    if (el == EL0 && !control_any(cpu, sctlr_of_el0(cpu), wfe ? SCTLR_nTWE : SCTLR_nTWI))
        return wfx_trap(cpu, exception_default_target(cpu), ti, rt);
    if (el != EL2 && !(el == EL0 && ELIsInHost(cpu, EL0)) && control_any(cpu, SR_HCR_EL2, wfe ? HCR_TWE : HCR_TWI))
        return wfx_trap(cpu, EL2, ti, rt);
    enum el3_control c = wfe ? EL3_SCR_EL3_TWE : EL3_SCR_EL3_TWI;
    if (unlikely(el3_traps(cpu, c))) {
        AArch64_TakeExceptionToEL3(cpu, c, EC_WFX, wfx_iss(ti, rt));
        return false;
    }
    why_end(cpu);
    return true;
}

/* UNDEFINED because EL3 says so; not an exception to EL3. */
static bool el3_undefined(struct cpu *cpu, enum el3_control c)
{
    el3_tell(cpu, cpu, c, EL3_UNDEFINED);
    cpu_why(cpu, el3_table[c].why, 0, 0, 0, 0);
    AArch64_Undefined(cpu);
    return false;
}

/* SMC with the firmware inside the emulator: as on a PE with EL3, so that HCR_EL2.TSC works as hypervisors use it. */
bool sysreg_check_smc(struct cpu *cpu, unsigned imm16)
{
    if (cpu->pstate.EL == EL0) {
        cpu_why(cpu, "SMC at EL0", 0, 0, 0, 0);
        AArch64_Undefined(cpu);
        return false;
    }
    why_begin(cpu);
    if (cpu->pstate.EL == EL1 && control_any(cpu, SR_HCR_EL2, HCR_TSC)) {
        AArch64_Trap(cpu, EL2, EC_SMC64, imm16);
        return false;
    }
    if (unlikely(el3_traps(cpu, EL3_SCR_EL3_SMD)))
        return el3_undefined(cpu, EL3_SCR_EL3_SMD);
    why_end(cpu);
    return true;
}

/* At EL1 and EL2 alike HCR_EL2.HCD decides, or, with EL3, SCR_EL3.HCE. */
bool sysreg_check_hvc(struct cpu *cpu, unsigned imm16)
{
    (void)imm16;
    why_begin(cpu);
    if (cpu->pstate.EL == EL0)
        cpu_why(cpu, "HVC at EL0", 0, 0, 0, 0);
    else if (cpu->el3.have) {
        if (!el3_traps(cpu, EL3_SCR_EL3_HCE))
            return true;
        return el3_undefined(cpu, EL3_SCR_EL3_HCE);
    } else if (!control_any(cpu, SR_HCR_EL2, HCR_HCD))
        return true; /* the exception follows, and what was looked at belongs to it */
    AArch64_Undefined(cpu);
    return false;
}

/* AArch64.CheckForSVCTrap(). */
bool sysreg_check_svc(struct cpu *cpu, unsigned imm16)
{
    unsigned el = cpu->pstate.EL;

    why_begin(cpu); /* for the exception that follows in any case */
    if (el == EL2 || !fgt_enabled(cpu) || (el == EL0 && ELIsInHost(cpu, EL0)))
        return true;
    if (!control(cpu, SR_HFGITR_EL2, el == EL0 ? F_HFGITR_EL2_SVC_EL0 : F_HFGITR_EL2_SVC_EL1, 1))
        return true;
    AArch64_TakeException(cpu, EL2, &(struct exception){ .ec = EC_SVC64, .iss = imm16 }, PC(cpu), VECT_SYNC);
    return false;
}

/* AArch64.CheckForERetTrap(); ERET at EL0 is UNDEFINED. pac: ERETAA or ERETAB; keyb: the latter. */
bool sysreg_check_eret(struct cpu *cpu, unsigned pac, unsigned keyb)
{
    if (cpu->pstate.EL == EL0) {
        cpu_why(cpu, "ERET at EL0", 0, 0, 0, 0);
        AArch64_Undefined(cpu);
        return false;
    }
    if (cpu->pstate.EL == EL2 || !fgt_enabled(cpu))
        return true;
    why_begin(cpu);
    if (control(cpu, SR_HFGITR_EL2, F_HFGITR_EL2_ERET, 1)) {
        AArch64_Trap(cpu, EL2, EC_ERET, pac << 1 | (pac & keyb));
        return false;
    }
    why_end(cpu);
    return true;
}

/* TrapPACUse(). */
bool sysreg_check_pauth_use(struct cpu *cpu)
{
    unsigned el = cpu->pstate.EL;

    if (el != EL2 && !(cpu->sysreg[SR_HCR_EL2] & HCR_API) && !(el == EL0 && ELIsInHost(cpu, EL0))) {
        why_begin(cpu);
        (void)control_any(cpu, SR_HCR_EL2, HCR_API);
        AArch64_Trap(cpu, EL2, EC_PAC, 0);
        return false;
    }
    if (unlikely(el3_traps(cpu, EL3_SCR_EL3_API))) {
        AArch64_TakeExceptionToEL3(cpu, EL3_SCR_EL3_API, EC_PAC, 0);
        return false;
    }
    return true;
}
