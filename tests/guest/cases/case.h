// One instruction executed from a state of every register that user space can name. The parts:
//   case.S        case_run() loads the registers from case_frame, executes the word in its slot, stores them again;
//                 the same in a program without an operating system (payload.c) and in a Linux program
//   case_state.h  the state before, made from a seed; and the hash and the text of the state after
//   payload.c     runs the records of a blob at EL1; tests/diff makes blobs and reads what it prints
//
// What a program that links case.S has to do:
//   1. define `struct case_frame case_frame` (16-byte aligned, within 4 GiB of case.S);
//   2. copy case_slot_begin .. case_slot_end to a page that can be executed, put the address of case_after into its
//   last
//      eight bytes and the instruction into the word at case_slot_word, then clean and invalidate the caches;
//   3. set frame.slot to the copy's first byte, frame.sve to whether Z and P registers exist, frame.el to 0;
//   4. make frame.state (case_prepare) and call case_run().
// An exception handler (a vector, a signal handler) fills in el, vector, esr, far, elr and spsr of the frame and goes
// on at case_stop with every register as the instruction left it; nothing that it needs may depend on SP or a register.
// A Linux program's handler runs on an alternate stack and sets pc of the signal context to case_stop. TPIDR_EL0 is
// used between the instruction and the return of case_run, which puts it back.
#ifndef CASE_H
#define CASE_H

#include "case_asm.h"

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct case_state {
    uint64_t x[31], sp;
    uint64_t nzcv, fpcr, fpsr; // nzcv: N in bit 31, as the register has it
    uint64_t unused[5];
    uint8_t z[32][CASE_Z_STRIDE]; // the lowest VL / 8 bytes count
    uint8_t p[17][CASE_P_STRIDE]; // the lowest VL / 64 bytes count; the last is FFR
};

struct case_frame {
    uint64_t slot, sve;
    uint64_t el;                          // that took an exception; 0: none
    uint64_t vector, esr, far, elr, spsr; // vector: 0 to 15, offset from VBAR in units of 0x80
    uint64_t saved[24];                   // the caller's registers, by case_run
    struct case_state state;              // before, then after
};

_Static_assert(offsetof(struct case_state, sp) == STATE_SP && offsetof(struct case_state, nzcv) == STATE_NZCV &&
                   offsetof(struct case_state, fpsr) == STATE_FPSR && offsetof(struct case_state, z) == STATE_Z &&
                   offsetof(struct case_state, p) == STATE_P && offsetof(struct case_frame, sve) == FRAME_SVE &&
                   offsetof(struct case_frame, el) == FRAME_EL && offsetof(struct case_frame, spsr) == FRAME_SPSR &&
                   offsetof(struct case_frame, saved) == FRAME_SAVED &&
                   offsetof(struct case_frame, state) == FRAME_STATE,
               "case_asm.h");

extern struct case_frame case_frame;
extern char case_slot_begin[], case_slot_word[], case_slot_end[], case_after[], case_stop[];
void case_run(void);

// ---- A blob of cases: the header, then count records. All little endian. ----
#define CASE_MAGIC "svecases"
struct case_blob {
    char magic[8];
    uint32_t count;
    uint32_t unused;
};

enum {
    CASE_EVERY_FPCR = 1, // FPCR never at rest: FIZ, AH, NEP too
    CASE_EXPECT = 2,     // hash is what must come out, of what the vectors tell (case_hash); else it is printed
    CASE_MEMORY = 4,     // memory is compared with what it was
    CASE_VERBOSE = 8,    // print the changes instead of the hash
    CASE_BEFORE = 16,    // and the state before
    // The translation regime's controls, for programs that own them.
    CASE_ALIGN = 32, // SCTLR_ELx.A
    CASE_TBI = 64,   // TCR_ELx.TBI0, TBI1
    CASE_PAN = 128,  // PSTATE.PAN
    CASE_UAO = 256,  // PSTATE.UAO
    CASE_TAGS = 512, // tags in memory and RGSR_EL1 are compared
    CASE_TCF = 1024, // SCTLR_ELx.TCF: synchronous tag check faults
};
enum { CASE_NO_REG = 0xff, CASE_REG_SP = 31, CASE_KEEP_NZCV = 1 << 17, CASE_KEEP_FPCR = 1 << 18 };

struct case_record {
    uint64_t seed, hash;
    uint32_t word;
    uint16_t vl, flags; // VL in bits
    uint64_t x_value[4];
    uint8_t x_reg[4];      // 0 to 30, CASE_REG_SP, or CASE_NO_REG: registers that get x_value
    uint8_t z_reg, z_size; // a Z register whose elements of 1 << z_size bytes are z_base + (random & z_mask)
    uint16_t row;          // for the host: index of the row
    uint64_t z_base;
    uint32_t z_mask;
    uint32_t first; // an instruction before the word; 0: NOP
    uint32_t keep_x, keep_z,
        keep_p;    // one bit a register: 0 makes it zero. keep_x[31]: SP. keep_p[16]: FFR, CASE_KEEP_x
    uint32_t last; // an instruction after the word; 0: NOP
};
_Static_assert(sizeof(struct case_record) == 96, "the host's view");
#endif

#endif
