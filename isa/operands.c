/* What instructions read and write, from their rows: the names of a pattern's fields say most, Rd is written, Zdn read
 * and written, Zda an accumulator; what they do not say is in the table of effects by row id. Arm ARM C6, C7, C8. */
#include "isa/operands.h"

#include <fnmatch.h>

#include "isa/operands_row.h"
#include "sysregs/sysregs.h"

/* ---- What the names of fields do not say ---- */
enum {
    READS_D = 1 << 0,      /* the destination is also a source: bits or elements of it stay, or are operands */
    ADDS_D = 1 << 1,       /* the same, as accumulator */
    READS_D_IF_Q = 1 << 2, /* XTN2 and its kin keep the lower half */
    ONLY_READS_D = 1 << 3, /* what looks like a destination is the source */
    NO_D = 1 << 4,         /* what looks like a destination is no register */
    ADDS_A = 1 << 5,       /* the register in slot a is an accumulator */
    ADDS_N = 1 << 6,       /* Rn is one */
    X_D = 1 << 7,          /* of FP and AdvSIMD rows: Rd is a general register */
    X_N = 1 << 8,          /* and Rn */
    READS_FLAGS = 1 << 9,
    WRITES_FLAGS = 1 << 10,
    READS_FFR = 1 << 11,
    WRITES_FFR = 1 << 12,
    READS_X30 = 1 << 13,
    WRITES_X30 = 1 << 14,
    READS_SP = 1 << 15,
    ZEROES = 1 << 16,        /* a predicated Zd whose inactive elements do not stay */
    NEXT_N = 1 << 17,        /* the source is Zn and Zn+1 */
    DOUBLE_N = 1 << 18,      /* Zn is the number of a pair of registers */
    NEXT_D = 1 << 19,        /* the destination is Pd and Pd+1 */
    DOUBLE_D = 1 << 20,      /* Pd is the number of a pair of registers */
    MOPS_PROLOGUE = 1 << 21, /* sets all its registers and the flags up */
    MOPS_STEP = 1 << 22,     /* counts the size in Rn */
    PAIRS = 1 << 23,         /* CASP: Rs and Rt are each the first of two */
    SWAPS = 1 << 24,         /* CAS: Rs is compared and loaded */
    ATOMIC = 1 << 25,        /* LDADD, SWP: Rs, or both of a pair, are operands, Rt is loaded */
    NO_MEMORY = 1 << 26,     /* of the encodings of loads and stores, without an access */
    TAG_OFFSET = 1 << 27,    /* imm9 or simm7 counts granules */
    BY_REGISTERS = 1 << 28,  /* of AdvSIMD structures: several registers from Rt on */
};
static const struct {
    const char *rows; /* ids, * and ? as in file names */
    uint32_t effects;
} effects[] = {
    /* Base instructions */
    { "MOVK", READS_D },
    { "BFM", READS_D },
    { "PACI[AB]_dp_1src", READS_D },
    { "AUTI[AB]_dp_1src", READS_D },
    { "PACD[AB]", READS_D },
    { "AUTD[AB]", READS_D },
    { "XPAC", READS_D },
    { "XPACLRI", READS_X30 | WRITES_X30 },
    { "CB*Z", ONLY_READS_D },
    { "TB*Z", ONLY_READS_D },
    { "MSR_reg", ONLY_READS_D },
    { "MSRR", ONLY_READS_D },
    { "SYS", ONLY_READS_D },
    { "SYSP", ONLY_READS_D },
    { "WF[EI]T", ONLY_READS_D },
    { "BL", WRITES_X30 },
    { "BLR", WRITES_X30 },
    { "BLRA", WRITES_X30 },
    { "RETA", READS_X30 | READS_SP },
    { "ERETA", READS_SP },
    { "CRC32*", ADDS_N },
    { "MADD", ADDS_A },
    { "MSUB", ADDS_A },
    { "[SU]MADDL", ADDS_A },
    { "[SU]MSUBL", ADDS_A },
    { "ADDS_addsub_*", WRITES_FLAGS },
    { "SUBS_addsub_*", WRITES_FLAGS },
    { "SUBPS", WRITES_FLAGS },
    { "ANDS_log_*", WRITES_FLAGS },
    { "BICS", WRITES_FLAGS },
    { "CCM[NP]_*", WRITES_FLAGS },
    { "RMIF", WRITES_FLAGS },
    { "SETF", READS_FLAGS | WRITES_FLAGS },
    { "CFINV", READS_FLAGS | WRITES_FLAGS },
    { "XAFLAG", READS_FLAGS | WRITES_FLAGS },
    { "AXFLAG", READS_FLAGS | WRITES_FLAGS },
    { "ADC", READS_FLAGS },
    { "ADCS", READS_FLAGS | WRITES_FLAGS },
    { "SBC", READS_FLAGS },
    { "SBCS", READS_FLAGS | WRITES_FLAGS },
    /* Loads and stores */
    { "PRFM_*", NO_D },
    { "PRFUM", NO_D },
    { "RPRFM_reg", NO_D | NO_MEMORY },
    { "LDG", READS_D | TAG_OFFSET },
    { "STG_*", TAG_OFFSET },
    { "STGP_*", TAG_OFFSET },
    { "ST2G_*", TAG_OFFSET },
    { "STZG_*", TAG_OFFSET },
    { "STZ2G_*", TAG_OFFSET },
    { "LD?_advsimd_sngl*", READS_D | BY_REGISTERS },
    { "LDAP1_advsimd_sngl", READS_D },
    { "LD*_advsimd_mult*", BY_REGISTERS },
    { "ST*_advsimd_mult*", BY_REGISTERS },
    { "ST?_advsimd_sngl*", BY_REGISTERS },
    { "LD?R_advsimd*", BY_REGISTERS },
    { "LDADD*", ATOMIC },
    { "LDCLR*", ATOMIC },
    { "LDEOR*", ATOMIC },
    { "LDSET*", ATOMIC },
    { "LDSM??*", ATOMIC },
    { "LDUM??*", ATOMIC },
    { "SWP*", ATOMIC },
    { "RCW*CLR*", ATOMIC },
    { "RCW*SET*", ATOMIC },
    { "RCW*SWP*", ATOMIC },
    { "*CAS*", SWAPS },
    { "*CASP", PAIRS },
    { "CPYP*", MOPS_PROLOGUE },
    { "CPYFP*", MOPS_PROLOGUE },
    { "SETP*", MOPS_PROLOGUE },
    { "SETGP*", MOPS_PROLOGUE },
    { "CPY[ME]*", MOPS_STEP },
    { "CPYF[ME]*", MOPS_STEP },
    { "SET[ME]*", MOPS_STEP },
    { "SETG[ME]*", MOPS_STEP },
    /* Scalar FP and AdvSIMD */
    { "F*MADD_float", ADDS_A },
    { "F*MSUB_float", ADDS_A },
    { "FC*MP*_float", WRITES_FLAGS },
    { "FCVT[ANMPZ][SU]_float*", X_D },
    { "FJCVTZS", X_D | WRITES_FLAGS },
    { "[SU]CVTF_float_*", X_N },
    { "[SU]MOV_advsimd", X_D },
    { "DUP_advsimd_gen", X_N },
    { "INS_advsimd_gen", X_N },
    { "INS_advsimd_*", READS_D },
    { "ML[AS]_advsimd_*", ADDS_D },
    { "[SUF]ML[AS]L_advsimd*", ADDS_D },
    { "SQDML[AS]L_advsimd*", ADDS_D },
    { "SQRDML[AS]H_advsimd*", ADDS_D },
    { "[SU]ABA_advsimd", ADDS_D },
    { "[SU]ABAL_advsimd", ADDS_D },
    { "[SU]ADALP_advsimd", ADDS_D },
    { "*SRA_advsimd*", ADDS_D },
    { "FML[AS]_advsimd*", ADDS_D },
    { "FCMLA_advsimd*", ADDS_D },
    { "BFMLAL_advsimd*", ADDS_D },
    { "*DOT_advsimd*", ADDS_D },
    { "*MMLA_advsimd*", ADDS_D },
    { "BI[FT]_advsimd", READS_D },
    { "BSL_advsimd", READS_D },
    { "BIC_advsimd_imm*", READS_D },
    { "ORR_advsimd_imm*", READS_D },
    { "TBX_advsimd", READS_D },
    { "S[LR]I_advsimd*", READS_D },
    { "SUQADD_advsimd*", READS_D },
    { "USQADD_advsimd*", READS_D },
    { "AES[DE]_advsimd", READS_D },
    { "SHA1[CMP]_advsimd", READS_D },
    { "SHA1SU?_advsimd", READS_D },
    { "SHA256*", READS_D },
    { "SHA512*", READS_D },
    { "SM3PARTW?_advsimd", READS_D },
    { "SM3TT*", READS_D },
    { "SM4E_advsimd", READS_D },
    { "*ADDHN_advsimd", READS_D_IF_Q },
    { "*SUBHN_advsimd", READS_D_IF_Q },
    { "XTN_advsimd", READS_D_IF_Q },
    { "*QXTN_advsimd_simd", READS_D_IF_Q },
    { "SQXTUN_advsimd_simd", READS_D_IF_Q },
    { "SHRN_advsimd", READS_D_IF_Q },
    { "RSHRN_advsimd", READS_D_IF_Q },
    { "*SHRN_advsimd_simd", READS_D_IF_Q },
    { "*SHRUN_advsimd_simd", READS_D_IF_Q },
    { "FCVTN_advsimd", READS_D_IF_Q },
    { "FCVTXN_advsimd_simd", READS_D_IF_Q },
    { "BFCVTN_advsimd", READS_D_IF_Q },
    /* SVE */
    { "COMPACT_z_p_z", ZEROES },
    { "HISTCNT_z_p_zz", ZEROES },
    { "CPY_z_o_i", ZEROES },
    { "SEL_z_p_zz", ZEROES },
    { "SPLICE_z_p_zz_con", ZEROES | NEXT_N },
    { "EXT_z_zi_con", NEXT_N },
    { "TBL_z_zz_2", NEXT_N },
    { "*_z_mz2", DOUBLE_N },
    { "PEXT_pp_rr", NEXT_D },
    { "WHILE*_pp_rr", DOUBLE_D },
    { "*ADDHNT_z_zz", READS_D },
    { "*SUBHNT_z_zz", READS_D },
    { "*SHRNT_z_zi", READS_D },
    { "*SHRUNT_z_zi", READS_D },
    { "*QXTNT_z_zz", READS_D },
    { "*QXTUNT_z_zz", READS_D },
    { "S[LR]I_z_zzi", READS_D },
    { "EOR[BT][BT]_z_zz", READS_D },
    { "TBX*_z_zz", READS_D },
    { "*CLAMP_z_zz", READS_D },
    { "MAD_z_p_zzz", ADDS_A },
    { "MSB_z_p_zzz", ADDS_A },
    { "FMAD_z_p_zzz", ADDS_A },
    { "FMSB_z_p_zzz", ADDS_A },
    { "FNMAD_z_p_zzz", ADDS_A },
    { "FNMSB_z_p_zzz", ADDS_A },
    { "CMP??_p_p_z?", WRITES_FLAGS },
    { "*MATCH_p_p_zz", WRITES_FLAGS },
    { "*S_p_p_pp", WRITES_FLAGS },
    { "*S_p_p_pp_z", WRITES_FLAGS },
    { "BRK[AB]S_p_p_p_z", WRITES_FLAGS },
    { "PTEST_*", WRITES_FLAGS },
    { "PTRUES_*", WRITES_FLAGS },
    { "PFIRST_*", WRITES_FLAGS },
    { "PNEXT_*", WRITES_FLAGS },
    { "WHILE*", WRITES_FLAGS },
    { "CTERM*", READS_FLAGS | WRITES_FLAGS },
    { "[AS][DB]CL[BT]_z_zzz", READS_D }, /* of Zda, no sum: the carry is a third operand */
    { "RDFFR*", READS_FFR },
    { "RDFFRS_*", WRITES_FLAGS },
    { "WRFFR_*", WRITES_FFR },
    { "SETFFR_*", WRITES_FFR },
    { "LD[FN]F1*", WRITES_FFR },
};

/* ---- Rows ---- */
/* The fields that are registers. FILE_X of R names is FILE_Z in FP and AdvSIMD rows. */
enum field_use { READ, WRITTEN, BOTH, ACCUMULATED };
static const struct {
    const char *name;
    enum operand_slot slot;
    enum operand_file file;
    enum field_use use;
} register_fields[] = {
    { "Rd", SLOT_D, FILE_X, WRITTEN },   { "Rt", SLOT_D, FILE_X, WRITTEN }, { "Rdn", SLOT_D, FILE_X, BOTH },
    { "Xd", SLOT_D, FILE_X, WRITTEN },   { "Xt", SLOT_D, FILE_X, WRITTEN }, { "Vd", SLOT_D, FILE_Z, WRITTEN },
    { "Vdn", SLOT_D, FILE_Z, BOTH },     { "Zd", SLOT_D, FILE_Z, WRITTEN }, { "Zda", SLOT_D, FILE_Z, ACCUMULATED },
    { "Zdn", SLOT_D, FILE_Z, BOTH },     { "Zt", SLOT_D, FILE_Z, WRITTEN }, { "Pd", SLOT_D, FILE_P, WRITTEN },
    { "Pdn", SLOT_D, FILE_P, BOTH },     { "Pdm", SLOT_D, FILE_P, BOTH },   { "Pt", SLOT_D, FILE_P, WRITTEN },
    { "PNd", SLOT_D, FILE_PN, WRITTEN }, { "Rn", SLOT_N, FILE_X, READ },    { "Xn", SLOT_N, FILE_X, READ },
    { "Vn", SLOT_N, FILE_Z, READ },      { "Zn", SLOT_N, FILE_Z, READ },    { "Pn", SLOT_N, FILE_P, READ },
    { "PNn", SLOT_N, FILE_PN, READ },    { "Rm", SLOT_M, FILE_X, READ },    { "Rs", SLOT_M, FILE_X, READ },
    { "Xm", SLOT_M, FILE_X, READ },      { "Vm", SLOT_M, FILE_Z, READ },    { "Zm", SLOT_M, FILE_Z, READ },
    { "Pm", SLOT_M, FILE_P, READ },      { "Ra", SLOT_A, FILE_X, READ },    { "Rt2", SLOT_A, FILE_X, READ },
    { "Xt2", SLOT_A, FILE_X, READ },     { "Za", SLOT_A, FILE_Z, READ },    { "Zk", SLOT_A, FILE_Z, READ },
    { "Pg", SLOT_G, FILE_P, READ },      { "Pv", SLOT_G, FILE_P, READ },    { "cond", SLOT_G, FILE_CONDITION, READ },
};

static void add_field(const char *name, size_t len, struct operand_row *r)
{
    for (size_t i = 0; i < sizeof(register_fields) / sizeof(*register_fields); i++) {
        enum operand_slot slot = register_fields[i].slot;
        enum operand_file file = register_fields[i].file;
        if (strlen(register_fields[i].name) != len || memcmp(register_fields[i].name, name, len) ||
            (slot == SLOT_D && r->effects & NO_D))
            continue;
        bool general = name[len] == '|' || (slot == SLOT_D && r->effects & X_D) ||
                       (slot == SLOT_N && r->effects & X_N) || (slot == SLOT_M && r->memory);
        if (register_fields[i].use == BOTH)
            r->effects |= READS_D;
        else if (register_fields[i].use == ACCUMULATED && !(r->effects & READS_D))
            r->effects |= ADDS_D;
        r->file[slot] = file == FILE_X && r->fp && !general ? FILE_Z : file;
    }
}
/* Loads and stores: op0 of the top level of the encodings is x1x0; of SVE those with bit 31. */
static bool is_memory(const struct insn *insn)
{
    unsigned op0 = insn->bits >> 25 & 15;
    return (op0 & 5) == 4 || (op0 == 2 && insn->bits >> 31);
}
static void compile_row(const struct insn *insn, struct operand_row *r)
{
    for (size_t i = 0; i < sizeof(effects) / sizeof(*effects); i++)
        if (!fnmatch(effects[i].rows, insn->id, 0))
            r->effects |= effects[i].effects;
    r->fp = insn->check == CheckFPEnabled64;
    r->sve = (insn->bits >> 25 & 15) == 2;
    r->memory = is_memory(insn) && !(r->effects & NO_MEMORY);
    for (const char *p = insn->pattern; *p; p += strcspn(p, " "), p += *p == ' ')
        add_field(p, strcspn(p, " :=|!"), r);
    /* Predication of what is not a load merges but where the table says otherwise. */
    if (strstr(insn->pattern, "Zd:") && r->file[SLOT_G] == FILE_P && !(r->effects & ZEROES))
        r->effects |= READS_D;
    if (r->memory) {
        bool both = r->effects & (ATOMIC | SWAPS) || (r->effects & MOPS_STEP && insn->id[0] == 'C');
        r->prefetch = !strncmp(insn->id, "PRF", 3);
        r->load = both || !strncmp(insn->id, "LD", 2);
        r->store = both || !strncmp(insn->id, "ST", 2) || r->effects & MOPS_STEP || !strncmp(insn->id, "GCSST", 5);
    }
    if (r->memory && r->sve)
        sve_row_compile(insn, &r->v);
    r->ready = true;
}
const struct operand_row *operand_row(unsigned row)
{
    static struct operand_row rows[INSN_COUNT];
    if (!rows[row].ready)
        compile_row(&insn_table[row], &rows[row]);
    return &rows[row];
}

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
    if (op->row >= INSN_COUNT)
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
