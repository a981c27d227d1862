/* The generic timer: system counter views, four timers, event streams, access controls. Arm ARM D12 and the access
 * pseudocode of the CNT registers. The counter is modelled time in nanoseconds (CNTFRQ 1 GHz), read only through
 * time_read, so that no CPU sees a value below one that another was given. Each timer has one event, at the next
 * change of its condition. */
#include "sysregs/sysregs.h"

#include <stdlib.h>

#include "core/event.h"
#include "core/exception.h"
#include "core/machine.h"
#include "core/state.h"
#include "core/stats.h"
#include "core/trace.h"

enum { COUNTER_HZ = 1000000000, CTL_ENABLE = 1, CTL_IMASK = 2, CTL_ISTATUS = 4 };

/* CNTHCTL_EL2 and CNTKCTL_EL1. With E2H = 0, CNTHCTL_EL2[1:0] are EL1PCEN, EL1PCTEN instead. */
#define EL0PCTEN     BIT(0)
#define EL0VCTEN     BIT(1)
#define EVNTEN       BIT(2)
#define EVNTDIR      BIT(3)
#define EL0VTEN      BIT(8)
#define EL0PTEN      BIT(9)
#define E2H_EL1PCTEN BIT(10)
#define E2H_EL1PTEN  BIT(11)
#define ECV_ENABLE   BIT(12)
#define EL1TVT       BIT(13)
#define EL1TVCT      BIT(14)
#define EVNTIS       BIT(17)
#define EL1PCTEN     BIT(0)
#define EL1PCEN      BIT(1)

enum timer_index { CNTP, CNTV, CNTHP, CNTHV, TIMERS };

struct timer {
    struct event event;
    struct cpu *cpu;
    uint8_t index; /* enum timer_index */
    bool line;     /* interrupt output as last driven */
};
struct timer_state {
    struct timer timer[TIMERS];
};

static const struct {
    uint16_t ctl, cval, tval;
    uint8_t intid, expired; /* enum counter */
} timers[TIMERS] = {
    [CNTP] = { SR_CNTP_CTL_EL0, SR_CNTP_CVAL_EL0, SR_CNTP_TVAL_EL0, 30, COUNT_TIMER_CNTP },
    [CNTV] = { SR_CNTV_CTL_EL0, SR_CNTV_CVAL_EL0, SR_CNTV_TVAL_EL0, 27, COUNT_TIMER_CNTV },
    [CNTHP] = { SR_CNTHP_CTL_EL2, SR_CNTHP_CVAL_EL2, SR_CNTHP_TVAL_EL2, 26, COUNT_TIMER_CNTHP },
    [CNTHV] = { SR_CNTHV_CTL_EL2, SR_CNTHV_CVAL_EL2, SR_CNTHV_TVAL_EL2, 28, COUNT_TIMER_CNTHV },
};

/* ---- Counters ---- */

/* Offset of the EL1 physical timer's comparator, and of CNTPCT_EL0 below EL2: CNTPOFF_EL2 while CNTHCTL_EL2.ECV is set,
 * but never with {E2H, TGE} = {1, 1} (KVM moves the guest's CVAL when it sets TGE because of this). */
static uint64_t physical_offset(const struct cpu *cpu)
{
    bool on = HaveFeat(cpu, FEAT_ECV) && (cpu->sysreg[SR_CNTHCTL_EL2] & ECV_ENABLE) && !ELIsInHost(cpu, EL0);
    return on ? cpu->sysreg[SR_CNTPOFF_EL2] : 0;
}

/* Offset of the comparator, which does not depend on the current EL. */
static uint64_t timer_offset(const struct cpu *cpu, unsigned t)
{
    return t == CNTP ? physical_offset(cpu) : t == CNTV ? cpu->sysreg[SR_CNTVOFF_EL2] : 0;
}

static uint64_t physical_count(struct cpu *cpu)
{
    uint64_t count = time_read(cpu->machine, cpu);
    return cpu->pstate.EL == EL2 ? count : count - physical_offset(cpu);
}

uint64_t timer_virtual_count(struct cpu *cpu)
{
    uint64_t count = time_read(cpu->machine, cpu);
    return ELIsInHost(cpu, cpu->pstate.EL) ? count : count - cpu->sysreg[SR_CNTVOFF_EL2];
}

/* ---- Timers ---- */

/* When the condition count >= CVAL, with count = now - offset modulo 2^64, next changes: at CVAL, or when an offset
 * larger than the time lets the count pass zero. */
static uint64_t next_change(uint64_t now, uint64_t offset, uint64_t cval)
{
    uint64_t count = now - offset;
    uint64_t distance = count >= cval ? 0 - count : cval - count;
    uint64_t when = now + distance;
    return distance && when > now ? when : EVENT_NEVER;
}

static bool condition_met(struct cpu *cpu, unsigned t, uint64_t now)
{
    return now - timer_offset(cpu, t) >= cpu->sysreg[timers[t].cval];
}

/* Drive the interrupt line and schedule the next change. A masked or disabled timer needs no event: ISTATUS is worked
 * out when it is read. */
static void timer_update(struct cpu *cpu, unsigned t)
{
    struct timer *timer = &cpu->timer->timer[t];
    uint64_t ctl = cpu->sysreg[timers[t].ctl];
    bool line = false;
    uint64_t when = EVENT_NEVER;
    if ((ctl & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE) {
        uint64_t now = time_read(cpu->machine, cpu->machine->current ? cpu : NULL);
        line = condition_met(cpu, t, now);
        when = next_change(now, timer_offset(cpu, t), cpu->sysreg[timers[t].cval]);
    }
    if (when != timer->event.when || (when != EVENT_NEVER && !timer->event.heap_pos))
        event_schedule(cpu->machine, &timer->event, when);
    if (line != timer->line) {
        timer->line = line;
        if (line)
            count_event(cpu, timers[t].expired);
        ppi_set(cpu, timers[t].intid, line);
    }
}

static void timer_fires(void *arg, uint64_t now)
{
    struct timer *timer = arg;
    (void)now;
    timer_update(timer->cpu, timer->index);
}

/* ---- Event streams ---- */

/* Counter value above count at which the stream's bit next changes in the chosen direction, as a distance. */
static uint64_t stream_distance(uint64_t control, uint64_t count)
{
    unsigned bit = (unsigned)(control >> 4 & 15) + (control & EVNTIS ? 8 : 0);
    uint64_t period = BIT(bit + 1), phase = control & EVNTDIR ? 0 : BIT(bit);
    uint64_t distance = (phase - count) & (period - 1);
    return distance ? distance : period;
}

uint64_t timer_next_event_stream(struct cpu *cpu)
{
    uint64_t now = time_read(cpu->machine, cpu), distance = EVENT_NEVER - now;
    uint64_t kernel = cpu->sysreg[SR_CNTKCTL_EL1], hyp = cpu->sysreg[SR_CNTHCTL_EL2];
    if (!ELIsInHost(cpu, EL0) && (kernel & EVNTEN))
        distance = stream_distance(kernel, now - cpu->sysreg[SR_CNTVOFF_EL2]);
    if (hyp & EVNTEN) {
        uint64_t d = stream_distance(hyp, now);
        distance = d < distance ? d : distance;
    }
    return now + distance;
}

/* ---- Rows' hooks ---- */

/* An EL0 access under E2H and TGE is one to the EL2 timer. (At EL2 the row's redirection has done it already.) */
static enum sysreg_index redirected(const struct cpu *cpu, enum sysreg_index r)
{
    if (cpu->pstate.EL != EL0 || !ELIsInHost(cpu, EL0))
        return r;
    for (unsigned t = CNTP; t <= CNTV; t++) {
        const unsigned host = t + (CNTHP - CNTP);
        if (r == timers[t].ctl)
            return timers[host].ctl;
        if (r == timers[t].cval)
            return timers[host].cval;
        if (r == timers[t].tval)
            return timers[host].tval;
    }
    return r;
}

/* The timer that r is a CTL, CVAL or TVAL register of; TIMERS if none. */
static unsigned timer_of(enum sysreg_index r)
{
    unsigned t = 0;
    while (t < TIMERS && r != timers[t].ctl && r != timers[t].cval && r != timers[t].tval)
        t++;
    return t;
}

/* The count that TVAL is relative to: at EL2 the CNTP_TVAL_EL02 view has no offset. */
static uint64_t tval_count(struct cpu *cpu, unsigned t)
{
    return t == CNTP ? physical_count(cpu) : time_read(cpu->machine, cpu) - timer_offset(cpu, t);
}

uint64_t timer_read(struct cpu *cpu, enum sysreg_index r)
{
    switch (r) {
    case SR_CNTPCT_EL0:
    case SR_CNTPCTSS_EL0: return physical_count(cpu);
    case SR_CNTVCT_EL0:
    case SR_CNTVCTSS_EL0: return timer_virtual_count(cpu);
    default: break;
    }
    r = redirected(cpu, r);
    unsigned t = timer_of(r);
    if (t == TIMERS)
        return cpu->sysreg[r];
    if (r == timers[t].tval)
        return (uint32_t)(cpu->sysreg[timers[t].cval] - tval_count(cpu, t));
    if (r == timers[t].cval)
        return cpu->sysreg[r];
    /* ISTATUS of a disabled timer is UNKNOWN: 0 here. */
    uint64_t ctl = cpu->sysreg[r] & (CTL_ENABLE | CTL_IMASK);
    bool met = (ctl & CTL_ENABLE) && condition_met(cpu, t, time_read(cpu->machine, cpu));
    return ctl | (met ? CTL_ISTATUS : 0);
}

static void write_timer(struct cpu *cpu, enum sysreg_index r, unsigned t, uint64_t value)
{
    if (r == timers[t].tval)
        cpu->sysreg[timers[t].cval] = tval_count(cpu, t) + (uint64_t)(int64_t)(int32_t)value;
    else if (r == timers[t].cval)
        cpu->sysreg[r] = value;
    else
        cpu->sysreg[r] = value & (CTL_ENABLE | CTL_IMASK);
    timer_update(cpu, t);
}

void timer_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    uint64_t value = cpu->sysreg[r];
    enum sysreg_index to = redirected(cpu, r);
    unsigned t = timer_of(to);
    if (t < TIMERS) {
        if (to != r || r == timers[t].tval)
            cpu->sysreg[r] = old;
        write_timer(cpu, to, t, value);
        return;
    }
    switch (r) {
    case SR_CNTVOFF_EL2: timer_update(cpu, CNTV); return;
    case SR_HCR_EL2: /* only E2H and TGE matter, and only while there is an offset */
        if (!((old ^ value) & (HCR_E2H | HCR_TGE)) || !(cpu->sysreg[SR_CNTHCTL_EL2] & ECV_ENABLE))
            return;
        timer_update(cpu, CNTP);
        return;
    case SR_CNTPOFF_EL2:
    case SR_CNTHCTL_EL2: timer_update(cpu, CNTP); return;
    default: return;
    }
}

/* What an access reaches, for the controls. */
enum { VIEW_OTHER, VIEW_PCOUNT, VIEW_VCOUNT, VIEW_PTIMER, VIEW_VTIMER };

static unsigned view_of(enum sysreg_index r)
{
    switch (r) {
    case SR_CNTPCT_EL0:
    case SR_CNTPCTSS_EL0: return VIEW_PCOUNT;
    case SR_CNTVCT_EL0:
    case SR_CNTVCTSS_EL0: return VIEW_VCOUNT;
    default: break;
    }
    unsigned t = timer_of(r);
    return t == TIMERS ? VIEW_OTHER : t == CNTP || t == CNTHP ? VIEW_PTIMER : VIEW_VTIMER;
}

/* EL0's own enables: CNTKCTL_EL1, or CNTHCTL_EL2 in a host. */
static unsigned check_el0(struct cpu *cpu, enum sysreg_index r, unsigned view)
{
    static const uint64_t enable[] = { 0, EL0PCTEN, EL0VCTEN, EL0PTEN, EL0VTEN };
    bool host = ELIsInHost(cpu, EL0);
    uint64_t any = r == SR_CNTFRQ_EL0 ? EL0PCTEN | EL0VCTEN : enable[view];
    if (!any || control_enabled(cpu, host ? SR_CNTHCTL_EL2 : SR_CNTKCTL_EL1, any))
        return ACCESS_OK;
    return ACCESS_TRAP(host || TGE(cpu) ? EL2 : EL1);
}

/* The hypervisor's controls of EL1 and of EL0 outside a host. */
static unsigned check_el2(struct cpu *cpu, unsigned view)
{
    bool e2h = E2H(cpu), ecv = HaveFeat(cpu, FEAT_ECV), stop = false;
    switch (view) {
    case VIEW_PCOUNT: stop = !control_any(cpu, SR_CNTHCTL_EL2, e2h ? E2H_EL1PCTEN : EL1PCTEN); break;
    case VIEW_PTIMER: stop = !control_any(cpu, SR_CNTHCTL_EL2, e2h ? E2H_EL1PTEN : EL1PCEN); break;
    case VIEW_VCOUNT: stop = ecv && control_any(cpu, SR_CNTHCTL_EL2, EL1TVCT); break;
    case VIEW_VTIMER: stop = ecv && control_any(cpu, SR_CNTHCTL_EL2, EL1TVT); break;
    default: break;
    }
    return stop ? ACCESS_TRAP(EL2) : ACCESS_OK;
}

unsigned timer_check(struct cpu *cpu, enum sysreg_index r, bool write)
{
    unsigned el = cpu->pstate.EL, view = view_of(r), result = ACCESS_OK;
    (void)write;
    if (el == EL0)
        result = check_el0(cpu, r, view);
    if (result == ACCESS_OK && (el == EL1 || (el == EL0 && !ELIsInHost(cpu, EL0))))
        result = check_el2(cpu, view);
    return result;
}

bool generic_timer_create(struct cpu *cpu)
{
    cpu->timer = calloc(1, sizeof *cpu->timer);
    if (!cpu->timer)
        return false;
    for (unsigned t = 0; t < TIMERS; t++) {
        struct timer *timer = &cpu->timer->timer[t];
        event_init(&timer->event, timer_fires, timer);
        timer->cpu = cpu;
        timer->index = (uint8_t)t;
    }
    return true;
}

/* Also the firmware's part: CNTFRQ_EL0, and no offsets or event streams until somebody asks for them. */
void timer_reset(struct cpu *cpu)
{
    const struct cpu_config *c = cpu_config_of(cpu);
    cpu->sysreg[SR_CNTFRQ_EL0] = c && c->cntfrq_given ? c->cntfrq : COUNTER_HZ;
    cpu->sysreg[SR_CNTHCTL_EL2] &= ~(EVNTEN | ECV_ENABLE);
    cpu->sysreg[SR_CNTKCTL_EL1] &= ~EVNTEN;
    for (unsigned t = 0; t < TIMERS; t++) {
        cpu->sysreg[timers[t].ctl] = 0;
        timer_update(cpu, t);
    }
}

void timer_visit(struct state_pass *s, struct cpu *cpu)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct timer, event, STATE_HOST), /* state_event() */
        STATE_ANY(struct timer, cpu, STATE_HOST),
        STATE_ANY(struct timer, index, STATE_HOST),
        STATE_ANY(struct timer, line, STATE_GUEST),
    };
    STATE_LAYOUT_OF(layout, struct timer, fields);
    for (unsigned t = 0; t < TIMERS; t++) {
        state_walk(s, &layout, &cpu->timer->timer[t]);
        state_event(s, cpu->machine, &cpu->timer->timer[t].event);
    }
}
