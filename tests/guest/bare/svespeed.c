// Loops of one SVE instruction each, for tests/e2e/bench.py, which times them from outside: a line `loop NAME BITS
// COUNT` before COUNT executions of NAME at a vector length of BITS, and a line `end` after them. After each line the
// program sleeps until a byte comes, so that whoever reads the lines can look at the clock at leisure. Sixteen copies a
// turn, so that the branch hardly counts, on different registers where the instruction leaves them free.
#include "bare.h"

const char bare_name[] = "svespeed";

typedef void loop_fn(uint64_t turns, void *memory);
struct loop {
    const char *name;
    loop_fn *run;
    unsigned slow; // turns are divided by 2 to this
};

enum { COPIES = 16, TURNS = 96000 };

// What the registers hold: integers small and large; numbers whose sums and products are inexact but stay finite.
// P0 is all true, P1 every second element, P2 nothing. x1 is the memory, x2 is 0, x3 a number of elements.
#define PREDICATES(T)                     \
    "ptrue p0." T "\n"                    \
    "pfalse p2.b\n"                       \
    "zip1 p1." T ", p0." T ", p2." T "\n" \
    "mov x2, #0\n"                        \
    "mov x3, #1000\n"                     \
    "setffr\n"
#define EACH(TEXT) ".irp r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15\n" TEXT "\n.endr\n"
#define INTEGERS(T)                            \
    PREDICATES(T)                              \
    EACH("index z\\r\\()." T ", #\\r - 8, #3") \
    "index z16." T ", #5, #-1\n"               \
    "index z17." T ", #0, #1\n"                \
    "mov x4, #516\n"                           \
    "index z18.s, w2, w4\n"                    \
    "mov x4, #520\n"                           \
    "index z19.d, x2, x4\n"
#define NUMBERS(T)                                 \
    PREDICATES(T)                                  \
    EACH("fdup z\\r\\()." T ", #1.0")              \
    "fdup z16." T ", #0.1328125\n"                 \
    "fdup z17." T ", #3.0\n"                       \
    "fdup z18." T ", #1.0\n"                       \
    "movprfx z19, z18\n"                           \
    "fdiv z19." T ", p0/m, z19." T ", z17." T "\n" \
    "fmul z18." T ", z19." T ", z16." T "\n"

#define B  INTEGERS("b")
#define H  INTEGERS("h")
#define S  INTEGERS("s")
#define D  INTEGERS("d")
#define FH NUMBERS("h")
#define FS NUMBERS("s")
#define FD NUMBERS("d")

// Name, what it needs, the instruction with \r for a register's number, and how slow it is.
#define LOOPS(L)                                                    \
    L(nothing, S, "nop", 9) /* what the timing itself takes */      \
    L(fmla_s, FS, "fmla z\\r\\().s, p0/m, z18.s, z19.s", 1)         \
    L(fmla_d, FD, "fmla z\\r\\().d, p0/m, z18.d, z19.d", 1)         \
    L(fmla_h, FH, "fmla z\\r\\().h, p0/m, z18.h, z19.h", 3)         \
    L(fmla_s_half, FS, "fmla z\\r\\().s, p1/m, z18.s, z19.s", 1)    \
    L(fmla_d_half, FD, "fmla z\\r\\().d, p1/m, z18.d, z19.d", 1)    \
    L(add_b, B, "add z\\r\\().b, p0/m, z\\r\\().b, z16.b", 0)       \
    L(add_s, S, "add z\\r\\().s, p0/m, z\\r\\().s, z16.s", 0)       \
    L(add_d, D, "add z\\r\\().d, p0/m, z\\r\\().d, z16.d", 0)       \
    L(add_s_half, S, "add z\\r\\().s, p1/m, z\\r\\().s, z16.s", 0)  \
    L(ld1b, B, "ld1b {z\\r\\().b}, p0/z, [x1, x2]", 0)              \
    L(ld1w, S, "ld1w {z\\r\\().s}, p0/z, [x1, x2, lsl #2]", 0)      \
    L(ld1d, D, "ld1d {z\\r\\().d}, p0/z, [x1, x2, lsl #3]", 0)      \
    L(ld1w_half, S, "ld1w {z\\r\\().s}, p1/z, [x1, x2, lsl #2]", 0) \
    L(ld1b_s, S, "ld1b {z\\r\\().s}, p0/z, [x1, x2]", 0)            \
    L(st1b, B, "st1b {z\\r\\().b}, p0, [x1, x2]", 0)                \
    L(st1w, S, "st1w {z\\r\\().s}, p0, [x1, x2, lsl #2]", 0)        \
    L(st1d, D, "st1d {z\\r\\().d}, p0, [x1, x2, lsl #3]", 0)        \
    L(st1w_half, S, "st1w {z\\r\\().s}, p1, [x1, x2, lsl #2]", 0)   \
    L(sel_b, B, "sel z\\r\\().b, p1, z16.b, z17.b", 0)              \
    L(sel_s, S, "sel z\\r\\().s, p1, z16.s, z17.s", 0)              \
    L(gather_s, S, "ld1w {z\\r\\().s}, p0/z, [x1, z18.s, sxtw]", 2) \
    L(gather_d, D, "ld1d {z\\r\\().d}, p0/z, [x1, z19.d]", 2)       \
    L(scatter_s, S, "st1w {z\\r\\().s}, p0, [x1, z18.s, sxtw]", 2)  \
    L(tbl_b, B, "tbl z\\r\\().b, {z16.b}, z17.b", 1)                \
    L(tbl_s, S, "tbl z\\r\\().s, {z16.s}, z17.s", 0)                \
    /* Not predicated: QEMU's translator knows these by itself. */  \
    L(add_b_all, B, "add z\\r\\().b, z\\r\\().b, z16.b", 0)         \
    L(add_s_all, S, "add z\\r\\().s, z\\r\\().s, z16.s", 0)         \
    L(mul_s, S, "mul z\\r\\().s, p0/m, z\\r\\().s, z16.s", 0)       \
    L(mla_s, S, "mla z\\r\\().s, p0/m, z16.s, z17.s", 0)            \
    L(lsl_s, S, "lsl z\\r\\().s, p0/m, z\\r\\().s, #3", 0)          \
    L(smax_h, H, "smax z\\r\\().h, p0/m, z\\r\\().h, z16.h", 0)     \
    L(sdot_s, S, "sdot z\\r\\().s, z16.b, z17.b", 0)                \
    L(uaddv_s, S, "uaddv d\\r, p0, z16.s", 0)                       \
    L(cmpgt_s, S, "cmpgt p4.s, p0/z, z\\r\\().s, z16.s", 0)         \
    L(cmpeq_b, B, "cmpeq p4.b, p0/z, z\\r\\().b, z16.b", 0)         \
    L(whilelo_s, S, "whilelo p4.s, x2, x3", 0)                      \
    L(ptrue_s, S, "ptrue p4.s", 0)                                  \
    L(index_s, S, "index z\\r\\().s, #0, #1", 0)                    \
    L(fadd_s, FS, "fadd z\\r\\().s, p0/m, z\\r\\().s, z18.s", 1)    \
    L(fadd_d, FD, "fadd z\\r\\().d, p0/m, z\\r\\().d, z18.d", 1)    \
    L(fmul_s, FS, "fmul z\\r\\().s, z18.s, z19.s", 1)               \
    L(fmul_h, FH, "fmul z\\r\\().h, z18.h, z19.h", 3)               \
    L(fmax_s, FS, "fmax z\\r\\().s, p0/m, z\\r\\().s, z18.s", 1)    \
    L(fcmgt_s, FS, "fcmgt p4.s, p0/z, z\\r\\().s, z18.s", 1)        \
    L(fdivr_s, FS, "fdivr z\\r\\().s, p0/m, z\\r\\().s, z19.s", 2)  \
    L(faddv_s, FS, "faddv s\\r, p0, z18.s", 1)                      \
    L(fadda_s, FS, "fadda s4, p0, s4, z18.s", 1)                    \
    L(fcvt_ds, FS, "fcvt z\\r\\().d, p0/m, z18.s", 1)               \
    L(scvtf_s, S, "scvtf z\\r\\().s, p0/m, z17.s", 1)               \
    L(fcvtzs_s, FS, "fcvtzs z\\r\\().s, p0/m, z18.s", 1)            \
    L(ld2w, S, "ld2w {z20.s, z21.s}, p0/z, [x1]", 1)                \
    L(st2w, S, "st2w {z20.s, z21.s}, p0, [x1]", 1)                  \
    L(ldff1w, S, "ldff1w {z\\r\\().s}, p0/z, [x1, x2, lsl #2]", 1)  \
    L(zip1_s, S, "zip1 z\\r\\().s, z16.s, z17.s", 0)                \
    L(uzp1_s, S, "uzp1 z\\r\\().s, z16.s, z17.s", 0)                \
    L(compact_s, S, "compact z\\r\\().s, p1, z16.s", 1)             \
    L(cpy_s, S, "cpy z\\r\\().s, p1/m, w3", 0)

#define L(NAME, SETUP, TEXT, SLOW)                                        \
    loop_fn loop_##NAME;                                                  \
    asm(".pushsection .text\n.arch armv8-a+sve2\nloop_" #NAME ":\n" SETUP \
        "1:\n" EACH(TEXT) "subs x0, x0, #1\nb.ne 1b\nret\n.arch armv8-a\n.popsection");
LOOPS(L)
#undef L

static const struct loop loops[] = {
#define L(NAME, SETUP, TEXT, SLOW) { #NAME, loop_##NAME, SLOW },
    LOOPS(L)
#undef L
};

static uint8_t memory[65536] __attribute__((aligned(4096)));

#define UART_INTID 33
#define UART_FR    (UART_BASE + 0x18)
#define FR_RXFE    BIT(4)

static void wait_for_byte(void)
{
    while (read32(UART_FR) & FR_RXFE)
        WFI(); // wakes for the pending interrupt, masked as it is
    read32(UART_BASE);
}

static void time_loop(const struct loop *loop, uint64_t bits)
{
    uint64_t turns = TURNS >> loop->slow;

    if (bits >= 512)
        turns >>= bits >= 2048 ? 2 : 1;
    loop->run(turns / 16 + 1, memory); // what comes first costs more: translation, decoding, page tables
    print("loop ");
    print(loop->name);
    print(" ");
    print_number(bits);
    print(" ");
    print_number(turns * COPIES);
    print("\n");
    wait_for_byte();
    loop->run(turns, memory);
    print("end\n");
    wait_for_byte();
}

void bare_main(void)
{
    static const uint64_t lengths[] = { 128, 256, 512, 2048 };

    mmu_enable();
    gic_init();
    gic_enable(UART_INTID, 0x80);
    write32(UART_BASE + 0x30, 0x301);  // UART, transmitter and receiver on
    write32(UART_BASE + 0x38, BIT(4)); // receive interrupt
    WRITE(cptr_el2, 0x32ff & ~BIT(8));
    ISB();
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        uint64_t bytes;

        WRITE(s3_4_c1_c2_0, lengths[i] / 128 - 1);
        ISB();
        asm volatile(".arch_extension sve\n rdvl %0, #1" : "=r"(bytes));
        if (bytes * 8 != lengths[i])
            continue; // a machine without it
        for (unsigned l = 0; l < sizeof(loops) / sizeof(loops[0]); l++)
            time_loop(&loops[l], lengths[i]);
    }
}
