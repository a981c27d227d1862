/* Arm's vectors (vectors/README.md of the shared folder) as records: the hash of what must come out takes the place of
 * the text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#include "tests/diff/generate.h"

/* Contents of a zstd file as one string; NULL if there is none. */
static char *read_zstd(const char *path)
{
    size_t used = 0, room = 1 << 24;
    static char chunk[1 << 16];
    FILE *f = fopen(path, "rb");

    if (!f)
        return NULL;
    char *text = malloc(room);
    ZSTD_DStream *stream = ZSTD_createDStream();
    for (size_t got; text && (got = fread(chunk, 1, sizeof(chunk), f)) > 0;) {
        ZSTD_inBuffer in = { chunk, got, 0 };
        while (in.pos < in.size) {
            if (room - used < (1 << 20) && !(text = realloc(text, room *= 2)))
                fail("%s: there is no memory for it", path);
            ZSTD_outBuffer out = { text + used, room - used - 1, 0 };
            size_t r = ZSTD_decompressStream(stream, &out, &in);
            if (ZSTD_isError(r))
                fail("%s: %s", path, ZSTD_getErrorName(r));
            used += out.pos;
        }
    }
    fclose(f);
    ZSTD_freeDStream(stream);
    if (!text)
        fail("%s: there is no memory for it", path);
    text[used] = 0;
    return text;
}

/* bytes from text of 2 * bytes hexadecimal digits, most significant first. */
static void from_hex(const char *text, void *to, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        char digits[3] = { text[2 * (bytes - 1 - i)], text[2 * (bytes - 1 - i) + 1], 0 };
        ((uint8_t *)to)[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

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
            *c = plain_record(word, seed, vl, files[i].flags);
            if (!expect(c, line + outcome))
                fail("%s: case %zu is not understood", path, count);
        }
        free(file);
    }
    return count;
}
