/* SVE2 narrowing: results of half the size go to the even elements and clear the odd ones (bottom), or to the odd
 * elements and leave the even ones (top). And shifts by an immediate. Arm ARM C8. */
#include "isa/elem_sve2.h"

/* e counts elements of 2 * esize bits. */
static ALWAYS_INLINE void set_narrow(uint8_t *d, unsigned e, unsigned esize, unsigned half, uint64_t x)
{
    SetElem(d, 2 * e + half, esize, x);
    if (half == BOTTOM)
        SetElem(d, 2 * e + 1, esize, 0);
}

/* ---- Add and subtract, returning the high half: esize is that of the result ---- */
static ALWAYS_INLINE void add_high_at(struct lanes l, unsigned esize, unsigned half, bool subtract, bool round)
{
    for (unsigned e = 0; e < l.bits / (2 * esize); e++) {
        uint64_t n = Elem(l.n, e, 2 * esize), m = Elem(l.m, e, 2 * esize);
        uint64_t sum = (subtract ? n - m : n + m) + (round ? UINT64_C(1) << (esize - 1) : 0);
        set_narrow(l.d, e, esize, half, sum >> esize);
    }
}
static ALWAYS_INLINE void add_high(struct cpu *cpu, const struct op *op, unsigned half, bool subtract, bool round)
{
    struct lanes l = lanes_z_zz_sized(cpu, op, 4u << op->size); /* size is that of the sources */
    FOR_ESIZE_TO_32(l, add_high_at, half, subtract, round)
}
void exec_ADDHNB_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, BOTTOM, false, false); }
void exec_ADDHNT_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, TOP, false, false); }
void exec_SUBHNB_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, BOTTOM, true, false); }
void exec_SUBHNT_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, TOP, true, false); }
void exec_RADDHNB_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, BOTTOM, false, true); }
void exec_RADDHNT_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, TOP, false, true); }
void exec_RSUBHNB_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, BOTTOM, true, true); }
void exec_RSUBHNT_z_zz(struct cpu *cpu, const struct op *op) { add_high(cpu, op, TOP, true, true); }

/* ---- Shift right and narrow, and narrow without a shift ---- */
static uint64_t e_shrn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)esize, (void)sat, RShr_unsigned(n, (unsigned)shift, false);
}
static uint64_t e_rshrn(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)esize, (void)sat, RShr_unsigned(n, (unsigned)shift, true);
}
static uint64_t e_sqxtn_0(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)shift, e_sqxtn(n, esize, sat);
}
static uint64_t e_uqxtn_0(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)shift, e_uqxtn(n, esize, sat);
}
static uint64_t e_sqxtun_0(uint64_t n, uint64_t shift, unsigned esize, bool *sat)
{
    return (void)shift, e_sqxtun(n, esize, sat);
}
static ALWAYS_INLINE void narrow_at(struct lanes l, unsigned esize, unsigned half, uint64_t shift, elem2sat_fn *f)
{
    bool sat = false;
    for (unsigned e = 0; e < l.bits / (2 * esize); e++)
        set_narrow(l.d, e, esize, half, f(Elem(l.n, e, 2 * esize), shift, esize, &sat));
}
static ALWAYS_INLINE void narrow(struct cpu *cpu, const struct op *op, unsigned half, elem2sat_fn *f)
{
    struct lanes l = lanes_z_zz(cpu, op);
    FOR_ESIZE_TO_32(l, narrow_at, half, op->imm, f)
}
void exec_SHRNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_shrn); }
void exec_SHRNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_shrn); }
void exec_RSHRNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_rshrn); }
void exec_RSHRNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_rshrn); }
void exec_SQSHRNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_sqshrn); }
void exec_SQSHRNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_sqshrn); }
void exec_UQSHRNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_uqshrn); }
void exec_UQSHRNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_uqshrn); }
void exec_SQRSHRNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_sqrshrn); }
void exec_SQRSHRNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_sqrshrn); }
void exec_UQRSHRNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_uqrshrn); }
void exec_UQRSHRNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_uqrshrn); }
void exec_SQSHRUNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_sqshrun); }
void exec_SQSHRUNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_sqshrun); }
void exec_SQRSHRUNB_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_sqrshrun); }
void exec_SQRSHRUNT_z_zi(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_sqrshrun); }
void exec_SQXTNB_z_zz(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_sqxtn_0); }
void exec_SQXTNT_z_zz(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_sqxtn_0); }
void exec_UQXTNB_z_zz(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_uqxtn_0); }
void exec_UQXTNT_z_zz(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_uqxtn_0); }
void exec_SQXTUNB_z_zz(struct cpu *cpu, const struct op *op) { narrow(cpu, op, BOTTOM, e_sqxtun_0); }
void exec_SQXTUNT_z_zz(struct cpu *cpu, const struct op *op) { narrow(cpu, op, TOP, e_sqxtun_0); }

/* ---- Shifts by an immediate, elements keeping their size ---- */
void exec_SRSHR_z_p_zi(struct cpu *cpu, const struct op *op) { map2_scalar(lanes_z_p_zz(cpu, op), op->imm, e_srshr); }
void exec_URSHR_z_p_zi(struct cpu *cpu, const struct op *op) { map2_scalar(lanes_z_p_zz(cpu, op), op->imm, e_urshr); }
void exec_SQSHL_z_p_zi(struct cpu *cpu, const struct op *op)
{
    map2sat_scalar(lanes_z_p_zz(cpu, op), op->imm, e_sqshl);
}
void exec_UQSHL_z_p_zi(struct cpu *cpu, const struct op *op)
{
    map2sat_scalar(lanes_z_p_zz(cpu, op), op->imm, e_uqshl);
}
void exec_SQSHLU_z_p_zi(struct cpu *cpu, const struct op *op)
{
    map2sat_scalar(lanes_z_p_zz(cpu, op), op->imm, e_sqshlu);
}
void exec_SSRA_z_zi(struct cpu *cpu, const struct op *op) { map3_scalar(lanes_z_zz(cpu, op), op->imm, e_ssra); }
void exec_USRA_z_zi(struct cpu *cpu, const struct op *op) { map3_scalar(lanes_z_zz(cpu, op), op->imm, e_usra); }
void exec_SRSRA_z_zi(struct cpu *cpu, const struct op *op) { map3_scalar(lanes_z_zz(cpu, op), op->imm, e_srsra); }
void exec_URSRA_z_zi(struct cpu *cpu, const struct op *op) { map3_scalar(lanes_z_zz(cpu, op), op->imm, e_ursra); }
void exec_SLI_z_zzi(struct cpu *cpu, const struct op *op) { map3_scalar(lanes_z_zz(cpu, op), op->imm, e_sli); }
void exec_SRI_z_zzi(struct cpu *cpu, const struct op *op) { map3_scalar(lanes_z_zz(cpu, op), op->imm, e_sri); }
/* Rotated right by imm after exclusive or. */
static uint64_t e_xar(uint64_t n, uint64_t m, uint64_t shift, unsigned esize)
{
    uint64_t x = n ^ m;
    return shift % esize ? x >> shift | x << (esize - shift) : x;
}
void exec_XAR_z_zzi(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_zz(cpu, op);
    for (unsigned e = 0; e < l.bits / l.esize; e++)
        SetElem(l.d, e, l.esize, e_xar(Elem(l.n, e, l.esize), Elem(l.m, e, l.esize), op->imm, l.esize));
}
