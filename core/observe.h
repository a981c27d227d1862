/* Those who watch a machine: traces, the debugger, statistics, the laboratory, the window. They are told when a thing
 * has happened, may look at everything and change nothing but that they may ask for a stop. The guest cannot tell that
 * it is watched: with any observer the machine does, instruction by instruction, what it does without.
 *
 * Nothing is paid for what nobody asks for: instructions and memory accesses are shown by another set of handlers over
 * decoded pages of its own (isa/engine.c) and by an empty first-level TLB in front of the real one (mmu/access.c),
 * which are swapped in while somebody has the function; the rest is one test on a path that is slow anyway. */
#ifndef SVEMU_CORE_OBSERVE_H
#define SVEMU_CORE_OBSERVE_H

#include "core/cpu.h"

/* One access that an instruction has made; one per instruction and contiguous range, active elements of SVE vectors
 * that are neighbours in memory being one range. Not for table walks and cache maintenance. */
struct mem_access {
    uint64_t va, pa;  /* of its first byte; a range over two pages that are not neighbours is two accesses */
    unsigned size;    /* bytes, 1 to 2048 */
    bool write;       /* an atomic's read and write are two accesses */
    bool device;      /* not RAM */
    bool translated;  /* stage 1 was on */
    bool tags;        /* of Allocation Tags: data is the tag of each 16 bytes, one to a byte, then zeros */
    const void *data; /* size bytes in memory order: what was read, or is written */
};

struct exception_taken {
    unsigned ec;              /* enum exception_class */
    unsigned from, target;    /* ELs */
    uint64_t pc;              /* preferred return address */
    uint64_t vector;          /* address of the vector taken */
    uint64_t spsr;            /* as written to SPSR_ELx */
    uint64_t esr, far, hpfar; /* as written; 0 where this kind writes none */
    const struct why *why;    /* core/why.h; why_text() for people */
};

struct machine_observer {
    void *context; /* the first argument of each function; each function may be NULL */

    /* An instruction is about to be executed: all of the PE is as before it. row: of insn_table, INSN_COUNT if
     * UNDEFINED. Not called where an exception (fetch fault, breakpoint, illegal state) stands in its place. */
    void (*insn_begins)(void *context, struct cpu *cpu, uint64_t pc, uint32_t word, unsigned row);
    /* It has been executed or has taken an exception; cpu->pc is where the PE goes on. */
    void (*insn_ended)(void *context, struct cpu *cpu);
    /* It has made an access; between the two above. cpu->pc may be past the instruction already. */
    void (*memory)(void *context, struct cpu *cpu, const struct mem_access *access);

    /* The PE has taken an exception: its state is that of the vector's first instruction. */
    void (*exception_taken)(void *context, struct cpu *cpu, const struct exception_taken *e);
    /* ERET has been executed; from: the EL it was at. */
    void (*exception_returned)(void *context, struct cpu *cpu, unsigned from);
    /* MSR, or what counts as one (SYS, MSR immediate do not), to register r after redirection and traps: its value is
     * the new one. */
    void (*sysreg_written)(void *context, struct cpu *cpu, enum sysreg_index r, uint64_t old);
    /* CurrentVL is another one than old_bits: at another EL, or by ZCR_ELx. */
    void (*vl_changed)(void *context, struct cpu *cpu, unsigned old_bits);

    /* A call of the firmware, PSCI or SMCCC, has its result; name NULL: no such function. The caller's registers are
     * still those of the call. */
    void (*firmware_called)(void *context, struct cpu *cpu, uint32_t function, const char *name, const uint64_t arg[4],
                            int64_t result);
    void (*power_changed)(void *context, struct cpu *cpu); /* cpu->power is new */
    /* ZCR_EL1 or ZCR_EL2 (register r) was written; cpu->vl_bits is the vector length that this CPU now has. */
    void (*zcr_written)(void *context, struct cpu *cpu, enum sysreg_index r);
    /* A world switch that is split (core/ledger.h) is now at another part; LEDGER_PARTS: it is over. */
    void (*switch_part)(void *context, struct cpu *cpu, unsigned part);
};

enum { MAX_OBSERVERS = 16 };

/* Add and remove; o stays the caller's and must not change while it is in. Between instructions only (not from within
 * one of the functions). */
void machine_observe(struct machine *m, const struct machine_observer *o);
void machine_unobserve(struct machine *m, const struct machine_observer *o);

/* Tell everybody who has FUNCTION; M may be NULL. */
#define OBSERVE(M, FUNCTION, ...)                                                   \
    do {                                                                            \
        const struct machine *m_ = (M);                                             \
        for (unsigned i_ = 0; m_ && unlikely(i_ < m_->observers); i_++)             \
            if (m_->observer[i_]->FUNCTION)                                         \
                m_->observer[i_]->FUNCTION(m_->observer[i_]->context, __VA_ARGS__); \
    } while (0)
/* Does anybody have it? For places that have to work something out first. */
#define OBSERVED(M, FUNCTION)                                           \
    ({                                                                  \
        const struct machine *m_ = (M);                                 \
        bool any_ = false;                                              \
        for (unsigned i_ = 0; m_ && unlikely(i_ < m_->observers); i_++) \
            any_ |= m_->observer[i_]->FUNCTION != NULL;                 \
        any_;                                                           \
    })

#endif
