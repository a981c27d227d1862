/* Statistics of a run, and the hash by which two runs are compared. */
#include "frontends/frontends.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/exception.h"
#include "core/stats.h"
#include "devices/device.h"
#include "devices/gicv3.h"

/* ---- State hash ---- */

/* Four lanes of multiply and rotate, so that RAM is hashed at memory speed. */
static uint64_t mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h << 31 | h >> 33;
}

static uint64_t hash_bytes(uint64_t h, const void *data, size_t size)
{
    const uint8_t *p = data;
    uint64_t lane[4] = { h, ~h, h + 1, h + 2 }, w[4];
    for (; size >= 32; p += 32, size -= 32) {
        memcpy(w, p, 32);
        for (unsigned i = 0; i < 4; i++)
            lane[i] = mix(lane[i], w[i]);
    }
    memset(w, 0, sizeof w);
    memcpy(w, p, size);
    for (unsigned i = 0; i < 4; i++)
        h = mix(mix(h, lane[i]), w[i]);
    return mix(h, size);
}

static bool is_zero(const uint8_t *page) { return !*page && !memcmp(page, page + 1, 4095); }

/* Pages that the host never had to provide are zero: /proc/self/pagemap tells without touching them. */
struct pagemap {
    int fd;
    uint64_t first, entries[512]; /* of this page of RAM and the following ones */
    bool valid;
};

static bool untouched(struct pagemap *p, uint64_t index, const uint8_t *page)
{
    enum { BATCH = sizeof p->entries / sizeof p->entries[0] };
    if (p->fd < 0)
        return false;
    if (index % BATCH == 0) {
        off_t at = (off_t)((uintptr_t)page / 4096 * 8);
        p->valid = pread(p->fd, p->entries, sizeof p->entries, at) == sizeof p->entries;
        p->first = index;
    }
    return p->valid && !(p->entries[index - p->first] >> 62); /* neither present nor swapped out */
}

static struct pagemap pagemap_open(void)
{
    return (struct pagemap){ .fd = sysconf(_SC_PAGESIZE) == 4096 ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
                                                                 : -1 };
}

/* Bytes of RAM that the host had to provide; all of it where that cannot be told. */
static uint64_t ram_touched(const struct physmem *mem)
{
    struct pagemap map = pagemap_open();
    uint64_t pages = 0;
    for (uint64_t i = 0; i < mem->size >> 12; i++)
        pages += !untouched(&map, i, mem->ram + (i << 12));
    if (map.fd >= 0)
        close(map.fd);
    return pages << 12;
}

static uint64_t hash_ram(uint64_t h, const struct physmem *mem)
{
    struct pagemap map = pagemap_open();
    for (uint64_t i = 0; i < mem->size >> 12; i++) {
        const uint8_t *page = mem->ram + (i << 12);
        if (!untouched(&map, i, page) && !is_zero(page))
            h = hash_bytes(mix(h, i), page, 4096);
    }
    if (map.fd >= 0)
        close(map.fd);
    return h;
}

/* Allocation Tags, by 4 KiB of them (128 KiB of RAM). */
static uint64_t hash_tags(uint64_t h, const struct physmem *mem)
{
    if (!mem->tags)
        return h;
    struct pagemap map = pagemap_open();
    for (uint64_t i = 0; i < mem->size >> 17; i++) {
        const uint8_t *page = mem->tags + (i << 12);
        if (!untouched(&map, i, page) && !is_zero(page))
            h = hash_bytes(mix(h, ~i), page, 4096);
    }
    if (map.fd >= 0)
        close(map.fd);
    uint64_t rest = mem->size >> 17 << 12;
    return hash_bytes(h, mem->tags + rest, (mem->size >> 5) - rest);
}

static uint64_t hash_cpu(uint64_t h, const struct cpu *cpu)
{
    h = hash_bytes(h, cpu->gpr, sizeof cpu->gpr[0] * (SP_SLOT + 1));
    h = hash_bytes(h, &cpu->pstate, sizeof cpu->pstate);
    h = hash_bytes(h, cpu->z, sizeof cpu->z);
    h = hash_bytes(h, cpu->p, sizeof cpu->p);
    h = hash_bytes(h, cpu->sysreg, sizeof cpu->sysreg);
    h = mix(mix(h, cpu->fp.fpcr), cpu->fp.fpsr);
    h = mix(mix(mix(h, cpu->pc), cpu_icount(cpu)), cpu_time(cpu));
    h = mix(mix(mix(h, cpu->power), cpu->halted), cpu->wfx_timeout);
    h = mix(mix(mix(h, cpu->irq_lines), cpu->serror_pending), cpu->event_register);
    h = mix(mix(h, cpu->excl.valid), cpu->excl.valid ? cpu->excl.pa : 0);
    const struct gic_cpu *g = cpu->gic;
    if (g)
        h = mix(mix(mix(h, g->hppi), g->hppi_priority), g->hppi_group);
    return h;
}

/* The GIC's state is one block but for its pointer to the machine. */
static uint64_t hash_gic(uint64_t h, const struct gicv3 *gic)
{
    if (!gic)
        return h;
    size_t skip = offsetof(struct gicv3, ctlr);
    return hash_bytes(h, (const uint8_t *)gic + skip, sizeof *gic - skip + gic->cpu_count * sizeof gic->redist[0]);
}

uint64_t state_hash(struct machine *m)
{
    struct device *dev;
    uint64_t h = hash_tags(hash_ram(UINT64_C(0x737665656d75), &m->mem), &m->mem);
    for (unsigned i = 0; i < m->cpu_count; i++)
        h = hash_cpu(h, m->cpus[i]);
    h = hash_gic(h, m->gic);
    for (unsigned i = 0; (dev = board_device_at(m, i)); i++)
        if (dev->state)
            h = hash_bytes(mix(h, i), dev->state, dev->type->state_size);
    /* Timers and devices are what they will do, and when. The heap's order depends on nothing but the run. */
    for (unsigned i = 1; i <= m->heap_count; i++)
        h = mix(mix(h, m->heap[i]->when), m->heap[i]->order);
    return mix(mix(h, m->now), m->entropy);
}

/* ---- For programs and people ---- */

static const char *stop_name(enum stop_reason why)
{
    switch (why) {
    case STOP_NONE: return "running";
    case STOP_POWEROFF: return "poweroff";
    case STOP_RESET: return "reset";
    case STOP_DEADLOCK: return "deadlock";
    case STOP_MAX_INSNS: return "max-insns";
    case STOP_EL3: return "el3";
    case STOP_UNIMPLEMENTED: return "unimplemented";
    case STOP_QUIT: return "quit";
    case STOP_DEBUG: return "debug";
    }
    return "unknown";
}

uint64_t total_instructions(const struct machine *m)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < m->cpu_count; i++)
        sum += cpu_icount(m->cpus[i]);
    return sum;
}

static double mips(uint64_t instructions, double seconds)
{
    return seconds > 0 ? (double)instructions / seconds / 1e6 : 0;
}

/* Class number of struct cpu_stats to enum exception_class. */
static unsigned class_of(unsigned index) { return index < 64 ? index : EC_IRQ + (index - 64); }

static void json_exceptions(FILE *f, const struct cpu_stats *s)
{
    const char *between = "";
    fprintf(f, "{");
    for (unsigned el = EL1; el <= EL2; el++) {
        fprintf(f, "%s\"EL%u\": {", el == EL1 ? "" : ", ", el);
        between = "";
        for (unsigned c = 0; c < sizeof s->exceptions[0] / sizeof s->exceptions[0][0]; c++)
            if (s->exceptions[el][c]) {
                /* several reserved values of EC have one name */
                fprintf(f, "%s\"%s (%#x)\": %" PRIu64, between, exception_class_name(class_of(c)), class_of(c),
                        s->exceptions[el][c]);
                between = ", ";
            }
        fprintf(f, "}");
    }
    fprintf(f, "}");
}

/* Only of a CPU whose EL3 is modelled. */
static void json_el3(FILE *f, const struct cpu *cpu)
{
    const char *between = "";
    fprintf(f, ", \"el3\": {\"stopped\": %s, \"traps\": {", cpu->power == POWER_AT_EL3 ? "true" : "false");
    for (unsigned c = 0; c < EL3_CONTROLS; c++)
        if (cpu->stats->el3_traps[c]) {
            fprintf(f, "%s\"%s\": %" PRIu64, between, el3_table[c].name, cpu->stats->el3_traps[c]);
            between = ", ";
        }
    fprintf(f, "}}");
}

struct json_list {
    FILE *f;
    const char *between;
};

static void json_reason(void *arg, const char *reason, uint64_t count)
{
    struct json_list *list = arg;
    fputs(list->between, list->f);
    write_json_string(list->f, reason);
    fprintf(list->f, ": %" PRIu64, count);
    list->between = ", ";
}

static void json_reasons(FILE *f, const struct cpu *cpu)
{
    fprintf(f, "{");
    for (unsigned el = EL1; el <= EL2; el++) {
        struct json_list list = { f, "" };
        fprintf(f, "%s\"EL%u\": {", el == EL1 ? "" : ", ", el);
        why_counts(cpu, el, json_reason, &list);
        fprintf(f, "}");
    }
    fprintf(f, "}");
}

static void json_cpu(FILE *f, const struct machine *m, const struct cpu *cpu)
{
    fprintf(f, "    {\"cpu\": %u, \"model\": ", cpu->index);
    write_json_string(f, m->config[cpu->index].model);
    fprintf(f, ", \"vector_lengths\": ");
    vl_json(f, cpu->vq_set);
    fprintf(f, ", \"instructions\": %" PRIu64 ", \"time_ns\": %" PRIu64 ", \"exceptions\": ", cpu_icount(cpu),
            cpu_time(cpu));
    json_exceptions(f, cpu->stats);
    fprintf(f, ", \"reasons\": ");
    json_reasons(f, cpu);
    if (cpu->el3.have)
        json_el3(f, cpu);
    fprintf(f, "}");
}

void stats_json(struct machine *m, FILE *f, int status, double host_seconds)
{
    fprintf(f, "{\n  \"version\": \"%s\",\n  \"stop\": \"%s\",\n  \"reason\": ", SVEMU_VERSION, stop_name(m->stop));
    write_json_string(f, m->stop_text);
    fprintf(f, ",\n  \"exit_status\": %d,\n  \"instructions\": %" PRIu64 ",\n  \"time_ns\": %" PRIu64 ",\n", status,
            total_instructions(m), m->now);
    fprintf(f, "  \"host_seconds\": %.3f,\n  \"mips\": %.1f,\n", host_seconds,
            mips(total_instructions(m), host_seconds));
    fprintf(f, "  \"ram_touched\": %" PRIu64 ",\n", ram_touched(&m->mem));
    fprintf(f, "  \"state_hash\": \"%016" PRIx64 "\",\n  \"cpus\": [\n", state_hash(m));
    for (unsigned i = 0; i < m->cpu_count; i++) {
        json_cpu(f, m, m->cpus[i]);
        fprintf(f, i + 1 < m->cpu_count ? ",\n" : "\n");
    }
    fprintf(f, "  ]\n}\n");
}

static void print_reason(void *f, const char *reason, uint64_t count)
{
    fprintf(f, "        %12" PRIu64 "  %s\n", count, reason);
}

static void print_cpu(FILE *f, const struct machine *m, const struct cpu *cpu)
{
    char vl[VL_TEXT];
    fprintf(f, "CPU %u: model %s, vl %s, %" PRIu64 " instructions, %.6f s\n", cpu->index, m->config[cpu->index].model,
            vl_text(cpu->vq_set, "+", vl, sizeof vl), cpu_icount(cpu), (double)cpu_time(cpu) / 1e9);
    for (unsigned el = EL1; el <= EL2; el++) {
        for (unsigned c = 0; c < 64 + 4; c++)
            if (cpu->stats->exceptions[el][c])
                fprintf(f, "    to EL%u %12" PRIu64 "  %s\n", el, cpu->stats->exceptions[el][c],
                        exception_class_name(class_of(c)));
        why_counts(cpu, el, print_reason, f);
    }
    for (unsigned c = 0; c < EL3_CONTROLS; c++)
        if (cpu->stats->el3_traps[c])
            fprintf(f, "    to EL3 %12" PRIu64 "  %s\n", cpu->stats->el3_traps[c], el3_table[c].why);
    if (cpu->power == POWER_AT_EL3)
        fprintf(f, "    stopped at EL3\n");
}

void stats_summary(struct machine *m, FILE *f, double host_seconds)
{
    uint64_t n = total_instructions(m);
    fprintf(f, "svemu: %s%s%" PRIu64 " instructions, %.3f s of guest time", m->stop_text, *m->stop_text ? "; " : "", n,
            (double)m->now / 1e9);
    if (host_seconds > 0)
        fprintf(f, ", %.2f s of host time, %.0f MIPS", host_seconds, mips(n, host_seconds));
    fprintf(f, "\n");
}

void stats_print(struct machine *m, FILE *f, double host_seconds)
{
    for (unsigned i = 0; i < m->cpu_count; i++)
        print_cpu(f, m, m->cpus[i]);
    fprintf(f, "state hash %016" PRIx64 "\n", state_hash(m));
    stats_summary(m, f, host_seconds);
}
