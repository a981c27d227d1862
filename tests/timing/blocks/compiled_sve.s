# Inner loops as clang 19 compiles them with -O3 -ffast-math -mcpu=neoverse-v1.

# block: sve-daxpy
# setup: mov x9, #16; mov x10, #128
1:
    ld1d { z2.d }, p0/z, [x13]
    ld1d { z3.d }, p0/z, [x13, #1, mul vl]
    add x13, x13, x10
    subs x11, x11, x9
    ld1d { z4.d }, p0/z, [x12]
    fmad z2.d, p0/m, z1.d, z4.d
    ld1d { z5.d }, p0/z, [x12, #1, mul vl]
    fmad z3.d, p0/m, z1.d, z5.d
    st1d { z2.d }, p0, [x12]
    st1d { z3.d }, p0, [x12, #1, mul vl]
    add x12, x12, x10
    b.ne 1b

# block: sve-dot
# setup: mov x9, #16; mov x10, #128
1:
    ld1d { z2.d }, p0/z, [x13]
    ld1d { z3.d }, p0/z, [x13, #1, mul vl]
    add x13, x13, x10
    subs x11, x11, x9
    ld1d { z4.d }, p0/z, [x12]
    fmla z0.d, p0/m, z4.d, z2.d
    ld1d { z5.d }, p0/z, [x12, #1, mul vl]
    fmla z1.d, p0/m, z5.d, z3.d
    add x12, x12, x10
    b.ne 1b

# block: sve-sum-long
# setup: mov x8, #16; mov x10, #128
1:
    ld1d { z2.d }, p0/z, [x12]
    ld1d { z3.d }, p0/z, [x12, #1, mul vl]
    add x12, x12, x10
    subs x11, x11, x8
    add z0.d, z2.d, z0.d
    add z1.d, z3.d, z1.d
    b.ne 1b

# block: sve-max-int
# setup: mov x8, #128; mov x10, #16
1:
    ld1w { z2.s }, p0/z, [x12]
    ld1w { z3.s }, p0/z, [x12, #1, mul vl]
    add x12, x12, x8
    subs x11, x11, x10
    smax z0.s, p0/m, z0.s, z2.s
    smax z1.s, p0/m, z1.s, z3.s
    b.ne 1b

# block: sve-add-bytes
# setup: mov x11, xzr; mov x9, #16; mov x10, #16
1:
    add x12, x1, x11
    ld1b { z0.b }, p0/z, [x1, x11]
    ld1b { z2.b }, p0/z, [x2, x11]
    add z0.b, z2.b, z0.b
    ld1b { z1.b }, p0/z, [x12, #1, mul vl]
    add x12, x2, x11
    ld1b { z3.b }, p0/z, [x12, #1, mul vl]
    add x12, x0, x11
    add z1.b, z3.b, z1.b
    st1b { z0.b }, p0, [x0, x11]
    add x11, x11, x10
    cmp x9, x11
    st1b { z1.b }, p0, [x12, #1, mul vl]
    b.ne 1b

# block: sve-stencil
# setup: mov x17, x0; mov x18, x1; mov x14, xzr; mov x11, #16; mov x15, #128
1:
    ld1d { z4.d }, p0/z, [x17, x14, lsl #3]
    ld1d { z2.d }, p0/z, [x17]
    add x18, x17, #16
    subs x16, x16, x11
    splice z0.d, p1, z0.d, z4.d
    fadd z2.d, z2.d, z4.d
    ld1d { z3.d }, p0/z, [x17, #1, mul vl]
    add x17, x17, x15
    fadd z2.d, z0.d, z2.d
    ld1d { z0.d }, p0/z, [x18, #1, mul vl]
    fmul z2.d, z2.d, z1.d
    st1d { z2.d }, p0, [x13]
    splice z4.d, p1, z4.d, z0.d
    fadd z3.d, z3.d, z0.d
    fadd z3.d, z4.d, z3.d
    fmul z3.d, z3.d, z1.d
    st1d { z3.d }, p0, [x13, #1, mul vl]
    add x13, x13, x15
    b.ne 1b

# block: sve-complexmul
# setup: mov x10, xzr; mov x9, #16; mov x11, #16
1:
    add x13, x1, x10
    ld1b { z1.b }, p0/z, [x1, x10]
    ld1b { z3.b }, p0/z, [x2, x10]
    mov z5.d, z0.d
    mov z6.d, z0.d
    subs x12, x12, x9
    fcmla z5.s, p1/m, z1.s, z3.s, #0
    ld1w { z2.s }, p1/z, [x13, #1, mul vl]
    add x13, x2, x10
    ld1w { z4.s }, p1/z, [x13, #1, mul vl]
    add x13, x0, x10
    fcmla z6.s, p1/m, z2.s, z4.s, #0
    fcmla z5.s, p1/m, z1.s, z3.s, #90
    fcmla z6.s, p1/m, z2.s, z4.s, #90
    st1b { z5.b }, p0, [x0, x10]
    add x10, x10, x11
    st1w { z6.s }, p1, [x13, #1, mul vl]
    b.ne 1b

# block: sve-dot8
# setup: mov x10, xzr; mov x8, #16; mov x9, #16
1:
    add x11, x0, x10
    ld1sb { z2.s }, p0/z, [x0, x10]
    ld1sb { z4.s }, p0/z, [x1, x10]
    mla z0.s, p0/m, z4.s, z2.s
    ld1sb { z3.s }, p0/z, [x11, #1, mul vl]
    add x11, x1, x10
    ld1sb { z5.s }, p0/z, [x11, #1, mul vl]
    add x10, x10, x8
    cmp x9, x10
    mla z1.s, p0/m, z5.s, z3.s
    b.ne 1b

# block: sve-tofloat
# setup: mov x9, #16; mov x10, #128
1:
    ld1w { z0.s }, p0/z, [x13]
    ld1w { z1.s }, p0/z, [x13, #1, mul vl]
    add x13, x13, x10
    subs x11, x11, x9
    scvtf z0.s, p0/m, z0.s
    scvtf z1.s, p0/m, z1.s
    fmul z0.s, p0/m, z0.s, #0.5
    fmul z1.s, p0/m, z1.s, #0.5
    st1w { z0.s }, p0, [x12]
    st1w { z1.s }, p0, [x12, #1, mul vl]
    add x12, x12, x10
    b.ne 1b

# block: sve-recip
# setup: mov x9, #16; mov x10, #128
1:
    ld1d { z1.d }, p0/z, [x13]
    ld1d { z2.d }, p0/z, [x13, #1, mul vl]
    add x13, x13, x10
    subs x11, x11, x9
    fdivr z1.d, p0/m, z1.d, z0.d
    st1d { z1.d }, p0, [x12]
    fdivr z2.d, p0/m, z2.d, z0.d
    st1d { z2.d }, p0, [x12, #1, mul vl]
    add x12, x12, x10
    b.ne 1b

# block: sve-clampi
# setup: mov x10, #16; mov x11, #128
1:
    ld1sh { z1.s }, p0/z, [x14, #1, mul vl]
    ld1sh { z2.s }, p0/z, [x14]
    subs x12, x12, x10
    mul z2.s, z2.s, #3
    ld1sh { z3.s }, p0/z, [x14, #3, mul vl]
    ld1sh { z4.s }, p0/z, [x14, #2, mul vl]
    mul z1.s, z1.s, #3
    mul z4.s, z4.s, #3
    mul z3.s, z3.s, #3
    add x14, x14, x11
    asr z1.s, z1.s, #2
    asr z2.s, z2.s, #2
    asr z3.s, z3.s, #2
    asr z4.s, z4.s, #2
    smax z2.s, z2.s, #0
    smax z1.s, z1.s, #0
    smax z4.s, z4.s, #0
    smax z3.s, z3.s, #0
    smin z1.s, p0/m, z1.s, z0.s
    smin z2.s, p0/m, z2.s, z0.s
    smin z3.s, p0/m, z3.s, z0.s
    smin z4.s, p0/m, z4.s, z0.s
    uzp1 z1.h, z2.h, z1.h
    uzp1 z2.h, z4.h, z3.h
    st1h { z1.h }, p1, [x13]
    st1h { z2.h }, p1, [x13, #1, mul vl]
    add x13, x13, x11
    b.ne 1b

# block: sve-condsum
# setup: mov x8, #16; mov x10, #128
1:
    ld1d { z2.d }, p0/z, [x13]
    ld1d { z3.d }, p0/z, [x13, #1, mul vl]
    add x13, x13, x10
    cmpgt p1.d, p0/z, z2.d, #0
    cmpgt p2.d, p0/z, z3.d, #0
    subs x11, x11, x8
    ld1d { z2.d }, p1/z, [x12]
    ld1d { z3.d }, p2/z, [x12, #1, mul vl]
    add x12, x12, x10
    add z0.d, z0.d, z2.d
    add z1.d, z1.d, z3.d
    b.ne 1b

# block: sve-fnv
# setup: mov x9, #16; mov x11, #16
1:
    ldurb w13, [x12, #-1]
    ldrb w14, [x12], #2
    add x10, x10, #2
    cmp x11, x10
    eor x13, x0, x13
    mul x13, x13, x9
    eor x13, x13, x14
    mul x0, x13, x9
    b.ne 1b

# block: sve-crctab
# setup: mov x12, xzr; mov x10, #16
1:
    ldurb w12, [x11, #-1]
    add x9, x9, #2
    cmp x10, x9
    eor w12, w12, w8
    and x12, x12, #0xff
    ldr w12, [x1, x12, lsl #2]
    eor w8, w12, w8, lsr #8
    ldrb w12, [x11], #2
    eor w12, w12, w8
    and x12, x12, #0xff
    ldr w12, [x1, x12, lsl #2]
    eor w8, w12, w8, lsr #8
    b.ne 1b

# block: sve-matmul
# setup: mov x8, xzr; mov x9, #16; mov x10, #16
1:
    ld1w { z4.s }, p1/z, [x1, x8, lsl #2]
    ld1w { z6.s }, p1/z, [x0, x8, lsl #2]
    fmad z4.s, p0/m, z0.s, z6.s
    ld1w { z5.s }, p1/z, [x13, x8, lsl #2]
    fmla z4.s, p0/m, z5.s, z1.s
    ld1w { z5.s }, p1/z, [x12, x8, lsl #2]
    fmla z4.s, p0/m, z5.s, z2.s
    ld1w { z5.s }, p1/z, [x11, x8, lsl #2]
    fmla z4.s, p0/m, z5.s, z3.s
    st1w { z4.s }, p1, [x0, x8, lsl #2]
    whilelo p1.s, x8, x10
    add x8, x8, x9
    b.mi 1b

# block: sve-mandel
# setup: mov x8, #16
1:
    fmul d5, d4, d4
    fmul d6, d3, d3
    fadd d7, d5, d6
    fcmp d7, d2
    b.ge 1b
    fsub d6, d0, d6
    fadd d4, d4, d4
    add w0, w0, #1
    cmp w8, w0
    fadd d5, d6, d5
    fmadd d3, d3, d4, d1
    fmov d4, d5
    b.ne 1b

# block: sve-bswap
1:
    ldp w11, w12, [x10, #-4]
    rev w12, w12
    subs x8, x8, #2
    add x10, x10, #8
    rev w11, w11
    stp w11, w12, [x9, #-4]
    add x9, x9, #8
    b.ne 1b

# block: sve-rgb
1:
    mov x12, x11
    add x11, x11, #96
    subs x10, x10, #32
    ld3 { v16.16b, v17.16b, v18.16b }, [x12], #48
    umull v6.8h, v17.8b, v2.8b
    umull2 v7.8h, v17.16b, v3.16b
    umull2 v24.8h, v18.16b, v4.16b
    umlal v6.8h, v16.8b, v0.8b
    umlal2 v7.8h, v16.16b, v1.16b
    ld3 { v19.16b, v20.16b, v21.16b }, [x12]
    umull v22.8h, v20.8b, v2.8b
    umull2 v23.8h, v20.16b, v3.16b
    umull v16.8h, v18.8b, v5.8b
    umull v18.8h, v21.8b, v5.8b
    umull2 v17.8h, v21.16b, v4.16b
    umlal v22.8h, v19.8b, v0.8b
    umlal2 v23.8h, v19.16b, v1.16b
    addhn v6.8b, v6.8h, v16.8h
    addhn2 v6.16b, v7.8h, v24.8h
    addhn v7.8b, v22.8h, v18.8h
    addhn2 v7.16b, v23.8h, v17.8h
    stp q6, q7, [x9, #-16]
    add x9, x9, #32
    b.ne 1b
