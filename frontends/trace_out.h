/* What the formats of a trace share: their output files, and what they have to know about an instruction's word. */
#ifndef SVEMU_FRONTENDS_TRACE_OUT_H
#define SVEMU_FRONTENDS_TRACE_OUT_H

#include <stdio.h>

#include "frontends/trace.h"

/* A file to write, "-" standard output, NULL standard error. NULL with user_error. */
FILE *trace_out_open(const char *path);
/* Write what is buffered and close what is a file of ours. false with user_error: something was not written. */
bool trace_out_close(FILE *f, const char *path) MUST_CHECK;
/* Text on one line: bytes that are not printable ASCII become a dot; so do those in avoid. */
void trace_out_text(FILE *f, const char *text, const char *avoid);

/* What an instruction does to the flow of control. */
enum flow {
    FLOW_NEXT,        /* to the next one, or an exception */
    FLOW_CONDITIONAL, /* B.cond, BC.cond, CBZ, CBNZ, TBZ, TBNZ */
    FLOW_JUMP,        /* B, BR and their like */
    FLOW_CALL,        /* BL, BLR and their like */
    FLOW_RETURN,      /* RET, RETAA, RETAB */
    FLOW_ERET,
    FLOW_TRAP, /* SVC, HVC, SMC: completes by taking its exception */
};
enum flow flow_of(uint32_t word);

#endif
