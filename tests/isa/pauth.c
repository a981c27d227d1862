/* isa/pauth.c: the ciphers against published values, and where codes lie in pointers. */
#include "isa/pauth.h"

#include "tests/isa/run1.h"

/* The test vector of the QARMA paper's appendix, 64-bit block, as Arm's key order has it. */
TEST(qarma5)
{
    EXPECT_EQ(ComputePAC(PAUTH_QARMA5, 0xfb623599da6e8127, 0x477d469dec0b8762, 0x84be85ce9804e94b, 0xec2802d4e0a488e9),
              0xc003b93999b33765);
}
TEST(ciphers_depend_on_every_input)
{
    for (unsigned a = PAUTH_IMPDEF; a <= PAUTH_QARMA3; a++) {
        uint64_t c = ComputePAC(a, 1, 2, 3, 4);
        EXPECT(c != ComputePAC(a, 9, 2, 3, 4));
        EXPECT(c != ComputePAC(a, 1, 9, 3, 4));
        EXPECT(c != ComputePAC(a, 1, 2, 9, 4));
        EXPECT(c != ComputePAC(a, 1, 2, 3, 9));
    }
}

/* EL1 with all keys enabled, 48-bit addresses in both halves. */
static struct cpu *with_keys(void)
{
    struct cpu *cpu = run1_cpu();
    cpu->sysreg[SR_SCTLR_EL1] |= BIT(31) | BIT(30) | BIT(27) | BIT(13);
    cpu->sysreg[SR_TCR_EL1] = 16 | 16 << 16 | UINT64_C(2) << 30;
    for (unsigned i = 0; i < 10; i++)
        cpu->sysreg[SR_APIAKEYLO_EL1 + i] = 0x0123456789abcdef * (i + 1);
    return cpu;
}
static const uint64_t user = 0x0000aabbccddeef0, kernel = 0xffffaabbccddeef0;

TEST(sign_and_authenticate)
{
    for (unsigned old = 0; old < 2; old++) {
        struct cpu *cpu = with_keys();
        run1_set_feature(FEAT_PAuth2, !old), run1_set_feature(FEAT_FPAC, !old),
            run1_set_feature(FEAT_FPACCOMBINE, !old);
        for (unsigned half = 0; half < 2; half++) {
            uint64_t ptr = half ? kernel : user;
            cpu->gpr[0] = ptr, cpu->gpr[1] = 99;
            EXPECT(run1(cpu, "pacia x0, x1", 0xdac10020));
            EXPECT(cpu->gpr[0] != ptr);
            EXPECT_EQ(cpu->gpr[0] & 0x0000ffffffffffff, ptr & 0x0000ffffffffffff);
            EXPECT_EQ(cpu->gpr[0] >> 55 & 1, half);
            uint64_t signed_ptr = cpu->gpr[0];
            EXPECT(run1(cpu, "xpaci x0", 0xdac143e0));
            EXPECT_EQ(cpu->gpr[0], ptr);
            cpu->gpr[0] = signed_ptr;
            EXPECT(run1(cpu, "autia x0, x1", 0xdac11020));
            EXPECT_EQ(cpu->gpr[0], ptr);
        }
    }
    run1_all_features();
}
TEST(failure)
{
    struct cpu *cpu = with_keys();
    cpu->gpr[0] = kernel, cpu->gpr[1] = 99;
    EXPECT(run1(cpu, "pacdb x0, x1", 0xdac10c20));
    cpu->gpr[1]++;
    EXPECT(!run1(cpu, "autdb x0, x1", 0xdac11c20));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x72000003));
    /* Without FEAT_FPAC the pointer becomes one that faults. */
    cpu = with_keys();
    run1_set_feature(FEAT_FPAC, false), run1_set_feature(FEAT_FPACCOMBINE, false), run1_set_feature(FEAT_PAuth2, false);
    cpu->gpr[0] = user;
    EXPECT(run1(cpu, "paciza x0", 0xdac123e0));
    cpu->gpr[0] ^= 1;
    EXPECT(run1(cpu, "autiza x0", 0xdac133e0));
    EXPECT_EQ(cpu->gpr[0], user ^ 1 ^ UINT64_C(1) << 61);
    run1_all_features();
}
TEST(disabled_key_is_nop)
{
    struct cpu *cpu = with_keys();
    cpu->sysreg[SR_SCTLR_EL1] &= ~BIT(30);
    cpu->gpr[0] = user;
    EXPECT(run1(cpu, "pacib x0, x1", 0xdac10420));
    EXPECT_EQ(cpu->gpr[0], user);
}
TEST(top_byte_ignored_keeps_the_tag)
{
    struct cpu *cpu = with_keys();
    cpu->sysreg[SR_TCR_EL1] |= BIT(37) | BIT(51); /* TBI0, but not for instructions */
    cpu->gpr[0] = user | UINT64_C(0x5a) << 56;
    EXPECT(run1(cpu, "pacda x0, x1", 0xdac10820));
    EXPECT_EQ(cpu->gpr[0] >> 56, 0x5a);
    EXPECT(run1(cpu, "autda x0, x1", 0xdac11820));
    EXPECT_EQ(cpu->gpr[0], user | UINT64_C(0x5a) << 56);
    EXPECT(run1(cpu, "xpacd x0", 0xdac147e0));
    EXPECT_EQ(cpu->gpr[0] >> 56, 0x5a);
    EXPECT(run1(cpu, "xpaci x0", 0xdac143e0));
    EXPECT_EQ(cpu->gpr[0], user);
}
TEST(return_and_branch)
{
    struct cpu *cpu = with_keys();
    cpu->gpr[30] = RUN1_RAM + 0x80, cpu->gpr[SP_SLOT] = 0x1230;
    EXPECT(run1(cpu, "paciasp", 0xd503233f));
    EXPECT(run1(cpu, "retaa", 0xd65f0bff));
    EXPECT_EQ(cpu->pc, RUN1_RAM + 0x80);
    EXPECT(!run1(cpu, "retab", 0xd65f0fff));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], UINT64_C(0x72000001));
    cpu = with_keys();
    cpu->gpr[17] = RUN1_RAM + 0x90, cpu->gpr[16] = 5;
    EXPECT(run1(cpu, "pacib1716", 0xd503215f));
    EXPECT(run1(cpu, "brab x17, x16", 0xd71f0e30));
    EXPECT_EQ(cpu->pc, RUN1_RAM + 0x90);
    EXPECT_EQ(cpu->pstate.BTYPE, 1);
    cpu->gpr[2] = RUN1_RAM + 0x100;
    EXPECT(run1(cpu, "pacdza x2", 0xdac12be2));
    *run1_ram(cpu, RUN1_RAM + 0xf8) = 0x77;
    EXPECT(run1(cpu, "ldraa x3, [x2, #-8]!", 0xf87ffc43));
    EXPECT_EQ(cpu->gpr[3], 0x77);
    EXPECT_EQ(cpu->gpr[2], RUN1_RAM + 0xf8);
}
TEST(generic_code)
{
    struct cpu *cpu = with_keys();
    cpu->gpr[1] = 1, cpu->gpr[SP_SLOT] = 2;
    EXPECT(run1(cpu, "pacga x0, x1, sp", 0x9adf3020));
    EXPECT(cpu->gpr[0] != 0);
    EXPECT_EQ((uint32_t)cpu->gpr[0], 0);
}

TEST_MAIN
