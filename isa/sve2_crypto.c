/* SVE2 cryptography: AES, SM4 and SHA-3 on each 128 bits. Arm ARM C8 (FEAT_SVE_AES, FEAT_SVE_SM4, FEAT_SVE_SHA3). */
#include "isa/crypto.h"
#include "isa/elem_sve2.h"

/* Zdn = f(Zdn ^ Zm) */
static void aes_round(struct cpu *cpu, const struct op *op, void (*f)(uint8_t state[16]))
{
    uint8_t *d = ZForWrite(cpu, op->Zdn);
    for (unsigned s = 0; s < CurrentVL(cpu) / 8; s += 16) {
        for (unsigned i = 0; i < 16; i++)
            d[s + i] ^= Z(cpu, op->Zm)[s + i];
        f(d + s);
    }
}
/* Zdn = f(Zdn) */
static void aes_mix(struct cpu *cpu, const struct op *op, void (*f)(uint8_t state[16]))
{
    for (unsigned s = 0; s < CurrentVL(cpu) / 8; s += 16)
        f(ZForWrite(cpu, op->Zdn) + s);
}
void exec_AESE_z_zz(struct cpu *cpu, const struct op *op) { aes_round(cpu, op, aes_encrypt_round); }
void exec_AESD_z_zz(struct cpu *cpu, const struct op *op) { aes_round(cpu, op, aes_decrypt_round); }
void exec_AESMC_z_z(struct cpu *cpu, const struct op *op) { aes_mix(cpu, op, AESMixColumns); }
void exec_AESIMC_z_z(struct cpu *cpu, const struct op *op) { aes_mix(cpu, op, AESInvMixColumns); }

void exec_SM4E_z_zz(struct cpu *cpu, const struct op *op)
{
    for (unsigned s = 0; s < CurrentVL(cpu) / 8; s += 16) {
        uint8_t keys[16];
        memcpy(keys, Z(cpu, op->Zm) + s, 16);
        sm4_rounds(ZForWrite(cpu, op->Zdn) + s, keys);
    }
}
void exec_SM4EKEY_z_zz(struct cpu *cpu, const struct op *op)
{
    for (unsigned s = 0; s < CurrentVL(cpu) / 8; s += 16) {
        uint8_t state[16];
        memcpy(state, Z(cpu, op->Zn) + s, 16);
        sm4_key_rounds(state, Z(cpu, op->Zm) + s);
        memcpy(ZForWrite(cpu, op->Zd) + s, state, 16);
    }
}
static uint64_t e_rax1(uint64_t n, uint64_t m, unsigned esize) { return (void)esize, n ^ (m << 1 | m >> 63); }
void exec_RAX1_z_zz(struct cpu *cpu, const struct op *op) { map2_at(lanes_z_zz(cpu, op), 64, e_rax1); }
