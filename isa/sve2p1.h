/* Predicates as counters (SVE2.1), which sve2p1_pred.c writes and multi-vector loads and stores read. */
#ifndef SVEMU_ISA_SVE2P1_H
#define SVEMU_ISA_SVE2P1_H

#include "isa/elem.h"

/* Of elements of esize bits, those below count are true; with invert they are false, and the others true. */
struct counter {
    unsigned count, esize;
    bool invert;
};
/* The counter in P[n]; nothing is true where it holds no element size. */
struct counter DecodeCounter(const struct cpu *cpu, unsigned n);

/* CounterToPredicate(), then ActivePredicateElement(): is element e, of esize bits, of the vectors it governs active?
 * The counter's own elements may be larger, when the bits between them are false. */
static inline bool counter_active(struct counter c, unsigned e, unsigned esize)
{
    unsigned bit = e * (esize / 8);
    return bit % (c.esize / 8) == 0 && (bit / (c.esize / 8) < c.count) != c.invert;
}
/* P[n] becomes a counter: the rest of the register is zero. */
static inline void set_counter(struct cpu *cpu, unsigned n, uint64_t value)
{
    memset(PForWrite(cpu, n), 0, CurrentVL(cpu) / 64);
    SetElem(PForWrite(cpu, n), 0, 16, value);
}

#endif
