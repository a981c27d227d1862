/* `svemu trace`: what can be done with a binary trace. docs/tracing.md. */
#include <inttypes.h>
#include <stdlib.h>

#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

enum { EXIT_DIFFERENT = 1, MOST_GROUP = 4096, PARTED_SHOWN = 12 };

static const char usage[] =
    "usage: svemu trace dump FILE [--format F] [-o OUT] [--only LIST] [FILTER...]\n"
    "       svemu trace filter FILE -o OUT [--only LIST] [FILTER...]\n"
    "       svemu trace diff A B [--context N] [--only LIST] [FILTER...]\n"
    "       svemu trace info FILE\n\n"
    "FILE is a binary trace, of svemu --trace LIST=FILE.svt; - is standard input or output.\n"
    "  dump    print it: text, or another format\n"
    "  filter  make a smaller binary trace of it\n"
    "  diff    the first point at which two runs part, with what both did before (exit status 0: none, 1: there is "
    "one)\n"
    "  info    what is in it\n"
    "FILTER is KEY=VALUE, as behind --trace LIST: (cpu el vmid pc symbol reg ec time insns start stop last dump);\n"
    "LIST the categories to keep.\n";

struct arguments {
    const char *name; /* "svemu trace dump" */
    const char *file[2];
    unsigned files;
    const char *out, *format, *only, *context;
    const char *filter[64];
    unsigned filters;
};

/* ---- Arguments ---- */

static bool take_option(struct arguments *a, const char *arg, const char *value, bool *known)
{
    const struct {
        const char *name;
        const char **to;
    } options[] = {
        { "-o", &a->out }, { "--format", &a->format }, { "--only", &a->only }, { "--context", &a->context }
    };
    for (unsigned i = 0; i < 4; i++)
        if (!strcmp(arg, options[i].name)) {
            *known = true;
            *options[i].to = value;
            return value || user_error("%s: %s needs a value", a->name, arg);
        }
    *known = false;
    return true;
}

static bool take_word(struct arguments *a, const char *arg, unsigned files)
{
    if (arg[0] == '-' && arg[1])
        return user_error("%s: there is no option %s; svemu trace --help lists them", a->name, arg);
    if (strchr(arg, '=')) {
        if (a->filters == sizeof a->filter / sizeof a->filter[0])
            return user_error("%s: too many filters, at %s", a->name, arg);
        a->filter[a->filters++] = arg;
        return true;
    }
    if (a->files == files)
        return user_error("%s: %s is neither an option nor a filter (KEY=VALUE)", a->name, arg);
    a->file[a->files++] = arg;
    return true;
}

static bool parse_arguments(struct arguments *a, int argc, char **argv, unsigned files)
{
    for (int i = 0; i < argc; i++) {
        bool known;
        if (!take_option(a, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &known))
            return false;
        if (known)
            i++;
        else if (!take_word(a, argv[i], files))
            return false;
    }
    return a->files == files || user_error("%s: expected %s; svemu trace --help", a->name,
                                           files == 2 ? "two binary traces" : "a binary trace");
}

/* The pipe that these arguments describe; NULL with user_error. */
static struct trace_pipe *open_pipe(const struct arguments *a, const struct trace_format *format, const char *out,
                                    unsigned cpus)
{
    char text[512] = "";
    for (unsigned i = 0, used = 0; i < a->filters && used < sizeof text; i++)
        used += (unsigned)snprintf(text + used, sizeof text - used, "%s%s", i ? " " : "", a->filter[i]);
    struct trace_spec *s = trace_spec_filters(a->name, text);
    if (!s)
        return NULL;
    bool ok = !a->only || trace_spec_categories(s, a->only);
    for (unsigned i = 0; ok && i < a->filters; i++)
        ok = trace_spec_item(s, a->filter[i]);
    if (!ok) {
        trace_spec_free(s);
        return NULL;
    }
    s->format = format;
    s->file = strdup(out);
    return trace_pipe_open(s, cpus);
}

/* ---- Groups out of a file ---- */

/* What belongs together is what has one CPU and one instruction count, from an instruction on. */
struct groups {
    struct trace_reader *r;
    struct trace_event event[MOST_GROUP];
    void *copy[MOST_GROUP]; /* of what events point to */
    unsigned n;
    struct trace_event next; /* read, of the next group */
    bool have_next;
};

static const void *copy(struct groups *g, const void *data, size_t n)
{
    free(g->copy[g->n]);
    g->copy[g->n] = malloc(n ? n : 1);
    return g->copy[g->n] ? memcpy(g->copy[g->n], data, n) : NULL;
}

static bool add(struct groups *g, const struct trace_event *e)
{
    struct trace_event *to = &g->event[g->n];
    const void *there = to;
    *to = *e;
    if (e->kind == TRACE_EV_REG)
        there = to->reg.data = copy(g, e->reg.data, e->reg.size);
    else if (e->kind == TRACE_EV_MEM)
        there = to->mem.data = copy(g, e->mem.data, e->mem.size);
    else if (e->kind == TRACE_EV_EXCEPTION)
        there = to->exception.reason = copy(g, e->exception.reason, strlen(e->exception.reason) + 1);
    else if (e->kind == TRACE_EV_LINE || e->kind == TRACE_EV_TASK)
        there = to->text = copy(g, e->text, strlen(e->text) + 1);
    g->n += there != NULL;
    return there;
}

static bool begins_group(const struct trace_event *first, const struct trace_event *e)
{
    return e->kind == TRACE_EV_INSN || e->kind == TRACE_EV_LOST || e->cpu != first->cpu || e->count != first->count;
}

/* false: the end, or damage. */
static bool next_group(struct groups *g)
{
    g->n = 0;
    if (!g->have_next && !trace_read(g->r, &g->next))
        return false;
    g->have_next = false;
    do {
        if (g->n && (g->n == MOST_GROUP || begins_group(&g->event[0], &g->next)))
            return g->have_next = true;
        if (!add(g, &g->next))
            return false;
    } while (trace_read(g->r, &g->next));
    return g->n;
}

static void free_groups(struct groups *g)
{
    for (unsigned i = 0; g && i < MOST_GROUP; i++)
        free(g->copy[i]);
    free(g);
}

static bool damage(const struct arguments *a, unsigned i, const struct trace_reader *r)
{
    const char *what = trace_read_damage(r);
    return what && !user_error("%s: %s %s", a->name, a->file[i], what);
}

static bool pour(const struct arguments *a, struct trace_reader *r, struct trace_pipe *p)
{
    struct groups *g = calloc(1, sizeof *g);
    if (!g)
        return user_error("%s: the host has no memory", a->name);
    g->r = r;
    while (next_group(g))
        trace_pipe_group(p, g->event, g->n);
    free_groups(g);
    return true;
}

static int convert(const struct arguments *a, const struct trace_format *format, const char *out)
{
    struct trace_reader *r = trace_read_open(a->file[0]);
    if (!r)
        return EXIT_USER;
    struct trace_pipe *p = open_pipe(a, format, out, trace_read_cpus(r));
    bool ok = p && pour(a, r, p);
    if (p && !trace_pipe_close(p))
        ok = false;
    if (ok && damage(a, 0, r))
        ok = false;
    trace_read_close(r);
    return ok ? 0 : EXIT_USER;
}

static int do_dump(struct arguments *a)
{
    const struct trace_format *format = a->format ? trace_format_named(a->name, a->format) : NULL;
    if (a->format && !format)
        return EXIT_USER;
    if (!format && a->out)
        format = trace_format_of_file(a->out);
    return convert(a, format ? format : &trace_text, a->out ? a->out : "-");
}

static int do_filter(struct arguments *a)
{
    if (!a->out || a->format) {
        user_error("%s: expected -o OUT and no --format: it writes a binary trace, svemu trace dump other formats",
                   a->name);
        return EXIT_USER;
    }
    if (!strcmp(a->out, a->file[0]) && strcmp(a->out, "-")) {
        user_error("%s: %s would be written over while it is read: name another file behind -o", a->name, a->out);
        return EXIT_USER;
    }
    return convert(a, &trace_binary, a->out);
}

/* ---- Two runs ---- */

static bool same_text(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

static bool same_bytes(const void *a, const void *b, unsigned n, unsigned m) { return n == m && !memcmp(a, b, n); }

static bool same_exception(const struct trace_event *a, const struct trace_event *b)
{
    const struct exception_taken *x = &a->exception.e, *y = &b->exception.e;
    return x->ec == y->ec && x->from == y->from && x->target == y->target && x->pc == y->pc && x->vector == y->vector &&
           x->spsr == y->spsr && x->esr == y->esr && x->far == y->far && x->hpfar == y->hpfar &&
           same_text(a->exception.reason, b->exception.reason);
}

static bool same_access(const struct mem_access *a, const struct mem_access *b)
{
    return a->va == b->va && a->pa == b->pa && a->write == b->write && a->device == b->device &&
           a->translated == b->translated && a->tags == b->tags && same_bytes(a->data, b->data, a->size, b->size);
}

static bool same_payload(const struct trace_event *a, const struct trace_event *b)
{
    switch (a->kind) {
    case TRACE_EV_INSN:
        return a->insn.word == b->insn.word && a->insn.row == b->insn.row && a->insn.vl == b->insn.vl &&
               a->insn.taken == b->insn.taken;
    case TRACE_EV_REG:
        return a->reg.reg == b->reg.reg && a->reg.n == b->reg.n &&
               same_bytes(a->reg.data, b->reg.data, a->reg.size, b->reg.size);
    case TRACE_EV_MEM: return same_access(&a->mem, &b->mem);
    case TRACE_EV_EXCEPTION: return same_exception(a, b);
    case TRACE_EV_RETURN: return a->ret.from == b->ret.from && a->ret.to == b->ret.to && a->ret.target == b->ret.target;
    case TRACE_EV_SYSREG:
        return a->sysreg.reg == b->sysreg.reg && a->sysreg.old == b->sysreg.old && a->sysreg.value == b->sysreg.value;
    case TRACE_EV_VL: return a->vl.old_bits == b->vl.old_bits && a->vl.bits == b->vl.bits;
    case TRACE_EV_POWER: return a->power == b->power;
    case TRACE_EV_TIMING:
        return a->timing.part == b->timing.part && a->timing.time == b->timing.time &&
               a->timing.instructions == b->timing.instructions && a->timing.cycles == b->timing.cycles &&
               !memcmp(a->timing.count, b->timing.count, sizeof a->timing.count);
    case TRACE_EV_TASK:
    case TRACE_EV_LINE: return same_text(a->text, b->text);
    }
    return true;
}

/* Names are not compared: they are of the ELF files at hand, not of the run. */
static bool same_event(const struct trace_event *a, const struct trace_event *b)
{
    const struct symbol_space *s = &a->space, *t = &b->space;
    return a->kind == b->kind && a->category == b->category && a->cpu == b->cpu && s->el == t->el && s->e2h == t->e2h &&
           s->tge == t->tge && s->stage2 == t->stage2 && s->vmid == t->vmid && s->ttbr == t->ttbr &&
           a->time == b->time && a->count == b->count && a->cycles == b->cycles && a->pc == b->pc && same_payload(a, b);
}

/* A format that keeps what passes the filters, for the comparison. */
struct side {
    struct groups *g;
    struct trace_reader *r;
    struct trace_pipe *filter;
    struct trace_event event[MOST_GROUP + 64];
    unsigned n, at;
};
static struct side *filtered; /* whose filter passes events now */

static void *side_open(const char *path, unsigned cpus)
{
    (void)path, (void)cpus;
    return &filtered; /* anything but NULL */
}
static void side_event(void *state, const struct trace_event *e)
{
    (void)state;
    if (e->kind != TRACE_EV_END && filtered->n < MOST_GROUP + 64)
        filtered->event[filtered->n++] = *e;
}
static bool side_close(void *state)
{
    (void)state;
    return true;
}
static const struct trace_format side_format = { "diff", "", side_open, side_event, side_close };

/* The next event of a side that passes; NULL: none. It lives until the next one of another group is asked for. */
static const struct trace_event *next_of(struct side *s)
{
    while (s->at == s->n) {
        s->at = s->n = 0;
        filtered = s;
        if (!next_group(s->g))
            return NULL;
        trace_pipe_group(s->filter, s->g->event, s->g->n);
    }
    return &s->event[s->at++];
}

static bool open_side(const struct arguments *a, struct side *s, unsigned i)
{
    if (!(s->r = trace_read_open(a->file[i])))
        return false;
    if (!(s->g = calloc(1, sizeof *s->g)))
        return user_error("%s: the host has no memory", a->name);
    s->g->r = s->r;
    filtered = s;
    return (s->filter = open_pipe(a, &side_format, "-", trace_read_cpus(s->r)));
}

static void close_side(struct side *s)
{
    filtered = s;
    if (s->filter)
        (void)trace_pipe_close(s->filter);
    if (s->r)
        trace_read_close(s->r);
    free_groups(s->g);
}

static void show_rest(const char *file, struct side *s, const struct trace_event *e)
{
    void *text = trace_text.open("-", trace_read_cpus(s->r));
    printf("---- %s goes on:\n", file);
    if (!e)
        printf("(it ends here)\n");
    fflush(stdout);
    unsigned shown = 0;
    for (; text && e && shown < PARTED_SHOWN; e = next_of(s)) {
        shown += e->kind != TRACE_EV_REG && e->kind != TRACE_EV_MEM;
        if (shown < PARTED_SHOWN)
            trace_text.event(text, e);
    }
    if (text)
        (void)trace_text.close(text);
}

/* The common part goes through a ring, whose end is printed when they part. */
static struct trace_pipe *open_context(const struct arguments *a, unsigned cpus)
{
    struct trace_spec *s = trace_spec_filters(a->name, "");
    char item[64];
    snprintf(item, sizeof item, "last=%s", a->context ? a->context : "40");
    if (!s || !trace_spec_item(s, item)) {
        if (s)
            trace_spec_free(s);
        return NULL;
    }
    s->file = strdup("-");
    return trace_pipe_open(s, cpus);
}

static int compare(const struct arguments *a, struct side *s, struct trace_pipe *context)
{
    uint64_t same = 0;
    const struct trace_event *e[2];
    while ((e[0] = next_of(&s[0]), e[1] = next_of(&s[1]), e[0] && e[1]) && same_event(e[0], e[1])) {
        trace_pipe_keep(context, e[0]);
        same++;
    }
    for (unsigned i = 0; i < 2; i++)
        if (!e[i] && damage(a, i, s[i].r)) {
            trace_pipe_drop(context);
            return EXIT_USER;
        }
    if (!e[0] && !e[1]) {
        trace_pipe_drop(context);
        printf("%s and %s are the same: %" PRIu64 " events\n", a->file[0], a->file[1], same);
        return 0;
    }
    printf("%s and %s part behind %" PRIu64 " events that are the same\n---- the last of these:\n", a->file[0],
           a->file[1], same);
    fflush(stdout);
    (void)trace_pipe_close(context);
    for (unsigned i = 0; i < 2; i++)
        show_rest(a->file[i], &s[i], e[i]);
    return EXIT_DIFFERENT;
}

static int do_diff(struct arguments *a)
{
    struct side *s = calloc(2, sizeof *s);
    int status = EXIT_USER;
    if (!s) {
        user_error("%s: the host has no memory", a->name);
        return EXIT_USER;
    }
    if (open_side(a, &s[0], 0) && open_side(a, &s[1], 1)) {
        struct trace_pipe *context = open_context(a, trace_read_cpus(s[0].r));
        if (context)
            status = compare(a, s, context);
    }
    close_side(&s[0]), close_side(&s[1]);
    free(s);
    return status;
}

/* ---- What is in it ---- */

struct totals {
    uint64_t kind[TRACE_EV_END + 1], el[4], guest, first, last, events;
};

static void count(struct totals *t, const struct trace_event *e)
{
    t->kind[e->kind]++;
    if (e->kind == TRACE_EV_END || e->cpu == UINT16_MAX)
        return;
    t->events++;
    t->first = e->time < t->first ? e->time : t->first;
    t->last = e->time > t->last ? e->time : t->last;
    if (e->kind == TRACE_EV_INSN)
        t->el[e->space.el]++, t->guest += trace_is_guest(&e->space);
}

static int do_info(struct arguments *a)
{
    static const char *const kinds[] = {
        "instructions",
        "register changes",
        "accesses",
        "exceptions",
        "exception returns",
        "MSR",
        "vector-length changes",
        "power changes",
        "task changes",
        "lines (tlb, walk, irq, device, guest, unimp, ...)",
        "timing",
        "gaps",
    };
    struct totals t = { .first = UINT64_MAX };
    struct trace_event e;
    struct trace_reader *r = trace_read_open(a->file[0]);
    if (!r)
        return EXIT_USER;
    while (trace_read(r, &e))
        count(&t, &e);
    printf("%s: written by svemu %s, %u CPUs\n", a->file[0], trace_read_writer(r), trace_read_cpus(r));
    for (unsigned k = 0; k < TRACE_EV_END; k++)
        if (t.kind[k])
            printf("%12" PRIu64 " %s\n", t.kind[k], kinds[k]);
    for (unsigned el = 0; el < 3; el++)
        if (t.el[el])
            printf("%12" PRIu64 " instructions at EL%u\n", t.el[el], el);
    if (t.guest)
        printf("%12" PRIu64 " instructions of guests\n", t.guest);
    if (t.events)
        printf("%12" PRIu64 " ns, from %" PRIu64 " ns on\n", t.last - t.first, t.first);
    bool bad = damage(a, 0, r);
    trace_read_close(r);
    return bad ? EXIT_USER : 0;
}

/* ---- Commands ---- */

static const struct {
    const char *name, *full;
    unsigned files;
    int (*run)(struct arguments *a);
} commands[] = {
    { "dump", "svemu trace dump", 1, do_dump },
    { "filter", "svemu trace filter", 1, do_filter },
    { "diff", "svemu trace diff", 2, do_diff },
    { "info", "svemu trace info", 1, do_info },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

static int run_command(int argc, char **argv)
{
    const char *names[COMMANDS];
    for (unsigned i = 0; i < COMMANDS; i++) {
        struct arguments a = { .name = commands[i].full };
        names[i] = commands[i].name;
        if (!strcmp(argv[1], names[i]))
            return parse_arguments(&a, argc - 2, argv + 2, commands[i].files) ? commands[i].run(&a) : EXIT_USER;
    }
    const char *like = nearest(argv[1], names, COMMANDS);
    user_error("svemu trace: there is no command %s%s%s", argv[1], like ? "; the nearest is " : "", like ? like : "");
    return EXIT_USER;
}

int trace_main(int argc, char **argv)
{
    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
        fputs(usage, stdout);
        return 0;
    }
    isa_init();
    sysreg_init();
    *user_error_text = 0;
    int status = argc < 2
                     ? (user_error("svemu trace: expected dump, filter, diff or info; svemu trace --help"), EXIT_USER)
                     : run_command(argc, argv);
    if (status == EXIT_USER)
        fprintf(stderr, "svemu: %s\n", user_error_text);
    return status;
}
