# SVE: vectors.

# block: sve-add-chain
    add z0.s, z0.s, z1.s
# block: sve-add-throughput
    add z0.s, z16.s, z17.s
    sub z1.h, z16.h, z17.h
    add z2.d, z16.d, z17.d
    add z3.b, z16.b, z17.b
# block: sve-add-predicated-chain
    add z0.d, p0/m, z0.d, z1.d
# block: sve-logic-chain
    eor z0.d, z0.d, z1.d
    and z0.d, z0.d, z2.d
    orr z0.d, z0.d, z3.d
# block: sve-move-prefix
    movprfx z0, z16
    add z0.s, p0/m, z0.s, z17.s
    movprfx z1, z18
    mul z1.s, p0/m, z1.s, z19.s
# block: sve-immediate
    mov z0.d, #1
    fmov z1.s, #2.0
    add z2.h, z2.h, #7
# block: sve-mul-chain
    mul z0.s, p0/m, z0.s, z1.s
# block: sve-mul-double-chain
    mul z0.d, p0/m, z0.d, z1.d
# block: sve-accumulate-chains
# on: neoverse-v1 neoverse-n2 cortex-a510
    mla z0.s, p0/m, z16.s, z17.s
    sdot z1.s, z16.b, z17.b
# block: sve-mla-throughput
    mla z0.s, p0/m, z24.s, z25.s
    mla z1.h, p0/m, z24.h, z25.h
    mla z2.b, p0/m, z24.b, z25.b
    mla z3.s, p0/m, z24.s, z25.s
    mla z4.h, p0/m, z24.h, z25.h
    mla z5.b, p0/m, z24.b, z25.b
    mla z6.s, p0/m, z24.s, z25.s
    mla z7.h, p0/m, z24.h, z25.h
    mla z8.b, p0/m, z24.b, z25.b
    mla z9.s, p0/m, z24.s, z25.s
    mla z10.h, p0/m, z24.h, z25.h
    mla z11.b, p0/m, z24.b, z25.b
# block: sve-dot-double
# on: neoverse-v1 neoverse-n2 cortex-a510
    sdot z0.d, z24.h, z25.h
    udot z1.d, z24.h, z25.h
    sdot z2.d, z24.h, z25.h
    udot z3.d, z24.h, z25.h
    sdot z4.d, z24.h, z25.h
    udot z5.d, z24.h, z25.h
    sdot z6.d, z24.h, z25.h
    udot z7.d, z24.h, z25.h
# block: sve-div-single
    sdiv z0.s, p0/m, z0.s, z1.s
# block: sve-div-double
    udiv z0.d, p0/m, z0.d, z1.d
# block: sve-shift-chain
    lsl z0.s, z0.s, #3
    lsr z0.s, z0.s, #2
    asr z0.s, p0/m, z0.s, z1.s
# block: sve-shift-throughput
    lsl z0.s, z16.s, #3
    lsr z1.d, z17.d, #2
    asr z2.h, z18.h, #1
    lsl z3.s, z19.s, z20.d
# block: sve-min-max-abs
    smax z0.s, p0/m, z0.s, z1.s
    umin z0.s, p0/m, z0.s, z2.s
    abs z0.s, p0/m, z0.s
# block: sve-absolute-difference-chain
    sabd z0.s, p0/m, z0.s, z1.s
# block: sve-saturating
    sqadd z0.s, z16.s, z17.s
    uqsub z1.b, z18.b, z19.b
    sqadd z2.d, z20.d, z21.d
# block: sve-compare-select
    cmpgt p1.s, p0/z, z0.s, z1.s
    sel z0.s, p1, z2.s, z0.s
# block: sve-compare-throughput
    cmpeq p1.b, p0/z, z16.b, z17.b
    cmphi p2.h, p0/z, z18.h, z19.h
    cmplt p3.d, p0/z, z20.d, z21.d
# block: sve-index
    index z0.s, #0, #1
    index z1.d, x16, #2
# block: sve-index-chain
    index z0.d, #0, x16
    add z1.d, z1.d, z0.d
# block: sve-dup-general
    dup z0.s, w16
    mov z1.d, p0/m, x17
    dup z2.b, w18
# block: sve-dup-element-chain
    dup z0.s, z0.s[2]
# block: sve-permute-chain
    zip1 z0.s, z0.s, z1.s
    uzp2 z0.s, z0.s, z2.s
    trn1 z0.d, z0.d, z3.d
# block: sve-permute-throughput
    zip1 z0.s, z16.s, z17.s
    zip2 z1.s, z16.s, z17.s
    rev z2.h, z18.h
    ext z3.b, z3.b, z19.b, #5
# block: sve-table-chain
    tbl z0.s, { z16.s }, z0.s
# block: sve-unpack
    sunpklo z0.s, z16.h
    uunpkhi z1.d, z17.s
    sxth z2.s, p0/m, z18.s
# block: sve-splice-compact
    compact z0.s, p0, z0.s
    splice z1.d, p0, z1.d, z16.d
# block: sve-insert-chain
    insr z0.s, w16
# block: sve-last-general
    lastb x16, p0, z16.d
    lasta w17, p0, z17.s
# block: sve-last-conditional-chain
    clastb z0.d, p0, z0.d, z1.d
# block: sve-count-bits
    cnt z0.s, p0/m, z16.s
    clz z1.d, p0/m, z17.d
    rbit z2.b, p0/m, z18.b
    revb z3.s, p0/m, z19.s
# block: sve-address
    adr z0.d, [z16.d, z17.d, lsl #3]
    adr z1.s, [z18.s, z19.s]
# block: sve-fp-add-chain
    fadd z0.d, z0.d, z1.d
# block: sve-fp-add-predicated-throughput
    fadd z0.d, p0/m, z0.d, z16.d
    fsub z1.s, p0/m, z1.s, z17.s
    fadd z2.h, p0/m, z2.h, z18.h
    fsub z3.d, p0/m, z3.d, z19.d
# block: sve-fp-mul-chain
    fmul z0.s, z0.s, z1.s
# block: sve-fp-fma-accumulate-chain
    fmla z0.d, p0/m, z1.d, z2.d
# block: sve-fp-fma-multiply-chain
    fmad z0.d, p0/m, z1.d, z2.d
# block: sve-fp-fma-throughput
    fmla z0.d, p0/m, z24.d, z25.d
    fmla z1.d, p0/m, z24.d, z25.d
    fmla z2.d, p0/m, z24.d, z25.d
    fmla z3.d, p0/m, z24.d, z25.d
    fmla z4.d, p0/m, z24.d, z25.d
    fmla z5.d, p0/m, z24.d, z25.d
    fmla z6.d, p0/m, z24.d, z25.d
    fmla z7.d, p0/m, z24.d, z25.d
    fmla z8.d, p0/m, z24.d, z25.d
    fmla z9.d, p0/m, z24.d, z25.d
    fmla z10.d, p0/m, z24.d, z25.d
    fmla z11.d, p0/m, z24.d, z25.d
    fmla z12.d, p0/m, z24.d, z25.d
    fmla z13.d, p0/m, z24.d, z25.d
    fmla z14.d, p0/m, z24.d, z25.d
    fmla z15.d, p0/m, z24.d, z25.d
    fmla z16.d, p0/m, z24.d, z25.d
    fmla z17.d, p0/m, z24.d, z25.d
    fmla z18.d, p0/m, z24.d, z25.d
    fmla z19.d, p0/m, z24.d, z25.d
# block: sve-fp-fma-by-element
    fmla z8.d, z24.d, z7.d[0]
    fmla z9.d, z25.d, z7.d[1]
    fmla z10.d, z26.d, z7.d[0]
    fmla z11.d, z24.d, z7.d[1]
    fmla z12.d, z25.d, z7.d[0]
    fmla z13.d, z26.d, z7.d[1]
    fmla z14.d, z24.d, z7.d[0]
    fmla z15.d, z25.d, z7.d[1]
    fmla z16.d, z26.d, z7.d[0]
    fmla z17.d, z24.d, z7.d[1]
    fmla z18.d, z25.d, z7.d[0]
    fmla z19.d, z26.d, z7.d[1]
    fmla z20.d, z24.d, z7.d[0]
    fmla z21.d, z25.d, z7.d[1]
    fmla z22.d, z26.d, z7.d[0]
    fmla z23.d, z24.d, z7.d[1]
# block: sve-fp-complex-chain
    fcmla z0.d, p0/m, z1.d, z2.d, #0
    fcmla z0.d, p0/m, z1.d, z2.d, #90
# block: sve-fp-div-double
    fdiv z0.d, p0/m, z0.d, z1.d
# block: sve-fp-div-single-throughput
    fdiv z0.s, p0/m, z0.s, z16.s
    fdiv z1.s, p0/m, z1.s, z17.s
# block: sve-fp-sqrt
    fsqrt z0.d, p0/m, z16.d
    fsqrt z1.s, p0/m, z17.s
# block: sve-fp-compare-select
    fcmgt p1.d, p0/z, z0.d, z1.d
    fadd z0.d, p1/m, z0.d, z2.d
# block: sve-fp-min-max-chain
    fmaxnm z0.s, p0/m, z0.s, z1.s
    fmin z0.s, p0/m, z0.s, z2.s
# block: sve-fp-abs-neg-chain
    fabs z0.d, p0/m, z0.d
    fneg z0.d, p0/m, z0.d
# block: sve-fp-convert-chain
    fcvtzs z0.d, p0/m, z0.d
    scvtf z0.d, p0/m, z0.d
# block: sve-fp-convert-size
    fcvt z0.s, p0/m, z16.d
    fcvt z1.d, p0/m, z17.s
    fcvtzs z2.s, p0/m, z18.s
# block: sve-fp-round
    frintn z0.s, p0/m, z16.s
    frintz z1.d, p0/m, z17.d
# block: sve-fp-reciprocal
    frecpe z0.d, z16.d
    frecps z1.d, z16.d, z0.d
    fmul z0.d, z0.d, z1.d
# block: sve-fp-exponential
    fexpa z0.d, z16.d
    ftmad z1.d, z1.d, z17.d, #3

# Reductions.

# block: sve-add-reduce
    uaddv d0, p0, z16.d
    saddv d1, p0, z17.s
# block: sve-add-reduce-chain
    uaddv d0, p0, z0.s
# block: sve-max-reduce
    smaxv s0, p0, z16.s
    uminv d1, p0, z17.d
# block: sve-logic-reduce
    andv s0, p0, z16.s
    eorv d1, p0, z17.d
# block: sve-fp-add-reduce-double
    faddv d0, p0, z0.d
# block: sve-fp-add-reduce-single
    faddv s0, p0, z16.s
# block: sve-fp-max-reduce
    fmaxnmv d0, p0, z16.d
    fminnmv s1, p0, z17.s
# block: sve-fp-add-ordered-double
    fadda d0, p0, d0, z16.d
# block: sve-fp-add-ordered-single
    fadda s0, p0, s0, z16.s

# SVE2.

# block: sve2-widening
# on: neoverse-n2 cortex-a510
    smullb z0.s, z16.h, z17.h
    umullt z1.d, z18.s, z19.s
    saddlb z2.h, z20.b, z21.b
    uaddwt z3.s, z22.s, z23.h
# block: sve2-mlal-accumulate
# on: neoverse-n2 cortex-a510
    smlalb z0.s, z16.h, z17.h
    smlalt z0.s, z16.h, z17.h
# block: sve2-narrowing
# on: neoverse-n2 cortex-a510
    addhnb z0.b, z16.h, z17.h
    sqxtnb z1.h, z18.s
    shrnb z2.b, z19.h, #3
# block: sve2-ternary-chain
# on: neoverse-n2 cortex-a510
    eor3 z0.d, z0.d, z1.d, z2.d
    bsl z0.d, z0.d, z3.d, z4.d
    xar z0.s, z0.s, z5.s, #7
# block: sve2-match
# on: neoverse-n2 cortex-a510
    match p1.b, p0/z, z16.b, z17.b
    match p2.h, p0/z, z18.h, z19.h
# block: sve2-histogram
# on: neoverse-n2 cortex-a510
    histcnt z0.s, p0/z, z16.s, z17.s
# block: sve2-pairwise
# on: neoverse-n2 cortex-a510
    addp z0.s, p0/m, z0.s, z16.s
    smaxp z1.h, p0/m, z1.h, z17.h
    sadalp z2.s, p0/m, z18.h
# block: sve2-multiply
# on: neoverse-n2 cortex-a510
    mul z0.s, z16.s, z17.s
    sqdmulh z1.h, z18.h, z19.h
    smulh z2.d, z20.d, z21.d
    mul z3.s, z22.s, z7.s[1]
