/* Checkpoints: from each of them the machine comes to the states that it was in before. */
#include "core/console_line.h"
#include "core/snapshot.h"
#include "tests/core/two_cpus.h"

enum { MiB = 1 << 20, RUNS = 40, STEP = 5000, INTERVAL = 12000 };

/* What a machine without checkpoints does: its hash after each of RUNS steps. */
static struct {
    uint64_t position, hash;
} course[RUNS];

static uint64_t position(const struct machine *m)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < m->cpu_count; i++)
        sum += cpu_icount(m->cpus[i]);
    return sum;
}

static void run_course(struct machine *m, unsigned from, bool first)
{
    for (unsigned i = from; i < RUNS; i++) {
        run(m, STEP);
        if (first)
            course[i].position = position(m), course[i].hash = state_hash(m);
        EXPECT_EQ(position(m), course[i].position);
        EXPECT_EQ(state_hash(m), course[i].hash);
    }
}

/* Go back to the last checkpoint before the end of step n and forward from there, by the same steps: --max-insns ends a
 * quantum. */
static void go_to(struct machine *m, unsigned n)
{
    uint64_t want = course[n].position;
    EXPECT(checkpoint_restore(m, want));
    EXPECT(position(m) <= want);
    for (unsigned i = 0; i <= n; i++)
        if (position(m) < course[i].position)
            run(m, course[i].position - position(m));
    EXPECT_EQ(position(m), want);
    EXPECT_EQ(state_hash(m), course[n].hash);
}

TEST(the_same_states_back_and_forth)
{
    struct machine *plain = machine(), *m = machine();
    run_course(plain, 0, true);
    EXPECT(checkpoints_start(m, INTERVAL, 64 * MiB));
    EXPECT(checkpoints_on(m) && checkpoint_oldest(m) == 0);
    run_course(m, 0, false);
    static const unsigned places[] = { 39, 0, 20, 19, 21, 38, 5, 4, 30, 1, 39 };
    for (unsigned i = 0; i < sizeof places / sizeof places[0]; i++)
        go_to(m, places[i]);
    go_to(m, 7);
    run_course(m, 8, false); /* over later checkpoints and beyond */
    checkpoints_stop(m);
    EXPECT(!checkpoints_on(m) && !checkpoint_restore(m, 0));
}

TEST(thinned_out_but_right)
{
    struct machine *m = machine();
    EXPECT(checkpoints_start(m, 3000, 300000));
    for (unsigned round = 0; round < 3; round++) {
        run_course(m, round ? 12 : 0, false);
        EXPECT(checkpoint_oldest(m) <= course[RUNS - 1].position);
        for (unsigned n = RUNS; n-- > 12;)
            if (checkpoint_oldest(m) <= course[n].position)
                go_to(m, n);
        EXPECT(checkpoint_oldest(m) <= course[12].position || round);
        if (checkpoint_oldest(m) > course[11].position)
            break;
        go_to(m, 11);
    }
}

TEST(before_the_oldest_there_is_nothing)
{
    struct machine *m = machine();
    run(m, 10000);
    EXPECT(checkpoints_start(m, INTERVAL, 64 * MiB));
    uint64_t hash = state_hash(m);
    EXPECT(!checkpoint_restore(m, checkpoint_oldest(m) - 1));
    EXPECT_EQ(state_hash(m), hash);
}

/* Somebody changes memory by hand: later checkpoints are not true any more. */
TEST(another_course)
{
    struct machine *m = machine();
    EXPECT(checkpoints_start(m, INTERVAL, 64 * MiB));
    run_course(m, 0, false);
    go_to(m, 10);
    EXPECT(phys_write(&m->mem, NULL, RAM + 0x100000, 8, 1));
    checkpoints_diverge(m);
    uint64_t hash[RUNS], at[RUNS];
    for (unsigned i = 11; i < RUNS; i++) {
        run(m, STEP);
        hash[i] = state_hash(m), at[i] = position(m);
        EXPECT(hash[i] != course[i].hash);
    }
    EXPECT(checkpoint_restore(m, at[20]));
    for (unsigned i = 11; i < RUNS; i++)
        if (position(m) < at[i]) {
            run(m, at[i] - position(m));
            EXPECT_EQ(state_hash(m), hash[i]);
        }
}

TEST(a_snapshot_loaded_starts_anew)
{
    struct machine *m = machine();
    const char *error;
    char path[] = "/tmp/svemu-checkpoint-XXXXXX";
    int fd = mkstemp(path);
    EXPECT(fd >= 0);
    run(m, 5000);
    EXPECT(snapshot_save(m, path, &error));
    EXPECT(checkpoints_start(m, INTERVAL, 64 * MiB));
    run(m, 50000);
    uint64_t hash = state_hash(m);
    EXPECT(snapshot_load(m, path, &error));
    EXPECT_EQ(checkpoint_oldest(m), position(m));
    run(m, 50000);
    EXPECT_EQ(state_hash(m), hash);
    remove(path);
}

/* ---- The serial port's line ---- */

static unsigned given, shown;
static size_t give(uint8_t *bytes, size_t len)
{
    (void)len;
    *bytes = (uint8_t)++given;
    return 1;
}
static void show(const uint8_t *bytes, size_t len) { (void)bytes, shown += (unsigned)len; }

TEST(input_is_given_again_and_output_not_shown_again)
{
    struct machine *m = machine();
    uint8_t byte, again;
    console_input = give, console_output = show;
    given = shown = 0;
    run(m, 1000);
    EXPECT(checkpoints_start(m, INTERVAL, 64 * MiB));
    EXPECT(line_read(m, &byte) && byte == 1);
    line_write(m, 'a'), line_write(m, 'b');
    EXPECT(checkpoint_restore(m, position(m)));
    EXPECT(line_read(m, &again) && again == 1);
    EXPECT(line_read(m, &again) && again == 2); /* live again */
    line_write(m, 'a'), line_write(m, 'b'), line_write(m, 'c');
    EXPECT_EQ(given, 2);
    EXPECT_EQ(shown, 3);
    EXPECT(checkpoint_restore(m, position(m)));
    checkpoints_diverge(m); /* another future: everything is new */
    EXPECT(line_read(m, &again) && again == 3);
    line_write(m, 'x');
    EXPECT_EQ(shown, 4);
}

TEST_MAIN
