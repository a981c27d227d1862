/* CPU models: lab and max, whose features are columns of core/feature.def, and the real cores of core/model.def. */
#ifndef SVEMU_CORE_MODEL_H
#define SVEMU_CORE_MODEL_H

#include "core/machine.h"

/* A register of the silicon, as its manual has it. value 0 and reg 0 end a list. */
struct model_id {
    uint16_t reg; /* enum sysreg_index */
    uint64_t value;
};
struct model_row {
    const char *name, *what; /* what: for --list-models */
    bool max;                /* the features of column .max of core/feature.def, else .lab; without .id */
    uint64_t midr;
    uint16_t vq_set; /* implemented vector lengths; 0: feature_defaults' caller chooses */
    struct model_id id[16];
    struct cpu_identity identity;
};

/* The models in the order of --list-models; NULL behind the last. */
const struct model_row *model_row(unsigned n);
const struct model_row *model_by_name(const char *name); /* NULL: none of that name */
/* Is it a real core, whose registers the row has? */
bool model_is_silicon(const struct model_row *m);
/* What the silicon has in this register; 0 where its manual says nothing. */
uint64_t model_silicon(const struct model_row *m, unsigned reg);
/* Does the silicon of this model have the feature, by its ID registers? */
bool model_silicon_has(const struct model_row *m, enum feature f);
/* Do ID registers say that the CPU has the feature? value gives a register's value. Features without ID fields: false.
 */
bool feature_identified(enum feature f, uint64_t (*value)(const void *of, unsigned reg), const void *of);

#endif
