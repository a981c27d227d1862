/* The target description (GDB manual, appendix G; G.5.1 AArch64 features). Registers are numbered in the order in which
 * they are described, so that the two cannot part.
 *
 * Z and P registers have the size of the machine's largest implemented vector length, for all CPUs and for the whole
 * session: gdb 13 asks for the description once and, for remote targets, never looks at vg to resize them. Lanes above
 * CurrentVL read as 0. */
#include "frontends/gdb.h"

#include <stdio.h>
#include <stdlib.h>

#include "sysregs/sysregs.h"

struct description {
    FILE *f;
    struct gdb *g;
    unsigned room;
};

static void add(struct description *d, enum gdb_register_kind kind, unsigned n, unsigned bytes, const char *name,
                const char *attributes)
{
    struct gdb *g = d->g;
    if (g->register_count == d->room) {
        d->room = d->room ? 2 * d->room : 256;
        struct gdb_register *more = realloc(g->registers, d->room * sizeof(*more));
        if (!more) {
            d->room = g->register_count;
            return;
        }
        g->registers = more;
    }
    fprintf(d->f, "<reg name=\"%s\" bitsize=\"%u\" regnum=\"%u\" %s/>\n", name, 8 * bytes, g->register_count,
            attributes);
    g->registers[g->register_count++] =
        (struct gdb_register){ .kind = (uint8_t)kind, .n = (uint16_t)n, .size = (uint16_t)bytes };
}

static void feature(struct description *d, const char *name) { fprintf(d->f, "<feature name=\"%s\">\n", name); }
static void end_feature(struct description *d) { fprintf(d->f, "</feature>\n"); }

/* PSTATE as SPSR_ELx has it. */
static void pstate_type(FILE *f)
{
    static const struct {
        const char *name;
        unsigned lo, hi;
    } fields[] = {
        { "SP", 0, 0 },    { "EL", 2, 3 },   { "nRW", 4, 4 },     { "F", 6, 6 },      { "I", 7, 7 },
        { "A", 8, 8 },     { "D", 9, 9 },    { "BTYPE", 10, 11 }, { "SSBS", 12, 12 }, { "ALLINT", 13, 13 },
        { "IL", 20, 20 },  { "SS", 21, 21 }, { "PAN", 22, 22 },   { "UAO", 23, 23 },  { "DIT", 24, 24 },
        { "TCO", 25, 25 }, { "V", 28, 28 },  { "C", 29, 29 },     { "Z", 30, 30 },    { "N", 31, 31 },
    };
    fprintf(f, "<flags id=\"pstate\" size=\"4\">\n");
    for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
        fprintf(f, "<field name=\"%s\" start=\"%u\" end=\"%u\"/>\n", fields[i].name, fields[i].lo, fields[i].hi);
    fprintf(f, "</flags>\n");
}

static void core(struct description *d)
{
    char name[16];
    feature(d, "org.gnu.gdb.aarch64.core");
    pstate_type(d->f);
    for (unsigned i = 0; i < 31; i++) {
        snprintf(name, sizeof name, "x%u", i);
        add(d, GDB_X, i, 8, name, "type=\"int\"");
    }
    add(d, GDB_X, SP_SLOT, 8, "sp", "type=\"data_ptr\"");
    add(d, GDB_PC, 0, 8, "pc", "type=\"code_ptr\"");
    add(d, GDB_CPSR, 0, 4, "cpsr", "type=\"pstate\"");
    d->g->core_count = d->g->register_count;
    end_feature(d);
}

/* A vector of count lanes seen as each type: members of one union, for each element size a union of its own, as gdb's
 * users know them ($z0.d.u[3]). */
static void vector_types(FILE *f, const char *prefix, unsigned bytes)
{
    static const struct {
        char size;
        unsigned bytes;
        const char *real, *u, *s;
    } lanes[] = { { 'q', 16, NULL, "uint128", "int128" },
                  { 'd', 8, "ieee_double", "uint64", "int64" },
                  { 's', 4, "ieee_single", "uint32", "int32" },
                  { 'h', 2, "ieee_half", "uint16", "int16" },
                  { 'b', 1, NULL, "uint8", "int8" } };
    for (unsigned i = 0; i < 5; i++) {
        unsigned n = bytes / lanes[i].bytes;
        const char *type[] = { lanes[i].real, lanes[i].u, lanes[i].s };
        for (unsigned t = 0; t < 3; t++)
            if (type[t])
                fprintf(f, "<vector id=\"%s%c%c\" type=\"%s\" count=\"%u\"/>\n", prefix, lanes[i].size, "fus"[t],
                        type[t], n);
        fprintf(f, "<union id=\"%s%c\">\n", prefix, lanes[i].size);
        for (unsigned t = 0; t < 3; t++)
            if (type[t])
                fprintf(f, "<field name=\"%c\" type=\"%s%c%c\"/>\n", "fus"[t], prefix, lanes[i].size, "fus"[t]);
        fprintf(f, "</union>\n");
    }
    fprintf(f, "<union id=\"%s\">\n", prefix);
    for (unsigned i = 0; i < 5; i++)
        fprintf(f, "<field name=\"%c\" type=\"%s%c\"/>\n", lanes[i].size, prefix, lanes[i].size);
    fprintf(f, "</union>\n");
}

static void fp_status(struct description *d)
{
    add(d, GDB_SYSREG, SR_FPSR, 4, "fpsr", "type=\"int\" group=\"float\"");
    add(d, GDB_SYSREG, SR_FPCR, 4, "fpcr", "type=\"int\" group=\"float\"");
}

static void numbered(struct description *d, enum gdb_register_kind kind, unsigned count, unsigned bytes,
                     const char *letter, const char *attributes)
{
    char name[16];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "%s%u", letter, i);
        add(d, kind, i, bytes, name, attributes);
    }
}

static void fpu(struct description *d)
{
    feature(d, "org.gnu.gdb.aarch64.fpu");
    vector_types(d->f, "vec", 16);
    numbered(d, GDB_V, 32, 16, "v", "type=\"vec\" group=\"vector\"");
    fp_status(d);
    end_feature(d);
}

static void sve(struct description *d, unsigned bytes)
{
    feature(d, "org.gnu.gdb.aarch64.sve");
    vector_types(d->f, "svev", bytes);
    fprintf(d->f, "<vector id=\"svep\" type=\"uint8\" count=\"%u\"/>\n", bytes / 8);
    numbered(d, GDB_Z, 32, bytes, "z", "type=\"svev\" group=\"vector\"");
    fp_status(d);
    numbered(d, GDB_P, 16, bytes / 8, "p", "type=\"svep\" group=\"vector\"");
    add(d, GDB_P, 16, bytes / 8, "ffr", "type=\"svep\" group=\"vector\"");
    add(d, GDB_VG, 0, 8, "vg", "type=\"int\"");
    end_feature(d);
}

/* Masks of what pointer authentication uses of a pointer, which gdb takes away from return addresses. gdb 14 and later
 * know this feature. gdb 13.1 shows four plain registers; the older feature that it knows has one mask for both ranges,
 * whose bits it clears, and a kernel's addresses are not found that way. */
static void pauth(struct description *d)
{
    feature(d, "org.gnu.gdb.aarch64.pauth_v2");
    add(d, GDB_PAUTH_MASK, 0, 8, "pauth_dmask", "type=\"int\"");
    add(d, GDB_PAUTH_MASK, 0, 8, "pauth_cmask", "type=\"int\"");
    add(d, GDB_PAUTH_MASK, 1, 8, "pauth_dmask_high", "type=\"int\"");
    add(d, GDB_PAUTH_MASK, 1, 8, "pauth_cmask_high", "type=\"int\"");
    end_feature(d);
}

static void tls(struct description *d)
{
    feature(d, "org.gnu.gdb.aarch64.tls");
    add(d, GDB_SYSREG, SR_TPIDR_EL0, 8, "tpidr", "type=\"data_ptr\"");
    end_feature(d);
}

static bool anybody_has(const struct machine *m, enum sysreg_index r)
{
    bool has = false;
    for (unsigned i = 0; i < m->cpu_count && !has; i++)
        has = sysreg_claimed(m->cpus[i], r);
    return has;
}

/* Every register that a CPU of this machine has, by Arm's name. FPCR and FPSR are there already, under names that
 * differ in case alone. */
static void system_registers(struct description *d)
{
    feature(d, "org.svemu.aarch64.sysregs");
    for (unsigned r = 0; r < SR_COUNT; r++)
        if (r != SR_FPCR && r != SR_FPSR && anybody_has(d->g->d->m, (enum sysreg_index)r))
            add(d, GDB_SYSREG, r, 8, sysreg_name((enum sysreg_index)r),
                "type=\"uint64\" group=\"system\" save-restore=\"no\"");
    end_feature(d);
}

bool gdb_target_create(struct gdb *g)
{
    const struct machine *m = g->d->m;
    size_t size;
    struct description d = { .g = g };
    bool have_pauth = false;
    uint16_t vq_set = 0;
    for (unsigned i = 0; i < m->cpu_count; i++) {
        vq_set |= m->cpus[i]->vq_set;
        have_pauth |= HaveFeat(m->cpus[i], FEAT_PAuth);
    }
    d.f = open_memstream(&g->target_xml, &size);
    if (!d.f)
        return false;
    fprintf(d.f, "<?xml version=\"1.0\"?>\n<!DOCTYPE target SYSTEM \"gdb-target.dtd\">\n<target>\n"
                 "<architecture>aarch64</architecture>\n");
    core(&d);
    if (vq_set)
        sve(&d, 16 * (32 - (unsigned)__builtin_clz(vq_set)));
    else
        fpu(&d);
    if (have_pauth)
        pauth(&d);
    tls(&d);
    system_registers(&d);
    fprintf(d.f, "</target>\n");
    return fclose(d.f) == 0 && g->registers && d.room >= g->register_count;
}
