/* The scalar FP and AdvSIMD instructions that busybox and glibc need, so that user space runs while the rest is
 * written. isa/fp*.c and isa/advsimd_*.c take these over row by row. */
#include "isa/elem.h"
#include "isa/fpu.h"
#define BITS (op->Q ? 128u : 64u)
#define ES   (8u << op->size)
typedef struct {
    uint8_t b[16];
} v16;
static v16 R(struct cpu *c, unsigned n)
{
    v16 v;
    memcpy(&v, c->z[n], 16);
    return v;
}
static void Wr(struct cpu *c, const struct op *op, v16 v) { SetVBytes(c, op->Rd, BITS, &v); }
#define E(v, e, s) Elem((v).b, e, s)
#define LOGIC(N, EXPR)                                                     \
    void exec_##N(struct cpu *cpu, const struct op *op)                    \
    {                                                                      \
        v16 n = R(cpu, op->Rn), m = R(cpu, op->Rm), d = R(cpu, op->Rd), r; \
        for (unsigned e = 0; e < 2; e++) {                                 \
            uint64_t a = E(n, e, 64), b = E(m, e, 64), dd = E(d, e, 64);   \
            (void)a;                                                       \
            (void)b;                                                       \
            (void)dd;                                                      \
            SetElem(r.b, e, 64, EXPR);                                     \
        }                                                                  \
        Wr(cpu, op, r);                                                    \
    }
LOGIC(ORR_advsimd_reg, a | b)
LOGIC(EOR_advsimd, a ^ b)
LOGIC(AND_advsimd, a &b)
LOGIC(BIC_advsimd_reg, a & ~b) LOGIC(ORN_advsimd, a | ~b) LOGIC(BIT_advsimd, dd ^ ((dd ^ a) & b))
    LOGIC(BIF_advsimd, dd ^ ((dd ^ a) & ~b)) LOGIC(BSL_advsimd, b ^ ((b ^ a) & dd)) LOGIC(NOT_advsimd, ~a)
#define BIN(N, EXPR)                                    \
    void exec_##N(struct cpu *cpu, const struct op *op) \
    {                                                   \
        v16 n = R(cpu, op->Rn), m = R(cpu, op->Rm), r;  \
        unsigned s = ES;                                \
        for (unsigned e = 0; e < BITS / s; e++) {       \
            uint64_t a = E(n, e, s), b = E(m, e, s);    \
            (void)a;                                    \
            (void)b;                                    \
            SetElem(r.b, e, s, EXPR);                   \
        }                                               \
        Wr(cpu, op, r);                                 \
    }
        BIN(ADD_advsimd_simd, a + b) BIN(SUB_advsimd_simd, a - b) BIN(CMEQ_advsimd_reg_simd, a == b ? ~0ull : 0)
            BIN(CMEQ_advsimd_zero_simd, a == 0 ? ~0ull : 0) BIN(CMHS_advsimd_simd, a >= b ? ~0ull : 0)
                BIN(CNT_advsimd, (uint64_t)__builtin_popcountll(a))
#define PAIRW(N, EXPR)                                     \
    void exec_##N(struct cpu *cpu, const struct op *op)    \
    {                                                      \
        v16 n = R(cpu, op->Rn), m = R(cpu, op->Rm), r;     \
        unsigned s = ES, k = BITS / s / 2;                 \
        for (unsigned e = 0; e < 2 * k; e++) {             \
            v16 *x = e < k ? &n : &m;                      \
            unsigned i = (e % k) * 2;                      \
            uint64_t a = E(*x, i, s), b = E(*x, i + 1, s); \
            SetElem(r.b, e, s, EXPR);                      \
        }                                                  \
        Wr(cpu, op, r);                                    \
    }
                    PAIRW(UMAXP_advsimd, a > b ? a : b) PAIRW(UMINP_advsimd, a < b ? a : b)
                        PAIRW(ADDP_advsimd_vec, a + b) void exec_UZP1_advsimd(struct cpu *cpu, const struct op *op)
{
    v16 n = R(cpu, op->Rn), m = R(cpu, op->Rm), r;
    unsigned s = ES, k = BITS / s / 2;
    for (unsigned e = 0; e < 2 * k; e++)
        SetElem(r.b, e, s, E(*(e < k ? &n : &m), (e % k) * 2, s));
    Wr(cpu, op, r);
}
void exec_EXT_advsimd(struct cpu *cpu, const struct op *op)
{
    uint8_t t[32];
    unsigned k = BITS / 8;
    memcpy(t, cpu->z[op->Rn], k);
    memcpy(t + k, cpu->z[op->Rm], k);
    v16 r;
    memcpy(&r, t + op->imm4, k);
    Wr(cpu, op, r);
}
static uint64_t expand(const struct op *op)
{
    uint64_t i8 = (uint64_t)op->abc << 5 | op->defgh, i;
    unsigned c = op->cmode;
    switch (c >> 1) {
    case 0:
    case 1:
    case 2:
    case 3:
        i = i8 << (8 * (c >> 1 & 3));
        i |= i << 32;
        break;
    case 4:
    case 5:
        i = i8 << (8 * (c >> 1 & 1));
        i |= i << 16;
        i |= i << 32;
        break;
    case 6:
        i = c & 1 ? i8 << 16 | 0xffff : i8 << 8 | 0xff;
        i |= i << 32;
        break;
    default:
        if (!(c & 1)) {
            if (!op->op) {
                i = i8 * 0x0101010101010101ull;
            } else {
                i = 0;
                for (int b = 0; b < 8; b++)
                    if (i8 >> b & 1)
                        i |= 0xffull << (8 * b);
            }
        } else {
            uint64_t s = i8 >> 7, b = i8 >> 6 & 1;
            if (!op->op) {
                uint32_t f = (uint32_t)(s << 31 | (b ? 0x1full << 25 : 1ull << 30) | (i8 & 0x3f) << 19);
                i = f | (uint64_t)f << 32;
            } else
                i = s << 63 | (b ? 0xffull << 54 : 1ull << 62) | (i8 & 0x3f) << 48;
        }
    }
    return i;
}
static void setimm(struct cpu *cpu, const struct op *op, uint64_t i)
{
    v16 r;
    SetElem(r.b, 0, 64, i);
    SetElem(r.b, 1, 64, i);
    Wr(cpu, op, r);
}
void exec_MOVI_advsimd(struct cpu *cpu, const struct op *op) { setimm(cpu, op, expand(op)); }
void exec_FMOV_advsimd_logical(struct cpu *cpu, const struct op *op) { setimm(cpu, op, expand(op)); }
void exec_MVNI_advsimd_s(struct cpu *cpu, const struct op *op) { setimm(cpu, op, ~expand(op)); }
void exec_MVNI_advsimd_h(struct cpu *cpu, const struct op *op) { setimm(cpu, op, ~expand(op)); }
void exec_MVNI_advsimd_m(struct cpu *cpu, const struct op *op) { setimm(cpu, op, ~expand(op)); }
static void bicorr(struct cpu *cpu, const struct op *op, bool bic)
{
    uint64_t i = expand(op);
    v16 d = R(cpu, op->Rd);
    for (int e = 0; e < 2; e++)
        SetElem(d.b, e, 64, bic ? E(d, e, 64) & ~i : E(d, e, 64) | i);
    Wr(cpu, op, d);
}
void exec_BIC_advsimd_imm_s(struct cpu *cpu, const struct op *op) { bicorr(cpu, op, true); }
void exec_BIC_advsimd_imm_h(struct cpu *cpu, const struct op *op) { bicorr(cpu, op, true); }
void exec_ORR_advsimd_imm_s(struct cpu *cpu, const struct op *op) { bicorr(cpu, op, false); }
void exec_ORR_advsimd_imm_h(struct cpu *cpu, const struct op *op) { bicorr(cpu, op, false); }
#define LSB(x) ((unsigned)__builtin_ctz(x))
void exec_DUP_advsimd_gen(struct cpu *cpu, const struct op *op)
{
    unsigned s = 8u << LSB(op->imm5);
    v16 r;
    for (unsigned e = 0; e < 128 / s; e++)
        SetElem(r.b, e, s, X(cpu, op->Rn));
    Wr(cpu, op, r);
}
void exec_DUP_advsimd_elt_simd(struct cpu *cpu, const struct op *op)
{
    unsigned l = LSB(op->imm5), s = 8u << l;
    v16 n = R(cpu, op->Rn), r;
    for (unsigned e = 0; e < 128 / s; e++)
        SetElem(r.b, e, s, E(n, op->imm5 >> (l + 1), s));
    Wr(cpu, op, r);
}
void exec_UMOV_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned l = LSB(op->imm5), s = 8u << l;
    v16 n = R(cpu, op->Rn);
    SetX(cpu, op->Rd, E(n, op->imm5 >> (l + 1), s));
}
void exec_INS_advsimd_gen(struct cpu *cpu, const struct op *op)
{
    unsigned l = LSB(op->imm5), s = 8u << l;
    v16 d = R(cpu, op->Rd);
    SetElem(d.b, op->imm5 >> (l + 1), s, X(cpu, op->Rn));
    SetVBytes(cpu, op->Rd, 128, &d);
}
void exec_INS_advsimd_elt(struct cpu *cpu, const struct op *op)
{
    unsigned l = LSB(op->imm5), s = 8u << l;
    v16 d = R(cpu, op->Rd), n = R(cpu, op->Rn);
    SetElem(d.b, op->imm5 >> (l + 1), s, E(n, op->imm4 >> l, s));
    SetVBytes(cpu, op->Rd, 128, &d);
}
#define SH (op->immh << 3 | op->immb)
#define HS (31u - (unsigned)__builtin_clz(op->immh))
static void narrow(struct cpu *cpu, const struct op *op, unsigned s, unsigned sh)
{
    v16 n = R(cpu, op->Rn), d = R(cpu, op->Rd), r = { { 0 } };
    if (op->Q)
        memcpy(&r, &d, 8);
    for (unsigned e = 0; e < 64 / s; e++)
        SetElem(r.b, e + (op->Q ? 64 / s : 0), s, E(n, e, 2 * s) >> sh);
    Wr(cpu, op, r);
}
void exec_SHRN_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned s = 8u << HS;
    narrow(cpu, op, s, 2 * s - SH);
}
void exec_XTN_advsimd(struct cpu *cpu, const struct op *op) { narrow(cpu, op, ES, 0); }
static void longsh(struct cpu *cpu, const struct op *op, bool sg)
{
    unsigned s = 8u << HS, sh = SH - s;
    v16 n = R(cpu, op->Rn), r;
    for (unsigned e = 0; e < 64 / s; e++) {
        uint64_t x = E(n, e + (op->Q ? 64 / s : 0), s);
        SetElem(r.b, e, 2 * s, (sg ? (uint64_t)SInt(x, s) : x) << sh);
    }
    SetVBytes(cpu, op->Rd, 128, &r);
}
void exec_USHLL_advsimd(struct cpu *cpu, const struct op *op) { longsh(cpu, op, 0); }
void exec_SSHLL_advsimd(struct cpu *cpu, const struct op *op) { longsh(cpu, op, 1); }
void exec_USHR_advsimd_sisd(struct cpu *cpu, const struct op *op)
{
    unsigned sh = 128 - SH;
    SetV(cpu, op->Rd, 64, sh == 64 ? 0 : V(cpu, op->Rn, 64) >> sh);
}
void exec_SHL_advsimd_simd(struct cpu *cpu, const struct op *op)
{
    unsigned s = 8u << HS, sh = SH - s;
    v16 n = R(cpu, op->Rn), r;
    for (unsigned e = 0; e < 128 / s; e++)
        SetElem(r.b, e, s, E(n, e, s) << sh);
    Wr(cpu, op, r);
}
void exec_UADDW_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned s = ES;
    v16 n = R(cpu, op->Rn), m = R(cpu, op->Rm), r;
    for (unsigned e = 0; e < 64 / s; e++)
        SetElem(r.b, e, 2 * s, E(n, e, 2 * s) + E(m, e + (op->Q ? 64 / s : 0), s));
    SetVBytes(cpu, op->Rd, 128, &r);
}
void exec_ADDHN_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned s = ES;
    v16 n = R(cpu, op->Rn), m = R(cpu, op->Rm), d = R(cpu, op->Rd), r = { { 0 } };
    if (op->Q)
        memcpy(&r, &d, 8);
    for (unsigned e = 0; e < 64 / s; e++)
        SetElem(r.b, e + (op->Q ? 64 / s : 0), s, UInt(E(n, e, 2 * s) + E(m, e, 2 * s), 2 * s) >> s);
    Wr(cpu, op, r);
}
static void rev(struct cpu *cpu, const struct op *op, unsigned c)
{
    unsigned s = ES, k = c / s;
    v16 n = R(cpu, op->Rn), r;
    for (unsigned e = 0; e < 128 / s; e++)
        SetElem(r.b, e, s, E(n, (e / k) * k + k - 1 - e % k, s));
    Wr(cpu, op, r);
}
void exec_REV32_advsimd(struct cpu *cpu, const struct op *op) { rev(cpu, op, 32); }
void exec_REV64_advsimd(struct cpu *cpu, const struct op *op) { rev(cpu, op, 64); }
void exec_ADDV_advsimd(struct cpu *cpu, const struct op *op)
{
    unsigned s = ES;
    v16 n = R(cpu, op->Rn);
    uint64_t t = 0;
    for (unsigned e = 0; e < BITS / s; e++)
        t += E(n, e, s);
    SetV(cpu, op->Rd, s, UInt(t, s));
}
void exec_CMGE_advsimd_zero_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, 64, (int64_t)V(cpu, op->Rn, 64) >= 0 ? ~0ull : 0);
}
#define FN (op->ftype == 0 ? 32u : op->ftype == 1 ? 64u : 16u)

static uint64_t tofix(struct cpu *cpu, uint64_t v, unsigned s, bool u, unsigned isz)
{
    return FPToFixed(v, s, 0, u, FPRounding_ZERO, isz, &cpu->fp);
}
#define SZ (op->sz ? 64u : 32u)
void exec_FCVTZS_advsimd_int_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofix(cpu, V(cpu, op->Rn, SZ), SZ, false, SZ));
}
void exec_FCVTZU_advsimd_int_float_conv_float_bulk_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofix(cpu, V(cpu, op->Rn, SZ), SZ, true, SZ));
}
static uint64_t tofp(struct cpu *cpu, uint64_t v, unsigned isz, bool u, unsigned s)
{
    return FixedToFP(v, isz, 0, u, FPRoundingMode(&cpu->fp), s, &cpu->fp);
}
void exec_SCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofp(cpu, V(cpu, op->Rn, SZ), SZ, false, SZ));
}
void exec_UCVTF_advsimd_int_float_conv_int_sisd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, SZ, tofp(cpu, V(cpu, op->Rn, SZ), SZ, true, SZ));
}
