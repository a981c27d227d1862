/* Memory as debuggers look at it: translations, copies and walks without any effect on the machine. */
#include "mmu/internal.h"

static bool context_of(struct cpu *cpu, enum debug_regime r, struct context *c)
{
    switch (r) {
    case DEBUG_CURRENT: {
        unsigned el = S1TranslationRegime(cpu, cpu->pstate.EL); /* E0PD and the like do not hinder us */
        *c = context_for_at(cpu, el, TranslationRegime(cpu, cpu->pstate.EL), false);
        return true;
    }
    case DEBUG_EL10: *c = context_for_at(cpu, EL1, REGIME_EL10, false); return true;
    case DEBUG_EL20: *c = context_for_at(cpu, EL2, REGIME_EL20, false); return true;
    case DEBUG_EL2: *c = context_for_at(cpu, EL2, REGIME_EL2, false); return true;
    case DEBUG_PHYSICAL: break;
    }
    return false;
}

bool mem_debug_address(struct cpu *cpu, enum debug_regime r, uint64_t va, uint64_t *pa)
{
    struct context c;
    struct mapping m;
    struct fault f;

    if (!context_of(cpu, r, &c))
        return *pa = va, true;
    if (!mmu_peek(cpu, &c, va, &m, &f))
        return false;
    *pa = m.pa | (va & (BIT(m.log2) - 1));
    return true;
}

bool mem_debug_translate(struct cpu *cpu, uint64_t va, uint64_t *pa)
{
    return mem_debug_address(cpu, DEBUG_CURRENT, va, pa) && phys_ram(cpu->mem, *pa, 1);
}

/* What of [va, va + len) is in the page of va, and where; NULL: not in RAM. */
static uint8_t *part(struct cpu *cpu, enum debug_regime r, uint64_t va, uint64_t len, uint64_t *pa, uint64_t *n)
{
    uint64_t left = 0x1000 - (va & 0xfff);

    *n = len < left ? len : left;
    return mem_debug_address(cpu, r, va, pa) ? phys_ram(cpu->mem, *pa, *n) : NULL;
}

uint64_t mem_debug_read_in(struct cpu *cpu, enum debug_regime r, uint64_t va, void *data, uint64_t len)
{
    uint64_t done = 0, pa, n;
    const uint8_t *p;

    for (; done < len && (p = part(cpu, r, va + done, len - done, &pa, &n)); done += n)
        memcpy((uint8_t *)data + done, p, n);
    return done;
}

uint64_t mem_debug_write_in(struct cpu *cpu, enum debug_regime r, uint64_t va, const void *data, uint64_t len)
{
    uint64_t done = 0, pa, n;
    uint8_t *p;

    for (; done < len && (p = part(cpu, r, va + done, len - done, &pa, &n)); done += n) {
        phys_about_to_write(cpu->mem, pa);
        memcpy(p, (const uint8_t *)data + done, n);
    }
    return done;
}

uint64_t mem_debug_read(struct cpu *cpu, uint64_t va, void *data, uint64_t len)
{
    return mem_debug_read_in(cpu, DEBUG_CURRENT, va, data, len);
}

static bool debug_walk(struct cpu *cpu, uint64_t va, unsigned el, unsigned acc, uint64_t *to)
{
    struct walk w = { .cpu = cpu, .va = va, .acc = ACC_DEBUG | acc, .ctx = context_for(cpu, el), .aligned = true };

    if (!AArch64_FullTranslate(&w))
        return false;
    *to = w.map.pa | (va & (BIT(w.map.log2) - 1));
    return true;
}

bool mem_debug_stage1(struct cpu *cpu, uint64_t va, unsigned el, uint64_t *ipa)
{
    return debug_walk(cpu, va, el, ACC_S1_ONLY, ipa);
}

bool mem_debug_stage2(struct cpu *cpu, uint64_t ipa, uint64_t *pa)
{
    struct walk w = { .cpu = cpu, .va = ipa, .acc = ACC_DEBUG, .ctx = context_for(cpu, EL1), .aligned = true };
    struct s2_access a = { .read = true, .aligned = true, .s1attrs = { .attr = 0xff, .sh = 3 } };
    struct s2_result r = { .pa = ipa };

    if (w.ctx.s2 && !AArch64_S2Translate(&w, ipa, &a, &r))
        return false;
    *pa = r.pa;
    return true;
}

/* ---- Walks ---- */

void describe_step(struct walk *w, unsigned stage, unsigned level, unsigned log2, uint64_t input, uint64_t address,
                   uint64_t pa, uint64_t descriptor)
{
    struct walk_description *d = w->described;

    if (d->steps < MAX_WALK_STEPS)
        d->step[d->steps++] = (struct walk_step){ .stage = stage == 1 ? 1 : 2,
                                                  .level = (uint8_t)level,
                                                  .log2 = (uint8_t)log2,
                                                  .for_descriptor = stage == 3,
                                                  .input = input,
                                                  .address = address,
                                                  .pa = pa,
                                                  .descriptor = descriptor };
}

bool mem_debug_describe(struct cpu *cpu, enum debug_regime r, uint64_t va, struct walk_description *d)
{
    struct walk w = { .cpu = cpu, .va = va, .acc = ACC_DEBUG | ACC_S1_ONLY, .aligned = true, .described = d };
    bool ok = context_of(cpu, r, &w.ctx);

    *d = (struct walk_description){ .stage1 = w.ctx.s1, .stage2 = w.ctx.s2 };
    assert(ok);
    ok = AArch64_FullTranslate(&w);
    if (ok)
        d->ipa = w.map.pa | (va & (BIT(w.map.log2) - 1));
    if (ok && d->stage2) { /* all of it, now that the output of stage 1 is known */
        w.acc = ACC_DEBUG;
        d->steps = 0;
        ok = AArch64_FullTranslate(&w);
    }
    d->result.fault = w.fault;
    if (!ok)
        return false;
    translation_of(&w, &d->result);
    d->s1_perms = w.map.s1;
    d->s2_perms = w.map.s2;
    return true;
}

bool mem_debug_walk(struct cpu *cpu, uint64_t va, bool fetch, struct walk_description *d)
{
    struct walk w = { .cpu = cpu,
                      .va = va,
                      .acc = ACC_DEBUG | (fetch ? ACC_FETCH : 0),
                      .ctx = *mmu_context(cpu, cpu->pstate.EL),
                      .aligned = true,
                      .described = d };

    d->steps = 0;
    if (!AArch64_FullTranslate(&w))
        return false;
    translation_of(&w, &d->result);
    return true;
}

bool mem_debug_describe_stage2(struct cpu *cpu, uint64_t ipa, struct walk_description *d)
{
    struct walk w = { .cpu = cpu, .va = ipa, .acc = ACC_DEBUG, .aligned = true, .described = d };
    struct s2_access a = { .read = true, .aligned = true, .s1attrs = { .attr = 0xff, .sh = 3 } };
    struct s2_result s2;

    *d = (struct walk_description){ .stage2 = true, .ipa = ipa, .s1_perms = S1_ALL };
    w.fault = (struct fault){ .status = FAULT_NONE, .vaddr = ipa };
    w.ctx = context_for_at(cpu, EL1, REGIME_EL10, false);
    bool ok = AArch64_S2Translate(&w, ipa, &a, &s2);
    d->result.fault = w.fault;
    if (!ok)
        return false;
    w.map = (struct mapping){ .pa = s2.pa & ~(BIT(s2.log2) - 1), .log2 = s2.log2, .attrs = s2.attrs };
    w.map.device = is_device(s2.attrs);
    translation_of(&w, &d->result);
    d->s2_perms = s2.perms;
    return true;
}
