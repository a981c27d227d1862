/* Decode-time predicates of rows (.undef): the "if ... then UNDEFINED" of Arm's decode pseudocode. */
#ifndef SVEMU_ISA_UNDEF_H
#define SVEMU_ISA_UNDEF_H

#include "isa/isa.h"

static inline bool class_has(const struct cpu_class *cls, enum feature f) { return cls->features[f / 64] >> (f % 64) & 1; }

/* ftype 2 is unallocated; ftype 3 is half precision. */
static inline bool undef_ftype(const struct cpu_class *cls, const struct op *op)
{
    return op->ftype == 2 || (op->ftype == 3 && !class_has(cls, FEAT_FP16));
}

#endif
