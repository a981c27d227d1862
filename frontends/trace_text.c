/* Traces for people: one line for each event, an instruction's changes on its own line. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "core/exception.h"
#include "core/ledger.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

/* Disassembly by word; by word and PC where the text names an address. */
enum { TEXTS = 1 << 15, TEXT_LENGTH = 104, LINE = 1 << 17, LAST_CHANGE = LINE - 8192 };
struct known_text {
    uint64_t pc;
    uint32_t word;
    bool valid, any_pc;
    char text[TEXT_LENGTH];
};

struct text_state {
    char *path;
    FILE *f;
    struct known_text *texts;
    bool open;    /* the line being made is an instruction's, or registers': changes may follow */
    bool changes; /* and has some */
    uint16_t cpu;
    size_t used;
    char line[LINE];
};

/* ---- A line, piece by piece: printf is too slow for millions of them ---- */

static void put(struct text_state *s, const char *text)
{
    size_t n = strlen(text);
    n = n < sizeof s->line - s->used ? n : sizeof s->line - s->used;
    memcpy(s->line + s->used, text, n);
    s->used += n;
}

static void put_char(struct text_state *s, char c)
{
    if (s->used < sizeof s->line)
        s->line[s->used++] = c;
}

static void put_hex(struct text_state *s, uint64_t value, unsigned digits)
{
    static const char hex[] = "0123456789abcdef";
    while (digits--)
        put_char(s, hex[value >> 4 * digits & 15]);
}

/* Without leading zeros. */
static void put_short_hex(struct text_state *s, uint64_t value)
{
    put(s, "0x");
    put_hex(s, value, value ? (67 - (unsigned)__builtin_clzll(value)) / 4 : 1);
}

static void put_number(struct text_state *s, uint64_t value)
{
    char digits[20];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n)
        put_char(s, digits[--n]);
}

/* Bytes in memory order as one number: the last is the most significant. */
static void put_bytes(struct text_state *s, const uint8_t *data, unsigned size)
{
    while (size--)
        put_hex(s, data[size], 2);
}

static void finish_line(struct text_state *s)
{
    if (s->used) {
        if (s->used == sizeof s->line)
            s->used--;
        s->line[s->used++] = '\n';
        fwrite(s->line, 1, s->used, s->f);
    }
    s->used = 0;
    s->open = s->changes = false;
}

/* cycle cpu EL vmid pc symbol+offset */
static void put_place(struct text_state *s, const struct trace_event *e)
{
    if (e->cpu == UINT16_MAX) {
        put(s, "- - - - - - ");
        return;
    }
    put_number(s, e->cycles);
    put(s, " cpu"), put_number(s, e->cpu);
    put(s, " EL"), put_number(s, e->space.el);
    put_char(s, ' ');
    if (trace_is_guest(&e->space))
        put_number(s, e->space.vmid);
    else
        put_char(s, '-');
    put_char(s, ' '), put_hex(s, e->pc, 16), put_char(s, ' ');
    put(s, e->symbol ? e->symbol : "-");
    if (e->symbol && e->offset)
        put_char(s, '+'), put_short_hex(s, e->offset);
    put_char(s, ' ');
}

/* ---- Instructions and what they change ---- */

static const char *instruction_text(struct text_state *s, const struct trace_event *e)
{
    uint32_t word = e->insn.word;
    uint64_t pc = e->pc;
    unsigned h = (word * 0x9e3779b1u) >> 17;
    struct known_text *k = &s->texts[h];
    if (k->valid && k->word == word && k->any_pc)
        return k->text;
    char elsewhere[TEXT_LENGTH];
    struct known_text *here = &s->texts[(h ^ (uint32_t)(pc >> 2) * 0x85ebca6bu >> 17) & (TEXTS - 1)];
    if (here->valid && !here->any_pc && here->word == word && here->pc == pc)
        return here->text;
    disasm(word, pc ^ 0x100000, elsewhere, sizeof elsewhere);
    disasm(word, pc, here->text, sizeof here->text);
    bool any_pc = !strcmp(here->text, elsewhere);
    here->valid = true, here->any_pc = any_pc && here == k, here->word = word, here->pc = pc;
    if (any_pc && here != k) {
        *k = *here;
        k->any_pc = true;
    }
    return here->text;
}

static void text_insn(struct text_state *s, const struct trace_event *e)
{
    finish_line(s);
    put_place(s, e);
    put_hex(s, e->insn.word, 8);
    put_char(s, ' ');
    put(s, instruction_text(s, e));
    if (e->insn.row == INSN_COUNT)
        put(s, " UNDEFINED");
    if (e->insn.vl)
        put(s, " VL="), put_number(s, e->insn.vl);
    if (!e->insn.taken)
        put(s, " (not executed)");
    s->open = true, s->cpu = e->cpu;
}

/* Changes of an instruction whose line is not open begin a line of their own. */
static void begin_change(struct text_state *s, const struct trace_event *e)
{
    if (s->used > LAST_CHANGE || !s->open || s->cpu != e->cpu) {
        finish_line(s);
        put_place(s, e);
        put(s, trace_category_name(e->category));
        put_char(s, ':');
        s->open = s->changes = true, s->cpu = e->cpu;
    }
    if (!s->changes)
        put(s, " ;");
    s->changes = true;
    put_char(s, ' ');
}

static void put_pstate(struct text_state *s, uint64_t spsr)
{
    static const char flags[] = "NZCV", masks[] = "DAIF";
    for (unsigned i = 0; i < 4; i++)
        put_char(s, spsr >> (31 - i) & 1 ? flags[i] : '-');
    put_char(s, ',');
    for (unsigned i = 0; i < 4; i++)
        put_char(s, spsr >> (9 - i) & 1 ? masks[i] : '-');
    put(s, ",EL"), put_number(s, spsr >> 2 & 3), put_char(s, spsr & 1 ? 'h' : 't');
    put_char(s, '('), put_hex(s, spsr, spsr >> 32 ? 16 : 8), put_char(s, ')');
}

static void text_reg(struct text_state *s, const struct trace_event *e)
{
    static const char *const names[] = { "x", "sp", "pstate", "v", "z", "p", "ffr", "fpcr", "fpsr" };
    bool many = e->reg.reg == TRACE_REG_X || (e->reg.reg >= TRACE_REG_V && e->reg.reg <= TRACE_REG_P);
    begin_change(s, e);
    put(s, names[e->reg.reg]);
    if (many)
        put_number(s, e->reg.n);
    put_char(s, '=');
    uint64_t value = 0;
    if (e->reg.reg == TRACE_REG_PSTATE && e->reg.size == 8)
        memcpy(&value, e->reg.data, 8), put_pstate(s, value);
    else
        put_bytes(s, e->reg.data, e->reg.size);
}

/* r8[VA]=VALUE, w8[VA]=VALUE; the PA where it is another one. */
static void text_mem(struct text_state *s, const struct trace_event *e)
{
    const struct mem_access *a = &e->mem;
    begin_change(s, e);
    put_char(s, a->write ? 'w' : 'r');
    if (a->tags)
        put(s, "tag");
    put_number(s, a->size);
    put_char(s, '['), put_hex(s, a->va, 16);
    if (a->pa != a->va)
        put(s, " pa "), put_short_hex(s, a->pa);
    if (a->device)
        put(s, " device");
    put(s, "]=");
    put_bytes(s, a->data, a->tags ? (a->size + 15) / 16 : a->size);
}

/* ---- Other events ---- */

static void put_field(struct text_state *s, const char *name, uint64_t value)
{
    put(s, name);
    put_short_hex(s, value);
}

static void text_exception(struct text_state *s, const struct trace_event *e)
{
    const struct exception_taken *x = &e->exception.e;
    put(s, "EL"), put_number(s, x->from);
    put(s, " -> EL"), put_number(s, x->target);
    put_char(s, ' '), put(s, exception_class_name(x->ec));
    put_field(s, " EC=", x->ec);
    if (x->esr)
        put_field(s, " ISS=", x->esr & 0x1ffffff);
    if (x->esr >> 32)
        put_field(s, " ISS2=", x->esr >> 32);
    if (x->far)
        put_field(s, " FAR=", x->far);
    if (x->hpfar)
        put_field(s, " HPFAR=", x->hpfar);
    put_field(s, " ELR=", x->pc), put_field(s, " SPSR=", x->spsr), put_field(s, " vector=", x->vector);
    if (*e->exception.reason)
        put(s, " why: "), put(s, e->exception.reason);
}

static void text_return(struct text_state *s, const struct trace_event *e)
{
    put(s, "ERET EL"), put_number(s, e->ret.from);
    put(s, " -> EL"), put_number(s, e->ret.to);
    put_field(s, " PC=", e->ret.target);
}

static void text_sysreg(struct text_state *s, const struct trace_event *e)
{
    put(s, "MSR "), put(s, sysreg_name((enum sysreg_index)e->sysreg.reg));
    put_field(s, " = ", e->sysreg.value), put_field(s, ", was ", e->sysreg.old);
}

static void text_timing(struct text_state *s, const struct trace_event *e)
{
    static const char *const names[TRACE_COUNTS] = { " L1D refills", " L2 refills", " L1I refills", " walks",
                                                     " mispredicted" };
    if (e->timing.part == TRACE_NO_PART) {
        put_number(s, e->timing.instructions), put(s, " instructions, ");
        put_number(s, e->timing.cycles), put(s, " cycles");
        for (unsigned i = 0; i < TRACE_COUNTS; i++)
            put(s, ", "), put_number(s, e->timing.count[i]), put(s, names[i]);
        return;
    }
    put(s, "world switch: ");
    put(s, e->timing.part < LEDGER_PARTS ? ledger_part_key(e->timing.part) : "over");
    put(s, " at cycle "), put_number(s, e->timing.cycles);
}

static void text_other(struct text_state *s, const struct trace_event *e)
{
    static const char *const power[] = { "power off", "power on", "power on pending", "stopped at EL3" };
    finish_line(s);
    put_place(s, e);
    put(s, e->kind == TRACE_EV_TASK ? "task" : trace_category_name(e->category));
    put(s, ": ");
    switch (e->kind) {
    case TRACE_EV_EXCEPTION: text_exception(s, e); break;
    case TRACE_EV_RETURN: text_return(s, e); break;
    case TRACE_EV_SYSREG: text_sysreg(s, e); break;
    case TRACE_EV_VL:
        put(s, "VL "), put_number(s, e->vl.old_bits), put(s, " -> "), put_number(s, e->vl.bits), put(s, " bits");
        break;
    case TRACE_EV_POWER: put(s, power[e->power & 3]); break;
    case TRACE_EV_TIMING: text_timing(s, e); break;
    case TRACE_EV_LOST: put(s, "(instructions before this are left out)"); break;
    default: put(s, e->text);
    }
    finish_line(s);
}

static void text_event(void *state, const struct trace_event *e)
{
    struct text_state *s = state;
    switch (e->kind) {
    case TRACE_EV_INSN: text_insn(s, e); break;
    case TRACE_EV_REG: text_reg(s, e); break;
    case TRACE_EV_MEM: text_mem(s, e); break;
    case TRACE_EV_END: break;
    default: text_other(s, e);
    }
}

/* ---- The file ---- */

static void free_state(struct text_state *s)
{
    free(s->texts);
    free(s->path);
    free(s);
}

static void *text_open(const char *path, unsigned cpus)
{
    struct text_state *s = calloc(1, sizeof *s);
    (void)cpus;
    if (!s || !(s->texts = calloc(TEXTS, sizeof *s->texts)) || !(s->path = strdup(path ? path : "standard error")))
        user_error("the host has no memory for the trace");
    else if (!(s->f = !path ? stderr : strcmp(path, "-") ? fopen(path, "w") : stdout))
        user_error("the trace %s cannot be written: %s", path, strerror(errno));
    else
        return s;
    if (s)
        free_state(s);
    return NULL;
}

static bool text_close(void *state)
{
    struct text_state *s = state;
    bool ok = true;
    finish_line(s);
    if (ferror(s->f) | (s->f == stdout || s->f == stderr ? fflush(s->f) : fclose(s->f)))
        ok = user_error("the trace %s could not be written whole: %s", s->path, strerror(errno));
    free_state(s);
    return ok;
}

const struct trace_format trace_text = { "text", "lines for people", text_open, text_event, text_close };
