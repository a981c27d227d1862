/* The window's letters: Terminus, normal and bold, as Debian packs them (X11's Portable Compiled Format, gzip'ed). They
 * are compiled in, so that a screenshot is the same everywhere. */
#include "frontends/window.h"

#include <stdlib.h>
#include <zlib.h>

#define FONT_FILE "build/deps/terminus/usr/share/fonts/X11/misc/ter-u16"
__asm__(".pushsection .rodata, \"a\"\n"
        "window_font_normal:\n"
        "    .incbin \"" FONT_FILE "n_unicode.pcf.gz\"\n"
        "window_font_normal_end:\n"
        "window_font_bold:\n"
        "    .incbin \"" FONT_FILE "b_unicode.pcf.gz\"\n"
        "window_font_bold_end:\n"
        ".popsection\n");
#define BYTES extern const uint8_t __attribute__((visibility("hidden")))
BYTES window_font_normal[], window_font_normal_end[], window_font_bold[], window_font_bold_end[];

enum { PCF_METRICS = 1 << 2, PCF_BITMAPS = 1 << 3, PCF_ENCODINGS = 1 << 5, MAX_PCF = 1 << 20 };
/* Of a table's format. */
enum { PCF_PAD = 3, PCF_BIG_ENDIAN = 1 << 2, PCF_HIGH_BIT_FIRST = 1 << 3, PCF_COMPRESSED_METRICS = 0x100 };

struct table {
    const uint8_t *p, *end; /* behind the format */
    uint32_t format;
};

/* [normal, bold][character]; the box stands for characters that the font lacks. */
static uint8_t (*glyphs)[0x10000][FONT_HEIGHT];
static uint8_t (*have)[0x10000];
static const uint8_t box[FONT_HEIGHT] = { 0, 0, 0, 0x7e, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x42, 0x7e };

static uint32_t little32(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }
static uint32_t read32(const struct table *t, size_t at)
{
    uint32_t v = little32(t->p + at);
    return t->format & PCF_BIG_ENDIAN ? __builtin_bswap32(v) : v;
}
static unsigned read16(const struct table *t, size_t at)
{
    const uint8_t *p = t->p + at;
    return t->format & PCF_BIG_ENDIAN ? p[0] << 8 | p[1] : p[1] << 8 | p[0];
}

static struct table find_table(const uint8_t *pcf, uint32_t type)
{
    const uint8_t *entry = pcf + 8;
    for (uint32_t n = little32(pcf + 4); n--; entry += 16)
        if (little32(entry) == type) {
            const uint8_t *at = pcf + little32(entry + 12);
            return (struct table){ at + 4, at + little32(entry + 8), little32(at) };
        }
    assert(!"the font has all tables");
    return (struct table){ 0 };
}

/* Put one glyph into its cell: the font says where its pixels are from the origin and the baseline. */
static void put_glyph(uint8_t *rows, const struct table *bitmaps, unsigned glyph, const uint8_t *metrics)
{
    enum { ASCENT = 12 };
    uint32_t count = read32(bitmaps, 0), at = 4 + 4 * count + 16 + read32(bitmaps, 4 + 4 * glyph);
    unsigned stride = 1u << (bitmaps->format & PCF_PAD);
    int left = metrics[0] - 0x80, ascent = metrics[3] - 0x80, descent = metrics[4] - 0x80;
    for (int y = 0; y < ascent + descent; y++) {
        int row = ASCENT - ascent + y;
        if (row >= 0 && row < FONT_HEIGHT)
            rows[row] = (uint8_t)(bitmaps->p[at + (unsigned)y * stride] >> left);
    }
}

static void read_font(const uint8_t *pcf, unsigned weight)
{
    struct table metrics = find_table(pcf, PCF_METRICS), bitmaps = find_table(pcf, PCF_BITMAPS),
                 codes = find_table(pcf, PCF_ENCODINGS);
    assert(metrics.format & PCF_COMPRESSED_METRICS && bitmaps.format & PCF_HIGH_BIT_FIRST);
    unsigned low2 = read16(&codes, 0), high2 = read16(&codes, 2), low1 = read16(&codes, 4), high1 = read16(&codes, 6);
    for (unsigned c1 = low1; c1 <= high1; c1++)
        for (unsigned c2 = low2; c2 <= high2; c2++) {
            unsigned glyph = read16(&codes, 10 + 2 * ((c1 - low1) * (high2 - low2 + 1) + c2 - low2));
            unsigned character = c1 << 8 | c2;
            if (glyph == 0xffff)
                continue;
            put_glyph(glyphs[weight][character], &bitmaps, glyph, metrics.p + 2 + 5 * glyph);
            have[weight][character] = true;
        }
}

static bool unpack(const uint8_t *from, const uint8_t *end, unsigned weight)
{
    uint8_t *pcf = malloc(MAX_PCF);
    z_stream z = {
        .next_in = (uint8_t *)from, .avail_in = (uInt)(end - from), .next_out = pcf, .avail_out = pcf ? MAX_PCF : 0
    };
    bool ok = pcf && inflateInit2(&z, 16 + MAX_WBITS) == Z_OK;
    if (ok) {
        int result = inflate(&z, Z_FINISH);
        inflateEnd(&z);
        assert(result == Z_STREAM_END);
        read_font(pcf, weight);
    }
    free(pcf);
    return ok;
}

bool font_open(void)
{
    glyphs = calloc(2, sizeof *glyphs);
    have = calloc(2, sizeof *have);
    return glyphs && have && unpack(window_font_normal, window_font_normal_end, 0) &&
           unpack(window_font_bold, window_font_bold_end, 1);
}

void font_close(void)
{
    free(glyphs);
    free(have);
    glyphs = NULL;
    have = NULL;
}

const uint8_t *font_glyph(uint32_t character, bool bold)
{
    return character < 0x10000 && have[bold][character] ? glyphs[bold][character] : box;
}
