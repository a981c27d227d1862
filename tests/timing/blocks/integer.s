# Integer data processing.

# block: int-add-chain
    add x16, x16, x17
# block: int-add-throughput
    add x16, x1, x2
    add x17, x1, x2
    add x18, x1, x2
    add x19, x1, x2
    add x20, x1, x2
    add x21, x1, x2
    add x22, x1, x2
    add x23, x1, x2
# block: int-add-immediate-chain
    add x16, x16, #1
    sub x16, x16, #3
# block: int-logic-chain
    eor x16, x16, x17
    and x16, x16, x18
    orr x16, x16, x19
    bic x16, x16, x20
# block: int-add-shifted-chain
    add x16, x17, x16, lsl #3
# block: int-add-shifted-far-chain
    add x16, x17, x16, lsl #12
# block: int-sub-asr-throughput
    sub x16, x1, x2, asr #7
    sub x17, x1, x2, asr #7
    sub x18, x1, x2, asr #7
    sub x19, x1, x2, asr #7
# block: int-add-extended-chain
    add x16, x17, w16, sxtw
# block: int-eor-shifted-chain
    eor x16, x17, x16, ror #5
# block: int-logic-shifted-throughput
    orr x16, x1, x2, lsl #8
    eor x17, x1, x2, lsr #9
    and x18, x1, x2, ror #3
    orr x19, x1, x2, lsl #8
    eor x20, x1, x2, lsr #9
    and x21, x1, x2, ror #3
# block: int-mul32-chain
    mul w16, w16, w17
# block: int-mul64-chain
    mul x16, x16, x17
# block: int-mul64-throughput
    mul x16, x1, x2
    mul x17, x1, x2
    mul x18, x1, x2
    mul x19, x1, x2
# block: int-accumulate-chains
    madd x16, x1, x2, x16
    crc32cx w17, w17, x1
# block: int-smull-throughput
    smull x16, w1, w2
    umull x17, w1, w2
    smull x18, w1, w2
    umull x19, w1, w2
# block: int-umulh-chain
    umulh x16, x16, x17
# block: int-div32-chain
    udiv w16, w16, w17
# block: int-div64-chain
    sdiv x16, x16, x17
# block: int-div64-throughput
    sdiv x16, x1, x2
    udiv x17, x1, x2
# block: int-bitfield-chain
    ubfx x16, x16, #3, #20
    sxtb x16, w16
    lsl x16, x16, #2
# block: int-bitfield-insert-chain
    bfi x16, x17, #8, #16
# block: int-bitfield-insert-throughput
    bfi x16, x1, #8, #16
    bfi x17, x1, #8, #16
    bfxil x18, x1, #4, #7
    bfxil x19, x1, #4, #7
# block: int-extract-chain
    extr x16, x16, x17, #9
# block: int-rotate-chain
    ror x16, x16, #13
    ror x16, x16, x17
# block: int-shift-by-register-throughput
    lsl x16, x1, x2
    lsr x17, x1, x2
    asr x18, x1, x2
    ror x19, x1, x2
# block: int-count-chain
    clz x16, x16
    rbit x16, x16
    rev x16, x16
# block: int-select-chain
    cmp x16, x17
    csel x16, x18, x16, eq
# block: int-select-throughput
    cmp x1, x2
    csel x16, x1, x2, eq
    csinc x17, x1, x2, ne
    csinv x18, x1, x2, lt
    csneg x19, x1, x2, ge
# block: int-conditional-compare-chain
    cmp x16, x17
    ccmp x18, x19, #4, ne
    cset x16, eq
# block: int-carry-chain
    adds x16, x16, x20
    adcs x17, x17, x21
    adcs x18, x18, x22
    adc x19, x19, x23
# block: int-flags-throughput
    adds x16, x1, x2
    subs x17, x1, x2
    ands x18, x1, x2
    cmp x1, x2
    tst x1, x2
    cmn x1, x2
# block: int-move-wide
    movz x16, #0x1234
    movk x16, #0x5678, lsl #16
    movk x16, #0x9abc, lsl #32
    movn x17, #5
    movk x17, #0x5678, lsl #16
    movk x17, #0x9abc, lsl #32
# block: int-move-register
    add x16, x16, #1
    mov x17, x16
    add x18, x17, #1
    mov x16, x18
# block: int-min-max
    cmp x16, x17
    csel x16, x16, x17, lt
    cmp x16, x18
    csel x16, x16, x18, gt
# block: int-average-of-two-chains
    add x16, x16, x1
    eor x17, x17, x2
    lsr x16, x16, #1
    add x17, x17, x1, lsl #2
# block: int-hash
    eor x16, x16, x16, lsr #33
    mul x16, x16, x17
    eor x16, x16, x16, lsr #29
    mul x16, x16, x18
    eor x16, x16, x16, lsr #32
# block: int-xorshift
    eor x16, x16, x16, lsl #13
    eor x16, x16, x16, lsr #7
    eor x16, x16, x16, lsl #17
# block: int-many-kinds
    add x16, x1, x2
    mul x17, x3, x4
    eor x18, x5, x6
    lsl x19, x7, #3
    sub x20, x8, x9
    csel x21, x10, x11, eq
    ubfx x22, x12, #4, #9
    madd x23, x13, x14, x15

# Branches: each leads to the word behind it.

# block: branch-counted-loop
1:
    add x16, x16, x17
    add x18, x18, x19
    subs x20, x20, #1
    b.ne 1b
# block: branch-not-taken
1:
    cbz x1, 1b
    add x16, x16, #1
    tbnz x17, #40, 1b
    add x18, x18, #1
    cbz w19, 1b
    add x20, x20, #1
# block: branch-compare
1:
    cmp x1, x2
    b.eq 1b
    cmp x3, x4
    b.eq 1b
    cmp x5, x6
    b.eq 1b
# block: branch-search
1:
    ldr x16, [x0], #8
    cmp x16, x17
    b.ne 1b
