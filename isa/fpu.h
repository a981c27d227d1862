/* Floating-point arithmetic of A64, bit for bit, under Arm's names (Arm ARM, shared/functions/float).
 *
 * Values travel as uint64_t holding N bits, N = 16, 32 or 64 (half, single, double); bits above N are zero on the way
 * in and on the way out. BFloat16 has functions of its own (BF...). Every operation reads FPCR and accumulates into
 * FPSR through struct fp_status; trapped floating-point exceptions are not implemented, so FPCR.{IDE,IXE,...} are
 * RAZ/WI and no operation can fail. FPCR.NEP is the business of the instructions.
 *
 * Where the pseudocode passes fpexc = FALSE, or a modified FPCR, pass a copy made by fp_quiet(): flags that reach the
 * copy are lost.
 *
 * The host's FPU is used only in fpu_fast.h, and only where it provably gives the same bits and flags. */
#ifndef SVEMU_ISA_FPU_H
#define SVEMU_ISA_FPU_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fp_status.h"

enum {
    FPCR_FIZ = 1u << 0,
    FPCR_AH = 1u << 1,
    FPCR_NEP = 1u << 2,
    FPCR_EBF = 1u << 13,
    FPCR_FZ16 = 1u << 19,
    FPCR_RMode = 3u << 22,
    FPCR_FZ = 1u << 24,
    FPCR_DN = 1u << 25,
    FPCR_AHP = 1u << 26,

    FPSR_IOC = 1u << 0,
    FPSR_DZC = 1u << 1,
    FPSR_OFC = 1u << 2,
    FPSR_UFC = 1u << 3,
    FPSR_IXC = 1u << 4,
    FPSR_IDC = 1u << 7,
    FPSR_QC = 1u << 27,
};

/* The first four are the values of FPCR.RMode. */
enum FPRounding {
    FPRounding_TIEEVEN,
    FPRounding_POSINF,
    FPRounding_NEGINF,
    FPRounding_ZERO,
    FPRounding_TIEAWAY,
    FPRounding_ODD,
};

/* The rounding mode that FPCR.RMode selects. */
static inline enum FPRounding FPRoundingMode(const struct fp_status *fp)
{
    return (enum FPRounding)(fp->fpcr >> 22 & 3);
}

/* A copy for operations that raise no exceptions: its flags go nowhere. */
static inline struct fp_status fp_quiet(const struct fp_status *fp)
{
    struct fp_status copy = *fp;

    copy.fpsr = 0;
    return copy;
}

/* Constants of width N. FPDefaultNaN is negative when FPCR.AH = 1. */
uint64_t FPZero(bool sign, unsigned N);
uint64_t FPOne(bool sign, unsigned N);
uint64_t FPTwo(bool sign, unsigned N);
uint64_t FPThree(bool sign, unsigned N);
uint64_t FPPointFive(bool sign, unsigned N);
uint64_t FPOnePointFive(bool sign, unsigned N);
uint64_t FPInfinity(bool sign, unsigned N);
uint64_t FPMaxNormal(bool sign, unsigned N);
uint64_t FPDefaultNaN(unsigned N, const struct fp_status *fp);

/* Sign operations: no flags, no flushing; with FPCR.AH = 1 a NaN is returned unchanged. */
uint64_t FPNeg(uint64_t op, unsigned N, const struct fp_status *fp);
uint64_t FPAbs(uint64_t op, unsigned N, const struct fp_status *fp);

/* Arithmetic. FPMulAdd is addend + op1 * op2, rounded once. FPMulAddH has half-precision factors and a single-precision
 * addend and result. FPMulX is FPMul but for infinity times zero, which is 2.0. */
static inline uint64_t FPAdd(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline uint64_t FPSub(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline uint64_t FPMul(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline uint64_t FPDiv(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline uint64_t FPSqrt(uint64_t op, unsigned N, struct fp_status *fp);
static inline uint64_t FPMulAdd(uint64_t addend, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t FPMulX(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t FPMulAddH(uint64_t addend, uint64_t op1, uint64_t op2, struct fp_status *fp);
/* op1_a * op2_a + op1_b * op2_b of half-precision operands, rounded once to single; FPDotAdd adds a single. */
uint64_t FPDot(uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b, struct fp_status *fp);
uint64_t FPDotAdd(uint64_t addend, uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b,
                  struct fp_status *fp);

/* Maximum and minimum. With FPCR.AH = 1, FPMax and FPMin return the second operand for NaNs and zeros of unlike sign;
 * altfp = false keeps the ordinary rule whatever FPCR.AH says, as FPMaxNum and FPMinNum do. */
static inline uint64_t FPMax(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline uint64_t FPMin(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline uint64_t FPMaxNum(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline uint64_t FPMinNum(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t FPMaxAlt(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp, bool altfp);
uint64_t FPMinAlt(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp, bool altfp);

/* Comparisons. FPCompare returns NZCV in bits 3 to 0. GE and GT signal for every NaN, EQ, NE and UN for signaling
 * ones.*/
static inline unsigned FPCompare(uint64_t op1, uint64_t op2, bool signal_nans, unsigned N, struct fp_status *fp);
static inline bool FPCompareEQ(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline bool FPCompareGE(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
static inline bool FPCompareGT(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
bool FPCompareNE(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
bool FPCompareUN(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);

/* Conversions. N is the width of the operand, M that of the result. fbits: fraction bits of the fixed-point side, 0 to
 * M (FPToFixed) or 0 to the operand's width (FixedToFP). FPConvert honours FPCR.AHP and ignores FPCR.FZ16; FPConvertSVE
 * ignores both. FPToFixed rounds by any mode but ODD and saturates. */
static inline uint64_t FPConvert(uint64_t op, unsigned N, enum FPRounding rounding, unsigned M, struct fp_status *fp);
static inline uint64_t FPConvertSVE(uint64_t op, unsigned N, enum FPRounding rounding, unsigned M,
                                    struct fp_status *fp);
static inline uint64_t FPToFixed(uint64_t op, unsigned N, unsigned fbits, bool is_unsigned, enum FPRounding rounding,
                                 unsigned M, struct fp_status *fp);
static inline uint64_t FixedToFP(uint64_t op, unsigned M, unsigned fbits, bool is_unsigned, enum FPRounding rounding,
                                 unsigned N, struct fp_status *fp);
/* Double to int32 modulo 2^32, as FJCVTZS wants it; *z is the value for PSTATE.Z. */
uint32_t FPToFixedJS(uint64_t op, bool *z, struct fp_status *fp);
/* Round to an integral value; exact: raise Inexact. FPRoundIntN (N = 32 or 64) keeps within a signed intsize-bit range.
 */
uint64_t FPRoundInt(uint64_t op, unsigned N, enum FPRounding rounding, bool exact, struct fp_status *fp);
uint64_t FPRoundIntN(uint64_t op, unsigned N, enum FPRounding rounding, unsigned intsize, struct fp_status *fp);

/* Estimates and steps (FRECPE and its kin). With FPCR.AH = 1 they round to nearest, flush, and raise nothing. */
uint64_t FPRecipEstimate(uint64_t op, unsigned N, struct fp_status *fp);
uint64_t FPRSqrtEstimate(uint64_t op, unsigned N, struct fp_status *fp);
uint64_t FPRecipStepFused(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t FPRSqrtStepFused(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t FPRecpX(uint64_t op, unsigned N, struct fp_status *fp);
uint32_t UnsignedRecipEstimate(uint32_t op);
uint32_t UnsignedRSqrtEstimate(uint32_t op);

/* SVE's accelerators: FTMAD (x = 0 to 7), FTSMUL, FTSSEL, FEXPA, FLOGB (a signed integer of N bits), FSCALE. */
uint64_t FPTrigMAdd(unsigned x, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t FPTrigSMul(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t FPTrigSSel(uint64_t op1, uint64_t op2, unsigned N, const struct fp_status *fp);
uint64_t FPExpA(uint64_t op, unsigned N);
uint64_t FPLogB(uint64_t op, unsigned N, struct fp_status *fp);
uint64_t FPScale(uint64_t op, int64_t scale, unsigned N, struct fp_status *fp);

/* BFloat16. Operands of 16 bits, results of 16 bits, except where a single-precision accumulator is named:
 * BFMulAddH (BFMLAL), BFDotAdd (BFDOT, BFMMLA; by FPCR.EBF fused or not), BFMulH and FPAdd_BF16 (their unfused parts:
 * round to odd, flush, no flags). FPConvertBF takes a single-precision operand. */
uint64_t FPConvertBF(uint64_t op, enum FPRounding rounding, struct fp_status *fp);
uint64_t BFNeg(uint64_t op, const struct fp_status *fp);
uint64_t BFAdd(uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFSub(uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMul(uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMulAdd(uint64_t addend, uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMax(uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMin(uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMaxNum(uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMinNum(uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMulAddH(uint64_t addend, uint64_t op1, uint64_t op2, struct fp_status *fp);
uint64_t BFMulH(uint64_t op1, uint64_t op2, const struct fp_status *fp);
uint64_t FPAdd_BF16(uint64_t op1, uint64_t op2, const struct fp_status *fp);
uint64_t BFDotAdd(uint64_t addend, uint64_t op1_a, uint64_t op1_b, uint64_t op2_a, uint64_t op2_b,
                  struct fp_status *fp);

/* The complete functions behind those above that have a fast path: right for every operand and every FPCR. */
uint64_t fpu_add(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_sub(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_mul(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_div(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_sqrt(uint64_t op, unsigned N, struct fp_status *fp);
uint64_t fpu_mul_add(uint64_t addend, uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_max(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_min(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_max_num(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_min_num(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
unsigned fpu_compare(uint64_t op1, uint64_t op2, bool signal_nans, unsigned N, struct fp_status *fp);
bool fpu_compare_eq(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
bool fpu_compare_ge(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
bool fpu_compare_gt(uint64_t op1, uint64_t op2, unsigned N, struct fp_status *fp);
uint64_t fpu_convert(uint64_t op, unsigned N, enum FPRounding rounding, unsigned M, struct fp_status *fp);
uint64_t fpu_to_fixed(uint64_t op, unsigned N, unsigned fbits, bool is_unsigned, enum FPRounding rounding, unsigned M,
                      struct fp_status *fp);
uint64_t fpu_from_fixed(uint64_t op, unsigned M, unsigned fbits, bool is_unsigned, enum FPRounding rounding, unsigned N,
                        struct fp_status *fp);

#include "isa/fpu_fast.h"

#endif
