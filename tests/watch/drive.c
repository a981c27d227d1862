/* Run a machine as svemu's options describe it while somebody watches, and print its state hash at given positions:
 *     drive none|insn|memory|all|stops:SEED  POSITION,POSITION,...  SVEMU-OPTIONS...
 *     drive writers:REGISTER:CPU  N  SVEMU-OPTIONS...
 *     drive end  0  SVEMU-OPTIONS...
 * The hashes do not depend on the first argument. stops: breakpoints, watchpoints, steps and other stops at places that
 * the seed chooses; each must be where it belongs. The line on standard error says what was seen and how fast.
 * end: run to the end, and print the hash of what the guest's program has left: RAM and registers, without time.
 * writers: run to the end with checkpoints, then go back N times to the last writer of a CPU's system register. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/reverse.h"
#include "core/snapshot.h"
#include "core/state.h"
#include "core/stops.h"
#include "devices/device.h"
#include "frontends/frontends.h"
#include "sysregs/sysregs.h"

struct seen {
    uint64_t begun, ended, accesses, bytes, hash;
};

static void mix(struct seen *s, uint64_t v) { s->hash = (s->hash ^ v) * UINT64_C(0x9e3779b97f4a7c15); }

static void begins(void *context, struct cpu *cpu, uint64_t pc, uint32_t word, unsigned row)
{
    struct seen *s = context;
    s->begun++;
    mix(s, pc ^ word ^ (uint64_t)row << 48 ^ cpu->index);
}
static void ended(void *context, struct cpu *cpu)
{
    struct seen *s = context;
    s->ended++;
    (void)cpu;
}
static void memory(void *context, struct cpu *cpu, const struct mem_access *a)
{
    struct seen *s = context;
    const uint8_t *data = a->data;
    s->accesses++;
    s->bytes += a->size;
    mix(s, a->va ^ a->pa << 7 ^ a->size ^ (uint64_t)a->write << 63 ^ data[0] ^ data[a->size - 1]);
    (void)cpu;
}

static struct machine *power_on(struct options *o, int argc, char **argv)
{
    if (!options_parse(o, argc, argv))
        return NULL;
    struct cpu_config *config = cpu_options_apply(o);
    struct machine *m = config ? machine_create(&o->machine, config) : NULL;
    free(config);
    if (!m || !board_create(m))
        return NULL;
    board_reset(m);
    if (!load_images(m, o))
        return NULL;
    machine_reset(m);
    return m;
}

/* ---- Stops ---- */

static uint64_t seed;
static unsigned stops[STOP_AT_POSITION + 3], errors; /* by kind, then steps and pauses */

static uint64_t dice(uint64_t n)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed % n;
}

#define CHECK(C, ...)                                                         \
    do {                                                                      \
        if (!(C) && errors++ < 20)                                            \
            fprintf(stderr, "drive: %s: ", #C), fprintf(stderr, __VA_ARGS__); \
    } while (0)

#define EXPECT_RUN(C) CHECK(C, "does not hold\n")

/* A point that is likely to be met soon. */
static struct stop_point likely_point(struct machine *m)
{
    static const enum sysreg_index registers[] = { SR_ELR_EL2, SR_SP_EL0,   SR_TTBR0_EL2,
                                                   SR_ZCR_EL2, SR_CPTR_EL2, SR_TPIDR_EL2 };
    struct cpu *cpu = m->cpus[dice(m->cpu_count)];
    struct stop_point p = { .kind = (enum stop_kind)dice(STOP_AT_POSITION + 1),
                            .cpu = dice(2) ? -1 : (int)cpu->index,
                            .ec = -1 };

    switch (p.kind) {
    case STOP_AT_PC: p.address = (dice(2) ? cpu->pc : cpu->gpr[30]) + 4 * dice(64); break;
    case STOP_AT_ACCESS:
        p.address = cpu->gpr[dice(2) ? SP_SLOT : dice(31)] + dice(256);
        p.size = 1 + dice(64);
        p.read = dice(2);
        p.write = !p.read || dice(2);
        break;
    case STOP_AT_SYSREG: p.reg = registers[dice(sizeof registers / sizeof *registers)]; break;
    case STOP_AT_EXCEPTION: p.els = dice(4) ? 0 : (uint8_t)(1 << dice(3)); break;
    case STOP_AT_INSTRUCTION: p.cpu = (int)cpu->index, p.count = cpu_icount(cpu) + dice(100000); break;
    case STOP_AT_POSITION: p.cpu = -1, p.count = machine_position(m) + dice(100000); break;
    }
    return p;
}

static void check_hit(struct machine *m, const struct stop_hit *hit, const struct stop_point *p)
{
    stops[p->kind]++;
    CHECK(p->cpu < 0 || hit->cpu == m->cpus[p->cpu], "a point of CPU %d is hit on CPU %u\n", p->cpu, hit->cpu->index);
    switch (p->kind) {
    case STOP_AT_PC: CHECK(hit->cpu->pc == p->address, "%#" PRIx64 ", %#" PRIx64 "\n", hit->cpu->pc, p->address); break;
    case STOP_AT_ACCESS:
        CHECK(hit->address - p->address < p->size, "%#" PRIx64 "\n", hit->address);
        CHECK(hit->write ? p->write : p->read, "at %#" PRIx64 "\n", hit->address);
        break;
    case STOP_AT_INSTRUCTION:
        CHECK(cpu_icount(hit->cpu) == p->count, "%" PRIu64 ", %" PRIu64 "\n", cpu_icount(hit->cpu), p->count);
        break;
    case STOP_AT_POSITION:
        CHECK(machine_position(m) == p->count, "%" PRIu64 ", %" PRIu64 "\n", machine_position(m), p->count);
        break;
    case STOP_AT_EXCEPTION: CHECK(!p->els || p->els >> hit->cpu->pstate.EL & 1, "EL%u\n", hit->cpu->pstate.EL); break;
    case STOP_AT_SYSREG: break;
    }
}

static unsigned step(struct machine *m)
{
    struct cpu *cpu = dice(2) ? machine_next(m) : NULL;
    uint64_t position = machine_position(m), count = cpu ? cpu_icount(cpu) : 0;
    unsigned why = machine_step(m, cpu);

    stops[STOP_AT_POSITION + 1]++;
    if (why == STOP_DEBUG && !stop_last(m)->point) {
        CHECK(cpu || machine_position(m) - position <= 1, "%" PRIu64 " after %" PRIu64 "\n", machine_position(m),
              position);
        CHECK(!cpu || cpu_icount(cpu) - count <= 1, "CPU %u ran to %" PRIu64 "\n", cpu->index, cpu_icount(cpu));
    }
    return why;
}

/* Run as machine_run() does, with stops every now and then. */
static enum stop_reason run_with_stops(struct machine *m)
{
    enum { POINTS = 12 };
    static unsigned point[POINTS], bound;
    unsigned why;

    do {
        unsigned *n = &point[dice(POINTS)];
        stop_remove(m, *n);
        struct stop_point p = likely_point(m);
        *n = dice(3) ? stop_add(m, &p) : 0;
        stop_remove(m, bound); /* so that there are many */
        p = (struct stop_point){ .kind = STOP_AT_POSITION, .cpu = -1, .count = machine_position(m) + 1 + dice(40000) };
        bound = stop_add(m, &p);
        if (!dice(16)) {
            machine_pause(m);
            stops[STOP_AT_POSITION + 2]++;
        }
        why = dice(2) ? step(m) : machine_run(m);
        if (why == STOP_DEBUG && stop_last(m)->point)
            check_hit(m, stop_last(m), stop_point_of(m, stop_last(m)->point));
    } while (why == STOP_DEBUG);
    for (unsigned i = 0; i < POINTS; i++)
        stop_remove(m, point[i]), point[i] = 0;
    return (enum stop_reason)why;
}

/* ---- Going back ---- */

static int writers(struct machine *m, const char *what, unsigned times)
{
    char name[32];
    unsigned index;

    if (sscanf(what, "%31[^:]:%u", name, &index) != 2 || index >= m->cpu_count || sysreg_by_name(name) == SR_COUNT ||
        !checkpoints_start(m, 1000000, UINT64_C(256) << 20))
        return 2;
    struct cpu *cpu = m->cpus[index];
    struct stop_point p = { .kind = STOP_AT_SYSREG, .cpu = (int)index, .reg = sysreg_by_name(name) };
    EXPECT_RUN(machine_run(m) == STOP_POWEROFF);
    printf("end: %" PRIu64 " instructions, %s=%#" PRIx64 "\n", machine_position(m), name, cpu->sysreg[p.reg]);
    (void)stop_add(m, &p);
    while (times--) {
        EXPECT_RUN(reverse_continue(m) == REVERSE_DONE);
        uint64_t position = machine_position(m), pc = cpu->pc, before = cpu->sysreg[p.reg];
        EXPECT_RUN(stop_last(m)->cpu == cpu && stop_last(m)->pc == pc);
        EXPECT_RUN(machine_step(m, cpu) == STOP_DEBUG); /* the write itself */
        printf("writer: pc %#" PRIx64 " at %" PRIu64 ": %#" PRIx64 " to %#" PRIx64 "\n", pc, position, before,
               cpu->sysreg[p.reg]);
        EXPECT_RUN(reverse_step(m, cpu) == REVERSE_DONE && machine_position(m) == position && cpu->pc == pc);
    }
    return errors ? 1 : 0;
}

/* ---- What a program has left ---- */

static uint64_t registers_hash(uint64_t h, const struct cpu *cpu)
{
    struct pstate p = cpu->pstate;
    h = hash_bytes(h, cpu->gpr, (SP_SLOT + 1) * sizeof *cpu->gpr);
    h = hash_bytes(h, cpu->z, sizeof cpu->z);
    h = hash_bytes(h, cpu->p, sizeof cpu->p);
    h = hash_bytes(h, &p, sizeof p);
    h = hash_value(hash_value(hash_value(h, cpu->pc), cpu->fp.fpcr), cpu->fp.fpsr);
    return hash_bytes(h, cpu->sysreg, sizeof cpu->sysreg);
}

static int end(struct machine *m)
{
    enum stop_reason why = machine_run(m);
    uint64_t h = hash_bytes(0, m->mem.ram, m->mem.size);
    for (unsigned i = 0; i < m->cpu_count; i++)
        h = registers_hash(h, m->cpus[i]);
    printf("end %d: %" PRIu64 " instructions, %016" PRIx64 "\n", why, total_instructions(m), h);
    fprintf(stderr, "%" PRIu64 " cycles\n", cpu_cycles(m->cpus[0]));
    return why == STOP_POWEROFF ? 0 : 1;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    static struct options o;
    static struct seen seen;
    const char *mode = argc > 3 ? argv[1] : "";
    bool all = !strcmp(mode, "all"), insns = all || !strcmp(mode, "insn"), mem = all || !strcmp(mode, "memory");
    const struct machine_observer observer = { .context = &seen,
                                               .insn_begins = insns ? begins : NULL,
                                               .insn_ended = insns ? ended : NULL,
                                               .memory = mem ? memory : NULL };

    if (!strncmp(mode, "stops:", 6))
        seed = strtoull(mode + 6, NULL, 0) * 2 + 1;
    else if (!insns && !mem && strcmp(mode, "none") && strcmp(mode, "end") && strncmp(mode, "writers:", 8))
        return 2;
    struct machine *m = power_on(&o, argc - 2, argv + 2);
    if (!m) {
        fprintf(stderr, "drive: %s\n", user_error_text);
        return 2;
    }
    if (!strncmp(mode, "writers:", 8) || !strcmp(mode, "end")) {
        int status = *mode == 'e' ? end(m) : writers(m, mode + 8, (unsigned)atoi(argv[2]));
        board_free(m);
        machine_free(m);
        return status;
    }
    if (insns || mem)
        machine_observe(m, &observer);
    double start = seconds();
    for (char *at = strtok(argv[2], ","); at && (m->stop == STOP_NONE || m->stop == STOP_MAX_INSNS);
         at = strtok(NULL, ",")) {
        m->opt.max_insns = m->insns_left = strtoull(at, NULL, 0) - total_instructions(m);
        if (seed)
            run_with_stops(m);
        else
            machine_run(m);
        printf("%" PRIu64 " %016" PRIx64 "\n", total_instructions(m), state_hash(m));
    }
    fprintf(stderr,
            "%.1f million instructions a second; %" PRIu64 " begun, %" PRIu64 " ended, %" PRIu64 " accesses of %" PRIu64
            " bytes, hash %016" PRIx64 "\n",
            (double)total_instructions(m) / (seconds() - start) / 1e6, seen.begun, seen.ended, seen.accesses,
            seen.bytes, seen.hash);
    if (seed)
        fprintf(stderr,
                "stops: %u pc, %u access, %u sysreg, %u exception, %u instruction, %u position, %u steps, %u pauses\n",
                stops[0], stops[1], stops[2], stops[3], stops[4], stops[5], stops[6], stops[7]);
    board_free(m);
    machine_free(m);
    return errors ? 1 : 0;
}
