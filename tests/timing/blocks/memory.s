# Loads and stores of general registers; streams move by so little that they stay in the L1 data cache.

# block: load-chase
    ldr x0, [x0]
# block: load-chase-offset
    ldr x0, [x0, #8]
    add x0, x0, #8
    sub x0, x0, #8
# block: load-chase-register
    ldr x0, [x0, x16, lsl #3]
# block: load-chase-pair
    ldp x0, x1, [x0]
# block: load-word-chain
# setup: mov x16, xzr
    ldr w17, [x0, x16]
    and x16, x17, #7
# block: load-throughput
    ldr x16, [x0]
    ldr x17, [x1]
    ldr x18, [x2]
    ldr x19, [x3]
    ldr x20, [x4]
    ldr x21, [x5]
# block: load-small-throughput
    ldrb w16, [x0]
    ldrh w17, [x1]
    ldrsb x18, [x2]
    ldrsw x19, [x3]
# block: load-pair-throughput
    ldp x16, x17, [x0]
    ldp x18, x19, [x1]
    ldp x20, x21, [x2]
# block: load-post-index
    ldr x16, [x0], #8
    add x17, x17, x16
# block: load-pre-index-streams
    ldr x16, [x0, #8]!
    ldr x17, [x1, #8]!
    add x18, x16, x17
# block: load-register-throughput
    ldr x16, [x0, x20, lsl #3]
    ldr x17, [x1, x21, lsl #3]
    ldr w18, [x2, w22, uxtw #2]
# block: load-acquire
    ldar x16, [x0]
    ldar x17, [x1]
# block: store-throughput
    str x16, [x0]
    str x17, [x1]
    str x18, [x2]
    str x19, [x3]
# block: store-pair-throughput
    stp x16, x17, [x0]
    stp x18, x19, [x1]
# block: store-post-index
    str x16, [x0], #8
    str w17, [x1], #4
# block: store-register
    str x16, [x0, x20, lsl #3]
    strb w17, [x1, x21]
# block: store-computed
    mul x16, x16, x17
    add x18, x18, #1
    str x18, [x0]
# block: copy-pairs
1:
    ldp x16, x17, [x0], #16
    stp x16, x17, [x1], #16
    subs x20, x20, #16
    b.ne 1b
# block: copy-bytes
1:
    ldrb w16, [x0], #1
    strb w16, [x1], #1
    subs x20, x20, #1
    b.ne 1b
# block: read-modify-write
# setup: mov x20, xzr
    ldr x16, [x0, x20]
    add x16, x16, #1
    str x16, [x0, x20]
    add x20, x20, #8
# block: load-table
    ldrb w16, [x0, x20]
    ldr x17, [x1, x21, lsl #3]
    eor x22, x17, x22, lsr #8
    add x20, x20, #1
