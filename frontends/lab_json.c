/* A laboratory run for programs. docs/lab.md has the schema. */
#include "frontends/lab_run.h"

#include <inttypes.h>

static void bits_or_null(FILE *f, const char *name, bool known, uint16_t set)
{
    fprintf(f, "%s", name);
    if (known)
        vl_json(f, set);
    else
        fputs("null", f);
}

static void cpu(const struct lab_run *r, unsigned i, FILE *f)
{
    const struct lab_cpu *c = &r->watch.cpu[i];
    const struct lab_symbols *s = &r->watch.symbols;
    const char *between = "";
    fprintf(f, "    {\"cpu\": %u, \"vl\": ", i);
    vl_json(f, r->sets.set[i]);
    fprintf(f, ", \"late\": %s, \"state\": \"%s\", \"pc\": ", r->sets.late[i] ? "true" : "false",
            lab_state_name(r->state[i]));
    if (c->started)
        fprintf(f, "\"%#" PRIx64 "\"", c->pc);
    else
        fputs("null", f);
    fputs(", \"symbol\": ", f);
    write_json_string(f, c->depth ? lab_symbol(s, c->frames[0]) : NULL);
    fprintf(f, ", \"el\": %u, \"callers\": [", c->el);
    for (unsigned n = 1; n < c->depth; n++) {
        const char *name = lab_symbol(s, c->frames[n]);
        if (!name)
            continue;
        fputs(between, f);
        write_json_string(f, name);
        between = ", ";
    }
    bits_or_null(f, "], \"probed\": ", c->probed, c->probed);
    bits_or_null(f, ", \"user_vls\": ", c->user_seen, c->user);
    fputc('}', f);
}

static void algebra(const struct lab_run *r, FILE *f)
{
    const struct lab_algebra *a = &r->algebra;
    char text[4096];
    fputs("  \"algebra\": {\"common\": ", f);
    vl_json(f, a->sve ? a->common : 0);
    fputs(", \"partial\": ", f);
    vl_json(f, a->partial);
    fprintf(f, ", \"virtualisable_max\": %u, \"rule\": ", 128 * a->guest_max_vq);
    write_json_string(f, lab_rule(a, text, sizeof text));
    fputs(", \"prediction\": ", f);
    write_json_string(f, lab_prediction(&r->sets, a, text, sizeof text));
    fputs(", \"surprise\": ", f);
    write_json_string(f, *r->surprise ? r->surprise : NULL);
    fputs("},\n", f);
}

static void changes(const struct lab_run *r, FILE *f)
{
    static char text[MAX_CPUS * 100];
    fputs("  \"changes\": [", f);
    for (unsigned n = 0; n < r->changes; n++) {
        const struct lab_change *c = &r->change[n];
        const char *between = "";
        fprintf(f, "%s\n    {\"change\": ", n ? "," : "");
        write_json_string(f, c->text);
        fputs(", \"gives\": ", f);
        write_json_string(f, c->gives);
        fputs(", \"sets\": ", f);
        write_json_string(f, lab_sets_text(&c->sets, text, sizeof text));
        fputs(", \"late\": [", f);
        for (unsigned i = 0; i < c->sets.cpus; i++)
            if (c->sets.late[i]) {
                fprintf(f, "%s%u", between, i);
                between = ", ";
            }
        fputs("]}", f);
    }
    fputs("],\n", f);
}

void lab_json(const struct lab_run *r, FILE *f)
{
    const struct lab_watch *w = &r->watch;
    const char *lines[LAB_CONTEXT];
    unsigned count = lab_context(r, lines);
    const struct lab_cpu *first = &w->cpu[0];
    fputs("{\n  \"schema\": \"svemu-lab-vl-1\",\n  \"kernel\": ", f);
    write_json_string(f, r->options.kernel);
    fputs(",\n  \"kernel_version\": ", f);
    write_json_string(f, *w->symbols.version ? w->symbols.version : NULL);
    fprintf(f, ",\n  \"mode\": \"%s\",\n  \"guest\": %s,\n  \"cpus\": [\n", lab_mode_name(r->mode),
            r->guest ? "true" : "false");
    for (unsigned i = 0; i < r->sets.cpus; i++) {
        cpu(r, i, f);
        fputs(i + 1 < r->sets.cpus ? ",\n" : "\n", f);
    }
    fputs("  ],\n", f);
    algebra(r, f);
    fprintf(f, "  \"outcome\": \"%s\",\n  \"exit_status\": %d,\n  \"summary\": ", lab_outcome_name(r->outcome),
            r->status);
    write_json_string(f, r->summary);
    bits_or_null(f, ",\n  \"host_vls\": ", first->user_seen, first->user);
    bits_or_null(f, ",\n  \"guest_vls\": ", w->kvm_seen && w->kvm, w->kvm);
    bits_or_null(f, ",\n  \"guest_probed\": ", w->guest_lengths_seen, w->guest);
    fputs(",\n  \"context\": [", f);
    for (unsigned n = 0; n < count; n++) {
        fputs(n ? ",\n    " : "\n    ", f);
        write_json_string(f, lines[n]);
    }
    fputs("],\n", f);
    changes(r, f);
    fprintf(f, "  \"instructions\": %" PRIu64 ",\n  \"guest_seconds\": %.6f,\n  \"console\": ", r->instructions,
            (double)r->guest_ns / 1e9);
    write_json_string(f, r->console);
    fputs("\n}\n", f);
}
