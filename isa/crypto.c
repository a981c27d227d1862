/* AES (FIPS 197) and SM4 (GB/T 32907-2016), for AdvSIMD and SVE. Both S-boxes are an inverse in GF(2^8) between affine
 * maps, and are worked out at first use. Side channels do not matter to an emulator, so tables are used plainly. */
#include "isa/crypto.h"

#include <stdbool.h>
#include <string.h>

static uint8_t aes_sbox[256], aes_inverse_sbox[256], sm4_sbox[256];

/* Product in GF(2^8) with the given polynomial (its low eight bits). */
static uint8_t gf_multiply(uint8_t a, uint8_t b, uint8_t polynomial)
{
    uint8_t r = 0;
    for (; b; b >>= 1) {
        r ^= b & 1 ? a : 0;
        a = (uint8_t)(a << 1 ^ (a & 0x80 ? polynomial : 0));
    }
    return r;
}
/* The inverse, and 0 of 0: a to the power 254. */
static uint8_t gf_inverse(uint8_t a, uint8_t polynomial)
{
    uint8_t r = 1;
    for (unsigned i = 0; i < 254; i++)
        r = gf_multiply(r, a, polynomial);
    return r;
}
/* Product of the circulant matrix whose row i is row rotated left by i, with a. */
static uint8_t circulant(uint8_t row, uint8_t a)
{
    uint8_t r = 0;
    for (unsigned i = 0; i < 8; i++) {
        unsigned rotated = row << i | row >> (8 - i);
        r |= (uint8_t)(__builtin_parity(rotated & 0xff & a) << i);
    }
    return r;
}
static void make_tables(void)
{
    if (aes_sbox[0])
        return;
    for (unsigned x = 0; x < 256; x++) {
        uint8_t s = circulant(0xf1, gf_inverse((uint8_t)x, 0x1b)) ^ 0x63;
        aes_sbox[x] = s;
        aes_inverse_sbox[s] = (uint8_t)x;
        sm4_sbox[x] = circulant(0xa7, gf_inverse(circulant(0xa7, (uint8_t)x) ^ 0xd3, 0xf5)) ^ 0xd3;
    }
}

/* ---- AES ---- */
/* Row r of the state is rotated by r columns: byte i comes from byte step * i. */
static void shift_and_substitute(uint8_t state[16], unsigned step, const uint8_t sbox[256])
{
    uint8_t old[16];
    memcpy(old, state, 16);
    for (unsigned i = 0; i < 16; i++)
        state[i] = sbox[old[step * i % 16]];
}
void aes_encrypt_round(uint8_t state[16])
{
    make_tables();
    shift_and_substitute(state, 5, aes_sbox);
}
void aes_decrypt_round(uint8_t state[16])
{
    make_tables();
    shift_and_substitute(state, 13, aes_inverse_sbox);
}
static void mix_columns(uint8_t state[16], const uint8_t factors[4])
{
    for (unsigned c = 0; c < 16; c += 4) {
        uint8_t column[4] = { 0 };
        for (unsigned r = 0; r < 4; r++)
            for (unsigned i = 0; i < 4; i++)
                column[r] ^= gf_multiply(state[c + i], factors[(i - r) & 3], 0x1b);
        memcpy(state + c, column, 4);
    }
}
void AESMixColumns(uint8_t state[16])
{
    static const uint8_t factors[4] = { 2, 3, 1, 1 };
    mix_columns(state, factors);
}
void AESInvMixColumns(uint8_t state[16])
{
    static const uint8_t factors[4] = { 14, 11, 13, 9 };
    mix_columns(state, factors);
}

/* ---- SM4 ---- */
static uint32_t ROL(uint32_t x, unsigned shift) { return x << shift | x >> (32 - shift); }

static void rounds(uint8_t state[16], const uint8_t keys[16], bool key_schedule)
{
    uint32_t w[4], key[4];

    make_tables();
    memcpy(w, state, 16), memcpy(key, keys, 16);
    for (unsigned i = 0; i < 4; i++) {
        uint32_t x = w[1] ^ w[2] ^ w[3] ^ key[i], y = 0;
        for (unsigned b = 0; b < 32; b += 8)
            y |= (uint32_t)sm4_sbox[x >> b & 0xff] << b;
        y ^= key_schedule ? ROL(y, 13) ^ ROL(y, 23) : ROL(y, 2) ^ ROL(y, 10) ^ ROL(y, 18) ^ ROL(y, 24);
        y ^= w[0];
        w[0] = w[1], w[1] = w[2], w[2] = w[3], w[3] = y;
    }
    memcpy(state, w, 16);
}
void sm4_rounds(uint8_t state[16], const uint8_t keys[16]) { rounds(state, keys, false); }
void sm4_key_rounds(uint8_t state[16], const uint8_t constants[16]) { rounds(state, constants, true); }
