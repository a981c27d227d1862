/* Folded stacks for flame graphs: lines "root;function;function N", N cycles spent in the last function.
 * Stacks are followed by calls and returns, one for each EL and VM on each CPU; docs/tracing.md says how. Guests may do
 * with calls what they like: depth, names and stacks are bounded. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frontends/frontends.h"
#include "frontends/trace_out.h"

enum {
    MAX_DEPTH = 192, /* calls on one stack; of more the oldest are forgotten */
    MAX_NODES = 1 << 18,
    MAX_NAMES = 1 << 16,
    MAX_NAME = 128,
    MAX_STACKS = 32, /* of one CPU, by EL and VM; the one not used for longest is forgotten */
    BUCKETS = 1 << 16,
    CACHE = 4096,
};
enum { OTHER_NAME = 1 }; /* 0 is none */

/* A function as it was called: by its parent, a path to the root. 0: none. */
struct node {
    uint32_t parent, name, next;
    uint64_t count;
};

struct frame {
    uint64_t ret;   /* where it goes on */
    uint64_t entry; /* of the caller */
    uint32_t base;  /* of the caller */
    bool exception; /* entered by an exception and left by ERET */
};

/* Of one EL of one VM on one CPU. */
struct stack {
    bool used, guest, e2h;
    uint8_t el;
    uint16_t vmid;
    uint64_t last;       /* number of the event at which it was used */
    uint32_t root, base; /* nodes: at the bottom, of who called the function that runs */
    uint32_t leaf;       /* node of the last instruction's function */
    uint64_t entry;      /* where that was entered; 0: not seen */
    unsigned depth;
    struct frame frame[MAX_DEPTH];
};

/* The number of a symbol's name, found by the address of its text. */
struct found {
    const char *symbol;
    uint32_t name;
};

struct lane {
    struct stack *stack; /* MAX_STACKS, once it executes something */
    struct stack *at;    /* of the last instruction, NULL: none */
    enum flow flow;      /* of the last instruction, not acted on yet */
    uint64_t pc;         /* of the last instruction */
    /* The function that the cycles from `cycles` on are spent in; 0: that of the next instruction. */
    uint32_t spends;
    bool executed; /* the last instruction */
    bool counts;   /* cycles is known */
    uint64_t cycles;
};

struct folded {
    FILE *f;
    char *path;
    struct lane *lane;
    unsigned cpus;
    uint64_t events;
    bool insns;

    struct node node[MAX_NODES];
    char *name[MAX_NAMES];
    uint32_t nodes, names, name_next[MAX_NAMES];
    uint32_t node_bucket[BUCKETS], name_bucket[BUCKETS];
    struct found cache[CACHE];
};

/* ---- Names and nodes, each of them once ---- */

static uint32_t hash_text(const char *s)
{
    uint32_t h = 2166136261u;
    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h % BUCKETS;
}

static uint32_t name_number(struct folded *x, const char *text)
{
    char clean[MAX_NAME];
    snprintf(clean, sizeof clean, "%s", text);
    for (char *c = clean; *c; c++)
        if (*c < ' ' || *c > '~' || *c == ';')
            *c = '.';
    uint32_t *bucket = &x->name_bucket[hash_text(clean)];
    for (uint32_t n = *bucket; n; n = x->name_next[n])
        if (!strcmp(x->name[n], clean))
            return n;
    char *copy = x->names < MAX_NAMES ? strdup(clean) : NULL;
    if (!copy)
        return OTHER_NAME;
    x->name[x->names] = copy;
    x->name_next[x->names] = *bucket;
    return *bucket = x->names++;
}

/* name called by parent; parent itself where there are too many. */
static uint32_t child(struct folded *x, uint32_t parent, uint32_t name)
{
    uint32_t *bucket = &x->node_bucket[(parent * 31 + name) * 2654435761u >> 16];
    for (uint32_t n = *bucket; n; n = x->node[n].next)
        if (x->node[n].parent == parent && x->node[n].name == name)
            return n;
    if (x->nodes == MAX_NODES)
        return parent;
    x->node[x->nodes] = (struct node){ .parent = parent, .name = name, .next = *bucket };
    return *bucket = x->nodes++;
}

/* ---- Stacks ---- */

/* The host's kernel is at EL2 with VHE and at EL1 without, where EL2 has the hypervisor's own code. */
static uint32_t root_of(struct folded *x, const struct symbol_space *s)
{
    char text[32] = "host";
    if (s->el == EL2 && !s->e2h)
        snprintf(text, sizeof text, "hyp");
    else if (trace_is_guest(s))
        snprintf(text, sizeof text, "guest %u", s->vmid);
    uint32_t root = child(x, 0, name_number(x, text));
    return s->el == EL0 ? child(x, root, name_number(x, "[user]")) : root;
}

static void stack_reset(struct stack *s)
{
    s->depth = 0;
    s->base = s->leaf = s->root;
    s->entry = 0;
}

static bool stack_is_of(const struct stack *s, const struct symbol_space *space)
{
    bool guest = trace_is_guest(space);
    return s->used && s->el == space->el && s->guest == guest &&
           (guest ? s->vmid == space->vmid : s->e2h == space->e2h);
}

/* NULL: no memory. */
static struct stack *stack_of(struct folded *x, unsigned cpu, const struct symbol_space *space)
{
    struct lane *l = &x->lane[cpu];
    struct stack *s = l->at;
    if (s && stack_is_of(s, space))
        return s->last = x->events, s;
    if (!l->stack && !(l->stack = calloc(MAX_STACKS, sizeof *l->stack)))
        return NULL;
    struct stack *free_one = l->stack;
    for (s = l->stack; s < l->stack + MAX_STACKS; s++) {
        if (stack_is_of(s, space))
            return s->last = x->events, s;
        if (s->last < free_one->last)
            free_one = s;
    }
    s = free_one;
    *s = (struct stack){ .used = true, .el = space->el, .e2h = space->e2h, .last = x->events };
    s->guest = trace_is_guest(space);
    s->vmid = space->vmid;
    s->root = root_of(x, space);
    stack_reset(s);
    return s;
}

static void push(struct stack *s, uint64_t ret, uint64_t entry, bool exception)
{
    uint32_t base = s->base;
    if (s->depth == MAX_DEPTH)
        memmove(s->frame, s->frame + 1, --s->depth * sizeof s->frame[0]);
    else
        s->base = s->leaf;
    s->frame[s->depth++] = (struct frame){ .ret = ret, .entry = s->entry, .base = base, .exception = exception };
    s->entry = entry;
}

/* Back to whoever is to go on at pc. false: nobody. */
static bool pop(struct stack *s, uint64_t pc, bool exception)
{
    for (unsigned i = s->depth; i--;) {
        const struct frame *f = &s->frame[i];
        if (f->ret == pc && f->exception == exception) {
            s->depth = i, s->base = f->base, s->entry = f->entry;
            return true;
        }
    }
    return false;
}

/* ---- Events ---- */

/* The CPU goes on at pc, by the last instruction. A return to nobody: another task's stack, of which nothing is known.
 */
static void arrive(struct lane *l, uint64_t pc)
{
    if (l->at && l->flow == FLOW_CALL)
        push(l->at, l->pc + 4, pc, false);
    else if (l->at && l->flow == FLOW_RETURN && !pop(l->at, pc, false))
        stack_reset(l->at);
    l->flow = FLOW_NEXT;
}

/* The function that runs: by its symbol, else by where it was entered. */
static uint32_t function_of(struct folded *x, const struct stack *s, const struct trace_event *e)
{
    struct found *found = &x->cache[(uintptr_t)e->symbol / 8 % CACHE];
    char text[32] = "[unknown]";
    if (e->symbol && *e->symbol) {
        if (found->symbol != e->symbol)
            *found = (struct found){ e->symbol, name_number(x, e->symbol) };
        return found->name;
    }
    if (s->entry)
        snprintf(text, sizeof text, "%#" PRIx64, s->entry);
    return name_number(x, text);
}

/* The cycles up to an event are those of the instruction before it: with `fast` one if that was executed. Behind an
 * exception they belong to what handles it. */
static void spend(struct folded *x, struct lane *l, const struct trace_event *e, uint32_t next)
{
    uint32_t node = l->spends ? l->spends : next;
    if (l->counts && node && e->cycles > l->cycles)
        x->node[node].count += e->cycles - l->cycles, l->cycles = e->cycles;
    if (!l->counts || e->cycles > l->cycles)
        l->cycles = e->cycles;
    l->counts = true;
    l->spends = next;
}

static void insn(struct folded *x, const struct trace_event *e)
{
    struct lane *l = &x->lane[e->cpu];
    struct stack *s = stack_of(x, e->cpu, &e->space);
    if (!s)
        return;
    if (s == l->at)
        arrive(l, e->pc);
    l->at = s, l->pc = e->pc;
    l->flow = e->insn.taken ? flow_of(e->insn.word) : FLOW_NEXT;
    s->leaf = child(x, s->base, function_of(x, s, e));
    spend(x, l, e, s->leaf);
    l->executed = e->insn.taken;
    x->insns = true;
}

static struct symbol_space space_at(const struct trace_event *e, unsigned el)
{
    struct symbol_space s = e->space;
    s.el = (uint8_t)el;
    return s;
}

/* A kernel's stack is empty when it is entered from below, but not a hypervisor's when its guest comes back. */
static void exception(struct folded *x, const struct trace_event *e)
{
    struct lane *l = &x->lane[e->cpu];
    const struct exception_taken *t = &e->exception.e;
    struct symbol_space from = space_at(e, t->from), to = space_at(e, t->target);
    arrive(l, t->pc);
    struct stack *s = stack_of(x, e->cpu, &to);
    if (!s)
        return;
    spend(x, l, e, 0);
    if (t->from < t->target && !(t->target == EL2 && trace_is_guest(&from)))
        stack_reset(s);
    push(s, t->pc, t->vector, true);
    l->at = s;
}

static void exception_return(struct folded *x, const struct trace_event *e)
{
    struct lane *l = &x->lane[e->cpu];
    struct symbol_space from = space_at(e, e->ret.from), to = space_at(e, e->ret.to);
    struct stack *s = stack_of(x, e->cpu, &from);
    if (!s)
        return;
    l->flow = FLOW_NEXT;
    if (!pop(s, e->ret.target, true) && !(e->ret.from == EL2 && trace_is_guest(&to)))
        stack_reset(s);
}

/* Where something was left out nothing is known of the stacks. */
static void forget(struct lane *l)
{
    for (unsigned i = 0; l->stack && i < MAX_STACKS; i++)
        stack_reset(&l->stack[i]);
    l->at = NULL, l->flow = FLOW_NEXT;
    l->spends = 0, l->counts = l->executed = false;
}

static void folded_event(void *state, const struct trace_event *e)
{
    struct folded *x = state;
    if (e->cpu >= x->cpus)
        return;
    x->events++;
    switch (e->kind) {
    case TRACE_EV_INSN: insn(x, e); break;
    case TRACE_EV_EXCEPTION: exception(x, e); break;
    case TRACE_EV_RETURN: exception_return(x, e); break;
    case TRACE_EV_LOST: forget(&x->lane[e->cpu]); break;
    }
}

/* ---- Opening and writing ---- */

static void folded_free(struct folded *x)
{
    for (unsigned i = 0; x->lane && i < x->cpus; i++)
        free(x->lane[i].stack);
    for (uint32_t n = 0; n < x->names; n++)
        free(x->name[n]);
    free(x->lane);
    free(x->path);
    free(x);
}

static void *folded_open(const char *path, unsigned cpus)
{
    struct folded *x = calloc(1, sizeof *x);
    struct lane *lane = calloc(cpus, sizeof *lane);
    if (!x || !lane) {
        free(x), free(lane);
        return user_error("trace: no memory for folded stacks"), NULL;
    }
    x->lane = lane, x->cpus = cpus, x->path = path ? strdup(path) : NULL;
    x->nodes = x->names = 1;
    name_number(x, "[other]");
    if (!(x->f = trace_out_open(path)))
        return folded_free(x), NULL;
    return x;
}

static void print_path(FILE *f, const struct folded *x, uint32_t n)
{
    uint32_t path[MAX_DEPTH + 8] = { 0 };
    unsigned depth = 0;
    for (; n && depth < sizeof path / sizeof path[0]; n = x->node[n].parent)
        path[depth++] = x->node[n].name;
    while (depth--)
        fprintf(f, "%s%s", x->name[path[depth]], depth ? ";" : "");
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Sorted, so that two runs can be compared. false: no memory. */
static bool write_lines(const struct folded *x)
{
    char **lines = calloc(x->nodes, sizeof *lines);
    size_t count = 0, size;
    bool ok = lines;
    for (uint32_t n = 1; ok && n < x->nodes; n++) {
        FILE *f = x->node[n].count ? open_memstream(&lines[count], &size) : NULL;
        if (!x->node[n].count)
            continue;
        if (f)
            print_path(f, x, n), fprintf(f, " %" PRIu64 "\n", x->node[n].count), fclose(f);
        ok = f && lines[count++];
    }
    if (ok)
        qsort(lines, count, sizeof *lines, by_text);
    for (size_t i = 0; i < count; i++) {
        if (ok)
            fputs(lines[i], x->f);
        free(lines[i]);
    }
    free(lines);
    return ok || user_error("trace: no memory for folded stacks");
}

static bool folded_close(void *state)
{
    struct folded *x = state;
    for (unsigned i = 0; i < x->cpus; i++) /* nothing says how long the last instruction of a CPU took */
        x->node[x->lane[i].spends].count += x->lane[i].spends && x->lane[i].executed;
    bool ok = x->insns || user_error("trace: folded stacks are made of instructions, of which the trace has none: add "
                                     "insn to its categories");
    ok = ok && write_lines(x);
    if (ok)
        ok = trace_out_close(x->f, x->path);
    else if (x->f != stdout && x->f != stderr)
        fclose(x->f);
    folded_free(x);
    return ok;
}

const struct trace_format trace_folded = {
    .name = "folded",
    .help = "stacks for flame graphs, weighed by cycles",
    .open = folded_open,
    .event = folded_event,
    .close = folded_close,
};
