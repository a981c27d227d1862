# SVE: loads, stores, gathers and scatters.

# block: sve-load-throughput
    ld1d { z0.d }, p0/z, [x0]
    ld1w { z1.s }, p0/z, [x1]
    ld1b { z2.b }, p0/z, [x2]
    ld1h { z3.h }, p0/z, [x3]
# block: sve-load-register-throughput
# setup: mov x20, xzr
    ld1d { z0.d }, p0/z, [x0, x20, lsl #3]
    ld1w { z1.s }, p0/z, [x1, x20, lsl #2]
# block: sve-load-extend
    ld1sb { z0.d }, p0/z, [x0]
    ld1h { z1.s }, p0/z, [x1]
# block: sve-load-vector
    ldr z0, [x0]
    ldr z1, [x1]
# block: sve-load-predicate
    ldr p1, [x0]
    ldr p2, [x1]
# block: sve-load-replicate
    ld1rd { z0.d }, p0/z, [x0]
    ld1rw { z1.s }, p0/z, [x1]
    ld1rqd { z2.d }, p0/z, [x2]
# block: sve-load-use
    ld1d { z0.d }, p0/z, [x0]
    umov x0, v0.d[0]
# block: sve-load-structure
    ld2d { z0.d, z1.d }, p0/z, [x0]
# block: sve-load-structure-three
    ld3w { z0.s, z1.s, z2.s }, p0/z, [x0]
# block: sve-load-structure-four
    ld4w { z0.s, z1.s, z2.s, z3.s }, p0/z, [x0]
# block: sve-load-first-fault

    ldff1b { z0.b }, p0/z, [x0]
    rdffr p1.b
# block: sve-store-throughput
    st1d { z0.d }, p0, [x0]
    st1w { z1.s }, p0, [x1]
# block: sve-store-register
# setup: mov x20, xzr
    st1d { z0.d }, p0, [x0, x20, lsl #3]
# block: sve-store-vector
    str z0, [x0]
    str z1, [x1]
# block: sve-store-structure
    st2d { z0.d, z1.d }, p0, [x0]
# block: sve-copy-loop
# setup: mov x20, xzr
1:
    ld1d { z0.d }, p0/z, [x0, x20, lsl #3]
    st1d { z0.d }, p0, [x1, x20, lsl #3]
    incd x20
    whilelo p1.d, x20, x21
    b.mi 1b
# block: sve-gather-double
# setup: index z16.d, #0, #8
    ld1d { z0.d }, p0/z, [x0, z16.d]
# block: sve-gather-double-chain
# setup: index z0.d, #0, #8; mov z16.d, x0; add z0.d, z0.d, z16.d
    ld1d { z0.d }, p0/z, [z0.d]
# block: sve-gather-scaled
# setup: index z16.d, #0, #1
    ld1d { z0.d }, p0/z, [x0, z16.d, lsl #3]
    ld1d { z1.d }, p0/z, [x1, z16.d, lsl #3]
# block: sve-gather-single
# setup: index z16.s, #0, #4
    ld1w { z0.s }, p0/z, [x0, z16.s, uxtw]
# block: sve-gather-sum
# setup: index z16.d, #0, #1
    ld1d { z0.d }, p0/z, [x0, z16.d, lsl #3]
    fadd z1.d, p0/m, z1.d, z0.d
# block: sve-scatter-double
# setup: index z16.d, #0, #8
    st1d { z0.d }, p0, [x0, z16.d]
# block: sve-scatter-single
# setup: index z16.s, #0, #4
    st1w { z0.s }, p0, [x0, z16.s, uxtw]
# block: sve-prefetch
    prfd pldl1keep, p0, [x0]
    prfd pldl1keep, p0, [x1]
# block: sve-axpy
# setup: mov x20, xzr
1:
    ld1d { z1.d }, p0/z, [x0, x20, lsl #3]
    ld1d { z2.d }, p0/z, [x1, x20, lsl #3]
    fmla z2.d, p0/m, z1.d, z16.d
    st1d { z2.d }, p0, [x1, x20, lsl #3]
    incd x20
    whilelo p1.d, x20, x21
    b.mi 1b
# block: sve-inner-product
# setup: mov x20, xzr
1:
    ld1d { z1.d }, p0/z, [x0, x20, lsl #3]
    ld1d { z2.d }, p0/z, [x1, x20, lsl #3]
    fmla z0.d, p0/m, z1.d, z2.d
    incd x20
    cmp x20, x21
    b.lo 1b
# block: sve-three-point
1:
    ld1d { z0.d }, p0/z, [x0]
    ld1d { z1.d }, p0/z, [x0, #1, mul vl]
    ld1d { z2.d }, p0/z, [x0, #2, mul vl]
    fadd z3.d, z0.d, z1.d
    fadd z3.d, z3.d, z2.d
    fmul z3.d, z3.d, z16.d
    st1d { z3.d }, p0, [x1]
    addvl x0, x0, #1
    addvl x1, x1, #1
    subs x20, x20, #1
    b.ne 1b
