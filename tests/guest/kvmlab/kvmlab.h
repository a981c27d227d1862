// The laboratory's programs: questions about KVM's SVE interface, asked through the KVM API itself in the emulated
// host. Each file holds one group of tests; `kvmlab GROUP...` runs them. Where a comment says api.rst, it is the
// kernel's Documentation/virt/kvm/api.rst; other sources are files of the kernel.
#ifndef KVMLAB_H
#define KVMLAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/kvm.h>

#define GUEST_RAM      0x40000000ull
#define GUEST_RAM_SIZE 0x00400000ull
#define GUEST_DATA     0x40100000ull // images of vector registers: GUEST_IN, GUEST_OUT of vCPU n
#define GUEST_MMIO     0x0a000000ull // nothing is there: an access is an exit

#define MAX_VQ 16u // 2048 bits

// The bits above those of Z0-Z31, P0-P15 and FFR one after the other, packed for the vector length in force.
struct image {
    uint8_t z[32 * MAX_VQ * 16];
    uint8_t p[17 * MAX_VQ * 2];
};

struct vm {
    int fd;
    uint8_t *ram;
};

struct vcpu {
    struct vm *vm;
    int fd;
    unsigned index;
    bool exited; // the last exit is still to be completed
    struct kvm_run *run;
};

// ---- kvmlab.c: results, and the KVM API with errors as numbers
// ----------------------------------------------------------

// Prints `ok NAME`, or `not ok NAME: ` and the message, and counts; returns `passed`.
__attribute__((format(printf, 3, 4))) bool check(bool passed, const char *name, const char *format, ...);
// The same for an errno (0: success) that a call is expected to give.
bool check_error(int got, int want, const char *name);
unsigned failures(void);
unsigned passes(void);
// What cannot be a finding about KVM's SVE: counts as a failure and ends the program.
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
// An errno's name: "EPERM"; "success" for 0.
const char *error_name(int error);

// KVM_CHECK_EXTENSION.
int extension(int capability);
struct vm *vm_create(void);
// Everything that belongs to the VM, its vCPUs' run areas too.
void vm_destroy(struct vm *vm);
// Without KVM_ARM_VCPU_INIT.
struct vcpu *vcpu_create(struct vm *vm);
// These return 0 or an errno.
int vcpu_init(struct vcpu *vcpu, bool sve);
int vcpu_finalize(struct vcpu *vcpu, int feature);
int get_reg(const struct vcpu *vcpu, uint64_t id, void *value);
int set_reg(const struct vcpu *vcpu, uint64_t id, const void *value);
int vcpu_run(struct vcpu *vcpu);
// With immediate_exit: completes what the last exit left to be done and executes no instruction (api.rst, struct
// kvm_run).
void vcpu_complete_exit(struct vcpu *vcpu);
// 0 or an errno; *list is to be freed.
int reg_list(const struct vcpu *vcpu, struct kvm_reg_list **list);

// A vCPU in a VM of its own, ready to run: with SVE and these lengths (bit vq - 1), or without SVE for 0.
struct vcpu *vcpu_ready(uint32_t vqs);
struct vcpu *vcpu_ready_in(struct vm *vm, uint32_t vqs);
void vcpu_destroy_all(struct vcpu *vcpu);
// PC, X0 and up; an exit that is not complete is completed first, since that moves the PC.
void vcpu_start(struct vcpu *vcpu, const void *entry, unsigned count, const uint64_t *x);
// Runs until a store of the guest to GUEST_MMIO + *offset; any other end is fatal. Returns the stored value.
uint64_t vcpu_next(struct vcpu *vcpu, unsigned *offset);
uint64_t core_id(size_t offset, uint64_t size);
#define CORE_U64(field)  core_id(offsetof(struct kvm_regs, field), KVM_REG_SIZE_U64)
#define CORE_U128(field) core_id(offsetof(struct kvm_regs, field), KVM_REG_SIZE_U128)
// A register of 64 bits that must be there.
uint64_t get_u64(const struct vcpu *vcpu, uint64_t id);

// Lengths as sets of vq, bit vq - 1: what user space has on this host (PR_SVE_SET_VL), what guests may have
// (KVM_REG_ARM64_SVE_VLS of a new vCPU), 0 without SVE.
uint32_t user_vqs(void);
uint32_t guest_vqs(void);
unsigned largest(uint32_t vqs); // the largest vq of a set
uint32_t up_to(uint32_t vqs, unsigned vq);
const char *vqs_name(uint32_t vqs); // in bytes: "16 32"; valid until the fourth call after

// A distinct byte for every position; FFR is a run of ones from the bottom, as only such values are predictable.
void image_fill(struct image *image, unsigned vl, unsigned seed);
// True if alike; else `what` says where they differ.
bool image_same(const struct image *got, const struct image *want, unsigned vl, char what[96]);
// Through KVM_GET_ONE_REG and KVM_SET_ONE_REG.
void image_get(const struct vcpu *vcpu, struct image *image, unsigned vl);
void image_set(const struct vcpu *vcpu, const struct image *image, unsigned vl);
// Guest memory for an image, as the guest sees it and as we do.
#define GUEST_IN(vcpu)  (GUEST_DATA + (vcpu)->index * 0x20000ull)
#define GUEST_OUT(vcpu) (GUEST_IN(vcpu) + 0x10000)
#define GUEST_P         0x4000 // of the predicates in an image in guest memory
void image_to_guest(const struct vcpu *vcpu, const struct image *image, unsigned vl);
void image_from_guest(const struct vcpu *vcpu, struct image *image, unsigned vl);
// Starts guest_hold: the guest keeps GUEST_IN's image over an exit, or over `ticks` of the counter if not 0.
void start_hold(struct vcpu *vcpu, unsigned zcr, uint64_t ticks);

void pin(pid_t thread, unsigned cpu);
unsigned online_cpus(void);
uint64_t counter_ticks(unsigned milliseconds); // of the system counter

// ---- guest.S: code for EL1 with the MMU off, copied to GUEST_RAM
// ------------------------------------------------------ Arguments in X0 and up; each sends values by stores to
// GUEST_MMIO.
extern const uint8_t guest_start[], guest_end[];
extern const uint8_t guest_vectors[]; // counts an exception, skips the instruction
extern const uint8_t guest_hold[], guest_exit[], guest_v[], guest_probe[], guest_ids[], guest_psci_on[],
    guest_psci_off[];
#define PROBES 8u
extern const char *const probe_names[PROBES];

// ---- The tests
// -------------------------------------------------------------------------------------------------------
void test_registers(void); // Z, P and FFR through KVM_{GET,SET}_ONE_REG; V beside them
void test_list(void);      // KVM_GET_REG_LIST
void test_finalize(void);  // what works before and after KVM_ARM_VCPU_FINALIZE
void test_vls(void);       // every set of lengths for KVM_REG_ARM64_SVE_VLS
void test_mix(void);       // a VM with a vCPU with and one without SVE
void test_no_sve(void);    // what a guest without SVE sees
void test_migrate(void);   // a vCPU on ever another CPU
void test_psci(void);      // CPU_OFF and CPU_ON, and the host's memory
void test_host_sve(void);  // the vCPU thread's own SVE registers
void test_softirq(void);   // kernel-mode NEON in a softirq while a guest's registers are in the CPU
int save(void);
int restore(const char *path);

#endif
