#include "programs.h"

static bool wrong;
static uint64_t state;

void sum(const char *name, const void *data, size_t bytes)
{
    const uint8_t *p = data;
    uint64_t h = 0xcbf29ce484222325;

    for (size_t i = 0; i < bytes; i++)
        h = (h ^ p[i]) * 0x100000001b3;
    printf("%s %016llx\n", name, (unsigned long long)h);
}
void number(const char *name, uint64_t value) { printf("%s %llx\n", name, (unsigned long long)value); }
void check(const char *name, bool ok)
{
    printf("%s %s\n", name, ok ? "ok" : "WRONG");
    wrong |= !ok;
}

uint64_t rnd(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
void fill(void *data, size_t bytes)
{
    uint8_t *p = data;
    for (size_t i = 0; i < bytes; i++)
        p[i] = (uint8_t)rnd();
}

static const struct {
    const char *name;
    suite_fn *run;
} suites[] = {
#ifdef FEATURE_SUITES
    { "crypto", suite_crypto },
    { "dot", suite_dot },
    { "atomics", suite_atomics },
    { "newer", suite_newer },
#else
    { "typed", suite_typed }, { "strings", suite_strings }, { "sorting", suite_sorting }, { "numeric", suite_numeric },
    { "fixed", suite_fixed }, { "sve", suite_sve },         { "sve2p1", suite_sve2p1 },
#endif
};

int main(int argc, char **argv)
{
    const char *seed = getenv("SEED");

    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    for (unsigned i = 0; i < sizeof suites / sizeof suites[0]; i++) {
        bool chosen = argc < 2;
        for (int a = 1; a < argc; a++)
            chosen |= !strcmp(argv[a], suites[i].name);
        if (!chosen)
            continue;
        state = i + 1 + ((uint64_t)(seed ? atoi(seed) : 0) << 32);
        printf("[%s]\n", suites[i].name);
        suites[i].run();
    }
    return wrong;
}
