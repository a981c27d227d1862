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

enum memory_shape {
    MEMORY_NONE,
    MEMORY_OFFSET,   /* base + offset */
    MEMORY_POST,     /* base; the base register moves afterwards */
    MEMORY_REGISTER, /* base + (index, maybe extended) << shift */
    MEMORY_LITERAL,  /* PC + offset */
    MEMORY_OTHER,    /* gathers, structures, MOPS, maintenance: isa_accesses() */
};
enum { MAX_READ = 10, MAX_WRITTEN = 6, MAX_ACCESSES = 256 };

struct operands {
    uint8_t reads, written;     /* numbers of them */
    uint8_t read[MAX_READ];     /* REG_x, each once; without REG_NONE */
    uint8_t write[MAX_WRITTEN]; /* in the order of the architecture's writes; without XZR and the base that moves */
    uint8_t accumulator;  /* the read register that only a final addition needs (MADD's Ra, FMLA's Zda), or REG_NONE */
    uint8_t data;         /* of a store: the register whose value is stored, which its address does not wait for; for
                             several the last, or REG_NONE */
    uint8_t base_written; /* the base register that moves (write-back), or REG_NONE */
    bool sve, predicated; /* an SVE instruction; one with a governing predicate */

    /* Memory */
    uint8_t shape; /* enum memory_shape */
    bool load, store;
    uint8_t base, index; /* REG_x, or REG_NONE */
    uint8_t extend;      /* of the index: 0 none (64 bits), 2 UXTW, 6 SXTW */
    uint8_t shift;
    bool offset_vl; /* offset counts vector lengths in bytes (predicate lengths for LDR and STR of P) */
    bool offset_pl;
    int32_t offset;
    uint16_t size;   /* bytes; 0: depends on the vector length, size_vl */
    uint8_t size_vl; /* the vector length in bytes >> (size_vl - 1), times size_regs; PL for LDR, STR of P is >> 3 */
    uint8_t size_regs;
};

/* op as isa_decode() leaves it (a specialised handler may have changed other copies). */
void isa_operands(const struct op *op, struct operands *o);

struct access_range {
    uint64_t va;
    uint16_t size;
    bool store;
};
/* The accesses that op, of MEMORY_OTHER, is going to make with the registers as they are, in order; neighbours are
 * joined. At most MAX_ACCESSES; 0 where no element is active. May be called before the instruction is executed only.
 * Faults are not looked at. */
unsigned isa_accesses(const struct cpu *cpu, const struct op *op, struct access_range list[MAX_ACCESSES]);

#endif
