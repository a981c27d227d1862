/* One pass over the state of a machine: fields by table, numbers, texts. */
#include "core/state.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TEXT = 1000 };

/* Four lanes of multiply and rotate, so that RAM is hashed at memory speed. */
uint64_t hash_bytes(uint64_t h, const void *data, size_t size)
{
    const uint8_t *p = data;
    uint64_t lane[4] = { h, ~h, h + 1, h + 2 }, w[4];
    size_t left = size;
    for (; left >= 32; p += 32, left -= 32) {
        memcpy(w, p, 32);
        for (unsigned i = 0; i < 4; i++)
            lane[i] = hash_value(lane[i], w[i]);
    }
    memset(w, 0, sizeof w);
    memcpy(w, p, left);
    for (unsigned i = 0; i < 4; i++)
        h = hash_value(hash_value(h, lane[i]), w[i]);
    return hash_value(h, size);
}

void state_refuse(struct state_pass *s, const char *format, ...)
{
    va_list args;
    if (s->failed)
        return;
    s->failed = true;
    va_start(args, format);
    vsnprintf(s->error, sizeof s->error, format, args);
    va_end(args);
}

static void append(struct state_pass *s, const void *bytes, size_t size)
{
    if (s->size - s->used < size) {
        s->size = s->size + size < 2 * s->size ? 2 * s->size : s->size + size + 4096;
        s->data = realloc(s->data, s->size);
        assert(s->data);
    }
    memcpy(s->data + s->used, bytes, size);
    s->used += size;
}

/* The next bytes of what was saved; NULL: there are not so many. */
static const uint8_t *take(struct state_pass *s, size_t size)
{
    if (s->failed || s->size - s->used < size) {
        state_refuse(s, "its state ends too early");
        return NULL;
    }
    s->used += size;
    return s->data + s->used - size;
}

static void add_layout(struct state_pass *s, const char *name, uint64_t size)
{
    s->hash = hash_value(hash_bytes(s->hash, name, strlen(name)), size);
}

static bool within(const uint8_t *bytes, size_t size, unsigned unit, uint64_t max)
{
    for (size_t i = 0; max != UINT64_MAX && i < size; i += unit) {
        uint64_t v = 0;
        memcpy(&v, bytes + i, unit);
        if (v > max)
            return false;
    }
    return true;
}

/* object NULL: only look. */
static void field(struct state_pass *s, const struct state_layout *layout, const struct state_field *f, uint8_t *object)
{
    const uint8_t *saved;

    switch (s->mode) {
    case STATE_SAVE: append(s, object + f->offset, f->size); break;
    case STATE_HASH:
        if (f->use == STATE_GUEST)
            s->hash = hash_bytes(s->hash, object + f->offset, f->size);
        break;
    case STATE_LAYOUT: add_layout(s, f->name, f->size); break;
    case STATE_CHECK:
    case STATE_LOAD:
        saved = take(s, f->size);
        if (saved && !within(saved, f->size, f->unit, f->max))
            state_refuse(s, "%s.%s has a value that it cannot have", layout->name, f->name);
        else if (saved && object)
            memcpy(object + f->offset, saved, f->size);
    }
}

static uint64_t aligned(uint64_t offset, uint64_t align) { return (offset + align - 1) / align * align; }

/* Rows are in the order of the struct, and what lies between them is padding: nothing was forgotten. */
static void check_layout(struct state_pass *s, const struct state_layout *layout)
{
    uint64_t end = 0;
    for (unsigned i = 0; i < layout->fields; i++) {
        const struct state_field *f = &layout->field[i];
        if (aligned(end, f->align) != f->offset)
            state_refuse(s, "%s: before %s a field has no row, or rows are not in its order", layout->name, f->name);
        end = f->offset + f->size;
    }
    if (aligned(end, layout->align) != layout->size)
        state_refuse(s, "%s: its last fields have no row", layout->name);
}

void state_walk_copy(struct state_pass *s, const struct state_layout *layout, void *object)
{
    if (s->mode == STATE_LAYOUT)
        check_layout(s, layout);
    for (unsigned i = 0; i < layout->fields; i++)
        if (layout->field[i].use != STATE_HOST)
            field(s, layout, &layout->field[i], object);
}

void state_walk(struct state_pass *s, const struct state_layout *layout, void *object)
{
    state_walk_copy(s, layout, s->mode == STATE_CHECK ? NULL : object);
}

void state_bytes(struct state_pass *s, const char *name, void *bytes, size_t size)
{
    const struct state_field f = { .name = name, .size = (uint32_t)size, .unit = 1, .max = UINT64_MAX };
    const struct state_layout none = { .name = "" };
    field(s, &none, &f, s->mode == STATE_CHECK ? NULL : bytes);
}

static void number(struct state_pass *s, const char *name, uint64_t *value, enum state_use use, uint64_t max)
{
    const struct state_field f = { .name = name, .size = 8, .unit = 8, .use = use, .max = max };
    const struct state_layout machine = { .name = "machine" };
    field(s, &machine, &f, (uint8_t *)value);
}

void state_value(struct state_pass *s, const char *name, uint64_t *value, uint64_t max)
{
    number(s, name, value, STATE_GUEST, max);
}

void state_cache_value(struct state_pass *s, const char *name, uint64_t *value, uint64_t max)
{
    number(s, name, value, STATE_CACHE, max);
}

void state_member(struct state_pass *s, const char *name, uint64_t *member, enum state_use use, uint64_t max)
{
    uint64_t value = *member;
    number(s, name, &value, use, max);
    if (state_loading(s))
        *member = value;
}

void state_same(struct state_pass *s, const char *name, uint64_t value)
{
    uint64_t saved = value;
    number(s, name, &saved, STATE_CACHE, UINT64_MAX);
    if (saved != value)
        state_refuse(s, "the machine has another %s", name);
}

/* ---- Texts ---- */

/* Texts that were loaded: what points to them lives as long as the program. */
static struct interned {
    struct interned *next;
    char text[];
} * texts[4096];

static const char *intern(const char *bytes, size_t size)
{
    struct interned *t, **bucket = &texts[hash_bytes(0, bytes, size) % (sizeof texts / sizeof texts[0])];
    for (t = *bucket; t; t = t->next)
        if (strlen(t->text) == size && !memcmp(t->text, bytes, size))
            return t->text;
    t = malloc(sizeof *t + size + 1);
    assert(t);
    for (size_t i = 0; i < size; i++)
        t->text[i] = bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '?';
    t->text[size] = 0;
    t->next = *bucket;
    *bucket = t;
    return t->text;
}

void state_text(struct state_pass *s, const char *name, const char **text)
{
    if (s->memory) {
        number(s, name, (uint64_t *)text, STATE_CACHE, UINT64_MAX);
        return;
    }
    uint64_t size = s->mode == STATE_SAVE && *text ? strlen(*text) + 1 : 0; /* 0: NULL */
    if (size > MAX_TEXT + 1)
        size = MAX_TEXT + 1;
    number(s, name, &size, STATE_CACHE, MAX_TEXT + 1);
    if (s->mode == STATE_SAVE && size) {
        append(s, *text, size - 1);
    } else if (state_reading(s)) {
        const uint8_t *saved = size ? take(s, size - 1) : NULL;
        if (state_loading(s))
            *text = saved ? intern((const char *)saved, size - 1) : NULL;
    }
}
