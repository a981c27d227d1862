/* Images with kallsyms, as scripts/kallsyms.c of Linux lays the tables out. */
#ifndef SVEMU_TESTS_FRONTENDS_IMAGE_H
#define SVEMU_TESTS_FRONTENDS_IMAGE_H

#include "tests/harness.h"

enum { TEXT = 0x10000, TABLES = 0x20000, RELOCATIONS = 0x60000, IMAGE = 0x80000, BSS = 0x8000, SYMBOLS = 700 };
enum { BANNER_AT = 0x68000, INIT = 0x70000, INIT_END = 0x78000 };
#define START UINT64_C(0xffff800080000000)

enum order { LINUX_5_0, LINUX_6_2, LINUX_6_4, LINUX_7_0 };

struct layout {
    enum order order;
    bool percpu;    /* CONFIG_KALLSYMS_ABSOLUTE_PERCPU */
    bool all;       /* CONFIG_KALLSYMS_ALL: _text is there */
    bool marks;     /* with all: landmarks of a kernel among its names */
    bool in_place;  /* relocated addresses stand in the Image, as with RELR, and not only in relocations */
    uint64_t start; /* where it is linked */
    uint64_t text_offset;
};

static struct {
    uint8_t bytes[IMAGE];
    size_t at; /* where the next table goes */
    size_t token_index, offsets, base, markers, names, num_syms, end;
} image;

static void put(size_t at, uint64_t value, unsigned size) { memcpy(image.bytes + at, &value, size); }

static void append(uint64_t value, unsigned size)
{
    put(image.at, value, size);
    image.at += size;
}

static void align(enum order order)
{
    image.at = (image.at + (order == LINUX_7_0 ? 3 : 7)) & ~(order == LINUX_7_0 ? 3ul : 7ul);
}

/* Names that mean something, instead of those of some symbols; in order. */
static const struct landmark {
    unsigned symbol;
    const char *name;
    uint64_t offset;
} landmarks[] = { { 21, "_stext", TEXT },
                  { SYMBOLS - 4, "linux_banner", BANNER_AT },
                  { SYMBOLS - 3, "__init_begin", INIT },
                  { SYMBOLS - 2, "__init_end", INIT_END },
                  { SYMBOLS - 1, "_end", IMAGE + BSS } };

static const struct landmark *landmark(const struct layout *l, unsigned i)
{
    for (unsigned n = 0; l->marks && n < sizeof landmarks / sizeof landmarks[0]; n++)
        if (landmarks[n].symbol == i)
            return &landmarks[n];
    return NULL;
}

/* Symbol i: two share an address now and then; one name is longer than 127 tokens. */
static uint64_t address_of(const struct layout *l, unsigned i)
{
    if (l->percpu && i < 20)
        return i * 16;
    if (l->all && i <= 20)
        return l->start;
    if (landmark(l, i))
        return l->start + landmark(l, i)->offset;
    return l->start + TEXT + (i - i % 7 / 6) * 64;
}

static const char *name_of(const struct layout *l, unsigned i)
{
    static char name[400];
    if (landmark(l, i))
        return landmark(l, i)->name;
    if (i == 300)
        memset(name, 'q', 300), name[300] = 0;
    else
        snprintf(name, sizeof name, i == 20 && l->all ? "_text" : i % 3 ? "sve_probe_%u" : "kvm_hyp_%u_vector", i);
    return name;
}

/* Tokens: a character stands for itself, and unused ones for some words. */
static const char *token(unsigned i)
{
    static const char *const words[] = { "sve_", "probe", "kvm_hyp_", "_vector" };
    static char self[2];
    self[0] = i > ' ' && i < 127 ? (char)i : 0;
    return i >= 200 && i < 204 ? words[i - 200] : self;
}

static size_t compress(const char *text, uint8_t out[512])
{
    size_t n = 0;
    while (*text) {
        unsigned t = 200;
        while (t < 204 && strncmp(text, token(t), strlen(token(t))))
            t++;
        out[n++] = t < 204 ? (uint8_t)t : (uint8_t)*text;
        text += t < 204 ? strlen(token(t)) : 1;
    }
    return n;
}

static void append_offsets(const struct layout *l)
{
    uint64_t base = l->start + (l->all ? 0 : TEXT);
    align(l->order);
    image.offsets = image.at;
    for (unsigned i = 0; i < SYMBOLS; i++) {
        uint64_t a = address_of(l, i);
        append(l->order == LINUX_7_0     ? a - l->start - image.at
               : !l->percpu              ? a - base
               : a < START && a < 0x1000 ? a
                                         : base - 1 - a,
               4);
    }
    align(l->order);
    image.base = image.at;
    if (l->order < LINUX_7_0)
        append(l->in_place ? base : 0, 8);
    put(RELOCATIONS, l->start + image.base, 8), put(RELOCATIONS + 8, 0x403, 8);
    put(RELOCATIONS + 16, l->order < LINUX_7_0 ? base : l->start + TEXT, 8);
}

static void append_names(const struct layout *l)
{
    uint32_t markers[SYMBOLS / 256 + 1];
    uint8_t tokens[512];
    char text[512];
    align(l->order);
    image.num_syms = image.at;
    append(SYMBOLS, 4);
    align(l->order);
    image.names = image.at;
    for (unsigned i = 0; i < SYMBOLS; i++) {
        if (i % 256 == 0)
            markers[i / 256] = (uint32_t)(image.at - image.names);
        snprintf(text, sizeof text, "%c%s", "Ttd"[i % 3], name_of(l, i));
        size_t n = compress(text, tokens);
        append(n < 128 ? n : (n & 0x7f) | 0x80 | n >> 7 << 8, n < 128 ? 1 : 2);
        for (size_t k = 0; k < n; k++)
            append(tokens[k], 1);
    }
    align(l->order);
    image.markers = image.at;
    for (unsigned i = 0; i < (SYMBOLS + 255) / 256; i++)
        append(markers[i], 4);
}

static void append_seqs(const struct layout *l)
{
    align(l->order);
    for (unsigned i = 0; i < SYMBOLS; i++)
        append((i * 37 % SYMBOLS) << 8, 3);
}

static void append_tokens(const struct layout *l)
{
    uint16_t index[256];
    align(l->order);
    size_t table = image.at;
    for (unsigned i = 0; i < 256; i++) {
        index[i] = (uint16_t)(image.at - table);
        for (const char *c = token(i); *c; c++)
            append((uint8_t)*c, 1);
        append(0, 1);
    }
    align(l->order);
    image.token_index = image.at;
    for (unsigned i = 0; i < 256; i++)
        append(index[i], 2);
}

/* Fill image.bytes. */
static void build(const struct layout *l)
{
    memset(&image, 0, sizeof image);
    for (size_t i = 64; i < TABLES; i++)
        image.bytes[i] = (uint8_t)(i * 31 ^ i >> 7); /* code */
    strcpy((char *)image.bytes + BANNER_AT, "Linux version 6.66-made (nobody@nowhere)\n");
    put(8, l->text_offset, 8), put(16, IMAGE + BSS, 8), put(56, 0x644d5241, 4);
    for (unsigned i = 0; i < 200; i++) { /* pointers at functions, in the words or as relocations of them */
        size_t r = RELOCATIONS + 24 + i * 24;
        if (!l->in_place)
            put(r, l->start + TABLES + i * 8, 8), put(r + 8, 0x403, 8);
        put(r + 16, address_of(l, 30 + i * 3) + (i % 5 ? 0 : 4), 8);
    }
    image.at = TABLES + 0x1000;
    if (l->order < LINUX_6_4)
        append_offsets(l);
    append_names(l);
    if (l->order == LINUX_6_2)
        append_seqs(l);
    append_tokens(l);
    if (l->order >= LINUX_6_4) {
        append_offsets(l);
        append_seqs(l);
    }
    image.end = image.at;
}

#endif
