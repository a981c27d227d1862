/* core/feature.c: models are complete, features come with what they need, ID registers say what is claimed. */
#include "core/machine.h"
#include "sysregs/sysregs.h"
#include "tests/harness.h"

static struct cpu_config model(const char *name)
{
    struct cpu_config c;
    memset(&c, 0, sizeof(c));
    EXPECT(feature_defaults(name, &c));
    c.vq_set = 0x8b;
    return c;
}

static void expect_complete(const struct cpu_config *c)
{
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        for (unsigned i = 0; feature_claimed(c, f) && i < 4 && feature_table[f].needs[i]; i++)
            if (!feature_claimed(c, feature_table[f].needs[i]))
                FAIL("%s: %s is claimed without %s", c->model, feature_name(f),
                     feature_name(feature_table[f].needs[i]));
}

TEST(models_have_companions)
{
    struct cpu_config lab = model("lab"), max = model("max");
    expect_complete(&lab);
    expect_complete(&max);
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        if (feature_claimed(&lab, f) && !feature_claimed(&max, f))
            FAIL("max lacks %s of lab", feature_name(f));
}

TEST(lab_is_armv8_7)
{
    struct cpu_config lab = model("lab");

    for (unsigned f = 0; f < FEAT_COUNT; f++)
        if (feature_table[f].since && feature_table[f].since <= 87 && !feature_claimed(&lab, f))
            FAIL("%s is mandatory from Armv8.%u on", feature_name(f), feature_table[f].since - 80);
}

TEST(mandatory_as_the_shared_table_says)
{
    char path[512], line[512], name[64], version[64];
    struct cpu_config lab = model("lab");
    unsigned seen = 0;

    snprintf(path, sizeof(path), "%s/arch/a64-features.tsv", shared_dir());
    FILE *f = fopen(path, "r");
    if (!f)
        SKIP("no shared/arch/a64-features.tsv");
    while (fgets(line, sizeof(line), f)) {
        char *tab = strchr(line, '\t'), *second = tab ? strchr(tab + 1, '\t') : NULL;
        unsigned minor;
        if (!second || sscanf(line, "%63s", name) != 1 || sscanf(second + 1, "%63s", version) != 1)
            continue;
        if (second[1] == '\t' || sscanf(version, "Armv8.%u", &minor) != 1 || minor > 7)
            continue;
        enum feature feature = feature_by_name(name);
        /* SEL2 needs Secure state, MTE and the rest are not in the table of what this project can claim. */
        if (feature == FEAT_COUNT || feature == FEAT_SEL2)
            continue;
        seen++;
        if (!feature_claimed(&lab, feature))
            FAIL("%s is mandatory from %s on", name, version);
    }
    fclose(f);
    EXPECT(seen > 40);
}

TEST(setting_brings_companions)
{
    struct cpu_config c = model("lab");
    const char *why = NULL;

    EXPECT(feature_set(&c, FEAT_FP16, false, &why));
    EXPECT(!feature_claimed(&c, FEAT_SVE) && !feature_claimed(&c, FEAT_SVE2) && !feature_claimed(&c, FEAT_FHM));
    expect_complete(&c);
    EXPECT(feature_set(&c, FEAT_SVE2, true, &why));
    EXPECT(feature_claimed(&c, FEAT_SVE) && feature_claimed(&c, FEAT_FP16));
    expect_complete(&c);
    EXPECT(!feature_set(&c, FEAT_FP, false, &why) && why);
    EXPECT(!feature_set(&c, FEAT_TME, true, &why));
    EXPECT(!feature_set(&c, FEAT_COUNT, true, &why));
    EXPECT_EQ(feature_by_name("feat_sve2"), FEAT_SVE2);
    EXPECT_EQ(feature_by_name("FEAT_NONE"), FEAT_COUNT);
    EXPECT(!feature_defaults("no-such", &c));
}

static uint64_t field(const struct cpu *cpu, const char *reg, unsigned lo)
{
    return Bits(cpu->sysreg[sysreg_by_name(reg)], lo + 3, lo);
}

TEST(id_registers_of_lab)
{
    struct machine_options opt = { .smp = 1, .quantum_ns = 1000 };
    struct cpu_config c = model("lab");
    c.clock_hz = 1000000000;
    c.mpidr = 0x10203;
    c.id_override[0].reg = SR_ID_AA64PFR1_EL1, c.id_override[0].lo = 4, c.id_override[0].width = 4;
    c.id_overrides = 1;
    struct machine *m = machine_create(&opt, &c);
    struct cpu *cpu = m->cpus[0];

    EXPECT_EQ(cpu->sysreg[SR_ID_AA64PFR0_EL1], UINT64_C(0x1101000121111111) & ~UINT64_C(0xf000));
    EXPECT_EQ(field(cpu, "ID_AA64PFR1_EL1", 0), 1);
    EXPECT_EQ(field(cpu, "ID_AA64PFR1_EL1", 4), 0); /* overridden */
    EXPECT_EQ(field(cpu, "ID_AA64ZFR0_EL1", 0), 1);
    EXPECT_EQ(field(cpu, "ID_AA64ZFR0_EL1", 20), 1);
    EXPECT_EQ(field(cpu, "ID_AA64ISAR1_EL1", 8), 3);
    EXPECT_EQ(field(cpu, "ID_AA64ISAR1_EL1", 28), 1);
    EXPECT_EQ(field(cpu, "ID_AA64ISAR1_EL1", 4), 0);
    EXPECT_EQ(field(cpu, "ID_AA64MMFR0_EL1", 0), 5);
    EXPECT_EQ(field(cpu, "ID_AA64MMFR0_EL1", 20), 1);
    EXPECT_EQ(field(cpu, "ID_AA64MMFR0_EL1", 60), 2);
    EXPECT_EQ(field(cpu, "ID_AA64MMFR1_EL1", 8), 1);
    EXPECT_EQ(field(cpu, "ID_AA64DFR0_EL1", 0), 9);
    EXPECT_EQ(field(cpu, "ID_AA64DFR0_EL1", 8), 7);
    EXPECT_EQ(field(cpu, "ID_AA64DFR0_EL1", 12), 5);
    EXPECT_EQ(field(cpu, "ID_AA64DFR0_EL1", 20), 3);
    EXPECT_EQ(field(cpu, "ID_AA64DFR0_EL1", 36), 15);
    EXPECT_EQ(cpu->sysreg[SR_MIDR_EL1] >> 24, 0);
    EXPECT_EQ(cpu->sysreg[SR_MPIDR_EL1], 0x80010203);
    EXPECT_EQ(cpu->sysreg[SR_ID_PFR0_EL1], 0);
    machine_free(m);
}

/* Counters beyond PMCR_EL0.N are UNDEFINED, DC ZVA clears a block of the model's size. */
TEST(identity_decides_behaviour)
{
    static const struct {
        const char *name;
        unsigned counters, block;
    } want[] = { { "a64fx", 8, 256 }, { "cortex-a710", 20, 64 }, { "lab", 6, 64 } };
    for (unsigned i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        struct machine_options opt = { .smp = 1, .quantum_ns = 1000 };
        struct cpu_config c = model(want[i].name);
        c.clock_hz = 1000000000;
        struct machine *m = machine_create(&opt, &c);
        struct cpu *cpu = m->cpus[0];
        machine_reset(m);
        EXPECT_EQ(pmu_check(cpu, SR_PMEVCNTR0_EL0 + want[i].counters - 1, false), ACCESS_OK);
        EXPECT_EQ(pmu_check(cpu, SR_PMEVCNTR0_EL0 + want[i].counters, false), ACCESS_UNDEFINED);
        EXPECT_EQ(Bits(sysreg_peek(cpu, SR_PMCR_EL0), 15, 11), want[i].counters);
        EXPECT_EQ(zva_block(cpu), want[i].block);
        machine_free(m);
    }
}

TEST_MAIN
