/* Points at which a machine stops between two instructions for somebody above: gdb, the monitor, reverse execution, the
 * triggers of a trace. A stop changes nothing: a machine that is stopped and goes on does what it would have done
 * without, in the same quantum and with interrupts looked at where they would have been (machine_run goes on with the
 * CPU that was running). A stop set on addresses costs nothing while there is none, and next to nothing while there are
 * some: only decoded ops at their place within a page look (isa/engine.c). */
#ifndef SVEMU_CORE_STOPS_H
#define SVEMU_CORE_STOPS_H

#include "core/machine.h"

enum stop_kind {
    STOP_AT_PC,        /* before the instruction at address */
    STOP_AT_ACCESS,    /* behind an instruction that reads (read) or writes (write) [address, address + size) */
    STOP_AT_SYSREG,    /* behind an instruction that writes system register reg */
    STOP_AT_EXCEPTION, /* at the vector, when an exception of class ec (enum exception_class; -1: any) has been taken */
    STOP_AT_INSTRUCTION, /* before the instruction that brings the CPU's count (cpu_icount) to count + 1 */
    STOP_AT_POSITION,    /* the same by the sum of all CPUs' counts (machine_position) */
};

struct stop_point {
    enum stop_kind kind;
    int cpu;       /* index; -1: any */
    uint8_t els;   /* bit n: at ELn; for STOP_AT_EXCEPTION the EL taken to. 0: any */
    bool internal; /* its stop is nobody's but the emulator's: it is told beside one that a user sees, never instead */
    bool has_vmid; /* only at EL1 and EL0 under stage 2 with this VMID */
    uint16_t vmid;
    bool physical;    /* address is a physical one */
    bool read, write; /* STOP_AT_ACCESS */
    uint64_t address, size;
    enum sysreg_index reg;
    int ec;
    uint64_t count;
};

/* Why the machine has stopped (STOP_DEBUG). Of several reasons at one place the first that is not internal is told, and
 * the first of the internal ones. */
struct stop_hit {
    bool external;     /* somebody asked for this stop, or it ends a step; false: go on when you have done your part */
    unsigned internal; /* what stop_add returned for an internal point; 0: none, but perhaps machine_pause_internal() */
    unsigned point;    /* what stop_add returned; 0: machine_pause() or a step. As internal where that is all */
    struct cpu *cpu;   /* which CPU; its pc is the next instruction */
    uint64_t address;  /* of the access */
    uint64_t pc;       /* of the instruction that made it, wrote the register, or was to be executed */
    bool write;
};

/* Add a point; returns its number, from 1 on, 0: there is no room (4096). Two equal points are two. */
unsigned stop_add(struct machine *m, const struct stop_point *p);
void stop_remove(struct machine *m, unsigned point);
/* NULL: there is no such point. */
const struct stop_point *stop_point_of(const struct machine *m, unsigned point);
/* Of the last STOP_DEBUG that machine_run returned with. */
const struct stop_hit *stop_last(const struct machine *m);
/* Stop before the next instruction of whichever CPU runs next, or of the running one. */
void machine_pause(struct machine *m);
void machine_pause_internal(struct machine *m);
/* Execute one instruction (or take one interrupt or other exception in its place) of this CPU, others running as the
 * schedule has it; returns machine_run's reason: STOP_DEBUG, or another if the machine ended. A CPU that waits or is
 * off is run until it has executed one; cpu NULL: whichever CPU is next. A point at the present PC is not hit again. */
unsigned machine_step(struct machine *m, struct cpu *cpu);
/* The sum of all CPUs' instruction counts: with the same start, one position is one state. */
uint64_t machine_position(const struct machine *m);
/* The CPU whose instruction comes next, NULL: none can run now. */
struct cpu *machine_next(const struct machine *m);

/* ---- For the run loop and the engine ---- */
enum { STOP_PLACES = 1024 }; /* words in a 4 KiB page */
/* Which places within a page have a STOP_AT_PC point. */
struct stop_places {
    uint64_t bit[STOP_PLACES / 64];
};
/* Is there a point at this place (0 to STOP_PLACES - 1, or the end of the page) of some page? */
static inline bool stop_place(const struct machine *m, unsigned index)
{
    const struct stop_places *p = (const struct stop_places *)m->stops; /* its first member */
    return unlikely(p != NULL) && index < STOP_PLACES && p->bit[index / 64] >> (index % 64) & 1;
}
/* The instruction at va, physical address pa, is about to be executed: true if the machine stops here, which has been
 * asked for (machine.stop, REDIRECT_STOP) and noted. */
bool stop_before(struct cpu *cpu, uint64_t va, uint64_t pa);
/* The CPU's count has reached cpu->deadline: is it to stop here? look: interrupts have not been looked at since the
 * last instruction, so that only a step ends here. Sets cpu->deadline anew. */
bool stop_due(struct cpu *cpu, bool look);
/* What cpu->deadline should be: slice_deadline, or so near to a stop that the handlers cannot run past it. */
uint64_t stops_deadline(const struct cpu *cpu);
/* machine_run() begins and ends. */
void stops_run_begins(struct machine *m);
void stops_run_ended(struct machine *m);
void stops_free(struct machine *m);

/* ---- For core/reverse.c ---- */
enum { STOP_BOUND = 4097 }; /* the number of the point below */
/* The machine is run again through what has been: with quiet only the bound counts, and steps; else all points that are
 * not internal. Nothing counts as seen before. bound: one more point, of a kind that counts, NULL: none. */
void stops_replay(struct machine *m, bool quiet, const struct stop_point *bound);
/* No longer; what is given is what stop_last() returns. */
void stops_replayed(struct machine *m, const struct stop_hit *hit);
/* By which points are told, NULL: none needs it. */
const struct machine_observer *stops_observer(const struct machine *m);
/* Instructions and exceptions of a CPU, NULL: of all. It changes with everything that a step can do. */
uint64_t machine_progress(const struct machine *m, const struct cpu *cpu);

#endif
