/* SVE gather loads and scatter stores: a vector of addresses, or a base and a vector of offsets. Arm ARM C8.2. How
 * elements are accessed is in sve_mem.c. */
#include "isa/sve_ldst.h"

/* ---- Addresses ---- */
/* [Xn|SP, Zm.S or Zm.D, UXTW or SXTW #scale]; the base is added later, when SP has been checked. */
static ALWAYS_INLINE struct where offsets_x32(const struct cpu *cpu, const struct op *op, unsigned esize,
                                              unsigned scale)
{
    return (struct where){ .offsets = Z(cpu, op->Zm), .esize = esize, .bits = 32, .scale = scale, .sign = op->xs };
}
/* [Xn|SP, Zm.D, LSL #scale] */
static ALWAYS_INLINE struct where offsets_64(const struct cpu *cpu, const struct op *op, unsigned scale)
{
    return (struct where){ .offsets = Z(cpu, op->Zm), .esize = 64, .bits = 64, .scale = scale };
}
/* [Zn.S or Zn.D, offset] */
static ALWAYS_INLINE struct where addresses(const struct cpu *cpu, const struct op *op, unsigned esize, uint64_t offset)
{
    return (struct where){ .base = offset, .offsets = Z(cpu, op->Zn), .esize = esize, .bits = esize };
}

/* ---- Scalar base, vector of offsets ---- */
static ALWAYS_INLINE void gather(struct cpu *cpu, const struct op *op, struct where w, unsigned msize, unsigned esize,
                                 bool sign)
{
    if (sve_base(cpu, op, esize, &w.base))
        load(cpu, op, &w, &(struct element_access){ msize, esize, sign, 1, 0 });
}
static ALWAYS_INLINE void gather_ff(struct cpu *cpu, const struct op *op, struct where w, unsigned msize,
                                    unsigned esize, bool sign)
{
    if (sve_base(cpu, op, esize, &w.base))
        load_ff(cpu, op, &w, &(struct element_access){ msize, esize, sign, 1, 0 }, FIRST_FAULT);
}
static ALWAYS_INLINE void scatter(struct cpu *cpu, const struct op *op, struct where w, unsigned msize, unsigned esize)
{
    if (sve_base(cpu, op, esize, &w.base))
        store(cpu, op, &w, &(struct element_access){ msize, esize, false, 1, 0 });
}

/* ---- Vector of addresses ---- */
static ALWAYS_INLINE void gather_v(struct cpu *cpu, const struct op *op, struct where w, unsigned msize, unsigned esize,
                                   bool sign, unsigned acc)
{
    load(cpu, op, &w, &(struct element_access){ msize, esize, sign, 1, acc });
}
static ALWAYS_INLINE void gather_ff_v(struct cpu *cpu, const struct op *op, struct where w, unsigned msize,
                                      unsigned esize, bool sign)
{
    load_ff(cpu, op, &w, &(struct element_access){ msize, esize, sign, 1, 0 }, FIRST_FAULT);
}
static ALWAYS_INLINE void scatter_v(struct cpu *cpu, const struct op *op, struct where w, unsigned msize,
                                    unsigned esize, unsigned acc)
{
    store(cpu, op, &w, &(struct element_access){ msize, esize, false, 1, acc });
}

/* One row per instruction: how, where, bytes in memory, bits of the element, and what else the way of access asks for.
 */
#define EXEC(ID, HOW, ...) \
    void exec_##ID(struct cpu *cpu, const struct op *op) { HOW(cpu, op, __VA_ARGS__); }

/* ---- LD1 ---- */
/* clang-format off */
EXEC(LD1B_z_p_bz_s_x32_unscaled, gather, offsets_x32(cpu, op, 32, 0), 1, 32, false)
EXEC(LD1SB_z_p_bz_s_x32_unscaled, gather, offsets_x32(cpu, op, 32, 0), 1, 32, true)
EXEC(LD1H_z_p_bz_s_x32_unscaled, gather, offsets_x32(cpu, op, 32, 0), 2, 32, false)
EXEC(LD1SH_z_p_bz_s_x32_unscaled, gather, offsets_x32(cpu, op, 32, 0), 2, 32, true)
EXEC(LD1W_z_p_bz_s_x32_unscaled, gather, offsets_x32(cpu, op, 32, 0), 4, 32, false)
EXEC(LD1H_z_p_bz_s_x32_scaled, gather, offsets_x32(cpu, op, 32, 1), 2, 32, false)
EXEC(LD1SH_z_p_bz_s_x32_scaled, gather, offsets_x32(cpu, op, 32, 1), 2, 32, true)
EXEC(LD1W_z_p_bz_s_x32_scaled, gather, offsets_x32(cpu, op, 32, 2), 4, 32, false)
EXEC(LD1B_z_p_ai_s, gather_v, addresses(cpu, op, 32, op->imm5 * 1u), 1, 32, false, ACC_NORMAL)
EXEC(LD1SB_z_p_ai_s, gather_v, addresses(cpu, op, 32, op->imm5 * 1u), 1, 32, true, ACC_NORMAL)
EXEC(LD1H_z_p_ai_s, gather_v, addresses(cpu, op, 32, op->imm5 * 2u), 2, 32, false, ACC_NORMAL)
EXEC(LD1SH_z_p_ai_s, gather_v, addresses(cpu, op, 32, op->imm5 * 2u), 2, 32, true, ACC_NORMAL)
EXEC(LD1W_z_p_ai_s, gather_v, addresses(cpu, op, 32, op->imm5 * 4u), 4, 32, false, ACC_NORMAL)
EXEC(LD1B_z_p_bz_d_x32_unscaled, gather, offsets_x32(cpu, op, 64, 0), 1, 64, false)
EXEC(LD1SB_z_p_bz_d_x32_unscaled, gather, offsets_x32(cpu, op, 64, 0), 1, 64, true)
EXEC(LD1H_z_p_bz_d_x32_unscaled, gather, offsets_x32(cpu, op, 64, 0), 2, 64, false)
EXEC(LD1SH_z_p_bz_d_x32_unscaled, gather, offsets_x32(cpu, op, 64, 0), 2, 64, true)
EXEC(LD1W_z_p_bz_d_x32_unscaled, gather, offsets_x32(cpu, op, 64, 0), 4, 64, false)
EXEC(LD1SW_z_p_bz_d_x32_unscaled, gather, offsets_x32(cpu, op, 64, 0), 4, 64, true)
EXEC(LD1D_z_p_bz_d_x32_unscaled, gather, offsets_x32(cpu, op, 64, 0), 8, 64, false)
EXEC(LD1H_z_p_bz_d_x32_scaled, gather, offsets_x32(cpu, op, 64, 1), 2, 64, false)
EXEC(LD1SH_z_p_bz_d_x32_scaled, gather, offsets_x32(cpu, op, 64, 1), 2, 64, true)
EXEC(LD1W_z_p_bz_d_x32_scaled, gather, offsets_x32(cpu, op, 64, 2), 4, 64, false)
EXEC(LD1SW_z_p_bz_d_x32_scaled, gather, offsets_x32(cpu, op, 64, 2), 4, 64, true)
EXEC(LD1D_z_p_bz_d_x32_scaled, gather, offsets_x32(cpu, op, 64, 3), 8, 64, false)
EXEC(LD1B_z_p_ai_d, gather_v, addresses(cpu, op, 64, op->imm5 * 1u), 1, 64, false, ACC_NORMAL)
EXEC(LD1SB_z_p_ai_d, gather_v, addresses(cpu, op, 64, op->imm5 * 1u), 1, 64, true, ACC_NORMAL)
EXEC(LD1H_z_p_ai_d, gather_v, addresses(cpu, op, 64, op->imm5 * 2u), 2, 64, false, ACC_NORMAL)
EXEC(LD1SH_z_p_ai_d, gather_v, addresses(cpu, op, 64, op->imm5 * 2u), 2, 64, true, ACC_NORMAL)
EXEC(LD1W_z_p_ai_d, gather_v, addresses(cpu, op, 64, op->imm5 * 4u), 4, 64, false, ACC_NORMAL)
EXEC(LD1SW_z_p_ai_d, gather_v, addresses(cpu, op, 64, op->imm5 * 4u), 4, 64, true, ACC_NORMAL)
EXEC(LD1D_z_p_ai_d, gather_v, addresses(cpu, op, 64, op->imm5 * 8u), 8, 64, false, ACC_NORMAL)
EXEC(LD1B_z_p_bz_d_64_unscaled, gather, offsets_64(cpu, op, 0), 1, 64, false)
EXEC(LD1SB_z_p_bz_d_64_unscaled, gather, offsets_64(cpu, op, 0), 1, 64, true)
EXEC(LD1H_z_p_bz_d_64_unscaled, gather, offsets_64(cpu, op, 0), 2, 64, false)
EXEC(LD1SH_z_p_bz_d_64_unscaled, gather, offsets_64(cpu, op, 0), 2, 64, true)
EXEC(LD1W_z_p_bz_d_64_unscaled, gather, offsets_64(cpu, op, 0), 4, 64, false)
EXEC(LD1SW_z_p_bz_d_64_unscaled, gather, offsets_64(cpu, op, 0), 4, 64, true)
EXEC(LD1D_z_p_bz_d_64_unscaled, gather, offsets_64(cpu, op, 0), 8, 64, false)
EXEC(LD1H_z_p_bz_d_64_scaled, gather, offsets_64(cpu, op, 1), 2, 64, false)
EXEC(LD1SH_z_p_bz_d_64_scaled, gather, offsets_64(cpu, op, 1), 2, 64, true)
EXEC(LD1W_z_p_bz_d_64_scaled, gather, offsets_64(cpu, op, 2), 4, 64, false)
EXEC(LD1SW_z_p_bz_d_64_scaled, gather, offsets_64(cpu, op, 2), 4, 64, true)
EXEC(LD1D_z_p_bz_d_64_scaled, gather, offsets_64(cpu, op, 3), 8, 64, false)

/* ---- LDFF1 ---- */
EXEC(LDFF1B_z_p_bz_s_x32_unscaled, gather_ff, offsets_x32(cpu, op, 32, 0), 1, 32, false)
EXEC(LDFF1SB_z_p_bz_s_x32_unscaled, gather_ff, offsets_x32(cpu, op, 32, 0), 1, 32, true)
EXEC(LDFF1H_z_p_bz_s_x32_unscaled, gather_ff, offsets_x32(cpu, op, 32, 0), 2, 32, false)
EXEC(LDFF1SH_z_p_bz_s_x32_unscaled, gather_ff, offsets_x32(cpu, op, 32, 0), 2, 32, true)
EXEC(LDFF1W_z_p_bz_s_x32_unscaled, gather_ff, offsets_x32(cpu, op, 32, 0), 4, 32, false)
EXEC(LDFF1H_z_p_bz_s_x32_scaled, gather_ff, offsets_x32(cpu, op, 32, 1), 2, 32, false)
EXEC(LDFF1SH_z_p_bz_s_x32_scaled, gather_ff, offsets_x32(cpu, op, 32, 1), 2, 32, true)
EXEC(LDFF1W_z_p_bz_s_x32_scaled, gather_ff, offsets_x32(cpu, op, 32, 2), 4, 32, false)
EXEC(LDFF1B_z_p_ai_s, gather_ff_v, addresses(cpu, op, 32, op->imm5 * 1u), 1, 32, false)
EXEC(LDFF1SB_z_p_ai_s, gather_ff_v, addresses(cpu, op, 32, op->imm5 * 1u), 1, 32, true)
EXEC(LDFF1H_z_p_ai_s, gather_ff_v, addresses(cpu, op, 32, op->imm5 * 2u), 2, 32, false)
EXEC(LDFF1SH_z_p_ai_s, gather_ff_v, addresses(cpu, op, 32, op->imm5 * 2u), 2, 32, true)
EXEC(LDFF1W_z_p_ai_s, gather_ff_v, addresses(cpu, op, 32, op->imm5 * 4u), 4, 32, false)
EXEC(LDFF1B_z_p_bz_d_x32_unscaled, gather_ff, offsets_x32(cpu, op, 64, 0), 1, 64, false)
EXEC(LDFF1SB_z_p_bz_d_x32_unscaled, gather_ff, offsets_x32(cpu, op, 64, 0), 1, 64, true)
EXEC(LDFF1H_z_p_bz_d_x32_unscaled, gather_ff, offsets_x32(cpu, op, 64, 0), 2, 64, false)
EXEC(LDFF1SH_z_p_bz_d_x32_unscaled, gather_ff, offsets_x32(cpu, op, 64, 0), 2, 64, true)
EXEC(LDFF1W_z_p_bz_d_x32_unscaled, gather_ff, offsets_x32(cpu, op, 64, 0), 4, 64, false)
EXEC(LDFF1SW_z_p_bz_d_x32_unscaled, gather_ff, offsets_x32(cpu, op, 64, 0), 4, 64, true)
EXEC(LDFF1D_z_p_bz_d_x32_unscaled, gather_ff, offsets_x32(cpu, op, 64, 0), 8, 64, false)
EXEC(LDFF1H_z_p_bz_d_x32_scaled, gather_ff, offsets_x32(cpu, op, 64, 1), 2, 64, false)
EXEC(LDFF1SH_z_p_bz_d_x32_scaled, gather_ff, offsets_x32(cpu, op, 64, 1), 2, 64, true)
EXEC(LDFF1W_z_p_bz_d_x32_scaled, gather_ff, offsets_x32(cpu, op, 64, 2), 4, 64, false)
EXEC(LDFF1SW_z_p_bz_d_x32_scaled, gather_ff, offsets_x32(cpu, op, 64, 2), 4, 64, true)
EXEC(LDFF1D_z_p_bz_d_x32_scaled, gather_ff, offsets_x32(cpu, op, 64, 3), 8, 64, false)
EXEC(LDFF1B_z_p_ai_d, gather_ff_v, addresses(cpu, op, 64, op->imm5 * 1u), 1, 64, false)
EXEC(LDFF1SB_z_p_ai_d, gather_ff_v, addresses(cpu, op, 64, op->imm5 * 1u), 1, 64, true)
EXEC(LDFF1H_z_p_ai_d, gather_ff_v, addresses(cpu, op, 64, op->imm5 * 2u), 2, 64, false)
EXEC(LDFF1SH_z_p_ai_d, gather_ff_v, addresses(cpu, op, 64, op->imm5 * 2u), 2, 64, true)
EXEC(LDFF1W_z_p_ai_d, gather_ff_v, addresses(cpu, op, 64, op->imm5 * 4u), 4, 64, false)
EXEC(LDFF1SW_z_p_ai_d, gather_ff_v, addresses(cpu, op, 64, op->imm5 * 4u), 4, 64, true)
EXEC(LDFF1D_z_p_ai_d, gather_ff_v, addresses(cpu, op, 64, op->imm5 * 8u), 8, 64, false)
EXEC(LDFF1B_z_p_bz_d_64_unscaled, gather_ff, offsets_64(cpu, op, 0), 1, 64, false)
EXEC(LDFF1SB_z_p_bz_d_64_unscaled, gather_ff, offsets_64(cpu, op, 0), 1, 64, true)
EXEC(LDFF1H_z_p_bz_d_64_unscaled, gather_ff, offsets_64(cpu, op, 0), 2, 64, false)
EXEC(LDFF1SH_z_p_bz_d_64_unscaled, gather_ff, offsets_64(cpu, op, 0), 2, 64, true)
EXEC(LDFF1W_z_p_bz_d_64_unscaled, gather_ff, offsets_64(cpu, op, 0), 4, 64, false)
EXEC(LDFF1SW_z_p_bz_d_64_unscaled, gather_ff, offsets_64(cpu, op, 0), 4, 64, true)
EXEC(LDFF1D_z_p_bz_d_64_unscaled, gather_ff, offsets_64(cpu, op, 0), 8, 64, false)
EXEC(LDFF1H_z_p_bz_d_64_scaled, gather_ff, offsets_64(cpu, op, 1), 2, 64, false)
EXEC(LDFF1SH_z_p_bz_d_64_scaled, gather_ff, offsets_64(cpu, op, 1), 2, 64, true)
EXEC(LDFF1W_z_p_bz_d_64_scaled, gather_ff, offsets_64(cpu, op, 2), 4, 64, false)
EXEC(LDFF1SW_z_p_bz_d_64_scaled, gather_ff, offsets_64(cpu, op, 2), 4, 64, true)
EXEC(LDFF1D_z_p_bz_d_64_scaled, gather_ff, offsets_64(cpu, op, 3), 8, 64, false)

/* ---- ST1 ---- */
EXEC(ST1B_z_p_bz_d_x32_unscaled, scatter, offsets_x32(cpu, op, 64, 0), 1, 64)
EXEC(ST1H_z_p_bz_d_x32_unscaled, scatter, offsets_x32(cpu, op, 64, 0), 2, 64)
EXEC(ST1W_z_p_bz_d_x32_unscaled, scatter, offsets_x32(cpu, op, 64, 0), 4, 64)
EXEC(ST1D_z_p_bz_d_x32_unscaled, scatter, offsets_x32(cpu, op, 64, 0), 8, 64)
EXEC(ST1B_z_p_bz_s_x32_unscaled, scatter, offsets_x32(cpu, op, 32, 0), 1, 32)
EXEC(ST1H_z_p_bz_s_x32_unscaled, scatter, offsets_x32(cpu, op, 32, 0), 2, 32)
EXEC(ST1W_z_p_bz_s_x32_unscaled, scatter, offsets_x32(cpu, op, 32, 0), 4, 32)
EXEC(ST1H_z_p_bz_d_x32_scaled, scatter, offsets_x32(cpu, op, 64, 1), 2, 64)
EXEC(ST1W_z_p_bz_d_x32_scaled, scatter, offsets_x32(cpu, op, 64, 2), 4, 64)
EXEC(ST1D_z_p_bz_d_x32_scaled, scatter, offsets_x32(cpu, op, 64, 3), 8, 64)
EXEC(ST1H_z_p_bz_s_x32_scaled, scatter, offsets_x32(cpu, op, 32, 1), 2, 32)
EXEC(ST1W_z_p_bz_s_x32_scaled, scatter, offsets_x32(cpu, op, 32, 2), 4, 32)
EXEC(ST1B_z_p_bz_d_64_unscaled, scatter, offsets_64(cpu, op, 0), 1, 64)
EXEC(ST1H_z_p_bz_d_64_unscaled, scatter, offsets_64(cpu, op, 0), 2, 64)
EXEC(ST1W_z_p_bz_d_64_unscaled, scatter, offsets_64(cpu, op, 0), 4, 64)
EXEC(ST1D_z_p_bz_d_64_unscaled, scatter, offsets_64(cpu, op, 0), 8, 64)
EXEC(ST1H_z_p_bz_d_64_scaled, scatter, offsets_64(cpu, op, 1), 2, 64)
EXEC(ST1W_z_p_bz_d_64_scaled, scatter, offsets_64(cpu, op, 2), 4, 64)
EXEC(ST1D_z_p_bz_d_64_scaled, scatter, offsets_64(cpu, op, 3), 8, 64)
EXEC(ST1B_z_p_ai_d, scatter_v, addresses(cpu, op, 64, op->imm5 * 1u), 1, 64, ACC_NORMAL)
EXEC(ST1H_z_p_ai_d, scatter_v, addresses(cpu, op, 64, op->imm5 * 2u), 2, 64, ACC_NORMAL)
EXEC(ST1W_z_p_ai_d, scatter_v, addresses(cpu, op, 64, op->imm5 * 4u), 4, 64, ACC_NORMAL)
EXEC(ST1D_z_p_ai_d, scatter_v, addresses(cpu, op, 64, op->imm5 * 8u), 8, 64, ACC_NORMAL)
EXEC(ST1B_z_p_ai_s, scatter_v, addresses(cpu, op, 32, op->imm5 * 1u), 1, 32, ACC_NORMAL)
EXEC(ST1H_z_p_ai_s, scatter_v, addresses(cpu, op, 32, op->imm5 * 2u), 2, 32, ACC_NORMAL)
EXEC(ST1W_z_p_ai_s, scatter_v, addresses(cpu, op, 32, op->imm5 * 4u), 4, 32, ACC_NORMAL)

/* ---- SVE2: LDNT1, STNT1, vector of addresses plus scalar ---- */
EXEC(LDNT1B_z_p_ar_s_x32_unscaled, gather_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 1, 32, false, ACC_NONTEMPORAL)
EXEC(LDNT1H_z_p_ar_s_x32_unscaled, gather_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 2, 32, false, ACC_NONTEMPORAL)
EXEC(LDNT1W_z_p_ar_s_x32_unscaled, gather_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 4, 32, false, ACC_NONTEMPORAL)
EXEC(LDNT1SB_z_p_ar_s_x32_unscaled, gather_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 1, 32, true, ACC_NONTEMPORAL)
EXEC(LDNT1SH_z_p_ar_s_x32_unscaled, gather_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 2, 32, true, ACC_NONTEMPORAL)
EXEC(LDNT1B_z_p_ar_d_64_unscaled, gather_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 1, 64, false, ACC_NONTEMPORAL)
EXEC(LDNT1H_z_p_ar_d_64_unscaled, gather_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 2, 64, false, ACC_NONTEMPORAL)
EXEC(LDNT1W_z_p_ar_d_64_unscaled, gather_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 4, 64, false, ACC_NONTEMPORAL)
EXEC(LDNT1D_z_p_ar_d_64_unscaled, gather_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 8, 64, false, ACC_NONTEMPORAL)
EXEC(LDNT1SB_z_p_ar_d_64_unscaled, gather_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 1, 64, true, ACC_NONTEMPORAL)
EXEC(LDNT1SH_z_p_ar_d_64_unscaled, gather_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 2, 64, true, ACC_NONTEMPORAL)
EXEC(LDNT1SW_z_p_ar_d_64_unscaled, gather_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 4, 64, true, ACC_NONTEMPORAL)
EXEC(STNT1B_z_p_ar_s_x32_unscaled, scatter_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 1, 32, ACC_NONTEMPORAL)
EXEC(STNT1H_z_p_ar_s_x32_unscaled, scatter_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 2, 32, ACC_NONTEMPORAL)
EXEC(STNT1W_z_p_ar_s_x32_unscaled, scatter_v, addresses(cpu, op, 32, X(cpu, op->Rm)), 4, 32, ACC_NONTEMPORAL)
EXEC(STNT1B_z_p_ar_d_64_unscaled, scatter_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 1, 64, ACC_NONTEMPORAL)
EXEC(STNT1H_z_p_ar_d_64_unscaled, scatter_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 2, 64, ACC_NONTEMPORAL)
EXEC(STNT1W_z_p_ar_d_64_unscaled, scatter_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 4, 64, ACC_NONTEMPORAL)
EXEC(STNT1D_z_p_ar_d_64_unscaled, scatter_v, addresses(cpu, op, 64, X(cpu, op->Rm)), 8, 64, ACC_NONTEMPORAL)
