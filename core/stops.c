/* Stop points, steps and pauses: core/stops.h. The engine asks stop_before() where a decoded op says that there may be
 * a point, and stop_due() once an instruction count has come near one; everything else is told by an observer of our
 * own, which is in while a point needs it. */
#include "core/stops.h"

#include <stdlib.h>

#include "core/observe.h"
#include "isa/isa.h"
#include "mmu/mmu.h"

enum {
    MAX_POINTS = 4096,
    KINDS = STOP_AT_POSITION + 1,
    MARGIN = 2048, /* more than the handlers may run past a deadline: the instructions of a page */
};

struct stops {
    struct stop_places places; /* first: stop_place() */
    struct machine *m;
    struct stop_point point[STOP_BOUND]; /* number n at n - 1 */
    bool used[STOP_BOUND];
    bool quiet;            /* no point but the last counts */
    bool replays;          /* no internal one does */
    unsigned top;          /* numbers above are not in use */
    unsigned count[KINDS]; /* points of each kind */
    struct machine_observer observer;
    bool observes;
    struct stop_hit hit;
    /* Where the machine stopped last: no point is hit there again before something has been executed. */
    const struct cpu *at_cpu;
    uint64_t at_icount, at_pc;
    bool at_start; /* the run began there, and has not got further */
    bool told[2];  /* what it stopped there for: others' points, internal ones */
    /* machine_step(): until this has changed. */
    bool stepping;
    const struct cpu *step_cpu; /* NULL: any */
    uint64_t step_from;
    bool pause[2]; /* machine_pause(), machine_pause_internal() came outside machine_run() */
};

_Static_assert(STOP_BOUND == MAX_POINTS + 1, "behind all others");

static struct stops *stops_of(struct machine *m)
{
    if (!m->stops) {
        m->stops = calloc(1, sizeof(*m->stops));
        assert(m->stops);
        m->stops->m = m;
    }
    return m->stops;
}

void stops_free(struct machine *m)
{
    free(m->stops);
    m->stops = NULL;
}

uint64_t machine_position(const struct machine *m)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < m->cpu_count; i++)
        sum += cpu_icount(m->cpus[i]);
    return sum;
}

/* ---- Stopping ---- */

/* Ask for a stop: hit says why. */
static void stop_now(struct stops *s, bool internal, struct stop_hit hit)
{
    struct machine *m = s->m;
    struct stop_hit before = { .point = 0 };
    bool first = !m->stop;

    if (!first && m->stop != STOP_DEBUG)
        return;
    if (!first)
        before = s->hit;
    m->stop = STOP_DEBUG;
    if (first || (!internal && !before.external))
        s->hit = hit;
    s->hit.external = before.external || !internal;
    s->hit.internal = before.internal ? before.internal : internal ? hit.point : 0;
    if (m->current)
        m->current->redirect |= REDIRECT_STOP;
}
static void stop_at(struct stops *s, unsigned point, struct cpu *cpu, uint64_t pc, uint64_t address, bool write)
{
    stop_now(s, s->point[point - 1].internal,
             (struct stop_hit){ .point = point, .cpu = cpu, .address = address, .pc = pc, .write = write });
}
static void stop_without_point(struct stops *s, bool internal, struct cpu *cpu)
{
    stop_now(s, internal, (struct stop_hit){ .cpu = cpu });
}

/* Is this where the machine has stopped last? */
static bool is_here(const struct stops *s, const struct cpu *cpu, uint64_t pc)
{
    return s->at_start && s->at_cpu == cpu && s->at_icount == cpu_icount(cpu) && s->at_pc == pc;
}
/* And has point n been told there, or would have been? */
static bool seen_here(const struct stops *s, unsigned n, const struct cpu *cpu, uint64_t pc)
{
    return n != STOP_BOUND && s->told[s->point[n - 1].internal] && is_here(s, cpu, pc);
}

/* Is it for this CPU? el: that counts; from: whose address space it is about. */
static bool concerns(const struct stop_point *p, const struct cpu *cpu, unsigned el, unsigned from)
{
    return (p->cpu < 0 || (unsigned)p->cpu == cpu->index) && (!p->els || p->els >> el & 1) &&
           (!p->has_vmid || (cpu_is_guest(cpu, from) && mmu_vmid(cpu) == p->vmid));
}

/* The next number after n of a point of the kind that concerns the CPU, 0: none. */
static unsigned next_point(const struct stops *s, unsigned n, enum stop_kind kind, const struct cpu *cpu, unsigned el,
                           unsigned from)
{
    if (s->quiet && n < STOP_BOUND - 1)
        n = STOP_BOUND - 1;
    while (n++ < s->top)
        if (s->used[n - 1] && s->point[n - 1].kind == kind && concerns(&s->point[n - 1], cpu, el, from) &&
            !(s->replays && s->point[n - 1].internal))
            return n;
    return 0;
}
#define EACH_POINT(S, N, KIND, CPU, EL, FROM) for (unsigned N = 0; (N = next_point(S, N, KIND, CPU, EL, FROM)) != 0;)

bool stop_before(struct cpu *cpu, uint64_t va, uint64_t pa)
{
    struct stops *s = cpu->machine->stops;
    unsigned el = cpu->pstate.EL;
    bool stop = false;

    EACH_POINT(s, n, STOP_AT_PC, cpu, el, el)
    {
        const struct stop_point *p = &s->point[n - 1];
        if (p->address == (p->physical ? pa : va) && !seen_here(s, n, cpu, va))
            stop_at(s, n, cpu, va, va, false), stop = true;
    }
    return stop;
}

/* ---- What is told ---- */

/* The first byte of the access that is watched. */
static bool touches(const struct stop_point *p, const struct mem_access *a, uint64_t *first)
{
    uint64_t start = p->physical ? a->pa : a->va, size = p->size ? p->size : 1;

    if (!(a->write ? p->write : p->read))
        return false;
    if (!p->physical && start - p->address >= size && p->address - start >= a->size)
        start = (uint64_t)((int64_t)(start << 8) >> 8); /* perhaps a tagged address */
    if (start - p->address < size)
        return *first = start, true;
    return *first = p->address, p->address - start < a->size;
}

static void memory(void *context, struct cpu *cpu, const struct mem_access *a)
{
    struct stops *s = context;
    unsigned el = cpu->pstate.EL;
    uint64_t first;

    EACH_POINT(s, n, STOP_AT_ACCESS, cpu, el, el)
    {
        if (touches(&s->point[n - 1], a, &first))
            stop_at(s, n, cpu, PC(cpu), first, a->write);
    }
}

static void sysreg_written(void *context, struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    struct stops *s = context;
    unsigned el = cpu->pstate.EL;

    (void)old;
    EACH_POINT(s, n, STOP_AT_SYSREG, cpu, el, el)
    {
        if (s->point[n - 1].reg == r)
            stop_at(s, n, cpu, cpu->run_start ? PC(cpu) : cpu->pc, 0, true);
    }
}

static void exception_taken(void *context, struct cpu *cpu, const struct exception_taken *e)
{
    struct stops *s = context;

    EACH_POINT(s, n, STOP_AT_EXCEPTION, cpu, e->target, e->from)
    {
        if (s->point[n - 1].ec < 0 || (unsigned)s->point[n - 1].ec == e->ec)
            stop_at(s, n, cpu, e->pc, e->far, false);
    }
}

/* ---- Counts and steps ---- */

/* The count that this CPU has when the point is due; false: that is past. */
static bool due_at(const struct stop_point *p, const struct cpu *cpu, uint64_t *icount)
{
    uint64_t now = cpu_icount(cpu), here = p->kind == STOP_AT_POSITION ? machine_position(cpu->machine) : now;

    *icount = now + (p->count - here);
    return p->count >= here;
}

static bool counts(const struct stops *s) { return s->count[STOP_AT_INSTRUCTION] | s->count[STOP_AT_POSITION]; }

uint64_t stops_deadline(const struct cpu *cpu)
{
    const struct stops *s = cpu->machine->stops;
    uint64_t deadline = cpu->slice_deadline, icount;

    if (likely(!s))
        return deadline;
    if (s->stepping && (!s->step_cpu || s->step_cpu == cpu))
        return 0;
    for (unsigned kind = STOP_AT_INSTRUCTION; counts(s) && kind <= STOP_AT_POSITION; kind++)
        for (unsigned n = s->quiet ? STOP_BOUND : 1; n <= s->top; n++) {
            const struct stop_point *p = &s->point[n - 1];
            if (!s->used[n - 1] || p->kind != kind || (p->cpu >= 0 && (unsigned)p->cpu != cpu->index) ||
                !due_at(p, cpu, &icount))
                continue;
            icount = icount > MARGIN ? icount - MARGIN : 0;
            deadline = icount < deadline ? icount : deadline;
        }
    return deadline;
}

uint64_t machine_progress(const struct machine *m, const struct cpu *cpu)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < m->cpu_count; i++)
        if (!cpu || m->cpus[i] == cpu)
            sum += cpu_icount(m->cpus[i]) + m->cpus[i]->exceptions_taken;
    return sum;
}

static bool step_over(const struct stops *s, const struct cpu *cpu)
{
    return s->stepping && (!s->step_cpu || s->step_cpu == cpu) && machine_progress(s->m, s->step_cpu) != s->step_from;
}

static void check_counts(struct stops *s, struct cpu *cpu, enum stop_kind kind)
{
    unsigned el = cpu->pstate.EL;
    uint64_t icount;

    EACH_POINT(s, n, kind, cpu, el, el)
    {
        if (due_at(&s->point[n - 1], cpu, &icount) && icount == cpu_icount(cpu) && !seen_here(s, n, cpu, cpu->pc))
            stop_at(s, n, cpu, cpu->pc, cpu->pc, false);
    }
}

bool stop_due(struct cpu *cpu, bool look)
{
    struct stops *s = cpu->machine->stops;

    if (!s)
        return false;
    if (step_over(s, cpu))
        stop_without_point(s, false, cpu);
    if (!look && counts(s)) {
        check_counts(s, cpu, STOP_AT_INSTRUCTION);
        check_counts(s, cpu, STOP_AT_POSITION);
    }
    cpu->deadline = stops_deadline(cpu);
    return cpu->machine->stop;
}

/* Where the machine has stopped. */
static void note_place(struct stops *s)
{
    struct cpu *cpu = s->m->stop == STOP_DEBUG ? s->m->resume : NULL;
    bool still = cpu && is_here(s, cpu, cpu->pc);

    s->told[0] = s->hit.external | (still & s->told[0]);
    s->told[1] = s->hit.internal | (still & s->told[1]);
    s->at_cpu = cpu;
    s->at_start = cpu;
    if (cpu) {
        s->at_icount = cpu_icount(cpu);
        s->at_pc = cpu->pc;
    }
}

/* ---- Points ---- */

/* The observer has the functions that points need and no other, as each has its price. */
static void observe(struct stops *s)
{
    if (s->observes)
        machine_unobserve(s->m, &s->observer);
    s->observer = (struct machine_observer){ .context = s,
                                             .memory = s->count[STOP_AT_ACCESS] ? memory : NULL,
                                             .sysreg_written = s->count[STOP_AT_SYSREG] ? sysreg_written : NULL,
                                             .exception_taken = s->count[STOP_AT_EXCEPTION] ? exception_taken : NULL };
    s->observes = s->count[STOP_AT_ACCESS] | s->count[STOP_AT_SYSREG] | s->count[STOP_AT_EXCEPTION];
    if (s->observes)
        machine_observe(s->m, &s->observer);
}

static void place_points(struct stops *s)
{
    struct stop_places now = { 0 }, changed;

    for (unsigned n = 0; n < s->top; n++)
        if (s->used[n] && s->point[n].kind == STOP_AT_PC) {
            unsigned place = s->point[n].address >> 2 & (STOP_PLACES - 1);
            now.bit[place / 64] |= BIT(place % 64);
        }
    for (unsigned i = 0; i < STOP_PLACES / 64; i++)
        changed.bit[i] = now.bit[i] ^ s->places.bit[i];
    s->places = now;
    isa_forget_places(s->m, changed.bit);
}

static void points_changed(struct stops *s, enum stop_kind kind)
{
    if (kind == STOP_AT_PC)
        place_points(s);
    else if (kind < STOP_AT_INSTRUCTION && s->count[kind] <= 1)
        observe(s);
}

static void drop_top(struct stops *s)
{
    while (s->top && !s->used[s->top - 1])
        s->top--;
}

unsigned stop_add(struct machine *m, const struct stop_point *p)
{
    struct stops *s = stops_of(m);
    unsigned n = 0;

    while (n < MAX_POINTS && s->used[n])
        n++;
    if (n == MAX_POINTS)
        return 0;
    s->point[n] = *p;
    s->used[n] = true;
    s->top = n + 1 > s->top ? n + 1 : s->top;
    s->count[p->kind]++;
    points_changed(s, p->kind);
    return n + 1;
}

const struct stop_point *stop_point_of(const struct machine *m, unsigned point)
{
    const struct stops *s = m->stops;
    return s && point && point <= s->top && s->used[point - 1] ? &s->point[point - 1] : NULL;
}

void stop_remove(struct machine *m, unsigned point)
{
    struct stops *s = m->stops;
    const struct stop_point *p = stop_point_of(m, point);

    if (!p)
        return;
    enum stop_kind kind = p->kind;
    s->used[point - 1] = false;
    drop_top(s);
    if (--s->count[kind] == 0 || kind == STOP_AT_PC)
        points_changed(s, kind);
}

const struct stop_hit *stop_last(const struct machine *m)
{
    static const struct stop_hit none;
    return m->stops ? &m->stops->hit : &none;
}

/* ---- Going back ---- */

void stops_replay(struct machine *m, bool quiet, const struct stop_point *bound)
{
    struct stops *s = stops_of(m);
    bool *used = &s->used[STOP_BOUND - 1];

    s->quiet = quiet;
    s->replays = true;
    s->at_start = false;
    if (*used)
        s->count[s->point[STOP_BOUND - 1].kind]--;
    *used = bound;
    if (bound) {
        s->point[STOP_BOUND - 1] = *bound;
        s->count[bound->kind]++;
        s->top = STOP_BOUND;
    }
    drop_top(s);
}

void stops_replayed(struct machine *m, const struct stop_hit *hit)
{
    struct stops *s = m->stops;

    stops_replay(m, false, NULL);
    s->replays = false;
    s->hit = *hit;
    s->hit.external = true;
    note_place(s);
}

const struct machine_observer *stops_observer(const struct machine *m)
{
    return m->stops && m->stops->observes ? &m->stops->observer : NULL;
}

/* ---- Running ---- */

void stops_run_begins(struct machine *m)
{
    struct stops *s = m->stops;

    if (!s)
        return;
    for (unsigned internal = 0; internal < 2; internal++) {
        if (s->pause[internal])
            stop_without_point(s, internal, machine_next(m));
        s->pause[internal] = false;
    }
}

void stops_run_ended(struct machine *m)
{
    if (m->stops)
        note_place(m->stops);
}

static void pause(struct machine *m, bool internal)
{
    struct stops *s = stops_of(m);

    if (m->running)
        stop_without_point(s, internal, m->current ? m->current : machine_next(m));
    else
        s->pause[internal] = true;
}
void machine_pause(struct machine *m) { pause(m, false); }
void machine_pause_internal(struct machine *m) { pause(m, true); }

unsigned machine_step(struct machine *m, struct cpu *cpu)
{
    struct stops *s = stops_of(m);

    s->stepping = true;
    s->step_cpu = cpu;
    s->step_from = machine_progress(m, cpu);
    unsigned why = machine_run(m);
    s->stepping = false;
    return why;
}
