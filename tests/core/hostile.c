/* Hostile guests: random code on random state. Nothing a guest does may crash or hang the emulator, reach outside its
 * memory, leave caches of state stale, or differ between two runs or between runs with and without a trace, which
 * executes everything by its plain functions. Of 48 cases, 16 have fast timing, 16 inorder and 16 ooo.
 *
 * Each case is a process of its own, so that a crash or a hang costs one case and is reported with its seed. From the
 * environment: N, the number of cases; SEED, of the first (the others follow); HOSTILE=hash prints one line for each
 * case, for comparing builds; HOSTILE=stop prints why runs stopped and which exceptions they took; HOSTILE=twice runs
 * every case again with a trace; TRACE=LIST traces. */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/exception.h"
#include "core/machine.h"
#include "core/stats.h"
#include "core/timing.h"
#include "core/timing_model.h"
#include "frontends/frontends.h"
#include "frontends/trace.h"
#include "devices/device.h"
#include "devices/gicv3.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "sysregs/rows.h"
#include "tests/harness.h"

enum { CASES = 150, RAM_BASE = 0x40000000, RAM_SIZE = 0x100000, PAGES = RAM_SIZE >> 12 };
enum { SLICE = 200, SLICES = 16, SECONDS = 10 };
enum { CODE_SIZE = 0x80000, TABLE_S1 = 0x40080000, TABLE_S2 = 0x40084000, VECTORS_EL1 = 0x40088000 };
enum { VECTORS_EL2 = VECTORS_EL1 + 0x800 };

/* ---- Choices: one draw to a sequence point, so that every compiler makes the same guests ---- */
static uint64_t rng;

static uint64_t any(void)
{
    uint64_t z = rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
static unsigned below(unsigned n) { return (unsigned)((any() >> 32) * n >> 32); }
static bool percent(unsigned p) { return below(100) < p; }

/* Where something is on the board, or is not. */
static uint64_t device_address(void)
{
    static const uint64_t at[] = { 0x08000000, 0x08080000, 0x08090000, 0x080a0000, 0x080b0000,
                                   0x080c0000, 0x09000000, 0x09010000, 0x09020000, 0x0a000000,
                                   0x0a000200, 0x0a003e00, 0x0b000000, 0,          UINT64_C(256) << 30 };
    static const unsigned offsets[] = { 0,      4,      8,      0x10,   0x14,   0x18,   0x40,  0x70,  0x78,  0x80,
                                        0x88,   0x90,   0x100,  0x108,  0x180,  0x184,  0x200, 0x280, 0x300, 0x380,
                                        0x400,  0x420,  0x800,  0x880,  0xc00,  0xc08,  0xd00, 0xe00, 0xf00, 0xfe0,
                                        0x6000, 0x6100, 0x6108, 0xfff8, 0xffe8, 0x1000, 0x30,  0x34,  0x38,  0x48,
                                        0xa0,   0xb0,   0xc0,   0x104,  0x1c,   0x2c,   0x24,  0x28,  0xf20, 0xf10 };
    uint64_t base = at[below(sizeof at / sizeof at[0])];
    return base + (percent(70) ? offsets[below(sizeof offsets / sizeof offsets[0])] : below(0x1000));
}

static uint64_t ram_address(void) { return RAM_BASE + below(RAM_SIZE); }

static uint64_t any_value(void)
{
    unsigned n = below(64);

    switch (below(16)) {
    case 0:
    case 1:
    case 2: return ram_address() & ~UINT64_C(15);
    case 3: return ram_address();
    case 4: return (ram_address() | 0xfff) - n; /* across pages */
    case 5:
    case 6: return device_address();
    case 7: return 0 - (uint64_t)n; /* the top of the address space, and small negative numbers */
    case 8: return RAM_BASE + RAM_SIZE - n;
    case 9: return n;
    case 10: return UINT64_C(1) << n;
    case 11: return (percent(50) ? 0x84000000 : 0xc4000000) + n / 2; /* PSCI */
    case 12: return UINT64_C(0xffff) << 48 | any() >> 16;
    case 13: return (any() >> 8) << 8 & ~(UINT64_MAX << n);
    default: return any() >> n;
    }
}

/* ---- Code ---- */
static unsigned known_row(void)
{
    for (;;) {
        unsigned row = below(INSN_COUNT);
        if (!insn_is_todo(row) || below(3000) == 0)
            return row;
    }
}

static uint32_t sysreg_word(void)
{
    const struct sysreg_row *row = &sysreg_table[below(ROW_COUNT)];
    uint32_t rt = below(32);
    while (row->todo)
        row = &sysreg_table[below(ROW_COUNT)];

    if (percent(5)) /* any encoding: MSR, MRS, SYS, SYSL, MSR (immediate) */
        return 0xd5000000 | (uint32_t)(any() & 0x3fffff);
    unsigned op1 = row->el12 || row->el02 ? (percent(30) ? 5 : row->op1) : row->op1;
    return 0xd5000000 | (uint32_t)(!row->insn && percent(50)) << 21 | (uint32_t)row->op0 << 19 | op1 << 16 |
           (uint32_t)row->CRn << 12 | (uint32_t)row->CRm << 8 | (uint32_t)row->op2 << 5 | rt;
}

/* MOVZ of the upper half of an address: RAM or devices. */
static uint32_t base_word(void)
{
    static const uint16_t halves[] = { 0x4000, 0x4001, 0x4008, 0x400f, 0x0800, 0x0808, 0x080a, 0x080b,
                                       0x080c, 0x0900, 0x0901, 0x0902, 0x0a00, 0xffff, 0x0000 };
    uint32_t word = 0xd2a00000 | below(32);
    return word | (uint32_t)halves[below(sizeof halves / sizeof halves[0])] << 5;
}

/* Plain loads and stores of all sizes at unsigned offsets, off bases that base_word() likes. */
static uint32_t ldst_word(void)
{
    uint32_t word = 0x39000000 | below(0x1000) << 10;
    return word | (uint32_t)(any() & 0xc06003ff);
}

static uint32_t code_word(void)
{
    static const uint32_t common[] = { 0xd65f03c0, 0xd69f03e0, 0xd503203f, 0xd5033fdf, 0xd4000001,
                                       0xd4000002, 0xd4000003, 0xd503201f, 0xd50342ff, 0xd50343df };
    unsigned kind = below(100);

    if (kind < 4)
        return (uint32_t)any();
    if (kind < 20)
        return sysreg_word();
    if (kind < 32)
        return base_word();
    if (kind < 34)
        return ldst_word();
    if (kind < 37)
        return common[below(sizeof common / sizeof common[0])];
    unsigned row = known_row();
    for (unsigned i = 0; kind < 60 && i < 50; i++) { /* the base instructions are the smaller part of the table */
        if (!insn_table[row].check)
            break;
        row = known_row();
    }
    const struct insn *r = &insn_table[row];
    return r->bits | ((uint32_t)any() & ~r->mask);
}

/* Vectors that go on behind what was trapped or interrupted, in any case within the random code, and not with
 * PSTATE.IL. Without them most runs would soon take one exception over and over. */
static void make_vectors(struct machine *m, uint64_t at, bool el2)
{
    uint32_t base1 = base_word(), base2 = base_word();
    uint32_t elr = 0xd5384020 | (el2 ? 4 << 16 : 0), spsr = elr & ~0x20u; /* MRS X0, ELR_ELx and SPSR_ELx */
    const uint32_t handler[] = {
        elr | 30,              /* mrs x30, elr_elx */
        0x910013de,            /* add x30, x30, #4 */
        0x927e43de,            /* and x30, x30, #0x7fffc */
        0xb26203de,            /* orr x30, x30, #0x40000000 */
        (elr ^ BIT(21)) | 30,  /* msr elr_elx, x30 */
        spsr | 29,             /* mrs x29, spsr_elx */
        0x926bfbbd,            /* and x29, x29, #~(1 << 20) */
        (spsr ^ BIT(21)) | 29, /* msr spsr_elx, x29 */
        base1,
        base2,
        0xd69f03e0, /* eret */
    };
    for (unsigned entry = 0; entry < 16; entry++)
        memcpy(m->mem.ram + (at - RAM_BASE) + entry * 0x80, handler, sizeof handler);
}

/* ---- Translation tables ---- */
static void put64(struct machine *m, uint64_t pa, uint64_t value) { memcpy(m->mem.ram + (pa - RAM_BASE), &value, 8); }

/* A descriptor that often makes sense. */
static uint64_t any_descriptor(void)
{
    uint64_t out = percent(80) ? ram_address() & ~UINT64_C(0xfff) : percent(50) ? device_address() : any();
    out &= UINT64_C(0xfffffffff000);
    out |= any() & UINT64_C(0xfff0000000000ffc);
    out |= percent(80) ? 3 : below(4);
    return out | (percent(70) ? BIT(10) : 0);
}

/* 39 bits from level 1: the first gigabyte as one block, RAM by pages of which a few are strange. */
static void make_tables(struct machine *m, uint64_t root, bool stage2)
{
    uint64_t attributes = stage2 ? 0x4fc | BIT(10) : BIT(10) | 3 << 8;
    uint64_t access = stage2 ? 0 : (uint64_t)below(2) << 6, code = stage2 ? 0 : (uint64_t)below(4) << 6;

    for (unsigned i = 0; i < 3 * 512; i++)
        put64(m, root + 8 * i, percent(20) ? any_descriptor() : 0);
    put64(m, root, (stage2 ? 0x4c0 | BIT(10) : BIT(10)) | 1 | access);
    put64(m, root + 8, (root + 0x1000) | 3);
    put64(m, root + 0x1000, (root + 0x2000) | 3);
    for (unsigned i = 0; i < PAGES; i++) {
        bool executed = i < CODE_SIZE >> 12 || i == (VECTORS_EL1 - RAM_BASE) >> 12;
        uint64_t d = (RAM_BASE + ((uint64_t)i << 12)) | attributes | (executed ? code : access) | 3;
        if (percent(10))
            d ^= BIT(2 + below(10));
        if (percent(10))
            d ^= BIT(50 + below(14));
        put64(m, root + 0x2000 + 8 * i, percent(5) ? any_descriptor() : d);
    }
}

static void fill_ram(struct machine *m)
{
    for (uint64_t at = 0; at < CODE_SIZE; at += 4) {
        uint32_t word = code_word();
        memcpy(m->mem.ram + at, &word, 4);
    }
    for (uint64_t at = CODE_SIZE; at < RAM_SIZE; at += 8)
        put64(m, RAM_BASE + at, at & 0x4000 ? any_descriptor() : any_value());
    make_tables(m, TABLE_S1, false);
    make_tables(m, TABLE_S2, true);
    make_vectors(m, VECTORS_EL1, false);
    make_vectors(m, VECTORS_EL2, true);
}

/* ---- The state of a CPU ---- */
static void write_register(struct cpu *cpu, enum sysreg_index r, uint64_t value)
{
    unsigned e[5];

    sysreg_encoding(r, e);
    if (sysreg_claimed(cpu, r))
        (void)!AArch64_SysRegWrite(cpu, sysreg_handle(e[0], e[1], e[2], e[3], e[4]), 0, value);
    cpu->redirect = 0;
}

static bool writable(enum sysreg_index r) { return sysreg_table[r].access >> (2 * EL2 + 1) & 1; }

static uint64_t root_or_garbage(uint64_t root)
{
    unsigned kind = below(10);
    uint64_t asid = (uint64_t)below(3) << 48;
    return (kind < 7 ? root : kind < 9 ? ram_address() & ~UINT64_C(0xfff) : any() >> 16) | asid;
}

static uint64_t usual_tcr(bool el2_alone)
{
    uint64_t tcr = el2_alone ? UINT64_C(25) | BIT(31) | BIT(23) : 25 | 25 << 16 | UINT64_C(2) << 30;
    tcr |= UINT64_C(5) << (el2_alone ? 16 : 32);
    return percent(70) ? tcr : percent(50) ? tcr ^ BIT(below(62)) : any();
}

static void usual_sctlr(struct cpu *cpu, enum sysreg_index r)
{
    uint64_t value = 0x30d00800 | UINT64_C(0xc000) | (percent(60) ? 1 : 0);
    if (percent(50))
        value ^= BIT(below(64));
    write_register(cpu, r, percent(85) ? value : any());
}

static void random_sysregs(struct cpu *cpu)
{
    static struct op op;
    bool e2h = percent(50);

    cpu->op = cpu->ops = &op;
    cpu_set_el_sp(cpu, EL2, 1);
    write_register(cpu, SR_HCR_EL2, HCR_RW);
    if (percent(60))
        for (unsigned r = 0; r < SR_COUNT; r++)
            if (writable((enum sysreg_index)r) && r != SR_HCR_EL2 && percent(30))
                write_register(cpu, (enum sysreg_index)r, any_value());
    write_register(cpu, SR_SCTLR_EL1, 0x30d00800), write_register(cpu, SR_SCTLR_EL2, 0x30c50830);
    write_register(cpu, SR_CPTR_EL2, percent(80) ? 0x32ff : any());
    write_register(cpu, SR_CPACR_EL1, percent(80) ? 0x330000 : any());
    write_register(cpu, SR_MDCR_EL2, percent(80) ? below(32) : any());
    write_register(cpu, SR_MDSCR_EL1, percent(90) ? 0 : any());
    write_register(cpu, SR_OSLAR_EL1, below(2));
    write_register(cpu, SR_ZCR_EL1, below(17)), write_register(cpu, SR_ZCR_EL2, below(17));
    static const enum sysreg_index fine[] = { SR_HFGRTR_EL2, SR_HFGWTR_EL2, SR_HFGITR_EL2, SR_HDFGRTR_EL2,
                                              SR_HDFGWTR_EL2 };
    for (unsigned i = 0; i < sizeof fine / sizeof fine[0]; i++)
        write_register(cpu, fine[i], percent(80) ? 0 : BIT(below(64)));
    write_register(cpu, SR_TTBR0_EL1, root_or_garbage(TABLE_S1));
    write_register(cpu, SR_TTBR1_EL1, root_or_garbage(TABLE_S1));
    write_register(cpu, SR_TTBR0_EL2, root_or_garbage(TABLE_S1));
    write_register(cpu, SR_TTBR1_EL2, root_or_garbage(TABLE_S1));
    write_register(cpu, SR_VTTBR_EL2, root_or_garbage(TABLE_S2));
    write_register(cpu, SR_VTCR_EL2, percent(80) ? BIT(31) | 5 << 16 | 1 << 6 | 25 | below(4) << 21 : any());
    write_register(cpu, SR_TCR_EL1, usual_tcr(false));
    write_register(cpu, SR_MAIR_EL1, percent(80) ? 0xff : percent(50) ? 0xf0 : any());
    write_register(cpu, SR_MAIR_EL2, percent(80) ? 0x44ff : 0x44f0);
    write_register(cpu, SR_VBAR_EL1, percent(90) ? VECTORS_EL1 : any_value());
    write_register(cpu, SR_VBAR_EL2, percent(95) ? VECTORS_EL2 : any_value());
    write_register(cpu, SR_HCRX_EL2, any());
    uint64_t hcr = HCR_RW | HCR_API | HCR_APK | (percent(50) ? HCR_VM : 0);
    hcr |= percent(50) ? HCR_IMO | HCR_FMO : 0;
    hcr |= percent(20) ? BIT(56) : 0; /* ATA */
    for (unsigned i = below(4); i; i--)
        hcr ^= BIT(below(64));
    write_register(cpu, SR_HCR_EL2, ((percent(90) ? hcr : any()) & ~HCR_E2H) | (e2h ? HCR_E2H : 0));
    write_register(cpu, SR_TCR_EL2, usual_tcr(!e2h));
    usual_sctlr(cpu, SR_SCTLR_EL2);
    write_register(cpu, SR_SP_EL1, any_value()), write_register(cpu, SR_SP_EL0, any_value());
    uint64_t flags = any() & 0xf7e00fc0;
    write_register(cpu, SR_SPSR_EL1, flags | (percent(70) ? 0 : below(16)));
    write_register(cpu, SR_SPSR_EL2, flags | (percent(70) ? 5 : below(16)));
    write_register(cpu, SR_ELR_EL1, RAM_BASE + (below(CODE_SIZE) & ~3u));
    write_register(cpu, SR_ELR_EL2, RAM_BASE + (below(CODE_SIZE) & ~3u));
    /* EL1's SCTLR last: with E2H its name means EL2's. */
    uint64_t sctlr = 0x30d00800 | (percent(60) ? 1 : 0);
    sctlr |= percent(20) ? any() & UINT64_C(0x3f) << 38 : 0; /* ATA, TCF and those of EL0 */
    cpu->sysreg[SR_SCTLR_EL1] = sctlr | (percent(30) ? BIT(below(64)) : 0);
}

static void random_cpu(struct cpu *cpu)
{
    static const uint64_t modes[] = { 0, 4, 5, 8, 9 };

    random_sysregs(cpu);
    for (unsigned i = 0; i < 31; i++)
        cpu->gpr[i] = any_value();
    cpu->gpr[SP_SLOT] = any_value();
    for (unsigned i = 0; i < 32; i++)
        for (unsigned b = 0; b < 16; b += 8) {
            uint64_t v = any_value();
            memcpy(&cpu->z[i][b], &v, 8);
        }
    for (unsigned i = 0; i < 17; i++) {
        uint64_t v = percent(30) ? UINT64_MAX : any();
        memcpy(cpu->p[i], &v, 2);
    }
    cpu->serror_pending = percent(5);
    uint64_t pc = RAM_BASE + (below(CODE_SIZE) & ~3u), mode = modes[below(sizeof modes / sizeof modes[0])];
    AArch64_ExceptionReturn(cpu, pc, (any() & 0xf4c003c0) | mode);
    cpu->redirect = 0;
    cpu->ops = cpu->op = NULL;
    cpu->power = POWER_ON;
    cpu->halted = RUNNING;
    cpu->wfx_timeout = UINT64_MAX;
}

/* Give a CPU another start: new tables, nothing of the old ones remembered. */
static void start_again(struct cpu *cpu)
{
    struct machine *m = cpu->machine;

    for (unsigned i = 0; i < PAGES; i++)
        phys_about_to_write(&m->mem, RAM_BASE + ((uint64_t)i << 12));
    make_tables(m, TABLE_S1, false);
    make_tables(m, TABLE_S2, true);
    make_vectors(m, VECTORS_EL1, false);
    make_vectors(m, VECTORS_EL2, true);
    for (unsigned i = 0; i < m->cpu_count; i++)
        for (uint8_t regime = EL1; regime <= EL2; regime++)
            tlb_invalidate(m->cpus[i], &(struct tlbi){ .regime = regime, .scope = TLBI_ALL });
    random_cpu(cpu);
}

/* ---- Machines ---- */
static const struct config {
    const char *model;
    bool board, everything;
    unsigned smp;
    uint16_t vq_set[3];
} configs[] = {
    { "max", true, false, 1, { 0xffff } },    { "max", true, true, 1, { 0x008b } },
    { "lab", true, false, 2, { 0x000b, 0 } }, { "max", true, false, 3, { 0x0001, 0x808b, 0x0013 } },
    { "max", false, false, 1, { 0x8fff } },
};

static bool no_read(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    (void)bus, (void)cpu, (void)pa, (void)size, (void)value;
    return false;
}
static bool no_write(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t value)
{
    (void)bus, (void)cpu, (void)pa, (void)size, (void)value;
    return false;
}
static void swallow(const uint8_t *bytes, size_t len) { (void)bytes, (void)len; }

/* Memory between pages that cannot be touched, ending at the last of its bytes. */
static uint8_t *guarded(size_t size)
{
    size_t pages = (size + 4095) & ~(size_t)4095;
    uint8_t *p = mmap(NULL, pages + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED || mprotect(p + 4096, pages, PROT_READ | PROT_WRITE))
        exit(1);
    return p + 4096 + pages - size;
}

static struct timing_model *models[3]; /* of the CPUs, made before the processes are */

static bool load_models(void)
{
    static const char *const names[] = { "lab", "a64fx", "cortex-a510" };
    for (unsigned i = 0; i < 3; i++)
        if (!models[i] && !(models[i] = timing_model_builtin(names[i])))
            return false;
    return true;
}

static struct machine *new_machine(const struct config *c, uint64_t seed)
{
    struct machine_options opt = {
        .smp = c->smp, .memory = RAM_SIZE, .quantum_ns = 1000, .seed = seed, .max_insns = SLICE
    };
    struct cpu_config config[3];

    opt.code_cache = percent(20) ? 1 : 0; /* the smallest: pages are recycled */
    for (unsigned i = 0; i < c->smp; i++) {
        memset(&config[i], 0, sizeof config[i]);
        feature_defaults(c->model, &config[i]);
        if (c->everything)
            memset(config[i].features, 0xff, sizeof config[i].features);
        config[i].vq_set = c->vq_set[i];
        config[i].mpidr = BIT(31) | i;
        config[i].clock_hz = i == 1 ? 1500000000 : 1000000000;
        config[i].pauth_algo = (uint8_t)below(3);
        config[i].timing = seed / 16 % 3;
        config[i].timing_model = models[(seed + i) % 3];
    }
    struct machine *m = machine_create(&opt, config);
    if (!m || (c->board && !board_create(m)))
        exit(1);
    m->mem.ram = guarded(RAM_SIZE);
    m->mem.page_flags = guarded(PAGES);
    m->mem.tags = guarded(RAM_SIZE >> 5);
    m->mem.base = RAM_BASE, m->mem.size = RAM_SIZE;
    if (!c->board)
        m->mem.mmio_read = no_read, m->mem.mmio_write = no_write;
    m->entry = RAM_BASE;
    m->fdt_addr = RAM_BASE + CODE_SIZE;
    console_output = swallow;
    if (!trace_start(m))
        fprintf(stderr, "%s\n", user_error_text);
    return m;
}

/* ---- What must hold afterwards ---- */
static char complaint[200];

#define MUST(C)                                                                 \
    do {                                                                        \
        if (!(C) && !complaint[0])                                              \
            snprintf(complaint, sizeof complaint, "cpu%u: %s", cpu->index, #C); \
    } while (0)

static bool flags_are_bits(const struct pstate *p)
{
    return (p->N | p->Z | p->C | p->V | p->D | p->A | p->I | p->F | p->SP | p->PAN | p->UAO | p->DIT | p->SSBS |
            p->TCO | p->SS | p->IL | p->ALLINT | p->PM) <= 1 &&
           p->BTYPE <= 3 && p->EL <= EL2;
}

static bool high_bits_known(const struct cpu *cpu)
{
    static const uint8_t zero[MAX_VL_BYTES];
    for (unsigned i = 0; i < 32; i++)
        if (!(cpu->z_high >> i & 1) && memcmp(cpu->z[i] + 16, zero, MAX_VL_BYTES - 16))
            return false;
    return true;
}

static bool tlb_inside_ram(const struct cpu *cpu)
{
    const struct physmem *mem = cpu->mem;
    for (unsigned i = 0; i < TLB_ENTRIES; i++) {
        const struct tlb_entry *e = &cpu->tlb[i];
        const uint64_t tags[2] = { e->read_tag, e->write_tag };
        for (unsigned t = 0; t < 2; t++) {
            uint64_t offset = (tags[t] & ~UINT64_C(0xfff)) + e->addend - (uintptr_t)mem->ram;
            if (tags[t] == TLB_NO_TAG)
                continue;
            if (offset >= mem->size || offset & 0xfff)
                return false;
            if (t && mem->page_flags[offset >> 12] & PAGE_HAS_CODE)
                return false;
        }
    }
    return true;
}

/* What is cached about a CPU is what working it out again gives. */
static void check_cpu(struct cpu *cpu)
{
    struct cpu *before = malloc(sizeof *before);

    MUST(cpu->gpr[ZR_SLOT] == 0);
    MUST(flags_are_bits(&cpu->pstate));
    MUST(high_bits_known(cpu));
    MUST(tlb_inside_ram(cpu));
    memcpy(before, cpu, sizeof *cpu);
    cpu_update_traps(cpu);
    mmu_context_changed(cpu);
    debug_update(cpu);
    MUST(cpu->fp_trap == before->fp_trap);
    MUST(cpu->sve_trap == before->sve_trap);
    MUST(cpu->vl_bits == before->vl_bits);
    MUST(cpu->tlb_ctx == before->tlb_ctx);
    MUST(cpu->debug_active == before->debug_active);
    MUST(cpu->wp_active == before->wp_active);
    free(before);
}

static uint64_t hash(uint64_t h, const void *data, size_t size)
{
    const uint8_t *p = data;
    for (uint64_t v = 0; size; p += 8, size -= size < 8 ? size : 8) {
        memcpy(&v, p, size < 8 ? size : 8);
        h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
        h = h << 31 | h >> 33;
    }
    return h;
}

static uint64_t machine_hash(struct machine *m)
{
    uint64_t h = hash(m->stop, m->mem.ram, RAM_SIZE);
    for (unsigned i = 0; i < m->cpu_count; i++) {
        const struct cpu *cpu = m->cpus[i];
        const uint64_t more[] = { cpu->pc,        cpu_icount(cpu),       cpu_time(cpu), cpu->power,  cpu->halted,
                                  cpu->irq_lines, cpu->exceptions_taken, cpu->fp.fpcr,  cpu->fp.fpsr };
        h = hash(h, cpu->gpr, sizeof cpu->gpr[0] * (SP_SLOT + 1));
        h = hash(h, &cpu->pstate, sizeof cpu->pstate);
        h = hash(h, cpu->z, sizeof cpu->z);
        h = hash(h, cpu->p, sizeof cpu->p);
        h = hash(h, cpu->sysreg, sizeof cpu->sysreg);
        h = hash(h, more, sizeof more);
    }
    for (unsigned i = 0; m->board && board_device_at(m, i); i++) {
        struct device *dev = board_device_at(m, i);
        h = hash(h, dev->state, dev->state ? dev->type->state_size : 0);
    }
    return h;
}

/* ---- One case, in its own process ---- */
struct outcome {
    uint64_t hash, insns;
    uint64_t silent;          /* exceptions without a reason */
    uint64_t classes[64 + 4]; /* of exceptions */
    enum stop_reason stop;
    char complaint[sizeof complaint], text[256];
};

static void expect_reason(void *silent, const char *reason, uint64_t count)
{
    if (!strcmp(reason, "no reason recorded"))
        *(uint64_t *)silent += count;
}

/* Whatever happened, there was a reason for it. */
static uint64_t without_reason(const struct cpu *cpu)
{
    uint64_t silent = 0;
    why_counts(cpu, EL1, expect_reason, &silent);
    why_counts(cpu, EL2, expect_reason, &silent);
    return silent;
}

static void run_case(uint64_t seed, struct outcome *out)
{
    rng = seed * UINT64_C(0xd1342543de82ef95);
    struct machine *m = new_machine(&configs[seed % (sizeof configs / sizeof configs[0])], seed);

    fill_ram(m);
    if (m->board)
        board_reset(m);
    machine_reset(m);
    for (unsigned i = 0; i < m->cpu_count; i++)
        random_cpu(m->cpus[i]);
    uint64_t taken[3] = { 0 };
    for (unsigned slice = 0; slice < SLICES; slice++) {
        machine_run(m);
        for (unsigned i = 0; i < m->cpu_count; i++)
            check_cpu(m->cpus[i]);
        if (m->stop == STOP_UNIMPLEMENTED || complaint[0])
            break;
        if (m->stop == STOP_RESET) {
            if (m->board)
                board_reset(m);
            machine_reset(m);
        }
        for (unsigned i = 0; i < m->cpu_count; i++) {
            struct cpu *cpu = m->cpus[i];
            bool stuck = cpu->exceptions_taken - taken[i] > SLICE / 8;
            taken[i] = cpu->exceptions_taken;
            if (m->stop != STOP_MAX_INSNS || stuck || percent(10))
                start_again(cpu);
        }
    }
    for (unsigned i = 0; i < m->cpu_count; i++) {
        out->insns += cpu_icount(m->cpus[i]);
        out->silent += without_reason(m->cpus[i]);
        for (unsigned c = 0; c < 68; c++)
            out->classes[c] += m->cpus[i]->stats->exceptions[EL1][c] + m->cpus[i]->stats->exceptions[EL2][c];
    }
    out->hash = machine_hash(m);
    out->stop = m->stop;
    memcpy(out->text, m->stop_text, sizeof out->text);
    memcpy(out->complaint, complaint, sizeof complaint);
}

static bool trace_silently; /* in the next process */

/* ---- Devices, without instructions in between ---- */

/* A value that makes a device do something: a table in RAM that is valid, an enable bit, a mask. */
static uint64_t device_value(void)
{
    uint64_t page = ram_address() & ~UINT64_C(0xfff);

    switch (below(8)) {
    case 0: return page | BIT(63) | below(0x1000);
    case 1: return page | BIT(63) | BIT(62) | below(4);
    case 2: return page | below(32);
    case 3: return below(4);
    case 4: return UINT32_MAX;
    case 5: return (uint64_t)below(0x8000) << 5; /* an offset in a queue */
    default: return any_value();
    }
}

/* ITS commands, table entries, fw_cfg requests: what devices read from memory. */
static void fill_for_devices(struct machine *m)
{
    for (uint64_t at = 0; at < RAM_SIZE; at += 8)
        switch (at >> 3 & 3) {
        case 0: put64(m, RAM_BASE + at, below(20) | (uint64_t)below(64) << 32); break;
        case 1: put64(m, RAM_BASE + at, below(64) | (uint64_t)(0x2000 + below(0x80)) << 32); break;
        case 2: put64(m, RAM_BASE + at, device_value()); break;
        default: put64(m, RAM_BASE + at, any_value()); break;
        }
}

static void device_case(uint64_t seed, struct outcome *out)
{
    rng = seed * UINT64_C(0xd1342543de82ef95) + 1;
    struct machine *m = new_machine(&configs[3], seed);

    fill_for_devices(m);
    board_reset(m);
    machine_reset(m);
    for (unsigned i = 0; i < 20000; i++) {
        struct cpu *cpu = m->cpus[below(m->cpu_count)];
        unsigned log2 = below(4);
        uint64_t pa = device_address() & ~(BIT(log2) - 1), value = device_value();
        if (percent(30))
            phys_read(&m->mem, cpu, pa, BIT(log2), &value);
        else
            phys_write(&m->mem, cpu, pa, BIT(log2), value);
        if (i % 500 == 0) {
            start_again(cpu);
            machine_run(m);
        }
    }
    out->hash = machine_hash(m);
}

/* The status of the process: 0 when it ended as it should. */
static int run_apart(void (*run)(uint64_t, struct outcome *), uint64_t seed, struct outcome *out)
{
    int status;

    memset(out, 0, sizeof *out);
    fflush(stdout);
    pid_t child = fork();
    if (!child) {
        alarm(SECONDS);
        const char *trace = getenv("TRACE");
        if (trace_silently && !trace)
            trace = "insn,regs,mem,exceptions,sysreg,vl,walk:format=text=/dev/null";
        if (trace && !trace_add("TRACE", trace, false))
            fprintf(stderr, "%s\n", user_error_text);
        run(seed, out);
        if (!trace_stop())
            fprintf(stderr, "%s\n", user_error_text);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return status;
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 0) : otherwise;
}

static bool wants(const char *what)
{
    const char *text = getenv("HOSTILE");
    return text && !strcmp(text, what);
}

TEST(random_code_on_random_state)
{
    uint64_t cases = number_from("N", CASES), first = number_from("SEED", 1), insns = 0;
    uint64_t classes[68] = { 0 };
    unsigned stops[STOP_QUIT + 1] = { 0 };
    struct outcome *out = mmap(NULL, sizeof *out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    isa_init();
    sysreg_init();
    if (!load_models())
        FAIL("no models: %s", user_error_text);
    for (uint64_t seed = first; seed < first + cases; seed++) {
        int status = run_apart(run_case, seed, out);
        if (status)
            FAIL("SEED=%" PRIu64 " N=1: %s %d", seed, WIFSIGNALED(status) ? "signal" : "exit status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        else if (out->complaint[0])
            FAIL("SEED=%" PRIu64 " N=1: %s", seed, out->complaint);
        else if (out->silent)
            FAIL("SEED=%" PRIu64 " N=1: %" PRIu64 " exceptions without a reason", seed, out->silent);
        insns += out->insns;
        for (unsigned c = 0; c < 68; c++)
            classes[c] += out->classes[c];
        stops[out->stop]++;
        if (wants("hash"))
            printf("seed %" PRIu64 " %016" PRIx64 "\n", seed, out->hash);
        if (wants("stop") && out->stop == STOP_UNIMPLEMENTED)
            printf("seed %" PRIu64 " %s\n", seed, out->text);
        uint64_t once = out->hash;
        if (!status && seed % 16 == 0 && (run_apart(run_case, seed, out) || out->hash != once))
            FAIL("SEED=%" PRIu64 " N=1: a second run differs", seed);
        trace_silently = seed % 16 == 1 || wants("twice");
        if (!status && trace_silently && (run_apart(run_case, seed, out) || out->hash != once))
            FAIL("SEED=%" PRIu64 " N=1: a run with a trace differs", seed);
        trace_silently = false;
    }
    for (unsigned c = 0; wants("stop") && c < 68; c++)
        if (classes[c])
            printf("%8" PRIu64 " %s\n", classes[c], exception_class_name(c < 64 ? c : EC_IRQ + c - 64));
    if (wants("stop"))
        printf("%" PRIu64 " instructions; stops: none %u, poweroff %u, reset %u, deadlock %u, insns %u, missing %u\n",
               insns, stops[0], stops[1], stops[2], stops[3], stops[4], stops[5]);
}

TEST(random_accesses_to_devices)
{
    uint64_t cases = number_from("N", CASES) / 10 + 1, first = number_from("SEED", 1);
    struct outcome *out = mmap(NULL, sizeof *out, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    for (uint64_t seed = first; seed < first + cases; seed++) {
        int status = run_apart(device_case, seed, out);
        if (status)
            FAIL("SEED=%" PRIu64 " N=1: %s %d", seed, WIFSIGNALED(status) ? "signal" : "exit status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        if (wants("hash"))
            printf("devices, seed %" PRIu64 " %016" PRIx64 "\n", seed, out->hash);
    }
}

TEST_MAIN
