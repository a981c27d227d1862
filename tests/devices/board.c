/* The bus: what is where, access sizes, hostile accesses. */
#include "tests/devices/bus.h"

static bool can_read(uint64_t pa, unsigned size)
{
    uint64_t value;
    return phys_read(&bus->mem, NULL, pa, size, &value);
}

TEST(unmapped_is_an_abort)
{
    static const uint64_t nothing[] = { 0,          0x07fffff8, 0x09001000,        0x09020018,    0x0a004000,
                                        0x3ffffff8, 0x41000000, UINT64_C(1) << 47, UINT64_MAX - 7 };
    bus_start(1);
    for (unsigned i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        for (unsigned size = 1; size <= 8; size *= 2) {
            EXPECT(!can_read(nothing[i], size));
            EXPECT(!phys_write(&bus->mem, NULL, nothing[i], size, 0));
        }
}

TEST(everything_is_where_it_should_be)
{
    bus_start(1);
    EXPECT_EQ(bus_read(0x09000fe0, 4), 0x11);
    EXPECT_EQ(bus_read(0x09010fe0, 4), 0x31);
    for (unsigned i = 0; i < 32; i++) {
        EXPECT_EQ(bus_read(0x0a000000 + 0x200 * i, 4), 0x74726976);
        EXPECT_EQ(bus_read(0x0a000004 + 0x200 * i, 4), 2);
        EXPECT_EQ(bus_read(0x0a000008 + 0x200 * i, 4), 0);
    }
    bus_write(0x40000000, 8, 42);
    EXPECT_EQ(bus_read(0x40000000, 8), 42);
    bus_write(0x40fffff8, 8, 43);
    EXPECT_EQ(bus_read(0x40fffff8, 8), 43);
}

/* An access that begins in one device or in RAM and ends outside is nobody's. */
TEST(accesses_across_an_end)
{
    bus_start(1);
    EXPECT(!can_read(0x09000ffd, 4));
    EXPECT(!can_read(0x40fffffc, 8));
    EXPECT(!can_read(0x3ffffffc, 8));
}

/* No register, size or value may hurt: all offsets of all devices but RAM, at every size. */
TEST(every_register_survives_everything)
{
    struct device *dev;
    bus_start(1);
    for (unsigned n = 0; (dev = board_device_at(bus, n)); n++) {
        if (dev->type->name[0] == 'g') /* the GIC's own tests go through its registers with CPUs there */
            continue;
        for (uint64_t offset = 0; offset < dev->size; offset++)
            for (unsigned size = 1; size <= 8; size *= 2) {
                uint64_t value;
                phys_write(&bus->mem, NULL, dev->base + offset, size, UINT64_MAX);
                phys_read(&bus->mem, NULL, dev->base + offset, size, &value);
                phys_write(&bus->mem, NULL, dev->base + offset, size, 0);
            }
    }
    bus_run_until(UINT64_C(1) << 40);
}

TEST(reset_forgets_and_lowers_interrupts)
{
    bus_start(1);
    bus_write(0x09000000, 4, 'x');
    bus_write(0x09000038, 4, 0x20);
    EXPECT(bus_irq(1));
    board_reset(bus);
    EXPECT(!bus_irq(1));
    EXPECT_EQ(bus_read(0x0900003c, 4), 0);
}

TEST(more_ram_than_there_is)
{
    struct machine m = { .opt = { .smp = 1, .memory = UINT64_C(1) << 60 } };
    EXPECT(!board_create(&m));
    EXPECT(strstr(m.error, "--memory") != NULL);
}

TEST(copies)
{
    char data[10000], back[10000];
    bus_start(1);
    memset(data, 7, sizeof data);
    EXPECT(phys_copy_in(&bus->mem, 0x40000fff, data, sizeof data));
    EXPECT(phys_copy_out(&bus->mem, 0x40000fff, back, sizeof back));
    EXPECT(!memcmp(data, back, sizeof data));
    EXPECT(!phys_copy_in(&bus->mem, 0x41000000 - 9999, data, sizeof data));
    EXPECT(!phys_copy_out(&bus->mem, 0x3fffffff, back, sizeof back));
    EXPECT(phys_copy_in(&bus->mem, 0x40000000, data, 0));
}

TEST_MAIN
