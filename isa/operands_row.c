/* What rows say about operands: the names of a pattern's fields say most, Rd is written, Zdn read and written, Zda an
 * accumulator; what they do not say is in a table of effects by row id. Arm ARM C6, C7, C8. */
#include "isa/operands_row.h"

#include <fnmatch.h>

/* ---- What the names of fields do not say ---- */
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
    { "SYS", ONLY_READS_D },
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
    { "CAS*", SWAPS },
    { "CASP", PAIRS },
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
    { "LD[FN]F1*", READS_FFR | WRITES_FFR }, /* it keeps what has failed before */
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
        if (file == FILE_PN && name[len + 1] == '4')
            file = FILE_P; /* any of them */
        r->file[slot] = file == FILE_X && r->fp && !general ? FILE_Z : file;
    }
}
/* Loads and stores: op0 of the top level of the encodings is x1x0; of SVE those with bit 31. */
static bool is_memory(const struct insn *insn, bool sve)
{
    return sve ? insn->bits >> 31 : (insn->bits >> 25 & 5) == 4;
}
static void compile_row(const struct insn *insn, struct operand_row *r)
{
    for (size_t i = 0; i < sizeof(effects) / sizeof(*effects); i++)
        if (!fnmatch(effects[i].rows, insn->id, 0))
            r->effects |= effects[i].effects;
    r->fp = insn->check == CheckFPEnabled64;
    r->sve = insn->check == CheckSVEEnabled;
    r->memory = is_memory(insn, r->sve) && !(r->effects & NO_MEMORY);
    for (const char *p = insn->pattern; *p; p += strcspn(p, " "), p += *p == ' ')
        add_field(p, strcspn(p, " :=|!"), r);
    /* Predication of what is not a load merges but where the table says otherwise. */
    if (strstr(insn->pattern, "Zd:") && r->file[SLOT_G] == FILE_P && !(r->effects & ZEROES))
        r->effects |= READS_D;
    if (r->memory) {
        bool both = r->effects & (ATOMIC | SWAPS) || (r->effects & MOPS_STEP && insn->id[0] == 'C');
        r->prefetch = !strncmp(insn->id, "PRF", 3);
        r->load = both || !strncmp(insn->id, "LD", 2);
        r->store = both || !strncmp(insn->id, "ST", 2) || r->effects & MOPS_STEP;
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
