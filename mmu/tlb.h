/* Inside the software TLBs: for mmu/tlb.c, which says how they work, and mmu/tlb_visit.c. */
#ifndef SVEMU_MMU_TLB_H
#define SVEMU_MMU_TLB_H

#include "mmu/internal.h"

enum {
    WAYS = 4,
    PAGE_SETS = 1024,
    BLOCK_SETS = 128,
    CHUNK = 21,          /* log2 of what the entries of the block class map */
    CONTEXTS = 4095,     /* 4095 itself is never used: with the last page it would look like TLB_NO_TAG */
    CONTEXT_HASH = 8192, /* at most half full */
    GIGA = 30,           /* log2 of regions for still larger blocks */
    REGIONS = 1024,
    MAX_PAGEWISE_TLBI = 32, /* larger ranges scan everything instead */
};

/* Slots of a set of regions. */
#define REGION_NONE UINT64_MAX
#define REGION_ANY  (UINT64_MAX - 1)

/* A context packed into 50 bits: the first eight also make bits 11:0 of an entry's key, whose rest is the VA. */
enum {
    KEY_VALID = 1,
    KEY_REGIME = 1, /* two bits */
    KEY_S1 = 3,
    KEY_S2 = 4,
    KEY_DC = 5,
    KEY_WXN = 6,
    KEY_DCT = 7,
    KEY_ENTRY_BITS = 8,
    KEY_EL0 = 8,
    KEY_PAN = 9,
    KEY_EPAN = 10,
    KEY_NOFAST = 11,
    KEY_ID = 12, /* ASID, then VMID */
    KEY_TBI = 44,
    KEY_TAG_CHECKS = 46,
    KEY_TCMA = 48,
};

/* One class of second-level entries, indexed set * WAYS + way. id: ASID, VMID << 16. */
struct tlb2 {
    unsigned sets, log2;
    uint64_t *key;
    uint32_t *id;
    struct mapping *map;
    uint8_t *victim;
};

struct context_slot {
    uint64_t key; /* 0: free */
    uint64_t number;
};

struct mmu_state {
    uint64_t ctx_key;    /* of the current EL, whose number is cpu->tlb_ctx */
    uint64_t unpriv_for; /* the ctx_key for which unpriv_number is that of LDTR and STTR; 0: none */
    uint64_t unpriv_number;
    bool unpriv_nofast;
    struct context_slot contexts[CONTEXT_HASH];
    struct context context[CONTEXTS]; /* by number */
    unsigned context_count;           /* numbers in use: 1 to context_count */
    unsigned context_generation;      /* how often they were used up */
    uint64_t asids[65536 / 64];       /* those of the contexts */
    struct tlb2 pages, blocks;
    uint64_t large_2m[REGIONS],
        large_1g[REGIONS]; /* regions with entries of stage 1 mappings above 4 KiB, above 2 MiB */
    struct mapping scratch;
    uint8_t exclusive[16]; /* what the last load-exclusive read */
};

/* Give the next number to a context that has none. */
void tlb_add_context(struct mmu_state *s, uint64_t key);

#endif
