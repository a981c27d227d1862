/* The architecture features, one row each in core/feature.def; ID registers, --cpu options and gating derive from it.
 */
#ifndef SVEMU_CORE_FEATURE_H
#define SVEMU_CORE_FEATURE_H

#include <stdbool.h>
#include <stdint.h>

enum feature {
#define FEATURE(NAME, ...) NAME,
#include "core/feature.def"
    FEAT_COUNT
};

struct cpu_config;

/* What a row of core/feature.def says. Register numbers are enum sysreg_index. */
struct feature_id {
    uint16_t reg;
    uint8_t lo, value; /* low bit of a 4-bit field, and what it reads as */
    bool used;
};
struct feature_row {
    const char *name;
    struct feature_id id[12], absent;
    uint16_t needs[4]; /* features that must be claimed with it; FEAT_BASE (0) ends the list */
    uint8_t from;      /* may be implemented from Armv8.(from - 80) on; 0: from Armv8.0 */
    uint8_t since;     /* mandatory from Armv8.(since - 80) on; 0: optional */
    uint8_t pauth;     /* value of the pointer authentication algorithm's ID field */
    bool lab, max;     /* in model=lab; in model=max */
    bool optional;     /* in no model, but there for who asks by name; with lab or max: implemented here */
};
extern const struct feature_row feature_table[FEAT_COUNT];

const char *feature_name(enum feature f);
enum feature feature_by_name(const char *name); /* FEAT_COUNT when unknown */
/* Features, MIDR, PAuth algorithm, caches and ID values of a model (core/model.c); false: no such model. Leaves vq_set,
 * clock and mpidr alone. */
bool feature_defaults(const char *model, struct cpu_config *c);
bool feature_claimed(const struct cpu_config *c, enum feature f);
/* Claim a feature and all that it needs, or drop it and all that need it. false, with the reason in *why: svemu has no
 * such feature to offer, or every PE has it. */
bool feature_set(struct cpu_config *c, enum feature f, bool on, const char **why);
/* Drop every feature that needs one that is not claimed. */
void feature_drop_unmet(struct cpu_config *c);
/* No SVE in the features of a CPU without vector lengths, and no vector lengths on one without SVE. */
void feature_normalise(struct cpu_config *c);

#endif
