/* Programs whose results are checksums: run in the guest and under qemu-user, the output must be the same to the last
 * bit. Each file is one suite; main.c runs those named on its command line, or all. */
#ifndef SVEMU_GUEST_PROGRAMS_H
#define SVEMU_GUEST_PROGRAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Print "name CHECKSUM" of the bytes. */
void sum(const char *name, const void *data, size_t bytes);
/* Print "name VALUE". */
void number(const char *name, uint64_t value);
/* The program's own check: prints "name ok", or "name WRONG", which ends the run with status 1. */
void check(const char *name, bool ok);

/* Pseudorandom numbers, the same in every run; fill draws bytes. */
uint64_t rnd(void);
void fill(void *data, size_t bytes);

typedef void suite_fn(void);
suite_fn suite_typed, suite_strings, suite_sorting, suite_numeric, suite_fixed, suite_sve, suite_sve2p1;
suite_fn suite_crypto, suite_dot, suite_atomics, suite_newer;

#endif
