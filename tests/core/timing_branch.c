/* Branch prediction: what a predictor of its kind must learn, what it cannot, and that it is the same after a snapshot.
 */
#include "core/timing_branch.h"

#include "core/state.h"
#include "core/timing_model.h"
#include "tests/harness.h"

enum { CODE = 0x400100, TARGET = 0x400800 };

static struct timing_model model(unsigned tables)
{
    struct timing_model m = { .name = "test" };
    m.param[TP_BTB] = 1024;
    m.param[TP_BTB_WAYS] = 4;
    m.param[TP_RAS] = 8;
    m.param[TP_INDIRECT] = 512;
    m.param[TP_TAGE_TABLES] = tables;
    m.param[TP_DIRECTION] = 4096;
    m.param[TP_HISTORY] = 128;
    return m;
}
static void free_predictor(void *t) { timing_branch_free(t); }
static struct timing_branch *with(const struct timing_model *m)
{
    struct timing_branch *t = timing_branch_create(m);
    if (!t)
        abort();
    free_after_test(free_predictor, t);
    return t;
}
static struct timing_branch *tage(void)
{
    struct timing_model m = model(5);
    return with(&m);
}
static struct timing_branch *gshare(void)
{
    struct timing_model m = model(0);
    return with(&m);
}

static uint64_t random_state;
static unsigned random_bit(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state >> 33 & 1;
}

static bool wrong(struct timing_branch *t, uint64_t pc, bool taken)
{
    return timing_branch_predict(t, pc, BRANCH_CONDITIONAL, taken, taken ? pc + 0x40 : pc + 4) == BRANCH_WRONG;
}
static enum branch_outcome go(struct timing_branch *t, uint64_t pc, enum branch_kind kind, uint64_t target)
{
    return timing_branch_predict(t, pc, kind, true, target);
}

TEST(a_biased_branch_is_wrong_once)
{
    struct timing_branch *t = tage();
    unsigned wrongs = 0;
    for (unsigned i = 0; i < 1000; i++)
        wrongs += wrong(t, CODE, true);
    EXPECT_EQ(wrongs, 1);
    for (unsigned i = 0; i < 1000; i++)
        wrongs += wrong(t, CODE + 4, false);
    EXPECT_EQ(wrongs, 1);
}

/* A loop of n iterations is left by a branch that was taken n - 1 times: the history has to reach back. */
static unsigned loop_exits(struct timing_branch *t, unsigned n, unsigned warm, unsigned times)
{
    unsigned wrongs = 0;
    for (unsigned i = 0; i < warm + times; i++)
        for (unsigned k = 0; k < n; k++)
            wrongs += wrong(t, CODE, k + 1 < n) && i >= warm;
    return wrongs;
}
TEST(loops_shorter_than_the_history_are_learnt)
{
    static const unsigned trips[] = { 2, 3, 5, 8, 16, 31, 60, 100 };
    for (unsigned i = 0; i < sizeof trips / sizeof *trips; i++) {
        unsigned wrongs = loop_exits(tage(), trips[i], 200, 200);
        if (wrongs > 4)
            FAIL("a loop of %u: %u of 200 exits mispredicted", trips[i], wrongs);
    }
}
TEST(a_loop_longer_than_the_history_is_mispredicted_once_each_time)
{
    unsigned wrongs = loop_exits(tage(), 1000, 20, 100);
    EXPECT(wrongs >= 95 && wrongs <= 105);
}

static unsigned pattern(struct timing_branch *t, const char *bits, unsigned warm, unsigned times)
{
    unsigned wrongs = 0, length = (unsigned)strlen(bits);
    for (unsigned i = 0; i < warm + times; i++)
        wrongs += wrong(t, CODE, bits[i % length] == '1') && i >= warm;
    return wrongs;
}
TEST(periodic_patterns)
{
    EXPECT_EQ(pattern(tage(), "10", 200, 1000), 0);
    EXPECT_EQ(pattern(tage(), "110", 300, 1000), 0);
    EXPECT_EQ(pattern(tage(), "1101000", 1000, 1000), 0);
    EXPECT(pattern(tage(), "110100011110101100001110", 3000, 1000) < 10);
    EXPECT_EQ(pattern(gshare(), "10", 200, 1000), 0);
    EXPECT(pattern(gshare(), "1101000", 1000, 1000) < 10);
}

TEST(a_branch_that_repeats_another_one)
{
    struct timing_branch *t = tage();
    unsigned wrongs = 0, both = 0;
    random_state = 1;
    for (unsigned i = 0; i < 6000; i++) {
        bool a = random_bit(), b = random_bit();
        wrong(t, CODE, a);
        wrong(t, CODE + 0x20, b);
        wrongs += wrong(t, CODE + 0x40, a) && i >= 3000;
        both += wrong(t, CODE + 0x60, a ^ b) && i >= 3000;
    }
    EXPECT(wrongs < 300); /* the random ones take entries from those that could be right */
    EXPECT(both < 300);
}

/* Correlated with what was 40 branches ago, all between being always taken. */
TEST(long_histories)
{
    struct timing_branch *t = tage();
    unsigned wrongs = 0;
    random_state = 2;
    for (unsigned i = 0; i < 3000; i++) {
        bool a = random_bit();
        wrong(t, CODE, a);
        for (unsigned k = 0; k < 40; k++)
            wrong(t, CODE + 0x100, k < 39);
        wrongs += wrong(t, CODE + 0x200, a) && i >= 1500;
    }
    EXPECT(wrongs < 60);
}

TEST(random_branches_are_half_wrong)
{
    for (unsigned tables = 0; tables <= 8; tables += 4) {
        struct timing_model m = model(tables);
        struct timing_branch *t = with(&m);
        unsigned wrongs = 0;
        random_state = 3;
        for (unsigned i = 0; i < 10000; i++)
            wrongs += wrong(t, CODE, random_bit());
        if (wrongs < 4500 || wrongs > 5500)
            FAIL("%u tables: %u of 10000", tables, wrongs);
    }
}

TEST(a_branch_of_nine_in_ten_costs_about_that)
{
    struct timing_branch *t = tage();
    unsigned wrongs = 0, other = 0;
    random_state = 4;
    for (unsigned i = 0; i < 20000; i++) {
        bool rare = (random_bit() & random_bit() & random_bit()) != 0;
        other += rare;
        wrongs += wrong(t, CODE, !rare);
    }
    EXPECT(wrongs < other + other / 2);
}

TEST(direct_targets_come_from_decoding_once)
{
    struct timing_branch *t = tage();
    EXPECT_EQ(go(t, CODE, BRANCH_DIRECT, TARGET), BRANCH_BUBBLE);
    EXPECT_EQ(go(t, CODE, BRANCH_DIRECT, TARGET), BRANCH_RIGHT);
    EXPECT_EQ(go(t, CODE, BRANCH_DIRECT, TARGET + 4), BRANCH_BUBBLE); /* code was modified */
    EXPECT_EQ(go(t, CODE, BRANCH_CALL, TARGET + 4), BRANCH_RIGHT);
}

/* Four ways of 256 sets: a fifth branch in a set drives out the one that was used longest ago. */
TEST(the_target_buffer_has_sets_and_ways)
{
    struct timing_branch *t = tage();
    enum { SETS = 256 * 4 };
    for (unsigned i = 0; i < 4; i++)
        EXPECT_EQ(go(t, CODE + i * SETS, BRANCH_DIRECT, TARGET), BRANCH_BUBBLE);
    for (unsigned i = 0; i < 4; i++)
        EXPECT_EQ(go(t, CODE + i * SETS, BRANCH_DIRECT, TARGET), BRANCH_RIGHT);
    EXPECT_EQ(go(t, CODE, BRANCH_DIRECT, TARGET), BRANCH_RIGHT);
    EXPECT_EQ(go(t, CODE + 4 * SETS, BRANCH_DIRECT, TARGET), BRANCH_BUBBLE);
    EXPECT_EQ(go(t, CODE, BRANCH_DIRECT, TARGET), BRANCH_RIGHT);
    EXPECT_EQ(go(t, CODE + 1 * SETS, BRANCH_DIRECT, TARGET), BRANCH_BUBBLE);
    /* 1024 branches one after the other fit, 1280 do not. */
    for (unsigned n = 1024; n <= 1280; n += 256) {
        unsigned missed = 0;
        for (unsigned i = 0; i < 2 * n; i++)
            missed += go(t, CODE + i % n * 4, BRANCH_DIRECT, TARGET) == BRANCH_BUBBLE && i >= n;
        EXPECT_EQ(missed, n == 1024 ? 0 : 1280);
    }
}

TEST(all_entries_of_a_buffer_that_is_no_power_of_two)
{
    struct timing_model m = model(5);
    m.param[TP_BTB] = 1536;
    struct timing_branch *t = with(&m);
    unsigned missed = 0;
    for (unsigned i = 0; i < 2 * 1536; i++)
        missed += go(t, CODE + i % 1536 * 4, BRANCH_DIRECT, TARGET) == BRANCH_BUBBLE && i >= 1536;
    EXPECT_EQ(missed, 0);
}

/* Calls of depth n and their returns, one function each. */
static unsigned returns_wrong(struct timing_branch *t, unsigned depth, unsigned turn)
{
    unsigned wrongs = 0;
    for (unsigned i = 0; i < depth; i++)
        go(t, CODE + i * 0x100 + turn * 8, i % 2 ? BRANCH_CALL : BRANCH_INDIRECT_CALL, CODE + (i + 1) * 0x100);
    for (unsigned i = depth; i-- > 0;)
        wrongs += go(t, CODE + i * 0x100 + 0x80, BRANCH_RETURN, CODE + i * 0x100 + turn * 8 + 4) != BRANCH_RIGHT;
    return wrongs;
}
TEST(returns_as_deep_as_the_stack)
{
    struct timing_branch *t = tage();
    for (unsigned turn = 0; turn < 10; turn++)
        for (unsigned depth = 1; depth <= 8; depth++)
            EXPECT_EQ(returns_wrong(t, depth, turn), 0);
    /* Deeper: the innermost eight are right, the others were lost; each time from another place, so that the target
     * buffer cannot know either. */
    for (unsigned turn = 0; turn < 10; turn++)
        EXPECT_EQ(returns_wrong(t, 12, turn), 4);
    EXPECT_EQ(returns_wrong(t, 3, 0), 0);
    /* From the same place it does. */
    EXPECT_EQ(returns_wrong(t, 12, 0), 4);
    EXPECT_EQ(returns_wrong(t, 12, 0), 0);
}

/* A switch in a loop whose cases come in a fixed order: the last target alone is always wrong. */
static unsigned switch_wrong(struct timing_branch *t, unsigned cases, bool random)
{
    unsigned wrongs = 0;
    random_state = 5;
    for (unsigned i = 0; i < 4000; i++) {
        unsigned n = random ? random_bit() + 2 * random_bit() : i % cases;
        wrongs += go(t, CODE, BRANCH_INDIRECT, TARGET + n * 0x40) == BRANCH_WRONG && i >= 2000;
        wrong(t, CODE + 0x80, true);
    }
    return wrongs;
}
TEST(indirect_branches)
{
    EXPECT_EQ(switch_wrong(tage(), 1, false), 0);
    EXPECT(switch_wrong(tage(), 2, false) < 10);
    EXPECT(switch_wrong(tage(), 5, false) < 20);
    EXPECT(switch_wrong(tage(), 12, false) < 40);
    unsigned wrongs = switch_wrong(tage(), 4, true);
    EXPECT(wrongs > 1200 && wrongs < 1800); /* three in four */
}

TEST(an_indirect_target_decided_by_a_branch)
{
    struct timing_branch *t = tage();
    unsigned wrongs = 0;
    random_state = 6;
    for (unsigned i = 0; i < 4000; i++) {
        bool a = random_bit();
        wrong(t, CODE, a);
        wrongs += go(t, CODE + 0x40, BRANCH_INDIRECT_CALL, TARGET + a * 0x400) == BRANCH_WRONG && i >= 2000;
        go(t, TARGET, BRANCH_RETURN, CODE + 0x44);
    }
    EXPECT(wrongs < 100);
}

/* After an exception the same branches are met with the same history. */
TEST(an_exception_begins_a_new_history)
{
    struct timing_branch *t = tage();
    unsigned wrongs = 0;
    random_state = 7;
    for (unsigned i = 0; i < 600; i++) {
        for (unsigned k = 0; k < 7; k++)
            wrong(t, CODE + k * 8, random_bit());
        go(t, CODE + 0x100, BRANCH_CALL, TARGET);
        timing_branch_redirect(t);
        for (unsigned k = 0; k < 20; k++)
            wrongs += wrong(t, CODE + 0x1000, (0xb6e3du >> k & 1) != 0) && i >= 500;
        timing_branch_redirect(t);
        wrongs += go(t, TARGET + 8, BRANCH_RETURN, CODE + 0x104) == BRANCH_WRONG;
    }
    EXPECT(wrongs < 20);
}

/* Any bytes in a snapshot are harmless, those it has itself go on exactly. */
static uint64_t stir(struct timing_branch *t, unsigned n)
{
    uint64_t h = 0;
    for (unsigned i = 0; i < n; i++) {
        unsigned kind = (unsigned)(random_state >> 20) % 6;
        uint64_t pc = CODE + (random_state >> 40 & 0xff) * 4;
        bool taken = kind != BRANCH_CONDITIONAL || random_bit();
        random_bit();
        h = h * 3 + timing_branch_predict(t, pc, kind, taken, taken ? pc + (random_state & 0x1c) * 16 : pc + 4);
        if (i % 1000 == 999)
            timing_branch_redirect(t);
    }
    return h;
}
TEST(a_snapshot_goes_on_the_same)
{
    struct timing_branch *t = tage(), *u = tage();
    struct state_pass save = { .mode = STATE_SAVE };
    random_state = 8;
    stir(t, 20000);
    timing_branch_visit(&save, t);
    struct state_pass check = { .mode = STATE_CHECK, .data = save.data, .size = save.used };
    timing_branch_visit(&check, u);
    EXPECT(!check.failed);
    EXPECT_EQ(check.used, save.used);
    struct state_pass load = { .mode = STATE_LOAD, .data = save.data, .size = save.used };
    timing_branch_visit(&load, u);
    uint64_t seed = random_state, first = stir(t, 20000);
    random_state = seed;
    EXPECT_EQ(stir(u, 20000), first);
    struct state_pass a = { .mode = STATE_HASH }, b = { .mode = STATE_HASH };
    timing_branch_visit(&a, t);
    timing_branch_visit(&b, u);
    EXPECT_EQ(a.hash, b.hash);
    free(save.data);
}
TEST(a_hostile_snapshot)
{
    struct timing_branch *t = tage();
    unsigned loaded = 0;
    random_state = 9;
    for (unsigned turn = 0; turn < 20; turn++) {
        struct state_pass save = { .mode = STATE_SAVE };
        timing_branch_visit(&save, t);
        for (size_t i = 8; i < save.used - (turn % 2 ? 40 : 0); i++)
            save.data[i] = (uint8_t)(random_bit() | random_state >> 30);
        struct state_pass check = { .mode = STATE_CHECK, .data = save.data, .size = save.used };
        timing_branch_visit(&check, t);
        struct state_pass load = { .mode = STATE_LOAD, .data = save.data, .size = save.used };
        if (!check.failed)
            timing_branch_visit(&load, t);
        loaded += !check.failed;
        free(save.data);
        stir(t, 20000);
    }
    EXPECT_EQ(loaded, 10);
    /* That of another model is refused. */
    struct timing_model other = model(4);
    struct state_pass good = { .mode = STATE_SAVE };
    timing_branch_visit(&good, with(&other));
    struct state_pass check = { .mode = STATE_CHECK, .data = good.data, .size = good.used };
    timing_branch_visit(&check, t);
    EXPECT(check.failed);
    free(good.data);
}

TEST(every_size_that_a_model_may_have)
{
    static const struct {
        enum timing_param p;
        uint64_t low, high;
    } limits[] = { { TP_BTB, 16, 65536 },      { TP_BTB_WAYS, 1, 16 },   { TP_RAS, 1, 64 },
                   { TP_INDIRECT, 16, 65536 }, { TP_TAGE_TABLES, 0, 8 }, { TP_DIRECTION, 64, 262144 },
                   { TP_HISTORY, 4, 256 } };
    random_state = 10;
    for (unsigned set = 0; set < 1u << (sizeof limits / sizeof *limits); set++) {
        struct timing_model m = model(1);
        for (unsigned i = 0; i < sizeof limits / sizeof *limits; i++)
            m.param[limits[i].p] = set >> i & 1 ? limits[i].high : limits[i].low;
        struct timing_branch *t = timing_branch_create(&m);
        stir(t, 2000);
        timing_branch_free(t);
    }
}

TEST_MAIN
