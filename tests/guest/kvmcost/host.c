// kvmcost VL [ROUNDS]: measures what KVM's exits cost a guest with vectors of at most VL bits, in a host whose thread
// has the same, and says each measurement's samples in the kernel's log. For `svemu lab cost`; docs/lab-cost.md.
#define _GNU_SOURCE
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PSTATE_EL1H_MASKED 0x3c5ull // EL1h with D, A, I and F masked
enum { VCPUS = 2, NR_IRQS = 64 };

static const struct measurement {
    const char *name;
    enum command command;
    enum use guest, host;
} measurements[] = {
    { "hvc", DO_HVC, USE_NONE, USE_NONE },
    { "mmio-kernel", DO_GICD_READ, USE_NONE, USE_NONE },
    { "mmio-user", DO_LOAD, USE_NONE, USE_NONE },
    { "sgi-self", DO_SGI_SELF, USE_NONE, USE_NONE },
    { "eoi", DO_EOI, USE_NONE, USE_NONE },
    { "timer-program", DO_TIMER_SET, USE_NONE, USE_NONE },
    { "timer-fire", DO_TIMER_FIRE, USE_NONE, USE_NONE },
    { "timer-wake", DO_TIMER_WAKE, USE_NONE, USE_NONE },
    { "save-fp", DO_SAVE_STATE, USE_FP, USE_NONE },
    { "load-fp", DO_LOAD_STATE, USE_FP, USE_NONE },
    { "save-sve", DO_SAVE_STATE, USE_SVE, USE_NONE },
    { "load-sve", DO_LOAD_STATE, USE_SVE, USE_NONE },
    { "fp-after-hvc", DO_USE_AFTER_HVC, USE_FP, USE_NONE },
    { "sve-after-hvc", DO_USE_AFTER_HVC, USE_SVE, USE_NONE },
    { "fp-after-user", DO_USE_AFTER_LOAD, USE_FP, USE_NONE },
    { "sve-after-user", DO_USE_AFTER_LOAD, USE_SVE, USE_NONE },
    { "switch-guest-none-host-none", DO_LOAD, USE_NONE, USE_NONE },
    { "switch-guest-fp-host-none", DO_LOAD, USE_FP, USE_NONE },
    { "switch-guest-sve-host-none", DO_LOAD, USE_SVE, USE_NONE },
    { "switch-guest-none-host-fp", DO_LOAD, USE_NONE, USE_FP },
    { "switch-guest-fp-host-fp", DO_LOAD, USE_FP, USE_FP },
    { "switch-guest-sve-host-fp", DO_LOAD, USE_SVE, USE_FP },
    { "switch-guest-none-host-sve", DO_LOAD, USE_NONE, USE_SVE },
    { "switch-guest-fp-host-sve", DO_LOAD, USE_FP, USE_SVE },
    { "switch-guest-sve-host-sve", DO_LOAD, USE_SVE, USE_SVE },
    { "migrate", DO_MOVE, USE_NONE, USE_NONE },
    { "migrate-fp", DO_MOVE, USE_FP, USE_NONE },
    { "migrate-sve", DO_MOVE, USE_SVE, USE_NONE },
    { "ipi-wake", DO_IPI_WAKE, USE_NONE, USE_NONE },
    { "ipi", DO_IPI, USE_NONE, USE_NONE },
    { "ipi-round-trip", DO_IPI_ROUND_TRIP, USE_NONE, USE_NONE },
};
enum { MEASUREMENTS = sizeof(measurements) / sizeof(measurements[0]) };

// In a VM of its own, whose vCPUs have no SVE.
static const struct measurement no_sve[] = {
    { "no-sve-fp-after-user", DO_USE_AFTER_LOAD, USE_FP, USE_NONE },
    { "no-sve-switch-none", DO_LOAD, USE_NONE, USE_NONE },
    { "no-sve-switch-fp", DO_LOAD, USE_FP, USE_NONE },
};
enum { NO_SVE = sizeof(no_sve) / sizeof(no_sve[0]) };

static int kvm, vm;
static uint8_t *ram;
static volatile struct box *box;
static struct vcpu vcpus[VCPUS];

// One record of the kernel's log, so that nothing that the kernel prints meanwhile can cut it.
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    char text[960];
    va_list arguments;
    int log = open("/dev/kmsg", O_WRONLY), length = sprintf(text, "<1>svemu-cost: ");

    va_start(arguments, format);
    length += vsnprintf(text + length, sizeof(text) - (size_t)length, format, arguments);
    va_end(arguments);
    if (log < 0 || write(log, text, (size_t)length) < 0)
        perror("kvmcost: /dev/kmsg");
    close(log);
}

__attribute__((noreturn)) static void die(const char *what)
{
    say("error %s: %s", what, strerror(errno));
    exit(1);
}

// ---- The virtual machine ----

static uint64_t core_id(size_t offset)
{
    return KVM_REG_ARM64 | KVM_REG_ARM_CORE | KVM_REG_SIZE_U64 | offset / sizeof(uint32_t);
}

static void one_reg(const struct vcpu *vcpu, unsigned long request, uint64_t id, void *value, const char *name)
{
    struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

    if (ioctl(vcpu->fd, request, &reg))
        die(name);
}

static void set_core(const struct vcpu *vcpu, size_t offset, uint64_t value)
{
    one_reg(vcpu, KVM_SET_ONE_REG, core_id(offset), &value, "KVM_SET_ONE_REG of a core register");
}

// Those of the host up to vq.
static void set_lengths(const struct vcpu *vcpu, unsigned vq)
{
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS];
    int feature = KVM_ARM_VCPU_SVE;

    one_reg(vcpu, KVM_GET_ONE_REG, KVM_REG_ARM64_SVE_VLS, map, "reading KVM_REG_ARM64_SVE_VLS");
    map[0] &= (UINT64_C(1) << vq) - 1;
    one_reg(vcpu, KVM_SET_ONE_REG, KVM_REG_ARM64_SVE_VLS, map, "KVM_REG_ARM64_SVE_VLS");
    if (!(map[0] >> (vq - 1) & 1)) {
        errno = EINVAL;
        die("guests may not have this vector length");
    }
    if (ioctl(vcpu->fd, KVM_ARM_VCPU_FINALIZE, &feature))
        die("KVM_ARM_VCPU_FINALIZE");
}

// vq 0: without SVE.
static void create_vcpu(struct vcpu *vcpu, unsigned vq)
{
    struct kvm_vcpu_init init;
    size_t size = (size_t)ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);

    vcpu->index = (unsigned)(vcpu - vcpus);
    vcpu->fd = ioctl(vm, KVM_CREATE_VCPU, vcpu->index);
    if (vcpu->fd < 0)
        die("KVM_CREATE_VCPU");
    vcpu->run = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED)
        die("mmap of a vCPU");
    if (ioctl(vm, KVM_ARM_PREFERRED_TARGET, &init))
        die("KVM_ARM_PREFERRED_TARGET");
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2 | (vq ? 1u << KVM_ARM_VCPU_SVE : 0);
    if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init))
        die(vq ? "KVM_ARM_VCPU_INIT with SVE" : "KVM_ARM_VCPU_INIT");
    if (vq)
        set_lengths(vcpu, vq);
    set_core(vcpu, offsetof(struct kvm_regs, regs.pc), RAM_BASE);
    set_core(vcpu, offsetof(struct kvm_regs, regs.pstate), PSTATE_EL1H_MASKED);
    set_core(vcpu, offsetof(struct kvm_regs, regs.regs[0]), vcpu->index);
}

static void gic_attribute(int gic, uint32_t group, uint64_t attribute, const void *value)
{
    struct kvm_device_attr a = { .group = group, .attr = attribute, .addr = (uintptr_t)value };

    if (ioctl(gic, KVM_SET_DEVICE_ATTR, &a))
        die("KVM_SET_DEVICE_ATTR of the GIC");
}

static void create_gic(void)
{
    struct kvm_create_device d = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
    uint64_t distributor = GICD_BASE, redistributors = GICR_BASE;
    uint32_t irqs = NR_IRQS;

    if (ioctl(vm, KVM_CREATE_DEVICE, &d))
        die("KVM_CREATE_DEVICE of a GICv3");
    gic_attribute((int)d.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &distributor);
    gic_attribute((int)d.fd, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redistributors);
    gic_attribute((int)d.fd, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &irqs);
    gic_attribute((int)d.fd, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL);
}

static void create_vm(unsigned vq)
{
    struct kvm_userspace_memory_region region = { .guest_phys_addr = RAM_BASE, .memory_size = RAM_SIZE };

    kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (kvm < 0)
        die("/dev/kvm");
    vm = ioctl(kvm, KVM_CREATE_VM, 0);
    if (vm < 0)
        die("KVM_CREATE_VM");
    ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (ram == MAP_FAILED)
        die("mmap of guest memory");
    memset(ram, 0, RAM_SIZE);
    memcpy(ram, payload, (size_t)(payload_end - payload));
    region.userspace_addr = (uintptr_t)ram;
    if (ioctl(vm, KVM_SET_USER_MEMORY_REGION, &region))
        die("KVM_SET_USER_MEMORY_REGION");
    box = (volatile struct box *)(ram + (BOX_BASE - RAM_BASE));
    for (unsigned i = 0; i < VCPUS; i++)
        create_vcpu(&vcpus[i], vq);
    create_gic();
}

// ---- Measuring ----

static void pin(unsigned cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set))
        die("sched_setaffinity");
}

static void run(struct vcpu *vcpu)
{
    int error = vcpu_until_done(vcpu);

    if (error > 0)
        say("error vCPU %u: exit %u at %#llx", vcpu->index, vcpu->run->exit_reason,
            (unsigned long long)vcpu->run->mmio.phys_addr);
    if (error > 0)
        exit(1);
    if (error)
        die("KVM_RUN");
}

static void print_samples(const char *name, uint64_t rounds)
{
    char text[MAX_ROUNDS * 14 + 1] = "";
    size_t length = 0;

    for (uint64_t i = 0; i < rounds && length < sizeof(text) - 14; i++)
        length += (size_t)snprintf(text + length, 14, " %llu", (unsigned long long)box->sample[i] % 1000000000000);
    say("%s%s", name, text);
}

static void do_measurement(const struct measurement *m, uint64_t rounds)
{
    struct vcpu *vcpu = &vcpus[0];

    pin(0); // a migration may have ended elsewhere
    vcpu->cpu = 0;
    vcpu->host_use = m->host;
    box->command = m->command;
    box->use = m->guest;
    box->rounds = rounds;
    run(vcpu);
    print_samples(m->name, rounds);
}

static void *run_peer(void *argument)
{
    pin(1);
    run(argument);
    return NULL;
}

// The other vCPU is in the guest from the first measurement that has to do with it on.
static void start_peer(pthread_t *thread)
{
    if (pthread_create(thread, NULL, run_peer, &vcpus[1]))
        die("pthread_create");
    while (!box->peer_ready)
        usleep(100);
}

static void measure_all(uint64_t rounds)
{
    static const struct measurement nothing = { "counter", DO_NOTHING, USE_NONE, USE_NONE };
    bool peer = false;
    pthread_t thread;

    run(&vcpus[0]); // to its first EXIT_DONE: it waits for a command
    do_measurement(&nothing, rounds);
    for (unsigned i = 0; i < MEASUREMENTS; i++) {
        if (measurements[i].command >= DO_IPI && !peer) {
            start_peer(&thread);
            peer = true;
        }
        do_measurement(&measurements[i], rounds);
    }
    box->peer_stops = 1;
    pthread_join(thread, NULL);
}

static void measure_no_sve(uint64_t rounds)
{
    create_vm(0);
    run(&vcpus[0]);
    for (unsigned i = 0; i < NO_SVE; i++)
        do_measurement(&no_sve[i], rounds);
}

int main(int argc, char **argv)
{
    unsigned bits = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 0;
    unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 16;

    if (argc > 3 || !bits || bits % 128 || bits > 2048 || !rounds || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: kvmcost VL [ROUNDS]: VL in bits, at most %d rounds\n", MAX_ROUNDS);
        return 2;
    }
    if (prctl(PR_SVE_SET_VL, bits / 8) < 0)
        die("PR_SVE_SET_VL");
    create_vm(bits / 128);
    pin(0);
    measure_all(rounds);
    measure_no_sve(rounds);
    say("end");
    return 0;
}
