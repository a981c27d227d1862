// A small KVM userspace for arm64 on QEMU virt's memory map: what its files share.
#ifndef VMM_H
#define VMM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/kvm.h>

#define GICD_BASE   0x08000000ull
#define GICD_SIZE   0x00010000ull
#define GICR_BASE   0x080a0000ull
#define GICR_STRIDE 0x00020000ull
#define PL011_BASE  0x09000000ull
#define PL011_SIZE  0x00001000ull
#define PL011_SPI   1u
#define PMU_PPI     7u
#define RAM_BASE    0x40000000ull

#define MAX_VCPUS   123u // what fits between GICR_BASE and PL011_BASE
#define MAX_VL_BITS 2048u
#define MAX_VQ      (MAX_VL_BITS / 128)

enum sve_choice { SVE_HOST_DEFAULT, SVE_NONE, SVE_UP_TO, SVE_LIST };

// What the command line asks for.
struct options {
    unsigned vcpus;
    uint64_t memory; // bytes
    enum sve_choice sve;
    unsigned sve_max_bits; // SVE_UP_TO
    uint32_t sve_vqs;      // SVE_LIST: bit vq - 1 for every vector length of vq * 128 bits
    bool print_sve_vls;
    bool mte; // KVM_CAP_ARM_MTE
    bool pmu; // KVM_ARM_VCPU_PMU_V3
    const char *payload, *kernel, *initrd, *append, *command;
};

// Where in guest physical memory things lie; sizes of 0 mean absent.
struct layout {
    uint64_t entry, dtb, initrd, initrd_size;
};

struct pl011 {
    pthread_mutex_t lock;
    uint8_t rx[32]; // a ring: `count` bytes from `first`
    unsigned first, count;
    uint32_t ibrd, fbrd, lcr_h, cr, ifls, imsc, ris;
    bool level;               // of the interrupt line
    pthread_cond_t room;      // in rx, for the thread that reads standard input
    void (*set_irq)(bool on); // drives the line
};

struct vm {
    const struct options *options;
    int kvm, fd, gic;
    uint8_t *ram;
    struct layout layout;
    struct pl011 uart;
};

// Ends the program with status 1 after `vmm: ` and the message; die_errno adds errno's name and text.
__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
__attribute__((noreturn, format(printf, 1, 2))) void die_errno(const char *format, ...);

// fdt.c: writes the device tree into `to` and returns its size in bytes, at most `room`, or ends the program.
size_t fdt_build(const struct vm *vm, uint8_t *to, size_t room);

// load.c: puts payload or kernel, initrd and device tree into guest memory and fills vm->layout.
void load_guest(struct vm *vm);

// pl011.c: registers by offset from PL011_BASE (PrimeCell UART PL011 TRM, DDI 0183). Safe from any thread.
void pl011_init(struct pl011 *uart, void (*set_irq)(bool on));
uint32_t pl011_read(struct pl011 *uart, uint64_t offset);
void pl011_write(struct pl011 *uart, uint64_t offset, uint32_t value);
// Gives the guest one received byte; waits while its FIFO is full.
void pl011_receive(struct pl011 *uart, uint8_t byte);

// console.c: standard output and input of the program as the other end of the UART's line.
void console_start(struct pl011 *uart);
void console_put(uint8_t byte);
void console_flush(void);

// vcpu.c: creates the vCPUs with the features that the options ask for, gives them their PMU's interrupt (once there is
// an interrupt controller), and runs them until the guest ends; returns the exit status (0 after PSCI SYSTEM_OFF).
void vcpus_create(struct vm *vm);
void vcpus_connect_pmu(const struct vm *vm);
int vcpus_run(struct vm *vm);

#endif
