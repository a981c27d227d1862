/* Memory accesses of SVE registers: which elements are where, and how faults are taken. */
#ifndef SVEMU_ISA_SVE_LDST_H
#define SVEMU_ISA_SVE_LDST_H

#include "isa/ldst.h"
#include "isa/pred.h"

/* What one access of one register is: msize bytes of memory, an element of esize bits in the register. */
struct element_access {
    unsigned msize, esize;
    bool sign;     /* loads: extend with the sign */
    unsigned regs; /* structures of 1 to 4: this many registers from Zt on, wrapping at 31 */
    unsigned acc;  /* further ACC_ flags: ACC_NONTEMPORAL */
};

/* Where the elements are: element e at base + e * stride, or, with offsets, at base + (the low bits of element e of
 * offsets, extended, shifted left by scale). */
struct where {
    uint64_t base;
    unsigned stride;
    const uint8_t *offsets;
    unsigned esize, bits, scale;
    bool sign;
};

/* VL / esize, without a division. */
static ALWAYS_INLINE unsigned elements_of(const struct cpu *cpu, unsigned esize)
{
    return CurrentVL(cpu) >> __builtin_ctz(esize);
}

enum faulting { ALL_FAULT, FIRST_FAULT, NO_FAULT };

/* Load into Zt and following, active elements by P[g]; the others become zero. */
void sve_load(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a);
/* LDFF1 and LDNF1: faults but that of the first active element only clear FFR from the element on. */
void sve_load_ff(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a,
                 enum faulting faulting);
void sve_store(struct cpu *cpu, unsigned t, unsigned g, struct where w, struct element_access a);

/* Base register Xn|SP. SP's alignment is checked when there is an active element (else CONSTRAINED UNPREDICTABLE; here
 * it is not). false: the fault was taken. */
static inline MUST_CHECK bool sve_base(struct cpu *cpu, const struct op *op, unsigned esize, uint64_t *base)
{
    if (op->Rn == SP_SLOT && AnyActiveElement(cpu, op->Pg, esize))
        return base_address(cpu, op->Rn, base);
    *base = X(cpu, op->Rn);
    return true;
}

#endif
