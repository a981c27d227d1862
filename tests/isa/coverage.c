/* Arm's encoding table (arch/a64-encodings.tsv of the shared folder) against our rows: which encodings have a function.
 * `make coverage` (COVERAGE=1) prints the figures per group and per feature and the names of what is missing; the test
 * fails when there are fewer than there were. docs/scope.md says why some are out of scope. */
#include "isa/isa.h"
#include "tests/harness.h"

/* The figures may only rise: write the new ones here. */
enum { IMPLEMENTED = 2141, IN_SCOPE = 2141 };

enum { MAX_ENCODINGS = 4096, MAX_GROUPS = 16, MAX_FEATURES = 128, SAMPLES = 64 };

enum state { DONE, MISSING, OUT_OF_SCOPE };

static struct encoding {
    char group[32], name[192], features[192];
    uint32_t mask, bits;
    enum state state;
} encodings[MAX_ENCODINGS];
static unsigned encoding_count;

/* Features that svemu leaves out on purpose. */
static bool out_of_scope(enum feature f)
{
    switch (f) {
    case FEAT_LS64:
    case FEAT_LS64_V:
    case FEAT_LS64_ACCDATA:
    case FEAT_TME:
    case FEAT_D128:
    case FEAT_SYSREG128:
    case FEAT_SYSINSTR128:
    case FEAT_THE:
    case FEAT_GCS:
    case FEAT_SME:
    case FEAT_SME2:
    case FEAT_SME2p1: return true;
    default: return false;
    }
}

/* ---- The table ---- */
static bool parse_line(char *line, struct encoding *e)
{
    char *column[6], *at = line;
    for (unsigned i = 0; i < 6; i++) {
        column[i] = at;
        at += strcspn(at, "\t\n");
        if (*at)
            *at++ = 0;
    }
    if (strlen(column[2]) != 32 || strspn(column[2], "01.") != 32)
        return false;
    snprintf(e->group, sizeof(e->group), "%s", column[0]);
    snprintf(e->name, sizeof(e->name), "%s", column[1]);
    snprintf(e->features, sizeof(e->features), "%s", *column[4] ? column[4] : "-");
    e->mask = e->bits = 0;
    for (unsigned i = 0; i < 32; i++) {
        e->mask = e->mask << 1 | (column[2][i] != '.');
        e->bits = e->bits << 1 | (column[2][i] == '1');
    }
    return true;
}

static bool read_table(void)
{
    char path[4096], line[2048];
    FILE *f;

    snprintf(path, sizeof(path), "%s/arch/a64-encodings.tsv", shared_dir());
    if (!(f = fopen(path, "r")))
        return false;
    while (fgets(line, sizeof(line), f) && encoding_count < MAX_ENCODINGS)
        encoding_count += parse_line(line, &encodings[encoding_count]);
    fclose(f);
    return true;
}

/* The encoding that a word belongs to: of those that match, the one that fixes most bits (WFI inside HINT), and of
 * those the last: op1 = 3 of CPYP, which it leaves open, is SETGP. */
static const struct encoding *encoding_of(uint32_t word)
{
    const struct encoding *found = NULL;
    for (unsigned i = 0; i < encoding_count; i++) {
        const struct encoding *e = &encodings[i];
        if ((word & e->mask) == e->bits && (!found || __builtin_popcount(e->mask) >= __builtin_popcount(found->mask)))
            found = e;
    }
    return found;
}

/* ---- Judging ---- */
static uint32_t random_word(void)
{
    static uint64_t x = 1;
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return (uint32_t)(x >> 16);
}

/* Is there a word of both, decided by both? Found by drawing the bits that neither fixes. */
static bool shares_words(const struct encoding *e, unsigned row)
{
    const struct insn *r = &insn_table[row];
    if ((e->bits ^ r->bits) & e->mask & r->mask)
        return false;
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint32_t word = (random_word() & ~(e->mask | r->mask)) | e->bits | r->bits;
        if (isa_decode_row(word) == row && encoding_of(word) == e)
            return true;
    }
    return false;
}

/* An encoding is implemented when it has rows and all of them have a function. One missing row out of scope puts the
 * encoding out of scope. */
static enum state judge(const struct encoding *e)
{
    bool any = false;
    for (unsigned row = 0; row < INSN_COUNT; row++) {
        if (any && !insn_is_todo(row))
            continue;
        if (!shares_words(e, row))
            continue;
        if (insn_is_todo(row))
            return out_of_scope(insn_table[row].feat) ? OUT_OF_SCOPE : MISSING;
        any = true;
    }
    return any ? DONE : MISSING;
}

/* ---- The figures ---- */
struct figure {
    const char *name;
    unsigned done, total, out;
};

static void count(struct figure *figures, unsigned max, const char *name, enum state state)
{
    unsigned i = 0;
    while (i < max - 1 && figures[i].name && strcmp(figures[i].name, name))
        i++;
    figures[i].name = name;
    figures[i].done += state == DONE;
    figures[i].out += state == OUT_OF_SCOPE;
    figures[i].total += state != OUT_OF_SCOPE;
}

static void print_figures(const char *title, const struct figure *figures)
{
    printf("%s\n", title);
    for (; figures->name; figures++)
        printf("  %4u / %4u  %s%s\n", figures->done, figures->total, figures->name,
               figures->out ? " (and some out of scope)" : "");
}

static void print_report(void)
{
    static struct figure groups[MAX_GROUPS], features[MAX_FEATURES];
    for (unsigned i = 0; i < encoding_count; i++) {
        const struct encoding *e = &encodings[i];
        if (!strcmp(e->group, "SME"))
            continue;
        count(groups, MAX_GROUPS, e->group, e->state);
        count(features, MAX_FEATURES, e->features, e->state);
    }
    print_figures("By group:", groups);
    print_figures("By what the encoding asks for:", features);
    for (enum state s = MISSING; s <= OUT_OF_SCOPE; s++) {
        printf(s == MISSING ? "Missing:\n" : "Out of scope (docs/scope.md):\n");
        for (unsigned i = 0; i < encoding_count; i++)
            if (encodings[i].state == s && strcmp(encodings[i].group, "SME"))
                printf("  %s\n", encodings[i].name);
    }
}

TEST(coverage_does_not_fall)
{
    unsigned done = 0, missing = 0, out = 0;

    if (!read_table())
        SKIP("no encoding table: set SVEMU_SHARED");
    isa_init();
    for (unsigned i = 0; i < encoding_count; i++) {
        struct encoding *e = &encodings[i];
        if (!strcmp(e->group, "SME"))
            continue;
        e->state = judge(e);
        done += e->state == DONE;
        missing += e->state == MISSING;
        out += e->state == OUT_OF_SCOPE;
    }
    if (getenv("COVERAGE"))
        print_report();
    printf("%u of %u encodings in scope are implemented (%.2f %%); %u of %u outside SME are out of scope (%.2f %%)\n",
           done, done + missing, 100.0 * done / (done + missing), out, done + missing + out,
           100.0 * out / (done + missing + out));
    if (done < IMPLEMENTED)
        FAIL("%u encodings are implemented, there were %u", done, (unsigned)IMPLEMENTED);
    if (done + missing < IN_SCOPE)
        FAIL("%u encodings are in scope, there were %u", done + missing, (unsigned)IN_SCOPE);
    EXPECT(out * 20 <= done + missing + out); /* at most 5 % */
}

TEST_MAIN
