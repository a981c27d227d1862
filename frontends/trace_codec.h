/* The binary trace file, FILE.svt: what its writer (trace_write.c) and its reader (trace_read.c) have in common.
 *
 * A header of 32 bytes, then one zstd frame of records. A record is a byte, kind in bits 3:0 and flags in bits 7:4, and
 * what the flags say. Numbers are LEB128, differences zigzag. Both sides keep the same memory of what went before, per
 * CPU and per code address, so that an instruction that follows the one before it and has been seen costs one byte. */
#ifndef SVEMU_FRONTENDS_TRACE_CODEC_H
#define SVEMU_FRONTENDS_TRACE_CODEC_H

#include "frontends/trace_event.h"

#define TRACE_MAGIC "svemutrc" /* 8 bytes; then version and CPUs (2 bytes each), the version of svemu (20) */
enum { TRACE_VERSION = 2, TRACE_HEADER = 32, TRACE_VERSION_AT = 8, TRACE_CPUS_AT = 10, TRACE_WRITER_AT = 12 };

/* Records beyond enum trace_kind. */
enum { REC_SPACE = 13, REC_SYMBOL = 14, REC_CPU = 15 };
_Static_assert((int)TRACE_EV_END < (int)REC_SPACE, "kinds and records share four bits");

enum {
    /* Every kind but TRACE_EV_INSN: its place (space, time, count, cycles, PC, symbol) is that of the CPU's last event.
     */
    FLAG_SAME_PLACE = 0x80,
    INSN_NEXT_PC = 0x10,    /* PC is that of the last event and 4 */
    INSN_KNOWN = 0x20,      /* word, symbol and whether it is UNDEFINED are those of the last time at this PC */
    INSN_NEXT_COUNT = 0x40, /* one instruction later, in the time and cycles that the last one took; the same space */
    INSN_EXTRA = 0x80,      /* not executed, or a VL that is not expected: two numbers */
    REG_DELTA = 0x00,       /* 8 bytes, a difference from the last value */
    REG_LOADED = 0x10,      /* 8 bytes, what the last access read */
    REG_RAW = 0x20,
    MEM_WRITE = 0x10,
    MEM_DEVICE = 0x20,
    MEM_TRANSLATED = 0x40,
};

/* Limits of what a reader accepts. */
enum { CODEC_TEXT = 65536, CODEC_DATA = 2048, CODEC_NAME = 4096, CODEC_RECORD = CODEC_TEXT + 1024 };

/* Registers of 8 bytes that are written as differences: X0-X30 by number, then these. */
enum { DELTA_SP = 32, DELTA_PSTATE, DELTA_FPCR, DELTA_FPSR, DELTA_REGS };

enum { CODE_SLOTS = 1 << 16, PAGE_SLOTS = 1 << 12 };
struct code_slot {
    uint64_t pc, start; /* start: of the symbol */
    uint32_t word, space;
    uint32_t symbol; /* its number and 1; 0: none */
    uint16_t row;
    bool valid, undefined;
    const char *name, *image; /* of the symbol: the writer knows it again by them */
};
struct page_slot {
    uint64_t va, pa; /* page numbers */
    bool valid;
};
struct codec_cpu {
    uint64_t time, step, count, pc, cycles, cycle_step;
    uint32_t space, symbol;
    uint16_t vl;
    uint64_t va, loaded, reg[DELTA_REGS];
};
struct codec {
    unsigned cpus, cpu; /* the CPU that records are of, cpus: none */
    struct codec_cpu *of;
    struct code_slot *code;
    struct page_slot *page;
};

static inline struct code_slot *codec_code(struct codec *c, uint64_t pc, uint32_t space)
{
    return &c->code[(pc >> 2 ^ space * 0x9e5u) & (CODE_SLOTS - 1)];
}
static inline struct page_slot *codec_page(struct codec *c, uint64_t va)
{
    return &c->page[va >> 12 & (PAGE_SLOTS - 1)];
}
/* false: no memory. */
bool codec_init(struct codec *c, unsigned cpus) MUST_CHECK;
void codec_free(struct codec *c);
/* Which register a difference is of: of REG_DELTA. DELTA_REGS: it has none. */
unsigned codec_delta_of(unsigned reg, unsigned n);
/* The category that events of a kind have, TRACE_COUNT: it is written. */
unsigned codec_category(unsigned kind);
static inline uint64_t codec_zigzag(uint64_t difference)
{
    return difference << 1 ^ (uint64_t)((int64_t)difference >> 63);
}
static inline uint64_t codec_zagzig(uint64_t n) { return n >> 1 ^ (0 - (n & 1)); }

#endif
