/* The pipeline of the timing models: what core/timing.c keeps and isa/timed*.c moves on, instruction by instruction.
 *
 * There is no cycle-by-cycle simulation: an instruction goes through in one step, in program order, and what it leaves
 * behind are times. It is dispatched in the first cycle that has room (dispatch width, reorder buffer, queues), its
 * micro-operations begin in the first cycles from the arrival of its operands on in which one of their ports is free
 * (a table of the cycles ahead, one bit a port), its results arrive a latency later, and it commits behind its
 * predecessor. Older instructions choose their ports first, which is what an oldest-first scheduler does. */
#ifndef SVEMU_CORE_TIMING_PIPE_H
#define SVEMU_CORE_TIMING_PIPE_H

#include "core/timing.h"
#include "core/timing_branch.h"
#include "core/timing_memory.h"
#include "core/timing_model.h"

enum {
    TIMING_REGS = 128, /* isa/operands.h */
    AHEAD = 2048,      /* cycles ahead for which ports are booked; dispatch waits until it is no more */
    SWEEP = 64,        /* cycles cleared at a time */
    MAX_ROB = 1024,
    MAX_QUEUE = 1024,
    FORWARDS = 128, /* doublewords last stored, for forwarding */
    NO_LINE = 0,
    FULL = 16,
    SLOT_BITS = 14, /* of a dispatch slot's fraction of a cycle */
};

/* Plain numbers, saved as they are. */
struct timing_state {
    uint64_t commit;     /* the cycle in which the last instruction commits: cpu_cycles() */
    uint64_t slot;       /* when the next is dispatched at the earliest: cycles << SLOT_BITS, and parts of one */
    uint64_t dispatched; /* the cycle in which the last was, unless it was simple */
    uint64_t committed;  /* micro-operations in the cycle of commit already */
    uint64_t branched;   /* slot behind the last taken branch */
    uint64_t written;    /* core in order: when the last result is written, if L1D has what is loaded */
    uint64_t uops, loaded, stored_count; /* how many there have been: places in the rings below */
    uint64_t swept;                      /* bookings before this cycle are cleared; a multiple of SWEEP */
    uint64_t line;                       /* address / line of the last fetch, + 1; NO_LINE: none */
    uint64_t drained;                    /* when the last store has left for the cache */
    uint64_t barrier;                    /* loads and stores do not begin before it */
    uint64_t tlbi;                       /* cycles that the next DSB waits for TLBIs */
    uint64_t until;                      /* the handlers are left when commit reaches it */
    uint64_t ready[TIMING_REGS];
    struct {
        uint64_t ready; /* equal to ready[]: the register's last writer forwards to accumulators of its group */
        uint64_t group;
    } forward[TIMING_REGS];
    struct {
        uint64_t address; /* of the doubleword, virtual, / 8 + 1 */
        uint64_t data;    /* when its value is known */
        uint64_t drained; /* when it is in the cache */
    } stored[FORWARDS];
    uint64_t rob[MAX_ROB];     /* by micro-operation, when it commits */
    uint64_t loads[MAX_QUEUE]; /* by load, when it leaves its queue */
    uint64_t stores[MAX_QUEUE];
    uint32_t booked[AHEAD]; /* ports, by cycle % AHEAD */
    struct timing_full {
        uint64_t ports, from, to; /* none of ports is free in a cycle of [from, to): where not to search again */
    } full[FULL];
    uint64_t count[TIMING_EVENTS];
};

struct timing {
    struct timing_state s;
    const struct timing_cost *cost; /* model->cost[] of the vector length */
    struct timing_model *model;
    uint64_t slot_step;           /* one micro-operation's share of a cycle's dispatch */
    uint64_t taken_step;          /* and a taken branch's of a cycle's fetch */
    uint32_t width, commit_width; /* commit_width UINT32_MAX: not less than width, so that it limits nothing */
    uint32_t rob, load_queue, store_queue;
    uint32_t line_shift;
    bool in_order, ordered; /* ordered: results are written in order, too */
    bool simple;            /* isa/timed_simple.h applies */
    enum timing_mode mode;
    struct timing_branch *branch;
    struct timing_memory *memory;
    timing_branch_hook *hook;
};

static inline uint64_t timing_param(const struct timing *t, enum timing_param p) { return t->model->param[p]; }

/* ---- Dispatch ---- */

static ALWAYS_INLINE uint64_t timing_max(uint64_t a, uint64_t b) { return a > b ? a : b; }
/* The cycle in which the next instruction is dispatched at the earliest. */
static ALWAYS_INLINE uint64_t pipe_cycle(const struct timing_state *s) { return s->slot >> SLOT_BITS; }

/* Nothing is dispatched before cycle. counter: the stall that the cycles until then are. */
static ALWAYS_INLINE void pipe_stall(struct timing_state *s, uint64_t cycle, enum timing_event counter)
{
    if (cycle <= pipe_cycle(s))
        return;
    s->count[counter] += cycle - pipe_cycle(s);
    s->slot = cycle << SLOT_BITS;
}

/* The cycle in which uops micro-operations (at least one) are dispatched: not spread over two unless there are more
 * than fit in one. */
static ALWAYS_INLINE uint64_t pipe_dispatch(struct timing *t, unsigned uops)
{
    const uint64_t cycle = UINT64_C(1) << SLOT_BITS;
    struct timing_state *s = &t->s;
    uint64_t begun = s->slot & (cycle - 1), share = uops * t->slot_step;

    if (uops > 1 && begun && begun + share > cycle + t->width) /* width: what rounding up may have added */
        s->slot += cycle - begun;
    pipe_stall(s, s->rob[(s->uops + uops - 1 - t->rob) % MAX_ROB], TE_STALL_BACKEND);
    s->dispatched = pipe_cycle(s);
    s->slot += share;
    return s->dispatched;
}

/* Bookings of cycles that dispatch has passed are cleared for those that come round to their place: now and then. */
void pipe_sweep(struct timing_state *s);
static ALWAYS_INLINE void pipe_sweep_due(struct timing_state *s)
{
    if (unlikely(pipe_cycle(s) - s->swept >= 2 * SWEEP))
        pipe_sweep(s);
}

/* ---- Ports ---- */

uint64_t pipe_book_long(struct timing_state *s, uint32_t ports, unsigned cycles, uint64_t at);
uint64_t pipe_book_search(struct timing_state *s, uint32_t ports, uint64_t at);

/* The first cycle from at on (not before the dispatch) in which one of ports is free; it is booked. */
static ALWAYS_INLINE uint64_t pipe_book(struct timing_state *s, struct timing_use use, uint64_t at)
{
    uint32_t *booked = &s->booked[at % AHEAD], free = use.ports & ~*booked;

    if (unlikely(use.cycles > 1))
        return pipe_book_long(s, use.ports, use.cycles, at);
    if (unlikely(!free || at - s->swept >= AHEAD))
        return pipe_book_search(s, use.ports, at);
    *booked |= free & -free;
    return at;
}

uint64_t pipe_book_rest(struct timing *t, const struct timing_cost *c, uint64_t at);

/* Results are written in program order: the cycle in which an instruction can begin, whose first one arrives a latency
 * later. What a cache miss delays holds up nobody who does not need it. */
static inline uint64_t pipe_in_order(const struct timing_state *s, const struct timing_cost *c, uint64_t at,
                                     bool moves_base)
{
    unsigned first = moves_base && c->base_latency < c->latency ? c->base_latency : c->latency;
    return c->flags & COST_UNORDERED || s->written < first ? at : timing_max(at, s->written - first);
}

/* When an instruction whose operands arrive in cycle at begins; its last micro-operation's delay is in *late. */
static ALWAYS_INLINE uint64_t pipe_issue(struct timing *t, const struct timing_cost *c, uint64_t at, bool moves_base,
                                         uint64_t *late)
{
    *late = 0;
    if (t->ordered)
        at = pipe_in_order(&t->s, c, at, moves_base);
    if (c->uses) {
        at = pipe_book(&t->s, c->use, at);
        if (unlikely(c->uses > 1))
            *late = pipe_book_rest(t, c, at);
    }
    if (t->in_order && at > t->s.dispatched) { /* those behind wait, too */
        t->s.count[TE_STALL_BACKEND] += at - t->s.dispatched;
        t->s.slot = (at << SLOT_BITS) + (c->uops | !c->uops) * t->slot_step;
    }
    if (t->ordered && !(c->flags & COST_UNORDERED))
        t->s.written = at + *late + c->latency;
    return at;
}

/* ---- Commit ---- */

/* uops micro-operations whose last one is done in cycle done commit in order; returns when. */
static ALWAYS_INLINE uint64_t pipe_commit(struct timing *t, unsigned uops, uint64_t done)
{
    struct timing_state *s = &t->s;

    if (done > s->commit) {
        s->commit = done;
        s->committed = uops;
    } else if ((s->committed += uops) > t->commit_width) {
        s->commit++;
        s->committed = uops;
    }
    do
        s->rob[s->uops++ % MAX_ROB] = s->commit;
    while (unlikely(--uops));
    return s->commit;
}

#endif
