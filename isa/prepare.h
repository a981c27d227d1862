/* Decode-time work of rows (.prepare): fills op->imm once, so that execution need not derive it from the fields. */
#ifndef SVEMU_ISA_PREPARE_H
#define SVEMU_ISA_PREPARE_H

#include "isa/isa.h"
#include "sysregs/sysregs.h"

/* ---- Base instructions ---- */
static inline void prepare_addsub_imm(struct op *op) { op->imm = (uint64_t)op->imm12 << (op->sh ? 12 : 0); }
static inline void prepare_mov_wide(struct op *op) { op->imm = (uint64_t)op->imm16 << (op->hw * 16); }
static inline void prepare_adr(struct op *op)
{
    op->imm = (uint64_t)SignExtend((uint64_t)op->immhi << 2 | op->immlo, 21);
}
static inline void prepare_adrp(struct op *op)
{
    prepare_adr(op);
    op->imm <<= 12;
}
/* The wmask of DecodeBitMasks(), 64 bits of it. .undef has refused what is reserved. */
static inline uint64_t DecodeBitMasks(unsigned immN, unsigned imms, unsigned immr)
{
    unsigned len = 31 - (unsigned)__builtin_clz(immN << 6 | (~imms & 0x3f));
    unsigned esize = 1u << len, s = imms & (esize - 1), r = immr & (esize - 1);
    uint64_t element = UINT64_MAX >> (64 - esize), ones = UINT64_MAX >> (63 - s);
    if (r)
        ones = (ones >> r | ones << (esize - r)) & element;
    for (unsigned bits = esize; bits < 64; bits *= 2)
        ones |= ones << bits;
    return ones;
}
static inline void prepare_log_imm(struct op *op)
{
    uint64_t wmask = DecodeBitMasks(op->N, op->imms, op->immr);
    op->imm = op->sf ? wmask : (uint32_t)wmask;
}
/* Branch offsets, in bytes from the instruction. */
static inline void prepare_imm26(struct op *op) { op->imm = (uint64_t)SignExtend(op->imm26, 26) * 4; }
static inline void prepare_imm19(struct op *op) { op->imm = (uint64_t)SignExtend(op->imm19, 19) * 4; }
static inline void prepare_imm14(struct op *op) { op->imm = (uint64_t)SignExtend(op->imm14, 14) * 4; }
/* MRS, MSR, SYS, SYSL: the handle of the register. Bits 20:19 of the word are op0. */
static inline void prepare_sysreg(struct op *op)
{
    op->imm = sysreg_handle(op->word >> 19 & 3, op->word >> 16 & 7, op->CRn, op->CRm, op->word >> 5 & 7);
}

/* ---- Loads and stores ---- */
static inline void prepare_imm9(struct op *op) { op->imm = (uint64_t)SignExtend(op->imm9, 9); }
/* LDRAA, LDRAB: S:imm9 doublewords. */
static inline void prepare_ldra(struct op *op)
{
    op->imm = (uint64_t)SignExtend((uint64_t)op->S << 9 | op->imm9, 10) * 8;
}
/* Unsigned scaled offset by the access size in bits 31:30 of the word. */
static inline void prepare_imm12(struct op *op) { op->imm = (uint64_t)op->imm12 << (op->word >> 30); }
static inline void prepare_fpsimd_imm12(struct op *op)
{
    op->imm = (uint64_t)op->imm12 << ((op->opc & 2) << 1 | op->size);
}
/* Pairs: imm7 in units of one register. General registers by opc<1> (LDPSW: words), SIMD&FP by opc. */
static inline void prepare_pair(struct op *op)
{
    op->imm = (uint64_t)SignExtend(op->imm7, 7) << (2 + (op->word >> 31));
}
static inline void prepare_fpsimd_pair(struct op *op) { op->imm = (uint64_t)SignExtend(op->imm7, 7) << (2 + op->opc); }

/* ---- SVE ----
 * Rows without a size field get one, so that lanes_z_* work for them. */
static inline void prepare_size_s(struct op *op) { op->size = 2; }
static inline void prepare_size_d(struct op *op) { op->size = 3; }
/* Bitmask immediate, imm13 = N:immr:imms: always 64 bits. */
static inline void prepare_sve_bitmask(struct op *op)
{
    op->imm = DecodeBitMasks(op->imm13 >> 12, op->imm13 & 0x3f, op->imm13 >> 6 & 0x3f);
    op->size = 3;
}
/* imm8, shifted left by 8 where the row has sh = 1. */
static inline void prepare_imm8_unsigned(struct op *op) { op->imm = (uint64_t)op->imm8 << (op->sh ? 8 : 0); }
static inline void prepare_imm8_signed(struct op *op)
{
    op->imm = (uint64_t)SignExtend(op->imm8, 8) << (op->sh ? 8 : 0);
}
/* Element size and amount of a shift: tsize = tszh:tszl, whose highest bit set is the size. */
static inline unsigned tsize_imm3(struct op *op)
{
    unsigned tsize = (unsigned)op->tszh << 2 | op->tszl;
    op->size = (uint8_t)(31 - __builtin_clz(tsize));
    return tsize << 3 | op->imm3;
}
static inline void prepare_tsize(struct op *op)
{
    op->size = (uint8_t)(31 - __builtin_clz((unsigned)op->tszh << 2 | op->tszl));
}
static inline void prepare_shift_right(struct op *op)
{
    unsigned n = tsize_imm3(op);
    op->imm = (16u << op->size) - n;
}
static inline void prepare_shift_left(struct op *op)
{
    unsigned n = tsize_imm3(op);
    op->imm = n - (8u << op->size);
}
/* Offset of LDR and STR (vector, predicate) in registers: imm9 = imm9h:imm9l. */
static inline void prepare_sve_imm9(struct op *op)
{
    op->imm = (uint64_t)SignExtend((uint64_t)op->imm9h << 3 | op->imm9l, 9);
}
static inline void prepare_imm4_signed(struct op *op) { op->imm = (uint64_t)SignExtend(op->imm4, 4); }
static inline void prepare_imm7(struct op *op) { op->imm = op->imm7; }
static inline void prepare_imm5_signed(struct op *op) { op->imm = (uint64_t)SignExtend(op->imm5, 5); }

#endif
