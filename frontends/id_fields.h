/* The fields of the identification registers (frontends/id_fields.def) as a table. */
#ifndef SVEMU_FRONTENDS_ID_FIELDS_H
#define SVEMU_FRONTENDS_ID_FIELDS_H

#include "core/cpu.h"

/* IDF_ID_AA64PFR0_EL1_SVE: its index in id_fields[]. */
enum {
#define ID_FIELD(REG, FIELD, HI, LO, VALUES) IDF_##REG##_##FIELD,
#include "frontends/id_fields.def"
    ID_FIELDS
};
struct id_field {
    const char *name; /* "ID_AA64PFR0_EL1.SVE" */
    uint16_t reg;     /* enum sysreg_index */
    uint8_t hi, lo;
    uint16_t values; /* bit n set: value n is defined; 0: all are */
};
extern const struct id_field id_fields[ID_FIELDS];
/* "SVE" */
const char *id_field_short_name(const struct id_field *f);

#endif
