/* The command-line frontend: options, loader, console, monitor, statistics. The only folder that talks to the user, and
 * the only one that reads the host's clock, files and terminal. */
#ifndef SVEMU_FRONTENDS_FRONTENDS_H
#define SVEMU_FRONTENDS_FRONTENDS_H

#include <stdio.h>

#include "core/machine.h"
#include "core/nearest.h"

/* Exit statuses (DESIGN.md, Command line). */
enum { EXIT_POWEROFF = 0, EXIT_STOPPED = 1, EXIT_USER = 2, EXIT_UNIMPLEMENTED = 3, EXIT_DEFECT = 4 };

/* The user's mistake as one sentence that names the option and the value; kept until it is printed. Returns false. */
bool user_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
extern char user_error_text[1024];
/* Something the user should know and that does not stop the run, on standard error. */
void user_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- Options (options.c) ---- */
enum { MAX_INITRDS = 16, MAX_CPU_OPTIONS = 4096, MAX_TRACES = 16, MAX_SYMBOL_FILES = 64, MAX_SNAPSHOTS = 16 };
enum listing {
    LIST_NONE,
    LIST_INSNS,
    LIST_SYSREGS,
    LIST_FEATURES,
    LIST_MODELS,
    LIST_VERSION,
    LIST_HELP,
    LIST_DISAS,
    LIST_EXPLAIN
};

struct trace_option {
    const char *spec;
    bool qemu; /* names as QEMU's -d has them */
};

/* --device loader or guest-loader: a file that is put into RAM. */
struct load_option {
    const char *option; /* as the user wrote it */
    char text[4096];    /* its parts */
    const char *file, *bootargs;
    uint64_t addr;               /* physical */
    bool placed, module, kernel; /* addr was given; named in the device tree; as a kernel */
};

struct options {
    struct machine_options machine;
    const char *memory_text; /* as the user wrote it */
    const char *kernel, *dtb, *stats;
    const char *initrd[MAX_INITRDS]; /* concatenated in this order */
    unsigned initrds;
    const char *cpu[MAX_CPU_OPTIONS];       /* RANGE:KEY=VALUE,... in the order given */
    const char *cpu_place[MAX_CPU_OPTIONS]; /* "FILE:LINE: " of a machine file; "" or NULL: none */
    unsigned cpus;
    struct load_option load[MAX_BOOT_MODULES];
    unsigned loads;
    struct trace_option trace[MAX_TRACES];
    unsigned traces;
    const char *symbol_file[MAX_SYMBOL_FILES]; /* FILE[@OFFSET][,KEY=N]... */
    unsigned symbols;
    bool no_reboot, progress, strict;
    /* --timing, of CPUs whose --cpu does not say it, enum timing_mode: of this run, and of the machine when it was
     * made. timing_again: it was given beside --from. */
    uint8_t timing, made_timing;
    bool timing_again;
    const char *timing_from, *timing_to; /* --timing-from, --timing-to, or NULL */
    bool timing_from_again;              /* the first of them was given beside --from */
    bool ledger;
    const char *ledger_parts;
    struct {
        bool sdl;
        unsigned width, height; /* of the window, pixels */
    } display;
    const char *gdb, *gdb_option; /* where to listen for gdb, NULL: nowhere; the option as the user wrote it */
    bool wait_for_gdb;
    struct snapshot *from; /* --from */
    const char *from_path;
    bool from_applies;                      /* its options are being taken */
    const char *snapshot_at[MAX_SNAPSHOTS]; /* WHEN:FILE */
    unsigned snapshots;
    const char *record, *replay;
    uint64_t checkpoint_interval, checkpoint_bytes; /* --checkpoints; 0: none */
    char *made_with; /* the options that make the machine what it is, one "--NAME VALUE" a line; malloc'ed */
    enum listing list;
    const char *explain; /* --explain-model */
    const char *disas;   /* --disas: the ELF file, NULL: words of standard input */
    /* The machine file being read, NULL: none; the folder of its name, with the slash; the line. */
    const char *file_path, *file_folder;
    unsigned file_line, file_depth;
};

/* Parse the command line. false with user_error. */
bool options_parse(struct options *o, int argc, char **argv) MUST_CHECK;
/* What parsing has allocated; *o may be parsed into again. */
void options_free(struct options *o);
void options_help(FILE *f);
/* One option by its name with dashes, value NULL: none. false with user_error. */
bool option_apply(struct options *o, const char *name, const char *value) MUST_CHECK;
bool option_is_machine_file(const char *name);

/* ---- --machine-file (machine_file.c) ---- */
/* The options of a machine file. false with user_error, which begins with FILE:LINE. */
bool machine_file(struct options *o, const char *name, const char *path) MUST_CHECK;
/* A path of an option: relative to the machine file being read, if there is one. Lives as long as the program. */
const char *option_path(const struct options *o, const char *value);
/* "FILE:LINE: " of the machine file being read, or "". */
const char *option_place(const struct options *o);
/* Take one --device (device_option.c). false with user_error. */
bool add_device(struct options *o, const char *name, const char *value) MUST_CHECK;
/* Bytes: a number and K, M, G or T; without a letter MiB, as QEMU's -m has it. */
bool parse_size(const char *text, uint64_t *bytes) MUST_CHECK;
/* Nanoseconds: a number and ns, us, ms or s. */
bool parse_time(const char *text, uint64_t *ns) MUST_CHECK;
/* Seconds since 1970: YYYY-MM-DD, YYYY-MM-DDTHH:MM:SS, @SECONDS, or host. */
bool parse_date(const char *text, int64_t *seconds) MUST_CHECK;
/* A whole decimal or 0x number up to max, nothing behind it. */
bool parse_number(const char *text, uint64_t max, uint64_t *n) MUST_CHECK;

/* ---- Parts of a run (main.c) ---- */
/* A machine with its board; the CPUs' configuration is copied. NULL with user_error. */
struct machine *machine_from_options(const struct options *o, const struct cpu_config *config) MUST_CHECK;
/* Images into RAM, everything to its reset state. false with user_error. */
bool machine_power_on(struct machine *m, const struct options *o) MUST_CHECK;
/* From now on an assertion or a fault of ours ends the program with EXIT_DEFECT and says where it was. */
void catch_defects(void);

/* ---- --cpu (cpu_option.c) ---- */
/* Configurations of all CPUs (malloc'ed array of o->machine.smp) from the defaults and every --cpu, in order. NULL with
 * user_error. */
struct cpu_config *cpu_options_apply(const struct options *o) MUST_CHECK;
/* A vl= value to a set, bit q-1 for 128 * q bits: none, max, pow2:N, a sum 128+256, ranges 128-512. */
bool parse_vl(const char *text, uint16_t *vq_set) MUST_CHECK;
/* A set as text, lengths in bits with between from one to the next ("+": as vl= takes it), or none; VL_TEXT bytes are
 * enough for a between of two characters. Returns buffer. */
enum { VL_TEXT = 128 };
char *vl_text(uint16_t vq_set, const char *between, char *buffer, size_t size);
/* The same as a JSON array. */
void vl_json(FILE *f, uint16_t vq_set);
/* A string as JSON, null for NULL. Bytes above 0x7e are written as Latin-1: consoles print anything. */
void write_json_string(FILE *f, const char *s);
/* One "name": count of an object, as why_counts() calls for each; between is "" before the first. counts: struct
 * json_counts. */
struct json_counts {
    FILE *f;
    const char *between;
};
void json_count(void *counts, const char *name, uint64_t count);
/* A frequency with its unit, as in 2.5GHz, to Hz; -1: it is none. A bare number is in the given unit, or none if that
 * is 0. */
double parse_hertz(const char *text, double bare);
/* NULL if one of the two rules of the Arm ARM allows the set, else a sentence that says what both ask for. */
const char *vl_rule_warning(uint16_t vq_set);
void list_features(void);
/* The models and what each leaves out of its silicon (list_models.c). */
void list_models(void);

/* ---- Timing models (timing_option.c): false with user_error ---- */
bool add_model_file(const char *option, const char *path) MUST_CHECK;
/* --explain-model: all that a model of this name, or in this file, says, on standard output. */
bool explain_model(const char *what) MUST_CHECK;
void list_timing_models(void);
/* fast, inorder or ooo to an enum timing_mode; false, without user_error: it is none. */
bool parse_timing(const char *text, uint8_t *mode) MUST_CHECK;
const char *timing_name(uint8_t mode);
bool key_timing(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
bool key_timing_model(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
/* After all keys: the model, the mode if timing= has not given it, and the clock if clock= has not. */
void choose_timing(struct cpu_config *c, const struct options *o);
/* After a snapshot was loaded: --timing given beside it is what its CPUs go on with. */
void timing_after_snapshot(struct machine *m, const struct options *o);

/* ---- --timing-from, --timing-to (timing_when.c) ---- */
/* When the machine is in the state that it begins with and symbols are known. false with user_error. */
bool timing_when_start(struct machine *m, const struct options *o) MUST_CHECK;
void timing_when_end(void);

/* ---- --cpu keys of the firmware (firmware_option.c), what it did (firmware_report.c) ---- */
enum { FIRMWARE_KEYS = EL3_CONTROLS + 2 };
bool is_firmware_key(const char *key);
/* The names of all these keys to names[FIRMWARE_KEYS]; returns how many. */
unsigned firmware_keys(const char **names);
/* false with user_error. */
bool set_firmware_key(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
/* Has the CPU what its firmware is to get wrong? After all keys; false with user_error. */
bool check_firmware(const struct cpu_config *c, unsigned cpu) MUST_CHECK;
/* One line on standard error: machine.el3_event. */
void firmware_report(struct cpu *cpu, const struct el3_event *e);
/* ---- --cpu ID_REG=, ID_REG.FIELD= (id_option.c) ---- */
enum { MAX_ID_KEYS = 512 };
/* Does key begin with the name of an identification register? */
bool is_id_key(const char *key);
/* The names of all registers and fields to names[MAX_ID_KEYS]; returns how many. */
unsigned id_keys(const char **names);
bool set_id_key(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;

/* ---- --cpu midr=, mpidr=, caches, ... (identity_option.c): false with user_error ---- */
bool key_register(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
bool key_mpidr(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
bool key_cntfrq(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
bool key_pmu_counters(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
bool is_cache_key(const char *key);
bool set_cache_key(struct cpu_config *c, const char *key, const char *value) MUST_CHECK;
/* After all keys: caches that CCSIDR_EL1 can describe, no two CPUs with one affinity. */
bool check_identities(const struct cpu_config *config, unsigned smp) MUST_CHECK;

/* ---- The ID lint (lint.c, lint_rules.c) ---- */
/* Warn about ID registers that contradict the architecture, beyond what the CPUs' models do as they come. With strict
 * the first finding is an error: false with user_error. */
bool lint_machine(const struct machine *m, bool strict) MUST_CHECK;

/* ---- --disas (disas.c) ---- */
/* Hexadecimal words, one or more a line, to "word  text" lines. false with user_error naming the line. */
bool disas_words(FILE *in, FILE *out) MUST_CHECK;
/* The sections of code of an AArch64 ELF file: labels, and "address  word  text" lines. false with user_error. */
bool disas_file(const char *path, FILE *out) MUST_CHECK;

/* ---- Loader (load.c) ---- */
/* Read the images into RAM, make or read the device tree, set the machine's entry and fdt_addr. Called again for a
 * reboot. false with user_error. */
bool load_images(struct machine *m, const struct options *o) MUST_CHECK;

/* ---- Console (console.c) ---- */
/* Connect the first serial port with standard input and output; raw terminal if it is one. */
void console_open(struct machine *m);
/* Write what is buffered; restore the terminal. Safe in a signal handler and when never opened. */
void console_close(void);
void console_flush(void);
/* Input that comes before what standard input has; also before the console is open. */
void console_give_back(const uint8_t *bytes, size_t len);
/* Whom Ctrl-A c and gdb's socket are for; NULL: nobody. */
struct debugger;
void console_debugger(struct debugger *d);
/* The machine stands for somebody and goes on: the terminal is in its usual mode in between, and time is not paced by
 * what that took. */
void console_monitor(bool on);
/* One line of at most size - 1 characters from standard input with the terminal in its usual mode, for the monitor.
 * false: end of input. */
bool console_line(char *line, size_t size);
/* The signal that asked us to end, 0: none. */
int console_signal(void);

/* ---- --record, --replay (record.c) ---- */
/* Read a recording; *rtc is what the clock said at its start. false with user_error. */
bool replay_open(const char *path, int64_t *rtc) MUST_CHECK;
/* Before the run, when the machine is in the state that it begins with; and behind it. false with user_error. */
bool record_begin(struct machine *m, const struct options *o) MUST_CHECK;
bool record_end(struct machine *m, enum stop_reason why) MUST_CHECK;
bool record_is_on(void);

/* A second place where the console is seen and typed: the window. */
struct console_second {
    int wake; /* descriptor that becomes readable when there is something for poll */
    void (*output)(const uint8_t *bytes, size_t len); /* the guest has written */
    /* Now and then between two instructions, and when wake is readable while the machine waits; input comes by
     * console_type(). */
    void (*poll)(struct machine *m);
};
/* From console_open() on; NULL: no longer. */
void console_attach(const struct console_second *second);
/* Typed there: bytes for the guest, none of which is an escape. What does not fit is dropped. */
void console_type(const uint8_t *bytes, size_t len);
/* Wait until something is typed in either place, or ms have passed; true: somebody wants the machine to go on, to its
 * end or to the monitor. */
bool console_wait(int ms);

/* ---- The window (window.c) ---- */
/* Open the window that o asks for and watch the machine. false with user_error. */
bool window_open(struct machine *m, const struct options *o) MUST_CHECK;
/* Close it; nothing happens where there is none. */
void window_close(struct machine *m);
/* machine_run() has returned: if it was for the window, let the user step and go on. STOP_NONE: the machine goes on;
 * else why, or why it has ended since. */
enum stop_reason window_serve(struct machine *m, enum stop_reason why) MUST_CHECK;
/* Take one --display. false with user_error. */
bool display_option(struct options *o, const char *name, const char *value) MUST_CHECK;

/* A guest framebuffer of WIDTHxHEIGHT pixels (text). false with user_error. */
bool framebuffer_size(struct options *o, const char *name, const char *value, const char *text) MUST_CHECK;

/* ---- Snapshots (snapshot_option.c) ---- */
/* Put the machine into the state that --from names; prepare for each --snapshot-at. false with user_error. */
bool snapshots_begin(struct machine *m, const struct options *o) MUST_CHECK;
/* The machine has stopped (STOP_DEBUG): save it if that is why. false: it is not, or it could not be saved. */
bool snapshots_stop(struct machine *m);
/* Could everything be saved that --snapshot-at asked for and the run came to? false with user_error. */
bool snapshots_end(void) MUST_CHECK;
/* The monitor's snapshot save|load FILE. */
void snapshot_command(struct machine *m, const char *arg, FILE *f);

/* ---- Progress (progress.c) ---- */
void progress_open(struct machine *m);
/* Called now and then between quanta: prints the line when it is time. */
void progress_poll(struct machine *m);
/* The guest prints: take the line away first. */
void progress_output(void);
/* Take the line away if it is there. */
void progress_wipe(void);

/* ---- What world switches are spent on (ledger.c) ---- */
struct ledger_parts;
/* The table of functions by part that is built in and, with a file, what that adds. path NULL: none. NULL with
 * user_error. */
struct ledger_parts *ledger_parts_read(const char *path);
/* The part of a function of the host's kernel (without nVHE's prefix). */
unsigned ledger_parts_of(const struct ledger_parts *p, const char *name);
void ledger_parts_free(struct ledger_parts *p);
/* Split world switches as the options say. false with user_error. */
bool ledger_begin(struct machine *m, const struct options *o) MUST_CHECK;
void ledger_end(struct machine *m);
/* The machine has stopped (STOP_DEBUG), perhaps for this. */
void ledger_stopped(struct machine *m);

/* ---- Statistics (stats.c) ---- */
/* What has been changed or taken away from the JSON of --stats (docs/stats.md) makes another schema. */
enum { STATS_SCHEMA = 1 };
/* Everything as JSON; host_seconds is the run's wall time. */
void stats_json(struct machine *m, FILE *f, int status, double host_seconds);
/* Everything for people (stats_main.c). */
void stats_print(struct machine *m, FILE *f, double host_seconds);
/* Instructions of all CPUs so far. */
uint64_t total_instructions(const struct machine *m);
/* One line. */
void stats_summary(struct machine *m, FILE *f, double host_seconds);
/* Members of a CPU's object: time, vCPUs, world switches, counters (stats_detail.c). */
void stats_detail_json(FILE *f, struct cpu *cpu);
/* STAT_CLASSES counts as an object with the classes' names. */
void stats_classes_json(FILE *f, const uint64_t *counts);
/* `svemu stats A.json [B.json]` with argv[0] "stats" (stats_main.c); returns the exit status. */
int stats_main(int argc, char **argv);

#endif
