/* What the files of the timing models' memory system share. core/timing_memory.h is for everybody else; docs/timing.md
 * says what is modelled. */
#ifndef SVEMU_CORE_TIMING_PARTS_H
#define SVEMU_CORE_TIMING_PARTS_H

#include "core/machine.h"
#include "core/timing_memory.h"
#include "core/timing_model.h"

/* ---- timing_cache.c: tags ---- */
enum { LINE_VALID = 1, LINE_DIRTY = 2, LINE_OWNED = 4, LINE_PREFETCHED = 8, LINE_FLAGS = 31 };
#define ABSENT UINT32_MAX
struct timing_cache {
    uint32_t sets, ways, mask; /* mask: sets - 1, or 0 if sets is no power of two */
    unsigned line_log2;
    uint64_t *tag;  /* [set * ways + way]: address of the line, and LINE_x; 0: empty */
    uint64_t *used; /* when, by a clock of the cache's user */
};
/* bytes 0: no sets, nothing is ever found. false: no memory. */
bool cache_create(struct timing_cache *c, uint64_t bytes, uint64_t ways, unsigned line_log2) MUST_CHECK;
void cache_free(struct timing_cache *c);
void cache_visit(struct state_pass *s, struct timing_cache *c);
/* The number of the line that pa is in, or ABSENT. */
uint32_t cache_find(const struct timing_cache *c, uint64_t pa);
/* Where that line would go: an empty place, else the least recently used one. The cache has sets. */
uint32_t cache_victim(const struct timing_cache *c, uint64_t pa);
static inline uint64_t cache_line_of(const struct timing_cache *c, uint64_t pa)
{
    return pa >> c->line_log2 << c->line_log2;
}
static inline uint32_t cache_lines(const struct timing_cache *c) { return c->sets * c->ways; }

/* ---- timing_bandwidth.c: what can move so many bytes in a time ----
 * Time is divided into slots. CPUs run one after the other, so one may ask for a time that lies before those already
 * given away: it finds the slot as the others have left it. */
enum { BANDWIDTH_SLOTS = 2048 };
struct bandwidth {
    uint64_t ps_per_byte; /* << 16 */
    unsigned slot_log2;   /* ps of a slot */
    struct {
        uint64_t number, used; /* ps given away */
    } slot[BANDWIDTH_SLOTS];
};
void bandwidth_init(struct bandwidth *b, uint64_t bytes_per_cycle, uint64_t clock_hz, uint64_t line);
/* Move so many bytes at time ps, or as soon after it as there is room: how much later that is. */
uint64_t bandwidth_take(struct bandwidth *b, uint64_t ps, uint64_t bytes);
void bandwidth_visit(struct state_pass *s, struct bandwidth *b);

/* ---- First level ---- */
#define NO_KNOWN UINT16_MAX
struct timing_l1 {
    struct timing_cache c;
    uint64_t *ready; /* cycle in which the line has arrived, in terms of an access's own */
    uint16_t *known; /* its entry in front.known, or NO_KNOWN */
};

/* ---- Levels below, and the other CPUs ---- */
struct timing_l2 { /* of a CPU or of a cluster */
    unsigned users;
    uint64_t clock; /* of replacement */
    struct timing_cache c;
    struct bandwidth bandwidth;
};
struct timing_system { /* of the machine */
    unsigned users;
    uint64_t clock;
    struct timing_cache slc;
    struct bandwidth slc_bandwidth, dram_bandwidth;
    /* Which CPU may have a line (of the smallest size that any CPU has): 0 none, its index + 1, or MANY and then nobody
     * owns it. It saves looking into all caches and decides nothing, so that it is made again from them. */
    uint16_t *holder;
    unsigned holder_log2;
    uint64_t base, holders; /* of RAM; how many there are */
};

/* ---- timing_tlb.c ---- */
struct timing_translation {
    uint64_t va, key; /* of its start, without a tag; the context as mmu_context_key() names it */
    uint64_t ready;   /* cycle in which the walk was over */
    uint32_t log2;    /* bytes that it maps; 0: empty */
    uint32_t global;
};
enum { TLB_HINTS = 512 };
struct timing_l1_tlb {
    unsigned entries;
    struct timing_translation entry[TIMING_L1_TLB];
    uint16_t lines[TIMING_L1_TLB]; /* how many of front.known refer to it */
    uint8_t hint[TLB_HINTS];       /* where to look first */
};
struct timing_l2_tlb {
    uint32_t sets, ways;
    uint64_t clock, sizes; /* bit n: there may be entries of 1 << n bytes */
    struct timing_translation *entry;
    uint64_t *used;
};

/* ---- timing_walk.c ---- */
struct timing_walk_entry {
    uint64_t input, key; /* VA or IPA of its start; context, or VMID and whether it is a leaf */
    uint64_t used;
    uint64_t log2; /* bytes that the descriptor stands for; 0: empty */
};
struct timing_walk_cache {
    unsigned entries;
    uint64_t clock;
    struct timing_walk_entry *entry;
};
enum { WALK_STAGE1, WALK_STAGE2 };

/* ---- timing_prefetch.c ---- */
enum { MAX_STREAMS = 64 };
struct timing_stream {
    uint64_t pc, last, stride; /* last: VA */
    uint64_t ahead;            /* PA of what was asked for last */
    uint64_t confidence, used;
};

enum { MAX_L1_MSHR = 64, MAX_L2_MSHR = 256, TIMING_CONTEXTS = 4096 };

struct timing_memory {
    struct timing_front front[2]; /* first: core/timing_memory.h relies on it */
    struct timing_l1 l1[2];
    struct timing_l1_tlb tlb[2];
    struct timing_l2_tlb tlb2;
    struct timing_walk_cache walk[2];
    struct timing_l2 *l2; /* NULL: there is none */
    struct timing_system *system;
    struct cpu *cpu;
    const struct timing_model *model;
    unsigned hit;           /* load-to-use cycles of a hit in L1D, which latencies of the levels contain */
    uint64_t ps_per_cycle;  /* << 32 */
    uint64_t cycles_per_ps; /* << 48 */
    unsigned mshrs, l2_mshrs, streams;
    uint64_t mshr[MAX_L1_MSHR], l2_mshr[MAX_L2_MSHR]; /* cycle in which each is free again */
    struct timing_stream stream[MAX_STREAMS];
    uint64_t stream_clock;
    uint64_t context[TIMING_CONTEXTS]; /* keys by number, 0: not asked for yet */
    uint64_t splits;                   /* lines asked for by accesses behind their first */
    uint64_t walk_lines;               /* lines asked for by walks */
    uint64_t devices;                  /* accesses of what is not RAM */
    uint64_t count[TIMING_EVENTS];
};

/* Of the CPU with this index; NULL: it has none, or does not exist yet. */
static inline struct timing_memory *timing_memory_of(const struct machine *m, unsigned index)
{
    return m->cpus[index] ? m->cpus[index]->timing_memory : NULL;
}
static inline uint64_t timing_parameter(const struct timing_memory *t, enum timing_param p)
{
    return t->model->param[p];
}
static inline uint64_t wait_until(uint64_t ready, uint64_t now) { return ready <= now ? 0 : timing_wait(ready - now); }
/* The one of n that is free first takes something from now on, or from when it is free: the cycle. Its number in *which
 * for mshr[*which] to be set to the cycle in which it is free again. */
uint64_t mshr_start(const uint64_t *mshr, unsigned n, uint64_t now, unsigned *which);

/* ---- timing_l1.c ---- */
enum { L1_LOAD, L1_STORE, L1_ZERO, L1_WALK, L1_PREFETCH };
/* The line of pa in L1D, which is brought there if need be: its number. *cycles: until it can be used as asked. */
uint32_t l1_data(struct timing_memory *t, uint64_t pa, unsigned how, uint64_t now, uint64_t *cycles);
uint32_t l1_instruction(struct timing_memory *t, uint64_t pa, bool prefetch, uint64_t now, uint64_t *cycles);
/* Is a miss of now one that a prefetch may take? */
bool l1_mshr_free(const struct timing_memory *t, uint64_t now);
/* Forget a line of L1, whatever it holds. */
void l1_drop(struct timing_memory *t, unsigned which, uint32_t line);
/* A store to it is no more known to hit. */
void l1_unown(struct timing_memory *t, uint32_t line);
/* An access at va in the current context has found line and translation: the next one will. */
void l1_know(struct timing_memory *t, unsigned which, uint64_t va, uint32_t line, uint32_t tlb);
void l1_forget_translation(struct timing_memory *t, unsigned which, uint32_t tlb);
void l1_forget_all(struct timing_memory *t);

/* ---- timing_levels.c: L2, system cache, memory ---- */
/* Read a line: cycles from load to use. */
uint64_t level_read(struct timing_memory *t, uint64_t pa, uint64_t now);
/* The line has come from elsewhere, and L2 has it too. */
void level_allocate(struct timing_memory *t, uint64_t pa, uint64_t now);
/* L1D writes a line back. */
void level_write(struct timing_memory *t, uint64_t pa, uint64_t now);
/* A line goes to the system cache or memory. */
void system_write(struct timing_memory *t, uint64_t pa, uint64_t now);
uint64_t cycle_to_ps(const struct timing_memory *t, uint64_t cycle);

/* ---- timing_coherence.c ---- */
/* A CPU more, whose lines may be smaller than those that the directory knows. */
void coherence_add(struct timing_memory *t);
void coherence_free(struct timing_system *sys);
void coherence_rebuild(struct timing_system *sys, struct machine *m);
/* This CPU is going to read a line that its first level has not. true: another CPU's cache provides it. *shared: others
 * keep a copy. */
bool coherence_read(struct timing_memory *t, uint64_t pa, uint64_t now, bool *shared);
/* This CPU is going to write it; all others lose it. true: there were some. */
bool coherence_write(struct timing_memory *t, uint64_t pa);

/* ---- timing_prefetch.c ---- */
/* A load or store at va has missed L1D, or is the first to use a line that was prefetched. */
void prefetch_train(struct timing_memory *t, uint64_t pc, uint64_t va, uint64_t pa, uint64_t now);

/* ---- timing_tlb.c ---- */
bool translations_create(struct timing_l2_tlb *tlb, uint64_t entries, uint64_t ways) MUST_CHECK;
/* The translation of va in the current context in the first level, where it is brought if need be: its number. *cycles:
 * until it is known. */
uint32_t tlb_translate(struct timing_memory *t, unsigned which, uint64_t va, uint64_t now, uint64_t *cycles);
void translations_visit(struct state_pass *s, struct timing_memory *t);

/* ---- timing_walk.c ---- */
bool walk_cache_create(struct timing_walk_cache *w, uint64_t entries) MUST_CHECK;
/* Walk va in the current context: cycles; *log2 and *global of what it has found, 4 KiB if nothing. */
uint64_t timing_walk(struct timing_memory *t, uint64_t va, uint64_t key, bool fetch, uint64_t now, uint32_t *log2,
                     uint32_t *global);
struct tlbi_match;
void walk_cache_tlbi(struct timing_memory *t, const struct tlbi *i, const struct tlbi_match *q);
void walk_cache_visit(struct state_pass *s, struct timing_walk_cache *w);

#endif
