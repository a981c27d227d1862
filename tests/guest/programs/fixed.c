/* Saturation and fixed point, as codecs have them. */
#include "programs.h"

enum { N = 1500 };

static int16_t saturate(int32_t v) { return (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v); }
static uint8_t clip(int32_t v) { return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v); }

static void __attribute__((noinline)) fir(int16_t *restrict d, const int16_t *a, const int16_t *taps)
{
    for (int i = 0; i < N - 16; i++) {
        int32_t s = 1 << 14;
        for (int k = 0; k < 16; k++)
            s += a[i + k] * taps[k];
        d[i] = saturate(s >> 15);
    }
}
static void __attribute__((noinline)) add_saturated(int16_t *restrict d, const int16_t *a, const int16_t *b)
{
    for (int i = 0; i < N; i++)
        d[i] = saturate(a[i] + b[i]);
}
static void __attribute__((noinline)) average(uint8_t *restrict d, const uint8_t *a, const uint8_t *b)
{
    for (int i = 0; i < N; i++)
        d[i] = (uint8_t)((a[i] + b[i] + 1) >> 1);
}
static void __attribute__((noinline)) blend(uint8_t *restrict d, const uint8_t *a, const uint8_t *b, int w)
{
    for (int i = 0; i < N; i++)
        d[i] = (uint8_t)((a[i] * w + b[i] * (256 - w) + 128) >> 8);
}
static void __attribute__((noinline)) to_rgb(uint8_t *restrict d, const uint8_t *y, const uint8_t *u, const uint8_t *v)
{
    for (int i = 0; i < N; i++) {
        int32_t c = 298 * (y[i] - 16), p = u[i] - 128, q = v[i] - 128;
        d[3 * i] = clip((c + 409 * q + 128) >> 8);
        d[3 * i + 1] = clip((c - 100 * p - 208 * q + 128) >> 8);
        d[3 * i + 2] = clip((c + 516 * p + 128) >> 8);
    }
}
static void __attribute__((noinline)) high_halves(int32_t *restrict d, const int32_t *a, const int32_t *b)
{
    for (int i = 0; i < N; i++)
        d[i] = (int32_t)(((int64_t)a[i] * b[i] + (1 << 30)) >> 31);
}
static void __attribute__((noinline)) narrow(int8_t *restrict d, const int32_t *a)
{
    for (int i = 0; i < N; i++) {
        int32_t v = (a[i] + (1 << 19)) >> 20;
        d[i] = (int8_t)(v > 127 ? 127 : v < -128 ? -128 : v);
    }
}
static void __attribute__((noinline)) quantise(int16_t *restrict d, const int16_t *a, const uint16_t *q)
{
    for (int i = 0; i < N; i++) {
        int32_t m = a[i] < 0 ? -a[i] : a[i];
        m = (int32_t)(((uint32_t)m + 4) * q[i & 63] >> 16);
        d[i] = (int16_t)(a[i] < 0 ? -m : m);
    }
}
static void __attribute__((noinline)) transform(int16_t *block)
{
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < 8; i++) {
            int step = pass ? 8 : 1, base = pass ? i : i * 8;
            int32_t v[8];
            for (int k = 0; k < 8; k++) {
                v[k] = 0;
                for (int n = 0; n < 8; n++)
                    v[k] += block[base + n * step] * (((2 * n + 1) * k * 37 & 127) - 64);
            }
            for (int k = 0; k < 8; k++)
                block[base + k * step] = (int16_t)((v[k] + 64) >> 7);
        }
}

void suite_fixed(void)
{
    static int16_t a[N], b[N], d[N];
    static uint8_t y[N], u[N], v[N], rgb[3 * N];
    static int32_t p[N], q[N], r[N];
    static int8_t s[N];

    fill(a, sizeof a), fill(b, sizeof b), fill(y, N), fill(u, N), fill(v, N), fill(p, sizeof p), fill(q, sizeof q);
    fir(d, a, b), sum("fir", d, sizeof d);
    add_saturated(d, a, b), sum("add", d, sizeof d);
    average(rgb, y, u), sum("average", rgb, N);
    blend(rgb, y, u, 77), sum("blend", rgb, N);
    to_rgb(rgb, y, u, v), sum("rgb", rgb, sizeof rgb);
    high_halves(r, p, q), sum("high halves", r, sizeof r);
    narrow(s, p), sum("narrow", s, sizeof s);
    quantise(d, a, (uint16_t *)b), sum("quantise", d, sizeof d);
    for (int i = 0; i + 64 <= N; i += 64)
        transform(a + i);
    sum("transform", a, sizeof a);
}
