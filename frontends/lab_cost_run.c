/* The boots of `svemu lab cost`: one process each. The machine runs with `fast` until a guest is entered for the first
 * time, which is where the measuring program begins; what that program says in the kernel's log are the samples. */
#include "frontends/lab_cost.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/stops.h"
#include "core/timing.h"
#include "core/timing_model.h"
#include "devices/device.h"
#include "frontends/trace.h"
#include "mmu/mmu.h"

/* CPUs take turns so short that what one does to another is seen in time. So many lines of our program are more than
 * enough, and so many ns of guest time for a boot. */
enum { QUANTUM_NS = 20, MAX_LINES = 1000 };
static const uint64_t TIME_LIMIT = UINT64_C(60000000000);

/* ---- In the child: one boot ---- */

static struct boot {
    struct machine *m;
    struct cpu_config *config; /* of the CPUs, with the timing that they are to have */
    FILE *result, *console;    /* console NULL: nobody wants it */
    struct machine_observer observer;
    bool entered, ended;
    unsigned lines;
    char line[1024];
    size_t length;
    struct event watchdog;
} boot;

/* A guest of KVM's is entered: its VMID is not 0, which protected KVM's own host has. */
static void returned(void *context, struct cpu *cpu, unsigned from)
{
    struct boot *b = context;
    if (b->entered || from != EL2 || !cpu_is_guest(cpu, cpu->pstate.EL) || !mmu_vmid(cpu))
        return;
    b->entered = true;
    machine_pause(b->m);
}

/* Lines of our program go to the parent, behind a dot. */
static void end_line(struct boot *b)
{
    static const char mark[] = "svemu-cost: ";
    b->line[b->length] = 0;
    b->length = 0;
    const char *text = strstr(b->line, mark);
    if (!text || b->ended || ++b->lines > MAX_LINES)
        return;
    text += sizeof mark - 1;
    b->ended = !strcmp(text, "end") || !strncmp(text, "error ", 6);
    fprintf(b->result, ".%s\n", text);
}

static void output(const uint8_t *bytes, size_t len)
{
    struct boot *b = &boot;
    for (size_t i = 0; i < len; i++) {
        if (b->console)
            putc(bytes[i], b->console);
        if (bytes[i] == '\n')
            end_line(b);
        else if (b->length < sizeof b->line - 1 && bytes[i] >= ' ' && bytes[i] <= '~')
            b->line[b->length++] = (char)bytes[i];
    }
}

static void out_of_time(void *arg, uint64_t now)
{
    (void)now;
    machine_stop(arg, STOP_QUIT, "the time that a measurement may take is over");
}

static void set_machine(const struct cost *c, const struct cost_job *j, struct options *o)
{
    static const char *const modes[] = { "", " kvm-arm.mode=nvhe", " kvm-arm.mode=protected" };
    static char line[8192], cpus[512];
    char lengths[VL_TEXT];
    uint16_t set = (uint16_t)(1u << (j->bits / 128 - 1));
    for (unsigned vq = 1; vq < j->bits / 128; vq *= 2) /* the Arm ARM asks for the powers of two below */
        set |= (uint16_t)(1u << (vq - 1));
    o->machine.smp = 2;
    o->machine.no_reboot = o->no_reboot = true;
    snprintf(cpus, sizeof cpus, "all:vl=%s,clock=1GHz%s%.200s", vl_text(set, "+", lengths, sizeof lengths),
             c->model ? ",timing-model=" : "", c->model ? c->model : "");
    o->cpu[o->cpus++] = cpus;
    /* Self-tests of ciphers are a third of a boot; with halt polling WFI would be a loop in the kernel. */
    snprintf(line, sizeof line,
             "console=ttyAMA0 panic=-1 cryptomgr.notests printk.devkmsg=on kvm.halt_poll_ns=0%s "
             "svemu.cmd=\"kvmcost %u %u\"%s%.6000s",
             modes[j->mode], j->bits, c->rounds, o->machine.append ? " " : "",
             o->machine.append ? o->machine.append : "");
    o->machine.append = line;
}

static bool options_of(const struct cost *c, const struct cost_job *j, struct options *o)
{
    char **argv = calloc((size_t)c->more + 4, sizeof *argv);
    int n = 0;
    if (!argv)
        return user_error("the host has no memory for the laboratory");
    argv[n++] = c->argv[0];
    argv[n++] = (char *)"--kernel";
    argv[n++] = (char *)c->kernel[j->kernel];
    for (int i = 0; i < c->more; i++)
        argv[n++] = c->argv[1 + i];
    if (!options_parse(o, n, argv))
        return false;
    if (o->list)
        return user_error("lab cost: options that list something stand by themselves");
    if (o->traces && c->jobs > 1)
        return user_error(
            "--trace %s: a trace is of one boot, and these are %u; choose with --kernel, --modes and --vl",
            o->trace[0].spec, c->jobs);
    if (o->cpus == MAX_CPU_OPTIONS)
        return user_error("--cpu: at most %u of these with lab cost", MAX_CPU_OPTIONS - 1);
    if (!o->initrds && !lab_find_initrd(o))
        return false;
    struct cpu_config unused = { 0 };
    if (c->model && !key_timing_model(&unused, "--model", c->model))
        return false;
    o->timing = c->timing;
    set_machine(c, j, o);
    return true;
}

/* The CPUs' timing, for people: "ooo lab", or "ooo a64fx and fast" where they differ. */
static void timing_text(const struct cpu_config *config, unsigned cpus, char *text, size_t size)
{
    size_t n = 0;
    *text = 0;
    for (unsigned i = 0; i < cpus && n < size; i++) {
        bool fast = config[i].timing == TIMING_FAST;
        if (i && config[i].timing == config[i - 1].timing &&
            (fast || config[i].timing_model == config[i - 1].timing_model))
            continue;
        n += (size_t)snprintf(text + n, size - n, "%s%s%s%s", i ? " and " : "", timing_name(config[i].timing),
                              fast ? "" : " ", fast ? "" : config[i].timing_model->name);
    }
}

bool cost_check(struct cost *c)
{
    struct options *o = calloc(1, sizeof *o);
    struct cpu_config *config = NULL;
    bool ok = o ? options_of(c, &c->job[0], o) && (config = cpu_options_apply(o))
                : user_error("the host has no memory for the laboratory");
    if (ok)
        timing_text(config, o->machine.smp, c->what, sizeof c->what), options_free(o);
    free(config);
    free(o);
    return ok;
}

static bool open_console(const struct cost *c, const struct cost_job *j, struct boot *b)
{
    char path[4300];
    if (!c->console)
        return true;
    snprintf(path, sizeof path, "%.4096s/%u-%s-%u.log", c->console, j->kernel, lab_mode_name(j->mode), j->bits);
    b->console = fopen(path, "w");
    return b->console || user_error("--console %s: %s cannot be written: %s", c->console, path, strerror(errno));
}

/* From here on cycles are counted as the options say. */
static void begin_to_measure(struct boot *b)
{
    machine_unobserve(b->m, &b->observer);
    b->m->opt.quantum_ns = QUANTUM_NS;
    for (unsigned i = 0; i < b->m->cpu_count; i++)
        if (b->config[i].timing != TIMING_FAST)
            timing_switch(b->m->cpus[i], (enum timing_mode)b->config[i].timing, b->config[i].timing_model);
}

static void watch(struct boot *b)
{
    b->observer = (struct machine_observer){ .context = b, .exception_returned = returned };
    machine_observe(b->m, &b->observer);
    console_output = output;
    event_init(&b->watchdog, out_of_time, b->m);
    event_schedule(b->m, &b->watchdog, TIME_LIMIT);
}

static bool run_machine(struct boot *b, const struct options *o)
{
    enum stop_reason why;
    struct lab_symbols symbols;
    if (!machine_power_on(b->m, o) || !trace_start(b->m))
        return false;
    lab_symbols_open(&symbols, b->m);
    fprintf(b->result, "version %s\n", symbols.version);
    lab_symbols_close(&symbols);
    watch(b);
    catch_defects();
    while ((why = trace_run(b->m)) == STOP_DEBUG && b->entered && b->m->opt.quantum_ns != QUANTUM_NS)
        begin_to_measure(b);
    if (!trace_stop())
        return false;
    if (why == STOP_POWEROFF && !b->ended)
        return user_error("it powered off before everything was measured; has its initial RAM disk the /bin/kvmcost of "
                          "`make assets`?");
    if (!b->ended)
        fprintf(b->result, ".error the machine ended before everything was measured: %s\n", b->m->stop_text);
    return true;
}

static bool measure(const struct cost *c, const struct cost_job *j, FILE *result)
{
    struct options *o = calloc(1, sizeof *o);
    struct boot *b = &boot;
    b->result = result;
    if (!o || !options_of(c, j, o))
        return false;
    struct cpu_config *config = cpu_options_apply(o);
    b->config = config ? malloc(o->machine.smp * sizeof *config) : NULL;
    if (!config || !b->config)
        return config && user_error("the host has no memory for the laboratory");
    memcpy(b->config, config, o->machine.smp * sizeof *config);
    for (unsigned i = 0; i < o->machine.smp; i++)
        config[i].timing = TIMING_FAST; /* until a guest is entered */
    for (unsigned i = 0; i < o->traces; i++)
        if (!trace_add(o->trace[i].qemu ? "-d" : "--trace", o->trace[i].spec, o->trace[i].qemu))
            return false;
    b->m = machine_from_options(o, config);
    bool ok = b->m && open_console(c, j, b) && run_machine(b, o);
    if (b->console)
        fclose(b->console);
    return ok;
}

/* ---- In the parent ---- */

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* "NAME N N N": the value of a row. */
static struct cost_value value_of(const char *numbers)
{
    uint64_t sample[COST_SAMPLES];
    struct cost_value v = { 0 };
    char *end;
    for (uint64_t n; v.count < COST_SAMPLES && ((n = strtoull(numbers, &end, 10)), end != numbers); numbers = end)
        sample[v.count++] = n;
    if (!v.count)
        return v;
    qsort(sample, v.count, sizeof sample[0], by_size);
    v.min = sample[0], v.median = sample[(v.count - 1) / 2], v.max = sample[v.count - 1];
    return v;
}

static uint64_t without(uint64_t cycles, uint64_t counter) { return cycles > counter ? cycles - counter : 0; }

/* What reading the counter costs is not the measured thing's. */
static void take_off(struct cost_job *j, uint64_t counter)
{
    for (unsigned i = 0; i < COSTS; i++) {
        struct cost_value *v = &j->value[i];
        if (cost_row[i].paired)
            v->min = without(v->min, counter), v->median = without(v->median, counter),
            v->max = without(v->max, counter);
    }
}

/* What to call it in a sentence. */
static char *job_text(const struct cost *c, const struct cost_job *j, char *buffer, size_t size)
{
    snprintf(buffer, size, "%.300s, %s, %u bits", c->kernel[j->kernel], lab_mode_name(j->mode), j->bits);
    return buffer;
}

static void fail(struct cost_job *j, const char *why)
{
    if (!j->failure[0])
        snprintf(j->failure, sizeof j->failure, "%s", why);
}

/* ".NAME NUMBERS" of the program; false: a mistake of the user's, with user_error. */
static bool take_line(const struct cost *c, struct cost_job *j, char *line, uint64_t *counter)
{
    char name[400], *rest;
    line[strcspn(line, "\n")] = 0;
    if ((rest = strchr(line, ' ')))
        *rest++ = 0;
    else
        rest = line + strlen(line);
    if (!strcmp(line, "mistake"))
        return user_error("%s: %.500s", job_text(c, j, name, sizeof name), rest);
    if (!strcmp(line, ".error"))
        fail(j, rest);
    if (!strcmp(line, "version"))
        snprintf(j->version, sizeof j->version, "%.100s", rest);
    if (!strcmp(line, ".counter"))
        *counter = value_of(rest).min;
    for (unsigned i = 0; i < COSTS; i++)
        if (line[0] == '.' && !strcmp(line + 1, cost_row[i].name))
            j->value[i] = value_of(rest);
    return true;
}

static bool take_result(const struct cost *c, struct cost_job *j, FILE *result)
{
    char *line = NULL;
    size_t room = 0;
    uint64_t counter = 0;
    bool ok = true;
    rewind(result);
    while (ok && getline(&line, &room, result) > 0)
        ok = take_line(c, j, line, &counter);
    free(line);
    for (unsigned i = 0; i < COSTS; i++)
        if (!j->value[i].count)
            fail(j, "the initial RAM disk's kvmcost is of another version; `make assets` makes it anew");
    take_off(j, counter);
    return ok;
}

struct child {
    pid_t pid; /* 0: free */
    struct cost_job *job;
    FILE *result;
};

/* The child tells its mistakes like its results. */
static void __attribute__((noreturn)) become(const struct cost *c, const struct cost_job *j, FILE *result)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool ok = measure(c, j, result);
    if (!ok)
        fprintf(result, "mistake %s\n", user_error_text);
    fflush(result);
    _exit(0);
}

static bool start(const struct cost *c, struct child *child, struct cost_job *j)
{
    *child = (struct child){ .job = j, .result = tmpfile() };
    if (!child->result)
        return user_error("a temporary file cannot be made: %s", strerror(errno));
    fflush(stdout);
    child->pid = fork();
    if (child->pid == 0)
        become(c, j, child->result);
    if (child->pid < 0)
        child->pid = 0, fclose(child->result);
    return child->pid || user_error("a process cannot be started: %s", strerror(errno));
}

static void wipe(void)
{
    if (isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

static bool finish(const struct cost *c, struct child *child, int status)
{
    char name[400];
    child->pid = 0;
    if (!WIFEXITED(status) || WEXITSTATUS(status))
        fail(child->job, "its process ended by itself, which is a defect in svemu");
    bool ok = take_result(c, child->job, child->result);
    fclose(child->result);
    if (ok && child->job->failure[0]) {
        wipe();
        user_warning("%s: %s", job_text(c, child->job, name, sizeof name), child->job->failure);
    }
    return ok;
}

static struct child *child_of(struct child *children, unsigned count, pid_t pid)
{
    for (unsigned i = 0; i < count; i++)
        if (children[i].pid == pid)
            return &children[i];
    return NULL;
}

bool cost_run(struct cost *c)
{
    struct child *children = calloc(c->parallel, sizeof *children), *child;
    unsigned next = 0, running = 0;
    bool ok = children || user_error("the host has no memory for the laboratory");
    while (ok && (next < c->jobs || running)) {
        while (ok && next < c->jobs && (child = child_of(children, c->parallel, 0)))
            ok = start(c, child, &c->job[next++]), running += ok;
        int status;
        pid_t pid = running ? wait(&status) : 0;
        if (pid > 0 && (child = child_of(children, c->parallel, pid)))
            ok = finish(c, child, status) && ok, running--;
        wipe();
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "%u of %u", next - running, c->jobs);
    }
    for (unsigned i = 0; children && i < c->parallel; i++)
        if (children[i].pid) {
            kill(children[i].pid, SIGKILL);
            waitpid(children[i].pid, NULL, 0);
            fclose(children[i].result);
        }
    wipe();
    free(children);
    return ok;
}
