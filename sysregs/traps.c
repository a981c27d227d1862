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
    const char *why_read, *why_write;
    uint8_t el3; /* enum el3_control over the same accesses, EL2's included */
};
#define BOTH(REG, B, WHY) .reg = SR_##REG, .read = B, .write = B, .why_read = #REG "." WHY, .why_write = #REG "." WHY
#define MDCR_TDE          BIT(8)

static const struct coarse coarse_table[CGT_COUNT] = {
    [CGT_TVM] = { .reg = SR_HCR_EL2,
                  .read = HCR_TRVM,
                  .write = HCR_TVM,
                  .why_read = "HCR_EL2.TRVM = 1",
                  .why_write = "HCR_EL2.TVM = 1" },
    [CGT_TID1] = { BOTH(HCR_EL2, BIT(16), "TID1 = 1") },
    [CGT_TID2] = { BOTH(HCR_EL2, BIT(17), "TID2 = 1") },
    [CGT_TID3] = { BOTH(HCR_EL2, BIT(18), "TID3 = 1") },
    [CGT_TID4] = { BOTH(HCR_EL2, BIT(49), "TID4 = 1") },
    [CGT_TID5] = { BOTH(HCR_EL2, BIT(58), "TID5 = 1") },
    [CGT_TACR] = { BOTH(HCR_EL2, BIT(21), "TACR = 1") },
    [CGT_TLOR] = { BOTH(HCR_EL2, BIT(35), "TLOR = 1"), .el3 = EL3_SCR_EL3_TLOR },
    [CGT_TERR] = { BOTH(HCR_EL2, BIT(36), "TERR = 1"), .el3 = EL3_SCR_EL3_TERR },
    [CGT_FIEN] = { BOTH(HCR_EL2, BIT(47), "FIEN = 0"), .negative = true, .el3 = EL3_SCR_EL3_FIEN },
    [CGT_APK] = { BOTH(HCR_EL2, HCR_APK, "APK = 0"), .negative = true, .el3 = EL3_SCR_EL3_APK },
    [CGT_ATA] = { BOTH(HCR_EL2, BIT(56), "ATA = 0"), .negative = true, .el3 = EL3_SCR_EL3_ATA },
    [CGT_TSW] = { BOTH(HCR_EL2, BIT(22), "TSW = 1") },
    [CGT_TPCP] = { BOTH(HCR_EL2, BIT(23), "TPCP = 1") },
    [CGT_TPU] = { BOTH(HCR_EL2, BIT(24), "TPU = 1") },
    [CGT_TOCU] = { BOTH(HCR_EL2, BIT(52), "TOCU = 1") },
    [CGT_TICAB] = { BOTH(HCR_EL2, BIT(50), "TICAB = 1") },
    [CGT_TTLB] = { BOTH(HCR_EL2, BIT(25), "TTLB = 1") },
    [CGT_TTLBIS] = { BOTH(HCR_EL2, BIT(54), "TTLBIS = 1") },
    [CGT_TTLBOS] = { BOTH(HCR_EL2, BIT(55), "TTLBOS = 1") },
    [CGT_TDZ] = { BOTH(HCR_EL2, BIT(28), "TDZ = 1") },
    [CGT_TCPAC] = { BOTH(CPTR_EL2, BIT(31), "TCPAC = 1"), .el3 = EL3_CPTR_EL3_TCPAC },
    [CGT_TDA] = { BOTH(MDCR_EL2, BIT(9) | MDCR_TDE, "{TDE,TDA} != 0"), .in_host = true, .el3 = EL3_MDCR_EL3_TDA },
    [CGT_TDCC] = { BOTH(MDCR_EL2, BIT(27), "TDCC = 1"), .in_host = true, .el3 = EL3_MDCR_EL3_TDCC },
    [CGT_TDOSA] = { BOTH(MDCR_EL2, BIT(10) | MDCR_TDE, "{TDE,TDOSA} != 0"), .in_host = true,
                    .el3 = EL3_MDCR_EL3_TDOSA },
    [CGT_TDRA] = { BOTH(MDCR_EL2, BIT(11) | MDCR_TDE, "{TDE,TDRA} != 0"), .in_host = true, .el3 = EL3_MDCR_EL3_TDA },
    [CGT_TPM] = { BOTH(MDCR_EL2, BIT(6), "TPM = 1"), .in_host = true, .el3 = EL3_MDCR_EL3_TPM },
    [CGT_TPMCR] = { BOTH(MDCR_EL2, BIT(5), "TPMCR = 1"), .in_host = true },
};

unsigned traps_coarse(struct cpu *cpu, unsigned group, bool write)
{
    const struct coarse *c = &coarse_table[group];
    uint64_t bits = write ? c->write : c->read;

    if (cpu->pstate.EL == EL2 || !(cpu->sysreg[c->reg] & bits) != c->negative)
        return ACCESS_OK;
    if (cpu->pstate.EL == EL0 && !c->in_host && ELIsInHost(cpu, EL0))
        return ACCESS_OK;
    cpu_why(cpu, write ? c->why_write : c->why_read, 0, 0, 0, 0);
    return ACCESS_TRAP(EL2);
}

/* The reason names the register by the format and the field's bit by number: a format takes no strings. */
static void fgt_why(struct cpu *cpu, unsigned reg, unsigned bit, bool value)
{
    static const char *const formats[] = { "HFGRTR_EL2 bit %lu = %lu", "HFGWTR_EL2 bit %lu = %lu",
                                           "HDFGRTR_EL2 bit %lu = %lu", "HDFGWTR_EL2 bit %lu = %lu",
                                           "HFGITR_EL2 bit %lu = %lu" };
    unsigned i = reg == SR_HFGRTR_EL2    ? 0
                 : reg == SR_HFGWTR_EL2  ? 1
                 : reg == SR_HDFGRTR_EL2 ? 2
                 : reg == SR_HDFGWTR_EL2 ? 3
                                         : 4;
    cpu_why(cpu, formats[i], bit, value, 0, 0);
}

static bool fgt_enabled(const struct cpu *cpu) { return HaveFeat(cpu, FEAT_FGT) && !el3_traps(cpu, EL3_SCR_EL3_FGTEn); }

static unsigned fgt_check(struct cpu *cpu, const struct fgt *f, bool write)
{
    unsigned reg = write ? f->write_reg : f->read_reg, bit = write ? f->write_bit : f->read_bit;

    if (!reg || !fgt_enabled(cpu) || (cpu->sysreg[reg] >> bit & 1) == f->negative)
        return ACCESS_OK;
    if (cpu->pstate.EL == EL0 && ELIsInHost(cpu, EL0))
        return ACCESS_OK;
    if (f->nXS && cpu->sysreg[SR_HCRX_EL2] >> F_HCRX_EL2_FGTnXS & 1)
        return ACCESS_OK;
    fgt_why(cpu, reg, bit, !f->negative);
    return ACCESS_TRAP(EL2);
}

static const char *el0_why(uint64_t bit)
{
    return bit == SCTLR_UCI   ? "SCTLR_EL%lu.UCI = 0"
           : bit == SCTLR_UCT ? "SCTLR_EL%lu.UCT = 0"
           : bit == SCTLR_DZE ? "SCTLR_EL%lu.DZE = 0"
                              : "SCTLR_EL%lu.EnRCTX = 0";
}

/* Arm's order for a register that several controls cover: the kernel's own control over EL0 first, then those of the
 * hypervisor: coarse, then fine-grained. */
static unsigned traps_below_el3(struct cpu *cpu, const struct sysreg_row *row, enum sysreg_index r, bool write)
{
    unsigned el = cpu->pstate.EL, verdict;

    if (row->el0_sctlr && el == EL0 && !(SCTLR(cpu) & row->el0_sctlr)) {
        cpu_why(cpu, el0_why(row->el0_sctlr), S1TranslationRegime(cpu, EL0), 0, 0, 0);
        return ACCESS_TRAP(exception_default_target(cpu));
    }
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
    if (el == EL0 && SCTLR(cpu) & SCTLR_TSCXT) {
        cpu_why(cpu, "SCTLR_EL%lu.TSCXT = 1", S1TranslationRegime(cpu, EL0), 0, 0, 0);
        return ACCESS_TRAP(exception_default_target(cpu));
    }
    if (el < EL2 && !(el == EL0 && ELIsInHost(cpu, EL0)) && !(cpu->sysreg[SR_HCR_EL2] >> F_HCR_EL2_EnSCXT & 1)) {
        cpu_why(cpu, "HCR_EL2.EnSCXT = 0", 0, 0, 0, 0);
        return ACCESS_TRAP(EL2);
    }
    return ACCESS_OK;
}

/* The Debug Communications Channel: MDSCR_EL1.TDCC over EL0, and HCR_EL2.TGE, with which MDCR_EL2.TDA counts as 1. */
unsigned check_dcc(struct cpu *cpu, enum sysreg_index r, bool write)
{
    bool tdcc = cpu->sysreg[SR_MDSCR_EL1] >> F_MDSCR_EL1_TDCC & 1;

    (void)r, (void)write;
    if (cpu->pstate.EL != EL0 || (!tdcc && !TGE(cpu)))
        return ACCESS_OK;
    cpu_why(cpu, tdcc ? "MDSCR_EL1.TDCC = 1" : "HCR_EL2.TGE = 1, as MDCR_EL2.TDA = 1", 0, 0, 0, 0);
    return ACCESS_TRAP(exception_default_target(cpu));
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

    if (el == EL0 && !(SCTLR(cpu) & (wfe ? SCTLR_nTWE : SCTLR_nTWI))) {
        cpu_why(cpu, wfe ? "SCTLR_EL%lu.nTWE = 0" : "SCTLR_EL%lu.nTWI = 0", S1TranslationRegime(cpu, EL0), 0, 0, 0);
        return wfx_trap(cpu, exception_default_target(cpu), ti, rt);
    }
    if (el != EL2 && !(el == EL0 && ELIsInHost(cpu, EL0)) && cpu->sysreg[SR_HCR_EL2] & (wfe ? HCR_TWE : HCR_TWI)) {
        cpu_why(cpu, wfe ? "HCR_EL2.TWE = 1" : "HCR_EL2.TWI = 1", 0, 0, 0, 0);
        return wfx_trap(cpu, EL2, ti, rt);
    }
    enum el3_control c = wfe ? EL3_SCR_EL3_TWE : EL3_SCR_EL3_TWI;
    if (unlikely(el3_traps(cpu, c))) {
        AArch64_TakeExceptionToEL3(cpu, c, EC_WFX, wfx_iss(ti, rt));
        return false;
    }
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
    if (cpu->pstate.EL == EL1 && cpu->sysreg[SR_HCR_EL2] & HCR_TSC) {
        cpu_why(cpu, "HCR_EL2.TSC = 1", 0, 0, 0, 0);
        AArch64_Trap(cpu, EL2, EC_SMC64, imm16);
        return false;
    }
    if (unlikely(el3_traps(cpu, EL3_SCR_EL3_SMD)))
        return el3_undefined(cpu, EL3_SCR_EL3_SMD);
    return true;
}

/* At EL1 and EL2 alike HCR_EL2.HCD decides, or, with EL3, SCR_EL3.HCE. */
bool sysreg_check_hvc(struct cpu *cpu, unsigned imm16)
{
    (void)imm16;
    if (cpu->pstate.EL != EL0 && cpu->el3.have)
        return el3_traps(cpu, EL3_SCR_EL3_HCE) ? el3_undefined(cpu, EL3_SCR_EL3_HCE) : true;
    if (cpu->pstate.EL != EL0 && !(cpu->sysreg[SR_HCR_EL2] & HCR_HCD))
        return true;
    cpu_why(cpu, cpu->pstate.EL == EL0 ? "HVC at EL0" : "HCR_EL2.HCD = 1", 0, 0, 0, 0);
    AArch64_Undefined(cpu);
    return false;
}

/* AArch64.CheckForSVCTrap(). */
bool sysreg_check_svc(struct cpu *cpu, unsigned imm16)
{
    unsigned el = cpu->pstate.EL;

    if (el == EL2 || !fgt_enabled(cpu) || (el == EL0 && ELIsInHost(cpu, EL0)))
        return true;
    unsigned bit = el == EL0 ? F_HFGITR_EL2_SVC_EL0 : F_HFGITR_EL2_SVC_EL1;
    if (!(cpu->sysreg[SR_HFGITR_EL2] >> bit & 1))
        return true;
    cpu_why(cpu, "HFGITR_EL2.SVC_EL%lu = 1", el, 0, 0, 0);
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
    if (cpu->pstate.EL == EL2 || !fgt_enabled(cpu) || !(cpu->sysreg[SR_HFGITR_EL2] >> F_HFGITR_EL2_ERET & 1))
        return true;
    cpu_why(cpu, "HFGITR_EL2.ERET = 1", 0, 0, 0, 0);
    AArch64_Trap(cpu, EL2, EC_ERET, pac << 1 | (pac & keyb));
    return false;
}

/* TrapPACUse(). */
bool sysreg_check_pauth_use(struct cpu *cpu)
{
    unsigned el = cpu->pstate.EL;

    if (el != EL2 && !(cpu->sysreg[SR_HCR_EL2] & HCR_API) && !(el == EL0 && ELIsInHost(cpu, EL0))) {
        cpu_why(cpu, "HCR_EL2.API = 0", 0, 0, 0, 0);
        AArch64_Trap(cpu, EL2, EC_PAC, 0);
        return false;
    }
    if (unlikely(el3_traps(cpu, EL3_SCR_EL3_API))) {
        AArch64_TakeExceptionToEL3(cpu, EL3_SCR_EL3_API, EC_PAC, 0);
        return false;
    }
    return true;
}
