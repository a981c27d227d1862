/* --cpu ID_REG=VALUE and ID_REG.FIELD=VALUE: any identification register or field, by Arm's names. They change what the
 * register reads as; what the CPU does follows its features, vl=, and the numbers that the translation regimes and DC
 * ZVA take from their registers (ID_AA64MMFR0_EL1.PARange and TGran*, DCZID_EL0.BS, GMID_EL1.BS). */
#include "frontends/frontends.h"

#include <inttypes.h>

#include "frontends/id_fields.h"

#define ANY 0
const struct id_field id_fields[ID_FIELDS] = {
#define ID_FIELD(REG, FIELD, HI, LO, VALUES) { #REG "." #FIELD, SR_##REG, HI, LO, VALUES },
#include "frontends/id_fields.def"
};
static const struct {
    const char *name;
    uint16_t reg;
} id_registers[] = {
#define ID_REGISTER(NAME) { #NAME, SR_##NAME },
#include "frontends/id_fields.def"
};
enum { ID_REGISTERS = sizeof id_registers / sizeof id_registers[0] };

/* The register that key names, with or without a field; -1: none. */
static int register_of(const char *key)
{
    size_t len = strcspn(key, ".");
    for (unsigned i = 0; i < ID_REGISTERS; i++)
        if (strlen(id_registers[i].name) == len && !strncmp(id_registers[i].name, key, len))
            return id_registers[i].reg;
    return -1;
}

bool is_id_key(const char *key) { return register_of(key) >= 0; }

unsigned id_keys(const char **names)
{
    unsigned n = 0;
    for (unsigned i = 0; i < ID_REGISTERS; i++)
        names[n++] = id_registers[i].name;
    for (unsigned i = 0; i < ID_FIELDS; i++)
        names[n++] = id_fields[i].name;
    return n;
}

const char *id_field_short_name(const struct id_field *f) { return strchr(f->name, '.') + 1; }

/* There is no such field: which is like it, and which there are. */
static bool unknown_field(const char *key, const char *value, unsigned reg)
{
    const char *names[ID_FIELDS], *field = strchr(key, '.') + 1;
    char list[512] = "";
    unsigned n = 0, length = 0;
    for (unsigned i = 0; i < ID_FIELDS; i++)
        if (id_fields[i].reg == reg && length < sizeof list - 64) {
            names[n++] = id_fields[i].name;
            length += (unsigned)snprintf(list + length, sizeof list - length, "%s%s", length ? ", " : "",
                                         id_field_short_name(&id_fields[i]));
        }
    if (!n)
        return user_error("%s=%s: %.*s has no fields; give the whole register", key, value, (int)(field - 1 - key),
                          key);
    const char *like = nearest(key, names, n);
    return user_error("%s=%s: %.*s has no field %s%s%s; its fields are %s", key, value, (int)(field - 1 - key), key,
                      field, like ? "; the nearest is " : "", like ? like : "", list);
}

/* A later key wins: whatever it covers goes, and it comes last. */
static bool add_override(struct cpu_config *c, unsigned reg, unsigned lo, unsigned width, uint64_t value)
{
    unsigned n = 0;
    for (unsigned i = 0; i < c->id_overrides; i++)
        if (c->id_override[i].reg != reg || c->id_override[i].lo < lo ||
            c->id_override[i].lo + c->id_override[i].width > lo + width)
            c->id_override[n++] = c->id_override[i];
    c->id_overrides = n;
    if (n == MAX_ID_OVERRIDES)
        return false;
    c->id_override[n].reg = (uint16_t)reg, c->id_override[n].lo = (uint8_t)lo;
    c->id_override[n].width = (uint8_t)width, c->id_override[n].value = value;
    c->id_overrides = n + 1;
    return true;
}

static bool set_bits(struct cpu_config *c, const char *key, const char *value, unsigned reg, unsigned lo,
                     unsigned width)
{
    uint64_t max = width == 64 ? UINT64_MAX : BIT(width) - 1, n;
    if (!parse_number(value, max, &n))
        return width > 8 ? user_error("%s=%s: expected a number from 0 to %#" PRIx64, key, value, max)
                         : user_error("%s=%s: expected a number from 0 to %" PRIu64, key, value, max);
    return add_override(c, reg, lo, width, n) ||
           user_error("%s=%s: at most %d ID fields of a CPU can be set; give whole registers", key, value,
                      MAX_ID_OVERRIDES);
}

bool set_id_key(struct cpu_config *c, const char *key, const char *value)
{
    int reg = register_of(key);
    if (reg < 0)
        return user_error("%s=%s: there is no such register", key, value);
    if (!strchr(key, '.'))
        return set_bits(c, key, value, (unsigned)reg, 0, 64);
    for (unsigned i = 0; i < ID_FIELDS; i++)
        if (!strcmp(key, id_fields[i].name))
            return set_bits(c, key, value, (unsigned)reg, id_fields[i].lo, id_fields[i].hi - id_fields[i].lo + 1u);
    return unknown_field(key, value, (unsigned)reg);
}
