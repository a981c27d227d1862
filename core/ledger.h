/* What world switches are spent on: from a guest's exit to the next entry the cycles of a CPU are those of the part
 * that its code belongs to (core/ledger_part.def). Which code that is, is a table of address ranges that the frontends
 * give, from the host kernel's symbols; at EL0 all is user space.
 *
 * A switch is split if somebody tells of taken branches: a timing model does (core/timing.h), with `fast` only who
 * watches instructions for it. Without, nothing is done here but a test at each exit and entry. */
#ifndef SVEMU_CORE_LEDGER_H
#define SVEMU_CORE_LEDGER_H

#include "core/cpu.h"

enum ledger_part {
#define LEDGER_PART(NAME, KEY, TEXT) LEDGER_##NAME,
#include "core/ledger_part.def"
    LEDGER_PARTS
};
const char *ledger_part_key(enum ledger_part p);
const char *ledger_part_text(enum ledger_part p);

/* Code at EL1 and EL2 of the host from start on and below end. */
struct ledger_range {
    uint64_t start, end;
    enum ledger_part part;
};

struct ledger; /* of a machine */
/* Split world switches of this machine. fill is asked for ranges when the host executes something at EL1 or EL2 that is
 * in none: of the kernel that is there, all of them by ledger_set(), those given before too unless first, which begins
 * anew. It is asked once for a page, and not without end. false: no memory. */
typedef void ledger_fill(struct machine *m, struct cpu *cpu, uint64_t address, bool first);
bool ledger_open(struct machine *m, ledger_fill *fill) MUST_CHECK;
/* Also those of CPUs without a timing model: the caller tells their branches from now on. */
void ledger_fast(struct machine *m);
void ledger_free(struct machine *m);
/* The ranges, in order and not overlapping; they are copied. Replaces those given before. false: no memory. */
bool ledger_set(struct machine *m, const struct ledger_range *range, size_t count) MUST_CHECK;
/* Another kernel may have come to memory. */
void ledger_forget(struct machine *m);

/* A branch was taken, to target. Only between a guest's exit and the next entry does it mean anything. */
void ledger_branch(struct cpu *cpu, uint64_t target);

/* ---- For core/stats.c, which has settled its account ---- */
/* A guest has been left; the exception is about to be taken. */
void ledger_left(struct cpu *cpu);
/* The host goes on at another EL, at cpu->pc: behind an exception or its return. */
void ledger_moved(struct cpu *cpu);
/* A guest is entered: what the switch consisted of is counted. */
void ledger_entered(struct cpu *cpu);
/* The switch under way, if there is one, will not be finished. */
void ledger_drop(struct cpu *cpu);
/* A snapshot was loaded. */
void ledger_loaded(struct cpu *cpu);

#endif
