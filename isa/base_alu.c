/* Data processing on general registers: Arm ARM C4.1 (Data Processing -- Immediate, -- Register), C6.2.
 * The 32-bit forms compute on the low words and write zero-extended results: sized() drops the rest. */
#include "isa/isa.h"

static ALWAYS_INLINE unsigned datasize(const struct op *op) { return op->sf ? 64 : 32; }
static ALWAYS_INLINE uint64_t sized(const struct op *op, uint64_t v) { return op->sf ? v : (uint32_t)v; }
static ALWAYS_INLINE int64_t SInt(const struct op *op, uint64_t v) { return op->sf ? (int64_t)v : (int32_t)v; }
static ALWAYS_INLINE void set_result(struct cpu *cpu, const struct op *op, uint64_t v)
{
    SetX(cpu, op->Rd, sized(op, v));
}

/* ---- Add and subtract ---- */
/* AddWithCarry() with PSTATE.<N,Z,C,V> set. */
static ALWAYS_INLINE uint64_t AddWithCarry(struct cpu *cpu, bool sf, uint64_t x, uint64_t y, unsigned carry_in)
{
    struct pstate *p = &cpu->pstate;
    if (sf) {
        uint64_t half, result;
        bool c1 = __builtin_add_overflow(x, y, &half), c2 = __builtin_add_overflow(half, (uint64_t)carry_in, &result);
        p->N = result >> 63;
        p->Z = result == 0;
        p->C = c1 | c2;
        p->V = ((x ^ result) & (y ^ result)) >> 63;
        return result;
    }
    uint64_t sum = (uint64_t)(uint32_t)x + (uint32_t)y + carry_in;
    uint32_t result = (uint32_t)sum;
    p->N = result >> 31;
    p->Z = result == 0;
    p->C = sum >> 32;
    p->V = (((uint32_t)x ^ result) & ((uint32_t)y ^ result)) >> 31;
    return result;
}

static ALWAYS_INLINE uint64_t shift_value(const struct op *op, uint64_t v, unsigned shift, unsigned amount)
{
    unsigned size = datasize(op);
    v = sized(op, v);
    switch (shift) {
    case 0: return v << amount;
    case 1: return v >> amount;
    case 2: return (uint64_t)(SInt(op, v) >> amount);
    default: return amount ? v >> amount | v << (size - amount) : v;
    }
}
/* ShiftReg(m, shift_type, amount) of the shifted-register rows. */
static ALWAYS_INLINE uint64_t ShiftReg(const struct cpu *cpu, const struct op *op)
{
    return sized(op, shift_value(op, X(cpu, op->Rm), op->shift, op->imm6));
}
/* ExtendReg(m, extend_type, shift). */
static ALWAYS_INLINE uint64_t ExtendReg(const struct cpu *cpu, const struct op *op)
{
    uint64_t v = X(cpu, op->Rm);
    switch (op->option_name) {
    case 0: v = (uint8_t)v; break;
    case 1: v = (uint16_t)v; break;
    case 2: v = (uint32_t)v; break;
    case 4: v = (uint64_t)(int8_t)v; break;
    case 5: v = (uint64_t)(int16_t)v; break;
    case 6: v = (uint64_t)(int32_t)v; break;
    default: break;
    }
    return v << op->imm3;
}

static ALWAYS_INLINE void add(struct cpu *cpu, const struct op *op, uint64_t y)
{
    set_result(cpu, op, X(cpu, op->Rn) + y);
}
static ALWAYS_INLINE void sub(struct cpu *cpu, const struct op *op, uint64_t y)
{
    set_result(cpu, op, X(cpu, op->Rn) - y);
}
static ALWAYS_INLINE void adds(struct cpu *cpu, const struct op *op, uint64_t y)
{
    SetX(cpu, op->Rd, AddWithCarry(cpu, op->sf, X(cpu, op->Rn), y, 0));
}
static ALWAYS_INLINE void subs(struct cpu *cpu, const struct op *op, uint64_t y)
{
    SetX(cpu, op->Rd, AddWithCarry(cpu, op->sf, X(cpu, op->Rn), ~y, 1));
}
void exec_ADD_addsub_imm(struct cpu *cpu, const struct op *op) { add(cpu, op, op->imm); }
void exec_ADDS_addsub_imm(struct cpu *cpu, const struct op *op) { adds(cpu, op, op->imm); }
void exec_SUB_addsub_imm(struct cpu *cpu, const struct op *op) { sub(cpu, op, op->imm); }
void exec_SUBS_addsub_imm(struct cpu *cpu, const struct op *op) { subs(cpu, op, op->imm); }
void exec_ADD_addsub_shift(struct cpu *cpu, const struct op *op) { add(cpu, op, ShiftReg(cpu, op)); }
void exec_ADDS_addsub_shift(struct cpu *cpu, const struct op *op) { adds(cpu, op, ShiftReg(cpu, op)); }
void exec_SUB_addsub_shift(struct cpu *cpu, const struct op *op) { sub(cpu, op, ShiftReg(cpu, op)); }
void exec_SUBS_addsub_shift(struct cpu *cpu, const struct op *op) { subs(cpu, op, ShiftReg(cpu, op)); }
void exec_ADD_addsub_ext(struct cpu *cpu, const struct op *op) { add(cpu, op, ExtendReg(cpu, op)); }
void exec_ADDS_addsub_ext(struct cpu *cpu, const struct op *op) { adds(cpu, op, ExtendReg(cpu, op)); }
void exec_SUB_addsub_ext(struct cpu *cpu, const struct op *op) { sub(cpu, op, ExtendReg(cpu, op)); }
void exec_SUBS_addsub_ext(struct cpu *cpu, const struct op *op) { subs(cpu, op, ExtendReg(cpu, op)); }

void exec_ADC(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Rn) + X(cpu, op->Rm) + cpu->pstate.C);
}
void exec_SBC(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Rn) + ~X(cpu, op->Rm) + cpu->pstate.C);
}
void exec_ADCS(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, AddWithCarry(cpu, op->sf, X(cpu, op->Rn), X(cpu, op->Rm), cpu->pstate.C));
}
void exec_SBCS(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, AddWithCarry(cpu, op->sf, X(cpu, op->Rn), ~X(cpu, op->Rm), cpu->pstate.C));
}

/* ---- Conditional compare and select ---- */
static ALWAYS_INLINE void conditional_compare(struct cpu *cpu, const struct op *op, uint64_t y, unsigned carry)
{
    if (ConditionHolds(cpu, op->cond))
        AddWithCarry(cpu, op->sf, X(cpu, op->Rn), y, carry);
    else
        SetNZCV(cpu, op->nzcv);
}
void exec_CCMN_reg(struct cpu *cpu, const struct op *op) { conditional_compare(cpu, op, X(cpu, op->Rm), 0); }
void exec_CCMP_reg(struct cpu *cpu, const struct op *op) { conditional_compare(cpu, op, ~X(cpu, op->Rm), 1); }
void exec_CCMN_imm(struct cpu *cpu, const struct op *op) { conditional_compare(cpu, op, op->imm5, 0); }
void exec_CCMP_imm(struct cpu *cpu, const struct op *op) { conditional_compare(cpu, op, ~(uint64_t)op->imm5, 1); }

void exec_CSEL(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, ConditionHolds(cpu, op->cond) ? X(cpu, op->Rn) : X(cpu, op->Rm));
}
void exec_CSINC(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, ConditionHolds(cpu, op->cond) ? X(cpu, op->Rn) : X(cpu, op->Rm) + 1);
}
void exec_CSINV(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, ConditionHolds(cpu, op->cond) ? X(cpu, op->Rn) : ~X(cpu, op->Rm));
}
void exec_CSNEG(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, ConditionHolds(cpu, op->cond) ? X(cpu, op->Rn) : 0 - X(cpu, op->Rm));
}

/* ---- Moves and addresses ---- */
void exec_MOVZ(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, op->imm); }
void exec_MOVN(struct cpu *cpu, const struct op *op) { set_result(cpu, op, ~op->imm); }
void exec_MOVK(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, (X(cpu, op->Rd) & ~(UINT64_C(0xffff) << (op->hw * 16))) | op->imm);
}
void exec_ADR(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, PC(cpu) + op->imm); }
void exec_ADRP(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, (PC(cpu) & ~UINT64_C(0xfff)) + op->imm); }

/* ---- Logical ---- */
static ALWAYS_INLINE void set_logical_flags(struct cpu *cpu, const struct op *op, uint64_t result)
{
    cpu->pstate.N = result >> (datasize(op) - 1) & 1;
    cpu->pstate.Z = result == 0;
    cpu->pstate.C = cpu->pstate.V = 0;
}
static ALWAYS_INLINE void and_flags(struct cpu *cpu, const struct op *op, uint64_t y)
{
    uint64_t result = sized(op, X(cpu, op->Rn) & y);
    set_logical_flags(cpu, op, result);
    SetX(cpu, op->Rd, result);
}
void exec_AND_log_imm(struct cpu *cpu, const struct op *op) { set_result(cpu, op, X(cpu, op->Rn) & op->imm); }
void exec_ORR_log_imm(struct cpu *cpu, const struct op *op) { set_result(cpu, op, X(cpu, op->Rn) | op->imm); }
void exec_EOR_log_imm(struct cpu *cpu, const struct op *op) { set_result(cpu, op, X(cpu, op->Rn) ^ op->imm); }
void exec_ANDS_log_imm(struct cpu *cpu, const struct op *op) { and_flags(cpu, op, op->imm); }

void exec_AND_log_shift(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Rn) & ShiftReg(cpu, op));
}
void exec_BIC_log_shift(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Rn) & ~ShiftReg(cpu, op));
}
void exec_ORR_log_shift(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Rn) | ShiftReg(cpu, op));
}
void exec_ORN_log_shift(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Rn) | ~ShiftReg(cpu, op));
}
void exec_EOR_log_shift(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Rn) ^ ShiftReg(cpu, op));
}
void exec_EON(struct cpu *cpu, const struct op *op) { set_result(cpu, op, X(cpu, op->Rn) ^ ~ShiftReg(cpu, op)); }
void exec_ANDS_log_shift(struct cpu *cpu, const struct op *op) { and_flags(cpu, op, ShiftReg(cpu, op)); }
void exec_BICS(struct cpu *cpu, const struct op *op) { and_flags(cpu, op, ~ShiftReg(cpu, op)); }

/* ---- Shifts and bit fields ---- */
static ALWAYS_INLINE void shift_variable(struct cpu *cpu, const struct op *op, unsigned shift)
{
    set_result(cpu, op, shift_value(op, X(cpu, op->Rn), shift, X(cpu, op->Rm) & (datasize(op) - 1)));
}
void exec_LSLV(struct cpu *cpu, const struct op *op) { shift_variable(cpu, op, 0); }
void exec_LSRV(struct cpu *cpu, const struct op *op) { shift_variable(cpu, op, 1); }
void exec_ASRV(struct cpu *cpu, const struct op *op) { shift_variable(cpu, op, 2); }
void exec_RORV(struct cpu *cpu, const struct op *op) { shift_variable(cpu, op, 3); }

/* The field that a bit-field move takes from src, at its place in the result, and the width of all below its top: for
 * imms >= immr the field <imms:immr> goes to bit 0, else <imms:0> goes to bit datasize - immr. */
struct bit_field {
    uint64_t value, mask;
    unsigned top; /* number of the bit above the field in the result */
};
static ALWAYS_INLINE struct bit_field take_bit_field(const struct op *op, uint64_t src)
{
    unsigned r = op->immr, s = op->imms;
    unsigned width = s >= r ? s - r + 1 : s + 1, lo = s >= r ? 0 : datasize(op) - r;
    uint64_t mask = UINT64_MAX >> (64 - width);
    return (struct bit_field){ (src >> (s >= r ? r : 0) & mask) << lo, mask << lo, lo + width };
}
void exec_UBFM(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, take_bit_field(op, X(cpu, op->Rn)).value); }
void exec_SBFM(struct cpu *cpu, const struct op *op)
{
    struct bit_field f = take_bit_field(op, X(cpu, op->Rn));
    set_result(cpu, op, (uint64_t)SignExtend(f.value, f.top));
}
void exec_BFM(struct cpu *cpu, const struct op *op)
{
    struct bit_field f = take_bit_field(op, X(cpu, op->Rn));
    set_result(cpu, op, (X(cpu, op->Rd) & ~f.mask) | f.value);
}
void exec_EXTR(struct cpu *cpu, const struct op *op)
{
    uint64_t hi = sized(op, X(cpu, op->Rn)), lo = sized(op, X(cpu, op->Rm));
    unsigned lsb = op->imms;
    set_result(cpu, op, lsb ? lo >> lsb | hi << (datasize(op) - lsb) : lo);
}

/* ---- One source ---- */
static uint64_t reverse_bits(uint64_t v)
{
    v = (v >> 1 & UINT64_C(0x5555555555555555)) | (v & UINT64_C(0x5555555555555555)) << 1;
    v = (v >> 2 & UINT64_C(0x3333333333333333)) | (v & UINT64_C(0x3333333333333333)) << 2;
    v = (v >> 4 & UINT64_C(0x0f0f0f0f0f0f0f0f)) | (v & UINT64_C(0x0f0f0f0f0f0f0f0f)) << 4;
    return __builtin_bswap64(v);
}
static unsigned count_leading_zeros(const struct op *op, uint64_t v)
{
    return v ? (unsigned)__builtin_clzll(v) - (64 - datasize(op)) : datasize(op);
}
void exec_RBIT_int(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, reverse_bits(X(cpu, op->Rn)) >> (64 - datasize(op)));
}
void exec_REV(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, __builtin_bswap64(X(cpu, op->Rn)) >> (64 - datasize(op)));
}
void exec_REV16_int(struct cpu *cpu, const struct op *op)
{
    uint64_t v = X(cpu, op->Rn);
    set_result(cpu, op, (v >> 8 & UINT64_C(0x00ff00ff00ff00ff)) | (v & UINT64_C(0x00ff00ff00ff00ff)) << 8);
}
void exec_REV32_int(struct cpu *cpu, const struct op *op)
{
    uint64_t v = X(cpu, op->Rn);
    SetX(cpu, op->Rd, (uint64_t)__builtin_bswap32((uint32_t)(v >> 32)) << 32 | __builtin_bswap32((uint32_t)v));
}
void exec_CLZ_int(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, count_leading_zeros(op, sized(op, X(cpu, op->Rn))));
}
void exec_CLS_int(struct cpu *cpu, const struct op *op)
{
    uint64_t v = X(cpu, op->Rn);
    SetX(cpu, op->Rd, count_leading_zeros(op, sized(op, v ^ (uint64_t)(SInt(op, v) >> 1))) - 1);
}
void exec_CTZ(struct cpu *cpu, const struct op *op)
{
    uint64_t v = sized(op, X(cpu, op->Rn));
    SetX(cpu, op->Rd, v ? (unsigned)__builtin_ctzll(v) : datasize(op));
}
void exec_CNT(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, (unsigned)__builtin_popcountll(sized(op, X(cpu, op->Rn))));
}
void exec_ABS(struct cpu *cpu, const struct op *op)
{
    uint64_t v = X(cpu, op->Rn);
    set_result(cpu, op, SInt(op, v) < 0 ? 0 - v : v);
}

/* ---- Minimum and maximum (FEAT_CSSC) ---- */
static ALWAYS_INLINE void smax(struct cpu *cpu, const struct op *op, int64_t y)
{
    int64_t x = SInt(op, X(cpu, op->Rn));
    set_result(cpu, op, (uint64_t)(x > y ? x : y));
}
static ALWAYS_INLINE void smin(struct cpu *cpu, const struct op *op, int64_t y)
{
    int64_t x = SInt(op, X(cpu, op->Rn));
    set_result(cpu, op, (uint64_t)(x < y ? x : y));
}
static ALWAYS_INLINE void umax(struct cpu *cpu, const struct op *op, uint64_t y)
{
    uint64_t x = sized(op, X(cpu, op->Rn));
    SetX(cpu, op->Rd, x > y ? x : y);
}
static ALWAYS_INLINE void umin(struct cpu *cpu, const struct op *op, uint64_t y)
{
    uint64_t x = sized(op, X(cpu, op->Rn));
    SetX(cpu, op->Rd, x < y ? x : y);
}
void exec_SMAX_imm(struct cpu *cpu, const struct op *op) { smax(cpu, op, (int8_t)op->imm8); }
void exec_SMIN_imm(struct cpu *cpu, const struct op *op) { smin(cpu, op, (int8_t)op->imm8); }
void exec_UMAX_imm(struct cpu *cpu, const struct op *op) { umax(cpu, op, op->imm8); }
void exec_UMIN_imm(struct cpu *cpu, const struct op *op) { umin(cpu, op, op->imm8); }
void exec_SMAX_reg(struct cpu *cpu, const struct op *op) { smax(cpu, op, SInt(op, X(cpu, op->Rm))); }
void exec_SMIN_reg(struct cpu *cpu, const struct op *op) { smin(cpu, op, SInt(op, X(cpu, op->Rm))); }
void exec_UMAX_reg(struct cpu *cpu, const struct op *op) { umax(cpu, op, sized(op, X(cpu, op->Rm))); }
void exec_UMIN_reg(struct cpu *cpu, const struct op *op) { umin(cpu, op, sized(op, X(cpu, op->Rm))); }

/* ---- Multiply and divide ---- */
void exec_MADD(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Ra) + X(cpu, op->Rn) * X(cpu, op->Rm));
}
void exec_MSUB(struct cpu *cpu, const struct op *op)
{
    set_result(cpu, op, X(cpu, op->Ra) - X(cpu, op->Rn) * X(cpu, op->Rm));
}
static ALWAYS_INLINE uint64_t smull(const struct cpu *cpu, const struct op *op)
{
    return (uint64_t)((int64_t)(int32_t)X(cpu, op->Rn) * (int32_t)X(cpu, op->Rm));
}
static ALWAYS_INLINE uint64_t umull(const struct cpu *cpu, const struct op *op)
{
    return (uint64_t)(uint32_t)X(cpu, op->Rn) * (uint32_t)X(cpu, op->Rm);
}
void exec_SMADDL(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, X(cpu, op->Ra) + smull(cpu, op)); }
void exec_SMSUBL(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, X(cpu, op->Ra) - smull(cpu, op)); }
void exec_UMADDL(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, X(cpu, op->Ra) + umull(cpu, op)); }
void exec_UMSUBL(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, X(cpu, op->Ra) - umull(cpu, op)); }
void exec_SMULH(struct cpu *cpu, const struct op *op)
{
    __int128 product = (__int128)(int64_t)X(cpu, op->Rn) * (int64_t)X(cpu, op->Rm);
    SetX(cpu, op->Rd, (uint64_t)(product >> 64));
}
void exec_UMULH(struct cpu *cpu, const struct op *op)
{
    unsigned __int128 product = (unsigned __int128)X(cpu, op->Rn) * X(cpu, op->Rm);
    SetX(cpu, op->Rd, (uint64_t)(product >> 64));
}
void exec_UDIV(struct cpu *cpu, const struct op *op)
{
    uint64_t n = sized(op, X(cpu, op->Rn)), m = sized(op, X(cpu, op->Rm));
    SetX(cpu, op->Rd, m ? n / m : 0);
}
/* Division by zero gives zero; the most negative number divided by -1 gives itself. */
void exec_SDIV(struct cpu *cpu, const struct op *op)
{
    int64_t n = SInt(op, X(cpu, op->Rn)), m = SInt(op, X(cpu, op->Rm));
    set_result(cpu, op, m == 0 ? 0 : m == -1 ? 0 - (uint64_t)n : (uint64_t)(n / m));
}

/* ---- CRC32 ---- */
/* Bit-reflected CRC of the low bytes of value, a byte at a time: the bit reversals of the pseudocode cancel out. */
static uint32_t crc_bytes(uint32_t polynomial, uint32_t crc, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++, value >>= 8) {
        crc ^= (uint8_t)value;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (polynomial & (0 - (crc & 1)));
    }
    return crc;
}
void exec_CRC32(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, crc_bytes(0xedb88320, (uint32_t)X(cpu, op->Rn), X(cpu, op->Rm), 1u << op->sz));
}
void exec_CRC32C(struct cpu *cpu, const struct op *op)
{
    SetX(cpu, op->Rd, crc_bytes(0x82f63b78, (uint32_t)X(cpu, op->Rn), X(cpu, op->Rm), 1u << op->sz));
}

/* ---- Flag manipulation (FEAT_FlagM, FEAT_FlagM2) ---- */
void exec_RMIF(struct cpu *cpu, const struct op *op)
{
    uint64_t v = X(cpu, op->Rn);
    unsigned rotated = (unsigned)(op->imm6 ? v >> op->imm6 | v << (64 - op->imm6) : v) & 15;
    const struct pstate *p = &cpu->pstate;
    unsigned flags = (unsigned)(p->N << 3 | p->Z << 2 | p->C << 1 | p->V);
    SetNZCV(cpu, (flags & ~(unsigned)op->mask) | (rotated & op->mask));
}
void exec_SETF(struct cpu *cpu, const struct op *op)
{
    unsigned msb = op->sz ? 15 : 7;
    uint64_t v = X(cpu, op->Rn);
    cpu->pstate.N = v >> msb & 1;
    cpu->pstate.Z = (v & ((UINT64_C(2) << msb) - 1)) == 0;
    cpu->pstate.V = (v >> (msb + 1) ^ v >> msb) & 1;
}
void exec_CFINV(struct cpu *cpu, const struct op *op)
{
    (void)op;
    cpu->pstate.C ^= 1;
}
/* Floating-point comparison flags from Arm's to the alternative format and back. */
void exec_AXFLAG(struct cpu *cpu, const struct op *op)
{
    struct pstate *p = &cpu->pstate;
    (void)op;
    p->Z |= p->V;
    p->C &= !p->V;
    p->N = p->V = 0;
}
void exec_XAFLAG(struct cpu *cpu, const struct op *op)
{
    struct pstate *p = &cpu->pstate;
    uint8_t z = p->Z, c = p->C;
    (void)op;
    p->N = !c && !z;
    p->Z = z && c;
    p->C = c || z;
    p->V = !c && z;
}
