/* FEAT_MTE2: Allocation Tags in memory, Tag Checks and what follows from a mismatch. Arm ARM D10 (the Memory Tagging
 * Extension); pseudocode AArch64.AllocationTagAccessIsEnabled, AArch64.CheckTag, AArch64.TagCheckFault, AArch64.MemTag,
 * AArch64.MemZero.
 *
 * Whether an access is Tag Checked depends on the context (struct context), the address, the page and the instruction.
 * A page that is checked has no fast entry, so that every access to it comes here; one whose mismatches have no effect
 * (SCTLR_ELx.TCF = 0) is not checked. Choices where the architecture leaves one: an access with a mismatch that is
 * taken synchronously writes nothing; FAR_ELx holds the first address in the first granule that does not match, for DC
 * ZVA the register's value; an accumulated fault is in TFSR_ELx at once; a non-fault or first-fault element with a
 * mismatch counts as faulting unless TCF = 0, and accumulates nothing; TCF = 3 without FEAT_MTE3 behaves as 0. */
#include "mmu/internal.h"

bool (*mmu_tag_unchecked)(const struct cpu *cpu);

enum { TAG_GRANULE = 16, NO_MISMATCH = ~0u };

/* SCTLR of the regime that controls el. */
static uint64_t sctlr_of(const struct cpu *cpu, unsigned el)
{
    return cpu->sysreg[S1TranslationRegime(cpu, el) == EL2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1];
}

bool AArch64_AllocationTagAccessIsEnabled(const struct cpu *cpu, unsigned el)
{
    bool guest = el == EL1 || (el == EL0 && !ELIsInHost(cpu, EL0));

    if (!HaveFeat(cpu, FEAT_MTE2) || el3_traps(cpu, EL3_SCR_EL3_ATA) ||
        (guest && !bit(cpu->sysreg[SR_HCR_EL2], HCR_BIT_ATA)))
        return false;
    return bit(sctlr_of(cpu, el), el == EL0 ? SCTLR_ATA0 : SCTLR_ATA);
}

unsigned AArch64_EffectiveTCF(const struct cpu *cpu, unsigned el)
{
    unsigned tcf = sctlr_of(cpu, el) >> (el == EL0 ? SCTLR_TCF0 : SCTLR_TCF) & 3;
    return tcf == 3 && !HaveFeat(cpu, FEAT_MTE3) ? 0 : tcf;
}

/* AArch64.CheckTag() for a piece of an access: the offset in it of the first byte whose tag is not tag. */
static unsigned first_mismatch(const struct physmem *mem, const struct piece *p, unsigned tag)
{
    for (uint64_t pa = p->pa; pa < p->pa + p->size; pa = (pa | (TAG_GRANULE - 1)) + 1)
        if (phys_tag(mem, pa) != tag)
            return (unsigned)(pa - p->pa);
    return NO_MISMATCH;
}

/* AArch64.ReportTagCheckFault(). */
static void report(struct cpu *cpu, unsigned el, bool upper)
{
    cpu->sysreg[el == EL2 ? SR_TFSR_EL2 : el == EL1 ? SR_TFSR_EL1 : SR_TFSRE0_EL1] |= BIT(upper);
}

/* AArch64.TagCheckFault(): false when the exception has been taken. */
static bool TagCheckFault(struct cpu *cpu, uint64_t va, unsigned acc)
{
    unsigned el = access_el(cpu, acc), tcf = AArch64_EffectiveTCF(cpu, el);
    bool reads = !(acc & ACC_WRITE) || acc & ACC_ATOMIC;

    if (tcf == 1 || (tcf == 3 && reads)) {
        struct fault f = simple_fault(va, FAULT_TAG, acc);
        AArch64_Abort(cpu, va, &f, acc);
        return false;
    }
    report(cpu, el, bit(va, 55));
    return true;
}

bool tags_match(struct cpu *cpu, uint64_t va, unsigned acc, const struct piece p[2])
{
    unsigned tag = AArch64_AllocationTagFromAddress(va), start = 0;

    for (unsigned i = 0; i < 2 && p[i].size; start += p[i].size, i++) {
        unsigned offset = p[i].checked ? first_mismatch(cpu->mem, &p[i], tag) : NO_MISMATCH;
        if (offset == NO_MISMATCH)
            continue;
        if (mmu_tag_unchecked && cpu->op && mmu_tag_unchecked(cpu))
            return true;
        return acc & ACC_NOFAULT ? false : TagCheckFault(cpu, va + start + offset, acc);
    }
    return true;
}

/* ---- Loads and stores of tags ---- */

bool AArch64_MemTag_read(struct cpu *cpu, uint64_t va, unsigned acc, unsigned *tag)
{
    struct piece p[2];

    if (!mmu_resolve(cpu, va & ~UINT64_C(15), TAG_GRANULE, acc | ACC_UNTAGGED, true, p))
        return false;
    bool read = p[0].tagged && AArch64_AllocationTagAccessIsEnabled(cpu, access_el(cpu, acc));
    *tag = read ? phys_tag(cpu->mem, p[0].pa) : 0;
    if (unlikely(cpu->tlb_hidden) && read)
        watch_tags(cpu, va & ~UINT64_C(15), p, acc, *tag);
    return true;
}

static void set_tags(struct cpu *cpu, uint64_t va, const struct piece p[2], unsigned acc, unsigned tag)
{
    if (!AArch64_AllocationTagAccessIsEnabled(cpu, access_el(cpu, acc)))
        return;
    if (unlikely(cpu->tlb_hidden))
        watch_tags(cpu, va, p, acc | ACC_WRITE, tag);
    for (unsigned i = 0; i < 2 && p[i].size; i++)
        for (unsigned n = 0; n < p[i].size && p[i].tagged; n += TAG_GRANULE)
            phys_set_tag(cpu->mem, p[i].pa + n, tag);
}

bool AArch64_MemTag_write(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, unsigned tag)
{
    struct piece p[2];

    if (va & (TAG_GRANULE - 1)) {
        AArch64_AlignmentFault(cpu, va, acc | ACC_WRITE);
        return false;
    }
    if (!mmu_resolve(cpu, va, size, acc | ACC_WRITE | ACC_UNTAGGED, true, p))
        return false;
    set_tags(cpu, va, p, acc, tag);
    return true;
}

/* The block is within a page, and so is what can fault; faults report the address in the register. Only DC ZVA is Tag
 * Checked: the others write the tags. */
bool AArch64_MemZero(struct cpu *cpu, uint64_t va, unsigned size, bool data, bool tags)
{
    static const uint8_t zero[2048];
    uint64_t block = va & ~(uint64_t)(size - 1);
    unsigned acc = ACC_WRITE | ACC_ZERO, tag = AArch64_AllocationTagFromAddress(va);
    struct piece p[2];

    assert(size <= sizeof(zero));
    if (unlikely(cpu->tlb_hidden) && data && !tags && tlb_hit(cpu, tlb_first(cpu, block)->write_tag, block, size))
        return Mem_write_block(cpu, block, size, 4, 4, ACC_WRITE, zero); /* as exec_dc_zva() would have done itself */
    if (!mmu_resolve(cpu, va, 1, acc, true, p) || !mmu_resolve(cpu, block, size, acc, true, p))
        return false;
    if (tags)
        set_tags(cpu, block, p, acc, tag);
    else if (p[0].tagged && tag_checked(mmu_context(cpu, cpu->pstate.EL), va) &&
             first_mismatch(cpu->mem, &p[0], tag) != NO_MISMATCH && !TagCheckFault(cpu, va, acc))
        return false;
    return !data || Mem_write_block(cpu, block, size, 4, 4, acc, zero); /* zeros: their order does not matter */
}

void AArch64_AlignmentFault(struct cpu *cpu, uint64_t va, unsigned acc)
{
    struct fault f = simple_fault(va, FAULT_ALIGNMENT, acc);
    AArch64_Abort(cpu, va, &f, acc);
}
