// What memory costs, for tests/timing/memory.py, which knows the model: chases of pointers over buffers of growing
// size, and over pages beyond the reach of small TLBs, with one stage of translation and with two. Lines are
//     chase KIB loads N cycles N l1d N refills N
//     stream KIB lines N cycles N
//     maintained KIB zeroed-refills N loads N cycles N
//     walk STAGE1-LEVELS STAGE2-LEVELS loads N cycles N walks N l1d N accesses N
// l1d counts accesses of the cache by walks too, accesses counts loads and stores alone.
#include "bare.h"

const char bare_name[] = "memtime";

#define PMCR_E     BIT(0)
#define PMCR_P     BIT(1)
#define PMCR_C     BIT(2)
#define PMCR_LC    BIT(6)
#define CYCLES     BIT(31)
#define FILTER_NSH BIT(27)

enum { L1D_CACHE_REFILL = 0x03, L1D_CACHE = 0x04, MEM_ACCESS = 0x13, DTLB_WALK = 0x34 };
enum { LINE = 256, UNROLLED = 16, PAGES = 256, ROUNDS = 8 };

#define BUFFER 0x44000000ull // 64 MiB
#define DATA   0x50000000ull // the pages, by 4 KiB pages of stage 2
#define TABLES 0x50200000ull // of stage 1, likewise
#define STAGE2 0x50400000ull // its tables
#define WINDOW (1ull << 39)  // where stage 1 has the pages

struct counts {
    uint64_t cycles, event[3];
};

// Cycles in the counter of its own, the rest in counters 0 to 2.
static void count(unsigned first, unsigned second, unsigned third)
{
    WRITE(pmevtyper0_el0, first | FILTER_NSH);
    WRITE(pmevtyper1_el0, second | FILTER_NSH);
    WRITE(pmevtyper2_el0, third | FILTER_NSH);
    WRITE(pmccfiltr_el0, FILTER_NSH);
    WRITE(pmcr_el0, PMCR_E | PMCR_P | PMCR_C | PMCR_LC);
    WRITE(pmcntenset_el0, CYCLES | 7);
    ISB();
}

static struct counts read_counts(void)
{
    struct counts c;

    ISB();
    c.cycles = READ(pmccntr_el0);
    c.event[0] = READ(pmevcntr0_el0);
    c.event[1] = READ(pmevcntr1_el0);
    c.event[2] = READ(pmevcntr2_el0);
    return c;
}

// Follow pointers from `at` on: loads, a multiple of UNROLLED.
static uint64_t follow(uint64_t at, uint64_t loads)
{
    asm volatile("1: .rept 16\n ldr %0, [%0]\n .endr\n subs %1, %1, #16\n b.ne 1b"
                 : "+r"(at), "+r"(loads)
                 :
                 : "cc", "memory");
    return at;
}

static void field(const char *name, uint64_t value)
{
    print(" ");
    print(name);
    print(" ");
    print_number(value);
}

// Every line once, in an order without a stride: a linear congruential generator whose period is a power of two.
static uint64_t next_of(uint64_t n, uint64_t of) { return (n * 1664525 + 1013904223) & (of - 1); }

static void chase(uint64_t kib)
{
    uint64_t lines = kib * 1024 / LINE, loads = lines < 4096 ? 4096 : lines;
    struct counts before, after;

    for (uint64_t i = 0; i < lines; i++)
        *(volatile uint64_t *)(BUFFER + i * LINE) = BUFFER + next_of(i, lines) * LINE;
    DSB();
    follow(BUFFER, lines);
    count(L1D_CACHE, L1D_CACHE_REFILL, MEM_ACCESS);
    before = read_counts();
    follow(BUFFER, loads);
    after = read_counts();
    print("chase ");
    print_number(kib);
    field("loads", loads);
    field("cycles", after.cycles - before.cycles);
    field("l1d", after.event[0] - before.event[0]);
    field("refills", after.event[1] - before.event[1]);
    print("\n");
}

// Read memory that is in no cache, one load in each 64 bytes, none of which waits for another.
static void stream(uint64_t kib)
{
    uint64_t at = BUFFER, lines = kib * 16, left = lines;
    struct counts before, after;

    count(L1D_CACHE, L1D_CACHE_REFILL, MEM_ACCESS);
    before = read_counts();
    asm volatile("1: .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n"
                 "ldr xzr, [%0, #64 * \\n]\n"
                 ".endr\n"
                 "add %0, %0, #1024\n"
                 "subs %1, %1, #16\n"
                 "b.ne 1b"
                 : "+r"(at), "+r"(left)
                 :
                 : "cc", "memory");
    after = read_counts();
    print("stream ");
    print_number(kib);
    field("lines", lines);
    field("cycles", after.cycles - before.cycles);
    print("\n");
}

static void each_line(uint64_t kib, bool zero)
{
    uint64_t block = zero ? 4u << (READ(dczid_el0) & 15) : 64;

    for (uint64_t at = BUFFER; at < BUFFER + kib * 1024; at += block)
        if (zero)
            asm volatile("dc zva, %0" ::"r"(at) : "memory");
        else
            asm volatile("dc civac, %0" ::"r"(at) : "memory");
    DSB();
}

// Lines that are nowhere are zeroed; pointers stored there are cleaned and invalidated, then followed.
static void maintain(uint64_t kib)
{
    uint64_t lines = kib * 1024 / LINE;
    struct counts before, after;

    count(L1D_CACHE_REFILL, L1D_CACHE, MEM_ACCESS);
    before = read_counts();
    each_line(kib, true);
    after = read_counts();
    print("maintained ");
    print_number(kib);
    field("zeroed-refills", after.event[0] - before.event[0]);
    for (uint64_t i = 0; i < lines; i++)
        *(volatile uint64_t *)(BUFFER + i * LINE) = BUFFER + next_of(i, lines) * LINE;
    each_line(kib, false);
    before = read_counts();
    follow(BUFFER, lines);
    after = read_counts();
    field("loads", lines);
    field("cycles", after.cycles - before.cycles);
    print("\n");
}

// ---- Walks ----

#define VALID     BIT(0)
#define TABLE     BIT(1) // or page, at level 3
#define AF        BIT(10)
#define SHAREABLE (3 << 8)
#define S1_NORMAL (AF | SHAREABLE)
#define S2_NORMAL (AF | SHAREABLE | 15 << 2 | 3 << 6)
#define OUTPUT    (BIT(48) - 4096)
#define TCR       (16ull | 1 << 8 | 1 << 10 | 3 << 12 | BIT(23) | 5ull << 32)
#define SCTLR_ON  (0x30d00980ull | BIT(0) | BIT(2) | BIT(12))
#define SCTLR_OFF (0x30d00980ull | BIT(12))

static uint64_t table_end; // where the next table goes

static uint64_t *new_table(void)
{
    uint64_t *table = (uint64_t *)table_end;

    table_end += 4096;
    for (unsigned i = 0; i < 512; i++)
        table[i] = 0;
    return table;
}

// A leaf of `level` in the tables at root, which begin at level `first`.
static void map(uint64_t *root, unsigned first, uint64_t address, unsigned level, uint64_t leaf)
{
    uint64_t *table = root;

    for (unsigned at = first;; at++) {
        uint64_t *slot = &table[address >> (39 - 9 * at) & 511];

        if (at == level) {
            *slot = leaf | VALID | (level == 3 ? TABLE : 0);
            return;
        }
        if (!*slot)
            *slot = (uintptr_t)new_table() | TABLE | VALID;
        table = (uint64_t *)(*slot & OUTPUT);
    }
}

static uint64_t pointer_in(uint64_t page) { return page * 4096 + page % 64 * 64; }

static struct counts walked;

static uint64_t walk_pages(uint64_t start)
{
    struct counts before, after;

    follow(start, 2 * PAGES);
    before = read_counts();
    follow(start, ROUNDS * PAGES);
    after = read_counts();
    walked.cycles = after.cycles - before.cycles;
    for (unsigned i = 0; i < 3; i++)
        walked.event[i] = after.event[i] - before.event[i];
    return 0;
}

// Stage 2 begins at level 0 where there are enough bits of address for it.
static unsigned stage2_levels(void) { return (READ(id_aa64mmfr0_el1) & 15) >= 4 ? 4 : 3; }

static void make_tables(void)
{
    uint64_t *stage1, *stage2;
    unsigned first = 4 - stage2_levels();

    table_end = TABLES;
    stage1 = new_table();
    map(stage1, 0, 0x40000000, 1, 0x40000000 | S1_NORMAL);
    for (uint64_t i = 0; i < PAGES; i++) {
        map(stage1, 0, WINDOW + i * 4096, 3, (DATA + i * 4096) | S1_NORMAL);
        *(volatile uint64_t *)(DATA + pointer_in(i)) = WINDOW + pointer_in((i * 77 + 41) % PAGES);
    }
    table_end = STAGE2;
    stage2 = new_table();
    for (uint64_t pa = 0x40000000; pa < 0x50000000; pa += 0x200000)
        map(stage2, first, pa, 2, pa | S2_NORMAL);
    for (uint64_t pa = DATA; pa < STAGE2; pa += 4096)
        map(stage2, first, pa, 3, pa | S2_NORMAL);
    WRITE(ttbr0_el1, (uintptr_t)stage1);
    WRITE(vttbr_el2, (uintptr_t)stage2);
    WRITE(vtcr_el2,
          (first ? 25ull | 1 << 6 | 2 << 16 : 20ull | 2 << 6 | 4 << 16) | 1 << 8 | 1 << 10 | 3 << 12 | BIT(31));
    WRITE(mair_el1, 0xff);
    WRITE(tcr_el1, TCR);
    WRITE(sctlr_el1, SCTLR_ON);
}

static void walk(unsigned levels2)
{
    WRITE(hcr_el2, HCR_RW | (levels2 ? HCR_VM : 0));
    asm volatile("dsb sy; isb; tlbi alle1; dsb sy; isb" ::: "memory");
    count(DTLB_WALK, L1D_CACHE, MEM_ACCESS);
    call_el(1, walk_pages, WINDOW + pointer_in(0));
    print("walk 4 ");
    print_number(levels2);
    field("loads", ROUNDS * PAGES);
    field("cycles", walked.cycles);
    field("walks", walked.event[0]);
    field("l1d", walked.event[1]);
    field("accesses", walked.event[2]);
    print("\n");
}

void bare_main(void)
{
    for (uint64_t kib = 16; kib <= 64 * 1024; kib *= 2)
        chase(kib);
    stream(16 * 1024);
    maintain(16);
    make_tables();
    walk(0);
    walk(stage2_levels());
    WRITE(hcr_el2, HCR_RW);
    WRITE(sctlr_el1, SCTLR_OFF);
    ISB();
}
