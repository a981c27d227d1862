/* The exact values between unpacking and rounding: private to isa/fpu_*.c. */
#ifndef ISA_FPU_REAL_H
#define ISA_FPU_REAL_H

#include "isa/fpu.h"

__extension__ typedef unsigned __int128 u128;

enum FPType { FPType_Zero, FPType_Denormal, FPType_Nonzero, FPType_Infinity, FPType_QNaN, FPType_SNaN };

/* An unpacked operand. For Denormal and Nonzero, |value| = mant * 2^(exp - 63) with bit 63 of mant set; else mant = 0.
 */
struct fpval {
    enum FPType type;
    bool sign;
    int exp;
    uint64_t mant;
};

/* A result before rounding: |value| = mant * 2^(exp - 127). Bits too low to matter may be or-ed into bit 0 (jamming):
 * nothing is rounded at or below it. mant = 0 is an exact zero. */
struct fpreal {
    bool sign;
    int exp;
    u128 mant;
};

/* Result formats of FPRound: the widths, and the two that share 16 bits with half precision. */
enum { FPU_BF16 = 1, FPU_ALT_HALF = 2 };

static inline bool fpu_is_nan(struct fpval v) { return v.type >= FPType_QNaN; }

static inline bool fpu_ah(const struct fp_status *fp) { return fp->fpcr & FPCR_AH; }

static inline unsigned fpu_frac_bits(unsigned N) { return N == 16 ? 10 : N == 32 ? 23 : 52; }

static inline uint64_t fpu_sign_bit(unsigned N) { return (uint64_t)1 << (N - 1); }

/* v >> n, keeping a nonzero remainder visible in bit 0. */
static inline u128 fpu_jam_right(u128 v, unsigned n)
{
    if (n == 0)
        return v;
    if (n >= 128)
        return v != 0;
    return v >> n | ((v & (((u128)1 << n) - 1)) != 0);
}

/* shared/functions/float: FPUnpack (flushes by FPCR.{FZ,FIZ,FZ16}, raises Input Denormal) and its BFloat16 form. */
struct fpval FPUnpack(uint64_t op, unsigned N, struct fp_status *fp);
struct fpval fpu_unpack_bf16(uint64_t op, struct fp_status *fp);
/* Without flushing or flags; alt_half: no infinities or NaNs in half precision. */
struct fpval fpu_unpack_raw(uint64_t op, unsigned N, bool alt_half);

/* mant >> shift (1 to 128), rounded; the quotient must fit 64 bits. */
struct fpu_rounded {
    uint64_t mant;
    bool inexact;
};
struct fpu_rounded fpu_round_shift(u128 mant, unsigned shift, bool sign, enum FPRounding rounding);

/* Round a nonzero value to N = 16, 32, 64, FPU_BF16 or FPU_ALT_HALF. */
uint64_t fpu_round(struct fpreal r, enum FPRounding rounding, unsigned N, struct fp_status *fp);
/* The same, where an exact zero is positive, or negative when rounding towards minus infinity. */
uint64_t fpu_round_sum(struct fpreal r, enum FPRounding rounding, unsigned N, struct fp_status *fp);

/* Exact arithmetic on finite values. */
struct fpreal fpu_real(struct fpval v);
struct fpreal fpu_real_mul(struct fpval a, struct fpval b);
struct fpreal fpu_real_add(struct fpreal a, struct fpreal b);

/* shared/functions/float: NaNs. The bool results say that *result is the answer. */
uint64_t FPProcessNaN(enum FPType type, uint64_t op, unsigned N, struct fp_status *fp);
bool FPProcessNaNs(struct fpval v1, struct fpval v2, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp,
                   uint64_t *result);
uint64_t FPConvertNaN(uint64_t op, unsigned N, unsigned M);
/* Which of three operands (addend first) gives the NaN: 0, 1, 2, or -1; *type is how to process it. */
int fpu_choose_nan3(struct fpval a, struct fpval v1, struct fpval v2, const struct fp_status *fp, enum FPType *type);

/* Input Denormal as FPCR.AH = 1 raises it, after the operation; not for half precision. */
void FPProcessDenorms(struct fpval v1, struct fpval v2, unsigned N, struct fp_status *fp);

/* The fused core: everything of FPMulAdd after NaNs, in result format N; false: an invalid operation. */
bool fpu_fused(struct fpval a, struct fpval v1, struct fpval v2, unsigned N, struct fp_status *fp, uint64_t *result);
/* v[0] * v[2] + v[1] * v[3], no NaNs among them, rounded to single. */
uint64_t fpu_dot(const struct fpval v[4], struct fp_status *fp);

/* FPMin, FPMax, FPMinNum and FPMaxNum, for N = 16, 32, 64 or FPU_BF16. */
uint64_t fpu_min_max(uint64_t op1, uint64_t op2, bool max, unsigned N, struct fp_status *fp, bool altfp);
uint64_t fpu_min_max_num(uint64_t op1, uint64_t op2, bool max, unsigned N, struct fp_status *fp);

/* FPCR as the estimates and the BFloat16 conversions see it with FPCR.AH = 1: to nearest, flushing, and no flags. */
static inline struct fp_status fpu_alternate(const struct fp_status *fp)
{
    struct fp_status alt = fp_quiet(fp);

    alt.fpcr = (alt.fpcr & ~(uint32_t)FPCR_RMode) | FPCR_FZ | FPCR_FIZ;
    return alt;
}

#endif
