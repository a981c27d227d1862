/* SVE by intrinsics (ACLE), each beside a plain loop where the answer can be had without vectors. */
#include "programs.h"

#ifndef __ARM_FEATURE_SVE
void suite_sve(void) {}
#else
#include <arm_sve.h>
#include <sys/mman.h>

enum { N = 777 };

/* A string that ends at the end of the mapped memory: the first-fault load stops there, an ordinary one would fault. */
static size_t __attribute__((noinline)) first_fault_length(const char *s)
{
    size_t n = 0;

    svsetffr();
    for (;;) {
        svuint8_t v = svldff1_u8(svptrue_b8(), (const uint8_t *)s + n);
        svbool_t loaded = svrdffr(), end = svcmpeq_n_u8(loaded, v, 0);
        if (svptest_any(svptrue_b8(), end))
            return n + svcntp_b8(loaded, svbrkb_b_z(loaded, end));
        n += svcntp_b8(svptrue_b8(), loaded);
        svsetffr();
    }
}
/* As many as a non-fault load gets below the end. */
static uint64_t __attribute__((noinline)) non_fault_sum(const uint16_t *p)
{
    svsetffr();
    svuint32_t v = svldnf1uh_u32(svptrue_b32(), p);
    svbool_t loaded = svrdffr();
    return svaddv_u32(loaded, v) * 1000 + svcntp_b32(svptrue_b32(), loaded);
}
/* Gathers that meet the end: elements after the first may be left out, and are loaded later. */
static uint64_t __attribute__((noinline)) first_fault_gather(const uint8_t *base, const uint32_t *offset, unsigned n)
{
    uint64_t s = 0;
    for (unsigned i = 0; i < n;) {
        svbool_t pg = svwhilelt_b32_u32(i, n);
        svsetffr();
        svuint32_t v = svldff1ub_gather_u32offset_u32(pg, base, svld1_u32(pg, offset + i));
        svbool_t loaded = svrdffr_z(pg);
        s += svaddv_u32(loaded, v);
        i += (unsigned)svcntp_b32(pg, loaded);
    }
    return s;
}
static void faults(void)
{
    uint8_t *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint64_t h = 0;
    bool ok = true;
    uint32_t offset[64], expected = 0;

    munmap(page + 4096, 4096);
    memset(page, 'a', 4095);
    for (unsigned n = 0; n < 600; n += 7)
        ok &= first_fault_length((char *)page + 4095 - n) == n;
    check("first-fault length", ok);
    for (unsigned n = 2; n < 70; n += 2) {
        memset(page + 4000, (int)n, 96);
        h = h * 31 +
            non_fault_sum((uint16_t *)(page + 4096 - n)) % 1000; /* how many is the machine's choice but for these */
        h += svcntp_b32(svptrue_b32(), svrdffr()) <= n / 2;
    }
    number("non-fault", h != 0);
    for (unsigned i = 0; i < 64; i++)
        offset[i] = (uint32_t)(rnd() % 4096), expected += page[offset[i]];
    check("first-fault gather", first_fault_gather(page, offset, 64) == expected);
    munmap(page, 4096);
}

static void __attribute__((noinline)) compact_odd(uint32_t *d, const uint32_t *a, unsigned n, unsigned *count)
{
    unsigned o = 0;
    for (unsigned i = 0; i < n; i += (unsigned)svcntw()) {
        svbool_t pg = svwhilelt_b32_u32(i, n);
        svuint32_t v = svld1_u32(pg, a + i);
        svbool_t odd = svcmpne_n_u32(pg, svand_n_u32_x(pg, v, 1), 0);
        unsigned k = (unsigned)svcntp_b32(pg, odd);
        svst1_u32(svwhilelt_b32_u32(0, k), d + o, svcompact_u32(odd, v));
        o += k;
    }
    *count = o;
}
static double __attribute__((noinline)) ordered_sum(const double *a, unsigned n)
{
    double s = 0;
    for (unsigned i = 0; i < n; i += (unsigned)svcntd()) {
        svbool_t pg = svwhilelt_b64_u32(i, n);
        s = svadda_f64(pg, s, svld1_f64(pg, a + i));
    }
    return s;
}
static void __attribute__((noinline)) deinterleave(uint16_t *d, const uint16_t *a, unsigned n)
{
    for (unsigned i = 0; i < n; i += (unsigned)svcnth()) {
        svbool_t pg = svwhilelt_b16_u32(i, n);
        svuint16x4_t v = svld4_u16(pg, a + 4 * i);
        svuint16x3_t o = svcreate3_u16(svadd_u16_x(pg, svget4_u16(v, 0), svget4_u16(v, 1)),
                                       sveor_u16_x(pg, svget4_u16(v, 2), svget4_u16(v, 3)),
                                       svqadd_u16(svget4_u16(v, 0), svget4_u16(v, 3)));
        svst3_u16(pg, d + 3 * i, o);
    }
}
static void __attribute__((noinline)) indirect(double *d, const double *a, const int64_t *index, unsigned n)
{
    for (unsigned i = 0; i < n; i += (unsigned)svcntd()) {
        svbool_t pg = svwhilelt_b64_u32(i, n);
        svint64_t x = svld1_s64(pg, index + i);
        svfloat64_t v = svld1_gather_s64index_f64(pg, a, x);
        v = svmla_f64_m(svcmplt_n_s64(pg, x, N / 2), v, v, svdup_n_f64(0.5));
        svst1_scatter_s64index_f64(pg, d, x, v);
    }
}
static uint64_t __attribute__((noinline)) permutes(const uint8_t *p)
{
    svbool_t all = svptrue_b8(), some = svwhilelt_b8_u32(0, (uint32_t)svcntb() * 2 / 3);
    svuint8_t a = svld1_u8(all, p), b = svld1_u8(all, p + 256), r;

    r = sveor_u8_x(all, svtbl_u8(a, svand_n_u8_x(all, b, 127)), svext_u8(a, b, 5));
    r = sveor_u8_x(all, r, svsplice_u8(some, a, b));
    r = sveor_u8_x(all, r, svadd_u8_x(all, svrev_u8(a), svzip1_u8(a, b)));
    r = sveor_u8_x(all, r, svsub_u8_x(all, svuzp2_u8(a, b), svtrn1_u8(b, a)));
    r = svinsr_n_u8(r, svlasta_u8(some, b)), r = svclastb_u8(some, r, svdup_lane_u8(b, 3));
    return svaddv_u8(all, r) + svaddv_u8(some, sveor_u8_z(some, r, a)) * 1000 + svorv_u8(all, svlsr_n_u8_x(all, a, 5)) +
           svclastb_n_u8(svpfalse_b(), 9, a) + svminv_u8(some, b) + svmaxv_u8(some, a);
}
static void __attribute__((noinline)) arithmetic(uint8_t *out, const uint8_t *p)
{
    svbool_t all = svptrue_b8(), pg = svcmpgt_n_u8(all, svld1_u8(all, p), 60);
    svint32_t a = svld1_s32(all, (const int32_t *)p), b = svld1_s32(all, (const int32_t *)(p + 256));
    svfloat32_t x = svcvt_f32_s32_x(all, a), y = svcvt_f32_s32_x(all, b), z;
    svint32_t r = svadd_s32_m(pg, a, b);

    r = svmls_s32_m(pg, r, a, b), r = svdiv_s32_m(pg, r, svorr_n_s32_x(all, b, 1)), r = svabd_s32_m(pg, r, a);
    r = svasr_wide_s32_m(pg, r, svdup_n_u64(3)), r = svqsub_s32(r, svlsl_n_s32_x(all, a, 3));
    r = sveor_s32_x(all, r, svreinterpret_s32_u32(svcnt_s32_x(all, a)));
    r = svmax_s32_m(pg, r, svreinterpret_s32_u32(svclz_s32_x(all, b))), r = svmulh_s32_m(pg, r, a),
    r = svasrd_n_s32_m(pg, r, 5);
    svst1_s32(all, (int32_t *)out, r);
    z = svmla_f32_m(pg, x, y, x), z = svdivr_f32_m(pg, z, y), z = svsqrt_f32_m(z, pg, svabs_f32_x(all, y));
    z = svadd_f32_m(pg, z, svrecpe_f32(y)), z = svmul_f32_m(pg, z, svrecps_f32(x, svrecpe_f32(x)));
    z = svrintn_f32_m(z, svcmplt_f32(pg, x, y), z), z = svscale_f32_m(pg, z, svdup_n_s32(-3)),
    z = svmulx_f32_m(pg, z, y);
    z = svsub_f32_m(pg, z, svexpa_f32(svreinterpret_u32_f32(x))), z = svcadd_f32_m(pg, z, x, 90),
    z = svcmla_f32_m(pg, z, x, y, 180);
    z = svtmad_f32(z, svtssel_f32(x, svreinterpret_u32_s32(a)), 3), z = svmaxnm_f32_m(pg, z, y),
    z = svminnm_n_f32_m(pg, z, 1e20f);
    svst1_f32(all, (float *)(out + 256), z);
    svst1_f16(all, (__fp16 *)(out + 512), svcvt_f16_f32_x(all, svscale_f32_x(all, z, svdup_n_s32(-20))));
    svst1_f64(all, (double *)(out + 768), svcvt_f64_f32_x(all, z));
    svst1_u64(all, (uint64_t *)(out + 1024), svcvt_u64_f32_x(all, z));
    svst1_s32(all, (int32_t *)(out + 1280),
              svdot_s32(a, svld1_s8(all, (const int8_t *)p), svld1_s8(all, (const int8_t *)p + 300)));
    svst1_u64(all, (uint64_t *)(out + 1536),
              svdot_lane_u64(svdup_n_u64(7), svld1_u16(all, (const uint16_t *)p),
                             svld1_u16(all, (const uint16_t *)p + 99), 1));
}
static uint64_t __attribute__((noinline)) counts(void)
{
    uint64_t h = 0;
    for (uint32_t i = 0; i < 40; i++) {
        svbool_t p = svwhilele_b16_s32((int32_t)i - 20, 5), q = svwhilelt_b16_u64(i, 17), r;
        r = svnand_b_z(svptrue_b8(), p, q), r = svbrkpa_b_z(svptrue_b8(), r, q), r = svbrkn_b_z(p, q, r),
        r = svpnext_b16(q, r);
        h = h * 31 + svcntp_b16(q, p) + svcntp_b8(p, r) * 3 + svptest_first(p, q) + svptest_last(p, q) * 2;
        h = h * 31 + (uint64_t)svqincw_n_s32((int32_t)h, 3) + svqdech_pat_n_u64(h, SV_VL7, 2) +
            (uint64_t)svqincp_n_s64_b16((int64_t)h, p);
        h = h * 31 + svcntp_b32(svptrue_b32(), svunpkhi_b(svzip1_b8(p, q))) + svcntb_pat(SV_MUL3) + svcnth_pat(SV_POW2);
    }
    return h;
}

#ifdef __ARM_FEATURE_SVE2
static void __attribute__((noinline)) second(uint8_t *out, const uint8_t *p)
{
    svbool_t all = svptrue_b8();
    svint16_t a = svld1_s16(all, (const int16_t *)p), b = svld1_s16(all, (const int16_t *)(p + 256));
    svuint8_t u = svld1_u8(all, p), v = svld1_u8(all, p + 256);
    svint32_t w = svmullb_s32(a, b);

    w = svmlalt_s32(w, a, b), w = svqdmlalb_s32(w, b, a), w = svqrdmlah_s32(w, w, w), w = svsra_n_s32(w, w, 3),
    w = svqrshl_s32_x(all, w, svdup_n_s32(-2));
    svst1_s32(all, (int32_t *)out, w);
    svst1_u8(all, out + 256, svsel_u8(svmatch_u8(all, u, v), svhistseg_u8(u, v), u));
    svst1_s16(all, (int16_t *)(out + 512), svqxtnt_s32(svqxtnb_s32(w), svadalp_s32_x(all, w, a)));
    svst1_u8(all, out + 768, svxar_n_u8(svbsl_u8(u, v, svdup_n_u8(0x5a)), sveor3_u8(u, v, svaba_u8(u, v, u)), 3));
    svst1_u16(all, (uint16_t *)(out + 1024), svaddp_u16_x(all, svaddlb_u16(u, v), svabdlt_u16(u, v)));
    svst1_u8(all, out + 1280, svtbx_u8(u, v, svtbl2_u8(svcreate2_u8(u, v), svand_n_u8_x(all, v, 63))));
    svst1_u32(all, (uint32_t *)(out + 1536),
              svhistcnt_u32_z(svptrue_b32(), svand_n_u32_x(all, svld1_u32(all, (const uint32_t *)p), 3),
                              svand_n_u32_x(all, svld1_u32(all, (const uint32_t *)p + 40), 3)));
    svst1_f32(all, (float *)(out + 1792),
              svmlalb_f32(svdup_n_f32(0.25f), svcvt_f16_s16_x(all, a), svcvt_f16_s16_x(all, b)));
    svst1_u64(all, (uint64_t *)(out + 2048), svpmullt_u64(svreinterpret_u32_u8(u), svreinterpret_u32_u8(v)));
    svst1_s32(all, (int32_t *)(out + 2304),
              svcdot_s32(svdup_n_s32(1), svreinterpret_s8_u8(u), svreinterpret_s8_u8(v), 90));
    svst1_s16(all, (int16_t *)(out + 2560), svcadd_s16(a, b, 270));
}
#endif

void suite_sve(void)
{
    static uint32_t a[N], d[N];
    static double x[N], y[N];
    static uint16_t h[4 * N + 1024], g[3 * N + 1024];
    static int64_t index[N];
    static uint8_t bytes[2048], out[4096];
    unsigned count, expected = 0;
    double s = 0;
    bool ok = true;

    number("bytes", svcntb());
    faults();
    fill(a, sizeof a), fill(h, sizeof h), fill(bytes, sizeof bytes);
    for (unsigned i = 0; i < N; i++)
        x[i] = (double)(int64_t)rnd() / 1e6, index[i] = (int64_t)((i * 101 + 3) % N), s += x[i];
    compact_odd(d, a, N, &count);
    for (unsigned i = 0; i < N; i++)
        if (a[i] & 1)
            ok &= d[expected++] == a[i];
    check("compact", ok && expected == count);
    check("ordered sum", ordered_sum(x, N) == s);
    deinterleave(g, h, N), sum("deinterleave", g, 6 * N);
    for (ok = true, count = 0; count < N; count++)
        ok &= g[3 * count] == (uint16_t)(h[4 * count] + h[4 * count + 1]);
    check("deinterleave", ok);
    indirect(y, x, index, N), sum("indirect", y, sizeof y);
    number("permutes", permutes(bytes));
    arithmetic(out, bytes), sum("arithmetic", out, sizeof out);
    number("counts", counts());
#ifdef __ARM_FEATURE_SVE2
    memset(out, 0, sizeof out);
    second(out, bytes), sum("SVE2", out, sizeof out);
#endif
}
#endif
