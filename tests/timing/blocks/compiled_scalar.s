# Inner loops as clang 19 compiles them with -O2 -fno-vectorize -mcpu=neoverse-n2.

# block: scalar-daxpy
1:
    ldr d2, [x0]
    ldr d1, [x1], #8
    subs x2, x2, #1
    fmadd d1, d0, d1, d2
    str d1, [x0], #8
    b.ne 1b

# block: scalar-dot
1:
    ldr d1, [x0], #8
    ldr d2, [x1], #8
    fmadd d0, d1, d2, d0
    subs x2, x2, #1
    b.ne 1b

# block: scalar-sum-long
1:
    ldr x9, [x0], #8
    subs x1, x1, #1
    add x8, x9, x8
    b.ne 1b

# block: scalar-max-int
1:
    ldr w9, [x8], #4
    cmp w9, w0
    csel w0, w9, w0, gt
    subs x1, x1, #1
    b.ne 1b

# block: scalar-add-bytes
1:
    ldrb w8, [x1], #1
    ldrb w9, [x2], #1
    subs x3, x3, #1
    add w8, w9, w8
    strb w8, [x0], #1
    b.ne 1b

# block: scalar-stencil
1:
    ldur d2, [x9, #-16]
    subs x8, x8, #1
    fadd d2, d2, d0
    ldr d0, [x9], #8
    fadd d2, d2, d0
    fmul d2, d2, d1
    str d2, [x10], #8
    b.ne 1b

# block: scalar-complexmul
1:
    ldp s0, s1, [x8, #-4]
    ldr d3, [x2], #8
    subs x3, x3, #1
    add x8, x8, #8
    fneg s2, s1
    mov v1.s[1], v2.s[0]
    fmul v1.2s, v3.2s, v1.2s
    rev64 v1.2s, v1.2s
    fmla v1.2s, v3.2s, v0.s[0]
    str d1, [x0], #8
    b.ne 1b

# block: scalar-dot8
1:
    ldrsb w9, [x0], #1
    ldrsb w10, [x1], #1
    subs x2, x2, #1
    madd w8, w10, w9, w8
    b.ne 1b

# block: scalar-tofloat
1:
    ldr s1, [x1], #4
    subs x2, x2, #1
    scvtf s1, s1
    fmul s1, s1, s0
    str s1, [x0], #4
    b.ne 1b

# block: scalar-recip
1:
    ldr d1, [x1], #8
    subs x2, x2, #1
    fdiv d1, d0, d1
    str d1, [x0], #8
    b.ne 1b

# block: scalar-clampi
# setup: mov x8, #16
1:
    ldrsh w9, [x1], #2
    add w9, w9, w9, lsl #1
    asr w10, w9, #2
    bic w9, w10, w9, asr #31
    cmp w9, #255
    csel w9, w9, w8, lt
    subs x2, x2, #1
    strh w9, [x0], #2
    b.ne 1b

# block: scalar-fnv
# setup: mov x9, #16
1:
    ldrb w10, [x8], #1
    subs x1, x1, #1
    eor x10, x0, x10
    mul x0, x10, x9
    b.ne 1b

# block: scalar-adler
1:
    ldrb w10, [x0], #1
    subs x1, x1, #1
    add w9, w9, w10
    add w8, w9, w8
    b.ne 1b

# block: scalar-gcd
1:
    udiv x9, x0, x1
    mov x8, x1
    msub x1, x9, x1, x0
    mov x0, x8
    cbnz x1, 1b

# block: scalar-fib
1:
    add x10, x9, x8
    subs x0, x0, #1
    mov x1, x8
    mov x9, x8
    mov x8, x10
    b.ne 1b

# block: scalar-list
1:
    ldp x0, x9, [x0]
    add x8, x9, x8
    cbnz x0, 1b

# block: scalar-crctab
# setup: mov x9, xzr
1:
    ldrb w9, [x8], #1
    subs x2, x2, #1
    eor w9, w9, w0
    and x9, x9, #0xff
    ldr w9, [x1, x9, lsl #2]
    eor w0, w9, w0, lsr #8
    b.ne 1b

# block: scalar-length
# setup: mov x8, xzr
1:
    ldrb w9, [x0, x8]
    add x8, x8, #1
    cbnz w9, 1b

# block: scalar-prefix
1:
    ldr x9, [x1], #8
    subs x2, x2, #1
    add x8, x9, x8
    str x8, [x0], #8
    b.ne 1b

# block: scalar-matmul
# setup: mov x2, xzr; mov x8, xzr; mov x9, xzr
1:
    ldr s5, [x1, x2, lsl #2]
    ldr s4, [x1]
    subs x10, x10, #1
    fmul s5, s5, s1
    fmadd s4, s0, s4, s5
    ldr s5, [x1, x8]
    fmadd s4, s2, s5, s4
    ldr s5, [x1, x9]
    add x1, x1, #4
    fmadd s4, s3, s5, s4
    ldr s5, [x0]
    fadd s4, s5, s4
    str s4, [x0], #4
    b.ne 1b

# block: scalar-horner
1:
    ldr d2, [x0], #8
    subs x1, x1, #1
    fmadd d0, d0, d1, d2
    b.ne 1b

# block: scalar-mandel
# setup: mov x8, #16
1:
    fmul d5, d3, d3
    fmadd d6, d4, d4, d5
    fcmp d6, d2
    b.pl 1b
    fnmsub d5, d4, d4, d5
    fadd d4, d4, d4
    add w0, w0, #1
    cmp w8, w0
    fmadd d3, d4, d3, d1
    fadd d5, d5, d0
    fmov d4, d5
    b.ne 1b

# block: scalar-rng
# setup: mov x10, #16
1:
    eor x9, x9, x9, lsl #13
    subs x1, x1, #1
    eor x9, x9, x9, lsr #7
    eor x9, x9, x9, lsl #17
    madd x8, x9, x10, x8
    b.ne 1b

# block: scalar-bswap
1:
    ldr w8, [x1], #4
    subs x2, x2, #1
    rev w8, w8
    str w8, [x0], #4
    b.ne 1b

# block: scalar-popc
1:
    ldr d0, [x0], #8
    subs x1, x1, #1
    cnt v0.8b, v0.8b
    uaddlv h0, v0.8b
    fmov w9, s0
    add x8, x9, x8
    b.ne 1b

# block: scalar-rgb
# setup: mov x9, #16; mov x10, #16
1:
    ldurb w11, [x8, #-2]
    ldurb w12, [x8, #-1]
    subs x2, x2, #1
    mul w11, w11, w9
    madd w11, w12, w10, w11
    ldrb w12, [x8], #3
    sub w13, w12, w12, lsl #3
    sub w12, w12, w13, lsl #2
    add w11, w11, w12
    lsr w11, w11, #8
    strb w11, [x0], #1
    b.ne 1b

# block: scalar-collatz
1:
    add x9, x0, x0, lsl #1
    lsr x10, x0, #1
    tst x0, #0x1
    add x8, x8, #1
    csinc x0, x10, x9, eq
    cmp x0, #1
    b.ne 1b
