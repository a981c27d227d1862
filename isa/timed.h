/* Inside the engine: decoded pages with what timing models need beside each op. For isa/engine.c and isa/timed*.c. */
#ifndef SVEMU_ISA_TIMED_H
#define SVEMU_ISA_TIMED_H

#include "core/timing_pipe.h"
#include "isa/engine.h"
#include "isa/operands.h"

/* How an instruction is accounted; the first ones have handlers of their own. */
enum timed_kind {
    TIMED_NONE,  /* not decoded */
    TIMED_RUN,   /* simple, registers only: accounted with the instruction before it (timed_run()) */
    TIMED_HEAD,  /* the same as the first of a line, which is to be fetched before */
    TIMED_PLAIN, /* registers only */
    TIMED_LOAD,  /* one access of known shape */
    TIMED_STORE,
    TIMED_CONDITIONAL, /* B.cond */
    TIMED_COMPARE,     /* CBZ, CBNZ, TBZ, TBNZ */
    TIMED_DIRECT,      /* B, BL */
    TIMED_INDIRECT,    /* BR, BLR, RET without authentication */
    TIMED_HANDLERS,
    TIMED_OTHER = TIMED_HANDLERS, /* the rest goes through timed_before() and timed_after() */
    TIMED_ATOMIC,                 /* a load and a store */
    TIMED_PREFETCH,
    TIMED_BRANCH, /* branches with authentication */
    TIMED_SYSTEM,
    TIMED_FUSED, /* MOVPRFX that takes no place of its own */
};

enum {
    TIMED_SIMPLE = 1, /* isa/timed_simple.h */
    TIMED_SVE = 2,
    TIMED_VL = 4,   /* size is a shift and a number of registers */
    TIMED_MANY = 8, /* more registers than there is place for: isa_operands() again */
    TIMED_UNPRIV = 16,
    TIMED_MOVPRFX = 32,
    TIMED_FIRST_FAULT = 64,
    TIMED_PREDICATED = 128,
};

/* Beside the extension of the index. */
enum timed_extend {
    EXTEND_OF_INDEX = 7,
    EXTEND_SP = 0x20,      /* the base is SP, whose alignment may be checked */
    EXTEND_CHECKED = 0x40, /* the row has a check, by CPTR_EL2 and its like */
    EXTEND_LEAVES = 0x80,  /* it is executed by its plain function, which may take exceptions, or leave */
};

/* What system instructions wait for: with a parameter of the model. */
enum timed_system {
    SYSTEM_NONE,
    SYSTEM_READ,
    SYSTEM_WRITE,
    SYSTEM_ISB,
    SYSTEM_DSB,
    SYSTEM_DMB,
    SYSTEM_TLBI,
    SYSTEM_CACHE
};

struct timed_op {
    handler_fn *real; /* executes it */
    uint16_t cost;    /* index into timing->cost */
    uint8_t kind, flags;
    uint8_t src[4]; /* REG_x; without the accumulator and what a STORE stores */
    uint8_t dst[3]; /* STORE: further stored registers */
    uint8_t accumulator;
    int32_t offset; /* of an address or a branch, bytes */
    uint8_t base, index;
    uint8_t extend; /* of the index, and PLAIN, LOAD, STORE: enum timed_extend; CONDITIONAL: cond; COMPARE: see there */
    uint8_t shift;  /* of the index; COMPARE: the bit */
    uint8_t data, base_written;
    uint16_t size; /* TIMED_VL: size_vl | size_regs << 3 | offset_vl << 6; SYSTEM: parameter | enum timed_system << 8;
                      INDIRECT, BRANCH: enum branch_kind */
};
_Static_assert(sizeof(struct timed_op) == sizeof(struct op), "found at a fixed distance from its op");

struct timed_page {
    struct code_page page; /* first */
    struct timed_op timed[OPS_PER_PAGE + 1];
};
static ALWAYS_INLINE const struct timed_op *timed_op_of(const struct op *op)
{
    return (const struct timed_op *)(const void *)((const char *)op + offsetof(struct timed_page, timed));
}

/* Fill in everything but real; op as isa_decode() leaves it. */
void timed_decode(const struct cpu_class *cls, struct timing_model *m, const struct op *op, struct timed_op *d);
/* The handler in front of d->real for an op at physical address pa; hot: d->real is a specialised one, which neither
 * leaves nor takes exceptions where there is a TLB entry. Makes it a part of runs if it may be one. */
handler_fn *timed_handler(const struct timing *t, const struct op *op, struct timed_op *d, uint64_t pa, bool hot);
/* Account the TIMED_RUN that begins at d: all of them are going to be executed, one after another. */
void timed_run(struct timing *t, const struct timed_op *d);
handler_fn h_timed_page_end, h_timed_slow;

/* One instruction executed by its plain function: account it before, and what is known only afterwards, after. op: as
 * isa_decode() leaves it; pc, pa: its addresses. */
struct timed_pending {
    bool pending;
    uint64_t exceptions;
};
struct timed_pending timed_before(struct cpu *cpu, const struct op *op, const struct timed_op *d, uint64_t pc,
                                  uint64_t pa);
void timed_after(struct cpu *cpu, const struct op *op, const struct timed_op *d, uint64_t pc, struct timed_pending p);
/* Does op store whole lines without reading them (DC ZVA, DC GZVA)? */
bool timed_zeroes(const struct op *op);
/* What cache maintenance by op in cycle now does to the modelled caches: cycles until it is complete, for the DSB. */
unsigned timed_maintenance(struct cpu *cpu, const struct op *op, uint64_t now);
/* The line of the instruction at pc is fetched unless it is the one fetched last. */
void timed_enter(struct cpu *cpu, uint64_t pc, uint64_t pa);

#endif
