/* BTYPE of indirect branches and exception return, shared by branch.c and pauth.c. */
#ifndef SVEMU_ISA_BRANCH_H
#define SVEMU_ISA_BRANCH_H

#include "core/cpu.h"

/* BTypeNext of BR or BLR (link) through register n, where FEAT_BTI is implemented. */
void branch_set_btype(struct cpu *cpu, unsigned n, bool link);
/* Exception return to target with the current EL's SPSR. */
void branch_exception_return(struct cpu *cpu, uint64_t target);

#endif
