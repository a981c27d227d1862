/* What EL3's controls trap, after everything that EL1 and EL2 trap; what becomes of the CPU. */
#include "core/stats.h"
#include "tests/sysregs/sysreg_test.h"

static struct el3_event last;
static unsigned events;

static void note(struct cpu *cpu, const struct el3_event *e)
{
    (void)cpu;
    last = *e;
    events++;
}

/* A CPU of model=max with MTE2 whose EL3 denies what control is about. */
static struct cpu *cpu_denied(enum el3_control control)
{
    struct machine_options opt = { .smp = 2, .quantum_ns = 10000, .seed = 1 };
    struct cpu_config config[2];
    const char *why;

    memset(config, 0, sizeof config);
    for (unsigned i = 0; i < 2; i++) {
        feature_defaults("max", &config[i]);
        EXPECT(feature_set(&config[i], FEAT_MTE2, true, &why));
        config[i].vq_set = 0x8b, config[i].clock_hz = 1000000000, config[i].mpidr = i;
    }
    config[0].el3 = (struct el3_config){ .have = true, .zcr_len = 15, .denied = UINT64_C(1) << control };
    struct machine *m = machine_create(&opt, config);
    free_after_test(test_free_machine, m);
    for (unsigned i = 0; i < 2; i++) {
        cpu_reset(m->cpus[i], CODE, 0);
        m->cpus[i]->power = POWER_ON;
    }
    m->el3_event = note;
    events = 0;
    memset(&last, 0, sizeof last);
    return m->cpus[0];
}

/* Everything but EL3 allows everything. */
static void ready(struct cpu *cpu, unsigned el)
{
    at_el(cpu, el, HCR_E2H | UINT64_C(1) << 47 | UINT64_C(1) << 53 | UINT64_C(1) << 56); /* FIEN, EnSCXT, ATA */
    for (enum sysreg_index r = 0; r < SR_COUNT; r++)
        if (r == SR_HFGRTR_EL2 || r == SR_HFGWTR_EL2 || r == SR_HFGITR_EL2 || r == SR_HDFGRTR_EL2 ||
            r == SR_HDFGWTR_EL2)
            cpu->sysreg[r] = 0;
    cpu->sysreg[SR_ICC_SRE_EL2] = 0xf;
    cpu->sysreg[SR_PMUSERENR_EL0] = 0xf;
    cpu->sysreg[SR_SCTLR_EL1] |= UINT64_C(1) << 16 | UINT64_C(1) << 18; /* nTWI, nTWE */
    cpu->sysreg[SR_SCTLR_EL1] &= ~(UINT64_C(1) << 20);                  /* TSCXT */
    cpu->sysreg[SR_MDSCR_EL1] = 0;
    cpu->power = POWER_ON;
    cpu->machine->stop = STOP_NONE;
}

/* What an access at el came to: the EL that took an exception, 0 when it went on, EL3 with the CPU stopped. */
static unsigned outcome(struct cpu *cpu, bool went_on)
{
    if (went_on)
        return 0;
    if (cpu->power == POWER_AT_EL3)
        return EL3;
    return cpu->pstate.EL;
}

static unsigned access(struct cpu *cpu, const char *name, unsigned el, bool write)
{
    unsigned e[5];
    uint64_t v;

    sysreg_encoding(sysreg_by_name(name), e);
    unsigned handle = sysreg_handle(e[0], e[1], e[2], e[3], e[4]);
    ready(cpu, el);
    return outcome(cpu, write ? AArch64_SysRegWrite(cpu, handle, 0, 0) : AArch64_SysRegRead(cpu, handle, 0, &v));
}

static const struct {
    enum el3_control control;
    const char *name;
    bool write;
    uint8_t el0, el1, el2; /* EL that takes the exception when the control denies */
    unsigned ec;
} accesses[] = {
    { EL3_CPTR_EL3_TCPAC, "CPACR_EL1", false, EL1, EL3, EL3, EC_SYS64 },
    { EL3_CPTR_EL3_TCPAC, "CPTR_EL2", true, EL1, EL1, EL3, EC_SYS64 },
    { EL3_CPTR_EL3_TFP, "FPCR", false, EL3, EL3, EL3, EC_FP_SVE_ACCESS },
    { EL3_CPTR_EL3_EZ, "ZCR_EL1", true, EL1, EL3, EL3, EC_SVE },
    { EL3_CPTR_EL3_EZ, "ZCR_EL2", false, EL1, EL1, EL3, EC_SVE },
    { EL3_SCR_EL3_HXEn, "HCRX_EL2", true, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_ECVEn, "CNTPOFF_EL2", false, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_FGTEn, "HFGRTR_EL2", true, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_FGTEn, "HFGWTR_EL2", true, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_FGTEn, "HFGITR_EL2", true, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_FGTEn, "HDFGRTR_EL2", false, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_FGTEn, "HDFGWTR_EL2", false, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_ATA, "GCR_EL1", false, EL1, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_ATA, "TFSR_EL2", false, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_ATA, "TFSRE0_EL1", true, EL1, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_EnSCXT, "SCXTNUM_EL0", false, EL3, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_EnSCXT, "SCXTNUM_EL1", true, EL1, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_EnSCXT, "SCXTNUM_EL2", true, EL1, EL1, EL3, EC_SYS64 },
    { EL3_SCR_EL3_FIEN, "ERXPFGF_EL1", false, EL1, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_APK, "APIAKEYLO_EL1", true, EL1, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_APK, "APGAKEYHI_EL1", false, EL1, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_TERR, "ERRSELR_EL1", true, EL1, EL3, EL3, EC_SYS64 },
    { EL3_SCR_EL3_TLOR, "LORC_EL1", true, EL1, EL3, EL3, EC_SYS64 },
    { EL3_MDCR_EL3_TDCC, "MDCCSR_EL0", false, EL3, EL3, EL3, EC_SYS64 },
    { EL3_MDCR_EL3_TDOSA, "OSLAR_EL1", true, EL1, EL3, EL3, EC_SYS64 },
    { EL3_MDCR_EL3_TDA, "MDSCR_EL1", false, EL1, EL3, EL3, EC_SYS64 },
    { EL3_MDCR_EL3_TDA, "MDRAR_EL1", false, EL1, EL3, EL3, EC_SYS64 },
    { EL3_MDCR_EL3_TDA, "MDCR_EL2", true, EL1, EL1, EL3, EC_SYS64 },
    { EL3_MDCR_EL3_TPM, "PMCR_EL0", false, EL3, EL3, EL3, EC_SYS64 },
    { EL3_MDCR_EL3_TPM, "PMINTENSET_EL1", true, EL1, EL3, EL3, EC_SYS64 },
    { EL3_ICC_SRE_EL3_Enable, "ICC_SRE_EL1", false, EL1, EL3, EL3, EC_SYS64 },
    { EL3_ICC_SRE_EL3_Enable, "ICC_SRE_EL2", true, EL1, EL1, EL3, EC_SYS64 },
};
enum { ACCESSES = sizeof accesses / sizeof accesses[0] };

TEST(registers_trap_to_el3)
{
    for (unsigned i = 0; i < ACCESSES; i++) {
        struct cpu *cpu = cpu_denied(accesses[i].control), *free_cpu = cpu->machine->cpus[1];
        unsigned want[] = { accesses[i].el0, accesses[i].el1, accesses[i].el2 };

        for (unsigned el = EL0; el <= EL2; el++) {
            last.ec = 99;
            unsigned got = access(cpu, accesses[i].name, el, accesses[i].write);
            if (got != want[el])
                FAIL("%s at EL%u: EL%u, expected EL%u", accesses[i].name, el, got, want[el]);
            if (got == EL3 && (last.ec != accesses[i].ec || last.el != el || last.control != accesses[i].control))
                FAIL("%s at EL%u: EC %#x by %s", accesses[i].name, el, last.ec, el3_table[last.control].name);
            /* Its neighbour without EL3 has the same accesses wherever they exist. */
            got = access(free_cpu, accesses[i].name, el, accesses[i].write);
            if (got != (want[el] == EL3 ? 0 : want[el]))
                FAIL("%s at EL%u without EL3: EL%u", accesses[i].name, el, got);
        }
    }
}

/* The syndrome is that of the register: MSR HCRX_EL2, X7. */
TEST(syndrome)
{
    struct cpu *cpu = cpu_denied(EL3_SCR_EL3_HXEn);
    ready(cpu, EL2);
    EXPECT(!AArch64_SysRegWrite(cpu, sysreg_handle(3, 4, 1, 2, 2), 7, 0));
    EXPECT_EQ(last.esr, UINT64_C(0x62350000) | 1 << 10 | 7 << 5 | 2 << 1);
    EXPECT_EQ(last.pc, CODE);
    EXPECT_EQ(last.what, EL3_STOPPED);
    EXPECT_EQ(cpu->power, POWER_AT_EL3);
    EXPECT_EQ(cpu->stats->el3_traps[EL3_SCR_EL3_HXEn], 1);
    EXPECT_EQ(cpu->sysreg[SR_HCRX_EL2], 0);
}

/* Where EL2 traps as well, EL2 gets it. */
TEST(el2_comes_first)
{
    struct cpu *cpu = cpu_denied(EL3_SCR_EL3_APK);
    uint64_t v;

    ready(cpu, EL1);
    cpu->sysreg[SR_HCR_EL2] &= ~HCR_APK;
    EXPECT(!AArch64_SysRegRead(cpu, sysreg_handle(3, 0, 2, 1, 0), 0, &v));
    EXPECT_EQ(outcome(cpu, false), EL2);
    cpu = cpu_denied(EL3_SCR_EL3_TLOR);
    ready(cpu, EL1);
    cpu->sysreg[SR_HFGRTR_EL2] = UINT64_C(1) << 19; /* LORC_EL1 */
    EXPECT(!AArch64_SysRegRead(cpu, sysreg_handle(3, 0, 10, 4, 3), 0, &v));
    EXPECT_EQ(outcome(cpu, false), EL2);
    cpu = cpu_denied(EL3_SCR_EL3_TWI);
    ready(cpu, EL1);
    cpu->sysreg[SR_HCR_EL2] |= HCR_TWI;
    EXPECT(!AArch64_CheckForWFxTrap(cpu, 0, 31));
    EXPECT_EQ(outcome(cpu, false), EL2);
    cpu = cpu_denied(EL3_SCR_EL3_API);
    ready(cpu, EL1);
    cpu->sysreg[SR_HCR_EL2] &= ~HCR_API;
    EXPECT(!sysreg_check_pauth_use(cpu));
    EXPECT_EQ(outcome(cpu, false), EL2);
}

TEST(instructions_trap_to_el3)
{
    for (unsigned el = EL0; el <= EL2; el++) {
        struct cpu *cpu = cpu_denied(EL3_SCR_EL3_TWI);
        ready(cpu, el);
        EXPECT(AArch64_CheckForWFxTrap(cpu, 1, 31));
        EXPECT(!AArch64_CheckForWFxTrap(cpu, 0, 31));
        EXPECT_EQ(last.esr, 0x07e00000);
        EXPECT_EQ(outcome(cpu, false), EL3);
        cpu = cpu_denied(EL3_SCR_EL3_TWE);
        ready(cpu, el);
        EXPECT(AArch64_CheckForWFxTrap(cpu, 0, 31));
        EXPECT(!AArch64_CheckForWFxTrap(cpu, 3, 5));
        EXPECT_EQ(last.esr, 0x07e00000 | 5 << 5 | 1 << 2 | 3);
        cpu = cpu_denied(EL3_SCR_EL3_API);
        ready(cpu, el);
        EXPECT(!sysreg_check_pauth_use(cpu));
        EXPECT_EQ(last.ec, EC_PAC);
        EXPECT_EQ(outcome(cpu, false), EL3);
    }
}

/* SCR_EL3.HCE and SMD make HVC and SMC UNDEFINED, where they are taken from; HCR_EL2.HCD is nothing with EL3. */
TEST(calls_are_undefined)
{
    struct cpu *cpu = cpu_denied(EL3_SCR_EL3_HCE);
    for (unsigned el = EL1; el <= EL2; el++) {
        ready(cpu, el);
        EXPECT(!sysreg_check_hvc(cpu, 0));
        EXPECT_EQ(cpu->pstate.EL, el);
        EXPECT_EQ(cpu->sysreg[el == EL1 ? SR_ESR_EL1 : SR_ESR_EL2], 1u << 25);
        EXPECT(sysreg_check_smc(cpu, 0) || el == EL2);
    }
    EXPECT_EQ(events, 1);
    EXPECT_EQ(last.what, EL3_UNDEFINED);
    cpu = cpu_denied(EL3_SCR_EL3_SMD);
    ready(cpu, EL1);
    cpu->sysreg[SR_HCR_EL2] |= HCR_HCD;
    EXPECT(sysreg_check_hvc(cpu, 0));
    EXPECT(!sysreg_check_smc(cpu, 0));
    EXPECT_EQ(cpu->sysreg[SR_ESR_EL1], 1u << 25);
    ready(cpu, EL1);
    cpu->sysreg[SR_HCR_EL2] |= HCR_TSC;
    EXPECT(!sysreg_check_smc(cpu, 0));
    EXPECT_EQ(cpu->pstate.EL, EL2);
    EXPECT_EQ(Bits(cpu->sysreg[SR_ESR_EL2], 31, 26), EC_SMC64);
}

/* With SCR_EL3.FGTEn = 0 the fine-grained traps are off, those that trap where they are 0 as well. */
TEST(no_fine_grained_traps)
{
    struct cpu *cpu = cpu_denied(EL3_SCR_EL3_FGTEn);
    uint64_t v;

    ready(cpu, EL1);
    cpu->sysreg[SR_HFGRTR_EL2] = cpu->sysreg[SR_HFGITR_EL2] = UINT64_MAX;
    EXPECT(AArch64_SysRegRead(cpu, sysreg_handle(3, 0, 12, 0, 0), 0, &v)); /* VBAR_EL1 */
    EXPECT(sysreg_check_svc(cpu, 0));
    EXPECT(sysreg_check_eret(cpu, 0, 0));
}

/* firmware-trap=undef: UNDEFINED at the EL of the instruction, said once. */
TEST(firmware_injects_undefined)
{
    struct cpu *cpu = cpu_denied(EL3_CPTR_EL3_EZ);
    uint64_t v;

    cpu->el3.trap = EL3_UNDEF;
    for (unsigned el = EL0; el <= EL2; el++) {
        unsigned target = el == EL0 ? EL1 : el;
        ready(cpu, el);
        EXPECT(!CheckSVEEnabled(cpu));
        EXPECT_EQ(cpu->power, POWER_ON);
        EXPECT_EQ(cpu->pstate.EL, target);
        EXPECT_EQ(cpu->sysreg[target == EL1 ? SR_ESR_EL1 : SR_ESR_EL2], 1u << 25);
        EXPECT_EQ(cpu->sysreg[target == EL1 ? SR_ELR_EL1 : SR_ELR_EL2], CODE);
    }
    EXPECT_EQ(events, 1);
    EXPECT_EQ(last.what, EL3_INJECTED);
    EXPECT_EQ(last.ec, EC_SVE);
    EXPECT_EQ(cpu->stats->el3_traps[EL3_CPTR_EL3_EZ], 3);
    ready(cpu, EL2);
    EXPECT(!AArch64_SysRegRead(cpu, sysreg_handle(3, 4, 1, 2, 0), 0, &v));
    EXPECT_EQ(cpu->stats->el3_traps[EL3_CPTR_EL3_EZ], 4);
}

/* The machine goes on while another CPU is on, and not when none is. */
TEST(the_last_cpu_ends_the_run)
{
    struct cpu *cpu = cpu_denied(EL3_CPTR_EL3_TFP), *other = cpu->machine->cpus[1];

    ready(cpu, EL1);
    EXPECT(!CheckFPEnabled64(cpu));
    EXPECT_EQ(last.ec, EC_FP_SVE_ACCESS);
    EXPECT_EQ(cpu->machine->stop, STOP_NONE);
    other->power = POWER_OFF;
    cpu->power = POWER_ON;
    EXPECT(!CheckFPEnabled64(cpu));
    EXPECT_EQ(cpu->machine->stop, STOP_EL3);
}

/* A control of a feature that the CPU has not is RES0; a CPU without EL3 has none of them. */
TEST(absent_controls)
{
    struct machine_options opt = { .smp = 2, .quantum_ns = 10000 };
    struct cpu_config config[2];

    memset(config, 0, sizeof config);
    for (unsigned i = 0; i < 2; i++) {
        feature_defaults("lab", &config[i]);
        config[i].clock_hz = 1000000000;
        config[i].el3 = (struct el3_config){ .have = i == 0, .denied = UINT64_MAX, .zcr_len = 15 };
    }
    struct machine *m = machine_create(&opt, config);
    free_after_test(test_free_machine, m);
    EXPECT(!el3_traps(m->cpus[0], EL3_SCR_EL3_ATA)); /* FEAT_MTE2 */
    EXPECT(!el3_traps(m->cpus[0], EL3_CPTR_EL3_EZ)); /* no vector lengths: no FEAT_SVE */
    EXPECT(el3_traps(m->cpus[0], EL3_CPTR_EL3_TFP));
    EXPECT_EQ(m->cpus[1]->el3.denied, 0);
}

/* Every row has a test above. */
TEST(every_control_is_tested)
{
    static const enum el3_control elsewhere[] = { EL3_SCR_EL3_TWE, EL3_SCR_EL3_TWI, EL3_SCR_EL3_API, EL3_SCR_EL3_HCE,
                                                  EL3_SCR_EL3_SMD };
    for (unsigned c = EL3_NONE + 1; c < EL3_ZCR_EL3_LEN; c++) {
        bool tested = false;
        for (unsigned i = 0; i < ACCESSES; i++)
            tested |= accesses[i].control == c;
        for (unsigned i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++)
            tested |= elsewhere[i] == c;
        if (!tested)
            FAIL("%s", el3_table[c].name);
    }
}

TEST_MAIN
