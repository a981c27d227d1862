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
    STATE_ANY(struct cpu_stats, run.vcpu, STATE_CACHE),
    STATE_TO(struct cpu_stats, run.vcpus, STATE_CACHE, STAT_VCPUS),
    STATE_ANY(struct cpu_stats, run.switches, STATE_CACHE),
    STATE_TO(struct cpu_stats, run.now, STATE_CACHE, STAT_VCPUS),
    STATE_ANY(struct cpu_stats, run.since, STATE_CACHE),
    STATE_ANY(struct cpu_stats, run.exit, STATE_CACHE),
    STATE_ANY(struct cpu_stats, exceptions, STATE_CACHE),
    STATE_ANY(struct cpu_stats, taken, STATE_CACHE),
    STATE_ANY(struct cpu_stats, record, STATE_HOST), /* visit_record() */
    STATE_ANY(struct cpu_stats, reason, STATE_HOST), /* visit_reasons() */
    STATE_ANY(struct cpu_stats, other_reasons, STATE_CACHE),
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

/* ---- Counts: by target and vCPU, as why_counts_of_vcpu() gives them, which is the same order in every run ---- */

struct line {
    const char *text;
    uint64_t count;
};
struct lines {
    struct line line[WHY_REASONS];
    unsigned n;
    char text[WHY_REASONS][TEXT];
};

static void add_line(void *arg, const char *text, uint64_t count)
{
    struct lines *l = arg;
    snprintf(l->text[l->n], TEXT, "%s", text);
    l->line[l->n] = (struct line){ l->text[l->n], count };
    l->n++;
}

static void put_count(struct cpu_stats *stats, unsigned target, unsigned vcpu, const struct line *l)
{
    struct why_key k;
    memset(&k, 0, sizeof(k)); /* compared as bytes */
    k.format = "%s";
    k.arg[0] = (unsigned long)(uintptr_t)(l->text ? l->text : "");
    k.target = (uint16_t)target, k.vcpu = (uint16_t)vcpu;
    why_count(stats, &k, l->count);
}

static void visit_counts(struct state_pass *s, struct cpu *cpu, unsigned target, unsigned vcpu, struct lines *l)
{
    l->n = 0;
    if (s->mode == STATE_SAVE && vcpu <= cpu->stats->run.vcpus)
        why_counts_of_vcpu(cpu, target, vcpu, add_line, l);
    uint64_t count = l->n;
    state_cache_value(s, "reasons", &count, WHY_REASONS);
    for (unsigned i = 0; i < count && !s->failed; i++) {
        state_text(s, "reason.text", &l->line[i].text);
        state_cache_value(s, "reason.count", &l->line[i].count, UINT64_MAX);
        if (state_loading(s))
            put_count(cpu->stats, target, vcpu, &l->line[i]);
    }
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
    }
}
