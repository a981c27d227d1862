/* AES and SM4 as Arm's pseudocode names their steps (shared/functions/crypto), on states of 16 bytes as they are in a
 * register: byte 4 * column + row for AES, word 0 in the lowest bytes for SM4. */
#ifndef SVEMU_ISA_CRYPTO_H
#define SVEMU_ISA_CRYPTO_H

#include <stdint.h>

/* AESE and AESD after the key was added: AESShiftRows and AESSubBytes, or their inverses. */
void aes_encrypt_round(uint8_t state[16]);
void aes_decrypt_round(uint8_t state[16]);
void AESMixColumns(uint8_t state[16]);
void AESInvMixColumns(uint8_t state[16]);

/* SM4E: four rounds with the keys of the four words of keys. SM4EKEY: the next four round keys from the last four. */
void sm4_rounds(uint8_t state[16], const uint8_t keys[16]);
void sm4_key_rounds(uint8_t state[16], const uint8_t constants[16]);

#endif
