/* Standard input and output as the first serial port's line. Ctrl-A is the escape: x quits, c is the monitor, Ctrl-A
 * again is itself.
 * A terminal's escapes act at once, wherever they are in what was typed. From a file or pipe everything happens in
 * order: an escape acts when the guest has read what is before it, so that a script does the same each time. */
#include "frontends/frontends.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/console_line.h"
#include "devices/device.h"
#include "frontends/debugger.h"
#include "frontends/gdb.h"

enum { CTRL_A = 1, RING = 1 << 16, OUT = 1 << 14 };

static struct {
    struct machine *m;
    struct debugger *debugger; /* NULL: nobody takes the monitor's commands */
    bool open, terminal, raw, end_of_input, escape, monitor, remote;
    bool called; /* the second place has something */
    struct termios cooked;
    uint8_t ring[RING]; /* read from standard input, not yet given to the guest */
    unsigned head, count;
    uint8_t out[OUT];
    volatile unsigned out_count;
    volatile sig_atomic_t signal;
    int64_t pace; /* host time minus guest time, ns: where idle time is slowed to the host's */
} con;
static const struct console_second *second;

/* ---- Terminal ---- */

/* What the guest's own terminal driver does must not be done twice; our output keeps its newlines. */
static void set_raw(bool raw)
{
    struct termios t = con.cooked;
    if (!con.terminal || raw == con.raw)
        return;
    if (raw) {
        t.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
        t.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
        t.c_cc[VMIN] = 1, t.c_cc[VTIME] = 0;
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &t);
    con.raw = raw;
}

static void on_signal(int number)
{
    if (con.signal || !con.open) { /* the second time: the run does not come to an end by itself */
        console_close();
        signal(number, SIG_DFL);
        raise(number);
    }
    con.signal = number;
}

int console_signal(void) { return con.signal; }

void console_flush(void)
{
    unsigned done = 0, count = con.out_count;
    if (count)
        progress_output();
    if (count && second)
        second->output(con.out, count);
    while (done < count) {
        ssize_t n = write(STDOUT_FILENO, con.out + done, count - done);
        if (n < 0 && errno == EAGAIN) {
            poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            con.signal = SIGPIPE; /* nobody can see the guest any more */
            break;
        } else if (n > 0) {
            done += (unsigned)n;
        }
    }
    con.out_count = 0;
}

void console_close(void)
{
    if (!con.open)
        return;
    console_flush();
    set_raw(false);
    con.open = false;
}

static void output(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (con.out_count == OUT)
            console_flush();
        con.out[con.out_count++] = bytes[i];
        if (bytes[i] == '\n') /* whoever reads along sees each line when the guest has written it */
            console_flush();
    }
}

/* ---- Input ---- */

static uint8_t at(unsigned i) { return con.ring[(con.head + i) % RING]; }

static void escape_command(uint8_t c)
{
    if (c == 'x')
        machine_stop(con.m, STOP_QUIT, "quit from the console");
    else if (c == 'c')
        con.monitor = true;
}

/* A byte of a terminal: escapes act now; what the guest is too slow for is dropped, as a full line would drop it. */
static void typed(uint8_t c)
{
    if (con.escape || c == CTRL_A) {
        bool itself = con.escape && c == CTRL_A;
        if (con.escape && !itself)
            escape_command(c);
        con.escape = !con.escape;
        if (!itself)
            return;
    }
    if (con.count < RING)
        con.ring[(con.head + con.count++) % RING] = c;
}

void console_attach(const struct console_second *s) { second = s; }

void console_type(const uint8_t *bytes, size_t len)
{
    for (; len--; bytes++) {
        unsigned times = *bytes == CTRL_A && !con.terminal ? 2 : 1; /* one is taken out when the guest reads */
        if (con.count + times > RING)
            return;
        while (times--)
            con.ring[(con.head + con.count++) % RING] = *bytes;
    }
}

/* Can anything still be typed? */
static bool input_open(void) { return !con.end_of_input || second; }

/* Read what is there, waiting up to timeout ms (-1: for ever) for it or for the second place. */
static void fill(int timeout)
{
    uint8_t bytes[4096];
    unsigned room = con.terminal ? sizeof bytes : RING - con.count;
    bool reads = !con.end_of_input && !con.monitor && room;
    struct pollfd p[3] = { { .fd = reads ? STDIN_FILENO : -1, .events = POLLIN },
                           { .fd = -1, .events = POLLIN },
                           { .fd = second ? second->wake : -1, .events = POLLIN } };
    if (timeout && con.debugger) /* otherwise gdb_poll() looks */
        p[1].fd = gdb_descriptor(con.debugger->gdb);
    if ((!reads && !timeout) || (p[0].fd < 0 && p[1].fd < 0 && p[2].fd < 0) || poll(p, 3, timeout) <= 0)
        return;
    con.remote |= p[1].revents != 0;
    con.called = p[2].revents != 0;
    if (!p[0].revents)
        return;
    ssize_t n = read(STDIN_FILENO, bytes, room < sizeof bytes ? room : sizeof bytes);
    if (n <= 0)
        con.end_of_input = n == 0 || (errno != EINTR && errno != EAGAIN);
    for (ssize_t i = 0; i < n; i++) {
        if (con.terminal)
            typed(bytes[i]);
        else
            con.ring[(con.head + con.count++) % RING] = bytes[i];
    }
}

/* From a file or pipe: act on an escape that is next. true: the next byte is the guest's. */
static bool next_is_for_guest(void)
{
    if (con.terminal)
        return con.count;
    while (con.count && !con.monitor && !con.m->stop) {
        if (!con.escape && at(0) != CTRL_A)
            return true;
        if (con.escape && at(0) == CTRL_A)
            return true;
        uint8_t c = at(0);
        con.head++, con.count--;
        if (con.escape)
            escape_command(c);
        con.escape = !con.escape;
    }
    return false;
}

static size_t input(uint8_t *bytes, size_t len)
{
    size_t n = 0;
    for (; n < len; n++) {
        if (!con.count && !con.terminal)
            fill(0);
        if (!next_is_for_guest())
            break;
        bytes[n] = at(0);
        con.head++, con.count--;
        if (!con.terminal)
            con.escape = false;
    }
    return n;
}

static size_t pending(uint8_t *bytes, size_t len)
{
    size_t n = con.count < len ? con.count : len;
    for (size_t i = 0; i < n; i++)
        bytes[i] = at((unsigned)i);
    return n;
}

/* What a snapshot brings before the console is there. */
static struct {
    uint8_t bytes[RING];
    size_t count;
} early;

void console_give_back(const uint8_t *bytes, size_t len)
{
    if (!con.open) {
        early.count = len < RING ? len : RING;
        memcpy(early.bytes, bytes, early.count);
        return;
    }
    while (len && con.count < RING) {
        con.head = (con.head + RING - 1) % RING;
        con.ring[con.head] = bytes[--len];
        con.count++;
    }
}

static void look(struct machine *m)
{
    con.called = false;
    if (second)
        second->poll(m);
    if (con.signal)
        machine_stop(m, STOP_QUIT, "ended by signal %d", (int)con.signal);
    if (next_is_for_guest())
        line_ready(m);
    con.remote = false;
    if (!con.debugger)
        return;
    if (con.monitor && !m->stop) {
        con.debugger->monitor_wanted = true;
        machine_pause(m);
    }
    con.monitor = false;
    gdb_poll(con.debugger->gdb);
}

void console_debugger(struct debugger *d) { con.debugger = d; }

void console_monitor(bool on)
{
    console_flush();
    progress_wipe();
    set_raw(!on);
    con.pace = INT64_MIN; /* the time that somebody thinks is not the guest's */
}

bool console_wait(int ms)
{
    fill(ms);
    con.called = false;
    con.pace = INT64_MIN; /* the machine stood, so its time did */
    return con.monitor || con.remote || con.signal || con.m->stop;
}

static void poll_input(struct machine *m)
{
    console_flush();
    progress_poll(m);
    fill(0);
    look(m);
}

/* ---- Idle time ---- */

static int64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Somebody sits at a terminal or the window: an idle guest's time must not race ahead of theirs, or `sleep 5` would be
 * over at once and an idle shell would keep the host busy. Time that the guest is behind, because it computed, is
 * caught up with first. With neither time jumps. true: something happened, look again. */
static bool idle(struct machine *m, uint64_t when)
{
    bool acted = false;
    int64_t ahead, longest = second ? 30 : 1000; /* ms: a window goes on drawing */
    console_flush();
    if ((!con.terminal && !second) || (m->line && m->line->replay_only)) /* nobody types */
        return false;
    if (con.pace == INT64_MIN)
        con.pace = host_ns() - (int64_t)m->now;
    while (!acted && !m->stop && (ahead = (int64_t)when + con.pace - host_ns()) > 1000000) {
        int64_t ms = ahead / 1000000;
        unsigned before = con.count;
        if (second)
            second->poll(m);
        fill((int)(ms < longest ? ms : longest));
        acted = con.count != before || con.monitor || con.signal || con.called || con.remote;
        if (!input_open())
            break;
    }
    if (acted)
        look(m);
    return acted || m->stop;
}

/* Nothing is queued and every CPU waits: only input can go on, if it raises an interrupt for a CPU that is on. */
static bool wait_input(struct machine *m)
{
    bool on = false;
    for (unsigned i = 0; i < m->cpu_count; i++)
        on |= m->cpus[i]->power == POWER_ON;
    console_flush();
    while (on && line_ready(m) && input_open() && !con.signal && con.count < RING) {
        unsigned before = con.count;
        fill(-1);
        look(m);
        if (con.count != before || m->stop)
            return true;
    }
    return false;
}

void console_open(struct machine *m)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    memset(&con, 0, sizeof con);
    con.m = m;
    con.open = true;
    con.pace = host_ns() - (int64_t)m->now;
    con.terminal =
        isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &con.cooked) && tcgetpgrp(STDIN_FILENO) == getpgrp();
    for (unsigned i = 0; i < sizeof signals / sizeof signals[0]; i++)
        sigaction(signals[i], &(struct sigaction){ .sa_handler = on_signal }, NULL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGTTIN, SIG_IGN); /* in the background reading fails, which is an end of input, instead of stopping us */
    console_output = output;
    console_input = input;
    console_pending = pending;
    console_put_back = console_give_back;
    console_give_back(early.bytes, early.count);
    early.count = 0;
    m->poll_input = poll_input;
    m->wait_input = wait_input;
    m->idle = idle;
    set_raw(true);
}

/* Byte by byte, so that what follows the line stays for the guest. */
bool console_line(char *line, size_t size)
{
    size_t n = 0;
    for (;;) {
        uint8_t c;
        if (con.count && !con.terminal) {
            c = at(0);
            con.head++, con.count--;
        } else if (read(STDIN_FILENO, &c, 1) != 1) {
            con.end_of_input = !con.signal;
            return false;
        }
        if (c == '\n' || c == '\r')
            break;
        if (n + 1 < size)
            line[n++] = (char)c;
    }
    line[n] = 0;
    return true;
}
