/* Strings and vector lengths as JSON, for what is written without a tree in memory. */
#include "frontends/frontends.h"

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

void vl_json(FILE *f, uint16_t vq_set)
{
    char text[VL_TEXT];
    fprintf(f, "[%s]", vq_set ? vl_text(vq_set, ", ", text, sizeof text) : "");
}
