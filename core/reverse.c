/* Reverse execution: core/reverse.h. A state is found again by the instructions and exceptions of a CPU up to it, since
 * the run from a checkpoint is the same each time. */
#include "core/reverse.h"

#include "core/snapshot.h"
#include "core/trace.h"

/* What must not notice that the machine runs through its past again. */
struct replay {
    const struct machine_observer *observer[MAX_OBSERVERS];
    unsigned observers;
    uint32_t trace_mask;
    bool running;
    void (*el3_event)(struct cpu *cpu, const struct el3_event *e);
    void (*poll_input)(struct machine *m);
    bool (*wait_input)(struct machine *m);
    bool (*idle)(struct machine *m, uint64_t when);
};

/* Input comes from the log (core/console_line.c). */
static void no_poll(struct machine *m) { (void)m; }

static void replay_begins(struct replay *r, struct machine *m)
{
    const struct machine_observer *points = stops_observer(m);

    *r = (struct replay){ .observers = m->observers,
                          .trace_mask = trace_mask,
                          .running = m->running,
                          .el3_event = m->el3_event,
                          .poll_input = m->poll_input,
                          .wait_input = m->wait_input,
                          .idle = m->idle };
    memcpy(r->observer, m->observer, sizeof(r->observer));
    m->observer[0] = points;
    m->observers = points != NULL;
    trace_mask = 0;
    m->el3_event = NULL;
    m->poll_input = m->poll_input ? no_poll : NULL; /* how often it is called is part of the schedule */
    m->wait_input = NULL;
    m->idle = NULL;
}

static void replay_ends(const struct replay *r, struct machine *m, const struct stop_hit *hit)
{
    memcpy(m->observer, r->observer, sizeof(r->observer));
    m->observers = r->observers;
    trace_mask = r->trace_mask;
    m->running = r->running;
    m->el3_event = r->el3_event;
    m->poll_input = r->poll_input;
    m->wait_input = r->wait_input;
    m->idle = r->idle;
    m->stop = STOP_DEBUG;
    stops_replayed(m, hit);
}

/* ---- Forward to a place ---- */

/* Instructions of a CPU, NULL: of all. */
static uint64_t count_of(const struct machine *m, const struct cpu *cpu)
{
    return cpu ? cpu_icount(cpu) : machine_position(m);
}

static struct stop_point at_count(const struct cpu *cpu, uint64_t count)
{
    return (struct stop_point){ .kind = cpu ? STOP_AT_INSTRUCTION : STOP_AT_POSITION,
                                .cpu = cpu ? (int)cpu->index : -1,
                                .count = count };
}

/* Before the instruction after so many of this CPU (NULL: of all), nobody noticing. */
static void run_to(struct machine *m, const struct cpu *cpu, uint64_t count)
{
    struct stop_point p = at_count(cpu, count);

    stops_replay(m, true, &p);
    if (count_of(m, cpu) <= count && count != UINT64_MAX) /* which stands for the one before none */
        machine_run(m);
    stops_replay(m, true, NULL);
}

/* To a moment of the CPU that is not more than an instruction and what comes with it behind count. false: the machine
 * ended before. */
static bool step_to(struct machine *m, struct cpu *cpu, uint64_t progress)
{
    while (machine_progress(m, cpu) < progress)
        if (machine_step(m, cpu) != STOP_DEBUG)
            return false;
    return true;
}

/* A checkpoint before a moment, at or before a position. Its position; UINT64_MAX: there is none, the machine stands at
 * the oldest one. */
static uint64_t checkpoint_before(struct machine *m, const struct cpu *cpu, uint64_t progress, uint64_t position)
{
    while (checkpoint_restore(m, position)) {
        position = machine_position(m);
        if (machine_progress(m, cpu) < progress)
            return position;
        if (!position--)
            break;
    }
    if (!checkpoint_restore(m, checkpoint_oldest(m)))
        assert(!"the oldest checkpoint is there");
    return UINT64_MAX;
}

/* ---- One step ---- */

/* Stand at the last moment before the present one. */
static enum reverse_result step_back(struct machine *m, struct cpu *cpu)
{
    uint64_t count = count_of(m, cpu), now = machine_progress(m, cpu), before;
    uint64_t from = checkpoint_before(m, cpu, now, machine_position(m));

    if (from == UINT64_MAX)
        return REVERSE_START;
    run_to(m, cpu, count - 1);
    do {
        before = machine_progress(m, cpu);
    } while (machine_step(m, cpu) == STOP_DEBUG && machine_progress(m, cpu) < now);
    if (!checkpoint_restore(m, from))
        return REVERSE_START;
    run_to(m, cpu, count - 1);
    return step_to(m, cpu, before) ? REVERSE_DONE : REVERSE_START;
}

enum reverse_result reverse_step(struct machine *m, struct cpu *cpu)
{
    struct replay r;

    if (!checkpoints_on(m))
        return REVERSE_OFF;
    replay_begins(&r, m);
    stops_replay(m, true, NULL);
    enum reverse_result done = step_back(m, cpu);
    struct cpu *next = cpu ? cpu : machine_next(m);
    struct stop_hit hit = { .cpu = next ? next : m->cpus[0] };
    hit.pc = hit.cpu->pc;
    replay_ends(&r, m, &hit);
    return done;
}

/* ---- To the last stop ---- */

/* A stop that was met on the way. */
struct met {
    struct stop_hit hit;      /* .cpu NULL: none */
    bool behind;              /* the machine is to stand before the instruction that has made it */
    uint64_t count, progress; /* of its CPU */
};

/* Run on up to a position; the last stop before the moment now of the machine. */
static struct met last_stop(struct machine *m, uint64_t position, uint64_t now)
{
    struct stop_point bound = at_count(NULL, position);
    struct met last = { .behind = false };

    stops_replay(m, false, &bound);
    while (machine_position(m) <= position && machine_run(m) == STOP_DEBUG) {
        struct stop_hit hit = *stop_last(m);
        if (hit.point == STOP_BOUND)
            break;
        enum stop_kind kind = stop_point_of(m, hit.point)->kind;
        bool behind = kind == STOP_AT_ACCESS || kind == STOP_AT_SYSREG;
        uint64_t progress = machine_progress(m, NULL);
        if (progress < now || (behind && progress == now))
            last = (struct met){ hit, behind, cpu_icount(hit.cpu), machine_progress(m, hit.cpu) };
    }
    return last;
}

static enum reverse_result continue_back(struct machine *m, struct stop_hit *hit)
{
    uint64_t position = machine_position(m), now = machine_progress(m, NULL), from;

    while ((from = checkpoint_before(m, NULL, now, position)) != UINT64_MAX) {
        struct met last = last_stop(m, position, now);
        if (!checkpoint_restore(m, from))
            break;
        if (last.hit.cpu) {
            *hit = last.hit;
            run_to(m, last.hit.cpu, last.count - 1);
            return last.behind || step_to(m, last.hit.cpu, last.progress) ? REVERSE_DONE : REVERSE_START;
        }
        /* The stretch before this checkpoint. What is met at it has been looked at; what an access or a write of a
         * register just before it would be told for has not. */
        position = from;
        now = machine_progress(m, NULL);
    }
    return REVERSE_START;
}

enum reverse_result reverse_continue(struct machine *m)
{
    struct replay r;
    struct stop_hit hit = { .cpu = NULL };

    if (!checkpoints_on(m))
        return REVERSE_OFF;
    replay_begins(&r, m);
    enum reverse_result done = continue_back(m, &hit);
    if (!hit.cpu)
        hit.cpu = machine_next(m) ? machine_next(m) : m->cpus[0];
    replay_ends(&r, m, &hit);
    return done;
}

/* ---- To a position ---- */

enum reverse_result reverse_goto(struct machine *m, uint64_t position)
{
    struct replay r;
    enum reverse_result done = REVERSE_DONE;

    if (!checkpoints_on(m))
        return REVERSE_OFF;
    replay_begins(&r, m);
    if (position < machine_position(m) && !checkpoint_restore(m, position)) {
        done = REVERSE_START;
        if (!checkpoint_restore(m, checkpoint_oldest(m)))
            assert(!"the oldest checkpoint is there");
    } else {
        run_to(m, NULL, position);
    }
    struct cpu *next = machine_next(m);
    struct stop_hit hit = { .cpu = next ? next : m->cpus[0] };
    hit.pc = hit.cpu->pc;
    replay_ends(&r, m, &hit);
    return done;
}
