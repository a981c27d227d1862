// The addresses of a case without an operating system, for the payload and for the host that makes the cases.
#ifndef CASE_PAYLOAD_H
#define CASE_PAYLOAD_H

// One letter a page from ARENA_VA on: w writable, u writable and for EL0 too, r read-only, a without access flag, x the
// slot's, - not mapped. What is written is compared.
#define ARENA        "--ww-rw-uw-a--x--wr-"
#define ARENA_VA     0x20000000ull
#define SLOT_OFFSET  0x7f8
#define SLOT_VA      (ARENA_VA + 14 * 4096 + SLOT_OFFSET) // of the two words before the instruction's and it
#define WORD_VA      (SLOT_VA + 4)
#define MEMORY_SEED  0x73766d656d6f7279ull
#define ALIAS_OFFSET 0x5540000000ull // of case.S and its frame at EL1: random addresses do not hit it

#endif
