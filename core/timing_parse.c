/* Timing models from their text: docs/timing.md has the format. A file is not trusted: every number has a range, every
 * name a table, and everything is counted. */
#include "core/timing_parse.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/nearest.h"

enum { MAX_TEXT = 4 << 20, MAX_LINE = 2000 };

#define TIMING_CLASS(NAME, KEY, TEXT) KEY,
const char *const timing_class_key[TIMING_CLASSES] = {
#include "core/timing_class.def"
};
#define TIMING_CLASS(NAME, KEY, TEXT) TEXT,
const char *const timing_class_text[TIMING_CLASSES] = {
#include "core/timing_class.def"
};
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) KEY,
const char *const timing_param_key[TIMING_PARAMS] = {
#include "core/timing_param.def"
};
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) UNIT,
const char *const timing_param_unit[TIMING_PARAMS] = {
#include "core/timing_param.def"
};
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) TEXT,
const char *const timing_param_text[TIMING_PARAMS] = {
#include "core/timing_param.def"
};
#define TIMING_PARAM(NAME, KEY, UNIT, MIN, MAX, TEXT) { MIN, MAX },
static const struct {
    uint64_t min, max;
} param_range[TIMING_PARAMS] = {
#include "core/timing_param.def"
};

/* ---- Words, numbers, refusals ---- */

bool refuse(struct parse *p, const char *format, ...)
{
    va_list args;
    int used = snprintf(p->error, p->error_size, "%s:%u: ", p->name, p->number);
    if (used < 0 || (size_t)used >= p->error_size)
        return false;
    va_start(args, format);
    vsnprintf(p->error + used, p->error_size - (size_t)used, format, args);
    va_end(args);
    return false;
}

const char *nearest_hint(const char *word, const char *const *names, unsigned count)
{
    static char text[96];
    const char *like = nearest(word, names, count);
    snprintf(text, sizeof text, like ? "; the nearest is %s" : "%s", like ? like : "");
    return text;
}

char *next_word(char **at)
{
    *at += strspn(*at, " \t");
    if (!**at)
        return NULL;
    char *word = *at;
    *at += strcspn(*at, " \t");
    if (**at)
        *(*at)++ = 0;
    return word;
}

char *chopped(char *text)
{
    for (size_t n = strlen(text); n && strchr(" \t\r", text[n - 1]); n--)
        text[n - 1] = 0;
    return text;
}

bool parse_count(const char *text, uint64_t max, uint64_t *n)
{
    unsigned base = 10, digit;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'b'))
        base = text[1] == 'x' ? 16 : 2, text += 2;
    if (!*text)
        return false;
    for (*n = 0; *text; text++) {
        if (*text >= '0' && *text <= '9')
            digit = (unsigned)(*text - '0');
        else if (*text >= 'a' && *text <= 'f')
            digit = (unsigned)(*text - 'a') + 10;
        else
            return false;
        if (digit >= base || *n > (max - digit) / base)
            return false;
        *n = *n * base + digit;
    }
    return *n <= max;
}

bool grow(struct parse *p, void *array, unsigned *room, unsigned used, size_t size)
{
    void **at = array;
    if (used < *room)
        return true;
    unsigned more = *room ? *room * 2 : 256;
    void *new = realloc(*at, more * size);
    if (!new)
        return refuse(p, "the host has no memory for the model");
    return *at = new, *room = more, true;
}

/* The words between quotes that *at begins with; NULL: there are none. */
static char *quoted(char **at)
{
    *at += strspn(*at, " \t");
    char *text = *at + 1, *end = **at == '"' ? strchr(text, '"') : NULL;
    if (!end)
        return NULL;
    *end = 0, *at = end + 1;
    return text;
}

/* Nothing may be left of a line. */
static bool at_end(struct parse *p, const char *rest)
{
    rest += strspn(rest, " \t");
    return !*rest || refuse(p, "%.60s: nothing is expected here", rest);
}

/* ---- The lines but for class and insn ---- */

static bool line_model(struct parse *p, char *rest, const char *tag)
{
    (void)tag;
    char *name = next_word(&rest), *what = quoted(&rest);
    if (p->m->name[0])
        return refuse(p, "model: the file has said already that it is %s", p->m->name);
    if (!name || strlen(name) >= sizeof p->m->name || !what || !*what || strlen(what) >= sizeof p->m->what)
        return refuse(p, "model: expected a name and what it models in quotes, as in model a64fx \"Fujitsu A64FX\"");
    strcpy(p->m->name, name), strcpy(p->m->what, what);
    return at_end(p, rest);
}

static const struct model_source *find_source(const struct timing_file *f, const char *tag)
{
    for (unsigned i = 0; i < f->sources; i++)
        if (!strcmp(f->source[i].tag, tag))
            return &f->source[i];
    return NULL;
}

static bool line_source(struct parse *p, char *rest, const char *tag)
{
    struct timing_file *f = p->f;
    char *name = next_word(&rest), *text = quoted(&rest);
    (void)tag;
    if (!name || !text || !*text)
        return refuse(p, "source: expected a tag and the document in quotes, as in source M \"the manual 1.8.1\"");
    if (find_source(f, name))
        return refuse(p, "source %.60s: this tag has been given already", name);
    if (f->sources == MAX_SOURCES)
        return refuse(p, "source %.60s: there can be at most %d sources", name, MAX_SOURCES);
    f->source[f->sources++] = (struct model_source){ name, text };
    return at_end(p, rest);
}

static bool line_pipeline(struct parse *p, char *rest, const char *tag)
{
    char *kind = next_word(&rest);
    if (!kind || (strcmp(kind, "ooo") && strcmp(kind, "inorder")))
        return refuse(p, "pipeline %.60s: expected ooo or inorder", kind ? kind : "");
    if (p->has_pipeline)
        return refuse(p, "pipeline %s: this has been given already", kind);
    p->has_pipeline = true, p->f->pipeline_tag = tag;
    p->m->in_order = !strcmp(kind, "inorder");
    return at_end(p, rest);
}

/* Ports and groups have names that begin with a capital letter, so that no word of a cost is one. */
static bool new_port_name(struct parse *p, const char *what, const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    if (!name || name[0] < 'A' || name[0] > 'Z' || name[strspn(name, letters)] || strlen(name) >= sizeof p->m->port[0])
        return refuse(p, "%s %.60s: expected a name of at most 15 letters and digits that begins with a capital", what,
                      name ? name : "");
    for (unsigned i = 0; i < MAX_PORTS; i++)
        if (!strcmp(p->m->port[i], name))
            return refuse(p, "%s %s: there is a port of this name already", what, name);
    for (unsigned i = 0; i < p->f->groups; i++)
        if (!strcmp(p->f->group[i].name, name))
            return refuse(p, "%s %s: there is a group of this name already", what, name);
    return true;
}

static bool line_port(struct parse *p, char *rest, const char *tag)
{
    unsigned n = 0;
    char *name;
    (void)tag;
    while (n < MAX_PORTS && p->m->port[n][0])
        n++;
    while ((name = next_word(&rest))) {
        if (!new_port_name(p, "port", name))
            return false;
        if (n == MAX_PORTS)
            return refuse(p, "port %s: there can be at most %d ports", name, MAX_PORTS);
        strcpy(p->m->port[n++], name);
    }
    return n || refuse(p, "port: expected the names of execution ports");
}

static bool one_port(struct parse *p, const char *name, uint32_t *ports)
{
    const char *names[MAX_PORTS + MAX_GROUPS];
    unsigned n = 0;
    for (unsigned i = 0; i < MAX_PORTS && p->m->port[i][0]; i++) {
        names[n++] = p->m->port[i];
        if (!strcmp(p->m->port[i], name))
            return *ports |= UINT32_C(1) << i, true;
    }
    for (unsigned i = 0; i < p->f->groups; i++) {
        names[n++] = p->f->group[i].name;
        if (!strcmp(p->f->group[i].name, name))
            return *ports |= p->f->group[i].ports, true;
    }
    return refuse(p, "%.60s: there is no port or group of this name%s", name, nearest_hint(name, names, n));
}

bool parse_ports(struct parse *p, char *text, uint32_t *ports)
{
    *ports = 0;
    for (char *name; (name = strsep(&text, "|"));)
        if (!one_port(p, name, ports))
            return false;
    return true;
}

static bool line_group(struct parse *p, char *rest, const char *tag)
{
    char *name = next_word(&rest), *is = next_word(&rest), *member;
    uint32_t ports = 0, more;
    (void)tag;
    if (!new_port_name(p, "group", name))
        return false;
    if (!is || strcmp(is, "="))
        return refuse(p, "group %s: expected = and ports, as in group EX = EXA EXB", name);
    while ((member = next_word(&rest))) {
        if (!parse_ports(p, member, &more))
            return false;
        ports |= more;
    }
    if (!ports)
        return refuse(p, "group %s: expected ports behind the =", name);
    if (p->f->groups == MAX_GROUPS)
        return refuse(p, "group %s: there can be at most %d groups", name, MAX_GROUPS);
    p->f->group[p->f->groups++] = (struct model_group){ name, ports };
    return true;
}

static bool line_class(struct parse *p, char *rest, const char *tag) { return parse_cost_line(p, false, rest, tag); }
static bool line_insn(struct parse *p, char *rest, const char *tag) { return parse_cost_line(p, true, rest, tag); }

/* ---- Parameters ---- */

/* What the file's unit multiplies by; 0: it is not one of the parameter's. */
static uint64_t unit_factor(const char *wanted, const char *unit)
{
    static const struct {
        const char *of, *name;
        uint64_t factor;
    } larger[] = {
        { "bytes", "KiB", 1 << 10 }, { "bytes", "MiB", 1 << 20 }, { "bytes", "GiB", 1 << 30 }, { "MHz", "GHz", 1000 }
    };
    if (!strcmp(wanted, unit))
        return 1;
    for (unsigned i = 0; i < sizeof larger / sizeof larger[0]; i++)
        if (!strcmp(larger[i].of, wanted) && !strcmp(larger[i].name, unit))
            return larger[i].factor;
    return 0;
}

static bool set_param(struct parse *p, unsigned n, const char *value, const char *unit)
{
    const char *key = timing_param_key[n], *wanted = timing_param_unit[n];
    uint64_t factor = unit_factor(wanted, unit), number;
    if (!factor)
        return refuse(p, "%s = %.40s %.40s: unknown unit %.40s; expected %s%s", key, value, unit, unit, wanted,
                      !strcmp(wanted, "bytes") ? ", KiB, MiB or GiB" : "");
    if (!parse_count(value, UINT64_MAX / factor, &number) || number * factor < param_range[n].min ||
        number * factor > param_range[n].max)
        return refuse(p, "%s = %.40s %.40s: expected a whole number from %" PRIu64 " to %" PRIu64 " %s", key, value,
                      unit, param_range[n].min, param_range[n].max, wanted);
    p->m->param[n] = number * factor;
    return true;
}

static bool line_param(struct parse *p, const char *key, char *rest, const char *tag)
{
    char *value, *unit;
    unsigned n = 0;
    while (n < TIMING_PARAMS && strcmp(timing_param_key[n], key))
        n++;
    if (n == TIMING_PARAMS)
        return refuse(p, "%.60s: there is no parameter of this name%s", key,
                      nearest_hint(key, timing_param_key, TIMING_PARAMS));
    if (p->f->param[n].line)
        return refuse(p, "%s: line %u has given this parameter already", key, p->f->param[n].line);
    p->f->param[n].line = p->number, p->f->param[n].tag = tag;
    if (!(value = next_word(&rest)) || !(unit = next_word(&rest)))
        return refuse(p, "%s = %.40s: expected a number and its unit, %s", key, value ? value : "",
                      timing_param_unit[n]);
    p->f->param[n].value = value, p->f->param[n].unit = unit;
    return at_end(p, rest) && set_param(p, n, value, unit);
}

/* ---- A line ---- */

static const struct {
    const char *word;
    bool fact; /* it ends in the tag of a source */
    bool (*read)(struct parse *p, char *rest, const char *tag);
} kinds[] = {
    { "model", false, line_model }, { "source", false, line_source }, { "pipeline", true, line_pipeline },
    { "port", false, line_port },   { "group", false, line_group },   { "class", true, line_class },
    { "insn", true, line_insn },
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

/* Cut the [TAG] off the end of a line. */
static bool cut_tag(struct parse *p, char *line, const char **tag)
{
    size_t n = strlen(line);
    char *open = strrchr(line, '[');
    if (!n || line[n - 1] != ']' || !open || open == line)
        return refuse(p, "%.60s: the source is missing; end the line in [TAG] or [estimate]", line);
    line[n - 1] = *open = 0;
    chopped(line);
    *tag = open + 1;
    if (!find_source(p->f, *tag)) {
        const char *names[MAX_SOURCES];
        for (unsigned i = 0; i < p->f->sources; i++)
            names[i] = p->f->source[i].tag;
        return refuse(p, "[%.60s]: no line above says which source this is%s", *tag,
                      nearest_hint(*tag, names, p->f->sources));
    }
    return true;
}

static bool unknown_line(struct parse *p, const char *word)
{
    const char *names[KINDS + TIMING_PARAMS];
    unsigned n = 0;
    for (unsigned i = 0; i < KINDS; i++)
        names[n++] = kinds[i].word;
    for (unsigned i = 0; i < TIMING_PARAMS; i++)
        names[n++] = timing_param_key[i];
    return refuse(p, "%.60s: a line cannot begin with this%s", word, nearest_hint(word, names, n));
}

/* Without comment and the blanks around. */
static char *trimmed(char *line)
{
    bool in_quotes = false;
    line += strspn(line, " \t");
    for (char *c = line; *c; c++) {
        in_quotes ^= *c == '"';
        if (*c == '#' && !in_quotes)
            *c-- = 0;
    }
    return chopped(line);
}

static bool read_line(struct parse *p, char *line)
{
    const char *tag = NULL;
    char word[64], *rest;
    if (strlen(line) > MAX_LINE)
        return refuse(p, "the line is longer than %d characters", MAX_LINE);
    line = trimmed(line);
    for (const char *c = line; *c; c++)
        if ((unsigned char)*c < ' ' && *c != '\t')
            return refuse(p, "the line has a control character");
    if (!*line)
        return true;
    size_t n = strcspn(line, " \t");
    snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), line);
    for (unsigned i = 0; i < KINDS; i++)
        if (!strcmp(kinds[i].word, word))
            return (!kinds[i].fact || cut_tag(p, line, &tag)) && kinds[i].read(p, line + n, tag);
    rest = line + n;
    rest += strspn(rest, " \t");
    if (*rest != '=')
        return unknown_line(p, word);
    return cut_tag(p, line, &tag) && line_param(p, word, rest + 1, tag);
}

static bool read_lines(struct parse *p, char *text, size_t size)
{
    for (char *line = text, *end = text + size; line < end;) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        char *next = newline ? newline : end;
        p->number++;
        if (memchr(line, 0, (size_t)(next - line)))
            return refuse(p, "the line has a NUL; expected plain text");
        *next = 0;
        if (!read_line(p, line))
            return false;
        line = next + 1;
    }
    return true;
}

/* ---- The whole file ---- */

/* A cache must be made of whole sets. */
static bool check_sets(struct parse *p, enum timing_param size, enum timing_param ways, uint64_t line)
{
    uint64_t set = p->m->param[ways] * line, n = p->m->param[size];
    if (n % set == 0)
        return true;
    p->number = p->f->param[size].line;
    return refuse(p, "%s = %s: expected a multiple of %s times the line, %" PRIu64, timing_param_key[size],
                  timing_param_unit[size], timing_param_key[ways], set);
}

static bool check_params(struct parse *p)
{
    uint64_t line = p->m->param[TP_LINE];
    for (unsigned i = 0; i < TIMING_PARAMS; i++)
        if (!p->f->param[i].line)
            return refuse(p, "no line for %s, %s (%s)", timing_param_key[i], timing_param_text[i],
                          timing_param_unit[i]);
    if (line & (line - 1)) {
        p->number = p->f->param[TP_LINE].line;
        return refuse(p, "line = %" PRIu64 " bytes: expected a power of two", line);
    }
    return check_sets(p, TP_L1I, TP_L1I_WAYS, line) && check_sets(p, TP_L1D, TP_L1D_WAYS, line) &&
           check_sets(p, TP_L2, TP_L2_WAYS, line) && check_sets(p, TP_SLC, TP_SLC_WAYS, line) &&
           check_sets(p, TP_BTB, TP_BTB_WAYS, 1) && check_sets(p, TP_L2TLB, TP_L2TLB_WAYS, 1);
}

static bool check_file(struct parse *p)
{
    if (!p->m->name[0])
        return refuse(p, "no line for model: expected one such as model a64fx \"Fujitsu A64FX\"");
    if (!p->has_pipeline)
        return refuse(p, "no line for pipeline: expected pipeline ooo or pipeline inorder");
    return check_params(p) && finish_cost_lines(p);
}

/* FNV-1a. */
static uint64_t digest_of(const char *text, size_t size)
{
    uint64_t digest = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        digest = (digest ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return digest;
}

struct timing_model *timing_model_parse(const char *name, const char *text, size_t size, char *error, size_t error_size)
{
    struct parse *p = calloc(1, sizeof *p);
    struct timing_model *m = calloc(1, sizeof *m);
    struct timing_file *f = calloc(1, sizeof *f);
    bool ok = p && m && f && size <= MAX_TEXT;
    if (!ok) {
        snprintf(error, error_size,
                 size > MAX_TEXT ? "%s:1: the file is longer than a model can be, 4 MiB"
                                 : "%s:1: the host has no memory for the model",
                 name);
        return free(p), free(m), free(f), NULL;
    }
    *p = (struct parse){ .m = m, .f = f, .size = size, .name = name, .error = error, .error_size = error_size };
    m->file = f;
    m->digest = digest_of(text, size);
    f->source[f->sources++] = (struct model_source){ "estimate", "an estimate, without a source" };
    ok = (f->text = calloc(2, size + 1)) || refuse(p, "the host has no memory for the model");
    if (ok)
        memcpy(f->text, text, size), memcpy(f->text + size + 1, text, size);
    ok = ok && read_lines(p, f->text, size) && check_file(p);
    free(p->row_line), free(p->stamp), free(p);
    return ok ? m : (timing_model_free(m), NULL);
}
