/* Traces as Arm's Tarmac has them, one file per CPU, in the flavour of Fast Models: what the parser of Arm's Tarmac
 * Trace Utilities (lib/parser.cpp, lib/registers.cpp) takes. docs/tracing.md has the lines. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/trace.h"
#include "frontends/frontends.h"
#include "frontends/trace_out.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

/* An instruction's text is asked for again and again. */
enum { TEXTS = 4096, TEXT_SIZE = 160 };
struct text {
    uint64_t pc;
    uint32_t word;
    bool valid;
    char text[TEXT_SIZE];
};

/* A conditional branch is held until the CPU goes on and it is known whether it was taken; lines that come before that
 * wait behind it. */
enum { MAX_WAITING = 64 };
struct lane {
    FILE *f, *waiting;
    char *lines; /* of waiting */
    size_t size;
    unsigned count;
    struct trace_event branch;
    bool held;
    uint8_t sp; /* PSTATE.SP, as far as the trace tells */
};

struct tarmac {
    struct lane *lane; /* of each CPU */
    unsigned cpus;
    bool shared; /* all to one stream */
    char *path;
    struct text texts[TEXTS];
};

/* ---- Files ---- */

/* FILE for one CPU, else FILE.cpuN; an ending .tarmac stays the end of each. */
static void lane_path(char *name, size_t size, const struct tarmac *t, unsigned n)
{
    static const char ending[] = ".tarmac";
    size_t length = strlen(t->path), cut = sizeof ending - 1;
    bool has = length > cut && !strcmp(t->path + length - cut, ending);
    if (t->cpus == 1)
        snprintf(name, size, "%s", t->path);
    else
        snprintf(name, size, "%.*s.cpu%u%s", (int)(has ? length - cut : length), t->path, n, has ? ending : "");
}

static bool open_lane(struct tarmac *t, unsigned n)
{
    char name[4200];
    t->lane[n].sp = 1;
    if (t->shared && n)
        return (t->lane[n].f = t->lane[0].f);
    if (!t->shared)
        lane_path(name, sizeof name, t, n);
    t->lane[n].f = trace_out_open(t->shared ? t->path : name);
    return t->lane[n].f;
}

static void tarmac_free(struct tarmac *t)
{
    free(t->lane);
    free(t->path);
    free(t);
}

static void *tarmac_open(const char *path, unsigned cpus)
{
    struct tarmac *t = calloc(1, sizeof *t);
    struct lane *lane = calloc(cpus, sizeof *lane);
    if (!t || !lane || (path && strlen(path) > 4096)) {
        free(t), free(lane);
        return user_error("trace: no memory for %u Tarmac files", cpus), NULL;
    }
    *t = (struct tarmac){ .lane = lane, .cpus = cpus, .shared = !path || !strcmp(path, "-") };
    t->path = path ? strdup(path) : NULL;
    for (unsigned i = 0; i < cpus; i++)
        if (!open_lane(t, i)) {
            while (i--)
                fclose(lane[i].f);
            return tarmac_free(t), NULL;
        }
    isa_init();
    return t;
}

/* ---- Lines ---- */

/* Where the next line of an event goes: begun with time and unit. */
static FILE *begin(struct tarmac *t, const struct trace_event *e)
{
    struct lane *l = &t->lane[e->cpu];
    FILE *f = l->waiting ? l->waiting : l->f;
    fprintf(f, "%" PRIu64 " ns ", e->time);
    if (t->shared)
        fprintf(f, "cpu%u ", e->cpu);
    return f;
}

static const char *text_of(struct tarmac *t, uint64_t pc, uint32_t word)
{
    struct text *x = &t->texts[(pc >> 2 ^ word) % TEXTS];
    if (!x->valid || x->pc != pc || x->word != word) {
        *x = (struct text){ .pc = pc, .word = word, .valid = true };
        disasm(word, pc, x->text, sizeof x->text);
    }
    return x->text;
}

/* IT: executed; IS: a conditional branch that is not taken; IF: fetched, and an exception came in place of its end. */
static void write_insn(struct tarmac *t, const struct trace_event *e, const char *type)
{
    unsigned el = e->space.el & 3, sp = t->lane[e->cpu].sp;
    FILE *f = begin(t, e);
    fprintf(f, "%s (%" PRIu64 ") %016" PRIx64 " %08x O EL%u%c_n : %s%s\n", type, e->count, e->pc, e->insn.word, el,
            el && sp ? 'h' : 't', text_of(t, e->pc, e->insn.word), e->insn.row == INSN_COUNT ? " ; UNDEFINED" : "");
}

/* The CPU goes on at pc: a branch that is held can be written, and what waits behind it. */
static void arrive(struct tarmac *t, unsigned cpu, uint64_t pc)
{
    struct lane *l = &t->lane[cpu];
    FILE *waiting = l->waiting;
    if (!l->held)
        return;
    l->held = false, l->waiting = NULL, l->count = 0;
    write_insn(t, &l->branch, pc == l->branch.pc + 4 ? "IS" : "IT");
    if (!waiting)
        return;
    fclose(waiting);
    fwrite(l->lines, 1, l->size, l->f);
    free(l->lines);
}

/* It is not known where the CPU went on. */
static void give_up(struct tarmac *t, unsigned cpu) { arrive(t, cpu, 1); }

/* Something else happens on the CPU before it goes on. */
static void wait_behind(struct tarmac *t, unsigned cpu)
{
    struct lane *l = &t->lane[cpu];
    if (!l->held)
        return;
    if (!l->waiting)
        l->waiting = open_memstream(&l->lines, &l->size);
    if (!l->waiting || l->count++ == MAX_WAITING)
        give_up(t, cpu);
}

static void insn(struct tarmac *t, const struct trace_event *e)
{
    struct lane *l = &t->lane[e->cpu];
    enum flow flow = flow_of(e->insn.word);
    arrive(t, e->cpu, e->pc);
    if (e->insn.taken && flow == FLOW_CONDITIONAL)
        l->branch = *e, l->held = true;
    else
        write_insn(t, e, e->insn.taken || flow == FLOW_TRAP ? "IT" : "IF");
}

static void value(FILE *f, const uint8_t *data, unsigned size)
{
    while (size--)
        fprintf(f, "%02x", data[size]);
}

/* The first bytes of a vector or predicate register: the parser knows them as 2048 and 128 bits wide and leaves what is
 * not in <HIGH:LOW> as it was. */
static void part(FILE *f, char kind, unsigned n, const uint8_t *data, unsigned size)
{
    fprintf(f, "R %c%u<%u:0> ", kind, n, size * 8 - 1);
    value(f, data, size);
}

/* Predicates of more than 128 bits are too wide for the parser: the rest has a name that it does not know. */
static void predicate(struct tarmac *t, const struct trace_event *e, FILE *f)
{
    enum { KNOWN = 16 };
    unsigned size = e->reg.size;
    part(f, 'P', e->reg.n, e->reg.data, size < KNOWN ? size : KNOWN);
    if (size <= KNOWN)
        return;
    fputc('\n', f);
    begin(t, e);
    fprintf(f, "R PHIGH%u ", e->reg.n);
    value(f, e->reg.data + KNOWN, size - KNOWN);
}

/* Registers whose size Tarmac knows. */
static void named(FILE *f, const struct trace_event *e, const char *name, bool numbered, unsigned number, unsigned size)
{
    fprintf(f, "R %s", name);
    if (numbered)
        fprintf(f, "%u", number);
    fputc(' ', f);
    value(f, e->reg.data, e->reg.size < size ? e->reg.size : size);
}

static void reg(struct tarmac *t, const struct trace_event *e)
{
    struct lane *l = &t->lane[e->cpu];
    if (!e->reg.size)
        return;
    if (e->reg.reg == TRACE_REG_PSTATE)
        l->sp = e->reg.data[0] & 1;
    FILE *f = begin(t, e);
    switch (e->reg.reg) {
    case TRACE_REG_X: named(f, e, "X", true, e->reg.n, 8); break;
    case TRACE_REG_SP: named(f, e, "SP_EL", true, l->sp ? e->space.el : 0, 8); break;
    case TRACE_REG_PSTATE: named(f, e, "cpsr", false, 0, 4); break;
    case TRACE_REG_V: named(f, e, "V", true, e->reg.n, 16); break;
    case TRACE_REG_Z: part(f, 'Z', e->reg.n, e->reg.data, e->reg.size); break;
    case TRACE_REG_P: predicate(t, e, f); break;
    case TRACE_REG_FFR: named(f, e, "FFR", false, 0, MAX_PL_BYTES); break;
    case TRACE_REG_FPCR: named(f, e, "FPCR", false, 0, 4); break;
    default: named(f, e, "FPSR", false, 0, 4);
    }
    fputc('\n', f);
}

/* At most 8 bytes in a line: a longer access is one of words. */
static void memory(struct tarmac *t, const struct trace_event *e)
{
    const uint8_t *data = e->mem.data;
    for (unsigned at = 0, size; at < e->mem.size; at += size) {
        uint64_t word = 0;
        unsigned left = e->mem.size - at;
        size = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
        for (unsigned i = size; i--;)
            word = word << 8 | data[at + i];
        FILE *f = begin(t, e);
        fprintf(f, "M%c%u %016" PRIx64 ":%012" PRIx64 "_NS ", e->mem.write ? 'W' : 'R', size, e->mem.va + at,
                e->mem.pa + at);
        if (size == 8)
            fprintf(f, "%08" PRIx64 "_%08" PRIx64 "\n", word >> 32, word & UINT32_MAX);
        else
            fprintf(f, "%0*" PRIx64 "\n", (int)size * 2, word);
    }
}

static void of_el(struct tarmac *t, const struct trace_event *e, const char *name, uint64_t v)
{
    fprintf(begin(t, e), "R %s_EL%u %016" PRIx64 "\n", name, e->exception.e.target, v);
}

/* Fast Models count the vectors from 0x80 on and name them so. */
static void exception(struct tarmac *t, const struct trace_event *e)
{
    static const char *const from[] = { "CURRENT_SP0", "CURRENT_SPx", "LOWER_64", "LOWER_32" };
    static const char *const kind[] = { "SYNC", "IRQ", "FIQ", "SERR" };
    const struct exception_taken *x = &e->exception.e;
    unsigned vector = x->vector >> 7 & 15;

    arrive(t, e->cpu, x->pc);
    FILE *f = begin(t, e);
    fprintf(f, "E %016" PRIx64 " %08x CoreEvent_%s_%s\n", x->pc, 0x80 + vector, from[vector >> 2], kind[vector & 3]);
    begin(t, e);
    fprintf(f, "INFO_EXCEPTION_REASON EL%u to EL%u, %s: ", x->from, x->target, exception_class_name(x->ec));
    trace_out_text(f, e->exception.reason ? e->exception.reason : "", "");
    fputc('\n', f);
    of_el(t, e, "ELR", x->pc);
    of_el(t, e, "SPSR", x->spsr);
    if (x->ec < 64)
        of_el(t, e, "ESR", x->esr);
    if (x->far)
        of_el(t, e, "FAR", x->far);
    if (x->hpfar)
        of_el(t, e, "HPFAR", x->hpfar);
    t->lane[e->cpu].sp = 1;
}

/* For the parser SP_ELx is the SP in use, which one that is written by MSR is not, and S2PIR_EL2 is S2: those get a
 * name that it does not know. FPCR and FPSR have 32 bits there. */
static void sysreg(struct tarmac *t, const struct trace_event *e)
{
    if (e->sysreg.reg >= SR_COUNT)
        return;
    const char *name = sysreg_name(e->sysreg.reg);
    bool taken = !strncmp(name, "SP_EL", 5) || !strcmp(name, "S2PIR_EL2");
    FILE *f = begin(t, e);
    if (!strcmp(name, "FPSR") || !strcmp(name, "FPCR"))
        fprintf(f, "R %s %08x\n", name, (uint32_t)e->sysreg.value);
    else
        fprintf(f, "R %s%s %016" PRIx64 "\n", taken ? "SYS_" : "", name, e->sysreg.value);
}

/* What is no event of the core: the parser keeps it as text. */
static void debug_event(struct tarmac *t, const struct trace_event *e, const char *name, unsigned number)
{
    fprintf(begin(t, e), "E DebugEvent_%s %08x\n", name, number);
}

static void line(struct tarmac *t, const struct trace_event *e)
{
    if (e->category != TRACE_WALK)
        return;
    FILE *f = begin(t, e);
    fputs("TTW ", f);
    trace_out_text(f, e->text ? e->text : "", "");
    fputc('\n', f);
}

static void tarmac_event(void *state, const struct trace_event *e)
{
    static const char *const power[] = { "PowerOff", "PowerOn", "PowerOnPending", "StoppedAtEL3" };
    struct tarmac *t = state;
    if (e->cpu >= t->cpus)
        return;
    if (e->kind == TRACE_EV_LOST)
        give_up(t, e->cpu);
    else if (e->kind != TRACE_EV_INSN && e->kind != TRACE_EV_EXCEPTION)
        wait_behind(t, e->cpu);
    switch (e->kind) {
    case TRACE_EV_INSN: insn(t, e); break;
    case TRACE_EV_REG: reg(t, e); break;
    case TRACE_EV_MEM: memory(t, e); break;
    case TRACE_EV_EXCEPTION: exception(t, e); break;
    case TRACE_EV_RETURN: t->lane[e->cpu].sp = e->ret.to != EL0; break;
    case TRACE_EV_SYSREG: sysreg(t, e); break;
    case TRACE_EV_VL: debug_event(t, e, "CurrentVL", e->vl.bits); break;
    case TRACE_EV_POWER: debug_event(t, e, power[e->power & 3], 0); break;
    case TRACE_EV_LINE: line(t, e); break;
    case TRACE_EV_LOST: debug_event(t, e, "TraceDiscontinuity", 0); break;
    }
}

static bool tarmac_close(void *state)
{
    struct tarmac *t = state;
    bool ok = true;
    for (unsigned i = 0; i < t->cpus; i++) {
        char name[4200];
        give_up(t, i);
        if (!t->shared)
            lane_path(name, sizeof name, t, i);
        if (!t->shared || i + 1 == t->cpus)
            ok = trace_out_close(t->lane[i].f, t->shared ? t->path : name) && ok;
    }
    tarmac_free(t);
    return ok;
}

const struct trace_format trace_tarmac = {
    .name = "tarmac",
    .help = "Arm's Tarmac, one file per CPU",
    .open = tarmac_open,
    .event = tarmac_event,
    .close = tarmac_close,
};
