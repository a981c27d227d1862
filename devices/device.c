/* What every device has: interrupt outputs, its timer, the log of accesses to registers it lacks. */
#include "devices/device.h"
#include "devices/gicv3.h"

#include <inttypes.h>

void set_irq(struct device *dev, unsigned n, bool level)
{
    assert(n < dev->type->irqs);
    gic_set_spi(dev->machine->gic, dev->row->irq[n], level);
}

uint64_t device_no_register(struct device *dev, uint64_t offset, unsigned size)
{
    TRACE(TRACE_GUEST, dev->accessor, "%s: no register at offset %#" PRIx64 " (%u bytes)", dev->type->name, offset,
          size);
    return 0;
}

uint64_t device_time(struct device *dev) { return time_read(dev->machine, dev->accessor); }

uint64_t guest_seconds(struct device *dev)
{
    return (uint64_t)dev->machine->opt.rtc_start + device_time(dev) / 1000000000;
}

void device_set_timer(struct device *dev, uint64_t when_ns) { event_schedule(dev->machine, &dev->event, when_ns); }
