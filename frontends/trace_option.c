/* The text of --trace: LIST[:FILTER[,FILTER...]][=FILE]. docs/tracing.md has the grammar. */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "core/exception.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "sysregs/sysregs.h"

/* ---- Messages ---- */

/* what: "trace category", "filter". names: count of them. */
static bool unknown(const struct trace_spec *s, const char *what, const char *word, const char *const *names,
                    unsigned count)
{
    const char *like = nearest(word, names, count);
    return user_error("%s %s: there is no %s %s%s%s", s->option, s->text, what, word, like ? "; the nearest is " : "",
                      like ? like : "");
}

/* key NULL: the option is about nothing else. */
static bool expected(const struct trace_spec *s, const char *key, const char *value, const char *what)
{
    if (!key)
        return user_error("%s %s: expected %s", s->option, value, what);
    return user_error("%s %s: %s=%s: expected %s", s->option, s->text, key, value, what);
}

static bool too_many(const struct trace_spec *s, const char *key)
{
    return user_error("%s %s: at most %d of %s can be given", s->option, s->text, TRACE_MOST, key);
}

/* ---- Categories ---- */

static const struct {
    const char *qemu;
    enum trace_category category;
} qemu_names[] = {
    { "int", TRACE_EXCEPTIONS },     { "in_asm", TRACE_INSN }, { "exec", TRACE_INSN },
    { "guest_errors", TRACE_GUEST }, { "unimp", TRACE_UNIMP }, { "mmu", TRACE_WALK },
};
enum { QEMU_NAMES = sizeof qemu_names / sizeof qemu_names[0] };

static bool one_device(struct trace_spec *s, const char *name)
{
    if (s->devices == TRACE_MOST)
        return too_many(s, "device.NAME");
    s->device[s->devices++] = strdup(name);
    s->categories |= 1u << TRACE_DEVICE;
    return true;
}

static bool add_category(struct trace_spec *s, const char *name, bool qemu)
{
    const char *names[TRACE_COUNT + QEMU_NAMES];
    unsigned n = 0;
    for (unsigned i = 0; qemu && i < QEMU_NAMES; i++) {
        if (!strcmp(name, qemu_names[i].qemu))
            return s->categories |= 1u << qemu_names[i].category, true;
        names[n++] = qemu_names[i].qemu;
    }
    if (!qemu && !strncmp(name, "device.", 7) && name[7])
        return one_device(s, name + 7);
    for (unsigned i = 0; !qemu && i < TRACE_COUNT; i++) {
        if (!strcmp(name, trace_category_name(i)))
            return s->categories |= 1u << i, true;
        names[n++] = trace_category_name(i);
    }
    return unknown(s, "trace category", name, names, n);
}

/* ---- Values ---- */

/* N or N-M of what number() reads. */
typedef bool number_fn(const char *text, uint64_t *n);

static bool parse_range(const char *text, number_fn *number, struct trace_range *r)
{
    char from[40];
    const char *dash = strchr(text, '-');
    if (!dash)
        return number(text, &r->from) && (r->to = r->from, true);
    if (dash - text >= (ptrdiff_t)sizeof from)
        return false;
    snprintf(from, sizeof from, "%.*s", (int)(dash - text), text);
    r->from = 0, r->to = UINT64_MAX; /* N- and -M */
    return (!*from || number(from, &r->from)) && (!dash[1] || number(dash + 1, &r->to)) && r->from <= r->to && text[1];
}

static bool any_number(const char *text, uint64_t *n) { return parse_number(text, UINT64_MAX, n); }
static bool cpu_number(const char *text, uint64_t *n) { return parse_number(text, MAX_CPUS - 1, n); }
static bool vmid_number(const char *text, uint64_t *n) { return parse_number(text, UINT16_MAX, n); }
static bool el_number(const char *text, uint64_t *n) { return parse_number(text, EL2, n); }

/* Each part of A+B+C. */
typedef bool part_fn(struct trace_spec *s, const char *key, const char *part);
static bool each_part(struct trace_spec *s, const char *key, const char *value, part_fn *part)
{
    char *parts = strdup(value), *rest = NULL;
    bool ok = *value && value[strlen(value) - 1] != '+';
    if (!ok)
        expected(s, key, value, "a value, or several with + between them");
    for (char *p = strtok_r(parts, "+", &rest); ok && p; p = strtok_r(NULL, "+", &rest))
        ok = part(s, key, p);
    free(parts);
    return ok;
}

static bool add_range(struct trace_spec *s, const char *key, struct trace_range *r, unsigned *n,
                      struct trace_range range)
{
    if (*n == TRACE_MOST)
        return too_many(s, key);
    r[(*n)++] = range;
    return true;
}

/* ---- cpu= el= vmid= time= insns= ---- */

static bool cpu_part(struct trace_spec *s, const char *key, const char *part)
{
    struct trace_range r;
    if (!parse_range(part, cpu_number, &r))
        return expected(s, key, part, "a CPU or a range of them, as in 0+2-3");
    for (uint64_t i = r.from; i <= r.to && i < MAX_CPUS; i++)
        s->filter.cpu[i / 64] |= BIT(i % 64);
    return s->filter.has_cpu = true;
}

static bool el_part(struct trace_spec *s, const char *key, const char *part)
{
    struct trace_range r;
    if (!parse_range(part, el_number, &r) || r.to > EL2)
        return expected(s, key, part, "0, 1 or 2, as in 0+1");
    for (uint64_t i = r.from; i <= r.to; i++)
        s->filter.els |= (uint8_t)BIT(i);
    return true;
}

static bool vmid_part(struct trace_spec *s, const char *key, const char *part)
{
    struct trace_filter *f = &s->filter;
    struct trace_range r;
    f->has_vmid = true;
    if (!strcmp(part, "none"))
        return f->no_vmid = true;
    if (!strcmp(part, "any"))
        return f->any_vmid = true;
    return parse_range(part, vmid_number, &r) ? add_range(s, key, f->vmid, &f->vmids, r)
                                              : expected(s, key, part, "a VMID, none (not a guest) or any (a guest)");
}

static bool time_part(struct trace_spec *s, const char *key, const char *part)
{
    struct trace_range r;
    return parse_range(part, parse_time, &r) ? add_range(s, key, s->filter.time, &s->filter.times, r)
                                             : expected(s, key, part, "two times such as 1ms-2500us, or 3s-");
}

static bool insns_part(struct trace_spec *s, const char *key, const char *part)
{
    struct trace_range r;
    return parse_range(part, any_number, &r) ? add_range(s, key, s->filter.count, &s->filter.counts, r)
                                             : expected(s, key, part, "two instruction counts such as 1000-2000");
}

static bool set_cpu(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, cpu_part); }
static bool set_el(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, el_part); }
static bool set_vmid(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, vmid_part); }
static bool set_time(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, time_part); }
static bool set_insns(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, insns_part); }

/* ---- Symbols ---- */

static bool parse_name(const char *text, struct trace_name *n)
{
    static const struct {
        const char *prefix;
        int where;
    } prefixes[] = { { "guest:", IN_GUEST }, { "host:", IN_HOST }, { "nvhe:", IN_NVHE } };
    *n = (struct trace_name){ .where = IN_ANY };
    for (unsigned i = 0; i < 3; i++)
        if (!strncmp(text, prefixes[i].prefix, strlen(prefixes[i].prefix)))
            n->where = prefixes[i].where, text += strlen(prefixes[i].prefix);
    const char *colon = strncmp(text, "guest@", 6) ? NULL : strchr(text, ':');
    if (colon) {
        char number[16];
        uint64_t vmid;
        snprintf(number, sizeof number, "%.*s", (int)(colon - text - 6), text + 6);
        if (!vmid_number(number, &vmid))
            return false;
        n->where = IN_GUEST_VMID, n->vmid = (uint16_t)vmid, text = colon + 1;
    }
    if (!*text || strchr(text, ':'))
        return false;
    return (n->pattern = strdup(text)) != NULL;
}

static bool symbol_part(struct trace_spec *s, const char *key, const char *part)
{
    if (s->filter.symbols == TRACE_MOST)
        return too_many(s, key);
    return parse_name(part, &s->filter.symbol[s->filter.symbols])
               ? (s->filter.symbols++, true)
               : expected(s, key, part, "a function's name or pattern, as in kvm_* or guest:panic");
}

static bool pc_part(struct trace_spec *s, const char *key, const char *part)
{
    struct trace_range r;
    if (!isdigit((unsigned char)*part))
        return symbol_part(s, key, part);
    return parse_range(part, any_number, &r) ? add_range(s, key, s->filter.pc, &s->filter.pcs, r)
                                             : expected(s, key, part, "0xLOW-0xHIGH or a function's name");
}

static bool set_symbol(struct trace_spec *s, const char *key, const char *v)
{
    return each_part(s, key, v, symbol_part);
}
static bool set_pc(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, pc_part); }

/* ---- Registers ---- */

static bool numbered(const char *text, char letter, unsigned count, uint8_t *n)
{
    uint64_t number;
    if (tolower((unsigned char)text[0]) != letter || !parse_number(text + 1, count - 1, &number))
        return false;
    *n = (uint8_t)number;
    return true;
}

static bool parse_register(const char *text, struct trace_register *r)
{
    static const struct {
        const char *name;
        uint8_t reg, n;
    } named[] = {
        { "sp", TRACE_REG_SP, 0 },   { "pstate", TRACE_REG_PSTATE, 0 }, { "nzcv", TRACE_REG_PSTATE, 0 },
        { "ffr", TRACE_REG_FFR, 0 }, { "fpcr", TRACE_REG_FPCR, 0 },     { "fpsr", TRACE_REG_FPSR, 0 },
        { "lr", TRACE_REG_X, 30 },
    };
    *r = (struct trace_register){ 0 };
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (!strcasecmp(text, named[i].name))
            return r->reg = named[i].reg, r->n = named[i].n, true;
    if (numbered(text, 'x', 31, &r->n))
        return r->reg = TRACE_REG_X, true;
    if (numbered(text, 'v', 32, &r->n) || numbered(text, 'z', 32, &r->n))
        return r->reg = TRACE_REG_Z, true;
    if (numbered(text, 'p', 16, &r->n))
        return r->reg = TRACE_REG_P, true;
    for (unsigned i = 0; i < SR_COUNT; i++)
        if (!strcasecmp(text, sysreg_name(i)))
            return r->sysreg = true, r->index = (uint16_t)i, true;
    return false;
}

static bool reg_part(struct trace_spec *s, const char *key, const char *part)
{
    static const char *names[SR_COUNT];
    if (s->filter.regs == TRACE_MOST)
        return too_many(s, key);
    if (parse_register(part, &s->filter.reg[s->filter.regs]))
        return s->filter.regs++, true;
    for (unsigned i = 0; i < SR_COUNT; i++)
        names[i] = sysreg_name(i);
    return unknown(s, "register", part, names, SR_COUNT);
}

static bool set_reg(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, reg_part); }

/* ---- Exception classes: names as ESR_ELx.EC's values are called ---- */

static const struct class_name {
    const char *name;
    uint16_t ec[2];
} class_names[] = {
#define ONE(NAME, EC)      { NAME, { EC, EC } },
#define TWO(NAME, EC, EC2) { NAME, { EC, EC2 } },
    ONE("UNKNOWN", EC_UNKNOWN) ONE("WFX", EC_WFX) ONE("FP", EC_FP_SVE_ACCESS) ONE("LS64", EC_LS64) ONE("PAC", EC_PAC)
        ONE("BTI", EC_BTI) ONE("ILLEGAL", EC_ILLEGAL) ONE("SVC", EC_SVC64) ONE("HVC", EC_HVC64) ONE("SMC", EC_SMC64)
            ONE("SVC64", EC_SVC64) ONE("HVC64", EC_HVC64) ONE("SMC64", EC_SMC64) ONE("SYS", EC_SYS64)
                ONE("SYS64", EC_SYS64) ONE("SVE", EC_SVE) ONE("ERET", EC_ERET) ONE("FPAC", EC_FPAC)
                    TWO("IABT", EC_IABT_LOWER, EC_IABT_SAME) ONE("PC_ALIGN", EC_PC_ALIGN)
                        TWO("DABT", EC_DABT_LOWER, EC_DABT_SAME) ONE("SP_ALIGN", EC_SP_ALIGN) ONE("MOPS", EC_MOPS)
                            ONE("FP_EXC", EC_FP_EXC) ONE("SERROR", EC_SERROR)
                                TWO("BREAKPOINT", EC_BREAKPOINT_LOWER, EC_BREAKPOINT_SAME)
                                    TWO("STEP", EC_STEP_LOWER, EC_STEP_SAME)
                                        TWO("WATCHPOINT", EC_WATCHPOINT_LOWER, EC_WATCHPOINT_SAME) ONE("BRK", EC_BRK64)
                                            ONE("BRK64", EC_BRK64) ONE("IRQ", EC_IRQ) ONE("FIQ", EC_FIQ)
                                                ONE("VIRQ", EC_VIRQ) ONE("VFIQ", EC_VFIQ) ONE("IABT_LOW", EC_IABT_LOWER)
                                                    ONE("IABT_CUR", EC_IABT_SAME) ONE("DABT_LOW", EC_DABT_LOWER)
                                                        ONE("DABT_CUR", EC_DABT_SAME)
#undef ONE
#undef TWO
};
enum { CLASS_NAMES = sizeof class_names / sizeof class_names[0] };

static bool parse_class(struct trace_spec *s, const char *text, uint16_t ec[2])
{
    const char *names[CLASS_NAMES];
    uint64_t n;
    if (parse_number(text, 0x3f, &n))
        return ec[0] = ec[1] = (uint16_t)n, true;
    for (unsigned i = 0; i < CLASS_NAMES; i++) {
        if (!strcasecmp(text, class_names[i].name))
            return memcpy(ec, class_names[i].ec, sizeof class_names[i].ec), true;
        names[i] = class_names[i].name;
    }
    return unknown(s, "exception class", text, names, CLASS_NAMES);
}

static bool ec_part(struct trace_spec *s, const char *key, const char *part)
{
    uint16_t ec[2];
    if (!parse_class(s, part, ec))
        return false;
    if (s->filter.ecs + 2 > TRACE_MOST)
        return too_many(s, key);
    s->filter.ec[s->filter.ecs++] = ec[0];
    if (ec[1] != ec[0])
        s->filter.ec[s->filter.ecs++] = ec[1];
    return true;
}

static bool set_ec(struct trace_spec *s, const char *key, const char *v) { return each_part(s, key, v, ec_part); }

/* ---- Triggers ---- */

static bool parse_trigger(struct trace_spec *s, const char *key, const char *value, struct trace_trigger *t)
{
    *t = (struct trace_trigger){ .kind = TRIGGER_SYMBOL };
    if (!strncmp(value, "ec:", 3))
        return t->kind = TRIGGER_EC, parse_class(s, value + 3, t->ec);
    if (!strncmp(value, "insn:", 5) && parse_number(value + 5, UINT64_MAX, &t->count))
        return t->kind = TRIGGER_COUNT, true;
    if (!strncmp(value, "symbol:", 7))
        value += 7;
    return parse_name(value, &t->name) || expected(s, key, value, "a function's name, ec:CLASS or insn:COUNT");
}

bool trace_trigger_parse(const char *option, const char *where, struct trace_trigger *t)
{
    struct trace_spec s = { .option = option, .text = (char *)where };
    if (!parse_trigger(&s, NULL, where, t))
        return false;
    if (t->kind == TRIGGER_SYMBOL && strpbrk(t->name.pattern, "*?["))
        return expected(&s, NULL, where, "one function, without * and ?");
    return true;
}

static bool set_start(struct trace_spec *s, const char *key, const char *v)
{
    return !s->start.kind ? parse_trigger(s, key, v, &s->start)
                          : user_error("%s %s: %s can be given once", s->option, s->text, key);
}
static bool set_stop(struct trace_spec *s, const char *key, const char *v)
{
    return !s->stop.kind ? parse_trigger(s, key, v, &s->stop)
                         : user_error("%s %s: %s can be given once", s->option, s->text, key);
}

static bool set_dump(struct trace_spec *s, const char *key, const char *value)
{
    if (s->dumps == TRACE_MOST)
        return too_many(s, key);
    struct trace_trigger *t = &s->dump[s->dumps++];
    if (!strcmp(value, "panic"))
        return t->kind = TRIGGER_PANIC, true;
    if (!strcmp(value, "defect"))
        return t->kind = TRIGGER_DEFECT, true;
    if (!strcmp(value, "end"))
        return t->kind = TRIGGER_END, true;
    if (!strncmp(value, "symbol:", 7) || !strncmp(value, "ec:", 3) || !strncmp(value, "insn:", 5))
        return parse_trigger(s, key, value, t);
    return expected(s, key, value, "panic, defect, end, symbol:NAME, ec:CLASS or insn:COUNT");
}

static bool set_last(struct trace_spec *s, const char *key, const char *value)
{
    enum { MOST = 1 << 24 };
    return (parse_number(value, MOST, &s->last) && s->last) ||
           expected(s, key, value, "a number of events from 1 to 16777216");
}

/* ---- Formats ---- */

static const struct trace_format *const formats[] = { &trace_text, &trace_tarmac, &trace_json, &trace_folded,
                                                      &trace_binary };
static const char *const endings[] = { NULL, ".tarmac", ".json", ".folded", ".svt" };
enum { FORMATS = sizeof formats / sizeof formats[0] };

const struct trace_format *trace_format_named(const char *option, const char *name)
{
    const char *names[FORMATS];
    for (unsigned i = 0; i < FORMATS; i++) {
        if (!strcmp(name, formats[i]->name))
            return formats[i];
        names[i] = formats[i]->name;
    }
    const char *like = nearest(name, names, FORMATS);
    user_error("%s: there is no trace format %s%s%s", option, name, like ? "; the nearest is " : "", like ? like : "");
    return NULL;
}

const struct trace_format *trace_format_of_file(const char *file)
{
    for (unsigned i = 0; i < FORMATS; i++) {
        size_t n = endings[i] ? strlen(endings[i]) : 0, length = strlen(file);
        if (n && length > n && !strcmp(file + length - n, endings[i]))
            return formats[i];
    }
    return NULL;
}

static bool set_format(struct trace_spec *s, const char *key, const char *value)
{
    (void)key;
    return (s->format = trace_format_named(s->option, value));
}

static bool set_level(struct trace_spec *s, const char *key, const char *value)
{
    uint64_t n;
    if (!parse_number(value, 19, &n) || !n)
        return expected(s, key, value, "a level of zstd from 1 to 19");
    s->level = (unsigned)n;
    return true;
}

static bool set_windows(struct trace_spec *s, const char *key, const char *value)
{
    return (parse_number(value, UINT64_MAX, &s->windows) && s->windows) ||
           expected(s, key, value, "how many times from start= to stop= are wanted");
}

/* ---- The whole ---- */

static const struct {
    const char *name;
    part_fn *set;
} keys[] = {
    { "cpu", set_cpu },       { "el", set_el },         { "vmid", set_vmid },   { "pc", set_pc },
    { "symbol", set_symbol }, { "reg", set_reg },       { "ec", set_ec },       { "time", set_time },
    { "insns", set_insns },   { "start", set_start },   { "stop", set_stop },   { "last", set_last },
    { "dump", set_dump },     { "format", set_format }, { "level", set_level }, { "windows", set_windows },
};
enum { KEYS = sizeof keys / sizeof keys[0] };

bool trace_spec_item(struct trace_spec *s, const char *item)
{
    const char *names[KEYS], *equals = strchr(item, '=');
    char key[32];
    if (!equals)
        return user_error("%s %s: the filter %s has no value, as in el=2", s->option, s->text, item);
    snprintf(key, sizeof key, "%.*s", (int)(equals - item), item);
    for (unsigned i = 0; i < KEYS; i++) {
        if (!strcmp(key, keys[i].name))
            return keys[i].set(s, key, equals + 1);
        names[i] = keys[i].name;
    }
    return unknown(s, "filter", key, names, KEYS);
}

/* The list up to : or =, the filters up to the second = of one of them, then the file. */
static bool parse_filters(struct trace_spec *s, char *at)
{
    while (at) {
        char *comma = strchr(at, ','), *equals = strchr(at, '='), *file = equals ? strchr(equals + 1, '=') : NULL;
        if (file && (!comma || file < comma)) {
            *file = 0;
            s->file = strdup(file + 1);
            comma = NULL;
        } else if (comma) {
            *comma = 0;
        }
        if (!trace_spec_item(s, at))
            return false;
        at = comma ? comma + 1 : NULL;
    }
    return true;
}

static bool parse_list(struct trace_spec *s, char *list, bool qemu)
{
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest))
        if (!add_category(s, name, qemu))
            return false;
    return s->categories || user_error("%s %s: expected trace categories, as in exceptions,vl", s->option, s->text);
}

bool trace_spec_categories(struct trace_spec *s, const char *list)
{
    char *words = strdup(list);
    s->categories = 0;
    bool ok = words && parse_list(s, words, false);
    free(words);
    return ok;
}

static bool parse(struct trace_spec *s, char *text, bool qemu)
{
    size_t list = qemu ? strlen(text) : strcspn(text, ":=");
    char end = text[list];
    text[list] = 0;
    if (end == '=')
        s->file = strdup(text + list + 1);
    if (!parse_list(s, text, qemu) || (end == ':' && !parse_filters(s, text + list + 1)))
        return false;
    if (s->file && !*s->file)
        return user_error("%s %s: the name of the file is missing behind =", s->option, s->text);
    if (s->dumps && !s->last)
        return user_error("%s %s: dump= says when the last events are written: say how many with last=", s->option,
                          s->text);
    if (!s->format)
        s->format = s->file ? trace_format_of_file(s->file) : NULL;
    if (!s->format)
        s->format = &trace_text;
    return true;
}

static struct trace_spec *new_spec(const char *option, const char *text)
{
    struct trace_spec *s = calloc(1, sizeof *s);
    if (s)
        s->option = option, s->text = strdup(text), s->level = 1;
    else
        user_error("%s %s: the host has no memory for it", option, text);
    return s;
}

struct trace_spec *trace_spec_parse(const char *option, const char *text, bool qemu)
{
    struct trace_spec *s = new_spec(option, text);
    char *words = strdup(text);
    bool ok = s && words && parse(s, words, qemu);
    free(words);
    if (ok)
        return s;
    if (s)
        trace_spec_free(s);
    return NULL;
}

struct trace_spec *trace_spec_filters(const char *option, const char *text)
{
    struct trace_spec *s = new_spec(option, text);
    if (s)
        s->categories = (1u << TRACE_COUNT) - 1, s->format = &trace_text;
    return s;
}

void trace_spec_free(struct trace_spec *s)
{
    for (unsigned i = 0; i < s->devices; i++)
        free(s->device[i]);
    for (unsigned i = 0; i < s->filter.symbols; i++)
        free(s->filter.symbol[i].pattern);
    for (unsigned i = 0; i < s->dumps; i++)
        free(s->dump[i].name.pattern);
    free(s->start.name.pattern);
    free(s->stop.name.pattern);
    free(s->text);
    free(s->file);
    free(s);
}
