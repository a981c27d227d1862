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

/* ---- Scalar floating point and AdvSIMD ---- */
/* VFPExpandImm(): sign, exponent and fraction of imm8 in N bits. */
static inline uint64_t VFPExpandImm(unsigned imm8, unsigned N)
{
    unsigned E = N == 16 ? 5 : N == 32 ? 8 : 11, F = N - E - 1;
    uint64_t exp = imm8 & 0x40 ? (BIT(E - 3) - 1) << 2 : BIT(E - 1);
    return (uint64_t)(imm8 >> 7) << (N - 1) | (exp | (imm8 >> 4 & 3)) << F | (uint64_t)(imm8 & 15) << (F - 4);
}
static inline void prepare_fmov_imm(struct op *op)
{
    op->imm = VFPExpandImm(op->imm8, op->ftype == 0 ? 32 : op->ftype == 1 ? 64 : 16);
}
static inline uint64_t replicate(uint64_t x, unsigned esize)
{
    for (; esize < 64; esize *= 2)
        x |= x << esize;
    return x;
}
/* AdvSIMDExpandImm(); MVNI and BIC invert it. */
static inline void prepare_modified_imm(struct op *op)
{
    unsigned imm8 = op->abc << 5 | op->defgh, cmode = op->cmode;
    if (cmode < 8) {
        op->imm = replicate((uint64_t)imm8 << (cmode >> 1) * 8, 32);
    } else if (cmode < 12) {
        op->imm = replicate((uint64_t)imm8 << (cmode >> 1 & 1) * 8, 16);
    } else if (cmode < 14) {
        op->imm = replicate(cmode & 1 ? imm8 << 16 | 0xffff : imm8 << 8 | 0xff, 32);
    } else if (cmode == 14 && !op->op) {
        op->imm = replicate(imm8, 8);
    } else if (cmode == 14) {
        for (unsigned i = 0; i < 8; i++)
            op->imm |= imm8 >> i & 1 ? UINT64_C(0xff) << i * 8 : 0;
    } else {
        op->imm = op->op ? VFPExpandImm(imm8, 64) : replicate(VFPExpandImm(imm8, 32), 32);
    }
}
static inline void prepare_inverted_imm(struct op *op)
{
    prepare_modified_imm(op);
    op->imm = ~op->imm;
}
static inline void prepare_fmov_half(struct op *op)
{
    op->imm = replicate(VFPExpandImm(op->abc << 5 | op->defgh, 16), 16);
}
/* Shift amounts; the element size by the highest set bit of immh becomes size. */
static inline void prepare_simd_shift_right(struct op *op)
{
    op->size = (uint8_t)(31 - __builtin_clz(op->immh));
    op->imm = (16u << op->size) - (op->immh << 3 | op->immb);
}
static inline void prepare_simd_shift_left(struct op *op)
{
    op->size = (uint8_t)(31 - __builtin_clz(op->immh));
    op->imm = (op->immh << 3 | op->immb) - (8u << op->size);
}
/* DUP, INS, UMOV, SMOV: size and index from imm5. */
static inline void prepare_imm5(struct op *op)
{
    op->size = (uint8_t)__builtin_ctz(op->imm5);
    op->imm = op->imm5 >> (op->size + 1);
}
/* By element: the index in elements of 16, 32 or 64 bits; those of 16 bits can only be in V0 to V15. */
static inline void prepare_elt_16(struct op *op) { op->imm = (uint64_t)(op->H << 2 | op->L << 1 | op->M); }
static inline void prepare_elt_32(struct op *op)
{
    op->imm = (uint64_t)(op->H << 1 | op->L);
    op->Rm = (uint8_t)(op->Rm | op->M << 4);
}
static inline void prepare_elt_64(struct op *op)
{
    op->imm = op->H;
    op->Rm = (uint8_t)(op->Rm | op->M << 4);
}
static inline void prepare_elt_size(struct op *op)
{
    if (op->size == 1)
        prepare_elt_16(op);
    else
        prepare_elt_32(op);
}
static inline void prepare_elt_sz(struct op *op)
{
    if (op->sz)
        prepare_elt_64(op);
    else
        prepare_elt_32(op);
}
/* FCMLA: pairs, twice as large as size says. */
static inline void prepare_elt_pair(struct op *op)
{
    if (op->size == 1)
        prepare_elt_32(op);
    else
        prepare_elt_64(op);
}

#endif
