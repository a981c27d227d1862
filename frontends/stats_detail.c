/* The counters of core/stats.h as JSON; docs/stats.md is the schema. */
#include "core/stats.h"

#include <inttypes.h>

#include "core/exception.h"
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

static void times_json(FILE *f, const struct stat_time *at, unsigned els)
{
    fprintf(f, "{");
    for (unsigned el = 0; el < els; el++)
        fprintf(f, "%s\"EL%u\": {\"instructions\": %" PRIu64 ", \"ns\": %" PRIu64 "}", el ? ", " : "", el,
                at[el].instructions, at[el].ns);
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
    times_json(f, v->at, 2);
    fprintf(f, ", \"exits\": ");
    stats_classes_json(f, v->exits);
    fprintf(f, ", \"exit_reasons\": {");
    why_counts_of_vcpu(cpu, EL2, n, json_count, &list);
    fprintf(f, "}, \"exceptions\": ");
    stats_classes_json(f, v->kernel);
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

static void switches_json(FILE *f, const struct switch_stats *s)
{
    fprintf(f, "{\"count\": %" PRIu64 ", \"instructions\": %" PRIu64 ", \"ns\": %" PRIu64, s->count, s->instructions,
            s->ns);
    fprintf(f, ", \"instructions_log2\": ");
    lengths_json(f, s->by_instructions);
    fprintf(f, ", \"ns_log2\": ");
    lengths_json(f, s->by_ns);
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

void stats_detail_json(FILE *f, struct cpu *cpu)
{
    const struct run_stats *r = &cpu->stats->run;
    stats_settle(cpu);
    fprintf(f, ", \"at\": ");
    times_json(f, r->at, 3);
    fprintf(f, ", \"vcpus\": [");
    for (unsigned n = 1; n <= r->vcpus && n <= STAT_VCPUS; n++) {
        fprintf(f, n > 1 ? ",\n      " : "\n      ");
        vcpu_json(f, cpu, n);
    }
    fprintf(f, "], \"world_switches\": ");
    switches_json(f, &r->switches);
    fprintf(f, ", \"counters\": ");
    counters_json(f, r->count);
}
