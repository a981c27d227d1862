// Prints every SVE vector length that a CPU lets user space have, and checks SVE at each of them: predicated integer
// and floating-point loops against scalar results, and what Linux promises of Z, P and FFR over a system call, a signal
// and a context switch (Documentation/arch/arm64/sve.rst). Exit status 0, or 1 with a line that names the failure.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <ucontext.h>

#define MAX_VL_BYTES 256u // the architecture's largest vector
#define ELEMENTS     301u // of each loop: no vector length in elements divides it
#define GUARD        16u  // elements behind the arrays, which must stay untouched

#ifndef HWCAP_SVE
#define HWCAP_SVE (1 << 22)
#endif

// Z0-Z31 and P0-P15, FFR as svevl_sve.S stores them: packed for the vector length in force.
struct image {
    uint8_t z[32 * MAX_VL_BYTES];
    uint8_t p[17 * MAX_VL_BYTES / 8];
};

struct failure {
    bool failed;
    char what[160];
};

uint64_t sve_rdvl(void);
void sve_axpy_s32(int32_t *y, const int32_t *x, int32_t a, uint64_t n);
void sve_axpy_f64(double *y, const double *x, double a, uint64_t n);
uint64_t sve_sum_u8(const uint8_t *x, uint64_t n);
void sve_load(const void *z, const void *p);
long sve_hold_syscall(const void *z, const void *p, void *z_out, void *p_out, long number);
void sve_hold_trap(const void *z, const void *p, void *z_out, void *p_out);
int sve_hold_switch(const void *z, const void *p, void *z_out, void *p_out, const uint64_t *turns, uint64_t ticks);

static struct image scribble; // what the signal handler and the other task leave in the registers
static volatile unsigned trap_frame_vl;

static struct failure pass(void) { return (struct failure){ .failed = false }; }

__attribute__((format(printf, 1, 2))) static struct failure fail(const char *format, ...)
{
    struct failure failure = { .failed = true };
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(failure.what, sizeof(failure.what), format, arguments);
    va_end(arguments);
    return failure;
}

// A distinct byte for every position; FFR is a run of ones from the bottom, as only such values are predictable.
static void fill_image(struct image *image, unsigned vl, unsigned seed)
{
    for (unsigned i = 0; i < 32 * vl; i++)
        image->z[i] = (uint8_t)(seed + i * 7 + i / vl * 13);
    for (unsigned i = 0; i < 16 * vl / 8; i++)
        image->p[i] = (uint8_t)(seed * 3 + i * 11 + 1);
    for (unsigned bit = 0; bit < vl; bit++) {
        uint8_t *byte = &image->p[16 * vl / 8 + bit / 8];

        *byte = (uint8_t)(bit % 8 ? *byte : 0) | (uint8_t)((bit < vl / 2 + seed % 8) << bit % 8);
    }
}

static struct failure compare_images(const struct image *got, const struct image *want, unsigned vl, const char *after)
{
    unsigned pl = vl / 8;

    for (unsigned i = 0; i < 32 * vl; i++)
        if (got->z[i] != want->z[i])
            return fail("z%u byte %u is %#04x, not %#04x, after %s", i / vl, i % vl, got->z[i], want->z[i], after);
    for (unsigned i = 0; i < 17 * pl; i++)
        if (got->p[i] != want->p[i])
            return fail("%s%u byte %u is %#04x, not %#04x, after %s", i / pl == 16 ? "ffr" : "p", i / pl % 16, i % pl,
                        got->p[i], want->p[i], after);
    return pass();
}

static struct failure check_rdvl(unsigned vl)
{
    unsigned bytes = (unsigned)sve_rdvl();

    return bytes == vl ? pass() : fail("rdvl gives %u", bytes);
}

static struct failure check_integer_loop(void)
{
    static int32_t x[ELEMENTS + GUARD], y[ELEMENTS + GUARD], want[ELEMENTS + GUARD];

    for (unsigned i = 0; i < ELEMENTS + GUARD; i++) {
        x[i] = (int32_t)(i * 2654435761u);
        want[i] = y[i] = (int32_t)(i * 40503u + 7);
        if (i < ELEMENTS)
            want[i] = (int32_t)((uint32_t)y[i] + (uint32_t)x[i] * (uint32_t)-77);
    }
    sve_axpy_s32(y, x, -77, ELEMENTS);
    for (unsigned i = 0; i < ELEMENTS + GUARD; i++)
        if (y[i] != want[i])
            return fail("integer loop: element %u is %d, not %d", i, y[i], want[i]);
    return pass();
}

static struct failure check_float_loop(void)
{
    static double x[ELEMENTS + GUARD], y[ELEMENTS + GUARD], want[ELEMENTS + GUARD];

    for (unsigned i = 0; i < ELEMENTS + GUARD; i++) {
        x[i] = 1.0 / (i + 1);
        want[i] = y[i] = i * 0.1 - 3.0;
        if (i < ELEMENTS)
            want[i] = __builtin_fma(x[i], 2.7, y[i]); // FMLA rounds once, as the scalar FMADD does
    }
    sve_axpy_f64(y, x, 2.7, ELEMENTS);
    for (unsigned i = 0; i < ELEMENTS + GUARD; i++)
        if (memcmp(&y[i], &want[i], sizeof(y[i])))
            return fail("float loop: element %u is %a, not %a", i, y[i], want[i]);
    return pass();
}

static struct failure check_byte_sum(void)
{
    static uint8_t x[ELEMENTS + GUARD];
    uint64_t want = 0, got;

    for (unsigned i = 0; i < ELEMENTS + GUARD; i++) {
        x[i] = (uint8_t)(i * 37 + 11);
        want += i < ELEMENTS ? x[i] : 0;
    }
    got = sve_sum_u8(x, ELEMENTS);
    return got == want ? pass() : fail("byte sum is %lu, not %lu", got, want);
}

// A system call keeps the low 128 bits of Z and clears the rest, P and FFR.
static struct failure check_syscall(unsigned vl)
{
    struct image in, out, want;

    fill_image(&in, vl, 0x21);
    memset(&want, 0, sizeof(want));
    for (unsigned n = 0; n < 32; n++)
        memcpy(&want.z[n * vl], &in.z[n * vl], 16);
    if (sve_hold_syscall(in.z, in.p, out.z, out.p, SYS_sched_yield))
        return fail("sched_yield failed");
    return compare_images(&out, &want, vl, "a system call");
}

static void trap_handler(int signal, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    struct _aarch64_ctx *record = (void *)user->uc_mcontext.__reserved;

    (void)signal, (void)info;
    trap_frame_vl = 0;
    while (record->magic && record->magic != SVE_MAGIC) {
        // Long vectors do not fit into __reserved; their record is alone in a further area.
        if (record->magic == EXTRA_MAGIC)
            record = (void *)((struct extra_context *)record)->datap;
        else
            record = (void *)((uint8_t *)record + record->size);
    }
    if (record->magic)
        trap_frame_vl = ((struct sve_context *)record)->vl;
    sve_load(scribble.z, scribble.p);
    user->uc_mcontext.pc += 4;
}

static struct failure check_signal(unsigned vl)
{
    struct image in, out;
    struct failure failure;

    fill_image(&in, vl, 0x42);
    fill_image(&scribble, vl, 0x99);
    sve_hold_trap(in.z, in.p, out.z, out.p);
    failure = compare_images(&out, &in, vl, "a signal");
    if (!failure.failed && trap_frame_vl != vl)
        return fail("the signal frame says a vector length of %u", trap_frame_vl);
    return failure;
}

// The other task of check_switch: on the same CPU, at its own vector length, with other register contents.
__attribute__((noreturn)) static void take_turns(volatile uint64_t *turns, unsigned vl)
{
    if (prctl(PR_SVE_SET_VL, vl) < 0)
        _exit(1);
    fill_image(&scribble, vl, 0x77);
    for (;;) {
        sve_load(scribble.z, scribble.p);
        ++*turns;
        sched_yield();
    }
}

static struct failure check_switch(unsigned vl, unsigned other_vl)
{
    volatile uint64_t *turns = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct image in, out;
    uint64_t frequency;
    pid_t other;
    int switched;

    if (turns == MAP_FAILED)
        return fail("no memory for two tasks: %s", strerror(errno));
    other = fork();
    if (other < 0)
        return fail("fork: %s", strerror(errno));
    if (!other)
        take_turns(turns, other_vl);
    asm("mrs %0, cntfrq_el0" : "=r"(frequency));
    fill_image(&in, vl, 0x63);
    switched = sve_hold_switch(in.z, in.p, out.z, out.p, (const uint64_t *)turns, 20 * frequency);
    kill(other, SIGKILL);
    waitpid(other, NULL, 0);
    munmap((void *)turns, 4096);
    if (!switched)
        return fail("another task on this CPU did not run for 20 s");
    return compare_images(&out, &in, vl, "a context switch");
}

static struct failure check_length(unsigned vl, unsigned other_vl)
{
    struct failure failure = check_rdvl(vl);

    if (!failure.failed)
        failure = check_integer_loop();
    if (!failure.failed)
        failure = check_float_loop();
    if (!failure.failed)
        failure = check_byte_sum();
    if (!failure.failed)
        failure = check_syscall(vl);
    if (!failure.failed)
        failure = check_signal(vl);
    if (!failure.failed)
        failure = check_switch(vl, other_vl);
    return failure;
}

static void illegal_handler(int signal, siginfo_t *info, void *context)
{
    (void)signal, (void)info;
    ((ucontext_t *)context)->uc_mcontext.regs[0] = UINT64_MAX;
    ((ucontext_t *)context)->uc_mcontext.pc += 4;
}

// Where the kernel offers no SVE, its instructions must be undefined and its prctl refused.
static struct failure check_absence(void)
{
    struct sigaction illegal = { .sa_sigaction = illegal_handler, .sa_flags = SA_SIGINFO };

    sigaction(SIGILL, &illegal, NULL);
    if (sve_rdvl() != UINT64_MAX)
        return fail("rdvl is executed without HWCAP_SVE");
    if (prctl(PR_SVE_SET_VL, 16) >= 0 || errno != EINVAL)
        return fail("PR_SVE_SET_VL is not refused without HWCAP_SVE");
    return pass();
}

static int report(int cpu, unsigned vl, struct failure failure)
{
    if (!failure.failed)
        return 0;
    if (vl)
        printf("svevl: cpu %d: FAIL: vector length %u: %s\n", cpu, vl, failure.what);
    else
        printf("svevl: cpu %d: FAIL: %s\n", cpu, failure.what);
    return 1;
}

static int check_cpu(int cpu)
{
    unsigned lengths[MAX_VL_BYTES / 16], count = 0;
    struct sigaction trap = { .sa_sigaction = trap_handler, .sa_flags = SA_SIGINFO };

    if (!(getauxval(AT_HWCAP) & HWCAP_SVE)) {
        printf("svevl: cpu %d: none\n", cpu);
        return report(cpu, 0, check_absence());
    }
    sigaction(SIGTRAP, &trap, NULL);
    printf("svevl: cpu %d:", cpu);
    for (unsigned vl = 16; vl <= MAX_VL_BYTES; vl += 16) {
        int result = prctl(PR_SVE_SET_VL, vl);

        if (result < 0) {
            printf("\nsvevl: cpu %d: FAIL: PR_SVE_SET_VL %u: %s\n", cpu, vl, strerror(errno));
            return 1;
        }
        if ((result & PR_SVE_VL_LEN_MASK) == (int)vl) {
            lengths[count++] = vl;
            printf(" %u", vl);
        }
    }
    printf("\n");
    fflush(stdout); // or the task that check_switch forks would print it again
    for (unsigned i = 0; i < count; i++) {
        if (prctl(PR_SVE_SET_VL, lengths[i]) < 0)
            return report(cpu, lengths[i], fail("PR_SVE_SET_VL: %s", strerror(errno)));
        if (report(cpu, lengths[i], check_length(lengths[i], lengths[count - 1 - i])))
            return 1;
    }
    return 0;
}

static bool pin(int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: svevl [--pin CPU | --all]\n"
                    "  checks the given CPU, all CPUs that it may run on, or the one that it finds itself on\n");
    return 2;
}

int main(int argc, char **argv)
{
    cpu_set_t allowed;
    int status = 0;

    if (sched_getaffinity(0, sizeof(allowed), &allowed)) {
        perror("svevl: sched_getaffinity");
        return 1;
    }
    if (argc == 2 && !strcmp(argv[1], "--all")) {
        for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
            if (CPU_ISSET((size_t)cpu, &allowed))
                status |= pin(cpu) ? check_cpu(cpu) : report(cpu, 0, fail("cannot be pinned: %s", strerror(errno)));
        return status;
    }
    if (argc == 3 && !strcmp(argv[1], "--pin")) {
        char *end;
        long cpu = strtol(argv[2], &end, 10);

        if (*end || end == argv[2] || cpu < 0 || cpu >= CPU_SETSIZE)
            return usage();
        if (!pin((int)cpu))
            return report((int)cpu, 0, fail("cannot be pinned: %s", strerror(errno)));
        return check_cpu((int)cpu);
    }
    if (argc != 1)
        return usage();
    status = sched_getcpu();
    return pin(status) ? check_cpu(status) : report(status, 0, fail("cannot be pinned: %s", strerror(errno)));
}
