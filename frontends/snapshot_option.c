/* --from, --snapshot-at and the monitor's snapshot: core/snapshot.h for people and scripts. */
#include "frontends/frontends.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/exception.h"
#include "core/snapshot.h"
#include "devices/device.h"

static struct {
    const struct options *o;
    uint64_t at[MAX_SNAPSHOTS]; /* instructions of all CPUs; UINT64_MAX: done, or waits for a guest */
    bool guest[MAX_SNAPSHOTS];
    bool failed;
    struct machine_observer observer;
} plan;

/* ---- --snapshot-at WHEN:FILE ---- */

static const char *file_of(const char *spec) { return strchr(spec, ':') + 1; }

static void save(struct machine *m, unsigned i)
{
    const char *path = file_of(plan.o->snapshot_at[i]), *error;
    if (!snapshot_save(m, path, &error)) {
        user_error("--snapshot-at %s: %s", plan.o->snapshot_at[i], error);
        plan.failed = true;
        machine_stop(m, STOP_QUIT, "a snapshot could not be saved");
    }
}

static void at_turn(struct machine *m)
{
    uint64_t now = total_instructions(m);
    bool more = false;
    for (unsigned i = 0; i < plan.o->snapshots; i++) {
        if (now >= plan.at[i]) {
            plan.at[i] = UINT64_MAX;
            save(m, i);
        }
        more |= plan.at[i] != UINT64_MAX || plan.guest[i];
    }
    if (!more)
        m->at_turn = NULL;
}

/* A guest of a hypervisor runs: EL1 or EL0 under stage 2. */
static void guest_entered(void *machine, struct cpu *cpu, unsigned from)
{
    if (from != EL2 || cpu->pstate.EL == EL2 || !(cpu->sysreg[SR_HCR_EL2] & HCR_VM))
        return;
    for (unsigned i = 0; i < plan.o->snapshots; i++)
        if (plan.guest[i])
            plan.guest[i] = false, plan.at[i] = 0;
    (void)machine;
}

static bool plan_one(unsigned i)
{
    const char *spec = plan.o->snapshot_at[i], *colon = strchr(spec, ':');
    char when[24];
    plan.at[i] = UINT64_MAX;
    if (!colon || !colon[1] || colon - spec >= (ptrdiff_t)sizeof when)
        return user_error("--snapshot-at %s: expected INSTRUCTIONS:FILE or guest:FILE", spec);
    snprintf(when, sizeof when, "%.*s", (int)(colon - spec), spec);
    plan.guest[i] = !strcmp(when, "guest");
    return plan.guest[i] || parse_number(when, UINT64_MAX - 1, &plan.at[i]) ||
           user_error("--snapshot-at %s: expected a number of instructions or guest before the colon, not %s", spec,
                      when);
}

bool snapshots_begin(struct machine *m, const struct options *o)
{
    const char *error;
    bool guest = false;
    plan.o = o;
    if (o->from && !snapshot_apply(m, o->from, &error))
        return user_error("--from %s: %s", o->from_path, error);
    for (unsigned i = 0; i < o->snapshots; i++) {
        if (!plan_one(i))
            return false;
        guest |= plan.guest[i];
        m->at_turn = at_turn;
    }
    plan.observer = (struct machine_observer){ .context = m, .exception_returned = guest_entered };
    if (guest)
        machine_observe(m, &plan.observer);
    return true;
}

bool snapshots_end(void) { return !plan.failed; }

/* ---- The monitor ---- */

void snapshot_command(struct machine *m, const char *arg, FILE *f)
{
    const char *path = arg + strcspn(arg, " "), *error;
    bool saving = !strncmp(arg, "save ", 5), ok;
    path += strspn(path, " ");
    if ((!saving && strncmp(arg, "load ", 5)) || !*path) {
        fprintf(f, "snapshot %s: expected save FILE or load FILE\n", arg);
        return;
    }
    ok = saving ? snapshot_save(m, path, &error) : snapshot_load(m, path, &error);
    if (ok)
        fprintf(f, "%s %s at %" PRIu64 " instructions\n", saving ? "saved" : "loaded", path, total_instructions(m));
    else
        fprintf(f, "snapshot %s: %s\n", arg, error);
}
