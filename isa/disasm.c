/* Instructions as people read them: Capstone's text where it knows the word, otherwise our row's name and fields. */
#include "isa/isa.h"

#include <capstone/capstone.h>
#include <ctype.h>
#include <stdio.h>

/* Capstone, opened once; 0 if it cannot be. */
static csh capstone(void)
{
    static csh handle;
    static bool tried;
    if (!tried) {
        tried = true;
        if (cs_open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &handle) != CS_ERR_OK)
            handle = 0;
    }
    return handle;
}

static bool capstone_text(uint32_t word, uint64_t address, char *text, size_t size)
{
    csh handle = capstone();
    uint8_t bytes[4] = { (uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16), (uint8_t)(word >> 24) };
    cs_insn *insn;

    if (!handle || cs_disasm(handle, bytes, sizeof(bytes), address, 1, &insn) != 1)
        return false;
    snprintf(text, size, "%s%s%s", insn->mnemonic, *insn->op_str ? " " : "", insn->op_str);
    cs_free(insn, 1);
    return true;
}

/* The row's mnemonic: its name, or the id up to the first '_', in lower case. */
static size_t row_name(const struct insn *row, char *text, size_t size)
{
    const char *from = row->name ? row->name : row->id;
    size_t n = 0;
    while (n + 1 < size && from[n] && (row->name || from[n] != '_')) {
        text[n] = (char)tolower((unsigned char)from[n]);
        n++;
    }
    text[n] = 0;
    return n;
}

/* The value of a pattern's field, "name:width", "name!=0:width", "name|SP:width" or "name=bits", whose lowest bit is at
 * *top + 1 - width; *top moves below it. A literal has no name. */
static size_t field_text(const char *token, size_t len, uint32_t word, int *top, char *text, size_t size)
{
    size_t name = strcspn(token, " :=|!");
    if (name >= len) {
        *top -= (int)len;
        return 0;
    }
    const char *colon = memchr(token, ':', len), *equals = memchr(token, '=', len);
    unsigned width = colon ? (unsigned)strtoul(colon + 1, NULL, 10) : (unsigned)(token + len - equals - 1);
    uint64_t value = word >> (*top + 1 - (int)width) & (BIT(width) - 1);
    *top -= (int)width;
    int n = snprintf(text, size, " %.*s=%" PRIu64, (int)name, token, value);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

static void row_text(const struct insn *row, uint32_t word, char *text, size_t size)
{
    size_t used = row_name(row, text, size);
    int top = 31;
    for (const char *p = row->pattern; *p;) {
        size_t len = strcspn(p, " ");
        used += field_text(p, len, word, &top, text + used, size - used);
        p += len + (p[len] == ' ');
    }
}

bool disasm(uint32_t word, uint64_t address, char *text, size_t size)
{
    unsigned row = isa_decode_row(word);

    if (capstone_text(word, address, text, size))
        return true;
    if (row == INSN_COUNT) {
        snprintf(text, size, ".inst 0x%08x", word);
        return false;
    }
    row_text(&insn_table[row], word, text, size);
    return true;
}
