/* The functions that events are in: what frontends/symbols.h says, kept by PC and address space, with texts that live
 * as long as the trace. */
#include <stdlib.h>

#include "frontends/trace_collect.h"

enum { PLACES = 1 << 14, ASK_AGAIN = 1 << 12 };

struct place {
    uint64_t pc, start;
    struct symbol_space space;
    const char *symbol, *image;
    uint32_t asked; /* how often an unknown one was met since symbols were asked */
    bool valid;
};

struct trace_names {
    struct symbols *symbols;
    struct place place[PLACES];
    char **text; /* an open hash table */
    uint32_t size, count;
};

struct trace_names *trace_names_new(struct symbols *symbols)
{
    struct trace_names *n = calloc(1, sizeof *n);
    if (n)
        n->symbols = symbols;
    return n;
}

void trace_names_free(struct trace_names *n)
{
    for (uint32_t i = 0; n && i < n->size; i++)
        free(n->text[i]);
    if (n)
        free(n->text);
    free(n);
}

static char **text_slot(const struct trace_names *n, const char *text)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (const char *p = text; *p; p++)
        h = (h ^ (uint8_t)*p) * 16777619u;
    for (h &= n->size - 1; n->text[h] && strcmp(n->text[h], text); h = (h + 1) & (n->size - 1))
        ;
    return &n->text[h];
}

static bool grow(struct trace_names *n)
{
    struct trace_names bigger = { .size = n->size ? 2 * n->size : 1024 };
    if (!(bigger.text = calloc(bigger.size, sizeof *bigger.text)))
        return false;
    for (uint32_t i = 0; i < n->size; i++)
        if (n->text[i])
            *text_slot(&bigger, n->text[i]) = n->text[i];
    free(n->text);
    n->text = bigger.text, n->size = bigger.size;
    return true;
}

/* The one copy of a text; NULL: none, or no memory. */
static const char *kept(struct trace_names *n, const char *text)
{
    if (!text || (2 * n->count >= n->size && !grow(n)))
        return NULL;
    char **slot = text_slot(n, text);
    if (!*slot && (*slot = strdup(text)))
        n->count++;
    return *slot;
}

static void ask(struct trace_names *n, struct place *p, const struct trace_event *e)
{
    struct symbol found;
    *p = (struct place){ .pc = e->pc, .space = e->space, .valid = true };
    if (symbols_at(n->symbols, &e->space, e->pc, &found))
        p->symbol = kept(n, found.name), p->image = kept(n, found.image), p->start = e->pc - found.offset;
}

static bool same_place(const struct place *p, const struct trace_event *e)
{
    const struct symbol_space *a = &p->space, *b = &e->space;
    return p->pc == e->pc && p->valid && a->el == b->el && a->vmid == b->vmid && a->stage2 == b->stage2 &&
           a->tge == b->tge && a->e2h == b->e2h && a->ttbr == b->ttbr;
}

void trace_name(struct trace_names *n, struct trace_event *e)
{
    e->symbol = e->image = NULL, e->offset = 0;
    if (!n->symbols)
        return;
    struct place *p = &n->place[(e->pc >> 2 ^ e->space.el * 0x555u ^ e->space.vmid * 0x333u) % PLACES];
    /* a kernel becomes known after its first instructions */
    if (!same_place(p, e) || (!p->symbol && ++p->asked >= ASK_AGAIN))
        ask(n, p, e);
    if (p->symbol)
        e->symbol = p->symbol, e->image = p->image, e->offset = e->pc - p->start;
}
