/* Delivering MMU faults: syndromes and routing. Arm ARM D1.3.5, D8.15, ESR_ELx; pseudocode AArch64.Abort,
 * AArch64.FaultSyndrome, AArch64.LSInstructionSyndrome. */
#include "mmu/internal.h"

#include "core/exception.h"

enum {
    ISS_ISV = 1 << 24,
    ISS_SSE = 1 << 21,
    ISS_SF = 1 << 15,
    ISS_AR = 1 << 14,
    ISS_CM = 1 << 8,
    ISS_S1PTW = 1 << 7,
    ISS_WnR = 1 << 6,
};

/* The syndrome of a load or store with these fields: size of the access (log2 bytes), opc as in the register forms. */
static uint32_t syndrome(unsigned size, unsigned opc, unsigned rt, bool acquire_release)
{
    bool sign_extend = opc & 2, sixty_four = sign_extend ? opc == 2 : size == 3;

    return ISS_ISV | size << 22 | (sign_extend ? ISS_SSE : 0) | rt << 16 | (sixty_four ? ISS_SF : 0) |
           (acquire_release ? ISS_AR : 0);
}

/* Loads and stores of one general-purpose register without writeback have a syndrome; exclusives, atomics, pairs and
 * SIMD&FP registers have none. Encodings: Arm ARM C4.1, Loads and Stores. */
uint32_t LSInstructionSyndrome(uint32_t w)
{
    unsigned size = w >> 30, opc = w >> 22 & 3, rt = w & 31;
    bool prefetch = size == 3 && opc == 2;

    /* Load/store register: unsigned immediate; unscaled immediate; unprivileged; register offset. */
    if ((w & 0x3f000000) == 0x39000000 || (w & 0x3f200c00) == 0x38000000 || (w & 0x3f200c00) == 0x38000800 ||
        (w & 0x3f200c00) == 0x38200800)
        return prefetch || (size >= 2 && opc == 3) ? 0 : syndrome(size, opc, rt, false);
    /* Load register (literal): 0 is LDR Wt, 1 LDR Xt, 2 LDRSW, 3 PRFM. */
    if ((w & 0x3f000000) == 0x18000000)
        return size == 3 ? 0 : syndrome(size == 1 ? 3 : 2, size == 2 ? 2 : 1, rt, false);
    /* LDAR, STLR, LDLAR, STLLR: load/store ordered. */
    if ((w & 0x3fa00000) == 0x08800000)
        return syndrome(size, w >> 22 & 1, rt, true);
    /* LDAPUR, STLUR: LDAPR/STLR (unscaled immediate). */
    if ((w & 0x3f200c00) == 0x19000000)
        return prefetch || (size >= 2 && opc == 3) ? 0 : syndrome(size, opc, rt, true);
    /* LDRAA, LDRAB without write-back. */
    if ((w & 0xff200c00) == 0xf8200400)
        return syndrome(3, 1, rt, false);
    /* LDAPR. */
    if ((w & 0x3ffffc00) == 0x38bfc000)
        return syndrome(size, 1, rt, true);
    return 0;
}

/* The word of the instruction being executed, through the fetch translation; 0 if it can no longer be read. */
static uint32_t current_word(struct cpu *cpu)
{
    uint64_t pc = PC(cpu);
    struct fault f;
    uint32_t word = 0;
    const struct mapping *m = mmu_translate(cpu, pc, cpu->pstate.EL, ACC_FETCH | ACC_DEBUG, true, &f);
    const uint8_t *p = m ? phys_ram(cpu->mem, m->pa | (pc & (BIT(m->log2) - 1)), 4) : NULL;

    if (p)
        memcpy(&word, p, 4);
    return word;
}

static bool is_external_abort(const struct fault *f)
{
    return f->status == FAULT_EXTERNAL || (f->status & 0x3c) == FAULT_EXTERNAL_WALK;
}

/* IPAValid(): a stage 2 permission fault on the access itself leaves HPFAR_EL2 UNKNOWN, since the TLB that found it
 * need not know the IPA; hypervisors translate FAR_EL2 instead. */
static bool IPAValid(const struct fault *f)
{
    unsigned kind = f->status & 0x3c;

    if (!f->secondstage || f->status >= FAULT_EXTERNAL)
        return false;
    return f->s2fs1walk || kind != FAULT_PERMISSION;
}

/* AArch64.FaultSyndrome(). */
static uint32_t fault_syndrome(struct cpu *cpu, const struct fault *f, unsigned acc)
{
    uint32_t iss = f->status | (f->s2fs1walk ? ISS_S1PTW : 0);

    if (acc & ACC_FETCH)
        return iss;
    if (f->cache_op || f->at)
        return iss | ISS_CM | ISS_WnR;
    if (f->secondstage && !f->s2fs1walk && !is_external_abort(f) && !(acc & (ACC_EXCLUSIVE | ACC_ATOMIC | ACC_SVE)))
        iss |= LSInstructionSyndrome(current_word(cpu));
    return iss | (f->write ? ISS_WnR : 0);
}

static void explain(struct cpu *cpu, const struct fault *f)
{
    static const char *const s1[] = {
        "address size fault, level %lu, VA %#lx",
        "translation fault, level %lu, VA %#lx",
        "access flag fault, level %lu, VA %#lx",
        "permission fault, level %lu, VA %#lx",
    };
    static const char *const s2[] = {
        "stage 2 address size fault, level %lu, VA %#lx, IPA %#lx",
        "stage 2 translation fault, level %lu, VA %#lx, IPA %#lx",
        "stage 2 access flag fault, level %lu, VA %#lx, IPA %#lx",
        "stage 2 permission fault, level %lu, VA %#lx, IPA %#lx",
    };
    static const char *const walk[] = {
        "stage 2 address size fault on a stage 1 walk, level %lu, VA %#lx, descriptor IPA %#lx",
        "stage 2 translation fault on a stage 1 walk, level %lu, VA %#lx, descriptor IPA %#lx",
        "stage 2 access flag fault on a stage 1 walk, level %lu, VA %#lx, descriptor IPA %#lx",
        "stage 2 permission fault on a stage 1 walk, level %lu, VA %#lx, descriptor IPA %#lx",
    };
    const char *format = "abort, level %lu, VA %#lx";

    if (f->status < FAULT_EXTERNAL)
        format = (f->s2fs1walk ? walk : f->secondstage ? s2 : s1)[f->status >> 2];
    else if (is_external_abort(f))
        format = f->status == FAULT_EXTERNAL ? "external abort (%lu), VA %#lx"
                                             : "external abort on a translation table walk, level %lu, VA %#lx";
    else if (f->status == FAULT_ALIGNMENT)
        format = f->secondstage ? "alignment fault (%lu), VA %#lx, Device memory by stage 2, IPA %#lx"
                                : "alignment fault (%lu), VA %#lx";
    else if (f->status == FAULT_TAG)
        format = "synchronous Tag Check Fault (%lu), VA %#lx";
    else if (f->status == FAULT_EXCLUSIVE)
        format = "atomic or exclusive access (%lu) to a device, VA %#lx";
    cpu_why(cpu, format, f->status & 3, (unsigned long)f->vaddr, (unsigned long)f->ipa, 0);
}

void AArch64_Abort(struct cpu *cpu, uint64_t va, const struct fault *f, unsigned acc)
{
    bool tea = HaveFeat(cpu, FEAT_RAS) && bit(cpu->sysreg[SR_HCR_EL2], HCR_BIT_TEA) && is_external_abort(f);
    unsigned el = cpu->pstate.EL, target = el == EL2 || TGE(cpu) || f->secondstage || tea ? EL2 : EL1;
    bool fetch = acc & ACC_FETCH;
    struct fault at = *f;

    at.vaddr = va;
    struct exception e = { .ec = fetch ? EC_IABT_LOWER : EC_DABT_LOWER,
                           .iss = fault_syndrome(cpu, f, acc),
                           .vaddr = va,
                           .vaddr_valid = true,
                           .ipa = f->ipa,
                           .ipa_valid = IPAValid(f) };
    explain(cpu, &at);
    AArch64_TakeException(cpu, target, &e, fetch ? cpu->pc : PC(cpu), VECT_SYNC);
}
