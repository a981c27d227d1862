/* Going back: from a checkpoint before it the machine runs forward again to where it is wanted. Any number of CPUs;
 * needs checkpoints_start(). Positions and points are those of core/stops.h. */
#ifndef SVEMU_CORE_REVERSE_H
#define SVEMU_CORE_REVERSE_H

#include "core/stops.h"

enum reverse_result {
    REVERSE_DONE,  /* the machine stands at the place; stop_last() says which point it was */
    REVERSE_START, /* it stands at the oldest checkpoint: further back nothing is kept */
    REVERSE_OFF,   /* no checkpoints are kept; nothing has changed */
};

/* Before the last instruction (or exception taken in the place of one) of this CPU; NULL: of any CPU. */
enum reverse_result reverse_step(struct machine *m, struct cpu *cpu);
/* To the last time before now that any of the points that are set would have stopped. Behind an access and a write of a
 * register the machine stands before the instruction that makes it, as gdb expects when going back. */
enum reverse_result reverse_continue(struct machine *m);
/* To a position, forward or back. */
enum reverse_result reverse_goto(struct machine *m, uint64_t position);

#endif
