/* Parts of the collector: what registers an instruction has changed (trace_registers.c), what functions are called
 * (trace_names.c). */
#ifndef SVEMU_FRONTENDS_TRACE_COLLECT_H
#define SVEMU_FRONTENDS_TRACE_COLLECT_H

#include "frontends/trace_event.h"

/* ---- Registers as they were told ---- */
struct trace_registers {
    uint64_t gpr[SP_SLOT + 1], pstate;
    struct pstate flags;
    uint64_t fpcr, fpsr;
    unsigned vector_bytes; /* of the CPU's longest vectors */
    uint64_t pc;           /* where the CPU was to go on; another one: something else has changed the registers */
    bool stale;            /* instructions have not been looked at since */
    uint8_t z[32][MAX_VL_BYTES], p[17][MAX_PL_BYTES];
};
/* All 0, and stale: the first comparison tells all that are not 0. NULL: no memory. */
struct trace_registers *trace_registers_new(const struct cpu *cpu);

enum { TRACE_CHANGES = 33 + 3 + 32 + 17 };
struct trace_change {
    uint8_t reg, n;
    uint16_t size;
    const void *data;
};
/* Which registers have other values than before, to change[TRACE_CHANGES]; they become what is known. row: of the
 * instruction that was executed, which decides whether vectors are looked at and how they are told; INSN_COUNT: any may
 * have changed. Data points into *cpu and *r. */
unsigned trace_registers_compare(struct trace_registers *r, const struct cpu *cpu, unsigned row,
                                 struct trace_change *change);

/* ---- Names ---- */
struct trace_names;
/* symbols may be NULL. */
struct trace_names *trace_names_new(struct symbols *symbols);
void trace_names_free(struct trace_names *n);
/* Set e's symbol, image and offset from its PC and space. */
void trace_name(struct trace_names *n, struct trace_event *e);

/* ---- Those who wait (trace_stops.c) ---- */
struct trace_name;
enum trace_waiter { WAITER_TRACES, WAITER_TIMING };
/* Forget all that this one was waiting for. */
void trace_stops_begin(struct machine *m, enum trace_waiter who);
void trace_stops_end(enum trace_waiter who);
/* Stop where such a function is entered, wherever its kernel comes to be; at every CPU's instruction of this count. */
void trace_stops_at_name(enum trace_waiter who, struct trace_name *n);
void trace_stops_at_count(enum trace_waiter who, uint64_t count);
/* A CPU has written a register: is it a kernel that has come? */
void trace_stops_sysreg(const struct cpu *cpu, enum sysreg_index r);
/* It has taken an exception, or returned from one: the same question. */
void trace_stops_exception(const struct cpu *cpu, uint64_t vector);
void trace_stops_return(const struct cpu *cpu);
/* The machine has stopped with STOP_DEBUG, maybe for a kernel that has come, whose names are waited for now. true:
 * stop_last()'s CPU stands where a function that was waited for is entered. */
bool trace_stops_stopped(struct machine *m);

/* ---- The timing that changes (timing_when.c) ---- */
/* The machine has stopped, and cpu (NULL: none) at a point: is that where its timing changes? */
void timing_when_stopped(struct machine *m, struct cpu *cpu);

#endif
