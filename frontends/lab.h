/* The laboratory, `svemu lab ...`: what kernels make of CPUs with unlike vector lengths. docs/lab.md. */
#ifndef SVEMU_FRONTENDS_LAB_H
#define SVEMU_FRONTENDS_LAB_H

#include "frontends/frontends.h"

/* Exit statuses beside those of frontends.h. */
enum { EXIT_BOOTED = 0, EXIT_REFUSED = 10, EXIT_GUEST_FAILED = 11, EXIT_HANG = 12, EXIT_CRASH = 13 };

/* `svemu lab ...` with argv[0] "lab"; returns the exit status. */
int lab_main(int argc, char **argv);
/* `svemu lab vl ...` with argv[0] "vl". */
int lab_vl(int argc, char **argv);
/* `svemu lab sweep ...` with argv[0] "sweep", `svemu lab report ...` with argv[0] "report" (sweep.c, sweep_page.c). */
int lab_sweep(int argc, char **argv);
int lab_sweep_report(int argc, char **argv);

/* Add the initrd of `make assets` to the options: beside the program, beside the kernel, or one folder above it
 * (lab_vl.c). false with user_error. */
bool lab_find_initrd(struct options *o) MUST_CHECK;

/* ---- Sets of vector lengths and what Linux makes of them (lab_algebra.c) ---- */

/* A set has bit q-1 for VQ q, 128 * q bits; 0: a CPU without SVE. Late CPUs are onlined after boot. */
struct lab_sets {
    unsigned cpus;
    uint16_t set[MAX_CPUS];
    bool late[MAX_CPUS];
};

/* Why Linux keeps a late CPU out. */
enum lab_verdict {
    LAB_ACCEPTED,
    LAB_NO_SVE,      /* it lacks SVE, which the system has */
    LAB_SHORTER,     /* kernels before 6.7: its maximum is below the smallest maximum of the early CPUs */
    LAB_MISSING,     /* it lacks a common length */
    LAB_UNSUPPORTED, /* it has a length that guests were shown to be absent */
};

struct lab_algebra {
    bool sve;              /* every early CPU has SVE, so the system has */
    uint16_t common;       /* lengths of all early CPUs */
    uint16_t partial;      /* lengths of some early CPU */
    unsigned max_vq;       /* of the common ones */
    unsigned unshared_vq;  /* the shortest length that only some early CPUs have; 0: none */
    unsigned guest_max_vq; /* the largest that a guest may ask for, which need not be a length */
    uint16_t guest;        /* what KVM_REG_ARM64_SVE_VLS offers */
    bool guest_killed;     /* guest_max_vq is no length, and KVM kills the thread of a vCPU that has it */
    unsigned smallest_max; /* the smallest of the early CPUs' maxima, in VQ */
    enum lab_verdict verdict[MAX_CPUS];
    uint16_t reason[MAX_CPUS]; /* the lengths that decided the verdict */
};

/* What Linux makes of these sets: vec_update_vq_map(), sve_setup() and vec_verify_vq_map() of
 * arch/arm64/kernel/fpsimd.c. zcr_feature: the kernel compares ZCR_EL1 among CPUs as well, as those before 6.7 do. */
void lab_algebra(const struct lab_sets *s, bool zcr_feature, struct lab_algebra *a);

/* The worst that lies ahead, as an order. */
enum lab_trouble { LAB_FINE, LAB_GUESTS_LIMITED, LAB_GUESTS_KILLED, LAB_SVE_LOST, LAB_REFUSED };
enum lab_trouble lab_trouble(const struct lab_sets *s, const struct lab_algebra *a);

/* A change of the configuration that makes the trouble smaller. */
struct lab_change {
    char text[512]; /* what to do, for people */
    char gives[160];
    struct lab_sets sets;
};
enum { MAX_LAB_CHANGES = 6 };
/* The smallest changes (fewest edits; CPUs that are alike are edited together), best first, each verified by
 * lab_algebra(). Returns how many of changes were filled. */
unsigned lab_changes(const struct lab_sets *s, bool zcr_feature, struct lab_change changes[MAX_LAB_CHANGES]);

/* Parse --sets: sets as in vl=, separated by /; N*SET repeats one. false with user_error. */
bool lab_parse_sets(const char *text, struct lab_sets *s) MUST_CHECK;
/* Parse --late: CPUs as 1 or 1-3 or 1+2. They must be the last ones. false with user_error. */
bool lab_parse_late(const char *text, struct lab_sets *s) MUST_CHECK;

/* The whole as --sets takes it, and lists of CPUs; each returns buffer. */
char *lab_sets_text(const struct lab_sets *s, char *buffer, size_t size);
char *lab_late_text(const struct lab_sets *s, char *buffer, size_t size); /* "" if none is */
/* One sentence: what lies ahead; and the rule that gave guest_max_vq. */
char *lab_prediction(const struct lab_sets *s, const struct lab_algebra *a, char *buffer, size_t size);
/* Why a CPU is kept out, as a clause. */
char *lab_verdict_text(const struct lab_algebra *a, unsigned cpu, char *buffer, size_t size);
char *lab_rule(const struct lab_algebra *a, char *buffer, size_t size);

#endif
