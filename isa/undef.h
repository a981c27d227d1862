/* Decode-time predicates of rows (.undef): the "if ... then UNDEFINED" of Arm's decode pseudocode. */
#ifndef SVEMU_ISA_UNDEF_H
#define SVEMU_ISA_UNDEF_H

#include "isa/isa.h"

static inline bool class_has(const struct cpu_class *cls, enum feature f)
{
    return cls->features[f / 64] >> (f % 64) & 1;
}

/* ftype 2 is unallocated; ftype 3 is half precision. */
static inline bool undef_ftype(const struct cpu_class *cls, const struct op *op)
{
    return op->ftype == 2 || (op->ftype == 3 && !class_has(cls, FEAT_FP16));
}

/* ---- Base instructions (base_alu.c) ---- */
static inline bool undef_sf_imm6(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->sf && op->imm6 > 31;
}
static inline bool undef_addsub_shift(const struct cpu_class *cls, const struct op *op)
{
    return op->shift == 3 || undef_sf_imm6(cls, op);
}
static inline bool undef_addsub_ext(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->imm3 > 4;
}
static inline bool undef_sf_hw(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->sf && op->hw > 1;
}
/* The element size of a bitmask immediate as log2: the highest set bit of N:NOT(imms); negative if there is none. */
static inline int bitmask_len(const struct op *op)
{
    unsigned v = (unsigned)op->N << 6 | (~(unsigned)op->imms & 0x3f);
    return v ? 31 - __builtin_clz(v) : -1;
}
static inline bool undef_log_imm(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    int len = bitmask_len(op);
    if (len < 1 || (!op->sf && op->N))
        return true;
    unsigned levels = (1u << len) - 1;
    return (op->imms & levels) == levels;
}
static inline bool undef_bitfield(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->N != op->sf || (!op->sf && (op->immr > 31 || op->imms > 31));
}
static inline bool undef_extr(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->N != op->sf || (!op->sf && op->imms > 31);
}
static inline bool undef_rev(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->sf && op->opc == 3;
}
static inline bool undef_crc32(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->sf != (op->sz == 3);
}
/* PAuth without modifier register: Rn (Rm of branches) must be 31, which is SP in the other form. */
static inline bool undef_pac_zero(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->Z && op->Rn != SP_SLOT;
}
static inline bool undef_bra_zero(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->Z && op->Rm != SP_SLOT;
}
/* FEAT_SYSREG128, FEAT_SYSINSTR128: a register pair begins with an even one; SYSP may name XZR. */
static inline bool undef_odd_rt(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->Rt & 1;
}
static inline bool undef_odd_rt_but_31(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->Rt & 1 && op->Rt != 31;
}

/* ---- Loads and stores ---- */
/* Register offset: option<1> = 0 would be a byte or halfword extension. */
static inline bool undef_option(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !(op->option_name & 2);
}
/* SIMD&FP: opc<1>:size up to 4 (a quadword). */
static inline bool undef_fpsimd_scale(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return (op->opc & 2) && op->size != 0;
}
static inline bool undef_fpsimd_option(const struct cpu_class *cls, const struct op *op)
{
    return undef_option(cls, op) || undef_fpsimd_scale(cls, op);
}
static inline bool undef_opc_3(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->opc == 3;
}
/* MOPS: sz = 0 is the only one allocated; the registers must differ, and only SET's data may be XZR. */
static inline bool undef_set(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->sz || op->Rs == op->Rn || op->Rs == op->Rd || op->Rn == op->Rd || op->Rd == 31 || op->Rn == 31;
}
static inline bool undef_cpy(const struct cpu_class *cls, const struct op *op)
{
    return undef_set(cls, op) || op->Rs == 31;
}
/* CASP: the first register of each pair must be even. */
static inline bool undef_odd_pair(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return (op->Rs & 1) || (op->Rt & 1);
}
/* FEAT_LSE128 and the pairs of FEAT_THE: neither register may be XZR. */
static inline bool undef_pair_31(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->Rt == 31 || op->Rt2 == 31;
}
/* FEAT_LS64: eight registers from an even one, X22 at the most. */
static inline bool undef_ls64(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->Rt & 1 || op->Rt > 22;
}
/* LD1 (single structure) and kin: the element size is opcode<2:1>; size and S must leave a whole index. */
static inline bool undef_simd_single(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    switch (op->opcode >> 1) {
    case 1: return op->size & 1;
    case 2: return op->size & 2 || (op->size == 1 && op->S);
    case 3: return true;
    default: return false;
    }
}
/* LD1, ST1 (multiple structures): four register counts among the opcodes xx1x. */
static inline bool undef_ld1_opcode(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->opcode != 2 && op->opcode != 6 && op->opcode != 7 && op->opcode != 10;
}
/* LD2-LD4 (multiple structures): no 1D arrangement, which only LD1 has. */
static inline bool undef_simd_1d(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size == 3 && !op->Q;
}

/* ---- SVE ---- */
static inline bool undef_size_0(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size == 0;
}
static inline bool undef_size_not_2(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size != 2;
}
static inline bool undef_size_3(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size == 3;
}
static inline bool undef_size_lt_2(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size < 2;
}
static inline bool undef_size_lt_3(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size < 3;
}
/* imm8 shifted left by 8 needs more than a byte. */
static inline bool undef_sh_byte(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size == 0 && op->sh;
}
static inline bool undef_tsize_0(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->tszh && !op->tszl;
}
/* Bitmask immediate, imm13 = N:immr:imms. */
static inline bool undef_sve_bitmask(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    unsigned imms = op->imm13 & 0x3f, v = op->imm13 >> 12 << 6 | (~imms & 0x3f);
    if (v < 2)
        return true;
    unsigned levels = (1u << (31 - __builtin_clz(v))) - 1;
    return (imms & levels) == levels;
}
static inline bool undef_tsz_0(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->tsz;
}
/* Scalar plus scalar: XZR as index is another instruction's encoding or none. */
static inline bool undef_Rm_31(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->Rm == 31;
}
static inline bool undef_ST1H_z_p_br(const struct cpu_class *cls, const struct op *op)
{
    return op->size == 0 || undef_Rm_31(cls, op);
}
/* SVE2: the narrow size is tszh:tszl, one bit of it set (SQXTNB and its kin). */
static inline bool undef_tsize_not_one_hot(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    unsigned tsize = (unsigned)op->tszh << 2 | op->tszl;
    return !tsize || tsize & (tsize - 1);
}
/* PMULLB: bytes to halfwords, words to doublewords; the 128-bit results of size 0 are rows of their own. */
static inline bool undef_pmull(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !(op->size & 1);
}
static inline bool undef_size_gt_1(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size > 1;
}
static inline bool undef_size_not_0(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size != 0;
}
static inline bool undef_psel(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->tszh && !op->tszl;
}

/* ---- Scalar floating point ---- */
/* FCVT: from one of single, double, half to another. */
static inline bool undef_fcvt(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->ftype == 2 || op->opc == 2 || op->ftype == op->opc;
}
/* FMOV (general): like widths, or half with either, or the upper half of a vector (ftype 2, rmode 1) with X. */
static inline bool undef_fmov_gen(const struct cpu_class *cls, const struct op *op)
{
    switch (op->ftype) {
    case 0: return op->rmode != 0 || op->sf;
    case 1: return op->rmode != 0 || !op->sf;
    case 2: return op->rmode != 1 || !op->sf;
    default: return op->rmode != 0 || !class_has(cls, FEAT_FP16);
    }
}
/* Fixed point of a W register has at most 32 fraction bits. */
static inline bool undef_float_fix(const struct cpu_class *cls, const struct op *op)
{
    return undef_ftype(cls, op) || (!op->sf && op->scale < 32);
}
/* ---- AdvSIMD ---- */
/* No doublewords in 64 bits; then size alone. */
static inline bool undef_1d(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size == 3 && !op->Q;
}
static inline bool undef_size_not_3(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size != 3;
}
static inline bool undef_size_not_01(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size > 1;
}
/* Halfwords and words only. */
static inline bool undef_size_not_12(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size == 0 || op->size == 3;
}
/* Across lanes: at least four elements. */
static inline bool undef_across(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->size == 3 || (op->size == 2 && !op->Q);
}
/* PMULL: bytes, or doublewords with FEAT_PMULL. */
static inline bool undef_simd_pmull(const struct cpu_class *cls, const struct op *op)
{
    return op->size == 1 || op->size == 2 || (op->size == 3 && !class_has(cls, FEAT_PMULL));
}
/* Floating point: no doubles in 64 bits. */
static inline bool undef_sz_1d(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->sz && !op->Q;
}
static inline bool undef_sz_1(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->sz;
}
static inline bool undef_sz_0(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->sz;
}
/* FMAXV and its kin: four singles. */
static inline bool undef_fp_across(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->sz || !op->Q;
}
/* By element: a double's index is H alone. */
static inline bool undef_fp_elt(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->sz && op->L;
}
static inline bool undef_fp_elt_simd(const struct cpu_class *cls, const struct op *op)
{
    return undef_sz_1d(cls, op) || undef_fp_elt(cls, op);
}
/* Complex numbers: halves need FEAT_FP16. */
static inline bool undef_fcadd(const struct cpu_class *cls, const struct op *op)
{
    return op->size == 0 || (op->size == 1 && !class_has(cls, FEAT_FP16)) || undef_1d(cls, op);
}
static inline bool undef_fcmla_elt(const struct cpu_class *cls, const struct op *op)
{
    return undef_fcadd(cls, op) || op->size == 3 || (op->size == 1 && op->H && !op->Q) ||
           (op->size == 2 && (op->L || !op->Q));
}
/* Shift by immediate: immh chooses the element size. */
static inline bool undef_immh_1d(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->immh & 8 && !op->Q;
}
static inline bool undef_immh_not_d(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !(op->immh & 8);
}
static inline bool undef_immh_d(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->immh & 8;
}
/* Fixed point: no bytes, halves with FEAT_FP16. */
static inline bool undef_immh_fix(const struct cpu_class *cls, const struct op *op)
{
    return op->immh == 1 || ((op->immh & 0xe) == 2 && !class_has(cls, FEAT_FP16));
}
static inline bool undef_immh_fix_simd(const struct cpu_class *cls, const struct op *op)
{
    return undef_immh_fix(cls, op) || undef_immh_1d(cls, op);
}
/* DUP, INS, UMOV, SMOV: the lowest set bit of imm5 is the element size. */
static inline bool undef_imm5(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !(op->imm5 & 15);
}
static inline bool undef_imm5_1d(const struct cpu_class *cls, const struct op *op)
{
    return undef_imm5(cls, op) || ((op->imm5 & 15) == 8 && !op->Q);
}
/* UMOV: Q is the width of the register, 64 bits only for doublewords. */
static inline bool undef_umov(const struct cpu_class *cls, const struct op *op)
{
    return undef_imm5(cls, op) || op->Q != ((op->imm5 & 15) == 8);
}
/* SMOV: to W bytes and halfwords, to X words as well. */
static inline bool undef_smov(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !(op->imm5 & (op->Q ? 7 : 3));
}
static inline bool undef_ext(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return !op->Q && op->imm4 > 7;
}
/* FMOV (vector, immediate): a double needs 128 bits. */
static inline bool undef_fmov_vector(const struct cpu_class *cls, const struct op *op)
{
    (void)cls;
    return op->op && !op->Q;
}

#endif
