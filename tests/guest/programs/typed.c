/* The loops that compilers vectorise, for each type: arithmetic, selection, reductions, strides, gathers, conversions.
 */
#include "programs.h"

enum { N = 1021 }; /* no multiple of a vector */

#define KERNELS(T, NAME, IS_FP)                                                                                      \
    static T NAME##_a[4 * N + 64], NAME##_b[4 * N + 64], NAME##_c[4 * N + 64];                                       \
    static void __attribute__((noinline)) NAME##_add(size_t n, T *restrict d, const T *a, const T *b)                \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[i] = (T)(a[i] + b[i]);                                                                                 \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_muladd(size_t n, T *restrict d, const T *a, const T *b, T k)        \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[i] = (T)(a[i] * k + b[i] * a[i]);                                                                      \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_select(size_t n, T *restrict d, const T *a, const T *b)             \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[i] = a[i] > b[i] ? (T)(a[i] - b[i]) : a[i] == b[i] ? (T)1 : (T)(b[i] + a[i] / 2);                      \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_store_if(size_t n, T *restrict d, const T *a, const T *b)           \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            if (a[i] < b[i])                                                                                         \
                d[i] = (T)(b[i] - a[i]);                                                                             \
    }                                                                                                                \
    static T __attribute__((noinline)) NAME##_reduce(size_t n, const T *a)                                           \
    {                                                                                                                \
        T s = 0;                                                                                                     \
        for (size_t i = 0; i < n; i++)                                                                               \
            s = (T)(s + a[i]);                                                                                       \
        return s;                                                                                                    \
    }                                                                                                                \
    static T __attribute__((noinline)) NAME##_dot(size_t n, const T *a, const T *b)                                  \
    {                                                                                                                \
        T s = 0;                                                                                                     \
        for (size_t i = 0; i < n; i++)                                                                               \
            s = (T)(s + a[i] * b[i]);                                                                                \
        return s;                                                                                                    \
    }                                                                                                                \
    static T __attribute__((noinline)) NAME##_extremes(size_t n, const T *a)                                         \
    {                                                                                                                \
        T low = a[0], high = a[0];                                                                                   \
        for (size_t i = 0; i < n; i++) {                                                                             \
            low = a[i] < low ? a[i] : low;                                                                           \
            high = a[i] > high ? a[i] : high;                                                                        \
        }                                                                                                            \
        return (T)(high - low);                                                                                      \
    }                                                                                                                \
    static T __attribute__((noinline)) NAME##_last_below(size_t n, const T *a, T limit)                              \
    {                                                                                                                \
        T last = 0;                                                                                                  \
        for (size_t i = 0; i < n; i++)                                                                               \
            if (a[i] < limit)                                                                                        \
                last = a[i];                                                                                         \
        return last;                                                                                                 \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_interleave(size_t n, T *restrict d, const T *restrict a)            \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++) {                                                                             \
            T x = a[3 * i], y = a[3 * i + 1], z = a[3 * i + 2];                                                      \
            d[4 * i] = (T)(x + y), d[4 * i + 1] = (T)(y - z), d[4 * i + 2] = (T)(z + x), d[4 * i + 3] = y;           \
        }                                                                                                            \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_pairs(size_t n, T *restrict d, const T *restrict a)                 \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++) {                                                                             \
            d[2 * i + 1] = (T)(a[2 * i] + a[2 * i + 1]);                                                             \
            d[2 * i] = (T)(a[2 * i] - a[2 * i + 1]);                                                                 \
        }                                                                                                            \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_gather(size_t n, T *restrict d, const T *a, const uint32_t *index)  \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[i] = a[index[i]];                                                                                      \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_scatter(size_t n, T *restrict d, const T *a, const uint32_t *index) \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[index[i]] = (T)(a[i] + 1);                                                                             \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_reverse(size_t n, T *restrict d, const T *a)                        \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[i] = a[n - 1 - i];                                                                                     \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_strided(size_t n, T *restrict d, const T *a, size_t stride)         \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[i] = (T)(a[i * stride] + (T)i);                                                                        \
    }                                                                                                                \
    static void __attribute__((noinline)) NAME##_recurrence(size_t n, T *d, const T *a)                              \
    {                                                                                                                \
        for (size_t i = 2; i < n; i++)                                                                               \
            d[i] = (T)(d[i - 2] / 2 + a[i]);                                                                         \
    }                                                                                                                \
    static void NAME##_draw(T *a, size_t n)                                                                          \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            a[i] = IS_FP ? (T)((double)(int64_t)(rnd() >> 44) / 4096 - 100) : (T)rnd();                              \
    }                                                                                                                \
    static void __attribute__((noinline)) run_##NAME(const uint32_t *index)                                          \
    {                                                                                                                \
        T r[4];                                                                                                      \
        NAME##_draw(NAME##_a, 4 * N), NAME##_draw(NAME##_b, 4 * N);                                                  \
        NAME##_add(N, NAME##_c, NAME##_a, NAME##_b), sum(#NAME " add", NAME##_c, N * sizeof(T));                     \
        NAME##_muladd(N, NAME##_c, NAME##_a, NAME##_b, (T)3), sum(#NAME " muladd", NAME##_c, N * sizeof(T));         \
        NAME##_select(N, NAME##_c, NAME##_a, NAME##_b), sum(#NAME " select", NAME##_c, N * sizeof(T));               \
        NAME##_store_if(N, NAME##_c, NAME##_a, NAME##_b), sum(#NAME " store_if", NAME##_c, N * sizeof(T));           \
        r[0] = NAME##_reduce(N, NAME##_a), r[1] = NAME##_dot(N, NAME##_a, NAME##_b);                                 \
        r[2] = NAME##_extremes(N, NAME##_a), r[3] = NAME##_last_below(N, NAME##_a, NAME##_b[5]);                     \
        sum(#NAME " reductions", r, sizeof(r));                                                                      \
        NAME##_interleave(N, NAME##_c, NAME##_a), sum(#NAME " interleave", NAME##_c, 4 * N * sizeof(T));             \
        NAME##_pairs(N, NAME##_c, NAME##_a), sum(#NAME " pairs", NAME##_c, 4 * N * sizeof(T));                       \
        NAME##_gather(N, NAME##_c, NAME##_a, index), sum(#NAME " gather", NAME##_c, N * sizeof(T));                  \
        NAME##_scatter(N, NAME##_c, NAME##_b, index), sum(#NAME " scatter", NAME##_c, N * sizeof(T));                \
        NAME##_reverse(N, NAME##_c, NAME##_a), sum(#NAME " reverse", NAME##_c, N * sizeof(T));                       \
        NAME##_strided(N, NAME##_c, NAME##_a, 4), sum(#NAME " strided", NAME##_c, N * sizeof(T));                    \
        NAME##_recurrence(N, NAME##_c, NAME##_a), sum(#NAME " recurrence", NAME##_c, N * sizeof(T));                 \
    }

KERNELS(int8_t, s8, 0)
KERNELS(uint8_t, u8, 0)
KERNELS(int16_t, s16, 0)
KERNELS(uint16_t, u16, 0)
KERNELS(int32_t, s32, 0)
KERNELS(uint32_t, u32, 0)
KERNELS(int64_t, s64, 0)
KERNELS(uint64_t, u64, 0)
KERNELS(_Float16, f16, 1)
KERNELS(float, f32, 1)
KERNELS(double, f64, 1)

/* Conversions and integer idioms between types. */
#define CONVERT(FROM, NAME_FROM, TO, NAME_TO)                                                                        \
    static void __attribute__((noinline)) NAME_FROM##_to_##NAME_TO(size_t n, TO *restrict d, const FROM *restrict a) \
    {                                                                                                                \
        for (size_t i = 0; i < n; i++)                                                                               \
            d[i] = (TO)a[i];                                                                                         \
        sum(#NAME_FROM " to " #NAME_TO, d, n * sizeof(TO));                                                          \
    }
CONVERT(int8_t, s8, int32_t, s32)
CONVERT(uint8_t, u8, uint64_t, u64)
CONVERT(int64_t, s64, int8_t, s8)
CONVERT(int32_t, s32, float, f32)
CONVERT(uint64_t, u64, double, f64)
CONVERT(uint16_t, u16, double, f64)
CONVERT(float, f32, double, f64)
CONVERT(double, f64, float, f32)
CONVERT(float, f32, int32_t, s32)
CONVERT(double, f64, int64_t, s64)
CONVERT(float, f32, _Float16, f16)
CONVERT(_Float16, f16, float, f32)
CONVERT(double, f64, int16_t, s16)

static void __attribute__((noinline)) bits(size_t n, uint64_t *restrict d, const uint64_t *a, const uint32_t *b)
{
    for (size_t i = 0; i < n; i++)
        d[i] = (uint64_t)__builtin_popcountll(a[i]) + ((uint64_t)__builtin_clz(b[i] | 1) << 8) +
               (a[i] << (b[i] & 63) ^ a[i] >> (b[i] & 31)) + (uint64_t)((int64_t)a[i] >> 7) + __builtin_bswap64(a[i]) +
               (a[i] << 13 | a[i] >> 51);
}
static void __attribute__((noinline)) divide(size_t n, int32_t *restrict d, const int32_t *a, const int32_t *b)
{
    for (size_t i = 0; i < n; i++)
        d[i] = a[i] / (b[i] | 1) + a[i] % 7 + (int32_t)((uint32_t)a[i] / 10);
}
static uint32_t __attribute__((noinline)) differences(size_t n, const uint8_t *a, const uint8_t *b)
{
    uint32_t s = 0;
    for (size_t i = 0; i < n; i++)
        s += (uint32_t)abs(a[i] - b[i]);
    return s;
}
static int64_t __attribute__((noinline)) products(size_t n, const int8_t *a, const int16_t *b)
{
    int64_t s = 0;
    for (size_t i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

void suite_typed(void)
{
    static uint32_t index[N];
    static uint64_t d[N];

    for (unsigned i = 0; i < N; i++)
        index[i] = (i * 37 + 11) % N;
    run_s8(index), run_u8(index), run_s16(index), run_u16(index), run_s32(index), run_u32(index), run_s64(index);
    run_u64(index), run_f16(index), run_f32(index), run_f64(index);
    s8_to_s32(N, s32_c, s8_a), u8_to_u64(N, u64_c, u8_a), s64_to_s8(N, s8_c, s64_a), s32_to_f32(N, f32_c, s32_a);
    u64_to_f64(N, f64_c, u64_a), u16_to_f64(N, f64_c, u16_a), f32_to_f64(N, f64_c, f32_a), f64_to_f32(N, f32_c, f64_a);
    f32_to_s32(N, s32_c, f32_a), f64_to_s64(N, s64_c, f64_a), f32_to_f16(N, f16_c, f32_a), f16_to_f32(N, f32_c, f16_a);
    f64_to_s16(N, s16_c, f64_a);
    bits(N, d, u64_a, u32_b), sum("bits", d, sizeof(d));
    divide(N, s32_c, s32_a, s32_b), sum("divide", s32_c, N * sizeof(*s32_c));
    number("differences", differences(N, u8_a, u8_b));
    number("products", (uint64_t)products(N, s8_a, s16_a));
}
