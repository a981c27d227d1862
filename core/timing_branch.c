/* Branch prediction of the timing models. core/timing_branch.h
 *
 * Direction: TAGE (Seznec and Michaud, "A case for (partially) TAgged GEometric history length branch prediction",
 * JILP 8, 2006) behind a filter: a branch that the base table alone has been predicting right is not looked up in the
 * tagged tables, since most branches are such and looking up costs the host what everything else here costs together.
 * The history is kept as it is, 64 branches a word, and folded when somebody needs it. Without tagged tables: gshare.
 *
 * Targets: a set-associative buffer with partial tags and least recently used replacement, before which indirect
 * branches ask two tagged tables by short and by long history, and returns the return stack. Addresses count to bit 47.
 * Nothing is tagged with the translation context, so programs meet in the tables as far as their addresses do. */
#include "core/timing_branch.h"

#include <stdlib.h>

#include "core/state.h"
#include "core/timing_model.h"

enum {
    HISTORY_WORDS = 5, /* the word that fills, and 256 branches before it */
    MAX_TABLES = 8,
    SHORTEST = 4,        /* history of the first tagged table, in branches */
    SHORT_INDIRECT = 10, /* and of the first table of indirect targets */
    INDIRECT_TABLES = 2,
    INDIRECT_BITS = 3, /* that an indirect branch's target leaves in the history */
    MAX_HARD = 63,     /* base_entry >> 2 */
    HARDER = 16,       /* added by a misprediction, and by a tagged entry that knew better */
    SOFTER = 15,       /* mask: one in so many lookups that were for nothing takes one away */
    ALT_CENTRE = 8,
};
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* An entry of a tagged table: tag in bits 15 to 5, counter in 4 to 2 (4 and above: taken), usefulness in 1 and 0. Tags
 * are odd, so that an entry never written matches none. One of the target buffer: target in bits 63 to 16, tag below.
 * One of an indirect table: target above bit 18, confidence in it in 17 and 16, below them the tag (odd). */
struct timing_branch {
    /* What every branch needs */
    uint64_t gshare_mask, direction_mask;
    uint8_t *base;                   /* counter in bits 1 and 0, above it how much the tagged tables are needed */
    uint64_t filled;                 /* 0 to 63 */
    uint64_t history[HISTORY_WORDS]; /* newest branch in bit 0; [0] has filled valid bits */
    uint64_t *btb, btb_mask, btb_ways;

    uint64_t *ras, ras_size;
    uint64_t ras_top, ras_used; /* where the next goes; how many there are */

    unsigned tables, table_bits; /* tagged tables; entries of each, log2 */
    uint16_t *tagged[MAX_TABLES];
    uint64_t fold_mask[MAX_TABLES]; /* of the history word that a table's length ends in */
    uint8_t fold_words[MAX_TABLES]; /* whole words before that */
    uint64_t lookups;               /* of tagged tables */
    uint64_t use_alt;               /* 0 to 15: from ALT_CENTRE on, do not believe entries that are new */

    unsigned indirect_bits; /* entries of each indirect table, log2 */
    uint64_t indirect_mask[INDIRECT_TABLES];
    uint64_t *indirect[INDIRECT_TABLES];

    uint64_t bytes; /* of memory[]: all tables */
    uint64_t memory[];
};

/* ---- History ---- */

static ALWAYS_INLINE void next_word(struct timing_branch *t)
{
    for (unsigned i = HISTORY_WORDS - 1; i > 0; i--)
        t->history[i] = t->history[i - 1];
    t->history[0] = 0;
    t->filled = 0;
}
static ALWAYS_INLINE void push(struct timing_branch *t, unsigned bit)
{
    t->history[0] = t->history[0] << 1 | bit;
    if (unlikely(++t->filled == 64))
        next_word(t);
}

/* The nth 64 branches back from now. */
static ALWAYS_INLINE uint64_t history_word(const struct timing_branch *t, unsigned n)
{
    unsigned filled = (unsigned)t->filled;
    if (n == 0)
        return t->history[1] << filled | t->history[0];
    return t->history[n + 1] << filled | t->history[n] >> 1 >> (63 - filled);
}

static inline uint64_t rotate(uint64_t v, unsigned n) { return v << n | v >> (64 - n); }

/* fold[n]: n whole words of history; word[n]: the one that follows. */
struct folded {
    uint64_t fold[HISTORY_WORDS], word[HISTORY_WORDS];
};
static ALWAYS_INLINE struct folded fold_history(const struct timing_branch *t)
{
    struct folded f;
    unsigned last = t->fold_words[t->tables - 1];
    f.fold[0] = 0;
    f.word[0] = history_word(t, 0);
    for (unsigned n = 1; n <= last; n++) {
        f.fold[n] = rotate(f.fold[n - 1], 23) ^ f.word[n - 1];
        f.word[n] = history_word(t, n);
    }
    return f;
}

/* ---- Direction ---- */

/* Where a branch with this history has its entry in each tagged table, and which of them are its own. */
struct places {
    uint16_t *entry[MAX_TABLES];
    uint16_t tag[MAX_TABLES]; /* in place */
    unsigned mine;            /* bit n: table n */
};
/* All tables and then a choice, without a branch for each: the host predicts those no better. */
static ALWAYS_INLINE void find_places(const struct timing_branch *t, uint64_t pc, struct places *p)
{
    struct folded f = fold_history(t);
    uint64_t mixed = pc * GOLDEN;
    unsigned mine = 0, tables = t->tables, shift = 64 - t->table_bits;
    for (unsigned n = 0; n < tables; n++) {
        unsigned words = t->fold_words[n];
        uint64_t x = rotate(f.fold[words], 23) ^ (f.word[words] & t->fold_mask[n]) ^ mixed;
        x = (x ^ x >> 29) * UINT64_C(0xd6e8feb86659fd93);
        p->entry[n] = &t->tagged[n][x >> shift];
        p->tag[n] = ((uint16_t)(x >> 32) & 0x7ff << 5) | 1 << 5;
        mine |= (unsigned)((*p->entry[n] & 0x7ff << 5) == p->tag[n]) << n;
    }
    p->mine = mine;
}
static inline unsigned highest(unsigned bits) { return 31 - (unsigned)__builtin_clz(bits); }
static inline unsigned counter_of(uint16_t e) { return e >> 2 & 7; }
static inline unsigned useful(uint16_t e) { return e & 3; }

static void count(uint16_t *e, bool taken)
{
    unsigned c = counter_of(*e);
    if (taken ? c < 7 : c > 0)
        *e = (uint16_t)(taken ? *e + 4 : *e - 4);
}
static void base_count(uint8_t *b, bool taken)
{
    if (taken ? (*b & 3) < 3 : (*b & 3) > 0)
        *b = (uint8_t)(taken ? *b + 1 : *b - 1);
}
static void harder(uint8_t *b)
{
    unsigned hard = (*b >> 2) + HARDER;
    *b = (uint8_t)((*b & 3) | (hard < MAX_HARD ? hard : MAX_HARD) << 2);
}

/* A misprediction: an entry for this history in a table longer than those before first. */
static void allocate(struct timing_branch *t, const struct places *p, unsigned first, bool taken)
{
    if (first + 1 < t->tables && t->lookups & 1) /* not always the next, so that lengths share the load */
        first++;
    for (unsigned n = first; n < t->tables; n++) {
        if (useful(*p->entry[n]) == 0) {
            *p->entry[n] = (uint16_t)(p->tag[n] | (taken ? 4 : 3) << 2);
            return;
        }
    }
    for (unsigned n = first; n < t->tables; n++)
        --*p->entry[n];
}

/* The branch has entries of its own. Was it predicted right? */
static ALWAYS_INLINE bool predict_tagged(struct timing_branch *t, const struct places *p, unsigned found, uint8_t *b,
                                         bool taken)
{
    uint16_t *entry = p->entry[found], e = *entry;
    unsigned counter = counter_of(e), others = p->mine & ~(1u << found);
    bool says = counter >= 4, base = (*b & 3) >= 2, alternative = base;
    bool sure = useful(e) != 0 || (counter != 3 && counter != 4);

    if (says == taken && says != base)
        harder(b);
    if (says == taken && (counter == 0 || counter == 7) && useful(e) == 3)
        return true; /* nothing would change */
    if (others)
        alternative = counter_of(*p->entry[highest(others)]) >= 4;
    bool prediction = sure || t->use_alt < ALT_CENTRE ? says : alternative;
    if (!sure && says != alternative) {
        if (alternative == taken ? t->use_alt < 15 : t->use_alt > 0)
            t->use_alt = alternative == taken ? t->use_alt + 1 : t->use_alt - 1;
        base_count(b, taken);
    }
    count(entry, taken);
    if (says != alternative && (says == taken ? useful(e) < 3 : useful(e) > 0))
        *entry = (uint16_t)(says == taken ? *entry + 1 : *entry - 1);
    return prediction == taken;
}

/* Of a branch that the base table does not get right by itself. */
static NOINLINE bool predict_hard(struct timing_branch *t, uint64_t pc, uint8_t *b, bool taken)
{
    struct places p;
    unsigned first = 0;
    bool right;

    t->lookups++;
    find_places(t, pc, &p);
    if (p.mine) {
        first = highest(p.mine) + 1;
        right = predict_tagged(t, &p, first - 1, b, taken);
    } else {
        right = ((*b & 3) >= 2) == taken;
        base_count(b, taken);
    }
    if (unlikely(!right)) {
        harder(b);
        allocate(t, &p, first, taken);
    } else if ((t->lookups & SOFTER) == 0 && *b >> 2) {
        *b -= 1 << 2;
    }
    return right;
}

/* ---- Targets ---- */

static ALWAYS_INLINE uint64_t btb_entry(uint64_t pc, uint64_t target)
{
    return target << 16 | (uint32_t)(pc >> 2) * UINT32_C(0x9e3779b1) >> 16;
}
static inline uint64_t target_of(uint64_t entry) { return entry & ~UINT64_C(0x3ffff); } /* as entries have it */

static uint64_t btb_update(struct timing_branch *t, uint64_t *set, uint64_t entry)
{
    uint64_t n = 0, had;

    while (n < t->btb_ways - 1 && (uint16_t)set[n] != (uint16_t)entry)
        n++;
    had = (uint16_t)set[n] == (uint16_t)entry ? set[n] : 0;
    for (; n > 0; n--)
        set[n] = set[n - 1];
    set[0] = entry;
    return had;
}
static NOINLINE enum branch_outcome btb_second(struct timing_branch *t, uint64_t *set, uint64_t entry)
{
    return btb_update(t, set, entry) == entry ? BRANCH_RIGHT : BRANCH_BUBBLE;
}
static ALWAYS_INLINE uint64_t *btb_set(struct timing_branch *t, uint64_t pc)
{
    return &t->btb[(pc >> 2 & t->btb_mask) * t->btb_ways];
}
/* A taken branch whose target is found by decoding if the buffer has none or another. */
static ALWAYS_INLINE enum branch_outcome predict_direct(struct timing_branch *t, uint64_t pc, uint64_t target)
{
    uint64_t *set = btb_set(t, pc), entry = btb_entry(pc, target);
    return likely(*set == entry) ? BRANCH_RIGHT : btb_second(t, set, entry);
}

static uint64_t *indirect_place(struct timing_branch *t, unsigned table, uint64_t pc, uint64_t history, uint64_t *tag)
{
    uint64_t x = (history & t->indirect_mask[table]) ^ (pc >> 2) * GOLDEN;
    x = (x ^ x >> 29) * UINT64_C(0xd6e8feb86659fd93);
    *tag = (uint16_t)(x >> 32) | 1;
    return &t->indirect[table][x >> (64 - t->indirect_bits)];
}

enum { CONFIDENCE = 3 << 16, CONFIDENT = 1 << 16 };

/* An entry learns where the branch went; its target is replaced once nothing speaks for it. */
static void indirect_learn(uint64_t *e, uint64_t target, uint64_t tag)
{
    bool mine = (uint16_t)*e == tag;
    if (mine && target_of(*e) == target)
        *e += (*e & CONFIDENCE) != CONFIDENCE ? CONFIDENT : 0;
    else if (*e & CONFIDENCE)
        *e -= CONFIDENT;
    else
        *e = target | tag;
}

static NOINLINE enum branch_outcome predict_indirect(struct timing_branch *t, uint64_t pc, uint64_t address)
{
    uint64_t last = btb_update(t, btb_set(t, pc), btb_entry(pc, address)), history = history_word(t, 0);
    uint64_t *e[INDIRECT_TABLES], tag[INDIRECT_TABLES], prediction = last, target = target_of(address << 16);
    unsigned used = 0; /* table + 1; 0: the target buffer */

    for (unsigned n = 0; n < INDIRECT_TABLES; n++) {
        e[n] = indirect_place(t, n, pc, history, &tag[n]);
        if ((uint16_t)*e[n] == tag[n] &&
            (*e[n] & CONFIDENCE || !used)) /* a longer one that was right, or the only one */
            prediction = *e[n], used = n + 1;
    }
    bool right = last && target_of(prediction) == target;
    for (unsigned n = 0; n < INDIRECT_TABLES; n++)
        if ((uint16_t)*e[n] == tag[n] || (!right && n >= used))
            indirect_learn(e[n], target, tag[n]);
    uint64_t mixed = (address >> 2) * GOLDEN >> (64 - INDIRECT_BITS);
    for (unsigned n = 0; n < INDIRECT_BITS; n++)
        push(t, mixed >> n & 1);
    return right ? BRANCH_RIGHT : BRANCH_WRONG;
}

static ALWAYS_INLINE void ras_push(struct timing_branch *t, uint64_t address)
{
    t->ras[t->ras_top] = address;
    t->ras_top = t->ras_top + 1 == t->ras_size ? 0 : t->ras_top + 1;
    t->ras_used += t->ras_used < t->ras_size; /* else the oldest is lost */
}
/* Without an address on the stack the target buffer has that of the last time. */
static NOINLINE enum branch_outcome predict_return(struct timing_branch *t, uint64_t pc, uint64_t target)
{
    if (t->ras_used == 0)
        return predict_direct(t, pc, target) == BRANCH_RIGHT ? BRANCH_RIGHT : BRANCH_WRONG;
    t->ras_used--;
    t->ras_top = t->ras_top ? t->ras_top - 1 : t->ras_size - 1;
    return t->ras[t->ras_top] == target ? BRANCH_RIGHT : BRANCH_WRONG;
}

/* ---- Prediction ---- */

/* A conditional branch of which the base table is not sure, or wrong. */
static NOINLINE enum branch_outcome predict_slow(struct timing_branch *t, uint64_t pc, bool taken, uint64_t target,
                                                 uint8_t *b)
{
    bool right;

    if (t->tables && *b >> 2) {
        right = predict_hard(t, pc, b, taken);
    } else {
        right = ((*b & 3) >= 2) == taken;
        base_count(b, taken);
        if (!right && t->tables)
            harder(b);
    }
    push(t, taken);
    enum branch_outcome direct = taken ? predict_direct(t, pc, target) : BRANCH_RIGHT;
    return right ? direct : BRANCH_WRONG;
}

static ALWAYS_INLINE enum branch_outcome predict_conditional(struct timing_branch *t, uint64_t pc, bool taken,
                                                             uint64_t target)
{
    uint64_t index = pc >> 2;
    if (t->gshare_mask)
        index ^= history_word(t, 0) & t->gshare_mask;
    uint8_t *b = &t->base[index & t->direction_mask];
    if (unlikely(*b != taken * 3)) /* sure, and no tagged table is needed */
        return predict_slow(t, pc, taken, target, b);
    push(t, taken);
    return taken ? predict_direct(t, pc, target) : BRANCH_RIGHT;
}

enum branch_outcome timing_branch_predict(struct timing_branch *t, uint64_t pc, enum branch_kind kind, bool taken,
                                          uint64_t target)
{
    if (likely(kind == BRANCH_CONDITIONAL))
        return predict_conditional(t, pc, taken, target);
    if (kind == BRANCH_CALL || kind == BRANCH_INDIRECT_CALL)
        ras_push(t, pc + 4);
    if (kind == BRANCH_RETURN)
        return predict_return(t, pc, target);
    if (kind == BRANCH_INDIRECT || kind == BRANCH_INDIRECT_CALL)
        return predict_indirect(t, pc, target);
    return predict_direct(t, pc, target);
}

/* The new stream begins with an empty history, so that a handler's first branches meet what they learnt at its last
 * run. The return stack stays: calls within the handler come and go on top of the others. */
void timing_branch_redirect(struct timing_branch *t)
{
    memset(t->history, 0, sizeof t->history);
    t->filled = 0;
}

/* ---- Creation ---- */

static unsigned log2_of(uint64_t n) { return 63 - (unsigned)__builtin_clzll(n); }

/* base * ratio^n, ratio of 16.16 bits. */
static uint64_t geometric(uint64_t base, uint64_t ratio, unsigned n)
{
    unsigned __int128 v = (unsigned __int128)base << 16;
    while (n-- > 0)
        v = v * ratio >> 16;
    return (uint64_t)(v >> 16);
}

/* History lengths of the tagged tables, from SHORTEST to the model's in equal ratios. */
static void set_lengths(struct timing_branch *t, unsigned longest)
{
    uint64_t ratio = 1 << 16;
    unsigned last = t->tables - 1;
    for (unsigned bit = 1 << 22; bit; bit >>= 1)
        if (last && geometric(SHORTEST, ratio + bit, last) <= longest)
            ratio += bit;
    for (unsigned n = 0; n < t->tables; n++) {
        uint64_t length = n == last ? longest : geometric(SHORTEST, ratio, n);
        t->fold_words[n] = (uint8_t)((length - 1) / 64);
        t->fold_mask[n] = UINT64_MAX >> (63 - (length - 1) % 64);
    }
}

static uint64_t ones(unsigned n) { return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1; }

struct timing_branch *timing_branch_create(const struct timing_model *m)
{
    const uint64_t *p = m->param;
    unsigned tables = (unsigned)p[TP_TAGE_TABLES], base_bits = log2_of(p[TP_DIRECTION]);
    unsigned table_bits = base_bits - 3, indirect_bits = log2_of(p[TP_INDIRECT]) - 1;
    uint64_t sets = UINT64_C(1) << log2_of(p[TP_BTB] > p[TP_BTB_WAYS] ? p[TP_BTB] / p[TP_BTB_WAYS] : 1);
    uint64_t ways = p[TP_BTB] / sets; /* all entries, also where the sets are no power of two */
    uint64_t words = p[TP_RAS] + sets * ways + ((uint64_t)INDIRECT_TABLES << indirect_bits);
    uint64_t bytes = words * 8 + ((uint64_t)tables * 2 << table_bits) + (UINT64_C(1) << base_bits);
    struct timing_branch *t = calloc(1, sizeof *t + bytes);

    if (!t)
        return NULL;
    t->bytes = bytes;
    t->tables = tables, t->table_bits = table_bits, t->direction_mask = ones(base_bits);
    t->btb_mask = sets - 1, t->btb_ways = ways;
    t->indirect_bits = indirect_bits;
    t->indirect_mask[0] = ones(SHORT_INDIRECT), t->indirect_mask[1] = ones((unsigned)p[TP_HISTORY]);
    t->gshare_mask = tables ? 0 : ones((unsigned)p[TP_HISTORY]) & t->direction_mask;
    t->ras_size = p[TP_RAS];
    t->use_alt = ALT_CENTRE;
    t->ras = t->memory;
    t->btb = t->ras + t->ras_size;
    t->indirect[0] = t->btb + sets * ways;
    t->indirect[1] = t->indirect[0] + (UINT64_C(1) << indirect_bits);
    t->tagged[0] = (uint16_t *)(t->indirect[1] + (UINT64_C(1) << indirect_bits));
    for (unsigned n = 1; n < MAX_TABLES; n++)
        t->tagged[n] = n < tables ? t->tagged[n - 1] + (UINT64_C(1) << table_bits) : t->tagged[n - 1];
    t->base = (uint8_t *)(t->tagged[0] + ((uint64_t)tables << table_bits));
    memset(t->base, 1, UINT64_C(1) << base_bits); /* weakly not taken */
    if (tables)
        set_lengths(t, (unsigned)p[TP_HISTORY]);
    return t;
}

void timing_branch_free(struct timing_branch *t) { free(t); }

/* Tables may hold anything: no entry is used as an index. */
void timing_branch_visit(struct state_pass *s, struct timing_branch *t)
{
    state_same(s, "branch predictor", t->bytes);
    state_bytes(s, "branch predictor", t->memory, s->mode == STATE_LAYOUT ? 0 : t->bytes);
    state_bytes(s, "branch history", t->history, sizeof t->history);
    state_member(s, "branch history, newest", &t->filled, STATE_GUEST, 63);
    state_member(s, "branch lookups", &t->lookups, STATE_GUEST, UINT64_MAX);
    state_member(s, "branch alternative", &t->use_alt, STATE_GUEST, 15);
    state_member(s, "return stack", &t->ras_top, STATE_GUEST, t->ras_size - 1);
    state_member(s, "return stack, used", &t->ras_used, STATE_GUEST, t->ras_size);
}
