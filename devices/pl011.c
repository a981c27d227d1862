/* PL011 UART. Arm DDI 0183. 16-deep FIFOs (revision r1p4), every interrupt, loopback; no DMA controller to request
 * from. Transmission takes no time: a character is on the console as soon as it is written, so the transmit FIFO is
 * always empty, and the transmit interrupt arises as if it had drained through its trigger level. Reception takes a
 * character's time on the line (deterministic, from the divisors), and waits when the FIFO is full: a console has flow
 * control. */
#include "devices/device.h"

#include "core/console_line.h"

enum {
    UARTDR = 0x000,
    UARTRSR = 0x004,
    UARTFR = 0x018,
    UARTILPR = 0x020,
    UARTIBRD = 0x024,
    UARTFBRD = 0x028,
    UARTLCR_H = 0x02c,
    UARTCR = 0x030,
    UARTIFLS = 0x034,
    UARTIMSC = 0x038,
    UARTRIS = 0x03c,
    UARTMIS = 0x040,
    UARTICR = 0x044,
    UARTDMACR = 0x048
};
enum {
    FR_CTS = 1 << 0,
    FR_DSR = 1 << 1,
    FR_DCD = 1 << 2,
    FR_RXFE = 1 << 4,
    FR_TXFF = 1 << 5,
    FR_RXFF = 1 << 6,
    FR_TXFE = 1 << 7
};
enum { LCR_BRK = 1 << 0, LCR_PEN = 1 << 1, LCR_STP2 = 1 << 3, LCR_FEN = 1 << 4 };
enum { CR_UARTEN = 1 << 0, CR_LBE = 1 << 7, CR_TXE = 1 << 8, CR_RXE = 1 << 9, CR_DTR = 1 << 10, CR_RTS = 1 << 11 };
enum { INT_RX = 1 << 4, INT_TX = 1 << 5, INT_RT = 1 << 6, INT_BE = 1 << 9, INT_OE = 1 << 10, INT_ALL = 0x7ff };
enum { DR_BE = 1 << 10, DR_OE = 1 << 11 };
enum { FIFO_DEPTH = 16, UARTCLK = 24000000, SECOND = 1000000000 };

struct pl011 {
    uint16_t fifo[FIFO_DEPTH]; /* received: character and error bits as UARTDR shows them */
    uint8_t head, count, rsr, overrun;
    uint32_t lcr, ibrd, fbrd, cr, ifls, imsc, ris, ilpr, dmacr;
    uint64_t next_rx;    /* when the line can bring the next character; 0: nothing is known to wait */
    uint64_t rx_timeout; /* when the receive timeout arises; 0: not running */
};

static void nowhere(const uint8_t *bytes, size_t len) { (void)bytes, (void)len; }
static size_t nothing(uint8_t *bytes, size_t len)
{
    (void)bytes, (void)len;
    return 0;
}
void (*console_output)(const uint8_t *bytes, size_t len) = nowhere;
size_t (*console_input)(uint8_t *bytes, size_t len) = nothing;
size_t (*console_pending)(uint8_t *bytes, size_t len) = nothing;
void (*console_put_back)(const uint8_t *bytes, size_t len) = nowhere;

static unsigned depth(const struct pl011 *s) { return s->lcr & LCR_FEN ? FIFO_DEPTH : 1; }

/* Characters at which UARTRXINTR arises: 1/8, 1/4, 1/2, 3/4, 7/8 of the FIFO; the reserved levels count as 7/8. */
static unsigned rx_trigger(const struct pl011 *s)
{
    static const uint8_t level[8] = { 2, 4, 8, 12, 14, 14, 14, 14 };
    return s->lcr & LCR_FEN ? level[s->ifls >> 3 & 7] : 1;
}

/* Nanoseconds that one bit takes. Divisors nobody has programmed count as the fastest. */
static uint64_t bit_time(const struct pl011 *s)
{
    uint64_t divisor = s->ibrd * 64 + s->fbrd;
    return divisor < 64 ? SECOND / (UARTCLK / 16) : divisor * 16 * SECOND / 64 / UARTCLK;
}

static uint64_t character_time(const struct pl011 *s)
{
    unsigned bits = 1 + 5 + (s->lcr >> 5 & 3) + !!(s->lcr & LCR_PEN) + 1 + !!(s->lcr & LCR_STP2);
    return bits * bit_time(s);
}

static bool receiving(const struct pl011 *s) { return (s->cr & (CR_UARTEN | CR_RXE)) == (CR_UARTEN | CR_RXE); }

/* May the line bring a character? While it may not, the console keeps it. */
static bool has_room(const struct pl011 *s) { return receiving(s) && !(s->cr & CR_LBE) && s->count < depth(s); }

static void update(struct device *dev)
{
    const struct pl011 *s = dev->state;
    uint64_t when = EVENT_NEVER;
    if (s->next_rx && has_room(s))
        when = s->next_rx;
    if (s->rx_timeout && s->rx_timeout < when)
        when = s->rx_timeout;
    device_set_timer(dev, when);
    set_irq(dev, 0, s->ris & s->imsc);
}

/* A character arrives. Only the loopback can find the FIFO full; then it is lost and the next one carries OE. */
static void receive(struct pl011 *s, unsigned c, uint64_t now)
{
    if (s->count == depth(s)) {
        s->overrun = 1;
        s->rsr |= DR_OE >> 8;
        s->ris |= INT_OE;
        return;
    }
    s->fifo[(s->head + s->count++) % FIFO_DEPTH] = c | (s->overrun ? DR_OE : 0);
    s->overrun = 0;
    if (s->count >= rx_trigger(s))
        s->ris |= INT_RX;
    if (c & DR_BE)
        s->ris |= INT_BE;
    s->rx_timeout = now + 32 * bit_time(s);
}

static void take_input(struct device *dev, uint64_t now)
{
    struct pl011 *s = dev->state;
    uint8_t c;
    if (!has_room(s))
        return;
    if (line_read(dev->machine, &c)) {
        receive(s, c, now);
        s->next_rx = now + character_time(s);
    } else {
        s->next_rx = 0;
    }
}

static void pl011_timer(struct device *dev, uint64_t now)
{
    struct pl011 *s = dev->state;
    if (s->next_rx && now >= s->next_rx)
        take_input(dev, now);
    if (s->rx_timeout && now >= s->rx_timeout) {
        s->rx_timeout = 0;
        if (s->count)
            s->ris |= INT_RT;
    }
    update(dev);
}

/* Whoever says that there is input, or enables reception: it comes a character's time later. */
static bool pl011_input(struct device *dev)
{
    struct pl011 *s = dev->state;
    if (!receiving(s))
        return false;
    if (!s->next_rx) {
        s->next_rx = device_time(dev) + character_time(s);
        update(dev);
    }
    return s->imsc & (INT_RX | INT_RT);
}

static uint32_t read_data(struct device *dev)
{
    struct pl011 *s = dev->state;
    if (!s->count)
        return s->fifo[(s->head + FIFO_DEPTH - 1) % FIFO_DEPTH] &
               0xff; /* the last one again, as the holding register keeps it */
    uint32_t c = s->fifo[s->head];
    s->head = (s->head + 1) % FIFO_DEPTH;
    s->count--;
    s->rsr = c >> 8 & 0xf;
    if (s->count < rx_trigger(s))
        s->ris &= ~INT_RX;
    if (!s->count)
        s->ris &= ~INT_RT, s->rx_timeout = 0;
    return c;
}

static void write_data(struct device *dev, unsigned c)
{
    struct pl011 *s = dev->state;
    /* Linux writes early messages with the UART as firmware left it, and QEMU prints them whatever UARTCR says; what is
     * written while TXE is clear is printed here too, so that no message is lost. */
    if (s->cr & CR_LBE) {
        if (receiving(s))
            receive(s, c & 0xff, device_time(dev));
    } else {
        line_write(dev->machine, (uint8_t)c);
    }
    /* The FIFO passed through its trigger level on its way to empty. */
    s->ris |= INT_TX;
}

static uint32_t flags(const struct pl011 *s)
{
    uint32_t fr = FR_TXFE | FR_CTS | FR_DSR | FR_DCD;
    if (s->cr & CR_LBE)
        fr = FR_TXFE | (s->cr & CR_RTS ? FR_CTS : 0) | (s->cr & CR_DTR ? FR_DSR : 0);
    return fr | (s->count ? 0 : FR_RXFE) | (s->count == depth(s) ? FR_RXFF : 0);
}

static uint64_t pl011_read(struct device *dev, uint64_t offset, unsigned size)
{
    struct pl011 *s = dev->state;
    uint32_t c;
    switch (offset) {
    case UARTDR:
        c = read_data(dev);
        update(dev);
        return c;
    case UARTRSR: return s->rsr;
    case UARTFR: return flags(s);
    case UARTILPR: return s->ilpr;
    case UARTIBRD: return s->ibrd;
    case UARTFBRD: return s->fbrd;
    case UARTLCR_H: return s->lcr;
    case UARTCR: return s->cr;
    case UARTIFLS: return s->ifls;
    case UARTIMSC: return s->imsc;
    case UARTRIS: return s->ris;
    case UARTMIS: return s->ris & s->imsc;
    case UARTDMACR: return s->dmacr;
    }
    return device_no_register(dev, offset, size);
}

/* Turning the FIFOs on or off empties them. */
static void write_lcr(struct device *dev, uint32_t value)
{
    struct pl011 *s = dev->state;
    if ((s->lcr ^ value) & LCR_FEN) {
        s->head = s->count = s->overrun = 0;
        s->rx_timeout = 0;
        s->ris &= ~(INT_RX | INT_RT);
    }
    if (value & ~s->lcr & LCR_BRK && s->cr & CR_LBE && receiving(s))
        receive(s, DR_BE, device_time(dev));
    s->lcr = value & 0xff;
}

static void pl011_write(struct device *dev, uint64_t offset, unsigned size, uint64_t value)
{
    struct pl011 *s = dev->state;
    switch (offset) {
    case UARTDR: write_data(dev, (uint32_t)value); break;
    case UARTRSR: s->rsr = 0; break;
    case UARTFR: break;
    case UARTILPR: s->ilpr = value & 0xff; break;
    case UARTIBRD: s->ibrd = value & 0xffff; break;
    case UARTFBRD: s->fbrd = value & 0x3f; break;
    case UARTLCR_H: write_lcr(dev, (uint32_t)value); break;
    case UARTCR: s->cr = value & 0xff87, pl011_input(dev); break;
    case UARTIFLS: s->ifls = value & 0x3f; break;
    case UARTIMSC: s->imsc = value & INT_ALL; break;
    case UARTICR: s->ris &= ~value & INT_ALL; break;
    case UARTDMACR:
        s->dmacr = value & 7;
        if (s->dmacr & 3)
            TRACE(TRACE_UNIMP, dev->accessor, "pl011: DMA requested, but no DMA controller is connected");
        break;
    default: device_no_register(dev, offset, size);
    }
    update(dev);
}

static void pl011_reset(struct device *dev)
{
    struct pl011 *s = dev->state;
    s->cr = CR_TXE | CR_RXE;
    s->ifls = 0x12;
}

static void pl011_fdt(struct device *dev, void *fdt, int node)
{
    (void)dev;
    FDT_CELLS(fdt, node, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
    fdt_strings(fdt, node, "clock-names", DT_LIST("uartclk", "apb_pclk"));
}

static const struct state_field fields[] = {
    STATE_ANY(struct pl011, fifo, STATE_GUEST),
    STATE_TO(struct pl011, head, STATE_GUEST, FIFO_DEPTH - 1),
    STATE_TO(struct pl011, count, STATE_GUEST, FIFO_DEPTH),
    STATE_ANY(struct pl011, rsr, STATE_GUEST),
    STATE_ANY(struct pl011, overrun, STATE_GUEST),
    STATE_ANY(struct pl011, lcr, STATE_GUEST),
    STATE_TO(struct pl011, ibrd, STATE_GUEST, 0xffff),
    STATE_TO(struct pl011, fbrd, STATE_GUEST, 0x3f),
    STATE_ANY(struct pl011, cr, STATE_GUEST),
    STATE_ANY(struct pl011, ifls, STATE_GUEST),
    STATE_ANY(struct pl011, imsc, STATE_GUEST),
    STATE_ANY(struct pl011, ris, STATE_GUEST),
    STATE_ANY(struct pl011, ilpr, STATE_GUEST),
    STATE_ANY(struct pl011, dmacr, STATE_GUEST),
    STATE_ANY(struct pl011, next_rx, STATE_GUEST),
    STATE_ANY(struct pl011, rx_timeout, STATE_GUEST),
};
STATE_LAYOUT_OF(state, struct pl011, fields);

const struct device_type pl011 = {
    .name = "pl011",
    .compatible = DT_LIST("arm,pl011", "arm,primecell"),
    .primecell_id = 0x00141011,
    .mmio_size = 0x1000,
    .widths = WIDTH_32 | WIDTH_LANES | WIDTH_SPLIT,
    .irqs = 1,
    .state_size = sizeof(struct pl011),
    .state = &state,
    .reset = pl011_reset,
    .read = pl011_read,
    .write = pl011_write,
    .timer = pl011_timer,
    .input = pl011_input,
    .fdt = pl011_fdt,
};
