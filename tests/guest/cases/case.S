/* Load every register, execute one instruction, store every register. case.h says how to use it; it runs at any EL. */
#include "case_asm.h"

    .arch armv8.2-a+sve
    .section .text.case, "ax"
    .balign 4096

/* void case_run(void) */
    .global case_run
case_run:
    adrp x0, case_frame
    add x0, x0, :lo12:case_frame
    stp x19, x20, [x0, #FRAME_SAVED]
    stp x21, x22, [x0, #FRAME_SAVED + 16]
    stp x23, x24, [x0, #FRAME_SAVED + 32]
    stp x25, x26, [x0, #FRAME_SAVED + 48]
    stp x27, x28, [x0, #FRAME_SAVED + 64]
    stp x29, x30, [x0, #FRAME_SAVED + 80]
    mov x1, sp
    mrs x2, tpidr_el0
    stp x1, x2, [x0, #FRAME_SAVED + 96]
    mrs x1, fpcr
    str x1, [x0, #FRAME_SAVED + 112]
    stp d8, d9, [x0, #FRAME_SAVED + 120]
    stp d10, d11, [x0, #FRAME_SAVED + 136]
    stp d12, d13, [x0, #FRAME_SAVED + 152]
    stp d14, d15, [x0, #FRAME_SAVED + 168]

    ldr x3, [x0, #FRAME_SVE]
    add x0, x0, #FRAME_STATE
    ldp x1, x2, [x0, #STATE_NZCV]
    msr nzcv, x1
    msr fpcr, x2
    ldr x1, [x0, #STATE_FPSR]
    msr fpsr, x1
    add x1, x0, #STATE_Z
    cbz x3, 1f
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr z\n, [x1]
    add x1, x1, #CASE_Z_STRIDE
    .endr
    add x2, x1, #16 * CASE_P_STRIDE /* x1 is at P0 now */
    ldr p0, [x2]
    wrffr p0.b
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    ldr p\n, [x1]
    add x1, x1, #CASE_P_STRIDE
    .endr
    b 2f
1:  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr q\n, [x1]
    add x1, x1, #CASE_Z_STRIDE
    .endr
2:  ldr x1, [x0, #STATE_SP]
    mov sp, x1
    ldr x1, [x0, #-FRAME_STATE]
    ldp x2, x3, [x0, #16]
    ldp x4, x5, [x0, #32]
    ldp x6, x7, [x0, #48]
    ldp x8, x9, [x0, #64]
    ldp x10, x11, [x0, #80]
    ldp x12, x13, [x0, #96]
    ldp x14, x15, [x0, #112]
    ldp x16, x17, [x0, #128]
    ldp x18, x19, [x0, #144]
    ldp x20, x21, [x0, #160]
    ldp x22, x23, [x0, #176]
    ldp x24, x25, [x0, #192]
    ldp x26, x27, [x0, #208]
    ldp x28, x29, [x0, #224]
    ldr x30, [x0, #240]
    ret x1 /* to the slot; RET leaves PSTATE.BTYPE alone */

    .balign 8
/* Copied to where the instruction is to be; at its end x0 is in TPIDR_EL0. */
    .global case_slot_begin, case_slot_word, case_slot_end
case_slot_begin:
    ldp x0, x1, [x0]
    nop
case_slot_word:
    .inst 0
    nop
    msr tpidr_el0, x0
    ldr x0, 1f
    ret x0
    .balign 8
1:  .quad 0 /* case_after */
case_slot_end:

/* Where an exception handler goes on, with the registers as the instruction left them. */
    .global case_stop, case_after
case_stop:
    msr tpidr_el0, x0
case_after:
    adrp x0, case_frame + FRAME_STATE
    add x0, x0, :lo12:case_frame + FRAME_STATE
    stp x2, x3, [x0, #16]
    stp x4, x5, [x0, #32]
    stp x6, x7, [x0, #48]
    stp x8, x9, [x0, #64]
    stp x10, x11, [x0, #80]
    stp x12, x13, [x0, #96]
    stp x14, x15, [x0, #112]
    stp x16, x17, [x0, #128]
    stp x18, x19, [x0, #144]
    stp x20, x21, [x0, #160]
    stp x22, x23, [x0, #176]
    stp x24, x25, [x0, #192]
    stp x26, x27, [x0, #208]
    stp x28, x29, [x0, #224]
    mov x2, sp
    stp x30, x2, [x0, #240]
    mrs x2, tpidr_el0
    stp x2, x1, [x0]
    mrs x1, nzcv
    mrs x2, fpcr
    stp x1, x2, [x0, #STATE_NZCV]
    mrs x1, fpsr
    str x1, [x0, #STATE_FPSR]
    ldr x3, [x0, #FRAME_SVE - FRAME_STATE]
    add x1, x0, #STATE_Z
    cbz x3, 1f
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str z\n, [x1]
    add x1, x1, #CASE_Z_STRIDE
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    str p\n, [x1]
    add x1, x1, #CASE_P_STRIDE
    .endr
    rdffr p0.b
    str p0, [x1]
    b 2f
1:  .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str q\n, [x1]
    add x1, x1, #CASE_Z_STRIDE
    .endr

2:  sub x0, x0, #FRAME_STATE
    ldp x19, x20, [x0, #FRAME_SAVED]
    ldp x21, x22, [x0, #FRAME_SAVED + 16]
    ldp x23, x24, [x0, #FRAME_SAVED + 32]
    ldp x25, x26, [x0, #FRAME_SAVED + 48]
    ldp x27, x28, [x0, #FRAME_SAVED + 64]
    ldp x29, x30, [x0, #FRAME_SAVED + 80]
    ldp x1, x2, [x0, #FRAME_SAVED + 96]
    mov sp, x1
    msr tpidr_el0, x2
    ldr x1, [x0, #FRAME_SAVED + 112]
    msr fpcr, x1
    ldp d8, d9, [x0, #FRAME_SAVED + 120]
    ldp d10, d11, [x0, #FRAME_SAVED + 136]
    ldp d12, d13, [x0, #FRAME_SAVED + 152]
    ldp d14, d15, [x0, #FRAME_SAVED + 168]
    ret
