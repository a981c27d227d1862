// A small KVM userspace for the emulator's tests: options, the virtual machine, its memory and interrupt controller.
#define _GNU_SOURCE
#include "vmm.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#define MIB     0x100000ull
#define NR_IRQS 64u // the least that the distributor takes: 32 SPIs

static struct vm vm;

__attribute__((format(printf, 1, 0))) static void print_message(const char *format, va_list arguments)
{
    fflush(stdout);
    fprintf(stderr, "vmm: ");
    vfprintf(stderr, format, arguments);
}

void die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    exit(1);
}

void die_errno(const char *format, ...)
{
    int error = errno;
    const char *name = strerrorname_np(error);
    va_list arguments;

    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    fprintf(stderr, ": %s (%s)\n", name ? name : "?", strerror(error));
    exit(1);
}

__attribute__((noreturn, format(printf, 1, 2))) static void usage(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    print_message(format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n"
                    "usage: vmm [--vcpus N] [--mem SIZE] [--no-sve | --sve-max-vl BITS | --sve-vls BITS+BITS...]\n"
                    "           [--print-sve-vls] [--mte] [--pmu]\n"
                    "           (--payload FILE | --kernel IMAGE [--initrd FILE] [--append STR] [--cmd STR])\n"
                    "  --cmd STR appends svemu.cmd=\"STR\" to the kernel's command line\n"
                    "  Without a choice the guest has SVE with all lengths that the host offers. Ctrl-] ends it.\n");
    exit(2);
}

static uint64_t parse_number(const char *option, const char *text, uint64_t lowest, uint64_t highest)
{
    char *rest;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &rest, 0);
    if (errno || rest == text || *rest || *text == '-' || value < lowest || value > highest)
        usage("%s %s: not a number from %llu to %llu", option, text, (unsigned long long)lowest,
              (unsigned long long)highest);
    return value;
}

static uint64_t parse_size(const char *option, const char *text)
{
    char *rest;
    unsigned long long value = strtoull(text, &rest, 0);
    unsigned shift = *rest == 'K' ? 10 : *rest == 'M' ? 20 : *rest == 'G' ? 30 : 0;

    if (rest == text || rest[shift ? 1 : 0] || value > UINT64_MAX >> 24 >> shift || value << shift < 8 * MIB ||
        (value << shift) % (2 * MIB))
        usage("%s %s: not a size of at least 8M in steps of 2M", option, text);
    return value << shift;
}

static unsigned parse_vl(const char *option, const char *text)
{
    unsigned bits = (unsigned)parse_number(option, text, 128, MAX_VL_BITS);

    if (bits % 128)
        usage("%s %s: not a multiple of 128", option, text);
    return bits;
}

static uint32_t parse_vl_list(const char *option, const char *text)
{
    char list[128], *at = list, *item;
    uint32_t vqs = 0;

    if (strlen(text) >= sizeof(list))
        usage("%s: the list is too long", option);
    strcpy(list, text);
    while ((item = strsep(&at, "+,")))
        vqs |= 1u << (parse_vl(option, item) / 128 - 1);
    return vqs;
}

static void set_sve(struct options *options, enum sve_choice choice)
{
    if (options->sve != SVE_HOST_DEFAULT)
        usage("only one of --no-sve, --sve-max-vl and --sve-vls can be given");
    options->sve = choice;
}

enum option_name {
    VCPUS,
    MEM,
    NO_SVE,
    SVE_MAX_VL,
    SVE_VLS,
    PRINT_SVE_VLS,
    MTE,
    PMU,
    PAYLOAD,
    KERNEL,
    INITRD,
    APPEND,
    CMD
};

static void set_option(struct options *options, enum option_name name, const char *value)
{
    switch (name) {
    case VCPUS: options->vcpus = (unsigned)parse_number("--vcpus", value, 1, MAX_VCPUS); break;
    case MEM: options->memory = parse_size("--mem", value); break;
    case NO_SVE: set_sve(options, SVE_NONE); break;
    case SVE_MAX_VL:
        set_sve(options, SVE_UP_TO);
        options->sve_max_bits = parse_vl("--sve-max-vl", value);
        break;
    case SVE_VLS:
        set_sve(options, SVE_LIST);
        options->sve_vqs = parse_vl_list("--sve-vls", value);
        break;
    case PRINT_SVE_VLS: options->print_sve_vls = true; break;
    case MTE: options->mte = true; break;
    case PMU: options->pmu = true; break;
    case PAYLOAD: options->payload = value; break;
    case KERNEL: options->kernel = value; break;
    case INITRD: options->initrd = value; break;
    case APPEND: options->append = value; break;
    case CMD: options->command = value; break;
    }
}

static struct options parse_options(int argc, char **argv)
{
    static const struct option names[] = {
        { "vcpus", required_argument, NULL, VCPUS },
        { "mem", required_argument, NULL, MEM },
        { "no-sve", no_argument, NULL, NO_SVE },
        { "sve-max-vl", required_argument, NULL, SVE_MAX_VL },
        { "sve-vls", required_argument, NULL, SVE_VLS },
        { "print-sve-vls", no_argument, NULL, PRINT_SVE_VLS },
        { "mte", no_argument, NULL, MTE },
        { "pmu", no_argument, NULL, PMU },
        { "payload", required_argument, NULL, PAYLOAD },
        { "kernel", required_argument, NULL, KERNEL },
        { "initrd", required_argument, NULL, INITRD },
        { "append", required_argument, NULL, APPEND },
        { "cmd", required_argument, NULL, CMD },
        { NULL, 0, NULL, 0 },
    };
    struct options options = { .vcpus = 1, .memory = 256 * MIB };
    int name;

    opterr = 0;
    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (name == '?')
            usage("%s: unknown option, or its value is missing", argv[optind - 1]);
        set_option(&options, (enum option_name)name, optarg);
    }
    if (optind < argc)
        usage("%s: not an option", argv[optind]);
    if (options.payload && options.kernel)
        usage("--payload and --kernel exclude one another");
    if (!options.payload && !options.kernel && !options.print_sve_vls)
        usage("nothing to run: --payload or --kernel is needed");
    if (options.kernel && !options.append)
        options.append = "console=ttyAMA0";
    return options;
}

static void create_memory(void)
{
    struct kvm_userspace_memory_region region = { .guest_phys_addr = RAM_BASE };

    region.memory_size = vm.options->memory;
    vm.ram = mmap(NULL, region.memory_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (vm.ram == MAP_FAILED)
        die_errno("--mem: mmap of %llu bytes", region.memory_size);
    region.userspace_addr = (uintptr_t)vm.ram;
    if (ioctl(vm.fd, KVM_SET_USER_MEMORY_REGION, &region))
        die_errno("KVM_SET_USER_MEMORY_REGION");
}

static void set_gic(uint32_t group, uint64_t attribute, const void *value, const char *name)
{
    struct kvm_device_attr attr = { .group = group, .attr = attribute, .addr = (uintptr_t)value };

    if (ioctl(vm.gic, KVM_SET_DEVICE_ATTR, &attr))
        die_errno("KVM_SET_DEVICE_ATTR %s", name);
}

// The vCPUs exist already: initialising the VGIC counts them.
static void create_gic(void)
{
    struct kvm_create_device device = { .type = KVM_DEV_TYPE_ARM_VGIC_V3 };
    uint64_t distributor = GICD_BASE, redistributors = GICR_BASE;
    uint32_t interrupts = NR_IRQS;

    if (ioctl(vm.fd, KVM_CREATE_DEVICE, &device))
        die_errno("KVM_CREATE_DEVICE KVM_DEV_TYPE_ARM_VGIC_V3");
    vm.gic = (int)device.fd;
    set_gic(KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &interrupts, "KVM_DEV_ARM_VGIC_GRP_NR_IRQS");
    set_gic(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST, &distributor, "KVM_VGIC_V3_ADDR_TYPE_DIST");
    set_gic(KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST, &redistributors, "KVM_VGIC_V3_ADDR_TYPE_REDIST");
    set_gic(KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT, NULL, "KVM_DEV_ARM_VGIC_CTRL_INIT");
}

static void set_uart_irq(bool on)
{
    struct kvm_irq_level line = { .level = on };

    line.irq = KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | (32 + PL011_SPI);
    if (ioctl(vm.fd, KVM_IRQ_LINE, &line))
        die_errno("KVM_IRQ_LINE");
}

static void open_kvm(void)
{
    int version;

    vm.kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (vm.kvm < 0)
        die_errno("/dev/kvm");
    version = ioctl(vm.kvm, KVM_GET_API_VERSION, 0);
    if (version != KVM_API_VERSION)
        die("KVM_GET_API_VERSION: %d, not %d", version, KVM_API_VERSION);
    vm.fd = ioctl(vm.kvm, KVM_CREATE_VM, 0);
    if (vm.fd < 0)
        die_errno("KVM_CREATE_VM");
}

// Before there are vCPUs.
static void enable_mte(void)
{
    struct kvm_enable_cap cap = { .cap = KVM_CAP_ARM_MTE };

    if (ioctl(vm.fd, KVM_ENABLE_CAP, &cap))
        die_errno("KVM_ENABLE_CAP KVM_CAP_ARM_MTE");
}

int main(int argc, char **argv)
{
    struct options options = parse_options(argc, argv);

    vm.options = &options;
    open_kvm();
    create_memory();
    if (options.mte)
        enable_mte();
    vcpus_create(&vm);
    if (!options.payload && !options.kernel)
        return 0;
    create_gic();
    vcpus_connect_pmu(&vm);
    load_guest(&vm);
    pl011_init(&vm.uart, set_uart_irq);
    console_start(&vm.uart);
    return vcpus_run(&vm);
}
