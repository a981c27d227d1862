/* A core's timing as a model file gives it: plain text, one fact a line, each with its source. docs/timing.md has the
 * format; core/models/NAME.model are those built in. */
#ifndef SVEMU_CORE_TIMING_MODEL_H
#define SVEMU_CORE_TIMING_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- Parameters: one row each in core/timing_param.def, and one line in each file ---- */
enum timing_param {
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) TP_##NAME,
#include "core/timing_param.def"
    TIMING_PARAMS
};

/* ---- Classes: insn_table[].time, one row each in core/timing_class.def, and at least one line in each file ---- */
enum timing_class {
#define TIMING_CLASS(NAME, KEY, TEXT) T_##NAME,
#include "core/timing_class.def"
    TIMING_CLASSES
};
_Static_assert(TIMING_CLASSES <= 256, "a class is a byte in struct insn");

enum { MAX_PORTS = 32, MAX_USES = 64, MAX_COSTS = 8192, MAX_VQ = 16 };

/* One micro-operation's stay in an execution port: it begins in the first cycle from `after` (counted from the first
 * micro-operation's) on in which one of ports is free, and keeps it for `cycles`. */
struct timing_use {
    uint32_t ports; /* bit n: model->port[n]; the lowest free one is taken */
    uint16_t cycles, after;
};

enum {
    COST_FORWARDS = 1,  /* its result goes to the accumulator of an operation of the same group earlier, see below */
    COST_UNORDERED = 2, /* in order: its result may be written before those of older instructions */
};

/* What an instruction costs at one vector length. */
struct timing_cost {
    uint16_t latency; /* from the last operand's arrival to the result's; of a load: to use, with a hit in L1D */
    uint8_t uops;     /* places in dispatch and the reorder buffer; 0: done at rename */
    uint8_t flags;    /* COST_x */
    uint8_t forward;  /* cycles by which the accumulator may come later than the others if one of the group made it */
    uint8_t group;    /* of forwarding; 0: none */
    uint16_t base_latency; /* from the base register to its written-back value */
    uint16_t uses;         /* number of them */
    uint32_t first;        /* model->use[first] and on: the second and on */
    struct timing_use use; /* the first, where uses is not 0 */
};

struct timing_model {
    char name[32], what[128];
    bool in_order;
    char port[MAX_PORTS][16]; /* "": there are no more */
    uint64_t param[TIMING_PARAMS];
    struct timing_use *use; /* second and further ones */
    /* cost[vq][n], vq 1 to 16, n from timing_cost_of(): filled as instructions are decoded. Neither moves. */
    struct timing_cost *cost[MAX_VQ + 1];
    unsigned costs;
    uint64_t digest;          /* of the text: two models with the same are the same */
    struct timing_file *file; /* lines, for looking up and explaining */
};

/* Parse a model. text need not live on; name: of the file, for errors. NULL: error has one sentence with file and line
 * ("FILE:LINE: ..."): a missing row, an unknown unit, key, port, class or instruction, a value out of range. */
struct timing_model *timing_model_parse(const char *name, const char *text, size_t size, char *error,
                                        size_t error_size);
/* One of those built in; they live as long as the program. NULL: there is none. */
struct timing_model *timing_model_builtin(const char *name);
/* Name of the nth built in, or NULL. */
const char *timing_model_name(unsigned n);
void timing_model_free(struct timing_model *m);

/* The index into cost[vq] of a decoded instruction (as isa_decode() leaves it): the last line of the file that matches
 * row, fields and vector length, else that of its class. */
struct op;
unsigned timing_cost_of(struct timing_model *m, const struct op *op);

/* Everything that the model says, with sources, for people. */
void timing_model_explain(const struct timing_model *m, FILE *out);

#endif
