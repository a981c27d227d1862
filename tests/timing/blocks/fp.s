# Scalar floating point.

# block: fp-add-chain
    fadd d0, d0, d1
# block: fp-add-throughput
    fadd d0, d16, d17
    fsub d1, d16, d17
    fadd d2, d16, d17
    fsub d3, d16, d17
    fadd s4, s16, s17
    fadd s5, s16, s17
    fadd s6, s16, s17
    fadd s7, s16, s17
# block: fp-mul-chain
    fmul d0, d0, d1
# block: fp-fma-accumulate-chain
    fmadd d0, d1, d2, d0
# block: fp-fma-multiply-chain
    fmadd d0, d0, d1, d2
# block: fp-mul-add-pairs
    fmul d0, d16, d17
    fmadd d1, d16, d17, d0
    fmsub d2, d18, d19, d1
# block: fp-fma-throughput
    fmadd d0, d24, d25, d26
    fmadd d1, d24, d25, d27
    fmadd d2, d24, d25, d28
    fmadd d3, d24, d25, d29
    fmadd d4, d24, d25, d26
    fmadd d5, d24, d25, d27
    fmadd d6, d24, d25, d28
    fmadd d7, d24, d25, d29
    fmadd d8, d24, d25, d26
    fmadd d9, d24, d25, d27
    fmadd d10, d24, d25, d28
    fmadd d11, d24, d25, d29
# block: fp-horner
    fmadd d0, d0, d1, d16
    fmadd d0, d0, d1, d17
    fmadd d0, d0, d1, d18
    fmadd d0, d0, d1, d19
# block: fp-div-single-chain
    fdiv s0, s0, s1
# block: fp-div-double-chain
    fdiv d0, d0, d1
# block: fp-div-throughput
    fdiv d0, d16, d17
    fdiv s1, s16, s17
# block: fp-sqrt-chain
    fsqrt d0, d0
# block: fp-sqrt-throughput
    fsqrt s0, s16
    fsqrt s1, s17
# block: fp-abs-neg-chain
    fabs d0, d0
    fneg d0, d0
# block: fp-compare-select
    fcmp d0, d1
    fcsel d0, d2, d3, gt
# block: fp-compare-throughput
    fcmp d0, d1
    fcmp d2, d3
    fcmp s4, s5
# block: fp-min-max-chain
    fmax d0, d0, d1
    fminnm d0, d0, d2
# block: fp-convert-precision-chain
    fcvt s0, d0
    fcvt d0, s0
# block: fp-round-chain
    frintm d0, d0
# block: fp-int-round-trip
    scvtf d0, x16
    fcvtzs x16, d0
# block: fp-to-int-throughput
    fcvtzs x16, d0
    fcvtzu w17, s1
    fcvtzs x18, d2
# block: fp-from-int-throughput
    scvtf d0, x16
    ucvtf s1, w17
    scvtf d2, x18
# block: fp-move-round-trip
    fmov d0, x16
    fmov x16, d0
# block: fp-move-register
    fmov d0, d1
    fmov d1, d2
    fmov d2, d0
    fmov s3, #1.0
# block: fp-load-chase
    ldr d0, [x0]
    fmov x0, d0
# block: fp-load-throughput
    ldr q0, [x0]
    ldr d1, [x1]
    ldr s2, [x2]
    ldr q3, [x3]
# block: fp-load-pair-throughput
    ldp q0, q1, [x0]
    ldp d2, d3, [x1]
# block: fp-store-throughput
    str q0, [x0]
    str d1, [x1]
# block: fp-store-pair
    stp q0, q1, [x0]
    stp d2, d3, [x1]
# block: fp-copy
1:
    ldp q0, q1, [x0], #32
    stp q0, q1, [x1], #32
    subs x20, x20, #32
    b.ne 1b
# block: fp-dot-product
1:
    ldr d1, [x0], #8
    ldr d2, [x1], #8
    fmadd d0, d1, d2, d0
    subs x20, x20, #1
    b.ne 1b
# block: fp-distance
    fsub d0, d16, d17
    fsub d1, d18, d19
    fmul d2, d0, d0
    fmadd d2, d1, d1, d2
    fsqrt d3, d2
# block: fp-scale-array
1:
    ldr d0, [x0, x20, lsl #3]
    fmul d0, d0, d16
    str d0, [x1, x20, lsl #3]
    add x20, x20, #1
    cmp x20, x21
    b.ne 1b
