/* svemu: options to machine, machine to exit status. */
#include "frontends/frontends.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/snapshot.h"
#include "devices/device.h"
#include "frontends/debugger.h"
#include "frontends/gdb.h"
#include "frontends/lab.h"
#include "frontends/symbols.h"
#include "frontends/trace.h"
#include "isa/isa.h"

static struct machine *running; /* the last that was made, for on_defect */

static int user_mistake(void)
{
    fprintf(stderr, "svemu: %s\n", user_error_text);
    return EXIT_USER;
}

/* ---- Listings ---- */

/* Id, pattern, feature (A|B: either, A&B: both; -: none), implemented or not; separated by tabs. */
static void list_insns(void)
{
    isa_init();
    for (unsigned i = 0; i < INSN_COUNT; i++) {
        const struct insn *r = &insn_table[i];
        printf("%s\t%s\t%s", r->id, r->pattern, r->feat ? feature_name(r->feat) : "-");
        if (r->or_feat)
            printf("|%s", feature_name(r->or_feat));
        if (r->feat2)
            printf("&%s", feature_name(r->feat2));
        printf("\t%s\n", insn_is_todo(i) ? "not implemented" : "implemented");
    }
}

static const struct {
    const char *name;
    uint8_t op0, op1, CRn, CRm, op2;
} registers[] = {
#define SYSREG(NAME, OP0, OP1, CRN, CRM, OP2, ...) { #NAME, OP0, OP1, CRN, CRM, OP2 },
#include "sysregs/sysregs.def"
};

static void list_sysregs(void)
{
    for (size_t i = 0; i < sizeof registers / sizeof registers[0]; i++)
        printf("%s\t%u_%u_%u_%u_%u\n", registers[i].name, registers[i].op0, registers[i].op1, registers[i].CRn,
               registers[i].CRm, registers[i].op2);
}

static int list(enum listing what)
{
    switch (what) {
    case LIST_INSNS: list_insns(); break;
    case LIST_SYSREGS: list_sysregs(); break;
    case LIST_FEATURES: list_features(); break;
    case LIST_MODELS: list_models(); break;
    case LIST_VERSION: printf("svemu " SVEMU_VERSION "\n"); break;
    default: options_help(stdout);
    }
    return 0;
}

/* ---- Defects ---- */

/* An assertion or a fault of ours: leave the terminal and the guest's last output as they should be, say where it was.
 */
static void on_defect(int number)
{
    signal(number, SIG_DFL);
    console_close();
    fprintf(stderr, "svemu: a defect in svemu (signal %d); please report it with what follows\n", number);
    if (running && running->current)
        cpu_dump(running->current);
    trace_defect();
    _exit(EXIT_DEFECT);
}

void catch_defects(void)
{
    signal(SIGABRT, on_defect);
#if !defined(__SANITIZE_ADDRESS__)
    signal(SIGSEGV, on_defect);
    signal(SIGBUS, on_defect);
    signal(SIGILL, on_defect);
    signal(SIGFPE, on_defect);
#endif
}

/* ---- Running ---- */

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

bool machine_power_on(struct machine *m, const struct options *o)
{
    board_reset(m);
    if (!load_images(m, o))
        return false;
    machine_reset(m);
    return true;
}

/* Until the machine stops for good; resets in between boot again. */
static enum stop_reason run(struct machine *m, const struct options *o, struct debugger *d, bool *failed)
{
    enum stop_reason why = STOP_NONE;
    if (o->wait_for_gdb)
        why = gdb_wait(d->gdb) ? debugger_serve(d, STOP_DEBUG) : STOP_QUIT;
    while (why == STOP_NONE) {
        why = trace_run(m);
        if (why == STOP_DEBUG && snapshots_stop(m)) {
            why = STOP_NONE;
            continue;
        }
        if (why == STOP_DEBUG)
            why = window_serve(m, why);
        if (why != STOP_NONE && (why != STOP_RESET || o->no_reboot))
            why = debugger_serve(d, why);
        if (why != STOP_RESET || o->no_reboot)
            continue;
        console_flush();
        if (!machine_power_on(m, o)) {
            *failed = true;
            break;
        }
        checkpoints_restart(m);
        symbols_forget(symbols_of(m));
        debugger_rebooted(d);
        why = STOP_NONE;
    }
    return why;
}

/* NULL with user_error. */
static struct debugger *open_debugger(struct machine *m, const struct options *o)
{
    struct debugger *d = debugger_create(m);
    if (!d)
        user_error("the host has no memory for the monitor");
    else if (o->gdb && !gdb_open(d, o->gdb_option, o->gdb))
        return NULL;
    return d;
}

static int exit_status(enum stop_reason why)
{
    switch (why) {
    case STOP_POWEROFF:
    case STOP_QUIT: return console_signal() ? 128 + console_signal() : EXIT_POWEROFF;
    case STOP_UNIMPLEMENTED: return EXIT_UNIMPLEMENTED;
    default: return EXIT_STOPPED;
    }
}

/* A run that did not end by the guest's will: where each CPU is. */
static void print_places(struct machine *m, enum stop_reason why)
{
    struct symbols *s = symbols_of(m);
    char text[512];
    if (why != STOP_MAX_INSNS && why != STOP_DEADLOCK)
        return;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct cpu *cpu = m->cpus[i];
        struct symbol_space space = symbol_space_of(cpu);
        if (cpu->power != POWER_ON)
            continue;
        fprintf(stderr, "svemu: CPU %u at EL%u", i, cpu->pstate.EL);
        if (space.stage2)
            fprintf(stderr, " of VMID %u", space.vmid);
        symbols_text(s, &space, cpu->pc, text, sizeof text);
        fprintf(stderr, ", PC=%016" PRIx64 "%s%s\n", cpu->pc, *text ? " " : "", text);
    }
}

/* The statistics' file is opened before the run, so that a mistake in its name does not cost the run. */
static bool open_stats(const struct options *o, FILE **f)
{
    *f = NULL;
    if (!o->stats)
        return true;
    *f = strcmp(o->stats, "-") ? fopen(o->stats, "w") : stderr;
    return *f || user_error("--stats %s: the file cannot be written: %s", o->stats, strerror(errno));
}

static bool write_stats(struct machine *m, const struct options *o, FILE *f, int status, double host_seconds)
{
    if (!f && isatty(STDERR_FILENO))
        stats_summary(m, stderr, host_seconds);
    else if (f == stderr)
        stats_print(m, f, host_seconds);
    else if (f) {
        stats_json(m, f, status, host_seconds);
        return fclose(f) == 0 || user_error("--stats %s: the file cannot be written: %s", o->stats, strerror(errno));
    }
    return true;
}

static bool open_symbols(struct machine *m, const struct options *o)
{
    struct symbols *s = symbols_of(m);
    if (o->kernel) /* --from may do without */
        symbols_add_kernel(s, o->kernel);
    for (unsigned i = 0; i < o->symbols; i++)
        if (!symbols_add(s, o->symbol_file[i]))
            return false;
    return true;
}

struct machine *machine_from_options(const struct options *o, const struct cpu_config *config)
{
    struct machine *m = running = machine_create(&o->machine, config);
    if (m)
        m->el3_event = firmware_report;
    if (!m)
        user_error("--smp %u: the host has no memory for the CPUs", o->machine.smp);
    else if (!board_create(m)) {
        if (m->mem.ram)
            user_error("%s", m->error);
        else
            user_error("--memory %s: the host has no memory for this", o->memory_text);
        return NULL;
    }
    return m;
}

/* From power-on, or from a snapshot. */
static bool begin(struct machine *m, const struct options *o)
{
    m->options = strdup(o->made_with ? o->made_with : "");
    console_put_back = console_give_back;
    if (o->from) {
        board_reset(m);
        machine_reset(m);
    }
    return (o->from || machine_power_on(m, o)) && snapshots_begin(m, o) && record_begin(m, o);
}

int main(int argc, char **argv)
{
    struct options o;
    if (argc > 1 && !strcmp(argv[1], "lab"))
        return lab_main(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "stats"))
        return stats_main(argc - 1, argv + 1);
    if (argc > 1 && !strcmp(argv[1], "trace"))
        return trace_main(argc - 1, argv + 1);
    if (!options_parse(&o, argc, argv))
        return user_mistake();
    if (o.list == LIST_EXPLAIN)
        return explain_model(o.explain) ? 0 : user_mistake();
    if (o.list == LIST_DISAS)
        return (o.disas ? disas_file(o.disas, stdout) : disas_words(stdin, stdout)) ? 0 : user_mistake();
    if (o.list)
        return list(o.list);
    struct cpu_config *config = cpu_options_apply(&o);
    if (!config)
        return user_mistake();
    for (unsigned i = 0; i < o.traces; i++)
        if (!trace_add(o.trace[i].qemu ? "-d" : "--trace", o.trace[i].spec, o.trace[i].qemu))
            return user_mistake();
    struct machine *m = machine_from_options(&o, config);
    struct debugger *d;
    FILE *stats;
    free(config); /* the machine has its own copy */
    if (!m || !lint_machine(m, o.strict) || !ledger_begin(m, &o) || !begin(m, &o) || !open_symbols(m, &o) ||
        !open_stats(&o, &stats) || !timing_when_start(m, &o) || !trace_start(m) || !(d = open_debugger(m, &o)))
        return user_mistake();
    if (!window_open(m, &o))
        return user_mistake();
    catch_defects();
    if (o.checkpoint_interval && !checkpoints_start(m, o.checkpoint_interval, o.checkpoint_bytes)) {
        user_error("--checkpoints: the host has no memory for them");
        return user_mistake();
    }
    console_open(m);
    console_debugger(d);
    if (o.progress)
        progress_open(m);
    bool failed = false;
    double start = seconds();
    enum stop_reason why = run(m, &o, d, &failed);
    double took = seconds() - start;
    int status = failed ? EXIT_USER : exit_status(why);
    console_close();
    window_close(m);
    progress_wipe();
    failed |= !trace_stop();
    timing_when_end();
    if (why != STOP_POWEROFF && why != STOP_QUIT && m->stop_text[0])
        fprintf(stderr, "svemu: %s\n", m->stop_text);
    print_places(m, why);
    if (!record_end(m, why) || !write_stats(m, &o, stats, status, took) || failed || !snapshots_end())
        return user_mistake();
    running = NULL;
    ledger_end(m);
    debugger_free(d);
    symbols_free(symbols_of(m));
    board_free(m);
    machine_free(m);
    options_free(&o);
    return status;
}
