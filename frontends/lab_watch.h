/* What a laboratory run shows to those who watch it: events of the architecture, and the lines of our own programs. */
#ifndef SVEMU_FRONTENDS_LAB_WATCH_H
#define SVEMU_FRONTENDS_LAB_WATCH_H

#include "frontends/frontends.h"
#include "frontends/kallsyms.h"

/* ---- Symbols (lab_symbol.c) ---- */

/* The kernel's Image in memory, and its own symbols. */
struct lab_symbols {
    struct kallsyms *table; /* NULL: the Image has none */
    uint64_t base, size;    /* physical, with BSS */
    uint64_t link;          /* the address that its first byte is linked at */
    char version[128];      /* "6.12.95-..." from the Image; empty if it does not say */
};
/* From the Image that load_images has put into RAM; to be called before the machine runs. */
void lab_symbols_open(struct lab_symbols *s, struct machine *m);
void lab_symbols_close(struct lab_symbols *s);

enum { LAB_FRAMES = 24 };
/* Where a CPU is, as addresses that the Image is linked at: PC, then the return addresses of its frame records. Through
 * the CPU's own translation tables, so that KASLR and the hypervisor's mapping need not be known. Addresses outside
 * the Image are 0. Returns how many. */
unsigned lab_backtrace(const struct lab_symbols *s, struct cpu *cpu, uint64_t frames[LAB_FRAMES]);
/* name+0x12 of a link address; NULL if it has none. The text lasts until the next call. */
const char *lab_symbol(const struct lab_symbols *s, uint64_t link_address);

/* ---- Console (lab_console.c) ---- */

struct lab_line {
    char *text;
    uint64_t frames[LAB_FRAMES]; /* who printed it */
    unsigned depth;
};
enum { LAB_LINES = 4096 };
/* The console's last lines. */
struct lab_console {
    struct lab_line line[LAB_LINES]; /* line number n is line[n % LAB_LINES] */
    uint64_t count;                  /* lines so far; the one being printed has this number */
    char partial[1024];
    size_t length; /* of partial */
    FILE *file;    /* all of it goes here as well; NULL: nowhere */
};

/* ---- The run (lab_watch.c) ---- */

struct lab_cpu {
    /* PSCI */
    unsigned on_calls; /* CPU_ON for it, successful or not */
    int64_t on_error;  /* of the last one that failed */
    bool started, off; /* CPU_ON succeeded (or the boot CPU); it called CPU_OFF since */
    uint64_t on_line;  /* console line number at its last CPU_ON */
    bool served;       /* it has enabled Group 1 interrupts: the kernel uses it */
    /* ZCR */
    uint16_t probed;   /* what its first complete probe found */
    uint16_t probing;  /* what the probe under way has found */
    unsigned last_len; /* LEN of the last write of the probe under way */
    unsigned writes;   /* that the probe took so far */
    const char *register_name;
    unsigned probe_el;
    /* where it was last seen: at its CPU_OFF, or at the end */
    uint64_t pc, frames[LAB_FRAMES];
    unsigned el, depth;
    enum cpu_halt halted;
    enum cpu_power power;
    /* our programs' words */
    bool tried, accepted, refused;
    bool user_seen;
    uint16_t user; /* the lengths that user space has on it */
};

struct lab_watch {
    struct machine *m;
    struct lab_symbols symbols;
    struct lab_console console;
    struct lab_cpu *cpu; /* [cpu_count] */
    struct machine_observer observer;
    struct event watchdog;
    bool dead;         /* when the time was up, no CPU could run and nothing could wake one */
    bool begun, ended; /* our programs' first and last line */
    uint64_t end_line; /* console line of the end */
    char online[64];   /* as the kernel says it; empty until then */
    bool kvm_seen, kvm_sve;
    uint16_t kvm; /* KVM_REG_ARM64_SVE_VLS */
    bool guest_begun, guest_ran, guest_passed, guest_ended;
    bool guest_lengths_seen;
    uint16_t guest; /* what the guest's own probe found */
    int guest_status;
    uint64_t guest_line;   /* console line of its begin */
    char guest_error[256]; /* the last line of vmm's before it ended */
    char complaint[256];   /* a check of ours that failed in user space */
};

/* Watch the machine, which is about to run, until ns of guest time have passed. false: no memory. */
bool lab_watch_open(struct lab_watch *w, struct machine *m, FILE *console, uint64_t ns) MUST_CHECK;
/* The machine has stopped: look where its CPUs are, unless our programs' last line was the occasion. */
void lab_watch_end(struct lab_watch *w);
void lab_watch_close(struct lab_watch *w);

/* Every byte of the serial port; complete lines go to lab_watch_line. */
void lab_console_byte(struct lab_watch *w, uint8_t byte);
void lab_console_close(struct lab_console *c);
void lab_watch_line(struct lab_watch *w, const char *text);

#endif
