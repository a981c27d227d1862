// User space of kvmcost.
#ifndef KVMCOST_HOST_H
#define KVMCOST_HOST_H

#include <linux/kvm.h>

#include "kvmcost.h"

struct vcpu {
    int fd;
    unsigned index;
    struct kvm_run *run;
    unsigned cpu;      // that the thread runs on
    enum use host_use; // what user space does at each exit
};

// Runs the guest until it writes EXIT_DONE: 0, else -1 with errno, or 1 for an exit that is not expected. Between the
// exits nothing touches a vector register but what host_use says (vcpu.c is compiled without them).
int vcpu_until_done(struct vcpu *vcpu);

void use_none(void), use_fp(void), use_sve(void);
extern const uint8_t payload[], payload_end[];

#endif
