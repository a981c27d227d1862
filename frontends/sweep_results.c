/* The results of a sweep: records of jobs as lines of JSON, and how a job's own output becomes one. */
#define _GNU_SOURCE /* memrchr */
#include "frontends/sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char schema_of_vl[] = "svemu-lab-vl-1", schema_of_sweep[] = "svemu-lab-sweep-1";

const char *const sweep_outcome_name[SWEEP_OUTCOMES] = { "booted", "cpu-refused", "guest-failed",
                                                         "hang",   "guest-crash", "defect" };
static const int outcome_status[SWEEP_OUTCOMES] = { EXIT_BOOTED, EXIT_REFUSED, EXIT_GUEST_FAILED,
                                                    EXIT_HANG,   EXIT_CRASH,   EXIT_DEFECT };

/* SWEEP_OUTCOMES: it is none. */
static enum sweep_outcome find_outcome(const json_t *name)
{
    enum sweep_outcome o = SWEEP_BOOTED;
    while (o < SWEEP_OUTCOMES && (!json_is_string(name) || strcmp(json_string_value(name), sweep_outcome_name[o])))
        o++;
    return o;
}

/* ---- One result of `svemu lab vl` ---- */

/* What everybody who reads it may rely on; NULL if it is there, else what is wrong. */
static const char *check_result(const json_t *r)
{
    const json_t *cpus = json_object_get(r, "cpus"), *cpu;
    const char *schema = json_string_value(json_object_get(r, "schema"));
    size_t i;
    if (!schema || strcmp(schema, schema_of_vl))
        return "it is no result of svemu lab vl";
    if (find_outcome(json_object_get(r, "outcome")) == SWEEP_OUTCOMES)
        return "it has no outcome";
    if (!json_is_string(json_object_get(r, "kernel")) || !json_is_string(json_object_get(r, "mode")) ||
        !json_is_boolean(json_object_get(r, "guest")) || !json_array_size(cpus))
        return "it does not say what was run";
    json_array_foreach(cpus, i,
                       cpu) if (!json_is_array(json_object_get(cpu, "vl")) ||
                                !json_is_boolean(json_object_get(cpu, "late"))) return "a CPU has no vector lengths";
    return NULL;
}

/* A result from a file; NULL: none that is valid, and why says what is wrong. */
static json_t *read_result(const char *path, char *why, size_t size)
{
    json_error_t error;
    if (access(path, R_OK)) {
        snprintf(why, size, "it wrote no result");
        return NULL;
    }
    json_t *r = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    const char *wrong = r ? check_result(r) : NULL;
    if (!r)
        snprintf(why, size, "its result is not valid JSON: line %d: %s", error.line, error.text);
    if (wrong) {
        snprintf(why, size, "its result is not valid: %s", wrong);
        json_decref(r);
        r = NULL;
    }
    return r;
}

/* ---- Records ---- */

static json_t *vector_lengths(uint16_t set)
{
    json_t *list = json_array();
    for (unsigned vq = 1; vq <= 16; vq++)
        if (set & 1u << (vq - 1))
            json_array_append_new(list, json_integer(128 * vq));
    return list;
}

static json_t *parameters(const struct sweep *s, const struct sweep_job *j)
{
    char late[64], hash[JOB_ID + 1];
    json_t *vl = json_array(), *more = json_array();
    for (unsigned i = 0; i < j->sets->cpus; i++)
        json_array_append_new(vl, vector_lengths(j->sets->set[i]));
    for (char *const *option = s->more; *option; option++)
        json_array_append_new(more, json_string_nocheck(*option));
    snprintf(hash, sizeof hash, "%016" PRIx64, s->kernel[j->kernel].hash);
    return json_pack("{s:o, s:s, s:s, s:b, s:o, s:s, s:o}", "kernel", json_string_nocheck(s->kernel[j->kernel].path),
                     "kernel_hash", hash, "mode", j->mode, "guest", j->guest, "vl", vl, "late",
                     lab_late_text(j->sets, late, sizeof late), "more", more);
}

static json_t *new_record(const char *id, json_t *about, const struct sweep_end *e, json_t *result, const char *error)
{
    const char *outcome = sweep_outcome_name[SWEEP_DEFECT];
    if (!error)
        outcome = json_string_value(json_object_get(result, "outcome"));
    json_t *record = json_pack("{s:s, s:s, s:o, s:s}", "schema", schema_of_sweep, "job", id, "parameters", about,
                               "outcome", outcome);
    json_object_set_new(record, "exit_status", e && !e->signal && !e->late ? json_integer(e->status) : json_null());
    json_object_set_new(record, "seconds",
                        e ? json_real((double)(int64_t)(e->seconds * 100 + 0.5) / 100) : json_null());
    json_object_set_new(record, "error", error ? json_string(error) : json_null());
    json_object_set_new(record, "result", result ? result : json_null());
    return record;
}

/* The last line that the job printed, which says why it failed. Not the user's locale: anything that is not ASCII is
 * dropped. */
static void last_words(const char *path, char *text, size_t size)
{
    char line[512];
    FILE *f = fopen(path, "r");
    *text = 0;
    while (f && fgets(line, sizeof line, f)) {
        size_t n = 0;
        for (const char *c = line; *c && n + 1 < size; c++)
            if (*c >= ' ' && *c < 127)
                text[n++] = *c;
        if (n)
            text[n] = 0;
    }
    if (f)
        fclose(f);
}

json_t *sweep_record(const struct sweep *s, const struct sweep_job *j, const struct sweep_end *e)
{
    char why[768] = "", words[256], *path = sweep_path(s->out, "jobs", j->id, ".json"),
         *said = sweep_path(s->out, "logs", j->id, ".txt");
    json_t *result = NULL;
    last_words(said, words, sizeof words);
    if (e->late)
        snprintf(why, sizeof why, "it had not ended after %.0f s and was stopped", e->seconds);
    else if (e->signal)
        snprintf(why, sizeof why, "it was ended by signal %d (%s)", e->signal, strsignal(e->signal));
    else if ((result = read_result(path, why, sizeof why))) {
        enum sweep_outcome o = find_outcome(json_object_get(result, "outcome"));
        if (outcome_status[o] != e->status && !(o == SWEEP_DEFECT && e->status == EXIT_UNIMPLEMENTED))
            snprintf(why, sizeof why, "its outcome is %s, but its exit status is %d", sweep_outcome_name[o], e->status);
    }
    if (*why && *words) {
        size_t used = strlen(why);
        snprintf(why + used, sizeof why - used, "; its last words: %s", words);
    }
    free(path);
    free(said);
    return new_record(j->id, parameters(s, j), e, result, *why ? why : NULL);
}

static bool is_id(const char *text) { return strlen(text) == JOB_ID && strspn(text, "0123456789abcdef") == JOB_ID; }

json_t *sweep_record_alone(const char *dir, const char *id)
{
    char why[256], late[64] = "", *path = sweep_path(dir, "jobs", id, ".json");
    json_t *r = read_result(path, why, sizeof why), *vl, *cpu;
    size_t i, first = 0;
    free(path);
    if (!r)
        return NULL;
    const json_t *cpus = json_object_get(r, "cpus");
    vl = json_array();
    json_array_foreach(cpus, i, cpu)
    {
        json_array_append(vl, json_object_get(cpu, "vl"));
        first += first == i && json_is_false(json_object_get(cpu, "late"));
    }
    if (first < i)
        snprintf(late, sizeof late, first + 1 == i ? "%zu" : "%zu-%zu", first, i - 1);
    json_t *about =
        json_pack("{s:O, s:n, s:O, s:O, s:o, s:s}", "kernel", json_object_get(r, "kernel"), "kernel_hash", "mode",
                  json_object_get(r, "mode"), "guest", json_object_get(r, "guest"), "vl", vl, "late", late, "more");
    return new_record(id, about, NULL, r, NULL);
}

enum sweep_outcome sweep_record_outcome(const json_t *record)
{
    enum sweep_outcome o = find_outcome(json_object_get(record, "outcome"));
    return o < SWEEP_OUTCOMES ? o : SWEEP_DEFECT;
}

/* A set for each CPU, and at least one CPU. */
static bool is_sets(const json_t *vl)
{
    size_t i;
    json_t *set;
    json_array_foreach(vl, i, set) if (!json_is_array(set)) return false;
    return json_array_size(vl);
}

/* Is this line of results.jsonl one that others may rely on? */
static bool is_record(const json_t *r)
{
    const json_t *p = json_object_get(r, "parameters"), *result = json_object_get(r, "result");
    const char *id = json_string_value(json_object_get(r, "job"));
    return id && is_id(id) && find_outcome(json_object_get(r, "outcome")) < SWEEP_OUTCOMES &&
           is_sets(json_object_get(p, "vl")) && json_is_string(json_object_get(p, "kernel")) &&
           json_is_string(json_object_get(p, "mode")) && json_is_boolean(json_object_get(p, "guest")) &&
           json_is_string(json_object_get(p, "late")) && (json_is_null(result) || !check_result(result));
}

/* ---- Files ---- */

static void read_lines(const char *path, json_t *records, json_t *by_id)
{
    char *line = NULL;
    size_t room = 0, number = 0;
    ssize_t n;
    FILE *f = fopen(path, "r");
    while (f && (n = getline(&line, &room, f)) > 0) {
        number++;
        if (line[n - 1] != '\n')
            break; /* the sweep was interrupted while it wrote this line: the job has to run again */
        json_t *r = json_loadb(line, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
        if (is_record(r)) {
            json_array_append(records, r);
            json_object_set(by_id, json_string_value(json_object_get(r, "job")), json_true());
        } else {
            user_warning("%s:%zu: not a line of a sweep; it is left out", path, number);
        }
        json_decref(r);
    }
    free(line);
    if (f)
        fclose(f);
}

static int is_result_file(const struct dirent *e)
{
    char id[JOB_ID + 1] = "";
    memcpy(id, e->d_name, strnlen(e->d_name, JOB_ID));
    return is_id(id) && strcmp(e->d_name + JOB_ID, ".json") == 0;
}

static void read_files(const char *dir, json_t *records, const json_t *by_id)
{
    struct dirent **list;
    char *jobs = sweep_path(dir, "", "jobs", "");
    int n = scandir(jobs, &list, is_result_file, alphasort);
    for (int i = 0; i < n; i++) {
        list[i]->d_name[JOB_ID] = 0;
        json_t *r = json_object_get(by_id, list[i]->d_name) ? NULL : sweep_record_alone(dir, list[i]->d_name);
        if (r)
            json_array_append_new(records, r);
        free(list[i]);
    }
    if (n >= 0)
        free(list);
    free(jobs);
}

json_t *sweep_results_read(const char *dir, size_t *lines)
{
    struct stat st;
    if (stat(dir, &st) || !S_ISDIR(st.st_mode)) {
        user_error("%s: there is no such folder of a sweep", dir);
        return NULL;
    }
    json_t *records = json_array(), *by_id = json_object();
    char *path = sweep_path(dir, "", "results.jsonl", "");
    read_lines(path, records, by_id);
    *lines = json_array_size(records);
    read_files(dir, records, by_id);
    free(path);
    json_decref(by_id);
    return records;
}

/* Remove what stands behind the last newline. */
static bool cut_torn_line(int fd)
{
    char block[65536];
    off_t end = lseek(fd, 0, SEEK_END), at = end;
    while (at > 0) {
        size_t n = at < (off_t)sizeof block ? (size_t)at : sizeof block;
        if (pread(fd, block, n, at - (off_t)n) != (ssize_t)n)
            return false;
        const char *newline = memrchr(block, '\n', n);
        at -= (off_t)n;
        if (newline) {
            at += newline - block + 1;
            break;
        }
    }
    return end >= 0 && (at == end || ftruncate(fd, at) == 0);
}

int sweep_results_open(const char *dir)
{
    char *path = sweep_path(dir, "", "results.jsonl", "");
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    bool ok = fd >= 0;
    if (!ok)
        user_error("--out %s: %s: %s", dir, path, strerror(errno));
    else if (flock(fd, LOCK_EX | LOCK_NB))
        ok = user_error("--out %s: another sweep is running there", dir);
    else if (!cut_torn_line(fd))
        ok = user_error("--out %s: %s: %s", dir, path, strerror(errno));
    if (!ok && fd >= 0)
        close(fd);
    free(path);
    return ok ? fd : -1;
}

bool sweep_results_add(int results, const json_t *record)
{
    char *text = json_dumps(record, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(9));
    size_t n = text ? strlen(text) : 0, done = 0;
    if (!text)
        abort();
    text[n++] = '\n'; /* in place of the NUL */
    while (done < n) {
        ssize_t wrote = write(results, text + done, n - done);
        if (wrote < 0 && errno != EINTR)
            break;
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    free(text);
    return done == n || user_error("results.jsonl cannot be written: %s", strerror(errno));
}
