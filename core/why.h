/* Why exceptions are taken. The checks record themselves: what they look at goes through control(), and while the PE
 * records (from why_begin() on, which only slow paths call) each field that was looked at is kept, in the order of the
 * architecture's pseudocode. The last one has decided, those before it have passed; there is no second copy of the
 * checks that could disagree with the first. Where no control decides, cpu_why() names the architecture's own cause.
 *
 * A check on a fast path is run without recording; when its verdict is a trap it is run again with it
 * (sysregs/access.c), which is possible because checks only look. */
#ifndef SVEMU_CORE_WHY_H
#define SVEMU_CORE_WHY_H

#include "core/cpu.h"

/* Forget what has been recorded, and record from here on until an exception is taken or why_end(). */
static inline void why_begin(struct cpu *cpu)
{
    cpu->why.format = NULL;
    cpu->why.count = 0;
    cpu->why.recording = true;
}
/* The checks have passed and no exception follows: forget them. */
static inline void why_end(struct cpu *cpu)
{
    cpu->why.format = NULL;
    cpu->why.count = 0;
    cpu->why.recording = false;
}

/* One more thing that was looked at: the field of width bits from bit lo of register r, or with a name something that
 * is not in a register (PSTATE.I). */
void why_looked(struct cpu *cpu, const char *name, enum sysreg_index r, unsigned lo, unsigned width, uint64_t value);
/* The last n things that were looked at decide together. Without this it is the last one, unless cpu_why() says more.
 */
void why_decides(struct cpu *cpu, unsigned n);

/* The value of a field, as a check looks at it. At most 32 bits. */
static ALWAYS_INLINE uint64_t control(struct cpu *cpu, enum sysreg_index r, unsigned lo, unsigned width)
{
    uint64_t value = Bits(cpu->sysreg[r], lo + width - 1, lo);
    if (unlikely(cpu->why.recording))
        why_looked(cpu, NULL, r, lo, width, value);
    return value;
}
/* Is any of these bits set? Bits are looked at from the lowest up, to the first that is. */
static ALWAYS_INLINE bool control_any(struct cpu *cpu, enum sysreg_index r, uint64_t bits)
{
    uint64_t set = cpu->sysreg[r] & bits;
    for (uint64_t left = bits; unlikely(cpu->why.recording) && left; left &= left - 1) {
        unsigned lo = (unsigned)__builtin_ctzll(left);
        why_looked(cpu, NULL, r, lo, 1, cpu->sysreg[r] >> lo & 1);
        if (cpu->sysreg[r] >> lo & 1)
            break;
    }
    return set;
}
/* Is any of these enables set? If none is, they decide together. */
static inline bool control_enabled(struct cpu *cpu, enum sysreg_index r, uint64_t bits)
{
    bool any = control_any(cpu, r, bits);
    if (!any)
        why_decides(cpu, (unsigned)__builtin_popcountll(bits));
    return any;
}
/* A bit of PSTATE or the like, which the check has read already. */
static inline void control_state(struct cpu *cpu, const char *name, uint64_t value)
{
    if (unlikely(cpu->why.recording))
        why_looked(cpu, name, SR_COUNT, 0, 1, value);
}

/* A fact: a feature that is there. */
static inline void control_fact(struct cpu *cpu, const char *name)
{
    if (unlikely(cpu->why.recording))
        why_looked(cpu, name, SR_COUNT, 0, 0, 0);
}

/* The architecture's own cause of the exception about to be taken; what was looked at before has passed, but for what
 * why_decides() names. The format knows %lu, %lx, %#lx, %s (a pointer to text that stays) and %r (op0:op1:CRn:CRm:op2
 * of a register), and a | between what makes the reason, with a and b, and what belongs to this one exception, with c
 * and d: addresses never stand before it, since reasons are counted. */
void cpu_why(struct cpu *cpu, const char *format, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
/* The same with text for a. */
static inline void cpu_why_text(struct cpu *cpu, const char *format, const char *text)
{
    cpu_why(cpu, format, (unsigned long)(uintptr_t)text, 0, 0, 0);
}

/* Called by AArch64_TakeException: complete the reason, count it, keep it as the last one. ret: preferred return. Its
 * place among the reasons, as why_place() gives it. */
unsigned why_taken(struct cpu *cpu, unsigned target, unsigned ec, uint64_t ret);

/* The whole reason for people: what decided, with HCR_EL2.E2H and TGE where they matter, and what passed before it.
 * Empty if none was recorded. */
void why_text(const struct why *why, char *text, size_t size);
/* Counts and records, for snapshots: in a file as text, and texts are never taken apart again. */
struct state_pass;
void why_visit(struct state_pass *s, struct cpu *cpu);
struct why_key;
struct why_cost;
/* What makes a reason, in words. Returns text. */
const char *why_key_text(const struct why_key *k, char *text, size_t size);
void why_cost_add(struct why_cost *sum, const struct why_cost *c);
/* The n-th last exception that this CPU took, 0 the last; NULL: it is not kept. */
const struct why_record *why_record(const struct cpu *cpu, unsigned n);
/* Of the last exception; of none has an empty reason. */
const struct why *why_last(const struct cpu *cpu);

/* The reasons of exceptions taken to target (EL1, EL2) and how often, calling each(): most frequent first, then by
 * text. The texts have no addresses and no values of this run. */
typedef void why_each(void *arg, const char *reason, uint64_t count);
void why_counts(const struct cpu *cpu, unsigned target, why_each *each, void *arg);
/* Of those taken from one vCPU, run_stats.vcpu[vcpu - 1], or 0: from none; that found a place in the table. */
void why_counts_of_vcpu(const struct cpu *cpu, unsigned target, unsigned vcpu, why_each *each, void *arg);
/* The same with their classes (stat_class(), which tells apart what has the same text) and what they took; most cycles
 * of their own first, then by text and class. */
typedef void why_each_cost(void *arg, unsigned class, const char *reason, const struct why_cost *cost);
void why_costs(const struct cpu *cpu, unsigned target, unsigned vcpu, why_each_cost *each, void *arg);

#endif
