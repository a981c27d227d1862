/* The event queue: order, ties, cancelling, moving. */
#include "tests/harness.h"

#include "core/event.h"
#include "core/machine.h"

static unsigned log_[64], logged;
static void record(void *arg, uint64_t now)
{
    (void)now;
    log_[logged++] = (unsigned)(uintptr_t)arg;
}

/* Pop everything in order, as machine_run does. */
static void drain(struct machine *m)
{
    while (m->heap_count) {
        struct event *e = m->heap[1];
        event_cancel(m, e);
        e->fn(e->arg, e->when);
    }
}

TEST(events_run_by_time_then_by_order_of_scheduling)
{
    static const uint64_t when[] = { 30, 10, 20, 10, 5, 30 };
    static const unsigned want[] = { 4, 1, 3, 2, 0, 5 };
    struct machine m = { 0 };
    struct event e[6];

    logged = 0;
    for (unsigned i = 0; i < 6; i++) {
        event_init(&e[i], record, (void *)(uintptr_t)i);
        event_schedule(&m, &e[i], when[i]);
    }
    drain(&m);
    EXPECT_EQ(logged, 6);
    for (unsigned i = 0; i < 6; i++)
        EXPECT_EQ(log_[i], want[i]);
    free(m.heap);
}

TEST(moving_and_cancelling)
{
    struct machine m = { 0 };
    struct event e[40];

    logged = 0;
    for (unsigned i = 0; i < 40; i++) {
        event_init(&e[i], record, (void *)(uintptr_t)i);
        event_schedule(&m, &e[i], 1000 - i);
    }
    for (unsigned i = 0; i < 40; i += 2)
        event_cancel(&m, &e[i]);
    event_schedule(&m, &e[39], 2000);
    event_schedule(&m, &e[1], EVENT_NEVER);
    event_cancel(&m, &e[1]);
    drain(&m);
    EXPECT_EQ(logged, 19);
    EXPECT_EQ(log_[0], 37);
    EXPECT_EQ(log_[18], 39);
    free(m.heap);
}

TEST_MAIN
