/* The serial port of a laboratory run: every line, and who printed it. */
#include "frontends/lab_watch.h"

#include <stdlib.h>

/* Whoever writes the first byte of a line is in the middle of printing it: its frames say which function that was. */
static void line_begins(struct lab_watch *w)
{
    struct lab_line *l = &w->console.line[w->console.count % LAB_LINES];
    free(l->text);
    l->text = NULL;
    l->depth = w->m->current ? lab_backtrace(&w->symbols, w->m->current, l->frames) : 0;
}

static void line_ends(struct lab_watch *w)
{
    struct lab_console *c = &w->console;
    c->partial[c->length] = 0;
    c->line[c->count % LAB_LINES].text = strdup(c->partial);
    c->count++;
    c->length = 0;
    lab_watch_line(w, c->partial);
}

void lab_console_byte(struct lab_watch *w, uint8_t byte)
{
    struct lab_console *c = &w->console;
    if (c->file)
        putc(byte, c->file);
    if (byte == '\r')
        return;
    if (!c->length)
        line_begins(w);
    if (byte == '\n') {
        line_ends(w);
        if (c->file)
            fflush(c->file);
    } else if (c->length < sizeof c->partial - 1) {
        c->partial[c->length++] = (char)byte;
    }
}

void lab_console_close(struct lab_console *c)
{
    for (unsigned i = 0; i < LAB_LINES; i++)
        free(c->line[i].text);
}
