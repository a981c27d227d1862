/* Which words are UNDEFINED: svemu with all its features against llvm-mc 19 with all of its own. Random words, and each
 * row's neighbourhood: words of its pattern with none or one of its fixed bits flipped. What no row of Arm's own table
 * has (../shared/arch) must be UNDEFINED whatever llvm-mc says; and the words of a feature that the CPU lacks are
 * UNDEFINED where llvm-mc without it does not know them. N=count draws so many random words instead of the few of `make
 * check`; SEED=n others; SHOW=n prints that many disagreements. */
#include <unistd.h>

#include "core/feature.h"
#include "core/machine.h"
#include "isa/isa.h"
#include "tests/harness.h"

enum { BATCH = 1 << 17 };

/* ---- Differences that have a reason ----
 * Words of the pattern (Arm's diagram, x: any bit) where the two may differ in the direction of the kind. */
enum kind {
    LLVM_HAS,   /* allocated after the version of the Arm ARM that svemu follows, or in a part that svemu leaves out */
    LLVM_LACKS, /* allocated, and llvm-mc has no text for it or refuses it */
};
static const struct explained {
    const char *pattern;
    enum kind kind;
    const char *why;
    const char *unless; /* words that the reason does not cover */
} explained[] = {
    { "1xx0000xxxxxxxxxxxxxxxxxxxxxxxxx", LLVM_HAS, "SME", NULL },
    { "000001001011111101011xxxxxxxxxxx", LLVM_HAS, "SME: RDSVL", NULL },
    { "00000100011xxxxx01011xxxxxxxxxxx", LLVM_HAS, "SME: ADDSPL", NULL },
    { "00000100001xxxxx01011xxxxxxxxxxx", LLVM_HAS, "SME: ADDSVL", NULL },
    { "xx001000010xxxxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "LDXR, LDAXR: should-be-one field is not ones: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)",
      "xx00100001011111x11111xxxxxxxxxx" },
    { "xx001000000xxxxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "STXR, STLXR: should-be-one field is not ones: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)",
      "xx001000000xxxxxx11111xxxxxxxxxx" },
    { "1x001000011xxxxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "LDXP, LDAXP: should-be-one field is not ones: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)",
      "1x00100001111111xxxxxxxxxxxxxxxx" },
    { "xx001000110xxxxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "LDAR, LDLAR: should-be-one field is not ones: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)",
      "xx00100011011111x11111xxxxxxxxxx" },
    { "xx001000100xxxxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "STLR, STLLR: should-be-one field is not ones: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)",
      "xx00100010011111x11111xxxxxxxxxx" },
    { "10011011x10xxxxx0xxxxxxxxxxxxxxx", LLVM_HAS,
      "SMULH, UMULH: should-be-one field is not ones: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)",
      "10011011x10xxxxx011111xxxxxxxxxx" },
    { "1x01000110xxxxxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "ADDG, SUBG: op3 is not 0: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)",
      "1x01000110xxxxxx00xxxxxxxxxxxxxx" },
    { "xx011x01xx0xxxxxxxxx0111111xxxxx", LLVM_HAS,
      "CPY, SET: the size is XZR: CONSTRAINED UNPREDICTABLE, UNDEFINED here (appendix K1)", NULL },
    { "1101010100x00xxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "MRS, MSR of op0 = 0: no system register; llvm-mc prints a generic name (C5.1)", NULL },
    { "1101010101x0xxxxxxxxxxxxxxxxxxxx", LLVM_HAS,
      "MRRS, MSRR of op0 = 0 or 1: no system register; llvm-mc prints a generic name (C5.1)", NULL },
    { "11010110101111110000001111100000", LLVM_HAS, "DRPS: UNDEFINED outside Debug state (C6.2)", NULL },
    { "1x011010000xxxxx001xxxxxxxxxxxxx", LLVM_HAS, "FEAT_CPA: ADDPT, SUBPT", NULL },
    { "10011011011xxxxxxxxxxxxxxxxxxxxx", LLVM_HAS, "FEAT_CPA: MADDPT, MSUBPT", NULL },
    { "01000100110xxxxx1101x0xxxxxxxxxx", LLVM_HAS, "FEAT_CPA: MLAPT, MADPT", NULL },
    { "000001001100010x000xxxxxxxxxxxxx", LLVM_HAS, "FEAT_CPA: ADDPT, SUBPT of SVE", NULL },
    { "00000100111xxxxx00001xxxxxxxxxxx", LLVM_HAS, "FEAT_CPA: ADDPT, SUBPT of SVE", NULL },
    { "0101010100xxxxxxxxxxxxxxxxx11111", LLVM_HAS, "FEAT_PAuth_LR: RETAASPPC, RETABSPPC", NULL },
    { "110101100101111100001xxxxxxxxxxx", LLVM_HAS, "FEAT_PAuth_LR: RETAASPPCR, RETABSPPCR", NULL },
    { "111100111xxxxxxxxxxxxxxxxxxxxxxx", LLVM_HAS, "FEAT_PAuth_LR: AUTIASPPC, AUTIBSPPC", NULL },
    { "1101101011000001xxxxxxxxxxxxxxxx", LLVM_HAS, "FEAT_PAuth_LR: PACIASPPC, PACNBIASPPC, AUTIASPPCR and others",
      NULL },
    { "010011101x0xxxxx0xxx00xxxxxxxxxx", LLVM_HAS, "FEAT_LUT: LUTI2", NULL },
    { "01001110010xxxxx0xxx00xxxxxxxxxx", LLVM_HAS, "FEAT_LUT: LUTI4", NULL },
    { "0xx011101x0xxxxx000111xxxxxxxxxx", LLVM_HAS, "FEAT_FAMINMAX: FAMAX, FAMIN of half precision", NULL },
    { "0xx011101x1xxxxx110111xxxxxxxxxx", LLVM_HAS, "FEAT_FAMINMAX: FAMAX, FAMIN", NULL },
    { "0x1011101x0xxxxx001111xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FSCALE of half precision", NULL },
    { "0x1011101x1xxxxx111111xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FSCALE", NULL },
    { "0x001110xx0xxxxx1111x1xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FDOT, FMLAL, FCVTN", NULL },
    { "0x001110xx0xxxxx110001xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FMLALL", NULL },
    { "0x001111xxxxxxxx0000x0xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FDOT, FMLAL by element", NULL },
    { "0x101111xxxxxxxx1000x0xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FMLALL by element", NULL },
    { "0x101110xx100001011110xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: F1CVTL, BF1CVTL and others", NULL },
    { "01000101xx1xxxxx101xxxxxxxxxxxxx", LLVM_HAS, "FEAT_LUT: LUTI2, LUTI4 of SVE", NULL },
    { "01100101xx00111x100xxxxxxxxxxxxx", LLVM_HAS, "FEAT_FAMINMAX: FAMAX, FAMIN of SVE", NULL },
    { "01100101000010xx001xxxxxxxxxxxxx", LLVM_HAS, "FEAT_FP8: F1CVT, FCVTN and others of SVE", NULL },
    { "01100100x01xxxxx0101xxxxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FMLALB, FMLALT of SVE by element", NULL },
    { "011001000x1xxxxx0100x1xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FDOT of SVE by element", NULL },
    { "01100100xx1xxxxx1100xxxxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FMLALL of SVE by element", NULL },
    { "01100100101xxxxx100x10xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FMLALB, FMLALT of SVE", NULL },
    { "011001000x1xxxxx100001xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FDOT of SVE", NULL },
    { "01100100001xxxxx10xx10xxxxxxxxxx", LLVM_HAS, "FEAT_FP8: FMLALL of SVE", NULL },
};
enum { EXPLAINED = sizeof explained / sizeof explained[0] };
static uint32_t explained_mask[EXPLAINED], explained_bits[EXPLAINED], unless_mask[EXPLAINED], unless_bits[EXPLAINED];
static unsigned explained_count[EXPLAINED];

static void compile_pattern(const char *pattern, uint32_t *mask, uint32_t *bits)
{
    EXPECT_EQ(strlen(pattern), 32);
    *mask = *bits = 0;
    for (const char *p = pattern; *p; p++) {
        *mask = *mask << 1 | (*p == '0' || *p == '1');
        *bits = *bits << 1 | (*p == '1');
    }
}

static void compile_explained(void)
{
    for (unsigned i = 0; i < EXPLAINED; i++) {
        compile_pattern(explained[i].pattern, &explained_mask[i], &explained_bits[i]);
        if (explained[i].unless)
            compile_pattern(explained[i].unless, &unless_mask[i], &unless_bits[i]);
    }
}

static bool is_explained(uint32_t word, enum kind kind)
{
    for (unsigned i = 0; i < EXPLAINED; i++)
        if (explained[i].kind == kind && (word & explained_mask[i]) == explained_bits[i] &&
            !(explained[i].unless && (word & unless_mask[i]) == unless_bits[i]))
            return explained_count[i]++, true;
    return false;
}

/* ---- The two verdicts ---- */
static struct cpu_class all;

static void setup(void)
{
    isa_init();
    memset(all.features, 0xff, sizeof(all.features));
    all.features[FEAT_SME / 64] &= ~BIT(FEAT_SME % 64);
    all.features[FEAT_SME2 / 64] &= ~BIT(FEAT_SME2 % 64);
    all.features[FEAT_SME2p1 / 64] &= ~BIT(FEAT_SME2p1 % 64);
}

static bool svemu_defines(uint32_t word)
{
    struct op op;
    isa_decode(&all, word, &op);
    return op.row != INSN_COUNT;
}

static bool have_llvm_mc(void) { return system("command -v llvm-mc-19 >/dev/null 2>&1") == 0; }

/* llvm-mc takes one word a line and complains of each that it does not know by the line's number. */
static bool llvm_defines(const char *attributes, const uint32_t *words, unsigned count, bool *defined)
{
    char path[] = "/tmp/svemu-undefined-XXXXXX", command[1024], line[256];
    int fd = mkstemp(path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return false;
    for (unsigned i = 0; i < count; i++)
        fprintf(f, "0x%02x 0x%02x 0x%02x 0x%02x\n", words[i] & 255, words[i] >> 8 & 255, words[i] >> 16 & 255,
                words[i] >> 24);
    fclose(f);
    memset(defined, true, count);
    snprintf(command, sizeof(command), "llvm-mc-19 -disassemble -triple=aarch64 -mattr=%s <%s 2>&1 >/dev/null",
             attributes, path);
    f = popen(command, "r");
    while (f && fgets(line, sizeof(line), f)) {
        unsigned number;
        if (sscanf(line, "<stdin>:%u:", &number) == 1 && number && number <= count &&
            strstr(line, "invalid instruction"))
            defined[number - 1] = false;
    }
    bool ok = f && pclose(f) == 0;
    unlink(path);
    return ok;
}

/* ---- Arm's table ----
 * The patterns of a64-encodings.tsv of the shared folder, by the word's top eleven bits. A word of none of them is
 * unallocated in Armv9.4 (should-be-one fields are written as ones there), so it must be UNDEFINED. The table leaves
 * out encodings without a field (ERET, SETFFR, SB), and PRFM (register). */
enum { TOP_BITS = 11 };
static struct arm_pattern {
    uint32_t mask, bits;
} * arm_patterns[1 << TOP_BITS];
static unsigned arm_count[1 << TOP_BITS], arm_total, not_in_table;

static void add_arm_pattern(const char *pattern)
{
    struct arm_pattern a;

    compile_pattern(pattern, &a.mask, &a.bits);
    for (uint32_t top = 0; top < 1u << TOP_BITS; top++) {
        if ((top << (32 - TOP_BITS) ^ a.bits) & a.mask & ~(~0u >> TOP_BITS))
            continue;
        arm_patterns[top] = realloc(arm_patterns[top], (arm_count[top] + 1) * sizeof(a));
        if (!arm_patterns[top])
            abort();
        arm_patterns[top][arm_count[top]++] = a;
    }
    arm_total++;
}
static void read_arm_table(void)
{
    char path[4096], line[2048], pattern[64];
    FILE *f;

    snprintf(path, sizeof(path), "%s/arch/a64-encodings.tsv", shared_dir());
    if (arm_total || !(f = fopen(path, "r")))
        return;
    while (fgets(line, sizeof(line), f))
        if (sscanf(line, "%*[^\t]\t%*[^\t]\t%63[01.]", pattern) == 1 && strlen(pattern) == 32)
            add_arm_pattern(pattern);
    fclose(f);
}
static bool in_arm_table(uint32_t word)
{
    uint32_t top = word >> (32 - TOP_BITS);
    unsigned row = isa_decode_row(word);

    if (row == INSN_PRFM_reg || insn_table[row].mask == UINT32_MAX)
        return true;
    for (unsigned i = 0; i < arm_count[top]; i++)
        if ((word & arm_patterns[top][i].mask) == arm_patterns[top][i].bits)
            return true;
    return false;
}

/* ---- Comparing ---- */
static uint32_t words[BATCH];
static unsigned pending, compared, unexplained;

static void flush(void)
{
    static bool defined[BATCH];
    const char *show_text = getenv("SHOW");
    unsigned show = show_text ? (unsigned)atoi(show_text) : 10;

    if (!llvm_defines("+all", words, pending, defined)) {
        FAIL("llvm-mc-19 failed");
        pending = 0;
        return;
    }
    for (unsigned i = 0; i < pending; i++) {
        bool ours = svemu_defines(words[i]);
        if (ours && arm_total && !in_arm_table(words[i]) && not_in_table++ < show)
            printf("  %08x: in no row of Arm's table, here it is defined by row %s\n", words[i],
                   insn_table[isa_decode_row(words[i])].id);
        if (ours == defined[i] || is_explained(words[i], ours ? LLVM_LACKS : LLVM_HAS))
            continue;
        if (unexplained++ < show) {
            unsigned row = isa_decode_row(words[i]);
            printf("  %08x: llvm-mc %s it, here it is %s %s\n", words[i], defined[i] ? "knows" : "does not know",
                   ours ? "defined by" : "UNDEFINED, row", row == INSN_COUNT ? "none" : insn_table[row].id);
        }
    }
    compared += pending, pending = 0;
}

static void add(uint32_t word)
{
    words[pending++] = word;
    if (pending == BATCH)
        flush();
}

static uint32_t random_word(void)
{
    static uint64_t x;
    if (!x) {
        const char *seed = getenv("SEED");
        x = 0x9e3779b97f4a7c15 + (seed ? strtoull(seed, NULL, 0) << 1 : 0);
    }
    x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return (uint32_t)(x >> 20);
}

static void report(void)
{
    flush();
    printf("%u words compared\n", compared);
    if (not_in_table)
        FAIL("%u words are in no row of Arm's table", not_in_table);
    if (unexplained)
        FAIL("%u words differ without a reason in the list", unexplained);
    if (getenv("N"))
        for (unsigned i = 0; i < EXPLAINED; i++)
            printf("  %8u explained: %s\n", explained_count[i], explained[i].why);
    compared = unexplained = not_in_table = 0;
}

TEST(neighbourhoods_of_rows)
{
    unsigned times = getenv("N") ? 64 : 2;
    if (!have_llvm_mc())
        SKIP("llvm-mc-19 is not installed");
    setup();
    compile_explained();
    read_arm_table();
    for (unsigned row = 0; row < INSN_COUNT; row++) {
        const struct insn *r = &insn_table[row];
        for (unsigned i = 0; i < times; i++) {
            for (unsigned j = 0; j < 4; j++)
                add((random_word() & ~r->mask) | r->bits);
            for (unsigned bit = 0; bit < 32; bit++)
                if (r->mask >> bit & 1)
                    add(((random_word() & ~r->mask) | r->bits) ^ 1u << bit);
        }
    }
    report();
}

TEST(random_words)
{
    const char *n = getenv("N");
    unsigned long count = n ? strtoul(n, NULL, 10) : 100000;
    if (!have_llvm_mc())
        SKIP("llvm-mc-19 is not installed");
    setup();
    compile_explained();
    read_arm_table();
    for (unsigned long i = 0; i < count; i++)
        add(random_word());
    report();
}

/* ---- Features: words of the rows that need one, on a CPU that lacks it and with llvm-mc told so ---- */
static const struct {
    enum feature feature;
    const char *name; /* LLVM's */
} llvm_names[] = {
    { FEAT_AES, "aes" },
    { FEAT_SHA1, "sha2" },
    { FEAT_SHA256, "sha2" },
    { FEAT_SHA512, "sha3" },
    { FEAT_SHA3, "sha3" },
    { FEAT_SM3, "sm4" },
    { FEAT_SM4, "sm4" },
    { FEAT_CRC32, "crc" },
    { FEAT_LSE, "lse" },
    { FEAT_LSE128, "lse128" },
    { FEAT_RDM, "rdm" },
    { FEAT_FP16, "fullfp16" },
    { FEAT_FHM, "fp16fml" },
    { FEAT_DotProd, "dotprod" },
    { FEAT_FCMA, "complxnum" },
    { FEAT_JSCVT, "jsconv" },
    { FEAT_FRINTTS, "fptoint" },
    { FEAT_BF16, "bf16" },
    { FEAT_I8MM, "i8mm" },
    { FEAT_LRCPC, "rcpc" },
    { FEAT_LRCPC2, "rcpc-immo" },
    { FEAT_LRCPC3, "rcpc3" },
    { FEAT_FlagM, "flagm" },
    { FEAT_FlagM2, "altnzcv" },
    { FEAT_PAuth, "pauth" },
    { FEAT_MTE, "mte" },
    { FEAT_SB, "sb" },
    { FEAT_XS, "xs" },
    { FEAT_WFxT, "wfxt" },
    { FEAT_HBC, "hbc" },
    { FEAT_MOPS, "mops" },
    { FEAT_CSSC, "cssc" },
    { FEAT_LOR, "lor" },
    { FEAT_SVE, "sve" },
    { FEAT_SVE2, "sve2" },
    { FEAT_SVE2p1, "sve2p1" },
    { FEAT_SVE_AES, "sve2-aes" },
    { FEAT_SVE_SHA3, "sve2-sha3" },
    { FEAT_SVE_SM4, "sve2-sm4" },
    { FEAT_SVE_BitPerm, "sve2-bitperm" },
    { FEAT_F32MM, "f32mm" },
    { FEAT_F64MM, "f64mm" },
    { FEAT_B16B16, "b16b16" },
};
enum { LLVM_NAMES = sizeof llvm_names / sizeof llvm_names[0] };

static bool needs(const struct insn *row, enum feature f) { return row->feat == f || row->feat2 == f; }

/* All the features above and their kin, without one; what implies it goes with it. */
static void attributes_without(const char *name, char *text, size_t size)
{
    int at = snprintf(text, size, "+v8a,+neon,+ls64,+tme,+the,+d128,+rand,+ssbs");
    for (unsigned i = 0; i < LLVM_NAMES; i++)
        at += snprintf(text + at, size - (size_t)at, ",+%s", llvm_names[i].name);
    snprintf(text + at, size - (size_t)at, ",-%s", name);
}

static void compare_without(unsigned which)
{
    static bool defined[BATCH];
    struct cpu_config c = { .vq_set = 0xffff };
    struct cpu_class without = all;
    enum feature f = llvm_names[which].feature;
    char attributes[768];
    const char *why = NULL;
    unsigned count = 0, differ = 0;

    memcpy(c.features, all.features, sizeof(c.features));
    for (unsigned i = 0; i < LLVM_NAMES; i++) /* LLVM has one name for what Arm has two */
        if (!strcmp(llvm_names[i].name, llvm_names[which].name) && !feature_set(&c, llvm_names[i].feature, false, &why))
            FAIL("%s: %s", llvm_names[i].name, why);
    memcpy(without.features, c.features, sizeof(without.features));
    for (unsigned row = 0; row < INSN_COUNT; row++)
        for (unsigned i = 0; needs(&insn_table[row], f) && i < 6; i++) {
            uint32_t word = (random_word() & ~insn_table[row].mask) | insn_table[row].bits;
            if (isa_decode_row(word) == row && svemu_defines(word))
                words[count++] = word;
        }
    attributes_without(llvm_names[which].name, attributes, sizeof(attributes));
    if (!count || !llvm_defines(attributes, words, count, defined)) {
        FAIL("%s: no words, or llvm-mc-19 failed", llvm_names[which].name);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        struct op op;
        isa_decode(&without, words[i], &op);
        bool ours = op.row != INSN_COUNT;
        if (ours == defined[i] || is_explained(words[i], ours ? LLVM_LACKS : LLVM_HAS))
            continue;
        if (differ++ < 4)
            printf("  without %s: %08x (%s) is %s here, and %s to llvm-mc\n", llvm_names[which].name, words[i],
                   insn_table[isa_decode_row(words[i])].id, ours ? "defined" : "UNDEFINED",
                   defined[i] ? "known" : "unknown");
    }
    if (differ)
        FAIL("without %s: %u of %u words differ", llvm_names[which].name, differ, count);
}

TEST(words_of_missing_features)
{
    if (!have_llvm_mc())
        SKIP("llvm-mc-19 is not installed");
    setup();
    compile_explained();
    for (unsigned i = 0; i < LLVM_NAMES; i++)
        compare_without(i);
}

TEST_MAIN
