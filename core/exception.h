/* Taking exceptions and returning from them. Arm ARM D1.3, pseudocode aarch64/exceptions. All of these act at once on
 * the PE (PC, PSTATE, ELR, SPSR, ESR, FAR, HPFAR) and set cpu->redirect; the caller returns without touching state. */
#ifndef SVEMU_CORE_EXCEPTION_H
#define SVEMU_CORE_EXCEPTION_H

#include "core/cpu.h"
#include "core/why.h"

enum exception_class {
    EC_UNKNOWN = 0x00,
    EC_WFX = 0x01,
    EC_FP_SVE_ACCESS = 0x07,
    EC_LS64 = 0x0a,
    EC_PAC = 0x09,
    EC_BTI = 0x0d,
    EC_ILLEGAL = 0x0e,
    EC_SVC64 = 0x15,
    EC_HVC64 = 0x16,
    EC_SMC64 = 0x17,
    EC_SYS64 = 0x18,
    EC_SVE = 0x19,
    EC_ERET = 0x1a,
    EC_FPAC = 0x1c,
    EC_IABT_LOWER = 0x20,
    EC_IABT_SAME = 0x21,
    EC_PC_ALIGN = 0x22,
    EC_DABT_LOWER = 0x24,
    EC_DABT_SAME = 0x25,
    EC_SP_ALIGN = 0x26,
    EC_MOPS = 0x27,
    EC_FP_EXC = 0x2c,
    EC_SERROR = 0x2f,
    EC_BREAKPOINT_LOWER = 0x30,
    EC_BREAKPOINT_SAME = 0x31,
    EC_STEP_LOWER = 0x32,
    EC_STEP_SAME = 0x33,
    EC_WATCHPOINT_LOWER = 0x34,
    EC_WATCHPOINT_SAME = 0x35,
    EC_BRK64 = 0x3c,
    EC_IRQ = 0x100, /* ours: asynchronous, no ESR; for statistics and trace */
    EC_FIQ = 0x101,
    EC_VIRQ = 0x102,
    EC_VFIQ = 0x103,
};

/* Arm's ExceptionRecord. ec of the _LOWER kind becomes _SAME when taken to the current EL. */
struct exception {
    unsigned ec;
    uint32_t iss;   /* ESR_ELx[24:0] */
    uint32_t iss2;  /* ESR_ELx[55:32] */
    bool il16;      /* ESR_ELx.IL = 0 (never for A64 except where Arm says so) */
    uint64_t vaddr; /* FAR_ELx when vaddr_valid */
    bool vaddr_valid;
    uint64_t ipa; /* HPFAR_EL2 when ipa_valid and taken to EL2 */
    bool ipa_valid;
};

/* Vector offsets within the quarter that AArch64_TakeException selects. */
enum { VECT_SYNC = 0x0, VECT_IRQ = 0x80, VECT_FIQ = 0x100, VECT_SERROR = 0x180 };

/* AArch64.TakeException(). target is EL1 or EL2; preferred_return goes to ELR; vect is VECT_x, to which 0x200, 0x400 is
 * added here by the EL and SP it comes from. */
void AArch64_TakeException(struct cpu *cpu, unsigned target, const struct exception *e, uint64_t preferred_return,
                           unsigned vect);

/* The EL that synchronous exceptions without further routing go to: the current EL, or from EL0 EL1 or, with TGE, EL2.
 */
unsigned exception_default_target(const struct cpu *cpu);

void AArch64_Undefined(struct cpu *cpu); /* EC 0x00 */
/* Trap of the current instruction to target with a ready syndrome; preferred return is this instruction. */
void AArch64_Trap(struct cpu *cpu, unsigned target, unsigned ec, uint32_t iss);
void AArch64_CallSupervisor(struct cpu *cpu, unsigned imm16);     /* SVC: return address is the next insn */
void AArch64_CallHypervisor(struct cpu *cpu, unsigned imm16);     /* HVC, checks done by the caller */
void AArch64_SoftwareBreakpoint(struct cpu *cpu, unsigned imm16); /* BRK */
void AArch64_PCAlignmentFault(struct cpu *cpu, uint64_t pc);
void AArch64_SPAlignmentFault(struct cpu *cpu);
void AArch64_BranchTargetException(struct cpu *cpu, unsigned btype);
void AArch64_IllegalExecution(struct cpu *cpu);               /* PSTATE.IL */
void AArch64_PACFailException(struct cpu *cpu, uint32_t iss); /* FEAT_FPAC */
/* AArch64.ExceptionReturn(): ERET, with the illegal-return rules (R_VWJHB). */
void AArch64_ExceptionReturn(struct cpu *cpu, uint64_t new_pc, uint64_t spsr);

/* CheckFPAdvSIMDEnabled64 / CheckSVEEnabled: true when the instruction may go on, else the trap has been taken. The
 * slow path behind cpu->fp_trap and cpu->sve_trap. */
bool CheckFPEnabled64(struct cpu *cpu) MUST_CHECK;
bool CheckSVEEnabled(struct cpu *cpu) MUST_CHECK;

/* Words for an enum exception_class, for people. */
const char *exception_class_name(unsigned ec);

/* Is there an interrupt or SError that can be taken now? Takes it (cpu->pc is the return address) and returns true. */
bool cpu_take_interrupt(struct cpu *cpu);
/* Is a physical SError masked here, or not taken at this EL at all? */
bool cpu_serror_masked(struct cpu *cpu);
/* InterruptPending(): a wake-up event for WFI. Physical interrupts count wherever they go and whatever masks them,
 * virtual ones where they are enabled. */
bool cpu_wakeup_pending(struct cpu *cpu);

#endif
