/* Names of addresses: what the user's ELF files say, then what the kernels in memory say. */
#include "frontends/symbols_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "frontends/frontends.h"

/* An ELF file of --symbols. */
struct elf_image {
    struct elf_image *next;
    const struct symbol_table *table;
    uint64_t offset; /* added to its addresses */
    bool has_offset, has_vmid, has_el;
    uint16_t vmid;
    uint8_t el;
};

/* An answer, for the addresses of a space from low on and below high. */
struct answer {
    uint64_t low, high;
    uint64_t at; /* machine.now */
    uint32_t space;
    uint8_t el;
    bool known;
    struct symbol symbol; /* of low == symbol.start + symbol.offset */
};
enum {
    ANSWERS = 4096, /* a power of two */
    LASTS = 1000000 /* ns of the machine */
};

struct symbols {
    struct kernels kernels;
    struct elf_image *elf;
    struct symbol_table *loaded; /* of the ELF file that was loaded as the kernel, and where it was put */
    struct elf_segment segments[MAX_SEGMENTS];
    struct answer answer[ANSWERS];
    struct symbols *next; /* of another machine */
};
static struct symbols *all;

struct symbols *symbols_create(struct machine *m)
{
    struct symbols *s = calloc(1, sizeof *s);
    if (!s)
        abort(); /* as for the machine's own memory at this size */
    s->kernels.m = m;
    if (m)
        kernels_add_image(&s->kernels);
    s->next = all, all = s;
    return s;
}

struct symbols *symbols_of(struct machine *m)
{
    for (struct symbols *s = all; s; s = s->next)
        if (s->kernels.m == m)
            return s;
    return symbols_create(m);
}

void symbols_free(struct symbols *s)
{
    if (!s)
        return;
    for (struct symbols **p = &all; *p; p = &(*p)->next)
        if (*p == s) {
            *p = s->next;
            break;
        }
    for (struct symbol_table *t = s->kernels.tables, *next; t; t = next) {
        next = t->next;
        table_free(t);
    }
    for (struct elf_image *e = s->elf, *next; e; e = next) {
        next = e->next;
        free(e);
    }
    free(s);
}

void symbols_forget(struct symbols *s)
{
    memset(s->answer, 0, sizeof s->answer);
    kernels_forget(&s->kernels);
    if (s->kernels.m)
        kernels_add_image(&s->kernels);
    if (s->loaded)
        kernels_add_elf(&s->kernels, s->loaded, s->segments);
}

/* ---- --symbols ---- */

/* ,vmid=N and ,el=N */
static bool set_key(struct elf_image *e, const char *spec, const char *key)
{
    uint64_t n;
    if (!strncmp(key, "vmid=", 5)) {
        if (!parse_number(key + 5, UINT16_MAX, &n))
            return user_error("--symbols %s: %s: expected a VMID from 0 to 65535", spec, key);
        e->has_vmid = true, e->vmid = (uint16_t)n;
    } else if (!strncmp(key, "el=", 3)) {
        if (!parse_number(key + 3, EL2, &n))
            return user_error("--symbols %s: %s: expected an exception level from 0 to 2", spec, key);
        e->has_el = true, e->el = (uint8_t)n;
    } else {
        return user_error("--symbols %s: %s: expected vmid=N or el=N", spec, key);
    }
    return true;
}

/* FILE[@OFFSET][,KEY=N]... is cut up in text. */
static bool parse_spec(struct elf_image *e, const char *spec, char *text)
{
    char *comma = strchr(text, ','), *at;
    while (comma) {
        char *key = comma + 1;
        *comma = 0;
        comma = strchr(key, ',');
        if (comma)
            *comma = 0;
        if (!set_key(e, spec, key))
            return false;
    }
    at = strrchr(text, '@');
    if (!at || strchr(at, '/'))
        return true;
    bool negative = at[1] == '-';
    if (!parse_number(at + 1 + negative, UINT64_MAX, &e->offset))
        return user_error("--symbols %s: %s: expected a number of bytes to add to the file's addresses", spec, at);
    e->offset = negative ? 0 - e->offset : e->offset;
    e->has_offset = true;
    *at = 0;
    return true;
}

bool symbols_add(struct symbols *s, const char *spec)
{
    struct elf_image *e = calloc(1, sizeof *e), **last = &s->elf;
    char *text = strdup(spec);
    struct symbol_table *t = NULL;
    bool ok = e && text ? parse_spec(e, spec, text) : user_error("--symbols %s: the host has no memory for this", spec);
    if (ok)
        ok = (t = table_from_elf("--symbols", text, NULL)) != NULL;
    free(text);
    if (!ok) {
        free(e);
        return false;
    }
    t->next = s->kernels.tables, s->kernels.tables = t;
    e->table = t;
    while (*last)
        last = &(*last)->next;
    *last = e;
    return true;
}

void symbols_add_kernel(struct symbols *s, const char *path)
{
    uint8_t magic[4] = { 0 };
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(magic, 1, sizeof magic, f) : 0;
    if (f)
        fclose(f);
    struct symbol_table *t =
        n == sizeof magic && !memcmp(magic, "\177ELF", 4) ? table_from_elf("--kernel", path, s->segments) : NULL;
    if (!t)
        return;
    t->next = s->kernels.tables, s->kernels.tables = t;
    s->loaded = t;
    kernels_add_elf(&s->kernels, t, s->segments);
}

/* ---- Address to name ---- */

static bool is_for(const struct elf_image *e, const struct symbol_space *space)
{
    if (e->has_el && e->el != space->el)
        return false;
    if (e->has_vmid && (!space->stage2 || e->vmid != space->vmid))
        return false;
    return e->has_offset || !e->table->of_kernel;
}

/* What table says of address, which is va in the space asked about; the answer holds from low to high at most. */
static bool look_up(const struct symbol_table *t, uint64_t address, uint64_t va, struct answer *a)
{
    uint64_t low, high;
    const struct table_entry *e = table_at(t, address, &low, &high);
    if (!e)
        return false;
    a->symbol = (struct symbol){ .name = table_name(t, e),
                                 .image = t->name,
                                 .start = va - (address - e->address),
                                 .offset = address - e->address,
                                 .size = e->size };
    a->low = va - a->low > address - low ? va - (address - low) : a->low;
    a->high = a->high - va > high - address ? va + (high - address) : a->high;
    return true;
}

/* The first file that has a name; the answer is for this address alone. */
static bool in_elf(struct symbols *s, const struct symbol_space *space, uint64_t va, struct answer *a)
{
    for (const struct elf_image *e = s->elf; e; e = e->next)
        if (is_for(e, space) && look_up(e->table, va - e->offset, va, a))
            return true;
    return false;
}

static bool in_kernel(struct symbols *s, const struct symbol_space *space, uint64_t va, struct answer *a)
{
    struct place p;
    if (!s->kernels.m || !kernels_locate(&s->kernels, space, va, &p))
        return false;
    if (!s->elf) /* else one of the files may have names in between */
        a->low = p.low, a->high = p.high;
    if (!look_up(p.kernel->table, p.address, va, a))
        return false;
    a->symbol.image = !strncmp(a->symbol.name, "__kvm_nvhe_", 11) ? "nvhe" : p.kernel->name;
    return true;
}

static uint64_t now(const struct symbols *s) { return s->kernels.m ? s->kernels.m->now : 0; }

bool symbols_at(struct symbols *s, const struct symbol_space *space, uint64_t va, struct symbol *found)
{
    uint32_t key = space_key(space);
    struct answer *a = &s->answer[((va >> 2) ^ (va >> 14) ^ (key * 0x9e3779b1u >> 20)) & (ANSWERS - 1)];
    if (a->space != key || a->el != space->el || va - a->low >= a->high - a->low || now(s) - a->at > LASTS) {
        *a = (struct answer){ .low = va, .high = va + 1, .at = now(s), .space = key, .el = space->el };
        a->known = in_elf(s, space, va, a) || (space->el != EL0 && in_kernel(s, space, va, a));
    }
    if (!a->known)
        return false;
    *found = a->symbol;
    found->offset = va - found->start;
    return true;
}

const char *symbols_text(struct symbols *s, const struct symbol_space *space, uint64_t va, char *text, size_t size)
{
    struct symbol found;
    if (!size)
        return text;
    text[0] = 0;
    if (symbols_at(s, space, va, &found))
        snprintf(text, size, "%s+0x%" PRIx64, found.name, found.offset);
    return text;
}

/* ---- Name to address ---- */

enum who { ANY, HOST, NVHE, GUEST, THAT_GUEST };
/* [PREFIX:]NAME[+OFFSET], cut up. */
struct query {
    const char *asked; /* all of it */
    enum who who;
    uint16_t vmid;
    char name[256];
    uint64_t offset;
};

static bool parse_prefix(struct query *q, const char **name)
{
    const char *colon = strchr(*name, ':');
    char text[32];
    uint64_t n;
    if (!colon || colon[1] == ':' || colon - *name >= (long)sizeof text)
        return true;
    snprintf(text, sizeof text, "%.*s", (int)(colon - *name), *name);
    *name = colon + 1;
    q->who = !strcmp(text, "host") ? HOST : !strcmp(text, "nvhe") ? NVHE : !strcmp(text, "guest") ? GUEST : ANY;
    if (!strncmp(text, "guest@", 6) && parse_number(text + 6, UINT16_MAX, &n))
        q->who = THAT_GUEST, q->vmid = (uint16_t)n;
    return q->who != ANY || user_error("%s: expected host:, nvhe:, guest: or guest@VMID: before a name", q->asked);
}

static bool parse_query(struct query *q, const char *asked)
{
    const char *name = asked, *plus;
    *q = (struct query){ .asked = asked };
    if (!parse_prefix(q, &name))
        return false;
    plus = strchr(name, '+');
    if (plus && !parse_number(plus + 1, UINT64_MAX, &q->offset))
        return user_error("%s: expected a number of bytes after the +", asked);
    size_t length = plus ? (size_t)(plus - name) : strlen(name);
    if (!length || length >= sizeof q->name)
        return user_error("%s: expected a symbol of at most %zu characters", asked, sizeof q->name - 1);
    memcpy(q->name, name, length);
    q->name[length] = 0;
    return true;
}

/* nVHE names are written with or without their prefix. */
static const struct table_entry *find_name(const struct query *q, const struct symbol_table *t)
{
    char nvhe[sizeof q->name + 16];
    snprintf(nvhe, sizeof nvhe, "__kvm_nvhe_%s", q->name);
    const struct table_entry *e = q->who == NVHE ? table_find(t, nvhe) : NULL;
    return e ? e : table_find(t, q->name);
}

/* Is it one of the kernels that the question is about? */
static bool asks_for(const struct query *q, const struct symbol_space *space, const struct kernel *k)
{
    if (!k->size || (k->guest ? q->who == HOST || q->who == NVHE : q->who == GUEST || q->who == THAT_GUEST))
        return false;
    if (q->who == THAT_GUEST)
        return k->vmid == q->vmid;
    if (q->who != ANY || !space)
        return true;
    return k->guest == space->stage2 ? !k->guest || k->vmid == space->vmid : !k->guest && !space->vmid;
}

/* The spaces that a kernel's names may be wanted in, best first; false: there are no more. */
static bool space_of_kernel(const struct query *q, const struct kernel *k, unsigned i, struct symbol_space *space)
{
    static const struct symbol_space host[] = { { .el = EL2, .e2h = true }, { .el = EL1 } };
    if (k->guest) {
        *space = (struct symbol_space){ .el = EL1, .stage2 = true, .vmid = k->vmid };
        return i == 0;
    }
    if (q->who == NVHE) {
        *space = (struct symbol_space){ .el = EL2 };
        return i == 0;
    }
    *space = host[i & 1];
    return i < 2;
}

enum lookup { NO_NAME, NO_PLACE, FOUND };

static enum lookup find_in_kernels(struct symbols *s, const struct query *q, const struct symbol_space *space,
                                   uint64_t *va, struct symbol_space *in)
{
    struct kernels *ks = &s->kernels;
    bool named = false;
    for (unsigned i = 0; i < ks->kernels; i++) {
        struct kernel *k = &ks->kernel[i];
        const struct symbol_table *t = asks_for(q, space, k) ? kernel_table(ks, k) : NULL;
        const struct table_entry *e = t ? find_name(q, t) : NULL;
        named |= e != NULL;
        for (unsigned n = 0; e && space_of_kernel(q, k, n, in); n++)
            if (kernels_address(ks, in, k, e->address, va))
                return FOUND;
        if (e && !k->guest && q->who != NVHE && kernel_first_byte(ks, ks->m->cpus[0], k, va)) {
            *va += e->address - k->link; /* all of its CPUs run guests */
            *in = (struct symbol_space){ .el = EL1 };
            return FOUND;
        }
    }
    return named ? NO_PLACE : NO_NAME;
}

static bool find_in_elf(const struct symbols *s, const struct query *q, const struct symbol_space *space, uint64_t *va,
                        struct symbol_space *in)
{
    for (const struct elf_image *e = s->elf; e; e = e->next) {
        bool guest = e->has_vmid, right = q->who == ANY || (q->who == HOST && !guest) || (q->who == GUEST && guest) ||
                                          (q->who == THAT_GUEST && guest && e->vmid == q->vmid);
        const struct table_entry *entry = right && (!space || is_for(e, space)) ? find_name(q, e->table) : NULL;
        if (!entry || (!e->has_offset && e->table->of_kernel))
            continue;
        *va = entry->address + e->offset;
        *in = space ? *space : (struct symbol_space){ .el = e->has_el ? e->el : EL1, .stage2 = guest, .vmid = e->vmid };
        return true;
    }
    return false;
}

/* The name that is most like the one asked for, of all tables. */
static const char *suggest(const struct symbols *s, const struct query *q)
{
    const char *best = NULL, **names;
    size_t count = 0, n = 0;
    for (const struct symbol_table *t = s->kernels.tables; t; t = t->next)
        count += t->count;
    if (!count || !(names = malloc(count * sizeof *names)))
        return NULL;
    for (const struct symbol_table *t = s->kernels.tables; t; t = t->next)
        for (size_t i = 0; i < t->count; i++)
            names[n++] = table_name(t, &t->entry[i]);
    best = nearest(q->name, names, (unsigned)count);
    free(names);
    return best;
}

static bool unknown(struct symbols *s, const struct query *q)
{
    for (unsigned i = 0; i < s->kernels.kernels; i++)
        kernel_table(&s->kernels, &s->kernels.kernel[i]);
    const char *like = suggest(s, q);
    return user_error("%s: there is no symbol of this name%s%s", q->asked, like ? "; the nearest is " : "",
                      like ? like : "");
}

bool symbols_known(struct symbols *s, const char *name)
{
    struct symbol_space where = { .el = EL2, .e2h = true };
    uint64_t va;
    struct query q;
    if (!parse_query(&q, name))
        return false;
    if (find_in_elf(s, &q, NULL, &va, &where))
        return true;
    kernels_look(&s->kernels);
    return find_in_kernels(s, &q, NULL, &va, &where) != NO_NAME || unknown(s, &q);
}

bool symbols_address(struct symbols *s, const struct symbol_space *space, const char *name, uint64_t *va,
                     struct symbol_space *in)
{
    struct symbol_space where = space ? *space : (struct symbol_space){ .el = EL2, .e2h = true };
    struct query q;
    enum lookup found = FOUND;
    if (parse_number(name, UINT64_MAX, va)) {
        if (in)
            *in = where;
        return true;
    }
    if (!parse_query(&q, name))
        return false;
    if (!find_in_elf(s, &q, space, va, &where)) {
        kernels_look(&s->kernels);
        found = find_in_kernels(s, &q, space, va, &where);
    }
    if (found == NO_NAME)
        return unknown(s, &q);
    if (found == NO_PLACE)
        return user_error("%s: its kernel has not been seen to run yet, so that its address is not known", name);
    *va += q.offset;
    if (in)
        *in = where;
    return true;
}

bool symbols_physical(struct symbols *s, const char *name, uint64_t *pa)
{
    struct query q;
    if (!parse_query(&q, name))
        return false;
    for (unsigned i = 0; i < s->kernels.kernels; i++) {
        struct kernel *k = &s->kernels.kernel[i];
        const struct symbol_table *t = k->size && !k->guest ? kernel_table(&s->kernels, k) : NULL;
        const struct table_entry *e = t ? find_name(&q, t) : NULL;
        if (e) {
            *pa = e->address - k->link + k->base + q.offset;
            return true;
        }
    }
    return unknown(s, &q);
}

/* ---- All names ---- */

bool symbols_around(struct symbols *s, const struct symbol_space *space, uint64_t va, symbols_each *each, void *arg)
{
    struct place p;
    if (!s->kernels.m || !kernels_locate(&s->kernels, space, va, &p))
        return false;
    const struct symbol_table *t = p.kernel->table;
    uint64_t moved = va - p.address;     /* from link addresses */
    if (space->el == EL2 && !space->e2h) /* nVHE's hypervisor maps what it needs of the kernel at one distance */
        p.low = t->start + moved, p.high = t->end + moved;
    size_t next = 0;
    for (size_t i = 0; i < t->count; i++) {
        while (next < t->count && t->entry[next].address <= t->entry[i].address)
            next++;
        uint64_t start = t->entry[i].address + moved, end = (next < t->count ? t->entry[next].address : t->end) + moved;
        start = start < p.low ? p.low : start, end = end > p.high ? p.high : end;
        if (start < end)
            each(arg, table_name(t, &t->entry[i]), start, end);
    }
    return true;
}

/* ---- The list ---- */

static void list_kernel(struct symbols *s, const struct kernel *k, FILE *f)
{
    const struct kernels *ks = &s->kernels;
    if (!k->table)
        return;
    fprintf(f, "%s: %zu symbols, %s %#" PRIx64 " to %#" PRIx64, k->name, k->table->count,
            k->guest ? "intermediate physical" : "physical", k->base, k->base + k->size - 1);
    for (unsigned i = 0; i < ks->regions; i++)
        if (ks->region[i].kernel == k)
            fprintf(f, ", runs at %#" PRIx64, ks->region[i].va);
    fputc('\n', f);
}

void symbols_list(struct symbols *s, FILE *f)
{
    kernels_look(&s->kernels);
    for (const struct elf_image *e = s->elf; e; e = e->next) {
        fprintf(f, "%s: %zu symbols, %#" PRIx64 " to %#" PRIx64, e->table->name, e->table->count,
                e->table->start + e->offset, e->table->end - 1 + e->offset);
        if (e->has_vmid)
            fprintf(f, ", of VMID %u", e->vmid);
        if (e->has_el)
            fprintf(f, ", at EL%u", e->el);
        fputs(e->table->of_kernel && !e->has_offset ? ", of a kernel below\n" : "\n", f);
    }
    for (unsigned i = 0; i < s->kernels.kernels; i++)
        if (kernel_table(&s->kernels, &s->kernels.kernel[i]))
            list_kernel(s, &s->kernels.kernel[i], f);
}

const char *symbols_task(struct symbols *s, const struct cpu *cpu, char *text, size_t size)
{
    if (!size)
        return text;
    text[0] = 0;
    if (s->kernels.m && cpu->power == POWER_ON)
        kernels_task(&s->kernels, s->kernels.m->cpus[cpu->index], text, size);
    return text;
}
