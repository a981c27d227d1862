/* The memory system of the timing models: what each level, each miss and each walk costs, and that nothing else does.
 */
#include "core/timing_memory.h"

#include "core/state.h"
#include "core/timing_parts.h"
#include "tests/mmu/fixture.h"

enum { L2 = 10, SLC = 30, DRAM = 100, SNOOP = 50, L2TLB = 7, STEP = 2, LINE = 64, PAGE = 4096 };
enum { DATA = RAM + (8 << 20) }; /* physical addresses that tables do not use */

static struct timing_model model;

/* L1 of 64 lines in 16 sets, L2 of 1024, a system cache of 16384. */
static void defaults(void)
{
    static const struct {
        enum timing_param p;
        uint64_t value;
    } rows[] = { { TP_LINE, LINE },
                 { TP_L1I, 64 * LINE },
                 { TP_L1I_WAYS, 4 },
                 { TP_L1D, 64 * LINE },
                 { TP_L1D_WAYS, 4 },
                 { TP_L1D_MSHR, 8 },
                 { TP_L2, 1024 * LINE },
                 { TP_L2_WAYS, 8 },
                 { TP_L2_LATENCY, L2 },
                 { TP_L2_BANDWIDTH, 1024 },
                 { TP_L2_MSHR, 16 },
                 { TP_SLC, 16384 * LINE },
                 { TP_SLC_WAYS, 16 },
                 { TP_SLC_LATENCY, SLC },
                 { TP_SLC_BANDWIDTH, 1024 },
                 { TP_DRAM_LATENCY, DRAM },
                 { TP_DRAM_BANDWIDTH, 1024 },
                 { TP_SNOOP, SNOOP },
                 { TP_DEVICE, 200 },
                 { TP_L1ITLB, 4 },
                 { TP_L1DTLB, 4 },
                 { TP_L2TLB, 16 },
                 { TP_L2TLB_WAYS, 4 },
                 { TP_L2TLB_LATENCY, L2TLB },
                 { TP_WALK_STEP, STEP } };

    memset(&model, 0, sizeof(model));
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        model.param[rows[i].p] = rows[i].value;
}

static void drop(void *arg)
{
    struct cpu *cpu = arg;
    timing_memory_free(cpu->timing_memory);
}

static void give(struct cpu *cpu)
{
    if (!timing_memory_create(cpu, &model))
        abort();
    free_after_test(drop, cpu);
}

static void start(void)
{
    drop(&cpus[0]), drop(&cpus[1]);
    setup();
    cpus[1].mpidr = 1;
    defaults();
}
/* One CPU at EL2 with the MMU off, so that no translation costs anything. */
static void one(void)
{
    start();
    give(c);
}
static void both(void)
{
    one();
    give(&cpus[1]);
}

/* Accesses far enough apart that nothing is in flight, unless a test says when. */
static uint64_t now = 1000000;
static uint64_t later(void) { return now += 100000; }
static unsigned ld_at(uint64_t a, uint64_t when) { return timing_load(c, a, a, 8, when, 0x1000); }
static unsigned st_at(uint64_t a, uint64_t when) { return timing_store(c, a, a, 8, when, 0x1000); }
static unsigned ld(uint64_t a) { return ld_at(a, later()); }
static unsigned st(uint64_t a) { return st_at(a, later()); }
static unsigned ld1(uint64_t a) { return timing_load(&cpus[1], a, a, 8, later(), 0x1000); }
static unsigned st1(uint64_t a) { return timing_store(&cpus[1], a, a, 8, later(), 0x1000); }
static unsigned fetch(uint64_t a) { return timing_fetch(c, a, a, later()); }
static uint64_t count(enum timing_event e) { return timing_memory_counts(c->timing_memory)[e]; }

/* ---- Levels ---- */

TEST(each_level_has_its_latency)
{
    one();
    for (unsigned i = 0; i < 16384; i++)
        EXPECT_EQ(ld(DATA + i * LINE), DRAM);
    EXPECT_EQ(ld(DATA + 16383 * LINE), 0);
    EXPECT_EQ(ld(DATA + 16300 * LINE), L2);
    EXPECT_EQ(ld(DATA + 16300 * LINE + 56), 0);
    EXPECT_EQ(ld(DATA), SLC);
    EXPECT_EQ(ld(DATA), 0);
    EXPECT_EQ(count(TE_L1D_CACHE), 16384 + 5);
    EXPECT_EQ(count(TE_MEM_ACCESS), 16384 + 5);
    EXPECT_EQ(count(TE_L1D_CACHE_REFILL), 16384 + 2);
    EXPECT_EQ(count(TE_L2D_CACHE), 16384 + 2);
    EXPECT_EQ(count(TE_L2D_CACHE_REFILL), 16384 + 1);
    EXPECT_EQ(count(TE_L3D_CACHE), 16384 + 1);
    EXPECT_EQ(count(TE_L3D_CACHE_REFILL), 16384);
    EXPECT_EQ(count(TE_BUS_ACCESS), 16384 + 1);
    EXPECT_EQ(count(TE_L1D_CACHE_WB), 0);
}

TEST(levels_that_are_not_there)
{
    start();
    model.param[TP_L2] = model.param[TP_SLC] = 0;
    give(c);
    EXPECT_EQ(ld(DATA), DRAM);
    EXPECT_EQ(ld(DATA), 0);
    for (unsigned i = 1; i <= 4; i++)
        EXPECT_EQ(st(DATA + i * 16 * LINE), DRAM);
    EXPECT_EQ(ld(DATA), DRAM);
    EXPECT_EQ(count(TE_L2D_CACHE) + count(TE_L3D_CACHE), 0);
}

TEST(an_access_over_lines_waits_for_the_slower_one)
{
    one();
    ld(DATA);
    EXPECT_EQ(timing_load(c, DATA + LINE - 4, DATA + LINE - 4, 8, later(), 0), DRAM);
    EXPECT_EQ(timing_load(c, DATA + LINE - 4, DATA + LINE - 4, 8, later(), 0), 0);
    EXPECT_EQ(count(TE_MEM_ACCESS), 3);
    EXPECT_EQ(count(TE_L1D_CACHE), 5);
    EXPECT_EQ(timing_load(c, DATA + 4096, DATA + 4096, 2048, later(), 0), 4 * DRAM); /* eight at a time */
    EXPECT_EQ(count(TE_L1D_CACHE_REFILL), 2 + 32);
}

TEST(the_least_recently_used_line_leaves)
{
    one();
    for (unsigned i = 0; i < 4; i++)
        ld(DATA + i * 16 * LINE);
    EXPECT_EQ(ld(DATA), 0); /* a line that is known to hit is used by it */
    EXPECT_EQ(ld(DATA + 4 * 16 * LINE), DRAM);
    EXPECT_EQ(ld(DATA), 0);
    EXPECT_EQ(ld(DATA + 1 * 16 * LINE), L2);
    EXPECT_EQ(ld(DATA), 0);
    EXPECT_EQ(ld(DATA + 3 * 16 * LINE), 0);
}

TEST(dirty_lines_are_written_back)
{
    one();
    for (unsigned i = 0; i < 4; i++)
        st(DATA + i * 16 * LINE);
    EXPECT_EQ(count(TE_L1D_CACHE_WB), 0);
    ld(DATA + 4 * 16 * LINE);
    EXPECT_EQ(count(TE_L1D_CACHE_WB), 1);
    EXPECT_EQ(count(TE_L2D_CACHE), 6);
    for (unsigned i = 5; i < 4096; i++)
        ld(DATA + i * 16 * LINE);
    EXPECT_EQ(count(TE_L1D_CACHE_WB), 4);
    EXPECT_EQ(count(TE_L2D_CACHE_WB), 4);
}

/* ---- Misses in flight ---- */

TEST(a_line_in_flight_is_waited_for)
{
    one();
    uint64_t t = later();
    EXPECT_EQ(ld_at(DATA, t), DRAM);
    EXPECT_EQ(ld_at(DATA + 8, t + 30), DRAM - 30);
    EXPECT_EQ(st_at(DATA + 16, t + 40), DRAM - 40);
    EXPECT_EQ(ld_at(DATA + 24, t + DRAM), 0);
    EXPECT_EQ(ld_at(DATA + 24, t + 10), DRAM - 10);
    EXPECT_EQ(count(TE_L1D_CACHE_REFILL), 1);
}

TEST(misses_in_flight_are_limited)
{
    start();
    model.param[TP_L1D_MSHR] = 2;
    give(c);
    uint64_t t = later();
    EXPECT_EQ(ld_at(DATA, t), DRAM);
    EXPECT_EQ(ld_at(DATA + LINE, t + 1), DRAM);
    EXPECT_EQ(ld_at(DATA + 2 * LINE, t + 2), 2 * DRAM - 2);
    EXPECT_EQ(ld_at(DATA + 3 * LINE, t + 3), 2 * DRAM - 2);
    EXPECT_EQ(ld_at(DATA + 4 * LINE, t + 4), 3 * DRAM - 4);
    EXPECT_EQ(ld_at(DATA, t + DRAM), 0);
}

TEST(misses_of_L2_are_limited)
{
    start();
    model.param[TP_L2_MSHR] = 1;
    give(c);
    uint64_t t = later();
    EXPECT_EQ(ld_at(DATA, t), DRAM);
    EXPECT_EQ(ld_at(DATA + LINE, t), 2 * DRAM);
}

/* ---- Bandwidth ---- */

TEST(bandwidth_is_shared_out)
{
    start();
    model.param[TP_DRAM_BANDWIDTH] = 4;
    model.param[TP_L1D_MSHR] = 64, model.param[TP_L2_MSHR] = 256;
    give(c);
    uint64_t t = later(), last = 0;
    t -= t % 65536; /* the beginning of a slot */
    for (unsigned i = 0; i < 48; i++)
        last = ld_at(DATA + i * LINE, t);
    EXPECT_EQ(last, DRAM + 47 * LINE / 4);
    EXPECT_EQ(ld(DATA + 100 * LINE), DRAM);
}

TEST(a_cpu_whose_time_is_behind_finds_its_slot)
{
    start();
    model.param[TP_DRAM_BANDWIDTH] = 1;
    give(c);
    give(&cpus[1]);
    uint64_t t = later();
    for (unsigned i = 0; i < 64; i++) /* one CPU's quantum, all of the bandwidth */
        ld_at(DATA + i * LINE, t + i * 200);
    EXPECT_EQ(timing_load(&cpus[1], DATA + 100 * LINE, DATA + 100 * LINE, 8, t - 1000, 0), DRAM);
    unsigned wait = timing_load(&cpus[1], DATA + 101 * LINE, DATA + 101 * LINE, 8, t + 100, 0);
    EXPECT(wait < DRAM + 3 * LINE);
}

TEST(shared_levels_count_in_time)
{
    start();
    model.param[TP_DRAM_BANDWIDTH] = 1; /* of the first CPU's cycles: 64 ns a line */
    cpus[1].clock_hz = 2000000000;
    give(c);
    give(&cpus[1]);
    uint64_t t = later();
    t -= t % 65536;
    EXPECT_EQ(timing_load(&cpus[1], DATA, DATA, 8, 2 * t, 0), DRAM);
    EXPECT_EQ(timing_load(&cpus[1], DATA + LINE, DATA + LINE, 8, 2 * t, 0), DRAM + 2 * LINE);
    EXPECT_EQ(ld_at(DATA + 2 * LINE, t), DRAM + 2 * LINE);
}

/* ---- The prefetcher ---- */

static unsigned stride(uint64_t bytes, unsigned from, unsigned to)
{
    unsigned sum = 0;
    for (unsigned i = from; i < to; i++)
        sum += ld(DATA + i * bytes);
    return sum;
}

TEST(strides_are_prefetched)
{
    start();
    model.param[TP_PREFETCH_DEGREE] = 4, model.param[TP_PREFETCH_STREAMS] = 4;
    give(c);
    EXPECT_EQ(stride(LINE, 0, 3), 3 * DRAM);
    EXPECT_EQ(stride(LINE, 3, 64), 0);
    EXPECT_EQ(count(TE_PREFETCH), 61); /* up to the end of 4 KiB */
    EXPECT_EQ(count(TE_L1D_CACHE_REFILL), 3);
    EXPECT_EQ(stride(LINE, 64, 128), DRAM);       /* the page's first */
    EXPECT_EQ(stride(8, 128 * 8, 192 * 8), DRAM); /* eight accesses a line make no difference */
    one();
    EXPECT_EQ(stride(LINE, 0, 10), 10 * DRAM);
    EXPECT_EQ(count(TE_PREFETCH), 0);
}

TEST(strides_of_several_lines_and_down)
{
    start();
    model.param[TP_PREFETCH_DEGREE] = 2, model.param[TP_PREFETCH_STREAMS] = 4;
    give(c);
    EXPECT_EQ(stride(200, 0, 3), 3 * DRAM);
    EXPECT_EQ(stride(200, 3, 20), 0);
    unsigned sum = 0;
    for (unsigned i = 0; i < 60; i++)
        sum += timing_load(c, DATA + 0x20fc0 - i * LINE, DATA + 0x20fc0 - i * LINE, 8, later(), 0x2000);
    EXPECT_EQ(sum, 3 * DRAM);
}

TEST(no_prefetch_without_a_free_miss)
{
    start();
    model.param[TP_PREFETCH_DEGREE] = 4, model.param[TP_PREFETCH_STREAMS] = 4, model.param[TP_L1D_MSHR] = 1;
    give(c);
    uint64_t t = later();
    for (unsigned i = 0; i < 20; i++)
        ld_at(DATA + i * LINE, t);
    EXPECT_EQ(count(TE_PREFETCH), 0);
}

TEST(prfm_brings_a_line)
{
    one();
    timing_prefetch(c, DATA, DATA, later());
    EXPECT_EQ(ld(DATA), 0);
    EXPECT_EQ(count(TE_L1D_CACHE_REFILL), 0);
    EXPECT_EQ(count(TE_MEM_ACCESS), 1);
}

/* ---- Coherence ---- */

TEST(a_dirty_line_is_snooped)
{
    both();
    EXPECT_EQ(st(DATA), DRAM);
    EXPECT_EQ(st(DATA), 0);
    EXPECT_EQ(ld1(DATA), SNOOP);
    EXPECT_EQ(ld1(DATA), 0);
    EXPECT_EQ(ld(DATA), 0); /* both have it clean */
    EXPECT_EQ(st(DATA), SNOOP);
    EXPECT_EQ(st(DATA), 0);
    EXPECT_EQ(ld1(DATA), SNOOP);
    EXPECT_EQ(st1(DATA), SNOOP);
    EXPECT_EQ(st1(DATA), 0);
    EXPECT_EQ(st(DATA), SNOOP);
}

TEST(what_nobody_else_has_is_owned_at_once)
{
    both();
    EXPECT_EQ(ld(DATA), DRAM);
    EXPECT_EQ(st(DATA), 0);
    EXPECT_EQ(ld1(DATA + LINE), DRAM);
    EXPECT_EQ(ld(DATA + LINE), SLC); /* clean there: the system cache has it */
    EXPECT_EQ(st(DATA + LINE), SNOOP);
    EXPECT_EQ(ld1(DATA + LINE), SNOOP);
}

TEST(a_dirty_line_in_anothers_L2_is_snooped)
{
    both();
    st(DATA);
    for (unsigned i = 1; i <= 4; i++)
        ld(DATA + i * 16 * LINE);
    EXPECT_EQ(count(TE_L1D_CACHE_WB), 1);
    EXPECT_EQ(ld1(DATA), SNOOP);
    EXPECT_EQ(ld(DATA), L2);
}

TEST(a_cluster_shares_L2)
{
    start();
    model.param[TP_L2_SHARED] = 1;
    give(c);
    give(&cpus[1]);
    EXPECT_EQ(ld(DATA), DRAM);
    EXPECT_EQ(ld1(DATA), L2);
    EXPECT_EQ(st(DATA), SNOOP);
    EXPECT_EQ(ld1(DATA), SNOOP);
    start();
    cpus[1].mpidr = 0x100; /* of another cluster */
    model.param[TP_L2_SHARED] = 1;
    give(c);
    give(&cpus[1]);
    EXPECT_EQ(ld(DATA), DRAM);
    EXPECT_EQ(ld1(DATA), SLC);
}

TEST(stores_reach_instructions)
{
    both();
    EXPECT_EQ(fetch(DATA), DRAM);
    EXPECT_EQ(fetch(DATA + 60), 0);
    EXPECT_EQ(st1(DATA), SNOOP);
    EXPECT_EQ(fetch(DATA), SNOOP);
    EXPECT_EQ(st(DATA), SNOOP); /* the other CPU still has it */
    EXPECT_EQ(fetch(DATA), L2);
    EXPECT_EQ(fetch(DATA), 0);
    EXPECT_EQ(st(DATA), 0);
    EXPECT_EQ(fetch(DATA), L2);
    EXPECT_EQ(count(TE_L1I_CACHE), 6);
    EXPECT_EQ(count(TE_L1I_CACHE_REFILL), 4);
}

TEST(cpus_with_other_lines)
{
    start();
    give(c);
    model.param[TP_LINE] = 256;
    static struct timing_model other;
    other = model;
    if (!timing_memory_create(&cpus[1], &other))
        abort();
    free_after_test(drop, &cpus[1]);
    st(DATA + LINE);
    EXPECT_EQ(ld1(DATA), SNOOP); /* a quarter of its line */
    EXPECT_EQ(st1(DATA), SNOOP);
    EXPECT_EQ(ld(DATA + LINE), SNOOP);
    EXPECT_EQ(ld(DATA + 3 * LINE), SLC);
}

/* ---- Maintenance by address ---- */

TEST(cache_maintenance)
{
    both();
    st(DATA);
    EXPECT_EQ(timing_cache_op(c, DATA, LINE, false, false, later()), SLC);
    EXPECT_EQ(ld(DATA), 0);
    EXPECT_EQ(timing_cache_op(c, DATA, LINE, true, false, later()), L2);
    EXPECT_EQ(ld(DATA), SLC);
    st1(DATA);
    EXPECT_EQ(timing_cache_op(c, DATA, LINE, true, false, later()), SNOOP + SLC);
    EXPECT_EQ(ld1(DATA), SLC);
    fetch(DATA + LINE);
    EXPECT_EQ(timing_cache_op(&cpus[1], DATA + LINE, LINE, true, true, later()), SNOOP);
    EXPECT_EQ(fetch(DATA + LINE), L2);
    timing_cache_op(c, 0, 0, true, true, later());
    EXPECT_EQ(fetch(DATA + LINE), L2);
}

TEST(zeroing_reads_nothing)
{
    both();
    EXPECT_EQ(timing_zero(c, DATA, DATA, LINE, later(), 0), 0);
    EXPECT_EQ(count(TE_L2D_CACHE) + count(TE_L1D_CACHE_REFILL), 0);
    EXPECT_EQ(st(DATA), 0);
    EXPECT_EQ(ld1(DATA), SNOOP);
    EXPECT_EQ(timing_zero(c, DATA, DATA, LINE, later(), 0), SNOOP);
}

TEST(devices)
{
    one();
    EXPECT_EQ(timing_device(c, DEVICE, 4, later()), 200);
    EXPECT_EQ(count(TE_MEM_ACCESS), 1);
    EXPECT_EQ(count(TE_L1D_CACHE), 0);
}

/* ---- Translation ---- */

/* Every page of these maps the same data. A first-level cache in which everything finds room leaves translation alone
 * to cost something. */
static uint64_t at(unsigned page) { return (uint64_t)page * PAGE; }

static void map_pages(unsigned last)
{
    for (unsigned i = 0; i <= last; i++)
        map1(at(i), DATA, D_NORMAL | D_NG);
}
static void large_l1(void)
{
    start();
    model.param[TP_L1D] = 4096 * LINE, model.param[TP_L1D_WAYS] = 16;
}
/* A host with stage 1 of four levels. */
static void stage1(void)
{
    large_l1();
    stage1_on(true);
    map_pages(63);
    give(c);
}

/* Read a page whose data and descriptors are in L1D. */
static unsigned page_cost(uint64_t va)
{
    struct walk_description d;
    uint64_t cycles;
    if (!mem_debug_walk(c, va, false, &d))
        FAIL("%#llx is not mapped", (unsigned long long)va);
    for (unsigned i = 0; i < d.steps; i++)
        l1_data(c->timing_memory, d.step[i].pa, L1_LOAD, later(), &cycles);
    l1_data(c->timing_memory, DATA, L1_LOAD, later(), &cycles);
    return timing_load(c, va, DATA, 8, later(), 0);
}
static unsigned page(unsigned n) { return page_cost(at(n)); }

/* That, and how many descriptors the walk has read: cost as the steps say. */
static uint64_t accesses(uint64_t va)
{
    uint64_t before = count(TE_WALK_ACCESS);
    unsigned cost = page_cost(va);
    uint64_t n = count(TE_WALK_ACCESS) - before;
    EXPECT_EQ(cost, n ? L2TLB + n * STEP : 0);
    return n;
}

TEST(a_walk_of_one_stage)
{
    stage1();
    EXPECT_EQ(accesses(at(1)), 4);
    EXPECT_EQ(count(TE_DTLB_WALK), 1);
    EXPECT_EQ(accesses(at(1)), 0);
    EXPECT_EQ(accesses(at(2)), 4);
    map_at(ttbr0, 0, 12, 0x40000000, 2, DATA | D_NORMAL | D_NG); /* 2 MiB */
    EXPECT_EQ(accesses(0x40000000), 3);
    EXPECT_EQ(accesses(0x401ff000), 0);
    EXPECT_EQ(count(TE_DTLB_WALK), 3);
    EXPECT_EQ(count(TE_L1D_TLB_REFILL), 3);
    EXPECT_EQ(count(TE_L2D_TLB_REFILL), 3);
}

TEST(descriptors_are_loaded_through_the_caches)
{
    struct walk_description d;
    uint64_t cycles;
    stage1();
    EXPECT_EQ(timing_load(c, at(1), DATA, 8, later(), 0), L2TLB + 4 * STEP + 4 * DRAM + DRAM);
    EXPECT_EQ(timing_load(c, at(2), DATA, 8, later(), 0), L2TLB + 4 * STEP);
    EXPECT_EQ(timing_load(c, at(9), DATA, 8, later(), 0),
              L2TLB + 4 * STEP + DRAM); /* the next line of the last table */
    EXPECT_EQ(count(TE_L1D_CACHE), 3 + 12);
    EXPECT_EQ(count(TE_MEM_ACCESS), 3);
    EXPECT(mem_debug_walk(c, at(20), false, &d));
    l1_data(c->timing_memory, d.step[3].pa, L1_STORE, later(), &cycles);
    EXPECT_EQ(timing_load(c, at(20), DATA, 8, later(), 0), L2TLB + 4 * STEP);
}

TEST(a_translation_in_flight_is_waited_for)
{
    stage1();
    page(2), page(1);
    tlbi(EL2, TLBI_ALL, 0, 0, 0, 0);
    uint64_t t = later();
    EXPECT_EQ(timing_load(c, at(1), DATA, 8, t, 0), L2TLB + 4 * STEP);
    EXPECT_EQ(timing_load(c, at(1) + 8, DATA + 8, 8, t + 3, 0), L2TLB + 4 * STEP - 3);
}

TEST(two_levels_of_TLB)
{
    stage1();
    for (unsigned i = 1; i <= 4; i++)
        EXPECT_EQ(page(i), L2TLB + 4 * STEP);
    for (unsigned i = 1; i <= 4; i++)
        EXPECT_EQ(page(i), 0);
    EXPECT_EQ(page(5), L2TLB + 4 * STEP);
    EXPECT_EQ(page(1), L2TLB); /* page 1 was the oldest of four */
    EXPECT_EQ(page(3), 0);
    EXPECT_EQ(page(2), L2TLB);
    EXPECT_EQ(count(TE_L1D_TLB_REFILL), 7);
    EXPECT_EQ(count(TE_L2D_TLB), 7);
    EXPECT_EQ(count(TE_L2D_TLB_REFILL), 5);
    for (unsigned i = 8; i < 28; i++)
        page(i); /* more than the second level holds */
    EXPECT_EQ(page(1), L2TLB + 4 * STEP);
    EXPECT_EQ(count(TE_L1D_TLB), count(TE_L1D_CACHE) - count(TE_WALK_ACCESS));
}

TEST(instructions_have_a_TLB_of_their_own)
{
    stage1();
    page(1);
    EXPECT_EQ(timing_fetch(c, at(1), DATA, later()), L2TLB + L2);
    EXPECT_EQ(count(TE_L1I_TLB_REFILL), 1);
    EXPECT_EQ(count(TE_L2I_TLB), 1);
    EXPECT_EQ(count(TE_ITLB_WALK), 0);
    EXPECT_EQ(timing_fetch(c, at(2), DATA, later()), L2TLB + 4 * STEP);
    EXPECT_EQ(count(TE_ITLB_WALK), 1);
    EXPECT_EQ(timing_fetch(c, at(2), DATA, later()), 0);
    EXPECT_EQ(count(TE_L1I_TLB), 3);
}

/* A guest whose stages have four levels of 4 KiB tables each. */
static uint64_t guest_pages(unsigned pages)
{
    large_l1();
    stage1_on(false);
    vttbr = alloc(4096);
    c->sysreg[SR_VTCR_EL2] = 16 | 2 << 6 | UINT64_C(5) << 16 | 1 << 19;
    c->sysreg[SR_VTTBR_EL2] = vttbr | UINT64_C(5) << 48;
    c->sysreg[SR_HCR_EL2] |= HCR_VM;
    mmu_context_changed(c);
    for (unsigned i = 0; i < pages; i++)
        map1(at(i), DATA, D_NORMAL | D_NG);
    for (uint64_t pa = RAM; pa < RAM + RAM_SIZE; pa += PAGE)
        map_at(vttbr, 0, 12, pa, 3, pa | S2_NORMAL | S2_RW);
    return 0;
}

TEST(a_walk_of_two_stages)
{
    guest_pages(64);
    give(c);
    EXPECT_EQ(accesses(at(1)), 24);
    EXPECT_EQ(accesses(at(2)), 24);
    c->sysreg[SR_SCTLR_EL1] = 0; /* stage 2 alone */
    mmu_context_changed(c);
    EXPECT_EQ(accesses(DATA), 4);
}

TEST(a_walk_of_two_stages_with_a_cache_of_stage_1)
{
    guest_pages(64);
    model.param[TP_WALK_CACHE_S1] = 8;
    give(c);
    EXPECT_EQ(accesses(at(1)), 24);
    EXPECT_EQ(accesses(at(2)), 4 + 1 + 4); /* the last table is known: its entry's IPA, the entry, the output's IPA */
}

TEST(a_walk_of_two_stages_with_a_cache_of_stage_2)
{
    guest_pages(64);
    model.param[TP_WALK_CACHE_S2] = 16;
    give(c);
    /* Tables and data lie in different 4 KiB pages of one 1 GiB region: after the first translation of an IPA the
     * others find its table of level 1, or of level 2 in the same 2 MiB. Tables are within 2 MiB here, data is not. */
    EXPECT_EQ(accesses(at(1)), 4 + 1 + 3 * (1 + 1) + 2);
    EXPECT_EQ(accesses(at(2)), 4); /* every IPA is known */
}

TEST(a_walk_of_two_stages_with_both)
{
    guest_pages(64);
    model.param[TP_WALK_CACHE_S1] = 8, model.param[TP_WALK_CACHE_S2] = 16;
    give(c);
    EXPECT_EQ(accesses(at(1)), 4 + 1 + 3 * (1 + 1) + 2);
    EXPECT_EQ(accesses(at(2)), 1);
}

TEST(walk_caches_forget_the_oldest)
{
    stage1();
    drop(c);
    model.param[TP_WALK_CACHE_S1] = 3;
    give(c);
    map1(UINT64_C(1) << 39, DATA, D_NORMAL | D_NG); /* other tables of all levels */
    EXPECT_EQ(accesses(at(1)), 4);
    EXPECT_EQ(accesses(at(2)), 1);
    EXPECT_EQ(accesses(UINT64_C(1) << 39), 4);
    EXPECT_EQ(accesses(at(3)), 4);
    EXPECT_EQ(accesses(at(4)), 1);
}

/* ---- TLB maintenance ---- */

TEST(tlbi_by_address)
{
    stage1();
    page(1), page(2), page(3);
    tlbi(EL2, TLBI_VA, at(2), PAGE, 0, 0);
    EXPECT_EQ(page(1), 0);
    EXPECT_EQ(page(3), 0);
    EXPECT_EQ(page(2), L2TLB + 4 * STEP);
    tlbi(EL2, TLBI_VA, at(2), PAGE, 7, 0); /* of another ASID */
    EXPECT_EQ(page(2), 0);
    tlbi(EL2, TLBI_VAA, at(2), PAGE, 7, 0);
    EXPECT_EQ(page(2), L2TLB + 4 * STEP);
    tlbi(EL2, TLBI_VA, 0, 64 * PAGE, 0, 0);
    EXPECT_EQ(page(3), L2TLB + 4 * STEP);
    tlbi(EL1, TLBI_ALL, 0, 0, 0, 0); /* of another regime */
    EXPECT_EQ(page(3), 0);
    tlbi(EL2, TLBI_ALL, 0, 0, 0, 0);
    EXPECT_EQ(page(3), L2TLB + 4 * STEP);
}

TEST(tlbi_of_what_only_the_second_level_has)
{
    stage1();
    for (unsigned i = 1; i <= 8; i++)
        page(i);
    tlbi(EL2, TLBI_VA, at(1), PAGE, 0, 0);
    EXPECT_EQ(page(2), L2TLB);
    EXPECT_EQ(page(1), L2TLB + 4 * STEP);
    map_at(ttbr0, 0, 12, 0x40000000, 2, DATA | D_NORMAL | D_NG);
    page_cost(0x40000000);
    for (unsigned i = 1; i <= 4; i++)
        page(i);
    tlbi(EL2, TLBI_VA, 0x40100000, PAGE, 0, 0); /* in the middle of a block */
    EXPECT_EQ(page_cost(0x40000000), L2TLB + 3 * STEP);
}

TEST(tlbi_and_asids)
{
    uint64_t high = UINT64_C(0xffff800000000000);
    stage1();
    map1(high, DATA, D_NORMAL); /* global */
    page(1), page_cost(high);
    c->sysreg[SR_TTBR0_EL2] = ttbr0 | UINT64_C(1) << 48;
    mmu_context_changed(c);
    EXPECT_EQ(page(1), L2TLB + 4 * STEP);
    EXPECT_EQ(page_cost(high), 0);
    tlbi(EL2, TLBI_ASID, 0, 0, 0, 0);
    EXPECT_EQ(page(1), 0);
    c->sysreg[SR_TTBR0_EL2] = ttbr0;
    mmu_context_changed(c);
    EXPECT_EQ(page_cost(high), 0);
    EXPECT_EQ(page(1), L2TLB + 4 * STEP);
}

TEST(tlbi_of_the_last_level_leaves_walk_caches)
{
    struct tlbi leaf = { .regime = EL2, .scope = TLBI_VA, .start = at(1), .length = PAGE, .last_level = true };
    stage1();
    drop(c);
    model.param[TP_WALK_CACHE_S1] = 8;
    give(c);
    EXPECT_EQ(accesses(at(1)), 4);
    tlb_invalidate(c, &leaf);
    EXPECT_EQ(accesses(at(1)), 1);
    tlbi(EL2, TLBI_VA, at(1), PAGE, 0, 0);
    EXPECT_EQ(accesses(at(1)), 4);
}

TEST(tlbi_of_a_guest)
{
    guest_pages(64);
    model.param[TP_WALK_CACHE_S1] = 8, model.param[TP_WALK_CACHE_S2] = 64;
    give(c);
    accesses(at(1));
    EXPECT_EQ(accesses(at(2)), 1);
    tlbi(EL1, TLBI_VMALL, 0, 0, 0, 5); /* stage 1 goes, what IPAs are stays */
    EXPECT_EQ(accesses(at(2)), 4);
    tlbi(EL1, TLBI_VMALLS12, 0, 0, 0, 6); /* another guest's */
    EXPECT_EQ(accesses(at(2)), 0);
    tlbi(EL1, TLBI_VMALLS12, 0, 0, 0, 5);
    EXPECT_EQ(accesses(at(2)), 4 + 1 + 3 * (1 + 1) + 2);
    tlbi(EL1, TLBI_IPAS2, DATA, PAGE, 0, 5);
    EXPECT_EQ(accesses(at(2)), 4 + 4); /* one IPA, and everything made with stage 2 */
    tlbi(EL1, TLBI_ALL, 0, 0, 0, 0);
    EXPECT_EQ(accesses(at(2)), 4 + 1 + 3 * (1 + 1) + 2);
}

TEST(contexts_are_renumbered)
{
    stage1();
    EXPECT_EQ(page(1), L2TLB + 4 * STEP);
    for (unsigned asid = 1; asid <= 5000; asid++) {
        c->sysreg[SR_TTBR0_EL2] = ttbr0 | (uint64_t)asid << 48;
        mmu_context_changed(c);
    }
    EXPECT_EQ(page(1), L2TLB + 4 * STEP); /* by another ASID */
    c->sysreg[SR_TTBR0_EL2] = ttbr0;
    mmu_context_changed(c);
    EXPECT_EQ(page(1), 0);
}

/* ---- Nothing decides but what the model says ---- */

static uint64_t seed;
static uint64_t rnd(void)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return seed >> 33;
}

static void save(struct state_pass *s)
{
    *s = (struct state_pass){ .mode = STATE_SAVE };
    for (unsigned i = 0; i < 2; i++)
        timing_memory_visit(s, cpus[i].timing_memory);
}
static void load(struct state_pass *s, bool check_only)
{
    static const enum state_mode modes[] = { STATE_CHECK, STATE_LOAD };
    for (unsigned i = 0; i < (check_only ? 1u : 2u); i++) {
        struct state_pass pass = { .mode = modes[i], .data = s->data, .size = s->used };
        for (unsigned n = 0; n < 2; n++)
            timing_memory_visit(&pass, cpus[n].timing_memory);
        if (pass.failed || pass.used != s->used)
            FAIL("not loaded: %s", pass.error);
    }
}

/* One access of some kind by some CPU: its cycles. */
static uint64_t something(void)
{
    struct cpu *cpu = &cpus[rnd() % 4 == 0];
    uint64_t kind = rnd() % 32, n = rnd() % 2 ? rnd() % 24 : rnd() % 600, va = n * LINE + rnd() % 56, pa;
    unsigned size = rnd() % 8 ? 8 : 1 + (unsigned)rnd() % 256;

    now += rnd() % 40;
    va += rnd() % 4 * 10 * PAGE;                   /* four names */
    pa = DATA + va / PAGE % 10 * PAGE + va % PAGE; /* of ten pages */
    if (va / PAGE != (va + size - 1) / PAGE)
        size = 1;
    switch (kind) {
    case 0: return timing_fetch(cpu, va, pa, now);
    case 1: return timing_zero(cpu, va & ~UINT64_C(63), pa & ~UINT64_C(63), LINE, now, 0);
    case 2: return timing_cache_op(cpu, pa, LINE, rnd() & 1, rnd() & 1, now);
    case 3: timing_prefetch(cpu, va, pa, now); return 0;
    case 4:
        if (rnd() % 8 == 0)
            tlbi(EL2, rnd() & 1 ? TLBI_VA : TLBI_ASID, va, PAGE * (1 + rnd() % 40), 0, 0);
        return 0;
    default:
        return kind & 1 ? timing_load(cpu, va, pa, size, now - rnd() % 30, rnd() % 4)
                        : timing_store(cpu, va, pa, size, now, rnd() % 4);
    }
}

enum { STEPS = 20000 };
enum { PLAIN, FORGETTING, SAVING, CHECKING };

/* The same accesses, with the shortcuts dropped or the state saved and loaded on the way: a hash of all cycles. */
static uint64_t course(unsigned how)
{
    uint64_t hash = 0;
    struct state_pass old;

    start();
    stage1_on(true);
    map_pages(40);
    model.param[TP_PREFETCH_DEGREE] = 3, model.param[TP_PREFETCH_STREAMS] = 3;
    model.param[TP_WALK_CACHE_S1] = 3, model.param[TP_DRAM_BANDWIDTH] = 16, model.param[TP_L1D_MSHR] = 3;
    for (unsigned i = 0; i < 2; i++)
        if (!timing_memory_create(&cpus[i], &model))
            abort();
    seed = 42, now = 1000000;
    save(&old);
    for (unsigned i = 0; i < STEPS; i++) {
        hash = hash_value(hash, something());
        if (how == FORGETTING)
            timing_contexts_renumbered(&cpus[rnd() & 1]);
        else
            rnd();
        if (how == CHECKING && i % 500 == 0) {
            struct state_pass s;
            load(&old, true);
            save(&s);
            free(old.data);
            old = s;
        }
        if (how == SAVING && i % 500 == 0) {
            struct state_pass s;
            save(&s);
            for (unsigned n = 0; n < 10; n++) { /* what is loaded over */
                uint64_t was = seed, then = now;
                something();
                seed = was, now = then;
            }
            load(&s, false);
            free(s.data);
        }
    }
    free(old.data);
    for (unsigned i = 0; i < 2; i++) {
        hash = hash_bytes(hash, timing_memory_counts(cpus[i].timing_memory), TIMING_EVENTS * sizeof(uint64_t));
        timing_memory_free(cpus[i].timing_memory);
    }
    return hash;
}

TEST(shortcuts_decide_nothing) { EXPECT_EQ(course(FORGETTING), course(PLAIN)); }
TEST(checking_changes_nothing) { EXPECT_EQ(course(CHECKING), course(PLAIN)); }
TEST(a_snapshot_has_everything) { EXPECT_EQ(course(SAVING), course(PLAIN)); }

/* Any value that a parameter may have, and a state of random bytes. */
TEST(hostile_models_and_states)
{
    static const uint64_t max[] = {
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) MAX,
#include "core/timing_param.def"
    };
    static const uint64_t min[] = {
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) MIN,
#include "core/timing_param.def"
    };

    for (unsigned round = 0; round < 40; round++) {
        start();
        stage1_on(true);
        map_pages(40);
        seed = round + 1;
        for (unsigned p = 0; p < TIMING_PARAMS; p++) {
            uint64_t range = max[p] - min[p], kind = rnd() % 4;
            model.param[p] =
                kind == 0 ? min[p]
                          : min[p] + (kind == 1 && range < 1 << 20 ? range : rnd() % (range < 5000 ? range + 1 : 5000));
        }
        for (unsigned i = 0; i < 2; i++)
            if (!timing_memory_create(&cpus[i], &model))
                abort();
        for (unsigned part = 0; part < 2; part++) {
            for (unsigned i = 0; i < 2000; i++) {
                uint64_t cycles = something();
                if (cycles > LONGEST_WAIT)
                    FAIL("round %u: %llu cycles", round, (unsigned long long)cycles);
            }
            struct state_pass s;
            save(&s);
            for (size_t i = 0; i < s.used; i++)
                s.data[i] = (uint8_t)(rnd() % 16 ? s.data[i] : rnd());
            struct state_pass pass = { .mode = STATE_LOAD, .data = s.data, .size = s.used };
            for (unsigned n = 0; n < 2; n++)
                timing_memory_visit(&pass, cpus[n].timing_memory);
            free(s.data);
        }
        for (unsigned i = 0; i < 2; i++)
            timing_memory_free(cpus[i].timing_memory);
    }
}

TEST_MAIN
