/* --from, --snapshot-at and the monitor's snapshot: core/snapshot.h for people and scripts. */
#include "frontends/frontends.h"

#include <inttypes.h>

#include "core/snapshot.h"
#include "core/stops.h"

static struct {
    const struct options *o;
    unsigned point[MAX_SNAPSHOTS]; /* of core/stops.h; 0: none, or done */
    bool guest[MAX_SNAPSHOTS];     /* waits for a guest, */
    bool entered;                  /* which has come */
    bool failed;
    struct machine_observer observer;
} plan;

/* ---- --snapshot-at WHEN:FILE ---- */

static void save(struct machine *m, unsigned i)
{
    const char *spec = plan.o->snapshot_at[i], *error;
    if (snapshot_save(m, strchr(spec, ':') + 1, &error) || plan.failed)
        return;
    user_error("--snapshot-at %s: %s", spec, error);
    plan.failed = true;
}

/* A guest of a hypervisor is entered: EL1 or EL0 under stage 2. */
static void guest_entered(void *context, struct cpu *cpu, unsigned from)
{
    struct machine *m = context;
    if (plan.entered || from != EL2 || !cpu_is_guest(cpu, cpu->pstate.EL))
        return;
    plan.entered = true;
    machine_pause(m);
}

bool snapshots_stop(struct machine *m)
{
    unsigned point = stop_last(m)->point;
    bool ours = false;
    for (unsigned i = 0; plan.o && i < plan.o->snapshots; i++) {
        if (plan.guest[i] ? !plan.entered : !point || plan.point[i] != point)
            continue;
        save(m, i);
        stop_remove(m, plan.point[i]);
        plan.point[i] = 0, plan.guest[i] = false;
        ours = true;
    }
    if (plan.entered && plan.observer.context) {
        machine_unobserve(m, &plan.observer);
        plan.observer.context = NULL;
    }
    return ours && !plan.failed;
}

static bool plan_one(struct machine *m, unsigned i)
{
    const char *spec = plan.o->snapshot_at[i], *colon = strchr(spec, ':');
    struct stop_point p = { .kind = STOP_AT_POSITION, .cpu = -1 };
    char when[24];
    if (!colon || !colon[1] || colon - spec >= (ptrdiff_t)sizeof when)
        return user_error("--snapshot-at %s: expected INSTRUCTIONS:FILE or guest:FILE", spec);
    snprintf(when, sizeof when, "%.*s", (int)(colon - spec), spec);
    plan.guest[i] = !strcmp(when, "guest");
    if (plan.guest[i])
        return true;
    if (!parse_number(when, UINT64_MAX - 1, &p.count))
        return user_error("--snapshot-at %s: expected a number of instructions or guest before the colon, not %s", spec,
                          when);
    if (p.count <= machine_position(m))
        return user_error("--snapshot-at %s: expected a number above the %" PRIu64
                          " instructions that have been executed already",
                          spec, machine_position(m));
    plan.point[i] = stop_add(m, &p);
    return plan.point[i] || user_error("--snapshot-at %s: there are too many stops", spec);
}

bool snapshots_begin(struct machine *m, const struct options *o)
{
    const char *error;
    bool guest = false;
    plan.o = o;
    if (o->from && !snapshot_apply(m, o->from, &error))
        return user_error("--from %s: %s", o->from_path, error);
    timing_after_snapshot(m, o);
    for (unsigned i = 0; i < o->snapshots; i++) {
        if (!plan_one(m, i))
            return false;
        guest |= plan.guest[i];
    }
    plan.observer = (struct machine_observer){ .context = m, .exception_returned = guest_entered };
    if (guest)
        machine_observe(m, &plan.observer);
    else
        plan.observer.context = NULL;
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
    if (!saving && record_is_on()) {
        fprintf(f, "snapshot %s: the run is being recorded, and its beginning would be another one\n", arg);
        return;
    }
    ok = saving ? snapshot_save(m, path, &error) : snapshot_load(m, path, &error);
    if (ok)
        fprintf(f, "%s %s at %" PRIu64 " instructions\n", saving ? "saved" : "loaded", path, machine_position(m));
    else
        fprintf(f, "snapshot %s: %s\n", arg, error);
}
