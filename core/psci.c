/* The firmware behind SMC: PSCI 1.1 (Arm DEN0022) and what SMCCC 1.1 asks of every firmware (Arm DEN0028). One row per
 * function; PSCI_FEATURES and SMCCC_ARCH_FEATURES are answered from the rows. */
#include "core/machine.h"
#include "core/stats.h"
#include "core/trace.h"

#include <inttypes.h>

enum {
    SUCCESS = 0,
    NOT_SUPPORTED = -1,
    INVALID_PARAMETERS = -2,
    ALREADY_ON = -4,
    ON_PENDING = -5,
    INTERNAL_FAILURE = -6,
    INVALID_ADDRESS = -9
};
enum { AFFINITY_ON = 0, AFFINITY_OFF = 1, AFFINITY_ON_PENDING = 2 };
enum { NOT_REQUIRED = 1 }; /* SMCCC_ARCH_FEATURES of a workaround: this PE does not need it, calling it does nothing */

typedef int64_t psci_fn(struct cpu *cpu, const uint64_t arg[4]);

static int64_t psci_version(struct cpu *cpu, const uint64_t arg[4])
{
    (void)cpu, (void)arg;
    return 1 << 16 | 1;
}

static int64_t smccc_version(struct cpu *cpu, const uint64_t arg[4])
{
    (void)cpu, (void)arg;
    return 1 << 16 | 1;
}

static int64_t succeed(struct cpu *cpu, const uint64_t arg[4])
{
    (void)cpu, (void)arg;
    return SUCCESS;
}

/* Every state is a standby state: a powerdown request is downgraded, as the caller must expect it to be whenever an
 * interrupt is pending. Wakes as WFI does. */
static int64_t cpu_suspend(struct cpu *cpu, const uint64_t arg[4])
{
    const uint32_t reserved = 0xfcfe0000, level = 0x03000000;
    if (arg[1] & (reserved | level))
        return INVALID_PARAMETERS;
    cpu->halted = HALT_WFI;
    cpu->wfx_timeout = UINT64_MAX;
    cpu_wake(cpu); /* at once if something is pending */
    cpu_resync(cpu);
    return SUCCESS;
}

static int64_t cpu_off(struct cpu *cpu, const uint64_t arg[4])
{
    (void)arg;
    cpu_set_power(cpu, POWER_OFF);
    cpu_resync(cpu);
    return SUCCESS; /* seen by nobody: CPU_ON starts from reset */
}

/* The CPU that a call names, as far as the firmware knows it. */
static struct cpu *find_target(const struct cpu *cpu, uint64_t affinity)
{
    struct cpu *target = affinity & ~UINT64_C(0xff00ffffff) ? NULL : machine_cpu_by_mpidr(cpu->machine, affinity);
    if (!target || target->el3.psci != PSCI_UNKNOWN)
        return target;
    el3_tell(target, cpu, EL3_PSCI, EL3_CPU_ON);
    return NULL;
}

/* CPU_ON of a CPU that the user wants never to come up. */
static int64_t broken_cpu_on(const struct cpu *cpu, struct cpu *target)
{
    el3_tell(target, cpu, EL3_PSCI, EL3_CPU_ON);
    if (target->el3.psci == PSCI_FAILS)
        return INTERNAL_FAILURE;
    cpu_set_power(target, POWER_ON_PENDING); /* for good */
    return SUCCESS;
}

/* A CPU that is on, whether it executes or is stuck at EL3. */
static bool is_on(const struct cpu *cpu) { return cpu->power == POWER_ON || cpu->power == POWER_AT_EL3; }

/* The target begins at the caller's time, in EL2, the highest EL of the one security state there is. */
static int64_t cpu_on(struct cpu *cpu, const uint64_t arg[4])
{
    struct machine *m = cpu->machine;
    struct cpu *target = find_target(cpu, arg[1]);
    if (!target)
        return INVALID_PARAMETERS;
    if (target->power != POWER_OFF)
        return is_on(target) ? ALREADY_ON : ON_PENDING;
    if (arg[2] & 3 || !phys_ram(&m->mem, arg[2], 4))
        return INVALID_ADDRESS;
    if (target->el3.psci != PSCI_WORKS)
        return broken_cpu_on(cpu, target);
    cpu_reset(target, arg[2], arg[3]);
    cpu_set_power(target, POWER_ON);
    if (cpu_time(cpu) > cpu_time(target))
        cpu_set_time(target, cpu_time(cpu));
    stats_restart(target);
    machine_deadline_changed(m);
    return SUCCESS;
}

static int64_t affinity_info(struct cpu *cpu, const uint64_t arg[4])
{
    struct cpu *target = find_target(cpu, arg[1]);
    if (arg[2] || !target) /* from PSCI 1.0 on, levels above 0 need not be answered */
        return INVALID_PARAMETERS;
    return is_on(target) ? AFFINITY_ON : target->power == POWER_OFF ? AFFINITY_OFF : AFFINITY_ON_PENDING;
}

static int64_t migrate_info_type(struct cpu *cpu, const uint64_t arg[4])
{
    (void)cpu, (void)arg;
    return 2; /* no Trusted OS that would have to be migrated */
}

static int64_t system_off(struct cpu *cpu, const uint64_t arg[4])
{
    (void)arg;
    machine_stop(cpu->machine, STOP_POWEROFF, "the guest powered off");
    return SUCCESS;
}

static int64_t system_reset(struct cpu *cpu, const uint64_t arg[4])
{
    (void)arg;
    machine_stop(cpu->machine, STOP_RESET, "the guest asked for a reset");
    return SUCCESS;
}

static int64_t system_reset2(struct cpu *cpu, const uint64_t arg[4])
{
    return (uint32_t)arg[1] ? INVALID_PARAMETERS : system_reset(cpu, arg); /* 0: SYSTEM_WARM_RESET */
}

static psci_fn psci_features, smccc_arch_features;

struct function {
    uint32_t id; /* bit 30: SMC64; without it the arguments are 32-bit */
    const char *name;
    psci_fn *call;
    int32_t features; /* answer of PSCI_FEATURES or SMCCC_ARCH_FEATURES */
};

static const struct function functions[] = {
    { 0x80000000, "SMCCC_VERSION", smccc_version, SUCCESS },
    { 0x80000001, "SMCCC_ARCH_FEATURES", smccc_arch_features, SUCCESS },
    { 0x80003fff, "SMCCC_ARCH_WORKAROUND_3", succeed, NOT_REQUIRED },
    { 0x80007fff, "SMCCC_ARCH_WORKAROUND_2", succeed, NOT_REQUIRED },
    { 0x80008000, "SMCCC_ARCH_WORKAROUND_1", succeed, NOT_REQUIRED },
    { 0x84000000, "PSCI_VERSION", psci_version, SUCCESS },
    { 0x84000001, "CPU_SUSPEND", cpu_suspend, 0 }, /* original power_state format, platform-coordinated */
    { 0xc4000001, "CPU_SUSPEND", cpu_suspend, 0 },
    { 0x84000002, "CPU_OFF", cpu_off, SUCCESS },
    { 0x84000003, "CPU_ON", cpu_on, SUCCESS },
    { 0xc4000003, "CPU_ON", cpu_on, SUCCESS },
    { 0x84000004, "AFFINITY_INFO", affinity_info, SUCCESS },
    { 0xc4000004, "AFFINITY_INFO", affinity_info, SUCCESS },
    { 0x84000006, "MIGRATE_INFO_TYPE", migrate_info_type, SUCCESS },
    { 0x84000008, "SYSTEM_OFF", system_off, SUCCESS },
    { 0x84000009, "SYSTEM_RESET", system_reset, SUCCESS },
    { 0x8400000a, "PSCI_FEATURES", psci_features, SUCCESS },
    { 0x84000012, "SYSTEM_RESET2", system_reset2, SUCCESS },
    { 0xc4000012, "SYSTEM_RESET2", system_reset2, SUCCESS },
};

static const struct function *find(uint32_t id)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (functions[i].id == id)
            return &functions[i];
    return NULL;
}

static bool is_arch_call(uint32_t id) { return (id & 0x3f000000) == 0; } /* owner 0: Arm Architecture Calls */

/* SMCCC_VERSION is the one call of SMCCC's that PSCI_FEATURES answers for: that is how SMCCC 1.1 is discovered. */
static int64_t psci_features(struct cpu *cpu, const uint64_t arg[4])
{
    (void)cpu;
    const struct function *f = find((uint32_t)arg[1]);
    return f && (!is_arch_call(f->id) || f->call == smccc_version) ? f->features : NOT_SUPPORTED;
}

static int64_t smccc_arch_features(struct cpu *cpu, const uint64_t arg[4])
{
    (void)cpu;
    const struct function *f = find((uint32_t)arg[1]);
    return f && is_arch_call(f->id) ? f->features : NOT_SUPPORTED;
}

void psci_call(struct cpu *cpu)
{
    uint32_t id = (uint32_t)X(cpu, 0);
    const struct function *f = find(id);
    uint64_t arg[4], mask = id & 0x40000000 ? UINT64_MAX : UINT32_MAX;
    for (unsigned i = 0; i < 4; i++)
        arg[i] = X(cpu, i) & mask;
    int64_t result = f ? f->call(cpu, arg) : NOT_SUPPORTED;
    if (trace_on(TRACE_EXCEPTIONS) || (!f && trace_on(TRACE_GUEST)))
        trace_line(f ? TRACE_EXCEPTIONS : TRACE_GUEST, cpu,
                   "SMC %s %#" PRIx32 " %#" PRIx64 " %#" PRIx64 " %#" PRIx64 " = %" PRId64,
                   f ? f->name : "unknown function", id, arg[1], arg[2], arg[3], result);
    OBSERVE(cpu->machine, firmware_called, cpu, id, f ? f->name : NULL, arg, result);
    /* CPU_ON of another CPU leaves the caller's registers alone, and a CPU that went off is started from reset. */
    SetX(cpu, 0, (uint64_t)result);
}
