/* The parts of the program that makes cases (cases.c). */
#ifndef SVEMU_TESTS_DIFF_GENERATE_H
#define SVEMU_TESTS_DIFF_GENERATE_H

#include "isa/isa.h"
#include "tests/guest/cases/case_state.h"
#include "tests/guest/cases/payload.h"

/* One sentence on standard error, exit status 2. */
__attribute__((format(printf, 1, 2), noreturn)) void fail(const char *format, ...);

/* Why no case of the row can be compared; NULL if one can. */
const char *row_left_out(unsigned row);
/* The case of this row, vector length (bits) and seed: the same three always give the same case. */
struct case_record generate_case(unsigned row, unsigned vl, uint64_t seed);

/* All cases of Arm's vectors in the shared folder, into *records (to be freed); their number, 0 if they are not here.
 */
size_t read_vectors(struct case_record **records);

#endif
