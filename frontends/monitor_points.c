/* The monitor's commands that stop and run: points, steps, and who runs. */
#include "frontends/monitor.h"

#include <inttypes.h>

#include "core/exception.h"
#include "core/snapshot.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

/* ---- Points ---- */

/* el=N, vmid=N, cpu=N, and for a watchpoint size=N, r, w, rw. false: it is none of these, or its value is wrong. */
static bool parse_condition(const struct monitor_session *s, const char *word, struct stop_point *p)
{
    uint64_t n;
    const char *value = strchr(word, '=');
    value = value ? value + 1 : "";
    if (!strncmp(word, "el=", 3) && parse_number(value, 2, &n))
        return p->els = (uint8_t)(1u << n), true;
    if (!strncmp(word, "vmid=", 5) && parse_number(value, UINT16_MAX, &n))
        return p->has_vmid = true, p->vmid = (uint16_t)n, true;
    if (!strncmp(word, "cpu=", 4) && parse_number(value, s->d->m->cpu_count - 1, &n))
        return p->cpu = (int)n, true;
    if (p->kind != STOP_AT_ACCESS)
        return false;
    if (!strncmp(word, "size=", 5) && parse_number(value, UINT64_C(1) << 32, &n) && n &&
        p->address + (n - 1) >= p->address)
        return p->size = n, true;
    p->read = !strcmp(word, "r") || !strcmp(word, "rw");
    p->write = !strcmp(word, "w") || !strcmp(word, "rw");
    return p->read || p->write;
}

static bool parse_class(struct monitor_session *s, const char *word, struct stop_point *p)
{
    static const struct {
        const char *name;
        int ec;
    } names[] = { { "any", -1 }, { "irq", EC_IRQ }, { "fiq", EC_FIQ }, { "virq", EC_VIRQ }, { "vfiq", EC_VFIQ } };
    uint64_t n;
    p->kind = STOP_AT_EXCEPTION;
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(word, names[i].name))
            return p->ec = names[i].ec, true;
    if (parse_number(word, 63, &n))
        return p->ec = (int)n, true;
    fprintf(s->f, "exception %s: expected an exception class from 0 to 63, any, irq, fiq, virq or vfiq\n", word);
    return false;
}

static bool parse_count(struct monitor_session *s, const char *word, struct stop_point *p, enum stop_kind kind)
{
    p->kind = kind;
    if (parse_number(word, UINT64_MAX, &p->count))
        return true;
    fprintf(s->f, "%s: expected a number of instructions\n", word);
    return false;
}

static bool parse_register(struct monitor_session *s, const char *word, struct stop_point *p)
{
    const char *names[SR_COUNT];
    p->kind = STOP_AT_SYSREG;
    p->reg = sysreg_by_name(word);
    if (p->reg < SR_COUNT)
        return true;
    for (unsigned r = 0; r < SR_COUNT; r++)
        names[r] = sysreg_name((enum sysreg_index)r);
    const char *like = nearest(word, names, SR_COUNT);
    fprintf(s->f, "sysreg %s: there is no such register%s%s\n", word, like ? ", the nearest is " : "",
            like ? like : "");
    return false;
}

/* What to stop at: the first word, or two. */
static bool parse_what(struct monitor_session *s, const char **rest, struct stop_point *p)
{
    char word[128], value[128] = "";
    bool first = monitor_word(rest, word, sizeof word);
    if (first && !strcmp(word, "if"))
        first = monitor_word(rest, word, sizeof word);
    if (!first) {
        fprintf(s->f, "expected an address, exception EC, sysreg NAME, instruction N or position N\n");
        return false;
    }
    bool exception = !strcmp(word, "exception"), reg = !strcmp(word, "sysreg");
    bool instruction = !strcmp(word, "instruction"), position = !strcmp(word, "position");
    if (exception || reg || instruction || position) {
        if (!monitor_word(rest, value, sizeof value)) {
            fprintf(s->f, "%s: something has to follow\n", word);
            return false;
        }
        return exception     ? parse_class(s, value, p)
               : reg         ? parse_register(s, value, p)
               : instruction ? parse_count(s, value, p, STOP_AT_INSTRUCTION)
                             : parse_count(s, value, p, STOP_AT_POSITION);
    }
    p->kind = STOP_AT_PC;
    return monitor_address(s, word, p);
}

static void set(struct monitor_session *s, const char *rest, struct stop_point *p)
{
    char word[128], text[320];
    while (rest += strspn(rest, " \t"), *rest) {
        if (!monitor_word(&rest, word, sizeof word) || !parse_condition(s, word, p)) {
            fprintf(s->f, "%s: expected el=0, 1 or 2, vmid=N, cpu=N%s\n", word,
                    p->kind == STOP_AT_ACCESS ? ", size=N, r, w or rw" : "");
            return;
        }
    }
    const struct debug_point *added = point_add(s->d, p, true);
    if (!added) {
        fprintf(s->f, "there is no room for another point\n");
        return;
    }
    point_text(s->d, p, text, sizeof text);
    fprintf(s->f, "%u: %s\n", added->number, text);
}

static void list(struct monitor_session *s)
{
    char text[320];
    bool any = false;
    for (unsigned i = 0; i < s->d->points; i++) {
        const struct debug_point *p = &s->d->point[i];
        point_text(s->d, &p->at, text, sizeof text);
        if (p->number)
            fprintf(s->f, "%u: %s\n", p->number, text);
        else
            fprintf(s->f, "gdb's: %s\n", text);
        any = true;
    }
    if (!any)
        fprintf(s->f, "no points are set\n");
}

enum verdict monitor_break(struct monitor_session *s, const char *arg)
{
    struct stop_point p = { .cpu = -1, .ec = -1, .size = 4 };
    const char *rest = arg;
    if (!*arg)
        list(s);
    else if (parse_what(s, &rest, &p))
        set(s, rest, &p);
    return STAY;
}

enum verdict monitor_watch(struct monitor_session *s, const char *arg)
{
    struct stop_point p = { .kind = STOP_AT_ACCESS, .cpu = -1, .size = 8, .write = true };
    const char *rest = arg;
    char word[128];
    if (!monitor_word(&rest, word, sizeof word)) {
        fprintf(s->f, "watch: expected an address\n");
    } else if (monitor_address(s, word, &p)) {
        set(s, rest, &p);
    }
    return STAY;
}

enum verdict monitor_delete(struct monitor_session *s, const char *arg)
{
    struct debugger *d = s->d;
    uint64_t n = 0;
    bool found = false;
    if (*arg && (!parse_number(arg, UINT32_MAX, &n) || !n)) {
        fprintf(s->f, "delete %s: expected a number of a point\n", arg);
        return STAY;
    }
    for (unsigned i = d->points; i-- > 0;)
        if (d->point[i].number && (!n || d->point[i].number == n)) {
            point_delete(d, &d->point[i]);
            found = true;
        }
    if (!found && n)
        fprintf(s->f, "delete %s: there is no such point; break lists them\n", arg);
    return STAY;
}

/* ---- Running ---- */

enum verdict monitor_step(struct monitor_session *s, const char *arg)
{
    uint64_t n = 1;
    unsigned why = STOP_DEBUG;
    if (s->remote) {
        fprintf(s->f, "step: in gdb it is stepi\n");
        return STAY;
    }
    if (*arg && (!parse_number(arg, UINT64_MAX, &n) || !n)) {
        fprintf(s->f, "step %s: expected a number of instructions above 0\n", arg);
        return STAY;
    }
    debugger_resumes(s->d);
    while (n-- && why == STOP_DEBUG && !s->d->monitor_wanted && !console_signal()) {
        why = trace_step(s->d->m, monitor_cpu(s));
        if (why == STOP_DEBUG && stop_last(s->d->m)->point)
            break;
    }
    s->d->monitor_wanted = false;
    if (why != STOP_DEBUG) {
        s->ended = (enum stop_reason)why;
        return LEAVE;
    }
    monitor_place(s, monitor_cpu(s));
    return STAY;
}

/* back [N], back cont, back to N: into *n how far; false: said to s->f. */
static bool parse_back(struct monitor_session *s, const char *arg, bool cont, bool to, uint64_t *n)
{
    *n = 1;
    if (s->remote && !to)
        fprintf(s->f, "back: in gdb it is reverse-stepi and reverse-continue\n");
    else if (!cont && *arg && (!parse_number(to ? arg + 3 : arg, UINT64_MAX, n) || (!*n && !to)))
        fprintf(s->f, "back %s: expected a number of instructions, cont, or to and a position\n", arg);
    else
        return true;
    return false;
}

static enum reverse_result go_back(struct monitor_session *s, uint64_t n)
{
    enum reverse_result result = REVERSE_DONE;
    while (n-- && result == REVERSE_DONE && !console_signal())
        result = debugger_step_back(s->d, monitor_cpu(s));
    return result;
}

enum verdict monitor_back(struct monitor_session *s, const char *arg)
{
    bool to = !strncmp(arg, "to ", 3), cont = !strcmp(arg, "cont");
    uint64_t n;
    if (!parse_back(s, arg, cont, to, &n))
        return STAY;
    enum reverse_result result = cont ? debugger_continue_back(s->d) : to ? debugger_goto(s->d, n) : go_back(s, n);
    if (result == REVERSE_OFF)
        fprintf(s->f, "no checkpoints are kept: checkpoints on\n");
    else if (result == REVERSE_START)
        fprintf(s->f, "this is the oldest state that is kept\n");
    else if (s->remote)
        fprintf(s->f, "now tell gdb: maintenance flush register-cache\n");
    if (result == REVERSE_DONE && cont && stop_last(s->d->m)->cpu)
        s->d->cpu = stop_last(s->d->m)->cpu->index;
    fprintf(s->f, "position %" PRIu64 "\n", machine_position(s->d->m));
    monitor_place(s, monitor_cpu(s));
    return STAY;
}

enum verdict monitor_checkpoints(struct monitor_session *s, const char *arg)
{
    struct machine *m = s->d->m;
    bool on = !strcmp(arg, "on");
    if (*arg && !on && strcmp(arg, "off") != 0) {
        fprintf(s->f, "checkpoints %s: expected on or off\n", arg);
        return STAY;
    }
    if (*arg && !debugger_checkpoints(s->d, on))
        fprintf(s->f, "checkpoints on: the host has no memory for them\n");
    if (checkpoints_on(m))
        fprintf(s->f, "checkpoints from position %" PRIu64 " on; here it is %" PRIu64 "\n", checkpoint_oldest(m),
                machine_position(m));
    else
        fprintf(s->f, "no checkpoints are kept; here it is position %" PRIu64 "\n", machine_position(m));
    return STAY;
}

/* ---- Who runs ---- */

void monitor_place(struct monitor_session *s, struct cpu *cpu)
{
    static const char *const power[] = { "off", "on", "on pending", "stopped at EL3" };
    static const char *const halt[] = { "", ", in WFI", ", in WFE" };
    char vmid[24] = "", pc[192];
    struct stop_point at = { .kind = STOP_AT_PC, .cpu = -1, .address = cpu->pc };
    if (cpu_is_guest(cpu, cpu->pstate.EL))
        snprintf(vmid, sizeof vmid, " VMID %u", mmu_vmid(cpu));
    address_text(s->d, cpu, &at, pc, sizeof pc);
    fprintf(s->f, "CPU %u (%s%s) EL%u%s PC=%s\n", cpu->index, power[cpu->power],
            cpu->power == POWER_ON ? halt[cpu->halted] : "", cpu->pstate.EL, vmid, pc);
}

enum verdict monitor_cpus(struct monitor_session *s, const char *arg)
{
    (void)arg;
    for (unsigned i = 0; i < s->d->m->cpu_count; i++)
        monitor_place(s, s->d->m->cpus[i]);
    return STAY;
}

enum verdict monitor_vcpus(struct monitor_session *s, const char *arg)
{
    (void)arg;
    vcpus_print(s->d, s->f);
    return STAY;
}

void monitor_greet(struct monitor_session *s)
{
    const struct stop_hit *hit = stop_last(s->d->m);
    const struct debug_point *p = point_of_stop(s->d, hit->point);
    char text[320];
    fprintf(s->f, "\nsvemu monitor: the machine is stopped; cont goes on, help lists the commands\n");
    if (!p)
        return;
    s->d->cpu = hit->cpu->index;
    point_text(s->d, &p->at, text, sizeof text);
    fprintf(s->f, "point %u: %s\n", p->number, text);
    monitor_place(s, hit->cpu);
}
