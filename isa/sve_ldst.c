/* SVE loads and stores of contiguous memory: LD1, ST1, structures, broadcasts, first-fault and non-fault loads, whole
 * registers. Arm ARM C8.2. How elements are accessed is in sve_mem.c. The forms are named as in the rows: br is
 * [Xn|SP, Xm], bi is [Xn|SP, #imm, MUL VL]. */
#include "isa/sve_ldst.h"

/* ---- Whole registers ---- */
/* LDR and STR access bytes, whatever the endianness, which are aligned if the first is to align. */
static void fill_register(struct cpu *cpu, const struct op *op, uint8_t *d, unsigned length, unsigned align)
{
    uint8_t data[MAX_VL_BYTES];
    uint64_t address;
    if (base_address(cpu, op->Rn, &address) &&
        Mem_read_block(cpu, address + op->imm * length, length, 1, align, ACC_SVE, data))
        memcpy(d, data, length);
}
static void spill_register(struct cpu *cpu, const struct op *op, const uint8_t *s, unsigned length, unsigned align)
{
    uint64_t address;
    if (base_address(cpu, op->Rn, &address))
        (void)!Mem_write_block(cpu, address + op->imm * length, length, 1, align, ACC_WRITE | ACC_SVE, s);
}
void exec_LDR_z_bi(struct cpu *cpu, const struct op *op)
{
    fill_register(cpu, op, ZForWrite(cpu, op->Zt), CurrentVL(cpu) / 8, 16);
}
void exec_LDR_p_bi(struct cpu *cpu, const struct op *op)
{
    fill_register(cpu, op, PForWrite(cpu, op->Pt), CurrentVL(cpu) / 64, 2);
}
void exec_STR_z_bi(struct cpu *cpu, const struct op *op)
{
    spill_register(cpu, op, Z(cpu, op->Zt), CurrentVL(cpu) / 8, 16);
}
void exec_STR_p_bi(struct cpu *cpu, const struct op *op)
{
    spill_register(cpu, op, P(cpu, op->Pt), CurrentVL(cpu) / 64, 2);
}

/* ---- Addresses ---- */
/* [Xn|SP, Xm]: the index counts accesses of msize bytes. */
static ALWAYS_INLINE MUST_CHECK bool where_br(struct cpu *cpu, const struct op *op, const struct element_access *a,
                                              struct where *w)
{
    w->stride = a->regs * a->msize;
    if (!sve_base(cpu, op, a->esize, &w->base))
        return false;
    w->base += X(cpu, op->Rm) * a->msize;
    return true;
}
/* [Xn|SP, #imm, MUL VL]: the immediate counts whole accesses, all registers of them. */
static ALWAYS_INLINE MUST_CHECK bool where_bi(struct cpu *cpu, const struct op *op, const struct element_access *a,
                                              struct where *w)
{
    w->stride = a->regs * a->msize;
    if (!sve_base(cpu, op, a->esize, &w->base))
        return false;
    w->base += op->imm * (elements_of(cpu, a->esize) * w->stride);
    return true;
}

/* ---- LD1, LDFF1, LDNF1: one register, elements extended ---- */
static ALWAYS_INLINE void ld1_br(struct cpu *cpu, const struct op *op, unsigned msize, unsigned esize, bool sign)
{
    struct element_access a = { msize, esize, sign, 1, 0 };
    struct where w = { 0 };
    if (where_br(cpu, op, &a, &w))
        load(cpu, op, &w, &a);
}
static ALWAYS_INLINE void ld1_bi(struct cpu *cpu, const struct op *op, unsigned msize, unsigned esize, bool sign)
{
    struct element_access a = { msize, esize, sign, 1, 0 };
    struct where w = { 0 };
    if (where_bi(cpu, op, &a, &w))
        load(cpu, op, &w, &a);
}
static ALWAYS_INLINE void ldff1_br(struct cpu *cpu, const struct op *op, unsigned msize, unsigned esize, bool sign)
{
    struct element_access a = { msize, esize, sign, 1, 0 };
    struct where w = { 0 };
    if (where_br(cpu, op, &a, &w))
        load_ff(cpu, op, &w, &a, FIRST_FAULT);
}
static ALWAYS_INLINE void ldnf1_bi(struct cpu *cpu, const struct op *op, unsigned msize, unsigned esize, bool sign)
{
    struct element_access a = { msize, esize, sign, 1, 0 };
    struct where w = { 0 };
    if (where_bi(cpu, op, &a, &w))
        load_ff(cpu, op, &w, &a, NO_FAULT);
}
void exec_LD1B_z_p_br_u8(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 1, 8, false); }
void exec_LD1B_z_p_br_u16(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 1, 16, false); }
void exec_LD1B_z_p_br_u32(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 1, 32, false); }
void exec_LD1B_z_p_br_u64(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 1, 64, false); }
void exec_LD1SW_z_p_br_s64(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 4, 64, true); }
void exec_LD1H_z_p_br_u16(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 2, 16, false); }
void exec_LD1H_z_p_br_u32(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 2, 32, false); }
void exec_LD1H_z_p_br_u64(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 2, 64, false); }
void exec_LD1SH_z_p_br_s64(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 2, 64, true); }
void exec_LD1SH_z_p_br_s32(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 2, 32, true); }
void exec_LD1W_z_p_br_u32(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 4, 32, false); }
void exec_LD1W_z_p_br_u64(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 4, 64, false); }
void exec_LD1SB_z_p_br_s64(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 1, 64, true); }
void exec_LD1SB_z_p_br_s32(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 1, 32, true); }
void exec_LD1SB_z_p_br_s16(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 1, 16, true); }
void exec_LD1D_z_p_br_u64(struct cpu *cpu, const struct op *op) { ld1_br(cpu, op, 8, 64, false); }
void exec_LD1B_z_p_bi_u8(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 1, 8, false); }
void exec_LD1B_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 1, 16, false); }
void exec_LD1B_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 1, 32, false); }
void exec_LD1B_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 1, 64, false); }
void exec_LD1SW_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 4, 64, true); }
void exec_LD1H_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 2, 16, false); }
void exec_LD1H_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 2, 32, false); }
void exec_LD1H_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 2, 64, false); }
void exec_LD1SH_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 2, 64, true); }
void exec_LD1SH_z_p_bi_s32(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 2, 32, true); }
void exec_LD1W_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 4, 32, false); }
void exec_LD1W_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 4, 64, false); }
void exec_LD1SB_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 1, 64, true); }
void exec_LD1SB_z_p_bi_s32(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 1, 32, true); }
void exec_LD1SB_z_p_bi_s16(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 1, 16, true); }
void exec_LD1D_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1_bi(cpu, op, 8, 64, false); }
void exec_LDFF1B_z_p_br_u8(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 1, 8, false); }
void exec_LDFF1B_z_p_br_u16(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 1, 16, false); }
void exec_LDFF1B_z_p_br_u32(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 1, 32, false); }
void exec_LDFF1B_z_p_br_u64(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 1, 64, false); }
void exec_LDFF1SW_z_p_br_s64(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 4, 64, true); }
void exec_LDFF1H_z_p_br_u16(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 2, 16, false); }
void exec_LDFF1H_z_p_br_u32(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 2, 32, false); }
void exec_LDFF1H_z_p_br_u64(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 2, 64, false); }
void exec_LDFF1SH_z_p_br_s64(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 2, 64, true); }
void exec_LDFF1SH_z_p_br_s32(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 2, 32, true); }
void exec_LDFF1W_z_p_br_u32(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 4, 32, false); }
void exec_LDFF1W_z_p_br_u64(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 4, 64, false); }
void exec_LDFF1SB_z_p_br_s64(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 1, 64, true); }
void exec_LDFF1SB_z_p_br_s32(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 1, 32, true); }
void exec_LDFF1SB_z_p_br_s16(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 1, 16, true); }
void exec_LDFF1D_z_p_br_u64(struct cpu *cpu, const struct op *op) { ldff1_br(cpu, op, 8, 64, false); }
void exec_LDNF1B_z_p_bi_u8(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 1, 8, false); }
void exec_LDNF1B_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 1, 16, false); }
void exec_LDNF1B_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 1, 32, false); }
void exec_LDNF1B_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 1, 64, false); }
void exec_LDNF1SW_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 4, 64, true); }
void exec_LDNF1H_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 2, 16, false); }
void exec_LDNF1H_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 2, 32, false); }
void exec_LDNF1H_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 2, 64, false); }
void exec_LDNF1SH_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 2, 64, true); }
void exec_LDNF1SH_z_p_bi_s32(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 2, 32, true); }
void exec_LDNF1W_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 4, 32, false); }
void exec_LDNF1W_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 4, 64, false); }
void exec_LDNF1SB_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 1, 64, true); }
void exec_LDNF1SB_z_p_bi_s32(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 1, 32, true); }
void exec_LDNF1SB_z_p_bi_s16(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 1, 16, true); }
void exec_LDNF1D_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ldnf1_bi(cpu, op, 8, 64, false); }

/* ---- Structures of 1 to 4 registers ---- */
static ALWAYS_INLINE void ldn_br(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, unsigned acc)
{
    struct element_access a = { msize, 8 * msize, false, regs, acc };
    struct where w = { 0 };
    if (where_br(cpu, op, &a, &w))
        load(cpu, op, &w, &a);
}
static ALWAYS_INLINE void ldn_bi(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, unsigned acc)
{
    struct element_access a = { msize, 8 * msize, false, regs, acc };
    struct where w = { 0 };
    if (where_bi(cpu, op, &a, &w))
        load(cpu, op, &w, &a);
}
static ALWAYS_INLINE void stn_br(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, unsigned acc)
{
    struct element_access a = { msize, 8 * msize, false, regs, acc };
    struct where w = { 0 };
    if (where_br(cpu, op, &a, &w))
        store(cpu, op, &w, &a);
}
static ALWAYS_INLINE void stn_bi(struct cpu *cpu, const struct op *op, unsigned regs, unsigned msize, unsigned acc)
{
    struct element_access a = { msize, 8 * msize, false, regs, acc };
    struct where w = { 0 };
    if (where_bi(cpu, op, &a, &w))
        store(cpu, op, &w, &a);
}
void exec_LDNT1B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 1, 1, ACC_NONTEMPORAL); }
void exec_LDNT1H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 1, 2, ACC_NONTEMPORAL); }
void exec_LDNT1W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 1, 4, ACC_NONTEMPORAL); }
void exec_LDNT1D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 1, 8, ACC_NONTEMPORAL); }
void exec_LDNT1B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 1, 1, ACC_NONTEMPORAL); }
void exec_LDNT1H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 1, 2, ACC_NONTEMPORAL); }
void exec_LDNT1W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 1, 4, ACC_NONTEMPORAL); }
void exec_LDNT1D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 1, 8, ACC_NONTEMPORAL); }
void exec_LD2B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 2, 1, ACC_NORMAL); }
void exec_LD2H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 2, 2, ACC_NORMAL); }
void exec_LD2W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 2, 4, ACC_NORMAL); }
void exec_LD2D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 2, 8, ACC_NORMAL); }
void exec_LD3B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 3, 1, ACC_NORMAL); }
void exec_LD3H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 3, 2, ACC_NORMAL); }
void exec_LD3W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 3, 4, ACC_NORMAL); }
void exec_LD3D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 3, 8, ACC_NORMAL); }
void exec_LD4B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 4, 1, ACC_NORMAL); }
void exec_LD4H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 4, 2, ACC_NORMAL); }
void exec_LD4W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 4, 4, ACC_NORMAL); }
void exec_LD4D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ldn_br(cpu, op, 4, 8, ACC_NORMAL); }
void exec_LD2B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 2, 1, ACC_NORMAL); }
void exec_LD2H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 2, 2, ACC_NORMAL); }
void exec_LD2W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 2, 4, ACC_NORMAL); }
void exec_LD2D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 2, 8, ACC_NORMAL); }
void exec_LD3B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 3, 1, ACC_NORMAL); }
void exec_LD3H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 3, 2, ACC_NORMAL); }
void exec_LD3W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 3, 4, ACC_NORMAL); }
void exec_LD3D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 3, 8, ACC_NORMAL); }
void exec_LD4B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 4, 1, ACC_NORMAL); }
void exec_LD4H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 4, 2, ACC_NORMAL); }
void exec_LD4W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 4, 4, ACC_NORMAL); }
void exec_LD4D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { ldn_bi(cpu, op, 4, 8, ACC_NORMAL); }
void exec_STNT1B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 1, 1, ACC_NONTEMPORAL); }
void exec_STNT1H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 1, 2, ACC_NONTEMPORAL); }
void exec_STNT1W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 1, 4, ACC_NONTEMPORAL); }
void exec_STNT1D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 1, 8, ACC_NONTEMPORAL); }
void exec_STNT1B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 1, 1, ACC_NONTEMPORAL); }
void exec_STNT1H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 1, 2, ACC_NONTEMPORAL); }
void exec_STNT1W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 1, 4, ACC_NONTEMPORAL); }
void exec_STNT1D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 1, 8, ACC_NONTEMPORAL); }
void exec_ST2B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 2, 1, ACC_NORMAL); }
void exec_ST2H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 2, 2, ACC_NORMAL); }
void exec_ST2W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 2, 4, ACC_NORMAL); }
void exec_ST2D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 2, 8, ACC_NORMAL); }
void exec_ST3B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 3, 1, ACC_NORMAL); }
void exec_ST3H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 3, 2, ACC_NORMAL); }
void exec_ST3W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 3, 4, ACC_NORMAL); }
void exec_ST3D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 3, 8, ACC_NORMAL); }
void exec_ST4B_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 4, 1, ACC_NORMAL); }
void exec_ST4H_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 4, 2, ACC_NORMAL); }
void exec_ST4W_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 4, 4, ACC_NORMAL); }
void exec_ST4D_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { stn_br(cpu, op, 4, 8, ACC_NORMAL); }
void exec_ST2B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 2, 1, ACC_NORMAL); }
void exec_ST2H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 2, 2, ACC_NORMAL); }
void exec_ST2W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 2, 4, ACC_NORMAL); }
void exec_ST2D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 2, 8, ACC_NORMAL); }
void exec_ST3B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 3, 1, ACC_NORMAL); }
void exec_ST3H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 3, 2, ACC_NORMAL); }
void exec_ST3W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 3, 4, ACC_NORMAL); }
void exec_ST3D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 3, 8, ACC_NORMAL); }
void exec_ST4B_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 4, 1, ACC_NORMAL); }
void exec_ST4H_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 4, 2, ACC_NORMAL); }
void exec_ST4W_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 4, 4, ACC_NORMAL); }
void exec_ST4D_z_p_bi_contiguous(struct cpu *cpu, const struct op *op) { stn_bi(cpu, op, 4, 8, ACC_NORMAL); }

/* ---- ST1: one register, elements truncated ---- */
static ALWAYS_INLINE void st1(struct cpu *cpu, const struct op *op, const struct where *w, unsigned msize,
                              unsigned esize)
{
    switch (esize) { /* a constant in each arm */
    case 8: store(cpu, op, w, &(struct element_access){ 1, 8, false, 1, 0 }); break;
    case 16: store(cpu, op, w, &(struct element_access){ msize <= 2 ? msize : 2, 16, false, 1, 0 }); break;
    case 32: store(cpu, op, w, &(struct element_access){ msize <= 4 ? msize : 4, 32, false, 1, 0 }); break;
    case 64: store(cpu, op, w, &(struct element_access){ msize, 64, false, 1, 0 }); break;
    }
}
static ALWAYS_INLINE void st1_br(struct cpu *cpu, const struct op *op, unsigned msize, unsigned esize)
{
    struct element_access a = { msize, esize, false, 1, 0 };
    struct where w = { 0 };
    if (where_br(cpu, op, &a, &w))
        st1(cpu, op, &w, msize, esize);
}
static ALWAYS_INLINE void st1_bi(struct cpu *cpu, const struct op *op, unsigned msize, unsigned esize)
{
    struct element_access a = { msize, esize, false, 1, 0 };
    struct where w = { 0 };
    if (where_bi(cpu, op, &a, &w))
        st1(cpu, op, &w, msize, esize);
}
void exec_ST1B_z_p_br(struct cpu *cpu, const struct op *op) { st1_br(cpu, op, 1, 8u << op->size); }
void exec_ST1H_z_p_br(struct cpu *cpu, const struct op *op) { st1_br(cpu, op, 2, 8u << op->size); }
void exec_ST1W_z_p_br(struct cpu *cpu, const struct op *op) { st1_br(cpu, op, 4, op->sz ? 64 : 32); }
void exec_ST1D_z_p_br(struct cpu *cpu, const struct op *op) { st1_br(cpu, op, 8, 64); }
void exec_ST1B_z_p_bi(struct cpu *cpu, const struct op *op) { st1_bi(cpu, op, 1, 8u << op->size); }
void exec_ST1H_z_p_bi(struct cpu *cpu, const struct op *op) { st1_bi(cpu, op, 2, 8u << op->size); }
void exec_ST1W_z_p_bi(struct cpu *cpu, const struct op *op) { st1_bi(cpu, op, 4, op->sz ? 64 : 32); }
void exec_ST1D_z_p_bi(struct cpu *cpu, const struct op *op) { st1_bi(cpu, op, 8, 64); }

/* ---- Broadcasts ---- */
/* LD1R: one element to all active ones, read if there is any. */
static void ld1r(struct cpu *cpu, const struct op *op, unsigned msize, unsigned esize, bool sign)
{
    uint64_t base, x = 0;
    if (!sve_base(cpu, op, esize, &base))
        return;
    if (AnyActiveElement(cpu, op->Pg, esize) && !Mem_read(cpu, base + op->imm6 * msize, msize, ACC_SVE, &x))
        return;
    if (sign)
        x = (uint64_t)SInt(x, 8 * msize);
    uint8_t *d = ZForWrite(cpu, op->Zt);
    for (unsigned e = 0; e < CurrentVL(cpu) / esize; e++)
        SetElem(d, e, esize, ActiveElem(P(cpu, op->Pg), e, esize) ? x : 0);
}
void exec_LD1RB_z_p_bi_u8(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 1, 8, false); }
void exec_LD1RB_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 1, 16, false); }
void exec_LD1RB_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 1, 32, false); }
void exec_LD1RB_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 1, 64, false); }
void exec_LD1RSW_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 4, 64, true); }
void exec_LD1RH_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 2, 16, false); }
void exec_LD1RH_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 2, 32, false); }
void exec_LD1RH_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 2, 64, false); }
void exec_LD1RSH_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 2, 64, true); }
void exec_LD1RSH_z_p_bi_s32(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 2, 32, true); }
void exec_LD1RW_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 4, 32, false); }
void exec_LD1RW_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 4, 64, false); }
void exec_LD1RSB_z_p_bi_s64(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 1, 64, true); }
void exec_LD1RSB_z_p_bi_s32(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 1, 32, true); }
void exec_LD1RSB_z_p_bi_s16(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 1, 16, true); }
void exec_LD1RD_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1r(cpu, op, 8, 64, false); }

/* LD1RQ, LD1RO: a block of 16 or 32 bytes under the first bits of the predicate, repeated. What is left above the last
 * whole block is zero. */
static void load_block(struct cpu *cpu, const struct op *op, uint64_t offset, unsigned msize, unsigned block)
{
    struct pbits active = pred_and(pred_active(cpu, op->Pg, 8 * msize), pred_bits(block));
    uint8_t data[32] = { 0 };
    uint64_t base = X(cpu, op->Rn), x;

    if (pred_lowest(active) >= 0 && !base_address(cpu, op->Rn, &base))
        return;
    for (unsigned at = 0; at < block; at += msize) {
        if (!pred_bit(active, at))
            continue;
        if (!Mem_read(cpu, base + offset + at, msize, ACC_SVE, &x))
            return;
        SetElem(data, at / msize, 8 * msize, x);
    }
    uint8_t *d = ZForWrite(cpu, op->Zt);
    unsigned length = CurrentVL(cpu) / 8, at = 0;
    for (; at + block <= length; at += block)
        memcpy(d + at, data, block);
    memset(d + at, 0, length - at);
}
static void ld1rq_br(struct cpu *cpu, const struct op *op, unsigned msize)
{
    load_block(cpu, op, X(cpu, op->Rm) * msize, msize, 16);
}
static void ld1rq_bi(struct cpu *cpu, const struct op *op, unsigned msize)
{
    load_block(cpu, op, op->imm * 16, msize, 16);
}
/* A block of 32 bytes needs a vector that holds it. */
static void ld1ro(struct cpu *cpu, const struct op *op, uint64_t offset, unsigned msize)
{
    if (CurrentVL(cpu) < 256)
        UNDEFINED(cpu, "vectors are shorter than 256 bits");
    else
        load_block(cpu, op, offset, msize, 32);
}
static void ld1ro_br(struct cpu *cpu, const struct op *op, unsigned msize)
{
    ld1ro(cpu, op, X(cpu, op->Rm) * msize, msize);
}
static void ld1ro_bi(struct cpu *cpu, const struct op *op, unsigned msize) { ld1ro(cpu, op, op->imm * 32, msize); }
void exec_LD1RQB_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1rq_br(cpu, op, 1); }
void exec_LD1RQH_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1rq_br(cpu, op, 2); }
void exec_LD1RQW_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1rq_br(cpu, op, 4); }
void exec_LD1RQD_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1rq_br(cpu, op, 8); }
void exec_LD1RQB_z_p_bi_u8(struct cpu *cpu, const struct op *op) { ld1rq_bi(cpu, op, 1); }
void exec_LD1RQH_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ld1rq_bi(cpu, op, 2); }
void exec_LD1RQW_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1rq_bi(cpu, op, 4); }
void exec_LD1RQD_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1rq_bi(cpu, op, 8); }
void exec_LD1ROB_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1ro_br(cpu, op, 1); }
void exec_LD1ROH_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1ro_br(cpu, op, 2); }
void exec_LD1ROW_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1ro_br(cpu, op, 4); }
void exec_LD1ROD_z_p_br_contiguous(struct cpu *cpu, const struct op *op) { ld1ro_br(cpu, op, 8); }
void exec_LD1ROB_z_p_bi_u8(struct cpu *cpu, const struct op *op) { ld1ro_bi(cpu, op, 1); }
void exec_LD1ROH_z_p_bi_u16(struct cpu *cpu, const struct op *op) { ld1ro_bi(cpu, op, 2); }
void exec_LD1ROW_z_p_bi_u32(struct cpu *cpu, const struct op *op) { ld1ro_bi(cpu, op, 4); }
void exec_LD1ROD_z_p_bi_u64(struct cpu *cpu, const struct op *op) { ld1ro_bi(cpu, op, 8); }

/* ---- Prefetches are hints: nothing is accessed, nothing checked ---- */
void exec_PRFB_i_p_bz_s_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFH_i_p_bz_s_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFW_i_p_bz_s_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFD_i_p_bz_s_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFB_i_p_bi_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFH_i_p_bi_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFW_i_p_bi_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFD_i_p_bi_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFB_i_p_br_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFH_i_p_br_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFW_i_p_br_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFD_i_p_br_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFB_i_p_ai_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFH_i_p_ai_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFW_i_p_ai_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFD_i_p_ai_s(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFB_i_p_bz_d_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFH_i_p_bz_d_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFW_i_p_bz_d_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFD_i_p_bz_d_x32_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFB_i_p_ai_d(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFH_i_p_ai_d(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFW_i_p_ai_d(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFD_i_p_ai_d(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFB_i_p_bz_d_64_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFH_i_p_bz_d_64_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFW_i_p_bz_d_64_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
void exec_PRFD_i_p_bz_d_64_scaled(struct cpu *cpu, const struct op *op) { (void)cpu, (void)op; }
