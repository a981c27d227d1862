/* The state hash sees what matters and only that; JSON is well formed enough to be read back. */
#include "frontends/frontends.h"
#include "tests/devices/bus.h"

TEST(same_state_same_hash)
{
    bus_start(1);
    uint64_t a = state_hash(bus);
    EXPECT_EQ(state_hash(bus), a);
    bus_start(1);
    EXPECT_EQ(state_hash(bus), a);
}

TEST(every_part_counts)
{
    bus_start(1);
    uint64_t empty = state_hash(bus);
    static const uint64_t places[] = { 0x40000000, 0x40000fff, 0x40800123, 0x40ffffff };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        bus_write(places[i], 1, 1);
        uint64_t one = state_hash(bus);
        EXPECT(one != empty);
        bus_write(places[i], 1, 2);
        EXPECT(state_hash(bus) != empty && state_hash(bus) != one);
        bus_write(places[i], 1, 0);
        EXPECT_EQ(state_hash(bus), empty); /* a page of zeros is one that was never touched */
    }
    bus_write(0x09000038, 4, 1);
    EXPECT(state_hash(bus) != empty);
    bus_write(0x09000038, 4, 0);
    EXPECT_EQ(state_hash(bus), empty);
    bus->now = 1;
    EXPECT(state_hash(bus) != empty);
}

TEST(place_counts)
{
    bus_start(1);
    bus_write(0x40001000, 8, 1);
    uint64_t a = state_hash(bus);
    bus_write(0x40001000, 8, 0), bus_write(0x40002000, 8, 1);
    EXPECT(state_hash(bus) != a);
    bus_write(0x40002000, 8, 0), bus_write(0x40001008, 8, 1);
    EXPECT(state_hash(bus) != a);
}

TEST(allocation_tags_count)
{
    bus_start(1);
    uint8_t *tags = bus->mem.tags = aligned_alloc(4096, bus->mem.size >> 5);
    memset(tags, 0, bus->mem.size >> 5);
    uint64_t empty = state_hash(bus);
    static const uint64_t places[] = { 0x40000000, 0x40000010, 0x40800120, 0x40fffff0 };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++) {
        phys_set_tag(&bus->mem, places[i], 1);
        uint64_t one = state_hash(bus);
        EXPECT(one != empty);
        phys_set_tag(&bus->mem, places[i], 2);
        EXPECT(state_hash(bus) != empty && state_hash(bus) != one);
        phys_set_tag(&bus->mem, places[i], 0);
        EXPECT_EQ(state_hash(bus), empty);
    }
    bus->mem.tags = NULL;
    free(tags);
}

TEST(json)
{
    char *text = NULL;
    size_t size = 0;
    bus_start(1);
    machine_stop(bus, STOP_QUIT, "a \"quoted\" reason\n");
    FILE *f = open_memstream(&text, &size);
    stats_json(bus, f, 0, 0.5);
    fclose(f);
    EXPECT(strstr(text, "\"stop\": \"quit\"") && strstr(text, "\"exit_status\": 0"));
    EXPECT(strstr(text, "a \\\"quoted\\\" reason\\u000a"));
    EXPECT(strstr(text, "\"state_hash\": \""));
    free(text);
}

TEST_MAIN
