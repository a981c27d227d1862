/* Whole vectors on the host's FPU: see fpu_fast.h for why the results are Arm's. 128 bits at a time in the compiler's
 * vector types, without branches, and one verdict for the whole vector. Each r may be left half done. */
#include "isa/sve_fp_fast.h"
#include "isa/fpu.h"

typedef float v4s __attribute__((vector_size(16)));
typedef double v2d __attribute__((vector_size(16)));
typedef double v4d __attribute__((vector_size(32)));
typedef uint32_t v4u __attribute__((vector_size(16)));
typedef uint64_t v2u __attribute__((vector_size(16)));
typedef uint64_t v4u64 __attribute__((vector_size(32)));

/* Element i of 128 bits. */
static ALWAYS_INLINE v4s get_s(const uint8_t *v, unsigned i)
{
    v4s x;
    memcpy(&x, v + 16 * i, 16);
    return x;
}
static ALWAYS_INLINE v2d get_d(const uint8_t *v, unsigned i)
{
    v2d x;
    memcpy(&x, v + 16 * i, 16);
    return x;
}
static ALWAYS_INLINE v4s neg_s(v4s x, uint32_t sign) { return (v4s)((v4u)x ^ sign); }
static ALWAYS_INLINE v2d neg_d(v2d x, uint64_t sign) { return (v2d)((v2u)x ^ sign); }
static ALWAYS_INLINE v4s abs_s(v4s x) { return (v4s)((v4u)x & 0x7fffffff); }
static ALWAYS_INLINE v2d abs_d(v2d x) { return (v2d)((v2u)x & INT64_MAX); }
static ALWAYS_INLINE bool all_s(v4u mask) { return (mask[0] & mask[1] & mask[2] & mask[3]) != 0; }
static ALWAYS_INLINE bool all_d(v2u mask) { return (mask[0] & mask[1]) != 0; }

/* fpu_s_safe() and fpu_d_safe() by value: finite, and not near the denormals. NaN compares false. */
static ALWAYS_INLINE v4u safe_s(v4s x) { return (v4u)((abs_s(x) >= 0x1p-125f) & (abs_s(x) <= 0x1.fffffep127f)); }
static ALWAYS_INLINE v2u safe_d(v2d x) { return (v2u)((abs_d(x) >= 0x1p-1021) & (abs_d(x) <= 0x1.fffffffffffffp1023)); }

static bool add_s(uint8_t *r, const uint8_t *n, const uint8_t *m, unsigned blocks, uint32_t sign)
{
    v4u good = ~(v4u){ 0 };
    for (unsigned i = 0; i < blocks; i++) {
        v4s sum = get_s(n, i) + neg_s(get_s(m, i), sign);
        good &= (v4u)(abs_s(sum) < 0x1p126f);
        memcpy(r + 16 * i, &sum, 16);
    }
    return all_s(good);
}
static bool add_d(uint8_t *r, const uint8_t *n, const uint8_t *m, unsigned blocks, uint64_t sign)
{
    v2u good = ~(v2u){ 0 };
    for (unsigned i = 0; i < blocks; i++) {
        v2d sum = get_d(n, i) + neg_d(get_d(m, i), sign);
        good &= (v2u)(abs_d(sum) < 0x1p1022);
        memcpy(r + 16 * i, &sum, 16);
    }
    return all_d(good);
}
/* A zero product is exact if a factor is zero. */
static bool mul_s(uint8_t *r, const uint8_t *n, const uint8_t *m, unsigned blocks)
{
    v4u good = ~(v4u){ 0 };
    for (unsigned i = 0; i < blocks; i++) {
        v4s x = get_s(n, i), y = get_s(m, i), product = x * y;
        good &= safe_s(product) | (v4u)((product == 0) & ((x == 0) | (y == 0)));
        memcpy(r + 16 * i, &product, 16);
    }
    return all_s(good);
}
static bool mul_d(uint8_t *r, const uint8_t *n, const uint8_t *m, unsigned blocks)
{
    v2u good = ~(v2u){ 0 };
    for (unsigned i = 0; i < blocks; i++) {
        v2d x = get_d(n, i), y = get_d(m, i), product = x * y;
        good &= safe_d(product) | (v2u)((product == 0) & ((x == 0) | (y == 0)));
        memcpy(r + 16 * i, &product, 16);
    }
    return all_d(good);
}
/* The product is exact in double precision; rounding the sum twice goes wrong only halfway between two singles. A zero
 * sum is exact. */
static bool mul_add_s(uint8_t *r, const uint8_t *a, const uint8_t *n, const uint8_t *m, unsigned blocks,
                      uint32_t a_sign, uint32_t n_sign)
{
    v4u good = ~(v4u){ 0 };
    v4u64 halfway = { 0 };
    for (unsigned i = 0; i < blocks; i++) {
        v4d sum = __builtin_convertvector(neg_s(get_s(n, i), n_sign), v4d) * __builtin_convertvector(get_s(m, i), v4d) +
                  __builtin_convertvector(neg_s(get_s(a, i), a_sign), v4d);
        v4s rounded = __builtin_convertvector(sum, v4s);
        halfway |= (v4u64)(((v4u64)sum & 0x1fffffff) == 0x10000000);
        good &= safe_s(rounded) | __builtin_convertvector((v4u64)(sum == 0), v4u);
        memcpy(r + 16 * i, &rounded, 16);
    }
    return all_s(good) && !(halfway[0] | halfway[1] | halfway[2] | halfway[3]);
}

/* Only where the host has the fused operation; the loader chooses. A zero sum is left to others: it may be what
 * underflowed. */
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
__attribute__((target_clones("default", "fma")))
#endif
static bool
mul_add_d(uint8_t *r, const uint8_t *a, const uint8_t *n, const uint8_t *m, unsigned blocks, uint64_t a_sign,
          uint64_t n_sign)
{
    v2u good = ~(v2u){ 0 };
    for (unsigned i = 0; i < blocks; i++) {
        v2d x = neg_d(get_d(n, i), n_sign), y = get_d(m, i), z = neg_d(get_d(a, i), a_sign);
        v2d sum = { __builtin_fma(x[0], y[0], z[0]), __builtin_fma(x[1], y[1], z[1]) };
        good &= safe_d(sum);
        memcpy(r + 16 * i, &sum, 16);
    }
    return all_d(good);
}

/* Is there nothing to look at but numbers? */
static bool eligible(const struct lanes *l, const struct fp_status *fp)
{
    uint8_t all = l->esize == 32 ? 0x11 : 0x01, active = 0xff;

    if (l->esize < 32 || fpu_wants_ixc(fp) || !fpu_plain(fp))
        return false;
    for (unsigned i = 0; l->g && i < l->bits / 64; i++)
        active &= l->g[i];
    return (active & all) == all;
}
static bool commit(const struct lanes *l, const uint8_t *r, bool good)
{
    if (good)
        memcpy(l->d, r, l->bits / 8);
    return good;
}

bool fast_add(const struct lanes *l, bool negate_m, const struct fp_status *fp)
{
    uint8_t r[MAX_VL_BYTES] __attribute__((aligned(64)));

    if (!eligible(l, fp))
        return false;
    return commit(l, r,
                  l->esize == 32 ? add_s(r, l->n, l->m, l->bits / 128, (uint32_t)negate_m << 31)
                                 : add_d(r, l->n, l->m, l->bits / 128, (uint64_t)negate_m << 63));
}
bool fast_mul(const struct lanes *l, const struct fp_status *fp)
{
    uint8_t r[MAX_VL_BYTES] __attribute__((aligned(64)));

    if (!eligible(l, fp))
        return false;
    return commit(l, r, l->esize == 32 ? mul_s(r, l->n, l->m, l->bits / 128) : mul_d(r, l->n, l->m, l->bits / 128));
}
bool fast_mul_add(const struct lanes *l, bool negate_a, bool negate_n, const struct fp_status *fp)
{
    uint8_t r[MAX_VL_BYTES] __attribute__((aligned(64)));

    if (!eligible(l, fp))
        return false;
    return commit(
        l, r,
        l->esize == 32
            ? mul_add_s(r, l->a, l->n, l->m, l->bits / 128, (uint32_t)negate_a << 31, (uint32_t)negate_n << 31)
            : mul_add_d(r, l->a, l->n, l->m, l->bits / 128, (uint64_t)negate_a << 63, (uint64_t)negate_n << 63));
}
static ALWAYS_INLINE void splat_at(struct lanes l, unsigned esize, unsigned index, uint8_t *m)
{
    for (unsigned s = 0; s < l.bits / esize; s += 128 / esize) {
        uint64_t x = Elem(l.m, s + index, esize);
        for (unsigned e = s; e < s + 128 / esize; e++)
            SetElem(m, e, esize, x);
    }
}
void splat_index(struct lanes *l, unsigned index, uint8_t m[MAX_VL_BYTES])
{
    FOR_ESIZE_FROM_16(*l, splat_at, index, m)
    l->m = m;
}
