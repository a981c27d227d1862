/* The ID lint: what a CPU's identification registers say, held against the Arm ARM's rules. */
#ifndef SVEMU_FRONTENDS_LINT_H
#define SVEMU_FRONTENDS_LINT_H

#include "core/machine.h"

enum { LINT_TEXT = 320, LINT_FINDINGS = 64 };
struct lint_finding {
    const char *rule; /* its name: docs/cpus.md lists them */
    char text[LINT_TEXT];
};
/* The findings on one CPU, in the order of the rules; further ones than the array holds are dropped. */
struct lint {
    const struct cpu *cpu;
    const struct cpu_config *config;
    unsigned smp; /* CPUs of the machine */
    unsigned count;
    struct lint_finding finding[LINT_FINDINGS];
};
/* Apply every rule to the CPU and its configuration (lint_rules.c). */
void lint_cpu(struct lint *l, const struct cpu *cpu, const struct cpu_config *config, unsigned smp);
/* The names of the rules; NULL behind the last. */
const char *lint_rule(unsigned n);

#endif
