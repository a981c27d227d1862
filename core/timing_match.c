/* Which instructions a line of a timing model is about. */
#include "core/timing_parse.h"

#include <stdlib.h>
#include <string.h>

#include "core/nearest.h"
#include "isa/isa.h"

enum { MAX_ROW_LINES = 1 << 21, MODEL_ROWS = INSN_COUNT + 1 };

bool glob_match(const char *pattern, const char *name)
{
    const char *star = NULL, *from = NULL; /* where to take up again, with one more character in the * */
    while (*name) {
        if (*pattern == '*')
            star = ++pattern, from = name;
        else if (*pattern == *name)
            pattern++, name++;
        else if (star)
            pattern = star, name = ++from;
        else
            return false;
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

bool class_listed(const char *who, unsigned c)
{
    char pattern[128];
    for (;; who++) {
        size_t n = strcspn(who, ", \t");
        snprintf(pattern, sizeof pattern, "%.*s", (int)n, who);
        if (glob_match(pattern, timing_class_key[c]))
            return true;
        who += n;
        if (*who != ',')
            return false;
    }
}

bool row_field(unsigned row, const char *name, unsigned *lo, unsigned *width)
{
    unsigned top = 32;
    size_t length = strlen(name);
    for (const char *t = insn_table[row].pattern; *t; t += strspn(t, " ")) {
        size_t token = strcspn(t, " "), word = strcspn(t, " :=|!");
        unsigned bits = (unsigned)token;
        const char *colon = memchr(t, ':', token), *equal = memchr(t, '=', token);
        if (word != token)
            bits = colon ? (unsigned)atoi(colon + 1) : (unsigned)(t + token - equal - 1);
        top -= bits;
        if (word != token && word == length && !memcmp(t, name, length))
            return *lo = top, *width = bits, true;
        t += token;
    }
    return false;
}

bool conditions_hold(const struct cost_line *l, const struct candidate *c, uint32_t word)
{
    for (unsigned i = 0; i < l->conditions; i++) {
        const struct condition *q = &l->condition[i];
        uint64_t one = 1;
        uint32_t value = word >> c->field[i].lo & (uint32_t)((one << c->field[i].width) - 1);
        uint32_t other = word >> c->field[i].other_lo & (uint32_t)((one << c->field[i].other_width) - 1);
        bool holds = q->other && other >= q->less && value == other - q->less;
        for (unsigned r = 0; r < q->ranges; r++)
            holds |= value >= q->from[r] && value <= q->to[r];
        if (holds == q->differs)
            return false;
    }
    return true;
}

/* ---- Names ---- */

/* Rows in the order of their ids, so that a pattern is looked for only among those with its first letters. */
static uint16_t by_id[MODEL_ROWS];

static int compare_ids(const void *a, const void *b)
{
    return strcmp(insn_table[*(const uint16_t *)a].id, insn_table[*(const uint16_t *)b].id);
}

static void order_rows(void)
{
    if (by_id[0] != by_id[1])
        return;
    for (unsigned i = 0; i < MODEL_ROWS; i++)
        by_id[i] = (uint16_t)i;
    qsort(by_id, MODEL_ROWS, sizeof by_id[0], compare_ids);
}

/* The first place of by_id whose id does not come before the first n letters of pattern. */
static unsigned first_place(const char *pattern, size_t n)
{
    unsigned lo = 0, hi = MODEL_ROWS;
    while (lo < hi) {
        unsigned middle = (lo + hi) / 2;
        if (strncmp(insn_table[by_id[middle]].id, pattern, n) < 0)
            lo = middle + 1;
        else
            hi = middle;
    }
    return lo;
}

/* The line is about the row, unless it has no field of a condition. found: rows, and of those with the fields. */
static bool add_row(struct parse *p, unsigned row, const struct cost_line *l, unsigned found[2])
{
    unsigned lo, width;
    found[0]++;
    for (unsigned i = 0; i < l->conditions; i++) {
        const struct condition *c = &l->condition[i];
        if (!row_field(row, c->field, &lo, &width) || (c->other && !row_field(row, c->other, &lo, &width)))
            return true;
    }
    found[1]++;
    if (!p->stamp && !(p->stamp = calloc(MODEL_ROWS, sizeof *p->stamp)))
        return refuse(p, "the host has no memory for the model");
    if (p->stamp[row] == p->f->lines + 1)
        return true;
    p->stamp[row] = p->f->lines + 1;
    if (p->row_lines == MAX_ROW_LINES)
        return refuse(p, "the lines up to this one are about too many instructions; leave out some of the *");
    if (p->row_lines == p->row_lines_room) {
        size_t room = p->row_lines_room ? 2 * p->row_lines_room : 8192;
        struct row_line *more = realloc(p->row_line, room * sizeof *more);
        if (!more)
            return refuse(p, "the host has no memory for the model");
        p->row_line = more, p->row_lines_room = room;
    }
    p->row_line[p->row_lines++] = (struct row_line){ (uint16_t)row, (uint16_t)p->f->lines };
    return true;
}

/* The field that none of the rows has. */
static bool refuse_field(struct parse *p, const char *who, const struct cost_line *l)
{
    const struct condition *c = &l->condition[0];
    if (l->conditions == 1 && !c->other)
        return refuse(p, "%.80s: it has no field %.40s (svemu --list-insns shows the fields)", who, c->field);
    return refuse(p, "%.80s: nothing of this name has all of the fields (svemu --list-insns shows them)", who);
}

static bool unknown_row(struct parse *p, const char *pattern)
{
    static const char *names[MODEL_ROWS];
    for (unsigned i = 0; i < MODEL_ROWS; i++)
        names[i] = insn_table[i].id;
    return refuse(p, "insn %.80s: there is no instruction of this name%s (see svemu --list-insns)", pattern,
                  strchr(pattern, '*') ? "" : nearest_hint(pattern, names, MODEL_ROWS));
}

static bool match_pattern(struct parse *p, const char *pattern, const struct cost_line *l)
{
    size_t letters = strcspn(pattern, "*");
    unsigned found[2] = { 0 };
    for (unsigned i = first_place(pattern, letters); i < MODEL_ROWS; i++) {
        const char *id = insn_table[by_id[i]].id;
        if (strncmp(id, pattern, letters))
            break;
        if (glob_match(pattern, id) && !add_row(p, by_id[i], l, found))
            return false;
    }
    if (!found[0])
        return unknown_row(p, pattern);
    return found[1] || refuse_field(p, pattern, l);
}

static bool match_class(struct parse *p, const char *pattern, const struct cost_line *l)
{
    unsigned classes = 0, found[2] = { 0 };
    for (unsigned c = T_NONE + 1; c < TIMING_CLASSES; c++) {
        if (!glob_match(pattern, timing_class_key[c]))
            continue;
        classes++;
        p->covered[c] |= l->conditions ? 0 : l->vqs;
        for (unsigned row = 0; row < MODEL_ROWS; row++)
            if (insn_table[row].time == c && !add_row(p, row, l, found))
                return false;
    }
    if (!classes)
        return refuse(p, "class %.60s: there is no class of this name%s", pattern,
                      nearest_hint(pattern, timing_class_key + 1, TIMING_CLASSES - 1));
    return found[1] || refuse_field(p, pattern, l);
}

/* Each of a list separated by commas. */
static bool each(struct parse *p, const char *text, const struct cost_line *l,
                 bool (*match)(struct parse *p, const char *pattern, const struct cost_line *l))
{
    char pattern[128];
    for (;; text++) {
        size_t n = strcspn(text, ",");
        if (!n || n >= sizeof pattern)
            return refuse(p, "%.60s: expected names separated by commas", text);
        snprintf(pattern, sizeof pattern, "%.*s", (int)n, text);
        if (!match(p, pattern, l))
            return false;
        text += n;
        if (!*text)
            return true;
    }
}

bool match_classes(struct parse *p, const char *text, const struct cost_line *l)
{
    return each(p, text, l, match_class);
}

bool match_rows(struct parse *p, const char *text, const struct cost_line *l)
{
    order_rows();
    return each(p, text, l, match_pattern);
}

/* ---- Candidates by row ---- */

static struct candidate resolve(unsigned row, unsigned line, const struct cost_line *l)
{
    struct candidate c = { .line = (uint16_t)line };
    for (unsigned i = 0; i < l->conditions; i++) {
        unsigned lo = 0, width = 0;
        row_field(row, l->condition[i].field, &lo, &width);
        c.field[i].lo = (uint8_t)lo, c.field[i].width = (uint8_t)width;
        if (l->condition[i].other)
            row_field(row, l->condition[i].other, &lo, &width);
        c.field[i].other_lo = (uint8_t)lo, c.field[i].other_width = (uint8_t)width;
    }
    return c;
}

bool sort_candidates(struct parse *p)
{
    struct timing_file *f = p->f;
    uint32_t *next = calloc(MODEL_ROWS, sizeof *next);
    f->candidate = calloc(p->row_lines + 1, sizeof *f->candidate);
    f->first_candidate = calloc(MODEL_ROWS + 1, sizeof *f->first_candidate);
    if (!next || !f->candidate || !f->first_candidate)
        return free(next), refuse(p, "the host has no memory for the model");
    for (size_t i = 0; i < p->row_lines; i++)
        f->first_candidate[p->row_line[i].row + 1]++;
    for (unsigned row = 0; row < MODEL_ROWS; row++) {
        f->first_candidate[row + 1] += f->first_candidate[row];
        next[row] = f->first_candidate[row];
    }
    for (unsigned insn = 2; insn--;) /* the last line of the file first, insn before class */
        for (size_t i = p->row_lines; i--;) {
            unsigned row = p->row_line[i].row, line = p->row_line[i].line;
            if (f->line[line].insn == insn)
                f->candidate[next[row]++] = resolve(row, line, &f->line[line]);
        }
    free(next);
    return true;
}
