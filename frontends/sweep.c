/* svemu lab sweep: options, and the jobs they ask for. docs/lab.md. */
#define _GNU_SOURCE /* asprintf, CPU_COUNT */
#include "frontends/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_JOBS = 200000, MAX_LATE = 2, MAX_MODES = 3 };

struct sweep_options {
    struct sweep sweep;
    struct lab_sets **sets; /* all early */
    unsigned sets_count;
    const char *mode[MAX_MODES];
    unsigned modes;
    const char *late[MAX_LATE]; /* "": none, "all": all but CPU 0, else as --late has it */
    unsigned lates;
    bool guest, resume, print_jobs;
    void *ids; /* tsearch tree of the jobs' ids */
};

/* ---- Paths and text ---- */

char *sweep_path(const char *dir, const char *folder, const char *name, const char *suffix)
{
    char *path;
    if (asprintf(&path, "%s/%s%s%s%s", dir, folder, *folder ? "/" : "", name, suffix) < 0)
        abort();
    return path;
}

/* What the program that runs jobs is called unless --program says otherwise. */
static const char *own_program(void)
{
    static char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    return n > 0 ? path : "svemu";
}

/* As a shell takes it. */
static void print_quoted(const char *word)
{
    if (*word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_./=:,@%")]) {
        fputs(word, stdout);
        return;
    }
    putchar('\'');
    for (; *word; word++)
        *word == '\'' ? (void)fputs("'\\''", stdout) : (void)putchar(*word);
    putchar('\'');
}

static void *grown(void *array, unsigned count, size_t size)
{
    if (count & (count - 1)) /* grows at powers of two */
        return array;
    void *p = realloc(array, (count ? 2 * (size_t)count : 1) * size);
    if (!p)
        abort();
    return p;
}

/* ---- Sets ---- */

/* A set of sets: as text once; the late CPUs are chosen for each job. */
static bool add_sets(struct sweep_options *o, const char *text)
{
    struct lab_sets *s = malloc(sizeof *s);
    if (!s)
        abort();
    if (!lab_parse_sets(text, s)) {
        free(s);
        return false;
    }
    o->sets = grown(o->sets, o->sets_count, sizeof *o->sets);
    o->sets[o->sets_count++] = s;
    return true;
}

/* One per line; # begins a comment. */
static bool add_sets_file(struct sweep_options *o, const char *path)
{
    char *line = NULL;
    size_t room = 0;
    unsigned number = 0;
    bool ok = true;
    FILE *f = fopen(path, "r");
    if (!f)
        return user_error("--sets @%s: %s", path, strerror(errno));
    while (ok && getline(&line, &room, f) > 0) {
        number++;
        line[strcspn(line, "#\r\n")] = 0;
        if (!line[strspn(line, " \t")] || (ok = add_sets(o, line)))
            continue;
        char why[sizeof user_error_text];
        memcpy(why, user_error_text, sizeof why);
        user_error("%.400s:%u: %.500s", path, number, why);
    }
    free(line);
    fclose(f);
    return ok;
}

static bool set_sets(struct sweep_options *o, const char *value)
{
    return *value == '@' ? add_sets_file(o, value + 1) : add_sets(o, value);
}

/* All pairs of the subsets that have 128, in the order of their bits. */
static bool set_sets_of(struct sweep_options *o, const char *value)
{
    char *copy = strdup(value), *p = copy, *part;
    uint16_t any = 0;
    bool ok = copy;
    while (ok && (part = strsep(&p, ", +"))) {
        uint64_t bits;
        if (!*part)
            continue;
        if (!parse_number(part, 2048, &bits) || !bits || bits % 128)
            ok = user_error("--sets-of %.300s: %.40s is no vector length; expected multiples of 128 up to 2048, as "
                            "128,256,512",
                            value, part);
        else
            any |= (uint16_t)(1u << (bits / 128 - 1));
    }
    free(copy);
    if (ok && !(any & 1))
        ok = user_error("--sets-of %.300s: 128 is missing, which every CPU with SVE has", value);
    if (ok && __builtin_popcount(any) > 9)
        ok = user_error("--sets-of %.300s: more than 9 lengths give more than %u pairs", value, 256 * 256);
    for (uint32_t a = 1; ok && a <= any; a++)
        for (uint32_t b = 1; b <= any; b++) {
            char text[256], first[128], second[128];
            if (!(a & b & 1) || (a | b) & ~(uint32_t)any)
                continue;
            snprintf(text, sizeof text, "%s / %s", vl_text((uint16_t)a, "+", first, sizeof first),
                     vl_text((uint16_t)b, "+", second, sizeof second));
            ok = add_sets(o, text);
        }
    return ok;
}

/* ---- Other options ---- */

static bool set_kernel(struct sweep_options *o, const char *value)
{
    o->sweep.kernel = grown(o->sweep.kernel, o->sweep.kernels, sizeof *o->sweep.kernel);
    o->sweep.kernel[o->sweep.kernels++] = (struct sweep_kernel){ .path = value };
    return true;
}

static bool set_late(struct sweep_options *o, const char *value)
{
    o->lates = 0;
    if (strcmp(value, "no") == 0 || strcmp(value, "both") == 0)
        o->late[o->lates++] = "";
    if (strcmp(value, "both") == 0)
        o->late[o->lates++] = "all";
    if (!o->lates)
        o->late[o->lates++] = value;
    return true;
}

static bool set_mode(struct sweep_options *o, const char *value)
{
    static const char *const known[MAX_MODES] = { "vhe", "nvhe", "protected" };
    char *copy = strdup(value), *p = copy, *part;
    bool ok = copy;
    o->modes = 0;
    while (ok && (part = strsep(&p, ","))) {
        unsigned k = 0, i = 0;
        while (k < MAX_MODES && strcmp(part, known[k]))
            k++;
        while (i < o->modes && k < MAX_MODES && o->mode[i] != known[k])
            i++;
        if (k == MAX_MODES)
            ok = user_error("--mode %.300s: there is no mode %.40s; expected vhe, nvhe or protected", value, part);
        else if (i == o->modes)
            o->mode[o->modes++] = known[k];
    }
    free(copy);
    return ok;
}

static bool set_jobs(struct sweep_options *o, const char *value)
{
    uint64_t n;
    if (!parse_number(value, 4096, &n) || !n)
        return user_error("--jobs %.300s: expected a number from 1 to 4096", value);
    o->sweep.parallel = (unsigned)n;
    return true;
}

static bool set_limit(struct sweep_options *o, const char *value)
{
    return (parse_time(value, &o->sweep.limit) && o->sweep.limit) ||
           user_error("--limit %.300s: expected a time as 600s", value);
}

static bool set_out(struct sweep_options *o, const char *value) { return o->sweep.out = value, true; }
static bool set_program(struct sweep_options *o, const char *value) { return o->sweep.program = value, true; }
static bool set_guest(struct sweep_options *o, const char *value) { return (void)value, o->guest = true; }
static bool set_resume(struct sweep_options *o, const char *value) { return (void)value, o->resume = true; }
static bool set_print(struct sweep_options *o, const char *value) { return (void)value, o->print_jobs = true; }

static const struct {
    const char *name, *value;
    bool (*set)(struct sweep_options *o, const char *value);
    const char *help;
} rows[] = {
    { "--kernel", "FILE", set_kernel, "an arm64 Image; may be given more than once" },
    { "--sets-of", "LIST", set_sets_of,
      "two CPUs with every pair of the subsets of LIST that have 128: 128,256,384,512" },
    { "--sets", "SETS", set_sets,
      "these sets, as '128+256 / 128+512'; may be given more than once; @FILE has one in each line" },
    { "--late", "no|CPUS|both", set_late,
      "CPUs onlined after boot; both: each job once without and once with all but CPU 0 late (no)" },
    { "--mode", "LIST", set_mode, "of KVM: vhe, nvhe, protected, or some of them as vhe,nvhe (vhe)" },
    { "--guest", NULL, set_guest, "start a guest with SVE in every job" },
    { "--jobs", "N", set_jobs, "processes at a time (the host's cores)" },
    { "--out", "DIR", set_out, "folder for results, logs and report (sweep)" },
    { "--resume", NULL, set_resume, "go on with a folder that has results: run what is missing" },
    { "--print-jobs", NULL, set_print, "print the commands of the jobs instead of running them" },
    { "--limit", "TIME", set_limit, "host time after which a job counts as a defect (30 min: 1800s)" },
    { "--program", "FILE", set_program, "the svemu that runs the jobs (this one)" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static void help(void)
{
    printf("usage: svemu lab sweep --kernel FILE... (--sets-of LIST | --sets SETS)... [OPTIONS]\n");
    for (unsigned i = 0; i < ROWS; i++)
        printf("  %-12s %-13s %s\n", rows[i].name, rows[i].value ? rows[i].value : "", rows[i].help);
    printf("  %-12s %-13s %s\n", "--", "OPTION...", "more options of `svemu lab vl`, for every job");
    printf("Exit status: 0 all jobs ran, whatever their outcomes; 2 a mistake in the options; 4 a job was a defect of\n"
           "svemu; 130 interrupted, --resume goes on.\n");
}

static bool unknown(const char *word)
{
    const char *names[ROWS];
    for (unsigned i = 0; i < ROWS; i++)
        names[i] = rows[i].name;
    const char *like = nearest(word, names, ROWS);
    return user_error("lab sweep: there is no option %.300s%s%s", word,
                      like ? "; the nearest is " : " (see lab sweep --help)", like ? like : "");
}

static bool parse(struct sweep_options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            o->sweep.more = argv + i + 1;
            break;
        }
        char *value = strncmp(argv[i], "--", 2) ? NULL : strchr(argv[i], '=');
        unsigned r = 0;
        if (value)
            *value++ = 0;
        while (r < ROWS && strcmp(argv[i], rows[r].name))
            r++;
        if (r == ROWS)
            return unknown(argv[i]);
        if (rows[r].value && !value && !(value = argv[++i]))
            return user_error("%s: its value is missing: %s", rows[r].name, rows[r].help);
        if (!rows[r].value && value)
            return user_error("%s=%.300s: it takes no value", rows[r].name, value);
        if (!rows[r].set(o, value))
            return false;
    }
    return (o->sweep.kernels || user_error("lab sweep: --kernel is missing: name at least one arm64 Image")) &&
           (o->sets_count ||
            user_error("lab sweep: neither --sets-of nor --sets is given, so there is nothing to run"));
}

/* ---- Jobs ---- */

static uint64_t fnv(uint64_t h, const void *data, size_t size)
{
    for (const uint8_t *p = data; size--; p++)
        h = (h ^ *p) * UINT64_C(0x100000001b3);
    return h;
}

static bool hash_kernel(struct sweep_kernel *k)
{
    struct stat st;
    int fd = open(k->path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && !fstat(fd, &st);
    if (!ok)
        user_error("--kernel %s: %s", k->path, strerror(errno));
    else if (!S_ISREG(st.st_mode) || !st.st_size)
        ok = user_error("--kernel %s: not a regular file with something in it", k->path);
    void *data = ok ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    if (ok && data == MAP_FAILED)
        ok = user_error("--kernel %s: %s", k->path, strerror(errno));
    if (ok) {
        k->hash = fnv(UINT64_C(0xcbf29ce484222325), data, (size_t)st.st_size);
        munmap(data, (size_t)st.st_size);
    }
    if (fd >= 0)
        close(fd);
    return ok;
}

static int compare_ids(const void *a, const void *b) { return strcmp(a, b); }

/* What two jobs must share to be the same. */
static void name_job(const struct sweep *s, struct sweep_job *j)
{
    char text[8192], *sets = malloc(MAX_CPUS * 128), late[64];
    if (!sets)
        abort();
    int n = snprintf(text, sizeof text, "%016" PRIx64 "|%s|%s|%s|", s->kernel[j->kernel].hash, j->mode,
                     j->guest ? "guest" : "", lab_late_text(j->sets, late, sizeof late));
    uint64_t h = fnv(UINT64_C(0xcbf29ce484222325), text, (size_t)n);
    for (char *const *more = s->more; *more; more++)
        h = fnv(h, *more, strlen(*more) + 1);
    lab_sets_text(j->sets, sets, MAX_CPUS * 128);
    snprintf(j->id, sizeof j->id, "%016" PRIx64, fnv(h, sets, strlen(sets)));
    free(sets);
}

static void add_job(struct sweep_options *o, unsigned kernel, const char *mode, struct lab_sets *sets)
{
    struct sweep_job j = { .kernel = kernel, .mode = mode, .guest = o->guest, .sets = sets };
    name_job(&o->sweep, &j);
    char *id = strdup(j.id), **in = id ? tsearch(id, &o->ids, compare_ids) : NULL;
    if (!in)
        abort();
    if (*in != id) { /* asked for twice */
        free(id);
        return;
    }
    o->sweep.job = grown(o->sweep.job, o->sweep.jobs, sizeof *o->sweep.job);
    o->sweep.job[o->sweep.jobs++] = j;
}

/* The sets with these late CPUs; NULL with user_error. */
static struct lab_sets *with_late(const struct lab_sets *early, const char *late)
{
    struct lab_sets *s = malloc(sizeof *s);
    char all[32];
    if (!s)
        abort();
    *s = *early;
    if (strcmp(late, "all") == 0) {
        snprintf(all, sizeof all, s->cpus > 2 ? "1-%u" : "%u", s->cpus - 1);
        late = all;
    }
    if (!*late || (s->cpus > 1 && lab_parse_late(late, s)))
        return s;
    if (s->cpus == 1)
        user_error("--late %s: a job of --sets has only one CPU, which boots the system", late);
    free(s);
    return NULL;
}

static bool make_jobs(struct sweep_options *o)
{
    for (unsigned k = 0; k < o->sweep.kernels; k++)
        if (!hash_kernel(&o->sweep.kernel[k]))
            return false;
    uint64_t jobs = (uint64_t)o->sweep.kernels * o->modes * o->lates * o->sets_count;
    if (jobs > MAX_JOBS)
        return user_error("lab sweep: these are %" PRIu64 " jobs, more than %d; split them", jobs, MAX_JOBS);
    for (unsigned l = 0; l < o->lates; l++)
        for (unsigned i = 0; i < o->sets_count; i++) {
            struct lab_sets *s = with_late(o->sets[i], o->late[l]);
            if (!s)
                return false;
            for (unsigned k = 0; k < o->sweep.kernels; k++)
                for (unsigned m = 0; m < o->modes; m++)
                    add_job(o, k, o->mode[m], s);
        }
    return true;
}

char **sweep_command(const struct sweep *s, const struct sweep_job *j)
{
    unsigned n = 0, more = 0;
    while (s->more[more])
        more++;
    char **argv = calloc(20 + more, sizeof *argv), late[64], *sets = malloc(MAX_CPUS * 128);
    const char *fixed[] = {
        s->program, "lab", "vl", "--kernel", s->kernel[j->kernel].path, "--mode", j->mode, "--sets"
    };
    if (!argv || !sets)
        abort();
    for (; n < sizeof fixed / sizeof fixed[0]; n++)
        argv[n] = strdup(fixed[n]);
    argv[n++] = lab_sets_text(j->sets, sets, MAX_CPUS * 128);
    if (*lab_late_text(j->sets, late, sizeof late))
        argv[n++] = strdup("--late"), argv[n++] = strdup(late);
    if (j->guest)
        argv[n++] = strdup("--guest");
    for (unsigned i = 0; i < more; i++)
        argv[n++] = strdup(s->more[i]);
    argv[n++] = strdup("--json"), argv[n++] = sweep_path(s->out, "jobs", j->id, ".json");
    argv[n++] = strdup("--console"), argv[n++] = sweep_path(s->out, "logs", j->id, ".log");
    return argv;
}

void sweep_command_free(char **argv)
{
    for (char **p = argv; *p; p++)
        free(*p);
    free(argv);
}

/* ---- The folder ---- */

static bool make_folders(const char *out)
{
    const char *const folders[] = { "", "logs", "jobs" };
    for (unsigned i = 0; i < 3; i++) {
        char *path = sweep_path(out, "", folders[i], "");
        bool ok =
            mkdir(path, 0777) == 0 || errno == EEXIST || user_error("--out %s: %s: %s", out, path, strerror(errno));
        free(path);
        if (!ok)
            return false;
    }
    return true;
}

/* Mark the jobs that the folder has results of. Returns how many. */
static unsigned mark_done(struct sweep *s, const json_t *records)
{
    void *ids = NULL;
    size_t i;
    json_t *record;
    unsigned done = 0;
    json_array_foreach(
        records, i, record) if (!tsearch(json_string_value(json_object_get(record, "job")), &ids, compare_ids)) abort();
    for (unsigned j = 0; j < s->jobs; j++)
        done += s->job[j].done = tfind(s->job[j].id, &ids, compare_ids) != NULL;
    while (ids)
        tdelete(*(void **)ids, &ids, compare_ids);
    return done;
}

/* What somebody else ran by the commands of --print-jobs becomes lines of results.jsonl, too. */
static bool take_in(const struct sweep *s, int results, const json_t *records, size_t lines)
{
    for (size_t i = lines; i < json_array_size(records); i++) {
        const json_t *record = json_array_get(records, i);
        char *path = sweep_path(s->out, "jobs", json_string_value(json_object_get(record, "job")), ".json");
        bool ok = sweep_results_add(results, record);
        if (ok)
            unlink(path);
        free(path);
        if (!ok)
            return false;
    }
    return true;
}

static void print_jobs(const struct sweep *s)
{
    for (unsigned i = 0; i < s->jobs; i++) {
        if (s->job[i].done)
            continue;
        char **argv = sweep_command(s, &s->job[i]);
        for (char **p = argv; *p; p++) {
            print_quoted(*p);
            putchar(p[1] ? ' ' : '\n');
        }
        sweep_command_free(argv);
    }
}

/* Jobs may run anywhere, so their commands have whole paths. */
static bool make_paths_whole(struct sweep *s)
{
    char *out = realpath(s->out, NULL);
    if (!out)
        return user_error("--out %s: %s", s->out, strerror(errno));
    s->out = out;
    for (unsigned k = 0; k < s->kernels; k++)
        if (!(s->kernel[k].path = realpath(s->kernel[k].path, NULL)))
            return user_error("--kernel: %s", strerror(errno));
    char *program = strchr(s->program, '/') ? realpath(s->program, NULL) : strdup(s->program);
    if (!program || (strchr(program, '/') && access(program, X_OK)))
        return user_error("--program %s: %s", s->program, strerror(errno));
    s->program = program;
    return true;
}

static void count_outcomes(const json_t *records, unsigned count[SWEEP_OUTCOMES])
{
    size_t i;
    json_t *record;
    json_array_foreach(records, i, record) count[sweep_record_outcome(record)]++;
}

static bool finish(const struct sweep *s)
{
    size_t lines;
    unsigned count[SWEEP_OUTCOMES] = { 0 };
    json_t *records = sweep_results_read(s->out, &lines);
    bool ok = records && sweep_page_write(s->out, records);
    if (ok) {
        count_outcomes(records, count);
        for (unsigned i = 0; i < SWEEP_OUTCOMES; i++)
            if (count[i])
                printf("%u %s, ", count[i], sweep_outcome_name[i]);
        printf("of %zu; %s/report.html shows them\n", json_array_size(records), s->out);
    }
    json_decref(records);
    return ok;
}

/* The folder is ready, and locked; results is open. */
static int run(struct sweep_options *o, int results)
{
    struct sweep *s = &o->sweep;
    size_t lines;
    json_t *records = sweep_results_read(s->out, &lines);
    bool ok = records &&
              (o->resume || !json_array_size(records) ||
               user_error("--out %s: it has results of %zu jobs already; add --resume to go on with them, or "
                          "give another folder",
                          s->out, json_array_size(records))) &&
              take_in(s, results, records, lines);
    unsigned done = ok ? mark_done(s, records) : 0;
    json_decref(records);
    if (!ok)
        return EXIT_USER;
    if (done)
        fprintf(stderr, "svemu: %u of %u jobs have run before\n", done, s->jobs);
    int status = sweep_jobs_run(s, results);
    return status != EXIT_USER && !finish(s) ? EXIT_USER : status;
}

static int sweep(struct sweep_options *o)
{
    if (!make_jobs(o) || !make_folders(o->sweep.out) || !make_paths_whole(&o->sweep))
        return EXIT_USER;
    if (o->print_jobs) {
        size_t lines;
        json_t *records = o->resume ? sweep_results_read(o->sweep.out, &lines) : json_array();
        if (!records)
            return EXIT_USER;
        mark_done(&o->sweep, records);
        json_decref(records);
        print_jobs(&o->sweep);
        return 0;
    }
    int results = sweep_results_open(o->sweep.out), status = results < 0 ? EXIT_USER : run(o, results);
    if (results >= 0)
        close(results);
    return status;
}

int lab_sweep(int argc, char **argv)
{
    cpu_set_t cores;
    static char *const none[] = { NULL };
    struct sweep_options o = {
        .sweep = { .more = none, .program = own_program(), .out = "sweep", .limit = UINT64_C(1800000000000) },
        .mode = { "vhe" },
        .modes = 1,
        .late = { "" },
        .lates = 1
    };
    o.sweep.parallel = sched_getaffinity(0, sizeof cores, &cores) ? 1 : (unsigned)CPU_COUNT(&cores);
    for (int i = 1; i < argc && strcmp(argv[i], "--"); i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            help();
            return 0;
        }
    int status = parse(&o, argc, argv) ? sweep(&o) : EXIT_USER;
    if (status == EXIT_USER)
        fprintf(stderr, "svemu: %s\n", user_error_text);
    return status;
}
