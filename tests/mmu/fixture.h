/* A machine for MMU tests: two CPUs filled by hand, 32 MiB of RAM, a device page, and builders of translation tables.
 */
#ifndef SVEMU_TESTS_MMU_FIXTURE_H
#define SVEMU_TESTS_MMU_FIXTURE_H

#include "tests/harness.h"

#include "core/exception.h"
#include "core/machine.h"
#include "core/stats.h"
#include "mmu/internal.h"
#include "sysregs/sysregs.h"

enum { RAM = 0x40000000, RAM_SIZE = 32 << 20, DEVICE = 0x09000000 };

static struct machine machine;
static struct cpu cpus[2], *cpu_list[2] = { &cpus[0], &cpus[1] }, *const c = &cpus[0];
static struct cpu_stats stats[2];
static struct cpu_class class_all;
static uint64_t next_page; /* allocator of RAM for tables and data */
static struct {
    unsigned reads, writes, last_size;
    uint64_t last_pa, last_value;
} dev;
static unsigned code_writes;

static inline bool test_mmio_read(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    (void)bus, (void)cpu;
    dev.reads++, dev.last_pa = pa, dev.last_size = size;
    *value = size == 8 ? UINT64_C(0x1122334455667788) : UINT64_C(0x1122334455667788) & (BIT(8 * size) - 1);
    return pa >> 12 == DEVICE >> 12;
}
static inline bool test_mmio_write(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t value)
{
    (void)bus, (void)cpu;
    dev.writes++, dev.last_pa = pa, dev.last_size = size, dev.last_value = value;
    return pa >> 12 == DEVICE >> 12;
}
static inline void test_code_written(void *m, uint64_t pa)
{
    struct physmem *mem = &((struct machine *)m)->mem;
    code_writes++;
    mem->page_flags[(pa - mem->base) >> 12] &= (uint8_t)~PAGE_HAS_CODE;
}

static inline void set_feature(enum feature f, bool on)
{
    uint64_t *w = &class_all.features[f / 64];
    *w = on ? *w | BIT(f % 64) : *w & ~BIT(f % 64);
}

/* Everything as after reset, at EL2 with the MMU off; 48-bit PA, all granules. */
static inline void setup(void)
{
    static const enum feature have[] = { FEAT_PAN,    FEAT_PAN2, FEAT_PAN3, FEAT_UAO,   FEAT_VHE,  FEAT_VMID16,
                                         FEAT_HAFDBS, FEAT_HPDS, FEAT_XNX,  FEAT_TTCNP, FEAT_TTST, FEAT_S2FWB,
                                         FEAT_E0PD,   FEAT_LSE2, FEAT_RAS,  FEAT_BTI,   FEAT_SVE,  FEAT_PAuth };
    struct physmem *mem = &machine.mem;

    for (unsigned i = 0; i < sizeof(have) / sizeof(*have); i++)
        set_feature(have[i], true);
    machine.cpus = cpu_list;
    machine.cpu_count = 2;
    if (!mem->ram) {
        mem->ram = aligned_alloc(4096, RAM_SIZE);
        mem->page_flags = calloc(RAM_SIZE >> 12, 1);
    }
    memset(mem->ram, 0, RAM_SIZE);
    memset(mem->page_flags, 0, RAM_SIZE >> 12);
    mem->base = RAM, mem->size = RAM_SIZE;
    mem->mmio_read = test_mmio_read, mem->mmio_write = test_mmio_write;
    mem->code = &machine, mem->code_written = test_code_written;
    next_page = RAM;
    memset(&dev, 0, sizeof(dev));
    code_writes = 0;
    for (unsigned i = 0; i < 2; i++) {
        struct cpu *cpu = &cpus[i];
        struct mmu_state *mmu = cpu->mmu;
        struct debug_state *debug = cpu->debug;
        struct pmu_state *pmu = cpu->pmu;
        struct tlb_entry *tlb = cpu->tlb;
        struct fetch_entry *fetch = cpu->fetch_tlb;
        memset(cpu, 0, sizeof(*cpu));
        cpu->machine = &machine, cpu->mem = mem, cpu->cls = &class_all, cpu->stats = &stats[i], cpu->index = i;
        cpu->clock_hz = 1000000000;
        cpu->debug = debug, cpu->pmu = pmu;
        cpu->mmu = mmu, cpu->tlb = tlb, cpu->fetch_tlb = fetch;
        cpu->sysreg[SR_ID_AA64MMFR0_EL1] = 5 | 1 << 20; /* PARange 48 bits; 4, 16 and 64 KiB granules */
        cpu->pstate.EL = EL2, cpu->pstate.SP = 1;
        if (mmu)
            mmu_reset(cpu);
        else if (!mmu_create(cpu) || !debug_create(cpu) || !pmu_create(cpu))
            abort();
    }
}

static inline uint64_t alloc(uint64_t size)
{
    next_page = (next_page + size - 1) & ~(size - 1);
    uint64_t pa = next_page;
    next_page += size;
    return pa;
}
static inline uint64_t ram_read(uint64_t pa)
{
    uint64_t v;
    memcpy(&v, phys_ram(&machine.mem, pa, 8), 8);
    return v;
}
static inline void ram_write(uint64_t pa, uint64_t v) { memcpy(phys_ram(&machine.mem, pa, 8), &v, 8); }

/* Attributes of descriptors used below. MAIR: index 0 Normal write-back, 1 Device-nGnRE, 2 Normal non-cacheable. */
#define MAIR_TEST UINT64_C(0x4404ff)
enum {
    D_AF = 1 << 10,
    D_NG = 1 << 11,
    D_ISH = 3 << 8,
    D_EL0 = 1 << 6,
    D_RO = 1 << 7,
    D_DEVICE = 1 << 2,
    D_NC = 2 << 2,
    D_NORMAL = D_AF | D_ISH,
    S2_NORMAL = D_AF | D_ISH | 0xf << 2, /* write-back */
    S2_RW = 3 << 6,
    S2_RO = 1 << 6,
    S2_WO = 2 << 6,
};
#define D_UXN BIT(54)
#define D_PXN BIT(53)
#define D_DBM BIT(51)
#define D_GP  BIT(50)

/* Put a leaf at level into the tables rooted at root (of start level top, granule 1 << g), making tables as needed.
 * Returns the descriptor's address. */
static inline uint64_t map_at(uint64_t root, unsigned top, unsigned g, uint64_t ia, unsigned level, uint64_t leaf)
{
    uint64_t table = root, entry;
    for (unsigned l = top;; l++) {
        unsigned shift = (3 - l) * (g - 3) + g, bits = l == top ? 63 - shift : g - 3;
        entry = table + (ia >> shift & (BIT(bits) - 1)) * 8;
        if (l == level)
            break;
        if (!ram_read(entry))
            ram_write(entry, alloc(BIT(g)) | 3);
        table = ram_read(entry) & (BIT(48) - BIT(g));
    }
    ram_write(entry, leaf | (level == 3 ? 3 : 1));
    return entry;
}

static uint64_t ttbr0, ttbr1, vttbr; /* roots of the standard set-ups */

/* Stage 1 on in the regime of a VHE host (EL2&0), or EL1&0 with E2H = TGE = 0: 4 KiB granules, 48-bit VAs. */
static inline void stage1_on(bool host)
{
    uint64_t tcr = 16 | 16 << 16 | UINT64_C(2) << 30 | UINT64_C(5) << 32 | UINT64_C(1) << 36;
    ttbr0 = alloc(4096), ttbr1 = alloc(4096);
    if (host) {
        c->sysreg[SR_HCR_EL2] = HCR_E2H | HCR_TGE | HCR_RW;
        c->sysreg[SR_TCR_EL2] = tcr;
        c->sysreg[SR_TTBR0_EL2] = ttbr0, c->sysreg[SR_TTBR1_EL2] = ttbr1;
        c->sysreg[SR_MAIR_EL2] = MAIR_TEST;
        c->sysreg[SR_SCTLR_EL2] = BIT(SCTLR_M) | BIT(SCTLR_C) | BIT(SCTLR_I);
    } else {
        c->sysreg[SR_HCR_EL2] = HCR_RW;
        c->sysreg[SR_TCR_EL1] = tcr;
        c->sysreg[SR_TTBR0_EL1] = ttbr0, c->sysreg[SR_TTBR1_EL1] = ttbr1;
        c->sysreg[SR_MAIR_EL1] = MAIR_TEST;
        c->sysreg[SR_SCTLR_EL1] = BIT(SCTLR_M) | BIT(SCTLR_C) | BIT(SCTLR_I);
        c->pstate.EL = EL1;
    }
    mmu_context_changed(c);
}
/* Stage 2 on: 4 KiB granules, 40-bit IPA, start level 1 (two tables side by side), VMID 5. */
static inline void stage2_on(void)
{
    vttbr = alloc(8192);
    c->sysreg[SR_VTCR_EL2] = 24 | 1 << 6 | UINT64_C(5) << 16 | 1 << 19;
    c->sysreg[SR_VTTBR_EL2] = vttbr | UINT64_C(5) << 48;
    c->sysreg[SR_HCR_EL2] |= HCR_VM;
    mmu_context_changed(c);
}
static inline uint64_t map1(uint64_t va, uint64_t pa, uint64_t attrs)
{
    return map_at(va >> 55 & 1 ? ttbr1 : ttbr0, 0, 12, va & (BIT(48) - 1), 3, pa | attrs);
}
static inline uint64_t map2(uint64_t ipa, uint64_t pa, uint64_t attrs)
{
    return map_at(vttbr, 1, 12, ipa, 3, pa | attrs);
}
/* Identity stage 2 for all of RAM in 2 MiB blocks. */
static inline void map2_ram(void)
{
    for (uint64_t pa = RAM; pa < RAM + RAM_SIZE; pa += 2 << 20)
        map_at(vttbr, 1, 12, pa, 2, pa | S2_NORMAL | S2_RW);
}

static inline void at_el(unsigned el)
{
    c->pstate.EL = (uint8_t)el;
    mmu_context_changed(c);
}
static inline void at_pc(uint64_t pc)
{
    c->page_va = c->pc = pc;
    c->ops = c->op = NULL;
}

/* Translate without an exception; the fault status or FAULT_NONE. */
static inline unsigned try_access(uint64_t va, unsigned acc, uint64_t *pa)
{
    struct translation t = AArch64_TranslateAddress(c, va, access_el(c, acc), acc, 0);
    if (pa)
        *pa = t.pa;
    return t.fault.status;
}

static inline void tlbi(unsigned regime, unsigned scope, uint64_t start, uint64_t length, unsigned asid, unsigned vmid)
{
    struct tlbi t = { .regime = (uint8_t)regime,
                      .scope = (uint8_t)scope,
                      .start = start,
                      .length = length,
                      .asid = (uint16_t)asid,
                      .vmid = (uint16_t)vmid };
    tlb_invalidate(c, &t);
}

#endif
