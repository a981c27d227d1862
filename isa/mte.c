/* FEAT_MTE: the instructions that compute with tags in addresses, and those that load and store Allocation Tags. Arm
 * ARM C6.2; pseudocode aarch64/functions/memory (AArch64.ChooseNonExcludedTag and kin). Tags in memory are
 * mmu/tags.c's.
 *
 * Loads and stores of several granules check all of them before the first is written. */
#include "isa/ldst.h"
#include "sysregs/sysregs.h"

enum { TAG_SHIFT = 56, GRANULE_SHIFT = 4, TAG_GRANULE = 1 << GRANULE_SHIFT };

static unsigned tag_of(uint64_t address) { return address >> TAG_SHIFT & 15; }
static uint64_t with_tag(uint64_t address, unsigned tag)
{
    return (address & ~(UINT64_C(15) << TAG_SHIFT)) | (uint64_t)tag << TAG_SHIFT;
}
static unsigned ChooseNonExcludedTag(unsigned tag, unsigned offset, unsigned exclude)
{
    if (exclude == 0xffff)
        return 0;
    while (offset == 0 && exclude >> tag & 1) /* with an offset the first may be an excluded one */
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
    if (AArch64_AllocationTagAccessIsEnabled(cpu, cpu->pstate.EL))
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

    if (AArch64_AllocationTagAccessIsEnabled(cpu, cpu->pstate.EL)) {
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

/* ---- Which accesses are Tag Checked ---- */
bool op_tag_unchecked(const struct op *op)
{
    switch (op->row) {
    case INSN_LDR_lit_gen:
    case INSN_LDRSW_lit:
    case INSN_LDR_lit_fpsimd: return true;
    case INSN_LDRA: return op->Rn == SP_SLOT && !op->W;
    case INSN_LDIAPP:
    case INSN_STILP: return op->Rn == SP_SLOT && op->opc2 & 1; /* else write-back */
    default: return insn_table[op->row].sp_untagged && op->Rn == SP_SLOT;
    }
}

/* ---- Loads and stores of tags ---- */
static uint64_t tag_offset(const struct op *op) { return (uint64_t)SignExtend(op->imm9, 9) << GRANULE_SHIFT; }

void exec_LDG(struct cpu *cpu, const struct op *op)
{
    uint64_t address;
    unsigned tag;

    if (base_address(cpu, op->Xn, &address) && AArch64_MemTag_read(cpu, address + tag_offset(op), ACC_NORMAL, &tag))
        SetX(cpu, op->Xt, with_tag(X(cpu, op->Xt), tag));
}

enum index_mode { OFFSET, PRE_INDEX, POST_INDEX };

/* STG and kin: granules of 16 bytes get the tag in Xt, and zeros as their data where zero says so. */
static void store_tag(struct cpu *cpu, const struct op *op, enum index_mode mode, unsigned granules, bool zero)
{
    static const uint8_t zeros[2 * TAG_GRANULE];
    unsigned size = granules * TAG_GRANULE, tag = AArch64_AllocationTagFromAddress(X(cpu, op->Xt));
    uint64_t base, address;

    if (!base_address(cpu, op->Xn, &base))
        return;
    address = mode == POST_INDEX ? base : base + tag_offset(op);
    if (zero && address & (TAG_GRANULE - 1)) {
        AArch64_AlignmentFault(cpu, address, ACC_WRITE);
        return;
    }
    if ((zero && !Mem_write_block(cpu, address, size, 8, 8, ACC_WRITE | ACC_UNTAGGED, zeros)) ||
        !AArch64_MemTag_write(cpu, address, size, ACC_NORMAL, tag))
        return;
    if (mode != OFFSET)
        SetX(cpu, op->Xn, base + tag_offset(op));
}
void exec_STG_mcsettag(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, OFFSET, 1, false); }
void exec_STG_mcsettagpre(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, PRE_INDEX, 1, false); }
void exec_STG_mcsettagpost(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, POST_INDEX, 1, false); }
void exec_ST2G_mcsettagpair(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, OFFSET, 2, false); }
void exec_ST2G_mcsettagpairpre(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, PRE_INDEX, 2, false); }
void exec_ST2G_mcsettagpairpost(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, POST_INDEX, 2, false); }
void exec_STZG_mcsettagandzerodata(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, OFFSET, 1, true); }
void exec_STZG_mcsettagandzerodatapre(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, PRE_INDEX, 1, true); }
void exec_STZG_mcsettagandzerodatapost(struct cpu *cpu, const struct op *op)
{
    store_tag(cpu, op, POST_INDEX, 1, true);
}
void exec_STZ2G_mcsettagpairandzerodata(struct cpu *cpu, const struct op *op) { store_tag(cpu, op, OFFSET, 2, true); }
void exec_STZ2G_mcsettagpairandzerodatapre(struct cpu *cpu, const struct op *op)
{
    store_tag(cpu, op, PRE_INDEX, 2, true);
}
void exec_STZ2G_mcsettagpairandzerodatapost(struct cpu *cpu, const struct op *op)
{
    store_tag(cpu, op, POST_INDEX, 2, true);
}

/* A pair of registers as data, and the address's own tag. */
static void store_pair_and_tag(struct cpu *cpu, const struct op *op, enum index_mode mode)
{
    uint64_t base, offset = (uint64_t)SignExtend(op->simm7, 7) << GRANULE_SHIFT, address;
    uint64_t data[2] = { X(cpu, op->Xt), X(cpu, op->Xt2) };

    if (!base_address(cpu, op->Xn, &base))
        return;
    address = mode == POST_INDEX ? base : base + offset;
    if (address & (TAG_GRANULE - 1)) {
        AArch64_AlignmentFault(cpu, address, ACC_WRITE);
        return;
    }
    if (!Mem_write_block(cpu, address, 16, 8, 8, ACC_WRITE | ACC_UNTAGGED, data) ||
        !AArch64_MemTag_write(cpu, address, TAG_GRANULE, ACC_NORMAL, AArch64_AllocationTagFromAddress(address)))
        return;
    if (mode != OFFSET)
        SetX(cpu, op->Xn, base + offset);
}
void exec_STGP_mcsettaganddatapair(struct cpu *cpu, const struct op *op) { store_pair_and_tag(cpu, op, OFFSET); }
void exec_STGP_mcsettaganddatapairpre(struct cpu *cpu, const struct op *op) { store_pair_and_tag(cpu, op, PRE_INDEX); }
void exec_STGP_mcsettaganddatapairpost(struct cpu *cpu, const struct op *op)
{
    store_pair_and_tag(cpu, op, POST_INDEX);
}

/* ---- Tags of a block (FEAT_MTE2), at EL1 and EL2: 4 << GMID_EL1.BS bytes, for STZGM 4 << DCZID_EL0.BS ----
 * A granule's tag is at its place among those of the 256 bytes that it is in. */
static bool block_base(struct cpu *cpu, const struct op *op, uint64_t *address)
{
    if (cpu->pstate.EL == EL0) {
        UNDEFINED(cpu, "block tag instruction at EL0");
        return false;
    }
    return base_address(cpu, op->Xn, address);
}
/* Reserved values of GMID_EL1.BS count as the nearest that is not. */
unsigned mte_block_size(const struct cpu *cpu)
{
    unsigned bs = cpu->sysreg[SR_GMID_EL1] & 15;
    return 4u << (bs < 2 ? 2 : bs > 6 ? 6 : bs);
}

void exec_LDGM(struct cpu *cpu, const struct op *op)
{
    unsigned size = mte_block_size(cpu), tag;
    uint64_t address, data = 0;

    if (!block_base(cpu, op, &address))
        return;
    address &= ~(uint64_t)(size - 1);
    for (uint64_t a = address; a < address + size; a += TAG_GRANULE) {
        if (!AArch64_MemTag_read(cpu, a, ACC_NORMAL, &tag))
            return;
        data |= (uint64_t)tag << (a >> GRANULE_SHIFT & 15) * 4;
    }
    SetX(cpu, op->Xt, data);
}
void exec_STGM(struct cpu *cpu, const struct op *op)
{
    unsigned size = mte_block_size(cpu);
    uint64_t address, data = X(cpu, op->Xt);

    if (!block_base(cpu, op, &address))
        return;
    address &= ~(uint64_t)(size - 1);
    for (uint64_t a = address; a < address + size; a += TAG_GRANULE)
        if (!AArch64_MemTag_write(cpu, a, TAG_GRANULE, ACC_NORMAL, data >> (a >> GRANULE_SHIFT & 15) * 4 & 15))
            return;
}
void exec_STZGM(struct cpu *cpu, const struct op *op)
{
    static const uint8_t zeros[2048];
    unsigned zva = zva_block(cpu), size = zva < TAG_GRANULE ? TAG_GRANULE : zva, tag = X(cpu, op->Xt) & 15;
    uint64_t address;

    if (!block_base(cpu, op, &address))
        return;
    address &= ~(uint64_t)(size - 1);
    if (AArch64_MemTag_write(cpu, address, size, ACC_NORMAL, tag))
        (void)!Mem_write_block(cpu, address, size, 8, 8, ACC_WRITE | ACC_UNTAGGED, zeros);
}
