/* Reasons of exceptions: recorded as numbers, put into words when somebody asks, counted in a table of fixed size. */
#include "core/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/exception.h"
#include "core/stats.h"
#include "sysregs/sysregs.h"

void why_looked(struct cpu *cpu, const char *name, enum sysreg_index r, unsigned lo, unsigned width, uint64_t value)
{
    struct why *w = &cpu->why;
    struct why_check c = {
        .name = name, .reg = (uint16_t)r, .lo = (uint8_t)lo, .width = width & 63, .value = (uint32_t)value
    };

    if (w->count && !memcmp(&w->check[w->count - 1], &c, sizeof(c))) /* two instructions of the check, one look */
        return;
    if (w->count == WHY_CHECKS) /* the last ones are those that matter */
        memmove(&w->check[0], &w->check[1], sizeof(w->check) - sizeof(w->check[0]));
    else
        w->count++;
    w->check[w->count - 1] = c;
}

void why_decides(struct cpu *cpu, unsigned n)
{
    struct why *w = &cpu->why;

    for (unsigned i = 0; w->recording && i < n && i < w->count; i++)
        w->check[w->count - 1 - i].decides = true;
}

void cpu_why(struct cpu *cpu, const char *format, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
    if (!cpu->why.recording)
        why_begin(cpu);
    cpu->why.format = format;
    cpu->why.arg[0] = a, cpu->why.arg[1] = b, cpu->why.arg[2] = c, cpu->why.arg[3] = d;
}

/* ---- Words ---- */

struct text {
    char *to;
    size_t size, used;
};

static void add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct text *t, const char *format, ...)
{
    va_list list;

    va_start(list, format);
    int n = vsnprintf(t->to + t->used, t->size - t->used, format, list);
    va_end(list);
    if (n > 0)
        t->used = t->used + (size_t)n < t->size ? t->used + (size_t)n : t->size - 1;
}

/* One conversion of cpu_why()'s formats; p is behind its %. Returns what follows it. */
static const char *add_argument(struct text *t, const char *p, unsigned long value)
{
    bool sharp = *p == '#';

    p += sharp;
    if (*p == 's') {
        add(t, "%s", (const char *)(uintptr_t)value);
        return p + 1;
    }
    if (*p == 'r') {
        add(t, "S%lu_%lu_C%lu_C%lu_%lu", value >> 14, value >> 11 & 7, value >> 7 & 15, value >> 3 & 15, value & 7);
        return p + 1;
    }
    assert(p[0] == 'l' && (p[1] == 'u' || p[1] == 'x'));
    if (p[1] == 'u')
        add(t, "%lu", value);
    else
        add(t, sharp ? "%#lx" : "%lx", value);
    return p + 2;
}

/* The cause; its second part, about this one exception, only if whole. */
static void add_cause(struct text *t, const struct why *w, bool whole)
{
    unsigned n = 0;

    for (const char *p = w->format; *p;) {
        if (*p == '|') {
            if (!whole)
                return;
            add(t, ", ");
            n = 2, p++;
        } else if (*p == '%') {
            assert(n < 4);
            p = add_argument(t, p + 1, w->arg[n++]);
        } else {
            size_t plain = strcspn(p, "%|");
            add(t, "%.*s", (int)plain, p);
            p += plain;
        }
    }
}

static void add_value(struct text *t, unsigned width, uint32_t value)
{
    if (width == 1 || width > 4) {
        add(t, width == 1 ? "=%u" : "=%#x", value);
        return;
    }
    add(t, "=0b");
    while (width--)
        add(t, "%u", value >> width & 1);
}

static void add_check(struct text *t, const struct why *w, const struct why_check *c)
{
    const char *field = c->name ? NULL : sysreg_field_name((enum sysreg_index)c->reg, c->lo, w->e2h);

    if (c->name)
        add(t, "%s", c->name);
    else if (field)
        add(t, "%s.%s", sysreg_name((enum sysreg_index)c->reg), field);
    else
        add(t, "%s[%u]", sysreg_name((enum sysreg_index)c->reg), c->lo);
    if (c->width)
        add_value(t, c->width, c->value);
}

/* Those that decided, or those that passed. */
static unsigned add_checks(struct text *t, const struct why *w, bool decides, const char *before)
{
    unsigned n = 0;

    for (unsigned i = 0; i < w->count; i++)
        if (w->check[i].decides == decides) {
            add(t, "%s", n++ ? ", " : before);
            add_check(t, w, &w->check[i]);
        }
    return n;
}

/* E2H chooses the layout of these two; for exceptions from EL0 both bits choose whose controls apply. */
static void add_context(struct text *t, const struct why *w)
{
    bool layout = false;

    for (unsigned i = 0; i < w->count; i++)
        layout |= w->check[i].reg == SR_CPTR_EL2 || w->check[i].reg == SR_CNTHCTL_EL2;
    if (w->from == EL0)
        add(t, " (E2H=%u, TGE=%u)", w->e2h, w->tge);
    else if (layout)
        add(t, " (E2H=%u)", w->e2h);
}

static bool is_empty(const struct why *w) { return !w->format && !w->count; }

void why_text(const struct why *why, char *text, size_t size)
{
    struct text t = { text, size, 0 };

    *text = 0;
    if (is_empty(why))
        return;
    if (why->format)
        add_cause(&t, why, true);
    add_checks(&t, why, true, why->format ? ", " : "");
    add_context(&t, why);
    if (add_checks(&t, why, false, "; checked before: "))
        add(&t, " passed");
}

static void key_text(const struct why *why, char *text, size_t size)
{
    struct text t = { text, size, 0 };

    *text = 0;
    if (is_empty(why))
        add(&t, "no reason recorded");
    if (why->format)
        add_cause(&t, why, false);
    add_checks(&t, why, true, why->format ? ", " : "");
}

/* ---- Keeping and counting ---- */

static struct why_key key_of(const struct why *w, unsigned target)
{
    struct why_key k;
    unsigned n = 0;

    memset(&k, 0, sizeof(k)); /* compared as bytes */
    k.format = w->format, k.arg[0] = w->format ? w->arg[0] : 0, k.arg[1] = w->format ? w->arg[1] : 0;
    k.target = (uint16_t)target, k.e2h = w->e2h;
    for (unsigned i = 0; i < w->count && n < WHY_DECIDERS; i++)
        if (w->check[i].decides)
            k.decides[n++] = w->check[i];
    return k;
}

static unsigned hash(const struct why_key *k)
{
    uint64_t word[sizeof(*k) / 8], h = 0;

    memcpy(word, k, sizeof(word));
    for (unsigned i = 0; i < sizeof(word) / 8; i++)
        h = (h ^ word[i] ^ h >> 29) * UINT64_C(0x9e3779b97f4a7c15);
    return (unsigned)(h >> 40);
}

/* Reasons that find no place are counted together, so that no guest makes the table grow. */
void why_count(struct cpu_stats *s, const struct why_key *k, uint64_t times)
{
    for (unsigned i = hash(k), tries = 0; tries < WHY_PROBES; i++, tries++) {
        struct why_count *c = &s->reason[i % WHY_REASONS];
        if (!c->count)
            c->key = *k;
        else if (memcmp(&c->key, k, sizeof(*k)))
            continue;
        c->count += times;
        return;
    }
    s->other_reasons[k->target] += times;
}

void why_taken(struct cpu *cpu, unsigned target, unsigned ec, uint64_t ret)
{
    struct why *w = &cpu->why;
    struct cpu_stats *s = cpu->stats;
    bool decided = w->format;

    w->e2h = E2H(cpu), w->tge = TGE(cpu), w->from = cpu->pstate.EL;
    for (unsigned i = 0; i < w->count; i++)
        decided |= w->check[i].decides;
    if (!decided && w->count)
        w->check[w->count - 1].decides = true;
    struct why_key k = key_of(w, target);
    k.vcpu = (uint16_t)s->run.now;
    why_count(s, &k, 1);
    s->record[s->taken++ % WHY_RECORDS] = (struct why_record){
        .why = *w, .pc = ret, .icount = cpu_icount(cpu), .ec = (uint16_t)ec, .target = (uint8_t)target
    };
    why_end(cpu);
}

const struct why_record *why_record(const struct cpu *cpu, unsigned n)
{
    const struct cpu_stats *s = cpu->stats;
    return n < WHY_RECORDS && n < s->taken ? &s->record[(s->taken - 1 - n) % WHY_RECORDS] : NULL;
}

const struct why *why_last(const struct cpu *cpu)
{
    static const struct why none;
    const struct why_record *r = why_record(cpu, 0);
    return r ? &r->why : &none;
}

/* ---- The counts, by text ---- */

struct line {
    char text[160];
    uint64_t count;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->text, ((const struct line *)b)->text);
}

static int by_count(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : by_text(a, b);
}

/* The same text may come from several entries: formats of two files, checks that differ in what is not shown. */
static unsigned merge(struct line *line, unsigned n)
{
    unsigned kept = 0;

    qsort(line, n, sizeof(*line), by_text);
    for (unsigned i = 0; i < n; i++)
        if (kept && !strcmp(line[kept - 1].text, line[i].text))
            line[kept - 1].count += line[i].count;
        else
            line[kept++] = line[i];
    qsort(line, kept, sizeof(*line), by_count);
    return kept;
}

static void key_line(const struct why_count *c, struct line *line)
{
    struct why w = { .format = c->key.format, .e2h = c->key.e2h };

    w.arg[0] = c->key.arg[0], w.arg[1] = c->key.arg[1];
    while (w.count < WHY_DECIDERS && c->key.decides[w.count].decides) {
        w.check[w.count] = c->key.decides[w.count];
        w.count++;
    }
    key_text(&w, line->text, sizeof(line->text));
    line->count = c->count;
}

static void counts(const struct cpu *cpu, unsigned target, int vcpu, why_each *each, void *arg)
{
    struct line *line = calloc(WHY_REASONS, sizeof(*line));
    unsigned n = 0;

    assert(line);
    for (unsigned i = 0; i < WHY_REASONS; i++)
        if (cpu->stats->reason[i].count && cpu->stats->reason[i].key.target == target &&
            (vcpu < 0 || cpu->stats->reason[i].key.vcpu == vcpu))
            key_line(&cpu->stats->reason[i], &line[n++]);
    n = merge(line, n);
    for (unsigned i = 0; i < n; i++)
        each(arg, line[i].text, line[i].count);
    free(line);
}

void why_counts(const struct cpu *cpu, unsigned target, why_each *each, void *arg)
{
    counts(cpu, target, -1, each, arg);
    if (cpu->stats->other_reasons[target])
        each(arg, "other reasons", cpu->stats->other_reasons[target]);
}

void why_counts_of_vcpu(const struct cpu *cpu, unsigned target, unsigned vcpu, why_each *each, void *arg)
{
    counts(cpu, target, (int)vcpu, each, arg);
}
