/* Single-instruction cases computed from Arm's machine-readable specification: state before, instruction, state after
 * (vectors/README.md in the shared folder; skipped without it). One line per row that has cases and fails; rows without
 * a function yet are counted. ONLY=regex picks rows by id, SHOW=n prints n failing cases of each row (default 2). */
#include <regex.h>

#include "tests/isa/run1.h"
#include "tests/vectors.h"

/* ---- The state before ---- */
static void state_before(struct cpu *cpu, struct case_state *s, uint32_t word, uint64_t seed, unsigned vl,
                         bool every_fpcr)
{
    struct case_record c = plain_case(word, seed, vl, every_fpcr ? CASE_EVERY_FPCR : 0);

    case_prepare(s, &c);
    run1_reset(cpu, vl);
    cpu->fp.fpcr = (uint32_t)s->fpcr;
    memcpy(cpu->gpr, s->x, sizeof(s->x));
    cpu->gpr[SP_SLOT] = s->sp;
    for (unsigned n = 0; n < 32; n++)
        memcpy(cpu->z[n], s->z[n], vl / 8);
    cpu->z_high = vl > 128 ? UINT32_MAX : 0;
    for (unsigned n = 0; n < 17; n++)
        memcpy(cpu->p[n], s->p[n], vl / 64);
    SetNZCV(cpu, (unsigned)(s->nzcv >> 28));
}

/* ---- The state after ---- */
static unsigned nzcv_of(const struct cpu *cpu)
{
    return (unsigned)(cpu->pstate.N << 3 | cpu->pstate.Z << 2 | cpu->pstate.C << 1 | cpu->pstate.V);
}
static char *describe_bytes(char *at, char *end, const char *what, unsigned n, const uint8_t *got, const uint8_t *want,
                            unsigned bytes)
{
    if (!memcmp(got, want, bytes))
        return at;
    at += snprintf(at, (size_t)(end - at), " %s%u=", what, n);
    for (unsigned side = 0; side < 2; side++) {
        for (unsigned i = bytes; i-- > 0 && end - at > 8;)
            at += snprintf(at, (size_t)(end - at), "%02x", (side ? want : got)[i]);
        at += snprintf(at, (size_t)(end - at), side ? "" : ", expected ");
    }
    return at;
}
/* What differs, as text; empty if nothing does. */
static void compare(const struct cpu *got, const struct case_state *want, unsigned vl, char *text, size_t size)
{
    char *at = text, *end = text + size - 64;
    unsigned nzcv = (unsigned)(want->nzcv >> 28);
    *at = 0;
    for (unsigned n = 0; n < 31; n++)
        at = describe_bytes(at, end, "x", n, (const uint8_t *)&got->gpr[n], (const uint8_t *)&want->x[n], 8);
    at = describe_bytes(at, end, "sp", 0, (const uint8_t *)&got->gpr[SP_SLOT], (const uint8_t *)&want->sp, 8);
    for (unsigned n = 0; n < 32; n++)
        at = describe_bytes(at, end, "z", n, got->z[n], want->z[n], vl / 8);
    for (unsigned n = 0; n < 17; n++)
        at = describe_bytes(at, end, "p", n, got->p[n], want->p[n], vl / 64);
    if (nzcv_of(got) != nzcv)
        at += snprintf(at, (size_t)(end - at), " nzcv=%x, expected %x", nzcv_of(got), nzcv);
    if (got->fp.fpsr != want->fpsr)
        snprintf(at, (size_t)(end - at), " fpsr=%x, expected %x", got->fp.fpsr, (unsigned)want->fpsr);
}

/* ---- One case ---- */
/* Run it; text says what is wrong, empty if nothing. want has the state before; outcome is the rest of the line. */
static void run_case(struct cpu *cpu, struct case_frame *want, uint32_t word, unsigned vl, const char *outcome,
                     char *text, size_t size)
{
    char line[8192];
    bool done = run1_word(cpu, word);

    text[0] = 0;
    snprintf(line, sizeof(line), "%s", outcome);
    const char *bad = read_outcome(want, line, vl);
    if (bad) {
        snprintf(text, size, " cannot read \"%s\"", bad);
    } else if (want->el) {
        uint64_t got = cpu->sysreg[cpu->pstate.EL == EL2 ? SR_ESR_EL2 : SR_ESR_EL1];
        if (done)
            snprintf(text, size, " completed, expected %s", outcome);
        else if (cpu->pstate.EL != want->el || cpu->pc != want->vector * 0x80 || got != want->esr)
            snprintf(text, size, " exc el%u vec%" PRIx64 " esr%" PRIx64 ", expected %s", cpu->pstate.EL, cpu->pc, got,
                     outcome);
    } else if (!done) {
        snprintf(text, size, " took an exception, expected %s", outcome);
    } else {
        compare(cpu, &want->state, vl, text, size);
    }
}

struct count {
    unsigned passed, failed;
    bool todo;
};

static void run_file(const char *name, bool every_fpcr)
{
    static struct count counts[INSN_COUNT + 1];
    static char text[1 << 15];
    const char *only = getenv("ONLY"), *show_text = getenv("SHOW");
    unsigned show = show_text ? (unsigned)atoi(show_text) : 2, passed = 0, total = 0, todo_rows = 0, rows = 0;
    regex_t regex;
    char path[4096], *file;
    static struct case_frame want;
    struct cpu *cpu;

    snprintf(path, sizeof(path), "%s/vectors/%s", shared_dir(), name);
    file = read_zstd(path);
    if (!file)
        SKIP("the shared folder is not here");
    if (only && regcomp(&regex, only, REG_EXTENDED | REG_NOSUB)) {
        FAIL("ONLY=%s is not a regular expression", only);
        return;
    }
    memset(counts, 0, sizeof(counts));
    cpu = run1_cpu();
    char *rest;
    for (char *line = strtok_r(file, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        unsigned word, vl;
        unsigned long long seed;
        int outcome;
        if (sscanf(line, "%x %llx %u %n", &word, &seed, &vl, &outcome) != 3)
            continue;
        unsigned row = isa_decode_row(word);
        const char *id = row == INSN_COUNT ? "UNALLOCATED" : insn_table[row].id;
        if (only && regexec(&regex, id, 0, NULL, 0))
            continue;
        struct count *c = &counts[row];
        if (row < INSN_COUNT && insn_is_todo(row)) {
            c->todo = true;
            continue;
        }
        state_before(cpu, &want.state, word, seed, vl, every_fpcr);
        run_case(cpu, &want, word, vl, line + outcome, text, sizeof(text));
        if (!text[0]) {
            c->passed++;
        } else if (c->failed++ < show) {
            printf("  %s %08x seed %llx vl %u fpcr %x:%s\n", id, word, seed, vl, (unsigned)want.state.fpcr, text);
        }
    }
    for (unsigned row = 0; row <= INSN_COUNT; row++) {
        rows += counts[row].passed || counts[row].failed;
        todo_rows += counts[row].todo;
        passed += counts[row].passed;
        total += counts[row].passed + counts[row].failed;
        if (counts[row].failed) {
            printf("  %s: %u of %u cases fail\n", row == INSN_COUNT ? "UNALLOCATED" : insn_table[row].id,
                   counts[row].failed, counts[row].passed + counts[row].failed);
            FAIL("%s", row == INSN_COUNT ? "UNALLOCATED" : insn_table[row].id);
        }
    }
    printf("%s: %u of %u, %u rows run, %u rows without a function\n", name, passed, total, rows, todo_rows);
    free(file);
}

TEST(vectors) { run_file("a64-vectors.txt.zst", false); }
TEST(vectors_fpcr) { run_file("a64-vectors-fpcr.txt.zst", true); }

TEST_MAIN
