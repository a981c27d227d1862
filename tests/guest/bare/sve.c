// What SVE looks like below an operating system: ID register, ZCR_EL1 and the effective vector length.
#include "bare.h"

const char bare_name[] = "sve";

#define CPACR_FPEN (3 << 20)
#define CPACR_ZEN  (3 << 16)

static uint64_t rdvl(void)
{
    uint64_t bytes;

    asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r"(bytes));
    return bytes;
}

static void write_zcr(uint64_t value)
{
    if (current_el() == 2)
        asm volatile("msr s3_4_c1_c2_0, %0; isb" ::"r"(value));
    else
        asm volatile("msr s3_0_c1_c2_0, %0; isb" ::"r"(value));
}

static uint64_t read_zcr(void)
{
    if (current_el() == 2)
        return READ(s3_4_c1_c2_0);
    return READ(s3_0_c1_c2_0);
}

// Every LEN gives the largest implemented length that is not above it.
static void check_lengths(void)
{
    uint64_t lengths = 0, best = 0;

    print("sve: lengths");
    for (uint64_t len = 0; len < 16; len++) {
        uint64_t bytes;

        write_zcr(len);
        bytes = rdvl();
        check("rdvl above the length asked for", bytes <= 16 * (len + 1));
        check("rdvl below one that a lower LEN gave", bytes >= best);
        best = bytes;
        if (bytes == 16 * (len + 1)) {
            lengths |= BIT(len);
            print(" ");
            print_number(bytes);
        }
    }
    print("\n");
    check("128 bits are always there", lengths & 1);
    // LEN[8:4] are reserved, read as zero and must not matter.
    write_zcr(0x1ff);
    check_equal("ZCR after writing 511", read_zcr(), 15);
    check_equal("rdvl at LEN = 511", rdvl(), best);
}

static void check_trap(void)
{
    struct exception exception;
    bool at_el2 = current_el() == 2;

    if (at_el2)
        WRITE(cptr_el2, 0x32ff | BIT(8)); // TZ
    else
        WRITE(cpacr_el1, CPACR_FPEN);
    ISB();
    catch_begin();
    rdvl();
    exception = catch_end();
    check_equal("EL of the SVE trap", exception.el, current_el());
    check_equal("ESR of the SVE trap", exception.esr, (uint64_t)EC_SVE << 26 | BIT(25));
}

void bare_main(void)
{
    uint64_t pfr0 = READ(id_aa64pfr0_el1);
    struct exception exception;

    print("sve: EL");
    print_number(current_el());
    print(", ID_AA64PFR0_EL1.SVE = ");
    print_number(FIELD(pfr0, 35, 32));
    print("\n");
    // A guest denied SVE by its hypervisor alone: its own register must let the instruction through to that.
    if (current_el() == 2)
        WRITE(cptr_el2, 0x32ff & ~BIT(8));
    else
        WRITE(cpacr_el1, CPACR_FPEN | CPACR_ZEN);
    ISB();
    if (!FIELD(pfr0, 35, 32)) {
        catch_begin();
        rdvl();
        exception = catch_end();
        check_equal("EC of rdvl without SVE", ESR_EC(exception.esr), EC_UNKNOWN);
        check_equal("EL of that exception", exception.el, current_el());
        return;
    }
    check_lengths();
    check_trap();
}
