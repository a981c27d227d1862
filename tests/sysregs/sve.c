/* sysregs/sve.c against the tables computed from Arm's specification (where the shared folder is present), and by hand.
 */
#include "tests/sysregs/sysreg_test.h"

/* All columns but the last are decimal numbers. */
static FILE *open_table(const char *name)
{
    char path[512], line[256];
    snprintf(path, sizeof(path), "%s/vectors/%s", shared_dir(), name);
    FILE *f = fopen(path, "r");
    if (f && !fgets(line, sizeof(line), f))
        fclose(f), f = NULL;
    return f;
}

/* What CPTR_EL3 makes of an outcome: what nobody below traps goes to EL3. SVE's own control comes before FP's. */
static const char *el3_outcome(const struct cpu *cpu, bool is_fp, const char *below)
{
    if (strcmp(below, "ok") || !cpu->el3.denied)
        return below;
    if (!is_fp && el3_traps(cpu, EL3_CPTR_EL3_EZ))
        return "el3 ec19 iss0";
    return el3_traps(cpu, EL3_CPTR_EL3_TFP) ? "el3 ec07 iss1e00000" : below;
}

static struct el3_event taken;
static void note_el3(struct cpu *cpu, const struct el3_event *e)
{
    (void)cpu;
    taken = *e;
}

/* Every row with these controls of CPTR_EL3 denying. */
static void fp_sve_traps(uint64_t denied)
{
    FILE *f = open_table("fp-sve-traps.tsv");
    struct cpu *cpu = test_cpu();
    char insn[8], outcome[64];
    unsigned el, e2h, tge, fpen, zen, cptr_fp, cptr_z, rows = 0;

    if (!f)
        SKIP("no shared/vectors/fp-sve-traps.tsv");
    cpu->el3 = (struct el3_config){ .have = true, .zcr_len = 15, .denied = denied };
    cpu->machine->el3_event = note_el3;
    while (fscanf(f, "%7s %u %u %u %u %u %u %u %63[^\n]", insn, &el, &e2h, &tge, &fpen, &zen, &cptr_fp, &cptr_z,
                  outcome) == 9) {
        uint64_t hcr = (e2h ? HCR_E2H : 0) | (tge ? HCR_TGE : 0);
        bool is_fp = !strcmp(insn, "fp") || !strcmp(insn, "simd");
        const char *want = el3_outcome(cpu, is_fp, outcome + strspn(outcome, " \t"));
        char got[64] = "ok";

        at_el(cpu, el, hcr);
        cpu->sysreg[SR_CPACR_EL1] = (uint64_t)fpen << 20 | zen << 16;
        cpu->sysreg[SR_CPTR_EL2] = e2h ? (uint64_t)cptr_fp << 20 | cptr_z << 16 : (uint64_t)cptr_fp << 10 | cptr_z << 8;
        cpu_update_traps(cpu);
        bool cached = is_fp ? cpu->fp_trap : cpu->sve_trap;
        bool went_on = is_fp ? CheckFPEnabled64(cpu) : CheckSVEEnabled(cpu);
        if (cpu->power == POWER_AT_EL3) {
            snprintf(got, sizeof(got), "el3 ec%02x iss%x", taken.ec, (unsigned)Bits(taken.esr, 24, 0));
            cpu->power = POWER_OFF;
        } else if (!went_on) {
            uint64_t esr = cpu->sysreg[cpu->pstate.EL == EL2 ? SR_ESR_EL2 : SR_ESR_EL1];
            snprintf(got, sizeof(got), "el%u ec%02x iss%x vec%x", cpu->pstate.EL, (unsigned)Bits(esr, 31, 26),
                     (unsigned)Bits(esr, 24, 0), (unsigned)(cpu->pc & 0x7ff));
            EXPECT(why_last(cpu)->count);
        }
        EXPECT_EQ(cached, !went_on);
        if (strcmp(got, want))
            FAIL("%s el%u e2h%u tge%u cpacr %u %u cptr %u %u: %s, expected %s", insn, el, e2h, tge, fpen, zen, cptr_fp,
                 cptr_z, got, want);
        rows++;
    }
    fclose(f);
    EXPECT_EQ(rows, 8000);
}
TEST(fp_sve_traps_table) { fp_sve_traps(0); }
TEST(fp_sve_traps_with_EZ) { fp_sve_traps(UINT64_C(1) << EL3_CPTR_EL3_EZ); }
TEST(fp_sve_traps_with_TFP) { fp_sve_traps(UINT64_C(1) << EL3_CPTR_EL3_TFP); }
TEST(fp_sve_traps_with_both) { fp_sve_traps(UINT64_C(1) << EL3_CPTR_EL3_EZ | UINT64_C(1) << EL3_CPTR_EL3_TFP); }

TEST(current_vl_table)
{
    FILE *f = open_table("current-vl.tsv");
    struct cpu *cpu = test_cpu();
    unsigned el, e2h, tge, zcr1, zcr2, zcr3, vl, rows = 0;

    if (!f)
        SKIP("no shared/vectors/current-vl.tsv");
    while (fscanf(f, "%u %u %u %u %u %u %u", &el, &e2h, &tge, &zcr1, &zcr2, &zcr3, &vl) == 7) {
        rows++;
        if (el == 3)
            continue; /* nothing executes there */
        cpu->el3 = (struct el3_config){ .have = zcr3 != 15, .zcr_len = (uint8_t)zcr3 };
        cpu->vq_set = 0x808b;
        at_el(cpu, el, (e2h ? HCR_E2H : 0) | (tge ? HCR_TGE : 0));
        cpu->sysreg[SR_ZCR_EL1] = zcr1;
        cpu->sysreg[SR_ZCR_EL2] = zcr2;
        cpu_update_traps(cpu);
        if (CurrentVL(cpu) != vl)
            FAIL("el%u e2h%u tge%u zcr %u %u %u: %u, expected %u", el, e2h, tge, zcr1, zcr2, zcr3, CurrentVL(cpu), vl);
    }
    fclose(f);
    EXPECT_EQ(rows, 5120);
}

/* Every request on every kind of set: the largest implemented length not above it. */
TEST(any_set_of_lengths)
{
    struct cpu *cpu = test_cpu();

    for (unsigned set = 1; set < 0x10000; set += 2) {
        cpu->vq_set = (uint16_t)set;
        at_el(cpu, EL2, HCR_E2H);
        for (unsigned len = 0; len < 16; len++) {
            unsigned vq = len + 1;
            while (!(set >> (vq - 1) & 1))
                vq--;
            cpu->sysreg[SR_ZCR_EL2] = len;
            cpu_update_traps(cpu);
            if (CurrentVL(cpu) != 128 * vq)
                FAIL("set %#x, LEN %u: %u", set, len, CurrentVL(cpu));
        }
    }
}

/* The kernel's probe: LEN is written as 0x1ff and reads back as 15. */
TEST(zcr_len_has_four_bits)
{
    struct cpu *cpu = test_cpu();
    unsigned zcr_el1 = sysreg_handle(3, 0, 1, 2, 0), zcr_el2 = sysreg_handle(3, 4, 1, 2, 0);
    uint64_t v;

    at_el(cpu, EL2, HCR_E2H);
    EXPECT(AArch64_SysRegWrite(cpu, zcr_el1, 0, 0x1ff));
    EXPECT(AArch64_SysRegRead(cpu, zcr_el2, 0, &v));
    EXPECT_EQ(v, 15);
    EXPECT_EQ(CurrentVL(cpu), 1024);
    EXPECT(AArch64_SysRegWrite(cpu, zcr_el1, 0, 2));
    EXPECT_EQ(CurrentVL(cpu), 256);
}

/* A probe under ZCR_EL3.LEN = 1 finds no more than 256 bits, and the machine can say why, once. */
TEST(zcr_el3_limits_a_probe)
{
    struct cpu *cpu = test_cpu();

    cpu->el3 = (struct el3_config){ .have = true, .zcr_len = 1 };
    cpu->machine->el3_event = note_el3;
    taken.control = EL3_NONE;
    at_el(cpu, EL2, HCR_E2H);
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 4, 1, 2, 0), 0, 1));
    EXPECT_EQ(taken.control, EL3_NONE);
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 4, 1, 2, 0), 0, 0x1ff));
    EXPECT_EQ(cpu->sysreg[SR_ZCR_EL2], 15);
    EXPECT_EQ(CurrentVL(cpu), 256);
    EXPECT_EQ(taken.control, EL3_ZCR_EL3_LEN);
    EXPECT_EQ(taken.what, EL3_LIMITED);
}

TEST(zcr_traps_say_sve)
{
    struct cpu *cpu = test_cpu();
    unsigned zcr = sysreg_handle(3, 0, 1, 2, 0), zcr12 = sysreg_handle(3, 5, 1, 2, 0);
    uint64_t v;

    at_el(cpu, EL1, HCR_E2H);
    cpu->sysreg[SR_CPACR_EL1] = 0x300000;
    EXPECT(!AArch64_SysRegRead(cpu, zcr, 0, &v));
    EXPECT_EQ(cpu->pstate.EL, EL1);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], (uint64_t)EC_SVE << 26 | 1u << 25);
    at_el(cpu, EL1, HCR_E2H);
    cpu->sysreg[SR_CPTR_EL2] = 0x300000;
    EXPECT(!AArch64_SysRegRead(cpu, zcr, 0, &v));
    EXPECT_EQ(cpu->pstate.EL, EL2);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], (uint64_t)EC_SVE << 26 | 1u << 25);
    /* EL2's own access under E2H: CPTR_EL2.ZEN again, to itself. */
    at_el(cpu, EL2, HCR_E2H);
    cpu->sysreg[SR_CPTR_EL2] = 0x300000;
    EXPECT(!AArch64_SysRegWrite(cpu, zcr12, 0, 0));
    EXPECT_EQ(cpu->pc, VECTORS_EL2 + 0x200);
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], (uint64_t)EC_SVE << 26 | 1u << 25);
    /* ZEN = 01 traps EL0 only. */
    at_el(cpu, EL1, HCR_E2H);
    cpu->sysreg[SR_CPACR_EL1] = 0x310000;
    EXPECT(AArch64_SysRegRead(cpu, zcr, 0, &v));
}

TEST(no_sve_without_lengths)
{
    struct cpu *cpu = test_cpu_model("lab", 0, 1);
    unsigned zcr_el2 = sysreg_handle(3, 4, 1, 2, 0);
    uint64_t v;

    EXPECT_EQ(Bits(cpu->sysreg[SR_ID_AA64PFR0_EL1], 35, 32), 0);
    EXPECT_EQ(cpu->sysreg[SR_ID_AA64ZFR0_EL1], 0);
    EXPECT(!HaveFeat(cpu, FEAT_SVE) && !HaveFeat(cpu, FEAT_SVE2));
    EXPECT_EQ(CurrentVL(cpu), 128);
    at_el(cpu, EL2, 0);
    EXPECT(!AArch64_SysRegRead(cpu, zcr_el2, 0, &v));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 1u << 25);
    EXPECT(HaveFeat(cpu, FEAT_BF16));
}

TEST_MAIN
