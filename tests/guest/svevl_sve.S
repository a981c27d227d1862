/* The SVE parts of svevl, in assembly so that nothing touches the registers between loading and storing them. */
    .arch armv8.2-a+sve

/* Callee-saved registers of the base procedure call standard: the low halves of V8 to V15. */
.macro save_vectors
    stp d8, d9, [sp, #-64]!
    stp d10, d11, [sp, #16]
    stp d12, d13, [sp, #32]
    stp d14, d15, [sp, #48]
.endm

.macro restore_vectors
    ldp d10, d11, [sp, #16]
    ldp d12, d13, [sp, #32]
    ldp d14, d15, [sp, #48]
    ldp d8, d9, [sp], #64
.endm

/* Z0-Z31 one after the other from \z, P0-P15 then FFR from \p, with no padding: struct image of svevl.c. */
#include "sve_image.inc"

.macro function name
    .global \name
    .type \name, %function
    .balign 16
\name:
.endm

.macro end_function name
    .size \name, . - \name
.endm

    .text

/* uint64_t sve_rdvl(void) */
function sve_rdvl
    rdvl x0, #1
    ret
end_function sve_rdvl

/* void sve_axpy_s32(int32_t *y, const int32_t *x, int32_t a, uint64_t n) */
function sve_axpy_s32
    mov x4, xzr
    mov z2.s, w2
    whilelt p0.s, x4, x3
    b.none 2f
1:  ld1w {z0.s}, p0/z, [x1, x4, lsl #2]
    ld1w {z1.s}, p0/z, [x0, x4, lsl #2]
    mla z1.s, p0/m, z0.s, z2.s
    st1w {z1.s}, p0, [x0, x4, lsl #2]
    incw x4
    whilelt p0.s, x4, x3
    b.first 1b
2:  ret
end_function sve_axpy_s32

/* void sve_axpy_f64(double *y, const double *x, double a, uint64_t n) */
function sve_axpy_f64
    mov x4, xzr
    mov z2.d, d0
    whilelt p0.d, x4, x2
    b.none 2f
1:  ld1d {z0.d}, p0/z, [x1, x4, lsl #3]
    ld1d {z1.d}, p0/z, [x0, x4, lsl #3]
    fmla z1.d, p0/m, z0.d, z2.d
    st1d {z1.d}, p0, [x0, x4, lsl #3]
    incd x4
    whilelt p0.d, x4, x2
    b.first 1b
2:  ret
end_function sve_axpy_f64

/* uint64_t sve_sum_u8(const uint8_t *x, uint64_t n) */
function sve_sum_u8
    mov x4, xzr
    mov x5, xzr
    whilelo p0.b, x4, x1
    b.none 2f
1:  ld1b {z0.b}, p0/z, [x0, x4]
    uaddv d1, p0, z0.b
    fmov x6, d1
    add x5, x5, x6
    incb x4
    whilelo p0.b, x4, x1
    b.first 1b
2:  mov x0, x5
    ret
end_function sve_sum_u8

/* void sve_load(const void *z, const void *p) */
function sve_load
    save_vectors
    load_image x0, x1
    restore_vectors
    ret
end_function sve_load

/* long sve_hold_syscall(const void *z, const void *p, void *z_out, void *p_out, long number) */
function sve_hold_syscall
    save_vectors
    load_image x0, x1
    mov x8, x4
    svc #0
    store_image x2, x3
    restore_vectors
    ret
end_function sve_hold_syscall

/* void sve_hold_trap(const void *z, const void *p, void *z_out, void *p_out): the SIGTRAP handler steps over BRK */
function sve_hold_trap
    save_vectors
    load_image x0, x1
    brk #0x5e
    store_image x2, x3
    restore_vectors
    ret
end_function sve_hold_trap

/*
 * int sve_hold_switch(const void *z, const void *p, void *z_out, void *p_out, const uint64_t *turns, uint64_t ticks)
 * Stays in user space until *turns changes, or for `ticks` of the virtual counter, then returns 0.
 */
function sve_hold_switch
    save_vectors
    ldr x6, [x4]
    load_image x0, x1
    isb
    mrs x7, cntvct_el0
    add x7, x7, x5
    mov w0, #1
1:  ldr x8, [x4]
    cmp x8, x6
    b.ne 2f
    isb
    mrs x9, cntvct_el0
    cmp x9, x7
    b.lo 1b
    mov w0, #0
2:  store_image x2, x3
    restore_vectors
    ret
end_function sve_hold_switch

    .section .note.GNU-stack, "", %progbits
