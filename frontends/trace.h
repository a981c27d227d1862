/* --trace and `svemu trace`: from the option's text to events (trace_collect.c), which pass filters and triggers
 * (trace_filter.c, trace_pipe.c) on their way to a format (trace_event.h). docs/tracing.md. */
#ifndef SVEMU_FRONTENDS_TRACE_H
#define SVEMU_FRONTENDS_TRACE_H

#include "frontends/trace_event.h"

/* ---- Binary files (trace_write.c, trace_read.c) ---- */
/* zstd's level for binary files opened from here on, 1 to 19. */
void trace_file_level(int n);

struct trace_reader;
/* NULL with user_error: it cannot be read, or is not a trace of this version. */
struct trace_reader *trace_read_open(const char *path);
/* The next event; what it points to lives until the next call, symbol and image until trace_read_close(). false: there
 * is none, or the file is damaged here. */
bool trace_read(struct trace_reader *r, struct trace_event *e);
/* What is wrong with the file, as a clause ("is cut off behind 12 events"); NULL: nothing so far. */
const char *trace_read_damage(const struct trace_reader *r);
unsigned trace_read_cpus(const struct trace_reader *r);
/* Which svemu wrote it. */
const char *trace_read_writer(const struct trace_reader *r);
void trace_read_close(struct trace_reader *r);

#endif
