/* Memory of instructions whose elements have addresses of their own: SVE loads, stores and prefetches by their ids
 * (LD3W_z_p_br_contiguous, LDFF1SH_z_p_bz_d_x32_scaled), memory copy and set, blocks of tags. Arm ARM C8.2, C6.2. */
#include <stdio.h>
#include <stdlib.h>

#include "isa/ldst.h"
#include "isa/operands_row.h"
#include "isa/pauth.h"
#include "isa/pred.h"
#include "isa/sve2p1.h"
#include "sysregs/sysregs.h"

/* ---- Rows ---- */
/* The letter of the size in memory. */
static unsigned bytes_of(const struct insn *insn, char letter)
{
    static const char letters[] = "BHWDQ";
    const char *p = strchr(letters, letter);
    if (!letter || !p) {
        fprintf(stderr, "svemu: row %s: no size of an element in its id\n", insn->id);
        abort();
    }
    return 1u << (p - letters);
}
/* The number behind the last '_', as in ..._u32 and ..._s64; 0: it is something else. */
static unsigned element_suffix(const char *id)
{
    const char *p = strrchr(id, '_');
    return p && (p[1] == 'u' || p[1] == 's') ? (unsigned)atoi(p + 2) : 0;
}
static void gather_compile(const char *form, unsigned msize, struct sve_row *v)
{
    bool doubleword = form[4] == 'd';

    v->how = form[1] == 'b' ? SVE_OFFSETS : SVE_ADDRESSES; /* _bz_d_, _ai_d, _ar_d_ */
    v->esize = msize == 16 ? 128 : doubleword ? 64 : 32;
    v->bits = strstr(form, "x32") && v->how == SVE_OFFSETS ? 32 : doubleword ? 64 : 32;
    v->scale = strstr(form, "_scaled") ? (uint8_t)__builtin_ctz(msize) : 0;
    v->immediate = form[2] == 'i';
}
void sve_row_compile(const struct insn *insn, struct sve_row *v)
{
    const char *id = insn->id, *form = strstr(id, "_z_p_"), *p = id + 2, *size;

    v->regs = 1;
    if (!strncmp(id + 2, "R_", 2)) {
        v->how = SVE_WHOLE;
        v->immediate = true;
        return;
    }
    if (!form)
        form = strstr(id, "_mz_p_") ? strstr(id, "_mz_p_") + 1 : strstr(id, "_i_p_");
    assert(form);
    for (size = id; size[1] != '_';)
        size++;
    v->msize = (uint8_t)bytes_of(insn, *size);
    p += strcspn(p, "1234");
    form += 4;
    if (form[2] == 'z' || form[1] == 'a') {
        gather_compile(form, v->msize, v);
        return;
    }
    v->immediate = form[2] == 'i';
    v->esize = (uint8_t)element_suffix(id);
    if (!v->esize && !strstr(insn->pattern, "size:2") && !strstr(insn->pattern, "sz:1"))
        v->esize = (uint8_t)(8 * v->msize);
    if (strstr(id, "_mz_")) {
        v->how = SVE_GROUP;
        v->regs = (uint8_t)(id[strlen(id) - 1] - '0');
    } else if (p[0] == '1' && p[1] == 'R' && (p[2] == 'Q' || p[2] == 'O')) {
        v->how = SVE_BLOCK;
        v->block = p[2] == 'Q' ? 16 : 32;
    } else if (p[0] == '1' && p[1] == 'R') {
        v->how = SVE_ONE;
    } else {
        v->how = SVE_CONTIGUOUS;
        v->regs = p[0] >= '2' && p[0] <= '4' ? (uint8_t)(p[0] - '0') : 1;
    }
}

void sve_row_shape(const struct sve_row *v, const struct op *op, struct operands *o)
{
    o->shape = v->immediate ? MEMORY_OFFSET : MEMORY_REGISTER;
    o->shift = v->immediate ? 0 : (uint8_t)__builtin_ctz(v->msize);
    switch (v->how) {
    case SVE_WHOLE:
        o->offset = (int32_t)op->imm;
        o->offset_vl = true;
        o->size_vl = strstr(insn_table[op->row].id, "_p_") ? 4 : 1;
        o->size_regs = 1;
        break;
    case SVE_CONTIGUOUS:
    case SVE_GROUP:
        o->size_vl = (uint8_t)(1 + __builtin_ctz(sve_row_esize(v, op) / 8 / v->msize));
        o->size_regs = v->regs;
        o->offset_vl = v->immediate;
        if (o->prefetch)
            o->offset = v->immediate ? (int32_t)SignExtend(op->imm6, 6) : 0;
        else
            o->offset = v->immediate ? (int32_t)op->imm * v->regs : 0;
        break;
    case SVE_ONE:
        o->size = v->msize;
        o->offset = op->imm6 * v->msize;
        break;
    case SVE_BLOCK:
        o->size = v->block;
        o->offset = v->immediate ? (int32_t)op->imm * v->block : 0;
        break;
    default:
        o->shape = MEMORY_OTHER;
        o->shift = 0;
        break;
    }
}

/* ---- Accesses ---- */
struct accesses {
    struct access_range *list;
    unsigned count;
};
static ALWAYS_INLINE void add(struct accesses *a, uint64_t va, unsigned size, bool store)
{
    struct access_range *end = &a->list[a->count], *last = a->count ? end - 1 : NULL;

    if (last && last->va + last->size == va && last->store == store && last->size + size <= MAX_ACCESS_SIZE) {
        last->size = (uint16_t)(last->size + size);
        return;
    }
    assert(a->count < MAX_ACCESSES);
    *end = (struct access_range){ va, (uint16_t)size, store };
    a->count++;
}

/* Elements at base + e * stride, size bytes each. */
static void contiguous(const struct cpu *cpu, const struct op *op, const struct operands *o, const struct sve_row *v,
                       struct accesses *a)
{
    unsigned esize = sve_row_esize(v, op), elements = CurrentVL(cpu) / esize, size = v->regs * v->msize;
    uint64_t base = operands_address(cpu, o, 0);
    const uint8_t *g = P(cpu, op->Pg);

    for (unsigned e = 0; e < elements; e++)
        if (esize == 128 ? ActiveElem(g, 2 * e, 64) : ActiveElem(g, e, esize))
            add(a, base + (uint64_t)e * size, size, o->store);
}
static void group(const struct cpu *cpu, const struct op *op, const struct operands *o, const struct sve_row *v,
                  struct accesses *a)
{
    unsigned esize = 8u * v->msize, elements = CurrentVL(cpu) / esize * v->regs;
    uint64_t base = operands_address(cpu, o, 0);
    struct counter c = DecodeCounter(cpu, 8u + op->Pg);

    for (unsigned e = 0; e < elements; e++)
        if (counter_active(c, e, esize))
            add(a, base + (uint64_t)e * v->msize, v->msize, o->store);
}
static void one_or_block(const struct cpu *cpu, const struct op *op, const struct operands *o, const struct sve_row *v,
                         struct accesses *a)
{
    uint64_t base = operands_address(cpu, o, 0);

    if (v->how == SVE_ONE) {
        if (AnyActiveElement(cpu, op->Pg, sve_row_esize(v, op)))
            add(a, base, v->msize, false);
        return;
    }
    for (unsigned at = 0; at < v->block && at < CurrentVL(cpu) / 8; at += v->msize)
        if (ActiveElem(P(cpu, op->Pg), at / v->msize, 8u * v->msize))
            add(a, base + at, v->msize, false);
}
static void by_vector(const struct cpu *cpu, const struct op *op, const struct operand_row *r, struct accesses *a)
{
    const struct sve_row *v = &r->v;
    unsigned esize = v->esize, elements = CurrentVL(cpu) / esize, step = esize / (esize == 128 ? 64 : esize);
    unsigned lane = esize == 128 ? 64 : esize;
    const uint8_t *g = P(cpu, op->Pg), *z = Z(cpu, v->how == SVE_OFFSETS ? op->Zm : op->Zn);
    uint64_t base;

    if (v->how == SVE_OFFSETS)
        base = X(cpu, op->Rn);
    else
        base = v->immediate ? (uint64_t)op->imm5 * v->msize : X(cpu, op->Rm);
    for (unsigned e = 0; e < elements; e++) {
        if (!ActiveElem(g, e * step, lane))
            continue;
        uint64_t offset = UInt(Elem(z, e * step, lane), v->bits);
        if (v->how == SVE_OFFSETS && v->bits == 32 && op->xs)
            offset = (uint64_t)SInt(offset, 32);
        add(a, base + (offset << v->scale), v->msize, r->store);
    }
}
static void sve_accesses(const struct cpu *cpu, const struct op *op, const struct operand_row *r, struct accesses *a)
{
    struct operands o;

    if (r->v.how == SVE_OFFSETS || r->v.how == SVE_ADDRESSES) {
        by_vector(cpu, op, r, a);
        return;
    }
    isa_operands(op, &o);
    switch (r->v.how) {
    case SVE_CONTIGUOUS: contiguous(cpu, op, &o, &r->v, a); break;
    case SVE_GROUP: group(cpu, op, &o, &r->v, a); break;
    case SVE_WHOLE: add(a, operands_address(cpu, &o, 0), operands_size(cpu, &o), o.store); break;
    default: one_or_block(cpu, op, &o, &r->v, a); break;
    }
}

/* One step of memory copy or set in option A (isa/mops.c): to the end of a page, of either. */
static unsigned to_page_end(uint64_t va) { return 4096 - (unsigned)(va & 4095); }
static unsigned to_page_start(uint64_t va) { return (unsigned)((va - 1) & 4095) + 1; }
static void mops_step(const struct cpu *cpu, const struct op *op, const struct operands *o, struct accesses *a)
{
    uint64_t size = X(cpu, op->Rn), to = X(cpu, op->Rd), from = o->load ? X(cpu, op->Rs) : to;
    bool forward = (int64_t)size < 0 || !o->load;
    uint64_t left = forward ? 0 - size : size;

    if (!size || cpu->pstate.C)
        return;
    unsigned n = forward ? to_page_end(to + size) : to_page_start(to + size);
    unsigned m = forward ? to_page_end(from + size) : to_page_start(from + size);
    n = n < m ? n : m;
    n = left < n ? (unsigned)left : n;
    for (unsigned done = 0, chunk; done < n; done += chunk) {
        chunk = n - done < MAX_ACCESS_SIZE ? n - done : MAX_ACCESS_SIZE;
        uint64_t at = forward ? size + done : size - done - chunk;
        if (o->load)
            add(a, from + at, chunk, false);
        add(a, to + at, chunk, true);
    }
}
static void block(const struct cpu *cpu, const struct op *op, const struct operands *o, struct accesses *a)
{
    unsigned size = op->row == INSN_LDGM || op->row == INSN_STGM ? mte_block_size(cpu) : zva_block(cpu);
    add(a, X(cpu, o->base) & ~(uint64_t)(size - 1), size, o->store);
}

unsigned isa_accesses(const struct cpu *cpu, const struct op *op, struct access_range list[MAX_ACCESSES])
{
    struct accesses a = { list, 0 };
    struct operands o;

    if (op->row >= INSN_COUNT || insn_is_todo(op->row))
        return 0;
    const struct operand_row *r = operand_row(op->row);
    if (r->memory && r->sve) {
        sve_accesses(cpu, op, r, &a);
        return a.count;
    }
    isa_operands(op, &o);
    if (o.shape == MEMORY_NONE)
        return 0;
    if (op->row == INSN_LDRA)
        add(&a, LDRA_address(cpu, op), 8, false);
    else if (o.shape == MEMORY_OTHER && r->memory && o.size_regs == 0 && r->file[SLOT_M] == FILE_X)
        mops_step(cpu, op, &o, &a);
    else if (o.shape == MEMORY_OTHER)
        block(cpu, op, &o, &a);
    else {
        uint64_t va = operands_address(cpu, &o, 0);
        if (o.load || o.prefetch)
            add(&a, va, operands_size(cpu, &o), false);
        if (o.store)
            add(&a, va, operands_size(cpu, &o), true);
    }
    return a.count;
}
