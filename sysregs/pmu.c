/* Performance Monitors: PMUv3 with a cycle counter and as many event counters as the model has. Arm ARM D13 and the
 * pseudocode of AArch64.CountPMUEvents, IncrementEventCounter and CheckForPMUOverflow. AArch64 only, so PMCR_EL0.LC is
 * RES1 and D has no effect; no EL3.
 *
 * Nothing is counted here: a counter that runs is brought up to date from timing_event() when it is looked at and
 * whenever the EL or a control changes. Overflow interrupts come from an event at the modelled time of the overflow,
 * or, of what a timing model counts, at the earliest time at which it can have happened, again and again until it has.
 */
#include "sysregs/sysregs.h"

#include <stdlib.h>

#include "core/event.h"
#include "core/exception.h"
#include "core/machine.h"
#include "core/state.h"
#include "core/timing.h"

enum {
    DEFAULT_COUNTERS = 6, /* of a CPU without a configuration (tests) */
    CYCLE = 31,
    NO_COUNTER = 32,
    PMU_PPI = 16 + 7,
    EVENT_SW_INCR = 0x00,
    EVENT_CPU_CYCLES = 0x11,
    EVENT_CHAIN = 0x1e,
    EVENT_STALL_FRONTEND = 0x23,
    EVENT_STALL_BACKEND = 0x24,
    /* Overflows of what a model counts: */
    MOST_A_CYCLE = 16, /* no more than so many are expected in a cycle */
    LATE_CYCLES = 16,  /* and they may be noticed so many cycles later */
};

/* PMCR_EL0 */
#define PMCR_E   BIT(0)
#define PMCR_P   BIT(1)
#define PMCR_C   BIT(2)
#define PMCR_X   BIT(4)
#define PMCR_DP  BIT(5)
#define PMCR_LC  BIT(6)
#define PMCR_LP  BIT(7)
#define PMCR_FZO BIT(9)
/* PMEVTYPERn_EL0, PMCCFILTR_EL0 */
#define FILTER_P    BIT(31)
#define FILTER_U    BIT(30)
#define FILTER_NSH  BIT(27)
#define FILTER_MASK (FILTER_P | FILTER_U | FILTER_NSH)
/* MDCR_EL2 */
#define MDCR_HPMN   UINT64_C(0x1f)
#define MDCR_TPMCR  BIT(5)
#define MDCR_TPM    BIT(6)
#define MDCR_HPME   BIT(7)
#define MDCR_HPMD   BIT(17)
#define MDCR_HCCD   BIT(23)
#define MDCR_HLP    BIT(26)
#define MDCR_HPMFZO BIT(29)
/* PMUSERENR_EL0 */
#define USER_EN BIT(0)
#define USER_SW BIT(1)
#define USER_CR BIT(2)
#define USER_ER BIT(3)

struct pmu_state {
    struct event overflow;
    struct cpu *cpu;
    uint64_t upto[CYCLE + 1]; /* of each enabled counter, while active: occurred() up to which it is right */
    bool active;              /* some counter is enabled */
    bool line;                /* interrupt as last driven */
    unsigned counters;        /* event counters: PMCR_EL0.N at EL2 */
    uint32_t id;              /* PMCR_EL0.{IMP, IDCODE} in place */
};

static unsigned counters(const struct cpu *cpu) { return cpu->pmu->counters; }
static uint64_t counter_mask(const struct cpu *cpu) { return BIT(counters(cpu)) - 1; }

/* ---- Events ---- */

/* What is counted, by number: 256 numbers from each of 0, 0x4000, 0x8000 and 0xc000; behind them events without one. */
#define EVENT_SLOT(NUMBER) (((NUMBER) >> 14 & 3) * 0x100 + ((NUMBER)&0xff))
static const uint8_t counted[] = {
#define TIMING_EVENT(NAME, NUMBER, TEXT) [(NUMBER) < 0 ? 0x400 + TE_##NAME : EVENT_SLOT(NUMBER)] = TE_##NAME + 1,
#include "core/timing_event.def"
};

/* The enum timing_event of a number, plus 1; 0: there is none. */
static unsigned counted_event(unsigned number)
{
    unsigned slot = EVENT_SLOT(number);
    return number & 0x3f00 || slot >= sizeof counted ? 0 : counted[slot];
}

/* Does the PE count it in the timing mode that it has? */
static bool counts(const struct cpu *cpu, enum timing_event e)
{
    switch (e) {
    case TE_INST_RETIRED:
    case TE_INST_SPEC:
    case TE_CPU_CYCLES:
    case TE_EXC_TAKEN:
    case TE_EXC_RETURN: return true;
    default: return timing_mode(cpu) != TIMING_FAST;
    }
}

/* FEAT_PMUv3p1 requires STALL_FRONTEND and STALL_BACKEND. */
static bool implemented(const struct cpu *cpu, unsigned number)
{
    unsigned e = counted_event(number);
    return number == EVENT_SW_INCR || number == EVENT_CHAIN || number == EVENT_STALL_FRONTEND ||
           number == EVENT_STALL_BACKEND || (e && counts(cpu, e - 1));
}

/* ---- Configuration ---- */

/* Event counters that EL1 and EL0 have: the others are EL2's own. */
static unsigned hpmn(const struct cpu *cpu)
{
    unsigned n = cpu->sysreg[SR_MDCR_EL2] & MDCR_HPMN;
    return n < counters(cpu) ? n : counters(cpu);
}
static bool reserved_for_el2(const struct cpu *cpu, unsigned n) { return n != CYCLE && n >= hpmn(cpu); }

/* Counters that the current EL may touch. */
static uint64_t accessible(const struct cpu *cpu)
{
    return BIT(CYCLE) | (cpu->pstate.EL == EL2 ? counter_mask(cpu) : BIT(hpmn(cpu)) - 1);
}

static bool globally_enabled(const struct cpu *cpu, unsigned n)
{
    return cpu->sysreg[SR_PMCR_EL0] & PMCR_E ? !reserved_for_el2(cpu, n) || cpu->sysreg[SR_MDCR_EL2] & MDCR_HPME
                                             : reserved_for_el2(cpu, n) && cpu->sysreg[SR_MDCR_EL2] & MDCR_HPME;
}

static uint64_t counter_type(const struct cpu *cpu, unsigned n)
{
    return cpu->sysreg[n == CYCLE ? SR_PMCCFILTR_EL0 : SR_PMEVTYPER0_EL0 + n];
}
static unsigned counter_event(const struct cpu *cpu, unsigned n)
{
    return n == CYCLE ? EVENT_CPU_CYCLES : counter_type(cpu, n) & 0xffff;
}
static uint64_t *counter(struct cpu *cpu, unsigned n)
{
    return &cpu->sysreg[n == CYCLE ? SR_PMCCNTR_EL0 : SR_PMEVCNTR0_EL0 + n];
}

/* Is the counter's overflow that of 64 bits? */
static bool is_long(const struct cpu *cpu, unsigned n)
{
    if (n == CYCLE)
        return true;
    if (!HaveFeat(cpu, FEAT_PMUv3p5))
        return false;
    return reserved_for_el2(cpu, n) ? cpu->sysreg[SR_MDCR_EL2] & MDCR_HLP : cpu->sysreg[SR_PMCR_EL0] & PMCR_LP;
}

/* Stopped by an overflow (FEAT_PMUv3p7). */
static bool frozen(const struct cpu *cpu, unsigned n)
{
    if (!HaveFeat(cpu, FEAT_PMUv3p7))
        return false;
    uint64_t overflowed = cpu->sysreg[SR_PMOVSSET_EL0], low = BIT(hpmn(cpu)) - 1;
    if (reserved_for_el2(cpu, n))
        return cpu->sysreg[SR_MDCR_EL2] & MDCR_HPMFZO && overflowed & counter_mask(cpu) & ~low;
    bool on = cpu->sysreg[SR_PMCR_EL0] & PMCR_FZO && overflowed & low;
    return on && (n != CYCLE || cpu->sysreg[SR_PMCR_EL0] & PMCR_DP);
}

/* Forbidden to count at EL2 by MDCR_EL2. */
static bool prohibited(const struct cpu *cpu, unsigned n)
{
    uint64_t mdcr = cpu->sysreg[SR_MDCR_EL2];
    if (cpu->pstate.EL != EL2)
        return false;
    if (n == CYCLE && HaveFeat(cpu, FEAT_PMUv3p5) && mdcr & MDCR_HCCD)
        return true;
    if (!HaveFeat(cpu, FEAT_PMUv3p1) || !(mdcr & MDCR_HPMD))
        return false;
    return n == CYCLE ? cpu->sysreg[SR_PMCR_EL0] & PMCR_DP : !reserved_for_el2(cpu, n);
}

/* AArch64.CountPMUEvents(). */
static bool CountPMUEvents(const struct cpu *cpu, unsigned n)
{
    static const uint64_t exclude[] = { FILTER_U, FILTER_P, 0 };
    unsigned el = cpu->pstate.EL;
    uint64_t type = counter_type(cpu, n);
    if (!(cpu->sysreg[SR_PMCNTENSET_EL0] >> n & 1) || !globally_enabled(cpu, n))
        return false;
    bool filtered = el == EL2 ? !(type & FILTER_NSH) : type & exclude[el];
    return !filtered && !prohibited(cpu, n) && !frozen(cpu, n);
}

/* ---- Counting ---- */

/* Add to counter n; an overflow sets its flag and, for an even counter of 32 bits, counts for a chained neighbour. */
static void add(struct cpu *cpu, unsigned n, uint64_t delta)
{
    uint64_t *c = counter(cpu, n), old = *c;
    *c = old + delta;
    bool overflow = is_long(cpu, n) ? *c < old : (old & UINT32_MAX) + delta > UINT32_MAX;
    if (n != CYCLE && !HaveFeat(cpu, FEAT_PMUv3p5))
        *c &= UINT32_MAX;
    if (!overflow)
        return;
    cpu->sysreg[SR_PMOVSSET_EL0] |= BIT(n);
    unsigned next = n + 1;
    if (n % 2 == 0 && next < counters(cpu) && !is_long(cpu, n) && counter_event(cpu, next) == EVENT_CHAIN &&
        CountPMUEvents(cpu, next))
        add(cpu, next, 1);
}

/* How often the event of counter n has occurred since the PE was created. */
static uint64_t occurred(const struct cpu *cpu, unsigned n)
{
    unsigned e = counted_event(counter_event(cpu, n));
    return e ? timing_event(cpu, e - 1) : 0;
}

/* Enabled counters count from here on. */
static void count_from_now(struct cpu *cpu)
{
    for (uint64_t set = cpu->sysreg[SR_PMCNTENSET_EL0]; set; set &= set - 1) {
        unsigned n = (unsigned)__builtin_ctzll(set);
        cpu->pmu->upto[n] = occurred(cpu, n);
    }
}

static void update_line(struct cpu *cpu)
{
    uint64_t set = cpu->sysreg[SR_PMOVSSET_EL0] & cpu->sysreg[SR_PMINTENSET_EL1];
    bool line = false;
    for (; set; set &= set - 1)
        line |= globally_enabled(cpu, (unsigned)__builtin_ctzll(set));
    if (line != cpu->pmu->line) {
        cpu->pmu->line = line;
        ppi_set(cpu, PMU_PPI, line);
    }
}

/* Bring the counters up to date under the current EL and configuration. */
static void pmu_sync(struct cpu *cpu)
{
    struct pmu_state *pmu = cpu->pmu;
    if (!pmu->active)
        return;
    uint64_t overflowed = cpu->sysreg[SR_PMOVSSET_EL0], enabled = cpu->sysreg[SR_PMCNTENSET_EL0], counting = 0;
    for (uint64_t set = enabled; set; set &= set - 1) {
        unsigned n = (unsigned)__builtin_ctzll(set);
        counting |= (uint64_t)CountPMUEvents(cpu, n) << n;
    }
    for (; enabled; enabled &= enabled - 1) { /* an overflow that freezes comes after all of this */
        unsigned n = (unsigned)__builtin_ctzll(enabled);
        uint64_t now = occurred(cpu, n), before = pmu->upto[n];
        pmu->upto[n] = now;
        if (counting >> n & 1 && now > before) /* a mode that does not count it may have no number at all */
            add(cpu, n, now - before);
    }
    if (overflowed != cpu->sysreg[SR_PMOVSSET_EL0])
        update_line(cpu);
}

/* ---- The overflow event ---- */

/* Cycles in which event e occurs left times, or fewer: by then the overflow can have happened and is looked for. */
static uint64_t cycles_for(const struct cpu *cpu, enum timing_event e, uint64_t left)
{
    if (e == TE_CPU_CYCLES || timing_mode(cpu) == TIMING_FAST)
        return left;
    left /= MOST_A_CYCLE;
    return left > LATE_CYCLES ? left : LATE_CYCLES;
}

/* Cycles until a counter that now counts them can overflow; UINT64_MAX: none does. Those of exceptions are brought up
 * to date at each of them. */
static uint64_t cycles_to_overflow(struct cpu *cpu)
{
    uint64_t best = UINT64_MAX;
    for (uint64_t set = cpu->sysreg[SR_PMCNTENSET_EL0]; set; set &= set - 1) {
        unsigned n = (unsigned)__builtin_ctzll(set), e = counted_event(counter_event(cpu, n));
        if (!e || e - 1 == TE_EXC_TAKEN || e - 1 == TE_EXC_RETURN || !counts(cpu, e - 1) || !CountPMUEvents(cpu, n))
            continue;
        uint64_t value = *counter(cpu, n), left = is_long(cpu, n) ? 0 - value : BIT(32) - (value & UINT32_MAX);
        if (left && cycles_for(cpu, e - 1, left) < best)
            best = cycles_for(cpu, e - 1, left);
    }
    return best;
}

/* Modelled time after so many more cycles if it does not wait. */
static uint64_t time_after(const struct cpu *cpu, uint64_t cycles)
{
    unsigned __int128 total = (unsigned __int128)(cpu_cycles(cpu) - cpu->time_cycles) + cycles;
    unsigned __int128 when = cpu->time_ns + (total * 1000000000 + cpu->clock_hz - 1) / cpu->clock_hz;
    return when < EVENT_NEVER ? (uint64_t)when : EVENT_NEVER;
}

static void reschedule(struct cpu *cpu)
{
    struct pmu_state *pmu = cpu->pmu;
    uint64_t left = pmu->active ? cycles_to_overflow(cpu) : UINT64_MAX, when = EVENT_NEVER;
    /* While the PE waits nothing is counted; its waking comes back here. */
    if (left != UINT64_MAX && !cpu->halted && cpu->power == POWER_ON)
        when = time_after(cpu, left);
    if (when != EVENT_NEVER || pmu->overflow.heap_pos)
        event_schedule(cpu->machine, &pmu->overflow, when);
}

static void overflow_due(void *arg, uint64_t now)
{
    struct pmu_state *pmu = arg;
    (void)now;
    pmu_sync(pmu->cpu);
    reschedule(pmu->cpu);
}

void pmu_el_changed(struct cpu *cpu)
{
    if (cpu->pmu->active)
        pmu_sync(cpu);
}

void pmu_el_entered(struct cpu *cpu)
{
    if (!cpu->pmu->active)
        return;
    pmu_sync(cpu);
    reschedule(cpu);
}

/* ---- Registers ---- */

/* The counter that an access by selector means: NO_COUNTER if there is none. */
static unsigned selected(const struct cpu *cpu)
{
    unsigned sel = cpu->sysreg[SR_PMSELR_EL0] & 31;
    return sel < counters(cpu) && accessible(cpu) >> sel & 1 ? sel : NO_COUNTER;
}

/* PMCEID<half>_EL0: 32 events from 0x20 * half on, and in the high half those from 0x4000 on. */
static uint64_t common_events(const struct cpu *cpu, unsigned half)
{
    uint64_t id = 0;
    for (unsigned n = 0; n < 32; n++) {
        id |= (uint64_t)implemented(cpu, half * 32 + n) << n;
        if (HaveFeat(cpu, FEAT_PMUv3p1))
            id |= (uint64_t)implemented(cpu, 0x4000 + half * 32 + n) << (32 + n);
    }
    return id;
}

uint64_t pmu_read(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t mask = accessible(cpu);
    pmu_sync(cpu);
    if (r >= SR_PMEVCNTR0_EL0 && r <= SR_PMEVCNTR30_EL0)
        return r - SR_PMEVCNTR0_EL0 < counters(cpu) ? cpu->sysreg[r] : 0;
    switch (r) {
    case SR_PMCR_EL0:
        return (cpu->sysreg[r] & ~(UINT64_C(0xffff) << 16)) | cpu->pmu->id | PMCR_LC |
               (cpu->pstate.EL == EL2 ? counters(cpu) : hpmn(cpu)) << 11;
    case SR_PMCNTENSET_EL0:
    case SR_PMCNTENCLR_EL0: return cpu->sysreg[SR_PMCNTENSET_EL0] & mask;
    case SR_PMINTENSET_EL1:
    case SR_PMINTENCLR_EL1: return cpu->sysreg[SR_PMINTENSET_EL1] & mask;
    case SR_PMOVSSET_EL0:
    case SR_PMOVSCLR_EL0: return cpu->sysreg[SR_PMOVSSET_EL0] & mask;
    case SR_PMSWINC_EL0: return 0;
    case SR_PMCEID0_EL0: return common_events(cpu, 0);
    case SR_PMCEID1_EL0: return common_events(cpu, 1);
    case SR_PMMIR_EL1: return 0;
    case SR_PMXEVTYPER_EL0:
        if ((cpu->sysreg[SR_PMSELR_EL0] & 31) == CYCLE)
            return cpu->sysreg[SR_PMCCFILTR_EL0];
        return selected(cpu) != NO_COUNTER ? counter_type(cpu, selected(cpu)) : 0;
    case SR_PMXEVCNTR_EL0: return selected(cpu) != NO_COUNTER ? *counter(cpu, selected(cpu)) : 0;
    default: return cpu->sysreg[r];
    }
}

static void write_pmcr(struct cpu *cpu, uint64_t value)
{
    uint64_t kept = PMCR_E | PMCR_X | PMCR_DP | (HaveFeat(cpu, FEAT_PMUv3p5) ? PMCR_LP : 0) |
                    (HaveFeat(cpu, FEAT_PMUv3p7) ? PMCR_FZO : 0);
    cpu->sysreg[SR_PMCR_EL0] = (value & kept) | PMCR_LC;
    if (value & PMCR_C)
        cpu->sysreg[SR_PMCCNTR_EL0] = 0;
    for (unsigned n = 0; n < counters(cpu); n++)
        if (value & PMCR_P && accessible(cpu) >> n & 1)
            *counter(cpu, n) = 0;
}

static void write_counter(struct cpu *cpu, unsigned n, uint64_t value)
{
    if (n < counters(cpu))
        *counter(cpu, n) = HaveFeat(cpu, FEAT_PMUv3p5) ? value : (uint32_t)value;
}

static void write_type(struct cpu *cpu, unsigned n, uint64_t value)
{
    if (n < counters(cpu))
        cpu->sysreg[SR_PMEVTYPER0_EL0 + n] = value & (FILTER_MASK | (HaveFeat(cpu, FEAT_PMUv3p1) ? 0xffff : 0x3ff));
}

static void software_increment(struct cpu *cpu, uint64_t set)
{
    for (set &= counter_mask(cpu); set; set &= set - 1) {
        unsigned n = (unsigned)__builtin_ctzll(set);
        if (counter_event(cpu, n) == EVENT_SW_INCR && CountPMUEvents(cpu, n))
            add(cpu, n, 1);
    }
}

static void write_register(struct cpu *cpu, enum sysreg_index r, uint64_t value)
{
    uint64_t *reg = cpu->sysreg, set = value & accessible(cpu);
    if (r >= SR_PMEVCNTR0_EL0 && r <= SR_PMEVCNTR30_EL0) {
        write_counter(cpu, r - SR_PMEVCNTR0_EL0, value);
        return;
    }
    if (r >= SR_PMEVTYPER0_EL0 && r <= SR_PMEVTYPER30_EL0) {
        write_type(cpu, r - SR_PMEVTYPER0_EL0, value);
        return;
    }
    switch (r) {
    case SR_PMCR_EL0: write_pmcr(cpu, value); return;
    case SR_PMCNTENSET_EL0: reg[SR_PMCNTENSET_EL0] |= set; return;
    case SR_PMCNTENCLR_EL0: reg[SR_PMCNTENSET_EL0] &= ~set; return;
    case SR_PMINTENSET_EL1: reg[SR_PMINTENSET_EL1] |= set; return;
    case SR_PMINTENCLR_EL1: reg[SR_PMINTENSET_EL1] &= ~set; return;
    case SR_PMOVSSET_EL0: reg[SR_PMOVSSET_EL0] |= set; return;
    case SR_PMOVSCLR_EL0: reg[SR_PMOVSSET_EL0] &= ~set; return;
    case SR_PMSWINC_EL0: software_increment(cpu, set); return;
    case SR_PMCCFILTR_EL0: reg[r] = value & FILTER_MASK; return;
    case SR_PMSELR_EL0: reg[r] = value & 31; return;
    case SR_PMXEVTYPER_EL0:
        if ((reg[SR_PMSELR_EL0] & 31) == CYCLE)
            reg[SR_PMCCFILTR_EL0] = value & FILTER_MASK;
        else
            write_type(cpu, selected(cpu), value);
        return;
    case SR_PMXEVCNTR_EL0: write_counter(cpu, selected(cpu), value); return;
    default: reg[r] = value; return;
    }
}

/* Count under the old configuration up to here, then change it. */
void pmu_written(struct cpu *cpu, enum sysreg_index r, uint64_t old)
{
    uint64_t value = cpu->sysreg[r];
    cpu->sysreg[r] = old;
    pmu_sync(cpu);
    /* That may have counted in the very register that is written (PMEVCNTRn, PMOVSSET): no matter, it is set now. */
    write_register(cpu, r, value);
    bool on = cpu->sysreg[SR_PMCR_EL0] & PMCR_E || cpu->sysreg[SR_MDCR_EL2] & MDCR_HPME;
    cpu->pmu->active = on && cpu->sysreg[SR_PMCNTENSET_EL0];
    count_from_now(cpu);
    update_line(cpu);
    reschedule(cpu);
}

/* ---- Access controls ---- */

/* PMUSERENR_EL0 bits of which one is needed at EL0; 0: none. */
static uint64_t user_enables(enum sysreg_index r, bool write)
{
    if (r >= SR_PMEVCNTR0_EL0 && r <= SR_PMEVCNTR30_EL0)
        return USER_EN | (write ? 0 : USER_ER);
    switch (r) {
    case SR_PMUSERENR_EL0: return 0;
    case SR_PMXEVCNTR_EL0: return USER_EN | (write ? 0 : USER_ER);
    case SR_PMSELR_EL0: return USER_EN | USER_ER;
    case SR_PMCCNTR_EL0: return USER_EN | (write ? 0 : USER_CR);
    case SR_PMSWINC_EL0: return USER_EN | USER_SW;
    default: return USER_EN;
    }
}

/* n of PMEVCNTRn_EL0 and PMEVTYPERn_EL0, -1 for the other registers. */
static int counter_number(enum sysreg_index r)
{
    if (r >= SR_PMEVCNTR0_EL0 && r <= SR_PMEVCNTR30_EL0)
        return (int)(r - SR_PMEVCNTR0_EL0);
    if (r >= SR_PMEVTYPER0_EL0 && r <= SR_PMEVTYPER30_EL0)
        return (int)(r - SR_PMEVTYPER0_EL0);
    return -1;
}

unsigned pmu_check(struct cpu *cpu, enum sysreg_index r, bool write)
{
    uint64_t needs = user_enables(r, write);
    unsigned el = cpu->pstate.EL;
    int n = counter_number(r);
    if (n >= (int)counters(cpu)) {
        cpu_why(cpu, "event counter not implemented|counter %lu, PMCR_EL0.N=%lu", 0, 0, (unsigned long)n,
                counters(cpu));
        return ACCESS_UNDEFINED;
    }
    if (el == EL0 && needs && !control_enabled(cpu, SR_PMUSERENR_EL0, needs))
        return ACCESS_TRAP(TGE(cpu) ? EL2 : EL1);
    if (el == EL2)
        return ACCESS_OK;
    if (control_any(cpu, SR_MDCR_EL2, MDCR_TPM | (r == SR_PMCR_EL0 ? MDCR_TPMCR : 0)))
        return ACCESS_TRAP(EL2);
    if (n >= 0 && control(cpu, SR_MDCR_EL2, 0, 5) <= (unsigned)n) /* HPMN: the others are EL2's own */
        return ACCESS_TRAP(EL2);
    return ACCESS_OK;
}

bool pmu_create(struct cpu *cpu)
{
    cpu->pmu = calloc(1, sizeof *cpu->pmu);
    if (!cpu->pmu)
        return false;
    const struct cpu_config *c = cpu_config_of(cpu);
    cpu->pmu->cpu = cpu;
    cpu->pmu->counters = c && c->identity.pmu_counters ? c->identity.pmu_counters : DEFAULT_COUNTERS;
    cpu->pmu->id = c ? (uint32_t)c->identity.pmcr_id << 16 : 0;
    event_init(&cpu->pmu->overflow, overflow_due, cpu->pmu);
    return true;
}

void pmu_reset(struct cpu *cpu)
{
    cpu->sysreg[SR_PMCR_EL0] = PMCR_LC;
    cpu->sysreg[SR_PMCNTENSET_EL0] = 0;
    cpu->sysreg[SR_PMINTENSET_EL1] = 0;
    cpu->sysreg[SR_PMOVSSET_EL0] = 0;
    cpu->sysreg[SR_PMUSERENR_EL0] = 0;
    cpu->sysreg[SR_MDCR_EL2] = (cpu->sysreg[SR_MDCR_EL2] & ~(MDCR_HPMN | MDCR_HPME)) | counters(cpu);
    cpu->pmu->active = false;
    update_line(cpu);
    reschedule(cpu);
}

void pmu_visit(struct state_pass *s, struct cpu *cpu)
{
    static const struct state_field fields[] = {
        STATE_ANY(struct pmu_state, overflow, STATE_HOST), /* state_event() */
        STATE_ANY(struct pmu_state, cpu, STATE_HOST),      STATE_ANY(struct pmu_state, upto, STATE_GUEST),
        STATE_ANY(struct pmu_state, active, STATE_GUEST),  STATE_ANY(struct pmu_state, line, STATE_GUEST),
        STATE_ANY(struct pmu_state, counters, STATE_HOST), /* configuration */
        STATE_ANY(struct pmu_state, id, STATE_HOST),
    };
    STATE_LAYOUT_OF(layout, struct pmu_state, fields);
    state_walk(s, &layout, cpu->pmu);
    state_event(s, cpu->machine, &cpu->pmu->overflow);
}
