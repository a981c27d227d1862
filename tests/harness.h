/* The test harness: TEST(name) { ... } defines a test, TEST_MAIN at the end of the file runs all of them. A test fails
 * by an expectation; the others still run. Output: "ok NAME", "FAIL NAME file:line ...", "skip NAME reason", and a
 * closing "N passed, N failed". */
#ifndef SVEMU_TESTS_HARNESS_H
#define SVEMU_TESTS_HARNESS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};
static struct test *test_first, **test_last = &test_first;
static unsigned test_errors;
static const char *test_skipped, *test_name;
/* What the running test made, freed after it. */
static struct {
    void (*free)(void *arg);
    void *arg;
} test_owned[64];
static unsigned test_owned_count;
static inline void free_after_test(void (*fn)(void *arg), void *arg)
{
    if (test_owned_count == sizeof(test_owned) / sizeof(*test_owned))
        abort();
    test_owned[test_owned_count].free = fn;
    test_owned[test_owned_count++].arg = arg;
}

#define TEST(NAME)                                                     \
    static void test_##NAME(void);                                     \
    static struct test test_row_##NAME = { #NAME, test_##NAME, NULL }; \
    __attribute__((constructor)) static void test_add_##NAME(void)     \
    {                                                                  \
        *test_last = &test_row_##NAME;                                 \
        test_last = &test_row_##NAME.next;                             \
    }                                                                  \
    static void test_##NAME(void)

#define FAIL(...)                                                     \
    do {                                                              \
        if (test_errors++ < 10) {                                     \
            printf("FAIL %s %s:%d: ", test_name, __FILE__, __LINE__); \
            printf(__VA_ARGS__);                                      \
            printf("\n");                                             \
        }                                                             \
    } while (0)
#define EXPECT(C)           \
    do {                    \
        if (!(C))           \
            FAIL("%s", #C); \
    } while (0)
#define EXPECT_EQ(GOT, WANT)                                                   \
    do {                                                                       \
        uint64_t got_ = (uint64_t)(GOT), want_ = (uint64_t)(WANT);             \
        if (got_ != want_)                                                     \
            FAIL("%s is %#" PRIx64 ", expected %#" PRIx64, #GOT, got_, want_); \
    } while (0)
#define SKIP(REASON)           \
    do {                       \
        test_skipped = REASON; \
        return;                \
    } while (0)

static inline const char *shared_dir(void)
{
    const char *dir = getenv("SVEMU_SHARED");
    return dir ? dir : "../shared";
}

static int test_main(void)
{
    unsigned passed = 0, failed = 0, skipped = 0;
    for (struct test *t = test_first; t; t = t->next) {
        test_errors = 0, test_skipped = NULL, test_name = t->name;
        t->run();
        while (test_owned_count)
            test_owned_count--, test_owned[test_owned_count].free(test_owned[test_owned_count].arg);
        if (test_errors)
            failed++;
        else if (test_skipped)
            skipped++, printf("skip %s %s\n", t->name, test_skipped);
        else
            passed++, printf("ok %s\n", t->name);
    }
    printf("%u passed, %u failed", passed, failed);
    if (skipped)
        printf(", %u skipped", skipped);
    printf("\n");
    return failed ? 1 : 0;
}
#define TEST_MAIN \
    int main(void) { return test_main(); }

#endif
