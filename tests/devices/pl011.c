/* PL011: FIFOs, flags, every interrupt, flow control, access sizes. Arm DDI 0183. */
#include "tests/devices/bus.h"

enum { UART = 0x09000000, IRQ = 1 };
enum {
    DR = 0,
    RSR = 4,
    FR = 0x18,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44
};
enum { RXFE = 0x10, TXFF = 0x20, RXFF = 0x40, TXFE = 0x80, RX = 0x10, TX = 0x20, RT = 0x40, BE = 0x200, OE = 0x400 };
enum { SECOND = 1000000000 };

static char sent[256];
static size_t sent_count;
static const char *waiting = "";

static void take_output(const uint8_t *bytes, size_t len)
{
    memcpy(sent + sent_count, bytes, len);
    sent_count += len;
}

static size_t give_input(uint8_t *bytes, size_t len)
{
    size_t n = strlen(waiting) < len ? strlen(waiting) : len;
    memcpy(bytes, waiting, n);
    waiting += n;
    return n;
}

static uint64_t rd(unsigned reg) { return bus_read(UART + reg, 4); }
static void wr(unsigned reg, uint32_t value) { bus_write(UART + reg, 4, value); }

static void start(const char *input, bool fifo)
{
    bus_start(1);
    console_output = take_output;
    console_input = give_input;
    memset(sent, 0, sizeof sent), sent_count = 0;
    waiting = input;
    wr(IBRD, 13), wr(FBRD, 1); /* 115,200 baud */
    wr(LCR_H, fifo ? 0x70 : 0x60);
    wr(CR, 0x301);
    board_input(bus);
}

TEST(reset_values)
{
    bus_start(1);
    EXPECT_EQ(rd(CR), 0x300);
    EXPECT_EQ(rd(IFLS), 0x12);
    EXPECT_EQ(rd(FR) & (RXFE | TXFE | RXFF | TXFF), RXFE | TXFE);
    EXPECT_EQ(rd(RIS), 0);
    EXPECT_EQ(rd(IMSC), 0);
}

TEST(identification)
{
    static const uint8_t id[8] = { 0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };
    bus_start(1);
    for (unsigned i = 0; i < 8; i++)
        EXPECT_EQ(rd(0xfe0 + 4 * i), id[i]);
}

TEST(output_and_transmit_interrupt)
{
    start("", true);
    wr(DR, 'o'), wr(DR, 'k');
    EXPECT(!strcmp(sent, "ok"));
    EXPECT_EQ(rd(RIS), TX);
    EXPECT_EQ(rd(MIS), 0);
    EXPECT(!bus_irq(IRQ));
    wr(IMSC, TX);
    EXPECT(bus_irq(IRQ));
    wr(ICR, TX);
    EXPECT_EQ(rd(RIS), 0);
    EXPECT(!bus_irq(IRQ));
}

TEST(byte_and_halfword_stores_reach_the_register)
{
    start("", true);
    bus_write(UART + DR, 1, 'a');
    bus_write(UART + DR, 2, 'b');
    EXPECT(!strcmp(sent, "ab"));
    EXPECT_EQ(bus_read(UART + CR, 1), 0x01);
    EXPECT_EQ(bus_read(UART + CR + 1, 1), 0x03);
    EXPECT_EQ(bus_read(UART + 0x24, 8), UINT64_C(0x10000000d)); /* IBRD and FBRD */
}

TEST(input_takes_a_characters_time)
{
    start("x", true);
    bus_run_until(80000);
    EXPECT(rd(FR) & RXFE);
    bus_run_until(90000); /* 10 bits at 115,200 baud: 86.8 us */
    EXPECT(!(rd(FR) & RXFE));
    EXPECT_EQ(rd(DR), 'x');
    EXPECT(rd(FR) & RXFE);
}

TEST(receive_trigger_level)
{
    static const unsigned level[5] = { 2, 4, 8, 12, 14 };
    for (unsigned i = 0; i < 5; i++) {
        start("0123456789abcdef", true);
        wr(IFLS, i << 3);
        wr(IMSC, RX);
        for (unsigned n = 0; n < level[i]; n++) {
            EXPECT(!bus_irq(IRQ));
            bus_run_until(bus->now + 87000);
        }
        EXPECT(bus_irq(IRQ));
        rd(DR);
        EXPECT(!bus_irq(IRQ)); /* below the level again */
    }
}

TEST(receive_timeout)
{
    start("x", true);
    wr(IMSC, RT);
    bus_run_until(90000);
    EXPECT(!bus_irq(IRQ));
    bus_run_until(90000 + 32 * 8681);
    EXPECT(bus_irq(IRQ));
    EXPECT_EQ(rd(DR), 'x');
    EXPECT(!bus_irq(IRQ));
}

TEST(full_fifo_holds_the_line)
{
    start("0123456789abcdefghij", true);
    bus_run_until(SECOND);
    EXPECT(rd(FR) & RXFF);
    EXPECT(!strcmp(waiting, "ghij"));
    EXPECT_EQ(rd(RIS) & OE, 0);
    for (const char *p = "0123456789abcdef"; *p; p++)
        EXPECT_EQ(rd(DR), *p);
    bus_run_until(2 * (uint64_t)SECOND);
    EXPECT_EQ(rd(DR), 'g');
    EXPECT(!*waiting);
}

TEST(without_fifo_one_character)
{
    start("ab", false);
    wr(IMSC, RX);
    bus_run_until(SECOND);
    EXPECT(bus_irq(IRQ));
    EXPECT(rd(FR) & RXFF);
    EXPECT_EQ(rd(DR), 'a');
    EXPECT(!bus_irq(IRQ));
    bus_run_until(2 * (uint64_t)SECOND);
    EXPECT_EQ(rd(DR), 'b');
}

TEST(disabled_receiver_takes_nothing)
{
    start("a", true);
    wr(CR, 0x101);
    bus_run_until(SECOND);
    EXPECT(!strcmp(waiting, "a"));
    wr(CR, 0x301);
    bus_run_until(2 * (uint64_t)SECOND);
    EXPECT_EQ(rd(DR), 'a');
}

TEST(loopback_overrun_and_break)
{
    start("", true);
    wr(CR, 0x381);
    for (unsigned i = 0; i < 17; i++)
        wr(DR, 'A' + i);
    EXPECT_EQ(sent_count, 0);
    EXPECT_EQ(rd(RIS) & OE, OE);
    EXPECT_EQ(rd(RSR), 8);
    wr(RSR, 0);
    EXPECT_EQ(rd(RSR), 0);
    EXPECT_EQ(rd(DR), 'A');
    wr(DR, 'z'); /* the one after the loss says so */
    for (unsigned i = 1; i < 16; i++)
        EXPECT_EQ(rd(DR), 'A' + i);
    EXPECT_EQ(rd(DR), 0x800 | 'z');
    wr(LCR_H, 0x71);
    EXPECT_EQ(rd(RIS) & BE, BE);
    EXPECT_EQ(rd(DR), 0x400);
    EXPECT_EQ(rd(RSR), 4);
}

TEST(changing_fen_empties_the_fifo)
{
    start("abc", true);
    bus_run_until(SECOND);
    EXPECT(!(rd(FR) & RXFE));
    wr(LCR_H, 0x60);
    EXPECT(rd(FR) & RXFE);
}

TEST(registers_it_lacks_read_as_zero)
{
    bus_start(1);
    for (unsigned offset = 0x4c; offset < 0xfe0; offset += 4) {
        EXPECT_EQ(rd(offset), 0);
        wr(offset, UINT32_MAX);
    }
}

TEST_MAIN
