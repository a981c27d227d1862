/* EL1's exception vectors while a case runs: what the exception says goes to case_frame, then the registers as after an
 * instruction that completed. No stack: SP is the case's. */
#include "case_asm.h"

    .section .text.case, "ax"
    .balign 0x800
    .global case_vectors
case_vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .balign 0x80
    msr tpidr_el0, x0
    mov x0, #\n
    b 1f
    .endr
    .balign 0x80
1:  msr tpidr_el1, x1
    adrp x1, case_frame
    add x1, x1, :lo12:case_frame
    stp x0, xzr, [x1, #FRAME_EL + 8]
    mov x0, #1
    str x0, [x1, #FRAME_EL]
    mrs x0, esr_el1
    str x0, [x1, #FRAME_ESR]
    mrs x0, far_el1
    str x0, [x1, #FRAME_ESR + 8]
    mrs x0, elr_el1
    str x0, [x1, #FRAME_ELR]
    mrs x0, spsr_el1
    str x0, [x1, #FRAME_SPSR]
    msr nzcv, x0 /* the exception may have changed PSTATE's */
    mrs x1, tpidr_el1
    b case_after
    .global case_text_end
case_text_end:
