/* A small section of types, as Documentation/bpf/btf.rst of Linux lays it out. */
#ifndef SVEMU_TESTS_FRONTENDS_MADE_BTF_H
#define SVEMU_TESTS_FRONTENDS_MADE_BTF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BTF_INT = 1, BTF_PTR, BTF_ARRAY, BTF_STRUCT, BTF_UNION, BTF_TYPEDEF = 8, BTF_CONST = 10 };
enum { COMM_AT = 24, PID_AT = 48 }; /* of the made struct task_struct */

static struct {
    uint8_t bytes[64 << 10];
    size_t size, types_end;
    char strings[1024];
    uint32_t strings_size, types;
} made_btf;

static inline void btf_word(uint32_t v)
{
    memcpy(made_btf.bytes + made_btf.size, &v, 4);
    made_btf.size += 4;
}

static inline uint32_t btf_string(const char *text)
{
    uint32_t at = made_btf.strings_size;
    if (!*text)
        return 0;
    strcpy(made_btf.strings + at, text);
    made_btf.strings_size += (uint32_t)strlen(text) + 1;
    return at;
}

/* Returns the type's number; what follows the first 12 bytes is up to the caller. */
static inline uint32_t btf_type(const char *name, unsigned kind, unsigned vlen, uint32_t size_or_type)
{
    btf_word(btf_string(name)), btf_word(kind << 24 | vlen), btf_word(size_or_type);
    return ++made_btf.types;
}

static inline void btf_add_member(const char *name, uint32_t type, uint32_t bit_offset)
{
    btf_word(btf_string(name)), btf_word(type), btf_word(bit_offset);
}

static inline void begin_btf(void)
{
    memset(&made_btf, 0, sizeof made_btf);
    made_btf.size = 24, made_btf.strings_size = 1;
}

static inline void end_btf(void)
{
    uint32_t types = (uint32_t)made_btf.size - 24, header[6] = { 0x1eb9f, 24, 0, types, types, made_btf.strings_size };
    memcpy(made_btf.bytes, header, sizeof header);
    memcpy(made_btf.bytes + made_btf.size, made_btf.strings, made_btf.strings_size);
    made_btf.size += made_btf.strings_size;
}

static inline void make_btf(void)
{
    begin_btf();
    uint32_t letter = btf_type("char", BTF_INT, 0, 1);
    btf_word(8);
    uint32_t number = btf_type("int", BTF_INT, 0, 4);
    btf_word(32);
    uint32_t name = btf_type("", BTF_ARRAY, 0, 0);
    btf_word(letter), btf_word(number), btf_word(16);
    uint32_t pointer = btf_type("", BTF_PTR, 0, number);
    btf_type("task_struct", BTF_STRUCT, 2, 64);
    btf_add_member("comm", name, COMM_AT * 8), btf_add_member("pid", number, PID_AT * 8);
    uint32_t inner = btf_type("inner", BTF_STRUCT, 2, 8);
    btf_add_member("first", number, 0), btf_add_member("second", number, 32);
    uint32_t constant = btf_type("", BTF_CONST, 0, inner), named = btf_type("inner_t", BTF_TYPEDEF, 0, constant);
    uint32_t without = btf_type("", BTF_UNION, 1, 8);
    btf_add_member("unnamed_second", number, 32);
    btf_type("outer", BTF_STRUCT | 0x80, 4, 32); /* kind_flag: the size of a bit-field in the upper byte */
    btf_add_member("pointer", pointer, 0), btf_add_member("", without, 64), btf_add_member("inner", named, 128);
    btf_add_member("bits", number, 192 | 3 << 24);
    end_btf();
}

#endif
