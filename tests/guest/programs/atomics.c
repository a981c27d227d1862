/* Threads and the atomic instructions: the totals do not depend on who came first. Built with LSE in line, so no other
 * code runs for them; the C library's are its own choice. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "programs.h"

enum { THREADS = 4, TURNS = 3000 };

static _Atomic uint64_t counter, set_bits, exclusive_bits, largest;
static _Atomic int64_t least;
static _Atomic uint8_t bytes[8];
static _Atomic uint16_t halves[4];
static _Atomic uint32_t ticket, serving;
static uint64_t guarded;
static uint64_t pair[2] __attribute__((aligned(16)));
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned ring[16], head, tail;
static uint64_t consumed;

/* The compiler leaves CASP to a library. */
static void compare_and_swap_pair(uint64_t *low, uint64_t *high, uint64_t new_low, uint64_t new_high)
{
    register uint64_t x0 __asm__("x0") = *low, x1 __asm__("x1") = *high;
    register uint64_t x2 __asm__("x2") = new_low, x3 __asm__("x3") = new_high;
    __asm__ volatile("caspal x0, x1, x2, x3, [%4]" : "+r"(x0), "+r"(x1) : "r"(x2), "r"(x3), "r"(pair) : "memory");
    *low = x0, *high = x1;
}

static void *worker(void *arg)
{
    uint64_t id = (uint64_t)(uintptr_t)arg;

    for (uint64_t i = 0; i < TURNS; i++) {
        uint64_t v = (i * 2654435761u + id * 40503) & 0xffffff, old;
        uint32_t mine;
        atomic_fetch_add(&counter, v);
        atomic_fetch_or_explicit(&set_bits, 1ull << (v & 63), memory_order_relaxed);
        atomic_fetch_xor_explicit(&exclusive_bits, v << 20, memory_order_acquire);
        atomic_fetch_sub_explicit(&bytes[v & 7], 3, memory_order_release);
        atomic_fetch_add(&halves[v & 3], 7);
        old = atomic_load(&largest);
        while (v > old && !atomic_compare_exchange_weak(&largest, &old, v))
            ;
        int64_t low = atomic_load_explicit(&least, memory_order_acquire);
        while (-(int64_t)v < low && !atomic_compare_exchange_strong(&least, &low, -(int64_t)v))
            ;
        for (uint64_t low_now = 0, high_now = 0;;) { /* the first time round it only reads */
            uint64_t low_old = low_now, high_old = high_now;
            compare_and_swap_pair(&low_now, &high_now, low_old + i, high_old + v);
            if (low_now == low_old && high_now == high_old)
                break;
        }
        mine = atomic_fetch_add(&ticket, 1);
        while (atomic_load_explicit(&serving, memory_order_acquire) != mine)
            sched_yield();
        guarded += v;
        atomic_store_explicit(&serving, mine + 1, memory_order_release);
    }
    return NULL;
}

static void *producer(void *arg)
{
    (void)arg;
    for (unsigned i = 1; i <= 1500; i++) {
        pthread_mutex_lock(&mutex);
        while (head - tail == 16)
            pthread_cond_wait(&changed, &mutex);
        ring[head++ & 15] = i * i;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return NULL;
}
static void *consumer(void *arg)
{
    for (unsigned i = 0; i < 750; i++) {
        pthread_mutex_lock(&mutex);
        while (head == tail)
            pthread_cond_wait(&changed, &mutex);
        consumed += ring[tail++ & 15];
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return arg;
}

void suite_atomics(void)
{
    pthread_t thread[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++)
        pthread_create(&thread[i], NULL, worker, (void *)i);
    for (int i = 0; i < THREADS; i++)
        pthread_join(thread[i], NULL);
    number("counter", counter), number("set", set_bits), number("exclusive", exclusive_bits),
        number("largest", largest);
    number("least", (uint64_t)least), sum("bytes", (void *)bytes, sizeof bytes),
        sum("halves", (void *)halves, sizeof halves);
    number("guarded", guarded), sum("pair", pair, sizeof pair);
    check("guarded", guarded == counter && serving == THREADS * TURNS);
    pthread_create(&thread[0], NULL, producer, NULL);
    pthread_create(&thread[1], NULL, consumer, NULL), pthread_create(&thread[2], NULL, consumer, NULL);
    for (int i = 0; i < 3; i++)
        pthread_join(thread[i], NULL);
    number("consumed", consumed);
}
