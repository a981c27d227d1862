// HCR_EL2.TEA sends the external aborts of EL1 to EL2 (AArch64.DataAbort: FEAT_RAS). On its own, since QEMU 10 ignores
// the bit and fails this program.
#include "bare.h"

const char bare_name[] = "tea";

#define ESR_CHECKED (0xfeull << 24 | BIT(6) | 0x3f) // EC, IL, WnR, fault status

static uint64_t load(uint64_t address) { return read32(address); }

static uint64_t store(uint64_t address)
{
    write32(address, 1);
    return 0;
}

static uint64_t fetch(uint64_t address)
{
    asm volatile("blr %0" ::"r"(address) : "x30", "memory");
    return 0;
}

static void check_abort(const char *what, uint64_t (*f)(uint64_t), uint64_t want)
{
    struct exception exception;

    catch_begin();
    call_el(1, f, UNMAPPED_PA);
    exception = catch_end();
    print("tea: ");
    print(what);
    print("\n");
    check_equal("EL", exception.el, 2);
    check_equal("ESR", exception.esr & ESR_CHECKED, want);
    check_equal("FAR", exception.far, UNMAPPED_PA);
}

void bare_main(void)
{
    if (current_el() != 2 || !FIELD(READ(id_aa64pfr0_el1), 31, 28)) {
        check("starts at EL2 of a CPU with FEAT_RAS", false);
        return;
    }
    WRITE(hcr_el2, HCR_RW | HCR_TEA);
    ISB();
    check_abort("load", load, (uint64_t)EC_DABORT_LOWER << 26 | BIT(25) | 0x10);
    check_abort("store", store, (uint64_t)EC_DABORT_LOWER << 26 | BIT(25) | BIT(6) | 0x10);
    check_abort("fetch", fetch, (uint64_t)EC_IABORT_LOWER << 26 | BIT(25) | 0x10);
}
