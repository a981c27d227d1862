// Runs one instruction at one EL and comes back with what became of it. Every exception ends at EL2; those to EL1 are
// passed on by EL1's vectors, which touch nothing that EL2 could trap.
#include "matrix.h"

    .text
// void run_probe(struct frame *frame)
    .global run_probe
run_probe:
    adrp x9, current_frame
    str x0, [x9, #:lo12:current_frame]
    add x10, x0, #FRAME_KEPT
    mov x11, sp
    stp x19, x20, [x10]
    stp x21, x22, [x10, #16]
    stp x23, x24, [x10, #32]
    stp x25, x26, [x10, #48]
    stp x27, x28, [x10, #64]
    stp x29, x30, [x10, #80]
    str x11, [x10, #96]
    ldp x9, x10, [x0, #FRAME_ENTRY]
    ldr x16, [x0, #FRAME_SLOT]
    ldr x1, [x0, #FRAME_X1]
    ldr x0, [x0, #FRAME_X0]
    msr elr_el2, x9
    msr spsr_el2, x10
    mov x2, xzr
    mov x3, xzr
    mov x4, xzr
    mov x18, xzr
    mov x19, #VECTOR_DONE
    add x30, x16, #4
    isb
    eret

// Where EL2 begins: ELR_EL2 and SPSR_EL2 are those of an ERET under test.
    .global el2_entry
el2_entry:
    add x9, x16, #4
    mov x10, #0x3c9
    msr elr_el2, x9
    msr spsr_el2, x10
    isb
    sub x16, x16, #4
    ret x16 // PSTATE.BTYPE stays 0

    .global el2_done
el2_done:
    msr spsel, #1
    msr daifset, #15
    mov x18, #VECTOR_DONE
el2_common:
    adrp x17, current_frame
    ldr x17, [x17, #:lo12:current_frame]
    cbz x17, el2_unexpected
    str x0, [x17, #FRAME_OUT]
    stp x18, x19, [x17, #FRAME_VECTOR]
    mrs x1, esr_el2
    mrs x2, elr_el2
    mrs x3, spsr_el2
    stp x1, x2, [x17, #FRAME_ESR]
    str x3, [x17, #FRAME_OUTSPSR]
    adrp x9, current_frame
    str xzr, [x9, #:lo12:current_frame]
    add x10, x17, #FRAME_KEPT
    ldr x11, [x10, #96]
    mov sp, x11
    ldp x19, x20, [x10]
    ldp x21, x22, [x10, #16]
    ldp x23, x24, [x10, #32]
    ldp x25, x26, [x10, #48]
    ldp x27, x28, [x10, #64]
    ldp x29, x30, [x10, #80]
    msr spsr_el2, xzr
    ret

el2_unexpected:
    mrs x0, esr_el2
    mrs x1, elr_el2
    mrs x2, far_el2
    b matrix_unexpected

    .macro el2_vector number
    .balign 0x80
    mov x18, #\number
    b el2_common
    .endm

// The second instruction of each is written by payload.c: HVC #MARK_EL1, or what replaces it.
    .macro el1_vector number
    .balign 0x80
    mov x19, #\number
    hvc #MARK_EL1
    .endm

    .section .vectors, "ax"
    .balign 0x800
    .global el2_vectors
el2_vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    el2_vector \n
    .endr
    .balign 0x800
    .global el1_vectors
el1_vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    el1_vector \n
    .endr
    .balign 0x800

    .bss
    .balign 4096
    .global current_frame
current_frame:
    .quad 0
