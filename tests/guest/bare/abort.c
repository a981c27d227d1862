// Loads, stores and fetches where nothing answers end in the architecture's synchronous external abort: at EL2, from
// EL1 under stage 2, and on a table walk. (tea.c has those that HCR_EL2.TEA routes to EL2.)
#include "bare.h"

const char bare_name[] = "abort";

#define FSC_EXTERNAL      0x10
#define FSC_EXTERNAL_WALK 0x14 // + level
#define ESR_WNR           BIT(6)
#define ESR_IL            BIT(25)
#define ESR_EA            BIT(9) // IMPLEMENTATION DEFINED
#define S2_NORMAL         (1 | 0xf << 2 | 3 << 6 | 3 << 8 | BIT(10))
#define S2_DEVICE         (1 | 0x1 << 2 | 3 << 6 | BIT(10))
#define VTCR_39_BIT_4K    (25 | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16 | BIT(31))
#define HIGH_VA           0xffffff8000000000ull

enum access { LOAD, STORE, FETCH };

static uint64_t stage2[512] __attribute__((aligned(4096)));

static uint64_t fetch_address(void) { return current_el() == 2 ? ALIAS_OF_ZERO + UNMAPPED_PA : UNMAPPED_PA; }

static uint64_t do_access(uint64_t access)
{
    if (access == LOAD)
        return read32(UNMAPPED_PA);
    if (access == STORE)
        write32(UNMAPPED_PA, 1);
    else
        asm volatile("blr %0" ::"r"(fetch_address()) : "x30", "memory");
    return 0;
}

static void check_abort(const char *what, const struct exception *exception, uint64_t el, uint64_t ec, uint64_t iss,
                        uint64_t address)
{
    uint64_t got = exception->esr & (0xfcull << 24 | ESR_IL | 0x3fff) & ~ESR_EA;

    print("abort: ");
    print(what);
    print("\n");
    check_equal("EL", exception->el, el);
    check_equal("ESR", got, ec << 26 | ESR_IL | iss);
    check_equal("FAR", exception->far, address);
}

static void check_el2(void)
{
    struct exception exception;

    catch_begin();
    do_access(LOAD);
    exception = catch_end();
    check_abort("load at EL2", &exception, 2, EC_DABORT_SAME, FSC_EXTERNAL, UNMAPPED_PA);
    catch_begin();
    do_access(STORE);
    exception = catch_end();
    check_abort("store at EL2", &exception, 2, EC_DABORT_SAME, FSC_EXTERNAL | ESR_WNR, UNMAPPED_PA);
    catch_begin();
    do_access(FETCH);
    exception = catch_end();
    check_abort("fetch at EL2", &exception, 2, EC_IABORT_SAME, FSC_EXTERNAL, ALIAS_OF_ZERO + UNMAPPED_PA);
}

static struct exception access_from_el1(enum access access)
{
    catch_begin();
    call_el(1, do_access, access);
    return catch_end();
}

static void set_up_stage2(void)
{
    stage2[0] = S2_DEVICE;
    for (uint64_t gib = 1; gib < 4; gib++)
        stage2[gib] = gib << 30 | S2_NORMAL;
    WRITE(vtcr_el2, VTCR_39_BIT_4K);
    WRITE(vttbr_el2, stage2);
    WRITE(hcr_el2, HCR_RW | HCR_VM);
    asm volatile("dsb sy; isb; tlbi vmalls12e1; dsb sy; isb" ::: "memory");
}

static void check_el1(void)
{
    struct exception exception;

    set_up_stage2();
    exception = access_from_el1(LOAD);
    check_abort("load at EL1", &exception, 1, EC_DABORT_SAME, FSC_EXTERNAL, UNMAPPED_PA);
    exception = access_from_el1(STORE);
    check_abort("store at EL1", &exception, 1, EC_DABORT_SAME, FSC_EXTERNAL | ESR_WNR, UNMAPPED_PA);
    exception = access_from_el1(FETCH);
    check_abort("fetch at EL1", &exception, 1, EC_IABORT_SAME, FSC_EXTERNAL, UNMAPPED_PA);
    WRITE(hcr_el2, HCR_RW);
    ISB();
}

// At EL1: the upper half's table is where nothing answers.
static uint64_t walk_into_nothing(uint64_t argument)
{
    mmu_enable();
    WRITE(ttbr1_el1, UNMAPPED_PA);
    WRITE(tcr_el1, (READ(tcr_el1) & ~BIT(23)) | 25 << 16 | 2ull << 30);
    ISB();
    read32(HIGH_VA + argument);
    mmu_disable();
    return 0;
}

static void check_walk(void)
{
    struct exception exception;

    catch_begin();
    call_el(1, walk_into_nothing, 0x123450);
    exception = catch_end();
    check_abort("table walk at EL1", &exception, 1, EC_DABORT_SAME, FSC_EXTERNAL_WALK + 1, HIGH_VA + 0x123450);
}

void bare_main(void)
{
    check("starts at EL2", current_el() == 2);
    if (current_el() != 2)
        return;
    check_el2();
    check_el1();
    check_walk();
}
