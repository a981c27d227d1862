/* The set algebra of vector lengths as Linux does it (arch/arm64/kernel/fpsimd.c), and the smallest changes of a
 * configuration that keep out of trouble.
 *
 * Early CPUs AND their sets into the common map and OR them into the partial map; the lowest length that is partial but
 * not common is one that a guest could see come and go, so guests may have at most the VQ below it. A late CPU must
 * have all common lengths and none that guests may have seen to be absent. */
#include "frontends/lab.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>

static unsigned highest(uint16_t set) { return set ? 32 - (unsigned)__builtin_clz(set) : 0; }
static unsigned lowest(uint16_t set) { return set ? 1 + (unsigned)__builtin_ctz(set) : 0; }
/* All VQs up to vq. */
static uint16_t up_to(unsigned vq) { return (uint16_t)((1u << vq) - 1); }

static enum lab_verdict verdict(const struct lab_algebra *a, uint16_t set, bool zcr_feature, uint16_t *reason)
{
    uint16_t missing = a->common & (uint16_t)~set, extra = set & (uint16_t)~a->common & up_to(a->guest_max_vq);

    if (!a->sve)
        return LAB_ACCEPTED; /* nobody looks at its vector lengths */
    if (!set)
        return LAB_NO_SVE;
    *reason = missing;
    if (zcr_feature && highest(set) < a->smallest_max)
        return LAB_SHORTER;
    if (missing)
        return LAB_MISSING;
    *reason = extra;
    return extra ? LAB_UNSUPPORTED : LAB_ACCEPTED;
}

void lab_algebra(const struct lab_sets *s, bool zcr_feature, struct lab_algebra *a)
{
    *a = (struct lab_algebra){ .sve = true, .common = 0xffff, .smallest_max = 16 };
    for (unsigned i = 0; i < s->cpus; i++) {
        if (s->late[i])
            continue;
        a->sve &= s->set[i] != 0;
        a->common &= s->set[i];
        a->partial |= s->set[i];
        if (highest(s->set[i]) < a->smallest_max)
            a->smallest_max = highest(s->set[i]);
    }
    if (a->sve) {
        a->max_vq = highest(a->common);
        a->unshared_vq = lowest(a->partial & (uint16_t)~a->common);
        a->guest_max_vq = a->unshared_vq && a->unshared_vq - 1 < a->max_vq ? a->unshared_vq - 1 : a->max_vq;
        a->guest = a->common & up_to(a->guest_max_vq);
        a->guest_killed = !(a->common >> (a->guest_max_vq - 1) & 1);
    }
    for (unsigned i = 0; i < s->cpus; i++)
        if (s->late[i])
            a->verdict[i] = verdict(a, s->set[i], zcr_feature, &a->reason[i]);
}

enum lab_trouble lab_trouble(const struct lab_sets *s, const struct lab_algebra *a)
{
    for (unsigned i = 0; i < s->cpus; i++)
        if (a->verdict[i] != LAB_ACCEPTED)
            return LAB_REFUSED;
    if (!a->sve)
        return a->partial ? LAB_SVE_LOST : LAB_FINE;
    if (a->guest_killed)
        return LAB_GUESTS_KILLED;
    return a->guest_max_vq < a->max_vq ? LAB_GUESTS_LIMITED : LAB_FINE;
}

/* ---- Parsing ---- */

static bool sets_error(const char *text)
{
    char why[sizeof user_error_text];
    memcpy(why, user_error_text, sizeof why);
    return user_error("--sets %.300s: %.600s", text, why);
}

/* The text without the blanks round it; cuts those behind it. */
static char *trimmed(char *text)
{
    while (isspace((unsigned char)*text))
        text++;
    for (char *end = text + strlen(text); end > text && isspace((unsigned char)end[-1]);)
        *--end = 0;
    return text;
}

/* One part between slashes: [N*]SET. */
static bool parse_part(const char *text, char *part, struct lab_sets *s)
{
    uint64_t times = 1;
    uint16_t set;
    char *star = strchr(part, '*');
    if (star)
        *star = 0;
    char *number = trimmed(part), *lengths = star ? trimmed(star + 1) : number;
    if (star && (!parse_number(number, MAX_CPUS, &times) || !times))
        return user_error("--sets %.300s: expected a number of CPUs from 1 to %d before the *, not %.100s", text,
                          MAX_CPUS, number);
    if (!*lengths)
        return user_error("--sets %.300s: expected a set of vector lengths before and after each /", text);
    if (!parse_vl(lengths, &set))
        return sets_error(text);
    if (s->cpus + times > MAX_CPUS)
        return user_error("--sets %.300s: at most %d CPUs", text, MAX_CPUS);
    while (times--)
        s->set[s->cpus++] = set;
    return true;
}

bool lab_parse_sets(const char *text, struct lab_sets *s)
{
    char *copy = strdup(text), *p = copy, *part;
    bool ok = copy;
    memset(s, 0, sizeof *s);
    while (ok && (part = strsep(&p, "/")))
        ok = parse_part(text, part, s);
    free(copy);
    return ok;
}

/* N or N-M; marks them. */
static bool parse_late_part(const char *text, char *part, struct lab_sets *s)
{
    uint64_t from, to;
    char *dash = strchr(part, '-');
    if (dash)
        *dash = 0;
    if (!parse_number(part, UINT32_MAX, &from) || (dash && !parse_number(dash + 1, UINT32_MAX, &to)) ||
        (dash && to < from))
        return user_error("--late %.300s: expected CPUs as 1, 1-3 or 1+2", text);
    if (!dash)
        to = from;
    if (!from)
        return user_error("--late %.300s: CPU 0 boots the system, so it cannot be late", text);
    if (to >= s->cpus)
        return user_error("--late %.300s: there is no CPU %llu; --sets has %u", text, (unsigned long long)to, s->cpus);
    for (; from <= to; from++)
        s->late[from] = true;
    return true;
}

bool lab_parse_late(const char *text, struct lab_sets *s)
{
    char *copy = strdup(text), *p = copy, *part;
    bool ok = copy;
    while (ok && (part = strsep(&p, "+")))
        ok = parse_late_part(text, part, s);
    free(copy);
    /* maxcpus= keeps back from a number on */
    for (unsigned i = 1; ok && i < s->cpus; i++)
        if (s->late[i - 1] && !s->late[i])
            ok = user_error("--late %.300s: late CPUs must be the last ones, but CPU %u is not late; write its set "
                            "first in --sets",
                            text, i);
    return ok;
}

/* ---- Text ---- */

/* Appends to buffer what fits. */
static void __attribute__((format(printf, 3, 4))) append(char *buffer, size_t size, const char *format, ...)
{
    size_t used = strlen(buffer);
    va_list args;
    va_start(args, format);
    vsnprintf(buffer + used, size - used, format, args);
    va_end(args);
}

char *lab_sets_text(const struct lab_sets *s, char *buffer, size_t size)
{
    char set[128];
    *buffer = 0;
    for (unsigned i = 0, same; i < s->cpus; i += same) {
        for (same = 1; i + same < s->cpus && s->set[i + same] == s->set[i];)
            same++;
        append(buffer, size, "%s", i ? " / " : "");
        if (same > 2)
            append(buffer, size, "%u*", same);
        vl_text(s->set[i], "+", set, sizeof set);
        append(buffer, size, "%s", set);
        if (same == 2)
            append(buffer, size, " / %s", set);
    }
    return buffer;
}

char *lab_late_text(const struct lab_sets *s, char *buffer, size_t size)
{
    unsigned first = 0;
    while (first < s->cpus && !s->late[first])
        first++;
    *buffer = 0;
    if (first < s->cpus)
        snprintf(buffer, size, first + 1 == s->cpus ? "%u" : "%u-%u", first, s->cpus - 1);
    return buffer;
}

char *lab_rule(const struct lab_algebra *a, char *buffer, size_t size)
{
    if (!a->sve)
        snprintf(buffer, size, "no SVE: an early CPU lacks it, so Linux hides it from user space and guests");
    else if (!a->unshared_vq)
        snprintf(buffer, size, "all early CPUs have the same lengths, so guests may have every one of them");
    else if (a->guest_max_vq == a->max_vq)
        snprintf(buffer, size,
                 "the shortest length that only some early CPUs have, %u, is above the largest common one, so guests "
                 "may have every common length",
                 128 * a->unshared_vq);
    else
        snprintf(
            buffer, size,
            "the shortest length that only some early CPUs have is %u, and guests may have at most the multiple of "
            "128 below it, %u%s",
            128 * a->unshared_vq, 128 * a->guest_max_vq, a->guest_killed ? ", which is a length of no CPU" : "");
    return buffer;
}

char *lab_verdict_text(const struct lab_algebra *a, unsigned cpu, char *buffer, size_t size)
{
    char lengths[128];
    vl_text(a->reason[cpu], " ", lengths, sizeof lengths);
    switch (a->verdict[cpu]) {
    case LAB_ACCEPTED: snprintf(buffer, size, "it comes online"); break;
    case LAB_NO_SVE: snprintf(buffer, size, "it lacks SVE, which the system uses since boot"); break;
    case LAB_SHORTER:
        snprintf(buffer, size, "its largest length is below %u, the smallest maximum of the early CPUs%s%s",
                 128 * a->smallest_max, a->reason[cpu] ? "; common lengths that it lacks: " : "",
                 a->reason[cpu] ? lengths : "");
        break;
    case LAB_MISSING:
        snprintf(buffer, size, "it lacks the common length%s %s", strchr(lengths, ' ') ? "s" : "", lengths);
        break;
    case LAB_UNSUPPORTED:
        snprintf(buffer, size, "it has %s, which guests may have found absent (they may have up to %u)", lengths,
                 128 * a->guest_max_vq);
        break;
    }
    return buffer;
}

char *lab_prediction(const struct lab_sets *s, const struct lab_algebra *a, char *buffer, size_t size)
{
    char text[256], user[128], guest[128];
    bool refused = false;
    *buffer = 0;
    for (unsigned i = 0; i < s->cpus; i++)
        if (a->verdict[i] != LAB_ACCEPTED) {
            append(buffer, size, "%sLinux refuses late CPU %u: %s", refused ? "; " : "", i,
                   lab_verdict_text(a, i, text, sizeof text));
            refused = true;
        }
    if (!refused)
        append(buffer, size, "all CPUs come online");
    if (!a->sve) {
        append(buffer, size, "; nobody has SVE");
        return buffer;
    }
    append(buffer, size, "; user space has %s, guests %s", vl_text(a->common, " ", user, sizeof user),
           vl_text(a->guest, " ", guest, sizeof guest));
    if (a->guest_killed)
        append(buffer, size,
               "; a guest that is not told its lengths is killed, because KVM records a maximum of %u bits and the CPU "
               "gives %u",
               128 * a->guest_max_vq, 128 * highest(a->guest));
    return buffer;
}

/* ---- Changes ---- */

/* CPUs with the same set and the same lateness are one group: what helps one of them helps all. */
struct group {
    uint16_t set;
    bool late;
    unsigned first, count;
    char names[64];
};
enum edit_kind { EDIT_REMOVE, EDIT_ADD, EDIT_GIVE, EDIT_EARLY };
struct edit {
    enum edit_kind kind;
    unsigned group;
    uint16_t set; /* the length to remove or add, the set to give */
};
enum { MAX_GROUPS = 16, MAX_EDITS = 3, MAX_EDIT_LIST = MAX_GROUPS * (2 * 15 + MAX_GROUPS) };

struct search {
    const struct lab_sets *sets;
    bool zcr_feature;
    enum lab_trouble before;
    struct group group[MAX_GROUPS];
    unsigned groups, of[MAX_CPUS]; /* group of a CPU */
    struct edit edit[MAX_EDIT_LIST];
    unsigned edits;
    struct found {
        unsigned chosen[MAX_EDITS], count;
        long score;
    } best[MAX_LAB_CHANGES];
    unsigned found;
};

static bool make_groups(struct search *q)
{
    for (unsigned i = 0; i < q->sets->cpus; i++) {
        unsigned g = 0;
        while (g < q->groups && (q->group[g].set != q->sets->set[i] || q->group[g].late != q->sets->late[i]))
            g++;
        if (g == MAX_GROUPS)
            return false; /* too many to search; nobody would read the answer */
        if (g == q->groups)
            q->group[q->groups++] = (struct group){ .set = q->sets->set[i], .late = q->sets->late[i], .first = i };
        q->group[g].count++;
        q->of[i] = g;
    }
    for (unsigned g = 0; g < q->groups; g++) {
        struct group *p = &q->group[g];
        unsigned last = p->first;
        bool row = true;
        for (unsigned i = p->first; i < q->sets->cpus; i++)
            if (q->of[i] == g) {
                row &= i <= last + 1;
                last = i;
            }
        if (p->count == 1)
            snprintf(p->names, sizeof p->names, "CPU %u", p->first);
        else if (row)
            snprintf(p->names, sizeof p->names, "CPUs %u-%u", p->first, last);
        else
            snprintf(p->names, sizeof p->names, "CPU %u and the %u like it", p->first, p->count - 1);
    }
    return true;
}

static void list_edits(struct search *q)
{
    uint16_t any = 0;
    for (unsigned g = 0; g < q->groups; g++)
        any |= q->group[g].set;
    for (unsigned g = 0; g < q->groups; g++) {
        uint16_t set = q->group[g].set;
        for (unsigned vq = 2; set && vq <= 16; vq++) {
            uint16_t length = (uint16_t)(1u << (vq - 1));
            if (set & length)
                q->edit[q->edits++] = (struct edit){ EDIT_REMOVE, g, length };
            else if (any & length)
                q->edit[q->edits++] = (struct edit){ EDIT_ADD, g, length };
        }
        for (unsigned other = 0; !set && other < q->groups; other++)
            if (q->group[other].set)
                q->edit[q->edits++] = (struct edit){ EDIT_GIVE, g, q->group[other].set };
        if (q->group[g].late)
            q->edit[q->edits++] = (struct edit){ EDIT_EARLY, g, 0 };
    }
}

static void apply_edits(const struct search *q, const unsigned *chosen, unsigned count, struct lab_sets *to)
{
    *to = *q->sets;
    for (unsigned n = 0; n < count; n++) {
        const struct edit *e = &q->edit[chosen[n]];
        for (unsigned i = 0; i < to->cpus; i++) {
            if (q->of[i] != e->group)
                continue;
            switch (e->kind) {
            case EDIT_REMOVE: to->set[i] &= (uint16_t)~e->set; break;
            case EDIT_ADD: to->set[i] |= e->set; break;
            case EDIT_GIVE: to->set[i] = e->set; break;
            case EDIT_EARLY: to->late[i] = false; break;
            }
        }
    }
}

/* Late CPUs are the last ones, whatever was edited. */
static bool can_be_booted(const struct lab_sets *s)
{
    for (unsigned i = 1; i < s->cpus; i++)
        if (s->late[i - 1] && !s->late[i])
            return false;
    return true;
}

/* Less trouble first, then sets that the architecture permits, then more for guests and user space. */
static long score(const struct lab_sets *s, const struct lab_algebra *a, enum lab_trouble t)
{
    long illegal = 0;
    for (unsigned i = 0; i < s->cpus; i++)
        illegal |= vl_rule_warning(s->set[i]) != NULL;
    return (long)t * 100000 + illegal * 10000 + (16 - (long)highest(a->guest)) * 100 + (16 - (long)a->max_vq);
}

static void try_edits(struct search *q, const unsigned *chosen, unsigned count)
{
    struct lab_sets s;
    struct lab_algebra a;
    apply_edits(q, chosen, count, &s);
    if (!can_be_booted(&s))
        return;
    lab_algebra(&s, q->zcr_feature, &a);
    enum lab_trouble t = lab_trouble(&s, &a);
    if (t >= q->before)
        return;
    struct found f = { .count = count, .score = score(&s, &a, t) };
    memcpy(f.chosen, chosen, count * sizeof *chosen);
    unsigned at = q->found;
    while (at && q->best[at - 1].score > f.score)
        at--;
    if (at == MAX_LAB_CHANGES)
        return;
    if (q->found < MAX_LAB_CHANGES)
        q->found++;
    memmove(&q->best[at + 1], &q->best[at], (q->found - at - 1) * sizeof f);
    q->best[at] = f;
}

/* Every choice of depth more edits from number first on. */
static void choose(struct search *q, unsigned *chosen, unsigned count, unsigned depth, unsigned first)
{
    if (!depth) {
        try_edits(q, chosen, count);
        return;
    }
    for (unsigned e = first; e < q->edits; e++) {
        chosen[count] = e;
        choose(q, chosen, count + 1, depth - 1, e + 1);
    }
}

static void describe(const struct search *q, const struct found *f, struct lab_change *c)
{
    char set[128], user[128];
    struct lab_algebra a;
    *c->text = 0;
    apply_edits(q, f->chosen, f->count, &c->sets);
    for (unsigned n = 0; n < f->count; n++) {
        const struct edit *e = &q->edit[f->chosen[n]];
        const char *names = q->group[e->group].names;
        vl_text(e->set, "+", set, sizeof set);
        append(c->text, sizeof c->text, "%s", n ? " and " : "");
        switch (e->kind) {
        case EDIT_REMOVE: append(c->text, sizeof c->text, "remove %s from %s", set, names); break;
        case EDIT_ADD: append(c->text, sizeof c->text, "add %s to %s", set, names); break;
        case EDIT_GIVE: append(c->text, sizeof c->text, "give %s SVE with %s", names, set); break;
        case EDIT_EARLY: append(c->text, sizeof c->text, "bring %s up at boot, not late", names); break;
        }
    }
    lab_algebra(&c->sets, q->zcr_feature, &a);
    snprintf(c->gives, sizeof c->gives, "user space then has %s", vl_text(a.common, " ", user, sizeof user));
    if (!a.sve)
        snprintf(c->gives, sizeof c->gives, "nobody then has SVE");
    else if (a.guest != a.common)
        append(c->gives, sizeof c->gives, ", guests %s", vl_text(a.guest, " ", user, sizeof user));
    else
        append(c->gives, sizeof c->gives, ", and so have guests");
}

unsigned lab_changes(const struct lab_sets *s, bool zcr_feature, struct lab_change changes[MAX_LAB_CHANGES])
{
    struct search *q = calloc(1, sizeof *q);
    struct lab_algebra a;
    unsigned chosen[MAX_EDITS], found = 0;
    uint64_t work = 1;
    if (!q)
        return 0;
    q->sets = s, q->zcr_feature = zcr_feature;
    lab_algebra(s, zcr_feature, &a);
    q->before = lab_trouble(s, &a);
    if (q->before != LAB_FINE && make_groups(q)) {
        list_edits(q);
        for (unsigned depth = 1; depth <= MAX_EDITS && !q->found; depth++) {
            work *= q->edits;
            if (work * s->cpus > 20000000)
                break; /* nothing small helps */
            choose(q, chosen, 0, depth, 0);
        }
    }
    for (found = 0; found < q->found; found++)
        describe(q, &q->best[found], &changes[found]);
    free(q);
    return found;
}
