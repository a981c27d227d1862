// Samples of what traps where: FP and SVE instructions under every control, and a few system instructions.
#include "bare.h"

const char bare_name[] = "traps";

#define FPEN(x)      ((uint64_t)(x) << 20)
#define ZEN(x)       ((uint64_t)(x) << 16)
#define CPTR_RES1    0x32ffull // E2H = 0; TZ (bit 8) is among them where there is no SVE
#define CPTR_NO_TRAP (CPTR_RES1 & ~BIT(8))
#define CPTR_TZ      BIT(8)
#define CPTR_TFP     BIT(10)
#define CPTR_TCPAC   BIT(31)
#define HCR_TWI      BIT(13)
#define HCR_TSC      BIT(19)
#define HCR_TVM      BIT(26)
#define HCR_TID3     BIT(18)
#define EC_WFX       0x01
#define EC_SMC       0x17
#define ISS_FP       (1ull << 24 | 0xeull << 20) // CV, COND = always

enum { FP, SVE };

struct row {
    const char *what;
    unsigned el;
    uint64_t hcr, cpacr, cptr;
    unsigned instruction;
    unsigned want_el; // 0: no trap
    unsigned want_ec;
};

#define HOST (HCR_E2H | HCR_TGE)

static const struct row rows[] = {
    { "FP at EL2", 2, 0, 0, CPTR_NO_TRAP, FP, 0, 0 },
    { "FP at EL2, TFP", 2, 0, FPEN(3), CPTR_NO_TRAP | CPTR_TFP, FP, 2, EC_FP },
    { "SVE at EL2", 2, 0, 0, CPTR_NO_TRAP, SVE, 0, 0 },
    { "SVE at EL2, TZ", 2, 0, 0, CPTR_NO_TRAP | CPTR_TZ, SVE, 2, EC_SVE },
    { "SVE at EL2, TFP", 2, 0, 0, CPTR_NO_TRAP | CPTR_TFP, SVE, 2, EC_FP },
    { "SVE at EL2, TZ and TFP", 2, 0, 0, CPTR_NO_TRAP | CPTR_TZ | CPTR_TFP, SVE, 2, EC_SVE },
    { "FP at EL2 does not see TZ", 2, 0, 0, CPTR_NO_TRAP | CPTR_TZ, FP, 0, 0 },
    { "FP at EL1", 1, 0, FPEN(3), CPTR_NO_TRAP, FP, 0, 0 },
    { "FP at EL1, FPEN 0", 1, 0, FPEN(0), CPTR_NO_TRAP, FP, 1, EC_FP },
    { "FP at EL1, FPEN 1", 1, 0, FPEN(1), CPTR_NO_TRAP, FP, 0, 0 },
    { "FP at EL1, FPEN 2", 1, 0, FPEN(2), CPTR_NO_TRAP, FP, 1, EC_FP },
    { "FP at EL1, TFP", 1, 0, FPEN(3), CPTR_NO_TRAP | CPTR_TFP, FP, 2, EC_FP },
    { "FP at EL1, FPEN 0 before TFP", 1, 0, FPEN(0), CPTR_NO_TRAP | CPTR_TFP, FP, 1, EC_FP },
    { "SVE at EL1", 1, 0, FPEN(3) | ZEN(3), CPTR_NO_TRAP, SVE, 0, 0 },
    { "SVE at EL1, ZEN 0", 1, 0, FPEN(3) | ZEN(0), CPTR_NO_TRAP, SVE, 1, EC_SVE },
    { "SVE at EL1, ZEN before FPEN", 1, 0, FPEN(0) | ZEN(0), CPTR_NO_TRAP, SVE, 1, EC_SVE },
    { "SVE at EL1, FPEN 0", 1, 0, FPEN(0) | ZEN(3), CPTR_NO_TRAP, SVE, 1, EC_FP },
    { "SVE at EL1, TZ", 1, 0, FPEN(3) | ZEN(3), CPTR_NO_TRAP | CPTR_TZ, SVE, 2, EC_SVE },
    { "SVE at EL1, FPEN before TZ", 1, 0, FPEN(0) | ZEN(3), CPTR_NO_TRAP | CPTR_TZ, SVE, 1, EC_FP },
    { "FP at EL0, FPEN 1", 0, 0, FPEN(1), CPTR_NO_TRAP, FP, 1, EC_FP },
    { "FP at EL0, FPEN 3", 0, 0, FPEN(3), CPTR_NO_TRAP, FP, 0, 0 },
    { "FP at EL0, TFP", 0, 0, FPEN(3), CPTR_NO_TRAP | CPTR_TFP, FP, 2, EC_FP },
    { "SVE at EL0, ZEN 1", 0, 0, FPEN(3) | ZEN(1), CPTR_NO_TRAP, SVE, 1, EC_SVE },
    { "SVE at EL0, TZ", 0, 0, FPEN(3) | ZEN(3), CPTR_NO_TRAP | CPTR_TZ, SVE, 2, EC_SVE },
    { "FP at EL0, TGE, FPEN 0: uncategorized", 0, HCR_TGE, FPEN(0), CPTR_NO_TRAP, FP, 2, EC_UNKNOWN },
    { "FP at EL2, E2H, FPEN 3", 2, HCR_E2H, 0, FPEN(3) | ZEN(3), FP, 0, 0 },
    { "FP at EL2, E2H, FPEN 1", 2, HCR_E2H, 0, FPEN(1) | ZEN(3), FP, 0, 0 },
    { "FP at EL2, E2H, FPEN 0", 2, HCR_E2H, 0, FPEN(0) | ZEN(3), FP, 2, EC_FP },
    { "SVE at EL2, E2H, ZEN 0", 2, HCR_E2H, 0, FPEN(3) | ZEN(0), SVE, 2, EC_SVE },
    { "SVE at EL2, E2H, FPEN 0", 2, HCR_E2H, 0, FPEN(0) | ZEN(3), SVE, 2, EC_FP },
    { "SVE at EL2, E2H", 2, HCR_E2H, 0, FPEN(3) | ZEN(3), SVE, 0, 0 },
    { "FP at EL1, E2H, FPEN 0 of CPTR", 1, HCR_E2H, FPEN(3), FPEN(0), FP, 2, EC_FP },
    { "FP at EL1, E2H, FPEN 1 of CPTR", 1, HCR_E2H, FPEN(3), FPEN(1), FP, 0, 0 },
    { "FP at EL1, E2H, both 0", 1, HCR_E2H, FPEN(0), FPEN(0), FP, 1, EC_FP },
    { "SVE at EL1, E2H, ZEN 0 of CPTR", 1, HCR_E2H, FPEN(3) | ZEN(3), FPEN(3) | ZEN(0), SVE, 2, EC_SVE },
    { "FP at EL0 of the host, FPEN 1 of CPTR", 0, HOST, 0, FPEN(1), FP, 2, EC_FP },
    { "FP at EL0 of the host, CPACR ignored", 0, HOST, 0, FPEN(3), FP, 0, 0 },
    { "SVE at EL0 of the host, ZEN 1 of CPTR", 0, HOST, 0, FPEN(3) | ZEN(1), SVE, 2, EC_SVE },
    { "SVE at EL0 of the host", 0, HOST, 0, FPEN(3) | ZEN(3), SVE, 0, 0 },
};

static uint64_t execute(uint64_t instruction)
{
    uint64_t result;

    if (instruction == FP)
        asm volatile("fmov %0, d0" : "=r"(result));
    else
        asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r"(result));
    return result;
}

static struct exception run_row(const struct row *row)
{
    WRITE(cpacr_el1, row->cpacr);
    WRITE(hcr_el2, HCR_RW | row->hcr);
    ISB();
    WRITE(cptr_el2, row->cptr);
    ISB();
    catch_begin();
    if (row->el == 2)
        execute(row->instruction);
    else
        call_el(row->el, execute, row->instruction);
    WRITE(hcr_el2, HCR_RW);
    ISB();
    WRITE(cptr_el2, CPTR_NO_TRAP);
    ISB();
    return catch_end();
}

static void check_row(const struct row *row)
{
    struct exception exception = run_row(row);
    uint64_t iss = row->want_ec == EC_FP ? ISS_FP : 0;

    check_equal(row->what, exception.el << 8 | ESR_EC(exception.esr), row->want_el << 8 | row->want_ec);
    if (row->want_el && exception.el == row->want_el)
        check_equal("ESR", exception.esr, (uint64_t)row->want_ec << 26 | BIT(25) | iss);
}

static uint64_t read_cpacr(uint64_t unused)
{
    uint64_t value;

    (void)unused;
    asm volatile("mrs x7, cpacr_el1; mov %0, x7" : "=r"(value)::"x7");
    return value;
}

static uint64_t read_pfr0(uint64_t unused)
{
    uint64_t value;

    (void)unused;
    asm volatile("mrs x9, id_aa64pfr0_el1; mov %0, x9" : "=r"(value)::"x9");
    return value;
}

static uint64_t write_ttbr0(uint64_t value)
{
    register uint64_t x3 asm("x3") = value;

    asm volatile("msr ttbr0_el1, %0" ::"r"(x3));
    return 0;
}

static uint64_t do_wfi(uint64_t unused)
{
    WFI();
    return unused;
}

static uint64_t do_smc(uint64_t unused)
{
    asm volatile("smc #0x1234");
    return unused;
}

static uint64_t read_el2_register(uint64_t unused)
{
    (void)unused;
    return READ(vbar_el2);
}

static void check_system(const char *what, uint64_t (*f)(uint64_t), uint64_t hcr, uint64_t cptr, unsigned el,
                         uint64_t want)
{
    struct exception exception;

    WRITE(hcr_el2, HCR_RW | hcr);
    WRITE(cptr_el2, cptr);
    ISB();
    catch_begin();
    call_el(1, f, 0);
    exception = catch_end();
    WRITE(hcr_el2, HCR_RW);
    WRITE(cptr_el2, CPTR_NO_TRAP);
    ISB();
    print("traps: ");
    print(what);
    print("\n");
    check_equal("EL", exception.el, el);
    check_equal("ESR", exception.esr, want);
}

#define ISS_SYSREG(op0, op1, crn, crm, op2, rt, read) \
    ((uint64_t)(op0) << 20 | (op2) << 17 | (op1) << 14 | (crn) << 10 | (rt) << 5 | (crm) << 1 | (read))
#define ESR_OF(ec, iss) ((uint64_t)(ec) << 26 | BIT(25) | (iss))

void bare_main(void)
{
    bool sve = FIELD(READ(id_aa64pfr0_el1), 35, 32), vhe = FIELD(READ(id_aa64mmfr1_el1), 11, 8);

    check("starts at EL2", current_el() == 2);
    if (current_el() != 2)
        return;
    mmu_disable(); // its tables would mean something else with E2H
    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if ((sve || rows[i].instruction == FP) && (vhe || !(rows[i].hcr & HCR_E2H)))
            check_row(&rows[i]);
    print("traps: FP and SVE done\n");
    check_system("CPACR_EL1 read, TCPAC", read_cpacr, 0, CPTR_NO_TRAP | CPTR_TCPAC, 2,
                 ESR_OF(EC_SYSREG, ISS_SYSREG(3, 0, 1, 0, 2, 7, 1)));
    check_system("ID register read, TID3", read_pfr0, HCR_TID3, CPTR_NO_TRAP, 2,
                 ESR_OF(EC_SYSREG, ISS_SYSREG(3, 0, 0, 4, 0, 9, 1)));
    check_system("TTBR0_EL1 write, TVM", write_ttbr0, HCR_TVM, CPTR_NO_TRAP, 2,
                 ESR_OF(EC_SYSREG, ISS_SYSREG(3, 0, 2, 0, 0, 3, 0)));
    check_system("WFI, TWI", do_wfi, HCR_TWI, CPTR_NO_TRAP, 2, ESR_OF(EC_WFX, ISS_FP));
    check_system("SMC, TSC", do_smc, HCR_TSC, CPTR_NO_TRAP, 2, ESR_OF(EC_SMC, 0x1234));
    check_system("an EL2 register at EL1", read_el2_register, 0, CPTR_NO_TRAP, 1, ESR_OF(EC_UNKNOWN, 0));
    mmu_enable();
}
