# SVE: predicates, counting, lengths.

# block: pred-logic-chain
    and p1.b, p0/z, p1.b, p2.b
# block: pred-logic-throughput
    and p1.b, p0/z, p2.b, p3.b
    orr p4.b, p0/z, p2.b, p3.b
    bic p5.b, p0/z, p2.b, p3.b
    eor p6.b, p0/z, p2.b, p3.b
# block: pred-logic-flags
    ands p1.b, p0/z, p1.b, p2.b
# block: pred-init
    ptrue p1.s
    pfalse p2.b
    ptrue p3.d, vl2
# block: pred-test
    ptest p0, p1.b
    cset x16, ne
# block: pred-first-next
    pfirst p1.b, p0, p1.b
    pnext p2.s, p0, p2.s
# block: pred-break-chain
    brkb p1.b, p0/z, p1.b
    brkn p2.b, p0/z, p1.b, p2.b
# block: pred-permute
    zip1 p1.s, p2.s, p3.s
    rev p4.b, p5.b
    punpklo p6.h, p7.b
# block: pred-while-throughput
    whilelo p1.d, x16, x17
    whilelt p2.s, w18, w19
# block: pred-while-chain
    whilelo p1.d, xzr, x16
    cntp x16, p0, p1.d
# block: pred-count-chain
    incp x16, p1.d
# block: pred-count-throughput
    cntp x16, p0, p1.b
    cntp x17, p0, p2.s
    cntp x18, p0, p3.d
# block: pred-count-vector
    incp z0.d, p1.d
# block: pred-first-fault-register
    rdffr p1.b
    and p2.b, p0/z, p1.b, p3.b
# block: pred-length
    cntd x16
    rdvl x17, #1
    addvl x18, x18, #2
# block: pred-length-increment-chain
    incd x16
    decw x16
# block: pred-length-vector
    incd z0.d
    decw z1.s
# block: pred-loop-control
1:
    incw x16
    whilelo p1.s, x16, x17
    b.mi 1b
# block: pred-search-loop
1:
    ld1b { z0.b }, p0/z, [x0]
    cmpeq p1.b, p0/z, z0.b, #0
    b.eq 1b
    add x0, x0, #1
# block: pred-select
    cmpne p1.d, p0/z, z16.d, #0
    sel p2.b, p1, p3.b, p4.b
    mov z0.d, p2/m, z17.d
