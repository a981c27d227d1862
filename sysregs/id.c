/* Identification registers, computed from the claimed features. Arm ARM D19.2 (ID_AA64*, CTR_EL0, CLIDR_EL1, ...). */
#include "core/machine.h"
#include "core/why.h"
#include "sysregs/rows.h"

/* 64-byte lines everywhere; L1 64 KiB 4-way instruction and data, L2 1 MiB 8-way unified. */
enum { LINE_LOG2 = 6, L1_SETS = 256, L1_WAYS = 4, L2_SETS = 2048, L2_WAYS = 8 };
/* Breakpoints, watchpoints, context-aware breakpoints (sysregs/debug.c). */
enum { BREAKPOINTS = 6, WATCHPOINTS = 4, CONTEXT_BREAKPOINTS = 2 };

static void set_field(struct cpu *cpu, unsigned reg, unsigned lo, unsigned width, uint64_t value)
{
    uint64_t mask = (width == 64 ? UINT64_MAX : BIT(width) - 1) << lo;
    cpu->sysreg[reg] = (cpu->sysreg[reg] & ~mask) | (value << lo & mask);
}

static void compute_features(struct cpu *cpu)
{
    for (unsigned f = 0; f < FEAT_COUNT; f++) {
        const struct feature_id *absent = &feature_table[f].absent;
        if (absent->used && !HaveFeat(cpu, (enum feature)f))
            set_field(cpu, absent->reg, absent->lo, 4, absent->value);
    }
    for (unsigned f = 0; f < FEAT_COUNT; f++) {
        if (!HaveFeat(cpu, (enum feature)f))
            continue;
        for (const struct feature_id *id = feature_table[f].id; id->used; id++)
            if (Bits(cpu->sysreg[id->reg], id->lo + 3u, id->lo) < id->value)
                set_field(cpu, id->reg, id->lo, 4, id->value);
    }
    if (!HaveFeat(cpu, FEAT_SVE)) /* BF16, I8MM of Advanced SIMD say nothing about SVE */
        cpu->sysreg[SR_ID_AA64ZFR0_EL1] = 0;
}

/* The address and generic authentication fields of the one algorithm that the CPU has. */
static void compute_pauth(struct cpu *cpu)
{
    static const struct {
        uint16_t reg;
        uint8_t address, generic;
    } algorithm[] = { { SR_ID_AA64ISAR1_EL1, 8, 28 }, { SR_ID_AA64ISAR1_EL1, 4, 24 }, { SR_ID_AA64ISAR2_EL1, 12, 8 } };
    unsigned level = 0;

    for (unsigned f = 0; f < FEAT_COUNT; f++)
        if (HaveFeat(cpu, (enum feature)f) && feature_table[f].pauth > level)
            level = feature_table[f].pauth;
    if (!level)
        return;
    set_field(cpu, algorithm[cpu->pauth_algo].reg, algorithm[cpu->pauth_algo].address, 4, level);
    set_field(cpu, algorithm[cpu->pauth_algo].reg, algorithm[cpu->pauth_algo].generic, 4, 1);
}

static void compute_caches(struct cpu *cpu)
{
    /* RES1; CWG and ERG 64 bytes; DIC, IDC; L1Ip PIPT; lines of 16 words. */
    cpu->sysreg[SR_CTR_EL0] = BIT(31) | BIT(29) | BIT(28) | 4u << 24 | 4u << 20 | 4u << 16 | 3u << 14 | 4u;
    /* Ctype1 separate, Ctype2 unified; LoC 2; LoUU and LoUIS 0, as IDC says. */
    cpu->sysreg[SR_CLIDR_EL1] = 2u << 24 | 4u << 3 | 3u;
    cpu->sysreg[SR_DCZID_EL0] = 4; /* 16 words */
    cpu->sysreg[SR_GMID_EL1] = HaveFeat(cpu, FEAT_MTE2) ? 4 : 0;
}

void id_registers_compute(struct cpu *cpu)
{
    const struct cpu_config *c = cpu->machine ? &cpu->machine->config[cpu->index] : NULL;

    sysreg_masks_compute(cpu);
    compute_features(cpu);
    compute_pauth(cpu);
    compute_caches(cpu);
    set_field(cpu, SR_ID_AA64DFR0_EL1, 12, 4, BREAKPOINTS - 1);
    set_field(cpu, SR_ID_AA64DFR0_EL1, 20, 4, WATCHPOINTS - 1);
    set_field(cpu, SR_ID_AA64DFR0_EL1, 28, 4, CONTEXT_BREAKPOINTS - 1);
    cpu->sysreg[SR_MIDR_EL1] = c ? c->midr : 0x000f0510;
    cpu->sysreg[SR_MPIDR_EL1] = BIT(31) | (cpu->mpidr & UINT64_C(0xff00ffffff));
    for (unsigned i = 0; c && i < c->id_overrides; i++)
        set_field(cpu, c->id_override[i].reg, c->id_override[i].lo, c->id_override[i].width, c->id_override[i].value);
}

/* MIDR_EL1 and MPIDR_EL1: a guest sees what EL2 has put into VPIDR_EL2 and VMPIDR_EL2. */
uint64_t id_read(struct cpu *cpu, enum sysreg_index r)
{
    if (cpu->pstate.EL == EL1)
        return cpu->sysreg[r == SR_MIDR_EL1 ? SR_VPIDR_EL2 : SR_VMPIDR_EL2];
    return cpu->sysreg[r];
}

/* Of a cache that CSSELR_EL1 names wrongly the value is UNKNOWN: 0. */
uint64_t ccsidr_read(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t csselr = cpu->sysreg[SR_CSSELR_EL1];
    unsigned level = Bits(csselr, 3, 1);

    (void)r;
    if (level == 0)
        return (uint64_t)(L1_SETS - 1) << 13 | (L1_WAYS - 1) << 3 | (LINE_LOG2 - 4);
    if (level == 1 && !(csselr & 1))
        return (uint64_t)(L2_SETS - 1) << 13 | (L2_WAYS - 1) << 3 | (LINE_LOG2 - 4);
    return 0;
}

/* DCZID_EL0.DZP: would DC ZVA trap here? */
uint64_t dczid_read(struct cpu *cpu, enum sysreg_index r)
{
    const struct sysreg_row *zva = &sysreg_table[SR_COUNT + SI_DC_ZVA];
    bool trapped = cpu->pstate.EL < EL2 && traps_check(cpu, zva, r, true) != ACCESS_OK;

    why_end(cpu);
    return cpu->sysreg[r] | (uint64_t)trapped << 4;
}
