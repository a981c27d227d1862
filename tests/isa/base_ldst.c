/* isa/base_ldst.c, simd_ldst.c, exclusive.c, atomic.c, mops.c. */
#include "tests/isa/run1.h"

enum { AT = RUN1_RAM + 0x4000 };

static struct cpu *with_data(void)
{
    struct cpu *cpu = run1_cpu();
    for (unsigned i = 0; i < 0x1000; i++)
        *run1_ram(cpu, AT + i) = (uint8_t)(0x80 + i);
    cpu->gpr[1] = cpu->gpr[SP_SLOT] = AT;
    return cpu;
}
static uint64_t memory(struct cpu *cpu, uint64_t va, unsigned size)
{
    uint64_t v = 0;
    memcpy(&v, run1_ram(cpu, va), size);
    return v;
}

TEST(sizes_and_signs)
{
    struct cpu *cpu = with_data();
    EXPECT(run1(cpu, "ldrb w0, [x1, #1]", 0x39400420));
    EXPECT_EQ(cpu->gpr[0], 0x81);
    EXPECT(run1(cpu, "ldrsb w0, [x1, #1]", 0x39c00420));
    EXPECT_EQ(cpu->gpr[0], 0xffffff81);
    EXPECT(run1(cpu, "ldrsb x0, [x1, #1]", 0x39800420));
    EXPECT_EQ(cpu->gpr[0], 0xffffffffffffff81);
    EXPECT(run1(cpu, "ldrsw x0, [x1, #4]", 0xb9800420));
    EXPECT_EQ(cpu->gpr[0], 0xffffffff87868584);
    EXPECT(run1(cpu, "ldr x0, [sp, #8]", 0xf94007e0));
    EXPECT_EQ(cpu->gpr[0], 0x8f8e8d8c8b8a8988);
    EXPECT(run1(cpu, "ldurh w0, [x1, #3]", 0x78403020));
    EXPECT_EQ(cpu->gpr[0], 0x8483);
}

TEST(write_back)
{
    struct cpu *cpu = with_data();
    EXPECT(run1(cpu, "ldr w0, [x1, #8]!", 0xb8408c20));
    EXPECT_EQ(cpu->gpr[0], 0x8b8a8988);
    EXPECT_EQ(cpu->gpr[1], AT + 8);
    EXPECT(run1(cpu, "ldr w0, [x1], #-8", 0xb85f8420));
    EXPECT_EQ(cpu->gpr[0], 0x8b8a8988);
    EXPECT_EQ(cpu->gpr[1], AT);
    cpu->gpr[2] = 0x1111111111111111, cpu->gpr[3] = 0x2222222222222222;
    EXPECT(run1(cpu, "stp x2, x3, [sp, #-16]!", 0xa9bf0fe2));
    EXPECT_EQ(cpu->gpr[SP_SLOT], AT - 16);
    EXPECT_EQ(memory(cpu, AT - 16, 8), 0x1111111111111111);
    EXPECT_EQ(memory(cpu, AT - 8, 8), 0x2222222222222222);
    EXPECT(run1(cpu, "ldp w4, w5, [sp], #16", 0x28c217e4));
    EXPECT_EQ(cpu->gpr[SP_SLOT], AT);
    EXPECT_EQ(cpu->gpr[4], 0x11111111);
    EXPECT_EQ(cpu->gpr[5], 0x11111111);
    EXPECT(run1(cpu, "ldpsw x4, x5, [x1, #-4]", 0x697f9424));
    EXPECT_EQ(cpu->gpr[4], 0x22222222);
    EXPECT_EQ(cpu->gpr[5], 0xffffffff83828180);
}

TEST(register_offset)
{
    struct cpu *cpu = with_data();
    cpu->gpr[2] = 0xffffffff00000002, cpu->gpr[3] = 0xfffffffe;
    EXPECT(run1(cpu, "ldrh w0, [x1, w2, uxtw #1]", 0x78625820));
    EXPECT_EQ(cpu->gpr[0], 0x8584);
    cpu->gpr[1] += 8;
    EXPECT(run1(cpu, "ldrb w0, [x1, w3, sxtw]", 0x3863c820));
    EXPECT_EQ(cpu->gpr[0], 0x86);
    EXPECT(!run1_word(cpu, 0xf8620820)); /* option 0 */
}

TEST(misaligned_sp_faults_where_checked)
{
    struct cpu *cpu = with_data();
    cpu->gpr[SP_SLOT] = AT + 8, cpu->gpr[0] = 7;
    EXPECT(run1(cpu, "ldr x0, [sp]", 0xf94003e0));
    cpu->sysreg[SR_SCTLR_EL1] |= BIT(3);
    cpu->gpr[0] = 7;
    EXPECT(!run1(cpu, "ldr x0, [sp]", 0xf94003e0));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 26, EC_SP_ALIGN);
    EXPECT_EQ(cpu->gpr[0], 7);
}

TEST(a_fault_changes_nothing)
{
    struct cpu *cpu = with_data();
    cpu->gpr[1] = 0x1000, cpu->gpr[4] = 4, cpu->gpr[5] = 5; /* nothing there */
    EXPECT(!run1(cpu, "ldp x4, x5, [x1], #16", 0xa8c11424));
    EXPECT_EQ(cpu->gpr[1], 0x1000);
    EXPECT_EQ(cpu->gpr[4], 4);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 26, EC_DABT_SAME);
}

TEST(exclusive_pair)
{
    struct cpu *cpu = with_data();
    EXPECT(run1(cpu, "ldaxr x0, [x1]", 0xc85ffc20));
    cpu->gpr[2] = 42, cpu->gpr[3] = 9;
    EXPECT(run1(cpu, "stlxr w3, x2, [x1]", 0xc803fc22));
    EXPECT_EQ(cpu->gpr[3], 0);
    EXPECT_EQ(memory(cpu, AT, 8), 42);
    EXPECT(run1(cpu, "stxr w3, xzr, [x1]", 0xc8037c3f));
    EXPECT_EQ(cpu->gpr[3], 1);
    EXPECT_EQ(memory(cpu, AT, 8), 42);
    EXPECT(run1(cpu, "ldxr w0, [x1]", 0x885f7c20));
    EXPECT(run1(cpu, "clrex", 0xd5033f5f));
    EXPECT(run1(cpu, "stxr w3, wzr, [x1]", 0x88037c3f));
    EXPECT_EQ(cpu->gpr[3], 1);
}

TEST(atomics)
{
    struct cpu *cpu = with_data();
    cpu->gpr[2] = 1;
    EXPECT(run1(cpu, "ldaddal w2, w0, [x1]", 0xb8e20020));
    EXPECT_EQ(cpu->gpr[0], 0x83828180);
    EXPECT_EQ(memory(cpu, AT, 4), 0x83828181);
    cpu->gpr[2] = 0xff;
    EXPECT(run1(cpu, "ldsmaxb w2, w0, [x1]", 0x38224020)); /* -1 against -127 */
    EXPECT_EQ(cpu->gpr[0], 0x81);
    EXPECT_EQ(memory(cpu, AT, 1), 0xff);
    cpu->gpr[4] = 0x8b8a8988, cpu->gpr[5] = 0x8f8e8d8c, cpu->gpr[6] = 1, cpu->gpr[7] = 2, cpu->gpr[1] = AT + 8;
    EXPECT(run1(cpu, "caspal w4, w5, w6, w7, [x1]", 0x0864fc26));
    EXPECT_EQ(memory(cpu, AT + 8, 8), 0x0000000200000001);
    cpu->gpr[4] = 5;
    EXPECT(run1(cpu, "cas x4, x6, [x1]", 0xc8a47c26));
    EXPECT_EQ(cpu->gpr[4], 0x0000000200000001);
    EXPECT_EQ(memory(cpu, AT + 8, 8), 0x0000000200000001);
    EXPECT(!run1_word(cpu, 0x08257c20)); /* casp with odd registers */
}

TEST(atomic_pairs)
{
    struct cpu *cpu = with_data();
    cpu->gpr[2] = 1, cpu->gpr[3] = 2;
    EXPECT(run1(cpu, "swppal x2, x3, [x1]", 0x19e38022));
    EXPECT_EQ(cpu->gpr[2], 0x8786858483828180);
    EXPECT_EQ(cpu->gpr[3], 0x8f8e8d8c8b8a8988);
    EXPECT_EQ(memory(cpu, AT + 8, 8), 2);
    cpu->gpr[2] = 6, cpu->gpr[3] = 2;
    EXPECT(run1(cpu, "ldsetp x2, x3, [x1]", 0x19233022));
    EXPECT_EQ(cpu->gpr[2], 1);
    EXPECT_EQ(memory(cpu, AT, 8), 7);
    cpu->gpr[2] = 3, cpu->gpr[3] = 2;
    EXPECT(run1(cpu, "ldclrp x2, x3, [x1]", 0x19231022));
    EXPECT_EQ(memory(cpu, AT, 8), 4);
    EXPECT_EQ(memory(cpu, AT + 8, 8), 0);
    cpu->gpr[1] += 8;
    EXPECT(!run1(cpu, "swpp x2, x3, [x1]", 0x19238022)); /* not aligned */
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] & 0x3f, 0x21);
}
TEST(acquire_release_with_write_back)
{
    struct cpu *cpu = with_data();
    EXPECT(run1(cpu, "ldapr w0, [x1], #4", 0x99c00820));
    EXPECT_EQ(cpu->gpr[0], 0x83828180);
    EXPECT_EQ(cpu->gpr[1], AT + 4);
    EXPECT(run1(cpu, "ldiapp w2, w3, [x1], #8", 0x99430822));
    EXPECT_EQ(cpu->gpr[3], 0x8b8a8988);
    EXPECT_EQ(cpu->gpr[1], AT + 12);
    EXPECT(run1(cpu, "ldiapp x2, x3, [sp]", 0xd9431be2));
    EXPECT_EQ(cpu->gpr[3], 0x8f8e8d8c8b8a8988);
    EXPECT_EQ(cpu->gpr[SP_SLOT], AT);
    EXPECT(run1(cpu, "stilp x3, x2, [sp, #-16]!", 0xd9020be3));
    EXPECT_EQ(cpu->gpr[SP_SLOT], AT - 16);
    EXPECT_EQ(memory(cpu, AT - 16, 8), 0x8f8e8d8c8b8a8988);
    EXPECT(run1(cpu, "stlr w2, [x1, #-4]!", 0x99800822));
    EXPECT_EQ(cpu->gpr[1], AT + 8);
    EXPECT_EQ(memory(cpu, AT + 8, 4), 0x83828180);
    EXPECT(run1(cpu, "ldapur d5, [x1, #-8]", 0xdd5f8825));
    EXPECT_EQ(cpu->z[5][7], 0x87);
    EXPECT(run1(cpu, "stl1 { v5.d }[0], [x1]", 0x0d018425));
    EXPECT_EQ(memory(cpu, AT + 8, 8), 0x8786858483828180);
    EXPECT(run1(cpu, "ldapursh x0, [x1, #-6]", 0x599fa020));
    EXPECT_EQ(cpu->gpr[0], 0xffffffffffff8382);
}
TEST(unprivileged)
{
    struct cpu *cpu = with_data();
    EXPECT(run1(cpu, "ldtrsb x0, [x1, #2]", 0x38802820));
    EXPECT_EQ(cpu->gpr[0], 0xffffffffffffff82);
    EXPECT(run1(cpu, "sttrh wzr, [x1, #2]", 0x7800283f));
    EXPECT_EQ(memory(cpu, AT, 8), 0x8786858400008180);
}
TEST(literal)
{
    struct cpu *cpu = with_data();
    cpu->page_va = AT - 8;
    EXPECT(run1(cpu, "ldrsw x0, #8", 0x98000040));
    EXPECT_EQ(cpu->gpr[0], 0xffffffff83828180);
    EXPECT(run1(cpu, "ldr q1, #8", 0x9c000041));
    EXPECT_EQ(cpu->z[1][15], 0x8f);
    EXPECT(run1(cpu, "prfm pldl1keep, #8", 0xd8000040));
}

TEST(simd_registers)
{
    struct cpu *cpu = with_data();
    memset(cpu->z[0], 0xff, MAX_VL_BYTES), cpu->z_high = 1;
    EXPECT(run1(cpu, "ldr h0, [x1, #2]", 0x7d400420));
    EXPECT_EQ(cpu->z[0][0], 0x82);
    EXPECT_EQ(cpu->z[0][1], 0x83);
    EXPECT_EQ(cpu->z[0][2] | cpu->z[0][15] | cpu->z[0][16] | cpu->z[0][31], 0);
    EXPECT(run1(cpu, "ldp q2, q3, [x1, #32]!", 0xadc10c22));
    EXPECT_EQ(cpu->gpr[1], AT + 32);
    EXPECT_EQ(cpu->z[3][15], 0xbf);
    EXPECT(run1(cpu, "ld3 { v30.8b, v31.8b, v0.8b }, [x1], #24", 0x0cdf403e));
    EXPECT_EQ(cpu->gpr[1], AT + 56);
    EXPECT_EQ(cpu->z[30][1], 0xa3);
    EXPECT_EQ(cpu->z[0][7], 0xb7);
    EXPECT_EQ(cpu->z[0][8], 0);
    EXPECT(run1(cpu, "ld1r { v4.4s }, [x1]", 0x4d40c824));
    EXPECT_EQ(cpu->z[4][12], 0xb8);
    EXPECT(run1(cpu, "ld1 { v4.b }[9], [x1]", 0x4d400424));
    EXPECT_EQ(cpu->z[4][9], 0xb8);
    EXPECT(run1(cpu, "st2 { v30.h, v31.h }[1], [x1]", 0x0d20483e));
    EXPECT_EQ(memory(cpu, AT + 56, 2), memory(cpu, AT + 56, 1) | (uint64_t)cpu->z[30][3] << 8);
    EXPECT(!run1_word(cpu, 0x0dc0dc20)); /* the replicating load with S set */
}

TEST(simd_load_traps)
{
    struct cpu *cpu = with_data();
    cpu->sysreg[SR_CPACR_EL1] = 0;
    cpu_update_traps(cpu);
    EXPECT(!run1(cpu, "ldr q0, [x1]", 0x3dc00020));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 26, EC_FP_SVE_ACCESS);
}

static void run_mops(struct cpu *cpu, const char *text, uint32_t p)
{
    static const uint32_t stage[] = { 0, 1, 2 };
    bool set = text[0] == 's';
    for (unsigned i = 0; i < 3; i++) {
        unsigned rounds = 0;
        uint32_t word = p + (stage[i] << (set ? 14 : 22));
        do {
            EXPECT(run1_word(cpu, word));
        } while (cpu->redirect & REDIRECT_PC && rounds++ < 10);
    }
}
TEST(memory_set_and_copy)
{
    struct cpu *cpu = with_data();
    cpu->sysreg[SR_HCRX_EL2] = BIT(11);
    cpu->gpr[1] = AT + 3, cpu->gpr[2] = 0x1800, cpu->gpr[3] = 0x55;
    EXPECT_EQ(isa_decode_row(0x19c30441), INSN_SETP);
    run_mops(cpu, "setp [x1]!, x2!, x3", 0x19c30441);
    EXPECT_EQ(cpu->gpr[1], AT + 0x1803);
    EXPECT_EQ(cpu->gpr[2], 0);
    EXPECT_EQ(memory(cpu, AT + 2, 2), 0x5582);
    EXPECT_EQ(memory(cpu, AT + 0x1802, 2), 0x0055);
    /* Overlapping upward: backward. */
    for (unsigned i = 0; i < 0x2000; i++)
        *run1_ram(cpu, AT + i) = (uint8_t)(i * 7 + (i >> 8));
    cpu->gpr[1] = AT + 0x500, cpu->gpr[2] = AT, cpu->gpr[3] = 0x1200;
    run_mops(cpu, "cpyp [x1]!, [x2]!, x3!", 0x1d020461);
    EXPECT_EQ(cpu->gpr[3], 0);
    for (unsigned i = 0; i < 0x1200; i++)
        EXPECT_EQ(*run1_ram(cpu, AT + 0x500 + i), (uint8_t)(i * 7 + (i >> 8)));
    /* Forward, ending addresses. */
    cpu->gpr[1] = AT, cpu->gpr[2] = AT + 0x500, cpu->gpr[3] = 0x1100;
    run_mops(cpu, "cpyfp [x1]!, [x2]!, x3!", 0x19020461);
    EXPECT_EQ(cpu->gpr[1], AT + 0x1100);
    EXPECT_EQ(cpu->gpr[2], AT + 0x1600);
    EXPECT_EQ(*run1_ram(cpu, AT + 0x10ff), (uint8_t)(0x10ff * 7 + 0x10));
}
TEST(memory_set_with_the_other_option)
{
    struct cpu *cpu = with_data();
    cpu->gpr[2] = 8, cpu->pstate.C = 1;
    EXPECT(!run1(cpu, "setm [x1]!, x2!, x3", 0x19c34441));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], 0x2000000); /* HCRX_EL2.MSCEn is 0 */
    cpu->pstate = (struct pstate){ .EL = EL1, .SP = 1, .C = 1 };
    cpu->sysreg[SR_HCRX_EL2] = BIT(11);
    EXPECT(!run1(cpu, "setm [x1]!, x2!, x3", 0x19c34441));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] >> 26, EC_MOPS);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1] & 0x1ffffff, 1 << 24 | 1 << 17 | 1 << 16 | 1 << 10 | 3 << 5 | 2);
}

TEST_MAIN
