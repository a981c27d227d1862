/* What is behind the first level: L2, the system cache, memory. A line that is read goes into each level on its way; a
 * level that loses it leaves the levels above alone. Latencies of the levels are from load to use, whatever the levels
 * in between; what is added is waiting for bandwidth and for a miss that L2 may have in flight. */
#include "core/timing_parts.h"

uint64_t cycle_to_ps(const struct timing_memory *t, uint64_t cycle)
{
    const struct cpu *cpu = t->cpu;
    int64_t since = (int64_t)(cycle - cpu->time_cycles);

    return cpu->time_ns * 1000 + (uint64_t)((__int128)since * (int64_t)t->ps_per_cycle >> 32);
}

static uint64_t wait_for(const struct timing_memory *t, struct bandwidth *b, uint64_t now, uint64_t bytes)
{
    uint64_t ps = bandwidth_take(b, cycle_to_ps(t, now), bytes);
    uint64_t cycles = (uint64_t)(((unsigned __int128)ps * t->cycles_per_ps + (UINT64_C(1) << 47)) >> 48);

    return cycles < LONGEST_WAIT ? cycles : LONGEST_WAIT;
}

static unsigned line_bytes(const struct timing_memory *t) { return 1u << t->l1[TIMING_DATA].c.line_log2; }

/* ---- System cache and memory ---- */

/* Where the line goes in the system cache, a dirty one having left. */
static uint32_t slc_room(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    struct timing_system *sys = t->system;
    uint32_t i = cache_victim(&sys->slc, pa);

    if (sys->slc.tag[i] & LINE_DIRTY)
        wait_for(t, &sys->dram_bandwidth, now, UINT64_C(1) << sys->slc.line_log2);
    return i;
}

/* The part of a line that one line of the system cache holds: cycles. */
static uint64_t system_read_part(struct timing_memory *t, uint64_t pa, uint64_t bytes, uint64_t now)
{
    struct timing_system *sys = t->system;
    uint64_t dram = timing_parameter(t, TP_DRAM_LATENCY), wait = 0;

    if (sys->slc.sets) {
        uint32_t i = cache_find(&sys->slc, pa);
        t->count[TE_L3D_CACHE]++;
        wait = wait_for(t, &sys->slc_bandwidth, now, bytes);
        if (i != ABSENT) {
            sys->slc.used[i] = ++sys->clock;
            return wait + timing_parameter(t, TP_SLC_LATENCY);
        }
        t->count[TE_L3D_CACHE_REFILL]++;
        i = slc_room(t, pa, now);
        sys->slc.tag[i] = cache_line_of(&sys->slc, pa) | LINE_VALID;
        sys->slc.used[i] = ++sys->clock;
    }
    return wait + dram + wait_for(t, &sys->dram_bandwidth, now + wait, bytes);
}

/* CPUs may have lines of other sizes than the system cache. */
static uint64_t system_part(const struct timing_memory *t)
{
    uint64_t line = line_bytes(t), slc = UINT64_C(1) << t->system->slc.line_log2;
    return t->system->slc.sets && slc < line ? slc : line;
}

static uint64_t system_read(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    uint64_t longest = 0, part = system_part(t);

    t->count[TE_BUS_ACCESS]++;
    for (uint64_t n = 0; n < line_bytes(t); n += part) {
        uint64_t cycles = system_read_part(t, pa + n, part, now);
        if (cycles > longest)
            longest = cycles;
    }
    return longest;
}

void system_write(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    struct timing_system *sys = t->system;
    uint64_t part = system_part(t);

    t->count[TE_BUS_ACCESS]++;
    for (uint64_t n = 0; n < line_bytes(t); n += part) {
        if (!sys->slc.sets) {
            wait_for(t, &sys->dram_bandwidth, now, part);
            continue;
        }
        uint32_t i = cache_find(&sys->slc, pa + n);
        wait_for(t, &sys->slc_bandwidth, now, part);
        if (i == ABSENT)
            i = slc_room(t, pa + n, now);
        sys->slc.tag[i] = cache_line_of(&sys->slc, pa + n) | LINE_VALID | LINE_DIRTY;
        sys->slc.used[i] = ++sys->clock;
    }
}

/* ---- L2 ---- */

static uint32_t l2_room(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    struct timing_l2 *l2 = t->l2;
    uint32_t i = cache_victim(&l2->c, pa);

    if (l2->c.tag[i] & LINE_DIRTY) {
        t->count[TE_L2D_CACHE_WB]++;
        system_write(t, cache_line_of(&l2->c, l2->c.tag[i]), now);
    }
    return i;
}

static void l2_put(struct timing_memory *t, uint32_t i, uint64_t pa, uint64_t flags)
{
    struct timing_l2 *l2 = t->l2;

    l2->c.tag[i] = cache_line_of(&l2->c, pa) | LINE_VALID | flags;
    l2->c.used[i] = ++l2->clock;
}

void level_allocate(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    if (t->l2 && cache_find(&t->l2->c, pa) == ABSENT)
        l2_put(t, l2_room(t, pa, now), pa, 0);
}

uint64_t level_read(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    struct timing_l2 *l2 = t->l2;
    unsigned mshr;

    if (!l2)
        return system_read(t, pa, now);
    t->count[TE_L2D_CACHE]++;
    uint64_t wait = wait_for(t, &l2->bandwidth, now, line_bytes(t));
    uint32_t i = cache_find(&l2->c, pa);
    if (i != ABSENT) {
        l2->c.used[i] = ++l2->clock;
        return wait + timing_parameter(t, TP_L2_LATENCY);
    }
    t->count[TE_L2D_CACHE_REFILL]++;
    uint64_t start = mshr_start(t->l2_mshr, t->l2_mshrs, now + wait, &mshr), cycles = system_read(t, pa, start);
    t->l2_mshr[mshr] = start + cycles;
    l2_put(t, l2_room(t, pa, start), pa, 0);
    return start - now + cycles;
}

void level_write(struct timing_memory *t, uint64_t pa, uint64_t now)
{
    struct timing_l2 *l2 = t->l2;

    if (!l2) {
        system_write(t, pa, now);
        return;
    }
    t->count[TE_L2D_CACHE]++;
    wait_for(t, &l2->bandwidth, now, line_bytes(t));
    uint32_t i = cache_find(&l2->c, pa);
    if (i == ABSENT)
        i = l2_room(t, pa, now);
    l2_put(t, i, pa, LINE_DIRTY);
}
