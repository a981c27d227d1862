// Runs a blob of cases that say what must come out (case.h: CASE_EXPECT) as a Linux program: vectors FILE. The vector
// length is set by prctl, FPCR by the program itself; an instruction that is UNDEFINED raises SIGILL, which counts as
// the exception to EL1 that the kernel took it for. Prints the cases that differ (20 of them) and "vectors N of N";
// status 1 if any did.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

#include "case_state.h"

#ifndef PR_SVE_SET_VL
#define PR_SVE_SET_VL 50
#endif
enum { VECTOR_SYNC_SPX = 0x200 / 0x80, ESR_UNDEFINED = 0x2000000, STACK = 1 << 18, SHOWN = 20 };

struct case_frame case_frame __attribute__((aligned(4096)));
static uint32_t *slot_word;

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "vectors: %s: %s\n", what, why);
    exit(2);
}

// Any exception of the word in the slot; one from elsewhere is this program's mistake, and ends it.
static void caught(int number, siginfo_t *info, void *context)
{
    ucontext_t *u = context;

    (void)info;
    if (u->uc_mcontext.pc != (uintptr_t)slot_word) {
        signal(number, SIG_DFL);
        return;
    }
    case_frame.el = 1;
    case_frame.vector = VECTOR_SYNC_SPX;
    case_frame.esr = number == SIGILL ? ESR_UNDEFINED : 0xffffffff;
    u->uc_mcontext.pc = (uintptr_t)case_stop;
}

static void catch_signals(void)
{
    static const int numbers[] = { SIGILL, SIGSEGV, SIGBUS, SIGTRAP, SIGFPE };
    stack_t stack = { .ss_sp = malloc(STACK), .ss_size = STACK };
    struct sigaction action = { .sa_sigaction = caught, .sa_flags = SA_SIGINFO | SA_ONSTACK };

    if (!stack.ss_sp || sigaltstack(&stack, NULL))
        fail("sigaltstack", strerror(errno));
    for (unsigned i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaction(numbers[i], &action, NULL);
}

static void set_up_slot(void)
{
    size_t size = (size_t)(case_slot_end - case_slot_begin);
    char *slot = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t after = (uintptr_t)case_after;

    if (slot == MAP_FAILED)
        fail("mmap", strerror(errno));
    memcpy(slot, case_slot_begin, size);
    memcpy(slot + size - 8, &after, 8);
    slot_word = (uint32_t *)(slot + (case_slot_word - case_slot_begin));
    case_frame.slot = (uintptr_t)slot;
    __builtin___clear_cache(slot, slot + size);
}

static const struct case_blob *read_blob(const char *path, size_t *count)
{
    int fd = open(path, O_RDONLY);
    struct stat st;

    if (fd < 0 || fstat(fd, &st))
        fail(path, strerror(errno));
    const struct case_blob *blob = mmap(NULL, (size_t)st.st_size + 1, PROT_READ, MAP_PRIVATE, fd, 0);
    if (blob == MAP_FAILED)
        fail(path, strerror(errno));
    if ((size_t)st.st_size < sizeof(*blob) || memcmp(blob->magic, CASE_MAGIC, 8))
        fail(path, "it is no file of cases");
    *count = ((size_t)st.st_size - sizeof(*blob)) / sizeof(struct case_record);
    *count = blob->count < *count ? blob->count : *count;
    close(fd);
    return blob;
}

static bool run_case(const struct case_record *c)
{
    static unsigned vl;
    struct case_frame *f = &case_frame;

    if (vl != c->vl && prctl(PR_SVE_SET_VL, c->vl / 8) != (int)(c->vl / 8))
        return false; // this CPU's lengths are too few
    vl = c->vl;
    f->el = f->vector = f->esr = f->far = f->elr = f->spsr = 0;
    f->sve = 1;
    case_prepare(&f->state, c);
    if (*slot_word != c->word) {
        *slot_word = c->word;
        __builtin___clear_cache((char *)slot_word, (char *)(slot_word + 1));
    }
    case_run();
    return case_hash(f, c->vl) == c->hash;
}

int main(int argc, char **argv)
{
    size_t count, passed = 0, failed = 0, left_out = 0;

    if (argc != 2)
        fail("usage", "vectors FILE");
    const struct case_blob *blob = read_blob(argv[1], &count);
    const struct case_record *c = (const struct case_record *)(blob + 1);
    if (!(getauxval(AT_HWCAP) & 1 << 22))
        fail("SVE", "this CPU has none");
    catch_signals();
    set_up_slot();
    for (size_t i = 0; i < count; i++) {
        if (!(c[i].flags & CASE_EXPECT)) {
            left_out++;
        } else if (run_case(&c[i])) {
            passed++;
        } else if (failed++ < SHOWN) {
            printf("case %zu: word %08x seed %llx vl %u %s\n", i, c[i].word, (unsigned long long)c[i].seed, c[i].vl,
                   case_frame.el ? case_frame.esr == ESR_UNDEFINED ? "is UNDEFINED" : "raised a signal" : "differs");
            fflush(stdout);
        }
    }
    printf("vectors %zu of %zu, %zu left out: they do not say what must come out\n", passed, passed + failed, left_out);
    return failed != 0 || left_out != 0 || !count;
}
