/* The monitor's timing: which model each CPU runs with, and the change to another. */
#include <inttypes.h>

#include "core/snapshot.h"
#include "core/timing.h"
#include "core/timing_model.h"
#include "frontends/frontends.h"
#include "frontends/monitor.h"

static void show(const struct monitor_session *s)
{
    const struct machine *m = s->d->m;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct cpu *cpu = m->cpus[i];
        bool fast = timing_mode(cpu) == TIMING_FAST;
        fprintf(s->f, "CPU %u %s%s%s, %" PRIu64 " cycles, %" PRIu64 " instructions\n", i, timing_name(timing_mode(cpu)),
                fast ? "" : " as ", fast ? "" : m->config[i].timing_model->name, cpu_cycles(cpu), cpu_icount(cpu));
    }
}

enum verdict monitor_timing(struct monitor_session *s, const char *arg)
{
    struct machine *m = s->d->m;
    uint8_t mode;
    if (*arg && !parse_timing(arg, &mode)) {
        fprintf(s->f, "timing %s: expected fast, inorder or ooo\n", arg);
        return STAY;
    }
    for (unsigned i = 0; *arg && i < m->cpu_count; i++)
        if (m->config[i].timing_model && mode != timing_mode(m->cpus[i]))
            timing_switch(m->cpus[i], (enum timing_mode)mode, m->config[i].timing_model);
    if (*arg)
        checkpoints_restart(m); /* running on from an earlier one would not do it again */
    show(s);
    return STAY;
}
