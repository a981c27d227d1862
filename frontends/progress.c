/* --progress: a line on standard error while the guest's console is quiet, so that a long computation is told from a
 * hang. On a terminal one line is rewritten every second and wiped before the guest prints; else one every ten seconds.
 */
#include "frontends/frontends.h"

#include <time.h>
#include <unistd.h>

static struct {
    bool on, terminal, shown;
    int64_t interval, start, quiet_since, last; /* host ns */
    uint64_t counted;                           /* instructions when the last line was printed */
} progress;

static int64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void progress_open(struct machine *m)
{
    progress.on = true;
    progress.terminal = isatty(STDERR_FILENO);
    progress.interval = progress.terminal ? 1000000000 : INT64_C(10000000000);
    progress.start = progress.quiet_since = progress.last = host_ns();
    progress.counted = total_instructions(m);
}

void progress_wipe(void)
{
    if (progress.shown)
        fputs("\r\033[K", stderr);
    progress.shown = false;
}

void progress_output(void)
{
    if (!progress.on)
        return;
    progress_wipe();
    progress.quiet_since = host_ns();
}

void progress_poll(struct machine *m)
{
    int64_t now;
    if (!progress.on || (now = host_ns()) - progress.last < progress.interval)
        return;
    uint64_t counted = total_instructions(m);
    if (now - progress.quiet_since >= progress.interval) {
        progress_wipe();
        fprintf(stderr, "svemu: running for %.0f s, %.0f MIPS, %.2f s of guest time%s",
                (double)(now - progress.start) / 1e9,
                (double)(counted - progress.counted) * 1e3 / (double)(now - progress.last), (double)m->now / 1e9,
                progress.terminal ? "" : "\n");
        fflush(stderr);
        progress.shown = progress.terminal;
    }
    progress.last = now;
    progress.counted = counted;
}
