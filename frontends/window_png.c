/* Screenshots: PNG (ISO/IEC 15948), 8 bits for each of red, green and blue. */
#include "frontends/window.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

static void put32(uint8_t *to, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        to[i] = (uint8_t)(v >> (24 - 8 * i));
}

static void chunk(FILE *f, const char *type, const uint8_t *data, size_t size)
{
    uint8_t word[4];
    uLong crc = crc32(crc32(0, NULL, 0), (const Bytef *)type, 4);
    put32(word, (uint32_t)size);
    fwrite(word, 1, 4, f);
    fwrite(type, 1, 4, f);
    if (size) {
        fwrite(data, 1, size, f);
        crc = crc32(crc, data, (uInt)size);
    }
    put32(word, (uint32_t)crc);
    fwrite(word, 1, 4, f);
}

/* Each line with its filter: every pixel but the first as the difference from the one on its left, which packs flat
 * areas best. */
static void filter_line(uint8_t *to, const uint32_t *pixel, unsigned width)
{
    enum { FILTER_SUB = 1 };
    uint32_t left = 0;
    *to++ = FILTER_SUB;
    for (unsigned x = 0; x < width; x++, left = pixel[x - 1])
        for (int shift = 16; shift >= 0; shift -= 8)
            *to++ = (uint8_t)((pixel[x] >> shift) - (left >> shift));
}

bool png_write(const char *path, const uint32_t *pixel, unsigned width, unsigned height)
{
    static const uint8_t magic[8] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
    uint8_t head[13] = { [8] = 8, [9] = 2 }; /* 8 bits, true colour */
    size_t line = 1 + 3 * (size_t)width;
    uLongf packed = compressBound(line * height);
    uint8_t *lines = malloc(line * height), *data = malloc(packed);
    FILE *f = lines && data ? fopen(path, "wb") : NULL;
    if (f) {
        for (unsigned y = 0; y < height; y++)
            filter_line(lines + line * y, pixel + (size_t)width * y, width);
        compress2(data, &packed, lines, line * height, Z_BEST_COMPRESSION);
        put32(head, width);
        put32(head + 4, height);
        fwrite(magic, 1, sizeof magic, f);
        chunk(f, "IHDR", head, sizeof head);
        chunk(f, "IDAT", data, packed);
        chunk(f, "IEND", NULL, 0);
    }
    bool written = f && !ferror(f);
    written = f && !fclose(f) && written;
    int error = errno;
    free(lines);
    free(data);
    errno = error;
    return written;
}
