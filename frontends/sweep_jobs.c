/* The jobs of a sweep: one process each, so many at a time, with a line of progress on a terminal. */
#include "frontends/sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct running {
    pid_t pid; /* 0: free */
    const struct sweep_job *job;
    double start;
    bool late;
};

struct jobs {
    struct sweep *s;
    struct running *running; /* [s->parallel] */
    sigset_t wanted;         /* SIGCHLD, and what interrupts */
    unsigned next, ended, before, total, count[SWEEP_OUTCOMES];
    double spent; /* host seconds, by the processes that have ended */
    int results, interrupted;
    bool terminal, failed;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned count_running(const struct jobs *j)
{
    unsigned n = 0;
    for (unsigned i = 0; i < j->s->parallel; i++)
        n += j->running[i].pid != 0;
    return n;
}

/* ---- What the user sees ---- */

static void wipe(const struct jobs *j)
{
    if (j->terminal)
        fputs("\r\033[K", stderr);
}

/* How long the rest takes if it goes on like this, as text; "" before it can be known. */
static const char *estimate(const struct jobs *j, char *text, size_t size)
{
    unsigned left = j->total - j->before - j->ended;
    *text = 0;
    if (!j->ended || !left)
        return text;
    double seconds = j->spent / j->ended * left / (j->s->parallel < left ? j->s->parallel : left);
    if (seconds < 90)
        snprintf(text, size, ", about %.0f s left", seconds);
    else
        snprintf(text, size, ", about %.0f min left", seconds / 60);
    return text;
}

static void show_progress(const struct jobs *j)
{
    char left[64];
    unsigned done = j->before + j->ended;
    if (!j->terminal)
        return;
    wipe(j);
    fprintf(stderr, "%u of %u (%u%%)", done, j->total, j->total ? done * 100 / j->total : 100);
    for (unsigned i = 0; i < SWEEP_OUTCOMES; i++)
        if (j->count[i])
            fprintf(stderr, ", %u %s", j->count[i], sweep_outcome_name[i]);
    fprintf(stderr, ", %u running%s", count_running(j), estimate(j, left, sizeof left));
    fflush(stderr);
}

/* Lines of a guest's may be in a summary, and terminals obey control characters. */
static void print_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        putchar((unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
    putchar('\n');
}

/* A line for each job that has ended. */
static void show_end(const struct jobs *j, const struct sweep_job *job, const json_t *record)
{
    char sets[512], late[64], left[64], all[MAX_CPUS * 128];
    const char *summary = json_string_value(json_object_get(json_object_get(record, "result"), "summary"));
    const char *error = json_string_value(json_object_get(record, "error"));
    const char *path = j->s->kernel[job->kernel].path, *slash = strrchr(path, '/');
    const char *version = json_string_value(json_object_get(json_object_get(record, "result"), "kernel_version"));
    wipe(j);
    snprintf(sets, sizeof sets, "%.500s", lab_sets_text(job->sets, all, sizeof all));
    lab_late_text(job->sets, late, sizeof late);
    printf("%u/%u %-12s %s %s%s %s%s%s: ", j->before + j->ended, j->total,
           json_string_value(json_object_get(record, "outcome")),
           version ? version
           : slash ? slash + 1
                   : path,
           job->mode, job->guest ? " guest" : "", sets, *late ? " late " : "", late);
    print_plain(error ? error : summary ? summary : "");
    fflush(stdout);
    if (!j->terminal && j->ended % 10 == 0)
        fprintf(stderr, "svemu: %u of %u jobs%s\n", j->before + j->ended, j->total, estimate(j, left, sizeof left));
}

/* ---- Processes ---- */

/* In the child: never returns. The job's own words go to its .txt; it must not outlive us, nor get the terminal's
 * Ctrl-C, which is for us to handle. */
static void __attribute__((noreturn)) become(const struct jobs *j, char **argv, const char *said, pid_t parent)
{
    int in = open("/dev/null", O_RDONLY), out = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent || in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        _exit(127);
    sigprocmask(SIG_UNBLOCK, &j->wanted, NULL);
    execvp(argv[0], argv);
    dprintf(2, "%s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static bool start_job(struct jobs *j, struct running *r, const struct sweep_job *job)
{
    char **argv = sweep_command(j->s, job), *said = sweep_path(j->s->out, "logs", job->id, ".txt");
    char *result = sweep_path(j->s->out, "jobs", job->id, ".json");
    unlink(result); /* of a run that was interrupted */
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become(j, argv, said, parent);
    *r = (struct running){ .pid = pid > 0 ? pid : 0, .job = job, .start = now() };
    sweep_command_free(argv);
    free(said);
    free(result);
    return pid > 0 || user_error("a job cannot be started: %s", strerror(errno));
}

static void start_jobs(struct jobs *j)
{
    for (unsigned i = 0; i < j->s->parallel && !j->failed && !j->interrupted; i++) {
        while (j->next < j->s->jobs && j->s->job[j->next].done)
            j->next++;
        if (!j->running[i].pid && j->next < j->s->jobs)
            j->failed = !start_job(j, &j->running[i], &j->s->job[j->next++]);
    }
}

static void kill_jobs(const struct jobs *j)
{
    for (unsigned i = 0; i < j->s->parallel; i++)
        if (j->running[i].pid) {
            kill(j->running[i].pid, SIGKILL);
            waitpid(j->running[i].pid, NULL, 0);
        }
}

static void job_ended(struct jobs *j, struct running *r, int wait_status)
{
    struct sweep_end e = { .status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1,
                           .late = r->late,
                           .signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : 0,
                           .seconds = now() - r->start };
    json_t *record = sweep_record(j->s, r->job, &e);
    const char *error = json_string_value(json_object_get(record, "error"));
    j->ended++;
    j->spent += e.seconds;
    r->pid = 0;
    if (e.status == EXIT_USER || e.status == 127) /* the next ones would fail for the same reason */
        j->failed = !user_error("a job could not run: %s", error ? error : "");
    else if (!sweep_results_add(j->results, record))
        j->failed = true;
    else {
        char *result = sweep_path(j->s->out, "jobs", r->job->id, ".json");
        unlink(result); /* it is in the record */
        free(result);
        j->count[sweep_record_outcome(record)]++;
        show_end(j, r->job, record);
    }
    json_decref(record);
}

static void look_after(struct jobs *j)
{
    for (unsigned i = 0; i < j->s->parallel; i++) {
        struct running *r = &j->running[i];
        int status;
        if (r->pid && waitpid(r->pid, &status, WNOHANG) == r->pid)
            job_ended(j, r, status);
        if (r->pid && !r->late && (now() - r->start) * 1e9 > (double)j->s->limit) {
            r->late = true;
            kill(r->pid, SIGKILL);
        }
    }
}

/* Until a child ends, a signal comes or a second has passed. */
static void wait_for_signal(struct jobs *j)
{
    struct timespec second = { .tv_sec = 1 };
    int number = sigtimedwait(&j->wanted, NULL, &second);
    if (number > 0 && number != SIGCHLD)
        j->interrupted = number;
}

static int end(struct jobs *j)
{
    kill_jobs(j);
    wipe(j);
    if (j->failed)
        return EXIT_USER;
    if (j->interrupted) {
        fprintf(stderr, "svemu: interrupted after %u of %u jobs; the same command with --resume goes on\n",
                j->before + j->ended, j->total);
        return 128 + j->interrupted;
    }
    return j->count[SWEEP_DEFECT] ? EXIT_DEFECT : 0;
}

int sweep_jobs_run(struct sweep *s, int results)
{
    struct jobs j = { .s = s, .total = s->jobs, .results = results, .terminal = isatty(STDERR_FILENO) };
    sigset_t before;
    for (unsigned i = 0; i < s->jobs; i++)
        j.before += s->job[i].done;
    j.running = calloc(s->parallel, sizeof *j.running);
    if (!j.running)
        abort();
    sigemptyset(&j.wanted);
    sigaddset(&j.wanted, SIGCHLD), sigaddset(&j.wanted, SIGINT), sigaddset(&j.wanted, SIGTERM),
        sigaddset(&j.wanted, SIGHUP);
    sigprocmask(SIG_BLOCK, &j.wanted, &before);
    for (start_jobs(&j); count_running(&j) && !j.failed && !j.interrupted; start_jobs(&j)) {
        show_progress(&j);
        wait_for_signal(&j);
        look_after(&j);
    }
    int status = end(&j);
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(j.running);
    return status;
}
