/* Address translation instructions. Arm ARM D8.18, PAR_EL1; pseudocode AArch64.AT, AArch64.EncodePAR. */
#include "mmu/internal.h"

#include "core/trace.h"

struct at_row {
    uint8_t el;
    bool stage12, write, pan, any;
};

static const struct at_row at_rows[] = {
    [AT_S1E1R] = { .el = EL1 },
    [AT_S1E1W] = { .el = EL1, .write = true },
    [AT_S1E0R] = { .el = EL0 },
    [AT_S1E0W] = { .el = EL0, .write = true },
    [AT_S1E2R] = { .el = EL2 },
    [AT_S1E2W] = { .el = EL2, .write = true },
    [AT_S12E1R] = { .el = EL1, .stage12 = true },
    [AT_S12E1W] = { .el = EL1, .stage12 = true, .write = true },
    [AT_S12E0R] = { .el = EL0, .stage12 = true },
    [AT_S12E0W] = { .el = EL0, .stage12 = true, .write = true },
    [AT_S1E1RP] = { .el = EL1, .pan = true },
    [AT_S1E1WP] = { .el = EL1, .write = true, .pan = true },
    [AT_S1E1A] = { .el = EL1, .any = true },
};

static uint64_t encode_fault(const struct fault *f)
{
    return 1 | (uint64_t)f->status << 1 | (uint64_t)f->s2fs1walk << 8 | (uint64_t)f->secondstage << 9 | BIT(11);
}

static uint64_t encode_success(const struct mapping *m, uint64_t va)
{
    uint64_t pa = m->pa | (va & (BIT(m->log2) - 1));
    uint64_t attr = m->attrs.tagged ? 0xf0 : m->attrs.attr;

    return attr << 56 | (pa & (BIT(48) - BIT(12))) | BIT(11) | (uint64_t)m->attrs.sh << 7;
}

void AArch64_AT(struct cpu *cpu, uint64_t va, enum at_op op)
{
    const struct at_row *row = &at_rows[op];
    unsigned el = row->el;
    unsigned acc =
        ACC_AT | (row->write ? ACC_WRITE : 0) | (row->any ? ACC_AT_ANY : 0) | (row->stage12 ? 0 : ACC_S1_ONLY);

    if (!row->stage12 && el == EL1 && ELIsInHost(cpu, EL0))
        el = EL2;
    enum regime regime = row->stage12 ? REGIME_EL10 : TranslationRegime(cpu, el);
    struct walk w = { .cpu = cpu, .va = va, .acc = acc, .aligned = true };
    w.ctx = context_for_at(cpu, el, regime, row->pan);
    if (AArch64_FullTranslate(&w)) {
        cpu->sysreg[SR_PAR_EL1] = encode_success(&w.map, va);
        return;
    }
    const struct fault *f = &w.fault;
    bool external = (f->status & 0x3c) == FAULT_EXTERNAL_WALK;
    if (external || (cpu->pstate.EL == EL1 && f->s2fs1walk)) {
        cpu->sysreg[SR_PAR_EL1] = encode_fault(f); /* UNKNOWN */
        AArch64_Abort(cpu, va, f, acc);
        return;
    }
    cpu->sysreg[SR_PAR_EL1] = encode_fault(f);
    TRACE(TRACE_WALK, cpu, "AT %u of %#llx: fault status %#x", op, (unsigned long long)va, f->status);
}
