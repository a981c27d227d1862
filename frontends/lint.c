/* The ID lint over a machine: findings that the model has as it comes are its silicon's own and not reported; the
 * others are, once for all CPUs that have them. */
#include "frontends/lint.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/model.h"
#include "frontends/frontends.h"

static bool among(const struct lint *l, const struct lint_finding *f)
{
    for (unsigned i = 0; i < l->count; i++)
        if (l->finding[i].rule == f->rule && !strcmp(l->finding[i].text, f->text))
            return true;
    return false;
}

/* Take out of l what the CPU's model has without any key. */
static void subtract_model(struct lint *l, struct lint *own)
{
    struct machine_options options = { .smp = 1 };
    struct cpu_config c = { .clock_hz = 1000000000, .mpidr = BIT(31) };
    const struct model_row *model = model_by_name(l->config->model);
    own->count = 0;
    c.vq_set = model && model->vq_set ? model->vq_set : 0xb;
    struct machine *m = model && feature_defaults(model->name, &c) ? machine_create(&options, &c) : NULL;
    if (!m)
        return;
    lint_cpu(own, m->cpus[0], &m->config[0], 1);
    unsigned kept = 0;
    for (unsigned i = 0; i < l->count; i++)
        if (!among(own, &l->finding[i]))
            l->finding[kept++] = l->finding[i];
    l->count = kept;
    machine_free(m);
}

/* "CPU 1", "CPUs 0-3,5" of those that have the finding. */
static void name_cpus(const struct lint *lint, unsigned smp, const struct lint_finding *f, char *text, size_t size)
{
    unsigned length = 0, cpus = 0;
    text[0] = 0;
    for (unsigned i = 0; i < smp && length + 16 < size; i++) {
        if (!among(&lint[i], f))
            continue;
        unsigned last = i;
        while (last + 1 < smp && among(&lint[last + 1], f))
            last++;
        cpus += last - i + 1;
        length +=
            (unsigned)snprintf(text + length, size - length, last > i ? "%s%u-%u" : "%s%u", length ? "," : "", i, last);
        i = last;
    }
    memmove(text + 5, text, strlen(text) + 1);
    memcpy(text, cpus > 1 ? "CPUs " : " CPU ", 5);
}

bool lint_machine(const struct machine *m, bool strict)
{
    unsigned smp = m->cpu_count;
    struct lint *lint = calloc(smp + 1, sizeof *lint), *own = lint ? &lint[smp] : NULL;
    char cpus[128];
    bool ok = true;
    for (unsigned i = 0; lint && i < smp; i++) {
        lint_cpu(&lint[i], m->cpus[i], &m->config[i], smp);
        if (lint[i].count)
            subtract_model(&lint[i], own);
    }
    for (unsigned i = 0; lint && ok && i < smp; i++)
        for (unsigned n = 0; ok && n < lint[i].count; n++) {
            const struct lint_finding *f = &lint[i].finding[n];
            bool said = false;
            for (unsigned j = 0; j < i; j++)
                said |= among(&lint[j], f);
            if (said)
                continue;
            name_cpus(lint, smp, f, cpus, sizeof cpus - 8);
            const char *who = cpus + (cpus[0] == ' ');
            if (strict)
                ok = user_error("--strict: %s: %s (rule %s)", who, f->text, f->rule);
            else
                user_warning("%s: %s (rule %s)", who, f->text, f->rule);
        }
    free(lint);
    return ok;
}
