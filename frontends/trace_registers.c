/* What registers an instruction has changed: the PE's against a copy. */
#include <stdlib.h>

#include "frontends/trace_collect.h"
#include "isa/isa.h"

struct trace_registers *trace_registers_new(const struct cpu *cpu)
{
    struct trace_registers *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    r->stale = true;
    r->vector_bytes = cpu->vq_set ? 16 * (32 - (unsigned)__builtin_clz(cpu->vq_set)) : 16;
    return r;
}

static unsigned add(struct trace_change *c, unsigned n, unsigned reg, unsigned number, size_t size, const void *data)
{
    c[n] = (struct trace_change){ (uint8_t)reg, (uint8_t)number, (uint16_t)size, data };
    return n + 1;
}

/* Eight at a time, as most have not changed: the compiler makes vectors of it. */
static unsigned compare_general(struct trace_registers *r, const struct cpu *cpu, struct trace_change *c,
                                unsigned count)
{
    for (unsigned first = 0; first < 32; first += 8) {
        uint64_t differs = 0;
        for (unsigned i = first; i < first + 8; i++)
            differs |= cpu->gpr[i] ^ r->gpr[i];
        for (unsigned i = first; differs && i < first + 8; i++)
            if (cpu->gpr[i] != r->gpr[i]) {
                r->gpr[i] = cpu->gpr[i];
                count = add(c, count, TRACE_REG_X, i, 8, &r->gpr[i]);
            }
    }
    if (cpu->gpr[SP_SLOT] != r->gpr[SP_SLOT]) {
        r->gpr[SP_SLOT] = cpu->gpr[SP_SLOT];
        count = add(c, count, TRACE_REG_SP, 0, 8, &r->gpr[SP_SLOT]);
    }
    return count;
}

static unsigned compare_status(struct trace_registers *r, const struct cpu *cpu, struct trace_change *c, unsigned count)
{
    if (memcmp(&cpu->pstate, &r->flags, sizeof r->flags)) {
        uint64_t now = GetPSRFromPSTATE(cpu);
        r->flags = cpu->pstate;
        if (now != r->pstate) {
            r->pstate = now;
            count = add(c, count, TRACE_REG_PSTATE, 0, 8, &r->pstate);
        }
    }
    if (cpu->fp.fpcr != r->fpcr) {
        r->fpcr = cpu->fp.fpcr;
        count = add(c, count, TRACE_REG_FPCR, 0, 8, &r->fpcr);
    }
    if (cpu->fp.fpsr != r->fpsr) {
        r->fpsr = cpu->fp.fpsr;
        count = add(c, count, TRACE_REG_FPSR, 0, 8, &r->fpsr);
    }
    return count;
}

/* An AdvSIMD instruction's result is a V register, unless it has cleared bits above it. */
static unsigned compare_vectors(struct trace_registers *r, const struct cpu *cpu, bool sve, struct trace_change *c,
                                unsigned count)
{
    unsigned bytes = r->vector_bytes, vl = CurrentVL(cpu) / 8, pl = vl / 8;
    for (unsigned i = 0; i < 32; i++) {
        if (!memcmp(cpu->z[i], r->z[i], bytes))
            continue;
        bool above = vl > 16 && memcmp(cpu->z[i] + 16, r->z[i] + 16, vl - 16);
        bool seen = above || memcmp(cpu->z[i], r->z[i], 16);
        memcpy(r->z[i], cpu->z[i], bytes);
        if (seen)
            count =
                sve || above ? add(c, count, TRACE_REG_Z, i, vl, r->z[i]) : add(c, count, TRACE_REG_V, i, 16, r->z[i]);
    }
    for (unsigned i = 0; sve && i < 17; i++) {
        if (!memcmp(cpu->p[i], r->p[i], bytes / 8))
            continue;
        bool seen = memcmp(cpu->p[i], r->p[i], pl);
        memcpy(r->p[i], cpu->p[i], bytes / 8);
        if (seen)
            count = add(c, count, i < 16 ? TRACE_REG_P : TRACE_REG_FFR, i < 16 ? i : 0, pl, r->p[i]);
    }
    return count;
}

unsigned trace_registers_compare(struct trace_registers *r, const struct cpu *cpu, unsigned row,
                                 struct trace_change *change)
{
    unsigned count = compare_general(r, cpu, change, 0);
    count = compare_status(r, cpu, change, count);
    bool any = row == INSN_COUNT;
    if (any || insn_table[row].check)
        count =
            compare_vectors(r, cpu, cpu->vq_set && (any || insn_table[row].check == CheckSVEEnabled), change, count);
    r->pc = cpu->pc;
    return count;
}
