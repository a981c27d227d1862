# Advanced SIMD.

# block: simd-add-chain
    add v0.4s, v0.4s, v1.4s
# block: simd-add-throughput
    add v0.4s, v16.4s, v17.4s
    sub v1.8h, v16.8h, v17.8h
    add v2.2d, v16.2d, v17.2d
    add v3.16b, v16.16b, v17.16b
    sub v4.4s, v16.4s, v17.4s
    add v5.8h, v16.8h, v17.8h
    sub v6.2d, v16.2d, v17.2d
    add v7.16b, v16.16b, v17.16b
# block: simd-logic-chain
    eor v0.16b, v0.16b, v1.16b
    and v0.16b, v0.16b, v2.16b
    orn v0.16b, v0.16b, v3.16b
# block: simd-select
    cmgt v0.4s, v1.4s, v2.4s
    bsl v0.16b, v3.16b, v4.16b
    add v1.4s, v1.4s, v0.4s
# block: simd-mul-chain
    mul v0.4s, v0.4s, v1.4s
# block: simd-mull-throughput
    smull v0.4s, v16.4h, v17.4h
    umull2 v1.4s, v16.8h, v17.8h
    smull v2.8h, v16.8b, v17.8b
    smull v3.2d, v16.2s, v17.2s
# block: simd-dot-throughput
# on: neoverse-v1 neoverse-n2 cortex-a510
    udot v0.4s, v24.16b, v25.16b
    udot v1.4s, v24.16b, v25.16b
    udot v2.4s, v24.16b, v25.16b
    udot v3.4s, v24.16b, v25.16b
    udot v4.4s, v24.16b, v25.16b
    udot v5.4s, v24.16b, v25.16b
    udot v6.4s, v24.16b, v25.16b
    udot v7.4s, v24.16b, v25.16b
    udot v8.4s, v24.16b, v25.16b
    udot v9.4s, v24.16b, v25.16b
    udot v10.4s, v24.16b, v25.16b
    udot v11.4s, v24.16b, v25.16b
    udot v12.4s, v24.16b, v25.16b
    udot v13.4s, v24.16b, v25.16b
    udot v14.4s, v24.16b, v25.16b
    udot v15.4s, v24.16b, v25.16b
# block: simd-accumulate-chains
# on: neoverse-v1 neoverse-n2 cortex-a510
    mla v0.4s, v16.4s, v17.4s
    smlal v1.4s, v16.4h, v17.4h
    sdot v2.4s, v16.16b, v17.16b
    usra v3.4s, v16.4s, #3
# block: simd-sad
    uabal v0.8h, v16.8b, v17.8b
    uabal2 v1.8h, v16.16b, v17.16b
    uadalp v2.4s, v0.8h
# block: simd-shift-chain
    shl v0.4s, v0.4s, #3
    ushr v0.4s, v0.4s, #2
# block: simd-shift-narrow
    shrn v0.8b, v16.8h, #4
    sqrshrn v1.4h, v17.4s, #5
    sqshl v2.4s, v18.4s, #3
    sshll v3.4s, v19.4h, #2
# block: simd-shift-by-vector
    sshl v0.4s, v16.4s, v17.4s
    ushl v1.2d, v18.2d, v19.2d
    srshl v2.8h, v20.8h, v21.8h
# block: simd-saturating
    sqadd v0.8h, v16.8h, v17.8h
    uqsub v1.16b, v18.16b, v19.16b
    uhadd v2.16b, v20.16b, v21.16b
    sqxtn v3.4h, v22.4s
# block: simd-pairwise-chain
    addp v0.4s, v0.4s, v1.4s
# block: simd-min-max-chain
    smax v0.4s, v0.4s, v1.4s
    umin v0.4s, v0.4s, v2.4s
# block: simd-add-across
    addv s0, v16.4s
    addv h1, v17.8h
    addv b2, v18.16b
# block: simd-max-across-chain
    umaxv h0, v0.8h
    dup v0.8h, v0.h[0]
# block: simd-count
    cnt v0.16b, v16.16b
    rbit v1.16b, v17.16b
    rev64 v2.4s, v18.4s
    clz v3.4s, v19.4s
# block: simd-population-count
    fmov d0, x16
    cnt v0.8b, v0.8b
    addv b0, v0.8b
    fmov w16, s0
# block: simd-permute-chain
    zip1 v0.4s, v0.4s, v1.4s
    uzp2 v0.4s, v0.4s, v2.4s
    ext v0.16b, v0.16b, v3.16b, #4
# block: simd-transpose
    trn1 v0.4s, v16.4s, v17.4s
    trn2 v1.4s, v16.4s, v17.4s
    trn1 v2.4s, v18.4s, v19.4s
    trn2 v3.4s, v18.4s, v19.4s
    zip1 v4.2d, v0.2d, v2.2d
    zip2 v5.2d, v0.2d, v2.2d
    zip1 v6.2d, v1.2d, v3.2d
    zip2 v7.2d, v1.2d, v3.2d
# block: simd-table-one-chain
    tbl v0.16b, { v16.16b }, v0.16b
# block: simd-table-two-chain
    tbl v0.16b, { v16.16b, v17.16b }, v0.16b
# block: simd-table-four-throughput
    tbl v0.16b, { v16.16b, v17.16b, v18.16b, v19.16b }, v20.16b
    tbl v1.16b, { v16.16b, v17.16b, v18.16b, v19.16b }, v21.16b
# block: simd-element-chain
    ins v0.s[1], v0.s[0]
    dup v0.4s, v0.s[1]
# block: simd-general-round-trip
    ins v0.d[0], x16
    umov x16, v0.d[0]
# block: simd-dup-general
    dup v0.4s, w16
    dup v1.2d, x17
    mov v2.h[3], w18
# block: simd-fp-add-chain
    fadd v0.4s, v0.4s, v1.4s
# block: simd-fp-fma-accumulate-chain
    fmla v0.4s, v1.4s, v2.4s
# block: simd-fp-mul-add
    fmul v0.2d, v16.2d, v17.2d
    fmla v0.2d, v18.2d, v19.2d
    fmls v0.2d, v20.2d, v21.2d
# block: simd-fp-fma-throughput
    fmla v0.4s, v24.4s, v25.4s
    fmla v1.4s, v24.4s, v25.4s
    fmla v2.4s, v24.4s, v25.4s
    fmla v3.4s, v24.4s, v25.4s
    fmla v4.4s, v24.4s, v25.4s
    fmla v5.4s, v24.4s, v25.4s
    fmla v6.4s, v24.4s, v25.4s
    fmla v7.4s, v24.4s, v25.4s
    fmla v8.4s, v24.4s, v25.4s
    fmla v9.4s, v24.4s, v25.4s
    fmla v10.4s, v24.4s, v25.4s
    fmla v11.4s, v24.4s, v25.4s
    fmla v12.4s, v24.4s, v25.4s
    fmla v13.4s, v24.4s, v25.4s
    fmla v14.4s, v24.4s, v25.4s
    fmla v15.4s, v24.4s, v25.4s
# block: simd-fp-fma-by-element
    fmla v0.4s, v24.4s, v25.s[0]
    fmla v1.4s, v24.4s, v25.s[1]
    fmla v2.4s, v24.4s, v25.s[2]
    fmla v3.4s, v24.4s, v25.s[3]
    fmla v4.4s, v24.4s, v25.s[0]
    fmla v5.4s, v24.4s, v25.s[1]
    fmla v6.4s, v24.4s, v25.s[2]
    fmla v7.4s, v24.4s, v25.s[3]
    fmla v8.4s, v24.4s, v25.s[0]
    fmla v9.4s, v24.4s, v25.s[1]
    fmla v10.4s, v24.4s, v25.s[2]
    fmla v11.4s, v24.4s, v25.s[3]
    fmla v12.4s, v24.4s, v25.s[0]
    fmla v13.4s, v24.4s, v25.s[1]
    fmla v14.4s, v24.4s, v25.s[2]
    fmla v15.4s, v24.4s, v25.s[3]
# block: simd-fp-div
    fdiv v0.4s, v16.4s, v17.4s
    fdiv v1.2d, v18.2d, v19.2d
# block: simd-fp-sqrt-chain
    fsqrt v0.2d, v0.2d
# block: simd-fp-reciprocal
    frecpe v0.4s, v16.4s
    frecps v1.4s, v16.4s, v0.4s
    fmul v0.4s, v0.4s, v1.4s
    frecps v1.4s, v16.4s, v0.4s
    fmul v0.4s, v0.4s, v1.4s
# block: simd-fp-compare-select
    fcmgt v0.4s, v1.4s, v2.4s
    bif v1.16b, v3.16b, v0.16b
# block: simd-fp-min-max-across
    fmaxnmv s0, v16.4s
    fminv s1, v17.4s
# block: simd-fp-pairwise-chain
    faddp v0.4s, v0.4s, v0.4s
# block: simd-fp-convert-chain
    fcvtzs v0.4s, v0.4s
    scvtf v0.4s, v0.4s
# block: simd-fp-convert-size
    fcvtl v0.2d, v16.2s
    fcvtn v1.2s, v17.2d
    fcvtl2 v2.4s, v18.8h
# block: simd-fp-round-chain
    frintz v0.2d, v0.2d
# block: simd-load-four
    ld1 { v0.16b, v1.16b, v2.16b, v3.16b }, [x0]
# block: simd-load-structure
    ld2 { v0.4s, v1.4s }, [x0]
    ld4 { v4.8h, v5.8h, v6.8h, v7.8h }, [x1]
# block: simd-load-three-post-index
    ld3 { v0.16b, v1.16b, v2.16b }, [x0], #48
# block: simd-load-lane-replicate
    ld1 { v0.s }[1], [x0]
    ld1r { v1.4s }, [x1]
    ld1r { v2.2d }, [x2]
# block: simd-store-structure
    st2 { v0.4s, v1.4s }, [x0]
    st1 { v2.16b, v3.16b }, [x1]
# block: simd-store-lane
    st1 { v0.s }[2], [x0]
    st1 { v1.d }[1], [x1]
# block: simd-aes
    aese v0.16b, v1.16b
    aesmc v0.16b, v0.16b
# block: simd-sha256
    sha256h q0, q1, v16.4s
    sha256h2 q1, q0, v17.4s
# block: simd-polynomial
    pmull v0.8h, v16.8b, v17.8b
    pmull2 v1.8h, v16.16b, v17.16b
    eor v2.16b, v0.16b, v1.16b
# block: simd-rgb-to-grey
    ld3 { v0.8b, v1.8b, v2.8b }, [x0]
    umull v3.8h, v0.8b, v16.8b
    umlal v3.8h, v1.8b, v17.8b
    umlal v3.8h, v2.8b, v18.8b
    shrn v4.8b, v3.8h, #8
    str d4, [x1]
# block: simd-matrix-4x4
    ldr q0, [x0]
    fmul v4.4s, v16.4s, v0.s[0]
    fmla v4.4s, v17.4s, v0.s[1]
    fmla v4.4s, v18.4s, v0.s[2]
    fmla v4.4s, v19.4s, v0.s[3]
    str q4, [x1]
