/* --ledger and --ledger-parts: which function of the host's kernel belongs to which part of a world switch, by a table
 * of names with * and ?; and, with --timing fast, the branches that core/ledger.c is told of. */
#include "core/ledger.h"

#include <errno.h>
#include <stdlib.h>

#include "core/stops.h"
#include "core/timing.h"
#include "frontends/frontends.h"
#include "frontends/symbols.h"

/* PART NAME..., for Linux 6.1 to 6.12; what no line names is the host's. */
static const char built_in[] =
    "guest-exit __guest_exit* abort_guest_exit_* __kvm_hyp_vector __bp_harden_hyp_vecs fixup_guest_exit*\n"
    "guest-exit el1_sync el1_trap el1_irq el1_fiq el1_error el2_sync el2_error wa_epilogue\n"
    "guest-entry __guest_enter*\n"
    "fp-sve __fpsimd_* fpsimd_* __sve_* sve_* sme_* za_* __hyp_sve_* __hyp_fpsimd_* task_fpsimd_* do_fpsimd_acc "
    "do_sve_acc\n"
    "fp-sve kvm_hyp_handle_fpsimd* kvm_fpsimd_* kvm_hyp_save_fpsimd_* kvm_arch_vcpu_*_fp fpsimd_sve_* fpsimd_lazy_*\n"
    "sysregs __sysreg_* __sysreg32_* sysreg_save_* sysreg_restore_* kvm_vcpu_*_sysregs_* __vcpu_*_switch_sysregs\n"
    "sysregs ___activate_traps* __activate_traps* __deactivate_traps* __activate_cptr_traps* activate_traps_vhe_* "
    "deactivate_traps_vhe_*\n"
    "sysregs __debug_save_* __debug_restore_* __debug_switch_* __pmu_switch_* kvm_vcpu_pmu_*\n"
    "vgic __vgic_* vgic_* kvm_vgic_* __gic_v3_* __gic_v4_*\n"
    "timer kvm_timer_* kvm_arch_timer_* __timer_enable_* __timer_disable_* timer_* soft_timer_* set_cntvoff "
    "set_cntpoff\n"
    "timer __kvm_timer_* hrtimer_* __hrtimer_* arch_timer_*\n";

enum { MOST_LINES = 4096, MOST_BYTES = 1 << 20 };

/* ---- The table ---- */

struct ledger_parts {
    struct glob {
        char *pattern;
        enum ledger_part part;
    } * glob;
    size_t count, room;
};

void ledger_parts_free(struct ledger_parts *p)
{
    for (size_t i = 0; p && i < p->count; i++)
        free(p->glob[i].pattern);
    if (p)
        free(p->glob);
    free(p);
}

static bool no_memory(void) { return user_error("--ledger-parts: the host has no memory for it"); }

static bool add_glob(struct ledger_parts *p, const char *pattern, enum ledger_part part)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 128;
        struct glob *bigger = realloc(p->glob, room * sizeof *bigger);
        if (!bigger)
            return no_memory();
        p->glob = bigger, p->room = room;
    }
    char *copy = strdup(pattern);
    if (!copy)
        return no_memory();
    p->glob[p->count++] = (struct glob){ copy, part };
    return true;
}

/* place: "FILE:LINE". */
static bool find_part(const char *place, const char *word, enum ledger_part *part)
{
    const char *key[LEDGER_PARTS];
    char list[256] = "";
    for (unsigned i = 0; i < LEDGER_PARTS; i++) {
        if (!strcmp(ledger_part_key(i), word))
            return *part = i, true;
        key[i] = ledger_part_key(i);
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i ? " " : "", key[i]);
    }
    return user_error("--ledger-parts %s: '%.40s' is no part of a world switch; the nearest is %s, of %s", place, word,
                      nearest(word, key, LEDGER_PARTS), list);
}

/* PART NAME...; # begins a comment. line is cut up. */
static bool read_line(struct ledger_parts *p, const char *place, char *line)
{
    static const char space[] = " \t\r\n";
    enum ledger_part part = 0; /* gcc cannot see that user_error() is false */
    char *rest, *word;
    line[strcspn(line, "#")] = 0;
    if (!(word = strtok_r(line, space, &rest)))
        return true;
    if (!find_part(place, word, &part))
        return false;
    if (!(word = strtok_r(NULL, space, &rest)))
        return user_error("--ledger-parts %s: %s has no functions; expected PART NAME..., where names may have * and ?",
                          place, ledger_part_key(part));
    for (; word; word = strtok_r(NULL, space, &rest))
        if (!add_glob(p, word, part))
            return false;
    return true;
}

/* text is cut up. */
static bool read_text(struct ledger_parts *p, const char *file, char *text)
{
    char place[512], *next;
    for (unsigned n = 1; text; n++, text = next) {
        next = strchr(text, '\n');
        if (next)
            *next++ = 0;
        snprintf(place, sizeof place, "%s:%u", file, n);
        if (n > MOST_LINES)
            return user_error("--ledger-parts %s: more than %d lines", place, MOST_LINES);
        if (!read_line(p, place, text))
            return false;
    }
    return true;
}

static bool read_file(struct ledger_parts *p, const char *path)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(MOST_BYTES + 1) : NULL;
    size_t size = text ? fread(text, 1, MOST_BYTES, f) : 0;
    bool ok = text && !ferror(f);
    if (!ok)
        user_error("--ledger-parts %s: the file cannot be read: %s", path, strerror(errno));
    else if (size == MOST_BYTES || memchr(text, 0, size))
        ok = user_error("--ledger-parts %s: not a text of less than 1 MiB with lines PART NAME...", path);
    if (f)
        fclose(f);
    if (ok) {
        text[size] = 0;
        ok = read_text(p, path, text);
    }
    free(text);
    return ok;
}

struct ledger_parts *ledger_parts_read(const char *path)
{
    struct ledger_parts *p = calloc(1, sizeof *p);
    char *text = strdup(built_in);
    bool ok = (p && text) || no_memory();
    ok = ok && read_text(p, "built in", text) && (!path || read_file(p, path));
    free(text);
    if (ok)
        return p;
    ledger_parts_free(p);
    return NULL;
}

/* Does a name fit a pattern with * and ?? Not fnmatch(), which takes a hundred times as long for all of a kernel's. */
static bool fits(const char *pattern, const char *name)
{
    const char *star = NULL, *tried = NULL;
    for (;;) {
        if (*pattern == '*') {
            star = ++pattern, tried = name;
        } else if (*name && (*pattern == *name || *pattern == '?')) {
            pattern++, name++;
        } else if (!*pattern && !*name) {
            return true;
        } else if (star && *tried) {
            pattern = star, name = ++tried;
        } else {
            return false;
        }
    }
}

unsigned ledger_parts_of(const struct ledger_parts *p, const char *name)
{
    for (size_t i = p->count; i--;) /* the last line that fits */
        if (fits(p->glob[i].pattern, name))
            return p->glob[i].part;
    return LEDGER_HOST;
}

/* ---- Ranges ---- */

struct ranges {
    struct ledger_range *range;
    size_t count, room;
    bool failed;
};

static struct {
    struct machine *m;
    struct ledger_parts *parts;
    struct ranges ranges;
    /* With fast: instructions are watched from the first guest's entry on, when the machine is stopped for it. */
    struct machine_observer waits, watches;
    bool asked;
    uint64_t *last; /* of each CPU: the instruction executed last */
} on;

/* Of several names at one address the first that is not just the host's counts. Neighbours of one part are joined. */
static void add_range(void *arg, const char *name, uint64_t start, uint64_t end)
{
    struct ranges *r = arg;
    struct ledger_range *last = r->count ? &r->range[r->count - 1] : NULL;
    enum ledger_part part = ledger_parts_of(on.parts, strncmp(name, "__kvm_nvhe_", 11) ? name : name + 11);
    if (last && last->start <= start && end <= last->end) {
        if (part == LEDGER_HOST || last->part != LEDGER_HOST)
            return;
        if (last->start == start)
            r->count--; /* all of it */
        else
            last->end = start;
        last = r->count ? &r->range[r->count - 1] : NULL;
    }
    if (last && last->part == part && last->end == start) {
        last->end = end;
        return;
    }
    if (r->count == r->room) {
        size_t room = r->room ? 2 * r->room : 4096;
        struct ledger_range *bigger = realloc(r->range, room * sizeof *bigger);
        r->failed |= !bigger;
        if (!bigger)
            return;
        r->range = bigger, r->room = room;
    }
    r->range[r->count++] = (struct ledger_range){ start, end, part };
}

static int by_start(const void *a, const void *b)
{
    const struct ledger_range *x = a, *y = b;
    return (x->start > y->start) - (x->start < y->start);
}

/* In order, and what a hostile kernel may have made overlap cut off. */
static void put_in_order(struct ranges *r)
{
    size_t kept = 0;
    if (r->count)
        qsort(r->range, r->count, sizeof r->range[0], by_start);
    for (size_t i = 0; i < r->count; i++) {
        struct ledger_range now = r->range[i];
        if (kept && now.start < r->range[kept - 1].end)
            now.start = r->range[kept - 1].end;
        if (now.start < now.end)
            r->range[kept++] = now;
    }
    r->count = kept;
}

static void fill(struct machine *m, struct cpu *cpu, uint64_t address, bool first)
{
    struct symbol_space space = symbol_space_of(cpu);
    struct ranges *r = &on.ranges;
    if (first)
        r->count = 0;
    if (!symbols_around(symbols_of(m), &space, address, add_range, r))
        return;
    put_in_order(r);
    if (r->failed || !ledger_set(m, r->range, r->count))
        ledger_forget(m);
}

/* ---- With --timing fast ---- */

static void insn_begins(void *context, struct cpu *cpu, uint64_t pc, uint32_t word, unsigned row)
{
    uint64_t *last = &on.last[cpu->index];
    (void)context, (void)word, (void)row;
    if (pc != *last + 4)
        ledger_branch(cpu, pc);
    *last = pc;
}

static void returned(void *context, struct cpu *cpu, unsigned from)
{
    struct machine *m = context;
    if (on.asked || from != EL2 || !cpu_is_guest(cpu, cpu->pstate.EL))
        return;
    on.asked = true;
    machine_pause_internal(m);
}

bool ledger_begin(struct machine *m, const struct options *o)
{
    bool fast = false;
    if (!(on.parts = ledger_parts_read(o->ledger_parts)))
        return false;
    on.m = m;
    if (!ledger_open(m, fill) || !(on.last = calloc(m->cpu_count, sizeof *on.last)))
        return user_error("--ledger: the host has no memory for it");
    for (unsigned i = 0; o->ledger && i < m->cpu_count; i++)
        fast |= timing_mode(m->cpus[i]) == TIMING_FAST;
    if (fast) {
        on.waits = (struct machine_observer){ .context = m, .exception_returned = returned };
        machine_observe(m, &on.waits);
    }
    return true;
}

void ledger_stopped(struct machine *m)
{
    if (on.m != m || !on.asked || on.watches.insn_begins)
        return;
    machine_unobserve(m, &on.waits);
    on.watches = (struct machine_observer){ .insn_begins = insn_begins };
    machine_observe(m, &on.watches);
    ledger_fast(m);
}

void ledger_end(struct machine *m)
{
    if (on.m != m)
        return;
    machine_unobserve(m, &on.waits);
    machine_unobserve(m, &on.watches);
    ledger_parts_free(on.parts);
    free(on.ranges.range);
    free(on.last);
    memset(&on, 0, sizeof on);
}
