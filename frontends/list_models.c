/* --list-models: each model, and where its ID registers differ from the silicon's. */
#include "frontends/frontends.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/model.h"
#include "frontends/id_fields.h"
#include "sysregs/sysregs.h"

enum { WIDTH = 100 };

/* Words after words, wrapped and indented. */
struct words {
    unsigned column;
};

static void word(struct words *w, const char *text, bool last)
{
    unsigned length = (unsigned)strlen(text) + 1;
    if (w->column + length > WIDTH || !w->column)
        printf("%s%14s", w->column ? "\n" : "", ""), w->column = 14;
    printf(" %s%s", text, last ? "" : ",");
    w->column += length + 1;
}

static void list_lengths(uint16_t set)
{
    char text[VL_TEXT];
    printf("  %-12s %s%s\n", "SVE", vl_text(set, "+", text, sizeof text), set ? " bits" : "");
}

/* Names of the features that the silicon has and the model does not. */
static void list_removed(const struct model_row *m, const struct cpu_config *c)
{
    unsigned removed = 0, n = 0;
    struct words w = { 0 };
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        removed += model_silicon_has(m, f) && !feature_claimed(c, f);
    if (!removed)
        return;
    printf("  %-12s features of the silicon:\n", "left out");
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        if (model_silicon_has(m, f) && !feature_claimed(c, f))
            word(&w, feature_name(f), ++n == removed);
    putchar('\n');
}

static uint64_t field_of(uint64_t value, const struct id_field *f) { return Bits(value, f->hi, f->lo); }

static bool differs(const struct model_row *m, const struct cpu *cpu, const struct id_field *f)
{
    bool known = false;
    for (unsigned i = 0; i < sizeof m->id / sizeof m->id[0] && m->id[i].value; i++)
        known |= m->id[i].reg == f->reg;
    return known && field_of(cpu->sysreg[f->reg], f) != field_of(model_silicon(m, f->reg), f);
}

static void list_differences(const struct model_row *m, const struct cpu *cpu)
{
    unsigned count = 0, n = 0;
    struct words w = { 0 };
    char text[128];
    for (unsigned i = 0; i < ID_FIELDS; i++)
        count += differs(m, cpu, &id_fields[i]);
    if (!count)
        return;
    printf("  %-12s field = value here (the silicon's):\n", "differences");
    for (unsigned i = 0; i < ID_FIELDS; i++)
        if (differs(m, cpu, &id_fields[i])) {
            const struct id_field *f = &id_fields[i];
            snprintf(text, sizeof text, "%s=%" PRIu64 " (%" PRIu64 ")", f->name, field_of(cpu->sysreg[f->reg], f),
                     field_of(model_silicon(m, f->reg), f));
            word(&w, text, ++n == count);
        }
    putchar('\n');
}

static void list_model(const struct model_row *m)
{
    struct machine_options options = { .smp = 1 };
    struct cpu_config c = { .vq_set = m->vq_set, .clock_hz = 1000000000 };
    unsigned features = 0;
    if (!feature_defaults(m->name, &c))
        return;
    for (unsigned f = FEAT_BASE + 1; f < FEAT_COUNT; f++)
        features += feature_claimed(&c, f);
    printf("%s\n  %s, %u features\n", m->name, m->what, features);
    struct machine *machine = model_is_silicon(m) ? machine_create(&options, &c) : NULL;
    if (!machine)
        return;
    list_lengths(m->vq_set);
    list_removed(m, &c);
    list_differences(m, machine->cpus[0]);
    machine_free(machine);
}

void list_models(void)
{
    const struct model_row *m;
    for (unsigned i = 0; (m = model_row(i)); i++)
        list_model(m);
    list_timing_models();
}
