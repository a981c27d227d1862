/* The pipeline: programs of a few instructions take the cycles that their model says, each by one thing that limits it.
 */
#include "core/timing_pipe.h"

#include "core/stops.h"
#include "devices/device.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "tests/harness.h"

enum { RAM = 0x40000000, DATA = RAM + 0x10000, TABLE = RAM + 0x20000, BODY = 240, WARM = 4, PASSES = 10 };

/* ---- Models: core/models/lab.model with other lines ---- */

static char text[1 << 17];

static void lab(void)
{
    FILE *f = fopen("core/models/lab.model", "r");
    size_t n = f ? fread(text, 1, sizeof text / 2, f) : 0;
    text[n] = 0;
    if (f)
        fclose(f);
}

/* Another value of a parameter, as in set("rob", "32 entries"). */
static void set(const char *key, const char *value)
{
    static char before[sizeof text];
    char begin[64];
    snprintf(begin, sizeof begin, "\n%s = ", key);
    char *at = strstr(text, begin);
    if (!at) {
        FAIL("lab.model has no %s", key);
        return;
    }
    snprintf(before, sizeof before, "%.*s%s%s [estimate]%s", (int)(at - text), text, begin, value,
             strchr(at + 1, '\n'));
    memcpy(text, before, sizeof text);
}

/* More lines of costs, which come last. */
static void add(const char *line)
{
    size_t n = strlen(text);
    snprintf(text + n, sizeof text - n, "%s [estimate]\n", line);
}

static void free_model(void *m) { timing_model_free(m); }

static struct timing_model *model(void)
{
    char error[512];
    isa_init();
    struct timing_model *m = timing_model_parse("f", text, strlen(text), error, sizeof error);
    if (!m) {
        printf("%s\n", error);
        exit(1);
    }
    free_after_test(free_model, m);
    return m;
}

/* ---- Programs ---- */

static void drop_machine(void *arg)
{
    struct machine *m = arg;
    board_free(m);
    machine_free(m);
}

static struct machine *new_machine(enum timing_mode mode)
{
    struct machine_options opt = { .smp = 1, .memory = 1 << 20, .quantum_ns = 1000000, .code_cache = 1 << 20 };
    struct cpu_config config = { .mpidr = BIT(31), .clock_hz = 1000000000, .vq_set = 0xffff };
    struct timing_model *t = model(); /* first, so that it goes last */
    feature_defaults("lab", &config);
    config.timing = (uint8_t)mode;
    config.timing_model = t;
    struct machine *m = machine_create(&opt, &config);
    if (!m || !board_create(m))
        exit(1);
    free_after_test(drop_machine, m);
    board_reset(m);
    m->entry = RAM;
    machine_reset(m);
    return m;
}

/* X2 is where there is memory; all lanes active; vectors of vl bits. */
static void set_registers(struct cpu *cpu, unsigned vl)
{
    cpu->gpr[2] = DATA;
    memset(cpu->p, 0xff, sizeof cpu->p);
    cpu->sysreg[SR_HCR_EL2] = HCR_RW;
    cpu->sysreg[SR_CPTR_EL2] = 0x32ff;
    cpu->sysreg[SR_ZCR_EL2] = vl / 128 - 1;
    cpu_update_traps(cpu);
}

static uint64_t cycles_at(struct machine *m, uint64_t count)
{
    struct stop_point p = { .kind = STOP_AT_INSTRUCTION, .cpu = 0, .count = count };
    unsigned n = stop_add(m, &p);
    EXPECT_EQ(machine_run(m), STOP_DEBUG);
    stop_remove(m, n);
    return cpu_cycles(m->cpus[0]);
}

/* Blocks of 1 GiB: 1 is itself, 2 and 3 are the same memory. */
static void map_thrice(struct machine *m)
{
    struct cpu *cpu = m->cpus[0];
    static const uint64_t table[4] = { 0, RAM | 0x741, RAM | 0x741, RAM | 0x741 }; /* AF, inner shareable, EL2's RES1 */
    if (!phys_copy_in(&m->mem, TABLE, table, sizeof table))
        exit(1);
    cpu->sysreg[SR_TTBR0_EL2] = TABLE;
    cpu->sysreg[SR_TCR_EL2] = 25 | 3 << 12 | UINT64_C(2) << 16 | BIT(23) | BIT(31);
    cpu->sysreg[SR_MAIR_EL2] = 0xff;
    cpu->sysreg[SR_SCTLR_EL2] = BIT(0) | BIT(2) | BIT(12); /* M, C, I */
    mmu_context_changed(cpu);
    cpu->gpr[2] = DATA + UINT64_C(0x40000000);
    cpu->gpr[7] = DATA + UINT64_C(0x80000000); /* the same place in the first-level TLB */
}
static bool mapped;

/* Cycles of each pass through BODY instructions, of which body's are repeated, and a branch back, caches being warm. */
static uint64_t pass(enum timing_mode mode, unsigned vl, const uint32_t *body, unsigned n)
{
    struct machine *m = new_machine(mode);
    uint32_t code[BODY + 1];
    for (unsigned i = 0; i < BODY; i++)
        code[i] = body[i % n];
    code[BODY] = 0x14000000 | (-(uint32_t)BODY & 0x3ffffff); /* b */
    if (!phys_copy_in(&m->mem, RAM, code, sizeof code))
        exit(1);
    set_registers(m->cpus[0], vl);
    if (mapped)
        map_thrice(m);
    uint64_t begin = cycles_at(m, WARM * (BODY + 1)), end = cycles_at(m, (WARM + PASSES) * (BODY + 1));
    return (end - begin + PASSES / 2) / PASSES;
}

/* The branch back may take a cycle or two more. */
#define EXPECT_CYCLES(GOT, WANT)                                                                   \
    do {                                                                                           \
        uint64_t got_ = (GOT), want_ = (WANT);                                                     \
        if (got_ < want_ || got_ > want_ + 2)                                                      \
            FAIL("a pass takes %" PRIu64 " cycles, expected %" PRIu64 " (%s)", got_, want_, #GOT); \
    } while (0)
#define PASS(MODE, VL, ...) \
    pass(MODE, VL, (const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

/* ---- Words ---- */

static uint32_t add_one(unsigned d, unsigned n) { return 0x91000400 | n << 5 | d; } /* add Xd, Xn, #1 */
enum {
    LDR_X1 = 0xf9400041, /* ldr x1, [x2] */
    STR_X1 = 0xf9000041, /* str x1, [x2] */
    LDR_X9 = 0xf9400049,
    LDR_X9_X7 = 0xf94000e9,
    NOP = 0xd503201f,
    ISB = 0xd5033fdf,
    MSR = 0xd51bd045,     /* msr tpidr_el0, x5 */
    MOVPRFX = 0x0420bc20, /* movprfx z0, z1 */
    ADD_Z = 0x04c00040,   /* add z0.d, p0/m, z0.d, z2.d */
    ADD_Z4 = 0x04e50064,  /* add z4.d, z3.d, z5.d */
};
#define FOUR_ADDS  add_one(3, 0), add_one(4, 0), add_one(5, 0), add_one(6, 0)
#define FOUR_PORTS "class int.alu : latency 1 uops 1 use ALU0|ALU1|ALU2|FP0"

TEST(four_a_cycle)
{
    lab(), add(FOUR_PORTS);
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, FOUR_ADDS), BODY / 4);
    lab(), add(FOUR_PORTS), set("dispatch", "2 per-cycle");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, FOUR_ADDS), BODY / 2);
    lab(), add(FOUR_PORTS), set("commit", "3 per-cycle");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, FOUR_ADDS), BODY / 3);
}

TEST(a_chain_has_its_latency)
{
    lab();
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, add_one(3, 3)), BODY);
    lab(), add("class int.alu : latency 3 uops 1 use ALU");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, add_one(3, 3)), 3 * BODY);
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, add_one(3, 3), add_one(4, 4)), 3 * BODY / 2);
}

TEST(ports_are_shared)
{
    lab(), add("class int.alu : latency 1 uops 1 use ALU0|ALU1|ALU2");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, FOUR_ADDS), BODY / 3);
    lab(), add("class int.alu : latency 1 uops 1 use ALU0");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, FOUR_ADDS), BODY);
    lab(), add("class int.alu : latency 1 uops 1 use ALU0|ALU1:3");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, FOUR_ADDS), 3 * BODY / 2);
    lab(), add("class int.alu : latency 1 uops 2 use ALU0 ALU1");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, FOUR_ADDS), BODY);
}

/* A load of 200 cycles, then what is independent of it: 32 places are soon taken, 1024 are not. */
TEST(the_reorder_buffer_fills)
{
    uint32_t body[BODY];
    for (unsigned i = 0; i < BODY; i++)
        body[i] = i ? add_one(3 + i % 4, 0) : LDR_X9;
    lab(), add(FOUR_PORTS), add("class load : latency 200 uops 1 use LD"), set("rob", "32 entries");
    uint64_t full = pass(TIMING_OOO, 128, body, BODY);
    EXPECT(full >= 200 + (BODY - 32) / 4 && full <= 200 + (BODY - 32) / 4 + 3);
    set("rob", "1024 entries");
    EXPECT_CYCLES(pass(TIMING_OOO, 128, body, BODY), BODY / 4);
}

TEST(two_a_cycle_in_order)
{
    lab(), add(FOUR_PORTS);
    EXPECT_CYCLES(PASS(TIMING_INORDER, 128, FOUR_ADDS), BODY / 2);
    EXPECT_CYCLES(PASS(TIMING_INORDER, 128, add_one(3, 3), add_one(4, 0)), BODY / 2);
    EXPECT_CYCLES(PASS(TIMING_INORDER, 128, add_one(3, 3), add_one(3, 3)), BODY);
}

/* What waits lets nobody pass, in order; out of order others go past. */
TEST(in_order_those_behind_wait)
{
    lab(), add("class int.alu : latency 5 uops 1 use ALU0|ALU1|ALU2");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, add_one(3, 0), add_one(4, 3)), BODY / 3);
    EXPECT_CYCLES(PASS(TIMING_INORDER, 128, add_one(3, 0), add_one(4, 3)), 5 * BODY / 2);
}

TEST(a_load_takes_from_the_store)
{
    lab();
    uint64_t one = PASS(TIMING_OOO, 128, STR_X1, LDR_X1);
    set("store-forward", "7 cycles");
    uint64_t seven = PASS(TIMING_OOO, 128, STR_X1, LDR_X1);
    EXPECT_CYCLES(one, BODY / 2 * (4 + 1));
    EXPECT_EQ(seven - one, BODY / 2 * (7 - 1));
}

/* Also where the first-level TLB does not know its page, and that is not where its address says. */
TEST(a_load_takes_from_the_store_beyond_the_TLB)
{
    mapped = true;
    lab();
    uint64_t one = PASS(TIMING_OOO, 128, STR_X1, LDR_X9_X7, LDR_X1);
    set("store-forward", "7 cycles");
    uint64_t seven = PASS(TIMING_OOO, 128, STR_X1, LDR_X9_X7, LDR_X1);
    mapped = false;
    EXPECT_CYCLES(one, BODY / 3 * (4 + 1));
    EXPECT_EQ(seven - one, BODY / 3 * (7 - 1));
}

/* Branches over nothing, taken by the bits of a shift register with feedback. */
TEST(a_misprediction_has_its_penalty)
{
    static const uint32_t code[] = {
        0xd2b6a5c0, 0xf2824680, /* mov x0, #... */
        0xca401c00,             /* 1: eor x0, x0, x0, lsr #7 */
        0xca002400,             /* eor x0, x0, x0, lsl #9 */
        0xca402000,             /* eor x0, x0, x0, lsr #8 */
        0x36000040,             /* tbz w0, #0, 2f */
        0xd503201f,             /* nop */
        0x17fffffb,             /* 2: b 1b */
    };
    uint64_t cycles[2], wrong[2];
    for (unsigned i = 0; i < 2; i++) {
        lab(), set("mispredict", i ? "50 cycles" : "10 cycles");
        struct machine *m = new_machine(TIMING_OOO);
        if (!phys_copy_in(&m->mem, RAM, code, sizeof code))
            exit(1);
        cycles[i] = cycles_at(m, 60000);
        wrong[i] = timing_event(m->cpus[0], TE_BR_MIS_PRED_RETIRED);
    }
    EXPECT_EQ(wrong[0], wrong[1]);
    EXPECT(wrong[0] > 2000);
    uint64_t more = cycles[1] - cycles[0];
    EXPECT(more > 39 * wrong[0] && more <= 40 * wrong[0]);
}

TEST(synchronisation_has_its_parameter)
{
    lab(), set("isb", "10 cycles");
    uint64_t ten = PASS(TIMING_OOO, 128, ISB, NOP, NOP, NOP);
    lab(), set("isb", "30 cycles");
    EXPECT_EQ(PASS(TIMING_OOO, 128, ISB, NOP, NOP, NOP) - ten, 20 * BODY / 4);
    lab(), set("msr", "10 cycles");
    ten = PASS(TIMING_OOO, 128, MSR, NOP, NOP, NOP);
    lab(), set("msr", "30 cycles");
    EXPECT_EQ(PASS(TIMING_OOO, 128, MSR, NOP, NOP, NOP) - ten, 20 * BODY / 4);
}

TEST(movprfx_is_fused)
{
    lab(), add("class sve.* : latency 2 uops 1 use FP0");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, MOVPRFX, ADD_Z), BODY / 2);
    set("movprfx", "0 number");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, MOVPRFX, ADD_Z), BODY);
}

TEST(long_vectors_take_several_passes)
{
    lab(), add("class sve.* : latency 2 uops 1 use FP0 scales");
    EXPECT_CYCLES(PASS(TIMING_OOO, 128, ADD_Z4), BODY);
    EXPECT_CYCLES(PASS(TIMING_OOO, 256, ADD_Z4), BODY);
    EXPECT_CYCLES(PASS(TIMING_OOO, 384, ADD_Z4), 2 * BODY);
    EXPECT_CYCLES(PASS(TIMING_OOO, 512, ADD_Z4), 2 * BODY);
    EXPECT_CYCLES(PASS(TIMING_OOO, 2048, ADD_Z4), 8 * BODY);
    lab(), set("vector", "128 bits");
    EXPECT_CYCLES(PASS(TIMING_OOO, 512, ADD_Z4), 2 * BODY); /* four on two ports */
}

TEST_MAIN
