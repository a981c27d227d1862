/* Every register of Arm's table has a row, or stands in docs/scope.md's table of those left out with the feature that
 * it belongs to, which no CPU can claim. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/feature.h"
#include "sysregs/rows.h"
#include "tests/harness.h"

enum { MAX_PATTERNS = 200 };
static struct {
    char glob[64];
    unsigned used;
} patterns[MAX_PATTERNS];
static unsigned pattern_count;

/* Lines `| features | registers | why |` below the heading; patterns are separated by commas. */
static bool read_scope(void)
{
    FILE *f = fopen("docs/scope.md", "r");
    char line[2000];
    bool here = false;

    if (!f)
        return false;
    while (fgets(line, sizeof(line), f)) {
        if (line[0] == '#')
            here = strstr(line, "System registers") != NULL;
        char *cell = here && line[0] == '|' ? strchr(line + 1, '|') : NULL;
        char *end = cell ? strchr(cell + 1, '|') : NULL;
        if (!end)
            continue;
        *cell = *end = 0;
        for (char *feature = strtok(line + 1, ", "); feature; feature = strtok(NULL, ", ")) {
            enum feature number = feature_by_name(feature);
            if (number != FEAT_COUNT && (feature_table[number].max || feature_table[number].optional))
                FAIL("docs/scope.md leaves out registers of %s, which a CPU can claim", feature);
        }
        for (char *glob = strtok(cell + 1, ", "); glob; glob = strtok(NULL, ", "))
            if (pattern_count < MAX_PATTERNS)
                snprintf(patterns[pattern_count++].glob, sizeof(patterns[0].glob), "%s", glob);
    }
    fclose(f);
    return true;
}

static bool left_out(const char *name)
{
    for (unsigned i = 0; i < pattern_count; i++)
        if (!fnmatch(patterns[i].glob, name, 0)) {
            patterns[i].used++;
            return true;
        }
    return false;
}

static bool has_row(unsigned op0, unsigned op1, unsigned CRn, unsigned CRm, unsigned op2)
{
    for (unsigned i = 0; i < SR_COUNT; i++) {
        const struct sysreg_row *r = &sysreg_table[i];
        bool same = r->CRn == CRn && r->CRm == CRm && r->op2 == op2 && r->op0 == op0;
        if (same && (r->op1 == op1 || (op1 == 5 && (r->el12 || r->el02))))
            return true;
    }
    return false;
}

TEST(every_register_of_arms_table)
{
    char path[512], line[8192], name[64];
    unsigned op0, op1, CRn, CRm, op2, registers = 0, rows = 0;

    snprintf(path, sizeof(path), "%s/arch/a64-sysregs.tsv", shared_dir());
    FILE *f = fopen(path, "r");
    if (!f)
        SKIP("no table of system registers: set SVEMU_SHARED");
    if (!read_scope())
        FAIL("docs/scope.md cannot be read");
    while (fgets(line, sizeof(line), f)) {
        if (sscanf(line, "%63s %u_%u_%u_%u_%u", name, &op0, &op1, &CRn, &CRm, &op2) != 6)
            continue;
        registers++;
        if (has_row(op0, op1, CRn, CRm, op2)) {
            rows++;
            if (left_out(name))
                FAIL("%s has a row and stands in docs/scope.md as left out", name);
        } else if (!left_out(name)) {
            FAIL("%s (S%u_%u_C%u_C%u_%u) has no row in sysregs.def and no reason in docs/scope.md", name, op0, op1, CRn,
                 CRm, op2);
        }
    }
    fclose(f);
    EXPECT(registers > 600 && rows > 400);
    for (unsigned i = 0; i < pattern_count; i++)
        if (!patterns[i].used && patterns[i].glob[0] != '-' && strcmp(patterns[i].glob, "registers"))
            FAIL("docs/scope.md: %s names no register of Arm's table", patterns[i].glob);
}

/* ---- Fields ---- */

static const struct field {
    uint16_t reg;
    uint8_t hi, lo;
    uint16_t feature;
    const char *name;
} fields[] = {
#define FIELD(REG, NAME, HI, LO, FEAT)  { SR_##REG, HI, LO, FEAT, #NAME },
#define FIELD1(REG, NAME, HI, LO, FEAT) { SR_##REG, HI, LO, FEAT, #NAME },
#include "sysregs/fields.def"
};
enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

/* The registers whose fields trap, enable and route. */
static const uint16_t controls[] = { SR_HCR_EL2,     SR_HCRX_EL2,    SR_HFGRTR_EL2, SR_HFGWTR_EL2, SR_HFGITR_EL2,
                                     SR_HDFGRTR_EL2, SR_HDFGWTR_EL2, SR_CPACR_EL1,  SR_MDCR_EL2,   SR_CNTHCTL_EL2,
                                     SR_CNTKCTL_EL1, SR_SCTLR_EL1,   SR_SCTLR_EL2,  SR_MDSCR_EL1 };

static void compare_fields(uint16_t reg, const char *line)
{
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        char text[80];
        const struct field *f = &fields[i];
        if (f->reg != reg)
            continue;
        snprintf(text, sizeof(text), "%s[%u:%u]", f->name, f->hi, f->lo);
        const char *found = strstr(line, text);
        if (!found || (found[-1] != ' ' && found[-1] != '\t'))
            FAIL("%s.%s is not among the fields of Arm's table", sysreg_name(f->reg), text);
    }
}

TEST(control_fields_stand_where_arms_table_has_them)
{
    char path[512], line[8192], name[64];
    unsigned found = 0;

    snprintf(path, sizeof(path), "%s/arch/a64-sysregs.tsv", shared_dir());
    FILE *f = fopen(path, "r");
    if (!f)
        SKIP("no table of system registers: set SVEMU_SHARED");
    while (fgets(line, sizeof(line), f))
        for (unsigned i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
            if (sscanf(line, "%63s", name) == 1 && !strcmp(name, sysreg_name(controls[i])))
                found++, compare_fields(controls[i], line);
    fclose(f);
    EXPECT_EQ(found, sizeof(controls) / sizeof(controls[0]));
}

/* ---- Fine-grained traps: a field has the name of what it traps, or is one of these ---- */
static const char *const named_otherwise[][2] = {
    { "DBGCLAIMSET_EL1", "DBGCLAIM" },
    { "DBGCLAIMCLR_EL1", "DBGCLAIM" },
    { "PMCNTENSET_EL0", "PMCNTEN" },
    { "PMCNTENCLR_EL0", "PMCNTEN" },
    { "PMINTENSET_EL1", "PMINTEN" },
    { "PMINTENCLR_EL1", "PMINTEN" },
    { "PMOVSSET_EL0", "PMOVS" },
    { "PMOVSCLR_EL0", "PMOVS" },
    { "PMXEVCNTR_EL0", "PMEVCNTRn_EL0" },
    { "PMXEVTYPER_EL0", "PMEVTYPERn_EL0" },
    { "APIAKEY??_EL1", "APIAKey" },
    { "APIBKEY??_EL1", "APIBKey" },
    { "APDAKEY??_EL1", "APDAKey" },
    { "APDBKEY??_EL1", "APDBKey" },
    { "APGAKEY??_EL1", "APGAKey" },
    { "DC_CIG*SW", "DCCISW" },
    { "DC_CIG*VAC", "DCCIVAC" },
    { "DC_CG*SW", "DCCSW" },
    { "DC_CG*VAC", "DCCVAC" },
    { "DC_CG*VADP", "DCCVADP" },
    { "DC_CG*VAP", "DCCVAP" },
    { "DC_IG*SW", "DCISW" },
    { "DC_IG*VAC", "DCIVAC" },
    { "DC_G*VA", "DCZVA" },
};

/* The register's name with its number as n, an instruction's without _ and nXS. */
static void field_name(const struct sysreg_row *row, char *text)
{
    size_t length = strlen(row->name), n = 0;

    if (row->fgt.nXS)
        length -= 3;
    for (size_t i = 0; i < length; i++) {
        char c = row->name[i];
        bool digit = c >= '0' && c <= '9' && i && row->name[i - 1] != 'L'; /* but the one of _EL1 */
        if (row->insn && c == '_')
            continue;
        if (row->insn || !digit)
            text[n++] = c;
        else if (text[n - 1] != 'n')
            text[n++] = 'n';
    }
    text[n] = 0;
}

TEST(fine_grained_trap_fields_are_named_as_what_they_trap)
{
    unsigned rows = 0;

    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const struct sysreg_row *row = &sysreg_table[i];
        char name[64];
        if (!row->fgt.field)
            continue;
        rows++;
        field_name(row, name);
        bool known = !strcmp(name, row->fgt.field) || !strcmp(row->name, row->fgt.field);
        for (unsigned k = 0; k < sizeof(named_otherwise) / sizeof(named_otherwise[0]); k++)
            known |= !fnmatch(named_otherwise[k][0], row->name, 0) && !strcmp(named_otherwise[k][1], row->fgt.field);
        if (!known)
            FAIL("%s is trapped by the field %s", row->name, row->fgt.field);
        bool nxs = row->insn && strlen(row->name) > 3 && !strcmp(row->name + strlen(row->name) - 3, "nXS");
        if (nxs != row->fgt.nXS)
            FAIL("%s: HCRX_EL2.FGTnXS", row->name);
    }
    EXPECT(rows > 300);
}

static bool traps_something(const struct field *f)
{
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const struct fgt *t = &sysreg_table[i].fgt;
        if ((t->field && t->read_reg == f->reg && t->read_bit == f->lo) ||
            (t->field && t->write_reg == f->reg && t->write_bit == f->lo))
            return true;
    }
    return false;
}

/* SVC and ERET are not in the register space. */
TEST(every_fine_grained_trap_field_traps_something)
{
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        const struct field *f = &fields[i];
        bool fgt = f->reg == SR_HFGRTR_EL2 || f->reg == SR_HFGWTR_EL2 || f->reg == SR_HFGITR_EL2 ||
                   f->reg == SR_HDFGRTR_EL2 || f->reg == SR_HDFGWTR_EL2;
        bool claimed = feature_table[f->feature].max || feature_table[f->feature].optional;
        if (fgt && claimed && !traps_something(f) && strncmp(f->name, "SVC", 3) && strcmp(f->name, "ERET"))
            FAIL("%s.%s traps nothing", sysreg_name(f->reg), f->name);
    }
}

TEST_MAIN
