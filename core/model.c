/* CPU models. What a real core's model claims is what its ID registers say, without what svemu lacks. */
#include "core/model.h"

#include <stdio.h>

#define VQ(n)  (1u << ((n)-1))
#define KiB(n) (UINT64_C(1024) * (n))
#define LoC(n) ((uint64_t)(n) << 24) /* CLIDR_EL1.LoC; LoUU and LoUIS are 0 where CTR_EL0.IDC is 1 */

/* Implementer 0 is reserved for software: no erratum of any kernel matches. Architecture 0xf: see the ID registers. */
enum { MIDR_LAB = 0x000f0510 };

/* 64-byte lines everywhere; CTR_EL0: RES1; CWG and ERG 64 bytes; DIC, IDC; L1Ip PIPT; lines of 16 words. */
#define LAB_IDENTITY                                                                                     \
    {                                                                                                    \
        .ctr = 0xb444c004, .clidr = LoC(2), .dczid_bs = 4, .pmu_counters = 6, .compatible = "arm,armv8", \
        .cache = { { { KiB(64), 4, 64 }, { KiB(64), 4, 64 } }, { { KiB(1024), 8, 64 } } },               \
    }

static const struct model_row rows[] = {
    { .name = "lab",
      .what = "the default: Armv8.7 with SVE2 and all that it makes mandatory; no silicon",
      .midr = MIDR_LAB,
      .identity = LAB_IDENTITY },
    { .name = "max",
      .what = "every feature that svemu implements; no silicon",
      .max = true,
      .midr = MIDR_LAB,
      .identity = LAB_IDENTITY },
#define MODEL(NAME, ...) { .name = NAME, __VA_ARGS__ },
#include "core/model.def"
};
enum { ROWS = sizeof rows / sizeof rows[0] };

const struct model_row *model_row(unsigned n) { return n < ROWS ? &rows[n] : NULL; }

const struct model_row *model_by_name(const char *name)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].name, name))
            return &rows[i];
    return NULL;
}

bool model_is_silicon(const struct model_row *m) { return m->id[0].reg || m->id[0].value; }

uint64_t model_silicon(const struct model_row *m, unsigned reg)
{
    for (unsigned i = 0; i < sizeof m->id / sizeof m->id[0]; i++)
        if (m->id[i].value && m->id[i].reg == reg)
            return m->id[i].value;
    return 0;
}

/* ---- What ID registers say ---- */

/* One field against one value of a row. The fields that say "not implemented" with a large value (FP, AdvSIMD, E2H0,
 * DoubleLock) have it in .absent; 15 of the others is IMPLEMENTATION DEFINED or reserved (PMUVer, TraceFilt). */
static bool field_says(const struct feature_row *row, const struct feature_id *id, uint64_t reg)
{
    unsigned value = Bits(reg, id->lo + 3u, id->lo);
    bool signed_field = row->absent.used && row->absent.reg == id->reg && row->absent.lo == id->lo;
    if (value == 15)
        return false;
    return signed_field ? value != row->absent.value && value >= id->value : value >= id->value;
}

static bool pauth_identified(unsigned level, uint64_t (*value)(const void *of, unsigned reg), const void *of)
{
    uint64_t isar1 = value(of, SR_ID_AA64ISAR1_EL1), isar2 = value(of, SR_ID_AA64ISAR2_EL1);
    unsigned api = Bits(isar1, 11, 8), apa = Bits(isar1, 7, 4), apa3 = Bits(isar2, 15, 12);
    unsigned most = api > apa ? api : apa;
    most = apa3 > most ? apa3 : most;
    /* 2 is FEAT_EPAC, which FEAT_PAuth2 (3 and above) replaces. */
    return level == 2 ? most == 2 : most >= level;
}

bool feature_identified(enum feature f, uint64_t (*value)(const void *of, unsigned reg), const void *of)
{
    const struct feature_row *row = &feature_table[f];
    bool all = row->id[0].used;
    if (row->pauth)
        return pauth_identified(row->pauth, value, of);
    for (const struct feature_id *id = row->id; id->used && all; id++) {
        /* The ID_AA64ZFR0_EL1 half of FEAT_BF16 and FEAT_I8MM says something only where SVE is. */
        if (id->reg == SR_ID_AA64ZFR0_EL1 && row->id[0].reg != SR_ID_AA64ZFR0_EL1)
            continue;
        all = field_says(row, id, value(of, id->reg));
    }
    return all;
}

static uint64_t silicon_value(const void *of, unsigned reg) { return model_silicon(of, reg); }

bool model_silicon_has(const struct model_row *m, enum feature f)
{
    return f == FEAT_BASE || feature_identified(f, silicon_value, m);
}

/* ---- Defaults ---- */

static void claim(struct cpu_config *c, enum feature f) { c->features[f / 64] |= UINT64_C(1) << f % 64; }

/* Fields of ID_AA64MMFR0_EL1 that are numbers and not features; the translation regimes follow them. */
static void silicon_numbers(const struct model_row *m, struct cpu_config *c)
{
    static const uint8_t lo[] = {
        0, 20, 24, 28, 32, 36, 40
    }; /* PARange, TGran16, TGran64, TGran4, the same for stage 2 */
    uint64_t mmfr0 = model_silicon(m, SR_ID_AA64MMFR0_EL1);
    for (unsigned i = 0; i < sizeof lo; i++) {
        c->id_override[c->id_overrides].reg = SR_ID_AA64MMFR0_EL1;
        c->id_override[c->id_overrides].lo = lo[i];
        c->id_override[c->id_overrides].width = 4;
        c->id_override[c->id_overrides++].value = Bits(mmfr0, lo[i] + 3u, lo[i]);
    }
}

static void silicon_pauth(const struct model_row *m, struct cpu_config *c)
{
    if (Bits(model_silicon(m, SR_ID_AA64ISAR1_EL1), 7, 4))
        c->pauth_algo = 1; /* PAUTH_QARMA5 */
    else if (Bits(model_silicon(m, SR_ID_AA64ISAR2_EL1), 15, 12))
        c->pauth_algo = 2; /* PAUTH_QARMA3 */
}

bool feature_defaults(const char *model, struct cpu_config *c)
{
    const struct model_row *m = model_by_name(model);
    if (!m)
        return false;
    memset(c->features, 0, sizeof c->features);
    c->pauth_algo = 0; /* PAUTH_IMPDEF */
    c->id_overrides = 0;
    for (unsigned f = 0; f < FEAT_COUNT; f++) {
        const struct feature_row *row = &feature_table[f];
        bool ours = row->max || row->optional;
        if (model_is_silicon(m) ? ours && model_silicon_has(m, f) : m->max ? row->max : row->lab)
            claim(c, f);
    }
    if (model_is_silicon(m)) {
        feature_drop_unmet(c);
        silicon_numbers(m, c);
        silicon_pauth(m, c);
    }
    c->midr = m->midr;
    c->identity = m->identity;
    snprintf(c->model, sizeof c->model, "%s", model);
    return true;
}
