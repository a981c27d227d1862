/* System registers and system instructions: rows (sysregs/sysregs.def), access checks, hooks. Arm ARM D19, D22; access
 * pseudocode of each register; STYLE.md "System registers". */
#ifndef SVEMU_SYSREGS_SYSREGS_H
#define SVEMU_SYSREGS_SYSREGS_H

#include "core/cpu.h"

/* Resolve an encoding for MRS/MSR/SYS at decode time: an opaque handle, stable for the run. Never fails: unallocated
 * encodings give a handle whose access is UNDEFINED (or the IDST trap). */
unsigned sysreg_handle(unsigned op0, unsigned op1, unsigned CRn, unsigned CRm, unsigned op2);
/* AArch64.SysRegRead/Write and SysInstr: all checks, traps in Arm's order, redirection and hooks. rt is the transfer
 * register's number for the syndrome. false: an exception was taken. */
bool AArch64_SysRegRead(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t *value) MUST_CHECK;
bool AArch64_SysRegWrite(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t value) MUST_CHECK;
bool AArch64_SysInstr(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t value) MUST_CHECK;
bool AArch64_SysInstrWithResult(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t *value) MUST_CHECK;
/* MSR (immediate): op1, op2, CRm as encoded, with its checks (DAIFSet at EL0 under UMA, PAN, UAO, SPSel, ...). */
bool AArch64_MSR_imm(struct cpu *cpu, unsigned op1, unsigned op2, unsigned CRm) MUST_CHECK;
/* The trap checks of WFI/WFE/WFIT/WFET (ti as in ESR.ISS.TI): true when the instruction may go on. */
bool AArch64_CheckForWFxTrap(struct cpu *cpu, unsigned ti, unsigned rt) MUST_CHECK;
/* Checks for SMC/HVC/ERET traps and PAuth (HCR_EL2.API/APK, HFGITR_EL2.ERET/SVC...): true when it may go on. */
bool sysreg_check_smc(struct cpu *cpu, unsigned imm16) MUST_CHECK;
bool sysreg_check_hvc(struct cpu *cpu, unsigned imm16) MUST_CHECK;
bool sysreg_check_svc(struct cpu *cpu, unsigned imm16) MUST_CHECK;
bool sysreg_check_eret(struct cpu *cpu, unsigned pac, unsigned keyb) MUST_CHECK;
bool sysreg_check_pauth_use(struct cpu *cpu) MUST_CHECK; /* TrapPACUse */

/* By name, for the loader, monitor and tests. */
const char *sysreg_name(enum sysreg_index r);
enum sysreg_index sysreg_by_name(const char *name); /* SR_COUNT when unknown */
/* Value as a read at EL2 would give it, without traps or side effects. */
uint64_t sysreg_peek(struct cpu *cpu, enum sysreg_index r);
void sysreg_init(void);              /* check the table; abort naming the row */
void sysreg_reset(struct cpu *cpu);  /* reset values; UNKNOWN fields from the seed's poison */

/* ID registers are computed from the CPU's features (core/feature.def) into cpu->sysreg once, at creation. */
void id_registers_compute(struct cpu *cpu);

/* Owned by their files; create allocates the state in struct cpu. */
bool timer_create(struct cpu *cpu);
void timer_reset(struct cpu *cpu);
bool pmu_create(struct cpu *cpu);
void pmu_reset(struct cpu *cpu);
void pmu_el_changed(struct cpu *cpu); /* EL filters: called before EL or its controls change */
bool debug_create(struct cpu *cpu);
void debug_reset(struct cpu *cpu);
/* Recompute cpu->debug_active and wp_active (MDSCR_EL1, OSLAR, DBGBCR, PSTATE.D/EL/SS changed). */
void debug_update(struct cpu *cpu);
/* With debug_active: before the instruction at cpu->pc. Takes a software step or breakpoint exception and returns true. */
bool debug_before_insn(struct cpu *cpu);
/* With debug_active, after an instruction completed without exception: advance the single-step state machine. */
void debug_after_insn(struct cpu *cpu);
/* Watchpoint check of one access by mmu/access.c (through debug_watchpoint_hook). */
bool debug_watchpoint(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc);

/* Output lines of the generic timers and PMU go to the interrupt controller through these (set by the board). */
extern void (*ppi_set)(struct cpu *cpu, unsigned intid, bool level);

#endif
