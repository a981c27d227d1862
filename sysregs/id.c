/* Identification registers, computed from the claimed features. Arm ARM D19.2 (ID_AA64*, CTR_EL0, CLIDR_EL1, ...). */
#include "core/machine.h"
#include "core/model.h"
#include "core/why.h"
#include "sysregs/rows.h"

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

/* The identity of a CPU without a machine or a configuration (tests) is that of model=lab. */
static const struct cpu_identity *identity(const struct cpu *cpu)
{
    const struct cpu_config *c = cpu_config_of(cpu);
    return c && c->identity.ctr ? &c->identity : &model_row(0)->identity;
}

/* CLIDR_EL1.Ctype<n>: 0 none, 1 instruction, 2 data, 3 both, 4 unified. */
static unsigned cache_type(const struct cache level[2])
{
    if (level[CACHE_INSTRUCTION].size)
        return level[CACHE_DATA].size ? 3 : 1;
    return level[CACHE_DATA].size ? 4 : 0; /* a level without an instruction cache is unified */
}

static void compute_caches(struct cpu *cpu)
{
    const struct cpu_identity *id = identity(cpu);
    cpu->sysreg[SR_CTR_EL0] = id->ctr;
    cpu->sysreg[SR_CLIDR_EL1] = id->clidr;
    for (unsigned level = 0; level < CACHE_LEVELS; level++)
        set_field(cpu, SR_CLIDR_EL1, 3 * level, 3, cache_type(id->cache[level]));
    cpu->sysreg[SR_DCZID_EL0] = id->dczid_bs;
    cpu->sysreg[SR_GMID_EL1] = HaveFeat(cpu, FEAT_MTE2) ? 4 : 0;
    cpu->sysreg[SR_REVIDR_EL1] = id->revidr;
}

/* Aff3, U, MT, Aff2, Aff1, Aff0. */
#define MPIDR_MASK UINT64_C(0xff41ffffff)

void id_registers_compute(struct cpu *cpu)
{
    const struct cpu_config *c = cpu_config_of(cpu);

    sysreg_masks_compute(cpu);
    compute_features(cpu);
    compute_pauth(cpu);
    compute_caches(cpu);
    set_field(cpu, SR_ID_AA64DFR0_EL1, 12, 4, BREAKPOINTS - 1);
    set_field(cpu, SR_ID_AA64DFR0_EL1, 20, 4, WATCHPOINTS - 1);
    set_field(cpu, SR_ID_AA64DFR0_EL1, 28, 4, CONTEXT_BREAKPOINTS - 1);
    cpu->sysreg[SR_MIDR_EL1] = c ? c->midr : 0x000f0510;
    cpu->sysreg[SR_MPIDR_EL1] = BIT(31) | (cpu->mpidr & MPIDR_MASK);
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

/* Of a cache that CSSELR_EL1 names wrongly the value is UNKNOWN: 0. With FEAT_CCIDX the fields are wider. */
uint64_t ccsidr_read(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t csselr = cpu->sysreg[SR_CSSELR_EL1];
    unsigned level = Bits(csselr, 3, 1), line_log2 = 0;

    (void)r;
    if (level >= CACHE_LEVELS)
        return 0;
    const struct cache *cache = &identity(cpu)->cache[level][csselr & 1 ? CACHE_INSTRUCTION : CACHE_DATA];
    if (!cache->size)
        return 0;
    while (cache->line >> line_log2 > 1)
        line_log2++;
    uint64_t sets = cache->size / cache->line / cache->ways, shape = line_log2 - 4;
    if (HaveFeat(cpu, FEAT_CCIDX))
        return (sets - 1) << 32 | (uint64_t)(cache->ways - 1) << 3 | shape;
    return (sets - 1) << 13 | (uint64_t)(cache->ways - 1) << 3 | shape;
}

/* DCZID_EL0.DZP: does SCTLR_ELx.DZE or HCR_EL2.TDZ trap DC ZVA here? HFGITR_EL2.DCZVA has no part in it. */
uint64_t dczid_read(struct cpu *cpu, enum sysreg_index r)
{
    struct sysreg_row zva = sysreg_table[SR_COUNT + SI_DC_ZVA];

    zva.fgt = (struct fgt){ 0 };
    bool trapped = cpu->pstate.EL < EL2 && traps_check(cpu, &zva, r, true) != ACCESS_OK;

    why_end(cpu);
    return cpu->sysreg[r] | (uint64_t)trapped << 4;
}
