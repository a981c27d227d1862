/* The console with a pipe as standard input: order, escapes, the monitor, flow control, end of input. */
#include "frontends/debugger.h"
#include "frontends/frontends.h"
#include "tests/devices/bus.h"

#include <unistd.h>

static int real_stdout;
static struct debugger *debugger;
static char shown[4096];

/* Start a board whose console reads text, and nothing after it. */
static void start(const char *text, size_t len)
{
    int ends[2];
    bus_start(1);
    bus->stop = STOP_NONE;
    if (pipe(ends) || write(ends[1], text, len) != (ssize_t)len)
        exit(1);
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    fflush(stdout);
    real_stdout = dup(STDOUT_FILENO);
    FILE *out = tmpfile();
    if (!out)
        exit(1);
    dup2(fileno(out), STDOUT_FILENO);
    fclose(out);
    console_open(bus);
    debugger = debugger_create(bus);
    console_debugger(debugger);
}

/* Give standard output back; what was on it is in shown. */
static void finish(void)
{
    console_close();
    console_debugger(NULL);
    debugger_free(debugger);
    stops_free(bus);
    fflush(stdout);
    lseek(STDOUT_FILENO, 0, SEEK_SET);
    ssize_t n = read(STDOUT_FILENO, shown, sizeof shown - 1);
    shown[n < 0 ? 0 : n] = 0;
    dup2(real_stdout, STDOUT_FILENO);
    close(real_stdout);
}

static const char *take(size_t max)
{
    static uint8_t got[256];
    size_t n = console_input(got, max);
    got[n] = 0;
    return (const char *)got;
}

TEST(bytes_pass_in_order)
{
    start("abc", 3);
    const char *first = take(2);
    EXPECT(!strcmp(first, "ab"));
    EXPECT(!strcmp(take(10), "c"));
    EXPECT(!strcmp(take(10), ""));
    bus->poll_input(bus);
    EXPECT_EQ(bus->stop, STOP_NONE); /* the end of input does not stop the machine */
    console_output((const uint8_t *)"out\n", 4);
    finish();
    EXPECT(!strcmp(shown, "out\n"));
}

TEST(control_a_twice_is_itself)
{
    start("\001\001x", 3);
    EXPECT(!strcmp(take(10), "\001x"));
    EXPECT_EQ(bus->stop, STOP_NONE);
    finish();
}

TEST(quit_waits_for_its_turn)
{
    start("ab\001xcd", 6);
    bus->poll_input(bus);
    EXPECT_EQ(bus->stop, STOP_NONE); /* a and b come first */
    EXPECT(!strcmp(take(10), "ab"));
    EXPECT_EQ(bus->stop, STOP_QUIT);
    finish();
}

TEST(quit_without_a_reader)
{
    start("\001x", 2);
    bus->poll_input(bus);
    EXPECT_EQ(bus->stop, STOP_QUIT);
    finish();
}

/* The console asks for the monitor, the machine stands, and the monitor is there until it lets the machine go on. */
static enum stop_reason monitor(void)
{
    bus->poll_input(bus);
    EXPECT(debugger->monitor_wanted);
    enum stop_reason why = debugger_serve(debugger, STOP_DEBUG);
    EXPECT(!debugger->monitor_wanted);
    return why;
}

TEST(monitor_between_bytes)
{
    const char text[] = "a\001chelp\nhepl\ncont\nb";
    start(text, sizeof text - 1);
    EXPECT(!strcmp(take(10), "a"));
    EXPECT(!strcmp(take(10), "")); /* until the monitor is done */
    EXPECT_EQ(monitor(), STOP_NONE);
    EXPECT(!strcmp(take(10), "b"));
    finish();
    EXPECT(strstr(shown, "sysregs") && strstr(shown, "nearest is help"));
}

TEST(monitor_quits)
{
    start("\001cquit\n", 7);
    EXPECT_EQ(monitor(), STOP_QUIT);
    finish();
}

TEST(monitor_at_the_end_of_input)
{
    start("\001c", 2);
    EXPECT_EQ(monitor(), STOP_NONE);
    finish();
}

TEST(nothing_to_wait_for)
{
    start("x", 1);
    EXPECT(!bus->wait_input(bus)); /* no CPU is on */
    finish();
}

TEST(the_uart_gets_it)
{
    start("hi", 2);
    bus_write(0x09000030, 4, 0x301);
    bus_write(0x0900002c, 4, 0x70);
    bus->poll_input(bus);
    bus_run_until(1000000000);
    EXPECT_EQ(bus_read(0x09000000, 4), 'h');
    EXPECT_EQ(bus_read(0x09000000, 4), 'i');
    finish();
}

TEST_MAIN
