/* One run of `svemu lab vl`: what was asked for, what was seen, what it means. */
#ifndef SVEMU_FRONTENDS_LAB_RUN_H
#define SVEMU_FRONTENDS_LAB_RUN_H

#include "frontends/lab.h"
#include "frontends/lab_watch.h"

enum lab_mode { LAB_VHE, LAB_NVHE, LAB_PROTECTED };
enum lab_state { LAB_ONLINE, LAB_STATE_REFUSED, LAB_PARKED, LAB_NEVER_STARTED, LAB_STOPPED };
enum lab_outcome { LAB_BOOTED, LAB_CPU_REFUSED, LAB_GUEST_FAILED, LAB_HANG, LAB_CRASH, LAB_DEFECT };

struct lab_run {
    struct options options; /* of the machine */
    struct lab_sets sets;
    enum lab_mode mode;
    bool guest;
    uint64_t timeout; /* ns of guest time */
    const char *json, *console;

    struct lab_watch watch;
    uint64_t instructions, guest_ns;

    struct lab_algebra algebra;
    bool zcr_feature; /* the kernel's rule for late CPUs is that of before 6.7 */
    struct lab_change change[MAX_LAB_CHANGES];
    unsigned changes;
    enum lab_state state[MAX_CPUS];
    enum lab_outcome outcome;
    int status;
    char summary[1024];
    char surprise[512]; /* where what was seen is not what the algebra says; empty: it is */
};

/* The watched machine has stopped for this reason: fill in everything from algebra on (lab_diagnose.c). */
void lab_diagnose(struct lab_run *r, enum stop_reason why);
const char *lab_mode_name(enum lab_mode mode);
const char *lab_state_name(enum lab_state state);
const char *lab_outcome_name(enum lab_outcome outcome);

/* The report for people, and as JSON (lab_report.c, lab_json.c). docs/lab.md has the schema. */
void lab_report(const struct lab_run *r, FILE *f);
void lab_json(const struct lab_run *r, FILE *f);

enum { LAB_CONTEXT = 40 };
/* The console lines that belong to what happened, chosen by who printed them and when, oldest first (lab_context.c).
 * Returns how many of lines were filled. */
unsigned lab_context(const struct lab_run *r, const char *lines[LAB_CONTEXT]);

#endif
