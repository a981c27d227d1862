// Hardware breakpoints, watchpoints, single step and BRK from EL1, routed to EL2 by MDCR_EL2.TDE, then taken at EL1.
#include "bare.h"

const char bare_name[] = "debug_el1";

#define MDCR_TDE      BIT(8)
#define MDSCR_SS      BIT(0)
#define MDSCR_KDE     BIT(13)
#define MDSCR_MDE     BIT(15)
#define SPSR_SS       BIT(21)
#define DBG_ENABLE    BIT(0)
#define DBG_EL1       (1 << 1)
#define WCR_LOAD      (1 << 3)
#define WCR_STORE     (2 << 3)
#define BAS(mask)     ((uint64_t)(mask) << 5)
#define FSC_DEBUG     0x22
#define STEP_ISV      BIT(24)
#define STEP_EX       BIT(6)
#define ESR_OF(ec, s) ((uint64_t)(ec) << 26 | BIT(25) | (s))

extern char routine[], routine_middle[], routine_ldxr[], routine_end[];
uint64_t routine_call(uint64_t address);

// Straight-line code, so that every step's address is known; it stores 1 to [x0].
asm(".global routine, routine_middle, routine_ldxr, routine_end, routine_call\n"
    "routine_call:\n"
    "routine:\n"
    "mov x1, #1\n"
    "nop\n"
    "routine_middle:\n"
    "str w1, [x0]\n"
    "ldr w2, [x0]\n"
    "routine_ldxr:\n"
    "ldxr w3, [x0]\n"
    "clrex\n"
    "nop\n"
    "routine_end:\n"
    "ret\n");

static uint32_t target[4] __attribute__((aligned(16)));
static unsigned taken;
static struct exception first;

static void disarm(void)
{
    WRITE(dbgbcr0_el1, 0);
    WRITE(dbgwcr0_el1, 0);
    ISB();
}

static bool record(struct exception *exception)
{
    uint64_t ec = ESR_EC(exception->esr);

    if (ec < EC_BREAKPOINT_LOWER || ec > EC_BRK)
        return false;
    if (!taken++)
        first = *exception;
    disarm();
    if (ec == EC_BRK)
        exception->elr += 4;
    return true;
}

// Runs the routine on target[index] at EL1 and says how many debug exceptions came.
static unsigned run(unsigned index, uint64_t (*f)(uint64_t))
{
    taken = 0;
    first = (struct exception){ 0 };
    this_cpu()->sync = record;
    ISB();
    call_el(1, f, (uintptr_t)&target[index]);
    return taken;
}

static void check_first(const char *what, uint64_t el, uint64_t esr, const char *elr)
{
    print("debug_el1: ");
    print(what);
    print("\n");
    check_equal("exceptions", taken, 1);
    check_equal("EL", first.el, el);
    check_equal("ESR", first.esr, esr);
    check_equal("ELR", first.elr, (uintptr_t)elr);
}

static void arm_breakpoint(const char *at)
{
    WRITE(dbgbvr0_el1, at);
    WRITE(dbgbcr0_el1, DBG_ENABLE | DBG_EL1 | BAS(0xf));
}

static void arm_watchpoint(unsigned index, uint64_t bytes, uint64_t kinds)
{
    WRITE(dbgwvr0_el1, (uintptr_t)&target[index] & ~7ull);
    WRITE(dbgwcr0_el1, DBG_ENABLE | DBG_EL1 | kinds | BAS(bytes));
}

static void check_routed(void)
{
    arm_breakpoint(routine_middle);
    run(0, routine_call);
    check_first("breakpoint", 2, ESR_OF(EC_BREAKPOINT_LOWER, FSC_DEBUG), routine_middle);

    target[0] = 0;
    arm_watchpoint(0, 0x0f, WCR_STORE);
    run(0, routine_call);
    check_first("watchpoint on a store", 2, ESR_OF(EC_WATCHPOINT_LOWER, FSC_DEBUG | BIT(6)), routine_middle);
    check_equal("FAR", first.far, (uintptr_t)&target[0]);
    check_equal("the store is done afterwards", target[0], 1);
    arm_watchpoint(0, 0x0f, WCR_LOAD);
    run(0, routine_call);
    check_first("watchpoint on a load", 2, ESR_OF(EC_WATCHPOINT_LOWER, FSC_DEBUG), routine_middle + 4);
    arm_watchpoint(0, 0xf0, WCR_LOAD | WCR_STORE);
    check_equal("watchpoint on the bytes beside it", run(0, routine_call), 0);
    arm_watchpoint(0, 0xf0, WCR_STORE);
    run(1, routine_call);
    check_first("watchpoint on the upper word", 2, ESR_OF(EC_WATCHPOINT_LOWER, FSC_DEBUG | BIT(6)), routine_middle);
}

static uint64_t step_elr[16], step_esr[16];

static bool record_step(struct exception *exception)
{
    if (ESR_EC(exception->esr) != EC_STEP_LOWER)
        return false;
    step_elr[taken % 16] = exception->elr;
    step_esr[taken % 16] = exception->esr;
    taken++;
    if (exception->elr == (uintptr_t)routine_end) {
        WRITE(mdscr_el1, READ(mdscr_el1) & ~MDSCR_SS);
        ISB();
    }
    exception->spsr |= SPSR_SS;
    return true;
}

// The first step begins in enter_el's trampoline; the routine's own are the last seven.
static void check_steps(void)
{
    unsigned start, count = (unsigned)(routine_end - routine) / 4;

    print("debug_el1: single step\n");
    taken = 0;
    this_cpu()->sync = record_step;
    WRITE(mdscr_el1, MDSCR_SS | MDSCR_MDE);
    ISB();
    call_el_with(1, routine_call, (uintptr_t)&target[0], SPSR_SS);
    WRITE(mdscr_el1, MDSCR_MDE);
    ISB();
    check("steps came", taken > count && taken < 16);
    start = taken - count - 1;
    for (unsigned i = 0; i <= count && taken < 16; i++) {
        bool after_ldxr = step_elr[start + i] == (uintptr_t)routine_ldxr + 4;

        check_equal("ELR of a step", step_elr[start + i], (uintptr_t)routine + 4 * i);
        check_equal("ESR of a step", step_esr[start + i],
                    ESR_OF(EC_STEP_LOWER, STEP_ISV | FSC_DEBUG | (after_ldxr ? STEP_EX : 0)));
    }
}

static uint64_t do_brk(uint64_t unused)
{
    asm volatile(".global the_brk\nthe_brk: brk #0x4321");
    return unused;
}
extern char the_brk[];

// With the exceptions taken at EL1 itself, PSTATE.D decides.
static uint64_t run_unmasked(uint64_t address)
{
    asm volatile("msr daifclr, #8; isb");
    routine_call(address);
    asm volatile("msr daifset, #8; isb");
    return 0;
}

static void check_own(void)
{
    run(0, do_brk);
    check_first("BRK routed to EL2", 2, ESR_OF(EC_BRK, 0x4321), the_brk);
    WRITE(mdcr_el2, READ(mdcr_el2) & ~MDCR_TDE);
    WRITE(mdscr_el1, MDSCR_MDE | MDSCR_KDE);
    ISB();
    run(0, do_brk);
    check_first("BRK at EL1", 1, ESR_OF(EC_BRK, 0x4321), the_brk);
    arm_breakpoint(routine_middle);
    run(0, run_unmasked);
    check_first("breakpoint at EL1", 1, ESR_OF(EC_BREAKPOINT_LOWER + 1, FSC_DEBUG), routine_middle);
    arm_watchpoint(0, 0x0f, WCR_STORE);
    run(0, run_unmasked);
    check_first("watchpoint at EL1", 1, ESR_OF(EC_WATCHPOINT_LOWER + 1, FSC_DEBUG | BIT(6)), routine_middle);
    arm_breakpoint(routine_middle);
    check_equal("breakpoint with PSTATE.D set", run(0, routine_call), 0);
    disarm();
}

void bare_main(void)
{
    check("starts at EL2", current_el() == 2);
    if (current_el() != 2)
        return;
    disarm();
    WRITE(oslar_el1, 0);
    WRITE(mdcr_el2, READ(mdcr_el2) | MDCR_TDE);
    WRITE(mdscr_el1, MDSCR_MDE);
    ISB();
    check_routed();
    check_steps();
    check_own();
}
