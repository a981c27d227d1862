// What tests/matrix/matrix.py puts behind the payload, and what run.S and payload.c share. All numbers little endian.
#ifndef MATRIX_H
#define MATRIX_H

// Offsets in struct frame.
#define FRAME_ENTRY   0
#define FRAME_SPSR    8
#define FRAME_SLOT    16
#define FRAME_X0      24
#define FRAME_X1      32
#define FRAME_OUT     40
#define FRAME_VECTOR  48
#define FRAME_VECTOR1 56
#define FRAME_ESR     64
#define FRAME_ELR     72
#define FRAME_OUTSPSR 80
#define FRAME_KEPT    88

#define MARK_DONE   0x7e0 // immediate of the SVC or HVC behind a probe
#define MARK_EL1    0x7e1 // of the HVC in EL1's vectors
#define VECTOR_DONE 0xff  // a probe at EL2 went on to the next instruction

#ifndef __ASSEMBLER__
#include <stdint.h>

struct header {
    char magic[8]; // "svematrx"
    uint32_t probes, setups, runs, unused;
    // struct probe[], struct setup[], struct run[]
};

enum {
    PROBE_VALUE = 1,     // the value that X0 holds afterwards belongs to the outcome
    PROBE_TIMER = 2,     // an interrupt ends the wait
    PROBE_ARENA = 4,     // X0 is the arena's address plus value
    PROBE_NO_EVENT = 8,  // the event register is clear: WFE comes before it
    PROBE_CONTROL = 32,  // a write of a control, which puts back what it was without the run's change
    PROBE_QUIET = 64,    // UNDEFINED is what one expects: it is not printed
    PROBE_FROM_READ = 16 // X0 is what probe number value read under the same E2H, TGE and EL, or 0
};
struct probe {
    uint32_t word, flags;
    uint64_t value;
};

// A write at EL2: MSR register, X0. Those with bit `e2h` of .when set make the machine's state before each run.
struct setup {
    uint32_t word;
    uint32_t when; // bit 0: with E2H = 0; bit 1: with E2H = 1
    uint64_t value;
};

enum {
    RUN_BASELINE = 1, // nothing trapped: what the runs after it are compared with
    RUN_NO_HVC = 2,   // HCR_EL2.HCD is set
    RUN_WAIT = 4      // a wait may be trapped: its interrupt must not come before it begins, however slow the host
};
// Probes first to last - 1 at one EL, with HCR_EL2 and up to two other writes.
struct run {
    uint32_t id, flags;
    uint32_t el, config; // config: E2H | TGE << 1
    uint64_t hcr;
    uint32_t words[2]; // 0: none
    uint64_t values[2];
    uint32_t first, last;
};
#endif
#endif
