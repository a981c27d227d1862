// Holds the kernel's clocks against each other and against the system counter, from a thread on each CPU at once: no
// clock is ever read below what another CPU read before, and none drifts or steps. Prints `clocks: N CPUs, ...`, status
// 0 or 1.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS    20000u
#define MAX_CPUS  64
#define TOLERANCE 200u // parts per million between a clock and the counter: the kernel's multiplication rounds

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME };
static const char *const names[] = { "CLOCK_MONOTONIC", "CLOCK_MONOTONIC_RAW", "CLOCK_REALTIME" };
#define CLOCKS (sizeof(clocks) / sizeof(clocks[0]))

static uint64_t latest[CLOCKS + 1]; // the largest value that any CPU published; the last is the counter's
static bool failed;

static uint64_t counter(void)
{
    uint64_t value;

    asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value)::"memory");
    return value;
}

static uint64_t read_clock(unsigned clock)
{
    struct timespec t;

    if (clock == CLOCKS)
        return counter();
    clock_gettime(clocks[clock], &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void publish(unsigned clock, uint64_t value)
{
    uint64_t seen = __atomic_load_n(&latest[clock], __ATOMIC_ACQUIRE);

    while (seen < value &&
           !__atomic_compare_exchange_n(&latest[clock], &seen, value, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        ;
}

static void complain(const char *name, int cpu, uint64_t value, uint64_t before)
{
    if (!__atomic_exchange_n(&failed, true, __ATOMIC_RELAXED))
        printf("clocks: FAIL: %s on cpu %d is %lu, after another CPU read %lu\n", name, cpu, value, before);
}

static void *watch(void *argument)
{
    int cpu = (int)(intptr_t)argument;
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set)) {
        printf("clocks: FAIL: cannot be pinned to cpu %d\n", cpu);
        failed = true;
        return NULL;
    }
    for (unsigned i = 0; i < ROUNDS; i++)
        for (unsigned clock = 0; clock <= CLOCKS; clock++) {
            uint64_t before = __atomic_load_n(&latest[clock], __ATOMIC_ACQUIRE), value = read_clock(clock);

            if (value < before)
                complain(clock == CLOCKS ? "the counter" : names[clock], cpu, value, before);
            publish(clock, value);
        }
    return NULL;
}

// Over a second and while nobody sets the time, each clock goes as the counter does.
static void check_rates(void)
{
    uint64_t frequency, from[CLOCKS + 1], to[CLOCKS + 1];

    asm("mrs %0, cntfrq_el0" : "=r"(frequency));
    for (unsigned i = 0; i <= CLOCKS; i++)
        from[i] = read_clock(i);
    sleep(1);
    for (unsigned i = 0; i <= CLOCKS; i++)
        to[i] = read_clock(i);
    uint64_t want = (uint64_t)((double)(to[CLOCKS] - from[CLOCKS]) * 1e9 / (double)frequency);
    for (unsigned i = 0; i < CLOCKS; i++) {
        uint64_t got = to[i] - from[i], off = got > want ? got - want : want - got;

        if (off > want / 1000000u * TOLERANCE) {
            printf("clocks: FAIL: %s went on by %lu ns, the counter by %lu ns\n", names[i], got, want);
            failed = true;
        }
    }
}

int main(void)
{
    pthread_t threads[MAX_CPUS];
    cpu_set_t allowed;
    int count = 0;

    if (sched_getaffinity(0, sizeof(allowed), &allowed)) {
        perror("clocks: sched_getaffinity");
        return 1;
    }
    for (int cpu = 0; cpu < CPU_SETSIZE && count < MAX_CPUS; cpu++)
        if (CPU_ISSET((size_t)cpu, &allowed) && !pthread_create(&threads[count], NULL, watch, (void *)(intptr_t)cpu))
            count++;
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    check_rates();
    if (!failed)
        printf("clocks: %d CPUs, no clock goes back or drifts\n", count);
    return failed ? 1 : 0;
}
