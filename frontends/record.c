/* --record and --replay: console input with its places in the run (core/console_line.h), in a file.
 *
 *   header  magic, format, version of svemu, hash of the state that the run began with, what the clock said then,
 * checksum entry   kind, byte, turn, count, and a checksum of this entry and all before it
 *
 * Entries are written as they come, so that a run that is cut off can be repeated as far as it came. */
#include "frontends/frontends.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/console_line.h"
#include "core/state.h"

enum { FORMAT = 1 };
static const char magic[16] = "svemu record\n";

struct header {
    char magic[16];
    uint32_t format, size;
    char version[24];
    uint64_t state;
    int64_t rtc;
    uint64_t checksum; /* of all before it */
};
_Static_assert(sizeof(struct header) == 72, "the header has no padding");

struct record {
    uint8_t kind, byte, zero[6];
    uint64_t turn, count;
    uint64_t chain;
};
_Static_assert(sizeof(struct record) == 32, "an entry has no padding");

static struct {
    const struct options *o;
    int fd; /* being written */
    uint64_t chain;
    bool recording, failed;
    struct header header; /* of the file that is replayed */
    struct record *entry;
    uint64_t entries;
    bool whole; /* it has its end */
} r;

static uint64_t checksum(const struct header *h) { return hash_bytes(FORMAT, h, offsetof(struct header, checksum)); }
static uint64_t chained(uint64_t chain, const struct record *e)
{
    return hash_bytes(chain, e, offsetof(struct record, chain));
}

/* ---- Writing ---- */

static bool write_all(const void *bytes, size_t size)
{
    const uint8_t *p = bytes;
    while (size) {
        ssize_t n = write(r.fd, p, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n, size -= (size_t)n;
    }
    return true;
}

static void added(void *context, const struct line_entry *e)
{
    struct record out = { .kind = e->kind, .byte = e->byte, .turn = e->turn, .count = e->count };
    (void)context;
    r.chain = out.chain = chained(r.chain, &out);
    if (!r.failed && !write_all(&out, sizeof out)) {
        user_error("--record %s: the file cannot be written: %s", r.o->record, strerror(errno));
        r.failed = true;
    }
}

/* The machine goes another way from here: what was recorded beyond is not part of the run. */
static void cut(void *context, uint64_t count)
{
    const struct line_log *log = context;
    r.chain = 0;
    if (ftruncate(r.fd, sizeof(struct header)) || lseek(r.fd, sizeof(struct header), SEEK_SET) < 0)
        r.failed = true;
    for (uint64_t i = 0; i < count; i++)
        added(NULL, &log->entry[i]);
}

static bool begin_recording(struct machine *m)
{
    struct header h = { .format = FORMAT, .size = sizeof h, .version = SVEMU_VERSION, .rtc = m->opt.rtc_start };
    r.fd = open(r.o->record, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    memcpy(h.magic, magic, sizeof magic);
    h.state = state_hash(m);
    h.checksum = checksum(&h);
    if (r.fd < 0 || !write_all(&h, sizeof h))
        return user_error("--record %s: the file cannot be written: %s", r.o->record, strerror(errno));
    struct line_log *log = line_log_start(m);
    if (!log)
        return user_error("--record %s: the host has no memory for it", r.o->record);
    log->added = added, log->cut = cut, log->context = log;
    return r.recording = true;
}

bool record_is_on(void) { return r.recording; }

bool record_end(struct machine *m, enum stop_reason why)
{
    if (!r.recording)
        return true;
    line_end(m, why);
    r.recording = false;
    if (close(r.fd) && !r.failed)
        r.failed = !user_error("--record %s: the file cannot be written: %s", r.o->record, strerror(errno));
    return !r.failed;
}

/* ---- Reading ---- */

static bool bad(const char *path, const char *what) { return user_error("--replay %s: %s", path, what); }

static bool good_entry(const struct record *e, const struct record *before)
{
    static const uint8_t zero[sizeof e->zero];
    if (e->kind < LINE_READY || e->kind > LINE_END || memcmp(e->zero, zero, sizeof zero) || e->turn < before->turn ||
        e->count < before->count || before->kind == LINE_END)
        return false;
    return e->kind != LINE_END || (e->byte > STOP_NONE && e->byte <= STOP_QUIT);
}

static bool check(const char *path, const uint8_t *file, size_t size)
{
    struct header *h = &r.header;
    if (size < sizeof *h || memcmp(file, magic, sizeof magic))
        return bad(path, "it is not a recording of svemu");
    memcpy(h, file, sizeof *h);
    if (h->checksum != checksum(h))
        return bad(path, "it is damaged: the checksum of its header is wrong");
    if (h->format != FORMAT || h->size != sizeof *h || strncmp(h->version, SVEMU_VERSION, sizeof h->version))
        return bad(path, "it was recorded by another version of svemu, and this is " SVEMU_VERSION);
    if ((size - sizeof *h) % sizeof(struct record))
        return bad(path, "it is damaged: its last entry is not whole");
    r.entries = (size - sizeof *h) / sizeof(struct record);
    r.entry = malloc(size);
    if (!r.entry)
        return bad(path, "the host has no memory for it");
    memcpy(r.entry, file + sizeof *h, r.entries * sizeof(struct record));
    struct record before = { .kind = LINE_READY };
    for (uint64_t i = 0, chain = 0; i < r.entries; before = r.entry[i++]) {
        chain = chained(chain, &r.entry[i]);
        if (chain != r.entry[i].chain || !good_entry(&r.entry[i], &before))
            return user_error("--replay %s: it is damaged: entry %" PRIu64 " of %" PRIu64 " is not right", path, i + 1,
                              r.entries);
    }
    r.whole = before.kind == LINE_END;
    return true;
}

bool replay_open(const char *path, int64_t *rtc)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool ok = fd >= 0 && !fstat(fd, &st);
    uint8_t *file = NULL;
    ssize_t n = 0;
    if (!ok)
        user_error("--replay %s: the file cannot be read: %s", path, strerror(errno));
    else if (!S_ISREG(st.st_mode))
        ok = bad(path, "it is not a file");
    else if (!(file = malloc((size_t)st.st_size + 1)) || (n = read(fd, file, (size_t)st.st_size)) != st.st_size)
        ok = bad(path, "it could not be read to its end");
    if (fd >= 0)
        close(fd);
    ok = ok && check(path, file, (size_t)n);
    free(file);
    *rtc = r.header.rtc;
    return ok;
}

static bool begin_replay(struct machine *m)
{
    if (r.header.state != state_hash(m))
        return bad(r.o->replay, "it was recorded with another machine, kernel or command line than this");
    struct line_log *log = line_log_start(m);
    for (uint64_t i = 0; log && i < r.entries; i++) {
        const struct record *e = &r.entry[i];
        line_log_append(log, &(struct line_entry){ e->kind, e->byte, e->turn, e->count });
    }
    free(r.entry);
    r.entry = NULL;
    if (!log)
        return bad(r.o->replay, "the host has no memory for it");
    log->replay_only = true;
    if (!r.whole)
        user_warning("--replay %s: the recording was cut off: from its end on there is no input", r.o->replay);
    return true;
}

bool record_begin(struct machine *m, const struct options *o)
{
    r.o = o;
    if (o->record && o->replay)
        return user_error("--record %s: a run that is repeated by --replay need not be recorded again", o->record);
    return (!o->record || begin_recording(m)) && (!o->replay || begin_replay(m));
}
