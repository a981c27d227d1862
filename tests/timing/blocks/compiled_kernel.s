# Inner loops as clang 19 compiles them with -O2 -fno-vectorize -mcpu=neoverse-n1.

# block: kernel-csum
1:
    ldrh w9, [x0], #2
    subs x1, x1, #1
    add w8, w8, w9
    lsr w9, w8, #16
    add w8, w9, w8, uxth
    b.ne 1b

# block: kernel-csum64
1:
    ldr x9, [x0], #8
    adds x8, x9, x8
    cinc x8, x8, hs
    subs x1, x1, #1
    b.ne 1b

# block: kernel-memcmp
1:
    ldrb w8, [x0], #1
    ldrb w9, [x1], #1
    subs w8, w8, w9
    b.ne 1b
    subs x2, x2, #1
    b.ne 1b

# block: kernel-strcmp
1:
    ldrb w10, [x1]
    cmp w8, w10
    b.ne 1b
    ldrb w8, [x9], #1
    add x1, x1, #1
    cbnz w8, 1b

# block: kernel-jenkins
1:
    ldrb w9, [x0], #1
    subs x1, x1, #1
    add w8, w8, w9
    add w8, w8, w8, lsl #10
    eor w8, w8, w8, lsr #6
    b.ne 1b

# block: kernel-murmur
# setup: mov x9, #16; mov x10, #16; mov x11, #16; mov x12, #16
1:
    ldr x13, [x0], #8
    subs x1, x1, #1
    mul x14, x13, x9
    mul x13, x13, x10
    bfxil x13, x14, #33, #31
    mul x13, x13, x11
    eor x8, x13, x8
    ror x8, x8, #37
    add x8, x8, x8, lsl #2
    add x8, x8, x12
    b.ne 1b

# block: kernel-ffs-scan
1:
    ldr x9, [x0], #8
    subs x1, x1, #1
    orr x9, x9, #0x8000000000000000
    rbit x9, x9
    clz x9, x9
    add x8, x9, x8
    b.ne 1b

# block: kernel-bitmap-or
1:
    ldr x8, [x1], #8
    ldr x9, [x2], #8
    subs x3, x3, #1
    orr x8, x9, x8
    str x8, [x0], #8
    b.ne 1b

# block: kernel-bsearch
# setup: mov x8, xzr; mov x10, xzr; mov x1, #16
1:
    lsr x9, x1, #1
    add x10, x9, x8
    sub x1, x1, x9
    ldr x11, [x0, x10, lsl #3]
    cmp x11, x2
    csel x8, x8, x10, gt
    cmp x1, #1
    b.gt 1b

# block: kernel-insertion
# setup: mov x1, #16
1:
    ldur x10, [x9, #-8]
    cmp x10, x1
    b.le 1b
    sub x8, x8, #1
    str x10, [x9], #-8
    cmp x8, #1
    b.gt 1b

# block: kernel-reverse
# setup: mov x8, xzr; mov x9, xzr
1:
    ldr x10, [x0, x8, lsl #3]
    ldr x11, [x0, x9, lsl #3]
    str x11, [x0, x8, lsl #3]
    str x10, [x0, x9, lsl #3]
    add x8, x8, #1
    sub x9, x9, #1
    cmp x8, x9
    b.lt 1b

# block: kernel-crcbit
# setup: mov x8, #16
1:
    sbfx w9, w0, #0, #1
    subs x2, x2, #1
    and w9, w9, w8
    eor w0, w9, w0, lsr #1
    b.ne 1b

# block: kernel-xor8
# setup: mov x2, #16
1:
    ldr x8, [x1], #8
    subs x3, x3, #1
    eor x8, x8, x2
    str x8, [x0], #8
    b.ne 1b

# block: kernel-count-set
# setup: mov x1, #16
1:
    ldr w9, [x0], #4
    bics wzr, w1, w9
    cinc x8, x8, eq
    subs x2, x2, #1
    b.ne 1b

# block: kernel-atoi
# setup: mov x10, #16
1:
    mul x11, x0, x10
    add x9, x11, w9, uxtw
    sub x0, x9, #48
    ldrb w9, [x8], #1
    sub w11, w9, #48
    cmp w11, #10
    b.lo 1b

# block: kernel-hex
1:
    ldrb w9, [x1], #1
    lsr w10, w9, #4
    cmp w9, #160
    and w11, w9, #0xf
    orr w12, w10, #0x30
    add w10, w10, #87
    csel w10, w12, w10, lo
    cmp w11, #10
    sturb w10, [x8, #-1]
    mov w10, #48
    bfxil w10, w9, #0, #4
    add w9, w11, #87
    csel w9, w10, w9, lo
    subs x2, x2, #1
    strb w9, [x8], #2
    b.ne 1b

# block: kernel-listlen
# setup: mov x8, #16
1:
    ldr x9, [x9]
    add x0, x0, #1
    cmp x9, x8
    b.ne 1b

# block: kernel-find
# setup: mov x8, xzr; mov x1, #16
1:
    ldr x8, [x0, #16]
    cmp x8, x1
    b.eq 1b
    cset w8, le
    ldr x0, [x0, w8, uxtw #3]
    cbnz x0, 1b

# block: kernel-pte
# setup: mov x2, #16; mov x8, #16
1:
    ldr x9, [x1], #8
    subs x4, x4, #1
    and x10, x9, x8
    sbfx x9, x9, #0, #1
    orr x10, x10, x2
    and x9, x9, x10
    str x9, [x0], #8
    b.ne 1b

# block: kernel-siphash
1:
    add x8, x0, x1
    add x10, x3, x2
    subs x4, x4, #1
    eor x9, x8, x1, ror #51
    ror x8, x8, #32
    eor x11, x10, x3, ror #48
    add x0, x8, x11
    add x8, x9, x10
    eor x3, x0, x11, ror #43
    eor x1, x8, x9, ror #47
    ror x2, x8, #32
    b.ne 1b

# block: kernel-chacha
1:
    add w8, w0, w1
    subs x4, x4, #1
    eor w9, w8, w3
    ror w9, w9, #16
    add w10, w9, w2
    eor w11, w10, w1
    ror w11, w11, #20
    add w0, w11, w8
    eor w8, w0, w9
    ror w3, w8, #24
    add w2, w3, w10
    eor w8, w2, w11
    ror w1, w8, #25
    b.ne 1b

# block: kernel-sha1
# setup: mov x8, #16
1:
    and w11, w2, w3
    bic w12, w4, w2
    ror w10, w1, #27
    mov w9, w1
    subs x6, x6, #1
    orr w11, w11, w12
    ldr w12, [x0], #4
    add w10, w5, w10
    mov w5, w4
    mov w4, w3
    add w10, w10, w11
    mov w11, w3
    add w10, w10, w8
    add w1, w10, w12
    ror w10, w2, #2
    mov w2, w9
    mov w3, w10
    b.ne 1b

# block: kernel-pow-mod
# setup: mov x2, #16
1:
    mul x9, x0, x8
    tst w1, #0x1
    mul x8, x8, x8
    udiv x10, x9, x2
    msub x9, x10, x2, x9
    csel x0, x0, x9, eq
    udiv x9, x8, x2
    cmp x1, #1
    lsr x1, x1, #1
    msub x8, x9, x2, x8
    b.hi 1b

# block: kernel-isqrt
1:
    add x10, x9, x0
    cmp x8, x10
    csel x11, xzr, x9, lo
    csel x10, xzr, x10, lo
    cmp x9, #3
    lsr x9, x9, #2
    add x0, x11, x0, lsr #1
    sub x8, x8, x10
    b.hi 1b

# block: kernel-gray
# setup: mov x9, xzr; mov x1, #16
1:
    ldr x10, [x0, x9, lsl #3]
    eor x10, x10, x10, lsr #1
    mul x10, x10, x9
    add x9, x9, #1
    cmp x1, x9
    eor x8, x10, x8
    b.ne 1b

# block: kernel-fill
1:
    str x1, [x0], #8
    add x1, x1, #3
    subs x2, x2, #1
    b.ne 1b

# block: kernel-sum2d
# setup: mov x9, #128
1:
    ldp w10, w11, [x8, #-4]
    subs x2, x2, #1
    add x8, x8, x9
    add w10, w11, w10
    add x0, x0, x10
    b.ne 1b

# block: kernel-lcs
1:
    ldr x10, [x1], #8
    ldr x9, [x0], #8
    cmp x10, x8
    csel x8, x10, x8, gt
    cmp x9, x10
    csel x8, x9, x8, gt
    subs x3, x3, #1
    str x8, [x2], #8
    b.ne 1b

# block: kernel-lfsr
1:
    lsr w8, w0, #3
    subs x1, x1, #1
    eor w8, w8, w0, lsr #2
    eor w8, w8, w0, lsr #5
    eor w8, w8, w0
    ubfiz w8, w8, #15, #1
    orr w0, w8, w0, lsr #1
    b.ne 1b

# block: kernel-delta
1:
    ldr w9, [x1], #4
    subs x2, x2, #1
    sub w8, w9, w8
    str w8, [x0], #4
    mov w8, w9
    b.ne 1b

# block: kernel-varint
1:
    ldrb w10, [x0], #1
    and x11, x10, #0x7f
    lsl x11, x11, x9
    add x9, x9, #7
    orr x8, x11, x8
    tbnz w10, #7, 1b

# block: kernel-blend
# setup: mov x3, #16; mov x8, #16
1:
    ldrb w9, [x1], #1
    ldrb w10, [x2], #1
    subs x4, x4, #1
    mul w9, w9, w3
    madd w9, w8, w10, w9
    lsr w9, w9, #8
    strb w9, [x0], #1
    b.ne 1b

# block: kernel-lerp
1:
    ldr s1, [x1], #4
    ldr s2, [x2], #4
    subs x3, x3, #1
    fsub s2, s2, s1
    fmadd s1, s0, s2, s1
    str s1, [x0], #4
    b.ne 1b

# block: kernel-quantise
1:
    ldr s1, [x1], #4
    subs x2, x2, #1
    fmul s1, s1, s0
    fcvtzs w8, s1
    str w8, [x0], #4
    b.ne 1b

# block: kernel-variance
1:
    ldr d2, [x0], #16
    subs x1, x1, #1
    fsub d2, d2, d0
    fmadd d1, d2, d2, d1
    b.ne 1b
