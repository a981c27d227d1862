/* `svemu lab cost`: what KVM's exits cost a guest, by kernel, mode and vector length. docs/lab-cost.md. */
#ifndef SVEMU_FRONTENDS_LAB_COST_H
#define SVEMU_FRONTENDS_LAB_COST_H

#include "frontends/lab_run.h"

/* ---- Measurements: one row each in lab_cost.def ---- */

enum {
#define COST(NAME, PAIRED, TITLE) 1 +
    COSTS =
#include "frontends/lab_cost.def"
        0,
    COST_SAMPLES = 64, /* most that tests/guest/kvmcost takes */
    COST_KERNELS = 16,
};
extern const struct cost_row {
    const char *name, *title;
    bool paired;
} cost_row[COSTS];
/* The row's whole title, for where it stands alone. Returns buffer. */
char *cost_title(unsigned row, char *buffer, size_t size);

/* Cycles; count 0: not measured. */
struct cost_value {
    uint64_t min, median, max;
    unsigned count;
};

/* One boot: a kernel in a mode on CPUs whose longest vectors have so many bits. */
struct cost_job {
    unsigned kernel; /* of struct cost */
    enum lab_mode mode;
    unsigned bits;
    struct cost_value value[COSTS];
    char version[128]; /* of the kernel, "" if it does not say */
    char failure[512]; /* why not everything was measured; "": it was */
};

struct cost {
    const char *kernel[COST_KERNELS];
    unsigned kernels;
    bool compare; /* --ab: two kernels */
    bool mode[3]; /* of enum lab_mode */
    uint16_t vq_set;
    unsigned rounds, parallel;
    const char *csv, *svg, *console; /* console: a folder */
    const char *model;               /* --model; NULL: what the CPUs' --cpu says */
    uint8_t timing;                  /* enum timing_mode, from the first entry of a guest on */
    char what[128];                  /* the timing, for people: "fast", "ooo a64fx" */
    struct cost_job *job;
    unsigned jobs;
    int more; /* options for every machine: more of them in argv */
    char **argv;
};

/* `svemu lab cost ...` with argv[0] "cost"; returns the exit status. */
int lab_cost(int argc, char **argv);

/* Are the options for the machines right, as far as can be said before one is made? Says what the timing is. false with
 * user_error. */
bool cost_check(struct cost *c) MUST_CHECK;
/* Boot and measure every job, c->parallel at a time (lab_cost_run.c); a job may fail, and warns of it. false with
 * user_error. */
bool cost_run(struct cost *c) MUST_CHECK;

/* ---- Reports (lab_cost_report.c, lab_cost_svg.c) ---- */
void cost_text(const struct cost *c, FILE *f);
void cost_compare_text(const struct cost *c, FILE *f);
void cost_csv(const struct cost *c, FILE *f);
/* All measurements as one picture, or one alone. */
void cost_svg(const struct cost *c, FILE *f);
void cost_svg_one(const struct cost *c, unsigned row, FILE *f);
/* The job of these, NULL: there is none. */
const struct cost_job *cost_job_of(const struct cost *c, unsigned kernel, enum lab_mode mode, unsigned bits);
/* What a kernel is called: its version, with its file where two have the same one. Returns buffer. */
char *cost_kernel_text(const struct cost *c, unsigned kernel, char *buffer, size_t size);

#endif
