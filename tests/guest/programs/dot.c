/* Dot products, matrix products, half precision and complex arithmetic of AdvSIMD, with plain loops for the integer
 * ones. */
#include <sys/auxv.h>

#include "programs.h"

#include <arm_acle.h>
#include <arm_neon.h>
#include <asm/hwcap.h>

static bool have2(unsigned long cap) { return (getauxval(AT_HWCAP2) & cap) == cap; }

static void integers(const int8_t *a, const int8_t *b)
{
    int32x4_t s = vdupq_n_s32(3), m = s, us = s;
    uint32x4_t u = vdupq_n_u32(5);
    int32_t es[4] = { 3, 3, 3, 3 }, em[4] = { 3, 3, 3, 3 }, got[4];
    bool ok;

    for (int i = 0; i < 512; i += 16) {
        int8x16_t x = vld1q_s8(a + i), y = vld1q_s8(b + i);
        s = vdotq_s32(s, x, y), u = vdotq_u32(u, vreinterpretq_u8_s8(x), vreinterpretq_u8_s8(y));
        s = vdotq_laneq_s32(s, x, y, 2);
        for (int e = 0; e < 4; e++)
            for (int k = 0; k < 4; k++)
                es[e] += a[i + 4 * e + k] * b[i + 4 * e + k] + a[i + 4 * e + k] * b[i + 8 + k];
        if (have2(HWCAP2_I8MM)) {
            m = vmmlaq_s32(m, x, y), us = vusdotq_s32(us, vreinterpretq_u8_s8(x), y);
            us = vusmmlaq_s32(us, vreinterpretq_u8_s8(y), x);
            u = vmmlaq_u32(u, vreinterpretq_u8_s8(y), vreinterpretq_u8_s8(x));
        }
        for (int e = 0; e < 4; e++)
            for (int k = 0; k < 8; k++)
                em[e] += a[i + 8 * (e / 2) + k] * b[i + 8 * (e % 2) + k];
    }
    vst1q_s32(got, s), ok = !memcmp(got, es, 16);
    vst1q_s32(got, m), ok &= !have2(HWCAP2_I8MM) || !memcmp(got, em, 16);
    check("dot", ok), sum("dot", es, 16), sum("mmla", em, 16), sum("udot", &u, 16), sum("usdot", &us, 16);
}

static void floats(const uint16_t *a, const uint16_t *b)
{
    float32x4_t f = vdupq_n_f32(0.5f), g = f, c = f;
    float16x8_t h = vdupq_n_f16(1);
    float64x2_t d = vdupq_n_f64(2);

    for (int i = 0; i < 256; i += 8) {
        float16x8_t x = vreinterpretq_f16_u16(vandq_u16(vld1q_u16(a + i), vdupq_n_u16(0xbfff)));
        float16x8_t y = vreinterpretq_f16_u16(vandq_u16(vld1q_u16(b + i), vdupq_n_u16(0xbfff)));
        h = vfmaq_f16(vmulq_f16(h, vdupq_n_f16(0.25f)), x, y), h = vmaxnmq_f16(h, vrndnq_f16(y)),
        h = vsubq_f16(h, vsqrtq_f16(vabsq_f16(x)));
        f = vfmlalq_low_f16(f, x, y), f = vfmlslq_high_f16(f, x, y);
        g = vbfdotq_f32(g, vreinterpretq_bf16_u16(vreinterpretq_u16_f16(x)),
                        vreinterpretq_bf16_u16(vreinterpretq_u16_f16(y)));
        g = vbfmmlaq_f32(g, vreinterpretq_bf16_u16(vreinterpretq_u16_f16(y)),
                         vreinterpretq_bf16_u16(vreinterpretq_u16_f16(x)));
        g = vbfmlaltq_f32(g, vreinterpretq_bf16_u16(vreinterpretq_u16_f16(y)),
                          vreinterpretq_bf16_u16(vreinterpretq_u16_f16(x)));
        c = vcmlaq_rot90_f32(vcmlaq_f32(c, f, g), g, f), c = vcaddq_rot270_f32(vmulq_n_f32(c, 0x1p-10f), g),
        c = vrnd32xq_f32(c);
        d = vfmaq_f64(vmulq_n_f64(d, 0.5), vcvt_f64_f32(vget_low_f32(g)), vcvt_high_f64_f32(f)), d = vrnd64zq_f64(d);
    }
    sum("half", &h, 16), sum("fmlal", &f, 16), sum("bfloat", &g, 16), sum("complex", &c, 16), sum("double", &d, 16);
    bfloat16x8_t n = vcvtq_high_bf16_f32(vcvtq_low_bf16_f32(f), g);
    sum("bfcvt", &n, 16);
    number("javascript", (uint64_t)__jcvt(-4294967295.5) + (uint64_t)__jcvt(1e300));
}

static void saturating(const int16_t *a, const int16_t *b)
{
    int16x8_t r = vdupq_n_s16(100);
    int32x4_t w = vdupq_n_s32(1);
    uint8x16_t u = vdupq_n_u8(9);

    for (int i = 0; i < 256; i += 8) {
        int16x8_t x = vld1q_s16(a + i), y = vld1q_s16(b + i);
        r = vqrdmlahq_s16(r, x, y), r = vqrdmlshq_laneq_s16(r, y, x, 5), r = vqaddq_s16(r, vqrdmulhq_s16(x, y)),
        r = vhsubq_s16(r, y);
        w = vqdmlal_s16(w, vget_low_s16(x), vget_high_s16(y)), w = vqrshlq_s32(w, vdupq_n_s32(-1)),
        w = vpadalq_s16(w, x);
        u = vsqaddq_u8(u, vreinterpretq_s8_s16(x)), u = vabaq_u8(u, vreinterpretq_u8_s16(y), u),
        u = vqtbl2q_u8((uint8x16x2_t){ { u, vreinterpretq_u8_s16(x) } },
                       vandq_u8(vreinterpretq_u8_s16(y), vdupq_n_u8(31)));
        u = vsliq_n_u8(u, vreinterpretq_u8_s16(r), 3), u = vrsraq_n_u8(u, vqrshrun_high_n_s16(vqmovun_s16(x), y, 4), 2);
    }
    sum("saturating", &r, 16), sum("widening", &w, 16), sum("bytes", &u, 16);
}

void suite_dot(void)
{
    static int8_t a[1024], b[1024];

    fill(a, sizeof a), fill(b, sizeof b);
    integers(a, b);
    floats((uint16_t *)a, (uint16_t *)b);
    saturating((int16_t *)a, (int16_t *)b);
}
