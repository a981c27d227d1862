/* TLB maintenance: the operand's fields by instruction, the regime by EL and HCR_EL2, and the broadcast. Arm ARM C5.5,
 * D8.16; pseudocode AArch64.TLBI_*. */
#include "core/machine.h"
#include "core/stats.h"
#include "sysregs/rows.h"

/* The operand of the range forms: BaseADDR[36:0], TTL, NUM[43:39], SCALE[45:44], TG[47:46], ASID. TG = 00 is reserved;
 * it invalidates nothing. */
static bool decode_range(struct tlbi *t, uint64_t x, bool ipa)
{
    static const uint8_t granule_bits[] = { 0, 12, 14, 16 };
    unsigned bits = granule_bits[x >> 46 & 3], scale = x >> 44 & 3, num = x >> 39 & 31;

    if (!bits)
        return false;
    t->start = (x & (BIT(37) - 1)) << bits;
    if (!ipa) /* the rest of the address is copies of its top bit */
        t->start = (uint64_t)((int64_t)(t->start << (27 - bits)) >> (27 - bits));
    t->length = (uint64_t)(num + 1) << (5 * scale + 1 + bits);
    if (!ipa && t->start + t->length < t->start)
        t->length = -t->start;
    return true;
}

bool tlbi_decode(const struct cpu *cpu, const struct sysreg_row *row, uint64_t x, struct tlbi *t)
{
    bool ipa = (row->arg & TLBI_SCOPE_MASK) == TLBI_IPAS2;
    /* EL1's own TLBI at EL2 in the host is for the EL2&0 regime. */
    bool host = cpu->pstate.EL == EL2 && E2H(cpu) && TGE(cpu);
    uint64_t tcr;

    *t = (struct tlbi){ .scope = row->arg & TLBI_SCOPE_MASK, .last_level = row->arg & TLBI_LAST };
    t->regime = row->arg & TLBI_EL2 ? EL2 : EL1;
    if (t->regime == EL1 && host && t->scope != TLBI_ALL && t->scope != TLBI_VMALLS12 && t->scope != TLBI_IPAS2)
        t->regime = EL2;
    t->vmid = mmu_vmid(cpu);
    t->all_vmids = t->regime == EL1 && t->scope == TLBI_ALL;
    if (t->scope == TLBI_VMALL && t->regime == EL2)
        t->scope = TLBI_ALL;
    if (row->arg & TLBI_RANGE) {
        if (!decode_range(t, x, ipa))
            return false;
    } else if (ipa) {
        t->start = (x & (BIT(36) - 1)) << 12, t->length = 4096;
    } else {
        t->start = (uint64_t)((int64_t)(x << 20) >> 8) & ~UINT64_C(0xfff), t->length = 4096;
    }
    tcr = cpu->sysreg[t->regime == EL2 ? SR_TCR_EL2 : SR_TCR_EL1];
    t->asid = (uint16_t)(x >> 48 & (tcr & BIT(36) ? 0xffff : 0xff));
    if (t->regime == EL2 && !E2H(cpu) && t->scope == TLBI_VA)
        t->scope = TLBI_VAA; /* the EL2 regime has no ASIDs */
    return true;
}

bool exec_tlbi(struct cpu *cpu, const struct sysreg_row *row, uint64_t x)
{
    struct tlbi t;
    bool broadcast = row->arg & TLBI_BROADCAST || (cpu->pstate.EL == EL1 && cpu->sysreg[SR_HCR_EL2] & HCR_FB);

    count_event(cpu, COUNT_TLBI);
    if (broadcast)
        count_event(cpu, COUNT_TLBI_BROADCAST);
    if (!tlbi_decode(cpu, row, x, &t))
        return true;
    if (!broadcast) {
        tlb_invalidate(cpu, &t);
        return true;
    }
    for (unsigned i = 0; i < cpu->machine->cpu_count; i++)
        tlb_invalidate(cpu->machine->cpus[i], &t);
    return true;
}
