/* BTF, as far as offsets of members need it. The section comes out of a guest's memory and is
 * not trusted: every offset is checked, and chains of types end after a few steps. */
#include "frontends/btf.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAGIC = 0xeb9f,
    HEADER = 24,
    KIND_INT = 1,
    KIND_PTR,
    KIND_ARRAY,
    KIND_STRUCT,
    KIND_UNION,
    KIND_ENUM,
    KIND_FWD,
    KIND_TYPEDEF,
    KIND_VOLATILE,
    KIND_CONST,
    KIND_RESTRICT,
    KIND_FUNC,
    KIND_FUNC_PROTO,
    KIND_VAR,
    KIND_DATASEC,
    KIND_FLOAT,
    KIND_DECL_TAG,
    KIND_TYPE_TAG,
    KIND_ENUM64,
    KINDS,
    MAX_DEPTH = 8, /* of unnamed members, of names for one type */
    MAX_MEMBERS = 1 << 16,
};

struct btf {
    uint8_t *data;
    size_t size;
    const char *strings; /* within data; they end with a zero */
    uint32_t string_size;
    uint32_t *type; /* offsets in data of types 1, 2, ...; [0] is void */
    uint32_t types;
};

static uint32_t u32(const struct btf *b, size_t at)
{
    const uint8_t *p = b->data + at;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static unsigned kind(const struct btf *b, uint32_t at) { return u32(b, at + 4) >> 24 & 31; }
static unsigned vlen(const struct btf *b, uint32_t at) { return u32(b, at + 4) & 0xffff; }

static const char *string(const struct btf *b, uint32_t offset)
{
    return offset < b->string_size ? b->strings + offset : "";
}

/* Bytes behind a type's first 12; SIZE_MAX: a kind that is not known, whose length neither is. */
static size_t tail(unsigned kind, unsigned vlen)
{
    switch (kind) {
    case KIND_INT:
    case KIND_VAR:
    case KIND_DECL_TAG: return 4;
    case KIND_ARRAY: return 12;
    case KIND_STRUCT:
    case KIND_UNION:
    case KIND_DATASEC:
    case KIND_ENUM64: return 12u * vlen;
    case KIND_ENUM:
    case KIND_FUNC_PROTO: return 8u * vlen;
    default: return kind && kind < KINDS ? 0 : SIZE_MAX;
    }
}

/* Note where each type begins; types behind one that is not understood are left out. */
static bool index_types(struct btf *b, size_t at, size_t end)
{
    size_t room = (end - at) / 12 + 1;
    b->type = malloc(room * sizeof *b->type);
    if (!b->type)
        return false;
    b->type[0] = 0, b->types = 1;
    while (end - at >= 12) {
        size_t more = tail(kind(b, (uint32_t)at), vlen(b, (uint32_t)at));
        if (more > end - at - 12)
            break;
        b->type[b->types++] = (uint32_t)at;
        at += 12 + more;
    }
    return true;
}

static bool read_header(struct btf *b)
{
    if (b->size < HEADER || b->size > UINT32_MAX || (u32(b, 0) & 0xffff) != MAGIC || b->data[2] != 1)
        return false;
    size_t header = u32(b, 4), type = u32(b, 8), type_size = u32(b, 12), strings = u32(b, 16);
    b->string_size = u32(b, 20);
    if (header < HEADER || header > b->size || type > b->size - header || type_size > b->size - header - type ||
        strings > b->size - header || b->string_size > b->size - header - strings || !b->string_size)
        return false;
    b->strings = (const char *)b->data + header + strings;
    return !b->strings[b->string_size - 1] && index_types(b, header + type, header + type + type_size);
}

struct btf *btf_open(uint8_t *data, size_t size)
{
    struct btf *b = calloc(1, sizeof *b);
    if (!b) {
        free(data);
        return NULL;
    }
    b->data = data, b->size = size;
    if (read_header(b))
        return b;
    btf_close(b);
    return NULL;
}

void btf_close(struct btf *b)
{
    if (b) {
        free(b->type);
        free(b->data);
        free(b);
    }
}

/* ---- Members ---- */

/* What stands behind names and qualifiers of a type; 0: void, or none that there is. */
static uint32_t resolve(const struct btf *b, uint32_t id)
{
    for (unsigned step = 0; step < MAX_DEPTH && id && id < b->types; step++) {
        uint32_t at = b->type[id];
        switch (kind(b, at)) {
        case KIND_TYPEDEF:
        case KIND_VOLATILE:
        case KIND_CONST:
        case KIND_RESTRICT:
        case KIND_TYPE_TAG: id = u32(b, at + 8); break;
        default: return at;
        }
    }
    return 0;
}

static uint32_t size_of(const struct btf *b, uint32_t id)
{
    uint64_t size = 1;
    for (unsigned depth = 0; depth < MAX_DEPTH; depth++) {
        uint32_t at = resolve(b, id);
        switch (at ? kind(b, at) : KIND_FWD) {
        case KIND_INT:
        case KIND_STRUCT:
        case KIND_UNION:
        case KIND_ENUM:
        case KIND_ENUM64:
        case KIND_FLOAT: size *= u32(b, at + 8); return size <= UINT32_MAX ? (uint32_t)size : 0;
        case KIND_PTR: size *= 8; return size <= UINT32_MAX ? (uint32_t)size : 0;
        case KIND_ARRAY:
            size *= u32(b, at + 20);
            id = u32(b, at + 12);
            if (size > UINT32_MAX)
                return 0;
            break;
        default: return 0;
        }
    }
    return 0;
}

static bool is_aggregate(const struct btf *b, uint32_t at)
{
    return at && (kind(b, at) == KIND_STRUCT || kind(b, at) == KIND_UNION);
}

/* The bit offset of member i of the aggregate at, and its type; false: it is a bit-field. */
static bool member_at(const struct btf *b, uint32_t at, unsigned i, uint32_t *bits, uint32_t *type)
{
    uint32_t m = at + 12 + 12 * i, flags = u32(b, at + 4) >> 31, offset = u32(b, m + 8);
    *type = u32(b, m + 4);
    *bits = flags ? offset & 0xffffff : offset;
    return (!flags || !(offset >> 24)) && *bits % 8 == 0;
}

struct member_name {
    const char *text;
    size_t length;
};

/* A member by name, also of unnamed members; budget is how many may still be looked at. */
static bool find_member(const struct btf *b, uint32_t at, const struct member_name *name, unsigned depth,
                        unsigned *budget, uint32_t *offset, uint32_t *type)
{
    for (unsigned i = 0; i < vlen(b, at) && *budget; i++) {
        const char *its = string(b, u32(b, at + 12 + 12 * i));
        uint32_t bits, inner;
        --*budget;
        if (!member_at(b, at, i, &bits, type))
            continue;
        if (*its && !strncmp(its, name->text, name->length) && !its[name->length]) {
            *offset += bits / 8;
            return true;
        }
        inner = *its ? 0 : resolve(b, *type);
        uint32_t within = *offset + bits / 8;
        if (depth < MAX_DEPTH && is_aggregate(b, inner) &&
            find_member(b, inner, name, depth + 1, budget, &within, type)) {
            *offset = within;
            return true;
        }
    }
    return false;
}

/* The structure of this name; 0: there is none. Definitions come before declarations of the same name here. */
static uint32_t find_structure(const struct btf *b, const char *name)
{
    for (uint32_t id = 1; id < b->types; id++)
        if (is_aggregate(b, b->type[id]) && !strcmp(string(b, u32(b, b->type[id])), name))
            return b->type[id];
    return 0;
}

bool btf_member(const struct btf *b, const char *structure, const char *member, uint32_t *offset, uint32_t *size)
{
    uint32_t at = find_structure(b, structure), type = 0;
    *offset = 0;
    while (is_aggregate(b, at)) {
        struct member_name name = { member, strcspn(member, ".") };
        unsigned budget = MAX_MEMBERS;
        if (!find_member(b, at, &name, 0, &budget, offset, &type))
            return false;
        if (!member[name.length]) {
            if (size)
                *size = size_of(b, type);
            return true;
        }
        member += name.length + 1;
        at = resolve(b, type);
    }
    return false;
}
