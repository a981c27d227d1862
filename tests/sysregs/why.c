/* The reasons of exceptions that system registers and FP/SVE checks cause: there always is one, it names its controls,
 * and it is true: with the deciding control changed, the reason is another. */
#include "tests/sysregs/sysreg_test.h"

#include "core/stats.h"
#include "sysregs/rows.h"
#include "tests/why.h"

static unsigned handle_of(const struct sysreg_row *r) { return sysreg_handle(r->op0, r->op1, r->CRn, r->CRm, r->op2); }

static bool read_by_name(struct cpu *cpu, const char *name)
{
    uint64_t v;
    return AArch64_SysRegRead(cpu, handle_of(&sysreg_table[sysreg_by_name(name)]), 0, &v);
}
static bool write_by_name(struct cpu *cpu, const char *name)
{
    return AArch64_SysRegWrite(cpu, handle_of(&sysreg_table[sysreg_by_name(name)]), 0, 0);
}

TEST(the_deciding_control_and_what_passed_before_it)
{
    struct cpu *cpu = test_cpu();

    at_el(cpu, EL1, HCR_E2H);
    cpu->sysreg[SR_CPTR_EL2] = 3 << 20;
    cpu->sysreg[SR_CPACR_EL1] = 3 << 20 | 3 << 16;
    cpu_update_traps(cpu);
    EXPECT(!CheckSVEEnabled(cpu));
    EXPECT_WHY(cpu, "CPTR_EL2.ZEN=0b00 (E2H=1); checked before: CPACR_EL1.ZEN=0b11, CPACR_EL1.FPEN=0b11 passed");

    at_el(cpu, EL0, HCR_E2H | HCR_TGE);
    cpu->sysreg[SR_CPTR_EL2] = 1 << 20 | 3 << 16;
    cpu_update_traps(cpu);
    EXPECT(!CheckFPEnabled64(cpu));
    EXPECT_WHY(cpu, "CPTR_EL2.FPEN=0b01 (E2H=1, TGE=1)");

    at_el(cpu, EL1, HCR_TVM);
    EXPECT(!write_by_name(cpu, "SCTLR_EL1"));
    EXPECT_WHY(cpu, "HCR_EL2.TVM=1");

    at_el(cpu, EL1, 0);
    cpu->sysreg[SR_HFGWTR_EL2] = BIT(F_HFGWTR_EL2_SCTLR_EL1);
    EXPECT(!write_by_name(cpu, "SCTLR_EL1"));
    EXPECT_WHY(cpu, "HFGWTR_EL2.SCTLR_EL1=1; checked before: HCR_EL2.TVM=0 passed");
    cpu->sysreg[SR_HFGWTR_EL2] = 0;

    at_el(cpu, EL1, 0);
    cpu->sysreg[SR_CNTHCTL_EL2] = 0;
    EXPECT(!read_by_name(cpu, "CNTPCT_EL0"));
    EXPECT_WHY(cpu, "CNTHCTL_EL2.EL1PCTEN=0 (E2H=0)");
    at_el(cpu, EL1, HCR_E2H);
    EXPECT(!read_by_name(cpu, "CNTP_CTL_EL0"));
    EXPECT_WHY(cpu, "CNTHCTL_EL2.EL1PTEN=0 (E2H=1)");

    at_el(cpu, EL0, 0); /* two enables, either of which would do */
    cpu->sysreg[SR_PMUSERENR_EL0] = 0;
    EXPECT(!read_by_name(cpu, "PMCCNTR_EL0"));
    EXPECT_WHY(cpu, "PMUSERENR_EL0.EN=0, PMUSERENR_EL0.CR=0 (E2H=0, TGE=0); checked before: FEAT_PMUv3 passed");
}

TEST(causes_that_no_control_decides)
{
    struct cpu *cpu = test_cpu_model("lab", 0x8b, 1);
    uint64_t v;

    at_el(cpu, EL1, 0);
    EXPECT(!read_by_name(cpu, "HCR_EL2"));
    EXPECT_WHY(cpu, "register is not readable at EL1, HCR_EL2");
    at_el(cpu, EL2, 0);
    EXPECT(!AArch64_SysRegRead(cpu, sysreg_handle(3, 5, 1, 0, 0), 0, &v));
    EXPECT_WHY(cpu, "no _EL12 or _EL02 name here, alias of SCTLR_EL1, HCR_EL2.E2H=0");
    at_el(cpu, EL1, 0);
    EXPECT(!AArch64_SysRegRead(cpu, sysreg_handle(3, 2, 5, 7, 1), 0, &v));
    EXPECT_WHY(cpu, "no such system register, S3_2_C5_C7_1");
    at_el(cpu, EL0, 0);
    EXPECT(!read_by_name(cpu, "MIDR_EL1"));
    EXPECT_WHY(cpu, "FEAT_IDST: read in the feature ID space that is UNDEFINED (E2H=0, TGE=0)");
    at_el(cpu, EL0, 0);
    EXPECT(!AArch64_MSR_imm(cpu, 0, 5, 1));
    EXPECT_WHY(cpu, "MSR (immediate): PSTATE.SP at EL0 (E2H=0, TGE=0)");
    at_el(cpu, EL1, 0);
    AArch64_CallSupervisor(cpu, 7);
    EXPECT_WHY(cpu, "SVC instruction, imm16 0x7");
}

/* ---- Every register, at every EL, under arbitrary controls ---- */

static uint64_t random_state;
static uint64_t random64(void)
{
    uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static const uint16_t controls[] = {
    SR_HCRX_EL2,    SR_CPTR_EL2,      SR_CPACR_EL1,  SR_MDCR_EL2,    SR_CNTHCTL_EL2,
    SR_CNTKCTL_EL1, SR_ICH_HCR_EL2,   SR_HFGRTR_EL2, SR_HFGWTR_EL2,  SR_HDFGRTR_EL2,
    SR_HFGITR_EL2,  SR_PMUSERENR_EL0, SR_MDSCR_EL1,  SR_HDFGWTR_EL2, SR_ICC_SRE_EL2,
};

/* Most controls let most accesses pass, so that every control comes to decide sometimes. */
static void arbitrary(struct cpu *cpu)
{
    static const uint64_t hcr[] = { 0, HCR_E2H, HCR_TGE, HCR_E2H | HCR_TGE };
    unsigned combination = random64() & 3;
    unsigned el = combination < 2 ? random64() % 3 : random64() & 1 ? EL0 : EL2; /* no EL1 with TGE */
    bool dense = random64() & 1;

    at_el(cpu, el, hcr[combination] | (random64() & random64() & random64() & ~(HCR_E2H | HCR_TGE)));
    cpu->sysreg[SR_SCTLR_EL1] = random64(), cpu->sysreg[SR_SCTLR_EL2] = random64();
    cpu->sysreg[SR_SCTLR_EL1] &= ~UINT64_C(1), cpu->sysreg[SR_SCTLR_EL2] &= ~UINT64_C(1); /* MMU off */
    for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++) {
        const struct sysreg_masks *m = sysreg_masks(cpu);
        uint64_t v = dense ? random64() : random64() & random64() & random64();
        cpu->sysreg[controls[i]] = (v & m->rw[controls[i]]) | m->res1[controls[i]];
    }
    cpu->pstate.SP = el != EL0 && random64() & 1;
    cpu_update_traps(cpu);
}

struct attempt {
    unsigned row;
    char direction;
    uint64_t sysreg[SR_COUNT];
    struct pstate pstate;
};

static void prepare(struct cpu *cpu, struct attempt *a, unsigned row)
{
    a->row = row;
    a->direction = sysreg_table[row].insn ? 'x' : random64() & 1 ? 'r' : 'w';
    memcpy(a->sysreg, cpu->sysreg, sizeof(a->sysreg));
    a->pstate = cpu->pstate;
}

/* true: an exception was taken. The CPU is as it was before. */
static bool try_it(struct cpu *cpu, const struct attempt *a)
{
    unsigned handle = handle_of(&sysreg_table[a->row]);
    uint64_t v, taken = cpu->exceptions_taken;
    bool ok;

    memcpy(cpu->sysreg, a->sysreg, sizeof(a->sysreg));
    cpu->pstate = a->pstate;
    cpu_update_traps(cpu);
    ok = a->direction == 'r'   ? AArch64_SysRegRead(cpu, handle, 0, &v)
         : a->direction == 'w' ? AArch64_SysRegWrite(cpu, handle, 0, 0)
                               : AArch64_SysInstr(cpu, handle, 0, 0x40000000);
    if (ok != (taken == cpu->exceptions_taken))
        FAIL("%s: exceptions taken %d, returned %d", sysreg_table[a->row].name, (int)(cpu->exceptions_taken - taken),
             ok);
    if (cpu->why.recording)
        FAIL("%s: still recording after the access", sysreg_table[a->row].name);
    memcpy(cpu->sysreg, a->sysreg, sizeof(a->sysreg));
    cpu->pstate = a->pstate;
    return !ok;
}

/* With what decided changed, the same access has another reason, or none. */
static void expect_true(struct cpu *cpu, struct attempt *a)
{
    struct why why = *why_last(cpu);
    char text[512];

    snprintf(text, sizeof(text), "%s", last_text(cpu));
    for (unsigned i = 0; i < why.count; i++) {
        const struct why_check *c = &why.check[i];
        uint64_t mask = (BIT(c->width) - 1) << c->lo;
        if (c->decides && !c->name)
            a->sysreg[c->reg] = c->width == 1   ? a->sysreg[c->reg] ^ mask
                                : c->width == 2 ? a->sysreg[c->reg] | mask         /* FPEN, ZEN */
                                                : a->sysreg[c->reg] | 6u << c->lo; /* HPMN: all counters are EL1's */
    }
    if (try_it(cpu, a) && !strcmp(text, last_text(cpu)))
        FAIL("%s %c at EL%u: '%s', whatever the control says", sysreg_table[a->row].name, a->direction, a->pstate.EL,
             text);
}

/* By controls alone, and not by HCR_EL2.TGE, which changes everything else too. */
static bool decided_by_control(const struct why *why)
{
    bool any = false;
    for (unsigned i = 0; i < why->count; i++) {
        const struct why_check *c = &why->check[i];
        if (c->decides && c->reg == SR_HCR_EL2 && c->lo == 27)
            return false;
        any |= c->decides;
    }
    return any && !why->format;
}

TEST(every_register_says_why)
{
    static struct attempt a;
    struct cpu *cpu = test_cpu_model("max", 0x8b, 1);
    unsigned refused = 0, decided = 0;

    random_state = 1;
    for (unsigned round = 0; round < 300; round++)
        for (unsigned row = 0; row < ROW_COUNT; row++) {
            if (sysreg_table[row].todo)
                continue;
            arbitrary(cpu);
            prepare(cpu, &a, row);
            if (!try_it(cpu, &a))
                continue;
            refused++;
            const char *text = last_text(cpu);
            if (!*text || strchr(text, '['))
                FAIL("%s %c at EL%u: reason '%s'", sysreg_table[row].name, a.direction, a.pstate.EL, text);
            if (decided_by_control(why_last(cpu)))
                decided++, expect_true(cpu, &a);
        }
    if (refused < 100000 || decided < 10000)
        FAIL("only %u refused, %u of them by a control", refused, decided);
}

static void no_blank(void *arg, const char *reason, uint64_t count)
{
    *(uint64_t *)arg += count;
    if (!strcmp(reason, "no reason recorded") || strstr(reason, "0x4000"))
        FAIL("'%s' counted %" PRIu64 " times", reason, count);
}

TEST(counts_add_up)
{
    static struct attempt a;
    struct cpu *cpu = test_cpu_model("max", 0x8b, 1);
    uint64_t sum = 0, taken = 0;

    random_state = 2;
    for (unsigned row = 0; row < ROW_COUNT; row++) {
        if (sysreg_table[row].todo)
            continue;
        arbitrary(cpu);
        prepare(cpu, &a, row);
        uint64_t before = cpu->exceptions_taken;
        taken += try_it(cpu, &a);
        EXPECT(cpu->exceptions_taken - before <= 1);
    }
    why_counts(cpu, EL1, no_blank, &sum);
    why_counts(cpu, EL2, no_blank, &sum);
    EXPECT_EQ(sum, taken);
}

TEST_MAIN
