/* Running, stepping, going back, and what is said of the stop (GDB manual, E.3 Stop Reply Packets, E.2 vCont). All CPUs
 * stop together and run together as the schedule has it; a step is over when its CPU has executed one instruction, or
 * has taken one exception in the place of one. */
#include "frontends/gdb.h"

#include <inttypes.h>

#include "frontends/frontends.h"
#include "frontends/trace.h"

enum { SIGNAL_INT = 2, SIGNAL_TRAP = 5, SIGNAL_ABORT = 6 }; /* gdb's numbers */

static struct machine *machine(struct gdb *g) { return g->d->m; }

/* ---- Stop replies ---- */

static unsigned signal_now(const struct gdb *g)
{
    if (g->why != STOP_DEBUG)
        return SIGNAL_ABORT;
    return g->interrupted ? SIGNAL_INT : SIGNAL_TRAP;
}

/* The reason in gdb's words, if the point is one that gdb has set. */
static void point_reason(struct gdb *g)
{
    static const char *const watch[] = { NULL, NULL, "watch", "rwatch", "awatch" };
    const struct stop_hit *hit = stop_last(machine(g));
    const struct debug_point *p = g->why == STOP_DEBUG ? point_of_stop(g->d, hit->point) : NULL;
    if (!p || p->number)
        return;
    if (watch[p->type])
        gdb_reply(g, "%s:%" PRIx64 ";", watch[p->type], hit->address);
    else if (p->type ? g->hwbreak : g->swbreak)
        gdb_reply(g, "%s:;", p->type ? "hwbreak" : "swbreak");
}

/* Registers that gdb always wants next: x29, sp, pc. */
static void expedited(struct gdb *g, struct cpu *cpu)
{
    static const uint8_t numbers[] = { 29, 31, 32 };
    uint8_t bytes[GDB_REGISTER_BYTES];
    for (unsigned i = 0; i < sizeof numbers; i++) {
        const struct gdb_register *r = &g->registers[numbers[i]];
        gdb_register_get(cpu, r, bytes);
        gdb_reply(g, "%02x:", numbers[i]);
        gdb_reply_hex(g, bytes, r->size);
        gdb_reply(g, ";");
    }
}

static void stop_reply(struct gdb *g)
{
    g->reply_length = 0;
    gdb_reply(g, "T%02xthread:%x;core:%x;", signal_now(g), g->stopped + 1, g->stopped);
    point_reason(g);
    if (g->replay == GDB_AT_BEGIN)
        gdb_reply(g, "replaylog:begin;");
    expedited(g, machine(g)->cpus[g->stopped]);
}

void gdb_why_stopped(struct gdb *g, const char *arg)
{
    (void)arg;
    stop_reply(g);
}

void gdb_console(struct gdb *g, const char *text, size_t length)
{
    enum { PIECE = GDB_PACKET / 2 - 1 };
    while (length) {
        size_t n = length < PIECE ? length : PIECE;
        g->reply_length = 0;
        gdb_reply(g, "O");
        gdb_reply_hex(g, text, n);
        gdb_send(&g->t, g->reply, g->reply_length);
        text += n, length -= n;
    }
    g->reply_length = 0;
}

/* What gdb cannot know: one of the monitor's points has been hit, or the machine has come to an end. */
static void explain(struct gdb *g)
{
    struct machine *m = machine(g);
    const struct debug_point *p = g->why == STOP_DEBUG ? point_of_stop(g->d, stop_last(m)->point) : NULL;
    char text[640], point[320];
    int n = 0;
    if (g->why != STOP_DEBUG) {
        n = snprintf(text, sizeof text, "The machine has ended: %s. Continuing ends the session.\n",
                     m->stop_text[0]        ? m->stop_text
                     : g->why == STOP_RESET ? "reset"
                                            : "powered off");
    } else if (p && p->number) {
        point_text(g->d, &p->at, point, sizeof point);
        n = snprintf(text, sizeof text, "CPU %u stopped by point %u: %s\n", g->stopped, p->number, point);
    }
    if (n > 0)
        gdb_console(g, text, (size_t)n < sizeof text ? (size_t)n : sizeof text - 1);
}

static unsigned exit_status_of(enum stop_reason why)
{
    return why == STOP_POWEROFF || why == STOP_QUIT ? EXIT_POWEROFF
           : why == STOP_UNIMPLEMENTED              ? EXIT_UNIMPLEMENTED
                                                    : EXIT_STOPPED;
}

static void report_end(struct gdb *g)
{
    char text[8];
    int n = snprintf(text, sizeof text, "W%02x", exit_status_of(g->why));
    gdb_send(&g->t, text, (unsigned)n);
    gdb_hang_up(&g->t);
    g->goes_on = true;
}

void gdb_report(struct gdb *g)
{
    struct machine *m = machine(g);
    const struct stop_hit *hit = stop_last(m);
    g->waits = false;
    /* A guest that has powered off is done; every other end is looked at first. */
    if (g->why == STOP_QUIT || g->why == STOP_POWEROFF) {
        report_end(g);
        return;
    }
    if (g->why == STOP_DEBUG && hit->cpu && (hit->point || !g->stepped))
        g->stopped = hit->cpu->index;
    g->selected = g->stopped;
    explain(g);
    stop_reply(g);
    gdb_send(&g->t, g->reply, g->reply_length);
    g->interrupted = g->stepped = false;
}

/* ---- Resuming ---- */

static void resumes(struct gdb *g)
{
    debugger_resumes(g->d);
    g->answered = true;
    g->waits = true;
    g->interrupted = g->stepped = false;
    g->replay = GDB_AT_PRESENT;
}

static void go_on(struct gdb *g)
{
    resumes(g);
    if (g->why == STOP_DEBUG)
        g->goes_on = true;
    else
        report_end(g);
}

/* The machine has been run by us and stands again. A reset that boots again is main's to do: it stops behind it. */
static void stands(struct gdb *g, enum stop_reason why)
{
    g->why = why;
    if (why == STOP_RESET && !machine(g)->opt.no_reboot)
        g->goes_on = g->stop_after_reset = true;
    else
        gdb_report(g);
}

/* One step of a CPU, or while it stays within [start, end). */
static void step(struct gdb *g, unsigned index, uint64_t start, uint64_t end)
{
    struct cpu *cpu = machine(g)->cpus[index];
    enum stop_reason why;
    if (g->why != STOP_DEBUG) {
        go_on(g);
        return;
    }
    resumes(g);
    do {
        why = (enum stop_reason)trace_step(machine(g), cpu);
    } while (why == STOP_DEBUG && !stop_last(machine(g))->point && !g->interrupted && !g->pending && gdb_attached(g) &&
             cpu->pc >= start && cpu->pc < end);
    if (!g->interrupted)
        g->stopped = index, g->stepped = true;
    stands(g, why);
}

static unsigned thread_of_c(const struct gdb *g) { return g->resumed >= 0 ? (unsigned)g->resumed : g->stopped; }

/* [addr] of c and s, and of C and S behind the signal; there are no signals here. */
static bool jump(struct gdb *g, const char *arg)
{
    uint64_t pc;
    if (!*arg)
        return true;
    if (!gdb_number_then(&arg, &pc, 0)) {
        gdb_error(g, "expected an address");
        return false;
    }
    const struct gdb_register r = { .kind = GDB_PC, .size = 8 };
    if (gdb_register_set(machine(g)->cpus[thread_of_c(g)], &r, (const uint8_t *)&pc))
        return false;
    debugger_changed(g->d);
    return true;
}

void gdb_continue(struct gdb *g, const char *arg)
{
    if (jump(g, arg))
        go_on(g);
}

void gdb_step(struct gdb *g, const char *arg)
{
    if (jump(g, arg))
        step(g, thread_of_c(g), 0, 0);
}

static const char *behind_signal(const char *arg)
{
    arg = arg + strcspn(arg, ";");
    return arg + (*arg == ';');
}

void gdb_continue_signal(struct gdb *g, const char *arg) { gdb_continue(g, behind_signal(arg)); }
void gdb_step_signal(struct gdb *g, const char *arg) { gdb_step(g, behind_signal(arg)); }

void gdb_vcont_query(struct gdb *g, const char *arg)
{
    (void)arg;
    gdb_reply(g, "vCont;c;C;s;S;t;r");
}

struct action {
    char what; /* c, s, r, t */
    int cpu;   /* index, -1: all that no action before names */
    uint64_t start, end;
};

/* One action of vCont up to the ; or the end. */
static bool parse_action(struct gdb *g, const char **arg, struct action *a)
{
    uint64_t number;
    *a = (struct action){ .what = **arg, .cpu = -1 };
    if (!a->what)
        return false;
    ++*arg;
    if (a->what == 'C' || a->what == 'S') {
        a->what = a->what == 'C' ? 'c' : 's';
        if (!gdb_number(arg, &number))
            return false;
    } else if (a->what == 'r') {
        if (!gdb_number_then(arg, &a->start, ',') || !gdb_number(arg, &a->end))
            return false;
    } else if (a->what != 'c' && a->what != 's' && a->what != 't') {
        return false;
    }
    if (**arg == ':') {
        ++*arg;
        if (!gdb_thread(g, arg, &a->cpu))
            return false;
        a->cpu = a->cpu == -2 ? -1 : a->cpu;
    }
    if (**arg && **arg != ';')
        return false;
    *arg += **arg == ';';
    return true;
}

/* Of several actions one that steps decides, as gdb sends at most one; for CPUs without one the schedule decides. */
void gdb_vcont(struct gdb *g, const char *arg)
{
    struct action a, chosen = { .what = 0 };
    do {
        if (!parse_action(g, &arg, &a)) {
            gdb_error(g, "vCont: expected c, C, s, S, t or r, and a thread after a colon");
            return;
        }
        bool steps = a.what == 's' || a.what == 'r';
        if (!chosen.what || (steps && chosen.what == 'c') || chosen.what == 't')
            chosen = a;
    } while (*arg);
    if (chosen.what == 'c')
        go_on(g);
    else if (chosen.what == 't')
        stop_reply(g);
    else
        step(g, chosen.cpu < 0 ? g->stopped : (unsigned)chosen.cpu, chosen.start, chosen.end);
}

/* ---- Going back ---- */

static void went_back(struct gdb *g, enum reverse_result result, int cpu)
{
    if (result == REVERSE_OFF) {
        gdb_error(g, "no checkpoints are kept: monitor checkpoints on");
        return;
    }
    resumes(g);
    g->why = STOP_DEBUG;
    if (result == REVERSE_START)
        g->replay = GDB_AT_BEGIN;
    if (cpu >= 0)
        g->stopped = (unsigned)cpu, g->stepped = true;
    gdb_report(g);
}

void gdb_back_step(struct gdb *g, const char *arg)
{
    unsigned cpu = thread_of_c(g);
    (void)arg;
    went_back(g, debugger_step_back(g->d, machine(g)->cpus[cpu]), (int)cpu);
}

void gdb_back_continue(struct gdb *g, const char *arg)
{
    (void)arg;
    went_back(g, debugger_continue_back(g->d), -1);
}
