// Results, the KVM API with errors as numbers, and images of the vector registers.
#define _GNU_SOURCE
#include "kvmlab.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PSTATE_EL1H_MASKED 0x3c5ull // EL1h with D, A, I and F masked
#define SVE_FEATURE        (1u << KVM_ARM_VCPU_SVE)
#define MAX_VCPUS          8u

static unsigned passed_checks, failed_checks;

bool check(bool passed, const char *name, const char *format, ...)
{
    va_list arguments;

    if (passed) {
        passed_checks++;
        printf("ok %s\n", name);
    } else {
        failed_checks++;
        printf("not ok %s: ", name);
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
        printf("\n");
    }
    fflush(stdout);
    return passed;
}

const char *error_name(int error)
{
    const char *name = error ? strerrorname_np(error) : "success";

    return name ? name : "an unknown error";
}

bool check_error(int got, int want, const char *name)
{
    return check(got == want, name, "%s, expected %s", error_name(got), error_name(want));
}

unsigned failures(void) { return failed_checks; }
unsigned passes(void) { return passed_checks; }

void die(const char *format, ...)
{
    va_list arguments;

    printf("not ok the test itself: ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
    _exit(1);
}

static int kvm(void)
{
    static int fd = -1;

    if (fd < 0)
        fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (fd < 0)
        die("/dev/kvm: %s", error_name(errno));
    return fd;
}

int extension(int capability) { return ioctl(kvm(), KVM_CHECK_EXTENSION, capability); }

struct vm *vm_create(void)
{
    struct vm *vm = calloc(1, sizeof(*vm));
    struct kvm_userspace_memory_region region = { .guest_phys_addr = GUEST_RAM, .memory_size = GUEST_RAM_SIZE };

    vm->fd = ioctl(kvm(), KVM_CREATE_VM, 0);
    if (vm->fd < 0)
        die("KVM_CREATE_VM: %s", error_name(errno));
    vm->ram = mmap(NULL, GUEST_RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (vm->ram == MAP_FAILED)
        die("mmap of guest memory: %s", error_name(errno));
    memcpy(vm->ram, guest_start, (size_t)(guest_end - guest_start));
    region.userspace_addr = (uintptr_t)vm->ram;
    if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
        die("KVM_SET_USER_MEMORY_REGION: %s", error_name(errno));
    return vm;
}

static size_t run_size(void) { return (size_t)ioctl(kvm(), KVM_GET_VCPU_MMAP_SIZE, 0); }

static struct vcpu *all_vcpus[MAX_VCPUS]; // of the VMs that live

struct vcpu *vcpu_create(struct vm *vm)
{
    struct vcpu *vcpu = calloc(1, sizeof(*vcpu));
    unsigned slot = 0;

    while (slot < MAX_VCPUS && all_vcpus[slot]) {
        vcpu->index += all_vcpus[slot]->vm == vm;
        slot++;
    }
    if (slot == MAX_VCPUS)
        die("more than %u vCPUs", MAX_VCPUS);
    vcpu->vm = vm;
    vcpu->fd = ioctl(vm->fd, KVM_CREATE_VCPU, vcpu->index);
    if (vcpu->fd < 0)
        die("KVM_CREATE_VCPU: %s", error_name(errno));
    vcpu->run = mmap(NULL, run_size(), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
    if (vcpu->run == MAP_FAILED)
        die("mmap of a vCPU: %s", error_name(errno));
    all_vcpus[slot] = vcpu;
    return vcpu;
}

void vm_destroy(struct vm *vm)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < MAX_VCPUS && all_vcpus[i]; i++) {
        struct vcpu *vcpu = all_vcpus[i];

        all_vcpus[i] = NULL;
        if (vcpu->vm != vm) {
            all_vcpus[kept++] = vcpu;
            continue;
        }
        munmap(vcpu->run, run_size());
        close(vcpu->fd);
        free(vcpu);
    }
    close(vm->fd);
    munmap(vm->ram, GUEST_RAM_SIZE);
    free(vm);
}

void vcpu_destroy_all(struct vcpu *vcpu) { vm_destroy(vcpu->vm); }

int vcpu_init(struct vcpu *vcpu, bool sve)
{
    struct kvm_vcpu_init init;

    if (ioctl(vcpu->vm->fd, KVM_ARM_PREFERRED_TARGET, &init))
        die("KVM_ARM_PREFERRED_TARGET: %s", error_name(errno));
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
    if (sve)
        init.features[0] |= SVE_FEATURE;
    if (vcpu->index)
        init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
    return ioctl(vcpu->fd, KVM_ARM_VCPU_INIT, &init) ? errno : 0;
}

int vcpu_finalize(struct vcpu *vcpu, int feature)
{
    return ioctl(vcpu->fd, KVM_ARM_VCPU_FINALIZE, &feature) ? errno : 0;
}

int get_reg(const struct vcpu *vcpu, uint64_t id, void *value)
{
    struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

    return ioctl(vcpu->fd, KVM_GET_ONE_REG, &reg) ? errno : 0;
}

int set_reg(const struct vcpu *vcpu, uint64_t id, const void *value)
{
    struct kvm_one_reg reg = { .id = id, .addr = (uintptr_t)value };

    return ioctl(vcpu->fd, KVM_SET_ONE_REG, &reg) ? errno : 0;
}

int vcpu_run(struct vcpu *vcpu) { return ioctl(vcpu->fd, KVM_RUN, 0) ? errno : 0; }

void vcpu_complete_exit(struct vcpu *vcpu)
{
    int error;

    vcpu->run->immediate_exit = 1;
    error = vcpu_run(vcpu);
    vcpu->run->immediate_exit = 0;
    vcpu->exited = false;
    if (error != EINTR)
        die("KVM_RUN with immediate_exit: %s", error_name(error));
}

int reg_list(const struct vcpu *vcpu, struct kvm_reg_list **list)
{
    struct kvm_reg_list none = { .n = 0 };

    *list = NULL;
    if (!ioctl(vcpu->fd, KVM_GET_REG_LIST, &none))
        die("KVM_GET_REG_LIST with room for no register succeeds");
    if (errno != E2BIG)
        return errno;
    *list = calloc(1, sizeof(**list) + none.n * sizeof((*list)->reg[0]));
    (*list)->n = none.n;
    return ioctl(vcpu->fd, KVM_GET_REG_LIST, *list) ? errno : 0;
}

uint64_t core_id(size_t offset, uint64_t size)
{
    return KVM_REG_ARM64 | KVM_REG_ARM_CORE | size | offset / sizeof(uint32_t);
}

uint64_t get_u64(const struct vcpu *vcpu, uint64_t id)
{
    uint64_t value = 0;
    int error = get_reg(vcpu, id, &value);

    if (error)
        die("KVM_GET_ONE_REG %#llx: %s", (unsigned long long)id, error_name(error));
    return value;
}

struct vcpu *vcpu_ready_in(struct vm *vm, uint32_t vqs)
{
    struct vcpu *vcpu = vcpu_create(vm);
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS] = { vqs };
    int error = vcpu_init(vcpu, vqs != 0);

    if (!error && vqs)
        error = set_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map);
    if (!error && vqs)
        error = vcpu_finalize(vcpu, KVM_ARM_VCPU_SVE);
    if (error)
        die("a vCPU with the lengths %s: %s", vqs_name(vqs), error_name(error));
    return vcpu;
}

struct vcpu *vcpu_ready(uint32_t vqs) { return vcpu_ready_in(vm_create(), vqs); }

void vcpu_start(struct vcpu *vcpu, const void *entry, unsigned count, const uint64_t *x)
{
    uint64_t pc = GUEST_RAM + (uint64_t)((const uint8_t *)entry - guest_start);
    uint64_t pstate = PSTATE_EL1H_MASKED, mmio = GUEST_MMIO;
    int error;

    if (vcpu->exited)
        vcpu_complete_exit(vcpu);
    error = set_reg(vcpu, CORE_U64(regs.pc), &pc) | set_reg(vcpu, CORE_U64(regs.pstate), &pstate) |
            set_reg(vcpu, CORE_U64(regs.regs[18]), &mmio);
    for (unsigned i = 0; i < count; i++)
        error |= set_reg(vcpu, CORE_U64(regs.regs[0]) + i * 2, &x[i]);
    if (error)
        die("the first registers of a vCPU: %s", error_name(error));
}

uint64_t vcpu_next(struct vcpu *vcpu, unsigned *offset)
{
    struct kvm_run *run = vcpu->run;
    uint64_t value = 0;
    int error;

    do
        error = vcpu_run(vcpu);
    while (error == EINTR || error == EAGAIN);
    if (error)
        die("KVM_RUN: %s", error_name(error));
    if (run->exit_reason != KVM_EXIT_MMIO || !run->mmio.is_write || run->mmio.phys_addr - GUEST_MMIO >= 64)
        die("KVM_RUN ended with exit reason %u at pc %#llx", run->exit_reason,
            (unsigned long long)get_u64(vcpu, CORE_U64(regs.pc)));
    vcpu->exited = true;
    memcpy(&value, run->mmio.data, sizeof(value));
    *offset = (unsigned)(run->mmio.phys_addr - GUEST_MMIO);
    return value;
}

uint32_t user_vqs(void)
{
    uint32_t vqs = 0;
    int saved = prctl(PR_SVE_GET_VL);

    if (saved < 0)
        return 0;
    // The kernel takes the largest length not above the one that is asked for.
    for (unsigned vq = MAX_VQ; vq; vq--) {
        int got = prctl(PR_SVE_SET_VL, vq * 16);

        if (got >= 0)
            vqs |= 1u << ((unsigned)(got & PR_SVE_VL_LEN_MASK) / 16 - 1);
    }
    prctl(PR_SVE_SET_VL, saved & PR_SVE_VL_LEN_MASK);
    return vqs;
}

uint32_t guest_vqs(void)
{
    static uint32_t vqs;
    struct vcpu *vcpu;
    uint64_t map[KVM_ARM64_SVE_VLS_WORDS];

    if (vqs || extension(KVM_CAP_ARM_SVE) <= 0)
        return vqs;
    vcpu = vcpu_create(vm_create());
    if (vcpu_init(vcpu, true) || get_reg(vcpu, KVM_REG_ARM64_SVE_VLS, map))
        die("KVM_REG_ARM64_SVE_VLS cannot be read");
    vcpu_destroy_all(vcpu);
    return vqs = (uint32_t)map[0];
}

unsigned largest(uint32_t vqs) { return vqs ? 32u - (unsigned)__builtin_clz(vqs) : 0; }

uint32_t up_to(uint32_t vqs, unsigned vq) { return vqs & (uint32_t)((UINT64_C(1) << vq) - 1); }

const char *vqs_name(uint32_t vqs)
{
    static char names[4][96];
    static unsigned next;
    char *name = names[next++ % 4];
    size_t length = 0;

    strcpy(name, "none");
    for (unsigned vq = 1; vq <= MAX_VQ; vq++)
        if (vqs >> (vq - 1) & 1)
            length += (size_t)sprintf(name + length, "%s%u", length ? " " : "", vq * 16);
    return name;
}

void image_fill(struct image *image, unsigned vl, unsigned seed)
{
    memset(image, 0, sizeof(*image));
    for (unsigned i = 0; i < 32 * vl; i++)
        image->z[i] = (uint8_t)(seed + i * 7 + i / vl * 13);
    for (unsigned i = 0; i < 16 * vl / 8; i++)
        image->p[i] = (uint8_t)(seed * 3 + i * 11 + 1);
    for (unsigned bit = 0; bit < vl / 2 + seed % 8; bit++)
        image->p[16 * vl / 8 + bit / 8] |= (uint8_t)(1u << bit % 8);
}

bool image_same(const struct image *got, const struct image *want, unsigned vl, char what[96])
{
    unsigned pl = vl / 8;

    for (unsigned i = 0; i < 32 * vl; i++)
        if (got->z[i] != want->z[i]) {
            snprintf(what, 96, "z%u byte %u is %#04x, not %#04x", i / vl, i % vl, got->z[i], want->z[i]);
            return false;
        }
    for (unsigned i = 0; i < 17 * pl; i++)
        if (got->p[i] != want->p[i]) {
            snprintf(what, 96, "%s%u byte %u is %#04x, not %#04x", i / pl == 16 ? "ffr" : "p", i / pl % 16, i % pl,
                     got->p[i], want->p[i]);
            return false;
        }
    what[0] = 0;
    return true;
}

static uint64_t p_id(unsigned n) { return n == 16 ? KVM_REG_ARM64_SVE_FFR(0) : KVM_REG_ARM64_SVE_PREG(n, 0); }

void image_get(const struct vcpu *vcpu, struct image *image, unsigned vl)
{
    uint8_t value[256];

    for (unsigned n = 0; n < 32 + 17; n++) {
        int error = get_reg(vcpu, n < 32 ? KVM_REG_ARM64_SVE_ZREG(n, 0) : p_id(n - 32), value);

        if (error)
            die("KVM_GET_ONE_REG of %c%u: %s", n < 32 ? 'z' : 'p', n % 32, error_name(error));
        if (n < 32)
            memcpy(image->z + n * vl, value, vl);
        else
            memcpy(image->p + (n - 32) * vl / 8, value, vl / 8);
    }
}

void image_set(const struct vcpu *vcpu, const struct image *image, unsigned vl)
{
    uint8_t value[256];

    for (unsigned n = 0; n < 32 + 17; n++) {
        int error;

        // What lies above the vector length is ignored, so it need not be zero.
        memset(value, 0xee, sizeof(value));
        if (n < 32)
            memcpy(value, image->z + n * vl, vl);
        else
            memcpy(value, image->p + (n - 32) * vl / 8, vl / 8);
        error = set_reg(vcpu, n < 32 ? KVM_REG_ARM64_SVE_ZREG(n, 0) : p_id(n - 32), value);
        if (error)
            die("KVM_SET_ONE_REG of %c%u: %s", n < 32 ? 'z' : 'p', n % 32, error_name(error));
    }
}

void image_to_guest(const struct vcpu *vcpu, const struct image *image, unsigned vl)
{
    uint8_t *to = vcpu->vm->ram + (GUEST_IN(vcpu) - GUEST_RAM);

    memcpy(to, image->z, 32 * vl);
    memcpy(to + GUEST_P, image->p, 17 * vl / 8);
}

void image_from_guest(const struct vcpu *vcpu, struct image *image, unsigned vl)
{
    const uint8_t *from = vcpu->vm->ram + (GUEST_OUT(vcpu) - GUEST_RAM);

    memcpy(image->z, from, 32 * vl);
    memcpy(image->p, from + GUEST_P, 17 * vl / 8);
}

void start_hold(struct vcpu *vcpu, unsigned zcr, uint64_t ticks)
{
    uint64_t in = GUEST_IN(vcpu), out = GUEST_OUT(vcpu);

    vcpu_start(vcpu, guest_hold, 6, (const uint64_t[]){ in, in + GUEST_P, out, out + GUEST_P, zcr, ticks });
}

void pin(pid_t thread, unsigned cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(thread, sizeof(set), &set))
        die("sched_setaffinity to CPU %u: %s", cpu, error_name(errno));
}

unsigned online_cpus(void) { return (unsigned)sysconf(_SC_NPROCESSORS_ONLN); }
