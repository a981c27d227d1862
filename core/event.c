/* The event queue (a binary heap) and the one rule by which time is told. DESIGN.md, Time. */
#include "core/event.h"

#include <assert.h>
#include <stdlib.h>

#include "core/machine.h"
#include "core/state.h"

static bool before(const struct event *a, const struct event *b)
{
    return a->when != b->when ? a->when < b->when : a->order < b->order;
}

static void place(struct machine *m, struct event *e, unsigned pos)
{
    m->heap[pos] = e;
    e->heap_pos = pos;
}

static void sift_up(struct machine *m, struct event *e, unsigned pos)
{
    for (; pos > 1 && before(e, m->heap[pos / 2]); pos /= 2)
        place(m, m->heap[pos / 2], pos);
    place(m, e, pos);
}

static void sift_down(struct machine *m, struct event *e, unsigned pos)
{
    for (;;) {
        unsigned child = pos * 2;
        if (child > m->heap_count)
            break;
        if (child < m->heap_count && before(m->heap[child + 1], m->heap[child]))
            child++;
        if (!before(m->heap[child], e))
            break;
        place(m, m->heap[child], pos);
        pos = child;
    }
    place(m, e, pos);
}

void event_init(struct event *e, event_fn *fn, void *arg)
{
    *e = (struct event){ .when = EVENT_NEVER, .fn = fn, .arg = arg };
}

void event_cancel(struct machine *m, struct event *e)
{
    unsigned pos = e->heap_pos;

    if (!pos)
        return;
    e->heap_pos = 0;
    struct event *last = m->heap[m->heap_count--];
    if (last == e)
        return;
    if (pos > 1 && before(last, m->heap[pos / 2]))
        sift_up(m, last, pos);
    else
        sift_down(m, last, pos);
}

static void enqueue(struct machine *m, struct event *e)
{
    if (m->heap_count + 1 >= m->heap_size) {
        m->heap_size = m->heap_size ? m->heap_size * 2 : 64;
        m->heap = realloc(m->heap, m->heap_size * sizeof(*m->heap));
        assert(m->heap);
    }
    sift_up(m, e, ++m->heap_count);
}

void event_schedule(struct machine *m, struct event *e, uint64_t when)
{
    event_cancel(m, e);
    e->when = when;
    if (when >= TIME_END)
        return;
    e->order = m->event_order++;
    enqueue(m, e);
    machine_deadline_changed(m);
}

uint64_t time_read(struct machine *m, const struct cpu *cpu)
{
    uint64_t now = cpu ? cpu_time(cpu) : m->current ? cpu_time(m->current) : m->now;

    if (now > m->time_told)
        m->time_told = now;
    return m->time_told;
}

/* The heap's own order is the host's: whoever is next follows from when and order. */
void state_event(struct state_pass *s, struct machine *m, struct event *e)
{
    uint64_t queued = e->heap_pos != 0, when = queued ? e->when : EVENT_NEVER, order = queued ? e->order : 0;

    state_value(s, "event.queued", &queued, 1);
    state_value(s, "event.when", &when, UINT64_MAX);
    state_value(s, "event.order", &order, UINT64_MAX);
    if (state_reading(s) && queued && when >= TIME_END)
        state_refuse(s, "an event is at a time that never comes");
    if (s->mode == STATE_SAVE)
        s->events += queued;
    if (!state_loading(s))
        return;
    event_cancel(m, e);
    e->when = when;
    e->order = order;
    if (queued)
        enqueue(m, e);
}
