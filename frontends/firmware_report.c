/* One line on standard error for what a CPU's firmware did wrong: the instruction, the control that decided, and what
 * the kernel's boot protocol asks of it. */
#include "frontends/frontends.h"

#include <inttypes.h>

#include "core/exception.h"
#include "isa/isa.h"

static const char protocol[] = "the kernel's boot protocol (Documentation/arch/arm64/booting.rst, section 4)";

static unsigned zcr_el3_len(const struct cpu *cpu) { return cpu->el3.have ? cpu->el3.zcr_len : 15; }

/* ZCR_EL3.LEN breaks nothing where all CPUs with SVE have the same. */
static bool lengths_differ(const struct cpu *cpu)
{
    const struct machine *m = cpu->machine;
    for (unsigned i = 0; i < m->cpu_count; i++)
        if (m->cpus[i]->vq_set && zcr_el3_len(m->cpus[i]) != zcr_el3_len(cpu))
            return true;
    return false;
}

/* What happened, without the end of the sentence. */
static void describe(FILE *f, const struct cpu *cpu, const struct el3_event *e)
{
    static const char *const answers[] = { [PSCI_IGNORES] = "answers SUCCESS and does nothing (psci=ignore)",
                                           [PSCI_FAILS] = "answers INTERNAL_FAILURE (psci=fail)",
                                           [PSCI_UNKNOWN] = "knows no such CPU (psci=unknown)" };
    const struct el3_row *row = &el3_table[e->control];
    char insn[128];

    disasm(e->word, e->pc, insn, sizeof insn);
    for (char *tab = insn; (tab = strchr(tab, '\t'));)
        *tab = ' ';
    if (e->what == EL3_CPU_ON) {
        fprintf(f, "CPU %u is not brought up: PSCI, called at EL%u, PC %#" PRIx64 ", %s", cpu->index, e->el, e->pc,
                answers[cpu->el3.psci]);
        return;
    }
    fprintf(f, "CPU %u%s: %s at EL%u, PC %#" PRIx64 ", ", cpu->index,
            e->what == EL3_STOPPED ? " is stopped at EL3" : "", insn, e->el, e->pc);
    if (e->what == EL3_LIMITED)
        fprintf(f, "asks for more than ZCR_EL3.LEN = %u allows, and gets %u bits", cpu->el3.zcr_len, CurrentVL(cpu));
    else if (e->what == EL3_UNDEFINED)
        fprintf(f, "is UNDEFINED because %s", row->why);
    else
        fprintf(f, "was trapped%s because %s (EC %#x, %s; ESR_EL3 %#" PRIx64 ")%s",
                e->what == EL3_INJECTED ? " to EL3" : "", row->why, e->ec, exception_class_name(e->ec), e->esr,
                e->what == EL3_INJECTED ? ", which makes it UNDEFINED" : "");
}

void firmware_report(struct cpu *cpu, const struct el3_event *e)
{
    if (e->what == EL3_LIMITED && !lengths_differ(cpu))
        return;
    console_flush();
    progress_wipe();
    fputs("svemu: ", stderr);
    describe(stderr, cpu, e);
    fprintf(stderr, "; %s %s\n", protocol, el3_table[e->control].requirement);
}
