/* How many cycles a basic block takes. Jobs come from standard input, one a line:
 *     MODEL fast|inorder|ooo|costs VL [setup WORD... body] WORD WORD ...
 * MODEL: one of --list-models, or a model file (a name with a '/'). VL in bits. WORDs: A64 instructions in hexadecimal.
 * The words of the body are repeated without a loop around them, so that nothing but they is measured; branches in it
 * are taken or not as they are, so they must lead to the word behind them. Those of the setup run once before.
 *
 * For each job one line comes back:
 *     CYCLES cycles UOPS uops INSNS insns [EVENT N]...
 * of one repetition, events as far as there are any: what was not in the L1 data cache or was mispredicted, which a
 * measurement should not have; or a line "error: TEXT". costs: nothing runs, and the line has what the model says of
 * each word, "LATENCY cycles APART apart UOPS uops by SOURCE", with commas between them.
 *
 * The machine has one CPU with all features, at EL1, its memory Normal and cacheable and mapped by one block. Before
 * each run: x0 to x15, x29 and SP point to buffers of their own, 5120 bytes apart, every doubleword of which holds the
 * buffer's own address, so that a load of it into its base is a pointer chase; x16 to x28 and x30 hold their own
 * numbers; every doubleword of z0 to z31 is 1.0 in double precision; every predicate and FFR is all true. Cycles are
 * the difference between N and N/2 repetitions from an empty pipeline, after runs that warmed caches and predictors. */
#include "core/machine.h"
#include "core/stops.h"
#include "core/timing.h"
#include "core/timing_file.h"
#include "core/timing_model.h"
#include "devices/device.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RAM = 0x40000000, RAM_SIZE = 1 << 20, TABLE = RAM + 0x1000, BUFFERS = RAM + 0x40000, BUFFER_STEP = 4096 + 1024 };
enum { BUFFERS_SIZE = 0x20000, CODE = RAM + 0x80000, CODE_WORDS = 0x4000, MAX_WORDS = 512 };
/* So many words at least in half of the repetitions, and so many repetitions: more than a reorder buffer holds. */
enum { HALF_WORDS = 384, HALF_REPEATS = 24, WARM_RUNS = 3 };

struct job {
    char model[256];
    enum timing_mode mode;
    bool costs;
    unsigned vl;
    uint32_t setup[MAX_WORDS], body[MAX_WORDS];
    unsigned setups, words;
};

struct result {
    double cycles, uops, l1d_refills, mispredicts;
};

static char error[512];

static bool fail(const char *format, const char *what)
{
    snprintf(error, sizeof error, format, what);
    return false;
}

/* ---- Jobs ---- */

static bool parse_mode(const char *text, enum timing_mode *mode)
{
    static const char *const names[] = { "fast", "inorder", "ooo" };
    for (unsigned i = 0; i < 3; i++)
        if (!strcmp(text, names[i])) {
            *mode = (enum timing_mode)i;
            return true;
        }
    return fail("no timing '%s' (fast, inorder, ooo or costs)", text);
}

static bool parse_words(struct job *j)
{
    bool setup = false;

    for (const char *t = strtok(NULL, " \t\n"); t; t = strtok(NULL, " \t\n")) {
        char *end;
        unsigned long word = strtoul(t, &end, 16);
        if (!strcmp(t, "setup") || !strcmp(t, "body"))
            setup = *t == 's';
        else if (*end || word > UINT32_MAX)
            return fail("no word in hexadecimal: '%s'", t);
        else if ((setup ? j->setups : j->words) == MAX_WORDS)
            return fail("too many words%s", "");
        else if (setup)
            j->setup[j->setups++] = (uint32_t)word;
        else
            j->body[j->words++] = (uint32_t)word;
    }
    return j->words > 0 || fail("no words%s", "");
}

static bool parse_job(char *line, struct job *j)
{
    const char *model = strtok(line, " \t\n"), *mode = strtok(NULL, " \t\n"), *vl = strtok(NULL, " \t\n");

    memset(j, 0, sizeof *j);
    if (!model || !mode || !vl || strlen(model) >= sizeof j->model)
        return fail("a job is MODEL fast|inorder|ooo VL WORD...%s", "");
    strcpy(j->model, model);
    j->vl = (unsigned)strtoul(vl, NULL, 10);
    if (j->vl == 0 || j->vl % 128 || j->vl > MAX_VL_BITS)
        return fail("no vector length: '%s'", vl);
    j->costs = !strcmp(mode, "costs");
    return (j->costs || parse_mode(mode, &j->mode)) && parse_words(j);
}

/* ---- Models ---- */

/* A model file's, of which the last is kept. */
static struct timing_model *model_from_file(const char *name)
{
    static char text[1 << 20], kept[256];
    static struct timing_model *model;

    if (model && !strcmp(name, kept))
        return model;
    FILE *file = fopen(name, "r");
    if (!file) {
        fail("cannot read %s", name);
        return NULL;
    }
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    timing_model_free(model);
    model = timing_model_parse(name, text, size, error, sizeof error);
    snprintf(kept, sizeof kept, "%s", name);
    return model;
}

static struct timing_model *model_of(const char *name)
{
    if (strchr(name, '/'))
        return model_from_file(name);
    struct timing_model *model = timing_model_builtin(name);
    if (!model)
        fail("there is no model %s", name);
    return model;
}

/* ---- The machine ---- */

static struct machine *new_machine(unsigned vl)
{
    const struct machine_options opt = { .smp = 1, .memory = RAM_SIZE, .quantum_ns = 1000000, .code_cache = 1 << 20 };
    static struct cpu_config config;

    memset(&config, 0, sizeof config);
    if (!feature_defaults("max", &config))
        return NULL;
    config.mpidr = BIT(31);
    config.clock_hz = 1000000000;
    config.vq_set = (uint16_t)((1u << vl / 128) - 1);
    struct machine *m = machine_create(&opt, &config);
    if (!m || !board_create(m))
        return NULL;
    board_reset(m);
    m->entry = CODE;
    machine_reset(m);
    return m;
}

static void put(struct machine *m, uint64_t pa, const void *data, size_t size)
{
    if (!phys_copy_in(&m->mem, pa, data, size))
        abort();
}

/* EL1 with FP and SVE, the gigabyte that RAM is in mapped as Normal memory by a block of level 1 of a 39-bit space. */
static void prepare_context(struct machine *m, unsigned vl)
{
    struct cpu *cpu = m->cpus[0];
    const uint64_t block = RAM | BIT(10) | 3 << 8 | 1;

    put(m, TABLE + 8, &block, sizeof block);
    cpu_set_el_sp(cpu, EL1, 1);
    cpu->sysreg[SR_HCR_EL2] = HCR_RW | HCR_API | HCR_APK;
    cpu->sysreg[SR_CPTR_EL2] = 0x32ff;
    cpu->sysreg[SR_CPACR_EL1] = 0x330000;
    cpu->sysreg[SR_ZCR_EL1] = cpu->sysreg[SR_ZCR_EL2] = vl / 128 - 1;
    cpu->sysreg[SR_MAIR_EL1] = 0xff;
    cpu->sysreg[SR_TTBR0_EL1] = TABLE;
    cpu->sysreg[SR_TCR_EL1] = 25 | 1 << 8 | 1 << 10 | 3 << 12 | BIT(23) | UINT64_C(2) << 32;
    cpu->sysreg[SR_SCTLR_EL1] = 0x30d00800 | 1 << 12 | 1 << 2 | 1;
    cpu_update_traps(cpu);
    mmu_context_changed(cpu);
}

static uint64_t buffer(unsigned n) { return BUFFERS + (uint64_t)n * BUFFER_STEP; }

static void reset_state(struct machine *m)
{
    struct cpu *cpu = m->cpus[0];
    static uint64_t memory[BUFFERS_SIZE / 8];
    const double one = 1.0;

    for (size_t i = 0; i < sizeof memory / sizeof *memory; i++)
        memory[i] = buffer((unsigned)(i * 8 / BUFFER_STEP));
    put(m, BUFFERS, memory, sizeof memory);
    for (unsigned i = 0; i < 31; i++)
        cpu->gpr[i] = i < 16 ? buffer(i) : i == 29 ? buffer(16) : i;
    cpu->gpr[SP_SLOT] = buffer(18); /* there is as much room below it */
    for (unsigned i = 0; i < 32; i++)
        for (unsigned b = 0; b < CurrentVL(cpu) / 8; b += 8)
            memcpy(&cpu->z[i][b], &one, 8);
    cpu->z_high = UINT32_MAX;
    memset(cpu->p, 0xff, sizeof cpu->p);
    cpu->pstate.N = cpu->pstate.Z = cpu->pstate.C = cpu->pstate.V = 0;
}

/* Run from CODE on for so many instructions. */
static bool run(struct machine *m, uint64_t insns)
{
    struct cpu *cpu = m->cpus[0];
    const struct stop_point end = { .kind = STOP_AT_PC, .cpu = -1, .address = CODE + 4 * insns },
                            exception = { .kind = STOP_AT_EXCEPTION, .cpu = -1, .ec = -1 };
    unsigned end_point = stop_add(m, &end), exception_point = stop_add(m, &exception);

    cpu->pc = CODE;
    enum stop_reason why = machine_run(m);
    stop_remove(m, end_point);
    stop_remove(m, exception_point);
    if (why == STOP_DEBUG && stop_last(m)->point == end_point)
        return true;
    if (why != STOP_DEBUG)
        return fail("the machine stops: %s", m->stop_text);
    snprintf(error, sizeof error, "word %" PRIu64 " takes an exception: ESR_EL1 %#" PRIx64 ", FAR_EL1 %#" PRIx64,
             (cpu->sysreg[SR_ELR_EL1] - CODE) / 4, cpu->sysreg[SR_ESR_EL1], cpu->sysreg[SR_FAR_EL1]);
    return false;
}

/* Counts of one run: from an empty pipeline behind the setup to the last repetition's end. */
static bool measure_run(struct machine *m, const struct job *j, unsigned repeats, struct result *r)
{
    struct cpu *cpu = m->cpus[0];

    reset_state(m);
    put(m, CODE, j->setup, j->setups * sizeof *j->setup);
    if (j->setups && !run(m, j->setups))
        return false;
    for (unsigned i = 0; i < repeats; i++)
        put(m, CODE + 4 * (uint64_t)i * j->words, j->body, j->words * sizeof *j->body);
    if (cpu->timing)
        timing_stall(cpu, cpu_cycles(cpu));
    r->cycles = (double)cpu_cycles(cpu);
    r->uops = (double)timing_event(cpu, TE_OP_RETIRED);
    r->l1d_refills = (double)timing_event(cpu, TE_L1D_CACHE_REFILL);
    r->mispredicts = (double)timing_event(cpu, TE_BR_MIS_PRED_RETIRED);
    if (!run(m, (uint64_t)repeats * j->words))
        return false;
    r->cycles = (double)cpu_cycles(cpu) - r->cycles;
    r->uops = (double)timing_event(cpu, TE_OP_RETIRED) - r->uops;
    r->l1d_refills = (double)timing_event(cpu, TE_L1D_CACHE_REFILL) - r->l1d_refills;
    r->mispredicts = (double)timing_event(cpu, TE_BR_MIS_PRED_RETIRED) - r->mispredicts;
    return true;
}

/* ---- A job ---- */

static bool measure(struct machine *m, const struct job *j, struct result *r)
{
    unsigned half = (HALF_WORDS + j->words - 1) / j->words;
    struct result shorter;

    half = half < HALF_REPEATS ? HALF_REPEATS : half;
    if (2 * half * j->words > CODE_WORDS)
        return fail("too many words%s", "");
    prepare_context(m, j->vl);
    for (unsigned i = 0; i < WARM_RUNS; i++)
        if (!measure_run(m, j, half, &shorter) || !measure_run(m, j, 2 * half, r))
            return false;
    for (unsigned i = 0; i < 2; i++) /* each behind one that has left the caches as it does */
        if (!measure_run(m, j, half, &shorter))
            return false;
    for (unsigned i = 0; i < 2; i++)
        if (!measure_run(m, j, 2 * half, r))
            return false;
    r->cycles = (r->cycles - shorter.cycles) / half;
    r->uops = (r->uops - shorter.uops) / half;
    return true;
}

static void print_result(const struct job *j, const struct result *r)
{
    printf("%.3f cycles %.3f uops %u insns", r->cycles, r->uops, j->words);
    if (r->l1d_refills > 0)
        printf(" l1d-refills %.0f", r->l1d_refills);
    if (r->mispredicts > 0)
        printf(" mispredicts %.0f", r->mispredicts);
    printf("\n");
}

/* Cycles after which another one of the same can begin: those that any set of ports must give to the micro-operations
 * that have no other port, by the number of ports in it. */
static double reciprocal_throughput(const struct timing_model *m, const struct timing_cost *c)
{
    double most = (double)c->uops / (double)m->param[TP_DISPATCH];
    uint32_t all = 0;

    for (unsigned i = 0; i < c->uses; i++)
        all |= (i ? &m->use[c->first + i - 1] : &c->use)->ports;
    for (uint32_t set = all; set; set = (set - 1) & all) {
        double cycles = 0;
        for (unsigned i = 0; i < c->uses; i++) {
            const struct timing_use *u = i ? &m->use[c->first + i - 1] : &c->use;
            cycles += u->ports & ~set ? 0 : u->cycles;
        }
        cycles /= __builtin_popcount(set);
        most = cycles > most ? cycles : most;
    }
    return most;
}

/* What the model says of each word by itself. */
static void print_costs(const struct job *j, struct timing_model *model)
{
    isa_init();
    for (unsigned i = 0; i < j->words; i++) {
        struct op op = { .word = j->body[i], .row = (uint16_t)isa_decode_row(j->body[i]) };
        unsigned vq = j->vl / 128, cost = timing_cost_of(model, &op);
        const struct timing_cost *c = &model->cost[vq][cost];
        printf("%s%u cycles %.3f apart %u uops by %s", i ? ", " : "", c->latency, reciprocal_throughput(model, c),
               c->uops, model->file->line[model->file->origin[cost][vq]].tag);
    }
    printf("\n");
}

static bool do_job(char *line)
{
    static struct job j;
    struct result r;
    bool done = false;

    if (!parse_job(line, &j))
        return false;
    struct timing_model *model = NULL;
    if ((j.costs || j.mode != TIMING_FAST) && !(model = model_of(j.model)))
        return false;
    if (j.costs)
        return print_costs(&j, model), true;
    struct machine *m = new_machine(j.vl);
    if (!m)
        return fail("no memory%s", "");
    timing_switch(m->cpus[0], j.mode, model);
    done = measure(m, &j, &r);
    if (done)
        print_result(&j, &r);
    board_free(m);
    machine_free(m);
    return done;
}

int main(void)
{
    static char line[32 * MAX_WORDS];
    int status = 0;

    while (fgets(line, sizeof line, stdin))
        if (!do_job(line)) {
            printf("error: %s\n", error);
            status = 1;
        }
    return status;
}
