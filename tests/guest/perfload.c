// Work of known size for `perf stat` (tests/e2e/perf.py):
//   perfload loop N          N turns of two instructions
//   perfload chase BYTES N   N loads, each of the address that the last one gave, all over BYTES, a line of 64 each
//   time perfload branch N        N turns of nine instructions with one branch that nothing predicts, taken half of the
//   time
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 64 };

static void loop(uint64_t turns) { asm volatile("1: subs %0, %0, #1\n b.ne 1b" : "+r"(turns)::"cc"); }

// xorshift64 (Marsaglia 2003).
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

// One circle through all lines in random order (Sattolo's algorithm), so that no stride can be learnt.
static void **make_circle(uint64_t bytes)
{
    uint64_t lines = bytes / LINE, state = 1;
    uint32_t *order = malloc(lines * sizeof(*order));
    char *memory = aligned_alloc(4096, bytes);

    if (!order || !memory)
        exit(1);
    for (uint64_t i = 0; i < lines; i++)
        order[i] = (uint32_t)i;
    for (uint64_t i = lines - 1; i > 0; i--) {
        uint64_t j = next_random(&state) % i;
        uint32_t other = order[j];

        order[j] = order[i];
        order[i] = other;
    }
    for (uint64_t i = 0; i < lines; i++)
        *(void **)(memory + (uint64_t)order[i] * LINE) = memory + (uint64_t)order[(i + 1) % lines] * LINE;
    free(order);
    return (void **)memory;
}

static void chase(uint64_t bytes, uint64_t loads)
{
    void **at = make_circle(bytes);

    asm volatile("1: ldr %0, [%0]\n subs %1, %1, #1\n b.ne 1b" : "+r"(at), "+r"(loads)::"cc", "memory");
}

static void branch(uint64_t turns)
{
    uint64_t state = 88172645463325252, count = 0;

    asm volatile("1: eor %0, %0, %0, lsl #13\n eor %0, %0, %0, lsr #7\n eor %0, %0, %0, lsl #17\n"
                 " tbz %0, #40, 2f\n add %1, %1, #1\n b 3f\n2: add %1, %1, #2\n nop\n"
                 "3: subs %2, %2, #1\n b.ne 1b"
                 : "+r"(state), "+r"(count), "+r"(turns)::"cc");
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 0) : 0, second = argc > 3 ? strtoull(argv[3], NULL, 0) : 0;

    if (argc == 3 && first && !strcmp(argv[1], "loop"))
        loop(first);
    else if (argc == 4 && first >= 2 * LINE && first % 4096 == 0 && second && !strcmp(argv[1], "chase"))
        chase(first, second);
    else if (argc == 3 && first && !strcmp(argv[1], "branch"))
        branch(first);
    else {
        fprintf(stderr, "usage: perfload loop N | chase BYTES N | branch N\n");
        return 2;
    }
    return 0;
}
