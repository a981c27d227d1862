/* FEAT_PAuth: pointer authentication codes. Arm ARM D8.10, C6.2; pseudocode aarch64/functions/pac.
 * Ciphers: QARMA5 and QARMA3 as specified (Avanzi, IACR ToSC 2017), and an IMPLEMENTATION DEFINED one that is fast. */
#include "isa/pauth.h"

#include "isa/branch.h"
#include "isa/ldst.h"
#include "sysregs/sysregs.h"

/* ---- QARMA: a 64-bit state of 16 cells of 4 bits; cell i of these tables is bits 4i+3:4i ---- */
typedef uint8_t cells[16];

/* The S-boxes sigma_1 (QARMA3, an involution) and sigma_2 (QARMA5) with its inverse. */
static const cells sigma1 = { 10, 13, 14, 6, 15, 7, 3, 5, 9, 8, 0, 12, 11, 1, 2, 4 };
static const cells sigma2 = { 11, 6, 8, 15, 12, 0, 9, 14, 3, 7, 4, 5, 13, 2, 1, 10 };
static const cells sigma2_inverse = { 5, 14, 13, 8, 10, 11, 1, 9, 2, 6, 15, 0, 4, 12, 7, 3 };

/* Where each cell comes from: the state's shuffle tau, the tweak's h, and their inverses. */
static const cells tau = { 13, 6, 11, 0, 7, 12, 1, 10, 8, 3, 14, 5, 2, 9, 4, 15 };
static const cells tau_inverse = { 3, 6, 12, 9, 14, 11, 1, 4, 8, 13, 7, 2, 5, 0, 10, 15 };
static const cells h = { 4, 5, 6, 7, 11, 2, 3, 8, 12, 13, 14, 15, 0, 1, 10, 9 };
static const cells h_inverse = { 12, 13, 5, 6, 0, 1, 2, 3, 7, 15, 14, 4, 8, 9, 10, 11 };
/* The cells that the tweak's LFSR acts on. */
enum { LFSR_CELLS = 1 << 2 | 1 << 4 | 1 << 7 | 1 << 11 | 1 << 12 | 1 << 14 | 1 << 15 };

static unsigned cell(uint64_t v, unsigned i) { return v >> (4 * i) & 15; }

static uint64_t substitute(uint64_t v, const cells box)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < 16; i++)
        out |= (uint64_t)box[cell(v, i)] << (4 * i);
    return out;
}
static uint64_t shuffle(uint64_t v, const cells from)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < 16; i++)
        out |= (uint64_t)cell(v, from[i]) << (4 * i);
    return out;
}
static unsigned rotate_cell(unsigned c, unsigned by) { return (c << by | c >> (4 - by)) & 15; }

/* PACMult: the involutory matrix circ(0, rho, rho^2, rho) on columns of cells i, i+4, i+8, i+12. */
static uint64_t mix_columns(uint64_t v)
{
    uint64_t out = 0;
    for (unsigned i = 0; i < 16; i++) {
        unsigned c = rotate_cell(cell(v, (i + 4) % 16), 1) ^ rotate_cell(cell(v, (i + 8) % 16), 2) ^
                     rotate_cell(cell(v, (i + 12) % 16), 1);
        out |= (uint64_t)c << (4 * i);
    }
    return out;
}
static uint64_t tweak_forward(uint64_t v)
{
    uint64_t out = shuffle(v, h);
    for (unsigned i = 0; i < 16; i++) {
        unsigned c = cell(out, i);
        if (LFSR_CELLS >> i & 1)
            out ^= (uint64_t)(c ^ (c >> 1 | ((c ^ c >> 1) & 1) << 3)) << (4 * i);
    }
    return out;
}
static uint64_t tweak_backward(uint64_t v)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned c = cell(v, i);
        if (LFSR_CELLS >> i & 1)
            v ^= (uint64_t)(c ^ ((c << 1 & 15) | ((c >> 3 ^ c) & 1))) << (4 * i);
    }
    return shuffle(v, h_inverse);
}

static uint64_t qarma(uint64_t data, uint64_t modifier, uint64_t key0, uint64_t key1, unsigned rounds, const cells box,
                      const cells inverse)
{
    static const uint64_t RC[5] = { 0, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0x452821e638d01377 };
    const uint64_t alpha = 0xc0ac29b7c97c50dd;
    uint64_t modk0 = key0 << 63 | (key0 >> 2) << 1 | (key0 >> 63 ^ (key0 >> 1 & 1));
    uint64_t tweak = modifier, v = data ^ key0;

    for (unsigned i = 0; i < rounds; i++) {
        v ^= key1 ^ tweak ^ RC[i];
        if (i > 0)
            v = mix_columns(shuffle(v, tau));
        v = substitute(v, box);
        tweak = tweak_forward(tweak);
    }
    v = substitute(mix_columns(shuffle(v ^ modk0 ^ tweak, tau)), box);
    v = mix_columns(shuffle(v, tau)) ^ key1;
    v = substitute(shuffle(v, tau_inverse), inverse);
    v = shuffle(mix_columns(v), tau_inverse) ^ key0 ^ tweak;
    for (unsigned i = 0; i < rounds; i++) {
        v = substitute(v, inverse);
        if (i < rounds - 1)
            v = shuffle(mix_columns(v), tau_inverse);
        tweak = tweak_backward(tweak);
        v ^= RC[rounds - 1 - i] ^ key1 ^ tweak ^ alpha;
    }
    return v ^ modk0;
}

/* Our IMPLEMENTATION DEFINED algorithm: two multiplications that every bit of the inputs goes through. It promises
 * repeatable, well spread codes, not secrecy, and takes a few nanoseconds: a kernel computes two in most functions. */
static ALWAYS_INLINE uint64_t impdef_pac(uint64_t data, uint64_t modifier, uint64_t key_hi, uint64_t key_lo)
{
    unsigned __int128 product = (unsigned __int128)(data ^ key_lo) * ((modifier + 0x9e3779b97f4a7c15) ^ key_hi);
    uint64_t v = (uint64_t)product ^ (uint64_t)(product >> 64) ^ data;
    v = (v ^ v >> 32) * 0xd6e8feb86659fd93;
    return v ^ v >> 32;
}

uint64_t ComputePAC(enum pauth_algorithm algorithm, uint64_t data, uint64_t modifier, uint64_t key_hi, uint64_t key_lo)
{
    switch (algorithm) {
    case PAUTH_QARMA5: return qarma(data, modifier, key_hi, key_lo, 5, sigma2, sigma2_inverse);
    case PAUTH_QARMA3: return qarma(data, modifier, key_hi, key_lo, 3, sigma1, sigma1);
    default: return impdef_pac(data, modifier, key_hi, key_lo);
    }
}

/* ---- Where the code lies in a pointer ---- */
static ALWAYS_INLINE bool both_ranges(const struct cpu *cpu) /* PtrHasUpperAndLowerAddRanges() */
{
    return S1TranslationRegime(cpu, cpu->pstate.EL) == EL1 || E2H(cpu);
}
static ALWAYS_INLINE uint64_t TCR(const struct cpu *cpu)
{
    return cpu->sysreg[S1TranslationRegime(cpu, cpu->pstate.EL) == EL2 ? SR_TCR_EL2 : SR_TCR_EL1];
}
/* TBI of one half of the address space, unless TBID exempts instruction addresses. */
static ALWAYS_INLINE bool tbi_of_range(const struct cpu *cpu, bool upper, bool is_instr)
{
    uint64_t tcr = TCR(cpu);
    unsigned tbi = both_ranges(cpu) ? 37u + upper : 20, tbid = both_ranges(cpu) ? 51u + upper : 29;
    return tcr >> tbi & 1 && !(is_instr && tcr >> tbid & 1);
}
static ALWAYS_INLINE bool EffectiveTBI(const struct cpu *cpu, uint64_t address, bool is_instr)
{
    return tbi_of_range(cpu, address >> 55 & 1, is_instr);
}
/* CalculateBottomPACBit(): the bit above the translated part of the address, TnSZ within the limits that translation
 * would apply. */
static ALWAYS_INLINE unsigned CalculateBottomPACBit(const struct cpu *cpu, bool upper)
{
    uint64_t tcr = TCR(cpu);
    bool high = upper && both_ranges(cpu);
    unsigned tsz = tcr >> (high ? 16 : 0) & 0x3f;
    bool granule64k = high ? (tcr >> 30 & 3) == 3 : (tcr >> 14 & 3) == 1;
    unsigned max = HaveFeat(cpu, FEAT_TTST) ? (granule64k ? 47 : 48) : 39;
    unsigned min = granule64k && HaveFeat(cpu, FEAT_LVA) ? 12 : 16;
    return 64 - (tsz > max ? max : tsz < min ? min : tsz);
}
static ALWAYS_INLINE uint64_t bit_range(unsigned hi, unsigned lo) { return UINT64_MAX >> (63 - hi) & UINT64_MAX << lo; }

/* The bits of a pointer that hold the code: 54 down to bottom, and without TBI 63 to 56. */
static ALWAYS_INLINE uint64_t pac_field(unsigned bottom, bool tbi)
{
    return bit_range(54, bottom) | (tbi ? 0 : bit_range(63, 56));
}

/* ptr with bits 55 down to bottom, and the top byte where it holds no tag, all equal to sel. */
static ALWAYS_INLINE uint64_t extend_pointer(uint64_t ptr, unsigned bottom, bool tbi, bool sel)
{
    uint64_t extension = bit_range(tbi ? 55 : 63, bottom);
    return sel ? ptr | extension : ptr & ~extension;
}

struct pac_key {
    enum sysreg_index lo;
    unsigned enable; /* bit of SCTLR_ELx */
    bool data, b;    /* for the syndrome of a failure */
};
static const struct pac_key APIA = { SR_APIAKEYLO_EL1, 31, false, false };
static const struct pac_key APIB = { SR_APIBKEYLO_EL1, 30, false, true };
static const struct pac_key APDA = { SR_APDAKEYLO_EL1, 27, true, false };
static const struct pac_key APDB = { SR_APDBKEYLO_EL1, 13, true, true };

static ALWAYS_INLINE uint64_t compute(const struct cpu *cpu, uint64_t ptr, uint64_t modifier, enum sysreg_index lo)
{
    _Static_assert(SR_APIAKEYHI_EL1 == SR_APIAKEYLO_EL1 + 1 && SR_APIBKEYHI_EL1 == SR_APIBKEYLO_EL1 + 1 &&
                       SR_APDAKEYHI_EL1 == SR_APDAKEYLO_EL1 + 1 && SR_APDBKEYHI_EL1 == SR_APDBKEYLO_EL1 + 1 &&
                       SR_APGAKEYHI_EL1 == SR_APGAKEYLO_EL1 + 1,
                   "the high half of a key follows the low");
    uint64_t key_hi = cpu->sysreg[lo + 1], key_lo = cpu->sysreg[lo];
    return likely(cpu->pauth_algo == PAUTH_IMPDEF) ? impdef_pac(ptr, modifier, key_hi, key_lo)
                                                   : ComputePAC(cpu->pauth_algo, ptr, modifier, key_hi, key_lo);
}

static ALWAYS_INLINE uint64_t AddPAC(const struct cpu *cpu, uint64_t ptr, uint64_t modifier, const struct pac_key *key)
{
    bool tbi = EffectiveTBI(cpu, ptr, !key->data), pauth2 = HaveFeat(cpu, FEAT_PAuth2);
    bool bit55 = both_ranges(cpu) ? tbi_of_range(cpu, false, !key->data) || tbi_of_range(cpu, true, !key->data) : tbi;
    bool sel = ptr >> (bit55 || (pauth2 && HaveFeat(cpu, FEAT_CONSTPACFIELD)) ? 55 : 63) & 1;
    unsigned bottom = CalculateBottomPACBit(cpu, sel);
    uint64_t field = pac_field(bottom, tbi);
    uint64_t pac = compute(cpu, extend_pointer(ptr, bottom, tbi, sel), modifier, key->lo);
    /* A pointer that is not canonical must not authenticate later. (With TBI the tag counts here too, as Arm has it.)
     */
    uint64_t unused = ptr & (bit_range(54, bottom) | (tbi ? bit_range(63, 56) : 0));

    if (unused && unused != (bit_range(54, bottom) | (tbi ? bit_range(63, 56) : 0)) && !pauth2) {
        if (HaveFeat(cpu, FEAT_EPAC))
            pac = 0;
        else
            pac ^= BIT(tbi ? 54 : 62);
    }
    uint64_t code = pauth2 ? ptr ^ pac : pac;
    return (ptr & ~field & ~BIT(55)) | (code & field) | (uint64_t)sel << 55;
}

/* false: FEAT_FPAC took the exception. */
static ALWAYS_INLINE MUST_CHECK bool Auth(struct cpu *cpu, uint64_t *ptr, uint64_t modifier, const struct pac_key *key,
                                          bool is_combined)
{
    bool tbi = EffectiveTBI(cpu, *ptr, !key->data), sel = *ptr >> 55 & 1;
    unsigned bottom = CalculateBottomPACBit(cpu, sel);
    uint64_t field = pac_field(bottom, tbi), original = extend_pointer(*ptr, bottom, tbi, sel);
    uint64_t pac = compute(cpu, original, modifier, key->lo);

    if (HaveFeat(cpu, FEAT_PAuth2)) {
        *ptr ^= pac & field;
        bool fault = HaveFeat(cpu, FEAT_FPACCOMBINE) || (HaveFeat(cpu, FEAT_FPAC) && !is_combined);
        if (fault && (*ptr & field) != (sel ? field : 0)) {
            AArch64_PACFailException(cpu, (uint32_t)(key->data << 1 | key->b));
            return false;
        }
        return true;
    }
    if (((pac ^ *ptr) & field) != 0) {
        unsigned at = tbi ? 53 : 61, error_code = key->b ? 2 : 1;
        original = (original & ~(UINT64_C(3) << at)) | (uint64_t)error_code << at;
    }
    *ptr = original;
    return true;
}
static uint64_t Strip(const struct cpu *cpu, uint64_t ptr, bool data)
{
    bool sel = ptr >> 55 & 1;
    return extend_pointer(ptr, CalculateBottomPACBit(cpu, sel), EffectiveTBI(cpu, ptr, !data), sel);
}

/* The traps of HCR_EL2.API and SCR_EL3.API, looked at here first where they cannot be taken. */
static ALWAYS_INLINE MUST_CHECK bool may_use(struct cpu *cpu)
{
    return likely((cpu->pstate.EL == EL2 || cpu->sysreg[SR_HCR_EL2] & HCR_API) && !cpu->el3.denied) ||
           sysreg_check_pauth_use(cpu);
}
/* AddPACIA() and kin: nothing where the key is not enabled, then the trap. false: the trap was taken. */
static ALWAYS_INLINE MUST_CHECK bool add_pac(struct cpu *cpu, uint64_t *ptr, uint64_t modifier,
                                             const struct pac_key *key)
{
    if (!(SCTLR(cpu) >> key->enable & 1))
        return true;
    if (!may_use(cpu))
        return false;
    *ptr = AddPAC(cpu, *ptr, modifier, key);
    return true;
}
/* AuthIA() and kin. */
static ALWAYS_INLINE MUST_CHECK bool auth(struct cpu *cpu, uint64_t *ptr, uint64_t modifier, const struct pac_key *key,
                                          bool is_combined)
{
    if (!(SCTLR(cpu) >> key->enable & 1))
        return true;
    return may_use(cpu) && Auth(cpu, ptr, modifier, key, is_combined);
}

/* ---- PACIA, AUTIA and kin. Z: the modifier is zero. ---- */
static void pac_register(struct cpu *cpu, const struct op *op, const struct pac_key *key)
{
    uint64_t ptr = X(cpu, op->Rd);
    if (add_pac(cpu, &ptr, op->Z ? 0 : X(cpu, op->Rn), key))
        SetX(cpu, op->Rd, ptr);
}
static void aut_register(struct cpu *cpu, const struct op *op, const struct pac_key *key)
{
    uint64_t ptr = X(cpu, op->Rd);
    if (auth(cpu, &ptr, op->Z ? 0 : X(cpu, op->Rn), key, false))
        SetX(cpu, op->Rd, ptr);
}
void exec_PACIA_dp_1src(struct cpu *cpu, const struct op *op) { pac_register(cpu, op, &APIA); }
void exec_PACIB_dp_1src(struct cpu *cpu, const struct op *op) { pac_register(cpu, op, &APIB); }
void exec_PACDA(struct cpu *cpu, const struct op *op) { pac_register(cpu, op, &APDA); }
void exec_PACDB(struct cpu *cpu, const struct op *op) { pac_register(cpu, op, &APDB); }
void exec_AUTIA_dp_1src(struct cpu *cpu, const struct op *op) { aut_register(cpu, op, &APIA); }
void exec_AUTIB_dp_1src(struct cpu *cpu, const struct op *op) { aut_register(cpu, op, &APIB); }
void exec_AUTDA(struct cpu *cpu, const struct op *op) { aut_register(cpu, op, &APDA); }
void exec_AUTDB(struct cpu *cpu, const struct op *op) { aut_register(cpu, op, &APDB); }

/* The forms in the hint space: CRm = 0011 X30 with zero or SP, CRm = 0001 X17 with X16. NOP without the feature. */
struct hint_form {
    unsigned d;
    uint64_t modifier;
    bool allocated;
};
static ALWAYS_INLINE struct hint_form hint_form(const struct cpu *cpu, const struct op *op)
{
    bool odd = op->word >> 5 & 1; /* op2<0> */
    if (op->CRm == 3)
        return (struct hint_form){ 30, odd ? X(cpu, SP_SLOT) : 0, HaveFeat(cpu, FEAT_PAuth) };
    return (struct hint_form){ 17, X(cpu, 16), !odd && HaveFeat(cpu, FEAT_PAuth) };
}
static ALWAYS_INLINE void pac_hint(struct cpu *cpu, const struct op *op, const struct pac_key *key)
{
    struct hint_form f = hint_form(cpu, op);
    uint64_t ptr = X(cpu, f.d);
    if (f.allocated && add_pac(cpu, &ptr, f.modifier, key))
        SetX(cpu, f.d, ptr);
}
static ALWAYS_INLINE void aut_hint(struct cpu *cpu, const struct op *op, const struct pac_key *key)
{
    struct hint_form f = hint_form(cpu, op);
    uint64_t ptr = X(cpu, f.d);
    if (f.allocated && auth(cpu, &ptr, f.modifier, key, false))
        SetX(cpu, f.d, ptr);
}
void exec_PACIA_hint(struct cpu *cpu, const struct op *op) { pac_hint(cpu, op, &APIA); }
void exec_PACIB_hint(struct cpu *cpu, const struct op *op) { pac_hint(cpu, op, &APIB); }
void exec_AUTIA_hint(struct cpu *cpu, const struct op *op) { aut_hint(cpu, op, &APIA); }
void exec_AUTIB_hint(struct cpu *cpu, const struct op *op) { aut_hint(cpu, op, &APIB); }

void exec_XPAC(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, Strip(cpu, X(cpu, op->Rd), op->D)); }
void exec_XPACLRI(struct cpu *cpu, const struct op *op)
{
    (void)op;
    if (HaveFeat(cpu, FEAT_PAuth))
        SetX(cpu, 30, Strip(cpu, X(cpu, 30), false));
}
void exec_PACGA(struct cpu *cpu, const struct op *op)
{
    if (sysreg_check_pauth_use(cpu))
        SetX(cpu, op->Rd, compute(cpu, X(cpu, op->Rn), X(cpu, op->Rm), SR_APGAKEYLO_EL1) & ~UINT64_C(0xffffffff));
}

/* ---- Branches and exception return with authentication ---- */
static const struct pac_key *instruction_key(const struct op *op) { return op->M ? &APIB : &APIA; }

/* BRAAZ, BRABZ, BRAA, BRAB: with Z the modifier is Rm. */
static MUST_CHECK bool auth_target(struct cpu *cpu, const struct op *op, uint64_t *target)
{
    *target = X(cpu, op->Rn);
    return auth(cpu, target, op->Z ? X(cpu, op->Rm) : 0, instruction_key(op), true);
}
void exec_BRA(struct cpu *cpu, const struct op *op)
{
    uint64_t target;
    if (!auth_target(cpu, op, &target))
        return;
    branch_set_btype(cpu, op->Rn, false);
    BranchTo(cpu, target);
}
void exec_BLRA(struct cpu *cpu, const struct op *op)
{
    uint64_t target;
    if (!auth_target(cpu, op, &target))
        return;
    branch_set_btype(cpu, op->Rn, true);
    SetX(cpu, 30, PC(cpu) + 4);
    BranchTo(cpu, target);
}
void exec_RETA(struct cpu *cpu, const struct op *op)
{
    uint64_t target = X(cpu, 30);
    if (auth(cpu, &target, X(cpu, SP_SLOT), instruction_key(op), true))
        BranchTo(cpu, target);
}
void exec_ERETA(struct cpu *cpu, const struct op *op)
{
    if (cpu->pstate.EL == EL0) {
        UNDEFINED(cpu, "ERET at EL0");
        return;
    }
    if (!sysreg_check_eret(cpu, 1, op->M))
        return;
    uint64_t target = cpu->sysreg[cpu->pstate.EL == EL2 ? SR_ELR_EL2 : SR_ELR_EL1];
    if (auth(cpu, &target, X(cpu, SP_SLOT), instruction_key(op), true))
        branch_exception_return(cpu, target);
}

uint64_t LDRA_address(const struct cpu *cpu, const struct op *op)
{
    const struct pac_key *key = op->M ? &APDB : &APDA;
    uint64_t base = X(cpu, op->Rn);
    return (SCTLR(cpu) >> key->enable & 1 ? Strip(cpu, base, true) : base) + op->imm;
}
/* LDRAA, LDRAB: op->imm is the offset. Write-back leaves the authenticated address, unless Rt is the base. */
void exec_LDRA(struct cpu *cpu, const struct op *op)
{
    uint64_t address, data;
    if (!base_address(cpu, op->Rn, &address) || !auth(cpu, &address, 0, op->M ? &APDB : &APDA, true) ||
        !Mem_read(cpu, address + op->imm, 8, ACC_NORMAL, &data))
        return;
    if (op->W)
        SetX(cpu, op->Rn, address + op->imm);
    SetX(cpu, op->Rt, data);
}
