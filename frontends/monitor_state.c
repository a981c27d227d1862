/* The monitor's commands about one CPU's state. */
#define _GNU_SOURCE /* FNM_CASEFOLD */
#include "frontends/monitor.h"

#include <fnmatch.h>
#include <inttypes.h>

#include "core/exception.h"
#include "core/stats.h"
#include "frontends/frontends.h"
#include "sysregs/sysregs.h"

static void print_vector(FILE *f, const char *name, unsigned n, const uint8_t *bytes, unsigned size)
{
    fprintf(f, "%s%u=", name, n);
    for (unsigned i = size; i--;)
        fprintf(f, "%02x", bytes[i]);
    fputc('\n', f);
}

enum verdict monitor_regs(struct monitor_session *s, const char *arg)
{
    const struct cpu *cpu = monitor_cpu(s);
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
    char wide[512];
    if (!strpbrk(pattern, "*?"))
        snprintf(wide, sizeof wide, "*%s*", pattern);
    else
        snprintf(wide, sizeof wide, "%s", pattern);
    return fnmatch(wide, name, FNM_CASEFOLD) == 0;
}

enum verdict monitor_sysregs(struct monitor_session *s, const char *arg)
{
    struct cpu *cpu = monitor_cpu(s);
    unsigned shown = 0;
    char fields[512];
    for (unsigned r = 0; r < SR_COUNT; r++)
        if (sysreg_claimed(cpu, (enum sysreg_index)r) && matches(arg, sysreg_name((enum sysreg_index)r))) {
            uint64_t value = sysreg_peek(cpu, (enum sysreg_index)r);
            sysreg_format((enum sysreg_index)r, value, fields, sizeof fields);
            fprintf(s->f, "%-20s %016" PRIx64 "%s%s\n", sysreg_name((enum sysreg_index)r), value, *fields ? " " : "",
                    fields);
            shown++;
        }
    if (!shown)
        fprintf(s->f, "no system register of CPU %u matches %s\n", cpu->index, arg);
    return STAY;
}

/* What each EL's instructions would have now, and what asks for it. */
enum verdict monitor_vl(struct monitor_session *s, const char *arg)
{
    char set[VL_TEXT];
    (void)arg;
    for (unsigned i = 0; i < s->d->m->cpu_count; i++) {
        struct cpu *cpu = s->d->m->cpus[i];
        if (!cpu->vq_set) {
            fprintf(s->f, "CPU %u: no SVE\n", i);
            continue;
        }
        fprintf(s->f, "CPU %u: CurrentVL %u bits at EL%u (%s), ZCR_EL1.LEN=%u ZCR_EL2.LEN=%u, implemented %s\n", i,
                CurrentVL(cpu), cpu->pstate.EL, cpu->sve_trap ? "SVE is trapped" : "SVE is enabled",
                (unsigned)cpu->sysreg[SR_ZCR_EL1] & 15, (unsigned)cpu->sysreg[SR_ZCR_EL2] & 15,
                vl_text(cpu->vq_set, " ", set, sizeof set));
    }
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
enum verdict monitor_why(struct monitor_session *s, const char *arg)
{
    uint64_t n;
    if (!*arg) {
        for (unsigned i = 0; i < s->d->m->cpu_count; i++)
            if (why_record(s->d->m->cpus[i], 0))
                print_why(s->f, s->d->m->cpus[i], why_record(s->d->m->cpus[i], 0));
            else
                fprintf(s->f, "CPU %u has taken no exception yet\n", i);
        return STAY;
    }
    if (!parse_number(arg, WHY_RECORDS, &n) || !n) {
        fprintf(s->f, "why %s: expected a number from 1 to %d\n", arg, WHY_RECORDS);
        return STAY;
    }
    if (!why_record(monitor_cpu(s), 0))
        fprintf(s->f, "CPU %u has taken no exception yet\n", monitor_cpu(s)->index);
    while (n--)
        if (why_record(monitor_cpu(s), (unsigned)n))
            print_why(s->f, monitor_cpu(s), why_record(monitor_cpu(s), (unsigned)n));
    return STAY;
}

enum verdict monitor_stats(struct monitor_session *s, const char *arg)
{
    (void)arg;
    stats_print(s->d->m, s->f, 0);
    return STAY;
}
