/* Hash instructions: SHA-1, SHA-2 (FIPS 180-4), SHA-3 helpers (FIPS 202), SM3 (GB/T 32905-2016). Arm ARM C7.2.
 * Registers are arrays of words here, w[0] the lowest. */
#include "isa/simd.h"

static uint32_t rol(uint32_t x, unsigned n) { return x << n | x >> (32 - n); }
static uint32_t ror(uint32_t x, unsigned n) { return x >> n | x << (32 - n); }
static uint64_t rol64(uint64_t x, unsigned n) { return n ? x << n | x >> (64 - n) : x; }
static uint64_t ror64(uint64_t x, unsigned n) { return n ? x >> n | x << (64 - n) : x; }

static void get(const struct cpu *cpu, unsigned n, void *words) { memcpy(words, cpu->z[n], 16); }
static void set(struct cpu *cpu, unsigned n, const void *words) { SetVBytes(cpu, n, 128, words); }

/* ---- The three bitwise functions ---- */
static uint32_t choose(uint32_t x, uint32_t y, uint32_t z) { return ((y ^ z) & x) ^ z; }
static uint32_t parity(uint32_t x, uint32_t y, uint32_t z) { return x ^ y ^ z; }
static uint32_t majority(uint32_t x, uint32_t y, uint32_t z) { return (x & y) | ((x | y) & z); }

/* ---- SHA-1 ---- */
/* Four rounds: X is a to d, Y is e. */
static void sha1_rounds(struct cpu *cpu, const struct op *op, uint32_t f(uint32_t, uint32_t, uint32_t))
{
    uint32_t x[4], w[4], y = (uint32_t)V(cpu, op->Rn, 32);
    get(cpu, op->Rd, x), get(cpu, op->Rm, w);
    for (unsigned e = 0; e < 4; e++) {
        uint32_t a = y + rol(x[0], 5) + f(x[1], x[2], x[3]) + w[e];
        y = x[3], x[3] = x[2], x[2] = rol(x[1], 30), x[1] = x[0], x[0] = a;
    }
    set(cpu, op->Rd, x);
}
void exec_SHA1C_advsimd(struct cpu *cpu, const struct op *op) { sha1_rounds(cpu, op, choose); }
void exec_SHA1P_advsimd(struct cpu *cpu, const struct op *op) { sha1_rounds(cpu, op, parity); }
void exec_SHA1M_advsimd(struct cpu *cpu, const struct op *op) { sha1_rounds(cpu, op, majority); }
void exec_SHA1H_advsimd(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Rd, 32, rol((uint32_t)V(cpu, op->Rn, 32), 30));
}
void exec_SHA1SU0_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t d[2], n[2], m[2];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    uint64_t r[2] = { d[1] ^ d[0] ^ m[0], n[0] ^ d[1] ^ m[1] };
    set(cpu, op->Rd, r);
}
void exec_SHA1SU1_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t d[4], n[4];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n);
    for (unsigned e = 0; e < 3; e++)
        d[e] = rol(d[e] ^ n[e + 1], 1);
    d[3] = rol(d[3], 1) ^ rol(d[0], 1);
    set(cpu, op->Rd, d);
}

/* ---- SHA-256 ---- */
/* SHA256hash(): four rounds; x is a to d, y is e to h. */
static void sha256_rounds(struct cpu *cpu, const struct op *op, uint32_t x[4], uint32_t y[4])
{
    uint32_t w[4];
    get(cpu, op->Rm, w);
    for (unsigned e = 0; e < 4; e++) {
        uint32_t t = y[3] + (ror(y[0], 6) ^ ror(y[0], 11) ^ ror(y[0], 25)) + choose(y[0], y[1], y[2]) + w[e];
        uint32_t a = t + (ror(x[0], 2) ^ ror(x[0], 13) ^ ror(x[0], 22)) + majority(x[0], x[1], x[2]);
        y[3] = y[2], y[2] = y[1], y[1] = y[0], y[0] = t + x[3];
        x[3] = x[2], x[2] = x[1], x[1] = x[0], x[0] = a;
    }
}
void exec_SHA256H_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t x[4], y[4];
    get(cpu, op->Rd, x), get(cpu, op->Rn, y);
    sha256_rounds(cpu, op, x, y);
    set(cpu, op->Rd, x);
}
void exec_SHA256H2_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t x[4], y[4];
    get(cpu, op->Rn, x), get(cpu, op->Rd, y);
    sha256_rounds(cpu, op, x, y);
    set(cpu, op->Rd, y);
}
void exec_SHA256SU0_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t d[5], n[4];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n);
    d[4] = n[0];
    for (unsigned e = 0; e < 4; e++)
        d[e] += ror(d[e + 1], 7) ^ ror(d[e + 1], 18) ^ d[e + 1] >> 3;
    set(cpu, op->Rd, d);
}
void exec_SHA256SU1_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t d[4], n[5], m[4];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    n[4] = m[0];
    for (unsigned e = 0; e < 4; e++) {
        uint32_t t = e < 2 ? m[e + 2] : d[e - 2];
        d[e] += (ror(t, 17) ^ ror(t, 19) ^ t >> 10) + n[e + 1];
    }
    set(cpu, op->Rd, d);
}

/* ---- SHA-512 ---- */
static uint64_t sha512_sum1(uint64_t x) { return ror64(x, 14) ^ ror64(x, 18) ^ ror64(x, 41); }
static uint64_t sha512_sum0(uint64_t x) { return ror64(x, 28) ^ ror64(x, 34) ^ ror64(x, 39); }
static uint64_t sha512_sigma0(uint64_t x) { return ror64(x, 1) ^ ror64(x, 8) ^ x >> 7; }
static uint64_t sha512_sigma1(uint64_t x) { return ror64(x, 19) ^ ror64(x, 61) ^ x >> 6; }
void exec_SHA512H_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t w[2], x[2], y[2];
    get(cpu, op->Rd, w), get(cpu, op->Rn, x), get(cpu, op->Rm, y);
    w[1] += ((y[1] & x[0]) ^ (~y[1] & x[1])) + sha512_sum1(y[1]);
    uint64_t t = w[1] + y[0];
    w[0] += ((t & y[1]) ^ (~t & x[0])) + sha512_sum1(t);
    set(cpu, op->Rd, w);
}
void exec_SHA512H2_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t w[2], x[2], y[2];
    get(cpu, op->Rd, w), get(cpu, op->Rn, x), get(cpu, op->Rm, y);
    w[1] += ((x[0] & y[1]) ^ (x[0] & y[0]) ^ (y[1] & y[0])) + sha512_sum0(y[0]);
    w[0] += ((w[1] & y[0]) ^ (w[1] & y[1]) ^ (y[1] & y[0])) + sha512_sum0(w[1]);
    set(cpu, op->Rd, w);
}
void exec_SHA512SU0_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t w[2], x[2];
    get(cpu, op->Rd, w), get(cpu, op->Rn, x);
    w[0] += sha512_sigma0(w[1]);
    w[1] += sha512_sigma0(x[0]);
    set(cpu, op->Rd, w);
}
void exec_SHA512SU1_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t w[2], x[2], y[2];
    get(cpu, op->Rd, w), get(cpu, op->Rn, x), get(cpu, op->Rm, y);
    for (unsigned e = 0; e < 2; e++)
        w[e] += sha512_sigma1(x[e]) + y[e];
    set(cpu, op->Rd, w);
}

/* ---- SHA-3 ---- */
void exec_EOR3_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t n[2], m[2], a[2];
    get(cpu, op->Rn, n), get(cpu, op->Rm, m), get(cpu, op->Ra, a);
    for (unsigned e = 0; e < 2; e++)
        n[e] ^= m[e] ^ a[e];
    set(cpu, op->Rd, n);
}
void exec_BCAX_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t n[2], m[2], a[2];
    get(cpu, op->Rn, n), get(cpu, op->Rm, m), get(cpu, op->Ra, a);
    for (unsigned e = 0; e < 2; e++)
        n[e] ^= m[e] & ~a[e];
    set(cpu, op->Rd, n);
}
void exec_RAX1_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t n[2], m[2];
    get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    for (unsigned e = 0; e < 2; e++)
        n[e] ^= rol64(m[e], 1);
    set(cpu, op->Rd, n);
}
void exec_XAR_advsimd(struct cpu *cpu, const struct op *op)
{
    uint64_t n[2], m[2];
    get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    for (unsigned e = 0; e < 2; e++)
        n[e] = ror64(n[e] ^ m[e], op->imm6);
    set(cpu, op->Rd, n);
}

/* ---- SM3 ---- */
void exec_SM3SS1_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t n[4], m[4], a[4], r[4] = { 0 };
    get(cpu, op->Rn, n), get(cpu, op->Rm, m), get(cpu, op->Ra, a);
    r[3] = rol(rol(n[3], 12) + m[3] + a[3], 7);
    set(cpu, op->Rd, r);
}
/* One step of a to d (TT1): d holds them from w[3] down; Vn's highest word is SS1, imm2 chooses the message word. */
static void sm3_tt1(struct cpu *cpu, const struct op *op, uint32_t f(uint32_t, uint32_t, uint32_t))
{
    uint32_t d[4], n[4], m[4];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    uint32_t t = f(d[3], d[1], d[2]) + d[0] + (n[3] ^ rol(d[3], 12)) + m[op->imm2];
    uint32_t r[4] = { d[1], rol(d[2], 9), d[3], t };
    set(cpu, op->Rd, r);
}
/* One step of e to h (TT2). */
static void sm3_tt2(struct cpu *cpu, const struct op *op, uint32_t f(uint32_t, uint32_t, uint32_t))
{
    uint32_t d[4], n[4], m[4];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    uint32_t t = f(d[3], d[2], d[1]) + d[0] + n[3] + m[op->imm2];
    uint32_t r[4] = { d[1], rol(d[2], 19), d[3], t ^ rol(t, 9) ^ rol(t, 17) };
    set(cpu, op->Rd, r);
}
void exec_SM3TT1A_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt1(cpu, op, parity); }
void exec_SM3TT1B_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt1(cpu, op, majority); }
void exec_SM3TT2A_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt2(cpu, op, parity); }
void exec_SM3TT2B_advsimd(struct cpu *cpu, const struct op *op) { sm3_tt2(cpu, op, choose); }

static uint32_t sm3_p1(uint32_t x) { return x ^ rol(x, 15) ^ rol(x, 23); }
void exec_SM3PARTW1_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t d[4], n[4], m[4];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    for (unsigned e = 0; e < 4; e++)
        d[e] = sm3_p1(d[e] ^ n[e] ^ rol(e < 3 ? m[e + 1] : d[0], 15));
    set(cpu, op->Rd, d);
}
void exec_SM3PARTW2_advsimd(struct cpu *cpu, const struct op *op)
{
    uint32_t d[4], n[4], m[4];
    get(cpu, op->Rd, d), get(cpu, op->Rn, n), get(cpu, op->Rm, m);
    for (unsigned e = 0; e < 4; e++)
        d[e] ^= n[e] ^ rol(m[e], 7);
    d[3] ^= sm3_p1(rol(n[0] ^ rol(m[0], 7), 15));
    set(cpu, op->Rd, d);
}
