// kvmcost, for `svemu lab cost` (docs/lab-cost.md): a KVM user space and, in its guest, a program without an operating
// system that measures what exits, interrupts and vector registers cost. What both know of each other.
#ifndef KVMCOST_H
#define KVMCOST_H

// The guest's memory map: interrupt controller, addresses where nothing is, RAM. The guest maps the first GiB as Device
// memory and the second as Normal.
#define GICD_BASE 0x08000000
#define GICR_BASE 0x080a0000
#define EXIT_BASE 0x0a000000
#define EXIT_DONE 0x00 // written: the command is done
#define EXIT_LOAD 0x08 // read: an exit to user space and back
#define EXIT_MOVE 0x10 // read: the same, and the vCPU is on the other CPU afterwards
#define RAM_BASE  0x40000000
#define RAM_SIZE  0x00400000
#define BOX_BASE  0x40200000

#ifndef __ASSEMBLER__
#include <stdint.h>

enum use { USE_NONE, USE_FP, USE_SVE, USES };

// What the guest measures, in ticks of the virtual counter.
enum command {
    DO_NOTHING,       // two readings of the counter: what the others have to give off
    DO_HVC,           // SMCCC_VERSION, which KVM answers
    DO_GICD_READ,     // GICD_IIDR, emulated in the kernel
    DO_LOAD,          // EXIT_LOAD, then `use`
    DO_MOVE,          // EXIT_MOVE, then `use`
    DO_USE_AFTER_HVC, // the first `use` behind an exit to the kernel
    DO_USE_AFTER_LOAD,
    DO_SAVE_STATE, // all registers of `use` to memory
    DO_LOAD_STATE, // and from there
    DO_SGI_SELF,   // ICC_SGI1R_EL1 until the handler
    DO_EOI,        // ICC_EOIR1_EL1 of that interrupt
    DO_TIMER_SET,
    DO_TIMER_FIRE,     // from the time that was asked for until the handler, while the guest runs
    DO_TIMER_WAKE,     // while it is in WFI
    DO_IPI,            // ICC_SGI1R_EL1 until the handler on the other vCPU, which runs
    DO_IPI_WAKE,       // which is in WFI
    DO_IPI_ROUND_TRIP, // until the other vCPU's answer is taken as an interrupt; both run
    COMMANDS
};

enum { MAX_ROUNDS = 64, WARM_UP = 8 };

// At BOX_BASE, seen by both sides. The host writes the first three before it enters the guest.
struct box {
    uint64_t command, rounds, use;
    uint64_t sample[MAX_ROUNDS];
    // Between the vCPUs.
    uint64_t peer_waits, peer_stops;
    uint64_t peer_ready, reply; // reply: when the other vCPU has taken the interrupt
    uint64_t peer_answers;
};
#endif

#endif
