/* The binary trace file: reading. Files come from anywhere: every number is checked before it is used. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "core/ledger.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "frontends/trace_codec.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

enum { INPUT = 1 << 17, OUTPUT = 1 << 18, MOST_NAMED = 1 << 22 };

struct named {
    char *name, *image;
    uint64_t start;
};

struct trace_reader {
    struct codec c;
    FILE *f;
    ZSTD_DCtx *z;
    ZSTD_inBuffer in;
    size_t at, end; /* in output */
    bool ended, frame_ended;
    uint64_t events;
    char damage[160], writer[TRACE_HEADER - TRACE_WRITER_AT + 1];
    struct symbol_space *space;
    struct named *symbol;
    uint32_t spaces, space_room, symbols, symbol_room;
    uint16_t register_of[1 << 16]; /* by encoding; SR_COUNT: none */
    uint8_t input[INPUT], output[OUTPUT], data[CODEC_DATA];
    char text[CODEC_TEXT + 1];
};

static bool damaged(struct trace_reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool damaged(struct trace_reader *r, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (!*r->damage)
        vsnprintf(r->damage, sizeof r->damage, format, args);
    va_end(args);
    return false;
}

static bool senseless(struct trace_reader *r, const char *what, uint64_t value)
{
    return damaged(r, "is damaged behind event %" PRIu64 ": %s %" PRIu64, r->events, what, value);
}

/* ---- Bytes ---- */

static bool refill(struct trace_reader *r)
{
    ZSTD_outBuffer out = { r->output, sizeof r->output, 0 };
    while (!out.pos && !*r->damage) {
        if (r->in.pos == r->in.size && !r->frame_ended)
            r->in = (ZSTD_inBuffer){ r->input, fread(r->input, 1, sizeof r->input, r->f), 0 };
        if (!r->in.size || r->frame_ended)
            return damaged(r, "is cut off behind event %" PRIu64, r->events);
        size_t left = ZSTD_decompressStream(r->z, &out, &r->in);
        if (ZSTD_isError(left))
            return damaged(r, "is damaged behind event %" PRIu64 ": %s", r->events, ZSTD_getErrorName(left));
        r->frame_ended = !left;
    }
    r->at = 0, r->end = out.pos;
    return !*r->damage;
}

/* Once damaged all is 0; who needs to know looks at the end of the event. */
static uint8_t byte(struct trace_reader *r) { return r->at < r->end || refill(r) ? r->output[r->at++] : 0; }

static uint64_t number(struct trace_reader *r)
{
    uint64_t n = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        uint8_t b = byte(r);
        n |= shift < 64 ? (uint64_t)(b & 0x7f) << shift : 0;
        if (!(b & 0x80))
            return n;
    }
    senseless(r, "a number that is too long, from", n);
    return 0;
}

static uint64_t difference(struct trace_reader *r, uint64_t before) { return before + codec_zagzig(number(r)); }

static void bytes(struct trace_reader *r, void *data, size_t n)
{
    for (uint8_t *d = data; n;) {
        size_t have = r->end - r->at;
        if (!have && !refill(r)) {
            memset(d, 0, n);
            return;
        }
        have = have ? have : r->end - r->at;
        have = have < n ? have : n;
        memcpy(d, r->output + r->at, have);
        r->at += have, d += have, n -= have;
    }
}

/* A number below limit; 0 and damage otherwise. */
static uint64_t below(struct trace_reader *r, uint64_t limit, const char *what)
{
    uint64_t n = number(r);
    return n < limit ? n : (senseless(r, what, n), 0);
}

/* A text into r->text. */
static size_t text(struct trace_reader *r, size_t limit)
{
    size_t n = below(r, limit + 1, "a text of length");
    bytes(r, r->text, n);
    r->text[n] = 0;
    return n;
}

static char *kept_text(struct trace_reader *r) { return text(r, CODEC_NAME) ? strdup(r->text) : NULL; }

/* ---- Spaces and symbols ---- */

/* A table with room for one entry more; NULL and damage: it cannot have it. */
static void *room(struct trace_reader *r, void *table, uint32_t count, uint32_t *have, size_t size)
{
    if (count < *have)
        return table;
    uint32_t want = *have ? 2 * *have : 64;
    void *bigger = want <= MOST_NAMED ? realloc(table, want * size) : NULL;
    if (bigger)
        *have = want;
    else
        damaged(r, "names more than this svemu can keep, at event %" PRIu64, r->events);
    return bigger;
}

static void read_space(struct trace_reader *r)
{
    unsigned flags = byte(r);
    struct symbol_space *table = room(r, r->space, r->spaces, &r->space_room, sizeof *r->space);
    if (!table)
        return;
    r->space = table;
    r->space[r->spaces++] = (struct symbol_space){
        .el = flags & 3,
        .e2h = flags >> 2 & 1,
        .tge = flags >> 3 & 1,
        .stage2 = flags >> 4 & 1,
        .vmid = (uint16_t)below(r, 1 << 16, "VMID"),
        .ttbr = number(r),
    };
}

static void read_symbol(struct trace_reader *r)
{
    struct named *table = room(r, r->symbol, r->symbols, &r->symbol_room, sizeof *r->symbol);
    if (!table)
        return;
    r->symbol = table;
    char *name = kept_text(r), *image = kept_text(r);
    r->symbol[r->symbols++] = (struct named){ name ? name : strdup("?"), image, number(r) };
}

/* ---- Places ---- */

static uint32_t space_number(struct trace_reader *r) { return (uint32_t)below(r, r->spaces, "address space"); }

static void set_place(struct trace_reader *r, const struct codec_cpu *p, struct trace_event *e)
{
    e->space = r->space[p->space];
    e->count = p->count, e->time = p->time, e->cycles = p->cycles, e->pc = p->pc;
    if (p->symbol) {
        const struct named *n = &r->symbol[p->symbol - 1];
        e->symbol = n->name, e->image = n->image, e->offset = p->pc - n->start;
    }
}

static void read_insn(struct trace_reader *r, struct codec_cpu *p, struct trace_event *e, unsigned flags)
{
    if (flags & INSN_NEXT_COUNT) {
        p->count++, p->time += p->step, p->cycles += p->cycle_step;
    } else {
        uint64_t count = p->count, time = p->time, cycles = p->cycles;
        p->space = space_number(r);
        p->count = difference(r, count), p->time = difference(r, time), p->cycles = difference(r, cycles);
        if (p->count == count + 1)
            p->step = p->time - time, p->cycle_step = p->cycles - cycles;
    }
    p->pc = flags & INSN_NEXT_PC ? p->pc + 4 : difference(r, p->pc);
    struct code_slot *s = codec_code(&r->c, p->pc, p->space);
    if (!(flags & INSN_KNOWN)) {
        bytes(r, &s->word, 4);
        uint64_t symbol = below(r, 2 * (uint64_t)r->symbols + 2, "symbol");
        s->pc = p->pc, s->space = p->space, s->valid = true;
        s->symbol = (uint32_t)(symbol >> 1), s->undefined = symbol & 1;
        s->row = s->undefined ? INSN_COUNT : (uint16_t)isa_decode_row(s->word);
    } else if (!s->valid || s->pc != p->pc || s->space != p->space) {
        senseless(r, "an instruction that should be known at PC", p->pc);
        return;
    }
    p->symbol = s->symbol;
    e->insn.word = s->word, e->insn.row = s->row, e->insn.taken = true;
    e->insn.vl = s->row < INSN_COUNT && insn_table[s->row].check == CheckSVEEnabled ? p->vl : 0;
    if (flags & INSN_EXTRA) {
        e->insn.taken = below(r, 2, "not a truth value:");
        e->insn.vl = (uint16_t)below(r, MAX_VL_BITS + 1, "vector length");
    }
    if (e->insn.vl)
        p->vl = e->insn.vl;
}

static void read_place(struct trace_reader *r, struct codec_cpu *p, unsigned flags)
{
    if (flags & FLAG_SAME_PLACE)
        return;
    p->space = space_number(r);
    p->count = difference(r, p->count), p->time = difference(r, p->time), p->cycles = difference(r, p->cycles);
    p->pc = difference(r, p->pc);
    p->symbol = (uint32_t)below(r, (uint64_t)r->symbols + 1, "symbol");
}

/* ---- Events ---- */

static void read_reg(struct trace_reader *r, struct codec_cpu *p, struct trace_event *e, unsigned flags)
{
    static const uint8_t reg[] = { TRACE_REG_SP, TRACE_REG_PSTATE, TRACE_REG_FPCR, TRACE_REG_FPSR };
    e->reg.data = r->data;
    if (flags & REG_RAW) {
        e->reg.reg = byte(r), e->reg.n = byte(r), e->reg.size = (uint16_t)below(r, CODEC_DATA + 1, "register of size");
        bytes(r, r->data, e->reg.size);
        if (e->reg.reg > TRACE_REG_FPSR || e->reg.n > 31)
            senseless(r, "register number", e->reg.n);
        return;
    }
    unsigned delta = byte(r);
    if (delta >= DELTA_REGS || delta == 31) {
        senseless(r, "register", delta);
        return;
    }
    p->reg[delta] = flags & REG_LOADED ? p->loaded : difference(r, p->reg[delta]);
    e->reg.reg = delta < DELTA_SP ? TRACE_REG_X : reg[delta - DELTA_SP];
    e->reg.n = delta < DELTA_SP ? (uint8_t)delta : 0;
    e->reg.size = 8;
    memcpy(r->data, &p->reg[delta], 8);
}

static void read_mem(struct trace_reader *r, struct codec_cpu *p, struct trace_event *e, unsigned flags)
{
    uint64_t size = below(r, 4 * CODEC_DATA + 4, "access of size");
    e->mem = (struct mem_access){
        .va = p->va = difference(r, p->va),
        .size = (unsigned)(size >> 2),
        .write = flags & MEM_WRITE,
        .device = flags & MEM_DEVICE,
        .translated = flags & MEM_TRANSLATED,
        .tags = size >> 1 & 1,
        .data = r->data,
    };
    struct page_slot *s = codec_page(&r->c, p->va);
    if (size & 1 && (!s->valid || s->va != p->va >> 12))
        senseless(r, "an access that should be known at VA", p->va);
    e->mem.pa = size & 1 ? s->pa << 12 | (p->va & 0xfff) : number(r);
    *s = (struct page_slot){ p->va >> 12, e->mem.pa >> 12, (p->va & 0xfff) == (e->mem.pa & 0xfff) };
    if (e->mem.size > 8) {
        bytes(r, r->data, e->mem.size);
        return;
    }
    uint64_t value = number(r);
    memcpy(r->data, &value, 8);
    if (!e->mem.write)
        p->loaded = value;
}

static void read_exception(struct trace_reader *r, struct trace_event *e)
{
    struct exception_taken *x = &e->exception.e;
    x->ec = (unsigned)below(r, 0x1000, "exception class");
    unsigned els = byte(r);
    x->from = els & 3, x->target = els >> 2 & 3;
    x->pc = difference(r, e->pc);
    x->vector = number(r), x->spsr = number(r), x->esr = number(r), x->far = number(r), x->hpfar = number(r);
    text(r, CODEC_TEXT);
    e->exception.reason = r->text;
}

static void read_sysreg(struct trace_reader *r, struct trace_event *e)
{
    uint64_t encoding = below(r, 1 << 16, "system register");
    e->sysreg.reg = r->register_of[encoding];
    if (e->sysreg.reg == SR_COUNT)
        senseless(r, "system register", encoding);
    e->sysreg.old = number(r), e->sysreg.value = number(r);
}

static void read_timing(struct trace_reader *r, struct trace_event *e)
{
    e->timing.part = byte(r);
    if (e->timing.part > LEDGER_PARTS && e->timing.part != TRACE_NO_PART)
        senseless(r, "part of a world switch", e->timing.part);
    e->timing.time = difference(r, e->time);
    e->timing.instructions = difference(r, e->count);
    e->timing.cycles = difference(r, e->cycles);
    for (unsigned i = 0; i < TRACE_COUNTS && e->timing.part == TRACE_NO_PART; i++)
        e->timing.count[i] = number(r);
}

static void read_other(struct trace_reader *r, struct trace_event *e)
{
    if (e->category == TRACE_COUNT)
        e->category = byte(r);
    if (e->category >= TRACE_COUNT)
        senseless(r, "category", e->category);
    switch (e->kind) {
    case TRACE_EV_EXCEPTION: read_exception(r, e); break;
    case TRACE_EV_RETURN: {
        unsigned els = byte(r);
        e->ret.from = els & 3, e->ret.to = els >> 2 & 3, e->ret.target = number(r);
        break;
    }
    case TRACE_EV_SYSREG: read_sysreg(r, e); break;
    case TRACE_EV_VL:
        e->vl.old_bits = (uint16_t)below(r, MAX_VL_BITS + 1, "vector length");
        e->vl.bits = (uint16_t)below(r, MAX_VL_BITS + 1, "vector length");
        break;
    case TRACE_EV_POWER:
        e->power = byte(r);
        if (e->power > POWER_AT_EL3)
            senseless(r, "power state", e->power);
        break;
    case TRACE_EV_TIMING: read_timing(r, e); break;
    case TRACE_EV_TASK:
    case TRACE_EV_LINE: text(r, CODEC_TEXT), e->text = r->text; break;
    case TRACE_EV_LOST: break;
    case TRACE_EV_END:
        e->end.events = number(r), e->end.instructions = number(r);
        r->ended = true;
        break;
    default: senseless(r, "record", e->kind);
    }
}

static void read_event(struct trace_reader *r, unsigned tag, struct trace_event *e)
{
    struct codec_cpu *p = &r->c.of[r->c.cpu];
    if (!r->spaces) {
        senseless(r, "an event without an address space, of kind", tag & 15);
        return;
    }
    e->kind = tag & 15;
    e->category = (uint8_t)codec_category(e->kind);
    e->cpu = r->c.cpu < r->c.cpus ? (uint16_t)r->c.cpu : UINT16_MAX;
    if (e->kind == TRACE_EV_INSN)
        read_insn(r, p, e, tag);
    else
        read_place(r, p, tag);
    set_place(r, p, e);
    if (e->kind == TRACE_EV_REG)
        read_reg(r, p, e, tag);
    else if (e->kind == TRACE_EV_MEM)
        read_mem(r, p, e, tag);
    else if (e->kind != TRACE_EV_INSN)
        read_other(r, e);
}

bool trace_read(struct trace_reader *r, struct trace_event *e)
{
    memset(e, 0, sizeof *e);
    while (!r->ended && !*r->damage) {
        unsigned tag = byte(r);
        if (*r->damage)
            break;
        switch (tag & 15) {
        case REC_CPU: r->c.cpu = (unsigned)below(r, r->c.cpus + 1ull, "CPU"); continue;
        case REC_SPACE: read_space(r); continue;
        case REC_SYMBOL: read_symbol(r); continue;
        }
        read_event(r, tag, e);
        r->events++;
        return !*r->damage;
    }
    return false;
}

/* ---- The file ---- */

static void registers_by_encoding(struct trace_reader *r)
{
    for (unsigned i = 0; i < 1 << 16; i++)
        r->register_of[i] = SR_COUNT;
    for (unsigned i = 0; i < SR_COUNT; i++) {
        unsigned n[5];
        sysreg_encoding((enum sysreg_index)i, n);
        r->register_of[n[0] << 14 | n[1] << 11 | n[2] << 7 | n[3] << 3 | n[4]] = (uint16_t)i;
    }
}

static bool read_header(struct trace_reader *r, const char *path)
{
    uint8_t h[TRACE_HEADER];
    size_t n = fread(h, 1, sizeof h, r->f);
    if (ferror(r->f))
        return user_error("the trace %s cannot be read: %s", path, strerror(errno));
    if (n < sizeof h || memcmp(h, TRACE_MAGIC, 8))
        return user_error("%s is not a binary trace; svemu run --trace LIST=FILE.svt makes one", path);
    unsigned version = h[TRACE_VERSION_AT] | h[TRACE_VERSION_AT + 1] << 8,
             cpus = h[TRACE_CPUS_AT] | h[TRACE_CPUS_AT + 1] << 8;
    if (version != TRACE_VERSION)
        return user_error("%s is a trace of version %u, and this svemu reads version %d: record it again", path,
                          version, TRACE_VERSION);
    if (!cpus || cpus > MAX_CPUS)
        return user_error("%s is damaged: a trace of %u CPUs", path, cpus);
    memcpy(r->writer, h + TRACE_WRITER_AT, sizeof r->writer - 1);
    return codec_init(&r->c, cpus) || user_error("%s: the host has no memory to read it", path);
}

struct trace_reader *trace_read_open(const char *path)
{
    struct trace_reader *r = calloc(1, sizeof *r);
    isa_init();
    if (!r || !(r->z = ZSTD_createDCtx())) {
        user_error("%s: the host has no memory to read it", path);
    } else if (!(r->f = strcmp(path, "-") ? fopen(path, "rb") : stdin)) {
        user_error("the trace %s cannot be read: %s", path, strerror(errno));
    } else if (read_header(r, path)) {
        registers_by_encoding(r);
        return r;
    }
    if (r)
        trace_read_close(r);
    return NULL;
}

const char *trace_read_damage(const struct trace_reader *r) { return *r->damage ? r->damage : NULL; }
unsigned trace_read_cpus(const struct trace_reader *r) { return r->c.cpus; }
const char *trace_read_writer(const struct trace_reader *r) { return r->writer; }

void trace_read_close(struct trace_reader *r)
{
    for (uint32_t i = 0; i < r->symbols; i++)
        free(r->symbol[i].name), free(r->symbol[i].image);
    free(r->symbol);
    free(r->space);
    codec_free(&r->c);
    ZSTD_freeDCtx(r->z);
    if (r->f && r->f != stdin)
        fclose(r->f);
    free(r);
}
