/* Run a machine as svemu's options describe it while somebody watches, and print its state hash at given positions:
 *     drive [insn|memory|all|none]  POSITION,POSITION,...  SVEMU-OPTIONS...
 * The hashes do not depend on the first argument. The last line says what was seen and how fast. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "devices/device.h"
#include "frontends/frontends.h"

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

    if (!insns && !mem && strcmp(mode, "none"))
        return 2;
    struct machine *m = power_on(&o, argc - 2, argv + 2);
    if (!m) {
        fprintf(stderr, "drive: %s\n", user_error_text);
        return 2;
    }
    if (insns || mem)
        machine_observe(m, &observer);
    double start = seconds();
    for (char *at = strtok(argv[2], ","); at && m->stop <= STOP_MAX_INSNS; at = strtok(NULL, ",")) {
        m->opt.max_insns = m->insns_left = strtoull(at, NULL, 0) - total_instructions(m);
        machine_run(m);
        printf("%" PRIu64 " %016" PRIx64 "\n", total_instructions(m), state_hash(m));
    }
    fprintf(stderr,
            "%.1f million instructions a second; %" PRIu64 " begun, %" PRIu64 " ended, %" PRIu64 " accesses of %" PRIu64
            " bytes, hash %016" PRIx64 "\n",
            (double)total_instructions(m) / (seconds() - start) / 1e6, seen.begun, seen.ended, seen.accesses,
            seen.bytes, seen.hash);
    board_free(m);
    machine_free(m);
    return 0;
}
