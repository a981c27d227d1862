// Code that the program writes itself, made visible with DC CVAU and IC IVAU (or as CTR_EL0 says it need not be).
#include "bare.h"

const char bare_name[] = "selfmod";

#define MOVZ_W0(imm) (0x52800000u | (uint32_t)(imm) << 5)
#define RET          0xd65f03c0u
#define ROUNDS       300

static uint32_t code[1024] __attribute__((aligned(4096)));
static unsigned requested, answered;
static uint64_t answer;

static void synchronise(const void *address)
{
    asm volatile("dc cvau, %0; dsb ish; ic ivau, %0; dsb ish; isb" ::"r"(address) : "memory");
}

__attribute__((noinline)) static uint64_t call(const uint32_t *at) { return ((uint64_t(*)(void))(uintptr_t)at)(); }

// Each time the same words, so that whatever was kept of the earlier ones must be dropped.
static void check_rewriting(void)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t *at = &code[i % 7 * 16];

        at[0] = MOVZ_W0(i);
        at[1] = RET;
        synchronise(at);
        check_equal("result of new code", call(at), i);
    }
}

// A routine that changes the instruction that follows it in the same page.
static void check_next_instruction(void)
{
    uint64_t result;

    asm volatile("mov w1, %w1\n"
                 "adr x2, 1f\n"
                 "str w1, [x2]\n"
                 "dc cvau, x2\n dsb ish\n ic ivau, x2\n dsb ish\n isb\n"
                 "1: movz w0, #1\n"
                 "mov %0, x0\n"
                 : "=r"(result)
                 : "r"(MOVZ_W0(77))
                 : "x0", "x1", "x2", "memory");
    check_equal("result of the changed next instruction", result, 77);
}

static void answer_requests(unsigned index)
{
    (void)index;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        while (__atomic_load_n(&requested, __ATOMIC_ACQUIRE) < round)
            asm volatile("yield");
        ISB(); // this CPU's own part of the handshake
        answer = call(code);
        __atomic_store_n(&answered, round, __ATOMIC_RELEASE);
    }
}

static void check_other_cpu(void)
{
    if (start_cpus(2, answer_requests) < 2)
        return;
    for (unsigned round = 1; round <= ROUNDS; round++) {
        code[0] = MOVZ_W0(round + 1000);
        code[1] = RET;
        synchronise(code);
        __atomic_store_n(&requested, round, __ATOMIC_RELEASE);
        while (__atomic_load_n(&answered, __ATOMIC_ACQUIRE) < round)
            asm volatile("yield");
        check_equal("result of new code on another CPU", answer, round + 1000);
    }
}

void bare_main(void)
{
    check_rewriting();
    check_next_instruction();
    check_other_cpu();
}
