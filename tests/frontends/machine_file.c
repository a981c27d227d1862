/* Machine files: lines, sections, comments, paths, and mistakes by FILE:LINE. */
#include "frontends/frontends.h"
#include "tests/harness.h"

#include <unistd.h>

static struct options o;
static char folder[] = "/tmp/svemu-machine-XXXXXX";

static const char *put(const char *name, const char *text, size_t size)
{
    static char path[4][256];
    static unsigned n;
    char *p = path[n++ % 4];
    snprintf(p, 256, "%s/%s", folder, name);
    FILE *f = fopen(p, "w");
    if (!f || fwrite(text, 1, size, f) != size || fclose(f))
        FAIL("%s cannot be written", p);
    return p;
}
static const char *file(const char *text) { return put("m.conf", text, strlen(text)); }

static bool parse(const char *path, const char *before, const char *after)
{
    char *argv[8] = { "svemu" };
    int argc = 1;
    if (before)
        argv[argc++] = (char *)before;
    argv[argc++] = "--machine-file", argv[argc++] = (char *)path;
    if (after)
        argv[argc++] = (char *)after;
    *user_error_text = 0;
    options_free(&o);
    return options_parse(&o, argc, argv);
}

TEST(keys_options_sections_and_comments)
{
    const char *path = file("# a machine\n"
                            "\n"
                            "smp = 4   # four\n"
                            "--memory 2G\r\n"
                            "  --seed=7\n"
                            "-m 3G\n"
                            "no-reboot\n"
                            "strict = yes\n"
                            "append = console=ttyAMA0 svemu.cmd=\"a # b\" # c\n"
                            "[cpu 0-1]\n"
                            "vl = 128\n"
                            "model=a64fx\n"
                            "[ cpu 2+3 ]\n"
                            "\tID_AA64ISAR0_EL1.AES = 1\n"
                            "[machine]\n"
                            "rtc = \"2025-01-02\"");
    EXPECT(!parse(path, NULL, "--smp=5") && strstr(user_error_text, "--kernel")); /* all was taken */
    EXPECT_EQ(o.machine.smp, 5);                                                  /* what comes later refines */
    EXPECT(parse(path, "--smp=5", "--kernel=k"));
    EXPECT_EQ(o.machine.smp, 4);
    EXPECT_EQ(o.machine.memory, UINT64_C(3) << 30);
    EXPECT_EQ(o.machine.seed, 7);
    EXPECT(o.no_reboot && o.strict);
    EXPECT(!strcmp(o.machine.append, "console=ttyAMA0 svemu.cmd=\"a # b\""));
    EXPECT_EQ(o.cpus, 3);
    EXPECT(!strcmp(o.cpu[0], "0-1:vl=128") && !strcmp(o.cpu[1], "0-1:model=a64fx"));
    EXPECT(!strcmp(o.cpu[2], "2+3:ID_AA64ISAR0_EL1.AES=1"));
    EXPECT_EQ(o.machine.rtc_start, 1735776000);
    struct cpu_config *c = cpu_options_apply(&o);
    EXPECT(c && !strcmp(c[1].model, "a64fx") && !strcmp(c[2].model, "lab") && c[0].vq_set == 1);
    free(c);
}

TEST(paths_are_relative_to_the_file)
{
    char expected[256];
    put("Image", "x", 1);
    put("inner.conf", "initrd = Image\nstats = out.json\n", 32);
    const char *path = file("kernel = Image\nmachine-file = inner.conf\n--device loader,addr=0x48000000,file=Image\n");
    EXPECT(parse(path, NULL, NULL));
    snprintf(expected, sizeof expected, "%s/Image", folder);
    EXPECT(!strcmp(o.kernel, expected) && o.initrds == 1 && !strcmp(o.initrd[0], expected));
    EXPECT(o.loads == 1 && !strcmp(o.load[0].file, expected));
    snprintf(expected, sizeof expected, "%s/out.json", folder);
    EXPECT(!strcmp(o.stats, expected));
    EXPECT(parse(file("kernel = /dev/null\nstats = -\n"), NULL, NULL));
    EXPECT(!strcmp(o.kernel, "/dev/null") && !strcmp(o.stats, "-"));
}

/* The error begins with the file and this line and has the words. */
static void expect_refused(const char *text, size_t size, unsigned line, const char *word)
{
    char place[300];
    const char *path = put("m.conf", text, size);
    snprintf(place, sizeof place, "%s:%u: ", path, line);
    struct cpu_config *c = NULL;
    if (parse(path, NULL, "--kernel=k") && (c = cpu_options_apply(&o)))
        FAIL("accepted: %s", text);
    else if (strncmp(user_error_text, place, strlen(place)) || !strstr(user_error_text, word) ||
             strchr(user_error_text, '\n'))
        FAIL("%s gives: %s", text, user_error_text);
    free(c);
}

TEST(mistakes_have_file_and_line)
{
    static const struct {
        const char *text;
        unsigned line;
        const char *word;
    } wrong[] = {
        { "\nsmp 4\n", 2, "expected KEY = VALUE" },
        { "smp = four\n", 1, "four" },
        { "memori = 1G\n", 1, "nearest is --memory" },
        { "--memori 1G\n", 1, "nearest is --memory" },
        { "kernel = nowhere/Image\n", 1, "nowhere/Image" },
        { "# x\n\n[cpu 0]\nvl = 100\n", 4, "vl=100" },
        { "[cpu 0]\nvls = 128\n", 2, "nearest is vl" },
        { "[cpu 0]\nvl\n", 2, "KEY = VALUE" },
        { "[cpu 3]\nvl = 128\n", 2, "--smp 1" },
        { "[cpu 0]\nID_AA64PFR0_EL1.SVF = 1\n", 2, "its fields are" },
        { "[cpus 0]\n", 1, "[cpu RANGE]" },
        { "[cpu 0\n", 1, "[cpu RANGE]" },
        { "--smp\n", 1, "expected N" },
        { "smp =\n", 1, "smp" },
        { "no-reboot = maybe\n", 1, "maybe" },
        { "help\n", 1, "command line" },
        { "= 3\n", 1, "expected" },
        { "--cpu 0:vl=7\n", 1, "vl=7" },
    };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_refused(wrong[i].text, strlen(wrong[i].text), wrong[i].line, wrong[i].word);
    expect_refused("smp = 1\nsm\0p = 2\n", 17, 2, "NUL");
    EXPECT(!parse("/nonexistent.conf", NULL, NULL) && strstr(user_error_text, "--machine-file /nonexistent.conf"));
    EXPECT(!parse(folder, NULL, NULL) && strstr(user_error_text, "cannot be read"));
    EXPECT(!parse(file("machine-file = m.conf\n"), NULL, NULL) && strstr(user_error_text, "nested"));
}

TEST(the_examples_are_right)
{
    static const char *const names[] = { "docs/machines/vl-late.conf", "docs/machines/big-little.conf",
                                         "docs/machines/hole.conf" };
    for (unsigned i = 0; i < 3; i++) {
        struct cpu_config *c = parse(names[i], NULL, "--kernel=k") ? cpu_options_apply(&o) : NULL;
        if (!c)
            FAIL("%s: %s", names[i], user_error_text);
        free(c);
    }
}

static void remove_files(void)
{
    static const char *const names[] = { "m.conf", "Image", "inner.conf" };
    char path[256];
    for (unsigned i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static __attribute__((constructor)) void make_folder(void)
{
    if (mkdtemp(folder))
        atexit(remove_files);
}

TEST_MAIN
