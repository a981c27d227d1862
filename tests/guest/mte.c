// Memory tagging as a process sees it: tags are kept, mismatches are signalled as prctl() asks (synchronously,
// asynchronously, or asymmetrically), the kernel's own accesses are checked too, fork() copies tags. On every CPU that
// it is allowed to run on. Prints `mte: cpu N: ...` and `mte: passed`, or `mte: FAIL: ...`; status 0, 1, or 2 without
// MTE.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef PROT_MTE
#define PROT_MTE 0x20
#endif
#ifndef SEGV_MTEAERR
#define SEGV_MTEAERR 8
#define SEGV_MTESERR 9
#endif
#define HAS_MTE     (1ul << 18) // HWCAP2_MTE, HWCAP2_MTE3
#define HAS_MTE3    (1ul << 22)
#define SET_CONTROL 55 // PR_SET_TAGGED_ADDR_CTRL
#define ENABLE      1ul
#define TCF_SYNC    (1ul << 1)
#define TCF_ASYNC   (1ul << 2)
#define INCLUDE     (0xfffeul << 3) // IRG never makes tag 0

static sigjmp_buf after;
static volatile int signal_code;
static void *volatile signal_address;
static unsigned failures;
static int cpu;

#define CHECK(condition, ...)                                                      \
    do {                                                                           \
        if (!(condition)) {                                                        \
            printf("mte: FAIL: cpu %d, line %d: %s: ", cpu, __LINE__, #condition); \
            printf(__VA_ARGS__);                                                   \
            printf("\n");                                                          \
            failures++;                                                            \
        }                                                                          \
    } while (0)

static void on_segv(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    signal_code = info->si_code;
    signal_address = info->si_addr;
    siglongjmp(after, 1);
}

// ---- Tags ----
static void *random_tag(void *p)
{
    void *q;

    asm volatile(".arch armv8.5-a+memtag\n\tirg %0, %1" : "=r"(q) : "r"(p));
    return q;
}
static void set_tag(void *p) { asm volatile(".arch armv8.5-a+memtag\n\tstg %0, [%0]" : : "r"(p) : "memory"); }
static void set_two(void *p) { asm volatile(".arch armv8.5-a+memtag\n\tstz2g %0, [%0]" : : "r"(p) : "memory"); }
static void *get_tag(void *p)
{
    asm volatile(".arch armv8.5-a+memtag\n\tldg %0, [%0]" : "+r"(p) : : "memory");
    return p;
}
static void *untagged(void *p) { return (void *)((uintptr_t)p & 0x00ffffffffffffff); }
static unsigned tag_of(void *p) { return (unsigned)((uintptr_t)p >> 56) & 15; }

// ---- Accesses; a code of 0: no signal ----
static int read_from(volatile char *p)
{
    signal_code = 0;
    if (!sigsetjmp(after, 1)) {
        (void)*p;
        getppid(); // where the kernel looks for what came asynchronously
    }
    return signal_code;
}
static int write_to(volatile char *p, char value)
{
    signal_code = 0;
    if (!sigsetjmp(after, 1)) {
        *p = value;
        getppid();
    }
    return signal_code;
}

static void control(unsigned long mode)
{
    if (prctl(SET_CONTROL, ENABLE | mode | INCLUDE, 0, 0, 0)) {
        printf("mte: FAIL: PR_SET_TAGGED_ADDR_CTRL %#lx: %s\n", mode, strerror(errno));
        exit(1);
    }
}

static void expose_tags(bool expose)
{
    struct sigaction action = { .sa_sigaction = on_segv };

    action.sa_flags = SA_SIGINFO | (expose ? 0x800 : 0); // SA_EXPOSE_TAGBITS
    sigaction(SIGSEGV, &action, NULL);
}

static char *new_pages(void)
{
    char *p = mmap(NULL, 8192, PROT_READ | PROT_WRITE | PROT_MTE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        printf("mte: FAIL: mmap PROT_MTE: %s\n", strerror(errno));
        exit(1);
    }
    return p;
}

static void synchronous(void)
{
    char *base = new_pages(), *p, *q;

    control(TCF_SYNC);
    p = random_tag(base);
    CHECK(tag_of(p) != 0, "IRG made tag 0");
    CHECK(tag_of(get_tag(base)) == 0, "new memory has tag %u", tag_of(get_tag(base)));
    set_tag(p);
    CHECK(get_tag(base) == p, "LDG gives %p, not %p", get_tag(base), (void *)p);
    CHECK(!write_to(p, 1), "code %d", signal_code);
    CHECK(!read_from(p + 15), "code %d", signal_code);
    CHECK(read_from(p + 16) == SEGV_MTESERR, "code %d", signal_code);
    CHECK(signal_address == untagged(p + 16), "%p", signal_address);
    expose_tags(true);
    CHECK(write_to(p + 17, 1) == SEGV_MTESERR, "code %d", signal_code);
    CHECK((uintptr_t)signal_address << 4 == (uintptr_t)(p + 17) << 4, "%p", signal_address);
    expose_tags(false);
    CHECK(base[17] == 0, "the store was done");
    CHECK(read_from(base) == SEGV_MTESERR, "code %d", signal_code);
    q = p + 8192 - 16; // the last granule, and what is in two pages
    set_tag(q);
    CHECK(!read_from(q + 15), "code %d", signal_code);
    CHECK(tag_of(get_tag(q - 16)) == 0, "STG changed the granule below");
}

static void kernel_accesses(void)
{
    char *base = new_pages(), *p = random_tag(base);
    int file = open("/dev/zero", O_RDWR);

    control(TCF_SYNC);
    set_two(p);
    CHECK(read(file, p, 32) == 32, "%s", strerror(errno));
    errno = 0;
    CHECK(read(file, p + 32, 16) == -1 && errno == EFAULT, "%s", strerror(errno));
    file = open("/proc/self/comm", O_RDWR);
    errno = 0;
    CHECK(write(file, p + 32, 4) == -1 && errno == EFAULT, "%s", strerror(errno));
    close(file);
}

static void asynchronous(void)
{
    char *base = new_pages(), *p = random_tag(base);

    control(TCF_ASYNC);
    set_tag(p);
    CHECK(!write_to(p, 2), "code %d", signal_code);
    CHECK(write_to(p + 16, 5) == SEGV_MTEAERR, "code %d", signal_code);
    CHECK(signal_address == NULL, "%p", signal_address);
    control(TCF_SYNC);
    CHECK(base[16] == 5, "the store was not done");
}

static void asymmetric(void)
{
    char path[64], *base = new_pages(), *p = random_tag(base);
    FILE *f;

    snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/mte_tcf_preferred", cpu);
    f = fopen(path, "w");
    if (!f || fprintf(f, "asymm") < 0 || fclose(f)) {
        CHECK(false, "%s: %s", path, strerror(errno));
        return;
    }
    control(TCF_SYNC | TCF_ASYNC);
    set_tag(p);
    CHECK(read_from(p + 16) == SEGV_MTESERR, "code %d", signal_code);
    CHECK(signal_address == untagged(p + 16), "%p", signal_address);
    CHECK(write_to(p + 16, 6) == SEGV_MTEAERR, "code %d", signal_code);
    control(TCF_SYNC);
    CHECK(base[16] == 6, "the store was not done");
}

static void fork_copies(void)
{
    char *base = new_pages(), *p = random_tag(base);
    int status;
    pid_t child;

    control(TCF_SYNC);
    set_tag(p);
    *p = 7;
    fflush(stdout);
    child = fork();
    if (!child) {
        set_tag(random_tag(base + 4096)); // both sides write: pages are copied
        p[1] = 8;
        _exit(get_tag(base) == p && p[0] == 7 && read_from(base) == SEGV_MTESERR ? 0 : 1);
    }
    waitpid(child, &status, 0);
    CHECK(status == 0, "the child's status is %#x", (unsigned)status);
    CHECK(get_tag(base) == p && p[1] == 0, "the parent's page changed");
    CHECK(tag_of(get_tag(base + 4096)) == 0, "the parent's tags changed");
}

int main(void)
{
    unsigned long caps = getauxval(AT_HWCAP2);
    cpu_set_t allowed;

    if (!(caps & HAS_MTE)) {
        printf("mte: the kernel offers none\n");
        return 2;
    }
    expose_tags(false);
    sched_getaffinity(0, sizeof(allowed), &allowed);
    for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        cpu_set_t one;
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        sched_setaffinity(0, sizeof(one), &one);
        synchronous();
        kernel_accesses();
        asynchronous();
        if (caps & HAS_MTE3)
            asymmetric();
        fork_copies();
        printf("mte: cpu %d: sync, async%s\n", cpu, caps & HAS_MTE3 ? ", asymm" : "");
    }
    printf(failures ? "mte: %u failures\n" : "mte: passed\n", failures);
    return failures != 0;
}
