/* kallsyms: the symbol tables that scripts/kallsyms.c of Linux puts into a kernel's read-only data.
 *
 * Names are strings of tokens. kallsyms_token_table has 256 strings, one for each byte, kallsyms_token_index the offset
 * of each; kallsyms_names has for each symbol a length and that many tokens, whose first character is the symbol's
 * type; kallsyms_markers has the offset in kallsyms_names of every 256th symbol, kallsyms_num_syms the number of
 * symbols, and kallsyms_offsets a 32-bit number for each address. The tables are in one of these orders:
 *
 *   to 6.1        offsets relative_base num_syms names markers token_table token_index
 *   6.2 and 6.3   the same, with seqs_of_names before token_table
 *   6.4 to 6.19   num_syms names markers token_table token_index offsets relative_base seqs_of_names
 *   from 7.0      the same without relative_base, each offset relative to its own place
 *
 * Nothing says where they are. They are found by their structure, from the one that looks like nothing else
 * (token_index) to its neighbours, each checked against the others; the kernel's version is never asked for. The Image
 * is not trusted: everything is checked before it is used, and the search ends after a bounded amount of work. */
#include "frontends/kallsyms.h"

#include <stdlib.h>
#include <string.h>

enum {
    TOKENS = 256,
    MARKED = 256,          /* symbols for one marker */
    MAX_NAME = 1024,       /* with type and NUL; KSYM_NAME_LEN is 512 */
    MAX_SYMBOLS = 1 << 22, /* a kernel with everything built in has 1 << 20 */
    MAX_SEQS = 16 << 20,   /* bytes between markers and token table */
    BUDGET = 1 << 27,      /* steps of searching and walking in all */
    R_AARCH64_RELATIVE = 0x403,
};
#define MiB (UINT64_C(1) << 20)

struct image {
    const uint8_t *data;
    size_t size;
    uint64_t budget; /* what is left of it */
};

/* File offsets of the tables. */
struct tables {
    size_t token_index, token_table, markers, names, num_syms, offsets;
    uint32_t count;
};

struct symbol {
    uint64_t address;
    uint32_t name; /* in the arena: type, name, NUL */
};

struct kallsyms {
    uint64_t start, size;
    size_t count;
    struct symbol *symbols;
    char *arena;
};

static bool within(const struct image *m, size_t at, size_t bytes) { return at <= m->size && bytes <= m->size - at; }

static uint16_t u16(const struct image *m, size_t at) { return (uint16_t)(m->data[at] | m->data[at + 1] << 8); }

static uint32_t u32(const struct image *m, size_t at) { return u16(m, at) | (uint32_t)u16(m, at + 2) << 16; }

static uint64_t u64(const struct image *m, size_t at) { return u32(m, at) | (uint64_t)u32(m, at + 4) << 32; }

static size_t round_up(size_t v, size_t to) { return (v + to - 1) / to * to; }

/* Steps are paid for before they are taken; false: too much has been spent on this Image. */
static bool spend(struct image *m, uint64_t steps)
{
    if (m->budget < steps)
        m->budget = 0;
    else
        m->budget -= steps;
    return m->budget;
}

/* ---- Tokens ---- */

/* 256 offsets, the first zero, each above the one before by the length of a token. */
static bool is_token_index(const struct image *m, size_t at)
{
    if (!within(m, at, TOKENS * 2) || u16(m, at))
        return false;
    for (unsigned i = 1; i < TOKENS; i++)
        if (u16(m, at + i * 2) <= u16(m, at + i * 2 - 2))
            return false;
    return true;
}

/* Are the strings at this place those that the index tells of, and does only padding stand between them and it? */
static bool is_token_table(const struct image *m, size_t at, size_t index)
{
    for (unsigned i = 0; i < TOKENS; i++) {
        size_t s = at + u16(m, index + i * 2);
        size_t next = i < TOKENS - 1 ? at + u16(m, index + i * 2 + 2) : 0;
        const uint8_t *end = s < index ? memchr(m->data + s, 0, index - s) : NULL;
        if (!end)
            return false;
        size_t after = (size_t)(end - m->data) + 1;
        if (i < TOKENS - 1 ? after != next : index - after >= 8)
            return false;
    }
    return true;
}

static bool find_token_table(struct image *m, size_t index, size_t *table)
{
    size_t last = u16(m, index + TOKENS * 2 - 2);
    for (size_t back = last + 1; back <= index && back < last + MAX_NAME; back++)
        if ((index - back) % 4 == 0 && spend(m, TOKENS) && is_token_table(m, index - back, index)) {
            *table = index - back;
            return true;
        }
    return false;
}

/* ---- Names ---- */

/* A length of one byte, or from 6.1 on of two for 128 and more; at is moved behind it. */
static bool name_length(const struct image *m, size_t *at, size_t *length)
{
    if (!within(m, *at, 2))
        return false;
    *length = m->data[(*at)++];
    if (*length & 0x80)
        *length = (*length & 0x7f) | (size_t)m->data[(*at)++] << 7;
    return *length && within(m, *at, *length);
}

/* Do count names stand at t->names, where the markers say and up to the markers? */
static bool is_names(struct image *m, const struct tables *t)
{
    size_t at = t->names, length;
    for (uint32_t i = 0; i < t->count; i++) {
        if (i % MARKED == 0 && (!spend(m, MARKED) || at - t->names != u32(m, t->markers + i / MARKED * 4)))
            return false;
        if (!name_length(m, &at, &length))
            return false;
        at += length;
    }
    return at <= t->markers && t->markers - at < 8;
}

/* How many markers may stand here: the first is zero, each is 256 names of two bytes or more above the one before. */
static uint32_t count_markers(const struct image *m, size_t at)
{
    uint32_t n = 0, last = 0;
    for (; within(m, at, 4) && n <= MAX_SYMBOLS / MARKED; at += 4, n++) {
        uint32_t marker = u32(m, at);
        if (n ? marker <= last || marker - last < 2 * MARKED || marker - last > MARKED * MAX_NAME : marker)
            return n;
        last = marker;
    }
    return n;
}

/* The names end at the markers; where they begin, the number of symbols stands before them and all else agrees. */
static bool find_names(struct image *m, struct tables *t, uint32_t most)
{
    for (uint32_t n = most; n >= 2 && n + 4 > most; n--) { /* what follows the markers may look like one more */
        size_t before = u32(m, t->markers + (n - 1) * 4);
        for (size_t back = round_up(before + 2, 4); back + 8 <= t->markers && back < before + MARKED * MAX_NAME;
             back += 4) {
            t->names = t->markers - back;
            if (!spend(m, 1))
                return false;
            for (size_t gap = 4; gap <= 8; gap += 4) { /* an alignment of 4 from 7.0 on, of 8 before */
                t->num_syms = t->names - gap;
                t->count = u32(m, t->num_syms);
                if (t->count <= MAX_SYMBOLS && (t->count + MARKED - 1) / MARKED == n && is_names(m, t))
                    return true;
            }
        }
    }
    return false;
}

/* Markers stand before the token table, or before the seqs_of_names that stand there. */
static bool find_markers(struct image *m, struct tables *t)
{
    for (size_t back = 8; back <= t->token_table && back < MAX_SEQS; back += 4) {
        t->markers = t->token_table - back;
        if (!spend(m, 1))
            return false;
        if (u32(m, t->markers) || !u32(m, t->markers + 4))
            continue;
        uint32_t n = count_markers(m, t->markers);
        if (n >= 2 && spend(m, n) && find_names(m, t, n))
            return true;
    }
    return false;
}

/* ---- Addresses ---- */

/* How kallsyms_offsets are meant. */
enum encoding {
    FROM_BASE, /* above kallsyms_relative_base */
    PERCPU, /* CONFIG_KALLSYMS_ABSOLUTE_PERCPU: negative ones are below kallsyms_relative_base - 1, others absolute */
    FROM_HERE, /* from the offset's own place */
};

/* Symbol i's address: from the base, absolute, or from the Image's first byte. */
static int64_t decode(const struct image *m, const struct tables *t, enum encoding e, uint32_t i)
{
    size_t at = t->offsets + (size_t)i * 4;
    int32_t v = (int32_t)u32(m, at);
    switch (e) {
    case FROM_BASE: return (uint32_t)v;
    case PERCPU: return v < 0 ? -1 - (int64_t)v : v;
    default: return (int64_t)at + v;
    }
}

/* Symbols are in order of their addresses, and the kernel fits into 2 GiB. */
static bool is_offsets(struct image *m, const struct tables *t, enum encoding e)
{
    int64_t last = 0;
    uint32_t negative = 0;
    if (!within(m, t->offsets, (size_t)t->count * 4) || !spend(m, t->count))
        return false;
    for (uint32_t i = 0; i < t->count; i++) {
        int64_t v = decode(m, t, e, i);
        bool is_negative = (int32_t)u32(m, t->offsets + (size_t)i * 4) < 0;
        if (e == PERCPU && is_negative && !negative++)
            last = 0; /* the absolute ones came first */
        if (v < last || v > INT32_MAX)
            return false;
        last = v;
    }
    /* Zeros and small numbers are in order, too. */
    return last >= 4096 && (e != PERCPU || negative > t->count / 2);
}

/* Offsets stand behind the token index or, in older kernels, before the number of symbols, with the base between. */
static bool find_offsets(struct image *m, struct tables *t, enum encoding *e, size_t *base)
{
    size_t bytes = round_up((size_t)t->count * 4, 8), behind = t->token_index + TOKENS * 2;
    for (*e = FROM_BASE; *e <= FROM_HERE; ++*e)
        for (unsigned old = 0; old < 2; old++) {
            if (old && (*e == FROM_HERE || t->num_syms < bytes + 8))
                continue;
            t->offsets = old ? t->num_syms - 8 - bytes : behind;
            *base = old ? t->num_syms - 8 : round_up(behind + (size_t)t->count * 4, 8);
            if ((*e == FROM_HERE || within(m, *base, 8)) && is_offsets(m, t, *e))
                return true;
        }
    return false;
}

static bool is_kernel_address(uint64_t v) { return v >> 48 == 0xffff; }

/* The boot protocol's text_offset: the Image's first byte is so far above a multiple of 2 MiB, where it is loaded and
 * where it is linked. */
static uint64_t text_offset(const struct image *m) { return within(m, 0, 16) ? u64(m, 8) & (2 * MiB - 1) : 0; }

static uint64_t image_start(const struct image *m, uint64_t lowest)
{
    uint64_t to = text_offset(m);
    return ((lowest - to) & ~(2 * MiB - 1)) + to;
}

/* The value of kallsyms_relative_base, which stands in the Image, or only in a relocation (R_AARCH64_RELATIVE) for that
 * place: the place names the link address of the Image's first byte, and so does the value, since the lowest symbol is
 * in the first 2 MiB. Both have to agree. 0: there is none. */
static uint64_t relative_base(struct image *m, size_t at)
{
    if (is_kernel_address(u64(m, at)))
        return u64(m, at);
    for (size_t r = 0; within(m, r, 24); r += 8) {
        if (u32(m, r + 8) != R_AARCH64_RELATIVE || u32(m, r + 12))
            continue;
        uint64_t addend = u64(m, r + 16);
        if (is_kernel_address(addend) && u64(m, r) == image_start(m, addend) + at)
            return addend;
    }
    return 0;
}

/* ---- Where a kernel without kallsyms_relative_base is linked ---- */

enum { SAMPLES = 4096 };

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* Above all user addresses, and none of the many small negative numbers. */
static bool is_pointer(const struct image *m, size_t at)
{
    return m->data[at + 7] == 0xff && m->data[at + 6] == 0xff && (m->data[at + 5] & m->data[at + 4]) != 0xff;
}

/* Evenly chosen words that look like addresses of the kernel: pointers, or the addends of their relocations. */
static size_t sample_pointers(const struct image *m, uint64_t samples[SAMPLES])
{
    size_t all = 0, n = 0, seen = 0;
    for (size_t at = 0; within(m, at, 8); at += 8)
        all += is_pointer(m, at);
    for (size_t at = 0; within(m, at, 8) && n < SAMPLES; at += 8)
        if (is_pointer(m, at) && seen++ % (all / SAMPLES + 1) == 0)
            samples[n++] = u64(m, at);
    qsort(samples, n, sizeof samples[0], compare_u64);
    return n;
}

static bool has_symbol_at(const struct kallsyms *k, uint64_t address)
{
    size_t low = 0, high = k->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->symbols[middle].address == address)
            return true;
        if (k->symbols[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Symbols are known from the Image's first byte. Of the addresses where it may be linked (the boot protocol's multiples
 * of 2 MiB), the one is right from which most pointers point at symbols. 0: none does better than chance. */
static uint64_t vote_for_start(const struct image *m, const struct kallsyms *k)
{
    uint64_t samples[SAMPLES] = { 0 }, best = 0, window = 0;
    size_t n = sample_pointers(m, samples), most = 0, best_hits = 0;
    for (size_t i = 0, same = 0; i < n; i++) { /* the 64 MiB that most of them point into */
        same = i && samples[i] >> 26 == samples[i - 1] >> 26 ? same + 1 : 1;
        if (same > most)
            most = same, window = samples[i] >> 26 << 26;
    }
    for (uint64_t start = window - 256 * MiB; n && start < window + 64 * MiB; start += 2 * MiB) {
        size_t hits = 0;
        for (size_t i = 0; i < n; i++)
            hits += has_symbol_at(k, samples[i] - start - text_offset(m));
        if (hits > best_hits)
            best_hits = hits, best = start + text_offset(m);
    }
    return best_hits >= 16 ? best : 0;
}

/* ---- Symbols ---- */

/* Write a name's tokens as text with its NUL; 0: it is no name. */
static size_t expand(const struct image *m, const struct tables *t, size_t *at, char text[MAX_NAME])
{
    size_t length, out = 0;
    if (!name_length(m, at, &length))
        return 0;
    for (; length--; ++*at) {
        const char *token = (const char *)m->data + t->token_table + u16(m, t->token_index + m->data[*at] * 2u);
        size_t n = strlen(token);
        if (n > MAX_NAME - 1 - out)
            return 0;
        memcpy(text + out, token, n);
        out += n;
    }
    text[out] = 0;
    return out < 2 || strlen(text) != out ? 0 : out + 1;
}

static bool read_names(struct kallsyms *k, struct image *m, const struct tables *t)
{
    size_t at = t->names, used = 0, room = 0;
    char text[MAX_NAME];
    for (uint32_t i = 0; i < t->count; i++) {
        size_t n = expand(m, t, &at, text);
        if (!n || !spend(m, n))
            return false;
        if (room - used < n) {
            char *more = realloc(k->arena, room = room * 2 + (1 << 16));
            if (!more)
                return false;
            k->arena = more;
        }
        memcpy(k->arena + used, text, n);
        k->symbols[i].name = (uint32_t)used;
        used += n;
    }
    return true;
}

static bool read_symbols(struct kallsyms *k, struct image *m, struct tables *t, uint64_t start)
{
    enum encoding e;
    size_t base_at;
    if (!find_offsets(m, t, &e, &base_at))
        return false;
    k->count = t->count;
    k->symbols = calloc(t->count, sizeof *k->symbols);
    if (!k->symbols || !read_names(k, m, t))
        return false;
    for (uint32_t i = 0; i < t->count; i++)
        k->symbols[i].address = (uint64_t)decode(m, t, e, i);
    uint64_t base = e != FROM_HERE ? relative_base(m, base_at) : start ? start : vote_for_start(m, k);
    if (!base)
        return false;
    for (uint32_t i = 0; i < t->count; i++)
        if (e != PERCPU || (int32_t)u32(m, t->offsets + (size_t)i * 4) < 0)
            k->symbols[i].address += base;
    k->start = base;
    if (e != FROM_HERE && !kallsyms_address(k, "_text", &k->start))
        k->start = image_start(m, base); /* without CONFIG_KALLSYMS_ALL the lowest symbol is _stext */
    return true;
}

/* The Image's header has its size with BSS. */
static uint64_t size_of_kernel(const struct image *m)
{
    uint64_t size = within(m, 16, 8) ? u64(m, 16) : 0;
    return size >= m->size && size < 2048 * MiB ? size : m->size;
}

struct kallsyms *kallsyms_open(const void *image, size_t size) { return kallsyms_open_running(image, size, 0); }

struct kallsyms *kallsyms_open_running(const void *image, size_t size, uint64_t start)
{
    struct image m = { image, size, BUDGET };
    for (size_t at = 0; within(&m, at, TOKENS * 2); at += 4) {
        struct tables t = { .token_index = at };
        if (u16(&m, at) || !is_token_index(&m, at) || !find_token_table(&m, at, &t.token_table) ||
            !find_markers(&m, &t))
            continue;
        struct kallsyms *k = calloc(1, sizeof *k);
        if (k && read_symbols(k, &m, &t, start)) {
            k->size = size_of_kernel(&m);
            return k;
        }
        kallsyms_close(k);
    }
    return NULL;
}

void kallsyms_close(struct kallsyms *k)
{
    if (k) {
        free(k->symbols);
        free(k->arena);
        free(k);
    }
}

/* ---- Answers ---- */

const char *kallsyms_lookup(const struct kallsyms *k, uint64_t link_address, uint64_t *offset)
{
    size_t low = 0, high = k->count; /* the first symbol above */
    if (link_address - k->start >= k->size)
        return NULL;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (k->symbols[middle].address <= link_address)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return NULL;
    for (low--; low && k->symbols[low - 1].address == k->symbols[low].address; low--)
        ;
    if (offset)
        *offset = link_address - k->symbols[low].address;
    return k->arena + k->symbols[low].name + 1;
}

bool kallsyms_address(const struct kallsyms *k, const char *name, uint64_t *address)
{
    for (size_t i = 0; i < k->count; i++)
        if (!strcmp(k->arena + k->symbols[i].name + 1, name)) {
            *address = k->symbols[i].address;
            return true;
        }
    return false;
}

void kallsyms_image(const struct kallsyms *k, uint64_t *start, uint64_t *size) { *start = k->start, *size = k->size; }

const char *kallsyms_symbol(const struct kallsyms *k, size_t i, uint64_t *address, char *type)
{
    if (i >= k->count)
        return NULL;
    *address = k->symbols[i].address;
    *type = k->arena[k->symbols[i].name];
    return k->arena + k->symbols[i].name + 1;
}
