/* Arm's vectors (vectors/README.md of the shared folder) as records: the hash of what must come out takes the place of
 * the text. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/diff/generate.h"
#include "tests/vectors.h"

static bool expect(struct case_record *c, char *outcome)
{
    static struct case_frame f;

    case_prepare(&f.state, c);
    bool ok = !read_outcome(&f, outcome, c->vl);
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
