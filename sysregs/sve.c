/* Access to FP, Advanced SIMD and SVE, and the vector length: CPACR_EL1, CPTR_EL2 in both layouts, ZCR_ELx. Arm ARM
 * D1.3.8, pseudocode CheckFPAdvSIMDEnabled64, CheckSVEEnabled, CurrentVL.
 *
 * Vector length changes: bits above the new length stay as they are when the length shrinks, and are what they were
 * when it grows again, which is one of the two behaviours that the architecture permits (the other is zero). */
#include "core/exception.h"
#include "core/machine.h"
#include "core/stats.h"
#include "core/timing.h"
#include "sysregs/rows.h"

enum { CPTR_TFP = 10, CPTR_TZ = 8, FPEN = 20, ZEN = 16 };

/* A two-bit enable field of CPACR_EL1 or CPTR_EL2: x0 traps everything, 01 traps EL0 (of the kernel that the register
 * belongs to), 11 nothing. */
static bool enable_traps(unsigned field, bool el0) { return !(field & 1) || (field == 1 && el0); }

/* CPACR_EL1's part; routed to EL2 with TGE, where an FP trap has no syndrome of its own. */
static unsigned cpacr_verdict(struct cpu *cpu, unsigned lo, unsigned ec)
{
    unsigned el = cpu->pstate.EL;

    if (el == EL2 || ELIsInHost(cpu, el) || !enable_traps((unsigned)control(cpu, SR_CPACR_EL1, lo, 2), el == EL0))
        return ACCESS_OK;
    if (!TGE(cpu))
        return ACCESS_TRAP_EC(EL1, ec);
    return ACCESS_TRAP_EC(EL2, ec == EC_FP_SVE_ACCESS ? EC_UNKNOWN : ec);
}

static unsigned cptr_verdict(struct cpu *cpu, unsigned lo, unsigned trap_bit, unsigned ec)
{
    bool trap = E2H(cpu) ? enable_traps((unsigned)control(cpu, SR_CPTR_EL2, lo, 2), cpu->pstate.EL == EL0 && TGE(cpu))
                         : control(cpu, SR_CPTR_EL2, trap_bit, 1);
    return trap ? ACCESS_TRAP_EC(EL2, ec) : ACCESS_OK;
}

static unsigned el3_verdict(const struct cpu *cpu, enum el3_control c, unsigned ec)
{
    return unlikely(el3_traps(cpu, c)) ? ACCESS_TRAP_EL3(c, ec) : ACCESS_OK;
}

unsigned fp_verdict(struct cpu *cpu)
{
    unsigned v = cpacr_verdict(cpu, FPEN, EC_FP_SVE_ACCESS);

    if (!v)
        v = cptr_verdict(cpu, FPEN, CPTR_TFP, EC_FP_SVE_ACCESS);
    return v ? v : el3_verdict(cpu, EL3_CPTR_EL3_TFP, EC_FP_SVE_ACCESS);
}

unsigned sve_verdict(struct cpu *cpu)
{
    unsigned v = cpacr_verdict(cpu, ZEN, EC_SVE);

    if (!v)
        v = cpacr_verdict(cpu, FPEN, EC_FP_SVE_ACCESS);
    if (!v)
        v = cptr_verdict(cpu, ZEN, CPTR_TZ, EC_SVE);
    if (!v)
        v = cptr_verdict(cpu, FPEN, CPTR_TFP, EC_FP_SVE_ACCESS);
    if (!v)
        v = el3_verdict(cpu, EL3_CPTR_EL3_EZ, EC_SVE);
    return v ? v : el3_verdict(cpu, EL3_CPTR_EL3_TFP, EC_FP_SVE_ACCESS);
}

static bool go_on(struct cpu *cpu, unsigned (*verdict_of)(struct cpu *cpu))
{
    why_begin(cpu);
    unsigned verdict = verdict_of(cpu), ec = access_ec(verdict);
    uint32_t iss = ec == EC_FP_SVE_ACCESS ? 0x1e00000 : 0;

    if (verdict == ACCESS_OK) {
        why_end(cpu);
        return true;
    }
    if ((verdict & 0xff) == EL3)
        AArch64_TakeExceptionToEL3(cpu, verdict >> 16, ec, iss);
    else
        AArch64_Trap(cpu, verdict & 0xff, ec, iss);
    return false;
}

bool CheckFPEnabled64(struct cpu *cpu) { return go_on(cpu, fp_verdict); }
bool CheckSVEEnabled(struct cpu *cpu) { return go_on(cpu, sve_verdict); }

/* ZCR_ELx itself: only the SVE controls, and of CPACR_EL1 only what traps EL1. */
unsigned check_zcr(struct cpu *cpu, enum sysreg_index r, bool write)
{
    unsigned v = ACCESS_OK;

    (void)r, (void)write;
    if (cpu->pstate.EL == EL1)
        v = cpacr_verdict(cpu, ZEN, EC_SVE);
    if (!v)
        v = cptr_verdict(cpu, ZEN, CPTR_TZ, EC_SVE);
    return v ? v : el3_verdict(cpu, EL3_CPTR_EL3_EZ, EC_SVE);
}

/* The largest implemented VQ not above vq. */
static unsigned implemented_vq(const struct cpu *cpu, unsigned vq)
{
    unsigned below = cpu->vq_set & ((2u << (vq - 1)) - 1);
    return below ? 32 - (unsigned)__builtin_clz(below) : 1;
}

/* The smallest of the LEN requests that apply, then the largest implemented length not above it. */
unsigned vl_at(const struct cpu *cpu, unsigned el)
{
    unsigned vq = 16, zcr1 = (cpu->sysreg[SR_ZCR_EL1] & 15) + 1, zcr2 = (cpu->sysreg[SR_ZCR_EL2] & 15) + 1;

    if (!cpu->vq_set)
        return 128;
    if (el < EL2 && !ELIsInHost(cpu, el))
        vq = zcr1;
    if (zcr2 < vq)
        vq = zcr2;
    if (unlikely(cpu->el3.have) && cpu->el3.zcr_len + 1u < vq)
        vq = cpu->el3.zcr_len + 1u;
    return 128 * implemented_vq(cpu, vq);
}

void cpu_update_traps(struct cpu *cpu)
{
    unsigned vl = vl_at(cpu, cpu->pstate.EL);

    if (unlikely(vl != cpu->vl_bits)) {
        unsigned old = cpu->vl_bits;
        cpu->vl_bits = vl;
        count_event(cpu, COUNT_VL_CHANGE);
        if (unlikely(cpu->timing != NULL))
            timing_vl_changed(cpu);
        OBSERVE(cpu->machine, vl_changed, cpu, old);
    }
    cpu->fp_trap = fp_verdict(cpu) != ACCESS_OK;
    cpu->sve_trap = cpu->fp_trap || sve_verdict(cpu) != ACCESS_OK;
}

void traps_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    if (cpu->sysreg[r] != old)
        cpu_update_traps(cpu);
}

/* A request of len for less than ZCR_EL3.LEN allows leaves nothing to see; one for more does, if the CPU has more. */
static void zcr_el3_shows(struct cpu *cpu, unsigned len)
{
    if (len > cpu->el3.zcr_len && implemented_vq(cpu, len + 1) != implemented_vq(cpu, cpu->el3.zcr_len + 1u))
        el3_tell(cpu, cpu, EL3_ZCR_EL3_LEN, EL3_LIMITED);
}

void zcr_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    unsigned vl = cpu->vl_bits;

    traps_written(cpu, r, old);
    if (cpu->vl_bits != vl)
        timing_sync(cpu, SYNC_VL);
    if (unlikely(cpu->el3.have))
        zcr_el3_shows(cpu, cpu->sysreg[r] & 15);
    count_event(cpu, COUNT_ZCR_WRITE);
    OBSERVE(cpu->machine, zcr_written, cpu, r);
}

/* CPTR_EL2 holds both layouts; the fields of the other one read as that layout's RES0 and RES1. */
uint64_t cptr_read(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t v = cpu->sysreg[r];

    if (E2H(cpu))
        return v & ~(BIT(CPTR_TFP) | BIT(CPTR_TZ) | BIT(12));
    v &= ~(UINT64_C(3) << FPEN | UINT64_C(3) << ZEN | UINT64_C(3) << 24 | BIT(29));
    v |= 0x22ff; /* bits 13, 9 and 7:0 */
    return v | (HaveFeat(cpu, FEAT_SVE) ? 0 : BIT(CPTR_TZ)) | (HaveFeat(cpu, FEAT_SME) ? 0 : BIT(12));
}
