/* What isa/operands.h says of every row. */
#include "isa/operands.h"

#include "tests/isa/run1.h"

static uint64_t seed = 1;
static uint64_t next(void)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* A random word of the row, decoded; false: none was found. */
static bool random_word(struct cpu *cpu, unsigned row, struct op *op)
{
    for (unsigned i = 0; i < 1000; i++) {
        isa_decode(cpu->cls, insn_table[row].bits | ((uint32_t)next() & ~insn_table[row].mask), op);
        if (op->row == row)
            return true;
    }
    return false;
}

static bool valid(unsigned reg)
{
    return reg <= REG_SP ? reg != REG_NONE : reg == REG_NZCV || reg == REG_FFR || (reg >= REG_Z0 && reg < REG_P0 + 16);
}
static bool in(unsigned reg, const uint8_t *list, unsigned count) { return memchr(list, (int)reg, count); }

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
                if (!valid(o.read[r]) || in(o.read[r], o.read, r))
                    FAIL("%s %08x: reads register %u", id, op.word, o.read[r]);
            for (unsigned w = 0; w < o.written; w++)
                if (!valid(o.write[w]) || in(o.write[w], o.write, w) || o.write[w] == o.base_written)
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

TEST_MAIN
