/* Loads and stores of SIMD&FP registers: single, pair, literal, and AdvSIMD structures (LD1 to LD4, one, several and
 * replicated). Arm ARM C4.1 (Loads and Stores), C7.2. */
#include "isa/elem.h"
#include "isa/ldst.h"

/* ---- One register ---- */
/* Bytes of a SIMD&FP access: opc<1>:size is log2; .undef has refused more than 4. */
static ALWAYS_INLINE unsigned scale_of(const struct op *op) { return (op->opc & 2u) << 1 | op->size; }

static ALWAYS_INLINE MUST_CHECK bool read_register(struct cpu *cpu, uint64_t address, unsigned scale, unsigned n)
{
    uint64_t value[2];
    switch (scale) {
    case 4:
        if (!read_block(cpu, address, 16, 16, ACC_NORMAL, value))
            return false;
        SetVBytes(cpu, n, 128, value);
        return true;
    case 3:
        if (!Mem_read(cpu, address, 8, ACC_NORMAL, value))
            return false;
        break;
    default:
        if (!Mem_read(cpu, address, 1u << scale, ACC_NORMAL, value))
            return false;
        break;
    }
    SetV(cpu, n, 64, value[0]);
    return true;
}
static ALWAYS_INLINE MUST_CHECK bool write_register(struct cpu *cpu, uint64_t address, unsigned scale, unsigned n)
{
    uint64_t value;
    if (scale == 4)
        return write_block(cpu, address, 16, 16, ACC_NORMAL, cpu->z[n]);
    memcpy(&value, cpu->z[n], 8);
    return Mem_write(cpu, address, 1u << scale, ACC_WRITE, value);
}

enum index_mode { OFFSET, PRE_INDEX, POST_INDEX };

static ALWAYS_INLINE void load(struct cpu *cpu, const struct op *op, enum index_mode mode, uint64_t offset)
{
    uint64_t base;
    if (base_address(cpu, op->Rn, &base) &&
        read_register(cpu, mode == POST_INDEX ? base : base + offset, scale_of(op), op->Rt) && mode != OFFSET)
        SetX(cpu, op->Rn, base + offset);
}
static ALWAYS_INLINE void store(struct cpu *cpu, const struct op *op, enum index_mode mode, uint64_t offset)
{
    uint64_t base;
    if (base_address(cpu, op->Rn, &base) &&
        write_register(cpu, mode == POST_INDEX ? base : base + offset, scale_of(op), op->Rt) && mode != OFFSET)
        SetX(cpu, op->Rn, base + offset);
}
void exec_LDR_imm_fpsimd_unsigned(struct cpu *cpu, const struct op *op) { load(cpu, op, OFFSET, op->imm); }
void exec_LDR_imm_fpsimd_signed_pre_idx(struct cpu *cpu, const struct op *op) { load(cpu, op, PRE_INDEX, op->imm); }
void exec_LDR_imm_fpsimd_signed_post_idx(struct cpu *cpu, const struct op *op) { load(cpu, op, POST_INDEX, op->imm); }
void exec_LDUR_fpsimd(struct cpu *cpu, const struct op *op) { load(cpu, op, OFFSET, op->imm); }
void exec_LDR_reg_fpsimd(struct cpu *cpu, const struct op *op)
{
    load(cpu, op, OFFSET, extended_offset(cpu, op, scale_of(op)));
}
void exec_STR_imm_fpsimd_unsigned(struct cpu *cpu, const struct op *op) { store(cpu, op, OFFSET, op->imm); }
void exec_STR_imm_fpsimd_signed_pre_idx(struct cpu *cpu, const struct op *op) { store(cpu, op, PRE_INDEX, op->imm); }
void exec_STR_imm_fpsimd_signed_post_idx(struct cpu *cpu, const struct op *op) { store(cpu, op, POST_INDEX, op->imm); }
void exec_STUR_fpsimd(struct cpu *cpu, const struct op *op) { store(cpu, op, OFFSET, op->imm); }
void exec_STR_reg_fpsimd(struct cpu *cpu, const struct op *op)
{
    store(cpu, op, OFFSET, extended_offset(cpu, op, scale_of(op)));
}
void exec_LDR_lit_fpsimd(struct cpu *cpu, const struct op *op)
{
    (void)!read_register(cpu, PC(cpu) + op->imm, 2u + op->opc, op->Rt);
}

/* FEAT_LRCPC3: acquire and release of a SIMD&FP register. */
void exec_LDAPUR_fpsimd(struct cpu *cpu, const struct op *op)
{
    unsigned bytes = 1u << scale_of(op);
    uint64_t base, value[2] = { 0, 0 };
    if (base_address(cpu, op->Rn, &base) &&
        Mem_read_block(cpu, base + op->imm, bytes, bytes, bytes, ACC_ORDERED, value))
        SetVBytes(cpu, op->Rt, 128, value);
}
void exec_STLUR_fpsimd(struct cpu *cpu, const struct op *op)
{
    unsigned bytes = 1u << scale_of(op);
    uint64_t base;
    if (base_address(cpu, op->Rn, &base))
        (void)!Mem_write_block(cpu, base + op->imm, bytes, bytes, bytes, ACC_ORDERED | ACC_WRITE, cpu->z[op->Rt]);
}

/* ---- Pairs: opc is log2 of the size in words ---- */
static ALWAYS_INLINE void load_pair(struct cpu *cpu, const struct op *op, enum index_mode mode, unsigned acc)
{
    unsigned bytes = 4u << op->opc;
    uint64_t base;
    uint8_t data[32];
    if (!base_address(cpu, op->Rn, &base) ||
        !read_block(cpu, mode == POST_INDEX ? base : base + op->imm, 2 * bytes, bytes, acc, data))
        return;
    SetVBytes(cpu, op->Rt, bytes * 8, data);
    SetVBytes(cpu, op->Rt2, bytes * 8, data + bytes);
    if (mode != OFFSET)
        SetX(cpu, op->Rn, base + op->imm);
}
static ALWAYS_INLINE void store_pair(struct cpu *cpu, const struct op *op, enum index_mode mode, unsigned acc)
{
    unsigned bytes = 4u << op->opc;
    uint64_t base;
    uint8_t data[32];
    if (!base_address(cpu, op->Rn, &base))
        return;
    memcpy(data, cpu->z[op->Rt], bytes);
    memcpy(data + bytes, cpu->z[op->Rt2], bytes);
    if (write_block(cpu, mode == POST_INDEX ? base : base + op->imm, 2 * bytes, bytes, acc, data) && mode != OFFSET)
        SetX(cpu, op->Rn, base + op->imm);
}
void exec_LDP_fpsimd_offset(struct cpu *cpu, const struct op *op) { load_pair(cpu, op, OFFSET, ACC_NORMAL); }
void exec_LDP_fpsimd_pre_idx(struct cpu *cpu, const struct op *op) { load_pair(cpu, op, PRE_INDEX, ACC_NORMAL); }
void exec_LDP_fpsimd_post_idx(struct cpu *cpu, const struct op *op) { load_pair(cpu, op, POST_INDEX, ACC_NORMAL); }
void exec_LDNP_fpsimd(struct cpu *cpu, const struct op *op) { load_pair(cpu, op, OFFSET, ACC_NONTEMPORAL); }
void exec_STP_fpsimd_offset(struct cpu *cpu, const struct op *op) { store_pair(cpu, op, OFFSET, ACC_NORMAL); }
void exec_STP_fpsimd_pre_idx(struct cpu *cpu, const struct op *op) { store_pair(cpu, op, PRE_INDEX, ACC_NORMAL); }
void exec_STP_fpsimd_post_idx(struct cpu *cpu, const struct op *op) { store_pair(cpu, op, POST_INDEX, ACC_NORMAL); }
void exec_STNP_fpsimd(struct cpu *cpu, const struct op *op) { store_pair(cpu, op, OFFSET, ACC_NONTEMPORAL); }

/* ---- Multiple structures ----
 * In memory the elements of selem registers alternate; rpt such groups follow one another (LD1 of up to 4 registers is
 * rpt groups of one). Registers are numbered modulo 32. */
static void write_back(struct cpu *cpu, const struct op *op, uint64_t base, unsigned bytes)
{
    /* Rm = 31 stands for the immediate, the size of the transfer. */
    SetX(cpu, op->Rn, base + (op->Rm == 31 ? bytes : X(cpu, op->Rm)));
}
static bool load_multiple(struct cpu *cpu, const struct op *op, uint64_t base, unsigned rpt, unsigned selem)
{
    unsigned esize = 1u << op->size, elements = (op->Q ? 16 : 8) / esize;
    uint8_t data[64], v[4][16] = { { 0 } };
    const uint8_t *p = data;

    if (!read_block(cpu, base, rpt * selem * elements * esize, esize, ACC_NORMAL, data))
        return false;
    for (unsigned r = 0; r < rpt; r++)
        for (unsigned e = 0; e < elements; e++)
            for (unsigned s = 0; s < selem; s++, p += esize)
                memcpy(&v[r + s][e * esize], p, esize);
    for (unsigned i = 0; i < rpt * selem; i++)
        SetVBytes(cpu, (op->Rt + i) % 32, 128, v[i]);
    return true;
}
static bool store_multiple(struct cpu *cpu, const struct op *op, uint64_t base, unsigned rpt, unsigned selem)
{
    unsigned esize = 1u << op->size, elements = (op->Q ? 16 : 8) / esize;
    uint8_t data[64], *p = data;

    for (unsigned r = 0; r < rpt; r++)
        for (unsigned e = 0; e < elements; e++)
            for (unsigned s = 0; s < selem; s++, p += esize)
                memcpy(p, &cpu->z[(op->Rt + r + s) % 32][e * esize], esize);
    return write_block(cpu, base, (unsigned)(p - data), esize, ACC_NORMAL, data);
}
static void multiple(struct cpu *cpu, const struct op *op, bool is_load, unsigned rpt, unsigned selem, bool post)
{
    uint64_t base;
    if (base_address(cpu, op->Rn, &base) && (is_load ? load_multiple : store_multiple)(cpu, op, base, rpt, selem) &&
        post)
        write_back(cpu, op, base, rpt * selem * (op->Q ? 16 : 8));
}
/* LD1, ST1: opcode 0111 is one register, 1010 two, 0110 three, 0010 four. */
static unsigned ld1_registers(const struct op *op)
{
    switch (op->opcode) {
    case 7: return 1;
    case 10: return 2;
    case 6: return 3;
    default: return 4;
    }
}
void exec_LD1_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op)
{
    multiple(cpu, op, true, ld1_registers(op), 1, false);
}
void exec_LD2_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op) { multiple(cpu, op, true, 1, 2, false); }
void exec_LD3_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op) { multiple(cpu, op, true, 1, 3, false); }
void exec_LD4_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op) { multiple(cpu, op, true, 1, 4, false); }
void exec_LD1_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op)
{
    multiple(cpu, op, true, ld1_registers(op), 1, true);
}
void exec_LD2_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op) { multiple(cpu, op, true, 1, 2, true); }
void exec_LD3_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op) { multiple(cpu, op, true, 1, 3, true); }
void exec_LD4_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op) { multiple(cpu, op, true, 1, 4, true); }
void exec_ST1_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op)
{
    multiple(cpu, op, false, ld1_registers(op), 1, false);
}
void exec_ST2_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op) { multiple(cpu, op, false, 1, 2, false); }
void exec_ST3_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op) { multiple(cpu, op, false, 1, 3, false); }
void exec_ST4_advsimd_mult_no_wb(struct cpu *cpu, const struct op *op) { multiple(cpu, op, false, 1, 4, false); }
void exec_ST1_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op)
{
    multiple(cpu, op, false, ld1_registers(op), 1, true);
}
void exec_ST2_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op) { multiple(cpu, op, false, 1, 2, true); }
void exec_ST3_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op) { multiple(cpu, op, false, 1, 3, true); }
void exec_ST4_advsimd_mult_post_inc(struct cpu *cpu, const struct op *op) { multiple(cpu, op, false, 1, 4, true); }

/* ---- Single structure to or from one lane, or replicated to all ---- */
/* The element size is opcode<2:1>, doubleword where its size field says so; Q:S:size hold the lane number. */
struct lane {
    unsigned esize, index;
};
static struct lane lane_of(const struct op *op)
{
    unsigned index = op->Q << 3 | op->S << 2 | op->size;
    switch (op->opcode >> 1) {
    case 0: return (struct lane){ 1, index };
    case 1: return (struct lane){ 2, index >> 1 };
    default: return op->size & 1 ? (struct lane){ 8, op->Q } : (struct lane){ 4, index >> 2 };
    }
}
static void load_single(struct cpu *cpu, const struct op *op, unsigned selem, bool post)
{
    struct lane lane = lane_of(op);
    uint64_t base;
    uint8_t data[32];
    if (!base_address(cpu, op->Rn, &base) || !read_block(cpu, base, selem * lane.esize, lane.esize, ACC_NORMAL, data))
        return;
    for (unsigned s = 0; s < selem; s++) {
        unsigned t = (op->Rt + s) % 32;
        memcpy(&cpu->z[t][lane.index * lane.esize], data + s * lane.esize, lane.esize);
        ClearAbove(cpu, t, 128);
    }
    if (post)
        write_back(cpu, op, base, selem * lane.esize);
}
static void store_single(struct cpu *cpu, const struct op *op, unsigned selem, bool post)
{
    struct lane lane = lane_of(op);
    uint64_t base;
    uint8_t data[32];
    if (!base_address(cpu, op->Rn, &base))
        return;
    for (unsigned s = 0; s < selem; s++)
        memcpy(data + s * lane.esize, &cpu->z[(op->Rt + s) % 32][lane.index * lane.esize], lane.esize);
    if (write_block(cpu, base, selem * lane.esize, lane.esize, ACC_NORMAL, data) && post)
        write_back(cpu, op, base, selem * lane.esize);
}
static void load_replicate(struct cpu *cpu, const struct op *op, unsigned selem, bool post)
{
    unsigned esize = 1u << op->size;
    uint64_t base;
    uint8_t data[32];
    if (!base_address(cpu, op->Rn, &base) || !read_block(cpu, base, selem * esize, esize, ACC_NORMAL, data))
        return;
    for (unsigned s = 0; s < selem; s++) {
        uint8_t v[16];
        for (unsigned i = 0; i < 16; i += esize)
            memcpy(v + i, data + s * esize, esize);
        SetVBytes(cpu, (op->Rt + s) % 32, op->Q ? 128 : 64, v);
    }
    if (post)
        write_back(cpu, op, base, selem * esize);
}
void exec_LD1_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 1, false); }
void exec_ST1_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 1, false); }
void exec_LD1R_advsimd_no_wb(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 1, false); }
void exec_LD1_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 1, true); }
void exec_ST1_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 1, true); }
void exec_LD1R_advsimd_post_inc(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 1, true); }
void exec_LD2_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 2, false); }
void exec_ST2_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 2, false); }
void exec_LD2R_advsimd_no_wb(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 2, false); }
void exec_LD2_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 2, true); }
void exec_ST2_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 2, true); }
void exec_LD2R_advsimd_post_inc(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 2, true); }
void exec_LD3_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 3, false); }
void exec_ST3_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 3, false); }
void exec_LD3R_advsimd_no_wb(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 3, false); }
void exec_LD3_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 3, true); }
void exec_ST3_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 3, true); }
void exec_LD3R_advsimd_post_inc(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 3, true); }
void exec_LD4_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 4, false); }
void exec_ST4_advsimd_sngl_no_wb(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 4, false); }
void exec_LD4R_advsimd_no_wb(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 4, false); }
void exec_LD4_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { load_single(cpu, op, 4, true); }
void exec_ST4_advsimd_sngl_post_inc(struct cpu *cpu, const struct op *op) { store_single(cpu, op, 4, true); }
void exec_LD4R_advsimd_post_inc(struct cpu *cpu, const struct op *op) { load_replicate(cpu, op, 4, true); }

/* FEAT_LRCPC3: one doubleword lane with acquire or release. */
void exec_LDAP1_advsimd_sngl(struct cpu *cpu, const struct op *op)
{
    uint64_t base, value;
    if (!base_address(cpu, op->Rn, &base) || !read_ordered(cpu, base, 8, &value))
        return;
    memcpy(&cpu->z[op->Rt][op->Q * 8], &value, 8);
    ClearAbove(cpu, op->Rt, 128);
}
void exec_STL1_advsimd_sngl(struct cpu *cpu, const struct op *op)
{
    uint64_t base, value;
    memcpy(&value, &cpu->z[op->Rt][op->Q * 8], 8);
    if (base_address(cpu, op->Rn, &base))
        (void)!write_ordered(cpu, base, 8, value);
}
