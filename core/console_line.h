/* The first serial port's line: what the guest writes, and what it reads with the exact places of the run at which it
 * came, so that a run can be repeated: by --replay from a file, and by going back to a checkpoint.
 *
 * The guest asks for bytes at times of its own (the port's events), which are the same in every run; the host
 * interrupts it only by saying that there is something to read, which it does between two turns of the run loop. The
 * log has both: the turns at which the host said so, and for each byte how many times the guest had asked. */
#ifndef SVEMU_CORE_CONSOLE_LINE_H
#define SVEMU_CORE_CONSOLE_LINE_H

#include "core/cpu.h"

enum line_kind {
    LINE_READY = 1, /* the host has said that there is input, at turn */
    LINE_BYTE,      /* the guest has been given byte when it had asked count times */
    LINE_END,       /* the run ended at turn for reason byte (enum stop_reason) */
};
struct line_entry {
    uint8_t kind, byte;
    uint64_t turn, count;
};

/* Everything since it was started, and how far it has been given again. */
struct line_log {
    struct line_entry *entry;
    uint64_t count, next, room;
    bool replay_only; /* the host's input is not asked */
    /* For who writes it to a file; may be NULL. cut: only the first count entries remain. */
    void (*added)(void *context, const struct line_entry *e);
    void (*cut)(void *context, uint64_t count);
    void *context;
};

/* Keep what comes in from now on; more than one may ask for it. */
struct line_log *line_log_start(struct machine *m);
void line_log_free(struct machine *m);
/* One more entry of a log that is to be replayed. */
void line_log_append(struct line_log *log, const struct line_entry *e);
/* What has been recorded beyond this point is not going to happen. */
void line_log_cut(struct machine *m);
/* The run ends here. */
void line_end(struct machine *m, unsigned reason);
/* Is there something to be given again? */
static inline bool line_replaying(const struct line_log *log) { return log && log->next < log->count; }

/* ---- For the serial port ---- */
/* A byte, if there is one. */
bool line_read(struct machine *m, uint8_t *byte);
/* Shown unless it was shown before, by a run of which this is a repetition. */
void line_write(struct machine *m, uint8_t byte);

/* ---- For the run loop and the console ---- */
/* The host has input, between two turns: tells the port. What board_input() says. */
bool line_ready(struct machine *m);
/* Between two turns, with a log: what was ready at this one. */
void line_turn(struct machine *m);

#endif
