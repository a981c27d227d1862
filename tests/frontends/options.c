/* The command line: values, nearest names, vector length sets, --cpu. */
#include "frontends/frontends.h"
#include "sysregs/sysregs.h"
#include "tests/harness.h"

static struct options o;

/* Parse a command line of words separated by single spaces. */
static bool parse(const char *line)
{
    static char copy[1024];
    char *argv[64], *p = copy, *word;
    int argc = 0;
    snprintf(copy, sizeof copy, "svemu %s", line);
    while ((word = strsep(&p, " ")))
        argv[argc++] = word;
    *user_error_text = 0;
    return options_parse(&o, argc, argv);
}

/* The option and the value must be in the one sentence. */
static void expect_refused(const char *line, const char *part, const char *other)
{
    if (parse(line)) {
        struct cpu_config *c = cpu_options_apply(&o);
        if (c) {
            FAIL("%s is accepted", line);
            free(c);
            return;
        }
    }
    if (!strstr(user_error_text, part) || !strstr(user_error_text, other) || strchr(user_error_text, '\n'))
        FAIL("%s gives: %s", line, user_error_text);
}

static struct cpu_config *configure(const char *line)
{
    static char text[1024];
    snprintf(text, sizeof text, "--kernel k %s", line);
    struct cpu_config *c = parse(text) ? cpu_options_apply(&o) : NULL;
    if (!c) {
        FAIL("%s: %s", line, user_error_text);
        exit(1);
    }
    return c;
}

TEST(sizes_times_and_dates)
{
    uint64_t v;
    int64_t t;
    EXPECT(parse_size("1G", &v) && v == 1 << 30);
    EXPECT(parse_size("512M", &v) && v == 512 << 20);
    EXPECT(parse_size("1024", &v) && v == 1 << 30);
    EXPECT(!parse_size("", &v) && !parse_size("-1G", &v) && !parse_size("1X", &v) &&
           !parse_size("99999999999999T", &v));
    EXPECT(parse_time("10us", &v) && v == 10000);
    EXPECT(parse_time("1ms", &v) && v == 1000000);
    EXPECT(!parse_time("10", &v) && !parse_time("us", &v));
    EXPECT(parse_date("2025-01-01", &t) && t == 1735689600);
    EXPECT(parse_date("1970-01-02T00:00:01", &t) && t == 86401);
    EXPECT(parse_date("1970-01-02T00:00:01Z", &t) && t == 86401);
    EXPECT(parse_date("@77", &t) && t == 77);
    EXPECT(parse_date("host", &t) && t > 1735689600);
    EXPECT(!parse_date("2025-02-30", &t) && !parse_date("yesterday", &t) && !parse_date("2025-01-01T25:00:00", &t));
    EXPECT(parse_number("0x10", 16, &v) && v == 16);
    EXPECT(parse_number("010", 16, &v) && v == 10);
    EXPECT(!parse_number("17", 16, &v) && !parse_number("1 ", 16, &v) &&
           !parse_number("99999999999999999999", UINT64_MAX, &v));
}

TEST(nearest_names)
{
    static const char *const names[] = { "vl", "model", "clock", "pauth" };
    EXPECT(nearest("modle", names, 4) == names[1]);
    EXPECT(nearest("cloc", names, 4) == names[2]);
    EXPECT(nearest("VL", names, 4) == names[0]);
    EXPECT(nearest("zzzzzzzzz", names, 4) == NULL);
}

TEST(vector_length_sets)
{
    uint16_t set;
    EXPECT(parse_vl("none", &set) && set == 0);
    EXPECT(parse_vl("max", &set) && set == 0xffff);
    EXPECT(parse_vl("pow2:512", &set) && set == 0xb);
    EXPECT(parse_vl("pow2:2048", &set) && set == 0x808b);
    EXPECT(parse_vl("pow2:384", &set) && set == 3);
    EXPECT(parse_vl("128", &set) && set == 1);
    EXPECT(parse_vl("512+128+256", &set) && set == 0xb);
    EXPECT(parse_vl("128-512", &set) && set == 0xf);
    EXPECT(parse_vl("128-2048", &set) && set == 0xffff);
    EXPECT(parse_vl("128+384-640", &set) && set == 0x1d);
    static const char *const wrong[] = { "",
                                         "0",
                                         "100",
                                         "2176",
                                         "256",
                                         "256+512",
                                         "128+",
                                         "+128",
                                         "128-",
                                         "512-128",
                                         "128+256,",
                                         "pow2:0",
                                         "pow2:",
                                         "pow2:4096",
                                         "all",
                                         "128 256",
                                         "-128",
                                         "128--256",
                                         "18446744073709551744" };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (parse_vl(wrong[i], &set))
            FAIL("vl=%s is accepted as %#x", wrong[i], set);
}

TEST(architectural_rules_of_sets)
{
    EXPECT(!vl_rule_warning(0) && !vl_rule_warning(1) && !vl_rule_warning(3) && !vl_rule_warning(0xb));
    EXPECT(!vl_rule_warning(0xf)); /* the original rule permits 384 */
    EXPECT(!vl_rule_warning(0xffff));
    EXPECT(vl_rule_warning(0x9) != NULL); /* 256 is missing below 512 */
    EXPECT(vl_rule_warning(0x5) != NULL);
}

TEST(options_in_both_spellings)
{
    EXPECT(parse(
        "run --kernel a --initrd b --initrd=c --append x --memory 2G --smp 4 --seed 7 --max-insns 9 --no-reboot"));
    EXPECT(!strcmp(o.kernel, "a") && !strcmp(o.initrd[1], "c") && o.initrds == 2 &&
           o.machine.memory == UINT64_C(2) << 30);
    EXPECT(o.machine.smp == 4 && o.machine.seed == 7 && o.machine.max_insns == 9 && o.no_reboot);
    EXPECT(parse("-kernel a -initrd b -append x -m 512 -smp cpus=2 -nographic -d int,unimp --trace exceptions=f"));
    EXPECT(o.machine.memory == 512 << 20 && o.machine.smp == 2 && o.traces == 2 && o.trace[0].qemu && !o.trace[1].qemu);
    EXPECT(parse("--help") && o.list == LIST_HELP);
    EXPECT(parse("--list-models") && o.list == LIST_MODELS);
}

TEST(mistakes_name_option_and_value)
{
    expect_refused("--kernel k --memory 1Q", "--memory", "1Q");
    expect_refused("--kernel k --memory 0", "--memory", "0");
    expect_refused("--kernel k --memory 100K", "--memory", "100K");
    expect_refused("--kernel k --smp 0", "--smp", "0");
    expect_refused("--kernel k --smp 513", "--smp", "513");
    expect_refused("--kernel k --smp two", "--smp", "two");
    expect_refused("--kernel k --timing ooo", "--timing ooo", "not built yet");
    expect_refused("--kernel k --timing slow", "--timing", "slow");
    expect_refused("--kernel k --quantum 0us", "--quantum", "0us");
    expect_refused("--kernel k --rtc noon", "--rtc", "noon");
    expect_refused("--kernel k -s", "-s", "not built yet");
    expect_refused("--kernel k -gdb tcp::1", "-gdb", "not built yet");
    expect_refused("--kernel", "--kernel", "FILE");
    expect_refused("--kernle k", "--kernle", "--kernel");
    expect_refused("--smp 2", "--kernel", "kernel");
    expect_refused("file", "file", "option");
}

TEST(cpu_mistakes)
{
    static const char *const vl[] = { "0", "100", "2176", "256", "256+512", "1", "big" };
    char line[128], value[32];
    for (unsigned i = 0; i < sizeof vl / sizeof vl[0]; i++) {
        snprintf(line, sizeof line, "--kernel k --cpu 0:vl=%s", vl[i]);
        snprintf(value, sizeof value, "vl=%s", vl[i]);
        expect_refused(line, "--cpu", value);
    }
    expect_refused("--kernel k --smp 2 --cpu 0-2:vl=128", "0-2", "--smp 2");
    expect_refused("--kernel k --cpu 1:vl=128", "1:vl=128", "--smp 1");
    expect_refused("--kernel k --cpu 5000000000:vl=128", "--cpu", "5000000000");
    expect_refused("--kernel k --cpu 2-1:vl=128 --smp 4", "--cpu", "2-1");
    expect_refused("--kernel k --cpu x:vl=128", "--cpu", "x");
    expect_refused("--kernel k --cpu vl=128", "--cpu", "RANGE");
    expect_refused("--kernel k --cpu all:", "--cpu", "RANGE");
    expect_refused("--kernel k --cpu all:vl", "--cpu", "KEY=VALUE");
    expect_refused("--kernel k --cpu all:vls=128", "vls", "nearest is vl");
    expect_refused("--kernel k --cpu all:FEAT_SVEE=yes", "FEAT_SVEE", "nearest is FEAT_SVE");
    expect_refused("--kernel k --cpu all:FEAT_SVE=maybe", "FEAT_SVE=maybe", "yes or no");
    expect_refused("--kernel k --cpu all:FEAT_FP=no", "FEAT_FP=no", "--cpu");
    expect_refused("--kernel k --cpu all:model=labb", "model=labb", "nearest is lab");
    expect_refused("--kernel k --cpu all:clock=0", "clock=0", "--cpu");
    expect_refused("--kernel k --cpu all:pauth=qarma4", "pauth=qarma4", "qarma5");
    expect_refused("--kernel k --cpu all:ID_AA64PFR0_EL1.SVE=16", "ID_AA64PFR0_EL1.SVE=16", "15");
    expect_refused("--kernel k --cpu all:ID_AA64PFR0_EL1.SVF=1", "ID_AA64PFR0_EL1.SVF", "ID_AA64PFR0_EL1.SVE");
}

TEST(cpu_ranges_and_refinement)
{
    struct cpu_config *c = configure("--smp 6 --cpu all:vl=128 --cpu 1-2+4:vl=128+256,clock=2.5GHz --cpu 2:vl=none");
    static const uint16_t want[6] = { 1, 3, 0, 1, 3, 1 };
    for (unsigned i = 0; i < 6; i++) {
        EXPECT_EQ(c[i].vq_set, want[i]);
        EXPECT_EQ(feature_claimed(&c[i], FEAT_SVE), want[i] != 0);
        EXPECT_EQ(c[i].clock_hz, want[i] == 3 || i == 2 ? 2500000000 : 1000000000);
    }
    free(c);
}

TEST(cpu_defaults)
{
    struct cpu_config *c = configure("--smp 18");
    EXPECT_EQ(c[0].vq_set, 0xb);
    EXPECT(feature_claimed(&c[0], FEAT_SVE2) && !strcmp(c[0].model, "lab"));
    EXPECT_EQ(c[0].mpidr, 0x80000000);
    EXPECT_EQ(c[17].mpidr, 0x80000101);
    free(c);
}

TEST(features_and_id_fields)
{
    struct cpu_config *c = configure("--cpu all:FEAT_SVE=no");
    EXPECT_EQ(c->vq_set, 0);
    EXPECT(!feature_claimed(c, FEAT_SVE2));
    free(c);
    c = configure("--cpu all:vl=128,model=max,pauth=qarma5"); /* a model does not undo what is said beside it */
    EXPECT_EQ(c->vq_set, 1);
    EXPECT_EQ(c->pauth_algo, 1);
    EXPECT(!strcmp(c->model, "max"));
    free(c);
    c = configure("--cpu all:ID_AA64PFR0_EL1.SVE=0 --cpu 0:ID_AA64PFR0_EL1.SVE=2,ID_AA64MMFR0_EL1.PARange=0x6");
    EXPECT_EQ(c->id_overrides, 2);
    EXPECT_EQ(c->id_override[0].reg, SR_ID_AA64PFR0_EL1);
    EXPECT_EQ(c->id_override[0].lo, 32);
    EXPECT_EQ(c->id_override[0].width, 4);
    EXPECT_EQ(c->id_override[0].value, 2);
    EXPECT_EQ(c->id_override[1].value, 6);
    free(c);
}

TEST_MAIN
