// vCPUs: their features, their first registers, and the loop round KVM_RUN.
#include "vmm.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define CORE_REG(field) \
    (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | (offsetof(struct kvm_regs, field) / sizeof(uint32_t)))
#define PSTATE_EL1H_MASKED 0x3c5ull // EL1h with D, A, I and F masked

struct vcpu {
    struct vm *vm;
    unsigned index;
    int fd;
    struct kvm_run *run;
    pthread_t thread;
};

static struct vcpu vcpus[MAX_VCPUS];
static pthread_mutex_t end_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static int end_status = -1; // none yet

static void set_register(const struct vcpu *vcpu, uint64_t id, const void *value, const char *name)
{
    struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

    if (ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg))
        die_errno("KVM_SET_ONE_REG %s", name);
}

static void get_register(const struct vcpu *vcpu, uint64_t id, void *value, const char *name)
{
    struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

    if (ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg))
        die_errno("KVM_GET_ONE_REG %s", name);
}

// Bit vq - 1 stands for a vector length of vq * 128 bits; KVM's map of 512 bits has room for more than SVE has.
static uint32_t get_vqs(const struct vcpu *vcpu)
{
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS];

    get_register(vcpu, KVM_REG_ARM64_SVE_VLS, map, "KVM_REG_ARM64_SVE_VLS");
    return (uint32_t)map[0];
}

static void set_vqs(const struct vcpu *vcpu, uint32_t vqs)
{
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS] = { vqs };

    set_register(vcpu, KVM_REG_ARM64_SVE_VLS, map, "KVM_REG_ARM64_SVE_VLS");
}

// Between KVM_ARM_VCPU_INIT and KVM_ARM_VCPU_FINALIZE the set of vector lengths may be chosen.
static void set_up_sve(const struct vcpu *vcpu)
{
    const struct options *options = vcpu->vm->options;
    int feature = KVM_ARM_VCPU_SVE;

    if (options->sve == SVE_LIST)
        set_vqs(vcpu, options->sve_vqs);
    if (options->sve == SVE_UP_TO)
        set_vqs(vcpu, get_vqs(vcpu) & (uint32_t)((UINT64_C(1) << options->sve_max_bits / 128) - 1));
    if (ioctl(vcpu->fd, KVM_ARM_VCPU_FINALIZE, &feature))
        die_errno("KVM_ARM_VCPU_FINALIZE");
}

static void print_sve_vls(const struct vcpu *vcpu, bool sve)
{
    uint32_t vqs = sve ? get_vqs(vcpu) : 0;

    printf("vmm: sve vls:%s", vqs ? "" : " none");
    for (unsigned vq = 1; vq <= MAX_VQ; vq++)
        if (vqs >> (vq - 1) & 1)
            printf(" %u", vq * 16);
    printf("\n");
    fflush(stdout);
}

static bool want_sve(const struct vm *vm)
{
    enum sve_choice choice = vm->options->sve;

    if (choice == SVE_NONE)
        return false;
    if (ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_ARM_SVE) > 0)
        return true;
    if (choice != SVE_HOST_DEFAULT)
        die("KVM_CAP_ARM_SVE = 0: this host has no SVE for guests, so no vector lengths can be set");
    printf("vmm: KVM_CAP_ARM_SVE = 0: the guest gets no SVE\n");
    fflush(stdout);
    return false;
}

static void create_vcpu(struct vcpu *vcpu, bool sve)
{
    struct vm *vm = vcpu->vm;
    struct kvm_vcpu_init init;
    int size;

    vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, vcpu->index);
    if (vcpu->fd < 0)
        die_errno("KVM_CREATE_VCPU %u", vcpu->index);
    size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (size < 0)
        die_errno("KVM_GET_VCPU_MMAP_SIZE");
    vcpu->run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED)
        die_errno("mmap of vCPU %u", vcpu->index);
    if (ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
        die_errno("KVM_ARM_PREFERRED_TARGET");
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
    if (sve)
        init.features[0] |= 1u << KVM_ARM_VCPU_SVE;
    if (vm->options->pmu)
        init.features[0] |= 1u << KVM_ARM_VCPU_PMU_V3;
    if (vcpu->index)
        init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
    if (ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init))
        die_errno("KVM_ARM_VCPU_INIT");
    if (sve)
        set_up_sve(vcpu);
}

void vcpus_create(struct vm *vm)
{
    bool sve = want_sve(vm);

    for (unsigned i = 0; i < vm->options->vcpus; i++) {
        vcpus[i].vm = vm;
        vcpus[i].index = i;
        create_vcpu(&vcpus[i], sve);
    }
    if (vm->options->print_sve_vls)
        print_sve_vls(&vcpus[0], sve);
}

static void end_guest(int status)
{
    pthread_mutex_lock(&end_lock);
    if (end_status < 0)
        end_status = status;
    pthread_cond_signal(&ended);
    pthread_mutex_unlock(&end_lock);
}

static void report_no_device(const struct vcpu *vcpu, uint64_t address, unsigned bytes, bool write)
{
    static int reports;

    if (__atomic_fetch_add(&reports, 1, __ATOMIC_RELAXED) < 10)
        fprintf(stderr, "vmm: vcpu %u: %s of %u bytes at %#" PRIx64 ", where no device is\n", vcpu->index,
                write ? "write" : "read", bytes, address);
}

static void handle_mmio(const struct vcpu *vcpu)
{
    struct kvm_run *run = vcpu->run;
    uint64_t address = run->mmio.phys_addr;
    uint32_t value = 0;

    if (address < PL011_BASE || address >= PL011_BASE + PL011_SIZE) {
        report_no_device(vcpu, address, run->mmio.len, run->mmio.is_write);
        memset(run->mmio.data, 0, sizeof(run->mmio.data));
    } else if (run->mmio.is_write) {
        memcpy(&value, run->mmio.data, run->mmio.len < sizeof(value) ? run->mmio.len : sizeof(value));
        pl011_write(&vcpu->vm->uart, address - PL011_BASE, value);
    } else {
        value = pl011_read(&vcpu->vm->uart, address - PL011_BASE);
        memset(run->mmio.data, 0, sizeof(run->mmio.data));
        memcpy(run->mmio.data, &value, sizeof(value));
    }
}

static void set_pmu(const struct vcpu *vcpu, uint64_t attribute, const void *value, const char *name)
{
    struct kvm_device_attr attr = { .group = KVM_ARM_VCPU_PMU_V3_CTRL, .attr = attribute, .addr = (uintptr_t)value };

    if (ioctl(vcpu->fd, KVM_SET_DEVICE_ATTR, &attr))
        die_errno("KVM_SET_DEVICE_ATTR %s", name);
}

void vcpus_connect_pmu(const struct vm *vm)
{
    int interrupt = 16 + PMU_PPI;

    for (unsigned i = 0; vm->options->pmu && i < vm->options->vcpus; i++) {
        set_pmu(&vcpus[i], KVM_ARM_VCPU_PMU_V3_IRQ, &interrupt, "KVM_ARM_VCPU_PMU_V3_IRQ");
        set_pmu(&vcpus[i], KVM_ARM_VCPU_PMU_V3_INIT, NULL, "KVM_ARM_VCPU_PMU_V3_INIT");
    }
}

static int system_event_status(const struct vcpu *vcpu)
{
    switch (vcpu->run->system_event.type) {
    case KVM_SYSTEM_EVENT_SHUTDOWN: return 0;
    case KVM_SYSTEM_EVENT_RESET: fprintf(stderr, "vmm: the guest asked for a reset\n"); return 1;
    default: fprintf(stderr, "vmm: system event %u\n", vcpu->run->system_event.type); return 1;
    }
}

static void die_at_pc(const struct vcpu *vcpu, const char *what, unsigned detail)
{
    uint64_t pc = 0;

    get_register(vcpu, CORE_REG(regs.pc), &pc, "pc");
    console_flush();
    die("vcpu %u at pc %#" PRIx64 ": %s %u", vcpu->index, pc, what, detail);
}

// False once the guest has ended.
static bool handle_exit(const struct vcpu *vcpu)
{
    switch (vcpu->run->exit_reason) {
    case KVM_EXIT_MMIO: handle_mmio(vcpu); return true;
    case KVM_EXIT_INTR: return true;
    case KVM_EXIT_SYSTEM_EVENT: end_guest(system_event_status(vcpu)); return false;
    default: die_at_pc(vcpu, "KVM_RUN ended with exit reason", vcpu->run->exit_reason); return false;
    }
}

static void *run_vcpu(void *argument)
{
    struct vcpu *vcpu = argument;

    for (;;) {
        if (ioctl(vcpu->fd, KVM_RUN, 0) && errno != EINTR && errno != EAGAIN) {
            int error = errno;

            console_flush();
            errno = error;
            die_errno("vcpu %u: KVM_RUN", vcpu->index);
        }
        if (!handle_exit(vcpu))
            return NULL;
    }
}

static void set_entry(const struct vcpu *vcpu, const struct layout *layout)
{
    uint64_t pstate = PSTATE_EL1H_MASKED;

    set_register(vcpu, CORE_REG(regs.pc), &layout->entry, "pc");
    set_register(vcpu, CORE_REG(regs.regs[0]), &layout->dtb, "x0");
    set_register(vcpu, CORE_REG(regs.pstate), &pstate, "pstate");
}

int vcpus_run(struct vm *vm)
{
    set_entry(&vcpus[0], &vm->layout);
    for (unsigned i = 0; i < vm->options->vcpus; i++)
        if (pthread_create(&vcpus[i].thread, NULL, run_vcpu, &vcpus[i]))
            die("cannot start the thread of vCPU %u", i);
    pthread_mutex_lock(&end_lock);
    while (end_status < 0)
        pthread_cond_wait(&ended, &end_lock);
    pthread_mutex_unlock(&end_lock);
    console_flush();
    return end_status;
}
