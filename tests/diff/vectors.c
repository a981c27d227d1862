/* Arm's vectors (vectors/README.md of the shared folder) as records: the hash of what must come out takes the place of
 * the text. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/diff/generate.h"
#include "tests/vectors.h"

/* Apply "x0=..." or another change to the state. */
static bool apply(struct case_state *s, const char *change, unsigned vl)
{
    const char *value = strchr(change, '=');
    if (!value++)
        return false;
    unsigned n = (unsigned)strtoul(change + 1, NULL, 10);
    if (!strncmp(change, "nzcv=", 5))
        s->nzcv = strtoul(value, NULL, 16) << 28;
    else if (!strncmp(change, "fpsr=", 5))
        s->fpsr = strtoul(value, NULL, 16);
    else if (!strncmp(change, "sp=", 3))
        s->sp = strtoull(value, NULL, 16);
    else if (!strncmp(change, "ffr=", 4))
        from_hex(value, s->p[16], vl / 64);
    else if (change[0] == 'x' && n < 31)
        s->x[n] = strtoull(value, NULL, 16);
    else if (change[0] == 'z' && n < 32)
        from_hex(value, s->z[n], vl / 8);
    else if (change[0] == 'p' && n < 16)
        from_hex(value, s->p[n], vl / 64);
    else
        return false;
    return true;
}

static bool expect(struct case_record *c, char *outcome)
{
    static struct case_frame f;
    unsigned el, vector;
    unsigned long esr;
    bool ok = true;

    f.el = 0;
    if (sscanf(outcome, "exc el%u vec%x esr%lx", &el, &vector, &esr) == 3) {
        f.el = el, f.vector = vector / 0x80, f.esr = esr;
    } else {
        char *rest, *change = strtok_r(outcome, " ", &rest); /* "ok" */
        ok = change && !strcmp(change, "ok");
        case_prepare(&f.state, c);
        while (ok && (change = strtok_r(NULL, " ", &rest)))
            ok = apply(&f.state, change, c->vl);
    }
    c->hash = case_hash(&f, c->vl);
    return ok;
}

size_t read_vectors(struct case_record **records)
{
    static const struct {
        const char *name;
        unsigned flags;
    } files[] = { { "a64-vectors.txt.zst", CASE_EXPECT },
                  { "a64-vectors-fpcr.txt.zst", CASE_EXPECT | CASE_EVERY_FPCR } };
    const char *dir = getenv("SVEMU_SHARED");
    size_t count = 0, room = 0;

    *records = NULL;
    for (unsigned i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[4096], *rest;
        snprintf(path, sizeof(path), "%s/vectors/%s", dir ? dir : "../shared", files[i].name);
        char *file = read_zstd(path);
        if (!file)
            continue;
        for (char *line = strtok_r(file, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
            unsigned word, vl;
            unsigned long long seed;
            int outcome;
            if (sscanf(line, "%x %llx %u %n", &word, &seed, &vl, &outcome) != 3)
                continue;
            if (count == room && !(*records = realloc(*records, (room = room * 2 + 4096) * sizeof(**records))))
                fail("%s: there is no memory for it", path);
            struct case_record *c = &(*records)[count++];
            *c = plain_case(word, seed, vl, files[i].flags);
            if (!expect(c, line + outcome))
                fail("%s: case %zu is not understood", path, count);
        }
        free(file);
    }
    return count;
}
