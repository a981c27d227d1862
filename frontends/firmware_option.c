/* --cpu RANGE:CPTR_EL3.EZ=0 and kin: what the firmware of a CPU does wrong. The first of these keys gives the CPU an
 * EL3 that is set up as the kernel's boot protocol asks, but for what the keys say. */
#include "frontends/frontends.h"

#include <inttypes.h>

/* ---- Registers of EL3 ---- */

static enum el3_control control_by_name(const char *key)
{
    for (unsigned c = EL3_NONE + 1; c < EL3_PSCI; c++)
        if (!strcmp(key, el3_table[c].name))
            return c;
    return EL3_NONE;
}

static void have_el3(struct cpu_config *c)
{
    if (!c->el3.have)
        c->el3.zcr_len = 15;
    c->el3.have = true;
}

static bool set_control(struct cpu_config *c, enum el3_control control, const char *value)
{
    uint64_t n, max = control == EL3_ZCR_EL3_LEN ? 15 : 1;

    if (!parse_number(value, max, &n))
        return user_error("%s=%s: expected a number from 0 to %" PRIu64, el3_table[control].name, value, max);
    have_el3(c);
    if (control == EL3_ZCR_EL3_LEN)
        c->el3.zcr_len = (uint8_t)n;
    else if (n == el3_table[control].traps)
        c->el3.denied |= UINT64_C(1) << control;
    else
        c->el3.denied &= ~(UINT64_C(1) << control);
    return true;
}

/* ---- The other keys ---- */

static bool set_trap(struct cpu_config *c, const char *value)
{
    if (strcmp(value, "stop") && strcmp(value, "undef"))
        return user_error("firmware-trap=%s: expected stop or undef", value);
    have_el3(c);
    c->el3.trap = !strcmp(value, "undef") ? EL3_UNDEF : EL3_STOP;
    return true;
}

static bool set_psci(struct cpu_config *c, const char *value)
{
    static const char *const names[] = {
        [PSCI_WORKS] = "works", [PSCI_IGNORES] = "ignore", [PSCI_FAILS] = "fail", [PSCI_UNKNOWN] = "unknown"
    };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(value, names[i]))
            return c->el3.psci = (uint8_t)i, true;
    return user_error("psci=%s: expected works, ignore, fail or unknown", value);
}

static const struct {
    const char *name;
    bool (*set)(struct cpu_config *c, const char *value);
} keys[] = { { "firmware-trap", set_trap }, { "psci", set_psci } };
enum { KEYS = sizeof keys / sizeof keys[0] };

bool is_firmware_key(const char *key)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (!strcmp(key, keys[i].name))
            return true;
    return control_by_name(key) != EL3_NONE;
}

unsigned firmware_keys(const char **names)
{
    unsigned n = 0;
    for (unsigned c = EL3_NONE + 1; c < EL3_PSCI; c++)
        names[n++] = el3_table[c].name;
    for (unsigned i = 0; i < KEYS; i++)
        names[n++] = keys[i].name;
    return n;
}

bool set_firmware_key(struct cpu_config *c, const char *key, const char *value)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (!strcmp(key, keys[i].name))
            return keys[i].set(c, value);
    return set_control(c, control_by_name(key), value);
}

bool check_firmware(const struct cpu_config *c, unsigned cpu)
{
    uint64_t absent = c->el3.denied & ~el3_controls(c->features);

    if (c->el3.have && c->el3.zcr_len != 15 && !feature_claimed(c, FEAT_SVE))
        return user_error(
            "--cpu ZCR_EL3.LEN=%u: CPU %u has no FEAT_SVE, which brings that field; give it vector lengths "
            "with vl=, or leave the key out",
            c->el3.zcr_len, cpu);
    if (!absent)
        return true;
    const struct el3_row *row = &el3_table[__builtin_ctzll(absent)];
    return user_error(
        "--cpu %s=%u: CPU %u has no %s, which brings that field; claim it with %s=yes, or leave the key out", row->name,
        row->traps, cpu, feature_name(row->feat), feature_name(row->feat));
}
