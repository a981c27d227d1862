/* Registers for gdb: read without an effect on the guest, written with all consequences that the architecture has. */
#include "frontends/gdb.h"

#include "sysregs/sysregs.h"

/* ---- Values ---- */

/* Lanes up to CurrentVL; what an earlier, longer length has left above is not the architecture's. */
static void get_vector(const struct cpu *cpu, const uint8_t *from, unsigned current, unsigned size, uint8_t *bytes)
{
    (void)cpu;
    memset(bytes, 0, size);
    memcpy(bytes, from, current < size ? current : size);
}

/* The bits of a pointer that its authentication code may be in: those above the virtual address, but for bit 55 and,
 * where the tag is ignored, bits 63:56. Arm ARM D8.10.3 (pointer authentication). */
static uint64_t pauth_mask(const struct cpu *cpu, bool upper)
{
    unsigned el = cpu->pstate.EL, regime = S1TranslationRegime(cpu, el);
    bool both = regime == EL1 || E2H(cpu);
    uint64_t tcr = cpu->sysreg[regime == EL2 ? SR_TCR_EL2 : SR_TCR_EL1];
    unsigned txsz = both && upper ? Bits(tcr, 21, 16) : Bits(tcr, 5, 0);
    bool tbi = both ? Bits(tcr, upper ? 38 : 37, upper ? 38 : 37) : Bits(tcr, 20, 20);
    unsigned bottom = txsz < 12 || txsz > 48 ? 48 : 64 - txsz; /* nonsense, or nothing set up: 48 bits */
    uint64_t mask = ~(BIT(bottom) - 1) & ~BIT(55);
    return tbi ? mask & (BIT(56) - 1) : mask;
}

static uint64_t get_number(struct cpu *cpu, const struct gdb_register *r)
{
    switch (r->kind) {
    case GDB_X: return cpu->gpr[r->n];
    case GDB_PC: return cpu->pc;
    case GDB_CPSR: return GetPSRFromPSTATE(cpu);
    case GDB_VG: return CurrentVL(cpu) / 64;
    case GDB_PAUTH_MASK: return pauth_mask(cpu, r->n);
    default: return sysreg_peek(cpu, (enum sysreg_index)r->n);
    }
}

void gdb_register_get(struct cpu *cpu, const struct gdb_register *r, uint8_t *bytes)
{
    uint64_t n;
    switch (r->kind) {
    case GDB_V: get_vector(cpu, cpu->z[r->n], 16, r->size, bytes); break;
    case GDB_Z: get_vector(cpu, cpu->z[r->n], CurrentVL(cpu) / 8, r->size, bytes); break;
    case GDB_P: get_vector(cpu, cpu->p[r->n], CurrentVL(cpu) / 64, r->size, bytes); break;
    default: n = get_number(cpu, r); memcpy(bytes, &n, r->size);
    }
}

static const char *set_vector(uint8_t *to, unsigned current, unsigned size, const uint8_t *bytes)
{
    for (unsigned i = current; i < size; i++)
        if (bytes[i])
            return "lanes above CurrentVL cannot be written";
    memcpy(to, bytes, current < size ? current : size);
    return NULL;
}

static const char *set_z(struct cpu *cpu, unsigned n, unsigned current, unsigned size, const uint8_t *bytes)
{
    const char *refused = set_vector(cpu->z[n], current, size, bytes);
    bool high = false;
    for (unsigned i = 16; i < MAX_VL_BYTES; i++)
        high |= cpu->z[n][i] != 0;
    cpu->z_high = (cpu->z_high & ~(UINT32_C(1) << n)) | (uint32_t)high << n;
    return refused;
}

/* A jump: nothing of what came before it (BTYPE, a wait) is left. */
static void set_pc(struct cpu *cpu, uint64_t pc)
{
    if (pc == cpu->pc)
        return;
    cpu->pc = pc;
    cpu->pstate.BTYPE = 0;
    if (cpu->halted)
        cpu_end_wait(cpu);
}

const char *gdb_register_set(struct cpu *cpu, const struct gdb_register *r, const uint8_t *bytes)
{
    uint64_t n = 0;
    memcpy(&n, bytes, r->size < 8 ? r->size : 8);
    switch (r->kind) {
    case GDB_X: cpu->gpr[r->n] = n; return NULL;
    case GDB_PC: set_pc(cpu, n); return NULL;
    case GDB_CPSR: /* bits above 31 have no place in it */
        return cpu_set_pstate(cpu, n | (uint64_t)cpu->pstate.PM << 32)
                   ? NULL
                   : "the Exception level and the Execution state cannot be written";
    case GDB_V: return set_z(cpu, r->n, 16, r->size, bytes);
    case GDB_Z: return set_z(cpu, r->n, CurrentVL(cpu) / 8, r->size, bytes);
    case GDB_P: return set_vector(cpu->p[r->n], CurrentVL(cpu) / 64, r->size, bytes);
    case GDB_VG: return n == CurrentVL(cpu) / 64 ? NULL : "vg follows from ZCR_EL1 and ZCR_EL2: write those";
    case GDB_PAUTH_MASK: return "the mask follows from TCR_ELx";
    default:
        if (n == sysreg_peek(cpu, (enum sysreg_index)r->n))
            return NULL; /* what was read is written back, also to what cannot be written */
        return sysreg_poke(cpu, (enum sysreg_index)r->n, n) ? NULL
                                                            : "this CPU has no such register that can be written";
    }
}

/* ---- Packets ---- */

static const struct gdb_register *numbered(struct gdb *g, const char **arg, char then)
{
    uint64_t n;
    return gdb_number_then(arg, &n, then) && n < g->register_count ? &g->registers[n] : NULL;
}

void gdb_read_register(struct gdb *g, const char *arg)
{
    const struct gdb_register *r = numbered(g, &arg, 0);
    uint8_t bytes[GDB_REGISTER_BYTES];
    if (!r) {
        gdb_error(g, "there is no such register");
        return;
    }
    gdb_register_get(gdb_cpu(g), r, bytes);
    gdb_reply_hex(g, bytes, r->size);
}

void gdb_write_register(struct gdb *g, const char *arg)
{
    const struct gdb_register *r = numbered(g, &arg, '=');
    uint8_t bytes[GDB_REGISTER_BYTES];
    if (!r || !gdb_bytes(&arg, bytes, r->size) || *arg) {
        gdb_error(g, "there is no such register, or it has another size");
        return;
    }
    const char *refused = gdb_register_set(gdb_cpu(g), r, bytes);
    if (refused)
        gdb_error(g, "%s", refused);
    else
        gdb_reply(g, "OK");
    debugger_changed(g->d);
}

/* Those of the core feature; gdb asks for the others one by one when it needs them. */
void gdb_read_registers(struct gdb *g, const char *arg)
{
    uint8_t bytes[GDB_REGISTER_BYTES];
    (void)arg;
    for (unsigned i = 0; i < g->core_count; i++) {
        gdb_register_get(gdb_cpu(g), &g->registers[i], bytes);
        gdb_reply_hex(g, bytes, g->registers[i].size);
    }
}

void gdb_write_registers(struct gdb *g, const char *arg)
{
    uint8_t bytes[GDB_REGISTER_BYTES];
    const char *refused = NULL;
    for (unsigned i = 0; i < g->core_count && *arg && !refused; i++)
        refused = gdb_bytes(&arg, bytes, g->registers[i].size) ? gdb_register_set(gdb_cpu(g), &g->registers[i], bytes)
                                                               : "the registers end in the middle of one";
    if (!refused && *arg)
        refused = "there are more registers than the core has";
    if (refused)
        gdb_error(g, "%s", refused);
    else
        gdb_reply(g, "OK");
    debugger_changed(g->d);
}
