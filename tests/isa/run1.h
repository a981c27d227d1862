/* One instruction on one PE without an operating system: for the tests of isa/. */
#ifndef SVEMU_TESTS_ISA_RUN1_H
#define SVEMU_TESTS_ISA_RUN1_H

#include <ctype.h>
#include <strings.h>

#include "core/exception.h"
#include "core/machine.h"
#include "isa/isa.h"
#include "mmu/mmu.h"
#include "sysregs/sysregs.h"
#include "tests/harness.h"

enum { RUN1_RAM = 0x40000000, RUN1_RAM_SIZE = 0x10000 };

/* Everything that the table knows but for what the vectors leave out (SME, FEAT_SVE_PMULL128). */
static struct cpu_class run1_class;

static inline void run1_set_feature(enum feature f, bool on)
{
    run1_class.features[f / 64] &= ~BIT(f % 64);
    run1_class.features[f / 64] |= (uint64_t)on << (f % 64);
}
static inline void run1_all_features(void)
{
    for (unsigned f = 0; f < FEAT_COUNT; f++)
        run1_set_feature((enum feature)f, true);
    run1_set_feature(FEAT_SME, false), run1_set_feature(FEAT_SME2, false), run1_set_feature(FEAT_SME2p1, false);
    run1_set_feature(FEAT_SVE_PMULL128, false);
}

/* EL1h with FP and SVE enabled, MMU off, VL as given in bits; registers and vectors zero; 64 KiB of RAM at RUN1_RAM
 * that the fast path reaches as Normal memory. VBAR_EL1 and VBAR_EL2 are 0, so an exception leaves its offset in pc. */
static inline void run1_reset(struct cpu *cpu, unsigned vl_bits)
{
    memset(cpu->gpr, 0, sizeof(cpu->gpr));
    memset(cpu->z, 0, sizeof(cpu->z));
    memset(cpu->p, 0, sizeof(cpu->p));
    memset(cpu->sysreg, 0, sizeof(cpu->sysreg));
    cpu->z_high = 0;
    cpu->fp = (struct fp_status){ .rpres = true };
    cpu->excl.valid = cpu->event_register = false;
    cpu->halted = RUNNING;
    cpu->pstate = (struct pstate){ .EL = EL1, .SP = 1, .D = 1, .A = 1, .I = 1, .F = 1 };
    cpu->sysreg[SR_HCR_EL2] = HCR_RW | HCR_API | HCR_APK | BIT(56);
    cpu->sysreg[SR_CPACR_EL1] = 0x330000;   /* FPEN, ZEN: nothing trapped */
    cpu->sysreg[SR_CPTR_EL2] = 0x32ff;      /* the E2H = 0 layout, nothing trapped */
    cpu->sysreg[SR_SCTLR_EL1] = 0x30d00800; /* RES1 */
    cpu->sysreg[SR_ZCR_EL1] = cpu->sysreg[SR_ZCR_EL2] = vl_bits / 128 - 1;
    cpu_update_traps(cpu);
    mmu_context_changed(cpu);

    cpu->page_va = RUN1_RAM;
    for (unsigned i = 0; i < TLB_ENTRIES; i++)
        cpu->tlb[i] = (struct tlb_entry){ .read_tag = TLB_NO_TAG, .write_tag = TLB_NO_TAG };
    for (uint64_t va = RUN1_RAM; va < RUN1_RAM + RUN1_RAM_SIZE; va += 4096) {
        uint64_t tag = va | cpu->tlb_ctx;
        *tlb_slot(cpu, va) = (struct tlb_entry){ tag, tag, (uintptr_t)cpu->mem->ram - RUN1_RAM, 0 };
    }
}

/* Nothing outside RAM: an external abort. */
static inline bool run1_no_read(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    (void)bus, (void)cpu, (void)pa, (void)size, (void)value;
    return false;
}
static inline bool run1_no_write(void *bus, struct cpu *cpu, uint64_t pa, unsigned size, uint64_t value)
{
    (void)bus, (void)cpu, (void)pa, (void)size, (void)value;
    return false;
}

/* The CPU of a new machine without devices, with every feature. */
static inline struct cpu *run1_new_cpu(void)
{
    struct machine_options opt = { .smp = 1, .memory = RUN1_RAM_SIZE, .quantum_ns = 10000 };
    struct cpu_config config = { .vq_set = 0xffff, .clock_hz = 1000000000 };

    run1_all_features();
    memcpy(config.features, run1_class.features, sizeof(config.features));
    struct machine *m = machine_create(&opt, &config);
    assert(m);
    m->mem = (struct physmem){ .ram = calloc(1, RUN1_RAM_SIZE),
                               .base = RUN1_RAM,
                               .size = RUN1_RAM_SIZE,
                               .page_flags = calloc(1, RUN1_RAM_SIZE >> 12),
                               .tags = calloc(1, RUN1_RAM_SIZE >> 5),
                               .code = m->mem.code,
                               .code_written = m->mem.code_written,
                               .mmio_read = run1_no_read,
                               .mmio_write = run1_no_write };
    free((void *)m->cpus[0]->cls);
    m->cpus[0]->cls = &run1_class;
    return m->cpus[0];
}

/* The one such CPU that most tests use, reset. */
static inline struct cpu *run1_cpu(void)
{
    static struct cpu *cpu;

    run1_all_features();
    if (!cpu)
        cpu = run1_new_cpu();
    run1_reset(cpu, 256);
    return cpu;
}
static inline uint8_t *run1_ram(struct cpu *cpu, uint64_t va) { return cpu->mem->ram + (va - RUN1_RAM); }

/* Execute word at cpu->page_va. text is the instruction as an assembler has it: its mnemonic must
 * begin like that of the row (PACIZA, for one, is in the row of PACIA). true: completed; false: an exception was taken.
 */
static inline bool run1_word(struct cpu *cpu, uint32_t word)
{
    static struct op op; /* stays for PC() */
    const struct insn *row;

    isa_decode(cpu->cls, word, &op);
    row = &insn_table[op.row];
    cpu->op = cpu->ops = &op;
    cpu->redirect = 0;
    cpu->pc = cpu->page_va;
    uint64_t exceptions = cpu->exceptions_taken;
    if (op.row == INSN_COUNT)
        AArch64_Undefined(cpu);
    else if (!row->check || row->check(cpu))
        row->exec(cpu, &op);
    return cpu->exceptions_taken == exceptions;
}
static inline bool run1(struct cpu *cpu, const char *text, uint32_t word)
{
    unsigned row = isa_decode_row(word);
    const char *id = row == INSN_COUNT ? "UNDEFINED" : insn_table[row].id;
    size_t same = strcspn(text, " "), name = strcspn(id, "_");
    same = same < name ? same : name;
    if (row < INSN_COUNT && strncasecmp(text, id, same < 3 ? same : 3))
        FAIL("%08x is %s, not \"%s\"", word, id, text);
    return run1_word(cpu, word);
}

#endif
