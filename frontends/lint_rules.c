/* The rules of the ID lint. Each has a name, which every finding carries. The registers are those of a created CPU:
 * what software will read. "Arm ARM" is DDI 0487; the fields' descriptions are in its D24.2 (D19.2 in older issues). */
#include "frontends/lint.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/model.h"
#include "frontends/frontends.h"
#include "frontends/id_fields.h"
#include "sysregs/sysregs.h"

static void report(struct lint *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static const char *current_rule;

static void report(struct lint *l, const char *format, ...)
{
    va_list args;
    if (l->count == LINT_FINDINGS)
        return;
    struct lint_finding *f = &l->finding[l->count++];
    f->rule = current_rule;
    va_start(args, format);
    vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
}

static uint64_t value_of(const void *of, unsigned reg) { return ((const struct lint *)of)->cpu->sysreg[reg]; }

static unsigned field(const struct lint *l, unsigned f)
{
    return (unsigned)Bits(value_of(l, id_fields[f].reg), id_fields[f].hi, id_fields[f].lo);
}
#define F(REG, FIELD)    field(l, IDF_##REG##_##FIELD)
#define NAME(REG, FIELD) #REG "." #FIELD

/* The field of an ID register that has this low bit; NULL: none has. */
static const struct id_field *field_at(unsigned reg, unsigned lo)
{
    for (unsigned i = 0; i < ID_FIELDS; i++)
        if (id_fields[i].reg == reg && id_fields[i].lo == lo)
            return &id_fields[i];
    return NULL;
}

static bool says(const struct lint *l, enum feature f) { return feature_identified(f, value_of, l); }
static bool has_id(enum feature f) { return feature_table[f].id[0].used || feature_table[f].pauth; }

/* "ID_AA64PFR0_EL1.SVE = 0x1": the field that speaks for the feature. */
static const char *evidence(const struct lint *l, enum feature f, char text[96])
{
    const struct feature_id *id = feature_table[f].id;
    if (feature_table[f].pauth)
        snprintf(text, 96, "ID_AA64ISAR1_EL1.{APA, API} = {%#x, %#x}, ID_AA64ISAR2_EL1.APA3 = %#x",
                 F(ID_AA64ISAR1_EL1, APA), F(ID_AA64ISAR1_EL1, API), F(ID_AA64ISAR2_EL1, APA3));
    else if (field_at(id->reg, id->lo))
        snprintf(text, 96, "%s = %#x", field_at(id->reg, id->lo)->name,
                 (unsigned)Bits(value_of(l, id->reg), id->lo + 3u, id->lo));
    else
        snprintf(text, 96, "%s", sysreg_name(id->reg));
    return text;
}

/* ---- Rules from the tables ---- */

static void reserved_value(struct lint *l)
{
    for (unsigned i = 0; i < ID_FIELDS; i++) {
        unsigned v = field(l, i);
        bool there = sysreg_claimed(l->cpu, id_fields[i].reg);
        if (there && id_fields[i].values && (v > 15 || !(id_fields[i].values >> v & 1)))
            report(l, "%s = %#x is a value that the Arm ARM reserves", id_fields[i].name, v);
    }
}

/* Bits outside of all fields of a register. */
static void reserved_bits(struct lint *l)
{
    uint64_t known[SR_COUNT] = { [SR_CTR_EL0] = BIT(31) };
    for (unsigned i = 0; i < ID_FIELDS; i++)
        known[id_fields[i].reg] |= Bits(UINT64_MAX, id_fields[i].hi - id_fields[i].lo, 0) << id_fields[i].lo;
    for (unsigned r = 0; r < SR_COUNT; r++)
        if (known[r] && value_of(l, r) & ~known[r])
            report(l, "%s = %#" PRIx64 " has bits %#" PRIx64 " set, which are RES0", sysreg_name(r), value_of(l, r),
                   value_of(l, r) & ~known[r]);
    if (!(value_of(l, SR_CTR_EL0) & BIT(31)))
        report(l, "CTR_EL0 = %#" PRIx64 " has bit 31 clear, which is RES1", value_of(l, SR_CTR_EL0));
}

static void feature_needs(struct lint *l)
{
    char why[96], missing[96];
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        for (unsigned i = 0; i < 4 && feature_table[f].needs[i]; i++) {
            enum feature need = feature_table[f].needs[i];
            if (f != FEAT_BASE && has_id(need) && says(l, f) && !says(l, need))
                report(l, "%s (%s) requires %s, and %s", feature_name(f), evidence(l, f, why), feature_name(need),
                       evidence(l, need, missing));
        }
}

/* The version of the architecture is the highest that some feature presupposes. */
static void feature_mandatory(struct lint *l)
{
    unsigned version = 0;
    enum feature witness = FEAT_BASE;
    char why[96], missing[96];
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        if (feature_table[f].from > version && has_id(f) && says(l, f))
            version = feature_table[f].from, witness = f;
    for (unsigned f = 0; f < FEAT_COUNT; f++) {
        unsigned since = feature_table[f].since;
        if (since > 80 && since <= version && has_id(f) && !says(l, f))
            report(l, "%s is mandatory from Armv8.%u and %s; %s (%s) makes this CPU Armv8.%u", feature_name(f),
                   since - 80, evidence(l, f, missing), feature_name(witness), evidence(l, witness, why), version - 80);
    }
}

/* Registers that say one thing and instructions that do another. */
static void id_and_behaviour(struct lint *l)
{
    char why[96];
    for (unsigned f = FEAT_BASE + 1; f < FEAT_COUNT; f++) {
        bool claimed = feature_claimed(l->config, f);
        if (!has_id(f) || says(l, f) == claimed)
            continue;
        /* A level of pointer authentication that a higher one replaces is not a level of its own. */
        if (f == FEAT_EPAC)
            continue;
        if (claimed)
            report(l, "the CPU has %s and %s hides it (%s=no takes both away)", feature_name(f), evidence(l, f, why),
                   feature_name(f));
        else
            report(l, "%s shows %s, which the CPU does not have", evidence(l, f, why), feature_name(f));
    }
}

/* ---- Rules between fields ---- */

static void fp_advsimd(struct lint *l)
{
    if (F(ID_AA64PFR0_EL1, FP) != F(ID_AA64PFR0_EL1, AdvSIMD))
        report(l, "ID_AA64PFR0_EL1.FP = %#x and AdvSIMD = %#x, which must be equal", F(ID_AA64PFR0_EL1, FP),
               F(ID_AA64PFR0_EL1, AdvSIMD));
}

static void sve_zfr0(struct lint *l)
{
    uint64_t zfr0 = value_of(l, SR_ID_AA64ZFR0_EL1);
    if (zfr0 && !F(ID_AA64PFR0_EL1, SVE) && !F(ID_AA64PFR1_EL1, SME))
        report(l, "ID_AA64ZFR0_EL1 = %#" PRIx64 " without SVE or SME, where it is RES0", zfr0);
    if (value_of(l, SR_ID_AA64SMFR0_EL1) && !F(ID_AA64PFR1_EL1, SME))
        report(l, "ID_AA64SMFR0_EL1 = %#" PRIx64 " without SME, where it is RES0", value_of(l, SR_ID_AA64SMFR0_EL1));
}

static void sve_same_as_advsimd(struct lint *l)
{
    if (!F(ID_AA64PFR0_EL1, SVE))
        return;
    if (F(ID_AA64ZFR0_EL1, BF16) != F(ID_AA64ISAR1_EL1, BF16))
        report(l, "ID_AA64ZFR0_EL1.BF16 = %#x and ID_AA64ISAR1_EL1.BF16 = %#x, which must be equal with SVE",
               F(ID_AA64ZFR0_EL1, BF16), F(ID_AA64ISAR1_EL1, BF16));
    if (F(ID_AA64ZFR0_EL1, I8MM) != F(ID_AA64ISAR1_EL1, I8MM))
        report(l, "ID_AA64ZFR0_EL1.I8MM = %#x and ID_AA64ISAR1_EL1.I8MM = %#x, which must be equal with SVE",
               F(ID_AA64ZFR0_EL1, I8MM), F(ID_AA64ISAR1_EL1, I8MM));
}

static void vector_lengths(struct lint *l)
{
    const char *warning = vl_rule_warning(l->cpu->vq_set);
    if (warning)
        report(l, "the vector lengths are %s", warning);
}

static void pauth_algorithm(struct lint *l)
{
    unsigned apa = F(ID_AA64ISAR1_EL1, APA), api = F(ID_AA64ISAR1_EL1, API), apa3 = F(ID_AA64ISAR2_EL1, APA3);
    unsigned gpa = F(ID_AA64ISAR1_EL1, GPA), gpi = F(ID_AA64ISAR1_EL1, GPI), gpa3 = F(ID_AA64ISAR2_EL1, GPA3);
    if (!!apa + !!api + !!apa3 > 1)
        report(l, "ID_AA64ISAR1_EL1.{APA, API} = {%#x, %#x} and ID_AA64ISAR2_EL1.APA3 = %#x: a CPU has one algorithm",
               apa, api, apa3);
    if (!!gpa + !!gpi + !!gpa3 > 1)
        report(l, "ID_AA64ISAR1_EL1.{GPA, GPI} = {%#x, %#x} and ID_AA64ISAR2_EL1.GPA3 = %#x: a CPU has one algorithm",
               gpa, gpi, gpa3);
    if ((gpa || gpi || gpa3) && !(apa || api || apa3))
        report(l,
               "generic pointer authentication (ID_AA64ISAR1_EL1.{GPA, GPI} = {%#x, %#x}, GPA3 = %#x) without address "
               "authentication",
               gpa, gpi, gpa3);
}

static void exception_levels(struct lint *l)
{
    unsigned el0 = F(ID_AA64PFR0_EL1, EL0), el1 = F(ID_AA64PFR0_EL1, EL1), el2 = F(ID_AA64PFR0_EL1, EL2);
    if (el1 == 2 && el0 != 2)
        report(l, "ID_AA64PFR0_EL1.EL1 = 0x2 (AArch32 at EL1) needs AArch32 at EL0, and EL0 = %#x", el0);
    if (el2 == 2 && el1 != 2)
        report(l, "ID_AA64PFR0_EL1.EL2 = 0x2 (AArch32 at EL2) needs AArch32 at EL1, and EL1 = %#x", el1);
    if (!el2 && F(ID_AA64MMFR1_EL1, VH))
        report(l, "ID_AA64MMFR1_EL1.VH = 0x1 (FEAT_VHE) without EL2 (ID_AA64PFR0_EL1.EL2 = 0)");
    if (!el2 && F(ID_AA64MMFR2_EL1, NV))
        report(l, "ID_AA64MMFR2_EL1.NV = %#x (FEAT_NV) without EL2 (ID_AA64PFR0_EL1.EL2 = 0)", F(ID_AA64MMFR2_EL1, NV));
}

static void fractions(struct lint *l)
{
    if (F(ID_AA64PFR1_EL1, CSV2_frac) && F(ID_AA64PFR0_EL1, CSV2) != 1)
        report(l, "ID_AA64PFR1_EL1.CSV2_frac = %#x refines ID_AA64PFR0_EL1.CSV2 = 1, which is %#x",
               F(ID_AA64PFR1_EL1, CSV2_frac), F(ID_AA64PFR0_EL1, CSV2));
    if (F(ID_AA64PFR1_EL1, RAS_frac) && F(ID_AA64PFR0_EL1, RAS) != 1)
        report(l, "ID_AA64PFR1_EL1.RAS_frac = %#x refines ID_AA64PFR0_EL1.RAS = 1, which is %#x",
               F(ID_AA64PFR1_EL1, RAS_frac), F(ID_AA64PFR0_EL1, RAS));
    if (F(ID_AA64PFR1_EL1, MTE_frac) && F(ID_AA64PFR1_EL1, MTE) < 2)
        report(l, "ID_AA64PFR1_EL1.MTE_frac = %#x refines MTE >= 2, which is %#x", F(ID_AA64PFR1_EL1, MTE_frac),
               F(ID_AA64PFR1_EL1, MTE));
}

static void granules(struct lint *l)
{
    unsigned t4 = F(ID_AA64MMFR0_EL1, TGran4), t16 = F(ID_AA64MMFR0_EL1, TGran16), t64 = F(ID_AA64MMFR0_EL1, TGran64);
    if (t4 == 15 && !t16 && t64 == 15)
        report(l, "ID_AA64MMFR0_EL1.{TGran4, TGran16, TGran64} = {0xf, 0, 0xf} leave no translation granule");
    if (F(ID_AA64MMFR0_EL1, TGran4_2) == 3 && t4 != 1)
        report(l, "ID_AA64MMFR0_EL1.TGran4_2 = 0x3 (52 bits) without TGran4 = 0x1, which is %#x", t4);
    if (F(ID_AA64MMFR0_EL1, TGran16_2) == 3 && t16 != 2)
        report(l, "ID_AA64MMFR0_EL1.TGran16_2 = 0x3 (52 bits) without TGran16 = 0x2, which is %#x", t16);
    if ((t4 == 1 || t16 == 2) && F(ID_AA64MMFR0_EL1, PARange) < 6)
        report(l, "ID_AA64MMFR0_EL1.{TGran4, TGran16} = {%#x, %#x} (FEAT_LPA2) with PARange = %#x, below 52 bits", t4,
               t16, F(ID_AA64MMFR0_EL1, PARange));
    if (F(ID_AA64MMFR0_EL1, PARange) == 6 && t64 == 15 && t4 != 1 && t16 != 2)
        report(l, "ID_AA64MMFR0_EL1.PARange = 0x6 (52 bits) with no granule that has 52-bit addresses");
    if (F(ID_AA64MMFR0_EL1, BigEndEL0) && F(ID_AA64MMFR0_EL1, BigEnd))
        report(l, "ID_AA64MMFR0_EL1.BigEndEL0 = 0x1 has a meaning only with BigEnd = 0");
}

/* Versions that later versions of the architecture no longer permit. */
static void pmu_version(struct lint *l)
{
    static const struct {
        uint8_t from, least;
        enum feature since;
    } rule[] = { { 87, 7, FEAT_XS }, { 85, 6, FEAT_E0PD }, { 84, 5, FEAT_Debugv8p4 }, { 81, 4, FEAT_VHE } };
    unsigned v = F(ID_AA64DFR0_EL1, PMUVer);
    if (!v || v == 15)
        return;
    for (unsigned i = 0; i < sizeof rule / sizeof rule[0]; i++)
        if (v < rule[i].least && says(l, rule[i].since)) {
            report(l, "ID_AA64DFR0_EL1.PMUVer = %#x: from Armv8.%u on (%s) a PMU has at least %#x", v,
                   rule[i].from - 80u, feature_name(rule[i].since), rule[i].least);
            return;
        }
}

static void debug_counts(struct lint *l)
{
    unsigned brps = F(ID_AA64DFR0_EL1, BRPs), wrps = F(ID_AA64DFR0_EL1, WRPs), ctx = F(ID_AA64DFR0_EL1, CTX_CMPs);
    if (ctx > brps)
        report(l, "ID_AA64DFR0_EL1.CTX_CMPs = %#x counts among the breakpoints, and BRPs = %#x", ctx, brps);
    if (!brps)
        report(l, "ID_AA64DFR0_EL1.BRPs = 0: a CPU has at least two breakpoints");
    if (!wrps)
        report(l, "ID_AA64DFR0_EL1.WRPs = 0: a CPU has at least two watchpoints");
    if (brps != 5 || wrps != 3 || ctx != 1)
        report(l, "ID_AA64DFR0_EL1.{BRPs, WRPs, CTX_CMPs} = {%#x, %#x, %#x}; the CPU has what {0x5, 0x3, 0x1} says",
               brps, wrps, ctx);
}

/* ---- Caches, blocks, frequency, numbers ---- */

static unsigned cache_type(const struct lint *l, unsigned level)
{
    return (unsigned)Bits(value_of(l, SR_CLIDR_EL1), 3 * level + 2, 3 * level);
}

static void cache_hierarchy(struct lint *l)
{
    unsigned levels = 0, loc = F(CLIDR_EL1, LoC), louu = F(CLIDR_EL1, LoUU), louis = F(CLIDR_EL1, LoUIS);
    for (unsigned n = 0; n < CACHE_LEVELS; n++) {
        const struct cache *c = l->config->identity.cache[n];
        unsigned type = cache_type(l, n), built = c[CACHE_INSTRUCTION].size ? (c[CACHE_DATA].size ? 3 : 1)
                                                  : c->size                 ? 4
                                                                            : 0;
        if (type && levels < n)
            report(l, "CLIDR_EL1.Ctype%u = %#x behind level %u without a cache", n + 1, type, levels + 1);
        if (type)
            levels = n + 1;
        if (type != built)
            report(l, "CLIDR_EL1.Ctype%u = %#x, and CCSIDR_EL1 describes caches as %#x does", n + 1, type, built);
    }
    if (loc > levels || louu > levels || louis > levels)
        report(l, "CLIDR_EL1.{LoC, LoUU, LoUIS} = {%u, %u, %u} with %u levels of cache", loc, louu, louis, levels);
    if (louu > loc || louis > loc)
        report(l, "CLIDR_EL1.{LoUU, LoUIS} = {%u, %u} above LoC = %u", louu, louis, loc);
}

static unsigned log2_words(unsigned bytes) { return bytes ? 29u - (unsigned)__builtin_clz(bytes) : 0; }

static void cache_lines(struct lint *l)
{
    unsigned smallest[2] = { 0, 0 }, largest = 0;
    for (unsigned n = 0; n < CACHE_LEVELS; n++)
        for (unsigned kind = 0; kind < 2; kind++) {
            unsigned line = l->config->identity.cache[n][kind].line;
            if (line && (!smallest[kind] || line < smallest[kind]))
                smallest[kind] = line;
            largest = line > largest ? line : largest;
        }
    if (smallest[CACHE_DATA] && log2_words(smallest[CACHE_DATA]) != F(CTR_EL0, DminLine))
        report(l, "CTR_EL0.DminLine = %u, and the smallest line of the data caches is %u bytes (DminLine = %u)",
               F(CTR_EL0, DminLine), smallest[CACHE_DATA], log2_words(smallest[CACHE_DATA]));
    if (smallest[CACHE_INSTRUCTION] && log2_words(smallest[CACHE_INSTRUCTION]) < F(CTR_EL0, IminLine))
        report(l, "CTR_EL0.IminLine = %u, and the smallest line of the instruction caches is %u bytes (IminLine = %u)",
               F(CTR_EL0, IminLine), smallest[CACHE_INSTRUCTION], log2_words(smallest[CACHE_INSTRUCTION]));
    if (F(CTR_EL0, CWG) && largest && F(CTR_EL0, CWG) < log2_words(largest))
        report(l, "CTR_EL0.CWG = %u, and a line of %u bytes is written back whole (CWG = %u)", F(CTR_EL0, CWG), largest,
               log2_words(largest));
}

static void zva_block_size(struct lint *l)
{
    if (F(ID_AA64PFR1_EL1, MTE) >= 2 && F(DCZID_EL0, BS) < 2)
        report(l, "DCZID_EL0.BS = %u: with FEAT_MTE2 a block is at least the 16 bytes of a tag (BS = 2)",
               F(DCZID_EL0, BS));
    if (F(DCZID_EL0, DZP))
        report(l, "DCZID_EL0.DZP = 1 says that DC ZVA is prohibited, which depends on traps and not on the CPU");
}

static void counter_frequency(struct lint *l)
{
    if (l->config->cntfrq_given && !l->config->cntfrq)
        report(l, "CNTFRQ_EL0 = 0: the firmware has to write the frequency of the system counter there");
    else if (l->config->cntfrq_given && l->config->cntfrq != 1000000000)
        report(l, "CNTFRQ_EL0 = %u, and the system counter runs at 1000000000 Hz", l->config->cntfrq);
}

static void mpidr_bits(struct lint *l)
{
    uint64_t mpidr = value_of(l, SR_MPIDR_EL1);
    if (mpidr & BIT(30) && l->smp > 1)
        report(l, "MPIDR_EL1 = %#" PRIx64 " has U set (a uniprocessor system), and there are %u CPUs", mpidr, l->smp);
}

static const struct {
    const char *name;
    void (*check)(struct lint *l);
} rules[] = {
    { "reserved-value", reserved_value },
    { "reserved-bits", reserved_bits },
    { "feature-needs", feature_needs },
    { "feature-mandatory", feature_mandatory },
    { "id-and-behaviour", id_and_behaviour },
    { "fp-advsimd", fp_advsimd },
    { "sve-zfr0", sve_zfr0 },
    { "sve-as-advsimd", sve_same_as_advsimd },
    { "vector-lengths", vector_lengths },
    { "pauth-algorithm", pauth_algorithm },
    { "exception-levels", exception_levels },
    { "fractions", fractions },
    { "granules", granules },
    { "pmu-version", pmu_version },
    { "debug-counts", debug_counts },
    { "cache-hierarchy", cache_hierarchy },
    { "cache-lines", cache_lines },
    { "zva-block", zva_block_size },
    { "counter-frequency", counter_frequency },
    { "mpidr", mpidr_bits },
};
enum { RULES = sizeof rules / sizeof rules[0] };

const char *lint_rule(unsigned n) { return n < RULES ? rules[n].name : NULL; }

void lint_cpu(struct lint *l, const struct cpu *cpu, const struct cpu_config *config, unsigned smp)
{
    l->cpu = cpu, l->config = config, l->smp = smp, l->count = 0;
    for (unsigned i = 0; i < RULES; i++) {
        current_rule = rules[i].name;
        rules[i].check(l);
    }
}
