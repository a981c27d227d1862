/* Branch target identification and exception return, shared by branch.c, pauth.c and the engine. */
#ifndef SVEMU_ISA_BRANCH_H
#define SVEMU_ISA_BRANCH_H

#include "core/cpu.h"

/* BTypeCompatible of the landing instruction word under PSTATE.BTYPE (BTypeCompatible_BTI, BTypeCompatible_PACIXSP,
 * AArch64.ExecuteA64): false in a guarded page means a Branch Target exception. */
bool branch_target_ok(const struct cpu *cpu, uint32_t word);
/* BTypeNext of BR or BLR (link) through register n, where FEAT_BTI is implemented. */
void branch_set_btype(struct cpu *cpu, unsigned n, bool link);
/* Exception return to target with the current EL's SPSR. */
void branch_exception_return(struct cpu *cpu, uint64_t target);

#endif
