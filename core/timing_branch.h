/* Branch prediction of the timing models: direction (TAGE or gshare), branch target buffer, indirect targets, return
 * stack, as the model's parameters size them. Plain data but for what is fixed at creation. */
#ifndef SVEMU_CORE_TIMING_BRANCH_H
#define SVEMU_CORE_TIMING_BRANCH_H

#include "core/timing.h"

struct timing_branch; /* of one CPU */

enum branch_kind {
    BRANCH_CONDITIONAL,
    BRANCH_DIRECT,
    BRANCH_CALL,
    BRANCH_INDIRECT,
    BRANCH_INDIRECT_CALL,
    BRANCH_RETURN
};
enum branch_outcome {
    BRANCH_RIGHT,
    BRANCH_BUBBLE, /* direction right, target found only by decoding: the front end loses the model's btb-miss cycles */
    BRANCH_WRONG,  /* found when the branch executes: the misprediction penalty */
};

struct timing_branch *timing_branch_create(const struct timing_model *m); /* NULL: no memory */
void timing_branch_free(struct timing_branch *t);
void timing_branch_visit(struct state_pass *s, struct timing_branch *t);

/* The branch at pc was (not) taken to target: how was it predicted? Trains all tables and histories. target: of a taken
 * branch; pc + 4 otherwise. */
enum branch_outcome timing_branch_predict(struct timing_branch *t, uint64_t pc, enum branch_kind kind, bool taken,
                                          uint64_t target);
/* Histories and the return stack are no more those of this stream: an exception was taken, or returned from. What
 * happens to them is the model's. */
void timing_branch_redirect(struct timing_branch *t);

#endif
