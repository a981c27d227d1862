/* Trace categories, and lines on their way to whoever wants them. */
#include "core/trace.h"

#include <stdarg.h>
#include <stdio.h>

uint32_t trace_mask;
static trace_line_fn *to;
static void *to_context;

void trace_to(uint32_t mask, trace_line_fn *line, void *context)
{
    trace_mask = line ? mask : 0;
    to = line, to_context = context;
}

const char *trace_category_name(enum trace_category category)
{
    static const char *const names[TRACE_COUNT] = {
        [TRACE_INSN] = "insn",     [TRACE_REGS] = "regs",
        [TRACE_MEM] = "mem",       [TRACE_EXCEPTIONS] = "exceptions",
        [TRACE_SYSREG] = "sysreg", [TRACE_TLB] = "tlb",
        [TRACE_WALK] = "walk",     [TRACE_IRQ] = "irq",
        [TRACE_VL] = "vl",         [TRACE_DEVICE] = "device",
        [TRACE_GUEST] = "guest",   [TRACE_UNIMP] = "unimp",
        [TRACE_TIMING] = "timing",
    };
    return category < TRACE_COUNT ? names[category] : "?";
}

void trace_line(enum trace_category category, const struct cpu *cpu, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    to(to_context, category, cpu, text);
}
