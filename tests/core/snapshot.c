/* Snapshots: what is saved is all there is, what is loaded does the same, and nothing else is believed. */
#include "core/snapshot.h"

#include <sys/stat.h>
#include <unistd.h>

#include "core/exception.h"
#include "core/pages.h"
#include "core/state.h"
#include "core/stats.h"
#include "core/timing.h"
#include "core/timing_model.h"
#include "isa/isa.h"
#include "tests/core/two_cpus.h"

static char path[] = "/tmp/svemu-snapshot-XXXXXX";
static void make_path(void)
{
    static bool made;
    int fd = made ? -1 : mkstemp(path);
    if (fd >= 0)
        close(fd);
    made = true;
}

static void expect_saved(struct machine *m)
{
    const char *error = "";
    make_path();
    if (!snapshot_save(m, path, &error))
        FAIL("not saved: %s", error);
}

static void expect_loaded(struct machine *m)
{
    const char *error = "";
    if (!snapshot_load(m, path, &error))
        FAIL("not loaded: %s", error);
}

TEST(every_field_has_a_row)
{
    struct state_pass s;
    if (!state_layout_hash(machine(), &s))
        FAIL("%s", s.error);
    struct device *dev;
    struct machine *m = machine();
    for (unsigned i = 0; (dev = board_device_at(m, i)); i++)
        if (dev->type->state_size && !dev->type->state)
            FAIL("%s has a state without a table", dev->type->name);
}

/* One whose CPUs have the laboratory's timing model. */
static struct machine *timed_machine(enum timing_mode mode)
{
    struct machine *m = machine();
    isa_init();
    for (unsigned i = 0; i < m->cpu_count; i++) {
        m->config[i].timing_model = timing_model_builtin("lab");
        timing_switch(m->cpus[i], mode, m->config[i].timing_model);
    }
    return m;
}

TEST(a_timing_model_goes_on_as_it_would_have)
{
    struct machine *m = timed_machine(TIMING_OOO), *other = timed_machine(TIMING_FAST);
    run(m, 12345);
    expect_saved(m);
    expect_loaded(other);
    run(m, 54321), run(other, 54321);
    EXPECT_EQ(state_hash(other), state_hash(m));
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(timing_mode(other->cpus[i]), TIMING_OOO);
        EXPECT_EQ(cpu_cycles(other->cpus[i]), cpu_cycles(m->cpus[i]));
        EXPECT(cpu_cycles(m->cpus[i]) != cpu_icount(m->cpus[i]));
    }
}

TEST(time_is_that_of_the_mode_that_was_saved)
{
    struct machine *m = timed_machine(TIMING_FAST), *other = timed_machine(TIMING_OOO);
    run(m, 12345);
    expect_saved(m);
    expect_loaded(other);
    for (unsigned i = 0; i < 2; i++) {
        EXPECT_EQ(cpu_cycles(other->cpus[i]), cpu_cycles(m->cpus[i]));
        EXPECT_EQ(cpu_time(other->cpus[i]), cpu_time(m->cpus[i]));
        EXPECT_EQ(timing_mode(other->cpus[i]), TIMING_FAST);
    }
}

TEST(goes_on_as_it_would_have)
{
    struct machine *m = machine(), *other = machine();
    run(m, 12345);
    expect_saved(m);
    expect_loaded(other);
    EXPECT_EQ(state_hash(other), state_hash(m));
    run(m, 54321), run(other, 54321);
    EXPECT_EQ(state_hash(other), state_hash(m));
    EXPECT(m->cpus[1]->gpr[2] > 1000);
    expect_loaded(m); /* and back, with everything decoded */
    run(m, 54321);
    EXPECT_EQ(state_hash(other), state_hash(m));
}

TEST(saving_changes_nothing)
{
    struct machine *m = machine(), *other = machine();
    run(m, 10000);
    expect_saved(m);
    run(m, 10000);
    run(other, 10000), run(other, 10000);
    EXPECT_EQ(state_hash(other), state_hash(m));
}

struct sum {
    char text[4096];
    size_t used;
};
static void add_row(void *arg, unsigned class, const char *reason, const struct why_cost *c)
{
    struct sum *s = arg;
    s->used += (size_t)snprintf(s->text + s->used, sizeof s->text - s->used, "%u %s %llu %llu %llu %llu %llu\n", class,
                                reason, (unsigned long long)c->count, (unsigned long long)c->returned,
                                (unsigned long long)c->self.cycles, (unsigned long long)c->total.ns,
                                (unsigned long long)c->longest);
}

static struct cpu *exceptions(struct machine *m, unsigned n)
{
    static struct op nop;
    struct cpu *cpu = m->cpus[0];
    cpu->op = cpu->ops = &nop;
    for (unsigned i = 0; i < n; i++) {
        cpu->icount += 10;
        AArch64_SoftwareBreakpoint(cpu, 0);
        cpu->icount += 100;
        AArch64_CallHypervisor(cpu, 0);
    }
    return cpu;
}

/* Exceptions that are being handled: what they have taken is known when they are returned from, also elsewhere. */
TEST(exceptions_not_returned_from_are_kept)
{
    struct machine *m[2] = { machine(), machine() };
    struct sum sum[2] = { 0 };
    exceptions(m[0], 2);
    expect_saved(m[0]);
    expect_loaded(m[1]);
    EXPECT_EQ(m[1]->cpus[0]->stats->open[OPEN_EL2].count, 4);
    for (unsigned i = 0; i < 2; i++) {
        struct cpu *cpu = exceptions(m[i], 1);
        for (unsigned k = 0; k < 6; k++) {
            cpu->icount += 1000;
            AArch64_ExceptionReturn(cpu, 0x5000, 9);
        }
        stats_settle(cpu);
        why_costs(cpu, EL2, 0, add_row, &sum[i]);
    }
    if (strcmp(sum[0].text, sum[1].text))
        FAIL("%s is not %s", sum[1].text, sum[0].text);
    EXPECT(strstr(sum[0].text, "HVC instruction 3 3 "));
    EXPECT(strstr(sum[0].text, "BRK instruction 3 3 "));
}

/* What the host has read and the guest has not taken. */
static char waiting[8], brought[8];
static size_t peek(uint8_t *bytes, size_t len)
{
    size_t n = strlen(waiting) < len ? strlen(waiting) : len;
    memcpy(bytes, waiting, n);
    return n;
}
static void put_back(const uint8_t *bytes, size_t len) { snprintf(brought, sizeof brought, "%.*s", (int)len, bytes); }

TEST(input_on_its_way_is_kept)
{
    struct machine *m = machine();
    console_pending = peek, console_put_back = put_back;
    strcpy(waiting, "ls\n");
    expect_saved(m);
    strcpy(waiting, "");
    expect_loaded(m);
    EXPECT(!strcmp(brought, "ls\n"));
}

/* ---- Files that are not right ---- */

static uint8_t *contents;
static size_t length;

static void read_back(void)
{
    FILE *f = fopen(path, "rb");
    struct stat st;
    if (!f || stat(path, &st))
        exit(1);
    length = (size_t)st.st_size;
    contents = realloc(contents, length);
    if (!contents || fread(contents, 1, length, f) != length)
        exit(1);
    fclose(f);
}

static void write_back(size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(contents, 1, size, f) != size)
        exit(1);
    fclose(f);
}

static uint64_t next;
static uint64_t random_below(uint64_t n)
{
    next = next * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (next >> 16) % n;
}

static void expect_refused(struct machine *m, const char *what, size_t where)
{
    const char *error = "";
    if (snapshot_load(m, path, &error))
        FAIL("%s at %zu of %zu: it was loaded", what, where, length);
    else if (!*error || strlen(error) > 250)
        FAIL("%s at %zu: no sentence", what, where);
}

TEST(a_thousand_damaged_files)
{
    struct machine *m = machine();
    run(m, 3000);
    expect_saved(m);
    read_back();
    run(m, 3000);
    uint64_t before = state_hash(m);
    for (unsigned i = 0; i < 1000; i++) {
        size_t at = (size_t)random_below(i % 4 ? length : 200);
        if (i % 2) {
            write_back(at);
            expect_refused(m, "cut off", at);
        } else {
            uint8_t bit = (uint8_t)(1u << random_below(8));
            contents[at] ^= bit;
            write_back(length);
            expect_refused(m, "a bit changed", at);
            contents[at] ^= bit;
        }
    }
    EXPECT_EQ(state_hash(m), before);
    write_back(length);
    expect_loaded(m);
}

TEST(another_machine)
{
    struct machine *m = machine(), *one = new_machine(1, RAM_SIZE), *big = new_machine(2, 2 * RAM_SIZE);
    const char *error = "";
    free_after_test(drop_machine, one);
    free_after_test(drop_machine, big);
    expect_saved(m);
    EXPECT(!snapshot_load(one, path, &error) && strstr(error, "number of CPUs"));
    EXPECT(!snapshot_load(big, path, &error) && strstr(error, "size of memory"));
}

TEST(files_that_are_none)
{
    struct machine *m = machine();
    const char *error = "";
    EXPECT(!snapshot_load(m, "/nowhere/at/all", &error) && strstr(error, "cannot be read"));
    EXPECT(!snapshot_load(m, "/tmp", &error) && strstr(error, "not a file"));
    EXPECT(!snapshot_load(m, "/dev/null", &error) && strstr(error, "not a file"));
    EXPECT(!snapshot_save(m, "/nowhere/at/all", &error) && strstr(error, "cannot be written"));
}

/* ---- States that are not right, in files that are ---- */

/* Random bytes of a saved state, checked and, if they pass, loaded and run: whatever happens then is the guest's own
 * misfortune. */
/* States with bytes that are others, of which those that are accepted do no harm. */
static void mutate(struct machine *m, unsigned times)
{
    struct state_pass saved = { .mode = STATE_SAVE };
    unsigned loaded = 0;
    run(m, 5000);
    machine_state(&saved, m);
    EXPECT(!saved.failed);
    uint8_t *copy = malloc(saved.used);
    for (unsigned i = 0; copy && i < times; i++) {
        memcpy(copy, saved.data, saved.used);
        for (unsigned n = 0; n < 1 + i % 3; n++)
            copy[random_below(saved.used)] = (uint8_t)(i % 2 ? random_below(256) : 0xff);
        struct state_pass check = { .mode = STATE_CHECK, .data = copy, .size = saved.used };
        machine_state(&check, m);
        if (check.failed)
            continue;
        struct state_pass load = { .mode = STATE_LOAD, .data = copy, .size = saved.used };
        machine_state(&load, m);
        EXPECT(!load.failed);
        loaded++;
        m->opt.max_insns = m->insns_left = 500;
        machine_run(m);
    }
    EXPECT(loaded > times / 30);
    free(copy);
    free(saved.data);
}

TEST(states_that_nobody_had) { mutate(machine(), 3000); }
TEST(states_that_no_timing_model_had) { mutate(timed_machine(TIMING_OOO), 500); }

int main(void)
{
    int status = test_main();
    unlink(path);
    free(contents);
    return status;
}
