/* Trace categories, and the lines of those events that have no function in core/observe.h. A disabled category costs
 * one branch. */
#ifndef SVEMU_CORE_TRACE_H
#define SVEMU_CORE_TRACE_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;

enum trace_category {
    TRACE_INSN,
    TRACE_REGS,
    TRACE_MEM,
    TRACE_EXCEPTIONS,
    TRACE_SYSREG,
    TRACE_TLB,
    TRACE_WALK,
    TRACE_IRQ,
    TRACE_VL,
    TRACE_TIMING,
    TRACE_DEVICE,
    TRACE_GUEST,
    TRACE_UNIMP,
    TRACE_COUNT
};

extern uint32_t trace_mask; /* bit per category: whose lines are wanted */

#define trace_on(category) (__builtin_expect(trace_mask >> (category)&1, 0))
#define TRACE(category, cpu, ...)                   \
    do {                                            \
        if (trace_on(category))                     \
            trace_line(category, cpu, __VA_ARGS__); \
    } while (0)

/* One line, without newline. cpu may be NULL (a device, the loader). */
void trace_line(enum trace_category category, const struct cpu *cpu, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

typedef void trace_line_fn(void *context, enum trace_category category, const struct cpu *cpu, const char *text);
/* From now on lines of these categories go to line(); mask 0: none are made. */
void trace_to(uint32_t mask, trace_line_fn *line, void *context);
/* "insn", "regs", ...: as --trace has them. */
const char *trace_category_name(enum trace_category category);

#endif
