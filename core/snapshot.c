/* Snapshot files: a header, then sections, each with its length and compressed by itself; pages of zeros are left out.
 *
 *   header   magic, format, version of svemu, layout of the state, length and checksum of what follows; its own
 * checksum section  name (8 bytes), stored bytes, raw bytes (8 each, little-endian), the bytes options  machine.options
 * state  machine_state() ram, tags, flags  any number: runs of pages { first, count } and their contents;  end
 *
 * Nothing in a file is believed: lengths are held against the file's, checksums are taken of everything before anything
 * is unpacked, and what is unpacked is looked at by machine_state() before the machine changes. */
#define _GNU_SOURCE /* mremap, mkostemp */
#include "core/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "core/console_line.h"
#include "core/pages.h"
#include "core/state.h"

enum { FORMAT = 1, PAGE = 4096, CHUNK_PAGES = 2048, MAX_OPTIONS = 1 << 20, LEVEL = 1 };
static const char magic[16] = "svemu snapshot\n";

struct header {
    char magic[16];
    uint32_t format, size; /* of this header */
    char version[24];
    uint64_t layout, length, checksum;
    uint64_t own_checksum; /* of all before it */
};
_Static_assert(sizeof(struct header) == 80, "the header has no padding");

struct section {
    char name[8];
    uint64_t stored, raw;
};
struct run {
    uint64_t first, count; /* pages */
};
enum { MAX_RAW = CHUNK_PAGES * (PAGE + sizeof(struct run)) };

static char error_text[256];

__attribute__((format(printf, 2, 3))) static bool refuse(const char **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error_text, sizeof error_text, format, args);
    va_end(args);
    *error = error_text;
    return false;
}

/* ---- Saving ---- */

struct writer {
    FILE *f;
    uint64_t length, hash;
    ZSTD_CCtx *zstd;
    uint8_t *packed, *raw; /* ZSTD_compressBound(MAX_RAW), MAX_RAW */
    size_t room, used;
    bool failed;
};

static void put(struct writer *w, const void *bytes, size_t size)
{
    w->failed |= fwrite(bytes, 1, size, w->f) != size;
    w->hash = hash_bytes(w->hash, bytes, size);
    w->length += size;
}

static void put_section(struct writer *w, const char *name, const void *stored, uint64_t size, uint64_t raw)
{
    struct section s = { .stored = size, .raw = raw };
    memcpy(s.name, name, strlen(name));
    put(w, &s, sizeof s);
    put(w, stored, size);
}

static void put_packed(struct writer *w, const char *name, const uint8_t *raw, size_t size)
{
    size_t room = ZSTD_compressBound(size);
    uint8_t *packed = room <= w->room ? w->packed : malloc(room);
    size_t n = packed ? ZSTD_compressCCtx(w->zstd, packed, room, raw, size, LEVEL) : 0;
    if (!packed || ZSTD_isError(n))
        w->failed = true;
    else
        put_section(w, name, packed, n, size);
    if (packed != w->packed)
        free(packed);
}

static void flush_pages(struct writer *w, const char *name)
{
    if (w->used)
        put_packed(w, name, w->raw, w->used);
    w->used = 0;
}

/* A run of pages goes into the chunk when the next one does not continue it. */
static void add_run(struct writer *w, const char *name, const uint8_t *start, struct run r)
{
    while (r.count && !w->failed) {
        uint64_t room = (MAX_RAW - w->used) / (PAGE + sizeof r), n = r.count < room ? r.count : room;
        struct run part = { r.first, n };
        if (!n) {
            flush_pages(w, name);
            continue;
        }
        memcpy(w->raw + w->used, &part, sizeof part);
        memcpy(w->raw + w->used + sizeof part, start + r.first * PAGE, n * PAGE);
        w->used += sizeof part + n * PAGE;
        r.first += n, r.count -= n;
    }
}

static void put_area(struct writer *w, const struct machine_area *a)
{
    struct page_scan scan = page_scan(*a->start, a->pages * PAGE);
    struct run r = { 0, 0 };
    for (uint64_t i; page_scan_next(&scan, &i);) {
        if (r.count && r.first + r.count == i) {
            r.count++;
            continue;
        }
        add_run(w, a->name, *a->start, r);
        r = (struct run){ i, 1 };
    }
    add_run(w, a->name, *a->start, r);
    flush_pages(w, a->name);
    page_scan_end(&scan);
}

static void put_body(struct writer *w, struct machine *m, const struct state_pass *state)
{
    const char *options = m->options ? m->options : "";
    struct machine_area area[MACHINE_AREAS];
    machine_areas(m, area);
    put_section(w, "options", options, strlen(options), strlen(options));
    put_packed(w, "state", state->data, state->used);
    for (unsigned i = 0; i < MACHINE_AREAS; i++)
        if (area[i].pages)
            put_area(w, &area[i]);
    put_section(w, "end", "", 0, 0);
}

static uint64_t header_checksum(const struct header *h)
{
    return hash_bytes(FORMAT, h, offsetof(struct header, own_checksum));
}

static bool write_file(struct machine *m, FILE *f, uint64_t layout, const struct state_pass *state)
{
    struct header h = { .format = FORMAT, .size = sizeof h, .version = SVEMU_VERSION, .layout = layout };
    struct writer w = { .f = f, .hash = layout, .zstd = ZSTD_createCCtx(), .room = ZSTD_compressBound(MAX_RAW) };
    w.packed = malloc(w.room);
    w.raw = malloc(MAX_RAW);
    bool ok = w.zstd && w.packed && w.raw && fseek(f, sizeof h, SEEK_SET) == 0;
    if (ok) {
        put_body(&w, m, state);
        memcpy(h.magic, magic, sizeof magic);
        h.length = w.length, h.checksum = w.hash;
        h.own_checksum = header_checksum(&h);
        ok = !w.failed && fseek(f, 0, SEEK_SET) == 0 && fwrite(&h, sizeof h, 1, f) == 1;
    }
    free(w.packed);
    free(w.raw);
    ZSTD_freeCCtx(w.zstd);
    return ok;
}

/* Under another name until it is whole, so that nobody finds half a snapshot. */
static bool write_beside(struct machine *m, const char *path, uint64_t layout, const struct state_pass *state,
                         const char **error)
{
    char *other;
    if (asprintf(&other, "%s.XXXXXX", path) < 0)
        return refuse(error, "the host has no memory for saving");
    mode_t mask = umask(0);
    umask(mask);
    int fd = mkostemp(other, O_CLOEXEC);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "wb");
    bool ok = f && write_file(m, f, layout, state) && fchmod(fd, 0666 & ~mask) == 0;
    int why = errno;
    if (f && fclose(f) && ok)
        ok = false, why = errno;
    if (ok && rename(other, path))
        ok = false, why = errno;
    if (!ok) {
        if (fd >= 0)
            unlink(other);
        refuse(error, "the file cannot be written: %s", strerror(why));
    }
    free(other);
    return ok;
}

bool snapshot_save(struct machine *m, const char *path, const char **error)
{
    struct state_pass layout, state = { .mode = STATE_SAVE };
    uint64_t hash = state_layout_hash(m, &layout);
    if (layout.failed)
        return refuse(error, "svemu cannot save: %s", layout.error);
    machine_state(&state, m);
    bool ok = !state.failed || refuse(error, "svemu cannot save: %s", state.error);
    ok = ok && write_beside(m, path, hash, &state, error);
    free(state.data);
    return ok;
}

/* ---- Reading ---- */

struct snapshot {
    uint8_t *file;
    size_t size;
    struct header header;
    char *options;
};

static bool read_file(struct snapshot *s, const char *path, const char **error)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st)) {
        refuse(error, "the file cannot be read: %s", strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        refuse(error, "it is not a file");
        errno = 0;
    } else if ((size_t)st.st_size < sizeof s->header) {
        refuse(error, "it is not a snapshot of svemu");
    } else if (!(s->file = malloc((size_t)st.st_size))) {
        refuse(error, "the host has no memory for its %" PRIu64 " MiB", (uint64_t)st.st_size >> 20);
    } else {
        while (s->size < (size_t)st.st_size) {
            ssize_t n = read(fd, s->file + s->size, (size_t)st.st_size - s->size);
            if (n <= 0)
                break;
            s->size += (size_t)n;
        }
        if (s->size == (size_t)st.st_size)
            return close(fd), true;
        refuse(error, "it could not be read to its end");
    }
    if (fd >= 0)
        close(fd);
    return false;
}

/* Our own kind of file first, then whether it is whole, then whether it is ours to read. */
static bool check_header(struct snapshot *s, const char **error)
{
    struct header *h = &s->header;
    memcpy(h, s->file, sizeof *h);
    if (memcmp(h->magic, magic, sizeof magic))
        return refuse(error, "it is not a snapshot of svemu");
    if (h->own_checksum != header_checksum(h))
        return refuse(error, "it is damaged: the checksum of its header is wrong");
    if (h->format != FORMAT || h->size != sizeof *h || strncmp(h->version, SVEMU_VERSION, sizeof h->version))
        return refuse(error, "it was made by svemu %.*s, and this is " SVEMU_VERSION ": save it again with this one",
                      (int)strnlen(h->version, sizeof h->version), h->version);
    if (h->length != s->size - sizeof *h)
        return refuse(error, "it is damaged: it has %zu bytes and should have %" PRIu64, s->size,
                      h->length + sizeof *h);
    return true;
}

/* The section at *offset of a body of which the lengths are not yet believed. NULL: there is none. */
static const uint8_t *section_at(const struct snapshot *s, size_t *offset, struct section *section)
{
    size_t left = s->size - *offset;
    if (left < sizeof *section)
        return NULL;
    memcpy(section, s->file + *offset, sizeof *section);
    if (section->stored > left - sizeof *section)
        return NULL;
    const uint8_t *bytes = s->file + *offset + sizeof *section;
    *offset += sizeof *section + section->stored;
    return bytes;
}

static bool is_named(const struct section *section, const char *name)
{
    return !strncmp(section->name, name, sizeof section->name);
}

static bool check_body(struct snapshot *s, const char **error)
{
    uint64_t hash = s->header.layout;
    struct section section = { .name = "" };
    size_t offset = sizeof s->header;
    while (!is_named(&section, "end")) {
        const uint8_t *bytes = section_at(s, &offset, &section);
        if (!bytes)
            return refuse(error, "it is damaged: a section goes beyond its end");
        hash = hash_bytes(hash, &section, sizeof section);
        hash = hash_bytes(hash, bytes, section.stored);
        if (is_named(&section, "options") && section.stored <= MAX_OPTIONS && !s->options)
            s->options = strndup((const char *)bytes, section.stored);
    }
    if (hash != s->header.checksum || offset != s->size)
        return refuse(error, "it is damaged: its checksum is wrong");
    return s->options || refuse(error, "it is damaged: it has no options");
}

struct snapshot *snapshot_open(const char *path, const char **error)
{
    struct snapshot *s = calloc(1, sizeof *s);
    if (!s) {
        refuse(error, "the host has no memory for it");
        return NULL;
    }
    if (read_file(s, path, error) && check_header(s, error) && check_body(s, error))
        return s;
    snapshot_close(s);
    return NULL;
}

void snapshot_close(struct snapshot *s)
{
    free(s->file);
    free(s->options);
    free(s);
}

const char *snapshot_options(const struct snapshot *s) { return s->options; }

/* ---- Loading ---- */

/* Everything that a snapshot holds, unpacked beside the machine. */
struct staging {
    struct machine_area area[MACHINE_AREAS];
    uint8_t *pages[MACHINE_AREAS]; /* fresh mappings of the areas' sizes */
    uint64_t next[MACHINE_AREAS];  /* page: runs come in ascending order */
    struct state_pass state;
    ZSTD_DCtx *zstd;
    uint8_t *raw; /* MAX_RAW */
};

static void *fresh_pages(uint64_t pages)
{
    void *p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static bool stage(struct staging *t, struct machine *m, const char **error)
{
    bool ok = (t->zstd = ZSTD_createDCtx()) && (t->raw = malloc(MAX_RAW));
    machine_areas(m, t->area);
    for (unsigned i = 0; i < MACHINE_AREAS; i++)
        if (t->area[i].pages && !(t->pages[i] = fresh_pages(t->area[i].pages)))
            ok = false;
    return ok || refuse(error, "the host has no memory for loading it");
}

static void unstage(struct staging *t)
{
    for (unsigned i = 0; i < MACHINE_AREAS; i++)
        if (t->pages[i])
            munmap(t->pages[i], t->area[i].pages * PAGE);
    ZSTD_freeDCtx(t->zstd);
    free(t->raw);
    free(t->state.data);
}

static bool unpack(struct staging *t, const struct section *section, const uint8_t *bytes, uint8_t *raw)
{
    return ZSTD_decompressDCtx(t->zstd, raw, section->raw, bytes, section->stored) == section->raw;
}

/* Runs of pages into area i. */
static bool unpack_pages(struct staging *t, unsigned i, const struct section *section, const uint8_t *bytes)
{
    if (section->raw > MAX_RAW || !unpack(t, section, bytes, t->raw))
        return false;
    for (uint64_t used = 0; used < section->raw;) {
        struct run r;
        if (section->raw - used < sizeof r)
            return false;
        memcpy(&r, t->raw + used, sizeof r);
        used += sizeof r;
        if (r.count > (section->raw - used) / PAGE || r.first < t->next[i] || r.first > t->area[i].pages ||
            r.count > t->area[i].pages - r.first)
            return false;
        memcpy(t->pages[i] + r.first * PAGE, t->raw + used, r.count * PAGE);
        used += r.count * PAGE;
        t->next[i] = r.first + r.count;
    }
    return true;
}

static bool unpack_state(struct staging *t, const struct section *section, const uint8_t *bytes)
{
    /* No machine has more: about a MiB for each CPU. */
    if (t->state.data || section->raw > (uint64_t)(MAX_CPUS + 1) << 22 || !(t->state.data = malloc(section->raw + 1)))
        return false;
    t->state.size = section->raw;
    return unpack(t, section, bytes, t->state.data);
}

static bool unpack_all(struct staging *t, const struct snapshot *s, const char **error)
{
    size_t offset = sizeof s->header;
    struct section section;
    const uint8_t *bytes;
    while ((bytes = section_at(s, &offset, &section)) && !is_named(&section, "end")) {
        bool ok = is_named(&section, "options");
        if (is_named(&section, "state"))
            ok = unpack_state(t, &section, bytes);
        for (unsigned i = 0; i < MACHINE_AREAS; i++)
            if (t->pages[i] && is_named(&section, t->area[i].name))
                ok = unpack_pages(t, i, &section, bytes);
        if (!ok)
            return refuse(error, "it is damaged: its section %.8s cannot be unpacked", section.name);
    }
    return t->state.data || refuse(error, "it is damaged: it has no state");
}

static bool check_state(struct staging *t, struct machine *m, const char **error)
{
    t->state.mode = STATE_CHECK;
    machine_state(&t->state, m);
    if (!t->state.failed && t->state.used != t->state.size)
        state_refuse(&t->state, "its state is too long");
    return !t->state.failed || refuse(error, "it is not of this machine: %s", t->state.error);
}

/* The new pages take the place of the old ones at the same addresses, which TLBs and others know. */
static void take_over(struct staging *t, struct machine *m)
{
    for (unsigned i = 0; i < MACHINE_AREAS; i++) {
        if (!t->pages[i])
            continue;
        void *p = mremap(t->pages[i], t->area[i].pages * PAGE, t->area[i].pages * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
                         *t->area[i].start);
        assert(p != MAP_FAILED);
        t->pages[i] = NULL;
    }
    t->state.mode = STATE_LOAD;
    t->state.used = 0;
    machine_state(&t->state, m);
    assert(!t->state.failed);
    line_log_cut(m);
    checkpoints_restart(m);
}

bool snapshot_apply(struct machine *m, const struct snapshot *s, const char **error)
{
    struct staging t = { .raw = NULL };
    struct state_pass layout;
    if (state_layout_hash(m, &layout) != s->header.layout)
        return refuse(error, "it was made by another build of svemu " SVEMU_VERSION ", whose state is another one");
    bool ok = stage(&t, m, error) && unpack_all(&t, s, error) && check_state(&t, m, error);
    if (ok)
        take_over(&t, m);
    unstage(&t);
    return ok;
}

bool snapshot_load(struct machine *m, const char *path, const char **error)
{
    struct snapshot *s = snapshot_open(path, error);
    bool ok = s && snapshot_apply(m, s, error);
    if (s)
        snapshot_close(s);
    return ok;
}
