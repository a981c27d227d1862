/* The monitor: commands about a machine that stands, from the console (Ctrl-A c) and from gdb (monitor COMMAND), one
 * row each. Commands look; those that change something say so. */
#ifndef SVEMU_FRONTENDS_MONITOR_H
#define SVEMU_FRONTENDS_MONITOR_H

#include "frontends/debugger.h"

struct monitor_session {
    struct debugger *d;
    FILE *f;                /* where answers go */
    bool remote;            /* it is gdb that asks */
    enum stop_reason ended; /* the machine was run by a command and has ended: how; STOP_NONE: it has not */
};

enum verdict { STAY, LEAVE, QUIT };
/* arg: what stands behind the name, without blanks at its ends. */
typedef enum verdict monitor_fn(struct monitor_session *s, const char *arg);

/* Do one line; what is wrong with it is said to s->f. */
enum verdict monitor_command(struct monitor_session *s, const char *line);
/* Read commands from the console until the machine is to go on (STOP_NONE) or the run is to end. */
enum stop_reason monitor_run(struct debugger *d);

struct cpu *monitor_cpu(const struct monitor_session *s);
/* A number or a name: the point's address, and the space that the name is of. false: said to s->f. */
bool monitor_address(struct monitor_session *s, const char *text, struct stop_point *p) MUST_CHECK;
/* One line: CPU, power, EL, VMID, PC. */
void monitor_place(struct monitor_session *s, struct cpu *cpu);
/* Why the machine stands, when the console's monitor begins. */
void monitor_greet(struct monitor_session *s);
/* The next word of *p into word; false: there is none, or it is longer than that. */
bool monitor_word(const char **p, char *word, size_t size) MUST_CHECK;

monitor_fn monitor_regs, monitor_sysregs, monitor_vl, monitor_why, monitor_stats; /* monitor_state.c */
monitor_fn monitor_space, monitor_x, monitor_tlb;                                 /* monitor_memory.c */
monitor_fn monitor_walk, monitor_stage2;                                          /* monitor_walk.c */
monitor_fn monitor_symbols;                                                       /* monitor.c */
monitor_fn monitor_timing;                                                        /* monitor_timing.c */
monitor_fn monitor_gic;                                                           /* monitor_gic.c */
monitor_fn monitor_break, monitor_watch, monitor_delete, monitor_step, monitor_back, monitor_checkpoints, monitor_vcpus,
    monitor_cpus; /* monitor_points.c */

#endif
