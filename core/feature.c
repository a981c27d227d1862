/* The feature table: names, models, and which features belong together. Arm ARM A2 (architecture extensions). */
#include "core/feature.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/cpu.h"
#include "core/machine.h"

#define ID(REG, LO, VALUE)        \
    {                             \
        SR_##REG, LO, VALUE, true \
    }
#define ABSENT(REG, LO, VALUE)    \
    {                             \
        SR_##REG, LO, VALUE, true \
    }
const struct feature_row feature_table[FEAT_COUNT] = {
#define FEATURE(NAME, ...) [NAME] = { .name = #NAME, __VA_ARGS__ },
#include "core/feature.def"
};

const char *feature_name(enum feature f) { return f < FEAT_COUNT ? feature_table[f].name : "FEAT_?"; }

enum feature feature_by_name(const char *name)
{
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        if (!strcasecmp(name, feature_table[f].name))
            return (enum feature)f;
    return FEAT_COUNT;
}

bool feature_claimed(const struct cpu_config *c, enum feature f) { return c->features[f / 64] >> (f % 64) & 1; }

static void put(struct cpu_config *c, enum feature f, bool on)
{
    uint64_t bit = UINT64_C(1) << (f % 64);
    c->features[f / 64] = on ? c->features[f / 64] | bit : c->features[f / 64] & ~bit;
}

static bool needs(enum feature f, enum feature other)
{
    for (unsigned i = 0; i < 4 && feature_table[f].needs[i]; i++)
        if (feature_table[f].needs[i] == other)
            return true;
    return false;
}

/* Bring the set to rest after a change: with on, whatever a claimed feature needs is claimed; else whatever needs a
 * feature that is not claimed is dropped. */
static void settle(struct cpu_config *c, bool on)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (unsigned f = 0; f < FEAT_COUNT; f++)
            for (unsigned i = 0; feature_claimed(c, (enum feature)f) && i < 4 && feature_table[f].needs[i]; i++) {
                enum feature need = (enum feature)feature_table[f].needs[i];
                if (feature_claimed(c, need))
                    continue;
                put(c, on ? need : (enum feature)f, on);
                changed = true;
            }
    }
}

void feature_drop_unmet(struct cpu_config *c) { settle(c, false); }

bool feature_set(struct cpu_config *c, enum feature f, bool on, const char **why)
{
    if (f >= FEAT_COUNT) {
        *why = "no such feature";
        return false;
    }
    if (on && !feature_table[f].max && !feature_table[f].optional) {
        *why = "svemu does not implement it";
        return false;
    }
    if (!on && (f == FEAT_BASE || needs(FEAT_BASE, f) || feature_table[f].since == 80)) {
        *why = "every CPU of svemu has it";
        return false;
    }
    uint64_t before[sizeof(c->features) / sizeof(c->features[0])];
    memcpy(before, c->features, sizeof(before));
    put(c, f, on);
    settle(c, on);
    if (!feature_claimed(c, FEAT_VHE) && !feature_claimed(c, FEAT_E2H0)) {
        *why = "a CPU without FEAT_VHE has FEAT_E2H0"; /* HCR_EL2.E2H must have a value */
        memcpy(c->features, before, sizeof(before));
        return false;
    }
    return true;
}

void feature_normalise(struct cpu_config *c)
{
    if (!feature_claimed(c, FEAT_SVE))
        c->vq_set = 0;
    if (c->vq_set)
        return;
    put(c, FEAT_SVE, false);
    settle(c, false);
}
