/* SVE2.1 arithmetic and permutes: clamps, reductions across quadwords, two-way dot products, narrowing of two
 * registers, permutes within quadwords. Arm ARM C8. */
#include "isa/elem_sve2.h"
#include "isa/elem_sve_fp.h"

/* ---- Clamp: Zd between Zn and Zm ---- */
static uint64_t e_sclamp(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    return e_smin(e_smax(n, a, esize), m, esize);
}
static uint64_t e_uclamp(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    return e_umin(e_umax(n, a, esize), m, esize);
}
static uint64_t e_fclamp(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPMinNum(FPMaxNum(n, a, esize, fp), m, esize, fp);
}
void exec_SCLAMP_z_zz(struct cpu *cpu, const struct op *op) { map3(lanes_z_zz(cpu, op), e_sclamp); }
void exec_UCLAMP_z_zz(struct cpu *cpu, const struct op *op) { map3(lanes_z_zz(cpu, op), e_uclamp); }
void exec_FCLAMP_z_zz(struct cpu *cpu, const struct op *op) { map3fp(lanes_z_zz(cpu, op), e_fclamp, &cpu->fp); }

/* ---- Reductions across quadwords: element i of the result is that of the elements i of all quadwords ---- */
static void reduce_q(struct cpu *cpu, const struct op *op, uint64_t identity, elem2_fn *f)
{
    unsigned esize = 8u << op->size, per_segment = 128 / esize;
    uint8_t result[16];

    for (unsigned i = 0; i < per_segment; i++) {
        uint64_t r = identity;
        for (unsigned e = i; e < CurrentVL(cpu) / esize; e += per_segment)
            if (ActiveElem(P(cpu, op->Pg), e, esize))
                r = f(r, Elem(Z(cpu, op->Zn), e, esize), esize);
        SetElem(result, i, esize, r);
    }
    SetVBytes(cpu, op->Vd, 128, result);
}
void exec_ADDQV_z_p_z(struct cpu *cpu, const struct op *op) { reduce_q(cpu, op, 0, e_add); }
void exec_ANDQV_z_p_z(struct cpu *cpu, const struct op *op) { reduce_q(cpu, op, UINT64_MAX, e_and); }
void exec_EORQV_z_p_z(struct cpu *cpu, const struct op *op) { reduce_q(cpu, op, 0, e_eor); }
void exec_ORQV_z_p_z(struct cpu *cpu, const struct op *op) { reduce_q(cpu, op, 0, e_orr); }
void exec_UMAXQV_z_p_z(struct cpu *cpu, const struct op *op) { reduce_q(cpu, op, 0, e_umax); }
void exec_UMINQV_z_p_z(struct cpu *cpu, const struct op *op) { reduce_q(cpu, op, Ones(8u << op->size), e_umin); }
void exec_SMAXQV_z_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_q(cpu, op, UINT64_C(1) << ((8u << op->size) - 1), e_smax);
}
void exec_SMINQV_z_p_z(struct cpu *cpu, const struct op *op) { reduce_q(cpu, op, Ones((8u << op->size) - 1), e_smin); }

static void reduce_q_fp(struct cpu *cpu, const struct op *op, uint64_t identity, elem2fp_fn *f)
{
    unsigned esize = 8u << op->size, per_segment = 128 / esize, segments = CurrentVL(cpu) / 128;
    uint64_t v[MAX_VL_BITS / 128];
    uint8_t result[16];

    for (unsigned i = 0; i < per_segment; i++) {
        for (unsigned s = 0; s < segments; s++) {
            unsigned e = s * per_segment + i;
            v[s] = ActiveElem(P(cpu, op->Pg), e, esize) ? Elem(Z(cpu, op->Zn), e, esize) : identity;
        }
        SetElem(result, i, esize, Reduce(v, segments, esize, identity, f, &cpu->fp));
    }
    SetVBytes(cpu, op->Vd, 128, result);
}
void exec_FADDQV_z_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_q_fp(cpu, op, FPZero(false, 8u << op->size), FPAdd);
}
void exec_FMAXQV_z_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_q_fp(cpu, op, FPInfinity(true, 8u << op->size), FPMax);
}
void exec_FMINQV_z_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_q_fp(cpu, op, FPInfinity(false, 8u << op->size), FPMin);
}
void exec_FMAXNMQV_z_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_q_fp(cpu, op, FPDefaultNaN(8u << op->size, &cpu->fp), FPMaxNum);
}
void exec_FMINNMQV_z_p_z(struct cpu *cpu, const struct op *op)
{
    reduce_q_fp(cpu, op, FPDefaultNaN(8u << op->size, &cpu->fp), FPMinNum);
}

/* ---- Dot products of two halfwords ---- */
static uint64_t e_sdot2(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    (void)esize;
    for (unsigned i = 0; i < 32; i += 16)
        a += (uint64_t)(SInt(n >> i, 16) * SInt(m >> i, 16));
    return a;
}
static uint64_t e_udot2(uint64_t a, uint64_t n, uint64_t m, unsigned esize)
{
    (void)esize;
    for (unsigned i = 0; i < 32; i += 16)
        a += UInt(n >> i, 16) * UInt(m >> i, 16);
    return a;
}
void exec_SDOT_z32_zzz(struct cpu *cpu, const struct op *op) { map3_at(lanes_z_zz(cpu, op), 32, e_sdot2); }
void exec_UDOT_z32_zzz(struct cpu *cpu, const struct op *op) { map3_at(lanes_z_zz(cpu, op), 32, e_udot2); }
void exec_SDOT_z32_zzzi(struct cpu *cpu, const struct op *op)
{
    map3_index_at(lanes_z_zz(cpu, op), 32, op->i2, e_sdot2);
}
void exec_UDOT_z32_zzzi(struct cpu *cpu, const struct op *op)
{
    map3_index_at(lanes_z_zz(cpu, op), 32, op->i2, e_udot2);
}

/* ---- Words of two registers narrowed to halfwords, alternating ---- */
static void narrow2(struct cpu *cpu, const struct op *op, elem2sat_fn *f)
{
    uint8_t *d = ZForWrite(cpu, op->Zd);
    bool sat = false;
    struct zcopy n[2];

    z_copy(&n[0], cpu, 2 * op->Zn), z_copy(&n[1], cpu, 2 * op->Zn + 1);
    for (unsigned e = 0; e < CurrentVL(cpu) / 16; e++)
        SetElem(d, e, 16, f(Elem(n[e % 2].b, e / 2, 32), 16 - op->imm4, 16, &sat));
}
static uint64_t e_sqcvtn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)shift, e_sqxtn(n, esize, sat);
}
static uint64_t e_uqcvtn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)shift, e_uqxtn(n, esize, sat);
}
static uint64_t e_sqcvtun(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)shift, e_sqxtun(n, esize, sat);
}
void exec_SQRSHRN_z_mz2(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_sqrshrn); }
void exec_SQRSHRUN_z_mz2(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_sqrshrun); }
void exec_UQRSHRN_z_mz2(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_uqrshrn); }
void exec_SQCVTN_z_mz2(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_sqcvtn); }
void exec_SQCVTUN_z_mz2(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_sqcvtun); }
void exec_UQCVTN_z_mz2(struct cpu *cpu, const struct op *op) { narrow2(cpu, op, e_uqcvtn); }

/* ---- Permutes within quadwords ---- */
/* tsz holds the element size as its lowest bit set, and i1:tsz above that bit the index. */
void exec_DUPQ_z_zi(struct cpu *cpu, const struct op *op)
{
    unsigned log2 = (unsigned)__builtin_ctz(op->tsz), bytes = 1u << log2;
    unsigned index = ((unsigned)op->i1 << 4 | op->tsz) >> (log2 + 1);
    uint8_t *d = ZForWrite(cpu, op->Zd);

    for (unsigned s = 0; s < CurrentVL(cpu) / 8; s += 16) {
        uint8_t element[8];
        memcpy(element, Z(cpu, op->Zn) + s + index * bytes, bytes);
        for (unsigned i = 0; i < 16; i += bytes)
            memcpy(d + s + i, element, bytes);
    }
}
void exec_EXTQ_z_zi_des(struct cpu *cpu, const struct op *op)
{
    uint8_t *d = ZForWrite(cpu, op->Zdn);
    for (unsigned s = 0; s < CurrentVL(cpu) / 8; s += 16) {
        uint8_t both[32];
        memcpy(both, d + s, 16), memcpy(both + 16, Z(cpu, op->Zm) + s, 16);
        memcpy(d + s, both + op->imm4, 16);
    }
}
/* An index beyond the quadword gives 0 (TBLQ) or leaves the element (TBXQ). */
static void table_q(struct cpu *cpu, const struct op *op, bool keep)
{
    unsigned esize = 8u << op->size, per_segment = 128 / esize;
    uint8_t *d = ZForWrite(cpu, op->Zd);
    struct zcopy table, indices;

    z_copy(&table, cpu, op->Zn), z_copy(&indices, cpu, op->Zm);
    for (unsigned e = 0; e < CurrentVL(cpu) / esize; e++) {
        uint64_t i = Elem(indices.b, e, esize);
        if (i < per_segment)
            SetElem(d, e, esize, Elem(table.b, e - e % per_segment + (unsigned)i, esize));
        else if (!keep)
            SetElem(d, e, esize, 0);
    }
}
void exec_TBLQ_z_zz(struct cpu *cpu, const struct op *op) { table_q(cpu, op, false); }
void exec_TBXQ_z_zz(struct cpu *cpu, const struct op *op) { table_q(cpu, op, true); }

static void zip_q(struct cpu *cpu, const struct op *op, unsigned part)
{
    unsigned esize = 8u << op->size, half = 64 / esize;
    uint8_t *d = ZForWrite(cpu, op->Zd);
    struct zcopy n, m;

    z_copy(&n, cpu, op->Zn), z_copy(&m, cpu, op->Zm);
    for (unsigned s = 0; s < CurrentVL(cpu) / esize; s += 2 * half)
        for (unsigned i = 0; i < half; i++) {
            SetElem(d, s + 2 * i, esize, Elem(n.b, s + part * half + i, esize));
            SetElem(d, s + 2 * i + 1, esize, Elem(m.b, s + part * half + i, esize));
        }
}
static void uzp_q(struct cpu *cpu, const struct op *op, unsigned part)
{
    unsigned esize = 8u << op->size, half = 64 / esize;
    uint8_t *d = ZForWrite(cpu, op->Zd);
    struct zcopy n, m;

    z_copy(&n, cpu, op->Zn), z_copy(&m, cpu, op->Zm);
    for (unsigned s = 0; s < CurrentVL(cpu) / esize; s += 2 * half)
        for (unsigned i = 0; i < half; i++) {
            SetElem(d, s + i, esize, Elem(n.b, s + 2 * i + part, esize));
            SetElem(d, s + half + i, esize, Elem(m.b, s + 2 * i + part, esize));
        }
}
void exec_ZIPQ1_z_zz(struct cpu *cpu, const struct op *op) { zip_q(cpu, op, 0); }
void exec_ZIPQ2_z_zz(struct cpu *cpu, const struct op *op) { zip_q(cpu, op, 1); }
void exec_UZPQ1_z_zz(struct cpu *cpu, const struct op *op) { uzp_q(cpu, op, 0); }
void exec_UZPQ2_z_zz(struct cpu *cpu, const struct op *op) { uzp_q(cpu, op, 1); }

/* The doublewords of active quadwords exchanged. */
void exec_REVD_z_p_z(struct cpu *cpu, const struct op *op)
{
    uint8_t *d = ZForWrite(cpu, op->Zd);
    for (unsigned e = 0; e < CurrentVL(cpu) / 64; e += 2) {
        uint64_t low = Elem(Z(cpu, op->Zn), e, 64), high = Elem(Z(cpu, op->Zn), e + 1, 64);
        if (!ActiveElem(P(cpu, op->Pg), e, 64))
            continue;
        SetElem(d, e, 64, high);
        SetElem(d, e + 1, 64, low);
    }
}
