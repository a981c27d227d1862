/* The counters of core/stats.h as JSON; docs/stats.md is the schema. */
#include "core/stats.h"

#include <inttypes.h>

#include "core/exception.h"
#include "core/timing.h"
#include "core/timing_model.h"
#include "frontends/frontends.h"

/* Class number of struct cpu_stats to enum exception_class. */
static unsigned class_of(unsigned index) { return index < 64 ? index : EC_IRQ + (index - 64); }

void stats_classes_json(FILE *f, const uint64_t *counts)
{
    const char *between = "";
    fprintf(f, "{");
    for (unsigned c = 0; c < STAT_CLASSES; c++)
        if (counts[c]) {
            /* several reserved values of EC have one name */
            fprintf(f, "%s\"%s (%#x)\": %" PRIu64, between, exception_class_name(class_of(c)), class_of(c), counts[c]);
            between = ", ";
        }
    fprintf(f, "}");
}

static void time_json(FILE *f, struct stat_time t)
{
    fprintf(f, "\"instructions\": %" PRIu64 ", \"cycles\": %" PRIu64 ", \"ns\": %" PRIu64, t.instructions, t.cycles,
            t.ns);
}

/* Of the ELs from first to last. */
static void times_json(FILE *f, const struct stat_time *at, unsigned first, unsigned last)
{
    fprintf(f, "{");
    for (unsigned el = first; el <= last; el++) {
        fprintf(f, "%s\"EL%u\": {", el > first ? ", " : "", el);
        time_json(f, at[el]);
        fprintf(f, "}");
    }
    fprintf(f, "}");
}

/* ---- The ledger: what exceptions took, by target EL ---- */

static void cost_json(FILE *f, const struct why_cost *c)
{
    fprintf(f, ", \"count\": %" PRIu64 ", ", c->count);
    time_json(f, c->self);
    fprintf(f, ", \"returned\": %" PRIu64 ", \"total\": {", c->returned);
    time_json(f, c->total);
    fprintf(f, "}, \"longest\": %" PRIu64 "}", c->longest);
}

static void row_json(void *list, unsigned class, const char *reason, const struct why_cost *c)
{
    struct json_counts *l = list;
    fprintf(l->f, "%s\n        {\"class\": \"%s (%#x)\", \"reason\": ", l->between,
            exception_class_name(class_of(class)), class_of(class));
    write_json_string(l->f, reason);
    cost_json(l->f, c);
    l->between = ",";
}

/* Of exceptions from a vCPU, or 0 from none, to whom those belong that found no place of their own. */
static void ledger_json(FILE *f, const struct cpu *cpu, unsigned vcpu)
{
    fprintf(f, "{");
    for (unsigned el = EL1; el <= EL2; el++) {
        struct json_counts list = { f, "" };
        fprintf(f, "%s\"EL%u\": [", el > EL1 ? ", " : "", el);
        why_costs(cpu, el, vcpu, row_json, &list);
        if (!vcpu && cpu->stats->other_reasons[el].count) {
            fprintf(f, "%s\n        {\"class\": null, \"reason\": \"other reasons\"", list.between);
            cost_json(f, &cpu->stats->other_reasons[el]);
        }
        fprintf(f, "]");
    }
    fprintf(f, "}");
}

static void vcpu_json(FILE *f, const struct cpu *cpu, unsigned n)
{
    const struct vcpu_stats *v = &cpu->stats->run.vcpu[n - 1];
    struct json_counts list = { f, "" };
    if (v->vmid == UINT64_MAX) /* more than there was room for */
        fprintf(f, "{\"vmid\": null, \"vcpu\": null");
    else
        fprintf(f, "{\"vmid\": %" PRIu64 ", \"vcpu\": \"%u.%u.%u.%u\"", v->vmid, (unsigned)(v->mpidr >> 32 & 255),
                (unsigned)(v->mpidr >> 16 & 255), (unsigned)(v->mpidr >> 8 & 255), (unsigned)(v->mpidr & 255));
    fprintf(f, ", \"entries\": %" PRIu64 ", \"at\": ", v->entries);
    times_json(f, v->at, EL0, EL1);
    fprintf(f, ", \"exits\": ");
    stats_classes_json(f, v->exits);
    fprintf(f, ", \"exit_reasons\": {");
    why_counts_of_vcpu(cpu, EL2, n, json_count, &list);
    fprintf(f, "}, \"exceptions\": ");
    stats_classes_json(f, v->kernel);
    fprintf(f, ", \"outside\": {\"EL1\": {");
    time_json(f, v->outside);
    fprintf(f, "}}, \"ledger\": ");
    ledger_json(f, cpu, n);
    fprintf(f, "}");
}

static void lengths_json(FILE *f, const uint64_t *counts)
{
    unsigned n = LENGTHS;
    while (n && !counts[n - 1])
        n--;
    fprintf(f, "[");
    for (unsigned i = 0; i < n; i++)
        fprintf(f, "%s%" PRIu64, i ? ", " : "", counts[i]);
    fprintf(f, "]");
}

static void parts_json(FILE *f, const struct switch_stats *s)
{
    fprintf(f, ", \"split\": %" PRIu64 ", \"parts\": {", s->split);
    for (unsigned i = 0; s->split && i < LEDGER_PARTS; i++) {
        fprintf(f, "%s\n      \"%s\": {", i ? "," : "", ledger_part_key(i));
        time_json(f, s->part[i]);
        fprintf(f, ", \"cycles_log2\": ");
        lengths_json(f, s->by_part[i]);
        fprintf(f, "}");
    }
    fprintf(f, "}");
}

static void switches_json(FILE *f, const struct switch_stats *s)
{
    fprintf(f, "{\"count\": %" PRIu64 ", ", s->count);
    time_json(f, s->sum);
    fprintf(f, ", \"instructions_log2\": ");
    lengths_json(f, s->by_instructions);
    fprintf(f, ", \"cycles_log2\": ");
    lengths_json(f, s->by_cycles);
    fprintf(f, ", \"ns_log2\": ");
    lengths_json(f, s->by_ns);
    parts_json(f, s);
    fprintf(f, "}");
}

static const struct {
    const char *group, *key;
} counters[COUNTERS] = {
#define COUNTER(NAME, GROUP, KEY, TEXT) { GROUP, KEY },
#include "core/counters.def"
};

static void counters_json(FILE *f, const uint64_t *count)
{
    fprintf(f, "{");
    for (unsigned i = 0; i < COUNTERS; i++) {
        bool first = !i || strcmp(counters[i].group, counters[i - 1].group);
        if (first)
            fprintf(f, "%s\"%s\": {", i ? "}, " : "", counters[i].group);
        fprintf(f, "%s\"%s\": %" PRIu64, first ? "" : ", ", counters[i].key, count[i]);
    }
    fprintf(f, "}}");
}

static void timing_json(FILE *f, const struct cpu *cpu)
{
    static const char *const key[] = {
#define TIMING_EVENT(NAME, NUMBER, TEXT) #NAME,
#include "core/timing_event.def"
    };
    static const char *const mode[] = { [TIMING_FAST] = "fast", [TIMING_INORDER] = "inorder", [TIMING_OOO] = "ooo" };
    const struct cpu_config *c = cpu_config_of(cpu);
    fprintf(f, "{\"mode\": \"%s\", \"model\": ", mode[timing_mode(cpu)]);
    write_json_string(f, cpu->timing && c && c->timing_model ? c->timing_model->name : NULL);
    for (unsigned e = 0; e < TIMING_EVENTS; e++)
        fprintf(f, ", \"%s\": %" PRIu64, key[e], timing_event(cpu, e));
    fprintf(f, "}");
}

void stats_detail_json(FILE *f, struct cpu *cpu)
{
    const struct run_stats *r = &cpu->stats->run;
    stats_settle(cpu);
    fprintf(f, ", \"cycles\": %" PRIu64 ", \"at\": ", cpu_cycles(cpu));
    times_json(f, r->at, EL0, EL2);
    fprintf(f, ", \"outside\": ");
    times_json(f, r->outside, EL1, EL2);
    fprintf(f, ", \"ledger\": ");
    ledger_json(f, cpu, 0);
    fprintf(f, ", \"vcpus\": [");
    for (unsigned n = 1; n <= r->vcpus && n <= STAT_VCPUS; n++) {
        fprintf(f, n > 1 ? ",\n      " : "\n      ");
        vcpu_json(f, cpu, n);
    }
    fprintf(f, "], \"world_switches\": ");
    switches_json(f, &r->switches);
    fprintf(f, ", \"counters\": ");
    counters_json(f, r->count);
    fprintf(f, ", \"timing\": ");
    timing_json(f, cpu);
}
