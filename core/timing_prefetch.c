/* A stride prefetcher, trained by the address of the instruction with its misses and its first uses of lines that were
 * prefetched. It stays within 4 KiB of physical memory, and asks for nothing when no miss can be taken. */
#include "core/timing_parts.h"

enum { CONFIDENT = 1, MOST_CONFIDENT = 3 };

static struct timing_stream *stream_of(struct timing_memory *t, uint64_t pc, uint64_t va)
{
    struct timing_stream *oldest = &t->stream[0];

    for (unsigned i = 0; i < t->streams; i++) {
        struct timing_stream *s = &t->stream[i];
        if (s->pc == pc && s->used)
            return s;
        if (s->used < oldest->used)
            oldest = s;
    }
    *oldest = (struct timing_stream){ .pc = pc, .last = va };
    return oldest;
}

/* The distance from the last address; neighbouring lines are a stride of one line. */
static uint64_t stride_to(const struct timing_memory *t, const struct timing_stream *s, uint64_t va)
{
    uint64_t log2 = t->front[TIMING_DATA].shift, lines = (va >> log2) - (s->last >> log2);

    return lines == 1 || lines == UINT64_MAX ? lines << log2 : va - s->last;
}

/* Has the stream come as far as n strides ahead of pa already? In lines that it has asked for it asks for none again.
 */
static bool been_at(const struct timing_stream *s, uint64_t pa, uint64_t n, uint64_t degree)
{
    uint64_t done = s->ahead - pa, step = s->stride;

    if ((int64_t)step < 0)
        done = -done, step = -step;
    return done <= degree * step && done >= n * step;
}

static void run_ahead(struct timing_memory *t, struct timing_stream *s, uint64_t pa, uint64_t now)
{
    uint64_t degree = timing_parameter(t, TP_PREFETCH_DEGREE), a = pa, cycles;

    for (uint64_t n = 1; n <= degree; n++) {
        a += s->stride;
        if ((a ^ pa) >> 12)
            return;
        if (been_at(s, pa, n, degree))
            continue;
        if (cache_find(&t->l1[TIMING_DATA].c, a) == ABSENT) {
            if (!l1_mshr_free(t, now))
                return;
            t->count[TE_PREFETCH]++;
            l1_data(t, a, L1_PREFETCH, now, &cycles);
        }
        s->ahead = a;
    }
}

void prefetch_train(struct timing_memory *t, uint64_t pc, uint64_t va, uint64_t pa, uint64_t now)
{
    if (!t->streams)
        return;
    struct timing_stream *s = stream_of(t, pc, va);
    uint64_t stride = stride_to(t, s, va);

    s->used = ++t->stream_clock;
    s->last = va;
    if (stride != s->stride) {
        s->stride = stride;
        s->confidence = 0;
        return;
    }
    if (s->confidence < MOST_CONFIDENT)
        s->confidence++;
    if (stride && s->confidence >= CONFIDENT)
        run_ahead(t, s, pa, now);
}
