# Inner loops as clang 19 compiles them with -O3 -ffast-math -mcpu=neoverse-n2+nosve.

# block: simd-daxpy
1:
    ldp q1, q2, [x9, #-16]
    ldp q3, q4, [x10, #-16]
    add x9, x9, #32
    subs x11, x11, #4
    fmla v4.2d, v2.2d, v0.d[0]
    fmla v3.2d, v1.2d, v0.d[0]
    stp q3, q4, [x10, #-16]
    add x10, x10, #32
    b.ne 1b

# block: simd-dot
1:
    ldp q2, q3, [x9, #-16]
    ldp q4, q5, [x10, #-16]
    add x9, x9, #32
    add x10, x10, #32
    subs x11, x11, #4
    fmla v1.2d, v5.2d, v3.2d
    fmla v0.2d, v4.2d, v2.2d
    b.ne 1b

# block: simd-max-int
1:
    ldp q2, q3, [x8, #-16]
    add x8, x8, #32
    subs x10, x10, #8
    smax v1.4s, v3.4s, v1.4s
    smax v0.4s, v2.4s, v0.4s
    b.ne 1b

# block: simd-add-bytes
1:
    ldp q0, q1, [x9, #-16]
    ldp q2, q3, [x10, #-16]
    add x9, x9, #32
    add x10, x10, #32
    subs x12, x12, #32
    add v1.16b, v3.16b, v1.16b
    add v0.16b, v2.16b, v0.16b
    stp q0, q1, [x11, #-16]
    add x11, x11, #32
    b.ne 1b

# block: simd-stencil
1:
    ldp q2, q3, [x11, #-16]
    subs x13, x13, #4
    ext v4.16b, v0.16b, v3.16b, #8
    ldr q0, [x11, #16]
    add x11, x11, #32
    fadd v2.2d, v2.2d, v3.2d
    fadd v2.2d, v4.2d, v2.2d
    ext v5.16b, v3.16b, v0.16b, #8
    fadd v3.2d, v3.2d, v0.2d
    fmul v2.2d, v2.2d, v1.2d
    fadd v3.2d, v5.2d, v3.2d
    fmul v3.2d, v3.2d, v1.2d
    stp q2, q3, [x12, #-16]
    add x12, x12, #32
    b.ne 1b

# block: simd-complexmul
1:
    ldp s0, s1, [x10, #-4]
    ldr d2, [x11], #8
    subs x9, x9, #1
    add x10, x10, #8
    fmul v1.2s, v2.2s, v1.s[0]
    fmul v0.2s, v2.2s, v0.s[0]
    rev64 v1.2s, v1.2s
    fsub v2.2s, v0.2s, v1.2s
    fadd v0.2s, v0.2s, v1.2s
    mov v2.s[1], v0.s[1]
    str d2, [x8], #8
    b.ne 1b

# block: simd-dot8
1:
    ldp q16, q17, [x8, #-16]
    ldp q18, q19, [x10, #-16]
    add x8, x8, #32
    add x10, x10, #32
    subs x11, x11, #32
    smull v20.8h, v18.8b, v16.8b
    smull2 v16.8h, v18.16b, v16.16b
    smull v18.8h, v19.8b, v17.8b
    smull2 v17.8h, v19.16b, v17.16b
    saddw2 v3.4s, v3.4s, v16.8h
    saddw v1.4s, v1.4s, v16.4h
    saddw2 v2.4s, v2.4s, v20.8h
    saddw v0.4s, v0.4s, v20.4h
    saddw2 v7.4s, v7.4s, v17.8h
    saddw v5.4s, v5.4s, v17.4h
    saddw2 v6.4s, v6.4s, v18.8h
    saddw v4.4s, v4.4s, v18.4h
    b.ne 1b

# block: simd-tofloat
1:
    ldp q1, q2, [x9, #-16]
    add x9, x9, #32
    subs x11, x11, #8
    scvtf v2.4s, v2.4s
    scvtf v1.4s, v1.4s
    fmul v2.4s, v2.4s, v0.4s
    fmul v1.4s, v1.4s, v0.4s
    stp q1, q2, [x10, #-16]
    add x10, x10, #32
    b.ne 1b

# block: simd-recip
1:
    ldp q1, q2, [x9, #-16]
    add x9, x9, #32
    subs x11, x11, #4
    fdiv v2.2d, v0.2d, v2.2d
    fdiv v1.2d, v0.2d, v1.2d
    stp q1, q2, [x10, #-16]
    add x10, x10, #32
    b.ne 1b

# block: simd-clampi
1:
    ldp q4, q5, [x9, #-16]
    add x9, x9, #32
    subs x11, x11, #16
    smull v7.4s, v5.4h, v0.4h
    smull2 v5.4s, v5.8h, v1.8h
    smull v6.4s, v4.4h, v0.4h
    smull2 v4.4s, v4.8h, v1.8h
    sshr v5.4s, v5.4s, #2
    sshr v7.4s, v7.4s, #2
    sshr v4.4s, v4.4s, #2
    sshr v6.4s, v6.4s, #2
    smax v7.4s, v7.4s, v2.4s
    smax v5.4s, v5.4s, v2.4s
    smax v6.4s, v6.4s, v2.4s
    smax v4.4s, v4.4s, v2.4s
    smin v5.4s, v5.4s, v3.4s
    smin v7.4s, v7.4s, v3.4s
    smin v4.4s, v4.4s, v3.4s
    smin v6.4s, v6.4s, v3.4s
    uzp1 v5.8h, v7.8h, v5.8h
    uzp1 v4.8h, v6.8h, v4.8h
    stp q4, q5, [x10, #-16]
    add x10, x10, #32
    b.ne 1b

# block: simd-matmul
# setup: mov x8, xzr; mov x9, xzr; mov x11, xzr
1:
    ldr q4, [x14]
    ldr q5, [x14, x11]
    ldr q6, [x14, x9]
    subs x12, x12, #4
    fmul v4.4s, v4.4s, v0.s[0]
    fmla v4.4s, v5.4s, v1.s[0]
    ldr q5, [x14, x8]
    add x14, x14, #16
    fmla v4.4s, v5.4s, v2.s[0]
    ldr q5, [x13]
    fmla v4.4s, v6.4s, v3.s[0]
    fadd v4.4s, v4.4s, v5.4s
    str q4, [x13], #16
    b.ne 1b
