/* Accounting of an instruction that is executed by its plain function: the same steps as those of the handlers in
 * isa/timed.c, and the kinds that have none there. */
#include "core/machine.h"
#include "isa/timed.h"
#include "isa/timed_account.h"

/* The accesses of the instruction under way. CPUs run one at a time. */
static struct access_range list[MAX_ACCESSES];
static unsigned accesses;

/* Physical address of va in RAM by the first-level TLB; false: it is not there. */
static bool in_tlb(struct cpu *cpu, uint64_t va, unsigned size, bool write, uint64_t *pa)
{
    const struct tlb_entry *e = tlb_first(cpu, va);

    if (!tlb_hit(cpu, write ? e->write_tag : e->read_tag, va, size))
        return false;
    *pa = phys_of(cpu->mem, tlb_host(e, va));
    return true;
}

/* Where an access has been: in RAM, or at a device. false: nowhere. */
static bool went_to(struct cpu *cpu, uint64_t va, bool write, uint64_t *pa, bool *device)
{
    *device = false;
    if (in_tlb(cpu, va, 1, write, pa))
        return true;
    if (!mem_debug_address(cpu, DEBUG_CURRENT, va, pa))
        return false;
    *device = !phys_ram(cpu->mem, *pa, 1);
    return true;
}

/* ---- The accesses of those with more than one, or whose addresses take some working out ---- */

static void one_access(const struct cpu *cpu, const struct timed_op *d, uint64_t pc)
{
    accesses = 1;
    list[0] = (struct access_range){ .va = address(cpu, d, pc),
                                     .size = (uint16_t)access_size(cpu, d),
                                     .store = d->kind == TIMED_STORE || d->kind == TIMED_ATOMIC };
}

static void find_accesses(const struct cpu *cpu, const struct op *op, const struct timed_op *d, uint64_t pc)
{
    if (d->kind == TIMED_OTHER || d->kind == TIMED_PREFETCH)
        accesses = isa_accesses(cpu, op, list);
    else
        one_access(cpu, d, pc);
}

static bool all_in_tlb(struct cpu *cpu, const struct timed_op *d)
{
    uint64_t pa;

    if (d->flags & TIMED_UNPRIV)
        return false;
    for (unsigned i = 0; i < accesses; i++)
        if (!in_tlb(cpu, list[i].va, list[i].size, list[i].store, &pa))
            return false;
    return true;
}

/* What of size bytes at va is in its page. */
static unsigned in_page(uint64_t va, uint64_t size)
{
    uint64_t left = 0x1000 - (va & 0xfff);
    return (unsigned)(size < left ? size : left);
}

/* Cycles beyond a hit for one range, page by page. */
static unsigned load_range(struct cpu *cpu, const struct access_range *r, uint64_t now, uint64_t pc)
{
    uint64_t va = r->va, left = r->size, pa;
    unsigned most = 0;
    bool device;

    while (left) {
        unsigned size = in_page(va, left), extra = 0;
        if (went_to(cpu, va, false, &pa, &device))
            extra = device ? timing_device(cpu, pa, size, now) : timing_load(cpu, va, pa, size, now, pc);
        most = extra > most ? extra : most;
        va += size, left -= size;
    }
    return most;
}

/* A load finds its value in a store that has not reached the cache as account_load() has it, also where the first-level
 * TLB does not know its page. 0: there is none. */
static uint64_t found_in_store(struct cpu *cpu, const struct timed_op *d, uint64_t at)
{
    uint64_t pa;
    bool device;

    if (d->kind != TIMED_LOAD || !went_to(cpu, list[0].va, false, &pa, &device) || device)
        return 0;
    return stored_at(&cpu->timing->s, list[0].va, at);
}

static void store_range(struct cpu *cpu, const struct op *op, const struct access_range *r, uint64_t data,
                        uint64_t committed, uint64_t pc)
{
    struct timing_state *s = &cpu->timing->s;
    uint64_t va = r->va, left = r->size, pa;
    bool device;

    while (left) {
        unsigned size = in_page(va, left);
        if (went_to(cpu, va, true, &pa, &device)) {
            if (device)
                s->drained = timing_max(s->drained, committed) + 1 + timing_device(cpu, pa, size, committed);
            else
                drain(s, va, size, data, committed,
                      timed_zeroes(op) ? timing_zero(cpu, va, pa, size, committed, pc)
                                       : timing_store(cpu, va, pa, size, committed, pc));
        }
        va += size, left -= size;
    }
}

/* Registers beyond those that struct timed_op has place for. */
static uint64_t further_sources(const struct timing_state *s, const struct operands *o)
{
    uint64_t ready = 0;
    for (unsigned i = 0; i < o->reads; i++)
        ready = timing_max(ready, s->ready[o->read[i]]);
    return ready;
}
static void further_results(struct timing_state *s, const struct operands *o, uint64_t done)
{
    for (unsigned i = 0; i < o->written; i++)
        s->ready[o->write[i]] = done;
}

static void account_accesses(struct cpu *cpu, const struct op *op, const struct timed_op *d, uint64_t pc)
{
    struct timing *t = cpu->timing;
    struct timing_state *s = &t->s;
    const struct timing_cost *c = &t->cost[d->cost];
    struct operands o = { 0 };
    uint64_t late, at, data, committed;
    unsigned extra = 0;
    bool stores = false;

    if (d->flags & TIMED_MANY)
        isa_operands(op, &o);
    queue(t, s->loads, s->loaded, t->load_queue);
    queue(t, s->stores, s->stored_count, t->store_queue);
    at = pipe_issue(t, c, begin(t, d, c, timing_max(s->barrier, further_sources(s, &o))), d->base_written != REG_SINK,
                    &late);
    for (unsigned i = 0; i < accesses; i++) {
        unsigned wait = list[i].store && d->kind != TIMED_ATOMIC ? 0 : load_range(cpu, &list[i], at, pc);
        extra = wait > extra ? wait : extra;
        stores |= list[i].store;
    }
    if (d->kind == TIMED_STORE) {
        data = timing_max(at + late, stored_values(s, d));
    } else {
        data = at + late + c->latency + extra;
        uint64_t found = found_in_store(cpu, d, at);
        if (found)
            data = timing_max(at, found) + c->latency + timing_param(t, TP_FORWARD);
        results(s, d, c, data);
        further_results(s, &o, data);
    }
    s->ready[d->base_written] = at + c->base_latency;
    committed = pipe_commit(t, uops_of(c), data + (d->kind == TIMED_STORE ? c->latency : 0));
    s->loads[s->loaded++ % MAX_QUEUE] = committed;
    for (unsigned i = 0; i < accesses; i++)
        if (list[i].store)
            store_range(cpu, op, &list[i], data, committed, pc);
    if (stores)
        s->stores[s->stored_count++ % MAX_QUEUE] = s->drained;
}

static void account_prefetch(struct cpu *cpu, const struct timed_op *d)
{
    uint64_t pa;

    account_plain(cpu->timing, d, false);
    for (unsigned i = 0; i < accesses; i++)
        if (in_tlb(cpu, list[i].va, 1, false, &pa))
            timing_prefetch(cpu, list[i].va, pa, cpu->timing->s.commit);
}

/* One access in the first-level TLB, as the handlers do it. */
static void account_hit(struct cpu *cpu, const struct timed_op *d, uint64_t pc)
{
    const struct access_range *r = &list[0];
    uint64_t pa;

    if (!in_tlb(cpu, r->va, r->size, r->store, &pa))
        return;
    if (r->store)
        account_store(cpu, cpu->timing, d, r->va, pa, r->size, pc, false);
    else
        account_load(cpu, cpu->timing, d, r->va, pa, r->size, pc, false);
}

/* ---- System instructions ---- */

static void account_system(struct cpu *cpu, const struct op *op, const struct timed_op *d)
{
    struct timing *t = cpu->timing;
    struct timing_state *s = &t->s;
    uint64_t cost = timing_param(t, d->size & 0xff), done;

    done = account_plain(t, d, false);
    switch (d->size >> 8) {
    case SYSTEM_READ:
        s->ready[d->dst[0]] = done + cost;
        s->ready[REG_NONE] = 0;
        s->commit = timing_max(s->commit, done + cost);
        break;
    case SYSTEM_CACHE:
        pipe_stall(s, s->commit + cost, TE_STALL_BACKEND);
        s->drained = timing_max(s->drained, s->commit + timed_maintenance(cpu, op, s->commit));
        break;
    case SYSTEM_WRITE: pipe_stall(s, s->commit + cost, TE_STALL_BACKEND); break;
    case SYSTEM_ISB:
        timing_stall(cpu, s->commit + cost);
        s->line = NO_LINE;
        break;
    case SYSTEM_TLBI:
        s->tlbi = timing_max(s->tlbi, cost);
        pipe_stall(s, s->commit + timing_param(t, TP_SYSREG_WRITE), TE_STALL_BACKEND);
        break;
    case SYSTEM_DSB:
        timing_stall(cpu, timing_max(s->commit, s->drained) + cost + s->tlbi);
        s->tlbi = 0;
        break;
    case SYSTEM_DMB: s->barrier = timing_max(s->commit, s->drained) + cost; break;
    }
}

/* ---- Branches ---- */

static void account_a_branch(struct cpu *cpu, const struct timed_op *d, uint64_t pc)
{
    struct timing *t = cpu->timing;
    uint64_t target = pc + (uint64_t)(int64_t)d->offset;
    bool taken = true;

    switch (d->kind) {
    case TIMED_CONDITIONAL:
    case TIMED_COMPARE:
        taken = d->kind == TIMED_CONDITIONAL ? ConditionHolds(cpu, d->extend) : compare_taken(cpu, d);
        account_branch(cpu, t, d, pc, BRANCH_CONDITIONAL, taken, taken ? target : pc + 4, false);
        return;
    case TIMED_DIRECT: account_branch(cpu, t, d, pc, d->size, true, target, false); return;
    default: account_branch(cpu, t, d, pc, d->size, true, cpu->gpr[d->base], false); return;
    }
}

/* Its target is what authentication has left of the address. */
static void account_authenticated(struct cpu *cpu, const struct timed_op *d, uint64_t pc)
{
    account_branch(cpu, cpu->timing, d, pc, d->size, true, cpu->pc, false);
}

/* ---- Before and after ---- */

struct timed_pending timed_before(struct cpu *cpu, const struct op *op, const struct timed_op *d, uint64_t pc,
                                  uint64_t pa)
{
    struct timed_pending p = { .exceptions = cpu->exceptions_taken };

    timed_enter(cpu, pc, pa);
    switch (d->kind) {
    case TIMED_RUN:
    case TIMED_HEAD:
    case TIMED_PLAIN: account_plain(cpu->timing, d, false); break;
    case TIMED_FUSED: account_fused(cpu->timing, d); break;
    case TIMED_SYSTEM: account_system(cpu, op, d); break;
    case TIMED_CONDITIONAL:
    case TIMED_COMPARE:
    case TIMED_DIRECT:
    case TIMED_INDIRECT: account_a_branch(cpu, d, pc); break;
    case TIMED_BRANCH: p.pending = true; break;
    default:
        find_accesses(cpu, op, d, pc);
        if (d->kind == TIMED_PREFETCH)
            account_prefetch(cpu, d);
        else if (!all_in_tlb(cpu, d))
            p.pending = true;
        else if (d->kind == TIMED_LOAD || d->kind == TIMED_STORE)
            account_hit(cpu, d, pc);
        else
            account_accesses(cpu, op, d, pc);
    }
    return p;
}

void timed_after(struct cpu *cpu, const struct op *op, const struct timed_op *d, uint64_t pc, struct timed_pending p)
{
    if (likely(!p.pending) || cpu->exceptions_taken != p.exceptions)
        return; /* it has done nothing but take the exception */
    if (d->kind == TIMED_BRANCH)
        account_authenticated(cpu, d, pc);
    else
        account_accesses(cpu, op, d, pc);
}
