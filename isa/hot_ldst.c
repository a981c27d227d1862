/* Specialised handlers for loads and stores of general registers that hit the fast TLB. Anything else (a miss, a page
 * crossing, a device, a misaligned SP) goes to the plain function, which does the whole access; nothing has been
 * changed by then. op->l is 15 when the base is SP (whose alignment is checked) and 0 otherwise, op->i a shift: slots
 * that the plain functions of these rows do not read. */
#include "isa/engine.h"

#define BASE cpu->gpr[op->Rn]
#define RT   cpu->gpr[op->Rt]

/* The three ways to form an address. */
static ALWAYS_INLINE uint64_t at_imm(const struct cpu *cpu, const struct op *op) { return BASE + op->imm; }
static ALWAYS_INLINE uint64_t at_reg(const struct cpu *cpu, const struct op *op)
{
    return BASE + (cpu->gpr[op->Rm] << op->i);
}
static ALWAYS_INLINE uint64_t at_uxtw(const struct cpu *cpu, const struct op *op)
{
    return BASE + ((uint64_t)(uint32_t)cpu->gpr[op->Rm] << op->i);
}
static ALWAYS_INLINE uint64_t at_sxtw(const struct cpu *cpu, const struct op *op)
{
    return BASE + ((uint64_t)(int64_t)(int32_t)cpu->gpr[op->Rm] << op->i);
}

#define LOAD(NAME, TYPE, ADDRESS)                                                \
    static HANDLER(NAME)                                                         \
    {                                                                            \
        uint64_t va = ADDRESS(cpu, op);                                          \
        const struct tlb_entry *e = tlb_slot(cpu, va);                           \
        TYPE v;                                                                  \
        if (unlikely(BASE & op->l) || !tlb_hit(cpu, e->read_tag, va, sizeof(v))) \
            GOTO(h_plain);                                                       \
        memcpy(&v, tlb_host(e, va), sizeof(v));                                  \
        RT = (uint64_t)(int64_t)v;                                               \
        NEXT(op + 1);                                                            \
    }
#define STORE(NAME, TYPE, ADDRESS)                                                \
    static HANDLER(NAME)                                                          \
    {                                                                             \
        uint64_t va = ADDRESS(cpu, op);                                           \
        const struct tlb_entry *e = tlb_slot(cpu, va);                            \
        TYPE v = (TYPE)RT;                                                        \
        if (unlikely(BASE & op->l) || !tlb_hit(cpu, e->write_tag, va, sizeof(v))) \
            GOTO(h_plain);                                                        \
        memcpy(tlb_host(e, va), &v, sizeof(v));                                   \
        NEXT(op + 1);                                                             \
    }
#define FOUR_ADDRESSES(KIND, NAME, TYPE) \
    KIND(NAME##_imm, TYPE, at_imm)       \
    KIND(NAME##_reg, TYPE, at_reg)       \
    KIND(NAME##_uxtw, TYPE, at_uxtw)     \
    KIND(NAME##_sxtw, TYPE, at_sxtw)
FOUR_ADDRESSES(LOAD, hot_ldr_x, uint64_t)
FOUR_ADDRESSES(LOAD, hot_ldr_w, uint32_t)
FOUR_ADDRESSES(LOAD, hot_ldrh, uint16_t)
FOUR_ADDRESSES(LOAD, hot_ldrb, uint8_t)
FOUR_ADDRESSES(LOAD, hot_ldrsw, int32_t)
FOUR_ADDRESSES(STORE, hot_str_x, uint64_t)
FOUR_ADDRESSES(STORE, hot_str_w, uint32_t)
FOUR_ADDRESSES(STORE, hot_strh, uint16_t)
FOUR_ADDRESSES(STORE, hot_strb, uint8_t)
LOAD(hot_ldrsb_x_imm, int8_t, at_imm)
LOAD(hot_ldrsh_x_imm, int16_t, at_imm)

/* Pre- and post-indexed: the base moves by op->imm. */
#define LOAD_WB(NAME, TYPE, BEFORE)                                              \
    static HANDLER(NAME)                                                         \
    {                                                                            \
        uint64_t moved = BASE + op->imm, va = (BEFORE) ? moved : BASE;           \
        const struct tlb_entry *e = tlb_slot(cpu, va);                           \
        TYPE v;                                                                  \
        if (unlikely(BASE & op->l) || !tlb_hit(cpu, e->read_tag, va, sizeof(v))) \
            GOTO(h_plain);                                                       \
        memcpy(&v, tlb_host(e, va), sizeof(v));                                  \
        BASE = moved;                                                            \
        RT = v;                                                                  \
        NEXT(op + 1);                                                            \
    }
#define STORE_WB(NAME, TYPE, BEFORE)                                              \
    static HANDLER(NAME)                                                          \
    {                                                                             \
        uint64_t moved = BASE + op->imm, va = (BEFORE) ? moved : BASE;            \
        const struct tlb_entry *e = tlb_slot(cpu, va);                            \
        TYPE v = (TYPE)RT;                                                        \
        if (unlikely(BASE & op->l) || !tlb_hit(cpu, e->write_tag, va, sizeof(v))) \
            GOTO(h_plain);                                                        \
        memcpy(tlb_host(e, va), &v, sizeof(v));                                   \
        BASE = moved;                                                             \
        NEXT(op + 1);                                                             \
    }
LOAD_WB(hot_ldr_x_post, uint64_t, false)
LOAD_WB(hot_ldr_w_post, uint32_t, false)
LOAD_WB(hot_ldrb_post, uint8_t, false)
LOAD_WB(hot_ldr_x_pre, uint64_t, true)
LOAD_WB(hot_ldrb_pre, uint8_t, true)
STORE_WB(hot_str_x_post, uint64_t, false)
STORE_WB(hot_str_w_post, uint32_t, false)
STORE_WB(hot_strb_post, uint8_t, false)
STORE_WB(hot_str_x_pre, uint64_t, true)

/* Pairs of 64-bit registers. MOVES: the base moves; BEFORE: the access is at the moved base. */
#define LOAD_PAIR(NAME, MOVES, BEFORE)                                           \
    static HANDLER(NAME)                                                         \
    {                                                                            \
        uint64_t moved = BASE + op->imm, va = (BEFORE) ? moved : BASE, v[2];     \
        const struct tlb_entry *e = tlb_slot(cpu, va);                           \
        if (unlikely(BASE & op->l) || !tlb_hit(cpu, e->read_tag, va, sizeof(v))) \
            GOTO(h_plain);                                                       \
        memcpy(v, tlb_host(e, va), sizeof(v));                                   \
        if (MOVES)                                                               \
            BASE = moved;                                                        \
        RT = v[0];                                                               \
        cpu->gpr[op->Rt2] = v[1];                                                \
        NEXT(op + 1);                                                            \
    }
#define STORE_PAIR(NAME, MOVES, BEFORE)                                                                  \
    static HANDLER(NAME)                                                                                 \
    {                                                                                                    \
        uint64_t moved = BASE + op->imm, va = (BEFORE) ? moved : BASE, v[2] = { RT, cpu->gpr[op->Rt2] }; \
        const struct tlb_entry *e = tlb_slot(cpu, va);                                                   \
        if (unlikely(BASE & op->l) || !tlb_hit(cpu, e->write_tag, va, sizeof(v)))                        \
            GOTO(h_plain);                                                                               \
        memcpy(tlb_host(e, va), v, sizeof(v));                                                           \
        if (MOVES)                                                                                       \
            BASE = moved;                                                                                \
        NEXT(op + 1);                                                                                    \
    }
LOAD_PAIR(hot_ldp_offset, false, true)
LOAD_PAIR(hot_ldp_post, true, false)
LOAD_PAIR(hot_ldp_pre, true, true)
STORE_PAIR(hot_stp_offset, false, true)
STORE_PAIR(hot_stp_post, true, false)
STORE_PAIR(hot_stp_pre, true, true)

/* ---- Selection. op->imm is the offset that the row's .prepare worked out; the plain function reads it too. ---- */
enum { LDR_X, LDR_W, LDRH, LDRB, LDRSW, STR_X, STR_W, STRH, STRB, KINDS };
#define FORMS(NAME)                                      \
    {                                                    \
        NAME##_imm, NAME##_reg, NAME##_uxtw, NAME##_sxtw \
    }
static handler_fn *const simple[KINDS][4] = {
    FORMS(hot_ldr_x), FORMS(hot_ldr_w), FORMS(hot_ldrh), FORMS(hot_ldrb), FORMS(hot_ldrsw),
    FORMS(hot_str_x), FORMS(hot_str_w), FORMS(hot_strh), FORMS(hot_strb),
};

/* Loads to XZR discard the value: not hot. Stores of XZR are (slot 31 reads zero). */
static bool loads_zr(const struct op *op, unsigned kind) { return kind < STR_X && op->Rt == ZR_SLOT; }

static handler_fn *imm_form(const struct op *op, unsigned kind) { return loads_zr(op, kind) ? NULL : simple[kind][0]; }
static handler_fn *reg_form(struct op *op, unsigned kind, unsigned scale)
{
    unsigned form = op->option_name == 2 ? 2 : op->option_name == 6 ? 3 : op->option_name == 3 || op->option_name == 7;

    op->i = op->S ? (uint8_t)scale : 0;
    return loads_zr(op, kind) || !form ? NULL : simple[kind][form];
}
/* The base must not be a transfer register: CONSTRAINED UNPREDICTABLE is the plain function's business. */
static handler_fn *writeback(const struct op *op, handler_fn *h, bool load)
{
    return op->Rn == op->Rt || (load && op->Rt == ZR_SLOT) ? NULL : h;
}
static handler_fn *pair(const struct op *op, handler_fn *h, bool load, bool moves)
{
    if (op->word >> 31 == 0 || (load && (op->Rt == ZR_SLOT || op->Rt2 == ZR_SLOT || op->Rt == op->Rt2)))
        return NULL;
    if (moves && (op->Rn == op->Rt || op->Rn == op->Rt2))
        return NULL;
    return h;
}

static handler_fn *select_ldst(struct op *op)
{
    bool x = op->word >> 30 & 1; /* of the rows with size=1x */

    switch (op->row) {
    case INSN_LDR_imm_gen_unsigned: return x ? imm_form(op, LDR_X) : imm_form(op, LDR_W);
    case INSN_STR_imm_gen_unsigned: return x ? imm_form(op, STR_X) : imm_form(op, STR_W);
    case INSN_LDRB_imm_unsigned: return imm_form(op, LDRB);
    case INSN_STRB_imm_unsigned: return imm_form(op, STRB);
    case INSN_LDRH_imm_unsigned: return imm_form(op, LDRH);
    case INSN_STRH_imm_unsigned: return imm_form(op, STRH);
    case INSN_LDRSW_imm_unsigned: return imm_form(op, LDRSW);
    case INSN_LDUR_gen: return imm_form(op, x ? LDR_X : LDR_W);
    case INSN_STUR_gen: return imm_form(op, x ? STR_X : STR_W);
    case INSN_LDURB: return imm_form(op, LDRB);
    case INSN_STURB: return imm_form(op, STRB);
    case INSN_LDURH: return imm_form(op, LDRH);
    case INSN_STURH: return imm_form(op, STRH);
    case INSN_LDURSW: return imm_form(op, LDRSW);
    case INSN_LDR_reg_gen: return x ? reg_form(op, LDR_X, 3) : reg_form(op, LDR_W, 2);
    case INSN_STR_reg_gen: return x ? reg_form(op, STR_X, 3) : reg_form(op, STR_W, 2);
    case INSN_LDRB_reg: return reg_form(op, LDRB, 0);
    case INSN_STRB_reg: return reg_form(op, STRB, 0);
    case INSN_LDRH_reg: return reg_form(op, LDRH, 1);
    case INSN_STRH_reg: return reg_form(op, STRH, 1);
    case INSN_LDRSW_reg: return reg_form(op, LDRSW, 2);
    case INSN_LDRSB_imm_unsigned: return op->word >> 22 & 1 || op->Rt == ZR_SLOT ? NULL : hot_ldrsb_x_imm;
    case INSN_LDRSH_imm_unsigned: return op->word >> 22 & 1 || op->Rt == ZR_SLOT ? NULL : hot_ldrsh_x_imm;
    case INSN_LDR_imm_gen_signed_post_idx: return writeback(op, x ? hot_ldr_x_post : hot_ldr_w_post, true);
    case INSN_LDR_imm_gen_signed_pre_idx: return x ? writeback(op, hot_ldr_x_pre, true) : NULL;
    case INSN_LDRB_imm_signed_post_idx: return writeback(op, hot_ldrb_post, true);
    case INSN_LDRB_imm_signed_pre_idx: return writeback(op, hot_ldrb_pre, true);
    case INSN_STR_imm_gen_signed_post_idx: return writeback(op, x ? hot_str_x_post : hot_str_w_post, false);
    case INSN_STR_imm_gen_signed_pre_idx: return x ? writeback(op, hot_str_x_pre, false) : NULL;
    case INSN_STRB_imm_signed_post_idx: return writeback(op, hot_strb_post, false);
    case INSN_LDP_gen_offset: return pair(op, hot_ldp_offset, true, false);
    case INSN_LDP_gen_post_idx: return pair(op, hot_ldp_post, true, true);
    case INSN_LDP_gen_pre_idx: return pair(op, hot_ldp_pre, true, true);
    case INSN_STP_gen_offset: return pair(op, hot_stp_offset, false, false);
    case INSN_STP_gen_post_idx: return pair(op, hot_stp_post, false, true);
    case INSN_STP_gen_pre_idx: return pair(op, hot_stp_pre, false, true);
    }
    return NULL;
}

handler_fn *hot_ldst_handler(struct op *op)
{
    handler_fn *h = select_ldst(op);
    if (h)
        op->l = op->Rn == SP_SLOT ? 15 : 0;
    return h;
}
