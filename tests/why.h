/* Tests of reasons: that of the last exception, as people read it. */
#ifndef SVEMU_TESTS_WHY_H
#define SVEMU_TESTS_WHY_H

#include "core/why.h"
#include "tests/harness.h"

static inline const char *last_text(const struct cpu *cpu)
{
    static char text[512];
    why_text(why_last(cpu), text, sizeof(text));
    return text;
}

#define EXPECT_WHY(CPU, WANT)                                      \
    do {                                                           \
        const char *got_ = last_text(CPU);                         \
        if (strcmp(got_, WANT))                                    \
            FAIL("the reason is '%s', expected '%s'", got_, WANT); \
    } while (0)

#endif
