/* Timing models: what an instruction costs, by the lines of the model's file that are about it. */
#include "core/timing_model.h"

#include <stdlib.h>
#include <string.h>

#include "core/timing_file.h"
#include "isa/isa.h"

enum { HASH = 2 * MAX_COSTS, QUADWORD = 128 };

void timing_model_free(struct timing_model *m)
{
    if (!m)
        return;
    if (m->file) {
        free(m->file->text), free(m->file->line), free(m->file->use), free(m->file->candidate);
        free(m->file->first_candidate);
        free(m->file->origin), free(m->file->hash);
    }
    for (unsigned vq = 0; vq <= MAX_VQ; vq++)
        free(m->cost[vq]);
    free(m->use), free(m->file), free(m);
}

/* ---- The cost that a line gives at one vector length ---- */

unsigned timing_passes(const struct timing_model *m, const struct cost_line *l, unsigned vq)
{
    unsigned width = (unsigned)m->param[TP_VECTOR];
    return l->scales ? (vq * QUADWORD + width - 1) / width : 1;
}

/* What the last of n passes has to wait for a port that those before it have: the largest of the line's uses. */
static unsigned last_pass(const struct timing_file *f, const struct cost_line *l, unsigned n)
{
    unsigned longest = 0;
    for (unsigned i = 0; i < l->uses; i++) {
        const struct timing_use *u = &f->use[l->first + i];
        unsigned ports = (unsigned)__builtin_popcount(u->ports), wait = ((n + ports - 1) / ports - 1) * u->cycles;
        longest = wait > longest ? wait : longest;
    }
    return longest;
}

/* The line's uses for each pass. More than a cost can have are put together into fewer and longer ones. */
static void fill_uses(const struct timing_file *f, const struct cost_line *l, unsigned n, struct timing_cost *c,
                      struct timing_use *use)
{
    unsigned rounds = l->uses && n > MAX_USES / l->uses ? MAX_USES / l->uses : n;
    unsigned longer = (n + rounds - 1) / rounds;
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned i = 0; i < l->uses; i++) {
            struct timing_use u = f->use[l->first + i];
            u.cycles = (uint16_t)(u.cycles * longer);
            use[c->uses++] = u;
        }
}

static unsigned at_most(unsigned n, unsigned most) { return n < most ? n : most; }

static struct timing_cost cost_at(const struct timing_model *m, const struct cost_line *l, unsigned vq,
                                  struct timing_use *use)
{
    unsigned n = timing_passes(m, l, vq);
    struct timing_cost c = {
        .latency = (uint16_t)at_most(l->latency + last_pass(m->file, l, n), UINT16_MAX),
        .uops = (uint8_t)at_most(l->uops * n, UINT8_MAX),
        .flags = (uint8_t)((l->group ? COST_FORWARDS : 0) | (l->unordered ? COST_UNORDERED : 0)),
        .forward = l->forward,
        .group = l->group,
        .base_latency = l->base_latency,
    };
    fill_uses(m->file, l, n, &c, use);
    if (c.uses)
        c.use = use[0];
    return c;
}

/* ---- Indices ---- */

/* The line about word, of a row, at a vector length: the first candidate that holds. The parser has seen to it that a
 * class has one for each length. */
static unsigned line_of(const struct timing_file *f, unsigned row, uint32_t word, unsigned vq)
{
    const struct candidate *c = &f->candidate[f->first_candidate[row]], *end;
    end = &f->candidate[f->first_candidate[row + 1]];
    while (c < end - 1 && (!(f->line[c->line].vqs >> vq & 1) || !conditions_hold(&f->line[c->line], c, word)))
        c++;
    return c->line;
}

/* The cost of a line at a vector length. Uses behind the first are kept once for each number of passes; the parser has
 * seen to it that there is room. */
static struct timing_cost make_cost(struct timing_model *m, struct cost_line *l, unsigned vq)
{
    struct timing_use use[MAX_USES];
    struct timing_cost c = cost_at(m, l, vq, use);
    struct timing_file *f = m->file;
    uint32_t *kept = &l->kept[timing_passes(m, l, vq)];
    if (c.uses > 1 && !*kept) {
        memcpy(&m->use[f->uses_made], use + 1, (c.uses - 1u) * sizeof *use);
        *kept = f->uses_made + 1;
        f->uses_made += c.uses - 1u;
    }
    c.first = c.uses > 1 ? *kept - 1 : 0;
    return c;
}

static unsigned hash_of(const uint16_t *origin)
{
    uint64_t h = 0;
    for (unsigned vq = 1; vq <= MAX_VQ; vq++)
        h = (h ^ origin[vq]) * UINT64_C(0x9e3779b97f4a7c15), h ^= h >> 29;
    return (unsigned)(h % HASH);
}

/* The index whose costs come from these lines. */
static unsigned intern(struct timing_model *m, const uint16_t *origin)
{
    struct timing_file *f = m->file;
    unsigned slot = hash_of(origin);
    for (; f->hash[slot]; slot = (slot + 1) % HASH)
        if (!memcmp(f->origin[f->hash[slot] - 1], origin, sizeof f->origin[0]))
            return f->hash[slot] - 1u;
    if (m->costs == MAX_COSTS)
        return 0;
    memcpy(f->origin[m->costs], origin, sizeof f->origin[0]);
    for (unsigned vq = 1; vq <= MAX_VQ; vq++)
        m->cost[vq][m->costs] = make_cost(m, &f->line[origin[vq]], vq);
    f->hash[slot] = (uint16_t)(m->costs + 1);
    return m->costs++;
}

unsigned timing_cost_of(struct timing_model *m, const struct op *op)
{
    uint16_t origin[MAX_VQ + 1] = { 0 };
    for (unsigned vq = 1; vq <= MAX_VQ; vq++)
        origin[vq] = (uint16_t)line_of(m->file, op->row, op->word, vq);
    return intern(m, origin);
}

bool timing_costs_create(struct timing_model *m)
{
    struct timing_file *f = m->file;
    bool ok = (m->use = calloc(MAX_KEPT_USES, sizeof *m->use)) && (f->hash = calloc(HASH, sizeof *f->hash)) &&
              (f->origin = calloc(MAX_COSTS, sizeof *f->origin));
    for (unsigned vq = 1; ok && vq <= MAX_VQ; vq++)
        ok = (m->cost[vq] = calloc(MAX_COSTS, sizeof *m->cost[vq]));
    struct op undefined = { .row = INSN_COUNT };
    return ok && !timing_cost_of(m, &undefined); /* index 0 */
}
