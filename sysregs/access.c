/* MRS, MSR and SYS: from the encoding to the row, its checks, redirection and hooks. Arm ARM C5.1, D1.3.8 (configurable
 * instruction controls), D8 (E2H register redirection) and the access pseudocode of each register. */
#include "sysregs/sysregs.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/exception.h"
#include "core/machine.h"
#include "core/state.h"
#include "core/trace.h"
#include "sysregs/rows.h"

const struct sysreg_row sysreg_table[ROW_COUNT] = {
#define SYSREG(NAME, OP0, OP1, CRN, CRM, OP2, ...) \
    [SR_##NAME] = { .name = #NAME, .op0 = OP0, .op1 = OP1, .CRn = CRN, .CRm = CRM, .op2 = OP2, __VA_ARGS__ },
#define SYSINSN(NAME, OP1, CRN, CRM, OP2, ...)                                                             \
    [SR_COUNT + SI_##NAME] = {                                                                             \
        .name = #NAME, .op0 = 1, .op1 = OP1, .CRn = CRN, .CRm = CRM, .op2 = OP2, .insn = true, __VA_ARGS__ \
    },
#include "sysregs/sysregs.def"
};

/* ---- Handles: the encoding in the high half; below it the row's number, or NO_ROW; ALIAS for _EL12 and _EL02. ---- */
enum { NO_ROW = 0x7fff, ALIAS = 0x8000 };

static uint16_t row_of[1 << 16]; /* by packed encoding */

static unsigned pack(unsigned op0, unsigned op1, unsigned CRn, unsigned CRm, unsigned op2)
{
    return op0 << 14 | op1 << 11 | CRn << 7 | CRm << 3 | op2;
}

unsigned sysreg_handle(unsigned op0, unsigned op1, unsigned CRn, unsigned CRm, unsigned op2)
{
    unsigned encoding = pack(op0, op1, CRn, CRm, op2);
    return encoding << 16 | row_of[encoding];
}

static void table_error(const char *name, const char *what)
{
    fprintf(stderr, "sysregs.def: %s: %s\n", name, what);
    abort();
}

/* fields.def as data. name is NULL for RES0 and RES1. */
static const struct field {
    uint16_t reg;
    int8_t hi, lo;
    const char *name;
} fields[] = {
#define FIELD(REG, NAME, HI, LO, FEAT)  { SR_##REG, HI, LO, #NAME },
#define FIELD1(REG, NAME, HI, LO, FEAT) { SR_##REG, HI, LO, #NAME },
#define RES0(REG, HI, LO)               { SR_##REG, HI, LO, NULL },
#define RES1(REG, HI, LO)               { SR_##REG, HI, LO, NULL },
#include "sysregs/fields.def"
};
enum { FIELD_COUNT = sizeof(fields) / sizeof(fields[0]) };

static void check_fields(void)
{
    int next = -1;

    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        const struct field *f = &fields[i];
        if (!i || f->reg != fields[i - 1].reg) {
            if (next != -1)
                table_error(sysreg_name(fields[i ? i - 1 : 0].reg), "fields do not end at bit 0");
            next = 63;
        }
        if (f->hi != next || f->lo > f->hi)
            table_error(sysreg_name(f->reg), "fields are not complete from bit 63 down");
        next = f->lo - 1;
    }
}

void sysreg_format(enum sysreg_index r, uint64_t value, char *text, size_t size)
{
    size_t used = 0;

    *text = 0;
    for (unsigned i = 0; i < FIELD_COUNT && used < size; i++) {
        const struct field *f = &fields[i];
        uint64_t v = Bits(value, (unsigned)f->hi, (unsigned)f->lo);
        if (f->reg == r && f->name && v)
            used += (size_t)snprintf(text + used, size - used, "%s%s=%#llx", used ? " " : "", f->name,
                                     (unsigned long long)v);
    }
}

const char *sysreg_field_name(enum sysreg_index r, unsigned lo, bool e2h)
{
    if (r == SR_CNTHCTL_EL2 && !e2h && lo < 2) /* the fields are those of E2H = 1 */
        return lo ? "EL1PCEN" : "EL1PCTEN";
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        if (fields[i].reg == r && fields[i].name && fields[i].lo == (int)lo)
            return fields[i].name;
    return NULL;
}

void sysreg_init(void)
{
    unsigned last = 0;

    memset(row_of, 0, sizeof(row_of));
    for (unsigned e = 0; e < 1 << 16; e++)
        row_of[e] = NO_ROW;
    for (unsigned i = 0; i < ROW_COUNT; i++) {
        const struct sysreg_row *row = &sysreg_table[i];
        unsigned e = pack(row->op0, row->op1, row->CRn, row->CRm, row->op2);

        if (i && i != SR_COUNT && e <= last)
            table_error(row->name, "rows are not sorted by encoding, or two have the same");
        if (row->insn && !row->exec)
            table_error(row->name, "a system instruction without exec");
        if ((row->el12 || row->el02) && row->e2h == 0)
            table_error(row->name, "an alias without redirection");
        last = e;
        row_of[e] = (uint16_t)i;
        if (row->el12 || row->el02)
            row_of[pack(3, 5, row->CRn, row->CRm, row->op2)] = (uint16_t)(i | ALIAS);
    }
    check_fields();
}

/* ---- Masks ---- */
static struct sysreg_masks *class_masks[MAX_CPUS];

const struct sysreg_masks *sysreg_masks(const struct cpu *cpu) { return class_masks[cpu->cls->index]; }

void sysreg_masks_compute(const struct cpu *cpu)
{
    struct sysreg_masks **slot = &class_masks[cpu->cls->index], *m;

    if (!*slot)
        *slot = malloc(sizeof(**slot));
    m = *slot;
    assert(m);
    for (unsigned r = 0; r < SR_COUNT; r++)
        m->rw[r] = UINT64_MAX, m->res1[r] = 0;
#define MASK(HI, LO)                   (UINT64_MAX >> (63 - (HI)) & UINT64_MAX << (LO))
#define FIELD(REG, NAME, HI, LO, FEAT) m->rw[SR_##REG] &= HaveFeat(cpu, FEAT) ? UINT64_MAX : ~MASK(HI, LO);
#define FIELD1(REG, NAME, HI, LO, FEAT) \
    if (!HaveFeat(cpu, FEAT))           \
        m->rw[SR_##REG] &= ~MASK(HI, LO), m->res1[SR_##REG] |= MASK(HI, LO);
#define RES0(REG, HI, LO) m->rw[SR_##REG] &= ~MASK(HI, LO);
#define RES1(REG, HI, LO) m->rw[SR_##REG] &= ~MASK(HI, LO), m->res1[SR_##REG] |= MASK(HI, LO);
#include "sysregs/fields.def"
    if (HaveFeat(cpu, FEAT_VHE) && !HaveFeat(cpu, FEAT_E2H0)) /* E2H is RES1 */
        m->rw[SR_HCR_EL2] &= ~HCR_E2H, m->res1[SR_HCR_EL2] |= HCR_E2H;
}

/* ---- Refusals ---- */
static unsigned enc(unsigned handle, unsigned shift, unsigned bits)
{
    return handle >> (16 + shift) & ((1u << bits) - 1);
}

static void name_of(unsigned handle, char *buffer, size_t size)
{
    unsigned i = handle & (ALIAS - 1);

    if (i == NO_ROW)
        snprintf(buffer, size, "S%u_%u_C%u_C%u_%u", enc(handle, 14, 2), enc(handle, 11, 3), enc(handle, 7, 4),
                 enc(handle, 3, 4), enc(handle, 0, 3));
    else if (handle & ALIAS)
        snprintf(buffer, size, "%.*s%s", (int)strlen(sysreg_table[i].name) - 1, sysreg_table[i].name,
                 sysreg_table[i].el02 ? "02" : "12");
    else
        snprintf(buffer, size, "%s", sysreg_table[i].name);
}

static uint32_t syndrome(unsigned handle, unsigned rt, bool read)
{
    return enc(handle, 14, 2) << 20 | enc(handle, 0, 3) << 17 | enc(handle, 11, 3) << 14 | enc(handle, 7, 4) << 10 |
           rt << 5 | enc(handle, 3, 4) << 1 | read;
}

/* The feature ID space of FEAT_IDST (ID_AA64MMFR2_EL1.IDS), allocated or not. */
static bool id_space(unsigned handle)
{
    unsigned op1 = enc(handle, 11, 3);

    return enc(handle, 14, 2) == 3 && (op1 == 0 || op1 == 1 || op1 == 3) && enc(handle, 7, 4) == 0 &&
           enc(handle, 3, 4) <= 7;
}

/* Of it the block op1 = 0, CRm = 1 to 7 is reserved for more identification registers and reads as zero. */
static bool reserved_id(unsigned handle)
{
    return id_space(handle) && enc(handle, 11, 3) == 0 && enc(handle, 3, 4) >= 1;
}

static bool deliver(struct cpu *cpu, unsigned handle, unsigned rt, bool read, unsigned verdict)
{
    unsigned ec = access_ec(verdict);
    uint32_t iss = ec == EC_SYS64 ? syndrome(handle, rt, read) : ec == EC_FP_SVE_ACCESS ? 0x1e00000 : 0;

    if (verdict == ACCESS_UNDEFINED && read && HaveFeat(cpu, FEAT_IDST) && id_space(handle)) {
        cpu_why(cpu, "FEAT_IDST: read in the feature ID space that is UNDEFINED", 0, 0, 0, 0);
        verdict = ACCESS_TRAP(exception_default_target(cpu)), ec = EC_SYS64, iss = syndrome(handle, rt, read);
    }
    if (trace_on(TRACE_SYSREG)) {
        static const char *const trapped[] = {
            [EL1] = "trapped to EL1", [EL2] = "trapped to EL2", [EL3] = "trapped to EL3"
        };
        char name[32];
        name_of(handle, name, sizeof(name));
        trace_line(TRACE_SYSREG, cpu, "%s %s %s", read ? "MRS" : "MSR", name,
                   verdict == ACCESS_UNDEFINED ? "UNDEFINED" : trapped[verdict & 0xff]);
    }
    if (verdict == ACCESS_UNDEFINED)
        AArch64_Undefined(cpu);
    else if ((verdict & 0xff) == EL3)
        AArch64_TakeExceptionToEL3(cpu, verdict >> 16, ec, iss);
    else
        AArch64_Trap(cpu, verdict & 0xff, ec, iss);
    return false;
}

/* An encoding without a row. IMPLEMENTATION DEFINED ones (CRn 11 and 15) may trap; what is left is UNDEFINED. */
static bool no_row(struct cpu *cpu, unsigned handle, unsigned rt, bool read, uint64_t *value)
{
    unsigned op0 = enc(handle, 14, 2), CRn = enc(handle, 7, 4), el = cpu->pstate.EL;
    bool impdef = (op0 == 1 || op0 == 3) && (CRn == 11 || CRn == 15);
    char name[32];

    why_begin(cpu);
    if (read && reserved_id(handle) && el != EL0) {
        unsigned verdict = traps_coarse(cpu, CGT_TID3, false);
        if (verdict)
            return deliver(cpu, handle, rt, read, verdict);
        why_end(cpu);
        *value = 0;
        return true;
    }
    if (impdef && el == EL1 && control(cpu, SR_HCR_EL2, F_HCR_EL2_TIDCP, 1))
        return deliver(cpu, handle, rt, read, ACCESS_TRAP(EL2));
    enum sysreg_index sctlr = S1TranslationRegime(cpu, EL0) == EL2 ? SR_SCTLR_EL2 : SR_SCTLR_EL1;
    if (impdef && el == EL0 && HaveFeat(cpu, FEAT_TIDCP1) && control(cpu, sctlr, F_SCTLR_EL1_TIDCP, 1))
        return deliver(cpu, handle, rt, read, ACCESS_TRAP(exception_default_target(cpu)));
    name_of(handle, name, sizeof(name));
    TRACE(TRACE_UNIMP, cpu, "%s %s: no such register", read ? "MRS" : "MSR/SYS", name);
    cpu_why(cpu, op0 == 1 ? "no such system instruction|%r" : "no such system register|%r", 0, 0, handle >> 16, 0);
    return deliver(cpu, handle, rt, read, ACCESS_UNDEFINED);
}

/* Named but not modelled, or of a feature that is not claimed. */
static bool no_feature(struct cpu *cpu, unsigned handle, unsigned rt, bool read)
{
    const struct sysreg_row *row = &sysreg_table[handle & (ALIAS - 1)];

    if (row->todo && HaveFeat(cpu, (enum feature)row->feat)) {
        char line[160];
        snprintf(line, sizeof(line), "%s(%s, %u,%u,%u,%u,%u, .access = %#x, .feat = %s) in sysregs/sysregs.def",
                 row->insn ? "SYSINSN" : "SYSREG", row->name, row->op0, row->op1, row->CRn, row->CRm, row->op2,
                 row->access, feature_name((enum feature)row->feat));
        cpu_stop_unimplemented(cpu, "system register", line);
        return false;
    }
    enum feature missing = HaveFeat(cpu, (enum feature)row->feat) ? row->feat2 : row->feat;
    TRACE(TRACE_UNIMP, cpu, "%s %s: %s is not claimed", read ? "MRS" : "MSR/SYS", row->name, feature_name(missing));
    cpu_why(cpu, "%s not implemented|%s", (uintptr_t)feature_name(missing), 0, (uintptr_t)row->name, 0);
    return deliver(cpu, handle, rt, read, ACCESS_UNDEFINED);
}

static NOINLINE bool no_access(struct cpu *cpu, unsigned handle, unsigned rt, bool read)
{
    const struct sysreg_row *row = &sysreg_table[handle & (ALIAS - 1)];

    if (handle & ALIAS && cpu->pstate.EL == EL2) {
        why_begin(cpu);
        (void)control_any(cpu, SR_HCR_EL2, HCR_E2H);
        why_decides(cpu, 1);
        cpu_why(cpu, "no _EL12 or _EL02 name here|alias of %s", 0, 0, (uintptr_t)row->name, 0);
    } else {
        const char *what = row->insn ? "no such system instruction at EL%lu|%s"
                           : read    ? "register is not readable at EL%lu|%s"
                                     : "register is not writable at EL%lu|%s";
        cpu_why(cpu, what, cpu->pstate.EL, 0, (uintptr_t)row->name, 0);
    }
    return deliver(cpu, handle, rt, read, ACCESS_UNDEFINED);
}

/* ---- Accesses ---- */

/* The register that an access reaches: E2H redirection by EL; an _EL12 or _EL02 name exists only for EL2 in the host
 * configuration and means the EL1 register. ROW_COUNT: UNDEFINED. */
static ALWAYS_INLINE unsigned redirect(const struct cpu *cpu, unsigned handle, const struct sysreg_row *row, unsigned r)
{
    unsigned el = cpu->pstate.EL;

    if (unlikely(handle & ALIAS))
        return el == EL2 && E2H(cpu) ? r : ROW_COUNT;
    if (row->e2h && E2H(cpu) && (el == EL2 || (row->e2h_el0 && el == EL0 && TGE(cpu))))
        return row->e2h;
    return r;
}

static ALWAYS_INLINE bool present(const struct cpu *cpu, const struct sysreg_row *row)
{
    return HaveFeat(cpu, (enum feature)row->feat) && (!row->feat2 || HaveFeat(cpu, (enum feature)row->feat2));
}

/* The same checks again, recorded: row is the name used, r the register reached. */
static NOINLINE void explain(struct cpu *cpu, const struct sysreg_row *row, unsigned r, bool write, unsigned verdict)
{
    why_begin(cpu);
    if (row->feat)
        control_fact(cpu, feature_name((enum feature)row->feat));
    if (row->feat2)
        control_fact(cpu, feature_name((enum feature)row->feat2));
    unsigned again = traps_check(cpu, &sysreg_table[r], (enum sysreg_index)r, write);
    assert(again == verdict);
    (void)again, (void)verdict;
}

/* Resolve and check; false: an exception was taken (or the run stops). */
static ALWAYS_INLINE bool allowed(struct cpu *cpu, unsigned handle, unsigned rt, bool write, unsigned *target)
{
    unsigned i = handle & (ALIAS - 1), r;
    const struct sysreg_row *row = &sysreg_table[i];

    if (unlikely(!(row->access >> (2 * cpu->pstate.EL + write) & 1)))
        return no_access(cpu, handle, rt, !write);
    if (unlikely(row->todo || !present(cpu, row)))
        return no_feature(cpu, handle, rt, !write);
    r = redirect(cpu, handle, row, i);
    if (unlikely(r == ROW_COUNT))
        return no_access(cpu, handle, rt, !write);
    unsigned verdict = traps_check(cpu, &sysreg_table[r], (enum sysreg_index)r, write);
    if (unlikely(verdict)) {
        explain(cpu, row, r, write, verdict);
        return deliver(cpu, handle, rt, !write, verdict);
    }
    *target = r;
    return true;
}

static void trace_read(struct cpu *cpu, unsigned handle, unsigned r, uint64_t value)
{
    char name[32];
    name_of(handle, name, sizeof(name));
    trace_line(TRACE_SYSREG, cpu, "MRS %s%s%s = %#llx", name, strcmp(name, sysreg_name(r)) ? " -> " : "",
               strcmp(name, sysreg_name(r)) ? sysreg_name(r) : "", (unsigned long long)value);
}

bool AArch64_SysRegRead(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t *value)
{
    unsigned r = 0;

    if (unlikely((handle & (ALIAS - 1)) == NO_ROW))
        return no_row(cpu, handle, rt, true, value);
    if (unlikely(!allowed(cpu, handle, rt, false, &r)))
        return false;
    sysreg_read_fn *read = sysreg_table[r].read;
    *value = read ? read(cpu, (enum sysreg_index)r) : cpu->sysreg[r];
    if (trace_on(TRACE_SYSREG))
        trace_read(cpu, handle, r, *value);
    return true;
}

bool AArch64_SysRegWrite(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t value)
{
    unsigned r = 0;
    uint64_t ignored;

    if (unlikely((handle & (ALIAS - 1)) == NO_ROW))
        return no_row(cpu, handle, rt, false, &ignored);
    if (unlikely(!allowed(cpu, handle, rt, true, &r)))
        return false;
    const struct sysreg_masks *masks = sysreg_masks(cpu);
    uint64_t old = cpu->sysreg[r];
    cpu->sysreg[r] = (value & masks->rw[r]) | masks->res1[r];
    if (sysreg_table[r].written)
        sysreg_table[r].written(cpu, (enum sysreg_index)r, old);
    OBSERVE(cpu->machine, sysreg_written, cpu, (enum sysreg_index)r, old);
    return true;
}

bool AArch64_SysInstr(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t value)
{
    unsigned r = 0;
    uint64_t ignored;

    if (unlikely((handle & (ALIAS - 1)) == NO_ROW))
        return no_row(cpu, handle, rt, false, &ignored);
    if (!allowed(cpu, handle, rt, true, &r))
        return false;
    if (trace_on(TRACE_SYSREG))
        trace_line(TRACE_SYSREG, cpu, "SYS %s %#llx", sysreg_table[r].name, (unsigned long long)value);
    return sysreg_table[r].exec(cpu, &sysreg_table[r], value);
}

/* SYSL: no claimed feature has one. */
bool AArch64_SysInstrWithResult(struct cpu *cpu, unsigned handle, unsigned rt, uint64_t *value)
{
    return no_row(cpu, (handle & 0xffff0000) | NO_ROW, rt, true, value);
}

/* ---- By name ---- */
const char *sysreg_name(enum sysreg_index r) { return r < SR_COUNT ? sysreg_table[r].name : "?"; }

enum sysreg_index sysreg_by_name(const char *name)
{
    for (unsigned r = 0; r < SR_COUNT; r++)
        if (!strcmp(name, sysreg_table[r].name))
            return (enum sysreg_index)r;
    return SR_COUNT;
}

/* The stack pointer in use is not in its register. */
static bool is_sp_in_use(const struct cpu *cpu, enum sysreg_index r)
{
    static const uint16_t bank[] = { SR_SP_EL0, SR_SP_EL1, SR_SP_EL2 };
    return r == bank[cpu->pstate.SP ? cpu->pstate.EL : EL0];
}

uint64_t sysreg_peek(struct cpu *cpu, enum sysreg_index r)
{
    const struct sysreg_row *row = &sysreg_table[r];
    struct machine *m = cpu->machine;

    if (is_sp_in_use(cpu, r))
        return cpu->gpr[SP_SLOT];
    if (!row->read || row->acts)
        return cpu->sysreg[r];
    uint64_t told = m ? m->time_told : 0, value = row->read(cpu, r);
    if (m)
        m->time_told = told; /* nobody of the guest has been told */
    return value;
}

bool sysreg_poke(struct cpu *cpu, enum sysreg_index r, uint64_t value)
{
    const struct sysreg_row *row = &sysreg_table[r];
    const struct sysreg_masks *masks = sysreg_masks(cpu);
    uint64_t old = cpu->sysreg[r];

    if (is_sp_in_use(cpu, r))
        return cpu->gpr[SP_SLOT] = value, true;
    if (!(row->access & EL2_WO) || !sysreg_claimed(cpu, r))
        return false;
    cpu->sysreg[r] = (value & masks->rw[r]) | masks->res1[r];
    if (row->written)
        row->written(cpu, r, old);
    cpu_resync(cpu);
    return true;
}

bool sysreg_claimed(const struct cpu *cpu, enum sysreg_index r)
{
    return !sysreg_table[r].todo && present(cpu, &sysreg_table[r]);
}

void sysreg_encoding(enum sysreg_index r, unsigned encoding[5])
{
    const struct sysreg_row *row = &sysreg_table[r];
    encoding[0] = row->op0, encoding[1] = row->op1, encoding[2] = row->CRn, encoding[3] = row->CRm,
    encoding[4] = row->op2;
}

/* ---- Reset ---- */

/* What software finds in a register that it never wrote, the same in every run of one --seed (SplitMix64). */
static uint64_t poison(uint64_t seed, unsigned cpu, unsigned r)
{
    uint64_t z = seed + UINT64_C(0x9e3779b97f4a7c15) * (((uint64_t)cpu << 16) + r + 1);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void sysreg_reset(struct cpu *cpu)
{
    const struct sysreg_masks *masks = sysreg_masks(cpu);
    uint64_t seed = cpu->machine ? cpu->machine->opt.seed : 0;

    for (unsigned r = 0; r < SR_COUNT; r++) {
        const struct sysreg_row *row = &sysreg_table[r];
        bool identity = !(row->access & EL1_WO) && row->access; /* read-only: computed at creation */
        if (identity)
            continue;
        uint64_t value = row->reset == UNKNOWN ? poison(seed, cpu->index, r) : row->reset;
        cpu->sysreg[r] = (value & masks->rw[r]) | masks->res1[r];
    }
    cpu->sysreg[SR_VPIDR_EL2] = cpu->sysreg[SR_MIDR_EL1];
    cpu->sysreg[SR_VMPIDR_EL2] = cpu->sysreg[SR_MPIDR_EL1];
}

/* ---- Snapshots ---- */

/* Read-only, and computed when the CPU was made. The lock's state is the one such register that changes. */
static bool is_constant(unsigned r)
{
    const struct sysreg_row *row = &sysreg_table[r];
    return row->access && !(row->access & EL1_WO) && r != SR_OSLSR_EL1;
}

/* A register holds what its fields and hooks can make of it: nothing else may depend on what a file says. */
void sysreg_visit(struct state_pass *s, struct cpu *cpu)
{
    const struct sysreg_masks *masks = sysreg_masks(cpu);

    for (unsigned r = 0; r < SR_COUNT && !s->failed; r++) {
        uint64_t value = cpu->sysreg[r], possible = masks->rw[r] | masks->res1[r];
        if (is_constant(r)) {
            state_same(s, sysreg_table[r].name, value);
            continue;
        }
        state_value(s, sysreg_table[r].name, &value, UINT64_MAX);
        if (state_reading(s) && value & ~possible)
            state_refuse(s, "CPU %u's %s has bits that it does not have", cpu->index, sysreg_table[r].name);
        else if (state_loading(s))
            cpu->sysreg[r] = value;
    }
}
