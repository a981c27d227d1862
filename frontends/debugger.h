/* What gdb's remote protocol and the monitor share: whose addresses are meant, which points are set, which vCPUs were
 * seen. Nothing here is part of the machine; that it is there changes nothing in the guest. */
#ifndef SVEMU_FRONTENDS_DEBUGGER_H
#define SVEMU_FRONTENDS_DEBUGGER_H

#include <stdio.h>

#include "core/machine.h"
#include "core/reverse.h"
#include "core/stops.h"
#include "frontends/symbols.h"
#include "mmu/mmu.h"

/* Whose addresses the user's are: of the chosen CPU as it is now; of its EL1&0 or EL2 regime; physical; of the guest
 * with this VMID as it last ran. */
enum space_kind { SPACE_CURRENT, SPACE_EL1, SPACE_EL2, SPACE_PHYSICAL, SPACE_GUEST };
struct debug_space {
    enum space_kind kind;
    uint16_t vmid;
};

/* One vCPU, told apart by what the guest itself sees: VMID and VMPIDR_EL2. Registers of the stage 1 and 2 translation
 * are those of its last entry or exit. */
enum { VCPU_REGISTERS = 10 };
struct vcpu_seen {
    uint16_t vmid;
    uint64_t vmpidr;
    unsigned cpu;                  /* index of the CPU that ran it last */
    bool running;                  /* it is there now */
    uint64_t entries, exits, time; /* time: ns, of that CPU then */
    uint64_t pc;                   /* where it entered or left */
    uint64_t reg[VCPU_REGISTERS];
};
enum { MAX_VCPUS_SEEN = 1024 };

/* A breakpoint or watchpoint of the monitor (number from 1), or of gdb (number 0). */
struct debug_point {
    unsigned number, stop; /* stop: what stop_add returned */
    unsigned type;         /* gdb: of its Z packet */
    uint64_t kind;         /* gdb: its last argument */
    struct stop_point at;
};
enum { MAX_POINTS = 4096 };

struct gdb;
struct debugger {
    struct machine *m;
    struct gdb *gdb; /* NULL: no server */
    unsigned cpu;    /* the monitor's chosen CPU */
    struct debug_space space;
    struct debug_point point[MAX_POINTS];
    unsigned points, last_number;
    struct vcpu_seen vcpu[MAX_VCPUS_SEEN];
    unsigned vcpus;
    bool vcpus_lost; /* there were more */
    struct machine_observer observer;
    bool changed;        /* by the user, since the machine stands */
    bool monitor_wanted; /* the console asks for the monitor */
};

/* NULL: no memory. */
struct debugger *debugger_create(struct machine *m);
void debugger_free(struct debugger *d);

/* ---- Address spaces (debugger_space.c) ---- */
/* "current", "el1", "el2", "physical" or "guest VMID". false with user_error. */
bool space_parse(const struct debugger *d, const char *text, struct debug_space *space) MUST_CHECK;
/* As space_parse() takes it. text has SPACE_TEXT bytes. */
enum { SPACE_TEXT = 32 };
const char *space_text(const struct debug_space *space, char text[SPACE_TEXT]);
/* Whose registers and which regime the chosen space's addresses are of; perhaps a copy of a CPU, good until the next
 * call. NULL: its guest has not been seen, or the host has no memory. */
struct cpu *debugger_cpu(struct debugger *d, struct cpu *cpu, enum debug_regime *regime);
/* Copy up to len bytes, at most to the first page that is not there; returns how many. Writing drops decoded code. */
uint64_t space_read(struct debugger *d, struct cpu *cpu, uint64_t address, void *data, uint64_t len);
uint64_t space_write(struct debugger *d, struct cpu *cpu, uint64_t address, const void *data, uint64_t len);
/* Restrict a point at an address to the chosen space; current does not restrict it. */
void space_restrict(const struct debugger *d, struct stop_point *p);
/* For names of addresses of the chosen space. */
struct symbol_space space_symbols(struct debugger *d, const struct cpu *cpu);

/* ---- vCPUs (debugger_vcpus.c) ---- */
/* The entry of a guest that was entered or left last, NULL: none with this VMID was seen. */
const struct vcpu_seen *vcpu_of_vmid(const struct debugger *d, uint16_t vmid);
/* Fill cpu, a copy of one, with the translation registers of a vCPU, at EL1. */
void vcpu_apply(const struct vcpu_seen *v, struct cpu *cpu);
/* From now on, until debugger_free(). */
void vcpus_watch(struct debugger *d);
void vcpus_print(const struct debugger *d, FILE *f);

/* ---- Points (debugger.c) ---- */
/* Set a point; number 0: gdb's. NULL: there is no room. */
struct debug_point *point_add(struct debugger *d, const struct stop_point *at, bool numbered);
void point_delete(struct debugger *d, struct debug_point *p);
/* Of a stop's number, NULL: nobody's here. */
struct debug_point *point_of_stop(struct debugger *d, unsigned stop);
/* Forget all of gdb's. */
void points_of_gdb_delete(struct debugger *d);
/* "0x1234 (name+0x10)" as this CPU sees the point's address now. */
void address_text(struct debugger *d, const struct cpu *cpu, const struct stop_point *at, char *text, size_t size);
/* One line for people: what it is, as `break` would set it. */
void point_text(struct debugger *d, const struct stop_point *at, char *text, size_t size);

/* ---- Running ---- */
/* The machine has stopped with STOP_DEBUG, or has ended for another reason: let whoever is there look. STOP_NONE: it
 * goes on; else how the run ends. */
enum stop_reason debugger_serve(struct debugger *d, enum stop_reason why);
/* After a reset of the machine, which boots again. */
void debugger_rebooted(struct debugger *d);
/* The user has changed what the machine did not change itself: one cannot go back behind that. */
void debugger_changed(struct debugger *d);
/* Before the machine goes on, or back, from where it stands. */
void debugger_resumes(struct debugger *d);
/* Begin or end the checkpoints that going back needs; is it done? */
bool debugger_checkpoints(struct debugger *d, bool on);
/* core/reverse.h, with nobody attached noticing what is run on the way. */
enum reverse_result debugger_step_back(struct debugger *d, struct cpu *cpu);
enum reverse_result debugger_continue_back(struct debugger *d);
enum reverse_result debugger_goto(struct debugger *d, uint64_t position);

#endif
