/* Traces as the trace-event JSON that Perfetto and chrome://tracing read ("Trace Event Format"): what a CPU is at, and
 * what each virtual CPU does. docs/tracing.md has lanes and names. Written as it comes, complete when it is closed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/exception.h"
#include "core/ledger.h"
#include "frontends/frontends.h"
#include "frontends/trace_out.h"
#include "sysregs/sysregs.h"

/* Processes of the trace: what all CPUs do, and one for each VMID. A CPU has four threads: what it is at, its task, its
 * world switches and what they consist of. */
enum { PID_CPUS = 1, PID_VM = 100 };
enum { TID_MACHINE = 0, TID_CPU = 1, TIDS = 4 };

/* The vCPU that runs on a CPU is known by VMPIDR_EL2, once that is written; until then by the CPU. */
enum { MAX_VCPUS = 4096 };
struct vcpu {
    uint64_t mpidr;
    unsigned cpu; /* where mpidr is not known */
    uint16_t vmid;
    bool known;
    uint64_t end; /* ns: nothing on its lane may begin before */
};

/* A moment of a CPU. */
struct moment {
    uint64_t time, count, cycles; /* ns, instructions */
};

struct lane {
    bool open; /* a span of what the CPU is at */
    uint8_t el;
    bool guest, task;
    uint16_t vmid;
    struct moment last; /* of the last event */

    bool vmpidr_known;
    uint64_t vmpidr;
    int vcpu; /* running, index; -1: none */
    struct moment entered;

    bool exited; /* a guest was left, and none entered since */
    uint16_t exit_vmid;
    struct moment exit;
    unsigned exit_ec;
    char reason[160];

    uint8_t part; /* of the world switch under way, TRACE_NO_PART: none is known */
    struct moment part_since;
    bool counted; /* counts have been told before: these */
    struct moment counts_at;
    uint64_t counts[TRACE_COUNTS];
};

struct json {
    FILE *f;
    char *path;
    struct lane *lane;
    unsigned cpus;
    struct vcpu vcpu[MAX_VCPUS];
    unsigned vcpus;
    uint64_t machine_last;
    bool any;
};

/* ---- Writing ---- */

/* One event, begun: the caller adds what it has and closes the brace. Times are microseconds with three decimals. */
static FILE *event(struct json *j, char ph, unsigned pid, unsigned tid, uint64_t ns)
{
    fprintf(j->f, "%s\n{\"ph\": \"%c\", \"pid\": %u, \"tid\": %u, \"ts\": %" PRIu64 ".%03" PRIu64, j->any ? "," : "",
            ph, pid, tid, ns / 1000, ns % 1000);
    j->any = true;
    return j->f;
}

static void key(FILE *f, const char *name, const char *text)
{
    fprintf(f, ", \"%s\": ", name);
    write_json_string(f, text);
}

static void metadata(struct json *j, const char *what, unsigned pid, unsigned tid, const char *name)
{
    FILE *f = event(j, 'M', pid, tid, 0);
    fprintf(f, ", \"name\": \"%s\", \"args\": {\"name\": ", what);
    write_json_string(f, name);
    fputs("}}", f);
}

static unsigned tid_of(unsigned cpu, unsigned which) { return TID_CPU + cpu * TIDS + which; }
enum { LANE_AT, LANE_TASK, LANE_SWITCH, LANE_PART };

static void name_cpus(struct json *j)
{
    static const char *const lane[] = { "CPU %u", "CPU %u task", "CPU %u world switches",
                                        "CPU %u parts of world switches" };
    char name[40];
    metadata(j, "process_name", PID_CPUS, TID_MACHINE, "CPUs");
    metadata(j, "thread_name", PID_CPUS, TID_MACHINE, "machine");
    for (unsigned i = 0; i < j->cpus; i++)
        for (unsigned k = LANE_AT; k <= LANE_PART; k++) {
            snprintf(name, sizeof name, lane[k], i);
            metadata(j, "thread_name", PID_CPUS, tid_of(i, k), name);
        }
}

static void json_free(struct json *j)
{
    free(j->lane);
    free(j->path);
    free(j);
}

static void *json_open(const char *path, unsigned cpus)
{
    struct json *j = calloc(1, sizeof *j);
    struct lane *lane = calloc(cpus, sizeof *lane);
    if (!j || !lane) {
        free(j), free(lane);
        return user_error("trace: no memory for %u CPUs", cpus), NULL;
    }
    j->lane = lane, j->cpus = cpus, j->path = path ? strdup(path) : NULL;
    for (unsigned i = 0; i < cpus; i++)
        lane[i].vcpu = -1, lane[i].part = TRACE_NO_PART;
    if (!(j->f = trace_out_open(path)))
        return json_free(j), NULL;
    fputs("{\"displayTimeUnit\": \"ns\", \"traceEvents\": [", j->f);
    name_cpus(j);
    return j;
}

/* ---- What a CPU is at ---- */

static void end_span(struct json *j, unsigned cpu, uint64_t ns)
{
    struct lane *l = &j->lane[cpu];
    if (l->open)
        fputs("}", event(j, 'E', PID_CPUS, tid_of(cpu, LANE_AT), ns));
    l->open = false;
}

static void begin_span(struct json *j, unsigned cpu, uint64_t ns)
{
    struct lane *l = &j->lane[cpu];
    FILE *f = event(j, 'B', PID_CPUS, tid_of(cpu, LANE_AT), ns);
    fprintf(f, ", \"cat\": \"el\", \"name\": \"EL%u", l->el);
    if (l->guest)
        fprintf(f, " VMID %u", l->vmid);
    fputs("\"}", f);
    l->open = true;
}

/* ---- Virtual CPUs and world switches ---- */

static void name_vcpu(struct json *j, unsigned n, bool new_vm)
{
    const struct vcpu *v = &j->vcpu[n];
    char name[64];
    snprintf(name, sizeof name, "VMID %u", v->vmid);
    if (new_vm)
        metadata(j, "process_name", PID_VM + v->vmid, 0, name);
    if (v->known)
        snprintf(name, sizeof name, "vCPU %u.%u.%u.%u", (unsigned)(v->mpidr >> 32 & 255),
                 (unsigned)(v->mpidr >> 16 & 255), (unsigned)(v->mpidr >> 8 & 255), (unsigned)(v->mpidr & 255));
    else
        snprintf(name, sizeof name, "vCPU on CPU %u", v->cpu);
    metadata(j, "thread_name", PID_VM + v->vmid, n + 1, name);
}

/* The lane of the vCPU that runs on a CPU, a new one if it has none yet; -1: there are too many. */
static int find_vcpu(struct json *j, unsigned cpu)
{
    const struct lane *l = &j->lane[cpu];
    bool new_vm = true;
    for (unsigned i = 0; i < j->vcpus; i++) {
        const struct vcpu *v = &j->vcpu[i];
        if (v->vmid != l->vmid)
            continue;
        new_vm = false;
        if (v->known == l->vmpidr_known && (v->known ? v->mpidr == l->vmpidr : v->cpu == cpu))
            return (int)i;
    }
    if (j->vcpus == MAX_VCPUS)
        return -1;
    j->vcpu[j->vcpus] = (struct vcpu){ .mpidr = l->vmpidr, .cpu = cpu, .vmid = l->vmid, .known = l->vmpidr_known };
    name_vcpu(j, j->vcpus, new_vm);
    return (int)j->vcpus++;
}

/* A complete event from ns on; its lane's last event ended before. */
static FILE *complete(struct json *j, unsigned pid, unsigned tid, uint64_t from, uint64_t to)
{
    FILE *f = event(j, 'X', pid, tid, from);
    fprintf(f, ", \"dur\": %" PRIu64 ".%03" PRIu64, (to - from) / 1000, (to - from) % 1000);
    return f;
}

static void args_since(FILE *f, const struct moment *from, const struct moment *to)
{
    fprintf(f, "\"instructions\": %" PRIu64 ", \"cycles\": %" PRIu64 ", \"ns\": %" PRIu64, to->count - from->count,
            to->cycles - from->cycles, to->time - from->time);
}

/* The guest has been left: its run on the vCPU's lane. A CPU's clock may lag behind that of the CPU where the vCPU ran
 * before by part of a quantum: lanes do not overlap. */
static void end_run(struct json *j, unsigned cpu, const struct moment *now)
{
    struct lane *l = &j->lane[cpu];
    if (l->vcpu < 0)
        return;
    struct vcpu *v = &j->vcpu[l->vcpu];
    uint64_t from = l->entered.time > v->end ? l->entered.time : v->end, to = now->time > from ? now->time : from;
    FILE *f = complete(j, PID_VM + v->vmid, (unsigned)l->vcpu + 1, from, to);
    fprintf(f, ", \"cat\": \"vcpu\", \"name\": \"on CPU %u\", \"args\": {", cpu);
    args_since(f, &l->entered, now);
    if (l->exited)
        key(f, "exit", l->reason);
    fputs("}}", f);
    v->end = to;
    l->vcpu = -1;
}

/* From a guest's exit to the next entry of one. */
static void end_switch(struct json *j, unsigned cpu, const struct moment *now)
{
    struct lane *l = &j->lane[cpu];
    if (!l->exited)
        return;
    FILE *f = complete(j, PID_CPUS, tid_of(cpu, LANE_SWITCH), l->exit.time, now->time);
    fputs(", \"cat\": \"switch\"", f);
    key(f, "name", exception_class_name(l->exit_ec));
    fputs(", \"args\": {", f);
    args_since(f, &l->exit, now);
    fprintf(f, ", \"from_vmid\": %u, \"to_vmid\": %u", l->exit_vmid, l->vmid);
    key(f, "reason", l->reason);
    fputs("}}", f);
    l->exited = false;
}

/* A world switch has been at its part until now. */
static void end_part(struct json *j, unsigned cpu, const struct moment *now)
{
    struct lane *l = &j->lane[cpu];
    bool any = l->part < LEDGER_PARTS && (now->time > l->part_since.time || now->cycles > l->part_since.cycles ||
                                          now->count > l->part_since.count);
    if (any) {
        FILE *f = complete(j, PID_CPUS, tid_of(cpu, LANE_PART), l->part_since.time, now->time);
        fprintf(f, ", \"cat\": \"part\", \"name\": \"%s\", \"args\": {", ledger_part_key(l->part));
        args_since(f, &l->part_since, now);
        fputs("}}", f);
    }
    l->part = TRACE_NO_PART;
}

/* The CPU is at another EL, or in another VM. */
static void move(struct json *j, const struct trace_event *e, unsigned el, bool guest)
{
    struct lane *l = &j->lane[e->cpu];
    uint16_t vmid = guest ? e->space.vmid : 0;
    if (l->open && l->el == el && l->guest == guest && l->vmid == vmid)
        return;
    bool same_guest = l->open && l->guest && guest && l->vmid == vmid;
    if (!same_guest)
        end_run(j, e->cpu, &l->last);
    end_span(j, e->cpu, e->time);
    l->el = (uint8_t)el, l->guest = guest, l->vmid = vmid;
    begin_span(j, e->cpu, e->time);
    if (!guest || same_guest)
        return;
    end_switch(j, e->cpu, &l->last);
    l->vcpu = find_vcpu(j, e->cpu);
    l->entered = l->last;
}

static bool guest_at(const struct trace_event *e, unsigned el)
{
    struct symbol_space s = e->space;
    s.el = (uint8_t)el;
    return trace_is_guest(&s);
}

/* ---- Events ---- */

static FILE *instant(struct json *j, const struct trace_event *e, const char *cat, const char *name)
{
    uint64_t *last = e->cpu < j->cpus ? &j->lane[e->cpu].last.time : &j->machine_last;
    unsigned tid = e->cpu < j->cpus ? tid_of(e->cpu, LANE_AT) : TID_MACHINE;
    if (e->time > *last)
        *last = e->time; /* devices have the machine's time, which is that of one CPU or another */
    FILE *f = event(j, 'i', PID_CPUS, tid, *last);
    fprintf(f, ", \"s\": \"t\", \"cat\": \"%s\"", cat);
    key(f, "name", name);
    return f;
}

static bool is_interrupt(unsigned ec) { return ec >= EC_IRQ; }

static void exception(struct json *j, const struct trace_event *e)
{
    struct lane *l = &j->lane[e->cpu];
    const struct exception_taken *x = &e->exception.e;
    const char *reason = e->exception.reason ? e->exception.reason : "";
    if (x->from < EL2 && guest_at(e, x->from) && x->target == EL2) {
        l->exited = true, l->exit_vmid = e->space.vmid;
        l->exit = l->last, l->exit_ec = x->ec;
        snprintf(l->reason, sizeof l->reason, "%s", reason);
    }
    move(j, e, x->target, guest_at(e, x->target));
    FILE *f = instant(j, e, is_interrupt(x->ec) ? "interrupt" : "exception", exception_class_name(x->ec));
    fprintf(f, ", \"args\": {\"from\": \"EL%u\", \"to\": \"EL%u\", \"pc\": \"%#" PRIx64 "\", \"esr\": \"%#" PRIx64 "\"",
            x->from, x->target, x->pc, x->esr);
    if (x->far)
        fprintf(f, ", \"far\": \"%#" PRIx64 "\"", x->far);
    if (x->hpfar)
        fprintf(f, ", \"hpfar\": \"%#" PRIx64 "\"", x->hpfar);
    key(f, "reason", reason);
    fputs("}}", f);
}

static void sysreg(struct json *j, const struct trace_event *e)
{
    struct lane *l = &j->lane[e->cpu];
    if (e->sysreg.reg >= SR_COUNT)
        return;
    if (e->sysreg.reg == SR_VMPIDR_EL2)
        l->vmpidr_known = true, l->vmpidr = e->sysreg.value & UINT64_C(0xff00ffffff);
    FILE *f = instant(j, e, "sysreg", sysreg_name(e->sysreg.reg));
    fprintf(f, ", \"args\": {\"old\": \"%#" PRIx64 "\", \"new\": \"%#" PRIx64 "\"}}", e->sysreg.old, e->sysreg.value);
}

static void vector_length(struct json *j, const struct trace_event *e)
{
    FILE *f = event(j, 'C', PID_CPUS, tid_of(e->cpu, LANE_AT), e->time);
    fprintf(f, ", \"cat\": \"vl\", \"name\": \"CPU %u CurrentVL\", \"args\": {\"bits\": %u}}", e->cpu, e->vl.bits);
}

/* numerator / denominator with three decimals; a damaged file's may not mean anything. */
static void ratio(FILE *f, const char *name, uint64_t numerator, uint64_t denominator)
{
    uint64_t n = (uint64_t)((unsigned __int128)numerator * 1000 / denominator);
    fprintf(f, "\"%s\": %" PRIu64 ".%03" PRIu64, name, n / 1000, n % 1000);
}

/* Instructions per cycle, and misses per 1000 instructions, since they were told last. */
static void counts(struct json *j, const struct trace_event *e, const struct moment *now)
{
    static const char *const names[TRACE_COUNTS] = { "L1D refills", "L2 refills", "L1I refills", "table walks",
                                                     "mispredicted branches" };
    struct lane *l = &j->lane[e->cpu];
    uint64_t insns = now->count - l->counts_at.count, cycles = now->cycles - l->counts_at.cycles;
    if (l->counted && insns && cycles) {
        unsigned tid = tid_of(e->cpu, LANE_AT);
        FILE *f = event(j, 'C', PID_CPUS, tid, now->time);
        fprintf(f, ", \"cat\": \"timing\", \"name\": \"CPU %u IPC\", \"args\": {", e->cpu);
        ratio(f, "instructions per cycle", insns, cycles);
        fputs("}}", f);
        (void)event(j, 'C', PID_CPUS, tid, now->time);
        fprintf(f, ", \"cat\": \"timing\", \"name\": \"CPU %u per 1000 instructions\", \"args\": {", e->cpu);
        for (unsigned i = 0; i < TRACE_COUNTS; i++) {
            uint64_t more = e->timing.count[i] > l->counts[i] ? e->timing.count[i] - l->counts[i] : 0;
            fputs(i ? ", " : "", f);
            ratio(f, names[i], more * 1000, insns);
        }
        fputs("}}", f);
    }
    l->counted = true, l->counts_at = *now;
    memcpy(l->counts, e->timing.count, sizeof l->counts);
}

static struct moment later(const struct moment *a, uint64_t time, uint64_t count, uint64_t cycles)
{
    return (struct moment){ time > a->time ? time : a->time, count > a->count ? count : a->count,
                            cycles > a->cycles ? cycles : a->cycles };
}

static void timing(struct json *j, const struct trace_event *e)
{
    struct lane *l = &j->lane[e->cpu];
    l->last = later(&l->last, e->timing.time, e->timing.instructions, e->timing.cycles);
    if (e->timing.part == TRACE_NO_PART) {
        counts(j, e, &l->last);
        return;
    }
    end_part(j, e->cpu, &l->last);
    if (e->timing.part < LEDGER_PARTS)
        l->part = e->timing.part, l->part_since = l->last;
}

static void end_task(struct json *j, unsigned cpu, uint64_t ns)
{
    if (j->lane[cpu].task)
        fputs("}", event(j, 'E', PID_CPUS, tid_of(cpu, LANE_TASK), ns));
    j->lane[cpu].task = false;
}

static void task(struct json *j, const struct trace_event *e)
{
    end_task(j, e->cpu, e->time);
    if (!e->text || !*e->text)
        return;
    FILE *f = event(j, 'B', PID_CPUS, tid_of(e->cpu, LANE_TASK), e->time);
    fputs(", \"cat\": \"task\"", f);
    key(f, "name", e->text);
    fputs("}", f);
    j->lane[e->cpu].task = true;
}

/* What follows is not what came before: nothing goes on over the gap. */
static void close_spans(struct json *j, unsigned cpu)
{
    struct lane *l = &j->lane[cpu];
    end_run(j, cpu, &l->last);
    end_span(j, cpu, l->last.time);
    end_task(j, cpu, l->last.time);
    end_part(j, cpu, &l->last);
    l->exited = l->counted = false;
}

static void line(struct json *j, const struct trace_event *e)
{
    bool known = e->category < TRACE_COUNT;
    fputs("}", instant(j, e, known ? trace_category_name(e->category) : "line", e->text ? e->text : ""));
}

/* Events of a CPU. */
static void of_cpu(struct json *j, const struct trace_event *e)
{
    static const char *const power[] = { "CPU off", "CPU on", "CPU on pending", "CPU stopped at EL3" };
    switch (e->kind) {
    case TRACE_EV_INSN: move(j, e, e->space.el, trace_is_guest(&e->space)); break;
    case TRACE_EV_EXCEPTION: exception(j, e); break;
    case TRACE_EV_RETURN: move(j, e, e->ret.to, guest_at(e, e->ret.to)); break;
    case TRACE_EV_SYSREG: sysreg(j, e); break;
    case TRACE_EV_VL: vector_length(j, e); break;
    case TRACE_EV_POWER:
        close_spans(j, e->cpu);
        fputs("}", instant(j, e, "power", power[e->power & 3]));
        break;
    case TRACE_EV_TIMING: timing(j, e); break;
    case TRACE_EV_TASK: task(j, e); break;
    case TRACE_EV_LINE: line(j, e); break;
    case TRACE_EV_LOST:
        close_spans(j, e->cpu);
        fputs("}", instant(j, e, "trace", "left out"));
        break;
    }
}

/* A CPU's time and count never go back; a damaged file may say otherwise. */
static void json_event(void *state, const struct trace_event *e)
{
    struct json *j = state;
    struct trace_event copy = *e;
    if (e->cpu >= j->cpus) {
        if (e->kind == TRACE_EV_LINE)
            line(j, e);
        return;
    }
    struct lane *l = &j->lane[e->cpu];
    l->last = later(&l->last, e->time, e->count, e->cycles);
    copy.time = l->last.time, copy.count = l->last.count, copy.cycles = l->last.cycles;
    of_cpu(j, &copy);
}

static bool json_close(void *state)
{
    struct json *j = state;
    for (unsigned i = 0; i < j->cpus; i++)
        close_spans(j, i);
    fputs("\n]}\n", j->f);
    bool ok = trace_out_close(j->f, j->path);
    json_free(j);
    return ok;
}

const struct trace_format trace_json = {
    .name = "json",
    .help = "trace-event JSON for Perfetto and chrome://tracing",
    .open = json_open,
    .event = json_event,
    .close = json_close,
};
