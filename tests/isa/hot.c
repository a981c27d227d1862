/* Every specialised handler against the plain function of its row: random operands, same state after. */
#include "tests/harness.h"

#include <stdlib.h>

#include "isa/engine.h"
#include "isa/fpu.h"
#include "tests/isa/run1.h"

static uint64_t seed = 1;
static uint64_t next(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

enum { DATA_VA = RUN1_RAM, CODE_VA = RUN1_RAM + 0x8000, DATA_BYTES = RUN1_RAM_SIZE };
static uint8_t memory[2][DATA_BYTES];
static struct code_page page;
static const struct op *stopped_at;

static HANDLER(h_stop)
{
    (void)cpu;
    stopped_at = op;
    LEAVE;
}

static void free_cpu(void *arg)
{
    struct cpu *cpu = arg;

    free(cpu->mem->page_flags);
    free(cpu->mem->tags);
    cpu->cls = NULL; /* run1_class is not the machine's */
    machine_free(cpu->machine);
}

/* A CPU of a machine of its own, MMU off, with data as its RAM. */
static struct cpu *new_cpu(uint8_t *data)
{
    struct cpu *cpu = run1_new_cpu();

    free_after_test(free_cpu, cpu);
    free(cpu->mem->ram);
    cpu->mem->ram = data;
    run1_reset(cpu, 128);
    memset(cpu->fetch_tlb, 0xff, FETCH_TLB_ENTRIES * sizeof(*cpu->fetch_tlb)); /* TLB_NO_TAG */
    cpu->ops = page.ops;
    cpu->page_va = CODE_VA;
    cpu->deadline = UINT64_MAX;
    return cpu;
}

static uint64_t operand(void)
{
    uint64_t r = next();
    switch (next() & 3) {
    case 0: return r & 0xff;
    case 1: return 0 - (r & 0xff);
    case 2: return UINT64_C(1) << (r & 63);
    }
    return r;
}

static void set_registers(struct cpu *a, struct cpu *b, bool memory_row)
{
    for (unsigned i = 0; i < GPR_SLOTS; i++) {
        uint64_t v = memory_row ? DATA_VA + 0x400 + (next() & 0x7f) * 16 : operand();
        if (memory_row && i == 0)
            v = next() & 7;
        a->gpr[i] = b->gpr[i] = i == ZR_SLOT ? 0 : v;
    }
    a->pstate.N = next() & 1, a->pstate.Z = next() & 1, a->pstate.C = next() & 1, a->pstate.V = next() & 1;
    b->pstate = a->pstate;
    a->redirect = b->redirect = 0;
    for (unsigned i = 0x400; i < 0x1000; i += 8) {
        uint64_t v = next();
        memcpy(memory[0] + i, &v, 8), memcpy(memory[1] + i, &v, 8);
    }
}

/* Vectors of any length; half the predicates all true, which handlers look for. */
static void set_vectors(struct cpu *a, struct cpu *b)
{
    a->vl_bits = b->vl_bits = 128 * (1 + (unsigned)(next() & 15));
    a->sve_trap = b->sve_trap = 0;
    for (unsigned n = 0; n < 32; n++)
        for (unsigned at = 0; at < MAX_VL_BYTES; at += 8) {
            uint64_t v = operand();
            if (next() & 7) /* mostly numbers near 1, in both halves and in all */
                v = (v & 0x807fffff807fffff) | UINT64_C(0x3f8000003f000000);
            memcpy(a->z[n] + at, &v, 8);
        }
    for (unsigned n = 0; n < 17; n++) {
        uint64_t v[MAX_PL_BYTES / 8] = { next(), next(), next(), next() };
        if (next() & 1)
            memset(v, 0xff, a->vl_bits / 64);
        memcpy(a->p[n], v, sizeof(v));
    }
    memcpy(b->z, a->z, sizeof(a->z));
    memcpy(b->p, a->p, sizeof(a->p));
    a->z_high = b->z_high = 0;
    a->fp.fpcr = next() & 7 ? 0 : FPCR_DN;
    a->fp.fpsr = next() & 3 ? FPSR_IXC : 0;
    b->fp = a->fp;
}

/* PC after the handler has run op at index. */
static uint64_t run_handler(struct cpu *cpu, unsigned index, handler_fn *h)
{
    const struct op *op = &page.ops[index];

    stopped_at = NULL;
    cpu->run_start = op;
    cpu->icount = 0;
#ifdef SVEMU_TAILCALL
    h(op, cpu);
#else
    op = h(op, cpu);
    if (op)
        stopped_at = op;
#endif
    return stopped_at ? CODE_VA + (uint64_t)(stopped_at - page.ops) * 4 : cpu->pc;
}

static uint64_t run_plain(struct cpu *cpu, unsigned index, const struct op *op)
{
    cpu->op = cpu->run_start = &page.ops[index];
    insn_table[op->row].exec(cpu, op);
    return cpu->redirect & REDIRECT_PC ? cpu->pc : CODE_VA + index * 4 + 4;
}

static void compare(const struct insn *row, uint32_t word, const struct cpu *a, const struct cpu *b)
{
    for (unsigned i = 0; i < 33; i++)
        if (a->gpr[i] != b->gpr[i])
            FAIL("%s %08x: X%u is %#" PRIx64 ", plain %#" PRIx64, row->id, word, i, a->gpr[i], b->gpr[i]);
    if (memcmp(&a->pstate, &b->pstate, 4))
        FAIL("%s %08x: flags differ", row->id, word);
    if (memcmp(a->z, b->z, sizeof(a->z)) || memcmp(a->p, b->p, sizeof(a->p)) || a->z_high != b->z_high ||
        a->fp.fpsr != b->fp.fpsr)
        FAIL("%s %08x: vectors, predicates or FPSR differ at VL %u", row->id, word, a->vl_bits);
    if (memcmp(memory[0], memory[1], DATA_BYTES))
        FAIL("%s %08x: memory differs", row->id, word);
}

static void check_row(unsigned index, struct cpu *a, struct cpu *b, unsigned *covered)
{
    const struct insn *row = &insn_table[index];
    bool memory_row = (row->bits >> 25 & 5) == 4; /* C4.1: op0 = x1x0 is loads and stores */
    unsigned at = 512, hot = 0;

    for (unsigned i = 0; i < 500 && !test_errors; i++) {
        uint32_t word = row->bits | ((uint32_t)next() & ~row->mask);
        struct op decoded;
        if (memory_row) /* keep the address within the page: small offsets, index register X0 */
            word = (word & ~((UINT32_C(0x7f) << 15) & ~row->mask));
        if (memory_row && (word >> 5 & 31) == 0)
            word |= 1 << 5; /* X0 is an index, not a base */
        isa_decode(a->cls, word, &decoded);
        if (decoded.row != index)
            continue;
        page.ops[at] = decoded;
        handler_fn *h = choose_handler(&page.ops[at], at);
        if (h == h_plain || h == h_plain_sve)
            continue;
        hot++;
        set_registers(a, b, memory_row);
        if (row->check)
            set_vectors(a, b);
        uint64_t pc = run_handler(a, at, h), want = run_plain(b, at, &decoded);
        if (pc != want)
            FAIL("%s %08x: PC is %#" PRIx64 ", plain %#" PRIx64, row->id, word, pc, want);
        compare(row, word, a, b);
        page.ops[at].handler = h_stop;
    }
    *covered += hot > 0;
}

TEST(specialised_handlers_do_what_plain_functions_do)
{
    unsigned covered = 0, vectors = 0;
    struct cpu *a = new_cpu(memory[0]), *b = new_cpu(memory[1]);

    for (unsigned i = 0; i <= OPS_PER_PAGE; i++)
        page.ops[i].handler = h_stop;
    for (unsigned i = 0; i < INSN_COUNT; i++)
        if ((!insn_table[i].check || insn_table[i].check == CheckSVEEnabled) && !insn_is_todo(i))
            check_row(i, a, b, insn_table[i].check ? &vectors : &covered);
    EXPECT(covered > 60);
    EXPECT(vectors >= 27);
}

TEST_MAIN
