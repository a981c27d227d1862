/* Vectors on the host's FPU, 128 bits at a time in the compiler's vector types: see fpu_fast.h for why the results are
 * Arm's. Elements that have to be looked at one by one are, their chunk only. */
#include "isa/sve_fp_fast.h"

#include "isa/engine.h"

typedef float v4s __attribute__((vector_size(16)));
typedef double v2d __attribute__((vector_size(16)));
typedef double v4d __attribute__((vector_size(32)));
typedef uint32_t v4u __attribute__((vector_size(16)));
typedef uint64_t v2u __attribute__((vector_size(16)));
typedef uint64_t v4u64 __attribute__((vector_size(32)));

static ALWAYS_INLINE v4s neg_s(v4s x) { return (v4s)((v4u)x ^ 0x80000000); }
static ALWAYS_INLINE v2d neg_d(v2d x) { return (v2d)((v2u)x ^ UINT64_C(1) << 63); }
static ALWAYS_INLINE v4s abs_s(v4s x) { return (v4s)((v4u)x & 0x7fffffff); }
static ALWAYS_INLINE v2d abs_d(v2d x) { return (v2d)((v2u)x & INT64_MAX); }

/* fpu_s_safe() and fpu_d_safe() by value: finite, and not near the denormals. NaN compares false. */
static ALWAYS_INLINE v4u safe_s(v4s x) { return (v4u)((abs_s(x) >= 0x1p-125f) & (abs_s(x) <= 0x1.fffffep127f)); }
static ALWAYS_INLINE v2u safe_d(v2d x) { return (v2u)((abs_d(x) >= 0x1p-1021) & (abs_d(x) <= 0x1.fffffffffffffp1023)); }

/* What one chunk does: the result, and all ones in *good for the elements that are sure to be right. a, n and m are its
 * operands, the first two already negated where that is asked for. */
typedef chunk_mask chunk_fn(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good);

static ALWAYS_INLINE chunk_mask add_s(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    v4s sum = (v4s)n + (v4s)m;
    (void)a;
    *good = (chunk_mask)(abs_s(sum) < 0x1p126f);
    return (chunk_mask)sum;
}
static ALWAYS_INLINE chunk_mask add_d(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    v2d sum = (v2d)n + (v2d)m;
    (void)a;
    *good = (chunk_mask)(abs_d(sum) < 0x1p1022);
    return (chunk_mask)sum;
}
static ALWAYS_INLINE chunk_mask sub_s(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    return add_s(a, n, (chunk_mask)neg_s((v4s)m), good);
}
static ALWAYS_INLINE chunk_mask sub_d(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    return add_d(a, n, (chunk_mask)neg_d((v2d)m), good);
}
/* A zero product is exact if a factor is zero. */
static ALWAYS_INLINE chunk_mask mul_s(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    v4s product = (v4s)n * (v4s)m;
    (void)a;
    *good = (chunk_mask)(safe_s(product) | (v4u)((product == 0) & (((v4s)n == 0) | ((v4s)m == 0))));
    return (chunk_mask)product;
}
static ALWAYS_INLINE chunk_mask mul_d(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    v2d product = (v2d)n * (v2d)m;
    (void)a;
    *good = (chunk_mask)(safe_d(product) | (v2u)((product == 0) & (((v2d)n == 0) | ((v2d)m == 0))));
    return (chunk_mask)product;
}
/* The product is exact in double precision; rounding the sum twice goes wrong only halfway between two singles. A zero
 * sum is exact. */
static ALWAYS_INLINE chunk_mask mul_add_s(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    v4d sum = __builtin_convertvector((v4s)n, v4d) * __builtin_convertvector((v4s)m, v4d) +
              __builtin_convertvector((v4s)a, v4d);
    v4s rounded = __builtin_convertvector(sum, v4s);
    v4u64 halfway = (v4u64)(((v4u64)sum & 0x1fffffff) == 0x10000000);
    *good = (chunk_mask)((safe_s(rounded) | __builtin_convertvector((v4u64)(sum == 0), v4u)) &
                         ~__builtin_convertvector(halfway, v4u));
    return (chunk_mask)rounded;
}
/* By the fused operation. A zero sum is left to others: it may be what underflowed. */
static ALWAYS_INLINE chunk_mask fused_s(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    v4s x = (v4s)n, y = (v4s)m, z = (v4s)a, sum;
    for (unsigned i = 0; i < 4; i++)
        sum[i] = __builtin_fmaf(x[i], y[i], z[i]);
    *good = (chunk_mask)safe_s(sum);
    return (chunk_mask)sum;
}
static ALWAYS_INLINE chunk_mask fused_d(chunk_mask a, chunk_mask n, chunk_mask m, chunk_mask *good)
{
    v2d x = (v2d)n, y = (v2d)m, z = (v2d)a;
    v2d sum = { __builtin_fma(x[0], y[0], z[0]), __builtin_fma(x[1], y[1], z[1]) };
    *good = (chunk_mask)safe_d(sum);
    return (chunk_mask)sum;
}

/* One chunk by exact, all pointers at its first byte; g: NULL or its two bytes. */
static NOINLINE void exact_chunk(uint8_t *d, const uint8_t *a, const uint8_t *n, const uint8_t *m, const uint8_t *g,
                                 unsigned esize, elem3fp_fn *exact, struct fp_status *fp)
{
    for (unsigned e = 0; e < 8 * CHUNK_BYTES / esize; e++)
        if (ActiveElem(g, e, esize))
            SetElem(d, e, esize, exact(Elem(a, e, esize), Elem(n, e, esize), Elem(m, e, esize), esize, fp));
}
/* All elements, by chunks where f is sure and by exact else. a_sign and n_sign: the sign bits to change first. */
static ALWAYS_INLINE void walk(struct lanes l, unsigned esize, uint64_t a_sign, uint64_t n_sign, chunk_fn *f,
                               elem3fp_fn *exact, struct fp_status *fp)
{
    for (unsigned at = 0; at < l.bits / 8; at += CHUNK_BYTES) {
        const uint8_t *g = l.g ? l.g + at / 8 : NULL;
        chunk_mask active = l.g ? ActiveBytes(g, esize) : ~(chunk_mask){ 0 }, good;
        chunk_mask a = (chunk_mask)((chunk_words)load_chunk(l.a + at) ^ a_sign);
        chunk_mask n = (chunk_mask)((chunk_words)load_chunk(l.n + at) ^ n_sign);
        chunk_mask r = f(a, n, load_chunk(l.m + at), &good);
        chunk_words unsure = (chunk_words)(active & ~good);
        if (likely(!(unsure[0] | unsure[1]))) {
            r = blend(active, r, load_chunk(l.d + at));
            memcpy(l.d + at, &r, CHUNK_BYTES);
        } else {
            exact_chunk(l.d + at, l.a + at, l.n + at, l.m + at, g, esize, exact, fp);
        }
    }
}

static bool eligible(const struct lanes *l, const struct fp_status *fp)
{
    return l->esize >= 32 && !fpu_wants_ixc(fp) && fpu_plain(fp);
}
/* One in the sign bit of each element. */
static ALWAYS_INLINE uint64_t signs(bool negate, unsigned esize)
{
    return !negate ? 0 : esize == 32 ? UINT64_C(0x8000000080000000) : UINT64_C(1) << 63;
}

/* ---- By size ---- */
static uint64_t e_add(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)a, FPAdd(n, m, esize, fp);
}
static uint64_t e_sub(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)a, FPSub(n, m, esize, fp);
}
static uint64_t e_mul(uint64_t a, uint64_t n, uint64_t m, unsigned esize, struct fp_status *fp)
{
    return (void)a, FPMul(n, m, esize, fp);
}

void fp_add(const struct lanes *l, struct fp_status *fp)
{
    if (!eligible(l, fp))
        map2fp(*l, FPAdd, fp);
    else if (l->esize == 32)
        walk(*l, 32, 0, 0, add_s, e_add, fp);
    else
        walk(*l, 64, 0, 0, add_d, e_add, fp);
}
void fp_sub(const struct lanes *l, struct fp_status *fp)
{
    if (!eligible(l, fp))
        map2fp(*l, FPSub, fp);
    else if (l->esize == 32)
        walk(*l, 32, 0, 0, sub_s, e_sub, fp);
    else
        walk(*l, 64, 0, 0, sub_d, e_sub, fp);
}
void fp_mul(const struct lanes *l, struct fp_status *fp)
{
    if (!eligible(l, fp))
        map2fp(*l, FPMul, fp);
    else if (l->esize == 32)
        walk(*l, 32, 0, 0, mul_s, e_mul, fp);
    else
        walk(*l, 64, 0, 0, mul_d, e_mul, fp);
}

static elem3fp_fn *exact_mul_add(bool negate_a, bool negate_n)
{
    static elem3fp_fn *const f[2][2] = { { e_fmla, e_fmls }, { e_fnmls, e_fnmla } };
    return f[negate_a][negate_n];
}

/* Where the host has the fused operation both sizes are one instruction; the program finds out when it runs. */
#if defined(__x86_64__)
#define FUSED __attribute__((target("fma")))
static bool have_fused(void) { return __builtin_cpu_supports("fma"); }
#else
#define FUSED
static bool have_fused(void)
{
#ifdef __FP_FAST_FMA
    return true;
#else
    return false;
#endif
}
#endif
static FUSED void mul_add_fused(const struct lanes *l, bool negate_a, bool negate_n, struct fp_status *fp)
{
    elem3fp_fn *exact = exact_mul_add(negate_a, negate_n);

    if (l->esize == 32)
        walk(*l, 32, signs(negate_a, 32), signs(negate_n, 32), fused_s, exact, fp);
    else
        walk(*l, 64, signs(negate_a, 64), signs(negate_n, 64), fused_d, exact, fp);
}
void fp_mul_add(const struct lanes *l, bool negate_a, bool negate_n, struct fp_status *fp)
{
    elem3fp_fn *exact = exact_mul_add(negate_a, negate_n);

    if (!eligible(l, fp))
        map3fp(*l, exact, fp);
    else if (have_fused())
        mul_add_fused(l, negate_a, negate_n, fp);
    else if (l->esize == 32)
        walk(*l, 32, signs(negate_a, 32), signs(negate_n, 32), mul_add_s, exact, fp);
    else
        map3fp(*l, exact, fp);
}

/* ---- Handlers for what inner loops are made of, where all of it can be done so ---- */
static ALWAYS_INLINE bool ready(const struct cpu *cpu)
{
    return !cpu->sve_trap && !fpu_wants_ixc(&cpu->fp) && fpu_plain(&cpu->fp);
}
#define FP_HANDLER(NAME, ESIZE, TARGET, LANES, A_SIGN, N_SIGN, CHUNK, EXACT)                             \
    static TARGET HANDLER(hot_##NAME##_##ESIZE)                                                          \
    {                                                                                                    \
        if (unlikely(!ready(cpu)))                                                                       \
            GOTO(h_plain_sve);                                                                           \
        walk(LANES(cpu, op), ESIZE, signs(A_SIGN, ESIZE), signs(N_SIGN, ESIZE), CHUNK, EXACT, &cpu->fp); \
        NEXT(op + 1);                                                                                    \
    }
#define FP_ROWS(X)                                                      \
    X(FADD_z_p_zz, , lanes_z_p_zz, false, false, add_, e_add)           \
    X(FSUB_z_p_zz, , lanes_z_p_zz, false, false, sub_, e_sub)           \
    X(FMUL_z_p_zz, , lanes_z_p_zz, false, false, mul_, e_mul)           \
    X(FADD_z_zz, , lanes_z_zz, false, false, add_, e_add)               \
    X(FSUB_z_zz, , lanes_z_zz, false, false, sub_, e_sub)               \
    X(FMUL_z_zz, , lanes_z_zz, false, false, mul_, e_mul)               \
    X(FMLA_z_p_zzz, FUSED, lanes_z_p_zzz, false, false, fused_, e_fmla) \
    X(FMLS_z_p_zzz, FUSED, lanes_z_p_zzz, false, true, fused_, e_fmls)  \
    X(FMAD_z_p_zzz, FUSED, lanes_z_p_zzz_mad, false, false, fused_, e_fmla)
#define FP_HANDLERS(ROW, TARGET, LANES, A_SIGN, N_SIGN, CHUNK, EXACT)   \
    FP_HANDLER(ROW, 32, TARGET, LANES, A_SIGN, N_SIGN, CHUNK##s, EXACT) \
    FP_HANDLER(ROW, 64, TARGET, LANES, A_SIGN, N_SIGN, CHUNK##d, EXACT)
FP_ROWS(FP_HANDLERS)

handler_fn *hot_sve_fp_handler(const struct op *op)
{
    enum { first_fused = 6 };
    static const struct {
        unsigned row;
        handler_fn *s, *d;
    } handlers[] = {
#define FP_ENTRY(ROW, ...) { INSN_##ROW, hot_##ROW##_32, hot_##ROW##_64 },
        FP_ROWS(FP_ENTRY)
    };

    for (unsigned i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
        if (handlers[i].row == op->row && op->size >= 2 && (i < first_fused || have_fused()))
            return op->size == 2 ? handlers[i].s : handlers[i].d;
    return NULL;
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
