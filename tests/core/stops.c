/* Stop points: where the machine stands at each kind of stop, and that it goes on as if it had not stopped.
 * tests/e2e/watch.py does the same at random in a kernel's boot. */
#include "core/stops.h"
#include "tests/isa/run1.h"

enum { CODE = RUN1_RAM, DATA = RUN1_RAM + 0x1000, INSNS = 5000 };

static struct machine *m;
static struct cpu *cpu;

/* A loop of seven instructions, about to run for INSNS of them at EL2 with the MMU off. */
static void begin(void)
{
    static const uint32_t loop[] = {
        0x91000400, /* add x0, x0, #1 */
        0xf9000020, /* str x0, [x1] */
        0xf9400422, /* ldr x2, [x1, #8] */
        0xd51cd040, /* msr tpidr_el2, x0 */
        0x91000463, /* add x3, x3, #1 */
        0x17fffffb, /* b loop */
    };

    if (!m)
        m = run1_new_cpu()->machine;
    cpu = m->cpus[0];
    m->entry = CODE;
    m->opt.max_insns = m->insns_left = INSNS;
    machine_reset(m);
    cpu->gpr[1] = DATA;
    for (unsigned i = 0; i < sizeof loop / sizeof *loop; i++)
        EXPECT(phys_write(&m->mem, NULL, CODE + 4 * i, 4, loop[i]));
    m->insns_left = INSNS;
}

/* The rest of the run is as long as it would have been. */
static void end(uint64_t begun)
{
    unsigned why;
    while ((why = machine_run(m)) == STOP_DEBUG)
        ;
    EXPECT_EQ(why, STOP_MAX_INSNS);
    EXPECT(cpu_icount(cpu) - begun >= INSNS && cpu_icount(cpu) - begun < INSNS + 6);
}

static unsigned add(struct stop_point p)
{
    p.cpu = -1;
    return stop_add(m, &p);
}

static bool stops_at(uint64_t pc, unsigned point)
{
    return machine_run(m) == STOP_DEBUG && cpu->pc == pc && stop_last(m)->point == point && stop_last(m)->cpu == cpu;
}

TEST(before_an_instruction)
{
    begin();
    uint64_t begun = cpu_icount(cpu);
    unsigned first = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE });
    unsigned n = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 4 });
    EXPECT(stops_at(CODE, first));
    EXPECT_EQ(cpu_icount(cpu), begun);
    EXPECT(stops_at(CODE + 4, n));
    EXPECT(cpu->gpr[0] == 1 && cpu_icount(cpu) == begun + 1);
    EXPECT_EQ(stop_last(m)->pc, CODE + 4);
    stop_remove(m, first);
    EXPECT(stops_at(CODE + 4, n) && cpu->gpr[0] == 2);
    /* Set where it stands: not hit again here. */
    unsigned twin = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 4 });
    EXPECT(stops_at(CODE + 4, twin) && cpu->gpr[0] == 3); /* the lower number */
    stop_remove(m, twin);
    EXPECT(stops_at(CODE + 4, n) && cpu->gpr[0] == 4);
    stop_remove(m, n);
    EXPECT(!stop_point_of(m, twin));
    /* Of another page, another EL, a guest. */
    n = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 0x1004 });
    first = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 4, .els = 1 << EL1 });
    twin = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 4, .has_vmid = true });
    EXPECT_EQ(machine_run(m), STOP_MAX_INSNS);
    EXPECT(cpu_icount(cpu) - begun < INSNS + 6);
    stop_remove(m, n), stop_remove(m, first), stop_remove(m, twin);
}

TEST(behind_an_access)
{
    begin();
    uint64_t begun = cpu_icount(cpu);
    unsigned w = add((struct stop_point){ .kind = STOP_AT_ACCESS, .address = DATA + 3, .size = 2, .write = true });
    EXPECT(stops_at(CODE + 8, w));
    EXPECT(stop_last(m)->pc == CODE + 4 && stop_last(m)->address == DATA + 3 && stop_last(m)->write);
    EXPECT(cpu->gpr[0] == 1 && cpu_icount(cpu) == begun + 2);
    unsigned r = add(
        (struct stop_point){ .kind = STOP_AT_ACCESS, .address = DATA + 8, .size = 8, .read = true, .physical = true });
    EXPECT(stops_at(CODE + 12, r) && !stop_last(m)->write);
    EXPECT(stops_at(CODE + 8, w) && cpu->gpr[0] == 2);
    stop_remove(m, w);
    EXPECT(stops_at(CODE + 12, r));
    stop_remove(m, r);
    r = add((struct stop_point){ .kind = STOP_AT_ACCESS, .address = DATA, .size = 8, .read = true }); /* only written */
    end(begun);
    stop_remove(m, r);
}

TEST(behind_a_system_register_write)
{
    begin();
    uint64_t begun = cpu_icount(cpu);
    unsigned n = add((struct stop_point){ .kind = STOP_AT_SYSREG, .reg = SR_TPIDR_EL2 });
    EXPECT(stops_at(CODE + 16, n));
    EXPECT(stop_last(m)->pc == CODE + 12 && cpu->sysreg[SR_TPIDR_EL2] == 1);
    EXPECT(stops_at(CODE + 16, n) && cpu->sysreg[SR_TPIDR_EL2] == 2);
    stop_remove(m, n);
    end(begun);
}

TEST(at_a_vector)
{
    begin();
    cpu->sysreg[SR_VBAR_EL2] = CODE + 0x800;
    EXPECT(phys_write(&m->mem, NULL, CODE + 8, 4, 0xd4000002));             /* hvc #0 */
    EXPECT(phys_write(&m->mem, NULL, CODE + 0x800 + 0x200, 4, 0xd69f03e0)); /* eret */
    unsigned other = add((struct stop_point){ .kind = STOP_AT_EXCEPTION, .ec = EC_SVC64 });
    unsigned n = add((struct stop_point){ .kind = STOP_AT_EXCEPTION, .ec = EC_HVC64, .els = 1 << EL2 });
    EXPECT(stops_at(CODE + 0x800 + 0x200, n));
    EXPECT(stop_last(m)->pc == CODE + 12);
    EXPECT_EQ(machine_step(m, NULL), STOP_DEBUG);
    EXPECT_EQ(cpu->pc, CODE + 12);
    stop_remove(m, n);
    n = add((struct stop_point){ .kind = STOP_AT_EXCEPTION, .ec = -1 });
    EXPECT(stops_at(CODE + 0x800 + 0x200, n));
    stop_remove(m, n), stop_remove(m, other);
}

TEST(at_a_count)
{
    begin();
    uint64_t begun = cpu_icount(cpu);
    unsigned n = add((struct stop_point){ .kind = STOP_AT_INSTRUCTION, .count = begun + 3001 });
    unsigned p = add((struct stop_point){ .kind = STOP_AT_POSITION, .count = machine_position(m) + 3003 });
    unsigned past = add((struct stop_point){ .kind = STOP_AT_POSITION, .count = machine_position(m) - 1 });
    EXPECT(stops_at(CODE + 3001 % 6 * 4, n) && cpu_icount(cpu) == begun + 3001);
    EXPECT(stops_at(CODE + 3003 % 6 * 4, p) && cpu_icount(cpu) == begun + 3003);
    end(begun);
    stop_remove(m, n), stop_remove(m, p), stop_remove(m, past);
}

TEST(steps)
{
    begin();
    uint64_t begun = cpu_icount(cpu);
    unsigned n = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE });
    EXPECT(stops_at(CODE, n));
    for (unsigned i = 1; i <= 13; i++) {
        EXPECT_EQ(machine_step(m, i & 1 ? cpu : NULL), STOP_DEBUG);
        EXPECT(cpu->pc == CODE + i % 6 * 4 && cpu_icount(cpu) == begun + i);
        EXPECT_EQ(machine_position(m), cpu_icount(cpu));
        EXPECT(machine_next(m) == cpu);
    }
    stop_remove(m, n);
    end(begun);
}

TEST(pauses)
{
    begin();
    uint64_t begun = cpu_icount(cpu);
    machine_pause(m);
    EXPECT(stops_at(CODE, 0));
    EXPECT_EQ(cpu_icount(cpu), begun);
    end(begun);
}

/* With an observer in, over pages of its own; and code that is written while points are set is decoded again. */
/* An internal point is told beside another at the same place, and neither hides the other. */
TEST(internal_ones)
{
    begin();
    uint64_t begun = cpu_icount(cpu);
    unsigned inner = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 8, .internal = true });
    EXPECT(stops_at(CODE + 8, inner));
    EXPECT(!stop_last(m)->external && stop_last(m)->internal == inner);

    /* Nobody else has been told of this place yet; when the machine comes again, both are at once. */
    unsigned outer = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 8 });
    EXPECT(stops_at(CODE + 8, outer));
    EXPECT(stop_last(m)->external && !stop_last(m)->internal);
    EXPECT(stops_at(CODE + 8, outer));
    EXPECT(stop_last(m)->external && stop_last(m)->internal == inner);

    /* A pause and a step hide none, nor does what is internal hide a pause. */
    machine_pause_internal(m);
    EXPECT(stops_at(CODE + 8, 0));
    EXPECT(!stop_last(m)->external);
    machine_pause_internal(m);
    machine_pause(m);
    EXPECT(stops_at(CODE + 8, 0));
    EXPECT(stop_last(m)->external);
    stop_remove(m, inner);
    stop_remove(m, outer);
    inner = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 12, .internal = true });
    outer = add((struct stop_point){ .kind = STOP_AT_SYSREG, .reg = SR_TPIDR_EL2 });
    EXPECT_EQ(machine_step(m, cpu), STOP_DEBUG);
    EXPECT(cpu->pc == CODE + 12 && stop_last(m)->external);
    EXPECT(stops_at(CODE + 12, inner));
    EXPECT(stops_at(CODE + 16, outer));
    EXPECT(stop_last(m)->external && !stop_last(m)->internal);
    stop_remove(m, inner);
    stop_remove(m, outer);
    end(begun);
}

static unsigned begun_insns;
static void insn_begins(void *context, struct cpu *c, uint64_t pc, uint32_t word, unsigned row)
{
    (void)context, (void)c, (void)pc, (void)word, (void)row;
    begun_insns++;
}
TEST(while_watched)
{
    static const struct machine_observer o = { .insn_begins = insn_begins };
    begin();
    uint64_t begun = cpu_icount(cpu);
    unsigned n = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 4 });
    EXPECT(stops_at(CODE + 4, n));
    machine_observe(m, &o);
    EXPECT(stops_at(CODE + 4, n) && cpu->gpr[0] == 2);
    EXPECT_EQ(begun_insns, 6);
    phys_about_to_write(&m->mem, CODE);
    EXPECT(phys_write(&m->mem, NULL, CODE, 4, 0x91000800)); /* add x0, x0, #2 */
    EXPECT(stops_at(CODE + 4, n) && cpu->gpr[0] == 4);
    machine_unobserve(m, &o);
    EXPECT(stops_at(CODE + 4, n) && cpu->gpr[0] == 6);
    EXPECT_EQ(begun_insns, 12);
    stop_remove(m, n);
    end(begun);
}

TEST(as_many_as_there_are)
{
    begin();
    static unsigned n[5000];
    unsigned count = 0;
    while (count < 5000 && (n[count] = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 0x2000 })) != 0)
        count++;
    EXPECT_EQ(count, 4096);
    while (count)
        stop_remove(m, n[--count]);
    stop_remove(m, 17);
    stop_remove(m, 0);
    EXPECT((n[0] = add((struct stop_point){ .kind = STOP_AT_PC, .address = CODE + 20 })) == 1);
    EXPECT(stops_at(CODE + 20, 1));
    stop_remove(m, 1);
}

TEST_MAIN
