/* A laboratory run for people. */
#include "frontends/lab_run.h"

#include <inttypes.h>

static void cpu(const struct lab_run *r, unsigned i, FILE *f)
{
    const struct lab_cpu *c = &r->watch.cpu[i];
    char set[128], probed[128], user[128];
    fprintf(f, "  CPU %u: %s%s; %s", i, vl_text(r->sets.set[i], " ", set, sizeof set), r->sets.late[i] ? ", late" : "",
            lab_state_name(r->state[i]));
    if (c->probed)
        fprintf(f, "; probed %s at EL%u in %u writes: %s", c->register_name, c->probe_el, c->writes,
                c->probed == r->sets.set[i] ? "the same" : vl_text(c->probed, " ", probed, sizeof probed));
    else if (c->probing)
        fprintf(f, "; asked %s for its largest length only: %s", c->register_name,
                vl_text(c->probing, " ", probed, sizeof probed));
    if (c->user_seen)
        fprintf(f, "; user space: %s", vl_text(c->user, " ", user, sizeof user));
    fputc('\n', f);
    if (r->state[i] == LAB_ONLINE && r->outcome != LAB_HANG && r->outcome != LAB_DEFECT)
        return;
    if (!c->started)
        return;
    fprintf(f, "    PC %#" PRIx64 ", EL%u%s\n", c->pc, c->el,
            c->halted == HALT_WFI   ? ", waiting in WFI"
            : c->halted == HALT_WFE ? ", waiting in WFE"
                                    : "");
    for (unsigned n = 0; n < c->depth; n++) {
        const char *name = lab_symbol(&r->watch.symbols, c->frames[n]);
        if (name)
            fprintf(f, "      %s %s\n", n ? "from" : "at  ", name);
    }
}

/* CPUs that are alike in all that would be said share a line. */
static bool same_as_before(const struct lab_run *r, unsigned i)
{
    const struct lab_cpu *a = &r->watch.cpu[i], *b = a - 1;
    return i && r->sets.set[i] == r->sets.set[i - 1] && r->sets.late[i] == r->sets.late[i - 1] &&
           r->state[i] == LAB_ONLINE && r->state[i - 1] == LAB_ONLINE && a->probed == b->probed && a->user == b->user &&
           r->outcome != LAB_HANG;
}

static void cpus(const struct lab_run *r, FILE *f)
{
    fprintf(f, "CPUs\n");
    for (unsigned i = 0, alike; i < r->sets.cpus; i += alike) {
        cpu(r, i, f);
        for (alike = 1; i + alike < r->sets.cpus && same_as_before(r, i + alike);)
            alike++;
        if (alike > 1)
            fprintf(f, "  CPU%s %u to %u: the same\n", alike > 2 ? "s" : "", i + 1, i + alike - 1);
    }
}

static void guests(const struct lab_run *r, FILE *f)
{
    const struct lab_watch *w = &r->watch;
    char set[128];
    if (w->kvm_seen)
        fprintf(f, "KVM_REG_ARM64_SVE_VLS\n  %s\n", vl_text(w->kvm, " ", set, sizeof set));
    if (w->guest_lengths_seen)
        fprintf(f, "Found by the KVM guest\n  %s\n", vl_text(w->guest, " ", set, sizeof set));
}

static void changes(const struct lab_run *r, FILE *f)
{
    static char sets[MAX_CPUS * 100];
    char late[32];
    if (!r->changes)
        return;
    fprintf(f, "Smallest changes that avoid it\n");
    for (unsigned n = 0; n < r->changes; n++) {
        const struct lab_change *c = &r->change[n];
        fprintf(f, "  %s: %s\n    --sets '%s'", c->text, c->gives, lab_sets_text(&c->sets, sets, sizeof sets));
        if (*lab_late_text(&c->sets, late, sizeof late))
            fprintf(f, " --late %s", late);
        fputc('\n', f);
    }
}

static void context(const struct lab_run *r, FILE *f)
{
    const char *lines[LAB_CONTEXT];
    unsigned count = lab_context(r, lines);
    if (!count)
        return;
    fprintf(f, "The kernel says (shown, not judged by)\n");
    for (unsigned n = 0; n < count; n++) {
        fputs("  ", f);
        for (const char *p = lines[n]; *p; p++)
            fputc((unsigned char)*p < ' ' || *p == 0x7f ? '?' : *p, f);
        fputc('\n', f);
    }
}

void lab_report(const struct lab_run *r, FILE *f)
{
    const struct lab_algebra *a = &r->algebra;
    static char text[MAX_CPUS * 100];
    char set[128];
    fprintf(f, "%s\n", r->summary);
    fprintf(f, "Kernel\n  %s, Linux %s, KVM mode %s%s\n", r->options.kernel,
            *r->watch.symbols.version ? r->watch.symbols.version : "of unknown version", lab_mode_name(r->mode),
            r->watch.symbols.table ? "" : "; the Image has no kallsyms, so there are no names");
    cpus(r, f);
    guests(r, f);
    fprintf(f, "Algebra\n  common: %s\n", a->sve ? vl_text(a->common, " ", set, sizeof set) : "none");
    fprintf(f, "  partial: %s\n", vl_text(a->partial, " ", set, sizeof set));
    fprintf(f, "  largest virtualisable: %u: %s\n", 128 * a->guest_max_vq, lab_rule(a, text, sizeof text));
    fprintf(f, "  expected: %s\n", lab_prediction(&r->sets, a, text, sizeof text));
    if (*r->surprise)
        fprintf(f, "  but: %s\n", r->surprise);
    changes(r, f);
    context(r, f);
    fprintf(f, "%" PRIu64 " instructions, %.3f s of guest time%s%s\n", r->instructions, (double)r->guest_ns / 1e9,
            r->console ? "; console in " : "", r->console ? r->console : "");
}
