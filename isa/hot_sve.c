/* Specialised handlers for the SVE instructions of inner loops: the element size is decided when the instruction is
 * decoded, and a predicate that is true for all elements, the usual case, once for the vector. What an element does is
 * elem_int.h's, how the elements are walked elem.h's. */
#include "isa/elem_int.h"
#include "isa/engine.h"

/* Are all elements active in the predicate register at g, of a vector of bits bits? The lowest bit of each decides. */
static ALWAYS_INLINE uint64_t inactive_bits(const uint8_t *g, unsigned esize)
{
    return ~Elem(g, 0, 64) & UINT64_MAX / (esize == 64 ? 0xff : Ones(esize / 8));
}
static NOINLINE bool all_active_long(const uint8_t *g, unsigned bits, unsigned esize)
{
    unsigned n = bits / 8;
    for (; n > 64; n -= 64, g += 8)
        if (inactive_bits(g, esize))
            return false;
    return !(inactive_bits(g, esize) << (64 - n));
}
static ALWAYS_INLINE bool all_active(const uint8_t *g, unsigned bits, unsigned esize)
{
    return bits <= 512 ? !(inactive_bits(g, esize) << (64 - bits / 8)) : all_active_long(g, bits, esize);
}

/* ---- How to walk: once for all elements active, once not ---- */
static ALWAYS_INLINE void predicated2(struct lanes l, unsigned esize, const struct op *op, elem2_fn *f)
{
    (void)op;
    if (likely(all_active(l.g, l.bits, esize))) {
        l.g = NULL;
        map2_at(l, esize, f);
    } else {
        map2_at(l, esize, f);
    }
}
static ALWAYS_INLINE void predicated3(struct lanes l, unsigned esize, const struct op *op, elem3_fn *f)
{
    (void)op;
    if (likely(all_active(l.g, l.bits, esize))) {
        l.g = NULL;
        map3_at(l, esize, f);
    } else {
        map3_at(l, esize, f);
    }
}
static ALWAYS_INLINE void predicated_imm(struct lanes l, unsigned esize, const struct op *op, elem2_fn *f)
{
    map2i_at(l, esize, op->imm, f);
}
static ALWAYS_INLINE void unpredicated2(struct lanes l, unsigned esize, const struct op *op, elem2_fn *f)
{
    (void)op;
    map2_at(l, esize, f);
}
static ALWAYS_INLINE void select2(struct lanes l, unsigned esize, const struct op *op, elem2_fn *f)
{
    (void)op, (void)f;
    sel_at(l, esize, l.g);
}
static ALWAYS_INLINE struct lanes lanes_sel(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    l.g = P(cpu, op->Pv);
    return l;
}
static ALWAYS_INLINE struct lanes lanes_z_p_zi(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zi(cpu, op);
    l.g = P(cpu, op->Pg);
    return l;
}

/* ---- The rows: where the lanes are, how to walk them, what one element does ---- */
#define ROWS(X)                                        \
    X(ADD_z_p_zz, lanes_z_p_zz, predicated2, e_add)    \
    X(SUB_z_p_zz, lanes_z_p_zz, predicated2, e_sub)    \
    X(SUBR_z_p_zz, lanes_z_p_zz, predicated2, e_subr)  \
    X(MUL_z_p_zz, lanes_z_p_zz, predicated2, e_mul)    \
    X(AND_z_p_zz, lanes_z_p_zz, predicated2, e_and)    \
    X(BIC_z_p_zz, lanes_z_p_zz, predicated2, e_bic)    \
    X(EOR_z_p_zz, lanes_z_p_zz, predicated2, e_eor)    \
    X(ORR_z_p_zz, lanes_z_p_zz, predicated2, e_orr)    \
    X(SMAX_z_p_zz, lanes_z_p_zz, predicated2, e_smax)  \
    X(SMIN_z_p_zz, lanes_z_p_zz, predicated2, e_smin)  \
    X(UMAX_z_p_zz, lanes_z_p_zz, predicated2, e_umax)  \
    X(UMIN_z_p_zz, lanes_z_p_zz, predicated2, e_umin)  \
    X(MLA_z_p_zzz, lanes_z_p_zzz, predicated3, e_mla)  \
    X(MLS_z_p_zzz, lanes_z_p_zzz, predicated3, e_mls)  \
    X(LSL_z_p_zi, lanes_z_p_zi, predicated_imm, e_lsl) \
    X(LSR_z_p_zi, lanes_z_p_zi, predicated_imm, e_lsr) \
    X(ASR_z_p_zi, lanes_z_p_zi, predicated_imm, e_asr) \
    X(ADD_z_zz, lanes_z_zz, unpredicated2, e_add)      \
    X(SUB_z_zz, lanes_z_zz, unpredicated2, e_sub)      \
    X(MUL_z_zz, lanes_z_zz, unpredicated2, e_mul)      \
    X(SEL_z_p_zz, lanes_sel, select2, NULL)

/* The two shortest lengths by themselves, as their chunks are no loop. */
#define HANDLER_OF_SIZE(ROW, ESIZE, LANES, WALK, F) \
    static HANDLER(hot_##ROW##_##ESIZE##_long)      \
    {                                               \
        struct lanes l = LANES(cpu, op);            \
        if (l.bits == 256) {                        \
            l.bits = 256;                           \
            WALK(l, ESIZE, op, F);                  \
            NEXT(op + 1);                           \
        }                                           \
        WALK(l, ESIZE, op, F);                      \
        NEXT(op + 1);                               \
    }                                               \
    static HANDLER(hot_##ROW##_##ESIZE)             \
    {                                               \
        if (unlikely(cpu->sve_trap))                \
            GOTO(h_plain_sve);                      \
        if (CurrentVL(cpu) != 128)                  \
            GOTO(hot_##ROW##_##ESIZE##_long);       \
        struct lanes l = LANES(cpu, op);            \
        l.bits = 128;                               \
        WALK(l, ESIZE, op, F);                      \
        NEXT(op + 1);                               \
    }
#define HANDLERS(ROW, LANES, WALK, F)        \
    HANDLER_OF_SIZE(ROW, 8, LANES, WALK, F)  \
    HANDLER_OF_SIZE(ROW, 16, LANES, WALK, F) \
    HANDLER_OF_SIZE(ROW, 32, LANES, WALK, F) \
    HANDLER_OF_SIZE(ROW, 64, LANES, WALK, F)
ROWS(HANDLERS)

handler_fn *hot_sve_handler(const struct op *op)
{
    static const struct {
        unsigned row;
        handler_fn *of_size[4];
    } handlers[] = {
#define ENTRY(ROW, LANES, WALK, F) { INSN_##ROW, { hot_##ROW##_8, hot_##ROW##_16, hot_##ROW##_32, hot_##ROW##_64 } },
        ROWS(ENTRY)
    };

    for (unsigned i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        if (handlers[i].row == op->row)
            return handlers[i].of_size[op->size];
    return hot_sve_fp_handler(op);
}
