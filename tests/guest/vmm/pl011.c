// PL011 UART (PrimeCell UART PL011 TRM, DDI 0183). Its line is infinitely fast: the transmit FIFO is always empty, and
// received bytes are at once old enough for the receive timeout interrupt.
#include "vmm.h"

enum {
    UARTDR = 0x00,
    UARTFR = 0x18,
    UARTIBRD = 0x24,
    UARTFBRD = 0x28,
    UARTLCR_H = 0x2c,
    UARTCR = 0x30,
    UARTIFLS = 0x34,
    UARTIMSC = 0x38,
    UARTRIS = 0x3c,
    UARTMIS = 0x40,
    UARTICR = 0x44,
    UARTPeriphID0 = 0xfe0,
};

#define FR_RXFE (1u << 4)
#define FR_RXFF (1u << 6)
#define FR_TXFE (1u << 7)
#define INT_TX  (1u << 5)
#define INT_RT  (1u << 6)

#define LCR_H_FEN (1u << 4)

static unsigned rx_depth(const struct pl011 *uart) { return uart->lcr_h & LCR_H_FEN ? sizeof(uart->rx) : 1; }

static void update_irq(struct pl011 *uart)
{
    bool level = (uart->ris & uart->imsc) != 0;

    if (level == uart->level)
        return;
    uart->level = level;
    uart->set_irq(level);
}

void pl011_init(struct pl011 *uart, void (*set_irq)(bool on))
{
    *uart = (struct pl011){ .cr = 0x300, .ifls = 0x12, .set_irq = set_irq };
    pthread_mutex_init(&uart->lock, NULL);
    pthread_cond_init(&uart->room, NULL);
}

static uint32_t read_data(struct pl011 *uart)
{
    uint32_t byte;

    if (!uart->count)
        return 0;
    byte = uart->rx[uart->first];
    uart->first = (uart->first + 1) % sizeof(uart->rx);
    if (!--uart->count)
        uart->ris &= ~INT_RT;
    pthread_cond_signal(&uart->room);
    return byte;
}

static uint32_t read_register(struct pl011 *uart, uint64_t offset)
{
    static const uint8_t identification[] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

    switch (offset) {
    case UARTDR: return read_data(uart);
    case UARTFR: return FR_TXFE | (uart->count ? 0 : FR_RXFE) | (uart->count >= rx_depth(uart) ? FR_RXFF : 0);
    case UARTIBRD: return uart->ibrd;
    case UARTFBRD: return uart->fbrd;
    case UARTLCR_H: return uart->lcr_h;
    case UARTCR: return uart->cr;
    case UARTIFLS: return uart->ifls;
    case UARTIMSC: return uart->imsc;
    case UARTRIS: return uart->ris;
    case UARTMIS: return uart->ris & uart->imsc;
    default:
        if (offset >= UARTPeriphID0 && offset < UARTPeriphID0 + 4 * sizeof(identification))
            return identification[(offset - UARTPeriphID0) / 4];
        return 0;
    }
}

uint32_t pl011_read(struct pl011 *uart, uint64_t offset)
{
    uint32_t value;

    pthread_mutex_lock(&uart->lock);
    value = read_register(uart, offset);
    update_irq(uart);
    pthread_mutex_unlock(&uart->lock);
    return value;
}

void pl011_write(struct pl011 *uart, uint64_t offset, uint32_t value)
{
    pthread_mutex_lock(&uart->lock);
    switch (offset) {
    case UARTDR:
        console_put((uint8_t)value);
        uart->ris |= INT_TX; // the FIFO has drained past its level
        break;
    case UARTIBRD: uart->ibrd = value & 0xffff; break;
    case UARTFBRD: uart->fbrd = value & 0x3f; break;
    case UARTLCR_H: uart->lcr_h = value & 0xff; break;
    case UARTCR: uart->cr = value & 0xffff; break;
    case UARTIFLS: uart->ifls = value & 0x3f; break;
    case UARTIMSC: uart->imsc = value & 0x7ff; break;
    case UARTICR: uart->ris &= ~value; break;
    default: break;
    }
    if (uart->count)
        uart->ris |= INT_RT; // a byte is waiting still
    update_irq(uart);
    pthread_mutex_unlock(&uart->lock);
}

void pl011_receive(struct pl011 *uart, uint8_t byte)
{
    pthread_mutex_lock(&uart->lock);
    while (uart->count >= rx_depth(uart))
        pthread_cond_wait(&uart->room, &uart->lock);
    uart->rx[(uart->first + uart->count++) % sizeof(uart->rx)] = byte;
    uart->ris |= INT_RT;
    update_irq(uart);
    pthread_mutex_unlock(&uart->lock);
}
