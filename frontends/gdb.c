/* The gdb server's sessions: who is there, what state the machine is in for them, which function does which packet. GDB
 * manual, appendix E. */
#include "frontends/gdb.h"

#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>

#include "core/snapshot.h"
#include "frontends/frontends.h"

/* ---- Replies ---- */

void gdb_reply(struct gdb *g, const char *format, ...)
{
    va_list args;
    size_t room = sizeof g->reply - g->reply_length;
    va_start(args, format);
    int n = vsnprintf(g->reply + g->reply_length, room, format, args);
    va_end(args);
    g->reply_length += n < 0 ? 0 : (size_t)n < room ? (unsigned)n : (unsigned)room - 1;
}

void gdb_reply_hex(struct gdb *g, const void *data, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size && g->reply_length + 2 <= GDB_PACKET; i++) {
        g->reply[g->reply_length++] = digits[bytes[i] >> 4];
        g->reply[g->reply_length++] = digits[bytes[i] & 15];
    }
}

void gdb_reply_binary(struct gdb *g, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size && g->reply_length + 2 <= GDB_PACKET; i++) {
        bool escape = bytes[i] == '#' || bytes[i] == '$' || bytes[i] == '}' || bytes[i] == '*';
        if (escape)
            g->reply[g->reply_length++] = '}';
        g->reply[g->reply_length++] = (char)(escape ? bytes[i] ^ 0x20 : bytes[i]);
    }
}

void gdb_error(struct gdb *g, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (char *c = text; *c; c++) /* what the protocol uses, and what is no text */
        if (*c < ' ' || *c > '~' || *c == '#' || *c == '$' || *c == '}' || *c == '*')
            *c = '?';
    g->reply_length = 0;
    gdb_reply(g, "E.%s", text);
}

/* ---- Arguments ---- */

static int digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool gdb_number(const char **p, uint64_t *n)
{
    unsigned digits = 0;
    for (*n = 0; digit(**p) >= 0; (*p)++, digits++)
        *n = *n << 4 | (unsigned)digit(**p);
    return digits && digits <= 16;
}

bool gdb_number_then(const char **p, uint64_t *n, char then)
{
    if (!gdb_number(p, n) || **p != then)
        return false;
    *p += then != 0;
    return true;
}

bool gdb_bytes(const char **p, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++, *p += 2) {
        if (digit((*p)[0]) < 0 || digit((*p)[1]) < 0)
            return false;
        bytes[i] = (uint8_t)(digit((*p)[0]) << 4 | digit((*p)[1]));
    }
    return true;
}

bool gdb_thread(struct gdb *g, const char **p, int *cpu)
{
    uint64_t n;
    if (!strncmp(*p, "-1", 2))
        return *p += 2, *cpu = -1, true;
    if (!gdb_number(p, &n) || n > g->d->m->cpu_count)
        return false;
    *cpu = n ? (int)n - 1 : -2;
    return true;
}

struct cpu *gdb_cpu(struct gdb *g) { return g->d->m->cpus[g->selected]; }

/* ---- Packets ---- */

static void ok(struct gdb *g, const char *arg)
{
    (void)arg;
    gdb_reply(g, "OK");
}

static void nothing(struct gdb *g, const char *arg) { (void)g, (void)arg; }

static void no_ack_mode(struct gdb *g, const char *arg)
{
    (void)arg;
    gdb_reply(g, "OK");
    gdb_send(&g->t, g->reply, g->reply_length); /* this one is still acknowledged */
    g->reply_length = 0;
    g->t.no_ack = true;
    g->answered = true;
}

static void detach(struct gdb *g, const char *arg)
{
    (void)arg;
    gdb_reply(g, "OK");
    g->leave = GDB_DETACH;
}

static void kill_it(struct gdb *g, const char *arg)
{
    (void)arg;
    g->leave = GDB_KILL;
    g->answered = true; /* k has no answer */
}

static void kill_with_answer(struct gdb *g, const char *arg)
{
    kill_it(g, arg);
    g->answered = false;
    gdb_reply(g, "OK");
}

/* By name; of two that begin alike the longer stands first. whole: nothing may follow. */
static const struct packet {
    const char *name;
    gdb_packet_fn *fn;
    bool whole;
} packets[] = {
    { "?", gdb_why_stopped, true },
    { "!", nothing, true },
    { "g", gdb_read_registers, true },
    { "G", gdb_write_registers, false },
    { "p", gdb_read_register, false },
    { "P", gdb_write_register, false },
    { "m", gdb_read_memory, false },
    { "M", gdb_write_memory, false },
    { "X", gdb_write_binary, false },
    { "Z", gdb_insert, false },
    { "z", gdb_remove, false },
    { "H", gdb_select, false },
    { "T", gdb_alive, false },
    { "c", gdb_continue, false },
    { "C", gdb_continue_signal, false },
    { "s", gdb_step, false },
    { "S", gdb_step_signal, false },
    { "D", detach, false },
    { "k", kill_it, false },
    { "bc", gdb_back_continue, true },
    { "bs", gdb_back_step, true },
    { "vKill;", kill_with_answer, false },
    { "vCont?", gdb_vcont_query, true },
    { "vCont;", gdb_vcont, false },
    { "vMustReplyEmpty", nothing, true },
    { "QStartNoAckMode", no_ack_mode, true },
    { "qSupported", gdb_supported, false },
    { "qXfer:", gdb_transfer, false },
    { "qRcmd,", gdb_command, false },
    { "qfThreadInfo", gdb_first_threads, true },
    { "qsThreadInfo", gdb_next_threads, true },
    { "qThreadExtraInfo,", gdb_extra_info, false },
    { "qC", gdb_current, true },
    { "qAttached", gdb_attached_query, false },
    { "qSymbol:", ok, false },
    { "qqemu.PhyMemMode", gdb_phys_mode, true },
    { "Qqemu.PhyMemMode:", gdb_set_phys_mode, false },
};

void gdb_do_packet(struct gdb *g)
{
    const char *text = (const char *)g->t.packet;
    g->reply_length = 0;
    g->answered = false;
    for (unsigned i = 0; i < sizeof packets / sizeof packets[0]; i++) {
        size_t n = strlen(packets[i].name);
        if (!strncmp(text, packets[i].name, n) && (!packets[i].whole || g->t.length == n)) {
            packets[i].fn(g, text + n);
            break;
        }
    }
    if (!g->answered)
        gdb_send(&g->t, g->reply, g->reply_length); /* an empty one: such a packet is not known */
}

/* ---- Sessions ---- */

bool gdb_open(struct debugger *d, const char *option, const char *spec)
{
    struct gdb *g = calloc(1, sizeof *g);
    if (!g)
        return user_error("%s %s: the host has no memory for the debugger", option, spec);
    g->d = d;
    g->t.listener = g->t.client = -1;
    d->gdb = g;
    return (gdb_target_create(g) || user_error("%s %s: the host has no memory for the debugger", option, spec)) &&
           gdb_listen(&g->t, option, spec);
}

void gdb_close(struct gdb *g)
{
    if (!g)
        return;
    gdb_unlisten(&g->t);
    free(g->registers);
    free(g->target_xml);
    free(g);
}

bool gdb_attached(const struct gdb *g) { return g && g->t.client >= 0; }

int gdb_descriptor(const struct gdb *g) { return !g ? -1 : g->t.client >= 0 ? g->t.client : g->t.listener; }

static void between_turns(void *g) { gdb_poll(g); }

static void begin_session(struct gdb *g)
{
    g->d->m->between_turns = between_turns;
    g->d->m->between_turns_context = g;
    const struct cpu *next = machine_next(g->d->m);
    g->selected = g->stopped = next ? next->index : 0;
    g->resumed = -1;
    g->swbreak = g->hwbreak = g->waits = g->interrupted = g->pending = false;
    g->leave = GDB_STAYS;
    g->replay = GDB_AT_PRESENT;
}

/* The client is gone or has detached: its points go, the monitor's stay. */
static void end_session(struct gdb *g)
{
    gdb_hang_up(&g->t);
    g->d->m->between_turns = NULL;
    if (g->keeps_checkpoints)
        debugger_checkpoints(g->d, false);
    g->keeps_checkpoints = false;
    points_of_gdb_delete(g->d);
}

bool gdb_wait(struct gdb *g)
{
    while (!console_signal()) {
        if (gdb_accept(&g->t)) {
            begin_session(g);
            return true;
        }
        poll(&(struct pollfd){ .fd = g->t.listener, .events = POLLIN }, 1, 1000); /* a signal may come just before */
    }
    return false;
}

void gdb_poll(struct gdb *g)
{
    if (!g || g->pending)
        return;
    if (g->t.client < 0) {
        if (gdb_accept(&g->t)) {
            begin_session(g);
            machine_pause(g->d->m);
        }
        return;
    }
    enum gdb_input in = gdb_receive(&g->t, 0);
    if (in == GDB_GONE) {
        end_session(g);
        return;
    }
    /* Nothing but the interrupt byte is to come while the machine runs; a packet stops it as well, and is done then. */
    g->interrupted |= in == GDB_INTERRUPT;
    g->pending = in == GDB_PACKET_READY;
    if (in != GDB_NOTHING)
        machine_pause(g->d->m);
}

void gdb_rebooted(struct gdb *g)
{
    if (!gdb_attached(g) || !g->stop_after_reset)
        return;
    g->stop_after_reset = false;
    machine_pause(g->d->m);
}

/* The next thing the client wants; false: it has gone, or a signal asks us to end. */
static bool next_packet(struct gdb *g)
{
    if (g->pending)
        return !(g->pending = false);
    for (;;) {
        enum gdb_input in = gdb_receive(&g->t, 1000); /* a signal may come just before the wait */
        if (in == GDB_GONE || console_signal())
            return false;
        if (in == GDB_PACKET_READY)
            return true;
    }
}

enum stop_reason gdb_serve(struct gdb *g, enum stop_reason why)
{
    g->why = why;
    g->goes_on = false;
    if (!checkpoints_on(g->d->m))
        g->keeps_checkpoints = debugger_checkpoints(g->d, true);
    if (g->waits)
        gdb_report(g);
    while (!g->goes_on && g->leave == GDB_STAYS && gdb_attached(g)) {
        if (!next_packet(g))
            g->leave = console_signal() ? GDB_KILL : GDB_DETACH;
        else
            gdb_do_packet(g);
    }
    if (g->goes_on)
        return g->why == STOP_DEBUG ? STOP_NONE : g->why;
    end_session(g);
    return g->leave == GDB_KILL ? STOP_QUIT : g->why == STOP_DEBUG ? STOP_NONE : g->why;
}
