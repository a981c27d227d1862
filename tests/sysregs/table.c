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

TEST_MAIN
