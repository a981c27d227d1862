/* `svemu lab vl`: options, one boot, the report. */
#include "frontends/lab.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "devices/device.h"
#include "frontends/lab_run.h"
#include "frontends/trace.h"

/* ---- Options ---- */

typedef bool lab_option_fn(struct lab_run *r, const char *value);

struct wanted {
    const char *sets, *late;
};
static struct wanted wanted; /* parsed when all is known */

static bool set_sets(struct lab_run *r, const char *value)
{
    (void)r;
    wanted.sets = value;
    return true;
}
static bool set_late(struct lab_run *r, const char *value)
{
    (void)r;
    wanted.late = value;
    return true;
}
static bool set_mode(struct lab_run *r, const char *value)
{
    for (r->mode = LAB_VHE; r->mode <= LAB_PROTECTED; r->mode++)
        if (!strcmp(value, lab_mode_name(r->mode)))
            return true;
    return user_error("--mode %s: expected vhe, nvhe or protected", value);
}
static bool set_guest(struct lab_run *r, const char *value)
{
    (void)value;
    return r->guest = true;
}
static bool set_json(struct lab_run *r, const char *value)
{
    r->json = value;
    return true;
}
static bool set_console(struct lab_run *r, const char *value)
{
    r->console = value;
    return true;
}
static bool set_timeout(struct lab_run *r, const char *value)
{
    return (parse_time(value, &r->timeout) && r->timeout) ||
           user_error("--timeout %s: expected a time of the guest's such as 30s or 500ms", value);
}

static const struct lab_option {
    const char *name, *value;
    lab_option_fn *set;
    const char *help;
} table[] = {
    { "--sets", "'A / B / ...'", set_sets, "vector lengths of each CPU as in --cpu vl=; N*SET is N CPUs" },
    { "--late", "CPUS", set_late, "keep these CPUs back at boot and online them later: 1, 1-3, 1+2" },
    { "--mode", "MODE", set_mode, "KVM's mode: vhe (default), nvhe, protected" },
    { "--guest", NULL, set_guest, "start a KVM guest that uses SVE" },
    { "--json", "FILE", set_json, "the result for programs; - is standard output, in place of the report" },
    { "--console", "FILE", set_console, "keep everything the guest prints; - shows it on standard error" },
    { "--timeout", "TIME", set_timeout, "guest time after which a run that is not done is a hang (60s)" },
};
enum { OPTIONS = sizeof table / sizeof table[0] };

static void help(void)
{
    printf("usage: svemu lab vl --kernel IMAGE --sets 'A / B / ...' [OPTION]...\n\n");
    for (unsigned i = 0; i < OPTIONS; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", table[i].name, table[i].value ? table[i].value : "");
        printf("  %-22s %s\n", left, table[i].help);
    }
    printf("\n--initrd, --cpu, --memory, --append, --seed, --max-insns, --trace and most other options of svemu are\n"
           "understood as well (svemu --help). Without --initrd the initrd.cpio.gz of `make assets` is looked for.\n"
           "Exit status: 0 booted as asked, 10 a CPU was refused or parked, 11 the KVM guest was not run or killed,\n"
           "12 hang, 13 crash, 2 a mistake in the options, 3 something svemu lacks, 4 a defect in svemu.\n");
}

static const struct lab_option *find(const char *arg, const char **value)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        size_t n = strlen(table[i].name);
        *value = NULL;
        if (!strcmp(arg, table[i].name))
            return &table[i];
        if (table[i].value && !strncmp(arg, table[i].name, n) && arg[n] == '=')
            return *value = arg + n + 1, &table[i];
    }
    return NULL;
}

/* Options of a run that the experiment sets itself, or that have no place in it. */
static bool is_allowed(const char *arg)
{
    static const char *const names[] = { "--smp", "-smp", "--stats" };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (!strncmp(arg, names[i], n) && (!arg[n] || arg[n] == '='))
            return user_error("%s: not with lab vl; %s", arg,
                              i < 2 ? "--sets says how many CPUs there are" : "--json has the numbers");
    }
    return true;
}

/* Options of the laboratory are taken out of argv; what is left is for options_parse(). */
static bool take_options(struct lab_run *r, int argc, char **argv, int *rest)
{
    *rest = 1;
    for (int i = 1; i < argc; i++) {
        const char *value;
        const struct lab_option *o = find(argv[i], &value);
        if (!o) {
            if (!is_allowed(argv[i]))
                return false;
            argv[(*rest)++] = argv[i];
            continue;
        }
        if (o->value && !value && i + 1 == argc)
            return user_error("%s: expected %s after it", argv[i], o->value);
        if (!o->set(r, o->value && !value ? argv[++i] : value))
            return false;
    }
    return true;
}

static bool has_kernel(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--kernel") || !strcmp(argv[i], "-kernel") || !strncmp(argv[i], "--kernel=", 9))
            return true;
    return user_error("--kernel: expected a kernel to boot; `make assets` puts Debian's into "
                      "build/assets/linux-6.12/Image");
}

/* ---- What is given to the machine ---- */

bool lab_find_initrd(struct options *o)
{
    static const char *const places[] = { "assets", ".", ".." }; /* from the program's folder, then the kernel's */
    static char path[4200];
    char program[4096], kernel[4096], *slash;
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    snprintf(kernel, sizeof kernel, "%s", o->kernel);
    if ((slash = strrchr(program, '/')))
        *slash = 0;
    if ((slash = strrchr(kernel, '/')))
        *slash = 0;
    else
        strcpy(kernel, ".");
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%.4000s/%s/initrd.cpio.gz", i ? kernel : program, places[i]);
        if (!access(path, R_OK))
            return o->initrd[o->initrds++] = path, true;
    }
    return user_error("--initrd: expected an initial RAM disk with the laboratory's programs; `make assets` makes "
                      "build/assets/initrd.cpio.gz");
}

/* A --cpu for each run of CPUs with the same set; they come last, so they win. */
static bool set_cpus(struct lab_run *r)
{
    struct options *o = &r->options;
    char set[128], text[192];
    o->machine.smp = r->sets.cpus;
    for (unsigned i = 0, same; i < r->sets.cpus; i += same) {
        for (same = 1; i + same < r->sets.cpus && r->sets.set[i + same] == r->sets.set[i];)
            same++;
        if (o->cpus == MAX_CPU_OPTIONS)
            return user_error("--sets: at most %u changes of the set from one CPU to the next", MAX_CPU_OPTIONS);
        snprintf(text, sizeof text, "%u-%u:vl=%s", i, i + same - 1, vl_text(r->sets.set[i], "+", set, sizeof set));
        o->cpu[o->cpus++] = strdup(text);
    }
    return true;
}

/* panic=-1: a crash asks PSCI for a reset, at once. earlycon: the console shows each line while its function prints it.
 * cryptomgr.notests: self-tests of ciphers are a third of a boot.
 * What the user appends comes last and wins. */
static void set_command_line(struct lab_run *r)
{
    static const char *const modes[] = { "", " kvm-arm.mode=nvhe", " kvm-arm.mode=protected" };
    static char text[8192];
    char late[64] = "", maxcpus[32] = "";
    unsigned first = 0;
    while (first < r->sets.cpus && !r->sets.late[first])
        first++;
    if (first < r->sets.cpus) {
        snprintf(late, sizeof late, " late %u %u", first, r->sets.cpus - 1);
        snprintf(maxcpus, sizeof maxcpus, " maxcpus=%u", first);
    }
    snprintf(
        text, sizeof text,
        "console=ttyAMA0 earlycon panic=-1 cryptomgr.notests printk.devkmsg=on%s%s svemu.cmd=\"lab vl%s%s\"%s%.6000s",
        maxcpus, modes[r->mode], late, r->guest ? " guest" : "", r->options.machine.append ? " " : "",
        r->options.machine.append ? r->options.machine.append : "");
    r->options.machine.append = text;
}

static bool parse(struct lab_run *r, int argc, char **argv)
{
    int rest;
    memset(&wanted, 0, sizeof wanted);
    r->timeout = UINT64_C(60000000000);
    if (!take_options(r, argc, argv, &rest) || !has_kernel(rest, argv) || !options_parse(&r->options, rest, argv))
        return false;
    if (r->options.list)
        return user_error("lab vl: options that list something stand by themselves");
    if (!wanted.sets)
        return user_error("--sets: expected the vector lengths of each CPU, as in --sets '128+256 / 128+256+512'");
    if (!lab_parse_sets(wanted.sets, &r->sets) || (wanted.late && !lab_parse_late(wanted.late, &r->sets)))
        return false;
    if (r->options.machine.smp != 1 && r->options.machine.smp != r->sets.cpus) /* a machine file may say so */
        return user_error("--sets %.300s: %u CPUs, but --smp is %u", wanted.sets, r->sets.cpus, r->options.machine.smp);
    if (!r->options.initrds && !lab_find_initrd(&r->options))
        return false;
    r->options.no_reboot = r->options.machine.no_reboot = true;
    set_command_line(r);
    return set_cpus(r);
}

/* ---- The run ---- */

static bool is_dash(const char *path) { return path && !strcmp(path, "-"); }

/* NULL for - and for nothing. */
static bool open_file(const char *option, const char *path, FILE **f)
{
    *f = path && !is_dash(path) ? fopen(path, "w") : NULL;
    return *f || !path || is_dash(path) ||
           user_error("%s %s: the file cannot be written: %s", option, path, strerror(errno));
}

static bool close_file(const char *option, const char *path, FILE *f)
{
    return !f || fclose(f) == 0 || user_error("%s %s: the file cannot be written: %s", option, path, strerror(errno));
}

static bool boot(struct lab_run *r, struct machine *m, FILE *console)
{
    if (!machine_power_on(m, &r->options) || !trace_start(m))
        return false;
    if (!lab_watch_open(&r->watch, m, console, r->timeout))
        return user_error("the host has no memory for the laboratory");
    catch_defects();
    if (r->options.progress)
        progress_open(m);
    enum stop_reason why = trace_run(m);
    progress_wipe();
    lab_watch_end(&r->watch);
    if (!trace_stop())
        return false;
    r->instructions = total_instructions(m);
    r->guest_ns = m->now;
    if (why == STOP_POWEROFF && !r->watch.begun)
        return user_error(
            "--initrd %s: it powered off without a word of the laboratory's program /bin/lab; `make assets` "
            "makes one that has it",
            r->options.initrd[0]);
    lab_diagnose(r, why);
    return true;
}

static bool run(struct lab_run *r)
{
    struct cpu_config *config = cpu_options_apply(&r->options);
    FILE *json = NULL, *console = NULL;
    if (!config)
        return false;
    for (unsigned i = 0; i < r->options.traces; i++)
        if (!trace_add(r->options.trace[i].qemu ? "-d" : "--trace", r->options.trace[i].spec, r->options.trace[i].qemu))
            return false;
    struct machine *m = machine_from_options(&r->options, config);
    free(config);
    if (!m || !open_file("--json", r->json, &json) || !open_file("--console", r->console, &console) ||
        !boot(r, m, is_dash(r->console) ? stderr : console))
        return false;
    if (json)
        lab_json(r, json);
    if (is_dash(r->json))
        lab_json(r, stdout);
    else
        lab_report(r, stdout);
    lab_watch_close(&r->watch);
    board_free(m);
    machine_free(m);
    options_free(&r->options);
    return close_file("--json", r->json, json) && close_file("--console", r->console, console);
}

int lab_vl(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            help();
            return 0;
        }
    struct lab_run *r = calloc(1, sizeof *r);
    if (!r || !parse(r, argc, argv) || !run(r)) {
        fprintf(stderr, "svemu: %s\n", r ? user_error_text : "the host has no memory for the laboratory");
        free(r);
        return EXIT_USER;
    }
    int status = r->status;
    free(r);
    return status;
}
