/* PSCI 1.1 and SMCCC 1.1. Arm DEN0022, DEN0028. */
#include "core/machine.h"
#include "core/feature.h"
#include "devices/device.h"
#include "tests/harness.h"

enum { CPUS = 3, RAM = 0x40000000 };
enum { NOT_SUPPORTED = -1, INVALID_PARAMETERS = -2, ALREADY_ON = -4, INVALID_ADDRESS = -9 };
static struct machine *m;

/* One machine for all tests, powered on again for each. */
static void make(void)
{
    struct machine_options o = { .smp = CPUS, .memory = 16 << 20, .quantum_ns = 10000, .code_cache = 1 << 20 };
    struct cpu_config c[CPUS] = { 0 };
    for (unsigned i = 0; i < CPUS; i++) {
        feature_defaults("lab", &c[i]);
        c[i].vq_set = 1, c[i].clock_hz = 1000000000, c[i].mpidr = UINT64_C(0x80000000) | i << 8;
    }
    m = machine_create(&o, c);
    if (!m || !board_create(m)) {
        printf("FAIL the machine cannot be made\n");
        exit(1);
    }
    m->entry = RAM;
}

static void start(void)
{
    if (!m)
        make();
    m->stop = STOP_NONE;
    board_reset(m);
    machine_reset(m);
}

static int64_t call(unsigned from, uint64_t id, uint64_t a, uint64_t b, uint64_t c)
{
    struct cpu *cpu = m->cpus[from];
    SetX(cpu, 0, id), SetX(cpu, 1, a), SetX(cpu, 2, b), SetX(cpu, 3, c);
    psci_call(cpu);
    return (int64_t)X(cpu, 0);
}

TEST(versions)
{
    start();
    EXPECT_EQ(call(0, 0x84000000, 0, 0, 0), 0x10001);
    EXPECT_EQ(call(0, 0x80000000, 0, 0, 0), 0x10001);
    EXPECT_EQ(call(0, 0x84000006, 0, 0, 0), 2);
}

TEST(features)
{
    static const uint32_t known[] = { 0x84000001, 0xc4000001, 0x84000002, 0xc4000003, 0xc4000004,
                                      0x84000008, 0x84000009, 0x8400000a, 0xc4000012, 0x80000000 };
    static const uint32_t unknown[] = { 0x8400000b, 0x8400000c, 0x8400000e, 0x84000050,
                                        0xc4000010, 0x80000001, 0,          0x04000000 };
    start();
    for (unsigned i = 0; i < sizeof known / sizeof known[0]; i++)
        EXPECT_EQ(call(0, 0x8400000a, known[i], 0, 0), 0);
    for (unsigned i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        EXPECT_EQ(call(0, 0x8400000a, unknown[i], 0, 0), NOT_SUPPORTED);
    EXPECT_EQ(call(0, 0x80000001, 0x80000000, 0, 0), 0);
    EXPECT_EQ(call(0, 0x80000001, 0x80008000, 0, 0), 1);
    EXPECT_EQ(call(0, 0x80000001, 0x80007fff, 0, 0), 1);
    EXPECT_EQ(call(0, 0x80000001, 0x80003fff, 0, 0), 1);
    EXPECT_EQ(call(0, 0x80000001, 0x80000002, 0, 0), NOT_SUPPORTED);
    EXPECT_EQ(call(0, 0x80000001, 0x84000000, 0, 0), NOT_SUPPORTED);
}

TEST(unknown_functions)
{
    static const uint32_t ids[] = { 0, 1, 0x84000005, 0x8400001f, 0x84000050, 0xc4000050, 0xc600ff01, 0xffffffff };
    start();
    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++)
        EXPECT_EQ(call(0, ids[i], 1, 2, 3), NOT_SUPPORTED);
    EXPECT_EQ(m->stop, STOP_NONE);
}

TEST(cpu_on_and_off)
{
    start();
    EXPECT_EQ(call(0, 0xc4000004, 0x100, 0, 0), 1);
    EXPECT_EQ(call(0, 0xc4000003, 0x100, RAM + 0x1000, 0x1234567890), 0);
    struct cpu *cpu = m->cpus[1];
    EXPECT_EQ(cpu->power, POWER_ON);
    EXPECT_EQ(cpu->pc, RAM + 0x1000);
    EXPECT_EQ(X(cpu, 0), 0x1234567890);
    EXPECT_EQ(cpu->pstate.EL, EL2);
    EXPECT_EQ(call(0, 0xc4000004, 0x100, 0, 0), 0);
    EXPECT_EQ(call(0, 0xc4000003, 0x100, RAM, 0), ALREADY_ON);
    EXPECT_EQ(call(0, 0xc4000003, 0, RAM, 0), ALREADY_ON);
    call(1, 0x84000002, 0, 0, 0);
    EXPECT_EQ(cpu->power, POWER_OFF);
    EXPECT_EQ(call(0, 0xc4000004, 0x100, 0, 0), 1);
    EXPECT_EQ(call(0, 0xc4000003, 0x100, RAM, 0), 0);
}

/* An SMC32 call takes 32-bit arguments. */
TEST(cpu_on_32)
{
    start();
    EXPECT_EQ(
        call(0, 0x84000003, UINT64_C(0xffffffff00000200), UINT64_C(0xffffffff40000000), UINT64_C(0xffffffff00000007)),
        0);
    EXPECT_EQ(m->cpus[2]->pc, RAM);
    EXPECT_EQ(X(m->cpus[2], 0), 7);
}

TEST(a_cpu_starts_at_its_callers_time)
{
    start();
    cpu_set_time(m->cpus[0], 5000);
    call(0, 0xc4000003, 0x100, RAM, 0);
    EXPECT_EQ(cpu_time(m->cpus[1]), 5000); /* nothing has run: the others are at 0 */
}

TEST(bad_arguments)
{
    start();
    EXPECT_EQ(call(0, 0xc4000003, 1, RAM, 0), INVALID_PARAMETERS);
    EXPECT_EQ(call(0, 0xc4000003, UINT64_C(1) << 63 | 0x100, RAM, 0), INVALID_PARAMETERS);
    EXPECT_EQ(call(0, 0xc4000003, 0x100, 0, 0), INVALID_ADDRESS);
    EXPECT_EQ(call(0, 0xc4000003, 0x100, RAM + (16 << 20), 0), INVALID_ADDRESS);
    EXPECT_EQ(call(0, 0xc4000003, 0x100, RAM + 2, 0), INVALID_ADDRESS);
    EXPECT_EQ(call(0, 0xc4000003, 0x100, UINT64_MAX - 3, 0), INVALID_ADDRESS);
    EXPECT_EQ(call(0, 0xc4000004, 0x300, 0, 0), INVALID_PARAMETERS);
    EXPECT_EQ(call(0, 0xc4000004, 0x100, 1, 0), INVALID_PARAMETERS);
    EXPECT_EQ(call(0, 0xc4000001, UINT64_C(1) << 24, 0, 0), INVALID_PARAMETERS);
    EXPECT_EQ(call(0, 0xc4000001, UINT64_C(1) << 31, 0, 0), INVALID_PARAMETERS);
    EXPECT_EQ(call(0, 0xc4000012, 1, 0, 0), INVALID_PARAMETERS);
}

TEST(suspend_waits)
{
    start();
    EXPECT_EQ(call(0, 0xc4000001, 0, 0, 0), 0);
    EXPECT_EQ(m->cpus[0]->halted, HALT_WFI);
}

TEST(system_off_and_reset)
{
    start();
    call(0, 0x84000008, 0, 0, 0);
    EXPECT_EQ(m->stop, STOP_POWEROFF);
    start();
    call(1, 0x84000009, 0, 0, 0);
    EXPECT_EQ(m->stop, STOP_RESET);
    start();
    call(1, 0xc4000012, 0, 0, 0);
    EXPECT_EQ(m->stop, STOP_RESET);
}

/* Firmware that is wrong on purpose: success and nothing more, a failure, no such CPU. */
TEST(firmware_faults)
{
    static const struct {
        int64_t on, again, info;
    } want[] = { [PSCI_IGNORES] = { 0, -5, 2 }, [PSCI_FAILS] = { -6, -6, 1 }, [PSCI_UNKNOWN] = { -2, -2, -2 } };

    for (unsigned how = PSCI_IGNORES; how <= PSCI_UNKNOWN; how++) {
        start();
        m->cpus[1]->el3.psci = (uint8_t)how;
        EXPECT_EQ(call(0, 0xc4000003, 1 << 8, RAM, 0), want[how].on);
        EXPECT(m->cpus[1]->power != POWER_ON);
        EXPECT_EQ(call(0, 0xc4000003, 1 << 8, RAM, 0), want[how].again);
        EXPECT_EQ(call(0, 0xc4000004, 1 << 8, 0, 0), want[how].info);
        EXPECT_EQ(call(0, 0xc4000003, 2 << 8, RAM, 0), 0); /* its neighbour is well */
        m->cpus[1]->el3.psci = PSCI_WORKS;
    }
}

/* A CPU that is stuck at EL3 is on, and cannot be turned on again. */
TEST(stopped_at_el3_is_on)
{
    start();
    m->cpus[1]->power = POWER_AT_EL3;
    EXPECT_EQ(call(0, 0xc4000003, 1 << 8, RAM, 0), ALREADY_ON);
    EXPECT_EQ(call(0, 0xc4000004, 1 << 8, 0, 0), 0);
}

TEST_MAIN
