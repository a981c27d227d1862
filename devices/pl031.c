/* PL031 real-time clock. Arm DDI 0224. One level interrupt, raised when RTCDR reaches RTCMR. */
#include "devices/device.h"

struct pl031 {
    uint32_t match, load, offset;
    uint8_t imsc, ris;
    uint64_t compared; /* the second up to which RTCDR has been compared with RTCMR */
};

enum {
    RTCDR = 0x00,
    RTCMR = 0x04,
    RTCLR = 0x08,
    RTCCR = 0x0c,
    RTCIMSC = 0x10,
    RTCRIS = 0x14,
    RTCMIS = 0x18,
    RTCICR = 0x1c
};

enum { SECOND = 1000000000 };

static uint32_t counter(const struct device *dev, uint64_t second)
{
    const struct pl031 *s = dev->state;
    return (uint32_t)((uint64_t)dev->machine->opt.rtc_start + second) + s->offset;
}

/* Has RTCDR reached RTCMR since last looked at? Found when somebody asks rather than by an event each time: a queued
 * event that nobody waits for would keep an idle machine from being seen as stopped for good. */
static void compare(struct device *dev, uint64_t now)
{
    struct pl031 *s = dev->state;
    uint64_t second = now / SECOND, ahead = (uint32_t)(s->match - counter(dev, s->compared));
    if (second - s->compared >= (ahead ? ahead : UINT64_C(1) << 32))
        s->ris = 1;
    s->compared = second;
}

/* Drive the interrupt, and wake up at the next match if it is going to change it. */
static void update(struct device *dev, uint64_t now)
{
    struct pl031 *s = dev->state;
    uint64_t ahead = (uint32_t)(s->match - counter(dev, s->compared));
    set_irq(dev, 0, s->ris && s->imsc);
    if (s->imsc && !s->ris)
        device_set_timer(dev, (now / SECOND + (ahead ? ahead : UINT64_C(1) << 32)) * SECOND);
    else
        device_set_timer(dev, EVENT_NEVER);
}

static void pl031_alarm(struct device *dev, uint64_t now)
{
    compare(dev, now);
    update(dev, now);
}

/* A new RTCMR or RTCLR may equal at once. */
static void match_now(struct device *dev)
{
    struct pl031 *s = dev->state;
    if (counter(dev, s->compared) == s->match)
        s->ris = 1;
}

static uint64_t pl031_read(struct device *dev, uint64_t offset, unsigned size)
{
    const struct pl031 *s = dev->state;
    compare(dev, device_time(dev));
    switch (offset) {
    case RTCDR: return counter(dev, s->compared);
    case RTCMR: return s->match;
    case RTCLR: return s->load;
    case RTCCR: return 1; /* it cannot be stopped once started, and starts here at power-on */
    case RTCIMSC: return s->imsc;
    case RTCRIS: return s->ris;
    case RTCMIS: return s->ris && s->imsc;
    }
    return device_no_register(dev, offset, size);
}

static void pl031_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pl031 *s = dev->state;
    uint64_t now = device_time(dev);
    compare(dev, now);
    switch (offset) {
    case RTCMR: s->match = (uint32_t)value, match_now(dev); break;
    case RTCLR:
        s->load = (uint32_t)value;
        s->offset += s->load - counter(dev, s->compared);
        match_now(dev);
        break;
    case RTCCR: break;
    case RTCIMSC: s->imsc = value & 1; break;
    case RTCICR: s->ris &= ~value & 1; break;
    default: device_no_register(dev, offset, size);
    }
    update(dev, now);
}

static void pl031_fdt(struct device *dev, void *fdt, int node)
{
    (void)dev;
    FDT_CELLS(fdt, node, "clocks", PHANDLE_CLOCK);
    fdt_strings(fdt, node, "clock-names", DT_LIST("apb_pclk"));
}

static void pl031_reset(struct device *dev)
{
    struct pl031 *s = dev->state;
    s->compared = device_time(dev) / SECOND;
}

static const struct state_field fields[] = {
    STATE_ANY(struct pl031, match, STATE_GUEST),  STATE_ANY(struct pl031, load, STATE_GUEST),
    STATE_ANY(struct pl031, offset, STATE_GUEST), STATE_TO(struct pl031, imsc, STATE_GUEST, 1),
    STATE_TO(struct pl031, ris, STATE_GUEST, 1),  STATE_ANY(struct pl031, compared, STATE_GUEST),
};
STATE_LAYOUT_OF(state, struct pl031, fields);

const struct device_type pl031 = {
    .name = "pl031",
    .compatible = DT_LIST("arm,pl031", "arm,primecell"),
    .primecell_id = 0x00041031,
    .mmio_size = 0x1000,
    .widths = WIDTH_32 | WIDTH_LANES | WIDTH_SPLIT,
    .irqs = 1,
    .state_size = sizeof(struct pl031),
    .state = &state,
    .reset = pl031_reset,
    .read = pl031_read,
    .write = pl031_write,
    .timer = pl031_alarm,
    .fdt = pl031_fdt,
};
