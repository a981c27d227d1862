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
/* DecodeBitMasks(): the wmask of a logical immediate. .undef has refused what is reserved. */
static inline void prepare_log_imm(struct op *op)
{
    unsigned len = 31 - (unsigned)__builtin_clz((unsigned)op->N << 6 | (~(unsigned)op->imms & 0x3f));
    unsigned esize = 1u << len, s = op->imms & (esize - 1), r = op->immr & (esize - 1);
    uint64_t element = UINT64_MAX >> (64 - esize), ones = UINT64_MAX >> (63 - s);
    if (r)
        ones = (ones >> r | ones << (esize - r)) & element;
    for (unsigned bits = esize; bits < 64; bits *= 2)
        ones |= ones << bits;
    op->imm = op->sf ? ones : (uint32_t)ones;
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

#endif
