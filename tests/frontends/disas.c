/* Disassembly: Capstone's words, ours, nobody's; the input of --disas. */
#include "frontends/frontends.h"
#include "isa/isa.h"
#include "tests/harness.h"

static void expect_text(uint32_t word, uint64_t address, bool known, const char *want)
{
    char text[256];
    isa_init();
    EXPECT_EQ(disasm(word, address, text, sizeof text), known);
    if (strcmp(text, want))
        FAIL("%08x is \"%s\", expected \"%s\"", word, text, want);
}

TEST(capstone_knows_base_and_sve)
{
    expect_text(0x8b031041, 0, true, "add x1, x2, x3, lsl #4");
    expect_text(0x04940020, 0, true, "sdiv z0.s, p0/m, z0.s, z1.s");
    expect_text(0x14000002, 0x1000, true, "b #0x1008");
}

TEST(rows_stand_in_where_capstone_does_not_know) { expect_text(0xdac02020, 0, true, "abs sf=1 Rn=1 Rd=0"); }

TEST(unallocated_words_are_data) { expect_text(0xffffffff, 0, false, ".inst 0xffffffff"); }

TEST(a_short_buffer_is_not_overrun)
{
    char text[8];
    isa_init();
    disasm(0xdac02020, 0, text, sizeof text);
    EXPECT(strlen(text) < sizeof text);
}

/* --disas of this input: what it printed, NULL with user_error. */
static char *words(const char *input)
{
    static char printed[1024];
    FILE *in = fmemopen((char *)(uintptr_t)input, strlen(input), "r"), *out = fmemopen(printed, sizeof printed, "w");
    bool ok = disas_words(in, out);
    fclose(in), fclose(out);
    return ok ? printed : NULL;
}

TEST(words_of_standard_input)
{
    const char *text = words("d503201f 0xd65f03c0\n\n8b031041\n");
    EXPECT(text && !strcmp(text, "d503201f  nop\nd65f03c0  ret\n8b031041  add x1, x2, x3, lsl #4\n"));
}

TEST(mistakes_name_the_line)
{
    EXPECT(!words("d503201f\nxyz\n"));
    EXPECT(strstr(user_error_text, "line 2") && strstr(user_error_text, "xyz"));
    EXPECT(!words("123456789\n"));
    EXPECT(!words("0x\n"));
    EXPECT(!disas_file("/nonexistent", stdout));
    EXPECT(strstr(user_error_text, "/nonexistent") != NULL);
    EXPECT(!disas_file("Makefile", stdout));
    EXPECT(strstr(user_error_text, "not an ELF file") != NULL);
}

TEST_MAIN
