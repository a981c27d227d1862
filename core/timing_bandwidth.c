/* Bandwidth of a level that CPUs share, whose times do not agree. */
#include "core/state.h"
#include "core/timing_parts.h"

/* A slot holds at least so many lines. */
enum { LINES_IN_SLOT = 4 };

void bandwidth_init(struct bandwidth *b, uint64_t bytes_per_cycle, uint64_t clock_hz, uint64_t line)
{
    unsigned __int128 one_byte = ((unsigned __int128)1000000000000 << 16) / bytes_per_cycle / clock_hz;

    memset(b, 0, sizeof(*b));
    b->ps_per_byte = (uint64_t)one_byte;
    b->slot_log2 = 14;
    while (b->slot_log2 < 31 && (LINES_IN_SLOT * line * b->ps_per_byte >> 16) > UINT64_C(1) << b->slot_log2)
        b->slot_log2++;
}

uint64_t bandwidth_take(struct bandwidth *b, uint64_t ps, uint64_t bytes)
{
    uint64_t need = bytes * b->ps_per_byte >> 16, left = need, slot = UINT64_C(1) << b->slot_log2;

    for (uint64_t n = ps >> b->slot_log2, last = n + BANDWIDTH_SLOTS; n < last; n++) {
        uint64_t *number = &b->slot[n % BANDWIDTH_SLOTS].number, *used = &b->slot[n % BANDWIDTH_SLOTS].used;

        if (*number > n)
            return 0; /* so long ago that nobody remembers */
        if (*number < n)
            *number = n, *used = 0;
        if (*used >= slot)
            continue;
        if (left > slot - *used) { /* the rest in the next ones */
            left -= slot - *used;
            *used = slot;
            continue;
        }
        *used += left;
        uint64_t end = (n << b->slot_log2) + *used;
        return end > ps + need ? end - ps - need : 0;
    }
    return BANDWIDTH_SLOTS * slot;
}

/* Whatever is in there, bandwidth_take() ends and waits no longer than all slots together. */
void bandwidth_visit(struct state_pass *s, struct bandwidth *b)
{
    state_bytes(s, "bandwidth", b->slot, sizeof(b->slot));
}
