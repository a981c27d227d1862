/* World switches by part: core/ledger.h. The switch under way is in struct run_stats, what is known of the code here.
 */
#include "core/ledger.h"

#include <stdlib.h>

#include "core/machine.h"
#include "core/stats.h"
#include "core/timing.h"

enum { MOST_ASKED = 64 };

struct ledger {
    ledger_fill *fill;
    bool fast;
    struct ledger_range *range;
    size_t count;
    /* Pages whose code was asked for. A hostile hypervisor could run anywhere. */
    struct asked {
        uint64_t page;
        unsigned el;
    } asked[MOST_ASKED];
    unsigned asks;
};

static const struct {
    const char *key, *text;
} parts[LEDGER_PARTS] = {
#define LEDGER_PART(NAME, KEY, TEXT) { KEY, TEXT },
#include "core/ledger_part.def"
};

const char *ledger_part_key(enum ledger_part p) { return parts[p].key; }
const char *ledger_part_text(enum ledger_part p) { return parts[p].text; }

/* ---- The ranges ---- */

bool ledger_open(struct machine *m, ledger_fill *fill)
{
    if (!m->ledger && !(m->ledger = calloc(1, sizeof *m->ledger)))
        return false;
    m->ledger->fill = fill;
    return true;
}

void ledger_fast(struct machine *m) { m->ledger->fast = true; }

void ledger_free(struct machine *m)
{
    if (m->ledger)
        free(m->ledger->range);
    free(m->ledger);
    m->ledger = NULL;
}

/* What CPUs remember of the ranges. */
static void forget_places(struct machine *m)
{
    for (unsigned i = 0; i < m->cpu_count; i++)
        m->cpus[i]->stats->place_size = 0;
}

bool ledger_set(struct machine *m, const struct ledger_range *range, size_t count)
{
    struct ledger_range *copy = malloc((count ? count : 1) * sizeof *copy);

    if (!copy)
        return false;
    memcpy(copy, range, count * sizeof *copy);
    free(m->ledger->range);
    m->ledger->range = copy, m->ledger->count = count;
    forget_places(m);
    return true;
}

void ledger_forget(struct machine *m)
{
    if (!m->ledger)
        return;
    m->ledger->count = 0, m->ledger->asks = 0;
    forget_places(m);
}

/* false: it has been before, or nobody may ask any more. */
static bool ask(struct cpu *cpu, uint64_t address)
{
    struct ledger *l = cpu->machine->ledger;
    struct asked now = { address >> 12, cpu->pstate.EL };

    for (unsigned i = 0; i < l->asks; i++)
        if (l->asked[i].page == now.page && l->asked[i].el == now.el)
            return false;
    if (l->asks == MOST_ASKED)
        return false;
    l->asked[l->asks++] = now;
    l->fill(cpu->machine, cpu, address, l->asks == 1);
    return true;
}

/* The part that address belongs to; start and size: where that is so, as far as it is known without looking again.
 * false: in no range. */
static bool part_at(const struct ledger *l, uint64_t address, uint64_t *start, uint64_t *size, enum ledger_part *part)
{
    size_t low = 0, high = l->count;

    while (low < high) { /* the first range that begins above */
        size_t middle = low + (high - low) / 2;
        if (l->range[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    const struct ledger_range *r = low ? &l->range[low - 1] : NULL;
    if (r && address < r->end) {
        *start = r->start, *size = r->end - r->start, *part = r->part;
        return true;
    }
    *start = r ? r->end : 0;
    *size = (low < l->count ? l->range[low].start : UINT64_MAX) - *start;
    *part = LEDGER_OTHER;
    return false;
}

/* ---- The switch under way ---- */

static struct stat_time now_of(const struct cpu *cpu)
{
    return (struct stat_time){ cpu_icount(cpu), cpu_cycles(cpu), cpu_time(cpu) };
}

/* What has passed belongs to the part so far. */
static void settle(struct cpu *cpu, struct stat_time now)
{
    struct run_stats *r = &cpu->stats->run;

    stat_add(&r->part[r->part_now], stat_less(now, r->part_since));
    r->part_since = now;
}

static void change(struct cpu *cpu, enum ledger_part part)
{
    struct run_stats *r = &cpu->stats->run;

    if (r->part_now == part)
        return;
    settle(cpu, now_of(cpu));
    r->part_now = part;
    OBSERVE(cpu->machine, switch_part, cpu, part);
}

void ledger_branch(struct cpu *cpu, uint64_t target)
{
    struct cpu_stats *s = cpu->stats;
    struct run_stats *r = &s->run;

    if (target - s->place < s->place_size || !r->split)
        return;
    if (cpu->pstate.EL == EL0) {
        s->place = 0, s->place_size = UINT64_MAX;
        change(cpu, LEDGER_USER);
        return;
    }
    struct ledger *l = cpu->machine->ledger;
    enum ledger_part part;
    if (!part_at(l, target, &s->place, &s->place_size, &part) && ask(cpu, target))
        (void)part_at(l, target, &s->place, &s->place_size, &part);
    /* the hypervisor's vectors may be a copy that has no name */
    change(cpu, part == LEDGER_OTHER && r->part_now == LEDGER_EXIT ? LEDGER_EXIT : part);
}

void ledger_left(struct cpu *cpu)
{
    struct run_stats *r = &cpu->stats->run;
    struct ledger *l = cpu->machine ? cpu->machine->ledger : NULL;

    if (!l || !(cpu->timing || l->fast))
        return;
    r->split = 1;
    memset(r->part, 0, sizeof r->part);
    r->part_now = LEDGER_EXIT;
    r->part_since = r->since;
    timing_set_branch_hook(cpu, ledger_branch);
    OBSERVE(cpu->machine, switch_part, cpu, LEDGER_EXIT);
}

void ledger_moved(struct cpu *cpu)
{
    cpu->stats->place_size = 0;
    ledger_branch(cpu, cpu->pc);
}

void ledger_entered(struct cpu *cpu)
{
    struct run_stats *r = &cpu->stats->run;
    struct switch_stats *s = &r->switches;

    if (r->split) {
        settle(cpu, r->since);
        s->split++;
        for (unsigned i = 0; i < LEDGER_PARTS; i++) {
            stat_add(&s->part[i], r->part[i]);
            s->by_part[i][stat_length(r->part[i].cycles)] += r->part[i].instructions || r->part[i].cycles;
        }
    }
    ledger_drop(cpu);
}

void ledger_drop(struct cpu *cpu)
{
    if (!cpu->stats->run.split)
        return;
    cpu->stats->run.split = 0;
    timing_set_branch_hook(cpu, NULL);
    OBSERVE(cpu->machine, switch_part, cpu, LEDGER_PARTS);
}

void ledger_loaded(struct cpu *cpu)
{
    struct run_stats *r = &cpu->stats->run;

    cpu->stats->place_size = 0;
    if (!cpu->machine->ledger)
        r->split = 0;
    timing_set_branch_hook(cpu, r->split ? ledger_branch : NULL);
}
