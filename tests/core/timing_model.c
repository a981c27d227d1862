/* Timing models: the built-in ones are read, costs follow the lines, and what is wrong in a file is said. */
#include "core/timing_model.h"

#include "isa/isa.h"
#include "tests/harness.h"

static char error[512];

/* The text of lab.model, to be changed. */
static char *lab_text(void)
{
    static char text[1 << 16];
    FILE *f = fopen("core/models/lab.model", "r");
    if (!f)
        return NULL;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    return text[n] = 0, text;
}

static void free_model(void *m) { timing_model_free(m); }

static struct timing_model *parse(const char *text)
{
    isa_init();
    error[0] = 0;
    struct timing_model *m = timing_model_parse("f", text, strlen(text), error, sizeof error);
    if (m)
        free_after_test(free_model, m);
    return m;
}

/* lab.model with more lines at its end. */
static struct timing_model *lab_with(const char *more)
{
    static char text[1 << 17];
    const char *lab = lab_text();
    snprintf(text, sizeof text, "%s%s", lab ? lab : "", more);
    struct timing_model *m = parse(text);
    if (!m)
        FAIL("%s", error);
    return m;
}

/* The cost of a word at a vector length. */
static const struct timing_cost *cost(struct timing_model *m, uint32_t word, unsigned vl)
{
    struct cpu_class cls = { 0 };
    struct op op;
    memset(cls.features, 0xff, sizeof cls.features);
    isa_decode(&cls, word, &op);
    return &m->cost[vl / 128][timing_cost_of(m, &op)];
}

TEST(built_in_models_are_read)
{
    const char *name;
    unsigned n = 0;
    isa_init();
    for (; (name = timing_model_name(n)); n++) {
        struct timing_model *m = timing_model_builtin(name);
        EXPECT(m && !strcmp(m->name, name));
        EXPECT(m == timing_model_builtin(name));
    }
    EXPECT(n >= 1);
    EXPECT(!timing_model_builtin("labb"));
}

TEST(every_class_has_rows)
{
    isa_init();
    for (unsigned c = T_NONE + 1; c < TIMING_CLASSES; c++) {
        unsigned rows = 0;
        for (unsigned i = 0; i < INSN_COUNT; i++)
            rows += insn_table[i].time == c;
        if (!rows)
            FAIL("class %u has no row", c);
    }
}

enum {
    ADD_X = 0x8b020020,     /* add x0, x1, x2 */
    ADD_X_LSL = 0x8b020c20, /* add x0, x1, x2, lsl #3 */
    MOV_X = 0xaa0103e0,     /* mov x0, x1 */
    SDIV_W = 0x1ac20c20,    /* sdiv w0, w1, w2 */
    SDIV_X = 0x9ac20c20,    /* sdiv x0, x1, x2 */
    ROR_W = 0x13810c20,     /* ror w0, w1, #3 */
    EXTR_W = 0x13820c20,    /* extr w0, w1, w2, #3 */
    LDR_POST = 0xf8408420,  /* ldr x0, [x1], #8 */
    SDIV_Z_S = 0x04940020,  /* sdiv z0.s, p0/m, z0.s, z1.s */
    SDIV_Z_D = 0x04d40020,  /* sdiv z0.d, p0/m, z0.d, z1.d */
    FMLA_Z = 0x65a20020,    /* fmla z0.s, p0/m, z1.s, z2.s */
    FADDA = 0x65982020,     /* fadda s0, p0, s0, z1.s */
    UNDEFINED_WORD = 0x00000000,
};

/* The port of a name in lab.model. */
static uint32_t ports(const struct timing_model *m, const char *names)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < MAX_PORTS; i++)
        if (m->port[i][0] && strstr(names, m->port[i]))
            mask |= UINT32_C(1) << i;
    return mask;
}

TEST(costs_follow_class_and_fields)
{
    struct timing_model *m = lab_with("");
    if (!m)
        return;
    EXPECT_EQ(cost(m, ADD_X, 128)->latency, 1);
    EXPECT_EQ(cost(m, ADD_X, 128)->uses, 1);
    EXPECT_EQ(cost(m, ADD_X, 128)->use.ports, ports(m, "ALU0 ALU1 ALU3 ALU2"));
    EXPECT_EQ(cost(m, ADD_X_LSL, 128)->latency, 2);
    EXPECT_EQ(cost(m, ADD_X_LSL, 128)->use.ports, ports(m, "ALU2"));
    EXPECT_EQ(cost(m, MOV_X, 128)->latency, 0);
    EXPECT_EQ(cost(m, MOV_X, 128)->uses, 0);
    EXPECT_EQ(cost(m, MOV_X, 128)->uops, 1);
    EXPECT_EQ(cost(m, SDIV_W, 128)->use.cycles, 12);
    EXPECT_EQ(cost(m, SDIV_X, 128)->use.cycles, 20);
    EXPECT_EQ(cost(m, ROR_W, 128)->latency, 1); /* Rn!=Rm does not hold */
    EXPECT_EQ(cost(m, EXTR_W, 128)->latency, 2);
    EXPECT_EQ(cost(m, LDR_POST, 128)->base_latency, 1);
    EXPECT_EQ(cost(m, UNDEFINED_WORD, 128)->latency, 1);
}

TEST(results_may_be_unordered)
{
    struct timing_model *m = lab_with("insn SDIV : latency 12 use ALU2:12 unordered [estimate]\n"
                                      "insn FMLA_z_p_zzz : latency 4 use FP forward 2 group g unordered [estimate]\n");
    if (!m)
        return;
    EXPECT_EQ(cost(m, SDIV_X, 128)->flags, COST_UNORDERED);
    EXPECT_EQ(cost(m, FMLA_Z, 128)->flags, COST_UNORDERED | COST_FORWARDS);
    EXPECT_EQ(cost(m, ADD_X, 128)->flags & COST_UNORDERED, 0);
}

TEST(fields_are_compared_with_one_another)
{
    struct timing_model *m = lab_with("insn UBFM : latency 3 [estimate]\n"
                                      "insn UBFM imms=immr-1 : latency 2 [estimate]\n");
    if (!m)
        return;
    EXPECT_EQ(cost(m, 0xd374cc00, 128)->latency, 2); /* lsl x0, x0, #12: immr 52, imms 51 */
    EXPECT_EQ(cost(m, 0xd3741000, 128)->latency, 3); /* ubfiz x0, x0, #12, #5 */
    EXPECT_EQ(cost(m, 0xd340fc00, 128)->latency, 3); /* lsr x0, x0, #0: -1 is no value of imms */
}

TEST(costs_follow_vector_length)
{
    struct timing_model *m = lab_with("");
    if (!m)
        return;
    EXPECT_EQ(cost(m, SDIV_Z_S, 128)->use.cycles, 10);
    EXPECT_EQ(cost(m, SDIV_Z_D, 256)->use.cycles, 18);
    EXPECT_EQ(cost(m, SDIV_Z_S, 256)->uses, 1);
    EXPECT_EQ(cost(m, SDIV_Z_S, 384)->uses, 2); /* two passes of 256 bits, of which the last waits for the first */
    EXPECT_EQ(cost(m, SDIV_Z_S, 384)->latency, 22);
    EXPECT_EQ(cost(m, SDIV_Z_S, 2048)->uops, 8);
    EXPECT_EQ(cost(m, FMLA_Z, 512)->latency, 4); /* one pass on each of two pipes */
    EXPECT_EQ(cost(m, FMLA_Z, 1024)->latency, 5);
    EXPECT_EQ(cost(m, FMLA_Z, 1024)->uses, 4);
    EXPECT_EQ(cost(m, FMLA_Z, 1024)->forward, 2);
    EXPECT(cost(m, FMLA_Z, 1024)->flags & COST_FORWARDS);
    EXPECT_EQ(m->use[cost(m, FMLA_Z, 1024)->first].ports, ports(m, "FP0 FP1"));
    EXPECT_EQ(cost(m, FADDA, 256)->latency, 16);
    EXPECT_EQ(cost(m, FADDA, 640)->latency, 64);
}

TEST(the_last_line_wins_and_insn_beats_class)
{
    struct timing_model *m = lab_with("class int.shifted : latency 7 use ALU0 [estimate]\n"
                                      "insn ADD_addsub_* : latency 8 use ALU0 ALU1:3+2 x2 BR0 [estimate]\n"
                                      "insn *_addsub_shift imm6=1-3,9 : latency 9 use ALU0 [estimate]\n"
                                      "class int.shifted : latency 6 use ALU0 [estimate]\n");
    if (!m)
        return;
    const struct timing_cost *c = cost(m, ADD_X, 128);
    EXPECT_EQ(c->latency, 8);
    EXPECT_EQ(c->uses, 4);
    EXPECT_EQ(c->uops, 4); /* as many as uses, where the line does not say it */
    EXPECT_EQ(c->use.ports, ports(m, "ALU0"));
    EXPECT_EQ(m->use[c->first + 1].cycles, 3);
    EXPECT_EQ(m->use[c->first + 1].after, 2);
    EXPECT_EQ(m->use[c->first + 2].ports, ports(m, "BR0"));
    EXPECT_EQ(cost(m, ADD_X_LSL, 128)->latency, 9);
    EXPECT_EQ(cost(m, SDIV_X, 128)->latency, 20);    /* it has no imm6 */
    EXPECT_EQ(cost(m, 0xaa020020, 128)->latency, 6); /* orr x0, x1, x2 */
}

TEST(indices_are_shared_and_stay)
{
    struct timing_model *m = lab_with("");
    if (!m)
        return;
    const struct timing_cost *add = cost(m, ADD_X, 128);
    EXPECT(add == cost(m, 0xcb020020, 128)); /* sub x0, x1, x2 */
    EXPECT(add != cost(m, SDIV_X, 128));
    for (unsigned i = 0; i < 32; i++)
        cost(m, SDIV_Z_S + i, 128);
    EXPECT(add == cost(m, ADD_X, 128));
    EXPECT_EQ(m->costs, 4); /* with the one of what is UNDEFINED */
}

/* The last characters of lab.model with more: the error that it gives. */
static void expect_error(const char *more, const char *want)
{
    static char text[1 << 17];
    const char *lab = lab_text();
    snprintf(text, sizeof text, "%s%s\n", lab ? lab : "", more);
    if (parse(text))
        FAIL("accepted: %s", more);
    else if (!strstr(error, want) || strncmp(error, "f:", 2))
        FAIL("%s: %s", more, error);
}

TEST(mistakes_are_named)
{
    static const char *const lines[][2] = {
        { "robb = 3 entries [estimate]", "there is no parameter of this name; the nearest is" },
        { "isb = 3 cycles [estimate]", "line 65 has given this parameter already" },
        { "class int.alo : latency 1 [estimate]", "there is no class of this name; the nearest is int.alu" },
        { "class int.alu : latency -1 [estimate]", "latency -1: expected a whole number from 0 to 2000" },
        { "class int.alu : latency 99999999999999999999 [estimate]", "expected a whole number from 0 to 2000" },
        { "class int.alu : latency 1 use ALV [estimate]",
          "ALV: there is no port or group of this name; the nearest is ALU" },
        { "class int.alu : latency 1 use ALU:0 [estimate]", "use ALU:0: expected PORTS:CYCLES+AFTER" },
        { "class int.alu : latency 1 use ALU x65 [estimate]", "expected xN with N from 1 to 64" },
        { "class int.alu : latency 1 use ALU x40 ALU x40 [estimate]", "at most 64 micro-operations" },
        { "class int.alu : latency 1 use [estimate]", "use : expected ports or groups" },
        { "class int.alu : uops 1 [estimate]", "latency is missing" },
        { "class int.alu : latency 1 latency 2 [estimate]", "latency: the line has given this already" },
        { "class int.alu : latency 1 forward 2 [estimate]", "forward: expected group NAME too" },
        { "class int.alu : latency 1 speed 2 [estimate]", "speed: a cost cannot have this" },
        { "class int.alu : latency 1", "the source is missing" },
        { "class int.alu : latency 1 [M]", "[M]: no line above says which source this is" },
        { "class int.alu latency 1 [estimate]", "expected : and a cost" },
        { "class int.alu vl=100 : latency 1 [estimate]", "vl=100: expected multiples of 128" },
        { "class int.alu size=1 : latency 1 [estimate]", "int.alu: it has no field size" },
        { "insn SDIV_z_p_z : latency 1 [estimate]",
          "there is no instruction of this name; the nearest is SDIV_z_p_zz" },
        { "insn SDIV, : latency 1 [estimate]", "expected names separated by commas" },
        { "insn SDIV siz=1 : latency 1 [estimate]", "SDIV: it has no field siz" },
        { "insn SDIV sf=x1 : latency 1 [estimate]", "nothing of this name has all of the fields" },
        { "insn SDIV Rm=Rn- : latency 1 [estimate]", "Rm=Rn-: expected a number behind the -" },
        { "insn SDIV sf=3-1 : latency 1 [estimate]", "expected a value, FROM-TO" },
        { "insn SDIV sf : latency 1 [estimate]", "expected FIELD=VALUE" },
        { "port P1 P2 P3 P4 P5 P6 P7 P8 P9 P10 P11 P12 P13 P14 P15 P16 P17 P18 P19 P20 P21 P22 P23",
          "at most 32 ports" },
        { "port ALU0", "there is a port of this name already" },
        { "port alu9", "expected a name of at most 15 letters" },
        { "group G = ALU0 XX", "XX: there is no port or group" },
        { "group G", "expected = and ports" },
        { "pipeline ooo [estimate]", "this has been given already" },
        { "pipeline wide [estimate]", "expected ooo or inorder" },
        { "model x \"y\"", "the file has said already that it is lab" },
        { "source estimate \"x\"", "this tag has been given already" },
        { "source M", "expected a tag and the document in quotes" },
        { "clas int.alu : latency 1 [estimate]", "a line cannot begin with this; the nearest is class" },
        { "\x01", "control character" },
    };
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
        expect_error(lines[i][0], lines[i][1]);
}

/* lab.model with its first `from` replaced. */
static const char *changed(const char *from, const char *to)
{
    static char text[1 << 17];
    char *lab = lab_text(), *at = lab ? strstr(lab, from) : NULL;
    if (!at) {
        FAIL("lab.model has no %s", from);
        return "";
    }
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - lab), lab, to, at + strlen(from));
    return text;
}

static void expect_changed(const char *from, const char *to, const char *want)
{
    if (parse(changed(from, to)))
        FAIL("accepted: %s", to);
    else if (!strstr(error, want))
        FAIL("%s: %s", to, error);
}

TEST(what_is_missing_or_out_of_range_is_named)
{
    expect_changed("rob = 192 entries [estimate]\n", "", "no line for rob, reorder buffer (entries)");
    expect_changed("class int.div : ", "class int.div sf=0 : ", "no line for class int.div (SDIV, UDIV (sf: 64 bits))");
    expect_changed("class int.div : ", "class int.div vl=128-1024 : ", "class int.div has no line for vl=1152");
    expect_changed("model lab \"", "# \"", "no line for model");
    expect_changed("pipeline ooo [estimate]", "", "no line for pipeline");
    expect_changed("rob = 192 entries", "rob = 0 entries", "expected a whole number from 1 to 1024 entries");
    expect_changed("rob = 192 entries", "rob = -1 entries", "rob = -1 entries: expected a whole number from 1 to 1024");
    expect_changed("rob = 192 entries", "rob = 192 cycles", "unknown unit cycles; expected entries");
    expect_changed("rob = 192 entries", "rob = 192", "expected a number and its unit, entries");
    expect_changed("rob = 192 entries", "rob = 192 entries more", "more: nothing is expected here");
    expect_changed("l1d = 64 KiB", "l1d = 64 kB", "unknown unit kB; expected bytes, KiB, MiB or GiB");
    expect_changed("l1d = 64 KiB", "l1d = 18446744073709551615 KiB", "expected a whole number from 1024");
    expect_changed("l1d = 64 KiB", "l1d = 1000001 bytes",
                   "l1d = bytes: expected a multiple of l1d-ways times the line");
    expect_changed("line = 64 bytes", "line = 65 bytes", "line = 65 bytes: expected a power of two");
    EXPECT(!strncmp(error, "f:38:", 5));
}

static uint64_t next_random(void)
{
    static uint64_t random = 1;
    random = random * 6364136223846793005 + 1442695040888963407;
    return random >> 33;
}

/* Costs are numbered as they are met, and there must be room for all. */
TEST(built_in_models_have_room)
{
    const char *name;
    isa_init();
    for (unsigned n = 0; (name = timing_model_name(n)); n++) {
        struct timing_model *m = timing_model_builtin(name);
        for (unsigned i = 0; i < 100000; i++)
            cost(m, (uint32_t)(next_random() << 16 ^ next_random()), 128);
        EXPECT(m->costs > 100 && m->costs < MAX_COSTS / 2);
    }
}

/* Everything that can be asked of a model. */
static void use_model(struct timing_model *m)
{
    static FILE *nowhere;
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    for (unsigned i = 0; i < 50; i++) {
        uint64_t high = next_random() << 16;
        const struct timing_cost *c = cost(m, (uint32_t)(high ^ next_random()), 128 * (1 + i % 16));
        EXPECT(c->uses <= MAX_USES);
    }
    timing_model_explain(m, nowhere);
}

TEST(hostile_files_do_no_harm)
{
    static char text[1 << 17];
    static const char *const words[] = {
        "99999999999999999999", " x64 ", "sve.*", "=", ":", "\"", "[", "vl=2048", "*"
    };
    const char *lab = lab_text();
    size_t n = lab ? strlen(lab) : 0;
    unsigned refused = 0;
    isa_init();
    EXPECT(n > 1000);
    for (unsigned i = 0; i < 1000 && n; i++) {
        memcpy(text, lab, n);
        size_t size = i % 3 ? n : next_random() % n;
        for (unsigned k = 0; k < (i % 3 ? i % 3 : 3); k++) {
            const char *word = words[next_random() % 9];
            size_t at = next_random() % (n - 32);
            size_t other = next_random() % n;
            text[other] = (char)("\0\n=:[]#\"-xX9* ,|+!\xff"[next_random() % 20]);
            memcpy(text + at, word, i % 2 ? strlen(word) : 0);
        }
        struct timing_model *m = timing_model_parse("f", text, size, error, sizeof error);
        if (m)
            use_model(m), timing_model_free(m);
        else
            EXPECT(!strncmp(error, "f:", 2));
        refused += !m;
    }
    EXPECT(refused > 300 && refused < 1000);
    EXPECT(!timing_model_parse("f", text, (4u << 20) + 1, error, sizeof error));
}

TEST(explaining_says_all)
{
    struct timing_model *m = lab_with("source M \"a manual\"\ninsn SDIV sf=1 : latency 33 use ALU0 [M]\n");
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (m && f)
        timing_model_explain(m, f);
    if (f)
        fclose(f);
    EXPECT(text && strstr(text, "lab: laboratory core"));
    EXPECT(text && strstr(text, "[M] a manual"));
    EXPECT(text && strstr(text, "ALU = ALU0|ALU1|ALU3|ALU2"));
    EXPECT(text && strstr(text, "SDIV sf=1                            latency 33 use ALU0 [M]"));
    EXPECT(text && strstr(text, "  wake               100 cycles           [estimate]"));
    free(text);
}

/* docs/timing.md has a line for each parameter and class, as the tables say it. */
TEST(the_documentation_has_every_row)
{
    static char doc[1 << 17];
    char row[512];
    FILE *f = fopen("docs/timing.md", "r");
    EXPECT(f && fread(doc, 1, sizeof doc - 1, f));
    if (f)
        fclose(f);
    static const struct {
        const char *key, *unit, *text;
        uint64_t min, max;
    } param[] = {
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) { KEY, UNIT, TEXT, MIN, MAX },
#include "core/timing_param.def"
    };
    static const char *const classes[][2] = {
#define TIMING_CLASS(NAME, KEY, TEXT) { KEY, TEXT },
#include "core/timing_class.def"
    };
    for (unsigned i = 0; i < TIMING_PARAMS; i++) {
        snprintf(row, sizeof row, "\n| `%s` | %s | %" PRIu64 " | %" PRIu64 " | %s |\n", param[i].key, param[i].unit,
                 param[i].min, param[i].max, param[i].text);
        if (!strstr(doc, row))
            FAIL("docs/timing.md lacks%s", row);
    }
    for (unsigned i = T_NONE + 1; i < TIMING_CLASSES; i++) {
        snprintf(row, sizeof row, "\n| `%s` | %s |\n", classes[i][0], classes[i][1]);
        if (!strstr(doc, row))
            FAIL("docs/timing.md lacks%s", row);
    }
}

TEST_MAIN
