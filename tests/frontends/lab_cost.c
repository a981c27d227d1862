/* Reports of svemu lab cost, from numbers that no machine has measured: what tables, CSV, differences and plots make of
 * them. */
#include "frontends/lab_cost.h"

#include <stdlib.h>

#include "tests/harness.h"

/* Two kernels, VHE alone, every length; the first fails at 128 bits. Median of row r at n bits: scale * (n + r). */
static struct cost *made(uint64_t scale_a, uint64_t scale_b)
{
    struct cost *c = calloc(1, sizeof *c);
    c->kernel[0] = "a \"b\".img", c->kernel[1] = "<&>";
    c->kernels = 2, c->mode[LAB_VHE] = true, c->vq_set = 0xffff, c->rounds = 3, c->compare = true;
    strcpy(c->what, "fast");
    c->job = calloc(32, sizeof *c->job);
    for (unsigned k = 0; k < 2; k++)
        for (unsigned vq = 1; vq <= 16; vq++) {
            struct cost_job *j = &c->job[c->jobs++];
            *j = (struct cost_job){ .kernel = k, .mode = LAB_VHE, .bits = 128 * vq };
            strcpy(j->version, "6.12.0");
            for (unsigned r = 0; r < COSTS && (k || vq > 1); r++) {
                uint64_t n = (k ? scale_b : scale_a) * (j->bits + r);
                j->value[r] = (struct cost_value){ n, n, n + 1, 3 };
            }
        }
    return c;
}

static void free_made(struct cost *c)
{
    free(c->job);
    free(c);
}

/* What a report prints, for the caller to free. */
static char *printed(const struct cost *c, void (*report)(const struct cost *c, FILE *f))
{
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    report(c, f);
    fclose(f);
    return text;
}

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

TEST(titles_that_go_on_are_whole)
{
    char title[128];
    for (unsigned r = 0; r < COSTS; r++) {
        EXPECT(strncmp(cost_title(r, title, sizeof title), "... ", 4) != 0);
        if (!strcmp(cost_row[r].name, "switch-guest-fp-host-none"))
            EXPECT(!strcmp(title, "exit to user space, FP live in the guest"));
        if (!strcmp(cost_row[r].name, "migrate-sve"))
            EXPECT(!strcmp(title, "vCPU to another CPU, SVE live in the guest"));
    }
}

TEST(kernels_of_one_version_are_told_apart_by_their_files)
{
    struct cost *c = made(1, 2);
    char name[256];
    EXPECT(!strcmp(cost_kernel_text(c, 1, name, sizeof name), "<&> 6.12.0"));
    strcpy(c->job[16].version, "6.1.0");
    EXPECT(!strcmp(cost_kernel_text(c, 1, name, sizeof name), "6.1.0"));
    free_made(c);
}

TEST(tables_say_what_is_missing)
{
    struct cost *c = made(1, 2);
    char *text = printed(c, cost_text);
    EXPECT_EQ(count(text, "        -"), COSTS);
    EXPECT(strstr(text, " 4096\n")); /* row 0 of the second at 2048 bits: 2 * 2048 */
    EXPECT_EQ(count(text, "median of 3"), 2);
    free(text);
    free_made(c);
}

TEST(csv_leaves_out_what_is_missing_and_quotes)
{
    struct cost *c = made(1, 2);
    char *text = printed(c, cost_csv);
    EXPECT_EQ(count(text, "\n"), 1 + 31 * COSTS);
    EXPECT(strstr(text, "\"a \"\"b\"\".img\",\"6.12.0\",vhe,\"fast\",256,hvc,256,256,257,3\n"));
    free(text);
    free_made(c);
}

TEST(differences_come_largest_first)
{
    struct cost *c = made(3, 2);
    char *text = printed(c, cost_compare_text);
    int64_t last = INT64_MIN;
    unsigned lines = 0;
    for (char *p = text; (p = strstr(p, " vhe ")); p++, lines++) {
        unsigned bits;
        uint64_t a, b;
        int64_t d;
        EXPECT_EQ(sscanf(p, " vhe %u %" SCNu64 " %" SCNu64 " %" SCNd64, &bits, &a, &b, &d), 4);
        EXPECT_EQ(d, (int64_t)(b - a));
        EXPECT_EQ(a, b / 2 * 3);
        EXPECT(d < 0 && d >= last);
        last = d;
    }
    EXPECT_EQ(lines, 15 * COSTS); /* of the length that one lacks nothing is said */
    EXPECT_EQ(count(text, " -33.3%"), lines);
    char equal[64];
    snprintf(equal, sizeof equal, "\n0 of %u are equal\n", lines);
    EXPECT(strstr(text, equal));
    free(text);
    free_made(c);
}

TEST(equal_kernels_differ_in_nothing)
{
    struct cost *c = made(2, 2);
    char *text = printed(c, cost_compare_text);
    EXPECT_EQ(count(text, " vhe "), 0);
    free(text);
    free_made(c);
}

TEST(plots_are_xml)
{
    struct cost *c = made(UINT64_C(1) << 40, 0); /* very large, and nothing at all */
    char *text = printed(c, cost_svg);
    EXPECT_EQ(count(text, "<g "), COSTS);
    EXPECT_EQ(count(text, "</g>"), COSTS);
    EXPECT_EQ(count(text, "<polyline"), 2 * COSTS);
    EXPECT_EQ(count(text, "<title>"), 31 * COSTS);
    EXPECT(strstr(text, "Linux &lt;&amp;&gt; 6.12.0, vhe, 128 bits: 0 cycles"));
    EXPECT(!strstr(text, "nan") && !strstr(text, "inf") && !strstr(text, "<&>"));
    free(text);
    for (unsigned i = 0; i < c->jobs; i++) /* nothing was measured anywhere */
        memset(c->job[i].value, 0, sizeof c->job[i].value);
    text = printed(c, cost_svg);
    EXPECT(!strstr(text, "nan") && !strstr(text, "inf"));
    free(text);
    free_made(c);
}

TEST_MAIN
