/* The first serial port's line, and the log by which its input is repeated. */
#include "core/console_line.h"

#include <stdlib.h>

#include "core/machine.h"
#include "devices/device.h"

struct line_log *line_log_start(struct machine *m)
{
    if (!m->line)
        m->line = calloc(1, sizeof *m->line);
    return m->line;
}

void line_log_free(struct machine *m)
{
    if (m->line)
        free(m->line->entry);
    free(m->line);
    m->line = NULL;
}

void line_log_append(struct line_log *log, const struct line_entry *e)
{
    if (log->count == log->room) {
        log->room = log->room ? 2 * log->room : 256;
        log->entry = realloc(log->entry, log->room * sizeof *log->entry);
        assert(log->entry);
    }
    log->entry[log->count++] = *e;
}

void line_log_cut(struct machine *m)
{
    struct line_log *log = m->line;
    m->output_shown = m->output_count;
    if (!line_replaying(log))
        return;
    log->count = log->next;
    if (log->cut)
        log->cut(log->context, log->count);
}

/* Something new has happened. */
static void add(struct machine *m, enum line_kind kind, uint8_t byte)
{
    struct line_log *log = m->line;
    struct line_entry e = { .kind = (uint8_t)kind, .byte = byte, .turn = m->turn, .count = m->input_asked };
    if (!log)
        return;
    line_log_append(log, &e);
    log->next = log->count;
    if (log->added)
        log->added(log->context, &e);
}

void line_end(struct machine *m, unsigned reason) { add(m, LINE_END, (uint8_t)reason); }

bool line_read(struct machine *m, uint8_t *byte)
{
    struct line_log *log = m->line;
    m->input_asked++;
    if (line_replaying(log)) {
        const struct line_entry *e = &log->entry[log->next];
        bool now = e->kind == LINE_BYTE && e->count == m->input_asked;
        log->next += now;
        *byte = e->byte;
        return now;
    }
    if ((log && log->replay_only) || !console_input(byte, 1))
        return false;
    add(m, LINE_BYTE, *byte);
    return true;
}

void line_write(struct machine *m, uint8_t byte)
{
    if (++m->output_count <= m->output_shown)
        return;
    m->output_shown = m->output_count;
    console_output(&byte, 1);
}

/* Being told of input that it knows of already changes nothing, and is not kept. */
bool line_ready(struct machine *m)
{
    uint64_t order = m->event_order, told = m->time_told;
    if (m->line && (m->line->replay_only || line_replaying(m->line)))
        return false;
    bool ready = board_input(m);
    if (order != m->event_order || told != m->time_told)
        add(m, LINE_READY, 0);
    return ready;
}

void line_turn(struct machine *m)
{
    struct line_log *log = m->line;
    while (line_replaying(log) && log->entry[log->next].turn <= m->turn) {
        const struct line_entry *e = &log->entry[log->next];
        bool late = e->turn < m->turn;
        if (e->kind == LINE_BYTE && !late)
            return; /* the guest has not come to it yet in this turn */
        log->next++;
        if (late || (e->kind != LINE_READY && e->kind != LINE_END))
            machine_stop(m, STOP_QUIT, "the run is not the one that was recorded: they part before turn %llu",
                         (unsigned long long)m->turn);
        else if (e->kind == LINE_END)
            machine_stop(m, (enum stop_reason)e->byte, "the recorded run ended here");
        else
            board_input(m);
    }
}
