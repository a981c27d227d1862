/* The cryptographic operations on 128 bits that AdvSIMD and SVE2 share (crypto_aes.c). out may be in. */
#ifndef SVEMU_ISA_CRYPTO_H
#define SVEMU_ISA_CRYPTO_H

#include <stdint.h>

/* One AES round without its MixColumns, on state ^ key: AESE and AESD; then AESMC and AESIMC. */
void crypto_aese(uint8_t out[16], const uint8_t state[16], const uint8_t key[16]);
void crypto_aesd(uint8_t out[16], const uint8_t state[16], const uint8_t key[16]);
void crypto_aesmc(uint8_t out[16], const uint8_t in[16]);
void crypto_aesimc(uint8_t out[16], const uint8_t in[16]);
/* Four rounds of SM4: on data with round keys, and of the key schedule with constants. */
void crypto_sm4e(uint8_t out[16], const uint8_t data[16], const uint8_t keys[16]);
void crypto_sm4ekey(uint8_t out[16], const uint8_t key[16], const uint8_t constants[16]);

#endif
