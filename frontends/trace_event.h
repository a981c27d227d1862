/* What a trace is made of, between those who see it happen (trace_collect.c), the binary file (trace_file.c) and the
 * formats (trace_text.c, trace_tarmac.c, trace_json.c, trace_folded.c). Plain data: an event read back from a file is
 * the event that was written. */
#ifndef SVEMU_FRONTENDS_TRACE_EVENT_H
#define SVEMU_FRONTENDS_TRACE_EVENT_H

#include "core/observe.h"
#include "core/trace.h"
#include "frontends/symbols.h"

enum trace_kind {
    TRACE_EV_INSN, /* an instruction, when it has been executed; its effects follow until the next one of the CPU */
    /* A register has a new value. Before the first TRACE_EV_INSN of a CPU: what its registers hold (all that are not
     * 0); behind TRACE_EV_LOST: what was changed by what was left out. */
    TRACE_EV_REG,
    TRACE_EV_MEM,       /* an access */
    TRACE_EV_EXCEPTION, /* taken */
    TRACE_EV_RETURN,    /* ERET */
    TRACE_EV_SYSREG,    /* MSR */
    TRACE_EV_VL,        /* CurrentVL */
    TRACE_EV_POWER,     /* CPU on, off */
    TRACE_EV_TASK,      /* the current task of this address space is another one: text */
    TRACE_EV_LINE,      /* tlb, walk, irq, device, guest, unimp: text */
    TRACE_EV_TIMING,    /* a world switch is at another part, or counts of the timing model */
    TRACE_EV_LOST,      /* filters or a ring left instructions of this CPU out before this event */
    TRACE_EV_END,       /* the last one: totals */
};

/* Counts of TRACE_EV_TIMING: those of TE_x (core/timing_event.def) since the CPU was created. */
enum trace_counts {
    TRACE_L1D_REFILLS,
    TRACE_L2_REFILLS,
    TRACE_L1I_REFILLS,
    TRACE_TLB_WALKS,
    TRACE_MISPREDICTED,
    TRACE_COUNTS,
};
enum { TRACE_NO_PART = UINT8_MAX };

/* Registers of TRACE_EV_REG. */
enum trace_reg {
    TRACE_REG_X,
    TRACE_REG_SP,
    TRACE_REG_PSTATE /* NZCV, DAIF, EL, SP: as SPSR has them */,
    TRACE_REG_V,
    TRACE_REG_Z,
    TRACE_REG_P,
    TRACE_REG_FFR,
    TRACE_REG_FPCR,
    TRACE_REG_FPSR
};

struct trace_event {
    uint8_t kind;     /* enum trace_kind */
    uint8_t category; /* enum trace_category that asked for it */
    uint16_t cpu;     /* UINT16_MAX: of no CPU */
    /* el, e2h, tge, stage2, vmid at the time: for TRACE_EV_INSN that of the instruction; stage2 and vmid of
     * TRACE_EV_RETURN are those of whom it returns to */
    struct symbol_space space;
    uint64_t time;   /* ns, modelled, of this CPU */
    uint64_t count;  /* instructions of this CPU before this one */
    uint64_t cycles; /* of this CPU, likewise (cpu_cycles()) */
    uint64_t pc;
    /* The function that pc is in, as frontends/symbols.h has it, NULL: not known; pc - its start. It is part of the
     * event, so that a format needs no symbols, and makes the same of a file as of the run. Texts live as long as the
     * trace (or the file that is read): equal pointers are equal names. */
    const char *symbol, *image;
    uint64_t offset;
    union {
        struct {
            uint32_t word;
            uint16_t row; /* of insn_table; INSN_COUNT: UNDEFINED */
            uint16_t vl;  /* CurrentVL in bits if the row checks for SVE, else 0 */
            bool taken;   /* executed; false: took an exception, which follows */
        } insn;
        struct {
            uint8_t reg; /* enum trace_reg */
            uint8_t n;
            uint16_t size;       /* bytes of data */
            const uint8_t *data; /* little endian, as the register holds it */
        } reg;
        struct mem_access mem;
        struct {
            struct exception_taken e; /* e.why is NULL: reason is its text, or "" */
            const char *reason;
        } exception;
        struct {
            uint8_t from, to;
            uint64_t target; /* pc after it */
        } ret;
        struct {
            uint16_t reg; /* enum sysreg_index */
            uint64_t old, value;
        } sysreg;
        struct {
            uint16_t old_bits, bits;
        } vl;
        struct {
            uint8_t part; /* enum ledger_part; LEDGER_PARTS: the switch is over; TRACE_NO_PART */
            uint64_t time, instructions,
                cycles; /* when it was at that; the place may be that of an instruction before */
            uint64_t count[TRACE_COUNTS];
        } timing;
        uint8_t power; /* enum cpu_power */
        const char *text;
        struct {
            uint64_t events, instructions;
        } end;
    };
};

/* One format: makes something of each event, in order. Opened with a path ("-" standard output, NULL standard error; a
 * folder or prefix where the format has several files). */
struct trace_sink {
    const struct trace_format *format;
    void *state;
};
struct trace_format {
    const char *name, *help;
    /* NULL with user_error. cpus: how many there are. */
    void *(*open)(const char *path, unsigned cpus);
    void (*event)(void *state, const struct trace_event *e);
    bool (*close)(void *state); /* false with user_error: it could not be written */
};
extern const struct trace_format trace_text, trace_tarmac, trace_json, trace_folded, trace_binary;

#endif
