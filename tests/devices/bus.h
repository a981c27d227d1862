/* A board without CPUs for the tests of devices: accesses go over the bus, time and events are the test's. */
#ifndef SVEMU_TESTS_DEVICES_BUS_H
#define SVEMU_TESTS_DEVICES_BUS_H

#include "devices/device.h"
#include "devices/gicv3.h"
#include "tests/harness.h"

static struct machine *bus;

/* A machine of smp CPUs in its options (none exists) and a little RAM, all devices reset, at time 0. */
static inline void bus_start(unsigned smp)
{
    if (bus) {
        board_free(bus);
        free(bus->heap);
        free(bus->config);
        free(bus);
    }
    bus = calloc(1, sizeof *bus);
    bus->opt = (struct machine_options){ .smp = smp, .memory = 16 << 20, .rtc_start = 1000000, .quantum_ns = 10000 };
    bus->config = calloc(smp, sizeof *bus->config);
    for (unsigned i = 0; i < smp; i++) {
        feature_defaults("lab", &bus->config[i]);
        bus->config[i].mpidr = UINT64_C(0x80000000) | i / 16 << 8 | i % 16;
    }
    if (!board_create(bus)) {
        printf("FAIL board_create: %s\n", bus->error);
        exit(1);
    }
    board_reset(bus);
}

static inline uint64_t bus_read(uint64_t pa, unsigned size)
{
    uint64_t value = UINT64_C(0xdeadbeefdeadbeef);
    if (!phys_read(&bus->mem, NULL, pa, size, &value))
        FAIL("read of %u bytes at %#" PRIx64 " aborted", size, pa);
    return value;
}

static inline void bus_write(uint64_t pa, unsigned size, uint64_t value)
{
    if (!phys_write(&bus->mem, NULL, pa, size, value))
        FAIL("write of %u bytes at %#" PRIx64 " aborted", size, pa);
}

/* Let time pass, running events as the machine does. */
static inline void bus_run_until(uint64_t ns)
{
    while (bus->heap_count && bus->heap[1]->when <= ns) {
        struct event *e = bus->heap[1];
        event_cancel(bus, e);
        if (e->when > bus->now)
            bus->now = e->when;
        e->fn(e->arg, bus->now);
    }
    bus->now = ns;
}

/* Level of an SPI at the GIC's input. */
static inline bool bus_irq(unsigned spi) { return bus->gic->spi[(32 + spi) / 32].level >> spi % 32 & 1; }

#endif
