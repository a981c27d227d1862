/* Statistics of a run. */
#include "frontends/frontends.h"

#include <inttypes.h>

#include "core/exception.h"
#include "core/pages.h"
#include "core/state.h"
#include "core/stats.h"

/* Bytes of RAM that the host had to provide; all of it where that cannot be told. */
static uint64_t ram_touched(const struct physmem *mem)
{
    struct page_scan scan = page_scan(mem->ram, mem->size);
    uint64_t pages = 0;
    for (uint64_t i; page_scan_touched(&scan, &i);)
        pages++;
    page_scan_end(&scan);
    return pages << 12;
}

/* ---- For programs and people ---- */

static const char *stop_name(enum stop_reason why)
{
    switch (why) {
    case STOP_NONE: return "running";
    case STOP_POWEROFF: return "poweroff";
    case STOP_RESET: return "reset";
    case STOP_DEADLOCK: return "deadlock";
    case STOP_MAX_INSNS: return "max-insns";
    case STOP_EL3: return "el3";
    case STOP_UNIMPLEMENTED: return "unimplemented";
    case STOP_QUIT: return "quit";
    case STOP_DEBUG: return "debug";
    }
    return "unknown";
}

uint64_t total_instructions(const struct machine *m)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < m->cpu_count; i++)
        sum += cpu_icount(m->cpus[i]);
    return sum;
}

static double mips(uint64_t instructions, double seconds)
{
    return seconds > 0 ? (double)instructions / seconds / 1e6 : 0;
}

static void json_exceptions(FILE *f, const struct cpu_stats *s)
{
    fprintf(f, "{\"EL1\": ");
    stats_classes_json(f, s->exceptions[EL1]);
    fprintf(f, ", \"EL2\": ");
    stats_classes_json(f, s->exceptions[EL2]);
    fprintf(f, "}");
}

/* Only of a CPU whose EL3 is modelled. */
static void json_el3(FILE *f, const struct cpu *cpu)
{
    const char *between = "";
    fprintf(f, ", \"el3\": {\"stopped\": %s, \"traps\": {", cpu->power == POWER_AT_EL3 ? "true" : "false");
    for (unsigned c = 0; c < EL3_CONTROLS; c++)
        if (cpu->stats->el3_traps[c]) {
            fprintf(f, "%s\"%s\": %" PRIu64, between, el3_table[c].name, cpu->stats->el3_traps[c]);
            between = ", ";
        }
    fprintf(f, "}}");
}

static void json_reasons(FILE *f, const struct cpu *cpu)
{
    fprintf(f, "{");
    for (unsigned el = EL1; el <= EL2; el++) {
        struct json_counts list = { f, "" };
        fprintf(f, "%s\"EL%u\": {", el == EL1 ? "" : ", ", el);
        why_counts(cpu, el, json_count, &list);
        fprintf(f, "}");
    }
    fprintf(f, "}");
}

static void json_cpu(FILE *f, const struct machine *m, struct cpu *cpu)
{
    fprintf(f, "    {\"cpu\": %u, \"model\": ", cpu->index);
    write_json_string(f, m->config[cpu->index].model);
    fprintf(f, ", \"vector_lengths\": ");
    vl_json(f, cpu->vq_set);
    fprintf(f, ", \"instructions\": %" PRIu64 ", \"time_ns\": %" PRIu64 ", \"exceptions\": ", cpu_icount(cpu),
            cpu_time(cpu));
    json_exceptions(f, cpu->stats);
    fprintf(f, ", \"reasons\": ");
    json_reasons(f, cpu);
    if (cpu->el3.have)
        json_el3(f, cpu);
    stats_detail_json(f, cpu);
    fprintf(f, "}");
}

void stats_json(struct machine *m, FILE *f, int status, double host_seconds)
{
    fprintf(f, "{\n  \"schema\": %d,\n", STATS_SCHEMA);
    fprintf(f, "  \"version\": \"%s\",\n  \"stop\": \"%s\",\n  \"reason\": ", SVEMU_VERSION, stop_name(m->stop));
    write_json_string(f, m->stop_text);
    fprintf(f, ",\n  \"exit_status\": %d,\n  \"instructions\": %" PRIu64 ",\n  \"time_ns\": %" PRIu64 ",\n", status,
            total_instructions(m), m->now);
    fprintf(f, "  \"host_seconds\": %.3f,\n  \"mips\": %.1f,\n", host_seconds,
            mips(total_instructions(m), host_seconds));
    fprintf(f, "  \"ram_touched\": %" PRIu64 ",\n", ram_touched(&m->mem));
    fprintf(f, "  \"state_hash\": \"%016" PRIx64 "\",\n  \"cpus\": [\n", state_hash(m));
    for (unsigned i = 0; i < m->cpu_count; i++) {
        json_cpu(f, m, m->cpus[i]);
        fprintf(f, i + 1 < m->cpu_count ? ",\n" : "\n");
    }
    fprintf(f, "  ]\n}\n");
}

void stats_summary(struct machine *m, FILE *f, double host_seconds)
{
    uint64_t n = total_instructions(m);
    fprintf(f, "svemu: %s%s%" PRIu64 " instructions, %.3f s of guest time", m->stop_text, *m->stop_text ? "; " : "", n,
            (double)m->now / 1e9);
    if (host_seconds > 0)
        fprintf(f, ", %.2f s of host time, %.0f MIPS", host_seconds, mips(n, host_seconds));
    fprintf(f, "\n");
}
