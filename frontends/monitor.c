/* The monitor's table of commands, and its console: Ctrl-A c stops the machine between two instructions. */
#include "frontends/monitor.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "frontends/frontends.h"
#include "frontends/trace.h"

struct cpu *monitor_cpu(const struct monitor_session *s) { return s->d->m->cpus[s->d->cpu]; }

bool monitor_word(const char **p, char *word, size_t size)
{
    size_t n;
    *p += strspn(*p, " \t");
    n = strcspn(*p, " \t");
    if (!n || n >= size)
        return false;
    memcpy(word, *p, n);
    word[n] = 0;
    *p += n;
    return true;
}

/* Where the user says nothing else, a name of the space that is meant comes first; any other one that knows it
 * restricts the point to itself. */
bool monitor_address(struct monitor_session *s, const char *text, struct stop_point *p)
{
    struct symbols *symbols = symbols_of(s->d->m);
    struct symbol_space space = space_symbols(s->d, monitor_cpu(s)), in = space;
    uint64_t number;
    space_restrict(s->d, p);
    if (parse_number(text, UINT64_MAX, &number))
        return p->address = number, true;
    if (!strchr(text, ':') && symbols_address(symbols, &space, text, &p->address, NULL))
        return true;
    if (symbols_address(symbols, NULL, text, &p->address, &in)) {
        p->els = in.el == EL2 ? 1 << EL2 : 1 << EL0 | 1 << EL1;
        p->has_vmid = in.stage2, p->vmid = in.vmid;
        return true;
    }
    char first[sizeof user_error_text];
    snprintf(first, sizeof first, "%s", user_error_text);
    if (symbols_physical(symbols, text, &p->address))
        return p->physical = true;
    fprintf(s->f, "%s\n", first);
    return false;
}

static enum verdict choose_cpu(struct monitor_session *s, const char *arg)
{
    struct machine *m = s->d->m;
    uint64_t n;
    if (*arg && !parse_number(arg, m->cpu_count - 1, &n))
        fprintf(s->f, "cpu %s: expected a number below %u\n", arg, m->cpu_count);
    else if (*arg && s->remote)
        fprintf(s->f, "cpu %s: here it is gdb's thread that is meant: thread %u\n", arg, (unsigned)n + 1);
    else if (*arg)
        s->d->cpu = (unsigned)n;
    fprintf(s->f, "CPU %u\n", s->d->cpu);
    return STAY;
}

static enum verdict snapshot(struct monitor_session *s, const char *arg)
{
    snapshot_command(s->d->m, arg, s->f);
    return STAY;
}

static enum verdict trace(struct monitor_session *s, const char *arg)
{
    const char *list = strncmp(arg, "on ", 3) ? arg : arg + 3;
    bool off = !*arg || !strcmp(arg, "off");
    if (off ? !trace_stop() : !trace_add("trace", list, false) || !trace_start(s->d->m))
        fprintf(s->f, "%s\n", user_error_text);
    return STAY;
}

/* Where every CPU is, and what is known; the name at an address as the chosen CPU has it now; the address of a name. */
enum verdict monitor_symbols(struct monitor_session *s, const char *arg)
{
    struct symbols *symbols = symbols_of(s->d->m);
    struct symbol_space space = symbol_space_of(monitor_cpu(s));
    char text[512];
    uint64_t va;
    if (!*arg) {
        symbols_list(symbols, s->f);
        for (unsigned i = 0; i < s->d->m->cpu_count; i++) {
            const struct cpu *cpu = s->d->m->cpus[i];
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

static enum verdict quit(struct monitor_session *s, const char *arg)
{
    (void)s, (void)arg;
    return QUIT;
}

static enum verdict cont(struct monitor_session *s, const char *arg)
{
    (void)arg;
    if (!s->remote)
        return LEAVE;
    fprintf(s->f, "cont: in gdb it is continue that lets the machine go on\n");
    return STAY;
}

static monitor_fn help;

static const struct command {
    const char *name, *arg;
    monitor_fn *run;
    const char *help;
} commands[] = {
    { "cpus", "", monitor_cpus, "all CPUs: power, EL, VMID, PC" },
    { "cpu", "[N]", choose_cpu, "choose the CPU that the others are about" },
    { "regs", "[all]", monitor_regs, "general registers and PSTATE; all: vectors and predicates too" },
    { "sysregs", "[PATTERN]", monitor_sysregs,
      "system registers by name, with their fields: sysregs zcr, sysregs *_EL2" },
    { "vl", "", monitor_vl, "vector lengths of all CPUs, now and implemented" },
    { "why", "[N]", monitor_why, "why each CPU took its last exception; N: the last N of the chosen CPU" },
    { "space", "[SPACE]", monitor_space, "whose addresses are meant: current, el1, el2, physical, guest VMID" },
    { "x", "ADDR [N]", monitor_x, "memory, N words of 64 bits" },
    { "walk", "ADDR", monitor_walk, "every descriptor on the way of an address of the chosen space" },
    { "stage2", "IPA", monitor_stage2, "the same of stage 2 alone" },
    { "tlb", "[PATTERN]", monitor_tlb, "second-level TLB entries: VA, PA, VMID, ASID" },
    { "gic", "", monitor_gic, "distributor, redistributors and list registers" },
    { "vcpus", "", monitor_vcpus, "every VMID and VMPIDR seen, and where it last ran" },
    { "symbols", "[NAME|N]", monitor_symbols,
      "where every CPU is, and whose names are known; the address of a name (also guest:NAME, nvhe:NAME), the name at "
      "N" },
    { "break", "[WHAT]", monitor_break,
      "ADDR | exception EC | exception any | sysreg NAME | instruction N | position N,\n"
      "                          then el=N vmid=N cpu=N; without anything list all" },
    { "watch", "ADDR [...]", monitor_watch, "stop behind accesses: size=N, r, w or rw, el=N vmid=N cpu=N" },
    { "delete", "[N]", monitor_delete, "take away a point; without a number all" },
    { "step", "[N]", monitor_step, "let the chosen CPU execute N instructions" },
    { "back", "[N|cont|to N]", monitor_back,
      "go back N instructions of the chosen CPU, to the last time that a point was hit, or to a position" },
    { "checkpoints", "[on|off]", monitor_checkpoints, "keep what going back needs: up to 1 GiB" },
    { "stats", "", monitor_stats, "instructions, exceptions, time" },
    { "timing", "[MODE]", monitor_timing, "how each CPU is timed; all in another MODE: fast, inorder, ooo" },
    { "snapshot", "save|load F", snapshot, "the whole machine to or from a file" },
    { "trace", "on LIST|off", trace,
      "as --trace LIST[:FILTER,...][=FILE], beside the traces that there are; off: end all" },
    { "cont", "", cont, "let the machine go on" },
    { "quit", "", quit, "end the run" },
    { "help", "", help, "print this" },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static enum verdict help(struct monitor_session *s, const char *arg)
{
    (void)arg;
    for (unsigned i = 0; i < COMMANDS; i++)
        fprintf(s->f, "%-11s %-13s %s\n", commands[i].name, commands[i].arg, commands[i].help);
    return STAY;
}

enum verdict monitor_command(struct monitor_session *s, const char *line)
{
    const char *names[COMMANDS];
    char name[32], arg[256];
    const char *rest = line;
    if (!monitor_word(&rest, name, sizeof name)) {
        if (*rest)
            fprintf(s->f, "there is no such command; help lists them\n");
        return STAY;
    }
    if (name[0] == 1) /* Ctrl-A c typed here too */
        return LEAVE;
    rest += strspn(rest, " \t");
    int n = snprintf(arg, sizeof arg, "%s", rest);
    if (n >= (int)sizeof arg) {
        fprintf(s->f, "%s: what follows is longer than %zu characters\n", name, sizeof arg - 1);
        return STAY;
    }
    while (n > 0 && isspace((unsigned char)arg[n - 1]))
        arg[--n] = 0;
    for (unsigned i = 0; i < COMMANDS; i++) {
        names[i] = commands[i].name;
        if (!strcmp(name, names[i]))
            return commands[i].run(s, arg);
    }
    const char *like = nearest(name, names, COMMANDS);
    fprintf(s->f, "%s: no such command%s%s; help lists them\n", name, like ? ", the nearest is " : "",
            like ? like : "");
    return STAY;
}

enum stop_reason monitor_run(struct debugger *d)
{
    struct monitor_session s = { .d = d, .f = stdout };
    enum verdict verdict = STAY;
    char line[512];
    console_monitor(true);
    monitor_greet(&s);
    while (verdict == STAY && !s.ended) {
        fputs("(svemu) ", stdout);
        fflush(stdout);
        verdict = console_line(line, sizeof line) ? monitor_command(&s, line) : LEAVE;
        fflush(stdout);
    }
    console_monitor(false);
    if (verdict == QUIT)
        machine_stop(d->m, STOP_QUIT, "quit from the monitor");
    return verdict == QUIT ? STOP_QUIT : s.ended;
}
