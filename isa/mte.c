/* FEAT_MTE: the instructions that only compute with tags in addresses. Arm ARM C6.2; pseudocode
 * aarch64/functions/memory (AArch64.ChooseNonExcludedTag and kin). */
#include "isa/isa.h"

enum { TAG_SHIFT = 56, GRANULE_SHIFT = 4 };

static unsigned tag_of(uint64_t address) { return address >> TAG_SHIFT & 15; }
static uint64_t with_tag(uint64_t address, unsigned tag)
{
    return (address & ~(UINT64_C(15) << TAG_SHIFT)) | (uint64_t)tag << TAG_SHIFT;
}
/* AArch64.AllocationTagAccessIsEnabled() at the current EL: HCR_EL2.ATA, SCTLR_ELx.ATA or ATA0. */
static bool AllocationTagAccessIsEnabled(const struct cpu *cpu)
{
    unsigned el = cpu->pstate.EL;
    bool host = el == EL2 || ELIsInHost(cpu, el);
    if (!host && !(cpu->sysreg[SR_HCR_EL2] & BIT(56)))
        return false;
    return SCTLR(cpu) & BIT(el == EL0 ? 42 : 43);
}
static unsigned ChooseNonExcludedTag(unsigned tag, unsigned offset, unsigned exclude)
{
    if (exclude == 0xffff)
        return 0;
    while (exclude >> tag & 1)
        tag = (tag + 1) & 15;
    for (; offset; offset--)
        do
            tag = (tag + 1) & 15;
        while (exclude >> tag & 1);
    return tag;
}
/* AArch64.RandomTag(): four steps of the generator in RGSR_EL1.SEED. */
static unsigned RandomTag(struct cpu *cpu)
{
    unsigned seed = cpu->sysreg[SR_RGSR_EL1] >> 8 & 0xffff, tag = 0;
    for (unsigned i = 0; i < 4; i++) {
        unsigned top = (seed >> 5 ^ seed >> 3 ^ seed >> 2 ^ seed) & 1;
        seed = top << 15 | seed >> 1;
        tag |= top << i;
    }
    cpu->sysreg[SR_RGSR_EL1] = (cpu->sysreg[SR_RGSR_EL1] & ~UINT64_C(0xffff00)) | seed << 8;
    return tag;
}

static void add_tag(struct cpu *cpu, const struct op *op, uint64_t address)
{
    unsigned tag = 0, exclude = cpu->sysreg[SR_GCR_EL1] & 0xffff;
    if (AllocationTagAccessIsEnabled(cpu))
        tag = ChooseNonExcludedTag(tag_of(X(cpu, op->Xn)), op->uimm4, exclude);
    SetX(cpu, op->Xd, with_tag(address, tag));
}
void exec_ADDG(struct cpu *cpu, const struct op *op)
{
    add_tag(cpu, op, X(cpu, op->Xn) + ((uint64_t)op->uimm6 << GRANULE_SHIFT));
}
void exec_SUBG(struct cpu *cpu, const struct op *op)
{
    add_tag(cpu, op, X(cpu, op->Xn) - ((uint64_t)op->uimm6 << GRANULE_SHIFT));
}
/* With GCR_EL1.RRND the choice is IMPLEMENTATION DEFINED: the same generator, started where software left it at zero.
 */
void exec_IRG(struct cpu *cpu, const struct op *op)
{
    uint64_t gcr = cpu->sysreg[SR_GCR_EL1], *rgsr = &cpu->sysreg[SR_RGSR_EL1];
    unsigned exclude = (unsigned)(X(cpu, op->Xm) | gcr) & 0xffff, tag = 0;

    if (AllocationTagAccessIsEnabled(cpu)) {
        if (gcr & BIT(16) && !(*rgsr & 0xffff00))
            *rgsr |= 0xace100;
        unsigned start = *rgsr & 15;
        tag = ChooseNonExcludedTag(start, RandomTag(cpu), exclude);
        *rgsr = (*rgsr & ~UINT64_C(15)) | tag;
    }
    SetX(cpu, op->Xd, with_tag(X(cpu, op->Xn), tag));
}
void exec_GMI(struct cpu *cpu, const struct op *op) { SetX(cpu, op->Xd, X(cpu, op->Xm) | BIT(tag_of(X(cpu, op->Xn)))); }

/* Difference of two addresses without their top bytes. */
static uint64_t subtract(const struct cpu *cpu, const struct op *op, int64_t *x, int64_t *y)
{
    *x = SignExtend(X(cpu, op->Xn), 56);
    *y = SignExtend(X(cpu, op->Xm), 56);
    return (uint64_t)*x - (uint64_t)*y;
}
void exec_SUBP(struct cpu *cpu, const struct op *op)
{
    int64_t x, y;
    SetX(cpu, op->Xd, subtract(cpu, op, &x, &y));
}
void exec_SUBPS(struct cpu *cpu, const struct op *op)
{
    int64_t x, y;
    uint64_t result = subtract(cpu, op, &x, &y);
    cpu->pstate.N = result >> 63;
    cpu->pstate.Z = result == 0;
    cpu->pstate.C = (uint64_t)x >= (uint64_t)y;
    cpu->pstate.V = 0; /* both fit in 56 bits */
    SetX(cpu, op->Xd, result);
}
