/* sysregs/tlbi.c: the operand of each TLBI, and which CPUs it reaches, seen by its effect on their fast entries. */
#include "mmu/mmu.h"
#include "tests/sysregs/sysreg_test.h"

#include "sysregs/rows.h"

static unsigned insn(const char *name)
{
    for (unsigned i = SR_COUNT; i < ROW_COUNT; i++)
        if (!strcmp(name, sysreg_table[i].name)) {
            const struct sysreg_row *r = &sysreg_table[i];
            return sysreg_handle(1, r->op1, r->CRn, r->CRm, r->op2);
        }
    FAIL("no row %s", name);
    return 0;
}

/* Every TLBI name of the architecture that we claim is there, at the EL it belongs to. */
TEST(every_tlbi_runs)
{
    struct cpu *cpu = test_cpu_model("lab", 1, 2);

    for (unsigned i = SR_COUNT; i < ROW_COUNT; i++) {
        const struct sysreg_row *r = &sysreg_table[i];
        if (strncmp(r->name, "TLBI_", 5))
            continue;
        for (unsigned el = EL0; el <= EL2; el++) {
            at_el(cpu, el, 0);
            bool ok = AArch64_SysInstr(cpu, insn(r->name), 0, 0);
            EXPECT_EQ(ok, el == EL2 || (el == EL1 && r->op1 == 0));
        }
    }
}

/* The decoded operand. */
TEST(operands)
{
    struct cpu *cpu = test_cpu();
    struct tlbi t;
#define ROW(NAME) (&sysreg_table[SR_COUNT + SI_##NAME])

    at_el(cpu, EL1, 0);
    cpu->sysreg[SR_VTTBR_EL2] = UINT64_C(0x1234) << 48, cpu->sysreg[SR_VTCR_EL2] = BIT(19);
    cpu->sysreg[SR_TCR_EL1] = BIT(36);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_VAE1IS), UINT64_C(0xabcd) << 48 | UINT64_C(0xffffc012345), &t));
    EXPECT_EQ(t.regime, EL1);
    EXPECT_EQ(t.scope, TLBI_VA);
    EXPECT_EQ(t.asid, 0xabcd);
    EXPECT_EQ(t.vmid, 0x1234);
    EXPECT_EQ(t.start, UINT64_C(0xffffffc012345000));
    EXPECT(!t.last_level);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_VAALE1), 0x123, &t));
    EXPECT_EQ(t.scope, TLBI_VAA);
    EXPECT(t.last_level);
    cpu->sysreg[SR_TCR_EL1] = 0, cpu->sysreg[SR_VTCR_EL2] = 0;
    EXPECT(tlbi_decode(cpu, ROW(TLBI_ASIDE1), UINT64_C(0xabcd) << 48, &t));
    EXPECT_EQ(t.asid, 0xcd);
    EXPECT_EQ(t.vmid, 0x34);

    /* 4 KiB, SCALE 1, NUM 2: 3 << 6 pages from a kernel address. */
    uint64_t base = UINT64_C(0xffff800012345000);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_RVAE1IS),
                       UINT64_C(1) << 46 | UINT64_C(1) << 44 | UINT64_C(2) << 39 | (base >> 12 & 0x1fffffffff), &t));
    EXPECT_EQ(t.start, base);
    EXPECT_EQ(t.length, UINT64_C(3) << 6 << 12);
    EXPECT(!tlbi_decode(cpu, ROW(TLBI_RVAE1IS), 5, &t)); /* TG = 0 */

    at_el(cpu, EL2, HCR_E2H | HCR_TGE);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_VMALLE1IS), 0, &t));
    EXPECT_EQ(t.regime, EL2);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_VMALLS12E1IS), 0, &t));
    EXPECT_EQ(t.regime, EL1);
    EXPECT_EQ(t.scope, TLBI_VMALLS12);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_ALLE1IS), 0, &t));
    EXPECT_EQ(t.regime, EL1);
    EXPECT(t.all_vmids);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_VAE2IS), UINT64_C(5) << 48 | 0x10, &t));
    EXPECT_EQ(t.scope, TLBI_VA);
    at_el(cpu, EL2, 0);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_VAE2), 0x10, &t));
    EXPECT_EQ(t.regime, EL2);
    EXPECT_EQ(t.scope, TLBI_VAA);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_VAE1), 0x10, &t));
    EXPECT_EQ(t.regime, EL1);
    EXPECT(tlbi_decode(cpu, ROW(TLBI_IPAS2E1IS), 0x12345, &t));
    EXPECT_EQ(t.scope, TLBI_IPAS2);
    EXPECT_EQ(t.start, 0x12345000);
}

/* Broadcast reaches the other CPU, a local form does not, HCR_EL2.FB makes it. */
TEST(broadcast)
{
    struct cpu *cpu = test_cpu_model("lab", 1, 2), *other = cpu->machine->cpus[1];
    static const struct {
        const char *name;
        uint64_t hcr;
        bool reaches;
    } cases[] = { { "TLBI_VMALLE1", 0, false },
                  { "TLBI_VMALLE1IS", 0, true },
                  { "TLBI_VMALLE1OS", 0, true },
                  { "TLBI_VMALLE1", HCR_FB, true } };

    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct tlb_entry *mine = tlb_slot(cpu, 0x5000), *theirs = tlb_slot(other, 0x5000);
        at_el(cpu, EL1, cases[i].hcr);
        at_el(other, EL1, cases[i].hcr);
        mmu_context_changed(cpu);
        mmu_context_changed(other);
        mine->read_tag = 0x5000 | cpu->tlb_ctx;
        theirs->read_tag = 0x5000 | other->tlb_ctx;
        EXPECT(AArch64_SysInstr(cpu, insn(cases[i].name), 0, 0));
        EXPECT_EQ(mine->read_tag, TLB_NO_TAG);
        if ((theirs->read_tag == TLB_NO_TAG) != cases[i].reaches)
            FAIL("%s, HCR %#llx", cases[i].name, (unsigned long long)cases[i].hcr);
    }
}

TEST_MAIN
