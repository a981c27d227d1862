/* The binary trace file: writing. Records are in trace_codec.h; zstd compresses in a thread of its own where the
 * library can. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "frontends/trace_codec.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

enum { BUFFER = 1 << 20, FLUSH_AT = BUFFER - CODEC_RECORD, OUT = 1 << 17, NUMBERS = 1 << 16 };

/* Numbers that things were given: an open hash table, doubled when it is half full. */
struct numbers {
    struct number {
        uint64_t a, b, c;
        uint32_t n; /* and 1; 0: free */
    } * slot;
    uint32_t size, count;
};

struct writer {
    struct codec c;
    struct numbers spaces, symbols;
    struct symbol_space last_space; /* of number last_number - 1, if that is not 0 */
    uint32_t last_number;
    char *path;
    FILE *f;
    ZSTD_CCtx *z;
    bool failed, compressing;
    size_t used;
    uint8_t buffer[BUFFER], out[OUT];
};

static unsigned level = 1;

void trace_file_level(unsigned n) { level = n; }

/* ---- Bytes ---- */

static void compress(struct writer *w, ZSTD_EndDirective how)
{
    ZSTD_inBuffer in = { w->buffer, w->used, 0 };
    size_t left = 1;
    /* zstd could fail only for lack of memory; it is not entered again from a signal handler */
    while (!w->failed && (in.pos < in.size || (how != ZSTD_e_continue && left))) {
        ZSTD_outBuffer out = { w->out, sizeof w->out, 0 };
        left = ZSTD_compressStream2(w->z, &out, &in, how);
        if (ZSTD_isError(left) || (out.pos && fwrite(w->out, 1, out.pos, w->f) != out.pos))
            w->failed = true;
    }
    w->used = 0;
}

static void byte(struct writer *w, unsigned b) { w->buffer[w->used++] = (uint8_t)b; }

static void number(struct writer *w, uint64_t n)
{
    while (n >= 0x80)
        byte(w, (unsigned)n | 0x80), n >>= 7;
    byte(w, (unsigned)n);
}

static void difference(struct writer *w, uint64_t now, uint64_t before) { number(w, codec_zigzag(now - before)); }

static void bytes(struct writer *w, const void *data, size_t n)
{
    memcpy(w->buffer + w->used, data, n);
    w->used += n;
}

static void text(struct writer *w, const char *s, size_t limit)
{
    size_t n = s ? strnlen(s, limit) : 0;
    number(w, n);
    if (n)
        bytes(w, s, n);
}

/* ---- Numbers for spaces and symbols ---- */

static struct number *number_slot(struct numbers *t, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t h = (a * UINT64_C(0x9e3779b97f4a7c15) ^ b) * UINT64_C(0xbf58476d1ce4e5b9) ^ c;
    uint32_t i = (uint32_t)(h * UINT64_C(0x94d049bb133111eb) >> 32) & (t->size - 1);
    while (t->slot[i].n && (t->slot[i].a != a || t->slot[i].b != b || t->slot[i].c != c))
        i = (i + 1) & (t->size - 1);
    return &t->slot[i];
}

static bool numbers_grow(struct numbers *t)
{
    struct numbers bigger = { .size = t->size ? 2 * t->size : 256, .count = t->count };
    if (!(bigger.slot = calloc(bigger.size, sizeof *bigger.slot)))
        return false;
    for (uint32_t i = 0; i < t->size; i++)
        if (t->slot[i].n)
            *number_slot(&bigger, t->slot[i].a, t->slot[i].b, t->slot[i].c) = t->slot[i];
    free(t->slot);
    *t = bigger;
    return true;
}

/* The number of (a, b, c), from 1 on; *new: it has just been given. 0: no memory. */
static uint32_t number_of(struct numbers *t, uint64_t a, uint64_t b, uint64_t c, bool *new)
{
    if (2 * t->count >= t->size && !numbers_grow(t))
        return 0;
    struct number *s = number_slot(t, a, b, c);
    if ((*new = !s->n))
        *s = (struct number){ a, b, c, ++t->count };
    return s->n;
}

static bool same_space(const struct symbol_space *a, const struct symbol_space *b)
{
    return a->el == b->el && a->e2h == b->e2h && a->tge == b->tge && a->stage2 == b->stage2 && a->vmid == b->vmid &&
           a->ttbr == b->ttbr;
}

static uint32_t space_number(struct writer *w, const struct symbol_space *s)
{
    bool new;
    if (w->last_number && same_space(s, &w->last_space))
        return w->last_number - 1;
    unsigned flags = s->el | s->e2h << 2 | s->tge << 3 | s->stage2 << 4;
    uint32_t n = number_of(&w->spaces, flags, s->vmid, s->ttbr, &new);
    if (!n) {
        w->failed = true;
        return 0;
    }
    if (new)
        byte(w, REC_SPACE), byte(w, flags), number(w, s->vmid), number(w, s->ttbr);
    w->last_space = *s, w->last_number = n;
    return n - 1;
}

static uint32_t symbol_number(struct writer *w, const struct trace_event *e)
{
    bool new;
    if (!e->symbol)
        return 0;
    uint32_t n = number_of(&w->symbols, (uintptr_t)e->symbol, (uintptr_t)e->image, e->pc - e->offset, &new);
    if (!n)
        w->failed = true;
    if (n && new) {
        byte(w, REC_SYMBOL);
        text(w, e->symbol, CODEC_NAME);
        text(w, e->image, CODEC_NAME);
        number(w, e->pc - e->offset);
    }
    return n;
}

/* ---- Places ---- */

static void write_insn(struct writer *w, struct codec_cpu *p, const struct trace_event *e, uint32_t space)
{
    struct code_slot *s = codec_code(&w->c, e->pc, space);
    bool undefined = e->insn.row == INSN_COUNT;
    uint64_t start = e->symbol ? e->pc - e->offset : 0;
    bool known = s->valid && s->pc == e->pc && s->space == space && s->word == e->insn.word && s->start == start &&
                 s->undefined == undefined && s->name == e->symbol && s->image == e->image;
    uint32_t symbol = known ? s->symbol : symbol_number(w, e);
    unsigned vl = !undefined && insn_table[e->insn.row].check == CheckSVEEnabled ? p->vl : 0;
    bool extra = !e->insn.taken || e->insn.vl != vl;
    bool next = e->count == p->count + 1 && e->time == p->time + p->step && e->cycles == p->cycles + p->cycle_step &&
                space == p->space;
    bool next_pc = e->pc == p->pc + 4;

    byte(w, TRACE_EV_INSN | (next_pc ? INSN_NEXT_PC : 0) | (known ? INSN_KNOWN : 0) | (next ? INSN_NEXT_COUNT : 0) |
                (extra ? INSN_EXTRA : 0));
    if (!next) {
        number(w, space);
        difference(w, e->count, p->count);
        difference(w, e->time, p->time);
        difference(w, e->cycles, p->cycles);
        if (e->count == p->count + 1)
            p->step = e->time - p->time, p->cycle_step = e->cycles - p->cycles;
    }
    if (!next_pc)
        difference(w, e->pc, p->pc);
    if (!known) {
        bytes(w, &e->insn.word, 4);
        number(w, (uint64_t)symbol << 1 | undefined);
        *s = (struct code_slot){ e->pc,       start, e->insn.word, space,     symbol,
                                 e->insn.row, true,  undefined,    e->symbol, e->image };
    }
    if (extra)
        number(w, e->insn.taken), number(w, e->insn.vl);
    if (e->insn.vl)
        p->vl = e->insn.vl;
    p->space = space, p->symbol = symbol, p->count = e->count, p->time = e->time, p->cycles = e->cycles, p->pc = e->pc;
}

/* The record's first byte and, if it is another one, the place. */
static void write_place(struct writer *w, struct codec_cpu *p, const struct trace_event *e, uint32_t space,
                        unsigned flags)
{
    uint32_t symbol = symbol_number(w, e);
    bool same = space == p->space && e->time == p->time && e->count == p->count && e->cycles == p->cycles &&
                e->pc == p->pc && symbol == p->symbol;
    byte(w, e->kind | flags | (same ? FLAG_SAME_PLACE : 0));
    if (same)
        return;
    number(w, space);
    difference(w, e->count, p->count);
    difference(w, e->time, p->time);
    difference(w, e->cycles, p->cycles);
    difference(w, e->pc, p->pc);
    number(w, symbol);
    p->space = space, p->symbol = symbol, p->count = e->count, p->time = e->time, p->cycles = e->cycles, p->pc = e->pc;
}

/* ---- Events ---- */

static void write_reg(struct writer *w, struct codec_cpu *p, const struct trace_event *e, uint32_t space)
{
    unsigned delta = e->reg.size == 8 ? codec_delta_of(e->reg.reg, e->reg.n) : DELTA_REGS;
    uint64_t value = 0;

    if (delta == DELTA_REGS) {
        write_place(w, p, e, space, REG_RAW);
        byte(w, e->reg.reg), byte(w, e->reg.n), number(w, e->reg.size);
        bytes(w, e->reg.data, e->reg.size);
        return;
    }
    memcpy(&value, e->reg.data, 8);
    bool loaded = value == p->loaded;
    write_place(w, p, e, space, loaded ? REG_LOADED : REG_DELTA);
    byte(w, delta);
    if (!loaded)
        difference(w, value, p->reg[delta]);
    p->reg[delta] = value;
}

static void write_mem(struct writer *w, struct codec_cpu *p, const struct trace_event *e, uint32_t space)
{
    const struct mem_access *a = &e->mem;
    struct page_slot *s = codec_page(&w->c, a->va);
    bool known = s->valid && s->va == a->va >> 12 && a->pa == (s->pa << 12 | (a->va & 0xfff));

    write_place(w, p, e, space,
                (a->write ? MEM_WRITE : 0) | (a->device ? MEM_DEVICE : 0) | (a->translated ? MEM_TRANSLATED : 0));
    number(w, (uint64_t)a->size << 2 | a->tags << 1 | known);
    difference(w, a->va, p->va);
    p->va = a->va;
    if (!known)
        number(w, a->pa);
    *s = (struct page_slot){ a->va >> 12, a->pa >> 12, (a->va & 0xfff) == (a->pa & 0xfff) };
    if (a->size > 8) {
        bytes(w, a->data, a->size);
        return;
    }
    uint64_t value = 0;
    memcpy(&value, a->data, a->size);
    number(w, value);
    if (!a->write)
        p->loaded = value;
}

static void write_exception(struct writer *w, const struct trace_event *e)
{
    const struct exception_taken *x = &e->exception.e;
    number(w, x->ec);
    byte(w, x->from | x->target << 2);
    difference(w, x->pc, e->pc);
    number(w, x->vector), number(w, x->spsr), number(w, x->esr), number(w, x->far), number(w, x->hpfar);
    text(w, e->exception.reason, CODEC_TEXT);
}

static void write_sysreg(struct writer *w, const struct trace_event *e)
{
    unsigned n[5];
    sysreg_encoding((enum sysreg_index)e->sysreg.reg, n);
    number(w, n[0] << 14 | n[1] << 11 | n[2] << 7 | n[3] << 3 | n[4]);
    number(w, e->sysreg.old), number(w, e->sysreg.value);
}

static void write_timing(struct writer *w, const struct trace_event *e)
{
    byte(w, e->timing.part);
    difference(w, e->timing.time, e->time);
    difference(w, e->timing.instructions, e->count);
    difference(w, e->timing.cycles, e->cycles);
    for (unsigned i = 0; i < TRACE_COUNTS && e->timing.part == TRACE_NO_PART; i++)
        number(w, e->timing.count[i]);
}

static void write_other(struct writer *w, const struct trace_event *e)
{
    if (codec_category(e->kind) == TRACE_COUNT)
        byte(w, e->category);
    switch (e->kind) {
    case TRACE_EV_EXCEPTION: write_exception(w, e); break;
    case TRACE_EV_RETURN: byte(w, e->ret.from | e->ret.to << 2), number(w, e->ret.target); break;
    case TRACE_EV_SYSREG: write_sysreg(w, e); break;
    case TRACE_EV_VL: number(w, e->vl.old_bits), number(w, e->vl.bits); break;
    case TRACE_EV_POWER: byte(w, e->power); break;
    case TRACE_EV_TIMING: write_timing(w, e); break;
    case TRACE_EV_TASK:
    case TRACE_EV_LINE: text(w, e->text, CODEC_TEXT); break;
    case TRACE_EV_END: number(w, e->end.events), number(w, e->end.instructions); break;
    }
}

static void binary_event(void *state, const struct trace_event *e)
{
    struct writer *w = state;
    unsigned cpu = e->cpu < w->c.cpus ? e->cpu : w->c.cpus;
    struct codec_cpu *p = &w->c.of[cpu];

    if (w->used > FLUSH_AT)
        compress(w, ZSTD_e_continue);
    if (cpu != w->c.cpu)
        byte(w, REC_CPU), number(w, w->c.cpu = cpu);
    uint32_t space = space_number(w, &e->space);
    switch (e->kind) {
    case TRACE_EV_INSN: write_insn(w, p, e, space); break;
    case TRACE_EV_REG: write_reg(w, p, e, space); break;
    case TRACE_EV_MEM: write_mem(w, p, e, space); break;
    default: write_place(w, p, e, space, 0), write_other(w, e);
    }
}

/* ---- The file ---- */

static void free_writer(struct writer *w)
{
    ZSTD_freeCCtx(w->z);
    codec_free(&w->c);
    free(w->spaces.slot);
    free(w->symbols.slot);
    free(w->path);
    free(w);
}

static bool binary_close(void *state)
{
    struct writer *w = state;
    bool ok = true;
    compress(w, ZSTD_e_end);
    if (w->failed | ferror(w->f) | (w->f == stdout ? fflush(w->f) : fclose(w->f)))
        ok = user_error("the trace %s could not be written whole: %s", w->path, strerror(errno ? errno : ENOMEM));
    free_writer(w);
    return ok;
}

static void put_header(uint8_t *h, unsigned cpus)
{
    memset(h, 0, TRACE_HEADER);
    memcpy(h, TRACE_MAGIC, 8);
    h[TRACE_VERSION_AT] = TRACE_VERSION;
    h[TRACE_CPUS_AT] = (uint8_t)cpus, h[TRACE_CPUS_AT + 1] = (uint8_t)(cpus >> 8);
    memcpy(h + TRACE_WRITER_AT, SVEMU_VERSION, sizeof SVEMU_VERSION);
}

static void *binary_open(const char *path, unsigned cpus)
{
    uint8_t header[TRACE_HEADER];
    if (!path || (!strcmp(path, "-") && isatty(STDOUT_FILENO))) {
        user_error("a binary trace is not for a terminal: name a file for it, as in --trace insn=FILE.svt");
        return NULL;
    }
    struct writer *w = calloc(1, sizeof *w);
    if (!w || !codec_init(&w->c, cpus) || !(w->z = ZSTD_createCCtx()) || !(w->path = strdup(path))) {
        user_error("the host has no memory for the trace %s", path);
    } else if (!(w->f = strcmp(path, "-") ? fopen(path, "wb") : stdout)) {
        user_error("the trace %s cannot be written: %s", path, strerror(errno));
    } else {
        ZSTD_CCtx_setParameter(w->z, ZSTD_c_compressionLevel, (int)level);
        ZSTD_CCtx_setParameter(w->z, ZSTD_c_checksumFlag, 1);
        (void)ZSTD_CCtx_setParameter(w->z, ZSTD_c_nbWorkers, 1); /* an error where the library has no threads */
        put_header(header, cpus);
        w->failed = fwrite(header, 1, sizeof header, w->f) != sizeof header;
        return w;
    }
    if (w)
        free_writer(w);
    return NULL;
}

const struct trace_format trace_binary = {
    "bin", "compact, compressed: for svemu trace", binary_open, binary_event, binary_close,
};
