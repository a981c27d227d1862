/* AdvSIMD cryptography: AES and SM4 (their steps are in crypto.c), SHA-1, SHA-256, SHA-512, SHA-3, SM3. Arm ARM C7.
 * Words and doublewords are numbered from the lowest of the register, as Arm's pseudocode does. */
#include "isa/crypto.h"
#include "isa/simd.h"

/* A register as four words or two doublewords. */
struct words {
    uint32_t w[4];
};
struct dwords {
    uint64_t d[2];
};
static ALWAYS_INLINE struct words words_of(const struct cpu *cpu, unsigned n)
{
    struct words v;
    memcpy(&v, cpu->z[n], 16);
    return v;
}
static ALWAYS_INLINE struct dwords dwords_of(const struct cpu *cpu, unsigned n)
{
    struct dwords v;
    memcpy(&v, cpu->z[n], 16);
    return v;
}
static ALWAYS_INLINE void set_words(struct cpu *cpu, unsigned n, struct words v) { SetVBytes(cpu, n, 128, &v); }
static ALWAYS_INLINE void set_dwords(struct cpu *cpu, unsigned n, struct dwords v) { SetVBytes(cpu, n, 128, &v); }

static ALWAYS_INLINE uint32_t ROL32(uint32_t x, unsigned shift) { return x << shift | x >> (32 - shift); }
static ALWAYS_INLINE uint32_t ROR32(uint32_t x, unsigned shift) { return x >> shift | x << (32 - shift); }
static ALWAYS_INLINE uint64_t ROR64(uint64_t x, unsigned shift) { return x >> shift | x << (64 - shift) % 64; }

/* ---- AES ---- */
static void aes(struct cpu *cpu, const struct op *op, const void *in, void (*f)(uint8_t state[16]))
{
    uint8_t state[16];
    memcpy(state, in, 16);
    f(state);
    SetVBytes(cpu, op->Rd, 128, state);
}
static void aes_round(struct cpu *cpu, const struct op *op, void (*f)(uint8_t state[16]))
{
    struct dwords d = dwords_of(cpu, op->Rd), n = dwords_of(cpu, op->Rn);
    d.d[0] ^= n.d[0], d.d[1] ^= n.d[1];
    aes(cpu, op, &d, f);
}
void exec_AESE_advsimd(struct cpu *cpu, const struct op *op) { aes_round(cpu, op, aes_encrypt_round); }
void exec_AESD_advsimd(struct cpu *cpu, const struct op *op) { aes_round(cpu, op, aes_decrypt_round); }
void exec_AESMC_advsimd(struct cpu *cpu, const struct op *op) { aes(cpu, op, cpu->z[op->Rn], AESMixColumns); }
void exec_AESIMC_advsimd(struct cpu *cpu, const struct op *op) { aes(cpu, op, cpu->z[op->Rn], AESInvMixColumns); }

/* ---- SHA-1 (FIPS 180-4) ---- */
static uint32_t SHAchoose(uint32_t x, uint32_t y, uint32_t z) { return ((y ^ z) & x) ^ z; }
static uint32_t SHAparity(uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; }
static uint32_t SHAmajority(uint32_t x, uint32_t y, uint32_t z) { return (x & y) | ((x | y) & z); }

/* Four rounds: x are a to d, the lowest word of Vn is e, w the schedule with the constant added. */
static ALWAYS_INLINE void sha1_rounds(struct cpu *cpu, const struct op *op,
                                      uint32_t (*f)(uint32_t x, uint32_t y, uint32_t z))
{
    struct words x = words_of(cpu, op->Rd), w = words_of(cpu, op->Rm);
    uint32_t y = (uint32_t)V(cpu, op->Rn, 32);
    for (unsigned e = 0; e < 4; e++) {
        uint32_t a = y + ROL32(x.w[0], 5) + f(x.w[1], x.w[2], x.w[3]) + w.w[e];
        y = x.w[3];
        x = (struct words){ { a, x.w[0], ROL32(x.w[1], 30), x.w[2] } };
    }
    set_words(cpu, op->Rd, x);
}
void exec_SHA1C_advsimd(struct cpu *cpu, const struct op *op) { sha1_rounds(cpu, op, SHAchoose); }
void exec_SHA1P_advsimd(struct cpu *cpu, const struct op *op) { sha1_rounds(cpu, op, SHAparity); }
void exec_SHA1M_advsimd(struct cpu *cpu, const struct op *op) { sha1_rounds(cpu, op, SHAmajority); }
void exec_SHA1H_advsimd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, 32, ROL32((uint32_t)V(cpu, op->Rn, 32), 30));
}
void exec_SHA1SU0_advsimd(struct cpu *cpu, const struct op *op)
{
    struct dwords d = dwords_of(cpu, op->Rd), n = dwords_of(cpu, op->Rn), m = dwords_of(cpu, op->Rm);
    set_dwords(cpu, op->Rd, (struct dwords){ { d.d[1] ^ d.d[0] ^ m.d[0], n.d[0] ^ d.d[1] ^ m.d[1] } });
}
void exec_SHA1SU1_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn), r;
    for (unsigned e = 0; e < 4; e++)
        r.w[e] = ROL32(d.w[e] ^ (e < 3 ? n.w[e + 1] : 0), 1);
    r.w[3] ^= ROL32(r.w[0], 1); /* the word it needs is the first of this result */
    set_words(cpu, op->Rd, r);
}

/* ---- SHA-256 (FIPS 180-4) ---- */
/* SHA256hash(): four rounds on x (a to d) and y (e to h); the result is one of them. */
static ALWAYS_INLINE struct words SHA256hash(struct words x, struct words y, struct words w, bool part1)
{
    for (unsigned e = 0; e < 4; e++) {
        uint32_t sigma1 = ROR32(y.w[0], 6) ^ ROR32(y.w[0], 11) ^ ROR32(y.w[0], 25);
        uint32_t sigma0 = ROR32(x.w[0], 2) ^ ROR32(x.w[0], 13) ^ ROR32(x.w[0], 22);
        uint32_t t = y.w[3] + sigma1 + SHAchoose(y.w[0], y.w[1], y.w[2]) + w.w[e];
        uint32_t a = t + sigma0 + SHAmajority(x.w[0], x.w[1], x.w[2]);
        y = (struct words){ { x.w[3] + t, y.w[0], y.w[1], y.w[2] } };
        x = (struct words){ { a, x.w[0], x.w[1], x.w[2] } };
    }
    return part1 ? x : y;
}
void exec_SHA256H_advsimd(struct cpu *cpu, const struct op *op)
{
    set_words(cpu, op->Rd, SHA256hash(words_of(cpu, op->Rd), words_of(cpu, op->Rn), words_of(cpu, op->Rm), true));
}
void exec_SHA256H2_advsimd(struct cpu *cpu, const struct op *op)
{
    set_words(cpu, op->Rd, SHA256hash(words_of(cpu, op->Rn), words_of(cpu, op->Rd), words_of(cpu, op->Rm), false));
}
void exec_SHA256SU0_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn), r;
    for (unsigned e = 0; e < 4; e++) {
        uint32_t x = e < 3 ? d.w[e + 1] : n.w[0];
        r.w[e] = d.w[e] + (ROR32(x, 7) ^ ROR32(x, 18) ^ x >> 3);
    }
    set_words(cpu, op->Rd, r);
}
void exec_SHA256SU1_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn), m = words_of(cpu, op->Rm), r;
    for (unsigned e = 0; e < 4; e++) {
        uint32_t x = e < 2 ? m.w[e + 2] : r.w[e - 2];
        r.w[e] = d.w[e] + (e < 3 ? n.w[e + 1] : m.w[0]) + (ROR32(x, 17) ^ ROR32(x, 19) ^ x >> 10);
    }
    set_words(cpu, op->Rd, r);
}

/* ---- SHA-512 (FIPS 180-4): two rounds, w the schedule with the constants and one term of the round added ---- */
static uint64_t choose64(uint64_t x, uint64_t y, uint64_t z) { return ((y ^ z) & x) ^ z; }
static uint64_t majority64(uint64_t x, uint64_t y, uint64_t z) { return (x & y) | ((x | y) & z); }

void exec_SHA512H_advsimd(struct cpu *cpu, const struct op *op)
{
    struct dwords w = dwords_of(cpu, op->Rd), x = dwords_of(cpu, op->Rn), y = dwords_of(cpu, op->Rm), r;
    uint64_t e = y.d[1];
    r.d[1] = choose64(e, x.d[0], x.d[1]) + (ROR64(e, 14) ^ ROR64(e, 18) ^ ROR64(e, 41)) + w.d[1];
    e = r.d[1] + y.d[0];
    r.d[0] = choose64(e, y.d[1], x.d[0]) + (ROR64(e, 14) ^ ROR64(e, 18) ^ ROR64(e, 41)) + w.d[0];
    set_dwords(cpu, op->Rd, r);
}
void exec_SHA512H2_advsimd(struct cpu *cpu, const struct op *op)
{
    struct dwords w = dwords_of(cpu, op->Rd), x = dwords_of(cpu, op->Rn), y = dwords_of(cpu, op->Rm), r;
    uint64_t a = y.d[0];
    r.d[1] = majority64(x.d[0], y.d[1], a) + (ROR64(a, 28) ^ ROR64(a, 34) ^ ROR64(a, 39)) + w.d[1];
    a = r.d[1];
    r.d[0] = majority64(a, y.d[0], y.d[1]) + (ROR64(a, 28) ^ ROR64(a, 34) ^ ROR64(a, 39)) + w.d[0];
    set_dwords(cpu, op->Rd, r);
}
static uint64_t sha512_sigma0(uint64_t x) { return ROR64(x, 1) ^ ROR64(x, 8) ^ x >> 7; }
static uint64_t sha512_sigma1(uint64_t x) { return ROR64(x, 19) ^ ROR64(x, 61) ^ x >> 6; }
void exec_SHA512SU0_advsimd(struct cpu *cpu, const struct op *op)
{
    struct dwords w = dwords_of(cpu, op->Rd), x = dwords_of(cpu, op->Rn);
    set_dwords(cpu, op->Rd, (struct dwords){ { w.d[0] + sha512_sigma0(w.d[1]), w.d[1] + sha512_sigma0(x.d[0]) } });
}
void exec_SHA512SU1_advsimd(struct cpu *cpu, const struct op *op)
{
    struct dwords w = dwords_of(cpu, op->Rd), x = dwords_of(cpu, op->Rn), y = dwords_of(cpu, op->Rm), r;
    for (unsigned e = 0; e < 2; e++)
        r.d[e] = w.d[e] + sha512_sigma1(x.d[e]) + y.d[e];
    set_dwords(cpu, op->Rd, r);
}

/* ---- SHA-3 (FIPS 202) ---- */
static uint64_t e_eor3(uint64_t a, uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n ^ m ^ a; }
static uint64_t e_bcax(uint64_t a, uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n ^ (m & ~a); }
static uint64_t e_rax1(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n ^ ROR64(m, 63); }

/* Three sources: a is Va, and the rows have no Q. */
static ALWAYS_INLINE struct lanes lanes_vvvv(struct cpu *cpu, const struct op *op)
{
    return (struct lanes){
        .d = cpu->z[op->Rd], .n = cpu->z[op->Rn], .m = cpu->z[op->Rm], .a = cpu->z[op->Ra], .bits = 128, .esize = 64
    };
}

void exec_EOR3_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_vvvv(cpu, op), e_eor3); }
void exec_BCAX_advsimd(struct cpu *cpu, const struct op *op) { apply3(cpu, op, lanes_vvvv(cpu, op), e_bcax); }
void exec_RAX1_advsimd(struct cpu *cpu, const struct op *op) { apply2(cpu, op, lanes_vvvv(cpu, op), e_rax1); }
void exec_XAR_advsimd(struct cpu *cpu, const struct op *op)
{
    struct dwords n = dwords_of(cpu, op->Rn), m = dwords_of(cpu, op->Rm), r;
    for (unsigned e = 0; e < 2; e++)
        r.d[e] = ROR64(n.d[e] ^ m.d[e], op->imm6);
    set_dwords(cpu, op->Rd, r);
}

/* ---- SM3 (GB/T 32905-2016) ---- */
void exec_SM3PARTW1_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn), m = words_of(cpu, op->Rm), r;
    for (unsigned e = 0; e < 4; e++) {
        uint32_t x = d.w[e] ^ n.w[e] ^ ROL32(e < 3 ? m.w[e + 1] : r.w[0], 15);
        r.w[e] = x ^ ROL32(x, 15) ^ ROL32(x, 23);
    }
    set_words(cpu, op->Rd, r);
}
void exec_SM3PARTW2_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn), m = words_of(cpu, op->Rm), r;
    uint32_t x = ROL32(n.w[0] ^ ROL32(m.w[0], 7), 15);
    for (unsigned e = 0; e < 4; e++)
        r.w[e] = d.w[e] ^ n.w[e] ^ ROL32(m.w[e], 7);
    r.w[3] ^= x ^ ROL32(x, 15) ^ ROL32(x, 23);
    set_words(cpu, op->Rd, r);
}
void exec_SM3SS1_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words n = words_of(cpu, op->Rn), m = words_of(cpu, op->Rm), a = words_of(cpu, op->Ra);
    set_words(cpu, op->Rd, (struct words){ { 0, 0, 0, ROL32(ROL32(n.w[3], 12) + m.w[3] + a.w[3], 7) } });
}
/* TT1 and TT2 of one round; imm2 is the word of the schedule. */
static void sm3_tt1(struct cpu *cpu, const struct op *op, uint32_t (*f)(uint32_t x, uint32_t y, uint32_t z))
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn), m = words_of(cpu, op->Rm);
    uint32_t ss2 = n.w[3] ^ ROL32(d.w[3], 12), tt1 = f(d.w[3], d.w[2], d.w[1]) + d.w[0] + ss2 + m.w[op->imm2];
    set_words(cpu, op->Rd, (struct words){ { d.w[1], ROL32(d.w[2], 9), d.w[3], tt1 } });
}
static void sm3_tt2(struct cpu *cpu, const struct op *op, uint32_t (*f)(uint32_t x, uint32_t y, uint32_t z))
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn), m = words_of(cpu, op->Rm);
    uint32_t tt2 = f(d.w[3], d.w[2], d.w[1]) + d.w[0] + n.w[3] + m.w[op->imm2];
    tt2 ^= ROL32(tt2, 9) ^ ROL32(tt2, 17);
    set_words(cpu, op->Rd, (struct words){ { d.w[1], ROL32(d.w[2], 19), d.w[3], tt2 } });
}
void exec_SM3TT1A_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt1(cpu, op, SHAparity); }
void exec_SM3TT1B_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt1(cpu, op, SHAmajority); }
void exec_SM3TT2A_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt2(cpu, op, SHAparity); }
void exec_SM3TT2B_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt2(cpu, op, SHAchoose); }

/* ---- SM4 ---- */
void exec_SM4E_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words d = words_of(cpu, op->Rd), n = words_of(cpu, op->Rn);
    sm4_rounds((uint8_t *)&d, (const uint8_t *)&n);
    set_words(cpu, op->Rd, d);
}
void exec_SM4EKEY_advsimd(struct cpu *cpu, const struct op *op)
{
    struct words n = words_of(cpu, op->Rn), m = words_of(cpu, op->Rm);
    sm4_key_rounds((uint8_t *)&n, (const uint8_t *)&m);
    set_words(cpu, op->Rd, n);
}
