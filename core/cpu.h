/* The processing element: Arm's PE state, and what the engine keeps beside it.
 * Arm ARM D1 (the AArch64 System level programmers' model). This header is at the bottom of the layering: every
 * folder includes it, and it includes nothing of theirs but tables. */
#ifndef SVEMU_CORE_CPU_H
#define SVEMU_CORE_CPU_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/el3.h"
#include "core/feature.h"
#include "core/fp_status.h"
#include "core/phys.h"

#define likely(x)     __builtin_expect(!!(x), 1)
#define unlikely(x)   __builtin_expect(!!(x), 0)
#define ALWAYS_INLINE inline __attribute__((always_inline))
#define NOINLINE      __attribute__((noinline))
#define MUST_CHECK    __attribute__((warn_unused_result))

struct machine;
struct op;
struct code_page;

/* One enumerator per row of sysregs/sysregs.def: SR_SCTLR_EL1, ... The value held in cpu->sysreg[SR_x] is the
 * register as stored; what an access returns may differ (hooks, redirection: sysregs/sysregs.h). */
enum sysreg_index {
#define SYSREG(NAME, OP0, OP1, CRN, CRM, OP2, ...) SR_##NAME,
#define SYSINSN(NAME, OP1, CRN, CRM, OP2, ...)
#include "sysregs/sysregs.def"
    SR_COUNT
};

enum { EL0, EL1, EL2, EL3 };

/* core/timing.h has their names. */
enum {
#define TIMING_EVENT(NAME, NUMBER, TEXT) +1
    TIMING_EVENT_ROWS = 0
#include "core/timing_event.def"
};

/* Register slots of cpu->gpr. The decoder maps register 31 to SP_SLOT where the row says Rn|SP; elsewhere 31 reads as
 * zero and writes to it are dropped. */
enum { ZR_SLOT = 31, SP_SLOT = 32, GPR_SLOTS = 34 };

enum { MAX_VL_BITS = 2048, MAX_VL_BYTES = MAX_VL_BITS / 8, MAX_PL_BYTES = MAX_VL_BYTES / 8 };

struct pstate {
    uint8_t N, Z, C, V; /* each 0 or 1 */
    uint8_t D, A, I, F;
    uint8_t EL, SP; /* SP: PSTATE.SP, 0 selects SP_EL0 */
    uint8_t PAN, UAO, DIT, SSBS, TCO, BTYPE, SS, IL, ALLINT, PM;
};

/* Software TLB, one direct-mapped array per CPU (mmu/mmu.h has the lookup). A tag is the VA's page number shifted left
 * by 12 with the 12-bit context number in the low bits, so one compare checks page, context, permission (an entry
 * without that permission holds TLB_NO_TAG) and page crossing. host = va + addend. */
enum { TLB_ENTRIES = 1024, FETCH_TLB_ENTRIES = 256 };
#define TLB_NO_TAG UINT64_MAX
struct tlb_entry {
    uint64_t read_tag, write_tag;
    uintptr_t addend;
    uint64_t unused; /* keeps the entry 32 bytes */
};
/* The same for fetches. tag and page are what branches compare and use; they go when decoded pages do. translated,
 * guarded and frame are the translation itself, which only TLB maintenance ends: whether a page is decoded must not
 * decide when its address is translated again. */
struct fetch_entry {
    uint64_t tag;
    struct code_page *page;
    uint64_t translated;  /* the tag of the translation */
    uint64_t guarded : 1; /* GP bit of the page: BTI applies */
    uint64_t frame : 63;  /* its physical address >> 12 */
};

/* Interrupt inputs of the PE, as levels (cpu->irq_lines). */
enum { LINE_IRQ = 1, LINE_FIQ = 2, LINE_VIRQ = 4, LINE_VFIQ = 8 };

/* Why the PE is about to take an exception, as the checks themselves record it (core/why.h). */
enum { WHY_CHECKS = 10 };
struct why_check {
    const char *name; /* of what is not a register's field; NULL: the field of width bits from lo of reg */
    uint32_t value;
    uint16_t reg; /* SR_x */
    uint8_t lo;
    uint8_t width : 7;   /* 0: a fact without a value */
    uint8_t decides : 1; /* else it was looked at, and passed */
};
struct why {
    bool recording;
    uint8_t count;          /* checks, in the order in which they were made */
    uint8_t from, e2h, tge; /* the EL it is taken from, and HCR_EL2 */
    const char *format;     /* the architecture's own cause, or NULL */
    unsigned long arg[4];
    struct why_check check[WHY_CHECKS];
};

/* A class groups CPUs with the same features, so that they can share decoded pages (DESIGN.md). */
struct cpu_class {
    unsigned index;
    uint64_t features[(FEAT_COUNT + 63) / 64];
};

struct cpu {
    /* Hot: what nearly every handler touches. */
    uint64_t gpr[GPR_SLOTS]; /* X0-X30; 31 always zero; 32 the SP in use; 33 sink */
    struct pstate pstate;
    uint8_t fp_trap;      /* not 0: an FP/AdvSIMD instruction must go through CheckFPEnabled64 (cached trap state) */
    uint8_t sve_trap;     /* the same for SVE: CheckSVEEnabled */
    uint8_t redirect;     /* REDIRECT_x: leave the handlers after this instruction */
    uint8_t halted;       /* WFI/WFE wait (enum cpu_halt) */
    uint32_t vl_bits;     /* CurrentVL at this EL in bits (128 without SVE): cached by cpu_update_traps */
    uint32_t z_high;      /* bit n set: Zn may have non-zero bits above 127 */
    uint64_t tlb_ctx;     /* the context number of the current translation context: 0..4095 */
    uint64_t page_va;     /* VA of the first op of the current decoded page */
    const struct op *ops; /* first op of that page */
    const struct op *run_start; /* instructions from here to the current op are not yet in icount */
    const struct op *op;        /* op being executed by a plain exec_ function */
    uint64_t icount;            /* instructions executed, up to run_start */
    uint64_t deadline;          /* icount at which the handlers must be left: slice_deadline, or nearer for a stop */
    struct fetch_entry *fetch_tlb;
    struct tlb_entry *tlb; /* what handlers look at: an empty array while accesses are watched (mmu/watch.c) */
    uint64_t pc;           /* valid outside the handlers; inside use PC(cpu) */
    struct fp_status fp;

    uint8_t z[32][MAX_VL_BYTES] __attribute__((aligned(64))); /* V registers are the low 16 bytes */
    uint8_t p[17][MAX_PL_BYTES] __attribute__((aligned(32))); /* P0-P15, then FFR */

    uint64_t sysreg[SR_COUNT];

    /* Exclusive monitor: the physical address and value-independent reservation of the last load-exclusive. */
    struct {
        bool valid;
        uint64_t pa;
        unsigned size;
        uint64_t va;
    } excl;
    bool event_register; /* WFE/SEV, B2.10.17 */

    /* Identity and configuration, constant after creation. */
    struct machine *machine;
    struct physmem *mem;
    const struct cpu_class *cls;
    unsigned index;
    uint64_t mpidr;
    uint16_t vq_set;       /* bit q-1 set: VQ q (128*q bits) implemented; 0 without SVE */
    uint8_t pauth_algo;    /* enum pauth_algorithm of isa/pauth.c */
    uint64_t clock_hz;     /* modelled frequency; time = cycles / clock */
    struct el3_config el3; /* what its firmware has set up */

    /* Time (core/event.h): nanoseconds at the cycle count time_cycles. */
    uint64_t time_ns, time_cycles;
    uint64_t cycles_ahead; /* fast timing: cpu_cycles() less instructions, modulo 2^64, from a time with a model */
    uint64_t wfx_timeout;  /* WFIT/WFET: time (ns) at which the wait ends; UINT64_MAX: none */
    uint8_t power;         /* enum cpu_power, PSCI */
    uint32_t irq_lines;
    bool serror_pending;

    uint64_t slice_deadline; /* icount at which its quantum ends or an event is due (machine_deadline_changed) */

    /* Owned by their folders; opaque here. */
    struct mmu_state *mmu;
    struct tlb_entry *tlb_hidden; /* the first-level TLB while cpu->tlb is the empty one, else NULL */
    struct gic_cpu *gic;
    struct timer_state *timer;
    struct pmu_state *pmu;
    struct debug_state *debug;
    struct cpu_stats *stats;
    struct timing *timing;                   /* core/timing.h; NULL: a cycle is an instruction */
    struct timing_memory *timing_memory;     /* core/timing_memory.h; NULL: none is modelled */
    uint64_t timing_past[TIMING_EVENT_ROWS]; /* counts of models that it no longer runs with */
    struct why why;                          /* being worked out for the next exception */
    const char *illegal;                     /* of the last exception return: what made it illegal, or NULL */
    uint64_t exceptions_taken, exceptions_returned;
    uint8_t debug_active; /* not 0: breakpoints, watchpoints or single step armed; run one op at a time */
    uint8_t wp_active;    /* not 0: watchpoints enabled: no fast TLB entries on their pages */
};

/* cpu->redirect: look at interrupts, deadlines and contexts again; pc already holds where to go on. */
enum {
    REDIRECT_RESYNC = 1,
    REDIRECT_PC = 2,
    REDIRECT_STOP = 4, /* somebody above wants to see the machine as it is now: leave, and look at nothing */
};

enum cpu_halt { RUNNING = 0, HALT_WFI = 1, HALT_WFE = 2 };
/* POWER_AT_EL3: it took an exception to EL3 and never came back (core/el3.h). */
enum cpu_power { POWER_OFF = 0, POWER_ON = 1, POWER_ON_PENDING = 2, POWER_AT_EL3 = 3 };

static inline bool HaveFeat(const struct cpu *cpu, enum feature f)
{
    return cpu->cls->features[f / 64] >> (f % 64) & 1;
}

/* Does EL3 trap what this control is about? */
static inline bool el3_traps(const struct cpu *cpu, enum el3_control c) { return cpu->el3.denied >> c & 1; }

/* Effective-value helpers used everywhere. Bit positions are those of the Arm ARM's register descriptions. */
#define BIT(n)   (UINT64_C(1) << (n))
#define HCR_VM   BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_PTW  BIT(2)
#define HCR_FMO  BIT(3)
#define HCR_IMO  BIT(4)
#define HCR_AMO  BIT(5)
#define HCR_VF   BIT(6)
#define HCR_VI   BIT(7)
#define HCR_VSE  BIT(8)
#define HCR_FB   BIT(9)
#define HCR_DC   BIT(12)
#define HCR_TWI  BIT(13)
#define HCR_TWE  BIT(14)
#define HCR_TSC  BIT(19)
#define HCR_TGE  BIT(27)
#define HCR_TVM  BIT(26)
#define HCR_HCD  BIT(29)
#define HCR_TRVM BIT(30)
#define HCR_RW   BIT(31)
#define HCR_E2H  BIT(34)
#define HCR_API  BIT(41)
#define HCR_APK  BIT(40)
#define HCR_FWB  BIT(46)

static inline uint64_t Bits(uint64_t v, unsigned hi, unsigned lo)
{
    return v >> lo & (hi - lo == 63 ? UINT64_MAX : BIT(hi - lo + 1) - 1);
}
static inline bool TGE(const struct cpu *cpu) { return cpu->sysreg[SR_HCR_EL2] & HCR_TGE; }
static inline bool E2H(const struct cpu *cpu) { return cpu->sysreg[SR_HCR_EL2] & HCR_E2H; }
/* ELIsInHost(): EL2, or EL0 with TGE, under VHE. */
static inline bool ELIsInHost(const struct cpu *cpu, unsigned el)
{
    return E2H(cpu) && (el == EL2 || (el == EL0 && TGE(cpu)));
}
/* What runs at el is a guest's: below EL2 under stage 2 (HCR_EL2.VM, or DC, which stands for it), and not with TGE,
 * when EL0 belongs to the software at EL2 whatever VM is. Who needs KVM's word for it, where a protected KVM's host
 * runs under stage 2 with VMID 0, asks for mmu_vmid() as well. */
static inline bool cpu_is_guest(const struct cpu *cpu, unsigned el)
{
    return el < EL2 && !TGE(cpu) && cpu->sysreg[SR_HCR_EL2] & (HCR_VM | HCR_DC);
}
/* S1TranslationRegime(el): the EL whose SCTLR and TCR govern stage 1 for el. */
static inline unsigned S1TranslationRegime(const struct cpu *cpu, unsigned el)
{
    return el != EL0 ? el : ELIsInHost(cpu, EL0) ? EL2 : EL1;
}
/* SCTLR of the regime that controls the current EL. */
static inline uint64_t SCTLR(const struct cpu *cpu)
{
    return cpu->sysreg[S1TranslationRegime(cpu, cpu->pstate.EL) == EL2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1];
}

/* General-purpose registers. n is a slot: 31 is zero, SP_SLOT the stack pointer. */
static ALWAYS_INLINE uint64_t X(const struct cpu *cpu, unsigned n) { return cpu->gpr[n]; }
static ALWAYS_INLINE void SetX(struct cpu *cpu, unsigned n, uint64_t v)
{
    cpu->gpr[n] = v;
    cpu->gpr[ZR_SLOT] = 0;
}

/* CurrentVL at the current EL, in bits. */
static inline unsigned CurrentVL(const struct cpu *cpu) { return cpu->vl_bits; }

/* ---- Engine services implemented in core/ and isa/ (declared here because every folder needs them) ---- */

/* The PC of the instruction that an exec_ function is executing. */
uint64_t PC(const struct cpu *cpu);
/* Continue at target after this instruction (no alignment or canonical check here: fetch does that). */
void BranchTo(struct cpu *cpu, uint64_t target);
/* Recompute fp_trap, sve_trap and vl_bits; called whenever EL, HCR_EL2, CPTR_EL2, CPACR_EL1 or ZCR_ELx changes. */
void cpu_update_traps(struct cpu *cpu);
/* Leave the handlers after this instruction so that interrupts, deadlines and contexts are looked at again. A Context
 * synchronization event calls this. */
static inline void cpu_resync(struct cpu *cpu) { cpu->redirect |= REDIRECT_RESYNC; }
/* Drive one interrupt input (LINE_x) of the PE; level-sensitive. Wakes a halted PE when the line rises. */
void cpu_set_line(struct cpu *cpu, unsigned line, bool level);
/* Cycles since the CPU was created (core/timing.h). */
uint64_t cpu_cycles(const struct cpu *cpu);
/* Instructions executed so far, including those of the current straight run; valid anywhere. */
uint64_t cpu_icount(const struct cpu *cpu);
/* This CPU's modelled time in nanoseconds since power-on of the machine. */
uint64_t cpu_time(const struct cpu *cpu);
/* Set this CPU's modelled time (forward only), and the time at which the handlers must be left. Nanoseconds. */
void cpu_set_time(struct cpu *cpu, uint64_t ns);
void cpu_run_until(struct cpu *cpu, uint64_t ns);
/* End a WFI or WFE wait: the CPU runs again from its own time. */
void cpu_end_wait(struct cpu *cpu);
/* End a WFI or WFE wait if its wake-up condition holds, at the time of whoever caused it. */
void cpu_wake(struct cpu *cpu);
/* Select SP: store SP_SLOT to the bank of the old (EL, PSTATE.SP) and load that of the new one, then set both. */
void cpu_set_el_sp(struct cpu *cpu, unsigned el, unsigned sp);
/* PSTATE as SPSR_ELx holds it, and back (AArch64 state only). */
uint64_t GetPSRFromPSTATE(const struct cpu *cpu);
/* The debugger's: PSTATE as SPSR_ELx holds it, with all consequences. false, and nothing changes: another EL, or an
 * Execution state that there is none of. Between instructions only. */
bool cpu_set_pstate(struct cpu *cpu, uint64_t spsr) MUST_CHECK;
/* Architectural reset, RVBAR-less: EL2h, MMU off, DAIF set; entry and context as PSCI or the loader give them. */
void cpu_reset(struct cpu *cpu, uint64_t entry, uint64_t context_id);

/* Stop the run because svemu lacks something (exit status 3); names it, with PC, EL and CPU. Never returns to the
 * guest: it sets the machine's stop request and redirects. */
void cpu_stop_unimplemented(struct cpu *cpu, const char *what, const char *detail);

/* Dump for assertion failures and the monitor. */
void cpu_dump(const struct cpu *cpu);

#endif
