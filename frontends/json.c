/* Strings, counts and vector lengths as JSON, for what is written without a tree in memory. */
#include "frontends/frontends.h"

#include <inttypes.h>

void write_json_string(FILE *f, const char *s)
{
    if (!s) {
        fputs("null", f);
        return;
    }
    fputc('"', f);
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c < 0x20 || c > 0x7e)
            fprintf(f, "\\u%04x", c);
        else
            fputc(c, f);
    }
    fputc('"', f);
}

void json_count(void *counts, const char *name, uint64_t count)
{
    struct json_counts *c = counts;
    fputs(c->between, c->f);
    write_json_string(c->f, name);
    fprintf(c->f, ": %" PRIu64, count);
    c->between = ", ";
}

void vl_json(FILE *f, uint16_t vq_set)
{
    char text[VL_TEXT];
    fprintf(f, "[%s]", vq_set ? vl_text(vq_set, ", ", text, sizeof text) : "");
}
