/* What one instruction reads, writes and accesses, from what its row says (isa/operands_row.c) and its fields. */
#include "isa/operands_row.h"
#include "sysregs/sysregs.h"

/* ---- Registers of one instruction ---- */
static void add_read(struct operands *o, unsigned reg)
{
    if (reg == REG_NONE || memchr(o->read, (int)reg, o->reads))
        return;
    assert(o->reads < MAX_READ);
    o->read[o->reads++] = (uint8_t)reg;
}
static void add_written(struct operands *o, unsigned reg)
{
    if (reg == REG_NONE || memchr(o->write, (int)reg, o->written))
        return;
    assert(o->written < MAX_WRITTEN);
    o->write[o->written++] = (uint8_t)reg;
}
/* The value of a store. */
static void add_stored(struct operands *o, unsigned reg)
{
    unsigned reads = o->reads;
    add_read(o, reg);
    o->stored = (uint8_t)(o->stored + (o->reads - reads));
    o->data = o->stored ? o->read[o->reads - 1] : REG_NONE;
}
/* The register n numbers of those in file. */
static unsigned reg_of(unsigned file, unsigned n)
{
    switch (file) {
    case FILE_X: return n;
    case FILE_Z: return REG_Z0 + n % 32;
    case FILE_P: return REG_P0 + n % 16;
    case FILE_PN: return REG_P0 + 8 + n % 8;
    default: return REG_NONE;
    }
}
static unsigned slot_reg(const struct operand_row *r, const struct op *op, enum operand_slot slot)
{
    const uint8_t value[SLOTS] = { op->d, op->n, op->m, op->a, op->g };
    return reg_of(r->file[slot], value[slot]);
}

static void read_governing(const struct operand_row *r, const struct op *op, struct operands *o)
{
    if (r->file[SLOT_G] == FILE_CONDITION) {
        if (op->cond < 14) /* not AL, NV */
            add_read(o, REG_NZCV);
    } else if (r->file[SLOT_G] != NO_REGISTER) {
        o->predicated = true;
        add_read(o, slot_reg(r, op, SLOT_G));
    }
}
static void implicit(const struct operand_row *r, struct operands *o)
{
    static const struct {
        uint32_t effect;
        uint8_t reg;
        bool write;
    } registers[] = {
        { READS_FLAGS, REG_NZCV, false }, { WRITES_FLAGS, REG_NZCV, true }, { READS_FFR, REG_FFR, false },
        { WRITES_FFR, REG_FFR, true },    { READS_X30, 30, false },         { WRITES_X30, 30, true },
        { READS_SP, REG_SP, false },
    };
    for (size_t i = 0; i < sizeof(registers) / sizeof(*registers); i++)
        if (r->effects & registers[i].effect)
            (registers[i].write ? add_written : add_read)(o, registers[i].reg);
}

/* PACIA1716 and its kin, in the encodings of hints. CRm = 1: X17 by X16 (the odd op2 is no instruction); CRm = 3: X30
 * by zero or SP. */
static void pauth_hint(const struct op *op, struct operands *o)
{
    bool odd = op->op2 & 1, x30 = op->CRm == 3;
    if (!x30 && odd)
        return;
    add_read(o, x30 ? 30 : 17);
    if (odd || !x30)
        add_read(o, x30 ? REG_SP : 16);
    add_written(o, x30 ? 30 : 17);
}
/* MRS and MSR: of the registers with operands here, NZCV; writing SPSel, in either form, selects another SP. */
static void system_register(const struct op *op, struct operands *o)
{
    if (op->row == INSN_MRS && op->imm == sysreg_handle(3, 3, 4, 2, 0))
        add_read(o, REG_NZCV);
    if (op->row == INSN_MSR_reg && op->imm == sysreg_handle(3, 3, 4, 2, 0))
        add_written(o, REG_NZCV);
    if (op->row == INSN_MSR_reg && op->imm == sysreg_handle(3, 0, 4, 2, 0))
        add_written(o, REG_SP);
    if (op->row == INSN_MSR_imm && op->op1 == 0 && op->op2 == 5)
        add_written(o, REG_SP);
}
/* What a field of the encoding decides. */
static void special(const struct op *op, struct operands *o)
{
    switch (op->row) {
    case INSN_PACIA_hint:
    case INSN_PACIB_hint:
    case INSN_AUTIA_hint:
    case INSN_AUTIB_hint: pauth_hint(op, o); break;
    case INSN_CHKFEAT: add_read(o, 16), add_written(o, 16); break;
    case INSN_MRS:
    case INSN_MSR_reg:
    case INSN_MSR_imm: system_register(op, o); break;
    case INSN_RMIF:
        if (op->mask != 15)
            add_read(o, REG_NZCV);
        break;
    case INSN_TBL_advsimd:
    case INSN_TBX_advsimd:
        for (unsigned i = 1; i <= op->len; i++)
            add_read(o, reg_of(FILE_Z, op->Rn + i));
        break;
    case INSN_PSEL_p_ppi: add_read(o, 12u + op->Rv); break;
    default: break;
    }
}

/* Is the register in slot n or m, that the pattern has, an operand at all? */
static bool unused_modifier(const struct op *op, enum operand_slot slot)
{
    switch (op->row) {
    case INSN_PACIA_dp_1src:
    case INSN_PACIB_dp_1src:
    case INSN_PACDA:
    case INSN_PACDB:
    case INSN_AUTIA_dp_1src:
    case INSN_AUTIB_dp_1src:
    case INSN_AUTDA:
    case INSN_AUTDB: return slot == SLOT_N && op->Z; /* PACIZA */
    case INSN_BRA:
    case INSN_BLRA: return slot == SLOT_M && !op->Z; /* BRAAZ */
    case INSN_FCMP_float:
    case INSN_FCMPE_float: return slot == SLOT_M && op->opc & 1; /* with zero */
    case INSN_CSEL:
    case INSN_CSINC:
    case INSN_CSINV:
    case INSN_CSNEG:
    case INSN_FCSEL_float: return slot == SLOT_M && op->cond >= 14; /* AL, NV */
    case INSN_RPRFM_reg: return true;                               /* does nothing */
    default: return false;
    }
}
static void read_source(const struct operand_row *r, const struct op *op, struct operands *o, enum operand_slot slot)
{
    unsigned reg = slot_reg(r, op, slot), n = op->Zn;

    if (unused_modifier(op, slot))
        return;
    if (slot == SLOT_N && r->effects & DOUBLE_N)
        add_read(o, reg_of(FILE_Z, 2 * n)), reg = reg_of(FILE_Z, 2 * n + 1);
    if (slot == SLOT_N && op->row == INSN_FMOV_float_gen)
        reg = reg_of(op->opcode & 1 ? FILE_X : FILE_Z, n);
    add_read(o, reg);
    if (slot == SLOT_N && r->effects & NEXT_N)
        add_read(o, reg_of(FILE_Z, n + 1));
}
/* Do elements, or bits, of the destination stay? */
static bool destination_stays(const struct operand_row *r, const struct op *op)
{
    switch (op->row) {
    case INSN_MOVPRFX_z_p_z: return op->M;
    case INSN_FMOV_float_gen: return op->rmode && op->opcode & 1; /* the upper half */
    case INSN_PMOV_z_pi_h: return op->i1;
    case INSN_PMOV_z_pi_s: return op->i2;
    case INSN_PMOV_z_pi_d: return op->i3h || op->i3l;
    case INSN_BRKA_p_p_p:
    case INSN_BRKB_p_p_p: return op->M;
    default: break;
    }
    return r->effects & (READS_D | ADDS_D) || (r->effects & READS_D_IF_Q && op->Q);
}
static void destination(const struct operand_row *r, const struct op *op, struct operands *o)
{
    unsigned reg = slot_reg(r, op, SLOT_D), d = op->Pd;

    if (op->row == INSN_FMOV_float_gen)
        reg = reg_of(op->opcode & 1 ? FILE_Z : FILE_X, op->Rd);
    if (r->effects & ONLY_READS_D) {
        add_read(o, reg);
        return;
    }
    if (destination_stays(r, op))
        add_read(o, reg);
    if (r->effects & DOUBLE_D)
        add_written(o, reg_of(FILE_P, 2 * d)), reg = reg_of(FILE_P, 2 * d + 1);
    add_written(o, reg);
    if (r->effects & NEXT_D)
        add_written(o, reg_of(FILE_P, d + 1));
}
static void accumulator(const struct operand_row *r, const struct op *op, struct operands *o)
{
    if (r->effects & ADDS_D)
        o->accumulator = (uint8_t)slot_reg(r, op, SLOT_D);
    else if (r->effects & ADDS_A)
        o->accumulator = (uint8_t)slot_reg(r, op, SLOT_A);
    else if (r->effects & ADDS_N)
        o->accumulator = (uint8_t)slot_reg(r, op, SLOT_N);
    /* Where it is a factor as well, it is needed at once. */
    for (enum operand_slot slot = SLOT_N; slot <= SLOT_A; slot++)
        if (!(slot == SLOT_A && r->effects & ADDS_A) && !(slot == SLOT_N && r->effects & ADDS_N) &&
            slot_reg(r, op, slot) == o->accumulator)
            o->accumulator = REG_NONE;
}

/* ---- Loads and stores of general and SIMD&FP registers ---- */
static bool has(const struct op *op, const char *field) { return strstr(insn_table[op->row].pattern, field); }

/* Bytes: of one register, or the element of a structure. */
static unsigned fp_size(const struct op *op)
{
    if (has(op, "imm7") || has(op, "imm19"))
        return 4u << op->opc;
    return 1u << ((op->opc & 2u) << 1 | op->size);
}
static unsigned general_size(const struct op *op)
{
    if (has(op, "imm7:7"))
        return 4u << (op->word >> 31);
    switch (op->row) {
    case INSN_LDR_lit_gen: return 4u << (op->opc & 1);
    case INSN_LDRSW_lit: return 4;
    case INSN_PRFM_lit: return 8;
    case INSN_LDXP:
    case INSN_LDAXP:
    case INSN_STXP:
    case INSN_STLXP:
    case INSN_CASP: return 4u << op->sz;
    case INSN_LDCLRP:
    case INSN_LDSETP:
    case INSN_SWPP: return 8;
    default: return 1u << (op->word >> 30);
    }
}
/* AdvSIMD structures: how many registers, and how many bytes in all. */
static unsigned structure_registers(const struct op *op)
{
    static const uint8_t ld1_registers[16] = { [2] = 4, [6] = 3, [7] = 1, [10] = 2 }; /* by opcode */
    const char *id = insn_table[op->row].id;
    return id[2] == '1' && strstr(id, "_mult") ? ld1_registers[op->opcode] : (unsigned)(id[2] - '0');
}
static unsigned structure_size(const struct op *op)
{
    const char *id = insn_table[op->row].id;
    unsigned esize = 1u << op->size;

    if (strstr(id, "_mult"))
        return structure_registers(op) * (op->Q ? 16 : 8);
    if (strstr(id, "_sngl"))
        esize = op->opcode >> 1 == 2 ? 4u << (op->size & 1) : 1u << (op->opcode >> 1);
    return structure_registers(op) * esize;
}
static unsigned tag_bytes(const struct op *op)
{
    const char *id = insn_table[op->row].id;
    return !strncmp(id, "ST2G", 4) || !strncmp(id, "STZ2G", 5) ? 32 : 16;
}
static unsigned access_size(const struct operand_row *r, const struct op *op)
{
    if (r->effects & TAG_OFFSET)
        return tag_bytes(op);
    if (r->effects & BY_REGISTERS)
        return structure_size(op);
    if (op->row == INSN_LDAP1_advsimd_sngl || op->row == INSN_STL1_advsimd_sngl)
        return 8;
    unsigned size = r->fp ? fp_size(op) : general_size(op);
    return r->file[SLOT_A] != NO_REGISTER || r->effects & PAIRS ? 2 * size : size;
}

/* Offset from the base, in bytes. */
static int64_t access_offset(const struct operand_row *r, const struct op *op)
{
    int size = (int)access_size(r, op);

    if (r->effects & TAG_OFFSET)
        return 16 * (has(op, "simm7") ? SignExtend(op->simm7, 7) : SignExtend(op->imm9, 9));
    switch (op->row) {
    case INSN_PRFM_imm: return (int64_t)op->imm12 * 8;
    case INSN_PRFM_lit: return SignExtend(op->imm19, 19) * 4;
    case INSN_STLR_writeback: return -size;
    case INSN_STILP: return op->opc2 & 1 ? 0 : -size;
    default: return has(op, "imm") ? (int64_t)op->imm : 0;
    }
}
static void address(const struct operand_row *r, const struct op *op, struct operands *o)
{
    const char *id = insn_table[op->row].id;
    bool post = strstr(id, "post") || op->row == INSN_LDAPR_writeback || (op->row == INSN_LDIAPP && !(op->opc2 & 1));
    bool pre = strstr(id, "pre") || op->row == INSN_STLR_writeback || (op->row == INSN_STILP && !(op->opc2 & 1)) ||
               (op->row == INSN_LDRA && op->W);

    o->size = (uint16_t)access_size(r, op);
    o->offset = (int32_t)access_offset(r, op);
    o->shape = post ? MEMORY_POST : MEMORY_OFFSET;
    if (has(op, "imm19")) {
        o->shape = MEMORY_LITERAL;
        return;
    }
    o->base = (uint8_t)slot_reg(r, op, SLOT_N);
    add_read(o, o->base);
    if (post || pre)
        o->base_written = o->base;
    if (has(op, "option_name")) {
        o->shape = MEMORY_REGISTER;
        o->index = (uint8_t)slot_reg(r, op, SLOT_M);
        o->extend = op->option_name & 1 ? 0 : (uint8_t)op->option_name;
        o->shift = op->S ? (uint8_t)__builtin_ctz(o->size) : 0;
        add_read(o, o->index);
    }
    if (r->effects & BY_REGISTERS && post) /* what is added afterwards; 31: the size */
        add_read(o, slot_reg(r, op, SLOT_M));
    if (op->row == INSN_LDRA)
        o->shape = MEMORY_OTHER, o->size = 0;
}
/* The registers that are loaded, or stored. */
static void transfers(const struct operand_row *r, const struct op *op, struct operands *o)
{
    unsigned d = slot_reg(r, op, SLOT_D), m = slot_reg(r, op, SLOT_M), a = slot_reg(r, op, SLOT_A);
    unsigned registers = r->effects & BY_REGISTERS ? structure_registers(op) : r->effects & PAIRS ? 2 : 1;
    bool status = r->store && !r->load && r->file[SLOT_M] == FILE_X && r->file[SLOT_D] == FILE_X &&
                  o->shape != MEMORY_REGISTER; /* store-exclusive */

    if (r->effects & (SWAPS | ATOMIC))
        for (unsigned i = 0; i < registers; i++)
            (r->effects & SWAPS ? add_read : add_stored)(o, reg_of(r->file[SLOT_M], op->Rs + i));
    for (unsigned i = 0; i < registers; i++) {
        unsigned reg = r->file[SLOT_D] == FILE_X ? d + i : reg_of(r->file[SLOT_D], op->Rt + i);
        if (r->load && destination_stays(r, op))
            add_read(o, reg);
        if (r->store && (r->effects & SWAPS || !(r->effects & ATOMIC) || a != REG_NONE))
            add_stored(o, reg);
        if (r->load && !(r->effects & SWAPS))
            add_written(o, reg);
        if (r->effects & SWAPS)
            add_written(o, reg_of(r->file[SLOT_M], op->Rs + i));
    }
    if (a != REG_NONE && r->store)
        add_stored(o, a);
    if (a != REG_NONE && r->load)
        add_written(o, a);
    if (status)
        add_written(o, m);
}

/* Memory copy and set: Rd destination, Rs source or value, Rn size. */
static void memory_copy_or_set(const struct operand_row *r, const struct op *op, struct operands *o)
{
    bool copy = insn_table[op->row].id[0] == 'C', prologue = r->effects & MOPS_PROLOGUE;

    add_read(o, op->Rd);
    add_read(o, op->Rn);
    if (copy || !prologue)
        add_read(o, slot_reg(r, op, SLOT_M));
    if (prologue) {
        add_written(o, op->Rd);
        if (copy)
            add_written(o, op->Rs);
    } else {
        add_read(o, REG_NZCV);
        o->shape = MEMORY_OTHER;
        o->load = copy, o->store = true;
    }
    add_written(o, op->Rn);
    if (prologue)
        add_written(o, REG_NZCV);
}
static void general_memory(const struct operand_row *r, const struct op *op, struct operands *o)
{
    if (r->effects & (MOPS_PROLOGUE | MOPS_STEP)) {
        memory_copy_or_set(r, op, o);
        return;
    }
    /* PRFM: PLD, PLI, PST by Rt<4:3>; PLI fetches no data. */
    o->prefetch = r->prefetch && (op->word >> 3 & 3) != 1 && (op->word >> 3 & 3) != 3;
    o->load = r->load;
    o->store = r->store;
    address(r, op, o);
    if (r->prefetch && !o->prefetch)
        o->shape = MEMORY_NONE;
    if (op->row == INSN_LDGM || op->row == INSN_STGM || op->row == INSN_STZGM)
        o->shape = MEMORY_OTHER, o->size = 0;
    if (!r->prefetch)
        transfers(r, op, o);
    /* Loading into the base leaves what was loaded. */
    if (o->base_written != REG_NONE && memchr(o->write, o->base_written, o->written))
        o->base_written = REG_NONE;
}

/* ---- Loads and stores of Z and P ---- */
static void sve_memory(const struct operand_row *r, const struct op *op, struct operands *o)
{
    unsigned n = slot_reg(r, op, SLOT_N), m = slot_reg(r, op, SLOT_M);
    unsigned file = r->file[SLOT_D], first = r->v.how == SVE_GROUP ? op->Zt * r->v.regs : op->Zt;

    o->load = r->load;
    o->store = r->store;
    o->prefetch = r->prefetch;
    add_read(o, n);
    add_read(o, m);
    sve_row_shape(&r->v, op, o);
    if (n < REG_NZCV)
        o->base = (uint8_t)n;
    if (o->shape == MEMORY_REGISTER)
        o->index = (uint8_t)m;
    if (r->file[SLOT_G] != NO_REGISTER) {
        o->predicated = true;
        add_read(o, r->v.how == SVE_GROUP ? reg_of(FILE_PN, op->Pg) : reg_of(FILE_P, op->Pg));
    }
    for (unsigned i = 0; i < r->v.regs && !r->prefetch; i++)
        (r->load ? add_written : add_stored)(o, reg_of(file, first + i));
}

/* DC ZVA, DC GVA, DC GZVA store a block. */
static bool is_block_zero(const struct op *op)
{
    return op->row == INSN_SYS && (op->imm == sysreg_handle(1, 3, 7, 4, 1) || op->imm == sysreg_handle(1, 3, 7, 4, 3) ||
                                   op->imm == sysreg_handle(1, 3, 7, 4, 4));
}

void isa_operands(const struct op *op, struct operands *o)
{
    *o = (struct operands){
        .accumulator = REG_NONE, .data = REG_NONE, .base_written = REG_NONE, .base = REG_NONE, .index = REG_NONE
    };
    if (op->row >= INSN_COUNT || insn_is_todo(op->row))
        return;
    const struct operand_row *r = operand_row(op->row);
    o->sve = r->sve;
    if (r->memory && r->sve) {
        sve_memory(r, op, o);
    } else if (r->memory) {
        general_memory(r, op, o);
    } else {
        for (enum operand_slot slot = SLOT_N; slot <= SLOT_A; slot++)
            read_source(r, op, o, slot);
        read_governing(r, op, o);
        destination(r, op, o);
        accumulator(r, op, o);
        special(op, o);
    }
    implicit(r, o);
    if (is_block_zero(op)) {
        o->store = true;
        o->shape = MEMORY_OTHER;
        o->base = op->Rt;
    }
}
