/* Trace categories and the log. One event is one line that begins "cycle cpu EL pc". A disabled category costs one
 * branch. */
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
    TRACE_DEVICE,
    TRACE_GUEST,
    TRACE_UNIMP,
    TRACE_COUNT
};

extern uint32_t trace_mask; /* bit per category */

#define trace_on(category) (__builtin_expect(trace_mask >> (category)&1, 0))
#define TRACE(category, cpu, ...)                   \
    do {                                            \
        if (trace_on(category))                     \
            trace_line(category, cpu, __VA_ARGS__); \
    } while (0)

/* cpu may be NULL (a device, the loader). The newline is added here. */
void trace_line(enum trace_category category, const struct cpu *cpu, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Parse "a,b,device.pl011" (names of DESIGN.md; QEMU's -d spellings when qemu is set). On error returns the offending
 * name in *bad. file NULL: standard error. */
bool trace_enable(const char *list, const char *file, bool qemu, const char **bad);
/* Is device.<name> selected (or plain device)? */
bool trace_device_on(const char *name);
void trace_flush(void);

#endif
