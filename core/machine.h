/* The whole machine: CPUs, memory, devices, time, and the run loop. */
#ifndef SVEMU_CORE_MACHINE_H
#define SVEMU_CORE_MACHINE_H

#include "core/cpu.h"
#include "core/event.h"
#include "core/observe.h"

#define SVEMU_VERSION "0.1"

enum { MAX_CPUS = 512, MAX_ID_OVERRIDES = 64 };

enum stop_reason {
    STOP_NONE,
    STOP_POWEROFF,      /* exit status 0 */
    STOP_RESET,         /* PSCI SYSTEM_RESET with --no-reboot: 1 */
    STOP_DEADLOCK,      /* every CPU off or waiting, no event possible: 1 */
    STOP_MAX_INSNS,     /* 1 */
    STOP_EL3,           /* no CPU is on but those stopped at EL3: 1 */
    STOP_UNIMPLEMENTED, /* 3 */
    STOP_QUIT,          /* user */
    STOP_DEBUG,         /* between two instructions for somebody above, core/stops.h; machine_run() goes on from here */
};

/* One cache as CCSIDR_EL1 describes it: bytes, ways, bytes in a line. size 0: there is none. */
struct cache {
    uint64_t size;
    uint32_t ways, line;
};
enum { CACHE_LEVELS = 7, CACHE_DATA = 0, CACHE_INSTRUCTION = 1 }; /* a unified cache is CACHE_DATA of its level */

/* What a CPU says about itself beyond its features. A configuration whose ctr is 0 has the identity of model=lab. */
struct cpu_identity {
    uint64_t revidr, ctr, clidr; /* CTR_EL0, CLIDR_EL1 but for the Ctype fields, which follow from cache[] */
    uint8_t dczid_bs;            /* DCZID_EL0.BS: a block is 4 << BS bytes, at most 9 */
    uint8_t pmu_counters;        /* PMCR_EL0.N: event counters, 1 to 31 */
    uint16_t pmcr_id;            /* PMCR_EL0.{IMP, IDCODE} */
    struct cache cache[CACHE_LEVELS][2];
    const char *compatible; /* of the CPU's node in the device tree */
};

/* Per-CPU configuration from --cpu, complete after defaults. */
struct cpu_config {
    char model[32];
    uint16_t vq_set;
    uint64_t features[(FEAT_COUNT + 63) / 64];
    uint64_t clock_hz;
    uint8_t pauth_algo;
    uint64_t midr, mpidr;
    struct el3_config el3;
    struct cpu_identity identity;
    uint32_t cntfrq; /* what the firmware has put into CNTFRQ_EL0, if cntfrq_given; the counter itself runs at 1 GHz */
    bool cntfrq_given;
    uint8_t timing; /* enum timing_mode */
    bool timing_given;
    char timing_name[32];              /* timing-model=; "": the one of model's name, or lab's */
    struct timing_model *timing_model; /* which that is; lives at least as long as the machine. NULL: fast only */
    /* ID_REG=value and ID_REG.FIELD=value: register index, low bit, width, value; applied in this order. */
    struct {
        uint16_t reg;
        uint8_t lo, width;
        uint64_t value;
    } id_override[MAX_ID_OVERRIDES];
    unsigned id_overrides;
};

/* What a hypervisor finds in RAM beside its own image: a node /chosen/module@ADDR of the device tree, compatible with
 * "multiboot,module" (Xen's docs/misc/arm/device-tree/booting.txt). */
struct boot_module {
    uint64_t addr, size;
    bool kernel;          /* "multiboot,kernel", else "multiboot,ramdisk" */
    const char *bootargs; /* of a kernel, or NULL */
};
enum { MAX_BOOT_MODULES = 16 };

/* Pixels in RAM that the device tree names (devices/framebuffer.c): x8r8g8b8, lines without gaps. width 0: none. */
struct framebuffer {
    unsigned width, height;
    uint64_t addr; /* physical; the board gives it */
};

struct machine_options {
    unsigned smp;
    uint64_t memory; /* bytes */
    uint64_t quantum_ns;
    uint64_t max_insns;  /* 0: none */
    uint64_t code_cache; /* bytes */
    uint64_t seed;
    int64_t rtc_start; /* seconds since 1970 */
    bool no_reboot;
    const char *append; /* kernel command line, for the DT */
    uint64_t initrd_start, initrd_end;
    struct boot_module module[MAX_BOOT_MODULES];
    unsigned modules;
    struct framebuffer framebuffer;
};

struct machine {
    struct machine_options opt;
    struct cpu_config *config; /* [smp] */
    struct cpu **cpus;         /* [smp] */
    unsigned cpu_count;
    struct physmem mem;
    struct event **heap; /* event queue, 1-based */
    unsigned heap_count, heap_size;
    uint64_t event_order;
    uint64_t now;          /* ns: time of the event being run, or of the CPU that ran last */
    uint64_t time_told;    /* largest time given to anybody (event.c) */
    struct cpu *current;   /* CPU being run, or NULL */
    struct cpu *last;      /* CPU that ran last */
    uint64_t turn;         /* of the run loop, as far as it did something: with the same start, one turn is one state */
    uint64_t input_asked;  /* how often the serial port has asked for input */
    uint64_t output_count; /* bytes that the guest has written to it, */
    uint64_t output_shown; /* and how many have been shown: more, while a run is repeated */
    struct line_log *line; /* core/console_line.h; NULL: input is not kept */
    struct checkpoints *checkpoints; /* core/checkpoint.c; NULL: none are kept */
    unsigned polls;                  /* of the host's input: they come at turns that are the same in every run */
    uint64_t slice_end;              /* ns: end of the current CPU's quantum */
    uint64_t slice_icount;           /* its instruction count at the start of the quantum */
    uint64_t insns_left;             /* of --max-insns */
    bool running;                    /* in machine_run() */
    struct cpu *resume;              /* after STOP_DEBUG: whose quantum goes on; NULL: no quantum was under way */
    bool resume_look;                /* it looks at interrupts and its deadline before the next instruction */
    struct board *board;             /* devices/ */
    struct gicv3 *gic;               /* devices/gicv3 */
    struct isa_state *isa;           /* decoded pages */
    struct ledger *ledger;           /* core/ledger.c; NULL: world switches are not split */
    struct stops *stops;             /* core/stops.c; NULL: nobody has asked for one yet */
    enum stop_reason stop;           /* request: handlers are left and machine_run returns */
    char stop_text[256];
    char error[256];          /* one sentence for the user when creation fails */
    uint64_t entry, fdt_addr; /* boot: PC and x0 of CPU 0 */
    /* SMC from EL1/EL2 that reached the firmware: PSCI and SMCCC (core/psci.c). */
    void (*firmware_call)(struct cpu *cpu);
    /* A CPU's EL3 has shown (core/el3.h): for people. May be NULL. */
    void (*el3_event)(struct cpu *cpu, const struct el3_event *e);
    /* Host input poll, called between quanta at most every few ms of host time; delivers through events. */
    void (*poll_input)(struct machine *m);
    /* The debugger looks whether it is wanted, before each turn: how often poll_input is called must not depend on
     * whether somebody watches. NULL: nobody is attached. */
    void (*between_turns)(void *context);
    void *between_turns_context;
    /* Nothing can run and no event is queued: wait for host input; false if none can come (all CPUs off, no console).
     */
    bool (*wait_input)(struct machine *m);
    /* All CPUs wait and time is about to jump to the event at when (host side may pace itself); may be NULL. true:
     * input came or a stop was asked for, so look again before jumping. */
    bool (*idle)(struct machine *m, uint64_t when);
    const struct machine_observer *observer[MAX_OBSERVERS]; /* observers of them */
    unsigned observers;
    char *options;    /* that the machine was made with, malloc'ed: for snapshots; "": none */
    bool watched;     /* instructions are executed by plain functions over decoded pages of their own, and shown */
    uint64_t entropy; /* generator state derived from the seed: RNDR, kaslr-seed */
};

/* How this CPU was configured; NULL for one without a machine or a configuration, as unit tests make them. */
static inline const struct cpu_config *cpu_config_of(const struct cpu *cpu)
{
    return cpu->machine && cpu->machine->config ? &cpu->machine->config[cpu->index] : NULL;
}

struct machine *machine_create(const struct machine_options *opt,
                               const struct cpu_config *config); /* NULL: no memory */
void machine_reset(
    struct machine *m); /* power-on or SYSTEM_RESET: all CPUs off but 0, devices reset, images reloaded */
/* Run until something stops the machine; from a STOP_DEBUG on as if that had not been. */
enum stop_reason machine_run(struct machine *m);
/* The event queue's first entry moved: shorten the running CPU's stay in the handlers accordingly. */
void machine_deadline_changed(struct machine *m);
void machine_stop(struct machine *m, enum stop_reason why, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Everything but what board_free frees, which comes first where there is a board. */
void machine_free(struct machine *m);
uint64_t machine_random(struct machine *m); /* next 64 bits from the seed */
/* Would another CPU run next if this one, which is running, ended its quantum now? */
bool machine_other_cpu_due(const struct cpu *cpu);
struct cpu *machine_cpu_by_mpidr(struct machine *m, uint64_t affinity);

/* Give a CPU another power state and tell the observer. */
void cpu_set_power(struct cpu *cpu, enum cpu_power power);

/* PSCI 1.1 and SMCCC over SMC. Arm DEN0022, DEN0028. */
void psci_call(struct cpu *cpu);

#endif
