/* Specialised handlers for branches. A target in the same page is an op offset in op->imm, another page's an offset
 * from the page's address. */
#include "isa/engine.h"

#define P cpu->pstate

/* Conditional branches by condition: in-page and out. */
#define CONDITIONAL(NAME, TAKEN)         \
    static HANDLER(hot_##NAME##_in)      \
    {                                    \
        if (!(TAKEN))                    \
            NEXT(op + 1);                \
        JUMP_OP(op + (int64_t)op->imm);  \
    }                                    \
    static HANDLER(hot_##NAME##_out)     \
    {                                    \
        if (!(TAKEN))                    \
            NEXT(op + 1);                \
        JUMP_VA(cpu->page_va + op->imm); \
    }
CONDITIONAL(eq, P.Z)
CONDITIONAL(ne, !P.Z)
CONDITIONAL(cs, P.C)
CONDITIONAL(cc, !P.C)
CONDITIONAL(mi, P.N)
CONDITIONAL(pl, !P.N)
CONDITIONAL(vs, P.V)
CONDITIONAL(vc, !P.V)
CONDITIONAL(hi, P.C && !P.Z)
CONDITIONAL(ls, !(P.C && !P.Z))
CONDITIONAL(ge, P.N == P.V)
CONDITIONAL(lt, P.N != P.V)
CONDITIONAL(gt, P.N == P.V && !P.Z)
CONDITIONAL(le, !(P.N == P.V && !P.Z))
CONDITIONAL(cbz_x, !cpu->gpr[op->Rt])
CONDITIONAL(cbnz_x, cpu->gpr[op->Rt])
CONDITIONAL(cbz_w, !(uint32_t)cpu->gpr[op->Rt])
CONDITIONAL(cbnz_w, (uint32_t)cpu->gpr[op->Rt])
CONDITIONAL(tbz, !(cpu->gpr[op->Rt] >> op->k & 1))
CONDITIONAL(tbnz, cpu->gpr[op->Rt] >> op->k & 1)

static HANDLER(hot_b_in) { JUMP_OP(op + (int64_t)op->imm); }
static HANDLER(hot_b_out) { JUMP_VA(cpu->page_va + op->imm); }

static ALWAYS_INLINE uint64_t return_address(const struct cpu *cpu, const struct op *op)
{
    return cpu->page_va + (uint64_t)(op + 1 - cpu->ops) * 4;
}
static HANDLER(hot_bl_in)
{
    cpu->gpr[30] = return_address(cpu, op);
    JUMP_OP(op + (int64_t)op->imm);
}
static HANDLER(hot_bl_out)
{
    cpu->gpr[30] = return_address(cpu, op);
    JUMP_VA(cpu->page_va + op->imm);
}
/* RET sets BTYPE to 0, so nothing is left to check at the target. A tagged or misaligned address misses in JUMP_VA;
 * what it means is worked out by the plain function. */
static HANDLER(hot_ret)
{
    uint64_t target = cpu->gpr[op->Rn];
    if (unlikely(!branch_in_tlb(cpu, target)))
        GOTO(h_plain);
    JUMP_VA(target);
}
bool undecoded_is_brk(const struct cpu *cpu, const struct code_page *page, const struct op *to)
{
    uint32_t word;

    memcpy(&word, cpu->mem->ram + (page->pa - cpu->mem->base) + (size_t)(to - page->ops) * 4, 4);
    return (word & 0xffe0001f) == 0xd4200000;
}
static HANDLER(hot_br)
{
    uint64_t target = cpu->gpr[op->Rn];
    if (unlikely(!branch_is_simple(cpu, op, target)))
        GOTO(h_plain);
    JUMP_VA(target);
}
static HANDLER(hot_blr)
{
    uint64_t target = cpu->gpr[op->Rn];
    if (unlikely(!branch_is_simple(cpu, op, target)))
        GOTO(h_plain);
    cpu->gpr[30] = return_address(cpu, op);
    JUMP_VA(target);
}

/* Turn op->imm, in bytes from the op at index, into what the handlers want. True: in-page. */
static bool place_target(struct op *op, unsigned index)
{
    int64_t offset = (int64_t)op->imm, target = (int64_t)index + offset / 4;
    bool in = target >= 0 && target < OPS_PER_PAGE;

    op->imm = (uint64_t)(in ? offset / 4 : (int64_t)index * 4 + offset);
    return in;
}

#define PAIR(NAME)                        \
    {                                     \
        hot_##NAME##_out, hot_##NAME##_in \
    }

static handler_fn *conditional(struct op *op, bool in)
{
    static handler_fn *const table[14][2] = { PAIR(eq), PAIR(ne), PAIR(cs), PAIR(cc), PAIR(mi), PAIR(pl), PAIR(vs),
                                              PAIR(vc), PAIR(hi), PAIR(ls), PAIR(ge), PAIR(lt), PAIR(gt), PAIR(le) };
    static handler_fn *const always[2] = PAIR(b);
    return op->cond < 14 ? table[op->cond][in] : always[in];
}

handler_fn *hot_branch_handler(struct op *op, unsigned index)
{
    static handler_fn *const b[2] = PAIR(b), *const bl[2] = PAIR(bl), *const tbz[2] = PAIR(tbz),
                             *const tbnz[2] = PAIR(tbnz);
    static handler_fn *const cbz[2][2] = { PAIR(cbz_w), PAIR(cbz_x) }, *const cbnz[2][2] = { PAIR(cbnz_w),
                                                                                             PAIR(cbnz_x) };

    switch (op->row) {
    case INSN_B_uncond: return b[place_target(op, index)];
    case INSN_BL: return bl[place_target(op, index)];
    case INSN_B_cond: return conditional(op, place_target(op, index));
    case INSN_CBZ: return cbz[op->sf][place_target(op, index)];
    case INSN_CBNZ: return cbnz[op->sf][place_target(op, index)];
    case INSN_TBZ:
    case INSN_TBNZ:
        op->k = (uint8_t)(op->b5 << 5 | op->b40);
        return (op->row == INSN_TBZ ? tbz : tbnz)[place_target(op, index)];
    case INSN_RET: return hot_ret;
    case INSN_BR: return hot_br;
    case INSN_BLR: return hot_blr;
    }
    return NULL;
}
