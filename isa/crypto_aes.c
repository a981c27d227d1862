/* AES and SM4 for AdvSIMD: the steps of isa/crypto.h on one register. Arm ARM C7.2 (AESE, AESD, AESMC, AESIMC, SM4E,
 * SM4EKEY). */
#include "isa/crypto.h"
#include "isa/elem.h"

static void aes_round(struct cpu *cpu, const struct op *op, void step(uint8_t state[16]))
{
    uint8_t state[16];

    for (unsigned i = 0; i < 16; i++)
        state[i] = cpu->z[op->Rd][i] ^ cpu->z[op->Rn][i];
    step(state);
    SetVBytes(cpu, op->Rd, 128, state);
}
void exec_AESE_advsimd(struct cpu *cpu, const struct op *op) { aes_round(cpu, op, aes_encrypt_round); }
void exec_AESD_advsimd(struct cpu *cpu, const struct op *op) { aes_round(cpu, op, aes_decrypt_round); }

static void mix(struct cpu *cpu, const struct op *op, void columns(uint8_t state[16]))
{
    uint8_t state[16];

    memcpy(state, cpu->z[op->Rn], 16);
    columns(state);
    SetVBytes(cpu, op->Rd, 128, state);
}
void exec_AESMC_advsimd(struct cpu *cpu, const struct op *op) { mix(cpu, op, AESMixColumns); }
void exec_AESIMC_advsimd(struct cpu *cpu, const struct op *op) { mix(cpu, op, AESInvMixColumns); }

static void sm4(struct cpu *cpu, const struct op *op, unsigned from, unsigned with,
                void rounds(uint8_t state[16], const uint8_t keys[16]))
{
    uint8_t state[16];

    memcpy(state, cpu->z[from], 16);
    rounds(state, cpu->z[with]);
    SetVBytes(cpu, op->Rd, 128, state);
}
void exec_SM4E_advsimd(struct cpu *cpu, const struct op *op) { sm4(cpu, op, op->Rd, op->Rn, sm4_rounds); }
void exec_SM4EKEY_advsimd(struct cpu *cpu, const struct op *op) { sm4(cpu, op, op->Rn, op->Rm, sm4_key_rounds); }
