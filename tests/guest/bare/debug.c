// Self-hosted debug (Arm ARM D2): software step, breakpoints and watchpoints of EL1 code by EL2, and of EL2 by itself.
#include "bare.h"

const char bare_name[] = "debug";

#define MDCR_TDE   BIT(8)
#define MDSCR_SS   BIT(0)
#define MDSCR_KDE  BIT(13)
#define MDSCR_MDE  BIT(15)
#define SPSR_SS    BIT(21)
#define ISS_ISV_EX (BIT(24) | BIT(6))
#define DFSC_DEBUG 0x22
#define STEPS_MAX  16

extern char stepped[], stepped_ldxr[], stepped_end[], watching[], watched[];

asm(".text\n"
    "stepped:\n"
    "    nop\n"
    "    adrp x2, watched\n"
    "    add x2, x2, :lo12:watched\n"
    "stepped_ldxr:\n"
    "    ldxr x3, [x2]\n"
    "    stxr w4, x3, [x2]\n" // fails: the exceptions between clear the monitor
    "stepped_end:\n"
    "    ret\n"
    "watching:\n"
    "    adrp x2, watched\n"
    "    add x2, x2, :lo12:watched\n"
    "    ldr x3, [x2, #8]\n"      // 8
    "    str x3, [x2, #8]\n"      // 12
    "    ldrb w3, [x2, #3]\n"     // 16
    "    stp x3, x3, [x2, #-8]\n" // 20
    "    ret\n"
    ".bss\n"
    ".balign 64\n"
    ".space 64\n"
    "watched: .space 64\n"
    ".text\n");

static struct step {
    uint64_t pc, esr;
} steps[STEPS_MAX];
static unsigned step_count;
static uint64_t end_pc;

// Goes on stepping until end_pc is reached.
static bool on_step(struct exception *e)
{
    if (ESR_EC(e->esr) != EC_STEP_LOWER && ESR_EC(e->esr) != EC_STEP_LOWER + 1)
        return false;
    if (step_count < STEPS_MAX)
        steps[step_count++] = (struct step){ e->elr, e->esr };
    if (e->elr == end_pc || step_count == STEPS_MAX)
        WRITE(mdscr_el1, 0);
    else
        e->spsr |= SPSR_SS;
    return true;
}

static void check_steps(unsigned ec)
{
    unsigned first = 0;

    while (first < step_count && steps[first].pc != (uintptr_t)stepped)
        first++;
    check("the first instruction is reached", first < step_count);
    for (unsigned i = first; i < step_count; i++)
        check_equal("address", steps[i].pc, (uintptr_t)stepped + 4 * (i - first));
    check_equal("the last one", steps[step_count - 1].pc, (uintptr_t)stepped_end);
    for (unsigned i = 0; i < step_count; i++) {
        bool exclusive = steps[i].pc == (uintptr_t)stepped_ldxr + 4;
        check_equal("class", ESR_EC(steps[i].esr), ec);
        if (i)
            check_equal("syndrome", steps[i].esr & 0x1ffffff, (exclusive ? ISS_ISV_EX : BIT(24)) | DFSC_DEBUG);
    }
}

static void step_at_el2(void)
{
    step_count = 0;
    end_pc = (uintptr_t)stepped_end;
    WRITE(mdcr_el2, READ(mdcr_el2) | MDCR_TDE);
    asm volatile("msr daifclr, #8" ::: "memory");
    WRITE(mdscr_el1, MDSCR_SS | MDSCR_KDE); // PSTATE.SS is 0: pending at once
    ISB();
    ((void (*)(void))stepped)();
    asm volatile("msr daifset, #8" ::: "memory");
    check_steps(EC_STEP_LOWER + 1);
}

// Everything that the function does at EL1, from its first instruction on, is stepped by EL2.
static uint64_t step_pc(uint64_t unused)
{
    asm volatile("nop; nop" ::: "memory");
    return unused + 5;
}
static bool on_step_el1(struct exception *e)
{
    if (ESR_EC(e->esr) != EC_STEP_LOWER)
        return false;
    check_equal("syndrome", e->esr & 0x1ffffff, (step_count ? BIT(24) : 0) | DFSC_DEBUG);
    step_count++;
    e->spsr |= SPSR_SS;
    return true;
}

static void step_el1_from_el2(void)
{
    step_count = 0;
    this_cpu()->sync = on_step_el1;
    WRITE(mdcr_el2, READ(mdcr_el2) | MDCR_TDE);
    WRITE(mdscr_el1, MDSCR_SS);
    ISB();
    check_equal("the function's result", call_el(1, step_pc, 37), 42);
    WRITE(mdscr_el1, 0);
    ISB();
    check("instructions were stepped", step_count >= 4 && step_count < 40);
}

static uint64_t run_watching(uint64_t unused)
{
    ((void (*)(void))watching)();
    return unused;
}

static void breakpoints(void)
{
    struct exception e;

    WRITE(mdscr_el1, MDSCR_MDE);
    WRITE(dbgbvr2_el1, stepped + 4);
    WRITE(dbgbcr2_el1, 15 << 5 | 2 << 1 | 1); // EL0 only
    ISB();
    catch_begin();
    call_el(1, run_watching, 0);
    e = catch_end();
    check_equal("not at EL1", e.el, 0);
    WRITE(dbgbvr2_el1, watching + 4);
    WRITE(dbgbcr2_el1, 15 << 5 | 1 << 1 | 1); // EL1
    ISB();
    catch_begin();
    call_el(1, run_watching, 0);
    e = catch_end();
    check_equal("breakpoint class", ESR_EC(e.esr), EC_BREAKPOINT_LOWER);
    check_equal("breakpoint syndrome", e.esr & 0x1ffffff, DFSC_DEBUG);
    check_equal("breakpoint address", e.elr, (uintptr_t)watching + 4);
    WRITE(dbgbcr2_el1, 0);
}

// bytes: DBGWCR.BAS; lsc: 1 loads, 2 stores. offset: instruction of `watching` that hits; byte: where FAR points.
static void watch(const char *what, unsigned from, unsigned bytes, unsigned lsc, unsigned offset, uint64_t byte)
{
    struct exception e;

    WRITE(dbgwvr1_el1, watched + from);
    WRITE(dbgwcr1_el1, bytes << 5 | lsc << 3 | 1 << 1 | 1);
    ISB();
    catch_begin();
    call_el(1, run_watching, 0);
    e = catch_end();
    check(what, ESR_EC(e.esr) == EC_WATCHPOINT_LOWER);
    check_equal("watchpoint syndrome", e.esr & 0x1ffffff, DFSC_DEBUG | (lsc == 2 ? BIT(6) : 0));
    check_equal("watchpoint instruction", e.elr, (uintptr_t)watching + offset);
    check_equal("watchpoint address", e.far, (uintptr_t)watched + byte);
    WRITE(dbgwcr1_el1, 0);
    ISB();
}

void bare_main(void)
{
    if (current_el() != 2) {
        check("this program needs EL2", false);
        return;
    }
    WRITE(mdscr_el1, 0);
    WRITE(oslar_el1, 0);
    this_cpu()->sync = on_step;
    ISB();
    step_at_el2();
    step_el1_from_el2();
    breakpoints();
    watch("store", 8, 0xff, 2, 12, 8);
    watch("load", 8, 0xff, 1, 8, 8);
    watch("load of one byte", 0, 0x08, 1, 16, 3);
    watch("second half of a pair", 0, 0x02, 2, 20, 1);
    WRITE(mdscr_el1, 0);
}
