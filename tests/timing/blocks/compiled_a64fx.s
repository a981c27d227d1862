# Inner loops as clang 19 compiles them with -O3 -ffast-math -mcpu=a64fx.

# block: a64fx-daxpy
# setup: mov x9, #16; mov x10, #128
1:
    ld1d { z2.d }, p0/z, [x13]
    ld1d { z6.d }, p0/z, [x12]
    fmad z2.d, p0/m, z1.d, z6.d
    ld1d { z3.d }, p0/z, [x13, #1, mul vl]
    ld1d { z4.d }, p0/z, [x13, #2, mul vl]
    ld1d { z5.d }, p0/z, [x13, #3, mul vl]
    ld1d { z7.d }, p0/z, [x12, #1, mul vl]
    ld1d { z16.d }, p0/z, [x12, #2, mul vl]
    ld1d { z17.d }, p0/z, [x12, #3, mul vl]
    fmad z3.d, p0/m, z1.d, z7.d
    fmad z4.d, p0/m, z1.d, z16.d
    add x13, x13, x10
    st1d { z2.d }, p0, [x12]
    movprfx z2, z17
    fmla z2.d, p0/m, z5.d, z1.d
    st1d { z3.d }, p0, [x12, #1, mul vl]
    st1d { z4.d }, p0, [x12, #2, mul vl]
    st1d { z2.d }, p0, [x12, #3, mul vl]
    add x12, x12, x10
    subs x11, x11, x9
    b.ne 1b

# block: a64fx-dot
# setup: mov x9, #16; mov x10, #128
1:
    ld1d { z4.d }, p0/z, [x13]
    ld1d { z5.d }, p0/z, [x13, #1, mul vl]
    ld1d { z6.d }, p0/z, [x13, #2, mul vl]
    ld1d { z7.d }, p0/z, [x13, #3, mul vl]
    add x13, x13, x10
    ld1d { z16.d }, p0/z, [x12]
    fmla z0.d, p0/m, z16.d, z4.d
    ld1d { z17.d }, p0/z, [x12, #1, mul vl]
    ld1d { z18.d }, p0/z, [x12, #2, mul vl]
    ld1d { z19.d }, p0/z, [x12, #3, mul vl]
    fmla z1.d, p0/m, z17.d, z5.d
    fmla z2.d, p0/m, z18.d, z6.d
    fmla z3.d, p0/m, z19.d, z7.d
    add x12, x12, x10
    subs x11, x11, x9
    b.ne 1b

# block: a64fx-sum-long
# setup: mov x8, #16; mov x10, #128
1:
    ld1d { z4.d }, p0/z, [x12]
    ld1d { z5.d }, p0/z, [x12, #1, mul vl]
    add z0.d, z4.d, z0.d
    ld1d { z6.d }, p0/z, [x12, #2, mul vl]
    ld1d { z7.d }, p0/z, [x12, #3, mul vl]
    add z1.d, z5.d, z1.d
    add z2.d, z6.d, z2.d
    add z3.d, z7.d, z3.d
    add x12, x12, x10
    subs x11, x11, x8
    b.ne 1b

# block: a64fx-max-int
# setup: mov x8, #128; mov x11, #16
1:
    ld1w { z4.s }, p0/z, [x13]
    ld1w { z5.s }, p0/z, [x13, #1, mul vl]
    smax z0.s, p0/m, z0.s, z4.s
    ld1w { z6.s }, p0/z, [x13, #2, mul vl]
    ld1w { z7.s }, p0/z, [x13, #3, mul vl]
    smax z1.s, p0/m, z1.s, z5.s
    smax z2.s, p0/m, z2.s, z6.s
    smax z3.s, p0/m, z3.s, z7.s
    add x13, x13, x8
    subs x12, x12, x11
    b.ne 1b

# block: a64fx-add-bytes
# setup: mov x11, xzr; mov x9, #16; mov x10, #16
1:
    ld1b { z0.b }, p0/z, [x1, x11]
    ld1b { z4.b }, p0/z, [x2, x11]
    add x12, x1, x11
    add z0.b, z4.b, z0.b
    ld1b { z1.b }, p0/z, [x12, #1, mul vl]
    ld1b { z2.b }, p0/z, [x12, #2, mul vl]
    ld1b { z3.b }, p0/z, [x12, #3, mul vl]
    add x12, x2, x11
    ld1b { z5.b }, p0/z, [x12, #1, mul vl]
    ld1b { z6.b }, p0/z, [x12, #2, mul vl]
    ld1b { z7.b }, p0/z, [x12, #3, mul vl]
    add x12, x0, x11
    add z1.b, z5.b, z1.b
    add z2.b, z6.b, z2.b
    st1b { z0.b }, p0, [x0, x11]
    add z0.b, z7.b, z3.b
    add x11, x11, x10
    st1b { z1.b }, p0, [x12, #1, mul vl]
    st1b { z2.b }, p0, [x12, #2, mul vl]
    st1b { z0.b }, p0, [x12, #3, mul vl]
    cmp x9, x11
    b.ne 1b

# block: a64fx-stencil
# setup: mov x16, x0; mov x17, x1; mov x18, x2; mov x4, xzr; mov x11, xzr; mov x5, #16; mov x10, #16
1:
    add x7, x1, x11
    ld1b { z2.b }, p1/z, [x1, x11]
    ld1b { z7.b }, p1/z, [x15, x11]
    ld1b { z16.b }, p1/z, [x14, x11]
    ld1d { z6.d }, p0/z, [x7, x4, lsl #3]
    fadd z2.d, z2.d, z6.d
    splice z0.d, p2, z0.d, z6.d
    ld1d { z3.d }, p0/z, [x7, #1, mul vl]
    ld1d { z4.d }, p0/z, [x7, #2, mul vl]
    ld1d { z5.d }, p0/z, [x7, #3, mul vl]
    fadd z3.d, z3.d, z7.d
    fadd z4.d, z4.d, z16.d
    splice z6.d, p2, z6.d, z7.d
    splice z7.d, p2, z7.d, z16.d
    fadd z2.d, z0.d, z2.d
    ld1b { z0.b }, p1/z, [x13, x11]
    fadd z3.d, z6.d, z3.d
    fadd z4.d, z7.d, z4.d
    fmul z2.d, z2.d, z1.d
    fmul z3.d, z3.d, z1.d
    fmul z4.d, z4.d, z1.d
    fadd z5.d, z5.d, z0.d
    splice z16.d, p2, z16.d, z0.d
    st1b { z2.b }, p1, [x16, x11]
    st1b { z3.b }, p1, [x3, x11]
    st1b { z4.b }, p1, [x18, x11]
    fadd z5.d, z16.d, z5.d
    fmul z2.d, z5.d, z1.d
    st1b { z2.b }, p1, [x17, x11]
    add x11, x11, x5
    subs x6, x6, x10
    b.ne 1b

# block: a64fx-dot8
# setup: mov x8, xzr; mov x10, #16; mov x11, #16
1:
    add x12, x0, x8
    ld1sb { z4.s }, p0/z, [x0, x8]
    ld1sb { z16.s }, p0/z, [x1, x8]
    mla z0.s, p0/m, z16.s, z4.s
    ld1sb { z5.s }, p0/z, [x12, #1, mul vl]
    ld1sb { z6.s }, p0/z, [x12, #2, mul vl]
    ld1sb { z7.s }, p0/z, [x12, #3, mul vl]
    add x12, x1, x8
    ld1sb { z17.s }, p0/z, [x12, #1, mul vl]
    ld1sb { z18.s }, p0/z, [x12, #2, mul vl]
    ld1sb { z19.s }, p0/z, [x12, #3, mul vl]
    add x8, x8, x11
    mla z1.s, p0/m, z17.s, z5.s
    mla z2.s, p0/m, z18.s, z6.s
    mla z3.s, p0/m, z19.s, z7.s
    cmp x10, x8
    b.ne 1b

# block: a64fx-tofloat
# setup: mov x10, #16; mov x11, #128
1:
    ld1w { z0.s }, p0/z, [x14]
    ld1w { z1.s }, p0/z, [x14, #1, mul vl]
    scvtf z0.s, p0/m, z0.s
    ld1w { z2.s }, p0/z, [x14, #2, mul vl]
    ld1w { z3.s }, p0/z, [x14, #3, mul vl]
    scvtf z1.s, p0/m, z1.s
    scvtf z2.s, p0/m, z2.s
    scvtf z3.s, p0/m, z3.s
    add x14, x14, x11
    fmul z0.s, p0/m, z0.s, #0.5
    fmul z1.s, p0/m, z1.s, #0.5
    fmul z2.s, p0/m, z2.s, #0.5
    st1w { z0.s }, p0, [x13]
    movprfx z0, z3
    fmul z0.s, p0/m, z0.s, #0.5
    st1w { z1.s }, p0, [x13, #1, mul vl]
    st1w { z2.s }, p0, [x13, #2, mul vl]
    st1w { z0.s }, p0, [x13, #3, mul vl]
    add x13, x13, x11
    subs x12, x12, x10
    b.ne 1b

# block: a64fx-recip
# setup: mov x9, #16; mov x10, #128
1:
    ld1d { z1.d }, p0/z, [x13]
    ld1d { z2.d }, p0/z, [x13, #1, mul vl]
    fdivr z1.d, p0/m, z1.d, z0.d
    ld1d { z3.d }, p0/z, [x13, #2, mul vl]
    ld1d { z4.d }, p0/z, [x13, #3, mul vl]
    add x13, x13, x10
    st1d { z1.d }, p0, [x12]
    fdivr z2.d, p0/m, z2.d, z0.d
    st1d { z2.d }, p0, [x12, #1, mul vl]
    fdivr z3.d, p0/m, z3.d, z0.d
    st1d { z3.d }, p0, [x12, #2, mul vl]
    fdivr z4.d, p0/m, z4.d, z0.d
    st1d { z4.d }, p0, [x12, #3, mul vl]
    add x12, x12, x10
    subs x11, x11, x9
    b.ne 1b

# block: a64fx-clampi
# setup: mov x10, #16; mov x11, #128
1:
    ld1sh { z1.s }, p0/z, [x14, #1, mul vl]
    ld1sh { z2.s }, p0/z, [x14]
    mul z2.s, z2.s, #3
    ld1sh { z3.s }, p0/z, [x14, #3, mul vl]
    ld1sh { z4.s }, p0/z, [x14, #2, mul vl]
    ld1sh { z5.s }, p0/z, [x14, #5, mul vl]
    ld1sh { z6.s }, p0/z, [x14, #4, mul vl]
    ld1sh { z7.s }, p0/z, [x14, #7, mul vl]
    ld1sh { z16.s }, p0/z, [x14, #6, mul vl]
    mul z1.s, z1.s, #3
    mul z4.s, z4.s, #3
    mul z3.s, z3.s, #3
    mul z6.s, z6.s, #3
    mul z5.s, z5.s, #3
    mul z16.s, z16.s, #3
    mul z7.s, z7.s, #3
    add x14, x14, x11
    asr z1.s, z1.s, #2
    asr z2.s, z2.s, #2
    asr z3.s, z3.s, #2
    asr z4.s, z4.s, #2
    asr z5.s, z5.s, #2
    asr z6.s, z6.s, #2
    asr z7.s, z7.s, #2
    asr z16.s, z16.s, #2
    smax z2.s, z2.s, #0
    smax z1.s, z1.s, #0
    smax z4.s, z4.s, #0
    smax z3.s, z3.s, #0
    smax z6.s, z6.s, #0
    smax z5.s, z5.s, #0
    smax z16.s, z16.s, #0
    smax z7.s, z7.s, #0
    smin z1.s, p0/m, z1.s, z0.s
    smin z2.s, p0/m, z2.s, z0.s
    smin z3.s, p0/m, z3.s, z0.s
    smin z4.s, p0/m, z4.s, z0.s
    smin z5.s, p0/m, z5.s, z0.s
    smin z6.s, p0/m, z6.s, z0.s
    smin z7.s, p0/m, z7.s, z0.s
    smin z16.s, p0/m, z16.s, z0.s
    uzp1 z1.h, z2.h, z1.h
    uzp1 z2.h, z4.h, z3.h
    uzp1 z3.h, z6.h, z5.h
    uzp1 z4.h, z16.h, z7.h
    st1h { z1.h }, p1, [x13]
    st1h { z2.h }, p1, [x13, #1, mul vl]
    st1h { z3.h }, p1, [x13, #2, mul vl]
    st1h { z4.h }, p1, [x13, #3, mul vl]
    add x13, x13, x11
    subs x12, x12, x10
    b.ne 1b

# block: a64fx-condsum
# setup: mov x8, #16; mov x10, #128
1:
    ld1d { z4.d }, p0/z, [x13]
    ld1d { z5.d }, p0/z, [x13, #1, mul vl]
    cmpgt p1.d, p0/z, z4.d, #0
    ld1d { z6.d }, p0/z, [x13, #2, mul vl]
    ld1d { z7.d }, p0/z, [x13, #3, mul vl]
    cmpgt p2.d, p0/z, z5.d, #0
    cmpgt p3.d, p0/z, z6.d, #0
    cmpgt p4.d, p0/z, z7.d, #0
    add x13, x13, x10
    ld1d { z4.d }, p1/z, [x12]
    ld1d { z5.d }, p2/z, [x12, #1, mul vl]
    ld1d { z6.d }, p3/z, [x12, #2, mul vl]
    ld1d { z7.d }, p4/z, [x12, #3, mul vl]
    add x12, x12, x10
    add z0.d, z0.d, z4.d
    add z1.d, z1.d, z5.d
    add z2.d, z2.d, z6.d
    add z3.d, z3.d, z7.d
    subs x11, x11, x8
    b.ne 1b

# block: a64fx-fnv
# setup: mov x9, #16; mov x12, #16
1:
    ldurb w14, [x13, #-3]
    sub x11, x11, #8
    eor x8, x8, x14
    ldurb w14, [x13, #-2]
    mul x8, x8, x9
    eor x8, x8, x14
    ldurb w14, [x13, #-1]
    mul x8, x8, x9
    eor x8, x8, x14
    ldrb w14, [x13]
    mul x8, x8, x9
    eor x8, x8, x14
    ldrb w14, [x13, #1]
    mul x8, x8, x9
    eor x8, x8, x14
    ldrb w14, [x13, #2]
    mul x8, x8, x9
    eor x8, x8, x14
    ldrb w14, [x13, #3]
    mul x8, x8, x9
    eor x8, x8, x14
    ldrb w14, [x13, #4]
    add x13, x13, #8
    mul x8, x8, x9
    eor x8, x8, x14
    mul x8, x8, x9
    cmp x12, x11
    b.ne 1b

# block: a64fx-crctab
# setup: mov x13, xzr; mov x11, #16
1:
    ldurb w13, [x12, #-3]
    sub x10, x10, #8
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    ldurb w13, [x12, #-2]
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    ldurb w13, [x12, #-1]
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    ldrb w13, [x12]
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    ldrb w13, [x12, #1]
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    ldrb w13, [x12, #2]
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    ldrb w13, [x12, #3]
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    ldrb w13, [x12, #4]
    add x12, x12, #8
    eor w13, w13, w8
    and x13, x13, #0xff
    ldr w13, [x1, x13, lsl #2]
    eor w8, w13, w8, lsr #8
    cmp x11, x10
    b.ne 1b

# block: a64fx-matmul
# setup: mov x16, x0; mov x17, x1; mov x12, xzr; mov x10, #16
1:
    ld1w { z16.d }, p0/z, [x13, x12, lsl #2]
    ld1w { z17.d }, p0/z, [x16, x12, lsl #2]
    fmul z16.s, p0/m, z16.s, z4.s
    fmla z16.s, p0/m, z17.s, z5.s
    ld1w { z17.d }, p0/z, [x15, x12, lsl #2]
    fmla z16.s, p0/m, z17.s, z6.s
    ld1w { z17.d }, p0/z, [x14, x12, lsl #2]
    fmla z16.s, p0/m, z17.s, z7.s
    ld1w { z17.d }, p0/z, [x17, x12, lsl #2]
    fadd z16.s, p0/m, z16.s, z17.s
    st1w { z16.d }, p0, [x17, x12, lsl #2]
    add x12, x12, x10
    cmp x18, x12
    b.ne 1b

# block: a64fx-bswap
1:
    ldp w11, w12, [x10, #-16]
    rev w11, w11
    rev w12, w12
    stp w11, w12, [x9, #-16]
    ldp w11, w12, [x10, #-8]
    rev w11, w11
    rev w12, w12
    stp w11, w12, [x9, #-8]
    ldp w11, w12, [x10]
    rev w11, w11
    rev w12, w12
    stp w11, w12, [x9]
    ldp w11, w12, [x10, #8]
    add x10, x10, #32
    rev w11, w11
    rev w12, w12
    stp w11, w12, [x9, #8]
    add x9, x9, #32
    subs x8, x8, #8
    b.ne 1b

# block: a64fx-rgb
1:
    sub x12, x9, #96
    sub x13, x9, #48
    ld3 { v19.16b, v20.16b, v21.16b }, [x12]
    mov x12, x9
    ld3 { v22.16b, v23.16b, v24.16b }, [x13]
    add x9, x9, #192
    umull v6.8h, v20.8b, v2.8b
    umull2 v7.8h, v20.16b, v3.16b
    ld3 { v25.16b, v26.16b, v27.16b }, [x12], #48
    umull v28.8h, v23.8b, v2.8b
    umull v29.8h, v26.8b, v2.8b
    umull2 v30.8h, v23.16b, v3.16b
    umull2 v31.8h, v26.16b, v3.16b
    umull2 v10.8h, v21.16b, v4.16b
    umlal v29.8h, v25.8b, v0.8b
    umlal2 v31.8h, v25.16b, v1.16b
    ld3 { v16.16b, v17.16b, v18.16b }, [x12]
    umull v8.8h, v17.8b, v2.8b
    umull2 v9.8h, v17.16b, v3.16b
    umlal2 v7.8h, v19.16b, v1.16b
    umlal v6.8h, v19.8b, v0.8b
    umull v19.8h, v21.8b, v5.8b
    umlal v28.8h, v22.8b, v0.8b
    umull v21.8h, v24.8b, v5.8b
    umull v23.8h, v27.8b, v5.8b
    umlal2 v30.8h, v22.16b, v1.16b
    umull2 v20.8h, v24.16b, v4.16b
    umull2 v22.8h, v27.16b, v4.16b
    umull2 v24.8h, v18.16b, v4.16b
    umlal2 v9.8h, v16.16b, v1.16b
    umlal v8.8h, v16.8b, v0.8b
    umull v16.8h, v18.8b, v5.8b
    addhn v6.8b, v6.8h, v19.8h
    addhn v19.8b, v28.8h, v21.8h
    addhn2 v6.16b, v7.8h, v10.8h
    addhn v7.8b, v29.8h, v23.8h
    addhn2 v19.16b, v30.8h, v20.8h
    addhn v16.8b, v8.8h, v16.8h
    addhn2 v7.16b, v31.8h, v22.8h
    stp q6, q19, [x10, #-32]
    addhn2 v16.16b, v9.8h, v24.8h
    stp q7, q16, [x10], #64
    subs x11, x11, #64
    b.ne 1b
