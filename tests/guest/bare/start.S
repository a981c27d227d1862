/* Entry, exception vectors and changes of exception level for the programs without an operating system. */
#include "bare_asm.h"

    .section .head, "ax"
    .global _start
_start: /* the header of an arm64 Image: Documentation/arch/arm64/booting.rst */
    b primary
    .long 0
    .quad 0x80000
    .quad __image_end - _start
    .quad 2 /* little endian, 4 KiB pages */
    .quad 0, 0, 0
    .long 0x644d5241
    .long 0

    .text
primary:
    adrp x1, __bss_start
    add x1, x1, :lo12:__bss_start
    adrp x2, __image_end
    add x2, x2, :lo12:__image_end
1:  stp xzr, xzr, [x1], #16
    cmp x1, x2
    b.lo 1b
    mov x0, xzr
    bl use_stack
    bl bare_start

/* PSCI enters a secondary CPU here with its number in x0. */
    .global bare_secondary_entry
bare_secondary_entry:
    bl use_stack
    bl bare_start_secondary

/* x0 = the CPU's number, kept */
use_stack:
    msr spsel, #1
    adrp x1, bare_stacks
    add x1, x1, :lo12:bare_stacks
    add x2, x0, #1
    mov x3, #STACK_SIZE
    madd x1, x2, x3, x1
    mov sp, x1
    ret

/* One table for both EL1 and EL2. Vectors save what a handler needs as a struct exception. */
.macro vector number
    .balign 0x80
    sub sp, sp, #EXCEPTION_SIZE
    stp x0, x1, [sp]
    mov x0, #\number
    b exception_entry
.endm

    .section .vectors, "ax"
    .balign 0x800
    .global bare_vectors
bare_vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    vector \n
    .endr

    .text
exception_entry:
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x19, [sp, #144]
    stp x20, x21, [sp, #160]
    stp x22, x23, [sp, #176]
    stp x24, x25, [sp, #192]
    stp x26, x27, [sp, #208]
    stp x28, x29, [sp, #224]
    str x30, [sp, #240]
    mrs x1, CurrentEL
    lsr x1, x1, #2
    cmp x1, #2
    b.eq 1f
    mrs x2, elr_el1
    mrs x3, spsr_el1
    mrs x4, esr_el1
    mrs x5, far_el1
    mov x6, xzr
    b 2f
1:  mrs x2, elr_el2
    mrs x3, spsr_el2
    mrs x4, esr_el2
    mrs x5, far_el2
    mrs x6, hpfar_el2
2:  stp x2, x3, [sp, #248]
    stp x4, x5, [sp, #264]
    stp x6, x1, [sp, #280]
    str x0, [sp, #296]
    mov x0, sp
    bl bare_exception
    ldp x2, x3, [sp, #248]
    mrs x1, CurrentEL
    cmp x1, #8
    b.eq 3f
    msr elr_el1, x2
    msr spsr_el1, x3
    b 4f
3:  msr elr_el2, x2
    msr spsr_el2, x3
4:  ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x19, [sp, #144]
    ldp x20, x21, [sp, #160]
    ldp x22, x23, [sp, #176]
    ldp x24, x25, [sp, #192]
    ldp x26, x27, [sp, #208]
    ldp x28, x29, [sp, #224]
    ldr x30, [sp, #240]
    ldp x0, x1, [sp]
    add sp, sp, #EXCEPTION_SIZE
    eret

/*
 * uint64_t enter_el(unsigned el, uint64_t (*f)(uint64_t), uint64_t argument, struct cpu *cpu, uint64_t spsr)
 * Calls f at a lower EL; it comes back through HVC or SVC #RETURN_CALL and leave_el.
 */
    .global enter_el
enter_el:
    stp x29, x30, [sp, #-112]!
    stp x19, x20, [sp, #16]
    stp x21, x22, [sp, #32]
    stp x23, x24, [sp, #48]
    stp x25, x26, [sp, #64]
    stp x27, x28, [sp, #80]
    ldr x9, [x3, #CPU_HOME_SP]
    str x9, [sp, #96]
    mov x9, sp
    str x9, [x3, #CPU_HOME_SP]
    adr x9, at_el1
    cmp x0, #0
    adr x10, at_el0
    csel x9, x10, x9, eq
    ldr x10, [x3, #CPU_EL0_SP]
    msr sp_el0, x10
    ldr x10, [x3, #CPU_EL1_SP]
    mrs x11, CurrentEL
    cmp x11, #8
    b.eq 1f
    msr elr_el1, x9
    msr spsr_el1, x4
    b 2f
1:  msr elr_el2, x9
    msr spsr_el2, x4
    msr sp_el1, x10
2:  isb
    eret

at_el1:
    mov x0, x2
    blr x1
    hvc #RETURN_CALL
at_el0:
    mov x0, x2
    blr x1
    svc #RETURN_CALL

/* void leave_el(struct cpu *cpu, uint64_t result): in the exception handler of the EL that called enter_el */
    .global leave_el
leave_el:
    ldr x9, [x0, #CPU_HOME_SP]
    mov sp, x9
    ldr x9, [sp, #96]
    str x9, [x0, #CPU_HOME_SP]
    mov x0, x1
    ldp x19, x20, [sp, #16]
    ldp x21, x22, [sp, #32]
    ldp x23, x24, [sp, #48]
    ldp x25, x26, [sp, #64]
    ldp x27, x28, [sp, #80]
    ldp x29, x30, [sp], #112
    ret
