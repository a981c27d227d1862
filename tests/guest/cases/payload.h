// The addresses of a case without an operating system, for the payload and for the host that makes the cases.
#ifndef CASE_PAYLOAD_H
#define CASE_PAYLOAD_H

// One letter a page from ARENA_VA on: w writable, u writable and for EL0 too, r read-only, a without access flag, x the
// slot's, - not mapped. What is written is compared.
#define ARENA        "--ww-rw-uw-a--x--wr-"
#define ARENA_VA     0x20000000ull
#define SLOT_OFFSET  0x7f8
#define SLOT_VA      (ARENA_VA + 14 * 4096 + SLOT_OFFSET) // of the copy of case_slot_begin
#define WORD_VA      (SLOT_VA + 8)
#define MEMORY_SEED  0x73766d656d6f7279ull
#define ALIAS_OFFSET 0x5540000000ull // of case.S and its frame at EL1: random addresses do not hit it

// Allocation tags of the arena: of the page, and of every eighth granule the next one. The page 'u' has none.
#define ARENA_TAG(va) ((((va) >> 12 & 15) + ((va) >> 4 & 7) / 7) & 15)

// Pointer authentication: keys IA, IB, DA, DB, GA, the lower half first; addresses have 39 bits.
#define PAUTH_KEYS                                                                                             \
    {                                                                                                          \
        0x0123456789abcdef, 0x84be85ce9804e94b, 0xec2802d4e0a488e9, 0xfb623599da6e8127, 0x477d469dec0b8762,    \
            0x5c8f41b0a6f7e1d3, 0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9, 0x94d049bb133111eb, 0x2545f4914f6cdd1d \
    }
#define ADDRESS_BITS 39

#endif
