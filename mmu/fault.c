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

/* What each stage is enabled by, as far as the access got. */
static void record_stages(struct cpu *cpu, const struct fault *f, unsigned el)
{
    bool host = ELIsInHost(cpu, el), el2 = S1TranslationRegime(cpu, el) == EL2;

    (void)control(cpu, el2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1, SCTLR_M, 1);
    if (el < EL2 && !host && (f->secondstage || f->status == FAULT_EXTERNAL))
        (void)(control_any(cpu, SR_HCR_EL2, HCR_VM) || control_any(cpu, SR_HCR_EL2, HCR_DC));
}

/* Faults of a walk or of permissions: kind, stage and level make the reason; addresses do not. */
static void explain_mmu(struct cpu *cpu, const struct fault *f, bool fetch)
{
    static const char *const kinds[] = { "address size fault", "translation fault", "access flag fault",
                                         "permission fault" };
    unsigned kind = f->status >> 2, level = f->status & 3;
    const char *access = fetch ? "fetch" : f->cache_op ? "cache operation" : f->write ? "write" : "read";

    if (kind == FAULT_PERMISSION >> 2 && f->pan) {
        control_state(cpu, "PSTATE.PAN", 1);
        why_decides(cpu, 1);
    }
    if (kind == FAULT_PERMISSION >> 2 && !f->s2fs1walk) {
        cpu_why(cpu,
                f->secondstage ? "permission fault stage 2 level %lu (%s)|VA %#lx, IPA %#lx"
                               : "permission fault stage 1 level %lu (%s)|VA %#lx",
                level, (uintptr_t)access, f->vaddr, f->ipa);
        return;
    }
    if (f->s2fs1walk)
        cpu_why(cpu, "%s stage 2 level %lu on a stage 1 walk|VA %#lx, descriptor IPA %#lx", (uintptr_t)kinds[kind],
                level, f->vaddr, f->ipa);
    else
        cpu_why(cpu, f->secondstage ? "%s stage 2 level %lu|VA %#lx, IPA %#lx" : "%s stage 1 level %lu|VA %#lx",
                (uintptr_t)kinds[kind], level, f->vaddr, f->ipa);
}

static void explain(struct cpu *cpu, const struct fault *f, unsigned acc)
{
    unsigned el = access_el(cpu, acc);
    enum sysreg_index sctlr = S1TranslationRegime(cpu, el) == EL2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1;

    why_begin(cpu);
    record_stages(cpu, f, el);
    if (f->status < FAULT_EXTERNAL) {
        explain_mmu(cpu, f, acc & ACC_FETCH);
    } else if (f->status == FAULT_EXTERNAL) {
        cpu_why(cpu, "external abort|VA %#lx", 0, 0, f->vaddr, 0);
    } else if (is_external_abort(f)) {
        cpu_why(cpu, "external abort on a stage %lu walk, level %lu|VA %#lx", f->secondstage ? 2 : 1, f->status & 3,
                f->vaddr, 0);
    } else if (f->status == FAULT_ALIGNMENT) {
        if (control(cpu, sctlr, SCTLR_A, 1))
            why_decides(cpu, 1);
        cpu_why(cpu,
                f->secondstage ? "alignment fault, Device memory by stage 2|VA %#lx, IPA %#lx"
                               : "alignment fault|VA %#lx",
                0, 0, f->vaddr, f->ipa);
    } else if (f->status == FAULT_TAG) {
        (void)control(cpu, sctlr, el == EL0 ? SCTLR_TCF0 : SCTLR_TCF, 2);
        why_decides(cpu, 1);
        cpu_why(cpu, "Tag Check Fault|VA %#lx", 0, 0, f->vaddr, 0);
    } else if (f->status == FAULT_EXCLUSIVE) {
        cpu_why(cpu, "atomic or exclusive access to a device|VA %#lx", 0, 0, f->vaddr, 0);
    } else {
        cpu_why(cpu, "fault status %#lx|VA %#lx", f->status, 0, f->vaddr, 0);
    }
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
    explain(cpu, &at, acc);
    if (el < EL2 && HaveFeat(cpu, FEAT_RAS) && is_external_abort(f) && !f->secondstage) {
        (void)control(cpu, SR_HCR_EL2, HCR_BIT_TEA, 1);
        why_decides(cpu, 1);
    }
    AArch64_TakeException(cpu, target, &e, fetch ? cpu->pc : PC(cpu), VECT_SYNC);
}
