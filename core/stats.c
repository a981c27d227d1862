/* Where time goes: instructions, cycles and nanoseconds by EL and virtual CPU and by the exception that is being
 * handled, and how long it takes from a guest's exit to the next entry. Everything is worked out at exceptions and
 * their returns. */
#include "core/stats.h"

#include "core/exception.h"
#include "mmu/mmu.h"

/* The virtual CPU that runs, NULL: none. */
static struct vcpu_stats *current(struct run_stats *r)
{
    return r->now && r->now <= STAT_VCPUS ? &r->vcpu[r->now - 1] : NULL;
}

/* ---- Exceptions that have not been returned from ----
 * A world is the host or one virtual CPU; its clock goes on while it runs on this CPU. The host's EL2 may have several
 * of them open that are not nested: a guest's exit, and the system calls of the VMM that handles it. From each lower EL
 * at most one is open, since it can only run once that has been returned from. */

static struct open_stack *stack_of(struct cpu *cpu, unsigned el)
{
    uint64_t vcpu = cpu->stats->run.now;
    return &cpu->stats->open[el == EL2 ? OPEN_EL2 : vcpu ? OPEN_VCPU + vcpu - 1 : OPEN_EL1];
}

/* Up to the last settling. */
static struct stat_time clock_of(struct cpu *cpu, unsigned el)
{
    struct run_stats *r = &cpu->stats->run;
    struct stat_time t = { 0 };

    if (el == EL2 || !r->now)
        return stat_less(r->since, r->guests);
    stat_add(&t, current(r)->at[EL0]);
    stat_add(&t, current(r)->at[EL1]);
    return t;
}

static unsigned depth(const struct open_stack *s) { return s->count < OPEN_DEPTH ? s->count : OPEN_DEPTH; }

static void take_out(struct open_stack *s, unsigned i)
{
    memmove(&s->e[i], &s->e[i + 1], (depth(s) - i - 1) * sizeof s->e[0]);
    s->count = depth(s) - 1;
}

static void open_exception(struct cpu *cpu, unsigned target, enum came_from from, unsigned reason)
{
    struct open_stack *s = stack_of(cpu, target);

    for (unsigned i = 0; from != CAME_SAME && i < depth(s); i++)
        if (s->e[i].from == from) {
            take_out(s, i);
            break;
        }
    if (depth(s) == OPEN_DEPTH)
        take_out(s, 0);
    s->e[s->count++] = (struct open_exception){
        .reason = (uint16_t)reason,
        .target = (uint8_t)target,
        .from = (uint8_t)from,
        .pc = why_record(cpu, 0)->pc,
        .start = clock_of(cpu, target),
    };
}

/* Which one is returned from, and 1; 0: none that was taken here. Linux with VHE begins at EL1 and calls its stub at
 * EL2, which returns to the caller at EL2: that is known by the address. */
static unsigned returned_from(const struct open_stack *s, enum came_from to, uint64_t pc)
{
    for (unsigned i = depth(s); i; i--)
        if (s->e[i - 1].from == to)
            return i;
    for (unsigned i = depth(s); to == CAME_SAME && i; i--)
        if (s->e[i - 1].pc == pc)
            return i;
    return 0;
}

/* Returned from. Those taken above it at the same EL will not be: somebody has switched tasks. */
static void close_exception(struct cpu *cpu, unsigned el, enum came_from to)
{
    struct open_stack *s = stack_of(cpu, el);
    unsigned i = returned_from(s, to, cpu->pc);

    if (!i--)
        return;
    struct why_cost *c = why_cost_of(cpu->stats, s->e[i].reason, s->e[i].target);
    struct stat_time took = stat_less(clock_of(cpu, el), s->e[i].start);
    c->returned++;
    stat_add(&c->total, took);
    c->longest = took.cycles > c->longest ? took.cycles : c->longest;
    take_out(s, i);
    while (i < s->count)
        if (s->e[i].from == CAME_SAME)
            take_out(s, i);
        else
            i++;
}

/* ---- Time ---- */

void stats_settle(struct cpu *cpu)
{
    struct run_stats *r = &cpu->stats->run;
    struct stat_time now = { cpu_icount(cpu), cpu_cycles(cpu), cpu_time(cpu) }, passed = stat_less(now, r->since);
    unsigned el = cpu->pstate.EL;
    struct vcpu_stats *v = el < EL2 ? current(r) : NULL;

    stat_add(v ? &v->at[el] : &r->at[el], passed);
    if (v && v->vmid)
        stat_add(&r->guests, passed);
    r->since = now;
    if (el == EL0)
        return;
    const struct open_stack *s = stack_of(cpu, el);
    const struct open_exception *last = depth(s) ? &s->e[depth(s) - 1] : NULL;
    if (last)
        stat_add(&why_cost_of(cpu->stats, last->reason, last->target)->self, passed);
    else
        stat_add(v ? &v->outside : &r->outside[el], passed);
}

/* Elements of run_stats.vcpu, from 1 on; of more than there is room for the last one stands for all. */
static unsigned find_vcpu(struct cpu *cpu, struct run_stats *r)
{
    uint64_t id = mmu_vmid(cpu), mpidr = cpu->sysreg[SR_VMPIDR_EL2] & UINT64_C(0xff00ffffff);

    for (unsigned i = 0; i < STAT_VCPUS; i++) {
        struct vcpu_stats *v = &r->vcpu[i];
        if (i >= r->vcpus) {
            bool last = i == STAT_VCPUS - 1;
            v->vmid = last ? UINT64_MAX : id, v->mpidr = last ? 0 : mpidr;
            r->vcpus = i + 1;
            return i + 1;
        }
        if (v->vmid == id && v->mpidr == mpidr)
            return i + 1;
    }
    return STAT_VCPUS;
}

/* ---- World switches ---- */

static void begin_switch(struct cpu *cpu, bool host)
{
    struct run_stats *r = &cpu->stats->run;

    if (host && r->exit.ns != UINT64_MAX) /* a protected KVM's host calls it, on behalf of a guest that was left */
        return;
    r->exit = r->since, r->exit_host = host;
    ledger_left(cpu);
}

static void end_switch(struct cpu *cpu, bool host)
{
    struct run_stats *r = &cpu->stats->run;
    struct switch_stats *s = &r->switches;
    struct stat_time took = stat_less(r->since, r->exit);

    if (r->exit.ns != UINT64_MAX && host && !r->exit_host)
        return;
    if (r->exit.ns != UINT64_MAX) {
        s->count++;
        stat_add(&s->sum, took);
        s->by_instructions[stat_length(took.instructions)]++;
        s->by_cycles[stat_length(took.cycles)]++, s->by_ns[stat_length(took.ns)]++;
        r->exit.ns = UINT64_MAX;
    }
    ledger_entered(cpu);
}

/* ---- Exceptions ---- */

static enum came_from lower(unsigned el, const struct vcpu_stats *v)
{
    return v && v->vmid ? CAME_GUEST : el == EL0 ? CAME_EL0 : CAME_EL1;
}

void stats_exception(struct cpu *cpu, unsigned target, unsigned ec, unsigned reason)
{
    struct run_stats *r = &cpu->stats->run;
    unsigned from = cpu->pstate.EL;
    struct vcpu_stats *v = from < EL2 ? current(r) : NULL;

    stats_settle(cpu);
    if (v)
        (target == EL2 ? v->exits : v->kernel)[stat_class(ec)]++;
    if (v && target == EL2)
        begin_switch(cpu, !v->vmid);
    open_exception(cpu, target, from == target ? CAME_SAME : target == EL2 ? lower(from, v) : CAME_EL0, reason);
    if (target == EL2)
        r->now = 0;
}

void stats_taken(struct cpu *cpu)
{
    if (unlikely(cpu->stats->run.split))
        ledger_moved(cpu);
}

void stats_returned(struct cpu *cpu, unsigned from)
{
    struct run_stats *r = &cpu->stats->run;
    unsigned to = cpu->pstate.EL;
    struct vcpu_stats *v = NULL;

    if (from == EL2 && cpu_is_guest(cpu, to)) {
        unsigned n = find_vcpu(cpu, r);
        v = &r->vcpu[n - 1];
        close_exception(cpu, EL2, lower(to, v));
        v->entries++;
        r->now = n;
        end_switch(cpu, !v->vmid);
    } else {
        close_exception(cpu, from, from == to ? CAME_SAME : lower(to, NULL));
    }
    if (unlikely(r->split))
        ledger_moved(cpu);
}

void stats_restart(struct cpu *cpu)
{
    struct run_stats *r = &cpu->stats->run;

    r->now = 0;
    r->exit.ns = UINT64_MAX;
    memset(cpu->stats->open, 0, sizeof cpu->stats->open);
    ledger_drop(cpu);
    r->since.ns = cpu_time(cpu);
    stats_settle(cpu);
}
