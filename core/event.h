/* Modelled time and the one queue of future events. Time is in nanoseconds since the machine started; the system
 * counter (CNTFRQ 1 GHz) is the same number. Nothing here reads the host's clock. */
#ifndef SVEMU_CORE_EVENT_H
#define SVEMU_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

struct machine;
struct cpu;

#define EVENT_NEVER UINT64_MAX
/* Nothing is due from here on, after 292 years: a guest that waits for what is further away waits for ever, and no sum
 * of a time and a delay wraps. */
#define TIME_END (UINT64_C(1) << 63)

typedef void event_fn(void *arg, uint64_t now);

/* Embedded in its owner; plain data but for fn and arg. Zero-initialised is idle. */
struct event {
    uint64_t when;  /* ns, absolute */
    uint64_t order; /* ties run in the order scheduled: determinism */
    event_fn *fn;
    void *arg;
    unsigned heap_pos; /* 0: not queued */
};

/* Initialise once, then schedule and cancel freely. Scheduling a queued event moves it. when in the past runs at the
 * next opportunity. EVENT_NEVER (or
 * anything from TIME_END on) cancels. */
void event_init(struct event *e, event_fn *fn, void *arg);
void event_schedule(struct machine *m, struct event *e, uint64_t when);
void event_cancel(struct machine *m, struct event *e);

/* Time that software on this CPU, or a device on its behalf, may be told: never below what any CPU, timer or device
 * was told before (DESIGN.md, Time). cpu NULL: the global time. */
uint64_t time_read(struct machine *m, const struct cpu *cpu);

#endif
