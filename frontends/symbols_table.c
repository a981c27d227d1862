/* A table of names in order of their addresses. */
#define _GNU_SOURCE /* memmem */
#include "frontends/symbols_internal.h"

#include <stdlib.h>

#include "frontends/kallsyms.h"

/* Symbols without an end may contain, and be contained in, others that have one: how many are looked at. */
enum { NESTED = 64 };

struct symbol_table *table_create(const char *name)
{
    struct symbol_table *t = calloc(1, sizeof *t);
    if (t)
        snprintf(t->name, sizeof t->name, "%s", name);
    return t;
}

void table_free(struct symbol_table *t)
{
    if (t) {
        free(t->entry);
        free(t->slot);
        free(t->names);
        if (t->marks)
            btf_close(t->marks->btf);
        free(t->marks);
        free(t);
    }
}

/* Room for one element of bytes more; false: no memory. */
static bool make_room(void **array, size_t used, size_t bytes, size_t size, size_t *room)
{
    if (*room - used >= bytes)
        return true;
    size_t wanted = *room * 2 + bytes + 1024;
    void *more = realloc(*array, wanted * size);
    if (!more)
        return false;
    *array = more, *room = wanted;
    return true;
}

bool table_add(struct symbol_table *t, const char *name, uint64_t address, uint64_t size, unsigned rank)
{
    size_t length = strlen(name) + 1;
    void *entries = t->entry, *names = t->names;
    bool ok = t->names_size + length <= UINT32_MAX && make_room(&entries, t->count, 1, sizeof *t->entry, &t->room) &&
              make_room(&names, t->names_size, length, 1, &t->names_room);
    t->entry = entries, t->names = names;
    if (!ok)
        return false;
    memcpy(t->names + t->names_size, name, length);
    t->entry[t->count++] = (struct table_entry){ address, size, (uint32_t)t->names_size, (uint8_t)rank };
    t->names_size += length;
    return true;
}

/* Of equal ones the first that was added comes first, so that the order is the same on every host. */
static int compare(const void *a, const void *b)
{
    const struct table_entry *x = a, *y = b;
    if (x->address != y->address)
        return x->address < y->address ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->name < y->name ? -1 : x->name > y->name;
}

static size_t hash(const char *name)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    while (*name)
        h = (h ^ (uint8_t)*name++) * 16777619u;
    return h;
}

bool table_sort(struct symbol_table *t)
{
    if (!t->count)
        return true;
    qsort(t->entry, t->count, sizeof *t->entry, compare);
    for (t->slots = 1024; t->slots < t->count * 2;)
        t->slots *= 2;
    t->slot = calloc(t->slots, sizeof *t->slot);
    for (size_t i = 0; t->slot && i < t->count; i++) { /* the lowest address of a name comes first */
        size_t at = hash(table_name(t, &t->entry[i]));
        while (t->slot[at & (t->slots - 1)])
            at++;
        t->slot[at & (t->slots - 1)] = (uint32_t)i + 1;
    }
    return t->slot;
}

/* The index of the first entry above address. */
static size_t first_above(const struct symbol_table *t, uint64_t address)
{
    size_t low = 0, high = t->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->entry[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct table_entry *table_at(const struct symbol_table *t, uint64_t address, uint64_t *low, uint64_t *high)
{
    if (address < t->start || address >= t->end)
        return NULL;
    size_t above = first_above(t, address);
    *low = above ? t->entry[above - 1].address : t->start;
    *high = above < t->count ? t->entry[above].address : t->end;
    for (size_t i = above, seen = 0; i-- && seen < NESTED; seen++) {
        const struct table_entry *e = &t->entry[i];
        if (e->size && address - e->address >= e->size) { /* what it stands in may not end there */
            *low = e->address + e->size > *low ? e->address + e->size : *low;
            continue;
        }
        while (i && t->entry[i - 1].address == e->address &&
               (!t->entry[i - 1].size || address - e->address < t->entry[i - 1].size))
            e = &t->entry[--i];
        if (e->size && e->address + e->size < *high)
            *high = e->address + e->size;
        return e;
    }
    return NULL;
}

const struct table_entry *table_find(const struct symbol_table *t, const char *name)
{
    if (!t->slots)
        return NULL;
    for (size_t at = hash(name); t->slot[at & (t->slots - 1)]; at++) {
        const struct table_entry *e = &t->entry[t->slot[at & (t->slots - 1)] - 1];
        if (!strcmp(table_name(t, e), name))
            return e;
    }
    return NULL;
}

/* ---- Kernels ---- */

/* A kernel's own landmarks, far from one another. */
static const char *const landmarks[] = { "_text",     "_stext",       "vectors",        "_etext", "linux_banner",
                                         "init_task", "__init_begin", "swapper_pg_dir", "_end" };
enum { LANDMARKS = sizeof landmarks / sizeof landmarks[0] };

bool table_same_kernel(const struct symbol_table *a, const struct symbol_table *b)
{
    uint64_t distance = 0;
    unsigned same = 0;
    for (unsigned i = 0; i < LANDMARKS; i++) {
        const struct table_entry *x = table_find(a, landmarks[i]), *y = x ? table_find(b, landmarks[i]) : NULL;
        if (!y)
            continue;
        if (same && x->address - y->address != distance)
            return false;
        distance = x->address - y->address;
        same++;
    }
    return same >= 5;
}

static uint64_t offset_of(const struct symbol_table *t, const char *name)
{
    const struct table_entry *e = table_find(t, name);
    return e ? e->address - t->start : 0;
}

/* The Image's end with BSS is the symbol _end, where there is one: the header may be overwritten. */
static void find_range(struct symbol_table *t, const struct kallsyms *k)
{
    uint64_t size, end;
    kallsyms_image(k, &t->start, &size);
    end = offset_of(t, "_end");
    t->end = t->start + (end && end < UINT32_MAX ? end : size);
}

/* linux_banner, or in a kernel without CONFIG_KALLSYMS_ALL the first text that looks like it. */
static uint64_t find_banner(const struct symbol_table *t, const uint8_t *image, size_t size)
{
    static const char text[] = "Linux version ";
    const uint8_t *p = image, *end = image + size;
    if (table_find(t, "linux_banner"))
        return offset_of(t, "linux_banner");
    for (; (p = memmem(p, (size_t)(end - p), text, sizeof text - 1)); p++)
        if (end - p > BANNER && p[sizeof text - 1] >= '0' && p[sizeof text - 1] <= '9')
            return (uint64_t)(p - image);
    return 0;
}

/* What the kernel frees after boot; without CONFIG_KALLSYMS_ALL the code in it. */
static void find_init(const struct symbol_table *t, struct kernel_marks *k)
{
    bool exact = table_find(t, "__init_begin");
    k->init_start = offset_of(t, exact ? "__init_begin" : "_sinittext");
    k->init_end = offset_of(t, exact ? "__init_end" : "_einittext");
}

static bool find_marks(struct symbol_table *t, const uint8_t *image, size_t size)
{
    struct kernel_marks *k = t->marks = calloc(1, sizeof *k);
    if (!k)
        return false;
    k->text = offset_of(t, "_stext");
    find_init(t, k);
    k->banner_at = find_banner(t, image, size);
    if (k->banner_at < size && size - k->banner_at >= BANNER)
        memcpy(k->banner, image + k->banner_at, BANNER);
    else
        k->banner_at = 0;
    if (size >= HEADER && !memcmp(image + 56, "ARM\x64", 4))
        memcpy(k->header, image, HEADER);
    return true;
}

static bool ends_with(const char *name, const char *end)
{
    size_t n = strlen(name), m = strlen(end);
    return n >= m && !strcmp(name + n - m, end);
}

/* Names of the linker script, which say where a section is: what else has the address is shown rather. */
static unsigned rank(const char *name)
{
    return ends_with(name, "_start") || ends_with(name, "_end") || ends_with(name, "_begin") ||
           strstr(name, "___hyp_section_");
}

struct symbol_table *table_from_image(const void *image, size_t size, uint64_t start)
{
    struct kallsyms *k = kallsyms_open_running(image, size, start);
    struct symbol_table *t = k ? table_create("kernel") : NULL;
    const char *name;
    uint64_t address;
    char type;
    bool ok = t != NULL;
    for (size_t i = 0; ok && (name = kallsyms_symbol(k, i, &address, &type)); i++)
        ok = name[0] == '$' || table_add(t, name, address, 0, rank(name));
    ok = ok && table_sort(t);
    if (ok) {
        find_range(t, k);
        ok = find_marks(t, image, size);
    }
    if (!ok) {
        table_free(t);
        t = NULL;
    }
    kallsyms_close(k);
    return t;
}
