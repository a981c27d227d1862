/* Tags of a set-associative cache with exact least recently used replacement. */
#include <stdlib.h>

#include "core/state.h"
#include "core/timing_parts.h"

bool cache_create(struct timing_cache *c, uint64_t bytes, uint64_t ways, unsigned line_log2)
{
    uint64_t lines = bytes >> line_log2;

    *c = (struct timing_cache){ .line_log2 = line_log2 };
    if (!lines)
        return true;
    c->ways = (uint32_t)(!ways ? 1 : ways < lines ? ways : lines);
    c->sets = (uint32_t)(lines / c->ways);
    c->mask = c->sets & (c->sets - 1) ? 0 : c->sets - 1;
    c->tag = calloc(cache_lines(c), sizeof(*c->tag));
    c->used = calloc(cache_lines(c), sizeof(*c->used));
    return c->tag && c->used;
}

void cache_free(struct timing_cache *c)
{
    free(c->tag);
    free(c->used);
}

void cache_visit(struct state_pass *s, struct timing_cache *c)
{
    if (!c->sets)
        return;
    state_bytes(s, "cache.tag", c->tag, cache_lines(c) * sizeof(*c->tag));
    state_bytes(s, "cache.used", c->used, cache_lines(c) * sizeof(*c->used));
}

static uint32_t first_way(const struct timing_cache *c, uint64_t pa)
{
    uint64_t n = pa >> c->line_log2;
    return (uint32_t)(likely(c->mask) ? n & c->mask : n % c->sets) * c->ways;
}

uint32_t cache_find(const struct timing_cache *c, uint64_t pa)
{
    if (!c->sets)
        return ABSENT;
    uint64_t tag = cache_line_of(c, pa) | LINE_VALID;
    uint32_t first = first_way(c, pa);

    for (uint32_t i = first; i < first + c->ways; i++)
        if ((c->tag[i] & ~(uint64_t)(LINE_FLAGS & ~LINE_VALID)) == tag)
            return i;
    return ABSENT;
}

uint32_t cache_victim(const struct timing_cache *c, uint64_t pa)
{
    uint32_t first = first_way(c, pa), oldest = first;

    for (uint32_t i = first; i < first + c->ways; i++) {
        if (!c->tag[i])
            return i;
        if (c->used[i] < c->used[oldest])
            oldest = i;
    }
    return oldest;
}
