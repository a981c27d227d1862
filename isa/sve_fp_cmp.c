/* SVE floating-point comparisons: to predicates, inactive elements false. Arm ARM C8. */
#include "isa/elem_sve_fp.h"

typedef bool compare_fn(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp);

static bool e_fcmgt_reversed(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPCompareGT(m, n, esize, fp);
}
static bool e_fcmge_reversed(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPCompareGE(m, n, esize, fp);
}
static bool e_facgt(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPCompareGT(e_fabs(n, esize, fp), e_fabs(m, esize, fp), esize, fp);
}
static bool e_facge(uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return FPCompareGE(e_fabs(n, esize, fp), e_fabs(m, esize, fp), esize, fp);
}

/* An element's result goes to its predicate bit after the governing bit of that element was read: Pd may be Pg. */
static ALWAYS_INLINE void compare_at(struct lanes l, unsigned esize, bool with_zero, compare_fn *f,
                                     struct fp_status *fp)
{
    for (unsigned e = 0; e < l.bits / esize; e++)
        SetPElem(l.d, e, esize,
                 ActiveElem(l.g, e, esize) && f(Elem(l.n, e, esize), with_zero ? 0 : Elem(l.m, e, esize), esize, fp));
}
static ALWAYS_INLINE void compare(struct cpu *cpu, const struct op *op, bool with_zero, compare_fn *f)
{
    struct lanes l = { .d = PForWrite(cpu, op->d),
                       .n = Z(cpu, op->n),
                       .m = Z(cpu, op->m),
                       .g = P(cpu, op->g),
                       .bits = CurrentVL(cpu),
                       .esize = 8u << op->size };
    FOR_ESIZE_FROM_16(l, compare_at, with_zero, f, &cpu->fp)
}
void exec_FCMEQ_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, false, FPCompareEQ); }
void exec_FCMNE_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, false, FPCompareNE); }
void exec_FCMGE_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, false, FPCompareGE); }
void exec_FCMGT_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, false, FPCompareGT); }
void exec_FCMUO_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, false, FPCompareUN); }
void exec_FACGE_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, false, e_facge); }
void exec_FACGT_p_p_zz(struct cpu *cpu, const struct op *op) { compare(cpu, op, false, e_facgt); }

void exec_FCMEQ_p_p_z0(struct cpu *cpu, const struct op *op) { compare(cpu, op, true, FPCompareEQ); }
void exec_FCMNE_p_p_z0(struct cpu *cpu, const struct op *op) { compare(cpu, op, true, FPCompareNE); }
void exec_FCMGE_p_p_z0(struct cpu *cpu, const struct op *op) { compare(cpu, op, true, FPCompareGE); }
void exec_FCMGT_p_p_z0(struct cpu *cpu, const struct op *op) { compare(cpu, op, true, FPCompareGT); }
void exec_FCMLE_p_p_z0(struct cpu *cpu, const struct op *op) { compare(cpu, op, true, e_fcmge_reversed); }
void exec_FCMLT_p_p_z0(struct cpu *cpu, const struct op *op) { compare(cpu, op, true, e_fcmgt_reversed); }
