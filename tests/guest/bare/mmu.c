// EL1's stage 1 with each granule: faults and their ESR and FAR, access flag and dirty state by hardware, permissions,
// blocks, TLB maintenance and ASIDs; then stage 2 with HPFAR_EL2; address translation instructions.
#include "bare.h"

const char bare_name[] = "mmu";

#define VA_BITS     39
#define WINDOW      0x200000000ull  // where test pages are mapped
#define NOWHERE     0x3000000000ull // in no table
#define BLOCK_ALIAS 0x1000000000ull
#define POOL_PAGES  24
#define PAGE_64K    65536

// Descriptor bits.
#define VALID      BIT(0)
#define TABLE      BIT(1) // or page, at level 3
#define NORMAL     (1 << 2)
#define DEVICE     (0 << 2)
#define AP_EL0     BIT(6)
#define AP_RO      BIT(7)
#define SHAREABLE  (3 << 8)
#define AF         BIT(10)
#define NG         BIT(11)
#define DBM        BIT(51)
#define CONTIGUOUS BIT(52)
#define PXN        BIT(53)
#define OUTPUT     (BIT(48) - 4096)

#define TCR_BASE(tg0) (25ull | 1 << 8 | 1 << 10 | 3 << 12 | (uint64_t)(tg0) << 14 | BIT(23) | 2ull << 32 | BIT(36))
#define TCR_HA        BIT(39)
#define TCR_HD        BIT(40)
#define SCTLR_ON      (0x30d00980ull | BIT(0) | BIT(2) | BIT(12) | BIT(23)) // M, C, I, SPAN
#define SCTLR_OFF     (0x30d00980ull | BIT(12))
#define SCTLR_A       BIT(1)

#define FSC_TRANSLATION 0x04 // + level, as the next two
#define FSC_ACCESS_FLAG 0x08
#define FSC_PERMISSION  0x0c
#define FSC_ALIGNMENT   0x21
#define WNR             BIT(6)
#define S1PTW           BIT(7)
#define ESR_CHECKED     (0xfeull << 24 | WNR | S1PTW | 0x3f)

struct granule {
    const char *name;
    unsigned bits, tg0;
    unsigned contiguous; // pages
};

static const struct granule granules[] = {
    { "4 KiB", 12, 0, 16 },
    { "16 KiB", 14, 2, 128 },
    { "64 KiB", 16, 1, 32 },
};

static uint8_t pool[POOL_PAGES][PAGE_64K] __attribute__((aligned(PAGE_64K)));
static unsigned pool_used;
static uint8_t page_a[PAGE_64K] __attribute__((aligned(PAGE_64K)));
static uint8_t page_b[PAGE_64K] __attribute__((aligned(PAGE_64K)));
static const struct granule *g;

static uint64_t *new_table(void)
{
    check("tables left", pool_used < POOL_PAGES);
    return (uint64_t *)pool[pool_used++];
}

static void clear_pool(void)
{
    for (unsigned i = 0; i < pool_used; i++)
        for (unsigned j = 0; j < PAGE_64K / 8; j++)
            ((uint64_t *)pool[i])[j] = 0;
    pool_used = 0;
}

static unsigned level_shift(unsigned level) { return g->bits + (3 - level) * (g->bits - 3); }

static unsigned first_level(void)
{
    unsigned level = 3;

    while (level_shift(level) + g->bits - 3 < VA_BITS)
        level--;
    return level;
}

// The entry for va at `level`, with the tables above it made as needed.
static uint64_t *entry(uint64_t *root, uint64_t va, unsigned level)
{
    uint64_t *table = root;

    for (unsigned at = first_level();; at++) {
        uint64_t *slot = &table[va >> level_shift(at) & (BIT(g->bits - 3) - 1)];

        if (at == level)
            return slot;
        if (!*slot)
            *slot = (uintptr_t)new_table() | TABLE | VALID;
        table = (uint64_t *)(*slot & OUTPUT);
    }
}

static void map(uint64_t *root, uint64_t va, uint64_t pa, unsigned level, uint64_t attributes)
{
    *entry(root, va, level) = pa | attributes | (level == 3 ? TABLE : 0) | VALID;
    DSB();
}

static uint64_t page_size(void) { return BIT(g->bits); }

static void flush(void) { asm volatile("dsb sy; isb; tlbi alle1; dsb sy; isb" ::: "memory"); }

#define KERNEL_PAGE (NORMAL | SHAREABLE | AF)

// What the program itself needs at EL1: its first 32 MiB at least, and the UART.
static uint64_t *new_space(void)
{
    uint64_t *root = new_table();

    map(root, 0x40000000, 0x40000000, g->bits == 12 ? 1 : 2, KERNEL_PAGE);
    map(root, UART_BASE, UART_BASE, 3, DEVICE | AF | PXN | BIT(54));
    return root;
}

static void use_space(uint64_t *root, uint64_t asid, uint64_t tcr_bits)
{
    WRITE(mair_el1, 0xff04);
    WRITE(tcr_el1, TCR_BASE(g->tg0) | tcr_bits);
    WRITE(ttbr0_el1, (uintptr_t)root | asid << 48);
    WRITE(sctlr_el1, SCTLR_ON);
    ISB();
}

static uint64_t load(uint64_t address)
{
    uint64_t value;

    asm volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static uint64_t store(uint64_t address)
{
    write32(address, 0x12345678);
    return 0;
}

static uint64_t fetch(uint64_t address)
{
    asm volatile("blr %0" ::"r"(address) : "x30", "memory");
    return 0;
}

static uint64_t load_as_el0(uint64_t address)
{
    uint64_t value;

    asm volatile("ldtr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static uint64_t load_with_pan(uint64_t address)
{
    uint64_t value;

    asm volatile(".arch_extension pan\n msr pan, #1\n ldr %w0, [%1]\n msr pan, #0" : "=r"(value) : "r"(address));
    return value;
}

static uint64_t unaligned_load(uint64_t address)
{
    uint64_t value;

    WRITE(sctlr_el1, SCTLR_ON | SCTLR_A);
    ISB();
    value = load(address + 1);
    WRITE(sctlr_el1, SCTLR_ON);
    ISB();
    return value;
}

static struct exception access_at_el1(uint64_t (*f)(uint64_t), uint64_t address)
{
    catch_begin();
    call_el(1, f, address);
    return catch_end();
}

static void check_fault(const char *what, uint64_t (*f)(uint64_t), uint64_t address, uint64_t iss)
{
    struct exception exception = access_at_el1(f, address);
    uint64_t ec = f == fetch ? EC_IABORT_SAME : EC_DABORT_SAME;

    if (exception.el != 1 || (exception.esr & ESR_CHECKED) != (ec << 26 | BIT(25) | iss)) {
        print("mmu: ");
        print(what);
        print("\n");
    }
    check_equal("EL of a fault", exception.el, 1);
    check_equal("ESR of a fault", exception.esr & ESR_CHECKED, ec << 26 | BIT(25) | iss);
    check_equal("FAR of a fault", exception.far, f == unaligned_load ? address + 1 : address);
}

static uint64_t value_at_el1(const char *what, uint64_t (*f)(uint64_t), uint64_t address)
{
    uint64_t value;
    struct exception exception;

    catch_begin();
    value = call_el(1, f, address);
    exception = catch_end();
    check_equal(what, exception.esr, 0);
    return value & 0xffffffff;
}

static void check_translation(uint64_t *root)
{
    uint64_t page = page_size();

    map(root, WINDOW, (uintptr_t)page_a, 3, KERNEL_PAGE);
    map(root, WINDOW + 2 * page, (uintptr_t)page_a, 3, KERNEL_PAGE | AP_RO);
    map(root, WINDOW + 3 * page, (uintptr_t)page_a, 3, NORMAL | SHAREABLE);
    map(root, WINDOW + 4 * page, (uintptr_t)page_a, 3, KERNEL_PAGE | PXN);
    map(root, WINDOW + 5 * page, (uintptr_t)page_a, 3, KERNEL_PAGE | AP_EL0);
    use_space(root, 1, 0);
    flush();
    write32((uintptr_t)page_a + 16, 0xa5a5a5a5);
    check_equal("value through a page", value_at_el1("fault of a page", load, WINDOW + 16), 0xa5a5a5a5);
    check_fault("no page", load, WINDOW + page + 16, FSC_TRANSLATION + 3);
    check_fault("no page, store", store, WINDOW + page + 16, (FSC_TRANSLATION + 3) | WNR);
    check_fault("no page, fetch", fetch, WINDOW + page + 16, FSC_TRANSLATION + 3);
    check_fault("no table", load, NOWHERE, FSC_TRANSLATION + first_level());
    check_fault("outside the input range", load, BIT(VA_BITS) + 64, FSC_TRANSLATION);
    check_fault("store to a read-only page", store, WINDOW + 2 * page + 32, (FSC_PERMISSION + 3) | WNR);
    check_fault("access flag", load, WINDOW + 3 * page + 8, FSC_ACCESS_FLAG + 3);
    check_fault("fetch from a PXN page", fetch, WINDOW + 4 * page, FSC_PERMISSION + 3);
    check_fault("fetch at EL1 from what EL0 may write", fetch, WINDOW + 5 * page, FSC_PERMISSION + 3);
    check_fault("EL0's permission", load_as_el0, WINDOW + 16, FSC_PERMISSION + 3);
    check_equal("EL0's page", value_at_el1("fault of EL0's page", load_as_el0, WINDOW + 5 * page + 16), 0xa5a5a5a5);
    check_fault("PAN", load_with_pan, WINDOW + 5 * page + 16, FSC_PERMISSION + 3);
    check_fault("alignment", unaligned_load, WINDOW + 16, FSC_ALIGNMENT);
}

static void check_hardware_update(uint64_t *root)
{
    uint64_t page = page_size(), support = FIELD(READ(id_aa64mmfr1_el1), 3, 0);
    uint64_t *clean = entry(root, WINDOW + 6 * page, 3), *old = entry(root, WINDOW + 3 * page, 3);

    if (!support)
        return;
    map(root, WINDOW + 6 * page, (uintptr_t)page_a, 3, NORMAL | SHAREABLE | AP_RO | DBM);
    use_space(root, 1, support >= 2 ? TCR_HA | TCR_HD : TCR_HA);
    flush();
    value_at_el1("fault with hardware access flag", load, WINDOW + 3 * page);
    check("hardware sets the access flag", *old & AF);
    if (support >= 2) {
        value_at_el1("fault of a clean page's load", load, WINDOW + 6 * page + 64);
        check("a load leaves it clean", (*clean & (AF | AP_RO)) == (AF | AP_RO));
        value_at_el1("fault of a clean page's store", store, WINDOW + 6 * page + 64);
        check("a store makes it dirty", (*clean & (AF | AP_RO)) == AF);
        check_equal("and is done", read32((uintptr_t)page_a + 64), 0x12345678);
        check_fault("store without DBM", store, WINDOW + 2 * page + 32, (FSC_PERMISSION + 3) | WNR);
    }
    use_space(root, 1, 0);
    flush();
}

static void check_blocks(uint64_t *root)
{
    uint64_t offset = (uintptr_t)page_a - 0x40000000;

    map(root, BLOCK_ALIAS, 0x40000000, 2, KERNEL_PAGE);
    check("the block reaches the page", offset < BIT(level_shift(2)));
    check_equal("value through a block", value_at_el1("fault of a block", load, BLOCK_ALIAS + offset + 16), 0xa5a5a5a5);
    for (uint64_t i = 0; i < g->contiguous; i++)
        map(root, WINDOW + (g->contiguous + i) * page_size(), 0x42000000 + i * page_size(), 3,
            KERNEL_PAGE | CONTIGUOUS);
    for (uint64_t i = 0; i < g->contiguous; i += 5) {
        write32(0x42000000 + i * page_size(), 0x1000 + i);
        check_equal("value through a contiguous page",
                    value_at_el1("fault of a contiguous page", load, WINDOW + (g->contiguous + i) * page_size()),
                    0x1000 + i);
    }
}

static void check_maintenance(uint64_t *root)
{
    uint64_t *slot = entry(root, WINDOW, 3), old = *slot, *other = new_space();

    write32((uintptr_t)page_b + 16, 0x5b5b5b5b);
    *slot = 0;
    asm volatile("dsb ishst; tlbi vaae1is, %0; dsb ish; isb" ::"r"(WINDOW >> 12));
    check_fault("an invalidated page", load, WINDOW + 16, FSC_TRANSLATION + 3);
    map(root, WINDOW, (uintptr_t)page_b, 3, KERNEL_PAGE);
    check_equal("value of a changed page", value_at_el1("fault of a changed page", load, WINDOW + 16), 0x5b5b5b5b);

    // Two address spaces with ASIDs, with nothing invalidated between them.
    *slot = 0;
    flush();
    *slot = old | NG;
    map(other, WINDOW, (uintptr_t)page_b, 3, KERNEL_PAGE | NG);
    for (unsigned round = 0; round < 3; round++) {
        use_space(root, 1, 0);
        check_equal("value under ASID 1", value_at_el1("fault", load, WINDOW + 16), 0xa5a5a5a5);
        use_space(other, 2, 0);
        check_equal("value under ASID 2", value_at_el1("fault", load, WINDOW + 16), 0x5b5b5b5b);
    }
    use_space(root, 1, 0);
}

static uint64_t translate(bool both_stages, uint64_t va)
{
    if (both_stages)
        asm volatile("at s12e1r, %0; isb" ::"r"(va) : "memory");
    else
        asm volatile("at s1e1r, %0; isb" ::"r"(va) : "memory");
    return READ(par_el1);
}

static void check_at(void)
{
    uint64_t par = translate(false, WINDOW + 16);

    check_equal("PAR_EL1 of a page", par & (OUTPUT | 1), (uintptr_t)page_a);
    par = translate(false, WINDOW + page_size());
    check_equal("PAR_EL1 of no page", FIELD(par, 6, 0), (FSC_TRANSLATION + 3) << 1 | 1);
}

static void check_granule(const struct granule *granule)
{
    uint64_t *root;

    g = granule;
    print("mmu: ");
    print(g->name);
    print("\n");
    clear_pool();
    root = new_space();
    check_translation(root);
    check_at();
    check_hardware_update(root);
    check_blocks(root);
    check_maintenance(root);
    WRITE(sctlr_el1, SCTLR_OFF);
    flush();
}

// Stage 2 of 4 KiB pages, with the descriptor format's own permissions.
#define S2_NORMAL (0xf << 2 | SHAREABLE | AF)
#define S2_READ   BIT(6)
#define S2_WRITE  BIT(7)
#define VTCR      (25ull | 1 << 6 | 1 << 8 | 1 << 10 | 3 << 12 | 2 << 16 | BIT(31))
#define FAR_IPA   0x240000000ull

static void check_stage2_fault(const char *what, uint64_t (*f)(uint64_t), uint64_t va, uint64_t ipa, uint64_t iss)
{
    struct exception exception = access_at_el1(f, va);

    print("mmu: stage 2: ");
    print(what);
    print("\n");
    check_equal("EL", exception.el, 2);
    check_equal("ESR", exception.esr & ESR_CHECKED, (uint64_t)EC_DABORT_LOWER << 26 | BIT(25) | iss);
    check_equal("FAR", exception.far, va);
    if ((iss & 0x3c) != FSC_PERMISSION) // which leaves HPFAR_EL2 UNKNOWN
        check_equal("HPFAR", exception.hpfar, ipa >> 12 << 4);
}

static uint64_t load_byte_to_x5(uint64_t address)
{
    asm volatile("ldrsb x5, [%0]" ::"r"(address) : "x5", "memory");
    return 0;
}

static void check_stage2(void)
{
    struct exception exception;
    uint64_t *root, *stage2;

    g = &granules[0];
    clear_pool();
    root = new_space();
    stage2 = new_table();
    map(root, WINDOW, FAR_IPA, 3, KERNEL_PAGE);
    map(root, WINDOW + 0x1000, 0x80000000, 3, KERNEL_PAGE);
    *entry(root, BLOCK_ALIAS, 2) = (FAR_IPA + 0x3000) | TABLE | VALID;
    map(stage2, 0x40000000, 0x40000000, 1, S2_NORMAL | S2_READ | S2_WRITE);
    map(stage2, 0x80000000, (uintptr_t)page_b, 3, S2_NORMAL | S2_READ);
    map(stage2, UART_BASE, UART_BASE, 3, 1 << 2 | AF | S2_READ | S2_WRITE);
    WRITE(vtcr_el2, VTCR);
    WRITE(vttbr_el2, (uintptr_t)stage2 | 5ull << 48);
    WRITE(hcr_el2, HCR_RW | HCR_VM);
    use_space(root, 1, 0);
    flush();
    asm volatile("tlbi vmalls12e1; dsb sy; isb");
    check_stage2_fault("no mapping", load, WINDOW + 0x123, FAR_IPA, FSC_TRANSLATION + 1);
    check_stage2_fault("no mapping, store", store, WINDOW + 0x124, FAR_IPA, (FSC_TRANSLATION + 1) | WNR);
    check_equal("value through both stages", value_at_el1("fault", load, WINDOW + 0x1010), 0x5b5b5b5b);
    check_stage2_fault("store to a read-only page", store, WINDOW + 0x1010, 0x80000000, (FSC_PERMISSION + 3) | WNR);
    check_stage2_fault("stage 1 table walk", load, BLOCK_ALIAS + 0x5000, FAR_IPA + 0x3000,
                       (FSC_TRANSLATION + 1) | S1PTW);
    exception = access_at_el1(load_byte_to_x5, WINDOW + 0x10);
    check_equal("instruction syndrome: ISV, SAS, SSE, SRT, SF", FIELD(exception.esr, 24, 15),
                1 << 9 | 0 << 7 | 1 << 6 | 5 << 1 | 1);
    check_equal("PAR_EL1 of both stages", translate(true, WINDOW + 0x1010) & (OUTPUT | 1), (uintptr_t)page_b);
    check_equal("PAR_EL1 of a stage 2 fault: F, FST, S", FIELD(translate(true, WINDOW), 9, 0) & 0x27f,
                1 << 9 | (FSC_TRANSLATION + 1) << 1 | 1);
    WRITE(hcr_el2, HCR_RW);
    WRITE(sctlr_el1, SCTLR_OFF);
    flush();
}

static bool supported(const struct granule *granule)
{
    uint64_t mmfr0 = READ(id_aa64mmfr0_el1);

    return granule->bits == 12   ? FIELD(mmfr0, 31, 28) != 15
           : granule->bits == 14 ? FIELD(mmfr0, 23, 20) != 0
                                 : FIELD(mmfr0, 27, 24) != 15;
}

void bare_main(void)
{
    check("starts at EL2", current_el() == 2);
    if (current_el() != 2)
        return;
    for (unsigned i = 0; i < sizeof(granules) / sizeof(granules[0]); i++) {
        check("the granule is implemented", supported(&granules[i]));
        if (supported(&granules[i]))
            check_granule(&granules[i]);
    }
    check_stage2();
}
