/* The command line: one row per option. DESIGN.md, Command line. */
#include "frontends/frontends.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

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

/* Edits (insert, delete, replace, case) between two words, up to limit. */
static unsigned distance(const char *a, const char *b, unsigned limit)
{
    enum { MAX = 48 };
    unsigned row[MAX + 1], n = (unsigned)strlen(b);
    if (n > MAX || strlen(a) > MAX)
        return limit;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j * 2;
    for (; *a; a++) {
        unsigned diagonal = row[0];
        row[0] += 2;
        for (unsigned j = 1; j <= n; j++) {
            unsigned same_but_case = (*a ^ b[j - 1]) == 0x20;
            unsigned change = diagonal + (*a == b[j - 1] ? 0 : same_but_case ? 1 : 2);
            unsigned step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 2;
            diagonal = row[j];
            row[j] = change < step ? change : step;
        }
    }
    return row[n];
}

const char *nearest(const char *word, const char *const *names, unsigned count)
{
    unsigned best = (unsigned)strlen(word) + 1; /* half of the letters may be wrong */
    const char *found = NULL;
    for (unsigned i = 0; i < count; i++) {
        unsigned d = distance(word, names[i], best);
        if (d < best)
            best = d, found = names[i];
    }
    return found;
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
    (void)o;
    if (!strcmp(value, "fast"))
        return true;
    if (!strcmp(value, "inorder") || !strcmp(value, "ooo"))
        return user_error("%s %s: this timing model is not built yet, only fast is", name, value);
    return bad(name, value, "fast, inorder or ooo");
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

static bool accept(struct options *o, const char *name, const char *value)
{
    (void)o, (void)name, (void)value;
    return true;
}

static bool no_debugger(struct options *o, const char *name, const char *value)
{
    (void)o;
    return user_error("%s%s%s: the gdb server is not built yet", name, value ? " " : "", value ? value : "");
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
      "                            midr=, revidr=, mpidr=, ctr=, cntfrq=, pmu-counters=, l1d=64K/4/64, l2=none" },
    { "--strict", NULL, NULL, set_strict, "ID registers that contradict the architecture are an error, not a warning" },
    { "--machine-file", "-readconfig", "FILE", set_machine_file,
      "options from a file: one --option or key = value a line, keys of --cpu under [cpu RANGE]" },
    { "--timing", NULL, "MODEL", set_timing, "fast (inorder and ooo are not built yet)" },
    { "--quantum", NULL, "TIME", set_quantum, "how long a CPU runs before the next one's turn (10us)" },
    { "--max-insns", NULL, "N", set_max_insns, "stop after so many instructions of all CPUs" },
    { "--no-reboot", "-no-reboot", NULL, set_no_reboot, "a reset ends the run (exit status 1)" },
    { "--stats", NULL, "FILE", set_stats, "write statistics and the state hash as JSON; - prints them for people" },
    { "--progress", NULL, NULL, set_progress, "show on standard error that a quiet guest is running" },
    { "--seed", "-seed", "N", set_seed, "of UNKNOWN values, RNDR, kaslr-seed and rng-seed (0)" },
    { "--trace", NULL, "LIST[:FILTER,...][=FILE]", add_trace,
      "insn regs mem exceptions sysreg tlb walk irq vl device[.NAME] guest unimp; filters\n"
      "                            cpu= el= vmid= pc= symbol= reg= ec= time= insns= start= stop= last= dump= format=\n"
      "                            (docs/tracing.md); FILE.svt is binary, for `svemu trace dump|filter|diff|info`" },
    { "--symbols", NULL, "FILE[@OFFSET],...", add_symbols,
      "names from this ELF file, its addresses moved by OFFSET; vmid=N, el=N: only of that guest, at that EL" },
    { "--rtc", NULL, "DATE", set_rtc, "what the clock says at the start, or host (2025-01-01)" },
    { "--code-cache", NULL, "SIZE", set_code_cache, "memory for decoded instructions (128M)" },
    { "-d", NULL, "LIST", add_trace, "trace categories as QEMU names them" },
    { "-nographic", "--nographic", NULL, accept, "accepted: there is no other way" },
    { "-s", NULL, NULL, no_debugger, NULL },
    { "-S", NULL, NULL, no_debugger, NULL },
    { "-gdb", "--gdb", "DEVICE", no_debugger, NULL },
    { "--list-insns", NULL, NULL, set_list, "list every instruction row and whether it is implemented" },
    { "--list-sysregs", NULL, NULL, set_list, "list every system register" },
    { "--list-features", NULL, NULL, set_list, "list the architecture features that --cpu knows" },
    { "--list-models", NULL, NULL, set_list, "list the CPU models" },
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
    fprintf(f, "\n`svemu trace --help`: what can be done with a binary trace.");
    fprintf(f, "\n`svemu lab --help` lists experiments with CPUs of unlike vector lengths.\n");
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

bool option_apply(struct options *o, const char *name, const char *value)
{
    const char *with_name;
    const struct option *option = find(name, &with_name);
    if (!option || with_name || option->set == set_list || option->set == set_disas)
        return option && !with_name ? user_error("%s: this option is one for the command line", name) : unknown(name);
    if (option->value && option->value[0] != '[' && !value)
        return user_error("%s: expected %s after it", name, option->value);
    if (!option->value && value && strcmp(value, "yes"))
        return user_error("%s: it takes no value, not %s", name, value);
    return option->set(o, name, value);
}

bool options_parse(struct options *o, int argc, char **argv)
{
    *o = (struct options){ .memory_text = "1G" };
    o->machine = (struct machine_options){
        .smp = 1,
        .memory = 1 << 30,
        .quantum_ns = 10000,
        .code_cache = 128 << 20,
        .rtc_start = 1735689600 /* 2025-01-01: fixed, so that runs repeat */
    };
    for (int i = 1; i < argc; i++) {
        const char *value, *arg = argv[i];
        if (i == 1 && !strcmp(arg, "run"))
            continue;
        const struct option *option = find(arg, &value);
        if (!option)
            return unknown(arg);
        const char *spelling = value ? option->name : arg;
        if (option->value && !value && (option->value[0] != '[' || (i + 1 < argc && argv[i + 1][0] != '-'))) {
            if (i + 1 == argc)
                return user_error("%s: expected %s after it", arg, option->value);
            value = argv[++i];
        }
        if (!option->set(o, spelling, value))
            return false;
    }
    if (!o->list && !o->kernel)
        return user_error("--kernel: expected a kernel to run (see --help)");
    return true;
}
