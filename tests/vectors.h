/* Arm's single-instruction cases, vectors/README.md in the shared folder: reading the files. The state before a case is
 * case_prepare() of tests/guest/cases/case_state.h. */
#ifndef SVEMU_TESTS_VECTORS_H
#define SVEMU_TESTS_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "tests/guest/cases/case_state.h"

/* A record that changes nothing of the state that its seed makes. */
static inline struct case_record plain_case(uint32_t word, uint64_t seed, unsigned vl, unsigned flags)
{
    return (struct case_record){ .seed = seed,
                                 .word = word,
                                 .vl = (uint16_t)vl,
                                 .flags = (uint16_t)flags,
                                 .x_reg = { CASE_NO_REG, CASE_NO_REG, CASE_NO_REG, CASE_NO_REG },
                                 .z_reg = CASE_NO_REG,
                                 .keep_x = UINT32_MAX,
                                 .keep_z = UINT32_MAX,
                                 .keep_p = UINT32_MAX };
}

__attribute__((noreturn)) static inline void vectors_unreadable(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(2);
}

/* Contents of a zstd file as one string; NULL if there is none. */
static inline char *read_zstd(const char *path)
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
                vectors_unreadable(path, "there is no memory for it");
            ZSTD_outBuffer out = { text + used, room - used - 1, 0 };
            size_t r = ZSTD_decompressStream(stream, &out, &in);
            if (ZSTD_isError(r))
                vectors_unreadable(path, ZSTD_getErrorName(r));
            used += out.pos;
        }
    }
    fclose(f);
    ZSTD_freeDStream(stream);
    if (!text)
        vectors_unreadable(path, "there is no memory for it");
    text[used] = 0;
    return text;
}

/* bytes from text of 2 * bytes hexadecimal digits, most significant first. */
static inline void from_hex(const char *text, void *to, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        char digits[3] = { text[2 * (bytes - 1 - i)], text[2 * (bytes - 1 - i) + 1], 0 };
        ((uint8_t *)to)[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

/* Apply "x0=..." or another change to the state. */
static inline bool apply_change(struct case_state *s, const char *change, unsigned vl)
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

/* What must come out, from the end of a case's line: f->el, vector and esr of the exception, or el = 0 and the changes
 * made to f->state, which holds the state before. The text is cut into words. NULL, or the word not understood. */
static inline const char *read_outcome(struct case_frame *f, char *outcome, unsigned vl)
{
    unsigned el, vector;
    unsigned long esr;

    f->el = 0;
    if (sscanf(outcome, "exc el%u vec%x esr%lx", &el, &vector, &esr) == 3) {
        f->el = el, f->vector = vector / 0x80, f->esr = esr;
        return NULL;
    }
    char *rest, *word = strtok_r(outcome, " ", &rest);
    if (!word || strcmp(word, "ok"))
        return outcome;
    while ((word = strtok_r(NULL, " ", &rest)))
        if (!apply_change(&f->state, word, vl))
            return word;
    return NULL;
}

#endif
