/* PL031: time, match, interrupt, loading. Arm DDI 0224. */
#include "tests/devices/bus.h"

enum { RTC = 0x09010000, IRQ = 2 };
enum { DR = 0, MR = 4, LR = 8, CR = 0xc, IMSC = 0x10, RIS = 0x14, MIS = 0x18, ICR = 0x1c };
#define SECOND UINT64_C(1000000000)

static uint64_t rd(unsigned reg) { return bus_read(RTC + reg, 4); }
static void wr(unsigned reg, uint32_t value) { bus_write(RTC + reg, 4, value); }

TEST(counts_from_the_start_date)
{
    bus_start(1);
    EXPECT_EQ(rd(DR), 1000000);
    bus_run_until(90 * SECOND + 1);
    EXPECT_EQ(rd(DR), 1000090);
    EXPECT_EQ(rd(CR), 1);
}

TEST(loading_sets_the_time)
{
    bus_start(1);
    wr(LR, 5000);
    EXPECT_EQ(rd(LR), 5000);
    EXPECT_EQ(rd(DR), 5000);
    bus_run_until(10 * SECOND);
    EXPECT_EQ(rd(DR), 5010);
}

TEST(alarm)
{
    bus_start(1);
    wr(MR, 1000005);
    wr(IMSC, 1);
    bus_run_until(5 * SECOND - 1);
    EXPECT(!bus_irq(IRQ));
    bus_run_until(5 * SECOND);
    EXPECT(bus_irq(IRQ));
    EXPECT_EQ(rd(MIS), 1);
    wr(ICR, 1);
    EXPECT(!bus_irq(IRQ));
    EXPECT_EQ(rd(RIS), 0);
}

TEST(masked_match_is_seen_later)
{
    bus_start(1);
    wr(MR, 1000005);
    EXPECT_EQ(bus->heap_count, 0); /* nobody waits for it: no event */
    bus_run_until(7 * SECOND);
    EXPECT_EQ(rd(RIS), 1);
    EXPECT_EQ(rd(MIS), 0);
    EXPECT(!bus_irq(IRQ));
    wr(IMSC, 1);
    EXPECT(bus_irq(IRQ));
}

TEST(match_now)
{
    bus_start(1);
    wr(MR, 1000000);
    EXPECT_EQ(rd(RIS), 1);
}

TEST(match_in_the_past_waits_for_the_wrap)
{
    bus_start(1);
    wr(IMSC, 1);
    wr(MR, 999999);
    bus_run_until(1000 * SECOND);
    EXPECT_EQ(rd(RIS), 0);
    EXPECT_EQ(bus->heap_count, 1);
}

TEST_MAIN
