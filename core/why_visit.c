/* Statistics and reasons for snapshots. In memory they are what they are; in a file reasons are texts, since they point
 * to formats and names of this build, and a reason that was loaded is its text and nothing else. */
#include "core/why.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/state.h"
#include "core/stats.h"

enum { TEXT = 512 };

static const struct state_field fields[] = {
    STATE_ANY(struct cpu_stats, run.count, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.at, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.outside, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.guests, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.vcpu, STATE_CACHE),
    STATE_TO(struct cpu_stats, run.vcpus, STATE_CACHE, STAT_VCPUS),
    STATE_ANY(struct cpu_stats, run.switches, STATE_CACHE),
    STATE_TO(struct cpu_stats, run.now, STATE_CACHE, STAT_VCPUS),
    STATE_ANY(struct cpu_stats, run.since, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.exit, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.exit_host, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.part, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.part_since, STATE_CACHE),
    STATE_TO(struct cpu_stats, run.split, STATE_CACHE, 1),
    STATE_TO(struct cpu_stats, run.part_now, STATE_CACHE, LEDGER_PARTS - 1),
    STATE_ANY(struct cpu_stats, exceptions, STATE_CACHE),
    STATE_ANY(struct cpu_stats, taken, STATE_CACHE),
    STATE_ANY(struct cpu_stats, record, STATE_HOST), /* visit_record() */
    STATE_ANY(struct cpu_stats, reason, STATE_HOST), /* visit_reasons() */
    STATE_ANY(struct cpu_stats, other_reasons, STATE_CACHE),
    STATE_ANY(struct cpu_stats, open, STATE_HOST),  /* visit_open() */
    STATE_ANY(struct cpu_stats, place, STATE_HOST), /* of the ranges that this process has */
    STATE_ANY(struct cpu_stats, place_size, STATE_HOST),
    STATE_ANY(struct cpu_stats, el3_traps, STATE_CACHE),
    STATE_ANY(struct cpu_stats, el3_told, STATE_CACHE),
};
STATE_LAYOUT_OF(layout, struct cpu_stats, fields);

/* A reason that is a text. */
static struct why text_reason(const char *text)
{
    struct why w = { .format = text ? "%s" : NULL };
    w.arg[0] = (unsigned long)(uintptr_t)text;
    return w;
}

static void visit_record(struct state_pass *s, struct why_record *r)
{
    char words[TEXT];
    const char *text = NULL;
    uint64_t ec = r->ec, target = r->target, from = r->why.from;

    why_text(&r->why, words, sizeof(words));
    if (*words)
        text = words;
    state_text(s, "why.text", &text);
    state_member(s, "why.pc", &r->pc, STATE_CACHE, UINT64_MAX);
    state_member(s, "why.icount", &r->icount, STATE_CACHE, UINT64_MAX);
    state_cache_value(s, "why.ec", &ec, UINT16_MAX);
    state_cache_value(s, "why.target", &target, EL3);
    state_cache_value(s, "why.from", &from, EL3);
    if (!state_loading(s))
        return;
    r->why = text_reason(text);
    r->why.from = (uint8_t)from;
    r->ec = (uint16_t)ec, r->target = (uint8_t)target;
}

/* ---- Counts: by target and vCPU, as why_costs() gives them, which is the same order in every run ---- */

struct line {
    const char *text;
    uint64_t class;
    struct why_cost cost;
};
struct lines {
    struct line line[WHY_REASONS];
    unsigned n;
    char text[WHY_REASONS][TEXT];
};

static void add_line(void *arg, unsigned class, const char *text, const struct why_cost *cost)
{
    struct lines *l = arg;
    snprintf(l->text[l->n], TEXT, "%s", text);
    l->line[l->n] = (struct line){ l->text[l->n], class, *cost };
    l->n++;
}

static unsigned text_place(struct cpu_stats *stats, unsigned target, unsigned vcpu, unsigned class, const char *text)
{
    struct why_key k;
    memset(&k, 0, sizeof(k)); /* compared as bytes */
    k.format = "%s";
    k.arg[0] = (unsigned long)(uintptr_t)(text ? text : "");
    k.target = (uint16_t)target, k.vcpu = (uint16_t)vcpu, k.class = (uint16_t) class;
    return why_place(stats, &k);
}

static void visit_time(struct state_pass *s, struct stat_time *t)
{
    state_member(s, "instructions", &t->instructions, STATE_CACHE, UINT64_MAX);
    state_member(s, "cycles", &t->cycles, STATE_CACHE, UINT64_MAX);
    state_member(s, "ns", &t->ns, STATE_CACHE, UINT64_MAX);
}

static void visit_line(struct state_pass *s, struct line *l)
{
    state_text(s, "reason.text", &l->text);
    state_cache_value(s, "reason.class", &l->class, STAT_CLASSES - 1);
    state_cache_value(s, "reason.count", &l->cost.count, UINT64_MAX);
    state_cache_value(s, "reason.returned", &l->cost.returned, UINT64_MAX);
    visit_time(s, &l->cost.self);
    visit_time(s, &l->cost.total);
    state_cache_value(s, "reason.longest", &l->cost.longest, UINT64_MAX);
}

static void visit_counts(struct state_pass *s, struct cpu *cpu, unsigned target, unsigned vcpu, struct lines *l)
{
    l->n = 0;
    if (s->mode == STATE_SAVE && vcpu <= cpu->stats->run.vcpus)
        why_costs(cpu, target, vcpu, add_line, l);
    uint64_t count = l->n;
    state_cache_value(s, "reasons", &count, WHY_REASONS);
    for (unsigned i = 0; i < state_times(s, (unsigned)count) && !s->failed; i++) {
        struct line *line = &l->line[i];
        visit_line(s, line);
        if (state_loading(s))
            why_cost_add(why_cost_of(cpu->stats,
                                     text_place(cpu->stats, target, vcpu, (unsigned)line->class, line->text), target),
                         &line->cost);
    }
}

/* ---- Exceptions that have not been returned from: their reasons by text ---- */

static void visit_open(struct state_pass *s, struct cpu_stats *stats, struct open_exception *e)
{
    const struct why_key *k = e->reason < WHY_REASONS ? &stats->reason[e->reason].key : NULL;
    uint64_t target = e->target, from = e->from, known = k != NULL, class = k ? k->class : 0, vcpu = k ? k->vcpu : 0;
    char words[TEXT];
    const char *text = k ? why_key_text(k, words, sizeof(words)) : NULL;

    state_cache_value(s, "open.known", &known, 1);
    state_text(s, "open.text", &text);
    state_cache_value(s, "open.class", &class, STAT_CLASSES - 1);
    state_cache_value(s, "open.vcpu", &vcpu, STAT_VCPUS);
    state_cache_value(s, "open.target", &target, EL2);
    state_cache_value(s, "open.from", &from, CAME_GUEST);
    state_member(s, "open.pc", &e->pc, STATE_CACHE, UINT64_MAX);
    visit_time(s, &e->start);
    if (!state_loading(s))
        return;
    e->target = (uint8_t)target, e->from = (uint8_t)from;
    e->reason = WHY_REASONS;
    if (known)
        e->reason = (uint16_t)text_place(stats, e->target, (unsigned)vcpu, (unsigned)class, text);
}

static void visit_stack(struct state_pass *s, struct cpu_stats *stats, struct open_stack *open)
{
    uint64_t count = open->count;

    state_cache_value(s, "open", &count, OPEN_DEPTH);
    for (unsigned i = 0; i < state_times(s, (unsigned)count) && !s->failed; i++)
        visit_open(s, stats, &open->e[i]);
    if (state_loading(s))
        open->count = (uint32_t)count;
}

static void visit_texts(struct state_pass *s, struct cpu *cpu)
{
    struct lines *l = calloc(1, sizeof(*l));

    assert(l);
    if (state_loading(s))
        memset(cpu->stats->reason, 0, sizeof(cpu->stats->reason));
    for (unsigned vcpu = 0; vcpu < state_times(s, STAT_VCPUS + 1); vcpu++) {
        visit_counts(s, cpu, EL1, vcpu, l);
        visit_counts(s, cpu, EL2, vcpu, l);
    }
    for (unsigned i = 0; i < state_times(s, WHY_RECORDS); i++)
        visit_record(s, &cpu->stats->record[i]);
    for (unsigned i = 0; i < state_times(s, OPEN_STACKS); i++)
        visit_stack(s, cpu->stats, &cpu->stats->open[i]);
    free(l);
}

void why_visit(struct state_pass *s, struct cpu *cpu)
{
    state_text(s, "illegal", &cpu->illegal);
    state_walk(s, &layout, cpu->stats);
    if (!s->memory) {
        visit_texts(s, cpu);
    } else {
        state_bytes(s, "why.record", cpu->stats->record, sizeof(cpu->stats->record));
        state_bytes(s, "why.reason", cpu->stats->reason, sizeof(cpu->stats->reason));
        state_bytes(s, "why.open", cpu->stats->open, sizeof(cpu->stats->open));
    }
    if (state_loading(s))
        ledger_loaded(cpu);
}
