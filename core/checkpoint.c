/* Checkpoints in memory. The state of everything but RAM is saved whole (core/machine_state.c) and compressed; RAM,
 * tags and page flags by the chunks that were written since, which the host's page protection finds: all is read-only
 * at a checkpoint, and the first write to a chunk keeps what was there. The guest's TLBs know nothing of it.
 *
 * Between two checkpoints there is an epoch: the chunks that differ. Its contents are those at the earlier checkpoint
 * (undo) while the machine stands behind it, and those at the later one (redo) while it stands before it; going over it
 * exchanges them with RAM. The machine itself stands somewhere behind the checkpoint that `at` is the number of, with
 * the chunks written since in `fresh`. When it comes again to the next checkpoint it knows, because the same turn of
 * the run loop is the same state, fresh is that epoch's undo. */
#include "core/snapshot.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <zstd.h>

#include "core/console_line.h"
#include "core/pages.h"
#include "core/state.h"
#include "core/stops.h"

enum { CHUNK = 16384, BLOCK = 256 * CHUNK, LEVEL = 1 };

struct piece {
    uint32_t area, chunk;
    uint8_t *data; /* CHUNK bytes; NULL: zeros */
};
struct pieces {
    struct piece *piece;
    size_t count;
};

struct checkpoint {
    uint64_t position, turn;
    uint8_t *packed;
    size_t size, raw;
    struct pieces epoch; /* up to the next checkpoint; of the last one: none */
};

struct area {
    uint8_t *start;
    uint64_t chunks, size;
    uint8_t *written; /* a bit for each chunk: it is in fresh, and may be written */
};

struct checkpoints {
    struct machine *m;
    uint64_t interval, limit, used;
    struct checkpoint *list;
    size_t count, room, at;
    struct machine_area from[MACHINE_AREAS];
    struct area area[MACHINE_AREAS];
    struct pieces fresh; /* mapped with room for every chunk, so that the signal handler need not ask for memory */
    size_t fresh_room;
    struct free_chunk {
        struct free_chunk *next;
    } * spare;
    void **block; /* of chunks, BLOCK bytes each */
    size_t blocks, block_room;
    struct sigaction before;
};

static struct checkpoints *active; /* signal handlers have no argument of ours */

/* ---- Chunks ---- */

static void *map(uint64_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/* Called in a signal handler: only system calls. */
static bool more_chunks(struct checkpoints *c)
{
    uint8_t *block = c->blocks < SIZE_MAX / BLOCK ? map(BLOCK) : NULL;
    if (!block)
        return false;
    c->block[c->blocks++] = block;
    for (size_t i = 0; i < BLOCK / CHUNK; i++) {
        struct free_chunk *f = (struct free_chunk *)(block + i * CHUNK);
        f->next = c->spare;
        c->spare = f;
    }
    return true;
}

static uint8_t *chunk_new(struct checkpoints *c)
{
    if (!c->spare && !more_chunks(c))
        abort(); /* the host has no memory, and what the guest overwrites would be lost */
    struct free_chunk *f = c->spare;
    c->spare = f->next;
    c->used += CHUNK;
    return (uint8_t *)f;
}

static void chunk_free(struct checkpoints *c, uint8_t *data)
{
    struct free_chunk *f = (struct free_chunk *)data;
    if (!f)
        return;
    f->next = c->spare;
    c->spare = f;
    c->used -= CHUNK;
}

static bool is_zero(const uint8_t *p, size_t size) { return !*p && !memcmp(p, p + 1, size - 1); }

/* Where the host has it, and how long it is: the last one of an area may be shorter. */
static uint8_t *place(const struct checkpoints *c, const struct piece *p, size_t *size)
{
    const struct area *area = &c->area[p->area];
    uint64_t offset = (uint64_t)p->chunk * CHUNK, left = area->size - offset;
    *size = left < CHUNK ? (size_t)left : CHUNK;
    return area->start + offset;
}

static uint8_t *chunk_copy(struct checkpoints *c, const struct piece *p)
{
    size_t size;
    const uint8_t *from = place(c, p, &size);
    return is_zero(from, size) ? NULL : memcpy(chunk_new(c), from, size);
}

static void put(const struct checkpoints *c, const struct piece *p)
{
    size_t size;
    uint8_t *to = place(c, p, &size);
    if (p->data)
        memcpy(to, p->data, size);
    else if (!is_zero(to, size))
        memset(to, 0, size);
}

static void pieces_free(struct checkpoints *c, struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++)
        chunk_free(c, p->piece[i].data);
    c->used -= p->count * sizeof *p->piece;
    free(p->piece);
    *p = (struct pieces){ NULL, 0 };
}

/* ---- Writes ---- */

static void keep(struct checkpoints *c, unsigned a, uint64_t chunk)
{
    struct area *area = &c->area[a];
    if (area->written[chunk / 8] >> chunk % 8 & 1)
        return;
    area->written[chunk / 8] |= (uint8_t)(1u << chunk % 8);
    struct piece *p = &c->fresh.piece[c->fresh.count++];
    *p = (struct piece){ .area = a, .chunk = (uint32_t)chunk };
    p->data = chunk_copy(c, p);
}

/* Let chunks be written. The host has a limit of differently protected ranges: when it is reached, larger and larger
 * neighbourhoods are kept, up to everything. */
static void allow(struct checkpoints *c, unsigned a, uint64_t chunk)
{
    struct area *area = &c->area[a];
    for (uint64_t n = 1;; n *= 16) {
        uint64_t first = chunk / n * n, count = area->chunks - first < n ? area->chunks - first : n;
        for (uint64_t i = 0; i < count; i++)
            keep(c, a, first + i);
        uint8_t *start = area->start + first * CHUNK, *end = area->start + area->size;
        size_t size = (uint64_t)(end - start) < count * CHUNK ? (size_t)(end - start) : (size_t)count * CHUNK;
        if (!mprotect(start, size, PROT_READ | PROT_WRITE))
            return;
        if (count == area->chunks)
            abort();
    }
}

static void on_write(int number, siginfo_t *info, void *context)
{
    struct checkpoints *c = active;
    uint8_t *at = info->si_addr;
    for (unsigned a = 0; c && a < MACHINE_AREAS; a++) {
        struct area *area = &c->area[a];
        uint64_t chunk = (uint64_t)(at - area->start) / CHUNK;
        if (at < area->start || at >= area->start + area->size || area->written[chunk / 8] >> chunk % 8 & 1)
            continue;
        allow(c, a, chunk);
        return;
    }
    /* Somebody else's: what was there before us decides, when the instruction is tried again. */
    (void)context;
    if (c)
        sigaction(number, &c->before, NULL);
    else
        signal(number, SIG_DFL);
}

static void catch_writes(struct checkpoints *c)
{
    struct sigaction ours = { .sa_sigaction = on_write, .sa_flags = SA_SIGINFO | SA_RESTART }, now;
    sigaction(SIGSEGV, NULL, &now);
    if (now.sa_sigaction != on_write) {
        c->before = now;
        sigaction(SIGSEGV, &ours, NULL);
    }
}

static void protect(struct checkpoints *c, int how)
{
    for (unsigned a = 0; a < MACHINE_AREAS; a++)
        if (c->area[a].size && mprotect(c->area[a].start, c->area[a].size, how))
            abort(); /* one range each: the host cannot refuse */
}

/* Nothing has been written since now. fresh's pieces are somebody else's, or nobody's, already. */
static void start_fresh(struct checkpoints *c)
{
    for (size_t i = 0; i < c->fresh.count; i++) {
        const struct piece *p = &c->fresh.piece[i];
        c->area[p->area].written[p->chunk / 8] = 0;
    }
    c->fresh.count = 0;
    catch_writes(c);
    protect(c, PROT_READ);
}

static int by_place(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    if (x->area != y->area)
        return x->area < y->area ? -1 : 1;
    return x->chunk < y->chunk ? -1 : x->chunk > y->chunk;
}

/* fresh, in order, in memory of its own. */
static struct pieces take_fresh(struct checkpoints *c)
{
    struct pieces p = { malloc((c->fresh.count + 1) * sizeof *p.piece), c->fresh.count };
    if (!p.piece)
        abort();
    memcpy(p.piece, c->fresh.piece, p.count * sizeof *p.piece);
    qsort(p.piece, p.count, sizeof *p.piece, by_place);
    c->used += p.count * sizeof *p.piece;
    return p;
}

/* ---- Taking and dropping ---- */

static bool pack_state(struct checkpoint *k, struct machine *m)
{
    struct state_pass s = { .mode = STATE_SAVE, .memory = true };
    machine_state(&s, m);
    size_t room = ZSTD_compressBound(s.used);
    uint8_t *packed = s.failed ? NULL : malloc(room);
    size_t n = packed ? ZSTD_compress(packed, room, s.data, s.used, LEVEL) : 0;
    bool ok = packed && !ZSTD_isError(n);
    if (ok)
        *k = (struct checkpoint){ .packed = realloc(packed, n), .size = n, .raw = s.used };
    else
        free(packed);
    free(s.data);
    return ok;
}

static void unpack_state(const struct checkpoint *k, struct machine *m)
{
    struct state_pass s = { .mode = STATE_LOAD, .memory = true, .data = malloc(k->raw), .size = k->raw };
    bool ok = s.data && ZSTD_decompress(s.data, k->raw, k->packed, k->size) == k->raw;
    if (ok)
        machine_state(&s, m);
    assert(ok && !s.failed && s.used == s.size);
    free(s.data);
}

static void checkpoint_free(struct checkpoints *c, struct checkpoint *k)
{
    pieces_free(c, &k->epoch);
    c->used -= k->size;
    free(k->packed);
}

/* Those after the one the machine stands behind. */
static void drop_later(struct checkpoints *c)
{
    while (c->count > c->at + 1)
        checkpoint_free(c, &c->list[--c->count]);
    pieces_free(c, &c->list[c->at].epoch);
}

/* Undo over two epochs: what was at the start of the first, or of the second where only that has it. */
static struct pieces merge(struct checkpoints *c, struct pieces *first, struct pieces *second)
{
    struct pieces p = { malloc((first->count + second->count + 1) * sizeof *p.piece), 0 };
    size_t i = 0, j = 0;
    if (!p.piece)
        abort();
    while (i < first->count || j < second->count) {
        int order = i == first->count ? 1 : j == second->count ? -1 : by_place(&first->piece[i], &second->piece[j]);
        if (order == 0)
            chunk_free(c, second->piece[j++].data);
        p.piece[p.count++] = order > 0 ? second->piece[j++] : first->piece[i++];
    }
    c->used -= (first->count + second->count - p.count) * sizeof *p.piece;
    free(first->piece);
    free(second->piece);
    return p;
}

/* Leave out checkpoint n, with 0 < n < at: both epochs at it are undo. */
static void leave_out(struct checkpoints *c, size_t n)
{
    struct checkpoint *k = &c->list[n];
    k[-1].epoch = merge(c, &k[-1].epoch, &k->epoch);
    k->epoch = (struct pieces){ NULL, 0 };
    checkpoint_free(c, k);
    memmove(k, k + 1, (c->count - n - 1) * sizeof *k);
    c->count--, c->at--;
}

static void forget_oldest(struct checkpoints *c)
{
    checkpoint_free(c, &c->list[0]);
    memmove(&c->list[0], &c->list[1], (c->count - 1) * sizeof c->list[0]);
    c->count--, c->at--;
}

/* Of those before the present one, that which leaves the smallest gap for its age: dense near the present. */
static size_t least_useful(const struct checkpoints *c)
{
    uint64_t now = c->list[c->at].position;
    size_t best = 0;
    double least = 0;
    for (size_t n = 1; n < c->at; n++) {
        double gap = (double)(c->list[n + 1].position - c->list[n - 1].position);
        double use = gap / (double)(now - c->list[n].position + 1);
        if (!best || use < least)
            best = n, least = use;
    }
    return best;
}

static void thin_out(struct checkpoints *c)
{
    while (c->used > c->limit && c->at > 0) {
        size_t n = c->at > 4 ? least_useful(c) : 0;
        if (n)
            leave_out(c, n);
        else
            forget_oldest(c);
    }
}

static bool take(struct checkpoints *c)
{
    struct checkpoint k;
    if (c->count == c->room) {
        size_t room = c->room ? 2 * c->room : 64;
        struct checkpoint *list = realloc(c->list, room * sizeof *list);
        if (!list)
            return false;
        c->list = list, c->room = room;
    }
    if (!pack_state(&k, c->m))
        return false;
    k.position = machine_position(c->m), k.turn = c->m->turn;
    c->used += k.size;
    if (c->count)
        c->list[c->at].epoch = take_fresh(c);
    c->list[c->count++] = k;
    c->at = c->count - 1;
    start_fresh(c);
    thin_out(c);
    return true;
}

/* The machine has come again to the next checkpoint. */
static void come_again(struct checkpoints *c)
{
    struct checkpoint *k = &c->list[c->at];
    pieces_free(c, &k->epoch);
    k->epoch = take_fresh(c);
    c->at++;
    start_fresh(c);
}

void checkpoint_turn(struct machine *m)
{
    struct checkpoints *c = m->checkpoints;
    if (c->at + 1 < c->count) {
        const struct checkpoint *k = &c->list[c->at + 1];
        if (m->turn == k->turn)
            come_again(c);
        else if (m->turn > k->turn) /* it has gone another way, and nobody has said so */
            checkpoints_diverge(m);
    } else if (machine_position(m) - c->list[c->at].position >= c->interval) {
        if (!take(c)) /* the host's memory is at its end: without going back, but the guest goes on */
            checkpoints_stop(m);
    }
}

void checkpoints_diverge(struct machine *m)
{
    line_log_cut(m);
    if (m->checkpoints)
        drop_later(m->checkpoints);
}

/* ---- Going back and forward ---- */

/* Exchange the epoch's contents with RAM's. */
static void exchange(struct checkpoints *c, struct pieces *p)
{
    for (size_t i = 0; i < p->count; i++) {
        struct piece *piece = &p->piece[i];
        uint8_t *now = chunk_copy(c, piece);
        put(c, piece);
        chunk_free(c, piece->data);
        piece->data = now;
    }
}

/* What has been read by the guest is given again from here. */
static void rewind_line(struct machine *m)
{
    struct line_log *log = m->line;
    if (!log)
        return;
    for (log->next = 0; log->next < log->count; log->next++) {
        const struct line_entry *e = &log->entry[log->next];
        if (e->kind == LINE_BYTE ? e->count > m->input_asked : e->turn >= m->turn)
            return;
    }
}

void checkpoints_restart(struct machine *m)
{
    struct checkpoints *c = m->checkpoints;
    if (!c)
        return;
    while (c->count)
        checkpoint_free(c, &c->list[--c->count]);
    for (size_t i = 0; i < c->fresh.count; i++)
        chunk_free(c, c->fresh.piece[i].data);
    c->at = 0;
    start_fresh(c);
    if (!take(c))
        checkpoints_stop(m);
}

bool checkpoint_restore(struct machine *m, uint64_t position)
{
    struct checkpoints *c = m->checkpoints;
    if (!c || position < c->list[0].position)
        return false;
    size_t target = 0;
    while (target + 1 < c->count && c->list[target + 1].position <= position)
        target++;
    protect(c, PROT_READ | PROT_WRITE);
    for (size_t i = 0; i < c->fresh.count; i++) {
        put(c, &c->fresh.piece[i]);
        chunk_free(c, c->fresh.piece[i].data);
    }
    while (c->at > target)
        exchange(c, &c->list[--c->at].epoch);
    while (c->at < target)
        exchange(c, &c->list[c->at++].epoch);
    unpack_state(&c->list[target], m);
    rewind_line(m);
    m->stop = STOP_NONE;
    start_fresh(c);
    return true;
}

/* ---- Life ---- */

bool checkpoints_on(const struct machine *m) { return m->checkpoints != NULL; }

uint64_t checkpoint_oldest(const struct machine *m)
{
    return m->checkpoints ? m->checkpoints->list[0].position : UINT64_MAX;
}

static bool make_areas(struct checkpoints *c)
{
    uint64_t total = 0;
    machine_areas(c->m, c->from);
    for (unsigned a = 0; a < MACHINE_AREAS; a++) {
        struct area *area = &c->area[a];
        if (!c->from[a].pages)
            continue;
        area->start = *c->from[a].start;
        area->size = c->from[a].pages * 4096;
        area->chunks = (area->size + CHUNK - 1) / CHUNK;
        if (!(area->written = map(area->chunks / 8 + 1)))
            return false;
        total += area->chunks;
    }
    c->fresh_room = (total + 1) * sizeof *c->fresh.piece;
    c->fresh.piece = map(c->fresh_room);
    /* Every chunk may be kept in every epoch until the limit is noticed at its end. */
    c->block_room = (2 * total + c->limit / CHUNK) / (BLOCK / CHUNK) * sizeof *c->block + 4096;
    c->block = map(c->block_room);
    return c->fresh.piece && c->block;
}

static void unmake(struct checkpoints *c)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->list[i].epoch.piece);
        free(c->list[i].packed);
    }
    free(c->list);
    for (unsigned a = 0; a < MACHINE_AREAS; a++)
        if (c->area[a].written)
            munmap(c->area[a].written, c->area[a].chunks / 8 + 1);
    for (size_t i = 0; i < c->blocks; i++)
        munmap(c->block[i], BLOCK);
    if (c->block)
        munmap(c->block, c->block_room);
    if (c->fresh.piece)
        munmap(c->fresh.piece, c->fresh_room);
    free(c);
}

bool checkpoints_start(struct machine *m, uint64_t interval, uint64_t bytes)
{
    if (m->checkpoints || active)
        return false;
    struct checkpoints *c = calloc(1, sizeof *c);
    if (!c)
        return false;
    c->m = m, c->interval = interval ? interval : 1, c->limit = bytes;
    if (!make_areas(c) || !line_log_start(m)) {
        unmake(c);
        return false;
    }
    active = m->checkpoints = c;
    if (take(c))
        return true;
    checkpoints_stop(m);
    return false;
}

void checkpoints_stop(struct machine *m)
{
    struct checkpoints *c = m->checkpoints;
    struct sigaction now;
    if (!c)
        return;
    protect(c, PROT_READ | PROT_WRITE);
    sigaction(SIGSEGV, NULL, &now);
    if (now.sa_sigaction == on_write)
        sigaction(SIGSEGV, &c->before, NULL);
    active = NULL;
    m->checkpoints = NULL;
    unmake(c);
}
