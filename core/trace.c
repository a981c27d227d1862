/* The trace log: categories, where it goes, and how a line begins. */
#include "core/trace.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cpu.h"

uint32_t trace_mask;
static FILE *trace_file;
static char device_filter[256]; /* ",pl011,gic," or empty for all devices */

static const char *const names[TRACE_COUNT] = {
    [TRACE_INSN] = "insn",     [TRACE_REGS] = "regs",     [TRACE_MEM] = "mem",     [TRACE_EXCEPTIONS] = "exceptions",
    [TRACE_SYSREG] = "sysreg", [TRACE_TLB] = "tlb",       [TRACE_WALK] = "walk",   [TRACE_IRQ] = "irq",
    [TRACE_VL] = "vl",         [TRACE_DEVICE] = "device", [TRACE_GUEST] = "guest", [TRACE_UNIMP] = "unimp",
};

static const struct {
    const char *qemu;
    enum trace_category category;
} qemu_names[] = {
    { "int", TRACE_EXCEPTIONS },     { "in_asm", TRACE_INSN }, { "exec", TRACE_INSN },
    { "guest_errors", TRACE_GUEST }, { "unimp", TRACE_UNIMP }, { "mmu", TRACE_WALK },
};

static bool enable_one(const char *name, bool qemu)
{
    if (qemu) {
        for (size_t i = 0; i < sizeof(qemu_names) / sizeof(qemu_names[0]); i++)
            if (!strcmp(name, qemu_names[i].qemu))
                return trace_mask |= 1u << qemu_names[i].category, true;
        return false;
    }
    if (!strncmp(name, "device.", 7) && name[7]) {
        size_t used = strlen(device_filter);
        if (used + strlen(name + 7) + 3 > sizeof(device_filter))
            return false;
        snprintf(device_filter + used, sizeof(device_filter) - used, "%s%s,", used ? "" : ",", name + 7);
        return trace_mask |= 1u << TRACE_DEVICE, true;
    }
    for (unsigned i = 0; i < TRACE_COUNT; i++)
        if (!strcmp(name, names[i]))
            return trace_mask |= 1u << i, true;
    return false;
}

bool trace_enable(const char *list, const char *file, bool qemu, const char **bad)
{
    static char name[64];

    trace_file = stderr;
    if (file && !(trace_file = fopen(file, "w")))
        return *bad = file, false;
    while (*list) {
        size_t len = strcspn(list, ",");
        snprintf(name, sizeof(name), "%.*s", (int)(len < sizeof(name) ? len : sizeof(name) - 1), list);
        if (!enable_one(name, qemu))
            return *bad = name, false;
        list += len + (list[len] == ',');
    }
    return true;
}

bool trace_device_on(const char *name)
{
    char key[64];

    if (!trace_on(TRACE_DEVICE))
        return false;
    snprintf(key, sizeof(key), ",%s,", name);
    return !*device_filter || strstr(device_filter, key);
}

void trace_line(enum trace_category category, const struct cpu *cpu, const char *format, ...)
{
    FILE *f = trace_file ? trace_file : stderr;
    va_list args;

    if (cpu)
        fprintf(f, "%llu cpu%u EL%u %016llx %s: ", (unsigned long long)cpu_icount(cpu), cpu->index, cpu->pstate.EL,
                (unsigned long long)(cpu->run_start ? PC(cpu) : cpu->pc), names[category]);
    else
        fprintf(f, "- - - - %s: ", names[category]);
    va_start(args, format);
    vfprintf(f, format, args);
    va_end(args);
    putc('\n', f);
}

void trace_flush(void)
{
    if (trace_file)
        fflush(trace_file);
}
