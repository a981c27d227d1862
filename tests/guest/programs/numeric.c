/* Floating point to the last bit: matrices, a Fourier transform, bodies, fractals, and the C library's functions. */
#include <complex.h>
#include <math.h>

#include "programs.h"

enum { M = 29, F = 256 };

#define MATRIX(T, NAME)                                                                                            \
    static void __attribute__((noinline)) NAME##_multiply(T(*restrict c)[M], T(*restrict a)[M], T(*restrict b)[M]) \
    {                                                                                                              \
        for (int i = 0; i < M; i++)                                                                                \
            for (int j = 0; j < M; j++) {                                                                          \
                T s = 0;                                                                                           \
                for (int k = 0; k < M; k++)                                                                        \
                    s += a[i][k] * b[k][j];                                                                        \
                c[i][j] = s;                                                                                       \
            }                                                                                                      \
    }                                                                                                              \
    static void __attribute__((noinline)) NAME##_eliminate(T(*a)[M])                                               \
    {                                                                                                              \
        for (int k = 0; k < M; k++)                                                                                \
            for (int i = k + 1; i < M; i++) {                                                                      \
                T f = a[i][k] / a[k][k];                                                                           \
                for (int j = k; j < M; j++)                                                                        \
                    a[i][j] -= f * a[k][j];                                                                        \
            }                                                                                                      \
    }                                                                                                              \
    static void run_##NAME(void)                                                                                   \
    {                                                                                                              \
        static T a[M][M], b[M][M], c[M][M];                                                                        \
        for (int i = 0; i < M; i++)                                                                                \
            for (int j = 0; j < M; j++)                                                                            \
                a[i][j] = (T)((double)(rnd() >> 40) / 65536) + (i == j) * 1000,                                    \
                b[i][j] = (T)((double)(rnd() >> 52) / 64);                                                         \
        NAME##_multiply(c, a, b), sum(#NAME " multiply", c, sizeof(c));                                            \
        NAME##_eliminate(a), sum(#NAME " eliminate", a, sizeof(a));                                                \
    }
MATRIX(float, f32)
MATRIX(double, f64)

static void __attribute__((noinline)) fourier(double *re, double *im)
{
    for (unsigned i = 0, j = 0; i < F; i++) {
        double t;
        if (i < j)
            t = re[i], re[i] = re[j], re[j] = t, t = im[i], im[i] = im[j], im[j] = t;
        for (unsigned bit = F / 2; (j ^= bit) < bit; bit /= 2)
            ;
    }
    for (unsigned half = 1; half < F; half *= 2)
        for (unsigned k = 0; k < half; k++) {
            double wr = cos(M_PI * k / half), wi = -sin(M_PI * k / half);
            for (unsigned i = k; i < F; i += 2 * half) {
                double tr = wr * re[i + half] - wi * im[i + half], ti = wr * im[i + half] + wi * re[i + half];
                re[i + half] = re[i] - tr, im[i + half] = im[i] - ti;
                re[i] += tr, im[i] += ti;
            }
        }
}

static void __attribute__((noinline)) bodies(double (*x)[3], double (*v)[3], const double *m, int n, int steps)
{
    for (int s = 0; s < steps; s++) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                double d[3], r = 0.01;
                for (int k = 0; k < 3; k++)
                    d[k] = x[j][k] - x[i][k], r += d[k] * d[k];
                r = 0.001 * m[j] / (r * sqrt(r));
                for (int k = 0; k < 3; k++)
                    v[i][k] += d[k] * r;
            }
        for (int i = 0; i < n; i++)
            for (int k = 0; k < 3; k++)
                x[i][k] += 0.001 * v[i][k];
    }
}

static void __attribute__((noinline)) fractal(uint8_t *d, int size)
{
    for (int y = 0; y < size; y++)
        for (int x = 0; x < size; x++) {
            float cr = (float)x * 3 / (float)size - 2, ci = (float)y * 2 / (float)size - 1, zr = 0, zi = 0;
            int n = 0;
            for (; n < 40 && zr * zr + zi * zi < 4; n++) {
                float t = zr * zr - zi * zi + cr;
                zi = 2 * zr * zi + ci, zr = t;
            }
            d[y * size + x] = (uint8_t)n;
        }
}

static float complex __attribute__((noinline)) complex_dot(const float complex *a, const float complex *b, int n)
{
    float complex s = 0;
    for (int i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}
static void __attribute__((noinline)) rounding(int32_t *d, float *f, const float *a, int n)
{
    for (int i = 0; i < n; i++) {
        f[4 * i] = floorf(a[i]), f[4 * i + 1] = ceilf(a[i]), f[4 * i + 2] = rintf(a[i]), f[4 * i + 3] = truncf(a[i]);
        d[i] = (int32_t)roundf(a[i]) + (int32_t)lrintf(a[i]);
    }
}
static void __attribute__((noinline)) roots(double *d, const double *a, int n)
{
    for (int i = 0; i < n; i++)
        d[i] = sqrt(fabs(a[i])) + fmax(a[i], 0.5) * fmin(a[i], 2) - copysign(3, a[i]) + fma(a[i], a[i], -1);
}

void suite_numeric(void)
{
    static double re[F], im[F], x[12][3], v[12][3], m[12], lib[160];
    static uint8_t image[48 * 48];
    static float complex p[100], q[100], s;
    static float fl[300], fr[1200];
    static int32_t in[300];

    run_f32(), run_f64();
    for (int i = 0; i < F; i++)
        re[i] = (double)(rnd() >> 50), im[i] = (double)(rnd() >> 52);
    fourier(re, im), sum("fourier re", re, sizeof re), sum("fourier im", im, sizeof im);
    for (int i = 0; i < 12; i++) {
        m[i] = (double)(rnd() >> 54);
        for (int k = 0; k < 3; k++)
            x[i][k] = (double)(int64_t)rnd() / 1e18;
    }
    bodies(x, v, m, 12, 30), sum("bodies", x, sizeof x);
    fractal(image, 48), sum("fractal", image, sizeof image);
    for (int i = 0; i < 100; i++)
        p[i] = (float)(rnd() >> 48) + (float)(rnd() >> 50) * I, q[i] = (float)(rnd() >> 54) - (float)(rnd() >> 49) * I;
    s = complex_dot(p, q, 100), sum("complex", &s, sizeof s);
    for (int i = 0; i < 300; i++)
        fl[i] = (float)((double)(int64_t)rnd() / 9e15);
    rounding(in, fr, fl, 300), sum("rounding", fr, sizeof fr), sum("rounding to int", in, sizeof in);
    roots(re, im, F), sum("roots", re, sizeof re);
    for (int i = 0; i < 160; i += 8) {
        double a = (double)(int64_t)rnd() / 1e18, b = (double)(rnd() >> 40) / 1e5;
        lib[i] = sin(a), lib[i + 1] = exp(a), lib[i + 2] = log(b + 1), lib[i + 3] = pow(b + 1, a / 3),
        lib[i + 4] = atan2(a, b);
        lib[i + 5] = tanh(a), lib[i + 6] = cbrt(b), lib[i + 7] = fmod(b, fabs(a) + 1) + (double)sinf((float)b);
    }
    sum("libm", lib, sizeof lib);
}
