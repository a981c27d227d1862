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

typedef void walk_fn(struct lanes l, unsigned esize);
static ALWAYS_INLINE void predicated(struct lanes l, unsigned esize, walk_fn *walk)
{
    if (likely(all_active(l.g, l.bits, esize))) {
        l.g = NULL;
        walk(l, esize);
    } else {
        walk(l, esize);
    }
}

/* One handler for each element size: WALK is a function of (lanes, esize), LANES says which. */
#define HANDLER_OF_SIZE(ROW, ESIZE, LANES, HOW, WALK) \
    static HANDLER(hot_##ROW##_##ESIZE)               \
    {                                                 \
        if (unlikely(cpu->sve_trap))                  \
            GOTO(h_plain_sve);                        \
        HOW(LANES(cpu, op), ESIZE, WALK);             \
        NEXT(op + 1);                                 \
    }
#define HANDLERS(ROW, LANES, HOW, WALK)        \
    HANDLER_OF_SIZE(ROW, 8, LANES, HOW, WALK)  \
    HANDLER_OF_SIZE(ROW, 16, LANES, HOW, WALK) \
    HANDLER_OF_SIZE(ROW, 32, LANES, HOW, WALK) \
    HANDLER_OF_SIZE(ROW, 64, LANES, HOW, WALK)

/* ---- Two operands, predicated or not; three operands ---- */
#define PREDICATED(X)      \
    X(ADD_z_p_zz, e_add)   \
    X(SUB_z_p_zz, e_sub)   \
    X(SUBR_z_p_zz, e_subr) \
    X(MUL_z_p_zz, e_mul)   \
    X(AND_z_p_zz, e_and)   \
    X(BIC_z_p_zz, e_bic)   \
    X(EOR_z_p_zz, e_eor)   \
    X(ORR_z_p_zz, e_orr)   \
    X(SMAX_z_p_zz, e_smax) \
    X(SMIN_z_p_zz, e_smin) \
    X(UMAX_z_p_zz, e_umax) \
    X(UMIN_z_p_zz, e_umin)
#define UNPREDICATED(X) \
    X(ADD_z_zz, e_add)  \
    X(SUB_z_zz, e_sub)  \
    X(MUL_z_zz, e_mul)
#define MULTIPLY_ADD(X)   \
    X(MLA_z_p_zzz, e_mla) \
    X(MLS_z_p_zzz, e_mls)

static ALWAYS_INLINE void unpredicated(struct lanes l, unsigned esize, walk_fn *walk) { walk(l, esize); }

#define DEFINE2(ROW, F)                                                                            \
    static ALWAYS_INLINE void walk_##ROW(struct lanes l, unsigned esize) { map2_at(l, esize, F); } \
    HANDLERS(ROW, lanes_z_p_zz, predicated, walk_##ROW)
#define DEFINE2U(ROW, F)                                                                           \
    static ALWAYS_INLINE void walk_##ROW(struct lanes l, unsigned esize) { map2_at(l, esize, F); } \
    HANDLERS(ROW, lanes_z_zz, unpredicated, walk_##ROW)
#define DEFINE3(ROW, F)                                                                            \
    static ALWAYS_INLINE void walk_##ROW(struct lanes l, unsigned esize) { map3_at(l, esize, F); } \
    HANDLERS(ROW, lanes_z_p_zzz, predicated, walk_##ROW)
PREDICATED(DEFINE2)
UNPREDICATED(DEFINE2U)
MULTIPLY_ADD(DEFINE3)

/* ---- Of one kind each ---- */
static ALWAYS_INLINE struct lanes lanes_sel(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    l.g = P(cpu, op->Pv);
    return l;
}
static ALWAYS_INLINE void walk_sel(struct lanes l, unsigned esize) { sel_at(l, esize, l.g); }
HANDLERS(SEL_z_p_zz, lanes_sel, unpredicated, walk_sel)

handler_fn *hot_sve_handler(const struct op *op)
{
    static const struct {
        unsigned row;
        handler_fn *of_size[4];
    } handlers[] = {
#define ENTRY(ROW, F) { INSN_##ROW, { hot_##ROW##_8, hot_##ROW##_16, hot_##ROW##_32, hot_##ROW##_64 } },
        PREDICATED(ENTRY) UNPREDICATED(ENTRY) MULTIPLY_ADD(ENTRY) ENTRY(SEL_z_p_zz, )
    };

    for (unsigned i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        if (handlers[i].row == op->row)
            return handlers[i].of_size[op->size];
    return NULL;
}
