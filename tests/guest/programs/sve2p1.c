/* SVE2.1 by intrinsics beside plain loops. QEMU has no SVE2.1, so each answer is worked out here too, and one line says
 * whether all agree; where the compiler has no SVE2.1 the line stands for itself. */
#include "programs.h"

#ifndef __ARM_FEATURE_SVE2p1
void suite_sve2p1(void) { check("SVE2.1", true); }
#else
#include <arm_sve.h>

enum { BYTES = 1024, WORDS = BYTES / 4 };
static uint8_t a[BYTES], b[BYTES], c[BYTES], out[BYTES], want[BYTES];
static bool ok = true;

/* The vectors stored at out are what want says, vectors at a time. */
static void compare(const char *what, size_t bytes)
{
    if (memcmp(out, want, bytes)) {
        check(what, false);
        ok = false;
    }
}

static void clamps(void)
{
    svbool_t all = svptrue_b8();
    unsigned n = (unsigned)svcntb();
    int16_t *d = (int16_t *)want, *x = (int16_t *)a, *y = (int16_t *)b, *z = (int16_t *)c;

    svst1_s16(all, (int16_t *)out, svclamp_s16(svld1_s16(all, x), svld1_s16(all, y), svld1_s16(all, z)));
    for (unsigned i = 0; i < n / 2; i++) {
        d[i] = x[i] > y[i] ? x[i] : y[i];
        d[i] = d[i] < z[i] ? d[i] : z[i];
    }
    compare("sclamp", n);
    svst1_u8(all, out, svclamp_u8(svld1_u8(all, a), svld1_u8(all, b), svld1_u8(all, c)));
    for (unsigned i = 0; i < n; i++) {
        want[i] = a[i] > b[i] ? a[i] : b[i];
        want[i] = want[i] < c[i] ? want[i] : c[i];
    }
    compare("uclamp", n);
}

static void quadwords(void)
{
    svbool_t all = svptrue_b8(), some = svcmpgt_n_u8(all, svld1_u8(all, c), 90);
    unsigned n = (unsigned)svcntb();
    svuint8_t va = svld1_u8(all, a), vb = svld1_u8(all, b);
    uint8x16_t sum = svaddqv_u8(some, va), low = svminqv_u8(some, va), eor = sveorqv_u8(some, va);

    memset(want, 0, 16), memset(want + 16, 255, 16), memset(want + 32, 0, 16);
    for (unsigned i = 0; i < n; i++) {
        if (c[i] <= 90)
            continue;
        want[i % 16] = (uint8_t)(want[i % 16] + a[i]);
        want[16 + i % 16] = a[i] < want[16 + i % 16] ? a[i] : want[16 + i % 16];
        want[32 + i % 16] ^= a[i];
    }
    memcpy(out, &sum, 16), memcpy(out + 16, &low, 16), memcpy(out + 32, &eor, 16);
    compare("reductions across quadwords", 48);
    svst1_u8(all, out, svextq_u8(va, vb, 5));
    for (unsigned i = 0; i < n; i++)
        want[i] = i % 16 < 11 ? a[i + 5] : b[i - 11];
    compare("extq", n);
    svst1_u8(all, out, svtblq_u8(va, svand_n_u8_x(all, vb, 31)));
    for (unsigned i = 0; i < n; i++)
        want[i] = (b[i] & 31) < 16 ? a[i / 16 * 16 + (b[i] & 15)] : 0;
    compare("tblq", n);
    svst1_u8(all, out, svtbxq_u8(vb, va, svld1_u8(all, c)));
    for (unsigned i = 0; i < n; i++)
        want[i] = c[i] < 16 ? a[i / 16 * 16 + c[i]] : b[i];
    compare("tbxq", n);
    svst1_u32(all, (uint32_t *)out, svzipq2_u32(svreinterpret_u32_u8(va), svreinterpret_u32_u8(vb)));
    for (unsigned i = 0; i < n; i += 16)
        memcpy(want + i, a + i + 8, 4), memcpy(want + i + 4, b + i + 8, 4), memcpy(want + i + 8, a + i + 12, 4),
            memcpy(want + i + 12, b + i + 12, 4);
    compare("zipq2", n);
    svst1_u16(all, (uint16_t *)out, svuzpq1_u16(svreinterpret_u16_u8(va), svreinterpret_u16_u8(vb)));
    for (unsigned i = 0; i < n; i += 16)
        for (unsigned k = 0; k < 4; k++)
            memcpy(want + i + 2 * k, a + i + 4 * k, 2), memcpy(want + i + 8 + 2 * k, b + i + 4 * k, 2);
    compare("uzpq1", n);
    svst1_u16(all, (uint16_t *)out, svdup_laneq_u16(svreinterpret_u16_u8(va), 6));
    for (unsigned i = 0; i < n; i += 2)
        memcpy(want + i, a + i / 16 * 16 + 12, 2);
    compare("dupq", n);
    svst1_u8(all, out, svrevd_u8_m(vb, some, va));
    for (unsigned i = 0; i < n; i += 16) {
        bool active = c[i] > 90;
        memcpy(want + i, active ? a + i + 8 : b + i, 8), memcpy(want + i + 8, active ? a + i : b + i + 8, 8);
    }
    compare("revd", n);
}

static void narrowing_and_dots(void)
{
    svbool_t all = svptrue_b8();
    unsigned n = (unsigned)svcntb();
    svint32x2_t pair = svcreate2_s32(svld1_s32(all, (int32_t *)a), svld1_s32(all, (int32_t *)b));
    int32_t *x = (int32_t *)a, *y = (int32_t *)b, *z = (int32_t *)want;
    int16_t *h = (int16_t *)want, *p = (int16_t *)a, *q = (int16_t *)b;

    svst1_s16(all, (int16_t *)out, svqcvtn_s16_s32_x2(pair));
    for (unsigned i = 0; i < n / 2; i++) {
        int32_t v = i % 2 ? y[i / 2] : x[i / 2];
        h[i] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
    }
    compare("sqcvtn", n);
    svst1_s16(all, (int16_t *)out, svqrshrn_n_s16_s32_x2(pair, 13));
    for (unsigned i = 0; i < n / 2; i++) {
        int64_t v = ((int64_t)(i % 2 ? y[i / 2] : x[i / 2]) + (1 << 12)) >> 13;
        h[i] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
    }
    compare("sqrshrn", n);
    svst1_s32(all, (int32_t *)out, svdot_s32_s16(svld1_s32(all, (int32_t *)c), svld1_s16(all, p), svld1_s16(all, q)));
    for (unsigned i = 0; i < n / 4; i++)
        z[i] =
            (int32_t)(((uint32_t *)c)[i] + (uint32_t)(p[2 * i] * q[2 * i]) + (uint32_t)(p[2 * i + 1] * q[2 * i + 1]));
    compare("sdot", n);
}

/* Counters: as many elements as there are of four vectors, loaded, stored and counted. */
static void counters(void)
{
    unsigned n = (unsigned)svcntw() * 4;

    for (uint64_t count = 0; count <= n + 3 && n <= WORDS; count += 3) {
        svcount_t few = svwhilelt_c32_u64(0, count, 4);
        uint64_t active = count < n ? count : n;
        svuint32x4_t v = svld1_u32_x4(few, (uint32_t *)a);
        memset(out, 0x55, sizeof out), memset(want, 0x55, sizeof want);
        svst1_u32_x4(svptrue_c32(), (uint32_t *)out, v);
        memset(want, 0, n * 4), memcpy(want, a, active * 4);
        compare("ld1w of four", n * 4);
        svst1_u32_x4(few, (uint32_t *)out,
                     svcreate4_u32(svdup_n_u32(1), svdup_n_u32(2), svdup_n_u32(3), svdup_n_u32(4)));
        for (unsigned i = 0; i < active; i++)
            ((uint32_t *)want)[i] = i / (n / 4) + 1;
        compare("st1w of four", n * 4);
        uint64_t parts = svcntp_b32(svptrue_b32(), svpext_lane_c32(few, 0)) +
                         svcntp_b32(svptrue_b32(), svpext_lane_c32(few, 3)) * 1000;
        uint64_t first = active < n / 4 ? active : n / 4, last = active > n / 4 * 3 ? active - n / 4 * 3 : 0;
        if (svcntp_c32(few, 4) != active || parts != first + 1000 * last) {
            check("counters", false);
            ok = false;
        }
        svboolx2_t two = svwhilelt_b32_u64_x2(5, count);
        uint64_t both = svcntp_b32(svptrue_b32(), svget2_b(two, 0)) + svcntp_b32(svptrue_b32(), svget2_b(two, 1));
        if (both != (count < 5 ? 0 : count - 5 < n / 2 ? count - 5 : n / 2)) {
            check("pairs of predicates", false);
            ok = false;
        }
    }
}

static void moves_of_predicates(void)
{
    svbool_t all = svptrue_b8(), p = svcmpgt_n_u16(all, svld1_u16(all, (uint16_t *)a), 30000);
    unsigned n = (unsigned)svcnth();
    svuint16_t v = svpmov_lane_u16_m(svdup_n_u16(0xabcd), p, 1);
    svbool_t back = svpmov_lane_u16(v, 1), sel = svpsel_lane_b16(all, p, 3);

    svst1_u8(all, out, svreinterpret_u8_u16(v));
    for (unsigned i = 0; i < 2 * n; i++)
        want[i] = i % 2 ? 0xab : 0xcd;
    for (unsigned i = 0; i < n; i++) {
        unsigned bit = n + i;
        want[bit / 8] =
            (uint8_t)((want[bit / 8] & ~(1u << bit % 8)) | (unsigned)(((uint16_t *)a)[i] > 30000) << bit % 8);
    }
    compare("pmov", 2 * n);
    uint64_t wrong = svcntp_b16(svptrue_b16(), sveor_b_z(svptrue_b16(), back, p));
    if (wrong || svcntp_b8(all, sel) != (((uint16_t *)a)[3] > 30000 ? svcntb() : 0)) {
        check("pmov, psel", false);
        ok = false;
    }
}

void suite_sve2p1(void)
{
    for (int i = 0; i < 20; i++) {
        fill(a, sizeof a), fill(b, sizeof b), fill(c, sizeof c);
        for (unsigned k = 0; i & 1 && k < BYTES; k += 4) /* small numbers, which saturate less */
            a[k + 3] = b[k + 3] = (uint8_t)(a[k] & 1 ? 255 : 0), c[k] &= 31;
        clamps(), quadwords(), narrowing_and_dots(), counters(), moves_of_predicates();
    }
    check("SVE2.1", ok);
}
#endif
