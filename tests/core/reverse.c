/* Going back: the states are those that the machine had. tests/e2e/reverse.py does it in a payload with a planted bug.
 */
#include "core/reverse.h"

#include "core/snapshot.h"
#include "tests/core/two_cpus.h"

enum { COUNTER = RAM + 0x100000 }; /* CPU 0's; CPU 1's is a page further */

static void no_checkpoints(void *arg) { checkpoints_stop(arg); }

static struct machine *with_checkpoints(uint64_t interval)
{
    struct machine *m = machine();
    m->opt.max_insns = m->insns_left = 10000000;
    EXPECT(checkpoints_start(m, interval, 64 << 20));
    free_after_test(no_checkpoints, m);
    return m;
}

static void forward_to(struct machine *m, uint64_t position)
{
    struct stop_point p = { .kind = STOP_AT_POSITION, .cpu = -1, .count = position };
    unsigned n = stop_add(m, &p);
    EXPECT_EQ(machine_run(m), STOP_DEBUG);
    EXPECT_EQ(machine_position(m), position);
    stop_remove(m, n);
}

TEST(to_positions_back_and_forth)
{
    struct machine *m = with_checkpoints(3000);
    uint64_t hash[40];

    for (unsigned i = 0; i < 40; i++) {
        forward_to(m, 777 * (i + 1));
        hash[i] = state_hash(m);
    }
    for (unsigned i = 0, at = 39; i < 50; i++) {
        at = (at * 7 + 11 + i) % 40;
        EXPECT_EQ(reverse_goto(m, 777 * (at + 1)), REVERSE_DONE);
        EXPECT_EQ(machine_position(m), 777 * (at + 1));
        EXPECT_EQ(state_hash(m), hash[at]);
    }
    forward_to(m, 40000);
    uint64_t end = state_hash(m);
    EXPECT_EQ(reverse_goto(m, 5), REVERSE_DONE);
    forward_to(m, 40000);
    EXPECT_EQ(state_hash(m), end);
}

/* Over the ends of quanta, of any CPU and of each. */
TEST(steps_are_undone)
{
    enum { STEPS = 240 };
    static uint64_t hash[STEPS], pc[STEPS];
    struct machine *m = with_checkpoints(1500);

    for (unsigned which = 0; which < 3; which++) {
        struct cpu *cpu = which ? m->cpus[which - 1] : NULL;
        forward_to(m, 10000 * (which + 1) - 120);
        EXPECT_EQ(machine_step(m, cpu), STOP_DEBUG); /* a step stands behind an instruction */
        unsigned steps = which ? 20 : STEPS;
        for (unsigned i = 0; i < steps; i++) {
            hash[i] = state_hash(m);
            pc[i] = cpu ? cpu->pc : 0;
            EXPECT_EQ(machine_step(m, cpu), STOP_DEBUG);
        }
        for (unsigned i = steps; i-- > 0;) {
            EXPECT_EQ(reverse_step(m, cpu), REVERSE_DONE);
            if (cpu)
                EXPECT_EQ(cpu->pc, pc[i]);
            else if (i + 60 > steps || i < 60)
                EXPECT_EQ(state_hash(m), hash[i]);
        }
    }
}

TEST(to_the_last_write)
{
    struct machine *m = with_checkpoints(2000);
    uint64_t value, *counter = (uint64_t *)phys_ram(&m->mem, COUNTER + 0x1000, 8);

    forward_to(m, 50000);
    struct stop_point p = { .kind = STOP_AT_ACCESS, .cpu = -1, .write = true, .address = COUNTER + 0x1000, .size = 8 };
    unsigned n = stop_add(m, &p);
    for (unsigned i = 0; i < 40; i++) {
        value = *counter;
        EXPECT_EQ(reverse_continue(m), REVERSE_DONE);
        const struct stop_hit *hit = stop_last(m);
        EXPECT(hit->point == n && hit->cpu == m->cpus[1] && hit->write && hit->pc == RAM + 24);
        EXPECT_EQ(hit->cpu->pc, RAM + 24); /* before it */
        EXPECT_EQ(*counter, value - 1);
    }
    /* Forward again it is met. */
    EXPECT_EQ(machine_run(m), STOP_DEBUG);
    EXPECT(m->cpus[1]->pc == RAM + 28 && *counter == value);
    stop_remove(m, n);
}

TEST(to_the_last_time_here)
{
    struct machine *m = with_checkpoints(2000);
    uint64_t count;

    forward_to(m, 30000);
    struct stop_point p = { .kind = STOP_AT_PC, .cpu = 0, .address = RAM + 28 };
    unsigned n = stop_add(m, &p);
    for (unsigned i = 0; i < 20; i++) {
        count = cpu_icount(m->cpus[0]);
        EXPECT_EQ(reverse_continue(m), REVERSE_DONE);
        EXPECT(stop_last(m)->point == n && m->cpus[0]->pc == RAM + 28);
        EXPECT(i == 0 || cpu_icount(m->cpus[0]) == count - 6);
    }
    EXPECT_EQ(machine_run(m), STOP_DEBUG);
    EXPECT_EQ(cpu_icount(m->cpus[0]), count);
    stop_remove(m, n);
}

static unsigned begun;
static void insn_begins(void *context, struct cpu *cpu, uint64_t pc, uint32_t word, unsigned row)
{
    (void)context, (void)cpu, (void)pc, (void)word, (void)row;
    begun++;
}

/* Nobody is told of the past again, and points that are set do not hinder steps. */
TEST(observers_are_not_told_again)
{
    static const struct machine_observer o = { .insn_begins = insn_begins };
    struct machine *m = with_checkpoints(1000);
    struct stop_point p = { .kind = STOP_AT_PC, .cpu = -1, .address = RAM + 16 };

    machine_observe(m, &o);
    forward_to(m, 9000);
    EXPECT_EQ(begun, 9000);
    unsigned n = stop_add(m, &p);
    EXPECT_EQ(reverse_step(m, NULL), REVERSE_DONE);
    EXPECT_EQ(reverse_continue(m), REVERSE_DONE);
    EXPECT_EQ(reverse_goto(m, 1234), REVERSE_DONE);
    EXPECT_EQ(machine_position(m), 1234);
    EXPECT_EQ(begun, 9000);
    stop_remove(m, n);
    forward_to(m, 1334);
    EXPECT_EQ(begun, 9100);
    machine_unobserve(m, &o);
}

TEST(where_it_begins)
{
    struct machine *m = machine();

    EXPECT_EQ(reverse_step(m, NULL), REVERSE_OFF);
    EXPECT_EQ(reverse_continue(m), REVERSE_OFF);
    EXPECT_EQ(reverse_goto(m, 0), REVERSE_OFF);
    m->opt.max_insns = m->insns_left = 10000000;
    forward_to(m, 500);
    EXPECT(checkpoints_start(m, 1000, 64 << 20));
    free_after_test(no_checkpoints, m);
    forward_to(m, 5000);
    uint64_t oldest = checkpoint_oldest(m);
    EXPECT_EQ(reverse_continue(m), REVERSE_START); /* no point is set */
    EXPECT_EQ(machine_position(m), oldest);
    EXPECT_EQ(reverse_step(m, NULL), REVERSE_START);
    EXPECT_EQ(reverse_goto(m, 100), REVERSE_START);
    EXPECT_EQ(machine_position(m), oldest);
    forward_to(m, 5000);
    EXPECT_EQ(reverse_step(m, m->cpus[1]), REVERSE_DONE);
}

TEST_MAIN
