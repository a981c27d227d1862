// A bug for tests/e2e/reverse.py to find: two CPUs work with vectors of 64 bytes and write their ZCR_EL2 every now and
// then. One function writes a wrong length, once, on CPU 1; it shows long after, and CPU 0 goes on writing its own.
#include "bare.h"

const char bare_name[] = "plantedzcr";

#define ROUNDS   2000
#define LAST_SET 100 // round in which CPU 1 sets its length for the last time
#define LENGTH   3   // ZCR_EL2.LEN of 64 bytes

static unsigned working, done;

static uint64_t rdvl(void)
{
    uint64_t bytes;

    asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r"(bytes));
    return bytes;
}

__attribute__((noinline)) static void set_length(void)
{
    asm volatile("msr s3_4_c1_c2_0, %0; isb" ::"r"((uint64_t)LENGTH));
}

// The culprit: what it restores is not what was there.
__attribute__((noinline)) static void restore_length(void)
{
    asm volatile("msr s3_4_c1_c2_0, %0; isb" ::"r"((uint64_t)1));
}

__attribute__((noinline)) static uint64_t work(uint64_t seed)
{
    for (unsigned i = 0; i < 500; i++)
        seed = seed * 6364136223846793005u + 1442695040888963407u;
    return seed;
}

static void run(unsigned index)
{
    uint64_t value = index;

    for (unsigned round = 0; round < ROUNDS; round++) {
        if (index == 0 || round < LAST_SET)
            set_length();
        if (index == 1 && round == LAST_SET)
            restore_length();
        value = work(value);
    }
    check("the work was done", value != 0);
}

__attribute__((noinline)) static void look(unsigned index)
{
    uint64_t bytes = rdvl();

    if (bytes == 16 * (LENGTH + 1))
        return;
    print("plantedzcr: CPU ");
    print_number(index);
    print(" has vectors of ");
    print_number(bytes);
    print(" bytes\n");
}

static void second(unsigned index)
{
    WRITE(cptr_el2, 0x32ff);
    ISB();
    while (!__atomic_load_n(&working, __ATOMIC_ACQUIRE))
        ;
    run(index);
    look(index);
    __atomic_store_n(&done, 1, __ATOMIC_RELEASE);
}

void bare_main(void)
{
    WRITE(cptr_el2, 0x32ff);
    ISB();
    check_equal("CPUs", start_cpus(2, second), 2);
    __atomic_store_n(&working, 1, __ATOMIC_RELEASE);
    run(0);
    look(0);
    while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
        ;
}
