// No CPU reads the counter below a value that another one had read and published before.
#include "bare.h"

const char bare_name[] = "timeorder";

#define ROUNDS 20000

static uint64_t published, backwards[MAX_CPUS];
static unsigned finished;

static void publish(uint64_t value)
{
    uint64_t seen = __atomic_load_n(&published, __ATOMIC_RELAXED);

    while (seen < value &&
           !__atomic_compare_exchange_n(&published, &seen, value, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
        ;
}

static void run(unsigned index)
{
    bool both = current_el() == 2; // a guest's virtual counter differs from the physical one

    for (unsigned round = 0; round < ROUNDS; round++) {
        uint64_t before = __atomic_load_n(&published, __ATOMIC_ACQUIRE), now;

        ISB(); // a counter may else be read early
        now = both && round % 2 ? READ(cntpct_el0) : READ(cntvct_el0);
        if (now < before)
            backwards[index]++;
        publish(now);
    }
    __atomic_fetch_add(&finished, 1, __ATOMIC_SEQ_CST);
}

void bare_main(void)
{
    unsigned count;

    count = start_cpus(MAX_CPUS, run);
    run(0);
    while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) < count)
        asm volatile("yield");
    print("timeorder: ");
    print_number(count);
    print(" CPUs\n");
    for (unsigned i = 0; i < count; i++)
        check_equal("reads below a published value", backwards[i], 0);
}
