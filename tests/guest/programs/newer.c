/* Instructions that QEMU's or the C compiler's version may not know, as words, where the kernel says that they are
 * there: MOPS, CSSC, FlagM, FlagM2. The answers are worked out beside them, and are what is printed. */
#include <sys/auxv.h>

#include "programs.h"

enum { HAVE_FLAGM = 1 << 27, HAVE2_FLAGM2 = 1 << 7 };
static const unsigned long HAVE2_MOPS = 1ul << 43, HAVE2_CSSC = 1ul << 34;

static bool have2(unsigned long cap) { return getauxval(AT_HWCAP2) & cap; }

/* CPYP, CPYM, CPYE [x0]!, [x1]!, x2!; CPYF: forward only; SETP, SETM, SETE [x0]!, x2!, x1 */
static void copy(void *d, const void *s, size_t n)
{
    register void *x0 __asm__("x0") = d;
    register const void *x1 __asm__("x1") = s;
    register size_t x2 __asm__("x2") = n;
    __asm__ volatile(".inst 0x1d010440, 0x1d410440, 0x1d810440" : "+r"(x0), "+r"(x1), "+r"(x2) : : "memory", "cc");
}
static void copy_forward(void *d, const void *s, size_t n)
{
    register void *x0 __asm__("x0") = d;
    register const void *x1 __asm__("x1") = s;
    register size_t x2 __asm__("x2") = n;
    __asm__ volatile(".inst 0x19010440, 0x19410440, 0x19810440" : "+r"(x0), "+r"(x1), "+r"(x2) : : "memory", "cc");
}
static void set(void *d, int v, size_t n)
{
    register void *x0 __asm__("x0") = d;
    register uint64_t x1 __asm__("x1") = (uint64_t)v;
    register size_t x2 __asm__("x2") = n;
    __asm__ volatile(".inst 0x19c10440, 0x19c14440, 0x19c18440" : "+r"(x0), "+r"(x2) : "r"(x1) : "memory", "cc");
}
static void memory(void)
{
    static uint8_t a[20000], b[20000];
    bool ok = true;

    fill(a, sizeof a), memcpy(b, a, sizeof b);
    for (unsigned i = 0; i < 150; i++) {
        size_t to = rnd() % 12000, from = rnd() % 12000, n = i % 10 ? rnd() % 200 : rnd() % 8000;
        size_t apart = to > from ? to - from : from - to;
        if (!have2(HAVE2_MOPS)) {
            memmove(a + to, a + from, n), memset(a + from, (int)i, n / 3);
        } else if (apart < n || i & 1) {
            copy(a + to, a + from, n), set(a + from, (int)i, n / 3);
        } else {
            copy_forward(a + to, a + from, n), set(a + from, (int)i, n / 3);
        }
        memmove(b + to, b + from, n), memset(b + from, (int)i, n / 3);
        ok &= !memcmp(a, b, sizeof a);
    }
    check("mops", ok), sum("mops", a, sizeof a);
}

#define ONE(NAME, WORD)                                           \
    static uint64_t NAME(uint64_t v)                              \
    {                                                             \
        register uint64_t x0 __asm__("x0"), x1 __asm__("x1") = v; \
        __asm__ volatile(".inst " WORD : "=r"(x0) : "r"(x1));     \
        return x0;                                                \
    }
#define TWO(NAME, WORD)                                                                 \
    static uint64_t NAME(uint64_t v, uint64_t w)                                        \
    {                                                                                   \
        register uint64_t x0 __asm__("x0"), x1 __asm__("x1") = v, x2 __asm__("x2") = w; \
        __asm__ volatile(".inst " WORD : "=r"(x0) : "r"(x1), "r"(x2));                  \
        return x0;                                                                      \
    }
ONE(insn_abs, "0xdac02020")
ONE(insn_cnt, "0xdac01c20")
ONE(insn_ctz, "0xdac01820")
ONE(insn_ctz32, "0x5ac01820")
TWO(insn_smax, "0x9ac26020")
TWO(insn_umax, "0x9ac26420")
TWO(insn_smin, "0x9ac26820")
TWO(insn_umin, "0x9ac26c20")
ONE(insn_smin_imm, "0x91ca6020")

static void common_short_sequences(void)
{
    uint64_t h = 0;
    bool ok = true;

    for (int i = 0; i < 300; i++) {
        uint64_t v = rnd() << (rnd() & 63), w = rnd() >> (rnd() & 63);
        uint64_t a = (int64_t)v < 0 ? 0 - v : v, c = (uint64_t)__builtin_popcountll(v),
                 z = v ? (uint64_t)__builtin_ctzll(v) : 64;
        uint64_t z32 = (uint32_t)w ? (uint64_t)__builtin_ctz((uint32_t)w) : 32;
        int64_t sv = (int64_t)v, sw = (int64_t)w;
        h = h * 31 + a + c + z + z32;
        if (have2(HAVE2_CSSC))
            ok &= insn_abs(v) == a && insn_cnt(v) == c && insn_ctz(v) == z && insn_ctz32(w) == z32 &&
                  insn_smax(v, w) == (uint64_t)(sv > sw ? sv : sw) && insn_umax(v, w) == (v > w ? v : w) &&
                  insn_smin(v, w) == (uint64_t)(sv < sw ? sv : sw) && insn_umin(v, w) == (v < w ? v : w) &&
                  insn_smin_imm(v) == (uint64_t)(sv < -104 ? sv : -104);
    }
    number("cssc", h), check("cssc", ok);
}

/* NZCV after RMIF x1, #5, #10; SETF8 w1; CFINV; AXFLAG; XAFLAG */
#define FLAGS(NAME, WORD)                                                                               \
    static unsigned NAME(uint64_t v, unsigned nzcv)                                                     \
    {                                                                                                   \
        register uint64_t x1 __asm__("x1") = v, x2 __asm__("x2") = (uint64_t)nzcv << 28;                \
        __asm__ volatile("msr nzcv, %0\n\t.inst " WORD "\n\tmrs %0, nzcv" : "+r"(x2) : "r"(x1) : "cc"); \
        return (unsigned)(x2 >> 28);                                                                    \
    }
FLAGS(rmif, "0xba02842a")
FLAGS(setf8, "0x3a00082d")
FLAGS(setf16, "0x3a00482d")
FLAGS(cfinv, "0xd500401f")
FLAGS(axflag, "0xd500405f")
FLAGS(xaflag, "0xd500403f")

static void flags(void)
{
    bool ok = true;
    uint64_t h = 0;

    for (unsigned i = 0; i < 256; i++) {
        uint64_t v = rnd();
        unsigned f = i & 15, n = f >> 3, z = f >> 2 & 1, c = f >> 1 & 1, o = f & 1;
        unsigned r = ((unsigned)(v >> 5) & 10) | (f & 5);
        unsigned s8 = ((unsigned)v >> 7 & 1) << 3 | !(v & 0xff) << 2 | c << 1 | ((unsigned)(v >> 8 ^ v >> 7) & 1);
        unsigned s16 = ((unsigned)v >> 15 & 1) << 3 | !(v & 0xffff) << 2 | c << 1 | ((unsigned)(v >> 16 ^ v >> 15) & 1);
        unsigned ax = (z | o) << 2 | (c & !o) << 1;
        unsigned xa = (unsigned)(!c && !z) << 3 | (z & c) << 2 | (c | z) << 1 | (!c && z);
        h = h * 31 + r + s8 * 16 + s16 * 256 + ax * 4096 + xa * 65536 + n;
        if (getauxval(AT_HWCAP) & HAVE_FLAGM)
            ok &= rmif(v, f) == r && setf8(v, f) == s8 && setf16(v, f) == s16 && cfinv(v, f) == (f ^ 2);
        if (have2(HAVE2_FLAGM2))
            ok &= axflag(v, f) == ax && xaflag(v, f) == xa;
    }
    number("flags", h), check("flags", ok);
}

void suite_newer(void)
{
    printf("# mops %d cssc %d flagm2 %d\n", have2(HAVE2_MOPS), have2(HAVE2_CSSC), have2(HAVE2_FLAGM2));
    memory();
    common_short_sequences();
    flags();
}
