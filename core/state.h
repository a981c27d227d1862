/* What a machine's state consists of, and one pass over it. Each folder lists the fields of its own structs as a table
 * and has a function that goes through them in a fixed order; saving, checking, loading and hashing are the same walk,
 * so that none of them can forget what another one has. Bytes are little-endian, which every host of svemu is. */
#ifndef SVEMU_CORE_STATE_H
#define SVEMU_CORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine;
struct event;

enum state_use {
    STATE_GUEST, /* saved, and part of the state hash */
    STATE_CACHE, /* saved: it decides what happens next, but two machines may differ in it and still be alike */
    STATE_HOST,  /* not saved: constant, the host's, or made again from the rest */
};

/* One field of a struct. */
struct state_field {
    const char *name;
    uint32_t offset, size;
    uint8_t align, unit; /* unit: bytes of one value, for max */
    uint8_t use;         /* enum state_use */
    uint64_t max;        /* values above it are refused; UINT64_MAX: none are */
};
struct state_layout {
    const char *name;
    size_t size, align;
    const struct state_field *field;
    unsigned fields;
};

/* Never evaluated, only measured. */
#define STATE_OF(TYPE, FIELD) (((TYPE *)64)->FIELD)
#define STATE_ROW(TYPE, FIELD, USE, UNIT, MAX)                                                                      \
    {                                                                                                               \
#FIELD, offsetof(TYPE, FIELD), sizeof STATE_OF(TYPE, FIELD), __alignof__(STATE_OF(TYPE, FIELD)), UNIT, USE, \
            MAX                                                                                                     \
    }
/* A field with any value, or, if it is a bool, 0 and 1. */
#define STATE_ANY(TYPE, FIELD, USE) \
    STATE_ROW(TYPE, FIELD, USE, 1, _Generic(STATE_OF(TYPE, FIELD), bool : 1, default : UINT64_MAX))
/* One number up to MAX. */
#define STATE_TO(TYPE, FIELD, USE, MAX) STATE_ROW(TYPE, FIELD, USE, sizeof STATE_OF(TYPE, FIELD), MAX)
/* A static const struct state_layout NAME of TYPE with the rows FIELDS[]. */
#define STATE_LAYOUT_OF(NAME, TYPE, FIELDS)                                                \
    static const struct state_layout NAME = { #TYPE, sizeof(TYPE), _Alignof(TYPE), FIELDS, \
                                              sizeof FIELDS / sizeof FIELDS[0] }

enum state_mode {
    STATE_SAVE,
    STATE_CHECK, /* read what was saved, change nothing */
    STATE_LOAD,  /* after STATE_CHECK has gone well on the same bytes */
    STATE_HASH,
    STATE_LAYOUT, /* hash of names and sizes: what another build must agree in */
};

/* A pass. */
struct state_pass {
    enum state_mode mode;
    bool memory;   /* saved and loaded within this process: pointers stay valid */
    uint8_t *data; /* STATE_SAVE: malloc'ed, grows */
    size_t size, used;
    uint64_t hash;
    unsigned events; /* STATE_SAVE: how many were queued */
    bool failed;
    char error[200]; /* STATE_CHECK: what is wrong; STATE_LAYOUT: which table does not fit its struct */
};

/* The fields of object that layout names, in its order. STATE_CHECK: object is not touched, and may be NULL. */
void state_walk(struct state_pass *s, const struct state_layout *layout, void *object);
/* The same; STATE_CHECK copies to object, which is a scratch copy whose fields are to be looked at together. */
void state_walk_copy(struct state_pass *s, const struct state_layout *layout, void *object);
/* Bytes without a table, of the guest's state. STATE_CHECK reads them over. */
void state_bytes(struct state_pass *s, const char *name, void *bytes, size_t size);
/* A number that is not stored as it is saved: saving and hashing take *value, checking (up to max) and loading set it.
 */
void state_value(struct state_pass *s, const char *name, uint64_t *value, uint64_t max);
/* Not hashed. */
void state_cache_value(struct state_pass *s, const char *name, uint64_t *value, uint64_t max);
/* A number where it is: checking leaves it alone. */
void state_member(struct state_pass *s, const char *name, uint64_t *member, enum state_use use, uint64_t max);
/* A number of the configuration: what is loaded must have the same. */
void state_same(struct state_pass *s, const char *name, uint64_t value);
/* A text that stays, NULL allowed, at most 1000 characters; loading gives one that lives as long as the program. */
void state_text(struct state_pass *s, const char *name, const char **text);
/* An event: whether it is queued, when and in which order (core/event.c). */
void state_event(struct state_pass *s, struct machine *m, struct event *e);
/* What is being checked is wrong. */
void state_refuse(struct state_pass *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How often to visit one of n that are alike: a layout has each once. */
static inline unsigned state_times(const struct state_pass *s, unsigned n) { return s->mode == STATE_LAYOUT ? 1 : n; }
/* Does this pass set the machine? Does it read what was saved? */
static inline bool state_loading(const struct state_pass *s) { return s->mode == STATE_LOAD; }
static inline bool state_reading(const struct state_pass *s) { return s->mode == STATE_LOAD || s->mode == STATE_CHECK; }

/* A hash of 64 bits; a change of up to 64 bits within a word is always seen, others with a probability of 1 - 2^-64. */
uint64_t hash_bytes(uint64_t h, const void *data, size_t size);
static inline uint64_t hash_value(uint64_t h, uint64_t v)
{
    h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
    return h << 31 | h >> 33;
}

/* All of a machine but RAM, tags and page flags (core/machine_state.c). */
void machine_state(struct state_pass *s, struct machine *m);
/* 64-bit hash of RAM, tags, CPUs, GIC, timers, devices and the schedule; nothing of the host's. Two runs with the same
 * hash are in the same state; caches of translations are left out. */
uint64_t state_hash(struct machine *m);
/* What a machine's pages are in: RAM, page flags and tags. */
struct machine_area {
    const char *name;
    uint8_t **start; /* in struct physmem */
    uint64_t pages;  /* of 4 KiB */
};
enum { MACHINE_AREAS = 3 };
void machine_areas(struct machine *m, struct machine_area area[MACHINE_AREAS]);
/* Of the machine's layout, 0 with s->error: a table does not fit its struct. */
uint64_t state_layout_hash(struct machine *m, struct state_pass *s);

#endif
