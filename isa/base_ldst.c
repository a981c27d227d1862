/* Loads and stores of general registers: single and pair, offset, pre- and post-indexed, register offset, literal,
 * unprivileged, acquire and release. Arm ARM C4.1 (Loads and Stores), C6.2. Exclusives are in exclusive.c, atomics in
 * atomic.c, SIMD&FP registers in simd_ldst.c.
 *
 * Write-back to a register that is also loaded is CONSTRAINED UNPREDICTABLE: here the loaded value stays. A store whose
 * base is also stored stores the old value. Loading a pair into one register leaves the second value. */
#include "isa/ldst.h"

enum sign { UNSIGNED, TO_32, TO_64 };

static ALWAYS_INLINE uint64_t extend(uint64_t data, unsigned bytes, enum sign sign)
{
    switch (sign) {
    case TO_64: return (uint64_t)SignExtend(data, bytes * 8);
    case TO_32: return (uint32_t)SignExtend(data, bytes * 8);
    default: return data;
    }
}
/* LDRSB, LDRSH: opc 2 extends to 64 bits, 3 to 32. */
static ALWAYS_INLINE enum sign signedness(const struct op *op) { return op->opc & 1 ? TO_32 : TO_64; }

/* ---- One register: op->imm is the offset in bytes ---- */
static ALWAYS_INLINE void load_at(struct cpu *cpu, const struct op *op, uint64_t offset, unsigned bytes, enum sign sign,
                                  unsigned acc)
{
    uint64_t address, data;
    if (base_address(cpu, op->Rn, &address) && Mem_read(cpu, address + offset, bytes, acc, &data))
        SetX(cpu, op->Rt, extend(data, bytes, sign));
}
static ALWAYS_INLINE void load_offset(struct cpu *cpu, const struct op *op, unsigned bytes, enum sign sign)
{
    load_at(cpu, op, op->imm, bytes, sign, ACC_NORMAL);
}
static ALWAYS_INLINE void load_unpriv(struct cpu *cpu, const struct op *op, unsigned bytes, enum sign sign)
{
    load_at(cpu, op, op->imm, bytes, sign, unprivileged(cpu));
}
static ALWAYS_INLINE void load_reg(struct cpu *cpu, const struct op *op, unsigned bytes, enum sign sign)
{
    load_at(cpu, op, extended_offset(cpu, op, op->word >> 30), bytes, sign, ACC_NORMAL);
}
static ALWAYS_INLINE void load_writeback(struct cpu *cpu, const struct op *op, bool post, unsigned bytes,
                                         enum sign sign)
{
    uint64_t address, data;
    if (!base_address(cpu, op->Rn, &address) ||
        !Mem_read(cpu, post ? address : address + op->imm, bytes, ACC_NORMAL, &data))
        return;
    SetX(cpu, op->Rn, address + op->imm);
    SetX(cpu, op->Rt, extend(data, bytes, sign));
}
static ALWAYS_INLINE void load_pre(struct cpu *cpu, const struct op *op, unsigned bytes, enum sign sign)
{
    load_writeback(cpu, op, false, bytes, sign);
}
static ALWAYS_INLINE void load_post(struct cpu *cpu, const struct op *op, unsigned bytes, enum sign sign)
{
    load_writeback(cpu, op, true, bytes, sign);
}

static ALWAYS_INLINE void store_at(struct cpu *cpu, const struct op *op, uint64_t offset, unsigned bytes, unsigned acc)
{
    uint64_t address;
    if (base_address(cpu, op->Rn, &address))
        (void)!Mem_write(cpu, address + offset, bytes, acc | ACC_WRITE, X(cpu, op->Rt));
}
static ALWAYS_INLINE void store_offset(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    store_at(cpu, op, op->imm, bytes, ACC_NORMAL);
}
static ALWAYS_INLINE void store_unpriv(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    store_at(cpu, op, op->imm, bytes, unprivileged(cpu));
}
static ALWAYS_INLINE void store_reg(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    store_at(cpu, op, extended_offset(cpu, op, op->word >> 30), bytes, ACC_NORMAL);
}
static ALWAYS_INLINE void store_writeback(struct cpu *cpu, const struct op *op, bool post, unsigned bytes)
{
    uint64_t address;
    if (base_address(cpu, op->Rn, &address) &&
        Mem_write(cpu, post ? address : address + op->imm, bytes, ACC_WRITE, X(cpu, op->Rt)))
        SetX(cpu, op->Rn, address + op->imm);
}
static ALWAYS_INLINE void store_pre(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    store_writeback(cpu, op, false, bytes);
}
static ALWAYS_INLINE void store_post(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    store_writeback(cpu, op, true, bytes);
}

/* Unsigned offset */
void exec_LDR_imm_gen_unsigned(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_offset(cpu, op, 8, UNSIGNED);
    else
        load_offset(cpu, op, 4, UNSIGNED);
}
void exec_LDRB_imm_unsigned(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 1, UNSIGNED); }
void exec_LDRH_imm_unsigned(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 2, UNSIGNED); }
void exec_LDRSB_imm_unsigned(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 1, signedness(op)); }
void exec_LDRSH_imm_unsigned(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 2, signedness(op)); }
void exec_LDRSW_imm_unsigned(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 4, TO_64); }
void exec_STR_imm_gen_unsigned(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_offset(cpu, op, 8);
    else
        store_offset(cpu, op, 4);
}
void exec_STRB_imm_unsigned(struct cpu *cpu, const struct op *op) { store_offset(cpu, op, 1); }
void exec_STRH_imm_unsigned(struct cpu *cpu, const struct op *op) { store_offset(cpu, op, 2); }

/* Pre-indexed */
void exec_LDR_imm_gen_signed_pre_idx(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_pre(cpu, op, 8, UNSIGNED);
    else
        load_pre(cpu, op, 4, UNSIGNED);
}
void exec_LDRB_imm_signed_pre_idx(struct cpu *cpu, const struct op *op) { load_pre(cpu, op, 1, UNSIGNED); }
void exec_LDRH_imm_signed_pre_idx(struct cpu *cpu, const struct op *op) { load_pre(cpu, op, 2, UNSIGNED); }
void exec_LDRSB_imm_signed_pre_idx(struct cpu *cpu, const struct op *op) { load_pre(cpu, op, 1, signedness(op)); }
void exec_LDRSH_imm_signed_pre_idx(struct cpu *cpu, const struct op *op) { load_pre(cpu, op, 2, signedness(op)); }
void exec_LDRSW_imm_signed_pre_idx(struct cpu *cpu, const struct op *op) { load_pre(cpu, op, 4, TO_64); }
void exec_STR_imm_gen_signed_pre_idx(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_pre(cpu, op, 8);
    else
        store_pre(cpu, op, 4);
}
void exec_STRB_imm_signed_pre_idx(struct cpu *cpu, const struct op *op) { store_pre(cpu, op, 1); }
void exec_STRH_imm_signed_pre_idx(struct cpu *cpu, const struct op *op) { store_pre(cpu, op, 2); }

/* Post-indexed */
void exec_LDR_imm_gen_signed_post_idx(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_post(cpu, op, 8, UNSIGNED);
    else
        load_post(cpu, op, 4, UNSIGNED);
}
void exec_LDRB_imm_signed_post_idx(struct cpu *cpu, const struct op *op) { load_post(cpu, op, 1, UNSIGNED); }
void exec_LDRH_imm_signed_post_idx(struct cpu *cpu, const struct op *op) { load_post(cpu, op, 2, UNSIGNED); }
void exec_LDRSB_imm_signed_post_idx(struct cpu *cpu, const struct op *op) { load_post(cpu, op, 1, signedness(op)); }
void exec_LDRSH_imm_signed_post_idx(struct cpu *cpu, const struct op *op) { load_post(cpu, op, 2, signedness(op)); }
void exec_LDRSW_imm_signed_post_idx(struct cpu *cpu, const struct op *op) { load_post(cpu, op, 4, TO_64); }
void exec_STR_imm_gen_signed_post_idx(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_post(cpu, op, 8);
    else
        store_post(cpu, op, 4);
}
void exec_STRB_imm_signed_post_idx(struct cpu *cpu, const struct op *op) { store_post(cpu, op, 1); }
void exec_STRH_imm_signed_post_idx(struct cpu *cpu, const struct op *op) { store_post(cpu, op, 2); }

/* Register offset */
void exec_LDR_reg_gen(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_reg(cpu, op, 8, UNSIGNED);
    else
        load_reg(cpu, op, 4, UNSIGNED);
}
void exec_LDRB_reg(struct cpu *cpu, const struct op *op) { load_reg(cpu, op, 1, UNSIGNED); }
void exec_LDRH_reg(struct cpu *cpu, const struct op *op) { load_reg(cpu, op, 2, UNSIGNED); }
void exec_LDRSB_reg(struct cpu *cpu, const struct op *op) { load_reg(cpu, op, 1, signedness(op)); }
void exec_LDRSH_reg(struct cpu *cpu, const struct op *op) { load_reg(cpu, op, 2, signedness(op)); }
void exec_LDRSW_reg(struct cpu *cpu, const struct op *op) { load_reg(cpu, op, 4, TO_64); }
void exec_STR_reg_gen(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_reg(cpu, op, 8);
    else
        store_reg(cpu, op, 4);
}
void exec_STRB_reg(struct cpu *cpu, const struct op *op) { store_reg(cpu, op, 1); }
void exec_STRH_reg(struct cpu *cpu, const struct op *op) { store_reg(cpu, op, 2); }

/* Unscaled */
void exec_LDUR_gen(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_offset(cpu, op, 8, UNSIGNED);
    else
        load_offset(cpu, op, 4, UNSIGNED);
}
void exec_LDURB(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 1, UNSIGNED); }
void exec_LDURH(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 2, UNSIGNED); }
void exec_LDURSB(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 1, signedness(op)); }
void exec_LDURSH(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 2, signedness(op)); }
void exec_LDURSW(struct cpu *cpu, const struct op *op) { load_offset(cpu, op, 4, TO_64); }
void exec_STUR_gen(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_offset(cpu, op, 8);
    else
        store_offset(cpu, op, 4);
}
void exec_STURB(struct cpu *cpu, const struct op *op) { store_offset(cpu, op, 1); }
void exec_STURH(struct cpu *cpu, const struct op *op) { store_offset(cpu, op, 2); }

/* Unprivileged */
void exec_LDTR(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_unpriv(cpu, op, 8, UNSIGNED);
    else
        load_unpriv(cpu, op, 4, UNSIGNED);
}
void exec_LDTRB(struct cpu *cpu, const struct op *op) { load_unpriv(cpu, op, 1, UNSIGNED); }
void exec_LDTRH(struct cpu *cpu, const struct op *op) { load_unpriv(cpu, op, 2, UNSIGNED); }
void exec_LDTRSB(struct cpu *cpu, const struct op *op) { load_unpriv(cpu, op, 1, signedness(op)); }
void exec_LDTRSH(struct cpu *cpu, const struct op *op) { load_unpriv(cpu, op, 2, signedness(op)); }
void exec_LDTRSW(struct cpu *cpu, const struct op *op) { load_unpriv(cpu, op, 4, TO_64); }
void exec_STTR(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_unpriv(cpu, op, 8);
    else
        store_unpriv(cpu, op, 4);
}
void exec_STTRB(struct cpu *cpu, const struct op *op) { store_unpriv(cpu, op, 1); }
void exec_STTRH(struct cpu *cpu, const struct op *op) { store_unpriv(cpu, op, 2); }

/* ---- Literal ---- */
static ALWAYS_INLINE void load_literal(struct cpu *cpu, const struct op *op, unsigned bytes, enum sign sign)
{
    uint64_t data;
    if (Mem_read(cpu, PC(cpu) + op->imm, bytes, ACC_NORMAL, &data))
        SetX(cpu, op->Rt, extend(data, bytes, sign));
}
void exec_LDR_lit_gen(struct cpu *cpu, const struct op *op) { load_literal(cpu, op, op->opc ? 8 : 4, UNSIGNED); }
void exec_LDRSW_lit(struct cpu *cpu, const struct op *op) { load_literal(cpu, op, 4, TO_64); }

/* ---- Prefetch: a hint. There is no cache to prefetch into. ---- */
void exec_PRFM_imm(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFM_reg(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFM_lit(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFUM(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_RPRFM_reg(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }

/* ---- Pairs ---- */
static ALWAYS_INLINE bool read_pair(struct cpu *cpu, uint64_t address, unsigned bytes, unsigned acc, uint64_t value[2])
{
    if (bytes == 8)
        return read_block(cpu, address, 16, 8, acc, value);
    uint32_t word[2];
    if (!read_block(cpu, address, 8, 4, acc, word))
        return false;
    value[0] = word[0], value[1] = word[1];
    return true;
}
static ALWAYS_INLINE bool write_pair(struct cpu *cpu, const struct op *op, uint64_t address, unsigned bytes,
                                     unsigned acc)
{
    if (bytes == 8) {
        uint64_t value[2] = { X(cpu, op->Rt), X(cpu, op->Rt2) };
        return write_block(cpu, address, 16, 8, acc, value);
    }
    uint32_t word[2] = { (uint32_t)X(cpu, op->Rt), (uint32_t)X(cpu, op->Rt2) };
    return write_block(cpu, address, 8, 4, acc, word);
}
enum index_mode { OFFSET, PRE_INDEX, POST_INDEX };

static ALWAYS_INLINE void load_pair(struct cpu *cpu, const struct op *op, enum index_mode mode, unsigned bytes,
                                    enum sign sign, unsigned acc)
{
    uint64_t base, value[2];
    if (!base_address(cpu, op->Rn, &base) ||
        !read_pair(cpu, mode == POST_INDEX ? base : base + op->imm, bytes, acc, value))
        return;
    if (mode != OFFSET)
        SetX(cpu, op->Rn, base + op->imm);
    SetX(cpu, op->Rt, extend(value[0], bytes, sign));
    SetX(cpu, op->Rt2, extend(value[1], bytes, sign));
}
static ALWAYS_INLINE void store_pair(struct cpu *cpu, const struct op *op, enum index_mode mode, unsigned bytes,
                                     unsigned acc)
{
    uint64_t base;
    if (base_address(cpu, op->Rn, &base) &&
        write_pair(cpu, op, mode == POST_INDEX ? base : base + op->imm, bytes, acc) && mode != OFFSET)
        SetX(cpu, op->Rn, base + op->imm);
}

void exec_LDP_gen_offset(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        load_pair(cpu, op, OFFSET, 8, UNSIGNED, ACC_NORMAL);
    else
        load_pair(cpu, op, OFFSET, 4, UNSIGNED, ACC_NORMAL);
}
void exec_STP_gen_offset(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        store_pair(cpu, op, OFFSET, 8, ACC_NORMAL);
    else
        store_pair(cpu, op, OFFSET, 4, ACC_NORMAL);
}
void exec_LDPSW_offset(struct cpu *cpu, const struct op *op) { load_pair(cpu, op, OFFSET, 4, TO_64, ACC_NORMAL); }
void exec_LDP_gen_pre_idx(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        load_pair(cpu, op, PRE_INDEX, 8, UNSIGNED, ACC_NORMAL);
    else
        load_pair(cpu, op, PRE_INDEX, 4, UNSIGNED, ACC_NORMAL);
}
void exec_STP_gen_pre_idx(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        store_pair(cpu, op, PRE_INDEX, 8, ACC_NORMAL);
    else
        store_pair(cpu, op, PRE_INDEX, 4, ACC_NORMAL);
}
void exec_LDPSW_pre_idx(struct cpu *cpu, const struct op *op) { load_pair(cpu, op, PRE_INDEX, 4, TO_64, ACC_NORMAL); }
void exec_LDP_gen_post_idx(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        load_pair(cpu, op, POST_INDEX, 8, UNSIGNED, ACC_NORMAL);
    else
        load_pair(cpu, op, POST_INDEX, 4, UNSIGNED, ACC_NORMAL);
}
void exec_STP_gen_post_idx(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        store_pair(cpu, op, POST_INDEX, 8, ACC_NORMAL);
    else
        store_pair(cpu, op, POST_INDEX, 4, ACC_NORMAL);
}
void exec_LDPSW_post_idx(struct cpu *cpu, const struct op *op) { load_pair(cpu, op, POST_INDEX, 4, TO_64, ACC_NORMAL); }
void exec_LDNP_gen(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        load_pair(cpu, op, OFFSET, 8, UNSIGNED, ACC_NONTEMPORAL);
    else
        load_pair(cpu, op, OFFSET, 4, UNSIGNED, ACC_NONTEMPORAL);
}
void exec_STNP_gen(struct cpu *cpu, const struct op *op)
{
    if (op->opc)
        store_pair(cpu, op, OFFSET, 8, ACC_NONTEMPORAL);
    else
        store_pair(cpu, op, OFFSET, 4, ACC_NONTEMPORAL);
}

/* ---- Acquire and release (LDAR, LDAPR, LDLAR and their stores) ---- */
static ALWAYS_INLINE void load_acquire(struct cpu *cpu, const struct op *op, unsigned bytes, enum sign sign)
{
    uint64_t address, data;
    if (base_address(cpu, op->Rn, &address) && read_ordered(cpu, address + op->imm, bytes, &data))
        SetX(cpu, op->Rt, extend(data, bytes, sign));
}
static ALWAYS_INLINE void store_release(struct cpu *cpu, const struct op *op, unsigned bytes)
{
    uint64_t address;
    if (base_address(cpu, op->Rn, &address))
        (void)!write_ordered(cpu, address + op->imm, bytes, X(cpu, op->Rt));
}
void exec_LDAR(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_acquire(cpu, op, 8, UNSIGNED);
    else
        load_acquire(cpu, op, 4, UNSIGNED);
}
void exec_LDARB(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 1, UNSIGNED); }
void exec_LDARH(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 2, UNSIGNED); }
void exec_LDLAR(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_acquire(cpu, op, 8, UNSIGNED);
    else
        load_acquire(cpu, op, 4, UNSIGNED);
}
void exec_LDLARB(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 1, UNSIGNED); }
void exec_LDLARH(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 2, UNSIGNED); }
void exec_LDAPR(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_acquire(cpu, op, 8, UNSIGNED);
    else
        load_acquire(cpu, op, 4, UNSIGNED);
}
void exec_LDAPRB(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 1, UNSIGNED); }
void exec_LDAPRH(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 2, UNSIGNED); }
void exec_LDAPUR_gen(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        load_acquire(cpu, op, 8, UNSIGNED);
    else
        load_acquire(cpu, op, 4, UNSIGNED);
}
void exec_LDAPURB(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 1, UNSIGNED); }
void exec_LDAPURH(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 2, UNSIGNED); }
void exec_LDAPURSB(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 1, signedness(op)); }
void exec_LDAPURSH(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 2, signedness(op)); }
void exec_LDAPURSW(struct cpu *cpu, const struct op *op) { load_acquire(cpu, op, 4, TO_64); }
void exec_STLR(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_release(cpu, op, 8);
    else
        store_release(cpu, op, 4);
}
void exec_STLRB(struct cpu *cpu, const struct op *op) { store_release(cpu, op, 1); }
void exec_STLRH(struct cpu *cpu, const struct op *op) { store_release(cpu, op, 2); }
void exec_STLLR(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_release(cpu, op, 8);
    else
        store_release(cpu, op, 4);
}
void exec_STLLRB(struct cpu *cpu, const struct op *op) { store_release(cpu, op, 1); }
void exec_STLLRH(struct cpu *cpu, const struct op *op) { store_release(cpu, op, 2); }
void exec_STLUR_gen(struct cpu *cpu, const struct op *op)
{
    if (op->size == 3)
        store_release(cpu, op, 8);
    else
        store_release(cpu, op, 4);
}
void exec_STLURB(struct cpu *cpu, const struct op *op) { store_release(cpu, op, 1); }
void exec_STLURH(struct cpu *cpu, const struct op *op) { store_release(cpu, op, 2); }

/* FEAT_LRCPC3: LDAPR post-indexed, STLR pre-indexed, by the size of the access. */
void exec_LDAPR_writeback(struct cpu *cpu, const struct op *op)
{
    unsigned bytes = 1u << op->size;
    uint64_t address, data;
    if (!base_address(cpu, op->Rn, &address) || !read_ordered(cpu, address, bytes, &data))
        return;
    SetX(cpu, op->Rn, address + bytes);
    SetX(cpu, op->Rt, data);
}
void exec_STLR_writeback(struct cpu *cpu, const struct op *op)
{
    unsigned bytes = 1u << op->size;
    uint64_t address;
    if (base_address(cpu, op->Rn, &address) && write_ordered(cpu, address - bytes, bytes, X(cpu, op->Rt)))
        SetX(cpu, op->Rn, address - bytes);
}
/* LDIAPP, STILP: opc2<0> = 0 writes back (post-index for the load, pre-index for the store). */
void exec_LDIAPP(struct cpu *cpu, const struct op *op)
{
    unsigned bytes = 1u << op->size;
    uint64_t base, value[2];
    if (!base_address(cpu, op->Rn, &base) || !read_pair(cpu, base, bytes, ACC_ORDERED, value))
        return;
    if (!(op->opc2 & 1))
        SetX(cpu, op->Rn, base + 2 * bytes);
    SetX(cpu, op->Rt, value[0]);
    SetX(cpu, op->Rt2, value[1]);
}
void exec_STILP(struct cpu *cpu, const struct op *op)
{
    bool writeback = !(op->opc2 & 1);
    unsigned bytes = 1u << op->size;
    uint64_t base;
    if (!base_address(cpu, op->Rn, &base))
        return;
    base -= writeback ? 2 * bytes : 0;
    if (write_pair(cpu, op, base, bytes, ACC_ORDERED) && writeback)
        SetX(cpu, op->Rn, base);
}
