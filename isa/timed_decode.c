/* What a timing model needs of a decoded instruction. */
#include "isa/timed.h"

/* Branches: which kind, and what decides. */
static bool decode_branch(const struct op *op, struct timed_op *d)
{
    d->offset = (int32_t)op->imm;
    switch (op->row) {
    case INSN_B_cond:
    case INSN_BC_cond: d->kind = TIMED_CONDITIONAL, d->extend = op->cond; return true;
    case INSN_CBZ:
    case INSN_CBNZ:
        d->kind = TIMED_COMPARE, d->base = op->Rt, d->shift = 64;
        d->extend = (uint8_t)((op->row == INSN_CBNZ) | op->sf << 1);
        return true;
    case INSN_TBZ:
    case INSN_TBNZ:
        d->kind = TIMED_COMPARE, d->base = op->Rt, d->shift = (uint8_t)(op->b5 << 5 | op->b40);
        d->extend = op->row == INSN_TBNZ;
        return true;
    case INSN_B_uncond: d->kind = TIMED_DIRECT, d->size = BRANCH_DIRECT; return true;
    case INSN_BL: d->kind = TIMED_DIRECT, d->size = BRANCH_CALL; return true;
    case INSN_BR: d->kind = TIMED_INDIRECT, d->base = op->Rn, d->size = BRANCH_INDIRECT; return true;
    case INSN_BLR: d->kind = TIMED_INDIRECT, d->base = op->Rn, d->size = BRANCH_INDIRECT_CALL; return true;
    case INSN_RET: d->kind = TIMED_INDIRECT, d->base = op->Rn, d->size = BRANCH_RETURN; return true;
    case INSN_BRA: d->kind = TIMED_BRANCH, d->base = op->Rn, d->size = BRANCH_INDIRECT; return true;
    case INSN_BLRA: d->kind = TIMED_BRANCH, d->base = op->Rn, d->size = BRANCH_INDIRECT_CALL; return true;
    case INSN_RETA: d->kind = TIMED_BRANCH, d->base = 30, d->size = BRANCH_RETURN; return true;
    }
    d->offset = 0;
    return false;
}

/* ---- System registers, by encoding (Arm ARM C5.2, D17) ---- */

enum { OP0 = 19, OP1 = 16, CRN = 12, CRM = 8, OP2 = 5 };
static unsigned part(const struct op *op, unsigned lo, unsigned bits) { return op->word >> lo & ((1u << bits) - 1); }

static bool of_gic(const struct op *op)
{
    unsigned crn = part(op, CRN, 4), crm = part(op, CRM, 4);
    return (crn == 12 && crm >= 8) || (crn == 4 && crm == 6);
}
static bool of_timer(const struct op *op) { return part(op, CRN, 4) == 14 && part(op, CRM, 4) < 8; }
/* Registers that the PE synchronises by itself: NZCV, DAIF, FPCR, FPSR and the rest of PSTATE. */
static bool of_pstate(const struct op *op)
{
    return part(op, CRN, 4) == 4 && part(op, CRM, 4) != 0 && part(op, CRM, 4) != 1;
}
/* SCTLR, CPACR, HCR, CPTR, ZCR, MDCR (1), TTBR, TCR, VTTBR, VTCR (2), MAIR (10). */
static bool of_control(const struct op *op)
{
    unsigned crn = part(op, CRN, 4);
    return crn == 1 || crn == 2 || crn == 10;
}

static enum timing_param read_cost(const struct op *op)
{
    return of_gic(op) ? TP_SYSREG_GIC : of_timer(op) ? TP_SYSREG_TIMER : TP_SYSREG_READ;
}
static enum timing_param write_cost(const struct op *op)
{
    return of_gic(op)       ? TP_SYSREG_GIC
           : of_timer(op)   ? TP_SYSREG_TIMER
           : of_pstate(op)  ? TP_SYSREG_SYNC
           : of_control(op) ? TP_SYSREG_SLOW
                            : TP_SYSREG_WRITE;
}

static void set_system(struct timed_op *d, enum timed_system what, enum timing_param cost)
{
    d->kind = TIMED_SYSTEM;
    d->extend = 0;
    d->size = (uint16_t)(cost | what << 8);
}

static void decode_sys(const struct op *op, struct timed_op *d)
{
    if (part(op, CRN, 4) == 8 || part(op, CRN, 4) == 9) /* TLBI; 9: with XS */
        set_system(d, SYSTEM_TLBI, part(op, CRM, 4) < 4 ? TP_TLBI_BROADCAST : TP_TLBI_LOCAL);
    else if (part(op, CRN, 4) == 7 && d->kind != TIMED_OTHER)
        set_system(d, SYSTEM_CACHE, TP_SYSREG_WRITE);
    else if (d->kind != TIMED_OTHER)
        set_system(d, SYSTEM_WRITE, TP_SYSREG_WRITE);
}

static void decode_system(const struct op *op, struct timed_op *d)
{
    switch (op->row) {
    case INSN_MRS: set_system(d, SYSTEM_READ, read_cost(op)); return;
    case INSN_MSR_reg: set_system(d, SYSTEM_WRITE, write_cost(op)); return;
    case INSN_MSR_imm: set_system(d, SYSTEM_WRITE, TP_SYSREG_SYNC); return;
    case INSN_ISB: set_system(d, SYSTEM_ISB, TP_ISB); return;
    case INSN_DSB:
    case INSN_DSB_nxs: set_system(d, SYSTEM_DSB, TP_DSB); return;
    case INSN_DMB: set_system(d, SYSTEM_DMB, TP_DMB); return;
    case INSN_SB: set_system(d, SYSTEM_WRITE, TP_SYSREG_SYNC); return;
    case INSN_SYS: decode_sys(op, d); return;
    }
}

/* ---- Memory ---- */

/* Stored values that find a place of their own, of which a store has no need for results. */
static bool is_late(const struct operands *o, unsigned i) { return o->store && !o->load && i + o->stored >= o->reads; }

static void decode_stored(const struct operands *o, struct timed_op *d)
{
    unsigned first = o->reads - o->stored;
    d->data = o->data;
    for (unsigned i = 0; i < 3; i++)
        d->dst[i] = i + 1 < o->stored ? o->read[first + i] : REG_NONE;
}

static void decode_memory(const struct operands *o, struct timed_op *d)
{
    if (o->shape == MEMORY_NONE || (o->prefetch && o->shape == MEMORY_LITERAL))
        return;
    d->kind = TIMED_OTHER;
    if (o->prefetch)
        d->kind = TIMED_PREFETCH;
    if (o->prefetch || o->shape == MEMORY_OTHER || d->flags & TIMED_MANY)
        return;
    d->kind = o->load && o->store ? TIMED_ATOMIC : o->load ? TIMED_LOAD : TIMED_STORE;
    if (o->store && !o->load && o->written)
        d->kind = TIMED_OTHER; /* a store-exclusive's status */
    if (d->kind == TIMED_STORE)
        decode_stored(o, d);
    d->base = o->base, d->index = o->index, d->extend = o->extend, d->shift = o->shift;
    d->offset = o->shape == MEMORY_POST || o->shape == MEMORY_REGISTER ? 0 : o->offset;
    d->size = o->size;
    if (o->shape != MEMORY_REGISTER)
        d->index = REG_NONE;
    if (o->shape == MEMORY_LITERAL)
        d->base = REG_NONE;
    if (d->base == REG_SP)
        d->extend |= EXTEND_SP;
    if (o->offset_vl || !o->size) {
        d->flags |= TIMED_VL;
        d->size = (uint16_t)(o->size_vl | o->size_regs << 3 | o->offset_vl << 6);
    }
}

static bool begins(const struct op *op, const char *name)
{
    return !strncmp(insn_table[op->row].id, name, strlen(name));
}
static bool is_movprfx(unsigned row) { return row == INSN_MOVPRFX_z_z || row == INSN_MOVPRFX_z_p_z; }

/* One micro-operation in one cycle of one port, or none, at every vector length, and nothing that most do not have. */
static bool cost_is_simple(const struct timing_model *m, unsigned cost)
{
    for (unsigned vq = 1; vq <= MAX_VQ; vq++) {
        const struct timing_cost *c = &m->cost[vq][cost];
        if (c->uops != 1 || c->uses > 1 || c->forward || c->flags)
            return false;
        if (c->uses ? c->use.cycles != 1 || c->use.after : c->use.ports)
            return false;
    }
    return true;
}
static bool is_simple(const struct timing_model *m, const struct timed_op *d)
{
    bool two = d->src[2] == REG_NONE; /* all that handlers look at; runs look at four */
    return !d->flags && d->accumulator == REG_NONE && (two || d->kind == TIMED_PLAIN) &&
           (d->kind == TIMED_STORE || d->dst[2] == REG_SINK) && cost_is_simple(m, d->cost);
}

/* What takes no place at any vector length. */
static bool is_fused(const struct timing_model *m, const struct timed_op *d)
{
    return d->kind == TIMED_PLAIN && !m->cost[1][d->cost].uops;
}

static void decode_kind(struct timing_model *m, const struct op *op, const struct operands *o, struct timed_op *d)
{
    if (decode_branch(op, d))
        return;
    decode_memory(o, d);
    decode_system(op, d);
    if (begins(op, "LDTR") || begins(op, "STTR"))
        d->flags |= TIMED_UNPRIV;
    if (begins(op, "LDFF") || begins(op, "LDNF"))
        d->flags |= TIMED_FIRST_FAULT;
    if (is_movprfx(op->row))
        d->flags |= TIMED_MOVPRFX;
    if ((is_movprfx(op->row) && m->param[TP_MOVPRFX]) || is_fused(m, d))
        d->kind = TIMED_FUSED;
}

void timed_decode(const struct cpu_class *cls, struct timing_model *m, const struct op *op, struct timed_op *d)
{
    struct operands o;
    struct op nop;
    handler_fn *real = d->real;

    if (op->row == INSN_COUNT) { /* UNDEFINED: its exception is what it costs */
        isa_decode(cls, 0xd503201f, &nop);
        op = &nop;
    }
    isa_operands(op, &o);
    *d = (struct timed_op){ .real = real,
                            .cost = (uint16_t)timing_cost_of(m, op),
                            .src = { REG_NONE, REG_NONE, REG_NONE, REG_NONE },
                            .dst = { REG_SINK, REG_SINK, REG_SINK },
                            .accumulator = o.accumulator,
                            .kind = TIMED_PLAIN,
                            .base = REG_NONE,
                            .index = REG_NONE,
                            .data = REG_NONE,
                            .base_written = o.base_written == REG_NONE ? REG_SINK : o.base_written,
                            .flags = (uint8_t)(o.sve * TIMED_SVE | o.predicated * TIMED_PREDICATED) };
    /* Where the store is accounted by a handler of its own. */
    bool late = o.shape != MEMORY_OTHER && !o.written;
    unsigned n = 0;
    for (unsigned i = 0; i < o.reads; i++) {
        if (o.read[i] == o.accumulator || (late && is_late(&o, i)))
            continue;
        if (n == 4)
            d->flags |= TIMED_MANY;
        else
            d->src[n++] = o.read[i];
    }
    for (unsigned i = 0; i < o.written; i++) {
        if (i == 3)
            d->flags |= TIMED_MANY;
        else
            d->dst[i] = o.write[i];
    }
    decode_kind(m, op, &o, d);
    if (insn_table[op->row].check && (d->kind == TIMED_PLAIN || d->kind == TIMED_LOAD || d->kind == TIMED_STORE))
        d->extend |= EXTEND_CHECKED;
    if (is_simple(m, d))
        d->flags |= TIMED_SIMPLE;
}
