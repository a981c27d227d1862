/* What an instruction reads and writes: registers by name, and memory by the way its address is formed. For timing
 * models; nothing of what an instruction does depends on it. Held by tests/isa/operands.c against what the functions of
 * the rows really read and write. */
#ifndef SVEMU_ISA_OPERANDS_H
#define SVEMU_ISA_OPERANDS_H

#include "isa/isa.h"

/* Registers: X0 to X30, SP (slots of cpu->gpr), condition flags, vector and predicate registers. */
enum {
    REG_X0 = 0,
    REG_NONE = ZR_SLOT, /* never waits; XZR and what is not tracked (FPSR, system registers) */
    REG_SP = SP_SLOT,
    REG_SINK = 33, /* written in place of XZR */
    REG_NZCV = 34,
    REG_FFR = 35,
    REG_Z0 = 64,
    REG_P0 = 96,
    REG_COUNT = 128,
};

/* Where an instruction accesses memory. All that one shape names is one contiguous range; of a predicated instruction
 * it is what all elements active would access. */
enum memory_shape {
    MEMORY_NONE,
    MEMORY_OFFSET,   /* base + offset */
    MEMORY_POST,     /* base; the base register moves afterwards */
    MEMORY_REGISTER, /* base + (index, maybe extended) << shift */
    MEMORY_LITERAL,  /* PC + offset */
    MEMORY_OTHER,    /* gathers, MOPS, blocks of tags, DC ZVA, LDRAA: isa_accesses() */
};
enum { MAX_READ = 10, MAX_WRITTEN = 6 };
/* Most accesses: every second byte of four vectors of 2048 bits, of a counter of halfwords that governs bytes. */
enum { MAX_ACCESSES = 512, MAX_ACCESS_SIZE = 2048 };

struct operands {
    uint8_t reads, written;     /* numbers of them */
    uint8_t read[MAX_READ];     /* REG_x, each once; without REG_NONE; stored values last */
    uint8_t write[MAX_WRITTEN]; /* in the order of the architecture's writes; without XZR and the base that moves */
    uint8_t accumulator; /* the read register that only a final step needs (MADD's Ra, FMLA's Zda, CRC32's Rn), or
                            REG_NONE */
    uint8_t stored;      /* so many of read, the last ones, are values that a store stores and its address does not wait
                            for; a register that both need is not among them */
    uint8_t data;        /* the last of them, or REG_NONE */
    uint8_t base_written; /* the base register that moves (write-back), or REG_NONE */
    bool sve, predicated; /* an SVE instruction; one with a governing predicate */

    /* Memory. An atomic loads and stores. A prefetch of data does neither and has a shape. */
    uint8_t shape; /* enum memory_shape */
    bool load, store, prefetch;
    uint8_t base, index; /* REG_x, or REG_NONE */
    uint8_t extend;      /* of the index: 0 none (64 bits), 2 UXTW, 6 SXTW */
    uint8_t shift;
    bool offset_vl;  /* offset counts units of (vector length in bytes >> (size_vl - 1)) */
    int32_t offset;  /* else bytes */
    uint16_t size;   /* bytes; 0: depends on the vector length, size_vl; both 0 with MEMORY_OTHER */
    uint8_t size_vl; /* (the vector length in bytes >> (size_vl - 1)) * size_regs bytes; of a predicate it is >> 3 */
    uint8_t size_regs;
};

/* op as isa_decode() leaves it (a specialised handler may have changed other copies). Rows without a function,
 * INSN_TODO, have no operands. Not tracked: FPCR.NEP, with which scalar FP instructions keep what they else clear, and
 * system registers but NZCV. */
void isa_operands(const struct op *op, struct operands *o);

/* The address and the size of what o, not MEMORY_NONE nor MEMORY_OTHER, accesses with the registers as they are. */
static inline uint64_t operands_address(const struct cpu *cpu, const struct operands *o, uint64_t pc)
{
    uint64_t unit = o->offset_vl ? (uint64_t)CurrentVL(cpu) / 8 >> (o->size_vl - 1) : 1;
    uint64_t offset = (uint64_t)(int64_t)o->offset * unit;

    if (o->shape == MEMORY_LITERAL)
        return pc + offset;
    if (o->shape == MEMORY_REGISTER) {
        uint64_t index = X(cpu, o->index);
        index = o->extend == 2 ? (uint32_t)index : o->extend == 6 ? (uint64_t)(int32_t)index : index;
        offset = index << o->shift;
    }
    return X(cpu, o->base) + (o->shape == MEMORY_POST ? 0 : offset);
}
static inline unsigned operands_size(const struct cpu *cpu, const struct operands *o)
{
    return o->size ? o->size : (CurrentVL(cpu) / 8 >> (o->size_vl - 1)) * o->size_regs;
}

struct access_range {
    uint64_t va;
    uint16_t size;
    bool store;
};
/* The accesses that op, of any shape but MEMORY_LITERAL, is going to make with the registers as they are, in order;
 * neighbours are joined, to MAX_ACCESS_SIZE bytes. At most MAX_ACCESSES; 0 where no element is active. Before the
 * instruction is executed only. Faults are not looked at. The accesses of a prefetch are loads. */
unsigned isa_accesses(const struct cpu *cpu, const struct op *op, struct access_range list[MAX_ACCESSES]);

#endif
