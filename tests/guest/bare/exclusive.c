// Exclusives and Armv8.1 atomics on up to four CPUs: a lock, counters, and what CLREX and other accesses do.
#include "bare.h"

const char bare_name[] = "exclusive";

#define ROUNDS 5000

static uint32_t lock;
static uint64_t guarded, added, swapped_out[MAX_CPUS], cell = 1, compared, pair[2] __attribute__((aligned(16)));
static unsigned finished;

static void acquire(void)
{
    uint32_t seen, failed;

    asm volatile("sevl\n"
                 "1: wfe\n"
                 "2: ldaxr %w0, [%2]\n"
                 "cbnz %w0, 1b\n"
                 "stxr %w1, %w3, [%2]\n"
                 "cbnz %w1, 2b\n"
                 : "=&r"(seen), "=&r"(failed)
                 : "r"(&lock), "r"(1)
                 : "memory");
}

static void release(void) { asm volatile("stlr wzr, [%0]" ::"r"(&lock) : "memory"); }

static void add_pair(void)
{
    register uint64_t low asm("x4"), high asm("x5");
    register uint64_t new_low asm("x6"), new_high asm("x7");
    uint64_t want_low, want_high;

    do {
        want_low = low = __atomic_load_n(&pair[0], __ATOMIC_RELAXED);
        want_high = high = __atomic_load_n(&pair[1], __ATOMIC_RELAXED);
        new_low = low + 1;
        new_high = high + 2;
        asm volatile(".arch_extension lse\n caspal %0, %1, %2, %3, [%4]"
                     : "+r"(low), "+r"(high)
                     : "r"(new_low), "r"(new_high), "r"(pair)
                     : "memory");
    } while (low != want_low || high != want_high);
}

static void run_lse(unsigned index)
{
    uint64_t one = 1, got, want;

    asm volatile(".arch_extension lse\n ldadd %0, xzr, [%1]" ::"r"(one), "r"(&added) : "memory");
    // One token goes round: whoever swaps it out puts it back.
    asm volatile(".arch_extension lse\n swpal xzr, %0, [%1]" : "=r"(got) : "r"(&cell) : "memory");
    if (got) {
        swapped_out[index]++;
        asm volatile(".arch_extension lse\n swpal %0, xzr, [%1]" ::"r"(got), "r"(&cell) : "memory");
    }
    do {
        want = got = __atomic_load_n(&compared, __ATOMIC_RELAXED);
        asm volatile(".arch_extension lse\n casal %0, %1, [%2]" : "+r"(got) : "r"(want + 3), "r"(&compared) : "memory");
    } while (got != want);
    add_pair();
}

static void run(unsigned index)
{
    bool lse = FIELD(READ(id_aa64isar0_el1), 23, 20) >= 2;

    for (unsigned round = 0; round < ROUNDS; round++) {
        acquire();
        guarded++;
        release();
        if (lse)
            run_lse(index);
    }
    __atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
}

static void check_monitor(void)
{
    uint64_t word = 5, value;
    uint32_t failed;

    asm volatile("ldxr %0, [%2]; stxr %w1, %3, [%2]" : "=&r"(value), "=&r"(failed) : "r"(&word), "r"(9ull) : "memory");
    check_equal("status of a matched STXR", failed, 0);
    check_equal("memory after it", word, 9);
    asm volatile("stxr %w0, %2, [%1]" : "=&r"(failed) : "r"(&word), "r"(11ull) : "memory");
    check_equal("status of a second STXR", failed, 1);
    asm volatile("ldxr %0, [%2]; clrex; stxr %w1, %3, [%2]"
                 : "=&r"(value), "=&r"(failed)
                 : "r"(&word), "r"(12ull)
                 : "memory");
    check_equal("status of STXR after CLREX", failed, 1);
    check_equal("memory after the failed stores", word, 9);
}

void bare_main(void)
{
    unsigned count;

    check_monitor();
    count = start_cpus(MAX_CPUS, run);
    run(0);
    while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < count)
        asm volatile("yield");
    print("exclusive: ");
    print_number(count);
    print(" CPUs\n");
    check_equal("counter under the lock", guarded, (uint64_t)count * ROUNDS);
    if (FIELD(READ(id_aa64isar0_el1), 23, 20) < 2)
        return;
    check_equal("LDADD counter", added, (uint64_t)count * ROUNDS);
    check_equal("CAS counter", compared, 3ull * count * ROUNDS);
    check_equal("CASP low counter", pair[0], (uint64_t)count * ROUNDS);
    check_equal("CASP high counter", pair[1], 2ull * count * ROUNDS);
    check_equal("the token after SWP", cell, 1);
}
