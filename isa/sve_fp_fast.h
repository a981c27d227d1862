/* Whole vectors on the host's FPU, where every element is sure to have Arm's bits and no flag is left to raise: what
 * fpu_fast.h argues for one element, without a branch for each. */
#ifndef SVEMU_ISA_SVE_FP_FAST_H
#define SVEMU_ISA_SVE_FP_FAST_H

#include "isa/elem.h"

/* Each works on the elements of *l, of 32 or 64 bits, and returns whether it has. false: nothing is written, and the
 * elements are to be done one by one (rounding or flushing modes, FPSR.IXC still 0, an element inactive, NaN, infinite
 * or near the denormals, another size). fast_mul_add is a + n m, with a and n negated first where asked. */
bool fast_add(const struct lanes *l, bool negate_m, const struct fp_status *fp);
bool fast_mul(const struct lanes *l, const struct fp_status *fp);
bool fast_mul_add(const struct lanes *l, bool negate_a, bool negate_n, const struct fp_status *fp);
/* m becomes what index of each 128 bits of l.m says, for the use of the functions above. */
void splat_index(struct lanes *l, unsigned index, uint8_t m[MAX_VL_BYTES]);

#endif
