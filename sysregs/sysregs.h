/* System registers and system instructions: rows (sysregs/sysregs.def), access checks, hooks. Arm ARM D19, D22; access
 * pseudocode of each register; STYLE.md "System registers". */
#ifndef SVEMU_SYSREGS_SYSREGS_H
#define SVEMU_SYSREGS_SYSREGS_H

#include "core/cpu.h"

struct state_pass; /* core/state.h */

/* ---- Rows ----
 * SYSREG(NAME, op0, op1, CRn, CRm, op2, columns): a register. Its value is cpu->sysreg[SR_NAME], sanitised on every
 * write by sysregs/fields.def (RES0 and RES1 bits keep their values), unless a hook says otherwise.
 * SYSINSN(NAME, op1, CRn, CRm, op2, columns): a system instruction (op0 = 1). */

struct sysreg_row;

/* What a check hook, or the trap columns, decide about one access. */
enum {
    ACCESS_OK = 0,
    ACCESS_UNDEFINED = 0xff,
};
/* Trap to el (EL1 or EL2) with EC 0x18 and the access's syndrome; or with another class (its ISS follows from the
 * class). */
#define ACCESS_TRAP(el)        (0x1800u | (el))
#define ACCESS_TRAP_EC(el, ec) ((unsigned)(ec) << 8 | (el))
/* To EL3, by a control of core/el3.def. The class of a verdict is in its bits 15:8. */
#define ACCESS_TRAP_EL3(c, ec) ((unsigned)(c) << 16 | (unsigned)(ec) << 8 | EL3)
static inline unsigned access_ec(unsigned verdict) { return verdict >> 8 & 0xff; }

/* The generic hooks. r is the register accessed after E2H redirection and _EL12/_EL02 aliasing: reading CPACR_EL1 at
 * EL2 with E2H set calls the hooks of CPTR_EL2. read: the value MRS returns; without it, cpu->sysreg[r]. written: the
 * new value, masked by fields.def, is in cpu->sysreg[r] already; old is what was there. The hook acts, or puts
 * something else there (a write-only register's hook sets it back to 0, a virtual view restores old). check: called
 * after UNDEFINED-by-EL and by feature and before the row's coarse and fine-grained traps, with the current EL in
 * cpu->pstate.EL; returns ACCESS_x. It only looks, at every control through control() in Arm's order, because it is run
 * again to record why (core/why.h); where no control decides, cpu_why() gives the cause. It holds the controls that
 * are not one bit of one register: EL0 enables (PMUSERENR_EL0, CNTKCTL_EL1, ...), ICH_HCR_EL2, HPMN. */
typedef uint64_t sysreg_read_fn(struct cpu *cpu, enum sysreg_index r);
typedef void sysreg_written_fn(struct cpu *cpu, enum sysreg_index r, uint64_t old);
typedef unsigned sysreg_check_fn(struct cpu *cpu, enum sysreg_index r, bool write);
/* System instructions. exec: x is the transfer register's value (0 without one); false: an exception was taken. */
typedef bool sysinsn_exec_fn(struct cpu *cpu, const struct sysreg_row *row, uint64_t x);

/* The hooks that rows name, one function of each kind per file, switching on r. Every row of these four files names all
 * three, so their defaults are: return cpu->sysreg[r]; nothing; ACCESS_OK. MDCR_EL2's written calls debug_written and
 * pmu_written, HCR_EL2's gic_written, CNTHCTL_EL2 and CNTKCTL_EL1 belong to timer. */
#define SYSREG_HOOKS(FILE)            \
    sysreg_read_fn FILE##_read;       \
    sysreg_written_fn FILE##_written; \
    sysreg_check_fn FILE##_check
SYSREG_HOOKS(timer); /* CNT*; sysregs/timer.c */
SYSREG_HOOKS(gic);   /* ICC_*, ICV behind them, ICH_*; sysregs/gic.c */
SYSREG_HOOKS(pmu);   /* PM*; sysregs/pmu.c */
SYSREG_HOOKS(debug); /* op0 = 2 but PM*, and MDCR_EL2's written; sysregs/debug.c */

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
/* Write as MSR at EL2 would, through masks and hooks but without traps and redirection: r is the register itself.
 * false: this CPU has none that can be written. */
bool sysreg_poke(struct cpu *cpu, enum sysreg_index r, uint64_t value) MUST_CHECK;
/* "TVM=0x1 VM=0x1": the fields of value that are not 0, for people; empty for a register without fields. */
void sysreg_format(enum sysreg_index r, uint64_t value, char *text, size_t size);
/* The field of r whose lowest bit is lo, in the layout for HCR_EL2.E2H = e2h; NULL: none. */
const char *sysreg_field_name(enum sysreg_index r, unsigned lo, bool e2h);
/* Does this CPU have the register (its feature is claimed and it is modelled)? For lists. */
bool sysreg_claimed(const struct cpu *cpu, enum sysreg_index r);
/* op0, op1, CRn, CRm, op2. */
void sysreg_encoding(enum sysreg_index r, unsigned encoding[5]);
void sysreg_init(void);             /* check the table; abort naming the row */
void sysreg_reset(struct cpu *cpu); /* reset values; UNKNOWN fields from the seed's poison */

/* The block of DC ZVA, DC GVA, DC GZVA and STZGM: 4 << DCZID_EL0.BS bytes, BS above 9 (reserved) counting as 9. */
unsigned zva_block(const struct cpu *cpu);

/* ID registers are computed from the CPU's features (core/feature.def) into cpu->sysreg once, at creation. */
void id_registers_compute(struct cpu *cpu);

/* Owned by their files; create allocates the state in struct cpu. */
bool gic_create(struct cpu *cpu);
/* cpu_why() for the physical or virtual interrupt that is about to be taken. */
void gic_why_physical(struct cpu *cpu);
void gic_why_virtual(struct cpu *cpu);
void gic_reset(struct cpu *cpu); /* the CPU interface; the redistributor is the board's to reset */
bool generic_timer_create(struct cpu *cpu);
void timer_reset(struct cpu *cpu);
/* CNTVCT_EL0 as the current EL reads it: what WFIT and WFET compare with. */
uint64_t timer_virtual_count(struct cpu *cpu);
/* Time (ns) of the next event of the enabled event streams (CNTKCTL_EL1.EVNTEN, CNTHCTL_EL2.EVNTEN), EVENT_NEVER if
 * neither is enabled: when a WFE on this CPU ends at the latest. */
uint64_t timer_next_event_stream(struct cpu *cpu);
bool pmu_create(struct cpu *cpu);
void pmu_reset(struct cpu *cpu);
void pmu_el_changed(struct cpu *cpu); /* EL filters: called before EL or its controls change */
void pmu_el_entered(struct cpu *cpu); /* and after (by debug_update), and when a wait ends: when counters overflow is
                                         worked out again */
bool debug_create(struct cpu *cpu);
void debug_reset(struct cpu *cpu);
/* Recompute cpu->debug_active and wp_active (MDSCR_EL1, OSLAR, DBGBCR, PSTATE.D/EL/SS changed). */
void debug_update(struct cpu *cpu);
/* With debug_active: before the instruction at cpu->pc is fetched; and when it has been. They take a Software Step and
 * a Breakpoint exception, and then return true. */
bool debug_software_step(struct cpu *cpu);
bool debug_breakpoint(struct cpu *cpu);
/* With debug_active, after an instruction completed without exception: advance the single-step state machine. */
void debug_after_insn(struct cpu *cpu);
/* Watchpoint check of one access by mmu/access.c (through debug_watchpoint_hook). */
bool debug_watchpoint(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc);

/* Their state, for snapshots. */
void gic_visit(struct state_pass *s, struct cpu *cpu);
void timer_visit(struct state_pass *s, struct cpu *cpu);
void pmu_visit(struct state_pass *s, struct cpu *cpu);
void debug_visit(struct state_pass *s, struct cpu *cpu);
/* The registers themselves: what the architecture makes constant must be the same. */
void sysreg_visit(struct state_pass *s, struct cpu *cpu);

/* Output lines of the generic timers and PMU go to the interrupt controller through these (set by the board). */
extern void (*ppi_set)(struct cpu *cpu, unsigned intid, bool level);

/* The vector length in bits that the CPU would have at EL0, EL1 or EL2 with its registers as they are; 128 without SVE
 * (sve.c). */
unsigned vl_at(const struct cpu *cpu, unsigned el);

#endif
