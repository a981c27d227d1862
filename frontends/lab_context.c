/* Which lines of the console to show beside a diagnosis: those that functions about vector lengths and KVM printed, and
 * those around the event. What the lines say is never looked at. */
#include "frontends/lab_run.h"

static const char *const about_vectors[] = {
    "sve_", "vec_", "fpsimd_", "kvm_", "verify_local_cpu", "verify_sve", "update_cpu_features", "cpu_die_early",
};

static bool printed_by_one(const struct lab_symbols *s, const struct lab_line *l)
{
    for (unsigned i = 0; i < l->depth; i++) {
        const char *name = lab_symbol(s, l->frames[i]);
        for (size_t n = 0; name && n < sizeof about_vectors / sizeof about_vectors[0]; n++)
            if (!strncmp(name, about_vectors[n], strlen(about_vectors[n])))
                return true;
    }
    return false;
}

static void mark(bool *chosen, uint64_t from, uint64_t to, uint64_t first, uint64_t last)
{
    for (uint64_t n = from < first ? first : from; n < to && n < last; n++)
        chosen[n % LAB_LINES] = true;
}

unsigned lab_context(const struct lab_run *r, const char *lines[LAB_CONTEXT])
{
    const struct lab_watch *w = &r->watch;
    const struct lab_console *c = &w->console;
    uint64_t last = w->ended ? w->end_line : c->count, first = c->count > LAB_LINES ? c->count - LAB_LINES : 0;
    static bool chosen[LAB_LINES];
    unsigned count = 0;
    memset(chosen, 0, sizeof chosen);
    for (unsigned i = 0; i < r->sets.cpus; i++)
        if (w->cpu[i].started && (r->state[i] != LAB_ONLINE || !(r->sets.set[i] || r->algebra.sve)))
            mark(chosen, w->cpu[i].on_line, w->cpu[i].on_line + 10, first, last);
    if (r->outcome == LAB_GUEST_FAILED || r->outcome == LAB_CRASH)
        mark(chosen, w->guest_begun ? w->guest_line : last > 20 ? last - 20 : 0, last, first, last);
    if (r->outcome == LAB_HANG || r->outcome == LAB_DEFECT)
        mark(chosen, last > 20 ? last - 20 : 0, last, first, last);
    for (uint64_t n = first; n < last && count < LAB_CONTEXT; n++) {
        const struct lab_line *l = &c->line[n % LAB_LINES];
        if (l->text && *l->text && !strstr(l->text, "svemu-lab: ") &&
            (chosen[n % LAB_LINES] || printed_by_one(&w->symbols, l)))
            lines[count++] = l->text;
    }
    return count;
}
