/* --machine-file FILE: a machine as a text that can be kept in version control. A line is an option as on the command
 * line (--smp 4), KEY = VALUE with an option's name without its dashes (smp = 4), or, under a line [cpu RANGE], a key
 * of
 * --cpu RANGE:KEY=VALUE; [machine] ends that. # begins a comment at the start of a line or behind a space; VALUE may
 * stand in double quotes. Paths are relative to the file. Options behind it on the command line refine it. */
#include "frontends/frontends.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

enum { MAX_DEPTH = 8, MAX_RANGE = 256 };

/* Texts that options point into stay for the rest of the run. */
struct text {
    struct text *next;
    char chars[];
};
static struct text *texts;

static char *room(size_t size)
{
    struct text *t = malloc(sizeof *t + size);
    if (!t)
        abort();
    t->next = texts, texts = t;
    return t->chars;
}

static char *keep(const char *from, size_t length)
{
    char *to = room(length + 1);
    memcpy(to, from, length);
    to[length] = 0;
    return to;
}

/* The file that is being read. */
struct reader {
    struct options *o;
    const char *path;
    unsigned line;
    char range[MAX_RANGE]; /* of the [cpu RANGE] that lines belong to; empty: none */
};

/* Put FILE:LINE in front of the error; false. An error of a file inside has its own already. */
static bool at_line(const struct reader *r, bool nested)
{
    char text[sizeof user_error_text];
    if (nested)
        return false;
    memcpy(text, user_error_text, sizeof text);
    return user_error("%s:%u: %.900s", r->path, r->line, text);
}

static char *trim(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    size_t n = strlen(s);
    while (n && isspace((unsigned char)s[n - 1]))
        s[--n] = 0;
    return s;
}

/* A # at the start or behind a space begins a comment, but not inside double quotes. */
static void drop_comment(char *s)
{
    bool quoted = false;
    for (char *p = s; *p; p++) {
        quoted ^= *p == '"';
        if (*p == '#' && !quoted && (p == s || isspace((unsigned char)p[-1]))) {
            *p = 0;
            return;
        }
    }
}

/* "..." around the whole value is taken off. */
static char *unquote(char *value)
{
    size_t n = strlen(value);
    if (n < 2 || value[0] != '"' || value[n - 1] != '"' || memchr(value + 1, '"', n - 2))
        return value;
    value[n - 1] = 0;
    return value + 1;
}

static bool cpu_line(struct reader *r, const char *key, const char *value)
{
    size_t size = strlen(r->range) + strlen(key) + strlen(value) + 3;
    char *spec = room(size);
    snprintf(spec, size, "%s:%s=%s", r->range, key, value);
    return option_apply(r->o, "--cpu", spec) || at_line(r, false);
}

/* [machine] or [cpu RANGE] */
static bool section_line(struct reader *r, char *line)
{
    size_t n = strlen(line);
    char *name = line + 1;
    if (line[n - 1] == ']') {
        line[n - 1] = 0;
        name = trim(name);
        if (!strcmp(name, "machine"))
            return r->range[0] = 0, true;
        if (!strncmp(name, "cpu", 3) && isspace((unsigned char)name[3]) && strlen(trim(name + 3)) < MAX_RANGE)
            return strcpy(r->range, trim(name + 3)), true;
        line[n - 1] = ']';
    }
    user_error("%s: expected [machine] or [cpu RANGE]", line);
    return at_line(r, false);
}

/* An option with its dashes, and the value behind a space or =. */
static bool option_line(struct reader *r, char *line)
{
    char *end = line + strcspn(line, " \t="), *value = NULL;
    if (*end) {
        value = unquote(trim(*end == '=' || *trim(end) != '=' ? end + 1 : trim(end) + 1));
        *end = 0;
    }
    bool nested = option_is_machine_file(line);
    return option_apply(r->o, line, value && *value ? value : NULL) || at_line(r, nested);
}

static bool key_line(struct reader *r, char *line)
{
    char *equals = strchr(line, '='), name[64];
    if (equals)
        *equals = 0;
    const char *key = trim(line), *value = equals ? unquote(trim(equals + 1)) : NULL;
    if (r->range[0]) {
        if (!equals) {
            user_error("%s: expected KEY = VALUE, a key of --cpu", key);
            return at_line(r, false);
        }
        return cpu_line(r, key, value);
    }
    if (strlen(key) > 48 || !*key || strpbrk(key, " \t")) {
        user_error("%.100s: expected KEY = VALUE or an option", key);
        return at_line(r, false);
    }
    snprintf(name, sizeof name, "--%s", key);
    bool nested = option_is_machine_file(name);
    return option_apply(r->o, name, value) || at_line(r, nested);
}

static bool take_line(struct reader *r, char *text, size_t length)
{
    if (strlen(text) != length) {
        user_error("a NUL character: expected a text file");
        return at_line(r, false);
    }
    char *line = keep(text, length);
    drop_comment(line);
    line = trim(line);
    if (!*line)
        return true;
    return *line == '[' ? section_line(r, line) : *line == '-' ? option_line(r, line) : key_line(r, line);
}

bool machine_file(struct options *o, const char *name, const char *path)
{
    struct reader r = { .o = o, .path = path };
    const char *outer_path = o->file_path, *slash = strrchr(path, '/');
    unsigned outer_line = o->file_line;
    char *text = NULL;
    size_t size = 0;
    bool ok = true;
    if (o->file_depth == MAX_DEPTH)
        return user_error("%s %s: machine files are nested more than %d deep", name, path, MAX_DEPTH);
    FILE *f = fopen(path, "r");
    if (!f)
        return user_error("%s %s: the file cannot be read: %s", name, path, strerror(errno));
    const char *outer_folder = o->file_folder;
    o->file_folder = slash ? keep(path, (size_t)(slash - path) + 1) : "";
    o->file_path = path, o->file_depth++;
    ssize_t n;
    while (ok && (errno = 0, n = getline(&text, &size, f)) >= 0) {
        o->file_line = ++r.line;
        ok = take_line(&r, text, (size_t)n);
    }
    if (ok && ferror(f))
        ok = user_error("%s %s: the file cannot be read: %s", name, path, strerror(errno));
    free(text);
    fclose(f);
    o->file_folder = outer_folder, o->file_path = outer_path, o->file_line = outer_line, o->file_depth--;
    return ok;
}

const char *option_path(const struct options *o, const char *value)
{
    if (!o->file_folder || !*o->file_folder || *value == '/')
        return value;
    size_t folder = strlen(o->file_folder), length = strlen(value);
    char *path = room(folder + length + 1);
    memcpy(path, o->file_folder, folder);
    memcpy(path + folder, value, length + 1);
    return path;
}

const char *option_place(const struct options *o)
{
    char text[4096];
    if (!o->file_path)
        return "";
    snprintf(text, sizeof text, "%.4000s:%u: ", o->file_path, o->file_line);
    return keep(text, strlen(text));
}
