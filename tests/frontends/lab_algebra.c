/* The laboratory's algebra against a model of the kernel's own bitmaps, over all sets of a few lengths; its changes;
 * what --sets and --late take. */
#include "frontends/lab.h"
#include "tests/harness.h"

/* ---- The model: maps with one element per length, from the longest to the shortest, as the kernel numbers its bits
 * --- */

enum { VQ_MAX = 16 };
struct map {
    bool has[VQ_MAX]; /* [0]: VQ 16, [15]: VQ 1 */
};
static unsigned bit_of(unsigned vq) { return VQ_MAX - vq; }

static struct map map_of(uint16_t set)
{
    struct map m = { 0 };
    for (unsigned vq = 1; vq <= VQ_MAX; vq++)
        m.has[bit_of(vq)] = set & 1u << (vq - 1);
    return m;
}

static uint16_t set_of(const struct map *m)
{
    uint16_t set = 0;
    for (unsigned b = 0; b < VQ_MAX; b++)
        if (m->has[b])
            set |= (uint16_t)(1u << (VQ_MAX - b - 1));
    return set;
}

struct system {
    bool sve;
    struct map vq_map, vq_partial_map;
    int max_vl, max_virtualisable_vl, zcr; /* bytes, bytes, LEN */
};

static int longest(const struct map *m)
{
    for (unsigned b = 0; b < VQ_MAX; b++)
        if (m->has[b])
            return (int)(16 * (VQ_MAX - b));
    return 0;
}

static struct system boot(const struct lab_sets *s)
{
    struct system y = { .sve = s->set[0] != 0 };
    y.vq_map = y.vq_partial_map = map_of(s->set[0]);
    y.zcr = longest(&y.vq_map) / 16 - 1;
    for (unsigned i = 1; i < s->cpus && !s->late[i]; i++) {
        struct map m = map_of(s->set[i]);
        y.sve = y.sve && s->set[i];
        for (unsigned b = 0; b < VQ_MAX; b++) {
            y.vq_map.has[b] = y.vq_map.has[b] && m.has[b];
            y.vq_partial_map.has[b] = y.vq_partial_map.has[b] || m.has[b];
        }
        if (longest(&m) / 16 - 1 < y.zcr)
            y.zcr = longest(&m) / 16 - 1;
    }
    y.max_vl = longest(&y.vq_map);
    /* the last bit that is partial but not in all, counted as the kernel counts, and the length one bit further */
    y.max_virtualisable_vl = y.max_vl;
    for (int b = VQ_MAX - 1; b >= 0; b--)
        if (y.vq_partial_map.has[b] && !y.vq_map.has[b]) {
            int vl = 16 * (VQ_MAX - (b + 1));
            y.max_virtualisable_vl = vl < y.max_vl ? vl : y.max_vl;
            break;
        }
    return y;
}

static bool comes_online(const struct system *y, uint16_t set, bool zcr_feature)
{
    struct map m = map_of(set);
    if (!y->sve)
        return true;
    if (!set || (zcr_feature && longest(&m) / 16 - 1 < y->zcr))
        return false;
    for (unsigned b = 0; b < VQ_MAX; b++)
        if (y->vq_map.has[b] && !m.has[b])
            return false;
    for (int b = VQ_MAX - 1; b >= 0; b--)
        if (m.has[b] && !y->vq_map.has[b])
            return 16 * (VQ_MAX - b) > y->max_virtualisable_vl;
    return true;
}

/* ---- All sets ---- */

static const unsigned lengths[] = { 2, 3, 4, 8 }; /* VQs beside 1 */
enum { LENGTHS = sizeof lengths / sizeof lengths[0], SETS = (1 << LENGTHS) + 1 };

static uint16_t nth_set(unsigned n)
{
    uint16_t set = 1;
    if (n == SETS - 1)
        return 0;
    for (unsigned i = 0; i < LENGTHS; i++)
        if (n >> i & 1)
            set |= (uint16_t)(1u << (lengths[i] - 1));
    return set;
}

static void expect_as_model(const struct lab_sets *s, bool zcr_feature)
{
    char text[512];
    struct lab_algebra a;
    struct system y = boot(s);
    lab_algebra(s, zcr_feature, &a);
    bool ok = a.sve == y.sve;
    if (y.sve)
        ok = ok && a.common == set_of(&y.vq_map) && a.partial == set_of(&y.vq_partial_map) &&
             (int)a.max_vq * 16 == y.max_vl && (int)a.guest_max_vq * 16 == y.max_virtualisable_vl;
    for (unsigned i = 0; i < s->cpus; i++)
        ok = ok && (a.verdict[i] == LAB_ACCEPTED) == (!s->late[i] || comes_online(&y, s->set[i], zcr_feature));
    /* a guest is killed when the maximum that KVM records for it is no length of the CPUs it runs on */
    bool killed = false;
    for (unsigned i = 0; y.sve && i < s->cpus; i++)
        killed |= !s->late[i] && !map_of(s->set[i]).has[bit_of((unsigned)y.max_virtualisable_vl / 16)];
    ok = ok && a.guest_killed == killed;
    if (!ok)
        FAIL("%s, %u of them early", lab_sets_text(s, text, sizeof text), !s->late[1] + !s->late[2] + 1u);
}

TEST(every_three_sets_give_what_the_kernel_computes)
{
    struct lab_sets s = { .cpus = 3 };
    for (unsigned n = 0; n < SETS * SETS * SETS * 6; n++) {
        unsigned kind = n % 6, m = n / 6;
        s.set[0] = nth_set(m % SETS), s.set[1] = nth_set(m / SETS % SETS), s.set[2] = nth_set(m / SETS / SETS);
        s.late[1] = kind / 2 == 2, s.late[2] = kind / 2 >= 1;
        expect_as_model(&s, kind & 1);
    }
}

/* vl-mismatch cases, by hand: the model above could be wrong in the same way. */
TEST(the_known_cases)
{
    static const struct {
        char name;
        const char *sets, *late;
        uint16_t common;
        unsigned guest_max;
        uint16_t guest;
        bool killed;
        enum lab_verdict verdict;
    } rows[] = {
        { 'A', "max / max", NULL, 0xffff, 16, 0xffff, false, LAB_ACCEPTED },
        { 'B', "128+256+512 / 128+256", NULL, 0x3, 2, 0x3, false, LAB_ACCEPTED },
        { 'C', "128+256+512/128-512", NULL, 0xb, 2, 0x3, false, LAB_ACCEPTED },
        { 'D', "128+512 / 128+384+512", NULL, 0x9, 2, 0x1, true, LAB_ACCEPTED },
        { 'E', "128+256+512+1024 / 128+256+512+2048", NULL, 0xb, 4, 0xb, false, LAB_ACCEPTED },
        { 'F', "128+256+512 / 128+256", "1", 0xb, 4, 0xb, false, LAB_MISSING },
        { 'G', "128+256+512 / 128-512", "1", 0xb, 4, 0xb, false, LAB_UNSUPPORTED },
        { 'H', "128+256 / 128+256+512", "1", 0x3, 2, 0x3, false, LAB_ACCEPTED },
        { 'I', "128+256+512 / none", "1", 0xb, 4, 0xb, false, LAB_NO_SVE },
        { 'J', "128+256+512 / none", NULL, 0, 0, 0, false, LAB_ACCEPTED },
    };
    struct lab_sets s;
    struct lab_algebra a;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EXPECT(lab_parse_sets(rows[i].sets, &s));
        EXPECT(!rows[i].late || lab_parse_late(rows[i].late, &s));
        lab_algebra(&s, false, &a);
        if (a.common != rows[i].common || a.guest_max_vq != rows[i].guest_max || a.guest != rows[i].guest ||
            a.guest_killed != rows[i].killed || a.verdict[1] != rows[i].verdict)
            FAIL("case %c", rows[i].name);
    }
}

/* Before 6.7: early CPUs of 128+512 and 128+256 have only 128 in common, but a CPU of 128 alone is too short. */
TEST(the_old_rule_of_maxima)
{
    struct lab_sets s;
    struct lab_algebra a;
    EXPECT(lab_parse_sets("128+512 / 128+256 / 128", &s) && lab_parse_late("2", &s));
    lab_algebra(&s, false, &a);
    EXPECT_EQ(a.verdict[2], LAB_ACCEPTED);
    lab_algebra(&s, true, &a);
    EXPECT_EQ(a.verdict[2], LAB_SHORTER);
}

/* ---- Changes ---- */

static enum lab_trouble trouble(const struct lab_sets *s)
{
    struct lab_algebra a;
    lab_algebra(s, false, &a);
    return lab_trouble(s, &a);
}

/* Does removing or adding one length of one CPU help, or bringing CPU 1 up early? */
static bool one_edit_helps(const struct lab_sets *s)
{
    enum lab_trouble before = trouble(s);
    for (unsigned cpu = 0; cpu < 2; cpu++)
        for (unsigned i = 0; i < LENGTHS; i++) {
            struct lab_sets t = *s;
            uint16_t length = (uint16_t)(1u << (lengths[i] - 1));
            if (!t.set[cpu] || !((t.set[0] | t.set[1]) & length))
                continue;
            t.set[cpu] ^= length;
            if (trouble(&t) < before)
                return true;
        }
    struct lab_sets t = *s;
    t.late[1] = false;
    if (trouble(&t) < before)
        return true;
    t = *s;
    for (unsigned cpu = 0; cpu < 2; cpu++)
        if (!t.set[cpu])
            t.set[cpu] = t.set[!cpu];
    return trouble(&t) < before;
}

static unsigned differences(const struct lab_sets *a, const struct lab_sets *b)
{
    unsigned n = 0;
    for (unsigned i = 0; i < a->cpus; i++) {
        n += a->late[i] != b->late[i];
        n += !a->set[i] != !b->set[i] ? 1 : (unsigned)__builtin_popcount(a->set[i] ^ b->set[i]);
    }
    return n;
}

TEST(changes_help_and_none_is_smaller)
{
    static struct lab_change c[MAX_LAB_CHANGES];
    char text[512];
    for (unsigned n = 0; n < SETS * SETS * 2; n++) {
        struct lab_sets s = { .cpus = 2,
                              .set = { nth_set(n / 2 % SETS), nth_set(n / 2 / SETS) },
                              .late = { 0, n & 1 } };
        enum lab_trouble before = trouble(&s);
        unsigned count = lab_changes(&s, false, c);
        if (!count != (before == LAB_FINE))
            FAIL("%s: %u changes", lab_sets_text(&s, text, sizeof text), count);
        for (unsigned i = 0; i < count; i++) {
            unsigned edits = differences(&s, &c[i].sets);
            if (trouble(&c[i].sets) >= before || edits == 0 || (edits > 1 && one_edit_helps(&s)))
                FAIL("%s%s: %s", lab_sets_text(&s, text, sizeof text), n & 1 ? " late" : "", c[i].text);
        }
    }
}

TEST(changes_are_named_and_the_permitted_come_first)
{
    static struct lab_change c[MAX_LAB_CHANGES];
    char text[256];
    struct lab_sets s;
    EXPECT(lab_parse_sets("128+256+512 / 3*128+256+384+512", &s) && lab_parse_late("1-3", &s));
    unsigned count = lab_changes(&s, false, c);
    EXPECT(count >= 2);
    EXPECT(!strcmp(c[0].text, "add 384 to CPU 0"));
    EXPECT(!strcmp(lab_sets_text(&c[0].sets, text, sizeof text), "4*128+256+384+512"));
    EXPECT(!strcmp(c[1].text, "remove 384 from CPUs 1-3"));
    EXPECT(!strcmp(lab_sets_text(&c[1].sets, text, sizeof text), "4*128+256+512"));
    EXPECT(!strcmp(lab_late_text(&c[1].sets, text, sizeof text), "1-3"));
}

/* The largest machine, with sets of many kinds, is answered in no time. */
TEST(many_cpus)
{
    static struct lab_change c[MAX_LAB_CHANGES];
    static struct lab_sets s;
    s.cpus = MAX_CPUS;
    for (unsigned i = 0; i < MAX_CPUS; i++)
        s.set[i] = (uint16_t)(1 | i << 1);
    EXPECT_EQ(lab_changes(&s, false, c), 0);
    for (unsigned i = 0; i < MAX_CPUS; i++)
        s.set[i] = (uint16_t)(1 | (i % 14) << 1);
    lab_changes(&s, false, c);
}

/* ---- Options ---- */

TEST(sets_and_their_text)
{
    struct lab_sets s;
    char text[256];
    EXPECT(lab_parse_sets(" 128+256 /2 * 128-512/ none/max", &s));
    EXPECT_EQ(s.cpus, 5);
    EXPECT_EQ(s.set[0], 3);
    EXPECT_EQ(s.set[1], 15);
    EXPECT_EQ(s.set[2], 15);
    EXPECT_EQ(s.set[3], 0);
    EXPECT_EQ(s.set[4], 0xffff);
    EXPECT(lab_parse_sets("128 / 512*128", &s) == false);
    EXPECT(lab_parse_sets("511*pow2:512 / 128", &s));
    EXPECT_EQ(s.cpus, 512);
    EXPECT(!strcmp(lab_sets_text(&s, text, sizeof text), "511*128+256+512 / 128"));
}

TEST(mistakes_name_the_option_and_the_value)
{
    static const char *const bad[] = { "",      "/",     "128/",    "128//128",   "100 / 128", "256 / 128",
                                       "x*128", "0*128", "513*128", "128+ / 128", "2*",        "128-64" };
    static const char *const bad_late[] = { "", "0", "0-1", "3", "1", "2-1", "x", "1+", "-1" };
    struct lab_sets s;
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        *user_error_text = 0;
        if (lab_parse_sets(bad[i], &s) || !strstr(user_error_text, "--sets") || !strstr(user_error_text, bad[i]))
            FAIL("--sets '%s': %s", bad[i], user_error_text);
    }
    for (unsigned i = 0; i < sizeof bad_late / sizeof bad_late[0]; i++) {
        *user_error_text = 0;
        EXPECT(lab_parse_sets("3*128", &s));
        if (lab_parse_late(bad_late[i], &s) || !strstr(user_error_text, "--late") ||
            !strstr(user_error_text, bad_late[i]))
            FAIL("--late '%s': %s", bad_late[i], user_error_text);
    }
    EXPECT(lab_parse_sets("3*128", &s) && lab_parse_late("1+2", &s));
    EXPECT(!s.late[0] && s.late[1] && s.late[2]);
}

TEST_MAIN
