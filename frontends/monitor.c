/* The monitor: Ctrl-A c stops the machine between two instructions and takes commands, one row each. */
#define _GNU_SOURCE /* FNM_CASEFOLD */
#include "frontends/frontends.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/exception.h"
#include "core/stats.h"
#include "frontends/symbols.h"
#include "frontends/trace.h"
#include "sysregs/sysregs.h"

enum verdict { STAY, LEAVE_MONITOR };

struct session {
    struct machine *m;
    FILE *f;
};

static unsigned selected; /* CPU that regs, sysregs and why are about */

static struct cpu *chosen(const struct session *s) { return s->m->cpus[selected < s->m->cpu_count ? selected : 0]; }

static void print_vector(FILE *f, const char *name, unsigned n, const uint8_t *bytes, unsigned size)
{
    fprintf(f, "%s%u=", name, n);
    for (unsigned i = size; i--;)
        fprintf(f, "%02x", bytes[i]);
    fputc('\n', f);
}

static enum verdict do_regs(struct session *s, const char *arg)
{
    const struct cpu *cpu = chosen(s);
    const struct pstate *p = &cpu->pstate;
    static const char *const power[] = { "off", "on", "on pending", "stopped at EL3" };
    static const char *const halt[] = { "", ", in WFI", ", in WFE" };
    fprintf(s->f, "CPU %u (%s%s) PC=%016" PRIx64 " EL%u%c NZCV=%u%u%u%u DAIF=%u%u%u%u PAN=%u VL=%u\n", cpu->index,
            power[cpu->power], cpu->power == POWER_ON ? halt[cpu->halted] : "", cpu->pc, p->EL, p->SP ? 'h' : 't', p->N,
            p->Z, p->C, p->V, p->D, p->A, p->I, p->F, p->PAN, CurrentVL(cpu));
    for (unsigned i = 0; i < 31; i++)
        fprintf(s->f, "X%-2u=%016" PRIx64 "%s", i, cpu->gpr[i], i % 4 == 3 ? "\n" : " ");
    fprintf(s->f, "SP =%016" PRIx64 "\nFPCR=%08x FPSR=%08x\n", cpu->gpr[SP_SLOT], cpu->fp.fpcr, cpu->fp.fpsr);
    bool all = !strcmp(arg, "all");
    for (unsigned i = 0; all && i < 32; i++)
        print_vector(s->f, cpu->vq_set ? "Z" : "V", i, cpu->z[i], CurrentVL(cpu) / 8);
    for (unsigned i = 0; all && cpu->vq_set && i < 16; i++)
        print_vector(s->f, "P", i, cpu->p[i], CurrentVL(cpu) / 64);
    return STAY;
}

/* A pattern has * and ?; without them it is any part of a name. */
static bool matches(const char *pattern, const char *name)
{
    char wide[80];
    if (!strpbrk(pattern, "*?"))
        snprintf(wide, sizeof wide, "*%s*", pattern);
    else
        snprintf(wide, sizeof wide, "%s", pattern);
    return fnmatch(wide, name, FNM_CASEFOLD) == 0;
}

static enum verdict do_sysregs(struct session *s, const char *arg)
{
    unsigned shown = 0;
    for (unsigned r = 0; r < SR_COUNT; r++)
        if (matches(arg, sysreg_name(r))) {
            fprintf(s->f, "%-20s %016" PRIx64 "\n", sysreg_name(r), sysreg_peek(chosen(s), r));
            shown++;
        }
    if (!shown)
        fprintf(s->f, "no system register matches %s\n", arg);
    return STAY;
}

static void print_why(FILE *f, const struct cpu *cpu, const struct why_record *r)
{
    char text[512];
    why_text(&r->why, text, sizeof text);
    fprintf(f, "CPU %u %" PRIu64 " EL%u -> EL%u PC=%016" PRIx64 " %s: %s\n", cpu->index, r->icount, r->why.from,
            r->target, r->pc, exception_class_name(r->ec), text);
}

/* Without a number the last exception of each CPU; with one the last n of the chosen CPU, the oldest first. */
static enum verdict do_why(struct session *s, const char *arg)
{
    uint64_t n;
    if (!*arg) {
        for (unsigned i = 0; i < s->m->cpu_count; i++)
            if (why_record(s->m->cpus[i], 0))
                print_why(s->f, s->m->cpus[i], why_record(s->m->cpus[i], 0));
            else
                fprintf(s->f, "CPU %u has taken no exception yet\n", i);
        return STAY;
    }
    if (!parse_number(arg, WHY_RECORDS, &n) || !n) {
        fprintf(s->f, "why %s: expected a number from 1 to %d\n", arg, WHY_RECORDS);
        return STAY;
    }
    if (!why_record(chosen(s), 0))
        fprintf(s->f, "CPU %u has taken no exception yet\n", chosen(s)->index);
    while (n--)
        if (why_record(chosen(s), (unsigned)n))
            print_why(s->f, chosen(s), why_record(chosen(s), (unsigned)n));
    return STAY;
}

static enum verdict do_stats(struct session *s, const char *arg)
{
    (void)arg;
    stats_print(s->m, s->f, 0);
    return STAY;
}

static enum verdict do_cpu(struct session *s, const char *arg)
{
    uint64_t n;
    if (*arg && (!parse_number(arg, s->m->cpu_count - 1, &n)))
        fprintf(s->f, "cpu %s: expected a number below %u\n", arg, s->m->cpu_count);
    else if (*arg)
        selected = (unsigned)n;
    fprintf(s->f, "CPU %u\n", chosen(s)->index);
    return STAY;
}

static enum verdict do_trace(struct session *s, const char *arg)
{
    const char *list = strncmp(arg, "on ", 3) ? arg : arg + 3;
    bool off = !*arg || !strcmp(arg, "off");
    if (off ? !trace_stop() : !trace_add("trace", list, false) || !trace_start(s->m))
        fprintf(s->f, "%s\n", user_error_text);
    return STAY;
}

/* Where every CPU is, and what is known; the name at an address as the chosen CPU has it now; the address of a name. */
static enum verdict do_symbols(struct session *s, const char *arg)
{
    struct symbols *symbols = symbols_of(s->m);
    struct symbol_space space = symbol_space_of(chosen(s));
    char text[512];
    uint64_t va;
    if (!*arg) {
        symbols_list(symbols, s->f);
        for (unsigned i = 0; i < s->m->cpu_count; i++) {
            const struct cpu *cpu = s->m->cpus[i];
            space = symbol_space_of(cpu);
            fprintf(s->f, "CPU %u EL%u PC=%016" PRIx64 " %s\n", i, cpu->pstate.EL, cpu->pc,
                    symbols_text(symbols, &space, cpu->pc, text, sizeof text));
        }
        return STAY;
    }
    struct symbol found;
    if (!symbols_address(symbols, parse_number(arg, UINT64_MAX, &va) ? &space : NULL, arg, &va, &space))
        fprintf(s->f, "symbols %s\n", user_error_text);
    else if (symbols_at(symbols, &space, va, &found))
        fprintf(s->f, "%016" PRIx64 " %s+0x%" PRIx64 " (%s)\n", va, found.name, found.offset, found.image);
    else
        fprintf(s->f, "%016" PRIx64 " has no name at EL%u\n", va, space.el);
    return STAY;
}

static enum verdict do_quit(struct session *s, const char *arg)
{
    (void)arg;
    machine_stop(s->m, STOP_QUIT, "quit from the monitor");
    return LEAVE_MONITOR;
}

static enum verdict do_cont(struct session *s, const char *arg)
{
    (void)s, (void)arg;
    return LEAVE_MONITOR;
}

static enum verdict do_help(struct session *s, const char *arg);

static const struct command {
    const char *name, *arg;
    enum verdict (*run)(struct session *s, const char *arg);
    const char *help;
} commands[] = {
    { "regs", "[all]", do_regs, "general registers and PSTATE of the chosen CPU; all: vectors and predicates too" },
    { "sysregs", "[PATTERN]", do_sysregs,
      "its system registers whose names match, e.g. sysregs zcr or sysregs *_EL12" },
    { "why", "[N]", do_why, "why each CPU took its last exception; N: the last N of the chosen CPU" },
    { "cpu", "[N]", do_cpu, "choose a CPU" },
    { "stats", "", do_stats, "instructions, exceptions, time" },
    { "trace", "on LIST|off", do_trace,
      "as --trace LIST[:FILTER,...][=FILE], beside the traces that there are; off: end all" },
    { "symbols", "[NAME|N]", do_symbols,
      "where every CPU is, and whose names are known; the address of a name (also guest:NAME, nvhe:NAME), the name at "
      "N" },
    { "cont", "", do_cont, "let the machine go on" },
    { "quit", "", do_quit, "end the run" },
    { "help", "", do_help, "print this" },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static enum verdict do_help(struct session *s, const char *arg)
{
    (void)arg;
    for (unsigned i = 0; i < COMMANDS; i++)
        fprintf(s->f, "%-8s %-10s %s\n", commands[i].name, commands[i].arg, commands[i].help);
    return STAY;
}

bool monitor_command(struct machine *m, const char *line, FILE *f)
{
    char name[16], arg[80] = "";
    const char *names[COMMANDS];
    struct session s = { m, f };
    if (sscanf(line, " %15s %79s", name, arg) < 1)
        return true;
    if (name[0] == 1) /* Ctrl-A c typed here too */
        return false;
    for (unsigned i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (!strcmp(name, names[i]))
            return commands[i].run(&s, arg) == STAY;
    }
    const char *like = nearest(name, names, COMMANDS);
    fprintf(f, "%s: no such command%s%s; help lists them\n", name, like ? ", the nearest is " : "", like ? like : "");
    return true;
}

void monitor_run(struct machine *m)
{
    char line[256];
    bool stay = true;
    fprintf(stdout, "\nsvemu monitor: the machine is stopped; cont goes on, help lists the commands\n");
    while (stay) {
        fputs("(svemu) ", stdout);
        fflush(stdout);
        stay = console_line(line, sizeof line) && monitor_command(m, line, stdout);
        fflush(stdout);
    }
}
