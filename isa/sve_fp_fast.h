/* Addition and multiplication of whole vectors: on the host's FPU where every element of a chunk is sure to have Arm's
 * bits and no flag is left to raise (what fpu_fast.h argues for one element, without a branch for each), else one
 * element at a time by isa/fpu.h. */
#ifndef SVEMU_ISA_SVE_FP_FAST_H
#define SVEMU_ISA_SVE_FP_FAST_H

#include "isa/elem_sve_fp.h"

/* n + m, n - m, n m, and a + n m with a and n negated first where asked; active elements of 16, 32 or 64 bits. l->a
 * must be readable for all of them. */
void fp_add(const struct lanes *l, struct fp_status *fp);
void fp_sub(const struct lanes *l, struct fp_status *fp);
void fp_mul(const struct lanes *l, struct fp_status *fp);
void fp_mul_add(const struct lanes *l, bool negate_a, bool negate_n, struct fp_status *fp);
/* m becomes what index of each 128 bits of l.m says, for the use of the functions above. */
void splat_index(struct lanes *l, unsigned index, uint8_t m[MAX_VL_BYTES]);

#endif
