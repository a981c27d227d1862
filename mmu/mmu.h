/* Translation, permission and memory access. Arm ARM D8; pseudocode aarch64/translation and shared/translation.
 * Fast path here; everything else behind it in mmu/. */
#ifndef SVEMU_MMU_MMU_H
#define SVEMU_MMU_MMU_H

#include "core/cpu.h"

struct state_pass; /* core/state.h */

/* What kind of access. Arm's AccessDescriptor as flags: combine freely. */
enum access {
    ACC_NORMAL = 0,
    ACC_WRITE = 1,      /* store (or the store half of an atomic) */
    ACC_FETCH = 2,      /* instruction fetch */
    ACC_UNPRIV = 4,     /* LDTR/STTR and friends: EL0 permissions, UAO applies */
    ACC_ATOMIC = 8,     /* single-copy atomic RMW: alignment rules of LSE2; read part faults as a write (WnR = 1) */
    ACC_EXCLUSIVE = 16, /* LDXR/STXR: always checks alignment */
    ACC_ORDERED = 32,   /* acquire/release: alignment rules of LSE2 with SCTLR.nAA */
    ACC_NONTEMPORAL = 64,
    ACC_CACHE_OP = 128,  /* DC/IC by VA: CM = 1, never alignment */
    ACC_AT = 256,        /* address translation instruction */
    ACC_STACK = 512,     /* base register is SP (only for the caller's own alignment check) */
    ACC_SVE = 1024,      /* element access of an SVE load/store: aligned to the element size is checked, no ISV */
    ACC_NOFAULT = 2048,  /* first-fault/non-fault: report failure, take no exception */
    ACC_ZERO = 4096,     /* DC ZVA and kin */
    ACC_UNTAGGED = 8192, /* AccessDescriptor.tagchecked is FALSE whatever the instruction: stores of data with tags */
};

/* Fault statuses with the values of the DFSC/IFSC field (level in the low bits where it has one). */
enum fault_status {
    FAULT_ADDRESS_SIZE = 0x00,
    FAULT_TRANSLATION = 0x04,
    FAULT_ACCESS_FLAG = 0x08,
    FAULT_PERMISSION = 0x0c,
    FAULT_EXTERNAL = 0x10,
    FAULT_TAG = 0x11,
    FAULT_EXTERNAL_WALK = 0x14,
    FAULT_ALIGNMENT = 0x21,
    FAULT_DEBUG = 0x22,
    FAULT_TLB_CONFLICT = 0x30,
    FAULT_UNSUPPORTED_HW_UPDATE = 0x31,
    FAULT_EXCLUSIVE = 0x35,
    FAULT_NONE = 0xff,
};

struct fault {
    uint8_t status;              /* enum fault_status | level; FAULT_NONE */
    bool secondstage, s2fs1walk; /* stage 2; on a stage 1 walk */
    bool write, cache_op, at;
    bool pan;            /* a permission fault of stage 1 for PSTATE.PAN alone */
    uint64_t vaddr, ipa; /* ipa with secondstage */
};

/* Result of a translation with everything that PAR_EL1 and the fast path need. */
struct translation {
    uint64_t pa;         /* of the address asked for */
    uint64_t block_size; /* bytes mapped by the combined entry */
    uint8_t attr;        /* MAIR-style combined memory attribute; Device types are 0x00,0x04,0x08,0x0c */
    uint8_t sh;          /* shareability */
    bool guarded;        /* GP */
    bool global;
    bool device;
    struct fault fault;
};

/* ---- Fast path ---- */
static ALWAYS_INLINE struct tlb_entry *tlb_slot(struct cpu *cpu, uint64_t va)
{
    return &cpu->tlb[va >> 12 & (TLB_ENTRIES - 1)];
}
/* Does an access of size bytes at va hit a tag? Page crossing changes the page number and so misses. */
static ALWAYS_INLINE bool tlb_hit(const struct cpu *cpu, uint64_t tag, uint64_t va, unsigned size)
{
    return likely((((va + size - 1) & ~UINT64_C(0xfff)) | cpu->tlb_ctx) == tag);
}
static ALWAYS_INLINE void *tlb_host(const struct tlb_entry *e, uint64_t va) { return (void *)(e->addend + va); }

/* ---- Watching (mmu/watch.c) ----
 * While accesses are watched cpu->tlb is an empty array, so that all of them come to the functions below, and the
 * first-level TLB is beside it. Hits, fills and replacement are those of a CPU that is not watched. */
void mem_watch(struct cpu *cpu, bool on);
/* The instruction is over: tell what it has accessed and has not been told yet. */
void mem_watch_end(struct cpu *cpu);
/* The first-level TLB itself, for those who do not stand on the fast path. */
static inline struct tlb_entry *tlb_first(struct cpu *cpu, uint64_t va)
{
    struct tlb_entry *tlb = unlikely(cpu->tlb_hidden) ? cpu->tlb_hidden : cpu->tlb;
    return &tlb[va >> 12 & (TLB_ENTRIES - 1)];
}

/* ---- Slow path and whole accesses (mmu/access.c) ----
 * All take the exception themselves (unless ACC_NOFAULT) and return false; the caller returns at once, having changed
 * nothing. size 1, 2, 4, 8 (little- or big-endian by SCTLR.EE/E0E; values are in registers' order). */
bool mem_read_slow(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, uint64_t *data) MUST_CHECK;
bool mem_write_slow(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, uint64_t data) MUST_CHECK;

static inline MUST_CHECK bool Mem_read(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, uint64_t *data)
{
    struct tlb_entry *e = tlb_slot(cpu, va);
    if (!(acc & ~(ACC_NONTEMPORAL | ACC_SVE)) && tlb_hit(cpu, e->read_tag, va, size)) {
        *data = 0;
        memcpy(data, tlb_host(e, va), size);
        return true;
    }
    return mem_read_slow(cpu, va, size, acc, data);
}
static inline MUST_CHECK bool Mem_write(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, uint64_t data)
{
    struct tlb_entry *e = tlb_slot(cpu, va);
    if (!(acc & ~(ACC_WRITE | ACC_NONTEMPORAL | ACC_SVE)) && tlb_hit(cpu, e->write_tag, va, size)) {
        memcpy(tlb_host(e, va), &data, size);
        return true;
    }
    return mem_write_slow(cpu, va, size, acc, data);
}

/* Any number of bytes (1 to 2048: pairs, quads, SVE whole vectors), in elements of esize bytes (endianness and device
 * access size). The access is aligned, where that matters (SCTLR_ELx.A, ACC_x rules, Device memory), if va is a
 * multiple of align, which for most accesses is esize. All of it is checked before anything is written or any device is
 * touched. */
bool Mem_read_block(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned align, unsigned acc,
                    void *data) MUST_CHECK;
bool Mem_write_block(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned align, unsigned acc,
                     const void *data) MUST_CHECK;
/* Would the access succeed? Takes the fault if not (unless ACC_NOFAULT). Touches no device. Alignment is checked with
 * ACC_SVE only: to size, that of an element. */
bool mem_probe(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc) MUST_CHECK;

/* Atomic read-modify-write of size 1..8 (aligned by the LSE2 rules) or a pair of 8: host pointer to RAM to operate on,
 * already checked for write and with code_written done; NULL: faulted (or device: the architecture's choice, see
 * access.c). CPUs run one at a time, so plain loads and stores on it are atomic. */
void *mem_atomic(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc) MUST_CHECK;

/* Load-exclusive and store-exclusive (B2.12). read: size 1..8 or pairs 2x4, 2x8 as bytes. write: *failed set to the
 * status; returns false only on a fault. Any store by any CPU to a reserved granule (64 bytes) clears other monitors.
 */
bool mem_read_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned acc,
                        void *data) MUST_CHECK;
bool mem_write_exclusive(struct cpu *cpu, uint64_t va, unsigned size, unsigned esize, unsigned acc, const void *data,
                         bool *failed) MUST_CHECK;

/* ---- Allocation Tags (mmu/tags.c, FEAT_MTE) ---- */
/* AArch64.AllocationTagAccessIsEnabled() at el: HCR_EL2.ATA, SCTLR_ELx.{ATA,ATA0}. */
bool AArch64_AllocationTagAccessIsEnabled(const struct cpu *cpu, unsigned el);
/* AArch64.MemTag[]: the tag of the 16 bytes that va is in, 0 where the access is not enabled or memory is not Tagged.
 * Faults as a read of them does. acc: ACC_UNPRIV or nothing. */
bool AArch64_MemTag_read(struct cpu *cpu, uint64_t va, unsigned acc, unsigned *tag) MUST_CHECK;
/* Set the tags of size bytes from va on (both multiples of 16, at most 2048 bytes; a va that is not gives an Alignment
 * fault) to tag. Faults as a write of them does; nothing is stored where access is not enabled or memory not Tagged. */
bool AArch64_MemTag_write(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, unsigned tag) MUST_CHECK;
/* AArch64.MemZero(): DC ZVA (data), DC GVA (tags), DC GZVA (both) on the block of size bytes that va is in. */
bool AArch64_MemZero(struct cpu *cpu, uint64_t va, unsigned size, bool data, bool tags) MUST_CHECK;
/* Take the Data Abort for an address that is not aligned as the instruction asks. acc: ACC_WRITE for a store. */
void AArch64_AlignmentFault(struct cpu *cpu, uint64_t va, unsigned acc);
/* AArch64.AllocationTagFromAddress(). */
static inline unsigned AArch64_AllocationTagFromAddress(uint64_t address) { return address >> 56 & 15; }

/* ---- Fetch ---- */
/* Translate the page of va for instruction fetch; on a fault takes the Instruction Abort (cpu->pc is the preferred
 * return) and returns false. *pa is the physical page (4 KiB aligned), *guarded its GP bit. A page that is not RAM is
 * an external abort. */
bool mem_fetch_page(struct cpu *cpu, uint64_t va, uint64_t *pa, bool *guarded) MUST_CHECK;

/* ---- Translation as such ---- */
/* Arm's AArch64.TranslateAddress for the current or another regime/EL (AT instructions, debugger, stage 2 of walks). el
 * is the EL whose permissions count; never takes an exception. Sets AF/dirty bits unless acc has ACC_AT without update.
 */
struct translation AArch64_TranslateAddress(struct cpu *cpu, uint64_t va, unsigned el, unsigned acc, unsigned size);
/* AArch64.Abort(): deliver a fault as Data or Instruction Abort to the right EL with ESR, FAR and HPFAR. */
void AArch64_Abort(struct cpu *cpu, uint64_t va, const struct fault *f, unsigned acc);
/* AT S1E0R ... S12E1W: name by the SYSINSN row; result to PAR_EL1. */
enum at_op {
    AT_S1E1R,
    AT_S1E1W,
    AT_S1E0R,
    AT_S1E0W,
    AT_S1E2R,
    AT_S1E2W,
    AT_S12E1R,
    AT_S12E1W,
    AT_S12E0R,
    AT_S12E0W,
    AT_S1E1RP,
    AT_S1E1WP,
    AT_S1E1A
};
void AArch64_AT(struct cpu *cpu, uint64_t va, enum at_op op);

/* For people: one entry of the second-level TLB. */
struct tlb_entry_view {
    uint64_t va, pa, size; /* bytes mapped */
    const char *regime;    /* "EL1&0", "EL2&0", "EL2" */
    uint16_t vmid, asid;   /* vmid counts in EL1&0, asid in EL1&0 and EL2&0 where the entry is not global */
    bool global, stage2;   /* stage2: it had a part in it */
    bool guarded, device;
    char privileged[4], unprivileged[4]; /* "rwx"; w is missing, too, while the dirty state would have to be set */
};
/* Call each() for every valid entry, in the order in which they are kept. */
void tlb_each(const struct cpu *cpu, void (*each)(void *arg, const struct tlb_entry_view *e), void *arg);
/* VTTBR_EL2.VMID, of 8 or (VTCR_EL2.VS) 16 bits. */
uint16_t mmu_vmid(const struct cpu *cpu);

/* ---- TLB maintenance ---- */
enum tlbi_scope { TLBI_ALL, TLBI_VMALL, TLBI_VMALLS12, TLBI_VA, TLBI_ASID, TLBI_VAA, TLBI_IPAS2 };
struct tlbi {
    uint8_t regime; /* EL of the regime: EL1 (EL1&0) or EL2; EL2 with E2H is EL2&0 */
    uint8_t scope;  /* enum tlbi_scope */
    bool last_level, all_vmids;
    uint16_t vmid, asid;
    uint64_t start, length; /* bytes; VA, or IPA for TLBI_IPAS2 */
};
/* Which translations a TLBI names. */
struct tlbi_match {
    unsigned regimes;                 /* bit per enum regime */
    bool any_vmid, any_asid, globals; /* globals: entries that are global match whatever their ASID */
    uint16_t vmid, asid;
    bool s2_only; /* only entries that stage 2 had a part in */
    bool range;
    uint64_t first, last; /* VA, inclusive */
};
struct tlbi_match tlbi_match(const struct cpu *cpu, const struct tlbi *t);
/* Does it name those of a context? The addresses are the caller's. */
bool tlbi_names(const struct tlbi_match *q, uint64_t context_key, bool global);
/* What divides translations in the context with this number (cpu->tlb_ctx): ASID in bits 15:0, VMID in 31:16, regime
 * and controls above, and CONTEXT_UNTRANSLATED where neither stage is on. Never 0. */
#define CONTEXT_UNTRANSLATED BIT(63)
uint64_t mmu_context_key(const struct cpu *cpu, uint64_t ctx);
/* Invalidate on this CPU only; broadcast is the caller's loop (sysregs/tlbi.c). */
void tlb_invalidate(struct cpu *cpu, const struct tlbi *t);
/* EL, PSTATE.PAN/UAO, HCR_EL2, TTBRx, TCRx, SCTLRx, VTTBR, VTCR, CONTEXTIDR or MAIR changed: recompute tlb_ctx. Cheap
 * (a hash look-up): world switches and syscalls call it. */
void mmu_context_changed(struct cpu *cpu);
/* RAM page at pa now has decoded ops (or is write-watched): remove its fast write entries in every CPU. */
void tlb_write_protect(struct machine *m, uint64_t pa);
void mmu_reset(struct cpu *cpu);
bool mmu_create(struct cpu *cpu); /* allocates tlb, fetch_tlb, mmu_state */
void mmu_free(struct cpu *cpu);
/* Both levels of the TLB but the fetch entries, and what load-exclusives remember, for snapshots. */
void mmu_visit(struct state_pass *s, struct cpu *cpu);
/* Drop all fast (not architectural) entries; for debug register changes. */
void tlb_flush_fast(struct cpu *cpu);

/* ---- The debugger's view (mmu/debug.c) ----
 * No exceptions, no permission checks, any address; looking changes nothing, not a TLB entry, not an access flag. What
 * the CPU's TLB holds is what it sees, and so does the debugger; the rest is walked. */
/* Which regime an address is meant in. */
enum debug_regime {
    DEBUG_CURRENT, /* of the current EL */
    DEBUG_EL10,    /* EL1&0, with stage 2 where HCR_EL2 has it on */
    DEBUG_EL20,
    DEBUG_EL2, /* EL2 without E2H */
    DEBUG_PHYSICAL,
};
/* The physical address of va, of RAM or not. false: none. */
bool mem_debug_address(struct cpu *cpu, enum debug_regime r, uint64_t va, uint64_t *pa) MUST_CHECK;
/* Copy len bytes of RAM. How many were there: the copy ends where no RAM is. Writes drop decoded code. */
uint64_t mem_debug_read_in(struct cpu *cpu, enum debug_regime r, uint64_t va, void *data, uint64_t len);
uint64_t mem_debug_write_in(struct cpu *cpu, enum debug_regime r, uint64_t va, const void *data, uint64_t len);
/* In the current regime. */
uint64_t mem_debug_read(struct cpu *cpu, uint64_t va, void *data, uint64_t len);
/* The physical address of va in the current regime. false: it has none in RAM. */
bool mem_debug_translate(struct cpu *cpu, uint64_t va, uint64_t *pa) MUST_CHECK;
/* The two stages apart, by walks that accesses at el would make with the registers that *cpu holds, whatever its TLB
 * has: stage 1, and stage 2 of the EL1&0 regime (the address itself while it is off). Looks at nothing of cpu but
 * registers, PSTATE and configuration, so that it may be a copy of one. false: nothing is mapped there. */
bool mem_debug_stage1(struct cpu *cpu, uint64_t va, unsigned el, uint64_t *ipa) MUST_CHECK;
bool mem_debug_stage2(struct cpu *cpu, uint64_t ipa, uint64_t *pa) MUST_CHECK;

/* Stage 1 permissions of a translation for both privilege levels, before PAN, and those of stage 2. W is absent while a
 * write would have to set the dirty state. */
enum {
    P_PR = 1, /* privileged read */
    P_PW = 2,
    P_PX = 4,
    P_UR = 8, /* unprivileged read */
    P_UW = 16,
    P_UX = 32,
    S1_ALL = 63,
    S2_R = 1,
    S2_W = 2,
    S2_PX = 4,
    S2_UX = 8,
    S2_ALL = 15,
};
enum { MAX_WALK_STEPS = 32 };
/* A walk, descriptor by descriptor in the order of reading: those of stage 2 that a stage 1 descriptor's address needs
 * stand before that descriptor. */
struct walk_description {
    struct walk_step {
        uint8_t stage, level;
        uint8_t log2;        /* of the bytes that a descriptor of this level maps or has a table for */
        bool for_descriptor; /* stage 2, for the address of a stage 1 descriptor */
        uint64_t input;      /* VA; IPA for stage 2 */
        uint64_t address;    /* of the descriptor; an IPA for stage 1 under stage 2 */
        uint64_t pa;         /* of the descriptor */
        uint64_t descriptor;
    } step[MAX_WALK_STEPS];
    unsigned steps;
    bool stage1, stage2;        /* which are on */
    struct translation result;  /* .fault.status is FAULT_NONE if there is one */
    uint64_t ipa;               /* output of stage 1, if it had one */
    uint8_t s1_perms, s2_perms; /* P_x, S2_x */
};
/* Walk va, or in stage 2 alone an IPA with the VTTBR_EL2 and VTCR_EL2 of now, whether HCR_EL2 has it on or not. Returns
 * whether there is a translation. r: not DEBUG_PHYSICAL. */
bool mem_debug_describe(struct cpu *cpu, enum debug_regime r, uint64_t va, struct walk_description *d);
bool mem_debug_describe_stage2(struct cpu *cpu, uint64_t ipa, struct walk_description *d);
/* The walk that an access at va would make in the current context if the TLB did not help it; of d only step, steps
 * and, if there is one, result are set. */
bool mem_debug_walk(struct cpu *cpu, uint64_t va, bool fetch, struct walk_description *d);

/* Set from above (sysregs/debug.c): does the access hit a watchpoint? Called with wp_active set, after all translation
 * has succeeded. Takes the Watchpoint exception and returns true, but with ACC_NOFAULT in acc only returns true. */
extern bool (*mmu_watchpoint)(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc);
/* Set from above (isa/): is the load or store being executed Tag Unchecked whatever its address: literal, or with SP as
 * its base and an immediate offset or none? NULL: it is not. */
extern bool (*mmu_tag_unchecked)(const struct cpu *cpu);

#endif
