/* sysregs/access.c, traps.c: who may access what, where it traps, with which syndrome; redirection; masks. */
#include "tests/sysregs/sysreg_test.h"

#include "sysregs/rows.h"

static unsigned handle_of(const char *name)
{
    for (unsigned i = 0; i < ROW_COUNT; i++)
        if (!strcmp(name, sysreg_table[i].name)) {
            const struct sysreg_row *r = &sysreg_table[i];
            return sysreg_handle(r->op0, r->op1, r->CRn, r->CRm, r->op2);
        }
    FAIL("no row %s", name);
    return 0;
}
static unsigned alias_of(const char *name)
{
    const struct sysreg_row *r = &sysreg_table[sysreg_by_name(name)];
    return sysreg_handle(3, 5, r->CRn, r->CRm, r->op2);
}

/* The outcome of an access in words: "ok", "undef elN" or "trap elN ecXX". */
static const char *outcome(struct cpu *cpu, bool ok)
{
    static char text[64];

    if (ok)
        return "ok";
    uint64_t esr = cpu->sysreg[cpu->pstate.EL == EL2 ? SR_ESR_EL2 : SR_ESR_EL1];
    if (Bits(esr, 31, 26) == EC_UNKNOWN)
        snprintf(text, sizeof(text), "undef el%u", cpu->pstate.EL);
    else
        snprintf(text, sizeof(text), "trap el%u ec%02x", cpu->pstate.EL, (unsigned)Bits(esr, 31, 26));
    return text;
}
static const char *do_read(struct cpu *cpu, unsigned handle)
{
    uint64_t v;
    return outcome(cpu, AArch64_SysRegRead(cpu, handle, 3, &v));
}
static const char *do_write(struct cpu *cpu, unsigned handle)
{
    return outcome(cpu, AArch64_SysRegWrite(cpu, handle, 3, 0));
}
static const char *do_sys(struct cpu *cpu, unsigned handle)
{
    return outcome(cpu, AArch64_SysInstr(cpu, handle, 3, 0));
}

#define EXPECT_OUTCOME(GOT, WANT)                          \
    do {                                                   \
        const char *got_ = GOT;                            \
        if (strcmp(got_, WANT))                            \
            FAIL("%s: %s, expected %s", #GOT, got_, WANT); \
    } while (0)

/* One control, one register: trapped with the control at on, not with it at off. */
struct trap_case {
    const char *name;
    char direction; /* 'r', 'w', 'x' (system instruction) */
    unsigned el;
    uint64_t hcr;
    enum sysreg_index control;
    uint64_t set, clear; /* bits of the control for the trap */
    const char *trapped, *free;
};

static const char *attempt(struct cpu *cpu, const struct trap_case *c)
{
    unsigned h = handle_of(c->name);
    return c->direction == 'r' ? do_read(cpu, h) : c->direction == 'w' ? do_write(cpu, h) : do_sys(cpu, h);
}

#define E2H_TGE (HCR_E2H | HCR_TGE)
static const struct trap_case cases[] = {
    { "SCTLR_EL1", 'w', EL1, 0, SR_HCR_EL2, HCR_TVM, 0, "trap el2 ec18", "ok" },
    { "SCTLR_EL1", 'r', EL1, 0, SR_HCR_EL2, HCR_TRVM, 0, "trap el2 ec18", "ok" },
    { "CONTEXTIDR_EL1", 'w', EL1, 0, SR_HCR_EL2, HCR_TVM, 0, "trap el2 ec18", "ok" },
    { "MAIR_EL1", 'w', EL1, 0, SR_HFGWTR_EL2, BIT(24), 0, "trap el2 ec18", "ok" },
    { "TTBR0_EL1", 'r', EL1, 0, SR_HFGRTR_EL2, BIT(36), 0, "trap el2 ec18", "ok" },
    { "ID_AA64PFR0_EL1", 'r', EL1, 0, SR_HCR_EL2, BIT(18), 0, "trap el2 ec18", "ok" },
    { "REVIDR_EL1", 'r', EL1, 0, SR_HCR_EL2, BIT(16), 0, "trap el2 ec18", "ok" },
    { "CTR_EL0", 'r', EL1, 0, SR_HCR_EL2, BIT(17), 0, "trap el2 ec18", "ok" },
    { "CLIDR_EL1", 'r', EL1, 0, SR_HCR_EL2, BIT(49), 0, "trap el2 ec18", "ok" },
    { "CSSELR_EL1", 'w', EL1, 0, SR_HCR_EL2, BIT(17), 0, "trap el2 ec18", "ok" },
    { "MIDR_EL1", 'r', EL1, 0, SR_HFGRTR_EL2, BIT(25), 0, "trap el2 ec18", "ok" },
    { "MIDR_EL1", 'r', EL1, 0, SR_HCR_EL2, BIT(18) | BIT(16), 0, "ok", "ok" },
    { "ACTLR_EL1", 'w', EL1, 0, SR_HCR_EL2, BIT(21), 0, "trap el2 ec18", "ok" },
    { "LORC_EL1", 'r', EL1, 0, SR_HCR_EL2, BIT(35), 0, "trap el2 ec18", "ok" },
    { "ERRIDR_EL1", 'r', EL1, 0, SR_HCR_EL2, BIT(36), 0, "trap el2 ec18", "ok" },
    { "APIAKEYLO_EL1", 'w', EL1, 0, SR_HCR_EL2, 0, HCR_APK, "trap el2 ec18", "ok" },
    { "APGAKEYHI_EL1", 'r', EL1, 0, SR_HFGRTR_EL2, BIT(6), 0, "trap el2 ec18", "ok" },
    { "CPACR_EL1", 'w', EL1, 0, SR_CPTR_EL2, BIT(31), 0, "trap el2 ec18", "ok" },
    { "TPIDR_EL0", 'w', EL0, 0, SR_HFGWTR_EL2, BIT(35), 0, "trap el2 ec18", "ok" },
    { "TPIDR_EL0", 'w', EL0, E2H_TGE, SR_HFGWTR_EL2, BIT(35), 0, "ok", "ok" },
    { "CTR_EL0", 'r', EL0, 0, SR_SCTLR_EL1, 0, BIT(15), "trap el1 ec18", "ok" },
    { "CTR_EL0", 'r', EL0, E2H_TGE, SR_SCTLR_EL2, 0, BIT(15), "trap el2 ec18", "ok" },
    { "CTR_EL0", 'r', EL0, HCR_TGE, SR_SCTLR_EL1, 0, BIT(15), "trap el2 ec18", "ok" },
    { "DAIF", 'r', EL0, 0, SR_SCTLR_EL1, 0, BIT(9), "trap el1 ec18", "ok" },
    { "FPCR", 'r', EL0, 0, SR_CPACR_EL1, 0, BIT(20), "trap el1 ec07", "ok" },
    { "FPSR", 'w', EL1, 0, SR_CPTR_EL2, BIT(10), 0, "trap el2 ec07", "ok" },
    { "SP_EL1", 'r', EL1, 0, SR_HCR_EL2, 0, 0, "undef el1", "undef el1" },
    { "HCR_EL2", 'r', EL1, 0, SR_HCR_EL2, 0, 0, "undef el1", "undef el1" },
    { "HCR_EL2", 'r', EL0, HCR_TGE, SR_HCR_EL2, 0, 0, "undef el2", "undef el2" },
    { "MIDR_EL1", 'r', EL0, 0, SR_HCR_EL2, 0, 0, "trap el1 ec18", "trap el1 ec18" },
    { "ID_AA64ISAR0_EL1", 'r', EL0, E2H_TGE, SR_HCR_EL2, 0, 0, "trap el2 ec18", "trap el2 ec18" },
    { "MIDR_EL1", 'w', EL1, 0, SR_HCR_EL2, 0, 0, "undef el1", "undef el1" },
    { "CURRENTEL", 'w', EL2, 0, SR_HCR_EL2, 0, 0, "undef el2", "undef el2" },
    { "TPIDRRO_EL0", 'w', EL0, 0, SR_HCR_EL2, 0, 0, "undef el1", "undef el1" },
    { "DC_CISW", 'x', EL1, 0, SR_HCR_EL2, BIT(22), 0, "trap el2 ec18", "ok" },
    { "DC_CISW", 'x', EL1, 0, SR_HFGITR_EL2, BIT(6), 0, "trap el2 ec18", "ok" },
    { "IC_IALLU", 'x', EL1, 0, SR_HCR_EL2, BIT(24), 0, "trap el2 ec18", "ok" },
    { "IC_IALLU", 'x', EL1, 0, SR_HCR_EL2, BIT(52), 0, "trap el2 ec18", "ok" },
    { "IC_IALLUIS", 'x', EL1, 0, SR_HCR_EL2, BIT(50), 0, "trap el2 ec18", "ok" },
    { "IC_IALLU", 'x', EL1, 0, SR_HCR_EL2, BIT(50), 0, "ok", "ok" },
    { "TLBI_VMALLE1", 'x', EL1, 0, SR_HCR_EL2, BIT(25), 0, "trap el2 ec18", "ok" },
    { "TLBI_VMALLE1IS", 'x', EL1, 0, SR_HCR_EL2, BIT(54), 0, "trap el2 ec18", "ok" },
    { "TLBI_VMALLE1OS", 'x', EL1, 0, SR_HCR_EL2, BIT(55), 0, "trap el2 ec18", "ok" },
    { "TLBI_VMALLE1", 'x', EL1, 0, SR_HCR_EL2, BIT(54) | BIT(55), 0, "ok", "ok" },
    { "TLBI_RVAAE1OS", 'x', EL1, 0, SR_HFGITR_EL2, BIT(25), 0, "trap el2 ec18", "ok" },
    { "TLBI_VAE1ISnXS", 'x', EL1, 0, SR_HFGITR_EL2, BIT(29), 0, "trap el2 ec18", "ok" },
    { "TLBI_ALLE1", 'x', EL1, 0, SR_HCR_EL2, 0, 0, "undef el1", "undef el1" },
    { "TLBI_VMALLE1", 'x', EL0, 0, SR_HCR_EL2, 0, 0, "undef el1", "undef el1" },
    { "CFP_RCTX", 'x', EL0, 0, SR_SCTLR_EL1, 0, BIT(10), "trap el1 ec18", "ok" },
    { "OSLAR_EL1", 'w', EL1, 0, SR_MDCR_EL2, BIT(10), 0, "trap el2 ec18", "ok" },
    { "MDRAR_EL1", 'r', EL1, 0, SR_MDCR_EL2, BIT(8), 0, "trap el2 ec18", "ok" },
    { "MDSCR_EL1", 'r', EL1, 0, SR_MDCR_EL2, BIT(9), 0, "trap el2 ec18", "ok" },
    { "DBGBVR3_EL1", 'w', EL1, 0, SR_HDFGWTR_EL2, BIT(1), 0, "trap el2 ec18", "ok" },
    { "PMCCFILTR_EL0", 'r', EL1, 0, SR_MDCR_EL2, BIT(6), 0, "trap el2 ec18", "ok" },
    { "PMCR_EL0", 'w', EL1, 0, SR_MDCR_EL2, BIT(5), 0, "trap el2 ec18", "ok" },
    { "MDCCSR_EL0", 'r', EL0, 0, SR_MDSCR_EL1, BIT(12), 0, "trap el1 ec18", "ok" },
    { "MDCCSR_EL0", 'r', EL1, 0, SR_MDCR_EL2, BIT(27), 0, "trap el2 ec18", "ok" },
    { "OSDTRTX_EL1", 'w', EL1, 0, SR_MDCR_EL2, BIT(27), 0, "trap el2 ec18", "ok" },
    { "ERXPFGCTL_EL1", 'w', EL1, 0, SR_HCR_EL2, 0, BIT(47), "trap el2 ec18", "ok" },
    { "ERXSTATUS_EL1", 'w', EL1, 0, SR_HFGWTR_EL2, BIT(44), 0, "trap el2 ec18", "ok" },
    { "RNDR", 'r', EL0, 0, SR_HCR_EL2, 0, 0, "ok", "ok" },
};

TEST(traps)
{
    struct cpu *cpu = test_cpu();

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct trap_case *c = &cases[i];
        for (unsigned on = 0; on < 2; on++) {
            uint64_t saved = cpu->sysreg[c->control];
            at_el(cpu, c->el, c->hcr);
            cpu->sysreg[SR_SCTLR_EL1] |= BIT(15) | BIT(14) | BIT(26) | BIT(9) | BIT(10);
            cpu->sysreg[SR_SCTLR_EL2] |= BIT(15) | BIT(14) | BIT(26) | BIT(10);
            cpu->sysreg[SR_HFGITR_EL2] = cpu->sysreg[SR_HFGRTR_EL2] = cpu->sysreg[SR_HFGWTR_EL2] = 0;
            cpu->sysreg[SR_HDFGRTR_EL2] = cpu->sysreg[SR_HDFGWTR_EL2] = cpu->sysreg[SR_HCRX_EL2] = 0;
            cpu->sysreg[SR_MDSCR_EL1] = 0;
            uint64_t *control = &cpu->sysreg[c->control];
            *control = on ? (*control | c->set) & ~c->clear : (*control & ~c->set) | c->clear;
            cpu_update_traps(cpu);
            const char *got = attempt(cpu, c), *want = on ? c->trapped : c->free;
            if (strcmp(got, want))
                FAIL("case %u %s %c el%u, control %s: %s, expected %s", i, c->name, c->direction, c->el,
                     on ? "on" : "off", got, want);
            if (strcmp(want, "ok") && !why_last(cpu)->format && !why_last(cpu)->count)
                FAIL("%s: no reason given", c->name);
            (void)saved;
        }
    }
}

/* DZP follows HCR_EL2.TDZ and SCTLR_ELx.DZE, and not HFGITR_EL2.DCZVA, which traps the instruction all the same. */
TEST(dczid_says_what_prohibits_dc_zva)
{
    struct cpu *cpu = test_cpu();
    uint64_t v;

    cpu->sysreg[SR_HFGITR_EL2] = BIT(F_HFGITR_EL2_DCZVA);
    at_el(cpu, EL1, 0);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("DCZID_EL0"), 0, &v));
    EXPECT_EQ(v >> 4 & 1, 0);
    EXPECT_OUTCOME(do_sys(cpu, handle_of("DC_ZVA")), "trap el2 ec18");
    cpu->sysreg[SR_HFGITR_EL2] = 0;
    at_el(cpu, EL1, BIT(28));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("DCZID_EL0"), 0, &v));
    EXPECT_EQ(v >> 4 & 1, 1);
    at_el(cpu, EL0, 0);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("DCZID_EL0"), 0, &v));
    EXPECT_EQ(v >> 4 & 1, 1); /* SCTLR_EL1.DZE is 0 */
}

TEST(fgt_nxs_exemption)
{
    struct cpu *cpu = test_cpu();

    at_el(cpu, EL1, 0);
    cpu->sysreg[SR_HFGITR_EL2] = BIT(29);
    cpu->sysreg[SR_HCRX_EL2] = BIT(4);
    EXPECT_OUTCOME(do_sys(cpu, handle_of("TLBI_VAE1ISnXS")), "ok");
    EXPECT_OUTCOME(do_sys(cpu, handle_of("TLBI_VAE1IS")), "trap el2 ec18");
}

/* ISS of EC 0x18: Op0 [21:20], Op2 [19:17], Op1 [16:14], CRn [13:10], Rt [9:5], CRm [4:1], read [0]. */
TEST(syndrome)
{
    struct cpu *cpu = test_cpu();
    uint64_t v;

    at_el(cpu, EL1, HCR_TVM | HCR_TRVM);
    EXPECT(!AArch64_SysRegWrite(cpu, sysreg_handle(3, 0, 10, 2, 0), 17, 0));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 0x18u << 26 | 1u << 25 | 3u << 20 | 10u << 10 | 17u << 5 | 2u << 1);
    EXPECT_EQ(cpu->pc, VECTORS_EL2 + 0x400);
    EXPECT_EQ(cpu->sysreg[SR_ELR_EL2], CODE);
    at_el(cpu, EL1, HCR_TVM | HCR_TRVM);
    EXPECT(!AArch64_SysRegRead(cpu, sysreg_handle(3, 0, 13, 0, 1), 30, &v));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 0x18u << 26 | 1u << 25 | 3u << 20 | 1u << 17 | 13u << 10 | 30u << 5 | 1);
    at_el(cpu, EL1, BIT(25));
    EXPECT(!AArch64_SysInstr(cpu, sysreg_handle(1, 0, 8, 3, 1), 5, 0));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 0x18u << 26 | 1u << 25 | 1u << 20 | 1u << 17 | 8u << 10 | 5u << 5 | 3u << 1);
    /* MSR DAIFSet, #7 at EL0: op0 = 0, Rt = 31 */
    at_el(cpu, EL0, 0);
    cpu->sysreg[SR_SCTLR_EL1] &= ~BIT(9);
    EXPECT(!AArch64_MSR_imm(cpu, 3, 6, 7));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], 0x18u << 26 | 1u << 25 | 6u << 17 | 3u << 14 | 4u << 10 | 31u << 5 | 7u << 1);
}

TEST(e2h_redirection)
{
    static const char *const pairs[][2] = {
        { "SCTLR_EL1", "SCTLR_EL2" }, { "TCR_EL1", "TCR_EL2" },   { "TTBR0_EL1", "TTBR0_EL2" },
        { "TTBR1_EL1", "TTBR1_EL2" }, { "VBAR_EL1", "VBAR_EL2" }, { "ESR_EL1", "ESR_EL2" },
        { "FAR_EL1", "FAR_EL2" },     { "SPSR_EL1", "SPSR_EL2" }, { "ELR_EL1", "ELR_EL2" },
        { "MAIR_EL1", "MAIR_EL2" },   { "ZCR_EL1", "ZCR_EL2" },   { "CONTEXTIDR_EL1", "CONTEXTIDR_EL2" },
        { "CPACR_EL1", "CPTR_EL2" },
    };
    struct cpu *cpu = test_cpu();
    uint64_t v;

    for (unsigned i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        enum sysreg_index one = sysreg_by_name(pairs[i][0]), two = sysreg_by_name(pairs[i][1]);
        at_el(cpu, EL2, HCR_E2H);
        cpu->sysreg[one] = 0x0, cpu->sysreg[two] = i == 12 ? 0x330000 : 0x800;
        EXPECT(AArch64_SysRegRead(cpu, handle_of(pairs[i][0]), 0, &v));
        EXPECT_EQ(v, i == 12 ? 0x330000 : 0x800);
        EXPECT(AArch64_SysRegRead(cpu, alias_of(pairs[i][0]), 0, &v));
        EXPECT_EQ(v, 0);
        at_el(cpu, EL2, 0);
        cpu->sysreg[one] = 0, cpu->sysreg[two] = 0x800;
        EXPECT(AArch64_SysRegRead(cpu, handle_of(pairs[i][0]), 0, &v));
        EXPECT_EQ(v, 0);
        EXPECT_OUTCOME(do_read(cpu, alias_of(pairs[i][0])), "undef el2");
        at_el(cpu, EL1, HCR_E2H);
        EXPECT_OUTCOME(do_read(cpu, alias_of(pairs[i][0])), "undef el1");
    }
}

TEST(identity_at_el1_is_the_hypervisors)
{
    struct cpu *cpu = test_cpu();
    uint64_t v;

    at_el(cpu, EL1, 0);
    cpu->sysreg[SR_VPIDR_EL2] = 0x1234, cpu->sysreg[SR_VMPIDR_EL2] = 0x80000005;
    EXPECT(AArch64_SysRegRead(cpu, handle_of("MIDR_EL1"), 0, &v));
    EXPECT_EQ(v, 0x1234);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("MPIDR_EL1"), 0, &v));
    EXPECT_EQ(v, 0x80000005);
    at_el(cpu, EL2, 0);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("MIDR_EL1"), 0, &v));
    EXPECT_EQ(v, 0x000f0510);
}

TEST(reserved_id_space_is_zero_and_unknown_is_undefined)
{
    struct cpu *cpu = test_cpu();
    uint64_t v = 1;

    at_el(cpu, EL1, 0);
    EXPECT(AArch64_SysRegRead(cpu, sysreg_handle(3, 0, 0, 7, 7), 0, &v));
    EXPECT_EQ(v, 0);
    EXPECT_OUTCOME(do_write(cpu, sysreg_handle(3, 0, 0, 7, 7)), "undef el1");
    at_el(cpu, EL1, BIT(18));
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 0, 0, 7, 7)), "trap el2 ec18");
    at_el(cpu, EL0, 0);
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 0, 0, 7, 7)), "trap el1 ec18");
    /* FEAT_IDST: all that an access there raises is EC 0x18, allocated or not, at every EL. */
    at_el(cpu, EL1, 0);
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 1, 0, 0, 3)), "trap el1 ec18");
    EXPECT_OUTCOME(do_write(cpu, sysreg_handle(3, 1, 0, 0, 3)), "undef el1");
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 4, 0, 0, 3)), "undef el1");
    at_el(cpu, EL2, 0);
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 3, 0, 7, 0)), "trap el2 ec18");
    at_el(cpu, EL2, 0);
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 6, 1, 0, 0)), "undef el2");
    at_el(cpu, EL1, BIT(20));
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 0, 15, 2, 0)), "trap el2 ec18");
    at_el(cpu, EL1, 0);
    EXPECT_OUTCOME(do_read(cpu, sysreg_handle(3, 0, 15, 2, 0)), "undef el1");
    at_el(cpu, EL2, 0);
    EXPECT_OUTCOME(do_read(cpu, handle_of("SMCR_EL2")), "undef el2");
}

TEST(res0_and_res1)
{
    struct cpu *cpu = test_cpu();
    uint64_t v;

    at_el(cpu, EL2, 0);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("SCTLR_EL1"), 0, 0));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("SCTLR_EL1"), 0, &v));
    EXPECT_EQ(v, 0x30500980);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("SCTLR_EL1"), 0, UINT64_MAX));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("SCTLR_EL1"), 0, &v));
    EXPECT_EQ(v >> 57 & 1, 1);
    EXPECT_EQ(v & (BIT(17) | BIT(5) | BIT(63) | BIT(43)), 0);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("VBAR_EL1"), 0, UINT64_MAX));
    EXPECT_EQ(cpu->sysreg[SR_VBAR_EL1], ~UINT64_C(0x7ff));
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("CONTEXTIDR_EL1"), 0, UINT64_MAX));
    EXPECT_EQ(cpu->sysreg[SR_CONTEXTIDR_EL1], 0xffffffff);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("HCR_EL2"), 0, 0));
    EXPECT_EQ(cpu->sysreg[SR_HCR_EL2], HCR_RW);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("CPTR_EL2"), 0, 0));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("CPTR_EL2"), 0, &v));
    EXPECT_EQ(v, 0x32ff);
    at_el(cpu, EL2, HCR_E2H);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("CPTR_EL2"), 0, UINT64_MAX));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("CPTR_EL2"), 0, &v));
    EXPECT_EQ(v, BIT(31) | 3u << 20 | 3u << 16);
}

TEST(fields_in_words)
{
    char text[128];

    sysreg_format(SR_HCR_EL2, HCR_E2H | HCR_TGE | HCR_VM, text, sizeof(text));
    EXPECT(!strcmp(text, "E2H=0x1 TGE=0x1 VM=0x1"));
    sysreg_format(SR_TPIDR_EL0, 5, text, sizeof(text));
    EXPECT(!*text);
    sysreg_format(SR_HCR_EL2, UINT64_MAX, text, 20);
    EXPECT(strlen(text) < 20);
}

TEST(pstate_and_sp)
{
    struct cpu *cpu = test_cpu();
    uint64_t v;

    at_el(cpu, EL1, 0);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("NZCV"), 0, UINT64_C(0xa0000000)));
    EXPECT(cpu->pstate.N && !cpu->pstate.Z && cpu->pstate.C && !cpu->pstate.V);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("NZCV"), 0, &v));
    EXPECT_EQ(v, 0xa0000000);
    EXPECT(AArch64_MSR_imm(cpu, 3, 7, 2));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("DAIF"), 0, &v));
    EXPECT_EQ(v, 0x340);
    EXPECT(cpu->redirect & REDIRECT_RESYNC);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("CURRENTEL"), 0, &v));
    EXPECT_EQ(v, 4);
    cpu->gpr[SP_SLOT] = 0x1111;
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("SP_EL0"), 0, 0x2222));
    EXPECT(AArch64_MSR_imm(cpu, 0, 5, 0));
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0x2222);
    EXPECT_OUTCOME(do_read(cpu, handle_of("SP_EL0")), "undef el1");
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0x1111); /* SP_EL1 again: the exception selected it */
    at_el(cpu, EL0, 0);
    EXPECT_OUTCOME(outcome(cpu, AArch64_MSR_imm(cpu, 0, 4, 1)), "undef el1");
    at_el(cpu, EL0, 0);
    EXPECT(AArch64_MSR_imm(cpu, 3, 2, 1));
    EXPECT_EQ(cpu->pstate.DIT, 1);
}

TEST(instruction_traps)
{
    struct cpu *cpu = test_cpu();

    at_el(cpu, EL1, HCR_TWI);
    EXPECT(AArch64_CheckForWFxTrap(cpu, 1, 31));
    EXPECT(!AArch64_CheckForWFxTrap(cpu, 0, 31));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], UINT64_C(0x07e00000));
    at_el(cpu, EL1, HCR_TWE);
    EXPECT(!AArch64_CheckForWFxTrap(cpu, 3, 7));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], UINT64_C(0x07e00000) | 7u << 5 | 4 | 3);
    at_el(cpu, EL0, 0);
    cpu->sysreg[SR_SCTLR_EL1] &= ~BIT(18);
    EXPECT(!AArch64_CheckForWFxTrap(cpu, 1, 31));
    EXPECT_EQ(cpu->pstate.EL, EL1);
    at_el(cpu, EL0, E2H_TGE | HCR_TWI);
    cpu->sysreg[SR_SCTLR_EL2] |= BIT(16);
    EXPECT(AArch64_CheckForWFxTrap(cpu, 0, 31));
    at_el(cpu, EL1, HCR_TSC);
    EXPECT(!sysreg_check_smc(cpu, 5));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 0x17u << 26 | 1u << 25 | 5);
    EXPECT_EQ(cpu->sysreg[SR_ELR_EL2], CODE);
    at_el(cpu, EL1, HCR_HCD);
    EXPECT_OUTCOME(outcome(cpu, sysreg_check_hvc(cpu, 0)), "undef el1");
    at_el(cpu, EL1, 0);
    cpu->sysreg[SR_HFGITR_EL2] = BIT(51);
    EXPECT(!sysreg_check_eret(cpu, 1, 1));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 0x1au << 26 | 1u << 25 | 3);
    at_el(cpu, EL0, 0);
    cpu->sysreg[SR_HFGITR_EL2] = BIT(52);
    EXPECT(!sysreg_check_svc(cpu, 9));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 0x15u << 26 | 1u << 25 | 9);
    at_el(cpu, EL1, 0);
    cpu->sysreg[SR_HCR_EL2] &= ~HCR_API;
    EXPECT(!sysreg_check_pauth_use(cpu));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL2], 0x09u << 26 | 1u << 25);
}

TEST(caches_and_zva)
{
    struct cpu *cpu = test_cpu();
    uint64_t v;

    at_el(cpu, EL1, BIT(28));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("DCZID_EL0"), 0, &v));
    EXPECT_EQ(v, 0x14);
    at_el(cpu, EL1, 0);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("DCZID_EL0"), 0, &v));
    EXPECT_EQ(v, 4);
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("CSSELR_EL1"), 0, 2));
    EXPECT(AArch64_SysRegRead(cpu, handle_of("CCSIDR_EL1"), 0, &v));
    EXPECT_EQ(v, 2047u << 13 | 7u << 3 | 2);
}

TEST(virtual_disr)
{
    struct cpu *cpu = test_cpu();
    uint64_t v;

    at_el(cpu, EL1, HCR_AMO);
    cpu->sysreg[SR_DISR_EL1] = 7, cpu->sysreg[SR_VDISR_EL2] = 0;
    EXPECT(AArch64_SysRegWrite(cpu, handle_of("DISR_EL1"), 0, 5));
    EXPECT_EQ(cpu->sysreg[SR_DISR_EL1], 7);
    EXPECT_EQ(cpu->sysreg[SR_VDISR_EL2], 5);
    EXPECT(AArch64_SysRegRead(cpu, handle_of("DISR_EL1"), 0, &v));
    EXPECT_EQ(v, 5);
}

/* Every row at every EL in every HCR configuration: nothing crashes, nothing but a trap or UNDEFINED leaves EL. */
TEST(every_row_survives)
{
    static const uint64_t hcrs[] = { 0, HCR_E2H, HCR_TGE, E2H_TGE };
    struct cpu *cpu = test_cpu();

    for (unsigned i = 0; i < SR_COUNT; i++)
        for (unsigned el = EL0; el <= EL2; el++)
            for (unsigned h = 0; h < 4; h++) {
                const struct sysreg_row *r = &sysreg_table[i];
                unsigned handle = sysreg_handle(r->op0, r->op1, r->CRn, r->CRm, r->op2);
                if (el == EL1 && hcrs[h] & HCR_TGE)
                    continue;
                at_el(cpu, el, hcrs[h]);
                if (!strcmp(do_read(cpu, handle), "ok")) {
                    EXPECT_EQ(cpu->pstate.EL, el);
                    EXPECT(r->access >> (2 * el) & 1);
                }
            }
}

/* The guest is hostile: any access with any value in any state. */
TEST(random_accesses)
{
    struct cpu *cpu = test_cpu_model("max", 0x808b, 2);
    uint64_t v;

    for (unsigned n = 0; n < 200000; n++) {
        uint64_t r = machine_random(cpu->machine), value = machine_random(cpu->machine) >> (r >> 32 & 63);
        const struct sysreg_row *row = &sysreg_table[(r & 0xffff) % ROW_COUNT];
        unsigned handle = row->insn || r >> 62
                              ? sysreg_handle(row->op0, row->op1, row->CRn, row->CRm, row->op2)
                              : sysreg_handle(2 | (r >> 60 & 1), r >> 57 & 7, r >> 53 & 15, r >> 49 & 15, r >> 46 & 7);
        if (r >> 40 & 1)
            cpu->pstate.EL = cpu->pstate.EL == EL2 ? (TGE(cpu) ? EL0 : (uint8_t)(r >> 41 & 1)) : cpu->pstate.EL;
        if (row->insn)
            (void)!AArch64_SysInstr(cpu, handle, 1, value);
        else if (r >> 16 & 1)
            (void)!AArch64_SysRegRead(cpu, handle, 1, &v);
        else
            (void)!AArch64_SysRegWrite(cpu, handle, 1, value);
        (void)!AArch64_MSR_imm(cpu, r >> 17 & 7, r >> 20 & 7, r >> 23 & 15);
        EXPECT(cpu->pstate.EL <= EL2);
        EXPECT(CurrentVL(cpu) >= 128 && CurrentVL(cpu) <= 2048);
        cpu->machine->stop = STOP_NONE;
    }
}

/* The debugger's reads and writes: masks and hooks, but neither traps nor what a read would tell the guest. */
TEST(peek_and_poke)
{
    struct cpu *cpu = test_cpu_model("max", 0x808b, 2);
    struct machine *m = cpu->machine;

    cpu->pstate.EL = EL1;
    EXPECT(sysreg_poke(cpu, SR_ZCR_EL2, ~UINT64_C(0)));
    EXPECT_EQ(sysreg_peek(cpu, SR_ZCR_EL2), 15); /* LEN alone */
    EXPECT(sysreg_poke(cpu, SR_ZCR_EL1, 15));
    EXPECT_EQ(CurrentVL(cpu), 2048);
    EXPECT(sysreg_poke(cpu, SR_ZCR_EL1, 0)); /* the hook works out CurrentVL */
    EXPECT_EQ(CurrentVL(cpu), 128);
    EXPECT(!sysreg_poke(cpu, SR_MIDR_EL1, 0));
    EXPECT(sysreg_peek(cpu, SR_MIDR_EL1) != 0);
    uint64_t told = m->time_told;
    m->now += 1000000, cpu_set_time(cpu, m->now);
    EXPECT(sysreg_peek(cpu, SR_CNTPCT_EL0) >= m->now);
    EXPECT_EQ(m->time_told, told);
    cpu_set_el_sp(cpu, EL1, 1);
    cpu->gpr[SP_SLOT] = 0x1230;
    EXPECT_EQ(sysreg_peek(cpu, SR_SP_EL1), 0x1230);
    EXPECT(sysreg_poke(cpu, SR_SP_EL1, 0x4560) && sysreg_poke(cpu, SR_SP_EL0, 0x7890));
    EXPECT_EQ(cpu->gpr[SP_SLOT], 0x4560);
    EXPECT_EQ(sysreg_peek(cpu, SR_SP_EL0), 0x7890);
}

TEST_MAIN
