/* The decoder: the rows' patterns, compiled at start into mask, bits and field slices. Arm ARM C4. */
#include "isa/isa.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/timing_model.h"
#include "isa/prepare.h"
#include "isa/undef.h"
#include "mmu/mmu.h"

struct insn insn_table[INSN_COUNT + 1] = {
#define INSN(ID, PATTERN, ...)      [INSN_##ID] = { .id = #ID, .pattern = PATTERN, .exec = exec_##ID, __VA_ARGS__ },
#define INSN_TODO(ID, PATTERN, ...) [INSN_##ID] = { .id = #ID, .pattern = PATTERN, __VA_ARGS__ },
#include "isa/a64.def"
    [INSN_COUNT] = { .id = "UNDEFINED", .pattern = "", .time = T_SYS_EXCEPTION },
};

/* A field that the decoder extracts: bits [lo+width-1:lo] of the word into the byte of struct op at offset. */
struct slice {
    uint8_t offset, lo, width, is_sp;
};
enum { MAX_SLICES = 10 };
static struct slice slices[INSN_COUNT][MAX_SLICES];
static uint8_t slice_count[INSN_COUNT];

static const struct field {
    const char *name;
    bool slot;
    uint8_t offset, lo, width;
} fields[] = {
#define WORD_FIELD(NAME, LO, WIDTH) { #NAME, false, 0, LO, WIDTH },
#define SLOT_FIELD(NAME, SLOT)      { #NAME, true, offsetof(struct op, SLOT), 0, 0 },
#include "isa/fields.def"
};

/* Candidates by bits [31:21], most specific first, as runs in one array. */
enum { BUCKETS = 1 << 11 };
static uint32_t bucket_start[BUCKETS + 1];
static uint16_t *candidates;

static _Noreturn void bad_row(const struct insn *row, const char *what, const char *detail)
{
    fprintf(stderr, "svemu: row %s \"%s\": %s%s\n", row->id, row->pattern, what, detail);
    abort();
}

static const struct field *find_field(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (strlen(fields[i].name) == len && !memcmp(fields[i].name, name, len))
            return &fields[i];
    return NULL;
}

/* Append n bits of a literal (0, 1, x) whose highest bit is at position top. */
static void add_literal(struct insn *row, const char *bits, size_t n, int top)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t bit = UINT32_C(1) << (top - (int)i);
        if (bits[i] == '1')
            row->bits |= bit;
        else if (bits[i] != '0' && bits[i] != 'x')
            bad_row(row, "not a bit: ", bits);
        if (bits[i] != 'x')
            row->mask |= bit;
    }
}

static void add_field(struct insn *row, unsigned index, const char *name, size_t len, unsigned lo, unsigned width,
                      bool sp)
{
    const struct field *f = find_field(name, len);
    if (!f)
        bad_row(row, "unknown field: ", name);
    if (!f->slot) {
        if (f->lo != lo || f->width != width)
            bad_row(row, "field is not at its place: ", name);
        return;
    }
    for (unsigned i = 0; i < slice_count[index]; i++)
        if (slices[index][i].offset == f->offset)
            bad_row(row, "two fields share a slot: ", name);
    if (slice_count[index] == MAX_SLICES || width > 8)
        bad_row(row, "too many slot fields, or too wide: ", name);
    slices[index][slice_count[index]++] = (struct slice){ f->offset, lo, width, sp };
}

static void compile_row(unsigned index)
{
    struct insn *row = &insn_table[index];
    int top = 31; /* highest bit not yet described */

    for (const char *p = row->pattern; *p;) {
        size_t token = strcspn(p, " "), name = strcspn(p, " :=|!");
        if (name == token) {
            if ((int)token > top + 1)
                bad_row(row, "more than 32 bits", "");
            add_literal(row, p, token, top);
            top -= (int)token;
        } else {
            const char *rest = p + name;
            bool sp = *rest == '|';
            if (sp && strncmp(rest, "|SP:", 4))
                bad_row(row, "expected |SP: in ", p);
            bool nonzero = *rest == '!';
            if (nonzero && strncmp(rest, "!=0:", 4))
                bad_row(row, "expected !=0: in ", p);
            rest += sp || nonzero ? 3 : 0;
            unsigned width = *rest == ':' ? (unsigned)atoi(rest + 1) : (unsigned)(p + token - rest - 1);
            if (!width || (int)width > top + 1)
                bad_row(row, "bad width: ", p);
            add_field(row, index, p, name, (unsigned)top + 1 - width, width, sp);
            if (nonzero)
                row->nonzero = ((UINT32_C(1) << width) - 1) << (top + 1 - (int)width);
            if (*rest == '=')
                add_literal(row, rest + 1, width, top);
            top -= (int)width;
        }
        p += token + (p[token] == ' ');
    }
    if (top != -1)
        bad_row(row, "not 32 bits", "");
    if (row->time == T_NONE)
        bad_row(row, "no timing class", "");
    row->sp_untagged =
        strstr(row->pattern, "Rn|SP:5") && !strstr(row->pattern, "Rm") && !strstr(row->pattern, "Zm") && !row->wback;
}

/* Does x's field that must not be 0 (immh != 0000) keep it away from all of y's words? */
static bool excludes(const struct insn *x, const struct insn *y)
{
    return x->nonzero && (x->nonzero & y->mask) == x->nonzero && !(y->bits & x->nonzero);
}

/* Every word two rows share must be decided by one of them being strictly more specific. */
static void check_overlaps(void)
{
    for (unsigned a = 0; a < INSN_COUNT; a++)
        for (unsigned b = a + 1; b < INSN_COUNT; b++) {
            const struct insn *x = &insn_table[a], *y = &insn_table[b];
            uint32_t both = x->mask & y->mask;
            if ((x->bits ^ y->bits) & both || excludes(x, y) || excludes(y, x))
                continue;
            if (x->mask == y->mask || (both != x->mask && both != y->mask))
                bad_row(x, "overlaps ", y->id);
        }
}

static int more_specific(const void *a, const void *b)
{
    unsigned x = *(const uint16_t *)a, y = *(const uint16_t *)b;
    int d = __builtin_popcount(insn_table[y].mask) - __builtin_popcount(insn_table[x].mask);
    return d ? d : (int)x - (int)y;
}

static bool in_bucket(unsigned row, unsigned bucket)
{
    return !(((bucket << 21) ^ insn_table[row].bits) & insn_table[row].mask & 0xffe00000);
}

static void build_buckets(void)
{
    static uint16_t order[INSN_COUNT];
    size_t used = 0, room = 1 << 16;

    for (unsigned i = 0; i < INSN_COUNT; i++)
        order[i] = (uint16_t)i;
    qsort(order, INSN_COUNT, sizeof(order[0]), more_specific);
    candidates = malloc(room * sizeof(*candidates));
    for (unsigned b = 0; b < BUCKETS; b++) {
        bucket_start[b] = (uint32_t)used;
        for (unsigned i = 0; i < INSN_COUNT; i++) {
            if (!in_bucket(order[i], b))
                continue;
            if (used == room)
                candidates = realloc(candidates, (room *= 2) * sizeof(*candidates));
            assert(candidates);
            candidates[used++] = order[i];
        }
    }
    bucket_start[BUCKETS] = (uint32_t)used;
}

void isa_init(void)
{
    if (candidates)
        return;
    for (unsigned i = 0; i < INSN_COUNT; i++)
        compile_row(i);
    check_overlaps();
    build_buckets();
    isa_prepare_table();
    mmu_tag_unchecked = insn_tag_unchecked;
}

unsigned isa_decode_row(uint32_t word)
{
    unsigned b = word >> 21;
    for (uint32_t i = bucket_start[b]; i < bucket_start[b + 1]; i++) {
        const struct insn *row = &insn_table[candidates[i]];
        if ((word & row->mask) == row->bits && (!row->nonzero || word & row->nonzero))
            return candidates[i];
    }
    return INSN_COUNT;
}

/* The feature for want of which the row is absent; FEAT_BASE: it is present. */
static enum feature row_lacks(const struct cpu_class *cls, const struct insn *row)
{
    bool first = row->feat == FEAT_BASE || class_has(cls, row->feat);
    if (!first && row->or_feat != FEAT_BASE)
        first = class_has(cls, row->or_feat);
    if (!first)
        return row->feat;
    return row->feat2 == FEAT_BASE || class_has(cls, row->feat2) ? FEAT_BASE : row->feat2;
}

void isa_why_undefined(struct cpu *cpu, uint32_t word)
{
    unsigned index = isa_decode_row(word);
    enum feature lacks = index < INSN_COUNT ? row_lacks(cpu->cls, &insn_table[index]) : FEAT_BASE;

    if (index == INSN_COUNT)
        cpu_why(cpu, "no such encoding|word %#lx", 0, 0, word, 0);
    else if (lacks != FEAT_BASE)
        cpu_why(cpu, "%s not implemented|%s %#lx", (uintptr_t)feature_name(lacks), 0, (uintptr_t)insn_table[index].id,
                word);
    else
        cpu_why(cpu, "fields of the encoding are reserved|%s %#lx", 0, 0, (uintptr_t)insn_table[index].id, word);
}

void isa_decode(const struct cpu_class *cls, uint32_t word, struct op *op)
{
    unsigned index = isa_decode_row(word);
    const struct insn *row = &insn_table[index];

    memset(op, 0, sizeof(*op));
    op->word = word;
    if (index < INSN_COUNT && row_lacks(cls, row) == FEAT_BASE) {
        for (unsigned i = 0; i < slice_count[index]; i++) {
            struct slice s = slices[index][i];
            uint8_t value = (uint8_t)(word >> s.lo & ((1u << s.width) - 1));
            *((uint8_t *)op + s.offset) = s.is_sp && value == 31 ? SP_SLOT : value;
        }
        op->row = (uint16_t)index;
        if (!row->undef || !row->undef(cls, op)) {
            if (row->prepare)
                row->prepare(op);
            return;
        }
    }
    op->row = INSN_COUNT;
}
