/* The command line: one row per option. DESIGN.md, Command line. */
#define _GNU_SOURCE /* asprintf */
#include "frontends/frontends.h"
#include "frontends/gdb.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/snapshot.h"

char user_error_text[1024];

bool user_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(user_error_text, sizeof user_error_text, format, args);
    va_end(args);
    return false;
}

void user_warning(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("svemu: warning: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

/* ---- Values ---- */

bool parse_number(const char *text, uint64_t max, uint64_t *n)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    *n = strtoull(text, &end, text[0] == '0' && text[1] == 'x' ? 16 : 10);
    return !errno && !*end && *n <= max;
}

/* A number and one of the units, which multiply it; an empty unit's factor is for the bare number. */
struct unit {
    const char *name;
    uint64_t factor;
};
static bool parse_units(const char *text, const struct unit *units, unsigned count, uint64_t *value)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(end, units[i].name) && !errno && n <= UINT64_MAX / units[i].factor)
            return *value = n * units[i].factor, true;
    return false;
}

bool parse_size(const char *text, uint64_t *bytes)
{
    static const struct unit units[] = {
        { "", 1 << 20 },
        { "K", 1 << 10 },
        { "k", 1 << 10 },
        { "KiB", 1 << 10 },
        { "M", 1 << 20 },
        { "m", 1 << 20 },
        { "MiB", 1 << 20 },
        { "G", 1 << 30 },
        { "g", 1 << 30 },
        { "GiB", 1 << 30 },
        { "T", UINT64_C(1) << 40 },
        { "t", UINT64_C(1) << 40 },
        { "TiB", UINT64_C(1) << 40 },
    };
    return parse_units(text, units, sizeof units / sizeof units[0], bytes);
}

bool parse_time(const char *text, uint64_t *ns)
{
    static const struct unit units[] = { { "ns", 1 }, { "us", 1000 }, { "ms", 1000000 }, { "s", 1000000000 } };
    return parse_units(text, units, sizeof units / sizeof units[0], ns);
}

bool parse_date(const char *text, int64_t *seconds)
{
    struct tm tm = { 0 };
    int used = 0;
    uint64_t n;
    if (!strcmp(text, "host"))
        return *seconds = time(NULL), true;
    if (*text == '@')
        return parse_number(text + 1, INT64_MAX, &n) && (*seconds = (int64_t)n, true);
    if (sscanf(text, "%4d-%2d-%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &used) != 3 || used != 10)
        return false;
    text += used, used = 0;
    if (*text && (sscanf(text, "T%2d:%2d:%2d%n", &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 3 || used != 9))
        return false;
    text += used;
    if (*text && strcmp(text, "Z"))
        return false;
    struct tm asked = tm;
    tm.tm_year -= 1900, tm.tm_mon -= 1;
    *seconds = timegm(&tm);
    /* timegm makes the 2nd of March of the 30th of February: a date that it changes is none */
    return tm.tm_mday == asked.tm_mday && tm.tm_mon == asked.tm_mon - 1 && tm.tm_hour == asked.tm_hour &&
           tm.tm_min == asked.tm_min && tm.tm_sec == asked.tm_sec && *seconds >= 0;
}

/* ---- The options ---- */

typedef bool option_fn(struct options *o, const char *name, const char *value);

static bool bad(const char *name, const char *value, const char *expected)
{
    return user_error("%s %s: expected %s", name, value, expected);
}

/* A file to read; one that a machine file names is looked for at once, so that the error has its line. */
static bool input_file(struct options *o, const char *name, const char *value, const char **path)
{
    *path = option_path(o, value);
    if (o->file_path && access(*path, R_OK))
        return user_error("%s %s: the file cannot be read: %s", name, *path, strerror(errno));
    return true;
}

static bool set_kernel(struct options *o, const char *name, const char *value)
{
    return input_file(o, name, value, &o->kernel);
}
static bool set_dtb(struct options *o, const char *name, const char *value)
{
    return input_file(o, name, value, &o->dtb);
}
static bool set_append(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->machine.append = value;
    return true;
}
static bool set_stats(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->stats = strcmp(value, "-") ? option_path(o, value) : value;
    return true;
}
static bool set_ledger(struct options *o, const char *name, const char *value)
{
    (void)name, (void)value;
    return o->ledger = true;
}
static bool set_ledger_parts(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->ledger_parts = option_path(o, value);
    return true;
}
static bool add_initrd(struct options *o, const char *name, const char *value)
{
    if (o->initrds == MAX_INITRDS)
        return user_error("%s %s: at most %d archives can be given", name, value, MAX_INITRDS);
    return input_file(o, name, value, &o->initrd[o->initrds++]);
}
static bool add_cpu(struct options *o, const char *name, const char *value)
{
    if (o->cpus == MAX_CPU_OPTIONS)
        return user_error("%s %s: at most %d of these can be given", name, value, MAX_CPU_OPTIONS);
    o->cpu_place[o->cpus] = option_place(o);
    o->cpu[o->cpus++] = value;
    return true;
}
static bool add_trace(struct options *o, const char *name, const char *value)
{
    if (o->traces == MAX_TRACES)
        return user_error("%s %s: at most %d of these can be given", name, value, MAX_TRACES);
    o->trace[o->traces++] = (struct trace_option){ value, !strcmp(name, "-d") };
    return true;
}

static bool add_symbols(struct options *o, const char *name, const char *value)
{
    if (o->symbols == MAX_SYMBOL_FILES)
        return user_error("%s %s: at most %d of these can be given", name, value, MAX_SYMBOL_FILES);
    o->symbol_file[o->symbols++] = option_path(o, value);
    return true;
}

static bool set_memory(struct options *o, const char *name, const char *value)
{
    if (!parse_size(value, &o->machine.memory))
        return bad(name, value, "a size such as 512M or 4G");
    if (!o->machine.memory || o->machine.memory % 0x10000)
        return bad(name, value, "a multiple of 64 KiB above 0");
    o->memory_text = value;
    return true;
}

static bool set_smp(struct options *o, const char *name, const char *value)
{
    uint64_t n;
    const char *number = strncmp(value, "cpus=", 5) ? value : value + 5;
    if (!parse_number(number, MAX_CPUS, &n) || !n)
        return user_error("%s %s: expected a number of CPUs from 1 to %d", name, value, MAX_CPUS);
    o->machine.smp = (unsigned)n;
    return true;
}

static bool set_timing(struct options *o, const char *name, const char *value)
{
    if (!parse_timing(value, &o->timing))
        return bad(name, value, "fast, inorder or ooo");
    if (o->from && !o->from_applies)
        o->timing_again = true;
    else
        o->made_timing = o->timing;
    return true;
}

static bool set_timing_from(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->timing_from = value;
    o->timing_from_again = o->from && !o->from_applies;
    return true;
}
static bool set_timing_to(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->timing_to = value;
    return true;
}

static bool set_model_file(struct options *o, const char *name, const char *value)
{
    return add_model_file(name, option_path(o, value));
}

static bool set_quantum(struct options *o, const char *name, const char *value)
{
    if (!parse_time(value, &o->machine.quantum_ns))
        return bad(name, value, "a time such as 10us or 1ms");
    if (!o->machine.quantum_ns || o->machine.quantum_ns > 1000000000)
        return bad(name, value, "a time from 1ns to 1s");
    return true;
}

static bool set_max_insns(struct options *o, const char *name, const char *value)
{
    if (!parse_number(value, UINT64_MAX, &o->machine.max_insns) || !o->machine.max_insns)
        return bad(name, value, "a number of instructions above 0");
    return true;
}

static bool set_seed(struct options *o, const char *name, const char *value)
{
    return parse_number(value, UINT64_MAX, &o->machine.seed) || bad(name, value, "a number");
}

static bool set_rtc(struct options *o, const char *name, const char *value)
{
    return parse_date(value, &o->machine.rtc_start) ||
           bad(name, value, "YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS, @SECONDS or host");
}

static bool set_code_cache(struct options *o, const char *name, const char *value)
{
    if (!parse_size(value, &o->machine.code_cache) || o->machine.code_cache < 1 << 20)
        return bad(name, value, "a size of 1M or more");
    return true;
}

static bool set_no_reboot(struct options *o, const char *name, const char *value)
{
    (void)name, (void)value;
    return o->machine.no_reboot = o->no_reboot = true;
}

static bool set_strict(struct options *o, const char *name, const char *value)
{
    (void)name, (void)value;
    return o->strict = true;
}

static bool set_progress(struct options *o, const char *name, const char *value)
{
    (void)name, (void)value;
    return o->progress = true;
}

static bool set_no_display(struct options *o, const char *name, const char *value)
{
    (void)value;
    return display_option(o, name, "none");
}

static bool add_snapshot(struct options *o, const char *name, const char *value)
{
    if (o->snapshots == MAX_SNAPSHOTS)
        return user_error("%s %s: at most %d of these can be given", name, value, MAX_SNAPSHOTS);
    o->snapshot_at[o->snapshots++] = value;
    return true;
}

/* options_parse has opened it before everything else. */
static bool check_from(struct options *o, const char *name, const char *value)
{
    if (strcmp(value, o->from_path ? o->from_path : ""))
        return user_error("%s %s: one snapshot can be given, on the command line", name, value);
    return true;
}

static bool set_record(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->record = value;
    return true;
}
static bool set_replay(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->replay = value;
    return true;
}

/* INTERVAL[,SIZE] */
static bool set_checkpoints(struct options *o, const char *name, const char *value)
{
    char interval[32];
    const char *comma = value + strcspn(value, ",");
    o->checkpoint_bytes = UINT64_C(1) << 30;
    snprintf(interval, sizeof interval, "%.*s", (int)(comma - value), value);
    if (!parse_number(interval, UINT64_MAX, &o->checkpoint_interval) || o->checkpoint_interval < 1000 ||
        (*comma && !parse_size(comma + 1, &o->checkpoint_bytes)))
        return bad(name, value, "a number of instructions from 1000 on, and perhaps a comma and a size such as 512M");
    return true;
}

static bool set_gdb(struct options *o, const char *name, const char *value)
{
    o->gdb = value ? value : "tcp::1234"; /* -s */
    o->gdb_option = name;
    return gdb_check_spec(name, o->gdb);
}

static bool set_wait_for_gdb(struct options *o, const char *name, const char *value)
{
    (void)name, (void)value;
    return o->wait_for_gdb = true;
}

static bool set_list(struct options *o, const char *name, const char *value)
{
    static const char *const names[] = {
        "", "--list-insns", "--list-sysregs", "--list-features", "--list-models", "--version", "--help"
    };
    (void)value;
    o->list = LIST_HELP; /* -h */
    for (unsigned i = LIST_INSNS; i <= LIST_HELP; i++)
        if (!strcmp(name, names[i]))
            o->list = i;
    return true;
}

static bool set_disas(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->disas = value;
    o->list = LIST_DISAS;
    return true;
}

static bool set_explain(struct options *o, const char *name, const char *value)
{
    (void)name;
    o->explain = value;
    o->list = LIST_EXPLAIN;
    return true;
}

static bool set_machine_file(struct options *o, const char *name, const char *value)
{
    return machine_file(o, name, option_path(o, value));
}

static const struct option {
    const char *name, *qemu; /* the spelling that QEMU has for it */
    const char *value;       /* NULL: takes none; [X]: takes one if what follows is no option */
    option_fn *set;
    const char *help;
} table[] = {
    { "--kernel", "-kernel", "FILE", set_kernel,
      "arm64 Image (raw, gzip'ed or EFI zboot) or AArch64 ELF file, entered at EL2" },
    { "--initrd", "-initrd", "FILE", add_initrd, "initial RAM disk; given more than once they are concatenated" },
    { "--append", "-append", "TEXT", set_append, "the kernel's command line" },
    { "--dtb", "-dtb", "FILE", set_dtb, "this device tree instead of the board's own" },
    { "--device", "-device", "NAME,...", add_device,
      "put a file into RAM: loader,file=FILE,addr=ADDRESS, or, for a hypervisor's guest,\n"
      "                            guest-loader,addr=ADDRESS,kernel=FILE|initrd=FILE[,bootargs=TEXT]" },
    { "--memory", "-m", "SIZE", set_memory, "RAM: 512M, 4G; a bare number is MiB (1G)" },
    { "--smp", "-smp", "N", set_smp, "number of CPUs (1)" },
    { "--cpu", NULL, "RANGE:KEY=VALUE,...", add_cpu,
      "CPUs all, N, N-M or N+M: vl=none|max|pow2:N|128+256|128-512,\n"
      "                            model=, clock=1GHz, pauth=impdef|qarma5|qarma3, FEAT_X=yes|no, ID_REG.FIELD=VALUE,\n"
      "                            midr=, revidr=, mpidr=, ctr=, cntfrq=, pmu-counters=, l1d=64K/4/64, l2=none,\n"
      "                            timing=fast|inorder|ooo, timing-model=NAME" },
    { "--strict", NULL, NULL, set_strict, "ID registers that contradict the architecture are an error, not a warning" },
    { "--machine-file", "-readconfig", "FILE", set_machine_file,
      "options from a file: one --option or key = value a line, keys of --cpu under [cpu RANGE]" },
    { "--timing", NULL, "MODE", set_timing, "fast (an instruction a cycle, the default), inorder or ooo" },
    { "--timing-from", NULL, "WHERE", set_timing_from,
      "fast up to there: a function (guest:NAME: a guest's), ec:CLASS or insn:COUNT, as start= of --trace" },
    { "--timing-to", NULL, "WHERE", set_timing_to, "fast again from there on" },
    { "--model-file", NULL, "FILE", set_model_file,
      "a timing model more, for model= and timing-model= (docs/timing.md)" },
    { "--quantum", NULL, "TIME", set_quantum, "how long a CPU runs before the next one's turn (10us)" },
    { "--max-insns", NULL, "N", set_max_insns, "stop after so many instructions of all CPUs" },
    { "--no-reboot", "-no-reboot", NULL, set_no_reboot, "a reset ends the run (exit status 1)" },
    { "--stats", NULL, "FILE", set_stats, "write statistics and the state hash as JSON; - prints them for people" },
    { "--ledger", NULL, NULL, set_ledger,
      "with --timing fast, too, say what world switches are spent on; as slow as a trace (docs/stats.md)" },
    { "--ledger-parts", NULL, "FILE", set_ledger_parts, "functions of the host's kernel by part of a world switch" },
    { "--progress", NULL, NULL, set_progress, "show on standard error that a quiet guest is running" },
    { "--seed", "-seed", "N", set_seed, "of UNKNOWN values, RNDR, kaslr-seed and rng-seed (0)" },
    { "--trace", NULL, "LIST[:FILTER,...][=FILE]", add_trace,
      "insn regs mem exceptions sysreg tlb walk irq vl timing device[.NAME] guest unimp; filters\n"
      "                            cpu= el= vmid= pc= symbol= reg= ec= time= insns= start= stop= last= dump= format=\n"
      "                            (docs/tracing.md); FILE.svt is binary, for `svemu trace dump|filter|diff|info`" },
    { "--symbols", NULL, "FILE[@OFFSET],...", add_symbols,
      "names from this ELF file, its addresses moved by OFFSET; vmid=N, el=N: only of that guest, at that EL" },
    { "--rtc", NULL, "DATE", set_rtc, "what the clock says at the start, or host (2025-01-01)" },
    { "--code-cache", NULL, "SIZE", set_code_cache, "memory for decoded instructions (128M)" },
    { "--record", NULL, "FILE", set_record, "keep the console's input with its places in the run" },
    { "--replay", NULL, "FILE", set_replay, "repeat a run that was recorded, with the same other options" },
    { "--checkpoints", NULL, "N[,SIZE]", set_checkpoints,
      "for going back: keep the machine's state every N instructions, in at most SIZE (1G)" },
    { "--from", NULL, "SNAPSHOT", check_from, "go on from a snapshot, which brings its machine with it" },
    { "--snapshot-at", NULL, "WHEN:FILE", add_snapshot,
      "save the machine after WHEN instructions of all CPUs, or when a guest is first entered (guest)" },
    { "-d", NULL, "LIST", add_trace, "trace categories as QEMU names them" },
    { "--display", "-display", "none|sdl[,...]", display_option,
      "a window with the console and a panel for each CPU: sdl,size=1280x800,framebuffer=1024x768 (none)" },
    { "-nographic", "--nographic", NULL, set_no_display, "as --display none" },
    { "--gdb", "-gdb", "PORT", set_gdb, "listen for gdb at a port of this machine (0: any), or at unix:PATH" },
    { "-s", NULL, NULL, set_gdb, "the same as --gdb 1234" },
    { "-S", NULL, NULL, set_wait_for_gdb, "wait for gdb before the first instruction" },
    { "--list-insns", NULL, NULL, set_list, "list every instruction row and whether it is implemented" },
    { "--list-sysregs", NULL, NULL, set_list, "list every system register" },
    { "--list-features", NULL, NULL, set_list, "list the architecture features that --cpu knows" },
    { "--list-models", NULL, NULL, set_list, "list the CPU models and the timing models" },
    { "--explain-model", NULL, "NAME|FILE", set_explain, "all that a timing model says, with its sources" },
    { "--disas", NULL, "[FILE]", set_disas, "disassemble an ELF file, or hexadecimal words of standard input" },
    { "--version", NULL, NULL, set_list, "print the version" },
    { "--help", "-h", NULL, set_list, "print this" },
};
enum { OPTIONS = sizeof table / sizeof table[0] };

void options_help(FILE *f)
{
    fprintf(f, "usage: svemu [run] --kernel FILE [OPTION]...\n\n");
    for (unsigned i = 0; i < OPTIONS; i++) {
        char left[64];
        if (!table[i].help)
            continue;
        snprintf(left, sizeof left, "%s %s", table[i].name, table[i].value ? table[i].value : "");
        fprintf(f, "  %-25s %s%s\n", left, strlen(left) > 25 ? "\n                            " : "", table[i].help);
    }
    fprintf(f, "\n`svemu lab --help` lists experiments with CPUs of unlike vector lengths.\n"
               "`svemu stats A.json [B.json]` prints what --stats has written, or compares two runs.\n"
               "`svemu trace --help` lists what can be done with a binary trace.\n");
    fprintf(f,
            "\nCtrl-A x quits, Ctrl-A c is the monitor, Ctrl-A Ctrl-A sends Ctrl-A.\n"
            "Exit status: 0 the guest powered off or the user quit, 1 reset with --no-reboot, nothing left to run or\n"
            "--max-insns reached, 2 a mistake in the options, 3 something svemu lacks, 4 a defect in svemu.\n");
}

/* --name=value and --name value. */
static const struct option *find(const char *arg, const char **value)
{
    *value = NULL;
    for (unsigned i = 0; i < OPTIONS; i++) {
        size_t n = strlen(table[i].name);
        if (!strcmp(arg, table[i].name) || (table[i].qemu && !strcmp(arg, table[i].qemu)))
            return &table[i];
        if (n > 2 && table[i].value && !strncmp(arg, table[i].name, n) && arg[n] == '=')
            return *value = arg + n + 1, &table[i];
    }
    return NULL;
}

static bool unknown(const char *arg)
{
    const char *names[2 * OPTIONS];
    char word[64];
    unsigned n = 0;
    for (unsigned i = 0; i < OPTIONS; i++) {
        names[n++] = table[i].name;
        if (table[i].qemu)
            names[n++] = table[i].qemu;
    }
    snprintf(word, sizeof word, "%.*s", (int)strcspn(arg, "="), arg);
    const char *like = nearest(word, names, n);
    if (arg[0] != '-')
        return user_error("%s: expected an option (see --help)", arg);
    return user_error("%s: there is no such option%s%s", arg, like ? "; the nearest is " : " (see --help)",
                      like ? like : "");
}

bool option_is_machine_file(const char *name)
{
    const char *value;
    const struct option *option = find(name, &value);
    return option && option->set == set_machine_file;
}

/* ---- The options that make the machine, and --from ---- */

/* Does the option make the machine what it is, so that snapshots keep it? The others are about the run. */
static bool makes_machine(const struct option *option)
{
    option_fn *const fn[] = { set_memory, set_smp,    add_cpu,         set_quantum,  set_seed,
                              set_rtc,    set_timing, set_timing_from, set_timing_to };
    for (unsigned i = 0; i < sizeof fn / sizeof fn[0]; i++)
        if (option->set == fn[i])
            return true;
    return false;
}

/* What may be another in a run from a snapshot than it was before. */
static bool changes_timing(const struct option *option)
{
    return option->set == set_timing || option->set == set_timing_from || option->set == set_timing_to;
}

/* As snapshots keep it: with dashes, and nothing that is the host's. malloc'ed. */
static char *made_line(const struct option *option, const char *value)
{
    char *line, clock[32];
    int64_t seconds;
    if (option->set == set_rtc && parse_date(value, &seconds)) {
        snprintf(clock, sizeof clock, "@%" PRId64, seconds);
        value = clock;
    }
    return asprintf(&line, "%s %s\n", option->name, value) < 0 ? NULL : line;
}

static bool has_line(const char *text, const char *line)
{
    size_t n = strlen(line);
    for (; strlen(text) >= n; text += strcspn(text, "\n") + 1)
        if (!strncmp(text, line, n))
            return true;
    return false;
}

static bool keep_line(struct options *o, const char *line)
{
    size_t before = o->made_with ? strlen(o->made_with) : 0;
    char *text = realloc(o->made_with, before + strlen(line) + 1);
    if (!text)
        return user_error("the host has no memory for the options");
    strcpy(text + before, line);
    o->made_with = text;
    return true;
}

/* With --from the machine is the snapshot's: options that make it may be repeated, but not say anything else. */
static bool apply(struct options *o, const struct option *option, const char *spelling, const char *value)
{
    if (!makes_machine(option))
        return option->set(o, spelling, value);
    bool given = o->from && !o->from_applies;
    if (given && changes_timing(option)) /* the machine goes on with another */
        return option->set(o, spelling, value);
    if (!given && !option->set(o, spelling, value))
        return false;
    char *line = made_line(option, value);
    bool ok = line || user_error("the host has no memory for the options");
    if (ok && given)
        ok = has_line(snapshot_options(o->from), line) ||
             user_error("%s %s: the machine is that of --from %s, which was not made with this; leave it out", spelling,
                        value, o->from_path);
    else if (ok)
        ok = keep_line(o, line);
    free(line);
    return ok;
}

/* One line of a snapshot's options: only those that snapshots keep are believed. */
static bool apply_made_line(struct options *o, char *line)
{
    const char *with_name;
    char *value = line + strcspn(line, " ");
    if (*value)
        *value++ = 0;
    const struct option *option = find(line, &with_name);
    if (!option || !makes_machine(option))
        return user_error("--from %s: it asks for %s, which is no option of a machine", o->from_path, line);
    return apply(o, option, option->name, value);
}

static bool apply_from(struct options *o)
{
    char *text = strdup(snapshot_options(o->from)), *rest = text; /* values live as long as the program */
    bool ok = text || user_error("--from %s: the host has no memory for it", o->from_path);
    o->from_applies = true;
    for (char *line; ok && (line = strsep(&rest, "\n"));)
        ok = !*line || apply_made_line(o, line);
    o->from_applies = false;
    return ok;
}

static bool open_from(struct options *o, const char *path)
{
    const char *error;
    o->from_path = path;
    o->from = snapshot_open(path, &error);
    return o->from ? apply_from(o) : user_error("--from %s: %s", path, error);
}

bool option_apply(struct options *o, const char *name, const char *value)
{
    const char *with_name;
    const struct option *option = find(name, &with_name);
    if (!option || with_name || option->set == set_list || option->set == set_disas || option->set == set_explain)
        return option && !with_name ? user_error("%s: this option is one for the command line", name) : unknown(name);
    if (option->value && option->value[0] != '[' && !value)
        return user_error("%s: expected %s after it", name, option->value);
    if (!option->value && value && strcmp(value, "yes"))
        return user_error("%s: it takes no value, not %s", name, value);
    return apply(o, option, name, value);
}

/* The option at argv[*i] and its value, *i to what it ends with. NULL with user_error. */
static const struct option *next_option(int argc, char **argv, int *i, const char **spelling, const char **value)
{
    const char *arg = argv[*i];
    const struct option *option = find(arg, value);
    if (!option) {
        (void)!unknown(arg);
        return NULL;
    }
    *spelling = *value ? option->name : arg;
    if (option->value && !*value && (option->value[0] != '[' || (*i + 1 < argc && argv[*i + 1][0] != '-'))) {
        if (*i + 1 == argc) {
            (void)!user_error("%s: expected %s after it", arg, option->value);
            return NULL;
        }
        *value = argv[++*i];
    }
    return option;
}

void options_free(struct options *o)
{
    free(o->made_with);
    o->made_with = NULL;
}

bool options_parse(struct options *o, int argc, char **argv)
{
    *o = (struct options){ .memory_text = "1G", .display = { .width = 1280, .height = 832 } };
    o->machine = (struct machine_options){
        .smp = 1,
        .memory = 1 << 30,
        .quantum_ns = 10000,
        .code_cache = 128 << 20,
        .rtc_start = 1735689600 /* 2025-01-01: fixed, so that runs repeat */
    };
    int first = argc > 1 && !strcmp(argv[1], "run") ? 2 : 1;
    const char *spelling, *value;
    for (int i = first; i < argc; i++) { /* the machine that the others are about */
        const struct option *option = next_option(argc, argv, &i, &spelling, &value);
        if (!option)
            return false;
        if (option->set == check_from && !o->from && !open_from(o, value))
            return false;
    }
    for (int i = first; i < argc; i++) {
        const struct option *option = next_option(argc, argv, &i, &spelling, &value);
        if (!option || !apply(o, option, spelling, value))
            return false;
    }
    if (o->wait_for_gdb && !o->gdb)
        return user_error("-S: nothing listens for the debugger that is to be waited for; add -s or --gdb PORT");
    if (o->from && !o->kernel) /* nothing that a reset could boot */
        o->machine.no_reboot = o->no_reboot = true;
    if (o->replay && !replay_open(o->replay, &o->machine.rtc_start))
        return false;
    if (!o->list && !o->kernel && !o->from)
        return user_error("--kernel: expected a kernel to run (see --help)");
    return true;
}
