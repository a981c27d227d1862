// What guests see: without SVE, beside a vCPU with SVE, on ever another CPU, and through 1,000 times CPU_OFF.
#define _GNU_SOURCE
#include "kvmlab.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ZCR_EL1         ARM64_SYS_REG(3, 0, 1, 2, 0)
#define ID_AA64PFR0_EL1 ARM64_SYS_REG(3, 0, 0, 4, 0)
#define ID_AA64ZFR0_EL1 ARM64_SYS_REG(3, 0, 0, 4, 4)
#define FIRST_IDS       8u // op2 of each CRm
#define IDS             (7u * FIRST_IDS)
#define FIRST_ID        ARM64_SYS_REG(3, 0, 0, 1, 0)

const char *const probe_names[PROBES] = {
    "RDVL", "PTRUE", "LDR Z0", "RDFFR", "a read of ZCR_EL1", "a write of ZCR_EL1", "a read of ID_AA64ZFR0_EL1", "FADD"
};
#define PROBE_ID_AA64ZFR0 6u // from here on the guest may have it in any case

// EC 0, unknown reason, IL = 1: what an UNDEFINED instruction gives (kvm_inject_undefined() in inject_fault.c).
#define ESR_UNDEFINED 0x2000000u

static void start_probe(struct vcpu *vcpu)
{
    uint64_t vectors = GUEST_RAM + (uint64_t)(guest_vectors - guest_start);

    vcpu_start(vcpu, guest_probe, 2, (const uint64_t[]){ GUEST_IN(vcpu), vectors });
}

static void probe(struct vcpu *vcpu, bool sve)
{
    char name[96];
    unsigned offset;

    start_probe(vcpu);
    for (unsigned i = 0; i < PROBES; i++) {
        uint64_t want = sve || i >= PROBE_ID_AA64ZFR0 ? 0 : ESR_UNDEFINED, esr = vcpu_next(vcpu, &offset);

        snprintf(name, sizeof(name), "in a guest %s SVE, %s is %s", sve ? "with" : "without", probe_names[i],
                 want ? "UNDEFINED" : "executed");
        check(esr == want, name, "ESR_EL1 %#llx, expected %#llx", (unsigned long long)esr, (unsigned long long)want);
    }
}

// The ID registers from CRm = 1 on, as the guest reads them; false if an access was UNDEFINED.
static bool guest_id_registers(struct vcpu *vcpu, uint64_t ids[IDS])
{
    uint64_t vectors = GUEST_RAM + (uint64_t)(guest_vectors - guest_start);
    unsigned offset;
    bool executed = true;

    vcpu_start(vcpu, guest_ids, 2, (const uint64_t[]){ 0, vectors });
    for (unsigned i = 0; i < IDS; i++) {
        ids[i] = vcpu_next(vcpu, &offset);
        executed &= vcpu_next(vcpu, &offset) == 0;
    }
    return executed;
}

// Encodings that Arm has not allocated by Armv9.5: no kernel may let a guest see anything there but zero (sys_regs.c,
// ID_UNALLOCATED()).
static bool is_gap(unsigned i)
{
    unsigned crm = 1 + i / FIRST_IDS, op2 = i % FIRST_IDS;

    switch (crm) {
    case 3: return op2 == 3 || op2 == 7;
    case 4: return op2 == 3 || op2 == 6;
    case 5: return op2 == 3 || op2 == 6 || op2 == 7;
    case 6: return op2 >= 4;
    case 7: return op2 >= 5;
    default: return false;
    }
}

static void id_space(struct vcpu *vcpu, bool sve)
{
    uint64_t ids[IDS], value;
    unsigned differ = 0, gaps = 0, not_zero = 0;
    char name[96];

    snprintf(name, sizeof(name), "in a guest %s SVE, the whole ID space can be read", sve ? "with" : "without");
    check(guest_id_registers(vcpu, ids), name, "an access is UNDEFINED");
    for (unsigned i = 0; i < IDS; i++) {
        differ += get_reg(vcpu, FIRST_ID + i, &value) != 0 || value != ids[i];
        gaps += is_gap(i);
        not_zero += is_gap(i) && ids[i];
    }
    snprintf(name, sizeof(name), "a guest %s SVE reads what KVM_GET_ONE_REG gives", sve ? "with" : "without");
    check(!differ, name, "%u of %u ID registers differ", differ, IDS);
    snprintf(name, sizeof(name), "in a guest %s SVE, gaps in the ID space read zero", sve ? "with" : "without");
    check(!not_zero, name, "%u of %u do not", not_zero, gaps);
    value = get_u64(vcpu, ID_AA64PFR0_EL1) >> 32 & 15;
    snprintf(name, sizeof(name), "ID_AA64PFR0_EL1.SVE of a guest %s SVE is %d", sve ? "with" : "without", sve);
    check(value == sve, name, "%llu", (unsigned long long)value);
}

void test_no_sve(void)
{
    struct vcpu *plain = vcpu_ready(0), *sve = vcpu_ready(guest_vqs());
    uint64_t value;

    probe(plain, false);
    id_space(plain, false);
    check_error(get_reg(plain, ZCR_EL1, &value), ENOENT, "without SVE, KVM_GET_ONE_REG of ZCR_EL1 is ENOENT");
    check(get_u64(plain, ID_AA64ZFR0_EL1) == 0, "without SVE, ID_AA64ZFR0_EL1 is zero", "%#llx",
          (unsigned long long)get_u64(plain, ID_AA64ZFR0_EL1));
    probe(sve, true);
    id_space(sve, true);
    vcpu_destroy_all(plain), vcpu_destroy_all(sve);
}

// Kernels before 6.5 keep features per vCPU; later ones per VM, and the second KVM_ARM_VCPU_INIT is EINVAL (arm.c,
// KVM_ARCH_FLAG_VCPU_FEATURES_CONFIGURED). Which of the two it is, is for the reader of the line.
void test_mix(void)
{
    struct vcpu *sve = vcpu_ready(guest_vqs()), *plain = vcpu_create(sve->vm);
    unsigned vl = largest(guest_vqs()) * 16, offset;
    struct image held, got;
    char what[96];
    int error = vcpu_init(plain, false);

    printf("kvmlab: a vCPU without SVE beside one with SVE: %s\n", error ? error_name(error) : "accepted");
    if (error) {
        check_error(error, EINVAL, "KVM_ARM_VCPU_INIT with other features than the VM's first vCPU is EINVAL");
        check_error(vcpu_init(plain, true), 0, "with the same features it succeeds");
    } else {
        struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };

        if (ioctl(plain->fd, KVM_SET_MP_STATE, &runnable))
            die("KVM_SET_MP_STATE: %s", error_name(errno));
        image_fill(&held, vl, 0x5a);
        image_to_guest(sve, &held, vl);
        start_hold(sve, 15, 0);
        vcpu_next(sve, &offset);
        probe(plain, false); // its FADD is executed while the other's registers are live
        vcpu_next(sve, &offset);
        image_from_guest(sve, &got, vl);
        check(image_same(&got, &held, vl, what), "the vCPU with SVE keeps its registers beside one without", "%s",
              what);
        id_space(plain, false);
        id_space(sve, true);
    }
    vcpu_destroy_all(sve);
}

// ---- Migration
// -------------------------------------------------------------------------------------------------------

struct mover {
    pid_t thread;
    unsigned cpus;
    volatile bool stop;
    unsigned moves;
};

// Moves a thread to the next CPU every few milliseconds, wherever it is just then.
static void *move(void *argument)
{
    struct mover *mover = argument;

    while (!mover->stop) {
        pin(mover->thread, mover->moves++ % mover->cpus);
        usleep(2000);
    }
    return NULL;
}

static unsigned hold_rounds(struct vcpu *vcpu, unsigned vl, unsigned rounds, unsigned zcr, uint64_t ticks,
                            bool move_here, char what[96])
{
    struct image held, got;
    unsigned bad = 0, offset, cpus = online_cpus();
    char where[96];

    what[0] = 0;
    image_fill(&held, vl, 1);
    image_to_guest(vcpu, &held, vl);
    start_hold(vcpu, zcr, ticks);
    for (unsigned round = 0; round < rounds; round++) {
        uint64_t rdvl;

        if (move_here)
            pin(0, round % cpus);
        if (!ticks)
            vcpu_next(vcpu, &offset);
        if (move_here)
            pin(0, (round + 1) % cpus);
        rdvl = vcpu_next(vcpu, &offset);
        image_from_guest(vcpu, &got, vl);
        if (rdvl != vl || !image_same(&got, &held, vl, where)) {
            if (!bad++)
                snprintf(what, 96, "round %u: RDVL %u, %.60s", round, (unsigned)rdvl, rdvl == vl ? where : "");
        }
        image_fill(&held, vl, round * 3 + 2);
        image_to_guest(vcpu, &held, vl);
    }
    return bad;
}

static void migrate_length(struct vcpu *vcpu, unsigned vq, unsigned rounds)
{
    struct mover mover = { .thread = (pid_t)syscall(SYS_gettid), .cpus = online_cpus() };
    char what[96], name[96];
    pthread_t thread;
    unsigned bad;

    bad = hold_rounds(vcpu, vq * 16, rounds, vq - 1, 0, true, what);
    snprintf(name, sizeof(name), "VL %u: RDVL, Z, P and FFR after %u moves between %u CPUs at exits", vq * 16,
             rounds * 2, mover.cpus);
    check(!bad, name, "%u rounds are wrong, first %s", bad, what);
    if (pthread_create(&thread, NULL, move, &mover))
        die("no thread");
    bad = hold_rounds(vcpu, vq * 16, rounds / 2, vq - 1, counter_ticks(3), false, what);
    mover.stop = true;
    pthread_join(thread, NULL);
    snprintf(name, sizeof(name), "VL %u: the same while moved in the guest", vq * 16);
    check(!bad && mover.moves > 2, name, "%u rounds are wrong, %u moves, first %s", bad, mover.moves, what);
}

void test_migrate(void)
{
    unsigned cpus = online_cpus(), differ = 0;
    struct vcpu *vcpu = vcpu_ready(guest_vqs());
    uint64_t first[IDS], now[IDS];

    check(cpus > 1, "the host has CPUs to move between", "it has %u", cpus);
    for (unsigned vq = 1; vq <= MAX_VQ; vq++)
        if (guest_vqs() >> (vq - 1) & 1)
            migrate_length(vcpu, vq, 30);
    pin(0, 0);
    if (!guest_id_registers(vcpu, first))
        die("an ID register is UNDEFINED");
    for (unsigned cpu = 0; cpu < cpus; cpu++) {
        pin(0, cpu);
        if (!guest_id_registers(vcpu, now))
            die("an ID register is UNDEFINED");
        differ += memcmp(first, now, sizeof(now)) != 0;
    }
    check(!differ, "the ID registers are the same on every CPU", "not on %u CPUs", differ);
    vcpu_destroy_all(vcpu);
}

// ---- PSCI and the host's memory
// --------------------------------------------------------------------------------------

#define CYCLES     1000u
#define MAX_CACHES 512u

// Objects of every slab cache (proc(5), slabinfo: the second column).
struct slab {
    unsigned caches;
    char name[MAX_CACHES][40];
    long objects[MAX_CACHES];
};

// A cache counts all objects of a CPU's own slab as used; shrinking gives these slabs back, and the count is exact.
static void shrink_caches(void)
{
    DIR *folder = opendir("/sys/kernel/slab");
    struct dirent *entry;
    char path[300];

    if (!folder)
        die("/sys/kernel/slab: %s", error_name(errno));
    while ((entry = readdir(folder))) {
        int fd;

        snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", entry->d_name);
        fd = open(path, O_WRONLY);
        if (fd < 0)
            continue;
        if (write(fd, "1", 1) != 1)
            die("%s: %s", path, error_name(errno));
        close(fd);
    }
    closedir(folder);
}

// What the reading itself takes from a cache just shrunk counts as used: of three readings the least is taken.
static void read_caches(struct slab *slab, bool first)
{
    FILE *file = fopen("/proc/slabinfo", "r");
    unsigned caches = 0;
    char line[512];

    if (!file)
        die("/proc/slabinfo: %s", error_name(errno));
    while (caches < MAX_CACHES && fgets(line, sizeof(line), file)) {
        char name[40];
        long objects;

        if (line[0] == '#' || sscanf(line, "%39s %ld", name, &objects) != 2)
            continue;
        if (first || strcmp(name, slab->name[caches]) || objects < slab->objects[caches])
            slab->objects[caches] = objects;
        strcpy(slab->name[caches++], name);
    }
    fclose(file);
    slab->caches = caches;
    if (caches < 20)
        die("/proc/slabinfo has %u caches", caches);
}

static void measure(struct slab *slab)
{
    for (unsigned reading = 0; reading < 3; reading++) {
        usleep(100000); // what RCU has still to free
        shrink_caches();
        read_caches(slab, reading == 0);
    }
}

// The largest growth of a cache, which is named.
static long growth(const struct slab *before, const struct slab *after, const char **name)
{
    long most = 0;

    *name = "no cache";
    for (unsigned i = 0; i < after->caches; i++)
        for (unsigned j = 0; j < before->caches; j++)
            if (!strcmp(after->name[i], before->name[j]) && after->objects[i] - before->objects[j] > most) {
                most = after->objects[i] - before->objects[j];
                *name = after->name[i];
            }
    return most;
}

struct secondary {
    struct vcpu *vcpu;
    volatile bool started;
};

static void interrupt_nothing(int signal) { (void)signal; }

static void *run_secondary(void *argument)
{
    struct secondary *secondary = argument;

    secondary->started = true;
    for (;;) { // off, it waits in KVM_RUN; a signal ends that, and the thread
        int error = vcpu_run(secondary->vcpu);

        if (error == EINTR)
            return NULL;
        if (error && error != EAGAIN)
            die("KVM_RUN of the second vCPU: %s", error_name(error));
    }
}

static unsigned cycles(struct vcpu *first, unsigned count)
{
    uint64_t x[3] = { count, GUEST_RAM + (uint64_t)(guest_psci_off - guest_start), GUEST_OUT(first) };
    uint64_t *counter = (uint64_t *)(first->vm->ram + (GUEST_OUT(first) - GUEST_RAM));
    unsigned offset;
    uint64_t done;

    *counter = 0;
    vcpu_start(first, guest_psci_on, 3, x);
    done = vcpu_next(first, &offset);
    return done == *counter ? (unsigned)done : 0;
}

// The meter itself: 1,000 objects that are there are seen (a few may take the place of others that went).
static void check_meter(void)
{
    static struct slab before, after;
    static int files[CYCLES];
    const char *name;
    long most;

    measure(&before);
    for (unsigned i = 0; i < CYCLES; i++)
        files[i] = eventfd(0, 0);
    measure(&after);
    most = growth(&before, &after, &name);
    for (unsigned i = 0; i < CYCLES; i++)
        close(files[i]);
    check(files[CYCLES - 1] >= 0 && most >= (long)CYCLES * 9 / 10, "1000 objects more are seen in the slab caches",
          "%s has %ld more", name, most);
}

void test_psci(void)
{
    static struct slab start, before, after, end;
    struct vcpu *first = vcpu_ready(guest_vqs());
    struct secondary secondary = { .vcpu = vcpu_ready_in(first->vm, guest_vqs()) };
    struct sigaction action = { .sa_handler = interrupt_nothing };
    unsigned warm, done;
    const char *name, *base_name;
    pthread_t thread;
    long most, base;

    sigaction(SIGUSR1, &action, NULL);
    check_meter();
    if (pthread_create(&thread, NULL, run_secondary, &secondary))
        die("no thread");
    warm = cycles(first, 50); // what is allocated once is there now
    measure(&start);
    usleep(500000); // how much the host's caches grow by themselves
    measure(&before);
    base = growth(&start, &before, &base_name);
    done = cycles(first, CYCLES);
    measure(&after);
    most = growth(&before, &after, &name);
    check(warm == 50 && done == CYCLES, "1000 times CPU_ON, CPU_OFF, AFFINITY_INFO", "%u of 50, %u of 1000", warm,
          done);
    // An object per cycle would be 1,000. What the host takes meanwhile is below the half of that: a page of the
    // smallest objects is 512 of them.
    check(most < (long)CYCLES / 2, "no slab cache grows by 500 objects over 1000 cycles", "%s grows by %ld", name,
          most);
    printf("kvmlab: most growth in %u cycles: %s by %ld; idle: %s by %ld\n", CYCLES, name, most, base_name, base);
    pthread_kill(thread, SIGUSR1);
    pthread_join(thread, NULL);
    vcpu_destroy_all(first);
    measure(&end);
    most = growth(&before, &end, &name);
    check(most < (long)CYCLES / 2, "nor does one after the VM is gone", "%s grows by %ld", name, most);
}
