/* EL3 as far as EL2 and below can tell: the controls that firmware has set up, and what happens where one of them
 * traps. No instruction ever executes at EL3. Arm ARM D1.3.8 and the checks of EL3 in the access pseudocode. */
#ifndef SVEMU_CORE_EL3_H
#define SVEMU_CORE_EL3_H

#include <stdbool.h>
#include <stdint.h>

#include "core/feature.h"

/* EL3_CPTR_EL3_EZ, ...: one for each row of core/el3.def, in its order. */
enum el3_control {
    EL3_NONE,
#define EL3_CONTROL(REG, FIELD, ...) EL3_##REG##_##FIELD,
#include "core/el3.def"
    EL3_ZCR_EL3_LEN, /* no trap: it limits the vector length */
    EL3_PSCI,        /* no register: CPU_ON */
    EL3_CONTROLS
};

struct el3_row {
    const char *name; /* "CPTR_EL3.EZ" */
    const char *why;  /* "CPTR_EL3.EZ = 0", as it stands where it traps */
    const char *requirement;
    uint16_t feat; /* without it the field is RES0 */
    uint8_t bit, traps;
};
/* By enum el3_control. */
extern const struct el3_row el3_table[EL3_CONTROLS];

/* What the model of EL3 does with an exception that is taken to it: the PE stays there, or the instruction is made
 * UNDEFINED at the EL that executed it, as firmware that knows no better does. */
enum el3_trap { EL3_STOP, EL3_UNDEF };
/* What PSCI does with a CPU_ON of this CPU: what it was asked for; success, and nothing more; INTERNAL_FAILURE; it
 * knows no such CPU. */
enum el3_psci { PSCI_WORKS, PSCI_IGNORES, PSCI_FAILS, PSCI_UNKNOWN };

/* The firmware of one CPU, constant after creation. All zero: EL3 is not implemented, and nothing of it is checked. */
struct el3_config {
    uint64_t denied; /* bit c: enum el3_control c has the value with which it traps */
    uint8_t zcr_len; /* ZCR_EL3.LEN */
    uint8_t trap;    /* enum el3_trap */
    uint8_t psci;    /* enum el3_psci; needs no EL3 */
    bool have;       /* HaveEL(EL3) */
};

/* What became of it. */
struct el3_event {
    enum {
        EL3_STOPPED,
        EL3_INJECTED,
        EL3_UNDEFINED, /* by EL3's control, no exception to EL3 */
        EL3_LIMITED,   /* the vector length */
        EL3_CPU_ON     /* done wrong for this CPU, called by another one */
    } what;
    enum el3_control control;
    uint32_t word; /* the instruction */
    unsigned el;   /* that executed it */
    unsigned ec;   /* EL3_STOPPED, EL3_INJECTED: of the exception taken to EL3, */
    uint64_t esr;  /* and its ESR_EL3 */
    uint64_t pc;
};

struct cpu;
struct machine;

/* An exception of class ec taken from the current instruction to EL3, because of control. The CPU stops, or the
 * instruction is UNDEFINED (el3_config.trap). */
void AArch64_TakeExceptionToEL3(struct cpu *cpu, enum el3_control control, unsigned ec, uint32_t iss);
/* The firmware of cpu has shown in another way than by an exception to EL3, when by executed an instruction: says so,
 * once per CPU and control. what: of struct el3_event. */
void el3_tell(struct cpu *cpu, const struct cpu *by, enum el3_control control, int what);
/* A bit for each control that a CPU with these features has. */
uint64_t el3_controls(const uint64_t features[(FEAT_COUNT + 63) / 64]);

#endif
