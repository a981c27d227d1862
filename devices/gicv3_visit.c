/* The GIC's state for snapshots. */
#include "devices/gicv3.h"

#include "core/state.h"

static void visit_words(struct state_pass *s, struct gic_word *w, unsigned n)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct gic_word, group, STATE_GUEST),   STATE_ANY(struct gic_word, enabled, STATE_GUEST),
        STATE_ANY(struct gic_word, pending, STATE_GUEST), STATE_ANY(struct gic_word, level, STATE_GUEST),
        STATE_ANY(struct gic_word, active, STATE_GUEST),  STATE_ANY(struct gic_word, edge, STATE_GUEST),
    };
    STATE_LAYOUT_OF(layout, struct gic_word, fields);
    for (unsigned i = 0; i < state_times(s, n); i++)
        state_walk(s, &layout, &w[i]);
}

static void visit_redist(struct state_pass *s, struct gic_redist *r)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct gic_redist, w, STATE_HOST), /* visit_words() */
        STATE_ANY(struct gic_redist, priority, STATE_GUEST),
        STATE_ANY(struct gic_redist, affinity, STATE_HOST), /* configuration */
        STATE_ANY(struct gic_redist, asleep, STATE_GUEST),
        STATE_ANY(struct gic_redist, lpis_enabled, STATE_GUEST),
        STATE_ANY(struct gic_redist, propbaser, STATE_GUEST),
        STATE_ANY(struct gic_redist, pendbaser, STATE_GUEST),
        STATE_ANY(struct gic_redist, lpi_pending, STATE_GUEST),
        STATE_ANY(struct gic_redist, lpi_summary, STATE_GUEST),
    };
    STATE_LAYOUT_OF(layout, struct gic_redist, fields);
    visit_words(s, &r->w, 1);
    state_walk(s, &layout, r);
}

static void visit_its(struct state_pass *s, struct gic_its *its)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct gic_its, ctlr, STATE_GUEST),    STATE_ANY(struct gic_its, cbaser, STATE_GUEST),
        STATE_ANY(struct gic_its, cwriter, STATE_GUEST), STATE_ANY(struct gic_its, creadr, STATE_GUEST),
        STATE_ANY(struct gic_its, baser, STATE_GUEST),
    };
    STATE_LAYOUT_OF(layout, struct gic_its, fields);
    state_walk(s, &layout, its);
}

/* Where an interrupt of kind 1 of N goes was decided earlier and cannot be worked out again. */
static void visit_targets(struct state_pass *s, struct gicv3 *gic)
{
    for (unsigned i = 0; i < state_times(s, GIC_INTIDS); i++) {
        uint64_t target = gic->target[i];
        state_value(s, "gicv3.target", &target, GIC_NO_CPU);
        if (state_reading(s) && target >= gic->cpu_count && target != GIC_NO_CPU)
            state_refuse(s, "an interrupt goes to CPU %u, which does not exist", (unsigned)target);
        if (state_loading(s))
            gic->target[i] = (uint16_t)target;
    }
}

void gicv3_visit(struct state_pass *s, struct gicv3 *gic)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct gicv3, machine, STATE_HOST),   STATE_ANY(struct gicv3, ctlr, STATE_GUEST),
        STATE_ANY(struct gicv3, spi, STATE_HOST), /* visit_words() */
        STATE_ANY(struct gicv3, priority, STATE_GUEST), STATE_ANY(struct gicv3, irouter, STATE_GUEST),
        STATE_ANY(struct gicv3, target, STATE_HOST), /* visit_targets() */
        STATE_ANY(struct gicv3, its, STATE_HOST),    /* visit_its() */
        STATE_ANY(struct gicv3, deferred, STATE_GUEST), STATE_ANY(struct gicv3, cpu_count, STATE_HOST),
    };
    STATE_LAYOUT_OF(layout, struct gicv3, fields);
    state_walk(s, &layout, gic);
    visit_words(s, gic->spi, GIC_WORDS);
    visit_targets(s, gic);
    visit_its(s, &gic->its);
    for (unsigned i = 0; i < state_times(s, gic->cpu_count); i++)
        visit_redist(s, &gic->redist[i]);
}
