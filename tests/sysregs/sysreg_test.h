/* One CPU of model=lab for tests of system registers, and accesses by the encoding of a row. */
#ifndef SVEMU_TESTS_SYSREGS_SYSREG_TEST_H
#define SVEMU_TESTS_SYSREGS_SYSREG_TEST_H

#include "core/exception.h"
#include "core/machine.h"
#include "sysregs/sysregs.h"
#include "tests/harness.h"

enum { CODE = 0x10000, VECTORS_EL1 = 0x100000, VECTORS_EL2 = 0x200000 };

static inline void test_free_machine(void *m) { machine_free(m); }

/* vq_set: bit q - 1 for VQ q. Freed when the test ends. */
static inline struct cpu *test_cpu_model(const char *model, unsigned vq_set, unsigned smp)
{
    struct machine_options opt = { .smp = smp, .quantum_ns = 10000, .seed = 1 };
    struct cpu_config config[4];

    memset(config, 0, sizeof(config));
    for (unsigned i = 0; i < smp; i++) {
        feature_defaults(model, &config[i]);
        config[i].vq_set = (uint16_t)vq_set;
        config[i].clock_hz = 1000000000;
        config[i].mpidr = i;
    }
    struct machine *m = machine_create(&opt, config);
    if (!m)
        abort();
    free_after_test(test_free_machine, m);
    for (unsigned i = 0; i < smp; i++)
        cpu_reset(m->cpus[i], CODE, 0);
    return m->cpus[0];
}
static inline struct cpu *test_cpu(void) { return test_cpu_model("lab", 0x8b, 1); }

/* Back to a known state at el, EL1 and EL2 with their own vectors, nothing trapped: HCR_EL2.{API,APK,RW} set. */
static inline void at_el(struct cpu *cpu, unsigned el, uint64_t hcr)
{
    cpu->sysreg[SR_HCR_EL2] = BIT(31) | HCR_API | HCR_APK | hcr;
    cpu->sysreg[SR_VBAR_EL1] = VECTORS_EL1;
    cpu->sysreg[SR_VBAR_EL2] = VECTORS_EL2;
    cpu->sysreg[SR_SCTLR_EL1] = 0x30d00980;
    cpu->sysreg[SR_SCTLR_EL2] = 0x30c50830;
    cpu->sysreg[SR_MDCR_EL2] = 6;
    cpu->sysreg[SR_CPTR_EL2] = hcr & HCR_E2H ? 0x330000 : 0;
    cpu->sysreg[SR_CPACR_EL1] = 0x330000;
    cpu->pstate = (struct pstate){ .EL = (uint8_t)el, .SP = el != EL0, .D = 1, .A = 1, .I = 1, .F = 1 };
    cpu->pc = CODE;
    cpu->page_va = CODE, cpu->ops = cpu->op = NULL; /* what PC() is made of */
    cpu->redirect = REDIRECT_PC;
    why_end(cpu);
    cpu->exceptions_taken = 0;
    cpu_update_traps(cpu);
}

#endif
