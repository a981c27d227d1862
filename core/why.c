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

static struct why_key key_of(const struct why *w, unsigned target, unsigned ec)
{
    struct why_key k;
    unsigned n = 0;

    memset(&k, 0, sizeof(k)); /* compared as bytes */
    k.format = w->format, k.arg[0] = w->format ? w->arg[0] : 0, k.arg[1] = w->format ? w->arg[1] : 0;
    k.target = (uint16_t)target, k.e2h = w->e2h, k.class = (uint16_t)stat_class(ec);
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
unsigned why_place(struct cpu_stats *s, const struct why_key *k)
{
    for (unsigned i = hash(k), tries = 0; tries < WHY_PROBES; i++, tries++) {
        struct why_count *c = &s->reason[i % WHY_REASONS];
        if (!c->cost.count)
            c->key = *k;
        else if (memcmp(&c->key, k, sizeof(*k)))
            continue;
        return i % WHY_REASONS;
    }
    return WHY_REASONS;
}

struct why_cost *why_cost_of(struct cpu_stats *s, unsigned place, unsigned target)
{
    return place < WHY_REASONS ? &s->reason[place].cost : &s->other_reasons[target];
}

unsigned why_taken(struct cpu *cpu, unsigned target, unsigned ec, uint64_t ret)
{
    struct why *w = &cpu->why;
    struct cpu_stats *s = cpu->stats;
    bool decided = w->format;

    w->e2h = E2H(cpu), w->tge = TGE(cpu), w->from = cpu->pstate.EL;
    for (unsigned i = 0; i < w->count; i++)
        decided |= w->check[i].decides;
    if (!decided && w->count)
        w->check[w->count - 1].decides = true;
    struct why_key k = key_of(w, target, ec);
    k.vcpu = (uint16_t)s->run.now;
    unsigned place = why_place(s, &k);
    why_cost_of(s, place, target)->count++;
    s->record[s->taken++ % WHY_RECORDS] = (struct why_record){
        .why = *w, .pc = ret, .icount = cpu_icount(cpu), .ec = (uint16_t)ec, .target = (uint8_t)target
    };
    why_end(cpu);
    return place;
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
    unsigned class;
    struct why_cost cost;
};

static int by_text(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->class > y->class) - (x->class < y->class);
}

static int by_count(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    return x->cost.count != y->cost.count ? (x->cost.count < y->cost.count ? 1 : -1) : by_text(a, b);
}

static int by_cycles(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    uint64_t m = x->cost.self.cycles, n = y->cost.self.cycles;
    return m != n ? (m < n ? 1 : -1) : by_text(a, b);
}

void why_cost_add(struct why_cost *sum, const struct why_cost *c)
{
    sum->count += c->count, sum->returned += c->returned;
    stat_add(&sum->self, c->self);
    stat_add(&sum->total, c->total);
    sum->longest = c->longest > sum->longest ? c->longest : sum->longest;
}

/* The same text may come from several entries: formats of two files, checks that differ in what is not shown. */
static unsigned merge(struct line *line, unsigned n)
{
    unsigned kept = 0;

    qsort(line, n, sizeof(*line), by_text);
    for (unsigned i = 0; i < n; i++)
        if (kept && !by_text(&line[kept - 1], &line[i]))
            why_cost_add(&line[kept - 1].cost, &line[i].cost);
        else
            line[kept++] = line[i];
    return kept;
}

const char *why_key_text(const struct why_key *k, char *text, size_t size)
{
    struct why w = { .format = k->format, .e2h = k->e2h };

    w.arg[0] = k->arg[0], w.arg[1] = k->arg[1];
    while (w.count < WHY_DECIDERS && k->decides[w.count].decides) {
        w.check[w.count] = k->decides[w.count];
        w.count++;
    }
    key_text(&w, text, size);
    return text;
}

/* WHY_REASONS lines for the caller to free, the first *n in use. vcpu -1: of all. */
static struct line *lines(const struct cpu *cpu, unsigned target, int vcpu, bool classes, unsigned *n)
{
    struct line *line = calloc(WHY_REASONS, sizeof(*line));

    assert(line);
    *n = 0;
    for (unsigned i = 0; i < WHY_REASONS; i++) {
        const struct why_count *c = &cpu->stats->reason[i];
        if (!c->cost.count || c->key.target != target || (vcpu >= 0 && c->key.vcpu != vcpu))
            continue;
        line[*n].class = classes ? c->key.class : 0;
        why_key_text(&c->key, line[*n].text, sizeof(line[*n].text));
        line[(*n)++].cost = c->cost;
    }
    *n = merge(line, *n);
    return line;
}

static void counts(const struct cpu *cpu, unsigned target, int vcpu, why_each *each, void *arg)
{
    unsigned n;
    struct line *line = lines(cpu, target, vcpu, false, &n);

    qsort(line, n, sizeof(*line), by_count);
    for (unsigned i = 0; i < n; i++)
        each(arg, line[i].text, line[i].cost.count);
    free(line);
}

void why_counts(const struct cpu *cpu, unsigned target, why_each *each, void *arg)
{
    counts(cpu, target, -1, each, arg);
    if (cpu->stats->other_reasons[target].count)
        each(arg, "other reasons", cpu->stats->other_reasons[target].count);
}

void why_counts_of_vcpu(const struct cpu *cpu, unsigned target, unsigned vcpu, why_each *each, void *arg)
{
    counts(cpu, target, (int)vcpu, each, arg);
}

void why_costs(const struct cpu *cpu, unsigned target, unsigned vcpu, why_each_cost *each, void *arg)
{
    unsigned n;
    struct line *line = lines(cpu, target, (int)vcpu, true, &n);

    qsort(line, n, sizeof(*line), by_cycles);
    for (unsigned i = 0; i < n; i++)
        each(arg, line[i].class, line[i].text, &line[i].cost);
    free(line);
}
