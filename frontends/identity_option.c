/* --cpu keys of a CPU's identity: midr, revidr, ctr, mpidr, cntfrq, pmu-counters and the caches l1d, l1i, l2, ... */
#include "frontends/frontends.h"

#include <inttypes.h>

/* MPIDR_EL1: Aff3, U, MT, Aff2, Aff1, Aff0, and the bit that is RES1. */
#define MPIDR_BITS     UINT64_C(0xffc1ffffff)
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

bool key_register(struct cpu_config *c, const char *key, const char *value)
{
    static const struct {
        const char *key, *reg;
        uint64_t max;
    } table[] = { { "midr", "MIDR_EL1", UINT32_MAX },
                  { "revidr", "REVIDR_EL1", UINT64_MAX },
                  { "ctr", "CTR_EL0", UINT64_MAX } };
    uint64_t n;
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++)
        if (!strcmp(key, table[i].key)) {
            if (!parse_number(value, table[i].max, &n))
                return user_error("%s=%s: expected the value of %s, a number up to %#" PRIx64, key, value, table[i].reg,
                                  table[i].max);
            return set_id_key(c, table[i].reg, value);
        }
    return false;
}

bool key_mpidr(struct cpu_config *c, const char *key, const char *value)
{
    uint64_t n;
    if (!parse_number(value, UINT64_MAX, &n) || n & ~MPIDR_BITS)
        return user_error("%s=%s: expected the value of MPIDR_EL1: Aff3 in bits 39 to 32, U 30, MT 24, Aff2 23 to 16, "
                          "Aff1 15 to 8, Aff0 7 to 0, and no others",
                          key, value);
    c->mpidr = n | BIT(31);
    return true;
}

bool key_cntfrq(struct cpu_config *c, const char *key, const char *value)
{
    double hz = *value >= '0' && *value <= '9' ? parse_hertz(value, 1) : -1;
    if (hz >= 0 && hz <= UINT32_MAX)
        return c->cntfrq = (uint32_t)(hz + 0.5), c->cntfrq_given = true;
    return user_error("%s=%s: expected what the firmware writes to CNTFRQ_EL0, 0 to 4294967295 Hz, as in 24MHz", key,
                      value);
}

bool key_pmu_counters(struct cpu_config *c, const char *key, const char *value)
{
    uint64_t n;
    if (!parse_number(value, 31, &n) || !n)
        return user_error("%s=%s: expected a number of event counters from 1 to 31", key, value);
    c->identity.pmu_counters = (uint8_t)n;
    return true;
}

/* ---- Caches ---- */

static unsigned log2_of(uint64_t n) { return 63u - (unsigned)__builtin_clzll(n); }

static void set_bits(uint64_t *reg, unsigned lo, unsigned width, uint64_t value)
{
    uint64_t mask = (BIT(width) - 1) << lo;
    *reg = (*reg & ~mask) | (value << lo & mask);
}

/* What CLIDR_EL1 and CTR_EL0 say about all caches together: LoC; the smallest lines; a CWG not below the largest. */
static void describe_caches(struct cpu_identity *id)
{
    unsigned levels = 0, largest = 0, smallest[2] = { 2048, 2048 };
    for (unsigned n = 0; n < CACHE_LEVELS; n++)
        for (unsigned kind = 0; kind < 2; kind++) {
            const struct cache *cache = &id->cache[n][kind];
            if (!cache->size)
                continue;
            levels = n + 1;
            largest = cache->line > largest ? cache->line : largest;
            smallest[kind] = cache->line < smallest[kind] ? cache->line : smallest[kind];
            bool unified = kind == CACHE_DATA && !id->cache[n][CACHE_INSTRUCTION].size;
            if (unified && cache->line < smallest[CACHE_INSTRUCTION])
                smallest[CACHE_INSTRUCTION] = cache->line;
        }
    if (id->clidr >> 24 & 7) /* a LoC of 0 (every access is coherent: A64FX) stays */
        set_bits(&id->clidr, 24, 3, levels);
    if (!levels)
        return;
    set_bits(&id->ctr, 16, 4, log2_of(smallest[CACHE_DATA] / 4));
    set_bits(&id->ctr, 0, 4, log2_of(smallest[CACHE_INSTRUCTION] / 4));
    if ((id->ctr >> 24 & 15) < log2_of(largest / 4))
        set_bits(&id->ctr, 24, 4, log2_of(largest / 4));
}

/* SIZE/WAYS/LINE: 64K/4/64. */
static bool parse_cache(const char *value, struct cache *cache)
{
    char size[32], *ways, *line;
    uint64_t n, l;
    if (strlen(value) >= sizeof size)
        return false;
    strcpy(size, value);
    if (!(ways = strchr(size, '/')) || !(line = strchr(ways + 1, '/')))
        return false;
    *ways++ = 0, *line++ = 0;
    if (strspn(size, "0123456789") == strlen(size) || !parse_size(size, &cache->size) ||
        !parse_number(ways, 1u << 21, &n) || !n || !parse_number(line, 2048, &l))
        return false;
    cache->ways = (uint32_t)n, cache->line = (uint32_t)l;
    return l >= 16 && !(l & (l - 1)) && cache->size && cache->size % (n * l) == 0;
}

/* l<level>[d|i]: the data or unified cache, or the instruction cache, of a level. */
bool is_cache_key(const char *key)
{
    return key[0] == 'l' && key[1] >= '1' && key[1] <= '0' + CACHE_LEVELS &&
           (!key[2] || ((key[2] == 'd' || key[2] == 'i') && !key[3]));
}

bool set_cache_key(struct cpu_config *c, const char *key, const char *value)
{
    struct cache cache = { 0 }, *level = c->identity.cache[key[1] - '1'];
    if (strcmp(value, "none") && !parse_cache(value, &cache))
        return user_error("%s=%s: expected none or SIZE/WAYS/LINE as in 64K/4/64: a line of 16 to 2048 bytes, a power "
                          "of two, and a size that is a multiple of WAYS * LINE",
                          key, value);
    level[key[2] == 'i' ? CACHE_INSTRUCTION : CACHE_DATA] = cache;
    if (!key[2]) /* unified: there is no instruction cache beside it */
        level[CACHE_INSTRUCTION] = (struct cache){ 0 };
    describe_caches(&c->identity);
    return true;
}

/* ---- After all keys ---- */

/* What CCSIDR_EL1 has room for: NumSets and Associativity. */
static bool caches_fit(const struct cpu_config *c, unsigned cpu)
{
    bool ccidx = feature_claimed(c, FEAT_CCIDX);
    uint64_t most_sets = ccidx ? 1 << 24 : 1 << 15, most_ways = ccidx ? 1 << 21 : 1 << 10;
    for (unsigned n = 0; n < CACHE_LEVELS; n++)
        for (unsigned kind = 0; kind < 2; kind++) {
            const struct cache *cache = &c->identity.cache[n][kind];
            uint64_t sets = cache->size ? cache->size / cache->line / cache->ways : 0;
            if (sets > most_sets || cache->ways > most_ways)
                return user_error("--cpu %u: the level %u cache has %" PRIu64 " sets and %u ways, and CCSIDR_EL1 %s "
                                  "FEAT_CCIDX has room for %" PRIu64 " and %" PRIu64 "%s",
                                  cpu, n + 1, sets, cache->ways, ccidx ? "with" : "without", most_sets, most_ways,
                                  ccidx ? "" : " (FEAT_CCIDX=yes)");
        }
    return true;
}

bool check_identities(const struct cpu_config *config, unsigned smp)
{
    for (unsigned i = 0; i < smp; i++) {
        if (!caches_fit(&config[i], i))
            return false;
        for (unsigned j = 0; j < i; j++)
            if (!((config[i].mpidr ^ config[j].mpidr) & MPIDR_AFFINITY))
                return user_error("--cpu %u:mpidr=%#" PRIx64 ": CPU %u has the same affinity; each CPU needs its own",
                                  i, config[i].mpidr, j);
    }
    return true;
}
