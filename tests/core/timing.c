/* The pipeline's bookings of ports: core/timing.c. */
#include "core/timing_pipe.h"
#include "tests/harness.h"

/* So many independent operations, dispatched one a cycle where nothing holds them back, that keep the port for cycles
 * each: do they follow upon one another? */
static void expect_one_behind_the_other(unsigned cycles, unsigned count)
{
    static struct timing_state s;
    uint64_t end = 0;

    memset(&s, 0, sizeof s);
    for (unsigned i = 0; i < count; i++) {
        uint64_t at = pipe_book_long(&s, 1, cycles, pipe_cycle(&s));
        EXPECT_EQ(at, end);
        end = at + cycles;
        s.slot += UINT64_C(1) << SLOT_BITS;
        pipe_sweep_due(&s);
    }
}

TEST(a_port_that_is_kept_for_long_is_waited_for)
{
    expect_one_behind_the_other(1, 3000);
    expect_one_behind_the_other(2, 3000);
    expect_one_behind_the_other(98, 200);
    expect_one_behind_the_other(154, 500);
    expect_one_behind_the_other(1000, 40);
}

/* Two chains of operations that keep the one port they have: each waits for the other's, however far ahead. */
TEST(chains_far_ahead_wait_for_their_port)
{
    static struct timing_state s;
    uint64_t ready[2] = { 0, 0 }, end = 0;

    memset(&s, 0, sizeof s);
    for (unsigned i = 0; i < 400; i++) {
        uint64_t at = pipe_book_long(&s, 1, 98, timing_max(pipe_cycle(&s), ready[i % 2]));
        EXPECT_EQ(at, end);
        ready[i % 2] = end = at + 98;
        s.slot += UINT64_C(1) << SLOT_BITS;
        pipe_sweep_due(&s);
    }
}

TEST(ports_that_are_free_are_taken_at_once)
{
    static struct timing_state s;

    EXPECT_EQ(pipe_book_long(&s, 3, 10, 5), 5);
    EXPECT_EQ(pipe_book_long(&s, 3, 10, 5), 5);
    EXPECT_EQ(pipe_book_long(&s, 3, 10, 5), 15);
    EXPECT_EQ(pipe_book_long(&s, 4, 10, 5), 5);
    EXPECT_EQ(pipe_cycle(&s), 0);
}

TEST_MAIN
