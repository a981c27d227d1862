/* --trace and `svemu trace`: from the option's text (trace_option.c) and what happens (trace_collect.c) through filters
 * and triggers (trace_filter.c, trace_pipe.c) to a format (trace_event.h). docs/tracing.md. */
#ifndef SVEMU_FRONTENDS_TRACE_H
#define SVEMU_FRONTENDS_TRACE_H

#include "frontends/trace_event.h"

/* ---- What one --trace asks for (trace_option.c) ---- */
enum { TRACE_MOST = 16 }; /* of each: names, ranges, registers, classes */

/* A function's name as the user gives it: [guest:|guest@VMID:|host:|nvhe:]PATTERN. */
struct trace_name {
    char *pattern; /* with * and ? */
    enum { IN_ANY, IN_GUEST, IN_GUEST_VMID, IN_HOST, IN_NVHE } where;
    uint16_t vmid;
    /* what symbols that were asked about gave: by the address of their text */
    struct {
        const char *symbol;
        bool matches;
    } asked[64];
};
struct trace_range {
    uint64_t from, to; /* both are in it */
};
/* A register: of enum trace_reg, or a system register. */
struct trace_register {
    bool sysreg;
    uint8_t reg, n;
    uint16_t index;
};

/* Everything that is given must hold; of several values of one key any. */
struct trace_filter {
    bool has_cpu;
    uint64_t cpu[MAX_CPUS / 64];
    uint8_t els;                      /* bit n: ELn; 0: any */
    bool has_vmid, no_vmid, any_vmid; /* no_vmid: not a guest, any_vmid: a guest */
    struct trace_range vmid[TRACE_MOST], pc[TRACE_MOST], time[TRACE_MOST], count[TRACE_MOST];
    unsigned vmids, pcs, times, counts;
    struct trace_name symbol[TRACE_MOST];
    unsigned symbols;
    struct trace_register reg[TRACE_MOST];
    unsigned regs;
    uint16_t ec[TRACE_MOST];
    unsigned ecs;
};

struct trace_trigger {
    enum { TRIGGER_NONE, TRIGGER_SYMBOL, TRIGGER_EC, TRIGGER_COUNT, TRIGGER_PANIC, TRIGGER_DEFECT, TRIGGER_END } kind;
    struct trace_name name;
    uint16_t ec[2];
    uint64_t count;
};

struct trace_spec {
    char *text; /* as the user wrote it, for messages */
    const char *option;
    char *file; /* NULL: standard error */
    uint32_t categories;
    char *device[TRACE_MOST]; /* only these; none: all */
    unsigned devices;
    struct trace_filter filter;
    struct trace_trigger start, stop, dump[TRACE_MOST];
    unsigned dumps;
    uint64_t last; /* 0: all */
    const struct trace_format *format;
    unsigned level;   /* of zstd */
    uint64_t windows; /* from start to stop, at most; 0: any number */
};

/* LIST[:FILTER[,FILTER...]][=FILE]. option names it in messages; qemu: LIST alone, in QEMU's words. NULL with
 * user_error.
 */
struct trace_spec *trace_spec_parse(const char *option, const char *text, bool qemu);
/* The same without LIST: all categories. */
struct trace_spec *trace_spec_filters(const char *option, const char *text);
/* Keep only these categories. false with user_error. */
bool trace_spec_categories(struct trace_spec *s, const char *list) MUST_CHECK;
/* One KEY=VALUE of a filter. false with user_error. */
bool trace_spec_item(struct trace_spec *s, const char *item) MUST_CHECK;
void trace_spec_free(struct trace_spec *s);
/* WHERE of an option of this name: a function without * and ?, ec:CLASS, insn:COUNT. false with user_error. */
bool trace_trigger_parse(const char *option, const char *where, struct trace_trigger *t) MUST_CHECK;
/* NULL with user_error, which names the nearest. */
const struct trace_format *trace_format_named(const char *option, const char *name);
/* By the end of a file's name, NULL: it says nothing. */
const struct trace_format *trace_format_of_file(const char *file);

/* ---- Filters (trace_filter.c) ---- */
/* May events of this place pass? Only cpu, space, time, count, pc and symbol of e are looked at. */
bool trace_filter_place(struct trace_filter *f, const struct trace_event *e);
/* Does a symbol's name fit? */
bool trace_name_fits(struct trace_name *n, const struct trace_event *e);
/* Is it one of these registers, or exceptions? */
bool trace_filter_register(const struct trace_filter *f, const struct trace_event *e);
/* Does this make all that belongs to the same instruction pass: reg= and ec=? */
bool trace_filter_cause(const struct trace_filter *f, const struct trace_event *e);
/* A guest's kernel or programs: EL1 and EL0 under stage 2. */
static inline bool trace_is_guest(const struct symbol_space *s) { return s->stage2 && s->el < 2 && !s->tge; }

/* ---- From events to a format (trace_pipe.c) ---- */
struct trace_pipe;
/* Takes the spec, also when it fails: NULL with user_error. */
struct trace_pipe *trace_pipe_open(struct trace_spec *s, unsigned cpus);
/* An instruction and its effects, or what happened without one: n events of one CPU. */
void trace_pipe_group(struct trace_pipe *p, const struct trace_event *e, unsigned n);
/* One event past all filters, into the ring. */
void trace_pipe_keep(struct trace_pipe *p, const struct trace_event *e);
/* Close it and write nothing more. */
void trace_pipe_drop(struct trace_pipe *p);
/* Could an instruction of this place pass, or start, stop or dump something? */
bool trace_pipe_wants(struct trace_pipe *p, const struct trace_event *place);
/* Triggers alone, at an instruction that is about to be executed and not watched. */
void trace_pipe_at(struct trace_pipe *p, const struct trace_event *place);
/* Instructions have not been watched. */
void trace_pipe_lost(struct trace_pipe *p);
/* Does it have to see each instruction now? count: the largest of the CPUs'. */
bool trace_pipe_needs_instructions(const struct trace_pipe *p, uint64_t count);
struct trace_spec *trace_pipe_spec(const struct trace_pipe *p);
/* Functions whose entry is a panic. */
enum { TRACE_PANICS = 4 };
extern struct trace_name trace_panic[TRACE_PANICS];
/* A defect of ours: what is kept is written. */
void trace_pipe_defect(struct trace_pipe *p);
/* The end. false with user_error: it could not be written. */
bool trace_pipe_close(struct trace_pipe *p);

/* ---- The machine's traces (trace_collect.c) ---- */
/* One --trace, before there is a machine. false with user_error. */
bool trace_add(const char *option, const char *text, bool qemu) MUST_CHECK;
/* Open what was added and watch the machine. false with user_error. Between instructions. */
bool trace_start(struct machine *m) MUST_CHECK;
/* machine_run(), going on after stops that only traces have asked for. */
enum stop_reason trace_run(struct machine *m);
/* The same for who calls machine_run() itself: true: the last STOP_DEBUG was only ours, go on. */
bool trace_stopped(struct machine *m);
/* machine_step() likewise. */
unsigned trace_step(struct machine *m, struct cpu *cpu);
/* Is the name one of symbols', or a pattern's or a guest's, whose kernel is not there yet? false with user_error. */
bool trace_name_known(struct symbols *symbols, const char *option, const char *text,
                      const struct trace_name *n) MUST_CHECK;
/* Stop watching and close all. false with user_error: something could not be written. */
bool trace_stop(void) MUST_CHECK;
/* A defect of ours: write what there is. */
void trace_defect(void);

/* ---- Binary files (trace_write.c, trace_read.c) ---- */
/* zstd's level for binary files opened from here on, 1 to 19. */
void trace_file_level(unsigned n);

struct trace_reader;
/* NULL with user_error: it cannot be read, or is not a trace of this version. */
struct trace_reader *trace_read_open(const char *path);
/* The next event; what it points to lives until the next call, symbol and image until trace_read_close(). false: there
 * is none, or the file is damaged here. */
bool trace_read(struct trace_reader *r, struct trace_event *e);
/* What is wrong with the file, as a clause ("is cut off behind event 12"); NULL: nothing so far. */
const char *trace_read_damage(const struct trace_reader *r);
unsigned trace_read_cpus(const struct trace_reader *r);
/* Which svemu wrote it. */
const char *trace_read_writer(const struct trace_reader *r);
void trace_read_close(struct trace_reader *r);

/* `svemu trace ...` with argv[0] "trace" (trace_main.c); returns the exit status. */
int trace_main(int argc, char **argv);

#endif
