/* Pointer authentication: the cipher, for pauth.c and its test. */
#ifndef SVEMU_ISA_PAUTH_H
#define SVEMU_ISA_PAUTH_H

#include "core/cpu.h"

/* cpu->pauth_algo (--cpu pauth=...): one per CPU, as the ID fields API, APA and APA3 exclude one another. */
enum pauth_algorithm { PAUTH_IMPDEF, PAUTH_QARMA5, PAUTH_QARMA3 };

/* ComputePAC() of the CPU's algorithm; key_hi is bits 127:64 of the key. */
uint64_t ComputePAC(enum pauth_algorithm algorithm, uint64_t data, uint64_t modifier, uint64_t key_hi, uint64_t key_lo);

/* The address that LDRAA or LDRAB, decoded as op, accesses if its base authenticates. */
struct op;
uint64_t LDRA_address(const struct cpu *cpu, const struct op *op);

#endif
