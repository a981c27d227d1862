/* String and byte functions, written out so that the compiler's code for them runs, and the C library's beside them. */
#include <ctype.h>

#include "programs.h"

enum { SIZE = 6000 };
static char text[SIZE + 1], copy[SIZE + 64];

static size_t __attribute__((noinline)) length(const char *s)
{
    size_t n = 0;
    while (s[n])
        n++;
    return n;
}
static size_t __attribute__((noinline)) count_words(const char *s, size_t n)
{
    size_t words = 0;
    for (size_t i = 1; i < n; i++)
        words += s[i] != ' ' && s[i - 1] == ' ';
    return words;
}
static void __attribute__((noinline)) upper(char *d, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        d[i] = s[i] >= 'a' && s[i] <= 'z' ? (char)(s[i] - 32) : s[i];
}
static int __attribute__((noinline)) find(const char *s, size_t n, const char *what, size_t m)
{
    for (size_t i = 0; i + m <= n; i++) {
        size_t j = 0;
        while (j < m && s[i + j] == what[j])
            j++;
        if (j == m)
            return (int)i;
    }
    return -1;
}
static uint32_t __attribute__((noinline)) adler(const uint8_t *p, size_t n)
{
    uint32_t a = 1, b = 0;
    for (size_t i = 0; i < n; i++)
        a = (a + p[i]) % 65521, b = (b + a) % 65521;
    return b << 16 | a;
}
static size_t __attribute__((noinline)) base64(char *d, const uint8_t *s, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t o = 0;
    for (size_t i = 0; i + 3 <= n; i += 3) {
        uint32_t v = (uint32_t)s[i] << 16 | (uint32_t)s[i + 1] << 8 | s[i + 2];
        for (int k = 18; k >= 0; k -= 6)
            d[o++] = digit[v >> k & 63];
    }
    return o;
}
static size_t __attribute__((noinline)) run_lengths(uint8_t *d, const uint8_t *s, size_t n)
{
    size_t o = 0;
    for (size_t i = 0; i < n;) {
        size_t j = i;
        while (j < n && s[j] == s[i] && j - i < 255)
            j++;
        d[o++] = (uint8_t)(j - i), d[o++] = s[i];
        i = j;
    }
    return o;
}
static bool __attribute__((noinline)) is_utf8(const uint8_t *s, size_t n)
{
    for (size_t i = 0; i < n;) {
        unsigned more = s[i] < 0x80 ? 0 : s[i] < 0xc2 ? 9 : s[i] < 0xe0 ? 1 : s[i] < 0xf0 ? 2 : s[i] < 0xf5 ? 3 : 9;
        if (more == 9 || i + more >= n)
            return false;
        for (unsigned k = 1; k <= more; k++)
            if ((s[i + k] & 0xc0) != 0x80)
                return false;
        i += more + 1;
    }
    return true;
}

void suite_strings(void)
{
    static char out[2 * SIZE + 64];
    char line[200];
    uint64_t h = 0;

    for (unsigned i = 0; i < SIZE; i++)
        text[i] = "etaoin shrdlu cmfwyp vbgkjqxz"[rnd() % 29];
    for (unsigned at = 0; at < 70; at++)
        h = h * 31 + length(text + SIZE - at * 3) + strlen(text + SIZE - at * 5);
    number("lengths", h);
    number("words", count_words(text, SIZE));
    upper(copy, text, SIZE), sum("upper", copy, SIZE);
    number("find", (uint64_t)find(text, SIZE, "zx", 2)), number("find none", (uint64_t)find(text, SIZE, "zzzzzz", 6));
    number("adler", adler((uint8_t *)text, SIZE));
    sum("base64", out, base64(out, (uint8_t *)text, SIZE));
    sum("run lengths", out, run_lengths((uint8_t *)out, (uint8_t *)copy, SIZE));
    number("utf8", is_utf8((uint8_t *)text, SIZE));
    h = 0;
    for (unsigned i = 0; i < 400; i++) { /* the C library's, at every alignment */
        size_t from = rnd() % 2000, to = rnd() % 3000, n = rnd() % 300;
        memcpy(copy + to, text + from, n);
        memmove(copy + to, copy + to + rnd() % 33, n);
        memset(copy + from, (int)i, n / 8);
        h = h * 31 + (uint64_t)(memcmp(copy + to, text + from, n) > 0);
        h = h * 31 + (uint64_t)((char *)memchr(text + from, 'x', 2000) - text);
        h = h * 31 + (uint64_t)(strchr(text + from, 'q') - text) + (uint64_t)(strrchr(text + to, 'e') - text);
        h = h * 31 + strspn(text + from, "etaoin ") + strcspn(text + from, "zq");
    }
    number("libc", h), sum("libc copy", copy, SIZE);
    h = 0;
    for (unsigned i = 0; i < 60; i++) {
        double v = (double)(int64_t)rnd() / (double)(rnd() >> (i & 31) | 1), back;
        int n = snprintf(line, sizeof line, "%d %08x %.17g %e %s|%-12s|%5.2f", (int)i, (unsigned)rnd(), v, v, "abc",
                         "def", v);
        for (int k = 0; k < n; k++)
            h = h * 31 + (uint8_t)line[k];
        back = strtod(strchr(strchr(line, ' ') + 1, ' ') + 1, NULL);
        h += back == v;
    }
    number("printf", h);
}
