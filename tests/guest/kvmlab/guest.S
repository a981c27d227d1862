/*
 * What the vCPUs of the laboratory execute: EL1, MMU off, at GUEST_RAM. Position independent. X18 is the address of
 * GUEST_MMIO in all of it, and each store there is an exit with a value for the host.
 */
    .arch armv8.2-a+sve

.macro guest name
    .global \name
    .balign 16
\name:
.endm

/* CPACR_EL1.FPEN and ZEN; x17 is lost. */
.macro enable_vectors
    mov x17, #(3 << 20 | 3 << 16)
    msr cpacr_el1, x17
    isb
.endm

/* Z0-Z31 one after the other from \z, P0-P15 then FFR from \p, with no padding. */
#include "../sve_image.inc"

    .section .rodata.guest, "a", %progbits
    .balign 2048
    .global guest_start
guest_start:

/* X20 becomes ESR_EL1, and the instruction is skipped; other kinds of exceptions stop here. */
guest guest_vectors
    .rept 4
    .balign 128
    b .
    .endr
    .balign 128
    mrs x20, esr_el1
    mrs x19, elr_el1
    add x19, x19, #4
    msr elr_el1, x19
    eret
    .balign 2048

/*
 * X0 Z to load, X1 its P, X2 Z to store, X3 its P, X4 ZCR_EL1, X5 ticks. Loads all registers; stores 0 to +0 (an exit) or,
 * with ticks, stays in the guest for so long; stores all registers; stores RDVL to +8; again from the start.
 */
guest guest_hold
    enable_vectors
1:  msr zcr_el1, x4
    isb
    load_image x0, x1
    cbnz x5, 2f
    str xzr, [x18]
    b 4f
2:  isb
    mrs x6, cntvct_el0
    add x6, x6, x5
3:  isb
    mrs x7, cntvct_el0
    cmp x7, x6
    b.lo 3b
4:  store_image x2, x3
    rdvl x8, #1
    str x8, [x18, #8]
    b 1b

/* Stores to +0 for ever and touches no vector register. */
guest guest_exit
1:  str xzr, [x18]
    b 1b

/* X0: 512 bytes into which Q0-Q31 go, X1: 512 bytes from which they are loaded; then a store to +0. */
guest guest_v
    enable_vectors
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    str q\n, [x0, #16 * \n]
    .endr
    .irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
    ldr q\n, [x1, #16 * \n]
    .endr
1:  str xzr, [x18]
    b 1b

/* Stores to +0 the ESR_EL1 that each instruction of probe_names gave, 0 for none. X0: scratch memory, X1: guest_vectors. */
.macro probe instruction:vararg
    mov x20, #0
    \instruction
    str x20, [x18]
.endm

guest guest_probe
    enable_vectors
    msr vbar_el1, x1
    isb
    probe rdvl x2, #1
    probe ptrue p0.b
    probe ldr z0, [x0]
    probe rdffr p0.b
    probe mrs x2, zcr_el1
    probe msr zcr_el1, xzr
    probe mrs x2, s3_0_c0_c4_4 /* ID_AA64ZFR0_EL1 */
    probe fadd d0, d0, d0
    b .

/* Stores to +0 each register of op0 = 3, op1 = 0, CRn = 0, CRm = 1 to 7, op2 = 0 to 7, and ESR_EL1 of the access to +8. */
guest guest_ids
    msr vbar_el1, x1
    isb
    .irp crm, 1, 2, 3, 4, 5, 6, 7
    .irp op2, 0, 1, 2, 3, 4, 5, 6, 7
    mov x20, #0
    mov x2, #-1
    mrs x2, s3_0_c0_c\crm\()_\op2
    str x2, [x18]
    str x20, [x18, #8]
    .endr
    .endr
    b .

/*
 * X0: how often, X1: entry of the other vCPU, X2: address of its counter. CPU_ON of the vCPU with MPIDR 1, and a wait until
 * AFFINITY_INFO says OFF (1). At the end, or when one fails, stores to +0 how many CPU_ON succeeded.
 */
guest guest_psci_on
    mov x10, x0
    mov x11, x1
    mov x12, x2
    mov x13, #0
1:  mov x0, #0x0003 /* CPU_ON, SMC64 */
    movk x0, #0xc400, lsl #16
    mov x1, #1
    mov x2, x11
    mov x3, x12
    hvc #0
    cbnz x0, 3f
    add x13, x13, #1
2:  mov x0, #0x0004 /* AFFINITY_INFO, SMC64 */
    movk x0, #0xc400, lsl #16
    mov x1, #1
    mov x2, #0
    hvc #0
    cmp x0, #1
    b.ne 2b
    sub x10, x10, #1
    cbnz x10, 1b
3:  str x13, [x18]
    b .

/* X0 (the context of CPU_ON): a counter. Uses its vector registers, counts, and goes off. */
guest guest_psci_off
    mrs x1, id_aa64pfr0_el1
    enable_vectors
    fmov d0, #1.0
    tst x1, #(15 << 32)
    b.eq 1f
    mov x17, #15
    msr zcr_el1, x17
    isb
    dup z0.d, x17
    ptrue p0.b
1:  ldr x2, [x0]
    add x2, x2, #1
    str x2, [x0]
    dsb sy
    mov x0, #0x0002 /* CPU_OFF */
    movk x0, #0x8400, lsl #16
    hvc #0
    b .

    .global guest_end
guest_end:

    .section .note.GNU-stack, "", %progbits
