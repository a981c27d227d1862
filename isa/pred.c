/* SVE predicate instructions, element counts and what else only handles predicates and general registers. Arm ARM C8.2,
 * pseudocode aarch64/sve. */
#include "isa/pred.h"

#include "isa/elem_sat.h"

static unsigned esize_of(const struct op *op) { return 8u << op->size; }

/* ---- Initialise ---- */
void exec_PTRUE_p_s(struct cpu *cpu, const struct op *op)
{
    SetP(cpu, op->Pd, pred_first(DecodePredCount(cpu, op->pattern, esize_of(op)), esize_of(op)));
}
void exec_PTRUES_p_s(struct cpu *cpu, const struct op *op)
{
    struct pbits result = pred_first(DecodePredCount(cpu, op->pattern, esize_of(op)), esize_of(op));
    SetP(cpu, op->Pd, result);
    PredTest(cpu, result, result, esize_of(op));
}
void exec_PFALSE_p(struct cpu *cpu, const struct op *op) { SetP(cpu, op->Pd, pred_bits(0)); }

/* ---- First-fault register ---- */
void exec_SETFFR_f(struct cpu *cpu, const struct op *op)
{
    (void)op;
    SetP(cpu, FFR, pred_bits(CurrentVL(cpu) / 8));
}
/* A value that is not monotonic is UNPREDICTABLE for the loads that use it: here it is taken as it is. */
void exec_WRFFR_f_p(struct cpu *cpu, const struct op *op) { SetP(cpu, FFR, GetP(cpu, op->Pn)); }
void exec_RDFFR_p_f(struct cpu *cpu, const struct op *op) { SetP(cpu, op->Pd, GetP(cpu, FFR)); }
void exec_RDFFR_p_p_f(struct cpu *cpu, const struct op *op)
{
    SetP(cpu, op->Pd, pred_and(GetP(cpu, FFR), GetP(cpu, op->Pg)));
}
void exec_RDFFRS_p_p_f(struct cpu *cpu, const struct op *op)
{
    struct pbits mask = GetP(cpu, op->Pg), result = pred_and(GetP(cpu, FFR), mask);
    SetP(cpu, op->Pd, result);
    PredTest(cpu, mask, result, 8);
}

/* ---- WHILE: how many elements until the comparison fails ---- */
/* The counter is incremented modulo its width: against the largest value, "less or equal" never fails. */
static uint64_t while_count(uint64_t n, uint64_t m, bool sign, bool or_equal, unsigned rsize)
{
    uint64_t bias = sign ? UINT64_C(1) << (rsize - 1) : 0; /* makes signed values compare as unsigned ones */
    n = UInt(n + bias, rsize), m = UInt(m + bias, rsize);
    if (or_equal && m == Ones(rsize))
        return UINT64_MAX;
    return n < m + or_equal ? m + or_equal - n : 0;
}
static void while_less(struct cpu *cpu, const struct op *op, bool sign, bool or_equal)
{
    unsigned esize = esize_of(op), elements = CurrentVL(cpu) / esize;
    uint64_t count = while_count(X(cpu, op->Rn), X(cpu, op->Rm), sign, or_equal, op->sf ? 64 : 32);
    struct pbits result = pred_first(count < elements ? (unsigned)count : elements, esize);

    SetP(cpu, op->Pd, result);
    PredTest(cpu, pred_bits(CurrentVL(cpu) / 8), result, esize);
}
void exec_WHILELT_p_p_rr(struct cpu *cpu, const struct op *op) { while_less(cpu, op, true, false); }
void exec_WHILELE_p_p_rr(struct cpu *cpu, const struct op *op) { while_less(cpu, op, true, true); }
void exec_WHILELO_p_p_rr(struct cpu *cpu, const struct op *op) { while_less(cpu, op, false, false); }
void exec_WHILELS_p_p_rr(struct cpu *cpu, const struct op *op) { while_less(cpu, op, false, true); }

void exec_CTERMEQ_rr(struct cpu *cpu, const struct op *op)
{
    unsigned esize = op->sz ? 64 : 32;
    bool term = UInt(X(cpu, op->Rn), esize) == UInt(X(cpu, op->Rm), esize);
    cpu->pstate.N = term;
    cpu->pstate.V = !term && !cpu->pstate.C;
}
void exec_CTERMNE_rr(struct cpu *cpu, const struct op *op)
{
    unsigned esize = op->sz ? 64 : 32;
    bool term = UInt(X(cpu, op->Rn), esize) != UInt(X(cpu, op->Rm), esize);
    cpu->pstate.N = term;
    cpu->pstate.V = !term && !cpu->pstate.C;
}

/* ---- Test and walk ---- */
void exec_PTEST__p_p(struct cpu *cpu, const struct op *op) { PredTest(cpu, GetP(cpu, op->Pg), GetP(cpu, op->Pn), 8); }
void exec_PFIRST_p_p_p(struct cpu *cpu, const struct op *op)
{
    struct pbits mask = GetP(cpu, op->Pg), result = GetP(cpu, op->Pdn);
    int first = pred_lowest(mask);
    if (first >= 0)
        pred_set(&result, (unsigned)first);
    SetP(cpu, op->Pdn, result);
    PredTest(cpu, mask, result, 8);
}
void exec_PNEXT_p_p_p(struct cpu *cpu, const struct op *op)
{
    unsigned esize = esize_of(op), from = (unsigned)(LastActiveElement(cpu, op->Pdn, esize) + 1) * (esize / 8);
    struct pbits mask = pred_active(cpu, op->Pv, esize), result = pred_bits(0);
    int next = pred_lowest(pred_bic(mask, pred_bits(from)));
    if (next >= 0)
        pred_set(&result, (unsigned)next);
    SetP(cpu, op->Pdn, result);
    PredTest(cpu, mask, result, esize);
}

/* ---- Logical ---- */
static ALWAYS_INLINE struct pbits e_pand(struct pbits n, struct pbits m) { return pred_and(n, m); }
static ALWAYS_INLINE struct pbits e_pbic(struct pbits n, struct pbits m) { return pred_bic(n, m); }
static ALWAYS_INLINE struct pbits e_peor(struct pbits n, struct pbits m) { return pred_eor(n, m); }
static ALWAYS_INLINE struct pbits e_porr(struct pbits n, struct pbits m) { return pred_or(n, m); }
static ALWAYS_INLINE struct pbits pred_not(struct pbits p) { return pred_bic(pred_bits(MAX_VL_BYTES), p); }
static ALWAYS_INLINE struct pbits e_pnand(struct pbits n, struct pbits m) { return pred_not(pred_and(n, m)); }
static ALWAYS_INLINE struct pbits e_pnor(struct pbits n, struct pbits m) { return pred_not(pred_or(n, m)); }
static ALWAYS_INLINE struct pbits e_porn(struct pbits n, struct pbits m) { return pred_or(n, pred_not(m)); }

static ALWAYS_INLINE void logical(struct cpu *cpu, const struct op *op, struct pbits f(struct pbits, struct pbits),
                                  bool setflags)
{
    struct pbits mask = GetP(cpu, op->Pg), result = pred_and(f(GetP(cpu, op->Pn), GetP(cpu, op->Pm)), mask);
    SetP(cpu, op->Pd, result);
    if (setflags)
        PredTest(cpu, mask, result, 8);
}
void exec_AND_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pand, false); }
void exec_ANDS_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pand, true); }
void exec_BIC_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pbic, false); }
void exec_BICS_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pbic, true); }
void exec_EOR_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_peor, false); }
void exec_EORS_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_peor, true); }
void exec_ORR_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_porr, false); }
void exec_ORRS_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_porr, true); }
void exec_ORN_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_porn, false); }
void exec_ORNS_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_porn, true); }
void exec_NAND_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pnand, false); }
void exec_NANDS_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pnand, true); }
void exec_NOR_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pnor, false); }
void exec_NORS_p_p_pp_z(struct cpu *cpu, const struct op *op) { logical(cpu, op, e_pnor, true); }
void exec_SEL_p_p_pp(struct cpu *cpu, const struct op *op)
{
    struct pbits mask = GetP(cpu, op->Pg);
    SetP(cpu, op->Pd, pred_or(pred_and(GetP(cpu, op->Pn), mask), pred_bic(GetP(cpu, op->Pm), mask)));
}

/* ---- Partition breaks ---- */
/* The active elements of mask before the first that is true in n (BRKB), or including it (BRKA). */
static struct pbits pred_break(struct pbits mask, struct pbits n, bool after)
{
    int first = pred_lowest(pred_and(mask, n));
    return first < 0 ? mask : pred_and(mask, pred_bits((unsigned)first + after));
}
static void brk(struct cpu *cpu, const struct op *op, bool after, bool merging, bool setflags)
{
    struct pbits mask = GetP(cpu, op->Pg), result = pred_break(mask, GetP(cpu, op->Pn), after);
    if (merging)
        result = pred_or(result, pred_bic(GetP(cpu, op->Pd), mask));
    SetP(cpu, op->Pd, result);
    if (setflags)
        PredTest(cpu, mask, result, 8);
}
void exec_BRKA_p_p_p(struct cpu *cpu, const struct op *op) { brk(cpu, op, true, op->M, false); }
void exec_BRKB_p_p_p(struct cpu *cpu, const struct op *op) { brk(cpu, op, false, op->M, false); }
void exec_BRKAS_p_p_p_z(struct cpu *cpu, const struct op *op) { brk(cpu, op, true, false, true); }
void exec_BRKBS_p_p_p_z(struct cpu *cpu, const struct op *op) { brk(cpu, op, false, false, true); }

/* LastActive(): is the last active element of mask true in n? */
static bool LastActive(struct pbits mask, struct pbits n)
{
    int last = pred_highest(mask);
    return last >= 0 && pred_bit(n, (unsigned)last);
}
static void brkp(struct cpu *cpu, const struct op *op, bool after, bool setflags)
{
    struct pbits mask = GetP(cpu, op->Pg), result = pred_bits(0);
    if (LastActive(mask, GetP(cpu, op->Pn)))
        result = pred_break(mask, GetP(cpu, op->Pm), after);
    SetP(cpu, op->Pd, result);
    if (setflags)
        PredTest(cpu, mask, result, 8);
}
void exec_BRKPA_p_p_pp(struct cpu *cpu, const struct op *op) { brkp(cpu, op, true, false); }
void exec_BRKPB_p_p_pp(struct cpu *cpu, const struct op *op) { brkp(cpu, op, false, false); }
void exec_BRKPAS_p_p_pp(struct cpu *cpu, const struct op *op) { brkp(cpu, op, true, true); }
void exec_BRKPBS_p_p_pp(struct cpu *cpu, const struct op *op) { brkp(cpu, op, false, true); }
static void brkn(struct cpu *cpu, const struct op *op, bool setflags)
{
    struct pbits result = LastActive(GetP(cpu, op->Pg), GetP(cpu, op->Pn)) ? GetP(cpu, op->Pdm) : pred_bits(0);
    SetP(cpu, op->Pdm, result);
    if (setflags)
        PredTest(cpu, pred_bits(CurrentVL(cpu) / 8), result, 8);
}
void exec_BRKN_p_p_pp(struct cpu *cpu, const struct op *op) { brkn(cpu, op, false); }
void exec_BRKNS_p_p_pp(struct cpu *cpu, const struct op *op) { brkn(cpu, op, true); }

/* ---- Permutes: an element of a predicate is all of its esize/8 bits ---- */
static unsigned pred_elem(struct pbits p, unsigned e, unsigned esize)
{
    unsigned width = esize / 8, bit = e * width;
    return p.w[bit / 64] >> (bit % 64) & Ones(width);
}
static void pred_set_elem(struct pbits *p, unsigned e, unsigned esize, uint64_t value)
{
    unsigned bit = e * (esize / 8);
    p->w[bit / 64] |= value << (bit % 64);
}
void exec_REV_p_p(struct cpu *cpu, const struct op *op)
{
    unsigned esize = esize_of(op), elements = CurrentVL(cpu) / esize;
    struct pbits n = GetP(cpu, op->Pn), result = pred_bits(0);
    for (unsigned e = 0; e < elements; e++)
        pred_set_elem(&result, elements - 1 - e, esize, pred_elem(n, e, esize));
    SetP(cpu, op->Pd, result);
}
static void zip(struct cpu *cpu, const struct op *op, unsigned part)
{
    unsigned esize = esize_of(op), pairs = CurrentVL(cpu) / esize / 2;
    struct pbits n = GetP(cpu, op->Pn), m = GetP(cpu, op->Pm), result = pred_bits(0);
    for (unsigned p = 0; p < pairs; p++) {
        pred_set_elem(&result, 2 * p, esize, pred_elem(n, part * pairs + p, esize));
        pred_set_elem(&result, 2 * p + 1, esize, pred_elem(m, part * pairs + p, esize));
    }
    SetP(cpu, op->Pd, result);
}
static void uzp(struct cpu *cpu, const struct op *op, unsigned part)
{
    unsigned esize = esize_of(op), pairs = CurrentVL(cpu) / esize / 2;
    struct pbits n = GetP(cpu, op->Pn), m = GetP(cpu, op->Pm), result = pred_bits(0);
    for (unsigned p = 0; p < pairs; p++) {
        pred_set_elem(&result, p, esize, pred_elem(n, 2 * p + part, esize));
        pred_set_elem(&result, pairs + p, esize, pred_elem(m, 2 * p + part, esize));
    }
    SetP(cpu, op->Pd, result);
}
static void trn(struct cpu *cpu, const struct op *op, unsigned part)
{
    unsigned esize = esize_of(op), pairs = CurrentVL(cpu) / esize / 2;
    struct pbits n = GetP(cpu, op->Pn), m = GetP(cpu, op->Pm), result = pred_bits(0);
    for (unsigned p = 0; p < pairs; p++) {
        pred_set_elem(&result, 2 * p, esize, pred_elem(n, 2 * p + part, esize));
        pred_set_elem(&result, 2 * p + 1, esize, pred_elem(m, 2 * p + part, esize));
    }
    SetP(cpu, op->Pd, result);
}
void exec_ZIP1_p_pp(struct cpu *cpu, const struct op *op) { zip(cpu, op, 0); }
void exec_ZIP2_p_pp(struct cpu *cpu, const struct op *op) { zip(cpu, op, 1); }
void exec_UZP1_p_pp(struct cpu *cpu, const struct op *op) { uzp(cpu, op, 0); }
void exec_UZP2_p_pp(struct cpu *cpu, const struct op *op) { uzp(cpu, op, 1); }
void exec_TRN1_p_pp(struct cpu *cpu, const struct op *op) { trn(cpu, op, 0); }
void exec_TRN2_p_pp(struct cpu *cpu, const struct op *op) { trn(cpu, op, 1); }

static void punpk(struct cpu *cpu, const struct op *op, unsigned part)
{
    unsigned elements = CurrentVL(cpu) / 16;
    struct pbits n = GetP(cpu, op->Pn), result = pred_bits(0);
    for (unsigned e = 0; e < elements; e++)
        pred_set_elem(&result, e, 16, pred_bit(n, part * elements + e));
    SetP(cpu, op->Pd, result);
}
void exec_PUNPKLO_p_p(struct cpu *cpu, const struct op *op) { punpk(cpu, op, 0); }
void exec_PUNPKHI_p_p(struct cpu *cpu, const struct op *op) { punpk(cpu, op, 1); }

/* ---- Vector length in general registers ---- */
void exec_RDVL_r_i(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, (uint64_t)(SignExtend(op->imm6, 6) * (int64_t)(CurrentVL(cpu) / 8)));
}
void exec_ADDVL_r_ri(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, X(cpu, op->Rn) + (uint64_t)(SignExtend(op->imm6, 6) * (int64_t)(CurrentVL(cpu) / 8)));
}
void exec_ADDPL_r_ri(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, X(cpu, op->Rn) + (uint64_t)(SignExtend(op->imm6, 6) * (int64_t)(CurrentVL(cpu) / 64)));
}

/* ---- Counts: CNT, INC, DEC and their saturating kin ---- */
/* pattern, MUL #imm4 + 1: at most 256 * 16. */
static unsigned count_of(const struct cpu *cpu, const struct op *op, unsigned esize)
{
    return DecodePredCount(cpu, op->pattern, esize) * (op->imm4 + 1u);
}
static unsigned active_of(const struct cpu *cpu, const struct op *op)
{
    return pred_count(pred_active(cpu, op->Pm, esize_of(op)));
}
void exec_CNTP_r_p_p(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, pred_count(pred_and(pred_active(cpu, op->Pn, esize_of(op)), GetP(cpu, op->Pg))));
}
static void cnt_r(struct cpu *cpu, const struct op *op, unsigned esize) { SetX(cpu, op->Rd, count_of(cpu, op, esize)); }
void exec_CNTB_r_s(struct cpu *cpu, const struct op *op) { cnt_r(cpu, op, 8); }
void exec_CNTH_r_s(struct cpu *cpu, const struct op *op) { cnt_r(cpu, op, 16); }
void exec_CNTW_r_s(struct cpu *cpu, const struct op *op) { cnt_r(cpu, op, 32); }
void exec_CNTD_r_s(struct cpu *cpu, const struct op *op) { cnt_r(cpu, op, 64); }

static ALWAYS_INLINE void count_r(struct cpu *cpu, const struct op *op, unsigned count, elem2_fn *f)
{
    SetX(cpu, op->Rdn, f(X(cpu, op->Rdn), count, 64));
}
/* The 32-bit forms: saturate the low word; signed ones then extend to 64 bits. */
static ALWAYS_INLINE void count_r_w(struct cpu *cpu, const struct op *op, unsigned count, elem2_fn *f, bool sign)
{
    uint64_t result = UInt(f(UInt(X(cpu, op->Rdn), 32), count, 32), 32);
    SetX(cpu, op->Rdn, sign ? (uint64_t)SInt(result, 32) : result);
}
void exec_INCB_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 8), e_add); }
void exec_INCH_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 16), e_add); }
void exec_INCW_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 32), e_add); }
void exec_INCD_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 64), e_add); }
void exec_DECB_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 8), e_sub); }
void exec_DECH_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 16), e_sub); }
void exec_DECW_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 32), e_sub); }
void exec_DECD_r_rs(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 64), e_sub); }
void exec_SQINCB_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 8), e_sqadd_sve); }
void exec_SQINCH_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 16), e_sqadd_sve); }
void exec_SQINCW_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 32), e_sqadd_sve); }
void exec_SQINCD_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 64), e_sqadd_sve); }
void exec_SQINCB_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 8), e_sqadd_sve, true);
}
void exec_SQINCH_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 16), e_sqadd_sve, true);
}
void exec_SQINCW_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 32), e_sqadd_sve, true);
}
void exec_SQINCD_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 64), e_sqadd_sve, true);
}
void exec_UQINCB_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 8), e_uqadd_sve); }
void exec_UQINCH_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 16), e_uqadd_sve); }
void exec_UQINCW_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 32), e_uqadd_sve); }
void exec_UQINCD_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 64), e_uqadd_sve); }
void exec_UQINCB_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 8), e_uqadd_sve, false);
}
void exec_UQINCH_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 16), e_uqadd_sve, false);
}
void exec_UQINCW_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 32), e_uqadd_sve, false);
}
void exec_UQINCD_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 64), e_uqadd_sve, false);
}
void exec_SQDECB_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 8), e_sqsub_sve); }
void exec_SQDECH_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 16), e_sqsub_sve); }
void exec_SQDECW_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 32), e_sqsub_sve); }
void exec_SQDECD_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 64), e_sqsub_sve); }
void exec_SQDECB_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 8), e_sqsub_sve, true);
}
void exec_SQDECH_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 16), e_sqsub_sve, true);
}
void exec_SQDECW_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 32), e_sqsub_sve, true);
}
void exec_SQDECD_r_rs_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 64), e_sqsub_sve, true);
}
void exec_UQDECB_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 8), e_uqsub_sve); }
void exec_UQDECH_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 16), e_uqsub_sve); }
void exec_UQDECW_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 32), e_uqsub_sve); }
void exec_UQDECD_r_rs_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, count_of(cpu, op, 64), e_uqsub_sve); }
void exec_UQDECB_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 8), e_uqsub_sve, false);
}
void exec_UQDECH_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 16), e_uqsub_sve, false);
}
void exec_UQDECW_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 32), e_uqsub_sve, false);
}
void exec_UQDECD_r_rs_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, count_of(cpu, op, 64), e_uqsub_sve, false);
}

void exec_INCP_r_p_r(struct cpu *cpu, const struct op *op) { count_r(cpu, op, active_of(cpu, op), e_add); }
void exec_SQINCP_r_p_r_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, active_of(cpu, op), e_sqadd_sve); }
void exec_SQINCP_r_p_r_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, active_of(cpu, op), e_sqadd_sve, true);
}
void exec_UQINCP_r_p_r_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, active_of(cpu, op), e_uqadd_sve); }
void exec_UQINCP_r_p_r_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, active_of(cpu, op), e_uqadd_sve, false);
}
void exec_DECP_r_p_r(struct cpu *cpu, const struct op *op) { count_r(cpu, op, active_of(cpu, op), e_sub); }
void exec_SQDECP_r_p_r_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, active_of(cpu, op), e_sqsub_sve); }
void exec_SQDECP_r_p_r_sx(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, active_of(cpu, op), e_sqsub_sve, true);
}
void exec_UQDECP_r_p_r_x(struct cpu *cpu, const struct op *op) { count_r(cpu, op, active_of(cpu, op), e_uqsub_sve); }
void exec_UQDECP_r_p_r_uw(struct cpu *cpu, const struct op *op)
{
    count_r_w(cpu, op, active_of(cpu, op), e_uqsub_sve, false);
}

/* The same on every element of a vector. */
static ALWAYS_INLINE void count_z(struct cpu *cpu, const struct op *op, unsigned count, unsigned esize, elem2_fn *f)
{
    uint8_t *d = ZForWrite(cpu, op->Zdn);
    map2i((struct lanes){ .d = d, .n = d, .bits = CurrentVL(cpu), .esize = esize }, count, f);
}
void exec_INCH_z_zs(struct cpu *cpu, const struct op *op) { count_z(cpu, op, count_of(cpu, op, 16), 16, e_add); }
void exec_INCW_z_zs(struct cpu *cpu, const struct op *op) { count_z(cpu, op, count_of(cpu, op, 32), 32, e_add); }
void exec_INCD_z_zs(struct cpu *cpu, const struct op *op) { count_z(cpu, op, count_of(cpu, op, 64), 64, e_add); }
void exec_SQINCH_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 16), 16, e_sqadd_sve);
}
void exec_SQINCW_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 32), 32, e_sqadd_sve);
}
void exec_SQINCD_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 64), 64, e_sqadd_sve);
}
void exec_UQINCH_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 16), 16, e_uqadd_sve);
}
void exec_UQINCW_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 32), 32, e_uqadd_sve);
}
void exec_UQINCD_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 64), 64, e_uqadd_sve);
}
void exec_DECH_z_zs(struct cpu *cpu, const struct op *op) { count_z(cpu, op, count_of(cpu, op, 16), 16, e_sub); }
void exec_DECW_z_zs(struct cpu *cpu, const struct op *op) { count_z(cpu, op, count_of(cpu, op, 32), 32, e_sub); }
void exec_DECD_z_zs(struct cpu *cpu, const struct op *op) { count_z(cpu, op, count_of(cpu, op, 64), 64, e_sub); }
void exec_SQDECH_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 16), 16, e_sqsub_sve);
}
void exec_SQDECW_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 32), 32, e_sqsub_sve);
}
void exec_SQDECD_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 64), 64, e_sqsub_sve);
}
void exec_UQDECH_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 16), 16, e_uqsub_sve);
}
void exec_UQDECW_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 32), 32, e_uqsub_sve);
}
void exec_UQDECD_z_zs(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, count_of(cpu, op, 64), 64, e_uqsub_sve);
}
void exec_INCP_z_p_z(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, active_of(cpu, op), esize_of(op), e_add);
}
void exec_SQINCP_z_p_z(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, active_of(cpu, op), esize_of(op), e_sqadd_sve);
}
void exec_UQINCP_z_p_z(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, active_of(cpu, op), esize_of(op), e_uqadd_sve);
}
void exec_DECP_z_p_z(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, active_of(cpu, op), esize_of(op), e_sub);
}
void exec_SQDECP_z_p_z(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, active_of(cpu, op), esize_of(op), e_sqsub_sve);
}
void exec_UQDECP_z_p_z(struct cpu *cpu, const struct op *op)
{
    count_z(cpu, op, active_of(cpu, op), esize_of(op), e_uqsub_sve);
}
