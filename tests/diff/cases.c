/* Makes the blobs of cases that tests/guest/cases/payload.c runs; tests/diff/diff.py starts it.
 *   cases vectors FILE            Arm's vectors, with the hashes of what must come out; status 77 if they are not here
 *   cases rows                    every row: its name and a tab, and after it why it is left out if it is
 *   cases generate FILE SEED FIRST COUNT VL REGEX
 *                                 COUNT cases from number FIRST on of the sequence that SEED starts, rows in turn, VL
 * 0: all lengths in turn; REGEX: of rows' names cases one FILE CASE...        the cases of those names, ROW@VL@SEED
 *   cases names FILE              the names of a blob's cases, one a line: name, word and text of the instruction
 * A mistake in the arguments is one sentence on standard error and status 2. */
#include <errno.h>
#include <inttypes.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/diff/generate.h"

static const unsigned lengths[] = { 128, 256, 384, 512, 1024, 2048 };
enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("diff: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static void write_blob(const char *path, const struct case_record *records, size_t count)
{
    struct case_blob blob = { .magic = CASE_MAGIC, .count = (uint32_t)count };
    FILE *f = fopen(path, "wb");

    if (!f)
        fail("%s: %s", path, strerror(errno));
    bool ok = fwrite(&blob, sizeof(blob), 1, f) == 1 && fwrite(records, sizeof(*records), count, f) == count;
    if (fclose(f) || !ok)
        fail("%s: cannot be written", path);
}

static struct case_record *new_records(size_t count)
{
    struct case_record *records = calloc(count ? count : 1, sizeof(*records));

    if (!records)
        fail("there is no memory for %zu cases", count);
    return records;
}

static uint64_t number(const char *what, const char *text, int base, uint64_t max)
{
    char *end;

    errno = 0;
    uint64_t n = strtoull(text, &end, base);
    if (!*text || *text == '-' || *end || errno || n > max)
        fail("%s=%s: expected a %snumber", what, text, base == 16 ? "hexadecimal " : "");
    return n;
}

static unsigned length_of(const char *what, const char *text)
{
    uint64_t vl = number(what, text, 10, 2048);

    if (vl % 128)
        fail("%s=%s: expected a multiple of 128 up to 2048", what, text);
    return (unsigned)vl;
}

static unsigned row_of(const char *name)
{
    for (unsigned row = 0; row < INSN_COUNT; row++)
        if (!strcmp(insn_table[row].id, name))
            return row;
    fail("CASE: there is no row %s (see `svemu --list-insns`)", name);
}

static void list_rows(void)
{
    for (unsigned row = 0; row < INSN_COUNT; row++) {
        const char *why = row_left_out(row);
        printf("%s\t%s\n", insn_table[row].id, why ? why : "");
    }
}

static unsigned choose_rows(const char *expression, uint16_t *rows)
{
    regex_t regex;
    unsigned count = 0, named = 0, last = 0;

    if (regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB))
        fail("ROW=%s: it is no regular expression", expression);
    for (unsigned row = 0; row < INSN_COUNT; row++) {
        if (regexec(&regex, insn_table[row].id, 0, NULL, 0))
            continue;
        named++, last = row;
        if (!row_left_out(row))
            rows[count++] = (uint16_t)row;
    }
    if (!named)
        fail("ROW=%s: no row has such a name (see `svemu --list-insns`)", expression);
    if (!count)
        fail("ROW=%s: %s is not compared, as it %s", expression, insn_table[last].id, row_left_out(last));
    regfree(&regex);
    return count;
}

static void generate(char **arg)
{
    static uint16_t rows[INSN_COUNT];
    uint64_t seed = number("SEED", arg[1], 10, UINT64_MAX), first = number("FIRST", arg[2], 10, UINT64_MAX);
    size_t count = number("N", arg[3], 10, 10000000);
    unsigned vl = length_of("VL", arg[4]), n = choose_rows(arg[5], rows);
    struct case_record *records = new_records(count);

    for (size_t i = 0; i < count; i++) {
        uint64_t s = seed ^ (first + i) * 0xd6e8feb86659fd93, at = first + i;
        records[i] = generate_case(rows[at % n], vl ? vl : lengths[at / n % LENGTHS], case_next(&s));
    }
    write_blob(arg[0], records, count);
    free(records);
}

static void one(const char *path, char **names, int count)
{
    struct case_record *records = new_records((size_t)count);

    for (int i = 0; i < count; i++) {
        char name[256], *rest;
        snprintf(name, sizeof(name), "%s", names[i]);
        const char *row = strtok_r(name, "@", &rest), *vl = strtok_r(NULL, "@", &rest);
        if (!row || !vl || !*rest)
            fail("CASE=%s: expected ROW@VL@SEED as a report has it", names[i]);
        unsigned index = row_of(row), bits = length_of("CASE: VL", vl);
        if (row_left_out(index))
            fail("CASE: %s is not compared, as it %s", row, row_left_out(index));
        if (!bits)
            fail("CASE: VL=0: expected a multiple of 128 up to 2048");
        records[i] = generate_case(index, bits, number("CASE: SEED", rest, 16, UINT64_MAX));
    }
    write_blob(path, records, (size_t)count);
    free(records);
}

static void list_names(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct case_blob blob;
    struct case_record c;

    if (!f)
        fail("%s: %s", path, strerror(errno));
    if (fread(&blob, sizeof(blob), 1, f) != 1 || memcmp(blob.magic, CASE_MAGIC, 8))
        fail("%s: it is no file of cases", path);
    while (fread(&c, sizeof(c), 1, f) == 1) {
        char text[128];
        disasm(c.word, WORD_VA, text, sizeof(text));
        printf("%s@%u@%" PRIx64 "\t%08x\t%s\n", insn_table[c.row].id, c.vl, c.seed, c.word, text);
    }
    fclose(f);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 1 ? argv[1] : "";

    isa_init();
    if (!strcmp(verb, "vectors") && argc == 3) {
        struct case_record *records;
        size_t count = read_vectors(&records);
        if (!count)
            return 77;
        write_blob(argv[2], records, count);
        free(records);
    } else if (!strcmp(verb, "rows") && argc == 2) {
        list_rows();
    } else if (!strcmp(verb, "generate") && argc == 8) {
        generate(argv + 2);
    } else if (!strcmp(verb, "one") && argc > 3) {
        one(argv[2], argv + 3, argc - 3);
    } else if (!strcmp(verb, "names") && argc == 3) {
        list_names(argv[2]);
    } else {
        fail("this is how tests/diff/diff.py uses it: vectors FILE, rows, generate FILE SEED FIRST COUNT VL REGEX, one "
             "FILE "
             "CASE..., names FILE");
    }
    return 0;
}
