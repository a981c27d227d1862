/* Timing from the command line: --model-file, --explain-model, the keys timing= and timing-model= of --cpu, and which
 * model a CPU gets. docs/timing.md has the files. */
#include "frontends/frontends.h"

#include <errno.h>
#include <stdlib.h>

#include "core/timing.h"
#include "core/timing_model.h"

enum { MAX_MODEL_FILES = 64, MAX_BUILT_IN = 64, MAX_MODEL_SIZE = 4 << 20 };

/* Models of files. They live as long as the program, and of two with one name the later counts. */
static struct timing_model *given[MAX_MODEL_FILES];
static unsigned givens;

static struct timing_model *find_model(const char *name)
{
    for (unsigned i = givens; i--;)
        if (!strcmp(given[i]->name, name))
            return given[i];
    return timing_model_builtin(name);
}

static const char *nearest_model(const char *name)
{
    const char *names[MAX_MODEL_FILES + MAX_BUILT_IN], *builtin;
    unsigned n = 0;
    for (unsigned i = 0; i < MAX_BUILT_IN && (builtin = timing_model_name(i)); i++)
        names[n++] = builtin;
    for (unsigned i = 0; i < givens; i++)
        names[n++] = given[i]->name;
    return nearest(name, names, n);
}

/* ---- Files ---- */

/* The text of a file, malloc'ed. NULL with user_error. */
static char *file_text(const char *option, const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    char *text = f ? malloc(MAX_MODEL_SIZE + 1) : NULL;
    errno = f && !text ? ENOMEM : errno;
    *size = text ? fread(text, 1, MAX_MODEL_SIZE + 1, f) : 0;
    if (!text || ferror(f)) {
        (void)!user_error("%s %s: the file cannot be read: %s", option, path, strerror(errno));
        free(text), text = NULL;
    }
    if (f)
        fclose(f);
    return text;
}

static struct timing_model *model_of_file(const char *option, const char *path)
{
    char error[768];
    size_t size;
    char *text = file_text(option, path, &size);
    struct timing_model *m = text ? timing_model_parse(path, text, size, error, sizeof error) : NULL;
    if (text && !m)
        (void)!user_error("%s", error);
    free(text);
    return m;
}

bool add_model_file(const char *option, const char *path)
{
    if (givens == MAX_MODEL_FILES)
        return user_error("%s %s: at most %d models can be given", option, path, MAX_MODEL_FILES);
    struct timing_model *m = model_of_file(option, path);
    return m && (given[givens++] = m);
}

/* ---- Listings ---- */

static void list_timing_model(const struct timing_model *m, const char *from)
{
    printf("  %-12s %s, %s%s\n", m->name, m->what, m->in_order ? "in order" : "out of order", from);
}

void list_timing_models(void)
{
    const char *name;
    printf("\nTiming models, for --timing inorder and ooo (--explain-model NAME says all of one):\n");
    for (unsigned i = 0; (name = timing_model_name(i)); i++)
        list_timing_model(timing_model_builtin(name), "");
    for (unsigned i = 0; i < givens; i++)
        list_timing_model(given[i], ", of a --model-file");
}

bool explain_model(const char *what)
{
    struct timing_model *m = find_model(what), *own = NULL;
    FILE *f = m ? NULL : fopen(what, "rb");
    if (!m && !f) {
        const char *like = nearest_model(what);
        return user_error("--explain-model %s: there is no timing model and no file of this name%s%s", what,
                          like ? "; the nearest is " : " (see --list-models)", like ? like : "");
    }
    if (f)
        fclose(f), m = own = model_of_file("--explain-model", what);
    if (m)
        timing_model_explain(m, stdout);
    timing_model_free(own);
    return m;
}

/* ---- Keys of --cpu ---- */

static const char *const timing_names[] = {
    [TIMING_FAST] = "fast", [TIMING_INORDER] = "inorder", [TIMING_OOO] = "ooo"
};

const char *timing_name(uint8_t mode) { return timing_names[mode]; }

bool parse_timing(const char *text, uint8_t *mode)
{
    for (uint8_t i = 0; i < sizeof timing_names / sizeof timing_names[0]; i++)
        if (!strcmp(text, timing_names[i]))
            return *mode = i, true;
    return false;
}

bool key_timing(struct cpu_config *c, const char *key, const char *value)
{
    if (!parse_timing(value, &c->timing))
        return user_error("%s=%s: expected fast, inorder or ooo", key, value);
    return c->timing_given = true;
}

bool key_timing_model(struct cpu_config *c, const char *key, const char *value)
{
    if (strlen(value) < sizeof c->timing_name && find_model(value))
        return strcpy(c->timing_name, value), true;
    const char *like = nearest_model(value);
    return user_error("%s=%s: there is no timing model of this name%s%s; --model-file FILE brings one", key, value,
                      like ? ", the nearest is " : " (see --list-models)", like ? like : "");
}

void choose_timing(struct cpu_config *c, const struct options *o)
{
    uint8_t made = c->timing_given ? c->timing : o->made_timing;
    if (!c->timing_given)
        c->timing = o->timing;
    c->timing_model = find_model(c->timing_name[0] ? c->timing_name : c->model);
    if (!c->timing_model)
        c->timing_model = find_model("lab");
    if (!c->clock_hz)
        c->clock_hz = made == TIMING_FAST ? 1000000000 : c->timing_model->param[TP_CLOCK] * 1000000;
}

void timing_after_snapshot(struct machine *m, const struct options *o)
{
    for (unsigned i = 0; o->timing_again && i < m->cpu_count; i++) {
        const struct cpu_config *c = cpu_config_of(m->cpus[i]);
        if (!c->timing_given && c->timing != timing_mode(m->cpus[i]))
            timing_switch(m->cpus[i], (enum timing_mode)c->timing, c->timing_model);
    }
}
