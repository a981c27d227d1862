/* What the laboratory sees of a machine: firmware calls, power states, probes of ZCR, and its own programs' lines; and
 * what it makes of them. */
#include "core/feature.h"
#include "devices/device.h"
#include "frontends/lab_run.h"
#include "sysregs/sysregs.h"
#include "tests/harness.h"

enum { CPUS = 3, RAM = 0x40000000 };
static struct lab_run *r;
static struct machine *m;

/* Three CPUs of 128+256+512 bits that have been powered on, the third kept back, watched. */
static void start(void)
{
    struct machine_options o = { .smp = CPUS, .memory = 16 << 20, .quantum_ns = 10000, .code_cache = 1 << 20 };
    struct cpu_config c[CPUS] = { 0 };
    r = calloc(1, sizeof *r);
    EXPECT(lab_parse_sets("3*128+256+512", &r->sets) && lab_parse_late("2", &r->sets));
    for (unsigned i = 0; i < CPUS; i++) {
        feature_defaults("lab", &c[i]);
        c[i].vq_set = r->sets.set[i], c[i].clock_hz = 1000000000, c[i].mpidr = UINT64_C(0x80000000) | i;
    }
    m = machine_create(&o, c);
    if (!m || !board_create(m)) {
        printf("FAIL the machine cannot be made\n");
        exit(1);
    }
    m->entry = RAM;
    board_reset(m);
    machine_reset(m);
    EXPECT(lab_watch_open(&r->watch, m, NULL, 1000000000));
}

static void finish(void *unused)
{
    (void)unused;
    lab_watch_close(&r->watch);
    board_free(m);
    machine_free(m);
    free(r);
}

static void psci(unsigned from, uint64_t id, uint64_t a, uint64_t b)
{
    struct cpu *cpu = m->cpus[from];
    SetX(cpu, 0, id), SetX(cpu, 1, a), SetX(cpu, 2, b), SetX(cpu, 3, 0);
    psci_call(cpu);
}
static void cpu_on(unsigned i) { psci(0, 0xc4000003, i, RAM); }

static void write_zcr(unsigned cpu, uint64_t len)
{
    SetX(m->cpus[cpu], 0, len);
    m->cpus[cpu]->sysreg[SR_CPTR_EL2] = 0x32ff & ~(uint64_t)BIT(8);
    cpu_update_traps(m->cpus[cpu]);
    EXPECT(AArch64_SysRegWrite(m->cpus[cpu], sysreg_handle(3, 4, 1, 2, 0), 0, len));
}

/* As the kernel does it: from the top, each time below what the last write gave. */
static void probe(unsigned cpu)
{
    write_zcr(cpu, 0x1ff);
    while (m->cpus[cpu]->vl_bits > 128)
        write_zcr(cpu, m->cpus[cpu]->vl_bits / 128 - 2);
}

static void say(const char *text)
{
    char line[256];
    snprintf(line, sizeof line, "[    1.000000] svemu-lab: %s", text);
    lab_watch_line(&r->watch, line);
}

/* Everything as it should be but for what a test does before it. */
static void say_the_end(const char *online)
{
    char line[64];
    snprintf(line, sizeof line, "online %s", online);
    say(line);
    for (unsigned i = 0; i < CPUS; i++) {
        snprintf(line, sizeof line, "svevl: cpu %u: 16 32 64", i);
        if (r->watch.cpu[i].started && !r->watch.cpu[i].off)
            say(line);
    }
    say("vmm: sve vls: 16 32 64");
    say("end");
}

TEST(a_probe_is_found_among_other_writes)
{
    start();
    free_after_test(finish, NULL);
    write_zcr(0, 15), write_zcr(0, 0);
    EXPECT_EQ(r->watch.cpu[0].probed, 0); /* 256 could not have shown up */
    write_zcr(0, 3), write_zcr(0, 2), write_zcr(0, 0);
    EXPECT_EQ(r->watch.cpu[0].probed, 0); /* nor what is above 512 */
    probe(0);
    EXPECT_EQ(r->watch.cpu[0].probed, 0xb);
    EXPECT_EQ(r->watch.cpu[0].writes, 3);
    EXPECT_EQ(r->watch.cpu[0].probe_el, EL2);
    EXPECT_EQ(r->watch.cpu[1].probed, 0);
    for (unsigned len = 16; len-- > 0;)
        write_zcr(1, len);
    EXPECT_EQ(r->watch.cpu[1].probed, 0xb);
}

TEST(booted)
{
    start();
    free_after_test(finish, NULL);
    say("begin");
    probe(0), cpu_on(1), probe(1), cpu_on(2), probe(2);
    say("accepted 2");
    say_the_end("0-2");
    lab_diagnose(r, STOP_POWEROFF);
    EXPECT_EQ(r->outcome, LAB_BOOTED);
    EXPECT_EQ(r->status, 0);
    EXPECT(!*r->surprise);
}

TEST(refused_is_off_before_any_interrupt)
{
    start();
    free_after_test(finish, NULL);
    say("begin");
    cpu_on(1), cpu_on(2);
    psci(2, 0x84000002, 0, 0);
    say("refused 2");
    say_the_end("0-1");
    lab_diagnose(r, STOP_POWEROFF);
    EXPECT_EQ(r->outcome, LAB_CPU_REFUSED);
    EXPECT_EQ(r->status, EXIT_REFUSED);
    EXPECT_EQ(r->state[2], LAB_STATE_REFUSED);
    EXPECT(strstr(r->surprise, "CPU 2 is refused")); /* the sets give no reason */
}

TEST(stopped_is_off_after_it_served)
{
    start();
    free_after_test(finish, NULL);
    say("begin");
    cpu_on(1), cpu_on(2);
    m->cpus[1]->sysreg[SR_ICC_IGRPEN1_EL1] = 1;
    psci(1, 0x84000002, 0, 0);
    say_the_end("0,2");
    lab_diagnose(r, STOP_POWEROFF);
    EXPECT_EQ(r->state[1], LAB_STOPPED);
    EXPECT_EQ(r->status, EXIT_REFUSED);
}

TEST(parked_and_never_started)
{
    start();
    free_after_test(finish, NULL);
    say("begin");
    cpu_on(1);
    psci(0, 0xc4000003, 2, 1); /* an address that is none */
    say_the_end("0");
    lab_diagnose(r, STOP_POWEROFF);
    EXPECT_EQ(r->state[1], LAB_PARKED);
    EXPECT_EQ(r->state[2], LAB_NEVER_STARTED);
    EXPECT_EQ(r->watch.cpu[2].on_error, (uint64_t)-9);
    EXPECT_EQ(r->status, EXIT_REFUSED);
}

static void run_guest(const char *const *lines, unsigned count)
{
    r->guest = true;
    say("begin");
    cpu_on(1), cpu_on(2);
    for (unsigned i = 0; i < count; i++)
        say(lines[i]);
    say_the_end("0-2");
    lab_diagnose(r, STOP_POWEROFF);
}

TEST(guests)
{
    static const struct {
        const char *lines[5];
        int status;
        const char *summary;
    } rows[] = {
        { { "guest begin", "sve: EL1, ID_AA64PFR0_EL1.SVE = 1", "sve: lengths 16 32 64", "PASS sve", "guest end 0" },
          EXIT_BOOTED,
          "a KVM guest ran" },
        { { "guest begin", "sve: EL1, ID_AA64", "guest end 137" }, EXIT_GUEST_FAILED, "SIGKILL" },
        { { "guest begin", "vmm: KVM_CREATE_VM: ENODEV (No such device)", "guest end 1" },
          EXIT_GUEST_FAILED,
          "ENODEV" },
        { { "guest begin", "sve: lengths 16 32", "FAIL sve: rdvl is 0x10, not 0x20", "FAIL sve", "guest end 0" },
          EXIT_CRASH,
          "FAIL sve" },
        { { "guest begin", "sve: lengths 16 32", "vmm: the guest asked for a reset", "guest end 1" },
          EXIT_CRASH,
          "reset" },
        { { NULL }, EXIT_GUEST_FAILED, "no KVM guest" },
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        unsigned count = 0;
        while (count < 5 && rows[i].lines[count])
            count++;
        start();
        run_guest(rows[i].lines, count);
        if (r->status != rows[i].status || !strstr(r->summary, rows[i].summary))
            FAIL("row %u: %d, %s", i, r->status, r->summary);
        finish(NULL);
    }
}

TEST(ends_that_are_none)
{
    static const struct {
        enum stop_reason why;
        int status;
    } rows[] = { { STOP_QUIT, EXIT_HANG },
                 { STOP_MAX_INSNS, EXIT_HANG },
                 { STOP_RESET, EXIT_CRASH },
                 { STOP_POWEROFF, EXIT_CRASH },
                 { STOP_UNIMPLEMENTED, EXIT_UNIMPLEMENTED } };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        start();
        say("begin");
        lab_watch_end(&r->watch);
        lab_diagnose(r, rows[i].why);
        EXPECT_EQ(r->status, rows[i].status);
        finish(NULL);
    }
}

/* A kernel's line that is not ours decides nothing, whatever it says; nor does any after the end. */
TEST(only_our_lines_count)
{
    start();
    free_after_test(finish, NULL);
    lab_watch_line(&r->watch, "CPU1: will not boot");
    lab_watch_line(&r->watch, "svevl: cpu 0: 16");
    EXPECT(!r->watch.begun && !r->watch.cpu[0].user_seen);
    say("begin");
    cpu_on(1), cpu_on(2);
    say_the_end("0-2");
    say("refused 1");
    EXPECT(!r->watch.cpu[1].refused);
}

/* Whatever a guest prints: numbers of CPUs that are not there, lengths that are none, a line without an end. */
TEST(hostile_lines)
{
    static const char *const lines[] = { "",
                                         "try",
                                         "try 99",
                                         "refused -1",
                                         "accepted 4294967296",
                                         "svevl: cpu 7: 16",
                                         "svevl: cpu : 16",
                                         "svevl: cpu 0: 0 8 99999999999999999999 16 x 32",
                                         "vmm: sve vls:",
                                         "guest end x",
                                         "online ,,,-,0-",
                                         "guest begin",
                                         "sve: lengths" };
    start();
    free_after_test(finish, NULL);
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
        say(lines[i]);
    EXPECT_EQ(r->watch.cpu[0].user, 1);
    for (unsigned i = 0; i < 100000; i++)
        lab_console_byte(&r->watch, (uint8_t)(i % 7 ? i : '\n'));
    for (unsigned i = 0; i < 5000; i++)
        lab_console_byte(&r->watch, 'x');
    lab_watch_end(&r->watch);
    lab_diagnose(r, STOP_QUIT);
    const char *context[LAB_CONTEXT];
    EXPECT(lab_context(r, context) <= LAB_CONTEXT);
}

TEST_MAIN
