/* What the files of mmu/ share. Arm ARM D8. */
#ifndef SVEMU_MMU_INTERNAL_H
#define SVEMU_MMU_INTERNAL_H

#include "mmu/mmu.h"

/* Register fields that the MMU reads (Arm ARM D19). */
enum {
    SCTLR_M = 0,
    SCTLR_A = 1,
    SCTLR_C = 2,
    SCTLR_nAA = 6,
    SCTLR_I = 12,
    SCTLR_WXN = 19,
    SCTLR_E0E = 24,
    SCTLR_EE = 25,
    SCTLR_TCF0 = 38,
    SCTLR_TCF = 40,
    SCTLR_ATA0 = 42,
    SCTLR_ATA = 43,
    SCTLR_EPAN = 57,
    HCR_BIT_CD = 32,
    HCR_BIT_ID = 33,
    HCR_BIT_TEA = 37,
    HCR_BIT_ATA = 56,
    HCR_BIT_DCT = 57,
};

static inline bool bit(uint64_t v, unsigned n) { return v >> n & 1; }
/* Bit from of v, as bit to. */
static inline uint64_t bit_to(uint64_t v, unsigned from, unsigned to) { return (v >> from & 1) << to; }

/* Flags of our own beside enum access. */
enum {
    ACC_DEBUG = 1 << 16,   /* debugger: no permission checks, no descriptor updates, no exception */
    ACC_AT_ANY = 1 << 17,  /* AT S1E1A: no permission or access flag check */
    ACC_S1_ONLY = 1 << 18, /* AT S1E*: the output of stage 1 */
};

/* Translation regimes without EL3 and Secure state (TranslationRegime()). */
enum regime { REGIME_EL10, REGIME_EL20, REGIME_EL2 };
static inline bool HasUnprivileged(enum regime r) { return r != REGIME_EL2; }

/* Memory attributes in MAIR encoding (Device: 0x00 nGnRnE, 0x04 nGnRE, 0x08 nGRE, 0x0c GRE) and shareability as in
 * descriptors: 0 non-shareable, 2 outer, 3 inner. tagged: MemTag_AllocationTagged, which only write-back memory is;
 * what it means depends on FEAT_MTE2. */
struct memattrs {
    uint8_t attr, sh;
    bool tagged;
};
static inline bool is_device(struct memattrs m) { return m.attr < 0x10; }

/* The part of Arm's TLBContext that decides which translations apply. */
struct context {
    enum regime regime;
    bool el0;        /* permissions of EL0 */
    bool s1, s2, dc; /* stage 1, stage 2 enabled; HCR_EL2.DC */
    bool dct;        /* HCR_EL2.DCT: with DC, memory is Tagged */
    bool wxn, epan;
    bool pan;                    /* PSTATE.PAN restricts data accesses */
    bool nofast;                 /* big-endian data, or SCTLR_ELx.A: no data access may use the fast path */
    bool tbi[2];                 /* the tag of data addresses is ignored: lower, upper range */
    bool tag_checks[2], tcma[2]; /* accesses to Tagged memory are Tag Checked; but for the canonical tag */
    uint16_t asid, vmid;
    uint32_t id;    /* both, as second-level entries hold them */
    uint64_t flags; /* the rest, as the keys of second-level entries hold it */
};

/* One translated range: the largest power-of-two range around an address that one entry of each stage maps. */
struct mapping {
    uint64_t va, pa;       /* of its start; va sign-extended from bit 55 where the tag is ignored */
    uint8_t log2, s1_log2; /* bytes mapped, and mapped by the stage 1 entry: log2 */
    uint8_t s1, s2;        /* permissions; W is absent while a write would have to set the dirty state */
    struct memattrs attrs; /* combined */
    bool device, guarded, global;
};

/* A translation under way. */
struct walk {
    struct cpu *cpu;
    uint64_t va;
    unsigned acc;
    struct context ctx;
    bool pan; /* PSTATE.PAN counts for this access */
    bool aligned;
    struct fault fault;
    struct mapping map;
    struct walk_description *described; /* the debugger wants to see its steps; NULL: nobody does */
};

/* What a stage 2 translation is done for (Arm's AccessDescriptor, as far as stage 2 looks). */
struct s2_access {
    bool read, write, fetch, ttw, cache_op, el0, aligned;
    bool hw_update; /* write of a stage 1 descriptor by the walker */
    struct memattrs s1attrs;
};
/* A stage 2 translation's result. */
struct s2_result {
    uint64_t pa;           /* of the address asked for */
    uint8_t log2;          /* bytes its entry maps, log2 */
    uint8_t perms;         /* S2_x */
    struct memattrs attrs; /* combined with stage 1's */
};

/* One page's part of an access: host RAM, or NULL and a device address. */
struct piece {
    uint8_t *host;
    uint64_t pa;
    unsigned size;
    bool tagged;  /* Tagged memory */
    bool checked; /* Tagged memory, and accesses through this address are Tag Checked */
};

/* ---- walk.c ---- */
/* Effective HCR_EL2: VM and DC are 0 for hosts with {E2H, TGE} = {1, 1}. */
uint64_t effective_hcr(const struct cpu *cpu);
unsigned AArch64_PAMax(const struct cpu *cpu);
enum regime TranslationRegime(const struct cpu *cpu, unsigned el);
/* AArch64.FullTranslate(): fills w->map, or w->fault and returns false. */
bool AArch64_FullTranslate(struct walk *w);
/* AArch64.S2Translate(): false with w->fault set. */
bool AArch64_S2Translate(struct walk *w, uint64_t ipa, const struct s2_access *a, struct s2_result *r);
/* Is the tag of va (bits 63:56) ignored by accesses of this kind? EffectiveTBI(). */
bool EffectiveTBI(const struct cpu *cpu, enum regime regime, uint64_t va, bool fetch);
/* va without an ignored tag, as the TLB names pages. */
static inline uint64_t strip_tag(const struct cpu *cpu, const struct context *c, uint64_t va, bool fetch)
{
    bool tbi = unlikely(fetch) ? EffectiveTBI(cpu, c->regime, va, true) : c->tbi[bit(va, 55)];
    return tbi ? (uint64_t)((int64_t)(va << 8) >> 8) : va;
}

/* ---- permission.c ---- */
/* AArch64.S1DirectBasePermissions() for both ELs: ap is AP[2:1] with the dirty state applied, table bits are those
 * gathered on the way. PAN is left to s1_allows. */
uint8_t s1_permissions(enum regime regime, unsigned ap, bool uxn, bool pxn, unsigned ap_table, bool uxn_table,
                       bool pxn_table, bool wxn);
uint8_t s2_permissions(unsigned s2ap, unsigned xn, bool have_xnx);
/* AArch64.S1CheckPermissions(), AArch64.S2CheckPermissions(): is the access permitted? *write tells which half of a
 * read-modify-write was not. */
bool s1_allows(uint8_t perms, bool el0, bool pan, bool epan, unsigned acc, bool *write);
bool s2_allows(uint8_t perms, const struct s2_access *a, bool *write);
struct memattrs S1DecodeMemAttrs(unsigned attr, unsigned sh);
/* Stage 2 attributes (descriptor bits [5:2] and SH) combined with stage 1's: S2CombineS1MemAttrs() or, with FWB,
 * AArch64.S2ApplyFWBMemAttrs(). device_s2: stage 2's own type is Device. */
struct memattrs s2_combine(struct memattrs s1, unsigned s2_attr, unsigned sh, bool fwb, bool *device_s2);
struct memattrs EffectiveShareability(struct memattrs m);

/* ---- tags.c ---- */
/* A fault found by an access itself, not by a translation. */
static inline struct fault simple_fault(uint64_t va, unsigned status, unsigned acc)
{
    return (struct fault){ .status = (uint8_t)status,
                           .vaddr = va,
                           .write = acc & ACC_WRITE && !(acc & ACC_ATOMIC),
                           .cache_op = acc & ACC_CACHE_OP };
}
/* AArch64.AccessIsTagChecked() by address and context; what the instruction says is left to tags_match(). */
static inline bool tag_checked(const struct context *c, uint64_t va)
{
    unsigned upper = bit(va, 55);
    return unlikely(c->tag_checks[upper]) && !(c->tcma[upper] && Bits(va, 59, 55) == (upper ? 31 : 0));
}
/* AArch64.EffectiveTCF(): 0 no effect, 1 synchronous, 2 asynchronous, 3 writes asynchronous. */
unsigned AArch64_EffectiveTCF(const struct cpu *cpu, unsigned el);
/* The Tag Check of an access of which some piece is checked. Mismatches are taken or accumulated as SCTLR_ELx says;
 * false: the access must not be performed. */
bool tags_match(struct cpu *cpu, uint64_t va, unsigned acc, const struct piece p[2]) MUST_CHECK;

/* ---- access.c ---- */
/* Translate the size bytes at va (at most 2048) into one piece per page, with watchpoints and Tag Checks; takes faults.
 */
bool mmu_resolve(struct cpu *cpu, uint64_t va, unsigned size, unsigned acc, bool aligned, struct piece p[2]) MUST_CHECK;

/* What a walk that has succeeded has found; the fault is left alone. */
void translation_of(const struct walk *w, struct translation *t);

/* ---- tlb.c ---- */
/* The context of accesses at this EL now; of an AT instruction, where PAN counts only if it says so. */
struct context context_for(const struct cpu *cpu, unsigned el);
struct context context_for_at(const struct cpu *cpu, unsigned el, enum regime regime, bool pan);
/* The EL whose permissions an access has: EL0 for LDTR and STTR unless PSTATE.UAO or no EL0 in this regime. */
unsigned access_el(const struct cpu *cpu, unsigned acc);
/* The context of accesses at el, which is the current EL or that of LDTR and STTR. */
const struct context *mmu_context(struct cpu *cpu, unsigned el);
/* Translate for an access at el with the second-level TLB before the walk. The mapping stays valid until the next
 * translation. NULL: *fault says why. */
const struct mapping *mmu_translate(struct cpu *cpu, uint64_t va, unsigned el, unsigned acc, bool aligned,
                                    struct fault *fault);
/* The mapping of va in a context, from the second-level TLB or by a walk; nothing changes. false: *fault says why. */
bool mmu_peek(struct cpu *cpu, const struct context *c, uint64_t va, struct mapping *m, struct fault *fault) MUST_CHECK;
/* Give va's page a fast entry if it may have one. */
void tlb_fill_fast(struct cpu *cpu, uint64_t va, unsigned el, const struct mapping *m);
/* The context number of unprivileged accesses, or UINT64_MAX if they have no fast entries. */
uint64_t tlb_unpriv_ctx(struct cpu *cpu);

/* What the last load-exclusive read, and whether memory still holds it. */
void mmu_remember_exclusive(struct cpu *cpu, const void *data, unsigned size);
bool mmu_exclusive_unchanged(const struct cpu *cpu, const void *host, unsigned size);

/* ---- watch.c: accesses to be told, while cpu->tlb_hidden is set. data in memory order ---- */
void watch_pieces(struct cpu *cpu, uint64_t va, const struct piece p[2], unsigned acc, const void *data);
/* The same for an access within one page of RAM. */
void watch_host(struct cpu *cpu, uint64_t va, const uint8_t *host, unsigned size, unsigned acc, const void *data);
/* A read of what is at host now and a write of what will be there when the instruction is over. */
void watch_atomic(struct cpu *cpu, uint64_t va, const uint8_t *host, unsigned size, unsigned acc);
/* Tags of the size bytes in p. */
void watch_tags(struct cpu *cpu, uint64_t va, const struct piece p[2], unsigned acc, unsigned tag);

/* ---- debug.c ---- */
/* A descriptor that the walk has read. stage: 1, 2, 3 for stage 2 of a descriptor's address; log2: bytes it stands for;
 * input: VA or IPA; address: where, an IPA for stage 1 under stage 2; pa: where in the end. */
void describe_step(struct walk *w, unsigned stage, unsigned level, unsigned log2, uint64_t input, uint64_t address,
                   uint64_t pa, uint64_t descriptor);

/* ---- fault.c ---- */
/* ISS bits of a data access's instruction, ISS[24:14]: LSInstructionSyndrome() for the instruction word. 0: not valid.
 */
uint32_t LSInstructionSyndrome(uint32_t word);

#endif
