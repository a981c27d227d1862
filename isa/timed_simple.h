/* Accounting of the instructions that most are: one micro-operation in one cycle of one port, nothing forwarded, out of
 * order, at every vector length the same. It is what isa/timed_account.h does, without what does not apply: half of the
 * host's instructions. */
#ifndef SVEMU_ISA_TIMED_SIMPLE_H
#define SVEMU_ISA_TIMED_SIMPLE_H

#include "isa/timed.h"

/* Returns the cycle of dispatch. */
static ALWAYS_INLINE uint64_t simple_dispatch(struct timing *t)
{
    struct timing_state *s = &t->s;
    uint64_t slot = s->slot, at = slot >> SLOT_BITS, room = s->rob[(s->uops - t->rob) % MAX_ROB];

    if (unlikely(room > at)) {
        pipe_stall(s, room, TE_STALL_BACKEND);
        slot = s->slot, at = room;
    }
    s->slot = slot + t->slot_step;
    return at;
}

/* One of ports booked in cycle *at or the next, which mostly does; without ports nothing is. */
static ALWAYS_INLINE bool simple_books(struct timing_state *s, uint32_t ports, uint64_t *at)
{
    for (unsigned i = 0; i < 2 && likely(*at + i - s->swept < AHEAD); i++) {
        uint32_t *booked = &s->booked[(*at + i) % AHEAD], free = ports & ~*booked;
        if (likely(free)) {
            *booked |= free & -free;
            *at += i;
            return true;
        }
    }
    return !ports;
}
/* The first cycle from at on with one of ports free; without ports at. */
static ALWAYS_INLINE uint64_t simple_book(struct timing_state *s, uint32_t ports, uint64_t at)
{
    return likely(simple_books(s, ports, &at)) ? at : pipe_book_search(s, ports, at);
}

static ALWAYS_INLINE uint64_t simple_commit(struct timing_state *s, uint64_t done)
{
    s->commit = timing_max(s->commit, done);
    s->rob[s->uops++ % MAX_ROB] = s->commit;
    return s->commit;
}

#endif
