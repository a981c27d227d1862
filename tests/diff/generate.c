/* Random cases of every row: the word's operand fields, and registers that make most accesses hit the arena. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "isa/pauth.h"
#include "tests/diff/generate.h"
#include "tests/vectors.h"

/* ---- Rows that are left out ---- */
/* Features that QEMU 10.0 lacks. */
static const enum feature qemu_lacks[] = {
    FEAT_B16B16,    FEAT_CSSC,        FEAT_LSE128,       FEAT_LRCPC3, FEAT_CHK,    FEAT_GCS,
    FEAT_LS64,      FEAT_LS64_V,      FEAT_LS64_ACCDATA, FEAT_TME,    FEAT_THE,    FEAT_D128,
    FEAT_SYSREG128, FEAT_SYSINSTR128, FEAT_SME,          FEAT_SME2,   FEAT_SME2p1,
};

/* Rows of FEAT_SVE2p1 that it has, as they belong to FEAT_SME too. */
static const char qemu_has[] = "SCLAMP_z_zz|UCLAMP_z_zz|REVD_z_p_z|PSEL_p_ppi";

static const struct left_out {
    const char *rows, *why; /* an extended regular expression of the whole id */
} left_out[] = {
    { "WF(I|E|IT|ET)", "waits for an event that need not come" },
    { "ERET|ERETA|DRPS", "returns to where the case's random ELR_EL1 says" },
    { "SMC", "calls the firmware, which is the emulator's own" },
    { "HLT", "QEMU keeps it for semihosting" },
    { "BRA", "QEMU 10.0 ends with an assertion in its translator (gen_pc_plus_diff)" },
    { "MSR_imm", "changes the state that the harness works with (DAIF, SP); sysregs/ has its tests" },
    { "LDGM|STGM|STZGM", "the size of the block of tags is IMPLEMENTATION DEFINED (GMID_EL1, DCZID_EL0)" },
    { "SYS|SYSL", "cache and TLB maintenance does nothing on QEMU; sysregs/ has its tests" },
    { "(CPYF?|SETG?)[PE].*", "FEAT_MOPS: prologue and epilogue run with their main part's row" },
};

static bool matches(const char *id, const char *expression)
{
    char whole[512];
    regex_t regex;

    snprintf(whole, sizeof(whole), "^(%s)$", expression);
    if (regcomp(&regex, whole, REG_EXTENDED | REG_NOSUB))
        return false;
    bool yes = !regexec(&regex, id, 0, NULL, 0);
    regfree(&regex);
    return yes;
}

static bool lacks(enum feature f)
{
    for (unsigned i = 0; i < sizeof qemu_lacks / sizeof qemu_lacks[0]; i++)
        if (qemu_lacks[i] == f)
            return true;
    return false;
}

const char *row_left_out(unsigned row)
{
    const struct insn *r = &insn_table[row];

    if (insn_is_todo(row))
        return "has no function (docs/scope.md)";
    for (unsigned i = 0; i < sizeof left_out / sizeof left_out[0]; i++)
        if (matches(r->id, left_out[i].rows))
            return left_out[i].why;
    if (lacks(r->feat) || lacks(r->feat2))
        return "QEMU 10.0 lacks its feature";
    if (r->feat == FEAT_SVE2p1 && !matches(r->id, qemu_has))
        return "QEMU 10.0 lacks its feature";
    return NULL;
}

/* ---- Random numbers ---- */
static uint64_t generator;
static uint64_t next(void) { return case_next(&generator); }
static uint64_t below(uint64_t n) { return next() % n; }

/* ---- The word ---- */
static bool has_field(unsigned row, const char *name)
{
    const char *p = insn_table[row].pattern;
    size_t length = strlen(name);

    for (const char *at = p; (at = strstr(at, name)); at++)
        if ((at == p || at[-1] == ' ') && strchr(":=|!", at[length]))
            return true;
    return false;
}

static uint32_t bits(uint32_t v, unsigned hi, unsigned lo) { return v >> lo & (uint32_t)(BIT(hi - lo + 1) - 1); }

static bool is_sve_memory(uint32_t w) { return w >> 31 && bits(w, 28, 25) == 2; }
static bool is_memory(uint32_t w) { return bits(w, 27, 25) == 4 || bits(w, 27, 25) == 6 || is_sve_memory(w); }

/* Distance of a direct branch, or 0 for another instruction. */
static int64_t branch_offset(uint32_t w)
{
    if (bits(w, 30, 26) == 5)
        return SignExtend(bits(w, 25, 0), 26) * 4;
    if (bits(w, 31, 25) == 0x2a || bits(w, 30, 25) == 0x1a)
        return SignExtend(bits(w, 23, 5), 19) * 4;
    if (bits(w, 30, 25) == 0x1b)
        return SignExtend(bits(w, 18, 5), 14) * 4;
    return INT64_MIN;
}

static const struct cpu_class *qemu_class(void)
{
    static struct cpu_class cls;

    memset(cls.features, 0xff, sizeof(cls.features));
    for (unsigned i = 0; i < sizeof qemu_lacks / sizeof qemu_lacks[0]; i++)
        cls.features[qemu_lacks[i] / 64] &= ~BIT(qemu_lacks[i] % 64);
    return &cls;
}

/* A branch into the slot's own page would not end; to the next word it is an ordinary outcome. HVC 0x7ff is how the
 * payload comes back from EL1. */
static bool never_ends(uint32_t w)
{
    int64_t offset = branch_offset(w);
    if (w == 0xd400ffe2)
        return true;
    return offset != INT64_MIN && offset != 4 && offset > -4096 && offset < 4096;
}

/* MRS and MSR of the registers that belong to the state: NZCV, FPCR, FPSR; MRS also of CurrentEL and DAIF. */
static uint32_t random_sysreg_access(bool read)
{
    static const uint32_t registers[] = { 0x1b4200, 0x1b4400, 0x1b4420, 0x184240, 0x1b4220 };

    return 0xd5000000 | (uint32_t)read << 21 | registers[below(read ? 5 : 3)] | (uint32_t)below(32);
}

static uint32_t random_word(unsigned row)
{
    const struct insn *r = &insn_table[row];
    uint32_t w = r->bits;

    if (row == INSN_MRS || row == INSN_MSR_reg)
        return random_sysreg_access(row == INSN_MRS);
    for (unsigned i = 0; i < 256; i++) {
        struct op op;
        w = ((uint32_t)next() & ~r->mask) | r->bits;
        if (never_ends(w) || isa_decode_row(w) != row)
            continue;
        isa_decode(qemu_class(), w, &op);
        if (op.row != INSN_COUNT || !below(16))
            return w;
    }
    return w;
}

/* ---- Addresses ---- */
/* An address for an access of some bytes: most in pages that may be written, some across the end of one, some anywhere.
 */
static uint64_t random_address(unsigned vl)
{
    enum { PAGES = sizeof(ARENA) - 1 };
    static const char kinds[] = "wwwwwwuurra-x";
    uint64_t kind = below(16);
    char letter = kinds[below(sizeof(kinds) - 1)];
    unsigned page;

    if (kind == 0)
        return next() >> below(64);
    do
        page = (unsigned)below(PAGES);
    while (ARENA[page] != letter);
    uint64_t at = ARENA_VA + page * 4096, offset = below(4096);
    if (kind < 5) /* across its start or its end */
        return at + (below(2) ? 4096 : 0) - below(kind < 3 ? 32 : vl / 4);
    return at + (kind < 11 ? offset & ~UINT64_C(15) : offset);
}

static struct case_record *record;
static unsigned steered;
/* The address with a logical tag: where tags are checked most have the allocation tag. */
static uint64_t tagged(uint64_t address)
{
    if (record->flags & CASE_TCF && below(4))
        return (address & ~(UINT64_C(0xff) << 56)) | (uint64_t)ARENA_TAG(address) << 56;
    if (record->flags & CASE_TBI && below(2))
        return (address & ~(UINT64_C(0xff) << 56)) | next() << 56;
    return address;
}
static void set_x(unsigned reg, uint64_t value)
{
    value = tagged(value);
    if (reg == CASE_REG_SP && below(16)) /* a misaligned SP is an exception of its own */
        value &= ~UINT64_C(15);
    record->x_reg[steered] = (uint8_t)reg;
    record->x_value[steered++] = value;
}

/* Of base A64's loads and stores: the distance from base register to address. */
static int64_t displacement(uint32_t w)
{
    unsigned size = bits(w, 31, 30), scale = bits(w, 26, 26) ? size | bits(w, 23, 23) << 2 : size;

    if (bits(w, 31, 24) == 0xd9 && bits(w, 21, 21)) /* tags; nothing for post-indexed ones, but LDGM and kin have 0 */
        return bits(w, 11, 10) == 1 ? 0 : SignExtend(bits(w, 20, 12), 9) * 16;
    if (bits(w, 31, 25) == 0x34 && bits(w, 22, 22) == 0) /* STGP */
        return bits(w, 24, 23) == 1 ? 0 : SignExtend(bits(w, 21, 15), 7) * 16;
    if (bits(w, 29, 28) == 3 && bits(w, 24, 24)) /* unsigned immediate */
        return (int64_t)bits(w, 21, 10) << scale;
    if (bits(w, 29, 28) == 3 && !bits(w, 21, 21) && bits(w, 11, 10) != 1) /* unscaled, pre-indexed, unprivileged */
        return SignExtend(bits(w, 20, 12), 9);
    if (bits(w, 29, 28) == 1 && bits(w, 27, 27) && !bits(w, 24, 24) && !bits(w, 21, 21) && bits(w, 11, 10) == 0)
        return SignExtend(bits(w, 20, 12), 9);        /* LDAPUR and kin */
    if (bits(w, 29, 28) == 2 && bits(w, 24, 23) != 1) /* pairs but post-indexed */
        return SignExtend(bits(w, 21, 15), 7) << (bits(w, 26, 26) ? 2 + size : 2 + (size >> 1));
    return 0;
}

/* ---- Memory copy and set: prologue, main part, epilogue; only together is their work defined ---- */
static bool is_mops(unsigned row) { return insn_table[row].feat == FEAT_MOPS; }

/* Most within the two writable pages that follow one another. */
static uint64_t mops_address(void) { return below(12) ? ARENA_VA + 2 * 4096 + below(6000) : random_address(128); }

static void steer_mops(uint32_t w)
{
    bool set = bits(w, 25, 21) == 14; /* what CPY has in op1 is in op2 here */
    uint32_t stage = set ? 3u << 14 : 3u << 22, one = set ? 1u << 14 : 1u << 22;
    uint64_t size = below(4) ? below(256) : below(32) ? below(2048) : random_address(128);

    record->first = w & ~stage;
    record->last = (w & ~stage) | one * 2;
    set_x(bits(w, 4, 0), mops_address() & ~(set && bits(w, 26, 26) ? UINT64_C(15) : 0));
    set_x(bits(w, 9, 5), set && bits(w, 26, 26) ? size & ~UINT64_C(15) : size);
    if (!set)
        set_x(bits(w, 20, 16), below(2) ? mops_address() : record->x_value[0] + below(128) - 64);
}

static void steer_base(uint32_t w)
{
    unsigned rn = bits(w, 9, 5), rm = bits(w, 20, 16);
    uint64_t address = random_address(128);

    if (bits(w, 29, 27) == 3 && !bits(w, 24, 24)) /* literal: nothing to steer but the word itself */
        return;
    if (bits(w, 29, 27) == 7 && !bits(w, 24, 24) && bits(w, 21, 21) && bits(w, 11, 10) == 2 && rm != 31) {
        int64_t index = (int64_t)below(256) - (bits(w, 15, 15) ? 128 : 0);
        unsigned scale = bits(w, 26, 26) ? bits(w, 31, 30) | bits(w, 23, 23) << 2 : bits(w, 31, 30);
        set_x(rm, (uint64_t)index);
        address -= rm == rn ? 0 : (uint64_t)index << (bits(w, 12, 12) ? scale : 0);
    }
    set_x(rn, address - (uint64_t)displacement(w));
    /* AdvSIMD post-index by register, CAS, LDADD: Rm and Rs stay random */
}

static void steer_sve(unsigned row, uint32_t w, unsigned vl)
{
    unsigned rn = bits(w, 9, 5), rm = bits(w, 20, 16);
    bool zm = has_field(row, "Zm"), zn = has_field(row, "Zn");
    unsigned size = has_field(row, "Zt") && strstr(insn_table[row].id, "_s_") ? 2 : 3;

    record->z_size =
        (uint8_t)(size == 2 || strstr(insn_table[row].id, "_u32") || strstr(insn_table[row].id, "_s") ? 2 : 3);
    if (zn) { /* a vector of addresses, with a scalar or an immediate offset */
        record->z_reg = (uint8_t)rn;
        record->z_base = record->z_size == 3 ? tagged(random_address(vl)) : random_address(vl);
        record->z_mask = (uint32_t)(BIT(3 + below(12)) - 1);
        if (has_field(row, "Rm") && rm != 31 && below(8))
            set_x(rm, below(64));
        return;
    }
    set_x(rn, random_address(vl));
    if (zm) {
        record->z_reg = (uint8_t)rm;
        record->z_mask = (uint32_t)(BIT(1 + below(12)) - 1);
        record->z_base = below(2) ? 0 : 0 - (uint64_t)(record->z_mask >> 1);
    } else if (has_field(row, "Rm") && rm != 31 && rm != rn) {
        set_x(rm, below(8) ? below(16) : 0 - below(256));
    }
}

/* ---- Pointers that authenticate ---- */
/* AddPAC() of a canonical address of the lower range; key: 0 to 3 for IA, IB, DA, DB. */
static uint64_t sign(uint64_t address, uint64_t modifier, unsigned key)
{
    static const uint64_t keys[10] = PAUTH_KEYS;
    uint64_t field = (BIT(55) - BIT(ADDRESS_BITS)) | (record->flags & CASE_TBI ? 0 : UINT64_C(0xff) << 56);

    return address ^ (ComputePAC(PAUTH_QARMA5, address, modifier, keys[2 * key + 1], keys[2 * key]) & field);
}

/* An address in reg that authenticates with what is put into reg mod, or with 0 (CASE_NO_REG). */
static void set_signed(unsigned reg, uint64_t address, unsigned mod, unsigned key)
{
    uint64_t modifier = next() & ~UINT64_C(15);

    if (reg == mod)
        return;
    set_x(reg, sign(address, mod == CASE_NO_REG ? 0 : modifier, key));
    if (mod != CASE_NO_REG)
        record->x_reg[steered] = (uint8_t)mod, record->x_value[steered++] = modifier;
}

/* true: the row authenticates, and will succeed. */
static bool steer_auth(unsigned row, uint32_t w)
{
    const char *id = insn_table[row].id;
    unsigned rn = bits(w, 9, 5), rd = bits(w, 4, 0);
    uint64_t address = below(2) ? random_address(128) & (BIT(ADDRESS_BITS) - 1) : WORD_VA + 4;

    if (below(4) == 0)
        return false;
    if (!strcmp(id, "AUTIA_hint") || !strcmp(id, "AUTIB_hint")) {
        if (bits(w, 11, 8) == 1)
            set_signed(17, address, 16, bits(w, 6, 6));
        else
            set_signed(30, address, bits(w, 5, 5) ? CASE_REG_SP : CASE_NO_REG, bits(w, 6, 6));
    } else if (!strncmp(id, "AUT", 3) && rd != 31) {
        set_signed(rd, address, bits(w, 13, 13) ? CASE_NO_REG : rn, bits(w, 11, 10));
    } else if (!strcmp(id, "BLRA") && rn != 31) {
        set_signed(rn, address, bits(w, 24, 24) ? bits(w, 4, 0) : CASE_NO_REG, bits(w, 10, 10));
    } else if (!strcmp(id, "RETA")) {
        set_signed(30, address, CASE_REG_SP, bits(w, 10, 10));
    } else if (!strcmp(id, "LDRA")) {
        int64_t offset = SignExtend(bits(w, 22, 22) << 9 | bits(w, 20, 12), 10) * 8;
        set_signed(rn, (address - (uint64_t)offset) & (BIT(ADDRESS_BITS) - 1), CASE_NO_REG, 2 + bits(w, 23, 23));
    } else {
        return false;
    }
    return true;
}

/* A store-exclusive succeeds after a load-exclusive of the same size and address. */
static uint32_t load_exclusive_for(unsigned row, uint32_t w)
{
    if (strncmp(insn_table[row].id, "STX", 3) && strncmp(insn_table[row].id, "STLX", 4))
        return 0;
    bool pair = bits(w, 21, 21);
    if (below(4) == 0 || bits(w, 20, 16) == bits(w, 9, 5))
        return 0;
    /* Rt is XZR, of a pair Rt2 the register that the store's status goes to, so that nothing else changes */
    unsigned rt2 = pair ? bits(w, 20, 16) : 31;
    return (w & 0xc0200000) | 0x08400000 | 31 << 16 | rt2 << 10 | (w & 0x3e0) | 31;
}

static void steer_branch(unsigned row, uint32_t w)
{
    if (has_field(row, "Rn") && bits(w, 31, 25) == 0x6b && bits(w, 9, 5) != 31 && below(2))
        set_x(bits(w, 9, 5), below(2) ? WORD_VA + 4 : random_address(128));
}

/* ---- The record ---- */
/* Literal loads: three in four go to the arena. */
static uint32_t aim_literal(uint32_t w)
{
    uint64_t address = random_address(128) & ~UINT64_C(3);
    int64_t offset = (int64_t)(address - WORD_VA) / 4;

    if (offset < -(1 << 18) || offset >= 1 << 18 || !below(4))
        return w;
    return (w & ~(0x7ffffu << 5)) | ((uint32_t)offset & 0x7ffff) << 5;
}

/* Alignment checks, tagged addresses, PAN and UAO, where they can matter. */
static unsigned random_controls(unsigned row, uint32_t w)
{
    bool pauth = insn_table[row].feat == FEAT_PAuth || strstr(insn_table[row].id, "_hint");
    unsigned controls = 0;

    if ((is_memory(w) || pauth || bits(w, 31, 25) == 0x6b) && !below(8))
        controls |= CASE_TBI;
    if (insn_table[row].feat == FEAT_MTE || insn_table[row].feat2 == FEAT_MTE) /* SETG* of FEAT_MOPS too */
        controls |= CASE_TAGS | (below(2) ? 0 : CASE_TBI);
    /* QEMU 10.0 loses the size of SVE accesses in the description that it checks tags by. */
    if (is_memory(w) && !is_sve_memory(w) && !is_mops(row) && !below(8))
        controls |= CASE_TCF | CASE_TBI;
    if (is_memory(w))
        controls |= (below(8) ? 0 : CASE_ALIGN) | (below(8) ? 0 : CASE_PAN) | (below(8) ? 0 : CASE_UAO);
    return controls;
}

struct case_record generate_case(unsigned row, unsigned vl, uint64_t seed)
{
    struct case_record c;

    generator = seed ^ 0xd1342543de82ef95;
    uint32_t w = random_word(row);
    bool memory = is_memory(w), sve = is_sve_memory(w);
    if (memory && !sve && bits(w, 29, 27) == 3 && !bits(w, 24, 24))
        w = aim_literal(w);
    if (memory && has_field(row, "imm9h") && below(4)) /* LDR, STR of Z and P: near */
        w = (w & ~0x3f0000u) | (below(2) ? 0x3f0000 : 0);
    c = plain_case(w, seed, vl,
                   (memory ? CASE_MEMORY : 0) | (below(2) ? CASE_EVERY_FPCR : 0) | random_controls(row, w));
    c.row = (uint16_t)row;
    record = &c, steered = 0;
    if (steer_auth(row, w))
        return c;
    c.first = load_exclusive_for(row, w);
    if (is_mops(row))
        steer_mops(w);
    else if (sve)
        steer_sve(row, w, vl);
    else if (memory)
        steer_base(w);
    else
        steer_branch(row, w);
    return c;
}
