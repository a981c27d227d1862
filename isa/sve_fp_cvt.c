/* SVE floating-point conversions and rounding. Arm ARM C8. Both formats live in elements of the wider one; a narrower
 * result is extended to fill its element. */
#include "isa/elem_sve_fp.h"

/* ---- Rounding to integral values ---- */
static ALWAYS_INLINE void round_at(struct lanes l, unsigned esize, enum FPRounding rounding, bool exact,
                                   struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, FPRoundInt(Elem(l.n, e, esize), esize, rounding, exact, fp));
}
static void round_int(struct cpu *cpu, const struct op *op, enum FPRounding rounding, bool exact)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    FOR_ESIZE_FROM_16(l, round_at, rounding, exact, &cpu->fp)
}
void exec_FRINTN_z_p_z(struct cpu *cpu, const struct op *op) { round_int(cpu, op, FPRounding_TIEEVEN, false); }
void exec_FRINTP_z_p_z(struct cpu *cpu, const struct op *op) { round_int(cpu, op, FPRounding_POSINF, false); }
void exec_FRINTM_z_p_z(struct cpu *cpu, const struct op *op) { round_int(cpu, op, FPRounding_NEGINF, false); }
void exec_FRINTZ_z_p_z(struct cpu *cpu, const struct op *op) { round_int(cpu, op, FPRounding_ZERO, false); }
void exec_FRINTA_z_p_z(struct cpu *cpu, const struct op *op) { round_int(cpu, op, FPRounding_TIEAWAY, false); }
void exec_FRINTI_z_p_z(struct cpu *cpu, const struct op *op) { round_int(cpu, op, FPRoundingMode(&cpu->fp), false); }
void exec_FRINTX_z_p_z(struct cpu *cpu, const struct op *op) { round_int(cpu, op, FPRoundingMode(&cpu->fp), true); }

/* ---- Between precisions: from and to are widths ---- */
static ALWAYS_INLINE void convert(struct cpu *cpu, const struct op *op, unsigned from, unsigned to,
                                  enum FPRounding rounding)
{
    unsigned esize = from > to ? from : to;
    struct lanes l = lanes_z_p_z(cpu, op);

    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize, FPConvertSVE(UInt(Elem(l.n, e, esize), from), from, rounding, to, &cpu->fp));
}
void exec_FCVT_z_p_z_d2h(struct cpu *cpu, const struct op *op) { convert(cpu, op, 64, 16, FPRoundingMode(&cpu->fp)); }
void exec_FCVT_z_p_z_d2s(struct cpu *cpu, const struct op *op) { convert(cpu, op, 64, 32, FPRoundingMode(&cpu->fp)); }
void exec_FCVT_z_p_z_h2d(struct cpu *cpu, const struct op *op) { convert(cpu, op, 16, 64, FPRoundingMode(&cpu->fp)); }
void exec_FCVT_z_p_z_h2s(struct cpu *cpu, const struct op *op) { convert(cpu, op, 16, 32, FPRoundingMode(&cpu->fp)); }
void exec_FCVT_z_p_z_s2d(struct cpu *cpu, const struct op *op) { convert(cpu, op, 32, 64, FPRoundingMode(&cpu->fp)); }
void exec_FCVT_z_p_z_s2h(struct cpu *cpu, const struct op *op) { convert(cpu, op, 32, 16, FPRoundingMode(&cpu->fp)); }
void exec_FCVTX_z_p_z_d2s(struct cpu *cpu, const struct op *op) { convert(cpu, op, 64, 32, FPRounding_ODD); }
void exec_BFCVT_z_p_z_s2bf(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    for (unsigned e = 0; e < l.bits / 32; e++)
        if (ActiveElem(l.g, e, 32))
            SetElem(l.d, e, 32, FPConvertBF(Elem(l.n, e, 32), FPRoundingMode(&cpu->fp), &cpu->fp));
}

/* ---- Top: the narrow result goes to the odd element, the even one stays; or the odd element is the source ---- */
static ALWAYS_INLINE void convert_to_top(struct cpu *cpu, const struct op *op, unsigned esize, enum FPRounding rounding)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, 2 * e + 1, esize / 2, FPConvertSVE(Elem(l.n, e, esize), esize, rounding, esize / 2, &cpu->fp));
}
static ALWAYS_INLINE void convert_from_top(struct cpu *cpu, const struct op *op, unsigned esize)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(
                l.d, e, esize,
                FPConvertSVE(Elem(l.n, 2 * e + 1, esize / 2), esize / 2, FPRoundingMode(&cpu->fp), esize, &cpu->fp));
}
void exec_FCVTNT_z_p_z_d2s(struct cpu *cpu, const struct op *op)
{
    convert_to_top(cpu, op, 64, FPRoundingMode(&cpu->fp));
}
void exec_FCVTNT_z_p_z_s2h(struct cpu *cpu, const struct op *op)
{
    convert_to_top(cpu, op, 32, FPRoundingMode(&cpu->fp));
}
void exec_FCVTXNT_z_p_z_d2s(struct cpu *cpu, const struct op *op) { convert_to_top(cpu, op, 64, FPRounding_ODD); }
void exec_FCVTLT_z_p_z_s2d(struct cpu *cpu, const struct op *op) { convert_from_top(cpu, op, 64); }
void exec_FCVTLT_z_p_z_h2s(struct cpu *cpu, const struct op *op) { convert_from_top(cpu, op, 32); }
void exec_BFCVTNT_z_p_z_s2bf(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    for (unsigned e = 0; e < l.bits / 32; e++)
        if (ActiveElem(l.g, e, 32))
            SetElem(l.d, 2 * e + 1, 16, FPConvertBF(Elem(l.n, e, 32), FPRoundingMode(&cpu->fp), &cpu->fp));
}

/* ---- To integers, toward zero: from is the width of the number, to that of the integer ---- */
static ALWAYS_INLINE void to_int(struct cpu *cpu, const struct op *op, unsigned from, unsigned to, bool is_unsigned)
{
    unsigned esize = from > to ? from : to;
    struct lanes l = lanes_z_p_z(cpu, op);

    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize)) {
            uint64_t r =
                FPToFixed(UInt(Elem(l.n, e, esize), from), from, 0, is_unsigned, FPRounding_ZERO, to, &cpu->fp);
            SetElem(l.d, e, esize, is_unsigned ? UInt(r, to) : (uint64_t)SInt(r, to));
        }
}
void exec_FCVTZS_z_p_z_d2x(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 64, 64, false); }
void exec_FCVTZS_z_p_z_d2w(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 64, 32, false); }
void exec_FCVTZS_z_p_z_s2x(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 32, 64, false); }
void exec_FCVTZS_z_p_z_s2w(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 32, 32, false); }
void exec_FCVTZS_z_p_z_fp162h(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 16, 16, false); }
void exec_FCVTZS_z_p_z_fp162w(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 16, 32, false); }
void exec_FCVTZS_z_p_z_fp162x(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 16, 64, false); }
void exec_FCVTZU_z_p_z_d2x(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 64, 64, true); }
void exec_FCVTZU_z_p_z_d2w(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 64, 32, true); }
void exec_FCVTZU_z_p_z_s2x(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 32, 64, true); }
void exec_FCVTZU_z_p_z_s2w(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 32, 32, true); }
void exec_FCVTZU_z_p_z_fp162h(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 16, 16, true); }
void exec_FCVTZU_z_p_z_fp162w(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 16, 32, true); }
void exec_FCVTZU_z_p_z_fp162x(struct cpu *cpu, const struct op *op) { to_int(cpu, op, 16, 64, true); }

/* ---- From integers ---- */
static ALWAYS_INLINE void from_int(struct cpu *cpu, const struct op *op, unsigned from, unsigned to, bool is_unsigned)
{
    unsigned esize = from > to ? from : to;
    struct lanes l = lanes_z_p_z(cpu, op);

    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, e, esize,
                    FixedToFP(UInt(Elem(l.n, e, esize), from), from, 0, is_unsigned, FPRoundingMode(&cpu->fp), to,
                              &cpu->fp));
}
void exec_SCVTF_z_p_z_h2fp16(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 16, 16, false); }
void exec_SCVTF_z_p_z_w2fp16(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 32, 16, false); }
void exec_SCVTF_z_p_z_x2fp16(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64, 16, false); }
void exec_SCVTF_z_p_z_w2s(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 32, 32, false); }
void exec_SCVTF_z_p_z_w2d(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 32, 64, false); }
void exec_SCVTF_z_p_z_x2s(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64, 32, false); }
void exec_SCVTF_z_p_z_x2d(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64, 64, false); }
void exec_UCVTF_z_p_z_h2fp16(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 16, 16, true); }
void exec_UCVTF_z_p_z_w2fp16(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 32, 16, true); }
void exec_UCVTF_z_p_z_x2fp16(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64, 16, true); }
void exec_UCVTF_z_p_z_w2s(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 32, 32, true); }
void exec_UCVTF_z_p_z_w2d(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 32, 64, true); }
void exec_UCVTF_z_p_z_x2s(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64, 32, true); }
void exec_UCVTF_z_p_z_x2d(struct cpu *cpu, const struct op *op) { from_int(cpu, op, 64, 64, true); }
