// The loop round KVM_RUN. Vector registers are not used here, so that the host's are live only where that is measured.
#include "host.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>

static void (*const uses[USES])(void) = { use_none, use_fp, use_sve };

// The C library's functions may use vector registers.
static long system_call(long number, long a, long b, long c)
{
    register long x8 asm("x8") = number;
    register long x0 asm("x0") = a;
    register long x1 asm("x1") = b;
    register long x2 asm("x2") = c;
    asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory", "cc");
    return x0;
}

static void move(struct vcpu *vcpu)
{
    uint64_t mask;
    vcpu->cpu ^= 1;
    mask = UINT64_C(1) << vcpu->cpu;
    system_call(SYS_sched_setaffinity, 0, sizeof(mask), (long)&mask);
}

int vcpu_until_done(struct vcpu *vcpu)
{
    void (*const use)(void) = uses[vcpu->host_use];
    struct kvm_run *run = vcpu->run;

    for (;;) {
        long error;
        use(); // live when the guest is entered
        error = system_call(SYS_ioctl, vcpu->fd, KVM_RUN, 0);
        use(); // and wanted after it
        if (error == -EINTR || error == -EAGAIN)
            continue;
        if (error < 0) {
            errno = (int)-error;
            return -1;
        }
        if (run->exit_reason != KVM_EXIT_MMIO)
            return 1;
        switch (run->mmio.phys_addr) {
        case EXIT_BASE + EXIT_DONE: return 0;
        case EXIT_BASE + EXIT_LOAD: break;
        case EXIT_BASE + EXIT_MOVE: move(vcpu); break;
        default: return 1;
        }
    }
}
