/* What a laboratory run means. Decided by firmware calls, power states, probes, PCs and our own programs' lines alone.
 */
#include "frontends/lab_run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

const char *lab_mode_name(enum lab_mode mode)
{
    static const char *const names[] = { "vhe", "nvhe", "protected" };
    return names[mode];
}

const char *lab_state_name(enum lab_state state)
{
    static const char *const names[] = { "online", "refused", "parked", "never-started", "stopped" };
    return names[state];
}

const char *lab_outcome_name(enum lab_outcome outcome)
{
    static const char *const names[] = { "booted", "cpu-refused", "guest-failed", "hang", "guest-crash", "defect" };
    return names[outcome];
}

/* ---- CPUs ---- */

/* Is the CPU in a list such as 0-2,5? */
static bool in_list(const char *list, unsigned cpu)
{
    while (*list) {
        char *end;
        unsigned long from = strtoul(list, &end, 10), to = from;
        if (end == list)
            return false;
        if (*end == '-')
            to = strtoul(end + 1, &end, 10);
        if (cpu >= from && cpu <= to)
            return true;
        list = *end ? end + 1 : end;
    }
    return false;
}

static enum lab_state state_of(const struct lab_watch *w, unsigned i)
{
    const struct lab_cpu *c = &w->cpu[i];
    if (!c->started)
        return LAB_NEVER_STARTED;
    if (c->off)
        return c->served && !c->refused ? LAB_STOPPED : LAB_STATE_REFUSED;
    if (*w->online)
        return in_list(w->online, i) ? LAB_ONLINE : LAB_PARKED;
    return c->served || !i ? LAB_ONLINE : LAB_PARKED;
}

/* The two innermost functions of the kernel that are not the way to the firmware; an empty text without symbols. */
static char *place(const struct lab_watch *w, unsigned i, char *text, size_t size)
{
    static const char *const way[] = { "smccc_smc", "psci", "__cpu_try_die" };
    const struct lab_cpu *c = &w->cpu[i];
    unsigned found = 0;
    *text = 0;
    for (unsigned n = 0; n < c->depth && found < 2; n++) {
        const char *name = lab_symbol(&w->symbols, c->frames[n]);
        bool skip = !name;
        for (size_t k = 0; !skip && k < sizeof way / sizeof way[0]; k++)
            skip = strstr(name, way[k]);
        if (!skip)
            snprintf(text + strlen(text), size - strlen(text), "%s%s", found++ ? " from " : ", ", name);
    }
    return text;
}

/* ---- Outcomes ---- */

static void __attribute__((format(printf, 4, 5)))
decide(struct lab_run *r, enum lab_outcome outcome, int status, const char *format, ...)
{
    va_list args;
    r->outcome = outcome;
    r->status = status;
    va_start(args, format);
    vsnprintf(r->summary, sizeof r->summary, format, args);
    va_end(args);
}

static void cpu_is_missing(struct lab_run *r, unsigned i)
{
    const struct lab_watch *w = &r->watch;
    const struct lab_cpu *c = &w->cpu[i];
    const char *late = r->sets.late[i] ? "late " : "";
    char pc[600], where[512], why[256] = "";
    if (r->algebra.verdict[i] != LAB_ACCEPTED) {
        strcpy(why, ": ");
        lab_verdict_text(&r->algebra, i, why + 2, sizeof why - 2);
    }
    snprintf(pc, sizeof pc, "PC %#" PRIx64 " at EL%u%s%s", c->pc, c->el, place(w, i, where, sizeof where), why);
    switch (r->state[i]) {
    case LAB_NEVER_STARTED:
        if (c->on_calls)
            decide(r, LAB_CPU_REFUSED, EXIT_REFUSED, "%sCPU %u never ran: PSCI CPU_ON for it gave %" PRId64, late, i,
                   c->on_error);
        else
            decide(r, LAB_CPU_REFUSED, EXIT_REFUSED, "%sCPU %u never ran: nobody called PSCI CPU_ON for it", late, i);
        return;
    case LAB_PARKED: decide(r, LAB_CPU_REFUSED, EXIT_REFUSED, "%sCPU %u is parked: %s", late, i, pc); return;
    case LAB_STOPPED: decide(r, LAB_CPU_REFUSED, EXIT_REFUSED, "%sCPU %u went off again: %s", late, i, pc); return;
    default:
        decide(r, LAB_CPU_REFUSED, EXIT_REFUSED,
               "%sCPU %u was refused: it called PSCI CPU_OFF before it took any interrupt; %s", late, i, pc);
    }
}

static const char *signal_name(int status)
{
    static char text[32];
    if (status == 128 + 9)
        return "SIGKILL";
    snprintf(text, sizeof text, "signal %d", status - 128);
    return text;
}

/* The guest was asked for and did not do what it should. */
static bool guest_trouble(struct lab_run *r)
{
    const struct lab_watch *w = &r->watch;
    const char *error = *w->guest_error ? w->guest_error : "it gave no reason";
    char why[128] = "";
    if (w->guest_passed && !w->guest_status)
        return false;
    if (r->algebra.guest_killed)
        snprintf(why, sizeof why, ": KVM recorded a maximum of %u bits, which is no length of this CPU",
                 128 * r->algebra.guest_max_vq);
    if (!w->guest_begun)
        decide(r, LAB_GUEST_FAILED, EXIT_GUEST_FAILED, "no KVM guest was started");
    else if (w->guest_status >= 128)
        decide(r, LAB_GUEST_FAILED, EXIT_GUEST_FAILED, "the host killed the KVM guest's vCPU thread with %s%s",
               signal_name(w->guest_status), why);
    else if (!w->guest_ran)
        decide(r, LAB_GUEST_FAILED, EXIT_GUEST_FAILED, "the KVM guest was not run: %s", error);
    else
        decide(r, LAB_CRASH, EXIT_CRASH, "the KVM guest ran and failed: %s", error);
    return true;
}

/* Booted as asked: what that brought. */
static void all_is_well(struct lab_run *r)
{
    const struct lab_watch *w = &r->watch;
    const struct lab_cpu *first = &w->cpu[0];
    char user[128], guest[128], text[400] = "";
    if (first->user_seen && w->kvm_seen && first->user)
        snprintf(text, sizeof text, "; user space has %s, KVM guests %s", vl_text(first->user, " ", user, sizeof user),
                 vl_text(w->kvm, " ", guest, sizeof guest));
    else if (first->user_seen && !first->user)
        snprintf(text, sizeof text, "; user space and guests have no SVE");
    decide(r, LAB_BOOTED, EXIT_BOOTED, "booted as asked: %u CPU%s online%s%s", r->sets.cpus,
           r->sets.cpus > 1 ? "s" : "", text, r->guest ? "; a KVM guest ran" : "");
}

static void booted(struct lab_run *r)
{
    const struct lab_watch *w = &r->watch;
    for (unsigned i = 0; i < r->sets.cpus; i++)
        if (r->state[i] != LAB_ONLINE) {
            cpu_is_missing(r, i);
            return;
        }
    if (*w->complaint)
        decide(r, LAB_CRASH, EXIT_CRASH, "SVE does not work in user space: %s", w->complaint);
    else if (!r->guest || !guest_trouble(r))
        all_is_well(r);
}

static void not_ended(struct lab_run *r, enum stop_reason why)
{
    const struct lab_watch *w = &r->watch;
    const char *who = w->guest_begun && !w->guest_ended ? "while the KVM guest ran"
                      : w->begun                        ? "after user space had begun"
                                                        : "before user space";
    if (why == STOP_RESET)
        decide(r, LAB_CRASH, EXIT_CRASH, "the kernel crashed %s: it asked PSCI for a reset", who);
    else if (why == STOP_POWEROFF)
        decide(r, LAB_CRASH, EXIT_CRASH, "the kernel powered off %s, before the laboratory's programs were done", who);
    else if (w->dead)
        decide(r, LAB_HANG, EXIT_HANG, "hang %s: every CPU is off or waits for ever", who);
    else if (why == STOP_MAX_INSNS)
        decide(r, LAB_HANG, EXIT_HANG, "not done %s: %s", who, w->m->stop_text);
    else
        decide(r, LAB_HANG, EXIT_HANG, "hang %s: not done after %.3f s of guest time (--timeout)", who,
               (double)r->timeout / 1e9);
}

/* ---- Algebra and reality ---- */

static void __attribute__((format(printf, 2, 3))) surprise(struct lab_run *r, const char *format, ...)
{
    size_t used = strlen(r->surprise);
    va_list args;
    if (used)
        snprintf(r->surprise + used, sizeof r->surprise - used, "; "), used = strlen(r->surprise);
    va_start(args, format);
    vsnprintf(r->surprise + used, sizeof r->surprise - used, format, args);
    va_end(args);
}

static void compare(struct lab_run *r)
{
    const struct lab_watch *w = &r->watch;
    const struct lab_algebra *a = &r->algebra;
    char seen[128], said[128];
    if (!w->ended)
        return;
    for (unsigned i = 0; i < r->sets.cpus; i++) {
        bool out = r->state[i] != LAB_ONLINE;
        if (out != (a->verdict[i] != LAB_ACCEPTED))
            surprise(r, "CPU %u is %s", i, lab_state_name(r->state[i]));
        if (w->cpu[i].probed && w->cpu[i].probed != r->sets.set[i])
            surprise(r, "CPU %u found %s by probing, and has %s", i, vl_text(w->cpu[i].probed, " ", seen, sizeof seen),
                     vl_text(r->sets.set[i], " ", said, sizeof said));
        if (w->cpu[i].user_seen && w->cpu[i].user != a->common * a->sve)
            surprise(r, "user space on CPU %u has %s", i, vl_text(w->cpu[i].user, " ", seen, sizeof seen));
    }
    if (w->kvm_seen && w->kvm != a->guest)
        surprise(r, "KVM offers its guests %s", vl_text(w->kvm, " ", seen, sizeof seen));
    if (r->outcome == LAB_GUEST_FAILED && !a->guest_killed)
        surprise(r, "the guest failed");
    if (r->guest && r->outcome == LAB_BOOTED && a->guest_killed)
        surprise(r, "the guest survived");
}

/* Kernels before 6.7 treat ZCR_EL1 as a feature register; the function that reads it is a symbol of theirs. */
static bool has_zcr_feature(const struct lab_symbols *s)
{
    uint64_t address;
    unsigned major = 0, minor = 0;
    if (s->table)
        return kallsyms_address(s->table, "read_zcr_features", &address);
    return sscanf(s->version, "%u.%u", &major, &minor) == 2 && (major < 6 || (major == 6 && minor < 7));
}

void lab_diagnose(struct lab_run *r, enum stop_reason why)
{
    const struct lab_watch *w = &r->watch;
    for (unsigned i = 0; i < r->sets.cpus; i++)
        r->state[i] = state_of(w, i);
    r->zcr_feature = has_zcr_feature(&w->symbols);
    lab_algebra(&r->sets, r->zcr_feature, &r->algebra);
    r->changes = lab_changes(&r->sets, r->zcr_feature, r->change);
    if (why == STOP_UNIMPLEMENTED)
        decide(r, LAB_DEFECT, EXIT_UNIMPLEMENTED, "%s", w->m->stop_text);
    else if (w->ended)
        booted(r);
    else
        not_ended(r, why);
    compare(r);
}
