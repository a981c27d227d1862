/* The cryptographic instructions and CRC32, each beside the algorithm written out. Where the CPU lacks one, the written
 * out result stands for both, so that the output does not depend on the CPU. */
#include <sys/auxv.h>

#include "programs.h"

#include <arm_acle.h>
#include <arm_neon.h>

#ifndef HWCAP_SHA512
#include <asm/hwcap.h>
#endif

static bool have(unsigned long cap) { return (getauxval(AT_HWCAP) & cap) == cap; }

/* ---- CRC ---- */
static uint32_t crc_plain(uint32_t crc, const uint8_t *p, size_t n, uint32_t polynomial)
{
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int k = 0; k < 8; k++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    }
    return crc;
}
static void crc(const uint8_t *p, size_t n)
{
    uint32_t a = ~0u, c = ~0u;
    uint64_t v;
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        memcpy(&v, p + i, 8), a = __crc32d(a, v), c = __crc32cd(c, v);
    for (; i < n; i++)
        a = __crc32b(a, p[i]), c = __crc32cb(c, p[i]);
    number("crc32", a), number("crc32c", c);
    check("crc32", a == crc_plain(~0u, p, n, 0xedb88320)), check("crc32c", c == crc_plain(~0u, p, n, 0x82f63b78));
    check("crc32 h, w", __crc32w(__crc32h(5, 0x1234), 0x9abcdef0) ==
                            crc_plain(5, (const uint8_t[]){ 0x34, 0x12, 0xf0, 0xde, 0xbc, 0x9a }, 6, 0xedb88320));
}

/* ---- SHA-256, SHA-1 ---- */
static const uint32_t k256[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
                                   0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
                                   0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
                                   0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
                                   0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
                                   0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
                                   0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
                                   0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
                                   0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
                                   0xc67178f2 };
static uint32_t ror(uint32_t v, int n) { return v >> n | v << (32 - n); }
static void sha256_plain(uint32_t *h, const uint8_t *block)
{
    uint32_t w[64], s[8];
    for (int i = 0; i < 16; i++)
        memcpy(&w[i], block + 4 * i, 4), w[i] = __builtin_bswap32(w[i]);
    for (int i = 16; i < 64; i++)
        w[i] = w[i - 16] + w[i - 7] + (ror(w[i - 15], 7) ^ ror(w[i - 15], 18) ^ w[i - 15] >> 3) +
               (ror(w[i - 2], 17) ^ ror(w[i - 2], 19) ^ w[i - 2] >> 10);
    memcpy(s, h, 32);
    for (int i = 0; i < 64; i++) {
        uint32_t t =
            s[7] + (ror(s[4], 6) ^ ror(s[4], 11) ^ ror(s[4], 25)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + k256[i] + w[i];
        uint32_t u = (ror(s[0], 2) ^ ror(s[0], 13) ^ ror(s[0], 22)) + ((s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]));
        memmove(s + 1, s, 28);
        s[4] += t, s[0] = t + u;
    }
    for (int i = 0; i < 8; i++)
        h[i] += s[i];
}
static void sha256_vector(uint32_t *h, const uint8_t *block)
{
    uint32x4_t m[4], abcd = vld1q_u32(h), efgh = vld1q_u32(h + 4), a = abcd, e = efgh;
    for (int i = 0; i < 4; i++)
        m[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block + 16 * i)));
    for (int i = 0; i < 16; i++) {
        uint32x4_t w = vaddq_u32(m[i & 3], vld1q_u32(k256 + 4 * i)), t = abcd;
        abcd = vsha256hq_u32(abcd, efgh, w);
        efgh = vsha256h2q_u32(efgh, t, w);
        m[i & 3] = vsha256su1q_u32(vsha256su0q_u32(m[i & 3], m[(i + 1) & 3]), m[(i + 2) & 3], m[(i + 3) & 3]);
    }
    vst1q_u32(h, vaddq_u32(a, abcd)), vst1q_u32(h + 4, vaddq_u32(e, efgh));
}
static void sha1_plain(uint32_t *h, const uint8_t *block)
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++)
        memcpy(&w[i], block + 4 * i, 4), w[i] = __builtin_bswap32(w[i]);
    for (int i = 16; i < 80; i++)
        w[i] = ror(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 31);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20 ? (b & c) | (~b & d) : i >= 40 && i < 60 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
        uint32_t k = i < 20 ? 0x5a827999 : i < 40 ? 0x6ed9eba1 : i < 60 ? 0x8f1bbcdc : 0xca62c1d6;
        uint32_t t = ror(a, 27) + f + e + k + w[i];
        e = d, d = c, c = ror(b, 2), b = a, a = t;
    }
    h[0] += a, h[1] += b, h[2] += c, h[3] += d, h[4] += e;
}
static void sha1_vector(uint32_t *h, const uint8_t *block)
{
    static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    uint32x4_t m[4], abcd = vld1q_u32(h), start = abcd;
    uint32_t e = h[4], next;
    for (int i = 0; i < 4; i++)
        m[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(block + 16 * i)));
    for (int i = 0; i < 20; i++) {
        uint32x4_t w = vaddq_u32(m[i & 3], vdupq_n_u32(k[i / 5]));
        next = vsha1h_u32(vgetq_lane_u32(abcd, 0));
        abcd = i < 5 ? vsha1cq_u32(abcd, e, w) : i >= 10 && i < 15 ? vsha1mq_u32(abcd, e, w) : vsha1pq_u32(abcd, e, w);
        e = next;
        m[i & 3] = vsha1su1q_u32(vsha1su0q_u32(m[i & 3], m[(i + 1) & 3], m[(i + 2) & 3]), m[(i + 3) & 3]);
    }
    vst1q_u32(h, vaddq_u32(start, abcd)), h[4] += e;
}
static void sha(const uint8_t *p, size_t n)
{
    uint32_t a[8] = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
             b[8];
    uint32_t c[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 }, d[5];
    memcpy(b, a, sizeof b), memcpy(d, c, sizeof d);
    for (size_t i = 0; i + 64 <= n; i += 64) {
        sha256_plain(a, p + i), sha1_plain(c, p + i);
        have(HWCAP_SHA2) ? sha256_vector(b, p + i) : sha256_plain(b, p + i);
        have(HWCAP_SHA1) ? sha1_vector(d, p + i) : sha1_plain(d, p + i);
    }
    sum("sha256", b, sizeof b), sum("sha1", d, sizeof d);
    check("sha256", !memcmp(a, b, sizeof a)), check("sha1", !memcmp(c, d, sizeof c));
}

/* ---- AES, GHASH ---- */
static uint8_t times2(uint8_t v) { return (uint8_t)(v << 1 ^ (v >> 7) * 0x1b); }
static uint8_t gf_multiply(uint8_t a, uint8_t b)
{
    uint8_t r = 0;
    for (; b; b >>= 1, a = times2(a))
        r ^= b & 1 ? a : 0;
    return r;
}
static uint8_t sbox[256], inverse_sbox[256];
static void make_sbox(void)
{
    for (unsigned v = 0; v < 256; v++) {
        uint8_t inv = 0, s;
        for (unsigned w = 1; v && w < 256; w++)
            if (gf_multiply((uint8_t)v, (uint8_t)w) == 1)
                inv = (uint8_t)w;
        s = inv;
        for (int k = 1; k < 5; k++)
            s ^= (uint8_t)(inv << k | inv >> (8 - k));
        sbox[v] = s ^ 0x63, inverse_sbox[s ^ 0x63] = (uint8_t)v;
    }
}
static void round_plain(uint8_t *s, const uint8_t *key, bool mix)
{
    uint8_t t[16];
    for (int i = 0; i < 16; i++)
        t[i] = sbox[(s[i] ^ key[i]) & 255];
    for (int i = 0; i < 16; i++)
        s[i] = t[(i + 4 * (i % 4)) % 16];
    for (int c = 0; mix && c < 4; c++) {
        uint8_t *v = s + 4 * c, all = v[0] ^ v[1] ^ v[2] ^ v[3], first = v[0];
        for (int i = 0; i < 4; i++)
            v[i] ^= all ^ times2(v[i] ^ (i == 3 ? first : v[i + 1]));
    }
}
static void aes(uint8_t *p, size_t n, const uint8_t *keys)
{
    uint8_t plain[16];
    bool ok = true;
    for (size_t i = 0; i + 16 <= n; i += 16) {
        memcpy(plain, p + i, 16);
        for (int r = 0; r < 10; r++)
            round_plain(plain, keys + 16 * r, r < 9);
        if (have(HWCAP_AES)) {
            uint8x16_t v = vld1q_u8(p + i), back;
            for (int r = 0; r < 9; r++)
                v = vaesmcq_u8(vaeseq_u8(v, vld1q_u8(keys + 16 * r)));
            v = vaeseq_u8(v, vld1q_u8(keys + 144));
            ok &= !memcmp(&v, plain, 16);
            /* The last of the keys above is added before its SubBytes, so the inverse ends with it. */
            back = veorq_u8(vaesdq_u8(v, vdupq_n_u8(0)), vld1q_u8(keys + 144));
            for (int r = 8; r >= 0; r--)
                back = veorq_u8(vaesdq_u8(vaesimcq_u8(back), vdupq_n_u8(0)), vld1q_u8(keys + 16 * r));
            ok &= !memcmp(&back, p + i, 16);
        }
        memcpy(p + i, plain, 16);
    }
    sum("aes", p, n), check("aes", ok);
}
static void carryless(const uint64_t *a)
{
    uint64_t h = 0;
    bool ok = true;
    for (int i = 0; i < 64; i++) {
        uint64_t low = 0, high = 0;
        for (int k = 0; k < 64; k++)
            if (a[i + 1] >> k & 1)
                low ^= a[i] << k, high ^= k ? a[i] >> (64 - k) : 0;
        if (have(HWCAP_PMULL)) {
            poly128_t p = vmull_p64((poly64_t)a[i], (poly64_t)a[i + 1]);
            ok &= (uint64_t)p == low && (uint64_t)(p >> 64) == high;
        }
        poly16x8_t q = vmull_p8(vcreate_p8(a[i]), vcreate_p8(a[i + 1]));
        uint64x2_t v = vreinterpretq_u64_p16(q);
        h = h * 31 + low + 7 * high + vgetq_lane_u64(v, 0) + vgetq_lane_u64(v, 1);
    }
    number("carryless", h), check("carryless", ok);
}

/* ---- SHA-512, SHA-3, SM3, SM4: by their instructions' definitions ---- */
static uint64_t ror64(uint64_t v, int n) { return v >> n | v << (64 - n); }
static void newer_hashes(const uint64_t *a)
{
    uint64_t h = 0;
    bool ok = true;
    for (int i = 0; i < 32; i++) {
        uint64x2_t x = vld1q_u64(a + i), y = vld1q_u64(a + i + 5), z = vld1q_u64(a + i + 9), r;
        uint64_t e[2], s0 = (ror64(a[i + 1], 1) ^ ror64(a[i + 1], 8) ^ a[i + 1] >> 7) + a[i];
        uint64_t chi = a[i] ^ (a[i + 5] & ~a[i + 9]), three = a[i] ^ a[i + 5] ^ a[i + 9],
                 rax = a[i] ^ ror64(a[i + 5], 63);
        if (have(HWCAP_SHA512)) {
            vst1q_u64(e, vsha512su0q_u64(x, y)), ok &= e[0] == s0;
            r = vsha512hq_u64(x, y, z), r = vsha512h2q_u64(r, y, x), r = vsha512su1q_u64(r, z, y);
            vst1q_u64(e, r);
        }
        if (have(HWCAP_SHA3)) {
            vst1q_u64(e, vbcaxq_u64(x, y, z)), ok &= e[0] == chi;
            vst1q_u64(e, veor3q_u64(x, y, z)), ok &= e[0] == three;
            vst1q_u64(e, vrax1q_u64(x, y)), ok &= e[0] == rax;
            vst1q_u64(e, vxarq_u64(x, y, 17)), ok &= e[0] == ror64(a[i] ^ a[i + 5], 17);
        }
        h = h * 31 + s0 + chi + three + rax;
    }
    number("sha512, sha3", h), check("sha512, sha3", ok);
    uint32x4_t m = vreinterpretq_u32_u64(vld1q_u64(a)), n = vreinterpretq_u32_u64(vld1q_u64(a + 2));
    for (int i = 0; i < 32; i++) {
        if (have(HWCAP_SM3)) {
            m = vsm3ss1q_u32(m, n, m), m = vsm3tt1aq_u32(m, n, m, 1), m = vsm3tt1bq_u32(m, n, m, 2),
            m = vsm3tt2aq_u32(m, n, m, 3);
            m = vsm3tt2bq_u32(m, m, n, 0), n = vsm3partw1q_u32(n, m, n), n = vsm3partw2q_u32(m, n, m);
        }
        if (have(HWCAP_SM4))
            m = vsm4eq_u32(m, n), n = vsm4ekeyq_u32(n, m);
    }
    if (have(HWCAP_SM3 | HWCAP_SM4)) /* nothing stands for these: a CPU without them prints another line */
        sum("sm3, sm4", &m, sizeof m), sum("sm3, sm4", &n, sizeof n);
}

void suite_crypto(void)
{
    static uint8_t data[4096], keys[160];
    static uint64_t words[80];

    fill(data, sizeof data), fill(keys, sizeof keys), fill(words, sizeof words);
    crc(data, sizeof data - 3);
    sha(data, sizeof data);
    make_sbox();
    aes(data, 1024, keys);
    carryless(words);
    newer_hashes(words);
}
