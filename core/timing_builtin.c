/* The timing models that are built in: core/models/NAME.model, listed in core/models.def. */
#include "core/timing_model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN extern const char __attribute__((visibility("hidden")))
#define TIMING_MODEL(ID, NAME)                             \
    __asm__(".pushsection .rodata, \"a\"\n"                \
            "timing_model_" #ID ":\n"                      \
            "    .incbin \"core/models/" NAME ".model\"\n" \
            "timing_model_" #ID "_end:\n"                  \
            ".popsection\n");                              \
    HIDDEN timing_model_##ID[], timing_model_##ID##_end[];
#include "core/models.def"

#define TIMING_MODEL(ID, NAME) { NAME, "core/models/" NAME ".model", timing_model_##ID, timing_model_##ID##_end },
static const struct {
    const char *name, *file, *text, *end;
} models[] = {
#include "core/models.def"
};
enum { MODELS = sizeof models / sizeof models[0] };
static struct timing_model *parsed[MODELS];

const char *timing_model_name(unsigned n) { return n < MODELS ? models[n].name : NULL; }

/* The text is ours: that it is wrong is a defect, which the unit tests find. */
static struct timing_model *parse(unsigned n)
{
    char error[512];
    struct timing_model *m = timing_model_parse(models[n].file, models[n].text,
                                                (size_t)(models[n].end - models[n].text), error, sizeof error);
    if (!m)
        fprintf(stderr, "svemu: %s\n", error);
    assert(m && !strcmp(m->name, models[n].name));
    return m;
}

struct timing_model *timing_model_builtin(const char *name)
{
    for (unsigned i = 0; i < MODELS; i++)
        if (!strcmp(models[i].name, name))
            return parsed[i] ? parsed[i] : (parsed[i] = parse(i));
    return NULL;
}
