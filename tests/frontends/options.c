/* The command line: values, nearest names, vector length sets, --cpu. */
#include "core/timing.h"
#include "core/timing_model.h"
#include "frontends/frontends.h"
#include "isa/isa.h"
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
    options_free(&o);
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

TEST(each_cpu_has_a_timing_model)
{
    struct cpu_config *c = configure("--smp 4 --timing ooo --cpu 1:timing=fast --cpu 2:timing=inorder,clock=3GHz");
    EXPECT_EQ(c[0].timing, TIMING_OOO);
    EXPECT_EQ(c[0].clock_hz, 2000000000); /* lab's */
    EXPECT_EQ(c[1].timing, TIMING_FAST);
    EXPECT_EQ(c[1].clock_hz, 1000000000);
    EXPECT_EQ(c[2].timing, TIMING_INORDER);
    EXPECT_EQ(c[2].clock_hz, 3000000000);
    for (unsigned i = 0; i < 4; i++)
        EXPECT(c[i].timing_model == timing_model_builtin("lab"));
    free(c);
    c = configure("--smp 2 --cpu all:model=max,timing-model=lab");
    EXPECT(c[1].timing == TIMING_FAST && c[1].timing_model == timing_model_builtin("lab"));
    free(c);
}

TEST(model_files_are_found_by_name)
{
    isa_init();
    struct cpu_config *c = configure("--smp 2 --cpu 1:timing-model=lab --model-file core/models/lab.model");
    struct timing_model *m = c[0].timing_model;
    EXPECT(m && m != timing_model_builtin("lab") && !strcmp(m->name, "lab")); /* the file's replaces it */
    EXPECT(c[1].timing_model == m);
    free(c);
    expect_refused("--kernel k --model-file /nonexistent", "--model-file /nonexistent", "No such file");
    expect_refused("--kernel k --model-file Makefile", "Makefile:", "a line cannot begin with this");
    expect_refused("--kernel k --cpu 0:timing-model=labb", "timing-model=labb", "the nearest is lab");
    expect_refused("--kernel k --cpu 0:timing=slow", "timing=slow", "fast, inorder or ooo");
}

TEST(mistakes_name_option_and_value)
{
    expect_refused("--kernel k --memory 1Q", "--memory", "1Q");
    expect_refused("--kernel k --memory 0", "--memory", "0");
    expect_refused("--kernel k --memory 100K", "--memory", "100K");
    expect_refused("--kernel k --smp 0", "--smp", "0");
    expect_refused("--kernel k --smp 513", "--smp", "513");
    expect_refused("--kernel k --smp two", "--smp", "two");
    expect_refused("--kernel k --timing slow", "--timing", "slow");
    expect_refused("--kernel k --quantum 0us", "--quantum", "0us");
    expect_refused("--kernel k --rtc noon", "--rtc", "noon");
    expect_refused("--kernel k -gdb tcp::", "-gdb", "tcp::");
    expect_refused("--kernel k --gdb 65536", "--gdb 65536", "65535");
    expect_refused("--kernel k --gdb example.org:1", "--gdb", "of this machine");
    expect_refused("--kernel k --gdb unix:", "--gdb", "path");
    expect_refused("--kernel k -S", "-S", "--gdb");
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

TEST(identity_keys)
{
    struct cpu_config *c =
        configure("--smp 2 --cpu 0:midr=0x410fd493,revidr=5,mpidr=0x1000203,cntfrq=24MHz,pmu-counters=20 "
                  "--cpu 1:cntfrq=0,ID_AA64ISAR0_EL1.AES=1,ID_AA64ISAR0_EL1=0x20");
    EXPECT_EQ(c[0].mpidr, 0x81000203);
    EXPECT(c[0].cntfrq_given && c[0].cntfrq == 24000000 && c[1].cntfrq_given && c[1].cntfrq == 0);
    EXPECT_EQ(c[0].identity.pmu_counters, 20);
    EXPECT_EQ(c[0].id_overrides, 2);
    EXPECT_EQ(c[0].id_override[0].reg, SR_MIDR_EL1);
    EXPECT_EQ(c[0].id_override[0].width, 64);
    EXPECT_EQ(c[0].id_override[1].value, 5);
    EXPECT_EQ(c[1].id_overrides, 1); /* the register covers its field */
    EXPECT_EQ(c[1].id_override[0].value, 0x20);
    free(c);
    expect_refused("--kernel k --cpu 0:midr=big", "midr=big", "MIDR_EL1");
    expect_refused("--kernel k --cpu 0:midr=0x100000000", "midr", "0xffffffff");
    expect_refused("--kernel k --cpu 0:mpidr=0x2000000", "mpidr=0x2000000", "Aff3");
    expect_refused("--kernel k --cpu 0:cntfrq=5GHz", "cntfrq=5GHz", "4294967295");
    expect_refused("--kernel k --cpu 0:pmu-counters=32", "pmu-counters=32", "31");
    expect_refused("--kernel k --smp 2 --cpu 1:mpidr=0", "mpidr=0x80000000", "CPU 0");
    expect_refused("--kernel k --cpu 0:ID_AA64ZFR0_EL1.SVE=1", "no field SVE", "SVEver");
    expect_refused("--kernel k --cpu 0:REVIDR_EL1.X=1", "REVIDR_EL1", "whole register");
    expect_refused("--kernel k --cpu 0:ID_AA64PFR9_EL1=1", "ID_AA64PFR9_EL1", "nearest is ID_AA64PFR");
}

/* What a guest reads of caches: CLIDR_EL1, CTR_EL0, and CCSIDR_EL1 for a value of CSSELR_EL1. */
static uint64_t read_cache(const char *line, enum sysreg_index r, unsigned csselr)
{
    struct machine_options options = { .smp = 1 };
    struct cpu_config *c = configure(line);
    struct machine *m = machine_create(&options, c);
    m->cpus[0]->pstate.EL = EL2;
    m->cpus[0]->sysreg[SR_CSSELR_EL1] = csselr;
    uint64_t value = sysreg_peek(m->cpus[0], r);
    machine_free(m);
    free(c);
    return value;
}

TEST(cache_keys)
{
    EXPECT_EQ(read_cache("--smp 1", SR_CLIDR_EL1, 0), 0x2000023);
    EXPECT_EQ(read_cache("--smp 1", SR_CTR_EL0, 0), 0xb444c004);
    EXPECT_EQ(read_cache("--smp 1", SR_CCSIDR_EL1, 0), 255 << 13 | 3 << 3 | 2);
    EXPECT_EQ(read_cache("--cpu 0:l3=8M/16/128", SR_CLIDR_EL1, 0), 0x3000123);
    EXPECT_EQ(read_cache("--cpu 0:l3=8M/16/128", SR_CTR_EL0, 0), 0xb544c004); /* CWG grows */
    EXPECT_EQ(read_cache("--cpu 0:l3=8M/16/128", SR_CCSIDR_EL1, 4), 4095 << 13 | 15 << 3 | 3);
    EXPECT_EQ(read_cache("--cpu 0:l2=none,l1=32K/2/32", SR_CLIDR_EL1, 0), 0x1000004);
    EXPECT_EQ(read_cache("--cpu 0:l2=none,l1=32K/2/32", SR_CTR_EL0, 0), 0xb443c003);
    EXPECT_EQ(read_cache("--cpu 0:l2=none,l1=32K/2/32", SR_CCSIDR_EL1, 1), 0);
    EXPECT_EQ(read_cache("--cpu 0:FEAT_CCIDX=yes,l2=64M/1/64", SR_CCSIDR_EL1, 2), UINT64_C(0xfffff) << 32 | 2);
    expect_refused("--kernel k --cpu 0:l2=64M/1/64", "1048576 sets", "FEAT_CCIDX=yes");
    static const char *const wrong[] = { "64K",     "64K/4",      "64K/0/64", "64K/4/48", "64K/4/4096",
                                         "65/1/16", "1000K/3/64", "/4/64",    "64K/4/8" };
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char line[64], value[32];
        snprintf(line, sizeof line, "--kernel k --cpu 0:l1d=%s", wrong[i]);
        snprintf(value, sizeof value, "l1d=%s", wrong[i]);
        expect_refused(line, value, "SIZE/WAYS/LINE");
    }
}

TEST(models_show_their_silicon)
{
    static const struct {
        const char *line;
        enum sysreg_index reg;
        uint64_t value;
    } want[] = {
        { "model=a64fx", SR_MIDR_EL1, 0x461f0010 },
        { "model=a64fx", SR_ID_AA64MMFR0_EL1, 0x122 },
        { "model=a64fx", SR_ID_AA64PFR0_EL1, 0x101110111 },
        { "model=a64fx", SR_ID_AA64ISAR1_EL1, 0x10001 },
        { "model=a64fx", SR_CTR_EL0, 0x86668006 },
        { "model=a64fx", SR_CLIDR_EL1, 0x80000023 },
        { "model=a64fx", SR_CCSIDR_EL1, 63 << 13 | 3 << 3 | 4 },
        { "model=a64fx", SR_DCZID_EL0, 6 },
        { "model=a64fx", SR_PMCR_EL0, 0x46014040 },
        { "model=neoverse-v1", SR_ID_AA64ISAR0_EL1, 0x1011111110212120 },
        { "model=neoverse-v1", SR_ID_AA64MMFR0_EL1, 0x100125 },
        { "model=neoverse-v1", SR_ID_AA64MMFR1_EL1, 0x10212122 },
        { "model=neoverse-v1", SR_ID_AA64ZFR0_EL1, 0x100000100000 },
        { "model=neoverse-v1", SR_CCSIDR_EL1, UINT64_C(255) << 32 | 3 << 3 | 2 },
        { "model=neoverse-n2", SR_MIDR_EL1, 0x410fd493 },
        { "model=neoverse-n2", SR_ID_AA64ISAR1_EL1, 0x0011111101211052 },
        { "model=neoverse-n2", SR_ID_AA64PFR1_EL1, 0x221 },
        { "model=neoverse-n2", SR_CLIDR_EL1, 0x1482000023 },
        { "model=cortex-a710", SR_PMCR_EL0, 0xa040 },
        { "model=cortex-a510", SR_ID_AA64PFR1_EL1, 0x221 },
        { "model=cortex-a510,ID_AA64PFR1_EL1.MTE=0", SR_ID_AA64PFR1_EL1, 0x21 },
        { "model=cortex-a710,midr=0x410fd470", SR_MIDR_EL1, 0x410fd470 },
    };
    for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "--cpu 0:%s", want[i].line);
        uint64_t value = read_cache(line, want[i].reg, 0);
        if (value != want[i].value)
            FAIL("%s: %s is %#llx, expected %#llx", want[i].line, sysreg_name(want[i].reg), (unsigned long long)value,
                 (unsigned long long)want[i].value);
    }
    struct cpu_config *c =
        configure("--smp 4 --cpu 0:model=a64fx --cpu 1:model=neoverse-v1 --cpu 2:model=neoverse-v1,vl=none");
    EXPECT_EQ(c[0].vq_set, 0xb);
    EXPECT_EQ(c[1].vq_set, 3);
    EXPECT(c[2].vq_set == 0 && !feature_claimed(&c[2], FEAT_SVE));
    EXPECT_EQ(c[3].vq_set, 0xb);
    free(c);
}

TEST(firmware_keys_of_a_cpu)
{
    struct cpu_config *c = configure("--smp 4 --cpu 1:CPTR_EL3.EZ=0,SCR_EL3.TWI=1,SCR_EL3.TWI=0 "
                                     "--cpu 2:ZCR_EL3.LEN=3,firmware-trap=undef --cpu 3:psci=fail");
    EXPECT(!c[0].el3.have && !c[0].el3.denied);
    EXPECT(c[1].el3.have && c[1].el3.denied == UINT64_C(1) << EL3_CPTR_EL3_EZ && c[1].el3.zcr_len == 15);
    EXPECT_EQ(c[1].el3.trap, EL3_STOP);
    EXPECT(c[2].el3.have && !c[2].el3.denied && c[2].el3.zcr_len == 3);
    EXPECT_EQ(c[2].el3.trap, EL3_UNDEF);
    EXPECT(!c[3].el3.have);
    EXPECT_EQ(c[3].el3.psci, PSCI_FAILS);
    free(c);
    /* A feature claimed after the control of it is in time; the values that do not trap need none. */
    free(configure("--cpu 0:SCR_EL3.ATA=0,FEAT_MTE2=yes"));
    free(configure("--cpu 0:SCR_EL3.ATA=1"));
    expect_refused("--kernel k --cpu 0:SCR_EL3.ATA=0", "SCR_EL3.ATA=0", "FEAT_MTE2=yes");
    expect_refused("--kernel k --cpu 0:SCR_EL3.SMD=2", "SCR_EL3.SMD=2", "0 to 1");
    expect_refused("--kernel k --cpu 0:ZCR_EL3.LEN=16", "ZCR_EL3.LEN=16", "0 to 15");
    expect_refused("--kernel k --cpu 0:vl=none,ZCR_EL3.LEN=1", "ZCR_EL3.LEN=1", "FEAT_SVE");
    expect_refused("--kernel k --cpu 0:SCR_EL3.FGTE=0", "SCR_EL3.FGTE", "nearest is SCR_EL3.FGTEn");
    expect_refused("--kernel k --cpu 0:psci=no", "psci=no", "ignore");
    expect_refused("--kernel k --cpu 0:firmware-trap=ignore", "firmware-trap=ignore", "stop or undef");
}

TEST(displays)
{
    EXPECT(parse("--kernel k") && !o.display.sdl && !o.machine.framebuffer.width);
    EXPECT(parse("--kernel k --display none") && !o.display.sdl);
    EXPECT(parse("--kernel k --display sdl") && o.display.sdl && o.display.width >= 640 &&
           !o.machine.framebuffer.width);
    EXPECT(parse("--kernel k --display sdl,size=1600x1000,framebuffer=800x600") && o.display.width == 1600 &&
           o.display.height == 1000 && o.machine.framebuffer.width == 800 && o.machine.framebuffer.height == 600);
    EXPECT(parse("--kernel k --display sdl -nographic") && !o.display.sdl);
    EXPECT(parse("--kernel k --device simple-framebuffer") && o.machine.framebuffer.width == 1024 && !o.loads);
    EXPECT(parse("--kernel k --device simple-framebuffer,width=640,height=480") && o.machine.framebuffer.width == 640 &&
           o.machine.framebuffer.height == 480);
    static const char *const bad[] = {
        "foo",          "",          "none,size=800x600",       "sdl,size=80x25",
        "sdl,size=800", "sdl,x=1",   "sdl,framebuffer=1x1",     "sdl,framebuffer=9000x800",
        "sdlx",         "sdl,size=", "sdl,framebuffer=800x600x"
    };
    static const char *const bad_devices[] = { "simple-framebuffer,width=", "simple-framebuffer,width=63",
                                               "simple-framebuffer,height=4097", "simple-framebuffer,depth=8",
                                               "simple-framebuffer,width=100x" };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "--kernel k --display %s", bad[i]);
        expect_refused(line, "--display", bad[i]);
    }
    for (unsigned i = 0; i < sizeof bad_devices / sizeof bad_devices[0]; i++) {
        char line[64];
        snprintf(line, sizeof line, "--kernel k --device %s", bad_devices[i]);
        expect_refused(line, "--device", bad_devices[i]);
    }
}

TEST_MAIN
