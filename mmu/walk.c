/* Translation table walks, stages 1 and 2. Arm ARM D8.2, D8.3; pseudocode aarch64/translation (AArch64.FullTranslate,
 * AArch64.S1Translate, AArch64.S1Walk, AArch64.S2Translate, AArch64.S2Walk) without EL3, Secure state, LPA2 and D128.
 *
 * Choices where the architecture leaves one: TxSZ out of range is clamped; a reserved or unsupported granule means the
 * first supported one of 4, 64, 16 KiB; no fault for a misprogrammed contiguous bit or for nT; descriptors outside RAM
 * give an external abort on the walk; the access flag and the dirty state are set only by accesses that succeed. */
#include "mmu/internal.h"

#include "core/stats.h"
#include "core/trace.h"

enum { FINAL_LEVEL = 3 };

/* A walk restarts when the descriptor changed between its reading and its update; that needs tables that contain
 * themselves (a stage 2 update rewrites the stage 1 descriptor), and may go on for ever, so it is bounded. */
enum { UPDATE_TRIES = 4 };

/* Parameters common to both stages. */
struct ttw_params {
    unsigned granulebits, iasize, start_level;
    uint64_t pa_limit; /* output addresses at and above it fault */
    uint64_t base;
    bool ee, ha, hd;
};

uint64_t effective_hcr(const struct cpu *cpu)
{
    uint64_t hcr = cpu->sysreg[SR_HCR_EL2];
    return (hcr & (HCR_E2H | HCR_TGE)) == (HCR_E2H | HCR_TGE) ? hcr & ~(HCR_VM | HCR_DC) : hcr;
}

static unsigned decode_ps(unsigned ps)
{
    static const uint8_t bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 }; /* 52 bits need LPA */
    return bits[ps & 7];
}

unsigned AArch64_PAMax(const struct cpu *cpu) { return decode_ps(Bits(cpu->sysreg[SR_ID_AA64MMFR0_EL1], 3, 0)); }

static uint64_t physical_limit(const struct cpu *cpu, unsigned encoded_ps)
{
    unsigned ps = decode_ps(encoded_ps), max = AArch64_PAMax(cpu);
    return BIT(ps < max ? ps : max);
}

enum regime TranslationRegime(const struct cpu *cpu, unsigned el)
{
    if (el == EL2)
        return E2H(cpu) ? REGIME_EL20 : REGIME_EL2;
    return el == EL0 && ELIsInHost(cpu, EL0) ? REGIME_EL20 : REGIME_EL10;
}

static uint64_t regime_sctlr(const struct cpu *cpu, enum regime r)
{
    return cpu->sysreg[r == REGIME_EL10 ? SR_SCTLR_EL1 : SR_SCTLR_EL2];
}
static uint64_t regime_tcr(const struct cpu *cpu, enum regime r)
{
    return cpu->sysreg[r == REGIME_EL10 ? SR_TCR_EL1 : SR_TCR_EL2];
}

bool EffectiveTBI(const struct cpu *cpu, enum regime regime, uint64_t va, bool fetch)
{
    uint64_t tcr = regime_tcr(cpu, regime);
    unsigned upper = bit(va, 55);
    bool tbi = bit(tcr, HasUnprivileged(regime) ? 37 + upper : 20);

    if (!tbi || !fetch)
        return tbi;
    return !(HaveFeat(cpu, FEAT_PAuth) && bit(tcr, HasUnprivileged(regime) ? 51 + upper : 29));
}

/* ID_AA64MMFR0_EL1 says which granules exist; the stage 2 fields may defer to those of stage 1. */
static bool have_granule(const struct cpu *cpu, unsigned granulebits, bool stage2)
{
    uint64_t id = cpu->sysreg[SR_ID_AA64MMFR0_EL1];
    unsigned s2_field = granulebits == 12 ? Bits(id, 43, 40) : granulebits == 14 ? Bits(id, 35, 32) : Bits(id, 39, 36);

    if (stage2 && s2_field)
        return s2_field >= 2;
    switch (granulebits) {
    case 12: return Bits(id, 31, 28) != 15;
    case 14: return Bits(id, 23, 20) != 0;
    default: return Bits(id, 27, 24) != 15;
    }
}

static unsigned granule(const struct cpu *cpu, unsigned granulebits, bool stage2)
{
    static const uint8_t order[] = { 12, 16, 14 };

    if (granulebits && have_granule(cpu, granulebits, stage2))
        return granulebits;
    for (unsigned i = 0; i < 3; i++)
        if (have_granule(cpu, order[i], stage2))
            return order[i];
    return 12;
}
static unsigned granule_tg0(unsigned tg0) { return tg0 == 0 ? 12 : tg0 == 1 ? 16 : tg0 == 2 ? 14 : 0; }
static unsigned granule_tg1(unsigned tg1) { return tg1 == 2 ? 12 : tg1 == 3 ? 16 : tg1 == 1 ? 14 : 0; }

static unsigned max_txsz(const struct cpu *cpu, unsigned granulebits)
{
    return !HaveFeat(cpu, FEAT_TTST) ? 39 : granulebits == 16 ? 47 : 48;
}
static unsigned clamp(unsigned v, unsigned lo, unsigned hi) { return v < lo ? lo : v > hi ? hi : v; }

static unsigned level_shift(const struct ttw_params *p, unsigned level)
{
    return (FINAL_LEVEL - level) * (p->granulebits - 3) + p->granulebits;
}

/* Address of the descriptor for ia in the first table looked up, and in the later ones. */
static uint64_t first_entry(const struct ttw_params *p, uint64_t ia)
{
    unsigned lsb = level_shift(p, p->start_level);
    uint64_t index = Bits(ia, p->iasize - 1, lsb) << 3, size = BIT(p->iasize - lsb + 3);
    return (Bits(p->base, 47, 1) << 1 & ~(size - 1)) | index;
}
static uint64_t next_entry(const struct ttw_params *p, uint64_t ia, uint64_t descriptor, unsigned level)
{
    unsigned lsb = level_shift(p, level);
    uint64_t table = descriptor & (BIT(48) - BIT(p->granulebits));
    return table | Bits(ia, lsb + p->granulebits - 4, lsb) << 3;
}

enum descriptor_type { INVALID, TABLE, LEAF };

static enum descriptor_type decode_descriptor(const struct ttw_params *p, uint64_t d, unsigned level)
{
    if (!(d & 1))
        return INVALID;
    if (d & 2)
        return level == FINAL_LEVEL ? LEAF : TABLE;
    return level == 2 || (level == 1 && p->granulebits == 12) ? LEAF : INVALID;
}

static uint64_t leaf_base(const struct ttw_params *p, uint64_t d, unsigned level)
{
    return d & (BIT(48) - BIT(level_shift(p, level)));
}

static bool set_fault(struct walk *w, unsigned status)
{
    w->fault.status = (uint8_t)status;
    return false;
}

static bool set_s2_fault(struct walk *w, const struct s2_access *a, uint64_t ipa, unsigned status)
{
    w->fault.secondstage = true;
    w->fault.s2fs1walk = a->ttw;
    w->fault.ipa = ipa;
    return set_fault(w, status);
}

/* FetchDescriptor(): false when pa is not RAM. */
/* What the debugger looks at is no walk of the PE's. */
#define TRACE_WALKED(W, ...)                                 \
    do {                                                     \
        if (trace_on(TRACE_WALK) && !((W)->acc & ACC_DEBUG)) \
            trace_line(TRACE_WALK, (W)->cpu, __VA_ARGS__);   \
    } while (0)

static bool fetch_descriptor(struct cpu *cpu, uint64_t pa, bool ee, uint64_t *d)
{
    const uint8_t *p = phys_ram(cpu->mem, pa, 8);

    if (!p)
        return false;
    memcpy(d, p, 8);
    if (ee)
        *d = __builtin_bswap64(*d);
    return true;
}

/* AArch64.MemSwapTableDesc(): replace the descriptor if it still has its old value; *same tells. */
static bool swap_descriptor(struct cpu *cpu, uint64_t pa, bool ee, uint64_t old, uint64_t new, bool *same)
{
    uint8_t *p = phys_ram(cpu->mem, pa, 8);
    uint64_t d;

    if (!p || !fetch_descriptor(cpu, pa, ee, &d))
        return false;
    *same = d == old;
    if (*same) {
        if (ee)
            new = __builtin_bswap64(new);
        phys_about_to_write(cpu->mem, pa);
        memcpy(p, &new, 8);
    }
    return true;
}

/* ---- Stage 2 ---- */

static int s2_start_level(const struct cpu *cpu, unsigned granulebits, unsigned sl0)
{
    static const int8_t levels_4k[] = { 2, 1, 0, 3 };
    unsigned pamax = AArch64_PAMax(cpu);

    if (granulebits == 12) {
        if ((sl0 == 2 && pamax < 44) || (sl0 == 3 && !HaveFeat(cpu, FEAT_TTST)))
            return -1;
        return levels_4k[sl0];
    }
    if (sl0 == 3 || (sl0 == 2 && pamax < (granulebits == 14 ? 42u : 44u)))
        return -1;
    return 3 - (int)sl0;
}

/* VTCR_EL2 and VTTBR_EL2; false: SL0 is invalid or inconsistent with T0SZ (a translation fault at level 0). */
static bool s2_params(const struct cpu *cpu, struct ttw_params *p)
{
    uint64_t vtcr = cpu->sysreg[SR_VTCR_EL2];
    bool hafdbs = HaveFeat(cpu, FEAT_HAFDBS);

    p->granulebits = granule(cpu, granule_tg0(Bits(vtcr, 15, 14)), true);
    p->iasize = 64 - clamp(Bits(vtcr, 5, 0), 64 - AArch64_PAMax(cpu), max_txsz(cpu, p->granulebits));
    p->pa_limit = physical_limit(cpu, Bits(vtcr, 18, 16));
    p->base = cpu->sysreg[SR_VTTBR_EL2];
    p->ee = bit(cpu->sysreg[SR_SCTLR_EL2], SCTLR_EE);
    p->ha = hafdbs && bit(vtcr, 21);
    p->hd = p->ha && bit(vtcr, 22);
    int level = s2_start_level(cpu, p->granulebits, Bits(vtcr, 7, 6));
    if (level < 0)
        return false;
    p->start_level = (unsigned)level;
    unsigned min_iasize = level_shift(p, p->start_level) + 1; /* up to 16 tables side by side */
    return p->iasize >= min_iasize && p->iasize <= min_iasize + p->granulebits - 4 + 4;
}

/* AArch64.S2Walk(): the leaf descriptor, its address and level. */
static bool AArch64_S2Walk(struct walk *w, const struct ttw_params *p, uint64_t ipa, const struct s2_access *a,
                           uint64_t *descriptor, uint64_t *desc_pa, unsigned *leaf_level)
{
    unsigned level = p->start_level;
    uint64_t addr = first_entry(p, ipa), d;

    if (addr >= p->pa_limit)
        return set_s2_fault(w, a, ipa, FAULT_ADDRESS_SIZE);
    for (;; level++) {
        if (!fetch_descriptor(w->cpu, addr, p->ee, &d))
            return set_s2_fault(w, a, ipa, FAULT_EXTERNAL_WALK | level);
        if (unlikely(w->described))
            describe_step(w, a->ttw ? 3 : 2, level, level_shift(p, level), ipa, addr, addr, d);
        TRACE_WALKED(w, "stage 2 level %u ipa %#llx descriptor %#llx at %#llx", level, (unsigned long long)ipa,
                     (unsigned long long)d, (unsigned long long)addr);
        enum descriptor_type type = decode_descriptor(p, d, level);
        if (type == INVALID)
            return set_s2_fault(w, a, ipa, FAULT_TRANSLATION | level);
        if (type == LEAF)
            break;
        addr = next_entry(p, ipa, d, level + 1);
        if (addr >= p->pa_limit)
            return set_s2_fault(w, a, ipa, FAULT_ADDRESS_SIZE | level);
    }
    *descriptor = d, *desc_pa = addr, *leaf_level = level;
    if (leaf_base(p, d, level) >= p->pa_limit)
        return set_s2_fault(w, a, ipa, FAULT_ADDRESS_SIZE | level);
    if (!bit(d, 10) && !p->ha && !(w->acc & ACC_DEBUG))
        return set_s2_fault(w, a, ipa, FAULT_ACCESS_FLAG | level);
    return true;
}

/* Alignment and permission checks of a leaf; fills r. */
static bool s2_check(struct walk *w, const struct ttw_params *p, uint64_t ipa, const struct s2_access *a, uint64_t d,
                     unsigned level, struct s2_result *r)
{
    struct cpu *cpu = w->cpu;
    uint64_t hcr = effective_hcr(cpu);
    bool fwb = HaveFeat(cpu, FEAT_S2FWB) && hcr & HCR_FWB, device_s2;
    unsigned s2ap = Bits(d, 7, 6);

    r->log2 = (uint8_t)level_shift(p, level);
    r->pa = leaf_base(p, d, level) | (ipa & (BIT(r->log2) - 1));
    r->attrs = s2_combine(a->s1attrs, Bits(d, 5, 2), Bits(d, 9, 8), fwb, &device_s2);
    if (p->hd && bit(d, 51))
        s2ap |= 2;
    r->perms = s2_permissions(s2ap, Bits(d, 54, 53), HaveFeat(cpu, FEAT_XNX));
    if (w->acc & ACC_DEBUG)
        return true;
    if (device_s2 && !a->fetch && !a->aligned)
        return set_s2_fault(w, a, ipa, FAULT_ALIGNMENT);
    if (a->ttw && device_s2 && hcr & HCR_PTW && !(hcr & HCR_TGE))
        return set_s2_fault(w, a, ipa, FAULT_PERMISSION | level);
    if (!s2_allows(r->perms, a, &w->fault.write))
        return set_s2_fault(w, a, ipa, FAULT_PERMISSION | level);
    if (!is_device(r->attrs) && bit(hcr, HCR_BIT_CD) && !a->fetch)
        r->attrs = EffectiveShareability((struct memattrs){ .attr = 0x44, .sh = r->attrs.sh });
    return true;
}

bool AArch64_S2Translate(struct walk *w, uint64_t ipa, const struct s2_access *a, struct s2_result *r)
{
    struct ttw_params p;
    uint64_t d, desc_pa;
    unsigned level;

    if (!(w->acc & ACC_DEBUG))
        count_event(w->cpu, COUNT_WALK_S2);
    if (!s2_params(w->cpu, &p) || ipa >> p.iasize)
        return set_s2_fault(w, a, ipa, FAULT_TRANSLATION);
    for (unsigned tries = 0; tries < UPDATE_TRIES; tries++) {
        if (!AArch64_S2Walk(w, &p, ipa, a, &d, &desc_pa, &level) || !s2_check(w, &p, ipa, a, d, level, r))
            return false;
        uint64_t new = d;
        if (!(w->acc & ACC_DEBUG)) {
            if (p.ha)
                new |= BIT(10);
            if (p.hd && bit(d, 51) && a->write && !a->cache_op && !(w->acc & ACC_AT && !a->ttw))
                new |= BIT(7);
        }
        if (!bit(new, 7))
            r->perms &= (uint8_t)~S2_W; /* not dirty yet: the first write must come here */
        if (new == d)
            return true;
        bool same;
        if (!swap_descriptor(w->cpu, desc_pa, p.ee, d, new, &same))
            return set_s2_fault(w, a, ipa, FAULT_EXTERNAL_WALK | level);
        if (same)
            return true;
    }
    return set_s2_fault(w, a, ipa, FAULT_UNSUPPORTED_HW_UPDATE);
}

/* ---- Stage 1 ---- */

struct s1_params {
    struct ttw_params t;
    bool hpd, epd, e0pd, nfd;
    uint64_t mair;
};

static void s1_params(const struct walk *w, struct s1_params *p)
{
    const struct cpu *cpu = w->cpu;
    enum regime regime = w->ctx.regime;
    uint64_t tcr = regime_tcr(cpu, regime);
    bool el1 = regime == REGIME_EL10, upper = HasUnprivileged(regime) && bit(w->va, 55);
    bool hafdbs = HaveFeat(cpu, FEAT_HAFDBS), hpds = HaveFeat(cpu, FEAT_HPDS);
    unsigned txsz, tg;

    memset(p, 0, sizeof(*p));
    if (HasUnprivileged(regime)) {
        txsz = upper ? Bits(tcr, 21, 16) : Bits(tcr, 5, 0);
        tg = upper ? granule_tg1(Bits(tcr, 31, 30)) : granule_tg0(Bits(tcr, 15, 14));
        p->t.pa_limit = physical_limit(cpu, Bits(tcr, 34, 32));
        p->t.ha = hafdbs && bit(tcr, 39);
        p->t.hd = p->t.ha && bit(tcr, 40);
        p->hpd = hpds && bit(tcr, 41 + upper);
        p->epd = bit(tcr, upper ? 23 : 7);
        p->nfd = HaveFeat(cpu, FEAT_SVE) && bit(tcr, 53 + upper);
        p->e0pd = HaveFeat(cpu, FEAT_E0PD) && bit(tcr, 55 + upper);
        p->t.base =
            el1 ? cpu->sysreg[upper ? SR_TTBR1_EL1 : SR_TTBR0_EL1] : cpu->sysreg[upper ? SR_TTBR1_EL2 : SR_TTBR0_EL2];
    } else {
        txsz = Bits(tcr, 5, 0);
        tg = granule_tg0(Bits(tcr, 15, 14));
        p->t.pa_limit = physical_limit(cpu, Bits(tcr, 18, 16));
        p->t.ha = hafdbs && bit(tcr, 21);
        p->t.hd = p->t.ha && bit(tcr, 22);
        p->hpd = hpds && bit(tcr, 24);
        p->t.base = cpu->sysreg[SR_TTBR0_EL2];
    }
    p->mair = cpu->sysreg[el1 ? SR_MAIR_EL1 : SR_MAIR_EL2];
    p->t.ee = bit(regime_sctlr(cpu, regime), SCTLR_EE);
    p->t.granulebits = granule(cpu, tg, false);
    p->t.iasize = 64 - clamp(txsz, 16, max_txsz(cpu, p->t.granulebits));
    p->t.start_level = FINAL_LEVEL - (p->t.iasize - 1 - p->t.granulebits) / (p->t.granulebits - 3);
}

/* AArch64.VAIsOutOfRange(): the bits between the tag and the input address are not all zeros or all ones. */
static bool va_out_of_range(const struct walk *w, unsigned iasize)
{
    int64_t va = (int64_t)strip_tag(w->cpu, &w->ctx, w->va, w->acc & ACC_FETCH);
    int64_t top = va >> iasize;

    if (HasUnprivileged(w->ctx.regime) && bit(w->va, 55))
        return top != -1;
    return top != 0;
}

/* What is gathered on the way down. */
struct s1_leaf {
    uint64_t descriptor, desc_ipa;
    unsigned level, ap_table;
    bool uxn_table, pxn_table;
};

static struct s2_access ttw_access(bool update)
{
    /* Walks are Normal memory whatever their cacheability; the result's attributes matter to PTW only. */
    return (struct s2_access){ .read = true,
                               .write = update,
                               .ttw = true,
                               .aligned = true,
                               .hw_update = update,
                               .s1attrs = { .attr = 0xff, .sh = 3 } };
}

/* Through stage 2, if there is one, to the physical address of a stage 1 descriptor. */
static bool descriptor_pa(struct walk *w, uint64_t ipa, bool update, uint64_t *pa)
{
    struct s2_access a = ttw_access(update);
    struct s2_result r;

    *pa = ipa;
    if (!w->ctx.s2)
        return true;
    if (!AArch64_S2Translate(w, ipa, &a, &r))
        return false;
    *pa = r.pa;
    return true;
}

static void apply_table(const struct walk *w, const struct s1_params *p, uint64_t d, struct s1_leaf *l)
{
    if (p->hpd)
        return;
    l->ap_table |= Bits(d, 62, 61);
    l->uxn_table |= bit(d, 60); /* XNTable in the EL2 regime */
    l->pxn_table |= HasUnprivileged(w->ctx.regime) && bit(d, 59);
}

static bool AArch64_S1Walk(struct walk *w, const struct s1_params *p, struct s1_leaf *l)
{
    const struct ttw_params *t = &p->t;
    uint64_t ia = w->va & (BIT(t->iasize) - 1), addr = first_entry(t, ia), pa, d;
    unsigned level = t->start_level;

    *l = (struct s1_leaf){ 0 };
    if (p->epd)
        return set_fault(w, FAULT_TRANSLATION);
    if (addr >= t->pa_limit)
        return set_fault(w, FAULT_ADDRESS_SIZE);
    for (;; level++) {
        if (!descriptor_pa(w, addr, false, &pa))
            return false;
        if (!fetch_descriptor(w->cpu, pa, t->ee, &d))
            return set_fault(w, FAULT_EXTERNAL_WALK | level);
        if (unlikely(w->described))
            describe_step(w, 1, level, level_shift(t, level), w->va, addr, pa, d);
        TRACE_WALKED(w, "stage 1 level %u va %#llx descriptor %#llx at %#llx", level, (unsigned long long)w->va,
                     (unsigned long long)d, (unsigned long long)addr);
        enum descriptor_type type = decode_descriptor(t, d, level);
        if (type == INVALID)
            return set_fault(w, FAULT_TRANSLATION | level);
        if (type == LEAF)
            break;
        apply_table(w, p, d, l);
        addr = next_entry(t, ia, d, level + 1);
        if (addr >= t->pa_limit)
            return set_fault(w, FAULT_ADDRESS_SIZE | level);
    }
    l->descriptor = d, l->desc_ipa = addr, l->level = level;
    if (leaf_base(t, d, level) >= t->pa_limit)
        return set_fault(w, FAULT_ADDRESS_SIZE | level);
    if (!bit(d, 10) && !t->ha && !(w->acc & (ACC_DEBUG | ACC_AT_ANY)))
        return set_fault(w, FAULT_ACCESS_FLAG | level);
    return true;
}

/* Fill w->map from a leaf and check alignment and permission. */
static bool s1_check(struct walk *w, const struct s1_params *p, const struct s1_leaf *l)
{
    const struct cpu *cpu = w->cpu;
    struct mapping *m = &w->map;
    enum regime regime = w->ctx.regime;
    uint64_t d = l->descriptor;
    unsigned log2 = level_shift(&p->t, l->level);
    unsigned ap = HasUnprivileged(regime) ? Bits(d, 7, 6) : Bits(d, 7, 7) << 1 | 1;
    bool xn = bit(d, 54), pxn = bit(d, 53);

    if (p->t.hd && bit(d, 51))
        ap &= 1;
    m->log2 = m->s1_log2 = (uint8_t)log2;
    m->va = strip_tag(cpu, &w->ctx, w->va, w->acc & ACC_FETCH) & ~(BIT(log2) - 1);
    m->pa = leaf_base(&p->t, d, l->level);
    m->global = !HasUnprivileged(regime) || !bit(d, 11);
    m->guarded = HaveFeat(cpu, FEAT_BTI) && bit(d, 50);
    m->s1 = s1_permissions(regime, ap, xn, pxn, l->ap_table, l->uxn_table, l->pxn_table, w->ctx.wxn);
    m->s2 = S2_ALL;
    m->attrs =
        S1DecodeMemAttrs(Bits(p->mair, 8 * (unsigned)Bits(d, 4, 2) + 7, 8 * (unsigned)Bits(d, 4, 2)), Bits(d, 9, 8));
    m->attrs.tagged &= HaveFeat(cpu, FEAT_MTE2);
    m->device = is_device(m->attrs);
    if (m->device && !w->aligned && !(w->acc & (ACC_FETCH | ACC_DEBUG)))
        return set_fault(w, FAULT_ALIGNMENT);
    if (!s1_allows(m->s1, w->ctx.el0, w->ctx.pan, w->ctx.epan, w->acc, &w->fault.write)) {
        bool write = w->fault.write;
        w->fault.pan = w->ctx.pan && s1_allows(m->s1, w->ctx.el0, false, w->ctx.epan, w->acc, &write);
        return set_fault(w, FAULT_PERMISSION | l->level);
    }
    if (!m->device && !bit(regime_sctlr(cpu, regime), SCTLR_C))
        m->attrs = EffectiveShareability((struct memattrs){ .attr = 0x44, .sh = m->attrs.sh });
    return true;
}

/* Hardware update of the access flag and the dirty state. *done: the descriptor is as it should be. */
static bool s1_update(struct walk *w, const struct s1_params *p, const struct s1_leaf *l, bool *done)
{
    uint64_t new = l->descriptor, pa;
    bool same = true;

    *done = true;
    if (!(w->acc & (ACC_DEBUG | ACC_AT_ANY))) {
        if (p->t.ha)
            new |= BIT(10);
        if (p->t.hd && bit(new, 51) && w->acc & ACC_WRITE && !(w->acc & (ACC_AT | ACC_CACHE_OP)))
            new &= ~BIT(7);
    }
    if (bit(new, 7))
        w->map.s1 &= (uint8_t) ~(P_PW | P_UW); /* read-only, or not dirty yet: the first write must come here */
    if (new == l->descriptor)
        return true;
    if (!descriptor_pa(w, l->desc_ipa, true, &pa))
        return false;
    if (!swap_descriptor(w->cpu, pa, p->t.ee, l->descriptor, new, &same))
        return set_fault(w, FAULT_EXTERNAL_WALK | l->level);
    *done = same;
    return true;
}

/* AArch64.S1DisabledOutput(). Instruction fetches see Normal memory, which nothing looks at; the attributes here are
 * those of data accesses, so that one TLB entry serves both. */
static bool s1_disabled(struct walk *w)
{
    const struct cpu *cpu = w->cpu;
    uint64_t va = strip_tag(cpu, &w->ctx, w->va, w->acc & ACC_FETCH);
    uint64_t bits = EffectiveTBI(cpu, w->ctx.regime, w->va, w->acc & ACC_FETCH) ? va & (BIT(56) - 1) : va;
    struct mapping *m = &w->map;

    if (bits >> AArch64_PAMax(cpu))
        return set_fault(w, FAULT_ADDRESS_SIZE);
    m->log2 = m->s1_log2 = 12;
    m->va = va & ~UINT64_C(0xfff);
    m->pa = bits & ~UINT64_C(0xfff);
    m->global = m->guarded = false;
    m->s1 = S1_ALL;
    m->s2 = S2_ALL;
    m->attrs = w->ctx.dc ? (struct memattrs){ .attr = 0xff, .sh = 0, .tagged = w->ctx.dct && HaveFeat(cpu, FEAT_MTE2) }
                         : (struct memattrs){ .attr = 0, .sh = 2 };
    m->device = !w->ctx.dc;
    if (m->device && !w->aligned && !(w->acc & (ACC_FETCH | ACC_DEBUG)))
        return set_fault(w, FAULT_ALIGNMENT);
    return true;
}

static bool AArch64_S1Translate(struct walk *w)
{
    struct s1_params p;
    struct s1_leaf l;
    bool done;

    if (!w->ctx.s1)
        return s1_disabled(w);
    if (!(w->acc & ACC_DEBUG))
        count_event(w->cpu, COUNT_WALK_S1);
    s1_params(w, &p);
    if (va_out_of_range(w, p.t.iasize) || (w->ctx.el0 && (p.e0pd || (p.nfd && w->acc & ACC_NOFAULT))))
        return set_fault(w, FAULT_TRANSLATION);
    for (unsigned tries = 0; tries < UPDATE_TRIES; tries++) {
        if (!AArch64_S1Walk(w, &p, &l) || !s1_check(w, &p, &l) || !s1_update(w, &p, &l, &done))
            return false;
        if (done)
            return true;
    }
    return set_fault(w, FAULT_UNSUPPORTED_HW_UPDATE);
}

bool AArch64_FullTranslate(struct walk *w)
{
    struct mapping *m = &w->map;
    unsigned acc = w->acc;

    w->fault = (struct fault){ .status = FAULT_NONE,
                               .vaddr = w->va,
                               .cache_op = acc & ACC_CACHE_OP,
                               .at = acc & ACC_AT,
                               .write = acc & ACC_WRITE && !(acc & ACC_ATOMIC) };
    if (!AArch64_S1Translate(w))
        return false;
    if (!w->ctx.s2 || acc & ACC_S1_ONLY)
        return true;
    uint64_t ipa = m->pa | (w->va & (BIT(m->log2) - 1));
    struct s2_access a = { .read = !(acc & (ACC_WRITE | ACC_FETCH)) || acc & ACC_ATOMIC,
                           .write = acc & ACC_WRITE,
                           .fetch = acc & ACC_FETCH,
                           .cache_op = acc & ACC_CACHE_OP,
                           .el0 = w->ctx.el0,
                           .aligned = w->aligned,
                           .s1attrs = m->attrs };
    struct s2_result r;
    if (!AArch64_S2Translate(w, ipa, &a, &r))
        return false;
    /* With stage 1 off, stage 2's entry is the only one. */
    if (!w->ctx.s1)
        m->s1_log2 = r.log2;
    unsigned log2 = m->s1_log2 < r.log2 ? m->s1_log2 : r.log2;
    uint64_t offset = w->va & (BIT(log2) - 1), va = strip_tag(w->cpu, &w->ctx, w->va, acc & ACC_FETCH);
    m->log2 = (uint8_t)log2;
    m->va = va - offset;
    m->pa = r.pa - offset;
    m->s2 = r.perms;
    m->attrs = r.attrs;
    m->device = is_device(r.attrs);
    return true;
}
