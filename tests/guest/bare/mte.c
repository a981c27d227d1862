// Memory tagging at EL2: loads and stores of tags, which accesses are Tag Checked, and what a mismatch does under each
// setting of SCTLR_EL2.TCF. All of RAM is Tagged here. Without FEAT_MTE2 it says so and passes.
#include "bare.h"

const char bare_name[] = "mte";

#define SYNC         1ull
#define ASYNC        2ull
#define ASYMM        3ull
#define SCTLR_TCF    40
#define SCTLR_ATA    BIT(43)
#define TCR_TBI      BIT(20)
#define TCR_TCMA     BIT(30)
#define FSC_TAG      0x11
#define FSC_ALIGN    0x21
#define WNR          BIT(6)
#define ISA          ".arch armv8.5-a+memtag+sve\n\t"
#define TAGGED(t, p) ((uint64_t)(uintptr_t)(p) | (uint64_t)(t) << 56)

// Memory to test, with room below for the frame of an exception taken while it is the stack.
static uint8_t area[16384] __attribute__((aligned(4096)));
static uint8_t *const page = area + 8192;

static void set_tag(uint64_t p) { asm volatile(ISA "stg %0, [%0]" ::"r"(p) : "memory"); }
static unsigned tag_at(const void *p)
{
    uint64_t x = (uint64_t)(uintptr_t)p;

    asm volatile(ISA "ldg %0, [%0]" : "+r"(x)::"memory");
    return FIELD(x, 59, 56);
}
// Whatever the tags.
static uint64_t peek(const void *p)
{
    uint64_t value;

    asm volatile(ISA "msr tco, #1\n\tldr %0, [%1]\n\tmsr tco, #0" : "=r"(value) : "r"(p) : "memory");
    return value;
}
static void clear_tags(void)
{
    for (unsigned i = 0; i < sizeof(area); i += 16)
        set_tag(TAGGED(0, area + i));
}

static void checks(uint64_t tcf)
{
    WRITE(sctlr_el2, (READ(sctlr_el2) & ~(3ull << SCTLR_TCF)) | SCTLR_ATA | tcf << SCTLR_TCF);
    WRITE(S3_4_C5_C6_0, 0);
    asm volatile(ISA "msr tco, #0\n\tisb" ::: "memory");
}

// What one instruction does with x0 (and SP, while it executes) as given, and x1, x2; p0 and p1 are all true.
#define TRY(text, address, value)                                                                             \
    ({                                                                                                        \
        uint64_t address_ = (address), value_ = (value);                                                      \
        catch_begin();                                                                                        \
        register uint64_t x0_ asm("x0") = address_, x1_ asm("x1") = value_, x2_ asm("x2") = 0;                \
        asm volatile(ISA "mov x9, sp\n\tand x10, x0, #~15\n\tmov sp, x10\n\t" text "\n\tmov sp, x9"           \
                     : "+r"(x0_), "+r"(x1_), "+r"(x2_)::"x3", "x4", "x5", "x6", "x7", "x9", "x10", "memory"); \
        result_x0 = x0_, result_x2 = x2_;                                                                     \
        catch_end();                                                                                          \
    })
static uint64_t result_x0, result_x2;

static void faults(const char *what, struct exception e, uint64_t iss, uint64_t far)
{
    check_equal(what, e.esr, (uint64_t)EC_DABORT_SAME << 26 | BIT(25) | iss);
    check_equal(what, FIELD(e.far, 59, 0), FIELD(far, 59, 0));
}
static void passes(const char *what, struct exception e) { check_equal(what, e.el ? e.esr : 0, 0); }

static void tags(void)
{
    uint64_t *data = (uint64_t *)page, p = TAGGED(0, page);

    clear_tags();
    passes("STG", TRY("stg x1, [x0, #-16]", p + 32, TAGGED(9, 0)));
    check_equal("STG at its offset", tag_at(page + 16), 9);
    check_equal("STG below", tag_at(page), 0);
    check_equal("STG above", tag_at(page + 32), 0);
    faults("STG not aligned", TRY("stg x1, [x0]", p + 8, 0), FSC_ALIGN | WNR, p + 8);
    passes("LDG aligns", TRY("mov x2, #-1\n\tldg x2, [x0]", p + 31, 0));
    check_equal("LDG", result_x2, 0xf9ffffffffffffff);
    passes("ST2G post-index", TRY("st2g x1, [x0], #64", p, TAGGED(3, 0)));
    check_equal("ST2G writes back", result_x0, p + 64);
    check_equal("ST2G, both", tag_at(page) << 8 | tag_at(page + 16) << 4 | tag_at(page + 32), 0x330);
    data[4] = data[5] = data[6] = 77;
    passes("STZG pre-index, through a tag that differs", TRY("stzg x1, [x0, #32]!", TAGGED(5, p), TAGGED(4, 0)));
    check_equal("STZG zeroes", peek(&data[4]) | peek(&data[5]), 0);
    check_equal("STZG zeroes no more", data[6], 77);
    check_equal("STZG's tag", tag_at(page + 32), 4);
    passes("STGP", TRY("mov x2, #6\n\tstgp x1, x2, [x0, #48]", TAGGED(7, page), 5));
    check_equal("STGP's tag", tag_at(page + 48), 7);
    check_equal("STGP's data", peek(page + 48) << 8 | peek(page + 56), 0x506);
    clear_tags();
}

static void blocks(void)
{
    unsigned size = 4u << FIELD(READ(S3_1_C0_C0_4), 3, 0), zero = 4u << FIELD(READ(dczid_el0), 3, 0);
    uint8_t *block = page + 256;
    uint64_t want = 0;

    clear_tags();
    check("GMID_EL1.BS", size >= 16 && size <= 256);
    passes("STGM", TRY("stgm x1, [x0]", TAGGED(0, block + 5), 0xfedcba9876543210));
    for (unsigned i = 0; i < 16; i++) {
        check_equal("STGM's tags", tag_at(block + 16 * i), 16 * i < size ? i : 0);
        want |= 16 * i < size ? (uint64_t)i << 4 * i : 0;
    }
    passes("LDGM", TRY("ldgm x2, [x0]", TAGGED(0, block), 0));
    check_equal("LDGM", result_x2, want);
    clear_tags();
    block[zero - 1] = 9, block[zero] = 9;
    passes("DC GVA", TRY("dc gva, x0", TAGGED(6, block + 7), 0));
    check_equal("DC GVA, its block", tag_at(block + zero - 16) << 4 | tag_at(block + zero), 0x60);
    check_equal("DC GVA, the data", peek(block + zero - 1) & 0xff, 9);
    passes("DC GZVA", TRY("dc gzva, x0", TAGGED(5, block + 7), 0));
    check_equal("DC GZVA, its block", tag_at(block + zero - 16) << 4 | tag_at(block + zero), 0x50);
    check_equal("DC GZVA, the data", (peek(block + zero - 1) & 0xff) << 8 | block[zero], 9);
    passes("DC ZVA", TRY("dc zva, x0", TAGGED(5, block), 0));
    struct exception e = TRY("dc zva, x0", TAGGED(4, block + 8), 0);
    check_equal("DC ZVA, mismatch", e.esr, (uint64_t)EC_DABORT_SAME << 26 | BIT(25) | FSC_TAG | WNR);
    passes("STZGM", TRY("stzgm x1, [x0]", TAGGED(0, block), 0x1d));
    check_equal("STZGM", tag_at(block) << 8 | tag_at(block + zero - 16) << 4 | tag_at(block + zero), 0xdd0);
    clear_tags();
}

static void synchronous(void)
{
    uint64_t p = TAGGED(0, page), q = TAGGED(5, page + 16);

    clear_tags();
    set_tag(q);
    passes("LDR, match", TRY("ldr x2, [x0]", q, 0));
    faults("LDR, mismatch", TRY("ldr x2, [x0]", p + 16, 0), FSC_TAG, p + 16);
    faults("STR, mismatch", TRY("str x1, [x0]", p + 16, 1), FSC_TAG | WNR, p + 16);
    faults("LDR over granules", TRY("ldr x2, [x0]", p + 12, 0), FSC_TAG, p + 16);
    faults("LDR from the granule before", TRY("ldr x2, [x0]", q - 4, 0), FSC_TAG, q - 4);
    faults("LDP", TRY("ldp x2, x3, [x0]", p + 8, 0), FSC_TAG, p + 16);
    faults("STXR", TRY("ldxr x3, [x0]\n\tadd x0, x0, #16\n\tldxr x3, [x0]", p, 0), FSC_TAG, p + 16);
    faults("LDADD reads first", TRY(".arch_extension lse\n\tldadd x1, x2, [x0]", p + 16, 1), FSC_TAG, p + 16);
    faults("CAS", TRY(".arch_extension lse\n\tcas x1, x2, [x0]", p + 16, 1), FSC_TAG, p + 16);
    faults("LD1", TRY("ld1 {v0.16b, v1.16b}, [x0]", p, 0), FSC_TAG, p + 16);
    faults("LDAR", TRY("ldar x2, [x0]", p + 16, 0), FSC_TAG, p + 16);
    asm volatile(ISA "msr tco, #1" ::: "memory");
    passes("TCO", TRY("ldr x2, [x0]", p + 16, 0));
    asm volatile(ISA "msr tco, #0" ::: "memory");
    WRITE(tcr_el2, READ(tcr_el2) | TCR_TCMA);
    asm volatile("isb; tlbi alle2; dsb sy; isb" ::: "memory");
    passes("TCMA, tag 0", TRY("ldr x2, [x0]", p + 16, 0));
    faults("TCMA, another tag", TRY("ldr x2, [x0]", TAGGED(6, p + 16), 0), FSC_TAG, TAGGED(6, p + 16));
    WRITE(tcr_el2, READ(tcr_el2) & ~TCR_TCMA);
    asm volatile("isb; tlbi alle2; dsb sy; isb" ::: "memory");
    clear_tags();
}

// With SP as the base an immediate offset, or none, is Tag Unchecked; everything else is Tag Checked.
static void stack_accesses(void)
{
    uint64_t p = TAGGED(4, page);

    clear_tags();
    passes("LDR [SP]", TRY("ldr x2, [sp]", p, 0));
    passes("LDUR [SP, #8]", TRY("ldur x2, [sp, #8]", p, 0));
    passes("STR [SP, #8]", TRY("str x1, [sp, #8]", p, 0));
    passes("LDP [SP]", TRY("ldp x2, x3, [sp]", p, 0));
    passes("LDNP [SP]", TRY("ldnp x2, x3, [sp]", p, 0));
    passes("LDXR [SP]", TRY("ldxr x2, [sp]", p, 0));
    passes("LDAR [SP]", TRY("ldar x2, [sp]", p, 0));
    passes("LDADD [SP]", TRY(".arch_extension lse\n\tldadd x1, x2, [sp]", p, 0));
    passes("LD1 [SP]", TRY("ld1 {v0.16b}, [sp]", p, 0));
    passes("LDR Q [SP]", TRY("ldr q0, [sp]", p, 0));
    passes("literal", TRY("ldr x2, .", p, 0));
    faults("LDR [SP], #16", TRY("ldr x2, [sp], #16", p, 0), FSC_TAG, p);
    faults("LDR [SP, #16]!", TRY("ldr x2, [sp, #16]!", p, 0), FSC_TAG, p + 16);
    faults("LDP [SP], #16", TRY("ldp x2, x3, [sp], #16", p, 0), FSC_TAG, p);
    faults("LDR [SP, X1]", TRY("ldr x2, [sp, x1]", p, 0), FSC_TAG, p);
    faults("LD1 [SP], #16", TRY("ld1 {v0.16b}, [sp], #16", p, 0), FSC_TAG, p);
    faults("LDR Q [SP, X1]", TRY("ldr q0, [sp, x1]", p, 0), FSC_TAG, p);
}

static void vectors(void)
{
    uint64_t p = TAGGED(4, page), ffr;

    if (!FIELD(READ(id_aa64pfr0_el1), 35, 32))
        return;
    WRITE(cptr_el2, READ(cptr_el2) & ~BIT(8)); // TZ
    WRITE(S3_4_C1_C2_0, 0);                    // ZCR_EL2: 128 bits
    ISB();
    asm volatile(ISA "ptrue p0.b\n\tsetffr" ::: "memory");
    passes("LD1D [SP]", TRY("ld1d {z0.d}, p0/z, [sp]", p, 0));
    passes("LDR Z [SP]", TRY("ldr z0, [sp]", p, 0));
    passes("LD1RD [SP]", TRY("ld1rd {z0.d}, p0/z, [sp]", p, 0));
    passes("ST1D [SP]", TRY("st1d {z0.d}, p0, [sp]", p, 0));
    faults("LD1D [X0]", TRY("ld1d {z0.d}, p0/z, [x0]", p, 0), FSC_TAG, p);
    faults("LDR Z [X0]", TRY("ldr z0, [x0]", p, 0), FSC_TAG, p);
    faults("LD1D [SP, X1]", TRY("ld1d {z0.d}, p0/z, [sp, x1, lsl #3]", p, 0), FSC_TAG, p);
    faults("ST1D [SP, X1]", TRY("st1d {z0.d}, p0, [sp, x1, lsl #3]", p, 0), FSC_TAG | WNR, p);
    faults("LDFF1D", TRY("ldff1d {z0.d}, p0/z, [x0, x1, lsl #3]", p, 0), FSC_TAG, p);
    passes("LDNF1D", TRY("ldnf1d {z0.d}, p0/z, [x0]", p, 0));
    asm volatile(ISA "rdffr p1.b\n\tcntp %0, p1, p1.b\n\tsetffr" : "=r"(ffr)::"memory");
    check_equal("FFR after LDNF1D", ffr, 0);
}

static void other_modes(void)
{
    uint64_t p = TAGGED(4, page);

    checks(ASYNC);
    passes("asynchronous store", TRY("str x1, [x0]", p, 55));
    ISB();
    check_equal("TFSR_EL2 after it", READ(S3_4_C5_C6_0), 1);
    WRITE(S3_4_C5_C6_0, 0);
    check_equal("it is done", peek(page), 55);
    passes("asynchronous load", TRY("ldr x2, [x0]", p, 0));
    check_equal("it is done too", result_x2, 55);
    ISB();
    check_equal("TFSR_EL2 again", READ(S3_4_C5_C6_0), 1);
    if (FIELD(READ(id_aa64pfr1_el1), 11, 8) >= 3) {
        checks(ASYMM);
        passes("asymmetric store", TRY("str x1, [x0]", p, 56));
        ISB();
        check_equal("TFSR_EL2", READ(S3_4_C5_C6_0), 1);
        faults("asymmetric load", TRY("ldr x2, [x0]", p, 0), FSC_TAG, p);
        faults("asymmetric LDADD", TRY(".arch_extension lse\n\tldadd x1, x2, [x0]", p, 1), FSC_TAG, p);
    }
    checks(0);
    passes("no effect", TRY("ldr x2, [x0]", p, 0));
    ISB();
    check_equal("TFSR_EL2, no effect", READ(S3_4_C5_C6_0), 0);
}

void bare_main(void)
{
    uint64_t mair = READ(mair_el2);

    if (current_el() != 2 || FIELD(READ(id_aa64pfr1_el1), 11, 8) < 2) {
        print("mte: no tag memory here\n");
        return;
    }
    for (unsigned i = 0; i < 64; i += 8)
        if (FIELD(mair, i + 7, i) == 0xff)
            mair ^= 0x0full << i; // 0xf0: Tagged
    WRITE(mair_el2, mair);
    WRITE(tcr_el2, READ(tcr_el2) | TCR_TBI);
    asm volatile("isb; tlbi alle2; dsb sy; isb" ::: "memory");
    checks(SYNC);
    tags();
    blocks();
    synchronous();
    stack_accesses();
    vectors();
    other_modes();
    print("mte: checked\n");
}
