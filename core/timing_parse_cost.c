/* The lines `class` and `insn` of a timing model: what they are about, and what that costs. */
#include "core/timing_parse.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LATENCY = 2000, MAX_UOPS = 64, MAX_CYCLES = 1000, ALL_LENGTHS = 0x1fffe, QUADWORD = 128 };

/* ---- What a line is about ---- */

/* The text from here on as the file has it; what is being read is cut into words. */
static const char *as_written(struct parse *p, const char *text)
{
    char *twin = p->f->text + p->size + 1 + (text - p->f->text);
    return twin[strlen(text)] = 0, twin;
}

/* A value or FROM-TO of a condition, up to max. */
static bool parse_range(const char *text, uint64_t max, uint64_t *from, uint64_t *to)
{
    char first[24];
    size_t n = strcspn(text, "-");
    if (n >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)n, text);
    if (!parse_count(first, max, from))
        return false;
    *to = *from;
    return !text[n] || (parse_count(text + n + 1, max, to) && *to >= *from);
}

static bool parse_lengths(struct parse *p, struct cost_line *l, char *value, bool differs)
{
    uint64_t from, to;
    uint32_t vqs = 0;
    const char *text = value;
    for (char *part; (part = strsep(&value, ","));) {
        if (!parse_range(part, MAX_VQ * QUADWORD, &from, &to) || !from || from % QUADWORD || to % QUADWORD)
            return refuse(p, "vl=%.60s: expected multiples of 128 from 128 to 2048, as in vl=128-512 or vl=128,256",
                          text);
        for (uint64_t vl = from; vl <= to; vl += QUADWORD)
            vqs |= UINT32_C(1) << vl / QUADWORD;
    }
    l->vqs &= differs ? ~vqs : vqs;
    return l->vqs || refuse(p, "vl=%.60s: no vector length is left", text);
}

/* FIELD or FIELD-NUMBER: LSL by an immediate is UBFM with imms=immr-1. */
static bool parse_other(struct parse *p, struct condition *c, char *value)
{
    uint64_t less = 0;
    char *minus = strchr(value, '-');
    if (minus)
        *minus++ = 0;
    c->other = value;
    if (minus && !parse_count(minus, UINT32_MAX, &less))
        return refuse(p, "%.40s=%.40s-%.40s: expected a number behind the -", c->field, value, minus);
    return c->less = (uint32_t)less, true;
}

static bool parse_values(struct parse *p, struct condition *c, char *value)
{
    uint64_t from, to;
    if ((*value >= 'a' && *value <= 'z') || (*value >= 'A' && *value <= 'Z'))
        return parse_other(p, c, value);
    for (char *part; (part = strsep(&value, ","));) {
        if (c->ranges == MAX_RANGES)
            return refuse(p, "%.40s=: at most %d values can be given", c->field, MAX_RANGES);
        if (!parse_range(part, UINT32_MAX, &from, &to))
            return refuse(p, "%.40s=%.40s: expected a value, FROM-TO, several separated by commas, or another field",
                          c->field, part);
        c->from[c->ranges] = (uint32_t)from, c->to[c->ranges++] = (uint32_t)to;
    }
    return true;
}

static bool parse_condition(struct parse *p, struct cost_line *l, char *text)
{
    char *equal = strchr(text, '=');
    bool differs = equal && equal > text && equal[-1] == '!';
    if (!equal || equal == text + differs || !equal[1])
        return refuse(p, "%.60s: expected FIELD=VALUE, vl=LENGTH or :", text);
    equal[differs ? -1 : 0] = 0;
    if (!strcmp(text, "vl"))
        return parse_lengths(p, l, equal + 1, differs);
    if (l->conditions == MAX_CONDITIONS)
        return refuse(p, "%.60s: a line can have at most %d conditions", text, MAX_CONDITIONS);
    struct condition *c = &l->condition[l->conditions++];
    c->field = text, c->differs = differs;
    return parse_values(p, c, equal + 1);
}

/* ---- What it costs ---- */

/* The number behind a word of a cost. */
static bool cost_number(struct parse *p, const char *key, const char *text, uint64_t max, uint64_t *n)
{
    return (text && parse_count(text, max, n)) ||
           refuse(p, "%s %.40s: expected a whole number from 0 to %" PRIu64, key, text ? text : "", max);
}

/* PORTS[:CYCLES][+AFTER] */
static bool parse_use(struct parse *p, char *text, struct timing_use *use)
{
    uint64_t cycles = 1, after = 0;
    char *plus = strchr(text, '+'), *colon;
    if (plus)
        *plus++ = 0;
    if ((colon = strchr(text, ':')))
        *colon++ = 0;
    if ((colon && (!parse_count(colon, MAX_CYCLES, &cycles) || !cycles)) ||
        (plus && !parse_count(plus, MAX_LATENCY, &after)))
        return refuse(p, "use %.40s%s%.20s%s%.20s: expected PORTS:CYCLES+AFTER with 1 to %d and 0 to %d cycles", text,
                      colon ? ":" : "", colon ? colon : "", plus ? "+" : "", plus ? plus : "", MAX_CYCLES, MAX_LATENCY);
    *use = (struct timing_use){ .cycles = (uint16_t)cycles, .after = (uint16_t)after };
    return parse_ports(p, text, &use->ports);
}

static bool add_use(struct parse *p, struct cost_line *l, const struct timing_use *use, uint64_t times)
{
    if (l->uses + times > MAX_USES)
        return refuse(p, "use: at most %d micro-operations can be given", MAX_USES);
    for (; times--; l->uses++) {
        if (!grow(p, &p->f->use, &p->f->uses_room, p->f->uses, sizeof *use))
            return false;
        p->f->use[p->f->uses++] = *use;
    }
    return true;
}

/* A word is a use if it begins as ports do. */
static bool is_use(const char *text) { return *text >= 'A' && *text <= 'Z'; }

/* The uses behind the word, each maybe with xN behind it. */
static bool cost_uses(struct parse *p, struct cost_line *l, char **rest)
{
    unsigned before = l->uses;
    for (;;) {
        struct timing_use use;
        uint64_t times = 1;
        *rest += strspn(*rest, " \t");
        if (!is_use(*rest))
            break;
        if (!parse_use(p, next_word(rest), &use))
            return false;
        *rest += strspn(*rest, " \t");
        if (**rest == 'x') {
            char *word = next_word(rest);
            if (!parse_count(word + 1, MAX_USES, &times) || !times)
                return refuse(p, "%.40s: expected xN with N from 1 to %d", word, MAX_USES);
        }
        if (!add_use(p, l, &use, times))
            return false;
    }
    return l->uses > before || refuse(p, "use %.40s: expected ports or groups, joined by |", *rest);
}

/* group NAME: a number for it. */
static bool forward_group(struct parse *p, const char *name, uint8_t *group)
{
    struct timing_file *f = p->f;
    unsigned n = 0;
    if (!name)
        return refuse(p, "group: expected the name of what the operation forwards to");
    while (n < f->forward_groups && strcmp(f->forward_group[n], name))
        n++;
    if (n == MAX_FORWARD_GROUPS)
        return refuse(p, "group %.40s: there can be at most %d groups", name, MAX_FORWARD_GROUPS);
    if (n == f->forward_groups)
        f->forward_group[f->forward_groups++] = name;
    return *group = (uint8_t)(n + 1), true;
}

enum {
    COST_LATENCY,
    COST_UOPS,
    COST_USE,
    COST_BASE,
    COST_FORWARD,
    COST_GROUP,
    COST_SCALES,
    COST_ANY_ORDER,
    COST_WORDS
};
static const char *const cost_words[COST_WORDS] = { "latency", "uops",  "use",    "base",
                                                    "forward", "group", "scales", "unordered" };

static bool cost_word(struct parse *p, struct cost_line *l, unsigned which, char **rest)
{
    const char *word = cost_words[which];
    uint64_t n = 0;
    switch (which) {
    case COST_USE: return cost_uses(p, l, rest);
    case COST_SCALES: return l->scales = true;
    case COST_ANY_ORDER: return l->unordered = true;
    case COST_GROUP: return forward_group(p, next_word(rest), &l->group);
    case COST_UOPS:
        if (!cost_number(p, word, next_word(rest), MAX_UOPS, &n))
            return false;
        return l->uops = (uint8_t)n, true;
    case COST_FORWARD:
        if (!cost_number(p, word, next_word(rest), UINT8_MAX, &n))
            return false;
        return l->forward = (uint8_t)n, true;
    default:
        if (!cost_number(p, word, next_word(rest), MAX_LATENCY, &n))
            return false;
        *(which == COST_BASE ? &l->base_latency : &l->latency) = (uint16_t)n;
        return true;
    }
}

static bool parse_cost(struct parse *p, struct cost_line *l, char *rest)
{
    unsigned given = 0;
    for (char *c = rest; *c; c++)
        if (*c == ',')
            *c = ' ';
    for (char *word; (word = next_word(&rest));) {
        unsigned which = 0;
        while (which < COST_WORDS && strcmp(cost_words[which], word))
            which++;
        if (which == COST_WORDS)
            return refuse(p, "%.60s: a cost cannot have this%s", word, nearest_hint(word, cost_words, COST_WORDS));
        if (given >> which & 1 && which != COST_USE)
            return refuse(p, "%s: the line has given this already", word);
        given |= 1u << which;
        if (!cost_word(p, l, which, &rest))
            return false;
    }
    if (!(given >> COST_LATENCY & 1))
        return refuse(p, "latency is missing: expected latency N behind the :");
    if (given >> COST_FORWARD & 1 && !l->group)
        return refuse(p, "forward: expected group NAME too, of the operations that forward to one another");
    if (!(given >> COST_UOPS & 1))
        l->uops = (uint8_t)(l->uses ? l->uses : 1);
    return true;
}

/* ---- The line ---- */

/* What the line is about: names, then conditions. */
static bool parse_who(struct parse *p, struct cost_line *l, char *rest)
{
    char *who = next_word(&rest);
    if (!who)
        return refuse(p, "%s: expected %s before the :", l->insn ? "insn" : "class",
                      l->insn ? "instructions, as svemu --list-insns has them" : "a class");
    for (char *condition; (condition = next_word(&rest));)
        if (!parse_condition(p, l, condition))
            return false;
    return l->insn ? match_rows(p, who, l) : match_classes(p, who, l);
}

bool parse_cost_line(struct parse *p, bool insn, char *rest, const char *tag)
{
    struct timing_file *f = p->f;
    struct cost_line l = { .number = p->number, .insn = insn, .vqs = ALL_LENGTHS, .base_latency = 1, .tag = tag };
    rest += strspn(rest, " \t");
    char *colon = strchr(rest, ':'), *cost;
    if (!colon)
        return refuse(p, "%s %.60s: expected : and a cost, as in class int.alu : latency 1 uops 1 use EX",
                      insn ? "insn" : "class", rest);
    if (f->lines == MAX_COST_LINES)
        return refuse(p, "there can be at most %d lines of class and insn", MAX_COST_LINES);
    *colon = 0, chopped(rest), cost = colon + 1 + strspn(colon + 1, " \t");
    l.first = f->uses, l.who = as_written(p, rest), l.what = as_written(p, cost);
    if (!parse_who(p, &l, rest) || !parse_cost(p, &l, cost) || !grow(p, &f->line, &f->lines_room, f->lines, sizeof l))
        return false;
    f->line[f->lines++] = l;
    return true;
}

/* struct timing_model has room for the micro-operations of all costs. */
static bool check_uses(struct parse *p)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < p->f->lines; i++) {
        const struct cost_line *l = &p->f->line[i];
        unsigned last = 0, n;
        for (unsigned vq = 1; vq <= MAX_VQ; vq++, last = n)
            if ((n = timing_passes(p->m, l, vq)) != last)
                sum += n * l->uses < MAX_USES ? n * l->uses : MAX_USES;
    }
    return sum <= MAX_KEPT_USES || refuse(p, "the costs have too many micro-operations, more than %d", MAX_KEPT_USES);
}

/* Each class needs lines without conditions on fields for all vector lengths. */
bool finish_cost_lines(struct parse *p)
{
    static const char *const none = "no line for class %s (%s): expected one such as class %s : latency 1 uops 1";
    for (unsigned c = T_NONE + 1; c < TIMING_CLASSES; c++) {
        uint32_t covered = p->covered[c];
        if (!covered)
            return refuse(p, none, timing_class_key[c], timing_class_text[c], timing_class_key[c]);
        if (covered != ALL_LENGTHS)
            return refuse(p, "class %s has no line for vl=%u", timing_class_key[c],
                          QUADWORD * (unsigned)__builtin_ctz(ALL_LENGTHS & ~covered));
    }
    if (!check_uses(p) || !sort_candidates(p))
        return false;
    return timing_costs_create(p->m) || refuse(p, "the host has no memory for the model");
}
