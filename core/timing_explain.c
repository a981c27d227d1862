/* All that a timing model says, with its sources, for people. */
#include "core/timing_model.h"

#include <string.h>

#include "core/timing_file.h"

static void explain_ports(const struct timing_model *m, FILE *out)
{
    fprintf(out, "\nPorts\n ");
    for (unsigned i = 0; i < MAX_PORTS && m->port[i][0]; i++)
        fprintf(out, " %s", m->port[i]);
    fputc('\n', out);
    for (unsigned g = 0; g < m->file->groups; g++) {
        const char *between = "";
        fprintf(out, "  %s = ", m->file->group[g].name);
        for (unsigned i = 0; i < MAX_PORTS; i++)
            if (m->file->group[g].ports >> i & 1)
                fprintf(out, "%s%s", between, m->port[i]), between = "|";
        fputc('\n', out);
    }
}

static void explain_params(const struct timing_model *m, FILE *out)
{
    fprintf(out, "\nParameters\n");
    for (unsigned i = 0; i < TIMING_PARAMS; i++) {
        char value[64], tag[64];
        snprintf(value, sizeof value, "%s %s", m->file->param[i].value, m->file->param[i].unit);
        snprintf(tag, sizeof tag, "[%s]", m->file->param[i].tag);
        fprintf(out, "  %-18s %-20s %-10s %s\n", timing_param_key[i], value, tag, timing_param_text[i]);
    }
}

enum { WHO = 36, WIDTH = 100 };

/* Long lists are broken behind commas. */
static unsigned print_who(const char *who, FILE *out)
{
    unsigned column = 0;
    while (*who) {
        unsigned n = (unsigned)strcspn(who, ",");
        n += who[n] == ',';
        if (column && column + n > WIDTH)
            fprintf(out, "\n  "), column = 0;
        fprintf(out, "%s%.*s", column ? "" : "  ", (int)n, who);
        column += n, who += n;
    }
    return column;
}

/* who: what is left of the names, such as the conditions. */
static void explain_line(const struct cost_line *l, const char *who, FILE *out)
{
    unsigned column = print_who(who, out);
    if (column > WHO)
        fprintf(out, "\n  "), column = 0;
    fprintf(out, "%*s %s [%s]\n", (int)(WHO - column), "", l->what, l->tag);
}

static void explain_classes(const struct timing_model *m, FILE *out)
{
    fprintf(out, "\nClasses (of several lines the last that holds counts)\n");
    for (unsigned c = T_NONE + 1; c < TIMING_CLASSES; c++) {
        fprintf(out, "  %s: %s\n", timing_class_key[c], timing_class_text[c]);
        for (unsigned i = 0; i < m->file->lines; i++) {
            const struct cost_line *l = &m->file->line[i];
            char who[128];
            const char *conditions = l->who + strcspn(l->who, " \t");
            conditions += strspn(conditions, " \t");
            snprintf(who, sizeof who, "  %s", conditions);
            if (!l->insn && class_listed(l->who, c))
                explain_line(l, who, out);
        }
    }
}

static void explain_insns(const struct timing_model *m, FILE *out)
{
    fprintf(out, "\nInstructions (before their classes; of several lines the last that holds counts)\n");
    for (unsigned i = 0; i < m->file->lines; i++)
        if (m->file->line[i].insn)
            explain_line(&m->file->line[i], m->file->line[i].who, out);
}

void timing_model_explain(const struct timing_model *m, FILE *out)
{
    const struct timing_file *f = m->file;
    fprintf(out, "%s: %s\n  %s [%s]\n\nSources\n", m->name, m->what, m->in_order ? "in order" : "out of order",
            f->pipeline_tag);
    for (unsigned i = 0; i < f->sources; i++)
        fprintf(out, "  [%s] %s\n", f->source[i].tag, f->source[i].text);
    explain_ports(m, out);
    explain_params(m, out);
    explain_classes(m, out);
    explain_insns(m, out);
}
