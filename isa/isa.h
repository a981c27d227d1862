/* The instruction set: rows (isa/a64.def), the decoder, decoded pages and the functions behind the rows. */
#ifndef SVEMU_ISA_ISA_H
#define SVEMU_ISA_ISA_H

#include "core/cpu.h"
#include "core/exception.h"

/* ---- Handlers: one body, two ways to chain them (DESIGN.md, Dispatch) ---- */
#if defined(__has_attribute)
#if __has_attribute(musttail) && __has_attribute(preserve_none) && !defined(SVEMU_DISPATCH_LOOP)
#define SVEMU_TAILCALL 1
#endif
#endif

#ifdef SVEMU_TAILCALL
typedef void __attribute__((preserve_none)) handler_fn(const struct op *op, struct cpu *cpu);
#define HANDLER(name) \
    __attribute__((preserve_none)) void name(const struct op *op, __attribute__((unused)) struct cpu *cpu)
#define NEXT(o) __attribute__((musttail)) return (o)->handler((o), cpu)
#define GOTO(h) __attribute__((musttail)) return h(op, cpu)
#define LEAVE   return
#else
typedef const struct op *handler_fn(const struct op *op, struct cpu *cpu);
#define HANDLER(name) const struct op *name(const struct op *op, __attribute__((unused)) struct cpu *cpu)
#define NEXT(o)       return (o)
#define GOTO(h)       return h(op, cpu)
#define LEAVE         return NULL
#endif

/* ---- The decoded instruction, 32 bytes ----
 * Operand fields carry Arm's names. isa/fields.def says for each name whether it is read from the word at its one place
 * in the encoding (WORD_FIELD) or extracted by the decoder into a byte (SLOT_FIELD: names whose place differs from row
 * to row, and registers, where 31 becomes SP_SLOT when the row writes Rn|SP). */
struct op {
    handler_fn *handler;
    uint64_t imm; /* for specialised handlers: an immediate or target worked out at decode time */
    union {
        uint32_t word;
#define WORD_FIELD(NAME, LO, WIDTH)  \
    struct {                         \
        uint32_t : LO, NAME : WIDTH; \
    };
#define SLOT_FIELD(NAME, SLOT)
#include "isa/fields.def"
    };
    uint16_t row; /* index into insn_table */
    union {
        uint8_t d, Rd, Rt, Rdn, Xd, Xt, Vd, Vdn, Zd, Zda, Zdn, Zt, Pd, Pdn, Pdm, Pt, PNd;
    };
    union {
        uint8_t n, Rn, Xn, Vn, Zn, Pn, PNn;
    };
    union {
        uint8_t m, Rm, Rs, Xm, Vm, Zm, Pm;
    };
    union {
        uint8_t a, Ra, Rt2, Xt2, Za, Zk, M, Rv;
    };
    union {
        uint8_t g, Pg, Pv, cond;
    };
    union {
        uint8_t sizes, size, sz;
    };
    union {
        uint8_t i, imm2, imm3, imm5, imm6, imm7, imm8, i1, i2, i3h, opcode;
    };
    union {
        uint8_t j, imm4, rot, o0, vl, sh, opc, tszl;
    };
    union {
        uint8_t k, i3l, xs, S, op1, tsz;
    };
    union {
        uint8_t l, sf, L, Z, op2, tszh;
    };
};
_Static_assert(sizeof(struct op) == 32, "two ops to a cache line");

/* ---- Rows ---- */
typedef void exec_fn(struct cpu *cpu, const struct op *op);
typedef bool undef_fn(const struct cpu_class *cls, const struct op *op); /* true: UNDEFINED ("if ... then UNDEFINED") */
typedef bool check_fn(struct cpu *cpu);                                  /* CheckFPEnabled64, CheckSVEEnabled */
typedef uint8_t time_class;                                              /* enum timing_class */

struct insn {
    const char *id;       /* "ADD_z_p_zz" */
    const char *pattern;  /* "00000100 size:2 000 000 000 Pg:3 Zm:5 Zdn:5" */
    const char *name;     /* mnemonic; NULL: the id up to the first '_', in lower case */
    exec_fn *exec;        /* NULL: INSN_TODO, stops the run naming itself */
    enum feature feat;    /* required feature; FEAT_BASE (0) if none */
    enum feature feat2;   /* a second required feature */
    enum feature or_feat; /* an alternative to feat: the row exists with either */
    undef_fn *undef;
    check_fn *check;
    void (*prepare)(struct op *op); /* at decode, after the slots: works out op->imm for exec */
    time_class time;                /* T_x of core/timing_class.def: what models cost it by */
    bool wback;                     /* always writes the base register back: see sp_untagged */
    /* compiled from the pattern at start */
    uint32_t mask, bits, nonzero; /* nonzero: a field written name!=0:width */
    bool sp_untagged; /* loads and stores: Tag Unchecked when the base is SP, as the offset is an immediate or none */
};

enum insn_index {
#define INSN(ID, ...)      INSN_##ID,
#define INSN_TODO(ID, ...) INSN_##ID,
#include "isa/a64.def"
    INSN_COUNT
};

#define INSN(ID, ...) exec_fn exec_##ID;
#define INSN_TODO(ID, ...)
#include "isa/a64.def"

extern struct insn insn_table[INSN_COUNT + 1]; /* the last is the UNDEFINED row */

/* Compile and check the table: 32 bits per pattern, known fields in their places, no two rows for one word unless one
 * is strictly more specific. Aborts naming the row. Idempotent. */
void isa_init(void);
/* The row for a word, INSN_COUNT if unallocated. Features are not looked at. */
unsigned isa_decode_row(uint32_t word);
/* Decode a word for a class of CPUs into *op: row (INSN_COUNT when UNDEFINED for this class, by row, feature or
 * .undef), word and slots. handler is not set. */
void isa_decode(const struct cpu_class *cls, uint32_t word, struct op *op);
/* Say why a word that isa_decode() calls UNDEFINED is that: no row, an absent feature, or its fields. */
void isa_why_undefined(struct cpu *cpu, uint32_t word);

/* ---- Helpers for exec_ functions ---- */
/* UNDEFINED found only at execution (a CONSTRAINED or EL-dependent case), and why: a text, or NULL where the controls
 * that were looked at say it. */
static inline void UNDEFINED(struct cpu *cpu, const char *why)
{
    if (why)
        cpu_why_text(cpu, "%s", why);
    AArch64_Undefined(cpu);
}

/* PSTATE.<N,Z,C,V> as four bits. Byte by byte, as they were written: a load of all four would have to wait until the
 * four stores have left the host's store buffer. */
static ALWAYS_INLINE unsigned NZCV(const struct cpu *cpu)
{
    return ((cpu->pstate.N * 2u + cpu->pstate.Z) * 2 + cpu->pstate.C) * 2 + cpu->pstate.V;
}
/* ConditionHolds(): one bit per value of NZCV, so that no branch depends on the guest's flags. */
static ALWAYS_INLINE bool ConditionHolds(const struct cpu *cpu, unsigned cond)
{
    static const uint16_t holds[16] = { 0xf0f0, 0x0f0f, 0xcccc, 0x3333, 0xff00, 0x00ff, 0xaaaa, 0x5555,
                                        0x0c0c, 0xf3f3, 0xaa55, 0x55aa, 0x0a05, 0xf5fa, 0xffff, 0xffff };
    return holds[cond] >> NZCV(cpu) & 1;
}
static inline void SetNZCV(struct cpu *cpu, unsigned nzcv)
{
    cpu->pstate.N = nzcv >> 3 & 1, cpu->pstate.Z = nzcv >> 2 & 1, cpu->pstate.C = nzcv >> 1 & 1,
    cpu->pstate.V = nzcv & 1;
}
static inline int64_t SignExtend(uint64_t v, unsigned bits) { return (int64_t)(v << (64 - bits)) >> (64 - bits); }

/* ---- The engine (isa/engine.c) ---- */
/* Run this CPU from cpu->pc until its deadline, a halt, or a stop request; look: at interrupts and the deadline first.
 * A stop between two instructions (STOP_DEBUG) sets machine.resume. */
void isa_run(struct cpu *cpu, bool look);
/* The places of stop points within pages have changed: decode the ops at each index whose bit is set again. */
void isa_forget_places(struct machine *m, const uint64_t *places);
/* Is this load or store, or the one being executed, Tag Unchecked, whatever its address? */
bool op_tag_unchecked(const struct op *op);
bool insn_tag_unchecked(const struct cpu *cpu);
/* The word of the instruction that an exec_ function is executing; 0 outside of one. */
uint32_t isa_current_word(const struct cpu *cpu);
/* Drop decoded ops of the page at pa in every class (phys.h code_written). */
void isa_code_written(struct machine *m, uint64_t pa);
/* Look decoded pages up again, in every CPU: m->watched is another. Translations stay as they are. */
void isa_forget_pages(struct machine *m);
/* Free all decoded pages. */
void isa_free(struct machine *m);
/* The fetch entries of all CPUs, for snapshots; loading frees all decoded pages. */
struct state_pass;
void isa_visit(struct state_pass *s, struct machine *m);

/* Fill in the functions of rows that have none: INSN_TODO stops the run naming itself, unallocated words are UNDEFINED.
 * Called by isa_init. */
void isa_prepare_table(void);
/* Has the row no function yet? */
bool insn_is_todo(unsigned row);
/* BTypeCompatible: may word be the first instruction after a branch that set PSTATE.BTYPE, in a guarded page? */
bool branch_target_ok(const struct cpu *cpu, uint32_t word);
/* The word as text: Capstone's, or the row's name and fields where it has none. address: of the word, for branch
 * targets. false: neither knows it, and the text is ".inst 0x...". Needs isa_init(). */
bool disasm(uint32_t word, uint64_t address, char *text, size_t size);

#endif
