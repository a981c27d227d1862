/* What isa/operands.h says of every row, against what the function of the row does: random words and states, one
 * register changed at a time. */
#include "isa/operands.h"

#include <fnmatch.h>

#include "core/observe.h"
#include "isa/operands_row.h"
#include "isa/pred.h"
#include "sysregs/sysregs.h"
#include "tests/isa/run1.h"

/* Begun anew for each row, so that other rows change nothing. */
static uint64_t seed = 1;
static void begin(const char *id)
{
    for (seed = 1; *id; id++)
        seed = seed * 31 + (uint8_t)*id;
}
static uint64_t next(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* ---- The registers of a CPU, numbered as REG_x ---- */
struct state {
    uint64_t gpr[33];
    uint8_t nzcv;
    uint8_t z[32][MAX_VL_BYTES], p[17][MAX_PL_BYTES];
};
static void get_state(const struct cpu *cpu, struct state *s)
{
    memcpy(s->gpr, cpu->gpr, sizeof(s->gpr));
    s->nzcv = (uint8_t)NZCV(cpu);
    for (unsigned n = 0; n < 32; n++)
        memcpy(s->z[n], cpu->z[n], CurrentVL(cpu) / 8);
    for (unsigned n = 0; n < 17; n++)
        memcpy(s->p[n], cpu->p[n], CurrentVL(cpu) / 64);
}
static void set_state(struct cpu *cpu, const struct state *s)
{
    memcpy(cpu->gpr, s->gpr, sizeof(s->gpr));
    SetNZCV(cpu, s->nzcv);
    for (unsigned n = 0; n < 32; n++)
        memcpy(cpu->z[n], s->z[n], CurrentVL(cpu) / 8);
    for (unsigned n = 0; n < 17; n++)
        memcpy(cpu->p[n], s->p[n], CurrentVL(cpu) / 64);
    cpu->z_high = UINT32_MAX;
}
static bool is_register(unsigned reg)
{
    return reg <= REG_SP || reg == REG_NZCV || reg == REG_FFR || (reg >= REG_Z0 && reg < REG_P0 + 16);
}
/* Where a register is in a state, and how many bytes of it count. */
static uint8_t *place(struct state *s, unsigned reg, unsigned vl, unsigned *size)
{
    *size = 8;
    if (reg <= REG_SP)
        return (uint8_t *)&s->gpr[reg];
    if (reg == REG_NZCV)
        return *size = 1, &s->nzcv;
    if (reg == REG_FFR)
        return *size = vl / 64, s->p[16];
    if (reg < REG_P0)
        return *size = vl / 8, s->z[reg - REG_Z0];
    return *size = vl / 64, s->p[reg - REG_P0];
}
static bool same(struct state *a, struct state *b, unsigned reg, unsigned vl)
{
    unsigned size;
    const uint8_t *x = place(a, reg, vl, &size);
    return !memcmp(x, place(b, reg, vl, &size), size);
}
static void reg_name(char text[8], unsigned reg)
{
    if (reg < REG_SP)
        snprintf(text, 8, "X%u", reg);
    else if (reg >= REG_P0)
        snprintf(text, 8, "P%u", reg - REG_P0);
    else if (reg >= REG_Z0)
        snprintf(text, 8, "Z%u", reg - REG_Z0);
    else
        snprintf(text, 8, "%s", reg == REG_SP ? "SP" : reg == REG_NZCV ? "NZCV" : "FFR");
}

/* ---- Random contents: of several kinds, so that comparisons find equal numbers, and sums carries ---- */
enum style { RANDOM, SMALL, ALIKE, STYLES };
static uint64_t value(enum style style)
{
    uint64_t r = next();
    switch (style) {
    case SMALL: return r >> 62 == 0 ? 0 - (r & 0x1f) : r & (r >> 62 == 1 ? UINT64_C(0x0303030303030303) : 0x1f);
    case ALIKE: return (r & 1) * (r & 2 ? UINT64_MAX : UINT64_C(0x0101010101010101));
    default: return r & 0x700 ? r : r % 3 == 0 ? 0 : UINT64_MAX << (r & 63);
    }
}
static void randomise(struct state *s, unsigned reg, unsigned vl, enum style style)
{
    unsigned size;
    uint8_t *p = place(s, reg, vl, &size);

    if (reg == ZR_SLOT)
        return;
    if (reg == REG_NZCV) {
        s->nzcv = next() & 15;
        return;
    }
    if (reg >= REG_P0 && style == ALIKE) {
        memset(p, next() & 3 ? 0xff : 0, size);
        return;
    }
    for (unsigned at = 0; at < size; at += 8) {
        uint64_t v = reg >= REG_P0 || reg == REG_FFR ? next() & next() : value(style);
        memcpy(p + at, &v, size - at < 8 ? size - at : 8);
    }
}

/* ---- One instruction, and everything that comes of it ---- */
enum { MAX_SEEN = MAX_ACCESSES };
struct outcome {
    bool completed;
    uint64_t pc, hash; /* of what is no register: memory, FPSR, system registers */
    struct state state;
    unsigned seen;
    struct access_range list[MAX_SEEN];
};
static struct outcome *watching;
static void seen(void *context, struct cpu *cpu, const struct mem_access *a)
{
    (void)context, (void)cpu;
    struct outcome *o = watching;
    struct access_range *last = o->seen ? &o->list[o->seen - 1] : NULL;
    if (last && last->va + last->size == a->va && last->store == a->write && last->size + a->size <= MAX_ACCESS_SIZE)
        last->size = (uint16_t)(last->size + a->size);
    else if (o->seen < MAX_SEEN)
        o->list[o->seen++] = (struct access_range){ a->va, (uint16_t)a->size, a->write };
}
static const struct machine_observer observer = { .memory = seen };

static uint64_t hash_of(uint64_t h, const void *data, size_t size)
{
    const uint8_t *p = data;
    for (size_t at = 0; at + 8 <= size; at += 8) {
        uint64_t v;
        memcpy(&v, p + at, 8);
        h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15), h ^= h >> 29;
    }
    return h;
}

/* Everything around the registers: the same for each run of a word. */
static struct surroundings {
    uint64_t sysreg[SR_COUNT];
    uint8_t ram[RUN1_RAM_SIZE];
    struct pstate pstate;
    bool exclusive;
    uint64_t exclusive_va;
    unsigned exclusive_size;
} around;

static void run(struct cpu *cpu, uint32_t word, const struct state *s, struct outcome *o)
{
    uint8_t data[16];

    cpu->pstate = around.pstate;
    cpu->fp = (struct fp_status){ .rpres = true };
    cpu->halted = RUNNING;
    cpu->excl.valid = false;
    watching = o;
    if (around.exclusive && !mem_read_exclusive(cpu, around.exclusive_va, around.exclusive_size, around.exclusive_size,
                                                ACC_EXCLUSIVE, data))
        cpu->excl.valid = false;
    mem_watch_end(cpu);
    o->seen = 0;
    set_state(cpu, s);
    o->completed = run1_word(cpu, word);
    mem_watch_end(cpu);
    o->pc = cpu->pc;
    get_state(cpu, &o->state);
    uint32_t fpsr = cpu->fp.fpsr;
    o->hash = (uint64_t)fpsr << 32 | cpu->halted;
    o->hash = hash_of(o->hash, cpu->sysreg, sizeof(cpu->sysreg));
    bool stored = false;
    for (unsigned i = 0; i < o->seen; i++)
        stored |= o->list[i].store;
    if (stored) {
        o->hash = hash_of(o->hash, cpu->mem->ram, RUN1_RAM_SIZE);
        memcpy(cpu->mem->ram, around.ram, RUN1_RAM_SIZE);
    }
    memcpy(cpu->sysreg, around.sysreg, sizeof(cpu->sysreg));
}
static bool same_accesses(const struct access_range *a, unsigned n, const struct access_range *b, unsigned m)
{
    for (unsigned i = 0; i < n && n == m; i++)
        if (a[i].va != b[i].va || a[i].size != b[i].size || a[i].store != b[i].store)
            return false;
    return n == m;
}

/* ---- Words and states ---- */
static bool matches(unsigned row, const char *glob) { return !fnmatch(glob, insn_table[row].id, 0); }
/* Rows whose function alone says little: exceptions, waiting, what system registers decide, and LDRAA, which random
 * addresses do not satisfy. */
static bool dynamic(unsigned row)
{
    static const char *const others[] = { "SVC", "HVC",   "SMC", "BRK",  "HLT", "UDF*", "DCPS?", "ERET*",
                                          "MRS", "MSR_*", "SYS", "SYSL", "WF*", "ESB",  "LDRA" };
    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
        if (matches(row, others[i]))
            return false;
    return !insn_is_todo(row);
}

/* A machine whose accesses are watched. Pointer Authentication is enabled, and does not fault, so that modifiers show;
 * tags are accessed, though memory has none. */
static struct cpu *watched_cpu(void)
{
    static struct cpu *cpu;

    if (cpu)
        return cpu;
    cpu = run1_new_cpu();
    run1_set_feature(FEAT_FPAC, false), run1_set_feature(FEAT_FPACCOMBINE, false);
    run1_reset(cpu, 256);
    machine_observe(cpu->machine, &observer);
    for (size_t i = 0; i < RUN1_RAM_SIZE; i++)
        around.ram[i] = (uint8_t)(next() & (i & 0x100 ? 0xff : i & 0x80 ? 1 : 0));
    memcpy(cpu->mem->ram, around.ram, RUN1_RAM_SIZE);
    cpu->sysreg[SR_SCTLR_EL1] |= BIT(31) | BIT(30) | BIT(27) | BIT(13) | BIT(43); /* EnIA, EnIB, EnDA, EnDB, ATA */
    cpu->sysreg[SR_APIAKEYLO_EL1] = next(), cpu->sysreg[SR_APIBKEYLO_EL1] = next();
    cpu->sysreg[SR_HCRX_EL2] |= BIT(11); /* MSCEn */
    memcpy(around.sysreg, cpu->sysreg, sizeof(around.sysreg));
    return cpu;
}

/* Registers that make op access RAM: where its fields, not isa_operands(), say. */
static void aim(struct cpu *cpu, const struct op *op, struct state *s)
{
    const char *pattern = insn_table[op->row].pattern;
    bool end = matches(op->row, "LD[FN]F1*") && next() & 1; /* where RAM ends, so that some elements fault */
    uint64_t base = end ? RUN1_RAM + RUN1_RAM_SIZE - 8 - (next() & 8) : RUN1_RAM + 0x4000 + (next() & 0x7f) * 64;
    bool addresses = strstr(pattern, "Zn:5") && matches(op->row, "*_z_p_a[ir]*");
    unsigned esize = matches(op->row, "*_z_p_??_s*") ? 32 : 64;

    if (strstr(pattern, "Zm:5") || addresses)
        for (unsigned e = 0; e < CurrentVL(cpu) / esize; e++)
            SetElem(s->z[addresses ? op->Zn : op->Zm], e, esize, (addresses ? base : 0) + (next() & 0x7f) * 8);
    if (strstr(pattern, "Rm:5") || strstr(pattern, "Rs:5"))
        s->gpr[op->m] = op->m == ZR_SLOT || next() & 1 ? 0 : next() & 0x3f;
    if (matches(op->row, "CPY*") || matches(op->row, "SET*")) {
        uint64_t granules = matches(op->row, "SETG*") ? 0x1ff0 : 0x1fff;
        s->gpr[op->Rd] = base, s->gpr[op->n] = (next() & granules) - (matches(op->row, "SET*") ? 0x2000 : 0x1000);
        if (matches(op->row, "CPY*"))
            s->gpr[op->Rs] = RUN1_RAM + 0x8000 + (next() & 0xfff);
        if (s->gpr[op->n] >> 63)
            s->gpr[op->Rd] += 0x2000;
        s->nzcv &= 13;
    } else if (!addresses && (strstr(pattern, "Rn") || strstr(pattern, "Xn"))) {
        bool align = op->n != SP_SLOT && strstr(pattern, "imm9") && next() & 1;
        s->gpr[op->n] = op->n == ZR_SLOT ? 0 : base - (align ? op->imm : 0);
    }
    around.exclusive = next() & 1 && matches(op->row, "ST*X*") && s->gpr[op->n] >= RUN1_RAM;
    around.exclusive_va = s->gpr[op->n];
    around.exclusive_size = strstr(pattern, "Rt2") ? 8u << op->sz : 1u << (op->word >> 30);
}
/* A random word of the row, decoded; false: none was found. */
static bool random_word(struct cpu *cpu, unsigned row, struct op *op)
{
    bool literal = operand_row(row)->memory && strstr(insn_table[row].pattern, "imm19");

    for (unsigned i = 0; i < 1000; i++) {
        uint32_t word = insn_table[row].bits | ((uint32_t)next() & ~insn_table[row].mask);
        isa_decode(cpu->cls, literal ? word & ~UINT32_C(0xffe000) : word, op); /* in RAM */
        if (op->row == row)
            return true;
    }
    return false;
}

static bool in(unsigned reg, const uint8_t *list, unsigned count) { return memchr(list, (int)reg, count); }

static void random_state(struct cpu *cpu, const struct op *op, struct state *s)
{
    static const unsigned lengths[] = { 128, 256, 256, 384, 512, 2048 };
    enum style style = next() % STYLES;

    cpu->vl_bits = lengths[next() % 6];
    around.pstate = (struct pstate){ .EL = EL1, .SP = 1, .D = 1, .A = 1, .I = 1, .F = 1 };
    for (unsigned reg = 0; reg < REG_COUNT; reg++)
        if (is_register(reg))
            randomise(s, reg, cpu->vl_bits, style);
    s->gpr[ZR_SLOT] = 0;
    s->gpr[SP_SLOT] &= ~UINT64_C(15);
    if (matches(op->row, "LDFF1*") || matches(op->row, "LDNF1*"))
        memset(s->p[16], 0xff, sizeof(s->p[16])); /* FFR, so that it says whether an element has failed */
    around.exclusive = false;
    if (operand_row(op->row)->memory)
        aim(cpu, op, s);
}

/* ---- What each word is held to ---- */
/* Everything that changes is said to be written. */
static void check_written(const struct op *op, const struct operands *o, struct state *before, struct outcome *after,
                          unsigned vl)
{
    char name[8];
    for (unsigned reg = 0; reg < REG_COUNT; reg++) {
        if (!is_register(reg) || same(before, &after->state, reg, vl) || in(reg, o->write, o->written) ||
            reg == o->base_written)
            continue;
        reg_name(name, reg);
        FAIL("%s %08x: changes %s at VL %u", insn_table[op->row].id, op->word, name, vl);
    }
}
/* What is not read does not matter. */
static void check_sources(struct cpu *cpu, const struct op *op, const struct operands *o, const struct state *s,
                          struct outcome *first)
{
    static struct outcome second;
    static struct state other;
    char name[8];
    const char *id = insn_table[op->row].id;

    other = *s;
    for (unsigned reg = 0; reg < REG_COUNT; reg++)
        if (is_register(reg) && !in(reg, o->read, o->reads))
            randomise(&other, reg, cpu->vl_bits, next() % STYLES);
    run(cpu, op->word, &other, &second);
    if (first->completed != second.completed || first->pc != second.pc)
        FAIL("%s %08x: goes another way by what it does not read", id, op->word);
    if (first->hash != second.hash || !same_accesses(first->list, first->seen, second.list, second.seen))
        FAIL("%s %08x: memory, or FPSR, depends on what it does not read", id, op->word);
    for (unsigned reg = 0; reg < REG_COUNT; reg++) {
        if (!is_register(reg) || same(&first->state, &second.state, reg, cpu->vl_bits) ||
            !(in(reg, o->write, o->written) || reg == o->base_written))
            continue;
        reg_name(name, reg);
        FAIL("%s %08x: %s depends on what it does not read, at VL %u", id, op->word, name, cpu->vl_bits);
    }
}
static void describe(char *text, size_t size, const struct access_range *list, unsigned count)
{
    text[0] = 0;
    for (unsigned i = 0; i < count; i++) {
        size_t at = strlen(text);
        snprintf(text + at, size - at, " %s%#" PRIx64 "+%u", list[i].store ? "w" : "r", list[i].va, list[i].size);
    }
}
/* All that is accessed is within what the shape says, and with all elements active is that. */
static void check_shape(const struct cpu *cpu, const struct op *op, const struct operands *o, struct state *s,
                        const struct access_range *list, unsigned count)
{
    uint8_t all[MAX_PL_BYTES];
    const struct operand_row *r = operand_row(op->row);

    if (o->shape == MEMORY_NONE || o->shape == MEMORY_OTHER)
        return;
    uint64_t va = operands_address(cpu, o, cpu->page_va);
    unsigned size = operands_size(cpu, o);
    for (unsigned i = 0; i < count; i++)
        if (list[i].va < va || list[i].va + list[i].size > va + size)
            FAIL("%s %08x: %#" PRIx64 "+%u is not in %#" PRIx64 "+%u", insn_table[op->row].id, op->word, list[i].va,
                 list[i].size, va, size);
    memset(all, 0xff, sizeof(all));
    bool whole = !o->predicated || (r->v.how != SVE_GROUP && !memcmp(s->p[op->Pg], all, cpu->vl_bits / 64));
    if (whole && !(r->v.how == SVE_BLOCK && size > cpu->vl_bits / 8) &&
        (!count || list[0].va != va || list[0].size != size))
        FAIL("%s %08x: all elements are %#" PRIx64 "+%u", insn_table[op->row].id, op->word, va, size);
}
static void check_accesses(struct cpu *cpu, const struct op *op, const struct operands *o, struct state *s,
                           struct outcome *made)
{
    static struct access_range list[MAX_ACCESSES];
    char want[400], got[400];
    unsigned count = 1;

    set_state(cpu, s);
    if (o->shape == MEMORY_LITERAL)
        list[0] =
            (struct access_range){ operands_address(cpu, o, cpu->page_va), (uint16_t)operands_size(cpu, o), false };
    else
        count = isa_accesses(cpu, op, list);
    check_shape(cpu, op, o, s, list, count);
    /* Prefetches are no accesses, and memory without tags has none. Store-exclusives may fail, and so may elements of
     * first-fault loads. */
    if (o->prefetch || matches(op->row, "LDG*") || matches(op->row, "ST*G*") ||
        (in(REG_FFR, o->write, o->written) && !same(s, &made->state, REG_FFR, cpu->vl_bits)) ||
        ((matches(op->row, "ST*XP") || matches(op->row, "ST*XR*")) && !made->seen))
        return;
    if (same_accesses(list, count, made->list, made->seen))
        return;
    describe(want, sizeof(want), list, count);
    describe(got, sizeof(got), made->list, made->seen);
    FAIL("%s %08x VL %u: accesses%s, expected%s", insn_table[op->row].id, op->word, cpu->vl_bits, got, want);
}

/* Which operand of the row a register is: a slot, or one of those that no field names. */
enum { KEY_NZCV = 5, KEY_FFR, KEY_OTHER, KEYS };
static unsigned key_of(const struct op *op, unsigned reg)
{
    const uint8_t slot[] = { op->d, op->n, op->m, op->a, op->g };
    unsigned number = reg >= REG_P0 ? reg - REG_P0 : reg >= REG_Z0 ? reg - REG_Z0 : reg;
    unsigned file = reg >= REG_P0 ? FILE_P : reg >= REG_Z0 ? FILE_Z : FILE_X;

    if (reg == REG_NZCV)
        return KEY_NZCV;
    if (reg == REG_FFR)
        return KEY_FFR;
    for (unsigned i = 0; i < 5; i++)
        if (slot[i] == number && (operand_row(op->row)->file[i] == file || op->row == INSN_FMOV_float_gen))
            return i;
    return KEY_OTHER;
}
static bool differs(struct outcome *a, struct outcome *b, const struct operands *o, unsigned reg, unsigned vl)
{
    if (a->completed != b->completed || a->pc != b->pc || a->hash != b->hash ||
        !same_accesses(a->list, a->seen, b->list, b->seen))
        return true;
    for (unsigned r = 0; r < REG_COUNT; r++)
        if (is_register(r) && (r != reg || in(r, o->write, o->written) || r == o->base_written) &&
            !same(&a->state, &b->state, r, vl))
            return true;
    return false;
}
/* Is there a state in which changing reg changes anything? */
static bool matters(struct cpu *cpu, const struct op *op, const struct operands *o, unsigned reg)
{
    static struct outcome first, second;
    static struct state s, other;

    for (unsigned i = 0; i < 200; i++) {
        random_state(cpu, op, &s);
        run(cpu, op->word, &s, &first);
        if (!first.completed)
            continue;
        for (unsigned k = 0; k < 2; k++) {
            other = s;
            randomise(&other, reg, cpu->vl_bits, next() % STYLES);
            run(cpu, op->word, &other, &second);
            if (differs(&first, &second, o, reg, cpu->vl_bits))
                return true;
        }
    }
    return false;
}

TEST(results_make_sense)
{
    struct cpu *cpu = run1_cpu();
    struct operands o;
    struct op op;

    for (unsigned row = 0; row < INSN_COUNT; row++)
        for (unsigned i = 0; i < 100 && random_word(cpu, row, &op); i++) {
            const char *id = insn_table[row].id;
            isa_operands(&op, &o);
            for (unsigned r = 0; r < o.reads; r++)
                if (!is_register(o.read[r]) || in(o.read[r], o.read, r))
                    FAIL("%s %08x: reads register %u", id, op.word, o.read[r]);
            for (unsigned w = 0; w < o.written; w++)
                if (!is_register(o.write[w]) || in(o.write[w], o.write, w) || o.write[w] == o.base_written)
                    FAIL("%s %08x: writes register %u", id, op.word, o.write[w]);
            if (o.accumulator != REG_NONE && !in(o.accumulator, o.read, o.reads))
                FAIL("%s %08x: the accumulator is not read", id, op.word);
            if (o.stored > o.reads || (o.stored && o.data != o.read[o.reads - 1]) || (o.stored && !o.store))
                FAIL("%s %08x: stored values", id, op.word);
            if (o.shape != MEMORY_NONE && o.shape != MEMORY_OTHER && !o.size && !(o.size_vl && o.size_regs))
                FAIL("%s %08x: no size", id, op.word);
            if (o.shape != MEMORY_NONE && !o.load && !o.store && !o.prefetch)
                FAIL("%s %08x: an access without direction", id, op.word);
            if ((o.load || o.store || o.prefetch) && o.shape == MEMORY_NONE)
                FAIL("%s %08x: a direction without an access", id, op.word);
        }
}

TEST(rows_do_what_is_said)
{
    struct cpu *cpu = watched_cpu();
    static struct outcome first;
    static struct state s;
    struct operands o;
    struct op op;

    for (unsigned row = 0; row < INSN_COUNT; row++) {
        unsigned completed = 0, tried = 0;
        begin(insn_table[row].id);
        for (unsigned i = 0; dynamic(row) && i < 8 && random_word(cpu, row, &op); i++) {
            isa_operands(&op, &o);
            for (unsigned k = 0; k < 4; k++, tried++) {
                random_state(cpu, &op, &s);
                run(cpu, op.word, &s, &first);
                if (!first.completed)
                    continue;
                completed++;
                check_written(&op, &o, &s, &first, cpu->vl_bits);
                check_accesses(cpu, &op, &o, &s, &first);
                check_sources(cpu, &op, &o, &s, &first);
            }
        }
        if (tried && !completed)
            FAIL("%s: never completed", insn_table[row].id);
    }
}

/* A random word of the row whose registers are all different, as are those that follow them in lists, and none of them
 * XZR or SP: what EOR X0, X1, X1 reads does not matter. */
static bool distinct_word(struct cpu *cpu, unsigned row, struct op *op)
{
    static const uint8_t near[] = { [FILE_X] = 2, [FILE_Z] = 8, [FILE_P] = 1, [FILE_PN] = 1, [FILE_CONDITION] = 1 };
    const struct operand_row *r = operand_row(row);

    for (unsigned i = 0; i < 100 && random_word(cpu, row, op); i++) {
        const uint8_t slot[] = { op->d, op->n, op->m, op->a, op->g };
        bool good = true;
        for (unsigned x = 0; x < SLOTS; x++)
            for (unsigned y = 0; y < x && r->file[x] != NO_REGISTER; y++)
                good &= r->file[y] != r->file[x] || slot[x] / near[r->file[x]] != slot[y] / near[r->file[x]];
        for (unsigned x = 0; x < SLOTS; x++)
            good &= r->file[x] != FILE_X || slot[x] < ZR_SLOT;
        if (good)
            return true;
    }
    return random_word(cpu, row, op);
}
/* Where the function alone shows nothing. */
static bool invisible(unsigned row, unsigned key)
{
    return matches(row, "PRF*") ||                                                 /* nothing is prefetched */
           (key == SLOT_D && (matches(row, "ST*G_*") || matches(row, "ST*GM"))) || /* there are no tags */
           (key == SLOT_M && matches(row, "EXT*"));                                /* at 0 all comes from the first */
}
TEST(what_is_read_matters)
{
    enum { WORDS = 4 };
    struct cpu *cpu = watched_cpu();
    struct operands o;
    struct op op;

    for (unsigned row = 0; row < INSN_COUNT; row++) {
        unsigned said[KEYS] = { 0 }, found[KEYS] = { 0 };
        begin(insn_table[row].id);
        for (unsigned i = 0; dynamic(row) && i < WORDS && distinct_word(cpu, row, &op); i++) {
            isa_operands(&op, &o);
            for (unsigned r = 0; r < o.reads; r++) {
                unsigned key = key_of(&op, o.read[r]);
                if (invisible(row, key))
                    continue;
                said[key]++;
                found[key] += matters(cpu, &op, &o, o.read[r]);
            }
        }
        for (unsigned key = 0; key < KEYS; key++)
            if (4 * found[key] < 3 * said[key])
                FAIL("%s: operand %u matters in %u of %u words", insn_table[row].id, key, found[key], said[key]);
    }
}

/* ---- What needs a word of its own ---- */
static struct operands operands_of(struct cpu *cpu, uint32_t word)
{
    struct operands o;
    struct op op;

    isa_decode(cpu->cls, word, &op);
    isa_operands(&op, &o);
    return o;
}
static bool reads(const struct operands *o, unsigned reg) { return in(reg, o->read, o->reads); }
static bool writes(const struct operands *o, unsigned reg) { return in(reg, o->write, o->written); }

TEST(system_registers_that_are_operands)
{
    struct cpu *cpu = run1_cpu();
    struct operands o = operands_of(cpu, 0xd53b4203); /* mrs x3, nzcv */
    EXPECT(reads(&o, REG_NZCV) && writes(&o, 3) && o.reads == 1);
    o = operands_of(cpu, 0xd51b4203); /* msr nzcv, x3 */
    EXPECT(writes(&o, REG_NZCV) && reads(&o, 3) && o.written == 1);
    o = operands_of(cpu, 0xd53bd043); /* mrs x3, tpidr_el0 */
    EXPECT(o.reads == 0 && writes(&o, 3));
    o = operands_of(cpu, 0xd50040bf); /* msr spsel, #0 */
    EXPECT(o.reads == 0 && writes(&o, REG_SP));
    o = operands_of(cpu, 0xd5031005); /* wfet x5 */
    EXPECT(reads(&o, 5) && o.written == 0);
    o = operands_of(cpu, 0xd5031025); /* wfit x5 */
    EXPECT(reads(&o, 5) && o.written == 0);
    o = operands_of(cpu, 0xd69f0bff); /* eretaa */
    EXPECT(reads(&o, REG_SP) && o.reads == 1 && o.written == 0);
    o = operands_of(cpu, 0xd50342df); /* msr daifset, #2 */
    EXPECT(o.reads == 0 && o.written == 0);
}

TEST(accumulators)
{
    static const struct {
        uint32_t word;
        uint8_t accumulator;
    } words[] = {
        { 0x9b020c20, 3 },          /* madd x0, x1, x2, x3 */
        { 0x9b020820, REG_NONE },   /* madd x0, x1, x2, x2: a factor as well */
        { 0x9b027c20, REG_NONE },   /* mul x0, x1, x2 */
        { 0x1f420c20, REG_Z0 + 3 }, /* fmadd d0, d1, d2, d3 */
        { 0x4e62cc20, REG_Z0 },     /* fmla v0.2d, v1.2d, v2.2d */
        { 0x65e20020, REG_Z0 },     /* fmla z0.d, p0/m, z1.d, z2.d */
        { 0x65e28020, REG_Z0 + 2 }, /* fmad z0.d, p0/m, z1.d, z2.d */
        { 0x44820020, REG_Z0 },     /* sdot z0.s, z1.b, z2.b */
        { 0x9b028c20, 3 },          /* msub x0, x1, x2, x3 */
        { 0x9b220c20, 3 },          /* smaddl x0, w1, w2, x3 */
        { 0x9ba28c20, 3 },          /* umsubl x0, w1, w2, x3 */
        { 0x1f428c20, REG_Z0 + 3 }, /* fmsub d0, d1, d2, d3 */
        { 0x0481c040, REG_Z0 + 2 }, /* mad z0.s, p0/m, z1.s, z2.s */
        { 0x0481e040, REG_Z0 + 2 }, /* msb z0.s, p0/m, z1.s, z2.s */
        { 0x65e2a020, REG_Z0 + 2 }, /* fmsb z0.d, p0/m, z1.d, z2.d */
        { 0x65e2c020, REG_Z0 + 2 }, /* fnmad z0.d, p0/m, z1.d, z2.d */
        { 0x65e2e020, REG_Z0 + 2 }, /* fnmsb z0.d, p0/m, z1.d, z2.d */
        { 0x9ac24c20, 1 },          /* crc32x w0, w1, x2 */
        { 0x4e221c20, REG_NONE },   /* and v0.16b, v1.16b, v2.16b */
        { 0x6e621c20, REG_NONE },   /* bsl v0.16b, v1.16b, v2.16b */
        { 0x4502d020, REG_NONE },   /* adclb z0.s, z1.s, z2.s */
    };
    struct cpu *cpu = run1_cpu();
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        struct operands o = operands_of(cpu, words[i].word);
        if (o.accumulator != words[i].accumulator)
            FAIL("%08x: accumulator %u, expected %u", words[i].word, o.accumulator, words[i].accumulator);
    }
}

TEST(stored_values_are_apart_from_addresses)
{
    struct cpu *cpu = run1_cpu();
    struct operands o = operands_of(cpu, 0xa9bf7bfd); /* stp x29, x30, [sp, #-16]! */
    EXPECT(o.reads == 3 && o.stored == 2 && o.read[0] == REG_SP && o.data == 30 && o.base_written == REG_SP);
    EXPECT(o.shape == MEMORY_OFFSET && o.offset == -16 && o.size == 16 && o.store && !o.load);
    o = operands_of(cpu, 0xf9000021); /* str x1, [x1] */
    EXPECT(o.reads == 1 && o.stored == 0 && o.data == REG_NONE);
    o = operands_of(cpu, 0xf8226821); /* str x1, [x1, x2] */
    EXPECT(o.reads == 2 && o.stored == 0);
    o = operands_of(cpu, 0xb8226820); /* str w0, [x1, x2] */
    EXPECT(o.reads == 3 && o.stored == 1 && o.data == 0 && o.shape == MEMORY_REGISTER && o.index == 2 && o.shift == 0);
    o = operands_of(cpu, 0xb8625820); /* ldr w0, [x1, w2, uxtw #2] */
    EXPECT(o.extend == 2 && o.shift == 2 && o.load && !o.stored);
    o = operands_of(cpu, 0xb8610043); /* ldaddl w1, w3, [x2] */
    EXPECT(o.load && o.store && o.data == 1 && o.stored == 1 && writes(&o, 3) && o.size == 4);
    o = operands_of(cpu, 0xf8408420); /* ldr x0, [x1], #8 */
    EXPECT(o.shape == MEMORY_POST && o.base_written == 1 && o.written == 1);
    o = operands_of(cpu, 0xe5bf5c03); /* str z3, [x0, #-1, mul vl] */
    EXPECT(o.store && o.data == REG_Z0 + 3 && o.offset_vl && o.offset == -1 && o.size == 0 && o.size_vl == 1);
}

/* Tags are stored with granules; their offsets count them. */
TEST(tag_stores)
{
    static const struct {
        uint32_t word;
        uint8_t shape;
        int8_t offset;
        uint8_t size, stored;
    } words[] = {
        { 0xd93fe841, MEMORY_OFFSET, -32, 16, 1 }, /* stg x1, [x2, #-32] */
        { 0xd9a02441, MEMORY_POST, 32, 32, 1 },    /* st2g x1, [x2], #32 */
        { 0x69bf8c41, MEMORY_OFFSET, -16, 16, 2 }, /* stgp x1, x3, [x2, #-16]! */
        { 0xd9601c41, MEMORY_OFFSET, 16, 16, 1 },  /* stzg x1, [x2, #16]! */
        { 0xd9e00841, MEMORY_OFFSET, 0, 32, 1 },   /* stz2g x1, [x2] */
    };
    struct cpu *cpu = run1_cpu();
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
        struct operands o = operands_of(cpu, words[i].word);
        if (o.shape != words[i].shape || o.offset != words[i].offset || o.size != words[i].size ||
            o.stored != words[i].stored || o.base != 2 || !o.store || o.load)
            FAIL("%08x: shape %u, offset %d, size %u", words[i].word, o.shape, o.offset, o.size);
    }
}

/* LDRAA authenticates its base, and accesses what is left of it. */
TEST(ldraa)
{
    static struct access_range list[MAX_ACCESSES];
    static struct outcome first;
    static struct state s;
    struct cpu *cpu = watched_cpu();
    struct operands o;
    struct op op;

    memset(&s, 0, sizeof(s));
    around.pstate = (struct pstate){ .EL = EL1, .SP = 1, .D = 1, .A = 1, .I = 1, .F = 1 };
    around.exclusive = false;
    s.gpr[1] = RUN1_RAM + 0x5000;
    run(cpu, 0xdac12be1, &s, &first); /* pacdza x1 */
    EXPECT(first.state.gpr[1] != s.gpr[1]);
    s.gpr[1] = first.state.gpr[1];
    isa_decode(cpu->cls, 0xf8201c22, &op); /* ldraa x2, [x1, #8]! */
    isa_operands(&op, &o);
    EXPECT(o.shape == MEMORY_OTHER && o.load && !o.store && o.base == 1 && o.base_written == 1);
    EXPECT(o.reads == 1 && o.read[0] == 1 && o.written == 1 && o.write[0] == 2);
    set_state(cpu, &s);
    unsigned count = isa_accesses(cpu, &op, list);
    run(cpu, op.word, &s, &first);
    EXPECT(first.completed && same_accesses(list, count, first.list, first.seen));
    EXPECT_EQ(list[0].va, RUN1_RAM + 0x5008);
    check_written(&op, &o, &s, &first, cpu->vl_bits);
}

/* DC ZVA, GVA and GZVA store a block. */
TEST(zero_blocks)
{
    static struct access_range list[MAX_ACCESSES];
    static struct outcome first;
    static struct state s;
    struct cpu *cpu = watched_cpu();
    struct operands o;
    struct op op;

    memset(&s, 0, sizeof(s));
    around.pstate = (struct pstate){ .EL = EL1, .SP = 1, .D = 1, .A = 1, .I = 1, .F = 1 };
    around.sysreg[SR_DCZID_EL0] = cpu->sysreg[SR_DCZID_EL0] = 4;
    s.gpr[7] = RUN1_RAM + 0x5123;
    isa_decode(cpu->cls, 0xd50b7427, &op); /* dc zva, x7 */
    isa_operands(&op, &o);
    EXPECT(o.shape == MEMORY_OTHER && o.store && !o.load && o.base == 7 && reads(&o, 7) && o.written == 0);
    set_state(cpu, &s);
    unsigned count = isa_accesses(cpu, &op, list);
    run(cpu, op.word, &s, &first);
    EXPECT(first.completed && same_accesses(list, count, first.list, first.seen));
    EXPECT_EQ(count, 1);
    EXPECT_EQ(list[0].va, RUN1_RAM + 0x5100);
    o = operands_of(cpu, 0xd50b7a27); /* dc cvac, x7 */
    EXPECT(o.shape == MEMORY_NONE && reads(&o, 7));
}

TEST_MAIN
