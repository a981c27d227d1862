/* What kvmcost's guest begins with: translation, vectors, the uses of vector registers. */
#include "kvmcost.h"

    .arch armv8.2-a+sve

    .section .head, "ax"
    .global _start
_start: /* x0: number of the vCPU */
    mov x19, x0
    adrp x1, stacks
    add x1, x1, :lo12:stacks
    add x2, x0, #1
    lsl x2, x2, #13
    add sp, x1, x2
    adrp x1, vectors
    add x1, x1, :lo12:vectors
    msr vbar_el1, x1
    mov x1, #(3 << 20 | 3 << 16) /* FPEN, ZEN */
    msr cpacr_el1, x1
    isb
    mrs x1, id_aa64pfr0_el1
    ubfx x1, x1, #32, #4 /* SVE */
    cbz x1, 1f
    mov x1, #15
    msr zcr_el1, x1
1:  movz x1, #0xff00 /* attribute 0: Device-nGnRnE, 1: Normal, write-back */
    msr mair_el1, x1
    ldr x1, =0x200803519 /* 4 KiB granule, 39 bits from TTBR0, 40-bit PA; walks write-back and inner shareable */
    msr tcr_el1, x1
    adrp x1, table
    msr ttbr0_el1, x1
    dsb ish
    isb
    mrs x1, sctlr_el1
    mov x2, #0x1005 /* I, C, M */
    orr x1, x1, x2
    msr sctlr_el1, x1
    isb
    mov x0, x19
    bl guest_main
    b .

/* x0: the counter as early as can be, number of the vector */
    .balign 2048
vectors:
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
    .balign 128
    sub sp, sp, #192
    stp x0, x1, [sp]
    isb
    mrs x0, cntvct_el0
    mov x1, #\n
    b taken
    .endr

taken:
    stp x2, x3, [sp, #16]
    stp x4, x5, [sp, #32]
    stp x6, x7, [sp, #48]
    stp x8, x9, [sp, #64]
    stp x10, x11, [sp, #80]
    stp x12, x13, [sp, #96]
    stp x14, x15, [sp, #112]
    stp x16, x17, [sp, #128]
    stp x18, x30, [sp, #144]
    bl guest_exception
    ldp x2, x3, [sp, #16]
    ldp x4, x5, [sp, #32]
    ldp x6, x7, [sp, #48]
    ldp x8, x9, [sp, #64]
    ldp x10, x11, [sp, #80]
    ldp x12, x13, [sp, #96]
    ldp x14, x15, [sp, #112]
    ldp x16, x17, [sp, #128]
    ldp x18, x30, [sp, #144]
    ldp x0, x1, [sp]
    add sp, sp, #192
    eret

#include "use.inc"
#include "../sve_image.inc"

/* As a kernel switches them: all registers, FPSR and FPCR.
 * void save_sve(void *z, void *p), load_sve(const void *z, const void *p), save_fp(void *), load_fp(const void *) */
.macro save_status at
    mrs x2, fpsr
    mrs x3, fpcr
    stp x2, x3, [\at]
.endm
.macro load_status at
    ldp x2, x3, [\at]
    msr fpsr, x2
    msr fpcr, x3
.endm

    .balign 64
    .global save_sve, load_sve
save_sve:
    store_image x0, x1
    add x1, x1, #17 * 32
    save_status x1
    ret
    .balign 64
load_sve:
    load_image x0, x1
    add x1, x1, #17 * 32
    load_status x1
    ret

.macro pairs instruction
    .irp n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
    pair \instruction, \n, %(\n + 1)
    .endr
.endm
.altmacro
.macro pair instruction, n, m
    \instruction q\n, q\m, [x0, #16 * \n]
.endm
    .balign 64
    .global save_fp, load_fp
save_fp:
    pairs stp
    add x0, x0, #512
    save_status x0
    ret
    .balign 64
load_fp:
    pairs ldp
    add x0, x0, #512
    load_status x0
    ret
.noaltmacro

    .section .table, "aw"
    .balign 4096
table: /* blocks of 1 GiB: AF, inner shareable, XN for the first */
    .quad 0x0060000000000701
    .quad 0x0000000040000705
    .zero 4096 - 16

    .bss
    .balign 16
stacks:
    .zero 2 << 13
