/* The steps by which an instruction is accounted: for isa/timed.c. What happens in which order is the same for chained
 * handlers and for single instructions. */
#ifndef SVEMU_ISA_TIMED_ACCOUNT_H
#define SVEMU_ISA_TIMED_ACCOUNT_H

#include "isa/timed_simple.h"

static ALWAYS_INLINE uint64_t sources(const struct timing_state *s, const struct timed_op *d)
{
    return timing_max(timing_max(s->ready[d->src[0]], s->ready[d->src[1]]),
                      timing_max(s->ready[d->src[2]], s->ready[d->src[3]]));
}

/* When the accumulator is wanted, which may be later than the others where its producer forwards to it. */
static ALWAYS_INLINE uint64_t accumulator(const struct timing_state *s, const struct timed_op *d,
                                          const struct timing_cost *c)
{
    uint64_t ready = s->ready[d->accumulator];

    if (unlikely(c->forward) && s->forward[d->accumulator].ready == ready &&
        s->forward[d->accumulator].group == c->group)
        return ready > c->forward ? ready - c->forward : 0;
    return ready;
}

static ALWAYS_INLINE void results(struct timing_state *s, const struct timed_op *d, const struct timing_cost *c,
                                  uint64_t done)
{
    s->ready[d->dst[0]] = done;
    s->ready[d->dst[1]] = done;
    s->ready[d->dst[2]] = done;
    if (unlikely(c->flags & COST_FORWARDS)) {
        s->forward[d->dst[0]].ready = done;
        s->forward[d->dst[0]].group = c->group;
    }
}

static ALWAYS_INLINE void count_sve(struct timing_state *s, const struct timed_op *d)
{
    if (likely(!(d->flags & TIMED_SVE)))
        return;
    s->count[TE_SVE_INST_RETIRED]++;
    s->count[TE_SVE_INST_SPEC]++;
    s->count[TE_SVE_PRED_SPEC] += (d->flags & TIMED_PREDICATED) != 0;
    s->count[TE_SVE_MOVPRFX_SPEC] += (d->flags & TIMED_MOVPRFX) != 0;
    s->count[TE_SVE_LDFF_SPEC] += (d->flags & TIMED_FIRST_FAULT) != 0;
}

/* Only what is TIMED_FUSED takes no place. */
static ALWAYS_INLINE unsigned uops_of(const struct timing_cost *c) { return c->uops | !c->uops; }

/* What every instruction goes through before it begins: returns when its operands, of which more is one, are there. */
static ALWAYS_INLINE uint64_t begin(struct timing *t, const struct timed_op *d, const struct timing_cost *c,
                                    uint64_t more)
{
    uint64_t at = pipe_dispatch(t, uops_of(c));

    count_sve(&t->s, d);
    return timing_max(timing_max(at, more), timing_max(sources(&t->s, d), accumulator(&t->s, d, c)));
}

/* When an instruction begins whose operands are there and in cycle more; *done: when its last micro-operation has gone
 * through, beside its latency. simple: TIMED_SIMPLE. */
static ALWAYS_INLINE uint64_t issue(struct timing *t, const struct timed_op *d, const struct timing_cost *c,
                                    uint64_t more, bool simple, uint64_t *late)
{
    if (simple) {
        uint64_t at = timing_max(simple_dispatch(t), more);
        *late = 0;
        at = timing_max(at, timing_max(t->s.ready[d->src[0]], t->s.ready[d->src[1]]));
        return simple_book(&t->s, c->use.ports, at);
    }
    return pipe_issue(t, c, begin(t, d, c, more), d->base_written != REG_SINK, late);
}
static ALWAYS_INLINE uint64_t commit(struct timing *t, const struct timing_cost *c, uint64_t done, bool simple)
{
    return simple ? simple_commit(&t->s, done) : pipe_commit(t, uops_of(c), done);
}

/* Registers only; returns when it is done. */
static ALWAYS_INLINE uint64_t account_plain(struct timing *t, const struct timed_op *d, bool simple)
{
    const struct timing_cost *c = &t->cost[d->cost];
    uint64_t late, at = issue(t, d, c, 0, simple, &late), done = at + late + c->latency;

    if (simple) {
        t->s.ready[d->dst[0]] = done;
        t->s.ready[d->dst[1]] = done;
    } else {
        results(&t->s, d, c, done);
    }
    commit(t, c, done, simple);
    return done;
}

/* MOVPRFX takes no place of its own: what it prefixes waits for its operands. */
static ALWAYS_INLINE void account_fused(struct timing *t, const struct timed_op *d)
{
    t->s.ready[d->dst[0]] = timing_max(sources(&t->s, d), t->s.ready[d->accumulator]);
    count_sve(&t->s, d);
}

/* ---- Memory ---- */

static ALWAYS_INLINE uint64_t vl_offset(const struct cpu *cpu, const struct timed_op *d)
{
    int64_t bytes = CurrentVL(cpu) / 8;
    return (uint64_t)(d->offset * (d->size & 0x40 ? bytes >> ((d->size & 7) - 1) : 1));
}
static ALWAYS_INLINE unsigned vl_size(const struct cpu *cpu, const struct timed_op *d)
{
    return (CurrentVL(cpu) / 8 >> ((d->size & 7) - 1)) * (d->size >> 3 & 7);
}

static ALWAYS_INLINE uint64_t address(const struct cpu *cpu, const struct timed_op *d, uint64_t pc)
{
    uint64_t base = unlikely(d->base == REG_NONE) ? pc : cpu->gpr[d->base], index = cpu->gpr[d->index];

    if (unlikely(d->flags & TIMED_VL))
        return base + vl_offset(cpu, d) + (index << d->shift);
    if (d->extend & EXTEND_OF_INDEX)
        index = (d->extend & EXTEND_OF_INDEX) == 2 ? (uint32_t)index : (uint64_t)(int64_t)(int32_t)index;
    return base + (uint64_t)(int64_t)d->offset + (index << d->shift);
}
/* Of a base and an offset, which most have. */
static ALWAYS_INLINE bool is_offset(const struct timed_op *d)
{
    return !(d->extend & ~EXTEND_SP) && !(d->flags & TIMED_VL) && d->index == REG_NONE && d->base != REG_NONE;
}
static ALWAYS_INLINE uint64_t offset_address(const struct cpu *cpu, const struct timed_op *d)
{
    return cpu->gpr[d->base] + (uint64_t)(int64_t)d->offset;
}
static ALWAYS_INLINE unsigned access_size(const struct cpu *cpu, const struct timed_op *d)
{
    return unlikely(d->flags & TIMED_VL) ? vl_size(cpu, d) : d->size;
}

/* A place in a queue of so many; 0: there is always one. */
static ALWAYS_INLINE void queue(struct timing *t, const uint64_t *left, uint64_t count, uint32_t size)
{
    if (size)
        pipe_stall(&t->s, left[(count - size) % MAX_QUEUE], TE_STALL_BACKEND);
}

/* The value that a load at va finds in a store that has not reached the cache: when; 0: there is none. */
static ALWAYS_INLINE uint64_t stored_at(const struct timing_state *s, uint64_t va, uint64_t at)
{
    unsigned i = va >> 3 & (FORWARDS - 1);
    return s->stored[i].address == (va >> 3) + 1 && s->stored[i].drained > at ? s->stored[i].data : 0;
}

static ALWAYS_INLINE void account_load(struct cpu *cpu, struct timing *t, const struct timed_op *d, uint64_t va,
                                       uint64_t pa, unsigned size, uint64_t pc, bool simple)
{
    struct timing_state *s = &t->s;
    const struct timing_cost *c = &t->cost[d->cost];
    uint64_t late, at, done, data;

    queue(t, s->loads, s->loaded, t->load_queue);
    at = issue(t, d, c, s->barrier, simple, &late);
    done = at + late + c->latency + timing_load(cpu, va, pa, size, at, pc);
    data = stored_at(s, va, at);
    if (unlikely(data != 0))
        done = timing_max(at, data) + c->latency + timing_param(t, TP_FORWARD);
    s->ready[d->dst[0]] = done;
    s->ready[d->dst[1]] = done;
    if (!simple)
        results(s, d, c, done);
    s->ready[d->base_written] = at + c->base_latency;
    done = commit(t, c, done, simple);
    if (t->load_queue)
        s->loads[s->loaded++ % MAX_QUEUE] = done;
}

/* The store of size bytes at va, whose value is there in cycle data, leaves the queue behind its predecessors: as many
 * a cycle as the ports let pass. extra: cycles until its line is owned. */
static ALWAYS_INLINE void drain(struct timing_state *s, uint64_t va, unsigned size, uint64_t data, uint64_t committed,
                                unsigned extra)
{
    s->drained = timing_max(s->drained, committed + extra);
    uint64_t word = va >> 3, last = (va + size - 1) >> 3, most = word + 8;
    do {
        unsigned i = word & (FORWARDS - 1);
        s->stored[i].address = word + 1;
        s->stored[i].data = data;
        s->stored[i].drained = s->drained;
    } while (unlikely(++word <= last && word < most));
}

/* When what a STORE stores is there. */
static ALWAYS_INLINE uint64_t stored_values(const struct timing_state *s, const struct timed_op *d)
{
    return timing_max(timing_max(s->ready[d->data], s->ready[d->dst[0]]),
                      timing_max(s->ready[d->dst[1]], s->ready[d->dst[2]]));
}

static ALWAYS_INLINE void account_store(struct cpu *cpu, struct timing *t, const struct timed_op *d, uint64_t va,
                                        uint64_t pa, unsigned size, uint64_t pc, bool simple)
{
    struct timing_state *s = &t->s;
    const struct timing_cost *c = &t->cost[d->cost];
    uint64_t late, at, data, committed;

    queue(t, s->stores, s->stored_count, t->store_queue);
    at = issue(t, d, c, s->barrier, simple, &late);
    data = timing_max(at + late, stored_values(s, d));
    s->ready[d->base_written] = at + c->base_latency;
    committed = commit(t, c, data + c->latency, simple);
    drain(s, va, size, data, committed, timing_store(cpu, va, pa, size, committed, pc));
    s->stores[s->stored_count++ % MAX_QUEUE] = s->drained;
}

/* ---- Branches ---- */

/* CBZ, CBNZ: extend is the register's width << 1 | taken if it is not 0; TBZ, TBNZ: the bit is compared with it. */
static ALWAYS_INLINE bool compare_taken(const struct cpu *cpu, const struct timed_op *d)
{
    uint64_t value = cpu->gpr[d->base];

    if (d->shift < 64)
        return (value >> d->shift & 1) == (d->extend & 1);
    return ((d->extend & 2 ? value : (uint32_t)value) != 0) == (d->extend & 1);
}

/* So many taken branches a cycle are fetched, ahead of dispatch, which they do not interrupt. */
static ALWAYS_INLINE void taken_in_cycle(struct timing *t)
{
    struct timing_state *s = &t->s;
    uint64_t slot = s->branched + t->taken_step;

    if (slot > s->slot) {
        s->count[TE_STALL_FRONTEND] += (slot >> SLOT_BITS) - pipe_cycle(s);
        s->slot = slot;
    }
    s->branched = s->slot;
}

/* Instructions are counted up to cpu->op, which handlers do not keep: behind this one. */
static NOINLINE void tell_branch(struct cpu *cpu, const struct timing *t, uint64_t pc, uint64_t target)
{
    const struct op *op = cpu->op;

    cpu->op = cpu->ops + (pc - cpu->page_va) / 4 + 1;
    t->hook(cpu, target);
    cpu->op = op;
}

/* Simple, with one source and without a result. */
static ALWAYS_INLINE uint64_t account_condition(struct timing *t, const struct timed_op *d)
{
    const struct timing_cost *c = &t->cost[d->cost];
    uint64_t at = timing_max(simple_dispatch(t), t->s.ready[d->src[0]]);
    uint64_t done = simple_book(&t->s, c->use.ports, at) + c->latency;

    simple_commit(&t->s, done);
    return done;
}

static ALWAYS_INLINE void account_branch(struct cpu *cpu, struct timing *t, const struct timed_op *d, uint64_t pc,
                                         enum branch_kind kind, bool taken, uint64_t target, bool simple)
{
    struct timing_state *s = &t->s;
    uint64_t done = simple && kind == BRANCH_CONDITIONAL ? account_condition(t, d) : account_plain(t, d, simple);

    s->count[TE_BR_RETIRED]++;
    switch (timing_branch_predict(t->branch, pc, kind, taken, target)) {
    case BRANCH_WRONG:
        s->count[TE_BR_MIS_PRED]++;
        s->count[TE_BR_MIS_PRED_RETIRED]++;
        pipe_stall(s, done + timing_param(t, TP_MISPREDICT), TE_STALL_FRONTEND);
        break;
    case BRANCH_BUBBLE: pipe_stall(s, pipe_cycle(s) + timing_param(t, TP_BTB_MISS), TE_STALL_FRONTEND); break;
    case BRANCH_RIGHT:
        if (taken)
            taken_in_cycle(t);
        break;
    }
    if (unlikely(t->hook != NULL) && taken)
        tell_branch(cpu, t, pc, target);
}

#endif
