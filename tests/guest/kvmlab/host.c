// What a guest may do to its host's registers and the host to its guest's: two bugs that "KVM: arm64: Unconditionally
// save+flush host FPSIMD/SVE/SME state" and "KVM: arm64: Eagerly switch ZCR_EL{1,2}" (Linux 6.14 and its stable
// kernels) fixed. On a kernel without them these tests fail in the way that their comments say.
#define _GNU_SOURCE
#include "kvmlab.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

// svevl_sve.S
void sve_load(const void *z, const void *p);
int sve_hold_switch(const void *z, const void *p, void *z_out, void *p_out, const uint64_t *turns, uint64_t ticks);

uint64_t counter_ticks(unsigned milliseconds)
{
    uint64_t frequency;

    __asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
    return frequency * milliseconds / 1000;
}

// ---- The host's own SVE state
// ----------------------------------------------------------------------------------------

static volatile uint64_t turns; // of the task that shares the CPU
static volatile bool stop_sharing;

static void *share_cpu(void *argument)
{
    struct image scribble;

    (void)argument;
    prctl(PR_SVE_SET_VL, largest(user_vqs()) * 16);
    image_fill(&scribble, largest(user_vqs()) * 16, 0xd1);
    while (!stop_sharing) {
        sve_load(scribble.z, scribble.p);
        turns++;
    }
    return NULL;
}

#define HOST_ROUNDS 12u

// The thread uses SVE, runs the vCPU, uses SVE again without another system call, and loses the CPU meanwhile.
static void host_rounds(struct vcpu *vcpu, const char *name)
{
    unsigned vl = largest(user_vqs()) * 16, wrong = 0, switched = 0, offset;
    struct image held, got;
    char what[96] = "", where[96];

    for (unsigned round = 0; round < HOST_ROUNDS; round++) {
        image_fill(&held, vl, round * 5 + 1);
        sve_load(held.z, held.p);
        vcpu_next(vcpu, &offset);
        switched += sve_hold_switch(held.z, held.p, got.z, got.p, (const uint64_t *)&turns, counter_ticks(2000)) != 0;
        if (!image_same(&got, &held, vl, where) && !wrong++)
            memcpy(what, where, sizeof(what));
    }
    check(!wrong, name, "%u of %u rounds are not, first %s", wrong, HOST_ROUNDS, what);
    check(switched == HOST_ROUNDS, "another task ran on the CPU in every round", "in %u of %u", switched, HOST_ROUNDS);
}

/*
 * Without the first fix fpsimd_kvm_prepare() clears TIF_SVE while CPACR_EL1.ZEN goes on letting user space use SVE.
 * What the thread puts into Z after KVM_RUN is then saved as V alone at the next switch: bits 128 and up come back as
 * zero.
 */
void test_host_sve(void)
{
    struct vcpu *vcpu = vcpu_ready(guest_vqs()), *plain = vcpu_ready(0);
    pthread_t thread;

    pin(0, 0);
    prctl(PR_SVE_SET_VL, largest(user_vqs()) * 16);
    stop_sharing = false;
    if (pthread_create(&thread, NULL, share_cpu, NULL)) // it inherits the CPU
        die("no thread");
    vcpu_start(vcpu, guest_exit, 0, NULL);
    host_rounds(vcpu, "the vCPU thread's Z and P are kept after a guest that uses no vectors");
    vcpu_start(plain, guest_exit, 0, NULL);
    host_rounds(plain, "the vCPU thread's Z and P are kept after a guest without SVE");
    start_hold(vcpu, 15, 0);
    host_rounds(vcpu, "the vCPU thread's Z and P are kept after a guest that uses SVE");
    stop_sharing = true;
    pthread_join(thread, NULL);
    vcpu_destroy_all(vcpu), vcpu_destroy_all(plain);
}

// ---- Kernel-mode NEON in a softirq
// -----------------------------------------------------------------------------------

#define PORT         7000
#define VCPU_CPU     1u
#define MIN_PACKETS  200u
#define GUEST_ROUNDS 200u

static uint32_t crc32c(const uint8_t *data, size_t size)
{
    uint32_t crc = ~0u;

    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
    }
    return ~crc;
}

// RFC 9260: the common header and an INIT chunk. Whoever listens answers with a cookie, signed with HMAC-SHA1.
static void make_init(uint8_t packet[32])
{
    static const uint8_t chunk[20] = { 1, 0, 0, 20, 0x12, 0x34, 0x56, 0x78, 0, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1 };
    uint16_t port = htons(PORT);
    uint32_t crc;

    memset(packet, 0, 32);
    packet[1] = 99; // the source port
    memcpy(packet + 2, &port, 2);
    memcpy(packet + 12, chunk, sizeof(chunk));
    crc = crc32c(packet, 32);
    memcpy(packet + 8, &crc, 4); // little-endian, as the sum of SCTP is
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        close(fd);
    return written;
}

static bool file_has(const char *path, const char *text)
{
    static char content[65536];
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(content, 1, sizeof(content) - 1, file) : 0;

    content[length] = 0;
    if (file)
        fclose(file);
    return strstr(content, text) != NULL;
}

// Packets that a CPU's NET_RX softirq has handled: /proc/net/softnet_stat, the first column, a line for each CPU.
static unsigned packets_on(unsigned cpu)
{
    FILE *file = fopen("/proc/net/softnet_stat", "r");
    char line[256];
    unsigned packets = 0;

    for (unsigned i = 0; file && i <= cpu && fgets(line, sizeof(line), file); i++)
        packets = (unsigned)strtoul(line, NULL, 16);
    if (file)
        fclose(file);
    return packets;
}

// The listener, and the loopback device up with its packets handled on the vCPU's CPU. NULL, or what is missing.
static const char *network(int *raw)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(PORT) };
    struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
    int control = socket(AF_INET, SOCK_DGRAM, 0), listener = socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP);

    if (listener < 0)
        return "no SCTP in this kernel";
    if (control < 0 || ioctl(control, SIOCSIFFLAGS, &up))
        return "the loopback device does not come up";
    close(control);
    if (!file_has("/proc/crypto", "sha1-ce"))
        return "no SHA-1 by kernel-mode NEON in this kernel";
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener, (struct sockaddr *)&address, sizeof(address)) || listen(listener, 5))
        return "SCTP does not listen";
    *raw = socket(AF_INET, SOCK_RAW, IPPROTO_SCTP);
    if (*raw < 0)
        return "no raw socket";
    if (!write_file("/sys/class/net/lo/queues/rx-0/rps_cpus", "2\n"))
        return "no receive packet steering in this kernel";
    return NULL;
}

struct outcome {
    volatile unsigned rounds, wrong;
    char what[96];
};

// In a process of its own, since the bug kills it. The guest's ZCR_EL1.LEN is below what KVM_REG_ARM64_SVE_VLS allows.
static void hold_under_softirqs(struct outcome *outcome)
{
    struct vcpu *vcpu = vcpu_ready(guest_vqs());
    struct image held, got;
    char where[96];
    unsigned offset;

    pin(0, VCPU_CPU);
    image_fill(&held, 16, 3);
    image_to_guest(vcpu, &held, 16);
    start_hold(vcpu, 0, counter_ticks(2));
    while (outcome->rounds < GUEST_ROUNDS) {
        uint64_t rdvl = vcpu_next(vcpu, &offset);

        image_from_guest(vcpu, &got, 16);
        if ((rdvl != 16 || !image_same(&got, &held, 16, where)) && !outcome->wrong++)
            snprintf(outcome->what, sizeof(outcome->what), "RDVL %u, %.70s", (unsigned)rdvl, rdvl == 16 ? where : "");
        image_fill(&held, 16, outcome->rounds * 3 + 4);
        image_to_guest(vcpu, &held, 16);
        outcome->rounds++;
    }
    vcpu_destroy_all(vcpu);
    _exit(0);
}

// Sends INIT packets from another CPU until the child ends; how many, and the child's status.
static unsigned send_until(int raw, pid_t child, int *status)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    uint8_t packet[32];
    unsigned sent = 0;

    make_init(packet);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    pin(0, 0);
    while (waitpid(child, status, WNOHANG) == 0) {
        sent += sendto(raw, packet, sizeof(packet), 0, (struct sockaddr *)&address, sizeof(address)) == sizeof(packet);
        usleep(500);
    }
    return sent;
}

/*
 * Without the second fix, under nVHE: ZCR_EL1 is still the guest's when KVM has bound the guest's live registers as
 * having the vCPU's largest length. An interrupt's softirq that wants kernel-mode NEON then cannot save them: the
 * kernel warns in fpsimd_save_user_state() and the vCPU thread gets SIGKILL.
 */
void test_softirq(void)
{
    struct outcome *outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int raw = -1, status = 0;
    const char *missing = network(&raw);
    unsigned before, handled, sent;
    pid_t child;

    if (!check(!missing && outcome != MAP_FAILED, "SCTP cookies by kernel-mode NEON", "%s", missing ? missing : "mmap"))
        return;
    check(largest(guest_vqs()) > 1 && online_cpus() > 1, "two CPUs and two vector lengths", "%u CPUs, lengths %s",
          online_cpus(), vqs_name(guest_vqs()));
    fflush(stdout);
    before = packets_on(VCPU_CPU);
    child = fork();
    if (child < 0)
        die("fork: %s", error_name(errno));
    if (!child)
        hold_under_softirqs(outcome);
    sent = send_until(raw, child, &status);
    handled = packets_on(VCPU_CPU) - before;
    check(!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL, "the vCPU thread survives NEON in softirqs",
          "SIGKILL after %u rounds", outcome->rounds);
    check(WIFEXITED(status) && !WEXITSTATUS(status) && outcome->rounds == GUEST_ROUNDS, "the guest runs to its end",
          "status %#x after %u rounds", (unsigned)status, outcome->rounds);
    check(!outcome->wrong, "the guest keeps Z, P and FFR over NEON in softirqs", "%u rounds are wrong, first %s",
          outcome->wrong, outcome->what);
    check(handled >= MIN_PACKETS && sent >= MIN_PACKETS, "softirqs ran on the vCPU's CPU",
          "%u packets sent, %u handled there", sent, handled);
    close(raw);
}
