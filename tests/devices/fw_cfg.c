/* fw_cfg: items through the data register and through DMA, and requests of a hostile guest. */
#include "tests/devices/bus.h"

#include <endian.h>

enum { FW = 0x09020000, RAM = 0x40000000 };

static void choose(uint16_t key) { bus_write(FW + 8, 2, htobe16(key)); }

static uint32_t dma(uint32_t control, uint32_t length, uint64_t address)
{
    bus_write(RAM, 4, htobe32(control)), bus_write(RAM + 4, 4, htobe32(length)),
        bus_write(RAM + 8, 8, htobe64(address));
    bus_write(FW + 16, 8, htobe64(RAM));
    return be32toh((uint32_t)bus_read(RAM, 4));
}

TEST(signature)
{
    bus_start(1);
    choose(0);
    EXPECT_EQ(bus_read(FW, 1), 'Q');
    EXPECT_EQ(bus_read(FW, 1), 'E');
    EXPECT_EQ(bus_read(FW, 2), 'M' | 'U' << 8);
    EXPECT_EQ(bus_read(FW, 8), 0); /* behind the end */
    choose(0);
    EXPECT_EQ(bus_read(FW, 4), 0x554d4551);
    EXPECT_EQ(bus_read(FW + 16, 8), htobe64(UINT64_C(0x51454d5520434647)));
}

TEST(items)
{
    bus_start(5);
    choose(1);
    EXPECT_EQ(bus_read(FW, 4), 3);
    choose(5);
    EXPECT_EQ(bus_read(FW, 2), 5);
    choose(0x19);
    EXPECT_EQ(bus_read(FW, 4), 0);
    choose(0x7fff);
    EXPECT_EQ(bus_read(FW, 8), 0);
}

TEST(dma_reads)
{
    bus_start(1);
    memset(phys_ram(&bus->mem, RAM + 0x1000, 64), 0xff, 64);
    EXPECT_EQ(dma(2 | 8, 16, RAM + 0x1000), 0);
    EXPECT_EQ(bus_read(RAM + 0x1000, 8), 0x554d4551);
    EXPECT_EQ(bus_read(RAM + 0x1008, 8), 0);
    EXPECT_EQ(bus_read(RAM + 0x1010, 8), UINT64_MAX);
    EXPECT_EQ(dma(4 | 8, 1, 0), 0); /* select, skip 1 */
    EXPECT_EQ(bus_read(FW, 1), 'E');
    EXPECT_EQ(dma(4, UINT32_MAX, 0), 0);
    EXPECT_EQ(dma(4, UINT32_MAX, 0), 0);
    EXPECT_EQ(bus_read(FW, 1), 0);
}

TEST(dma_by_halves)
{
    bus_start(1);
    bus_write(RAM, 4, htobe32(2 | 8)), bus_write(RAM + 4, 4, htobe32(4)), bus_write(RAM + 8, 8, htobe64(RAM + 0x100));
    bus_write(FW + 16, 4, 0);
    bus_write(FW + 20, 4, htobe32(RAM));
    EXPECT_EQ(bus_read(RAM + 0x100, 4), 0x554d4551);
}

TEST(dma_outside_ram_fails)
{
    bus_start(1);
    EXPECT_EQ(dma(2 | 8, 4, 0), 1);
    EXPECT_EQ(dma(2 | 8, 4, UINT64_MAX), 1);
    EXPECT_EQ(dma(2 | 8, UINT32_MAX, RAM), 1);
    EXPECT_EQ(dma(2 | 8, 64, RAM + (16 << 20) - 63), 1);
    EXPECT_EQ(dma(16 | 8, 4, RAM), 1);          /* nothing is writable */
    bus_write(FW + 16, 8, htobe64(UINT64_MAX)); /* the request itself */
    bus_write(FW + 16, 8, htobe64(RAM + (16 << 20) - 15));
    bus_write(FW + 16, 8, 0);
}

/* A request that overwrites itself and its own answer is odd, not dangerous. */
TEST(dma_onto_the_request)
{
    bus_start(1);
    EXPECT_EQ(dma(2 | 8, 32, RAM), 0);
    EXPECT_EQ(dma(2, 16 << 20, RAM), 0);
}

TEST_MAIN
