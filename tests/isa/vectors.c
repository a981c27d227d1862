/* Single-instruction cases computed from Arm's machine-readable specification: state before, instruction, state after
 * (vectors/README.md in the shared folder; skipped without it). One line per row that has cases and fails; rows without
 * a function yet are counted. ONLY=regex picks rows by id, SHOW=n prints n failing cases of each row (default 2). */
#include <regex.h>
#include <zstd.h>

#include "tests/isa/run1.h"

/* ---- The file ---- */
/* Contents of a zstd file as one string; NULL if there is none. */
static char *read_zstd(const char *name)
{
    char path[4096];
    size_t used = 0, room = 1 << 24;
    char *text = malloc(room);
    ZSTD_DStream *stream = ZSTD_createDStream();
    static char chunk[1 << 16];
    FILE *f;

    snprintf(path, sizeof(path), "%s/vectors/%s", shared_dir(), name);
    f = fopen(path, "rb");
    if (!f || !text || !stream)
        return NULL;
    for (size_t got; (got = fread(chunk, 1, sizeof(chunk), f)) > 0;) {
        ZSTD_inBuffer in = { chunk, got, 0 };
        while (in.pos < in.size) {
            if (room - used < (1 << 20))
                text = realloc(text, room *= 2);
            ZSTD_outBuffer out = { text + used, room - used - 1, 0 };
            size_t r = ZSTD_decompressStream(stream, &out, &in);
            if (ZSTD_isError(r)) {
                printf("%s: %s\n", path, ZSTD_getErrorName(r));
                exit(1);
            }
            used += out.pos;
        }
    }
    fclose(f);
    ZSTD_freeDStream(stream);
    text[used] = 0;
    return text;
}

/* ---- The state before ---- */
static uint64_t generator;
static uint64_t next(void)
{
    uint64_t z = generator += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}
static const uint64_t corner[4][16] = {
    { 0x00, 0x80, 0x01, 0xff, 0x7f, 0x81, 0x02, 0xfe, 0x40, 0xc0, 0x55, 0xaa, 0x07, 0x08, 0x10, 0xf0 },
    { 0x0, 0x8000, 0x3c00, 0xbc00, 0x7c00, 0xfc00, 0x7e00, 0x7d01, 0xfe00, 0xfd01, 0x1, 0x8001, 0x03ff, 0x0400, 0x7bff,
      0x3800 },
    { 0x0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0x7f800001, 0xffc00001, 0xffa00000,
      0x1, 0x80000001, 0x007fffff, 0x00800000, 0x7f7fffff, 0x3f000000 },
    { 0x0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
      0x7ff8000000000000, 0x7ff0000000000001, 0xfff8000000000001, 0xfff4000000000000, 0x1, 0x8000000000000001,
      0x000fffffffffffff, 0x0010000000000000, 0x7fefffffffffffff, 0x3fe0000000000000 },
};

static uint64_t general_register(void)
{
    uint64_t r = next();
    switch (next() & 7) {
    case 0: return r & 0xff;
    case 1: return 0 - (r & 0xff);
    case 2: return UINT64_C(1) << (r & 63);
    case 3: return (UINT64_C(1) << (r & 63)) - 1;
    case 4: return r & 0xffffffff;
    default: return r;
    }
}
static void vector_register(uint8_t *z, unsigned mode, unsigned vl)
{
    for (unsigned i = 0; i < vl / 8; i += 1u << mode) {
        uint64_t sel = next() & 7, r = next();
        r = sel == 0 ? corner[mode][r & 15] : sel == 1 ? r & 7 : r;
        memcpy(z + i, &r, 1u << mode);
    }
}
static void predicate_register(uint8_t *p, unsigned vl)
{
    unsigned sel = next() & 3;
    for (unsigned i = 0; i < vl / 64; i += 2) {
        uint64_t r = next();
        uint16_t v = (uint16_t)(sel == 0 ? 0xffff : sel == 1 ? r : sel == 2 ? r & 0x1111 : (UINT64_C(1) << r % 17) - 1);
        memcpy(p + i, &v, 2);
    }
}
static void state_before(struct cpu *cpu, uint64_t seed, unsigned vl, bool every_fpcr)
{
    generator = seed;
    unsigned mode = next() & 3;
    uint64_t k = next();
    run1_reset(cpu, vl);
    if (every_fpcr || !(k & 7))
        cpu->fp.fpcr = (uint32_t)((k >> 8 & 3) << 22 | (k >> 10 & 1) << 25 | (k >> 11 & 1) << 24 | (k >> 12 & 1) << 19);
    if (every_fpcr)
        cpu->fp.fpcr |= (uint32_t)((k >> 13 & 1) | (k >> 14 & 1) << 1 | (k >> 15 & 1) << 2);
    for (unsigned n = 0; n < 31; n++)
        cpu->gpr[n] = general_register();
    cpu->gpr[SP_SLOT] = next() & ~UINT64_C(15);
    for (unsigned n = 0; n < 32; n++)
        vector_register(cpu->z[n], mode, vl);
    cpu->z_high = vl > 128 ? UINT32_MAX : 0;
    for (unsigned n = 0; n < 16; n++)
        predicate_register(cpu->p[n], vl);
    for (uint64_t n = next() % (vl / 8 + 1); n-- > 0;)
        cpu->p[16][n / 8] |= (uint8_t)(1u << n % 8);
    SetNZCV(cpu, next() & 15);
}

/* ---- The state after ---- */
static unsigned nzcv_of(const struct cpu *cpu)
{
    return (unsigned)(cpu->pstate.N << 3 | cpu->pstate.Z << 2 | cpu->pstate.C << 1 | cpu->pstate.V);
}
/* bytes from text of 2 * bytes hexadecimal digits, most significant first. */
static void from_hex(const char *text, uint8_t *v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        char digits[3] = { text[2 * (bytes - 1 - i)], text[2 * (bytes - 1 - i) + 1], 0 };
        v[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}
/* Apply "x0=..." or another change to the expected state. */
static bool apply(struct cpu *want, const char *change, unsigned vl)
{
    const char *value = strchr(change, '=');
    if (!value++)
        return false;
    unsigned n = (unsigned)strtoul(change + 1, NULL, 10);
    if (!strncmp(change, "nzcv=", 5))
        SetNZCV(want, (unsigned)strtoul(value, NULL, 16));
    else if (!strncmp(change, "fpsr=", 5))
        want->fp.fpsr = (uint32_t)strtoul(value, NULL, 16);
    else if (!strncmp(change, "sp=", 3))
        want->gpr[SP_SLOT] = strtoull(value, NULL, 16);
    else if (!strncmp(change, "ffr=", 4))
        from_hex(value, want->p[16], vl / 64);
    else if (change[0] == 'x' && n < 31)
        want->gpr[n] = strtoull(value, NULL, 16);
    else if (change[0] == 'z' && n < 32)
        from_hex(value, want->z[n], vl / 8);
    else if (change[0] == 'p' && n < 16)
        from_hex(value, want->p[n], vl / 64);
    else
        return false;
    return true;
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
static void compare(const struct cpu *got, const struct cpu *want, unsigned vl, char *text, size_t size)
{
    char *at = text, *end = text + size - 64;
    *at = 0;
    for (unsigned n = 0; n < 31; n++)
        at = describe_bytes(at, end, "x", n, (const uint8_t *)&got->gpr[n], (const uint8_t *)&want->gpr[n], 8);
    at = describe_bytes(at, end, "sp", 0, (const uint8_t *)&got->gpr[SP_SLOT], (const uint8_t *)&want->gpr[SP_SLOT], 8);
    for (unsigned n = 0; n < 32; n++)
        at = describe_bytes(at, end, "z", n, got->z[n], want->z[n], vl / 8);
    for (unsigned n = 0; n < 17; n++)
        at = describe_bytes(at, end, "p", n, got->p[n], want->p[n], vl / 64);
    if (nzcv_of(got) != nzcv_of(want))
        at += snprintf(at, (size_t)(end - at), " nzcv=%x, expected %x", nzcv_of(got), nzcv_of(want));
    if (got->fp.fpsr != want->fp.fpsr)
        snprintf(at, (size_t)(end - at), " fpsr=%x, expected %x", got->fp.fpsr, want->fp.fpsr);
}

/* ---- One case ---- */
/* Run it; text says what is wrong, empty if nothing. outcome is the rest of the line. */
static void run_case(struct cpu *cpu, struct cpu *want, uint32_t word, unsigned vl, const char *outcome, char *text,
                     size_t size)
{
    unsigned el, vector;
    unsigned long esr;
    bool done;

    memcpy(want, cpu, sizeof(*cpu));
    text[0] = 0;
    done = run1_word(cpu, word);
    if (sscanf(outcome, "exc el%u vec%x esr%lx", &el, &vector, &esr) == 3) {
        uint64_t got = cpu->sysreg[cpu->pstate.EL == EL2 ? SR_ESR_EL2 : SR_ESR_EL1];
        if (done)
            snprintf(text, size, " completed, expected %s", outcome);
        else if (cpu->pstate.EL != el || cpu->pc != vector || got != esr)
            snprintf(text, size, " exc el%u vec%" PRIx64 " esr%" PRIx64 ", expected %s", cpu->pstate.EL, cpu->pc, got,
                     outcome);
        return;
    }
    if (!done) {
        snprintf(text, size, " took an exception, expected %s", outcome);
        return;
    }
    char line[8192];
    snprintf(line, sizeof(line), "%s", outcome);
    strtok(line, " "); /* "ok" */
    for (char *change; (change = strtok(NULL, " "));)
        if (!apply(want, change, vl)) {
            snprintf(text, size, " cannot read \"%s\"", change);
            return;
        }
    compare(cpu, want, vl, text, size);
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
    char *file = read_zstd(name);
    struct cpu *cpu, *want;

    if (!file)
        SKIP("the shared folder is not here");
    if (only && regcomp(&regex, only, REG_EXTENDED | REG_NOSUB)) {
        FAIL("ONLY=%s is not a regular expression", only);
        return;
    }
    memset(counts, 0, sizeof(counts));
    cpu = run1_cpu();
    want = aligned_alloc(64, (sizeof(*want) + 63) & ~(size_t)63);
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
        state_before(cpu, seed, vl, every_fpcr);
        run_case(cpu, want, word, vl, line + outcome, text, sizeof(text));
        if (!text[0]) {
            c->passed++;
        } else if (c->failed++ < show) {
            printf("  %s %08x seed %llx vl %u fpcr %x:%s\n", id, word, seed, vl, want->fp.fpcr, text);
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
    free(want);
    free(file);
}

TEST(vectors) { run_file("a64-vectors.txt.zst", false); }
TEST(vectors_fpcr) { run_file("a64-vectors-fpcr.txt.zst", true); }

TEST_MAIN
