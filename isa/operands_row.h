/* What the pattern and the id of a row say about its operands, worked out once per row: for isa/operands.c, which has
 * registers and shapes, and isa/operands_memory.c, which has the accesses of vectors. */
#ifndef SVEMU_ISA_OPERANDS_ROW_H
#define SVEMU_ISA_OPERANDS_ROW_H

#include "isa/operands.h"

/* The slots of struct op that hold registers. */
enum operand_slot { SLOT_D, SLOT_N, SLOT_M, SLOT_A, SLOT_G, SLOTS };

/* What a slot's field names. */
enum operand_file {
    NO_REGISTER,
    FILE_X,
    FILE_Z, /* V and Z */
    FILE_P,
    FILE_PN, /* P8 to P15 in three bits */
    FILE_CONDITION,
};

/* How an SVE load, store or prefetch finds its elements. */
enum sve_memory {
    SVE_WHOLE,      /* LDR, STR */
    SVE_CONTIGUOUS, /* [Xn, Xm] and [Xn, #imm, MUL VL] */
    SVE_GROUP,      /* the same, of two or four vectors, one after the other, under a predicate as counter */
    SVE_ONE,        /* LD1R: one element */
    SVE_BLOCK,      /* LD1RQ, LD1RO: 16 or 32 bytes */
    SVE_OFFSETS,    /* [Xn, Zm] */
    SVE_ADDRESSES,  /* [Zn, #imm] and [Zn, Xm] */
};
struct sve_row {
    uint8_t how;    /* enum sve_memory */
    uint8_t msize;  /* bytes of an element in memory */
    uint8_t esize;  /* bits of an element in the register; 0: op->size says */
    uint8_t regs;   /* 1 to 4 */
    uint8_t bits;   /* SVE_OFFSETS: bits of an offset, 32 of them extended as op->xs says */
    uint8_t scale;  /* SVE_OFFSETS: they are shifted left by */
    uint8_t block;  /* SVE_BLOCK: bytes */
    bool immediate; /* #imm */
};

struct operand_row {
    bool ready;
    uint8_t file[SLOTS]; /* enum operand_file */
    uint32_t effects;    /* EFFECT_x of isa/operands.c */
    bool fp, sve;
    bool memory, load, store, prefetch; /* memory: of the encodings of loads and stores */
    struct sve_row v;                   /* of sve and memory */
};
/* Of a row of insn_table that is not UNDEFINED. */
const struct operand_row *operand_row(unsigned row);

/* The element size of this op, in bits. */
static inline unsigned sve_row_esize(const struct sve_row *v, const struct op *op)
{
    if (v->esize)
        return v->esize;
    return v->msize == 4 ? 32u << op->sz : 8u << op->size; /* ST1W has sz:1, ST1B and ST1H size:2 */
}

/* Fill in v from the id and pattern of an SVE load, store or prefetch. */
void sve_row_compile(const struct insn *insn, struct sve_row *v);
/* The shape of its memory and of its registers that say where. */
void sve_row_shape(const struct sve_row *v, const struct op *op, struct operands *o);

#endif
