/* `svemu lab cost`: options, then boots, then reports. */
#define _GNU_SOURCE /* CPU_COUNT */
#include "frontends/lab_cost.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/timing.h"

/* ---- Options ---- */

static bool set_kernel(struct cost *c, const char *value)
{
    if (c->compare)
        return user_error("--kernel %s: --ab has named both kernels", value);
    if (c->kernels == COST_KERNELS)
        return user_error("--kernel %s: at most %d of these can be given", value, COST_KERNELS);
    c->kernel[c->kernels++] = value;
    return true;
}

static bool set_modes(struct cost *c, const char *value)
{
    char *copy = strdup(value), *p = copy, *part;
    bool ok = copy;
    memset(c->mode, 0, sizeof c->mode);
    while (ok && (part = strsep(&p, ","))) {
        enum lab_mode mode = LAB_VHE;
        while (mode <= LAB_PROTECTED && strcmp(part, lab_mode_name(mode)))
            mode++;
        ok = mode <= LAB_PROTECTED || user_error("--modes %.300s: there is no mode %.40s; expected vhe, nvhe or "
                                                 "protected, or some of them as vhe,nvhe",
                                                 value, part);
        if (ok)
            c->mode[mode] = true;
    }
    free(copy);
    return ok;
}

/* N or N-M, multiples of 128: adds them. */
static bool add_lengths(char *part, uint16_t *set)
{
    uint64_t from, to;
    char *dash = strchr(part, '-');
    if (dash)
        *dash = 0;
    if (!parse_number(part, 2048, &from) || (dash && !parse_number(dash + 1, 2048, &to)))
        return false;
    if (!dash)
        to = from;
    if (!from || from % 128 || to % 128 || to < from)
        return false;
    for (; from <= to; from += 128)
        *set |= (uint16_t)(1u << (from / 128 - 1));
    return true;
}

static bool set_vl(struct cost *c, const char *value)
{
    char *copy = strdup(value), *p = copy, *part;
    bool ok = copy;
    c->vq_set = 0;
    while (ok && (part = strsep(&p, ",+")))
        ok = add_lengths(part, &c->vq_set);
    free(copy);
    return ok || user_error("--vl %.300s: expected vector lengths in bits, multiples of 128 up to 2048: 128,384 or "
                            "128-2048",
                            value);
}

static bool set_number(const char *name, const char *value, unsigned max, unsigned *to)
{
    uint64_t n;
    if (!parse_number(value, max, &n) || !n)
        return user_error("%s %.300s: expected a number from 1 to %u", name, value, max);
    *to = (unsigned)n;
    return true;
}
static bool set_rounds(struct cost *c, const char *value)
{
    return set_number("--rounds", value, COST_SAMPLES, &c->rounds);
}
static bool set_jobs(struct cost *c, const char *value) { return set_number("--jobs", value, 4096, &c->parallel); }
static bool set_timing(struct cost *c, const char *value)
{
    return parse_timing(value, &c->timing) || user_error("--timing %s: expected fast, inorder or ooo", value);
}
static bool set_model(struct cost *c, const char *value) { return c->model = value, true; }
static bool set_csv(struct cost *c, const char *value) { return c->csv = value, true; }
static bool set_svg(struct cost *c, const char *value) { return c->svg = value, true; }
static bool set_console(struct cost *c, const char *value) { return c->console = value, true; }

static const struct lab_option {
    const char *name, *value;
    bool (*set)(struct cost *c, const char *value);
    const char *help;
} table[] = {
    { "--kernel", "IMAGE", set_kernel, "may be given more than once (Debian's 6.12 of `make assets`)" },
    { "--modes", "LIST", set_modes, "of KVM: vhe, nvhe, protected, or some of them as vhe,nvhe (all)" },
    { "--vl", "LIST", set_vl, "longest vectors, in bits: 128,384 or 128-2048 (128,256,512,1024,2048)" },
    { "--rounds", "N", set_rounds, "how often each thing is measured (16)" },
    { "--model", "NAME", set_model, "the timing model (lab; see --list-models, and --model-file)" },
    { "--timing", "MODE", set_timing, "fast (a cycle is an instruction), inorder or ooo (ooo)" },
    { "--csv", "FILE", set_csv, "the numbers for programs; - is standard output, in place of the tables" },
    { "--svg", "FILE|DIR", set_svg, "plots against the vector length: all in one file, or a file each in a folder" },
    { "--console", "DIR", set_console, "keep what each boot prints in this folder" },
    { "--jobs", "N", set_jobs, "boots at a time; also -j (the host's cores)" },
};
enum { OPTIONS = sizeof table / sizeof table[0] };

static void help(void)
{
    printf("usage: svemu lab cost [--kernel IMAGE]... [OPTION]...\n"
           "       svemu lab cost --ab IMAGE_A IMAGE_B [OPTION]...\n\n");
    for (unsigned i = 0; i < OPTIONS; i++) {
        char left[64];
        snprintf(left, sizeof left, "%s %s", table[i].name, table[i].value);
        printf("  %-18s %s\n", left, table[i].help);
    }
    printf("  %-18s %s\n", "--ab A B", "compare two kernels, largest difference first");
    printf("\n--initrd, --cpu, --memory, --append, --seed, --trace and most other options of svemu are understood as\n"
           "well (svemu --help), for every boot. Without --initrd the initrd.cpio.gz of `make assets` is looked for.\n"
           "Exit status: 0 everything was measured, 1 not everything, 2 a mistake in the options.\n");
}

static bool take_ab(struct cost *c, int argc, char **argv, int *i)
{
    if (*i + 2 >= argc)
        return user_error("--ab: expected two kernels after it");
    if (c->kernels)
        return user_error("--ab %s %s: %s", argv[*i + 1], argv[*i + 2],
                          c->compare ? "it can be given once" : "both kernels are named here, so leave --kernel out");
    c->compare = true;
    c->kernels = 2;
    c->kernel[0] = argv[++*i];
    c->kernel[1] = argv[++*i];
    return true;
}

static const struct lab_option *find(const char *arg, const char **value)
{
    for (unsigned i = 0; i < OPTIONS; i++) {
        size_t n = strlen(table[i].name);
        *value = NULL;
        if (!strcmp(arg, table[i].name))
            return &table[i];
        if (!strncmp(arg, table[i].name, n) && arg[n] == '=')
            return *value = arg + n + 1, &table[i];
    }
    return !strcmp(arg, "-j") ? &table[OPTIONS - 1] : NULL;
}

/* Options of a machine that the experiment sets itself, or that have no place in it. */
static bool is_allowed(const char *arg)
{
    static const char *const names[] = { "--smp",   "-smp",      "--stats",   "--gdb",  "-s",
                                         "-S",      "--record",  "--replay",  "--from", "--snapshot-at",
                                         "-kernel", "--quantum", "--display", "--dtb" };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        size_t n = strlen(names[i]);
        if (!strncmp(arg, names[i], n) && (!arg[n] || arg[n] == '='))
            return user_error("%s: not with lab cost, which makes its machines itself", arg);
    }
    return true;
}

static bool take_options(struct cost *c, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const char *value;
        const struct lab_option *o = find(argv[i], &value);
        if (!strcmp(argv[i], "--ab")) {
            if (!take_ab(c, argc, argv, &i))
                return false;
        } else if (!o) {
            if (!is_allowed(argv[i]))
                return false;
            argv[1 + c->more++] = argv[i];
        } else if (!value && i + 1 == argc) {
            return user_error("%s: expected %s after it", argv[i], o->value);
        } else if (!o->set(c, value ? value : argv[++i])) {
            return false;
        }
    }
    c->argv = argv;
    return true;
}

/* Debian's, beside the program. */
static bool find_kernel(struct cost *c)
{
    static char path[4200];
    ssize_t n = readlink("/proc/self/exe", path, 4096);
    path[n > 0 ? n : 0] = 0;
    char *slash = strrchr(path, '/');
    if (slash)
        strcpy(slash, "/assets/linux-6.12/Image");
    if (!slash || access(path, R_OK))
        return user_error("--kernel: expected a kernel to measure; `make assets` puts Debian's into "
                          "build/assets/linux-6.12/Image");
    c->kernel[c->kernels++] = path;
    return true;
}

static bool make_jobs(struct cost *c)
{
    c->job = calloc((size_t)c->kernels * 3 * 16, sizeof *c->job);
    if (!c->job)
        return user_error("the host has no memory for the laboratory");
    for (unsigned k = 0; k < c->kernels; k++)
        for (enum lab_mode mode = LAB_VHE; mode <= LAB_PROTECTED; mode++)
            for (unsigned vq = 1; vq <= 16; vq++)
                if (c->mode[mode] && c->vq_set >> (vq - 1) & 1)
                    c->job[c->jobs++] = (struct cost_job){ .kernel = k, .mode = mode, .bits = 128 * vq };
    return true;
}

static bool parse(struct cost *c, int argc, char **argv)
{
    cpu_set_t cores;
    c->mode[LAB_VHE] = c->mode[LAB_NVHE] = c->mode[LAB_PROTECTED] = true;
    c->rounds = 16;
    c->timing = TIMING_OOO;
    c->parallel = sched_getaffinity(0, sizeof cores, &cores) ? 1 : (unsigned)CPU_COUNT(&cores);
    c->vq_set = 1u << 0 | 1u << 1 | 1u << 3 | 1u << 7 | 1u << 15;
    return take_options(c, argc, argv) && (c->kernels || find_kernel(c)) && make_jobs(c) && cost_check(c);
}

/* ---- Results ---- */

static bool is_dash(const char *path) { return path && !strcmp(path, "-"); }

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

static bool is_folder(const char *path)
{
    struct stat s;
    return !stat(path, &s) && S_ISDIR(s.st_mode);
}

/* A file for each measurement. */
static bool write_plots(const struct cost *c)
{
    char path[4300];
    FILE *f;
    for (unsigned row = 0; row < COSTS; row++) {
        snprintf(path, sizeof path, "%.4096s/%s.svg", c->svg, cost_row[row].name);
        if (!open_file("--svg", path, &f))
            return false;
        cost_svg_one(c, row, f);
        if (!close_file("--svg", path, f))
            return false;
    }
    return true;
}

/* Files first: whoever reads the tables may stop doing so. */
static bool report(const struct cost *c, FILE *csv, FILE *svg)
{
    if (csv)
        cost_csv(c, csv);
    if (svg)
        cost_svg(c, svg);
    if (!close_file("--csv", c->csv, csv) || !close_file("--svg", c->svg, svg) || (c->svg && !svg && !write_plots(c)))
        return false;
    if (is_dash(c->csv))
        cost_csv(c, stdout);
    else if (c->compare)
        cost_compare_text(c, stdout);
    else
        cost_text(c, stdout);
    return true;
}

int lab_cost(int argc, char **argv)
{
    struct cost c = { 0 };
    FILE *csv = NULL, *svg = NULL;
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            help();
            return 0;
        }
    bool ok = parse(&c, argc, argv) && open_file("--csv", c.csv, &csv) &&
              (!c.svg || is_folder(c.svg) || open_file("--svg", c.svg, &svg)) && cost_run(&c) && report(&c, csv, svg);
    if (!ok)
        fprintf(stderr, "svemu: %s\n", user_error_text);
    int status = ok ? 0 : EXIT_USER;
    for (unsigned i = 0; ok && i < c.jobs; i++)
        if (c.job[i].failure[0])
            status = EXIT_STOPPED;
    free(c.job);
    return status;
}
