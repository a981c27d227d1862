/* What --stats has written, for people: `svemu stats A.json [B.json]`, with two files side by side; `--stats -` and the
 * monitor's `stats`. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/ledger.h"
#include "frontends/frontends.h"

enum { MAX_FILES = 2, MAX_ROWS = 4096 }; /* svemu writes some hundred */

/* A line of a table: a name, and its number in each file; of means the sum, and of how many, else 0. */
struct row {
    char *name;
    int64_t value[MAX_FILES], of[MAX_FILES];
};
struct table {
    struct row *row;
    size_t count, room;
};

struct files {
    json_t *json[MAX_FILES];
    unsigned count;
};

static FILE *to; /* what is printed */

/* ---- Tables ---- */

static struct row *row_of(struct table *t, const char *name)
{
    if (t->count == MAX_ROWS)
        name = "others";
    for (size_t i = 0; i < t->count; i++)
        if (!strcmp(t->row[i].name, name))
            return &t->row[i];
    if (t->count > MAX_ROWS)
        return &t->row[MAX_ROWS];
    if (t->count == t->room) {
        t->room = t->room ? 2 * t->room : 64;
        t->row = realloc(t->row, t->room * sizeof *t->row);
    }
    char *copy = strdup(name);
    if (!t->row || !copy)
        abort();
    t->row[t->count] = (struct row){ .name = copy };
    return &t->row[t->count++];
}

static void add(struct table *t, unsigned file, const char *name, const json_t *number)
{
    if (json_is_integer(number))
        row_of(t, name)->value[file] += json_integer_value(number);
}

/* All numbers of an object; before: in front of their names. */
static void add_object(struct table *t, unsigned file, const char *before, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        char name[256];
        snprintf(name, sizeof name, "%s%s", before, key);
        add(t, file, name, value);
    }
}

static void work_out_means(struct table *t)
{
    for (size_t i = 0; i < t->count; i++)
        for (unsigned n = 0; n < MAX_FILES; n++)
            if (t->row[i].of[n] > 0)
                t->row[i].value[n] /= t->row[i].of[n];
}

static int by_size(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int64_t m = x->value[0] > x->value[1] ? x->value[0] : x->value[1];
    int64_t n = y->value[0] > y->value[1] ? y->value[0] : y->value[1];
    return m != n ? (m < n ? 1 : -1) : strcmp(x->name, y->name);
}

/* Names come from a file: what is not printable stays out of the terminal. */
static void print_text(const char *text)
{
    for (; *text; text++)
        putc((unsigned char)*text < ' ' || *text == 0x7f ? '.' : *text, to);
}
static void print_name(const char *name)
{
    print_text(name);
    putc('\n', to);
}

static void print_row(const struct row *r, unsigned files, double sum)
{
    if (files == 1) {
        fprintf(to, "  %16" PRId64 "  ", r->value[0]);
        if (sum > 0)
            fprintf(to, "%5.1f %%  ", 100 * (double)r->value[0] / sum);
        print_name(r->name);
        return;
    }
    fprintf(to, "  %16" PRId64 " %16" PRId64 "  %+15.0f", r->value[0], r->value[1],
            (double)r->value[1] - (double)r->value[0]);
    if (r->value[0])
        fprintf(to, "  %8.3f  ", (double)r->value[1] / (double)r->value[0]);
    else
        fprintf(to, "  %8s  ", "-");
    print_name(r->name);
}

/* share: the rows are parts of their sum, in percent; sorted: the largest first. Empties the table. */
static void print_table(struct table *t, const char *title, unsigned files, bool share, bool sorted)
{
    double sum = 0;
    bool any = false;
    work_out_means(t);
    if (sorted && t->count)
        qsort(t->row, t->count, sizeof *t->row, by_size);
    for (size_t i = 0; i < t->count; i++)
        sum += share ? (double)t->row[i].value[0] : 0;
    for (size_t i = 0; i < t->count; i++) {
        if (t->row[i].value[0] || t->row[i].value[1]) {
            if (!any)
                fprintf(to, "\n%s\n", title);
            any = true;
            print_row(&t->row[i], files, sum);
        }
        free(t->row[i].name);
    }
    free(t->row);
    *t = (struct table){ 0 };
}

/* ---- Sections ---- */

typedef void per_cpu(struct table *t, unsigned file, json_t *cpu);

static void each_cpu(struct table *t, const struct files *f, per_cpu *fn)
{
    size_t i;
    json_t *cpu;
    for (unsigned n = 0; n < f->count; n++)
        json_array_foreach(json_object_get(f->json[n], "cpus"), i, cpu) { fn(t, n, cpu); }
}

static void vm_name(char *name, size_t size, const json_t *vcpu, bool whole)
{
    const json_t *vmid = json_object_get(vcpu, "vmid");
    const char *id = json_string_value(json_object_get(vcpu, "vcpu"));
    if (!json_is_integer(vmid))
        snprintf(name, size, "other VMs");
    else if (whole)
        snprintf(name, size, "VMID %lld vCPU %.40s", (long long)json_integer_value(vmid), id ? id : "?");
    else
        snprintf(name, size, "VMID %lld", (long long)json_integer_value(vmid));
}

static void add_at(struct table *t, unsigned file, const char *before, json_t *at, const char *what)
{
    static const char *const els[] = { "EL0", "EL1", "EL2" };
    for (unsigned el = 0; el < 3; el++) {
        char name[80];
        snprintf(name, sizeof name, "%s%s%s", before, *before ? " " : "", els[el]);
        add(t, file, name, json_object_get(json_object_get(at, els[el]), what));
    }
}

static void add_times(struct table *t, unsigned file, json_t *cpu, const char *what)
{
    size_t i;
    json_t *v;
    add_at(t, file, "", json_object_get(cpu, "at"), what);
    json_array_foreach(json_object_get(cpu, "vcpus"), i, v)
    {
        char name[64];
        vm_name(name, sizeof name, v, false);
        add_at(t, file, name, json_object_get(v, "at"), what);
    }
}
static void instructions(struct table *t, unsigned file, json_t *cpu) { add_times(t, file, cpu, "instructions"); }
static void cycles(struct table *t, unsigned file, json_t *cpu) { add_times(t, file, cpu, "cycles"); }
static void nanoseconds(struct table *t, unsigned file, json_t *cpu) { add_times(t, file, cpu, "ns"); }

static void by_el(struct table *t, unsigned file, json_t *object)
{
    add_object(t, file, "to EL1  ", json_object_get(object, "EL1"));
    add_object(t, file, "to EL2  ", json_object_get(object, "EL2"));
}
static void classes(struct table *t, unsigned file, json_t *cpu)
{
    by_el(t, file, json_object_get(cpu, "exceptions"));
    add_object(t, file, "to EL3  ", json_object_get(json_object_get(cpu, "el3"), "traps"));
}
static void reasons(struct table *t, unsigned file, json_t *cpu) { by_el(t, file, json_object_get(cpu, "reasons")); }

static void add_vcpus(struct table *t, unsigned file, json_t *cpu, const char *what)
{
    size_t i;
    json_t *v;
    json_array_foreach(json_object_get(cpu, "vcpus"), i, v)
    {
        char name[80];
        vm_name(name, sizeof name - 2, v, true);
        strcat(name, "  ");
        add_object(t, file, name, json_object_get(v, what));
    }
}
static void exits(struct table *t, unsigned file, json_t *cpu) { add_vcpus(t, file, cpu, "exits"); }
static void exit_reasons(struct table *t, unsigned file, json_t *cpu) { add_vcpus(t, file, cpu, "exit_reasons"); }
static void guest_exceptions(struct table *t, unsigned file, json_t *cpu) { add_vcpus(t, file, cpu, "exceptions"); }

static void switches(struct table *t, unsigned file, json_t *cpu)
{
    static const char *const what[][2] = { { "count", "world switches" },
                                           { "instructions", "instructions in them" },
                                           { "cycles", "cycles in them" },
                                           { "ns", "ns in them" } };
    json_t *s = json_object_get(cpu, "world_switches");
    for (unsigned i = 0; i < sizeof what / sizeof what[0]; i++)
        add(t, file, what[i][1], json_object_get(s, what[i][0]));
}

/* Row n of a distribution is there even if it is empty, so that they are in order. */
static void lengths(struct table *t, unsigned file, json_t *list, const char *unit)
{
    size_t i;
    json_t *n;
    json_array_foreach(list, i, n)
    {
        char name[80];
        if (i > 62)
            break;
        snprintf(name, sizeof name, "%" PRIu64 " to %" PRIu64 " %s", i ? UINT64_C(1) << i : 0, (UINT64_C(2) << i) - 1,
                 unit);
        for (size_t k = t->count; k < i; k++) {
            char before[80];
            snprintf(before, sizeof before, "%" PRIu64 " to %" PRIu64 " %s", k ? UINT64_C(1) << k : 0,
                     (UINT64_C(2) << k) - 1, unit);
            row_of(t, before);
        }
        add(t, file, name, n);
    }
}
static void lengths_of(struct table *t, unsigned file, json_t *cpu, const char *key, const char *unit)
{
    lengths(t, file, json_object_get(json_object_get(cpu, "world_switches"), key), unit);
}
static void by_instructions(struct table *t, unsigned file, json_t *cpu)
{
    lengths_of(t, file, cpu, "instructions_log2", "instructions");
}
static void by_cycles(struct table *t, unsigned file, json_t *cpu)
{
    lengths_of(t, file, cpu, "cycles_log2", "cycles");
}
static void by_ns(struct table *t, unsigned file, json_t *cpu) { lengths_of(t, file, cpu, "ns_log2", "ns"); }

static json_t *part_of(json_t *cpu, enum ledger_part p)
{
    return json_object_get(json_object_get(json_object_get(cpu, "world_switches"), "parts"), ledger_part_key(p));
}
static void parts(struct table *t, unsigned file, json_t *cpu)
{
    for (unsigned p = 0; p < LEDGER_PARTS; p++)
        add(t, file, ledger_part_text(p), json_object_get(part_of(cpu, p), "cycles"));
}
#define LEDGER_PART(NAME, KEY, TEXT)                                                             \
    static void part_##NAME(struct table *t, unsigned file, json_t *cpu)                         \
    {                                                                                            \
        lengths(t, file, json_object_get(part_of(cpu, LEDGER_##NAME), "cycles_log2"), "cycles"); \
    }
#include "core/ledger_part.def"

/* ---- The ledger ---- */

/* Of each row its cycles, or the mean of those that were returned from. */
static void add_rows(struct table *t, unsigned file, const char *before, json_t *ledger, bool mean)
{
    static const char *const els[] = { "EL1", "EL2" };
    for (unsigned el = 0; el < 2; el++) {
        size_t i;
        json_t *row;
        json_array_foreach(json_object_get(ledger, els[el]), i, row)
        {
            const char *class = json_string_value(json_object_get(row, "class"));
            const char *reason = json_string_value(json_object_get(row, "reason"));
            char name[400];
            snprintf(name, sizeof name, "%sto %s  %s: %s", before, els[el], class ? class : "", reason ? reason : "?");
            add(t, file, name, json_object_get(mean ? json_object_get(row, "total") : row, "cycles"));
            if (mean)
                row_of(t, name)->of[file] += json_integer_value(json_object_get(row, "returned"));
        }
    }
}

static void ledger(struct table *t, unsigned file, json_t *cpu, bool mean)
{
    size_t i;
    json_t *v;
    add_rows(t, file, "", json_object_get(cpu, "ledger"), mean);
    json_array_foreach(json_object_get(cpu, "vcpus"), i, v)
    {
        char name[80];
        vm_name(name, sizeof name - 2, v, true);
        strcat(name, "  ");
        add_rows(t, file, name, json_object_get(v, "ledger"), mean);
    }
}

static void own_cycles(struct table *t, unsigned file, json_t *cpu)
{
    static const char *const els[] = { "EL1", "EL2" };
    size_t i;
    json_t *v;
    ledger(t, file, cpu, false);
    for (unsigned el = 0; el < 2; el++) {
        char name[40];
        snprintf(name, sizeof name, "at %s  no exception", els[el]);
        add(t, file, name, json_object_get(json_object_get(json_object_get(cpu, "outside"), els[el]), "cycles"));
    }
    json_array_foreach(json_object_get(cpu, "vcpus"), i, v)
    {
        char name[100];
        vm_name(name, sizeof name - 24, v, true);
        strcat(name, "  at EL1  no exception");
        add(t, file, name, json_object_get(json_object_get(json_object_get(v, "outside"), "EL1"), "cycles"));
    }
}
static void mean_cycles(struct table *t, unsigned file, json_t *cpu) { ledger(t, file, cpu, true); }

/* ---- Timing models ---- */

static const struct {
    const char *key, *text;
} events[] = {
#define TIMING_EVENT(NAME, NUMBER, TEXT) { #NAME, TEXT },
#include "core/timing_event.def"
};

static void add_events(struct table *t, unsigned file, json_t *cpu)
{
    json_t *c = json_object_get(cpu, "timing");
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++)
        add(t, file, events[i].text, json_object_get(c, events[i].key));
}

static const struct {
    const char *group, *key, *text;
} counters[] = {
#define COUNTER(NAME, GROUP, KEY, TEXT) { GROUP, KEY, TEXT },
#include "core/counters.def"
};

static void add_counters(struct table *t, unsigned file, json_t *cpu)
{
    json_t *c = json_object_get(cpu, "counters");
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        add(t, file, counters[i].text, json_object_get(json_object_get(c, counters[i].group), counters[i].key));
}

static const struct {
    const char *title;
    per_cpu *fn;
    bool share, sorted;
} sections[] = {
    { "Instructions by EL and VM", instructions, true, false },
    { "Cycles by EL and VM", cycles, true, false },
    { "Modelled nanoseconds by EL and VM, waiting included", nanoseconds, true, false },
    { "Exceptions by class", classes, true, true },
    { "Exceptions by reason", reasons, true, true },
    { "Exits of virtual CPUs by class", exits, true, true },
    { "Exits of virtual CPUs by reason", exit_reasons, true, true },
    { "Exceptions within guests, to EL1", guest_exceptions, true, true },
    { "World switches: from a guest's exit to the next entry", switches, false, false },
    { "World switches by instructions", by_instructions, true, false },
    { "World switches by cycles", by_cycles, true, false },
    { "World switches by modelled nanoseconds", by_ns, true, false },
    { "Cycles of world switches by part", parts, true, false },
#define LEDGER_PART(NAME, KEY, TEXT) { "World switches by cycles of " TEXT, part_##NAME, true, false },
#include "core/ledger_part.def"
    { "Cycles at EL1 and EL2 by the last exception not returned from", own_cycles, true, true },
    { "Mean cycles from an exception to its return", mean_cycles, false, true },
    { "TLB, GIC, timers, vector lengths", add_counters, false, false },
    { "Events as the timing model counts them", add_events, false, false },
};

/* ---- The whole ---- */

static const char *text_of(const json_t *j, const char *key)
{
    const char *s = json_string_value(json_object_get(j, key));
    return s ? s : "?";
}

static void print_cpu(const json_t *cpu)
{
    const json_t *vl = json_object_get(cpu, "vector_lengths"), *timing = json_object_get(cpu, "timing");
    fprintf(to, "  CPU %lld: model ", (long long)json_integer_value(json_object_get(cpu, "cpu")));
    print_text(text_of(cpu, "model"));
    for (size_t i = 0; i < json_array_size(vl); i++)
        fprintf(to, "%s%lld", i ? "+" : ", vl ", (long long)json_integer_value(json_array_get(vl, i)));
    fprintf(to, ", %lld instructions", (long long)json_integer_value(json_object_get(cpu, "instructions")));
    if (timing) {
        fprintf(to, ", %lld cycles, timing ", (long long)json_integer_value(json_object_get(cpu, "cycles")));
        print_text(text_of(timing, "mode"));
        if (json_is_string(json_object_get(timing, "model")))
            fprintf(to, " of "), print_text(text_of(timing, "model"));
    }
    if (json_is_true(json_object_get(json_object_get(cpu, "el3"), "stopped")))
        fprintf(to, ", stopped at EL3");
    putc('\n', to);
}

static void print_heads(const struct files *f, char **paths)
{
    for (unsigned i = 0; i < f->count; i++) {
        const json_t *j = f->json[i];
        fprintf(to, "%s: svemu ", paths[i]);
        print_text(text_of(j, "version"));
        fprintf(to, ", ");
        print_text(text_of(j, "stop"));
        fprintf(to, ", exit status %lld, state hash ",
                (long long)json_integer_value(json_object_get(j, "exit_status")));
        print_name(text_of(j, "state_hash"));
        fprintf(to, "  %zu CPUs, %.6f s of guest time, %.3f s of host time, %.1f MIPS\n",
                json_array_size(json_object_get(j, "cpus")),
                (double)json_integer_value(json_object_get(j, "time_ns")) / 1e9,
                json_number_value(json_object_get(j, "host_seconds")), json_number_value(json_object_get(j, "mips")));
        for (size_t k = 0; k < json_array_size(json_object_get(j, "cpus")); k++)
            print_cpu(json_array_get(json_object_get(j, "cpus"), k));
    }
    if (f->count == 2)
        fprintf(to, "\n  %16s %16s  %15s  %8s\n", "first", "second", "second - first", "ratio");
}

static bool load(struct files *f, const char *path)
{
    json_error_t error;
    json_t *j = json_load_file(path, 0, &error);
    const json_t *schema = json_object_get(j, "schema");
    f->json[f->count++] = j;
    if (!j && error.line < 0)
        return user_error("stats %s: the file cannot be read: %s", path, error.text);
    if (!j)
        return user_error("stats %s: not JSON, so not what --stats writes (line %d: %s)", path, error.line, error.text);
    if (!json_is_integer(schema) || !json_is_array(json_object_get(j, "cpus")))
        return user_error("stats %s: JSON, but not what --stats FILE writes: it has no schema or no cpus", path);
    if (json_integer_value(schema) != STATS_SCHEMA)
        return user_error(
            "stats %s: statistics of schema %lld; this svemu reads schema %d, so take the svemu that wrote it", path,
            (long long)json_integer_value(schema), STATS_SCHEMA);
    return true;
}

static void print_files(const struct files *f, char **names)
{
    struct table t = { 0 };
    print_heads(f, names);
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        each_cpu(&t, f, sections[i].fn);
        print_table(&t, sections[i].title, f->count, sections[i].share, sections[i].sorted);
    }
}

void stats_print(struct machine *m, FILE *f, double host_seconds)
{
    char *text = NULL, *names[] = { (char *)"this run" };
    size_t size;
    FILE *json = open_memstream(&text, &size);
    struct files file = { .count = 1 };
    if (json) {
        stats_json(m, json, 0, host_seconds);
        fclose(json);
        file.json[0] = json_loadb(text, size, 0, NULL);
    }
    to = f;
    if (file.json[0])
        print_files(&file, names);
    json_decref(file.json[0]);
    free(text);
    stats_summary(m, f, host_seconds);
}

int stats_main(int argc, char **argv)
{
    struct files f = { .count = 0 };
    bool ok = argc == 2 || argc == 3 ||
              user_error("stats: expected one or two files that --stats has written: svemu stats A.json [B.json]");
    to = stdout;
    for (int i = 1; ok && i < argc; i++)
        ok = load(&f, argv[i]);
    if (ok)
        print_files(&f, argv + 1);
    for (unsigned i = 0; i < f.count; i++)
        json_decref(f.json[i]);
    if (!ok)
        fprintf(stderr, "svemu: %s\n", user_error_text);
    return ok ? 0 : EXIT_USER;
}
