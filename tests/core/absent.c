/* A feature that is switched off is absent: its instructions and registers are UNDEFINED, its ID fields drop, and what
 * needs it is absent too. For every row of core/feature.def. */
#include "core/machine.h"
#include "isa/isa.h"
#include "sysregs/rows.h"
#include "tests/isa/run1.h"

static struct cpu_config everything(void)
{
    struct cpu_config c;
    const char *why;

    memset(&c, 0, sizeof(c));
    EXPECT(feature_defaults("max", &c));
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        if (feature_table[f].optional)
            EXPECT(feature_set(&c, f, true, &why));
    c.vq_set = 3;
    c.clock_hz = 1000000000;
    return c;
}

/* A machine of one CPU with RAM at RUN1_RAM. */
static struct machine *machine_of(const struct cpu_config *c)
{
    struct machine_options opt = { .smp = 1, .memory = RUN1_RAM_SIZE, .quantum_ns = 1000 };
    struct machine *m = machine_create(&opt, c);
    static uint8_t ram[RUN1_RAM_SIZE], flags[RUN1_RAM_SIZE >> 12];

    assert(m);
    memset(ram, 0, sizeof(ram)), memset(flags, 0, sizeof(flags));
    m->mem.ram = ram, m->mem.page_flags = flags;
    m->mem.base = RUN1_RAM, m->mem.size = RUN1_RAM_SIZE;
    m->mem.mmio_read = run1_no_read, m->mem.mmio_write = run1_no_write;
    m->entry = RUN1_RAM;
    m->opt.max_insns = 1;
    return m;
}

/* Run word at EL2 with the MMU off. Does it take an exception of this class? */
static bool exception(struct machine *m, uint32_t word, unsigned ec)
{
    struct cpu *cpu = m->cpus[0];

    m->insns_left = 1;
    m->stop = STOP_NONE;
    machine_reset(m);
    cpu->sysreg[SR_CPTR_EL2] = E2H(cpu) ? 0x330000 : 0x22ff; /* nothing trapped */
    cpu_update_traps(cpu);
    uint64_t before = cpu->exceptions_taken;
    EXPECT(phys_write(&m->mem, NULL, RUN1_RAM, 8, word | UINT64_C(0x14000000) << 32)); /* then B . */
    machine_run(m);
    return cpu->exceptions_taken > before && cpu->sysreg[SR_ESR_EL2] >> 26 == ec && cpu->sysreg[SR_ELR_EL2] == RUN1_RAM;
}

static bool undefined(struct machine *m, uint32_t word) { return exception(m, word, EC_UNKNOWN); }

/* FEAT_IDST reports reads of the feature ID space that are UNDEFINED with EC 0x18. */
static unsigned ec_of_read(const struct machine *m, const struct sysreg_row *row)
{
    bool id_space = row->op0 == 3 && row->CRn == 0 && row->CRm < 8 && row->op1 < 4 && row->op1 != 2;
    return id_space && HaveFeat(m->cpus[0], FEAT_IDST) ? EC_SYS64 : EC_UNKNOWN;
}

/* Rows whose only way in is f. */
static bool only_way_in(const struct cpu_config *c, const struct insn *row, enum feature f)
{
    if (f == FEAT_BASE)
        return false;
    return row->feat2 == f || (row->feat == f && (!row->or_feat || !feature_claimed(c, row->or_feat)));
}

static uint32_t random_word(const struct insn *row)
{
    static uint64_t seed = 1;
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
    return row->bits | ((uint32_t)(seed >> 32) & ~row->mask);
}

static unsigned instructions_are_undefined(struct machine *m, enum feature f)
{
    const struct cpu_class *with = &run1_class;
    unsigned rows = 0;

    for (unsigned i = 0; i < INSN_COUNT; i++) {
        if (!only_way_in(&m->config[0], &insn_table[i], f))
            continue;
        for (unsigned n = 0; n < 8; n++) {
            uint32_t word = random_word(&insn_table[i]);
            struct op op;
            isa_decode(with, word, &op);
            if (op.row != i)
                continue; /* another row's, or UNDEFINED anyhow */
            isa_decode(m->cpus[0]->cls, word, &op);
            if (op.row != INSN_COUNT)
                FAIL("%s: %s %08x is there", feature_name(f), insn_table[i].id, word);
            else if (!n && !undefined(m, word))
                FAIL("%s: %s %08x is not UNDEFINED", feature_name(f), insn_table[i].id, word);
        }
        rows++;
    }
    return rows;
}

static unsigned registers_are_undefined(struct machine *m, enum feature f)
{
    unsigned rows = 0;

    for (unsigned r = 0; r < ROW_COUNT; r++) {
        const struct sysreg_row *row = &sysreg_table[r];
        if (f == FEAT_BASE || (row->feat != f && row->feat2 != f))
            continue;
        uint32_t encoding =
            (uint32_t)(row->op0 << 19 | row->op1 << 16 | row->CRn << 12 | row->CRm << 8 | row->op2 << 5);
        if (!row->insn && row->access & EL2_RO && !exception(m, 0xd5200000 | encoding, ec_of_read(m, row)))
            FAIL("%s: MRS of %s", feature_name(f), row->name);
        if (row->access & EL2_WO && !undefined(m, 0xd5000000 | encoding))
            FAIL("%s: MSR or SYS of %s", feature_name(f), row->name);
        rows++;
    }
    return rows;
}

static unsigned field_of(const struct cpu *cpu, const struct feature_id *id)
{
    return (unsigned)Bits(cpu->sysreg[id->reg], id->lo + 3u, id->lo);
}

/* No field reads as f makes it read, unless another claimed feature says at least as much. */
static void id_fields_drop(const struct cpu *with, const struct cpu *without, enum feature f)
{
    const struct feature_row *row = &feature_table[f];

    for (const struct feature_id *id = row->id; id->used; id++) {
        bool other = false;
        for (unsigned o = 0; o < FEAT_COUNT; o++)
            for (const struct feature_id *i = feature_table[o].id; i->used && HaveFeat(without, o); i++)
                other |= i->reg == id->reg && i->lo == id->lo && i->value >= id->value;
        if (field_of(with, id) < id->value)
            FAIL("%s: field at bit %u of %s does not show it", row->name, id->lo, sysreg_name(id->reg));
        if (!other && id->value && field_of(without, id) >= id->value && !row->absent.used)
            FAIL("%s: field at bit %u of %s still shows it", row->name, id->lo, sysreg_name(id->reg));
    }
    if (row->absent.used && field_of(without, &row->absent) != row->absent.value)
        FAIL("%s: field at bit %u of %s is %u", row->name, row->absent.lo, sysreg_name(row->absent.reg),
             field_of(without, &row->absent));
    if (row->pauth) {
        struct feature_id api = { SR_ID_AA64ISAR1_EL1, 8, 0, true }; /* the IMPLEMENTATION DEFINED algorithm */
        if (field_of(without, &api) >= row->pauth)
            FAIL("%s: ID_AA64ISAR1_EL1.API is %u", row->name, field_of(without, &api));
    }
}

static void nothing_needs_it(const struct cpu_config *c, enum feature f)
{
    for (unsigned o = 0; o < FEAT_COUNT; o++)
        for (unsigned i = 0; feature_claimed(c, o) && i < 4 && feature_table[o].needs[i]; i++)
            if (feature_table[o].needs[i] == f)
                FAIL("%s is claimed without %s", feature_name(o), feature_name(f));
}

TEST(every_feature_can_be_absent)
{
    struct cpu_config all = everything();
    struct machine *with = machine_of(&all);
    unsigned off = 0, refused = 0, rows = 0, registers = 0;

    run1_all_features();
    for (enum feature f = 0; f < FEAT_COUNT; f++) {
        struct cpu_config c = all;
        const char *why = NULL;
        if (!feature_claimed(&c, f))
            continue;
        if (!feature_set(&c, f, false, &why)) {
            EXPECT(why && feature_table[f].since == 80);
            EXPECT(!memcmp(c.features, all.features, sizeof(c.features)));
            refused++;
            continue;
        }
        EXPECT(!feature_claimed(&c, f));
        nothing_needs_it(&c, f);
        struct machine *without = machine_of(&c);
        id_fields_drop(with->cpus[0], without->cpus[0], f);
        rows += instructions_are_undefined(without, f);
        registers += registers_are_undefined(without, f);
        machine_free(without);
        off++;
    }
    machine_free(with);
    EXPECT(off >= 100 && refused >= 3);
    EXPECT(rows > 1680);
    EXPECT(registers > 300);
}

static bool needs(const struct sysreg_row *row, enum feature f)
{
    for (unsigned i = 0; i < 2; i++) {
        enum feature has = i ? row->feat2 : row->feat;
        for (unsigned n = 0; n < 5; n++) {
            if (has == f)
                return true;
            if (n < 4 && feature_table[has].needs[n] == f && f)
                return true;
        }
    }
    return false;
}

/* TLB maintenance by range, for the Outer Shareable domain and without XS comes with three features in all mixtures. */
TEST(tlb_maintenance_names_its_features)
{
    for (unsigned r = SR_COUNT; r < ROW_COUNT; r++) {
        const struct sysreg_row *row = &sysreg_table[r];
        if (strncmp(row->name, "TLBI_", 5))
            continue;
        if (row->name[5] == 'R' && !needs(row, FEAT_TLBIRANGE))
            FAIL("%s is there without FEAT_TLBIRANGE", row->name);
        if (strstr(row->name, "OS") && !needs(row, FEAT_TLBIOS))
            FAIL("%s is there without FEAT_TLBIOS", row->name);
        if (strstr(row->name, "nXS") && !needs(row, FEAT_XS))
            FAIL("%s is there without FEAT_XS", row->name);
    }
}

/* PSTATE fields have no register where their feature is absent: MSR (immediate). */
TEST(pstate_fields)
{
    static const struct {
        enum feature f;
        uint32_t word;
    } msr[] = {
        { FEAT_UAO, 0xd500417f }, { FEAT_PAN, 0xd500419f }, { FEAT_SSBS2, 0xd503413f },
        { FEAT_DIT, 0xd503415f }, { FEAT_MTE, 0xd503419f },
    };
    for (unsigned i = 0; i < sizeof(msr) / sizeof(*msr); i++) {
        struct cpu_config c = everything();
        const char *why;
        struct machine *m = machine_of(&c);
        if (undefined(m, msr[i].word))
            FAIL("%s: %08x is not there", feature_name(msr[i].f), msr[i].word);
        machine_free(m);
        EXPECT(feature_set(&c, msr[i].f, false, &why));
        m = machine_of(&c);
        if (!undefined(m, msr[i].word))
            FAIL("%s: %08x", feature_name(msr[i].f), msr[i].word);
        machine_free(m);
    }
}

/* Fields of registers: whatever is written, those of an absent feature read as 0, or as 1 where they are RES1 then. */
TEST(fields_are_reserved)
{
#define FIELD(REG, NAME, HI, LO, FEAT)  { SR_##REG, HI, LO, FEAT, #REG "." #NAME, false },
#define FIELD1(REG, NAME, HI, LO, FEAT) { SR_##REG, HI, LO, FEAT, #REG "." #NAME, true },
    static const struct {
        uint16_t reg;
        uint8_t hi, lo;
        enum feature f;
        const char *name;
        bool ones;
    } field[] = {
#include "sysregs/fields.def"
    };
    for (unsigned i = 0; i < sizeof(field) / sizeof(*field); i++) {
        struct cpu_config c = everything();
        const char *why;
        const struct sysreg_row *row = &sysreg_table[field[i].reg];
        if (!field[i].f || !feature_claimed(&c, field[i].f) || !feature_set(&c, field[i].f, false, &why))
            continue;
        if (row->read || !(row->access & EL2_WO) || (row->feat && !feature_claimed(&c, row->feat)))
            continue; /* what a hook makes of it is for that file's test */
        struct machine *m = machine_of(&c);
        struct cpu *cpu = m->cpus[0];
        machine_reset(m);
        cpu->op = cpu->ops = &(struct op){ 0 };
        unsigned handle = sysreg_handle(row->op0, row->op1, row->CRn, row->CRm, row->op2);
        EXPECT(AArch64_SysRegWrite(cpu, handle, 0, field[i].ones ? 0 : UINT64_MAX));
        uint64_t want = field[i].ones ? Bits(UINT64_MAX, field[i].hi - field[i].lo, 0) : 0;
        if (Bits(cpu->sysreg[field[i].reg], field[i].hi, field[i].lo) != want)
            FAIL("%s without %s", field[i].name, feature_name(field[i].f));
        machine_free(m);
    }
}

/* HCR_EL2.E2H is 1 for ever without FEAT_E2H0, and 0 without FEAT_VHE; a CPU has one of them. */
TEST(host_or_not)
{
    struct cpu_config c = everything();
    const char *why = NULL;

    EXPECT(feature_set(&c, FEAT_E2H0, false, &why));
    EXPECT(!feature_set(&c, FEAT_VHE, false, &why) && why);
    EXPECT(!feature_set(&c, FEAT_LSE, false, &why)); /* FEAT_VHE needs it */
    EXPECT(feature_claimed(&c, FEAT_VHE) && feature_claimed(&c, FEAT_LSE) && !feature_claimed(&c, FEAT_E2H0));
    struct machine *m = machine_of(&c);
    struct cpu *cpu = m->cpus[0];
    machine_reset(m);
    EXPECT(E2H(cpu));
    cpu->op = cpu->ops = &(struct op){ 0 };
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 4, 1, 1, 0), 0, HCR_RW));
    EXPECT_EQ(cpu->sysreg[SR_HCR_EL2], HCR_RW | HCR_E2H);
    EXPECT(!undefined(m, 0xd53d1000)); /* MRS X0, SCTLR_EL12 */
    machine_free(m);

    c = everything();
    EXPECT(feature_set(&c, FEAT_VHE, false, &why));
    m = machine_of(&c);
    cpu = m->cpus[0];
    machine_reset(m);
    cpu->op = cpu->ops = &(struct op){ 0 };
    EXPECT(AArch64_SysRegWrite(cpu, sysreg_handle(3, 4, 1, 1, 0), 0, UINT64_MAX));
    EXPECT(!E2H(cpu));
    EXPECT(undefined(m, 0xd53d1000));
    machine_free(m);
}

TEST_MAIN
