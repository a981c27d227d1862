/* SVE moves and permutes: DUP, CPY, SEL, MOVPRFX, ZIP and kin, TBL, EXT, SPLICE, COMPACT, last elements. Arm ARM C8.2.
 *
 * MOVPRFX executes as the plain move that it may be: an instruction after it that it cannot prefix (UNPREDICTABLE)
 * takes the moved value like any other. */
#include "isa/elem_int.h"
#include "isa/pred.h"

static unsigned esize_of(const struct op *op) { return 8u << op->size; }

/* ---- One value to all elements, or to the active ones ---- */
static ALWAYS_INLINE void fill_at(struct lanes l, unsigned esize, uint64_t value)
{
    uint8_t all[CHUNK_BYTES];
    for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
        SetElem(all, e, esize, value);
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES)
        SetChunk(&l, at, esize, all);
}
static void fill(struct cpu *cpu, unsigned d, const uint8_t *g, unsigned esize, uint64_t value)
{
    struct lanes l = { .d = ZForWrite(cpu, d), .g = g, .bits = CurrentVL(cpu), .esize = esize };
    FOR_ESIZE(l, fill_at, value)
}
/* VFPExpandImm(): sign, exponent and fraction of an 8-bit floating-point immediate. */
static uint64_t VFPExpandImm(unsigned imm8, unsigned esize)
{
    unsigned E = esize == 16 ? 5 : esize == 32 ? 8 : 11, F = esize - E - 1, b = imm8 >> 6 & 1;
    uint64_t exponent = (uint64_t)!b << (E - 1) | (b ? Ones(E - 3) : 0) << 2 | (imm8 >> 4 & 3);
    return (uint64_t)(imm8 >> 7) << (esize - 1) | exponent << F | (uint64_t)(imm8 & 15) << (F - 4);
}
void exec_DUP_z_i(struct cpu *cpu, const struct op *op) { fill(cpu, op->Zd, NULL, esize_of(op), op->imm); }
void exec_FDUP_z_i(struct cpu *cpu, const struct op *op)
{
    fill(cpu, op->Zd, NULL, esize_of(op), VFPExpandImm(op->imm8, esize_of(op)));
}
void exec_DUPM_z_i(struct cpu *cpu, const struct op *op) { fill(cpu, op->Zd, NULL, 64, op->imm); }
void exec_DUP_z_r(struct cpu *cpu, const struct op *op) { fill(cpu, op->Zd, NULL, esize_of(op), X(cpu, op->Rn)); }
void exec_CPY_z_p_i(struct cpu *cpu, const struct op *op) { fill(cpu, op->Zd, P(cpu, op->Pg), esize_of(op), op->imm); }
void exec_CPY_z_o_i(struct cpu *cpu, const struct op *op)
{
    memset(ZForWrite(cpu, op->Zd), 0, CurrentVL(cpu) / 8);
    fill(cpu, op->Zd, P(cpu, op->Pg), esize_of(op), op->imm);
}
void exec_FCPY_z_p_i(struct cpu *cpu, const struct op *op)
{
    fill(cpu, op->Zd, P(cpu, op->Pg), esize_of(op), VFPExpandImm(op->imm8, esize_of(op)));
}
void exec_CPY_z_p_r(struct cpu *cpu, const struct op *op)
{
    fill(cpu, op->Zd, P(cpu, op->Pg), esize_of(op), X(cpu, op->Rn));
}
void exec_CPY_z_p_v(struct cpu *cpu, const struct op *op)
{
    fill(cpu, op->Zd, P(cpu, op->Pg), esize_of(op), V(cpu, op->Vn, esize_of(op)));
}
/* DUP (indexed): imm2:tsz holds the element size as the lowest bit set of tsz, and above it the index. */
void exec_DUP_z_zi(struct cpu *cpu, const struct op *op)
{
    unsigned log2 = (unsigned)__builtin_ctz(op->tsz), bytes = 1u << log2, length = CurrentVL(cpu) / 8;
    unsigned index = ((unsigned)op->imm2 << 5 | op->tsz) >> (log2 + 1);
    uint8_t element[16] = { 0 }, *d = ZForWrite(cpu, op->Zd);

    if ((index + 1) * bytes <= length)
        memcpy(element, Z(cpu, op->Zn) + index * bytes, bytes);
    for (unsigned at = 0; at < length; at += bytes)
        memcpy(d + at, element, bytes);
}

/* ---- Moves ---- */
void exec_MOVPRFX_z_z(struct cpu *cpu, const struct op *op)
{
    memmove(ZForWrite(cpu, op->Zd), Z(cpu, op->Zn), CurrentVL(cpu) / 8);
}
/* M = 1 keeps what is inactive, 0 clears it. */
static ALWAYS_INLINE void movprfx_at(struct lanes l, unsigned esize, bool merging)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        chunk_mask kept = merging ? load_chunk(l.d + at) : (chunk_mask){ 0 };
        kept = blend(ActiveBytes(l.g + at / 8, esize), load_chunk(l.n + at), kept);
        memcpy(l.d + at, &kept, CHUNK_BYTES);
    }
}
void exec_MOVPRFX_z_p_z(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    FOR_ESIZE(l, movprfx_at, op->M)
}
void exec_SEL_z_p_zz(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    FOR_ESIZE(l, sel_at, P(cpu, op->Pv))
}

/* ---- Two sources, elements rearranged. bytes is the element's, 1 to 16: memcpy knows it in each arm ---- */
static ALWAYS_INLINE void zip_at(uint8_t *d, const uint8_t *n, const uint8_t *m, unsigned length, unsigned bytes,
                                 unsigned part)
{
    unsigned pairs = length / bytes / 2;
    for (unsigned p = 0; p < pairs; p++) {
        memcpy(d + 2 * p * bytes, n + (part * pairs + p) * bytes, bytes);
        memcpy(d + (2 * p + 1) * bytes, m + (part * pairs + p) * bytes, bytes);
    }
}
static ALWAYS_INLINE void uzp_at(uint8_t *d, const uint8_t *n, const uint8_t *m, unsigned length, unsigned bytes,
                                 unsigned part)
{
    unsigned pairs = length / bytes / 2;
    for (unsigned p = 0; p < pairs; p++) {
        memcpy(d + p * bytes, n + (2 * p + part) * bytes, bytes);
        memcpy(d + (pairs + p) * bytes, m + (2 * p + part) * bytes, bytes);
    }
}
static ALWAYS_INLINE void trn_at(uint8_t *d, const uint8_t *n, const uint8_t *m, unsigned length, unsigned bytes,
                                 unsigned part)
{
    for (unsigned p = 0; p < length / bytes / 2; p++) {
        memcpy(d + 2 * p * bytes, n + (2 * p + part) * bytes, bytes);
        memcpy(d + (2 * p + 1) * bytes, m + (2 * p + part) * bytes, bytes);
    }
}
typedef void permute_fn(uint8_t *d, const uint8_t *n, const uint8_t *m, unsigned length, unsigned bytes, unsigned part);

static ALWAYS_INLINE void permute(struct cpu *cpu, const struct op *op, unsigned bytes, unsigned part, permute_fn *f)
{
    unsigned length = CurrentVL(cpu) / 8;
    struct zcopy n, m;
    uint8_t *d = ZForWrite(cpu, op->Zd);

    z_copy(&n, cpu, op->Zn), z_copy(&m, cpu, op->Zm);
    /* An odd number of quadwords leaves the last one zero. */
    if (length % (2 * bytes))
        memset(d + length - bytes, 0, bytes);
    switch (bytes) {
    case 1: f(d, n.b, m.b, length, 1, part); break;
    case 2: f(d, n.b, m.b, length, 2, part); break;
    case 4: f(d, n.b, m.b, length, 4, part); break;
    case 8: f(d, n.b, m.b, length, 8, part); break;
    default: f(d, n.b, m.b, length, 16, part); break;
    }
}
void exec_ZIP1_z_zz(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1u << op->size, 0, zip_at); }
void exec_ZIP2_z_zz(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1u << op->size, 1, zip_at); }
void exec_UZP1_z_zz(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1u << op->size, 0, uzp_at); }
void exec_UZP2_z_zz(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1u << op->size, 1, uzp_at); }
void exec_TRN1_z_zz(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1u << op->size, 0, trn_at); }
void exec_TRN2_z_zz(struct cpu *cpu, const struct op *op) { permute(cpu, op, 1u << op->size, 1, trn_at); }

/* FEAT_F64MM: quadwords. One of them has no pair. */
static ALWAYS_INLINE void permute_q(struct cpu *cpu, const struct op *op, unsigned part, permute_fn *f)
{
    if (CurrentVL(cpu) < 256)
        UNDEFINED(cpu, "vectors are shorter than 256 bits");
    else
        permute(cpu, op, 16, part, f);
}
void exec_ZIP1_z_zz_q(struct cpu *cpu, const struct op *op) { permute_q(cpu, op, 0, zip_at); }
void exec_ZIP2_z_zz_q(struct cpu *cpu, const struct op *op) { permute_q(cpu, op, 1, zip_at); }
void exec_UZP1_z_zz_q(struct cpu *cpu, const struct op *op) { permute_q(cpu, op, 0, uzp_at); }
void exec_UZP2_z_zz_q(struct cpu *cpu, const struct op *op) { permute_q(cpu, op, 1, uzp_at); }
void exec_TRN1_z_zz_q(struct cpu *cpu, const struct op *op) { permute_q(cpu, op, 0, trn_at); }
void exec_TRN2_z_zz_q(struct cpu *cpu, const struct op *op) { permute_q(cpu, op, 1, trn_at); }

/* ---- One source rearranged ---- */
static ALWAYS_INLINE void rev_at(struct lanes l, unsigned esize, const uint8_t *n)
{
    unsigned elements = l.bits / esize;
    for (unsigned e = 0; e < elements; e++)
        SetElem(l.d, elements - 1 - e, esize, Elem(n, e, esize));
}
void exec_REV_z_z(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    struct zcopy n;
    z_copy(&n, cpu, op->Zn);
    FOR_ESIZE(l, rev_at, n.b)
}
static ALWAYS_INLINE void tbl_at(struct lanes l, unsigned esize, const uint8_t *n, const uint8_t *m)
{
    unsigned elements = l.bits / esize;
    for (unsigned e = 0; e < elements; e++) {
        uint64_t index = Elem(m, e, esize), there = 0 - (uint64_t)(index < elements);
        SetElem(l.d, e, esize, Elem(n, (unsigned)(index & there), esize) & there);
    }
}
/* A byte is always the number of an element of the longest vector: beyond a shorter one's are zeros. */
static void tbl_bytes(struct lanes l, const uint8_t *m)
{
    uint8_t n[MAX_VL_BYTES] = { 0 };
    memcpy(n, l.n, l.bits / 8);
    for (unsigned at = 0; at < l.bits / 8; at += 8) {
        uint64_t index = Elem(m + at, 0, 64), eight = 0;
        for (unsigned i = 0; i < 64; i += 8)
            eight |= (uint64_t)n[index >> i & 0xff] << i;
        SetElem(l.d + at, 0, 64, eight);
    }
}
void exec_TBL_z_zz_1(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_zz(cpu, op);
    struct zcopy n, m;
    z_copy(&m, cpu, op->Zm);
    if (l.esize == 8) {
        tbl_bytes(l, m.b);
        return;
    }
    z_copy(&n, cpu, op->Zn);
    FOR_ESIZE_FROM_16(l, tbl_at, n.b, m.b)
}
/* Half of the source, each element extended to twice its size. */
static ALWAYS_INLINE void unpk_at(struct lanes l, unsigned esize, const uint8_t *n, bool high, bool sign)
{
    unsigned elements = l.bits / esize, half = esize / 2;
    for (unsigned e = 0; e < elements; e++) {
        uint64_t x = Elem(n, high ? elements + e : e, half);
        SetElem(l.d, e, esize, sign ? (uint64_t)SInt(x, half) : x);
    }
}
static ALWAYS_INLINE void unpk(struct cpu *cpu, const struct op *op, bool high, bool sign)
{
    struct lanes l = lanes_z_zz(cpu, op);
    struct zcopy n;
    z_copy(&n, cpu, op->Zn);
    switch (l.esize) {
    case 16: unpk_at(l, 16, n.b, high, sign); break;
    case 32: unpk_at(l, 32, n.b, high, sign); break;
    default: unpk_at(l, 64, n.b, high, sign); break;
    }
}
void exec_SUNPKLO_z_z(struct cpu *cpu, const struct op *op) { unpk(cpu, op, false, true); }
void exec_SUNPKHI_z_z(struct cpu *cpu, const struct op *op) { unpk(cpu, op, true, true); }
void exec_UUNPKLO_z_z(struct cpu *cpu, const struct op *op) { unpk(cpu, op, false, false); }
void exec_UUNPKHI_z_z(struct cpu *cpu, const struct op *op) { unpk(cpu, op, true, false); }

static void insr(struct cpu *cpu, const struct op *op, uint64_t x)
{
    unsigned bytes = 1u << op->size;
    uint8_t *d = ZForWrite(cpu, op->Zdn);
    memmove(d + bytes, d, CurrentVL(cpu) / 8 - bytes);
    SetElem(d, 0, 8 * bytes, x);
}
void exec_INSR_z_r(struct cpu *cpu, const struct op *op) { insr(cpu, op, X(cpu, op->Rm)); }
void exec_INSR_z_v(struct cpu *cpu, const struct op *op) { insr(cpu, op, V(cpu, op->Vm, esize_of(op))); }

/* ---- Segments of two sources ---- */
/* The bytes from imm8 on of Zdn followed by Zm; beyond Zdn, from 0. */
void exec_EXT_z_zi_des(struct cpu *cpu, const struct op *op)
{
    unsigned length = CurrentVL(cpu) / 8, position = (unsigned)op->imm8h << 3 | op->imm8l;
    uint8_t *d = ZForWrite(cpu, op->Zdn);
    struct zcopy m;

    z_copy(&m, cpu, op->Zm);
    if (position >= length)
        position = 0;
    memmove(d, d + position, length - position);
    memcpy(d + length - position, m.b, position);
}
/* From the first to the last active element, then Zm from its first. */
void exec_SPLICE_z_p_zz_des(struct cpu *cpu, const struct op *op)
{
    unsigned length = CurrentVL(cpu) / 8, bytes = 1u << op->size, taken = 0;
    struct pbits active = pred_active(cpu, op->Pv, esize_of(op));
    int first = pred_lowest(active), last = pred_highest(active);
    uint8_t *d = ZForWrite(cpu, op->Zdn);
    struct zcopy m;

    z_copy(&m, cpu, op->Zm);
    if (last >= 0) {
        taken = (unsigned)(last - first) + bytes;
        memmove(d, d + first, taken);
    }
    memcpy(d + taken, m.b, length - taken);
}
static ALWAYS_INLINE void compact_at(struct lanes l, unsigned esize, const uint8_t *n)
{
    unsigned to = 0;
    for (unsigned e = 0; e < l.bits / esize; e++)
        if (ActiveElem(l.g, e, esize))
            SetElem(l.d, to++, esize, Elem(n, e, esize));
    memset(l.d + to * (esize / 8), 0, l.bits / 8 - to * (esize / 8));
}
void exec_COMPACT_z_p_z(struct cpu *cpu, const struct op *op)
{
    struct lanes l = lanes_z_p_z(cpu, op);
    struct zcopy n;
    z_copy(&n, cpu, op->Zn);
    if (l.esize == 32)
        compact_at(l, 32, n.b);
    else
        compact_at(l, 64, n.b);
}

/* ---- The last active element, or the one after it ---- */
/* Both wrap around: no active element gives the highest for LASTB, the lowest for LASTA. */
static uint64_t last_element(const struct cpu *cpu, const struct op *op, unsigned z, bool after)
{
    unsigned esize = esize_of(op), elements = CurrentVL(cpu) / esize;
    int last = LastActiveElement(cpu, op->Pg, esize);
    unsigned e = after ? (unsigned)(last + 1) % elements : last < 0 ? elements - 1 : (unsigned)last;
    return Elem(Z(cpu, z), e, esize);
}
void exec_LASTA_r_p_z(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, last_element(cpu, op, op->Zn, true)); }
void exec_LASTB_r_p_z(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Rd, last_element(cpu, op, op->Zn, false)); }
void exec_LASTA_v_p_z(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Vd, esize_of(op), last_element(cpu, op, op->Zn, true));
}
void exec_LASTB_v_p_z(struct cpu *cpu, const struct op *op)
{
    SetV(cpu, op->Vd, esize_of(op), last_element(cpu, op, op->Zn, false));
}
/* Conditional: without an active element the destination keeps its low element. */
static void clast_r(struct cpu *cpu, const struct op *op, bool after)
{
    bool any = AnyActiveElement(cpu, op->Pg, esize_of(op));
    SetX(cpu, op->Rdn, any ? last_element(cpu, op, op->Zm, after) : UInt(X(cpu, op->Rdn), esize_of(op)));
}
static void clast_v(struct cpu *cpu, const struct op *op, bool after)
{
    bool any = AnyActiveElement(cpu, op->Pg, esize_of(op));
    SetV(cpu, op->Vdn, esize_of(op), any ? last_element(cpu, op, op->Zm, after) : V(cpu, op->Vdn, esize_of(op)));
}
static void clast_z(struct cpu *cpu, const struct op *op, bool after)
{
    if (AnyActiveElement(cpu, op->Pg, esize_of(op)))
        fill(cpu, op->Zdn, NULL, esize_of(op), last_element(cpu, op, op->Zm, after));
}
void exec_CLASTA_r_p_z(struct cpu *cpu, const struct op *op) { clast_r(cpu, op, true); }
void exec_CLASTB_r_p_z(struct cpu *cpu, const struct op *op) { clast_r(cpu, op, false); }
void exec_CLASTA_v_p_z(struct cpu *cpu, const struct op *op) { clast_v(cpu, op, true); }
void exec_CLASTB_v_p_z(struct cpu *cpu, const struct op *op) { clast_v(cpu, op, false); }
void exec_CLASTA_z_p_zz(struct cpu *cpu, const struct op *op) { clast_z(cpu, op, true); }
void exec_CLASTB_z_p_zz(struct cpu *cpu, const struct op *op) { clast_z(cpu, op, false); }
