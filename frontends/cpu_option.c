/* --cpu RANGE:KEY=VALUE,...: each CPU's vector lengths, model, clock, features and ID fields. */
#include "frontends/frontends.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/model.h"
#include "isa/pauth.h"

enum { QUADWORD = 128, DEFAULT_VQ = 4, MAX_VQ = MAX_VL_BITS / QUADWORD };

/* ---- Vector lengths ---- */

/* One length in bits of a vl= value to its VQ. */
static bool parse_length(const char *text, size_t len, unsigned *vq)
{
    char word[16];
    uint64_t bits;
    if (len >= sizeof word)
        return false;
    memcpy(word, text, len);
    word[len] = 0;
    if (!parse_number(word, MAX_VL_BITS, &bits) || !bits || bits % QUADWORD)
        return false;
    *vq = (unsigned)bits / QUADWORD;
    return true;
}

static uint16_t lengths_between(unsigned from, unsigned to)
{
    uint16_t set = 0;
    for (unsigned vq = from; vq <= to; vq++)
        set |= (uint16_t)(1u << (vq - 1));
    return set;
}

static uint16_t powers_of_two_up_to(unsigned vq)
{
    uint16_t set = 0;
    for (unsigned v = 1; v <= vq; v *= 2)
        set |= (uint16_t)(1u << (v - 1));
    return set;
}

/* LENGTH or LENGTH-LENGTH, of which text has len characters. */
static bool parse_lengths(const char *text, size_t len, uint16_t *set)
{
    const char *dash = memchr(text, '-', len);
    size_t first = dash ? (size_t)(dash - text) : len;
    unsigned from, to;
    if (!parse_length(text, first, &from))
        return false;
    to = from;
    if (dash && (!parse_length(dash + 1, len - first - 1, &to) || to < from))
        return false;
    *set |= lengths_between(from, to);
    return true;
}

bool parse_vl(const char *text, uint16_t *vq_set)
{
    unsigned vq;
    *vq_set = 0;
    if (!strcmp(text, "none"))
        return true;
    if (!strcmp(text, "max"))
        return *vq_set = lengths_between(1, MAX_VQ), true;
    if (!strncmp(text, "pow2:", 5)) {
        if (!parse_length(text + 5, strlen(text + 5), &vq))
            return user_error("vl=%s: expected a multiple of 128 from 128 to 2048 after pow2:", text);
        return *vq_set = powers_of_two_up_to(vq), true;
    }
    for (const char *p = text;; p++) {
        size_t len = strcspn(p, "+");
        if (!parse_lengths(p, len, vq_set))
            return user_error(
                "vl=%s: %.*s is no vector length; expected none, max, pow2:N, or multiples of 128 from 128 to "
                "2048 as in 128+256 or 128-512",
                text, (int)len, p);
        p += len;
        if (!*p)
            break;
    }
    return *vq_set & 1 || user_error("vl=%s: a set of vector lengths must contain 128", text);
}

const char *vl_rule_warning(uint16_t vq_set)
{
    unsigned largest = 0;
    for (unsigned vq = 1; vq <= MAX_VQ; vq++)
        if (vq_set >> (vq - 1) & 1)
            largest = vq;
    if (!vq_set || (powers_of_two_up_to(largest) & ~vq_set) == 0)
        return NULL;
    return "outside both rules of the Arm ARM: the original one asks for every power of two up to the largest length "
           "and "
           "permits other multiples of 128, the current one for exactly those powers of two";
}

char *vl_text(uint16_t vq_set, const char *between, char *buffer, size_t size)
{
    size_t used = (size_t)snprintf(buffer, size, "%s", vq_set ? "" : "none");
    for (unsigned vq = 1; vq <= MAX_VQ && used < size; vq++)
        if (vq_set >> (vq - 1) & 1)
            used += (size_t)snprintf(buffer + used, size - used, "%s%u", used ? between : "", QUADWORD * vq);
    return buffer;
}

/* ---- Ranges of CPUs ---- */

/* all, N, N-M, 0+2+5 (and mixed), len characters of spec; marks the CPUs in chosen[smp]. */
static bool parse_range(const char *spec, size_t len, unsigned smp, bool *chosen)
{
    char text[256], *p = text, *part;
    if (len >= sizeof text)
        return user_error("--cpu %s: the range is too long", spec);
    memcpy(text, spec, len);
    text[len] = 0;
    memset(chosen, !strcmp(text, "all"), smp * sizeof *chosen);
    if (!strcmp(text, "all"))
        return true;
    while ((part = strsep(&p, "+"))) {
        uint64_t from, to;
        char *dash = strchr(part, '-');
        if (dash)
            *dash = 0;
        if (!parse_number(part, UINT32_MAX, &from) || (dash && !parse_number(dash + 1, UINT32_MAX, &to)) ||
            (dash && to < from))
            return user_error("--cpu %s: %.*s is no range of CPUs; expected all, N, N-M or N+M", spec, (int)len, spec);
        if (!dash)
            to = from;
        if (to >= smp)
            return user_error("--cpu %s: there is no CPU %" PRIu64 " with --smp %u", spec, to, smp);
        for (; from <= to; from++)
            chosen[from] = true;
    }
    return true;
}

/* ---- Keys ---- */

typedef bool key_fn(struct cpu_config *c, const char *key, const char *value);

static bool key_model(struct cpu_config *c, const char *key, const char *value)
{
    (void)c, (void)key, (void)value;
    return true; /* was looked at first: the other keys refine the model, wherever they stand */
}

static bool key_vl(struct cpu_config *c, const char *key, const char *value)
{
    if (!parse_vl(value, &c->vq_set))
        return false;
    if (!c->vq_set)
        return true; /* no lengths: feature_normalise() takes SVE away in the end, unless a later key brings lengths */
    const char *why;
    return feature_set(c, FEAT_SVE, true, &why) || user_error("%s=%s: FEAT_SVE: %s", key, value, why);
}

double parse_hertz(const char *text, double bare)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = { { "GHz", 1e9 }, { "MHz", 1e6 }, { "kHz", 1e3 }, { "Hz", 1 } };
    char *end;
    double n = strtod(text, &end);
    if (end != text && !*end && bare != 0)
        return n * bare;
    for (unsigned i = 0; end != text && i < sizeof units / sizeof units[0]; i++)
        if (!strcmp(end, units[i].name))
            return n * units[i].factor;
    return -1;
}

static bool key_clock(struct cpu_config *c, const char *key, const char *value)
{
    double hz = parse_hertz(value, 0);
    if (hz >= 1e6 && hz <= 1e11)
        return c->clock_hz = (uint64_t)(hz + 0.5), true;
    return user_error("%s=%s: expected a frequency from 1MHz to 100GHz", key, value);
}

static bool key_pauth(struct cpu_config *c, const char *key, const char *value)
{
    static const struct {
        const char *name;
        enum pauth_algorithm algorithm;
    } names[] = { { "impdef", PAUTH_IMPDEF }, { "qarma5", PAUTH_QARMA5 }, { "qarma3", PAUTH_QARMA3 } };
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(value, names[i].name))
            return c->pauth_algo = names[i].algorithm, true;
    return user_error("%s=%s: expected impdef, qarma5 or qarma3", key, value);
}

static const struct {
    const char *name;
    key_fn *set;
} keys[] = {
    { "vl", key_vl },
    { "model", key_model },
    { "clock", key_clock },
    { "pauth", key_pauth },
    { "timing", key_timing },
    { "timing-model", key_timing_model },
    { "midr", key_register },
    { "revidr", key_register },
    { "ctr", key_register },
    { "mpidr", key_mpidr },
    { "MPIDR_EL1", key_mpidr },
    { "cntfrq", key_cntfrq },
    { "pmu-counters", key_pmu_counters },
};
enum { KEYS = sizeof keys / sizeof keys[0] };

/* The model's own lengths; without SVE none. */
static uint16_t default_vq_set(const struct cpu_config *c)
{
    const struct model_row *m = model_by_name(c->model);
    uint16_t set = m->vq_set ? m->vq_set : powers_of_two_up_to(DEFAULT_VQ);
    return feature_claimed(c, FEAT_SVE) ? set : 0;
}

static bool set_feature(struct cpu_config *c, enum feature f, const char *value)
{
    bool on = !strcmp(value, "yes");
    if (!on && strcmp(value, "no"))
        return user_error("%s=%s: expected yes or no", feature_name(f), value);
    const char *why;
    if (!feature_set(c, f, on, &why))
        return user_error("%s=%s: %s", feature_name(f), value, why);
    if (!feature_claimed(c, FEAT_SVE))
        c->vq_set = 0;
    else if (!c->vq_set && on && (f == FEAT_SVE || f == FEAT_SVE2))
        c->vq_set = default_vq_set(c);
    return true;
}

static bool unknown_key(const char *key, const char *value)
{
    const char *names[KEYS + FEAT_COUNT + MAX_ID_KEYS + FIRMWARE_KEYS];
    unsigned n = id_keys(names);
    n += firmware_keys(names + n);
    for (unsigned i = 0; i < KEYS; i++)
        names[n++] = keys[i].name;
    for (unsigned i = 0; i < FEAT_COUNT; i++)
        names[n++] = feature_name(i);
    const char *like = nearest(key, names, n);
    return user_error("%s=%s: there is no key %s%s%s", key, value, key, like ? "; the nearest is " : "",
                      like ? like : "");
}

static bool set_key(struct cpu_config *c, const char *key, const char *value)
{
    for (unsigned i = 0; i < KEYS; i++)
        if (!strcmp(key, keys[i].name))
            return keys[i].set(c, key, value);
    if (is_firmware_key(key))
        return set_firmware_key(c, key, value);
    if (feature_by_name(key) != FEAT_COUNT)
        return set_feature(c, feature_by_name(key), value);
    if (is_id_key(key))
        return set_id_key(c, key, value);
    if (is_cache_key(key))
        return set_cache_key(c, key, value);
    return unknown_key(key, value);
}

/* ---- Putting it together ---- */

typedef bool visit_fn(struct cpu_config *c, const char *key, const char *value);

/* Call visit for every KEY=VALUE of one --cpu and every CPU it names. Errors name the whole option. */
static bool visit_text(const char *spec, unsigned smp, struct cpu_config *config, visit_fn *visit)
{
    bool chosen[MAX_CPUS];
    const char *colon = strchr(spec, ':');
    char *copy = colon ? strdup(colon + 1) : NULL, *p = copy, *key;
    if (!colon || !colon[1])
        return free(copy), user_error("--cpu %s: expected RANGE:KEY=VALUE", spec);
    bool ok = copy && parse_range(spec, (size_t)(colon - spec), smp, chosen);
    while (ok && (key = strsep(&p, ","))) {
        char *value = strchr(key, '=');
        if (!value) {
            ok = user_error("--cpu %s: expected KEY=VALUE, not %s", spec, key);
            break;
        }
        *value++ = 0;
        for (unsigned i = 0; ok && i < smp; i++)
            if (chosen[i] && !visit(&config[i], key, value)) {
                char text[sizeof user_error_text];
                memcpy(text, user_error_text, sizeof text);
                ok = user_error("--cpu %s: %.900s", spec, text);
            }
    }
    free(copy);
    return ok;
}

/* The n-th --cpu; errors of one that stands in a machine file begin with its line. */
static bool visit_option(const struct options *o, unsigned n, struct cpu_config *config, visit_fn *visit)
{
    char text[sizeof user_error_text];
    if (visit_text(o->cpu[n], o->machine.smp, config, visit))
        return true;
    memcpy(text, user_error_text, sizeof text);
    return user_error("%s%.900s", o->cpu_place[n] ? o->cpu_place[n] : "", text);
}

static bool note_model(struct cpu_config *c, const char *key, const char *value)
{
    if (!strcmp(key, "model"))
        snprintf(c->model, sizeof c->model, "%s", value);
    return true;
}

enum { MAX_MODELS = 32 };

static bool apply_model(struct cpu_config *c)
{
    char model[sizeof c->model];
    memcpy(model, c->model, sizeof model);
    if (feature_defaults(model, c))
        return true;
    const char *names[MAX_MODELS];
    unsigned n = 0;
    for (const struct model_row *row; n < MAX_MODELS && (row = model_row(n)); n++)
        names[n] = row->name;
    const char *like = nearest(model, names, n);
    return user_error("--cpu model=%s: there is no such model%s%s (see --list-models)", model,
                      like ? "; the nearest is " : "", like ? like : "");
}

/* QEMU's virt with a GICv3: 16 CPUs to a cluster, so that one SGI register write reaches each. */
static uint64_t default_mpidr(unsigned i) { return BIT(31) | (uint64_t)(i / 16) << 8 | i % 16; }

struct cpu_config *cpu_options_apply(const struct options *o)
{
    unsigned smp = o->machine.smp;
    struct cpu_config *config = calloc(smp, sizeof *config);
    bool ok = config;
    for (unsigned i = 0; ok && i < smp; i++)
        snprintf(config[i].model, sizeof config[i].model, "lab");
    for (unsigned n = 0; ok && n < o->cpus; n++)
        ok = visit_option(o, n, config, note_model);
    for (unsigned i = 0; ok && i < smp; i++) {
        config[i].mpidr = default_mpidr(i);
        if (!(ok = apply_model(&config[i])))
            break;
        config[i].vq_set = default_vq_set(&config[i]);
    }
    for (unsigned n = 0; ok && n < o->cpus; n++)
        ok = visit_option(o, n, config, set_key);
    for (unsigned i = 0; ok && i < smp; i++)
        feature_normalise(&config[i]), choose_timing(&config[i], o);
    for (unsigned i = 0; ok && i < smp; i++)
        ok = check_firmware(&config[i], i);
    if (ok && check_identities(config, smp))
        return config;
    free(config);
    return NULL;
}

/* ---- Listings ---- */

void list_features(void)
{
    printf("%-22s %-4s %-4s %s\n", "feature", "lab", "max", "mandatory from");
    for (unsigned f = FEAT_BASE + 1; f < FEAT_COUNT; f++) {
        const struct feature_row *row = &feature_table[f];
        printf("%-22s %-4s %-4s ", row->name, row->lab ? "yes" : "no", row->max ? "yes" : "no");
        printf(row->since ? "Armv8.%u\n" : "-\n", row->since - 80u);
    }
}
