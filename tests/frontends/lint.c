/* The ID lint: each rule fires on what breaks it, models as they come give no findings, strict refuses. */
#include "frontends/lint.h"

#include "core/model.h"
#include "frontends/frontends.h"
#include "tests/harness.h"

static struct lint lint;

/* The lint of CPU 0 of a command line's machine. The machine stays until the next call. */
static struct machine *build(const char *keys)
{
    static struct machine *m;
    static struct options o;
    char text[512], *argv[] = { "svemu", "--kernel", "k", "--cpu", text };
    if (m)
        machine_free(m);
    m = NULL;
    snprintf(text, sizeof text, "0:%s", keys);
    options_free(&o);
    struct cpu_config *c = options_parse(&o, 5, argv) ? cpu_options_apply(&o) : NULL;
    if (!c) {
        FAIL("%s: %s", keys, user_error_text);
        return NULL;
    }
    m = machine_create(&o.machine, c);
    free(c);
    lint_cpu(&lint, m->cpus[0], &m->config[0], 1);
    return m;
}

static bool found(const char *rule, const char *word)
{
    for (unsigned i = 0; i < lint.count; i++)
        if (!strcmp(lint.finding[i].rule, rule) && strstr(lint.finding[i].text, word))
            return true;
    return false;
}

static const struct {
    const char *keys, *rule, *word;
} broken[] = {
    { "ID_AA64ISAR0_EL1.Atomic=1", "reserved-value", "ID_AA64ISAR0_EL1.Atomic = 0x1" },
    { "ID_AA64MMFR0_EL1.PARange=9", "reserved-value", "PARange = 0x9" },
    { "ID_AA64PFR0_EL1.EL0=0", "reserved-value", "EL0 = 0" },
    { "MIDR_EL1.Architecture=8", "reserved-value", "MIDR_EL1.Architecture = 0x8" },
    { "DCZID_EL0.BS=10", "reserved-value", "DCZID_EL0.BS = 0xa" },
    { "CTR_EL0.L1Ip=1", "reserved-value", "CTR_EL0.L1Ip" },
    { "CLIDR_EL1.Ctype1=5", "reserved-value", "Ctype1" },
    { "ctr=0x3444c004", "reserved-bits", "RES1" },
    { "ID_AA64ZFR0_EL1=0x100000100f01", "reserved-bits", "RES0" },
    { "ID_AA64PFR0_EL1.FP=0,ID_AA64PFR0_EL1.AdvSIMD=0", "feature-needs", "requires FEAT_FP16" },
    { "ID_AA64PFR1_EL1.MTE=0,ID_AA64ISAR0_EL1.SHA3=1", "feature-needs", "FEAT_SHA3" },
    { "ID_AA64PFR0_EL1.CSV3=0", "feature-needs", "FEAT_E0PD" },
    { "FEAT_LSE=no", "feature-mandatory", "FEAT_LSE is mandatory from Armv8.1" },
    { "FEAT_FGT=no", "feature-mandatory", "FEAT_FGT is mandatory from Armv8.6" },
    { "FEAT_ECV=no", "feature-mandatory", "FEAT_ECV" },
    { "ID_AA64PFR0_EL1.SVE=0", "id-and-behaviour", "FEAT_SVE=no" },
    { "ID_AA64ISAR0_EL1.TME=1", "id-and-behaviour", "shows FEAT_TME" },
    { "ID_AA64PFR0_EL1.EL3=1", "id-and-behaviour", "shows FEAT_EL3" },
    { "ID_AA64PFR0_EL1.FP=0", "fp-advsimd", "must be equal" },
    { "ID_AA64PFR0_EL1.SVE=0", "sve-zfr0", "ID_AA64ZFR0_EL1" },
    { "ID_AA64ZFR0_EL1.BF16=0", "sve-as-advsimd", "BF16" },
    { "ID_AA64ZFR0_EL1.I8MM=0", "sve-as-advsimd", "I8MM" },
    { "vl=128+512", "vector-lengths", "every power of two" },
    { "ID_AA64ISAR1_EL1.APA=3", "pauth-algorithm", "one algorithm" },
    { "ID_AA64ISAR2_EL1.GPA3=1", "pauth-algorithm", "one algorithm" },
    { "ID_AA64ISAR1_EL1.API=0", "pauth-algorithm", "without address" },
    { "ID_AA64PFR0_EL1.EL2=0", "exception-levels", "FEAT_VHE" },
    { "ID_AA64PFR0_EL1.EL1=2", "exception-levels", "AArch32 at EL0" },
    { "ID_AA64PFR1_EL1.CSV2_frac=1,ID_AA64PFR0_EL1.CSV2=2", "fractions", "CSV2_frac" },
    { "ID_AA64PFR1_EL1.RAS_frac=1", "fractions", "RAS_frac" },
    { "ID_AA64PFR1_EL1.MTE_frac=15", "fractions", "MTE_frac" },
    { "ID_AA64MMFR0_EL1.TGran4=15,ID_AA64MMFR0_EL1.TGran16=0,ID_AA64MMFR0_EL1.TGran64=15", "granules",
      "no translation" },
    { "ID_AA64MMFR0_EL1.TGran4_2=3", "granules", "TGran4_2" },
    { "ID_AA64MMFR0_EL1.TGran16=2", "granules", "FEAT_LPA2" },
    { "ID_AA64DFR0_EL1.PMUVer=4", "pmu-version", "Armv8.7" },
    { "model=neoverse-v1,ID_AA64DFR0_EL1.PMUVer=4", "pmu-version", "Armv8.4" },
    { "ID_AA64DFR0_EL1.CTX_CMPs=7", "debug-counts", "counts among" },
    { "ID_AA64DFR0_EL1.WRPs=0", "debug-counts", "two watchpoints" },
    { "l2=none,l3=1M/8/64", "cache-hierarchy", "behind level" },
    { "CLIDR_EL1.LoC=5", "cache-hierarchy", "LoC" },
    { "CLIDR_EL1.LoC=0,CLIDR_EL1.LoUU=1", "cache-hierarchy", "above LoC" },
    { "CLIDR_EL1.Ctype3=4", "cache-hierarchy", "CCSIDR_EL1" },
    { "CTR_EL0.DminLine=5", "cache-lines", "DminLine = 5" },
    { "CTR_EL0.IminLine=5", "cache-lines", "IminLine = 5" },
    { "CTR_EL0.CWG=3", "cache-lines", "CWG = 3" },
    { "FEAT_MTE2=yes,DCZID_EL0.BS=1", "zva-block", "FEAT_MTE2" },
    { "DCZID_EL0.DZP=1", "zva-block", "DZP" },
    { "cntfrq=0", "counter-frequency", "CNTFRQ_EL0 = 0" },
    { "cntfrq=24MHz", "counter-frequency", "24000000" },
};

TEST(every_rule_fires)
{
    for (unsigned i = 0; i < sizeof broken / sizeof broken[0]; i++)
        if (build(broken[i].keys) && !found(broken[i].rule, broken[i].word)) {
            FAIL("%s: no finding of %s with \"%s\"; there are %u", broken[i].keys, broken[i].rule, broken[i].word,
                 lint.count);
            for (unsigned n = 0; n < lint.count; n++)
                printf("    %s: %s\n", lint.finding[n].rule, lint.finding[n].text);
        }
}

TEST(every_rule_has_a_case)
{
    const char *rule;
    for (unsigned r = 0; (rule = lint_rule(r)); r++) {
        bool seen = !strcmp(rule, "mpidr"); /* needs two CPUs: below */
        for (unsigned i = 0; i < sizeof broken / sizeof broken[0]; i++)
            seen |= !strcmp(broken[i].rule, rule);
        if (!seen)
            FAIL("no case breaks the rule %s", rule);
    }
}

/* As it comes a model says nothing; what a user may want of it without contradiction neither. */
TEST(models_are_silent)
{
    static const char *const keys[] = { "",
                                        "vl=none",
                                        "vl=max",
                                        "FEAT_E2H0=no",
                                        "FEAT_MTE3=yes",
                                        "pauth=qarma5",
                                        "midr=0x410fd493",
                                        "pmu-counters=31",
                                        "l3=8M/16/64" };
    const struct model_row *model;
    char line[128];
    for (unsigned n = 0; (model = model_row(n)); n++)
        for (unsigned i = 0; i < (n < 2 ? sizeof keys / sizeof keys[0] : 1); i++) {
            snprintf(line, sizeof line, "model=%s%s%s", model->name, *keys[i] ? "," : "", keys[i]);
            struct machine *m = build(line);
            if (m && !lint_machine(m, true))
                FAIL("%s: %s", line, user_error_text);
        }
}

/* What the silicon has of its own: Armv8.2 without RAS; an Armv8.5 CPU whose TLB instructions are Armv8.3's. */
TEST(the_silicon_has_findings)
{
    build("model=a64fx");
    EXPECT(found("feature-mandatory", "FEAT_RAS"));
    build("model=neoverse-v1");
    EXPECT(found("feature-mandatory", "FEAT_TLBIRANGE"));
    build("model=lab");
    EXPECT_EQ(lint.count, 0);
    build("model=max");
    EXPECT_EQ(lint.count, 0);
}

TEST(strict_names_cpu_and_rule)
{
    struct machine *m = build("cntfrq=0");
    EXPECT(m && !lint_machine(m, true));
    EXPECT(strstr(user_error_text, "--strict: CPU 0: CNTFRQ_EL0 = 0") &&
           strstr(user_error_text, "rule counter-frequency"));
    EXPECT(m && lint_machine(m, false));
    lint_cpu(&lint, m->cpus[0], &m->config[0], 2);
    EXPECT(!found("mpidr", ""));
    m->cpus[0]->sysreg[SR_MPIDR_EL1] |= BIT(30);
    lint_cpu(&lint, m->cpus[0], &m->config[0], 2);
    EXPECT(found("mpidr", "uniprocessor"));
}

TEST_MAIN
