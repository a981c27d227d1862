/* Binary traces: what is written is read, of every kind; damage is found and never more than a sentence. */
#include "tests/harness.h"

#include <unistd.h>
#include <zstd.h>

#include "core/exception.h"
#include "core/ledger.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "isa/isa.h"
#include "sysregs/sysregs.h"

enum { CPUS = 3, EVENTS = 20000 };
static uint64_t seed = 1;
static char path[] = "/tmp/svemu-trace-XXXXXX";

static uint64_t next(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
static unsigned below(unsigned n) { return (unsigned)(next() % n); }

/* Small numbers, addresses, anything. */
static uint64_t value(void)
{
    switch (below(4)) {
    case 0: return below(100);
    case 1: return UINT64_C(0xffff800008000000) + 4 * below(4096);
    case 2: return 0;
    default: return next();
    }
}

static const char *const names[] = { "__guest_enter", "__kvm_vcpu_run", "el1_sync", "panic" };
static const uint32_t words[] = { 0xd503201f, 0x91000421, 0xf9400020, 0x04a00000, 0xd65f03c0, 0x14000001 };
static uint8_t data[2048];
static char text[1000];

static struct {
    uint64_t cycles, pc, count, time;
    struct symbol_space space;
} at[CPUS + 1];

static void start_again(void)
{
    seed = 1;
    memset(at, 0, sizeof at);
}

/* Random places that mostly go on where the CPU was, as a run's do. */
static void random_place(struct trace_event *e)
{
    e->cpu = (uint16_t)(below(10) ? below(CPUS) : UINT16_MAX);
    unsigned c = e->cpu < CPUS ? e->cpu : CPUS;
    if (!below(20))
        at[c].space =
            (struct symbol_space){ (uint8_t)below(3),     below(2), below(2), below(2), (uint16_t)below(1 << 16),
                                   below(2) ? value() : 0 };
    if (below(2))
        at[c].count++, at[c].time++, at[c].cycles += 1 + !below(5), at[c].pc += 4;
    if (!below(8))
        at[c].pc = value();
    if (!below(50))
        at[c].count = value(), at[c].time = value(), at[c].cycles = value();
    e->space = at[c].space, e->pc = at[c].pc, e->count = at[c].count, e->time = at[c].time;
    e->cycles = at[c].cycles;
    if (at[c].pc & 8) {
        e->symbol = names[at[c].pc >> 4 & 3], e->image = at[c].pc & 16 ? "kernel" : NULL;
        e->offset = at[c].pc & 0xff;
    }
}

static void random_insn(struct trace_event *e)
{
    e->insn.word = words[below(6)];
    e->insn.row = below(10) ? (uint16_t)isa_decode_row(e->insn.word) : INSN_COUNT;
    e->insn.taken = below(10);
    bool sve = e->insn.row < INSN_COUNT && insn_table[e->insn.row].check == CheckSVEEnabled;
    e->insn.vl = sve ? (uint16_t)(below(4) ? 256 : 512) : 0;
}

static void random_reg(struct trace_event *e)
{
    e->reg.reg = (uint8_t)below(TRACE_REG_FPSR + 1);
    e->reg.n = 0;
    e->reg.size = 8;
    e->reg.data = data;
    if (e->reg.reg == TRACE_REG_X)
        e->reg.n = (uint8_t)below(31);
    if (e->reg.reg >= TRACE_REG_V && e->reg.reg <= TRACE_REG_FFR)
        e->reg.n = (uint8_t)below(16), e->reg.size = (uint16_t)below(257);
}

static void random_mem(struct trace_event *e)
{
    static const uint16_t size[] = { 1, 2, 4, 8, 16, 64, 2048 };
    e->mem = (struct mem_access){ value(), value(), size[below(7)], below(2), below(2), below(2), below(2), data };
    if (below(2))
        e->mem.pa = (e->mem.va & 0xfff) | 0x40000000;
}

static void random_exception(struct trace_event *e)
{
    e->exception.e =
        (struct exception_taken){ .ec = below(2) ? EC_SVC64 : EC_VIRQ, .from = below(3), .target = 1 + below(2) };
    e->exception.e.pc = value(), e->exception.e.vector = value(), e->exception.e.spsr = value();
    e->exception.e.esr = value(), e->exception.e.far = value(), e->exception.e.hpfar = value();
    e->exception.reason = below(3) ? "CPACR_EL1.FPEN=0b00" : "";
}

static uint8_t category_of(unsigned kind)
{
    static const uint8_t of[] = { [TRACE_EV_INSN] = TRACE_INSN,
                                  [TRACE_EV_REG] = TRACE_REGS,
                                  [TRACE_EV_MEM] = TRACE_MEM,
                                  [TRACE_EV_EXCEPTION] = TRACE_EXCEPTIONS,
                                  [TRACE_EV_RETURN] = TRACE_EXCEPTIONS,
                                  [TRACE_EV_SYSREG] = TRACE_SYSREG,
                                  [TRACE_EV_VL] = TRACE_VL };
    if (kind == TRACE_EV_TIMING)
        return TRACE_TIMING;
    return kind <= TRACE_EV_VL ? of[kind] : (uint8_t)below(TRACE_COUNT);
}

/* data and text are good until the next call. */
static void random_event(struct trace_event *e)
{
    memset(e, 0, sizeof *e);
    e->kind = (uint8_t)(below(2) ? TRACE_EV_INSN : below(TRACE_EV_END));
    e->category = category_of(e->kind);
    random_place(e);
    uint64_t word = value();
    for (unsigned i = 0; i < sizeof data; i += 8)
        memcpy(data + i, &word, 8), word += below(3) ? 0 : next();
    switch (e->kind) {
    case TRACE_EV_INSN: random_insn(e); break;
    case TRACE_EV_REG: random_reg(e); break;
    case TRACE_EV_MEM: random_mem(e); break;
    case TRACE_EV_EXCEPTION: random_exception(e); break;
    case TRACE_EV_RETURN: e->ret.from = 2, e->ret.to = (uint8_t)below(3), e->ret.target = value(); break;
    case TRACE_EV_SYSREG:
        e->sysreg.reg = (uint16_t)(below(2) ? SR_ZCR_EL2 : SR_HCR_EL2), e->sysreg.value = value();
        break;
    case TRACE_EV_VL: e->vl.old_bits = 128, e->vl.bits = 2048; break;
    case TRACE_EV_POWER: e->power = (uint8_t)below(4); break;
    case TRACE_EV_TIMING:
        e->timing.part = below(2) ? TRACE_NO_PART : (uint8_t)below(LEDGER_PARTS + 1);
        e->timing.time = value(), e->timing.instructions = value(), e->timing.cycles = value();
        for (unsigned i = 0; i < TRACE_COUNTS && e->timing.part == TRACE_NO_PART; i++)
            e->timing.count[i] = value();
        break;
    case TRACE_EV_TASK:
    case TRACE_EV_LINE:
        memset(text, 'a' + below(26), sizeof text);
        text[below(2) ? 20 : sizeof text - 1] = 0;
        e->text = text;
    }
}

static bool same_text(const char *a, const char *b) { return a && b ? !strcmp(a, b) : a == b; }

static bool same_payload(const struct trace_event *a, const struct trace_event *b)
{
    const struct exception_taken *x = &a->exception.e, *y = &b->exception.e;
    switch (a->kind) {
    case TRACE_EV_INSN:
        return a->insn.word == b->insn.word && a->insn.row == b->insn.row && a->insn.vl == b->insn.vl &&
               a->insn.taken == b->insn.taken;
    case TRACE_EV_REG:
        return a->reg.reg == b->reg.reg && a->reg.n == b->reg.n && a->reg.size == b->reg.size &&
               !memcmp(a->reg.data, b->reg.data, a->reg.size);
    case TRACE_EV_MEM:
        return a->mem.va == b->mem.va && a->mem.pa == b->mem.pa && a->mem.size == b->mem.size &&
               a->mem.write == b->mem.write && a->mem.device == b->mem.device &&
               a->mem.translated == b->mem.translated && a->mem.tags == b->mem.tags &&
               !memcmp(a->mem.data, b->mem.data, a->mem.size);
    case TRACE_EV_EXCEPTION:
        return x->ec == y->ec && x->from == y->from && x->target == y->target && x->pc == y->pc &&
               x->vector == y->vector && x->spsr == y->spsr && x->esr == y->esr && x->far == y->far &&
               x->hpfar == y->hpfar && same_text(a->exception.reason, b->exception.reason);
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
    case TRACE_EV_END: return a->end.events == b->end.events && a->end.instructions == b->end.instructions;
    }
    return true;
}

static bool same_event(const struct trace_event *a, const struct trace_event *b)
{
    const struct symbol_space *s = &a->space, *t = &b->space;
    return a->kind == b->kind && a->category == b->category && a->cpu == b->cpu && s->el == t->el && s->e2h == t->e2h &&
           s->tge == t->tge && s->stage2 == t->stage2 && s->vmid == t->vmid && s->ttbr == t->ttbr &&
           a->time == b->time && a->count == b->count && a->cycles == b->cycles && a->pc == b->pc &&
           same_text(a->symbol, b->symbol) &&
           (!a->symbol || (same_text(a->image, b->image) && a->offset == b->offset)) && same_payload(a, b);
}

static void write_events(unsigned n)
{
    struct trace_event e;
    void *w = trace_binary.open(path, CPUS);
    start_again();
    for (unsigned i = 0; w && i < n; i++)
        random_event(&e), trace_binary.event(w, &e);
    memset(&e, 0, sizeof e);
    e.kind = TRACE_EV_END, e.cpu = UINT16_MAX, e.end.events = n, e.end.instructions = 77;
    if (!w || (trace_binary.event(w, &e), !trace_binary.close(w)))
        FAIL("%s", user_error_text);
}

TEST(every_kind_comes_back)
{
    struct trace_event made, read;
    unsigned seen[16] = { 0 };
    write_events(EVENTS);
    struct trace_reader *r = trace_read_open(path);
    if (!r) {
        FAIL("%s", user_error_text);
        return;
    }
    EXPECT_EQ(trace_read_cpus(r), CPUS);
    EXPECT(!strcmp(trace_read_writer(r), SVEMU_VERSION));
    start_again();
    for (unsigned i = 0; i < EVENTS && !test_errors; i++) {
        random_event(&made);
        if (!trace_read(r, &read))
            FAIL("event %u is not there: %s", i, trace_read_damage(r) ? trace_read_damage(r) : "the end");
        else if (!same_event(&made, &read))
            FAIL("event %u, of kind %u, came back as another one, of kind %u", i, made.kind, read.kind);
        seen[read.kind]++;
    }
    for (unsigned k = 0; k < TRACE_EV_END; k++)
        if (seen[k] < 10)
            FAIL("only %u events of kind %u were tried", seen[k], k);
    EXPECT(trace_read(r, &read) && read.kind == TRACE_EV_END);
    EXPECT_EQ(read.end.events, EVENTS);
    EXPECT_EQ(read.end.instructions, 77);
    EXPECT(!trace_read(r, &read) && !trace_read_damage(r));
    trace_read_close(r);
}

static uint8_t *file_bytes(size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = f ? malloc(1 << 22) : NULL;
    *size = bytes ? fread(bytes, 1, 1 << 22, f) : 0;
    if (f)
        fclose(f);
    return bytes;
}

static void write_bytes(const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f))
        FAIL("%s cannot be written", path);
}

/* How many events a file has; damage: it was said to have some. */
static unsigned read_all(bool *refused, bool *damage)
{
    struct trace_event e;
    struct trace_reader *r = trace_read_open(path);
    unsigned n = 0;
    *damage = false;
    if ((*refused = !r)) {
        EXPECT(*user_error_text);
        return 0;
    }
    while (trace_read(r, &e))
        n++;
    *damage = trace_read_damage(r);
    trace_read_close(r);
    return n;
}

TEST(a_file_cut_off_anywhere_is_read_up_to_there)
{
    size_t size;
    bool refused, damage;
    write_events(3000);
    uint8_t *whole = file_bytes(&size);
    EXPECT_EQ(read_all(&refused, &damage), 3001);
    EXPECT(!damage);
    for (size_t n = 0; n < size; n += 1 + n / 50) {
        write_bytes(whole, n);
        unsigned events = read_all(&refused, &damage);
        EXPECT(n < 32 ? refused : damage);
        EXPECT(events <= 3001);
    }
    free(whole);
}

TEST(flipped_bits_are_found)
{
    size_t size;
    bool refused, damage;
    unsigned found = 0;
    write_events(3000);
    uint8_t *whole = file_bytes(&size);
    for (unsigned i = 0; i < 500; i++) {
        size_t byte = i < 200 ? i % 32 : below((unsigned)size);
        uint8_t bit = (uint8_t)(1 << below(8));
        if (byte == 36) /* zstd's frame descriptor: its bit 4 means nothing */
            bit &= 0xef, bit |= !bit;
        whole[byte] ^= bit;
        write_bytes(whole, size);
        read_all(&refused, &damage);
        found += refused || damage || (byte >= 10 && byte < 32); /* the number of CPUs, the name of the writer */
        whole[byte] ^= bit;
    }
    EXPECT_EQ(found, 500);
    free(whole);
}

/* Past zstd's checksum: records of any bytes, and good ones with a few bytes changed. */
TEST(hostile_records_do_no_harm)
{
    size_t size;
    bool refused, damage;
    write_events(2000);
    uint8_t *whole = file_bytes(&size), *records = malloc(1 << 22), *file = malloc(1 << 22), *changed = malloc(1 << 22);
    ZSTD_DCtx *d = ZSTD_createDCtx();
    ZSTD_inBuffer in = { whole + 32, size - 32, 0 };
    ZSTD_outBuffer out = { records, 1 << 22, 0 };
    EXPECT_EQ(ZSTD_decompressStream(d, &out, &in), 0);
    ZSTD_freeDCtx(d);
    memcpy(file, whole, 32);
    for (unsigned i = 0; i < 1500; i++) {
        memcpy(changed, records, out.pos);
        for (unsigned k = 0; k < 1 + i % 5; k++)
            changed[below((unsigned)out.pos)] = (uint8_t)next();
        for (unsigned k = 0; i % 3 == 0 && k < out.pos; k++)
            changed[k] = (uint8_t)(below(3) ? below(256) : below(16));
        size_t n = ZSTD_compress(file + 32, (1 << 22) - 32, changed, out.pos, 1);
        write_bytes(file, n + 32);
        EXPECT(read_all(&refused, &damage) < 1000000);
    }
    free(whole), free(records), free(file), free(changed);
}

TEST(what_is_no_trace_is_refused)
{
    bool refused, damage;
    write_bytes("a text, and nothing else that is in here", 40);
    read_all(&refused, &damage);
    EXPECT(refused && strstr(user_error_text, "is not a binary trace"));
    uint8_t header[32] = "svemutrc\x09";
    write_bytes(header, 32);
    read_all(&refused, &damage);
    EXPECT(refused && strstr(user_error_text, "version 9"));
}

int main(void)
{
    int fd = mkstemp(path), status;
    if (fd < 0)
        return 1;
    close(fd);
    isa_init();
    sysreg_init();
    status = test_main();
    unlink(path);
    return status;
}
