/* Self-hosted debug: breakpoints, watchpoints, software step, and the debug system registers. Arm ARM D2 and the
 * pseudocode of BreakpointMatch, WatchpointMatch, StateMatch and SSAdvance. AArch64 only, no EL3, no external debugger.
 * Six breakpoints, of which the last two can match contexts, and four watchpoints. */
#include "sysregs/sysregs.h"

#include <stdlib.h>

#include "core/exception.h"
#include "core/state.h"
#include "core/trace.h"
#include "mmu/mmu.h"

enum { BREAKPOINTS = 6, CONTEXT_BREAKPOINTS = 2, WATCHPOINTS = 4, DFSC_DEBUG = 0x22 };

#define MDSCR_SS   BIT(0)
#define MDSCR_KDE  BIT(13)
#define MDSCR_MDE  BIT(15)
#define MDCR_TDE   BIT(8)
#define MDCR_TDA   BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA  BIT(11)
#define OSLSR_OSLK BIT(1)
#define OSLSR_OSLM BIT(3) /* the OS Lock exists */
/* Writable fields: DBGBCR BT, LBN, SSC, HMC, BAS, PMC, E; DBGWCR MASK, WT, LBN, SSC, HMC, BAS, LSC, PAC, E. */
#define BCR_MASK  UINT64_C(0x00ffe1e7)
#define BCR_BAS   UINT64_C(0x1e0) /* RES1 without AArch32 */
#define WCR_MASK  UINT64_C(0x1f1fffff)
#define CONTROL_E BIT(0)

struct debug_state {
    enum { STEP_NONE, STEP_DID, STEP_DID_EXCLUSIVE } stepped; /* for ESR_ELx.ISV and EX */
    bool next_is_exclusive; /* the instruction about to be stepped is a Load-Exclusive */
};

/* DBGBVRn, DBGBCRn, DBGWVRn, DBGWCRn of one n follow one another in the table, but MDCCINT and others stand between
 * the groups of different n. */
static const uint16_t bvr[BREAKPOINTS] = { SR_DBGBVR0_EL1, SR_DBGBVR1_EL1, SR_DBGBVR2_EL1,
                                           SR_DBGBVR3_EL1, SR_DBGBVR4_EL1, SR_DBGBVR5_EL1 };
static const uint16_t bcr[BREAKPOINTS] = { SR_DBGBCR0_EL1, SR_DBGBCR1_EL1, SR_DBGBCR2_EL1,
                                           SR_DBGBCR3_EL1, SR_DBGBCR4_EL1, SR_DBGBCR5_EL1 };
static const uint16_t wvr[WATCHPOINTS] = { SR_DBGWVR0_EL1, SR_DBGWVR1_EL1, SR_DBGWVR2_EL1, SR_DBGWVR3_EL1 };
static const uint16_t wcr[WATCHPOINTS] = { SR_DBGWCR0_EL1, SR_DBGWCR1_EL1, SR_DBGWCR2_EL1, SR_DBGWCR3_EL1 };

/* ---- When debug exceptions are generated ---- */

static unsigned DebugTarget(const struct cpu *cpu)
{
    return TGE(cpu) || cpu->sysreg[SR_MDCR_EL2] & MDCR_TDE ? EL2 : EL1;
}

static bool AArch64_GenerateDebugExceptions(const struct cpu *cpu)
{
    unsigned from = cpu->pstate.EL, target = DebugTarget(cpu);
    if (cpu->sysreg[SR_OSLSR_EL1] & OSLSR_OSLK)
        return false;
    if (from == target)
        return cpu->sysreg[SR_MDSCR_EL1] & MDSCR_KDE && !cpu->pstate.D;
    return target > from;
}

static bool step_enabled(const struct cpu *cpu)
{
    return cpu->sysreg[SR_MDSCR_EL1] & MDSCR_SS && AArch64_GenerateDebugExceptions(cpu);
}

static bool any_enabled(const struct cpu *cpu, const uint16_t *control, unsigned n)
{
    bool any = false;
    for (unsigned i = 0; i < n; i++)
        any |= cpu->sysreg[control[i]] & CONTROL_E;
    return any;
}

void debug_update(struct cpu *cpu)
{
    uint64_t mdscr = cpu->sysreg[SR_MDSCR_EL1];
    bool step = false, breakpoints = false, watchpoints = false;
    if (unlikely(mdscr & (MDSCR_SS | MDSCR_MDE))) {
        bool generate = AArch64_GenerateDebugExceptions(cpu);
        step = mdscr & MDSCR_SS && generate;
        breakpoints = mdscr & MDSCR_MDE && generate && any_enabled(cpu, bcr, BREAKPOINTS);
        /* Independent of the EL, so that it changes only with the registers and not at every exception. */
        watchpoints =
            mdscr & MDSCR_MDE && !(cpu->sysreg[SR_OSLSR_EL1] & OSLSR_OSLK) && any_enabled(cpu, wcr, WATCHPOINTS);
    }
    if (!step)
        cpu->debug->stepped = STEP_NONE;
    if (cpu->wp_active != watchpoints) {
        cpu->wp_active = watchpoints;
        tlb_flush_fast(cpu);
    }
    if (cpu->debug_active != (step || breakpoints)) {
        cpu->debug_active = step || breakpoints;
        cpu_resync(cpu);
    }
    pmu_el_entered(cpu);
}

/* ---- Matching ---- */

static bool in_host(const struct cpu *cpu) { return ELIsInHost(cpu, cpu->pstate.EL); }

/* AArch64.BreakpointValueMatch() of a context breakpoint: its Context ID and VMID comparisons. */
static bool context_match(const struct cpu *cpu, unsigned n)
{
    uint64_t value = cpu->sysreg[bvr[n]];
    unsigned type = cpu->sysreg[bcr[n]] >> 20 & 15;
    bool guest = cpu->pstate.EL < EL2 && !in_host(cpu);
    uint32_t id1 = (uint32_t)cpu->sysreg[SR_CONTEXTIDR_EL1], id2 = (uint32_t)cpu->sysreg[SR_CONTEXTIDR_EL2];
    switch (type >> 1) {
    case 1: return in_host(cpu) ? id2 == (uint32_t)value : guest && id1 == (uint32_t)value;
    case 3: return guest && id1 == (uint32_t)value;
    case 4: return guest && mmu_vmid(cpu) == (value >> 32 & 0xffff);
    case 5: return guest && mmu_vmid(cpu) == (value >> 32 & 0xffff) && id1 == (uint32_t)value;
    case 6: return id2 == value >> 32;
    case 7: return guest && id1 == (uint32_t)value && id2 == value >> 32;
    default: return false; /* address types, reserved types */
    }
}

/* A breakpoint that others link to: enabled, context-aware, of a linked context type, and matching. */
static bool linked_match(const struct cpu *cpu, unsigned n)
{
    if (n < BREAKPOINTS - CONTEXT_BREAKPOINTS || n >= BREAKPOINTS)
        return false;
    uint64_t control = cpu->sysreg[bcr[n]];
    return control & CONTROL_E && control >> 20 & 1 && control >> 21 & 7 && context_match(cpu, n);
}

/* AArch64.StateMatch(): HMC, SSC and PMC/PAC against el, then the linked breakpoint. There is only Non-secure state and
 * no EL3, so SSC 01 and 10 are reserved, as are the combinations listed; reserved means disabled. */
static bool StateMatch(const struct cpu *cpu, uint64_t control, unsigned el, bool linked)
{
    unsigned hmc = control >> 13 & 1, ssc = control >> 14 & 3, pxc = control >> 1 & 3;
    unsigned code = hmc << 4 | ssc << 2 | pxc;
    if (ssc == 1 || ssc == 2 || (code & 0x1c) == 0x0c || code == 0x10 || code == 0x12 || code == 0x1d ||
        (code & 0x1e) == 0x1e || (!hmc && !pxc))
        return false;
    bool match = el == EL2 ? hmc || ssc == 3 : pxc >> (el == EL1 ? 0 : 1) & 1;
    return match && (!linked || linked_match(cpu, control >> 16 & 15));
}

static bool BreakpointMatch(const struct cpu *cpu, unsigned n, uint64_t pc)
{
    uint64_t control = cpu->sysreg[bcr[n]];
    unsigned type = control >> 20 & 15;
    bool linked = type & 1;
    if (!(control & CONTROL_E))
        return false;
    if (type > 1) { /* a context breakpoint on its own; a linked one only serves others */
        if (linked || n < BREAKPOINTS - CONTEXT_BREAKPOINTS || !context_match(cpu, n))
            return false;
    } else if (cpu->sysreg[bvr[n]] != pc) {
        return false;
    }
    return StateMatch(cpu, control, cpu->pstate.EL, type == 1);
}

/* Lowest address of [va, va + size) that watchpoint n watches; false if none. BAS that is not one contiguous run, or
 * not all ones with MASK, is CONSTRAINED UNPREDICTABLE: taken literally, and with MASK as all ones. */
static bool watched(const struct cpu *cpu, unsigned n, uint64_t va, unsigned size, uint64_t *hit)
{
    uint64_t value = cpu->sysreg[wvr[n]], control = cpu->sysreg[wcr[n]];
    unsigned mask = control >> 24 & 31, bas = control >> 5 & 0xff;
    if (mask) { /* 1 and 2 are reserved: as 3 */
        uint64_t bytes = BIT(mask < 3 ? 3 : mask), start = value & ~(bytes - 1);
        *hit = va > start ? va : start;
        return va < start + bytes && start < va + size;
    }
    if (value & 4)
        bas &= 15; /* word-aligned: only BAS[3:0] */
    for (; bas; bas &= bas - 1) {
        uint64_t byte = (value & ~UINT64_C(3)) + (unsigned)__builtin_ctz(bas);
        if (byte - va < size) {
            *hit = byte;
            return true;
        }
    }
    return false;
}

/* AArch64.WatchpointMatch(). */
static bool WatchpointMatch(const struct cpu *cpu, unsigned n, uint64_t va, unsigned size, unsigned acc, uint64_t *hit)
{
    uint64_t control = cpu->sysreg[wcr[n]];
    bool store = acc & ACC_WRITE, load = !store || acc & ACC_ATOMIC;
    unsigned el = acc & ACC_UNPRIV ? EL0 : cpu->pstate.EL;
    if (!(control & CONTROL_E) || !((control & BIT(3) && load) || (control & BIT(4) && store)))
        return false;
    uint64_t untagged = (uint64_t)((int64_t)(va << 8) >> 8);
    if (!StateMatch(cpu, control, el, control >> 20 & 1) || !watched(cpu, n, untagged, size, hit))
        return false;
    *hit = va + (*hit - untagged); /* FAR keeps the tag */
    return true;
}

/* ---- Exceptions ---- */

static void take(struct cpu *cpu, struct exception *e, uint64_t pc)
{
    unsigned target = cpu->pstate.EL == EL2 ? EL2 : DebugTarget(cpu);
    if (cpu->pstate.EL != EL2) {
        (void)(control_any(cpu, SR_HCR_EL2, HCR_TGE) || control_any(cpu, SR_MDCR_EL2, MDCR_TDE));
        why_decides(cpu, 1);
    }
    AArch64_TakeException(cpu, target, e, pc, VECT_SYNC);
}

bool debug_watchpoint(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc)
{
    uint64_t hit = va;
    unsigned n = 0;
    if (!AArch64_GenerateDebugExceptions(cpu))
        return false;
    while (n < WATCHPOINTS && !WatchpointMatch(cpu, n, va, size, acc, &hit))
        n++;
    if (n == WATCHPOINTS)
        return false;
    if (acc & ACC_NOFAULT)
        return true;
    struct exception e = { .ec = EC_WATCHPOINT_LOWER,
                           .iss = DFSC_DEBUG | (acc & ACC_WRITE ? BIT(6) : 0) | (acc & ACC_CACHE_OP ? BIT(8) : 0),
                           .vaddr = hit,
                           .vaddr_valid = true };
    cpu_why(cpu, "watchpoint %lu|DBGWVR %#lx, DBGWCR %#lx", n, 0, cpu->sysreg[wvr[n]], cpu->sysreg[wcr[n]]);
    take(cpu, &e, PC(cpu));
    return true;
}

/* LDXR, LDAXR, LDXP, LDAXP of any size. */
static bool is_load_exclusive(uint32_t word)
{
    return (word >> 24 & 0x3f) == 0x08 && !(word >> 23 & 1) && word >> 22 & 1 && (!(word >> 21 & 1) || word >> 31);
}

static void software_step(struct cpu *cpu)
{
    struct exception e = { .ec = EC_STEP_LOWER, .iss = DFSC_DEBUG };
    if (cpu->debug->stepped != STEP_NONE)
        e.iss |= BIT(24) | (cpu->debug->stepped == STEP_DID_EXCLUSIVE ? BIT(6) : 0);
    cpu_why(cpu, "software step: MDSCR_EL1.SS=1, PSTATE.SS=0", 0, 0, 0, 0);
    take(cpu, &e, cpu->pc);
}

bool debug_software_step(struct cpu *cpu)
{
    uint32_t word = 0;

    if (!step_enabled(cpu))
        return false;
    if (!cpu->pstate.SS) {
        software_step(cpu);
        return true;
    }
    cpu->debug->next_is_exclusive = mem_debug_read(cpu, cpu->pc, &word, 4) == 4 && is_load_exclusive(word);
    return false;
}

bool debug_breakpoint(struct cpu *cpu)
{
    if (!(cpu->sysreg[SR_MDSCR_EL1] & MDSCR_MDE) || !AArch64_GenerateDebugExceptions(cpu))
        return false;
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (BreakpointMatch(cpu, n, cpu->pc)) {
            struct exception e = { .ec = EC_BREAKPOINT_LOWER, .iss = DFSC_DEBUG };
            cpu_why(cpu, "breakpoint %lu|DBGBVR %#lx, DBGBCR %#lx", n, 0, cpu->sysreg[bvr[n]], cpu->sysreg[bcr[n]]);
            take(cpu, &e, cpu->pc);
            return true;
        }
    return false;
}

/* SSAdvance(). */
void debug_after_insn(struct cpu *cpu)
{
    if (!(cpu->sysreg[SR_MDSCR_EL1] & MDSCR_SS) || !cpu->pstate.SS)
        return;
    cpu->pstate.SS = 0;
    cpu->debug->stepped = cpu->debug->next_is_exclusive ? STEP_DID_EXCLUSIVE : STEP_DID;
}

/* ---- Registers ---- */

uint64_t debug_read(struct cpu *cpu, enum sysreg_index r)
{
    switch (r) {
    case SR_MDRAR_EL1: return 0;
    case SR_OSLSR_EL1: return (cpu->sysreg[r] & OSLSR_OSLK) | OSLSR_OSLM;
    case SR_DBGAUTHSTATUS_EL1: return 0x0f; /* NSID, NSNID: implemented and enabled */
    case SR_DBGCLAIMSET_EL1: return 0xff;
    case SR_DBGCLAIMCLR_EL1: return cpu->sysreg[SR_DBGCLAIMCLR_EL1];
    case SR_OSLAR_EL1: return 0;
    default: return cpu->sysreg[r];
    }
}

/* Address breakpoints hold bits [52:2] of an address, sign-extended; context ones what is compared. The type may be
 * written after the value, so the low bits are dropped only for the types of address. */
static void sanitise_breakpoint(struct cpu *cpu, unsigned n)
{
    uint64_t *value = &cpu->sysreg[bvr[n]], *control = &cpu->sysreg[bcr[n]];
    *control = (*control & BCR_MASK) | BCR_BAS;
    if ((*control >> 20 & 15) < 2)
        *value = (uint64_t)((int64_t)(*value << 11) >> 11) & ~UINT64_C(3);
}

static void breakpoint_written(struct cpu *cpu, enum sysreg_index r)
{
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        if (r == bcr[n])
            sanitise_breakpoint(cpu, n);
        else if (r == bvr[n] && cpu->sysreg[bcr[n]] & CONTROL_E)
            sanitise_breakpoint(cpu, n);
    for (unsigned n = 0; n < WATCHPOINTS; n++) {
        if (r == wcr[n])
            cpu->sysreg[r] &= WCR_MASK;
        else if (r == wvr[n])
            cpu->sysreg[r] = (uint64_t)((int64_t)(cpu->sysreg[r] << 11) >> 11) & ~UINT64_C(3);
    }
}

void debug_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    uint64_t value = cpu->sysreg[r];
    switch (r) {
    case SR_OSLAR_EL1:
        cpu->sysreg[r] = 0;
        cpu->sysreg[SR_OSLSR_EL1] = OSLSR_OSLM | (value & 1 ? OSLSR_OSLK : 0);
        break;
    case SR_DBGCLAIMSET_EL1:
        cpu->sysreg[r] = 0;
        cpu->sysreg[SR_DBGCLAIMCLR_EL1] |= value & 0xff;
        return;
    case SR_DBGCLAIMCLR_EL1: cpu->sysreg[r] = old & ~value & 0xff; return;
    case SR_OSDLR_EL1: cpu->sysreg[r] = 0; return; /* FEAT_DoubleLock is not implemented: RAZ/WI */
    default: breakpoint_written(cpu, r); break;
    }
    debug_update(cpu);
}

/* The MDCR_EL2 bit that, beside TDE, traps the register to EL2. */
static uint64_t hypervisor_trap(enum sysreg_index r)
{
    switch (r) {
    case SR_OSLAR_EL1:
    case SR_OSLSR_EL1:
    case SR_OSDLR_EL1:
    case SR_DBGPRCR_EL1: return MDCR_TDOSA;
    case SR_MDRAR_EL1: return MDCR_TDRA;
    default: return MDCR_TDA;
    }
}

/* n of DBGBVRn, DBGBCRn, DBGWVRn and DBGWCRn, at op0 = 2, CRn = 0, CRm = n, op2 = 4 to 7: is it one we do not have? */
static bool unimplemented_pair(enum sysreg_index r)
{
    return (r >= SR_DBGBVR6_EL1 && r <= SR_DBGWCR15_EL1) || r == SR_DBGWVR4_EL1 || r == SR_DBGWCR4_EL1 ||
           r == SR_DBGWVR5_EL1 || r == SR_DBGWCR5_EL1;
}

unsigned debug_check(struct cpu *cpu, enum sysreg_index r, bool write)
{
    (void)write;
    if (unimplemented_pair(r)) {
        cpu_why(cpu, "breakpoint or watchpoint not implemented (ID_AA64DFR0_EL1.BRPs, WRPs)", 0, 0, 0, 0);
        return ACCESS_UNDEFINED;
    }
    if (cpu->pstate.EL == EL2)
        return ACCESS_OK;
    bool trap = control_any(cpu, SR_HCR_EL2, HCR_TGE) || control_any(cpu, SR_MDCR_EL2, MDCR_TDE | hypervisor_trap(r));
    return trap ? ACCESS_TRAP(EL2) : ACCESS_OK;
}

bool debug_create(struct cpu *cpu)
{
    cpu->debug = calloc(1, sizeof *cpu->debug);
    mmu_watchpoint = debug_watchpoint;
    return cpu->debug;
}

/* The OS Lock is locked at reset; nothing debugs until software unlocks it. */
void debug_reset(struct cpu *cpu)
{
    cpu->sysreg[SR_OSLSR_EL1] = OSLSR_OSLM | OSLSR_OSLK;
    cpu->sysreg[SR_OSDLR_EL1] = 0;
    cpu->sysreg[SR_DBGCLAIMCLR_EL1] = 0;
    cpu->sysreg[SR_MDSCR_EL1] = 0;
    for (unsigned n = 0; n < BREAKPOINTS; n++)
        cpu->sysreg[bcr[n]] = BCR_BAS;
    for (unsigned n = 0; n < WATCHPOINTS; n++)
        cpu->sysreg[wcr[n]] = 0;
    debug_update(cpu);
}

void debug_visit(struct state_pass *s, struct cpu *cpu)
{
    static const struct state_field fields[] = {
        STATE_TO(struct debug_state, stepped, STATE_GUEST, STEP_DID_EXCLUSIVE),
        STATE_ANY(struct debug_state, next_is_exclusive, STATE_GUEST),
    };
    STATE_LAYOUT_OF(layout, struct debug_state, fields);
    state_walk(s, &layout, cpu->debug);
}
