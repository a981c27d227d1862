/* What the pattern and the id of a row say about its operands, worked out once per row (isa/operands_row.c): for
 * isa/operands.c, which has registers and shapes, and isa/operands_memory.c, which has the accesses of vectors. */
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

/* What the names of fields do not say. */
enum {
    READS_D = 1 << 0,      /* the destination is also a source: bits or elements of it stay, or are operands */
    ADDS_D = 1 << 1,       /* the same, as accumulator */
    READS_D_IF_Q = 1 << 2, /* XTN2 and its kin keep the lower half */
    ONLY_READS_D = 1 << 3, /* what looks like a destination is the source */
    NO_D = 1 << 4,         /* what looks like a destination is no register */
    ADDS_A = 1 << 5,       /* the register in slot a is an accumulator */
    ADDS_N = 1 << 6,       /* Rn is one */
    X_D = 1 << 7,          /* of FP and AdvSIMD rows: Rd is a general register */
    X_N = 1 << 8,          /* and Rn */
    READS_FLAGS = 1 << 9,
    WRITES_FLAGS = 1 << 10,
    READS_FFR = 1 << 11,
    WRITES_FFR = 1 << 12,
    READS_X30 = 1 << 13,
    WRITES_X30 = 1 << 14,
    READS_SP = 1 << 15,
    ZEROES = 1 << 16,        /* a predicated Zd whose inactive elements do not stay */
    NEXT_N = 1 << 17,        /* the source is Zn and Zn+1 */
    DOUBLE_N = 1 << 18,      /* Zn is the number of a pair of registers */
    NEXT_D = 1 << 19,        /* the destination is Pd and Pd+1 */
    DOUBLE_D = 1 << 20,      /* Pd is the number of a pair of registers */
    MOPS_PROLOGUE = 1 << 21, /* sets all its registers and the flags up */
    MOPS_STEP = 1 << 22,     /* counts the size in Rn */
    PAIRS = 1 << 23,         /* CASP: Rs and Rt are each the first of two */
    SWAPS = 1 << 24,         /* CAS: Rs is compared and loaded */
    ATOMIC = 1 << 25,        /* LDADD, SWP: Rs, or both of a pair, are operands, Rt is loaded */
    NO_MEMORY = 1 << 26,     /* of the encodings of loads and stores, without an access */
    TAG_OFFSET = 1 << 27,    /* imm9 or simm7 counts granules */
    BY_REGISTERS = 1 << 28,  /* of AdvSIMD structures: several registers from Rt on */
};

struct operand_row {
    bool ready;
    uint8_t file[SLOTS]; /* enum operand_file */
    uint32_t effects;    /* READS_D and so on */
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
