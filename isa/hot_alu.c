/* Specialised handlers for the integer data-processing instructions that dominate real code. Each does exactly what the
 * row's exec_ function does, for operands that make it simple (a destination that is not XZR). op->imm is what the
 * row's .prepare made of the immediate, or worked out here. */
#include "isa/engine.h"

static ALWAYS_INLINE void set_nz(struct cpu *cpu, bool n, bool z, bool c, bool v)
{
    cpu->pstate.N = n, cpu->pstate.Z = z, cpu->pstate.C = c, cpu->pstate.V = v;
}

/* AddWithCarry() for the four shapes that matter. */
static ALWAYS_INLINE uint64_t adds64(struct cpu *cpu, uint64_t a, uint64_t b)
{
    uint64_t r = a + b;
    set_nz(cpu, r >> 63, r == 0, r < a, (~(a ^ b) & (a ^ r)) >> 63);
    return r;
}
static ALWAYS_INLINE uint64_t subs64(struct cpu *cpu, uint64_t a, uint64_t b)
{
    uint64_t r = a - b;
    set_nz(cpu, r >> 63, r == 0, a >= b, ((a ^ b) & (a ^ r)) >> 63);
    return r;
}
static ALWAYS_INLINE uint64_t adds32(struct cpu *cpu, uint32_t a, uint32_t b)
{
    uint32_t r = a + b;
    set_nz(cpu, r >> 31, r == 0, r < a, (~(a ^ b) & (a ^ r)) >> 31);
    return r;
}
static ALWAYS_INLINE uint64_t subs32(struct cpu *cpu, uint32_t a, uint32_t b)
{
    uint32_t r = a - b;
    set_nz(cpu, r >> 31, r == 0, a >= b, ((a ^ b) & (a ^ r)) >> 31);
    return r;
}
static ALWAYS_INLINE uint64_t ands64(struct cpu *cpu, uint64_t r)
{
    set_nz(cpu, r >> 63, r == 0, false, false);
    return r;
}
static ALWAYS_INLINE uint64_t ands32(struct cpu *cpu, uint32_t r)
{
    set_nz(cpu, r >> 31, r == 0, false, false);
    return r;
}

#define RD   cpu->gpr[op->Rd]
#define RN   cpu->gpr[op->Rn]
#define RM   cpu->gpr[op->Rm]
#define W(x) ((uint32_t)(x))

/* Immediate forms: op->imm is the immediate. MOVZ, MOVN, and logical immediates of XZR are constants. */
static HANDLER(hot_const)
{
    RD = op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_adr)
{
    RD = cpu->page_va + op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_add_imm_x)
{
    RD = RN + op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_add_imm_w)
{
    RD = W(RN + op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_adds_imm_x)
{
    RD = adds64(cpu, RN, op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_adds_imm_w)
{
    RD = adds32(cpu, W(RN), W(op->imm));
    NEXT(op + 1);
}
static HANDLER(hot_subs_imm_x)
{
    RD = subs64(cpu, RN, op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_subs_imm_w)
{
    RD = subs32(cpu, W(RN), W(op->imm));
    NEXT(op + 1);
}
static HANDLER(hot_cmn_imm_x)
{
    adds64(cpu, RN, op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_cmn_imm_w)
{
    adds32(cpu, W(RN), W(op->imm));
    NEXT(op + 1);
}
static HANDLER(hot_cmp_imm_x)
{
    subs64(cpu, RN, op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_cmp_imm_w)
{
    subs32(cpu, W(RN), W(op->imm));
    NEXT(op + 1);
}
static HANDLER(hot_and_imm_x)
{
    RD = RN & op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_orr_imm_x)
{
    RD = RN | op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_eor_imm_x)
{
    RD = RN ^ op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_and_imm_w)
{
    RD = W(RN & op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_orr_imm_w)
{
    RD = W(RN | op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_eor_imm_w)
{
    RD = W(RN ^ op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_ands_imm_x)
{
    RD = ands64(cpu, RN & op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_ands_imm_w)
{
    RD = ands32(cpu, W(RN & op->imm));
    NEXT(op + 1);
}
static HANDLER(hot_tst_imm_x)
{
    ands64(cpu, RN & op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_tst_imm_w)
{
    ands32(cpu, W(RN & op->imm));
    NEXT(op + 1);
}
/* MOVK: imm is the value in place, op->k the position. */
static HANDLER(hot_movk)
{
    RD = (RD & ~(UINT64_C(0xffff) << op->k)) | op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_movk_w)
{
    RD = W((RD & ~(UINT64_C(0xffff) << op->k)) | op->imm);
    NEXT(op + 1);
}

/* Register forms without a shift. */
static HANDLER(hot_mov_x)
{
    RD = RM;
    NEXT(op + 1);
}
static HANDLER(hot_mov_w)
{
    RD = W(RM);
    NEXT(op + 1);
}
static HANDLER(hot_add_x)
{
    RD = RN + RM;
    NEXT(op + 1);
}
static HANDLER(hot_add_w)
{
    RD = W(RN + RM);
    NEXT(op + 1);
}
static HANDLER(hot_sub_x)
{
    RD = RN - RM;
    NEXT(op + 1);
}
static HANDLER(hot_sub_w)
{
    RD = W(RN - RM);
    NEXT(op + 1);
}
static HANDLER(hot_adds_x)
{
    RD = adds64(cpu, RN, RM);
    NEXT(op + 1);
}
static HANDLER(hot_adds_w)
{
    RD = adds32(cpu, W(RN), W(RM));
    NEXT(op + 1);
}
static HANDLER(hot_subs_x)
{
    RD = subs64(cpu, RN, RM);
    NEXT(op + 1);
}
static HANDLER(hot_subs_w)
{
    RD = subs32(cpu, W(RN), W(RM));
    NEXT(op + 1);
}
static HANDLER(hot_cmp_x)
{
    subs64(cpu, RN, RM);
    NEXT(op + 1);
}
static HANDLER(hot_cmp_w)
{
    subs32(cpu, W(RN), W(RM));
    NEXT(op + 1);
}
static HANDLER(hot_and_x)
{
    RD = RN & RM;
    NEXT(op + 1);
}
static HANDLER(hot_and_w)
{
    RD = W(RN & RM);
    NEXT(op + 1);
}
static HANDLER(hot_orr_x)
{
    RD = RN | RM;
    NEXT(op + 1);
}
static HANDLER(hot_orr_w)
{
    RD = W(RN | RM);
    NEXT(op + 1);
}
static HANDLER(hot_eor_x)
{
    RD = RN ^ RM;
    NEXT(op + 1);
}
static HANDLER(hot_eor_w)
{
    RD = W(RN ^ RM);
    NEXT(op + 1);
}
static HANDLER(hot_bic_x)
{
    RD = RN & ~RM;
    NEXT(op + 1);
}
static HANDLER(hot_tst_x)
{
    ands64(cpu, RN & RM);
    NEXT(op + 1);
}
static HANDLER(hot_tst_w)
{
    ands32(cpu, W(RN & RM));
    NEXT(op + 1);
}
/* Shifted left or right by op->imm, 64-bit. */
static HANDLER(hot_add_lsl_x)
{
    RD = RN + (RM << op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_sub_lsl_x)
{
    RD = RN - (RM << op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_orr_lsl_x)
{
    RD = RN | RM << op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_eor_lsl_x)
{
    RD = RN ^ RM << op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_and_lsl_x)
{
    RD = RN & RM << op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_add_lsr_x)
{
    RD = RN + (RM >> op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_orr_lsr_x)
{
    RD = RN | RM >> op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_eor_lsr_x)
{
    RD = RN ^ RM >> op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_add_lsl_w)
{
    RD = W(RN + (RM << op->imm));
    NEXT(op + 1);
}
/* Extended register: 32-bit index, shifted left by op->imm. */
static HANDLER(hot_add_uxtw)
{
    RD = RN + ((uint64_t)W(RM) << op->imm);
    NEXT(op + 1);
}
static HANDLER(hot_add_sxtw)
{
    RD = RN + ((uint64_t)(int64_t)(int32_t)RM << op->imm);
    NEXT(op + 1);
}

/* Bitfields: op->i is the rotation or shift, op->imm a mask where one is needed. */
static HANDLER(hot_lsl_x)
{
    RD = RN << op->i;
    NEXT(op + 1);
}
static HANDLER(hot_lsl_w)
{
    RD = W(RN << op->i);
    NEXT(op + 1);
}
static HANDLER(hot_ubfx_x)
{
    RD = RN >> op->i & op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_ubfx_w)
{
    RD = W(RN) >> op->i & op->imm;
    NEXT(op + 1);
}
static HANDLER(hot_ubfiz)
{
    RD = (RN & op->imm) << op->i;
    NEXT(op + 1);
}
static HANDLER(hot_sbfx)
{
    RD = (uint64_t)((int64_t)(RN << op->j) >> op->i);
    NEXT(op + 1);
}
static HANDLER(hot_sbfx_w)
{
    RD = W((int32_t)(W(RN) << op->j) >> op->i);
    NEXT(op + 1);
}

/* Others. */
static HANDLER(hot_csel_x)
{
    RD = ConditionHolds(cpu, op->cond) ? RN : RM;
    NEXT(op + 1);
}
static HANDLER(hot_csel_w)
{
    RD = W(ConditionHolds(cpu, op->cond) ? RN : RM);
    NEXT(op + 1);
}
static HANDLER(hot_csinc_x)
{
    RD = ConditionHolds(cpu, op->cond) ? RN : RM + 1;
    NEXT(op + 1);
}
static HANDLER(hot_csinc_w)
{
    RD = W(ConditionHolds(cpu, op->cond) ? RN : RM + 1);
    NEXT(op + 1);
}
static HANDLER(hot_madd_x)
{
    RD = cpu->gpr[op->Ra] + RN * RM;
    NEXT(op + 1);
}
static HANDLER(hot_madd_w)
{
    RD = W(cpu->gpr[op->Ra] + RN * RM);
    NEXT(op + 1);
}
static HANDLER(hot_umaddl)
{
    RD = cpu->gpr[op->Ra] + (uint64_t)W(RN) * W(RM);
    NEXT(op + 1);
}
static HANDLER(hot_lslv_x)
{
    RD = RN << (RM & 63);
    NEXT(op + 1);
}
static HANDLER(hot_lsrv_x)
{
    RD = RN >> (RM & 63);
    NEXT(op + 1);
}
static HANDLER(hot_lslv_w)
{
    RD = W(W(RN) << (RM & 31));
    NEXT(op + 1);
}
static HANDLER(hot_lsrv_w)
{
    RD = W(RN) >> (RM & 31);
    NEXT(op + 1);
}
static HANDLER(hot_rev_x)
{
    RD = __builtin_bswap64(RN);
    NEXT(op + 1);
}
static HANDLER(hot_clz_x)
{
    RD = RN ? (unsigned)__builtin_clzll(RN) : 64;
    NEXT(op + 1);
}
static HANDLER(hot_umulh)
{
    RD = (uint64_t)((unsigned __int128)RN * RM >> 64);
    NEXT(op + 1);
}
/* EXTR and ROR by op->i, which is not 0. */
static HANDLER(hot_extr_x)
{
    RD = RM >> op->i | RN << (64 - op->i);
    NEXT(op + 1);
}
static HANDLER(hot_extr_w)
{
    RD = W(W(RM) >> op->i | W(RN) << (32 - op->i));
    NEXT(op + 1);
}
static HANDLER(hot_ccmp_reg_x)
{
    if (ConditionHolds(cpu, op->cond))
        subs64(cpu, RN, RM);
    else
        SetNZCV(cpu, op->nzcv);
    NEXT(op + 1);
}
static HANDLER(hot_ccmp_reg_w)
{
    if (ConditionHolds(cpu, op->cond))
        subs32(cpu, W(RN), W(RM));
    else
        SetNZCV(cpu, op->nzcv);
    NEXT(op + 1);
}
static HANDLER(hot_ccmp_imm_x)
{
    if (ConditionHolds(cpu, op->cond))
        subs64(cpu, RN, op->imm5);
    else
        SetNZCV(cpu, op->nzcv);
    NEXT(op + 1);
}
static HANDLER(hot_ccmp_imm_w)
{
    if (ConditionHolds(cpu, op->cond))
        subs32(cpu, W(RN), op->imm5);
    else
        SetNZCV(cpu, op->nzcv);
    NEXT(op + 1);
}
static HANDLER(hot_nop) { NEXT(op + 1); }

static handler_fn *add_sub_imm(struct op *op)
{
    bool x = op->sf;

    switch (op->row) {
    case INSN_SUB_addsub_imm: op->imm = 0 - op->imm; /* fall through */
    case INSN_ADD_addsub_imm: return x ? hot_add_imm_x : hot_add_imm_w;
    case INSN_ADDS_addsub_imm:
        return op->Rd == ZR_SLOT ? (x ? hot_cmn_imm_x : hot_cmn_imm_w) : x ? hot_adds_imm_x : hot_adds_imm_w;
    default: return op->Rd == ZR_SLOT ? (x ? hot_cmp_imm_x : hot_cmp_imm_w) : x ? hot_subs_imm_x : hot_subs_imm_w;
    }
}

static handler_fn *logical_imm(struct op *op)
{
    bool x = op->sf;

    switch (op->row) {
    case INSN_AND_log_imm: return x ? hot_and_imm_x : hot_and_imm_w;
    case INSN_EOR_log_imm: return x ? hot_eor_imm_x : hot_eor_imm_w;
    case INSN_ORR_log_imm: return op->Rn == ZR_SLOT ? hot_const : x ? hot_orr_imm_x : hot_orr_imm_w;
    default: return op->Rd == ZR_SLOT ? (x ? hot_tst_imm_x : hot_tst_imm_w) : x ? hot_ands_imm_x : hot_ands_imm_w;
    }
}

static handler_fn *move_wide(struct op *op)
{
    op->k = (uint8_t)(op->hw * 16u);
    if (op->row == INSN_MOVK)
        return op->sf ? hot_movk : hot_movk_w;
    if (op->row == INSN_MOVN)
        op->imm = op->sf ? ~op->imm : (uint32_t)~op->imm;
    return hot_const;
}

static handler_fn *unshifted(const struct op *op)
{
    bool x = op->sf, discard = op->Rd == ZR_SLOT;

    switch (op->row) {
    case INSN_ADD_addsub_shift: return x ? hot_add_x : hot_add_w;
    case INSN_SUB_addsub_shift: return x ? hot_sub_x : hot_sub_w;
    case INSN_ADDS_addsub_shift: return discard ? NULL : x ? hot_adds_x : hot_adds_w;
    case INSN_SUBS_addsub_shift: return discard ? (x ? hot_cmp_x : hot_cmp_w) : x ? hot_subs_x : hot_subs_w;
    case INSN_AND_log_shift: return x ? hot_and_x : hot_and_w;
    case INSN_EOR_log_shift: return x ? hot_eor_x : hot_eor_w;
    case INSN_BIC_log_shift: return x ? hot_bic_x : NULL;
    case INSN_ANDS_log_shift: return discard ? (x ? hot_tst_x : hot_tst_w) : NULL;
    case INSN_ORR_log_shift: return op->Rn == ZR_SLOT ? (x ? hot_mov_x : hot_mov_w) : x ? hot_orr_x : hot_orr_w;
    }
    return NULL;
}

static handler_fn *shifted_reg(struct op *op)
{
    if (!op->imm6)
        return unshifted(op);
    op->imm = op->imm6;
    if (!op->sf)
        return op->row == INSN_ADD_addsub_shift && op->shift == 0 ? hot_add_lsl_w : NULL;
    switch (op->row << 2 | op->shift) {
    case INSN_ADD_addsub_shift << 2 | 0: return hot_add_lsl_x;
    case INSN_SUB_addsub_shift << 2 | 0: return hot_sub_lsl_x;
    case INSN_ORR_log_shift << 2 | 0: return hot_orr_lsl_x;
    case INSN_EOR_log_shift << 2 | 0: return hot_eor_lsl_x;
    case INSN_AND_log_shift << 2 | 0: return hot_and_lsl_x;
    case INSN_ADD_addsub_shift << 2 | 1: return hot_add_lsr_x;
    case INSN_ORR_log_shift << 2 | 1: return hot_orr_lsr_x;
    case INSN_EOR_log_shift << 2 | 1: return hot_eor_lsr_x;
    }
    return NULL;
}

static handler_fn *unsigned_bitfield(struct op *op)
{
    unsigned r = op->immr, s = op->imms, size = op->sf ? 64 : 32;

    if (s >= r) { /* UBFX, LSR, UXTB, UXTH */
        op->i = (uint8_t)r;
        op->imm = s - r == 63 ? UINT64_MAX : (UINT64_C(1) << (s - r + 1)) - 1;
        return op->sf ? hot_ubfx_x : hot_ubfx_w;
    }
    op->i = (uint8_t)(size - r);
    if (s + 1 == r) /* LSL */
        return op->sf ? hot_lsl_x : hot_lsl_w;
    op->imm = (UINT64_C(1) << (s + 1)) - 1;
    return hot_ubfiz;
}

static handler_fn *signed_bitfield(struct op *op)
{
    unsigned size = op->sf ? 64 : 32;

    if (op->imms < op->immr)
        return NULL;
    op->j = (uint8_t)(size - 1 - op->imms);
    op->i = (uint8_t)(op->j + op->immr);
    return op->sf ? hot_sbfx : hot_sbfx_w;
}

handler_fn *hot_alu_handler(struct op *op, unsigned index)
{
    /* Comparisons, whose result goes nowhere, are the ones with a form for XZR. */
    bool discard = op->Rd == ZR_SLOT;

    switch (op->row) {
    case INSN_ADDS_addsub_imm:
    case INSN_SUBS_addsub_imm: return add_sub_imm(op);
    case INSN_ANDS_log_imm: return logical_imm(op);
    case INSN_SUBS_addsub_shift:
    case INSN_ANDS_log_shift:
    case INSN_ADDS_addsub_shift: return op->imm6 ? NULL : unshifted(op);
    case INSN_CCMP_reg: return op->sf ? hot_ccmp_reg_x : hot_ccmp_reg_w;
    case INSN_CCMP_imm: return op->sf ? hot_ccmp_imm_x : hot_ccmp_imm_w;
    }
    if (discard)
        return NULL;
    switch (op->row) {
    case INSN_ADD_addsub_imm:
    case INSN_SUB_addsub_imm: return add_sub_imm(op);
    case INSN_AND_log_imm:
    case INSN_EOR_log_imm:
    case INSN_ORR_log_imm: return logical_imm(op);
    case INSN_MOVZ:
    case INSN_MOVN:
    case INSN_MOVK: return move_wide(op);
    case INSN_ADR: op->imm += index * 4; /* fall through */
    case INSN_ADRP: return hot_adr;
    case INSN_ADD_addsub_shift:
    case INSN_SUB_addsub_shift:
    case INSN_AND_log_shift:
    case INSN_EOR_log_shift:
    case INSN_BIC_log_shift:
    case INSN_ORR_log_shift: return shifted_reg(op);
    case INSN_ADD_addsub_ext:
        op->imm = op->imm3;
        return !op->sf ? NULL : op->option_name == 2 ? hot_add_uxtw : op->option_name == 6 ? hot_add_sxtw : NULL;
    case INSN_UBFM: return unsigned_bitfield(op);
    case INSN_SBFM: return signed_bitfield(op);
    case INSN_CSEL: return op->sf ? hot_csel_x : hot_csel_w;
    case INSN_CSINC: return op->sf ? hot_csinc_x : hot_csinc_w;
    case INSN_MADD: return op->sf ? hot_madd_x : hot_madd_w;
    case INSN_UMADDL: return hot_umaddl;
    case INSN_LSLV: return op->sf ? hot_lslv_x : hot_lslv_w;
    case INSN_LSRV: return op->sf ? hot_lsrv_x : hot_lsrv_w;
    case INSN_REV: return op->sf && op->opc == 3 ? hot_rev_x : NULL;
    case INSN_CLZ_int: return op->sf ? hot_clz_x : NULL;
    case INSN_UMULH: return hot_umulh;
    case INSN_EXTR: op->i = op->imms; return !op->i ? NULL : op->sf ? hot_extr_x : hot_extr_w;
    case INSN_PRFM_imm: return hot_nop;
    }
    return NULL;
}
