/* `svemu lab sweep` and `svemu lab report`: many runs of `svemu lab vl`, their results, the page that shows them.
 *
 * A sweep's folder has results.jsonl, one line of JSON for each job that has ended; logs/ID.log, its console;
 * logs/ID.txt, what svemu said; jobs/ID.json, the result of a job that --print-jobs printed; report.html. */
#ifndef SVEMU_FRONTENDS_SWEEP_H
#define SVEMU_FRONTENDS_SWEEP_H

#include <jansson.h>

#include "frontends/lab.h"

/* ---- Jobs (sweep.c) ---- */

enum { JOB_ID = 16 }; /* hexadecimal digits */

struct sweep_job {
    char id[JOB_ID +
            1]; /* of what decides the outcome: the kernel's content, mode, guest, sets, late CPUs, other options */
    unsigned kernel;
    const char *mode;
    bool guest;
    struct lab_sets *sets; /* several jobs may have the same one */
    bool done;
};

struct sweep_kernel {
    const char *path;
    uint64_t hash; /* of its content */
};

struct sweep {
    const char *program, *out;
    struct sweep_kernel *kernel;
    struct sweep_job *job;
    unsigned kernels, jobs, parallel; /* parallel: how many processes at a time */
    char *const *more;                /* options for every job, up to a NULL */
    uint64_t limit;                   /* host ns that a job may take */
};

/* `svemu lab sweep ...` with argv[0] "sweep", `svemu lab report ...` with argv[0] "report"; they return exit statuses.
 */
int lab_sweep(int argc, char **argv);
int lab_sweep_report(int argc, char **argv);

/* DIR/FOLDER/NAME+SUFFIX, in malloc'ed memory; folder may be "". */
char *sweep_path(const char *dir, const char *folder, const char *name, const char *suffix);
/* The job's command: argv with its NULL. The strings belong to it; free it with sweep_command_free. */
char **sweep_command(const struct sweep *s, const struct sweep_job *j);
void sweep_command_free(char **argv);

/* ---- Running (sweep_jobs.c) ---- */

/* Run the jobs that are not done, add each one's record to the results. Returns the exit status: 0 all have run, 2 with
 * user_error when a job says that the user made a mistake, 4 at least one was a defect of svemu, 128 + n interrupted by
 * signal n. */
int sweep_jobs_run(struct sweep *s, int results);

/* ---- Results (sweep_results.c) ---- */

/* The outcomes of `svemu lab vl`, in the order of its exit statuses; a job that gave no valid result is a defect. */
enum sweep_outcome {
    SWEEP_BOOTED,
    SWEEP_REFUSED,
    SWEEP_GUEST_FAILED,
    SWEEP_HANG,
    SWEEP_CRASH,
    SWEEP_DEFECT,
    SWEEP_OUTCOMES
};
extern const char *const sweep_outcome_name[SWEEP_OUTCOMES];

/* How a job's process ended. */
struct sweep_end {
    int status; /* exit status; -1: a signal, or its time was over */
    int signal; /* 0: none */
    bool late;  /* its time was over */
    double seconds;
};

/* The record of a job that has ended, from its JSON file in the folder. Its result is in it if it is valid, that is, if
 * it agrees with the exit status; else "error" says what is wrong. */
json_t *sweep_record(const struct sweep *s, const struct sweep_job *j, const struct sweep_end *e);
/* The record of the result in DIR/jobs/ID.json of a job that somebody else ran. NULL: there is none, or it is not
 * valid. */
json_t *sweep_record_alone(const char *dir, const char *id);
enum sweep_outcome sweep_record_outcome(const json_t *record);

/* The records of DIR/results.jsonl (lines says how many), then those of DIR/jobs that are not there: an array. Lines
 * that are no records are left out with a warning, an unfinished last line without. NULL with user_error if there is no
 * such folder. */
json_t *sweep_results_read(const char *dir, size_t *lines);
/* Open DIR/results.jsonl to append to, and lock it; an unfinished last line is removed. -1 with user_error. */
int sweep_results_open(const char *dir);
/* Append one record as one line. false with user_error. */
bool sweep_results_add(int results, const json_t *record) MUST_CHECK;

/* ---- Report (lab_sweep_page.c) ---- */

/* Write DIR/report.html. false with user_error. */
bool sweep_page_write(const char *dir, const json_t *records) MUST_CHECK;

#endif
