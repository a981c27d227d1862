/* Branches, exception generation and return, and branch target identification. Arm ARM C4.1 (Branches, Exception
 * Generating and System instructions), C6.2, D8.4.6 (BTI). The PAuth forms are in pauth.c. */
#include "isa/isa.h"

#include "core/machine.h"
#include "isa/branch.h"
#include "sysregs/sysregs.h"

/* ---- Direct ---- */
static ALWAYS_INLINE void branch_offset(struct cpu *cpu, const struct op *op) { BranchTo(cpu, PC(cpu) + op->imm); }

void exec_B_uncond(struct cpu *cpu, const struct op *op) { branch_offset(cpu, op); }
void exec_BL(struct cpu *cpu, const struct op *op)
{
    uint64_t pc = PC(cpu);
    SetX(cpu, 30, pc + 4);
    BranchTo(cpu, pc + op->imm);
}
void exec_B_cond(struct cpu *cpu, const struct op *op)
{
    if (ConditionHolds(cpu, op->cond))
        branch_offset(cpu, op);
}
void exec_BC_cond(struct cpu *cpu, const struct op *op) { exec_B_cond(cpu, op); }

static ALWAYS_INLINE bool is_zero(const struct cpu *cpu, const struct op *op)
{
    uint64_t v = X(cpu, op->Rt);
    return op->sf ? v == 0 : (uint32_t)v == 0;
}
void exec_CBZ(struct cpu *cpu, const struct op *op)
{
    if (is_zero(cpu, op))
        branch_offset(cpu, op);
}
void exec_CBNZ(struct cpu *cpu, const struct op *op)
{
    if (!is_zero(cpu, op))
        branch_offset(cpu, op);
}
static ALWAYS_INLINE bool test_bit(const struct cpu *cpu, const struct op *op)
{
    return X(cpu, op->Rt) >> (op->b5 << 5 | op->b40) & 1;
}
void exec_TBZ(struct cpu *cpu, const struct op *op)
{
    if (!test_bit(cpu, op))
        branch_offset(cpu, op);
}
void exec_TBNZ(struct cpu *cpu, const struct op *op)
{
    if (test_bit(cpu, op))
        branch_offset(cpu, op);
}

/* ---- Indirect ---- */
/* InGuardedPage of the instruction being executed: its page was fetched through the fetch TLB, so the entry is there.
 */
static bool in_guarded_page(const struct cpu *cpu)
{
    const struct fetch_entry *e = &cpu->fetch_tlb[PC(cpu) >> 12 & (FETCH_TLB_ENTRIES - 1)];
    return e->guarded;
}
void branch_set_btype(struct cpu *cpu, unsigned n, bool link)
{
    if (!HaveFeat(cpu, FEAT_BTI))
        return;
    if (link)
        cpu->pstate.BTYPE = 2;
    else
        cpu->pstate.BTYPE = in_guarded_page(cpu) && n != 16 && n != 17 ? 3 : 1;
}
void exec_BR(struct cpu *cpu, const struct op *op)
{
    branch_set_btype(cpu, op->Rn, false);
    BranchTo(cpu, X(cpu, op->Rn));
}
void exec_BLR(struct cpu *cpu, const struct op *op)
{
    uint64_t target = X(cpu, op->Rn);
    branch_set_btype(cpu, op->Rn, true);
    SetX(cpu, 30, PC(cpu) + 4);
    BranchTo(cpu, target);
}
void exec_RET(struct cpu *cpu, const struct op *op) { BranchTo(cpu, X(cpu, op->Rn)); }

/* PACIxSP as a landing pad: an implicit BTI, for BTYPE 3 unless SCTLR_ELx.BT0/BT1 says otherwise. */
static bool BTypeCompatible_PACIXSP(const struct cpu *cpu)
{
    unsigned bit = cpu->pstate.EL == EL0 ? 35 : 36; /* SCTLR_ELx.BT0; BT1, which is SCTLR_EL2.BT at EL2 */
    return cpu->pstate.BTYPE != 3 || !(SCTLR(cpu) & BIT(bit));
}
bool branch_target_ok(const struct cpu *cpu, uint32_t word)
{
    unsigned btype = cpu->pstate.BTYPE;

    if (btype == 0)
        return true;
    if ((word & 0xffffff3f) == 0xd503241f) { /* BTI {c|j|jc}: BTypeCompatible_BTI() */
        switch (word >> 6 & 3) {
        case 1: return btype != 3;
        case 2: return btype != 2;
        case 3: return true;
        default: return false;
        }
    }
    if (word == 0xd503233f || word == 0xd503237f) /* PACIASP, PACIBSP */
        return BTypeCompatible_PACIXSP(cpu);
    /* BRK and HLT take their own exceptions whatever BTYPE is. */
    return (word & 0xffe0001f) == 0xd4200000 || (word & 0xffe0001f) == 0xd4400000;
}

/* ---- Exception generation and return ---- */
void exec_SVC(struct cpu *cpu, const struct op *op)
{
    if (sysreg_check_svc(cpu, op->imm16))
        AArch64_CallSupervisor(cpu, op->imm16);
}
void exec_HVC(struct cpu *cpu, const struct op *op)
{
    if (sysreg_check_hvc(cpu, op->imm16))
        AArch64_CallHypervisor(cpu, op->imm16);
}
/* EL3 is not implemented; what would be its firmware is built in (core/psci.c). */
void exec_SMC(struct cpu *cpu, const struct op *op)
{
    if (sysreg_check_smc(cpu, op->imm16))
        cpu->machine->firmware_call(cpu);
}
void exec_BRK(struct cpu *cpu, const struct op *op) { AArch64_SoftwareBreakpoint(cpu, op->imm16); }
void exec_HLT(struct cpu *cpu, const struct op *op)
{
    (void)op;
    UNDEFINED(cpu, "HLT where halting debug is not allowed");
}
/* There is no Debug state. */
static void dcps(struct cpu *cpu) { UNDEFINED(cpu, "DCPS outside Debug state"); }
void exec_DCPS1(struct cpu *cpu, const struct op *op) { (void)op, dcps(cpu); }
void exec_DCPS2(struct cpu *cpu, const struct op *op) { (void)op, dcps(cpu); }
void exec_DCPS3(struct cpu *cpu, const struct op *op) { (void)op, dcps(cpu); }
void exec_UDF_perm_undef(struct cpu *cpu, const struct op *op)
{
    (void)op;
    UNDEFINED(cpu, "UDF instruction");
}

void branch_exception_return(struct cpu *cpu, uint64_t target)
{
    bool el2 = cpu->pstate.EL == EL2;
    AArch64_ExceptionReturn(cpu, target, cpu->sysreg[el2 ? SR_SPSR_EL2 : SR_SPSR_EL1]);
}
void exec_ERET(struct cpu *cpu, const struct op *op)
{
    (void)op;
    if (cpu->pstate.EL == EL0)
        UNDEFINED(cpu, "ERET at EL0");
    else if (sysreg_check_eret(cpu, 0, 0))
        branch_exception_return(cpu, cpu->sysreg[cpu->pstate.EL == EL2 ? SR_ELR_EL2 : SR_ELR_EL1]);
}
