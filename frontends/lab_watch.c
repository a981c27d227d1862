/* Watches a laboratory run: firmware calls, power states, probes of ZCR, and the lines of the programs of tests/guest.
 * What the kernel prints is kept, and never read. */
#include "frontends/lab_watch.h"

#include <stdlib.h>

#include "devices/device.h"

static struct lab_watch *watching; /* console_output has no argument of its own */

/* ---- The architecture ---- */

static void look_at(struct lab_watch *w, struct cpu *cpu)
{
    struct lab_cpu *c = &w->cpu[cpu->index];
    c->pc = cpu->run_start ? PC(cpu) : cpu->pc;
    c->el = cpu->pstate.EL;
    c->halted = cpu->halted;
    c->power = cpu->power;
    c->served |= cpu->sysreg[SR_ICC_IGRPEN1_EL1] & 1;
    c->depth = lab_backtrace(&w->symbols, cpu, c->frames);
}

static void look_at_all(struct lab_watch *w)
{
    for (unsigned i = 0; i < w->m->cpu_count; i++)
        if (w->m->cpus[i]->power == POWER_ON)
            look_at(w, w->m->cpus[i]);
}

static void power_changed(void *context, struct cpu *cpu)
{
    struct lab_watch *w = context;
    struct lab_cpu *c = &w->cpu[cpu->index];
    if (cpu->power != POWER_ON) {
        look_at(w, cpu);
        c->off = true;
        return;
    }
    c->started = true;
    c->off = c->served = false;
    c->on_line = w->console.count;
    c->probing = 0;
}

static void firmware_called(void *context, struct cpu *cpu, uint32_t function, const char *name, const uint64_t arg[4],
                            int64_t result)
{
    struct lab_watch *w = context;
    (void)cpu, (void)function;
    if (!name)
        return;
    struct cpu *target = strcmp(name, "CPU_ON") ? NULL : machine_cpu_by_mpidr(w->m, arg[1]);
    if (!target)
        return;
    w->cpu[target->index].on_calls++;
    if (result)
        w->cpu[target->index].on_error = result;
}

static unsigned lowest_vq(uint16_t set) { return 1 + (unsigned)__builtin_ctz(set); }

/* A probe begins with the largest LEN and asks for less and less, down to 128 bits, without leaving out a length that
 * the CPU could have: each write gives one of its lengths. */
static void zcr_written(void *context, struct cpu *cpu, enum sysreg_index r)
{
    struct lab_watch *w = context;
    struct lab_cpu *c = &w->cpu[cpu->index];
    unsigned len = cpu->sysreg[r] & 15, vq = cpu->vl_bits / 128;
    if (c->probed || (r == SR_ZCR_EL2 && cpu->pstate.EL != EL2))
        return;
    bool follows = c->probing && len < c->last_len && len + 2 >= lowest_vq(c->probing);
    if (!follows && len != 15) {
        c->probing = 0;
        return;
    }
    if (!follows)
        c->probing = 0, c->writes = 0;
    c->last_len = len;
    c->writes++;
    c->probing |= (uint16_t)(1u << (vq - 1));
    c->register_name = r == SR_ZCR_EL2 ? "ZCR_EL2" : "ZCR_EL1";
    if (vq > 1)
        return;
    c->probed = c->probing;
    c->probe_el = cpu->pstate.EL;
}

static void out_of_time(void *arg, uint64_t now)
{
    struct lab_watch *w = arg;
    (void)now;
    w->dead = !w->m->heap_count;
    for (unsigned i = 0; i < w->m->cpu_count; i++)
        w->dead &= w->m->cpus[i]->power != POWER_ON || w->m->cpus[i]->halted == HALT_WFI;
    machine_stop(w->m, STOP_QUIT, "the guest's time is up");
}

/* ---- Our programs' lines ---- */

/* Vector lengths in bytes behind a colon: " 16 32", or none. */
static uint16_t lengths(const char *text)
{
    uint16_t set = 0;
    char *end;
    for (unsigned long n; (n = strtoul(text, &end, 10)), end != text; text = end)
        if (n && n % 16 == 0 && n <= MAX_VL_BYTES)
            set |= (uint16_t)(1u << (n / 16 - 1));
    return set;
}

static struct lab_cpu *cpu_number(struct lab_watch *w, const char *text, const char **rest)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    *rest = end;
    return end != text && n < w->m->cpu_count ? &w->cpu[n] : NULL;
}

/* The rest of text after a beginning, NULL if it begins otherwise. */
static const char *after(const char *text, const char *beginning)
{
    size_t n = strlen(beginning);
    return strncmp(text, beginning, n) ? NULL : text + n;
}

static void guest_line(struct lab_watch *w, const char *text)
{
    const char *rest;
    if ((rest = after(text, "end "))) {
        w->guest_ended = true;
        w->guest_status = atoi(rest);
    } else if (!strcmp(text, "begin")) {
        w->guest_begun = true;
        w->guest_line = w->console.count - 1;
    }
}

static void program_line(struct lab_watch *w, const char *text)
{
    const char *rest;
    struct lab_cpu *c;
    if ((rest = after(text, "svevl: cpu "))) {
        c = cpu_number(w, rest, &rest);
        if (c && strstr(rest, "FAIL"))
            snprintf(w->complaint, sizeof w->complaint, "%s", text);
        else if (c && *rest == ':')
            c->user_seen = true, c->user = lengths(rest + 1);
    } else if ((rest = after(text, "vmm: sve vls:"))) {
        w->kvm_seen = true;
        w->kvm = lengths(rest);
    } else if (w->guest_begun && (rest = after(text, "sve: lengths"))) {
        w->guest_ran = w->guest_lengths_seen = true;
        w->guest = lengths(rest);
    } else if (w->guest_begun && after(text, "sve: ")) {
        w->guest_ran = true;
    } else if (w->guest_begun && !strcmp(text, "PASS sve")) {
        w->guest_passed = true;
    } else if (w->guest_begun && (after(text, "vmm: ") || after(text, "FAIL "))) {
        snprintf(w->guest_error, sizeof w->guest_error, "%s", text);
    }
}

void lab_watch_line(struct lab_watch *w, const char *text)
{
    const char *p = strstr(text, "svemu-lab: "), *rest;
    struct lab_cpu *c = NULL;
    if (!p || w->ended)
        return;
    p += strlen("svemu-lab: ");
    if (!strcmp(p, "begin")) {
        w->begun = true;
    } else if (!strcmp(p, "end")) {
        w->ended = true;
        w->end_line = w->console.count;
        look_at_all(w);
    } else if ((rest = after(p, "online "))) {
        snprintf(w->online, sizeof w->online, "%s", rest);
    } else if ((rest = after(p, "guest "))) {
        guest_line(w, rest);
    } else if ((rest = after(p, "try ")) && (c = cpu_number(w, rest, &rest))) {
        c->tried = true;
    } else if ((rest = after(p, "accepted ")) && (c = cpu_number(w, rest, &rest))) {
        c->accepted = true;
    } else if ((rest = after(p, "refused ")) && (c = cpu_number(w, rest, &rest))) {
        c->refused = true;
    } else {
        program_line(w, p);
    }
}

static void output(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; watching && i < len; i++)
        lab_console_byte(watching, bytes[i]);
}

/* ---- Beginning and end ---- */

bool lab_watch_open(struct lab_watch *w, struct machine *m, FILE *console, uint64_t ns)
{
    memset(w, 0, sizeof *w);
    w->m = m;
    w->cpu = calloc(m->cpu_count, sizeof *w->cpu);
    if (!w->cpu)
        return false;
    w->console.file = console;
    lab_symbols_open(&w->symbols, m);
    w->cpu[0].started = true;
    w->observer = (struct machine_observer){
        .context = w, .firmware_called = firmware_called, .power_changed = power_changed, .zcr_written = zcr_written
    };
    machine_observe(m, &w->observer);
    watching = w;
    console_output = output;
    m->poll_input = progress_poll;
    event_init(&w->watchdog, out_of_time, w);
    event_schedule(m, &w->watchdog, ns);
    return true;
}

void lab_watch_end(struct lab_watch *w)
{
    if (!w->ended)
        look_at_all(w);
    if (w->console.length)
        lab_console_byte(w, '\n');
}

void lab_watch_close(struct lab_watch *w)
{
    lab_symbols_close(&w->symbols);
    lab_console_close(&w->console);
    free(w->cpu);
    watching = NULL;
}
