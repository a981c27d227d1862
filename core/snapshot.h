/* The whole machine as bytes, and going back. What is saved is in one table (core/snapshot.c), from which the state
 * hash is made as well: RAM and tags, CPUs with their TLBs (a stale translation is guest-visible), GIC, devices,
 * timers, the event queue, the schedule, the console's input that has been read and not yet taken. Nothing of the
 * host's. A machine that is loaded does what the one that was saved would have done. Saving changes nothing. Between
 * instructions only: outside machine_run, at any stop. */
#ifndef SVEMU_CORE_SNAPSHOT_H
#define SVEMU_CORE_SNAPSHOT_H

#include <stdio.h>

#include "core/machine.h"

/* Save to a file that is written beside it and then renamed. false: *error is the rest of a sentence that begins with
 * the file's name, in a static buffer. */
bool snapshot_save(struct machine *m, const char *path, const char **error) MUST_CHECK;
/* A file whose checksums are right and which this version of svemu has written; NULL with *error. */
struct snapshot *snapshot_open(const char *path, const char **error) MUST_CHECK;
void snapshot_close(struct snapshot *s);
/* What machine.options was when it was saved. */
const char *snapshot_options(const struct snapshot *s);
/* The machine, which has a board, must have been created with these options. All of it is checked before anything of
 * the machine changes: false leaves it as it was. */
bool snapshot_apply(struct machine *m, const struct snapshot *s, const char **error) MUST_CHECK;
/* All of these. */
bool snapshot_load(struct machine *m, const char *path, const char **error) MUST_CHECK;

/* ---- Checkpoints in memory ---- */
/* Keep checkpoints from now on: one now, then one about every interval instructions of all CPUs, at most bytes of the
 * host's memory (older ones are thinned out: dense near the present). RAM is kept by the pages written since, found
 * with the host's page protection, so that the guest's TLBs are not touched. */
bool checkpoints_start(struct machine *m, uint64_t interval, uint64_t bytes) MUST_CHECK;
void checkpoints_stop(struct machine *m);
bool checkpoints_on(const struct machine *m);
/* Called by machine_run between two turns. */
void checkpoint_turn(struct machine *m);
/* The machine is another one: forget all, and begin with how it is now. */
void checkpoints_restart(struct machine *m);
/* The guest's course is going to be another one than it was: something has been changed by hand. Later checkpoints and
 * recorded input are forgotten. Whoever writes registers or memory from outside calls it before the machine goes on. */
void checkpoints_diverge(struct machine *m);
/* The position (core/stops.h) of the oldest one, UINT64_MAX: there is none. */
uint64_t checkpoint_oldest(const struct machine *m);
/* Back to the last checkpoint at or before position. Those after it stay usable for going forward to the same states
 * again; input that was recorded since is given again at its time. false: there is none, nothing changed. */
bool checkpoint_restore(struct machine *m, uint64_t position) MUST_CHECK;

#endif
